"""The way out of pickle: tensors read from the symbolic unpickler's result, and written as safetensors."""

from __future__ import annotations

from collections.abc import Sequence


def main(name: str, words: Sequence[str], load_all: object) -> int:
    """Run `mlhooks convert WORDS`; the exit status."""
    from mlhooks.unsafe_models.convert import command

    return command.main(name, words, load_all)
