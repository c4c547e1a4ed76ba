"""The hook as a person runs it: the line that is read, the exit status, and the fix on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOOKS = Path(__file__).parents[2] / "hooks"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(HOOKS)}
    command = [sys.executable, "-m", "mlhooks", "unpinned-dependencies", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_line_that_a_person_reads(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy==2.1.3\ntorch>=2\n", encoding="utf-8")
    result = run(tmp_path, "requirements.txt")
    assert result.stdout == (
        "requirements.txt:2:1: warning: torch>=2 always takes the newest release; "
        "write torch==VERSION. [lower-bound-only]\n"
    )
    assert result.returncode == 1


@pytest.mark.parametrize(
    ("name", "text", "status"),
    [
        pytest.param("requirements.txt", "numpy==2.1.3\n", 0, id="clean"),
        pytest.param("requirements.txt", "numpy~=2.1\n", 0, id="a note does not fail"),
        pytest.param(
            "requirements.txt", "torch  # mlhooks: ignore[unpinned-requirement] the image pins it\n", 0, id="ignored"
        ),
        pytest.param("requirements.txt", "-r gone.txt\ntorch\n", 2, id="an include that is missing"),
        pytest.param("pyproject.toml", "[project\n", 2, id="broken TOML"),
    ],
)
def test_exit_status(tmp_path: Path, name: str, text: str, status: int) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert run(tmp_path, name).returncode == status


def test_options_come_from_the_configuration_too(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy>=2\n", encoding="utf-8")
    config = tmp_path / "pyproject.toml"
    config.write_text('[tool.mlhooks.unpinned-dependencies]\nkind = "library"\n', encoding="utf-8")
    assert run(tmp_path, "requirements.txt").returncode == 0


def test_fix_writes_what_a_constraints_file_knows_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "constraints.txt").write_text("torch==2.5.1\n", encoding="utf-8")
    target = tmp_path / "requirements.txt"
    target.write_bytes(b"# deps\r\ntorch>=2  # why\r\npandas\r\n")
    result = run(tmp_path, "--fix", "requirements.txt")
    assert target.read_bytes() == b"# deps\r\ntorch==2.5.1  # why\r\npandas\r\n"
    assert result.returncode == 1
    assert "pandas" in result.stdout
    assert "torch" not in result.stdout


def test_an_ignore_inside_a_docker_instruction_speaks_for_all_of_it(tmp_path: Path) -> None:
    ignore = "    # mlhooks: ignore[unpinned-requirement] the newest is wanted\n"
    text = "FROM python:3.11\nRUN pip install \\\n" + ignore + "    torch\n"
    (tmp_path / "Dockerfile").write_text(text, encoding="utf-8")
    result = run(tmp_path, "Dockerfile")
    assert (result.returncode, result.stdout) == (0, "")


def test_the_known_version_is_told(tmp_path: Path) -> None:
    (tmp_path / "constraints.txt").write_text("torch==2.5.1\n", encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("torch\n", encoding="utf-8")
    assert "write torch==2.5.1 (locked beside it)." in run(tmp_path, "requirements.txt").stdout
