"""The tensors that a pickle describes: the symbolic machine runs it, and this listens. Nothing is imported or called.

What torch and numpy write, and how: `torch/_utils.py`, `torch/_tensor.py`, and numpy's `_reconstruct` and
`_frombuffer`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models import opcodes as op
from mlhooks.unsafe_models.convert.tensors import KINDS, Extent, Kind, MemoryExtent, Tensor
from mlhooks.unsafe_models.listener import BrokenError, OverBudgetError
from mlhooks.unsafe_models.literals import Huge, counted_end
from mlhooks.unsafe_models.machine import Machine
from mlhooks.unsafe_models.stream import UNKNOWN
from mlhooks.unsafe_models.values import ByteArray, Dict, Given, Import, List, Made, Thing, Value, is_lost
from mlhooks.unsafe_models.view import View

if TYPE_CHECKING:
    from mlhooks.unsafe_models.stream import Buffer

MOST_OPCODE_BYTES = 1 << 30

_STORAGES = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16", "LongStorage": "int64",
    "BFloat16Storage": "bfloat16", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
    "ByteStorage": "uint8", "BoolStorage": "bool", "ComplexFloatStorage": "complex64", "UntypedStorage": "uint8",
}  # fmt: skip
_UNCONVERTIBLE = {
    "torch._utils._rebuild_qtensor": "is quantised; dequantise it before it is saved",
    "torch._utils._rebuild_sparse_tensor": "is sparse; call to_dense() before it is saved",
    "torch._utils._rebuild_sparse_csr_tensor": "is sparse; call to_dense() before it is saved",
    "torch._utils._rebuild_nested_tensor": "is nested; pad it before it is saved",
    "torch._utils._rebuild_meta_tensor_no_storage": "has no values: it was on the meta device",
    "torch._utils._rebuild_wrapper_subclass": "is of a class of its own; save a plain tensor",
    "torch._utils._rebuild_device_tensor_from_numpy": "comes from a device of its own; call cpu() before it is saved",
    "torch._utils._rebuild_device_tensor_from_cpu_tensor": "comes from a device of its own; call cpu() before it is "
    "saved",
    "torch.storage._load_from_bytes": "is a torch tensor inside of an ordinary pickle; save it with torch.save",
}


class Storage(NamedTuple):
    """What a persistent id of torch stands for. `offset` is that of a view on another storage, in elements."""

    dtype: str
    is_untyped: bool
    key: str
    elements: int
    offset: int
    extent: Extent


FindStorage = Callable[[str, int], Extent]
"""The bytes of a storage, by its key; the number says how many are wanted."""


class StorageThing(Thing):
    __slots__ = ("storage",)

    def __init__(self, storage: Storage) -> None:
        super().__init__()
        self.storage = storage


class TensorThing(Thing):
    """A tensor, or the reason why it is none that can be converted."""

    __slots__ = ("reason", "tensor")

    def __init__(self, tensor: Tensor | None, reason: str = "") -> None:
        super().__init__()
        self.tensor = tensor
        self.reason = reason


class Mapping(Thing):
    """An OrderedDict and its like: keys and values in turn."""

    __slots__ = ("items",)

    def __init__(self, items: list[Value]) -> None:
        super().__init__()
        self.items = items


class DType(Thing):
    """numpy.dtype(code), with the byte order that its state gives it."""

    __slots__ = ("code", "order")

    def __init__(self, code: str) -> None:
        super().__init__()
        self.order = code[0] if code[:1] in "<>=|" else "="
        self.code = code.lstrip("<>=|")


class Array(Thing):
    """numpy's _reconstruct, before its state has come."""

    __slots__ = ("made",)

    def __init__(self) -> None:
        super().__init__()
        self.made: TensorThing | None = None


class Built(NamedTuple):
    """What a pickle comes to, where it ends, and how to read its literals."""

    value: Value
    end: int
    view: View


