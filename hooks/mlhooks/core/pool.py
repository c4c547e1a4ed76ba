"""Work over all cores. Where the system can fork, starting the workers costs a few milliseconds."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn, TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")

# macOS has fork, but its system libraries may break in a child of it.
CAN_FORK = sys.platform == "linux"
NUMBER_BYTES, LENGTH_BYTES = 4, 8
# The numbers of all parts have to fit into a pipe.
MOST_PARTS = 4000
# Each has a pipe, and `select` knows 1024; the pool of Windows takes 61.
MOST_WORKERS = 60


def in_pool(
    work: Callable[[Part], Result], parts: Sequence[Part], workers: int, *, can_fork: bool = CAN_FORK
) -> Iterator[Result | None]:
    """`work` done on each part by several processes, in the order of the parts; None where the worker has died.

    `work` must not raise. At most `MOST_PARTS` parts.
    """
    pool = _forked if can_fork else _spawned
    return pool(work, parts, min(workers, len(parts), MOST_WORKERS))


def _forked(work: Callable[[Part], Result], parts: Sequence[Part], workers: int) -> Iterator[Result | None]:
    """A pipe holds the number of each part: whoever is free takes the next, and answers on a pipe of its own."""
    numbers, fill = os.pipe()
    os.write(fill, b"".join(number.to_bytes(NUMBER_BYTES) for number in range(len(parts))))
    os.close(fill)
    processes: dict[int, int] = {}
    try:
        for _ in range(workers):
            answers, answer_to = os.pipe()
            process = os.fork()
            if not process:
                for pipe in (answers, *processes):
                    os.close(pipe)
                _be_worker(work, parts, numbers, answer_to)
            os.close(answer_to)
            processes[answers] = process
        yield from _in_order(_answers(list(processes)), len(parts))
    finally:
        os.close(numbers)
        for answers, process in processes.items():
            os.close(answers)
            _end(process)


def _be_worker(work: Callable[[Part], Result], parts: Sequence[Part], numbers: int, answer_to: int) -> NoReturn:
    """Work until there is nothing left, and end this process without touching what it shares with its parent."""
    import pickle

    status = 1
    try:
        while taken := os.read(numbers, NUMBER_BYTES):
            number = int.from_bytes(taken)
            answer = pickle.dumps((number, work(parts[number])))
            _write(answer_to, len(answer).to_bytes(LENGTH_BYTES) + answer)
        status = 0
    finally:
        os._exit(status)


def _write(pipe: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(pipe, rest) :]


def _answers(pipes: list[int]) -> Iterator[tuple[int, Any]]:
    """(number, result) of every part that is answered, as they come; ends when all workers have ended."""
    import pickle
    import select

    waiting = {pipe: bytearray() for pipe in pipes}
    while waiting:
        for pipe in select.select(list(waiting), [], [])[0]:
            data = os.read(pipe, 1 << 20)
            if not data:
                del waiting[pipe]
                continue
            received = waiting[pipe]
            received += data
            while len(received) >= LENGTH_BYTES:
                end = LENGTH_BYTES + int.from_bytes(received[:LENGTH_BYTES])
                if len(received) < end:
                    break
                answer = bytes(received[LENGTH_BYTES:end])
                del received[:end]
                yield pickle.loads(answer)  # noqa: S301  # our own worker wrote it


def _in_order(answers: Iterator[tuple[int, Any]], total: int) -> Iterator[Any]:
    early: dict[int, Any] = {}
    expected = 0
    for number, result in answers:
        early[number] = result
        while expected in early:
            yield early.pop(expected)
            expected += 1
    for number in range(expected, total):
        yield early.get(number)


def _end(process: int) -> None:
    """Wait for a worker; one that is still at work is not needed any more."""
    from contextlib import suppress
    from signal import SIGTERM

    with suppress(ChildProcessError):  # whoever started us may have asked the system to forget children at once
        if os.waitpid(process, os.WNOHANG)[0] == 0:
            os.kill(process, SIGTERM)
            os.waitpid(process, 0)


def _spawned(work: Callable[[Part], Result], parts: Sequence[Part], workers: int) -> Iterator[Result | None]:
    """The same with the standard library's pool, for systems without fork. `work` must be picklable."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    done = 0
    with ProcessPoolExecutor(workers) as pool:
        try:
            for result in pool.map(work, parts):
                done += 1
                yield result
        except BrokenProcessPool:
            # The system ended a worker (out of memory, most likely): nothing is known of the parts that are left.
            yield from [None] * (len(parts) - done)
