"""Exact versions that are already known here: from locks, compiled requirements and constraints beside a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.formats.dependency import Context, Dependency, Kind, read
from mlhooks.unpinned_dependencies.pins import exact_version

if TYPE_CHECKING:
    from mlhooks.core.files import File

_sources = (
    r"(?:uv|poetry|pdm|Pipfile)\.lock|pylock(?:\..+)?\.toml|(?:.*[-_.])?constraints?(?:[-_.].*)?\.txt"
    r"|requirements?[-_.]?(?:lock|locked|frozen|freeze|pinned)(?:\.txt)?|requirements?\.txt"
)


def known_versions(file: File) -> dict[str, str]:
    """Version by normalised name, only where all that is beside the file agrees on one."""
    found: dict[str, set[str]] = {}
    for name in file.siblings():
        if name == file.name or re.fullmatch(_sources, name) is None:
            continue
        beside = file.sibling(name)
        for record in _records(beside) if beside is not None else ():
            version = exact_version(record)
            # requirements.txt counts when a tool compiled it: one that a person wrote is no lock.
            if version and record.kind is Kind.PACKAGE and record.context in (Context.LOCK, Context.CONSTRAINT):
                found.setdefault(record.normalized, set()).add(version)
    return {name: next(iter(versions)) for name, versions in found.items() if len(versions) == 1}


def _records(file: File) -> list[Dependency]:
    found: list[Dependency] = []
    try:
        found.extend(read(file))
    except Unscannable:
        return []  # half a lock is no certain source
    return found
