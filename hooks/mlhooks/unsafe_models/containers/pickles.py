"""Pickles as they stand in a file: one, several behind each other, and torch's legacy five with raw storages behind."""

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
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


def read_pickles(
    piece: Piece, walk: Walker, loader: Loader = Loader.PLAIN, *, at: int | None = None
) -> Iterator[Walk | Trouble] | None:
    """The pickles that start at the start of the piece, or at `at` in it; None when there is none."""
    start = piece.start if at is None else at
    looks = likeness(piece.data[start : min(start + _HEAD_BYTES, piece.end)], piece.end - start, piece.name)
    if piece.duty:
        looks = Likeness.CERTAIN
    if looks is Likeness.NONE:
        return None
    first = walk(stream_at(piece, start, loader))
    return _stack(piece, first, walk, loader) if _is_believable(first, looks) else None


def stream_at(piece: Piece, start: int, loader: Loader = Loader.PLAIN) -> Stream:
    """A pickle that begins at `start`, as part of the piece."""
    return Stream(piece.data, start, piece.end, piece.start, piece.where, loader, piece.depth)


def disguised(piece: Piece, what: str, suffix: str) -> Trouble:
    """A finding about a file that is a `what`, whatever its suffix says."""
    message = (
        f"the file is a {what}, although its name ends in {suffix}: a loader that goes by the content runs it; "
        "rename it, or delete it if you expected something else"
    )
    return Trouble("pickle-disguised", message, piece.where, f"{what} as {suffix}")


def has_plausible_names(walk: Walk) -> bool:
    """Whether some name that is imported could be a name at all: few texts and fewer random bytes spell one."""
    return any(_NAME.fullmatch(use.name) for use in walk.uses)


def _is_believable(walk: Walk, looks: Likeness) -> bool:
    """Whether this was a pickle, and not some other file that begins like one.

    A list of words ("cat", "dog") begins with an import, a Lisp file may begin with a call; neither comes to a STOP.
    """
    if looks is Likeness.CERTAIN or walk.stopped:
        return True
    if looks is Likeness.LIKELY:
        return bool(walk.imports or walk.calls)
    if walk.has_known_danger:
        return has_plausible_names(walk)
    return walk.calls > 0 and all(_NAME.fullmatch(use.name) for use in walk.uses)


def _stack(piece: Piece, first: Walk, walk: Walker, loader: Loader) -> Iterator[Walk | Trouble]:
    """`first`, and the pickles right behind it."""
    yield first
    suffix = claims_other(piece.name)
    if suffix and (first.imports or first.calls):
        yield disguised(piece, "pickle", suffix)
    is_torch = isinstance(first.value, int) and first.value == _TORCH_LEGACY_MAGIC
    last, count = first, 1
    while last.stopped and count < _MAX_STACKED:
        start = last.end if is_torch else after_padding(piece, last.end)
        if start >= piece.end:
            return
        is_object = is_torch and count == _TORCH_LEGACY_OBJECT
        next_one = walk(stream_at(piece, start, Loader.TORCH if is_object else loader))
        looks = likeness(piece.data[start : min(start + _HEAD_BYTES, piece.end)], piece.end - start, "")
        is_due = is_torch and count < _TORCH_LEGACY_PICKLES
        if not is_due and (looks is Likeness.NONE or not _is_believable(next_one, min(looks, Likeness.LIKELY))):
            from mlhooks.unsafe_models.containers.hidden import read_hidden

            yield from read_hidden(piece, walk, start, piece.end)
            return
        yield next_one
        last, count = next_one, count + 1
    if count >= _MAX_STACKED:
        message = f"it holds more than {_MAX_STACKED:,} pickles; the rest was not checked"
        yield Trouble("scan-budget-exceeded", message, piece.where, "stacked pickles")


def after_padding(piece: Piece, start: int) -> int:
    """The first byte from `start` on that is neither NUL nor blank."""
    return _PADDING.match(piece.data, start, piece.end).end()  # type: ignore[union-attr]  # it matches nothing, too
