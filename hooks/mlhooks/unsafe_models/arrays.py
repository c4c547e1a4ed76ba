"""How many bytes an array takes that joblib wrote between the opcodes of a pickle.

Source: `NumpyArrayWrapper.read_array` in joblib's `numpy_pickle.py`, and numpy's pickles of data types.
"""

from __future__ import annotations

import re
from math import prod
from typing import NamedTuple

from mlhooks.unsafe_models.listener import BrokenError
from mlhooks.unsafe_models.values import Dict, Made, Value, is_lost
from mlhooks.unsafe_models.view import View, name_of

WRAPPERS = frozenset(
    ("joblib.numpy_pickle.NumpyArrayWrapper", "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper")
)

_CODE = re.compile(r"[<>=|]?([biufcmMOSUV?])([0-9]{0,9})")
_MOST_DIMENSIONS = 64


class Layout(NamedTuple):
    """What joblib needs to know to read one array. `size_bytes` is None for an array of objects: a pickle follows."""

    size_bytes: int | None
    is_padded: bool


def layout(view: View, state: Value) -> Layout:
    """The layout that the state of a wrapper describes. Raises BrokenError where it is not known for certain."""
    if type(state) is not Dict or is_lost(state):
        raise BrokenError("the place holder of an array has a state that is no dict")
    fields = dict(zip(map(view.text, state[::2]), state[1::2], strict=True))
    if not {"shape", "dtype"} <= set(fields) or None in fields:
        raise BrokenError("the place holder of an array has an incomplete state")
    alignment = fields.get("numpy_array_alignment_bytes")
    is_padded = alignment is not None and not view.is_none(alignment)
    item_bytes = _item_bytes(view, fields["dtype"])
    if item_bytes is None:
        return Layout(None, is_padded)
    return Layout(_count(view, fields["shape"]) * item_bytes, is_padded)


def _count(view: View, shape: Value) -> int:
    sides = [view.number(side) for side in shape] if isinstance(shape, tuple | list) else [None]
    if len(sides) > _MOST_DIMENSIONS or is_lost(shape):
        raise BrokenError("the shape of an array is unknown")
    known = [side for side in sides if side is not None and side >= 0]
    if len(known) != len(sides):
        raise BrokenError("the shape of an array is unknown")
    return prod(known)


def _item_bytes(view: View, dtype: Value) -> int | None:
    """The size of one item; None for Python objects."""
    code = (
        view.text(dtype.args[0])
        if isinstance(dtype, Made) and name_of(dtype.callee) == "numpy.dtype" and dtype.args
        else None
    )
    found = _CODE.fullmatch(code) if code else None
    if found is None or not isinstance(dtype, Made):
        raise BrokenError("the type of an array is unknown")
    kind, digits = found.groups()
    if _holds_objects(view, dtype, kind):
        return None
    size = view.number(dtype.state[5]) if type(dtype.state) is tuple and len(dtype.state) > 5 else -1
    if size is None or size < -1:
        raise BrokenError("the type of an array is unknown")
    if size >= 0:
        return size
    if kind == "?":
        return 1
    if not digits:
        raise BrokenError("the type of an array is unknown")
    return int(digits) * (4 if kind == "U" else 1)


def _holds_objects(view: View, dtype: Made, kind: str) -> bool:
    if kind == "O":
        return True
    state = dtype.state
    if kind != "V" or type(state) is not tuple or len(state) < 8:
        return False
    flags = view.number(state[7])
    if flags is None:
        raise BrokenError("the type of an array is unknown")
    return bool(flags & 1)
