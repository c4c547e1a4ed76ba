"""The engine `local`: pins against the advisory database, in this process and without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.core.report import plural
from mlhooks.vulnerable_dependencies.versions import ENDLESS, EVERY_VERSION, FIRST, Key, Span, parse, public
from mlhooks.vulnerable_dependencies.vulnerability import Answer, Vulnerability, merged

if TYPE_CHECKING:
    from mlhooks.vulnerable_dependencies.database import About, Database
    from mlhooks.vulnerable_dependencies.osv import Affected
    from mlhooks.vulnerable_dependencies.pins import Pin

# Data this old is refused unless the configuration says `stale = "warn"`.
TOO_OLD_DAYS = 30
CLOCK_TOLERANCE_DAYS = 1


def answers(pins: Iterable[Pin], database: Database) -> Callable[[Pin], Answer]:
    """What the database knows of each of the pins, to be asked for one after the other.

    Asking raises `Unscannable` for a damaged database.
    """
    last = database.last_by_name({pin.name for pin in pins})

    def known_of(pin: Pin) -> Answer:
        end = last.get(pin.name)
        if end is None:
            return UNNAMED
        version = parse(public(pin.version))
        # Most pins are younger than all that is known of their package: nothing more needs to be read for them.
        return NOT_MEANT if version is not None and version >= end else answer(pin, database.affected(pin.name))

    return known_of


UNNAMED, NOT_MEANT = Answer(is_named=False), Answer()


def answer(pin: Pin, known: Sequence[Affected]) -> Answer:
    """What `known`, all there is against a package, says of one of its versions."""
    version = parse(public(pin.version))
    said = [_vulnerability(entry, pin.version, version) for entry in known]
    hits = [one for one in said if one is not None]
    if version is None and not hits:
        return Answer(problem=f"{pin.version} is no version that can be compared")
    found = merged(hits)
    return Answer(found, tuple(_undecided(known, found)), is_affected=partial(_is_any_affected, known))


def _undecided(known: Iterable[Affected], found: Iterable[Vulnerability]) -> Iterator[str]:
    """Advisories without versions to compare. Of two records of one vulnerability the one that has them decides."""
    unclear = [entry for entry in known if entry.is_unclear]
    if unclear:
        decided = {name for entry in known if not entry.is_unclear for name in entry.ids}
        decided.update(name for one in found for name in one.ids)
        yield from dict.fromkeys(entry.ids[0] for entry in unclear if not decided.intersection(entry.ids))


def _is_any_affected(known: Iterable[Affected], version: Key, ignored: frozenset[str]) -> bool:
    spans = [span for entry in known if not (ignored and ignored.intersection(entry.ids)) for span in entry.spans]
    return any(start <= version < end for start, end, _ in spans)


def malicious(known: Iterable[Affected], specifier: str, is_pep440: bool) -> tuple[Vulnerability, ...]:
    """The malicious releases that a specifier, which is no exact version, lets in."""
    bad = [entry for entry in known if entry.is_malicious]
    return merged([_described(entry, None, []) for entry in bad if _admits(entry, specifier, is_pep440)])


def staleness(about: About, max_age_days: int, stale: str | None) -> str | None:
    """What to say about the age of the data, None while it is fresh. Raises `Unscannable` when it is too old to use."""
    now = datetime.now(UTC)
    if (about.build_time - now).days >= CLOCK_TOLERANCE_DAYS:
        raise Unscannable(f"the advisory database says it was built in the future, on {about.built}. {_REFRESH}")
    days = (now - about.data_time).days
    if days <= max_age_days:
        return None
    text = f"the newest advisory in the database is {plural(days, 'day')} old"
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
    versions = [version for version in entry.versions if parse(version) is not None]
    if versions:
        return any(wanted.contains(version, prereleases=True) for version in versions)
    # Spans without a list do not tell which releases there were: any within reach may have been let in.
    bounds = [(clause.operator, parse(clause.version)) for clause in wanted]
    return any(_is_in_reach(span, bounds) for span in entry.spans)


def _is_in_reach(span: Span, bounds: Iterable[tuple[str, Key | None]]) -> bool:
    """Whether no bound of a specifier leaves out all versions of a span."""
    for operator, bound in bounds:
        if bound is None:
            continue
        if operator in (">=", ">", "~=") and bound >= span.end:
            return False
        if (operator == "<" and bound <= span.start) or (operator == "<=" and bound < span.start):
            return False
    return True


def _vulnerability(entry: Affected, text: str, version: Key | None) -> Vulnerability | None:
    """What an advisory says of a version, None when it does not mean it."""
    if version is None:
        is_meant = EVERY_VERSION in entry.spans or not {text, public(text)}.isdisjoint(entry.versions)
        return _described(entry, None, []) if is_meant else None
    if len(entry.spans) == 1:  # most have one, and need no comparing of ends
        ((start, end, fixed),) = entry.spans
        fix = (end, fixed) if fixed else None
        said = (entry.ids, entry.summary, entry.severity, entry.is_malicious, fix, (fix,) if fix else ())
        return Vulnerability(*said) if start <= version < end else None
    ends = [end for start, end, _ in entry.spans if start <= version < end]
    return _described(entry, version, ends) if ends else None


def _described(entry: Affected, version: Key | None, ends: Sequence[Key]) -> Vulnerability:
    """What an advisory says of a version that is in the spans up to `ends`; of no version in particular: all fixes."""
    after = FIRST if version is None else version
    fixes = {end: fixed for _, end, fixed in entry.spans if fixed and end > after}
    ordered = tuple(sorted(fixes.items()))
    fix = None
    if ordered and ENDLESS not in ends:
        fix = max([(end, fixes[end]) for end in ends if end in fixes], default=ordered[0])
    return Vulnerability(entry.ids, entry.summary, entry.severity, entry.is_malicious, fix, ordered)
