"""Finding every pickle in a file, by its content: in whatever a loader, or a person before the loader, would unpack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.containers.archives import read_tar, read_zip
from mlhooks.unsafe_models.containers.claims import claims_model, is_other_model, is_text
from mlhooks.unsafe_models.containers.hidden import read_hidden
from mlhooks.unsafe_models.containers.npy import read_npy
from mlhooks.unsafe_models.containers.pickles import Walker, read_pickles
from mlhooks.unsafe_models.containers.sealed import read_sealed
from mlhooks.unsafe_models.containers.unpack import START_BYTES, read_compressed
from mlhooks.unsafe_models.stream import Budget, Piece, Trouble, Walk

if TYPE_CHECKING:
    from collections.abc import Iterator


def contents(piece: Piece, walk: Walker, budget: Budget) -> Iterator[Walk | Piece | Trouble]:
    """What is in the piece: pickles, walked by `walk`; pieces to look at in their turn; the wrapping's faults.

    A file may be more than one thing (a pickle in front of a zip archive), and loaders differ in what they take it for:
    every reader that accepts it is asked. Raises `Unscannable`, at the end, when something in it cannot be read.
    """
    if piece.start >= piece.end:
        if piece.duty or claims_model(piece.name):
            yield Trouble("pickle-malformed", "it is empty, and its name says that it is a model", piece.where, "empty")
        return
    start = piece.data[piece.start : min(piece.start + START_BYTES, piece.end)]
    is_known = False
    for found in (
        read_zip(piece, start, walk, budget),
        read_tar(piece, start, walk, budget),
        read_compressed(piece, start, walk, budget),
        read_npy(piece, start, walk),
        read_sealed(piece, start),
    ):
        if found is not None:
            is_known = True
            yield from found
    # What is known as something else need not be a pickle, whatever its name; but it may be one as well.
    pickles = read_pickles(piece._replace(name="", duty=False) if is_known else piece, walk)
    if pickles is not None:
        yield from pickles
    elif not is_known and not _is_all_text(piece, start):
        yield from read_hidden(piece, walk, piece.start, piece.end)
        if (piece.duty or claims_model(piece.name)) and not is_other_model(start) and not is_text(start):
            raise Unscannable("its name says that it is a model, and it is in no format that is known here")


def _is_all_text(piece: Piece, start: bytes) -> bool:
    """Whether the piece, which starts with `start`, reads as text there and at its end."""
    return is_text(start) and is_text(piece.data[max(piece.end - START_BYTES, piece.start) : piece.end])
