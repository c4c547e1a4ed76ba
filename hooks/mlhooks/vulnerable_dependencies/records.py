"""Documents of advisory data, out of JSON and YAML. The data comes from a network: it may be hostile."""

from __future__ import annotations

from typing import Any

from mlhooks.vulnerable_dependencies.osv import RecordError

SUFFIXES = (".json", ".yaml", ".yml")
MAX_DEPTH = 100


def read(name: str, data: bytes) -> Any:
    """The document in a file called `name`. Raises `RecordError`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RecordError("it is not UTF-8 text") from None
    return _read_json(text) if name.lower().endswith(".json") else _read_yaml(text)


def _read_json(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except RecursionError:
        raise RecordError("its JSON is nested too deeply") from None
    except ValueError as error:
        raise RecordError(f"it is not valid JSON: {error}") from None


def _read_yaml(text: str) -> Any:
    """YAML, with every scalar as the text that stands there: `1.10` is a version, not a number.

    Built from the parser's events with a stack of its own: the loader of PyYAML recurses in C, and a file of nothing
    but opening brackets ends the process. Aliases and tags, which no advisory has, are refused.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    top: list[Any] = []
    stack: list[Any] = [top]
    keys: list[Any] = [None]
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.CollectionEndEvent):
                stack.pop()
                keys.pop()
            elif isinstance(event, yaml.AliasEvent):
                raise RecordError("its YAML has an alias")
            elif isinstance(event, yaml.NodeEvent):
                value: Any = _value(event)
                _add(stack[-1], keys, value)
                if not isinstance(event, yaml.ScalarEvent):
                    stack.append(value)
                    keys.append(None)
                    if len(stack) > MAX_DEPTH:
                        raise RecordError("its YAML is nested too deeply")
    except yaml.YAMLError as error:
        raise RecordError(f"it is not valid YAML: {getattr(error, 'problem', None) or error}") from None
    except ValueError as error:
        raise RecordError(f"it is not valid YAML: {error}") from None
    return top[0] if top else None


def _value(event: Any) -> Any:
    import yaml

    if isinstance(event, yaml.MappingStartEvent):
        return {}
    if isinstance(event, yaml.SequenceStartEvent):
        return []
    is_null = not event.style and event.value in ("", "~", "null")
    return None if is_null else event.value


def _add(container: Any, keys: list[Any], value: Any) -> None:
    """Put a value into its container. In a mapping, keys and values come in turn; `keys[-1]` is the open key."""
    if isinstance(container, list):
        container.append(value)
    elif keys[-1] is None:
        if not isinstance(value, str):
            raise RecordError("a key of its YAML is no text")
        keys[-1] = value
    else:
        container[keys[-1]] = value
        keys[-1] = None
