"""Showing that a value is there without showing it. Reports of continuous integration are public."""

from __future__ import annotations

import re
from functools import lru_cache

from mlhooks.formats.patterns import lazy

_EMAIL = lazy(r"[^\s@,;:<>()\[\]\"']+@[^\s@,;:<>()\[\]\"']+")
_DIGITS = lazy(r"\d{4,}")


def masked(value: str) -> str:
    """The outline of a value: `j…@e….com`, `…4711`, `A…`. At most three characters of it, never more than a third.

    >>> masked("jane@corp.org"), masked("555-010-4711"), masked("Ann Lee"), masked("Li")
    ('j…@c….org', '…11', 'A… L…', '…')
    """
    value = value.strip().strip("\"'")
    if "@" in value:
        name, _, domain = value.partition("@")
        host, _, ending = domain.rpartition(".")
        ending = ending if re.fullmatch(r"[A-Za-z]{2,6}", ending) else "…"
        return f"{_first(name)}@{_first(host)}.{ending}"
    if sum(character.isdigit() for character in value) * 2 > len(value):
        return f"…{value[-2:]}" if len(value) >= 6 and value[-2:].isdigit() else "…"
    return " ".join(_first(word) for word in value.split()[:3]) or "…"


def _first(word: str) -> str:
    return f"{word[0]}…" if len(word) > 2 and word[0].isalpha() else "…"


def coarse(coordinate: str) -> str:
    """A coordinate with one decimal, about ten kilometres."""
    match = re.match(r"-?\d{1,3}(?:\.\d)?", coordinate.strip())
    return match[0] + "…" if match else "…"


@lru_cache(maxsize=1024)
def safe_header(header: str) -> str:
    """A column name fit for a report: short, and masked where it is itself a value (a pivot has people as columns)."""
    if header.isalpha() and len(header) <= 40:
        return header
    header = " ".join(header.split())[:200]
    if "@" in header:
        header = _EMAIL.sub(lambda match: masked(match[0]), header)
    header = _DIGITS.sub("…", header) if not re.fullmatch(r"(?:19|20)\d\d", header) else header
    if not header:
        return "(no name)"
    return header if len(header) <= 40 else header[:39] + "…"
