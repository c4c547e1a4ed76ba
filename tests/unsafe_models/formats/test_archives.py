# ruff: noqa: E501 - one case, one line
"""Archives and configurations: NeMo, Hydra, skops, MLflow, TorchServe, TorchScript; programs and XML."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlhooks.core.finding import Level


def tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(members: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


# --- targets --------------------------------------------------------------------------------------------------------

TARGETS = [
    pytest.param("_target_: os.system", "os.system", id="CVE-2025-23304: a system call"),
    pytest.param("a:\n  - b:\n      _target_: subprocess.Popen", "subprocess.Popen", id="nested"),
    pytest.param("{a: {'_target_': builtins.eval}}", "builtins.eval", id="flow style"),
    pytest.param('"\\x5ftarget_": os.system', "os.system", id="escapes in the key"),
    pytest.param("x: &c os.system\ny:\n  _target_: *c", "os.system", id="through an alias"),
    pytest.param("x: os.system\ny:\n  _target_: ${x}", "os.system", id="through an interpolation"),
    pytest.param("x: os\n_target_: ${x}.system", "os.system", id="through a part"),
    pytest.param("x: {a: os}\ny: system\n_target_: ${x.a}.${y}", "os.system", id="through two parts"),
    pytest.param("_target_: ${oc.env:NOWHERE,os.system}", "os.system", id="what a resolver falls back to"),
    pytest.param("_target_: torch.os.system", "torch.os.system", id="a module inside of another"),
    pytest.param("_target_: torch.load\n_target_: posix.system", "posix.system", id="a key twice"),
    pytest.param("a: !!python/object/apply:os.system ['id']", "os.system", id="a tag that calls"),
    pytest.param("a: !!python/object/new:subprocess.Popen [id]", "subprocess.Popen", id="a tag that makes"),
    pytest.param(
        "%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!object/apply:os.system [x]",
        "os.system",
        id="a tag by another name",
    ),
    pytest.param("a: !!python/name:os.system", "os.system", id="a tag that imports"),
]


@pytest.mark.parametrize(("text", "subject"), TARGETS)
def test_a_target_that_calls_into_the_system(text: str, subject: str, look: Any) -> None:
    expected = f"model-foreign-name: {subject}"
    assert expected in look("conf/config.yaml", text.encode())
    assert expected in look("m.nemo", tar({"./model_config.yaml": text.encode(), "model_weights.ckpt": b"x"}))
    assert expected in look("m", tar({"model_config.yaml": text.encode()})), "whatever its name"


NEMO_CONFIG = b"""
target: nemo.collections.asr.models.EncDecCTCModel
preprocessor: {_target_: nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor, features: 80}
optim: {name: adamw, betas: [0.8, 0.25]}
trainer: {_target_: pytorch_lightning.Trainer, gpus: 1}
loss: {_target_: torch.nn.CTCLoss}
"""


def test_honest_configurations_are_quiet(look: Any) -> None:
    assert look("m.nemo", tar({"./model_config.yaml": NEMO_CONFIG, "./tokenizer.model": b"x"})) == []
    hydra = b"model:\n  _target_: myproject.models.Net\n  path:\n    _target_: pathlib.Path\nopt:\n  _target_: torch.optim.Adam\n  _partial_: true\n"
    assert look("conf/model.yaml", hydra) == [], "one's own classes in one's own project"
    diffusion = b"model:\n  target: ldm.models.diffusion.ddpm.LatentDiffusion\n  params: {first_stage_config: {target: ldm.models.autoencoder.AutoencoderKL}}\n"
    assert look("v1-inference.yaml", diffusion) == []
    assert look("mkdocs.yml", b"x:\n  slugify: !!python/name:material.extensions.emoji.twemoji\n") == []
    assert (
        look("mkdocs.yml", b"x:\n  slugify: !!python/object/apply:pymdownx.slugs.slugify\n    kwds: {case: lower}\n")
        == []
    )
    assert look("mkdocs.yml", b"x: !!python/object/apply:pymdownx_.slugs.slugify []\n") != []
    assert look("ci.yml", b"jobs:\n  target: build\n") == []
    for target in (
        *("test.example.com", "code.models.Net", "io.k8s.api", "http.server", "site.yml", "os.path.join"),
        *("os.environ.get", "os.path.exists", "${model.kind}.${name}", "${oc.env:HOME,a.b}"),
    ):
        assert look("ci.yml", f"a:\n  target: {target}\n  _target_: {target}\n".encode()) == [], (
            "names that projects have"
        )
    assert look("chart.yaml", b"target: {{ .Values.x }}\n{{- if }}\n") == [], "a template of YAML"
    assert look("data.yaml", b"a: [1, 2\n") == [], "no target, no business of ours"


def test_names_of_no_known_library_in_a_model(look: Any) -> None:
    assert look("m.nemo", tar({"model_config.yaml": b"_target_: acme.Thing"})) == ["model-foreign-name: acme.Thing"]
    assert look("m.nemo", tar({"model_config.yaml": b"_target_: torch.hub.load"})) == [
        "model-foreign-name: torch.hub.load"
    ]
    assert look("m.nemo", tar({"model_config.yaml": b"_target_: nemo.core.os.system"})) == [
        "model-foreign-name: nemo.core.os.system"
    ]


@pytest.mark.parametrize(
    "target",
    [
        "torch.utils.cpp_extension.load_inline",
        "torch.hub.list",
        "torch.jit.CompilationUnit",
        "torch.package.PackageImporter",
        "torch.serialization._load",
        "transformers.testing_utils.run_command",
        "transformers.dynamic_module_utils.get_class_from_dynamic_module",
        "monai.bundle.ConfigExpression",
        "lightning.pytorch.utilities.anything.at_all",
    ],
)
def test_parts_of_known_libraries_that_run_what_they_are_given(target: str, look: Any) -> None:
    config = f"decoder:\n  _target_: {target}\n".encode()
    assert look("m.nemo", tar({"model_config.yaml": config})) == [f"model-foreign-name: {target}"]


@pytest.mark.parametrize(
    "target",
    [
        "torch.nn.functional.relu",
        "torch.utils.data.DataLoader",
        "torch.bfloat16",
        "nemo.collections.llm.gpt.model.base.torch_dtype_from_mcore_config",
        "megatron.core.models.gpt.gpt_layer_specs.get_gpt_layer_local_spec",
        "nemo_text_processing.text_normalization.normalize.Normalizer",
        "lightning.pytorch.callbacks.ModelCheckpoint",
    ],
)
def test_what_honest_models_are_made_of(target: str, look: Any) -> None:
    assert look("m.nemo", tar({"model_config.yaml": f"decoder:\n  _target_: {target}\n".encode()})) == []


def test_references_that_come_to_too_many_names(look: Any) -> None:
    keys = "".join(f"- {{a: {number}, b: {number}}}\n" for number in range(200))
    (said,) = look("c.yaml", f"x:\n{keys}y:\n  _target_: ${{a}}.${{b}}\n".encode())
    assert said.startswith("unscannable: ")


SYMBOLIC, HARD, FOLDER, PIPE = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE
Member = tuple[str, bytes, str]
"""A name, a type, and what a link leads to."""


def with_links(members: list[Member], files: dict[str, bytes], style: int = tarfile.PAX_FORMAT) -> bytes:
    """The members without content stand in front of the files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=style) as archive:
        for name, kind, target in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


