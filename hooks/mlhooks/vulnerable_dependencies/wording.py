"""What a finding says: one line for people, all details as evidence for programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from mlhooks.core.finding import Acceptance, Finding, Level, Location
from mlhooks.core.report import plural
from mlhooks.formats.dependency import Kind
from mlhooks.vulnerable_dependencies import rules
from mlhooks.vulnerable_dependencies.severity import band

if TYPE_CHECKING:
    from mlhooks.vulnerable_dependencies.ignores import Ignore
    from mlhooks.vulnerable_dependencies.pins import Entry
    from mlhooks.vulnerable_dependencies.vulnerability import Fix, Vulnerability

SHOWN_VULNERABILITIES = 3
SHOWN_NAMES = 5
SHOWN_FIXES = 3
MAX_TEXT_LENGTH = 100
NEAREST_FIX = "nearest fix"


def vulnerable(
    entry: Entry, found: Sequence[Vulnerability], fix: str, remark: str = "", ignored: Ignore | None = None
) -> Finding:
    """The finding for one package at one place: all vulnerabilities of its version, the worst first."""
    declared = entry.declared
    what = f"{shown(declared.name)} {_version(entry.pin.version)}" if entry.pin else shown(declared.name)
    is_malicious = any(one.is_malicious for one in found)
    named = ", ".join([_named(one) for one in found[:SHOWN_VULNERABILITIES]])
    more = f" and {len(found) - SHOWN_VULNERABILITIES:,} more" if len(found) > SHOWN_VULNERABILITIES else ""
    if is_malicious:
        verdict = "is malicious" if entry.pin else "lets in malicious releases"
        advice = "Remove it, and treat every machine that installed it as taken over"
    else:
        verdict = "has a known vulnerability" if len(found) == 1 else f"has {len(found):,} known vulnerabilities"
        advice = f"Raise it to {fix} or later" if fix else "No version is known to be free of it"
    message = f"{what} {verdict}: {named}{more}. {advice}{'. ' + remark if remark else ''}"
    weight = found[0].weight
    evidence = [(", ".join(one.ids), _details(one)) for one in found]
    if fix:
        evidence.append((NEAREST_FIX, fix))
    return Finding(
        rules.MALICIOUS if is_malicious else rules.VULNERABLE,
        declared.path,
        message,
        declared.location,
        subject=f"{_package(entry)}: {' '.join([one.ids[0] for one in found])}",
        graded=_level(weight),
        evidence=tuple(evidence),
        accepted=_accepted(ignored),
        severity=f"{weight:.1f}",
    )


def undecidable(entry: Entry, advisories: Sequence[str], ignored: Ignore | None = None) -> Finding:
    """The finding for advisories whose versions cannot be compared with the pin."""
    declared = entry.declared
    version = _version(entry.pin.version) if entry.pin else ""
    message = (
        f"{shown(declared.name)} {version} may be affected by {', '.join(advisories[:SHOWN_NAMES])}: it names versions "
        "that cannot be compared. Read it and decide"
    )
    subject = f"{_package(entry)}: {' '.join(advisories)}"
    evidence = tuple((advisory, "not comparable") for advisory in advisories)
    return Finding(
        rules.UNDECIDABLE,
        declared.path,
        message,
        declared.location,
        subject,
        evidence=evidence,
        accepted=_accepted(ignored),
    )


def not_audited(entries: Sequence[Entry], total: int) -> Finding:
    """One finding for all of a file's declarations that could not be audited, by reason and with their lines."""
    by_reason: dict[str, list[Entry]] = {}
    for entry in entries:
        by_reason.setdefault(_reason(entry), []).append(entry)
    parts = []
    for reason, of_reason in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        names = ", ".join(_placed(entry) for entry in of_reason[:SHOWN_NAMES])
        more = f" and {len(of_reason) - SHOWN_NAMES:,} more" if len(of_reason) > SHOWN_NAMES else ""
        parts.append(f"{reason}: {names}{more}")
    of, verb = plural(total, "package"), "was" if len(entries) == 1 else "were"
    message = f"{len(entries):,} of {of} {verb} not audited ({'; '.join(parts)})"
    lines = [entry.declared.location.line for entry in entries if entry.declared.location.line]
    first = entries[0].declared
    location = first.location._replace(scope=(min(lines), max(lines))) if lines else Location()
    evidence = tuple((_placed(entry), _reason(entry)) for entry in entries)
    return Finding(rules.NOT_AUDITED, first.path, message, location, subject="not audited", evidence=evidence)


def shown(text: str) -> str:
    """A text of the file, cut where it is longer than anything honest."""
    return text if len(text) <= MAX_TEXT_LENGTH else text[: MAX_TEXT_LENGTH - 1] + "…"


def without_credentials(address: str) -> str:
    """An address without what may be a password: user and password, and the query."""
    return re.sub(r"//[^/\s]*@", "//", address.partition("?")[0])


def _version(text: str) -> str:
    """A version as it is written; where anything may be written, that may be an address."""
    return shown(without_credentials(text) if "/" in text else text)


def _package(entry: Entry) -> str:
    """The name that advisories have for it: conda's may be another one."""
    return entry.pin.name if entry.pin else entry.declared.normalized


def _accepted(ignored: Ignore | None) -> Acceptance | None:
    return Acceptance(ignored.reason, "external") if ignored else None


def _placed(entry: Entry) -> str:
    declared = entry.declared
    texts = (declared.name, declared.url, declared.text)
    # The name of an include is only its sort.
    text = declared.url if declared.kind is Kind.INCLUDE else next(filter(None, texts), "")
    name = shown(without_credentials(text))
    place = declared.location.where or (f"line {declared.location.line}" if declared.location.line else "")
    return f"{name} ({place})" if place else name


def _reason(entry: Entry) -> str:
    return shown(without_credentials(entry.reason))


def _named(one: Vulnerability) -> str:
    fixed = f"fixed in {_versions(one.fixes[:SHOWN_FIXES])}" if one.fixes else "no fix"
    score = "" if one.severity is None else _score(one.severity)
    return f"{one.ids[0]} ({'; '.join(filter(None, (*one.ids[1:2], score, fixed)))})"


def _versions(fixes: Iterable[Fix]) -> str:
    return ", ".join([version for _, version in fixes])


def _details(one: Vulnerability) -> str:
    score = "not scored" if one.severity is None else _score(one.severity)
    fixed = f"fixed in {_versions(one.fixes)}" if one.fixes else "no fix is known"
    return f"{score}; {fixed}; {one.summary}".rstrip("; ")


@lru_cache
def _score(severity: float) -> str:
    return f"{severity:.1f} {band(severity)}"


def _level(weight: float) -> Level:
    """Critical, high and unscored: error; medium: warning; low: note."""
    if weight >= 7.0:
        return Level.ERROR
    return Level.WARNING if weight >= 4.0 else Level.NOTE
