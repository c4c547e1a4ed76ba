"""Graphs: ONNX, TensorFlow, TensorFlow Lite and Core ML."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_formats import findings_of
from wire import Value, field, message, varint

from mlhooks.core.files import File
from mlhooks.core.finding import Level

# --- ONNX -------------------------------------------------------------------------------------------------------------


def entry(key: str, value: str) -> bytes:
    return message({1: key, 2: value})


def tensor(location: str, *, name: str = "w", **more: str) -> bytes:
    entries: Value = [entry("location", location), *(entry(key, value) for key, value in more.items())]
    return message({1: 4, 2: 1, 8: name, 13: entries, 14: 1})


def onnx_model(graph: dict[int, Value], **more: Any) -> bytes:
    return message(
        {1: 8, 2: "by hand", 7: message({2: "g", **graph}), 8: message({1: "", 2: 17}), **more.get("model", {})}
    )


def node(op: str, *, domain: str = "", attribute: bytes = b"") -> bytes:
    return message({1: "x", 2: "y", 3: "n", 4: op, 7: domain, **({5: attribute} if attribute else {})})


PLACES = [
    pytest.param(lambda t: onnx_model({5: t}), id="CVE-2024-27318: an initializer"),
    pytest.param(lambda t: onnx_model({15: message({1: t})}), id="a sparse initializer's values"),
    pytest.param(lambda t: onnx_model({15: message({2: t})}), id="a sparse initializer's indices"),
    pytest.param(lambda t: onnx_model({1: node("Constant", attribute=message({1: "value", 5: t}))}), id="a Constant"),
    pytest.param(lambda t: onnx_model({1: node("X", attribute=message({10: t}))}), id="a list of tensors"),
    pytest.param(
        lambda t: onnx_model({1: node("Constant", attribute=message({22: message({1: t})}))}), id="a sparse Constant"
    ),
    pytest.param(lambda t: onnx_model({1: node("X", attribute=message({23: message({1: t})}))}), id="sparse tensors"),
    pytest.param(lambda t: onnx_model({1: node("If", attribute=message({6: message({5: t})}))}), id="a subgraph"),
    pytest.param(lambda t: onnx_model({1: node("X", attribute=message({11: message({5: t})}))}), id="a list of graphs"),
    pytest.param(lambda t: onnx_model({}, model={20: message({1: message({5: t})})}), id="training: initialization"),
    pytest.param(lambda t: onnx_model({}, model={20: message({2: message({5: t})})}), id="training: algorithm"),
    pytest.param(
        lambda t: onnx_model({}, model={25: message({1: "f", 7: node("C", attribute=message({5: t}))})}),
        id="a function",
    ),
    pytest.param(
        lambda t: onnx_model({}, model={25: message({1: "f", 11: message({5: t})})}), id="a function's default"
    ),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "location",
    [
        pytest.param("../../etc/passwd", id="CVE-2022-25882: up"),
        pytest.param("/etc/passwd", id="absolute"),
        pytest.param("a/../../b", id="CVE-2024-27318: up after down"),
        pytest.param("C:\\x", id="a drive"),
        pytest.param("\\\\server\\x", id="a share"),
        pytest.param("..\\x", id="backslashes"),
        pytest.param("file:///etc/passwd", id="a URL"),
    ],
)
def test_external_data_outside_of_the_folder(place: Any, location: str, look: Any) -> None:
    assert look("m.onnx", place(tensor(location))) == [f"model-file-access: {location}"]
    assert look("model.bin", place(tensor(location))) == [f"model-file-access: {location}"]
    assert look("m.onnx", place(tensor("weights.bin", offset="0", length="4"))) == []


def test_an_address_in_memory_is_no_place_in_the_folder(look: Any) -> None:
    location = "*/_ORT_MEM_ADDR_/*"
    assert look("m.onnx", onnx_model({5: tensor(location)})) == [f"model-file-access: {location}"]


def test_models_whose_fields_stand_in_another_order(look: Any) -> None:
    data = onnx_model({5: tensor("../../x")})
    version, rest = data[:2], data[2:]
    assert version[:1] == b"\x08"
    for name in ("m.onnx", "m.pb", "weights.bin"):
        assert look(name, rest + version) == ["model-file-access: ../../x"]


def test_every_location_of_a_tensor_counts(look: Any) -> None:
    twice = message({8: "w", 13: [entry("location", "/a"), entry("location", "b")]})
    assert look("m.onnx", onnx_model({5: twice})) == ["model-file-access: /a"]


@pytest.mark.parametrize(
    ("more", "is_broken"),
    [
        pytest.param({"offset": "0", "length": "8"}, False, id="all of it"),
        pytest.param({"offset": "4", "length": "8"}, True, id="CVE-2026-27489: beyond its end"),
        pytest.param({"offset": "-4", "length": "8"}, True, id="a negative offset"),
        pytest.param({"length": "9" * 30}, True, id="a length without end"),
    ],
)
def test_the_range_in_the_file_beside(more: dict[str, str], is_broken: bool, look: Any) -> None:
    data = onnx_model({5: tensor("w.bin", **more)})
    assert look("d/m.onnx", data, others={"d/w.bin": b"12345678"}) == (["model-malformed: w.bin"] if is_broken else [])


def said_of_links(model: str = "m.onnx", location: str = "w.bin") -> list[Level]:
    """The levels of what is said about a model in the current folder, or below it."""
    data = onnx_model({5: tensor(location)})
    if not Path(model).exists():
        Path(model).write_bytes(data)
    found = findings_of(model, data, file=File(model))
    assert all((f.rule.id, f.subject) == ("model-file-access", location) for f in found)
    return [f.level for f in found]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's folder, with a secret outside and something inside of it; the current one."""
    (tmp_path / "secret").write_bytes(b"12345678")
    repository = tmp_path / "repository"
    (repository / "d").mkdir(parents=True)
    (repository / "d" / "inner").write_bytes(b"12345678")
    monkeypatch.chdir(repository)
    return repository


