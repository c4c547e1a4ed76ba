"""Paths that a model file names."""

from __future__ import annotations

import re

_DRIVE = re.compile(r"^[A-Za-z]:")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")


def leaves_folder(path: str) -> bool:
    """Whether a path can lead out of the folder of the file that names it: absolute, a drive, a URL, or too many
    `..`."""
    if path.startswith(("/", "\\", "~")) or _DRIVE.match(path) or _SCHEME.match(path) or "\0" in path:
        return True
    depth = 0
    for part in re.split(r"[/\\]", path):
        depth += -1 if part == ".." else 0 if part in ("", ".") else 1
        if depth < 0:
            return True
    return False


def normal(path: str) -> str:
    """A relative path without `.`, `..` and doubled slashes: what stands for the same file has the same text."""
    import posixpath

    return posixpath.normpath(path)
