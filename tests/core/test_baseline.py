"""The baseline: what was there may stay, what is new fails, and what is over is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import toy
from repository import Repository

from mlhooks.core import baseline, baseline_command
from mlhooks.core.baseline import HEADER, Entry, format_entries, parse
from mlhooks.core.config import ConfigError

FILE = ".mlhooks-baseline.jsonl"
PRINT = "0123456789abcdef" * 2


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    repository = Repository(tmp_path / "work")
    monkeypatch.chdir(repository.path)
    monkeypatch.delenv("PRE_COMMIT", raising=False)
    repository.put({"a.txt": "a bad day\n", "b.txt": "worse\nworse\n"})
    return repository


def command(*words: str) -> int:
    return baseline_command.main("baseline", words, lambda: [toy.HOOK])


def entry(**changes: str) -> str:
    row = {"path": "a.txt", "hook": "toy", "rule": "bad-word", "fingerprint": PRINT, "reason": "why"} | changes
    return json.dumps({key: value for key, value in row.items() if value})


def test_what_is_accepted_passes_and_what_is_new_fails(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("write", "--reason", "from before") == 0
    assert capsys.readouterr().out == f"{FILE}: 3 findings accepted (3 new, 0 dropped)\n"
    assert toy.run("--baseline", FILE) == 0
    assert capsys.readouterr().err == "mlhooks: nothing found in 2 files; 3 ignored with a reason\n"
    here.put({"a.txt": "new\n\n  a bad day and bad luck\n", "c.txt": "bad"})
    assert toy.run("--baseline", FILE) == 1
    assert [line.split(":")[:3] for line in capsys.readouterr().out.splitlines()] == [
        ["a.txt", "3", "17"],
        ["c.txt", "1", "1"],
    ], "the moved one is still accepted, its new neighbour is not"


def test_the_file_is_sorted_and_holds_no_line_number_and_no_time(here: Repository) -> None:
    command("write", "--reason", "from before")
    text = Path(FILE).read_text()
    lines = text.splitlines()
    assert lines[0] == HEADER
    assert lines[1:] == sorted(lines[1:])
    assert [set(json.loads(line)) for line in lines[1:]] == [{"path", "hook", "rule", "fingerprint", "reason"}] * 3
    here.put({"a.txt": "\n\n\na bad day\n"})
    assert command("update") == 0
    assert Path(FILE).read_text() == text


def test_findings_are_the_same_from_every_folder(here: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    here.put({"sub/c.txt": "bad"})
    command("write", "--reason", "from before")
    monkeypatch.chdir(here.path / "sub")
    assert toy.run("--baseline", f"../{FILE}", "..") == 0
    assert toy.run("--baseline", f"../{FILE}", "c.txt") == 0
    assert toy.run("--baseline", str(here.path / FILE), str(here.path)) == 0


def test_two_branches_that_accept_different_findings_merge(here: Repository) -> None:
    here.put({".gitattributes": f"{FILE} merge=union\n"})
    command("write", "--reason", "from before")
    here.commit()
    for branch, file in (("one", "c.txt"), ("two", "d.txt")):
        here.git("checkout", "-qb", branch, "main")
        here.put({file: "bad"})
        assert command("update", "--reason", branch) == 0
        here.commit()
    here.git("merge", "-q", "one", "-m", "both")
    assert toy.run("--baseline", FILE) == 0
    assert command("update") == 0, "and is brought into order"
    assert Path(FILE).read_text() == format_entries(baseline.read(FILE))


def test_update_keeps_reasons_drops_what_is_gone_and_needs_a_reason_for_what_is_new(
    here: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    command("write", "--reason", "from before")
    here.put({"a.txt": "a bad day, bad luck", "b.txt": None})
    capsys.readouterr()
    assert command("update") == 2
    assert capsys.readouterr().err == 'mlhooks: 1 finding to accept: say why with --reason "..."\n'
    assert len(baseline.read(FILE)) == 3, "nothing was written"
    assert command("update", "--reason", "a quote", "--expires", "9999-12-31") == 0
    assert "2 findings accepted (1 new, 2 dropped)" in capsys.readouterr().out
    assert sorted((item.reason, item.expires) for item in baseline.read(FILE)) == [
        ("a quote", "9999-12-31"),
        ("from before", ""),
    ]


def test_prune_drops_what_is_gone_and_accepts_nothing(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    command("write", "--reason", "from before")
    here.put({"a.txt": "a good day", "c.txt": "bad"})
    capsys.readouterr()
    assert toy.run("--baseline", FILE) == 1
    assert "1 of the findings accepted in .mlhooks-baseline.jsonl is gone: bad-word in a.txt" in capsys.readouterr().err
    assert command("prune") == 0
    assert {item.path for item in baseline.read(FILE)} == {"b.txt"}


def test_an_entry_is_stale_only_where_it_was_looked_for(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    command("write", "--reason", "from before")
    here.put({"a.txt": "a good day"})
    capsys.readouterr()
    assert toy.run("--baseline", FILE, "b.txt") == 0
    assert "gone" not in capsys.readouterr().err
    here.put({"a.txt": None})
    assert toy.run("--baseline", FILE, "b.txt") == 0
    assert "is gone" in capsys.readouterr().err, "a file that does not exist has been looked at enough"


def test_an_expired_entry_accepts_nothing_and_says_so(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    command("write", "--reason", "until we know", "--expires", "1999-12-31")
    capsys.readouterr()
    assert toy.run("--baseline", FILE) == 1
    assert f"3 acceptances in {FILE} expired: bad-word in a.txt, worse-word in b.txt" in capsys.readouterr().err
    assert command("show") == 0
    assert "a.txt: bad-word: until we know (until 1999-12-31) EXPIRED\n" in capsys.readouterr().out
    assert command("update", "--reason", "for good") == 0
    assert toy.run("--baseline", FILE) == 0


def test_write_leaves_a_file_that_is_there_alone(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    here.put({FILE: "precious"})
    assert command("write", "--reason", "x") == 2
    assert "is there already" in capsys.readouterr().err
    assert Path(FILE).read_text() == "precious"


def test_what_cannot_be_checked_cannot_be_accepted(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    here.put({"a.txt": "bad crash"})
    assert command("write", "--reason", "from before") == 2
    assert "could not check a.txt" in capsys.readouterr().err
    assert len(baseline.read(FILE)) == 3, "what was found is written all the same"
    assert toy.run("--baseline", FILE) == 2


def test_an_entry_of_a_file_that_cannot_be_checked_is_not_gone(
    here: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    command("write", "--reason", "from before")
    here.put({"a.txt": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"})
    capsys.readouterr()
    assert command("prune") == 2
    assert "could not check a.txt" in capsys.readouterr().err
    assert len(baseline.read(FILE)) == 3


def test_a_fixer_leaves_accepted_findings_alone(here: Repository) -> None:
    command("write", "--reason", "from before")
    here.put({"c.txt": "bad"})
    assert toy.run("--baseline", FILE, "--fix") == 1
    assert Path("a.txt").read_text() == "a bad day\n"
    assert Path("c.txt").read_text() == "good"


def test_an_odd_file_name_survives(here: Repository) -> None:
    with open(b"caf\xe9 \xf0\x9f\x98\x80\n.txt", "w") as file:
        file.write("bad")
    assert command("write", "--reason", "from before \x1b[31m") == 0
    assert Path(FILE).read_text().isascii()
    assert len(Path(FILE).read_text().splitlines()) == 5
    assert toy.run("--baseline", FILE) == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param(entry(reason=""), "needs a reason", id="no reason"),
        pytest.param(entry(reason="  "), "needs a reason", id="a blank reason"),
        pytest.param(entry(fingerprint="abc"), "32 hexadecimal digits", id="no fingerprint"),
        pytest.param(entry(expire="2027-01-01"), "has no key 'expire'", id="a typo"),
        pytest.param(entry(expires="soon"), "must be a day such as 2027-01-31", id="no day"),
        pytest.param("[1]", "must be an object of texts", id="a list"),
        pytest.param("{", "not a JSON object", id="torn"),
        pytest.param("[" * 100_000, "not a JSON object", id="nested without end"),
        pytest.param("<<<<<<< HEAD", "a merge conflict", id="a merge that was not finished"),
    ],
)
def test_a_line_that_cannot_be_followed_is_named(line: str, message: str) -> None:
    with pytest.raises(ConfigError, match="b.jsonl:3.*" + message):
        parse(f"{HEADER}\n\n{line}\n", "b.jsonl")


@pytest.mark.parametrize("text", ["", "\n", entry() + "\n", "\x1f\x8b\0"])
def test_what_is_no_baseline_accepts_nothing(text: str) -> None:
    with pytest.raises(ConfigError, match="is no baseline"):
        parse(text, "b.jsonl")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        pytest.param(entry(), [""], id="for good"),
        pytest.param(entry(expires="20270131"), ["2027-01-31"], id="a day, written short"),
        pytest.param(f"{entry()}\n{HEADER}\n{entry()}", [""], id="both sides of a merge"),
    ],
)
def test_lines_that_can_be_followed(text: str, days: list[str]) -> None:
    entries = parse(f"{HEADER}\n{text}\n", "b.jsonl")
    assert [item.expires for item in entries] == days
    assert parse(format_entries(entries), "b.jsonl") == entries == [Entry(*entries[0])]


@pytest.mark.parametrize("words", [[], ["accept"], ["write", "--no-such-flag"]])
def test_a_wrong_command_is_status_2(here: Repository, words: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        command(*words)
    assert exit_.value.code == 2


def test_a_day_that_is_none_is_refused(here: Repository) -> None:
    assert command("write", "--expires", "soon", "--reason", "x") == 2
    assert not Path(FILE).exists()
