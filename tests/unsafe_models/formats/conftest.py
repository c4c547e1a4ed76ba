"""What every test of a format needs: one call that gives the findings of one file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from model_formats import findings_of

from mlhooks.core.finding import Level, Unscannable

Look = Callable[..., list[str]]


@pytest.fixture
def look() -> Look:
    """`look(name, data)` gives "rule: subject" of every finding at or above `level`; "unscannable: why" when it cannot
    be judged."""

    def look(
        name: str, data: bytes, *, level: Level = Level.WARNING, others: dict[str, bytes] | None = None
    ) -> list[str]:
        try:
            found = findings_of(name, data, others=others)
        except Unscannable as reason:
            return [f"unscannable: {reason}"]
        assert all("\n" not in f.message and f.message for f in found)
        return [f"{f.rule.id}: {f.subject}" for f in found if f.level >= level]

    return look
