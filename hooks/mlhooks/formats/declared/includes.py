"""Requirements files that are named by something else than a requirements file: a command, a manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.formats.declared.requirements import is_read_by_itself, is_remote, read_file
from mlhooks.formats.dependency import Context, Dependency, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlhooks.core.files import File

_READ_ALREADY = ("requirements", "pip-compile")
# What installers take beside lists of requirements: projects, scripts, locks, and conda's environments.
_OTHER_SOURCES = frozenset(("toml", "ini", "python", "lock", "conda"))
MAX_PARENTS = 3


def read_included(file: File, includes: Sequence[Dependency]) -> Iterator[Dependency]:
    """The records of included files whose own names do not show what they are.

    A path in a command is relative to where that runs, which is not known: the file's folder and those above it are
    tried, and a file that is not there is no error.
    """
    seen = {file.path}
    waiting = list(includes)
    for include in waiting:
        if include.origin in _READ_ALREADY or is_remote(include.url):
            continue
        target = _find(file, include.url)
        if target is None or target.path in seen or place_of(target.path) in _OTHER_SOURCES:
            continue
        seen.add(target.path)
        if target.name.endswith((".yml", ".yaml")):
            yield from _environment(target)
        elif not is_read_by_itself(target):
            context = Context.CONSTRAINT if include.name == "constraint" else include.context
            missing: list[str] = []
            yield from read_file(target, context, seen, missing)
            lost = [include._replace(url=url) for url in missing]
            yield from lost
            waiting += lost  # it may be here for who stands where the command runs


def _environment(target: File) -> Iterator[Dependency]:
    """conda's environment of any name. One that shows in its content what it is, is read by itself."""
    from mlhooks.formats.declared import conda, deployment

    if not any(deployment.read(target)):
        yield from conda.read(target)


def is_missing(file: File, include: Dependency) -> bool:
    """Whether an include of `file` leads to nothing that is here: its file is made, or fetched, when it is needed."""
    if include.path != file.path or include.origin in _READ_ALREADY or is_remote(include.url):
        return False
    return _find(file, include.url) is None


def _find(file: File, path: str) -> File | None:
    path = path.removeprefix("{toxinidir}/").removeprefix("{tox_root}/")
    if "$" in path or "{" in path or path in ("", "-", "/dev/stdin"):
        return None
    relative = path.lstrip("/")
    for up in range(MAX_PARENTS):
        found = file.sibling("../" * up + relative)
        if found is not None:
            return found
    return file.sibling(relative.rpartition("/")[2])
