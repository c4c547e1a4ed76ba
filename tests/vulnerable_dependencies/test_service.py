"""The engine pip-audit: its answers are believed only when they are complete, and it is handed nothing to trip over.

With pip-audit installed (extra `audit`) the same pins go through it, to a stand-in for OSV's service, and through the
local engine; both must name the same advisories.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from advisories import advisory, database
from osv_service import Service, serving
from packaging.version import Version

from mlhooks.core.files import Blob
from mlhooks.core.finding import Count, Finding, Said, Unscannable
from mlhooks.formats.dependency import normalize
from mlhooks.vulnerable_dependencies import HOOK, local, service
from mlhooks.vulnerable_dependencies.database import open_database
from mlhooks.vulnerable_dependencies.pins import Pin
from mlhooks.vulnerable_dependencies.sources import documents
from mlhooks.vulnerable_dependencies.versions import parse

Run = Callable[..., tuple[int, str, str]]

LINES = {"leaky": "1.0"}
VULNERABLE = {
    "id": "PYSEC-1",
    "fix_versions": ["0.9", "2.0", "1.5"],
    "aliases": ["GHSA-1", "CVE-1"],
    "description": "a\nb",
}


def output(*rows: Any) -> str:
    return json.dumps({"dependencies": list(rows), "fixes": []})


def test_an_answer_is_read() -> None:
    (answer,) = service.read_answers(output({"name": "Leaky", "version": "1.0", "vulns": [VULNERABLE]}), LINES).values()
    (found,) = answer.vulnerabilities
    assert (found.ids, found.summary) == (("CVE-1", "GHSA-1", "PYSEC-1"), "a b")
    assert [version for _, version in found.fixes] == ["1.5", "2.0"], "only fixes that come after the pin"
    assert found.fix == found.fixes[0]


def test_what_the_service_does_not_know_is_not_clean() -> None:
    row = {"name": "leaky", "skip_reason": "Dependency not found on PyPI and could not be audited: leaky (1.0)"}
    assert "the service does not know it" in service.read_answers(output(row), LINES)["leaky"].problem


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Traceback (most recent call last):", id="a traceback"),
        pytest.param("[]", id="another document"),
        pytest.param(output(), id="an empty list"),
        pytest.param(output({"name": "other", "version": "1.0", "vulns": []}), id="another package"),
        pytest.param(output({"name": "leaky", "version": "2.0", "vulns": []}), id="another version"),
        pytest.param(output({"name": "leaky", "version": "1.0"}), id="no verdict"),
        pytest.param(output({"name": "leaky", "version": "1.0", "vulns": [{"id": "A-1"}]}), id="half a verdict"),
        pytest.param(output({"name": "leaky", "version": "1.0", "vulns": None}), id="no list"),
        pytest.param(output("leaky"), id="a row that is a text"),
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_anything_less_than_a_complete_answer_is_an_error(text: str) -> None:
    with pytest.raises(Unscannable, match="nothing is known of it: the last words"):
        service.read_answers(text, LINES, "the last words")


def test_versions_that_cannot_be_sent_are_not_audited() -> None:
    pin = Pin("leaky", "nightly")
    assert "no version that can be compared" in service.answers([pin], "osv", None)[pin].problem


# --- with pip-audit ---------------------------------------------------------------------------------------------------

RECORDS = [
    advisory("PYSEC-1", aliases=["CVE-1"]),
    advisory("GHSA-1", aliases=["CVE-1"]),
    advisory("GHSA-2", "torch", {"introduced": "0"}, {"fixed": "2.0.1"}),
    advisory("GHSA-3", "jinja2"),
    advisory("MAL-4", "nasty", {"introduced": "0"}),
]


@pytest.fixture
def osv() -> Iterator[Service]:
    pytest.importorskip("pip_audit", reason="needs the extra `audit`")
    with serving(RECORDS) as running:
        yield running


def said(osv: Service, text: str, path: str = "requirements.txt") -> list[Said]:
    options: dict[str, Any] = {option.name: option.default for option in HOOK.options}
    options.update({"engine": "pip-audit", "service": "osv", "osv-url": osv.url})
    return list(HOOK.check(Blob(path, text.encode()), options))


def verdict(entries: list[Said]) -> tuple[list[tuple[str, int | None]], dict[str, int]]:
    """Rules with their lines, and the counts."""
    findings = [(entry.rule.id, entry.location.line) for entry in entries if isinstance(entry, Finding)]
    return findings, {entry.name: entry.number for entry in entries if isinstance(entry, Count)}


VULN, REST, BAD = "vulnerable-dependency", "not-audited", "malicious-package"


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        pytest.param("leaky==1.0\n", [(VULN, 1)], id="plain"),
        pytest.param("torch==2.0.0+cu118\n", [(VULN, 1)], id="a local build"),
        pytest.param("leaky==1.0 ; python_version < '3'\n", [(VULN, 1)], id="a marker of another interpreter"),
        pytest.param("leaky==1.0\ngit+https://example.org/x@v1\n", [(VULN, 1), (REST, 2)], id="a repository"),
        pytest.param("git+https://example.org/x@v1\n", [(REST, 1)], id="a repository alone"),
        pytest.param("tool @ https://example.org/main.zip\n", [(REST, 1)], id="an archive"),
        pytest.param("-e git+https://example.org/x@v1#egg=x\n", [(REST, 1)], id="an editable repository"),
        pytest.param("leaky==2.4.*\ntorch==2.0.0\n", [(REST, 1), (VULN, 2)], id="a wildcard hides nothing"),
        pytest.param("leaky===1.0\n", [(VULN, 1)], id="===: a traceback when handed on"),
        pytest.param("pandas>=2\nleaky==1.0\n", [(REST, 1), (VULN, 2)], id="a range hides nothing"),
        pytest.param("pandas\nleaky==1.0\n", [(REST, 1), (VULN, 2)], id="a bare name hides nothing"),
        pytest.param("leaky==1.0\nleaky==2.0\n", [(VULN, 1)], id="two versions of one package"),
        pytest.param("leaky==1.0\nleaky==1.5\n", [(VULN, 1), (VULN, 2)], id="two bad versions of one package"),
        pytest.param(f"leaky==1.0 --hash=sha256:{'a' * 64}\ntorch==2.0.0\n", [(VULN, 1), (VULN, 2)], id="some hashes"),
        pytest.param("tool==${VERSION}\nleaky==1.0\n", [(REST, 1), (VULN, 2)], id="a variable hides nothing"),
        pytest.param("tool=1.0\nleaky==1.0\n", [(REST, 1), (VULN, 2)], id="a typo hides nothing"),
        pytest.param("leaky-1.0-py3-none-any.whl\n", [(VULN, 1)], id="a wheel"),
        pytest.param("Jinja2==1.0\njinja2==1.0\n", [(VULN, 1), (VULN, 2)], id="once per line, not twice each"),
        pytest.param("nasty==1.0\n", [(BAD, 1)], id="malicious"),
        pytest.param("leaky==2.0\n", [], id="nothing known against it"),
    ],
)
def test_no_trap_ends_clean(osv: Service, text: str, findings: list[tuple[str, int]]) -> None:
    found, counts = verdict(said(osv, text))
    assert sorted(found, key=lambda entry: entry[1] or 0) == findings
    assert sum(counts.values()) >= len(text.splitlines()), "every line is audited or not"


def test_an_included_file_is_audited(osv: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip-audit drops the line, and ends clean."""
    from mlhooks.__main__ import main

    monkeypatch.chdir(tmp_path)
    Path("requirements.txt").write_text("-r more.list\n")
    Path("more.list").write_text("leaky==1.0\n")
    words = ("--engine", "pip-audit", "--service", "osv", "--osv-url", osv.url)
    assert main(["vulnerable-dependencies", *words, "requirements.txt"]) == 1


