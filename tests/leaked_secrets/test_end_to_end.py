"""The room as a user meets it: the exact line, the exit status, and reports that give nothing away."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from contexts import code, notebook, stream
from tokens import ALL_SHAPES, token_of
from users import ROOT, git, run

TOKEN = token_of(next(shape for shape in ALL_SHAPES if shape.id == "hugging-face"), Random(7))
PASSWORD = "Tr4" + "vel-2" + "Mars!"


def mlhooks(folder: Path, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "mlhooks", "leaked-secrets", *words]
    return run(command, folder, PYTHONPATH=str(ROOT / "hooks"), **extra)


def test_the_line_that_a_user_reads(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(f'from huggingface_hub import login\n\nlogin(token="{TOKEN}")\n')
    (tmp_path / "eda.ipynb").write_text(notebook(code("x\n"), code("import os\nos.environ\n", stream(f"a\n{TOKEN}\n"))))
    result = mlhooks(tmp_path, "train.py", "eda.ipynb")
    advice = "revoke it first, then remove it; the history keeps it [ai-service-token]"
    assert result.stdout.splitlines() == [
        f"eda.ipynb:24:8: error: cell 2, output 1, line 2: a Hugging Face token (hf_…, 37 characters): {advice}",
        f"train.py:3:14: error: a Hugging Face token (hf_…, 37 characters): {advice}",
    ]
    assert result.returncode == 1


def test_a_broken_notebook_is_status_2_and_its_token_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text(notebook(code(f"x = '{TOKEN}'"))[:-40])
    result = mlhooks(tmp_path, "a.ipynb")
    assert result.returncode == 2
    assert "a Hugging Face token" in result.stdout
    assert "it is not valid JSON" in result.stderr
    assert TOKEN[3:] not in result.stdout + result.stderr


def test_what_other_tools_have_accepted_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f'x = "{TOKEN}"  # pragma: ' + "allowlist secret\n")
    result = mlhooks(tmp_path, "a.py", "--format", "json")
    assert result.returncode == 0
    assert json.loads(result.stdout)["summary"] == {"files": 1, "findings": 0, "suppressed": 1}


@pytest.mark.parametrize("style", ["text", "json", "sarif", "github"])
def test_no_report_and_no_temporary_file_holds_a_secret(style: str, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / ".env").write_text(f"HF_TOKEN={TOKEN}\nDB_PASSWORD={PASSWORD}\n")
    (tmp_path / "src" / "a.ipynb").write_text(notebook(code(f"x = '{TOKEN}'", stream(f"password='{PASSWORD}'\n"))))
    result = mlhooks(tmp_path, "src", "--format", style, TMPDIR=str(tmp_path / "tmp"), LC_ALL="C")
    assert result.returncode == 1
    assert not list((tmp_path / "tmp").iterdir())
    told = result.stdout + result.stderr
    assert not [secret for secret in (TOKEN[3:], TOKEN[3:12], PASSWORD) if secret in told]


def test_the_history_is_searched_from_the_command_line(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for text in (f'x = "{TOKEN}"\n', "x = 1\n"):
        (tmp_path / "a.py").write_text(text)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", "x")
    assert mlhooks(tmp_path).returncode == 0
    result = mlhooks(tmp_path, "--history")
    assert result.returncode == 1
    assert result.stdout.startswith("a.py:1:6: error: commit ")


@pytest.mark.parametrize(
    ("setting", "status"),
    [
        pytest.param('exclude = ["a.py"]', 0, id="excluded"),
        pytest.param('exclude = ["b.py"]', 1, id="another file excluded"),
        pytest.param('allow = [{path = "a.py", rule = "ai-service-token", reason = "revoked"}]', 0, id="allowed"),
        pytest.param('allow = [{path = "a.py", rule = "service-token", reason = "revoked"}]', 1, id="another rule"),
    ],
)
def test_the_configuration_speaks_for_the_history_too(setting: str, status: int, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text(f'x = "{TOKEN}"\n')
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "x")
    (tmp_path / "pyproject.toml").write_text(f"[tool.mlhooks.leaked-secrets]\n{setting}\n")
    assert mlhooks(tmp_path, "--history").returncode == status


def test_the_staged_blob_is_what_counts(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text(f'x = "{TOKEN}"\n')
    git(tmp_path, "add", "-A")
    (tmp_path / "a.py").write_text("x = 1\n")
    assert mlhooks(tmp_path, "a.py").returncode == 0
    assert mlhooks(tmp_path, "--staged").returncode == 1
