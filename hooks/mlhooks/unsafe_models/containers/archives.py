"""What a zip or tar archive holds for a loader of pickles: which members are looked at, who would read them, and
whether readers would see one and the same archive.

An archive without anything for such a loader (a document, a wheel, a folder of images) is none of this hook's business,
and neither are its oddities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.containers import compressed, tars
from mlhooks.unsafe_models.containers.claims import Likeness, claims_model, claims_other, likeness
from mlhooks.unsafe_models.containers.compressed import Packed
from mlhooks.unsafe_models.containers.hidden import read_hidden
from mlhooks.unsafe_models.containers.npy import is_all_numbers
from mlhooks.unsafe_models.containers.pickles import Walker, disguised, read_pickles
from mlhooks.unsafe_models.containers.torch_tar import read_torch_member
from mlhooks.unsafe_models.containers.unpack import START_BYTES, is_model_like, is_of_interest, unpacked
from mlhooks.unsafe_models.containers.zips import (
    BZIP2,
    DEFLATED,
    LOCAL_START,
    LZMA,
    STORED,
    Archive,
    Member,
    read_archive,
)
from mlhooks.unsafe_models.stream import Budget, Loader, Piece, Trouble, Walk, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

_METHODS = {DEFLATED: "deflate", BZIP2: "bz2", LZMA: "zip lzma"}
# Distributed checkpoints: one archive for each tensor, one behind the other; what reads them knows where each begins.
_SHARD = ".distcp"
# Archives that run: their front is for the system, their end for zipimport.
_PROGRAM_STARTS = (b"#!", b"MZ", b"\x7fELF")
_MAX_ODDITIES = 5
_MAX_TAR_MEMBERS = 100_000
_MAX_NAMED = 3


class _Layout(NamedTuple):
    """Who reads the pickles of an archive, and what stands in front of every name in it ("": nothing)."""

    loader: Loader = Loader.PLAIN
    prefix: str = ""


def read_zip(piece: Piece, start: bytes, walk: Walker, budget: Budget) -> Iterator[Walk | Piece | Trouble] | None:
    """The zip archive that the piece, which starts with `start`, is or has at its end; None when there is none."""
    archive = read_archive(piece, max_members=budget.members)
    if start.startswith(LOCAL_START):
        if archive is None:
            return _refusal("it starts as a zip archive and has no directory; it may be cut off")
    elif archive is None or (tars.is_tar(start[: tars.HEADER_BYTES]) and is_inside_tar(piece, archive)):
        return None
    return _zip_contents(piece, archive, walk, budget)


def read_tar(piece: Piece, start: bytes, walk: Walker, budget: Budget) -> Iterator[Walk | Piece | Trouble] | None:
    """The members of the tar archive that the piece, which starts with `start`, is; None when it is none."""
    return _tar_contents(piece, walk, budget) if tars.is_tar(start[: tars.HEADER_BYTES]) else None


def is_inside_tar(piece: Piece, archive: Archive) -> bool:
    """Whether the archive is no more than a member of the tar around it, where it will be read anyway."""
    first = min((member.header for member in archive.members), default=piece.start)
    last = max((member.end for member in archive.members), default=piece.end)
    entries = tars.entries(piece, max_members=_MAX_TAR_MEMBERS)
    return any(entry.start == first and last <= entry.end for entry in entries)


def _refusal(reason: str) -> Iterator[Piece]:
    raise Unscannable(reason)
    yield  # makes this a generator: the error comes when the contents are asked for


def _zip_contents(piece: Piece, archive: Archive, walk: Walker, budget: Budget) -> Iterator[Walk | Piece | Trouble]:
    layout = _layout(archive)
    suffix = claims_other(piece.name)
    if layout.loader is not Loader.PLAIN and suffix:
        yield disguised(piece, "torch checkpoint", suffix)
    is_model = layout.loader is not Loader.PLAIN or claims_model(piece.name)
    budget.members -= len(archive.members)
    sealed = []
    for member in archive.members:
        start = _start(piece, member)
        name = member.name.rpartition("/")[2]
        is_scrambled = member.is_encrypted and likeness(start or b"", member.size_bytes, "") < Likeness.LIKELY
        if start is not None and not is_scrambled and is_of_interest(start, name, walk):
            is_model = is_model or is_model_like(start, name)
            if is_all_numbers(start, member.size_bytes) and not member.oddities:
                continue
            yield from _opened(piece, member, layout, walk, budget)
        elif start is None or member.is_encrypted:
            sealed.append(member)
    for first, last in archive.gaps:
        yield from read_hidden(piece, walk, first, last)
    if archive.is_truncated:
        message = f"the archive has more than {len(archive.members):,} members; the rest was not checked"
        yield Trouble("scan-budget-exceeded", message, piece.where, "members")
    if is_model:
        yield from _ambiguities(piece, archive, layout)
    unread = [_why_sealed(piece, member) for member in sealed if is_model or not claims_other(member.name)]
    if unread:
        raise Unscannable("; ".join(unread[:_MAX_NAMED]))


def _start(piece: Piece, member: Member) -> bytes | None:
    """The first bytes of a member, unpacked; None when they are packed in a way that cannot be read here."""
    packed = Packed(piece.data, member.start, member.end)
    if member.method == STORED:
        return packed.read(0, START_BYTES)
    method = _METHODS.get(member.method)
    return compressed.peek(method, packed, START_BYTES) if method else None


def _opened(
    piece: Piece, member: Member, layout: _Layout, walk: Walker, budget: Budget
) -> Iterator[Walk | Piece | Trouble]:
    """A member as a piece of its own or, in an archive whose loader is known, what that loader finds in it."""
    name = member.name.rpartition("/")[2]
    where = inside(piece.where, member.name)
    found: Iterator[Piece | Trouble]
    if member.method == STORED:
        found = iter((Piece(piece.data, member.start, member.end, name, where, piece.depth + 1),))
    else:
        packed = Packed(piece.data, member.start, member.end)
        method = _METHODS[member.method]
        found = unpacked(piece, packed, method, name, where, budget, size_bytes=member.size_bytes)
    for one in found:
        walks = None
        if layout.loader is not Loader.PLAIN and isinstance(one, Piece):
            walks = read_pickles(one, walk, layout.loader)
        yield from walks or (one,)


def _why_sealed(piece: Piece, member: Member) -> str:
    where = inside(piece.where, member.name)
    if member.is_encrypted:
        return f"{where} is encrypted"
    return f"{where} is packed by method {member.method}, which cannot be read here"


def _layout(archive: Archive) -> _Layout:
    """Torch's archives keep all in one folder: the object in `data.pkl`, next to `version`; TorchScript adds code."""
    names = {member.name.lower() for member in archive.members}
    for name in names:
        prefix, slash, last = name.rpartition("/")
        if last != "data.pkl":
            continue
        if f"{prefix}{slash}constants.pkl" in names and any(n.startswith(f"{prefix}{slash}code/") for n in names):
            return _Layout(Loader.TORCHSCRIPT, prefix + slash)
        if f"{prefix}{slash}version" in names or f"{prefix}{slash}.data/version" in names:
            return _Layout(Loader.TORCH, prefix + slash)
    return _Layout(Loader.TORCH) if any(name.endswith("/.data/extern_modules") for name in names) else _Layout()


