"""`mlhooks init`: what it proposes, that it asks, and that it changes no byte of what people wrote."""

from __future__ import annotations

import builtins
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from repository import Repository
from users import ROOT, program, run

from mlhooks import demo
from mlhooks import init as command
from mlhooks.__main__ import HOOKS, load_all
from mlhooks.init import edit, texts
from mlhooks.init.look import AT_COMMIT, TELLING, look

HOOK_SET = load_all()
OURS = {"repo": texts.HOME, "rev": texts.REVISION}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    repository = Repository(tmp_path / "work")
    monkeypatch.chdir(repository.path)
    return repository


def init(*words: str) -> int:
    return command.main("init", ["--offline", *words], load_all)


def test_what_could_not_be_checked_for_the_baseline_is_told(
    here: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    here.put({"a.ipynb": "torn {"})
    assert init("--yes") == 0
    assert "could not check a.ipynb: " in capsys.readouterr().out


# --- what fits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paths", "more"),
    [
        pytest.param(["a.c"], set(), id="any repository"),
        pytest.param(
            ["eda.ipynb"], {"notebook-data", "unpinned-dependencies"}, id="a notebook shows data and installs"
        ),
        pytest.param(["report.qmd"], {"notebook-data"}, id="Quarto"),
        pytest.param(["services/requirements-dev.txt"], {"unpinned-dependencies"}, id="requirements"),
        pytest.param(["docker/Dockerfile.gpu"], {"unpinned-dependencies"}, id="an image"),
        pytest.param(["notes/requirements.md", "ipynb.txt"], set(), id="words that only look so"),
    ],
)
def test_the_hooks_that_fit(paths: list[str], more: set[str]) -> None:
    assert set(look(paths, HOOK_SET).hooks) == {"leaked-secrets", "unsafe-models"} | more


def test_every_hook_for_commits_is_a_hook_and_has_telling_files() -> None:
    assert set(AT_COMMIT) <= set(HOOKS)
    assert set(TELLING) <= set(AT_COMMIT)


def test_other_peoples_folders_are_left_to_them() -> None:
    paths = ["requirements.txt", "third_party/x/requirements.txt", "a/vendor/eda.ipynb", "vendored.txt"]
    seen = look(paths, HOOK_SET)
    assert seen.vendored["unpinned-dependencies"] == ("a/vendor", "third_party")
    assert seen.vendored["notebook-data"] == ("a/vendor",)
    assert "leaked-secrets" not in seen.vendored, "a token is a token, whoever wrote the code around it"


# --- the whole command ------------------------------------------------------------------------------------------------


