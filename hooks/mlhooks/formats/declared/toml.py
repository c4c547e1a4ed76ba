"""TOML manifests: the standard tables of pyproject.toml, and those of the tools that have their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlhooks.formats.declared.names import context_of_extra
from mlhooks.formats.dependency import Context, Dependency, Kind, normalize, readable_text
from mlhooks.formats.fragment import Source
from mlhooks.formats.requirement import requirement
from mlhooks.formats.tomltext import Path, TomlText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlhooks.core.files import File


def read(file: File) -> Iterator[Dependency]:
    """The records of one TOML manifest, table by table."""
    document = TomlText(Source(file.path, readable_text(file)).whole())
    yield from _READERS[file.name](document)


def _pyproject(document: TomlText) -> Iterator[Dependency]:
    tool = document.table("tool")
    sources = document.table("tool", "uv", "sources")
    yield from project(document, sources)
    if "uv" in tool:
        from mlhooks.formats.declared.uv import read_uv

        yield from read_uv(document, ("tool", "uv"))
    if "poetry" in tool:
        from mlhooks.formats.declared.poetry import read_poetry

        yield from read_poetry(document)
    if "pdm" in tool:
        from mlhooks.formats.declared.environments import read_pdm

        yield from read_pdm(document)
    if "hatch" in tool:
        from mlhooks.formats.declared.environments import read_hatch

        yield from read_hatch(document, ("tool", "hatch"))
    if "tox" in tool:
        from mlhooks.formats.declared.environments import read_tox

        yield from read_tox(document, ("tool", "tox"))
    if "pixi" in tool:
        from mlhooks.formats.declared.pixi import read_pixi

        yield from read_pixi(document, ("tool", "pixi"))


def project(document: TomlText, sources: Mapping[str, Any]) -> Iterator[Dependency]:
    """`[project]`, `[dependency-groups]`, `[build-system]`, and what setuptools reads from files.

    A name with a source other than an index is left to the record of that source.
    """
    elsewhere = {normalize(name) for name, source in sources.items() if not names_index(source)}
    records: list[Iterator[Dependency]] = [requirements(document, ("project", "dependencies"), Context.UNDECIDED)]
    for extra in document.table("project", "optional-dependencies"):
        path = ("project", "optional-dependencies", extra)
        records.append(requirements(document, path, context_of_extra(extra)))
    records.extend(
        requirements(document, ("dependency-groups", group), Context.DEVELOPMENT)
        for group in document.table("dependency-groups")
    )
    records.append(requirements(document, ("build-system", "requires"), Context.BUILD))
    for found in records:
        yield from (record for record in found if record.kind is not Kind.PACKAGE or record.normalized not in elsewhere)
    yield from _dynamic(document)


def names_index(source: Any) -> bool:
    """Whether a uv source names an index, not a repository, an archive, a path or a workspace member."""
    entries = source if isinstance(source, list) else [source]
    return any(isinstance(entry, dict) and "index" in entry for entry in entries)


def requirements(
    document: TomlText, path: Path, context: Context, *, origin: str = "pyproject", group: str = ""
) -> Iterator[Dependency]:
    """The records of an array of requirement strings; tables in it (`{include-group = ...}`) declare nothing."""
    entries = _at(document, path)
    label = group or ".".join(str(step) for step in path)
    if entries is not None and not isinstance(entries, list):
        yield _unreadable(document, path, context, origin, label)
        return
    for index, entry in enumerate(entries or ()):
        if not isinstance(entry, str) and not (isinstance(entry, dict) and "include-group" in entry):
            yield _unreadable(document, (*path, index), context, origin, label)
        if isinstance(entry, str) and entry.strip():
            place = document.fragment((*path, index))
            if entry.lstrip().startswith("-"):
                from mlhooks.formats.declared.requirements import read_line

                yield from read_line(place.strip(), context, origin, label)
            else:
                yield requirement(place, origin=origin, context=context, group=label)


def _unreadable(document: TomlText, path: Path, context: Context, origin: str, group: str) -> Dependency:
    place = document.fragment(path, "")
    return Dependency(
        Kind.UNREADABLE,
        str(path[-1]),
        place.source.path,
        place.location(),
        context=context,
        origin=origin,
        group=group,
        statement=place.offset(0),
        problem="it is no list of requirement strings",
    )


def setting(document: TomlText, path: Path, name: str, value: str, origin: str = "pyproject") -> Dependency:
    """The record of an index, a host or another setting."""
    place = document.fragment(path)
    return Dependency(
        Kind.SETTING,
        name,
        place.source.path,
        place.location(),
        origin=origin,
        group=".".join(str(step) for step in path if isinstance(step, str)),
        url=value,
        statement=place.offset(0),
        text=value,
    )


def texts(value: Any) -> list[str]:
    """A text or an array of texts as a list."""
    if isinstance(value, str):
        return [value]
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def _dynamic(document: TomlText) -> Iterator[Dependency]:
    table = document.table("tool", "setuptools", "dynamic")
    places: list[tuple[Path, Any]] = [(("tool", "setuptools", "dynamic", "dependencies"), table.get("dependencies"))]
    for extra, value in document.table("tool", "setuptools", "dynamic", "optional-dependencies").items():
        places.append((("tool", "setuptools", "dynamic", "optional-dependencies", extra), value))
    for path, value in places:
        if isinstance(value, dict):
            for name in texts(value.get("file")):
                record = setting(document, (*path, "file"), "requirement", name)
                yield record._replace(kind=Kind.INCLUDE, context=Context.LIBRARY)


def _at(document: TomlText, path: Path) -> Any:
    value: Any = document.value
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _pixi(document: TomlText) -> Iterator[Dependency]:
    from mlhooks.formats.declared.pixi import read_pixi

    return read_pixi(document, ())


def _uv(document: TomlText) -> Iterator[Dependency]:
    from mlhooks.formats.declared.uv import read_uv

    return read_uv(document, ())


def _hatch(document: TomlText) -> Iterator[Dependency]:
    from mlhooks.formats.declared.environments import read_hatch

    return read_hatch(document, ())


def _tox(document: TomlText) -> Iterator[Dependency]:
    from mlhooks.formats.declared.environments import read_tox

    return read_tox(document, ())


def _pipfile(document: TomlText) -> Iterator[Dependency]:
    from mlhooks.formats.declared.poetry import read_pipfile

    return read_pipfile(document)


_READERS = {
    "pyproject.toml": _pyproject,
    "pixi.toml": _pixi,
    "uv.toml": _uv,
    "hatch.toml": _hatch,
    "tox.toml": _tox,
    "Pipfile": _pipfile,
}
