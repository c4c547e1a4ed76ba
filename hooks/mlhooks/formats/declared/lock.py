"""Lock files: every package a resolver chose, with its version, its source and its hashes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mlhooks.core.finding import Unscannable
from mlhooks.formats import pypi
from mlhooks.formats.dependency import Context, Dependency, Kind, readable_text
from mlhooks.formats.fragment import Source
from mlhooks.formats.requirement import address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlhooks.core.files import File
    from mlhooks.formats.tomltext import TomlText


def read(file: File) -> Iterator[Dependency]:
    """The records of a lock. `origin` is the format's file name; `specifier` is `==version` where there is one.

    Raises `Unscannable` for a broken one, and for one in a version of its format that is not known.
    """
    source = Source(file.path, readable_text(file))
    if file.name.startswith("conda-") and file.name.endswith(".lock"):
        from mlhooks.formats.declared.conda_locks import read_explicit

        yield from read_explicit(source)
        return
    if file.name.endswith((".yml", ".yaml")) or file.name == "pixi.lock":
        from mlhooks.formats.declared.conda_locks import read_conda_lock

        yield from read_conda_lock(source, file.name)
        return
    if file.name == "Pipfile.lock":
        yield from _pipfile(source)
        return
    from mlhooks.formats.tomltext import TomlText

    document = TomlText(source.whole())
    name = "pylock.toml" if file.name.startswith("pylock") else file.name
    yield from _TOML[name if name in _TOML else "uv.lock"](document)


def _uv(document: TomlText) -> Iterator[Dependency]:
    _expect(document, "version", (1,), "uv.lock")
    places = _Places(document, "package")
    for index, entry in enumerate(places.entries):
        record = places.record(index, entry, "uv.lock")
        if record.kind is Kind.UNREADABLE:
            yield record
            continue
        source = entry.get("source")
        source = source if isinstance(source, dict) else {}
        hashes = _hashes([entry.get("sdist"), *_list(entry.get("wheels"))], "hash")
        if "git" in source:
            url, _, commit = str(source["git"]).partition("#")
            yield record._replace(kind=Kind.VCS, vcs="git", url=url.partition("?")[0], ref=commit)
        elif "url" in source:
            yield record._replace(kind=Kind.URL, url=str(source["url"]), hashes=hashes)
        elif any(key in source for key in ("path", "directory", "editable", "virtual")):
            yield record._replace(kind=Kind.LOCAL, url=str(next(iter(source.values()))))
        else:
            registry = str(source.get("registry", ""))
            yield record._replace(hashes=hashes, bound_to=registry, url=_foreign_file(registry, entry))


def _foreign_file(registry: str, entry: dict[str, Any]) -> str:
    """The address of a file that PyPI would not name; "" when all are where PyPI keeps them, or for other indexes."""
    if not registry.startswith(f"https://{pypi.HOST}/"):
        return ""
    files = (file.get("url") for file in [entry.get("sdist"), *_list(entry.get("wheels"))] if isinstance(file, dict))
    urls = (url for url in files if isinstance(url, str) and "://" in url)
    return next((url for url in urls if not url.startswith(f"https://{pypi.FILES_HOST}/")), "")


def _poetry(document: TomlText) -> Iterator[Dependency]:
    _expect_major(document, "lock-version", ("1", "2"), "poetry.lock")
    places = _Places(document, "package")
    # Before version 2 of the format all hashes stand in one table at the end.
    old_files = document.table("metadata", "files")
    for index, entry in enumerate(places.entries):
        record = places.record(index, entry, "poetry.lock")
        if record.kind is Kind.UNREADABLE:
            yield record
            continue
        source = entry.get("source")
        source = source if isinstance(source, dict) else {}
        files = entry.get("files", old_files.get(record.name, old_files.get(record.normalized)))
        hashes = _hashes(_list(files), "hash")
        kind = source.get("type")
        if kind in ("git", "hg", "svn"):
            ref = str(source.get("resolved_reference", ""))
            yield record._replace(kind=Kind.VCS, vcs=str(kind), url=str(source.get("url", "")), ref=ref)
        elif kind in ("directory", "file"):
            yield record._replace(kind=Kind.LOCAL, url=str(source.get("url", "")), hashes=hashes)
        elif kind == "url":
            yield record._replace(kind=Kind.URL, url=str(source.get("url", "")), hashes=hashes)
        else:
            yield record._replace(hashes=hashes, bound_to=str(source.get("url", "")))


def _pdm(document: TomlText) -> Iterator[Dependency]:
    _expect_major(document, "lock_version", ("1", "2", "3", "4"), "pdm.lock")
    places = _Places(document, "package")
    old_files = document.table("metadata", "files")
    for index, entry in enumerate(places.entries):
        record = places.record(index, entry, "pdm.lock")
        if record.kind is Kind.UNREADABLE:
            yield record
            continue
        files = entry.get("files", old_files.get(f"{record.name} {entry.get('version')}"))
        hashes = _hashes(_list(files), "hash")
        vcs = next((name for name in ("git", "hg", "svn") if name in entry), "")
        if vcs:
            ref = str(entry.get("revision", ""))
            yield record._replace(kind=Kind.VCS, vcs=vcs, url=str(entry[vcs]), ref=ref)
        elif "url" in entry:
            yield record._replace(kind=Kind.URL, url=str(entry["url"]), hashes=hashes)
        elif "path" in entry:
            yield record._replace(kind=Kind.LOCAL, url=str(entry["path"]))
        else:
            yield record._replace(hashes=hashes)


def _pylock(document: TomlText) -> Iterator[Dependency]:
    """PEP 751."""
    if not re.fullmatch(r"1(?:\.\d+)*", str(document.value.get("lock-version", ""))):
        raise Unscannable("it is no pylock.toml of version 1: it has no such lock-version")
    places = _Places(document, "packages")
    for index, entry in enumerate(places.entries):
        record = places.record(index, entry, "pylock.toml")
        if record.kind is Kind.UNREADABLE:
            yield record
            continue
        if isinstance(entry.get("vcs"), dict):
            vcs = entry["vcs"]
            url = str(vcs.get("url", vcs.get("path", "")))
            yield record._replace(
                kind=Kind.VCS, vcs=str(vcs.get("type", "")), url=url, ref=str(vcs.get("commit-id", ""))
            )
        elif isinstance(entry.get("directory"), dict):
            yield record._replace(kind=Kind.LOCAL, url=str(entry["directory"].get("path", "")))
        elif isinstance(entry.get("archive"), dict):
            archive = entry["archive"]
            hashes = _hash_table(archive.get("hashes"))
            yield record._replace(kind=Kind.URL, url=str(archive.get("url", archive.get("path", ""))), hashes=hashes)
        else:
            files = [file for file in [entry.get("sdist"), *_list(entry.get("wheels"))] if isinstance(file, dict)]
            each = [_hash_table(file.get("hashes")) for file in files]
            yield record._replace(hashes=tuple(found[0] for found in each) if each and all(each) else ())


def _pipfile(source: Source) -> Iterator[Dependency]:
    from mlhooks.formats.jsontext import JsonText

    document = JsonText(source.text)
    value = document.value
    if not isinstance(value, dict):
        raise Unscannable("it is no Pipfile.lock: its top is not an object")
    if not any(isinstance(packages, dict) for section, packages in value.items() if not section.startswith("_")):
        raise Unscannable("it is no Pipfile.lock: it has no section of packages")
    sections = document.members(())
    for section, packages in value.items():
        if section.startswith("_"):
            continue
        if not isinstance(packages, dict):
            place = source.fragment(*sections[section].key)
            yield _unreadable(_record(place.source, place.offset(0), section, "Pipfile.lock", section))
            continue
        places = document.members((section,))
        for name, entry in packages.items():
            place = source.fragment(*places[name].key)
            record = _record(place.source, place.offset(0), name, "Pipfile.lock", section)
            if not isinstance(entry, dict):
                yield _unreadable(record)
                continue
            hashes = tuple(text for text in _list(entry.get("hashes")) if isinstance(text, str))
            record = record._replace(specifier=str(entry.get("version", "")), hashes=hashes)
            vcs = next((key for key in ("git", "hg", "svn") if key in entry), "")
            if vcs:
                yield record._replace(kind=Kind.VCS, vcs=vcs, url=str(entry[vcs]), ref=str(entry.get("ref", "")))
            elif "path" in entry:
                yield record._replace(kind=Kind.LOCAL, url=str(entry["path"]))
            elif "file" in entry:
                yield address(record, str(entry["file"]))._replace(name=name, hashes=hashes)
            else:
                yield record


class _Places:
    """Where the entries of an array of tables stand: found by their headers, without a scan of all values."""

    def __init__(self, document: TomlText, table: str) -> None:
        self.source = document.whole.source
        pattern = re.compile(rf"(?m)^[ \t]*\[\[[ \t]*[\"']?{re.escape(table)}[\"']?[ \t]*\]\]")
        self.starts = [match.start() for match in pattern.finditer(document.whole.text)]
        self.entries = document.value.get(table, [])
        if not isinstance(self.entries, list):
            raise Unscannable(f"it is no lock of a known form: its `{table}` is no list")
        if len(self.starts) != len(self.entries):  # an unusual layout: every entry stands at the top
            self.starts = []

    def record(self, index: int, entry: Any, origin: str) -> Dependency:
        offset = self.starts[index] if self.starts else 0
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            return _unreadable(_record(self.source, offset, f"package {index + 1:,}", origin, "package"))
        at = self.source.text.find("name", offset) if self.starts else 0
        record = _record(self.source, max(at, 0), entry["name"], origin, "package")
        version = entry.get("version")
        marker = entry.get("marker", entry.get("markers", ""))
        return record._replace(
            specifier=f"=={version}" if isinstance(version, str) else "",
            marker=marker if isinstance(marker, str) else "",
        )


def _record(source: Source, offset: int, name: str, origin: str, group: str) -> Dependency:
    place = source.fragment(offset, offset)
    return Dependency(
        Kind.PACKAGE,
        name,
        source.path,
        place.location(),
        context=Context.LOCK,
        origin=origin,
        group=group,
        statement=offset,
        text=name,
    )


def _unreadable(record: Dependency) -> Dependency:
    """The record of an entry that no tool writes, and that must not pass for nothing."""
    return record._replace(kind=Kind.UNREADABLE, problem="its entry in the lock has no name, or is not of a known form")


def _expect_major(document: TomlText, key: str, known: tuple[str, ...], name: str) -> None:
    """Refuses a version of a format that is not known. The first locks of these tools did not state any."""
    version = document.table("metadata").get(key)
    if version is None and "package" in document.value:
        return
    if str(version).partition(".")[0] not in known:
        raise Unscannable(f"it is {name} in version {version!r}; known are: {', '.join(known)}")


def _expect(document: TomlText, key: str, versions: tuple[int, ...], name: str) -> None:
    found = document.value.get(key)
    if found not in versions:
        raise Unscannable(f"it is {name} in version {found!r}; known are: {', '.join(map(str, versions))}")


def _hashes(files: list[Any], key: str) -> tuple[str, ...]:
    """The hashes of an entry's files; () when one of them has none, so a gap shows."""
    entries = [file.get(key) for file in files if isinstance(file, dict)]
    found = tuple(text for text in entries if isinstance(text, str) and text)
    return found if len(found) == len(entries) else ()


def _hash_table(table: Any) -> tuple[str, ...]:
    if not isinstance(table, dict):
        return ()
    return tuple(f"{name}:{value}" for name, value in sorted(table.items(), reverse=True))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_TOML: dict[str, Callable[[TomlText], Iterator[Dependency]]] = {
    "uv.lock": _uv,
    "poetry.lock": _poetry,
    "pdm.lock": _pdm,
    "pylock.toml": _pylock,
}
