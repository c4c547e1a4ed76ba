"""The text and binary arguments of opcodes that push a plain value, read as CPython's two unpicklers read them.

The C machine and the pure-Python machine disagree on text: `I017` is 15 to one and an error to the other. Each function
that reads text is told which machine it stands for (`python`), and raises ValueError where that machine raises
anything.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Any

from mlhooks.unsafe_models import opcodes as op
from mlhooks.unsafe_models.stream import Buffer

LONGEST_TEXT_BYTES = 1 << 16
"""A literal with a longer text is given back as Huge: nothing in a policy depends on it."""


class Huge:
    """A literal whose value nobody needs to know: its kind and its length."""

    __slots__ = ("kind", "length")

    def __init__(self, kind: str, length: int) -> None:
        self.kind = kind
        self.length = length

    def __repr__(self) -> str:
        return f"<{self.kind} of {self.length:,} bytes>"


_BLANKS = b" \t\n\v\f\r"
_C_INTEGER = re.compile(rb"[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))")
_C_FLOAT = re.compile(rb"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf(?:inity)?|nan)", re.IGNORECASE)
_ESCAPE = re.compile(rb"\\(?:\n|([\\'\"abfnrtv])|([0-7]{1,3})|x([0-9a-fA-F]{2})|(x)|$|([\s\S]))")
_ESCAPED = dict(zip(b"\\'\"abfnrtv", b"\\'\"\a\b\f\n\r\t\v", strict=True))


def integer(line: bytes, *, python: bool) -> int:
    """The argument of INT; bool where the machine makes one. `line` is without its line end."""
    if python:
        if line in (b"00", b"01"):
            return line == b"01"
        return int(line, 0)
    if not line:
        raise ValueError("an empty number")
    value = _strtol(line)
    if value is None:
        return int(_up_to_nul(line), 0)
    return bool(value) if len(line) == 2 and value in (0, 1) else value


def _strtol(line: bytes) -> int | None:
    """What C's strtol makes of the line with base 0; None where it does not consume it, or overflows."""
    if line[:1] == b"\0":
        return 0
    found = _C_INTEGER.match(line)
    if found is None or line[found.end() : found.end() + 1] not in (b"", b"\0"):
        return None
    sign, hexadecimal, octal, decimal = found.groups()
    if hexadecimal is not None:
        size = int(hexadecimal, 16)
    elif octal is not None:
        size = int(octal, 8)
    else:
        size = int(decimal) if len(decimal) < 20 else 1 << 64
    value = -size if sign == b"-" else size
    return value if -(1 << 63) <= value < 1 << 63 else None


def long(line: bytes, *, python: bool) -> int:
    """The argument of LONG."""
    if not python and not line:
        raise ValueError("an empty number")
    text = line[:-1] if line.endswith(b"L") else line
    return int(text if python else _up_to_nul(text), 0)


def real(line: bytes, *, python: bool) -> float:
    """The argument of FLOAT."""
    if python:
        return float(line)
    found = _C_FLOAT.match(line)
    if found is None or line[found.end() : found.end() + 1] not in (b"", b"\0"):
        raise ValueError("not a number")
    value = float(found.group())
    if value in (float("inf"), float("-inf")) and b"n" not in found.group().lower():
        raise ValueError("a number out of range")
    return value


def index(line: bytes, *, python: bool) -> int:
    """The argument of GET and PUT: decimal."""
    if python:
        return int(line)
    if not line:
        raise ValueError("an empty number")
    value = int(_up_to_nul(line))
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError("a number out of range")
    return value


def quoted(line: bytes) -> bytes:
    """The argument of STRING: the bytes between the quotes, escapes as in a bytes literal."""
    if len(line) < 2 or line[0] != line[-1] or line[0] not in b"'\"":
        raise ValueError("a string without quotes")
    text = line[1:-1]
    return _ESCAPE.sub(_unescape, text) if b"\\" in text else text


