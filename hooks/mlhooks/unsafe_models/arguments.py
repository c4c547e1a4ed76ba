"""Rules about the arguments of allowed calls: some harmless functions do harm with the wrong ones.

A rule takes the arguments and says what is wrong with them, or "" when nothing is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlhooks.unsafe_models.packs.pack import CALL, CONSTRUCT, ENUM
from mlhooks.unsafe_models.values import Dict, Import, Made, Value
from mlhooks.unsafe_models.view import name_of

if TYPE_CHECKING:
    from mlhooks.unsafe_models.judge import Judge

Arguments = tuple[Value, ...]
Rule = Callable[["Judge", Arguments], str]

LARGEST_PREALLOCATED_BYTES = 1 << 28

PLAIN_TYPES = frozenset(
    f"builtins.{name}"
    for name in (
        "object",
        "dict",
        "list",
        "tuple",
        "set",
        "frozenset",
        "int",
        "float",
        "str",
        "bytes",
        "complex",
        "bool",
    )
)
FACTORIES = PLAIN_TYPES | {
    "collections.OrderedDict",
    "collections.Counter",
    "collections.defaultdict",
    "collections.deque",
}
ARRAY_TYPES = frozenset(
    [
        "numpy.ndarray",
        "numpy.matrix",
        "numpy.recarray",
        "numpy.rec.recarray",
        "numpy.core.records.recarray",
        "numpy.memmap",
        "numpy._core.records.recarray",
        "numpy.matrixlib.defmatrix.matrix",
        "numpy.core.memmap.memmap",
        "numpy._core.memmap.memmap",
        "numpy.ma.MaskedArray",
        "numpy.ma.core.MaskedArray",
    ]
)
BIT_GENERATORS = frozenset(
    f"numpy.random.{name}"
    for name in ("_mt19937.MT19937", "_pcg64.PCG64", "_pcg64.PCG64DXSM", "_philox.Philox", "_sfc64.SFC64")
)
GENERATOR_PARTS = BIT_GENERATORS | {f"numpy.random._pickle.__{name}_ctor" for name in ("bit_generator", "generator")}
LAYOUTS = frozenset(
    f"torch.{name}"
    for name in ["strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "_mkldnn"]
)
PATTERN_METHODS = frozenset(["match", "search", "finditer", "findall", "fullmatch", "split", "sub", "subn"])
TEXT_METHODS = frozenset(
    ["lower", "upper", "strip", "lstrip", "rstrip", "split", "title", "casefold", "capitalize", "swapcase"]
)


def _encode(judge: Judge, args: Arguments) -> str:
    is_latin = len(args) == 2 and judge.view.text(args[1]) in ("latin1", "latin-1")
    if is_latin and judge.view.text(args[0]) is not None:
        return ""
    if is_latin and judge.view.payload(Made(Import("_codecs.encode"), args)) is not None:
        return ""
    return 'only (text, "latin1") is how pickles write bytes'


def _getattr(judge: Judge, args: Arguments) -> str:
    name = judge.view.text(args[1]) if len(args) == 2 else None
    if name is None or not name.isidentifier():
        return "only a plain attribute of a listed class may be looked up"
    owner = args[0]
    if isinstance(owner, Made) and name_of(owner.callee) == "re._compile" and name in PATTERN_METHODS:
        return ""
    if name_of(owner) == "builtins.str" and name in TEXT_METHODS:
        return ""
    if judge.attribute(owner, name) is not None:
        return ""
    return f"the attribute {name!a} is not on the list"


def _partial(judge: Judge, args: Arguments) -> str:
    return "" if args and may_be_kept_for_later(judge, args[0]) else "only a listed function may be kept for later"


def may_be_kept_for_later(judge: Judge, value: Value) -> bool:
    """Whether this may stand where something calls it later, with arguments that nobody sees now."""
    name = name_of(value)
    return bool(name) and judge.powers(value) > 0 and name not in RULES


def _nested(judge: Judge, args: Arguments) -> str:
    payload = judge.view.payload(args[0]) if len(args) == 1 else None
    if payload is None:
        return "only bytes that stand in the file can be looked into"
    judge.nest(payload)
    return ""


def _bytes_io(judge: Judge, args: Arguments) -> str:
    return "" if not args else _nested(judge, args)


def _default_dict(judge: Judge, args: Arguments) -> str:
    if not args or judge.view.is_none(args[0]) or name_of(args[0]) in FACTORIES:
        return ""
    return "the default of a defaultdict may only be a plain type"


def _reconstructor(judge: Judge, args: Arguments) -> str:
    if len(args) != 3 or name_of(args[1]) not in PLAIN_TYPES:
        return "it rebuilds something that is no plain object"
    return _constructs(judge, args)


def _constructs(judge: Judge, args: Arguments) -> str:
    if args and judge.powers(args[0]) & (CONSTRUCT | CALL) and name_of(args[0]) not in RULES:
        return ""
    return "it makes an object of a class that is not on the list"


def _new_index(_judge: Judge, args: Arguments) -> str:
    name = name_of(args[0]) if args else ""
    if len(args) == 2 and name.startswith("pandas.") and name.endswith("Index") and isinstance(args[1], Dict):
        return ""
    return "it makes an object of a class that is no index"


def _from_type(judge: Judge, args: Arguments) -> str:
    if len(args) != 4 or type(args[2]) is not tuple:
        return "it does not rebuild a tensor"
    function, kind = name_of(args[0]), name_of(args[1])
    if not function.startswith("torch._utils._rebuild_") or not judge.powers(args[0]) & CALL:
        return "only torch's own rebuild functions may be called"
    if kind not in ("torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer") and not judge.is_own(
        args[1]
    ):
        return "it makes an object of a class that is no tensor"
    rule = RULES.get(function)
    return rule(judge, args[2]) if rule else ""


def _wrapper_subclass(judge: Judge, args: Arguments) -> str:
    if args and (name_of(args[0]) == "torch.Tensor" or judge.is_own(args[0])):
        return ""
    return "it makes an object of a class that is no tensor"


def _array(_judge: Judge, args: Arguments) -> str:
    return (
        "" if len(args) == 3 and name_of(args[0]) in ARRAY_TYPES else "it makes an object of a class that is no array"
    )


def _masked_array(_judge: Judge, args: Arguments) -> str:
    if len(args) >= 2 and all(name_of(arg) in ARRAY_TYPES for arg in args[:2]):
        return ""
    return "it makes an object of a class that is no array"


def _generator(judge: Judge, args: Arguments) -> str:
    for arg in args:
        is_made = isinstance(arg, Made) and name_of(arg.callee) in GENERATOR_PARTS
        if not (is_made or judge.view.text(arg) is not None or name_of(arg) in GENERATOR_PARTS):
            return "it makes a generator of something else"
    return ""


def _seed(_judge: Judge, args: Arguments) -> str:
    return "" if args and name_of(args[0]).startswith("numpy.random.bit_generator.") else "it makes something else"


def _scalar(judge: Judge, args: Arguments) -> str:
    dtype = args[0] if args else None
    if len(args) != 2 or not isinstance(dtype, Made) or name_of(dtype.callee) != "numpy.dtype":
        return "only numpy's own types have scalars"
    return "" if judge.view.is_bytes(args[1]) else "the value of a scalar can only be bytes"


def _ufunc(judge: Judge, args: Arguments) -> str:
    module, name = (judge.view.text(arg) for arg in args) if len(args) == 2 else (None, None)
    if (
        module in ("numpy", "scipy.special")
        and name
        and judge.knows("numpy" if module == "numpy" else "scipy.special._ufuncs", name)
    ):
        return ""
    return "it looks up something that is no ufunc"


def _pattern(judge: Judge, args: Arguments) -> str:
    if len(args) == 2 and (judge.view.text(args[0]) is not None or judge.view.is_bytes(args[0])):
        return ""
    return "a pattern can only be a text"


def _sized(judge: Judge, args: Arguments) -> str:
    size = judge.view.number(args[0]) if args else None
    if size is not None and size > LARGEST_PREALLOCATED_BYTES:
        return f"it makes the loader allocate {size:,} bytes"
    return ""


def _texts(judge: Judge, args: Arguments) -> str:
    return "" if all(judge.view.is_plain(arg) for arg in args) else "its arguments can only be plain values"


def _layout(judge: Judge, args: Arguments) -> str:
    return "" if len(args) == 1 and judge.view.text(args[0]) in LAYOUTS else "there is no such layout"


def _typed_array(_judge: Judge, args: Arguments) -> str:
    return "" if args and name_of(args[0]) == "array.array" else "it makes an object of a class that is no array"


def enum_member(_judge: Judge, args: Arguments) -> str:
    """The rule of every class with the ENUM power."""
    return "" if len(args) == 1 and type(args[0]) is int else "a member of an enum is made from one plain value"


RULES: dict[str, Rule] = {
    "_codecs.encode": _encode,
    "builtins.getattr": _getattr,
    "functools.partial": _partial,
    "torch.storage._load_from_bytes": _nested,
    "_io.BytesIO": _bytes_io,
    "collections.defaultdict": _default_dict,
    "copyreg._reconstructor": _reconstructor,
    "copyreg.__newobj__": _constructs,
    "copyreg.__newobj_ex__": _constructs,
    "torch._tensor._rebuild_from_type_v2": _from_type,
    "torch._utils._rebuild_wrapper_subclass": _wrapper_subclass,
    "numpy._core.multiarray._reconstruct": _array,
    "numpy.core.multiarray._reconstruct": _array,
    "numpy._core.multiarray.scalar": _scalar,
    "numpy.core.multiarray.scalar": _scalar,
    "numpy.core._ufunc_reconstruct": _ufunc,
    "numpy._core._ufunc_reconstruct": _ufunc,
    "numpy.ma.core._mareconstruct": _masked_array,
    "numpy.random._pickle.__bit_generator_ctor": _generator,
    "numpy.random._pickle.__generator_ctor": _generator,
    "numpy.random._pickle.__randomstate_ctor": _generator,
    "re._compile": _pattern,
    "builtins.bytearray": _sized,
    "builtins.bytes": _sized,
    "torch.device": _texts,
    "torch.serialization._get_layout": _layout,
    "zoneinfo.ZoneInfo._unpickle": _texts,
    "array._array_reconstructor": _typed_array,
    "pandas.core.indexes.base._new_Index": _new_index,
    "pandas.core.indexes.datetimes._new_DatetimeIndex": _new_index,
    "pandas.core.indexes.period._new_PeriodIndex": _new_index,
    "pandas.core.indexes.interval._new_IntervalIndex": _new_index,
    "pandas._libs.arrays.__pyx_unpickle_NDArrayBacked": _constructs,
    "numpy.random.bit_generator.__pyx_unpickle_SeedSequence": _seed,
}
"""By name, for calls with REDUCE, OBJ and INST, and where they stand for NEWOBJ."""


def rule_for(name: str, powers: int) -> Rule | None:
    """The rule about the arguments of a call, if there is one."""
    if powers & ENUM:
        return enum_member
    if name.endswith(".newObj") or ".__pyx_unpickle_" in name:
        return RULES.get(name, _constructs)
    if name.startswith("pathlib."):
        return _texts
    return RULES.get(name)


CALL_ONLY = frozenset(
    (
        "builtins.getattr",
        "copyreg._reconstructor",
        "copyreg.__newobj__",
        "copyreg.__newobj_ex__",
        "numpy._core._ufunc_reconstruct",
        "numpy.core._ufunc_reconstruct",
        "torch._tensor._rebuild_from_type_v2",
        "torch._utils._rebuild_wrapper_subclass",
        "torch.storage._load_from_bytes",
        "zoneinfo.ZoneInfo._unpickle",
    )
)
"""Functions that honest pickles call and never hold: held, they would be called later, with who knows what."""

ITEM_TARGETS = {
    "SETITEM": frozenset(
        [
            "collections.OrderedDict",
            "collections.defaultdict",
            "collections.Counter",
            "sklearn.utils._bunch.Bunch",
            "sklearn.utils.Bunch",
            "sklearn.datasets.base.Bunch",
            "confection._config.Config",
            "nltk.probability.FreqDist",
            "nltk.probability.ConditionalFreqDist",
            "scipy.optimize._optimize.OptimizeResult",
            "scipy.optimize.optimize.OptimizeResult",
            "scipy.sparse._dok.dok_matrix",
            "scipy.sparse._dok.dok_array",
            "lightning.fabric.utilities.data.AttributeDict",
            "lightning_fabric.utilities.data.AttributeDict",
            "pytorch_lightning.utilities.parsing.AttributeDict",
        ]
    ),
    "APPEND": frozenset(("collections.deque", "pandas.core.indexes.frozen.FrozenList")),
    "ADDITEMS": frozenset[str](),
}
"""Classes whose objects take items from the pickle itself, as containers do."""
