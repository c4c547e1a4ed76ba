"""Keras, in its archives and in HDF5: every documented attack, and the models that people save."""

from __future__ import annotations

import base64
import io
import json
import marshal
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from mlhooks.core.finding import Level

BYTECODE = base64.b64encode(marshal.dumps(compile("lambda x: x", "<s>", "eval"))).decode()
DENSE = {
    "module": "keras.layers",
    "class_name": "Dense",
    "config": {"name": "d", "units": 1, "activation": "relu"},
    "registered_name": None,
}
SCRIPT = {"class_name": "function", "config": "relu", "module": "builtins", "registered_name": "function"}


def layer(class_name: str, config: Any, **more: Any) -> dict[str, Any]:
    return {"module": "keras.layers", "class_name": class_name, "config": config, "registered_name": None, **more}


def model(*layers: Any) -> dict[str, Any]:
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [DENSE, *layers]}}


def archive(config: Any, *, twice: Any = None, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as zipped:
        zipped.writestr("metadata.json", '{"keras_version": "3.9.0"}')
        for item in (config, twice):
            if item is not None:
                zipped.writestr("config.json", item if isinstance(item, str | bytes) else json.dumps(item))
    return out.getvalue()


ATTACKS = [
    pytest.param(
        layer("Lambda", {"name": "l", "function": {"class_name": "__lambda__", "config": {"value": BYTECODE}}}),
        ["model-code: Lambda", "model-code: __lambda__"],
        id="CVE-2024-3660: a Lambda layer",
    ),
    pytest.param(
        layer("Lambda", {"name": "l", "function": [BYTECODE, None, None], "function_type": "lambda"}),
        ["model-code: Lambda"],
        id="CVE-2025-9905: a Lambda layer of Keras 2",
    ),
    pytest.param(
        layer("Dense", {"activation": {"class_name": "__lambda__", "config": {"value": BYTECODE}}}),
        ["model-code: __lambda__"],
        id="a lambda as an activation",
    ),
    pytest.param(layer("x>Lambda", {}), ["model-code: Lambda"], id="a Lambda by its registered name"),
    pytest.param(
        {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"},
        ["model-foreign-name: os.system"],
        id="CVE-2025-1550: any function by name",
    ),
    pytest.param(
        {"module": "builtins", "class_name": "function", "config": "exec"},
        ["model-foreign-name: builtins.exec"],
        id="CVE-2025-1550: Python's own functions",
    ),
    pytest.param(
        {"module": "keras.utils", "class_name": "function", "config": "get_file", "registered_name": "get_file"},
        ["model-foreign-name: keras.utils.get_file"],
        id="CVE-2025-8747: functions of Keras that fetch",
    ),
    pytest.param(
        {"module": "keras.config", "class_name": "function", "config": "enable_unsafe_deserialization"},
        ["model-code: enable_unsafe_deserialization", "model-foreign-name: keras.config.enable_unsafe_deserialization"],
        id="CVE-2025-9906: switches off the protection",
    ),
    pytest.param(
        layer("TorchModuleWrapper", {"module": "gASV"}),
        ["model-code: TorchModuleWrapper"],
        id="CVE-2025-49655: a pickled torch module",
    ),
    pytest.param(
        layer("StringLookup", {"vocabulary": "/etc/passwd"}),
        ["model-file-access: /etc/passwd"],
        id="CVE-2025-12058: a vocabulary from a path",
    ),
    *(
        pytest.param(
            layer("TFOpLambda", {"function": name}), [f"model-foreign-name: tensorflow.{name}"], id=f"TFOpLambda {name}"
        )
        for name in ("io.write_file", "load_op_library", "compat.v1.io.gfile.remove", "raw_ops.WriteFile")
    ),
    pytest.param(
        {"module": "keras.src.utils.python_utils", "class_name": "func_load", "config": {}},
        ["model-foreign-name: keras.src.utils.python_utils.func_load"],
        id="a function of Keras as a class",
    ),
    pytest.param(
        layer("TFSMLayer", {"filepath": "/tmp/m"}), ["model-file-access: TFSMLayer"], id="a SavedModel by path"
    ),
    pytest.param(
        {"module": "subprocess", "class_name": "Popen", "config": {}},
        ["model-foreign-name: subprocess.Popen"],
        id="a class of the standard library",
    ),
    pytest.param(
        {"module": "my.layers", "class_name": "Mine", "config": {}, "registered_name": "Mine"},
        ["model-foreign-name: my.layers.Mine"],
        id="a class of an unknown library",
    ),
]

QUIET = [
    pytest.param(DENSE, id="a layer"),
    pytest.param(layer("Dense", {"activation": SCRIPT}), id="a function of Keras by name"),
    pytest.param(layer("StringLookup", {"vocabulary": ["a", "b"]}), id="a vocabulary inside"),
    pytest.param(layer("Masking", {"mask_value": float("nan"), "max": float("inf")}), id="numbers only Python knows"),
    *(
        pytest.param(layer("TFOpLambda", {"function": name}), id=f"TFOpLambda {name}")
        for name in ("math.add", "compat.v1.shape", "io.decode_jpeg", "experimental.numpy.dot", "__operators__.add")
    ),
    pytest.param(
        {"module": None, "class_name": "Mine", "config": {}, "registered_name": "my>Mine"},
        id="a registered class is a note",
    ),
    pytest.param(
        {"module": "keras.src.losses.losses", "class_name": "function", "config": "mse", "registered_name": "mse"},
        id="an inner module of Keras",
    ),
    pytest.param({"class_name": "__tuple__", "items": [1]}, id="plain data"),
    pytest.param({"class_name": "cat", "id": 1}, id="a dict that only looks like it"),
]


def hdf5(config: str, *, vlen: bool, **more: Any) -> bytes:
    h5py = pytest.importorskip("h5py")
    out = io.BytesIO()
    with h5py.File(out, "w", **more) as file:
        file.attrs["model_config"] = config.encode() if not vlen else config
        group = file.create_group("model_weights/dense")
        group.create_dataset("kernel", data=[[1.0, 2.0]])
    return out.getvalue()


@pytest.mark.parametrize(("item", "expected"), ATTACKS)
def test_an_attack_is_found_in_an_archive(item: Any, expected: list[str], look: Any) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
        assert look("m.keras", archive(model(item), method=method)) == expected
    assert look("model", archive(model(item))) == expected, "whatever its name"
    assert look("m.keras", b"junk\n" + archive(model(item)) + b"tail") == expected, "with bytes around"
    nested = model(layer("TimeDistributed", {"layer": layer("Bidirectional", {"layer": item})}))
    assert look("m.keras", archive(nested)) == expected
    assert look("architecture.json", json.dumps(model(item)).encode()) == expected
    assert look("m.keras", archive(model(item), twice=model())) == ["model-malformed: config.json twice", *expected]
    assert look("m.keras", archive(json.dumps(model(item)).replace("class_name", "\\u0063lass_name"))) == expected
    for encoding in ("utf-8-sig", "utf-16", "utf-32-le"):
        assert look("m.keras", archive(json.dumps(model(item)).encode(encoding))) == expected


@pytest.mark.parametrize(("item", "expected"), ATTACKS)
def test_an_attack_is_found_in_hdf5(item: Any, expected: list[str], look: Any) -> None:
    text = json.dumps(model(item))
    for vlen in (False, True):
        for options in ({}, {"libver": "latest"}, {"userblock_size": 1024}, {"track_order": True}):
            assert look("m.h5", hdf5(text, vlen=vlen, **options)) == expected, options
    big = json.dumps(model(layer("Dense", {"x": "y" * 100_000}), item))
    assert look("weights.bin", hdf5(big, vlen=True)) == expected
    assert look("weights.bin", hdf5(text, vlen=False, userblock_size=8192)) == expected


@pytest.mark.parametrize("item", QUIET)
def test_ordinary_configurations_are_quiet(item: Any, look: Any) -> None:
    assert look("m.keras", archive(model(item))) == []
    assert look("model.json", json.dumps(model(item)).encode()) == []


def test_a_key_twice_in_the_configuration(look: Any) -> None:
    hostile, plain = json.dumps(ATTACKS[4].values[0]), json.dumps(DENSE)
    text = json.dumps(model("HERE"))
    for first, second in ((hostile, plain), (plain, hostile)):
        found = look("m.keras", archive(text.replace('"HERE"', f"{first[:-1]}, {second[1:]}")))
        assert found[0].startswith("model-malformed: ")
        assert "model-foreign-name: os.system" in found


def test_a_key_twice_and_broken_json_behind_it(look: Any) -> None:
    assert look("m.keras", archive('{"class_name": "A", "config": {"a": 1, "a": 2}} more')) == [
        "model-malformed: a twice"
    ]


def test_keys_twice_in_every_object_of_many_do_not_hang(look: Any) -> None:
    text = '{"class_name":"A","class_name":"B","config":' * 400 + "1" + "}" * 400
    assert look("m.keras", archive(text)) == ["model-malformed: class_name twice"]


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret.h5", "beside.h5"])
@pytest.mark.parametrize("options", [{}, {"libver": "latest"}])
def test_other_files_that_hdf5_would_read(path: str, options: Any, look: Any) -> None:
    h5py = pytest.importorskip("h5py")
    for count in (1, 40):  # forty links do not fit into a header: they are kept in a heap
        out = io.BytesIO()
        with h5py.File(out, "w", **options) as file:
            file.attrs["keras_version"] = "3.0"
            for index in range(count):
                file[f"l{index}"] = h5py.ExternalLink(path, "/x")
        assert set(look("m.h5", out.getvalue())) == {f"model-file-access: {path}"}, count
    out = io.BytesIO()
    with h5py.File(out, "w", **options) as file:
        file.attrs["layer_names"] = ["a"]
        file.create_dataset("w", (4,), "f4", external=[(path, 0, 16)])
    assert look("m.weights.h5", out.getvalue()) == [f"model-file-access: {path}"], "CVE-2026-1669"
    out = io.BytesIO()
    with h5py.File(out, "w", libver="latest") as file:
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource(path, "d", (4,))
        file.attrs["backend"] = "x"
        file.create_virtual_dataset("w", layout)
    assert look("m.h5", out.getvalue()) == [f"model-file-access: {path}"]


def test_scientific_data_may_be_split_over_files(look: Any) -> None:
    h5py = pytest.importorskip("h5py")
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file["l"] = h5py.ExternalLink("part1.h5", "/x")
        file["soft"] = h5py.SoftLink("/l")
        file.attrs["json"] = '{"a": 1}'
    assert look("data.h5", out.getvalue()) == []
    assert look("data.h5", out.getvalue(), level=Level.NOTE) == ["model-file-access: part1.h5"]


@pytest.mark.parametrize("size", [8, 9, 60, 200, 800])
def test_a_file_that_is_cut_off_is_not_called_clean(size: int, look: Any) -> None:
    data = hdf5(json.dumps(model(ATTACKS[0].values[0])), vlen=True)
    assert look("m.h5", data[:size]) != [] or b"Lambda" not in data[:size]


def test_honest_models_of_the_real_library_are_quiet(tmp_path: Path, look: Any) -> None:
    pytest.importorskip("torch")
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    layers = keras.layers
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, activation=keras.activations.gelu, kernel_regularizer=keras.regularizers.L2(0.1))(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.Flatten()(layers.MaxPooling2D()(x))
    functional = keras.Model(inputs, layers.Dense(2, kernel_initializer=keras.initializers.HeNormal())(x) * 2.0)
    functional.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)),
        loss=keras.losses.mean_squared_error,
        metrics=["mae", keras.metrics.AUC()],
    )
    sequence = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Embedding(9, 4),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.GRU(2),
            layers.Dense(1, activation="softmax"),
        ]
    )
    sequence.compile(loss="binary_crossentropy", optimizer="sgd")
    lookup = keras.Sequential(
        [keras.Input((4,)), layers.Normalization(mean=0.0, variance=1.0), layers.Rescaling(2.0), layers.Dropout(0.1)]
    )
    for index, network in enumerate((functional, sequence, lookup)):
        for suffix in (".keras", ".h5", ".weights.h5"):
            path = tmp_path / f"m{index}{suffix}"
            network.save(path) if "weights" not in suffix else network.save_weights(path)
            assert look(path.name, path.read_bytes()) == [], path.name
        assert look("model.json", network.to_json().encode()) == []
    hostile = keras.Sequential([keras.Input((4,)), layers.Lambda(lambda x: x * 2)])
    hostile.save(tmp_path / "l.keras")
    hostile.save(tmp_path / "l.h5")
    for name in ("l.keras", "l.h5"):
        assert "model-code: Lambda" in look(name, (tmp_path / name).read_bytes())
