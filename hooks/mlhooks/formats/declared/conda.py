"""conda environment files: MatchSpecs, and requirement lines in a `pip:` block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.formats.declared.entries import texts
from mlhooks.formats.declared.requirements import read_line
from mlhooks.formats.dependency import Context, Dependency, Kind, readable_text
from mlhooks.formats.fragment import Source
from mlhooks.formats.installs import Scope, setting
from mlhooks.formats.matchspec import match_spec
from mlhooks.formats.yamltext import yaml_documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File
    from mlhooks.formats.yamltext import YamlNode


def read(file: File) -> Iterator[Dependency]:
    """The records of a conda environment; none for YAML of the same name that is something else."""
    source = Source(file.path, readable_text(file))
    if "dependencies" not in source.text:
        return
    for document in yaml_documents(source):
        yield from environment(document, Context.UNDECIDED)


def environment(top: YamlNode, context: Context) -> Iterator[Dependency]:
    """The records of a mapping with `dependencies` and perhaps `channels`."""
    dependencies = top.get("dependencies")
    if dependencies.kind != "sequence":
        return
    for channel in top.get("channels").values():
        if channel.text:
            place = channel.fragment()
            yield Dependency(
                Kind.SETTING,
                "channel",
                place.source.path,
                place.location(),
                context=context,
                origin="conda",
                url=channel.text,
                statement=place.offset(0),
                text=channel.text,
            )
    for name, value in top.get("variables").items():
        if value.text:
            yield from setting(name, value.text, value.fragment(), Scope("conda-variables", context))
    for entry in dependencies.values():
        if entry.text.strip():
            yield match_spec(entry.fragment(), origin="conda", context=context, group="dependencies")
        for name, block in entry.items():
            if name in ("pip", "uv"):
                yield from _pip_block(block, context)


def _pip_block(block: YamlNode, context: Context) -> Iterator[Dependency]:
    for line in texts(block, context, "conda", "pip"):
        if isinstance(line, Dependency):
            yield line
            continue
        fragment = line.fragment().strip()
        if fragment.text:
            yield from read_line(fragment, context, "conda", "pip")
