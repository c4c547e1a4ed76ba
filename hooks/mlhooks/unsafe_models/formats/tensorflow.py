"""TensorFlow graphs: SavedModel, frozen graphs, and the Keras metadata next to them.

Field numbers: saved_model.proto, meta_graph.proto, graph.proto, function.proto, node_def.proto,
saved_object_graph.proto. A graph is a program: some of its operations read and write files, or call back into Python.
"""

from __future__ import annotations

from collections import deque
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
MOST_INPUTS = 16
MOST_LINKS = 1_000_000
MOST_LINKS_OF_A_PATH = 1000
MOST_LOOKS = 2000
MOST_PATH_BYTES = 4096
(
    SAVED_MODEL,
    META_GRAPH,
    GRAPH,
    LIBRARY,
    FUNCTION,
    NODE,
    OBJECTS,
    OBJECT,
    USER_OBJECT,
    KERAS,
    KERAS_NODE,
    ASSET,
    SIGNATURE,
    TENSOR,
) = range(14)
_INSIDE: dict[int, dict[int, int]] = {
    SAVED_MODEL: {2: META_GRAPH},
    META_GRAPH: {2: GRAPH, 6: ASSET, 7: OBJECTS},
    GRAPH: {1: NODE, 2: LIBRARY},
    LIBRARY: {1: FUNCTION},
    FUNCTION: {1: SIGNATURE, 3: NODE},
    OBJECTS: {1: OBJECT},
    OBJECT: {4: USER_OBJECT},
    USER_OBJECT: {},
    KERAS: {1: KERAS_NODE},
    KERAS_NODE: {},
    ASSET: {1: TENSOR},
    TENSOR: {},
    SIGNATURE: {},
}
_WAY_TO_NODES = frozenset((META_GRAPH, GRAPH, LIBRARY, FUNCTION, NODE))
_METADATA_FIELD = {USER_OBJECT: 3, KERAS_NODE: 5}

_PYTHON_OPS = frozenset(("PyFunc", "PyFuncStateless", "EagerPyFunc", "_EagerPyFunc", "PyCall"))
# These run another graph, which they hold as bytes or as text.
_HIDING_OPS = frozenset(("DatasetFromGraph", "MlirPassthroughOp", "RemoteFusedGraphExecute"))
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
        "FileSystemSetConfiguration",
        "DeleteFile",
        "RenameFile",
        "CopyFile",
        "DumpTensor",
        "DistributedSave",
        "RecordInput",
        "SnapshotDatasetReader",
        "SnapshotNestedDatasetReader",
        "SnapshotChunkDataset",
        "ListSnapshotChunksDataset",
        "RegisterDataset",
        "RegisterDatasetV2",
        "RpcClient",
        "RpcServer",
    ]
)
_RESTORES = frozenset(("Save", "SaveV2", "SaveSlices", "Restore", "RestoreV2", "RestoreSlice", "MergeV2Checkpoints"))
_TABLES = frozenset(("InitializeTableFromTextFile", "InitializeTableFromTextFileV2"))
_PATH_INPUT = dict.fromkeys(_RESTORES, 0) | dict.fromkeys(_TABLES, 1) | {"CacheDataset": 1, "CacheDatasetV2": 1}
"""Which of its inputs is the path that an operation opens."""
_PASSES = """
Identity IdentityN StringJoin Pack Reshape Squeeze ExpandDims Select SelectV2 Switch Merge PlaceholderWithDefault
ShardedFilename ReduceJoin ConcatV2 Unpack EnsureShape StopGradient Snapshot Where GuaranteeConst Slice StridedSlice
GatherV2 Tile Fill BroadcastTo StringStrip
"""
_PASSES_TEXT = frozenset(_PASSES.split())
"""Operations whose text is made of the texts that go in, so that a path can come through them."""
_STREAM_ATTRIBUTES = {"output_stream": "file://", "debug_urls": "file://", "descriptor_source": "/"}


def read(source: Source) -> Iterator[Fault]:
    """File and Python operations, and Lambda layers in the metadata."""
    data, start, end = source.piece.data, source.piece.start, source.piece.end
    if source.name in ("keras_metadata.pb", "saved_model.pb"):
        yield from judge_graph(data, start, end, KERAS if source.name == "keras_metadata.pb" else SAVED_MODEL)
        return
    # What is loaded from any name: a graph, and the graphs that TensorFlow 1 kept beside its checkpoints.
    roots = [root for root in (GRAPH, META_GRAPH, SAVED_MODEL) if _has_nodes(data, start, end, root)]
    faults = (fault for root in roots for fault in judge_graph(data, start, end, root, is_named=False))
    yield from dict.fromkeys(faults)


