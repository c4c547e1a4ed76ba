"""Keras 3 archives: `config.json` says what to build, `model.weights.h5` holds the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.containers.zips import STORED
from mlhooks.unsafe_models.formats.kerasjson import judge_text
from mlhooks.unsafe_models.formats.rules import MODEL_MALFORMED
from mlhooks.unsafe_models.formats.source import Fault, json_text
from mlhooks.unsafe_models.stream import Piece, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.formats.zipped import Contents

MOST_CONFIG_BYTES = 64 << 20
MOST_WEIGHTS_BYTES = 1 << 30


def read_zip(contents: Contents) -> Iterator[Fault | Piece]:
    """What every copy of the configuration would build; the weights file is handed on."""
    configs = contents.named("config.json")
    piece = contents.source.piece
    if len(configs) > 1:
        message = "it has two members config.json, and readers differ in which they take; save the model again"
        yield Fault(MODEL_MALFORMED, message, "config.json twice")
    for member in contents.ending(".h5", ".hdf5"):
        where = inside(piece.where, member.name)
        if member.method == STORED:
            yield Piece(piece.data, member.start, member.end, member.name, where, piece.depth + 1)
        elif data := contents.read(member, min(MOST_WEIGHTS_BYTES, contents.source.budget.unpacked_bytes)):
            contents.source.budget.unpacked_bytes -= len(data)
            yield Piece(data, 0, len(data), member.name, where, piece.depth + 1)
        else:
            raise Unscannable(f"its member {member.name} is too large to be unpacked, or cannot be read")
    if not configs:
        raise Unscannable("it is a Keras archive without config.json: it may be cut off")
    for member in configs:
        text = contents.read(member, MOST_CONFIG_BYTES)
        if text is None:
            raise Unscannable("its config.json is too large, or cannot be read")
        yield from judge_text(json_text(text), member.name)
