"""Which tensors of a model are written, under which names, and what is left out and why."""

from __future__ import annotations

from typing import Any, NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.convert.built import Array, Mapping, TensorThing
from mlhooks.unsafe_models.convert.sources import Model, children
from mlhooks.unsafe_models.convert.tensors import Tensor, problem
from mlhooks.unsafe_models.values import Dict, Made
from mlhooks.unsafe_models.view import name_of

MOST_DEPTH = 50
MOST_TENSORS = 100_000
MOST_REPEATED_BYTES = 16 << 30
"""Views of one storage are written one by one; a small file could come to terabytes."""
_RESERVED = "__metadata__"
MOST_SHOWN = 5
_WEIGHT_KEYS = (
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "module",
    "weights",
    "net",
    "network",
    "params",
    "ema",
)
_OPTIMIZER = frozenset(("state", "param_groups"))


class Plan(NamedTuple):
    """Tensors by name; names that share all of another's bytes, by that other's name; and notes for the reader."""

    tensors: dict[str, Tensor]
    aliases: dict[str, str]
    notes: list[str]


def plan(model: Model, key: str | None) -> Plan:
    """What to write. Raises `Unscannable` with the way out when a tensor cannot be converted, or none is there."""
    found: dict[str, TensorThing] = {}
    notes: list[str] = []
    if model.built is None:
        found = dict(model.arrays)
    else:
        root, at = _start(model, key, notes)
        _Collector(model, found, notes).collect(root, "", 0)
        if not found and isinstance(root, Made):
            raise Unscannable(_WHOLE_OBJECT.format(name_of(root.callee) or "a class of its own"))
        if at:
            notes.insert(0, f"took the tensors under {at!a}")
    if not found:
        raise Unscannable("there are no tensors in it" + ("" if key is None else f" under {key!a}"))
    return _checked(found, notes)


_WHOLE_OBJECT = (
    "it holds an object of {}, not its weights. Load it where that class is known and you trust the file, "
    "and save model.state_dict()"
)


def _start(model: Model, key: str | None, notes: list[str]) -> tuple[Any, str]:
    """The value that holds the weights, and its key, "" for the whole."""
    assert model.built is not None  # noqa: S101 - the caller has looked
    root = model.built.value
    if key is not None:
        for part in _parts(model, root, key):
            root = part
        return root, key
    entries = children(model, root) if isinstance(root, Mapping | Dict) else None
    if not entries or any(_tensor_of(item) for _, item in entries):
        return root, ""
    looked_at: dict[tuple[int, int], bool] = {}
    weights = [(name, item) for name, item in entries if _holds_tensors(model, item, looked_at)]
    known = [(name, item) for name, item in weights if name in _WEIGHT_KEYS]
    if len(weights) == 1 or len(known) == 1:
        name, item = known[0] if len(known) == 1 else weights[0]
        left = [str(other) for other, _ in entries if other != name]
        if left:
            notes.append(f"left out {_listed(left)}")
        return item, str(name)
    if len(weights) > 1:
        names = _listed([str(name) for name, _ in weights])
        raise Unscannable(f"it has tensors under {names}: say which ones you want with --key")
    return root, ""


def _parts(model: Model, root: Any, key: str) -> list[Any]:
    """The way from the root to `key`: the key itself, or its parts between dots."""
    way: list[Any] = []
    rest = key
    while rest:
        entries = children(model, root) or []
        fits = [(str(name), item) for name, item in entries if rest == str(name) or rest.startswith(f"{name}.")]
        if not fits:
            names = _listed([str(name) for name, _ in entries])
            raise Unscannable(f"there is nothing under {key!a}; there is {names or 'nothing at all'}")
        name, root = max(fits, key=lambda fit: len(fit[0]))
        way.append(root)
        rest = rest[len(name) + 1 :]
    return way


def _tensor_of(value: Any) -> TensorThing | None:
    if isinstance(value, Array):
        return value.made
    return value if isinstance(value, TensorThing) else None


def _holds_tensors(model: Model, value: Any, known: dict[tuple[int, int], bool], depth: int = 0) -> bool:
    """`known` keeps what was found out, by object and depth: an object may be reached in very many ways."""
    if _tensor_of(value) or depth > 4:
        return _tensor_of(value) is not None
    key = (id(value), depth)
    if key not in known:
        entries = children(model, value) or []
        known[key] = not _is_optimizer(entries) and any(
            _holds_tensors(model, item, known, depth + 1) for _, item in entries[:10_000]
        )
    return known[key]


