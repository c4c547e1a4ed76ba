"""Whatever a file holds, it is judged or refused: no crash, no hang, no swelling."""

from __future__ import annotations

import os
import random
import resource
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator

import pytest
from exploits import exploits
from mutations import mutated
from pickle_code import STOP
from wrappings import HONEST, WRAPPINGS, npy, tarred, torch_legacy, torch_zip, zipped

from mlhooks.core.files import Blob
from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models import HOOK

CAMPAIGN_SECONDS = float(os.environ.get("MLHOOKS_FUZZ_SECONDS", "600"))
NAMES = (
    "model.pkl",
    "model.pt",
    "model.joblib",
    "x.npy",
    "x.npz",
    "model",
    "notes.txt",
    "x.tar.gz",
    "x.zip",
    "m.safetensors",
)


def seeds() -> list[bytes]:
    """Every container around something honest and around something hostile, and every exploit."""
    import importlib.util

    there = {name for name in ("joblib", "numpy", "pandas", "torch") if importlib.util.find_spec(name)}
    files = [exploit.data for exploit in exploits() if len(exploit.data) < 20_000]
    payloads = (HONEST, files[0], files[4])
    files += [wrapping.wrap(data) for wrapping in WRAPPINGS if wrapping.needs <= there for data in payloads]
    files += [zlib.compress(torch_zip(HONEST)), zipped({"a": tarred({"b": npy(HONEST)})}, 8), torch_legacy(HONEST)]
    return [*files, STOP, b""]


def files(generator: random.Random) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of files without end."""
    corpus = seeds()
    while True:
        if generator.random() < 0.05:
            data = generator.randbytes(generator.choice((1, 10, 100, 5000)))
        else:
            data = mutated(generator.choice(corpus), corpus, generator)
        yield generator.choice(NAMES), data


def judge(name: str, data: bytes) -> float:
    """Checks one file, and gives the processor seconds that it took. Only `Unscannable` may come out."""
    options = {option.name: option.default for option in HOOK.options}
    start = time.process_time()
    try:
        for finding in HOOK.check(Blob(name, data), options):
            assert finding.message
    except Unscannable as error:
        reason = str(error)
    else:
        reason = "judged"
    assert reason
    return time.process_time() - start


def test_mutated_files_are_judged_or_refused() -> None:
    source = files(random.Random(1))
    for _ in range(1500):
        name, data = next(source)
        judge(name, data)


@pytest.mark.campaign
def test_campaign() -> None:
    """New files for `MLHOOKS_FUZZ_SECONDS`; one that fails is kept, and its place printed."""
    seed = int.from_bytes(os.urandom(4), "little")
    source = files(random.Random(seed))
    start = time.monotonic()
    count, slowest = 0, 0.0
    while time.monotonic() - start < CAMPAIGN_SECONDS:
        name, data = next(source)
        try:
            seconds = judge(name, data)
            assert seconds < 10
        except BaseException:
            kept = os.path.join(tempfile.mkdtemp(prefix="mlhooks-fuzz-"), f"failed-{name}")
            with open(kept, "wb") as stream:
                stream.write(data)
            print(f"seed {seed}, file {count:,}: {kept}", file=sys.stderr)
            raise
        count, slowest = count + 1, max(slowest, seconds)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"seed {seed}: {count:,} files, slowest {slowest:.2f} s, peak {peak_mb:.0f} MB", file=sys.stderr)
    assert peak_mb < 500
