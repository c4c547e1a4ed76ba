"""Conversion equals what torch and numpy load, bit by bit; and what cannot be converted is refused in words."""

from __future__ import annotations

import collections
import io
import json
import os
import pickle
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file as load_numpy

from mlhooks.__main__ import main
from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.convert.sources import opened

torch: Any = pytest.importorskip("torch")
load_torch: Any = pytest.importorskip("safetensors.torch").load_file


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def bits(tensor: Any) -> bytes:
    """The tensor's bytes, in order, resolved."""
    plain = tensor.detach().resolve_conj().resolve_neg().contiguous()
    return bytes(plain.view(torch.uint8).reshape(-1).tolist()) if plain.numel() and plain.dim() else _scalar_bits(plain)


def _scalar_bits(tensor: Any) -> bytes:
    return bytes(tensor.reshape(-1).contiguous().view(torch.uint8).tolist()) if tensor.numel() else b""


def converted(path: str, *words: str) -> dict[str, Any]:
    assert main(["convert", path, "-o", "out.safetensors", "--verify", "--force", *words]) == 0
    with safe_open("out.safetensors", "pt") as file:
        assert file.metadata()["format"] == "pt"
    return dict(load_torch("out.safetensors"))


DTYPES = [
    "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64",
    "uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz",
    "float8_e8m0fnu",
]  # fmt: skip


def sample(dtype: str, shape: tuple[int, ...] = (4, 6)) -> Any:
    """A tensor with every bit pattern that random bytes give."""
    kind = getattr(torch, dtype)
    if dtype == "bool":
        return torch.rand(shape) > 0.5
    generator = torch.Generator().manual_seed(1)
    raw = torch.randint(0, 256, (*shape, kind.itemsize), dtype=torch.uint8, generator=generator)
    return raw.view(kind).reshape(shape)


LAYOUTS = {
    "plain": lambda t: t,
    "transposed": lambda t: t.t(),
    "a slice": lambda t: t[1:3],
    "every second column": lambda t: t[:, ::2],
    "a column": lambda t: t[:, 3],
    "three dimensions, permuted": lambda t: t.reshape(2, 2, 6).permute(2, 0, 1),
    "expanded": lambda t: t[:, :1].expand(4, 9),
    "a scalar": lambda t: t[2, 2],
    "one element": lambda t: t[2:3, 2:3],
    "empty": lambda t: t[:0],
    "empty in the middle": lambda t: t.reshape(4, 6)[:, :0],
    "unfolded": lambda t: t.reshape(-1).unfold(0, 4, 2),
}


@pytest.mark.parametrize("is_zip", [pytest.param(True, id="zip"), pytest.param(False, id="legacy")])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_and_layout_is_bit_equal_to_torch(dtype: str, is_zip: bool) -> None:
    if not is_zip and dtype.startswith(("uint", "float8")) and dtype != "uint8":
        pytest.skip("torch itself cannot save this type in its legacy format")
    state = {name: layout(sample(dtype).clone()) for name, layout in LAYOUTS.items()}
    state["parameter"] = torch.nn.Parameter(sample(dtype), requires_grad=dtype.startswith(("float64", "float32")))
    torch.save(state, "m.pt", _use_new_zipfile_serialization=is_zip)
    expected = torch.load("m.pt")
    found = converted("m.pt")
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype
        assert found[name].shape == tensor.shape, name
        assert bits(found[name]) == bits(tensor), name


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol(protocol: int) -> None:
    torch.save({"a": sample("float32")}, "m.pt", pickle_protocol=protocol)
    assert bits(converted("m.pt")["a"]) == bits(sample("float32"))


def test_values_that_torch_only_noted_down() -> None:
    value = sample("complex64")
    state = {
        "conj": value.conj(),
        "conj t": value.conj().t(),
        "neg": torch._neg_view(torch.ones(3)),
    }
    torch.save(state, "m.pt")
    expected, found = torch.load("m.pt"), converted("m.pt")
    assert {name: bits(tensor) for name, tensor in found.items()} == {
        name: bits(tensor) for name, tensor in expected.items()
    }


