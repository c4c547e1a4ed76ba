"""ONNX: a graph as a protocol buffer, whose weights may lie in other files.

Field numbers: onnx.proto3. A tensor with external data names a file by `location`, relative to the model's folder;
readers followed it anywhere (CVE-2022-25882, CVE-2024-27318, CVE-2025-51480, CVE-2026-27489, CVE-2026-34446), so every
field that can hold a tensor is walked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mlhooks.core.finding import Level, Unscannable
from mlhooks.unsafe_models.formats import protobuf
from mlhooks.unsafe_models.formats.paths import leaves_folder
from mlhooks.unsafe_models.formats.rules import CUSTOM_OPERATOR, FILE_ACCESS, MODEL_CODE, MODEL_MALFORMED
from mlhooks.unsafe_models.formats.source import Fault, Source, Way, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.stream import Buffer

MOST_MESSAGES = 20_000_000
MOST_FAULTS = 50
MODEL, GRAPH, NODE, ATTRIBUTE, TENSOR, SPARSE, FUNCTION, TRAINING, OPSET, ENTRY = range(10)

# What stands in which field of which message, as far as a tensor or an operator can be in it.
_INSIDE: dict[int, dict[int, int]] = {
    MODEL: {7: GRAPH, 8: OPSET, 20: TRAINING, 25: FUNCTION},
    GRAPH: {1: NODE, 5: TENSOR, 15: SPARSE},
    NODE: {5: ATTRIBUTE},
    ATTRIBUTE: {5: TENSOR, 6: GRAPH, 10: TENSOR, 11: GRAPH, 22: SPARSE, 23: SPARSE},
    TENSOR: {13: ENTRY},
    SPARSE: {1: TENSOR, 2: TENSOR},
    FUNCTION: {7: NODE, 9: OPSET, 11: ATTRIBUTE},
    TRAINING: {1: GRAPH, 2: GRAPH},
    OPSET: {},
    ENTRY: {},
}
# Domains of operators that ONNX and ONNX Runtime bring along.
_KNOWN_DOMAINS = frozenset(
    ("", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview", "ai.onnx.preview.training", "com.microsoft")
) | frozenset(
    [
        "com.microsoft.nchwc",
        "com.microsoft.experimental",
        "com.microsoft.dml",
        "com.ms.internal.nhwc",
        "com.ms.dummy.model",
        "org.pytorch.aten",
        "org.pytorch._caffe2",
        "pkg.onnxscript.torch_lib",
        "pkg.onnxscript.torch_lib.common",
        "ai.onnx.contrib",
    ]
)
_PYTHON_OPERATORS = frozenset(("PythonOp", "PythonOpGrad", "PyOp", "PyCustomOp"))
# How ONNX Runtime marks data that a program hands over in memory: offset is then an address.
_MEMORY = "*/_ORT_MEM_ADDR_/*"
# onnx itself refuses all three, onnxruntime none. Links inside of one folder, and hard links, are often honest: a name
# for the newest version, a package manager that shares its files.
_WAYS = {
    Way.LEAVING: (Level.WARNING, "a link out of the model's folder, which may lead to any file of yours"),
    Way.INSIDE: (Level.NOTE, "a link to another file of the folder"),
    Way.SHARED: (Level.NOTE, "a hard link: the same file has a name elsewhere"),
}
_IR_VERSION, _GRAPH_FIELD = 1, 7
_MOST_IR_VERSION = 1000


class _Found(NamedTuple):
    """What a walk over the model collects, each thing once."""

    locations: dict[str, tuple[str, int, int]]
    domains: dict[str, str]
    own_domains: set[str]
    operators: dict[str, None]


def read(source: Source) -> Iterator[Fault]:
    """External data that leaves the folder or does not fit, operators that need code."""
    data, start, end = source.piece.data, source.piece.start, source.piece.end
    found = _Found({}, {}, set(), {})
    is_named = source.name.endswith(".onnx")
    try:
        if not _is_model(data, start, end):
            if is_named:
                raise Unscannable("it is no ONNX model")
            return
        _walk(data, start, end, found)
    except protobuf.Malformed as error:
        if not is_named and not found.locations:
            return  # only its first bytes looked like ONNX
        message = f"it is cut off or damaged at byte {error.args[0] - start:,}; fetch it again"
        yield Fault(MODEL_MALFORMED, message, "protobuf")
    yield from _faults(source, found)


def _is_model(data: Buffer, start: int, end: int) -> bool:
    """An IR version that can be, and a graph or functions."""
    version, has_graph = None, False
    for number, kind, a, _ in protobuf.fields(data, start, end):
        if number == _IR_VERSION and kind == protobuf.VARINT:
            version = a
        has_graph = has_graph or (number in (_GRAPH_FIELD, 25) and kind == protobuf.BYTES)
    return version is not None and 0 < version < _MOST_IR_VERSION and has_graph


def _walk(data: Buffer, start: int, end: int, found: _Found) -> None:
    """Every message that can hold a tensor or an operator, without recursion."""
    waiting = [(MODEL, start, end)]
    messages = 0
    while waiting:
        kind, at, stop = waiting.pop()
        messages += 1
        if messages > MOST_MESSAGES:
            raise Unscannable(f"its graph has more than {MOST_MESSAGES:,} parts")
        if kind == TENSOR:
            _tensor(data, at, stop, found)
            continue
        inside = _INSIDE[kind]
        name, domain = "", ""
        for number, wire, a, b in protobuf.fields(data, at, stop):
            if wire != protobuf.BYTES:
                continue
            if number in inside:
                waiting.append((inside[number], a, b))
            elif kind == NODE and number == 4:
                name = protobuf.text(data, a, b, 200)
            elif (
                (kind == NODE and number == 7) or (kind == OPSET and number == 1) or (kind == FUNCTION and number == 10)
            ):
                domain = protobuf.text(data, a, b, 200)
        if kind == NODE:
            found.operators.setdefault(name)
            found.domains.setdefault(domain, name)
        elif kind == FUNCTION:
            found.own_domains.add(domain)


def _tensor(data: Buffer, start: int, end: int, found: _Found) -> None:
    """The external location of a tensor; the last `location` counts, as in every reader, and all are looked at."""
    name, offset, length = "", 0, 0
    locations: list[str] = []
    for number, wire, a, b in protobuf.fields(data, start, end):
        if wire != protobuf.BYTES:
            continue
        if number == 8:
            name = protobuf.text(data, a, b, 200)
        elif number == 13:
            key = value = ""
            for inner, inner_wire, c, d in protobuf.fields(data, a, b):
                if inner_wire == protobuf.BYTES and inner == 1:
                    key = protobuf.text(data, c, d, 200)
                elif inner_wire == protobuf.BYTES and inner == 2:
                    value = protobuf.text(data, c, d)
            if key == "location":
                locations.append(value)
            elif key in ("offset", "length"):
                number_value = int(value) if value.isascii() and value.isdigit() and len(value) < 20 else -1
                offset, length = (number_value, length) if key == "offset" else (offset, number_value)
    for location in locations:
        known = found.locations.get(location)
        if known is None or offset + length > known[1] + known[2] or -1 in (offset, length):
            found.locations[location] = (name, offset, length)


def _faults(source: Source, found: _Found) -> Iterator[Fault]:
    for number, (location, (name, offset, length)) in enumerate(found.locations.items()):
        if number < MOST_FAULTS:
            yield from _location_faults(source, location, name, offset, length)
    for operator in sorted(_PYTHON_OPERATORS & found.operators.keys()):
        yield Fault(
            MODEL_CODE, f"its operator {operator} calls Python code by name; do not load it", operator, operator
        )
    custom = sorted(domain for domain in found.domains.keys() - _KNOWN_DOMAINS - found.own_domains if domain)
    for domain in custom[:MOST_FAULTS]:
        message = (
            f"its operator {shown(found.domains[domain])} is of the domain {shown(domain)}, which needs a native "
            f"library"
        )
        yield Fault(CUSTOM_OPERATOR, message, domain)


def _location_faults(source: Source, location: str, name: str, offset: int, length: int) -> Iterator[Fault]:
    where = f"tensor {shown(name)}"
    if location == _MEMORY:
        message = "its data are read from an address in memory that the file chooses; do not load it"
        yield Fault(FILE_ACCESS, message, location, where)
    elif leaves_folder(location):
        message = f"its data are read from {shown(location)}, outside of the model's folder; do not load it"
        yield Fault(FILE_ACCESS, message, location, where)
    elif not location:
        yield Fault(MODEL_MALFORMED, "it has external data without a location", "no location", where)
    elif -1 in (offset, length):
        message = f"its offset or length in {shown(location)} is no size; fetch the file again"
        yield Fault(MODEL_MALFORMED, message, location, where)
    else:
        yield from _neighbour_faults(source, location, where, offset + length)


def _neighbour_faults(source: Source, location: str, where: str, data_end: int) -> Iterator[Fault]:
    beside = source.neighbour(location)
    if beside is None:
        return
    if beside.way in _WAYS:
        level, what = _WAYS[beside.way]
        message = f"its data are read through {shown(location)}, {what}; put the file itself there"
        yield Fault(FILE_ACCESS, message, location, where, graded=level)
    if beside.size_bytes is not None and data_end > beside.size_bytes:
        message = (
            f"its data end at byte {data_end:,} of {shown(location)}, which has {beside.size_bytes:,}; fetch both again"
        )
        yield Fault(MODEL_MALFORMED, message, location, where)
