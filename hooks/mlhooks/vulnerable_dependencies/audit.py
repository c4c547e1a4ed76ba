"""The check: what is declared, what is known against it, and what could not be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.core.finding import Count, Finding, Notice, Options, Said, Unscannable
from mlhooks.formats import dependency
from mlhooks.formats.dependency import Grammar, Kind
from mlhooks.vulnerable_dependencies import ignores, wording
from mlhooks.vulnerable_dependencies.ignores import Ignore
from mlhooks.vulnerable_dependencies.pins import Entry, Pin, entries
from mlhooks.vulnerable_dependencies.vulnerability import Answer, Vulnerability, nearest_fix

if TYPE_CHECKING:
    from mlhooks.core.files import File
    from mlhooks.formats.dependency import Dependency
    from mlhooks.vulnerable_dependencies.database import Database

AUDITED, UNNAMED, NOT_AUDITED = "audited", "of these in no advisory", "not audited"


class Judged(NamedTuple):
    """One entry with what is known against it."""

    entry: Entry
    answer: Answer


def check(file: File, options: Options) -> Iterator[Said]:
    """All that a file declares, audited. Raises `Unscannable` after that when the file could not be read to its end."""
    found, problem = _entries(file)
    if found:
        yield from report(found, options, file.path)
    elif file.named:
        yield Count(AUDITED, 0)  # who names a file must not take silence for an answer
    if problem is not None:
        raise problem


def report(found: Sequence[Entry], options: Options, own: str = "") -> Iterator[Said]:
    """Findings and counts for entries. Those of other files than `own` are counted for these, unless it is ""."""
    accepted = ignores.read(options["ignore"])
    database = _database(options)
    known = answers([entry.pin for entry in found if entry.pin is not None], options, database)
    least = least_severity(options)
    rest: list[Entry] = []
    unnamed: list[Entry] = []
    for entry in found:
        answer = known(entry.pin) if entry.pin else Answer(_malicious(entry, database), problem=entry.reason)
        if answer.vulnerabilities or answer.undecided:
            yield from _findings(entry, answer, accepted, least, database)
        if answer.problem:
            rest.append(entry._replace(reason=answer.problem))
        elif not answer.is_named:
            unnamed.append(entry)
    if options["list-not-audited"]:
        yield from _not_audited(rest, found)
    for path in dict.fromkeys(entry.declared.path for entry in found) if own else ("",):
        total, unknown, left = (
            sum(not path or entry.declared.path == path for entry in some) for some in (found, unnamed, rest)
        )
        other = "" if path == own else path
        counts = ((AUDITED, total - left), (UNNAMED, unknown), (NOT_AUDITED, left))
        yield from (Count(name, number, other) for name, number in counts)


def answers(pins: Iterable[Pin], options: Options, database: Database | None) -> Callable[[Pin], Answer]:
    """What the chosen engine knows of the pins."""
    if database is not None:
        from mlhooks.vulnerable_dependencies import local

        return local.answers(pins, database)
    from mlhooks.vulnerable_dependencies import service

    return service.answers(pins, options["service"], options["osv-url"]).__getitem__


def prepare(options: Options) -> Iterator[Notice]:
    """What holds for every file. Raises `Unscannable` without a database, or without the other engine."""
    ignores.read(options["ignore"])
    database = _database(options)
    if database is None:
        from mlhooks.vulnerable_dependencies import service

        service.require(options["service"], options["osv-url"])
        return
    from mlhooks.vulnerable_dependencies import local

    stale = local.staleness(database.about, options["max-age"], options["stale"])
    if stale is not None:
        yield Notice(stale)


def conclude(accepted: Sequence[Finding], options: Options) -> Iterator[Notice]:
    """Ignores that nothing needed: whole folders were checked. One that is over may still be about something here."""
    for ignore in ignores.read(options["ignore"]):
        if ignore.is_over:
            yield Notice(f"the ignore of {ignore} ended on {ignore.until}: take it out, or look again and move its end")
        elif not any(_was_used(ignore, finding) for finding in accepted):
            yield Notice(f"the ignore of {ignore} is not needed any more: nothing here is affected by it")


def _entries(file: File) -> tuple[list[Entry], Unscannable | None]:
    records = []
    problem = None
    try:
        for record in dependency.read(file, whole=True):
            records.append(record)  # noqa: PERF402  # what was read before an error counts
    except Unscannable as error:
        problem = error
    return list(entries(records, partial(_is_missing, file))), problem


def _is_missing(file: File, include: Dependency) -> bool:
    from mlhooks.formats.declared.includes import is_missing

    return is_missing(file, include)


def _findings(
    entry: Entry, answer: Answer, accepted: Sequence[Ignore], least: float, database: Database | None
) -> Iterator[Finding]:
    name = entry.pin.name if entry.pin else entry.declared.normalized
    counting, ignored, remark = _sorted(name, answer.vulnerabilities, accepted)
    if least:
        counting = [one for one in counting if one.severity is None or one.weight >= least]  # unscored is not mild
    gone = frozenset(name for _, group in ignored for one in group for name in one.ids)
    if counting:
        yield wording.vulnerable(entry, counting, nearest_fix(counting, answer, gone), remark)
    for ignore, group in ignored:
        _refuse_ambiguous(ignore, group, database)
        yield wording.vulnerable(entry, group, nearest_fix(group, answer, frozenset()), ignored=ignore)
    undecided: list[str] = []
    for advisory in answer.undecided:
        accepting = _accepting(name, (advisory,), accepted)
        if accepting is None:
            undecided.append(advisory)
        else:
            yield wording.undecidable(entry, [advisory], ignored=accepting)
    if undecided:
        yield wording.undecidable(entry, undecided)


def _sorted(
    name: str, found: Iterable[Vulnerability], accepted: Sequence[Ignore]
) -> tuple[list[Vulnerability], list[tuple[Ignore, list[Vulnerability]]], str]:
    """Those that count, those that are ignored by which entry, and what to say of ignores that are over."""
    if not accepted:
        return list(found), [], ""
    counting: list[Vulnerability] = []
    ignored: dict[Ignore, list[Vulnerability]] = {}
    over: list[str] = []
    for one in found:
        speaking = [ignore for ignore in accepted if ignore.speaks_of(name, one.ids)]
        valid = _accepting(name, one.ids, accepted)
        if valid is not None:
            ignored.setdefault(valid, []).append(one)
            continue
        counting.append(one)
        over += (f"The ignore of {ignore.id} ended on {ignore.until}" for ignore in speaking)
    return counting, list(ignored.items()), "; ".join(over)


def _accepting(name: str, ids: Sequence[str], accepted: Iterable[Ignore]) -> Ignore | None:
    return next((ignore for ignore in accepted if ignore.speaks_of(name, ids) and not ignore.is_over), None)


def least_severity(options: Options) -> float:
    from mlhooks.vulnerable_dependencies.severity import least

    return least(options["min-severity"]) if options["min-severity"] else 0.0


def _refuse_ambiguous(ignore: Ignore, group: Iterable[Vulnerability], database: Database | None) -> None:
    """One advisory may be about several packages, and the reason for one of them need not hold for the others."""
    if ignore.package or database is None:
        return
    packages = {name for one in group for advisory in one.ids for name in database.packages_of(advisory)}
    if len(packages) > 1:
        names = ", ".join(sorted(packages)[: wording.SHOWN_NAMES])
        raise Unscannable(f"the ignore of {ignore.id} in the configuration must name a package; it is about {names}")


def _database(options: Options) -> Database | None:
    """The database when the engine is the local one."""
    if options["engine"] != "local":
        return None
    from mlhooks.vulnerable_dependencies.database import open_database

    return open_database(options["database"])


def _malicious(entry: Entry, database: Database | None) -> tuple[Vulnerability, ...]:
    """Malicious releases that a declaration without an exact version lets in."""
    declared = entry.declared
    if database is None or not declared.name or declared.kind not in (Kind.PACKAGE, Kind.UNKNOWN):
        return ()
    from mlhooks.vulnerable_dependencies import local

    is_pep440 = declared.grammar is Grammar.PEP440 and declared.kind is Kind.PACKAGE
    return local.malicious(database.affected(declared.normalized), declared.specifier, is_pep440)


def _not_audited(rest: Sequence[Entry], found: Sequence[Entry]) -> Iterator[Finding]:
    """A finding per file: an include may bring entries of another one."""
    for path in dict.fromkeys(entry.declared.path for entry in rest):
        here = [entry for entry in rest if entry.declared.path == path]
        yield wording.not_audited(here, sum(entry.declared.path == path for entry in found))


def _was_used(ignore: Ignore, finding: Finding) -> bool:
    package = finding.subject.partition(":")[0]
    ids = (name for label, _ in finding.evidence for name in label.split(", "))
    return ignore.speaks_of(package, ids)
