"""Spans of versions: what an advisory's events mean."""

from __future__ import annotations

import itertools

import pytest
from advisories import span
from hypothesis import given
from hypothesis import strategies as st
from osv_service import is_vulnerable
from packaging.version import InvalidVersion, Version

from mlhooks.vulnerable_dependencies.versions import ENDLESS, FIRST, Span, covers, just_after, parse, public, spans

BEFORE_3 = Span(FIRST, parse("3") or "")
INTRODUCED, FIXED, LAST, LIMIT = "introduced", "fixed", "last_affected", "limit"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([(INTRODUCED, "0"), (FIXED, "1.2")], [span("", "1.2")], id="from the first version"),
        pytest.param([(INTRODUCED, "1.0")], [span("1.0", "")], id="never fixed"),
        pytest.param([(INTRODUCED, "1.0"), (LAST, "1.2")], [span("1.0", "1.2", True)], id="the end is included"),
        pytest.param(
            [(INTRODUCED, "0"), (FIXED, "1.2"), (INTRODUCED, "2.0"), (FIXED, "2.1")],
            [span("", "1.2"), span("2.0", "2.1")],
            id="introduced twice",
        ),
        pytest.param(
            [(FIXED, "2.1"), (INTRODUCED, "2.0"), (FIXED, "1.10"), (INTRODUCED, "1.9")],
            [span("1.9", "1.10"), span("2.0", "2.1")],
            id="in any order, as versions and not as texts",
        ),
        pytest.param([(INTRODUCED, "1"), (INTRODUCED, "2"), (FIXED, "3")], [span("1", "3")], id="introduced again"),
        pytest.param(
            [(INTRODUCED, "0"), (FIXED, "2"), (INTRODUCED, "2"), (FIXED, "3")],
            [span("", "2"), span("2", "3")],
            id="one ends where the next begins",
        ),
        pytest.param([(INTRODUCED, "1"), (FIXED, "1")], [], id="fixed where it was introduced"),
        pytest.param([(INTRODUCED, "1"), (LAST, "1")], [span("1", "1", True)], id="a single version"),
        pytest.param([(INTRODUCED, "0"), (LIMIT, "3")], [BEFORE_3], id="a limit, which mends nothing"),
        pytest.param([(INTRODUCED, "0"), (LIMIT, "3"), (LIMIT, "2")], [BEFORE_3], id="the later of two limits"),
        pytest.param([(LIMIT, "3"), (INTRODUCED, "4")], [], id="behind the limit"),
        pytest.param(
            [(INTRODUCED, "0"), (FIXED, "1"), (INTRODUCED, "2"), (LIMIT, "3")],
            [span("", "1"), Span(parse("2") or "", BEFORE_3.end)],
            id="a limit in the second span",
        ),
        pytest.param([(INTRODUCED, "0"), (LIMIT, "3"), (LIMIT, "*")], [span("", "")], id="a limit, and none"),
        pytest.param([(INTRODUCED, "0"), (LIMIT, "*")], [span("", "")], id="no limit"),
        pytest.param([(FIXED, "1")], [], id="fixed, and never introduced"),
        pytest.param([(INTRODUCED, "0"), (FIXED, "0.2.0-n653")], None, id="a bound that is no version"),
        pytest.param([(INTRODUCED, "0"), (FIXED, "2019-09-12")], None, id="a date"),
        pytest.param([(INTRODUCED, "9" * 5000)], None, id="a number without an end"),
    ],
)
def test_spans(events: list[tuple[str, str]], expected: list[Span] | None) -> None:
    assert spans([{kind: text} for kind, text in events]) == expected


