"""conda-lock.yml and pixi.lock."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.formats.declared.requirements import read_line
from mlhooks.formats.dependency import Context, Dependency, Grammar, Kind
from mlhooks.formats.requirement import address
from mlhooks.formats.yamltext import yaml_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.formats.fragment import Source
    from mlhooks.formats.yamltext import YamlNode


def read_conda_lock(source: Source, name: str) -> Iterator[Dependency]:
    """The records of conda's locks. Raises `Unscannable` when the file is no such lock."""
    top = yaml_document(source)
    if name == "pixi.lock":
        if not top.get("packages"):
            raise Unscannable("it is no pixi.lock: it has no packages")
        yield from _pixi(source, top)
        return
    if not top.get("package"):
        raise Unscannable("it is no conda-lock.yml: it has no package list")
    yield from _conda_lock(source, top)


def read_explicit(source: Source) -> Iterator[Dependency]:
    """conda's explicit list: a line `@EXPLICIT`, then URLs with `#md5` or `#sha256` behind them.

    conda-lock writes what pip is to install into comments of a fixed form (`# pip name @ URL`), and reads them.
    """
    is_explicit = False
    at = 0
    for line in source.text.splitlines(keepends=True):
        start, at = at, at + len(line)
        text = line.strip()
        if text == "@EXPLICIT":
            is_explicit = True
        elif text.startswith("# pip "):
            inner = source.fragment(start + line.index("# pip ") + len("# pip "), at).strip()
            if inner.text:
                yield from read_line(inner, Context.LOCK, "conda-lock.yml")
        elif text and not text.startswith("#"):
            url, _, digest = text.partition("#")
            name, version = _file_name(url)
            label = "sha256" if len(digest.removeprefix("sha256:")) == 64 else "md5"
            record = _record(source, start, name, "conda-lock.yml")
            yield record._replace(
                kind=Kind.CONDA,
                grammar=Grammar.CONDA,
                specifier=f"=={version}" if version else "",
                hashes=(f"{label}:{digest.removeprefix('sha256:')}",) if digest else (),
                url=url,
            )
    if not is_explicit:
        raise Unscannable("it is no explicit list of conda packages: it has no line @EXPLICIT")


def _file_name(url: str) -> tuple[str, str]:
    """Name and version that a conda package's file name states."""
    file_name = re.sub(r"\.(?:conda|tar\.bz2)$", "", url.partition("#")[0].rpartition("/")[2])
    parts = file_name.rsplit("-", 2)
    return (parts[0], parts[1]) if len(parts) == 3 else ("", "")


def _conda_lock(source: Source, top: YamlNode) -> Iterator[Dependency]:
    for entry in top.get("package").values():
        fields = dict(entry.items())
        name = fields["name"].text if "name" in fields else ""
        if not name:
            yield _unreadable(source, entry, "conda-lock.yml")
            continue
        is_pip = "manager" in fields and fields["manager"].text == "pip"
        hashes = fields["hash"].items() if "hash" in fields else ()
        record = _record(source, entry.start(), name, "conda-lock.yml")
        yield record._replace(
            kind=Kind.PACKAGE if is_pip else Kind.CONDA,
            grammar=Grammar.PEP440 if is_pip else Grammar.CONDA,
            specifier=f"=={fields['version'].text}" if "version" in fields else "",
            hashes=tuple(f"{key}:{value.text}" for key, value in hashes),
            group=fields["platform"].text if "platform" in fields else "",
            url=fields["url"].text if "url" in fields else "",
        )


def _pixi(source: Source, top: YamlNode) -> Iterator[Dependency]:
    for entry in top.get("packages").values():
        fields = dict(entry.items())
        kind = next((key for key in ("conda", "pypi") if key in fields), "")
        if not kind and "kind" in fields:  # the layout before version 6
            kind, fields[fields["kind"].text] = fields["kind"].text, fields.get("url", fields["kind"])
        if not kind:
            yield _unreadable(source, entry, "pixi.lock")
            continue
        yield _pixi_entry(source, entry, kind, {key: value.text for key, value in fields.items()})


def _pixi_entry(source: Source, entry: YamlNode, kind: str, fields: dict[str, str]) -> Dependency:
    url = fields[kind]
    hashes = tuple(f"{key}:{fields[key]}" for key in ("sha256", "md5") if fields.get(key))
    if kind == "conda":
        name, version = _file_name(url)
        record = _record(source, entry.start(), name or fields.get("name", ""), "pixi.lock")
        is_local = "://" not in url
        return record._replace(
            kind=Kind.LOCAL if is_local else Kind.CONDA,
            grammar=Grammar.CONDA,
            specifier=f"=={fields.get('version', version)}",
            hashes=hashes,
            url=url,
        )
    record = _record(source, entry.start(), fields.get("name", ""), "pixi.lock")
    record = record._replace(specifier=f"=={fields['version']}" if fields.get("version") else "")
    if "://" not in url:
        return record._replace(kind=Kind.LOCAL, url=url)
    if url.startswith("git+"):
        found = address(record, url)
        commit = url.partition("#")[2] or found.ref
        return found._replace(ref=commit, url=found.url.partition("?")[0])
    return record._replace(hashes=hashes, url=url)


def _unreadable(source: Source, entry: YamlNode, origin: str) -> Dependency:
    """The record of an entry that no tool writes, and that must not pass for nothing."""
    record = _record(source, entry.start(), "package", origin)
    return record._replace(kind=Kind.UNREADABLE, problem="its entry in the lock has no name, or is not of a known form")


def _record(source: Source, offset: int, name: str, origin: str) -> Dependency:
    place = source.fragment(offset, offset)
    return Dependency(
        Kind.PACKAGE,
        name,
        source.path,
        place.location(),
        context=Context.LOCK,
        origin=origin,
        statement=offset,
        text=name,
    )
