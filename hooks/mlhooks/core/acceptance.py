"""Which acceptances came with a change: who waives a finding in a pull request should not do so unseen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlhooks.core.changes import Changes, old_settings
from mlhooks.core.config import Allowed, Settings
from mlhooks.core.finding import Unscannable
from mlhooks.core.report import Report, Reported
from mlhooks.core.suppress import Suppressed, accepted_by_path


def is_of_file(suppressed: Suppressed) -> bool:
    """Whether the file itself, or one next to it that its hook reads, says that the finding is accepted."""
    return suppressed.kind == "inSource" or suppressed.finding.accepted is not None


def new_of_files(report: Report, before: Report) -> Iterator[str]:
    """The fingerprints of findings that their files accept; not those accepted for the same reason `before`."""
    old = {(reported.fingerprint, suppressed.reason) for reported, suppressed in before.suppressed}
    for reported, suppressed in report.suppressed:
        if is_of_file(suppressed) and (reported.fingerprint, suppressed.reason) not in old:
            yield reported.fingerprint


def new_of_lists(
    report: Report, settings: dict[str, Settings], changes: Changes, config: str | None, baseline: str | None
) -> Iterator[str]:
    """The fingerprints of findings that no entry of the configuration or the baseline of the commit accepts."""
    tables = old_settings(changes, config) if config else {}
    listed = _text_before(changes, baseline) if baseline else ""
    for reported, suppressed in report.suppressed:
        if is_of_file(suppressed) or reported.fingerprint in listed:
            continue
        entries = tuple(_entries(tables.get(reported.hook)))
        if not _accepts(settings[reported.hook]._replace(allow=entries), reported, suppressed.reason):
            yield reported.fingerprint


def _accepts(settings: Settings, reported: Reported, reason: str) -> bool:
    """Whether the entries of these settings accept a finding for that reason; a hash is taken as that of the file."""
    finding = reported.finding
    for entry in settings.allowed(finding.path):
        by_path = accepted_by_path(finding, [entry])
        by_content = entry.sha256 and entry.rule in ("", finding.rule.id)
        if entry.reason == reason and (by_path or by_content):
            return True
    return False


def _entries(table: Any) -> Iterator[Allowed]:
    """The `allow` entries of one hook's table, as far as they can be read."""
    entries = table.get("allow", []) if isinstance(table, dict) else []
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            yield Allowed(**{"reason": ""} | {key: str(entry[key]) for key in Allowed._fields if key in entry})


def _text_before(changes: Changes, path: str) -> str:
    file = changes.before(path)
    try:
        return file.text() if file else ""
    except Unscannable:
        return ""
