"""Time and memory of the unsafe-models hook and of other scanners, on the same files in the same run.

    python benchmarks/unsafe_models.py [--cache DIR] [--peers DIR] [--only NAME ...] [--repeat N] [--timeout SECONDS]

The files (about 3.5 GB) are written to the cache folder once; the 2 GB checkpoint needs torch, the arrays need numpy.
Each peer gets an environment of its own in the peers folder, made with venv and pip when it is missing. Every run is a
new process: the table shows the best wall time, the least processor time (in brackets) and the largest resident memory
of N runs, start-up included.
"""

from __future__ import annotations

import argparse
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

HOOKS = Path(__file__).resolve().parent.parent / "hooks"

# fickling checks one file per call, and archives by another function; this is its own scan of a file or a folder.
FICKLING_LOOP = """
import os, sys, zipfile
from fickling.loader import scan_file, scan_zip_archive
def paths(path):
    if not os.path.isdir(path):
        return [path]
    return [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
for path in paths(sys.argv[1]):
    scan = scan_zip_archive if zipfile.is_zipfile(path) else scan_file
    print(path, scan(path, graceful=True))
"""


class Tool(NamedTuple):
    """A scanner: what pip installs for it, and the command that checks one file or folder."""

    name: str
    packages: tuple[str, ...]
    command: Callable[[Path, Path], list[str]]


class Run(NamedTuple):
    """What one process took."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    status: int | None


def _ours(_: Path, target: Path) -> list[str]:
    return [sys.executable, "-P", "-m", "mlhooks", "unsafe-models", str(target)]


def _fickling(environment: Path, target: Path) -> list[str]:
    return [str(environment / "bin/python"), "-c", FICKLING_LOOP, str(target)]


TOOLS = (
    Tool("mlhooks", (), _ours),
    Tool("picklescan", ("picklescan", "numpy"), lambda env, path: [str(env / "bin/picklescan"), "-p", str(path)]),
    Tool("modelscan", ("modelscan",), lambda env, path: [str(env / "bin/modelscan"), "-p", str(path)]),
    Tool(
        "fickling",
        ("fickling", "typing_extensions"),
        lambda env, path: [str(env / "bin/python"), "-c", FICKLING_LOOP, str(path)],
    ),
)


def write_torch_zip(path: Path) -> None:
    """A 2 GB checkpoint as torch.save writes it."""
    import torch

    layers = {f"layer{number}.weight": torch.ones(1024, 1024, 16) for number in range(32)}
    torch.save(layers, path)


def write_arrays(path: Path) -> None:
    """A 1 GB pickle: 16 arrays of 64 MB in a dict."""
    import numpy as np

    with path.open("wb") as stream:
        pickle.dump({f"array{number}": np.full(8 << 20, number / 7) for number in range(16)}, stream)


def write_inert(path: Path) -> None:
    """10 million opcodes that hold numbers, strings and containers: 910,000 records."""
    records = [{"id": number, "name": f"row {number}", "score": number / 7} for number in range(910_000)]
    path.write_bytes(pickle.dumps(records))


def write_mixed(path: Path) -> None:
    """10 million opcodes with an object and its state at every 20: 500,000 namespaces of plain values."""
    nodes = [
        argparse.Namespace(left=number, right=number + 1, depth=number % 7, value=number / 3, leaf=not number % 2)
        for number in range(500_000)
    ]
    path.write_bytes(pickle.dumps(nodes))


def write_many(path: Path) -> None:
    """1,000 small files: pickles, arrays, and what else stands in a repository."""
    import numpy as np

    path.mkdir()
    for number in range(1000):
        table = {"id": number, "weights": np.arange(50.0), "names": ["a", "b"] * 5}
        if number % 4 == 0:
            (path / f"{number}.pkl").write_bytes(pickle.dumps(table, number // 4 % 6))
        elif number % 4 == 1:
            np.save(path / f"{number}.npy", table["weights"])
        elif number % 4 == 2:
            (path / f"{number}.py").write_text(f"import os\n\nVALUE = {number}\n" * 20)
        else:
            np.savez(path / f"{number}.npz", a=table["weights"], b=np.arange(number))


INPUTS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "2 GB torch zip": ("checkpoint.pt", write_torch_zip),
    "1 GB pickle of arrays": ("arrays.pkl", write_arrays),
    "10 M inert opcodes": ("inert.pkl", write_inert),
    "10 M mixed opcodes": ("mixed.pkl", write_mixed),
    "1,000 small files": ("many", write_many),
}


def inputs(cache: Path, only: list[str]) -> Iterator[tuple[str, Path]]:
    """The files, written when they are missing. One whose library is missing is left out, and says so."""
    cache.mkdir(parents=True, exist_ok=True)
    for name, (file_name, write) in INPUTS.items():
        path = cache / file_name
        if only and not any(word in name for word in only):
            continue
        if not path.exists():
            print(f"writing {path} ...", file=sys.stderr)
            try:
                write(path)
            except ImportError as error:
                print(f"without {name}: {error}", file=sys.stderr)
                continue
        yield name, path


def environment_of(tool: Tool, peers: Path) -> Path:
    """The tool's own environment, made when it is missing."""
    home = peers / tool.name
    if tool.packages and not home.exists():
        print(f"installing {tool.name} into {home} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin/pip"), "install", "--quiet", *tool.packages], check=True)
    return home


def run(command: list[str], folder: str, timeout: float) -> Run:
    """Runs a command to its end. `status` is None when it took too long and was stopped."""
    variables = {**os.environ, "PYTHONPATH": str(HOOKS), "PYTHONDONTWRITEBYTECODE": ""}
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    while True:
        child, status, usage = os.wait4(process.pid, os.WNOHANG)
        seconds = time.perf_counter() - start
        if child:
            process.returncode = os.waitstatus_to_exitcode(status)
            return Run(seconds, cpu_seconds(usage), usage.ru_maxrss / 1000, process.returncode)
        if seconds > timeout:
            process.kill()
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = -9
            return Run(seconds, cpu_seconds(usage), usage.ru_maxrss / 1000, None)
        time.sleep(0.001)


def cpu_seconds(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    home = Path(tempfile.gettempdir()) / "mlhooks-benchmark"
    parser.add_argument("--cache", type=Path, default=home / "files", help="where the generated files are kept")
    parser.add_argument("--peers", type=Path, default=Path(os.environ.get("MLHOOKS_PEERS", home / "peers")))
    parser.add_argument("--only", nargs="*", default=[], help="words of the inputs to run")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--timeout", type=float, default=300.0)
    options = parser.parse_args()
    print(f"{'':24}" + "".join(f"{tool.name:>42}" for tool in TOOLS))
    with tempfile.TemporaryDirectory() as folder:
        for name, path in inputs(options.cache.resolve(), options.only):
            cells = []
            ours = 0.0
            for tool in TOOLS:
                command = tool.command(environment_of(tool, options.peers.resolve()), path)
                runs = [run(command, folder, options.timeout)]
                if runs[0].seconds < options.timeout / 10:
                    runs += [run(command, folder, options.timeout) for _ in range(options.repeat - 1)]
                seconds = min(one.seconds for one in runs)
                peak = max(one.peak_mb for one in runs)
                ours = ours or seconds
                more = ">" if runs[0].status is None else ""
                cpu = min(one.cpu_seconds for one in runs)
                cells.append(
                    f"{more}{seconds:.3f} s ({cpu:.2f}) {peak:.0f} MB {seconds / ours:.1f}x exit {runs[0].status}"
                )
            print(f"{name:24}" + "".join(f"{cell:>42}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