LEAVING: list[Any] = [
    pytest.param([], {"../../x": b"y"}, ["../../x"], id="a name with too many .."),
    pytest.param([], {"/etc/x": b"y"}, ["/etc/x"], id="an absolute name"),
    pytest.param([], {"a/../../x": b""}, ["a/../../x"], id="an empty file"),
    pytest.param([], {"..\\x": b"y"}, ["..\\x"], id="backslashes"),
    pytest.param([("w", SYMBOLIC, "/etc/passwd")], {}, ["w"], id="a link to an absolute path"),
    pytest.param([("w", SYMBOLIC, "../x")], {}, ["w"], id="a link up"),
    pytest.param([("a/w", SYMBOLIC, "../../x")], {}, ["a/w"], id="a link up from a folder"),
    pytest.param([("a/w", HARD, "../x")], {}, ["a/w"], id="a hard link counts from the top"),
    pytest.param([("w", HARD, "/etc/passwd")], {}, ["w"], id="a hard link to an absolute path"),
    pytest.param([("w", SYMBOLIC, "/" + "a" * 300)], {}, ["w"], id="a link of more than a header holds"),
    pytest.param([("a", SYMBOLIC, "b")], {"a/x": b"y"}, ["a/x"], id="a file through a link"),
    pytest.param([("A", SYMBOLIC, "b")], {"a/x": b"y"}, ["a/x"], id="a file through a link in another case"),
    pytest.param([("./a//b", SYMBOLIC, "c")], {"a/b/d/x": b"y"}, ["a/b/d/x"], id="a file through a link, deeper"),
    pytest.param([("a", SYMBOLIC, "b/c")], {"a/../x": b"y"}, ["a/../x"], id="a file through a link and up"),
    pytest.param(
        [("d/up", SYMBOLIC, ".."), ("w", SYMBOLIC, "d/up/..")],
        {},
        ["w"],
        id="CVE-2025-4517: a link through a link and up",
    ),
    pytest.param([("d/up", SYMBOLIC, ".."), ("w", HARD, "d/up/../x")], {}, ["w"], id="a hard link through a link"),
    pytest.param([("p", PIPE, "")], {}, ["p"], id="a pipe"),
]


