"""What a command line asks for. Paths alone, which is what pre-commit gives, are taken without the parser."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from mlhooks.core.config import ConfigError
from mlhooks.core.finding import Action, Hook

DEFAULTS: Mapping[str, Any] = {
    "config": None,
    "exclude": [],
    "jobs": 0,
    "format": "text",
    "output": None,
    "report": [],
    "fail_on": "warning",
    "baseline": None,
    "changed_since": None,
    "new_since": None,
    "staged": False,
}
"""The flags of every hook, by attribute, with their values where they are not given."""


def parse(hooks: Sequence[Hook], words: Sequence[str], name: str) -> SimpleNamespace:
    """The arguments of `mlhooks NAME`: `paths`, `DEFAULTS`, and one attribute for each flag of the hook that is given.

    Ends the program with status 2 where they make no sense. Raises `ConfigError` for a flag that is the name of a file
    here: pre-commit hands file names over as they are, and a repository must not choose our options by naming a file
    `--exclude=*`.
    """
    if not any(word.startswith("-") for word in words):
        return SimpleNamespace(paths=list(words), **DEFAULTS)
    before = before_dashes(words)
    for word in words[: len(before) + 1]:  # also the file that is called `--`
        if word.startswith("-") and os.path.lexists(word):
            raise ConfigError(
                f"{word!r} is a file here, and reads like an option; rename it, or put -- in front of paths"
            )
    from mlhooks.core.flags import parsed  # argparse is an eighth of a start

    return parsed(hooks, words, name)


def before_dashes(words: Sequence[str]) -> Sequence[str]:
    """The arguments in front of `--`; behind it everything is a path."""
    return words[: list(words).index("--")] if "--" in words else words


def destination(name: str) -> str:
    """The attribute that keeps the value of the flag `--name`."""
    return name.replace("-", "_")


def given(asked: SimpleNamespace, action: Action) -> str | None:
    """The value an action was asked for with; None when it was not asked for."""
    value = getattr(asked, destination(action.name), None)
    return "" if value is True else value
