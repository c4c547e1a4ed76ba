"""Whether a name means a secret: `db_password` does, `pad_token`, `primary_key` and `token_count` do not."""

from __future__ import annotations

from mlhooks.leaked_secrets.lazy import lazy

_WORD = lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_SECRETS = frozenset(
    {
        "password", "passwd", "pwd", "pass", "secret", "token", "apikey", "passphrase", "credential",
        "credentials", "authorization", "authtoken", "accesstoken", "secretkey", "accesskey", "privatekey",
    }
)  # fmt: skip
# "key" is a word of dictionaries and sorting; only these make it a secret.
_KEY_KINDS = frozenset(
    {
        "api", "access", "secret", "private", "auth", "account", "encryption", "signing", "service", "storage",
        "subscription", "master", "admin", "client", "consumer", "license", "app", "bot", "server", "webhook",
        "jwt", "hmac", "aes",
    }
)  # fmt: skip
# What may follow the secret's word: which one it is. Anything else makes it the name of something about a secret.
_WHICH = frozenset(
    {
        "prod", "production", "dev", "development", "staging", "stage", "test", "live", "value", "default",
        "base", "primary", "secondary", "main", "old", "new", "string", "id2",
    }
)  # fmt: skip
# In front of "token": language models. In front of "key": data bases.
_HARMLESS_BEFORE = frozenset(
    {
        "pad", "eos", "bos", "unk", "sep", "cls", "mask", "max", "min", "num", "n", "special", "added", "start",
        "end", "next", "prev", "image", "audio", "video", "decoder", "encoder", "input", "output", "first",
        "last", "prompt", "stop", "think", "tool", "extra", "per", "word", "sub", "time", "vocab", "system",
        "user", "assistant", "trigger", "placeholder", "instance", "class", "total", "count", "every", "each",
        "is", "has", "use", "with", "no", "text", "speaker", "continuation", "page", "cancellation", "csrf",
        "xsrf", "authenticity", "sync", "primary", "foreign", "sort", "public", "cache", "partition", "lexer",
        "parser", "syntax",
        "forced", "suppress", "begin", "blank", "delimiter", "boi", "eoi", "separator", "fim", "middle",
        "suffix", "prefix", "turn", "eot", "bot2", "single", "double",
    }
)  # fmt: skip
# A vendor's key of one of these is an identifier.
_IDENTIFIED = frozenset({"experiment", "project", "run", "model", "artifact", "dataset", "task", "trial"})
_HARMLESS_ANYWHERE = frozenset(
    {
        "hash", "digest", "checksum", "integrity", "sha", "sha1", "sha256", "md5", "etag", "revision", "commit",
        "rev", "fingerprint", "nonce", "tokenizer", "tokenize", "regex", "pattern", "public", "salt", "hashed",
        "hashes", "encrypted",
    }
)  # fmt: skip


def words_of(name: str) -> list[str]:
    """The words of an identifier in lower case: `dbPassword`, `DB_PASSWORD` and `db-password` alike."""
    return [word.lower() for word in _WORD().findall(name)]


def is_secret_name(words: list[str]) -> bool:
    """Whether the last words of a name mean a secret (and what stands before them does not make it harmless)."""
    last, before = _head(words)
    if last == "key":
        return before in _KEY_KINDS
    if last == "pass" and not before:
        return False
    return words[-2:] == ["connection", "string"] or (last in _SECRETS and before not in _HARMLESS_BEFORE)


def may_name_a_token(words: list[str]) -> bool:
    """Whether a name could be that of a vendor's token, now that the vendor is known: `kaggle_key` could.

    `comet_experiment_key` and `mistral_tokenizer` could not.
    """
    last, before = _head(words)
    if last == "key":
        return before not in _HARMLESS_BEFORE | _IDENTIFIED
    return last in _SECRETS and before not in _HARMLESS_BEFORE


def _head(words: list[str]) -> tuple[str, str]:
    """The word that says what a name means, and the one before it; two empty texts where it is harmless anyway."""
    rest = list(words)
    while rest and (rest[-1] in _WHICH or rest[-1].isdigit()):
        rest.pop()
    if not rest or _HARMLESS_ANYWHERE.intersection(words):
        return "", ""
    return rest[-1], rest[-2] if len(rest) > 1 else ""
