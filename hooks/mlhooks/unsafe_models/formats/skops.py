"""skops: a zip with `schema.json`, a tree of objects with their class, module and the loader that builds each.

skops checks names against a list of trusted types; what it checks and what it builds have differed (CVE-2025-54412,
CVE-2025-54413). Here both are held against each other, and against the libraries that such files are made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlhooks.core.finding import Level, Unscannable
from mlhooks.unsafe_models.formats.rules import FOREIGN_NAME, MODEL_MALFORMED
from mlhooks.unsafe_models.formats.source import DuplicateKey, Fault, all_objects, json_text, shown, strict_json
from mlhooks.unsafe_models.formats.targets import is_system_module

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.formats.zipped import Contents

MOST_SCHEMA_BYTES = 128 << 20
MOST_FAULTS = 50
_KNOWN = frozenset(
    [
        "sklearn",
        "numpy",
        "scipy",
        "collections",
        "xgboost",
        "lightgbm",
        "catboost",
        "quantile_forest",
        "imblearn",
        "pandas",
    ]
)
_LOADERS_AND_EVALUATORS = frozenset(
    [
        "load",
        "loads",
        "loadtxt",
        "genfromtxt",
        "fromfile",
        "memmap",
        "save",
        "savez",
        "savetxt",
        "eval",
        "query",
        "read_pickle",
        "read_csv",
        "load_npz",
        "save_npz",
        "fetch_openml",
        "exec_command",
    ]
)
_PLAIN_BUILTINS = frozenset(
    [
        "bool",
        "bytearray",
        "bytes",
        "complex",
        "dict",
        "float",
        "frozenset",
        "int",
        "list",
        "range",
        "set",
        "slice",
        "str",
        "tuple",
        "type",
        "object",
        "NoneType",
        "len",
        "sorted",
        "abs",
        "max",
        "min",
        "sum",
        "round",
        "any",
        "all",
    ]
)
# Parts of the libraries that run, compile, fetch or evaluate what they are given, and that no model is made of.
_NOT_FOR_MODELS = frozenset(
    ("testing", "_testing", "f2py", "distutils", "ctypeslib", "datasets", "tests", "computation", "conftest", "npyio")
)
_OPERATOR_FUNCTIONS = frozenset(("attrgetter", "itemgetter"))


def read_zip(contents: Contents) -> Iterator[Fault]:
    """Names outside of the known libraries, and loaders that do not fit what they are said to build."""
    members = contents.named("schema.json")
    if len(members) > 1:
        message = "it has two members schema.json, and readers differ in which they take; save the model again"
        yield Fault(MODEL_MALFORMED, message, "schema.json twice")
    seen: set[tuple[str, str]] = set()
    for member in members:
        text = contents.read(member, MOST_SCHEMA_BYTES)
        if text is None:
            raise Unscannable("its schema.json is too large, or cannot be read")
        for fault in _judge(json_text(text)):
            if (fault.rule.id, fault.subject) not in seen and len(seen) < MOST_FAULTS:
                seen.add((fault.rule.id, fault.subject))
                yield fault


def _judge(text: str) -> Iterator[Fault]:
    try:
        value = strict_json(text, constants=True)
    except DuplicateKey as error:
        message = f"the key {shown(str(error))} stands twice in its schema, and readers differ in which they take"
        yield Fault(MODEL_MALFORMED, message, "key twice", "schema.json")
        return
    except ValueError as error:
        # A schema of something else is nobody's business; a letter of ours may be spelled with an escape.
        if "__loader__" in text or "\\u00" in text:
            yield Fault(MODEL_MALFORMED, f"its schema is not JSON ({error})", "schema", "schema.json")
        return
    for item in all_objects(value):
        loader, name, module = item.get("__loader__"), item.get("__class__"), item.get("__module__")
        if isinstance(loader, str) and isinstance(name, str) and isinstance(module, str):
            yield from _judge_node(loader, module, name, item)


def _judge_node(loader: str, module: str, name: str, item: dict[str, Any]) -> Iterator[Fault]:
    full = f"{module}.{name}"
    if loader == "OperatorFuncNode":
        if module != "operator" or name not in _OPERATOR_FUNCTIONS:
            called = shown(f"operator.{name}")
            message = f"its loader calls {called}, whatever the module it names ({shown(module)}); do not load it"
            yield Fault(FOREIGN_NAME, message, full, loader)
        return
    if loader == "MethodNode":
        yield from _judge_method(module, name, item)
    if loader == "PartialNode" and full == "functools.partial":
        return
    package = module.split(".")[0]
    if package == "builtins":
        if name not in _PLAIN_BUILTINS:
            yield Fault(FOREIGN_NAME, f"loading it uses {shown(full)}; do not load it", full, loader)
    elif is_system_module(module):
        yield Fault(FOREIGN_NAME, f"loading it uses {shown(full)}; do not load it", full, loader)
    elif name in _LOADERS_AND_EVALUATORS or not _NOT_FOR_MODELS.isdisjoint(module.split(".")):
        yield Fault(
            FOREIGN_NAME, f"loading it refers to {shown(full)}, which loads or runs what it is given", full, loader
        )
    elif package not in _KNOWN:
        message = f"it needs {shown(full)} to be trusted, which is of no known library; make sure that it is your own"
        yield Fault(FOREIGN_NAME, message, full, loader, graded=Level.WARNING)


def _judge_method(module: str, name: str, item: dict[str, Any]) -> Iterator[Fault]:
    content = item.get("content")
    obj = content.get("obj") if isinstance(content, dict) else None
    function = content.get("func") if isinstance(content, dict) else None
    if isinstance(obj, dict) and (obj.get("__module__"), obj.get("__class__")) != (module, name):
        message = "what it says that a method belongs to is not what it belongs to (CVE-2025-54413); do not load it"
        yield Fault(FOREIGN_NAME, message, f"{obj.get('__module__')}.{obj.get('__class__')}", "MethodNode")
    if isinstance(function, str) and function.startswith("__"):
        message = f"it takes the method {shown(function)}, a way into Python's inside; do not load it"
        yield Fault(FOREIGN_NAME, message, function, "MethodNode")
