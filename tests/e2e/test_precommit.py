"""The hooks as people install them: through pre-commit and prek, in a real repository."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import advisories
import pytest
import yaml
from osv_service import Service, serving
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
# One process of the test run builds the environments, once.
pytestmark = pytest.mark.xdist_group("pre-commit")
CLEAN = ("README.md", "evaluate.py", "metrics.ipynb", "model.safetensors", "requirements-lock.txt")
README = (ROOT / "README.md").read_text()
Environment = dict[str, str]


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
def home(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Homes of both runners, and an advisory database."""
    folder = tmp_path_factory.mktemp("home")
    advisories.database(folder / "cache", advisories.advisory("MAL-1", "datasets", versions=["2.19.1"]))
    return {
        "PRE_COMMIT_HOME": str(folder / "pre-commit"),
        "PREK_HOME": str(folder / "prek"),
        "MLHOOKS_CACHE": str(folder / "cache"),
        "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
    }


def repository(folder: Path, names: tuple[str, ...]) -> Path:
    """A git repository with files of the demo project, staged."""
    for name in names:
        (folder / name).write_bytes(demo.project()[name])
    git(folder, "init", "-q")
    git(folder, "add", "--all")
    return folder


def configured(hooks: Path, folder: Path, *ids: str) -> Path:
    """The same with a configuration that names these hooks."""
    revision = git(hooks, "rev-parse", "HEAD").strip()
    entry = {"repo": str(hooks), "rev": revision, "hooks": [{"id": hook} for hook in ids]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [entry]}))
    git(folder, "add", "--all")
    return folder


def try_repo(hooks: Path, where: Path, home: Environment) -> subprocess.CompletedProcess[str]:
    """Every hook of the manifest but the fixer."""
    command = [program("pre-commit"), "try-repo", str(hooks), "--all-files", "--color=never"]
    return run(command, where, **home, SKIP="notebook-data-fix")


@pytest.fixture(scope="module")
def tried(
    hooks_repository: Path, home: Environment, tmp_path_factory: pytest.TempPathFactory
) -> subprocess.CompletedProcess[str]:
    """`pre-commit try-repo` on the demo project."""
    leaky = repository(tmp_path_factory.mktemp("leaky"), tuple(demo.project()))
    return try_repo(hooks_repository, leaky, home)


@pytest.mark.parametrize("hook", HOOKS)
def test_try_repo_fails_on_planted_problems_with_the_exact_line(
    tried: subprocess.CompletedProcess[str], hook: str
) -> None:
    assert tried.returncode == 1, tried.stdout + tried.stderr
    section = re.search(rf"^{hook}\.+Failed\n(.*?)(?=^[a-z-]+\.\.+)", tried.stdout + "z..", re.MULTILINE | re.DOTALL)
    assert section, tried.stdout
    assert "- exit code: 1" in section[1]
    assert any(line.startswith(FIRST_LINES[hook]) for line in section[1].splitlines()), section[1]


def test_try_repo_passes_a_clean_repository(hooks_repository: Path, home: Environment, tmp_path: Path) -> None:
    result = try_repo(hooks_repository, repository(tmp_path, CLEAN), home)
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.findall(r"^([a-z-]+)\.+Passed$", result.stdout, re.MULTILINE) == sorted(HOOKS)


def test_pre_commit_checks_links_and_runs_the_fixer(hooks_repository: Path, home: Environment, tmp_path: Path) -> None:
    leaky = configured(
        hooks_repository, repository(tmp_path, tuple(demo.project())), "unsafe-models", "notebook-data-fix"
    )
    (leaky / "latest.pkl").symlink_to("model.pkl")
    git(leaky, "add", "latest.pkl")
    result = run([program("pre-commit"), "run", "--all-files", "--color=never"], leaky, **home)
    assert "latest.pkl: error:" in result.stdout
    assert "files were modified by this hook" in result.stdout
    assert "alma.okafor" not in (leaky / "eda.ipynb").read_text()
    assert json.loads((leaky / "eda.ipynb").read_text())["cells"][3]["outputs"]
    git(leaky, "add", "eda.ipynb")
    again = run([program("pre-commit"), "run", "notebook-data-fix", "--all-files", "--color=never"], leaky, **home)
    assert again.returncode == 0, again.stdout