@pytest.mark.usefixtures("folder")
class TestLinksBesideTheModel:
    def test_a_link_that_leaves_the_folder(self) -> None:
        os.symlink("../secret", "w.bin")
        assert said_of_links() == [Level.WARNING], "CVE-2026-34446"

    def test_a_link_to_an_absolute_path(self, tmp_path: Path) -> None:
        os.symlink(tmp_path / "secret", "w.bin")
        assert said_of_links() == [Level.WARNING]

    def test_a_link_that_leads_nowhere_on_this_machine(self) -> None:
        os.symlink("/nowhere/.ssh/id_rsa", "w.bin")
        assert said_of_links() == [Level.WARNING]

    def test_a_folder_that_is_a_link(self) -> None:
        os.symlink("..", "up")
        assert said_of_links(location="up/secret") == [Level.WARNING]

    def test_a_link_out_of_the_folder_of_a_model_further_down(self) -> None:
        os.symlink("../../secret", "d/w.bin")
        assert said_of_links("d/m.onnx") == [Level.WARNING]

    def test_a_link_to_a_link_that_leaves(self) -> None:
        os.symlink("../../secret", "d/out")
        os.symlink("d/out", "w.bin")
        assert said_of_links() == [Level.WARNING]

    def test_a_model_that_is_a_link_itself_does_not_excuse_a_link_to_elsewhere(self) -> None:
        Path("real.onnx").write_bytes(b"x")
        os.symlink("real.onnx", "m.onnx")
        os.symlink("../secret", "w.bin")
        assert said_of_links() == [Level.WARNING]

    def test_a_link_inside_is_a_note(self) -> None:
        os.symlink("d/inner", "w.bin")
        assert said_of_links() == [Level.NOTE]

    def test_a_hard_link_is_a_note(self) -> None:
        os.link("../secret", "w.bin")
        assert said_of_links() == [Level.NOTE], "CVE-2026-34446"

    def test_a_folder_of_which_every_file_has_two_names_is_quiet(self) -> None:
        os.link("../secret", "w.bin")
        Path("m.onnx").write_bytes(b"x")
        os.link("m.onnx", "copy.onnx")
        assert said_of_links() == []

    def test_no_link_at_all_is_quiet(self) -> None:
        Path("w.bin").write_bytes(b"12345678")
        assert said_of_links() == []
        assert said_of_links("d/m.onnx", "inner") == []

    def test_the_cache_of_hugging_face_is_quiet(self) -> None:
        Path("blobs").mkdir()
        Path("snapshots/1").mkdir(parents=True)
        for name, blob in (("m.onnx", "a" * 40), ("w.bin", "b" * 64)):
            Path("blobs", blob).write_bytes(b"12345678")
            os.symlink(f"../../blobs/{blob}", f"snapshots/1/{name}")
        assert said_of_links("snapshots/1/m.onnx") == []

    def test_a_folder_with_links_for_large_files_only_is_quiet(self, tmp_path: Path) -> None:
        for store in ("hub/models--a/blobs/" + "0" * 64, "cache/files/md5/ab/" + "0" * 30, "x/.git/annex/objects/ab/c"):
            target = tmp_path / store
            target.parent.mkdir(parents=True)
            target.write_bytes(b"12345678")
            os.symlink(target, "w.bin")
            assert said_of_links() == [], store
            os.unlink("w.bin")

    def test_a_project_behind_a_link_is_quiet(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        Path("w.bin").write_bytes(b"12345678")
        os.symlink("repository", tmp_path / "alias")
        monkeypatch.chdir(tmp_path)
        assert said_of_links("alias/m.onnx") == []


def test_operators_that_need_code(look: Any) -> None:
    model = onnx_model({1: [node("Add"), node("Fancy", domain="com.acme"), node("Gelu", domain="com.microsoft")]})
    assert look("m.onnx", model) == []
    assert look("m.onnx", model, level=Level.NOTE) == ["custom-operator: com.acme"]
    assert look("m.onnx", onnx_model({1: node("PythonOp", domain="com.microsoft")})) == ["model-code: PythonOp"]
    own = onnx_model({1: node("F", domain="mine")}, model={25: message({1: "F", 7: node("Add"), 10: "mine"})})
    assert look("m.onnx", own, level=Level.NOTE) == []


def test_a_model_that_is_cut_off(look: Any) -> None:
    data = onnx_model({5: message({1: 4, 8: "w", 9: b"x" * 100})})
    assert look("m.onnx", data[:-30])
    assert look("m.onnx", b"no model at all")
    assert look("noise.bin", b"\x08\x01\x12" + bytes(range(200))) == []


def test_models_of_the_real_library_are_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: Any) -> None:
    onnx = pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    weights = [onnx.numpy_helper.from_array(np.ones((64, 64), "f4"), f"w{index}") for index in range(3)]
    nodes = [helper.make_node("MatMul", ["x", "w0"], ["y"]), helper.make_node("Constant", [], ["c"], value=weights[1])]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", kind, [1, 64])],
        [helper.make_tensor_value_info("y", kind, [1, 64])],
        weights,
    )
    model = helper.make_model(graph)
    onnx.save(model, "m.onnx")
    assert look("m.onnx", Path("m.onnx").read_bytes(), level=Level.NOTE) == []
    assert look("renamed", Path("m.onnx").read_bytes(), level=Level.NOTE) == []
    onnx.save(model, "e.onnx", save_as_external_data=True, location="e.data", size_threshold=0)
    data = Path("e.onnx").read_bytes()
    assert findings_of("e.onnx", data, file=File("e.onnx")) == []
    Path("e.data").write_bytes(b"short")
    assert findings_of("e.onnx", data, file=File("e.onnx"))


