"""Advisories that somebody has looked at and accepts for now: `ignore = [{id, package, reason, until}]`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.formats.dependency import normalize


class Ignore(NamedTuple):
    """One entry. `id` may be any of an advisory's names; `package` "" means any; it holds until the end of a day."""

    id: str
    reason: str
    package: str = ""
    until: date | None = None

    def speaks_of(self, package: str, ids: Iterable[str]) -> bool:
        return self.package in ("", package) and self.id.lower() in (name.lower() for name in ids)

    @property
    def is_over(self) -> bool:
        return self.until is not None and date.today() > self.until

    def __str__(self) -> str:
        return f"{self.id} for {self.package}" if self.package else self.id


def read(entries: Iterable[Any]) -> tuple[Ignore, ...]:
    """The entries of the option, checked: a typing error must not switch a check off. Raises `Unscannable`."""
    return tuple(_ignore(entry, f"the {_ordinal(number)} ignore") for number, entry in enumerate(entries, 1))


def _ignore(entry: Any, place: str) -> Ignore:
    keys = ("id", "package", "reason", "until")
    if not isinstance(entry, dict):
        raise Unscannable(f"{place} in the configuration must be a table: {{id, package, reason, until}}")
    for key in entry:
        if key not in keys:
            raise Unscannable(f"{place} in the configuration has no key {key!r}; there are: {', '.join(keys)}")
    texts = {key: entry.get(key, "") for key in keys[:3]}
    for key, text in texts.items():
        if not isinstance(text, str):
            raise Unscannable(f"{place} in the configuration: {key} must be a text")
    for key in ("id", "reason"):
        if not texts[key].strip():
            raise Unscannable(f"{place} in the configuration needs {'an id' if key == 'id' else 'a reason'}")
    until = _date(entry.get("until"), place)
    return Ignore(texts["id"].strip(), texts["reason"].strip(), normalize(texts["package"].strip()), until)


def _date(value: Any, place: str) -> date | None:
    """TOML knows dates; a text in the same form is one as well."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unscannable(f"{place} in the configuration: until must be a date such as 2027-01-31") from None


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
