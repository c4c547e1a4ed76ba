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
        _collect(model, root, "", found, notes, 0)
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
    weights = [(name, item) for name, item in entries if _holds_tensors(model, item)]
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


def _holds_tensors(model: Model, value: Any, depth: int = 0) -> bool:
    if _tensor_of(value) or depth > 4:
        return _tensor_of(value) is not None
    entries = children(model, value) or []
    if _is_optimizer(entries):
        return False
    return any(_holds_tensors(model, item, depth + 1) for _, item in entries[:10_000])


def _is_optimizer(entries: list[tuple[Any, Any]]) -> bool:
    return {name for name, _ in entries if isinstance(name, str)} >= _OPTIMIZER


def _collect(
    model: Model, value: Any, prefix: str, found: dict[str, TensorThing], notes: list[str], depth: int
) -> None:
    """Every tensor below `value` by its dotted name."""
    tensor = _tensor_of(value)
    if tensor is not None:
        name = prefix or "tensor"
        if name in found:
            raise Unscannable(f"two of its tensors come to the name {name!a}")
        found[name] = tensor
        return
    entries = children(model, value)
    if entries is None or depth > MOST_DEPTH:
        if prefix:
            notes.append(f"left out {prefix!a}: it is no tensor")
        return
    if _is_optimizer(entries):
        notes.append(f"left out {prefix or 'everything'!a}: it is the state of an optimizer")
        return
    before = set(found)
    for name, item in entries:
        if isinstance(name, str | int):
            _collect(model, item, f"{prefix}.{name}" if prefix else str(name), found, notes, depth + 1)
    if prefix and set(found) == before and entries:
        # One note for a dict or list of settings instead of one for each of them.
        notes[:] = [note for note in notes if not note.startswith(f"left out '{prefix}.")]
        notes.append(f"left out {prefix!a}: there are no tensors in it")


def _checked(found: dict[str, TensorThing], notes: list[str]) -> Plan:
    tensors: dict[str, Tensor] = {}
    aliases: dict[str, str] = {}
    first: dict[tuple[object, ...], str] = {}
    refused: list[str] = []
    for name, thing in found.items():
        reason = thing.reason if thing.tensor is None else problem(thing.tensor)
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
    notes += [f"{name!a} is the same tensor as {original!a}, and is kept once" for name, original in aliases.items()]
    return Plan(tensors, aliases, notes)


def _listed(names: list[str], separator: str = ", ") -> str:
    more = f" and {len(names) - MOST_SHOWN:,} more" if len(names) > MOST_SHOWN else ""
    return separator.join(names[:MOST_SHOWN]) + more