@pytest.mark.parametrize(("members", "files", "subjects"), LEAVING)
def test_a_model_that_leaves_its_folder_when_it_is_unpacked(
    members: list[Member], files: dict[str, bytes], subjects: list[str], look: Any
) -> None:
    expected = [f"model-file-access: {subject}" for subject in subjects]
    for style in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        nemo = with_links(members, {**files, "./model_config.yaml": b"a: 1"}, style)
        assert look("m.nemo", nemo, level=Level.ERROR) == expected
        assert look("m", nemo, level=Level.ERROR) == expected, "whatever its name"
        served = with_links(members, {**files, "MAR-INF/MANIFEST.json": b"{}"}, style)
        assert look("m.mar", served, level=Level.ERROR) == expected
        other = with_links(members, {**files, "model.pth": b"x"}, style)
        assert look("model.tar", other, level=Level.ERROR) == []
        assert look("model.tar", other) == expected, "also where no loader unpacks it, as a warning"


STAYING: list[Any] = [
    pytest.param([("d", FOLDER, ""), ("d/w", SYMBOLIC, "../x")], {"x": b"y"}, id="a link inside"),
    pytest.param([("w", SYMBOLIC, "blobs/x")], {"blobs/x": b"y"}, id="a link down"),
    pytest.param([("d/w", HARD, "d/x")], {"d/x": b"y"}, id="a hard link inside"),
    pytest.param(
        [("a", SYMBOLIC, "b")], {"b/x": b"y", "ab/x": b"y"}, id="a link to a folder that nothing goes through"
    ),
    pytest.param([(".", FOLDER, ""), ("./a/..", FOLDER, "")], {"a/../b": b"y"}, id="a name that comes back"),
]


@pytest.mark.parametrize(("members", "files"), STAYING)
def test_links_that_stay_inside_are_quiet(members: list[Member], files: dict[str, bytes], look: Any) -> None:
    assert look("m.nemo", with_links(members, {**files, "model_config.yaml": b"a: 1"})) == []
    assert look("model.tar", with_links(members, {**files, "model.pth": b"x"})) == []


def test_links_in_archives_of_other_things_are_their_owners_business(look: Any) -> None:
    system = with_links([("usr/bin/python", SYMBOLIC, "/usr/bin/python3")], {"etc/hosts": b"x", "../a": b"y"})
    assert look("layer.tar", system, level=Level.NOTE) == []


