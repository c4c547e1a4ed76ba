"""TensorFlow graphs: SavedModel, frozen graphs, and the Keras metadata next to them.

Field numbers: saved_model.proto, meta_graph.proto, graph.proto, function.proto, node_def.proto,
saved_object_graph.proto. A graph is a program: some of its operations read and write files, or call back into Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.formats import protobuf
from mlhooks.unsafe_models.formats.kerasjson import judge_text
from mlhooks.unsafe_models.formats.paths import leaves_folder
from mlhooks.unsafe_models.formats.rules import CUSTOM_OPERATOR, FILE_ACCESS, MODEL_CODE, MODEL_MALFORMED
from mlhooks.unsafe_models.formats.source import Fault, Source, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.stream import Buffer

MOST_NODES = 10_000_000
MOST_FAULTS = 50
MOST_METADATA_BYTES = 64 << 20
SAVED_MODEL, META_GRAPH, GRAPH, LIBRARY, FUNCTION, NODE, OBJECTS, OBJECT, USER_OBJECT, KERAS, KERAS_NODE = range(11)
_INSIDE: dict[int, dict[int, int]] = {
    SAVED_MODEL: {2: META_GRAPH},
    META_GRAPH: {2: GRAPH, 7: OBJECTS},
    GRAPH: {1: NODE, 2: LIBRARY},
    LIBRARY: {1: FUNCTION},
    FUNCTION: {3: NODE},
    OBJECTS: {1: OBJECT},
    OBJECT: {4: USER_OBJECT},
    USER_OBJECT: {},
    KERAS: {1: KERAS_NODE},
    KERAS_NODE: {},
}
_METADATA_FIELD = {USER_OBJECT: 3, KERAS_NODE: 5}

_PYTHON_OPS = frozenset(("PyFunc", "PyFuncStateless", "EagerPyFunc", "_EagerPyFunc", "PyCall"))
_FILE_OPS = frozenset(
    [
        "ReadFile",
        "WriteFile",
        "MatchingFiles",
        "MatchingFilesDataset",
        "WholeFileReader",
        "WholeFileReaderV2",
        "TextLineReader",
        "TextLineReaderV2",
        "FixedLengthRecordReader",
        "FixedLengthRecordReaderV2",
        "TFRecordReader",
        "TFRecordReaderV2",
        "LMDBReader",
        "TextLineDataset",
        "TFRecordDataset",
        "TFRecordDatasetV2",
        "FixedLengthRecordDataset",
        "FixedLengthRecordDatasetV2",
        "CSVDataset",
        "CSVDatasetV2",
        "SqlDataset",
        "LMDBDataset",
        "ExperimentalCSVDataset",
        "ExperimentalSqlDataset",
        "ExperimentalLMDBDataset",
        "ExperimentalMatchingFilesDataset",
        "BigQueryReader",
        "SaveDataset",
        "SaveDatasetV2",
        "LoadDataset",
        "DatasetToTFRecord",
        "ExperimentalDatasetToTFRecord",
        "SnapshotDataset",
        "SnapshotDatasetV2",
        "DataServiceDataset",
        "DataServiceDatasetV2",
        "DataServiceDatasetV3",
        "DataServiceDatasetV4",
        "LoadAndRemapMatrix",
        "GenerateVocabRemapping",
        "ImmutableConst",
        "CreateSummaryFileWriter",
        "CreateSummaryDbWriter",
        "DeleteFile",
        "RenameFile",
        "CopyFile",
    ]
)
_RESTORES = frozenset(("Save", "SaveV2", "SaveSlices", "Restore", "RestoreV2", "RestoreSlice", "MergeV2Checkpoints"))
_STREAM_ATTRIBUTES = {"output_stream": "file://", "debug_urls": "file://", "descriptor_source": "/"}


def read(source: Source) -> Iterator[Fault]:
    """File and Python operations, and Lambda layers in the metadata."""
    piece = source.piece
    root = KERAS if source.name == "keras_metadata.pb" else SAVED_MODEL
    is_named = source.name in ("keras_metadata.pb", "saved_model.pb")
    if not is_named:
        if not is_graph(piece.data, piece.start, piece.end):
            return
        root = GRAPH
    graph = _Graph()
    try:
        graph.walk(piece.data, piece.start, piece.end, root)
    except protobuf.Malformed as error:
        if is_named or graph.operations:
            message = f"it is cut off or damaged at byte {error.args[0] - piece.start:,}; fetch it again"
            yield Fault(MODEL_MALFORMED, message, "protobuf")
    yield from graph.faults()
    for name, start, end in graph.metadata:
        if end - start > MOST_METADATA_BYTES:
            raise Unscannable("its Keras metadata is too large to be checked")
        text = protobuf.text(piece.data, start, end, MOST_METADATA_BYTES)
        if "class_name" in text or "\\u" in text:
            yield from judge_text(text, f"Keras metadata {name}".rstrip())


def is_graph(data: Buffer, start: int, end: int) -> bool:
    """Whether the bytes are a GraphDef: a first node with a name and an operation, as texts."""
    try:
        for number, kind, a, b in protobuf.fields(data, start, end):
            if number != 1 or kind != protobuf.BYTES:
                return False
            texts = {
                n: protobuf.text(data, c, d, 200)
                for n, k, c, d in protobuf.fields(data, a, b)
                if k == protobuf.BYTES and n < 3
            }
            return bool(texts.get(2, "").replace(">", "").replace("_", "").isalnum() and texts.get(1, "").isprintable())
    except protobuf.Malformed:
        return False
    return False


class _Graph:
    """What a walk collects: operations by name with their first node, constants, and where metadata stand."""

    def __init__(self) -> None:
        self.operations: dict[str, str] = {}
        self.constants: dict[str, str] = {}
        self.prefixes: list[tuple[str, str, str]] = []
        self.streams: dict[str, str] = {}
        self.metadata: list[tuple[str, int, int]] = []
        self.nodes = 0

    def walk(self, data: Buffer, start: int, end: int, root: int) -> None:
        waiting = [(root, start, end)]
        while waiting:
            kind, at, stop = waiting.pop()
            if kind == NODE:
                self._node(data, at, stop)
                continue
            for number, wire, a, b in protobuf.fields(data, at, stop):
                if wire != protobuf.BYTES:
                    continue
                if number in _INSIDE[kind]:
                    waiting.append((_INSIDE[kind][number], a, b))
                elif _METADATA_FIELD.get(kind) == number:
                    self.metadata.append(("", a, b))

    def _node(self, data: Buffer, start: int, end: int) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise Unscannable(f"its graph has more than {MOST_NODES:,} nodes")
        name = op = ""
        inputs: list[str] = []
        attributes: list[tuple[int, int]] = []
        for number, wire, a, b in protobuf.fields(data, start, end):
            if wire != protobuf.BYTES:
                continue
            if number == 1:
                name = protobuf.text(data, a, b, 500)
            elif number == 2:
                op = protobuf.text(data, a, b, 500)
            elif number == 3 and not inputs:
                inputs.append(protobuf.text(data, a, b, 500))
            elif number == 5:
                attributes.append((a, b))
        self.operations.setdefault(op, name)
        if op in _RESTORES and inputs:
            self.prefixes.append((op, name, inputs[0].partition(":")[0]))
        elif op in ("Const", "PrintV2", "DecodeProtoV2", "EncodeProto") or op.startswith("Debug"):
            for a, b in attributes:
                self._attribute(data, a, b, name, op)

    def _attribute(self, data: Buffer, start: int, end: int, node: str, op: str) -> None:
        key, value = "", (0, 0)
        for number, wire, a, b in protobuf.fields(data, start, end):
            if wire == protobuf.BYTES and number == 1:
                key = protobuf.text(data, a, b, 100)
            elif wire == protobuf.BYTES and number == 2:
                value = (a, b)
        if op == "Const" and key == "value":
            texts = [(c, d) for n, w, c, d in protobuf.fields(data, *value) if n == 8 and w == protobuf.BYTES]
            for a, b in texts[:1]:
                strings = [(c, d) for n, w, c, d in protobuf.fields(data, a, b) if n == 8 and w == protobuf.BYTES]
                if len(strings) == 1:
                    self.constants[node] = protobuf.text(data, *strings[0], 1000)
        elif key in _STREAM_ATTRIBUTES:
            text = protobuf.text(data, *value, 1000)
            if _STREAM_ATTRIBUTES[key] in text:
                self.streams[op] = text

    def faults(self) -> Iterator[Fault]:
        for op in sorted(_PYTHON_OPS & self.operations.keys()):
            message = (
                f"its operation {op} calls a Python function while the graph runs; save the model without py_function"
            )
            yield Fault(MODEL_CODE, message, op, f"node {shown(self.operations[op])}")
        for op in sorted(_FILE_OPS & self.operations.keys()):
            message = f"its operation {op} reads or writes files while the graph runs; give the model the data instead"
            yield Fault(FILE_ACCESS, message, op, f"node {shown(self.operations[op])}")
        for op, text in sorted(self.streams.items()):
            yield Fault(FILE_ACCESS, f"its operation {op} uses the file {shown(text[-90:])}; do not load it", op)
        seen: set[str] = set()
        for op, name, prefix in self.prefixes:
            path = self.constants.get(prefix, "")
            if leaves_folder(path) and path not in seen and len(seen) < MOST_FAULTS:
                seen.add(path)
                message = f"its operation {op} has a fixed path, {shown(path)}, outside of the model; do not load it"
                yield Fault(FILE_ACCESS, message, path, f"node {shown(name)}")
        for op in sorted(op for op in self.operations if ">" in op)[:MOST_FAULTS]:
            yield Fault(CUSTOM_OPERATOR, f"its operation {shown(op)} needs a native library", op)


def judge_op(op: str, where: str) -> Iterator[Fault]:
    """A TensorFlow operation inside of another format."""
    if op in _PYTHON_OPS:
        yield Fault(
            MODEL_CODE, f"its operation {op} calls a Python function while the graph runs; do not load it", op, where
        )
    elif op in _FILE_OPS:
        yield Fault(
            FILE_ACCESS, f"its operation {op} reads or writes files while the graph runs; do not load it", op, where
        )
    else:
        message = f"its operation {shown(op)} needs all of TensorFlow in the runtime"
        yield Fault(CUSTOM_OPERATOR, message, op, where)
