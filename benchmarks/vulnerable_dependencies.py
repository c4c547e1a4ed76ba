"""vulnerable-dependencies against pip-audit: the same pins, the same advisories, in the same run.

    python benchmarks/vulnerable_dependencies.py [--advisories FILE] [--peer VENV] [--runs 5]

pip-audit asks a service on this machine that holds the same advisories, in its fastest mode (--no-deps --disable-pip);
mlhooks reads its database. Both are whole processes, started in turn, with their default
output; "bare" is `python -c pass`. `--advisories` is what `mlhooks advisories update
--from` takes (default: invented ones); `--peer` a virtual environment with pip-audit, made when it is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from osv_service import serving
from packaging.version import Version

from mlhooks.formats.dependency import normalize
from mlhooks.vulnerable_dependencies.sources import documents
from mlhooks.vulnerable_dependencies.versions import parse

# Without byte code of their own, both would be compiled on every start.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
SCRIPT = str(Path(sys.executable).parent / "mlhooks")
# How many pins, and one in how many of the known packages is vulnerable.
CASES = ((1, 1), (100, 5), (1000, 5), (1000, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--advisories", help="real advisories (default: invented ones)")
    parser.add_argument("--peer", default=".venv-pip-audit", help="an environment with pip-audit (made when missing)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each, in turn (default: 5)")
    arguments = parser.parse_args()
    peer = str(peer_in(Path(arguments.peer)))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLHOOKS_CACHE"] = ENVIRONMENT["MLHOOKS_CACHE"] = folder
        source = arguments.advisories or invented(Path(folder) / "data")
        records = [document.value for document in documents(source)]
        start = time.perf_counter()
        subprocess.run([SCRIPT, "advisories", "update", "--from", source], check=True, capture_output=True)
        seconds = time.perf_counter() - start
        size = (Path(folder) / "advisories.sqlite").stat().st_size
        print(f"database of {len(records):,} records: built in {seconds:.1f} s, {size / 1e6:.1f} MB\n")
        titles = f"{'mlhooks':>12} {'pip-audit':>12} {'times faster':>13} {'over bare':>13} {'same ids':>9}"
        print(f"{'pins':>6} {'bad':>6} {titles}")
        with serving(records) as service:
            for count, vulnerable_in in CASES:
                lines = pins(records, count, vulnerable_in=vulnerable_in)
                measure(Path(folder), lines, peer, service.url, arguments.runs)


def measure(folder: Path, lines: list[str], peer: str, url: str, runs: int) -> None:
    """One line of the table: the best of all runs, which other load on the machine disturbs least."""
    path = folder / "requirements.txt"
    path.write_text("".join(line + "\n" for line in lines))
    asks = ("--vulnerability-service", "osv", "--osv-url", url, "--progress-spinner", "off")
    commands = {
        "mlhooks": [SCRIPT, "vulnerable-dependencies", "--stale", "warn", "requirements.txt"],
        "pip-audit": [peer, "--requirement", "requirements.txt", "--no-deps", "--disable-pip", *asks],
        "bare": [sys.executable, "-c", "pass"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, cwd=folder, check=False, capture_output=True, env=ENVIRONMENT)
            times[name].append(time.perf_counter() - start)
    best = {name: min(values) * 1000 for name, values in times.items()}
    ours, theirs = (
        subprocess.run([*commands[name], "--format", "json"], cwd=folder, check=False, capture_output=True).stdout
        for name in ("mlhooks", "pip-audit")
    )
    bad = sum(finding["rule"] == "vulnerable-dependency" for finding in json.loads(ours)["findings"])
    same = ids_of_mlhooks(ours) == ids_of_pip_audit(theirs)
    print(
        f"{len(lines):6,} {bad:6,} {best['mlhooks']:9.0f} ms {best['pip-audit']:9.0f} ms "
        f"{best['pip-audit'] / best['mlhooks']:12.1f} {best['mlhooks'] - best['bare']:10.0f} ms "
        f"{'yes' if same else 'NO':>9}"
    )


def ids_of_mlhooks(output: bytes) -> set[str]:
    labels = (entry["label"] for finding in json.loads(output)["findings"] for entry in finding.get("evidence", ()))
    return {name for label in labels for name in label.split(", ")} - {"nearest fix"}


def ids_of_pip_audit(output: bytes) -> set[str]:
    rows = json.loads(output)["dependencies"]
    return {name for row in rows for entry in row.get("vulns", ()) for name in (entry["id"], *entry["aliases"])}


def pins(records: Iterable[dict[str, Any]], count: int, *, vulnerable_in: int) -> list[str]:
    """As many pins as asked for, as `pip freeze` writes them, each of another package.

    One in `vulnerable_in` has an affected version, as far as there are so many packages; the other packages of the
    advisories stand at a version after all of theirs, and the rest are in no advisory. Left out are packages with a
    bound that is no version: pip-audit ends with a traceback there.
    """
    found: dict[str, str] = {}
    odd: set[str] = set()
    for record in records:
        for entry in record.get("affected", ()):
            name = normalize(entry["package"]["name"])
            events = [
                text for described in entry.get("ranges", ()) if described["type"] != "GIT"
                for event in described["events"] for text in event.values()
            ]  # fmt: skip
            if None in map(parse, events):
                odd.add(name)
            listed = [text for text in entry.get("versions", ()) if parse(text) and str(Version(text)) == text]
            if listed and not record.get("withdrawn"):
                found.setdefault(name, sorted(listed)[len(listed) // 2])
    known = sorted(set(found) - odd)[: count // 2 if vulnerable_in > 1 else count]
    lines = [f"{name}=={found[name] if not number % vulnerable_in else '9999.0'}" for number, name in enumerate(known)]
    return lines + [f"harmless-{number}==1.0" for number in range(count - len(lines))]


def invented(folder: Path) -> str:
    """2,000 advisories for 700 packages, with listed versions as PyPA's records have them."""
    folder.mkdir()
    for number in range(2000):
        versions = [f"{major}.{minor}.0" for major in range(5) for minor in range(10)]
        fixed = versions[10 + number % 40]
        events = [{"introduced": "0"}, {"fixed": fixed}]
        affected = {
            "package": {"ecosystem": "PyPI", "name": f"package-{number % 700}"},
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
            "versions": versions[: versions.index(fixed)],
        }
        record = {"id": f"PYSEC-{number}", "modified": time.strftime("%Y-%m-%dT00:00:00Z"), "affected": [affected]}
        (folder / f"{number}.json").write_text(json.dumps({**record, "aliases": [f"CVE-{number}"]}))
    return str(folder)


def peer_in(folder: Path) -> Path:
    program = folder / "bin" / "pip-audit"
    if not program.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", "pip-audit>=2.10,<3"], check=True)
    return program.absolute()


if __name__ == "__main__":
    main()
