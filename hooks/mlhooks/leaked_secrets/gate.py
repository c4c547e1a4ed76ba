"""The gate: what of the tables may stand in a file's bytes. Most files hold nothing and are done after one look.

Four things make it fast in plain Python. Pictures, nine tenths of a notebook, are jumped over. A token, and a value
that counts by its name, is one long run of characters; long runs are found at a gigabyte a second. Most of them are
paths and identifiers: only those with a digit or a capital count. What needs a name is searched in the neighbourhood of
these. Passwords alone are short: their few words are searched everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from mlhooks.leaked_secrets.assigned import CALLS, KEYWORDS, is_plausible_assignment
from mlhooks.leaked_secrets.lazy import lazy
from mlhooks.leaked_secrets.matching import SHAPES, compiled
from mlhooks.leaked_secrets.raw import readings, without_hex_escapes, without_pictures
from mlhooks.leaked_secrets.shape import Shape
from mlhooks.leaked_secrets.structure import decoded
from mlhooks.leaked_secrets.urls import URL_SIGN

# All characters of tokens, and of values that count by their names.
_RUN_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/=.~:@!$%^&*?#,;|-"
_RUN_MARKS = bytes(65 if code in _RUN_CHARACTERS else 32 for code in range(256))
_LONG = lazy(b"A" * 16 + b"A*+")
# Of a hundred million random bodies of 20 characters three have neither digit nor capital, and the longer ones count
# anyway. Numbers are no tokens.
_LETTER, _DIGIT, _DIGIT_OR_CAPITAL = lazy(rb"[A-Za-z]"), lazy(rb"[0-9]"), lazy(rb"[0-9A-Z]")
_VERY_LONG = 48
# Values that count by their names have a digit, or are as long as this.
_LONG_VALUE = 32
# How far a name may stand from its value, with the marks of JSON and HTML that lie between them; the user's name that
# belongs to a key may stand behind it.
_REACH_BEFORE, _REACH_BEHIND = 1000, 300
_WRAPPED = lazy(rb"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}={0,2}")
# In JSON the line ends are escapes, and with a line the string may end as well.
_LINE_BYTES = 56
_LINE_END = lazy(rb"\\[nrt]|[\s\"',\\]")
_LINES = lazy(
    rb"(?P<full>(?:[A-Za-z0-9+/]{56,}+(?:\\[nrt]|[\s\"',\\])++)++)(?P<last>(?:[A-Za-z0-9+/]{4,}+={0,2}(?![A-Za-z0-9_(.]))?)"
)
_URL = lazy(rb"://[^\s/:@\"'<>`?#]{0,100}:[^\s/@\"'<>`]{3,300}@")
_CONTROL = lazy(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# These are blocks of several lines.
_BLOCKS = tuple(
    (start, shape) for _, shape in SHAPES for start in shape.starts if shape.id in ("private-key", "putty-key")
)
# The calls of the tables by what several of them share: one search in place of some.
_STEMS = ("Client(", "ClientV2(", "login(", "OpenAI(", "inecone", "comet_ml", "Fireworks(", "Auth", ".run(")
_PASSWORD_KEYWORDS = tuple(word for word in KEYWORDS if "ass" in word.lower() or "pwd" in word.lower())
_KEY_KEYWORDS = tuple(word for word in KEYWORDS if word not in _PASSWORD_KEYWORDS)
# Beginnings of tools' own forms of credentials: those of keys, and those of which the value may be short.
_KEY_FORMS = ("username",)
_PASSWORD_FORMS = ("password ", "machine", ":_password=")
_OTHER_FORMS = (
    (b"auth", ("auth\\", 'auth"', "auth'", ":_authToken=")),
    (b"remote ", ('remote "', 'remote \\"')),
    (b"kind: Secret", ("kind: Secret",)),
)


# After so many places that look like a token's beginning the exact search shall decide.
_MOST_TRIED = 500


class Gate(NamedTuple):
    """What to look for: tokens by shape and literal, `words` (keywords, calls, signs), and tokens inside base64."""

    tokens: tuple[tuple[str, Shape], ...] = ()
    words: frozenset[str] = frozenset()
    is_wrapped: bool = False

    @property
    def is_open(self) -> bool:
        return bool(self.tokens or self.words or self.is_wrapped)


def look(data: bytes) -> Gate:
    """What the tables have to look for in `data`, text in an encoding that holds ASCII."""
    texts = readings(without_hex_escapes(without_pictures(data)), is_json=False)
    if b"\0" in data:
        texts.append(data.replace(b"\0", b""))
    return _union([_look(text) for text in texts])


def look_into_json(data: bytes) -> Gate:
    """The same where the strings of JSON will be looked at, rather than the text as it stands; without its pictures."""
    return _union([_look(text) for text in readings(data, is_json=True)])


def look_into_binary(data: bytes) -> Gate:
    """The same for a file that is no text: whole tokens only, also in characters of two or four bytes."""
    return _union([Gate(_tokens_in(_text_of(text, _long_runs(text)))) for text in (data, data.replace(b"\0", b""))])


def unwrapped(text: bytes) -> bytes:
    """What base64 text stands for when that is printable text, with ? for letters that are not ASCII; else nothing."""
    data = decoded(text.decode("ascii"))
    if not data or _CONTROL().search(data):
        return b""
    try:
        return data if data.isascii() else data.decode().encode("ascii", "replace")
    except UnicodeDecodeError:
        return b""


def _union(seen: list[Gate]) -> Gate:
    if len(seen) == 1:
        return seen[0]
    tokens = {token for each in seen for token in each.tokens}
    in_order = (*(entry for _, entries in _by_start() for entry in entries), *_BLOCKS) if tokens else ()
    return Gate(
        tuple(entry for entry in dict.fromkeys(in_order) if entry in tokens),
        frozenset().union(*(each.words for each in seen)),
        any(each.is_wrapped for each in seen),
    )


def _look(data: bytes) -> Gate:
    runs = _long_runs(data)
    text = _text_of(data, runs)
    near = b"\n".join(_neighbourhoods(data, runs))
    tokens = (*_tokens_in(text), *(block for block in _BLOCKS if block[0].encode() in near))
    return Gate(tokens, _words(data, near), _is_wrapped(data, runs, text))


def _long_runs(data: bytes) -> list[tuple[int, int]]:
    """Where the runs of characters are that may hold a token or a key."""
    has_letter, is_odd = _LETTER().search, _DIGIT_OR_CAPITAL().search
    return [
        (start, end)
        for start, end in (match.span() for match in _LONG().finditer(data.translate(_RUN_MARKS)))
        if (is_odd(data, start, end) or end - start >= _VERY_LONG) and has_letter(data, start, end)
    ]


def _text_of(data: bytes, runs: list[tuple[int, int]]) -> str:
    return b"\n".join([data[start:end] for start, end in runs]).decode("ascii")


def _neighbourhoods(data: bytes, runs: list[tuple[int, int]]) -> list[bytes]:
    """The runs that may be a value, with what stands around them, each character once."""
    has_digit = _DIGIT().search
    parts, begin, end = [], 0, 0
    for start, stop in runs:
        if stop - start < _LONG_VALUE and not has_digit(data, start, stop):
            continue
        if start - _REACH_BEFORE > end:
            parts.append(data[begin:end])
            begin = start - _REACH_BEFORE
        end = stop + _REACH_BEHIND
    return [*parts, data[begin:end]]


def _tokens_in(runs: str) -> tuple[tuple[str, Shape], ...]:
    """The shapes of which something stands in `runs`, boundaries and context not yet considered."""
    return tuple(
        (literal, shape)
        for start, entries in _by_start()
        if start in runs
        for literal, shape in entries
        if literal in runs and _fits(shape, literal, runs)
    )


def _fits(shape: Shape, literal: str, runs: str) -> bool:
    match_at = compiled(shape.pattern).match
    hit, tried = runs.find(literal), 0
    while hit >= 0:
        tried += 1
        if tried > _MOST_TRIED or any(match_at(runs, hit - lead) for lead in shape.lead if hit >= lead):
            return True
        hit = runs.find(literal, hit + 1)
    return False


def _is_wrapped(data: bytes, runs: list[tuple[int, int]], text: str) -> bool:
    """Whether there is a token in base64. The letter of an escaped line end belongs to no run of base64."""
    starts = [start + (data[start - 1 : start] == b"\\") for start, _ in runs]
    behind_escapes = [data[start:end] for start, (begin, end) in zip(starts, runs, strict=True) if start != begin]
    pieces = _WRAPPED().findall(b"\n".join([text.encode(), *behind_escapes]))
    pieces += lines_of(
        data, [start for start, (_, end) in zip(starts, runs, strict=True) if end - start >= _LINE_BYTES]
    )
    hidden = b"\n".join(filter(None, map(unwrapped, pieces)))
    return bool(hidden and _tokens_in(hidden.decode()))


def lines_of(data: bytes, starts: Iterable[int]) -> Iterator[bytes]:
    """Base64 of several lines that starts at one of `starts`: with what could be its short last line, and without."""
    done = 0
    for start in starts:
        match = _LINES().match(data, start) if start >= done else None
        if match:
            full = _LINE_END().sub(b"", match["full"])
            yield full
            if match["last"]:
                yield full + match["last"]
            done = match.end()


@cache
def _by_start() -> tuple[tuple[str, tuple[tuple[str, Shape], ...]], ...]:
    """The literals and their shapes in the order of the table, those with the same three first letters together."""
    groups: dict[str, list[tuple[str, Shape]]] = {}
    for _, shape in SHAPES:
        for literal in shape.starts:
            groups.setdefault(literal[:3], []).append((literal, shape))
    return tuple((start, tuple(entries)) for start, entries in groups.items())


def _words(data: bytes, near: bytes) -> frozenset[str]:
    """The keywords, calls and signs in `data` that a value may follow. `near` is what stands around the long runs."""
    words = _words_in(near, _KEY_FORMS)
    for stem, calls in _calls_by_stem():
        if stem in near:
            words |= _words_in(near, calls)
    words |= _plausible(near, near.lower(), _KEY_KEYWORDS, is_short=False)
    for stem, forms in _OTHER_FORMS:
        if stem in data:
            words |= _words_in(data, forms)
    if b"@" in data and _URL().search(data):
        words |= {URL_SIGN}
    lower = data.lower()
    if b"pass" in lower or b"pwd" in lower:
        words |= _plausible(data, lower, _PASSWORD_KEYWORDS, is_short=True)
        words |= _words_in(data, _PASSWORD_FORMS) if b"password" in lower else frozenset()
    return words


def _plausible(data: bytes, lower: bytes, keywords: tuple[str, ...], *, is_short: bool) -> frozenset[str]:
    """The keywords in `data`, if one of them is followed by something that could be its value."""
    found = frozenset([word for folded, variants in _by_case(keywords) if folded in lower for word in variants])
    return found if found and is_plausible_assignment(data.decode("latin-1"), found, is_short=is_short) else frozenset()


def _words_in(data: bytes, words: tuple[str, ...]) -> frozenset[str]:
    return frozenset([word for word, encoded in _encoded(words) if encoded in data])


@cache
def _by_case(keywords: tuple[str, ...]) -> tuple[tuple[bytes, tuple[str, ...]], ...]:
    groups: dict[bytes, list[str]] = {}
    for keyword in keywords:
        groups.setdefault(keyword.lower().encode(), []).append(keyword)
    return tuple((folded, tuple(variants)) for folded, variants in groups.items())


@cache
def _calls_by_stem() -> tuple[tuple[bytes, tuple[str, ...]], ...]:
    groups: dict[str, list[str]] = {}
    for call in CALLS:
        groups.setdefault(next((stem for stem in _STEMS if stem in call), call), []).append(call)
    return tuple((stem.encode(), tuple(calls)) for stem, calls in groups.items())


@cache
def _encoded(words: tuple[str, ...]) -> tuple[tuple[str, bytes], ...]:
    return tuple((word, word.encode()) for word in words)
