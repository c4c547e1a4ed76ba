"""R's serialized objects (`.rds`, and `.RData` with its variables): promises in them run when they are looked at.

A promise is an expression that R evaluates at the first use of its value (CVE-2024-27322). Layout: "Serialization
Formats" in R Internals, and `serialize.c`. Read item by item on a stack, nothing is built.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from mlhooks.core.finding import Level, Unscannable
from mlhooks.unsafe_models.containers import compressed
from mlhooks.unsafe_models.containers.compressed import Packed
from mlhooks.unsafe_models.formats.rules import MODEL_CODE
from mlhooks.unsafe_models.formats.source import Fault, Source
from mlhooks.unsafe_models.stream import Piece, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.stream import Buffer

MOST_ITEMS = 20_000_000
MOST_DEPTH_OF_WORK = 5_000_000
_SYMBOL, _PAIRLIST, _CLOSURE, _ENVIRONMENT, _PROMISE, _LANGUAGE, _SPECIAL, _BUILTIN, _CHARACTER = (
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
)
_LOGICAL, _INTEGER, _REAL, _COMPLEX, _STRINGS, _DOTS, _LIST, _EXPRESSION, _BYTECODE, _POINTER, _WEAK, _RAW, _S4 = (
    10, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25,
)  # fmt: skip
_ALTREP, _ATTRIBUTE_LIST, _ATTRIBUTE_LANGUAGE = 238, 239, 240
_PERSISTENT, _PACKAGE, _NAMESPACE, _REFERENCE = 247, 248, 249, 255
_SINGLES = frozenset((241, 242, 250, 251, 252, 253, 254, 0))
_WIDTHS = {_LOGICAL: 4, _INTEGER: 4, _REAL: 8, _COMPLEX: 16, _RAW: 1}
_CODE_REFERENCE, _CODE_DEFINITION = 243, 244
_ORDERS: dict[bytes, Literal["big", "little", "text"]] = {b"X\n": "big", b"B\n": "little", b"A\n": "text"}
_SAVED = (b"RDX2\n", b"RDX3\n", b"RDB2\n", b"RDB3\n", b"RDA2\n", b"RDA3\n")
_ITEM, _CODE, _CONSTANTS, _CONSTANT, _CODE_LANGUAGE = range(5)
"""What is still to be read: an item, bytecode, how many constants it has, one of them, an expression in it."""
_PARTS = {_SYMBOL: 1, _S4: 0, _ALTREP: 3, _POINTER: 2, _WEAK: 0}
"""How many items belong to one of these, besides its attributes."""
_HAS_ATTRIBUTES, _HAS_TAG = 0x200, 0x400
_WHOLE_NUMBER = re.compile(rb"-?[0-9]{1,19}")


class _Broken(Exception):  # noqa: N818 - a verdict on a file, not a fault of ours
    """The stream does not go on as the format says, or into what is not read here."""


def read(source: Source) -> Iterator[Fault | Piece]:
    """Promises as errors; functions, which most model objects carry, as a note."""
    data: Buffer = source.read()
    method = compressed.method_of(data[:8])
    if method:
        budget = source.budget
        result = compressed.unpack(
            method, Packed(data, 0, len(data)), max_bytes=budget.unpacked_bytes, max_ratio=budget.ratio
        )
        budget.unpacked_bytes -= len(result.data)
        if result.fault:
            raise Unscannable(f"it {result.fault}")
        piece = source.piece
        where = inside(piece.where, f"unpacked {method}")
        yield Piece(result.data, 0, len(result.data), piece.name, where, piece.depth + 1)
        return
    start = data[:7]
    at = 5 if start[:5] in _SAVED else 0
    order = _ORDERS.get(data[at : at + 2])
    is_named = source.name.endswith((".rds", ".rdata", ".rda"))
    if order is None:
        if is_named:
            raise Unscannable("it is no serialized R object")
        return
    walk = _Walk(data, at + 2, order)
    try:
        walk.run()
    except _Broken:
        # Text of other kinds may begin like R's.
        if not walk.promises and (is_named or order != "text"):
            raise Unscannable(f"its R object cannot be read beyond byte {walk.at:,}") from None
    if walk.promises:
        message = (
            "it holds a promise, which R evaluates as soon as its value is looked at (CVE-2024-27322); do not load it"
        )
        yield Fault(MODEL_CODE, message, "promise", f"byte {walk.promises[0]:,}")
    elif walk.has_functions:
        message = (
            "it holds R functions, which run when somebody calls them or prints the object; review it, or save plain "
            "data"
        )
        yield Fault(MODEL_CODE, message, "function", graded=Level.NOTE)


class _Walk:
    """Steps over one serialized object. Work that is left is kept as item counts and actions on a stack."""

    def __init__(self, data: Buffer, at: int, order: Literal["big", "little", "text"]) -> None:
        self.data, self.at, self.end = data, at, len(data)
        self.order = order
        self.work: list[tuple[int, int]] = []
        self.promises: list[int] = []
        self.has_functions = False

    def number(self) -> int:
        if self.order == "text":
            line = self.line()
            if not _WHOLE_NUMBER.fullmatch(line):
                raise _Broken
            return int(line)
        if self.at + 4 > self.end:
            raise _Broken
        self.at += 4
        return int.from_bytes(self.data[self.at - 4 : self.at], self.order, signed=True)

    def line(self) -> bytes:
        end = self.data.find(b"\n", self.at)
        if end < 0:
            raise _Broken
        start, self.at = self.at, end + 1
        return self.data[start:end].strip()

    def skip(self, count: int, width: int = 1) -> None:
        """Step over the values of a vector; as text, each stands on a line of its own (complex ones on two)."""
        if count < 0 or count > self.end - self.at:
            raise _Broken
        if self.order == "text":
            for _ in range(count * (2 if width == _WIDTHS[_COMPLEX] else 1)):
                self.line()
        elif count * width > self.end - self.at:
            raise _Broken
        else:
            self.at += count * width

    def skip_text(self, size: int) -> None:
        """Step over a string; as text, its escapes leave it on one line."""
        if self.order == "text":
            if size >= 0:
                self.line()
        else:
            self.skip(max(size, 0))

    def length(self) -> int:
        size = self.number()
        if size == -1:
            high, low = self.number(), self.number()
            size = (high << 32) + (low & 0xFFFFFFFF)
        if size < 0 or size > self.end:
            raise _Broken
        return size

    def run(self) -> None:
        version = self.number()
        self.number()
        self.number()
        if version == 3:
            self.skip_text(self.number())
        elif version != 2:
            raise _Broken
        self.push(_ITEM, 1)
        items = 0
        while self.work:
            action, count = self.work.pop()
            if count > 1:
                self.work.append((action, count - 1))
            items += 1
            if items > MOST_ITEMS or len(self.work) > MOST_DEPTH_OF_WORK:
                raise _Broken
            if action == _ITEM:
                self.push(_ITEM, self.item())
            elif action == _CODE:
                # Its instructions are a vector of numbers; then come its constants.
                self.push(_CONSTANTS, 1)
                self.push(_ITEM, 1)
            elif action == _CONSTANTS:
                self.push(_CONSTANT, self.length())
            elif action == _CONSTANT:
                kind = self.number()
                if kind == _BYTECODE:
                    self.push(_CODE, 1)
                else:
                    self.code_language(kind)
            else:
                self.code_language(self.number())

    def push(self, action: int, count: int) -> None:
        if count:
            self.work.append((action, count))

    def code_language(self, kind: int) -> None:
        """A constant of bytecode: an expression in a notation of its own, or an ordinary item."""
        if kind == _CODE_REFERENCE:
            self.number()
            return
        if kind == _CODE_DEFINITION:
            self.number()
            kind = self.number()
        if kind in (_LANGUAGE, _PAIRLIST, _ATTRIBUTE_LIST, _ATTRIBUTE_LANGUAGE):
            self.push(_CODE_LANGUAGE, 2)
            self.push(_ITEM, 2 if kind in (_ATTRIBUTE_LIST, _ATTRIBUTE_LANGUAGE) else 1)
        else:
            self.push(_ITEM, 1)

    def item(self) -> int:
        """Step over the head of one item; how many items belong to it."""
        start = self.at
        flags = self.number()
        kind, attributes = flags & 0xFF, int(bool(flags & _HAS_ATTRIBUTES))
        if kind in _WIDTHS:
            self.skip(self.length(), _WIDTHS[kind])
            return attributes
        if kind == _CHARACTER:
            self.skip_text(self.number())
            return attributes
        if kind in (_STRINGS, _LIST, _EXPRESSION):
            return self.length() + attributes
        if kind in (_PAIRLIST, _LANGUAGE, _CLOSURE, _PROMISE, _DOTS, _ATTRIBUTE_LIST, _ATTRIBUTE_LANGUAGE):
            if kind == _PROMISE:
                self.promises.append(start)
            self.has_functions = self.has_functions or kind == _CLOSURE
            has_attributes = attributes or kind in (_ATTRIBUTE_LIST, _ATTRIBUTE_LANGUAGE)
            return 2 + int(bool(has_attributes)) + int(bool(flags & _HAS_TAG))
        return self.rare_item(kind, flags, attributes)

    def rare_item(self, kind: int, flags: int, attributes: int) -> int:
        if kind in _SINGLES:
            return 0
        if kind == _REFERENCE:
            if not flags >> 8:
                self.number()
            return 0
        if kind == _ENVIRONMENT:
            self.number()
            return 4
        if kind in (_SPECIAL, _BUILTIN):
            self.skip_text(self.length())
            return 0
        if kind in (_PERSISTENT, _PACKAGE, _NAMESPACE):
            self.number()
            return self.length()
        if kind in _PARTS:
            return _PARTS[kind] + attributes
        if kind == _BYTECODE:
            self.number()
            self.push(_ITEM, attributes)
            self.push(_CODE, 1)
            return 0
        raise _Broken