def test_packed_four_bit_floats() -> None:
    if not hasattr(torch, "float4_e2m1fn_x2"):
        pytest.skip("this torch has no four bit floats")
    value = sample("uint8", (2, 3)).view(torch.float4_e2m1fn_x2)
    torch.save({"a": value}, "m.pt")
    assert main(["convert", "m.pt"]) == 0
    header = json.loads(Path("m.safetensors").read_bytes()[8:].partition(b"}}")[0] + b"}}")
    assert (header["a"]["dtype"], header["a"]["shape"]) == ("F4", [2, 6])


def big_endian(state: dict[str, Any]) -> bytes:
    """A torch zip as a machine of the other byte order would write it."""
    plain, out = io.BytesIO(), io.BytesIO()
    torch.save(state, plain)
    widths = {str(i): t.dtype.itemsize // (2 if t.dtype.is_complex else 1) for i, t in enumerate(state.values())}
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data, width = source.read(name), widths.get(name.rpartition("/")[2], 1) if "/data/" in name else 1
            if "/data/" in name:
                data = b"".join(data[i : i + width][::-1] for i in range(0, len(data), width))
            target.writestr(name, b"big" if name.endswith("byteorder") else data)
    return out.getvalue()


def test_big_endian_files() -> None:
    state = {dtype: sample(dtype) for dtype in DTYPES}
    Path("m.pt").write_bytes(big_endian(state))
    found = converted("m.pt")
    assert {name: bits(tensor) for name, tensor in found.items()} == {
        name: bits(tensor) for name, tensor in state.items()
    }


def test_legacy_files_are_little_endian_whatever_machine_wrote_them() -> None:
    state = {"w": torch.arange(6.0), "n": torch.arange(3)}
    torch.save(state, "m.pt", _use_new_zipfile_serialization=False)
    data = Path("m.pt").read_bytes()
    at = data.index(b"\x88", data.index(b"little_endian"))
    Path("m.pt").write_bytes(data[:at] + b"\x89" + data[at + 1 :])
    loaded, found = torch.load("m.pt", weights_only=True), converted("m.pt")
    assert all(bits(found[name]) == bits(loaded[name]) == bits(state[name]) for name in state)


class _Stored:
    """A tensor with a storage of one's own description."""

    def __init__(self, size: int, *storage: Any) -> None:
        self.size, self.storage = size, storage

    def __reduce__(self) -> Any:
        return torch._utils._rebuild_tensor_v2, (self, 0, (self.size,), (1,), False, collections.OrderedDict())


class _LegacyPickler(pickle._Pickler):  # type: ignore[misc]
    def persistent_id(self, value: Any) -> Any:
        # Met twice: as itself, and inside of its own arguments.
        if not isinstance(value, _Stored) or value not in self.begun:
            self.begun = [*self.begun, value]
            return None
        return ("storage", torch.FloatStorage, *value.storage)

    begun: list[Any] = []  # noqa: RUF012


def test_views_in_old_legacy_files() -> None:
    """Torch before 0.4 wrote the part of a storage that a tensor sees, and the number of elements of all of it."""
    tensors = {"part": _Stored(5, "1", "cpu", 10, ("view", 5, 5)), "next": _Stored(10, "2", "cpu", 10, None)}
    with open("m.pt", "wb") as file:
        for value in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True}):
            pickle.dump(value, file, 2)
        _LegacyPickler(file, 2).dump(tensors)
        pickle.dump(["1", "2"], file, 2)
        file.writelines(
            struct.pack("<q", 10) + np.arange(first, first + 10, dtype="<f4").tobytes() for first in (0, 100)
        )
    loaded, found = torch.load("m.pt", weights_only=True), converted("m.pt")
    assert found["part"].tolist() == [5, 6, 7, 8, 9]
    assert all(bits(found[name]) == bits(loaded[name]) for name in tensors)


def test_tied_weights_are_kept_once_and_can_be_loaded() -> None:
    model = torch.nn.ModuleDict({"a": torch.nn.Linear(3, 3), "b": torch.nn.Linear(3, 3)})
    model["b"].weight = model["a"].weight
    torch.save(model.state_dict(), "m.pt")
    found = converted("m.pt")
    assert sorted(found) == ["a.bias", "a.weight", "b.bias"]
    with safe_open("out.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt", "b.weight": "a.weight"}
    from safetensors.torch import load_model

    fresh = torch.nn.ModuleDict({"a": torch.nn.Linear(3, 3), "b": torch.nn.Linear(3, 3)})
    fresh["b"].weight = fresh["a"].weight
    load_model(fresh, "out.safetensors")
    assert torch.equal(fresh["b"].weight, model["a"].weight)


