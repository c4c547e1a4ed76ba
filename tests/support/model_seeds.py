# ruff: noqa: E501 - one seed, one line
"""Small files of every model format, honest and hostile, to start fuzzing from: several for each parser."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import zipfile
from collections.abc import Callable

import numpy as np
from wire import message
from wrappings import npy, png, tarred, torch_legacy, torch_tar, torch_zip, zipped

Seeds = list[tuple[str, bytes]]
"""Names and bytes; a name may stand twice."""

CHAT = "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m.content | trim }}{% if loop.last %}{{ eos }}{% endif %}{% endfor %}"
ESCAPE = "{{ x['__cla' ~ 'ss__'] | map(attribute='a.__b__') | join }}{% set ns.a = '_' * 2 %}{{ ().__class__ }}"
LONG = "{% macro f(a, b=1) %}{% call(c) g() %}{{ c|attr('x') }}{% endcall %}{% endmacro %}{% set x %}text{% endset %}{% filter upper %}{{ [1,2][::-1] }}{% endfilter %}{% generation %}{{ {'a': 1}.items()|list|tojson }}{% endgeneration %}{% if a is defined and not b %}{{ range(10) }}{% elif c %}{{ '%s' % d }}{% else %}{{ 'x{}'.format(e) }}{% endif %}"


def _with_members(method: int = zipfile.ZIP_STORED, **members: bytes | str) -> bytes:
    """A zip; `__` stands for a dot in a name and `___` for a slash."""
    names = {name.replace("___", "/").replace("__", "."): data for name, data in members.items()}
    return zipped({name: data.encode() if isinstance(data, str) else data for name, data in names.items()}, method)


def _layer(name: str, config: object, module: str = "keras.layers") -> dict[str, object]:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def _keras_config() -> str:
    dense = _layer(
        "Dense",
        {"name": "d", "units": 1, "activation": {"class_name": "function", "config": "relu", "module": "builtins"}},
    )
    hostile = [
        _layer("Lambda", {"function": {"class_name": "__lambda__", "config": {"code": "4wEA"}}}),
        _layer("StringLookup", {"vocabulary": "/x"}),
    ]
    foreign = [{"module": "os", "class_name": "function", "config": "system"}, _layer("TFSMLayer", {"filepath": "/m"})]
    return json.dumps(_layer("Sequential", {"name": "s", "layers": [dense, *hostile, *foreign]}, "keras"))


def keras() -> Seeds:
    config = _keras_config()
    twice = config[:-1] + ', "config": {}, "class_name": "Lambda"}'
    return [
        ("m.keras", _with_members(config__json=config, metadata__json="{}")),
        (
            "m.keras",
            _with_members(
                zipfile.ZIP_DEFLATED, config__json=twice, metadata__json="{}", model__weights__h5=small_hdf5()
            ),
        ),
        ("model.json", config.encode()),
        ("m", _with_members(zipfile.ZIP_LZMA, config__json=config, metadata__json='{"keras_version": "3"}')),
    ]


def small_hdf5(json_text: str = '{"class_name": "Lambda", "config": {}}') -> bytes:
    """A root group with one text attribute, one external link, one soft link and one group, in the newest layout."""
    text = json_text.encode()
    kind = b"\x13\x00\x00\x00" + struct.pack("<I", len(text))
    attribute = struct.pack("<BBHHHB", 3, 0, 13, len(kind), 4, 0) + b"model_config\0" + kind + b"\2\0\0\0" + text
    target = b"\0../x.h5\0/y\0"
    external = b"\1\x08\x40\1l" + struct.pack("<H", len(target)) + target
    soft = b"\1\x08\x01\1s" + struct.pack("<H", 2) + b"/a"

    def header(*messages: tuple[int, bytes]) -> bytes:
        body = b"".join(struct.pack("<BHB", kind, len(data), 0) + data for kind, data in messages)
        return b"OHDR\2\2" + struct.pack("<I", len(body)) + body + b"\0\0\0\0"

    start = b"\x89HDF\r\n\x1a\n\2\x08\x08\0"
    child = header((0x0C, attribute))
    hard = b"\1\0\1h" + struct.pack("<Q", 48)
    root = header((0x0C, attribute), (0x06, external), (0x06, soft), (0x06, hard), (0x02, b"\0\0" + b"\xff" * 16))
    place = struct.pack("<QQQQ", 0, (1 << 64) - 1, 48 + len(child) + len(root), 48 + len(child)) + b"\0\0\0\0"
    return start + place + child + root


def hdf5() -> Seeds:
    config = _keras_config()
    found: Seeds = [("m.h5", small_hdf5()), ("x.weights.h5", b"\0" * 512 + small_hdf5()), ("m.h5", small_hdf5(config))]
    try:
        import h5py
    except ImportError:
        return found
    for options in ({}, {"libver": "latest"}, {"userblock_size": 512}, {"track_order": True}):
        out = io.BytesIO()
        with h5py.File(out, "w", **options) as file:
            file.attrs["model_config"] = config
            file.attrs["fixed"] = config.encode()
            file.attrs["layer_names"] = ["a", "bc"]
            file["l"], file["s"] = h5py.ExternalLink("../x", "/y"), h5py.SoftLink("/g")
            group = file.create_group("g/h")
            group.create_dataset("w", data=np.arange(6.0).reshape(2, 3), chunks=(1, 3), compression="gzip")
            file.create_dataset("e", (4,), "f4", external=[("/data", 0, 16), ("../more", 4, 8)])
        found.append(("m.h5", out.getvalue()))
    out = io.BytesIO()
    with h5py.File(out, "w", libver="latest") as file:
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource("../v.h5", "d", (4,))
        file.create_virtual_dataset("w", layout)
        for index in range(30):
            file[f"link{index}"] = h5py.ExternalLink(f"p{index}", "/y")
            file.attrs[f"a{index}"] = f'{{"class_name": "C{index}"}}'
    return [*found, ("m.hdf5", out.getvalue())]


def onnx() -> Seeds:
    entry = [message({1: key, 2: value}) for key, value in (("location", "../x"), ("offset", "4"), ("length", "99"))]
    tensor = message({1: 4, 2: 1, 8: "w", 13: entry, 14: 1})
    attribute = message({1: "value", 5: tensor, 6: message({5: tensor}), 10: [tensor], 22: message({1: tensor})})
    node = message({1: "x", 2: "y", 3: "n", 4: "PythonOp", 5: attribute, 7: "com.acme"})
    function = message({1: "f", 7: [node], 9: message({1: "d"}), 10: "own", 11: attribute})
    graph = message({1: [node, node], 2: "g", 5: [tensor], 15: message({1: tensor, 2: tensor})})
    full = message({1: 8, 2: "p", 7: graph, 8: message({1: "", 2: 17}), 20: message({1: graph}), 25: function})
    plain = message({1: 8, 2: "p", 7: message({2: "g", 5: message({1: 4, 2: 1, 8: "w", 9: b"\0" * 64})})})
    found: Seeds = [("m.onnx", full), ("m.onnx", plain), ("model", full), ("m.zip", _with_members(m__onnx=full))]
    try:
        import onnx
    except ImportError:
        return found
    helper = onnx.helper
    value = helper.make_tensor_value_info("x", 1, [2])
    weight = onnx.numpy_helper.from_array(np.ones(2, "f4"), "w")
    model = helper.make_model(
        helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "g", [value], [value], [weight])
    )
    return [*found, ("m.onnx", model.SerializeToString())]


def tensorflow() -> Seeds:
    def node(op: str, name: str, *inputs: str, **attributes: bytes) -> bytes:
        entries = [message({1: key, 2: value}) for key, value in attributes.items()]
        return message({1: name, 2: op, 3: list(inputs), 5: entries})

    text = node("Const", "p", value=message({8: message({1: 7, 8: "/etc/passwd"})}))
    nodes = [text, node("SaveV2", "s", "p:0"), node("ReadFile", "r"), node("PyFunc", "f"), node("Acme>Op", "o")]
    nodes += [node("PrintV2", "v", output_stream=message({2: "file:///tmp/x"})), node("MatMul", "m", "r", "f")]
    library = message({1: [message({1: message({1: "f"}), 3: nodes[1:4]})]})
    metadata = _keras_config()
    objects = message({1: message({4: message({1: "_tf_keras_layer", 3: metadata})})})
    saved = message({1: 1, 2: message({2: message({1: nodes, 2: library}), 7: objects})})
    frozen = message({1: nodes, 2: library, 4: message({1: 1})})
    return [
        ("saved_model.pb", saved),
        ("frozen.pb", frozen),
        ("x.graphdef", frozen),
        ("keras_metadata.pb", message({1: [message({2: 1, 3: "root", 5: metadata})]})),
        ("m.zip", _with_members(saved_model__pb=saved, keras_metadata__pb=saved)),
        ("saved_model.pbtxt", GRAPH_TEXT.encode()),
        (
            "frozen.pbtxt",
            b'node [{ op: "Read" "\\x46ile" name: "n" }, < op: "Add" >] library { function { node_def { op: "f" } } }',
        ),
    ]


GRAPH_TEXT = """# a comment
saved_model_schema_version: 1
meta_graphs {
  graph_def {
    node { name: "p" op: "Const" attr { key: "value" value { tensor { dtype: DT_STRING string_val: "/etc/\\160asswd" } } } }
    node { name: "s" op: "SaveV2" input: ["p:0", "x"] } [a.b/c.d]: { y: -1.5e3 }
  }
  asset_file_def: < tensor_info { name: 'p:0' } filename: "a" >
  object_graph_def { nodes { user_object { metadata: "{\\"class_name\\": \\"Lambda\\", \\"config\\": {}}" } } }
}
"""


def coreml() -> Seeds:
    layer = message({1: "l", 500: message({10: "Evil", 20: b"w"})})
    network = message({1: [layer, message({1: "c", 120: b"\0" * 8})]})
    inner = message({1: 4, 500: network})
    linked = message({1: 4, 556: message({1: message({1: message({1: "../x"}), 2: message({1: "/y"})})})})
    manifest = {"fileFormatVersion": "1.0.0", "itemInfoEntries": {"A": {"path": "../x", "name": "weights"}}}
    return [
        ("m.mlmodel", inner),
        ("m.mlmodel", message({1: 4, 202: message({1: [inner, linked]}), 200: message({1: message({1: inner})})})),
        ("m.mlmodel", message({1: 7, 555: message({10: "Custom"}), 502: b"@model_path/../../weights.bin"})),
        ("Manifest.json", json.dumps(manifest).encode()),
    ]


def gguf() -> Seeds:
    def text(value: bytes, order: str = "<", width: str = "Q") -> bytes:
        return struct.pack(order + width, len(value)) + value

    def pair(key: bytes, kind: int, value: bytes) -> bytes:
        return text(key) + struct.pack("<I", kind) + value

    template = pair(b"tokenizer.chat_template", 8, text(ESCAPE.encode()))
    words = pair(b"tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, 3) + text(b"a") + text(b"bc") + text(b""))
    nested = pair(b"n", 9, struct.pack("<IQ", 9, 1) + struct.pack("<IQ4B", 0, 4, 1, 2, 3, 4))
    scalars = pair(b"general.alignment", 4, struct.pack("<I", 32)) + pair(b"y", 7, b"\1") + pair(b"d", 12, b"\0" * 8)
    infos = text(b"w") + struct.pack("<IQIQ", 1, 4, 0, 0) + text(b"v") + struct.pack("<IQQIQ", 2, 8, 2, 1, 32)
    full = b"GGUF" + struct.pack("<IQQ", 3, 2, 6) + template + words + nested + scalars + infos
    old = b"GGUF" + struct.pack("<III", 1, 0, 1) + text(b"a", width="I") + struct.pack("<I", 8) + text(b"x", width="I")
    big = b"GGUF" + struct.pack(">IQQ", 3, 0, 1) + text(b"a", ">") + struct.pack(">II", 4, 7)
    return [("m.gguf", full + b"\0" * (-len(full) % 32) + b"\0" * 64), ("m.gguf", old), ("m.gguf", big), ("m", full)]


def safetensors() -> Seeds:
    def assemble(header: object, body: bytes) -> bytes:
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + body

    def tensor(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, object]:
        return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}

    several = {
        "a": tensor("F32", [2, 2], 0, 16),
        "b": tensor("BF16", [], 16, 18),
        "c": tensor("F4", [4], 18, 20),
        "e": tensor("U8", [0, 9], 20, 20),
    }
    hostile = {
        "k": CHAT + ESCAPE,
        "code": "__import__('os').system('id')",
        "p": "gASVAAAAAAAAAAAAAAAAAAAAAAA",
        "_target_": "x",
    }
    return [
        ("m.safetensors", assemble({"__metadata__": {"format": "pt"}, **several}, b"x" * 20)),
        ("m.safetensors", assemble({**several, "__metadata__": hostile}, b"x" * 24)),
        ("weights", assemble({"a": tensor("F64", [1], 0, 8)}, b"x" * 8)),
        (
            "m.safetensors",
            assemble(
                {f"layer.{index}.w": tensor("I8", [4], 4 * index, 4 * index + 4) for index in range(40)}, b"x" * 160
            ),
        ),
    ]


def templates() -> Seeds:
    return [
        ("chat_template.jinja", CHAT.encode()),
        ("chat_template.jinja", (CHAT + ESCAPE).encode()),
        ("templates/messages.jinja", (CHAT + LONG).encode()),
        ("chat_template.jinja", LONG.encode()),
        (
            "chat_template.jinja",
            ("{%- set ns = namespace(a=1) -%}" + ESCAPE * 5 + "{# c #}{% raw %}{{{% endraw %}").encode("utf-16"),
        ),
    ]


def configs() -> Seeds:
    tokenizer = {
        "chat_template": [{"name": "a", "template": CHAT}, {"name": "b", "template": ESCAPE}],
        "auto_map": {"A": ["b--c.D", None]},
    }
    model = {
        "auto_map": {"AutoModel": "modeling.Net"},
        "quantization_config": {"trust_remote_code": True},
        "layers": list(range(9)),
    }
    adapter = {
        "base_model_name_or_path": "x",
        "auto_mapping": {"parent_library": "os"},
        "_target_": "os.system",
        "auto_map": {"A": "x/y--m.N"},
    }
    pipeline = {
        "custom_pipelines": {"p": {"impl": "a/b--pipe.P", "pt": ["AutoModel"]}},
        "chat_template": {"default": LONG},
    }
    return [
        ("tokenizer_config.json", json.dumps(tokenizer).encode()),
        ("tokenizer_config.json", ("\ufeff" + json.dumps(tokenizer, indent=1, ensure_ascii=False)).encode()),
        ("config.json", json.dumps(model, indent=2).encode()),
        ("adapter_config.json", json.dumps(adapter).encode()),
        ("processor_config.json", json.dumps(pipeline).encode("utf-16")),
        ("config.json", _keras_config().encode()),
        ("m.bin.index.json", b'{"metadata": {}, "weight_map": {"a": "../x.bin", "b": "m-1.bin"}}'),
    ]


MLMODEL = "artifact_path: model\nflavors:\n  python_function:\n    loader_module: subprocess\n    code: code\n    model_path: ../m.pkl\n    env: {conda: conda.yaml}\n"


def yaml() -> Seeds:
    hydra = "defaults: [a, _self_]\nmodel:\n  _target_: os.system\n  _args_: [x]\n  inner: {target: torch.nn.Linear, params: {a: &p 1, b: *p}}\nref: ${model._target_}\n"
    tags = "%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!object/apply:os.system [x]\nb: !!python/name:os.system ''\nc: !<tag:yaml.org,2002:python/module:os> x\n...\n---\nd: ? [e]\n: >-\n  folded\n  text\n"
    aliases = 'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n_target_: *a\n\'_target_\': "os\\x2esystem"\n"\\x5ftarget_": |\n  posix.system\n'
    return [
        ("conf/config.yaml", hydra.encode()),
        ("c.yml", tags.encode()),
        ("c.yaml", aliases.encode()),
        ("MLmodel", MLMODEL.encode()),
        ("c.yaml", ("\ufeff" + hydra).encode("utf-16")),
        ("m.zip", _with_members(model___MLmodel=MLMODEL)),
    ]


def skops() -> Seeds:
    def node(loader: str, module: str, name: str, **more: object) -> dict[str, object]:
        return {"__loader__": loader, "__module__": module, "__class__": name, "__id__": 1, **more}

    content = [
        node("FunctionNode", "os", "system"),
        node("OperatorFuncNode", "sklearn", "methodcaller", attrs=[]),
        node(
            "MethodNode",
            "builtins",
            "int",
            content={"func": "__reduce__", "obj": node("ObjectNode", "sklearn.tree", "T")},
        ),
        node("NdArrayNode", "numpy", "ndarray", type="numpy", file="1.npy"),
    ]
    schema = json.dumps({**node("DictNode", "builtins", "dict"), "protocol": 2, "content": {"a": content}})
    found: Seeds = [
        ("m.skops", _with_members(schema__json=schema, _1__npy=npy(b"\0" * 12, descr="'<i4'", shape="(3,)"))),
        ("m.skops", _with_members(zipfile.ZIP_DEFLATED, schema__json=schema)),
        ("m", _with_members(zipfile.ZIP_BZIP2, schema__json=schema, _2__npy=npy(pickle.dumps([1], 2)))),
    ]
    try:
        import skops.io as sio
        from sklearn.linear_model import LinearRegression
    except ImportError:
        return found
    return [*found, ("m.skops", sio.dumps(LinearRegression().fit([[0.0], [1.0]], [0, 1])))]


def rds() -> Seeds:
    def numbers(*values: int, order: str = ">") -> bytes:
        return struct.pack(f"{order}{len(values)}i", *values)

    name = numbers(1, 9, 1) + b"x"
    call = numbers(6) + name + numbers(2, 16, 1, 9, 2) + b"id" + numbers(254)
    promise = numbers(5 | 0x400, 253, 254) + call
    head = b"X\n" + numbers(3, 0x040300, 0x030500, 5) + b"UTF-8"
    nested = (
        head
        + numbers(19 | 0x200, 3)
        + numbers(14, 1)
        + b"\0" * 8
        + numbers(13, 2, 1, 2)
        + promise
        + numbers(1026)
        + name
        + numbers(16, 1, 9, 1)
        + b"a"
        + numbers(254)
    )
    code = head + numbers(21, 1, 13, 1, 0, 2, 5) + promise + numbers(6, 254, 0, 254, 0, 254)
    rare = (
        head
        + numbers(19, 5)
        + numbers(238, 254, 14, 1)
        + b"\0" * 8
        + numbers(254, 4, 0, 254, 254, 254, 254, 249, 0, 1, 9, 1)
        + b"s"
        + numbers(255 | 1 << 8, 24, 3)
        + b"abc"
        + numbers(15, 1)
        + b"\0" * 16
    )
    text = b"A\n3\n263168\n197888\n5\nUTF-8\n531\n2\n14\n1\n2.5\n1029\n253\n254\n254\n254\n"
    native = b"B\n" + numbers(2, 0, 0, 19, 1, 5, 254, 254, order="<")
    found: Seeds = [("m.rds", nested), ("m.rds", code), ("m.rds", rare), ("m.rds", text), ("m.rds", native)]
    found += [
        ("m.RData", b"RDX3\n" + nested),
        ("m.rds", gzip.compress(nested)),
        ("m.rda", bz2.compress(b"RDX3\n" + rare)),
    ]
    return [*found, ("m.rds", lzma.compress(code))]


def xml() -> Seeds:
    entity = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///x"><!ENTITY % b PUBLIC "p" \'http://e\'>]><PMML>&a;</PMML>'
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><net name="m" version="11"><layers/></net>'
    include = '<PMML xmlns:xi="x" version="4.4"><!-- c --><xi:include href="/etc/passwd"/><![CDATA[x]]></PMML>'
    return [
        ("m.pmml", entity.encode()),
        ("m.xml", bomb.encode()),
        ("m.xml", include.encode("utf-16")),
        ("m.pmml", entity.encode("utf-16-be")),
        (
            "m.xml",
            b'<?xml version="1.0"?><net name="m" version="11"><layers><layer id="0" type="Parameter"/></layers></net>',
        ),
    ]


def tflite() -> Seeds:
    def table(slots: list[bytes | None]) -> tuple[bytes, bytes]:
        """A vtable and a table of fields of four bytes."""
        offsets, body = [], b""
        for slot in slots:
            offsets.append(4 + len(body) if slot is not None else 0)
            body += slot or b""
        vtable = struct.pack(f"<HH{len(slots)}H", 4 + 2 * len(slots), 4 + len(body), *offsets)
        vtable += b"\0" * (-len(vtable) % 4)
        return vtable, struct.pack("<i", len(vtable)) + body

    def text(value: str) -> bytes:
        data = struct.pack("<I", len(value)) + value.encode() + b"\0"
        return data + b"\0" * (-len(data) % 4)

    def build(names: list[str], buffers: int) -> bytes:
        def vector(items: list[tuple[bytes, bytes, bytes]]) -> bytes:
            out, at = b"", 4 + 4 * len(items)
            offsets = []
            for vtable, body, more in items:
                offsets.append(at + len(vtable))
                out += vtable + body + more
                at += len(vtable) + len(body) + len(more)
            return (
                struct.pack("<I", len(items))
                + b"".join(struct.pack("<I", o - 4 - 4 * i) for i, o in enumerate(offsets))
                + out
            )

        # The one field that is an offset stands last, so that it leads to what follows the table.
        codes = [(*table([struct.pack("<I", 32), struct.pack("<I", 4)]), text(name)) for name in names]
        stored = [(*table([struct.pack("<I", 4)]), text("x" * 9)) for _ in range(buffers)]
        first, second = vector(codes), vector(stored)
        vtable, body = table(
            [struct.pack("<I", 3), struct.pack("<I", 16), b"\0" * 4, b"\0" * 4, struct.pack("<I", 4 + len(first))]
        )
        head = b"\0" * 8 + vtable
        return struct.pack("<I", len(head)) + b"TFL3" + head[8:] + body + first + second

    full = build(["FlexReadFile", "FlexErf", "Mine"], 2)
    packed = full + _with_members(labels__txt="a\nb")
    return [("m.tflite", full), ("m", build(["A"], 0)), ("m.tflite", packed), ("m.tflite", build([], 5))]


def torchcode() -> Seeds:
    code = "def forward(self, x: Tensor) -> Tensor:\n  torch.save(x, 'f')\n  _0 = torch.from_file('/x', False, 9)\n  return ops.acme.fuse(ops.aten.add(x, 1))\n"
    script = {
        "m/data.pkl": pickle.dumps({"a": 1}, 2),
        "m/constants.pkl": b"\x80\x02).",
        "m/code/__torch__/m.py": code.encode(),
        "m/version": b"3\n",
    }
    exported = {
        "m/archive_format": b"pt2",
        "m/data/aotinductor/model/x.so": b"\x7fELF",
        "m/models/model.json": b'{"graph_module": {"nodes": [{"target": "torch.ops.acme.x"}]}}',
    }
    return [
        ("m.pt", zipped(script)),
        ("m.ptl", zipped(script, 8)),
        ("m.pt2", zipped(exported)),
        ("m.pt2", zipped({**script, **exported})),
    ]


def mar() -> Seeds:
    members = {
        "MAR-INF/MANIFEST.json": b"{}",
        "handler.py": b"x = 1",
        "requirements.txt": b"numpy\n--extra-index-url http://e\n-e git+https://x\n",
        "model.pt": torch_zip(pickle.dumps({"a": 1}, 2)),
    }
    return [
        ("m.mar", zipped(members, 8)),
        ("m", zipped(members)),
        ("m.mar", tarred(members)),
        ("m.mar", gzip.compress(tarred(members))),
    ]


def nemo() -> Seeds:
    import tarfile

    members = {
        "./model_config.yaml": b"target: os.system\nx: {_target_: torch.nn.Linear}\n",
        "./w.ckpt": torch_zip(pickle.dumps({"a": 1}, 2)),
        "../../x": b"y",
        "t.model": b"z",
    }
    plain = [tarred(members, style) for style in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)]
    long = tarred(
        {"a" * 200 + "/model_config.yaml": b"_target_: x", "ü/model_config.yaml": b"a: 1"}, tarfile.GNU_FORMAT
    )
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind, name, target in (
            (tarfile.SYMTYPE, "a", "/etc"),
            (tarfile.LNKTYPE, "b", "../../x"),
            (tarfile.DIRTYPE, "d", ""),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
        info = tarfile.TarInfo("model_config.yaml")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"a: 1"))
    found: Seeds = [("m.nemo", data) for data in (*plain, long, out.getvalue(), torch_tar(pickle.dumps(7, 2)))]
    return [*found, ("m.nemo", gzip.compress(plain[0])), ("m", out.getvalue())]


def programs() -> Seeds:
    packed = _with_members(m__gguf=gguf()[0][1], _args="-m m.gguf")
    return [
        ("m.llamafile", b"MZqFpD='\n" + b"x" * 99 + packed),
        ("llava", b"jartsr='\n" + b"x" * 99),
        ("m.gguf", b"\x7fELF\2\1\1" + b"\0" * 99),
        ("m.pt", b"#!/bin/sh\n" + torch_zip(pickle.dumps({}, 2))),
        ("m.onnx", png(pickle.dumps(1, 2))),
    ]


PARSERS: dict[str, Callable[[], Seeds]] = {
    seeds.__name__: seeds
    for seeds in (
        *(keras, hdf5, onnx, tensorflow, coreml, gguf, safetensors, templates, configs, yaml, skops, rds, xml, tflite),
        *(torchcode, mar, nemo, programs),
    )
}


# ---- what converts ---------------------------------------------------------------------------------------------------


def arrays() -> Seeds:
    """Pickles of numpy arrays in every protocol, npy and npz."""
    state = {"a": np.eye(3), "b": [np.float32(1), np.arange(4, dtype=">i2")], "f": np.asfortranarray(np.ones((2, 3)))}
    found: Seeds = [(f"{protocol}.pkl", pickle.dumps(state, protocol)) for protocol in range(6)]
    for name, write in (("m.npz", np.savez), ("p.npz", np.savez_compressed)):
        out = io.BytesIO()
        write(out, a=np.eye(3), b=np.arange(4, dtype=">i2"), c=np.float16(1), d=np.zeros((0, 2)))
        found.append((name, out.getvalue()))
    for array in (np.arange(6.0).reshape(2, 3).T, np.array(True), np.array(["a"]), np.array([None])):
        out = io.BytesIO()
        np.save(out, array)
        found.append(("a.npy", out.getvalue()))
    return found


def torch() -> Seeds:
    """Checkpoints of torch, zip and legacy, with views, shared storages and things that are no tensors."""
    object_pickle = (
        b"\x80\x02}X\x01\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04tQ"
        b"K\0K\x02K\x02\x86K\x02K\x01\x86\x89ccollections\nOrderedDict\n)RtRs."
    )
    found: Seeds = [("m.pt", torch_zip(object_pickle)), ("m.bin", torch_zip(object_pickle, method=8))]
    found.append(
        (
            "l.pt",
            torch_legacy(object_pickle)[: -len(pickle.dumps([], 2))]
            + pickle.dumps(["0"], 2)
            + struct.pack("<q", 4)
            + b"\0" * 16,
        )
    )
    try:
        import torch
    except ImportError:
        return found
    value = torch.arange(24.0).reshape(4, 6)
    state = {
        "t": value.t(), "same": value, "s": value[:, ::2], "e": value[:, :1].expand(4, 9), "zero": value[:0],
        "n": {"conj": torch.ones(2, dtype=torch.complex64).conj(), "p": torch.nn.Parameter(value)}, "x": 1,
        "h": torch.ones(3, dtype=torch.bfloat16), "optimizer": {"state": {}, "param_groups": [{"lr": 1}]},
    }  # fmt: skip
    for is_zip in (True, False):
        out = io.BytesIO()
        torch.save(state, out, _use_new_zipfile_serialization=is_zip)
        found.append((f"{is_zip}.pt", out.getvalue()))
    out = io.BytesIO()
    torch.save({"a": torch.ones(2, dtype=torch.float8_e4m3fn), "sparse": value.to_sparse()}, out)
    return [*found, ("f8.pt", out.getvalue())]


def index() -> Seeds:
    """The list of a sharded model."""
    weights = {f"w{number}": f"part-{number % 2}.npz" for number in range(6)}
    return [
        ("m.bin.index.json", json.dumps({"metadata": {"total_size": 9}, "weight_map": weights}).encode()),
        ("m.bin.index.json", json.dumps({"weight_map": {"a": "../x", "b": "/y", "c": "part-0.npz"}}).encode()),
        ("m.bin.index.json", json.dumps({"weight_map": {"a": "part-0.npz"}}, indent=1).encode()),
    ]


CONVERTERS: dict[str, Callable[[], Seeds]] = {f"convert-{seeds.__name__}": seeds for seeds in (arrays, torch, index)}
