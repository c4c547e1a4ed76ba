"""TorchScript and torch.export archives: the code inside of them, in torch's own language or as machine code.

TorchScript is compiled and interpreted by torch, not by Python; what it can reach is the operators it names. It is
written by hand as easily as by torch, so blanks, comments and other names for an operator hide nothing. The mobile
runtime reads the same operators from `bytecode.pkl`, torch.export from JSON.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.formats.rules import CUSTOM_OPERATOR, FILE_ACCESS, MODEL_CODE
from mlhooks.unsafe_models.formats.source import Fault, all_objects, json_text, json_with_both, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.formats.zipped import Contents

MOST_CODE_BYTES = 64 << 20
_SPACES = r"aten|image|video_reader|torchaudio\w*|torio\w*"
_OPERATORS = (
    r"(save|from_file|_save|load_from_file|read_file|write_file|read_video_from_file|probe_video_from_file|sox_io_\w+|"
    r"\w*(?:load|save)_audio_file\w*)"
)
_IN_CODE = re.compile(rf"\b(?:torch|ops\.(?:{_SPACES}))\.{_OPERATORS}\b")
# A text of a pickle, and what follows it may be a letter, too.
_IN_BYTECODE = re.compile(rf"\b(?:{_SPACES})::{_OPERATORS}".encode())
_NAMESPACE = re.compile(r"\bops\.(\w+)\.(\w+)")
# Torch's own writer spells every operator out.
_OTHER_NAME = re.compile(r"(?:[\w)] ?= ?|\bgetattr ?)\(*(torch|ops(?:\.\w+)?)\)*(?=[ ,;]|$)")
_BLANKS = re.compile(r"(?:\s|\\\n)+")
_COMMENT = re.compile(r"#[^\n]*")
_DOTS = re.compile(r"(?<![ )])[ )]*+\. ?")
_OWN_NAMESPACES = frozenset(
    [
        "aten",
        "prim",
        "quantized",
        "prepacked",
        "torchvision",
        "inductor",
        "profiler",
        "_caffe2",
        "mkldnn",
        "mkl",
        "sparse",
        "static_runtime",
        "fb",
        "c10d",
        "_c10d_functional",
        "quantized_decomposed",
        "rngprims",
        "prims",
        "higher_order",
        "torchaudio",
        "onnx",
    ]
)
_NATIVE = (".so", ".dll", ".dylib", ".cubin", ".hsaco", ".spv", ".o", ".obj", ".pyd")


def read_zip(contents: Contents) -> Iterator[Fault]:
    """Operators that touch files, operators of other libraries, and native code."""
    spaces: dict[str, str] = {}
    for member, raw in _members(contents, ".py"):
        if "code/" not in member.lower():
            continue
        text = raw.decode("utf-8", "replace")
        # Both, as what looks like a comment may stand in a string.
        for plain in dict.fromkeys((_plain(text), _plain(_COMMENT.sub("", text)))):
            yield from _judge_code(plain, member, spaces)
    for member, raw in _members(contents, "bytecode.pkl"):
        for name in dict.fromkeys(_IN_BYTECODE.findall(raw)):
            yield _reaches_out(name.decode("ascii", "replace"), member)
    for member, raw in _members(contents, ".json"):
        yield from _judge_graph(raw, member, spaces)
    for space in sorted(spaces.keys() - _OWN_NAMESPACES)[:50]:
        yield Fault(CUSTOM_OPERATOR, f"its operator {shown(spaces[space])} needs a native library", space)
    native = [member.name for member in contents.ending(*_NATIVE)]
    if native:
        message = (
            f"it holds machine code ({shown(native[0])}) that is loaded with the model; build it from source instead"
        )
        yield Fault(MODEL_CODE, message, "native code", native[0])


def _members(contents: Contents, ending: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents. Raises `Unscannable` for one that cannot be read."""
    for member in contents.ending(ending):
        raw = contents.read(member, MOST_CODE_BYTES)
        if raw is None:
            raise Unscannable(f"its code {member.name!a} is too large, or cannot be read")
        yield member.name, raw


def _plain(text: str) -> str:
    """Code on one line, without blanks and brackets in front of a dot."""
    return _DOTS.sub(".", _BLANKS.sub(" ", text))


def _judge_code(text: str, member: str, spaces: dict[str, str]) -> Iterator[Fault]:
    for name in dict.fromkeys(_IN_CODE.findall(text)):
        yield _reaches_out(name, member)
    if found := _OTHER_NAME.search(text):
        message = f"its code gives another name to {found[1]}, which hides the operators that it calls; do not run it"
        yield Fault(FILE_ACCESS, message, f"{found[1]} by another name", member)
    for match in _NAMESPACE.finditer(text):
        spaces.setdefault(match[1], match[0])


def _judge_graph(raw: bytes, member: str, spaces: dict[str, str]) -> Iterator[Fault]:
    """The operators of an exported program: targets of its nodes, in JSON."""
    objects = all_objects(json_with_both(json_text(raw)))
    targets = dict.fromkeys(target for item in objects if isinstance(target := item.get("target"), str))
    text = "\n".join(targets)
    for name in dict.fromkeys(_IN_CODE.findall(text)):
        yield _reaches_out(name, member)
    for match in _NAMESPACE.finditer(text):
        spaces.setdefault(match[1], match[0])


def _reaches_out(name: str, member: str) -> Fault:
    message = f"its code calls torch.{name}, which writes or reads a file when the model runs; do not run it"
    return Fault(FILE_ACCESS, message, f"torch.{name}", member)
