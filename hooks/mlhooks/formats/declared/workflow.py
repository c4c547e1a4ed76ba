"""GitHub workflows and composite actions: the actions they use, their images, and what their steps install."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.formats.dependency import Context, Dependency, Kind, readable_text
from mlhooks.formats.downloads import Fetched
from mlhooks.formats.fragment import Source
from mlhooks.formats.image import image
from mlhooks.formats.installs import Scope, installs, setting
from mlhooks.formats.yamltext import yaml_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File
    from mlhooks.formats.fragment import Fragment
    from mlhooks.formats.yamltext import YamlNode


def read(file: File) -> Iterator[Dependency]:
    """The records of a workflow, or of an action's own steps."""
    source = Source(file.path, readable_text(file))
    top = yaml_document(source)
    if top and top.kind != "mapping":
        raise Unscannable("it is no workflow: its top is not a mapping")
    yield from _environment(top, "")
    for name, job in top.get("jobs").items():
        yield from _job(name, job)
    runs = top.get("runs")
    yield from _steps(runs, "runs")
    if runs.get("image").text.startswith("docker://"):
        yield _image(runs.get("image"), "runs")


def _job(name: str, job: YamlNode) -> Iterator[Dependency]:
    yield from _environment(job, name)
    if job.get("uses").text:
        yield from _uses(job.get("uses"), name)
    container = job.get("container")
    for node in (
        container,
        container.get("image"),
        *(service.get("image") for _, service in job.get("services").items()),
    ):
        if node.text:
            yield _image(node, name)
    yield from _steps(job, name)


def _steps(parent: YamlNode, group: str) -> Iterator[Dependency]:
    fetched = Fetched()
    for step in parent.get("steps").values():
        yield from _environment(step, group)
        if step.get("uses").text:
            yield from _uses(step.get("uses"), group)
        script = step.get("run")
        if script.text:
            yield from _run(script.fragment(), step.get("shell").text, group, fetched)


def _run(script: Fragment, shell: str, group: str, fetched: Fetched) -> Iterator[Dependency]:
    if shell.startswith("python"):
        from mlhooks.formats.declared.python import python_records

        yield from python_records(script, "workflow", Context.COMMAND, group)
        return
    yield from installs(script, Scope("workflow", group=group), fetched=fetched)


def _environment(node: YamlNode, group: str) -> Iterator[Dependency]:
    for name, value in node.get("env").items():
        if value.text:
            yield from setting(name, value.text, value.fragment(), Scope("workflow", group=group))


def _uses(node: YamlNode, group: str) -> Iterator[Dependency]:
    text = node.text.strip()
    if text.startswith("docker://"):
        yield _image(node, group)
        return
    if text.startswith((".", "$", "${{")):
        return  # an action of this repository: the code under review
    place = node.fragment()
    name, _, ref = text.partition("@")
    start = place.offset(0) + len(name) + 1
    yield Dependency(
        Kind.ACTION,
        name,
        place.source.path,
        place.location(),
        context=Context.COMMAND,
        origin="workflow",
        group=group,
        url=name,
        ref=ref,
        statement=place.offset(0),
        slot=(start, start + len(ref)) if ref and place.is_verbatim() else None,
        text=text,
    )


def _image(node: YamlNode, group: str) -> Dependency:
    place = node.fragment()
    if "${{" in place.text:
        record = image(place, origin="workflow", group=group)
        return record._replace(kind=Kind.UNKNOWN, name="", problem=place.text[place.text.index("${{") :][:40])
    return image(place, origin="workflow", group=group)