def build(
    data: Buffer, start: int, end: int, find_storage: FindStorage | None, *, is_big_endian: bool = False
) -> Built:
    """The value of the pickle at `start`. Raises `Unscannable` when it cannot be walked to its end."""
    listener = _Builder(data, find_storage, is_big_endian)
    machine = Machine(data, start, end, listener, python=False)
    try:
        machine.run(MOST_OPCODE_BYTES)
    except BrokenError as error:
        raise Unscannable(f"its pickle breaks off at byte {machine.pos - start:,}: {error}") from None
    except OverBudgetError as error:
        raise Unscannable(f"its pickle is too large: {error}") from None
    return Built(machine.value, machine.pos, listener.view)


class _Builder:
    """The listener: makes tensors of what torch and numpy call, and stand-ins of everything else."""

    def __init__(self, data: Buffer, find_storage: FindStorage | None, is_big_endian: bool) -> None:
        self.data = data
        self.view = View(data)
        self.find_storage = find_storage
        self.is_big_endian = is_big_endian

    # ---- what the machine asks
    # ------------------------------------------------------------------------------------------

    def imported(self, module: str, name: str, protocol: int, at: int) -> Thing:
        del protocol, at
        return Import(f"{_OLD_MODULES.get(module, module)}.{name}")

    def called(self, verb: str, callee: Value, args: Value, kwargs: Value, at: int) -> Value:
        del verb, kwargs, at
        if not isinstance(callee, Import) or type(args) is not tuple:
            return Made(callee, args)
        if callee.name in _UNCONVERTIBLE:
            return TensorThing(None, _UNCONVERTIBLE[callee.name])
        make = _CALLS.get(callee.name)
        if make is None:
            return Made(callee, args)
        try:
            return make(self, args)
        except (IndexError, ValueError, TypeError):
            return TensorThing(None, f"is described in a way that {callee.name} does not understand")

    def stated(self, target: Thing, state: Value, at: int) -> None:
        del at
        if isinstance(target, DType) and type(state) is tuple and len(state) > 1:
            order = self.view.text(state[1])
            target.order = order if order in ("<", ">") else target.order
            if len(state) > 3 and not self.view.is_none(state[3]):
                target.code = "V"
        elif isinstance(target, Array) and type(state) is tuple and len(state) == 5:
            try:
                target.made = self._array(state[1], state[2], state[3], state[4])
            except ValueError:
                target.made = TensorThing(None, "is an array whose shape cannot be read")
        elif isinstance(target, Made):
            target.state = state

    def filled(self, verb: str, target: Thing, items: list[Value], at: int) -> None:
        del at
        if verb == "SETITEM" and isinstance(target, Mapping):
            target.items.extend(items)

    def kept(self, value: Thing, at: int) -> None:
        pass

    def persistent(self, pid: Value, at: int) -> Value:
        del at
        parts = pid if type(pid) is tuple else ()
        if self.find_storage is None or len(parts) not in (5, 6) or self.view.text(parts[0]) != "storage":
            return Given("persistent object")
        key, elements = self.view.text(parts[2]), self.view.number(parts[4])
        kind = parts[1].name.rpartition(".")[2] if isinstance(parts[1], Import) else ""
        dtype = _STORAGES.get(kind)
        if key is None or elements is None or elements < 0 or dtype is None:
            return Given(f"storage of the type {kind or 'unknown'}")
        offset = 0
        if len(parts) == 6 and type(parts[5]) is tuple and len(parts[5]) == 3:
            offset = self.view.number(parts[5][1]) or 0
        # The number of elements is that of the whole storage, also where a part of it is meant.
        extent = self.find_storage(key, elements * KINDS[dtype].item_bytes)
        return StorageThing(Storage(dtype, kind == "UntypedStorage", key, elements, offset, extent))

    def given(self, kind: str, detail: int, at: int) -> Thing:
        del detail, at
        return Given(kind)

    def assumed(self, why: str, value: Value, at: int) -> None:
        """Whatever it is, no tensor comes of it."""

    def warned(self, why: str, at: int) -> None:
        """A trap for loaders that build what they read; this one does not."""

    def array_end(self, machine: Machine, wrapper: Made, state: Value, at: int) -> int | None:
        del machine, state, at
        if isinstance(wrapper.callee, Import) and wrapper.callee.name.endswith("NumpyArrayWrapper"):
            raise BrokenError("it is a joblib file, whose arrays stand between the opcodes; load it and save it as npz")
        return None

    # ---- torch ------------------------------------------------------------------------------------------------------

    def _tensor(self, args: Value, dtype: str = "", metadata: Value = None) -> TensorThing:
        storage = args[0].storage if isinstance(args[0], StorageThing) else None
        if storage is None:
            what = args[0].kind if isinstance(args[0], Given) else "nothing"
            return TensorThing(None, f"rests on a {what}, which safetensors has no type for")
        name = dtype or storage.dtype
        if name not in KINDS:
            return TensorThing(None, f"is of the type {name}, which safetensors does not have")
        notes = self._notes(metadata)
        kind = KINDS[name]
        offset = self._size(args[1]) + storage.offset
        shape, strides = self._sizes(args[2]), self._sizes(args[3])
        tensor = Tensor(
            kind,
            shape,
            strides,
            offset,
            storage.extent,
            storage.key,
            self.is_big_endian,
            notes.get("conj", False),
            notes.get("neg", False),
        )
        return TensorThing(tensor)

    def _notes(self, metadata: Value) -> dict[str, bool]:
        if type(metadata) is not Dict:
            return {}
        plain = self.view.plain(metadata)
        return {key: value is True for key, value in plain.items()} if isinstance(plain, dict) else {}

    def _v2(self, args: Value) -> TensorThing:
        return self._tensor(args, "", args[6] if len(args) > 6 else None)

    def _v3(self, args: Value) -> TensorThing:
        name = args[6].name.removeprefix("torch.") if isinstance(args[6], Import) else "unknown"
        return self._tensor(args, name, args[7] if len(args) > 7 else None)

    def _parameter(self, args: Value) -> Value:
        return args[0] if isinstance(args[0], TensorThing) else Made(Given("parameter"))

    def _from_type(self, args: Value) -> Value:
        """func(*args), for a subclass of Tensor. What the subclass adds is left behind."""
        return self.called("REDUCE", args[0], args[2], None, 0)

    def _size_tuple(self, args: Value) -> Value:
        return args[0] if type(args[0]) is tuple else tuple(args[0])

    # ---- numpy ------------------------------------------------------------------------------------------------------

    def _dtype(self, args: Value) -> Value:
        code = self.view.text(args[0])
        return DType(code) if code else Made(Given("dtype"))

    def _reconstructed(self, _args: Value) -> Value:
        return Array()

    def _from_buffer(self, args: Value) -> TensorThing:
        order = self.view.text(args[3]) if len(args) > 3 else "C"
        return self._array(args[2], args[1], order == "F", args[0])

    def _scalar(self, args: Value) -> TensorThing:
        return self._array((), args[0], False, args[1])

    def _array(self, shape: Value, dtype: Value, is_fortran: Value, raw: Value) -> TensorThing:
        kind = numpy_kind(dtype.code) if isinstance(dtype, DType) else None
        if kind is None:
            code = dtype.code if isinstance(dtype, DType) else "unknown"
            return TensorThing(None, f"is an array of the type {code!a}, which safetensors does not have")
        sizes = self._sizes(shape)
        fortran = is_fortran if isinstance(is_fortran, bool) else bool(self.view.literal(is_fortran) is True)
        content = self._content(raw)
        if content is None:
            return TensorThing(None, "is an array whose bytes are not in the file")
        if len(content) != prod(sizes) * kind.item_bytes:
            return TensorThing(None, "is an array that has another size than its shape says")
        strides = column_strides(sizes) if fortran else row_strides(sizes)
        extent = MemoryExtent(content)
        is_big = isinstance(dtype, DType) and dtype.order == ">"
        return TensorThing(Tensor(kind, sizes, strides, 0, extent, (id(extent), extent), is_big))

    def _content(self, raw: Value) -> memoryview | None:
        if isinstance(raw, ByteArray):
            start = raw.at + 1 + op.LENGTH_BYTES[self.data[raw.at]]
            end = counted_end(self.data, raw.at)
            return memoryview(self.data)[start:end] if end - start == raw.size else None
        found = self.view.payload(raw)
        return None if found is None else memoryview(found[0])[found[1] : found[2]]

    # ---- literals ---------------------------------------------------------------------------------------------------

    def _size(self, value: Value) -> int:
        number = self.view.number(value)
        if number is None:
            raise ValueError
        return number

    def _sizes(self, value: Value) -> tuple[int, ...]:
        if not isinstance(value, tuple | List) or is_lost(value):
            raise ValueError
        return tuple(self._size(item) for item in value)


