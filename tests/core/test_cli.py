"""The command line: what is printed where, and the exit status."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import toy

from mlhooks.core import arguments, cli, flags


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("GIT_", "PRE_COMMIT")):
            monkeypatch.delenv(name)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("text", "flags", "status"),
    [
        pytest.param("good", [], 0, id="clean"),
        pytest.param("bad", [], 1, id="a warning fails"),
        pytest.param("minor", [], 0, id="a note does not"),
        pytest.param("minor", ["--fail-on", "note"], 1, id="unless asked"),
        pytest.param("bad", ["--fail-on", "error"], 0, id="nor a warning when only errors should"),
        pytest.param("worse", ["--fail-on", "error"], 1, id="an error always"),
        pytest.param("unclear", ["--strict"], 2, id="cannot judge is not clean"),
        pytest.param("bad unclear", ["--strict"], 2, id="broken wins over found"),
        pytest.param("crash", [], 2, id="a crash is broken"),
        pytest.param("unclear", [], 0, id="a quiet option stays quiet"),
        pytest.param("worse  # mlhooks: ignore[worse-word] why", [], 0, id="waived"),
    ],
)
def test_exit_status(here: Path, text: str, flags: list[str], status: int) -> None:
    write(here / "a.txt", text)
    assert toy.run(*flags, "a.txt") == status


def test_the_line_that_a_user_reads(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "docs" / "a.txt", "fine\na bad day\n")
    assert toy.run() == 1
    out, err = capsys.readouterr()
    assert out == "docs/a.txt:2:3: warning: word bad: bad is not good [bad-word]\n"
    assert err == "mlhooks: 1 warning in 1 file\n"


def test_under_pre_commit_there_is_no_total_of_a_part(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRE_COMMIT", "1")
    write(here / "a.txt", "bad")
    assert toy.run("a.txt") == 1
    assert capsys.readouterr().err == ""


def test_json_is_the_contract(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "a.txt", "a bad day\nworse # mlhooks: ignore[worse-word] told\nunclear")
    assert toy.run("--format", "json", "--strict") == 2
    report = json.loads(capsys.readouterr().out)
    fingerprint = report["findings"][0].pop("fingerprint")
    assert len(fingerprint) == 32
    assert report["tool"]["name"] == "mlhooks"
    assert report["version"] == 1
    assert report["findings"] == [
        {
            "hook": "toy",
            "rule": "bad-word",
            "level": "warning",
            "message": "bad is not good",
            "path": "a.txt",
            "line": 1,
            "column": 3,
            "where": "word bad",
        }
    ]
    assert report["errors"] == [{"path": "a.txt", "message": "it is unclear"}]
    assert report["summary"] == {"files": 1, "findings": 1, "suppressed": 2}


def test_a_fingerprint_survives_moved_lines_and_tells_repeats_apart(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fingerprints(text: str) -> list[str]:
        write(here / "a.txt", text)
        toy.run("--format", "json", "a.txt")
        return [finding["fingerprint"] for finding in json.loads(capsys.readouterr().out)["findings"]]

    before = fingerprints("bad\nbad\n")
    assert before == fingerprints("new\n\nbad\nfine\n   bad\n")
    # Baselines in repositories rest on this very hash.
    assert before == [sha256(f"toy\0bad-word\0a.txt\0bad is not good\0{n}".encode()).hexdigest()[:32] for n in (1, 2)]


def test_a_crash_tells_the_place_and_never_the_content(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "a.txt", "bad crash")
    write(here / "b.txt", "bad")
    assert toy.run() == 2
    out, err = capsys.readouterr()
    assert "hunter2" not in out + err
    assert "Traceback" not in out + err
    assert "could not check a.txt: toy failed on it: ZeroDivisionError at" in err
    assert out.count("bad-word") == 2, "what was found before, and in other files, still counts"


def test_output_goes_to_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "a.txt", "bad")
    assert toy.run("--format", "json", "--output", "report.json", "a.txt") == 1
    assert capsys.readouterr().out == ""
    assert json.loads((here / "report.json").read_text())["summary"]["findings"] == 1
    assert toy.run("--output", "no/such/folder/report.json", "a.txt") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--config", "missing.toml"], "could not read missing.toml", id="no such configuration"),
        pytest.param(["--baseline", "x"], "could not read x", id="no such baseline"),
        pytest.param(["--fix", "--staged"], "use one of them", id="flags that exclude each other"),
        pytest.param(["--fix", "--new-since", "HEAD"], "use one of them", id="mending what was compared"),
        pytest.param(["--changed-since", "A", "--new-since", "B"], "use one of them", id="two ways to choose files"),
        pytest.param(["--changed-since", "HEAD"], "only a git repository knows", id="no repository to compare with"),
        pytest.param(["--exclude", "[b-a]"], "--exclude '[b-a]' is no glob", id="a class the wrong way"),
        pytest.param(["--staged"], "git could not read the index", id="no repository to read the index of"),
    ],
)
def test_what_cannot_be_followed_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert toy.run(*arguments) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "flag", ["--no-such-flag", "--strit", "--most=-1", "--most=x", "--style=odd", "--fail-on=all", "--report=sarf=x"]
)
def test_a_wrong_flag_is_status_2(here: Path, flag: str) -> None:
    with pytest.raises(SystemExit) as exit_:
        toy.run(flag)
    assert exit_.value.code == 2


def test_flags_win_over_the_configuration(here: Path) -> None:
    write(here / "a.txt", "unclear")
    write(here / "pyproject.toml", "[tool.mlhooks.toy]\nstrict = true\n")
    assert toy.run("a.txt") == 2
    assert toy.run("--no-strict", "a.txt") == 0


def test_excluded_files_are_left_out_even_when_named(here: Path) -> None:
    write(here / "docs" / "a.txt", "bad")
    write(here / "pyproject.toml", "[tool.mlhooks.toy]\nexclude = ['docs']\n")
    assert toy.run("docs/a.txt") == 0
    write(here / "b.txt", "bad")
    assert toy.run() == 1
    assert toy.run("--exclude", "b.*") == 0


def test_a_named_file_is_checked_whatever_its_name(here: Path) -> None:
    write(here / "a.odd", "bad")
    assert toy.run() == 0
    assert toy.run("a.odd") == 1


def test_a_missing_file_is_not_clean(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert toy.run("gone.txt") == 2
    assert "could not check gone.txt: there is no such file" in capsys.readouterr().err


def test_fix_mends_reports_the_rest_and_fails_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "a.txt", "bad\n")
    assert toy.run("--fix", "a.txt") == 1
    assert "changed a.txt" in capsys.readouterr().err
    assert (here / "a.txt").read_text() == "good\n"
    assert toy.run("--fix", "a.txt") == 0
    write(here / "b.txt", "bad # mlhooks: ignore[bad-word] told\nworse")
    assert toy.run("--fix=strip", "b.txt") == 1
    assert (here / "b.txt").read_text().startswith("bad"), "what was waived stays"


def test_an_action_prints_instead_of_checking(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "a.txt", "bad\x1b[2J")
    assert toy.run("a.txt", "--words") == 0
    assert capsys.readouterr().out == "> a.txt: bad\\x1b[2J\n"
    assert toy.run("--words", "* ", "a.txt") == 0
    assert capsys.readouterr().out.startswith("* a.txt")


def test_staged_reads_the_index_and_not_the_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@t.test")
        subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)

    git("init", "-q")
    write(here / "old.txt", "bad")
    git("add", ".")
    git("commit", "-qm", "start")
    write(here / "sub" / "a.txt", "a bad day")
    git("add", ".")
    write(here / "sub" / "a.txt", "good")
    assert toy.run("--staged") == 1
    assert capsys.readouterr().out.startswith("sub/a.txt:1:3:")
    assert toy.run("sub/a.txt") == 0
    assert toy.run("--staged", "old.txt") == 0, "what was committed before is not staged"


def test_many_files_go_over_all_cores_in_the_same_order(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(130):
        write(here / f"{number:03}.txt", "bad\n" * (number % 3))
    one = (toy.run("--jobs", "1"), capsys.readouterr().out)
    many = (toy.run("--jobs", "3"), capsys.readouterr().out)
    assert one == many
    assert one[1].count("\n") == 129


def test_hostile_names_and_text_reach_no_terminal(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\x1b[31m\n::error::forged.txt"
    (here / "x").mkdir()
    write(here / "x" / "fine.txt", "good")
    os.rename(here / "x" / "fine.txt", os.path.join("x", name.replace("/", "_")))
    with open(os.path.join("x", name), "w") as file:
        file.write("bad")
    for style in ("text", "json", "github", "sarif"):
        assert toy.run("--format", style, "x") == 1
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert not any(line.startswith("::error::forged") for line in out.splitlines())


def test_a_name_that_is_no_unicode_is_reported(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = b"caf\xe9.txt"
    with open(name, "w") as file:
        file.write("bad")
    for style in ("text", "json", "github", "sarif"):
        assert toy.run("--format", style) == 1
        assert "caf" in capsys.readouterr().out


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_output_survives_every_locale(here: Path, locale: str) -> None:
    write(here / "é.txt", "bad")
    program = "import sys; sys.path[:0] = sys.argv[1:3]; import toy; sys.exit(toy.run())"
    folders = [str(Path(toy.__file__).parent), str(Path(toy.cli.__file__).parents[2])]
    environment = {"LC_ALL": locale, "PATH": os.environ["PATH"], "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    result = subprocess.run(
        [sys.executable, "-c", program, *folders], capture_output=True, env=environment, check=False
    )
    assert (result.returncode, result.stdout.count(b"[bad-word]")) == (1, 1), result.stderr


def test_colour_is_for_terminals_and_can_be_refused(here: Path) -> None:
    pty = pytest.importorskip("pty", reason="terminals are a Unix thing")
    write(here / "a.txt", "bad")
    program = "import sys; sys.path[:0] = sys.argv[1:3]; import toy; sys.exit(toy.run('a.txt'))"
    folders = [str(Path(toy.__file__).parent), str(Path(toy.cli.__file__).parents[2])]

    def output(**extra: str) -> bytes:
        parent, child = pty.openpty()
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm", **extra}
        command = [sys.executable, "-c", program, *folders]
        subprocess.run(command, stdout=child, stderr=subprocess.DEVNULL, env=environment, check=False)
        os.close(child)
        text = os.read(parent, 10_000)
        os.close(parent)
        return bytes(text)

    assert b"\x1b[33mwarning\x1b[0m" in output()
    assert b"\x1b" not in output(NO_COLOR="1")
    assert b"\x1b" not in output(TERM="dumb")


def test_counts_add_up(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.txt", "b.txt"):
        write(here / name, "count\nworse # mlhooks: ignore[worse-word] told")
    assert toy.run() == 0
    assert "4 lines seen" in capsys.readouterr().err


def test_what_a_hook_says_beforehand_is_said_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.txt", "b.txt"):
        write(here / name, "fine")
    assert toy.run("--most", "1") == 0
    assert capsys.readouterr().err.count("mlhooks: the dictionary is old\n") == 1


def test_a_hook_that_cannot_check_anything_is_an_error(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "a.txt", "bad")
    assert toy.run("--most", "0") == 2
    assert capsys.readouterr().err == "mlhooks: there is no dictionary\n"


def test_among_all_hooks_one_that_cannot_check_is_left_out_and_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(here / "a.txt", "bad")
    write(here / "pyproject.toml", "[tool.mlhooks.other]\nmost = 0")
    house = cli.House(("toy", "other"), {"bad-word"}.__contains__)
    assert cli.main([toy.HOOK, toy.HOOK._replace(id="other")], ["--format", "json", "a.txt"], house, name="all") == 1
    report = json.loads(capsys.readouterr().out)
    assert [finding["hook"] for finding in report["findings"]] == ["toy"]
    assert report["notices"] == ["other was left out: there is no dictionary"]


def test_conclusions_are_drawn_from_whole_folders_only(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "a.txt", "worse # mlhooks: ignore[worse-word] told")
    toy.run()
    assert "mlhooks: 2 waived" in capsys.readouterr().err
    toy.run("a.txt")
    assert "waived" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["--exclude=*", "--fail-on=error", "-x", "--no-strict"])
def test_a_file_cannot_be_an_option(here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    write(here / name, "fine")
    write(here / "a.txt", "bad")
    assert toy.run(name, "a.txt") == 2
    assert "reads like an option" in capsys.readouterr().err
    assert toy.run("--", name, "a.txt") == 1
    assert toy.run() == 1, "in a folder it is a file like others"


def test_nor_can_one_pass_for_the_end_of_the_options(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "--", "worse")
    write(here / "a.txt", "fine")
    assert toy.run("--", "a.txt") == 2
    assert "'--' is a file here" in capsys.readouterr().err
    assert toy.run("a.txt") == 0


@pytest.mark.parametrize("words", [[], ["a.txt"], ["a.txt", "sub/b c.txt"]], ids=["nothing", "a path", "paths"])
def test_paths_alone_mean_the_same_with_and_without_the_parser(words: list[str]) -> None:
    parsed = vars(flags.parsed([toy.HOOK], words, "toy"))
    quick = vars(arguments.parse([toy.HOOK], words, "toy"))
    assert {name: value for name, value in parsed.items() if name in quick or value is not None} == quick


CONFIGURATION = """
[tool.mlhooks.toy]
exclude = ["docs/old/**", "/top.txt"]
allow = [{path = "src/*.txt", reason = "known"}]
"""


@pytest.mark.parametrize(
    ("stand", "words", "lines"),
    [
        pytest.param("", [], ["docs/new/a.txt"], id="at the top"),
        pytest.param("docs", [], ["new/a.txt"], id="in a folder"),
        pytest.param("docs/old", ["."], [], id="in one that is left out"),
        pytest.param("docs/old", ["a.txt"], [], id="a file of it"),
        pytest.param("src", [], [], id="in one that is accepted"),
        pytest.param("src", ["../docs", "../top.txt"], ["../docs/new/a.txt"], id="from the side"),
        pytest.param("src", ["{top}/docs/old", "{top}/src"], [], id="by a full path"),
        pytest.param(
            "src", ["--config", "../pyproject.toml", "../docs"], ["../docs/new/a.txt"], id="named, from below"
        ),
        pytest.param("docs", ["--exclude", "new/*"], [], id="a glob of the command line is of the current folder"),
        pytest.param("src", ["--exclude", "docs", "../docs"], [], id="or of a folder's name anywhere"),
    ],
)
def test_globs_of_the_configuration_mean_the_same_everywhere(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stand: str,
    words: list[str],
    lines: list[str],
) -> None:
    write(here / "pyproject.toml", CONFIGURATION)
    for name in ("top.txt", "docs/old/a.txt", "docs/new/a.txt", "src/a.txt"):
        write(here / name, "bad")
    subprocess.run(["git", "init", "-q"], check=True)
    monkeypatch.chdir(here / stand)
    toy.run(*(word.format(top=here) for word in words))
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == lines


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no such device here")
@pytest.mark.parametrize("name", ["pyproject.toml", "a.txt", "old.jsonl"])
def test_a_link_to_a_device_is_not_read(here: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (here / name).symlink_to("/dev/zero")
    flags = ["--baseline", name] if name.endswith(".jsonl") else []
    assert toy.run(*flags, "a.txt") == 2
    assert f"{name}: it is not a regular file" in capsys.readouterr().err


@pytest.fixture
def staged(here: Path) -> Path:
    """A repository with two staged files, a link and a submodule."""
    for folder in (here, here / "module"):
        folder.mkdir(exist_ok=True)
        subprocess.run(["git", "init", "-q", folder], check=True)
    identity = ("-c", "user.name=t", "-c", "user.email=t@t.test")
    subprocess.run(["git", *identity, "commit", "-qm", "x", "--allow-empty"], cwd=here / "module", check=True)
    write(here / "a[1].txt", "bad")
    write(here / "sub" / "deep" / "b.txt", "bad")
    (here / "bad link.txt").symlink_to("bad")
    subprocess.run(["git", "add", "--all"], cwd=here, check=True, capture_output=True)
    return here


@pytest.mark.parametrize(
    ("stand", "paths", "lines"),
    [
        pytest.param("", [], ["a[1].txt", "sub/deep/b.txt"], id="all of it, but for links and submodules"),
        pytest.param("sub", [], ["../a[1].txt", "deep/b.txt"], id="also from a folder"),
        pytest.param("sub", ["."], ["deep/b.txt"], id="only the folder"),
        pytest.param("sub/deep", ["../.."], ["../../a[1].txt", "b.txt"], id="what is above it"),
        pytest.param("", ["a[1].txt"], ["a[1].txt"], id="a name is no pattern"),
        pytest.param("", ["*.txt"], [], id="nor is a pattern one"),
    ],
)
def test_what_is_staged_is_found_from_everywhere(
    staged: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stand: str,
    paths: list[str],
    lines: list[str],
) -> None:
    monkeypatch.chdir(staged / stand)
    assert toy.run("--staged", *paths) == bool(lines)
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == lines


@pytest.mark.parametrize(
    ("style", "pattern"), [("sarif", r'"uri": "(.*)"'), ("github", r"file=([^,]*),"), ("json", r'"path": "(.*)"')]
)
@pytest.mark.parametrize("word", [".", "../src", "{top}/src", "a.txt"])
def test_a_code_host_gets_the_paths_of_the_repository(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], style: str, pattern: str, word: str
) -> None:
    write(here / "src" / "a.txt", "bad unclear")
    subprocess.run(["git", "init", "-q"], check=True)
    monkeypatch.chdir(here / "src")
    assert toy.run("--format", style, "--strict", word.format(top=here)) == 2
    own = {"../src": "../src/a.txt", "{top}/src": f"{here}/src/a.txt"}.get(word, "a.txt")
    path = own if style == "json" else "src/a.txt"
    assert re.findall(pattern, capsys.readouterr().out) == [path, path]
