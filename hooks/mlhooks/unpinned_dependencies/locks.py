"""Lock files: whether they are complete, and whether they match what the project asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.core.finding import Finding, Unscannable
from mlhooks.formats import pypi
from mlhooks.formats.dependency import Context, Dependency, Grammar, Kind, normalize, read
from mlhooks.unpinned_dependencies.faults import shown
from mlhooks.unpinned_dependencies.rules import LOCK_WITHOUT_HASH, STALE_LOCK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlhooks.core.files import File
    from mlhooks.unpinned_dependencies.kinds import Project

_MANIFESTS = {
    "uv.lock": "pyproject.toml",
    "poetry.lock": "pyproject.toml",
    "pdm.lock": "pyproject.toml",
    "Pipfile.lock": "Pipfile",
    "pixi.lock": "pixi.toml",
}
_DIRECT = frozenset((Context.UNDECIDED, Context.DEVELOPMENT, Context.APPLICATION, Context.LIBRARY))
_NAMED = frozenset((Kind.PACKAGE, Kind.CONDA))
_ORIGINS = frozenset(("pyproject", "poetry", "pdm", "uv", "pipfile", "pixi", "requirements", "script", "conda"))


class Drift(NamedTuple):
    """One direct dependency that a lock does not answer for. `locked` is None when the lock does not name it."""

    asked: Dependency
    locked: Dependency | None


def lock_findings(file: File, records: Sequence[Dependency], project: Project) -> Iterator[Finding]:
    """The findings about a lock itself, or about a manifest and the lock beside it."""
    own = [record for record in records if record.path == file.path]
    if any(record.context is Context.LOCK for record in own):
        yield from _without_hashes(own)
        manifest = _manifest_of(file)
        yield from _foreign(own, _quietly(manifest) if manifest is not None else [])
        if manifest is not None:
            for drift in _drifts(_quietly(manifest), own, file):
                if drift.locked is not None:
                    yield _stale(drift.locked, drift, file.path, manifest.path)
        return
    lock = project.lock()
    if lock is not None:
        for drift in _drifts(own, _quietly(lock), lock):
            yield _stale(drift.asked, drift, lock.path, file.path)


def _without_hashes(records: list[Dependency]) -> Iterator[Finding]:
    """Entries from an index without a hash. In a lock that has none at all, the first speaks for all."""
    entries = [record for record in records if record.kind in _NAMED and record.origin != "pip-compile"]
    bare = [record for record in entries if not record.hashes and not _is_local(record.bound_to)]
    is_none_hashed = len(bare) == len(entries) and len(entries) > 1
    for record in bare[:1] if is_none_hashed else bare:
        what = (
            "no package in this lock has a hash"
            if is_none_hashed
            else f"{record.name} has no hash in a lock that has hashes"
        )
        message = f"{what}, so it is installed unchecked; lock again and look at what changes"
        yield Finding(LOCK_WITHOUT_HASH, record.path, message, record.location, record.normalized)


def _foreign(locked: Sequence[Dependency], asked: Sequence[Dependency]) -> Iterator[Finding]:
    """Entries from an index that nobody asked for, or whose file is not where the index keeps its files.

    One index for all entries may come from the settings of a machine (a company's mirror); a few entries with an
    index of their own need a manifest that names it.
    """
    named = {record.url.rstrip("/") for record in asked if record.kind is Kind.SETTING}
    formats = ("uv.lock", "poetry.lock")
    entries = [record for record in locked if record.kind is Kind.PACKAGE and record.origin in formats]
    registries = [record.bound_to for record in entries]
    usual = "" if any(map(_is_pypi, registries)) else max(set(registries), key=registries.count, default="")
    for record in entries:
        registry = record.bound_to
        if record.url:
            message = f"{record.name} is locked with a file from {shown(record.url)}, where PyPI keeps none"
        elif (
            asked
            and "://" in registry
            and registry != usual
            and not _is_pypi(registry)
            and registry.rstrip("/") not in named
        ):
            message = f"{record.name} is locked from {shown(registry)}, an index that the manifest does not name"
        else:
            continue
        message += "; find out who changed it"
        yield Finding(STALE_LOCK, record.path, message, record.location, record.normalized)


def _is_pypi(registry: str) -> bool:
    return registry in ("", pypi.SIMPLE, f"{pypi.SIMPLE}/")


def _is_local(registry: str) -> bool:
    return bool(registry) and "://" not in registry


def _drifts(asked: Sequence[Dependency], locked: Sequence[Dependency], lock: File) -> Iterator[Drift]:
    """What is asked for and not locked, or locked at versions that are excluded, as far as that is certain."""
    by_name: dict[str, list[Dependency]] = {}
    for record in locked:
        by_name.setdefault(record.normalized, []).append(record)
    if not by_name:
        return
    overridden = {record.normalized for record in asked if "override" in record.group}
    for record in asked:
        if record.kind not in _NAMED or record.context not in _DIRECT or record.origin not in _ORIGINS:
            continue
        if record.normalized in overridden:
            continue
        entries = by_name.get(record.normalized)
        if entries is None:
            if _must_be_locked(record, lock):
                yield Drift(record, None)
        elif all(entry.kind in _NAMED for entry in entries) and not any(_satisfies(entry, record) for entry in entries):
            yield Drift(record, entries[0])


def _must_be_locked(record: Dependency, lock: File) -> bool:
    """Whether a lock must name a record: a marker may rule it out, and some locks leave groups or features out."""
    if record.marker or record.context is Context.BUILD:
        return False
    is_main = record.group in ("project.dependencies", "tool.poetry.dependencies", "packages", "dependencies", "")
    if lock.name.startswith("pixi"):
        return (
            record.origin == "pixi"
            and re.fullmatch(r"(?:tool\.pixi\.)?(?:pypi-)?dependencies", record.group) is not None
        )
    if lock.name.startswith(("pdm", "pylock")):
        return is_main
    if record.group.startswith("project.optional-dependencies"):
        return lock.name != "poetry.lock" and not record.extras
    return True


def _satisfies(entry: Dependency, asked: Dependency) -> bool:
    version = entry.specifier.lstrip("=").strip()
    return not version or satisfies_version(version, asked)


def satisfies_version(version: str, asked: Dependency) -> bool:
    """Whether a version is one that was asked for; what cannot be compared counts as satisfied."""
    alternatives = _as_pep440(asked.specifier, asked.grammar) if asked.specifier else None
    if alternatives is None:
        return True
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        found = Version(version)
        return any(SpecifierSet(text).contains(found, prereleases=True) for text in alternatives)
    except (InvalidSpecifier, InvalidVersion):
        return True


def _as_pep440(specifier: str, grammar: Grammar) -> list[str] | None:
    """A specifier as alternatives in PEP 440; None for what has no such form."""
    if grammar is Grammar.PEP440:
        return [specifier.strip("() ")]
    parts = [_translated(part.strip(), grammar) for part in re.split(r"\|\|?", specifier)]
    known = [part for part in parts if part is not None]
    return known if len(known) == len(parts) else None


def _translated(text: str, grammar: Grammar) -> str | None:
    if text in ("", "*", "latest"):
        return ""
    clauses: list[str] = []
    for operator, version in re.findall(r"(===|==|!=|~=|<=|>=|<|>|=|\^|~)?\s*([^\s,]+)", text):
        if re.fullmatch(r"\d+(?:\.\d+)*(?:\.\*)?|\d[\w.+]*", version) is None:
            return None
        if operator in ("^", "~"):
            clauses.extend((f">={version}", f"<{_next(version, operator)}"))
        elif operator == "=" and grammar is not Grammar.POETRY:
            clauses.append(f"=={version.removesuffix('.*')}.*")
        elif operator in ("", "="):
            clauses.append(f"=={version}")
        elif version.endswith(".*") and operator not in ("==", "!="):
            clauses.append(f"{operator}{version.removesuffix('.*')}")
        else:
            clauses.append(f"{operator}{version}")
    return ",".join(clauses)


def _next(version: str, operator: str) -> str:
    """The first version that `^1.2.3` (2) or `~1.2.3` (1.3) excludes."""
    numbers = [int(number) for number in re.findall(r"\d+", version)[:3]]
    if operator == "~":
        keep = min(len(numbers), 2) - 1
    else:
        keep = next((at for at, number in enumerate(numbers) if number), len(numbers) - 1)
    return ".".join(str(number) for number in (*numbers[:keep], numbers[keep] + 1))


def _manifest_of(file: File) -> File | None:
    name = _MANIFESTS.get(file.name)
    if name is None and file.name.endswith(".txt"):
        name = file.name[:-4] + ".in"
    return file.sibling(name) if name is not None else None


def _quietly(file: File) -> list[Dependency]:
    """The records of the other file of a pair; none when it cannot be read whole: its own check will say so."""
    try:
        return [record for record in read(file) if record.path == file.path]
    except Unscannable:
        return []


def _stale(at: Dependency, drift: Drift, lock: str, manifest: str) -> Finding:
    name = normalize(drift.asked.name)
    if drift.locked is None:
        message = f"{name} is asked for here and not in {lock}; lock again and commit both files"
    else:
        version = drift.locked.specifier.lstrip("=")
        asked = drift.asked.specifier
        message = f"{lock} has {name} {version}, and {manifest} asks for {asked}; lock again and commit both files"
    return Finding(STALE_LOCK, at.path, message, at.location, name)
