"""What a kind of token looks like: the record that the tables are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from mlhooks.core.finding import Level

Judge = Callable[[str], Level | None]
"""The level that a whole token deserves after a look at its structure; None when it is no token at all."""


class Shape(NamedTuple):
    """One kind of token.

    `id` is a slug, never reused: it is part of fingerprints. `what` names it in a message: "Groq API key". `starts`
    are the literals, case-sensitive, of which each such token holds one, so many characters after its start as `lead`
    says; they decide whether the regular expression is run at all. `pattern` matches the whole token and has one
    capture group: its random body, to which the common rejections are applied. `near` are words (lower case) of which
    one must stand within a few lines, for prefixes that others use too. `judge` looks at the structure of the token.
    `is_sharp` says that the shape alone is proof, so that it counts in binary files as well.
    """

    id: str
    what: str
    starts: tuple[str, ...]
    pattern: str
    near: tuple[str, ...] = ()
    judge: Judge | None = None
    level: Level = Level.ERROR
    lead: tuple[int, ...] = (0,)
    is_sharp: bool = True


class NamedShape(NamedTuple):
    """A token without a mark of its own: only the name it is given to, or the call it is handed to, tells.

    `names` are words in lower case, without separators, of which one must be part of the name ("wandb" in
    WANDB_API_KEY); `calls` are literals after which the value may stand among the arguments ("wandb.login(").
    `pattern` matches the whole value. `is_published` says that the vendor or several scanners agree on the pattern;
    the others are warnings.
    """

    id: str
    what: str
    names: tuple[str, ...]
    pattern: str
    calls: tuple[str, ...] = ()
    judge: Judge | None = None
    is_published: bool = True
