"""pixi manifests: pixi.toml, and `tool.pixi` in pyproject.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.formats.declared.names import is_development
from mlhooks.formats.declared.tables import dependency_table
from mlhooks.formats.declared.toml import setting, texts
from mlhooks.formats.dependency import Context, Dependency, Grammar, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.formats.tomltext import Path, TomlText

_PYPI_SETTINGS = {
    "index-url": "index-url",
    "extra-index-urls": "extra-index-url",
    "find-links": "find-links",
    "index-strategy": "index-strategy",
}


def read_pixi(document: TomlText, path: Path) -> Iterator[Dependency]:
    """The tables of a workspace, of its features and of their targets."""
    keys = tuple(str(step) for step in path)
    for table in _tables(document, keys):
        is_dev = any(is_development(step) for step in table[len(keys) :])
        context = Context.DEVELOPMENT if is_dev else Context.UNDECIDED
        for name, kind, when in (
            ("dependencies", Kind.CONDA, context),
            ("pypi-dependencies", Kind.PACKAGE, context),
            ("host-dependencies", Kind.CONDA, Context.BUILD),
            ("build-dependencies", Kind.CONDA, Context.BUILD),
            ("run-dependencies", Kind.CONDA, context),
        ):
            yield from dependency_table(
                document, (*table, name), Grammar.PIXI, when, origin="pixi", kind=kind, skipped=frozenset(("python",))
            )
        for key, value in document.table(*table, "pypi-options").items():
            for number, text in enumerate(texts(value)):
                place: Path = (*table, "pypi-options", key)
                if key in _PYPI_SETTINGS:
                    place = (*place, number) if isinstance(value, list) else place
                    yield setting(document, place, _PYPI_SETTINGS[key], text, "pixi")
    for name in ("workspace", "project"):
        for number, channel in enumerate(texts(document.table(*keys, name).get("channels"))):
            yield setting(document, (*keys, name, "channels", number), "channel", channel, "pixi")


def _tables(document: TomlText, keys: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    bases = [keys, (*keys, "workspace"), (*keys, "package")]
    bases.extend((*keys, "feature", name) for name in document.table(*keys, "feature"))
    for base in bases:
        yield base
        for target in document.table(*base, "target"):
            yield (*base, "target", target)
