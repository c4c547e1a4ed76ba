"""Protocol buffer messages put together by hand: `message({1: 7, 2: b"x", 3: [b"y", b"z"]})`."""

from __future__ import annotations

Value = int | bytes | str | list["int | bytes | str"]


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def message(fields: dict[int, Value]) -> bytes:
    return b"".join(
        field(number, item)
        for number, value in fields.items()
        for item in (value if isinstance(value, list) else [value])
    )
