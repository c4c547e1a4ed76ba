"""Configurations and links in an HDF5 file whose structure is not followed to the end: searched for in its bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.core.finding import Unscannable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.stream import Buffer, Piece

MOST_TEXT_BYTES = 256 << 20
MOST_SEARCHED_TEXTS = 200
LOST = "its HDF5 structure cannot be followed"
_EXTERNAL_LINK = 64
# What a configuration has in it, also where its letters are spelled with escapes; and what stands around a text.
_CONFIGURATION = re.compile(rb"class_name|\\u00[4-7][0-9a-fA-F]")
_NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
MOST_STARTS_OF_A_TEXT = 50
# version 1, flags with a type field, type 64, and the rest of an external link message.
_RAW_EXTERNAL = re.compile(rb"\x01[\x08-\x1f]\x40", re.DOTALL)


class Attribute(NamedTuple):
    name: str
    value: bytes


class External(NamedTuple):
    """Another file that this one reads: `how` is "link", "data" or "virtual data"."""

    how: str
    path: str


def search(piece: Piece) -> Iterator[Attribute | External]:
    """What looks like a configuration or an external link anywhere in the file."""
    data, reached, texts = piece.data, piece.start, 0
    while match := _CONFIGURATION.search(data, reached, piece.end):
        texts += 1
        start = _start_of_text(data, reached, match.start())
        found = _NO_TEXT.search(data, match.end(), piece.end)
        reached = found.start() if found else piece.end
        if texts > MOST_SEARCHED_TEXTS or reached - start > MOST_TEXT_BYTES:
            raise Unscannable(f"{LOST}, and it has too much text to be searched")
        yield from (Attribute("", text) for text in _documents(data[start:reached]))
    for match in _RAW_EXTERNAL.finditer(data, piece.start, piece.end):
        link = link_message(data[match.start() : min(match.start() + 70_000, piece.end)])
        if link:
            yield link


def _start_of_text(data: Buffer, low: int, at: int) -> int:
    """Where the text around `at` begins, at `low` or behind it."""
    step = 1 << 12
    while at > low:
        begin = max(low, at - step)
        marks = [found.end() for found in _NO_TEXT.finditer(data, begin, at)]
        if marks:
            return marks[-1]
        at, step = begin, min(step * 2, 1 << 20)
    return low


def _documents(text: bytes) -> Iterator[bytes]:
    """The JSON objects in a text that may have other things around them. Raises `Unscannable` when there are too many
    places where one may begin."""
    import json

    decoder, words = json.JSONDecoder(), text.decode("utf-8", "replace")
    at, starts = words.find("{"), 0
    while at >= 0:
        starts += 1
        try:
            _, end = decoder.raw_decode(words, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield words[at:end].encode()
        if starts > MOST_STARTS_OF_A_TEXT:
            raise Unscannable(f"{LOST}, and a text in it is no configuration that can be read")
        at = words.find("{", end)


def link_message(body: bytes) -> External | None:
    """An external link from a link message, or None when it is none."""
    if len(body) < 4 or body[0] != 1:
        return None
    flags, at = body[1], 2
    kind = 0
    if flags & 8:
        kind, at = body[at], at + 1
    at += 8 if flags & 4 else 0
    at += 1 if flags & 16 else 0
    width = 1 << (flags & 3)
    name_bytes = int.from_bytes(body[at : at + width], "little")
    at += width
    name_end = at + name_bytes
    if kind != _EXTERNAL_LINK or not name_bytes or name_end + 2 > len(body):
        return None
    size = int.from_bytes(body[name_end : name_end + 2], "little")
    value = body[name_end + 2 : name_end + 2 + size]
    parts = value[1:].split(b"\0")
    if len(value) < size or len(parts) < 3 or not parts[0]:
        return None
    return External("link", parts[0].decode("utf-8", "backslashreplace"))
