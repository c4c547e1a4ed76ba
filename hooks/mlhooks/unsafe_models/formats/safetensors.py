"""safetensors, to the letter: a header of JSON that accounts for every byte behind it.

Layout and rules: the format section of the safetensors README, and what its reference reader refuses. This reader is
stricter in what two readers may see differently: keys that stand twice, blanks before the JSON, tensors given as
arrays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from mlhooks.core.finding import Level, Unscannable
from mlhooks.unsafe_models.formats.rules import FOREIGN_NAME, MODEL_CODE, MODEL_MALFORMED
from mlhooks.unsafe_models.formats.source import DuplicateKey, Fault, Source, shown, strict_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlhooks.unsafe_models.stream import Piece

LENGTH_BYTES = 8
MOST_HEADER_BYTES = 100_000_000
"""What the reference reader allows."""
MOST_READ_BYTES = 48_000_000
"""What is read here: ten times the header of the largest model known, and 1 GB of memory at worst."""
MOST_FAULTS = 20
MOST_ELEMENTS = 2**64
ALIGNMENT = 8
METADATA = "__metadata__"
BITS = {
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "C64": 64, "F64": 64, "I64": 64, "U64": 64,
}  # fmt: skip
_FIELDS = {"dtype", "shape", "data_offsets"}
_START = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*["}]')

# What programs that build objects from metadata take for a class or for code. Ordinary metadata is prose and numbers.
_CODE = re.compile(r"\b(?:__import__|exec|eval|compile)\s*\(|\bos\.(?:system|popen)\b|\bsubprocess\.\w|\b__reduce__\b")
_CLASS_KEYS = re.compile(r'"?\b(_target_|__class__|py/object|py/reduce)"?\s*:')
_PICKLE = re.compile(r"\s*(?:gASV|gAWV|gAJ[9a-zA-Z]|gAN[9a-zA-Z])[A-Za-z0-9+/=\s]{16,}")
_TEMPLATE = re.compile(r"\{[{%]")


class Tensor(NamedTuple):
    """One tensor of the header. `begin` and `end` are bytes from the start of the buffer."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


class Header(NamedTuple):
    """What a header says, and what is wrong with it: pairs of a reason and what it is about."""

    tensors: list[Tensor]
    metadata: dict[str, str]
    buffer_start: int
    problems: list[tuple[str, str]]


def is_safetensors(start: bytes, size_bytes: int) -> bool:
    """Whether a file that starts with these bytes (16 or more) is meant as safetensors."""
    length = int.from_bytes(start[:LENGTH_BYTES], "little")
    return 2 <= length <= size_bytes - LENGTH_BYTES and _START.match(start, LENGTH_BYTES) is not None


def read(source: Source) -> Iterator[Fault | Piece]:
    """Every rule of the format that the file breaks, and what in its metadata is no metadata."""
    header = read_header(source.read, source.size_bytes)
    for reason, subject in header.problems[:MOST_FAULTS]:
        yield Fault(MODEL_MALFORMED, f"{reason}; fetch the file again, and do not load it as it is", subject)
    if not header.problems:
        yield from _misaligned(header)
    for key, value in header.metadata.items():
        yield from _metadata_faults(key, value)


def read_header(read_bytes: Callable[[int, int], bytes], size_bytes: int) -> Header:
    """The header of a file of `size_bytes`, of which `read_bytes(offset, size)` hands out parts.

    Raises `Unscannable` when the header is larger than can be read here.
    """
    broken = Header([], {}, 0, [])
    if size_bytes < LENGTH_BYTES:
        return _with(broken, "it is shorter than the 8 bytes of its header's length", "too short")
    length = int.from_bytes(read_bytes(0, LENGTH_BYTES), "little")
    if length > MOST_HEADER_BYTES:
        return _with(
            broken, f"it is no safetensors file: its first 8 bytes claim a header of {length:,} bytes", "header length"
        )
    if length + LENGTH_BYTES > size_bytes:
        return _with(broken, f"its header claims {length:,} bytes, and the file has {size_bytes:,}", "header length")
    if length > MOST_READ_BYTES:
        raise Unscannable(f"its header of {length:,} bytes is too large to be checked")
    return _parsed(read_bytes(LENGTH_BYTES, length), size_bytes)


def _parsed(raw: bytes, size_bytes: int) -> Header:
    """The header from its JSON."""
    broken = Header([], {}, 0, [])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return _with(broken, f"its header is not UTF-8 (byte {LENGTH_BYTES + error.start})", "header text")
    buffer_start = LENGTH_BYTES + len(raw)
    header = Header([], {}, buffer_start, [])
    if not text.startswith("{"):
        header.problems.append(("its header does not begin with '{'", "header start"))
    try:
        value = strict_json(text)
    except DuplicateKey as error:
        return _with(
            header,
            f"its header has the key {shown(str(error))} twice, and readers differ in which they take",
            "key twice",
        )
    except ValueError as error:
        return _with(header, f"its header is not JSON ({error})", "header JSON")
    if not isinstance(value, dict):
        return _with(header, "its header is not a JSON object", "header JSON")
    metadata = value.pop(METADATA, None)
    header.metadata.update(_metadata(metadata, header.problems))
    for name, entry in value.items():
        tensor = _tensor(name, entry, header.problems)
        if tensor:
            header.tensors.append(tensor)
    if not header.problems:
        header.problems.extend(_coverage(header.tensors, size_bytes - buffer_start))
    return header