def numpy_kind(code: str) -> Kind | None:
    """What a numpy type code without byte order becomes; None when safetensors has no such type."""
    name = _NUMPY.get(code)
    return KINDS[name] if name else None


def row_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides in elements of an array whose last index runs fastest."""
    return tuple(prod(shape[index + 1 :]) for index in range(len(shape)))


def column_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides in elements of an array whose first index runs fastest."""
    return tuple(prod(shape[:index]) for index in range(len(shape)))


def plain(built: Built, value: Value) -> Any:
    """The Python value of a literal; UNKNOWN for what is none, or too long."""
    found = built.view.literal(value) if type(value) in (int, str) else UNKNOWN
    return UNKNOWN if isinstance(found, Huge) else found


_NUMPY = {
    "f8": "float64", "f4": "float32", "f2": "float16", "i8": "int64", "i4": "int32", "i2": "int16", "i1": "int8",
    "u8": "uint64", "u4": "uint32", "u2": "uint16", "u1": "uint8", "b1": "bool", "c8": "complex64", "?": "bool",
    "d": "float64", "f": "float32", "e": "float16", "l": "int64", "q": "int64", "i": "int32", "h": "int16", "b": "int8",
    "L": "uint64", "Q": "uint64", "I": "uint32", "H": "uint16", "B": "uint8", "F": "complex64",
}  # fmt: skip
_OLD_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}