# --- TensorFlow -------------------------------------------------------------------------------------------------------


def tf_node(op: str, name: str = "n", inputs: tuple[str, ...] = (), **attributes: bytes) -> bytes:
    entries: Value = [message({1: key, 2: value}) for key, value in attributes.items()]
    return message({1: name, 2: op, 3: list(inputs), 5: entries})


def text_constant(name: str, text: str) -> bytes:
    return tf_node("Const", name, value=message({8: message({1: 7, 8: text})}))


def graph(*nodes: bytes) -> bytes:
    return message({1: list(nodes), 4: message({1: 1})})


def saved_model(
    *nodes: bytes,
    functions: tuple[bytes, ...] = (),
    metadata: str = "",
    assets: tuple[str, ...] = (),
    together: bool = False,
) -> bytes:
    """`functions` are nodes, each in a function of its own or all `together` in one; `assets` names of constants."""
    bodies: list[list[int | bytes | str]] = [[*functions]] if together else [[node] for node in functions]
    library = message({1: [message({1: message({1: "f"}), 3: body}) for body in bodies]})
    objects = message({1: message({4: message({1: "_tf_keras_layer", 3: metadata})})})
    listed: Value = [message({1: message({1: name}), 2: "file"}) for name in assets]
    return message({1: 1, 2: message({2: message({1: list(nodes), 2: library}), 6: listed, 7: objects})})


