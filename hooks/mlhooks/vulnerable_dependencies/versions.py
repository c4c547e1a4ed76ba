"""Versions and the spans of them that an advisory speaks about. Everything here follows PEP 440."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from packaging.version import Version

MAX_VERSION_LENGTH = 200


class Span(NamedTuple):
    """Versions from `start` ("": from the first one) up to `end` ("": without an end); `end` itself if `is_closed`."""

    start: str
    end: str
    is_closed: bool = False


EVERY_VERSION = Span("", "")


@lru_cache(maxsize=65_536)
def parse(text: str) -> Version | None:
    """A version; None for text that PEP 440 does not know. Cached: advisories of one package repeat their bounds."""
    from packaging.version import InvalidVersion, Version

    if len(text) > MAX_VERSION_LENGTH:
        return None
    try:
        return Version(text)
    except (InvalidVersion, ValueError):  # ValueError: a number with more digits than Python reads
        return None


def public(text: str) -> str:
    """The version without its local part: `2.0.0+cu118` -> `2.0.0`. Advisories speak about public versions."""
    return text.partition("+")[0]


def covers(span: Span, version: Version) -> bool:
    """Whether a version is in a span whose bounds are versions."""
    start, end = parse(span.start), parse(span.end)
    if start is not None and version < start:
        return False
    return end is None or version < end or (span.is_closed and version == end)


def spans(events: Sequence[Mapping[str, Any]]) -> list[Span] | None:
    """The affected spans that the events of an OSV range describe; None when a bound is no version.

    A range may be introduced and fixed several times, in any order
    (https://ossf.github.io/osv-schema/#affectedrangesevents-fields).
    """
    by_version: dict[Version | None, dict[str, str]] = {}
    for event in events:
        for kind, text in event.items():
            if kind not in _KINDS or (kind == "limit" and text == "*"):
                continue
            version = parse(text) if isinstance(text, str) else None
            if version is None:
                return None
            is_first = kind == "introduced" and text == "0"
            by_version.setdefault(None if is_first else version, {})[kind] = "" if is_first else text
    return list(_walk(by_version))


_KINDS = ("introduced", "fixed", "last_affected", "limit")


def _walk(by_version: Mapping[Version | None, Mapping[str, str]]) -> Iterable[Span]:
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
