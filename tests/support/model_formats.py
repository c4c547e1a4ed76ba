"""Asking the readers of model formats about one file, and about everything inside of it."""

from __future__ import annotations

from mlhooks.core.files import Blob, File
from mlhooks.core.finding import Finding
from mlhooks.unsafe_models import formats
from mlhooks.unsafe_models.stream import Budget, Piece


def findings_of(
    name: str, data: bytes, *, others: dict[str, bytes] | None = None, file: File | None = None
) -> list[Finding]:
    """Everything that is said about a file, and about the pieces inside that are handed on, to any depth."""
    file = file or Blob(name, data, others=others)
    found: list[Finding] = []
    waiting = [Piece(data, 0, len(data), name.rpartition("/")[2])]
    while waiting:
        for item in formats.check(waiting.pop(), file, Budget()):
            if isinstance(item, Finding):
                found.append(item)
            elif item.depth < 4:
                waiting.append(item)
    return found
