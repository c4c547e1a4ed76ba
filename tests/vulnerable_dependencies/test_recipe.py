"""The README's recipe for an audit every day: its script does what the text says."""

from __future__ import annotations

import json
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from advisories import advisory
from users import ROOT, program, run

README = (ROOT / "README.md").read_text(encoding="utf-8")


def workflow() -> dict[Any, Any]:
    (text,) = re.findall(r"```yaml\n# \.github/workflows/advisories\.yml\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    document: dict[Any, Any] = yaml.safe_load(text)
    return document


def script() -> str:
    (step,) = [step for step in workflow()["jobs"]["audit"]["steps"] if step.get("name") == "Audit"]
    assert step["shell"] == "bash"
    return str(step["run"])


def test_it_runs_every_day_and_may_only_read() -> None:
    document = workflow()
    assert re.fullmatch(r"\d+ \d+ \* \* \*", document[True]["schedule"][0]["cron"]), "YAML reads the key `on` as true"
    assert document["permissions"] == {"contents": "read"}
    uses = [step["uses"] for step in document["jobs"]["audit"]["steps"] if "uses" in step]
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name) for name in uses)
    assert "${{" not in script(), "nothing is pasted into the script"


@pytest.mark.parametrize(
    ("affected", "status", "summary"),
    [
        pytest.param("leaky", 1, "requirements.txt:1:1: error: leaky 1.0 has a known vulnerability: A-1", id="found"),
        pytest.param("other", 0, "nothing found", id="nothing found"),
        pytest.param("", 2, "", id="no data"),
    ],
)
def test_the_script_fails_on_the_day_an_advisory_appears(
    tmp_path: Path, affected: str, status: int, summary: str
) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "requirements.txt").write_text("leaky==1.0\npandas\n")
    data = tmp_path / "scanner" / "PyPI"
    data.mkdir(parents=True)
    with zipfile.ZipFile(data / "all.zip", "w") as archive:
        if affected:
            archive.writestr("A-1.json", json.dumps(advisory("A-1", affected)))
    path = os.pathsep.join((str(Path(program("mlhooks")).parent), os.environ["PATH"]))
    # As GitHub runs `shell: bash`.
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script()]
    result = run(
        command, repository, PATH=path, GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"),
        MLHOOKS_CACHE=str(tmp_path / "cache"), OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY=str(tmp_path / "scanner"),
    )  # fmt: skip
    assert result.returncode == status, result.stderr
    if summary:
        assert summary in (tmp_path / "summary.md").read_text()
        assert summary in result.stdout
        assert "not-audited" not in result.stdout
