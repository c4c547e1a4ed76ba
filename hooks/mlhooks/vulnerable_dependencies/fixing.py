"""`--fix`: a pin is raised to the nearest fixed version. Only the version's own characters change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlhooks.core.files import File, decode
from mlhooks.core.finding import Finding, Options, Unscannable
from mlhooks.formats import dependency
from mlhooks.formats.dependency import Context, Kind
from mlhooks.vulnerable_dependencies import rules
from mlhooks.vulnerable_dependencies.pins import Entry, entries
from mlhooks.vulnerable_dependencies.versions import parse
from mlhooks.vulnerable_dependencies.wording import NEAREST_FIX

if TYPE_CHECKING:
    from mlhooks.formats.dependency import Dependency

UTF8_MARK = b"\xef\xbb\xbf"


def fix(file: File, findings: Sequence[Finding], options: Options) -> bytes | None:
    """The file with its pins raised; None when no finding can be mended here.

    Left alone are lock files and pins with hashes (their tool must write them), builds such as `+cu118`, anything but a
    lone exact version, and, with `--fix=series`, versions outside of the release series.
    """
    data = file.read()
    mark = UTF8_MARK if data.startswith(UTF8_MARK) else b""
    try:
        text = decode(data)
        if mark + text.encode() != data:
            return None  # another encoding: offsets would be those of another text
    except Unscannable:
        return None
    wanted = {
        (finding.location.line, finding.location.column): dict(finding.evidence).get(NEAREST_FIX, "")
        for finding in findings
        if finding.rule is rules.VULNERABLE and finding.path == file.path
    }
    changes: dict[tuple[int, int], str] = {}
    for entry in _entries(file):
        place = (entry.declared.location.line, entry.declared.location.column)
        fixed = wanted.get(place, "")
        span = _version_span(entry, text)
        if fixed and span is not None and _may_become(entry, fixed, options["fix"]):
            changes[span] = fixed
    for (start, end), fixed in sorted(changes.items(), reverse=True):
        text = text[:start] + fixed + text[end:]
    return mark + text.encode() if changes else None


def is_same_series(old: str, new: str) -> bool:
    """Whether a change of version promises to break nothing: the same major version, below 1.0 the same minor one."""
    from packaging.version import Version

    before, after = Version(old), Version(new)
    if before.epoch != after.epoch:
        return False
    parts = 1 if before.major else 2
    padded = [(*version.release, 0, 0)[:parts] for version in (before, after)]
    return padded[0] == padded[1]


def _may_become(entry: Entry, fixed: str, mode: str | None) -> bool:
    declared = entry.declared
    if entry.pin is None or parse(entry.pin.version) is None or parse(fixed) is None:
        return False
    from packaging.version import Version

    old, new = Version(entry.pin.version), Version(fixed)
    if old.local or new <= old:
        return False
    if declared.kind is not Kind.PACKAGE or declared.context is Context.LOCK or declared.hashes:
        return False
    if new.is_prerelease and not old.is_prerelease:
        return False
    return mode == "any" or is_same_series(entry.pin.version, fixed)


def _version_span(entry: Entry, text: str) -> tuple[int, int] | None:
    """Where the version itself stands, when the specifier is nothing but that."""
    declared = entry.declared
    if declared.slot is None or entry.pin is None:
        return None
    start, end = declared.slot
    match = re.fullmatch(r"[\s(]*(?:===?|=)?\s*(?P<version>[^\s,;()=]+)[\s)]*", text[start:end])
    if match is None or match["version"] != entry.pin.version:
        return None
    return start + match.start("version"), start + match.end("version")


def _entries(file: File) -> list[Entry]:
    records: list[Dependency] = []
    try:
        records.extend(record for record in dependency.read(file) if record.path == file.path)
    except Unscannable:
        return []  # a file that cannot be read to its end is not changed
    return list(entries(records))