def test_a_name_that_the_service_has_nothing_about_is_counted(osv: Service) -> None:
    """OSV answers the same for a harmless, a private and a misspelt name: nobody can tell them apart here."""
    found, counts = verdict(said(osv, "private-name==1.0\n"))
    assert (found, counts) == ([], {"audited": 1, "of these in no advisory": 1, "not audited": 0})


def test_nothing_is_sent_but_names_and_public_versions(osv: Service) -> None:
    said(osv, "Leaky[x]==1.0+local.7 ; sys_platform == 'win32'\n--index-url https://user:secret@example.org/\n")
    assert osv.asked == [("leaky", "1.0")]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param((500, b""), id="500"),
        pytest.param((404, b"{}"), id="404"),
        pytest.param((200, b'{"vulns": [{'), id="cut off"),
        pytest.param((200, b"<html>"), id="a web page"),
        pytest.param((200, b'{"vulns": 7}'), id="another shape"),
    ],
)
def test_a_service_that_fails_is_an_error_never_a_pass(osv: Service, fault: tuple[int, bytes]) -> None:
    osv.faults.append(fault)
    with pytest.raises(Unscannable, match="pip-audit gave no complete answer"):
        said(osv, "leaky==1.0\n")


def test_a_service_that_is_not_there_is_an_error(
    osv: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    from mlhooks.__main__ import main

    monkeypatch.chdir(tmp_path)
    Path("requirements.txt").write_text("leaky==1.0\n")
    with serving([]) as gone:
        address = gone.url
    address = address.replace("//", "//user:hunter2@") + "/?key=hunter2"
    words = ("--engine", "pip-audit", "--service", "osv", "--osv-url", address)
    assert main(["vulnerable-dependencies", *words, "requirements.txt"]) == 2
    err = capfd.readouterr().err
    assert "could not check requirements.txt: pip-audit gave no complete answer" in err
    assert "hunter2" not in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param("see https://u:p@h.test/a", "see https://h.test/a", id="a password"),
        pytest.param("see https://u:p@q@h.test/a", "see https://h.test/a", id="a password with its own @"),
        pytest.param("with url: /v1/query?key=p (Caused by x)", "with url: /v1/query (Caused by x)", id="a query"),
        pytest.param("why? and/or? mail a@b.test", "why? and/or? mail a@b.test", id="prose"),
        pytest.param("a\n  b", "a b", id="lines"),
    ],
)
def test_what_is_said_of_an_answer_holds_no_password(words: str, said: str) -> None:
    with pytest.raises(Unscannable) as caught:
        service.read_answers("", LINES, service._one_line(words))
    assert str(caught.value).endswith(f": {said}")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param(["--osv-url", "https://osv.test"], "Add `--service osv`", id="the other service is asked"),
        pytest.param(["--service", "osv", "--osv-url", ""], "must be an address", id="a variable that is empty"),
        pytest.param(["--service", "osv", "--osv-url", "osv.test"], "must be an address", id="no address"),
    ],
)
def test_names_go_to_no_other_service_than_is_meant(mlhooks: Run, words: list[str], reason: str) -> None:
    pytest.importorskip("pip_audit", reason="needs the extra `audit`")
    Path("requirements.txt").write_text("leaky==1.0\n")
    status, out, err = mlhooks("vulnerable-dependencies", "--engine", "pip-audit", *words, ".")
    assert (status, out) == (2, "")
    assert reason in err


