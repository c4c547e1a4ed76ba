"""DVC: files imported from other repositories, and the commands of a pipeline's stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.formats.dependency import Context, Dependency, Kind, readable_text
from mlhooks.formats.fragment import Source
from mlhooks.formats.installs import Scope, installs
from mlhooks.formats.yamltext import yaml_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File
    from mlhooks.formats.yamltext import YamlNode


def read(file: File) -> Iterator[Dependency]:
    """The records of a `.dvc` file or of dvc.yaml. A locked import names its commit in `rev_lock`."""
    top = yaml_document(Source(file.path, readable_text(file)))
    for entry in top.get("deps").values():
        if entry.get("repo").get("url").text:
            yield _import(entry.get("repo"))
    for name, stage in top.get("stages").items():
        for command in stage.get("cmd").values():
            if command.text:
                yield from installs(command.fragment(), Scope("dvc", Context.APPLICATION, name))


def _import(repository: YamlNode) -> Dependency:
    place = repository.get("url").fragment()
    return Dependency(
        Kind.VCS,
        "",
        place.source.path,
        place.location(),
        context=Context.APPLICATION,
        origin="dvc",
        vcs="git",
        url=place.text,
        ref=repository.get("rev_lock").text or repository.get("rev").text,
        statement=place.offset(0),
        text=place.text,
    )
