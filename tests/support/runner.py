"""Runs the steps of a composite action as GitHub's runner does, with bash and the runner's environment.

Only what action.yml uses is understood; anything else is an error of the test, never a silent difference.
Steps that use other actions are recorded and not run.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from users import BIN, ROOT

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
LOOKUP = re.compile(r"inputs\.([a-z-]+)|steps\.([a-z-]+)\.outputs\.([a-z-]+)")
CONDITION = re.compile(r"(always\(\) && )?(inputs\.[a-z-]+|steps\.[a-z-]+\.outputs\.[a-z-]+) (==|!=) '([^']*)'")


class Job(NamedTuple):
    """What a run of the action left behind. `used` has the inputs of each action that a step used, by its name."""

    status: int
    log: str
    outputs: dict[str, str]
    summary: str
    used: dict[str, dict[str, str]]

    @property
    def commands(self) -> list[str]:
        """The workflow commands that the runner would obey."""
        obeyed, token = [], None
        for line in self.log.splitlines():
            text = line.strip()
            if token:
                token = None if text == f"::{token}::" else token
            elif text.startswith("::stop-commands::"):
                token = text.removeprefix("::stop-commands::")
            elif text.startswith("::") or "##[" in text:
                obeyed.append(text)
        return obeyed


class Runner:
    """A runner with a temporary folder of its own; `workspace` is where the repository is checked out."""

    def __init__(self, temp: Path) -> None:
        self.temp = temp
        self.extra: dict[str, str] = {}
        self.action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))

    def run(
        self, workspace: Path, event_name: str = "push", event: Mapping[str, Any] | None = None, **inputs: str
    ) -> Job:
        """Run the whole action; inputs with `_` for `-`."""
        known = self.action["inputs"]
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert set(given) <= set(known), "an input that the action does not have"
        values = {name: given.get(name, entry.get("default", "")) for name, entry in known.items()}
        files = {name: self.temp / f"github-{name.lower()}" for name in ("OUTPUT", "STEP_SUMMARY", "ENV", "PATH")}
        payload = self.temp / "event.json"
        payload.write_text(json.dumps(dict(event or {})), encoding="utf-8")
        environment = self._environment(workspace, event_name, payload, files)
        steps: dict[str, dict[str, str]] = {"python": {"python-path": str(BIN / "python")}}
        log, summary, used, status = "", "", {}, 0
        for step in self.action["runs"]["steps"]:
            for path in files.values():
                path.write_text("", encoding="utf-8")
            if not _is_due(step.get("if", ""), values, steps, failed=status != 0):
                continue
            if "uses" in step:
                used[step["uses"].partition("@")[0]] = _filled(step.get("with", {}), values, steps)
                continue
            result = self._run_step(step, environment | _filled(step.get("env", {}), values, steps), workspace)
            log += result.stdout
            status = status or result.returncode
            summary += files["STEP_SUMMARY"].read_text(encoding="utf-8")
            steps.setdefault(step.get("id", ""), {}).update(_outputs(files["OUTPUT"].read_text(encoding="utf-8")))
            assert not files["ENV"].read_text() + files["PATH"].read_text(), "nothing may leak into later steps"
        outputs = {name: _fill(entry["value"], values, steps) for name, entry in self.action["outputs"].items()}
        return Job(status, log, outputs, summary, used)

    def _run_step(
        self, step: Mapping[str, Any], environment: dict[str, str], workspace: Path
    ) -> subprocess.CompletedProcess[str]:
        assert "${{" not in step["run"], "an expression inside a script is code injection"
        assert step["shell"] == "bash"
        script = self.temp / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
        return subprocess.run(
            command,
            cwd=workspace,
            env=environment,
            text=True,
            errors="backslashreplace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def _environment(
        self, workspace: Path, event_name: str, payload: Path, files: Mapping[str, Path]
    ) -> dict[str, str]:
        kept = {name: os.environ[name] for name in os.environ if name in ("HOME", "LANG") or name.startswith("PIP_")}
        return {
            **kept,
            **{f"GITHUB_{name}": str(path) for name, path in files.items()},
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_EVENT_NAME": event_name,
            "GITHUB_EVENT_PATH": str(payload),
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_ACTOR": "somebody",
            "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_TEMP": str(self.temp),
            **self.extra,
        }


def _is_due(condition: str, values: Mapping[str, str], steps: Mapping[str, dict[str, str]], *, failed: bool) -> bool:
    if not condition:
        return not failed
    match = CONDITION.fullmatch(condition.removeprefix("${{").removesuffix("}}").strip())
    assert match, f"a condition that this test does not understand: {condition}"
    always, name, sign, text = match.groups()
    return (bool(always) or not failed) and (_lookup(name, values, steps) == text) is (sign == "==")


def _filled(table: Mapping[str, str], values: Mapping[str, str], steps: Mapping[str, dict[str, str]]) -> dict[str, str]:
    return {name: _fill(text, values, steps) for name, text in table.items()}


def _fill(text: str, values: Mapping[str, str], steps: Mapping[str, dict[str, str]]) -> str:
    return EXPRESSION.sub(lambda match: _lookup(match[1], values, steps), text)


def _lookup(name: str, values: Mapping[str, str], steps: Mapping[str, dict[str, str]]) -> str:
    match = LOOKUP.fullmatch(name)
    assert match, f"an expression that this test does not understand: {name}"
    return values[match[1]] if match[1] else steps.get(match[2], {}).get(match[3], "")


def _outputs(text: str) -> dict[str, str]:
    """What a step wrote to GITHUB_OUTPUT: `name=value` lines and values between delimiters."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, delimiter, end = line.partition("<<")
        if delimiter and "=" not in name:
            body = []
            for row in lines:
                if row == end:
                    break
                body.append(row)
            else:
                raise AssertionError(f"the value of {name} has no end")
            found[name] = "\n".join(body)
        else:
            name, equals, value = line.partition("=")
            assert equals, f"not an output: {line}"
            found[name] = value
    return found