@pytest.mark.parametrize(
    ("target", "leaves"), [("/etc/passwd", True), ("../../x", True), ("../x", False), ("x", False)]
)
def test_links_in_zip_archives(target: str, leaves: bool, look: Any) -> None:
    for name, is_model in (("model.pt", True), ("m/weights.safetensors", True), ("notes.txt", False)):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            link = zipfile.ZipInfo("d/link")
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, target)
            archive.writestr(name, b"x" if is_model else b"text")
        found = [line for line in look("a.zip", out.getvalue()) if "link" in line]
        assert found == (["model-file-access: d/link"] if leaves and is_model else [])


@pytest.mark.parametrize("kind", [SYMBOLIC, HARD])
def test_a_configuration_that_is_a_link_to_a_member_of_another_name(kind: bytes, look: Any) -> None:
    links: list[Member] = [("./model_config.yaml", kind, "other"), ("other", SYMBOLIC, "d/notes.txt")]
    data = with_links(links, {"d/notes.txt": b"_target_: os.system"})
    assert look("m.nemo", data) == ["model-foreign-name: os.system"]
    assert look("m", data) == ["model-foreign-name: os.system"]
    circle = with_links([("model_config.yaml", kind, "b"), ("b", SYMBOLIC, "model_config.yaml")], {"x": b"y"})
    assert look("m.nemo", circle) == []


def test_very_long_ways_and_very_many_links_do_not_hang(look: Any) -> None:
    deep = "a/" * 2000
    members: list[Member] = [(f"{deep}{number}", SYMBOLIC, f"{deep}x") for number in range(300)]
    assert len(look("m.nemo", with_links(members, {"model_config.yaml": b"a: 1"}))) == 20
    many: list[Member] = [(f"l{number}", SYMBOLIC, "x") for number in range(10_001)]
    assert "symbolic links" in look("m.nemo", with_links(many, {"model_config.yaml": b"a: 1"}))[0]


@pytest.mark.parametrize("text", [b"_target_: [", b"_target_: " + b"[" * 5000, b"_target_: \x00"])
def test_yaml_that_cannot_be_read_is_not_called_clean(text: bytes, look: Any) -> None:
    assert look("c.yaml", text)[0].startswith("unscannable: ")


def test_many_aliases_do_not_hang(look: Any) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"] + [
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)
    ]
    assert look("c.yaml", "\n".join([*lines, "_target_: os.system"]).encode()) == ["model-foreign-name: os.system"]


# --- MLflow -----------------------------------------------------------------------------------------------------------

MLFLOW = (
    "artifact_path: model\nflavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: "
    "model.pkl\n    env: {conda: conda.yaml}\n"
)


def test_mlflow(look: Any) -> None:
    assert look("MLmodel", MLFLOW.encode(), level=Level.NOTE) == []
    foreign = MLFLOW.replace("mlflow.sklearn", "acme.loader")
    assert look("MLmodel", foreign.encode()) == []
    assert look("MLmodel", foreign.encode(), level=Level.NOTE) == ["model-foreign-name: acme.loader"]
    hostile = MLFLOW.replace("mlflow.sklearn", "subprocess")
    assert look("m/MLmodel", hostile.encode()) == ["model-foreign-name: subprocess"]
    assert look("model.zip", zipped({"model/MLmodel": hostile})) == ["model-foreign-name: subprocess"]
    outside = MLFLOW.replace("model.pkl", "../../x.pkl")
    assert look("MLmodel", outside.encode()) == ["model-file-access: ../../x.pkl"]
    assert look("MLmodel", (MLFLOW + "    code: code\n").encode(), level=Level.NOTE) == ["model-code: code"]


# --- skops ------------------------------------------------------------------------------------------------------------


def node(loader: str, module: str, name: str, **more: Any) -> dict[str, Any]:
    return {"__loader__": loader, "__module__": module, "__class__": name, **more}