def test_prek_runs_the_same_hooks(hooks_repository: Path, home: Environment, tmp_path: Path) -> None:
    leaky = configured(hooks_repository, repository(tmp_path, tuple(demo.project())), *HOOKS)
    result = run([program("prek"), "run", "--all-files", "--color=never"], leaky, **home)
    assert result.returncode == 1, result.stdout + result.stderr
    for hook, start in FIRST_LINES.items():
        assert re.search(rf"^{hook}\.+Failed$", result.stdout, re.MULTILINE), result.stdout
        assert any(line.strip().startswith(start) for line in result.stdout.splitlines()), result.stdout


# --- the engine pip-audit: an environment of its own, as the README sets it up ----------------------------------------


@pytest.fixture
def audited(hooks_repository: Path, tmp_path: Path) -> Iterator[tuple[Path, Service]]:
    """A repository with one vulnerable pin and the README's entry for pip-audit, which asks a service of this test."""
    (block,) = re.findall(r"```yaml\n( +- id: (?:(?!```).)*additional_dependencies.*?)```", README, re.DOTALL)
    (entry,) = yaml.safe_load(block)
    with serving([advisories.advisory("PYSEC-1", "leaky", aliases=["CVE-1"])]) as service:
        entry["args"] += ["--service", "osv", "--osv-url", service.url]
        revision = git(hooks_repository, "rev-parse", "HEAD").strip()
        where = tmp_path / "user"
        where.mkdir()
        (where / "requirements.txt").write_text(
            "harmless==1.0\nLeaky==1.5 ; sys_platform == 'win32'\n-e git+https://h.test/x\n"
        )
        (where / ".pre-commit-config.yaml").write_text(
            yaml.safe_dump({"repos": [{"repo": str(hooks_repository), "rev": revision, "hooks": [entry]}]})
        )
        git(where, "init", "-q")
        git(where, "add", "--all")
        git(where, "commit", "-qm", "All of it")
        yield where, service


FOUND_BY_PIP_AUDIT = "requirements.txt:2:1: error: Leaky 1.5 has a known vulnerability: CVE-1 (PYSEC-1; fixed in 2.0)."


def test_pip_audit_runs_by_hand_and_before_a_push(
    audited: tuple[Path, Service], home: Environment, tmp_path: Path
) -> None:
    where, service = audited
    command = [program("pre-commit"), "run", "--all-files", "--color=never"]
    by_hand = run([*command, "--hook-stage", "manual"], where, **home)
    assert by_hand.returncode == 1, by_hand.stdout + by_hand.stderr
    assert FOUND_BY_PIP_AUDIT in by_hand.stdout
    assert sorted(service.asked) == [("harmless", "1.0"), ("leaky", "1.5")]

    at_commit = run(command, where, **home)
    assert (at_commit.returncode, FOUND_BY_PIP_AUDIT in at_commit.stdout) == (0, False), "not at each commit"

    git(tmp_path, "init", "-q", "--bare", "remote.git")
    run([program("pre-commit"), "install", "--hook-type", "pre-push"], where, **home)
    push = run(["git", "push", "-q", str(tmp_path / "remote.git"), "main"], where, **home)
    assert push.returncode == 1, push.stdout + push.stderr
    assert FOUND_BY_PIP_AUDIT in push.stdout + push.stderr
    assert git(tmp_path / "remote.git", "branch") == "", "nothing was pushed"


def test_prek_runs_pip_audit_too(audited: tuple[Path, Service], home: Environment) -> None:
    where, _ = audited
    result = run([program("prek"), "run", "--all-files", "--hook-stage", "manual", "--color=never"], where, **home)
    assert result.returncode == 1, result.stdout + result.stderr
    assert FOUND_BY_PIP_AUDIT in result.stdout


def test_pip_audit_without_an_answer_is_no_pass(audited: tuple[Path, Service], home: Environment) -> None:
    where, service = audited
    service.faults += [(500, b"")] * 10
    result = run(
        [program("pre-commit"), "run", "--all-files", "--hook-stage", "manual", "--color=never"], where, **home
    )
    assert result.returncode == 1, "of pre-commit"
    assert "- exit code: 2" in result.stdout
    assert "could not check requirements.txt: pip-audit gave no complete answer" in result.stdout