def _ambiguities(piece: Piece, archive: Archive, layout: _Layout) -> Iterator[Trouble]:
    oddities = [f"member {member.name!r} {oddity}" for member in archive.members for oddity in member.oddities]
    if piece.name.lower().endswith(_SHARD):
        return
    for start, end in archive.gaps:
        is_program = start == piece.start and piece.data[start : start + 4].startswith(_PROGRAM_STARTS)
        if not is_program and not _is_blank(piece, start, end):
            place = "in front of it" if start == piece.start else f"at byte {start - piece.start:,}"
            oddities.append(f"{end - start:,} bytes {place} belong to no member")
    outside = [member.name for member in archive.members if not member.name.lower().startswith(layout.prefix)]
    if outside:
        oddities.append(f"member {outside[0]!r} stands outside of {layout.prefix!r}, where torch expects all")
    for oddity in dict.fromkeys([*archive.oddities, *oddities][:_MAX_ODDITIES]):
        message = f"two readers may see two different archives: {oddity}; save the model again with its own library"
        yield Trouble("archive-ambiguous", message, piece.where, oddity)


def _is_blank(piece: Piece, start: int, end: int) -> bool:
    return not any(piece.data[start : min(end, start + START_BYTES)])


def _tar_contents(piece: Piece, walk: Walker, budget: Budget) -> Iterator[Walk | Piece | Trouble]:
    is_model = claims_model(piece.name)
    oddities, unread = [], []
    names: dict[str, int] = {}
    for entry in tars.entries(piece, max_members=budget.members):
        budget.members -= 1
        where = inside(piece.where, entry.name)
        if entry.fault == tars.SPARSE:
            unread.append(f"{where} {entry.fault}")
        elif entry.fault:
            oddities.append(f"member {entry.name!r} {entry.fault}" if entry.name else f"the archive {entry.fault}")
        if names.setdefault(entry.name, entry.start) != entry.start:
            oddities.append(f"member {entry.name!r} stands in it twice, and the last one wins when it is unpacked")
        start = piece.data[entry.start : min(entry.start + START_BYTES, entry.end)]
        name = entry.name.rpartition("/")[2]
        if start and is_of_interest(start, name, walk):
            is_model = is_model or is_model_like(start, name)
            inner = Piece(piece.data, entry.start, entry.end, name, where, piece.depth + 1)
            yield from read_torch_member(inner, entry.name, walk) or (inner,)
    for oddity in dict.fromkeys(oddities[:_MAX_ODDITIES]) if is_model else ():
        message = f"two readers may see two different archives: {oddity}; pack the archive again"
        yield Trouble("archive-ambiguous", message, piece.where, oddity)
    if unread:
        raise Unscannable("; ".join(unread[:_MAX_NAMED]))