SKOPS = [
    pytest.param(node("FunctionNode", "os", "system"), "os.system", id="a function of the system"),
    pytest.param(node("FunctionNode", "builtins", "eval"), "builtins.eval", id="eval"),
    pytest.param(
        node("OperatorFuncNode", "sklearn.linear_model", "methodcaller"),
        "sklearn.linear_model.methodcaller",
        id="CVE-2025-54412: operator by another name",
    ),
    pytest.param(
        node("OperatorFuncNode", "operator", "methodcaller"),
        "operator.methodcaller",
        id="CVE-2025-54412: a method of anything",
    ),
    pytest.param(
        node("MethodNode", "builtins", "int", content={"func": "x", "obj": node("ObjectNode", "sklearn.tree", "T")}),
        "sklearn.tree.T",
        id="CVE-2025-54413: another object than it says",
    ),
    pytest.param(
        node(
            "MethodNode",
            "sklearn.tree",
            "T",
            content={"func": "__reduce__", "obj": node("ObjectNode", "sklearn.tree", "T")},
        ),
        "__reduce__",
        id="CVE-2025-54413: a hidden method",
    ),
    pytest.param(node("FunctionNode", "numpy", "load"), "numpy.load", id="a loader of a known library"),
    pytest.param(
        node("FunctionNode", "numpy.testing", "runstring"), "numpy.testing.runstring", id="a helper of a known library"
    ),
    pytest.param(node("ObjectNode", "acme", "Thing"), "acme.Thing", id="an unknown library"),
    pytest.param(node("OperatorFuncNode", "a\nb", "c\nd"), "a\nb.c\nd", id="a name over two lines, of an operator"),
    pytest.param(node("ObjectNode", "a\nb", "c\nd"), "a\nb.c\nd", id="a name over two lines, of a class"),
]


@pytest.mark.parametrize(("item", "subject"), SKOPS)
def test_a_skops_file_with_names_that_do_not_belong(item: Any, subject: str, look: Any) -> None:
    schema = json.dumps({**node("DictNode", "builtins", "dict"), "protocol": 2, "content": {"a": [item]}})
    assert look("m.skops", zipped({"schema.json": schema})) == [f"model-foreign-name: {subject}"]
    assert look("m.zip", zipped({"schema.json": schema})) == [f"model-foreign-name: {subject}"]
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        assert look("m.skops", zipped({"schema.json": schema.encode(encoding)})) == [f"model-foreign-name: {subject}"]
    escaped = '{"x": NaN, ' + schema[1:].replace("__", "\\u005f_")
    assert look("m.skops", zipped({"schema.json": escaped})) == [f"model-foreign-name: {subject}"]
    assert look("m.skops", zipped({"schema.json": escaped[:-1]})) == ["model-malformed: schema"]


def test_skops_that_is_no_zip(look: Any) -> None:
    assert look("m.skops", b"\x80\x04}.") == ["model-malformed: no zip"], "CVE-2025-54886"


def test_skops_of_the_real_library_is_quiet(look: Any) -> None:
    sio = pytest.importorskip("skops.io")
    compose, ensemble = pytest.importorskip("sklearn.compose"), pytest.importorskip("sklearn.ensemble")
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    x, y = np.abs(np.random.default_rng(0).random((20, 3))), np.array([0, 1] * 10)
    columns = compose.make_column_transformer((StandardScaler(), [0, 1]), (OneHotEncoder(handle_unknown="ignore"), [2]))
    for model in (
        make_pipeline(StandardScaler(), FunctionTransformer(np.abs), LogisticRegression()).fit(x, y),
        make_pipeline(columns, ensemble.RandomForestClassifier(3)).fit(x, y),
        ensemble.HistGradientBoostingClassifier(max_iter=2).fit(x, y),
        TfidfVectorizer().fit(["aa bb cc", "dd ee ff"]),
    ):
        assert look("m.skops", sio.dumps(model)) == []


# --- TorchServe, TorchScript
# --------------------------------------------------------------------------------------------


def test_a_torchserve_archive_with_code(look: Any) -> None:
    members: dict[str, bytes | str] = {
        "MAR-INF/MANIFEST.json": "{}",
        "handler.py": "x = 1",
        "requirements.txt": "numpy\n",
    }
    assert look("m.mar", zipped(members)) == ["model-code: code"]
    assert look("m", zipped(members)) == ["model-code: code"]
    members["requirements.txt"] = "numpy\n--extra-index-url http://evil\n"
    assert look("m.mar", zipped(members)) == ["model-code: code", "model-code: requirements"]
    assert look("m.mar", zipped({"MAR-INF/MANIFEST.json": "{}", "model.onnx.txt": "x"})) == []
    assert look("m.mar", tar({"MAR-INF/MANIFEST.json": b"{}", "h.py": b"x"})) == ["model-code: code"]


