"""safetensors to the letter, and in agreement with the library of that name."""

from __future__ import annotations

import base64
import json
import pickle
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from mlhooks.unsafe_models.formats.safetensors import BITS, read_header

A = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}


def assemble(header: Any, body: bytes = b"x" * 8) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def tensor(dtype: str = "F32", shape: Any = (2,), offsets: Any = (0, 8), **more: Any) -> dict[str, Any]:
    return {"a": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets), **more}}


BROKEN = [
    pytest.param(b"", [], id="an empty file is the room's business"),
    pytest.param(b"\x05\0", ["too short"], id="shorter than its length"),
    pytest.param(struct.pack("<Q", 1 << 62) + b"{}", ["header length"], id="a length that no file has"),
    pytest.param(struct.pack("<Q", 99) + b"{}", ["header length"], id="a header beyond the end"),
    pytest.param(b"\x80\x04}.xxxxxxxxxxxxx", ["header length"], id="a pickle by another name"),
    pytest.param(assemble(b"{\xff}"), ["header text"], id="no UTF-8"),
    pytest.param(assemble(b"[]"), ["header start", "header JSON"], id="an array"),
    pytest.param(assemble(b'{"a":'), ["header JSON"], id="half a header"),
    pytest.param(assemble(b"{" + b'"a":[' * 100_000), ["header JSON"], id="nested without end"),
    pytest.param(assemble(b'{"a":' + b"9" * 5000 + b"}"), ["header JSON"], id="a number of 5,000 digits"),
    pytest.param(assemble(b" " + json.dumps(A).encode()), ["header start"], id="a blank in front"),
    pytest.param(
        assemble(json.dumps(A).encode()[:-1] + b"," + json.dumps(A).encode()[1:]), ["key twice"], id="a tensor twice"
    ),
    pytest.param(
        assemble(b'{"a":{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}}'),
        ["key twice"],
        id="a field twice",
    ),
    pytest.param(assemble({"__metadata__": {"a": 1}}, b""), ["__metadata__"], id="metadata with a number"),
    pytest.param(assemble({"__metadata__": []}, b""), ["__metadata__"], id="metadata as an array"),
    pytest.param(assemble({"a": ["F32", [2], [0, 8]]}), ["a"], id="a tensor as an array"),
    pytest.param(assemble({"a": {"shape": [2], "data_offsets": [0, 8]}}), ["a"], id="no dtype"),
    pytest.param(assemble(tensor(extra=1)), ["a"], id="a field that is none"),
    pytest.param(assemble(tensor("F33")), ["a"], id="an unknown dtype"),
    pytest.param(assemble(tensor(shape=[2.0])), ["a"], id="a size with a fraction"),
    pytest.param(assemble(tensor("U8", [True], (0, 1)), b"x"), ["a"], id="a size that is true"),
    pytest.param(assemble(tensor(shape=[-2])), ["a"], id="a negative size"),
    pytest.param(assemble(tensor(shape=[1 << 62, 1 << 62])), ["a"], id="an overflowing shape"),
    pytest.param(assemble(tensor("F64", [1 << 61], (0, 0)), b""), ["a"], id="a size that overflows to zero"),
    pytest.param(assemble(tensor(offsets=(8, 0))), ["a"], id="ends before it begins"),
    pytest.param(assemble(tensor(offsets=(0, 8, 9))), ["a"], id="three offsets"),
    pytest.param(assemble(tensor(shape=[3])), ["a"], id="fewer bytes than its shape"),
    pytest.param(assemble(tensor("F4", [3], (0, 2)), b"xx"), ["a"], id="half a byte left over"),
    pytest.param(assemble(A, b"x" * 7), ["cut off"], id="cut off"),
    pytest.param(assemble(A, b"x" * 9), ["trailing bytes"], id="a byte too many"),
    pytest.param(assemble(A, b"x" * 8 + b"PK\x03\x04"), ["trailing bytes"], id="a zip archive behind"),
    pytest.param(assemble(tensor(offsets=(4, 12)), b"x" * 12), ["hole"], id="a hole in front"),
    pytest.param(
        assemble({**A, "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}, b"x" * 12),
        ["overlap"],
        id="overlap",
    ),
    pytest.param(
        assemble({**A, "b": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}),
        ["overlap"],
        id="two tensors in one place",
    ),
]


@pytest.mark.parametrize(("data", "subjects"), BROKEN)
def test_a_broken_file_is_named_with_its_reason(data: bytes, subjects: list[str], look: Any) -> None:
    assert look("m.safetensors", data) == [f"model-malformed: {subject}" for subject in subjects]


SOUND = [
    pytest.param(assemble({}, b""), id="nothing in it"),
    pytest.param(assemble({"__metadata__": {"format": "pt"}}, b""), id="metadata alone"),
    pytest.param(assemble({"__metadata__": None, **A}), id="no metadata at all"),
    pytest.param(assemble(tensor(shape=[], offsets=(0, 4)), b"x" * 4), id="a scalar"),
    pytest.param(assemble({**A, "z": {"dtype": "U8", "shape": [0, 5], "data_offsets": [8, 8]}}), id="an empty tensor"),
    pytest.param(
        assemble({"z": {"dtype": "U8", "shape": [0, 1 << 62, 9], "data_offsets": [0, 0]}}, b""), id="empty and vast"
    ),
    pytest.param(
        assemble({"__metadata__": {"description": "we use exec plans and an import; see {x}"}, **A}),
        id="prose about code",
    ),
    pytest.param(assemble({"__metadata__": {"t": "{{ messages[0]['content'] }}"}, **A}), id="a plain template"),
]


@pytest.mark.parametrize("data", SOUND)
def test_a_sound_file_is_quiet_and_the_library_takes_it(data: bytes, look: Any) -> None:
    deserialize(data)
    assert look("m.safetensors", data) == []
    assert look("weights", data) == [], "whatever its name"


METADATA = [
    pytest.param("__import__('os').system('id')", ["model-code: k"], id="code"),
    pytest.param(base64.b64encode(pickle.dumps(["a"] * 9)).decode(), ["model-code: k"], id="a pickle"),
    pytest.param('{"_target_": "acme.Loader"}', ["model-foreign-name: k"], id="a class to import"),
    pytest.param("{{ x.__class__ }}", ["template-escape: __class__"], id="a template that escapes"),
]


@pytest.mark.parametrize(("value", "expected"), METADATA)
def test_metadata_that_is_no_metadata(value: str, expected: list[str], look: Any) -> None:
    assert look("m.safetensors", assemble({"__metadata__": {"k": value}, **A})) == expected


def test_every_file_of_the_numpy_writer_is_quiet(look: Any) -> None:
    arrays = {
        t: np.arange(6).reshape(2, 3).astype(t)
        for t in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "?")
    }
    assert look("m.safetensors", save({**arrays, "scalar": np.array(1, "f4"), "empty": np.zeros((0, 3), "f4")})) == []


@pytest.mark.parametrize("dtype", sorted(BITS))
def test_the_library_knows_the_same_types(dtype: str, look: Any) -> None:
    data = assemble(tensor(dtype, [8], (0, BITS[dtype])), b"x" * BITS[dtype])
    deserialize(data)
    assert look("m.safetensors", data) == []


# Drawn so that valid and slightly wrong files are both frequent.
_sizes = st.one_of(st.integers(0, 4), st.sampled_from([-1, 1.5, None, True, 1 << 63, 1 << 64, "2"]))
_entries = st.fixed_dictionaries(
    {"dtype": st.sampled_from(["F32", "U8", "F4", "I64", "X"]), "shape": st.lists(_sizes, max_size=3)},
    optional={"data_offsets": st.lists(st.one_of(st.integers(0, 16), _sizes), min_size=1, max_size=3)},
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.text(max_size=2), _entries, max_size=3), st.binary(max_size=24), st.booleans())
def test_what_is_called_sound_the_library_loads(header: dict[str, Any], body: bytes, is_packed: bool) -> None:
    if is_packed:
        at = 0
        for entry in header.values():
            size = BITS.get(entry["dtype"], 8)
            for number in entry["shape"]:
                size *= number if isinstance(number, int) else 1
            entry["data_offsets"] = [at, at + size // 8]
            at = min(max(at + size // 8, 0), 1000)
        body = b"x" * at
    data = assemble(header, body)
    problems = read_header(lambda offset, size: data[offset : offset + size], len(data)).problems
    try:
        deserialize(data)
    except SafetensorError:
        assert problems
    else:
        assert not problems or any(s for _, s in problems), "stricter is fine, and says why"
        if all(isinstance(e, dict) for e in header.values()):
            assert not problems
