"""Pictures in JSON: most bytes of most notebooks, and none of them needs to be parsed."""

from __future__ import annotations

import re
from typing import NamedTuple

# How base64 of PNG, JPEG, GIF and WebP starts, as a whole string of JSON.
_START = re.compile(rb'"(?:iVBORw0KGgo|/9j/|R0lGOD|UklGR)')
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_COLON = re.compile(rb"[ \t\r\n]*+:")


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
    pieces: list[bytes] = []
    removed: list[int] = []
    begin = 0
    start = _START.search(data)
    while start is not None:
        closing = data.find(b'"', start.end())
        if _is_picture(data, start.start(), closing):
            pieces.append(data[begin : start.end()])
            removed.append(closing - start.end())
            begin = closing
        start = _START.search(data, max(begin, start.start()) + 1)
    return Cut((*pieces, data[begin:]), tuple(removed))


def _is_picture(data: bytes, opening: int, closing: int) -> bool:
    """Whether a string of JSON stands between two quotation marks, and holds base64 and escaped line ends only."""
    if closing < 0 or data[opening - 1 : opening] == b"\\":
        return False
    text = data[opening + 1 : closing].removesuffix(b"\\n")
    others = text.translate(None, _BASE64)
    if others and not (others == b"\\" * len(others) and _are_line_ends(text, len(others))):
        return False
    # A key is none: two keys must not become the same one.
    return not _COLON.match(data, closing + 1)


def _are_line_ends(text: bytes, count: int) -> bool:
    """Whether the backslashes of a text, `count` of them, are all those of escaped line ends."""
    width = text.index(b"\\")
    backslashes, letters = text[width :: width + 2], text[width + 1 :: width + 2]
    if backslashes[:count] == b"\\" * count and letters[:count] == b"n" * count:
        return True  # lines of one width, as MIME has them
    return all(part[:1] == b"n" for part in text.split(b"\\")[1:])
