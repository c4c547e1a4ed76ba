"""Programs that carry weights: llamafile, and executables under the name of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Level
from mlhooks.unsafe_models.formats.rules import MODEL_CODE
from mlhooks.unsafe_models.formats.source import Fault, Source

if TYPE_CHECKING:
    from collections.abc import Iterator


def read(source: Source) -> Iterator[Fault]:
    """One finding: this file is to be run, not to be loaded."""
    if source.name.endswith(".llamafile") or source.read(0, 6) in (b"MZqFpD", b"jartsr"):
        message = (
            "it is a program with weights inside, which runs as you; use the weights alone (GGUF) in a runtime of "
            "your own"
        )
        yield Fault(MODEL_CODE, message, "program", graded=Level.WARNING)
    else:
        message = "it is a program under the name of a model; do not run it, and do not load it"
        yield Fault(MODEL_CODE, message, "program")