TF = [
    pytest.param(tf_node("ReadFile"), "model-file-access: ReadFile", id="reads a file"),
    pytest.param(tf_node("WriteFile"), "model-file-access: WriteFile", id="writes a file"),
    pytest.param(tf_node("MatchingFiles"), "model-file-access: MatchingFiles", id="lists files"),
    pytest.param(tf_node("PyFunc"), "model-code: PyFunc", id="PyFunc"),
    pytest.param(tf_node("PyFuncStateless"), "model-code: PyFuncStateless", id="PyFuncStateless"),
    pytest.param(tf_node("EagerPyFunc"), "model-code: EagerPyFunc", id="EagerPyFunc"),
    pytest.param(
        tf_node("PrintV2", output_stream=message({2: "file:///tmp/x"})),
        "model-file-access: PrintV2",
        id="prints to a file",
    ),
    pytest.param(tf_node("DatasetFromGraph"), "model-code: DatasetFromGraph", id="hides a graph"),
    pytest.param(tf_node("MlirPassthroughOp"), "model-code: MlirPassthroughOp", id="hides a program"),
    pytest.param(text_constant("p", "/etc/passwd") + b"", "model-file-access: /etc/passwd", id="saves to a fixed path"),
]


@pytest.mark.parametrize(("node", "expected"), TF)
def test_operations_that_reach_outside(node: bytes, expected: str, look: Any) -> None:
    save = tf_node("SaveV2", "s", ("p", "names"))
    assert look("saved_model.pb", saved_model(tf_node("Add"), node, save)) == [expected]
    assert look("frozen.pb", graph(tf_node("Add"), node, save)) == [expected]
    if "fixed" not in expected and "passwd" not in expected:
        assert look("saved_model.pb", saved_model(functions=(tf_node("Add"), node))) == [expected], "in a function"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param(
            "m.ckpt.meta", message({1: message({1: "v1"}), 2: graph(tf_node("ReadFile"))}), id="a MetaGraphDef"
        ),
        pytest.param("g.pb", message({4: message({1: 21})}) + graph(tf_node("ReadFile")), id="versions first"),
        pytest.param(
            "g.pb",
            message({2: message({1: message({1: message({1: "f"}), 3: tf_node("ReadFile")})})}) + graph(tf_node("Add")),
            id="functions first",
        ),
        pytest.param("m.pb", saved_model(tf_node("ReadFile")), id="a SavedModel by another name"),
        pytest.param("weights.bin", graph(tf_node("ReadFile")), id="a graph by another name"),
    ],
)
def test_graphs_of_any_order_and_name(name: str, data: bytes, look: Any) -> None:
    assert look(name, data) == ["model-file-access: ReadFile"]


def test_an_ordinary_saved_model_is_quiet(look: Any) -> None:
    ops = [
        "VarHandleOp",
        "ReadVariableOp",
        "MatMul",
        "StatefulPartitionedCall",
        "ShardedFilename",
        "MergeV2Checkpoints",
    ]
    nodes = [tf_node(op) for op in ops]
    nodes += [
        text_constant("c", "_temp/part"),
        tf_node("SaveV2", "s", ("ShardedFilename:0",)),
        tf_node("RestoreV2", "r", ("saver_filename",)),
    ]
    nodes += [text_constant("v", "/a/b is data"), tf_node("PrintV2", output_stream=message({2: "stderr"}))]
    nodes += [tf_node("InitializeTableFromTextFileV2")]
    nodes += [text_constant("vocabulary", "/home/me/vocabulary.txt")]
    nodes += [tf_node("InitializeTableFromTextFileV2", "t", ("table", "vocabulary"))]
    plain = json.dumps(
        {
            "class_name": "Dense",
            "config": {"name": "d"},
            "build_input_shape": {"class_name": "TensorShape", "items": [1]},
        }
    )
    assets = ("vocabulary:0",)
    assert look("saved_model.pb", saved_model(*nodes, metadata=plain, assets=assets), level=Level.NOTE) == []


