"""Where things come from: settings of indexes and hosts, and scripts that are run as they arrive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.core.finding import Level
from mlhooks.formats.dependency import Dependency, Kind
from mlhooks.unpinned_dependencies import source_rules as rules
from mlhooks.unpinned_dependencies.faults import Fault, shown
from mlhooks.unpinned_dependencies.pins import Strength, pin

if TYPE_CHECKING:
    from collections.abc import Sequence


_loopback = r"(?:[\w+.-]+://)?(?:[^/@?#\\\s]*@)?(?:localhost|127(?:\.\d+){3}|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal)(?::\d+)?(?:/|$)"
_PYPI = r"https://pypi\.(?:org|python\.org)/"


class Surroundings(NamedTuple):
    """What a setting speaks about: the other settings, and whether every requirement there is hashed."""

    settings: frozenset[str]
    is_hashed: bool


def is_for_file(record: Dependency) -> bool:
    """Whether a setting speaks about all of its file, not about one command."""
    return record.origin in ("requirements", "pip-compile", "uv", "poetry", "pdm", "pipfile", "pixi", "conda")


def surroundings(records: Sequence[Dependency]) -> Surroundings:
    names = [record for record in records if record.kind in (Kind.PACKAGE, Kind.UNKNOWN)]
    is_hashed = bool(names) and all(
        record.kind is Kind.PACKAGE and pin(record).strength is Strength.HASHED for record in names
    )
    return Surroundings(frozenset(record.name for record in records if record.kind is Kind.SETTING), is_hashed)


def setting_faults(record: Dependency, around: Surroundings) -> list[Fault]:
    """What is wrong with one setting."""
    judge = _SETTINGS.get(record.name)
    return judge(record, around) if judge is not None else []


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


def _index(record: Dependency, _: Surroundings) -> list[Fault]:
    return _insecure(record)


def _extra_index(record: Dependency, around: Surroundings) -> list[Fault]:
    faults = _insecure(record)
    # PyPI on top of PyPI adds nothing.
    if re.match(_PYPI, record.url) and "index-url" not in around.settings:
        return faults
    message = (
        f"any name may come from {shown(record.url) or 'a second index'} as well as from the first one, the highest "
        "version wins; bind the names to an explicit index, or use one --index-url per install"
    )
    if around.is_hashed:
        message += " (all requirements here have hashes, so only the listed files can be installed)"
    return [*faults, Fault(rules.EXTRA_INDEX, message, Level.NOTE if around.is_hashed else None, shown(record.url))]


def _strategy(record: Dependency, around: Surroundings) -> list[Fault]:
    # Next to an extra index in the same place it is part of that fault.
    if not record.url.startswith("unsafe") or "extra-index-url" in around.settings:
        return []
    message = f"index-strategy {record.url} mixes all indexes for every name again; leave it at first-index"
    return [Fault(rules.EXTRA_INDEX, message, subject=record.url)]


def _insecure(record: Dependency) -> list[Fault]:
    if not record.url.lower().startswith("http://") or re.match(_loopback, record.url):
        return []
    message = f"{shown(record.url)} is not encrypted: anybody on the way can hand out other packages; use https"
    return [Fault(rules.INSECURE_INDEX, message, subject=shown(record.url))]


def _trusted(record: Dependency, _: Surroundings) -> list[Fault]:
    if re.match(_loopback, record.url):
        return []
    message = f"certificate checks are off for {shown(record.url)}; give the right certificate instead (--cert)"
    return [Fault(rules.TRUSTED_HOST, message, subject=shown(record.url))]


def _find_links(record: Dependency, around: Surroundings) -> list[Fault]:
    url = record.url.lower()
    if not url.startswith(("http://", "https://")) or re.match(_loopback, url):
        return []
    # With --no-index the page is the only source: nothing competes.
    if url.startswith("https") and "no-index" in around.settings:
        return []
    message = (
        f"every package on {shown(record.url)} competes with the index and the highest version wins; "
        "pin the one file by URL and hash"
    )
    return [Fault(rules.FIND_LINKS, message, Level.WARNING if url.startswith("https") else None, shown(record.url))]


_SETTINGS = {
    "index-url": _index,
    "explicit-index": _index,
    "channel": _index,
    "extra-index-url": _extra_index,
    "index-strategy": _strategy,
    "trusted-host": _trusted,
    "find-links": _find_links,
}
