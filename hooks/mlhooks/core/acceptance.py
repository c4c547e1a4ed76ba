"""Which acceptances came with a change: who waives a finding in a pull request should not do so unseen."""

from __future__ import annotations

from collections.abc import Iterator
from json import dumps
from typing import Any

from mlhooks.core.changes import Changes, old_settings
from mlhooks.core.finding import Unscannable
from mlhooks.core.report import Reported
from mlhooks.core.suppress import Suppressed, waivers_of


def is_new(
    reported: Reported, suppressed: Suppressed, changes: Changes, config: str | None, baseline: str | None
) -> bool:
    """Whether the commit had no comment, no entry in the configuration and none in the baseline that accepts this."""
    finding = reported.finding
    if suppressed.kind == "inSource":
        return changes.touched(finding.path) and not _was_commented(reported, suppressed, changes)
    settings = old_settings(changes, config) if config else {}
    if suppressed.reason in _reasons(settings.get(reported.hook)):
        return False
    return reported.fingerprint not in (_text_before(changes, baseline) if baseline else "")


def _was_commented(reported: Reported, suppressed: Suppressed, changes: Changes) -> bool:
    file = changes.before(reported.finding.path)
    if file is None:
        return False
    try:
        if reported.finding.accepted:
            # The room knows where; it is enough that the reason stood in the file.
            return dumps(suppressed.reason)[1:-1] in file.text(fallback="latin-1")
        waivers = waivers_of(file)
    except Unscannable:
        return False
    rule = reported.finding.rule.id
    return any(rule in waiver.rules and waiver.reason == suppressed.reason for waiver in waivers)


def _reasons(table: Any) -> Iterator[str]:
    """The reasons of the `allow` entries of one hook's table."""
    entries = table.get("allow", []) if isinstance(table, dict) else []
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            yield str(entry.get("reason"))


def _text_before(changes: Changes, path: str) -> str:
    file = changes.before(path)
    try:
        return file.text() if file else ""
    except Unscannable:
        return ""
