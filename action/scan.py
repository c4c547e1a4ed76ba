"""The action's main step: from its inputs to one run of mlhooks, and from that run's reports to where people look.

Inputs come as environment variables and leave as arguments behind `--`, or bound to their flag by `=`; nothing is put
together to a command line that a shell reads. The exit status is 0 whenever a verdict could be written: the action's
last step turns the verdict into the job's result, so that uploads in between still happen.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from base import Base, find_base, is_pull_request  # `python -I` leaves a script's own folder out
from mlhooks.__main__ import HOOKS

AUDIT = "vulnerable-dependencies"
WORDS = {
    "changed-only": ("auto", "true", "false", "new"),
    "fail-on": ("warning", "error", "note", "never"),
    "upload-sarif": ("false", "true"),
    "annotations": ("true", "false"),
    "summary": ("true", "false"),
    "audit-engine": ("none", "local", "pip-audit"),
}


class InputError(Exception):
    """An input that makes no sense. `str(error)` names it."""


class Inputs(NamedTuple):
    """The action's inputs. `hooks` and `paths` have an entry per line; `words` are those of `WORDS`."""

    hooks: tuple[str, ...]
    paths: tuple[str, ...]
    base_ref: str
    config: str
    baseline: str
    sarif_file: str
    html_report: str
    words: Mapping[str, str]

    def is_on(self, name: str) -> bool:
        return self.words[name] == "true"


class Files(NamedTuple):
    """Where the reports of one run go; `html` is "" when nobody wants it."""

    json: Path
    github: Path
    markdown: Path
    sarif: Path
    upload: Path
    html: str


def main() -> int:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    try:
        inputs = read_inputs(os.environ)
    except InputError as error:
        print(f"::error title=mlhooks::{escape(str(error))}")
        return 2
    event = read_event()
    name = os.environ.get("GITHUB_EVENT_NAME", "")
    base = base_of(inputs, name, event)
    files = files_of(inputs)
    status = run_quietly([*mlhooks(), "all", *arguments(inputs, base, files)]) if advisories(inputs) else 2
    report = read_report(files.json)
    if report is None:
        print("::error title=mlhooks::nothing was checked; the log says why")
    elif inputs.is_on("annotations"):
        sys.stdout.write(files.github.read_text(encoding="utf-8"))
    if inputs.is_on("summary"):
        write_summary(files.markdown, base.note)
    has_sarif = report is not None and files.sarif.is_file()  # it is not there when its folder is not
    uploads = report is not None and has_sarif and inputs.is_on("upload-sarif") and may_upload(name, event, report)
    if uploads:
        files.upload.write_text(without_suppressed(files.sarif.read_text(encoding="utf-8")), encoding="utf-8")
    write_outputs(
        **counts(report),
        sarif_file=str(files.sarif) if has_sarif else "",
        exit_code=str(status),
        upload="true" if uploads else "false",
        upload_file=str(files.upload),
        verdict="0" if inputs.words["fail-on"] == "never" else str(status),
    )
    return 0


def read_inputs(environment: Mapping[str, str]) -> Inputs:
    """The inputs from `INPUT_...`. Raises `InputError`."""

    def value(name: str) -> str:
        text = environment.get("INPUT_" + name.upper().replace("-", "_"), "")
        if "\0" in text:
            raise InputError(f"the input {name} holds a NUL byte")
        return text

    def line(name: str) -> str:
        text = value(name).strip()
        if any(ord(character) < 32 for character in text):
            raise InputError(f"the input {name} must be one line")
        return text

    words = {name: line(name) or allowed[0] for name, allowed in WORDS.items()}
    for name, word in words.items():
        if word not in WORDS[name]:
            raise InputError(f"the input {name} must be one of {', '.join(WORDS[name])}, not {word}")
    return Inputs(
        hooks_of(lines(value("hooks")), words["audit-engine"]),
        lines(value("paths")) or (".",),
        line("base-ref"),
        line("config"),
        line("baseline"),
        own_file("sarif-file", line("sarif-file")),
        own_file("html-report", line("html-report")),
        words,
    )


