"""What a token's own structure tells without asking its vendor: checksums, fixed parts, JSON that decodes.

Each function here is a `Judge`: it takes a whole token and returns the level it deserves, or None for no token.
"""

from __future__ import annotations

import re
from typing import Any

from mlhooks.core.finding import Level
from mlhooks.formats import pypi
from mlhooks.leaked_secrets.lazy import lazy

# How a token of an index begins, decoded: a macaroon whose first field is the name of the host.
_INDEXES = (b"\x02\x01\x08" + pypi.HOST.encode(), b"\x02\x01\x0dtest." + pypi.HOST.encode())

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def has_checksum(token: str) -> Level | None:
    """GitHub and npm: the last six characters are the CRC-32 of the body, in base 62.

    A mismatch is a made-up sample, or a kind of token that is newer than this code: a note.
    """
    from zlib import crc32

    prefix = "github_pat_" if token.startswith("github_pat_") else token[: token.index("_") + 1]
    body = token[len(prefix) :]
    return Level.ERROR if base62(crc32(body[:-6].encode()), 6) == body[-6:] else Level.NOTE


def base62(number: int, width: int) -> str:
    """`number` in base 62 (digits, upper case, lower case), filled with zeros to `width`."""
    text = ""
    while number:
        number, digit = divmod(number, 62)
        text = _BASE62[digit] + text
    return text.rjust(width, "0")


def decoded(text: str) -> bytes | None:
    """What base64 text stands for (both alphabets, padding optional); None when it is not base64."""
    from base64 import b64decode

    body = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(body + "=" * (-len(body) % 4), validate=True)
    except ValueError:
        return None


def json_object(text: str) -> dict[str, Any] | None:
    """The JSON object that base64 text stands for; None when it is something else."""
    import json

    data = decoded(text)
    if data is None:
        return None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def is_base64(token: str) -> Level | None:
    """AWS Bedrock: all behind the first four characters is base64."""
    return Level.ERROR if decoded(token[4:]) else None


def is_64_bytes(token: str) -> Level | None:
    """Azure storage: a key is 64 bytes."""
    data = decoded(token[token.index("=") + 1 :])
    return Level.ERROR if data is not None and len(data) == 64 else None


def is_neptune(token: str) -> Level | None:
    """Neptune: base64 of a JSON object that names the server and holds the key."""
    value = json_object(token)
    return Level.ERROR if value and "api_address" in value and "api_key" in value else None


def is_ngc(token: str) -> Level | None:
    """NVIDIA NGC: base64 of 26 letters and digits, a colon, and a UUID."""
    data = decoded(token)
    return (
        Level.ERROR
        if data and re.fullmatch(rb"[a-z0-9]{26}:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", data)
        else None
    )


def is_one_password(token: str) -> Level | None:
    """1Password service accounts: base64 of a JSON object with the secret key."""
    value = json_object(token.removeprefix("ops_"))
    return Level.ERROR if value and ("secretKey" in value or "signInAddress" in value) else None


def is_macaroon(token: str) -> Level | None:
    """PyPI: a macaroon in base64, whose first field is the host of the index."""
    data = decoded(token.removeprefix("pypi-"))
    return Level.ERROR if data and data.startswith(_INDEXES) else None


def is_grafana_key(token: str) -> Level | None:
    """Grafana, old keys: base64 of a JSON object with the key and its name."""
    value = json_object(token)
    return Level.ERROR if value and "k" in value and "n" in value else None


def is_aws_id(token: str) -> Level | None:
    """AWS: the account number stands in the id, and has at most 12 digits.

    Not a checksum, but one made-up id in eleven fails it. Ids from before 2019 (fifth letter I or J) do not encode it.
    """
    from base64 import b32decode

    if token[4] in "IJ":
        return Level.ERROR
    number = int.from_bytes(b32decode(token[4:])[:6], "big")
    return Level.ERROR if (number & 0x7FFFFFFFFF80) >> 7 < 10**12 else Level.NOTE


def is_discord_bot(token: str) -> Level | None:
    """Discord: the first part is the bot's id, a decimal number, in base64."""
    data = decoded(token.partition(".")[0])
    return Level.ERROR if data and data.isdigit() else None


def is_jwt(token: str) -> Level | None:
    """A JSON web token that opens something: two JSON objects and a signature.

    Keys that are made to be public (Supabase `anon`) and the specimen of the standard's site are none; one whose
    time has passed is a note.
    """
    header, payload = (json_object(part) for part in token.split(".")[:2])
    if not header or payload is None or "alg" not in header:
        return None
    if payload.get("role") == "anon" or payload.get("name") == "John Doe":
        return None
    expires = payload.get("exp")
    if isinstance(expires, int | float):
        from time import time

        if expires < time():
            return Level.NOTE
    if str(header["alg"]).lower() == "none":
        return Level.NOTE
    return Level.ERROR if payload.get("role") == "service_role" or "access" in payload else Level.WARNING


def is_private_key(block: str) -> Level | None:
    """A PEM block (line ends also written as escapes): DER starts with a SEQUENCE, OpenSSH with its magic.

    An encrypted key is a warning: it is as strong as its passphrase.
    """
    body = _PEM_HEADER().sub("", block.rpartition("KEY-----")[2].replace("KEY BLOCK-----", ""))
    base64 = _BASE64_START().match(_PEM_NOISE().sub("", body))
    data = decoded(base64[0][: len(base64[0]) // 4 * 4]) if base64 else None
    if not data:
        return None
    if "ENCRYPTED" in block:
        return Level.WARNING
    return Level.ERROR if "PGP PRIVATE" in block or data.startswith((b"\x30", b"openssh-key-v1")) else None


_PEM_HEADER = lazy(r"(?m)^[\s\"']*[A-Z][A-Za-z-]{2,20}: [^\n\\]*")
_PEM_NOISE = lazy(r"\\[nrt]|[\s\"'+,\\>|#*]")
_BASE64_START = lazy(r"[A-Za-z0-9+/]{64,}={0,2}")
