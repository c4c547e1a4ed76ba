"""Dependencies as tables: `name = "1.2"` or `name = {version = ..., git = ..., url = ..., path = ...}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlhooks.formats.dependency import Context, Dependency, Grammar, Kind
from mlhooks.formats.requirement import address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.formats.tomltext import Path, TomlText

_VCS = ("git", "hg", "svn", "bzr")
_REFS = ("rev", "ref", "tag", "branch")


def dependency_table(
    document: TomlText,
    path: Path,
    grammar: Grammar,
    context: Context,
    *,
    origin: str,
    kind: Kind = Kind.PACKAGE,
    skipped: frozenset[str] = frozenset(),
) -> Iterator[Dependency]:
    """The records of a table of dependencies; nothing when there is no table at `path`."""
    table = document.table(*(str(step) for step in path))
    for name, value in table.items():
        if name in skipped:
            continue
        entries = value if isinstance(value, list) else [value]
        for index, entry in enumerate(entries):
            at = (*path, name, index) if isinstance(value, list) else (*path, name)
            record = _record(document, at, name, entry, kind=kind, grammar=grammar)
            yield record._replace(context=context, origin=origin, group=".".join(str(step) for step in path))


def source_record(document: TomlText, path: Path, name: str, entry: dict[str, Any]) -> Dependency:
    """The record of a table that says where a package comes from instead of an index."""
    return _record(document, path, name, entry, kind=Kind.PACKAGE, grammar=Grammar.PEP440)


def _record(document: TomlText, path: Path, name: str, entry: Any, *, kind: Kind, grammar: Grammar) -> Dependency:
    place = document.fragment(path, None if isinstance(entry, str) else name)
    base = Dependency(
        kind, name, place.source.path, place.location(), grammar=grammar, statement=place.offset(0), text=name
    )
    if isinstance(entry, str):
        slot = (place.offset(0), place.offset(0) + len(entry)) if place.is_verbatim() else None
        return base._replace(specifier=entry.strip(), slot=slot, text=f"{name} = {entry}")
    if not isinstance(entry, dict):
        return base._replace(kind=Kind.UNREADABLE, problem="its value is neither a version nor a table")
    return _from_table(base, document, path, entry)


def _from_table(base: Dependency, document: TomlText, path: Path, entry: dict[str, Any]) -> Dependency:
    base = base._replace(
        marker=str(entry.get("markers", entry.get("marker", ""))),
        editable=entry.get("editable") is True or entry.get("develop") is True,
        bound_to=str(entry.get("index", entry.get("source", entry.get("channel", "")))),
    )
    vcs = next((name for name in _VCS if isinstance(entry.get(name), str)), None)
    if vcs is not None:
        ref = next((str(entry[name]) for name in _REFS if name in entry), "")
        return base._replace(kind=Kind.VCS, vcs=vcs, url=entry[vcs], ref=ref, text=f"{entry[vcs]}@{ref}")
    for name in ("url", "file"):
        if isinstance(entry.get(name), str):
            record = address(base, entry[name])._replace(name=base.name, marker=base.marker, text=entry[name])
            if isinstance(entry.get("hash"), str):
                record = record._replace(hashes=(*record.hashes, entry["hash"]))
            return record
    if isinstance(entry.get("path"), str) or entry.get("workspace") is True:
        return base._replace(kind=Kind.LOCAL, url=str(entry.get("path", "workspace")))
    version = entry.get("version")
    if isinstance(version, str):
        place = document.fragment((*path, "version"))
        slot = (place.offset(0), place.offset(0) + len(version)) if place.is_verbatim() else None
        build = f"={entry['build']}" if isinstance(entry.get("build"), str) else ""
        return base._replace(
            specifier=version.strip() + build, slot=slot, location=place.location(), text=f"{base.name} = {version}"
        )
    return base
