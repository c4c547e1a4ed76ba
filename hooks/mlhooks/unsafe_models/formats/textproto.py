"""Protocol buffers in their text form, brought into the wire form: only the fields of a table, and of them only texts.

Language: protobuf.dev, "Text Format Language Specification".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Schema = Mapping[int, Mapping[str, tuple[int, int]]]
    # By kind of message and name of field: the field's number, and the kind of message in it (`TEXT` for none).

TEXT = -1
_UNKNOWN = -2
MOST_DEPTH = 1000
_TOKEN = re.compile(
    r"""(?:\s|\#[^\n]*)*+(?:(?P<string>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+')|(?P<word>[\w.+-]++)"""
    r"""|(?P<extension>\[[\w.-]{1,200}(?:/[\w.-]{1,200})?\](?=\s{0,50}[:{<]))|(?P<other>[{}<>\[\]:,;]))""",
    re.DOTALL,
)
_BLANK = re.compile(r"(?:\s|#[^\n]*)*+")
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_ESCAPED = dict(zip("abfnrtv", b"\a\b\f\n\r\t\v", strict=True))


class BadTextError(Exception):
    """The text is no protocol buffer; `args[0]` is the offset."""


class _Open(NamedTuple):
    """A message whose end has not come yet; `name` and `is_list` are those of the field in the message around it."""

    kind: int
    number: int
    out: bytearray
    name: str
    is_list: bool


def to_wire(text: str, schema: Schema, root: int) -> bytes:
    """The message of kind `root` that a text describes, with what the schema does not know left out."""
    writer = _Writer(schema, root)
    for group, lexeme, at in _lexemes(text):
        if group == "string":
            writer.strings.append(_unescaped(lexeme[1:-1]))
            continue
        writer.end_strings()
        if group in ("word", "extension"):
            writer.word(lexeme)
        elif lexeme in "{<" and len(writer.stack) <= MOST_DEPTH:
            writer.open()
        elif lexeme in "}>" and len(writer.stack) > 1:
            writer.close()
        elif lexeme in "{<}>":
            raise BadTextError(at)
        elif lexeme in "[]":
            writer.is_list = lexeme == "["
    writer.end_strings()
    if len(writer.stack) != 1:
        raise BadTextError(len(text))
    return bytes(writer.stack[0].out)


class _Writer:
    """The messages that are open, outermost first; the field that is being read, and the parts of its text."""

    def __init__(self, schema: Schema, root: int) -> None:
        self.schema = schema
        self.stack = [_Open(root, 0, bytearray(), "", False)]
        self.name, self.is_list = "", False
        self.strings: list[bytes] = []

    def field(self) -> tuple[int, int]:
        return self.schema.get(self.stack[-1].kind, {}).get(self.name, (0, _UNKNOWN))

    def word(self, word: str) -> None:
        """A field's name; or a number or the name of a value, in whose place the next name comes, or none in a list."""
        self.name = self.name if self.is_list else word

    def end_strings(self) -> None:
        """Strings that stand in a row are one."""
        number, inner = self.field()
        if self.strings and inner == TEXT:
            _put(self.stack[-1].out, number, b"".join(self.strings))
        self.strings.clear()

    def open(self) -> None:
        number, inner = self.field()
        self.stack.append(_Open(inner, number, bytearray(), self.name, self.is_list))
        self.is_list = False

    def close(self) -> None:
        closed = self.stack.pop()
        self.name, self.is_list = closed.name, closed.is_list
        if closed.number:
            _put(self.stack[-1].out, closed.number, bytes(closed.out))


def _lexemes(text: str) -> Iterator[tuple[str, str, int]]:
    at = 0
    while found := _TOKEN.match(text, at):
        group = str(found.lastgroup)
        yield group, found[group], at
        at = found.end()
    blank = _BLANK.match(text, at)
    if blank is None or blank.end() < len(text):
        raise BadTextError(at)


def _unescaped(body: str) -> bytes:
    out, at = bytearray(), 0
    for found in _ESCAPE.finditer(body):
        out += body[at : found.start()].encode("utf-8", "surrogateescape")
        octal, byte, short, long, other = found.groups()
        if octal or byte:
            out.append((int(octal, 8) if octal else int(byte, 16)) & 0xFF)
        elif short or long:
            code = int(short or long, 16)
            out += chr(code).encode("utf-8", "surrogatepass") if code < 0x110000 else b"?"
        else:
            out += bytes([_ESCAPED[other]]) if other in _ESCAPED else other.encode("utf-8", "surrogateescape")
        at = found.end()
    return bytes(out) + body[at:].encode("utf-8", "surrogateescape")


def _put(out: bytearray, number: int, data: bytes) -> None:
    for value in (number << 3 | 2, len(data)):
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
    out += data