def _unescape(found: re.Match[bytes]) -> bytes:
    single, octal, hexadecimal, broken, other = found.groups()
    if single is not None:
        return bytes([_ESCAPED[single[0]]])
    if octal is not None:
        return bytes([int(octal, 8) & 0xFF])
    if hexadecimal is not None:
        return bytes.fromhex(hexadecimal.decode())
    if other is not None:
        return b"\\" + other
    if broken is not None or found.group() == b"\\":
        raise ValueError("a broken escape")
    return b""


def read_text(line: bytes, code: int, *, python: bool) -> Any:
    """The value of INT, LONG, FLOAT, STRING (as latin-1) or UNICODE. Raises ValueError where the machine raises."""
    if code == op.INT:
        return integer(line, python=python)
    if code == op.LONG:
        return long(line, python=python)
    if code == op.FLOAT:
        return real(line, python=python)
    if code == op.STRING:
        return quoted(line).decode("latin-1")
    return str(line, "raw-unicode-escape")


def _up_to_nul(line: bytes) -> bytes:
    return line.partition(b"\0")[0]


def counted_end(data: Buffer, at: int) -> int:
    """Where the payload of the length-carrying opcode at `at` ends. The length field must be inside of the data."""
    width = op.LENGTH_BYTES[data[at]]
    return at + 1 + width + int.from_bytes(data[at + 1 : at + 1 + width], "little")


def value_at(data: Buffer, at: int) -> Any:
    """The value that the literal opcode at `at` pushes. Only for opcodes that the machine has already accepted.

    Python 2 strings come as latin-1 text: with that encoding every one of them loads. None, bool, int, float, str,
    bytes, or Huge.
    """
    code = data[at]
    if code in op.LENGTH_BYTES:
        return _counted(data, at, code)
    if code in _FIXED:
        return _FIXED[code](data[at + 1 : at + op.FIXED_WIDTHS[code]])
    end = data.find(b"\n", at)
    if end - at > LONGEST_TEXT_BYTES:
        return Huge(_KINDS[code], end - at)
    return _text(data[at + 1 : end], code)


def _text(line: bytes, code: int) -> Any:
    try:
        return read_text(line, code, python=False)
    except ValueError:
        return read_text(line, code, python=True)


def _counted(data: Buffer, at: int, code: int) -> Any:
    start, end = at + 1 + op.LENGTH_BYTES[code], counted_end(data, at)
    if end - start > LONGEST_TEXT_BYTES:
        return Huge(_KINDS[code], end - start)
    payload = data[start:end]
    if code in (op.SHORT_BINUNICODE, op.BINUNICODE, op.BINUNICODE8):
        return payload.decode("utf-8", "surrogatepass")
    if code in (op.SHORT_BINSTRING, op.BINSTRING):
        return payload.decode("latin-1")
    if code in (op.LONG1, op.LONG4):
        return int.from_bytes(payload, "little", signed=True)
    return payload


_FIXED: dict[int, Callable[[bytes], Any]] = {
    op.NONE: lambda _: None,
    op.NEWTRUE: lambda _: True,
    op.NEWFALSE: lambda _: False,
    op.BININT1: lambda raw: raw[0],
    op.BININT2: lambda raw: int.from_bytes(raw, "little"),
    op.BININT: lambda raw: int.from_bytes(raw, "little", signed=True),
    op.BINFLOAT: lambda raw: struct.unpack(">d", raw)[0],
}

_KINDS = {
    op.SHORT_BINUNICODE: "text",
    op.BINUNICODE: "text",
    op.BINUNICODE8: "text",
    op.UNICODE: "text",
    op.STRING: "text",
    op.SHORT_BINSTRING: "text",
    op.BINSTRING: "text",
    op.SHORT_BINBYTES: "bytes",
    op.BINBYTES: "bytes",
    op.BINBYTES8: "bytes",
    op.LONG1: "number",
    op.LONG4: "number",
    op.INT: "number",
    op.LONG: "number",
    op.FLOAT: "number",
}


def kind_at(data: Buffer, at: int) -> str:
    """ "text", "bytes", "number" or "none" (None): what the literal at `at` is, without reading its payload."""
    code = data[at]
    return "none" if code == op.NONE else _KINDS.get(code, "number")
