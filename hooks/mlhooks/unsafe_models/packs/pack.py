"""How a pack of allowed names is written down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

IMPORT, CONSTRUCT, CALL, STATE = 1, 2, 4, 8
"""The four powers of a name: to stand on the stack; `cls.__new__`; to be called; to be given a state by BUILD."""

ENUM = 16
"""May be called, with one plain value only."""

POWERS = {
    "value": IMPORT,
    "object": IMPORT | CONSTRUCT | STATE,
    "call": IMPORT | CALL,
    "made": IMPORT | CALL | STATE,
    "enum": IMPORT | CALL | ENUM,
    "all": IMPORT | CONSTRUCT | CALL | STATE,
}


class Pack(NamedTuple):
    """Exact names of one library that may stand in a pickle, and what may be done with them.

    `text` has one line `power module: name name ...` for each module and power; a line that begins with a blank goes on
    with the names of the one before.
    """

    name: str
    why: str
    is_default: bool
    text: str

    def names(self) -> Iterator[tuple[str, str, int]]:
        """(module, qualified name, powers) of each."""
        power = module = ""
        for line in self.text.splitlines():
            if not line.startswith(" "):
                head, _, names = line.partition(": ")
                power, _, module = head.partition(" ")
            else:
                names = line
            for name in names.split():
                yield module, name, POWERS[power]
