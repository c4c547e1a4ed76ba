"""`mlhooks convert`: from pickles and numpy files to safetensors, without torch and without running anything."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from mlhooks.core.finding import Level, Unscannable
from mlhooks.core.report import printable
from mlhooks.unsafe_models.convert import sources, writer
from mlhooks.unsafe_models.convert.plan import Plan, plan

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, REFUSED = 0, 2
_UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}
_SUFFIXES = re.compile(r"\.(?:pt|pth|bin|ckpt|pkl|pickle|npy|npz|pt\.tar|pth\.tar)$", re.IGNORECASE)
_INDEX = ".index.json"


def main(name: str, words: Sequence[str], _load_all: object) -> int:
    """Run the command; the exit status: 0 written, 2 refused."""
    parsed = _parser(name).parse_args(words)
    try:
        for line in convert(parsed):
            print(printable(line), file=sys.stderr)
    except Unscannable as reason:
        print(f"mlhooks: could not convert {printable(parsed.model)}: {printable(str(reason))}", file=sys.stderr)
        return REFUSED
    except OSError as error:
        print(f"mlhooks: could not convert {printable(parsed.model)}: {printable(str(error))}", file=sys.stderr)
        return REFUSED
    return DONE


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"mlhooks {name}",
        description="Write the tensors of a torch checkpoint (.pt, .bin, .ckpt; also its *.index.json), of .npz, .npy "
        "or a pickle of numpy arrays as safetensors. Needs no torch, and runs nothing of the file.",
    )
    parser.add_argument("model", metavar="MODEL", help="the file to convert, or the index of a sharded one")
    parser.add_argument("-o", "--output", metavar="OUT", help="default: MODEL with the suffix .safetensors")
    parser.add_argument("--key", help="where in a checkpoint the weights are, e.g. state_dict")
    parser.add_argument("--max-shard-size", metavar="SIZE", type=_size, default=0, help="split the output, e.g. 5GB")
    parser.add_argument("--verify", action="store_true", help="read the output again and compare every byte")
    parser.add_argument("--force", action="store_true", help="replace an output that exists")
    return parser


def _size(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMG]I?B)?", text.strip().upper())
    size = int(float(found[1]) * _UNITS[found[2] or ""]) if found else 0
    if size <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 5GB or 500MiB")
    return size


def convert(parsed: argparse.Namespace) -> list[str]:
    """Convert one model; what to tell about it. Raises `Unscannable` and OSError."""
    inputs, stem, names = _inputs(parsed.model)
    output = parsed.output or f"{stem}.safetensors"
    with ExitStack() as stack:
        whole = Plan({}, {}, [])
        for path in inputs:
            _refuse_findings(path)
            part = plan(stack.enter_context(sources.opened(path)), parsed.key)
            twice = (part.tensors.keys() | part.aliases.keys()) & (whole.tensors.keys() | whole.aliases.keys())
            if twice:
                raise Unscannable(f"the tensor {min(twice)!a} is in two of its files")
            whole = Plan({**whole.tensors, **part.tensors}, {**whole.aliases, **part.aliases}, whole.notes + part.notes)
        missing = sorted(names - whole.tensors.keys() - whole.aliases.keys())
        if missing:
            whole.notes.append(
                f"its index lists {len(missing):,} tensors that none of its files has, such as {missing[0]!a}"
            )
        parts = writer.shards(whole.tensors, {"format": "pt"}, whole.aliases, parsed.max_shard_size)
        paths = _paths(output, len(parts))
        taken = [path for path in paths if os.path.exists(path)]
        if taken and not parsed.force:
            raise Unscannable(f"{taken[0]} exists; use --force to replace it, or -o to write elsewhere")
        for path in taken:
            if os.path.isdir(path):
                raise Unscannable(f"{path} is a folder; use -o to write elsewhere")
            if any(os.path.samefile(path, one) for one in (parsed.model, *inputs)):
                raise Unscannable(f"{path} is the model itself; use -o to write elsewhere")
        _write(parts, paths, output, verify=parsed.verify)
    total = sum(part.size_bytes for part in parts)
    where = paths[0] if len(parts) == 1 else f"{len(parts)} files, listed in {output}{_INDEX}"
    checked = ", every byte compared" if parsed.verify else ""
    return [*dict.fromkeys(whole.notes), f"wrote {len(whole.tensors):,} tensors, {total:,} bytes, to {where}{checked}"]


def _inputs(path: str) -> tuple[list[str], str, set[str]]:
    """The files to read, the name of the output without its suffix, and the tensors that an index lists."""
    if not path.endswith(_INDEX):
        return [path], _SUFFIXES.sub("", path), set()
    try:
        with open(path, encoding="utf-8") as file:
            index: Any = json.load(file)
        weights = index["weight_map"]
        names = sorted({*weights.values()})
    except (ValueError, RecursionError, KeyError, AttributeError, TypeError):
        raise Unscannable("it is no index of a sharded model: it has no weight_map") from None
    if not names or not all(isinstance(name, str) and os.path.basename(name) == name and name for name in names):
        raise Unscannable("its weight_map names files outside of its own folder")
    folder = os.path.dirname(path)
    return [os.path.join(folder, name) for name in names], _SUFFIXES.sub("", path.removesuffix(_INDEX)), {*weights}


def _refuse_findings(path: str) -> None:
    """A file that runs code is one to look at, not one to convert."""
    from mlhooks.core.files import File
    from mlhooks.unsafe_models.options import OPTIONS
    from mlhooks.unsafe_models.room import check

    file = File(path)
    try:
        for finding in check(file, {option.name: option.default for option in OPTIONS}):
            if finding.level is Level.ERROR:
                raise Unscannable(f"{finding.message} [{finding.rule.id}]")
    finally:
        file.close()


def _paths(output: str, count: int) -> list[str]:
    if count == 1:
        return [output]
    stem = output.removesuffix(".safetensors")
    return [f"{stem}-{number:05}-of-{count:05}.safetensors" for number in range(1, count + 1)]


def _write(parts: list[writer.Shard], paths: list[str], output: str, *, verify: bool) -> None:
    total = sum(part.size_bytes for part in parts) * (2 if verify else 1)
    finals = paths if len(parts) == 1 else [*paths, f"{output}{_INDEX}"]
    with writer.all_or_nothing(finals) as temporary, _Progress(total) as progress:
        for part, path in zip(parts, temporary, strict=False):
            writer.write(part, path, progress)
            if verify:
                writer.verify(part, path, progress)
        if len(parts) > 1:
            names = [os.path.basename(path) for path in paths]
            weights = {name: file for part, file in zip(parts, names, strict=True) for name, _ in part.tensors}
            index = {"metadata": {"total_size": sum(part.size_bytes for part in parts)}, "weight_map": weights}
            with open(temporary[-1], "w", encoding="utf-8") as file:
                json.dump(index, file, indent=2, sort_keys=True)


class _Progress:
    """A bar on a terminal; nothing elsewhere."""

    def __init__(self, total: int) -> None:
        self._bar: Any = None
        if sys.stderr.isatty() and total > 100_000_000:
            from tqdm import tqdm

            self._bar = tqdm(total=total, unit="B", unit_scale=True, leave=False, file=sys.stderr)

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, size: int) -> None:
        if self._bar is not None:
            self._bar.update(size)
