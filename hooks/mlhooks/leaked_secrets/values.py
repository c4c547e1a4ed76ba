"""Whether a value could be a secret: random enough, and not one of the many things that only look like it."""

from __future__ import annotations

import re

from mlhooks.leaked_secrets.lazy import lazy
from mlhooks.leaked_secrets.rejects import entropy, is_placeholder, is_sequence, is_specimen, is_template

_PASSWORDS = frozenset({"password", "passwd", "pwd", "pass", "passphrase"})
_UUID = lazy(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HASH_LENGTHS = {32, 40, 64, 96, 128}
_REFERENCE = lazy(
    r"(?i)^(?:os\.|env\.|environ|getenv|process\.env|self\.|args\.|config[.\[]|cfg\.|settings\.|secrets?[.\[]|vault:|ssm:|arn:|"
    r"projects/|@|/run/secrets|op://|keyring|dbutils|st\.secrets|userdata|file:|sops)"
)
# What the key services of AWS and of Google have encrypted is made to be committed: the first bytes of their headers.
_CIPHERTEXT = lazy(r"AQICAH[g-j]|CiQA")
_DATE = lazy(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?")
_PIECES = lazy(r"[-_./: +@#\\]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_SEPARATOR = lazy(r"[-_.]+")
_WORD_LIKE = lazy(r"[a-z]*[aeiouy][a-z]*|[A-Z]?[a-z]*[aeiouy][a-z]*|[A-Z]*[AEIOUY][A-Z]*|\d{1,4}|[A-Za-z]{1,3}")
_TOKEN_CHARACTERS = lazy(r"[A-Za-z0-9_+/=.~:@!$%^&*?#,;|-]+")
_EXAMPLES = lazy(
    r"(?i)^(?:admin|root|user|guest|postgres|mysql|mlflow|airflow|minio|jupyter|test|default|hello|welcome|letmein|pass|qwerty|abc)"
    r"[a-z_-]*\d{0,4}[!@#$]?$|(?:^|[^a-z])(?:changeit|hunter2?|supersecret|s3cr3t|p[a@]ssw[o0]rd\d{0,4}|invalid|wrong|dummy|fake|mock|test)(?:[^a-z]|$)"
)


def is_random_value(value: str, words: list[str], text: str, end: int) -> bool:
    """Whether the value under a name of `words` is random enough to be a secret.

    Keys and tokens are made by machines: 16 characters, letters and digits. Passwords are made by people: 8 characters
    of two classes.
    """
    by_person = bool(_PASSWORDS.intersection(words))
    if not (8 if by_person else 16) <= len(value) <= 512:
        return False
    if not value.isascii() or not _TOKEN_CHARACTERS().fullmatch(value):
        return False
    if is_template(value) or is_placeholder(value) or is_sequence(value) or is_specimen(value):
        return False
    if _looks_like_something_else(value, words):
        return False
    if not any(character.isdigit() for character in value) or not any(character.isalpha() for character in value):
        if not by_person or value.isalpha() or value.isdigit():
            return False
        if not any(character in "!@$%^&*?#" for character in value):
            return False
    if _continues(text, end):
        return False
    return entropy(value) >= (2.75 if by_person else 3.0) and (by_person or not _is_made_of_words(value))


def is_reference(value: str) -> bool:
    """Whether the value names the place where the secret is kept."""
    return _REFERENCE().search(value) is not None


def is_example(value: str) -> bool:
    """Whether it is one of the passwords that examples use."""
    return _EXAMPLES().search(value) is not None


def _looks_like_something_else(value: str, words: list[str]) -> bool:
    """Ciphertexts, references, paths, URLs, dates, addresses, UUIDs, digests, published examples."""
    if is_reference(value) or is_example(value) or _CIPHERTEXT().match(value):
        return True
    if _UUID().fullmatch(value) or _DATE().fullmatch(value):
        return True
    if len(value) in _HASH_LENGTHS and re.fullmatch(r"[0-9a-f]+|[0-9A-F]+", value) and not _is_sure_of_hex(words):
        return True
    if value.startswith(("/", "./", "../", "~/", "http:", "https:", "sha256:", "data:", "#", "--")) or "://" in value:
        return True
    if re.fullmatch(
        r"[\w.-]+@[\w-]+\.[\w.]+|[\w./-]+\.(?:py|json|ya?ml|txt|pem|key|crt|toml|ini|csv|md|html?|js|env|com|org|net|io)",
        value,
    ):
        return True
    if re.fullmatch(r"[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)+(?:\(.*)?", value):
        return True
    return "".join(words) == re.sub(r"[^a-z0-9]", "", value.lower())


def _is_sure_of_hex(words: list[str]) -> bool:
    """Whether hexadecimal digits of a digest's length are a key: only under a name that cannot mean a digest."""
    return words[-2:] == ["api", "key"] or words[-1:] in (["apikey"], ["secret"]) or words[-2:] == ["secret", "key"]


def _is_made_of_words(value: str) -> bool:
    """`bert-base-uncased`, `my_model_v2`, `lgpl-2.1-plus`: words and short numbers, and few abbreviations."""
    pieces = [piece for piece in _PIECES().split(value) if piece]
    longest = max((len(piece) for piece in pieces), default=0)
    strange = [piece for piece in pieces if not _WORD_LIKE().fullmatch(piece)]
    if longest >= 16 or len(pieces) >= len(value) / 2.5 or 3 * len(strange) > len(pieces):
        return False
    return not strange or (
        len(_SEPARATOR().split(value)) > 2 and all(piece.isalpha() and len(piece) <= 6 for piece in strange)
    )


def _continues(text: str, end: int) -> bool:
    """Whether the literal is only a part: it is added to, formatted, or called upon."""
    following = text[end : end + 16].lstrip("\"'`\\")
    return following.startswith((".format(", " % ", "%(", "...", "…", "("))
