"""What stands on the stack of the symbolic machine.

    int >= 0     a literal: the offset of the opcode that pushed it (number, string, bytes, None, bool)
    tuple        a tuple of values
    List, Dict, Set, Frozen, ByteArray     containers; Dict holds its keys and values in turn
    Thing        anything that needs Python to exist: an import, the result of a call, a persistent object

A machine never copies a payload and never builds what the file describes: an int is all it keeps of a gigabyte.
"""

from __future__ import annotations

from typing import Any

from mlhooks.unsafe_models.policy import UNLISTED, Verdict

Value = Any
"""int | tuple | List | Dict | Set | Frozen | ByteArray | Thing: spelled out for mypy it would only slow the reader."""


class _Lost:
    __slots__ = ()

    def __repr__(self) -> str:
        return "LOST"


LOST: Value = _Lost()
"""Stands for all items of a container that the machine no longer remembers (too many, or too long ago)."""


class List(list[Value]):
    """A list; `[LOST]` when its items are forgotten."""

    __slots__ = ()


class Dict(list[Value]):
    """A dict as key, value, key, value ... in order of setting, doubles included; `[LOST]` when forgotten."""

    __slots__ = ()


class Set(list[Value]):
    """A set; `[LOST]` when its items are forgotten."""

    __slots__ = ()


class Frozen(tuple[Value, ...]):
    """A frozenset."""

    __slots__ = ()


class ByteArray:
    """A bytearray of `size` bytes, from the opcode at `at`. Not an int as other literals: it can change."""

    __slots__ = ("at", "size")

    def __init__(self, size: int, at: int) -> None:
        self.size = size
        self.at = at


class Thing:
    """Something that the machine cannot know: every operation on it is taken to succeed.

    `plain` is what `NEWOBJ` with no arguments makes of it without asking anybody, or None: ask.
    `takes_state` says that BUILD may give it any state without asking anybody. `is_call_only` says that it may be
    called where it stands, and not be kept.
    """

    __slots__ = ("is_call_only", "plain", "takes_state")

    plain: Thing | None
    takes_state: bool
    is_call_only: bool

    def __init__(self) -> None:
        self.plain = None
        self.takes_state = self.is_call_only = False


class Import(Thing):
    """An imported object. `name` is the dotted name people know it by, after the mapping of Python 2 names.

    `verdict` is what the policy says about it.
    """

    __slots__ = ("name", "verdict")

    def __init__(self, name: str, verdict: Verdict = UNLISTED) -> None:
        super().__init__()
        self.name = name
        self.verdict = verdict


class Made(Thing):
    """What a call made: `callee` is what was called, `args` its arguments where a rule needs them later.

    `state` is what BUILD gave it, where a rule needs that later.
    """

    __slots__ = ("args", "callee", "state")

    def __init__(self, callee: Value, args: Value = None) -> None:
        super().__init__()
        self.callee = callee
        self.args = args
        self.state: Value = None


class Given(Thing):
    """What the loader supplies: the object behind a persistent id, an extension code, a buffer."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind


def forget(items: list[Value]) -> None:
    """Drop the items of a container, and leave the trace that there were some."""
    items[:] = [LOST]


def is_lost(value: Value) -> bool:
    """Whether the contents of this container are unknown."""
    return isinstance(value, list | tuple) and len(value) > 0 and value[0] is LOST
