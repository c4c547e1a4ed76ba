"""What was accepted before: allow comments of other tools, and the baseline of detect-secrets."""

from __future__ import annotations

import json
from hashlib import sha1
from random import Random

import pytest
from contexts import code, notebook, stream
from tokens import ALL_SHAPES, token_of

from mlhooks.core.files import Blob
from mlhooks.core.finding import Finding, Unscannable
from mlhooks.leaked_secrets import HOOK

SHAPES = {shape.id: shape for shape in ALL_SHAPES}
TOKEN = token_of(SHAPES["groq"], Random(7))
GITHUB = token_of(SHAPES["github"], Random(8))
PRAGMA = "pragma: " + "allowlist secret"
NEXT = "pragma: " + "allowlist nextline secret"


def check(path: str, text: str, **others: str) -> list[Finding]:
    data = {name.replace("__", "/"): content.encode() for name, content in others.items()}
    return list(HOOK.check(Blob(path, text.encode(), others=data), {"secrets-baseline": None}))


def is_accepted(path: str, text: str) -> bool:
    (finding,) = check(path, text)
    return finding.accepted is not None


@pytest.mark.parametrize(
    ("path", "text", "accepted"),
    [
        pytest.param("a.py", f'x = "{TOKEN}"  # {PRAGMA}', True, id="on the line"),
        pytest.param("a.py", f'x = "{TOKEN}"  # {PRAGMA.replace("allow", "white")}', True, id="the old word"),
        pytest.param("a.js", f'x = "{TOKEN}"; // {PRAGMA}', True, id="slashes"),
        pytest.param("a.c", f'x = "{TOKEN}"; /* {PRAGMA} */', True, id="stars"),
        pytest.param("a.sql", f"x = '{TOKEN}' -- {PRAGMA}", True, id="dashes"),
        pytest.param("a.html", f"<!-- {TOKEN} {PRAGMA} -->", True, id="inside a comment of HTML") if False else
        pytest.param("a.md", f"{TOKEN} <!-- {PRAGMA} -->", True, id="a comment of HTML"),
        pytest.param("a.py", f'# {NEXT}\nx = "{TOKEN}"', True, id="on the line before"),
        pytest.param("a.py", f'x = "{TOKEN}"  # gitleaks:allow', True, id="gitleaks"),
        pytest.param("a.py", f'x = 1  # {NEXT}\nx = "{TOKEN}"', False, id="the line before must hold nothing else"),
        pytest.param("a.py", f'# {PRAGMA}\nx = "{TOKEN}"', False, id="the wrong form on the line before"),
        pytest.param("a.py", f'x = "{TOKEN}"\n# {PRAGMA}', False, id="on the line behind"),
        pytest.param("a.py", f'x = "{TOKEN}"  # pragma: no cover', False, id="another pragma"),
        pytest.param("a.yaml", f"x: {TOKEN}  // {PRAGMA}", False, id="no comment in YAML"),
        pytest.param("a.yaml", f"x: {TOKEN}  # {PRAGMA}", True, id="a comment in YAML"),
        pytest.param("a.py", f'x = "{TOKEN}"  # {PRAGMA}\r\n', True, id="CRLF"),
        pytest.param("a.ipynb", notebook(code(f'x = 1\nx = "{TOKEN}"  # {PRAGMA}\n')), True, id="in a cell"),
        pytest.param("a.ipynb", notebook(code(f'# {NEXT}\nx = "{TOKEN}"\n')), True, id="before, in a cell"),
        pytest.param(
            "a.ipynb", notebook(code(f'# {NEXT}\nx = "{TOKEN}"\n', as_string=True)), True, id="before, in one string"
        ),
        pytest.param(
            "a.ipynb", notebook(code(f'a = 1 # {PRAGMA}\nx = "{TOKEN}"\n', as_string=True)), False, id="another line"
        ),
        pytest.param("a.ipynb", notebook(code(f"x  # {PRAGMA}\n", stream(TOKEN))), False, id="not for the output"),
    ],
)  # fmt: skip
def test_allow_comments(path: str, text: str, accepted: bool) -> None:
    assert is_accepted(path, text) is accepted


def baseline(path: str, *values: str, kind: str = "Secret Keyword") -> str:
    entries = [
        {"type": kind, "filename": path, "hashed_secret": sha1(value.encode()).hexdigest(), "line_number": 7}
        for value in values
    ]
    return json.dumps({"version": "1.5.0", "plugins_used": [], "filters_used": [], "results": {path: entries}})


def accepted_by(text: str, path: str = "src/a.py") -> bool:
    (finding,) = check(path, f'x = "{TOKEN}"\n', **{".secrets.baseline": text})
    return finding.accepted is not None


def test_a_baseline_accepts_what_it_lists_for_this_file() -> None:
    assert accepted_by(baseline("src/a.py", TOKEN))
    assert accepted_by(baseline("src\\a.py", TOKEN))
    assert accepted_by(baseline("src/a.py", "other", TOKEN, kind="Base64 High Entropy String"))
    assert not accepted_by(baseline("src/b.py", TOKEN))
    assert not accepted_by(baseline("src/a.py", "other"))
    assert not accepted_by(baseline("src/a.py"))


def test_the_nearest_baseline_speaks() -> None:
    others = {".secrets.baseline": baseline("src/a.py"), "src__.secrets.baseline": baseline("a.py", TOKEN)}
    (finding,) = check("src/a.py", f'x = "{TOKEN}"\n', **others)
    assert finding.accepted is not None
    assert finding.accepted.kind == "external"


def test_the_prefix_that_detect_secrets_stores_hides_no_token() -> None:
    text = baseline("src/a.py", "gh" + "p", "BEGIN RSA PRIVATE" + " KEY")
    (finding,) = check("src/a.py", f'x = "{GITHUB}"\n', **{".secrets.baseline": text})
    assert finding.accepted is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"results": []}', "not json"])
def test_a_broken_baseline_is_told_and_accepts_nothing(text: str) -> None:
    with pytest.raises(Unscannable, match="not a baseline"):
        check("src/a.py", f'x = "{TOKEN}"\n', **{".secrets.baseline": text})


def test_a_broken_baseline_does_not_matter_to_clean_files() -> None:
    assert not check("src/a.py", "x = 1\n", **{".secrets.baseline": "not json"})


def test_a_named_baseline_is_read(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "ci").mkdir()
    (folder / "ci" / "known.json").write_text(baseline("src/a.py", TOKEN))
    monkeypatch.chdir(folder)
    file = Blob("src/a.py", f'x = "{TOKEN}"\n'.encode())
    (finding,) = HOOK.check(file, {"secrets-baseline": "ci/known.json"})
    assert finding.accepted is not None
    with pytest.raises(Unscannable, match="no such file"):
        list(HOOK.check(file, {"secrets-baseline": "ci/gone.json"}))
