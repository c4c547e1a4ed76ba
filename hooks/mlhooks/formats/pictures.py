"""Pictures in JSON: most bytes of most notebooks, and none of them needs to be parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

# How base64 of PNG, JPEG, GIF and WebP starts, as a whole string of JSON.
_STARTS = (b'"iVBORw0KGgo', b'"/9j/', b'"R0lGOD', b'"UklGR')
# Neither the end of a string that holds a quotation mark, nor a key: two keys must not become the same one.
_PICTURE = re.compile(rb'(?<!\\)"[A-Za-z0-9+/=]*+(?:\\n[A-Za-z0-9+/=]*+)*+"(?![ \t\r\n]*+:)')


class Cut(NamedTuple):
    """JSON without the insides of its pictures.

    Where one was cut, the next piece goes on: `pieces` are what is left, `removed` the number of bytes between a
    piece and the next.
    """

    pieces: tuple[bytes, ...]
    removed: tuple[int, ...]


def cut_pictures(data: bytes) -> Cut:
    """JSON in which every string that is nothing but a picture in base64 has only its first letters left.

    What is cut are letters of base64 and escaped line ends: it stands in one line, and every character is one byte.
    """
    spans = [(0, len(data))]
    for start in _STARTS:  # the first is by far the most frequent, and leaves little to search for the others
        spans = [part for span in spans for part in _split(data, start, *span)]
    pieces = tuple(data[begin:end] for begin, end in spans)
    return Cut(pieces, tuple(after[0] - before[1] for before, after in pairwise(spans)))


def _split(data: bytes, start: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """What is left of `begin`..`end` without the pictures that start with `start`."""
    hit = data.find(start, begin, end)
    while hit >= 0:
        picture = _PICTURE.match(data, hit, end)
        if picture is not None:
            yield begin, hit + len(start)
            begin = picture.end() - 1
        hit = data.find(start, max(begin, hit + 1), end)
    yield begin, end
