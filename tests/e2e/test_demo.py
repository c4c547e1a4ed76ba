"""The demo project: every planted problem is found at its exact place, and the clean files are silent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlhooks import demo

# (path, rule, line, where): what is planted. Nothing else may be found.
PLANTED = {
    ("train.py", "ai-service-token", 9, ""),
    ("eda.ipynb", "ai-service-token", 20, "cell 2, line 3"),
    ("eda.ipynb", "dataframe-output", 33, "cell 3, output 1"),
    ("eda.ipynb", "personal-data", 33, "cell 3, output 1"),
    ("model.pkl", "pickle-dangerous-call", None, "byte 112"),
    ("requirements.txt", "extra-index", 2, ""),
    ("requirements.txt", "lower-bound-only", 3, ""),
    ("requirements.txt", "unpinned-requirement", 5, ""),
    ("Dockerfile", "untagged-image", 1, ""),
    ("Dockerfile", "pipe-to-shell", 5, ""),
}


@pytest.fixture
def project(mlhooks: Any, tmp_path: Path) -> Path:
    result = mlhooks("demo", "churn")
    assert (result.returncode, result.stdout) == (
        0,
        "wrote a small leaky project to churn; now run: mlhooks all churn\n",
    )
    return tmp_path / "churn"


def test_every_planted_problem_is_found_at_its_place_and_nothing_else(mlhooks: Any, project: Path) -> None:
    result = mlhooks("all", "--format", "json", cwd=project)
    assert result.returncode == 1, result.stderr
    report = json.loads(result.stdout)
    found = {(item["path"], item["rule"], item["line"], item["where"]) for item in report["findings"]}
    assert found == PLANTED
    assert report["errors"] == []
    assert report["summary"]["files"] == len(demo.project())


def test_one_report_is_the_sum_of_the_hooks(mlhooks: Any, project: Path) -> None:
    everything = json.loads(mlhooks("all", "--format", "json", cwd=project).stdout)["findings"]
    one_by_one = []
    for hook in sorted({item["hook"] for item in everything}):
        one_by_one += json.loads(mlhooks(hook, "--format", "json", cwd=project).stdout)["findings"]
    by_fingerprint = sorted(one_by_one, key=lambda item: item["fingerprint"])
    assert by_fingerprint == sorted(everything, key=lambda item: item["fingerprint"])


def test_no_report_prints_a_token_or_a_customer(mlhooks: Any, project: Path) -> None:
    train = demo.project()["train.py"].decode()
    secrets = [train.split('token="')[1].split('"')[0], "okafor", "Okafor", "202 555", "Harbour Street", "71200"]
    for style in ("text", "json", "sarif", "github"):
        result = mlhooks("all", "--format", style, cwd=project)
        assert not [secret for secret in secrets if secret in result.stdout + result.stderr], style


def test_the_demo_is_the_same_every_time() -> None:
    assert demo.project() == demo.project()


def test_the_payload_of_the_demo_would_only_print(tmp_path: Path) -> None:
    import pickletools

    strings = [value for _, value, _ in pickletools.genops(demo.project()["model.pkl"]) if isinstance(value, str)]
    program = next(value for value in strings if "(" in value)
    assert program.startswith("print('")
    assert program.count("(") == 1


def test_a_folder_that_is_not_empty_is_left_alone(mlhooks: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train.py").write_text("precious")
    result = mlhooks("demo", "mine")
    assert (result.returncode, result.stderr) == (2, "mlhooks: mine is not empty; name a new folder\n")
    assert (tmp_path / "mine" / "train.py").read_text() == "precious"


@pytest.mark.parametrize("words", [[], ["a", "b"], ["--help-me"]])
def test_demo_takes_one_folder(mlhooks: Any, words: list[str]) -> None:
    assert mlhooks("demo", *words).returncode == 2
