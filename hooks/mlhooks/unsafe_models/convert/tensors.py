"""A tensor as a file stores it: where its bytes are, and how they become the plain little-endian bytes of
safetensors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Literal, NamedTuple, Protocol

from mlhooks.core.finding import Unscannable

PIECE_BYTES = 8 << 20
LARGEST_EXPANSION_BYTES = 1 << 30


class Kind(NamedTuple):
    """A type of elements: its name in safetensors, bytes of one element, and bytes that a change of byte order turns.

    `per_element` is how many values of the safetensors type one stored element holds.
    """

    name: str
    item_bytes: int
    swap_bytes: int = 0
    per_element: int = 1


KINDS = {
    "bool": Kind("BOOL", 1), "uint8": Kind("U8", 1), "int8": Kind("I8", 1),
    "int16": Kind("I16", 2, 2), "uint16": Kind("U16", 2, 2), "float16": Kind("F16", 2, 2),
    "bfloat16": Kind("BF16", 2, 2),
    "int32": Kind("I32", 4, 4), "uint32": Kind("U32", 4, 4), "float32": Kind("F32", 4, 4),
    "int64": Kind("I64", 8, 8), "uint64": Kind("U64", 8, 8), "float64": Kind("F64", 8, 8),
    "complex64": Kind("C64", 8, 4),
    "float8_e4m3fn": Kind("F8_E4M3", 1), "float8_e5m2": Kind("F8_E5M2", 1), "float8_e8m0fnu": Kind("F8_E8M0", 1),
    "float8_e4m3fnuz": Kind("F8_E4M3FNUZ", 1), "float8_e5m2fnuz": Kind("F8_E5M2FNUZ", 1),
    "float4_e2m1fn_x2": Kind("F4", 1, 0, 2),
}  # fmt: skip
"""torch's name of a type to what it becomes. What is missing has no counterpart."""

FLOATING = frozenset(("F16", "BF16", "F32", "F64", "C64", "F8_E4M3", "F8_E5M2"))
_CASTS: dict[int, Literal["B", "H", "I", "Q"]] = {1: "B", 2: "H", 4: "I", 8: "Q"}


class Extent(Protocol):
    """Bytes that are somewhere: in a file, or unpacked in memory."""

    @property
    def size_bytes(self) -> int: ...
    def view(self, start: int, size: int) -> memoryview:
        """These bytes at once, mapped rather than read where they are in a file."""

    def pieces(self, start: int, size: int) -> Iterator[bytes]:
        """These bytes, a few mebibytes at a time."""

    def descriptor(self) -> tuple[int, int] | None:
        """The file and the offset in it where the bytes begin, for a copy inside of the system; None: not in a file."""


class FileExtent:
    """A range of an open file, which `data` maps."""

    def __init__(self, fd: int, data: memoryview, start: int, end: int) -> None:
        self._fd, self._data, self._start = fd, data, start
        self.size_bytes = end - start

    def view(self, start: int, size: int) -> memoryview:
        return self._data[self._start + start : self._start + start + size]

    def pieces(self, start: int, size: int) -> Iterator[bytes]:
        at, end = self._start + start, self._start + start + size
        while at < end:
            piece = os.pread(self._fd, min(PIECE_BYTES, end - at), at)
            if not piece:
                raise Unscannable("it became shorter while it was read")
            yield piece
            at += len(piece)

    def descriptor(self) -> tuple[int, int] | None:
        return self._fd, self._start


class MemoryExtent:
    """Bytes in memory."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = memoryview(data)
        self.size_bytes = len(self._data)

    def view(self, start: int, size: int) -> memoryview:
        return self._data[start : start + size]

    def pieces(self, start: int, size: int) -> Iterator[bytes]:
        for at in range(start, start + size, PIECE_BYTES):
            yield bytes(self._data[at : min(at + PIECE_BYTES, start + size)])

    def descriptor(self) -> None:
        return None


class Tensor(NamedTuple):
    """One tensor. `offset` and `strides` count elements of the storage; `storage` tells storages apart."""

    kind: Kind
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    extent: Extent
    storage: object
    is_big_endian: bool = False
    is_conjugated: bool = False
    is_negated: bool = False

    @property
    def size_bytes(self) -> int:
        return prod(self.shape) * self.kind.item_bytes

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """The shape in safetensors, where packed values count one by one."""
        if self.kind.per_element == 1 or not self.shape:
            return self.shape
        return (*self.shape[:-1], self.shape[-1] * self.kind.per_element)

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal for two names of one and the same tensor."""
        return (self.storage, self.kind, self.shape, self.strides if self.size_bytes else (), self.offset, self[7:])

    @property
    def is_contiguous(self) -> bool:
        expected = 1
        for size, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if size != 1 and stride != expected:
                return self.size_bytes == 0
            expected *= size
        return True

    @property
    def is_plain(self) -> bool:
        """Whether its bytes are already those of safetensors."""
        is_swapped = self.is_big_endian and self.kind.swap_bytes > 1
        return self.is_contiguous and not (is_swapped or self.is_conjugated or self.is_negated)


