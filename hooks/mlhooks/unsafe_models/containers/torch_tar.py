"""Checkpoints of torch 0.1: a tar with three members, two of which are pickles and raw numbers in turn.

`storages`: a pickled count; for each a pickled (key, location, type), an int64 count of elements, the elements; then a
pickled list of views. `tensors`: a pickled count; for each a pickled (key, storage, type), ndim as int32 and 4 bytes
more, sizes and strides and one offset as int64. `pickle`: the object. Every pickle in there is loaded unrestricted.
Source: `_legacy_load` in torch/serialization.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlhooks.unsafe_models.containers.pickles import Walker, read_pickles, stream_at
from mlhooks.unsafe_models.stream import Loader, Piece, Trouble, Walk

_ELEMENT_BYTES = {
    "Double": 8,
    "Float": 4,
    "Half": 2,
    "BFloat16": 2,
    "Long": 8,
    "Int": 4,
    "Short": 2,
    "Char": 1,
    "Byte": 1,
    "Bool": 1,
}
_MAX_ITEMS = 1_000_000


def read_torch_member(piece: Piece, name: str, walk: Walker) -> Iterator[Walk | Trouble] | None:
    """The pickles of a member that is called as those of such a checkpoint are; None when it is no such member."""
    if name == "pickle":
        return read_pickles(piece, walk, Loader.TORCH_TAR)
    skip = {"storages": _after_storage, "tensors": _after_tensor}.get(name)
    return None if skip is None else _items(piece, walk, skip, has_views=name == "storages")


def _items(
    piece: Piece, walk: Walker, skip: Callable[[Piece, Walk], int | None], *, has_views: bool
) -> Iterator[Walk | Trouble]:
    count = walk(stream_at(piece, piece.start))
    yield count
    if type(count.value) is not int or not 0 <= count.value <= _MAX_ITEMS:
        yield _lost(piece)
        return
    at: int | None = count.end
    for _ in range(count.value):
        item = walk(stream_at(piece, at or piece.end))
        yield item
        at = skip(piece, item) if item.stopped else None
        if at is None or at > piece.end:
            yield _lost(piece)
            return
    if has_views:
        yield walk(stream_at(piece, at or piece.end))


def _after_storage(piece: Piece, item: Walk) -> int | None:
    """Where the elements of a storage end."""
    kinds = [use.name.rpartition(".")[2].removesuffix("Storage") for use in item.uses]
    if type(item.value) is not tuple or len(kinds) != 1 or kinds[0] not in _ELEMENT_BYTES:
        return None
    count = int.from_bytes(piece.data[item.end : item.end + 8], "little")
    return item.end + 8 + count * _ELEMENT_BYTES[kinds[0]]


def _after_tensor(piece: Piece, item: Walk) -> int:
    """Where the numbers that describe a tensor end."""
    dimensions = int.from_bytes(piece.data[item.end : item.end + 4], "little")
    return item.end + 8 + 16 * dimensions + 8


def _lost(piece: Piece) -> Trouble:
    message = "the raw numbers between its pickles cannot be followed, so what stands behind them was not checked"
    return Trouble("pickle-malformed", message, piece.where, "torch tar")
