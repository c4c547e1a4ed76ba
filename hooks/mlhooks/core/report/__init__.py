"""Reports: pure functions from what a run found to the text of one format.

Paths and messages are an attacker's text when they reach a terminal, an annotation or a viewer: each format escapes
them at its own border.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from mlhooks import __version__
from mlhooks.core.finding import Finding, Hook, Level

if TYPE_CHECKING:
    from mlhooks.core.suppress import Suppressed

FORMATS = ("text", "json", "sarif", "github", "markdown", "html")


class Reported(NamedTuple):
    """A finding with the id of the hook that made it, and a fingerprint that survives moved lines."""

    hook: str
    finding: Finding
    fingerprint: str


class Report(NamedTuple):
    """All that one run found. `errors` are (path, message) of what could not be checked.

    `counts` are the hooks' own numbers for the summary with their names; `notices` are what needs attention in the run
    as a whole, `notes` what is good to know of it. `new_waivers` are the fingerprints of those suppressed findings that
    nobody had accepted in the revision that was compared with. `paths` are all files that were looked at.
    """

    hooks: tuple[Hook, ...]
    findings: list[Reported]
    suppressed: list[tuple[Reported, Suppressed]]
    errors: list[tuple[str, str]]
    files: int
    fixed: list[str]
    counts: tuple[tuple[str, int], ...] = ()
    notices: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    new_waivers: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()

    def count(self, level: Level) -> int:
        return sum(reported.finding.level is level for reported in self.findings)


def fingerprinted(
    findings: Iterable[tuple[str, Finding]],
    suppressed: Iterable[tuple[str, Suppressed]] = (),
    name: Callable[[str], str] = str,
) -> tuple[list[Reported], list[tuple[Reported, Suppressed]]]:
    """Findings that count and findings that were accepted, each with its hook's id, in reading order.

    The fingerprint is a hash of hook, rule, path and subject (the message where there is none), with a count for
    those that are equal in all of these. Lines, columns and byte offsets are left out: they move. Accepted findings
    are counted too, so that accepting one does not rename its neighbours. `name` gives the path that is hashed, so
    that a finding is the same from whichever folder it is looked at.
    """
    accepted = [(hook, item.finding, item) for hook, item in suppressed]
    entries = [*((hook, finding, None) for hook, finding in findings), *accepted]
    if not entries:
        return [], []
    sha256 = _sha256()
    seen: Counter[tuple[str, ...]] = Counter()
    counting: list[Reported] = []
    waived: list[tuple[Reported, Suppressed]] = []
    for hook, finding, waiver in sorted(entries, key=_reading_order):
        key = (hook, finding.rule.id, name(finding.path), finding.subject or finding.message)
        seen[key] += 1
        text = "\0".join((*key, str(seen[key]))).encode("utf-8", "surrogatepass")
        reported = Reported(hook, finding, sha256(text).hexdigest()[:32])
        if waiver:
            waived.append((reported, waiver))
        else:
            counting.append(reported)
    return counting, waived


def printable(text: str) -> str:
    """Text with everything escaped that a terminal would act on or not show: control, bidi and lone surrogates."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def inert(text: str) -> str:
    """`printable` text in which a CI runner that reads the log sees no command.

    On GitHub these are `::name` first in a line and `##[name]` anywhere, on Azure `##vso[name]`, on TeamCity
    `##teamcity[name]`.
    """
    quiet = printable(text)
    if "##" in quiet:
        quiet = re.sub(_COMMAND, r"#\\x23", quiet)
    return f"./{quiet}" if quiet.lstrip().startswith("::") else quiet


_COMMAND = r"##(?=\w*\[)"


def as_json(document: Any) -> str:
    """A report's JSON, in ASCII: the same in every locale, with lone surrogates of odd file names, and `inert`."""
    from json import dumps

    return re.sub(_COMMAND, r"#\\u0023", dumps(document, indent=2)) + "\n"


def render(report: Report, style: str, *, colour: bool = False) -> str:
    """The report in one of `FORMATS`."""
    if style == "text":
        from mlhooks.core.report import text

        return text.render(report, colour=colour)
    rendered: str = import_module(f"mlhooks.core.report.{style}").render(report)
    return rendered


OF_REPOSITORY = ("github", "sarif")
"""Formats for a code host, which knows files by their path in the repository, wherever mlhooks was started."""


def renamed(report: Report, name: Callable[[str], str]) -> Report:
    """The report with other paths."""

    def moved(reported: Reported) -> Reported:
        return reported._replace(finding=reported.finding._replace(path=name(reported.finding.path)))

    return report._replace(
        findings=[moved(reported) for reported in report.findings],
        suppressed=[(moved(reported), suppressed) for reported, suppressed in report.suppressed],
        errors=[(name(path), message) for path, message in report.errors],
    )


def plural(number: int, noun: str) -> str:
    """ "1 file", "2 files"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def by_severity(findings: Sequence[Reported]) -> list[Reported]:
    """Most severe first: by level, then by severity; otherwise in reading order."""
    return sorted(findings, key=lambda reported: (-reported.finding.level, -_severity(reported.finding)))


def _severity(finding: Finding) -> float:
    return float(finding.severity or finding.rule.severity or 0)


def tool_version() -> str:
    return __version__


def _sha256() -> Callable[[bytes], Any]:
    """SHA-256 from the interpreter itself: hashlib loads OpenSSL first, which takes as long as reading a notebook."""
    for name in ("_sha2", "_sha256"):  # since Python 3.12, and before
        try:
            found: Callable[[bytes], Any] = import_module(name).sha256
        except (ImportError, AttributeError):
            continue
        return found
    from hashlib import sha256

    return sha256


def _reading_order(entry: tuple[str, Finding, Suppressed | None]) -> tuple[str, int, int, str, str, str]:
    hook, finding, _ = entry
    location = finding.location
    return finding.path, location.line or 0, location.column or 0, location.where, finding.rule.id, hook
