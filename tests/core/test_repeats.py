"""What a file says of one that it includes is told once."""

from __future__ import annotations

import pytest
import toy

from mlhooks.core.finding import Count, Finding, Location
from mlhooks.core.repeats import without_repeats
from mlhooks.core.run import Checked
from mlhooks.core.suppress import Suppressed


def of(path: str, line: int = 1) -> tuple[str, Finding]:
    return "toy", Finding(toy.BAD, path, "bad", Location(line, 1))


def checked(path: str, *findings: tuple[str, Finding], counts: tuple[Count, ...] = (), fixed: bool = False) -> Checked:
    return Checked(path, list(findings), [], [], list(counts), was_fixed=fixed)


A, B = of("a.txt"), of("b.txt")


@pytest.mark.parametrize(
    ("results", "told"),
    [
        pytest.param([checked("a.txt", A, A)], [A, A], id="what a file says of itself stays as it is"),
        pytest.param([checked("a.txt", A, B)], [A, B], id="nobody else speaks of the other one"),
        pytest.param([checked("a.txt", A, B), checked("b.txt", B)], [A, B], id="the other one speaks for itself"),
        pytest.param([checked("b.txt", B), checked("a.txt", A, B)], [B, A], id="and has done so before"),
        pytest.param([checked("a.txt", B), checked("c.txt", B)], [B], id="two speak of a third one"),
        pytest.param(
            [checked("a.txt", B), checked("b.txt", of("b.txt", 2))], [B, of("b.txt", 2)], id="another place is news"
        ),
        pytest.param([checked("a.txt", A, B), checked("b.txt", fixed=True)], [A], id="the other one has been changed"),
    ],
)
def test_findings(results: list[Checked], told: list[tuple[str, Finding]]) -> None:
    assert [entry for result in without_repeats(results) for entry in result.findings] == told


def test_what_was_accepted_is_counted_once() -> None:
    accepted = ("toy", Suppressed(B[1], "why", "inSource"))
    results = [result._replace(suppressed=[accepted]) for result in (checked("a.txt", A), checked("b.txt"))]
    assert [len(result.suppressed) for result in without_repeats(results)] == [0, 1]


@pytest.mark.parametrize(
    ("results", "total"),
    [
        pytest.param([("a.txt", ["", "b.txt"])], 2, id="the other one is not checked"),
        pytest.param([("a.txt", ["", "b.txt"]), ("b.txt", [""])], 2, id="the other one counts for itself"),
        pytest.param([("a.txt", ["", "b.txt"]), ("c.txt", ["", "b.txt"])], 3, id="two count a third one"),
        pytest.param([("a.txt", ["", "b.txt"]), ("b.txt", [])], 2, id="the other one counts nothing"),
    ],
)
def test_counts(results: list[tuple[str, list[str]]], total: int) -> None:
    counting = [checked(path, counts=tuple(Count("seen", 1, other) for other in others)) for path, others in results]
    assert sum(count.number for result in without_repeats(counting) for count in result.counts) == total
