"""Keras models in HDF5: the configuration in an attribute, and other files that HDF5 may be told to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Level, Unscannable
from mlhooks.unsafe_models.formats import hdf5
from mlhooks.unsafe_models.formats.hdf5_search import External
from mlhooks.unsafe_models.formats.kerasjson import judge_text, may_be_keras
from mlhooks.unsafe_models.formats.paths import leaves_folder
from mlhooks.unsafe_models.formats.rules import FILE_ACCESS
from mlhooks.unsafe_models.formats.source import Fault, Source, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_KERAS_ATTRIBUTES = frozenset(
    ("model_config", "training_config", "keras_version", "layer_names", "weight_names", "backend")
)
MOST_FAULTS = 20


def read(source: Source) -> Iterator[Fault]:
    """Lambda layers and foreign names in the configuration, and links and data outside of the file (CVE-2026-1669)."""
    if hdf5.superblock_offset(source.piece) is None:
        return  # the signature stands somewhere, but not where HDF5 looks for it
    try:
        yield from _read(source)
    except Unscannable:
        # Keras opens files of these names only; under another one a broken HDF5 file is nobody's model.
        if source.name.endswith((".h5", ".hdf5", ".keras")):
            raise


def _read(source: Source) -> Iterator[Fault]:
    is_keras = source.name.endswith((".keras", ".weights.h5"))
    externals: dict[tuple[str, str], None] = {}
    for found in hdf5.contents(source.piece):
        if isinstance(found, External):
            externals[found] = None
            continue
        is_keras = is_keras or found.name in _KERAS_ATTRIBUTES
        if found.value.lstrip()[:1] == b"{" and may_be_keras(found.value):
            where = f"attribute {shown(found.name)}" if found.name else "configuration"
            yield from judge_text(found.value.decode("utf-8", "replace"), where)
    for how, path in list(externals)[:MOST_FAULTS]:
        yield _external(how, path, is_keras=is_keras)


def _external(how: str, path: str, *, is_keras: bool) -> Fault:
    """Keras never writes either. Other programs split large data over files of one folder, and that is fine."""
    level = Level.ERROR if is_keras else Level.WARNING if leaves_folder(path) else Level.NOTE
    message = (
        f"it takes {how if how != 'link' else 'what a link names'} from the file {shown(path)}; save it again with "
        f"all data inside"
    )
    return Fault(FILE_ACCESS, message, path, f"external {how}", graded=level)
