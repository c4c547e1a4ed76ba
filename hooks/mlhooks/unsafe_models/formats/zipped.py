"""Zip archives of model formats, told apart by what is in them: Keras, skops, TorchServe, TorchScript, torch.export."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.core.finding import Level
from mlhooks.unsafe_models.containers import compressed, tars
from mlhooks.unsafe_models.containers.archives import is_inside_tar
from mlhooks.unsafe_models.containers.claims import claims_model
from mlhooks.unsafe_models.containers.compressed import Packed
from mlhooks.unsafe_models.containers.zips import BZIP2, DEFLATED, LZMA, STORED, Member, read_archive
from mlhooks.unsafe_models.formats.paths import leaves_folder
from mlhooks.unsafe_models.formats.rules import FILE_ACCESS, MODEL_MALFORMED
from mlhooks.unsafe_models.formats.source import Fault, Source, shown
from mlhooks.unsafe_models.formats.tarred import MODEL_ENDINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.stream import Piece

MOST_MEMBERS = 100_000
MOST_LINKS = 20
MOST_PATH_BYTES = 4096
_METHODS = {DEFLATED: "deflate", BZIP2: "bz2", LZMA: "zip lzma"}


class Contents(NamedTuple):
    """The members of an archive by their lower-cased names, all of those that share one, without folders."""

    source: Source
    members: dict[str, list[Member]]

    def named(self, name: str) -> list[Member]:
        return self.members.get(name, [])

    def ending(self, *ends: str) -> Iterator[Member]:
        for name, members in self.members.items():
            if name.endswith(ends):
                yield from members

    def read(self, member: Member, most_bytes: int) -> bytes | None:
        """What the member unpacks to; None when that is more than `most_bytes`, or cannot be read at all."""
        packed = Packed(self.source.piece.data, member.start, member.end)
        if member.method == STORED:
            data = packed.read(0, most_bytes + 1)
        elif member.method in _METHODS and not member.is_encrypted:
            data = compressed.peek(_METHODS[member.method], packed, most_bytes + 1)
        else:
            return None
        return data if len(data) <= most_bytes else None


def read(source: Source) -> Iterator[Fault | Piece]:
    """Hands the archive to the reader of its format; nothing for archives of other kinds."""
    archive = read_archive(source.piece, max_members=min(MOST_MEMBERS, source.budget.members))
    if archive is None:
        if source.name.endswith(".skops"):
            message = "it is no zip archive; skops then unpickles it with joblib (CVE-2025-54886), so do not load it"
            yield Fault(MODEL_MALFORMED, message, "no zip")
        return
    if tars.is_tar(source.read(0, tars.HEADER_BYTES)) and is_inside_tar(source.piece, archive):
        return  # the last member of a tar, which is a piece of its own
    members: dict[str, list[Member]] = {}
    for member in archive.members:
        if not member.name.endswith("/"):
            members.setdefault(member.name.lower(), []).append(member)
    contents = Contents(source, members)
    if any(claims_model(name) or name.endswith(MODEL_ENDINGS) for name in members):
        yield from _links(contents)
    for module in _kinds(set(members), source.name):
        yield from import_module(f"mlhooks.unsafe_models.formats.{module}").read_zip(contents)


def _links(contents: Contents) -> Iterator[Fault]:
    """Links out of the folder that the archive is unpacked in. Loaders make none; people who unpack it by hand do."""
    links = [member for members in contents.members.values() for member in members if member.is_link]
    for member in links[:MOST_LINKS]:
        target = (contents.read(member, MOST_PATH_BYTES) or b"").decode("utf-8", "replace")
        folder = member.name.rpartition("/")[0]
        if leaves_folder(target if target.startswith("/") or not folder else f"{folder}/{target}"):
            message = (
                f"its member {shown(member.name)} is a link to {shown(target)}, outside of the folder; do not unpack it"
            )
            yield Fault(FILE_ACCESS, message, member.name, graded=Level.WARNING)


def _kinds(names: set[str], own_name: str) -> Iterator[str]:
    folders = {name.rpartition("/")[0] for name in names}
    if own_name.endswith(".keras") or {"config.json", "metadata.json"} <= names or "model.weights.h5" in names:
        yield "keraszip"
    if "schema.json" in names:
        yield "skops"
    if "mar-inf/manifest.json" in names or own_name.endswith(".mar"):
        yield "mar"
    if (
        any(name.endswith(("/constants.pkl", "/archive_format")) for name in names)
        or "archive_format" in names
        or any(folder.endswith("/code") or "/code/" in folder for folder in folders)
    ):
        yield "torchcode"
    if any(name.rpartition("/")[2] == "mlmodel" for name in names):
        yield "mlflow"