def judge_graph(data: Buffer, start: int, end: int, root: int, *, is_named: bool = True) -> Iterator[Fault]:
    """What is in a message of kind `root`. Damage counts where the name says what it is, or operations were found."""
    graph = _Graph()
    try:
        graph.walk(data, start, end, root)
    except protobuf.Malformed as error:
        if is_named or graph.operations:
            message = f"it is cut off or damaged at byte {error.args[0] - start:,}; fetch it again"
            yield Fault(MODEL_MALFORMED, message, "protobuf")
    yield from graph.faults()
    for first, last in graph.metadata:
        if last - first > MOST_METADATA_BYTES:
            raise Unscannable("its Keras metadata is too large to be checked")
        text = protobuf.text(data, first, last, MOST_METADATA_BYTES)
        if "class_name" in text or "\\u" in text:
            yield from judge_text(text, "Keras metadata")


def _has_nodes(data: Buffer, start: int, end: int, root: int) -> bool:
    """Whether one of the first messages inside of a message of kind `root` is a node, wherever it may stand."""
    waiting = deque([(root, start, end)])
    for _ in range(MOST_LOOKS):
        if not waiting:
            break
        kind, at, stop = waiting.popleft()
        try:
            if kind == NODE and _is_node(data, at, stop):
                return True
            for number, wire, a, b in protobuf.fields(data, at, stop):
                inside = _INSIDE.get(kind, {}).get(number)
                if wire == protobuf.BYTES and inside in _WAY_TO_NODES and len(waiting) < MOST_LOOKS:
                    waiting.append((inside, a, b))
        except protobuf.Malformed:
            continue
    return False


def _is_node(data: Buffer, start: int, end: int) -> bool:
    """Whether a message has a name and an operation, as texts."""
    texts = {
        number: protobuf.text(data, a, b, 200)
        for number, wire, a, b in protobuf.fields(data, start, end)
        if wire == protobuf.BYTES and number < 3
    }
    return bool(texts.get(2, "").replace(">", "").replace("_", "").isalnum() and texts.get(1, "").isprintable())


_Name = tuple[int, str]