def test_overlapping_views_are_written_each() -> None:
    base = torch.arange(10.0)
    torch.save({"all": base, "head": base[:5], "tail": base[3:]}, "m.pt")
    found = converted("m.pt")
    assert {name: tensor.tolist() for name, tensor in found.items()} == {
        "all": base.tolist(),
        "head": base[:5].tolist(),
        "tail": base[3:].tolist(),
    }


def test_a_training_checkpoint(capsys: pytest.CaptureFixture[str]) -> None:
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 1, 5, 5)).sum().backward()
    optimizer.step()
    torch.save({"epoch": 3, "state_dict": model.state_dict(), "optimizer": optimizer.state_dict()}, "m.ckpt")
    found = converted("m.ckpt")
    assert {name: bits(tensor) for name, tensor in found.items()} == {
        name: bits(tensor) for name, tensor in model.state_dict().items()
    }
    told = capsys.readouterr().err
    assert "took the tensors under 'state_dict'" in told
    assert "left out epoch, optimizer" in told
    assert converted("m.ckpt", "--key", "state_dict").keys() == found.keys()
    torch.save({"g": model.state_dict(), "d": model.state_dict()}, "two.pt")
    assert main(["convert", "two.pt"]) == 2
    assert "say which ones you want with --key" in capsys.readouterr().err
    assert converted("two.pt", "--key", "d").keys() == found.keys()
    assert main(["convert", "two.pt", "--key", "x"]) == 2
    torch.save({"w": torch.ones(1), "step": 3, "nested": {"deep": [torch.zeros(2)]}}, "n.pt")
    assert sorted(converted("n.pt")) == ["nested.deep.0", "w"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        pytest.param(
            lambda: {"a": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)}, "quantised", id="quantised"
        ),
        pytest.param(lambda: {"a": torch.eye(3).to_sparse()}, "sparse", id="sparse"),
        pytest.param(lambda: {"a": torch.eye(3).to_sparse_csr()}, "sparse", id="sparse rows"),
        pytest.param(lambda: {"a": torch.ones(2, dtype=torch.complex128)}, "no type for", id="complex128"),
        pytest.param(lambda: {"a": torch.ones(2, device="meta")}, "meta device", id="without values"),
        pytest.param(lambda: {"epoch": 3}, "no tensors", id="no tensors"),
        pytest.param(lambda: torch.nn.Linear(2, 2), "an object of torch.nn.modules.linear.Linear", id="a whole module"),
        pytest.param(
            lambda: {"a.b": torch.ones(1), "a": {"b": torch.zeros(1)}}, "come to the name", id="two of one name"
        ),
    ],
)
def test_what_cannot_be_converted_is_refused(value: Any, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save(value(), "m.pt")
    assert main(["convert", "m.pt"]) == 2
    assert why in capsys.readouterr().err
    assert os.listdir() == ["m.pt"], "nothing is left behind"


class Payload:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("touch ran",))


def test_a_file_that_runs_code_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"a": torch.ones(1), "b": Payload()}, "m.pt")
    assert main(["convert", "m.pt"]) == 2
    assert "pickle-dangerous-call" in capsys.readouterr().err
    assert os.listdir() == ["m.pt"]


# --- numpy ------------------------------------------------------------------------------------------------------------

NUMPY = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?", "c8", ">f8", ">f4", ">i2", ">c8", ">u8"]


def arrays() -> dict[str, Any]:
    made = {}
    for code in NUMPY:
        array = np.arange(24).reshape(4, 6).astype(code)
        made |= {
            f"{code} c": array,
            f"{code} f": np.asfortranarray(array),
            f"{code} 0": array[:0],
            f"{code} s": np.array(array[1, 1]),
        }
    return made


