"""Values that look like secrets and are none: placeholders, sequences, templates, specimens from documentation."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from math import log2

from mlhooks.leaked_secrets.lazy import lazy

_FILLER = lazy(r"x{4}|X{4}|0{6}|\*{2}|…|\.\.\.|-{4}|_{4}|#{4}")
_WORDS = lazy(
    r"(?i:example|sample|dummy|changeme|change_me|change-me|placeholder|redacted|secret|token|insert|replace|mysecret)"
    r"|(?i:(?<![a-z0-9])(?:your?|here|test|fake|todo|xxx+|foo|bar|none|null|demo|api|key|my|not|real)(?![a-z0-9]))"
)
_TEMPLATE = lazy(r"\$\{|\{\{|\{[A-Za-z_]|\$\(|\$[A-Za-z_]|<[A-Za-z_/]|%s|%\(|%[A-Z_]+%|\[\[|ENC\[")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx", "qwerty123", "1q2w3e4r")
_LONG_SEQUENCE = 8
_LONGEST_UNIT = 10
_COMMON_SHARE = 0.6


def is_made_up(body: str) -> bool:
    """Whether the random part of a token was typed by a person: a placeholder, a sequence, too few characters."""
    return _is_monotonous(body) or is_placeholder(body) or is_sequence(body)


def _is_monotonous(body: str) -> bool:
    """Too few characters, by limits that none of 100,000 random bodies of any shape falls below."""
    if len(body) < 20:
        return False
    kinds = len(set(body))
    return kinds < 6 or ((kinds < 8 or entropy(body) < 3.0) and (not is_hex(body) or entropy(body) < 2.5))


def is_placeholder(body: str) -> bool:
    """Fillers, one character most of the time, and the words that people write in place of a secret."""
    if not body or _FILLER().search(body) or _WORDS().search(body):
        return True
    return any(Counter(piece).most_common(1)[0][1] >= _COMMON_SHARE * len(piece) for piece in _pieces(body))


def is_sequence(body: str) -> bool:
    """Characters that ascend for eight steps, rows of a keyboard, or a short unit over and over."""
    lower = body.lower()
    return any(row in lower for row in _KEYBOARD) or _ascends(lower) or any(_repeats(piece) for piece in _pieces(lower))


def _pieces(body: str) -> list[str]:
    """The whole, and its long parts between dots and dashes."""
    return [body, *(piece for piece in re.split(r"[^A-Za-z0-9]", body) if 16 <= len(piece) < len(body))]


def _ascends(lower: str) -> bool:
    run = 0
    for before, after in pairwise(lower):
        run = run + 1 if ord(after) - ord(before) == 1 or before + after in ("90", "9a", "z0") else 0
        if run >= _LONG_SEQUENCE:
            return True
    return False


def _repeats(text: str) -> bool:
    """Whether `text` is a unit of at most ten characters (or the sixteen hexadecimal digits' length) and its copies."""
    return any(
        len(text) >= unit + 4 and all(text[index] == text[index - unit] for index in range(unit, len(text)))
        for unit in (*range(1, _LONGEST_UNIT + 1), 16)
    )


def is_template(value: str) -> bool:
    """Whether something is filled in before the value is used: `${NAME}`, `{{ name }}`, `%s`, `<name>`."""
    return _TEMPLATE().search(value) is not None


def is_hex(text: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F-]+", text) is not None


def entropy(text: str) -> float:
    """Shannon's entropy of the characters of `text`, in bits for each."""
    total = len(text)
    return -sum(count / total * log2(count / total) for count in Counter(text).values()) if total else 0.0


def is_specimen(token: str) -> bool:
    """Whether this is a key that its vendor publishes in documentation (kept here as digests)."""
    from hashlib import sha256

    return sha256(token.encode("utf-8", "replace")).hexdigest()[:16] in SPECIMENS


SPECIMENS = frozenset(
    {
        "1021ad463a161d69",  # Google Maps
        "279a2219c2388e7f",  # Firebase
        "0011cc25eb432071",  # the Azure storage emulator
        "4b8cbd96c8530f05",  # Stripe, test mode
        "f2d6ca16515033e5",  # Stripe, test mode
        "78314b11be2e5815",  # AWS
        "731fa294d036e54f",  # Telegram
    }
)
"""The first 16 digits of the SHA-256 of published specimens."""
