"""NumPy's .npy: a header, then raw values or, when the type holds objects, a pickle."""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING

from mlhooks.unsafe_models.containers.pickles import Walker, read_hidden, read_pickles
from mlhooks.unsafe_models.stream import Piece, Trouble, Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

NPY_START = b"\x93NUMPY"
_MAX_HEADER_BYTES = 1 << 20
_MAX_ARRAYS = 10_000
# np.save can be called again and again on one open file, and np.load, too. A plain type has a size that we can tell.
_PLAIN_TYPE = re.compile(rb"['\"]descr['\"]\s*:\s*['\"][|<>=]?([biufcmM])(\d{1,2})(?:\[[^\]]*\])?['\"]")
_SHAPE = re.compile(rb"['\"]shape['\"]\s*:\s*\(([\d, L]*)\)")


def read_npy(piece: Piece, walk: Walker) -> Iterator[Walk | Trouble] | None:
    """The pickles of the arrays in the piece; None when it does not start with an array."""
    if piece.data[piece.start : min(piece.start + len(NPY_START), piece.end)] != NPY_START:
        return None
    return _arrays(piece, walk)


def _arrays(piece: Piece, walk: Walker) -> Iterator[Walk | Trouble]:
    start = piece.start
    for _ in range(_MAX_ARRAYS):
        header = _header(piece, start)
        if header is None:
            yield Trouble("pickle-malformed", "its NumPy header is cut off", piece.where, "npy header")
            return
        values = start + len(header)
        is_plain = _PLAIN_TYPE.search(header)
        # The header's text is not taken at its word: what starts as a pickle is walked in any case.
        rest = piece._replace(start=values, name="", duty=is_plain is None and _names_objects(header))
        walks = list(read_pickles(rest, walk) or ())
        yield from walks
        if walks or not is_plain:
            return
        shape = _SHAPE.search(header)
        if not shape:
            return
        start = values + int(is_plain[2]) * prod(int(length) for length in re.findall(rb"\d{1,20}", shape[1]))
        if start >= piece.end:
            return
        if piece.data[start : start + len(NPY_START)] != NPY_START:
            rest = piece._replace(start=start, name="", duty=False)
            yield from read_pickles(rest, walk) or read_hidden(rest, walk)
            return


def _header(piece: Piece, start: int) -> bytes | None:
    """Magic, version, length and text of the header; None when the file ends before it does."""
    data = piece.data
    length_at = start + len(NPY_START) + 2
    if length_at + 4 > piece.end:
        return None
    width = 2 if data[length_at - 2] == 1 else 4
    length = int.from_bytes(data[length_at : length_at + width], "little")
    end = length_at + width + length
    return data[start:end] if end <= piece.end and length <= _MAX_HEADER_BYTES else None


def _names_objects(header: bytes) -> bool:
    return b"O" in header[len(NPY_START) :] or b"object" in header or b"\\" in header