def torchscript(code: str, **more: str) -> bytes:
    return zipped({"m/constants.pkl": "x", "m/data.pkl": "x", "m/code/__torch__/m.py": code, **more})


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("torch.save(x, 'f')", ["model-file-access: torch.save"], id="saves"),
        pytest.param(
            "_0 = torch.from_file('/etc/passwd', False, 9)", ["model-file-access: torch.from_file"], id="reads"
        ),
        pytest.param("ops.aten.from_file('x')", ["model-file-access: torch.from_file"], id="reads by its full name"),
        pytest.param("torch . save(x, 'f')", ["model-file-access: torch.save"], id="blanks"),
        pytest.param("(torch\n  # why\n  .save)(x, 'f')", ["model-file-access: torch.save"], id="lines and a comment"),
        pytest.param("torch.\\\nsave(x, 'f')", ["model-file-access: torch.save"], id="a line that goes on"),
        pytest.param("a = '#'; (torch).save(x, 'f')", ["model-file-access: torch.save"], id="no comment at all"),
        pytest.param("f = torch.save\nf(x, 'f')", ["model-file-access: torch.save"], id="an operator by another name"),
        pytest.param("m = torch\nm.save(x, 'f')", ["model-file-access: torch by another name"], id="another name"),
        pytest.param(
            "m = (ops.aten)\nm.save(x, 'f')", ["model-file-access: ops.aten by another name"], id="aten by another name"
        ),
        pytest.param(
            "getattr(torch, 'save')(x, 'f')", ["model-file-access: torch by another name"], id="getattr on torch"
        ),
        pytest.param(
            "def forward(self, x: Tensor) -> Tensor:\n  return torch.add(ops.quantized.linear(x), 1)", [], id="ordinary"
        ),
        pytest.param("x = (self.net).save(torch.ones([2]), mode='torch')\ny = self.torch", [], id="one's own methods"),
    ],
)
def test_code_of_torchscript(code: str, expected: list[str], look: Any) -> None:
    assert look("m.pt", torchscript(code)) == expected


def test_operators_outside_of_the_code(look: Any) -> None:
    operators = pickle.dumps(("bytecode", (("aten::save", ""), ("aten::add", "Tensor"))), 2)
    mobile = zipped({"m/constants.pkl": "x", "m/data.pkl": "x", "m/bytecode.pkl": operators})
    assert look("m.ptl", mobile) == ["model-file-access: torch.save"]
    nodes = [
        {"target": f"torch.ops.{name}"} for name in ("aten.add.Tensor", "aten.from_file.default", "acme.x.default")
    ]
    exported = json.dumps({"graph_module": {"graph": {"nodes": nodes}}})
    found = look("m.pt2", zipped({"m/archive_format": "pt2", "m/models/model.json": exported}), level=Level.NOTE)
    assert found == ["model-file-access: torch.from_file", "custom-operator: acme"]


def test_operators_and_machine_code(look: Any) -> None:
    assert look("m.pt", torchscript("ops.acme.fuse(x)"), level=Level.NOTE) == ["custom-operator: acme"]
    packed = zipped({"m/archive_format": "pt2", "m/data/aotinductor/model/x.so": b"\x7fELF"})
    assert look("m.pt2", packed) == ["model-code: native code"]


def test_torchscript_of_the_real_library_is_quiet(tmp_path: Path, look: Any) -> None:
    torch = pytest.importorskip("torch")
    torch.jit.save(torch.jit.script(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())), tmp_path / "m.pt")
    assert look("m.pt", (tmp_path / "m.pt").read_bytes(), level=Level.NOTE) == []
    torch.export.save(torch.export.export(torch.nn.Linear(2, 2), (torch.ones(1, 2),)), tmp_path / "m.pt2")
    assert look("m.pt2", (tmp_path / "m.pt2").read_bytes(), level=Level.NOTE) == []


