"""Where things come from: settings of indexes and hosts, and scripts that are run as they arrive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.core.finding import Level
from mlhooks.formats.dependency import Dependency, Kind
from mlhooks.unpinned_dependencies import source_rules as rules
from mlhooks.unpinned_dependencies.faults import Fault, shown
from mlhooks.unpinned_dependencies.pins import Strength, pin

if TYPE_CHECKING:
    from collections.abc import Sequence


_loopback = r"(?:[\w+.-]+://)?(?:[^/@]*@)?(?:localhost|127(?:\.\d+){3}|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal)(?::\d+)?(?:/|$)"
_PYPI = r"https://pypi\.(?:org|python\.org)/"


def setting_faults(record: Dependency, records: Sequence[Dependency]) -> list[Fault]:
    """What is wrong with one setting; `records` are all of the file."""
    judge = _SETTINGS.get(record.name)
    return judge(record, records) if judge is not None else []


def download_fault(record: Dependency) -> Fault | None:
    """A script that is run as it arrives; one on this machine, or named by a commit, is no fault."""
    url = record.url
    pinned = re.match(r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/", url)
    if re.match(_loopback, url) or pinned or url.startswith("file:"):
        return None
    place = f" from {shown(url)}" if url else ""
    message = (
        f"what is fetched{place} goes to `{record.name}` unseen; install a fixed version, or check a SHA-256 first"
    )
    return Fault(rules.PIPE_TO_SHELL, message, subject=shown(url) or record.name)


def _index(record: Dependency, _: Sequence[Dependency]) -> list[Fault]:
    return _insecure(record)


def _extra_index(record: Dependency, records: Sequence[Dependency]) -> list[Fault]:
    faults = _insecure(record)
    # PyPI on top of PyPI adds nothing.
    if re.match(_PYPI, record.url) and not any(other.name == "index-url" for other in _beside(record, records)):
        return faults
    names = [other for other in _beside(record, records) if other.kind in (Kind.PACKAGE, Kind.UNKNOWN)]
    is_safe = bool(names) and all(
        pin(other).strength is Strength.HASHED for other in names if other.kind is Kind.PACKAGE
    )
    is_safe = is_safe and all(other.kind is Kind.PACKAGE for other in names)
    message = (
        f"any name may come from {shown(record.url) or 'a second index'} as well as from the first one, the highest "
        "version wins; bind the names to an explicit index, or use one --index-url per install"
    )
    if is_safe:
        message += " (all requirements here have hashes, so only the listed files can be installed)"
    return [*faults, Fault(rules.EXTRA_INDEX, message, Level.NOTE if is_safe else None, shown(record.url))]


def _strategy(record: Dependency, records: Sequence[Dependency]) -> list[Fault]:
    # Next to an extra index in the same place it is part of that fault.
    if not record.url.startswith("unsafe") or any(
        other.name == "extra-index-url" for other in _beside(record, records)
    ):
        return []
    message = f"index-strategy {record.url} mixes all indexes for every name again; leave it at first-index"
    return [Fault(rules.EXTRA_INDEX, message, subject=record.url)]


def _insecure(record: Dependency) -> list[Fault]:
    if not record.url.lower().startswith("http://") or re.match(_loopback, record.url):
        return []
    message = f"{shown(record.url)} is not encrypted: anybody on the way can hand out other packages; use https"
    return [Fault(rules.INSECURE_INDEX, message, subject=shown(record.url))]


def _trusted(record: Dependency, _: Sequence[Dependency]) -> list[Fault]:
    if re.match(_loopback, record.url):
        return []
    message = f"certificate checks are off for {shown(record.url)}; give the right certificate instead (--cert)"
    return [Fault(rules.TRUSTED_HOST, message, subject=shown(record.url))]


def _find_links(record: Dependency, records: Sequence[Dependency]) -> list[Fault]:
    url = record.url.lower()
    if not url.startswith(("http://", "https://")) or re.match(_loopback, url):
        return []
    # With --no-index the page is the only source: nothing competes.
    if url.startswith("https") and any(other.name == "no-index" for other in _beside(record, records)):
        return []
    message = (
        f"every package on {shown(record.url)} competes with the index and the highest version wins; "
        "pin the one file by URL and hash"
    )
    return [Fault(rules.FIND_LINKS, message, Level.WARNING if url.startswith("https") else None, shown(record.url))]


def _beside(record: Dependency, records: Sequence[Dependency]) -> list[Dependency]:
    """The records a setting speaks about: those of its command; in a file of declarations, all of the file."""
    if record.origin in ("requirements", "pip-compile", "uv", "poetry", "pdm", "pipfile", "pixi", "conda"):
        return [other for other in records if other.path == record.path]
    return [other for other in records if other.path == record.path and other.statement == record.statement]


_SETTINGS = {
    "index-url": _index,
    "explicit-index": _index,
    "channel": _index,
    "extra-index-url": _extra_index,
    "index-strategy": _strategy,
    "trusted-host": _trusted,
    "find-links": _find_links,
}
