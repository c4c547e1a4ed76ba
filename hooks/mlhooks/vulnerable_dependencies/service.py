"""The engine `pip-audit`: pins through pip-audit, in a process of its own, to a service on the network.

pip-audit is handed a file in which nothing is left to interpret: one `name==version` per line. Both of its exit
statuses mean several things, so only its JSON counts: an audit took place when every line of that file is answered.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mlhooks.core.finding import Unscannable
from mlhooks.formats.dependency import normalize
from mlhooks.vulnerable_dependencies.osv import sorted_ids
from mlhooks.vulnerable_dependencies.pins import Pin
from mlhooks.vulnerable_dependencies.versions import parse, public
from mlhooks.vulnerable_dependencies.vulnerability import Answer, Vulnerability, merged

TIMEOUT_SECONDS = 900
MAX_REASON_LENGTH = 200
INSTALL = "pip install 'mlhooks[audit]'"


def require(service: str, osv_url: str | None) -> None:
    """Raises `Unscannable` when pip-audit is not there, and when it would ask another service than is meant."""
    from importlib.util import find_spec

    if find_spec("pip_audit") is None:
        raise Unscannable(f"the engine pip-audit is not installed. Run `{INSTALL}`, or use `--engine local`.")
    if osv_url is not None and service != "osv":
        raise Unscannable(
            f"osv-url is another address of the service osv, and {service} is asked. Add `--service osv`."
        )
    if osv_url is not None and not re.match(r"https?://[^/]", osv_url, re.IGNORECASE):
        raise Unscannable("osv-url must be an address that begins with https:// or http://.")


def answers(pins: Iterable[Pin], service: str, osv_url: str | None) -> dict[Pin, Answer]:
    """What the service knows of each pin. Raises `Unscannable` when the audit did not take place, with the reason."""
    found: dict[Pin, Answer] = {}
    comparable: dict[Pin, str] = {}
    from packaging.version import Version

    for pin in dict.fromkeys(pins):
        text = public(pin.version)
        if parse(text) is None:
            found[pin] = Answer(problem=f"{pin.version} is no version that can be compared")
        else:
            comparable[pin] = str(Version(text))
    for lines in _runs(comparable.items()):
        known = _ask(lines, service, osv_url)
        found.update((pin, known[pin.name]) for pin, version in comparable.items() if lines.get(pin.name) == version)
    return found


def _runs(pins: Iterable[tuple[Pin, str]]) -> Iterator[dict[str, str]]:
    """Versions by name. pip-audit refuses two versions of one package, which locks may have: a run for each."""
    runs: list[dict[str, str]] = []
    for pin, version in pins:
        if any(run.get(pin.name) == version for run in runs):
            continue
        run = next((run for run in runs if pin.name not in run), None)
        if run is None:
            run = {}
            runs.append(run)
        run[pin.name] = version
    yield from runs


def _ask(lines: Mapping[str, str], service: str, osv_url: str | None) -> dict[str, Answer]:
    """One run of pip-audit: the answer for each name."""
    with tempfile.TemporaryDirectory(prefix="mlhooks-") as folder:
        path = os.path.join(folder, "requirements.txt")
        with open(path, "w", encoding="ascii") as stream:
            stream.writelines(f"{name}=={version}\n" for name, version in lines.items())
        output, complaint = _run(_command(path, service, osv_url), folder)
    return read_answers(output, lines, complaint)


def read_answers(output: str, lines: Mapping[str, str], complaint: str = "") -> dict[str, Answer]:
    """pip-audit's JSON as answers by name; it must list each of `lines`. Raises `Unscannable` when it does not."""
    try:
        rows = json.loads(output)["dependencies"]
        by_name = {normalize(row["name"]): row for row in rows}
        found = {name: _answer(by_name[name], version) for name, version in lines.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        why = f": {complaint}" if complaint else ""
        raise Unscannable(f"pip-audit gave no complete answer, so nothing is known of it{why}") from None
    return found


def _answer(row: Mapping[str, Any], version: str) -> Answer:
    """One row. Raises `KeyError`, `TypeError` or `ValueError` when it is not as pip-audit writes it."""
    if "skip_reason" in row:
        return Answer(problem=f"the service does not know it: {_one_line(row['skip_reason'])}", is_named=False)
    if parse(row["version"]) != parse(version):
        raise ValueError("another version")
    found = merged([_vulnerability(entry, version) for entry in row["vulns"]])
    return Answer(found, is_named=bool(found))


def _vulnerability(entry: Mapping[str, Any], text: str) -> Vulnerability:
    ids = sorted_ids([entry["id"], *entry["aliases"]])
    current = parse(text)
    known = {key: text for text in entry["fix_versions"] if (key := parse(text)) is not None}
    fixes = tuple((key, text) for key, text in sorted(known.items()) if current is None or key > current)
    is_malicious = any(name.startswith("MAL-") for name in ids)
    summary = _one_line(entry.get("description") or "")
    return Vulnerability(ids, summary, None, is_malicious, fixes[0] if fixes else None, fixes)


def _command(path: str, service: str, osv_url: str | None) -> list[str]:
    """`--no-deps --disable-pip`: without both, pip-audit installs, and so runs what it should audit."""
    url = ["--osv-url", osv_url] if osv_url is not None else []
    return [
        *(sys.executable, "-I", "-m", "pip_audit", "--requirement", path, "--no-deps", "--disable-pip"),
        *("--format", "json", "--progress-spinner", "off", "--desc", "on", "--aliases", "on"),
        *("--vulnerability-service", service, *url),
    ]


def _run(command: Sequence[str], folder: str) -> tuple[str, str]:
    """Standard output, and the last words on standard error. The exit status means too many things to be read."""
    # Its options can also come from the environment, its output file among them.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_AUDIT_")}
    try:
        result = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, check=False, timeout=TIMEOUT_SECONDS,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unscannable(f"pip-audit did not answer within {TIMEOUT_SECONDS // 60} minutes") from None
    except OSError as error:
        raise Unscannable(f"pip-audit could not be started: {error.strerror}") from None
    lines = result.stderr.decode("utf-8", "replace").strip().splitlines()
    return result.stdout.decode("utf-8", "replace"), _one_line(lines[-1]) if lines else ""


def _one_line(text: Any) -> str:
    """A text of the other program on one line, short, and without a user, password and query in an address."""
    words = re.sub(r"//[^/\s]*@", "//", " ".join(str(text)[: 20 * MAX_REASON_LENGTH].split()))
    words = re.sub(r"(/[^\s?]*)\?[^\s)]+", r"\1", words)
    return words if len(words) <= MAX_REASON_LENGTH else words[: MAX_REASON_LENGTH - 1] + "…"