def lines(text: str) -> tuple[str, ...]:
    """The entries of an input that has one per line. Blanks inside of a line belong to it."""
    return tuple(entry for entry in (part.strip() for part in re.split(r"[\r\n]+", text)) if entry)


def own_file(name: str, path: str) -> str:
    """A file to write. Raises `InputError` where a link of the checked repository would lead the write elsewhere."""
    workspace = os.path.realpath(".")
    is_inside = os.path.abspath(path).startswith(workspace + os.sep)
    if path and (os.path.islink(path) or (is_inside and not os.path.realpath(path).startswith(workspace + os.sep))):
        raise InputError(f"the input {name} is a symbolic link, or in a folder that is one")
    return path


def hooks_of(named: tuple[str, ...], engine: str) -> tuple[str, ...]:
    """The ids of the hooks to run. Advisories need a network or a database, so that hook runs only when asked for."""
    if named in ((), ("all",)):
        return tuple(hook for hook in HOOKS if hook != AUDIT or engine != "none")
    for hook in named:
        if hook not in HOOKS:
            raise InputError(f"the input hooks names no hook: {hook}; there are: {', '.join(HOOKS)}")
    if AUDIT in named and engine == "none":
        raise InputError(f"{AUDIT} needs the input audit-engine: local or pip-audit")
    return named


def read_event() -> dict[str, Any]:
    """The payload of the event that started the workflow; empty when there is none."""
    path = os.environ.get("GITHUB_EVENT_PATH", "")
    if not path or not os.path.isfile(path):
        return {}
    event = json.loads(Path(path).read_text(encoding="utf-8"))
    return event if isinstance(event, dict) else {}


def base_of(inputs: Inputs, name: str, event: Mapping[str, Any]) -> Base:
    """What to compare with; told in the log when that is not what was asked for."""
    mode = inputs.words["changed-only"]
    if inputs.is_on("upload-sarif") and mode != "false" and not is_pull_request(name):
        # What a partial report leaves out, code scanning would close.
        base = Base() if mode == "auto" else Base("", "every file is checked: code scanning needs a full report")
    else:
        base = find_base(mode, inputs.base_ref, name, event)
    if base.note:
        print(f"mlhooks: {printable(base.note)}")
    return base


def files_of(inputs: Inputs) -> Files:
    """Fresh names in the runner's temporary folder, so that nothing of an earlier step is taken for ours."""
    folder = Path(os.environ["RUNNER_TEMP"], f"mlhooks-reports-{secrets.token_hex(8)}")
    folder.mkdir()
    sarif = Path(inputs.sarif_file) if inputs.sarif_file else folder / "mlhooks.sarif"
    names = (folder / "report.json", folder / "annotations.txt", folder / "summary.md", sarif, folder / "upload.sarif")
    return Files(*names, inputs.html_report)


def arguments(inputs: Inputs, base: Base, files: Files) -> list[str]:
    """The arguments of `mlhooks all`."""
    fail_on = inputs.words["fail-on"]
    given = {
        "fail-on": "warning" if fail_on == "never" else fail_on,
        "config": inputs.config,
        "baseline": inputs.baseline,
        "new-since" if inputs.words["changed-only"] == "new" else "changed-since": base.commit,
    }
    reports = {style: str(getattr(files, style)) for style in ("json", "github", "markdown", "sarif", "html")}
    flags = [f"--{name}={value}" for name, value in given.items() if value]
    flags += [f"--hook={hook}" for hook in inputs.hooks]
    flags += [f"--report={style}={path}" for style, path in reports.items() if path]
    if AUDIT in inputs.hooks:
        flags.append(f"--set={AUDIT}.engine={inputs.words['audit-engine']}")
    return [*flags, "--", *inputs.paths]


