"""Conversion of a large checkpoint: mlhooks, `cp`, and torch.load with safetensors.torch.save_file. Same file, same
run.

    python benchmarks/convert.py [--gigabytes 4] [--folder DIR] [--python PYTHON_WITH_TORCH] [--rounds 3]

Prints time (the best of the rounds) and peak memory of each. Peak memory is the resident set of the process.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MAKE = """
import sys, torch
size, path = int(float(sys.argv[1]) * 2**30), sys.argv[2]
layer = 1 << 26
torch.save({f"layer{i}.weight": torch.full((layer // 4,), float(i)) for i in range(size // layer)}, path)
"""
PEER = """
import sys, torch
from safetensors.torch import save_file
save_file(torch.load(sys.argv[1]), sys.argv[2])
"""
HERE = Path(__file__).resolve().parents[1]


def measured(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Seconds, and peak mebibytes, of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"{command[0]} failed: {process.stderr.read().decode() if process.stderr else ''}")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=4)
    parser.add_argument("--folder", default=None)
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has torch and safetensors")
    parser.add_argument("--rounds", type=int, default=3)
    parsed = parser.parse_args()
    env = {**os.environ, "PYTHONPATH": str(HERE / "hooks")}
    with tempfile.TemporaryDirectory(dir=parsed.folder) as folder:
        source, target = f"{folder}/model.pt", f"{folder}/out.safetensors"
        subprocess.run([parsed.python, "-c", MAKE, str(parsed.gigabytes), source], check=True)
        commands = {
            "cp --reflink=never": ["cp", "--reflink=never", source, target],
            "mlhooks convert": [sys.executable, "-m", "mlhooks", "convert", source, "-o", target, "--force"],
            "mlhooks convert --verify": [
                sys.executable,
                "-m",
                "mlhooks",
                "convert",
                source,
                "-o",
                target,
                "--force",
                "--verify",
            ],
            "torch.load + save_file": [parsed.python, "-c", PEER, source, target],
        }
        results: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(parsed.rounds):
            for name, command in commands.items():
                Path(target).unlink(missing_ok=True)
                os.sync()
                results[name].append(measured(command, env))
    copy = min(seconds for seconds, _ in results["cp --reflink=never"])
    print(f"{'':28}{'seconds':>9}{'x cp':>7}{'peak MiB':>10}   (checkpoint of {parsed.gigabytes:g} GiB)")
    for name, runs in results.items():
        seconds, peak = min(run[0] for run in runs), max(run[1] for run in runs)
        print(f"{name:28}{seconds:9.2f}{seconds / copy:7.2f}{peak:10.0f}")


if __name__ == "__main__":
    main()
