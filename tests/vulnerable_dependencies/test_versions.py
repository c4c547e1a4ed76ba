"""Spans of versions: what an advisory's events mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from osv_service import is_vulnerable
from packaging.version import Version

from mlhooks.vulnerable_dependencies.versions import Span, covers, parse, public, spans

INTRODUCED, FIXED, LAST, LIMIT = "introduced", "fixed", "last_affected", "limit"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([(INTRODUCED, "0"), (FIXED, "1.2")], [Span("", "1.2")], id="from the first version"),
        pytest.param([(INTRODUCED, "1.0")], [Span("1.0", "")], id="never fixed"),
        pytest.param([(INTRODUCED, "1.0"), (LAST, "1.2")], [Span("1.0", "1.2", True)], id="the end is included"),
        pytest.param(
            [(INTRODUCED, "0"), (FIXED, "1.2"), (INTRODUCED, "2.0"), (FIXED, "2.1")],
            [Span("", "1.2"), Span("2.0", "2.1")],
            id="introduced twice",
        ),
        pytest.param(
            [(FIXED, "2.1"), (INTRODUCED, "2.0"), (FIXED, "1.10"), (INTRODUCED, "1.9")],
            [Span("1.9", "1.10"), Span("2.0", "2.1")],
            id="in any order, as versions and not as texts",
        ),
        pytest.param([(INTRODUCED, "1"), (INTRODUCED, "2"), (FIXED, "3")], [Span("1", "3")], id="introduced again"),
        pytest.param(
            [(INTRODUCED, "0"), (FIXED, "2"), (INTRODUCED, "2"), (FIXED, "3")],
            [Span("", "2"), Span("2", "3")],
            id="one ends where the next begins",
        ),
        pytest.param([(INTRODUCED, "1"), (FIXED, "1")], [], id="fixed where it was introduced"),
        pytest.param([(INTRODUCED, "1"), (LAST, "1")], [Span("1", "1", True)], id="a single version"),
        pytest.param([(INTRODUCED, "0"), (LIMIT, "3")], [Span("", "3")], id="a limit"),
        pytest.param([(INTRODUCED, "0"), (LIMIT, "*")], [Span("", "")], id="no limit"),
        pytest.param([(FIXED, "1")], [], id="fixed, and never introduced"),
        pytest.param([(INTRODUCED, "0"), (FIXED, "0.2.0-n653")], None, id="a bound that is no version"),
        pytest.param([(INTRODUCED, "0"), (FIXED, "2019-09-12")], None, id="a date"),
        pytest.param([(INTRODUCED, "9" * 5000)], None, id="a number without an end"),
    ],
)
def test_spans(events: list[tuple[str, str]], expected: list[Span] | None) -> None:
    assert spans([{kind: text} for kind, text in events]) == expected


@pytest.mark.parametrize(
    ("span", "version", "is_covered"),
    [
        pytest.param(Span("1.0", "2.0"), "1.0", True, id="the start"),
        pytest.param(Span("1.0", "2.0"), "2.0", False, id="the end"),
        pytest.param(Span("1.0", "2.0", True), "2.0", True, id="the end of a closed span"),
        pytest.param(Span("1.0", "2.0", True), "2.0.post1", False, id="after the end of a closed span"),
        pytest.param(Span("1.0", "2.0"), "2.0rc1", True, id="a release candidate comes before"),
        pytest.param(Span("1.0", "2.0"), "2.0.dev1", True, id="a development release comes before"),
        pytest.param(Span("1.0", "1.10"), "1.9", True, id="versions are not texts"),
        pytest.param(Span("1.0", "2.0"), "1!1.5", False, id="an epoch"),
        pytest.param(Span("", "2.0"), "0.0.1a1", True, id="before everything"),
        pytest.param(Span("1.0", ""), "99", True, id="without an end"),
        pytest.param(Span("1.0", "2.0"), "v1.0.0", True, id="written in another way"),
    ],
)
def test_covers(span: Span, version: str, is_covered: bool) -> None:
    parsed = parse(version)
    assert parsed is not None
    assert covers(span, parsed) is is_covered


def test_advisories_speak_about_public_versions() -> None:
    assert public("2.0.0+cu118") == "2.0.0"


PARTS = st.tuples(
    st.sampled_from(["", "1!", "v"]),
    st.lists(st.integers(0, 3), min_size=1, max_size=4).map(lambda numbers: ".".join(map(str, numbers))),
    st.sampled_from(["", "a1", "b2", "rc1", "rc2", "alpha", "-beta.3", ".c4"]),
    st.sampled_from(["", ".post0", ".post2", "-1", ".rev3"]),
    st.sampled_from(["", ".dev0", ".dev3", "dev"]),
).map("".join)


@given(PARTS, PARTS)
def test_keys_compare_as_versions_do(first: str, second: str) -> None:
    keys, versions = (parse(first), parse(second)), (Version(first), Version(second))
    assert None not in keys
    assert (keys[0] < keys[1], keys[0] == keys[1]) == (versions[0] < versions[1], versions[0] == versions[1])  # type: ignore[operator]  # they are versions


VERSIONS = st.integers(0, 12).map(lambda number: f"{number // 4}.{number % 4}")


@given(
    st.lists(VERSIONS.filter(lambda text: text != "0.0"), max_size=8, unique=True),
    st.sampled_from([FIXED, LAST]),
    VERSIONS,
    st.randoms(use_true_random=False),
)
def test_spans_are_what_the_published_algorithm_says(bounds: list[str], end: str, version: str, order: object) -> None:
    events = [{(INTRODUCED, end)[number % 2]: text} for number, text in enumerate(sorted(bounds))]
    order.shuffle(events)  # type: ignore[attr-defined]  # hypothesis types its Random as an object
    found = spans(events)
    parsed = parse(version)
    assert found is not None
    assert parsed is not None
    record = {"affected": [{"package": {"name": "x"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]}
    assert any(covers(span, parsed) for span in found) is is_vulnerable("x", version, record)
