"""From packed bytes to a piece: unpacked only when the beginning of what comes out may interest a loader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.unsafe_models.containers import compressed
from mlhooks.unsafe_models.containers.claims import BARE_ARRAY, Likeness, claims_model, likeness, stem
from mlhooks.unsafe_models.containers.compressed import Packed
from mlhooks.unsafe_models.containers.npy import NPY_START
from mlhooks.unsafe_models.containers.sealed import is_sealed
from mlhooks.unsafe_models.containers.tars import HEADER_BYTES, is_tar
from mlhooks.unsafe_models.formats.sniff import may_be_model
from mlhooks.unsafe_models.stream import Budget, Piece, Stream, Trouble, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.containers.pickles import Walker

START_BYTES = 4096
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_LONG_ARGUMENTS = frozenset(b"TXBUC\x8c\x8d\x8e\x96\x8a\x8b")
_SHORT_ARGUMENT_BYTES = 16
_LINE_ARGUMENTS = frozenset(b"FILSVPcgip")


def read_compressed(piece: Piece, start: bytes, walk: Walker, budget: Budget) -> Iterator[Piece | Trouble] | None:
    """What the piece, which starts with `start`, unpacks to; None when that is nothing for a loader of pickles."""
    method = compressed.method_of(start)
    if method is None:
        return None
    packed = Packed(piece.data, piece.start, piece.end)
    name = "" if piece.name.endswith(BARE_ARRAY) else stem(piece.name)
    inner = compressed.peek(method, packed, START_BYTES)
    if not inner or not (is_of_interest(inner, name, walk) or piece.duty):
        return None
    return unpacked(piece, packed, method, name, inside(piece.where, f"unpacked {method}"), budget)


def unpacked(
    outer: Piece, packed: Packed, method: str, name: str, where: str, budget: Budget, *, size_bytes: int | None = None
) -> Iterator[Piece | Trouble]:
    """The piece that `packed` unpacks to, and what kept it from unpacking as a whole.

    `size_bytes` is what it should come to, if known: a stream of that length may do without an end mark.
    """
    result = compressed.unpack(method, packed, max_bytes=budget.unpacked_bytes, max_ratio=budget.ratio)
    length = len(result.data)
    budget.unpacked_bytes -= length
    yield Piece(result.data, 0, length, name, where, outer.depth + 1, outer.duty)
    if result.is_over_budget:
        message = f"it {result.fault}; the rest was not checked (raise max-unpacked if the file is to be trusted)"
        yield Trouble("scan-budget-exceeded", message, where, "unpacked bytes")
    elif result.fault and length != size_bytes:
        yield Trouble("pickle-malformed", f"what is compressed here {result.fault}", where, "compressed stream")


def is_of_interest(start: bytes, name: str, walk: Walker) -> bool:
    """Whether something that starts with `start` is worth looking at as a whole."""
    if is_model_like(start, name) or start.startswith(_ZIP_STARTS) or is_sealed(start):
        return True
    if compressed.method_of(start) or is_tar(start[:HEADER_BYTES]) or may_be_model(start, name):
        return True
    return likeness(start, len(start), name) is Likeness.DOUBTFUL and _goes_on(start, walk)


def is_model_like(start: bytes, name: str) -> bool:
    """Whether something that starts with `start` is a pickle or an array, or says so by its name."""
    is_array = start.startswith(NPY_START)
    return is_array or claims_model(name) or likeness(start, len(start), name) >= Likeness.LIKELY


def _goes_on(start: bytes, walk: Walker) -> bool:
    """Whether `start`, read as a pickle without PROTO, does not break before its end, as nearly every text does."""
    found = walk(Stream(start, 0, len(start)))
    if found.stopped or found.calls or found.has_known_danger or found.end + _SHORT_ARGUMENT_BYTES > len(start):
        return True
    # Whether it broke because an argument is longer than what is at hand. `end` is at the opcode or right behind it.
    codes = start[max(found.end - 1, 0) : found.end + 1]
    if any(code in _LONG_ARGUMENTS for code in codes):
        return True
    return any(code in _LINE_ARGUMENTS for code in codes) and start.count(b"\n", found.end) < 2
