"""For people: one line per finding, `path:line:column: level: where: message [rule]`."""

from __future__ import annotations

from mlhooks.core.finding import Level
from mlhooks.core.report import Report, Reported, inert, plural

_COLOURS = {Level.ERROR: "31", Level.WARNING: "33", Level.NOTE: "36"}


def render(report: Report, *, colour: bool = False) -> str:
    lines = [_line(reported, colour) for reported in report.findings]
    return "".join(line + "\n" for line in lines)


def errors(report: Report) -> str:
    """What could not be checked, a line each."""
    return "".join(f"could not check {inert(path)}: {inert(message)}\n" for path, message in report.errors)


def notices(report: Report) -> str:
    """What is to be said of the run as a whole, a line each."""
    return "".join(f"mlhooks: {inert(notice)}\n" for notice in (*report.notes, *report.notices))


def summary(report: Report) -> str:
    """One line that says it all: "2 errors, 1 warning in 10 files; 1 ignored; 1 could not be checked"."""
    counts = [plural(report.count(level), str(level)) for level in reversed(Level) if report.count(level)]
    parts = [f"{', '.join(counts) or 'nothing found'} in {plural(report.files, 'file')}"]
    if report.counts:
        parts.append(", ".join(f"{number:,} {name}" for name, number in report.counts))
    if report.suppressed:
        parts.append(f"{len(report.suppressed):,} ignored with a reason")
    if report.fixed:
        parts.append(f"{plural(len(report.fixed), 'file')} changed")
    if report.errors:
        parts.append(f"{len(report.errors):,} could not be checked")
    return "; ".join(parts)


def _line(reported: Reported, colour: bool) -> str:
    finding = reported.finding
    line, column, where, _ = finding.location
    place = inert(finding.path)
    if line is not None:
        place += f":{line}" + (f":{column}" if column is not None else "")
    level = str(finding.level)
    if colour:
        place, level = f"\x1b[1m{place}\x1b[0m", f"\x1b[{_COLOURS[finding.level]}m{level}\x1b[0m"
    message = f"{where}: {finding.message}" if where else finding.message
    return f"{place}: {level}: {inert(message)} [{finding.rule.id}]"