def problem(tensor: Tensor) -> str | None:
    """Why the tensor cannot be what its file says; None when it can."""
    if len(tensor.shape) != len(tensor.strides) or any(n < 0 for n in (*tensor.shape, *tensor.strides, tensor.offset)):
        return "has sizes or strides that cannot be"
    if not prod(tensor.shape):
        return None
    last = tensor.offset + sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides, strict=True))
    if (last + 1) * tensor.kind.item_bytes > tensor.extent.size_bytes:
        return "reaches beyond the end of its storage"
    # Strides of zero, and windows that overlap.
    if tensor.size_bytes > max(LARGEST_EXPANSION_BYTES, tensor.extent.size_bytes):
        return "repeats few values very often; contract it before it is saved"
    if tensor.is_negated and tensor.kind.name not in FLOATING:
        return "is a negated view of whole numbers"
    return None


def pieces(tensor: Tensor) -> Iterator[bytes]:
    """The tensor's bytes as safetensors has them: row by row, little-endian."""
    if not tensor.size_bytes:
        return
    item = tensor.kind.item_bytes
    if tensor.is_contiguous:
        raw = tensor.extent.pieces(tensor.offset * item, tensor.size_bytes)
    else:
        raw = iter((bytes(_gathered(tensor)),))
    if tensor.is_plain:
        yield from raw
        return
    rest = b""
    for piece in raw:
        joined = rest + piece if rest else piece
        whole = len(joined) // item * item
        yield _changed(tensor, bytearray(joined[:whole]))
        rest = joined[whole:]


def _gathered(tensor: Tensor) -> bytearray:
    """The elements in order, copied along the longest dimension at C speed."""
    item = tensor.kind.item_bytes
    shape, strides = _squeezed(tensor)
    last = sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    source = tensor.extent.view(tensor.offset * item, (last + 1) * item).cast(_CASTS[item])
    out = bytearray(tensor.size_bytes)
    target = memoryview(out).cast(_CASTS[item])
    steps = [prod(shape[index + 1 :]) for index in range(len(shape))]
    longest = max(range(len(shape)), key=shape.__getitem__)
    count, stride, step = shape.pop(longest), strides.pop(longest), steps.pop(longest)
    for position in product(*map(range, shape)):
        start = sum(index * jump for index, jump in zip(position, strides, strict=True))
        to = sum(index * jump for index, jump in zip(position, steps, strict=True))
        end = to + (count - 1) * step + 1
        if stride:
            target[to:end:step] = source[start : start + (count - 1) * stride + 1 : stride]
        else:
            target[to:end:step] = memoryview(bytes(source[start : start + 1]) * count).cast(_CASTS[item])
    return out


def _squeezed(tensor: Tensor) -> tuple[list[int], list[int]]:
    """Shape and strides without dimensions of size 1, neighbours that are one run joined."""
    shape: list[int] = []
    strides: list[int] = []
    for size, stride in zip(tensor.shape, tensor.strides, strict=True):
        if size == 1:
            continue
        if shape and strides[-1] == stride * size:
            shape[-1] *= size
            strides[-1] = stride
        else:
            shape.append(size)
            strides.append(stride)
    return shape, strides


def _changed(tensor: Tensor, data: bytearray) -> bytes:
    """Byte order turned; signs flipped where torch had only noted it down."""
    swap = tensor.kind.swap_bytes
    if tensor.is_big_endian and swap > 1:
        original = bytes(data)
        for index in range(swap):
            data[index::swap] = original[swap - 1 - index :: swap]
    parts = tensor.kind.item_bytes // max(swap, 1)
    for part in range(parts):
        is_imaginary = parts == 2 and part == 1
        if tensor.is_negated != (tensor.is_conjugated and is_imaginary):
            top = part * swap + swap - 1 if swap else part
            data[top :: tensor.kind.item_bytes] = data[top :: tensor.kind.item_bytes].translate(_FLIPPED)
    return bytes(data)


_FLIPPED = bytes(byte ^ 0x80 for byte in range(256))
