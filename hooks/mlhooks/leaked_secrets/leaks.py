"""One passage, looked at in every way there is."""

from __future__ import annotations

from collections.abc import Iterator

from mlhooks.leaked_secrets import gate
from mlhooks.leaked_secrets.assigned import CALLS, KEYWORDS, find_assigned, value_leak
from mlhooks.leaked_secrets.credential_files import find_credentials
from mlhooks.leaked_secrets.lazy import lazy
from mlhooks.leaked_secrets.markup import Mapped, joined
from mlhooks.leaked_secrets.matching import Leak, find_tokens
from mlhooks.leaked_secrets.passages import Passage
from mlhooks.leaked_secrets.urls import URL_SIGN, find_url_passwords

_KEYWORDS = frozenset((*KEYWORDS, *CALLS))
_WRAPPED = lazy(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}={0,2}")
_LINES = lazy(r"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{56,}+[\s\"',\\]++)++(?:[A-Za-z0-9+/]{4,}+={0,2})?")


def leaks_in(passage: Passage, seen: gate.Gate) -> list[Leak]:
    """The secrets in one passage, in order, each character at most in one of them."""
    chosen: list[Leak] = []
    for leak in _candidates(passage, seen):
        if not any(leak.start < other.end and other.start < leak.end for other in chosen):
            chosen.append(leak)
    return sorted(chosen, key=lambda leak: leak.start)


def _candidates(passage: Passage, seen: gate.Gate) -> Iterator[Leak]:
    """What each way of looking sees, the exact ways first."""
    text = passage.text
    yield from find_tokens(text, seen.tokens, only_sharp=passage.is_binary)
    if passage.is_binary:
        return
    if seen.is_wrapped:
        yield from _wrapped(text)
    if seen.tokens:
        yield from _in_joined_literals(text, seen)
    yield from find_credentials(passage.path, text)
    if URL_SIGN in seen.words:
        yield from find_url_passwords(text)
    if passage.name:
        leak = value_leak(passage.name, text)
        if leak is not None:
            yield leak
    if _KEYWORDS.intersection(seen.words):
        yield from find_assigned(text, seen.words, has_bare_values=passage.has_bare_values, generic=passage.is_generic)


def _in_joined_literals(text: str, seen: gate.Gate) -> Iterator[Leak]:
    """Tokens that are written as several string literals side by side."""
    together = joined(Mapped(text))
    if together.steps:
        for leak in find_tokens(together.text, seen.tokens):
            yield leak._replace(start=together.original(leak.start), end=together.original(leak.end - 1) + 1)


def _wrapped(text: str) -> Iterator[Leak]:
    """Tokens in text that stands here in base64, one level deep, on one line or on several."""
    for match in _WRAPPED().finditer(text):
        yield from _unwrapped(match[0].encode(), *match.span())
    for match in _LINES().finditer(text):
        data = match[0].encode()
        for piece in gate.lines_of(data, [0]):
            yield from _unwrapped(piece, *match.span())


def _unwrapped(base64: bytes, start: int, end: int) -> Iterator[Leak]:
    inner = gate.unwrapped(base64)
    if inner:
        for leak in find_tokens(inner.decode("ascii"), gate.look(inner).tokens):
            yield leak._replace(start=start, end=end, what=f"{leak.what} in base64")
