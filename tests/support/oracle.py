"""CPython's own unpicklers with nothing behind them: what would they import?

`find_class` notes the name and gives a class that does nothing, takes everything, and can stand for anything that an
opcode may ask for.
"""

from __future__ import annotations

import copyreg
import io
import pickle
from typing import Any, NamedTuple


class Oracle(NamedTuple):
    """What one load did: the names that `find_class` was asked for, how it ended, and where."""

    imports: tuple[tuple[str, str], ...]
    error: str
    position: int


class _InertType(type):
    """Makes classes that behave like their own objects where opcodes treat the two alike."""

    def __setitem__(cls, key: object, value: object) -> None:
        pass

    def __iter__(cls) -> Any:
        return iter(())

    def __getitem__(cls, key: object) -> object:
        raise KeyError(key)


class Inert(tuple, metaclass=_InertType):
    """A tuple (so that it can be the arguments of a call) that can be called, filled and given a state."""

    def __new__(cls, *args: object, **kwargs: object) -> Any:
        return tuple.__new__(cls if isinstance(cls, type) else Inert)

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def __call__(self, *args: object, **kwargs: object) -> Any:
        return tuple.__new__(Inert)

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def keys(*args: object) -> list[str]:
        return []

    def __setstate__(*args: object) -> None:
        pass

    def append(*args: object) -> None:
        pass

    extend = add = append


class _Noting:
    notes: list[tuple[str, str]]

    def find_class(self, module: str, name: str) -> Any:
        self.notes.append((module, name))
        return _InertType("Imported", (Inert,), {})

    def persistent_load(self, pid: object) -> Any:
        return Inert()


class _C(_Noting, pickle.Unpickler):
    pass


class _Python(_Noting, pickle._Unpickler):  # type: ignore[name-defined, misc]
    pass


class _Peeking(io.BytesIO):
    """A file that shows what comes, as a buffered one does: the C machine then sees no frames."""

    def peek(self, size: int) -> bytes:
        at = self.tell()
        return self.getvalue()[at : at + size]


def load(data: bytes, *, python: bool, peeking: bool = False) -> Oracle:
    """Load one pickle with the C machine or with the pure-Python one, from a file with or without `peek`."""
    stream = _Peeking(data) if peeking else io.BytesIO(data)
    copyreg.clear_extension_cache()
    unpickler = (_Python if python else _C)(stream, encoding="latin-1")
    unpickler.notes = []
    error = ""
    try:
        unpickler.load()
    except Exception as problem:  # noqa: BLE001 - whatever ends a load
        error = f"{type(problem).__name__}: {problem}"
    return Oracle(tuple(unpickler.notes), error, stream.tell())
