"""Work over several processes: all of it, in order, and what is lost when a worker dies is known."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import islice

import pytest

from mlhooks.core.pool import MOST_PARTS, in_pool

WAYS = [pytest.param(True, id="forked"), pytest.param(False, id="spawned")]


def square(number: int) -> int:
    return number * number


def large(number: int) -> bytes:
    return bytes([number]) * (1 << 20)


def dies_of_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fails_of_three(number: int) -> int:
    if number == 3:
        raise KeyError(number)
    return number


def never_ends(number: int) -> int:
    while number:
        pass
    return os.getpid()


@pytest.mark.parametrize("can_fork", WAYS)
@pytest.mark.parametrize("workers", [1, 2, 7])
def test_results_come_in_order(workers: int, can_fork: bool) -> None:
    numbers = range(40)
    assert list(in_pool(square, numbers, workers, can_fork=can_fork)) == [square(number) for number in numbers]


@pytest.mark.parametrize("can_fork", WAYS)
def test_answers_larger_than_a_pipe_arrive_whole(can_fork: bool) -> None:
    assert list(in_pool(large, range(6), 2, can_fork=can_fork)) == [large(number) for number in range(6)]


def test_the_numbers_of_as_many_parts_as_are_allowed_fit_into_a_pipe() -> None:
    assert list(in_pool(square, range(MOST_PARTS), 2)) == [square(number) for number in range(MOST_PARTS)]


@pytest.mark.parametrize("work", [pytest.param(dies_of_three, id="killed"), pytest.param(fails_of_three, id="raises")])
def test_only_what_a_dead_worker_had_taken_is_lost(work: object) -> None:
    assert callable(work)
    assert list(in_pool(work, range(9), 2)) == [0, 1, 2, None, 4, 5, 6, 7, 8]


def test_nothing_is_known_of_what_no_worker_is_left_for() -> None:
    assert list(in_pool(dies_of_three, range(6), 1)) == [0, 1, 2, None, None, None]


def test_workers_end_with_whoever_asked_for_their_work() -> None:
    results: Iterator[int | None] = in_pool(never_ends, [0, 1, 1], 2)
    (worker,) = islice(results, 1)
    assert isinstance(worker, int)
    results.close()  # type: ignore[attr-defined]  # a generator
    with pytest.raises(ChildProcessError):
        os.waitpid(worker, os.WNOHANG)


def test_children_that_nobody_may_wait_for_are_no_problem() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert list(in_pool(square, range(4), 2)) == [0, 1, 4, 9]
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_more_workers_than_the_system_can_watch_are_not_started() -> None:
    assert list(in_pool(square, range(1500), 1500)) == [square(number) for number in range(1500)]
