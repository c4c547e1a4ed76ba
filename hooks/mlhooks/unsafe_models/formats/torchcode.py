"""TorchScript and torch.export archives: the code inside of them, in torch's own language or as machine code.

TorchScript is compiled and interpreted by torch, not by Python; what it can reach is the operators it names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.formats.rules import CUSTOM_OPERATOR, FILE_ACCESS, MODEL_CODE
from mlhooks.unsafe_models.formats.source import Fault, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.formats.zipped import Contents

MOST_CODE_BYTES = 64 << 20
_FILE_OPERATORS = re.compile(
    r"\b(?:torch|ops\.aten|ops\.image|ops\.video_reader|ops\.torchaudio\w*|ops\.torio\w*)"
    r"\.(save|from_file|_save|load_from_file|read_file|write_file|read_video_from_file|probe_video_from_file|"
    r"sox_io_\w+|\w*(?:load|save)_audio_file\w*)\s*\("
)
_NAMESPACE = re.compile(r"\bops\.(\w+)\.(\w+)")
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
    for member in contents.ending(".py"):
        if "code/" not in member.name.lower():
            continue
        raw = contents.read(member, MOST_CODE_BYTES)
        if raw is None:
            raise Unscannable(f"its code {member.name!a} is too large, or cannot be read")
        text = raw.decode("utf-8", "replace")
        for found in {match[1] for match in _FILE_OPERATORS.finditer(text)}:
            message = f"its code calls torch.{found}, which writes or reads a file when the model runs; do not run it"
            yield Fault(FILE_ACCESS, message, f"torch.{found}", member.name)
        for match in _NAMESPACE.finditer(text):
            spaces.setdefault(match[1], match[0])
    for space in sorted(spaces.keys() - _OWN_NAMESPACES)[:50]:
        yield Fault(CUSTOM_OPERATOR, f"its operator {shown(spaces[space])} needs a native library", space)
    native = [member.name for member in contents.ending(*_NATIVE)]
    if native:
        message = (
            f"it holds machine code ({shown(native[0])}) that is loaded with the model; build it from source instead"
        )
        yield Fault(MODEL_CODE, message, "native code", native[0])