def test_a_repository_without_anything(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    here.commit({"train.py": "import os\n", "requirements.txt": "numpy==2.1.3\n", ".github/CODEOWNERS": "* @me\n"})
    assert init("--yes") == 0
    out = capsys.readouterr().out
    config = yaml.safe_load(Path(".pre-commit-config.yaml").read_text())
    assert [hook["id"] for hook in config["repos"][0]["hooks"]] == [
        "leaked-secrets",
        "unpinned-dependencies",
        "unsafe-models",
    ]
    assert config["repos"][0] | {"hooks": []} == OURS | {"hooks": []}
    assert Path(".github/workflows/mlhooks.yml").is_file()
    assert not Path("pyproject.toml").exists()
    assert not Path(".mlhooks-baseline.jsonl").exists(), "nothing to accept"
    assert out.endswith("git add .pre-commit-config.yaml .github/workflows/mlhooks.yml && pre-commit install\n")
    assert init("--yes") == 0
    assert capsys.readouterr().out == "nothing to do: the hooks are set up\n"


def test_an_old_repository_starts_clean(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    for name, data in demo.project().items():
        (here.path / name).write_bytes(data)
    here.commit()
    assert init("--yes") == 0
    assert "findings of today, accepted as: there before mlhooks" in capsys.readouterr().out
    config = yaml.safe_load(Path(".pre-commit-config.yaml").read_text())
    assert all(hook["args"] == ["--baseline", ".mlhooks-baseline.jsonl"] for hook in config["repos"][0]["hooks"])
    result = run([program("mlhooks"), "all", "--baseline", ".mlhooks-baseline.jsonl"], here.path)
    assert (result.returncode, result.stdout) == (0, ""), "what we wrote passes our own hooks"


def test_without_github_there_is_no_workflow(here: Repository) -> None:
    here.commit({"train.py": "import os\n"})
    assert init("--yes") == 0
    assert not Path(".github").exists()


@pytest.mark.parametrize("words", [["--dry-run"], ["--dry-run", "--yes"], []])
def test_nothing_is_written_unasked(
    here: Repository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    here.commit({"train.py": "import os\n"})
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert init(*words) == 0
    assert "+  - repo: " in capsys.readouterr().out
    assert not Path(".pre-commit-config.yaml").exists()


@pytest.mark.parametrize(("answer", "is_written"), [("y", True), ("YES ", True), ("", False), ("no", False)])
def test_a_person_is_asked(here: Repository, monkeypatch: pytest.MonkeyPatch, answer: str, is_written: bool) -> None:
    here.commit({"train.py": "import os\n"})
    monkeypatch.setattr(command, "_agrees", command._agrees)
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": staticmethod(lambda: True)})())
    monkeypatch.setattr(builtins, "input", lambda prompt: answer)
    assert init() == 0
    assert Path(".pre-commit-config.yaml").exists() is is_written


def test_a_file_that_cannot_be_added_to_is_left_alone(here: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    here.commit({".pre-commit-config.yaml": "repos: [\n", "train.py": "import os\n"})
    assert init("--yes") == 0
    out = capsys.readouterr().out
    assert ".pre-commit-config.yaml was left alone: it is not valid YAML" in out
    assert out.endswith("nothing written; the rest is left to you\n")
    assert Path(".pre-commit-config.yaml").read_text() == "repos: [\n"


def test_nothing_is_written_behind_a_link(here: Repository, tmp_path: Path) -> None:
    for name in ("precious.yaml", "elsewhere"):
        (tmp_path / name).mkdir() if name == "elsewhere" else (tmp_path / name).write_text(CONFIGS["indented"])
    (here.path / ".pre-commit-config.yaml").symlink_to(tmp_path / "precious.yaml")
    (here.path / ".github").symlink_to(tmp_path / "elsewhere")
    here.commit({"train.py": "import os\n"})
    assert init("--yes") == 0
    assert (tmp_path / "precious.yaml").read_text() == CONFIGS["indented"]
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_workflow_of_theirs_is_left_alone(here: Repository) -> None:
    here.commit({".github/workflows/mlhooks.yml": "mine", "train.py": "import os\n"})
    assert init("--yes") == 0
    assert Path(".github/workflows/mlhooks.yml").read_text() == "mine"


def test_it_works_from_a_folder_below(here: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    here.commit({"sub/train.py": "import os\n"})
    monkeypatch.chdir(here.path / "sub")
    assert init("--yes") == 0
    assert (here.path / ".pre-commit-config.yaml").is_file()


def test_outside_of_a_repository_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert init() == 2


# --- additions change nothing else ------------------------------------------------------------------------------------

# ruff: noqa: E501  # a configuration is easier to compare on one line
CONFIGS = {
    "indented": "repos:\n  - repo: https://a.test/b\n    rev: v1\n    hooks:\n      - id: x\n",
    "not indented": "repos:\n- repo: https://a.test/b\n  rev: v1\n  hooks:\n  - id: x\n    args: ['--a',   \"--b\"]\n",
    "comments around": "# top\nrepos:   # all\n  - repo: local # here\n    hooks:\n      - id: x\n# end\n\nci:\n  a: [x]\n",
    "keys that follow": "repos:\n  - repo: local\n    hooks:\n      - id: x\n\n\nexclude: ^docs/\nfail_fast: true\n",
    "no line end": "repos:\n  - repo: local\n    hooks:\n      - id: x",
    "Windows": "repos:\r\n  - repo: local\r\n    hooks:\r\n      - id: x\r\n",
    "flow hooks": "repos:\n  - repo: local\n    hooks: [{id: x}, {id: y}]\n",
    "a text block at the end": "repos:\n  - repo: local\n    hooks:\n      - id: x\n        y: >-\n          ^a\n          $\n\n\nci: {}\n",
    "anchors": "x: &a {id: q}\nrepos:\n  - repo: local\n    hooks:\n      - *a\n",
    "a long line": "repos:\n  - repo: local\n    hooks:\n      - id: x\n        description: " + "word " * 60 + "\n",
    "tabs in texts and non-ASCII": "repos:\n  - repo: local\n    hooks:\n      - id: x\n        name: \"ä\\t☃\"\n",
}  # fmt: skip


def added(text: str, hooks: tuple[str, ...] = ("leaked-secrets", "unsafe-models")) -> str:
    return edit.add_repository(
        text,
        texts.HOME,
        hooks,
        lambda dash, inner: texts.pre_commit_block(hooks, dash, inner, has_baseline=False),
        lambda missing, dash: texts.hook_lines(missing, dash, has_baseline=False),
    )


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in CONFIGS.items()])
def test_a_configuration_keeps_every_byte(text: str) -> None:
    after = added(text)
    new = "".join(line for line in after.splitlines(keepends=True) if line not in text.splitlines(keepends=True))
    assert len(after) >= len(text) + len(new) - 2
    position = after.index(texts.HOME)
    start = after.rindex("\n", 0, position) + 1
    block = "".join(after[start:].splitlines(keepends=True)[:5])
    assert after.replace(block, "") in (text, text + "\n")
    assert yaml.safe_load(after)["repos"][:-1] == yaml.safe_load(text)["repos"]
    assert yaml.safe_load(after)["repos"][-1] == OURS | {"hooks": [{"id": "leaked-secrets"}, {"id": "unsafe-models"}]}
    assert added(after) == after, "and only once"


def test_hooks_that_are_missing_join_the_entry_that_is_there() -> None:
    entry = f"- repo: {texts.HOME}.git\n  rev: v0.0.1 # mine\n  hooks:\n  - id: leaked-secrets\n    exclude: ^x\n"
    text = f"repos:\n{entry}# end\n"
    assert added(text) == text.replace("# end\n", "  - id: unsafe-models\n# end\n")


BOMB = (
    "a0: &a0 [x, x]\n"
    + "".join(f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]\n" for number in range(1, 12))
    + "repos:\n  - repo: local\n    hooks:\n      - *a11\n"
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("repos: []\n", id="an empty list"),
        pytest.param("repos: [{repo: local, hooks: [{id: x}]}]\n", id="all on one line"),
        pytest.param("- a\n", id="a list"),
        pytest.param("a: 1\n", id="no repositories"),
        pytest.param("repos: {\n", id="broken"),
        pytest.param("[" * 100_000, id="nested without end"),
        pytest.param(BOMB, id="a billion laughs"),
        pytest.param("repos:\n  - repo: local\n    hooks: []\n---\nrepos: 1\n", id="two documents"),
    ],
)
def test_what_cannot_be_added_to_is_not_touched(text: str) -> None:
    with pytest.raises(edit.ByHand):
        added(text)


TABLE = {"unpinned-dependencies": texts.exclude_table("unpinned-dependencies", ["vendor"])}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[project]\nname   =  'x' # why\n", id="a project"),
        pytest.param("[project]\nname = 'x'", id="no line end"),
        pytest.param("[project]\r\nname = 'x'\r\n", id="Windows"),
        pytest.param("[tool.mlhooks.unsafe-models]\nexclude = ['x']\n[tool.ruff]\n", id="another of our tables"),
        pytest.param("", id="empty"),
    ],
)
def test_a_project_file_keeps_every_byte(text: str) -> None:
    after = edit.add_tables(text, TABLE)
    assert after.startswith(text)
    assert tomllib.loads(after)["tool"]["mlhooks"]["unpinned-dependencies"] == {"exclude": ["vendor/"]}
    assert edit.add_tables(after, TABLE) == after


