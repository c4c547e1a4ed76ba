"""pre-commit configuration: the repositories hooks come from, and the packages they are given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.formats.dependency import Context, Dependency, Kind, readable_text
from mlhooks.formats.fragment import Source
from mlhooks.formats.requirement import requirement
from mlhooks.formats.yamltext import yaml_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File
    from mlhooks.formats.yamltext import YamlNode

# The lists are for any language a hook may be written in: `name@version` and `name:version` are npm, gem and others.
_foreign = re.compile(r"@[^/]+/|[^@\s]+@(?!\s*(?:https?|git\+|file):)[^\s]*$|[\w.-]+:[\w.-]+$|\./|-")
_PYTHON_LANGUAGES = ("", "python", "python_venv", "conda")


def read(file: File) -> Iterator[Dependency]:
    """The records of `.pre-commit-config.yaml` and of `.pre-commit-hooks.yaml`."""
    top = yaml_document(Source(file.path, readable_text(file)))
    for repository in top.get("repos").values():
        name = repository.get("repo").text
        if name not in ("local", "meta", "builtin", ""):
            yield _hook(repository)
        for hook in repository.get("hooks").values():
            yield from _dependencies(hook)
    if top.kind == "sequence":
        for hook in top.values():
            yield from _dependencies(hook)


def _hook(repository: YamlNode) -> Dependency:
    rev = repository.get("rev") or repository.get("sha")
    place = (rev if rev.text else repository.get("repo")).fragment()
    return Dependency(
        Kind.HOOK,
        repository.get("repo").text,
        place.source.path,
        place.location(),
        context=Context.DEVELOPMENT,
        origin="pre-commit",
        url=repository.get("repo").text,
        ref=rev.text,
        statement=place.offset(0),
        text=f"{repository.get('repo').text}@{rev.text}",
    )


def _dependencies(hook: YamlNode) -> Iterator[Dependency]:
    if hook.get("language").text not in _PYTHON_LANGUAGES:
        return
    for entry in hook.get("additional_dependencies").values():
        place = entry.fragment().strip() if entry.text else None
        if place and _foreign.match(place.text) is None:
            record = requirement(place, origin="pre-commit", context=Context.DEVELOPMENT, group=hook.get("id").text)
            # What Python cannot read may be right for the hook's own language.
            if record.kind is not Kind.UNREADABLE:
                yield record
