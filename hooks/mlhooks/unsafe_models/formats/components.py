"""Names in JSON configurations that a library imports: parts of a model, functions between them, kernels of others.

sentence-transformers imports the type of every module and calls the activation function of a Dense layer, diffusers
imports the library of every component, peft the parent of the base model; transformers fetches attention kernels from a
repository. None of that is called remote code in their files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mlhooks.core.finding import Level
from mlhooks.unsafe_models.formats.paths import leaves_folder
from mlhooks.unsafe_models.formats.rules import FILE_ACCESS, FOREIGN_NAME, REMOTE_CODE, TEMPLATE_ESCAPE
from mlhooks.unsafe_models.formats.source import Fault, shown
from mlhooks.unsafe_models.formats.targets import is_system_module, judge_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_PARTS = 1000
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+")
_DUNDER = re.compile(r"__\w+__")


def read_modules(value: Any) -> Iterator[tuple[str, str] | Fault]:
    """`modules.json`: a pair of a place and a reference for every module that comes with the model."""
    for entry in value[:MOST_PARTS] if isinstance(value, list) else ():
        kind, path = (entry.get("type"), entry.get("path")) if isinstance(entry, dict) else (None, None)
        if isinstance(path, str) and leaves_folder(path):
            yield Fault(FILE_ACCESS, f"it loads the module at {shown(path)}, outside of the model's folder", path)
        if not isinstance(kind, str) or not isinstance(path, str):
            continue
        name = kind.rpartition("--")[2]
        if not _DOTTED.fullmatch(name) or name.startswith("sentence_transformers."):
            continue  # modules.json of another kind, and what is in the library itself
        yield _imports(name) if is_system_module(name) else ("type", kind)


def read_components(value: Any) -> Iterator[tuple[str, str] | Fault]:
    """`model_index.json`: every component is a library and a class of it."""
    for name, part in value.items() if isinstance(value, dict) else ():
        if not (isinstance(part, list) and len(part) == 2 and isinstance(part[0], str)):
            continue
        if is_system_module(part[0]):
            yield _imports(f"{part[0]}.{part[1]}")
        elif name == "_class_name":
            yield name, f"{part[0]}.{part[1]}"


def _imports(name: str) -> Fault:
    return Fault(FOREIGN_NAME, f"loading it imports {shown(name)}; do not load it", name)


def judge_activation(_key: str, value: Any) -> Iterator[Fault]:
    """A function between layers, by its dotted name; those of transformers have no dot."""
    if isinstance(value, str) and _DOTTED.fullmatch(value):
        level = None if is_system_module(value) else Level.WARNING
        yield from (fault._replace(graded=level) for fault in judge_target(value, "", in_model=True))


def judge_parent(_key: str, value: Any) -> Iterator[Fault]:
    """The module of the base model; `__main__` is what a model of one's own script has."""
    if isinstance(value, str) and value != "__main__" and is_system_module(value):
        yield _imports(value)


def judge_kernel(_key: str, value: Any) -> Iterator[Fault]:
    """An attention implementation, or one for each part of the model: a repository, when it has a slash."""
    for name in value.values() if isinstance(value, dict) else [value]:
        if isinstance(name, str) and "/" in name:
            message = (
                f"its attention is native code of the repository {shown(name)}, which is fetched and run when it is "
                f"loaded; review that, or choose an implementation of transformers"
            )
            yield Fault(REMOTE_CODE, message, name)


def judge_tokens(_key: str, value: Any) -> Iterator[Fault]:
    """Texts that a chat template gets under names of the model's choice."""
    for name, text in value.items() if isinstance(value, dict) else ():
        text = text.get("content") if isinstance(text, dict) else text
        if isinstance(text, str) and _DUNDER.fullmatch(text):
            message = (
                f"it gives its templates {shown(text)}, a way into Python, under the name {shown(name)}; remove it"
            )
            yield Fault(TEMPLATE_ESCAPE, message, text, graded=Level.WARNING)


BY_KEY: dict[str, Callable[[str, Any], Iterator[Fault]]] = {
    **dict.fromkeys(("activation_function", "activation_fn", "sbert_ce_default_activation_function"), judge_activation),
    **dict.fromkeys(("attn_implementation", "_attn_implementation"), judge_kernel),
    "parent_library": judge_parent,
    "extra_special_tokens": judge_tokens,
}
BY_FILE: dict[str, Callable[[Any], Iterator[tuple[str, str] | Fault]]] = {
    "modules.json": read_modules,
    "model_index.json": read_components,
}
