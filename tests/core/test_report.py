"""The formats for programs: SARIF and GitHub's workflow commands."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import toy

from mlhooks.core.finding import Finding, Level, Location
from mlhooks.core.report import Report, fingerprinted, printable, render
from mlhooks.core.suppress import Suppressed


def report(
    *findings: Finding, suppressed: tuple[Finding, ...] = (), errors: tuple[tuple[str, str], ...] = ()
) -> Report:
    accepted = [("toy", Suppressed(finding, "the reason", "inSource")) for finding in suppressed]
    reported, waived = fingerprinted([("toy", finding) for finding in findings], accepted)
    return Report((toy.HOOK,), reported, waived, list(errors), 3, [])


def finding(message: str = "bad", *, path: str = "a.txt", line: int | None = 1, rule: Any = toy.BAD) -> Finding:
    return Finding(rule, path, message, Location(line, 2 if line else None, "" if line else "member x, byte 7"))


def sarif(*findings: Finding, **more: Any) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(render(report(*findings, **more), "sarif"))["runs"][0]
    return run


SAMPLES = [
    pytest.param(report(), id="nothing found"),
    pytest.param(report(finding(), finding(line=None, path="model [1] ä.pkl", rule=toy.WORSE)), id="found"),
    pytest.param(report(finding(), suppressed=(finding(rule=toy.MINOR),)), id="waived"),
    pytest.param(report(finding()._replace(severity="9.8")), id="a severity of its own"),
    pytest.param(report()._replace(counts=(("seen", 2),), notices=("it is [old]",)), id="counts and notices"),
    pytest.param(report(errors=(("x y.txt", "it is not [text]"),)), id="not checked"),
    pytest.param(report(finding())._replace(notes=("12 of 20 files",), notices=("look",)), id="remarks"),
]


@pytest.mark.parametrize("sample", SAMPLES)
def test_sarif_follows_the_schema(sample: Report) -> None:
    """Against the official JSON schema where MLHOOKS_SARIF_SCHEMA names it, and always against a model of it."""
    from sarif_pydantic import Sarif

    text = render(sample, "sarif")
    assert Sarif.model_validate_json(text).version == "2.1.0"
    schema = os.environ.get("MLHOOKS_SARIF_SCHEMA")
    if schema:
        import jsonschema

        jsonschema.validate(json.loads(text), json.loads(Path(schema).read_text()))


def test_sarif_results_are_sorted_by_severity_and_know_their_rule() -> None:
    run = sarif(finding("b"), finding("c", rule=toy.MINOR), finding("a", rule=toy.WORSE))
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


def test_sarif_of_a_binary_file_points_at_its_start_and_says_where_in_words() -> None:
    (result,) = sarif(finding("it runs", line=None))["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (1, 1)
    assert result["message"]["text"] == "member x, byte 7: it runs"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        pytest.param("a b/c#d.txt", "a%20b/c%23d.txt", id="blanks and signs"),
        pytest.param("ä.txt", "%C3%A4.txt", id="not ASCII"),
        pytest.param("/abs/x.txt", "file:///abs/x.txt", id="absolute"),
        pytest.param("c:x", "c%3Ax", id="a colon is no scheme"),
        pytest.param("caf\udce9", "caf%E9", id="a byte that is no UTF-8"),
    ],
)
def test_sarif_paths_are_uris(path: str, uri: str) -> None:
    (result,) = sarif(finding(path=path))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_sarif_messages_hold_no_links() -> None:
    (result,) = sarif(finding("see [here](https://evil.test) \x1b"))["results"]
    assert result["message"]["text"] == "see \\[here\\](https://evil.test) \\\\x1b"


def test_sarif_carries_waived_findings_as_suppressed() -> None:
    run = sarif(finding("x"), suppressed=(finding("y"),))
    assert [result.get("suppressions") for result in run["results"]] == [
        None,
        [{"kind": "inSource", "justification": "the reason"}],
    ]


def test_sarif_of_a_broken_run_is_no_success() -> None:
    invocation = sarif(errors=(("a.txt", "why"),))["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "why"


def test_sarif_fingerprints_hold_no_line() -> None:
    first, second = (sarif(finding(line=line))["results"][0]["partialFingerprints"] for line in (1, 9))
    assert first == second


@pytest.mark.parametrize(
    ("sample", "line"),
    [
        pytest.param(
            finding("100% bad\nsecond"),
            "::warning file=a.txt,line=1,col=2,title=toy%3A bad-word::100%25 bad\\nsecond",
            id="a percent sign, a new line",
        ),
        pytest.param(
            finding(path="a,b:c.txt", line=None, rule=toy.WORSE),
            "::error file=a%2Cb%3Ac.txt,title=toy%3A worse-word::member x, byte 7: bad",
            id="commas and colons in a path; no line",
        ),
        pytest.param(
            finding("::error::x", rule=toy.MINOR),
            "::notice file=a.txt,line=1,col=2,title=toy%3A minor-word::::error::x",
            id="a command inside a message stays inside",
        ),
    ],
)
def test_github_commands(sample: Finding, line: str) -> None:
    assert render(report(sample), "github") == line + "\n"


def test_github_shows_ten_of_a_level_and_counts_the_rest() -> None:
    many = [finding(f"bad {number}", line=number) for number in range(1, 31)]
    lines = render(report(*many, errors=(("x", "why"),)), "github").splitlines()
    assert len(lines) == 11
    assert lines[0] == "::error file=x,title=not checked::why"
    assert lines[-1] == "::warning title=mlhooks::21 warnings more: see the log or the step summary"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain ä 漢", "plain ä 漢", id="letters of any language"),
        pytest.param("a\x1b[2J\x07", "a\\x1b[2J\\x07", id="terminal commands"),
        pytest.param("a\u202eb", "a\\u202eb", id="text that runs backwards"),
        pytest.param("a\nb\rc", "a\\nb\\rc", id="line ends"),
        pytest.param("\ud83d", "\\ud83d", id="half a character"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_levels_are_ordered() -> None:
    assert Level.NOTE < Level.WARNING < Level.ERROR
    assert str(Level.ERROR) == "error"


def test_a_severity_of_its_own_gets_a_rule_of_its_band_in_sarif() -> None:
    """Code scanning reads the severity from the rule; the toy's rule has 5.0."""
    run = sarif(*(finding(text)._replace(severity=text) for text in ("9.8", "9.1", "5.5", "10.0")), finding("own"))
    named = {result["message"]["text"]: result["ruleId"] for result in run["results"]}
    critical = "bad-word/critical"
    assert named == {"9.8": critical, "9.1": critical, "10.0": critical, "5.5": "bad-word", "own": "bad-word"}
    rules = {rule["id"]: rule["properties"].get("security-severity") for rule in run["tool"]["driver"]["rules"]}
    assert rules["bad-word/critical"] == "10.0"
    assert rules["bad-word"] == "5.0"
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.parametrize("style", ["json", "sarif", "github"])
def test_counts_and_notices_are_in_every_format_for_programs(style: str) -> None:
    text = render(report()._replace(counts=(("seen", 2),), notices=("it is old",)), style)
    assert "it is old" in text
    if style == "json":
        assert json.loads(text)["summary"]["counts"] == {"seen": 2}


