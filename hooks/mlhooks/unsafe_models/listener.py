"""Who the symbolic machine talks to, and how a load ends early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mlhooks.unsafe_models.machine import Machine
    from mlhooks.unsafe_models.values import Made, Thing, Value


class BrokenError(Exception):
    """The machine that is followed would raise here."""


class OverBudgetError(Exception):
    """A budget is spent before the end."""


class ArrayMetError(Exception):
    """A place holder for an array was met: joblib's reading has to come first."""


class StopReachedError(Exception):
    """STOP was read."""


class Listener(Protocol):
    """Decides about everything for which a pickle needs Python, in the order of the load.

    Offsets (`at`) are those of the opcode.
    """

    def imported(self, module: str, name: str, protocol: int, at: int) -> Thing:
        """find_class(module, name), before any mapping of Python 2 names."""

    def called(self, verb: str, callee: Value, args: Value, kwargs: Value, at: int) -> Value:
        """A call. `verb` is the opcode: REDUCE, OBJ, INST, or NEWOBJ, NEWOBJ_EX for `callee.__new__(callee, ...)`.

        `args` is a tuple, unless it is unknown; `kwargs` is None, or a Dict unless it is unknown.
        """

    def stated(self, target: Thing, state: Value, at: int) -> None:
        """BUILD of something that is not a plain value."""

    def filled(self, verb: str, target: Thing, items: list[Value], at: int) -> None:
        """APPEND, SETITEM (keys and values in turn) or ADDITEMS on what is no plain container: calls its methods."""

    def kept(self, value: Thing, at: int) -> None:
        """Something that is only there to be called was put into a container or a state."""

    def persistent(self, pid: Value, at: int) -> Value:
        """persistent_load(pid). The text opcode gives a str."""

    def given(self, kind: str, detail: int, at: int) -> Thing:
        """What the loader supplies: ("extension", code), or ("buffer", 0) for an out-of-band buffer."""

    def assumed(self, why: str, value: Value, at: int) -> None:
        """The load goes on here only if `value` (None: not said) happens to be something special.

        Honest writers never rely on that. Raises BrokenError where it cannot be.
        """

    def warned(self, why: str, at: int) -> None:
        """A trap for memory or time in something that is otherwise harmless."""

    def array_end(self, machine: Machine, wrapper: Made, state: Value, at: int) -> int | None:
        """BUILD of the object that joblib replaces by an array: where the bytes of the array end.

        None where the machine does not stand for joblib. Raises BrokenError where the array cannot be read, and may
        raise ArrayMetError to end a reading that is to be taken later.
        """
