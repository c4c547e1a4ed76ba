"""The hooks as people install them: through pre-commit and prek, in a real repository."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import advisories
import pytest
import yaml
from users import BIN, ROOT, git, program, run

from mlhooks import demo
from mlhooks.__main__ import HOOKS

FIRST_LINES = {
    "leaked-secrets": "train.py:9:",
    "notebook-data": "eda.ipynb:33:",
    "unpinned-dependencies": "requirements.txt:2:",
    "unsafe-models": "model.pkl: error:",
    "vulnerable-dependencies": "requirements.txt:3:",
}


@pytest.fixture(scope="module")
def hooks_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this project, with what is not committed yet: what a user's configuration points at."""
    folder = tmp_path_factory.mktemp("mlhooks-repository")
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    git(folder, "init", "-q")
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "All of it")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("home")
    advisories.database(folder / "cache", advisories.advisory("MAL-1", "datasets", versions=["2.19.1"]))
    return {
        "PRE_COMMIT_HOME": str(folder / "pre-commit"),
        "PREK_HOME": str(folder / "prek"),
        "MLHOOKS_CACHE": str(folder / "cache"),
    }


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    for name, data in demo.project().items():
        (tmp_path / name).write_bytes(data)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "--all")
    return tmp_path


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    for name in ("README.md", "evaluate.py", "metrics.ipynb", "model.safetensors", "requirements-lock.txt"):
        (tmp_path / name).write_bytes(demo.project()[name])
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "--all")
    return tmp_path


def try_repo(
    runner: str, hooks: Path, hook: str, where: Path, home: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    command = [program(runner), "try-repo", str(hooks), hook, "--all-files", "--color=never"]
    return run(command, where, **home, PATH=f"{BIN}:/usr/local/bin:/usr/bin:/bin")


@pytest.mark.parametrize("hook", HOOKS)
def test_pre_commit_fails_on_planted_problems_with_the_exact_line(
    hooks_repository: Path, home: dict[str, str], leaky: Path, hook: str
) -> None:
    result = try_repo("pre-commit", hooks_repository, hook, leaky, home)
    assert result.returncode == 1, result.stdout + result.stderr
    assert any(line.startswith(FIRST_LINES[hook]) for line in result.stdout.splitlines()), result.stdout


def test_pre_commit_passes_a_clean_repository(hooks_repository: Path, home: dict[str, str], clean: Path) -> None:
    for hook in HOOKS:
        result = try_repo("pre-commit", hooks_repository, hook, clean, home)
        assert result.returncode == 0, result.stdout + result.stderr
        assert re.search(rf"^{hook}\.+Passed$", result.stdout, re.MULTILINE), result.stdout


def test_pre_commit_checks_a_model_behind_a_symbolic_link(
    hooks_repository: Path, home: dict[str, str], leaky: Path
) -> None:
    (leaky / "latest.pkl").symlink_to("model.pkl")
    git(leaky, "add", "latest.pkl")
    result = try_repo("pre-commit", hooks_repository, "unsafe-models", leaky, home)
    assert "latest.pkl: error:" in result.stdout


def test_pre_commit_runs_the_fixer(hooks_repository: Path, home: dict[str, str], leaky: Path) -> None:
    result = try_repo("pre-commit", hooks_repository, "notebook-data-fix", leaky, home)
    assert result.returncode == 1
    assert "files were modified by this hook" in result.stdout
    assert "alma.okafor" not in (leaky / "eda.ipynb").read_text()
    assert json.loads((leaky / "eda.ipynb").read_text())["cells"][3]["outputs"]
    git(leaky, "add", "eda.ipynb")
    assert try_repo("pre-commit", hooks_repository, "notebook-data-fix", leaky, home).returncode == 0


def test_prek_runs_the_same_hooks(hooks_repository: Path, home: dict[str, str], leaky: Path) -> None:
    revision = git(hooks_repository, "rev-parse", "HEAD").strip()
    entry = {"repo": str(hooks_repository), "rev": revision, "hooks": [{"id": hook} for hook in HOOKS]}
    (leaky / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [entry]}))
    git(leaky, "add", ".pre-commit-config.yaml")
    result = run(
        [program("prek"), "run", "--all-files", "--color=never"],
        leaky,
        **home,
        PATH=f"{BIN}:/usr/local/bin:/usr/bin:/bin",
    )
    assert result.returncode == 1, result.stdout + result.stderr
    for hook, start in FIRST_LINES.items():
        assert re.search(rf"^{hook}\.+Failed$", result.stdout, re.MULTILINE), result.stdout
        assert any(line.strip().startswith(start) for line in result.stdout.splitlines()), result.stdout
