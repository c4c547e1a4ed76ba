"""Other spellings of the same attack: what a loader takes all the same, the hook finds; and what only looks like it is
quiet."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from campaign import MOST_SECONDS, fuzz
from wire import Value, field, message, varint

from mlhooks.core.files import Blob
from mlhooks.core.finding import Level, Unscannable
from mlhooks.unsafe_models import HOOK


def zipped(members: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


OPTIONS = {option.name: option.default for option in HOOK.options}


def judged(name: str, data: bytes) -> list[str]:
    """What the whole hook says: of the file, and of every file inside."""
    return [f"{found.rule.id}: {found.subject}" for found in HOOK.check(Blob(name, data), OPTIONS)]


# --- Keras ------------------------------------------------------------------------------------------------------------


def keras(class_name: str = "Lambda", module: str = "keras.layers", **more: Any) -> dict[str, Any]:
    layer = {"module": module, "class_name": class_name, "config": {"name": "l"}, "registered_name": None}
    return {**more, "module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [layer]}}


LAMBDA = "model-code: Lambda"
ESCAPED = json.dumps(keras()).replace("class_name", "\\u0063lass_name")


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param(keras("layers.Lambda", "keras"), LAMBDA, id="half of the module in the class"),
        pytest.param(
            keras("src.layers.core.lambda_layer.Lambda", "keras"), LAMBDA, id="most of the module in the class"
        ),
        pytest.param(
            keras("utils.torch_utils.TorchModuleWrapper", "keras"), "model-code: TorchModuleWrapper", id="another class"
        ),
        pytest.param(
            {"module": "keras", "class_name": "function", "config": "utils.get_file"},
            "model-foreign-name: keras.utils.get_file",
            id="half of the module in the function",
        ),
    ],
)
def test_names_of_keras_that_are_cut_elsewhere(config: Any, expected: str, look: Any) -> None:
    assert expected in look("m.keras", zipped({"config.json": json.dumps(config), "metadata.json": "{}"}))
    assert expected in look("config.json", json.dumps(config).encode())


@pytest.mark.parametrize("text", [json.dumps(keras(pad="a" * 5000)), " " * 5000 + json.dumps(keras()), ESCAPED])
def test_an_architecture_in_json_is_found_wherever_its_class_stands(text: str, look: Any) -> None:
    assert look("model.json", text.encode()) == [LAMBDA]


@pytest.mark.parametrize(
    "text",
    [
        '{"class_name": "Lambda", "id": 1}',
        '{"class_name": "Lambda", "config": ',
        '[{"class_name": "Lambda", "config": {}}]',
        '{"annotations": [{"class_name": "cat", "config": {}}]}',
        '{"text": "\\u0041 letter that is escaped"}',
        '{"a": "class_name", "b": "config"} and more',
    ],
)
def test_json_that_is_no_architecture_is_quiet(text: str, look: Any) -> None:
    assert look("data.json", text.encode()) == []
    assert look("data.json", text.encode() + b"\xe4") == [], "whatever its encoding"


def test_large_json_is_quiet_unless_it_may_be_an_architecture(look: Any) -> None:
    padding = b" " * (64 << 20)
    assert look("data.json", b'{"annotations": [{"class_name": "cat"}]' + padding + b"}") == []
    assert "may be a Keras architecture" in look("data.json", json.dumps(keras()).encode() + padding)[0]


def hdf5(config: str, *, others: int = 0) -> bytes:
    h5py = pytest.importorskip("h5py")
    out = io.BytesIO()
    with h5py.File(out, "w", libver="latest") as file:
        for index in range(others):  # more than eight are kept in a heap
            file.attrs[f"a{index}"] = "{ x" * index
        file.attrs["model_config"] = config
    return out.getvalue()


@pytest.mark.parametrize("others", [0, 20])
@pytest.mark.parametrize(
    "text",
    [ESCAPED, json.dumps({"zz": 1, **keras()}), " " + json.dumps(keras(), indent=1)],
)
def test_a_configuration_in_hdf5_in_any_order_and_spelling(text: str, others: int, look: Any) -> None:
    assert look("m.h5", hdf5(text, others=others)) == [LAMBDA]


def test_honest_attributes_in_a_heap_are_quiet(look: Any) -> None:
    dense = json.dumps(keras("Dense"))
    assert look("m.h5", hdf5(dense, others=20)) == []
    assert look("m.h5", hdf5("the class_name of { something", others=20)) == []


def test_a_text_in_hdf5_is_searched_once(look: Any) -> None:
    text = json.dumps({"a": [keras("Dense")] * 2000})
    start = time.process_time()
    assert look("m.h5", hdf5(text, others=20)) == []
    assert time.process_time() - start < 10
    hopeless = hdf5("class_name" + "{" * 200, others=20)
    assert look("m.h5", hopeless)[0].startswith("unscannable: ")


def in_tar(data: bytes, size: int | None = None) -> bytes:
    """A tar with one member, which is `data` or no more than its first `size` bytes."""
    entry = tarfile.TarInfo("m.keras")
    entry.size = len(data) if size is None else size
    return entry.tobuf() + data + bytes(-len(data) % 512)


def test_an_archive_that_only_begins_in_a_member_of_a_tar() -> None:
    data = zipped({"metadata.json": "{}", "config.json": json.dumps(keras())})
    found = []
    with pytest.raises(Unscannable, match="no directory"):
        found.extend(finding.subject for finding in HOOK.check(Blob("m.keras", in_tar(data, 60)), OPTIONS))
    assert "Lambda" in found


def test_an_archive_says_each_thing_once() -> None:
    data = zipped({"config.json": json.dumps(keras()), "metadata.json": "{}"})
    assert judged("m.keras", data) == [LAMBDA]
    assert judged("m.tar", in_tar(data)) == [LAMBDA]
    assert judged("m.rds", gzip.compress(R_FILES[0])) == ["model-code: promise"]
    mlflow = zipped({"model/MLmodel": "flavors:\n  python_function:\n    loader_module: subprocess\n"})
    (found,) = HOOK.check(Blob("m.zip", mlflow), OPTIONS)
    assert (found.location.line, found.location.where) == (None, "model/MLmodel")


# --- YAML -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '"_\\x74arget_": os.system',
        '"\\u005Ftarget_": os.system',
        '"\\U0000005ftarget_": os.system',
        "target : os.system",
        "? target\n: os.system",
        '? "_tar\\\n  get_"\n: os.system',
        "a: !<tag:yaml.org,2002:pyt%68on/object/apply:os.system> [x]",
    ],
)
def test_yaml_in_other_spellings(text: str, look: Any) -> None:
    assert look("c.yaml", text.encode()) == ["model-foreign-name: os.system"]
    assert look("c.yaml", text.encode("utf-16")) == ["model-foreign-name: os.system"]


@pytest.mark.parametrize(
    "data",
    [
        b"a: \"caf\\xe9\"\nb: 50%\nc: 'C:\\users'\n",
        "a: täglich target".encode("latin-1"),
        b"run: |\n  make \\\n    target\n",
        b"? a\n: b\n",
        b"%YAML 1.2\n---\na: 1\n",
        "a: 1\n".encode("utf-16"),
        b"\xff\xfea",
    ],
)
def test_ordinary_yaml_is_quiet(data: bytes, look: Any) -> None:
    assert look("c.yaml", data) == []


def test_a_module_that_only_begins_like_mlflow(look: Any) -> None:
    text = b"flavors:\n  python_function:\n    loader_module: mlflow_evil\n"
    assert look("MLmodel", text, level=Level.NOTE) == ["model-foreign-name: mlflow_evil"]


# --- protocol buffers -------------------------------------------------------------------------------------------------


def test_keys_of_more_than_32_bits_are_cut_as_readers_cut_them(look: Any) -> None:
    entry = message({1: "location", 2: "../../etc/passwd"})
    for above in (1, 7):
        key = varint(13 << 3 | 2 | above << 32)
        tensor = message({1: 4, 2: 1, 8: "w"}) + key + varint(len(entry)) + entry
        graph = message({2: "g"}) + field(5, tensor)
        data = message({1: 8, 2: "p"}) + field(7, graph) + field(8, message({2: 17}))
        assert look("m.onnx", data) == ["model-file-access: ../../etc/passwd"]


GRAPH_TEXTS = [
    pytest.param('node { name: "n" op: "ReadFile" }', id="plain"),
    pytest.param("node: < name: 'n' op: 'ReadFile' >", id="angles, single quotes"),
    pytest.param('node { op: "Read" # half\n  "File" name: "n" }', id="a text in parts"),
    pytest.param('node { op: "\\122ead\\x46ile" name: "n" }', id="escapes"),
    pytest.param('node [{ op: "Add" name: "a" }, { op: "ReadFile" name: "n" }]', id="a list"),
    pytest.param('library { function { node_def { op: "ReadFile" name: "n" } } }', id="a function"),
    pytest.param(
        'versions { producer: 1 } node { attr { key: "k" value { b: true } } op: "ReadFile" }', id="other fields"
    ),
    pytest.param('[a.b/c.d] { x: 1 } node { op: "ReadFile"; name: "n", }', id="separators"),
]


@pytest.mark.parametrize("text", GRAPH_TEXTS)
def test_graphs_as_text(text: str, look: Any) -> None:
    expected = ["model-file-access: ReadFile"]
    assert look("frozen.pbtxt", text.encode()) == expected
    assert look("x.meta.pbtxt", f"meta_info_def {{ }} graph_def {{ {text} }}".encode()) == expected
    saved = f"saved_model_schema_version: 1 meta_graphs {{ graph_def {{ {text} }} }}"
    assert look("saved_model.pbtxt", saved.encode()) == expected
    assert judged("m.zip", zipped({"m/saved_model.pbtxt": saved})) == expected


def test_metadata_and_paths_in_graphs_as_text(look: Any) -> None:
    metadata = json.dumps(keras()).replace("\\", "\\\\").replace('"', '\\"')
    saved = f'meta_graphs {{ object_graph_def {{ nodes {{ user_object {{ metadata: "{metadata}" }} }} }} }}'
    assert look("saved_model.pbtxt", saved.encode()) == [LAMBDA]
    path = 'node { name: "p" op: "Const" attr { key: "value" value { tensor { string_val: "/etc/passwd" } } } }'
    save = 'node { name: "s" op: "SaveV2" input: ["p", "x"] }'
    assert look("g.pbtxt", (path + save).encode()) == ["model-file-access: /etc/passwd"]


@pytest.mark.parametrize(
    "text",
    [
        "item { name: 'cat' id: 1 }\nitem { name: 'dog' id: 2 }\n",
        'model { ssd { num_classes: 3 } } train_config { fine_tune_checkpoint: "/a/b" }',
        'name: "net"\nlayer { name: "ReadFile" type: "Input" }',
        "",
        "{ not a message",
        'node { name: "n" op: "MatMul" input: "ReadFile" }',
    ],
)
def test_texts_of_other_messages_are_quiet(text: str, look: Any) -> None:
    assert look("label_map.pbtxt", text.encode()) == []


@pytest.mark.parametrize("text", ["meta_graphs {", "meta_graphs }", "{" * 2000, "meta_graphs { \x01 }", '"'])
def test_a_saved_model_as_text_that_cannot_be_read_is_not_called_clean(text: str, look: Any) -> None:
    assert look("saved_model.pbtxt", text.encode())[0].startswith("unscannable: ")
    assert look("saved_model.cpb", b"\x83\xaf")[0].startswith("unscannable: ")


# --- names, wrappings and folders -------------------------------------------------------------------------------------

PROMISE = (5, 254, 254)
R_FILES = [
    b"X\n" + struct.pack(">3i", 2, 0, 0) + struct.pack(">2i", 19, 1) + struct.pack(">3i", *PROMISE),
    b"B\n" + struct.pack("<3i", 2, 0, 0) + struct.pack("<2i", 19, 1) + struct.pack("<3i", *PROMISE),
    b"A\n2\n0\n0\n19\n1\n5\n254\n254\n",
]


@pytest.mark.parametrize("data", R_FILES)
def test_r_objects_are_known_by_their_content(data: bytes, look: Any) -> None:
    version = (b"RDX2\n", b"RDB2\n", b"RDA2\n")[R_FILES.index(data)]
    for content in (data, version + data):
        assert look("model.bin", content) == ["model-code: promise"]
        assert judged("m.zip", zipped({"m/x.rds": content})) == ["model-code: promise"]


def test_text_that_begins_like_an_r_object_is_quiet(look: Any) -> None:
    for text in (b"A\n2\nB\n", b"A\n\nB", b"X\nY\n", b"B\n"):
        assert look("notes.txt", text) == []


IN_ARCHIVES: list[Any] = [
    pytest.param(
        "m.pmml", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///x">]><PMML/>', "model-file-access: file:///x", id="PMML"
    ),
    pytest.param(
        "g.pb", message({1: [message({1: "n", 2: "ReadFile"})]}), "model-file-access: ReadFile", id="a frozen graph"
    ),
    pytest.param(
        "t.jinja",
        b"{% for m in messages %}{{ m.__class__ }}{% endfor %}",
        "template-escape: __class__",
        id="a template",
    ),
    pytest.param("m.bin.index.json", b'{"weight_map": {"a": "../x"}}', "model-file-access: ../x", id="an index"),
]


@pytest.mark.parametrize(("name", "data", "expected"), IN_ARCHIVES)
def test_models_in_archives(name: str, data: bytes, expected: str) -> None:
    for archive in (zipped({f"d/{name}": data}), zipped({"a.zip": zipped({name: data})})):
        assert judged("a.zip", archive) == [expected]


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        pytest.param({"weight_map": {"a": "../../x.bin", "b": "m-1.bin"}}, ["model-file-access: ../../x.bin"], id="up"),
        pytest.param({"weight_map": {"a": "/x.bin"}}, ["model-file-access: /x.bin"], id="absolute"),
        pytest.param({"weight_map": {"a": "m-1.bin", "b": "sub/m-2.bin"}}, [], id="an ordinary one"),
        pytest.param({"weight_map": ["../x"]}, [], id="a list"),
        pytest.param(["../x"], [], id="another index"),
    ],
)
def test_the_index_of_a_sharded_model(index: Any, expected: list[str], look: Any) -> None:
    assert look("pytorch_model.bin.index.json", json.dumps(index).encode()) == expected
    assert look("model.safetensors.index.json", json.dumps(index).encode()) == expected
    assert look("x.index.json", b"{ no json") == []


def test_templates_in_the_folder_of_additional_ones(look: Any) -> None:
    hostile = b"{{ x.__class__ }}"
    assert look("m/additional_chat_templates/tool.jinja", hostile) == ["template-escape: __class__"]
    assert look("m/additional_chat_templates/tool.txt", hostile) == []
    assert look("m/web/tool.jinja", hostile) == [], "templates of web pages are their authors' business"


def test_operators_of_libraries_that_read_files(look: Any) -> None:
    def script(code: str) -> bytes:
        return zipped({"m/constants.pkl": "x", "m/data.pkl": "x", "m/code/__torch__/m.py": code})

    assert look("m.pt", script('ops.image.read_file("/x")')) == ["model-file-access: torch.read_file"]
    assert look("m.pt", script("ops.torchvision.nms(a, b, 0.5)\nself.read_file(x)")) == []


def test_tflite_by_name_without_its_mark(look: Any) -> None:
    assert look("m.tflite", b"\xff\xff\xff\x7fXXXX" + bytes(50)) == ["model-malformed: offsets"]


# --- XML --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://a/x.dtd"><plist/>',
        '<!DOCTYPE log4j SYSTEM "log4j.dtd"><log4j><network/></log4j>',
        '<!-- book --><book xmlns:xi="x"><xi:include href="chapter.xml"/></book>',
    ],
)
def test_xml_of_other_things_may_declare_what_it_wants(text: str, look: Any) -> None:
    assert look("m.xml", text.encode()) == []


ENTITY = '<!DOCTYPE net [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("padding", [" ", "<?p x?>", "<!-- <a> -->"])
def test_models_in_xml_behind_much_of_nothing(padding: str, look: Any) -> None:
    start, end = '<?xml version="1.0"?>', f"{ENTITY}<net>"
    assert look("m.xml", (start + padding * 5000 + end).encode()) == ["model-file-access: file:///etc/passwd"]
    assert "first element" in look("m.xml", (start + padding * (5_000_000 // len(padding)) + end).encode())[0]


def test_large_xml_of_another_kind_is_quiet(look: Any) -> None:
    start = '<?xml version="1.0"?><!DOCTYPE book SYSTEM "book.dtd" [<!ENTITY a "<net>">]><!-- <net> -->'
    assert look("book.xml", (start + "<book>" + "<p>text</p>" * 500_000 + "</book>").encode()) == []


def test_models_in_xml_inside_of_archives() -> None:
    assert judged("m.zip", zipped({"m.xml": f"{ENTITY}<net>", "m.bin": "x"})) == [
        "model-file-access: file:///etc/passwd"
    ]


@pytest.mark.parametrize("start", ["<net>", "<!-- --><p:PMML>", "<PMML\n>"])
def test_inclusions_of_any_spelling(start: str, look: Any) -> None:
    for tag in ("xi:include", "my-own.name:include", "include"):
        text = f'<!-- c -->{start}<{tag} parse="a > b"\n href = "/etc/passwd"/>'
        assert look("m.xml", text.encode()) == ["model-file-access: /etc/passwd"]


HEAVY = [
    pytest.param("m.pmml", b"<a:include " * 300_000, id="inclusions that do not end"),
    pytest.param("m.pmml", b"<a:include href" * 200_000, id="inclusions without a value"),
    pytest.param("m.pmml", b"<" + b"a" * 3_000_000, id="a long name"),
    pytest.param("m.pmml", b"<!ENTITY " * 300_000, id="entities that do not end"),
    pytest.param("m.pmml", b'<!ENTITY a PUBLIC "' * 150_000, id="open quotes"),
    pytest.param("m.pmml", b"<!DOCTYPE" + b" " * 3_000_000, id="blanks"),
    pytest.param(
        "m.mar", zipped({"MAR-INF/MANIFEST.json": "{}", "requirements.txt": "@" + "a" * 1_000_000}), id="a word"
    ),
    pytest.param("m.mar", zipped({"MAR-INF/MANIFEST.json": "{}", "requirements.txt": "@ " * 500_000}), id="many signs"),
    pytest.param("m.xml", b"<!--" * 1_100_000, id="comments that do not end"),
    pytest.param("m.xml", b"<!x" * 1_400_000, id="declarations that do not end"),
    pytest.param("m.xml", b"<!x '" * 900_000, id="declarations with open quotes"),
    pytest.param("c.yaml", b"!" * 1_000_000, id="marks of tags"),
    pytest.param("c.yaml", b"!" + b"a" * 1_000_000, id="a long tag"),
    pytest.param("g.pbtxt", b"#" * 1_000_000, id="comments"),
    pytest.param("g.pbtxt", b'"' * 999_999, id="quotes"),
    pytest.param("g.pbtxt", b"[a/" * 300_000, id="extensions that do not end"),
    *(
        pytest.param("m.pt", zipped({"m/constants.pkl": "x", "m/code/a.py": text * 300_000}), id=f"operators {text!r}")
        for text in ("ops.", ")", ") ", " \n", "#", "\\\n", "torch", "x=(((", "getattr")
    ),
]


@pytest.mark.parametrize(("name", "data"), HEAVY)
def test_text_that_is_made_to_be_slow_is_not(name: str, data: bytes) -> None:
    tally = fuzz(lambda name, data: judged(name, data) and None, iter([(name, data)]), runs=1)
    assert tally.seconds < MOST_SECONDS


def test_groups_and_long_numbers_in_onnx_do_not_hide_anything(tmp_path: Path, look: Any) -> None:
    tensor: Value = [message({1: "location", 2: "/x"})]
    inner = message({8: "w", 13: tensor})
    long_length = bytes([len(inner) | 0x80]) + b"\x80" * 3 + b"\x00"
    graph = message({2: "g"}) + varint(5 << 3 | 2) + long_length + inner
    data = message({1: 8, 2: "p"}) + varint(9 << 3 | 3) + varint(9 << 3 | 4) + field(7, graph)
    assert look("m.onnx", data) == ["model-file-access: /x"]
