"""The commands around the hooks, and starting a hook inside a hostile repository."""

from __future__ import annotations

import os
import site
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from users import program, run

from mlhooks import __version__
from mlhooks.__main__ import COMMANDS, HOOKS, load_all

RULES = [rule.id for hook in load_all() for rule in hook.rules]


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], []])
def test_help(mlhooks: Any, words: list[str]) -> None:
    result = mlhooks(*words)
    assert result.returncode == 0
    assert result.stdout.startswith("usage: mlhooks HOOK [PATH ...]")
    assert not [command for command in COMMANDS if f"mlhooks {command}" not in result.stdout]


def test_version(mlhooks: Any) -> None:
    assert mlhooks("--version").stdout == f"mlhooks {__version__}\n"


def test_list_has_every_hook_and_rule_on_a_line(mlhooks: Any) -> None:
    lines = mlhooks("list").stdout.splitlines()
    assert [line.split(":")[0] for line in lines if not line.startswith(" ")] == list(HOOKS)
    assert [line.split()[0] for line in lines if line.startswith(" ")] == RULES


def test_explain_says_what_why_and_what_instead(mlhooks: Any) -> None:
    result = mlhooks("explain", RULES[0])
    assert result.returncode == 0
    assert result.stdout.startswith(RULES[0])
    for heading in ("Why", "Example", "Instead", "Allow"):
        assert f"\n{heading}\n" in result.stdout
    assert f"# mlhooks: ignore[{RULES[0]}]" in result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["unsafe-model"], "there is no hook or command 'unsafe-model'", id="a typo in a hook"),
        pytest.param(["unsafe_models"], "did you mean unsafe-models?", id="another spelling"),
        pytest.param(["notebook-data-fix"], "did you mean notebook-data?", id="an id of the manifest"),
        pytest.param(["xyzzy"], "no hook or command 'xyzzy'\n", id="nothing like it"),
        pytest.param(["all", "--jobs", "x"], "must be a whole number, not 'x'", id="no number"),
        pytest.param(["all", "--jobs", "-1"], "must be a whole number, not '-1'", id="less than nothing"),
        pytest.param(["explain", "no-such-rule"], "there is no rule 'no-such-rule'", id="a typo in a rule"),
        pytest.param(["explain"], "usage: mlhooks explain RULE", id="explain what"),
        pytest.param(["list", "x"], "usage: mlhooks list", id="list takes nothing"),
    ],
)
def test_a_wrong_command_is_status_2(mlhooks: Any, words: list[str], message: str) -> None:
    result = mlhooks(*words)
    assert result.returncode == 2
    assert message in result.stderr


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A repository whose modules have the names of those that we import."""
    trap = "import os\nos.close(os.open('hijacked', os.O_CREAT))\n"
    names = ("argparse", "json", "re", "sitecustomize", "typing", "enum", "importlib", "tomllib", "yaml", "nbformat")
    for name in names:
        (tmp_path / f"{name}.py").write_text(trap)
    (tmp_path / "mlhooks").mkdir()
    (tmp_path / "mlhooks" / "__init__.py").write_text(trap)
    (tmp_path / "mlhooks" / "__main__.py").write_text(trap)
    (tmp_path / "requirements.txt").write_text("torch\n")
    (tmp_path / "setup.py").write_text(trap)
    (tmp_path / "environment.yml").write_text("dependencies: [numpy=1.26.4]\n")
    (tmp_path / "pyproject.toml").write_text('[tool.mlhooks.unsafe-models]\nexclude = ["docs"]\n')
    return tmp_path


def test_a_repository_cannot_hijack_a_hook(mlhooks: Any, hostile: Path) -> None:
    for hook in (*HOOKS, "all"):
        result = mlhooks(hook, cwd=hostile)
        # Without an advisory database the audit says that it cannot be made.
        assert result.returncode in (0, 1) or "no advisory database" in result.stderr, result.stderr
    assert not (hostile / "hijacked").exists()


def test_nor_with_python_m_once_our_package_is_the_one_that_starts(hostile: Path) -> None:
    """`python -m mlhooks` would start the repository's own `mlhooks`; without one, no other module of it is taken."""
    for path in (hostile / "mlhooks").iterdir():
        path.unlink()
    (hostile / "mlhooks").rmdir()
    (hostile / "sitecustomize.py").unlink()
    command = [sys.executable, "-m", "mlhooks", "all", "--format", "json"]
    for module in ("re", "enum", "typing", "importlib"):
        # runpy itself may need these before a line of ours runs.
        (hostile / f"{module}.py").unlink()
    result = run(command, hostile)
    assert result.returncode == 1, result.stderr
    assert not (hostile / "hijacked").exists()


def test_a_folder_that_is_gone_is_status_2(tmp_path: Path) -> None:
    command = f"mkdir gone && cd gone && rmdir ../gone && '{program('mlhooks')}' all"
    result = run(["bash", "-c", command], tmp_path)
    assert (result.returncode, result.stderr) == (2, "mlhooks: the current folder does not exist any more\n")


def test_a_folder_of_installed_packages_can_be_checked(tmp_path: Path) -> None:
    """It is on the module path, as the current folder would be."""
    folder = Path(site.getsitepackages()[0])
    result = run([program("mlhooks"), "unpinned-dependencies", "pre_commit"], folder)
    assert result.returncode in (0, 1), result.stderr


@pytest.mark.parametrize("words", [["list"], ["unpinned-dependencies", "requirements.txt"]], ids=lambda words: words[0])
def test_a_reader_that_has_gone_ends_the_run_without_a_word(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "requirements.txt").write_text("numpy\n" * 5000)
    reading, writing = os.pipe()
    os.close(reading)
    try:
        command = [str(program("mlhooks")), *words]
        result = subprocess.run(command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writing)
    assert (result.returncode, result.stderr) == (2, "")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell closes the streams")
@pytest.mark.parametrize(
    ("words", "status"),
    [
        pytest.param("unpinned-dependencies >&-", 1, id="no standard output"),
        pytest.param("unpinned-dependencies 2>&-", 1, id="no standard error"),
        pytest.param("unpinned-dependencies --jobs 2 <&- >&- 2>&-", 1, id="no stream at all, and a pool"),
        pytest.param("list >&-", 0, id="a command"),
        pytest.param("init <&-", 0, id="nobody to ask"),
        pytest.param("unpinned-dependencies --fail-on error >&-", 0, id="clean"),
    ],
)
def test_closed_streams_change_no_status(tmp_path: Path, words: str, status: int) -> None:
    (tmp_path / "requirements.txt").write_text("numpy\n")
    run(["git", "init", "-q"], tmp_path)
    result = run(["bash", "-c", f"'{program('mlhooks')}' {words}"], tmp_path)
    assert (result.returncode, "Traceback" in result.stderr) == (status, False), result.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device here")
@pytest.mark.parametrize("words", ["list", "unpinned-dependencies"])
def test_a_report_that_cannot_be_written_is_status_2(tmp_path: Path, words: str) -> None:
    (tmp_path / "requirements.txt").write_text("numpy\n")
    result = run(["bash", "-c", f"'{program('mlhooks')}' {words} > /dev/full"], tmp_path)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1] == "mlhooks: the report could not be written: No space left on device"
