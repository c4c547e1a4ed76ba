"""Records: what of an advisory decides about a version, and how bad it is."""

from __future__ import annotations

from typing import Any

import pytest
from advisories import V3_CRITICAL, V3_LOW, V3_MEDIUM, advisory, span

from mlhooks.vulnerable_dependencies import osv
from mlhooks.vulnerable_dependencies.osv import Affected, RecordError
from mlhooks.vulnerable_dependencies.severity import band

V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"  # 9.3


def only(record: dict[str, Any]) -> Affected:
    (affected,) = osv.affected_packages(record)
    return affected


def test_a_record_is_reduced_to_what_decides() -> None:
    record = advisory(
        "GHSA-1", "Le_aky.Pkg", {"introduced": "0"}, {"fixed": "2.0"},
        versions=["1.0", "1.1", "2.0.post1", "not-a-version"], aliases=["CVE-1", "GHSA-1"], vector=V3_CRITICAL,
    )  # fmt: skip
    affected = only(record)
    assert affected.name == "le-aky-pkg"
    assert affected.ids == ("CVE-1", "GHSA-1")
    assert affected.spans == (span("", "2.0"), span("2.0.post1", "2.0.post1", True)), "one for what no other covers"
    assert affected.versions == ("not-a-version",)
    assert (affected.severity, affected.is_malicious, affected.is_unclear) == (9.8, False, False)