WAYS_OF_A_PATH = [
    pytest.param([tf_node("Identity", "p", ("c",))], id="an identity"),
    pytest.param([tf_node("Identity", "q", ("^x", "c:0")), tf_node("StringJoin", "p", ("z", "q"))], id="two steps"),
    pytest.param([tf_node("PlaceholderWithDefault", "p", ("c",))], id="a default"),
    pytest.param([tf_node("Identity", "p", ("p", "c"))], id="a circle"),
]


@pytest.mark.parametrize("between", WAYS_OF_A_PATH)
@pytest.mark.parametrize(
    ("op", "at"), [("SaveV2", 0), ("RestoreV2", 0), ("InitializeTableFromTextFileV2", 1), ("CacheDatasetV2", 1)]
)
def test_a_fixed_path_that_comes_through_other_operations(op: str, at: int, between: list[bytes], look: Any) -> None:
    nodes = [text_constant("c", "/etc/passwd"), *between, tf_node(op, "s", (*["x"] * at, "p"))]
    assert look("saved_model.pb", saved_model(*nodes)) == ["model-file-access: /etc/passwd"]
    assert look("saved_model.pb", saved_model(functions=tuple(nodes), together=True)) == [
        "model-file-access: /etc/passwd"
    ]


def test_nodes_of_one_name_in_two_functions_are_two_nodes(look: Any) -> None:
    hostile = [text_constant("p", "/etc/passwd"), tf_node("SaveV2", "s", ("p",))]
    plain = [text_constant("p", "part")]
    for first, second in ((hostile, plain), (plain, hostile)):
        found = look("saved_model.pb", saved_model(*first, functions=tuple(second), together=True))
        assert found == ["model-file-access: /etc/passwd"]
    apart = [text_constant("p", "part"), tf_node("SaveV2", "s", ("p",))]
    data = [text_constant("p", "/etc/passwd is only text here")]
    assert look("saved_model.pb", saved_model(*apart, functions=tuple(data), together=True)) == []


def test_operations_that_are_none_of_tensorflows_are_a_note(look: Any) -> None:
    model = saved_model(
        tf_node("MatMul"), tf_node("EvilOp"), tf_node("Acme>Op"), tf_node("f"), functions=(tf_node("Add"),)
    )
    assert look("saved_model.pb", model) == []
    expected = ["custom-operator: Acme>Op", "custom-operator: EvilOp"]
    assert look("saved_model.pb", model, level=Level.NOTE) == expected, "f is a function of the graph's own"


def test_models_of_the_real_tensorflow_are_quiet(tmp_path: Path, look: Any) -> None:
    tf = pytest.importorskip("tensorflow")

    class Model(tf.Module):  # type: ignore[misc, name-defined]  # it has no types
        def __init__(self, words: str) -> None:
            super().__init__()
            self.weight = tf.Variable(np.ones((4, 2), "f4"))
            source = tf.lookup.TextFileInitializer(words, tf.string, -2, tf.int64, -1)
            self.table = tf.lookup.StaticVocabularyTable(source, 1)

        @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])  # type: ignore[untyped-decorator]
        def __call__(self, x: Any) -> Any:
            for _ in tf.range(3):
                x = tf.nn.relu(x * 2)
            return tf.strings.as_string(x @ self.weight)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])  # type: ignore[untyped-decorator]
        def look_up(self, x: Any) -> Any:
            return self.table.lookup(x)

    (tmp_path / "words.txt").write_text("a\nb\n")
    tf.saved_model.save(Model(str(tmp_path / "words.txt")), tmp_path / "m")
    data = (tmp_path / "m" / "saved_model.pb").read_bytes()
    assert look("saved_model.pb", data, level=Level.NOTE) == []


def test_keras_metadata(look: Any) -> None:
    hostile = json.dumps(
        {"class_name": "Lambda", "config": {"function": {"class_name": "__tuple__", "items": ["4wEA"]}}}
    )
    assert look("saved_model.pb", saved_model(metadata=hostile)) == ["model-code: Lambda"]
    assert look("keras_metadata.pb", message({1: [message({2: 1, 3: "root", 5: hostile})]})) == ["model-code: Lambda"]


