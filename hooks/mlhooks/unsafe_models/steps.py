"""What each opcode does that is not in the machine's inner loop: one function each, from its offset to that of the
next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlhooks.unsafe_models import literals
from mlhooks.unsafe_models import opcodes as op
from mlhooks.unsafe_models.listener import BrokenError, StopReachedError
from mlhooks.unsafe_models.values import ByteArray, Dict, Frozen, Given, List, Made, Set, Thing, Value, is_lost

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
    size = machine.number(at + 1, 8)
    start = at + 9
    if size >= 1 << 63:
        raise BrokenError("FRAME has an impossible length")
    if not machine.python:
        if start + size > machine.end:
            raise BrokenError("FRAME is longer than the rest of the file")
        return start
    if machine.limit < machine.end and start != machine.limit:
        raise BrokenError("a frame begins inside of another")
    machine.limit = min(start + size, machine.end)
    return start


# ---- stack, memo, containers ----------------------------------------------------------------------------------------


def _stop(machine: Machine, _at: int) -> int:
    machine.value = machine.stack.pop()
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
    machine.put(machine.memo_size, at)
    return at + 1


def _get(machine: Machine, at: int) -> int:
    line, end = machine.line(at + 1)
    machine.stack.append(machine.get(_index(machine, line)))
    return end


def binget(machine: Machine, at: int) -> int:
    machine.stack.append(machine.get(machine.number(at + 1, 1)))
    return at + 2


def _long_binget(machine: Machine, at: int) -> int:
    machine.stack.append(machine.get(machine.number(at + 1, 4)))
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


def _setitems(machine: Machine, at: int) -> int:
    items = machine.pop_mark()
    if len(items) % 2:
        if machine.python:  # which sets the others before it fails
            _fill_dict(machine, items[:-1], at)
        raise BrokenError("SETITEMS has a key without a value")
    _fill_dict(machine, items, at)
    return at + 1


def _fill_dict(machine: Machine, items: list[Value], at: int) -> None:
    target = machine.stack[-1]
    if type(target) is Dict:
        machine.hash_all(items[::2], at)
        machine.keep(target, items)
    elif not items:
        return
    elif isinstance(target, Thing):
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


# ---- imports and calls ----------------------------------------------------------------------------------------------


def _import(machine: Machine, module: str, name: str, at: int) -> Thing:
    machine.is_pure = False
    return machine.listener.imported(module, name, machine.protocol, at)


def _name_line(machine: Machine, start: int, encoding: str) -> tuple[str, int]:
    line, end = machine.line(start)
    if not line and not machine.python:
        raise BrokenError("a name is empty")
    try:
        return line.decode(encoding), end
    except UnicodeDecodeError:
        raise BrokenError("a name cannot be decoded") from None


def _global(machine: Machine, at: int) -> int:
    module, middle = _name_line(machine, at + 1, "utf-8")
    name, end = _name_line(machine, middle, "utf-8")
    machine.stack.append(_import(machine, module, name, at))
    return end


def _inst(machine: Machine, at: int) -> int:
    if not (machine.python or machine.marks):
        raise BrokenError("INST finds no mark")
    module, middle = _name_line(machine, at + 1, "ascii")
    name, end = _name_line(machine, middle, "ascii")
    callee = _import(machine, module, name, at)
    args = tuple(machine.pop_mark())
    machine.stack.append(machine.listener.called("INST", callee, args, None, at))
    return end


def _stack_global(machine: Machine, at: int) -> int:
    name = machine.stack.pop()
    module = machine.stack.pop()
    parts = [_name(machine, part, at) for part in (module, name)]
    if None in parts:
        machine.stack.append(Given("computed import"))
    else:
        machine.stack.append(_import(machine, str(parts[0]), str(parts[1]), at))
    return at + 1


def _name(machine: Machine, value: Value, at: int) -> str | None:
    """An operand of STACK_GLOBAL; None where it is not known. Raises BrokenError where it is no str."""
    if isinstance(value, Thing):
        machine.listener.assumed("the name of an import is computed while loading", value, at)
        return None
    if type(value) is not int or literals.kind_at(machine.data, value) != "text":
        raise BrokenError("STACK_GLOBAL finds a name that is no text")
    return str(literals.value_at(machine.data, value))


def _extension(machine: Machine, at: int) -> int:
    size = {op.EXT1: 1, op.EXT2: 2, op.EXT4: 4}[machine.data[at]]
    code = machine.number(at + 1, size, signed=size == 4)
    if code <= 0:
        raise BrokenError("an extension code is not positive")
    machine.is_pure = False
    machine.stack.append(machine.listener.given("extension", code, at))
    return at + 1 + size


def _persid(machine: Machine, at: int) -> int:
    line, end = machine.line(at + 1)
    if not line.isascii():
        raise BrokenError("a persistent id is not ASCII")
    machine.is_pure = False
    machine.stack.append(machine.listener.persistent(line.decode("ascii"), at))
    return end


def _binpersid(machine: Machine, at: int) -> int:
    pid = machine.stack.pop()
    machine.is_pure = False
    machine.stack.append(machine.listener.persistent(pid, at))
    return at + 1


def _next_buffer(machine: Machine, at: int) -> int:
    machine.is_pure = False
    machine.stack.append(machine.listener.given("buffer", 0, at))
    return at + 1


def _readonly_buffer(machine: Machine, at: int) -> int:
    top = machine.stack[-1]
    if isinstance(top, Thing):
        machine.listener.assumed("an object is used as a buffer", top, at)
    elif type(top) is ByteArray:
        machine.is_pure = False
        machine.listener.assumed("a bytearray is made read-only", None, at)
        machine.stack[-1] = Given("buffer")
    elif type(top) is not int or literals.kind_at(machine.data, top) != "bytes":
        raise BrokenError("READONLY_BUFFER finds no buffer")
    return at + 1


def _reduce(machine: Machine, at: int) -> int:
    args = machine.stack.pop()
    callee = machine.stack[-1]
    _check_callee(callee)
    args = _arguments(machine, args, at)
    machine.stack[-1] = machine.listener.called("REDUCE", callee, args, None, at)
    return at + 1


def _obj(machine: Machine, at: int) -> int:
    callee, *args = machine.pop_mark() or [None]
    _check_callee(callee)
    machine.stack.append(machine.listener.called("OBJ", callee, tuple(args), None, at))
    return at + 1


def _newobj(machine: Machine, at: int) -> int:
    args = machine.stack.pop()
    callee = machine.stack[-1]
    _check_class(machine, callee, at)
    args = _arguments(machine, args, at)
    machine.stack[-1] = machine.listener.called("NEWOBJ", callee, args, None, at)
    return at + 1


def _newobj_ex(machine: Machine, at: int) -> int:
    kwargs = machine.stack.pop()
    args = machine.stack.pop()
    callee = machine.stack[-1]
    _check_class(machine, callee, at)
    args = _arguments(machine, args, at)
    _check_keywords(machine, kwargs, at)
    machine.stack[-1] = machine.listener.called("NEWOBJ_EX", callee, args, kwargs, at)
    return at + 1


def _check_callee(callee: Value) -> None:
    if not isinstance(callee, Thing):
        raise BrokenError("it calls something that is no function")


def _check_class(machine: Machine, callee: Value, at: int) -> None:
    _check_callee(callee)
    if isinstance(callee, Made | Given) and not machine.python:
        machine.listener.assumed("a class is computed while loading", callee, at)


def _arguments(machine: Machine, args: Value, at: int) -> Value:
    """The arguments of a call as a tuple where they are known. Raises BrokenError where they are none."""
    if type(args) is tuple:
        return args
    if isinstance(args, Thing):
        machine.listener.assumed("the arguments of a call are computed while loading", args, at)
        return args
    if machine.python:
        if isinstance(args, List | Set | Frozen):
            return tuple(args)
        if type(args) is Dict:
            return tuple(args[::2])
        if type(args) is ByteArray or literals.kind_at(machine.data, args) in ("text", "bytes"):
            machine.listener.assumed("the arguments of a call are letters", None, at)
            return args
    raise BrokenError("the arguments of a call are no tuple")


def _check_keywords(machine: Machine, kwargs: Value, at: int) -> None:
    if isinstance(kwargs, Thing) or (type(kwargs) is Dict and is_lost(kwargs)):
        machine.listener.assumed("the keywords of a call are computed while loading", kwargs, at)
        return
    if type(kwargs) is not Dict:
        raise BrokenError("the keywords of a call are no dict")
    for key in kwargs[::2]:
        if isinstance(key, Thing):
            machine.listener.assumed("a keyword of a call is computed while loading", key, at)
        elif type(key) is not int or literals.kind_at(machine.data, key) != "text":
            raise BrokenError("a keyword of a call is no text")


# ---- state ----------------------------------------------------------------------------------------------------------


def _build(machine: Machine, at: int) -> int:
    state = machine.stack.pop()
    target = machine.stack[-1]
    if not isinstance(target, Thing):
        _build_plain(machine, state, at)
        return at + 1
    machine.listener.stated(target, state, at)
    end = machine.listener.array_end(machine, target, state, at) if isinstance(target, Made) else None
    if end is None:
        return at + 1
    machine.stack[-1] = Made("array")
    return end


def _build_plain(machine: Machine, state: Value, at: int) -> None:
    """BUILD of a plain value, which has no place for a state: it fails unless there is nothing to set."""
    parts = list(state) if type(state) is tuple and len(state) == 2 else [state]
    for number, part in enumerate(parts):
        if isinstance(part, Thing):
            machine.listener.assumed("a plain value is given a computed state", part, at)
        elif machine.python:
            if _is_true(machine, part):
                raise BrokenError("a plain value is given a state")
        elif not (_is_none(machine, part) if number == 0 else type(part) is Dict and not part):
            raise BrokenError("a plain value is given a state")


def _is_none(machine: Machine, value: Value) -> bool:
    return type(value) is int and literals.kind_at(machine.data, value) == "none"


def _is_true(machine: Machine, value: Value) -> bool:
    if type(value) is ByteArray:
        return value.size > 0
    if type(value) is int:
        plain = literals.value_at(machine.data, value)
        return isinstance(plain, literals.Huge) or bool(plain)
    return len(value) > 0


_STEPS: dict[int, Step] = {
    **dict.fromkeys(op.LENGTH_BYTES, _counted),
    **dict.fromkeys((op.INT, op.LONG, op.FLOAT, op.STRING, op.UNICODE), _text),
    **dict.fromkeys((op.EXT1, op.EXT2, op.EXT4), _extension),
    op.ADDITEMS: _additems,
    op.APPEND: _append,
    op.APPENDS: _appends,
    op.BINGET: binget,
    op.BINPERSID: _binpersid,
    op.BINPUT: _binput,
    op.BUILD: _build,
    op.DICT: _dict,
    op.DUP: _dup,
    op.EMPTY_SET: _empty_set,
    op.FRAME: _frame,
    op.FROZENSET: _frozenset,
    op.GET: _get,
    op.GLOBAL: _global,
    op.INST: _inst,
    op.LIST: _list,
    op.LONG_BINGET: _long_binget,
    op.LONG_BINPUT: _long_binput,
    op.MEMOIZE: _memoize,
    op.NEWOBJ: _newobj,
    op.NEWOBJ_EX: _newobj_ex,
    op.NEXT_BUFFER: _next_buffer,
    op.OBJ: _obj,
    op.PERSID: _persid,
    op.POP: _pop,
    op.POP_MARK: _pop_mark,
    op.PROTO: _proto,
    op.PUT: _put,
    op.READONLY_BUFFER: _readonly_buffer,
    op.REDUCE: _reduce,
    op.SETITEM: _setitem,
    op.SETITEMS: _setitems,
    op.STACK_GLOBAL: _stack_global,
    op.STOP: _stop,
    op.TUPLE: _tuple,
}

STEPS: tuple[Step | None, ...] = tuple(_STEPS.get(code) for code in range(256))
"""By opcode; None for bytes that are no opcode, and for what only the machine's inner loop knows."""
