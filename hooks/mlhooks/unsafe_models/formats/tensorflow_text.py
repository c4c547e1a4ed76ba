"""TensorFlow graphs as text: `saved_model.pbtxt`, loaded where there is no `saved_model.pb`, and frozen graphs.

A SavedModel in parts (`saved_model.cpb`) is not read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.formats.source import Fault, Source
from mlhooks.unsafe_models.formats.tensorflow import (
    ASSET,
    FUNCTION,
    GRAPH,
    LIBRARY,
    META_GRAPH,
    NODE,
    OBJECT,
    OBJECTS,
    SAVED_MODEL,
    SIGNATURE,
    TENSOR,
    USER_OBJECT,
    judge_graph,
)
from mlhooks.unsafe_models.formats.textproto import TEXT, BadTextError, to_wire

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 256 << 20
_ATTRIBUTE, _VALUE, _CONSTANT = 100, 101, 102
_SCHEMA = {
    SAVED_MODEL: {"meta_graphs": (2, META_GRAPH)},
    META_GRAPH: {"graph_def": (2, GRAPH), "asset_file_def": (6, ASSET), "object_graph_def": (7, OBJECTS)},
    GRAPH: {"node": (1, NODE), "library": (2, LIBRARY)},
    LIBRARY: {"function": (1, FUNCTION)},
    FUNCTION: {"signature": (1, SIGNATURE), "node_def": (3, NODE)},
    SIGNATURE: {"name": (1, TEXT)},
    NODE: {"name": (1, TEXT), "op": (2, TEXT), "input": (3, TEXT), "attr": (5, _ATTRIBUTE)},
    _ATTRIBUTE: {"key": (1, TEXT), "value": (2, _VALUE)},
    _VALUE: {"s": (2, TEXT), "tensor": (8, _CONSTANT)},
    _CONSTANT: {"string_val": (8, TEXT)},
    ASSET: {"tensor_info": (1, TENSOR)},
    TENSOR: {"name": (1, TEXT)},
    OBJECTS: {"nodes": (1, OBJECT)},
    OBJECT: {"user_object": (4, USER_OBJECT)},
    USER_OBJECT: {"metadata": (3, TEXT)},
}


def read(source: Source) -> Iterator[Fault]:
    """As for the wire form. Text of other messages (label maps, pipelines) has no operations, and is quiet."""
    if source.name.endswith(".cpb"):
        raise Unscannable("it is a SavedModel in parts, which cannot be read here; save it as saved_model.pb")
    is_saved_model = source.name == "saved_model.pbtxt"
    if source.size_bytes > MOST_BYTES:
        raise Unscannable(f"it is larger than {MOST_BYTES:,} bytes, too large for text to be checked")
    text = source.read().decode("utf-8", "surrogateescape")
    root = SAVED_MODEL if is_saved_model else META_GRAPH if "graph_def" in text else GRAPH
    try:
        wire = to_wire(text, _SCHEMA, root)
    except BadTextError as error:
        if is_saved_model or ("node" in text and "op:" in text):
            raise Unscannable(f"it is no protocol buffer as text (character {error.args[0]:,})") from None
        return
    yield from judge_graph(wire, 0, len(wire), root)
