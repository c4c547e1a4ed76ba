"""Archives that cannot be read here. They may hide anything, so they are never called clean.

The exception is what says by its name that it is data which no loader of models takes (a `.csv.zst`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.containers.claims import claims_other, stem
from mlhooks.unsafe_models.containers.compressed import ZSTD_START, method_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.stream import Piece

_SEALED = (
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (ZSTD_START, "compressed with Zstandard"),
)
_MARKS = tuple(mark for mark, _ in _SEALED)


def is_sealed(start: bytes) -> bool:
    """Whether bytes that start with `start` are an archive that cannot be read here."""
    return _what(start) is not None


def read_sealed(piece: Piece, start: bytes) -> Iterator[Piece] | None:
    """Says that the piece, which starts with `start`, could not be checked; None when it is no such archive."""
    what = _what(start)
    if what is None or (claims_other(stem(piece.name)) and not piece.duty):
        return None
    return _refusal(what)


def _refusal(what: str) -> Iterator[Piece]:
    raise Unscannable(f"it is {what}, which cannot be read here: unpack it, or exclude it if no model is in it")
    yield


def _what(start: bytes) -> str | None:
    if not start.startswith(_MARKS) or method_of(start):
        return None
    return next(what for mark, what in _SEALED if start.startswith(mark))
