"""Only what changed: which files are checked, whatever git has of the past, and which findings are new."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import toy
from repository import Repository, shallow_clone

from mlhooks.core import cli
from mlhooks.core.changes import changed_since, select
from mlhooks.core.config import ConfigError
from mlhooks.core.examine import House
from mlhooks.core.files import File, targets
from mlhooks.core.finding import Finding, Location, Options, Said


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    repository = Repository(tmp_path / "work")
    monkeypatch.chdir(repository.path)
    for name in [name for name in os.environ if name.startswith(("GIT_", "PRE_COMMIT"))]:
        monkeypatch.delenv(name)
    text = "one\ntwo\nthree\nfour\nfive\nsix bad\n"
    repository.commit({"old.txt": text, "gone.txt": "bad", "sub/deep.txt": "bad", "still.txt": "worse"})
    return repository


def chosen(revision: str = "HEAD", *paths: str) -> list[str]:
    changes = changed_since(revision)
    return [target.path for target in select(targets(paths or ["."]), changes, [toy.HOOK])]


def test_every_kind_of_change_is_seen(here: Repository) -> None:
    here.git("mv", "old.txt", "renamed.txt")
    here.put(
        {"new.txt": "bad", "gone.txt": None, "sub/deep.txt": "changed", ".gitignore": "junk.txt", "junk.txt": "bad"}
    )
    here.git("add", "new.txt")
    here.put({"untracked é\n.txt": "bad"})
    assert set(chosen()) == {"renamed.txt", "new.txt", "sub/deep.txt", ".gitignore", "untracked é\n.txt"}
    assert changed_since("HEAD").gone == {"gone.txt", "old.txt"}


def test_a_file_without_a_known_past_is_checked(here: Repository, tmp_path: Path) -> None:
    """Ignored, or outside of the repository: git cannot say that it has not changed."""
    here.commit({".gitignore": "made/\n"})
    here.put({"made/model.txt": "bad"})
    (tmp_path / "outside.txt").write_text("bad")
    outside = str(tmp_path / "outside.txt")
    assert chosen("HEAD", "made/model.txt", outside, "still.txt") == ["made/model.txt", outside]
    assert toy.run("--new-since", "HEAD", "made/model.txt", outside) == 1


def test_committed_changes_count_from_where_the_branches_parted(here: Repository) -> None:
    here.git("checkout", "-qb", "mine")
    here.commit({"mine.txt": "bad"})
    here.git("checkout", "-q", "main")
    here.commit({"theirs.txt": "bad"})
    here.git("checkout", "-q", "mine")
    assert chosen("main") == ["mine.txt"]


def test_a_clone_without_history_compares_two_trees(
    here: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = here.head
    after = here.commit({"new.txt": "bad"})
    clone = shallow_clone(here.path, tmp_path / "clone")
    monkeypatch.chdir(clone)
    with pytest.raises(ConfigError, match="git knows no revision"):
        changed_since(before)
    here.git("config", "uploadpack.allowAnySHA1InWant", "true")
    Repository.git(here, "-C", str(clone), "fetch", "-q", "--depth=1", "origin", before)
    assert chosen(before) == ["new.txt"]
    assert chosen(after) == []


def test_the_folder_one_stands_in_does_not_matter(here: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    here.put({"sub/deep.txt": "changed", "still.txt": "changed"})
    monkeypatch.chdir(here.path / "sub")
    assert chosen("HEAD") == ["deep.txt"]
    assert chosen("HEAD", "..") == ["../still.txt", "../sub/deep.txt"]
    assert chosen("HEAD", str(here.path / "still.txt")) == [str(here.path / "still.txt")]


@pytest.mark.parametrize("text", ["2", None])
def test_a_companion_stirs_the_files_that_are_judged_by_it(here: Repository, text: str | None) -> None:
    here.commit({"a.lock": "1", "a.md": "bad"})
    here.put({"a.lock": text})
    hook = toy.HOOK._replace(companions=r"\.lock$")
    found = select(targets(["."]), changed_since("HEAD"), [hook])
    assert [(target.path, target.only) for target in found if target.path.endswith((".txt", ".md"))] == [
        ("gone.txt", ("toy",)),
        ("old.txt", ("toy",)),
        ("still.txt", ("toy",)),
        ("sub/deep.txt", ("toy",)),
    ]


def judge_by_lock(file: File, options: Options) -> Iterator[Said]:
    """As many findings as the lock beside the file says."""
    lock = file.sibling("a.lock")
    for number in range(int(lock.text()) if lock else 0):
        yield Finding(toy.BAD, file.path, f"bad {number}", Location(1))


def test_of_a_file_that_did_not_change_only_new_findings_are_told(
    here: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    here.commit({"a.lock": "2"})
    hook = toy.HOOK._replace(companions=r"\.lock$", check=judge_by_lock)
    house = House(("toy",), str.isidentifier)
    assert cli.main([hook], ["--changed-since", "HEAD"], house, name="toy") == 0
    here.put({"a.lock": "3", "old.txt": "changed"})
    assert cli.main([hook], ["--changed-since", "HEAD"], house, name="toy") == 1
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert "checked the 2 of 5 files that changed since" in err
    assert ", and 3 for what that means to them\n" in err
    assert [line for line in lines if line.startswith("still.txt")] == ["still.txt:1: warning: bad 2 [bad-word]"]
    assert sum(line.startswith("old.txt") for line in lines) == 3


def test_how_many_files_were_chosen_is_told(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    here.put({"new.txt": "bad"})
    assert toy.run("--changed-since", "HEAD") == 1
    out, err = capsys.readouterr()
    assert out.startswith("new.txt:1:1")
    assert f"mlhooks: checked the 1 of 5 files that changed since {here.head[:10]}\n" in err


def test_nothing_changed_is_clean_and_says_so(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert toy.run("--changed-since", "HEAD") == 0
    assert "checked the 0 of 4 files" in capsys.readouterr().err


CONFIG = '[tool.mlhooks.toy]\nexclude = ["x"]\n'


@pytest.mark.parametrize(
    ("before", "after", "is_full"),
    [
        pytest.param(CONFIG, CONFIG + "strict = true\n", True, id="an option"),
        pytest.param("[project]\n", "[project]\n" + CONFIG, True, id="a new table"),
        pytest.param(CONFIG, None, True, id="the file is gone"),
        pytest.param(None, CONFIG, True, id="the file is new"),
        pytest.param("[broken\n" + CONFIG, CONFIG, True, id="it was broken"),
        pytest.param(CONFIG, "[project]\nname = 'x'\n" + CONFIG, False, id="something else in the file"),
        pytest.param("[project]\n", "[project]\nname = 'x'\n", False, id="a file without settings"),
    ],
)
def test_changed_settings_check_every_file(
    here: Repository, capsys: pytest.CaptureFixture[str], before: str | None, after: str | None, is_full: bool
) -> None:
    if before:
        here.commit({"pyproject.toml": before})
    here.put({"pyproject.toml": after})
    assert toy.run("--changed-since", "HEAD") == (1 if is_full else 0)
    assert ("the settings of mlhooks have changed" in capsys.readouterr().err) is is_full


def test_a_changed_baseline_checks_every_file(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    here.put({"base.jsonl": '{"mlhooks-baseline": 1}\n'})
    assert toy.run("--changed-since", "HEAD", "--baseline", "base.jsonl") == 1
    assert "the baseline has changed" in capsys.readouterr().err


def test_new_since_reports_only_what_is_new(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    here.git("mv", "old.txt", "renamed.txt")
    here.put({"sub/deep.txt": "\n\nbad\nbad", "renamed.txt": (here.path / "renamed.txt").read_text() + "worse\n"})
    assert toy.run("--new-since", "HEAD") == 1
    out, err = capsys.readouterr()
    assert [line.split(":")[:2] for line in out.splitlines()] == [["renamed.txt", "7"], ["sub/deep.txt", "4"]]
    assert "2 findings left out: there in" in err


def test_new_since_over_many_files(here: Repository) -> None:
    here.commit({f"many/{number}.txt": "bad" for number in range(120)})
    here.put({f"many/{number}.txt": "bad luck" for number in range(120)})
    assert toy.run("--new-since", "HEAD", "--jobs", "2") == 0
    here.put({"many/7.txt": "bad bad"})
    assert toy.run("--new-since", "HEAD", "--jobs", "2") == 1


@pytest.mark.parametrize("revision", ["no-such", "--upload-pack=touch x", "-x", "HEAD:old.txt", ""])
def test_a_revision_that_is_none_is_status_2(here: Repository, revision: str) -> None:
    assert toy.run(f"--changed-since={revision}") == (2 if revision else 1)
    assert not (here.path / "x").exists()


WAIVED = "bad  # mlhooks: ignore[bad-word] "
ALLOW = "[tool.mlhooks.toy]\nallow = [{path = 'x.txt', reason = 'why'}]\n"


@pytest.mark.parametrize(
    ("before", "after", "config", "is_new"),
    [
        pytest.param("bad", WAIVED + "why", "", True, id="a new comment"),
        pytest.param(WAIVED + "why", f"\n{WAIVED}why", "", False, id="a comment that moved"),
        pytest.param(WAIVED + "why", WAIVED + "because", "", True, id="a new reason"),
        pytest.param("good", "bad", ALLOW, True, id="a new entry of the configuration"),
        pytest.param(WAIVED + "why", "worse  # mlhooks: ignore[worse-word] why", "", True, id="for another rule"),
    ],
)
def test_new_acceptances_are_told(
    here: Repository, capsys: pytest.CaptureFixture[str], before: str, after: str, config: str, is_new: bool
) -> None:
    here.commit({"x.txt": before})
    here.put({"x.txt": after, "still.txt": "good", "gone.txt": "good", "sub/deep.txt": "good", "old.txt": "good"})
    if config:
        here.put({"pyproject.toml": config})
    assert toy.run("--changed-since", "HEAD", "--format", "markdown") == 0
    out = capsys.readouterr().out
    assert ("### Newly ignored in this change" in out) is is_new
    assert ("<summary>Ignored with a reason" in out) is not is_new


def test_an_old_comment_on_one_more_finding_is_new(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    here.commit({"x.txt": WAIVED + "why", "old.txt": "good"})
    here.put({"x.txt": f"{WAIVED}why\n{WAIVED}why"})
    assert toy.run("--changed-since", "HEAD", "--format", "markdown") == 0
    new, _, old = capsys.readouterr().out.partition("<details>")
    assert (new.count("| why |"), old.count("| why |")) == (2, 2), "the comment holds the word once more"


def test_an_old_entry_of_the_configuration_is_not_new(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    here.commit({"pyproject.toml": "[tool.mlhooks.toy]\nallow = [{path = '*.txt', reason = 'why'}]\n"})
    here.put({"x.txt": "bad"})
    assert toy.run("--changed-since", "HEAD", "--format", "markdown") == 0
    assert "Newly ignored" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("entry", "is_new"),
    [
        pytest.param("{path = 'x.txt', reason = 'why'}", True, id="another path for an old reason"),
        pytest.param("{path = 'old.txt', rule = 'bad-word', reason = 'why'}", False, id="a narrower entry"),
        pytest.param("{path = 'old.txt', reason = 'because'}", True, id="another reason"),
    ],
)
def test_an_entry_of_the_configuration_is_new_where_none_accepted_that(
    here: Repository, capsys: pytest.CaptureFixture[str], entry: str, is_new: bool
) -> None:
    quiet: dict[str, str | None] = {"gone.txt": "good", "still.txt": "good", "sub/deep.txt": "good", "old.txt": "good"}
    here.commit({"pyproject.toml": ALLOW.replace("x.txt", "old.txt"), "x.txt": "good", **quiet})
    here.put({"pyproject.toml": f"[tool.mlhooks.toy]\nallow = [{entry}]\n"})
    here.put({"x.txt" if "x.txt" in entry else "old.txt": "bad"})
    assert toy.run("--changed-since", "HEAD", "--format", "markdown") == 0
    assert ("Newly ignored" in capsys.readouterr().out) is is_new


def test_a_new_entry_of_the_baseline_is_told(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    from mlhooks.core import baseline_command

    baseline_command.main("baseline", ["write", "--reason", "old"], lambda: [toy.HOOK])
    here.commit()
    here.put({"x.txt": "bad"})
    baseline_command.main("baseline", ["update", "--reason", "new"], lambda: [toy.HOOK])
    capsys.readouterr()
    assert toy.run("--changed-since", "HEAD", "--baseline", ".mlhooks-baseline.jsonl", "--format", "markdown") == 0
    out = capsys.readouterr().out
    assert "<code>x.txt\\:1</code><br>word bad | <code>bad-word</code> | new |" in out.partition("<details>")[0]
    assert out.count("| old |") == 4


@pytest.mark.parametrize(
    ("name", "key"),
    [
        pytest.param("evil", "clean", id="a command"),
        pytest.param("evil", "process", id="a process"),
        pytest.param("e=vil.x", "clean", id="a name that an option would split"),
    ],
)
def test_a_filter_of_the_repository_is_not_run(here: Repository, tmp_path: Path, name: str, key: str) -> None:
    here.git("config", f"filter.{name}.{key}", f"touch '{tmp_path}/ran'; cat")
    here.git("config", f"filter.{name}.required", "true")
    here.put({".gitattributes": f"*.txt filter={name}", "old.txt": "changed bad"})
    os.utime("still.txt", (1, 1))
    assert chosen() == [".gitattributes", "old.txt"]
    assert toy.run("--changed-since", "HEAD") == 1
    assert not (tmp_path / "ran").exists()


def test_a_filter_of_the_person_is_run(here: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Git LFS is: the file on disk differs from what is committed, and has not changed."""
    for variable, value in {"COUNT": "1", "KEY_0": "filter.mine.clean", "VALUE_0": "tr B b"}.items():
        monkeypatch.setenv(f"GIT_CONFIG_{variable}", value)
    here.commit({".gitattributes": "gone.txt filter=mine"})
    here.put({"gone.txt": "Bad"})
    assert chosen() == []


