"""Fuzzing with bounds: whatever a file holds, it is judged or refused, in little time and little memory."""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from mlhooks.core.finding import Unscannable

CAMPAIGN_SECONDS = float(os.environ.get("MLHOOKS_FUZZ_SECONDS", "600"))
"""Processor seconds of one campaign."""
MOST_SECONDS = 10.0
"""Processor seconds of one file, which is a few kilobytes large."""
MOST_GROWTH_MB = 400.0
"""How much the process may grow over all files."""
_KB_OF_RSS = 1 if sys.platform != "darwin" else 1 / 1024


class Tally(NamedTuple):
    """What a campaign came to; `peak_mb` is that of the process, `growth_mb` what the files added to it."""

    runs: int
    seconds: float
    slowest_seconds: float
    slowest_name: str
    peak_mb: float
    growth_mb: float

    def __str__(self) -> str:
        return (
            f"{self.runs:,} runs, {self.seconds:.0f} CPU seconds, slowest {self.slowest_seconds:.2f} s "
            f"({self.slowest_name}), peak {self.peak_mb:.0f} MB (files added {self.growth_mb:.0f} MB)"
        )


class TooSlow(BaseException):
    """Raised in the middle of a file that takes longer than `MOST_SECONDS`; nothing that is tested may catch it."""


def fuzz(
    run: Callable[[str, bytes], None], files: Iterator[tuple[str, bytes]], *, runs: int = 0, seconds: float = 0.0
) -> Tally:
    """Calls `run` with names and bytes from `files` until both limits are reached.

    Only `Unscannable` may come out. Of a file that fails otherwise the bytes are kept, and their place is in the error.
    """
    before, begin = _peak_mb(), time.process_time()
    done, slowest, slowest_name = 0, 0.0, ""
    with _alarm() as set_alarm:
        while done < runs or time.process_time() - begin < seconds:
            name, data = next(files)
            start = time.process_time()
            set_alarm(MOST_SECONDS)
            try:
                run(name, data)
            except Unscannable:
                pass
            except BaseException as failure:
                set_alarm(0)
                raise AssertionError(f"{type(failure).__name__} on {_kept(name, data)}") from failure
            set_alarm(0)
            took = time.process_time() - start
            done += 1
            if took > slowest:
                slowest, slowest_name = took, name
                if took > MOST_SECONDS / 4:
                    print(f"{took:.1f} s for {_kept(name, data)}", file=sys.stderr)
            if _peak_mb() - before > MOST_GROWTH_MB:
                raise AssertionError(f"the process has grown by more than {MOST_GROWTH_MB} MB on {_kept(name, data)}")
    return Tally(done, time.process_time() - begin, slowest, slowest_name, _peak_mb(), _peak_mb() - before)


@contextmanager
def _alarm() -> Iterator[Callable[[float], Any]]:
    """A function that has `TooSlow` raised when that many processor seconds are over; 0 calls it off."""

    def ring(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGPROF, ring)
    try:
        yield lambda seconds: signal.setitimer(signal.ITIMER_PROF, seconds)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KB_OF_RSS / 1024


def _kept(name: str, data: bytes) -> str:
    path = os.path.join(tempfile.mkdtemp(prefix="mlhooks-fuzz-"), name.replace("/", "_"))
    with open(path, "wb") as stream:
        stream.write(data)
    return path
