"""YAML configurations: Hydra and OmegaConf targets, tags that build Python objects, MLflow's description of a model.

Read as events, so that neither an object is built nor an alias followed; of deep nesting the parser keeps a stack.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from mlhooks.core.finding import Level, Unscannable
from mlhooks.unsafe_models.formats.paths import leaves_folder
from mlhooks.unsafe_models.formats.rules import FILE_ACCESS, FOREIGN_NAME, MODEL_CODE
from mlhooks.unsafe_models.formats.source import Fault, Source, shown
from mlhooks.unsafe_models.formats.targets import is_system_module, judge_option, judge_target

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 16 << 20
MOST_EVENTS = 2_000_000
MOST_DEPTH = 1000
MOST_FAULTS = 50
_PYTHON_TAG = re.compile(r"^(?:tag:yaml\.org,2002:|!)python/(object/apply|object/new|object|name|module):?(.*)$")
# What the documentation of mkdocs' extensions tells people to write; they format text.
_OF_MKDOCS = ("pymdownx.", "material.extensions.", "materialx.")
_TARGET_KEYS = frozenset(("_target_", "target"))
_DOTTED = re.compile(r"^[A-Za-z_]\w*(?:\.\w+)+$")
_REFERENCE = re.compile(r"\$\{([\w.]+)\}")
_DEFAULT = re.compile(r"[,:]\s*([A-Za-z_]\w*(?:\.\w+)+)")
MOST_SPELLINGS = 10_000
_MLFLOW_PATHS = frozenset(
    [
        "data",
        "code",
        "pickled_model",
        "model_data",
        "python_model",
        "model_path",
        "saved_model_dir",
        "model_code_path",
        "config",
    ]
)


class Entry(NamedTuple):
    """A scalar, with the keys above it, outermost first."""

    keys: tuple[str, ...]
    value: str
    line: int | None


def read(source: Source) -> Iterator[Fault]:
    """A file of its own: targets that call into the system, and tags that build objects."""
    if source.name == "mlmodel":
        yield from judge_mlflow(source.text(most_bytes=MOST_BYTES), "")
        return
    try:
        yield from judge(source.text(most_bytes=MOST_BYTES), "", in_model=False)
    except Unscannable:
        # A template of YAML, say: only where something is to be instantiated is that our business.
        text = source.read(0, MOST_BYTES).replace(b"\0", b"")
        if b"_target_" in text or b"!!python" in text:
            raise


def judge(text: str, where: str, *, in_model: bool) -> Iterator[Fault]:
    """What instantiating this configuration would call; `in_model` as in `targets.judge_target`."""
    count = 0
    values: dict[str, list[str]] = {}
    targets: list[Entry] = []
    for item in _entries(text):
        if isinstance(item, Fault):
            if in_model or item.graded is not Level.NOTE:
                count += 1
                yield item._replace(where=where) if where else item
        else:
            key = item.keys[-1] if item.keys else ""
            values.setdefault(key, []).append(item.value)
            if key in _TARGET_KEYS:
                targets.append(item)
        if count > MOST_FAULTS:
            return
    for entry in targets[:100_000]:
        for name in _spellings(entry.value, values) if "${" in entry.value else [entry.value]:
            if _DOTTED.match(name) or entry.keys[-1] == "_target_":
                for fault in judge_target(name.strip(), where, in_model=in_model):
                    count += 1
                    if count <= MOST_FAULTS:
                        yield fault._replace(line=entry.line)


def _spellings(text: str, values: dict[str, list[str]]) -> list[str]:
    """What a text with references may come to: each stands for the values of all keys of its name. What a resolver
    falls back to is one more."""
    known = [text]
    for path in dict.fromkeys(_REFERENCE.findall(text)):
        reference = f"${{{path}}}"
        named = dict.fromkeys(values.get(path.rpartition(".")[2], [reference]))
        if len(known) * len(named) > MOST_SPELLINGS:
            raise Unscannable("one of its targets has references that may come to too many names")
        known = [one.replace(reference, value) for one in known for value in named]
    return [*known, *_DEFAULT.findall(text)]


def judge_mlflow(text: str, where: str) -> Iterator[Fault]:
    """MLmodel: the module that loads the model, code that comes with it, and paths."""
    for entry in _entries(text):
        if isinstance(entry, Fault):
            yield entry._replace(where=where) if where else entry
            continue
        key = entry.keys[-1] if entry.keys else ""
        if key == "loader_module" and entry.value.split(".")[0] != "mlflow":
            for fault in judge_option(entry.value, where):
                yield fault._replace(line=entry.line)
        elif key == "code" and entry.value not in ("", "null", "~", "None"):
            message = f"it adds the folder {shown(entry.value)} to Python's path and imports code from there; review it"
            yield Fault(MODEL_CODE, message, "code", where, entry.line, Level.NOTE)
        if key in _MLFLOW_PATHS and leaves_folder(entry.value):
            message = f"its {key} is {shown(entry.value)}, outside of the model's folder; do not load it"
            yield Fault(FILE_ACCESS, message, entry.value, where, entry.line)


def _entries(text: str) -> Iterator[Entry | Fault]:
    """Every scalar with its keys, and a fault for every tag that builds something of Python's."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    stack: list[list[str | None] | None] = []
    anchors: dict[str, str] = {}
    try:
        for count, event in enumerate(yaml.parse(text, Loader=loader)):
            if count > MOST_EVENTS or len(stack) > MOST_DEPTH:
                raise Unscannable("it is too large or too deeply nested YAML to be checked")
            tag = getattr(event, "tag", None)
            line = event.start_mark.line + 1 if event.start_mark else None
            if isinstance(tag, str) and "python/" in tag:
                yield from _tag_faults(tag, line)
            value = None
            if isinstance(event, yaml.ScalarEvent):
                value = event.value
                if event.anchor:
                    anchors[event.anchor] = value
            elif isinstance(event, yaml.AliasEvent):
                value = anchors.get(event.anchor or "", "")
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                stack.append([None] if isinstance(event, yaml.MappingStartEvent) else None)
                continue
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                stack.pop()
                _after_value(stack)
                continue
            if value is None:
                continue
            top = stack[-1] if stack else None
            if top is not None and top[0] is None:
                top[0] = value
                continue
            yield Entry(tuple(level[0] for level in stack if level and level[0] is not None), value, line)
            _after_value(stack)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1})" if mark else ""
        raise Unscannable(f"it is not valid YAML{place}") from None


def _after_value(stack: list[list[str | None] | None]) -> None:
    """A mapping that has just got a value waits for its next key."""
    top = stack[-1] if stack else None
    if top is not None:
        top[0] = None


def _tag_faults(tag: str, line: int | None) -> Iterator[Fault]:
    found = _PYTHON_TAG.match(tag)
    if not found:
        return
    how, name = found.groups()
    is_system = is_system_module(name)
    if how in ("name", "module"):
        level = Level.ERROR if is_system else Level.NOTE
        yield Fault(
            FOREIGN_NAME, f"its tag imports {shown(name)} when it is loaded unsafely; remove it", name, "", line, level
        )
    else:
        level = Level.ERROR if is_system or how == "object/apply" else Level.WARNING
        level = Level.NOTE if name.startswith(_OF_MKDOCS) else level
        message = (
            f"its tag has {shown(name)} called when it is loaded unsafely; write plain values, and use yaml.safe_load"
        )
        yield Fault(FOREIGN_NAME, message, name, "", line, level)
