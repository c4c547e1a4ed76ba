"""What bash makes of braces and of `$'...'`, which stand for other words than those written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.formats.fragment import join

if TYPE_CHECKING:
    from mlhooks.formats.shell import Word

MAX_BRACES = 100
"""Words that one word with braces may become."""

_brace = re.compile(r"(?P<head>[^{}]*)\{(?P<list>[^{},]*(?:,[^{},]*)+)\}(?P<tail>[^{}]*)")
_ansi_escape = re.compile(
    r"\\(?:x(?P<hex>[0-9a-fA-F]{1,2})|u(?P<wide>[0-9a-fA-F]{1,4})|(?P<octal>[0-7]{1,3})|(?P<other>.))"
)


def braces(word: Word) -> list[Word]:
    """The words that bash makes of `a{b,c}d`, one pair of braces at a time; any other word alone."""
    found = _brace.fullmatch(word.text) if not (word.was_quoted or word.unknown) else None
    if found is None or found["list"].count(",") > MAX_BRACES:
        return [word]
    place = word.fragment
    words: list[Word] = []
    at = found.start("list")
    for part in found["list"].split(","):
        middle = place.slice(at, at + len(part))
        pieces = (place.slice(0, found.end("head")), middle, place.slice(found.start("tail"), len(place.text)))
        joined = join([piece for piece in pieces if piece.text] or [middle])
        at += len(part) + 1
        if joined is not None and joined.text:
            words += braces(word._replace(fragment=joined))
    return words if len(words) <= MAX_BRACES else [word]


def unescaped(text: str) -> str:
    """The inside of `$'...'` with its escapes read."""
    return _ansi_escape.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    if match["octal"]:
        return chr(int(match["octal"], 8) & 0xFF)
    digits = match["hex"] or match["wide"]
    if digits:
        return chr(int(digits, 16))
    return {"n": "\n", "t": "\t", "r": "\r"}.get(match["other"], match["other"])
