"""For a job's summary page on GitHub: Markdown with counts, the worst findings, and what was accepted.

A step may write 1 MiB of it, and more is refused as a whole
(https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from mlhooks.core.finding import Level
from mlhooks.core.report import Report, Reported, by_severity, plural, printable
from mlhooks.core.report.text import summary
from mlhooks.core.suppress import Suppressed

MAX_BYTES = 900 * 1024
MAX_ROWS = 100
MAX_CELL = 1000


def render(report: Report) -> str:
    """The summary: a heading that says it all, then tables, the most urgent first."""
    new = [pair for pair in report.suppressed if pair[0].fingerprint in report.new_waivers]
    old = [pair for pair in report.suppressed if pair[0].fingerprint not in report.new_waivers]
    parts = [
        f"## mlhooks: {_text(summary(report))}\n",
        "".join(f"\n> {_text(note)}\n" for note in (*report.notices, *report.notes)),
        _table("Could not be checked", ("file", "why"), map(_error_row, report.errors), len(report.errors)),
        _table("Newly ignored in this change", ("finding", "rule", "reason"), map(_waiver_row, new), len(new)),
        _counts(report),
        _table(
            "Findings",
            ("level", "place", "finding", "rule"),
            map(_row, by_severity(report.findings)),
            len(report.findings),
        ),
        _table("Ignored with a reason", ("finding", "rule", "reason"), map(_waiver_row, old), len(old), is_folded=True),
    ]
    return _within_limit(parts)


def _within_limit(parts: Iterable[str]) -> str:
    """The parts, up to the limit, cut between lines."""
    lines = [line for part in parts for line in part.splitlines(keepends=True)]
    size = 0
    for number, line in enumerate(lines):
        size += len(line.encode("utf-8", "backslashreplace"))
        if size > MAX_BYTES:
            return "".join(lines[:number]) + f"\n{plural(len(lines) - number, 'line')} left out: the page is full\n"
    return "".join(lines)


def _counts(report: Report) -> str:
    """How many findings each hook has of each level; nothing for a run without any."""
    levels: Counter[tuple[str, Level]] = Counter((found.hook, found.finding.level) for found in report.findings)
    ignored = Counter(found.hook for found, _ in report.suppressed)
    if not levels and not ignored:
        return ""
    rows = (
        (
            f"<code>{hook.id}</code>",
            *(f"{levels[hook.id, level] or ''}" for level in reversed(Level)),
            f"{ignored[hook.id] or ''}",
        )
        for hook in report.hooks
    )
    return _table("Hooks", ("hook", "errors", "warnings", "notes", "ignored"), rows, len(report.hooks))


def _table(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], number: int, *, is_folded: bool = False
) -> str:
    """A table of at most `MAX_ROWS` rows with its title, and how many rows are left out; "" without rows."""
    if not number:
        return ""
    lines = [_line(heads), _line(["---"] * len(heads))]
    lines += [_line(row) for row, _ in zip(rows, range(MAX_ROWS), strict=False)]
    more = f"\n{number - MAX_ROWS:,} more are left out here.\n" if number > MAX_ROWS else ""
    table = "".join(lines) + more
    if is_folded:
        return f"\n<details><summary>{title}: {number:,}</summary>\n\n{table}\n</details>\n"
    return f"\n### {title}\n\n{table}"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _row(reported: Reported) -> tuple[str, ...]:
    finding = reported.finding
    return f"**{finding.level}**", _place(reported), _text(finding.message), f"<code>{finding.rule.id}</code>"


def _waiver_row(pair: tuple[Reported, Suppressed]) -> tuple[str, str, str]:
    reported, suppressed = pair
    return _place(reported), f"<code>{reported.finding.rule.id}</code>", _text(suppressed.reason)


def _error_row(error: tuple[str, str]) -> tuple[str, str]:
    path, message = error
    return _code(path), _text(message)


def _place(reported: Reported) -> str:
    line, _, where, _ = reported.finding.location[:4]
    place = _code(reported.finding.path + (f":{line}" if line else ""))
    return f"{place}<br>{_text(where)}" if where else place


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _text(text: str) -> str:
    """Text that stays text: no markup, no link, nobody mentioned, one line."""
    shown = printable(text)
    if len(shown) > MAX_CELL:
        shown = shown[:MAX_CELL] + "..."
    # A mention is looked for after Markdown has been read; a space without width parts the sign from the name.
    return _SPECIAL.sub(r"\\\g<0>", shown).replace("@", "@&#8203;").replace("www.", "www\\.")


_SPECIAL = re.compile(r"[\\`*_\[\]<>|~:$&#]")
