"""Core ML: a protocol buffer, alone or in a package folder. Custom layers and models name native classes.

Field numbers: Model.proto, NeuralNetwork.proto, CustomModel.proto, LinkedModel.proto of coremltools.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.formats import protobuf
from mlhooks.unsafe_models.formats.paths import leaves_folder
from mlhooks.unsafe_models.formats.rules import CUSTOM_OPERATOR, FILE_ACCESS, MODEL_MALFORMED
from mlhooks.unsafe_models.formats.source import Fault, Source, all_objects, shown, strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.stream import Buffer

MOST_PARTS = 5_000_000
MOST_FAULTS = 50
MODEL, PIPELINE, PIPELINE_OF, NETWORK, LAYER, CUSTOM, LINKED, LINKED_FILE = range(8)
_INSIDE: dict[int, dict[int, int]] = {
    MODEL: {
        200: PIPELINE_OF,
        201: PIPELINE_OF,
        202: PIPELINE,
        303: NETWORK,
        403: NETWORK,
        500: NETWORK,
        555: CUSTOM,
        556: LINKED,
    },
    PIPELINE_OF: {1: PIPELINE},
    PIPELINE: {1: MODEL},
    NETWORK: {1: LAYER},
    LAYER: {500: CUSTOM},
    LINKED: {1: LINKED_FILE},
}
_CLASS_NAME = 10
_BLOB_PATH = re.compile(rb"@model_path/[ -~]{1,4096}")


def read(source: Source) -> Iterator[Fault]:
    """Classes that a custom layer or model needs, and paths that lead out of the package."""
    if source.name == "manifest.json":
        yield from _manifest(source)
        return
    piece = source.piece
    classes: dict[str, None] = {}
    paths: dict[str, None] = {}
    try:
        for kind, text in _names(piece.data, piece.start, piece.end):
            (classes if kind == CUSTOM else paths).setdefault(text)
    except protobuf.Malformed as error:
        message = f"it is cut off or damaged at byte {error.args[0] - piece.start:,}; fetch it again"
        yield Fault(MODEL_MALFORMED, message, "protobuf")
    for match in _BLOB_PATH.finditer(piece.data, piece.start, piece.end):
        path = match[0].decode().removeprefix("@model_path/")
        if ".." in path:
            paths.setdefault(path)
    for path in [*paths][:MOST_FAULTS]:
        if leaves_folder(path):
            yield Fault(FILE_ACCESS, f"it reads {shown(path)}, outside of the model; do not load it", path)
    for name in [*classes][:MOST_FAULTS]:
        yield Fault(CUSTOM_OPERATOR, f"it needs the native class {shown(name)} in the application that loads it", name)


def _names(data: Buffer, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Class names (CUSTOM) and file names (LINKED_FILE) anywhere in a model."""
    waiting = [(MODEL, start, end)]
    parts = 0
    while waiting:
        kind, at, stop = waiting.pop()
        parts += 1
        if parts > MOST_PARTS:
            raise Unscannable("its model has too many parts to be checked")
        for number, wire, a, b in protobuf.fields(data, at, stop):
            if wire != protobuf.BYTES:
                continue
            if number in _INSIDE.get(kind, ()):
                waiting.append((_INSIDE[kind][number], a, b))
            elif kind == CUSTOM and number == _CLASS_NAME:
                yield kind, protobuf.text(data, a, b, 300)
            elif kind == LINKED_FILE and number in (1, 2):
                # A StringParameter: its default value is the field 1 inside.
                values = [
                    protobuf.text(data, c, d, 4096) for n, w, c, d in protobuf.fields(data, a, b) if w == protobuf.BYTES
                ]
                yield from ((kind, value) for value in values)


def _manifest(source: Source) -> Iterator[Fault]:
    """The list of a package's parts, each with a path under Data/."""
    try:
        value = strict_json(source.text(most_bytes=1 << 20))
    except ValueError as error:
        raise Unscannable(f"it is not valid JSON: {error}") from None
    for item in all_objects(value):
        path = item.get("path")
        if isinstance(path, str) and leaves_folder(path):
            yield Fault(FILE_ACCESS, f"it lists {shown(path)}, outside of the package; do not load it", path)