@pytest.mark.parametrize(
    "how", ["npz", "npz packed", *(f"pickle {protocol}" for protocol in range(2, 6)), "pickle list"]
)
def test_numpy_is_bit_equal(how: str) -> None:
    expected = arrays()
    if how.startswith("npz"):
        (np.savez_compressed if "packed" in how else np.savez)("m.npz", **expected)
        path = "m.npz"
    else:
        value: Any = list(expected.values()) if how == "pickle list" else expected
        Path("m.pkl").write_bytes(pickle.dumps(value, protocol=2 if how == "pickle list" else int(how[-1])))
        path = "m.pkl"
        if how == "pickle list":
            expected = {str(index): array for index, array in enumerate(value)}
    assert main(["convert", path, "-o", "out.safetensors", "--verify"]) == 0
    found = load_numpy("out.safetensors")
    with safe_open("out.safetensors", "np") as file:
        aliases = file.metadata()
    for name, array in expected.items():
        kept = found[aliases.get(name, name)]
        assert kept.shape == array.shape
        assert kept.tobytes() == array.astype(array.dtype.newbyteorder("<")).tobytes(), name


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_arrays_of_one_shape_are_each_their_own(write: Any) -> None:
    expected = {name: np.full((2, 3), value, "f4") for name, value in (("a", 0), ("b", 1), ("same as a", 0))}
    write("m.npz", **expected)
    assert main(["convert", "m.npz", "-o", "out.safetensors", "--verify"]) == 0
    found = load_numpy("out.safetensors")
    assert found.keys() == expected.keys()
    assert all((found[name] == array).all() for name, array in expected.items())


def test_a_single_array(capsys: pytest.CaptureFixture[str]) -> None:
    np.save("m.npy", np.arange(6, dtype="f4").reshape(2, 3, order="F"))
    assert main(["convert", "m.npy"]) == 0
    assert load_numpy("m.safetensors")["array"].tolist() == [[0, 2, 4], [1, 3, 5]]
    assert main(["convert", "m.npy"]) == 2, "an output that exists is kept"
    assert "--force" in capsys.readouterr().err
    for value, why in (
        (np.array(["a"]), "U1"),
        (np.array([1, "a"], dtype=object), "Python objects"),
        (np.array(1j), "c16"),
    ):
        np.save("o.npy", value, allow_pickle=True)
        assert main(["convert", "o.npy"]) == 2
        assert why in capsys.readouterr().err


# --- shards -----------------------------------------------------------------------------------------------------------


def test_sharded_output_and_input() -> None:
    state = collections.OrderedDict((f"w{index}", torch.full((100,), float(index))) for index in range(5))
    torch.save(state, "m.pt")
    assert main(["convert", "m.pt", "-o", "s/m.safetensors", "--max-shard-size", "1KB"]) == 2, "there is no such folder"
    assert main(["convert", "m.pt", "--max-shard-size", "900"]) == 0
    index = json.loads(Path("m.safetensors.index.json").read_text())
    assert index["metadata"] == {"total_size": 2000}
    assert sorted(set(index["weight_map"].values())) == [f"m-0000{n}-of-00003.safetensors" for n in (1, 2, 3)]
    for name, file in index["weight_map"].items():
        assert torch.equal(load_torch(file)[name], state[name])
    torch.save({"a": torch.ones(2)}, "pytorch_model-00001-of-00002.bin")
    torch.save({"b": torch.zeros(3)}, "pytorch_model-00002-of-00002.bin")
    files = {"a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"}
    Path("pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": files}))
    assert sorted(converted("pytorch_model.bin.index.json")) == ["a", "b"]
    for hostile in ({"a": "../x"}, {"a": 1}, {}, []):
        Path("evil.bin.index.json").write_text(json.dumps({"weight_map": hostile}))
        assert main(["convert", "evil.bin.index.json"]) == 2


def test_tensors_of_an_index_that_no_file_has_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"a": torch.ones(2)}, "m-1.bin")
    Path("m.bin.index.json").write_text(json.dumps({"weight_map": {"a": "m-1.bin", "b": "m-1.bin"}}))
    converted("m.bin.index.json")
    assert "lists 1 tensors that none of its files has, such as 'b'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "why"),
    [
        pytest.param("m.pt", "is the model itself", id="the model"),
        pytest.param("link", "is the model itself", id="a link to the model"),
        pytest.param("folder", "is a folder", id="a folder"),
    ],
)
def test_outputs_that_even_force_does_not_replace(output: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"a": torch.ones(2)}, "m.pt")
    os.symlink("m.pt", "link")
    os.mkdir("folder")
    before = Path("m.pt").read_bytes()
    assert main(["convert", "m.pt", "-o", output, "--force"]) == 2
    assert why in capsys.readouterr().err
    assert Path("m.pt").read_bytes() == before


