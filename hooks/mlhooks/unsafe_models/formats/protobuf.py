"""The wire format of protocol buffers: fields as they stand, without any schema, every length checked.

Encoding: protobuf.dev, "Encoding". Nothing is copied; a field that holds bytes is a range of offsets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.stream import Buffer

VARINT, FIXED64, BYTES, START_GROUP, END_GROUP, FIXED32 = range(6)
MOST_VARINT_BYTES = 10


class Malformed(Exception):  # noqa: N818 - a verdict on a file, not a fault of ours
    """The bytes are no protocol buffer message; `args[0]` is the offset."""


def varint(data: Buffer, at: int, end: int) -> tuple[int, int]:
    """A number of variable length, and where the next thing starts."""
    value = 0
    for shift in range(MOST_VARINT_BYTES):
        if at >= end:
            raise Malformed(at)
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
    raise Malformed(at)


def fields(data: Buffer, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(number, wire type, a, b) of each field: a varint's value is a; bytes are from a to b; raises `Malformed`."""
    at = start
    while at < end:
        key, at = varint(data, at, end)
        # Readers in C++ keep 32 bits of a key, and what is above them is lost.
        number, kind = (key & 0xFFFFFFFF) >> 3, key & 7
        if not number or kind > FIXED32:
            raise Malformed(at)
        if kind == VARINT:
            value, at = varint(data, at, end)
            yield number, kind, value, 0
        elif kind == BYTES:
            size, at = varint(data, at, end)
            if size > end - at:
                raise Malformed(at)
            yield number, kind, at, at + size
            at += size
        elif kind in (FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
            if size > end - at:
                raise Malformed(at)
            yield number, kind, at, at + size
            at += size
        else:
            yield number, kind, at, at


def text(data: Buffer, start: int, end: int, most_bytes: int = 1 << 16) -> str:
    """A string field, cut to `most_bytes`."""
    return data[start : min(end, start + most_bytes)].decode("utf-8", "backslashreplace")
