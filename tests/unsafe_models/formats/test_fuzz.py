"""Mutated files of every format and of every kind that converts: no crash, no hang, bounded memory.

A short run each time; `-m campaign` takes ten minutes for each.
"""

from __future__ import annotations

import io
import json
import pickle
import random
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from model_formats import findings_of
from wire import message

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.convert.plan import plan
from mlhooks.unsafe_models.convert.sources import opened
from mlhooks.unsafe_models.convert.tensors import pieces

NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, (1 << 63) - 1, (1 << 64) - 1]


def zipped(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "."), text)
    return out.getvalue()


def seeds() -> dict[str, bytes]:
    """One small file of each format, by name."""
    header = json.dumps(
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "__metadata__": {"k": "{{ a }}"}}
    ).encode()
    keras = {"class_name": "Lambda", "config": {"name": "l"}, "module": "keras.layers"}
    key = b"tokenizer.chat_template"
    found = {
        "m.safetensors": struct.pack("<Q", len(header)) + header + b"abcd",
        "m.gguf": b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, len(key)) + key + struct.pack("<IQ", 8, 5) + b"{{a}}",
        "chat_template.jinja": b"{% for m in messages %}{{ m['a' ~ 'b'] | map(attribute='x') | join }}{% endfor %}",
        "tokenizer_config.json": json.dumps(
            {"chat_template": [{"name": "a", "template": "{{ x.y }}"}], "auto_map": {"A": "b--c.D"}}
        ).encode(),
        "m.keras": zipped(config__json=json.dumps(keras), metadata__json="{}"),
        "m.skops": zipped(schema__json='{"__loader__": "FunctionNode", "__module__": "os", "__class__": "system"}'),
        "m.onnx": message({1: 8, 2: "p", 7: message({5: message({8: "w", 13: message({1: "location", 2: "../x"})})})}),
        "saved_model.pb": message({1: 1, 2: message({2: message({1: message({1: "n", 2: "ReadFile"})})})}),
        "m.mlmodel": message({1: 4, 500: message({1: message({500: message({10: "C"})})})}),
        "c.yaml": b"a: &x {_target_: os.system, b: [1, *x]}\nc: !!python/name:os.system\n",
        "m.pmml": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///x">]><PMML/>',
        "m.rds": b"X\n" + struct.pack(">9i", 2, 0, 0, 19, 2, 254, 5, 254, 254),
    }
    try:
        import h5py
    except ImportError:
        return found
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file.attrs["model_config"] = json.dumps(keras)
        file["l"] = h5py.ExternalLink("../x", "/y")
    return {**found, "m.h5": out.getvalue()}


def mutated(data: bytes, rng: random.Random) -> bytes:
    new = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 12])):
        if not new:
            break
        at, kind = rng.randrange(len(new)), rng.randrange(6)
        if kind == 0:
            new[at] = rng.randrange(256)
        elif kind == 1:
            new[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del new[at : at + rng.choice([1, 2, 8, 50])]
        elif kind == 3:
            width = rng.choice([1, 2, 4, 8])
            new[at : at + width] = (rng.choice(NUMBERS) & (1 << 8 * width) - 1).to_bytes(width, "little")
        elif kind == 4:
            other = rng.randrange(len(new))
            new[at:at] = new[other : other + rng.choice([2, 8, 64])]
        else:
            new = new[:at]
    return bytes(new)


def fuzz(run: Callable[[str, bytes], None], files: dict[str, bytes], *, runs: int = 0, seconds: float = 0) -> None:
    rng, names, end, done = random.Random(runs), sorted(files), time.monotonic() + seconds, 0
    while done < runs or time.monotonic() < end:
        name = rng.choice(names)
        data = mutated(files[name], rng)
        done += 1
        start = time.monotonic()
        try:
            run(name, data)
        except Unscannable:
            pass
        except Exception as crash:
            raise AssertionError(f"{name}: {data!r}") from crash
        assert time.monotonic() - start < 10, f"{name}: {data!r}"


def look_at(name: str, data: bytes) -> None:
    findings_of(name, data)


def test_mutated_files_of_every_format() -> None:
    fuzz(look_at, seeds(), runs=4000)


@pytest.mark.campaign
def test_mutated_files_of_every_format_for_long() -> None:
    fuzz(look_at, seeds(), seconds=600)


def convertible() -> dict[str, bytes]:
    found = {f"{protocol}.pkl": pickle.dumps({"a": np.eye(3), "b": [np.float32(1)]}, protocol) for protocol in range(6)}
    for name, write in (("m.npz", np.savez), ("p.npz", np.savez_compressed)):
        out = io.BytesIO()
        write(out, a=np.eye(3), b=np.arange(4, dtype=">i2"))
        found[name] = out.getvalue()
    try:
        import torch
    except ImportError:
        return found
    for is_zip in (True, False):
        out = io.BytesIO()
        state = {"a": torch.ones(3, 4).t(), "n": {"b": torch.ones(2, dtype=torch.complex64).conj()}, "e": 1}
        torch.save(state, out, _use_new_zipfile_serialization=is_zip)
        found[f"{is_zip}.pt"] = out.getvalue()
    return found


def read_all(folder: Path) -> Callable[[str, bytes], None]:
    def run(name: str, data: bytes) -> None:
        (folder / name).write_bytes(data)
        with opened(str(folder / name)) as model:
            for tensor in plan(model, None).tensors.values():
                assert sum(map(len, pieces(tensor))) == tensor.size_bytes

    return run


def test_mutated_files_that_convert(tmp_path: Path) -> None:
    fuzz(read_all(tmp_path), convertible(), runs=4000)


@pytest.mark.campaign
def test_mutated_files_that_convert_for_long(tmp_path: Path) -> None:
    fuzz(read_all(tmp_path), convertible(), seconds=600)
