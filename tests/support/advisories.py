"""Advisories of invented packages, and databases made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mlhooks.vulnerable_dependencies.building import build
from mlhooks.vulnerable_dependencies.database import FILE_NAME
from mlhooks.vulnerable_dependencies.sources import documents
from mlhooks.vulnerable_dependencies.versions import ENDLESS, FIRST, Span, just_after, parse

V3_CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"  # 9.8
V3_MEDIUM = "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"  # 6.1
V3_LOW = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:L/A:N"  # 3.3


def ago(days: float) -> str:
    """A moment in the past as records have it."""
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def advisory(
    name: str,
    package: str = "leaky",
    *events: dict[str, str],
    versions: Iterable[str] = (),
    aliases: Iterable[str] = (),
    vector: str = "",
    age_days: float = 1,
    **more: Any,
) -> dict[str, Any]:
    """One OSV record. Without events and versions: from the first version up to 2.0."""
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}] if events else []
    if not events and not versions:
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}]
    affected = {"package": {"ecosystem": "PyPI", "name": package}, "ranges": ranges, "versions": list(versions)}
    scored = {"severity": [{"type": f"CVSS_V{vector[5]}", "score": vector}]} if vector else {}
    record = {"id": name, "modified": ago(age_days), "aliases": list(aliases), "affected": [affected]}
    return {**record, "summary": f"what is wrong in {name}", **scored, **more}


def database(folder: Path, *records: dict[str, Any]) -> str:
    """A database of these records in a folder; its path. Checking finds it by MLHOOKS_CACHE=folder."""
    data = folder / "advisories"
    data.mkdir(parents=True, exist_ok=True)
    for number, record in enumerate(records):
        (data / f"{number}.json").write_text(json.dumps(record))
    build(str(folder / FILE_NAME), documents(str(data)), "the test")
    return str(folder / FILE_NAME)


def span(start: str, end: str, is_closed: bool = False) -> Span:
    """The span from one version ("": the first one) to another ("": without an end)."""
    keys = [parse(text) or "" for text in (start, end)]
    return Span(keys[0] or FIRST, just_after(keys[1]) if is_closed else keys[1] or ENDLESS, "" if is_closed else end)
