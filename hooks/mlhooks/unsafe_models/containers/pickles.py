"""Pickles as they stand in a file: one, several behind each other, torch's legacy five with raw storages behind them,
and those that stand where nobody looks for one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mlhooks.unsafe_models.containers.claims import Likeness, claims_other, likeness
from mlhooks.unsafe_models.stream import Loader, Piece, Stream, Trouble, Walk

Walker = Callable[[Stream], Walk]

_HEAD_BYTES = 16
_TORCH_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_TORCH_LEGACY_PICKLES = 5
_TORCH_LEGACY_OBJECT = 3
_MAX_STACKED = 100_000
_PADDING = re.compile(rb"[\0\t\n\r ]*+")
_SEARCHED_BYTES = 64 << 20
_MAX_CANDIDATES = 20_000
# The first opcodes of a pickle that imports anything. Each begins with a literal byte: that runs at memory speed.
_HIDDEN = (
    re.compile(rb"\x80[\x02-\x05](?:\x95.{6}\0\0)?[(c\]}\x8cX]", re.DOTALL),
    re.compile(rb"c[A-Za-z_][\w.]{1,60}\n[A-Za-z_][\w.]{0,60}\n"),
)
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


def read_pickles(piece: Piece, walk: Walker, loader: Loader = Loader.PLAIN) -> Iterator[Walk | Trouble] | None:
    """The pickles that start at the start of the piece; None when there is none."""
    looks = likeness(piece.data[piece.start : min(piece.start + _HEAD_BYTES, piece.end)], size(piece), piece.name)
    if looks is Likeness.NONE:
        return None
    if piece.duty:
        looks = Likeness.CERTAIN
    first = walk(_stream(piece, piece.start, loader))
    if not _is_believable(first, looks):
        return None
    return _stack(piece, first, walk, loader)


def read_hidden(piece: Piece, walk: Walker) -> Iterator[Walk | Trouble]:
    """Dangerous pickles anywhere in the first and the last 64 MiB of a file that is something else."""
    yield from _search(piece, piece.start, walk)


def disguised(piece: Piece, what: str, suffix: str) -> Trouble:
    """A finding about a file that is a `what`, whatever its suffix says."""
    message = (
        f"the file is a {what}, although its name ends in {suffix}: a loader that goes by the content runs it; "
        "rename it, or delete it if you expected something else"
    )
    return Trouble("pickle-disguised", message, piece.where, f"{what} as {suffix}")


def size(piece: Piece) -> int:
    return piece.end - piece.start


def _stream(piece: Piece, start: int, loader: Loader) -> Stream:
    return Stream(piece.data, start, piece.end, piece.start, piece.where, loader, piece.depth)


def _is_believable(walk: Walk, looks: Likeness) -> bool:
    """Whether this was a pickle, and not some other file that begins like one.

    A list of words ("cat", "dog") begins with an import, a Lisp file may begin with a call; neither comes to a STOP.
    """
    if looks is Likeness.CERTAIN or walk.stopped:
        return True
    if looks is Likeness.LIKELY:
        return bool(walk.imports or walk.calls)
    could_be_names = [_NAME.fullmatch(use.name) is not None for use in walk.uses]
    return (walk.has_known_danger and any(could_be_names)) or (walk.calls > 0 and all(could_be_names))


def _stack(piece: Piece, first: Walk, walk: Walker, loader: Loader) -> Iterator[Walk | Trouble]:
    """`first`, and the pickles right behind it."""
    yield first
    suffix = claims_other(piece.name)
    if suffix and (first.imports or first.calls):
        yield disguised(piece, "pickle", suffix)
    is_torch = first.value == _TORCH_LEGACY_MAGIC and isinstance(first.value, int)
    last, count = first, 1
    while last.stopped and count < _MAX_STACKED:
        start = last.end
        if not is_torch:
            start = _PADDING.match(piece.data, start, piece.end).end()  # type: ignore[union-attr]  # matches nothing, too
        if start >= piece.end:
            return
        is_object = is_torch and count == _TORCH_LEGACY_OBJECT
        next_one = walk(_stream(piece, start, Loader.TORCH if is_object else loader))
        looks = likeness(piece.data[start : min(start + _HEAD_BYTES, piece.end)], piece.end - start, "")
        is_due = is_torch and count < _TORCH_LEGACY_PICKLES
        if not is_due and (looks is Likeness.NONE or not _is_believable(next_one, min(looks, Likeness.LIKELY))):
            yield from _search(piece, start, walk)
            return
        yield next_one
        last, count = next_one, count + 1
    if count >= _MAX_STACKED:
        message = f"it holds more than {_MAX_STACKED:,} pickles; the rest was not checked"
        yield Trouble("scan-budget-exceeded", message, piece.where, "stacked pickles")


def _search(piece: Piece, start: int, walk: Walker) -> Iterator[Walk | Trouble]:
    """Dangerous pickles behind other bytes, where only a program that knows the place would load them."""
    ranges = [(start, piece.end)]
    if piece.end - start > 2 * _SEARCHED_BYTES:
        ranges = [(start, start + _SEARCHED_BYTES), (piece.end - _SEARCHED_BYTES, piece.end)]
    for first, last in ranges:
        for pattern in _HIDDEN:
            at = first
            for _ in range(_MAX_CANDIDATES):
                match = pattern.search(piece.data, at, last)
                if match is None:
                    break
                found = walk(_stream(piece, match.start(), Loader.PLAIN))
                at = match.start() + 1
                if found.has_known_danger and found.calls:
                    yield found
                    yield _hidden(piece, match.start())
                    at = max(at, found.end)


def _hidden(piece: Piece, offset: int) -> Trouble:
    message = (
        f"a pickle that calls dangerous functions stands at byte {offset - piece.start:,}, inside of something else; "
        "delete the file unless you know who put it there"
    )
    return Trouble("pickle-disguised", message, piece.where, "hidden pickle")
