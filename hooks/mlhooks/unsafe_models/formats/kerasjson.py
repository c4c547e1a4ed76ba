"""What a Keras configuration asks its loader to build: layers, functions, lambdas, from whatever module it names.

The JSON is the same in `.keras` archives, in HDF5 attributes, in SavedModel metadata and in `to_json()` files: objects
with
`class_name`, `config`, and since Keras 3 `module` and `registered_name`, at any depth.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mlhooks.core.finding import Level, Unscannable
from mlhooks.unsafe_models.formats.rules import FILE_ACCESS, FOREIGN_NAME, MODEL_CODE, MODEL_MALFORMED
from mlhooks.unsafe_models.formats.source import (
    DuplicateKey,
    Fault,
    Source,
    all_objects,
    json_with_both,
    shown,
    strict_json,
)
from mlhooks.unsafe_models.formats.targets import is_system_module
from mlhooks.unsafe_models.stream import inside

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FAULTS = 50
MOST_BYTES = 64 << 20
SNIFFED_BYTES = 1 << 20
_ESCAPED_LETTER = re.compile(rb"\\u00[4-7][0-9a-fA-F]")  # no writer escapes a letter
_OWN_PACKAGES = frozenset(("keras", "tf_keras", "keras_core", "keras_hub", "keras_nlp", "keras_cv", "keras_tuner"))
_OWN_PREFIXES = ("tensorflow.keras", "tensorflow.python.keras", "tensorflow.python.framework", "tensorflow_addons")
# Parts of Keras whose functions load, fetch, or change how files are loaded (CVE-2025-8747, CVE-2025-9906).
_NOT_FOR_FILES = frozenset(
    [
        "utils",
        "config",
        "saving",
        "models",
        "datasets",
        "applications",
        "backend",
        "callbacks",
        "legacy",
        "export",
        "distribution",
        "trainers",
        "wrappers",
        "tree",
        "visualization",
        "testing",
        "quantizers_internal",
    ]
)
_NOT_FUNCTIONS = frozenset(
    [
        "get_file",
        "enable_unsafe_deserialization",
        "load_model",
        "load_weights",
        "model_from_json",
        "deserialize",
        "deserialize_keras_object",
        "custom_object_scope",
        "register_keras_serializable",
        "load_img",
        "image_dataset_from_directory",
        "text_dataset_from_directory",
        "audio_dataset_from_directory",
        "set_random_seed",
        "clear_session",
        "set_backend",
        "python_function_to_layer",
    ]
)
_READS_VOCABULARY = frozenset(("StringLookup", "IntegerLookup", "IndexLookup", "TextVectorization"))
# Layers that look up a function of TensorFlow's interface by its name, and call it with arguments of the file.
_CALLS_TENSORFLOW = frozenset(("TFOpLambda", "SlicingOpLambda"))
_REACHES_OUT = re.compile(
    r"(?:compat\.v[12]\.)?(?:io\.(?!(?:decode|encode|parse|is_jpeg|extract)_)|load_|saved_model\.|py_func|numpy_func|data\.|"
    r"train\.|summary\.|lite\.|config\.|distribute\.|profiler\.|sysconfig\.|keras\.(?:utils|models|saving|callbacks)\.|"
    r"read_file|write_file|matching_files|import_graph_def|gfile\.|python_io\.|app\.|raw_ops\.\w*(?:File|Save|Restore|"
    r"PyFunc|Dataset|Reader|Writer|ImmutableConst)|experimental\.(?!numpy\.)|autograph\.)"
)
_PYTHON_FUNCTIONS = frozenset(
    [
        "eval",
        "exec",
        "compile",
        "open",
        "input",
        "getattr",
        "setattr",
        "delattr",
        "globals",
        "locals",
        "vars",
        "dir",
        "type",
        "object",
        "memoryview",
        "breakpoint",
        "help",
        "exit",
        "quit",
        "classmethod",
        "staticmethod",
        "property",
        "super",
        "print",
    ]
)
_DATA_CLASSES = frozenset(
    ("__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__tuple__", "__slice__", "__keras_tensor__")
)


def read(source: Source) -> Iterator[Fault]:
    """A JSON file of any name that may be a model's architecture. Whatever turns out to be something else is quiet."""
    if source.size_bytes > MOST_BYTES:
        start = source.read(0, SNIFFED_BYTES)
        if b"class_name" in start and b"config" in start:
            raise Unscannable(f"it may be a Keras architecture, and is larger than {MOST_BYTES:,} bytes")
        return
    text = source.read().decode("utf-8", "replace")
    if is_keras(json_with_both(text)):
        yield from judge_text(text, "")


def may_be_keras(text: bytes) -> bool:
    """Whether a JSON text may hold a serialized Keras object, also where the key is spelled with escapes."""
    return b"class_name" in text or _ESCAPED_LETTER.search(text) is not None


def judge_text(text: str, where: str) -> Iterator[Fault]:
    """What the loader of this JSON text would run or read."""
    try:
        value = strict_json(text, constants=True)
    except DuplicateKey as error:
        key = str(error)
        message = (
            f"the key {shown(key)} stands in it twice, and readers differ in which value they take; do not load it"
        )
        yield Fault(MODEL_MALFORMED, message, f"{key} twice", where)
        value = json_with_both(text)
    except ValueError as error:
        message = f"its configuration is not JSON ({error}); fetch the file again, and do not load it as it is"
        yield Fault(MODEL_MALFORMED, message, "configuration", where)
        return
    yield from judge(value, where)