def test_a_shard_that_would_replace_a_folder_leaves_nothing_behind() -> None:
    torch.save({"a": torch.ones(100), "b": torch.ones(100) * 2}, "m.pt")
    os.mkdir("m-00002-of-00002.safetensors")
    assert main(["convert", "m.pt", "--max-shard-size", "400", "--force"]) == 2
    assert sorted(os.listdir()) == ["m-00002-of-00002.safetensors", "m.pt"]


def test_a_tied_tensor_called_format_does_not_hide_the_format() -> None:
    weight = torch.ones(2)
    torch.save({"a": weight, "format": weight}, "m.pt")
    assert list(converted("m.pt")) == ["a"]


# --- hostile files ----------------------------------------------------------------------------------------------------


def edited(old: bytes, new: bytes) -> bytes:
    out, plain = io.BytesIO(), io.BytesIO()
    torch.save({"a": torch.arange(8.0)[2:6]}, plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("data.pkl"):
                assert old in data
                data = data.replace(old, new)
            target.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"K\x04\x85", b"K\x09\x85", id="a shape beyond the storage"),
        pytest.param(b"K\x02K\x04", b"K\x09K\x04", id="an offset beyond the storage"),
        pytest.param(b"K\x02K\x04", b"J\xff\xff\xff\xffK\x04", id="a negative offset"),
        pytest.param(b"K\x01\x85", b"K\x02\x85", id="a stride beyond the storage"),
        pytest.param(b"K\x01\x85", b"J\xff\xff\xff\xff\x85", id="a negative stride"),
        pytest.param(b"K\x04\x85", b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85", id="a vast shape"),
        pytest.param(b"K\x04\x85q", b"K\x04K\x04\x86q", id="more dimensions than strides"),
        pytest.param(b"K\x08", b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", id="a vast storage"),
    ],
)
def test_numbers_that_cannot_be_are_refused(old: bytes, new: bytes) -> None:
    Path("m.pt").write_bytes(edited(old, new))
    assert main(["convert", "m.pt"]) == 2
    assert os.listdir() == ["m.pt"]


def test_sizes_that_safetensors_cannot_say_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 99999999999999999999999)}".ljust(117) + b"\n"
    Path("m.npy").write_bytes(b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header)
    assert main(["convert", "m.npy"]) == 2
    assert "cannot be safetensors" in capsys.readouterr().err
    assert os.listdir() == ["m.npy"]


def test_an_array_with_more_bytes_than_its_shape_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    data = pickle.dumps({"a": np.arange(4, dtype="<f4")}, 4)
    assert data.count(b"K\x04\x85") == 1
    Path("m.pkl").write_bytes(data.replace(b"K\x04\x85", b"K\x03\x85"))
    assert main(["convert", "m.pkl"]) == 2
    assert "another size than its shape says" in capsys.readouterr().err


def test_few_values_repeated_without_end_are_refused() -> None:
    torch.save({"a": torch.ones(1).expand(1 << 40)}, "m.pt")
    assert main(["convert", "m.pt"]) == 2


@pytest.mark.parametrize("is_zip", [True, False])
def test_cut_off_files_never_convert_to_something_else(is_zip: bool) -> None:
    torch.save(
        {"a": torch.arange(50.0), "b": torch.ones(3, dtype=torch.int8)}, "m.pt", _use_new_zipfile_serialization=is_zip
    )
    data = Path("m.pt").read_bytes()
    for size in range(1, len(data), 37):
        Path("c.pt").write_bytes(data[:size])
        assert main(["convert", "c.pt"]) == 2, size
    for position in range(0, len(data), 11):
        Path("c.pt").write_bytes(data[:position] + struct.pack("B", data[position] ^ 0x41) + data[position + 1 :])
        try:
            with opened("c.pt"):
                pass
        except Unscannable:
            pass