def _is_optimizer(entries: list[tuple[Any, Any]]) -> bool:
    return {name for name, _ in entries if isinstance(name, str)} >= _OPTIMIZER


class _Collector:
    """Puts every tensor below a value into `found`, by its dotted name, and what is left out into `notes`."""

    def __init__(self, model: Model, found: dict[str, TensorThing], notes: list[str]) -> None:
        self.model, self.found, self.notes = model, found, notes
        self.empty: set[int] = set()
        """Objects that hold no tensor, by id: one of them may be reached in very many ways."""

    def collect(self, value: Any, prefix: str, depth: int) -> None:
        tensor = _tensor_of(value)
        if tensor is not None:
            self.add(prefix or "tensor", tensor)
            return
        entries = None if id(value) in self.empty else children(self.model, value)
        if entries is None or depth > MOST_DEPTH:
            if prefix:
                why = "it is no tensor" if entries is None else "it is nested too deeply"
                self.notes.append(f"left out {prefix!a}: {why}")
            return
        if _is_optimizer(entries):
            self.notes.append(f"left out {prefix or 'everything'!a}: it is the state of an optimizer")
            return
        found_before, notes_before = len(self.found), len(self.notes)
        for name, item in entries:
            if isinstance(name, str | int):
                self.collect(item, f"{prefix}.{name}" if prefix else str(name), depth + 1)
            elif _tensor_of(item):
                # Tuples, None, and texts of megabytes.
                self.notes.append(f"left out a tensor under {prefix or 'the top'!a}: its key cannot be a name")
        if prefix and len(self.found) == found_before and entries:
            # One note for a dict or list of settings instead of one for each of them.
            del self.notes[notes_before:]
            self.notes.append(f"left out {prefix!a}: there are no tensors in it")
            self.empty.add(id(value))

    def add(self, name: str, tensor: TensorThing) -> None:
        if name in self.found:
            raise Unscannable(f"two of its tensors come to the name {name!a}")
        if len(self.found) >= MOST_TENSORS:
            raise Unscannable(f"it has more than {MOST_TENSORS:,} tensors")
        self.found[name] = tensor


def _problem(name: str, thing: TensorThing) -> str | None:
    """Why a tensor cannot be written: a clause that goes after its name; None when it can."""
    if thing.tensor is None:
        return thing.reason
    if name == _RESERVED:
        return "has the name that safetensors keeps for itself"
    try:
        name.encode()
    except UnicodeEncodeError:
        return "has a name that is no text in UTF-8"
    return problem(thing.tensor)


def _checked(found: dict[str, TensorThing], notes: list[str]) -> Plan:
    tensors: dict[str, Tensor] = {}
    aliases: dict[str, str] = {}
    first: dict[tuple[object, ...], str] = {}
    refused: list[str] = []
    for name, thing in found.items():
        reason = _problem(name, thing)
        if thing.tensor is None or reason:
            refused.append(f"{name!a} {reason}")
            continue
        original = first.setdefault(thing.tensor.identity, name) if thing.tensor.size_bytes else name
        if original != name:
            aliases[name] = original
        else:
            tensors[name] = thing.tensor
    if refused:
        raise Unscannable(f"it cannot be converted: {_listed(refused, '; ')}")
    stored = sum({tensor.storage: tensor.extent.size_bytes for tensor in tensors.values()}.values())
    repeated = sum(tensor.size_bytes for tensor in tensors.values()) - stored
    if repeated > max(MOST_REPEATED_BYTES, stored):
        raise Unscannable(f"its tensors share so many values that {repeated:,} bytes would be written again")
    notes += [f"{name!a} is the same tensor as {original!a}, and is kept once" for name, original in aliases.items()]
    return Plan(tensors, aliases, notes)


def _listed(names: list[str], separator: str = ", ") -> str:
    more = f" and {len(names) - MOST_SHOWN:,} more" if len(names) > MOST_SHOWN else ""
    return separator.join(names[:MOST_SHOWN]) + more
