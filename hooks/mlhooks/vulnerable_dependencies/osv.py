"""Advisories in OSV's format (https://ossf.github.io/osv-schema/), reduced to what decides about a version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mlhooks.formats.dependency import normalize
from mlhooks.vulnerable_dependencies import severity
from mlhooks.vulnerable_dependencies.versions import EVERY_VERSION, Span, covers, just_after, parse, spans

ECOSYSTEM = "pypi"
MALICIOUS = "CWE-506"  # embedded malicious code
MAX_SUMMARY_LENGTH = 200
MAX_ID_LENGTH = 100
_PREFIXES = ("CVE-", "GHSA-", "PYSEC-", "MAL-")


class Affected(NamedTuple):
    """One package of one advisory, known by `ids`, the best known first.

    `versions` are those listed in the record that cannot be compared (for a malicious package: all listed); the others
    are in `spans`, if need be in one of their own. `is_unclear` says that neither the ranges nor a list tell which
    versions are meant.
    """

    name: str
    ids: tuple[str, ...]
    summary: str
    severity: float | None
    is_malicious: bool
    spans: tuple[Span, ...]
    versions: tuple[str, ...]
    is_unclear: bool


class RecordError(ValueError):
    """A record that is not in OSV's format. `str(error)` says what is wrong with it."""


def is_advisory(record: Any) -> bool:
    """Whether a document claims to be an OSV record; other files may lie next to them."""
    return isinstance(record, dict) and "id" in record and ("affected" in record or "modified" in record)


def affected_packages(record: Mapping[str, Any]) -> list[Affected]:
    """The Python packages of a record, none when it has been withdrawn. Raises `RecordError`."""
    advisory = _text(record, "id")
    if not _is_id(advisory):
        raise RecordError("its id is too long, or has a blank in it")
    if record.get("withdrawn"):
        return []
    ids = sorted_ids([advisory, *(alias for alias in _list(record, "aliases") if _is_id(alias))])
    merged: dict[str, list[Mapping[str, Any]]] = {}
    for entry in _list(record, "affected"):
        if not isinstance(entry, dict):
            raise RecordError(f"{advisory}: an entry of `affected` is no object")
        package = entry.get("package")
        # A record may have entries for other ecosystems, and (for commits only) for no package at all.
        if isinstance(package, dict) and str(package.get("ecosystem")).partition(":")[0].lower() == ECOSYSTEM:
            merged.setdefault(normalize(_text(package, "name")), []).append(entry)
    is_malicious = any(name.startswith("MAL-") for name in ids) or MALICIOUS in _weaknesses(record)
    return [
        _affected(entries, record, Affected(name, ids, "", None, is_malicious, (), (), False))
        for name, entries in merged.items()
    ]


def _affected(entries: Iterable[Mapping[str, Any]], record: Mapping[str, Any], base: Affected) -> Affected:
    found: list[Span] = []
    listed: dict[str, None] = {}
    scores: list[float] = []
    is_unclear = False
    for entry in entries:
        # One with a blank in it names nothing: no pin has any.
        versions = [text for text in _list(entry, "versions") if isinstance(text, str) and _is_word(text)]
        ranges = list(_ranges(entry))
        # A list speaks for itself where a range cannot be compared, and where there is none (commits only).
        is_unclear = is_unclear or (not versions and (None in ranges or not ranges))
        found += (span for spans_of_range in ranges for span in spans_of_range or ())
        listed.update(dict.fromkeys(versions))
        score = severity.score(record, entry)
        scores += [] if score is None else [score]
    if base.is_malicious and not found and not listed:  # which releases is not said: then it is no release to install
        found.append(EVERY_VERSION)
        is_unclear = False
    found += list(_single(listed, found))
    return base._replace(
        summary=_summary(record),
        severity=max(scores, default=None),
        spans=tuple(dict.fromkeys(found)),
        # A pin has no blank in it, so that neither has what is compared with one.
        versions=tuple(
            text for text in listed if text.split() == [text] and (base.is_malicious or parse(text) is None)
        ),
        is_unclear=is_unclear,
    )


def _ranges(entry: Mapping[str, Any]) -> Iterator[list[Span] | None]:
    """The spans of each range; None for one that does not tell which versions it means."""
    for described in _list(entry, "ranges"):
        if isinstance(described, dict) and described.get("type") != "GIT":
            events = _list(described, "events")
            if not all(isinstance(event, dict) for event in events):
                raise RecordError("an event of a range is no object")
            yield spans(events) or None  # no events, or none that a version is between: it does not tell


def _single(versions: Iterable[str], found: Sequence[Span]) -> Iterator[Span]:
    """A span for each listed version that no other one covers. Most are covered."""
    for text in versions:
        version = parse(text)
        if version is not None and not any(covers(span, version) for span in found):
            yield Span(version, just_after(version))


def _weaknesses(record: Mapping[str, Any]) -> Any:
    """What a source has put into a part of the record whose form is its own."""
    specific = record.get("database_specific")
    named = specific.get("cwe_ids") if isinstance(specific, dict) else None
    return named if isinstance(named, (str, list)) else ()


def _summary(record: Mapping[str, Any]) -> str:
    for key in ("summary", "details"):
        text = record.get(key)
        if isinstance(text, str) and text.strip():
            words = _whole(" ".join(text[: 10 * MAX_SUMMARY_LENGTH].split()))
            return words if len(words) <= MAX_SUMMARY_LENGTH else words[: MAX_SUMMARY_LENGTH - 3] + "..."
    return ""


def sorted_ids(ids: Iterable[str]) -> tuple[str, ...]:
    """Names of one vulnerability, CVE first."""
    return tuple(sorted(set(ids), key=_order))


def _order(name: str) -> tuple[int, str]:
    return next((n for n, prefix in enumerate(_PREFIXES) if name.startswith(prefix)), len(_PREFIXES)), name


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_ID_LENGTH and _is_word(value)


def _is_word(text: str) -> bool:
    return text.isprintable() and text.split() == [text]


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or not value.strip():
        raise RecordError(f"it has no {key}")
    return _whole(value.strip())


def _whole(text: str) -> str:
    """A text without the halves of characters that JSON can hold and no file can."""
    return text.encode("utf-8", "replace").decode()


def _list(record: Mapping[str, Any], key: str) -> list[Any]:
    value = record.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise RecordError(f"its `{key}` is no list")
    return value
