"""Versions and the spans of them that an advisory speaks about. Everything here follows PEP 440."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

MAX_VERSION_LENGTH = 200

Key = str
"""A public version as a text that compares as PEP 440 wants, so that a database can hold it ready to be compared.

Epoch, release, stage, post-release and development release follow each other. Numbers begin with a letter for how many
digits they have (`A2` < `B10`); everything that may stand where a number could begin or go on is a digit, and so comes
before any further number; `~` comes after everything. `1.10rc2` is `A0A1B103A20~`.

https://packaging.python.org/en/latest/specifications/version-specifiers/#summary-of-permitted-suffixes-and-relative-ordering
"""

FIRST, ENDLESS = "", "~"  # before and after every key
_STAGES = {"a": "1", "b": "2", "rc": "3"}
_BEFORE_STAGES = "0"  # a development release of the final one: before every pre-release
_FINAL = "4"
_NO_POST, _POST = "0", "1"
_NO_DEV = "~"
_MAX_LETTER_DIGITS = 25
# Versions in the form that PEP 440 calls normal, without epoch and local part.
_normal = re.compile(
    r"([0-9]{1,9}(?:\.[0-9]{1,9}){0,9})(?:(a|b|rc)([0-9]{1,9}))?(?:\.post([0-9]{1,9}))?(?:\.dev([0-9]{1,9}))?"
)


class Span(NamedTuple):
    """Versions from `start` on and before `end`. `fixed` is the version that ends it, as it is written; "": none does,
    or nobody has said which."""

    start: Key
    end: Key
    fixed: str = ""


EVERY_VERSION = Span(FIRST, ENDLESS)


class _Numbers(dict[str, str]):
    """Digits in the form that compares as their number does. Few numbers make up nearly all versions."""

    def __missing__(self, digits: str) -> str:
        number = digits.lstrip("0") or "0"
        length = len(number)
        self[digits] = f"{chr(64 + length) if length <= _MAX_LETTER_DIGITS else f'Z{length:03}'}{number}"
        return self[digits]


_numbers = _Numbers()


@lru_cache(maxsize=65_536)
def parse(text: str) -> Key | None:
    """The key of a version; None for text that PEP 440 does not know. A local part (`+cu118`) is left out.

    Nearly all are in normal form: for those `packaging` is neither imported nor asked, which would take longer than all
    else that a check does.
    """
    match = _normal.fullmatch(text)
    if match is not None:
        release, *rest = match.groups()
        return _key("0", release.split("."), *rest)
    if len(text) > MAX_VERSION_LENGTH:
        return None
    from packaging.version import InvalidVersion, Version

    try:
        version = Version(text)
    except (InvalidVersion, ValueError):  # ValueError: a number with more digits than Python reads
        return None
    stage, number = version.pre or (None, None)
    post, dev = version.post, version.dev
    rest = [None if part is None else str(part) for part in (stage, number, post, dev)]
    return _key(str(version.epoch), [str(part) for part in version.release], *rest)


def _key(
    epoch: str, release: list[str], stage: str | None, number: str | None, post: str | None, dev: str | None
) -> Key:
    while len(release) > 1 and not release[-1].strip("0"):
        release.pop()  # 1.0 and 1 are one version
    main = _numbers[epoch] + "".join([_numbers[part] for part in release])
    if stage is not None and number is not None:
        main += _STAGES[stage] + _numbers[number]
    else:
        main += _BEFORE_STAGES if post is None and dev is not None else _FINAL
    main += _NO_POST if post is None else _POST + _numbers[post]
    return main + (_NO_DEV if dev is None else _numbers[dev])


def just_after(key: Key) -> Key:
    """What comes after a version, and before every later one. (No key begins with another one.)"""
    return key + "!"


def public(text: str) -> str:
    """The version without its local part: `2.0.0+cu118` -> `2.0.0`. Advisories speak about public versions."""
    return text.partition("+")[0]


def covers(span: Span, version: Key) -> bool:
    """Whether a version is in a span."""
    return span.start <= version < span.end


def spans(events: Sequence[Mapping[str, Any]]) -> list[Span] | None:
    """The affected spans that the events of an OSV range describe; None when a bound is no version.

    A range may be introduced and fixed several times, in any order. Only what comes before one of its limits, where it
    has any, is meant (https://ossf.github.io/osv-schema/#affectedrangesevents-fields).
    """
    by_version: dict[Key, dict[str, str]] = {}
    limits: list[Key] = []
    for event in events:
        for kind, text in event.items():
            if kind not in _KINDS:
                continue
            is_open = kind == "limit" and text == "*"
            version = ENDLESS if is_open else parse(text) if isinstance(text, str) else None
            if version is None:
                return None
            if kind == "limit":
                limits.append(version)
                continue
            is_first = kind == "introduced" and text == "0"
            by_version.setdefault(FIRST if is_first else version, {})[kind] = text.strip()
    last = max(limits, default=ENDLESS)
    found = (span for span in _walk(by_version) if span.start < last)
    return [span if span.end <= last else Span(span.start, last) for span in found]


_KINDS = ("introduced", "fixed", "last_affected", "limit")


def _walk(by_version: Mapping[Key, Mapping[str, str]]) -> Iterable[Span]:
    start: Key | None = None
    for version in sorted(by_version):
        event = by_version[version]
        was_open = start is not None
        end = event.get("fixed")
        if start is not None and end is not None:
            yield Span(start, version, end)
            start = None
        # "introduced" and "fixed" in one version: a new span right after one that ends there, nothing otherwise.
        if "introduced" in event and start is None and (was_open or end is None):
            start = version
        if start is not None and "last_affected" in event:
            yield Span(start, just_after(version))
            start = None
    if start is not None:
        yield Span(start, ENDLESS)