def test_other_files_called_pb_are_quiet(look: Any) -> None:
    assert look("data.pb", message({1: 5, 2: "x"})) == []
    assert look("data.pb", b"\x0a\xff\xff\xff") == []
    assert look("saved_model.pb", saved_model(tf_node("Add"))[:-3]) == ["model-malformed: protobuf"]
    assert look("saved_model.pb", field(2, b"")[:-1] + varint(1 << 63) + b"x") == ["model-malformed: protobuf"]


# --- TensorFlow Lite
# ----------------------------------------------------------------------------------------------------


def tflite(*codes: str, more: bytes = b"") -> bytes:
    """A model table with operator codes that are all custom; as small as the format allows."""
    tables, strings = b"", b""
    code_offsets = []
    base = 64 + 4 + 4 * len(codes)
    for code in codes:
        # vtable: size 8, table size 12, field 0 at 4, field 1 at 8
        start = base + len(tables)
        vtable = (
            (8).to_bytes(2, "little")
            + (12).to_bytes(2, "little")
            + (4).to_bytes(2, "little")
            + (8).to_bytes(2, "little")
        )
        table = (8).to_bytes(4, "little") + (32).to_bytes(4, "little")
        text = len(code).to_bytes(4, "little") + code.encode() + b"\0"
        text += b"\0" * (-len(text) % 4)
        code_offsets.append(start + 8)
        tables += vtable + table + (4).to_bytes(4, "little") + text
    vector = len(codes).to_bytes(4, "little")
    vector += b"".join((at - (64 + 4 + 4 * index)).to_bytes(4, "little") for index, at in enumerate(code_offsets))
    head = (24).to_bytes(4, "little") + b"TFL3" + b"\0" * 4
    vtable = (
        (8).to_bytes(2, "little") + (12).to_bytes(2, "little") + (4).to_bytes(2, "little") + (8).to_bytes(2, "little")
    )
    head += b"\0" * 4 + vtable
    table = (8).to_bytes(4, "little", signed=True) + (3).to_bytes(4, "little") + (64 - 32).to_bytes(4, "little")
    head += table
    return head.ljust(64, b"\0") + vector + tables + strings + more


def test_operators_of_tflite(look: Any) -> None:
    assert look("m.tflite", tflite("FlexReadFile")) == ["model-file-access: ReadFile"]
    assert look("m.tflite", tflite("A", "FlexPyFunc")) == ["model-code: PyFunc"]
    assert look("m.tflite", tflite("TFLite_Detection_PostProcess", "FlexErf")) == []
    assert look("x", tflite("Mine", "FlexErf"), level=Level.NOTE) == ["custom-operator: Mine", "custom-operator: Erf"]
    broken = tflite("A").replace(b"\1\0\0\0", b"\xff\xff\xff\x7f", 1)
    assert look("m.tflite", broken) == ["model-malformed: offsets"]
    for size in range(8, len(tflite("A", "B")), 7):
        look("m.tflite", tflite("A", "B")[:size])


def flat(value: Any) -> tuple[bytes, int]:
    """A table (a dict by field), a vector of tables (a list) or bytes as a flatbuffer, and where in it that stands."""
    if isinstance(value, bytes):
        return len(value).to_bytes(4, "little") + value + b"\0", 0
    slots = list(range(len(value))) if isinstance(value, list) else sorted(value)
    if isinstance(value, list):
        head = len(value).to_bytes(4, "little")
        start = 0
    else:
        start = 4 + 2 * (max(slots) + 1)
        places = [4 + 4 * slots.index(index) if index in value else 0 for index in range(max(slots) + 1)]
        head = start.to_bytes(2, "little") + (4 + 4 * len(slots)).to_bytes(2, "little")
        head += b"".join(place.to_bytes(2, "little") for place in places) + start.to_bytes(4, "little")
    offsets = body = b""
    end = len(head) + 4 * len(slots)
    for index in slots:
        child, at = flat(value[index])
        offsets += (end + len(body) + at - len(head) - len(offsets)).to_bytes(4, "little")
        body += child
    return head + offsets + body, start


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(b"\x08WriteFile", [], id="another length"),
        pytest.param(b"\x12\x09WriteFile\x1a", ["model-file-access: WriteFile"], id="a node"),
        pytest.param(b"\x92\0\x89\0WriteFile", ["model-file-access: WriteFile"], id="a node with long numbers"),
        pytest.param(b"\x0a\x06PyFunc\x12\x06PyFunc", ["model-code: PyFunc"], id="a Python function"),
        pytest.param(b"\x03Erf\0\x12\x03Erf", [], id="an ordinary one"),
    ],
)
def test_flex_operators_that_run_another_operation_than_they_say(
    options: bytes, expected: list[str], look: Any
) -> None:
    for code, found in ((b"FlexErf", expected), (b"Mine", [])):
        table, start = flat({1: [{1: code}], 2: [{3: [{5: options}]}]})
        assert look("m.tflite", (start + 8).to_bytes(4, "little") + b"TFL3" + table) == found


