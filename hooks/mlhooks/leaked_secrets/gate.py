"""The gate: what of the tables may stand in a file's bytes. Most files hold nothing and are done after one look.

Three things make it fast in plain Python. Images, nine tenths of a notebook, are cut out first. A token is one long run
of letters and digits, so literals and patterns of tokens are only tried on the long runs. And plain, case-sensitive
literals are searched at gigabytes a second.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from mlhooks.leaked_secrets.assigned import CALLS, KEYWORDS, is_plausible_assignment
from mlhooks.leaked_secrets.credential_files import LITERALS
from mlhooks.leaked_secrets.lazy import lazy
from mlhooks.leaked_secrets.matching import SHAPES, compiled
from mlhooks.leaked_secrets.shape import Shape
from mlhooks.leaked_secrets.structure import decoded
from mlhooks.leaked_secrets.urls import URL_SIGN

# The first bytes of PNG, JPEG, GIF and WebP in base64. A payload under an image's name that starts otherwise is no
# image, and is read as text.
_IMAGE = lazy(rb"(?:iVBORw0KGgo|/9j/[24]|R0lGOD|UklGR)[A-Za-z0-9+/=]{64,}+(?:\\n[A-Za-z0-9+/=]*+)*+")
_ESCAPED = lazy(rb"\\u00([2-7][0-9a-fA-F])")
_ANSI = lazy(rb"(?:\x1b|\\u001[bB])\[[0-9;]*[A-Za-z]")
_ENTITY = lazy(rb"&#(?:[xX]([2-7][0-9a-fA-F])|([1-9][0-9]{1,2}));")
_INLINE_TAG = lazy(rb"</?(?:b|i|em|strong|mark|wbr|font|u|small|s)(?:[ /][^<>]{0,80})?>")
_BETWEEN = rb"""[ \t]*(?:\\?\r?\n[ \t]*|\\n[ \t]*(?:",\s*"[ \t]*)?|\\\\[ \t]*|\+[ \t]*){0,4}[rbufRBUF]?"""
# Two string literals side by side. In the JSON of a notebook a plain double quote is never part of the code.
_SPLIT, _JSON_SPLIT = (
    tuple(lazy(quote + _BETWEEN + quote + rb"(?=[A-Za-z0-9_+/=.%~@:-])") for quote in quotes)
    for quotes in ((rb'"', rb"'", rb'\\"'), (rb"'", rb'\\"'))
)
# The calls of the tables by what several of them share: one search in place of some.
_STEMS = ("Client(", "ClientV2(", "login(", "OpenAI(", "inecone", "comet_ml", "Fireworks(", "Auth", ".run(")
_PICTURES = (b'"iVBORw0KGgo', b'"/9j/', b'"R0lGOD', b'"UklGR')
_SMALLEST_PICTURE_BYTES = 100
_RUN = lazy(rb"[A-Za-z0-9_+/=.:~%@-]{18,}")  # shorter than any token of the tables
_WRAPPED = lazy(rb"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}={0,2}")
_URL = lazy(rb"://[^\s/:@\"'<>`?#]{0,100}:[^\s/@\"'<>`]{3,300}@")
_CONTROL = lazy(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# These are blocks of several lines.
_BLOCKS = tuple(
    (start, shape) for _, shape in SHAPES for start in shape.starts if shape.id in ("private-key", "putty-key")
)


class Gate(NamedTuple):
    """What to look for: tokens by shape and literal, `words` (keywords, calls, signs), and tokens inside base64."""

    tokens: tuple[tuple[str, Shape], ...] = ()
    words: frozenset[str] = frozenset()
    is_wrapped: bool = False

    @property
    def is_open(self) -> bool:
        return bool(self.tokens or self.words or self.is_wrapped)


def without_pictures(data: bytes) -> bytes:
    """JSON in which strings that are a picture in base64 have only their first letters left. Lines stay as they are."""
    for start in _PICTURES:
        parts, position, hit = [], 0, data.find(start)
        while hit >= 0 and (end := data.find(b'"', hit + 1)) >= 0:
            if end - hit >= _SMALLEST_PICTURE_BYTES and b" " not in data[hit:end]:
                parts.append(data[position : hit + len(start)])
                position = end
            hit = data.find(start, end)
        if parts:
            data = b"".join([*parts, data[position:]])
    return data


def look(data: bytes, *, is_notebook: bool = False) -> Gate:
    """What the tables have to look for in `data`, text in an encoding that holds ASCII."""
    data = _IMAGE().sub(b" ", data)
    if b"\\u00" in data:
        data = _ANSI().sub(b"", data)
        data = _ESCAPED().sub(lambda match: bytes.fromhex(match[1].decode()), data)
    if b"\x1b" in data:
        data = _ANSI().sub(b"", data)
    if b"&#" in data:
        data = _ENTITY().sub(_character, data)
    if any(tag in data for tag in (b"</mark>", b"</b>", b"</em>", b"</strong>", b"<wbr")):
        data = _INLINE_TAG().sub(b"", data)
    whole = data
    for split in _JSON_SPLIT if is_notebook else _SPLIT:
        whole = split().sub(b"", whole)
    runs = b"\n".join(_RUN().findall(whole)).decode("ascii")
    tokens = (*_tokens_in(runs), *(block for block in _BLOCKS if block[0].encode() in data))
    hidden = b"\n".join(filter(None, map(unwrapped, _WRAPPED().findall(runs.encode()))))
    return Gate(tokens, _words(data), bool(hidden and _tokens_in(hidden.decode())))


def look_into_binary(data: bytes) -> Gate:
    """The same for a file that is no text: whole tokens only."""
    return Gate(_tokens_in(b"\n".join(_RUN().findall(data)).decode("ascii")))


def unwrapped(text: bytes) -> bytes:
    """What base64 text stands for when that is printable text; else nothing."""
    data = decoded(text.decode("ascii"))
    return data if data and data.isascii() and _CONTROL().search(data) is None else b""


def _tokens_in(runs: str) -> tuple[tuple[str, Shape], ...]:
    """The shapes of which something stands in `runs`, boundaries and context not yet considered."""
    return tuple(
        (literal, shape) for literal, shape in _by_literal() if literal in runs and _fits(shape, literal, runs)
    )


def _fits(shape: Shape, literal: str, runs: str) -> bool:
    match_at = compiled(shape.pattern).match
    hit = runs.find(literal)
    while hit >= 0:
        if any(match_at(runs, hit - lead) for lead in shape.lead if hit >= lead):
            return True
        hit = runs.find(literal, hit + 1)
    return False


@cache
def _by_literal() -> tuple[tuple[str, Shape], ...]:
    return tuple((literal, shape) for _, shape in SHAPES for literal in shape.starts)


def _words(data: bytes) -> frozenset[str]:
    words = _words_in(data, LITERALS)
    for stem, calls in _calls_by_stem():
        if stem in data:
            words |= _words_in(data, calls)
    if b"://" in data and _URL().search(data):
        words |= {URL_SIGN}
    lower = data.lower()
    keywords = frozenset(word for folded, variants in _keywords_by_case() if folded in lower for word in variants)
    if keywords and is_plausible_assignment(data.decode("latin-1"), keywords):
        words |= keywords
    return words


def _words_in(data: bytes, words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for word, encoded in _encoded(words) if encoded in data)


@cache
def _keywords_by_case() -> tuple[tuple[bytes, tuple[str, ...]], ...]:
    groups: dict[str, list[str]] = {}
    for keyword in KEYWORDS:
        groups.setdefault(keyword.lower(), []).append(keyword)
    return tuple((folded.encode(), tuple(variants)) for folded, variants in groups.items())


@cache
def _calls_by_stem() -> tuple[tuple[bytes, tuple[str, ...]], ...]:
    groups: dict[str, list[str]] = {}
    for call in CALLS:
        groups.setdefault(next((stem for stem in _STEMS if stem in call), call), []).append(call)
    return tuple((stem.encode(), tuple(calls)) for stem, calls in groups.items())


@cache
def _encoded(words: tuple[str, ...]) -> tuple[tuple[str, bytes], ...]:
    return tuple((word, word.encode()) for word in words)


def _character(match: re.Match[bytes]) -> bytes:
    number = int(match[1], 16) if match[1] else int(match[2])
    return bytes([number]) if number < 128 else match[0]
