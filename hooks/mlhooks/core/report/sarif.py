"""For code scanning: SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), one run with all hooks' rules."""

from __future__ import annotations

from json import dumps
from typing import Any
from urllib.parse import quote

from mlhooks.core.finding import Rule
from mlhooks.core.report import Report, Reported, by_severity, printable, tool_version
from mlhooks.core.suppress import Suppressed

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://github.com/mlhooks/mlhooks"
# GitHub takes at most so many results of one run, and shows the most severe ones first.
MAX_RESULTS = 25_000
MAX_TAGS = 10


def render(report: Report) -> str:
    rules = [rule for hook in report.hooks for rule in hook.rules]
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
                "toolExecutionNotifications": [_notification(path, message) for path, message in report.errors],
            }
        ],
        "results": results[:MAX_RESULTS],
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    properties: dict[str, Any] = {"tags": ["security", *rule.tags][:MAX_TAGS], "precision": "high"}
    if rule.severity:
        properties["security-severity"] = rule.severity
    text = f"{rule.why} Instead: {rule.instead}"
    return {
        "id": rule.id,
        "name": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why[:1024]},
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
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": index[finding.rule.id],
        "level": str(finding.level),
        "message": {"text": _plain(message)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(finding.path)}, "region": region}}],
        "partialFingerprints": {"primaryLocationLineHash": f"{reported.fingerprint}:1"},
    }


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
