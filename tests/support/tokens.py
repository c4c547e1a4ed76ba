"""Tokens made from the tables of shapes, for tests and benchmarks: seeded, so that every run makes the same ones.

No token stands in this repository; each is assembled when it is needed.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from typing import Any
from zlib import crc32

from mlhooks.formats import pypi
from mlhooks.leaked_secrets.matching import SHAPES
from mlhooks.leaked_secrets.rejects import is_made_up
from mlhooks.leaked_secrets.shape import NamedShape, Shape
from mlhooks.leaked_secrets.structure import base62

_DIGITS = "0123456789"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_PARSER: Any = re._parser  # type: ignore[attr-defined]  # the standard library's own reading of a pattern


def token_of(shape: Shape, random: Random) -> str:
    """A whole token of this shape that passes its structure test."""
    make = _STRUCTURED.get(shape.id)
    for _ in range(200):
        token = make(random) if make else text_of(shape.pattern, random)
        match = re.fullmatch(shape.pattern, token, re.ASCII)
        assert match, (shape.id, len(token))
        if len(match[1]) >= 200 or not is_made_up(match[1]):
            return token
    raise AssertionError(f"no token of {shape.id} that looks real")


def value_of(shape: NamedShape, random: Random) -> str:
    """A value of a shape that only its name gives away."""
    for _ in range(200):
        value = _ngc(random) if shape.id == "ngc" else text_of(shape.pattern, random)
        if shape.id == "discord-bot":
            value = _b64(str(random.randrange(10**17, 10**18)).encode()).rstrip("=") + value[value.index(".") :]
        if (
            not is_made_up(value)
            and any(character.isdigit() for character in value)
            and re.fullmatch(shape.pattern, value)
        ):
            return value
    raise AssertionError(f"no value of {shape.id} that looks real")


def text_of(pattern: str, random: Random) -> str:
    """Random text that a pattern matches. Bodies get digits and both cases, as those of real tokens do."""
    return "".join(_generate(_parsed(pattern), random))


@cache
def _parsed(pattern: str) -> Any:
    return _PARSER.parse(pattern, re.ASCII)


def _generate(items: Sequence[Any], random: Random) -> list[str]:
    out: list[str] = []
    for operation, argument in items:
        name = str(operation)
        if name == "LITERAL":
            out.append(chr(argument))
        elif name == "IN":
            out.append(random.choice(_characters(argument)))
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            low, high, inner = argument
            count = random.randint(low, min(high, low + 6))
            out += [part for _ in range(count) for part in _generate(inner, random)]
        elif name == "SUBPATTERN":
            out += _generate(argument[-1], random)
        elif name == "BRANCH":
            out += _generate(random.choice(argument[1]), random)
        elif name == "NOT_LITERAL":
            out.append(random.choice(_LOWER))
        elif name not in ("ASSERT", "ASSERT_NOT", "AT"):
            raise AssertionError(name)
    return out


def _characters(items: Sequence[Any]) -> str:
    found = ""
    if str(items[0][0]) == "NEGATE":
        return _LOWER + _DIGITS
    for operation, argument in items:
        name = str(operation)
        if name == "LITERAL":
            found += chr(argument)
        elif name == "RANGE":
            found += "".join(chr(code) for code in range(argument[0], argument[1] + 1))
        elif str(argument) == "CATEGORY_WORD":
            found += _UPPER + _LOWER + _DIGITS + "_"
        elif str(argument) == "CATEGORY_DIGIT":
            found += _DIGITS
    return "".join(character for character in found if character not in " \t\n\r\f\v") or "\n"


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _with_checksum(prefix: str, pattern: str) -> Callable[[Random], str]:
    def make(random: Random) -> str:
        body = text_of(pattern, random)[:-6]
        return prefix + body + base62(crc32(body.encode()), 6)

    return make


def _neptune(random: Random) -> str:
    key = "-".join(text_of(f"[a-f0-9]{{{length}}}", random) for length in (8, 4, 4, 4, 12))
    return _b64(
        json.dumps(
            {"api_address": "https://app.neptune.ai", "api_url": "https://app.neptune.ai", "api_key": key},
            separators=(",", ":"),
        ).encode()
    )


def _ngc(random: Random) -> str:
    key = "-".join(text_of(f"[a-f0-9]{{{length}}}", random) for length in (8, 4, 4, 4, 12))
    return _b64((text_of("[a-z0-9]{26}", random) + ":" + key).encode())


def _jwt(random: Random) -> str:
    header = {"alg": "HS256", "typ": "JWT"}
    payload = {"sub": text_of("[a-z0-9]{12}", random), "role": "service_role", "iss": "supabase"}
    parts = [_url64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, payload)]
    return ".".join([*parts, _url64(random.randbytes(32))])


def _pem(random: Random) -> str:
    body = _b64(b"\x30\x82\x04\xa4\x02\x01\x00" + random.randbytes(600))
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    kind = "RSA PRIVATE" + " KEY"
    return f"-----BEGIN {kind}-----\n{lines}\n"


def _putty(random: Random) -> str:
    return f"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPrivate-Lines: 2\n{_b64(random.randbytes(80))}"


_STRUCTURED: dict[str, Callable[[Random], str]] = {
    "private-key": _pem,
    "putty-key": _putty,
    "github": _with_checksum("gh" + "p_", "[A-Za-z0-9]{36}"),
    "github-fine-grained": _with_checksum("github" + "_pat_", "[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    "npm": _with_checksum("npm" + "_", "[A-Za-z0-9]{36}"),
    "neptune": _neptune,
    "jwt": _jwt,
    "bedrock": lambda random: "ABS" + "K" + _b64(random.randbytes(96)),
    "azure-storage": lambda random: "Account" + "Key=" + _b64(random.randbytes(64)),
    "pypi": lambda random: "pypi" + "-" + _url64(b"\x02\x01\x08" + pypi.HOST.encode() + b"\x02" + random.randbytes(90)),
    "1password": lambda random: (
        "ops"
        + "_"
        + _b64(
            json.dumps(
                {
                    "signInAddress": "my.1password.com",
                    "secretKey": text_of("[A-Z0-9]{40}", random),
                    "x": text_of("[a-z]{100}", random),
                },
                separators=(",", ":"),
            ).encode()
        )
    ),
    "grafana-key": lambda random: _b64(
        json.dumps({"k": text_of("[A-Za-z0-9]{32}", random), "n": "ci", "id": 1}, separators=(",", ":")).encode()
    ),
    "aws-access-key-id": lambda random: "AK" + "IA" + text_of("[A-H][A-Z2-7]{15}", random),
}

ALL_SHAPES = [shape for _, shape in SHAPES]