@pytest.mark.parametrize(
    ("more", "score"),
    [
        pytest.param({"severity": [{"type": "CVSS_V3", "score": V3_MEDIUM}]}, 6.1, id="version 3.1"),
        pytest.param({"severity": [{"type": "CVSS_V3", "score": V3_LOW.replace("3.1", "3.0")}]}, 3.3, id="version 3.0"),
        pytest.param({"severity": [{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:P/I:P/A:P"}]}, 7.5, id="version 2"),
        pytest.param({"severity": [{"type": "CVSS_V4", "score": V4}]}, 9.3, id="version 4"),
        pytest.param(
            {"severity": [{"type": "CVSS_V3", "score": V3_LOW}, {"type": "CVSS_V4", "score": V4}]},
            9.3,
            id="the highest",
        ),
        pytest.param({"database_specific": {"severity": "MODERATE"}}, 4.0, id="a word: the least that it stands for"),
        pytest.param({"database_specific": {"severity": "CRITICAL"}}, 9.0, id="a worse word"),
        pytest.param({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}]}, None, id="half a vector"),
        pytest.param({"severity": [{"type": "CVSS_V3", "score": "x" * 10_000}]}, None, id="no vector"),
        pytest.param({"severity": [{"type": "Ubuntu", "score": "high"}]}, None, id="another scale"),
        pytest.param({"severity": ["high", 3, None]}, None, id="not as the schema says"),
        pytest.param({"severity": {"type": "CVSS_V3"}}, None, id="no list"),
        pytest.param({}, None, id="nothing: nobody has scored it"),
    ],
)
def test_severity(more: dict[str, Any], score: float | None) -> None:
    assert only({**advisory("A-1"), **more}).severity == score


@pytest.mark.parametrize(
    ("score", "word"), [(9.0, "critical"), (8.9, "high"), (4.0, "medium"), (0.1, "low"), (0, "none")]
)
def test_bands(score: float, word: str) -> None:
    assert band(score) == word


def a_range(kind: str, *events: dict[str, str]) -> dict[str, Any]:
    return {"type": kind, "events": list(events)}


COMMITS = a_range("GIT", {"introduced": "0"})
NOTHING = a_range("ECOSYSTEM", {"introduced": "1.0"}, {"fixed": "1.0"})
UNTIL_A_DATE = a_range("ECOSYSTEM", {"introduced": "0"}, {"fixed": "2019-09-12"})


@pytest.mark.parametrize(
    ("affected", "is_unclear"),
    [
        pytest.param({"ranges": [], "versions": ["1.0"]}, False, id="a list alone"),
        pytest.param({"ranges": [COMMITS], "versions": ["1.0"]}, False, id="commits and a list"),
        pytest.param({"ranges": [COMMITS]}, True, id="commits alone"),
        pytest.param({}, True, id="nothing at all"),
        pytest.param({"ranges": [UNTIL_A_DATE]}, True, id="a date"),
        pytest.param({"ranges": [UNTIL_A_DATE], "versions": ["1.0"]}, False, id="a date, and a list"),
        pytest.param({"ranges": [a_range("ECOSYSTEM")]}, True, id="a range without events"),
        pytest.param({"ranges": [a_range("ECOSYSTEM", {"fixed": "1.0"})]}, True, id="fixed, and never introduced"),
        pytest.param({"ranges": [NOTHING]}, True, id="fixed where it was introduced"),
        pytest.param({"ranges": [NOTHING], "versions": ["1.0"]}, False, id="fixed where it was introduced, and a list"),
        pytest.param({"ranges": [a_range("SEMVER", {"introduced": "1.0.0"})]}, False, id="semantic versions"),
    ],
)
def test_a_record_that_names_no_versions_is_unclear(affected: dict[str, Any], is_unclear: bool) -> None:
    record = {"id": "A-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "x"}, **affected}]}
    assert only(record).is_unclear is is_unclear


@pytest.mark.parametrize(
    ("record", "is_malicious"),
    [
        pytest.param(advisory("MAL-2024-1"), True, id="by its id"),
        pytest.param(advisory("GHSA-1", aliases=["MAL-2024-1"]), True, id="by an alias"),
        pytest.param(advisory("GHSA-1", database_specific={"cwe_ids": ["CWE-506"]}), True, id="by its weakness"),
        pytest.param(advisory("GHSA-1", database_specific={"cwe_ids": ["CWE-79"]}), False, id="another weakness"),
        pytest.param(advisory("GHSA-1", database_specific={"cwe_ids": "CWE-506"}), True, id="its weakness as a text"),
        pytest.param(
            advisory("GHSA-1", database_specific={"cwe_ids": {"a": 1}}), False, id="weaknesses of a form of its own"
        ),
        pytest.param(advisory("PYSEC-1", summary="a malicious website can ..."), False, id="a word in the text"),
    ],
)
def test_malicious_packages(record: dict[str, Any], is_malicious: bool) -> None:
    assert only(record).is_malicious is is_malicious


def test_all_versions_of_a_malicious_package_are_kept() -> None:
    record = advisory("MAL-1", "x", {"introduced": "0"}, versions=["1.0", "1.1"])
    assert only(record).versions == ("1.0", "1.1")


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(advisory("A-1", withdrawn="2024-01-01T00:00:00Z"), id="withdrawn"),
        pytest.param(
            {"id": "A-1", "affected": [{"package": {"ecosystem": "npm", "name": "x"}}]}, id="another ecosystem"
        ),
        pytest.param({"id": "A-1", "affected": [{"ranges": []}]}, id="no package"),
        pytest.param({"id": "A-1"}, id="affects nothing"),
    ],
)
def test_records_that_speak_of_no_python_package(record: dict[str, Any]) -> None:
    assert osv.affected_packages(record) == []


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"affected": []}, id="no id"),
        pytest.param({"id": 7, "affected": []}, id="an id that is no text"),
        pytest.param({"id": "A-1", "affected": {"package": "x"}}, id="affected is no list"),
        pytest.param({"id": "A-1", "affected": ["x"]}, id="an entry that is no object"),
        pytest.param({"id": "A-1", "affected": [{"package": {"ecosystem": "PyPI"}}]}, id="a package without a name"),
        pytest.param(
            {"id": "A-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "x"}, "versions": "1.0"}]},
            id="versions are no list",
        ),
        pytest.param(
            {
                "id": "A-1",
                "affected": [
                    {"package": {"ecosystem": "PyPI", "name": "x"}, "ranges": [{"type": "ECOSYSTEM", "events": ["0"]}]}
                ],
            },
            id="an event is no object",
        ),
    ],
)
def test_what_is_not_in_the_format_is_refused(record: dict[str, Any]) -> None:
    """Reading around it could drop the very advisory that matters."""
    with pytest.raises(RecordError):
        osv.affected_packages(record)


def test_two_entries_for_one_package_are_one() -> None:
    first, second = (
        advisory("A-1", "x")["affected"],
        advisory("A-1", "X", {"introduced": "3"}, {"fixed": "3.1"})["affected"],
    )
    affected = only({**advisory("A-1"), "affected": first + second})
    assert affected.spans == (span("", "2.0"), span("3", "3.1"))


def test_a_malicious_package_without_versions_is_malicious_in_all() -> None:
    affected = only(advisory("MAL-1", "x", {"introduced": "no version"}))
    assert (affected.spans, affected.is_unclear) == ((span("", ""),), False)


def test_halves_of_characters_are_replaced() -> None:
    record = advisory("A-1", versions=["1.0", "1.0\ud800"], aliases=["CVE-\ud800"], summary="\ud800 is half")
    affected = only(record)
    assert (affected.summary, affected.ids, affected.versions) == ("? is half", ("A-1",), ())


@pytest.mark.parametrize("ecosystem", ["PyPI", "pypi", "PyPI:mirror"])
def test_the_ecosystem(ecosystem: str) -> None:
    record = advisory("A-1")
    record["affected"][0]["package"]["ecosystem"] = ecosystem
    assert only(record).name == "leaky"
