"""What the opcodes do that need Python to exist: imports, calls, states, and what the loader supplies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.unsafe_models import literals
from mlhooks.unsafe_models import opcodes as op
from mlhooks.unsafe_models.listener import BrokenError
from mlhooks.unsafe_models.values import ByteArray, Dict, Frozen, Given, List, Made, Set, Thing, Value, is_lost

if TYPE_CHECKING:
    from mlhooks.unsafe_models.machine import Machine


# ---- imports --------------------------------------------------------------------------------------------------------


def _import(machine: Machine, module: str, name: str, at: int) -> Thing:
    machine.is_pure = False
    result = machine.listener.imported(module, name, machine.protocol, at)
    machine.is_watching |= result.is_call_only
    return result


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
    machine.watch(args)
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


# ---- calls ----------------------------------------------------------------------------------------------------------


def _reduce(machine: Machine, at: int) -> int:
    args = machine.stack.pop()
    callee = machine.stack[-1]
    _check_callee(callee)
    args = _arguments(machine, args, at)
    machine.watch(args)
    machine.stack[-1] = machine.listener.called("REDUCE", callee, args, None, at)
    return at + 1


def _obj(machine: Machine, at: int) -> int:
    callee, *args = machine.pop_mark() or [None]
    _check_callee(callee)
    machine.watch(args)
    machine.stack.append(machine.listener.called("OBJ", callee, tuple(args), None, at))
    return at + 1


def _newobj(machine: Machine, at: int) -> int:
    args = machine.stack.pop()
    callee = machine.stack[-1]
    _check_class(machine, callee, at)
    args = _arguments(machine, args, at)
    machine.watch(args)
    machine.stack[-1] = machine.listener.called("NEWOBJ", callee, args, None, at)
    return at + 1


def _newobj_ex(machine: Machine, at: int) -> int:
    kwargs = machine.stack.pop()
    args = machine.stack.pop()
    callee = machine.stack[-1]
    _check_class(machine, callee, at)
    args = _arguments(machine, args, at)
    _check_keywords(machine, kwargs, at)
    machine.watch(args)
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
    machine.watch((state,))
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


CALLS = {
    **dict.fromkeys((op.EXT1, op.EXT2, op.EXT4), _extension),
    op.BINPERSID: _binpersid,
    op.BUILD: _build,
    op.GLOBAL: _global,
    op.INST: _inst,
    op.NEWOBJ: _newobj,
    op.NEWOBJ_EX: _newobj_ex,
    op.NEXT_BUFFER: _next_buffer,
    op.OBJ: _obj,
    op.PERSID: _persid,
    op.READONLY_BUFFER: _readonly_buffer,
    op.REDUCE: _reduce,
    op.STACK_GLOBAL: _stack_global,
}
