"""The table as plugins of a stock detect-secrets, loaded as its users load them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from tokens import ALL_SHAPES, token_of

import mlhooks
from mlhooks.leaked_secrets import HOOK

FILTERS = ("is_indirect_reference", "is_potential_uuid")


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What a stock detect-secrets with our plugins reports, by line, for one token of every shape."""
    folder = tmp_path_factory.mktemp("plain")
    lines = {
        shape.id: f'call("{" ".join(shape.near)}", "{token_of(shape, Random(shape.id))}")'
        for shape in ALL_SHAPES
        if "-----" not in shape.pattern and shape.id != "putty-key"
    }
    (folder / "a.py").write_text("\n".join(lines.values()) + "\n")
    plugin_file = "".join(
        map(str, next(action for action in HOOK.actions if action.name == "plugin-file").run("", [], {}))
    )
    assert Path(plugin_file).is_file()
    command = [sys.executable, "-m", "detect_secrets", "scan", "--no-verify", "-p", plugin_file]
    for name in FILTERS:
        command += ["--disable-filter", f"detect_secrets.filters.heuristic.{name}"]
    environment = {**os.environ, "PYTHONPATH": str(Path(mlhooks.__file__).parents[1])}
    result = subprocess.run([*command, "a.py"], capture_output=True, text=True, check=True, cwd=folder, env=environment)
    found: dict[str, list[str]] = {kind: [] for kind in lines}
    kinds = list(lines)
    for entry in json.loads(result.stdout)["results"]["a.py"]:
        found[kinds[entry["line_number"] - 1]].append(entry["type"])
    return found


def test_every_shape_is_a_plugin(reported: dict[str, list[str]]) -> None:
    assert len(reported) > 100
    assert not [kind for kind, types in reported.items() if not any(f"({kind})" in name for name in types)]
