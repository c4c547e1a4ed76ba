"""For programs: one JSON object, version 1."""

from __future__ import annotations

from typing import Any

from mlhooks.core.report import Report, Reported, as_json, printable, tool_version


def render(report: Report) -> str:
    document: dict[str, Any] = {
        "version": 1,
        "tool": {"name": "mlhooks", "version": tool_version()},
        "findings": [_finding(reported) for reported in report.findings],
        "errors": [{"path": path, "message": message} for path, message in report.errors],
        "summary": {
            "files": report.files,
            "findings": len(report.findings),
            "suppressed": len(report.suppressed),
        },
    }
    if report.counts:
        document["summary"]["counts"] = dict(report.counts)
    if report.notices:
        document["notices"] = [printable(notice) for notice in report.notices]
    if report.notes:
        document["notes"] = [printable(note) for note in report.notes]
    return as_json(document)


def _finding(reported: Reported) -> dict[str, Any]:
    finding = reported.finding
    entry: dict[str, Any] = {
        "hook": reported.hook,
        "rule": finding.rule.id,
        "level": str(finding.level),
        "message": printable(finding.message),
        "path": finding.path,
        "line": finding.location.line,
        "column": finding.location.column,
        "where": printable(finding.location.where),
        "fingerprint": reported.fingerprint,
    }
    if finding.severity:
        entry["severity"] = finding.severity
    if finding.evidence:
        entry["evidence"] = [{"label": printable(label), "text": printable(text)} for label, text in finding.evidence]
    return entry
