"""What is found, at which place, and what is said of the rest."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from advisories import V3_CRITICAL, V3_LOW, V3_MEDIUM, advisory, database
from repository import Repository

from mlhooks.core.files import Blob
from mlhooks.core.finding import Count, Finding, Level, Unscannable
from mlhooks.vulnerable_dependencies import HOOK

Audit = Callable[..., Any]
Run = Callable[..., tuple[int, str, str]]

YESTERDAY, TOMORROW = date.today() - timedelta(days=1), date.today() + timedelta(days=1)
EVER = {"introduced": "0"}
UNTIL_1_5 = ({"introduced": "0"}, {"fixed": "1.5"})


def ids(findings: list[Any]) -> list[set[str]]:
    return [
        {name for label, _ in finding.evidence for name in label.split(", ")} - {"nearest fix"} for finding in findings
    ]


@pytest.mark.parametrize(
    ("line", "record", "is_found"),
    [
        pytest.param("leaky==1.9", advisory("A-1"), True, id="before the fix"),
        pytest.param("leaky==2.0", advisory("A-1"), False, id="the fix"),
        pytest.param("Leaky[extra]==1.9", advisory("A-1"), True, id="case, an extra"),
        pytest.param("leaky==1.9 ; python_version < '3'", advisory("A-1"), True, id="a marker that never holds"),
        pytest.param("le_aky==1.9", advisory("A-1", "le.aky"), True, id="separators"),
        pytest.param("leaky==1.9+cu118", advisory("A-1"), True, id="a local build of a bad version"),
        pytest.param("leaky==2.0+cu118", advisory("A-1"), False, id="a local build of a good version"),
        pytest.param("leaky==2.0rc1", advisory("A-1"), True, id="a candidate of the fix"),
        pytest.param("leaky==2.0.post1", advisory("A-1", versions=["2.0.post1"]), True, id="listed"),
        pytest.param("leaky==1.0.0", advisory("A-1", versions=["1.0"]), True, id="listed, and written in another way"),
        pytest.param("leaky===2019-x", advisory("A-1", versions=["2019-x"]), True, id="listed, and no version"),
        pytest.param("leaky===2019-x+1", advisory("A-1", versions=["2019-x+1"]), True, id="listed, with a plus sign"),
        pytest.param("leaky===2019-x", advisory("A-1", "leaky", EVER), True, id="no version, and all are meant"),
        pytest.param("leaky==1.9", advisory("A-1", withdrawn="2024-01-01T00:00:00Z"), False, id="withdrawn"),
        pytest.param("other==1.9", advisory("A-1"), False, id="another package"),
        pytest.param("leaky==1!1.0", advisory("A-1"), False, id="an epoch comes after"),
        pytest.param("leaky==1.9 --hash=sha256:" + "a" * 64, advisory("A-1"), True, id="with a hash"),
        pytest.param("https://example.org/leaky-1.9-py3-none-any.whl", advisory("A-1"), True, id="the name of a wheel"),
        pytest.param("leaky>=1.9", advisory("A-1"), False, id="a range is not known to be bad"),
    ],
)  # fmt: skip
def test_a_pin_is_found_or_not(audit: Audit, line: str, record: dict[str, Any], is_found: bool) -> None:
    keep = advisory("KEEP-1", "kept")  # a database is never empty
    found = [finding for finding in audit(record, keep).findings(line) if finding.rule.id == "vulnerable-dependency"]
    assert ids(found) == ([{"A-1"}] if is_found else [])


def test_the_line_that_a_person_reads(mlhooks: Run, tmp_path: Path) -> None:
    database(
        tmp_path / "cache",
        advisory("PYSEC-1", aliases=["CVE-2024-1", "GHSA-1"], vector=V3_CRITICAL),
        advisory("PYSEC-2", "leaky", {"introduced": "1.0"}, {"fixed": "2.1"}, aliases=["CVE-2024-2"]),
    )
    Path("requirements.txt").write_text("# ours\n\nleaky==1.0 \\\n    --hash=sha256:" + "a" * 64 + "\npandas>=2\n")
    status, out, err = mlhooks("vulnerable-dependencies", "requirements.txt")
    assert out.splitlines() == [
        "requirements.txt:3:1: error: leaky 1.0 has 2 known vulnerabilities: CVE-2024-1 (GHSA-1; 9.8 critical; fixed "
        "in 2.0), CVE-2024-2 (PYSEC-2; fixed in 2.1). Raise it to 2.1 or later [vulnerable-dependency]",
        "requirements.txt:5:1: note: 1 of 2 packages was not audited (no exact version: pandas (line 5)) [not-audited]",
    ]
    assert err == "mlhooks: 1 error, 1 note in 1 file; 1 audited, 0 of these in no advisory, 1 not audited\n"
    assert status == 1


def test_json_has_every_advisory_and_every_place(mlhooks: Run, tmp_path: Path) -> None:
    many = [advisory(f"CVE-2024-{number}", aliases=[f"GHSA-{number}"]) for number in range(1, 8)]
    database(tmp_path / "cache", *many)
    Path("requirements.txt").write_text("leaky==1.0\n" + "".join(f"range{number}>=1\n" for number in range(30)))
    report = json.loads(mlhooks("vulnerable-dependencies", "--format", "json", "requirements.txt")[1])
    vulnerable, rest = report["findings"]
    assert [entry["label"] for entry in vulnerable["evidence"]] == [
        *(f"CVE-2024-{number}, GHSA-{number}" for number in range(1, 8)),
        "nearest fix",
    ]
    assert "and 4 more" in vulnerable["message"]
    assert vulnerable["severity"] == "7.0"
    assert len(rest["evidence"]) == 30
    assert rest["evidence"][29] == {"label": "range29 (line 31)", "text": "no exact version"}
    assert len(rest["message"]) < 300, "thirty ranges are one short line"
    assert report["summary"]["counts"] == {"audited": 1, "of these in no advisory": 0, "not audited": 30}


def test_records_of_one_vulnerability_are_one(audit: Audit) -> None:
    found = audit(
        advisory("PYSEC-1", "leaky", *UNTIL_1_5, aliases=["CVE-1"], vector=V3_LOW),
        advisory("GHSA-1", "leaky", *UNTIL_1_5, aliases=["CVE-1"], vector=V3_MEDIUM),
        advisory("GHSA-2", aliases=["PYSEC-2"]),
        advisory("PYSEC-2", aliases=["CVE-2"]),
        advisory("CVE-2"),
    ).findings("leaky==1.0")
    assert [label for label, _ in found[0].evidence] == [
        "CVE-2, GHSA-2, PYSEC-2",
        "CVE-1, GHSA-1, PYSEC-1",
        "nearest fix",
    ]
    assert "6.1 medium" in found[0].message


@pytest.mark.parametrize(
    ("records", "version", "fix"),
    [
        pytest.param([advisory("A-1")], "1.0", "2.0", id="the end of the span"),
        pytest.param(
            [advisory("A-1", "leaky", *UNTIL_1_5, {"introduced": "2.0"}, {"fixed": "2.3"})], "1.0", "1.5",
            id="the end of the nearest span",
        ),
        pytest.param([advisory("A-1", "leaky", *UNTIL_1_5), advisory("A-2")], "1.0", "2.0", id="the later of two"),
        pytest.param(
            [advisory("A-1", "leaky", *UNTIL_1_5), advisory("A-2", "leaky", {"introduced": "1.5"}, {"fixed": "1.6"})],
            "1.0", "", id="the fix has a vulnerability of its own, and no other fix is known",
        ),
        pytest.param(
            [
                advisory("A-1", "leaky", *UNTIL_1_5, {"introduced": "1.6"}, {"fixed": "1.8"}),
                advisory("A-2", "leaky", {"introduced": "1.5"}, {"fixed": "1.6"}),
            ],
            "1.0", "1.8", id="the fix is bad in another way, the next one is good",
        ),
        pytest.param([advisory("A-1", "leaky", EVER)], "1.0", "", id="never fixed"),
        pytest.param([advisory("A-1"), advisory("A-2", "leaky", EVER)], "1.0", "", id="one of two is never fixed"),
        pytest.param(
            [advisory("A-1", "leaky", EVER, {"last_affected": "1.4"})], "1.0", "", id="only the last bad one is known"
        ),
    ],
)  # fmt: skip
def test_the_nearest_fix(audit: Audit, records: list[dict[str, Any]], version: str, fix: str) -> None:
    (found,) = audit(*records).findings(f"leaky=={version}")
    assert dict(found.evidence).get("nearest fix", "") == fix
    assert ("No version is known to be free of it" in found.message) is (fix == "")


@pytest.mark.parametrize(
    ("vector", "level", "severity"),
    [
        pytest.param(V3_CRITICAL, Level.ERROR, "9.8", id="critical"),
        pytest.param(V3_MEDIUM, Level.WARNING, "6.1", id="medium"),
        pytest.param(V3_LOW, Level.NOTE, "3.3", id="low"),
        pytest.param("", Level.ERROR, "7.0", id="nobody has scored it: not harmless"),
    ],
)
def test_the_level_follows_the_severity(audit: Audit, vector: str, level: Level, severity: str) -> None:
    (found,) = audit(advisory("A-1", vector=vector)).findings("leaky==1.0")
    assert (found.level, found.severity) == (level, severity)


@pytest.mark.parametrize(
    ("least", "expected"),
    [
        ("low", {"LOW", "MEDIUM", "UNSCORED"}),
        ("medium", {"MEDIUM", "UNSCORED"}),
        ("high", {"UNSCORED"}),
        ("critical", {"UNSCORED"}),
    ],
)
def test_min_severity(audit: Audit, least: str, expected: set[str]) -> None:
    room = audit(advisory("LOW", vector=V3_LOW), advisory("MEDIUM", vector=V3_MEDIUM), advisory("UNSCORED"))
    assert ids(room.findings("leaky==1.0", min_severity=least)) == ([expected] if expected else [])


def test_sarif_carries_the_severity(mlhooks: Run, tmp_path: Path) -> None:
    database(tmp_path / "cache", advisory("A-1", vector=V3_CRITICAL))
    Path("requirements.txt").write_text("leaky==1.0\n")
    run = json.loads(mlhooks("vulnerable-dependencies", "--format", "sarif")[1])["runs"][0]
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (result["ruleId"], rule["properties"]["security-severity"]) == ("vulnerable-dependency/critical", "9.8")


# --- malicious packages -----------------------------------------------------------------------------------------------

EVERY = advisory("MAL-1", "leaky", {"introduced": "0"})
TWO = advisory("MAL-2", "leaky", versions=["8.3.41", "8.3.42"])
SPAN = advisory("MAL-3", "leaky", {"introduced": "8.3.41"}, {"fixed": "8.3.43"})


@pytest.mark.parametrize(
    ("line", "record", "is_found"),
    [
        pytest.param("leaky==1.0", EVERY, True, id="a pin"),
        pytest.param("leaky", EVERY, True, id="no version"),
        pytest.param("leaky>=3,!=4", EVERY, True, id="a range"),
        pytest.param("leaky==${VERSION}", EVERY, True, id="a version that is computed"),
        pytest.param("leaky===2019-x", EVERY, True, id="a version that cannot be compared"),
        pytest.param("leaky===2019-x", TWO, False, id="and is none of the bad ones"),
        pytest.param("other", EVERY, False, id="another name"),
        pytest.param("leaky==8.3.41", TWO, True, id="the bad release"),
        pytest.param("leaky==8.3.40", TWO, False, id="the release before"),
        pytest.param("leaky>=8", TWO, True, id="a range that lets the bad release in"),
        pytest.param("leaky", TWO, True, id="no version lets it in"),
        pytest.param("leaky>=8.3.43", TWO, False, id="a range above it"),
        pytest.param("leaky>=8,!=8.3.41,!=8.3.42", TWO, False, id="a range that leaves them out"),
        pytest.param("leaky>=8", SPAN, True, id="a range around a span"),
        pytest.param("leaky~=8.3.42", SPAN, True, id="a range into a span"),
        pytest.param("leaky<9,!=8.3.41", SPAN, True, id="a range that leaves one of a span out"),
        pytest.param("leaky>=8.3.43", SPAN, False, id="a range above a span"),
        pytest.param("leaky~=8.3.43", SPAN, False, id="a series above a span"),
        pytest.param("leaky<8.3.41", SPAN, False, id="a range below a span"),
        pytest.param("leaky<=8.3.41", SPAN, True, id="a range up to a span"),
        pytest.param("leaky<=8.3.40,>5", SPAN, False, id="a range that ends before a span"),
        pytest.param("leaky", advisory("A-1", "leaky", {"introduced": "0"}), False, id="vulnerable is not malicious"),
        pytest.param("git+https://example.org/leaky@main#egg=leaky", EVERY, False, id="a repository of that name"),
    ],
)
def test_malicious_packages_whatever_the_specifier(
    audit: Audit, line: str, record: dict[str, Any], is_found: bool
) -> None:
    found = [finding for finding in audit(record).findings(line) if finding.rule.id == "malicious-package"]
    assert bool(found) is is_found
    for finding in found:
        assert (finding.level, finding.severity) == (Level.ERROR, "9.8")
        assert "Remove it" in finding.message


def test_a_malicious_package_passes_any_least_severity(audit: Audit) -> None:
    assert ids(audit(EVERY).findings("leaky==1.0", min_severity="critical")) == [{"MAL-1"}]


# --- what cannot be decided -------------------------------------------------------------------------------------------

BY_DATE = advisory("A-1", "leaky", {"introduced": "0"}, {"fixed": "2019-09-12"})


def test_bounds_that_cannot_be_compared_are_a_warning_not_silence(audit: Audit) -> None:
    (found,) = audit(BY_DATE).findings("leaky==1.0")
    assert (found.rule.id, found.level) == ("undecidable-advisory", Level.WARNING)


def test_a_record_that_can_be_compared_decides_for_its_twin(audit: Audit) -> None:
    assert audit({**BY_DATE, "aliases": ["CVE-1"]}, advisory("GHSA-1", aliases=["CVE-1"])).findings("leaky==2.0") == []


def test_a_version_that_cannot_be_compared_is_not_audited(audit: Audit) -> None:
    (found,) = audit(advisory("A-1")).findings("leaky===nightly")
    assert (found.rule.id, found.evidence) == (
        "not-audited",
        (("leaky (line 1)", "nightly is no version that can be compared"),),
    )


def test_names_in_no_advisory_are_counted(audit: Audit) -> None:
    counts = audit(advisory("A-1")).counts("leaky==2.0\nprivate-name==1.0\npandas\n")
    assert counts == {"audited": 2, "of these in no advisory": 1, "not audited": 1}


def test_no_password_of_an_address_is_told(audit: Audit) -> None:
    secret = "hunter" + "2"
    text = f"git+https://user:{secret}@example.org/x@main\nhttps://{secret}@example.org/main.zip?token={secret}\n"
    text += f"-r https://user:{secret}@example.org/more.txt\n--bogus https://user:{secret}@example.org/\n"
    text += f"-r s3://user:{secret}@bucket/more.txt\n"
    (found,) = audit(advisory("A-1")).findings(text)
    assert "5 of 5 packages were not audited" in found.message
    assert secret not in repr(found)


def test_nor_that_of_one_where_a_version_should_be(audit: Audit) -> None:
    secret = "hunter" + "2"
    address = f"https://user:{secret}@example.org/a"
    text = f'version = 1\n[[package]]\nname = "leaky"\nversion = "{address}"\nsource = {{registry = "{address}"}}\n'
    (found,) = audit(advisory("MAL-1", "leaky", EVER)).findings(text, "uv.lock")
    assert found.message.startswith("leaky https://example.org/a is malicious")
    assert secret not in repr(found)


def test_long_texts_are_cut(audit: Audit) -> None:
    for line in ("leaky==1." + "0" * 50_000, "x" * 50_000, "leaky==1.0+" + "a" * 50_000):
        for finding in audit(advisory("A-1")).findings(line):
            assert len(finding.message) < 500


def test_a_file_without_packages_counts_nothing(audit: Audit) -> None:
    assert audit(advisory("A-1")).said("# nothing\n") == [Count("audited", 0)]


def test_the_notes_can_be_left_out_and_the_counts_stay(audit: Audit) -> None:
    room = audit(advisory("A-1"))
    assert room.findings("pandas\n", list_not_audited=False) == []
    assert room.counts("pandas\n", list_not_audited=False)["not audited"] == 1


def test_what_was_read_before_a_fault_counts(audit: Audit) -> None:
    said = HOOK.check(Blob("requirements.txt", b"leaky==1.0\n-r missing.txt\n"), audit(advisory("A-1")).options)
    first = next(said)
    assert isinstance(first, Finding)
    assert "leaky 1.0 has a known vulnerability" in first.message
    with pytest.raises(Unscannable, match=r"missing\.txt"):
        list(said)


def test_an_included_file_has_its_own_places(audit: Audit) -> None:
    room = audit(advisory("A-1"))
    blob = Blob("requirements.txt", b"-r more.list\n", others={"more.list": b"\nleaky==1.0\npandas\n"})
    found = [entry for entry in HOOK.check(blob, room.options) if hasattr(entry, "rule")]
    assert [(entry.path, entry.location.line) for entry in found] == [("more.list", 2), ("more.list", 3)]


# --- ignores ----------------------------------------------------------------------------------------------------------


def ignoring(**entry: Any) -> tuple[dict[str, Any], ...]:
    return ({"reason": "why", **entry},)


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param({"id": "CVE-1"}, id="by an alias"),
        pytest.param({"id": "pysec-1"}, id="by the id, in small letters"),
        pytest.param({"id": "CVE-1", "package": "LEAKY"}, id="for this package"),
        pytest.param({"id": "CVE-1", "until": TOMORROW}, id="until tomorrow"),
        pytest.param({"id": "CVE-1", "until": date.today().isoformat()}, id="until today, as text"),
    ],
)
def test_an_ignored_vulnerability_is_accepted(audit: Audit, entry: dict[str, Any]) -> None:
    (found,) = audit(advisory("PYSEC-1", aliases=["CVE-1"])).findings("leaky==1.0", ignore=ignoring(**entry))
    assert found.accepted == ("why", "external")


@pytest.mark.parametrize(
    ("entry", "remark"),
    [
        pytest.param({"id": "CVE-2"}, "", id="another one"),
        pytest.param({"id": "CVE-1", "package": "other"}, "", id="for another package"),
        pytest.param(
            {"id": "CVE-1", "until": YESTERDAY}, f"The ignore of CVE-1 ended on {YESTERDAY}", id="it has ended"
        ),
    ],
)
def test_other_ignores_do_not(audit: Audit, entry: dict[str, Any], remark: str) -> None:
    (found,) = audit(advisory("PYSEC-1", aliases=["CVE-1"])).findings("leaky==1.0", ignore=ignoring(**entry))
    assert found.accepted is None
    assert found.message.endswith(remark)


def test_what_is_not_ignored_stays_and_decides_the_fix(audit: Audit) -> None:
    room = audit(advisory("A-1", "leaky", *UNTIL_1_5), advisory("A-2", "leaky", {"introduced": "0"}))
    counting, ignored = room.findings("leaky==1.0", ignore=ignoring(id="A-2"))
    assert (ids([counting]), ids([ignored])) == ([{"A-1"}], [{"A-2"}])
    assert "Raise it to 1.5" in counting.message


def test_an_undecidable_advisory_can_be_ignored(audit: Audit) -> None:
    (found,) = audit(BY_DATE).findings("leaky==1.0", ignore=ignoring(id="A-1"))
    assert found.accepted == ("why", "external")


def test_an_id_of_several_packages_needs_one(audit: Audit) -> None:
    both = {**advisory("A-1"), "affected": advisory("A-1")["affected"] + advisory("A-1", "other")["affected"]}
    with pytest.raises(Unscannable, match="must name a package; it is about leaky, other"):
        audit(both).findings("leaky==1.0", ignore=ignoring(id="A-1"))
    assert audit(both).findings("leaky==1.0", ignore=ignoring(id="A-1", package="leaky"))[0].accepted


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        pytest.param({"id": "CVE-1"}, "needs a reason", id="no reason"),
        pytest.param({"id": "CVE-1", "reason": " "}, "needs a reason", id="an empty reason"),
        pytest.param({"reason": "why"}, "needs an id", id="no id"),
        pytest.param({"id": "CVE-1", "reason": "why", "untill": TOMORROW}, "no key 'untill'", id="a typo"),
        pytest.param({"id": "CVE-1", "reason": "why", "until": "soon"}, "must be a date", id="no date"),
        pytest.param({"id": "CVE-1", "reason": "why", "until": 7}, "must be a date", id="a number"),
        pytest.param({"id": 7, "reason": "why"}, "id must be a text", id="an id that is no text"),
        pytest.param("CVE-1", "must be a table", id="no table"),
    ],
)
def test_an_ignore_written_wrong_is_an_error(audit: Audit, entry: Any, problem: str) -> None:
    with pytest.raises(Unscannable, match=problem):
        audit(advisory("A-1")).notices(ignore=(entry,))


def test_ignores_from_the_configuration(mlhooks: Run, tmp_path: Path) -> None:
    database(tmp_path / "cache", advisory("A-1"), advisory("A-2", "other"))
    Path("requirements.txt").write_text("leaky==1.0\nother==2.0\n")
    Path("pyproject.toml").write_text(
        "[tool.mlhooks.vulnerable-dependencies]\nignore = [\n"
        f'  {{id = "A-1", package = "leaky", reason = "not reachable", until = {TOMORROW}}},\n'
        f'  {{id = "A-2", reason = "raised since", until = {YESTERDAY}}},\n]\n'
    )
    status, out, err = mlhooks("vulnerable-dependencies")
    assert (status, out) == (0, "")
    assert "1 ignored with a reason" in err
    over = f"ended on {YESTERDAY}: take it out, or look again and move its end"
    assert f"mlhooks: the ignore of A-2 {over}\n" in err
    assert "A-2" not in mlhooks("vulnerable-dependencies", "requirements.txt")[2], "one file is not all there is"


def test_an_ignore_of_a_conda_package_by_the_name_that_advisories_have_is_needed(mlhooks: Run, tmp_path: Path) -> None:
    database(tmp_path / "cache", advisory("A-1", "torch"))
    Path("environment.yml").write_text("dependencies:\n- pytorch=1.0.0\n")
    Path("pyproject.toml").write_text(
        '[tool.mlhooks.vulnerable-dependencies]\nignore = [{id = "A-1", package = "torch", reason = "not reachable"}]\n'
    )
    status, out, err = mlhooks("vulnerable-dependencies")
    assert (status, out) == (0, "")
    assert "1 ignored with a reason" in err
    assert "not needed" not in err


# --- the database -----------------------------------------------------------------------------------------------------


def test_without_a_database_nothing_passes(mlhooks: Run) -> None:
    Path("requirements.txt").write_text("leaky==1.0\n")
    status, out, err = mlhooks("vulnerable-dependencies")
    assert (status, out) == (2, "")
    assert err == "mlhooks: there is no advisory database yet. Run `mlhooks advisories update`.\n"


def test_without_a_database_all_hooks_say_that_one_is_left_out(mlhooks: Run) -> None:
    Path("notes.md").write_text("nothing\n")
    status, _, err = mlhooks("all")
    assert status == 0
    assert "vulnerable-dependencies was left out: there is no advisory database yet" in err


@pytest.mark.parametrize(
    ("age_days", "options", "said"),
    [
        pytest.param(3, {}, None, id="fresh"),
        pytest.param(3, {"max_age": 2}, "3 days old", id="older than asked for"),
        pytest.param(1.5, {"max_age": 0}, "1 day old", id="a day"),
        pytest.param(9, {}, "9 days old; what has become known since is not found", id="old"),
        pytest.param(400, {"stale": "warn"}, "400 days old", id="very old, and that is accepted"),
        pytest.param(40, {"max_age": 60}, None, id="as old as was accepted"),
    ],
)
def test_the_age_of_the_data(audit: Audit, age_days: int, options: dict[str, Any], said: str | None) -> None:
    notices = audit(advisory("A-1", age_days=age_days + 0.1)).notices(**options)
    assert len(notices) == (said is not None)
    assert said is None or said in notices[0]


@pytest.mark.parametrize(
    ("age_days", "options"),
    [
        pytest.param(9, {"stale": "fail"}, id="old, and that was not accepted"),
        pytest.param(31, {}, id="too old"),
    ],
)
def test_data_that_is_too_old_is_not_used(audit: Audit, age_days: int, options: dict[str, Any]) -> None:
    with pytest.raises(Unscannable, match=r"days old\. Run `mlhooks advisories update`"):
        audit(advisory("A-1", age_days=age_days + 0.1)).notices(**options)


@pytest.mark.parametrize(
    ("words", "errors", "audited"),
    [
        pytest.param(["requirements.txt"], 2, 3, id="alone"),
        pytest.param(["requirements.txt", "requirements/base.txt", "more.txt"], 2, 3, id="with all that it includes"),
        pytest.param(["requirements.txt", "reqs.txt"], 2, 4, id="with another one that includes the same"),
        pytest.param(["."], 2, 4, id="the folder"),
        pytest.param([".", "--jobs", "2"], 2, 4, id="the folder, in two processes"),
        pytest.param(["reqs.txt"], 1, 2, id="another one"),
        pytest.param(["more.txt"], 1, 1, id="an included one"),
        pytest.param(["requirements.txt", "--exclude", "requirements/*"], 1, 2, id="one is left out"),
    ],
)
def test_what_a_list_includes_is_audited_with_it_and_told_once(
    mlhooks: Run, tmp_path: Path, words: list[str], errors: int, audited: int
) -> None:
    database(tmp_path / "cache", advisory("A-1"))
    Path("requirements").mkdir()
    Path("requirements/base.txt").write_text("leaky==1.0\n")
    Path("more.txt").write_text("leaky==1.1\n")
    Path("requirements.txt").write_text("-r requirements/base.txt\n-r more.txt\nfine==1.0\n")
    Path("reqs.txt").write_text("-r requirements/base.txt\nfine==1.0\n")
    status, out, err = mlhooks("vulnerable-dependencies", *words)
    assert status == 1
    assert out.count("has a known vulnerability") == errors
    assert f"; {audited} audited, " in err


def test_an_included_list_that_was_fixed_is_not_told(mlhooks: Run, tmp_path: Path) -> None:
    database(tmp_path / "cache", advisory("A-1", "leaky", *UNTIL_1_5))
    Path("requirements").mkdir()
    Path("requirements/base.txt").write_text("leaky==1.0\n")
    Path("requirements.txt").write_text("-r requirements/base.txt\n")
    status, out, _ = mlhooks("vulnerable-dependencies", "--fix", ".")
    assert (status, out) == (1, "")
    assert Path("requirements/base.txt").read_text() == "leaky==1.5\n"


@pytest.mark.parametrize(
    ("name", "data", "is_read"),
    [
        pytest.param("deps.txt", b"leaky==1.0\nfine\n", True, id="a list"),
        pytest.param("deps.txt", b"leaky==1.0\n!!!\n", True, id="an odd line"),
        pytest.param("deps.txt", b"leaky==1.0\ndist/fine.whl\n/opt/fine\n", True, id="paths"),
        pytest.param("deps.lst", b"leaky==1.0\n", True, id="another ending"),
        pytest.param("deps", b"leaky==1.0\n", True, id="no ending"),
        pytest.param("deps.in", b"leaky==1.0\nfine\n", True, id="the ending of many things"),
        pytest.param("config.in", b"#define A @A@\nleaky==1.0\nset a b\nset c d\n", False, id="a template"),
        pytest.param("deps.lst", "leaky==1.0\n".encode("utf-16"), True, id="another encoding"),
        pytest.param("notes.txt", b"We took\nleaky==1.0\nfor a while,\nthen no more.\n", False, id="prose"),
        pytest.param("notes.md", b"# Notes\n\n- one\n- two\n\n    leaky==1.0\n", False, id="a page"),
        pytest.param("words.lst", b"leaky\nfine\n", False, id="words"),
        pytest.param("model.bin", b"\0\1leaky==1.0\n", False, id="bytes"),
        pytest.param("model.bin", b"version https://git-lfs.github.com/spec/v1\noid x\n", False, id="a pointer"),
    ],
)
def test_a_file_that_is_named_is_known_by_its_content(
    mlhooks: Run, tmp_path: Path, name: str, data: bytes, is_read: bool
) -> None:
    database(tmp_path / "cache", advisory("A-1"))
    Path(name).write_bytes(data)
    status, out, err = mlhooks("vulnerable-dependencies", name)
    assert (status, "leaky 1.0 has" in out) == (int(is_read), is_read)
    assert f"in 1 file; {int(is_read)} audited" in err


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        pytest.param({"requirements.txt": "-r requirements/base.txt\nfine==2.0\n"}, 0, id="the including list"),
        pytest.param({"reqs.txt": "-r requirements/base.txt\n"}, 0, id="a new list includes an old one"),
        pytest.param({"requirements/base.txt": "leaky==1.0\nleaky==1.1\n"}, 1, id="the included list"),
        pytest.param({"requirements.txt": "-r requirements/base.txt\n-r new.txt\n", "new.txt": "leaky==1.1\n"}, 1,
                     id="a new include"),
    ],
)  # fmt: skip
def test_what_is_new_in_an_included_list(
    mlhooks: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, str | None], errors: int
) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    database(tmp_path / "cache", advisory("A-1"))
    repository = Repository(Path.cwd())
    repository.commit(
        {"requirements.txt": "-r requirements/base.txt\nfine==1.0\n", "requirements/base.txt": "leaky==1.0\n"}
    )
    repository.put(change)
    status, out, _ = mlhooks("vulnerable-dependencies", "--new-since", "HEAD")
    assert (status, out.count("has a known vulnerability")) == (int(errors > 0), errors)
