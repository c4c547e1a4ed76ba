"""Files that tell an ML platform how to build an environment: MLflow, Cog and BentoML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.formats.declared.entries import texts
from mlhooks.formats.declared.requirements import read_line
from mlhooks.formats.dependency import Context, Dependency, Kind, readable_text
from mlhooks.formats.fragment import Source
from mlhooks.formats.image import image
from mlhooks.formats.installs import Scope, installs
from mlhooks.formats.yamltext import yaml_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlhooks.core.files import File
    from mlhooks.formats.yamltext import YamlNode


def read(file: File) -> Iterator[Dependency]:
    """The records of one manifest; all of them describe an application."""
    top = yaml_document(Source(file.path, readable_text(file)))
    yield from _READERS[file.name.partition(".")[0]](top)


def _cog(top: YamlNode) -> Iterator[Dependency]:
    build = top.get("build")
    yield from packages(build.get("python_packages"), "cog")
    yield from files(build.get("python_requirements"), "cog")
    scope = Scope("cog", Context.APPLICATION, "build.run")
    for step in (*build.get("run").values(), *build.get("pre_install").values()):
        node = step.get("command") if step.kind == "mapping" else step
        if node.text:
            yield from installs(node.fragment(), scope)


def _bento(top: YamlNode) -> Iterator[Dependency]:
    python = top.get("python")
    if python.get("lock_packages").text.lower() != "true":
        yield from packages(python.get("packages"), "bento")
    yield from files(python.get("requirements_txt"), "bento")
    for key, name in (
        ("index_url", "index-url"),
        ("extra_index_url", "extra-index-url"),
        ("trusted_host", "trusted-host"),
        ("find_links", "find-links"),
    ):
        yield from settings(python.get(key), name, "bento")
    if python.get("pip_args").text:
        yield from read_line(python.get("pip_args").fragment().strip(), Context.APPLICATION, "bento")
    base = top.get("docker").get("base_image")
    if base.text:
        yield image(base.fragment(), origin="bento", context=Context.APPLICATION, group="docker.base_image")
    conda = top.get("conda")
    yield from _conda(conda)
    yield from packages(conda.get("pip"), "bento")


def _project(top: YamlNode) -> Iterator[Dependency]:
    """MLproject: the environments it names are files of their own."""
    base = top.get("docker_env").get("image")
    if base.text:
        yield image(base.fragment(), origin="mlflow", context=Context.APPLICATION, group="docker_env")
    for entry in dict(top.get("entry_points").items()).values():
        if entry.get("command").text:
            yield from installs(entry.get("command").fragment(), Scope("mlflow", Context.APPLICATION, "entry_points"))


def _python_env(top: YamlNode) -> Iterator[Dependency]:
    for key, context in (("dependencies", Context.APPLICATION), ("build_dependencies", Context.BUILD)):
        yield from packages(top.get(key), "mlflow", context)


def _model(top: YamlNode) -> Iterator[Dependency]:
    """MLmodel: its environments stand beside it, under their own names."""
    yield from packages(top.get("pip_requirements"), "mlflow")


def _conda(node: YamlNode) -> Iterator[Dependency]:
    from mlhooks.formats.declared.conda import environment

    yield from environment(node, Context.APPLICATION)


def packages(node: YamlNode, origin: str, context: Context = Context.APPLICATION) -> Iterator[Dependency]:
    """Requirement lines: a list of them, or a text with one per line."""
    for entry in texts(node, context, origin):
        if isinstance(entry, Dependency):
            yield entry
            continue
        place = entry.fragment()
        at = 0
        for line in place.text.splitlines(keepends=True):
            fragment = place.slice(at, at + len(line)).strip()
            at += len(line)
            if fragment.text and not fragment.text.startswith("#"):
                yield from read_line(fragment, context, origin)


def files(node: YamlNode, origin: str) -> Iterator[Dependency]:
    """Requirements files that are named by path."""
    for record in settings(node, "requirement", origin):
        yield record._replace(kind=Kind.INCLUDE)


def settings(node: YamlNode, name: str, origin: str) -> Iterator[Dependency]:
    """A setting with one value or a list of them."""
    for entry in node.values():
        if entry.text:
            place = entry.fragment()
            yield Dependency(
                Kind.SETTING,
                name,
                place.source.path,
                place.location(),
                context=Context.APPLICATION,
                origin=origin,
                url=entry.text,
                statement=place.offset(0),
                text=entry.text,
            )


_READERS: dict[str, Callable[[YamlNode], Iterator[Dependency]]] = {
    "cog": _cog,
    "bentofile": _bento,
    "MLproject": _project,
    "MLmodel": _model,
    "python_env": _python_env,
}
