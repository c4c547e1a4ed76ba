"""uv's settings, in pyproject.toml under `tool.uv` and in uv.toml without the prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.formats.declared.tables import source_record
from mlhooks.formats.declared.toml import names_index, requirements, setting, texts
from mlhooks.formats.dependency import Context, Dependency

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.formats.tomltext import Path, TomlText

_SETTINGS = {
    "index-url": "index-url",
    "extra-index-url": "extra-index-url",
    "find-links": "find-links",
    "index-strategy": "index-strategy",
    "allow-insecure-host": "trusted-host",
    "trusted-host": "trusted-host",
    "no-index": "no-index",
}
_REQUIREMENTS = {
    "dev-dependencies": Context.DEVELOPMENT,
    "constraint-dependencies": Context.CONSTRAINT,
    "override-dependencies": Context.CONSTRAINT,
    "build-constraint-dependencies": Context.CONSTRAINT,
}


def read_uv(document: TomlText, path: Path) -> Iterator[Dependency]:
    """Sources, indexes and settings. An index may serve any name unless it is explicit."""
    keys = tuple(str(step) for step in path)
    for key, context in _REQUIREMENTS.items():
        yield from requirements(document, (*path, key), context, origin="uv")
    yield from _sources(document, keys)
    for index, entry in enumerate(document.list(*keys, "index")):
        if isinstance(entry, dict) and isinstance(entry.get("url"), str):
            name = "extra-index-url"
            if entry.get("explicit") is True:
                name = "explicit-index"
            elif entry.get("default") is True:
                name = "index-url"
            yield setting(document, (*path, "index", index, "url"), name, entry["url"], "uv")
    for table in (keys, (*keys, "pip")):
        for key, value in document.table(*table).items():
            if key not in _SETTINGS:
                continue
            for number, text in enumerate(texts(value)):
                place: Path = (*table, key)
                place = (*place, number) if isinstance(value, list) else place
                yield setting(document, place, _SETTINGS[key], text, "uv")


def _sources(document: TomlText, keys: tuple[str, ...]) -> Iterator[Dependency]:
    for name, source in document.table(*keys, "sources").items():
        if names_index(source):
            continue
        entries = source if isinstance(source, list) else [source]
        for number, entry in enumerate(entries):
            path: Path = (*keys, "sources", name)
            path = (*path, number) if isinstance(source, list) else path
            if isinstance(entry, dict):
                record = source_record(document, path, name, entry)
                yield record._replace(origin="uv", group=".".join((*keys, "sources")))
