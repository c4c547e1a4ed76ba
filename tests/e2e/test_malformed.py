"""What cannot be judged is never clean: each kind of broken file, through the installed command."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4" * 64 + b"\nsize 123456\n"
TRUNCATED = pickle.dumps({"weights": list(range(1000))}, protocol=4)[:-100]

BROKEN = [
    pytest.param("unsafe-models", "model.pkl", TRUNCATED, id="a truncated pickle"),
    pytest.param("unsafe-models", "model.pt", b"PK\x03\x04" + b"\0" * 50, id="a torn zip"),
    pytest.param("unsafe-models", "model.pkl", POINTER, id="a pointer instead of a model"),
    pytest.param("unsafe-models", "model.pkl", b"", id="an empty pickle"),
    pytest.param("notebook-data", "a.ipynb", b"not json", id="a notebook that is no JSON"),
    pytest.param("notebook-data", "a.ipynb", b'{"cells": [', id="a torn notebook"),
    pytest.param("notebook-data", "a.ipynb", b"[" * 100_000, id="a notebook nested without end"),
    pytest.param("notebook-data", "a.ipynb", b"[1, 2]", id="JSON that is no notebook"),
    pytest.param("notebook-data", "a.ipynb", b'{"cells": [{"source": "\xff\xfe"}]}', id="a notebook that is no text"),
    pytest.param("notebook-data", "a.ipynb", POINTER, id="a pointer instead of a notebook"),
    pytest.param("unpinned-dependencies", "pyproject.toml", b"[project\n", id="broken TOML"),
    pytest.param("unpinned-dependencies", "environment.yml", b"dependencies: [a: b: c", id="broken YAML"),
    pytest.param("unpinned-dependencies", "requirements.txt", b"caf\xe9==1.0\n\xff\xfe\xfd", id="undecodable text"),
    pytest.param("unpinned-dependencies", "requirements.txt", b"a==1\0\n", id="NUL bytes"),
    pytest.param("unpinned-dependencies", "requirements.txt", b"-r gone.txt\n", id="an include that is missing"),
    pytest.param("unpinned-dependencies", "requirements.txt", POINTER, id="a pointer instead of requirements"),
    pytest.param("leaked-secrets", "train.py", POINTER, id="a pointer instead of a script"),
]


@pytest.mark.parametrize(("hook", "name", "data"), BROKEN)
def test_a_broken_file_is_told(mlhooks: Any, tmp_path: Path, hook: str, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    result = mlhooks(hook, name, "--format", "json")
    assert result.returncode in (1, 2)
    assert "Traceback" not in result.stderr
    report = json.loads(result.stdout)
    messages = [error["message"] for error in report["errors"]] + [item["message"] for item in report["findings"]]
    assert messages
    assert not any("a bug in mlhooks" in message for message in messages)
    assert mlhooks(hook).returncode == result.returncode, "in a folder it is no cleaner"


@pytest.mark.parametrize("hook", ["leaked-secrets", "notebook-data", "unpinned-dependencies", "unsafe-models"])
def test_what_is_not_there_is_told(mlhooks: Any, tmp_path: Path, hook: str) -> None:
    (tmp_path / "dangling.ipynb").symlink_to("gone.ipynb")
    for name, reason in {
        "gone.ipynb": "no such file",
        "dangling.ipynb": "symbolic link to a file that does not",
    }.items():
        result = mlhooks(hook, name)
        assert result.returncode == 2
        assert reason in result.stderr


def test_a_dangling_model_link_is_told_in_a_folder_too(mlhooks: Any, tmp_path: Path) -> None:
    (tmp_path / "model.pkl").symlink_to("gone.pkl")
    assert mlhooks("unsafe-models").returncode == 2


def test_a_broken_configuration_stops_the_run(mlhooks: Any, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.mlhooks.unsafe-models]\nexclud = ['x']\n")
    result = mlhooks("unsafe-models")
    assert result.returncode == 2
    assert "has no option 'exclud'" in result.stderr
