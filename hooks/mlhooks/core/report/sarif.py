"""For code scanning: SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), one run with all hooks' rules."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from mlhooks.core.finding import Finding, Rule
from mlhooks.core.report import Report, Reported, as_json, by_severity, printable, tool_version
from mlhooks.core.suppress import Suppressed

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://github.com/mlhooks/mlhooks"
# What GitHub takes and shows
# (https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning).
MAX_RESULTS = 25_000
MAX_TAGS = 10
MAX_DESCRIPTION = 1024


def render(report: Report) -> str:
    rules = [*(rule for hook in report.hooks for rule in hook.rules), *_variants(report)]
    index = {rule.id: number for number, rule in enumerate(rules)}
    results = [_result(reported, index) for reported in by_severity(report.findings)]
    results += [_suppressed_result(reported, suppressed, index) for reported, suppressed in report.suppressed]
    run = {
        "tool": {
            "driver": {
                "name": "mlhooks",
                "semanticVersion": tool_version(),
                "informationUri": HOME,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "automationDetails": {"id": "mlhooks/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not report.errors,
                "toolExecutionNotifications": [
                    *(_notification(path, message) for path, message in report.errors),
                    *(_remark("warning", notice) for notice in report.notices),
                    *(_remark("note", note) for note in (*report.notes, *_left_out(len(results)))),
                ],
            }
        ],
        "results": results[:MAX_RESULTS],
    }
    return as_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _remark(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _plain(text)}}


def _left_out(number: int) -> list[str]:
    """What is to be said when there are more results than code scanning takes; the least severe are cut."""
    return (
        [f"{number - MAX_RESULTS:,} results are left out: {MAX_RESULTS:,} is the most"] if number > MAX_RESULTS else []
    )


def _variants(report: Report) -> list[Rule]:
    """A rule per band of severity that findings have of their own: code scanning reads severity from rules only."""
    variants: dict[str, Rule] = {}
    for finding in (*(found.finding for found in report.findings), *(found.finding for _, found in report.suppressed)):
        name = _rule_id(finding)
        if name != finding.rule.id:
            known = variants.get(name, finding.rule._replace(severity="0"))
            variants[name] = known._replace(id=name, severity=max(known.severity, finding.severity, key=float))
    return [variants[name] for name in sorted(variants)]


def _rule_id(finding: Finding) -> str:
    """The rule's id; for a severity of another band than the rule's with the band's name: `some-rule/critical`."""
    band = _band(finding.severity)
    return finding.rule.id if band in ("", _band(finding.rule.severity)) else f"{finding.rule.id}/{band}"


def _band(severity: str) -> str:
    """The name that code scanning has for a severity."""
    return next((name for least, name in _BANDS if float(severity) >= least), "low") if severity else ""


_BANDS = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"))


def _rule(rule: Rule) -> dict[str, Any]:
    properties: dict[str, Any] = {"tags": ["security", *rule.tags][:MAX_TAGS], "precision": "high"}
    if rule.severity:
        properties["security-severity"] = rule.severity
    text = f"{rule.why} Instead: {rule.instead}"
    return {
        "id": rule.id,
        "name": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why[:MAX_DESCRIPTION]},
        "helpUri": f"{HOME}#{rule.id.partition('/')[0]}",
        "help": {
            "text": text,
            "markdown": f"{rule.why}\n\n**Example**\n\n```\n{rule.example}\n```\n\n**Instead**\n\n{rule.instead}\n",
        },
        "defaultConfiguration": {"level": str(rule.level)},
        "properties": properties,
    }


def _result(reported: Reported, index: dict[str, int]) -> dict[str, Any]:
    finding = reported.finding
    line, column, where, _ = finding.location
    message = f"{where}: {finding.message}" if where else finding.message
    # A binary file has no lines; code scanning needs a region all the same.
    start = {"startLine": line or 1, "startColumn": column or 1}
    region = {**start, "endLine": start["startLine"], "endColumn": start["startColumn"] + (1 if line else 0)}
    result: dict[str, Any] = {
        "ruleId": _rule_id(finding),
        "ruleIndex": index[_rule_id(finding)],
        "level": str(finding.level),
        "message": {"text": _plain(message)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(finding.path)}, "region": region}}],
        "partialFingerprints": {"primaryLocationLineHash": f"{reported.fingerprint}:1"},
    }
    if finding.severity:
        result["properties"] = {"security-severity": finding.severity}
    return result


def _suppressed_result(reported: Reported, suppressed: Suppressed, index: dict[str, int]) -> dict[str, Any]:
    suppression = {"kind": suppressed.kind, "justification": printable(suppressed.reason)}
    return {**_result(reported, index), "suppressions": [suppression]}


def _notification(path: str, message: str) -> dict[str, Any]:
    location = {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}}}
    return {"level": "error", "message": {"text": _plain(message)}, "locations": [location]}


def _plain(text: str) -> str:
    """Message text in which brackets are no links (SARIF 3.11.6)."""
    return printable(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _uri(path: str) -> str:
    uri = quote(path.encode("utf-8", "surrogateescape"), safe="/~")
    return f"file://{uri}" if uri.startswith("/") else uri