def test_nothing_is_fetched_for_a_comparison(here: Repository, tmp_path: Path) -> None:
    """A partial clone that lacks a file: where to fetch it from is a setting of the repository."""
    lacking = here.git("rev-parse", "HEAD:old.txt").strip()
    here.commit({"old.txt": "other bad"})
    (here.path / ".git" / "objects" / lacking[:2] / lacking[2:]).unlink()
    for key, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::touch {tmp_path}/ran",
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
    }.items():
        here.git("config", key, value)
    assert toy.run("--new-since", "HEAD~1") == 1, "what it had is not known, so what it has counts as new"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("flags", [["--staged"], ["--new-since", "HEAD"], ["--changed-since", "HEAD"]])
def test_a_repository_that_git_refuses_is_told_with_the_reason(
    here: Repository, flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    here.git("config", "core.repositoryformatversion", "99")
    assert toy.run(*flags) == 2
    assert "expected git repo version <= 1, found 99" in capsys.readouterr().err.lower()


@pytest.mark.parametrize("flag", ["--new-since", "--changed-since"])
def test_settings_that_came_with_a_change_are_told(
    here: Repository, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    here.put({"pyproject.toml": '[tool.mlhooks.toy]\nexclude = ["**"]\n', "new.txt": "worse"})
    assert toy.run(flag, "HEAD") == 0
    assert "mlhooks: the settings of mlhooks have changed since" in capsys.readouterr().err
    here.commit()
    assert toy.run(flag, "HEAD") == 0
    assert "settings" not in capsys.readouterr().err
