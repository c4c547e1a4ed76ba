"""Versions and the spans of them that an advisory speaks about. Everything here follows PEP 440."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

MAX_VERSION_LENGTH = 200
ENDLESS = float("inf")

Key = tuple[int, tuple[int, ...], tuple[int, str, int], int, float]
"""A public version in a form that compares as PEP 440 wants: epoch, release, pre-release, post-release, development.

https://packaging.python.org/en/latest/specifications/version-specifiers/#summary-of-permitted-suffixes-and-relative-ordering
"""

_FINAL = (1, "", 0)  # after every pre-release
_BEFORE_PRE = (-1, "", 0)  # a development release of the final one: before every pre-release
# Versions in the form that PEP 440 calls normal, without epoch and local part.
_normal = re.compile(
    r"(?P<release>[0-9]{1,9}(?:\.[0-9]{1,9}){0,9})(?:(?P<phase>a|b|rc)(?P<pre>[0-9]{1,9}))?"
    r"(?:\.post(?P<post>[0-9]{1,9}))?(?:\.dev(?P<dev>[0-9]{1,9}))?"
)


class Span(NamedTuple):
    """Versions from `start` ("": from the first one) up to `end` ("": without an end); `end` itself if `is_closed`."""

    start: str
    end: str
    is_closed: bool = False


EVERY_VERSION = Span("", "")


@lru_cache(maxsize=65_536)
def parse(text: str) -> Key | None:
    """The key of a version; None for text that PEP 440 does not know. A local part (`+cu118`) is left out.

    Nearly all are in normal form: for those `packaging` is neither imported nor asked, which would take longer than all
    else that a check does. Cached: advisories of one package repeat their bounds.
    """
    match = _normal.fullmatch(text)
    if match is not None:
        release, phase, *numbers = match.groups()
        pre, post, dev = (None if number is None else int(number) for number in numbers)
        return _key(0, tuple(map(int, release.split("."))), None if pre is None else (phase, pre), post, dev)
    if len(text) > MAX_VERSION_LENGTH:
        return None
    from packaging.version import InvalidVersion, Version

    try:
        version = Version(text)
    except (InvalidVersion, ValueError):  # ValueError: a number with more digits than Python reads
        return None
    return _key(version.epoch, version.release, version.pre, version.post, version.dev)


def _key(epoch: int, release: tuple[int, ...], pre: tuple[str, int] | None, post: int | None, dev: int | None) -> Key:
    """What a missing part compares as: a final release comes after its candidates and before its post-releases."""
    if pre is not None:
        phase: tuple[int, str, int] = (0, *pre)
    else:
        phase = _BEFORE_PRE if post is None and dev is not None else _FINAL
    return epoch, _without_zeros(release), phase, -1 if post is None else post, ENDLESS if dev is None else dev


def _without_zeros(release: tuple[int, ...]) -> tuple[int, ...]:
    """1.0 and 1 are one version."""
    end = len(release)
    while end > 1 and release[end - 1] == 0:
        end -= 1
    return release[:end]


def public(text: str) -> str:
    """The version without its local part: `2.0.0+cu118` -> `2.0.0`. Advisories speak about public versions."""
    return text.partition("+")[0]


def covers(span: Span, version: Key) -> bool:
    """Whether a version is in a span whose bounds are versions."""
    start, end, is_closed = span
    if start:
        first = parse(start)
        if first is not None and version < first:
            return False
    if not end:
        return True
    last = parse(end)
    return last is None or version < last or (is_closed and version == last)


def spans(events: Sequence[Mapping[str, Any]]) -> list[Span] | None:
    """The affected spans that the events of an OSV range describe; None when a bound is no version.

    A range may be introduced and fixed several times, in any order
    (https://ossf.github.io/osv-schema/#affectedrangesevents-fields).
    """
    by_version: dict[Key | None, dict[str, str]] = {}
    for event in events:
        for kind, text in event.items():
            if kind not in _KINDS or (kind == "limit" and text == "*"):
                continue
            version = parse(text) if isinstance(text, str) else None
            if version is None:
                return None
            is_first = kind == "introduced" and text == "0"
            by_version.setdefault(None if is_first else version, {})[kind] = "" if is_first else text.strip()
    return list(_walk(by_version))


_KINDS = ("introduced", "fixed", "last_affected", "limit")


def _walk(by_version: Mapping[Key | None, Mapping[str, str]]) -> Iterable[Span]:
    start: str | None = None
    known = sorted(version for version in by_version if version is not None)
    for version in [*([None] if None in by_version else []), *known]:
        event = by_version[version]
        was_open = start is not None
        end = event.get("fixed", event.get("limit"))
        if start is not None and end is not None:
            yield Span(start, end)
            start = None
        # "introduced" and "fixed" in one version: a new span right after one that ends there, nothing otherwise.
        if "introduced" in event and start is None and (was_open or end is None):
            start = event["introduced"]
        if start is not None and "last_affected" in event:
            yield Span(start, event["last_affected"], True)
            start = None
    if start is not None:
        yield Span(start, "")