@pytest.mark.parametrize(
    ("within", "version", "is_covered"),
    [
        pytest.param(span("1.0", "2.0"), "1.0", True, id="the start"),
        pytest.param(span("1.0", "2.0"), "2.0", False, id="the end"),
        pytest.param(span("1.0", "2.0", True), "2.0", True, id="the end of a closed span"),
        pytest.param(span("1.0", "2.0", True), "2.0.post1", False, id="after the end of a closed span"),
        pytest.param(span("1.0", "2.0"), "2.0rc1", True, id="a release candidate comes before"),
        pytest.param(span("1.0", "2.0"), "2.0.dev1", True, id="a development release comes before"),
        pytest.param(span("1.0", "1.10"), "1.9", True, id="versions are not texts"),
        pytest.param(span("1.0", "2.0"), "1!1.5", False, id="an epoch"),
        pytest.param(span("", "2.0"), "0.0.1a1", True, id="before everything"),
        pytest.param(span("1.0", ""), "99", True, id="without an end"),
        pytest.param(span("1.0", "2.0"), "v1.0.0", True, id="written in another way"),
    ],
)
def test_covers(within: Span, version: str, is_covered: bool) -> None:
    parsed = parse(version)
    assert parsed is not None
    assert covers(within, parsed) is is_covered


def test_advisories_speak_about_public_versions() -> None:
    assert public("2.0.0+cu118") == "2.0.0"


NUMBERS = st.one_of(st.integers(0, 3), st.sampled_from([9, 10, 11, 99, 100, 10**9 - 1, 10**9, 10**24, 10**25, 10**26]))
PARTS = st.tuples(
    st.sampled_from(["", "", "1!", "v", "0!", "10!", " "]),
    st.lists(NUMBERS, min_size=1, max_size=4).map(lambda numbers: ".".join(map(str, numbers))),
    st.sampled_from(["", "a1", "b2", "rc1", "rc2", "rc10", "alpha", "-beta.3", ".c4", "a", "_pre07"]),
    st.sampled_from(["", ".post0", ".post2", "-1", ".rev3", ".post", ".post12"]),
    st.sampled_from(["", ".dev0", ".dev3", "dev", ".dev20240101"]),
    st.sampled_from(["", "+cu118", "+1.x", "\n"]),
).map("".join)


@given(PARTS, PARTS)
def test_keys_compare_as_versions_do(first: str, second: str) -> None:
    keys = parse(first), parse(second)
    versions = Version(public(first)), Version(public(second))
    assert None not in keys
    assert (keys[0] < keys[1], keys[0] == keys[1]) == (versions[0] < versions[1], versions[0] == versions[1])  # type: ignore[operator]  # they are versions


@given(st.text("0123456789.!+-_abcdeoprstv \n", max_size=12))
def test_only_versions_have_a_key(text: str) -> None:
    try:
        Version(text)
    except InvalidVersion:
        assert parse(text) is None
    else:
        assert parse(text) is not None


@given(PARTS, PARTS)
def test_nothing_comes_between_a_version_and_what_is_just_after_it(first: str, second: str) -> None:
    key, other = parse(first), parse(second)
    assert key is not None
    assert other is not None
    assert FIRST < key < just_after(key) < ENDLESS
    assert (other < just_after(key)) is (other <= key)


@pytest.mark.campaign
def test_keys_compare_as_versions_do_for_all_short_versions() -> None:
    """Every two of some 20,000 versions: sorting both ways gives the same order, and the same ones are equal."""
    parts = itertools.product(
        ["", "1!"],
        [
            "0",
            "1",
            "1.0",
            "1.0.0",
            "1.0.1",
            "1.1",
            "1.2",
            "1.9",
            "1.10",
            "1.11.0",
            "2",
            "9",
            "10",
            "10.0",
            "99.9",
            "100",
        ],
        ["", "a0", "a1", "a10", "b1", "rc1", "rc2", "rc11"],
        ["", ".post0", ".post1", ".post9", ".post10"],
        ["", ".dev0", ".dev1", ".dev9", ".dev10"],
    )
    texts = ["".join(part) for part in parts]
    versions = {text: Version(text) for text in texts}
    assert sorted(texts, key=lambda text: (parse(text), text)) == sorted(texts, key=lambda text: (versions[text], text))
    for first, second in itertools.pairwise(sorted(texts, key=versions.__getitem__)):
        assert (parse(first) == parse(second)) is (versions[first] == versions[second])


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
    assert any(covers(one, parsed) for one in found) is is_vulnerable("x", version, record)