def test_tflite_of_the_real_library(look: Any) -> None:
    flatbuffers = pytest.importorskip("flatbuffers")
    schema = pytest.importorskip("tflite")
    builder = flatbuffers.Builder(1024)
    name = builder.CreateString("FlexWriteFile")
    offsets = []
    for custom in (None, name):
        schema.OperatorCodeStart(builder)
        if custom:
            schema.OperatorCodeAddCustomCode(builder, custom)
        schema.OperatorCodeAddBuiltinCode(builder, 32 if custom else 9)
        offsets.append(schema.OperatorCodeEnd(builder))
    schema.ModelStartOperatorCodesVector(builder, 2)
    for offset in offsets:
        builder.PrependUOffsetTRelative(offset)
    codes = builder.EndVector()
    data = builder.CreateByteVector(b"x" * 100)
    schema.BufferStart(builder)
    schema.BufferAddData(builder, data)
    buffer = schema.BufferEnd(builder)
    schema.ModelStartBuffersVector(builder, 1)
    builder.PrependUOffsetTRelative(buffer)
    buffers = builder.EndVector()
    schema.ModelStart(builder)
    schema.ModelAddVersion(builder, 3)
    schema.ModelAddOperatorCodes(builder, codes)
    schema.ModelAddBuffers(builder, buffers)
    builder.Finish(schema.ModelEnd(builder), file_identifier=b"TFL3")
    assert look("m.tflite", bytes(builder.Output())) == ["model-file-access: WriteFile"]


# --- Core ML
# ------------------------------------------------------------------------------------------------------------


def test_core_ml(look: Any) -> None:
    layer = message({1: "l", 500: message({10: "EvilLayer"})})
    assert look("m.mlmodel", message({1: 4, 500: message({1: layer})}), level=Level.NOTE) == [
        "custom-operator: EvilLayer"
    ]
    pipeline = message({1: 4, 202: message({1: message({1: 4, 555: message({10: "Mine"})})})})
    assert look("m.mlmodel", pipeline, level=Level.NOTE) == ["custom-operator: Mine"]
    linked = message({1: 4, 556: message({1: message({1: message({1: "../../x"})})})})
    assert look("m.mlmodel", linked) == ["model-file-access: ../../x"]
    program = message({1: 7, 502: message({1: "@model_path/../../etc/passwd"})})
    assert look("m.mlmodel", program) == ["model-file-access: ../../etc/passwd"]
    assert (
        look("m.mlmodel", message({1: 7, 502: message({1: "@model_path/weights/weight.bin"})}), level=Level.NOTE) == []
    )
    manifest = {"itemInfoEntries": {"A": {"path": "com.apple.CoreML/model.mlmodel"}, "B": {"path": "../../x"}}}
    assert look("Manifest.json", json.dumps(manifest).encode()) == ["model-file-access: ../../x"]


def test_core_ml_of_the_real_library_is_quiet(tmp_path: Path, look: Any) -> None:
    coremltools = pytest.importorskip("coremltools")
    builder = coremltools.models.neural_network.NeuralNetworkBuilder(
        [("x", coremltools.models.datatypes.Array(3))], [("y", coremltools.models.datatypes.Array(2))]
    )
    builder.add_inner_product("l", np.ones((2, 3)), np.ones(2), 3, 2, True, "x", "y")
    coremltools.models.utils.save_spec(builder.spec, str(tmp_path / "m.mlmodel"))
    assert look("m.mlmodel", (tmp_path / "m.mlmodel").read_bytes(), level=Level.NOTE) == []