def _with(header: Header, reason: str, subject: str) -> Header:
    return header._replace(problems=[*header.problems, (reason, subject)])


def _metadata(value: Any, problems: list[tuple[str, str]]) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append((f"its {METADATA} is not an object", METADATA))
        return {}
    for key, text in value.items():
        if not isinstance(text, str):
            problems.append((f"the value of {shown(key)} in its {METADATA} is not text", METADATA))
    return {key: text for key, text in value.items() if isinstance(text, str)}


def _tensor(name: str, entry: Any, problems: list[tuple[str, str]]) -> Tensor | None:
    """The tensor, or None and what is wrong with it."""

    def wrong(what: str) -> Tensor | None:
        problems.append((f"tensor {shown(name)} {what}", name))
        return None

    if not isinstance(entry, dict) or not entry.keys() >= _FIELDS:
        return wrong("has no dtype, shape and data_offsets")
    if entry.keys() - _FIELDS:
        wrong(f"has a field {shown(min(entry.keys() - _FIELDS))} that the format does not know")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    bits = BITS.get(dtype) if isinstance(dtype, str) else None
    if bits is None:
        return wrong(f"has the dtype {shown(dtype)}, which the format does not know")
    if not _are_sizes(shape):
        return wrong("has a shape that is no list of sizes")
    if not _are_sizes(offsets) or len(offsets) != 2:
        return wrong("has data_offsets that are no two sizes")
    begin, end = offsets
    size_bits = _size_bits(shape, bits)
    if size_bits is None:
        return wrong("has a shape whose size overflows 64 bits")
    if begin > end:
        return wrong(f"begins at byte {begin:,} and ends before, at byte {end:,}")
    if size_bits % 8:
        return wrong(f"of type {dtype} does not fill whole bytes")
    if size_bits // 8 != end - begin:
        return wrong(f"needs {size_bits // 8:,} bytes by its dtype and shape, and has {end - begin:,}")
    return Tensor(name, dtype, tuple(shape), begin, end)


def _size_bits(shape: list[int], bits: int) -> int | None:
    """The size of a tensor; None where the reference reader's 64 bits overflow on the way."""
    elements = 1
    for size in shape:
        elements *= size
        if elements >= MOST_ELEMENTS:
            return None
    return elements * bits if elements * bits < MOST_ELEMENTS else None


def _are_sizes(value: Any) -> bool:
    return isinstance(value, list) and all(type(size) is int and 0 <= size < MOST_ELEMENTS for size in value)


def _coverage(tensors: list[Tensor], buffer_bytes: int) -> Iterator[tuple[str, str]]:
    """Where the tensors, put in order, leave a hole, overlap, or do not end where the file does."""
    reached, before = 0, ""
    for tensor in sorted(tensors, key=lambda tensor: (tensor.begin, tensor.end)):
        if tensor.begin > reached:
            yield f"{tensor.begin - reached:,} bytes before tensor {shown(tensor.name)} belong to no tensor", "hole"
        elif tensor.begin < reached:
            yield f"tensor {shown(tensor.name)} overlaps tensor {shown(before)}", "overlap"
        if tensor.end > buffer_bytes:
            beyond = tensor.end - buffer_bytes
            yield f"tensor {shown(tensor.name)} ends {beyond:,} bytes beyond the end of the file", "cut off"
        if tensor.end >= reached:
            reached, before = tensor.end, tensor.name
    if reached < buffer_bytes:
        yield f"{buffer_bytes - reached:,} bytes behind its last tensor belong to no tensor", "trailing bytes"


def _misaligned(header: Header) -> Iterator[Fault]:
    """Older writers did not align, and every reader copes: good to know, no more."""
    if not header.tensors:
        return
    odd = [t for t in header.tensors if BITS[t.dtype] >= 16 and t.begin % (BITS[t.dtype] // 8) and t.end > t.begin]
    if odd:
        message = (
            f"tensor {shown(odd[0].name)} is not aligned to its item size; it cannot be mapped into memory as it is"
        )
        yield Fault(MODEL_MALFORMED, message, "alignment", graded=Level.NOTE)
    elif header.buffer_start % ALIGNMENT:
        message = f"its tensors start at byte {header.buffer_start:,}, which is no multiple of {ALIGNMENT}"
        yield Fault(MODEL_MALFORMED, message, "alignment", graded=Level.NOTE)


def _metadata_faults(key: str, value: str) -> Iterator[Fault]:
    where = f"metadata {shown(key)}"
    if found := _CLASS_KEYS.search(value) or _CLASS_KEYS.search(f"{key}:"):
        message = f"it holds {shown(found[1])}, which tells some programs to import a class; data has no need of it"
        yield Fault(FOREIGN_NAME, message, key, where, graded=Level.WARNING)
    if found := _CODE.search(value):
        message = f"it holds Python code ({shown(found[0])}); metadata is for reading, so never run or evaluate it"
        yield Fault(MODEL_CODE, message, key, where, graded=Level.WARNING)
    if _PICKLE.match(value):
        message = "it holds a pickle in base64, which runs code when somebody loads it"
        yield Fault(MODEL_CODE, message, key, where)
    if _TEMPLATE.search(value):
        from mlhooks.unsafe_models.formats.templates import judge

        for fault in judge(value, where):
            if fault.rule is not MODEL_MALFORMED:
                yield fault
