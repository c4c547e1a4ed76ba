"""Which symbolic values have a hash, and what it would cost CPython to compute it.

Hashing a tuple visits everything below it each time. Thirty tuples, each holding the one before it twice, take CPython
minutes; the same limit protects the scanner.
"""

from __future__ import annotations

import re
from functools import cache

from mlhooks.unsafe_models.stream import Buffer
from mlhooks.unsafe_models.values import ByteArray, Dict, List, Set, Value

MOST_VISITS = 1 << 20
MOST_VISITS_OF_A_FILE = 1 << 22


class HashBudget:
    """What hashing may still cost in one load. `is_spent` is set when one value costs too much."""

    __slots__ = ("is_spent", "left")

    def __init__(self) -> None:
        self.left = MOST_VISITS_OF_A_FILE
        self.is_spent = False

    def is_hashable(self, value: Value) -> bool:
        """Whether CPython can hash this; True when it would take too long to find out."""
        kind = type(value)
        if kind is int:
            return True
        if kind is not tuple:
            return kind not in (List, Dict, Set, ByteArray)
        return self._is_tuple_hashable(value)

    def _is_tuple_hashable(self, value: Value) -> bool:
        todo = [iter(value)]
        visits = 0
        while todo:
            for item in todo[-1]:
                kind = type(item)
                if kind is tuple:
                    todo.append(iter(item))
                    break
                if kind is not int and not self.is_hashable(item):
                    return False
                visits += 1
            else:
                todo.pop()
                visits += 1
            if visits > min(self.left, MOST_VISITS):
                self.left = max(self.left - visits, 0)
                self.is_spent = True
                return True
        self.left -= visits
        return True


def has_shared_tuples(data: Buffer, start: int, end: int) -> bool:
    """Whether a run of plain opcodes looks as if it built a tuple that is expensive to hash.

    It does where a dozen tuples in a row are made of what was there before.
    """
    return any(chain.search(data, start, end) for chain in _chains())


@cache
def _chains() -> tuple[re.Pattern[bytes], ...]:
    """One expression for each opcode that the chain may begin with: a fixed first byte is found much faster."""
    link = rb"(?:\x94|q.|r.{4})?\(?(?:2|h.|j.{4}){1,3}[t\x86\x87]"
    return tuple(re.compile(first + b"(?:%b){11}" % link, re.DOTALL) for first in (b"t", b"\x86", b"\x87"))