def is_keras(value: Any) -> bool:
    """Whether a parsed JSON document is a serialized Keras object."""
    return isinstance(value, dict) and isinstance(value.get("class_name"), str) and "config" in value


def judge(value: Any, where: str) -> Iterator[Fault]:
    """What the loader of this parsed configuration would run or read, each thing once."""
    seen: set[tuple[str, str]] = set()
    for item in all_objects(value):
        for fault in _judge_object(item, where):
            if (fault.rule.id, fault.subject) not in seen and len(seen) < MOST_FAULTS:
                seen.add((fault.rule.id, fault.subject))
                yield fault


def _judge_object(item: dict[str, Any], where: str) -> Iterator[Fault]:
    name, module = item.get("class_name"), item.get("module")
    for value in item.values():
        if isinstance(value, str) and "enable_unsafe_deserialization" in value:
            message = "it switches off the protection against code in model files (CVE-2025-9906); do not load it"
            yield Fault(MODEL_CODE, message, "enable_unsafe_deserialization", where)
    if not isinstance(name, str) or not ("config" in item or "module" in item or "registered_name" in item):
        return
    config = item.get("config")
    place = _place(config, where)
    # "layers.Lambda" of the module "keras", and "package>Lambda": what counts is the last part.
    kind = name.replace(">", ".").rpartition(".")[2]
    if name == "__lambda__":
        message = (
            "it holds a Python lambda as bytecode, which runs when the model is loaded without safe_mode; do not "
            "load it"
        )
        yield Fault(MODEL_CODE, message, "__lambda__", place)
    elif kind == "Lambda":
        yield Fault(
            MODEL_CODE,
            f"a Lambda layer runs {_function_of(config)} when the model is used; {_INSTEAD}",
            "Lambda",
            place,
        )
    elif kind == "TorchModuleWrapper":
        message = (
            "a TorchModuleWrapper unpickles a torch module when the model is loaded (CVE-2025-49655); do not load it"
        )
        yield Fault(MODEL_CODE, message, kind, place)
    elif kind == "TFSMLayer":
        message = (
            "a TFSMLayer loads the SavedModel at a path that this file names; load that model in your own code instead"
        )
        yield Fault(FILE_ACCESS, message, kind, place)
    elif kind in _CALLS_TENSORFLOW:
        function = config.get("function") if isinstance(config, dict) else None
        if isinstance(function, str) and _REACHES_OUT.match(function):
            message = f"a {kind} calls TensorFlow's {shown(function)} when the model is loaded or used; do not load it"
            yield Fault(FOREIGN_NAME, message, f"tensorflow.{function}", place)
    elif kind in _READS_VOCABULARY and isinstance(config, dict) and isinstance(config.get("vocabulary"), str):
        path = config["vocabulary"]
        message = (
            f"a {kind} layer reads its vocabulary from {shown(path)} when it is loaded; save it with the words inside"
        )
        yield Fault(FILE_ACCESS, message, path, place)
    if name not in _DATA_CLASSES and name != "__lambda__":
        yield from _judge_module(name, module, item, place)


_INSTEAD = "use a layer class of your own code instead, or allow the file by its hash"


def _judge_module(name: str, module: Any, item: dict[str, Any], place: str) -> Iterator[Fault]:
    is_function = name == "function"
    config = item.get("config")
    target = config if is_function and isinstance(config, str) else name
    registered = item.get("registered_name")
    if not isinstance(module, str) or not module:
        if isinstance(registered, str) and ">" in registered and not registered.startswith(("keras", "Keras")):
            message = (
                f"it needs the class {shown(registered)}, which your own code has to register before it can be loaded"
            )
            yield Fault(FOREIGN_NAME, message, registered, place, graded=Level.NOTE)
        return
    full = f"{module}.{target}"
    parts = full.split(".")  # either of the two may have dots in it
    if module == "builtins":
        # Keras writes this for its own functions and looks them up by name; before 3.9 it took Python's as well.
        if target in _PYTHON_FUNCTIONS or target.startswith("__"):
            yield Fault(FOREIGN_NAME, f"loading it looks up Python's {shown(target)}; do not load it", full, place)
    elif is_system_module(module):
        yield Fault(FOREIGN_NAME, f"loading it imports {shown(full)} and may call it; do not load it", full, place)
    elif parts[0] in _OWN_PACKAGES or module.startswith(_OWN_PREFIXES):
        is_function = is_function or parts[-1][:1].islower()  # a class may be given as one
        if parts[-1] in _NOT_FUNCTIONS or (is_function and not _NOT_FOR_FILES.isdisjoint(parts[1:-1])):
            message = f"loading it calls {shown(full)}, which no layer needs; do not load it"
            yield Fault(FOREIGN_NAME, message, full, place)
    else:
        what = "function" if is_function else "class"
        message = f"loading it imports the {what} {shown(full)}, which is not of Keras; make sure that it is your own"
        yield Fault(FOREIGN_NAME, message, full, place, graded=Level.WARNING)


def _place(config: Any, where: str) -> str:
    layer = config.get("name") if isinstance(config, dict) else None
    return inside(where, f"layer {shown(layer)}") if isinstance(layer, str) else where


def _function_of(config: Any) -> str:
    function = config.get("function") if isinstance(config, dict) else None
    if isinstance(function, str):
        return f"the function {shown(function)}"
    if isinstance(function, dict) and function.get("class_name") == "function":
        return f"the function {shown(function.get('config'))}"
    return "Python bytecode"
