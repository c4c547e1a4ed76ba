"""TensorFlow Lite: a flatbuffer. Operators that are not built in need a library, or all of TensorFlow.

Layout: schema.fbs of TensorFlow Lite, and the flatbuffers internals page. All offsets are checked; nothing is copied.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.unsafe_models.formats.protobuf import varint
from mlhooks.unsafe_models.formats.rules import CUSTOM_OPERATOR, MODEL_MALFORMED
from mlhooks.unsafe_models.formats.source import Fault, Source, shown
from mlhooks.unsafe_models.formats.tensorflow import judge_op, reaches_out

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CODES = 100_000
MOST_FAULTS = 100
MOST_OPTIONS_BYTES = 64 << 20
_OPERATOR_CODES, _SUBGRAPHS, _BUFFERS = 1, 2, 4
_OPERATORS = 3
_OPTIONS, _FAR_OPTIONS, _FAR_OPTIONS_SIZE = 5, 9, 10
_CUSTOM_CODE = 1
_FLEX = "Flex"


class _Broken(Exception):  # noqa: N818 - a verdict on a file, not a fault of ours
    """An offset leads out of the file."""


class _Flat:
    """The flatbuffer in a piece. Positions count from its start."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.size = source.size_bytes

    def number(self, at: int, size: int, *, signed: bool = False) -> int:
        if at < 0 or at + size > self.size:
            raise _Broken
        return int.from_bytes(self.source.read(at, size), "little", signed=signed)

    def follow(self, at: int) -> int:
        return at + self.number(at, 4)

    def field(self, table: int, index: int) -> int:
        """Where field `index` of a table stands; 0 when it is not there."""
        vtable = table - self.number(table, 4, signed=True)
        slot = 4 + 2 * index
        if slot + 2 > self.number(vtable, 2):
            return 0
        offset = self.number(vtable + slot, 2)
        return table + offset if offset else 0

    def items(self, at: int) -> list[int]:
        """The tables of a vector of tables, whose field stands at `at`."""
        vector = self.follow(at)
        count = self.number(vector, 4)
        if count * 4 > self.size - vector or count > MOST_CODES:
            raise _Broken
        return [self.follow(vector + 4 + 4 * index) for index in range(count)]

    def text(self, at: int) -> str:
        start = self.follow(at)
        size = self.number(start, 4)
        if size > self.size - start - 4:
            raise _Broken
        return self.source.read(start + 4, min(size, 500)).decode("utf-8", "backslashreplace")


def read(source: Source) -> Iterator[Fault]:
    """Custom and Flex operators, and buffers beyond the end of the file."""
    flat = _Flat(source)
    names: dict[str, None] = {}
    try:
        model = flat.follow(0)
        codes = flat.field(model, _OPERATOR_CODES)
        for code in flat.items(codes) if codes else ():
            custom = flat.field(code, _CUSTOM_CODE)
            if custom:
                names.setdefault(flat.text(custom))
        if any(name.startswith(_FLEX) for name in names):
            names.update(dict.fromkeys(_hidden_operations(flat, model)))
        buffers = flat.field(model, _BUFFERS)
        for buffer in flat.items(buffers) if buffers else ():
            _check_buffer(flat, buffer)
    except _Broken:
        message = "an offset in it leads beyond the end of the file; fetch it again, and do not load it as it is"
        yield Fault(MODEL_MALFORMED, message, "offsets")
    for name in [*names][:MOST_FAULTS]:
        if name.startswith(_FLEX):
            yield from judge_op(name.removeprefix(_FLEX), f"operator {shown(name)}")
        elif name:
            yield Fault(CUSTOM_OPERATOR, f"its operator {shown(name)} needs a native library", name)


def _hidden_operations(flat: _Flat, model: int) -> Iterator[str]:
    """What Flex operators run: the operation of the node in their options, whatever their own name says. There, its
    name stands behind its length."""
    known = re.compile(
        rb"(?=([\x80-\xff]{0,9}[\x00-\x7f])(" + b"|".join(sorted(name.encode() for name in reaches_out())) + rb")\b)"
    )
    graphs = flat.field(model, _SUBGRAPHS)
    for graph in flat.items(graphs) if graphs else ():
        operators = flat.field(graph, _OPERATORS)
        for operator in flat.items(operators) if operators else ():
            for options in _options(flat, operator):
                for size, name in known.findall(options):
                    if varint(size, 0, len(size))[0] == len(name):
                        yield _FLEX + name.decode()


def _options(flat: _Flat, operator: int) -> Iterator[bytes]:
    """The options of a custom operator, inside or (for files above 2 GB) behind the flatbuffer."""
    near = flat.field(operator, _OPTIONS)
    if near:
        vector = flat.follow(near)
        yield flat.source.read(vector + 4, min(flat.number(vector, 4), MOST_OPTIONS_BYTES))
    far, size = flat.field(operator, _FAR_OPTIONS), flat.field(operator, _FAR_OPTIONS_SIZE)
    if far and size:
        yield flat.source.read(flat.number(far, 8), min(flat.number(size, 8), MOST_OPTIONS_BYTES))


def _check_buffer(flat: _Flat, buffer: int) -> None:
    """A buffer's bytes are a vector inside, or a range behind the flatbuffer (for files above 2 GB)."""
    data, offset, size = (flat.field(buffer, index) for index in range(3))
    if data:
        vector = flat.follow(data)
        if flat.number(vector, 4) > flat.size - vector - 4:
            raise _Broken
    if offset and size and flat.number(offset, 8) > 1 and flat.number(offset, 8) + flat.number(size, 8) > flat.size:
        raise _Broken
