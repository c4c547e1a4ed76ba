"""What each opcode does that is not in the machine's inner loop: one function each, from its offset to that of the
next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlhooks.unsafe_models import literals
from mlhooks.unsafe_models import opcodes as op
from mlhooks.unsafe_models.calls import CALLS
from mlhooks.unsafe_models.listener import BrokenError, StopReachedError
from mlhooks.unsafe_models.values import ByteArray, Dict, Frozen, List, Set, Thing, Value, is_lost

if TYPE_CHECKING:
    from mlhooks.unsafe_models.machine import Machine

Step = Callable[["Machine", int], int]


# ---- plain values ---------------------------------------------------------------------------------------------------


def _counted(machine: Machine, at: int) -> int:
    code = machine.data[at]
    width = op.LENGTH_BYTES[code]
    size = machine.number(at + 1, width)
    if size >= 1 << 63 or (size >= 1 << 31 and (code == op.LONG4 or (machine.python and code == op.BINSTRING))):
        raise BrokenError(f"{machine.name_at(at)} has an impossible length")
    end = machine.take(at + 1 + width, size)
    if code in (op.BINUNICODE, op.BINUNICODE8, op.SHORT_BINUNICODE):
        machine.check_utf8(at, end)
    machine.stack.append(ByteArray(size, at) if code == op.BYTEARRAY8 else at)
    return end


def _text(machine: Machine, at: int) -> int:
    line, end = machine.line(at + 1)
    if not (line or machine.python or machine.data[at] == op.UNICODE):
        raise BrokenError("a line is empty")
    try:
        literals.read_text(line, machine.data[at], python=machine.python)
    except ValueError:
        raise BrokenError(f"{machine.name_at(at)} has an argument that cannot be read") from None
    machine.stack.append(at)
    return end


def _proto(machine: Machine, at: int) -> int:
    version = machine.number(at + 1, 1)
    if version > op.HIGHEST_PROTOCOL:
        raise BrokenError(f"protocol {version} does not exist")
    machine.protocol = version
    return at + 2


def _frame(machine: Machine, at: int) -> int:
    machine.enter_frame(at + 9, machine.number(at + 1, 8))
    return at + 9


# ---- stack, memo, containers ----------------------------------------------------------------------------------------


def _stop(machine: Machine, at: int) -> int:
    machine.value = machine.stack.pop()
    machine.leave_frame_at_stop(at + 1)
    raise StopReachedError


def _pop(machine: Machine, at: int) -> int:
    if machine.stack:
        machine.stack.pop()
    else:
        machine.pop_mark()
    return at + 1


def _pop_mark(machine: Machine, at: int) -> int:
    machine.pop_mark()
    return at + 1


def _dup(machine: Machine, at: int) -> int:
    machine.stack.append(machine.stack[-1])
    return at + 1


def _put(machine: Machine, at: int) -> int:
    line, end = machine.line(at + 1)
    index = _index(machine, line)
    if index < 0:
        raise BrokenError("a memo index is negative")
    machine.put(index, at)
    return end


def _binput(machine: Machine, at: int) -> int:
    machine.put(machine.number(at + 1, 1), at)
    return at + 2


def _long_binput(machine: Machine, at: int) -> int:
    machine.put(machine.number(at + 1, 4), at)
    return at + 5


def _memoize(machine: Machine, at: int) -> int:
    machine.put(len(machine.memo), at)
    return at + 1


def _get(machine: Machine, at: int) -> int:
    line, end = machine.line(at + 1)
    machine.stack.append(machine.memo.get(_index(machine, line)))
    return end


def binget(machine: Machine, at: int) -> int:
    machine.stack.append(machine.memo.get(machine.number(at + 1, 1)))
    return at + 2


def _long_binget(machine: Machine, at: int) -> int:
    machine.stack.append(machine.memo.get(machine.number(at + 1, 4)))
    return at + 5


def _index(machine: Machine, line: bytes) -> int:
    try:
        return literals.index(line, python=machine.python)
    except ValueError:
        raise BrokenError("a memo index cannot be read") from None


def _tuple(machine: Machine, at: int) -> int:
    items = machine.pop_mark()
    machine.stack.append(tuple(items))
    return at + 1


def _list(machine: Machine, at: int) -> int:
    items = machine.pop_mark()
    result = List()
    machine.keep(result, items)
    machine.stack.append(result)
    return at + 1


def _dict(machine: Machine, at: int) -> int:
    items = machine.pop_mark()
    if len(items) % 2:
        raise BrokenError("DICT has a key without a value")
    machine.hash_all(items[::2], at)
    result = Dict()
    machine.keep(result, items)
    machine.stack.append(result)
    return at + 1


def _empty_set(machine: Machine, at: int) -> int:
    machine.stack.append(Set())
    return at + 1


def _frozenset(machine: Machine, at: int) -> int:
    items = machine.pop_mark()
    machine.hash_all(items, at)
    machine.watch(items)
    machine.stack.append(Frozen(items))
    return at + 1


def _append(machine: Machine, at: int) -> int:
    _fill_list(machine, [machine.stack.pop()], at)
    return at + 1


def _appends(machine: Machine, at: int) -> int:
    _fill_list(machine, machine.pop_mark(), at)
    return at + 1


def _fill_list(machine: Machine, items: list[Value], at: int) -> None:
    target = machine.stack[-1]
    if type(target) is List:
        machine.keep(target, items)
    elif isinstance(target, Thing):
        if items or machine.python:
            machine.watch(items)
            machine.listener.filled("APPEND", target, items, at)
    elif type(target) is ByteArray:
        for item in items:
            _check_byte(machine, item, at)
        target.size += len(items)
    elif items or machine.python:
        raise BrokenError("it appends to something that is no list")


def _setitem(machine: Machine, at: int) -> int:
    value = machine.stack.pop()
    key = machine.stack.pop()
    _fill_dict(machine, [key, value], at)
    return at + 1


def set_items(machine: Machine, items: list[Value], at: int) -> None:
    """SETITEMS, when what stands above the mark is popped already."""
    if len(items) % 2:
        if machine.python:  # which sets the others before it fails
            _fill_dict(machine, items[:-1], at)
        raise BrokenError("SETITEMS has a key without a value")
    _fill_dict(machine, items, at)


def _fill_dict(machine: Machine, items: list[Value], at: int) -> None:
    target = machine.stack[-1]
    if type(target) is Dict:
        machine.hash_all(items[::2], at)
        machine.keep(target, items)
    elif not items:
        return
    elif isinstance(target, Thing):
        machine.watch(items)
        machine.listener.filled("SETITEM", target, items, at)
    elif type(target) is List:
        for key, value in zip(items[::2], items[1::2], strict=True):
            index = _check_index(machine, key, len(target), is_lost(target), at)
            if index is not None:
                target[index] = value
    elif type(target) is ByteArray:
        for key, value in zip(items[::2], items[1::2], strict=True):
            _check_index(machine, key, target.size, False, at)
            _check_byte(machine, value, at)
    else:
        raise BrokenError("it sets an item of something that has none")


def _additems(machine: Machine, at: int) -> int:
    items = machine.pop_mark()
    target = machine.stack[-1]
    if type(target) is Set:
        machine.hash_all(items, at)
        machine.keep(target, items)
    elif isinstance(target, Thing):
        if items or machine.python:
            machine.watch(items)
            machine.listener.filled("ADDITEMS", target, items, at)
    elif items or machine.python:
        raise BrokenError("it adds to something that is no set")
    return at + 1


def _check_byte(machine: Machine, item: Value, at: int) -> None:
    if isinstance(item, Thing):
        machine.listener.assumed("an object is used as a number", item, at)
        return
    value = literals.value_at(machine.data, item) if type(item) is int else None
    if not isinstance(value, int) or not 0 <= value < 256:
        raise BrokenError("it puts something into a bytearray that is no byte")


def _check_index(machine: Machine, key: Value, size: int, is_unknown: bool, at: int) -> int | None:
    """The index that a key stands for, where size is known."""
    if isinstance(key, Thing):
        machine.listener.assumed("an object is used as an index", key, at)
        return None
    value = literals.value_at(machine.data, key) if type(key) is int else None
    if not isinstance(value, int):
        raise BrokenError("it uses something as an index that is no number")
    if is_unknown:
        machine.listener.assumed("an item of a long list is replaced", None, at)
        return None
    if not -size <= value < size:
        raise BrokenError("it sets an item that does not exist")
    return value


_STEPS: dict[int, Step] = {
    **dict.fromkeys(op.LENGTH_BYTES, _counted),
    **dict.fromkeys((op.INT, op.LONG, op.FLOAT, op.STRING, op.UNICODE), _text),
    **CALLS,
    op.ADDITEMS: _additems,
    op.APPEND: _append,
    op.APPENDS: _appends,
    op.BINGET: binget,
    op.BINPUT: _binput,
    op.DICT: _dict,
    op.DUP: _dup,
    op.EMPTY_SET: _empty_set,
    op.FRAME: _frame,
    op.FROZENSET: _frozenset,
    op.GET: _get,
    op.LIST: _list,
    op.LONG_BINGET: _long_binget,
    op.LONG_BINPUT: _long_binput,
    op.MEMOIZE: _memoize,
    op.POP: _pop,
    op.POP_MARK: _pop_mark,
    op.PROTO: _proto,
    op.PUT: _put,
    op.SETITEM: _setitem,
    op.STOP: _stop,
    op.TUPLE: _tuple,
}

STEPS: tuple[Step | None, ...] = tuple(_STEPS.get(code) for code in range(256))
"""By opcode; None for bytes that are no opcode, and for what only the machine's inner loop knows."""
