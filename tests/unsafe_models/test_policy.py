"""What the policy allows, and what it says about the rest: opcodes on the left, the verdict on the right."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import functools
import pathlib
import pickle
import random
import re
import types
import uuid
from collections.abc import Iterable

import pytest

from mlhooks.core.files import Blob
from mlhooks.unsafe_models import HOOK, rules
from mlhooks.unsafe_models.packs.pack import POWERS
from mlhooks.unsafe_models.policy import Policy, all_packs, modern_name

DANGEROUS = rules.DANGEROUS_CALL.id
UNEXPECTED = rules.UNEXPECTED_CALL.id
UNKNOWN = rules.UNKNOWN_IMPORT.id
EMBEDDED = rules.EMBEDDED_CODE.id


def found(data: bytes, **options: object) -> list[str]:
    values = {option.name: option.default for option in HOOK.options} | {
        name.replace("_", "-"): value for name, value in options.items()
    }
    return [finding.rule.id for finding in HOOK.check(Blob("m.pkl", data), values)]


def name(module: str, qualified: str) -> bytes:
    """STACK_GLOBAL of a name."""
    return b"".join(b"X" + len(part).to_bytes(4, "little") + part.encode() for part in (module, qualified)) + b"\x93"


def text(value: str) -> bytes:
    return b"X" + len(value.encode()).to_bytes(4, "little") + value.encode()


def stream(*parts: bytes, protocol: int = 4) -> bytes:
    return b"\x80" + bytes([protocol]) + b"".join(parts) + b"."


HONEST: dict[str, object] = {
    "ordered dict": collections.OrderedDict(a=1),
    "default dict": collections.defaultdict(list, a=[1]),
    "counter": collections.Counter("aab"),
    "deque": collections.deque([1, 2], 5),
    "date and time": [
        dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        dt.timedelta(1),
        dt.date(2020, 1, 1),
    ],
    "numbers": [decimal.Decimal("1.5"), fractions.Fraction(1, 3), 1 + 2j, 1 << 200],
    "paths": [pathlib.PurePosixPath("a/b")],
    "partial of a type": functools.partial(int, base=2),
    "partial of a class": functools.partial(collections.OrderedDict, a=1),
    "pattern": re.compile("a+", re.IGNORECASE),
    "method of a pattern": [re.compile("a").match, re.compile("b").finditer],
    "method of str": str.lower,
    "random numbers": random.Random(1),
    "namespace": types.SimpleNamespace(a=1),
    "uuid": uuid.UUID(int=1),
    "bytes": [b"a", bytearray(b"b"), b"\xff" * 300],
    "sets": [{1, 2}, frozenset([3]), set()],
    "slices and ranges": [slice(1, 2), range(3)],
    "values": [len, print, int, Ellipsis, NotImplemented],
}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("case", HONEST)
def test_plain_python_is_quiet(case: str, protocol: int) -> None:
    try:
        data = pickle.dumps(HONEST[case], protocol)
    except (TypeError, pickle.PicklingError):
        pytest.skip("this protocol cannot write it")
    assert found(data) == []


ENCODE = name("_codecs", "encode")
GETATTR = name("builtins", "getattr")
DOTTED = name("scipy.interpolate._interpolate", "interp1d._call_linear")
PARTIAL = name("functools", "partial")
VERDICTS = {
    "a program": (stream(name("os", "system"), text("ls"), b"\x85R"), DANGEROUS),
    "a program by its other name": (stream(name("posix", "system"), text("ls"), b"\x85R"), DANGEROUS),
    "a Python 2 name": (b"ccommands\ngetoutput\n(S'ls'\ntR.", DANGEROUS),
    "an import that is thrown away": (stream(name("os", "system"), b"0N"), DANGEROUS),
    "a module through a package": (stream(name("pandas.io.common", "os.system"), text("ls"), b"\x85R"), DANGEROUS),
    "a module that a package imports": (stream(name("pandas.io.common", "os"), b"0N"), DANGEROUS),
    "a dunder on the way": (stream(name("collections", "OrderedDict.__init__.__globals__"), b"0N"), DANGEROUS),
    "eval": (stream(name("builtins", "eval"), text("1"), b"\x85R"), DANGEROUS),
    "importlib": (stream(name("importlib", "import_module"), text("os"), b"\x85R"), DANGEROUS),
    "a nested loader": (stream(name("pickle", "loads"), b"C\x02N.", b"\x85R"), DANGEROUS),
    "numpy.load": (stream(name("numpy", "load"), text("x.npy"), b"\x85R"), DANGEROUS),
    "torch.load": (stream(name("torch.serialization", "load"), text("x.pt"), b"\x85R"), DANGEROUS),
    "cloudpickle": (stream(name("cloudpickle.cloudpickle", "_make_function"), b")R"), EMBEDDED),
    "dill": (stream(name("dill._dill", "_create_function"), b")R"), EMBEDDED),
    "marshal": (stream(name("marshal", "loads"), b"C\x01N\x85R"), EMBEDDED),
    "a class of somebody's": (stream(name("mypkg.layers", "Block"), b")\x81"), UNKNOWN),
    "a class of the main program": (stream(name("__main__", "Net"), b")\x81"), UNKNOWN),
    "a name of a package that is off": (stream(name("ultralytics.nn.tasks", "DetectionModel"), b")\x81"), UNKNOWN),
    "a submodule of a listed module": (stream(name("numpy.random._pickle", "x"), b"0N"), UNKNOWN),
    "a listed name with a blank": (stream(name("collections ", "OrderedDict"), b")R"), UNKNOWN),
    "a listed name, cut otherwise": (stream(name("torch", "nn.modules.linear.Linear"), b")\x81"), UNKNOWN),
    "a dotted name below protocol 4": (stream(DOTTED, protocol=2), UNKNOWN),
    "an extension code": (stream(b"\x82\x01"), UNKNOWN),
    "a value that is called": (stream(name("builtins", "print"), text("a"), b"\x85R"), UNEXPECTED),
    "a class that is called": (stream(name("torch.nn.modules.linear", "Linear"), b"K\x01K\x01\x86R"), UNEXPECTED),
    "a function that is constructed": (stream(name("torch._utils", "_rebuild_tensor_v2"), b")\x81"), UNEXPECTED),
    "a state for a listed function": (stream(name("builtins", "print"), b"}b"), UNEXPECTED),
    "slots for a listed class": (stream(name("collections", "OrderedDict"), b"N}", text("x"), b"Ns\x86b"), UNEXPECTED),
    "items for a listed class": (stream(name("collections", "OrderedDict"), text("x"), b"Ns"), UNEXPECTED),
    "items for a listed object": (stream(name("argparse", "Namespace"), b")\x81", text("x"), b"Ns"), UNEXPECTED),
    "appending to a listed object": (stream(name("argparse", "Namespace"), b")\x81Na"), UNEXPECTED),
    "adding to a listed object": (stream(name("argparse", "Namespace"), b")\x81(N\x90"), UNEXPECTED),
    "the call of a result": (stream(name("builtins", "object"), b")\x81)R"), UNEXPECTED),
    "another codec": (stream(ENCODE, text("a"), text("rot13"), b"\x86R"), UNEXPECTED),
    "a codec that is computed": (stream(ENCODE, text("a"), name("builtins", "str"), b")R\x86R"), UNEXPECTED),
    "getattr of a module": (stream(GETATTR, name("numpy", "ndarray"), text("tofile"), b"\x86R"), UNEXPECTED),
    "getattr with a default": (stream(GETATTR, name("builtins", "str"), text("lower"), b"N\x87R"), UNEXPECTED),
    "getattr of something private": (stream(GETATTR, name("builtins", "str"), text("__class__"), b"\x86R"), UNEXPECTED),
    "partial of getattr": (stream(PARTIAL, GETATTR, b"\x85R"), UNEXPECTED),
    "partial changed by its state": (
        stream(PARTIAL, name("builtins", "int"), b"\x85R(", GETATTR, b")}}tb"),
        UNEXPECTED,
    ),
    "getattr in a list": (stream(b"]", GETATTR, b"a"), UNEXPECTED),
    "a loader of bytes in a state": (
        stream(name("argparse", "Namespace"), b")\x81}", text("f"), name("torch.storage", "_load_from_bytes"), b"sb"),
        UNEXPECTED,
    ),
    "a default that is a function": (
        stream(name("collections", "defaultdict"), name("builtins", "print"), b"\x85R"),
        UNEXPECTED,
    ),
    "bytes for a loader that are computed": (
        stream(name("torch.storage", "_load_from_bytes"), name("builtins", "object"), b")\x81\x85R"),
        UNEXPECTED,
    ),
    "an array of a class that is none": (
        stream(name("numpy._core.multiarray", "_reconstruct"), name("argparse", "Namespace"), b"K\x00\x85C\x01b\x87R"),
        UNEXPECTED,
    ),
    "an enum with two arguments": (stream(name("re", "RegexFlag"), b"K\x01K\x02\x86R"), UNEXPECTED),
    "a name that is computed": (stream(name("builtins", "str"), b")R", text("system"), b"\x93"), UNEXPECTED),
    "a huge bytearray": (stream(name("builtins", "bytearray"), b"J\xff\xff\xff\x7f\x85R"), UNEXPECTED),
    "a persistent object": (stream(text("thing"), b"Q"), UNEXPECTED),
    "a look-up of a ufunc that is none": (
        stream(name("numpy.core", "_ufunc_reconstruct"), text("os"), text("system"), b"\x86R"),
        UNEXPECTED,
    ),
    "rebuilding something that is no object": (
        stream(name("copyreg", "_reconstructor"), name("argparse", "Namespace"), name("builtins", "print"), b"N\x87R"),
        UNEXPECTED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", VERDICTS)
def test_what_is_not_allowed_is_named(case: str) -> None:
    data, rule = VERDICTS[case]
    assert rule in found(data)


def _template(arguments: str = "", body: str = "") -> str:
    return (
        f"\ndef _parse_args(self, {arguments} loc=0, scale=1):\n    return ({arguments}), loc, scale{body}\n"
        f"\ndef _parse_args_rvs(self, {arguments} loc=0, scale=1, size=None):\n"
        f"    return self._argcheck_rvs({arguments} loc, scale, size=size)\n"
        f"\ndef _parse_args_stats(self, {arguments} loc=0, scale=1, moments='mv'):\n"
        f"    return ({arguments}), loc, scale, moments\n"
    )


def _with_state(owner: bytes, items: Iterable[tuple[str, str]]) -> bytes:
    pairs = b"".join(text(key) + text(value) for key, value in items)
    return stream(owner, b")\x81}(", pairs, b"ub")


NORM = name("scipy.stats._continuous_distns", "norm_gen")
DATA = name("statsmodels.base.data", "PandasData")
STATES = {
    "the template of a distribution": (_with_state(NORM, [("_parse_arg_template", _template())]), True),
    "a template with shapes": (_with_state(NORM, [("_parse_arg_template", _template("a, b, "))]), True),
    "a template with more in it": (_with_state(NORM, [("_parse_arg_template", _template(body="\nimport os"))]), False),
    "a template with a call": (_with_state(NORM, [("_parse_arg_template", _template("a=print(), "))]), False),
    "two templates": (_with_state(NORM, [("_parse_arg_template", _template()), ("_parse_arg_template", "1")]), False),
    "a template as a pair": (
        stream(NORM, b")\x81", text("_parse_arg_template"), text("print()"), b"\x86", text("x"), b"N\x86\x86b"),
        False,
    ),
    "a state that is computed": (stream(NORM, b")\x81", name("collections", "OrderedDict"), b")Rb"), False),
    "a plain formula": (_with_state(DATA, [("formula", "y ~ a + b:c - 1")]), True),
    "a formula with a call": (_with_state(DATA, [("formula", "y ~ print('a')")]), False),
}


@pytest.mark.parametrize("case", STATES)
def test_states_that_a_class_would_run(case: str) -> None:
    data, is_quiet = STATES[case]
    assert (found(data) == []) is is_quiet


def test_own_classes_are_allowed_by_name() -> None:
    data = stream(name("mypkg.layers", "Block"), b")\x81}b")
    assert found(data, allow_imports=("mypkg.layers.Block",)) == []
    assert found(data, allow_imports=("mypkg.layers.Other",)) == [UNKNOWN]


def test_no_option_allows_a_known_danger() -> None:
    data = stream(name("os", "system"), text("ls"), b"\x85R")
    assert found(data, allow_imports=("os.system",)) == [DANGEROUS]


def test_a_pack_is_switched_on_by_name() -> None:
    data = stream(name("ultralytics.nn.tasks", "DetectionModel"), b")\x81}b")
    assert found(data, packs=("ultralytics",)) == []


def test_packs_are_well_formed() -> None:
    names = [pack.name for pack in all_packs()]
    assert len(set(names)) == len(names)
    for pack in all_packs():
        entries = list(pack.names())
        assert entries, pack.name
        for module, qualified, powers in entries:
            assert powers in POWERS.values()
            assert all(part.isidentifier() for part in f"{module}.{qualified}".split(".")), (module, qualified)


def test_no_pack_allows_what_attacks_are_made_of() -> None:
    policy = Policy([pack.name for pack in all_packs()])
    attacks = [
        "os.system",
        "posix.system",
        "builtins.eval",
        "builtins.exec",
        "builtins.__import__",
        "subprocess.Popen",
        "runpy.run_path",
        "numpy.load",
        "torch.load",
        "joblib.load",
        "pandas.read_pickle",
        "importlib.import_module",
        "operator.attrgetter",
        "operator.methodcaller",
        "functools.reduce",
        "builtins.map",
        "builtins.super",
        "builtins.open",
        "types.CodeType",
        "sys.modules",
        "numpy.vectorize",
    ]
    for attack in attacks:
        module, _, qualified = attack.rpartition(".")
        assert policy.verdict(module, qualified, 4)[1].powers == 0, attack


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("__builtin__ xrange", "builtins range"),
        ("__builtin__ eval", "builtins eval"),
        ("itertools imap", "builtins map"),
        ("commands getoutput", "subprocess getoutput"),
        ("copy_reg _reconstructor", "copyreg _reconstructor"),
        ("numpy dtype", "numpy dtype"),
    ],
)
def test_python_2_names_are_mapped_as_the_unpickler_maps_them(old: str, new: str) -> None:
    assert modern_name(*old.split()) == tuple(new.split())


def test_python_3_names_are_not_mapped() -> None:
    assert Policy().verdict("__builtin__", "set", 2)[1].powers
    assert not Policy().verdict("__builtin__", "set", 3)[1].powers
