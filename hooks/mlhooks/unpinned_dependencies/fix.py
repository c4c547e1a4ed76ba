"""Fixes that are certain: an exact version that a lock beside the file knows, a commit that another workflow names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.formats.dependency import Dependency, Grammar, Kind, read
from mlhooks.unpinned_dependencies.known import known_versions
from mlhooks.unpinned_dependencies.locks import satisfies_version
from mlhooks.unpinned_dependencies.pins import Strength, pin
from mlhooks.unpinned_dependencies.rules import LOOSE, LOWER_BOUND, NOTEBOOK_INSTALL, UNPINNED, WILDCARD
from mlhooks.unpinned_dependencies.source_rules import TAG_ACTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlhooks.core.files import File
    from mlhooks.core.finding import Finding, Options

_VERSION_RULES = frozenset(rule.id for rule in (UNPINNED, LOWER_BOUND, WILDCARD, LOOSE))
_MARKS = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_pinned_use = re.compile(
    r"uses:\s*[\"']?(?P<name>[\w./-]+)@(?P<commit>[0-9a-f]{40})[\"']?[ \t]*#[ \t]*(?P<tag>\S+)[ \t]*$", re.MULTILINE
)


class Edit(NamedTuple):
    """Characters `start` to `end` of the text become `text`."""

    start: int
    end: int
    text: str


def fix(file: File, findings: Sequence[Finding], options: Options) -> bytes | None:
    """The file's new bytes; None when nothing is certain. Every byte outside the mended specifiers stays."""
    wanted = {(f.location.line, f.location.column, f.rule.id) for f in findings if f.path == file.path}
    places = {(line, column) for line, column, rule in wanted if rule in _VERSION_RULES}
    actions = {(line, column) for line, column, rule in wanted if rule == TAG_ACTION.id}
    commands = {(line, column) for line, column, rule in wanted if rule == NOTEBOOK_INSTALL.id}
    if not options.get("fix") or not (places or actions or commands):
        return None
    if commands:
        places |= set(_of_commands(file, commands))
    edits = list(_edits(file, places, actions))
    return _edited(file, edits) if edits else None


def _of_commands(file: File, commands: set[tuple[int | None, int | None]]) -> Iterator[tuple[int | None, int | None]]:
    """The places of all floating packages of commands: a notebook is told once for each of its commands."""
    records = [record for record in _records(file) if record.kind is Kind.PACKAGE]
    statements = {r.statement for r in records if (r.location.line, r.location.column) in commands}
    for record in records:
        if record.statement in statements and pin(record).strength < Strength.EXACT:
            yield record.location.line, record.location.column


def _edits(
    file: File, places: set[tuple[int | None, int | None]], actions: set[tuple[int | None, int | None]]
) -> Iterator[Edit]:
    versions = known_versions(file) if places else {}
    commits = _known_commits(file) if actions else {}
    for record in _records(file):
        at = record.location.line, record.location.column
        if record.slot is None or record.path != file.path:
            continue
        if at in places and record.kind in (Kind.PACKAGE, Kind.CONDA):
            version = versions.get(record.normalized)
            if version is not None and satisfies_version(version, record):
                yield Edit(*record.slot, _exact(record, version))
        elif at in actions and record.kind is Kind.ACTION:
            commit = commits.get((record.name, record.ref))
            if commit is not None and _ends_its_line(file, record.slot[1]):
                yield Edit(*record.slot, f"{commit} # {record.ref}")


def _exact(record: Dependency, version: str) -> str:
    if record.grammar in (Grammar.POETRY, Grammar.PIXI):
        return version if record.grammar is Grammar.POETRY else f"=={version}"
    return f"=={version}"


def _records(file: File) -> list[Dependency]:
    found: list[Dependency] = []
    try:
        found.extend(read(file))
    except Unscannable:  # a missing include does not keep this file from being mended
        return found
    return found


def _known_commits(file: File) -> dict[tuple[str, str], str]:
    """Commit by action and tag, as workflows of this folder name them; only where they agree."""
    found: dict[tuple[str, str], set[str]] = {}
    for name in file.siblings():
        beside = file.sibling(name) if name.endswith((".yml", ".yaml")) else None
        if beside is None:
            continue
        try:
            text = beside.text(fallback="latin-1")
        except Unscannable:
            continue
        for match in _pinned_use.finditer(text):
            found.setdefault((match["name"], match["tag"]), set()).add(match["commit"])
    return {key: next(iter(commits)) for key, commits in found.items() if len(commits) == 1}


def _ends_its_line(file: File, offset: int) -> bool:
    return re.match(r"[ \t]*(?:\r?\n|$)", file.text()[offset:]) is not None


def _edited(file: File, edits: list[Edit]) -> bytes | None:
    data = file.read()
    mark = next((mark for mark in _MARKS if data.startswith(mark)), b"")
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", _MARKS[0]: "utf-32-le", _MARKS[1]: "utf-32-be"}.get(
        mark, "utf-8"
    )
    text = file.text()
    if mark + text.encode(encoding) != data:
        return None  # an encoding of its own: better no fix than another byte changed
    for edit in sorted(set(edits), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return mark + text.encode(encoding)