# --- programs, XML, boosters
# --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        pytest.param("m.llamafile", b"MZqFpD='\n" + b"x" * 99, ["model-code: program"], id="a llamafile"),
        pytest.param("llava", b"MZqFpD='\n" + b"x" * 99, ["model-code: program"], id="a llamafile without a suffix"),
        pytest.param(
            "m.gguf",
            b"\x7fELF" + b"\2\1\1" + b"\0" * 99,
            ["model-code: program", "model-malformed: header"],
            id="ELF as GGUF",
        ),
        pytest.param("m.pt", b"MZ\x90\0" + b"\0" * 99, ["model-code: program"], id="a Windows program as a checkpoint"),
        pytest.param("m.pt", b"#!/bin/sh\n", ["model-code: program"], id="a script as a checkpoint"),
        pytest.param("tool", b"\x7fELF" + b"\0" * 99, [], id="a program that says so"),
        pytest.param("run.sh", b"#!/bin/sh\n", [], id="a script that says so"),
    ],
)
def test_programs(name: str, data: bytes, expected: list[str], look: Any) -> None:
    assert sorted(look(name, data)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><PMML>&a;</PMML>',
            ["model-file-access: file:///etc/passwd"],
            id="an external entity",
        ),
        pytest.param(
            '<!DOCTYPE x [<!ENTITY % a PUBLIC "p" "http://e/x">]><PMML/>',
            ["model-file-access: http://e/x"],
            id="an external parameter",
        ),
        pytest.param(
            '<!DOCTYPE net SYSTEM "http://e/x.dtd"><net/>', ["model-file-access: http://e/x.dtd"], id="an external type"
        ),
        pytest.param(
            '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><PMML>&b;</PMML>',
            ["model-malformed: entities"],
            id="a bomb",
        ),
        pytest.param(
            '<PMML xmlns:xi="x"><xi:include href="/etc/passwd"/></PMML>',
            ["model-file-access: /etc/passwd"],
            id="an inclusion",
        ),
        pytest.param('<?xml version="1.0"?><PMML version="4.4"><Header/></PMML>', [], id="PMML"),
        pytest.param('<?xml version="1.0"?><net name="m" version="11"><layers/></net>', [], id="OpenVINO"),
    ],
)
def test_xml(text: str, expected: list[str], look: Any) -> None:
    assert look("m.pmml", text.encode()) == expected
    assert look("m.xml", text.encode()) == expected
    assert look("m.pmml", text.encode("utf-16")) == expected
    assert look("m.pmml", text.encode("utf-16-le")) == (expected if text.startswith(("<!", "<?")) else [])


def test_native_boosters_are_quiet(tmp_path: Path, look: Any) -> None:
    x, y = np.random.default_rng(0).random((30, 3)), np.array([0, 1] * 15)
    xgboost = pytest.importorskip("xgboost")
    booster = xgboost.train({"max_depth": 2}, xgboost.DMatrix(x, y), 2)
    for suffix in ("json", "ubj"):
        booster.save_model(tmp_path / f"x.{suffix}")
    lightgbm = pytest.importorskip("lightgbm")
    lightgbm.train({"verbose": -1, "num_leaves": 3, "min_data_in_leaf": 1}, lightgbm.Dataset(x, y), 2).save_model(
        tmp_path / "l.txt"
    )
    catboost = pytest.importorskip("catboost")
    catboost.CatBoostClassifier(iterations=2, verbose=0, allow_writing_files=False).fit(x, y).save_model(
        str(tmp_path / "c.cbm")
    )
    for path in sorted(tmp_path.iterdir()):
        assert look(path.name, path.read_bytes(), level=Level.NOTE) == [], path.name


def test_a_packed_nemo_file_is_seen_by_the_room(tmp_path: Path) -> None:
    from mlhooks.core.files import File
    from mlhooks.unsafe_models import HOOK

    path = tmp_path / "m.nemo"
    path.write_bytes(gzip.compress(tar({"model_config.yaml": b"_target_: os.system"})))
    options = {option.name: option.default for option in HOOK.options}
    assert [f.rule.id for f in HOOK.check(File(str(path)), options)] == ["model-foreign-name"]
