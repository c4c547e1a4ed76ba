"""Numbers and texts as chart libraries store them: plain lists, and arrays as base64."""

from __future__ import annotations

import binascii
import re
import struct
import zlib
from typing import Any, NamedTuple

from mlhooks.notebook_data.table import SAMPLE_ROWS

# plotly's short names and numpy's long ones, as codes of `struct` (all little-endian).
_CODES = {
    "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q",
    "f2": "e", "f4": "f", "f8": "d", "u1c": "B",
    "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q",
    "float16": "e", "float32": "f", "float64": "d",
}  # fmt: skip
_MAX_UNPACKED_BYTES = 1 << 20


class Array(NamedTuple):
    """One array: its first values as text, and how many there are."""

    values: tuple[str, ...]
    size: int


def read_array(value: Any) -> list[Array]:
    """The columns of an array: one of a flat one, several of a list of rows, none of what is no array."""
    if isinstance(value, dict):
        return _typed(value)
    if not isinstance(value, list) or not value:
        return []
    if isinstance(value[0], list | tuple):
        width = min(len(value[0]), 40)
        rows = [row for row in value[:SAMPLE_ROWS] if isinstance(row, list | tuple)]
        return [
            Array(tuple(show(row[index]) if index < len(row) else "" for row in rows), len(value))
            for index in range(width)
        ]
    return [Array(tuple(show(item) for item in value[:SAMPLE_ROWS]), len(value))]


def show(value: Any) -> str:
    """A value of JSON as a person would print it, not longer than anyone needs to judge it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value[:400]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**18:
        return "9" * 18  # huge integers: their text costs quadratic time
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else ", ".join(show(item) for item in value[:4])[:400]
    return str(value)


def _typed(value: dict[str, Any]) -> list[Array]:
    """plotly's `bdata`; bokeh's ndarray, packed with gzip in version 3 and plain in version 2."""
    dtype = str(value.get("dtype", "")).lstrip("<|=")
    if isinstance(value.get("bdata"), str):
        shape = [int(part) for part in re.findall(r"\d{1,9}", str(value.get("shape", ""))[:100])]
        return _unpack(value["bdata"], dtype, shape[1] if len(shape) == 2 else 1)
    if isinstance(value.get("__ndarray__"), str):
        return _unpack(value["__ndarray__"], dtype, 1)
    array = value.get("array")
    if isinstance(array, list):
        return read_array(array)
    if isinstance(array, dict) and isinstance(array.get("data"), str):
        return _unpack(array["data"], dtype, 1)
    return []


def _unpack(text: str, dtype: str, width: int) -> list[Array]:
    code = _CODES.get(dtype)
    if code is None or width < 1:
        return []
    size = struct.calcsize(code)
    head = text[: 4 * SAMPLE_ROWS * size * min(width, 40)]
    data = _decode(head)
    count_bytes = len(text) * 3 // 4
    if data[:2] == b"\x1f\x8b":
        try:
            data = zlib.decompressobj(wbits=31).decompress(
                _decode(text[: 4 * _MAX_UNPACKED_BYTES]), _MAX_UNPACKED_BYTES
            )
            count_bytes = len(data)
        except zlib.error:
            pass  # numbers that only begin as gzip does
    usable = min(len(data) // size, SAMPLE_ROWS * width)
    numbers = struct.unpack(f"<{usable}{code}", data[: usable * size])
    count = count_bytes // size // width
    return [
        Array(tuple(format(item, ".6g") for item in numbers[index::width]), count) for index in range(min(width, 40))
    ]


def unpacked(text: str) -> str:
    """A text that was packed as base64; what is broken is left out."""
    return _decode(text).decode("utf-8", "replace")


def _decode(text: str) -> bytes:
    usable = text[: len(text) // 4 * 4]
    try:
        return binascii.a2b_base64(usable)
    except (binascii.Error, ValueError):
        return b""
