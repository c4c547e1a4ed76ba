"""For people who want to look: one page with every finding, to filter by level, rule, hook and file.

The page stands alone: style and script are in it, it loads nothing, and a content security policy with the hashes of
both forbids whatever an attacker's path or message might smuggle in. Without a script it shows everything.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape

from mlhooks.core.finding import Finding, Level, Rule
from mlhooks.core.report import Report, Reported, plural, printable, tool_version
from mlhooks.core.report.html_assets import SCRIPT, STYLE

COLUMN = "column "
"""Evidence whose label starts so is a column of a table; the report draws these as a table without values."""


def render(report: Report) -> str:
    """The whole page."""
    return "".join(_page(report))


def _page(report: Report) -> Iterator[str]:
    policy = f"default-src 'none'; style-src '{_digest(STYLE)}'; script-src '{_digest(SCRIPT)}'; base-uri 'none'"
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>mlhooks: {_summary(report)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    yield f"<header>\n<h1>mlhooks: {_summary(report)}</h1>\n{_counts(report)}"
    yield from (f"<p>{_text(note)}</p>\n" for note in (*report.notices, *report.notes))
    yield "</header>\n<main>\n"
    if report.errors:
        yield "<h2>Could not be checked</h2>\n<dl>"
        yield from (f"<dt>{_text(path)}</dt><dd>{_text(message)}</dd>" for path, message in report.errors)
        yield "</dl>\n"
    if report.findings:
        yield _form(report.findings)
        yield from _findings(report.findings)
        yield from _rules(reported.finding.rule for reported in report.findings)
    yield from _accepted(report)
    yield f'<p class="place">mlhooks {_text(tool_version())}. Values are masked; the page loads nothing.</p>\n</main>\n'
    yield (f"<script>{SCRIPT}</script>\n" if report.findings else "") + "</body>\n</html>\n"


def _digest(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _text(text: str) -> str:
    """A text of anybody's, fit for an element or an attribute."""
    return escape(printable(text), quote=True)


def _summary(report: Report) -> str:
    found = plural(len(report.findings), "finding") if report.findings else "nothing found"
    return f"{found} in {plural(report.files, 'file')}"


def _counts(report: Report) -> str:
    items = "".join(
        f'<li class="{level}">{plural(report.count(level), str(level))}</li>'
        for level in reversed(Level)
        if report.count(level)
    )
    return f'<ul class="counts">{items}</ul>\n' if items else ""


def _form(findings: Sequence[Reported]) -> str:
    levels = Counter(reported.finding.level for reported in findings)
    boxes = "".join(
        f'<label><input type="checkbox" name="level" value="{level}" checked> {level} ({levels[level]})</label>'
        for level in reversed(Level)
        if levels[level]
    )
    hooks = Counter(reported.hook for reported in findings)
    rules = Counter(reported.finding.rule.id for reported in findings)
    files = Counter(reported.finding.path for reported in findings)
    return (
        f'<form hidden autocomplete="off"><fieldset aria-label="Levels">{boxes}</fieldset>'
        + (_select("hook", "Hook", hooks) if len(hooks) > 1 else "")
        + _select("rule", "Rule", rules)
        + _select("file", "File", files)
        + '<label>Text<input type="search" name="text" placeholder="any words"></label>'
        + '<output aria-live="polite"></output></form>\n'
    )


def _select(name: str, label: str, counts: Counter[str]) -> str:
    options = "".join(
        f'<option value="{_text(value)}">{_text(value)} ({count})</option>' for value, count in sorted(counts.items())
    )
    return f'<label>{label}<select name="{name}"><option value="">all</option>{options}</select></label>'


def _findings(findings: Sequence[Reported]) -> Iterator[str]:
    path: str | None = None
    for reported in findings:
        if reported.finding.path != path:
            yield "</section>\n" if path is not None else ""
            path = reported.finding.path
            yield f'<section data-file="{_text(path)}">\n<h2>{_text(path)}</h2>\n'
        yield _card(reported)
    yield "</section>\n"


def _card(reported: Reported) -> str:
    finding = reported.finding
    rule, level = _text(finding.rule.id), str(finding.level)
    return (
        f'<article data-level="{level}" data-rule="{rule}" data-hook="{_text(reported.hook)}"><header>'
        f'<span class="level {level}">{level}</span> <a class="rule" href="#rule-{rule}">{rule}</a> '
        f'<span class="place">{_text(_place(finding))}</span> <span class="hook">{_text(reported.hook)}</span></header>'
        f"<p>{_text(finding.message)}</p>{_evidence(finding.evidence)}</article>\n"
    )


def _place(finding: Finding) -> str:
    line, column, where, _ = finding.location
    numbers = "" if line is None else f"line {line}" + ("" if column is None else f", column {column}")
    return " · ".join(part for part in (where, numbers) if part)


def _evidence(evidence: Sequence[tuple[str, str]]) -> str:
    """Masked evidence: columns as a table of names and kinds, the rest as a list."""
    columns = [(label.removeprefix(COLUMN), text) for label, text in evidence if label.startswith(COLUMN)]
    others = [(label, text) for label, text in evidence if not label.startswith(COLUMN)]
    parts = []
    if columns:
        caption = "".join(f"<caption>{_text(text)}</caption>" for label, text in others if label == "table")
        others = [(label, text) for label, text in others if label != "table"]
        heads = "".join(f'<th scope="col">{_text(name)}</th>' for name, _ in columns)
        kinds = "".join(f"<td{_mark(text)}>{_text(text).replace(' · ', '<br>')}</td>" for _, text in columns)
        parts.append(
            f'<div class="wide" tabindex="0" role="group" aria-label="Outline of the table"><table>{caption}'
            f"<thead><tr>{heads}</tr></thead><tbody><tr>{kinds}</tr></tbody></table></div>"
        )
    if others:
        parts.append("<dl>" + "".join(f"<dt>{_text(label)}</dt><dd>{_text(text)}</dd>" for label, text in others))
        parts.append("</dl>")
    return "".join(parts)


def _mark(text: str) -> str:
    """Columns about which there is more to say than their kind stand out."""
    return ' class="mark"' if " · " in text else ""


def _rules(rules: Iterable[Rule]) -> Iterator[str]:
    yield "<h2>What the rules mean</h2>\n"
    for rule in sorted({rule.id: rule for rule in rules}.values()):
        yield f'<div id="rule-{_text(rule.id)}"><h3 class="rule">{_text(rule.id)}</h3>'
        summary = rule.summary[:1].upper() + rule.summary[1:]
        yield f"<p>{_text(summary)}. {_text(rule.why)}</p><pre>{_lines(rule.instead)}</pre></div>\n"


def _lines(text: str) -> str:
    return "\n".join(_text(line) for line in text.split("\n"))


def _accepted(report: Report) -> Iterator[str]:
    if not report.suppressed:
        return
    yield f"<details><summary>{plural(len(report.suppressed), 'accepted finding')}</summary>\n<dl>"
    for reported, waiver in report.suppressed:
        finding = reported.finding
        new = "new: " if reported.fingerprint in report.new_waivers else ""
        yield f"<dt>{new}{_text(finding.path)} {_text(_place(finding))} [{_text(finding.rule.id)}]</dt>"
        yield f"<dd>{_text(waiver.reason)}</dd>"
    yield "</dl></details>\n"
