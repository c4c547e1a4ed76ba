"""Symbolic values as rules and messages see them."""

from __future__ import annotations

from typing import Any

from mlhooks.unsafe_models import literals
from mlhooks.unsafe_models import opcodes as op
from mlhooks.unsafe_models.stream import UNKNOWN, Buffer
from mlhooks.unsafe_models.values import ByteArray, Dict, Frozen, Given, Import, List, Made, Set, Value, is_lost

LONGEST_NAME = 200
LONGEST_PREVIEW_TEXT = 60
MOST_PREVIEW_ITEMS = 4
MOST_PREVIEW_DEPTH = 3
MOST_PLAIN_NODES = 300_000


class View:
    """Reads the literals of one stream."""

    def __init__(self, data: Buffer) -> None:
        self.data = data

    def literal(self, value: Value) -> Any:
        """The Python value of a literal; UNKNOWN for anything else."""
        if type(value) is int:
            return literals.value_at(self.data, value)
        return value if type(value) is str else UNKNOWN

    def text(self, value: Value) -> str | None:
        """The str that this is, or None."""
        plain = self.literal(value)
        return plain if isinstance(plain, str) else None

    def number(self, value: Value) -> int | None:
        """The int that this is, or None."""
        plain = self.literal(value)
        return plain if isinstance(plain, int) and not isinstance(plain, bool) else None

    def is_none(self, value: Value) -> bool:
        return type(value) is int and self.data[value] == op.NONE

    def is_bytes(self, value: Value) -> bool:
        """Whether this is bytes: a literal, or the way in which protocols 0 to 2 spell them."""
        if type(value) is int:
            # Python 2 wrote bytes as its own strings.
            return self.data[value] in _BYTES or self.data[value] in _OLD_STRINGS
        return isinstance(value, Made) and name_of(value.callee) in ("_codecs.encode", "builtins.bytes")

    def payload(self, value: Value) -> tuple[Buffer, int, int] | None:
        """Where the content of bytes stands: data, start, end. None where it is no literal."""
        if type(value) is int and self.data[value] in _BYTES | _OLD_COUNTED:
            width = op.LENGTH_BYTES[self.data[value]]
            return self.data, value + 1 + width, literals.counted_end(self.data, value)
        if type(value) is int and self.data[value] == op.STRING:
            content = literals.quoted(self.data[value + 1 : self.data.find(b"\n", value)])
            return content, 0, len(content)
        if isinstance(value, Made) and name_of(value.callee) == "_codecs.encode" and type(value.args) is tuple:
            return self._encoded(value.args[0])
        if isinstance(value, Made) and name_of(value.callee) == "builtins.bytes" and value.args == ():
            return b"", 0, 0
        return None

    def _encoded(self, value: Value) -> tuple[Buffer, int, int] | None:
        """The bytes of `_codecs.encode(text, "latin1")`, however long."""
        if type(value) is not int or literals.kind_at(self.data, value) != "text":
            return None
        code = self.data[value]
        if code in op.LENGTH_BYTES:
            raw = self.data[value + 1 + op.LENGTH_BYTES[code] : literals.counted_end(self.data, value)]
            text = raw.decode("latin-1" if code in _OLD_COUNTED else "utf-8", "surrogatepass")
        else:
            line = self.data[value + 1 : self.data.find(b"\n", value)]
            text = literals.read_text(line, code, python=False)
        try:
            content = text.encode("latin-1")
        except UnicodeEncodeError:
            return None
        return content, 0, len(content)

    def is_plain(self, value: Value) -> bool:
        """Whether this is made of literals only, and all of it is known."""
        todo, seen = [value], 0
        while todo:
            item = todo.pop()
            seen += 1
            if seen > MOST_PLAIN_NODES or is_lost(item):
                return False
            if isinstance(item, tuple | list):
                todo.extend(item)
            elif type(item) is not int:
                return False
        return True

    def plain(self, value: Value) -> Any:
        """The Python value, UNKNOWN where it is not literal (also inside). Bounded; never recursive in depth."""
        return self._plain(value, [MOST_PLAIN_NODES], 0)

    def _plain(self, value: Value, left: list[int], depth: int) -> Any:
        left[0] -= 1
        if left[0] < 0 or depth > 20 or is_lost(value):
            return UNKNOWN
        if type(value) is int:
            return self.literal(value)
        if type(value) is tuple:
            return tuple(self._plain(item, left, depth + 1) for item in value)
        if type(value) is List:
            return [self._plain(item, left, depth + 1) for item in value]
        if type(value) is Dict:
            keys = [self._plain(key, left, depth + 1) for key in value[::2]]
            return {
                key: self._plain(item, left, depth + 1)
                for key, item in zip(keys, value[1::2], strict=True)
                if isinstance(key, str | int | bytes)
            }
        return UNKNOWN

    def preview(self, value: Value, depth: int = 0) -> str:
        """A short, safe text for a message: ASCII only, no control characters."""
        if is_lost(value) or depth > MOST_PREVIEW_DEPTH:
            return "..."
        if isinstance(value, tuple | list):
            return self._preview_items(value, depth)
        if isinstance(value, ByteArray):
            return f"bytearray of {value.size:,} bytes"
        if isinstance(value, Import):
            return shown(value.name)
        if isinstance(value, Made):
            return f"{name_of(value.callee) or '...'}(...)" if depth < MOST_PREVIEW_DEPTH else "..."
        if isinstance(value, Given):
            return f"<{value.kind}>"
        plain = self.literal(value)
        if isinstance(plain, str | bytes) and len(plain) > LONGEST_PREVIEW_TEXT:
            return f"{plain[:LONGEST_PREVIEW_TEXT]!a}..."
        text = ascii(plain) if not isinstance(plain, literals.Huge) else repr(plain)
        return text if len(text) <= 4 * LONGEST_PREVIEW_TEXT else f"{text[: 4 * LONGEST_PREVIEW_TEXT]}..."

    def _preview_items(self, value: Value, depth: int) -> str:
        opening, closing = _BRACKETS[type(value)]
        if type(value) is Dict:
            pairs = list(zip(value[::2], value[1::2], strict=True))[: MOST_PREVIEW_ITEMS + 1]
            items = [f"{self.preview(key, depth + 1)}: {self.preview(item, depth + 1)}" for key, item in pairs]
        else:
            items = [self.preview(item, depth + 1) for item in value[: MOST_PREVIEW_ITEMS + 1]]
        if len(items) > MOST_PREVIEW_ITEMS:
            items[-1] = "..."
        elif type(value) is tuple and len(items) == 1:
            items[0] += ","
        return opening + ", ".join(items) + closing

    def call(self, name: str, args: Value) -> str:
        """A call as a person would write it."""
        if type(args) is not tuple:
            return f"{shown(name)}(*{self.preview(args)})"
        inner = self._preview_items(args, 0)[1:-1]
        return f"{shown(name)}({inner[:-1] if len(args) == 1 and inner.endswith(',') else inner})"


def name_of(value: Value) -> str:
    """The dotted name of an imported object; "" for everything else."""
    return value.name if isinstance(value, Import) else ""


def shown(name: str) -> str:
    """A name from a file, fit for a terminal: ASCII, no control characters, cut to a sensible length."""
    if not (name.isascii() and name.isprintable()):
        name = ascii(name)[1:-1]
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..."


_BYTES = frozenset((op.SHORT_BINBYTES, op.BINBYTES, op.BINBYTES8))
_OLD_COUNTED = frozenset((op.SHORT_BINSTRING, op.BINSTRING))
_OLD_STRINGS = _OLD_COUNTED | {op.STRING}
_BRACKETS: dict[type, tuple[str, str]] = {
    tuple: ("(", ")"),
    List: ("[", "]"),
    Dict: ("{", "}"),
    Set: ("{", "}"),
    Frozen: ("frozenset({", "})"),
}
