"""What is wrong with a piece of a notebook."""

from __future__ import annotations

from typing import NamedTuple

from mlhooks.core.finding import Level, Rule


class Verdict(NamedTuple):
    """A rule that is broken. `subject` names the thing without its values, `evidence` is masked.

    `offset` is where it starts in the text that it was found in.
    """

    rule: Rule
    level: Level
    message: str
    subject: str
    evidence: tuple[tuple[str, str], ...]
    offset: int = 0
