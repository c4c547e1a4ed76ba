"""The engine `local`: pins against the advisory database, in this process and without a network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.vulnerable_dependencies.versions import EVERY_VERSION, covers, parse, public
from mlhooks.vulnerable_dependencies.vulnerability import Answer, Vulnerability, merged, sorted_ids

if TYPE_CHECKING:
    from packaging.version import Version

    from mlhooks.vulnerable_dependencies.database import About, Database
    from mlhooks.vulnerable_dependencies.osv import Affected
    from mlhooks.vulnerable_dependencies.pins import Pin

# Data this old is refused unless the configuration says `stale = "warn"`.
TOO_OLD_DAYS = 30
CLOCK_TOLERANCE_DAYS = 1


def answers(pins: Iterable[Pin], database: Database) -> dict[Pin, Answer]:
    """What the database knows of each pin. Raises `Unscannable` for a damaged one."""
    return {pin: answer(pin, database.affected(pin.name)) for pin in dict.fromkeys(pins)}


def answer(pin: Pin, known: Sequence[Affected]) -> Answer:
    """What `known`, all there is against a package, says of one of its versions."""
    if not known:
        return Answer(is_named=False)
    text = public(pin.version)
    version = parse(text)
    hits = [entry for entry in known if is_affected(entry, text, version)]
    if version is None and not hits:
        return Answer(problem=f"{pin.version} is no version that can be compared")
    found = merged(_vulnerability(entry, version) for entry in hits)
    # Of two records of one vulnerability the one that can be compared decides.
    decided = {name for entry in known if not entry.is_unclear for name in (entry.advisory, *entry.aliases)}
    decided.update(name for one in found for name in one.ids)
    undecided = [entry for entry in known if entry.is_unclear and not decided.intersection(_ids(entry))]
    names = tuple(dict.fromkeys(_ids(entry)[0] for entry in undecided))

    def also(other: Version, ignored: frozenset[str]) -> bool:
        entries = (entry for entry in known if not ignored.intersection(_ids(entry)))
        return any(is_affected(entry, str(other), other) for entry in entries)

    return Answer(found, names, is_affected=also)


def malicious(known: Iterable[Affected], specifier: str, is_pep440: bool) -> tuple[Vulnerability, ...]:
    """The malicious releases that a specifier, which is no exact version, lets in."""
    bad = [entry for entry in known if entry.is_malicious]
    return merged(_vulnerability(entry, None) for entry in bad if _admits(entry, specifier, is_pep440))


def is_affected(entry: Affected, text: str, version: Version | None) -> bool:
    """Whether a public version is in one of the spans, or in the list of versions."""
    if text in entry.versions:
        return True
    if version is None:
        return False
    return any(covers(span, version) for span in entry.spans) or any(parse(v) == version for v in entry.versions)


def staleness(about: About, max_age_days: int, stale: str | None) -> str | None:
    """What to say about the age of the data, None while it is fresh. Raises `Unscannable` when it is too old to use."""
    now = datetime.now(UTC)
    if (datetime.fromisoformat(about.built) - now).days >= CLOCK_TOLERANCE_DAYS:
        raise Unscannable(f"the advisory database says it was built in the future, on {about.built}. {_REFRESH}")
    days = (now - about.data_time).days
    if days <= max_age_days:
        return None
    text = f"the newest advisory in the database is {days:,} days old"
    if stale == "fail" or (stale is None and days > max(TOO_OLD_DAYS, max_age_days)):
        raise Unscannable(f"{text}. {_REFRESH}")
    return f"{text}; what has become known since is not found. {_REFRESH}"


_REFRESH = "Run `mlhooks advisories update`."


def _admits(entry: Affected, specifier: str, is_pep440: bool) -> bool:
    if EVERY_VERSION in entry.spans or not specifier or not is_pep440:
        return True
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(specifier)
    except InvalidSpecifier:
        return True
    versions = [version for version in map(parse, entry.versions) if version is not None]
    # Spans without a list do not tell which releases there were: any may have been let in.
    return any(wanted.contains(version, prereleases=True) for version in versions) or not versions


def _vulnerability(entry: Affected, version: Version | None) -> Vulnerability:
    fixes = sorted({fix for fix in map(parse, entry.fixes) if fix is not None and (version is None or fix > version)})
    ends = (
        [parse(span.end) for span in entry.spans if span.end and not span.is_closed and covers(span, version)]
        if version is not None
        else []
    )
    known = [end for end in ends if end is not None]
    is_endless = version is not None and any(not span.end and covers(span, version) for span in entry.spans)
    fix = max(known) if known else (fixes[0] if fixes and not is_endless else None)
    texts = {parse(text): text for text in entry.fixes}
    return Vulnerability(
        _ids(entry),
        entry.summary,
        entry.severity,
        entry.is_malicious,
        texts[fix] if fix is not None and not is_endless else "",
        tuple(texts[fix] for fix in fixes),
    )


def _ids(entry: Affected) -> tuple[str, ...]:
    return sorted_ids((entry.advisory, *entry.aliases))
