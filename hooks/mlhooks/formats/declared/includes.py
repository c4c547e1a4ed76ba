"""Requirements files that are named by something else than a requirements file: a command, a manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.formats.declared.requirements import is_remote
from mlhooks.formats.dependency import Context, Dependency, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlhooks.core.files import File

_READ_ALREADY = ("requirements", "pip-compile")
MAX_PARENTS = 3


def read_included(file: File, includes: Sequence[Dependency]) -> Iterator[Dependency]:
    """The records of included files that no name brings to a reader.

    A path in a command is relative to where that runs, which is not known: the file's folder and those above it are
    tried, and a file that is not there is no error.
    """
    from mlhooks.formats.declared.requirements import read_file

    seen = {file.path}
    for include in includes:
        if include.origin in _READ_ALREADY or is_remote(include.url) or include.name == "environment":
            continue
        target = _find(file, include.url)
        if target is None or target.path in seen or place_of(target.path):
            continue
        seen.add(target.path)
        context = Context.CONSTRAINT if include.name == "constraint" else include.context
        missing: list[str] = []
        yield from read_file(target, context, seen, missing)


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