@pytest.mark.parametrize(
    "text", ["[broken\n", "tool = {mlhooks = {}}\n", "[tool]\nmlhooks = {unsafe-models = {}}\n", "tool = 1\n"]
)
def test_a_project_file_of_an_odd_shape_is_not_touched(text: str) -> None:
    with pytest.raises(edit.ByHand):
        edit.add_tables(text, TABLE)


# --- what is written is right -----------------------------------------------------------------------------------------


def test_the_revisions_of_actions_are_the_same_everywhere() -> None:
    found: dict[str, set[str]] = {}
    pages = [ROOT / "action.yml", ROOT / "README.md", *(ROOT / ".github").rglob("*.yml")]
    pages_text = [page.read_text(encoding="utf-8") for page in pages] + [texts.workflow("x@y", has_baseline=True)]
    for text in pages_text:
        for action, revision in re.findall(r"uses: ([\w-]+/[\w/-]+)@(\S+ # \S+)", text):
            found.setdefault(action, set()).add(revision)
    found.pop(texts.ACTION)
    assert found["actions/checkout"] == {str(texts.CHECKOUT).partition("@")[2]}
    assert all(len(revisions) == 1 for revisions in found.values()), found
    assert all(re.match(r"[0-9a-f]{40} # v\d", *revisions) for revisions in found.values())


def test_our_own_hooks_pass_the_workflow(tmp_path: Path) -> None:
    path = tmp_path / ".github" / "workflows" / "mlhooks.yml"
    path.parent.mkdir(parents=True)
    path.write_text(texts.workflow(f"{texts.ACTION}@{'a' * 40} # v9.9.9", has_baseline=True))
    result = run([program("mlhooks"), "all", "."], tmp_path)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    steps = yaml.safe_load(path.read_text())["jobs"]["check"]["steps"]
    assert steps[1]["with"] == {"hooks": "all", "baseline": ".mlhooks-baseline.jsonl"}