def mlhooks() -> list[str]:
    """The command that runs mlhooks and nothing of the folder it runs in."""
    return [sys.executable, "-I", "-X", "utf8", "-m", "mlhooks"]


def advisories(inputs: Inputs) -> bool:
    """Whether the advisory database is there, where one is needed."""
    if AUDIT not in inputs.hooks or inputs.words["audit-engine"] != "local":
        return True
    return run_quietly([*mlhooks(), "advisories", "update"]) == 0


def run_quietly(command: list[str]) -> int:
    """Run a command whose output must not give orders to the runner; its exit status, 2 when it was ended."""
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", flush=True)
    # The job's own checkout may be partial, and its settings are those of the checkout, not of the pull request.
    environment = {"GIT_NO_LAZY_FETCH": "0", "GIT_ALLOW_PROTOCOL": "https", **os.environ}
    status = subprocess.run(command, stderr=subprocess.STDOUT, env=environment, check=False).returncode
    print(f"\n::{token}::", flush=True)
    return status if status in (0, 1) else 2


def read_report(path: Path) -> dict[str, Any] | None:
    """The JSON report; None when the run ended before it could be written."""
    if not path.is_file():
        return None
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def counts(report: Mapping[str, Any] | None) -> dict[str, str]:
    """The numbers among the outputs; empty texts when nothing was checked."""
    if report is None:
        return dict.fromkeys(("findings", "errors", "warnings", "suppressed"), "")
    levels = [finding["level"] for finding in report["findings"]]
    return {
        "findings": str(len(levels)),
        "errors": str(levels.count("error")),
        "warnings": str(levels.count("warning")),
        "suppressed": str(report["summary"]["suppressed"]),
    }


def write_summary(markdown: Path, note: str) -> None:
    """Add the report to the job's page."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    text = markdown.read_text(encoding="utf-8") if markdown.is_file() else "## mlhooks: nothing was checked\n"
    with open(path, "a", encoding="utf-8") as file:
        file.write(text + (f"\n> {note}\n" if note else ""))


def may_upload(name: str, event: Mapping[str, Any], report: Mapping[str, Any]) -> bool:
    """Whether the report can and should go to code scanning; says so when not."""
    reason = ""
    if is_pull_request(name) and is_foreign(event):
        reason = "a pull request from a fork cannot upload to code scanning; see the annotations and the summary"
    elif os.environ.get("GITHUB_ACTOR") == "dependabot[bot]" and name != "schedule":
        reason = "a run for Dependabot cannot upload to code scanning; see the annotations and the summary"
    elif report["errors"] and not report["findings"]:
        reason = (
            "files could not be checked and nothing was found: an empty report would close alerts, so none is uploaded"
        )
    if reason:
        print(f"::notice title=mlhooks::{escape(reason)}")
    return not reason


def is_foreign(event: Mapping[str, Any]) -> bool:
    """Whether a pull request comes from another repository; a fork that was deleted has no repository any more."""
    pull = event.get("pull_request") or {}
    head, base = ((pull.get(side) or {}).get("repo") or {} for side in ("head", "base"))
    return not head or head.get("full_name") != base.get("full_name")


def without_suppressed(sarif: str) -> str:
    """A SARIF report without accepted findings, which code scanning would open as alerts."""
    document = json.loads(sarif)
    for run in document["runs"]:
        run["results"] = [result for result in run["results"] if not result.get("suppressions")]
    return json.dumps(document)


def write_outputs(**values: str) -> None:
    """Hand values to the steps that follow; each between delimiters that nobody can guess."""
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as file:
        for name, value in values.items():
            end = secrets.token_hex(16)
            file.write(f"{name.replace('_', '-')}<<{end}\n{value}\n{end}\n")


def escape(text: str) -> str:
    """Text inside a workflow command."""
    return printable(text).replace("%", "%25")


def printable(text: str) -> str:
    """One line of text on which neither a terminal nor the runner acts."""
    return text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text


if __name__ == "__main__":
    sys.exit(main())