def test_settings_of_pip_audit_in_the_environment_change_nothing(
    osv: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_AUDIT_OUTPUT", str(tmp_path / "elsewhere.json"))
    monkeypatch.setenv("PIP_AUDIT_FORMAT", "columns")
    assert verdict(said(osv, "leaky==1.0\n"))[0] == [(VULN, 1)]


def test_a_module_in_the_checked_folder_is_not_run(
    osv: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip_audit.py").write_text("raise SystemExit('hijacked')")
    (tmp_path / "json.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(tmp_path)
    assert verdict(said(osv, "leaky==1.0\n"))[0] == [(VULN, 1)]


# --- both engines -----------------------------------------------------------------------------------------------------


def pins_of(records: list[dict[str, Any]], per_package: int) -> list[Pin]:
    """Versions on, next to and far from every bound and every listed version, the same ones every time."""
    chosen = random.Random(7)
    found: dict[str, set[str]] = {}
    for record in records:
        for entry in record["affected"]:
            versions = found.setdefault(normalize(entry["package"]["name"]), {"0.0.1"})
            versions.update(entry.get("versions") or ())
            for described in entry.get("ranges", ()):
                for bound in (text for event in described["events"] for text in event.values()):
                    versions.update((bound, f"{bound}.post1", f"{bound}.dev1", f"{bound}.1"))
    pins = []
    for name, texts in sorted(found.items()):
        versions_ = sorted({str(Version(text)) for text in texts if "+" not in text and parse(text) is not None})
        pins += [Pin(name, text) for text in chosen.sample(versions_, min(per_package, len(versions_)))]
    return pins


def differences(records: list[dict[str, Any]], pins: list[Pin], path: str, osv: Service) -> list[tuple[Pin, set[str]]]:
    ours, theirs = local.answers(pins, open_database(path)), service.answers(pins, "osv", osv.url)

    def names(answer: Any) -> set[str]:
        return {name for one in answer.vulnerabilities for name in one.ids}

    return [(pin, names(ours(pin)) ^ names(theirs[pin])) for pin in pins if names(ours(pin)) != names(theirs[pin])]


def test_both_engines_name_the_same_advisories(tmp_path: Path) -> None:
    pytest.importorskip("pip_audit", reason="needs the extra `audit`")
    chosen = random.Random(11)
    records = []
    for number in range(60):
        bounds = sorted({f"{chosen.randint(0, 5)}.{chosen.randint(0, 9)}" for _ in range(chosen.randint(1, 6))})
        kinds = ("introduced", "last_affected" if number % 7 == 0 else "fixed")
        events = [{kinds[index % 2]: text} for index, text in enumerate(sorted(bounds, key=lambda text: parse(text)))]  # type: ignore[arg-type,return-value]  # they are versions
        chosen.shuffle(events)
        listed = [f"{chosen.randint(0, 5)}.{chosen.randint(0, 9)}.post{number}"] if number % 3 == 0 else []
        aliases = [f"CVE-{chosen.randint(1, 40)}"]
        records.append(advisory(f"PYSEC-{number}", f"package-{number % 40}", *events, versions=listed, aliases=aliases))
    pins = pins_of(records, 3)
    with serving(records) as osv:
        assert differences(records, pins, database(tmp_path, *records), osv) == []
    assert len(pins) == 120


@pytest.mark.campaign
def test_both_engines_name_the_same_advisories_of_a_real_database(tmp_path: Path) -> None:
    """MLHOOKS_ADVISORIES names real advisories; at least 2,000 pins.

    Left out are packages with a bound that is no version: pip-audit ends with a traceback there, and the local engine
    says that it cannot decide.
    """
    pytest.importorskip("pip_audit", reason="needs the extra `audit`")
    source = os.environ.get("MLHOOKS_ADVISORIES")
    if not source:
        pytest.skip("MLHOOKS_ADVISORIES names no advisories")
    from mlhooks.vulnerable_dependencies.building import build

    records = [document.value for document in documents(source)]
    path = str(tmp_path / "advisories.sqlite")
    build(path, documents(source), source)
    odd = {
        normalize(entry["package"]["name"])
        for record in records
        for entry in record["affected"]
        for described in entry.get("ranges", ())
        for event in described["events"]
        if described["type"] != "GIT" and None in map(parse, event.values())
    }
    pins = [pin for pin in pins_of(records, 10) if pin.name not in odd]
    assert len(pins) >= 2000
    with serving(records) as osv:
        assert differences(records, pins, path, osv) == []
    print(f"{len(pins):,} pins of {len({pin.name for pin in pins}):,} packages")


def test_without_pip_audit_the_engine_says_how_to_get_it(mlhooks: Run) -> None:
    try:
        import pip_audit  # noqa: F401
    except ImportError:
        Path("requirements.txt").write_text("leaky==1.0\n")
        status, out, err = mlhooks("vulnerable-dependencies", "--engine", "pip-audit", ".")
        assert (status, out) == (2, "")
        assert "pip install 'mlhooks[audit]'" in err
    else:
        pytest.skip("pip-audit is installed")
