"""The list of a sharded model's files: the loader opens every file that it names, pickles as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.unsafe_models.formats.paths import leaves_folder
from mlhooks.unsafe_models.formats.rules import FILE_ACCESS
from mlhooks.unsafe_models.formats.source import Fault, Source, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 64 << 20
MOST_FAULTS = 20


def read(source: Source) -> Iterator[Fault]:
    """Files outside of the model's folder. JSON that is no such list is quiet: its loader refuses it, too."""
    import json

    try:
        value = json.loads(source.text(most_bytes=MOST_BYTES))
    except (ValueError, RecursionError):
        return
    weights = value.get("weight_map") if isinstance(value, dict) else None
    if not isinstance(weights, dict):
        return
    files = dict.fromkeys(name for name in weights.values() if isinstance(name, str) and leaves_folder(name))
    for name in [*files][:MOST_FAULTS]:
        message = f"it lists {shown(name)}, outside of the model's folder, to be loaded as weights; do not load it"
        yield Fault(FILE_ACCESS, message, name)
