"""Mutated files of every format and of every kind that converts: no crash, no hang, bounded memory.

A short run for each parser every time; `-m campaign` takes ten minutes of processor time for each.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from campaign import CAMPAIGN_SECONDS, fuzz
from model_seeds import CONVERTERS, PARSERS, Seeds
from structures import changed

from mlhooks.core.files import Blob
from mlhooks.unsafe_models import HOOK
from mlhooks.unsafe_models.convert import command
from mlhooks.unsafe_models.convert.plan import plan
from mlhooks.unsafe_models.convert.sources import opened
from mlhooks.unsafe_models.convert.tensors import pieces

SHORT_RUNS = 250
Run = Callable[[str, bytes], None]


def files(seeds: Seeds, generator: random.Random) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of changed seeds without end; some are changed twice."""
    corpus = [data for _, data in seeds]
    while True:
        name, data = generator.choice(seeds)
        for _ in range(generator.choice((1, 1, 1, 2))):
            data = changed(data, corpus, generator)
        yield name, data


def judge(name: str, data: bytes) -> None:
    """Everything that the hook says about the file."""
    for finding in HOOK.check(Blob(name, data), {option.name: option.default for option in HOOK.options}):
        assert finding.message
        assert "\n" not in finding.message


def convert_in(folder: Path) -> Run:
    """Reads every tensor of the file, as writing them would."""

    def read_all(name: str, data: bytes) -> None:
        path = folder / name
        path.write_bytes(data)
        with opened(str(path)) as model:
            for tensor in plan(model, None).tensors.values():
                assert sum(map(len, pieces(tensor))) == tensor.size_bytes

    return read_all


def convert_index_in(folder: Path) -> Run:
    """Converts what the index lists; two small shards stand beside it."""
    arrays = dict(CONVERTERS["convert-arrays"]())
    for number, name in enumerate(("m.npz", "p.npz")):
        (folder / f"part-{number}.npz").write_bytes(arrays[name])

    def convert(name: str, data: bytes) -> None:
        path = folder / name
        path.write_bytes(data)
        output = str(folder / "out.safetensors")
        try:
            command.convert(
                argparse.Namespace(model=str(path), output=output, key=None, max_shard_size=0, verify=False, force=True)
            )
        except OSError:
            assert not os.path.exists(output + ".tmp")

    return convert


def run_of(parser: str, folder: Path) -> tuple[Run, Seeds]:
    if parser in PARSERS:
        return judge, PARSERS[parser]()
    make = convert_index_in if parser == "convert-index" else convert_in
    return make(folder), CONVERTERS[parser]()


@pytest.mark.parametrize("parser", [*PARSERS, *CONVERTERS])
def test_changed_files_are_judged_or_refused(parser: str, tmp_path: Path) -> None:
    run, seeds = run_of(parser, tmp_path)
    for name, data in seeds:
        fuzz(run, iter([(name, data)]), runs=1)
    fuzz(run, files(seeds, random.Random(1)), runs=SHORT_RUNS)


@pytest.mark.campaign
@pytest.mark.parametrize("parser", [*PARSERS, *CONVERTERS])
def test_campaign(parser: str, tmp_path: Path) -> None:
    """New files for `CAMPAIGN_SECONDS`; one that fails is kept, and its place printed."""
    run, seeds = run_of(parser, tmp_path)
    seed = int.from_bytes(os.urandom(4), "little")
    print(f"\n{parser}: seed {seed}, {len(seeds)} files to start from", file=sys.stderr)
    tally = fuzz(run, files(seeds, random.Random(seed)), seconds=CAMPAIGN_SECONDS)
    print(f"{parser}: {tally}", file=sys.stderr)
