"""What a file says about itself by its name and by its first bytes, before anybody reads it in full."""

from __future__ import annotations

import re
from enum import IntEnum

# Files of these names are for unpickling, so what is in them has to unpickle.
_PICKLE = r"\.(?:pkl|pickle|pck|pcl|joblib|jbl|dill|cloudpickle|pdparams|pdopt)"
# These are, too, as long as they are no text: .pt is also Portuguese and a template, .pth also a list of paths.
_MODEL = r"\.(?:pt|pth|ckpt|pt2|ptl|npy|npz|mar|nemo|keras|distcp)"
_PACKED = r"(?:\.(?:gz|bz2|xz|lzma|lz4|zst|zlib|z|zip|tar|tgz))*"
_CLAIMS_PICKLE = re.compile(_PICKLE + _PACKED + "$", re.IGNORECASE)
_CLAIMS_MODEL = re.compile(f"(?:{_PICKLE}|{_MODEL}){_PACKED}$", re.IGNORECASE)

# What joblib 0.9 put next to its pickles: the bare values of an array, without a header.
BARE_ARRAY = ".npy.z"
_PACKED_SUFFIXES = frozenset(("gz", "bz2", "xz", "lzma", "lz4", "zst", "zlib", "z"))
_CLAIMS_OTHER = re.compile(
    r"\.(?:safetensors|gguf|ggml|onnx|tflite|pb|h5|hdf5|npy|npz|json|jsonl|ya?ml|toml|xml|html?|txt|md|rst|csv|tsv|parquet"
    r"|feather|arrow|png|jpe?g|gif|webp|bmp|svg|pdf|mp[34]|wav|py|pyi|ipynb|js|ts|css|sh|log|c|h|cpp|java|go|rs|r|docx?|xlsx?|pptx?|od[tsp]|ini|cfg|lock)$",
    re.IGNORECASE,
)
_OTHER_MODELS = (b"\x89HDF\r\n\x1a\n", b"GGUF")
_MAX_SAFETENSORS_HEADER = 100_000_000
_TEXT = re.compile(rb"[\t\n\f\r\x1b -~\x80-\xff]*+")
_OPCODES = frozenset(
    b"(.012FIJKLMNPQRSTUVXabcd}elig]hjo)pqrst\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8bBC\x8c\x8d\x8e\x8f\x90"
    b"\x91\x92\x93\x94\x95\x96\x97\x98uG"
)
_PROTO, _FRAME, _MAX_PROTOCOL, _PROTOCOL_WITH_FRAMES = 0x80, 0x95, 5, 4


class Likeness(IntEnum):
    """How much the start of some bytes looks like a pickle."""

    NONE = 0
    """No opcode starts like this."""
    DOUBTFUL = 1
    """An opcode without a PROTO before it, as in protocols 0 and 1; half of all texts start with one."""
    LIKELY = 2
    """A PROTO: by chance in one of 16,000 files of random bytes."""
    CERTAIN = 3
    """A PROTO and a FRAME that fits, or a name that says so."""


def likeness(start: bytes, size_bytes: int, name: str) -> Likeness:
    """How much bytes that start with `start` (12 bytes or more, if there are) look like a pickle."""
    if claims_pickle(name):
        return Likeness.CERTAIN
    if not start or start[0] not in _OPCODES:
        return Likeness.NONE
    if start[0] != _PROTO or len(start) < 3:
        return Likeness.DOUBTFUL
    if start[1] > _MAX_PROTOCOL or start[2] not in _OPCODES:
        return Likeness.NONE
    if start[1] >= _PROTOCOL_WITH_FRAMES and start[2] == _FRAME and len(start) >= 11:
        fits = int.from_bytes(start[3:11], "little") + 11 <= size_bytes
        return Likeness.CERTAIN if fits else Likeness.LIKELY
    return Likeness.LIKELY


def claims_pickle(name: str) -> bool:
    """Whether the name says that the file is for unpickling, compressed or not."""
    return _CLAIMS_PICKLE.search(name) is not None


def claims_model(name: str) -> bool:
    """Whether the name says that the file is a pickle, or a model in one of the formats that may hold pickles."""
    return _CLAIMS_MODEL.search(name) is not None and not name.endswith(BARE_ARRAY)


def claims_other(name: str) -> str:
    """The suffix (".safetensors") of a name that says that the file is something else than a pickle; "" otherwise."""
    match = _CLAIMS_OTHER.search(name)
    return match[0].lower() if match else ""


def stem(name: str) -> str:
    """The name without the suffix that a compressed file puts behind it: "a.pkl" for "a.pkl.gz"."""
    base, dot, suffix = name.rpartition(".")
    return base if dot and suffix.lower() in _PACKED_SUFFIXES else name


def is_other_model(start: bytes) -> bool:
    """Whether bytes that start with `start` are HDF5, GGUF or safetensors: models in a format without pickles."""
    is_safetensors = start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= _MAX_SAFETENSORS_HEADER
    return is_safetensors or start.startswith(_OTHER_MODELS)


def is_text(start: bytes) -> bool:
    """Whether bytes that start with `start` read as text in an extension of ASCII, or as UTF-16 with a mark."""
    return start[:2] in (b"\xff\xfe", b"\xfe\xff") or _TEXT.fullmatch(start) is not None
