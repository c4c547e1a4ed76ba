"""Precision and recall on tables of public notebooks that were labelled by hand.

The notebooks are not part of this repository: `MLHOOKS_CORPUS=<folder>` names a folder that holds them; without it
only the labels themselves are checked. `python tests/notebook_data/test_labels.py <folder>` prints the figures.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

LABELS = Path(__file__).with_name("labels.txt")
DATA_RULES = {"dataframe-output", "personal-data", "embedded-table", "chart-data"}


class Label(NamedTuple):
    digest: str
    cell: int
    output: int
    is_data: bool


def labels() -> list[Label]:
    found = []
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        digest, *places = line.split()
        if not digest.startswith("#"):
            for place in places:
                cell, output, letter = re.fullmatch(r"(\d+)\.(\d+)([Dr])", place).groups()
                found.append(Label(digest, int(cell), int(output), letter == "D"))
    return found


def figures(corpus: Path) -> tuple[list[Label], list[Label], int, int]:
    """False alarms, misses, hits, and how many labels were found in the corpus."""
    import nb

    from mlhooks.core.finding import Level

    by_digest: dict[str, list[Label]] = {}
    for label in labels():
        by_digest.setdefault(label.digest, []).append(label)
    alarms, misses, hits, seen = [], [], 0, 0
    for path in sorted(corpus.rglob("*.ipynb")):
        data = path.read_bytes()
        wanted = by_digest.pop(hashlib.sha256(data).hexdigest()[:16], [])
        if not wanted:
            continue
        loud = {
            finding.location.where
            for finding in nb.check(data)
            if finding.rule.id in DATA_RULES and finding.level >= Level.WARNING
        }
        for label in wanted:
            is_found = f"cell {label.cell}, output {label.output}" in loud
            seen += 1
            hits += is_found and label.is_data
            if is_found and not label.is_data:
                alarms.append(label)
            if label.is_data and not is_found:
                misses.append(label)
    return alarms, misses, hits, seen


def test_the_labels_are_whole() -> None:
    found = labels()
    assert len(found) >= 150
    assert len(set(found)) == len(found) == len({label[:3] for label in found})
    assert 20 <= sum(label.is_data for label in found) <= len(found) - 20


def test_precision_and_recall() -> None:
    corpus = os.environ.get("MLHOOKS_CORPUS")
    if not corpus:
        pytest.skip("MLHOOKS_CORPUS names no folder of notebooks")
    alarms, misses, hits, seen = figures(Path(corpus))
    if not seen:
        pytest.skip("none of the labelled notebooks is in MLHOOKS_CORPUS")
    assert hits / (hits + len(alarms)) >= 0.95, alarms
    assert hits / (hits + len(misses)) >= 0.95, misses


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    false_alarms, missed, right, total = figures(Path(sys.argv[1]))
    print(f"{total} labelled tables: {right} hits, {len(false_alarms)} false alarms, {len(missed)} misses")
    print(f"precision {right / (right + len(false_alarms)):.3f}, recall {right / (right + len(missed)):.3f}")
    for kind, entries in (("false alarm", false_alarms), ("miss", missed)):
        for entry in entries:
            print(f"{kind}: {entry.digest} cell {entry.cell}, output {entry.output}")