class _Graph:
    """What a walk collects: operations by name with their first node, constants, and where metadata stand.

    Nodes of different functions may have one name. A `_Name` tells them apart by where their function starts.
    """

    def __init__(self) -> None:
        self.operations: dict[str, str] = {}
        self.constants: dict[_Name, dict[str, None]] = {}
        self.inputs: dict[_Name, set[_Name]] = {}
        self.paths: dict[tuple[str, _Name], str] = {}
        self.streams: dict[str, str] = {}
        self.metadata: list[tuple[int, int]] = []
        self.functions: set[str] = set()
        self.assets: set[str] = set()
        self.nodes = 0

    def walk(self, data: Buffer, start: int, end: int, root: int) -> None:
        waiting = [(root, start, end, 0)]
        while waiting:
            kind, at, stop, function = waiting.pop()
            if kind == NODE:
                self._node(data, at, stop, function)
                continue
            function = at if kind == FUNCTION else function
            for number, wire, a, b in protobuf.fields(data, at, stop):
                if wire != protobuf.BYTES:
                    continue
                if number in _INSIDE[kind]:
                    waiting.append((_INSIDE[kind][number], a, b, function))
                elif _METADATA_FIELD.get(kind) == number:
                    self.metadata.append((a, b))
                elif kind == SIGNATURE and number == 1:
                    self.functions.add(protobuf.text(data, a, b, 500))
                elif kind == TENSOR and number == 1:
                    self.assets.add(_node_of(protobuf.text(data, a, b, 500)))

    def _node(self, data: Buffer, start: int, end: int, function: int) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise Unscannable(f"its graph has more than {MOST_NODES:,} nodes")
        name = op = ""
        inputs: list[tuple[int, int]] = []
        attributes: list[tuple[int, int]] = []
        for number, wire, a, b in protobuf.fields(data, start, end):
            if wire != protobuf.BYTES:
                continue
            if number == 1:
                name = protobuf.text(data, a, b, 500)
            elif number == 2:
                op = protobuf.text(data, a, b, 500)
            elif number == 3 and len(inputs) < MOST_INPUTS:
                inputs.append((a, b))
            elif number == 5:
                attributes.append((a, b))
        self.operations.setdefault(op, name)
        at = _PATH_INPUT.get(op, MOST_INPUTS)
        if at < len(inputs):
            self.paths.setdefault((op, (function, _node_of(protobuf.text(data, *inputs[at], 500)))), name)
        elif op in _PASSES_TEXT and len(self.inputs) < MOST_LINKS:
            sources = ((function, _node_of(protobuf.text(data, a, b, 500))) for a, b in inputs)
            self.inputs.setdefault((function, name), set()).update(sources)
        elif op in ("Const", "HostConst", "PrintV2", "DecodeProtoV2", "EncodeProto") or op.startswith("Debug"):
            for a, b in attributes:
                self._attribute(data, a, b, (function, name), op)

    def _attribute(self, data: Buffer, start: int, end: int, node: _Name, op: str) -> None:
        key, value = "", (0, 0)
        for number, wire, a, b in protobuf.fields(data, start, end):
            if wire == protobuf.BYTES and number == 1:
                key = protobuf.text(data, a, b, 100)
            elif wire == protobuf.BYTES and number == 2:
                value = (a, b)
        if op in ("Const", "HostConst") and key == "value":
            texts = [(c, d) for n, w, c, d in protobuf.fields(data, *value) if n == 8 and w == protobuf.BYTES]
            for a, b in texts[:1]:
                strings = [(c, d) for n, w, c, d in protobuf.fields(data, a, b) if n == 8 and w == protobuf.BYTES]
                for c, d in strings[:MOST_INPUTS]:
                    self.constants.setdefault(node, {})[protobuf.text(data, c, d, MOST_PATH_BYTES)] = None
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
        for op in sorted(_HIDING_OPS & self.operations.keys()):
            message = f"its operation {op} runs another graph that is hidden in it; do not load it"
            yield Fault(MODEL_CODE, message, op, f"node {shown(self.operations[op])}")
        for op in sorted(_FILE_OPS & self.operations.keys()):
            message = f"its operation {op} reads or writes files while the graph runs; give the model the data instead"
            yield Fault(FILE_ACCESS, message, op, f"node {shown(self.operations[op])}")
        for op, text in sorted(self.streams.items()):
            yield Fault(FILE_ACCESS, f"its operation {op} uses the file {shown(text[-90:])}; do not load it", op)
        seen: set[str] = set()
        for (op, source), name in self.paths.items():
            for path in self._texts(source, is_table=op in _TABLES):
                if leaves_folder(path) and path not in seen and len(seen) < MOST_FAULTS:
                    seen.add(path)
                    message = (
                        f"its operation {op} has a fixed path, {shown(path)}, outside of the model; do not load it"
                    )
                    yield Fault(FILE_ACCESS, message, path, f"node {shown(name)}")
        yield from self._custom_operations()

    def _texts(self, node: _Name, *, is_table: bool) -> Iterator[str]:
        """The constants that a path may be made of. Of tables, those of assets are left out: the loader replaces them
        by the place where it finds the asset."""
        waiting, seen = [node], {node}
        while waiting and len(seen) < MOST_LINKS_OF_A_PATH:
            name = waiting.pop()
            if not (is_table and name[1] in self.assets):
                yield from self.constants.get(name, ())
            new = self.inputs.get(name, set()) - seen
            seen |= new
            waiting.extend(sorted(new))

    def _custom_operations(self) -> Iterator[Fault]:
        from mlhooks.unsafe_models.formats.tensorflow_ops import KNOWN

        for op in sorted(self.operations.keys() - KNOWN - reaches_out() - self.functions)[:MOST_FAULTS]:
            message = f"its operation {shown(op)} is none of TensorFlow's, and needs a native library"
            yield Fault(CUSTOM_OPERATOR, message, op, f"node {shown(self.operations[op])}")


def _node_of(tensor: str) -> str:
    """The node of an input: "node:0", "node:output:0" in functions, "^node" for control."""
    return tensor.partition(":")[0].removeprefix("^")


def reaches_out() -> frozenset[str]:
    """The operations that `judge_op` does not let pass."""
    return _PYTHON_OPS | _HIDING_OPS | _FILE_OPS


def judge_op(op: str, where: str) -> Iterator[Fault]:
    """A TensorFlow operation inside of another format."""
    if op in _PYTHON_OPS | _HIDING_OPS:
        yield Fault(MODEL_CODE, f"its operation {op} runs code while the graph runs; do not load it", op, where)
    elif op in _FILE_OPS:
        yield Fault(
            FILE_ACCESS, f"its operation {op} reads or writes files while the graph runs; do not load it", op, where
        )
    else:
        message = f"its operation {shown(op)} needs all of TensorFlow in the runtime"
        yield Fault(CUSTOM_OPERATOR, message, op, where)
