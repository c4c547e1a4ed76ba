"""JSON configurations of models: templates, and names of code that the loader would fetch and run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mlhooks.core.finding import Level, Unscannable
from mlhooks.formats.jsontext import JsonText
from mlhooks.unsafe_models.formats.components import BY_FILE, BY_KEY
from mlhooks.unsafe_models.formats.kerasjson import is_keras, judge_text
from mlhooks.unsafe_models.formats.rules import MODEL_MALFORMED, REMOTE_CODE
from mlhooks.unsafe_models.formats.source import DuplicateKey, Fault, Source, json_with_both, shown, strict_json
from mlhooks.unsafe_models.formats.templates import judge as judge_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.formats.jsontext import Path

MOST_BYTES = 64 << 20
MOST_FAULTS = 20
_TEMPLATE_KEY = re.compile(r"^(?:.*_)?(?:chat|prompt)_?template$")
_REPOSITORY_PART = "--"


def read(source: Source) -> Iterator[Fault]:
    """A JSON file with a name that transformers, peft, diffusers or sentence-transformers read on their own."""
    text = source.text(most_bytes=MOST_BYTES)
    try:
        both = strict_json(text, constants=True)
    except DuplicateKey as error:
        key = str(error)
        if key in ("auto_map", "chat_template", "template"):
            message = (
                f"the key {shown(key)} stands in it twice, and readers differ in which value they take; remove one"
            )
            yield Fault(MODEL_MALFORMED, message, key)
        both = json_with_both(text)
    except ValueError:
        both = None  # JsonText says what is wrong, in words that fit a person's own file
    document = JsonText(text)
    whole = document.value if both is None else both
    if is_keras(document.value):
        yield from judge_text(text, "")
    for found in BY_FILE.get(source.name, _nothing)(document.value):
        yield from [found] if isinstance(found, Fault) else _judge_reference(*found)
    count = 0
    for path, key, value in _pairs(whole):
        for fault in _judge_pair(key, value):
            count += 1
            if count > MOST_FAULTS:
                return
            yield fault._replace(line=_line(document, path))


def _nothing(_value: Any) -> Iterator[Fault]:
    return iter(())


def _judge_pair(key: str, value: Any) -> Iterator[Fault]:
    if _TEMPLATE_KEY.search(key):
        yield from _judge_templates(key, value)
    elif key == "auto_map" and isinstance(value, dict):
        yield from _judge_auto_map(value)
    elif key == "trust_remote_code" and value in (True, "true", "True"):
        message = (
            "it asks for trust_remote_code, which runs Python code of a model repository; review that code, and pin "
            "its revision"
        )
        yield Fault(REMOTE_CODE, message, key)
    elif key == "custom_pipelines" and isinstance(value, dict):
        for name, entry in value.items():
            code = entry.get("impl") if isinstance(entry, dict) else None
            if isinstance(code, str):
                yield from _judge_reference(f"custom_pipelines.{name}", code)
    elif key in BY_KEY:
        yield from BY_KEY[key](key, value)
    elif key == "_target_" and isinstance(value, str):
        from mlhooks.unsafe_models.formats.targets import judge_target

        yield from judge_target(value, "", in_model=False)


def _judge_templates(key: str, value: Any) -> Iterator[Fault]:
    """A template, or a list of {name, template}, or an object of templates by name."""
    if isinstance(value, str):
        yield from judge_template(value, key)
    elif isinstance(value, dict):
        for name, template in value.items():
            if isinstance(template, str) and name != "name":
                yield from judge_template(template, f"{key} {shown(name)}")
    elif isinstance(value, list):
        for entry in value:
            if isinstance(entry, dict) and isinstance(entry.get("template"), str):
                yield from judge_template(entry["template"], f"{key} {shown(entry.get('name'))}")


def _judge_auto_map(mapping: dict[str, Any]) -> Iterator[Fault]:
    found = 0
    for role, value in mapping.items():
        for reference in value if isinstance(value, list) else [value]:
            if isinstance(reference, str) and found < MOST_FAULTS:
                found += 1
                yield from _judge_reference(f"auto_map.{role}", reference)


def _judge_reference(where: str, reference: str) -> Iterator[Fault]:
    """`module.Class`, or `owner/repository--module.Class` for code that lives elsewhere."""
    repository, dashes, name = reference.rpartition(_REPOSITORY_PART)
    module = name.rpartition(".")[0] or name
    if dashes:
        message = (
            f"with trust_remote_code it runs {shown(module + '.py')} of another repository, {shown(repository)}, whose "
            f"owner can change it; copy the code next to the model, or pin code_revision"
        )
        yield Fault(REMOTE_CODE, message, reference, where)
    else:
        message = (
            f"with trust_remote_code it runs the Python file {shown(module + '.py')} of its own repository; review "
            f"that file"
        )
        yield Fault(REMOTE_CODE, message, reference, where, graded=Level.NOTE)


def _pairs(value: Any) -> Iterator[tuple[Path, str, Any]]:
    """Every key of every object with the way to it, without recursion."""
    waiting: list[tuple[Path, Any]] = [((), value)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, dict):
            for key, inner in item.items():
                yield (*path, key), key, inner
                if isinstance(inner, dict | list):
                    waiting.append(((*path, key), inner))
        elif isinstance(item, list):
            waiting.extend(
                ((*path, index), inner) for index, inner in enumerate(item) if isinstance(inner, dict | list)
            )


def _line(document: JsonText, path: Path) -> int | None:
    try:
        return document.line(document.span(path).start)
    except (KeyError, IndexError, RecursionError, Unscannable):
        return None
