"""Walks one pickle in every reading that a loader could take."""

from __future__ import annotations

from mlhooks.unsafe_models.judge import Judge
from mlhooks.unsafe_models.listener import ArrayMetError, BrokenError, OverBudgetError
from mlhooks.unsafe_models.machine import Machine
from mlhooks.unsafe_models.policy import Policy
from mlhooks.unsafe_models.stream import Budget, Stream, Walk


def walk(stream: Stream, policy: Policy, budget: Budget) -> Walk:
    """What the pickle at `stream.start` would do.

    The C machine reads it first. Where it ends in an error, the pure-Python machine may get further, so that reads it
    too. Where the pickle has a place holder for an array, joblib's reading comes before these two.
    """
    judge = Judge(policy, stream)
    readings = []
    first = _Reading(stream, judge, budget, python=False)
    if judge.saw_array:
        readings.append(_Reading(stream, judge, budget, python=True, arrays=True))
        judge.is_aside = True
        first = _Reading(stream, judge, budget, python=False)
    readings.append(first)
    if first.failure:
        readings.append(_Reading(stream, judge, budget, python=True))
    furthest = max(readings, key=lambda reading: (reading.is_complete, reading.end))
    _remark_failures(judge, readings, first, furthest)
    machine = furthest.machine
    return Walk(
        stream=stream,
        end=furthest.end,
        stopped=furthest.is_complete,
        value=judge.view.plain(machine.value),
        imports=judge.imports,
        calls=judge.calls,
        opcodes=machine.opcode_bytes,
        remarks=judge.remarks,
        uses=tuple(judge.uses.values()),
        nested=tuple(judge.nested),
        has_known_danger=judge.has_known_danger,
    )


class _Reading:
    """One machine's run over the stream."""

    def __init__(self, stream: Stream, judge: Judge, budget: Budget, *, python: bool, arrays: bool = False) -> None:
        self.machine = Machine(stream.data, stream.start, stream.end, judge, python=python, arrays=arrays)
        self.failure = ""
        self.is_over_budget = False
        try:
            self.machine.run(budget.opcodes)
        except (BrokenError, ArrayMetError) as error:
            self.failure = str(error)
        except OverBudgetError as error:
            self.failure = str(error)
            self.is_over_budget = True
        budget.opcodes = max(budget.opcodes - self.machine.opcode_bytes, 0)

    @property
    def end(self) -> int:
        return self.machine.pos

    @property
    def is_complete(self) -> bool:
        return not self.failure


def _remark_failures(judge: Judge, readings: list[_Reading], first: _Reading, furthest: _Reading) -> None:
    for reading in readings:
        if reading.is_over_budget:
            text = f"this pickle was not read to its end: {reading.failure} (max-opcodes)"
            judge.remark("scan-budget-exceeded", text, reading.end, "opcodes")
    if not furthest.is_complete:
        if not furthest.is_over_budget:
            text = f"this pickle breaks off: {furthest.failure}. What stands before has run by then"
            judge.remark("pickle-malformed", text, furthest.end, "broken")
    elif not first.is_complete and not furthest.machine.arrays:
        text = f"one unpickler of Python reads this to the end, the other one stops: {first.failure}"
        judge.remark("pickle-malformed", text, first.end, "two readings")
