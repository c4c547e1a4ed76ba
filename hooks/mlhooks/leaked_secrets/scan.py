"""One file, checked: gate, passages, leaks, findings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlhooks.core.files import File
from mlhooks.core.finding import Finding, Options, Unscannable
from mlhooks.leaked_secrets import gate
from mlhooks.leaked_secrets.assigned import CALLS, KEYWORDS, find_assigned, value_leak
from mlhooks.leaked_secrets.credential_files import find_credentials, wants_every_byte
from mlhooks.leaked_secrets.markup import Mapped, joined, without_json_escapes
from mlhooks.leaked_secrets.matching import Leak, find_tokens
from mlhooks.leaked_secrets.passages import Passage, TextPlaces, decode_file, text_passages
from mlhooks.leaked_secrets.report import finding_of
from mlhooks.leaked_secrets.urls import URL_SIGN, find_url_passwords


def check(file: File, _options: Options) -> Iterator[Finding]:
    """Findings in one file. Raises `Unscannable` when it cannot be read, or is a notebook that cannot be parsed."""
    data = file.read()
    if file.path.endswith(".ipynb"):
        yield from _check_notebook(file, data)
    else:
        yield from _check_text(file, data)


def _check_text(file: File, data: bytes) -> Iterator[Finding]:
    if not _may_hold_nul(data):
        seen = gate.look(data)
        if not seen.is_open and not wants_every_byte(file.path):
            return
        decoded = decode_file(data)
    else:
        decoded = decode_file(data)
        seen = gate.look(decoded.text.encode("latin-1" if decoded.is_binary else "utf-8", "replace"))
        if not seen.is_open and not wants_every_byte(file.path):
            return
    yield from _findings(file, text_passages(file.path, decoded), seen)


def _check_notebook(file: File, data: bytes) -> Iterator[Finding]:
    from mlhooks.formats.notebook import Notebook
    from mlhooks.leaked_secrets.notebook_passages import notebook_passages

    try:
        notebook = Notebook(data)
    except Unscannable as reason:
        yield from _check_broken_notebook(file, data)
        raise Unscannable(f"{reason}; it was searched as plain text only") from None
    seen = gate.look(data if not _may_hold_nul(data) else notebook.json.text.encode("utf-8", "replace"))
    if not seen.is_open:
        return
    found = set()
    for finding, secret in _found(file, notebook_passages(notebook), seen):
        found.add(secret)
        yield finding
    # A key that stands twice in an object has lost its first value when JSON was parsed.
    raw = Passage(notebook.json.text, TextPlaces(notebook.json.text).location, is_binary=True)
    for finding, secret in _found(file, [raw], seen):
        if secret not in found:
            yield finding


def _check_broken_notebook(file: File, data: bytes) -> Iterator[Finding]:
    text = decode_file(data).text
    mapped = without_json_escapes(Mapped(text))
    places = TextPlaces(text)
    passage = Passage(mapped.text, lambda index: places.location(mapped.original(index)))
    yield from _findings(file, [passage], gate.look(mapped.text.encode("utf-8", "replace")))


def _may_hold_nul(data: bytes) -> bool:
    return data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:8192]


def _findings(file: File, passages: Iterator[Passage] | list[Passage], seen: gate.Gate) -> Iterator[Finding]:
    for finding, _ in _found(file, passages, seen):
        yield finding


def _found(file: File, passages: Iterator[Passage] | list[Passage], seen: gate.Gate) -> Iterator[tuple[Finding, str]]:
    reported: set[tuple[object, ...]] = set()
    for passage in passages:
        for leak in leaks_in(passage, seen):
            location = passage.locate(leak.start)
            # The copies of an output (HTML and plain text) say the same once; so do two readings of one place.
            place = location.where.partition(", line")[0] if ", output" in location.where else location.line
            keys = {(leak.secret, place), (location.line, location.column)}
            if not keys & reported:
                yield finding_of(file.path, leak, location), leak.secret
            reported |= keys


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
    together = joined(Mapped(text))
    if together.steps:
        for leak in find_tokens(together.text, seen.tokens):
            yield leak._replace(start=together.original(leak.start), end=together.original(leak.end - 1) + 1)
    yield from find_credentials(passage.path, text)
    if URL_SIGN in seen.words:
        yield from find_url_passwords(text)
    if passage.name:
        whole = value_leak(passage.name, text)
        if whole:
            yield whole
    if _KEYWORDS.intersection(seen.words):
        yield from find_assigned(text, seen.words, has_bare_values=passage.has_bare_values, generic=passage.is_generic)


_KEYWORDS = frozenset((*KEYWORDS, *CALLS))
_WRAPPED = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,}={0,2}")


def _wrapped(text: str) -> Iterator[Leak]:
    """Tokens in text that stands here in base64, one level deep."""
    for match in _WRAPPED.finditer(text):
        inner = gate.unwrapped(match[0].encode())
        if inner:
            hidden = inner.decode("ascii")
            for leak in find_tokens(hidden, gate.look(inner).tokens):
                yield leak._replace(start=match.start(), end=match.end(), what=f"{leak.what} in base64")
