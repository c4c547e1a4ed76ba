"""conda-lock.yml and pixi.lock."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
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


def _conda_lock(source: Source, top: YamlNode) -> Iterator[Dependency]:
    for entry in top.get("package").values():
        fields = dict(entry.items())
        name = fields["name"].text if "name" in fields else ""
        if not name:
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
            continue
        yield _pixi_entry(source, entry, kind, {key: value.text for key, value in fields.items()})


def _pixi_entry(source: Source, entry: YamlNode, kind: str, fields: dict[str, str]) -> Dependency:
    url = fields[kind]
    hashes = tuple(f"{key}:{fields[key]}" for key in ("sha256", "md5") if fields.get(key))
    file_name = url.partition("#")[0].rpartition("/")[2]
    if kind == "conda":
        match = re.fullmatch(r"(?P<name>.+)-(?P<version>[^-]+)-[^-]+", re.sub(r"\.(?:conda|tar\.bz2)$", "", file_name))
        name, version = (match["name"], match["version"]) if match is not None else (fields.get("name", ""), "")
        record = _record(source, entry.start(), name, "pixi.lock")
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
