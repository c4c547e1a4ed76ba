"""Which readers a piece concerns: a table of cheap looks at its first bytes and its name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.unsafe_models.formats.source import Reader, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START_BYTES = 4096
LARGEST_BLOCK_BYTES = 1 << 24


def may_be_model(start: bytes, name: str) -> bool:
    """Whether a member of an archive that starts with these bytes may be of one of these formats."""
    name = name.rpartition("/")[2].lower()
    if start.startswith((b"GGUF", b"\x89HDF\r\n\x1a\n")) or start[4:8] == b"TFL3" or _begins_as_onnx(start):
        return True
    if start[6:9] == b"\0\0{" or (name.endswith(".xml") and _may_be_xml_model(start)):
        return True
    return f"/{name}".endswith((*_MODEL_ENDINGS, *_MEMBER_ENDINGS)) or _is_template_name(name)


class Format(NamedTuple):
    """A format and how to know it: by how "/" and its lower-cased name end, or by how its bytes start.

    `module` has a function `read`. This runs for every file, so nothing is compiled or imported for it.
    """

    module: str
    endings: tuple[str, ...] = ()
    start: Callable[[bytes, Source], bool] | None = None


def readers_for(source: Source) -> Iterator[Reader]:
    """The readers of every format that the piece may be."""
    start = source.read(0, START_BYTES)
    if not start:
        return
    name = f"/{source.name}"
    for kind in FORMATS:
        if (kind.endings and name.endswith(kind.endings)) or (kind.start and kind.start(start, source)):
            yield import_module(f"mlhooks.unsafe_models.formats.{kind.module}").read


def _is_safetensors(start: bytes, source: Source) -> bool:
    # The same test as safetensors.is_safetensors, without its import: this runs for every file.
    return start[6:8] == b"\0\0" and start[8:9] in b"{ \t\r\n" and _looks_like_safetensors(start, source)


def _looks_like_safetensors(start: bytes, source: Source) -> bool:
    from mlhooks.unsafe_models.formats.safetensors import is_safetensors

    return is_safetensors(start, source.size_bytes)


def _starts_with(*marks: bytes) -> Callable[[bytes, Source], bool]:
    return lambda start, _source: start.startswith(marks)


def _is_template_name(name: str) -> bool:
    return name.startswith("chat_template") and name.endswith((".jinja", ".jinja2"))


def _is_chat_template(start: bytes, source: Source) -> bool:
    """A Jinja file that loops over messages; others are templates of code or of web pages, and their authors run
    them."""
    if not source.name.endswith((".jinja", ".jinja2", ".j2")):
        return False
    if _is_template_name(source.name) or source.folder in _TEMPLATE_FOLDERS:
        return True
    return b"messages" in start or b"messages" in source.read(0, 1 << 20)


def _is_hdf5(start: bytes, source: Source) -> bool:
    if b"\x89HDF\r\n\x1a\n" in start:
        return True
    # Behind a user block of some power of two.
    offset = START_BYTES
    while offset < min(source.size_bytes, LARGEST_BLOCK_BYTES + 1):
        if source.read(offset, 8) == b"\x89HDF\r\n\x1a\n":
            return True
        offset *= 2
    return False


def _is_zip(start: bytes, source: Source) -> bool:
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06")) or b"PK\x05\x06" in source.read(
        max(0, source.size_bytes - 65_557)
    )


def _is_keras_json(start: bytes, source: Source) -> bool:
    """JSON under a name of its own choice; those that other libraries read by their names are read as `configs`."""
    if not source.name.endswith(".json") or start.lstrip()[:1] not in (b"{", b"") or f"/{source.name}" in _CONFIGS:
        return False
    from mlhooks.unsafe_models.formats.kerasjson import SNIFFED_BYTES, may_be_keras

    return may_be_keras(source.read(0, SNIFFED_BYTES))


def _is_onnx(start: bytes, source: Source) -> bool:
    if _begins_as_onnx(start):
        return True
    # One that was put together by hand may begin with any of its fields.
    is_field = start[0] in b"\x08\x12\x1a\x22\x28\x32\x3a\x42\x72" or start[:2] in (b"\xa2\x01", b"\xca\x01")
    return is_field and (source.name.endswith(".pb") or start.translate(None, _NO_TEXT) != start)


def _begins_as_onnx(start: bytes) -> bool:
    """With the IR version; and then a producer, a domain, the graph or the operator sets."""
    return len(start) > 8 and start[0] == 0x08 and 0 < start[1] < 0x40 and start[2] in b"\x12\x1a\x22\x3a\x42"


def _is_graph(start: bytes, source: Source) -> bool:
    if source.name.endswith((".pb", ".graphdef", ".meta")):
        return True
    # A node first, with its name or its operation first: behind a length of one to three bytes.
    return start[0] == 0x0A and any(start[at : at + 1] in (b"\x0a", b"\x12") for at in (2, 3, 4))


_NO_TEXT = bytes(range(7))


def _is_index(_start: bytes, source: Source) -> bool:
    return source.name.endswith(".index.json")


def _is_tflite(start: bytes, _source: Source) -> bool:
    return start[4:8] == b"TFL3"


def _is_coreml_manifest(start: bytes, source: Source) -> bool:
    return source.name == "manifest.json" and b"itemInfoEntries" in start


def _is_yaml(start: bytes, source: Source) -> bool:
    """YAML that may name something to import: looked for as text, also where a key is spelled with escapes."""
    if not source.name.endswith((".yaml", ".yml")):
        return False
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    text = source.read(0, 16 << 20)
    import re

    return re.search(_YAML_NAMES, text) is not None


# A backslash may spell a letter, %XX one of a tag, a %TAG gives a tag another name, and a key of several lines may be
# cut anywhere.
_YAML_NAMES = rb"""target|python/|\\[xuU]|%TAG|!\S{0,200}%[0-9a-fA-F]{2}|\?\s*["']"""


def _is_tar(start: bytes, _source: Source) -> bool:
    from mlhooks.unsafe_models.containers.tars import is_tar

    return is_tar(start[:512])


def _is_program(start: bytes, source: Source) -> bool:
    if start[:6] in (b"MZqFpD", b"jartsr"):
        return True
    return start.startswith(_PROGRAMS) and source.name.endswith(_MODEL_ENDINGS)


_PROGRAMS = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!/")
_MODEL_ENDINGS = (
    ".pt",
    ".pth",
    ".ckpt",
    ".safetensors",
    ".gguf",
    ".onnx",
    ".h5",
    ".hdf5",
    ".keras",
    ".tflite",
    ".pkl",
    ".pickle",
    ".joblib",
    ".npy",
    ".npz",
    ".mlmodel",
)


def _is_xml_model(start: bytes, source: Source) -> bool:
    return source.name.endswith(".xml") and (_may_be_xml_model(start) or not _has_element(start))


def _may_be_xml_model(start: bytes) -> bool:
    return b"<net" in start or b"<PMML" in start or b"<\0" in start or b"<!" in start


def _has_element(start: bytes) -> bool:
    """Whether the first element begins here, as far as one can say."""
    import re

    return re.search(rb"<[A-Za-z_]", start) is not None


# Names that transformers, peft, diffusers and sentence-transformers read on their own.
_CONFIGS = tuple(
    f"/{name}.json"
    for name in [
        "config",
        "adapter_config",
        "tokenizer_config",
        "processor_config",
        "preprocessor_config",
        "video_preprocessor_config",
        "chat_template",
        "generation_config",
        "configuration",
        "image_processor_config",
        "feature_extractor_config",
        "model_index",
        "config_sentence_transformers",
        "modules",
        "params",
        "training_args",
        "special_tokens_map",
        "sentence_bert_config",
    ]
)
_TEMPLATE_FOLDERS = ("additional_chat_templates", "chat_templates")
_TENSORFLOW = ("/saved_model.pb", "/keras_metadata.pb")
_MEMBER_ENDINGS = (
    *(*_CONFIGS, *_TENSORFLOW, "/mlmodel", ".nemo", ".mar", ".skops", ".llamafile"),
    *(".rds", ".rdata", ".rda", ".pmml", ".pb", ".graphdef", ".jinja", ".index.json", ".pbtxt"),
)
_R_STARTS = (
    *(b"X\n\0\0\0", b"B\n\2\0\0\0", b"B\n\3\0\0\0", b"A\n2\n", b"A\n3\n"),
    *(b"RD%b%b\n%b\n" % (order, version, order) for order in (b"X", b"B", b"A") for version in (b"2", b"3")),
)

FORMATS = (
    Format("safetensors", (".safetensors",), _is_safetensors),
    Format("gguf", (".gguf",), _starts_with(b"GGUF")),
    Format("templates", (), _is_chat_template),
    Format("configs", _CONFIGS),
    Format("kerasjson", (), _is_keras_json),
    Format("keras", (), _is_hdf5),
    Format("onnx", (".onnx",), _is_onnx),
    Format("tensorflow", _TENSORFLOW, _is_graph),
    Format("tensorflow_text", (".pbtxt", "/saved_model.cpb")),
    Format("tflite", (".tflite",), _is_tflite),
    Format("index", (), _is_index),
    Format("coreml", (".mlmodel",), _is_coreml_manifest),
    Format("zipped", (".skops",), _is_zip),
    Format("tarred", (".nemo",), _is_tar),
    Format("yamls", ("/mlmodel",), _is_yaml),
    Format("rds", (".rds", ".rdata", ".rda"), _starts_with(*_R_STARTS)),
    Format("programs", (".llamafile",), _is_program),
    Format("markup", (".pmml",), _is_xml_model),
)
