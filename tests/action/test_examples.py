"""The workflows that the README shows, the action's requirements, and what other people's tools say of both."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from users import BIN, ROOT, program, run

from mlhooks.init import texts

WORKFLOW = re.compile(r"```yaml\n# (\.github/workflows/[a-z-]+\.yml)\n(.*?)```", re.DOTALL)
README = (ROOT / "README.md").read_text(encoding="utf-8").replace("@<commit>", "@" + "a" * 40)
EXAMPLES = {**dict(WORKFLOW.findall(README)), "init": texts.workflow(f"x/y@{'a' * 40} # v1", has_baseline=True)}
NAMES = [pytest.param(name, id=name.rpartition("/")[2]) for name in EXAMPLES]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_gives_away_no_more_than_it_needs(name: str) -> None:
    workflow: dict[Any, Any] = yaml.safe_load(EXAMPLES[name])
    assert workflow["permissions"] in ({}, {"contents": "read"})
    assert "pull_request_target" not in EXAMPLES[name]
    for job in workflow["jobs"].values():
        checkout = next(step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))
        assert checkout["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", NAMES)
def test_an_example_passes_our_own_hooks(name: str, tmp_path: Path) -> None:
    path = tmp_path / ".github" / "workflows" / "x.yml"
    path.parent.mkdir(parents=True)
    path.write_text(EXAMPLES[name], encoding="utf-8")
    result = run([program("mlhooks"), "all", "."], tmp_path)
    assert "action-ref" not in result.stdout, result.stdout


@pytest.mark.parametrize("name", NAMES)
def test_inputs_of_the_examples_exist(name: str) -> None:
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    for job in yaml.safe_load(EXAMPLES[name])["jobs"].values():
        for step in job["steps"]:
            if step.get("uses", "").startswith((texts.ACTION, "x/y@")):
                assert set(step.get("with", {})) <= set(inputs)


def test_the_readme_has_every_input_and_output() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    section = README[README.index("### On GitHub") : README.index("### In an old repository")]
    assert {name for name in (*action["inputs"], *action["outputs"]) if f"`{name}`" not in section} == set()
    assert all(isinstance(entry["default"], str) for entry in action["inputs"].values()), "a boolean must be quoted"


@pytest.mark.parametrize("extra", ["", "audit"])
def test_the_action_installs_what_the_project_needs(extra: str) -> None:
    """Every dependency is in the hashed requirements, at a version that the project accepts."""
    text = (ROOT / "action" / f"requirements{extra and '-'}{extra}.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"].get(extra, [])]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pinned[requirement.name.lower()]), requirement
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z])", text)[1:])


def test_zizmor_has_nothing_to_say(tmp_path: Path) -> None:
    tool = shutil.which("zizmor", path=str(BIN))
    if tool is None:
        pytest.skip("zizmor is not installed")
    for name, text in EXAMPLES.items():
        (tmp_path / f"{name.rpartition('/')[2].removesuffix('.yml')}.yml").write_text(text, encoding="utf-8")
    paths = [str(ROOT / "action.yml"), str(ROOT / ".github"), *map(str, tmp_path.glob("*.yml"))]
    result = subprocess.run([tool, "--offline", "--no-progress", *paths], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