@pytest.mark.parametrize("name", ["m.safetensors", "m.txt", "empty"])
def test_other_files_are_refused(name: str) -> None:
    Path(name).write_bytes(b"" if name == "empty" else b"\x02\0\0\0\0\0\0\0{}" if "safe" in name else b"hello")
    assert main(["convert", name, "-o", "x.safetensors"]) == 2
    assert main(["convert", "nowhere.pt"]) == 2


def nested(leaf: Any, make: Any, depth: int = 40) -> Any:
    """An object that holds one other object twice, and so on: small in the file, endless when it is spelled out."""
    for _ in range(depth):
        leaf = make(leaf)
    return leaf


@pytest.mark.parametrize("make", [lambda x: [x, x], lambda x: {"a": x, "b": x}, lambda x: (x, x)])
def test_objects_that_are_reached_in_very_many_ways_do_not_hang(make: Any, capsys: pytest.CaptureFixture[str]) -> None:
    start = time.process_time()
    torch.save({"w": torch.ones(2), "x": nested([1], make)}, "m.pt")
    assert list(converted("m.pt")) == ["w"]
    assert "left out 'x': there are no tensors in it" in capsys.readouterr().err
    torch.save({"x": nested([1], make), "y": nested([1], make)}, "n.pt")
    assert main(["convert", "n.pt"]) == 2
    assert time.process_time() - start < 10


def test_a_tensor_of_endless_names_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    torch.save(nested({"w": torch.ones(2)}, lambda item: [item, item]), "m.pt")
    assert main(["convert", "m.pt"]) == 2
    assert "more than 100,000 tensors" in capsys.readouterr().err


def test_many_small_dicts_do_not_take_long() -> None:
    torch.save({"w": torch.ones(2), **{f"k{index}": {"lr": index} for index in range(20_000)}}, "m.pt")
    start = time.process_time()
    assert list(converted("m.pt")) == ["w"]
    assert time.process_time() - start < 30


def test_a_dict_under_two_names_is_converted_under_both() -> None:
    weights = {"w": torch.ones(2)}
    torch.save({"a": weights, "b": weights}, "m.pt")
    assert main(["convert", "m.pt", "--key", "a"]) == 0
    assert list(load_torch("m.safetensors")) == ["w"]


@pytest.mark.parametrize(
    ("name", "why"),
    [("__metadata__", "the name that safetensors keeps for itself"), ("a\ud800", "no text in UTF-8")],
)
def test_names_that_safetensors_cannot_have(name: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({name: torch.ones(2)}, "m.pt")
    assert main(["convert", "m.pt"]) == 2
    assert why in capsys.readouterr().err


def test_keys_that_cannot_be_names_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"a": torch.ones(2), (1, 2): torch.ones(3), None: torch.ones(4)}, "m.pt")
    assert list(converted("m.pt")) == ["a"]
    assert "left out a tensor under 'the top': its key cannot be a name" in capsys.readouterr().err


def test_windows_and_views_that_come_to_more_than_a_disk_holds_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    values = torch.zeros(1 << 20)
    torch.save({"a": values.unfold(0, 1 << 19, 1)}, "m.pt")
    assert main(["convert", "m.pt"]) == 2
    assert "repeats few values very often" in capsys.readouterr().err
    torch.save({f"a{index}": values[index:] for index in range(5000)}, "n.pt")
    assert main(["convert", "n.pt"]) == 2
    assert "would be written again" in capsys.readouterr().err
    assert not list(Path().glob("*.safetensors"))


@pytest.mark.parametrize("keys", [[["0"]], [{}], [None], "0", None, [b"0"]])
def test_a_list_of_storages_that_is_none_is_refused(keys: Any, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"a": torch.ones(2)}, "m.pt", _use_new_zipfile_serialization=False)
    data = Path("m.pt").read_bytes()
    at = data.rindex(b"\x80\x02]")
    end = data.index(b".", at) + 1
    Path("m.pt").write_bytes(data[:at] + pickle.dumps(keys, 2) + data[end:])
    assert main(["convert", "m.pt"]) == 2
    assert "list of storages" in capsys.readouterr().err
