"""A file of findings that were there when the hooks came, accepted one by one with a reason.

One finding per line (JSON), sorted, without times and line numbers: two branches that accept different findings merge
without a conflict, and a moved line changes nothing. The fingerprint is what counts; path and rule are for readers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from mlhooks.core.config import ConfigError
from mlhooks.core.files import File, in_repository
from mlhooks.core.finding import Unscannable
from mlhooks.core.report import Report, Reported, plural

FILE_NAME = ".mlhooks-baseline.jsonl"
HEADER = '{"mlhooks-baseline": 1}'


class Entry(NamedTuple):
    """One accepted finding. `expires` is the last day on which it is accepted ("2027-01-31"), "" for no end."""

    path: str
    hook: str
    rule: str
    fingerprint: str
    reason: str
    expires: str = ""

    def is_expired(self, today: str) -> bool:
        return bool(self.expires) and self.expires < today


class Applied(NamedTuple):
    """What a baseline says of one run's findings.

    `accepted` pairs findings with their entries; `expired` entries met a finding and no longer accept it; `stale`
    entries belong to files that could be checked, or that are gone, and met no finding.
    """

    counting: list[Reported]
    accepted: list[tuple[Reported, Entry]]
    expired: list[Entry]
    stale: list[Entry]


def read(path: str) -> list[Entry]:
    """The entries of a baseline. Raises `ConfigError` with the line that cannot be followed."""
    try:
        data = File(path).read()
    except Unscannable as reason:
        raise ConfigError(f"could not read {path}: {reason}") from None
    try:
        return parse(data.decode(), path)
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is no baseline: it is not UTF-8 text") from None


def parse(text: str, path: str) -> list[Entry]:
    """The entries in the text of a baseline, each once; `path` is named in errors."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != HEADER:
        raise ConfigError(f"{path} is no baseline: its first line must be {HEADER}")
    # A merge that takes both sides may repeat the first line, and entries.
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and line.strip() != HEADER]
    return list(dict.fromkeys(_entry(line, f"{path}:{number}") for number, line in numbered))


def format_entries(entries: Iterable[Entry]) -> str:
    """The text of a baseline."""
    from json import dumps

    # ASCII: lone surrogates of odd file names survive, and nothing in a name can act on a terminal.
    rows = ({key: value for key, value in entry._asdict().items() if value} for entry in sorted(set(entries)))
    return "".join(line + "\n" for line in (HEADER, *map(dumps, rows)))


def apply(entries: Sequence[Entry], report: Report, top: str) -> Applied:
    """Sort the findings of a report into those that count and those that are accepted; find entries that are over.

    An entry is over when its hook has run and its file was checked, or is gone from the repository at `top`.
    """
    day = today()
    known = {entry.fingerprint: entry for entry in entries}
    applied = Applied([], [], [], [])
    met = set()
    for reported in report.findings:
        entry = known.get(reported.fingerprint)
        if entry is None:
            applied.counting.append(reported)
            continue
        met.add(entry.fingerprint)
        if entry.is_expired(day):
            applied.expired.append(entry)
            applied.counting.append(reported)
        else:
            applied.accepted.append((reported, entry))
    hooks = {hook.id for hook in report.hooks}
    unclear = {path for path, _ in report.errors}
    checked = {in_repository(path, top) for path in report.paths if path not in unclear}
    for entry in known.values():
        if entry.fingerprint in met or entry.hook not in hooks:
            continue
        if entry.path in checked or not os.path.lexists(os.path.join(top, entry.path)):
            applied.stale.append(entry)
    return applied


def notices(applied: Applied, path: str) -> list[str]:
    """What a person should know of the baseline itself."""
    told = []
    if applied.expired:
        told.append(f"{plural(len(applied.expired), 'acceptance')} in {path} expired: {_first(applied.expired)}")
    if applied.stale:
        number = len(applied.stale)
        told.append(
            f"{number:,} of the findings accepted in {path} {'is' if number == 1 else 'are'} gone: "
            f"{_first(applied.stale)}; run `mlhooks baseline prune`"
        )
    return told


def today() -> str:
    """The day in UTC, such as 2027-01-31."""
    from datetime import UTC, datetime

    return datetime.now(UTC).date().isoformat()


def _first(entries: Sequence[Entry]) -> str:
    shown = ", ".join(f"{entry.rule} in {entry.path}" for entry in entries[:3])
    return shown if len(entries) <= 3 else f"{shown}, ..."


def _entry(line: str, place: str) -> Entry:
    from json import loads

    if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
        raise ConfigError(f"{place}: a merge conflict; keep the lines of both sides and remove the markers")
    try:
        row: Any = loads(line)
    except (ValueError, RecursionError):
        raise ConfigError(f"{place}: not a JSON object") from None
    if not (isinstance(row, dict) and all(isinstance(value, str) for value in row.values())):
        raise ConfigError(f"{place}: must be an object of texts")
    for key in row:
        if key not in Entry._fields:
            raise ConfigError(f"{place} has no key {key!r}; there are: {', '.join(Entry._fields)}")
    for key in ("path", "hook", "rule", "fingerprint", "reason"):
        if not row.get(key, "").strip():
            raise ConfigError(f"{place} needs a {key}")
    if not re.fullmatch("[0-9a-f]{32}", row["fingerprint"]):
        raise ConfigError(f"{place}: the fingerprint must be 32 hexadecimal digits")
    if row.get("expires"):
        row["expires"] = checked_date(row["expires"], place)
    return Entry(**row)


def checked_date(text: str, place: str) -> str:
    """`text`, if it is a day such as 2027-01-31. Raises `ConfigError`."""
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ConfigError(f"{place}: expires must be a day such as 2027-01-31, not {text!r}") from None
