"""NumPy's .npy: a header, then raw values or, when the type holds objects, a pickle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod

from mlhooks.unsafe_models.containers.hidden import read_hidden
from mlhooks.unsafe_models.containers.pickles import Walker, read_pickles
from mlhooks.unsafe_models.stream import Piece, Trouble, Walk

NPY_START = b"\x93NUMPY"
_MAX_HEADER_BYTES = 1 << 20
_MAX_ARRAYS = 10_000
# A header that says "numbers" in the one way in which NumPy writes it. Every other one may mean objects.
_NUMBERS = re.compile(
    rb"\{'descr': '[|<>=]?[biufcmMSU](\d{1,9})(?:\[\w{1,9}\])?', 'fortran_order': (?:True|False), "
    rb"'shape': \(([\d, ]*)\),? *\}? *\n?"
)


def read_npy(piece: Piece, start: bytes, walk: Walker) -> Iterator[Walk | Trouble] | None:
    """The pickles of the arrays in the piece, which starts with `start`; None when that is no array."""
    return _arrays(piece, walk) if start.startswith(NPY_START) else None


def _arrays(piece: Piece, walk: Walker) -> Iterator[Walk | Trouble]:
    """np.save can be called again and again on one open file, and np.load, too: there may be more than one array."""
    start = piece.start
    for _ in range(_MAX_ARRAYS):
        header = _header(piece, start)
        if header is None:
            yield Trouble("pickle-malformed", "its NumPy header is cut off", piece.where, "npy header")
            return
        start += len(header)
        values_bytes = _values_bytes(header)
        if values_bytes is None:
            nameless = piece._replace(name="", duty=_may_name_objects(header))
            yield from read_pickles(nameless, walk, at=start) or ()
            return
        start += values_bytes
        if start >= piece.end:
            return
        if piece.data[start : start + len(NPY_START)] != NPY_START:
            nameless = piece._replace(name="", duty=False)
            yield from read_pickles(nameless, walk, at=start) or read_hidden(piece, walk, start, piece.end)
            return


def is_all_numbers(start: bytes, size_bytes: int) -> bool:
    """Whether `size_bytes` that start with `start` are one array of numbers, and nothing but that."""
    piece = Piece(start, 0, len(start))
    header = _header(piece, 0) if start.startswith(NPY_START) else None
    values_bytes = None if header is None else _values_bytes(header)
    return header is not None and values_bytes is not None and len(header) + values_bytes == size_bytes


def _values_bytes(header: bytes) -> int | None:
    """How many bytes of numbers follow; None when the header does not say in the usual way that they are numbers."""
    numbers = _NUMBERS.fullmatch(header, _text_start(header))
    if not numbers:
        return None
    width = 4 if b"U" in numbers[0] else 1
    return width * int(numbers[1]) * prod(int(length) for length in re.findall(rb"\d{1,20}", numbers[2]))


def _header(piece: Piece, start: int) -> bytes | None:
    """Magic, version, length and text of the header; None when the file ends before it does."""
    data = piece.data
    length_at = start + len(NPY_START) + 2
    if length_at + 4 > piece.end:
        return None
    width = _length_bytes(data[length_at - 2])
    length = int.from_bytes(data[length_at : length_at + width], "little")
    end = length_at + width + length
    return data[start:end] if end <= piece.end and length <= _MAX_HEADER_BYTES else None


def _length_bytes(major: int) -> int:
    return 2 if major == 1 else 4


def _text_start(header: bytes) -> int:
    return len(NPY_START) + 2 + _length_bytes(header[len(NPY_START)])


def _may_name_objects(header: bytes) -> bool:
    """Whether the type may hold objects; if it does not, it is structured, or a header of another writer."""
    text = header[len(NPY_START) :]
    return b"O" in text or b"object" in text or b"\\" in text
