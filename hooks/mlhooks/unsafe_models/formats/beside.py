"""Files beside a model, and how one gets to them: a model names its data by a path, and the path may be a link.

A repository can hold links, and a link leads wherever its maker wants: a model whose data is a link to a key of yours
reads that key. Honest links are everywhere, too: caches of downloads and stores of large files put one in place of
every file.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from mlhooks.unsafe_models.formats.source import Neighbour, Way

if TYPE_CHECKING:
    from mlhooks.core.files import File

# Where caches and stores keep contents under their hash: Hugging Face's blobs, DVC, git-annex.
_STORE = re.compile(
    r"/blobs/(?:sha256[-:])?[0-9a-f]{40,64}$|/[0-9a-f]{2}/[0-9a-f]{30}(?:\.dir)?$|/\.git/annex/objects/[^.]"
)


def beside(file: File, relative_path: str) -> Neighbour | None:
    """The file at a path relative to the folder of `file`; None when there is none."""
    found = file.sibling(relative_path)
    if found is not None:
        return Neighbour(found.size_bytes, way(file.path, relative_path))
    # A link that leads nowhere on this machine may lead somewhere on another.
    is_dangling = os.path.islink(os.path.join(os.path.dirname(file.path), relative_path))
    return Neighbour(None, way(file.path, relative_path)) if is_dangling else None


def way(model: str, relative_path: str) -> Way:
    """How one gets from the folder of `model` to the file at a path relative to it."""
    folder = os.path.realpath(os.path.dirname(model))
    expected = os.path.normpath(os.path.join(folder, relative_path))
    real = os.path.realpath(expected)
    if real == expected:
        return Way.SHARED if _names_of(real) > 1 and _names_of(model) == 1 else Way.PLAIN
    real_model = os.path.realpath(model)
    is_beside = os.path.dirname(real) == os.path.dirname(real_model)
    if (is_beside and os.path.islink(model)) or _STORE.search(real.replace(os.sep, "/")):
        return Way.STORED
    return Way.INSIDE if real.startswith(folder.rstrip(os.sep) + os.sep) else Way.LEAVING


def _names_of(path: str) -> int:
    """How many names (hard links) a file has; 1 where that is not known."""
    try:
        return os.stat(path).st_nlink
    except OSError:
        return 1
