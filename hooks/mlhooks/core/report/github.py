"""For GitHub: workflow commands that become annotations.

GitHub shows ten annotations of each level per step and drops the rest in silence
(https://docs.github.com/en/actions/reference/limits): nine are printed, most severe first, and the tenth counts those
that are left.
"""

from __future__ import annotations

from mlhooks.core.finding import Level
from mlhooks.core.report import Report, Reported, by_severity, plural, printable

SHOWN_PER_LEVEL = 10
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render(report: Report) -> str:
    # What concerns the run as a whole comes first; what could not be checked fails the step whatever else was found.
    first = {
        Level.ERROR: [_command("error", text, {"file": path, "title": "not checked"}) for path, text in report.errors],
        Level.WARNING: [_command("warning", notice, {"title": "mlhooks"}) for notice in report.notices],
    }
    lines = []
    for level, command in _COMMANDS.items():
        found = [_annotation(reported) for reported in by_severity(report.findings) if reported.finding.level is level]
        lines += _within_limit([*first.get(level, []), *found], command)
    return "".join(line + "\n" for line in lines)


def _within_limit(commands: list[str], command: str) -> list[str]:
    if len(commands) <= SHOWN_PER_LEVEL:
        return commands
    left = len(commands) - (SHOWN_PER_LEVEL - 1)
    message = f"{plural(left, command)} more: see the log or the step summary"
    return [*commands[: SHOWN_PER_LEVEL - 1], _command(command, message, {"title": "mlhooks"})]


def _annotation(reported: Reported) -> str:
    finding = reported.finding
    line, column, where, _ = finding.location
    properties = {"file": finding.path}
    if line is not None:
        properties["line"] = str(line)
        if column is not None:
            properties["col"] = str(column)
    properties["title"] = f"{reported.hook}: {finding.rule.id}"
    message = f"{where}: {finding.message}" if where else finding.message
    return _command(_COMMANDS[finding.level], message, properties)


def _command(command: str, message: str, properties: dict[str, str]) -> str:
    text = ",".join(f"{key}={_escape_property(value)}" for key, value in properties.items())
    return f"::{command} {text}::{_escape(printable(message))}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(printable(text)).replace(":", "%3A").replace(",", "%2C")
