"""What a token's structure tells without asking its vendor."""

from __future__ import annotations

import base64
import json
import re
from random import Random

import pytest
from tokens import ALL_SHAPES, text_of, token_of

from mlhooks.core.files import Blob
from mlhooks.core.finding import Level
from mlhooks.leaked_secrets import HOOK, structure
from mlhooks.leaked_secrets.rejects import is_made_up

SHAPES = {shape.id: shape for shape in ALL_SHAPES}


def jwt(payload: dict[str, object], header: dict[str, object] | None = None) -> str:
    parts = [json.dumps(part).encode() for part in (header or {"alg": "HS256"}, payload)] + [Random(1).randbytes(32)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.mark.parametrize("kind", ["github", "github-fine-grained", "npm"])
def test_a_wrong_checksum_is_a_note(kind: str) -> None:
    token = token_of(SHAPES[kind], Random(kind))
    other = token[:-1] + ("A" if token[-1] != "A" else "B")
    levels = [
        finding.level for value in (token, other) for finding in HOOK.check(Blob("a.py", f'"{value}"'.encode()), {})
    ]
    assert levels == [Level.ERROR, Level.NOTE]


@pytest.mark.parametrize(
    ("payload", "level"),
    [
        pytest.param({"role": "service_role"}, Level.ERROR, id="supabase service role"),
        pytest.param({"access": "m"}, Level.ERROR, id="qdrant"),
        pytest.param({"sub": "me"}, Level.WARNING, id="some token"),
        pytest.param({"sub": "me", "exp": 1_500_000_000}, Level.NOTE, id="expired"),
        pytest.param({"sub": "me", "exp": 99_999_999_999}, Level.WARNING, id="valid for long"),
        pytest.param({"role": "anon"}, None, id="made to be public"),
        pytest.param({"name": "John Doe"}, None, id="the specimen"),
    ],
)
def test_a_jwt_is_judged_by_what_it_says(payload: dict[str, object], level: Level | None) -> None:
    assert structure.is_jwt(jwt(payload)) == level


def test_a_jwt_needs_two_objects_and_an_algorithm() -> None:
    assert structure.is_jwt(jwt({"sub": "me"}, {"typ": "JWT"})) is None
    assert structure.is_jwt("eyJhbGciOiJub3QganNvbg.eyJhbGciOiJub3QganNvbg." + "x" * 30) is None


@pytest.mark.parametrize("shape", [pytest.param(shape, id=shape.id) for shape in ALL_SHAPES if shape.judge])
def test_a_token_that_fails_its_structure_is_not_reported(shape: object) -> None:
    shape = next(other for other in ALL_SHAPES if other is shape)
    random = Random("structure " + shape.id)
    for _ in range(5):
        token = text_of(shape.pattern, random)
        found = list(HOOK.check(Blob("a.py", f'x = "{token}"\n'.encode()), {}))
        assert all(finding.level == Level.NOTE for finding in found if shape.what in finding.message) or shape.id in (
            "aws-access-key-id",
            "bedrock",
            "azure-storage",
            "pypi",
        )


@pytest.mark.parametrize("shape", [pytest.param(shape, id=shape.id) for shape in ALL_SHAPES[2:]])
def test_a_random_body_is_not_taken_for_made_up(shape: object) -> None:
    shape = next(other for other in ALL_SHAPES if other is shape)
    random = Random("random " + shape.id)
    matches = [re.fullmatch(shape.pattern, text_of(shape.pattern, random), re.ASCII) for _ in range(100)]
    wrong = sum(is_made_up(match[1]) for match in matches if match and len(match[1]) < 200)
    assert wrong <= 1, f"{wrong} of 100"
