"""GGUF, the format of llama.cpp: a typed header in front of the weights, with a chat template among its values.

Layout: the GGUF specification of ggml (versions 1 to 3). Native readers have trusted its counts and lengths
(CVE-2024-21802, -21825, -21836, -23496, -23605), so every one is held against the bytes that are there.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.formats.rules import MODEL_MALFORMED
from mlhooks.unsafe_models.formats.source import Fault, Source, shown
from mlhooks.unsafe_models.formats.templates import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.stream import Buffer

MAGIC = b"GGUF"
MOST_VALUES = 20_000_000
MOST_DIMENSIONS = 4
MOST_KEY_BYTES = 65_535
MOST_TEMPLATE_BYTES = 1 << 22
_STRING, _ARRAY = 8, 9
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_INTEGERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 10: "Q", 11: "q"}
_TEMPLATE_KEY = "chat_template"

# ggml type number: (values in a block, bytes of a block).
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36), 10: (256, 84),
    11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74),
    18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2),
    26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
    40: (64, 36),
}  # fmt: skip


class _Broken(Exception):  # noqa: N818 - a verdict on a file, not a fault of ours
    """The file does not go on as the format says. `str(error)` is a whole sentence without its end."""


class _Tensor(NamedTuple):
    name: str
    elements: int
    row: int
    kind: int
    offset: int


def read(source: Source) -> Iterator[Fault]:
    """What in the header cannot be true, and what its templates do."""
    if source.size_bytes < 8 and source.read(0, 4) == MAGIC:
        yield Fault(MODEL_MALFORMED, "it is cut off in its header; fetch it again", "cut off")
        return
    reader = _Reader(source.piece.data, source.piece.start, source.piece.end)
    try:
        values = reader.header()
        yield from _faults_of_templates(reader.templates)
        for problem in _tensor_problems(reader, values):
            yield Fault(MODEL_MALFORMED, f"{problem}; fetch the file again, and do not load it as it is", "tensors")
    except _Broken as error:
        yield from _faults_of_templates(reader.templates)
        message = f"{error} (byte {reader.at - reader.origin:,}); native loaders crash on such files, so fetch it again"
        yield Fault(MODEL_MALFORMED, message, "header")


def _faults_of_templates(templates: dict[str, str]) -> Iterator[Fault]:
    for key, template in templates.items():
        yield from judge(template, key)
    templates.clear()


class _Reader:
    """A cursor over the header. Every read is checked against the end; `at` is absolute."""

    def __init__(self, data: Buffer, start: int, end: int) -> None:
        self.data, self.origin, self.at, self.end = data, start, start, end
        self.order = "<"
        self.counts = "Q"
        self.templates: dict[str, str] = {}
        self.tensors: list[_Tensor] = []

    def header(self) -> dict[str, Any]:
        """The small values by key; fills `templates` and `tensors`, and stops behind the tensor infos."""
        if self._take(4, "its magic") != MAGIC:
            raise _Broken("it does not start with GGUF")
        version = self._number("I", "its version")
        if version & 0xFFFF == 0 and version:
            self.order = ">"
            version = int.from_bytes(version.to_bytes(4, "little"), "big")
        if version not in (1, 2, 3):
            raise Unscannable(f"it is GGUF version {version}, which is not known here")
        if version == 1:
            self.counts = "I"
        tensors, pairs = self._number(self.counts, "its tensor count"), self._number(self.counts, "its value count")
        left = self.end - self.at
        if tensors * 24 > left or pairs * 9 > left:
            raise _Broken(f"it claims {tensors:,} tensors and {pairs:,} values, more than the file can hold")
        values: dict[str, Any] = {}
        for _ in range(pairs):
            key = self._text("a key", MOST_KEY_BYTES)
            if key in values:
                raise _Broken(f"the key {shown(key)} stands in it twice, and readers differ in which one they take")
            values[key] = self._value(key, self._number("I", f"the type of {shown(key)}"))
        for _ in range(tensors):
            self.tensors.append(self._tensor())
        return values

    def _value(self, key: str, kind: int) -> Any:
        if kind == _STRING:
            if _TEMPLATE_KEY in key:
                self.templates[key] = text = self._text(f"the value of {shown(key)}", MOST_TEMPLATE_BYTES)
                return text
            self._skip_text(key)
            return None
        if kind == _ARRAY:
            self._array(key)
            return None
        if kind not in _WIDTHS:
            raise _Broken(f"the value of {shown(key)} has the type {kind}, which the format does not know")
        if kind in _INTEGERS:
            return self._number(_INTEGERS[kind], f"the value of {shown(key)}")
        self._take(_WIDTHS[kind], f"the value of {shown(key)}")
        return None

    def _array(self, key: str) -> None:
        """Arrays may nest; what is left to read of each level is kept on a stack."""
        levels = [1]
        while levels:
            if not levels[-1]:
                levels.pop()
                continue
            levels[-1] -= 1
            kind = self._number("I", f"the item type of {shown(key)}")
            count = self._number(self.counts, f"the length of {shown(key)}")
            if kind == _ARRAY:
                if count * 12 > self.end - self.at or len(levels) > 8:
                    raise _Broken(f"the array {shown(key)} claims {count:,} arrays inside, more than can be there")
                levels.append(count)
            elif kind == _STRING:
                self._skip_strings(key, count)
            elif kind not in _WIDTHS:
                raise _Broken(f"the array {shown(key)} has items of type {kind}, which the format does not know")
            elif count * _WIDTHS[kind] > self.end - self.at:
                raise _Broken(f"the array {shown(key)} claims {count:,} items, more than the file can hold")
            else:
                self.at += count * _WIDTHS[kind]

    def _skip_strings(self, key: str, count: int) -> None:
        width = Struct(self.order + self.counts)
        if count * width.size > self.end - self.at:
            raise _Broken(f"the array {shown(key)} claims {count:,} strings, more than the file can hold")
        if count > MOST_VALUES:
            raise Unscannable(f"its array {shown(key)} has more than {MOST_VALUES:,} strings")
        texts: list[bytes] | None = [] if _TEMPLATE_KEY in key and count < 1000 else None
        unpack, data, at, limit = width.unpack_from, self.data, self.at, self.end - width.size
        for _ in range(count):
            if at > limit:
                raise _Broken(f"a string of {shown(key)} reaches beyond the end of the file")
            (length,) = unpack(data, at)
            at += width.size
            if texts is not None and length < MOST_TEMPLATE_BYTES:
                texts.append(data[at : min(at + length, self.end)])
            at += length
        if at > self.end:
            raise _Broken(f"a string of {shown(key)} reaches beyond the end of the file")
        self.at = at
        for index, text in enumerate(texts or ()):
            self.templates[f"{key}[{index}]"] = text.decode("utf-8", "replace")

    def _tensor(self) -> _Tensor:
        name = self._text("the name of a tensor", MOST_KEY_BYTES)
        dimensions = self._number("I", f"the dimensions of tensor {shown(name)}")
        if not 0 <= dimensions <= MOST_DIMENSIONS:
            raise _Broken(
                f"tensor {shown(name)} has {dimensions:,} dimensions, and the format allows {MOST_DIMENSIONS}"
            )
        sizes = [self._number(self.counts, f"the shape of tensor {shown(name)}") for _ in range(dimensions)]
        elements = 1
        for size in sizes:
            elements *= size
            if elements >= 1 << 62:
                raise _Broken(f"tensor {shown(name)} has a shape whose size overflows 64 bits")
        kind = self._number("I", f"the type of tensor {shown(name)}")
        return _Tensor(
            name, elements, sizes[0] if sizes else 1, kind, self._number("Q", f"the place of tensor {shown(name)}")
        )

    def _text(self, what: str, most_bytes: int) -> str:
        length = self._number(self.counts, f"the length of {what}")
        if length > self.end - self.at:
            raise _Broken(f"{what} claims {length:,} bytes, more than are left in the file")
        if length > most_bytes:
            raise _Broken(f"{what} has {length:,} bytes, more than the {most_bytes:,} that readers allow")
        return self._take(length, what).decode("utf-8", "replace")

    def _skip_text(self, key: str) -> None:
        length = self._number(self.counts, f"the length of {shown(key)}")
        if length > self.end - self.at:
            raise _Broken(f"the value of {shown(key)} claims {length:,} bytes, more than are left in the file")
        self.at += length

    def _number(self, form: str, what: str) -> int:
        packed = Struct(self.order + form)
        value: int = packed.unpack(self._take(packed.size, what))[0]
        return value

    def _take(self, size: int, what: str) -> bytes:
        if self.at + size > self.end:
            raise _Broken(f"it ends in the middle of {what}")
        self.at += size
        return self.data[self.at - size : self.at]


def _tensor_problems(reader: _Reader, values: dict[str, Any]) -> Iterator[str]:
    alignment = values.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
        yield f"its alignment {shown(alignment)} is no power of two"
        return
    start = reader.origin + -(-(reader.at - reader.origin) // alignment) * alignment
    names: set[str] = set()
    reached, before = 0, ""
    for tensor in sorted(reader.tensors, key=lambda tensor: tensor.offset):
        if tensor.name in names:
            yield f"the tensor {shown(tensor.name)} stands in it twice"
        names.add(tensor.name)
        if tensor.offset % alignment:
            yield f"tensor {shown(tensor.name)} starts at {tensor.offset:,}, which is no multiple of {alignment}"
        values_per_block, block_bytes = _BLOCKS.get(tensor.kind, (1, 0))
        if tensor.row % values_per_block:
            yield f"tensor {shown(tensor.name)} has rows of {tensor.row:,} values, no multiple of its block"
        size = tensor.elements // values_per_block * block_bytes
        if start + tensor.offset + size > reader.end:
            beyond = start + tensor.offset + size - reader.end
            yield f"tensor {shown(tensor.name)} reaches {beyond:,} bytes beyond the end of the file"
            return
        if tensor.offset < reached:
            yield f"tensor {shown(tensor.name)} overlaps tensor {shown(before)}"
            return
        reached, before = tensor.offset + size, tensor.name
