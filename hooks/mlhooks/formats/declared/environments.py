"""Environments that tools build for development: pdm, hatch and tox, as TOML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlhooks.formats.declared.toml import requirements, setting
from mlhooks.formats.dependency import Context, Dependency

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.formats.tomltext import Path, TomlText


def read_pdm(document: TomlText) -> Iterator[Dependency]:
    """`[tool.pdm]`: development groups and sources. A source named pypi replaces PyPI."""
    for group in document.table("tool", "pdm", "dev-dependencies"):
        groups = ("tool", "pdm", "dev-dependencies", group)
        yield from requirements(document, groups, Context.DEVELOPMENT, origin="pdm")
    for index, entry in enumerate(document.list("tool", "pdm", "source")):
        if not isinstance(entry, dict) or not isinstance(entry.get("url"), str):
            continue
        path: Path = ("tool", "pdm", "source", index)
        name = "index-url" if entry.get("name") == "pypi" else "extra-index-url"
        if entry.get("type") == "find_links":
            name = "find-links"
        elif entry.get("include_packages"):
            name = "explicit-index"
        yield setting(document, (*path, "url"), name, entry["url"], "pdm")
        if entry.get("verify_ssl") is False:
            yield setting(document, (*path, "verify_ssl"), "trusted-host", entry["url"], "pdm")


def read_hatch(document: TomlText, path: Path) -> Iterator[Dependency]:
    """Hatch environments: what runs tests and tools, so development, whatever they are called."""
    keys = tuple(str(step) for step in path)
    for name in document.table(*keys, "envs"):
        for table in ("dependencies", "extra-dependencies"):
            where = (*keys, "envs", name, table)
            yield from requirements(document, where, Context.DEVELOPMENT, origin="hatch")
    for target in document.table(*keys, "build", "targets"):
        yield from requirements(
            document, (*keys, "build", "targets", target, "dependencies"), Context.BUILD, origin="hatch"
        )


def read_tox(document: TomlText, path: Path) -> Iterator[Dependency]:
    """tox in TOML: `deps` of every environment, and an ini file quoted as `legacy_tox_ini`."""
    keys = tuple(str(step) for step in path)
    tables: list[tuple[str, ...]] = [(*keys, "env_run_base"), (*keys, "env_pkg_base")]
    tables.extend((*keys, "env", name) for name in document.table(*keys, "env"))
    for table in tables:
        deps: Any = document.table(*table).get("deps")
        if isinstance(deps, list):
            yield from requirements(document, (*table, "deps"), Context.DEVELOPMENT, origin="tox")
        elif isinstance(deps, str):
            yield from _ini_deps(document, (*table, "deps"))
    if isinstance(document.table(*keys).get("legacy_tox_ini"), str):
        from mlhooks.formats.declared.ini import tox_records

        yield from tox_records(document.fragment((*path, "legacy_tox_ini")))


def _ini_deps(document: TomlText, path: Path) -> Iterator[Dependency]:
    from mlhooks.formats.declared.ini import tox_deps

    yield from tox_deps(document.fragment(path))
