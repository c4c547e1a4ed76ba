"""GGUF: honest files of its own writer, and headers that lie."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def text(value: bytes, width: str = "Q") -> bytes:
    return struct.pack("<" + width, len(value)) + value


def pair(key: bytes, kind: int, value: bytes, width: str = "Q") -> bytes:
    return text(key, width) + struct.pack("<I", kind) + value


def info(name: bytes, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def assemble(
    pairs: list[bytes], infos: Sequence[bytes] = (), body: bytes = b"", *, version: int = 3, counts: Any = None
) -> bytes:
    tensors, values = counts or (len(infos), len(pairs))
    data = b"GGUF" + struct.pack("<IQQ", version, tensors, values) + b"".join(pairs) + b"".join(infos)
    return data + b"\0" * (-len(data) % 32) + body


ARCH = pair(b"general.architecture", 8, text(b"llama"))
WIDE = b"\xff" * 7 + b"\x7f"

BROKEN = [
    pytest.param(b"GGUF", id="magic alone"),
    pytest.param(b"GGUF\3\0\0\0", id="no counts"),
    pytest.param(assemble([], counts=(1 << 60, 0)), id="CVE-2024-23496: a tensor count that cannot be"),
    pytest.param(assemble([ARCH], counts=(0, 1 << 60)), id="CVE-2024-21836: a value count that cannot be"),
    pytest.param(assemble([WIDE + b"key"]), id="CVE-2024-23605: a key longer than the file"),
    pytest.param(assemble([pair(b"a", 8, WIDE + b"x")]), id="CVE-2024-21825: a text longer than the file"),
    pytest.param(
        assemble([pair(b"a", 9, struct.pack("<I", 4) + WIDE)]), id="CVE-2024-21802: an array longer than the file"
    ),
    pytest.param(assemble([pair(b"a", 9, struct.pack("<I", 8) + WIDE)]), id="an array of texts longer than the file"),
    pytest.param(
        assemble([pair(b"a", 9, struct.pack("<IQ", 8, 2) + text(b"x") + WIDE + b"y" * 16)]), id="a text in an array"
    ),
    pytest.param(assemble([pair(b"a", 9, struct.pack("<IQ", 9, 1) * 40)]), id="arrays in arrays in arrays"),
    pytest.param(assemble([pair(b"a", 77, b"\0" * 8)]), id="an unknown type"),
    pytest.param(assemble([ARCH, ARCH]), id="a key twice"),
    pytest.param(assemble([ARCH], [info(b"w", (4,) * 9)], b"\0" * 64), id="nine dimensions"),
    pytest.param(assemble([ARCH], [info(b"w", (1 << 40, 1 << 40))], b"\0" * 64), id="a shape that overflows"),
    pytest.param(assemble([ARCH], [info(b"w", (64,))], b"\0" * 64), id="a tensor beyond the end"),
    pytest.param(assemble([ARCH], [info(b"w", (4,), offset=1 << 62)], b"\0" * 64), id="an offset beyond the end"),
    pytest.param(assemble([ARCH], [info(b"w", (4,)), info(b"v", (4,))], b"\0" * 64), id="two tensors in one place"),
    pytest.param(assemble([ARCH], [info(b"w", (4,), offset=5)], b"\0" * 64), id="not aligned"),
    pytest.param(
        assemble([ARCH, pair(b"general.alignment", 4, struct.pack("<I", 0))], [], b""), id="alignment of zero"
    ),
]


@pytest.mark.parametrize("data", BROKEN)
def test_a_header_that_lies_is_named(data: bytes, look: Any) -> None:
    found = look("m.gguf", data)
    assert found
    assert all(line.startswith("model-malformed: ") for line in found), found


SOUND = [
    pytest.param(assemble([ARCH]), id="no tensors"),
    pytest.param(assemble([ARCH], [info(b"w", (4,)), info(b"v", (8, 2), 1, 32)], b"\0" * 64), id="two tensors"),
    pytest.param(assemble([pair(b"a", 9, struct.pack("<IQ", 8, 2) + text(b"x") + text(b"y"))]), id="an array of texts"),
    pytest.param(
        assemble([pair(b"a", 9, struct.pack("<IQ", 9, 1) + struct.pack("<IQ4B", 0, 4, 1, 2, 3, 4))]),
        id="an array in an array",
    ),
    pytest.param(
        b"GGUF" + struct.pack("<III", 1, 0, 1) + pair(b"a", 8, text(b"x", "I"), "I"), id="version 1 has short counts"
    ),
    pytest.param(
        b"GGUF" + struct.pack(">IQQ", 3, 0, 1) + struct.pack(">Q", 1) + b"a" + struct.pack(">II", 4, 7), id="big-endian"
    ),
]


@pytest.mark.parametrize("data", SOUND)
def test_a_sound_file_is_quiet(data: bytes, look: Any) -> None:
    assert look("m.gguf", data) == []


@pytest.mark.parametrize("key", [b"tokenizer.chat_template", b"tokenizer.chat_template.tool_use"])
def test_a_template_that_escapes(key: bytes, look: Any) -> None:
    hostile = pair(key, 8, text(b"{{ x.__class__ }}"))
    assert look("model", assemble([ARCH, hostile])) == ["template-escape: __class__"]
    assert "template-escape: __class__" in look("model", assemble([ARCH, hostile, WIDE])), (
        "also when the rest is broken"
    )
    assert look("model", assemble([ARCH, pair(key, 8, text(b"{{ messages[0].content }}"))])) == []


def test_an_unknown_version_is_not_called_clean(look: Any) -> None:
    assert look("m.gguf", assemble([], version=9)) == ["unscannable: it is GGUF version 9, which is not known here"]


def test_files_of_the_real_writer_are_quiet(tmp_path: Path, look: Any) -> None:
    gguf = pytest.importorskip("gguf")
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "llama")
    writer.add_chat_template(
        [{"name": "default", "template": "{{ messages }}"}, {"name": "rag", "template": "{{ a }}"}]
    )
    writer.add_token_list(["a", "b", "ü"] * 100)
    writer.add_array("x.floats", [1.0, 2.0])
    writer.add_bool("x.yes", True)
    writer.add_custom_alignment(64)
    rng = np.random.default_rng(0)
    for kind in (gguf.GGMLQuantizationType.Q4_0, gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.BF16):
        block = gguf.quants.quantize(rng.random((8, 256), dtype=np.float32), kind)
        writer.add_tensor(f"blk.{kind.name}", block, raw_dtype=kind)
    for dtype in ("f2", "f4", "f8", "i1", "i2", "i4", "i8"):
        writer.add_tensor(f"w.{dtype}", np.arange(15).reshape(3, 5).astype(dtype))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    data = (tmp_path / "m.gguf").read_bytes()
    assert look("m.gguf", data) == []
    assert look("m.gguf", data[:-40]), "cut off"


def test_block_sizes_are_those_of_the_library() -> None:
    gguf = pytest.importorskip("gguf")
    from mlhooks.unsafe_models.formats.gguf import _BLOCKS

    for kind, sizes in gguf.GGML_QUANT_SIZES.items():
        if kind.name != "Q8_1":  # never in a file; its size differs between versions
            assert _BLOCKS.get(int(kind), sizes) == sizes, kind
