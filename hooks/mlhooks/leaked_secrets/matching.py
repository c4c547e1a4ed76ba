"""From a text to the tokens in it, by the tables of shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from mlhooks.core.finding import Level, Rule
from mlhooks.leaked_secrets.lazy import lazy
from mlhooks.leaked_secrets.rejects import is_made_up, is_specimen
from mlhooks.leaked_secrets.rules import AI_SERVICE_TOKEN, PRIVATE_KEY, SERVICE_TOKEN
from mlhooks.leaked_secrets.shape import Shape
from mlhooks.leaked_secrets.shapes_ai import AI_SHAPES
from mlhooks.leaked_secrets.shapes_general import GENERAL_SHAPES, KEY_SHAPES

SHAPES: tuple[tuple[Rule, Shape], ...] = (
    *((PRIVATE_KEY, shape) for shape in KEY_SHAPES),
    *((AI_SERVICE_TOKEN, shape) for shape in AI_SHAPES),
    *((SERVICE_TOKEN, shape) for shape in GENERAL_SHAPES),
)
"""All shapes, the exact before the loose: where two fit the same characters, the first one speaks."""

NEAR_CHARACTERS = 400


class Leak(NamedTuple):
    """A secret in a text: characters `start`..`end`. `kind` is the shape's id, `shown` what may be printed of it."""

    rule: Rule
    kind: str
    what: str
    level: Level
    start: int
    end: int
    secret: str
    shown: str


def find_tokens(text: str, shapes: Iterable[tuple[str, Shape]], *, only_sharp: bool = False) -> Iterator[Leak]:
    """The tokens in `text` of some of the `SHAPES`, each with the one of its literals to look for."""
    for literal, shape in shapes:
        if literal in text and (shape.is_sharp or not only_sharp):
            yield from _find(_RULES[shape.id], shape, literal, text)


_RULES = {shape.id: rule for rule, shape in SHAPES}


def _find(rule: Rule, shape: Shape, literal: str, text: str) -> Iterator[Leak]:
    match_at = compiled(shape.pattern).match
    hit = text.find(literal)
    while hit >= 0:
        after = hit + 1
        for lead in shape.lead:
            begin = hit - lead
            if begin < 0 or (lead == 0 and not begins_alone(text, begin)):
                continue
            match = match_at(text, begin)
            if match and begins_alone(text, begin) and ends_alone(text, match.end()):
                level = judge(shape, match[0], match[1])
                if level is not None and _is_near(shape.near, text, hit):
                    shown = literal if shape.lead == (0,) else ""
                    yield Leak(rule, shape.id, shape.what, level, match.start(), match.end(), match[0], shown)
                    after = match.end()
                    break
        hit = text.find(literal, after)


def judge(shape: Shape, token: str, body: str) -> Level | None:
    """The level of a token of this shape; None when it was made up, or fails its structure test."""
    if shape.judge is not None:
        level = shape.judge(token)
        if level is None:
            return None
    else:
        level = shape.level
    # A key or a macaroon of hundreds of characters may well hold "test" by chance.
    if len(body) < 200 and (is_made_up(body) or is_specimen(token)):
        return None
    return level


def begins_alone(text: str, start: int) -> bool:
    """Whether the token at `start` is one of its own, rather than the end of a longer word.

    One that begins with a sign is. A letter before it may be the end of an escape: \\n, \\t, \\u0022, %3D, %20.
    """
    if text[start] not in _WORD_CHARACTERS:
        return True
    last = text[start - 1] if start else " "
    if last in _WORD_CHARACTERS:
        return last in _ESCAPE_ENDS and _ESCAPE_BEFORE().search(text[max(0, start - 6) : start]) is not None
    return last != "-" or text[max(0, start - 2)] not in _WORD_CHARACTERS


def ends_alone(text: str, end: int) -> bool:
    """Whether the characters from `end` on belong to something else than the token.

    What is left of a cut token ("abc...") does not end there, and what a template continues does not either.
    """
    return not _CONTINUES().match(text, end) and "..." not in text[end - 2 : end + 2]


_CONTINUES = lazy(r"[A-Za-z0-9_]|-[A-Za-z0-9]|\.\.\.|…|\$\{|\{\{")
_WORD_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_ESCAPE_ENDS = frozenset("nrt0123456789ABCDEFabcdef")
_ESCAPE_BEFORE = lazy(r"(?:(?<!\\)\\[nrtbf]|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|%[0-9A-Fa-f]{2})\Z")


def _is_near(words: tuple[str, ...], text: str, hit: int) -> bool:
    if not words:
        return True
    around = text[max(0, hit - NEAR_CHARACTERS) : hit + NEAR_CHARACTERS].lower()
    return any(word in around for word in words)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern is compiled when the first text asks for it: all of them would cost 60 ms at start."""
    return re.compile(pattern, re.ASCII)