def _ordered(_self: _Builder, args: Value) -> Mapping:
    """OrderedDict() or OrderedDict([[key, value], ...]), as Python 2 wrote it."""
    items: list[Value] = []
    for pair in args[0] if args else ():
        items += pair
    return Mapping(items)


_CALLS: dict[str, Callable[[_Builder, Value], Value]] = {
    "torch._utils._rebuild_tensor": _Builder._tensor,
    "torch._utils._rebuild_tensor_v2": _Builder._v2,
    "torch._utils._rebuild_tensor_v3": _Builder._v3,
    "torch._utils._rebuild_parameter": _Builder._parameter,
    "torch._utils._rebuild_parameter_with_state": _Builder._parameter,
    "torch._tensor._rebuild_from_type_v2": _Builder._from_type,
    "torch._tensor._rebuild_from_type": lambda self, args: self.called("REDUCE", args[0], args[2], None, 0),
    "torch.Size": _Builder._size_tuple,
    "collections.OrderedDict": _ordered,
    "collections.defaultdict": lambda _self, _args: Mapping([]),
    "numpy.dtype": _Builder._dtype,
    **dict.fromkeys(
        ("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"), _Builder._reconstructed
    ),
    **dict.fromkeys(("numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer"), _Builder._from_buffer),
    **dict.fromkeys(("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"), _Builder._scalar),
}
