"""How long checking notebooks takes: this hook, nbstripout, nb-clean and nbconvert, on the same files in the same run.

    python benchmarks/notebook_data.py [--corpus FOLDER] [--runs 7] [--peers FOLDER]

Three inputs: the largest notebook, a hundred random ones, and one of about 20 MB with a hundred tables of a thousand
rows. `--corpus` names a folder of notebooks; without it they are generated. The peers are installed from PyPI into
virtual environments below `--peers` when they are missing there. Prints the median in milliseconds, and how many times
as long as this hook each takes; the peers judge nothing, they only compare with a stripped copy.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

PEERS = {"nbstripout": "nbstripout", "nb-clean": "nb-clean", "nbconvert": "nbconvert"}
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, help="a folder of notebooks (default: generated ones)")
    parser.add_argument("--runs", type=int, default=7, help="runs of each, in turn (default: 7)")
    parser.add_argument(
        "--peers", type=Path, default=Path(tempfile.gettempdir()) / "mlhooks-peers", help="where peers are"
    )
    arguments = parser.parse_args()
    peers = {name: installed(arguments.peers / name, package) for name, package in PEERS.items()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for label, files in inputs(folder, arguments.corpus).items():
            size = sum(path.stat().st_size for path in files)
            print(f"\n{label}: {len(files)} files, {size / 1e6:.1f} MB")
            before = [path.read_bytes() for path in files]
            measure(commands(files, peers, folder), arguments.runs)
            if before != [path.read_bytes() for path in files]:
                raise SystemExit("one of the commands has changed its input: the figures mean nothing")


def inputs(folder: Path, corpus: Path | None) -> dict[str, list[Path]]:
    chance = random.Random(7)
    if corpus:
        sources = sorted(corpus.rglob("*.ipynb"))
        contents = [path.read_bytes() for path in sources]
    else:
        contents = [generated(chance, number) for number in range(120)]
    largest = max(contents, key=len)
    hundred = chance.sample(contents, 100) if len(contents) >= 100 else chance.choices(contents, k=100)
    return {
        "1 notebook": written(folder / "one", [largest]),
        "100 notebooks": written(folder / "hundred", hundred),
        "20 MB": written(folder / "large", [tables(100, 1000)]),
    }


def written(folder: Path, contents: list[bytes]) -> list[Path]:
    folder.mkdir()
    for number, content in enumerate(contents):
        (folder / f"n{number:03}.ipynb").write_bytes(content)
    return sorted(folder.iterdir())


def generated(chance: random.Random, number: int) -> bytes:
    """A notebook with logs, numbers, one table and, now and then, plots."""
    outputs: list[dict[str, Any]] = [
        {
            "name": "stdout",
            "output_type": "stream",
            "text": [f"epoch {n} loss {chance.random():.4f}\n" for n in range(40)],
        },
        display("text/html", table(chance, 5).splitlines(keepends=True)),
        display("text/plain", [f"array({[chance.random() for _ in range(9)]})"]),
    ]
    pictures = chance.randrange(4) if number else 40
    outputs += [display("image/png", base64.b64encode(chance.randbytes(60_000)).decode()) for _ in range(pictures)]
    return dumped(outputs)


def tables(count: int, rows: int) -> bytes:
    chance = random.Random(1)
    return dumped([display("text/html", table(chance, rows).splitlines(keepends=True)) for _ in range(count)])


def table(chance: random.Random, rows: int) -> str:
    body = "".join(
        f"    <tr>\n      <th>{row}</th>\n      <td>town {chance.randrange(99)}</td>\n"
        f"      <td>{chance.random():.6f}</td>\n      <td>{chance.random():.6f}</td>\n"
        f"      <td>{chance.randrange(10**6)}</td>\n    </tr>\n"
        for row in range(rows)
    )
    head = "".join(f"      <th>{name}</th>\n" for name in ("", "town", "a", "b", "c"))
    top = f'<table border="1" class="dataframe">\n  <thead>\n    <tr>\n{head}    </tr>\n  </thead>\n'
    return f"{top}  <tbody>\n{body}  </tbody>\n</table>"


def display(mime: str, value: Any) -> dict[str, Any]:
    return {"data": {mime: value}, "metadata": {}, "output_type": "display_data"}


def dumped(outputs: list[dict[str, Any]]) -> bytes:
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"c{n}",
            "metadata": {},
            "outputs": [output],
            "source": ["x"],
        }
        for n, output in enumerate(outputs)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()


def installed(home: Path, package: str) -> Path:
    """The folder of a peer's commands; made with venv and pip when it is missing."""
    binaries = home / ("Scripts" if os.name == "nt" else "bin")
    if not binaries.exists():
        venv.create(home, with_pip=True)
        subprocess.run([str(binaries / "python"), "-m", "pip", "install", "-q", package], check=True)
    return binaries


def commands(files: list[Path], peers: dict[str, Path], folder: Path) -> dict[str, list[str]]:
    names = [str(path) for path in files]
    ours = [sys.executable, "-m", "mlhooks", "notebook-data"]
    # `--clear-output` would write into the input, whatever folder is named for the output.
    return {
        "python -c pass": [sys.executable, "-c", "pass"],
        "mlhooks notebook-data": [*ours, *names],
        "nbstripout --verify": [str(peers["nbstripout"] / "nbstripout"), "--verify", *names],
        "nb-clean check": [str(peers["nb-clean"] / "nb-clean"), "check", *names],
        "nbconvert, clearing output": [
            str(peers["nbconvert"] / "jupyter-nbconvert"), "--ClearOutputPreprocessor.enabled=True", "--to", "notebook",
            "--output-dir", str(folder / "converted"), *names,
        ],
    }  # fmt: skip


def measure(runs_of: dict[str, list[str]], runs: int) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "hooks")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "mlhooks-benchmark-cache")
    times: dict[str, list[float]] = {name: [] for name in runs_of}
    for turn in range(runs + 1):
        for name, command in runs_of.items():
            if name.startswith("nbconvert") and turn > 3:
                continue
            start = time.perf_counter()
            subprocess.run(command, env=environment, capture_output=True, check=False)
            if turn:
                times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) * 1000 for name, values in times.items()}
    ours = medians["mlhooks notebook-data"]
    for name, median in medians.items():
        print(f"  {name:<26}{median:9.1f} ms   x{median / ours:.2f}")


if __name__ == "__main__":
    main()
