"""From a leak to a finding: the message, without the secret, and an identity that does not give it away."""

from __future__ import annotations

from mlhooks.core.files import repository_namer
from mlhooks.core.finding import Finding, Location
from mlhooks.leaked_secrets.lazy import lazy
from mlhooks.leaked_secrets.matching import Leak
from mlhooks.leaked_secrets.rules import CREDENTIALS_FILE, HARDCODED_SECRET, PASSWORD_IN_URL, PRIVATE_KEY

_SAFE_NAME = lazy(r"(?=.{1,40}\Z)[A-Za-z]{0,16}(?:[_.$-]+[A-Za-z]{0,16})*[0-9]{0,2}")
# A token of this many random characters cannot be found by trying; what people make up can.
_UNGUESSABLE_CHARACTERS = 20
# Each takes some 15 ms.
_SLOW_DIGESTS_PER_FILE = 100
_GUESSED_RULES = frozenset({HARDCODED_SECRET.id, PASSWORD_IN_URL.id, CREDENTIALS_FILE.id})


def finding_of(path: str, leak: Leak, location: Location, number: int = 0) -> Finding:
    """The finding that a person reads. Neither message nor subject holds the secret or a plain digest of it.

    `number` counts the findings of the file from 0. The subject is salted with the path as the repository names it, so
    that a finding is the same from whichever folder it is looked at.
    """
    graded = leak.level if leak.level != leak.rule.level else None
    is_slow = number < _SLOW_DIGESTS_PER_FILE
    return Finding(
        leak.rule, path, message(leak), location, subject(repository_namer()(path), leak, is_slow=is_slow), graded
    )


def message(leak: Leak) -> str:
    length = f"{leak.end - leak.start} characters"
    if leak.rule is HARDCODED_SECRET:
        name = f'"{leak.shown}"' if _SAFE_NAME().fullmatch(leak.shown) else "a secret's name"
        return f"a random value ({length}) is given to {name}: read it from the environment; change it if it was pushed"
    if leak.rule is PASSWORD_IN_URL:
        return f"a password ({length}) stands in a {leak.shown} URL: change it, and take it from the environment"
    if leak.rule is PRIVATE_KEY:
        return f"{_with_article(leak.what)}: replace it wherever it is trusted, then remove it"
    shown = f"{leak.shown}…, " if leak.shown else ""
    if leak.level < leak.rule.level:
        return f"possibly {_with_article(leak.what)} ({shown}{length}): if it is real, revoke it first, then remove it"
    return f"{_with_article(leak.what)} ({shown}{length}): revoke it first, then remove it; the history keeps it"


def subject(path: str, leak: Leak, *, is_slow: bool = True) -> str:
    """What makes this the same finding after lines have moved: the kind, and a keyed digest of the secret.

    A long random token cannot be guessed, so a keyed hash is enough. A password can: its digest is slow, and so short
    that many other passwords have the same one. Where that would take too long, the digest is fast and of one byte.
    """
    import hashlib

    salt = f"mlhooks {leak.rule.id} {path}".encode()
    secret = leak.secret.encode("utf-8", "replace")
    key = hashlib.sha256(salt).digest()
    if leak.rule.id not in _GUESSED_RULES and len(secret) >= _UNGUESSABLE_CHARACTERS:
        return f"{leak.kind} {hashlib.blake2b(secret, key=key, digest_size=8).hexdigest()}"
    if is_slow:
        return f"{leak.kind} {hashlib.pbkdf2_hmac('sha256', secret, salt, 50_000, 3).hex()}"
    return f"{leak.kind} {len(secret)} {hashlib.blake2b(secret, key=key, digest_size=1).hexdigest()}"


def _with_article(what: str) -> str:
    return f"{'an' if what[0] in 'AEIOUaeio' else 'a'} {what}"
