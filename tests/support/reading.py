"""One reading of our machine without any policy, to be held against the oracle."""

from __future__ import annotations

from typing import NamedTuple

import oracle

from mlhooks.unsafe_models.listener import BrokenError
from mlhooks.unsafe_models.machine import Machine
from mlhooks.unsafe_models.reader import ACROSS_FRAMES
from mlhooks.unsafe_models.values import Given, Import, Made, Thing, Value

LARGEST_TABLE = 1 << 16
"""The C machine allocates its memo up to the largest index: what asks for more is not given to it."""


class Reading(NamedTuple):
    """What one walk saw. `guessed_after` is how many names had been imported when the walk first went on where only a
    special object would have let a loader go on; None if it never did. `warnings` are of memory, time and frames."""

    imports: tuple[tuple[str, str], ...]
    failure: str
    position: int
    guessed_after: int | None
    warnings: tuple[str, ...]
    farthest_slot: int


class _Recorder:
    """A Listener that only listens."""

    def __init__(self) -> None:
        self.imports: list[tuple[str, str]] = []
        self.guessed_after: int | None = None
        self.warnings: list[str] = []

    def imported(self, module: str, name: str, protocol: int, at: int) -> Thing:
        self.imports.append((module, name))
        return Import(f"{module}.{name}")

    def called(self, verb: str, callee: Value, args: Value, kwargs: Value, at: int) -> Value:
        return Made(callee, args)

    def stated(self, target: Thing, state: Value, at: int) -> None:
        pass

    def filled(self, verb: str, target: Thing, items: list[Value], at: int) -> None:
        pass

    def kept(self, value: Thing, at: int) -> None:
        pass

    def persistent(self, pid: Value, at: int) -> Thing:
        return Given("persistent object")

    def given(self, kind: str, detail: int, at: int) -> Thing:
        self.assumed(kind, None, at)
        return Given(kind)

    def assumed(self, why: str, value: Value, at: int) -> None:
        if self.guessed_after is None:
            self.guessed_after = len(self.imports)

    def warned(self, why: str, at: int) -> None:
        self.warnings.append(why)

    def array_end(self, machine: Machine, wrapper: Made, state: Value, at: int) -> int | None:
        return None


def read(data: bytes, *, python: bool) -> Reading:
    """Walk one pickle as the C machine or as the pure-Python one."""
    recorder = _Recorder()
    machine = Machine(data, 0, len(data), recorder, python=python)
    failure = ""
    try:
        machine.run(1 << 40)
    except BrokenError as error:
        failure = str(error)
    slots = max(machine.memo._far, default=0)
    return Reading(
        tuple(recorder.imports), failure, machine.pos, recorder.guessed_after, tuple(recorder.warnings), slots
    )


def difference(data: bytes) -> str:
    """How our two readings of a stream differ from those of CPython's unpicklers; "" where they do not."""
    ours = read(data, python=False)
    found = ""
    if ours.farthest_slot < LARGEST_TABLE:
        found = _compared("C", ours, oracle.load(data, python=False, peeking=True))
        if not found and ACROSS_FRAMES not in ours.warnings:
            found = _compared("C on a file", ours, oracle.load(data, python=False))
    return found or _compared("Python", read(data, python=True), oracle.load(data, python=True))


def _compared(name: str, ours: Reading, theirs: oracle.Oracle) -> str:
    if ours.guessed_after is not None:
        is_same = theirs.imports == ours.imports[: len(theirs.imports)] and len(theirs.imports) >= ours.guessed_after
    elif ours.failure or theirs.error:
        is_same = theirs.imports == ours.imports and bool(theirs.error) == bool(ours.failure)
    else:
        is_same = theirs.imports == ours.imports and (
            theirs.position == ours.position or ACROSS_FRAMES in ours.warnings
        )
    return "" if is_same else f"{name}: {theirs} {ours}"
