"""The formats as a part of the hook: one list of findings, options, and the way out."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path

import pytest

from mlhooks.core.files import Blob
from mlhooks.core.finding import Finding
from mlhooks.unsafe_models import HOOK


def findings(name: str, data: bytes, **options: object) -> list[Finding]:
    values = {option.name: option.default for option in HOOK.options} | options
    return list(HOOK.check(Blob(name, data), values))


def test_the_rules_of_the_formats_are_rules_of_the_hook() -> None:
    ids = {rule.id for rule in HOOK.rules}
    assert {"model-code", "template-escape", "model-malformed", "not-safetensors"} <= ids


def test_a_team_that_wants_safetensors_only() -> None:
    data = pickle.dumps({"a": 1})
    (found,) = findings("m.pkl", data, **{"require-safetensors": True})
    assert found.rule.id == "not-safetensors"
    assert "mlhooks convert m.pkl -o m.safetensors" in found.message
    assert not findings("m.pkl", data)
    assert not findings("m.safetensors", b"\x02\0\0\0\0\0\0\0{}", **{"require-safetensors": True})


def test_a_pickle_behind_safetensors_is_seen_by_both(tmp_path: Path) -> None:
    text = b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'
    text += b" " * (-len(text) % 8)
    data = len(text).to_bytes(8, "little") + text + b"x" + b"cos\nsystem\n(S'id'\ntR."
    rules = {found.rule.id for found in findings("m.safetensors", data)}
    assert "model-malformed" in rules


@pytest.mark.parametrize("depth", [1, 3])
def test_formats_inside_of_archives(depth: int) -> None:
    import io
    import zipfile

    key = b"tokenizer.chat_template"
    template = b"{{ x.__class__ }}"
    data = b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, len(key)) + key + struct.pack("<IQ", 8, len(template)) + template
    name = "weights"
    for _ in range(depth):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(name, data)
        data, name = out.getvalue(), "a.zip"
    assert [found.rule.id for found in findings("a.zip", data)] == ["template-escape"]
