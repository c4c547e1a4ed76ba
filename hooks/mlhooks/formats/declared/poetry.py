"""Poetry's tables in pyproject.toml, and Pipfile: dependencies as tables, and package sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlhooks.formats import pypi
from mlhooks.formats.declared.names import is_development
from mlhooks.formats.declared.tables import dependency_table
from mlhooks.formats.declared.toml import setting
from mlhooks.formats.dependency import Context, Dependency, Grammar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.formats.tomltext import Path, TomlText

_PYTHON = frozenset(("python",))


def read_poetry(document: TomlText) -> Iterator[Dependency]:
    """`[tool.poetry]`: the key `python` is no package."""
    places: list[tuple[Path, Context]] = [
        (("tool", "poetry", "dependencies"), Context.UNDECIDED),
        (("tool", "poetry", "dev-dependencies"), Context.DEVELOPMENT),
    ]
    for group in document.table("tool", "poetry", "group"):
        context = Context.UNDECIDED if group == "main" else Context.DEVELOPMENT
        places.append((("tool", "poetry", "group", group, "dependencies"), context))
    for path, context in places:
        yield from dependency_table(document, path, Grammar.POETRY, context, origin="poetry", skipped=_PYTHON)
    yield from _poetry_sources(document)


def _poetry_sources(document: TomlText) -> Iterator[Dependency]:
    """Sources: a lone primary one replaces PyPI; of several all are asked; only an explicit one waits to be named."""
    path = ("tool", "poetry", "source")
    sources = [(index, entry) for index, entry in enumerate(document.list(*path)) if isinstance(entry, dict)]
    primary = [entry for _, entry in sources if _priority(entry) in ("primary", "default")]
    for index, entry in sources:
        priority = _priority(entry)
        url = str(entry.get("url", f"{pypi.SIMPLE}/" if str(entry.get("name")).lower() == "pypi" else ""))
        if priority == "explicit":
            name = "explicit-index"
        elif priority in ("primary", "default") and entry is primary[0]:
            name = "index-url"
        else:
            name = "extra-index-url"
        yield setting(
            document, (*path, index, "url") if "url" in entry else (*path, index, "name"), name, url, "poetry"
        )


def _priority(entry: dict[str, Any]) -> str:
    if entry.get("default") is True:
        return "default"
    if entry.get("secondary") is True:
        return "secondary"
    return str(entry.get("priority", "primary")).lower()


def read_pipfile(document: TomlText) -> Iterator[Dependency]:
    """Pipfile: `packages`, `dev-packages`, categories of one's own, and `source`."""
    named: set[str] = set()
    for table, value in document.value.items():
        if isinstance(value, dict) and table not in ("requires", "scripts", "pipenv", "source"):
            context = Context.DEVELOPMENT if is_development(table) else Context.UNDECIDED
            for record in dependency_table(document, (table,), Grammar.PEP440, context, origin="pipfile"):
                named.add(record.bound_to)
                yield record
    for index, entry in enumerate(document.list("source")):
        if not isinstance(entry, dict) or not isinstance(entry.get("url"), str):
            continue
        name = "index-url" if index == 0 else "explicit-index" if entry.get("name") in named else "extra-index-url"
        yield setting(document, ("source", index, "url"), name, entry["url"], "pipfile")
        if entry.get("verify_ssl") is False:
            yield setting(document, ("source", index, "verify_ssl"), "trusted-host", entry["url"], "pipfile")