def test_sarif_keeps_to_the_limit_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlhooks.core.report.sarif.MAX_RESULTS", 3)
    run = sarif(*(finding(f"bad {number}") for number in range(4)), finding("worse", rule=toy.WORSE))
    assert [result["level"] for result in run["results"]] == ["error", "warning", "warning"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"] == "2 results are left out: 3 is the most"


def test_sarif_rules_have_what_code_scanning_shows() -> None:
    rule = sarif()["tool"]["driver"]["rules"][0]
    assert rule["properties"] == {
        "tags": ["security", "external/cwe/cwe-1"],
        "precision": "high",
        "security-severity": "5.0",
    }
    assert rule["help"]["text"] == "It is bad. Instead: Write good."
    assert "**Example**" in rule["help"]["markdown"]
    assert rule["helpUri"].endswith("#bad-word")


def test_the_most_severe_come_first() -> None:
    severe = finding("severe", rule=toy.BAD._replace(severity="9.9"))
    run = sarif(finding("a"), finding("b")._replace(severity="7.0"), severe, finding("c", rule=toy.WORSE))
    assert [result["message"]["text"] for result in run["results"]] == ["c", "severe", "b", "a"]


@pytest.mark.parametrize(
    ("path", "message", "line"),
    [
        pytest.param("::error::x.txt", "bad", "./::error::x.txt:1:2: warning: bad [bad-word]", id="first on the line"),
        pytest.param("  ::error::x", "bad", "./  ::error::x:1:2: warning: bad [bad-word]", id="behind blanks"),
        pytest.param("a", "##[error]x", "a:1:2: warning: #\\x23[error]x [bad-word]", id="the older form, anywhere"),
        pytest.param("##vso[a b]", "c", "#\\x23vso[a b]:1:2: warning: c [bad-word]", id="Azure's form, in a path"),
        pytest.param("a", "##teamcity[x]", "a:1:2: warning: #\\x23teamcity[x] [bad-word]", id="TeamCity's form"),
        pytest.param("a::b", "c ## d", "a::b:1:2: warning: c ## d [bad-word]", id="no command"),
    ],
)
def test_text_gives_no_orders_to_a_runner(path: str, message: str, line: str) -> None:
    assert render(report(finding(message, path=path)), "text") == line + "\n"


@pytest.mark.parametrize("style", ["json", "sarif"])
def test_nor_does_json_and_it_says_the_same(style: str) -> None:
    rendered = render(report(finding("##[error]x ###[y ##vso[z] ## a[", path="a")), style)
    assert not re.search(r"##\w*\[", rendered)
    assert "##[error]x ###[y ##vso[z] ## a[" in str(json.loads(rendered)).replace("\\", "")


def test_markdown_says_it_all() -> None:
    waived = finding("accepted", rule=toy.MINOR)
    result = report(finding(), finding("it runs", line=None, path="m.pkl", rule=toy.WORSE), suppressed=(waived,))
    text = render(result._replace(errors=[("x.txt", "it is torn")], notes=("2 of 3 files",)), "markdown")
    assert text.splitlines()[0].startswith("## mlhooks: 1 error, 1 warning in 3 files; 1 ignored with a reason")
    assert "\n> 2 of 3 files\n" in text
    assert "| <code>x.txt</code> | it is torn |" in text
    assert "| <code>toy</code> | 1 | 1 |  | 1 |" in text
    assert "| **error** | <code>m.pkl</code><br>member x, byte 7 | it runs | <code>worse-word</code> |" in text
    assert text.index("**error**") < text.index("**warning**")
    assert "| <code>a.txt\\:1</code> | <code>minor-word</code> | the reason |" in text


def test_markdown_of_a_clean_run_is_one_line() -> None:
    assert render(report(), "markdown") == "## mlhooks: nothing found in 3 files\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a|b", "a\\|b", id="a cell's border"),
        pytest.param("`rm` *x* _y_", "\\`rm\\` \\*x\\* \\_y\\_", id="markup"),
        pytest.param("[here](https://evil.test)", "\\[here\\](https\\://evil.test)", id="a link"),
        pytest.param("www.evil.test", "www\\.evil.test", id="a link without a sign"),
        pytest.param("<img src=x>", "\\<img src=x\\>", id="HTML"),
        pytest.param("@somebody", "@&#8203;somebody", id="a mention"),
        pytest.param("&lt;", "\\&lt;", id="an entity"),
        pytest.param("a\nb\x1b", "a\\\\nb\\\\x1b", id="a new line and a control character"),
        pytest.param("$x$ ~~y~~", "\\$x\\$ \\~\\~y\\~\\~", id="mathematics and strikes"),
        pytest.param("ordinary (text), 100% of it!", "ordinary (text), 100% of it!", id="ordinary text"),
    ],
)
def test_markdown_text_stays_text(text: str, shown: str) -> None:
    assert f"| {shown} |" in render(report(finding(text)), "markdown")


def test_markdown_shows_the_worst_and_stays_within_the_limit() -> None:
    many = [finding(f"bad {number} {'x' * 3000}", path="é" * 100) for number in range(150)]
    text = render(report(*many, finding("last", path="z", rule=toy.WORSE)), "markdown")
    assert text.index("last") < text.index("bad 0")
    assert "\n51 more are left out here.\n" in text
    assert len(text.encode()) < 1024 * 1024


def test_markdown_is_cut_between_lines_when_the_page_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlhooks.core.report.markdown.MAX_BYTES", 600)
    text = render(report(*(finding(f"bad {number}") for number in range(50))), "markdown")
    assert len(text.encode()) < 700
    assert text.endswith("lines left out: the page is full\n")
    assert all(line.endswith("|") for line in text.splitlines() if line.startswith("|"))
