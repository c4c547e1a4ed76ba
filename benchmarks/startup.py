"""How long a hook takes on one small clean file, over a bare interpreter. Side by side, in the same run.

    python benchmarks/startup.py [--runs 15]

Prints the median of each in milliseconds, and the difference to `python -c pass`. The bar of the house is 45 ms.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILES = {
    "leaked-secrets": ("train.py", b'import os\n\ntoken = os.environ["HF_TOKEN"]\nprint("epoch", 1)\n'),
    "notebook-data": (
        "eda.ipynb",
        b'{"cells": [{"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [{"name": "stdout", '
        b'"output_type": "stream", "text": ["loss: 0.25\\n"]}], "source": ["print(loss)"]}], "metadata": {}, '
        b'"nbformat": 4, "nbformat_minor": 4}\n',
    ),
    "unpinned-dependencies": ("requirements.txt", b"numpy==2.1.3\ntorch==2.5.1\n"),
    "unsafe-models": ("model.pkl", b"\x80\x04}\x94\x8c\x01a\x94K\x01s."),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15, help="runs of each, in turn (default: 15)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        commands = {"python -c pass": [sys.executable, "-c", "pass"]}
        script = str(Path(sys.executable).parent / "mlhooks")
        for hook, (name, data) in FILES.items():
            (Path(folder) / name).write_bytes(data)
            commands[hook] = [script, hook, name]
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs + 1):
            for name, command in commands.items():
                start = time.perf_counter()
                subprocess.run(command, cwd=folder, check=True, capture_output=True)
                times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values[1:]) * 1000 for name, values in times.items()}
    bare = medians["python -c pass"]
    for name, median in medians.items():
        print(f"{name:<24}{median:7.1f} ms{median - bare:+8.1f} ms")


if __name__ == "__main__":
    main()
