"""The gate looks at raw bytes: whatever the passages of a notebook will show, it must have seen before."""

from __future__ import annotations

import base64
import json
from random import Random

import pytest
from contexts import code, display, notebook, stream
from tokens import ALL_SHAPES, token_of, value_of

from mlhooks.core.files import Blob
from mlhooks.formats.notebook import Notebook
from mlhooks.leaked_secrets import HOOK, gate
from mlhooks.leaked_secrets.assigned import CALLS, KEYWORDS, NAMED
from mlhooks.leaked_secrets.leaks import leaks_in
from mlhooks.leaked_secrets.notebook_passages import notebook_passages
from mlhooks.leaked_secrets.scan import looks_whole
from mlhooks.leaked_secrets.shape import NamedShape, Shape

TOKEN = token_of(next(shape for shape in ALL_SHAPES if shape.id == "groq"), Random(7))
KEY = "9c1f7e02b6" + "a84d35c2f0e7196ab48d53"
PASSWORD = "Tr4" + "vel-2" + "Mars!"


def rules(text: str) -> list[str]:
    return [finding.rule.id for finding in HOOK.check(Blob("a.ipynb", text.encode()), {})]


def escaped(text: str, width: int = 4) -> str:
    return "".join(f"\\u{ord(character):0{width}x}" for character in text)


def raw_source(json_text: str) -> str:
    """A notebook whose only source is this JSON text, as it stands."""
    return notebook(code("SOURCE", as_string=True)).replace('"SOURCE"', json_text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(raw_source(f"\"x = '{escaped(TOKEN)}'\""), id="every character escaped"),
        pytest.param(raw_source(f"\"x = '{escaped(TOKEN).upper().replace('U', 'u')}'\""), id="escaped in capitals"),
        pytest.param(raw_source(f'["x = \'{TOKEN[:9]}", "{TOKEN[9:]}\'"]'), id="parts of a line"),
        pytest.param(raw_source(f'["x = \'{TOKEN[:9]}"\n   , "{TOKEN[9:]}\'"]'), id="parts with commas in front"),
        pytest.param(
            raw_source(f"[\"x = ('{TOKEN[:9]}'\\n\" ,\r\n\"  '{TOKEN[9:]}')\"]"), id="literals with commas apart"
        ),
        pytest.param(raw_source(json.dumps(list(f"x = '{TOKEN}'"), indent=3)), id="single letters"),
        pytest.param(raw_source(json.dumps(f"x = '{TOKEN[:9]}' '{TOKEN[9:]}'")), id="two literals"),
        pytest.param(raw_source(json.dumps(f"x = ('{TOKEN[:9]}'\n  '{TOKEN[9:]}')")), id="two lines"),
        pytest.param(notebook(code(f"x = ('{TOKEN[:9]}'\n  '{TOKEN[9:]}')")), id="two lines of an array"),
        pytest.param(notebook(code(f'x = ("{TOKEN[:9]}"\r\n\t"{TOKEN[9:]}")')), id="double quotes, CRLF and a tab"),
        pytest.param(notebook(code(f'x = ("{TOKEN[:9]}" \\\n  "{TOKEN[9:]}")')), id="a continued line"),
        pytest.param(notebook(code(f"x = \"{TOKEN[:9]}\" + f'{TOKEN[9:]}'")), id="two kinds of quotes"),
        pytest.param(notebook(code(f'x = ("{TOKEN[:9]}") + rb"{TOKEN[9:]}"')), id="brackets and a prefix"),
        pytest.param(raw_source(f'"C:\\\\n{TOKEN}"').replace("\\\\n", "\\\\n "), id="behind a backslash"),
        pytest.param(raw_source(f'"iVBORw0KGgo\\n{TOKEN}"'), id="behind the first letters of a picture"),
        pytest.param(raw_source(f'"iVBORw0KGgo{"A" * 90}\\n{TOKEN}"'), id="behind a picture"),
        pytest.param(notebook(code("x", stream(f"\x1b[38:5:1m{TOKEN[:9]}\x1b[?25h{TOKEN[9:]}"))), id="terminal codes"),
        pytest.param(
            notebook(code("x", stream(f"{TOKEN[:9]}\x1b]8;;https://x\x1b\\{TOKEN[9:]}\x1b]8;;\x1b\\"))),
            id="a terminal's link",
        ),
        pytest.param(notebook(code("x", display(text__html=f"<U>{TOKEN[:9]}</U>{TOKEN[9:]}"))), id="capital tags"),
        pytest.param(
            notebook(code("x", display(text__html=f"<i class='{'x' * 300}'>{TOKEN[:9]}</i>{TOKEN[9:]}"))),
            id="a long tag",
        ),
        pytest.param(
            notebook(code("x", display(text__html=f"<b>{TOKEN[:9]}</b>{TOKEN[9:]}")))
            .replace("<", "\\u003c")
            .replace(">", "\\u003e"),
            id="escaped tags",
        ),
        pytest.param(notebook(code("x", display(text__html=TOKEN.replace("_", "&lowbar;")))), id="a named entity"),
        pytest.param(notebook(code("x", display(text__html=TOKEN.replace("_", "&UnderBar;")))), id="its other name"),
        pytest.param(
            notebook(code("x", display(text__html="".join(f"&#{ord(letter):07};" for letter in TOKEN)))),
            id="entities with zeros",
        ),
        pytest.param(
            notebook(code("x", display(text__html="".join(f"&#X{ord(letter):06X};" for letter in TOKEN)))),
            id="hexadecimal entities with zeros",
        ),
        pytest.param(
            raw_source(json.dumps("x\n" + base64.b64encode(f"key {TOKEN}".encode()).decode())),
            id="base64 behind a line end",
        ),
        pytest.param(
            notebook(code("x", tags=["b" * 20, base64.b64encode(f"key {TOKEN}".encode()).decode(), "b" * 20])),
            id="base64 in an array",
        ),
        pytest.param(notebook(code("x", tags=[f"AAAB is {TOKEN}"])), id="text that begins like a picture"),
        pytest.param(notebook(code("x", display(image__png=f"iVBORw0KGgo\n{TOKEN}"))), id="text in place of a picture"),
    ],
)
def test_nothing_in_json_hides_a_token(text: str) -> None:
    json.loads(text)
    assert rules(text) == ["ai-service-token"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(notebook(code(f'wandb.login(\n{"    # a comment" * 12}\n    key="{KEY}1234abcd")')), id="a call"),
        pytest.param(notebook(code(f'{{"username": "ann", "key": "{KEY}"}}')), id="the user's name before"),
        pytest.param(notebook(code(f'{{"key": "{KEY}", "username": "ann"}}')), id="the user's name behind"),
        pytest.param(notebook(code("x", stream(f"machine api.x.ai login u password {PASSWORD}"))), id="netrc"),
        pytest.param(notebook(code(f"['remote \"a\"']\n    password = {PASSWORD}")), id="a remote of DVC"),
        pytest.param(
            notebook(code(f"set_uri('http:\\/\\/ann:{PASSWORD}@x.ai')")).replace("\\\\/", "\\/"), id="slashes"
        ),
        pytest.param(raw_source(f"\"db_\\u0070assword = '{PASSWORD}'\""), id="a name with an escape"),
        pytest.param(
            raw_source(json.dumps([f"x = connect(db_password='{PASSWORD[:4]}", f"{PASSWORD[4:]}')"])),
            id="a password in parts",
        ),
    ],
)
def test_nothing_in_json_hides_what_a_name_tells(text: str) -> None:
    json.loads(text)
    assert len(rules(text)) == 1


EVERYTHING = gate.Gate(
    tuple((start, shape) for shape in ALL_SHAPES for start in shape.starts), frozenset((*KEYWORDS, *CALLS, "://")), True
)
"""What an open gate lets through."""


def json_of(text: str, random: Random) -> str:
    """The same text in JSON, as an array of strings: with escapes and parts where nobody needs them."""
    parts = []
    for character in text:
        choice = random.random()
        if character == "/" and choice < 0.3:
            parts.append("\\/")
        elif choice < 0.1 or ord(character) < 32:
            parts.append(f"\\u{ord(character):04{'x' if choice < 0.5 else 'X'}}")
        else:
            parts.append(json.dumps(character)[1:-1])
        if choice > 0.97:
            parts.append(random.choice(('",\n   "', '" , "')))
    return f'["{"".join(parts)}"]'


def hidden(text: str, random: Random) -> str:
    """A text in one of the ways in which tools and people write it."""
    place = random.randrange(1, len(text))
    before, behind = text[:place], text[place:]
    return random.choice(
        (
            text,
            f"{before}\x1b[0;3{place % 8}m{behind}",
            f"{before}' '{behind}",
            f'{before}"\n  + "{behind}',
            f"<b>{before}</b>{behind}",
            base64.b64encode(f"a pad of words {text}".encode()).decode(),
        )
    )


def leaks(shape: Shape | NamedShape, random: Random) -> str:
    """A line of code or of output with a secret."""
    if isinstance(shape, Shape):
        return f"{' '.join(shape.near)} '{hidden(token_of(shape, random), random)}'\n"
    value, name = value_of(shape, random), f"{shape.names[0].upper()}_API_KEY"
    forms = [f'{name} = "{value}"', f"{name}: {value}", f"<td>{name}</td>\n  <td>{value}</td>", f"%env {name}={value}"]
    return random.choice([*forms, *(f'{call}\n   project="x",\n   key="{value}")' for call in shape.calls)]) + "\n"


FILLERS = (
    "import numpy\n",
    "Epoch 1 loss 0.231\n",
    "\\theta \\n C:\\new\\table\n",
    '<div class="x">a</div>\n',
    "/a/b/\n",
)


@pytest.mark.parametrize("shape", [*ALL_SHAPES, *(named for _, named in NAMED)], ids=lambda shape: shape.id)
def test_the_gate_loses_nothing(shape: Shape | NamedShape) -> None:
    """Whatever an open gate would have led to is found, in any spelling of the JSON."""
    random = Random(f"gate {shape.id}")
    for mime in ("text/html", "text/plain", "source", "source"):
        text = "".join(random.choices(FILLERS, k=random.randrange(3))) + leaks(shape, random)
        cell = code("x") if mime != "source" else code("HERE", as_string=True)
        if mime != "source":
            cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {mime: "HERE"}}]
        data = notebook(cell).replace('"HERE"', json_of(text, random)).encode()
        passages = notebook_passages(Notebook(data))
        expected = {leak.secret for passage in passages for leak in leaks_in(passage, EVERYTHING)}
        seen = gate.look_into_json(data)
        found = {leak.secret for passage in notebook_passages(Notebook(data)) for leak in leaks_in(passage, seen)}
        assert found == expected, text
        assert len(list(HOOK.check(Blob("a.ipynb", data), {}))) >= bool(expected)


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        pytest.param(notebook(code("x")).encode(), True, id="a notebook"),
        pytest.param(b"\xef\xbb\xbf" + notebook(code("x")).encode(), True, id="with a mark"),
        pytest.param(notebook(code("é")).replace("\\u00e9", "é").encode(), True, id="UTF-8"),
        pytest.param(b'{"worksheets": []}\r\n', True, id="version 3"),
        pytest.param(notebook(code("é")).replace("\\u00e9", "é").encode("latin-1"), False, id="Latin-1"),
        pytest.param(notebook(code("x")).encode()[:-9], False, id="truncated"),
        pytest.param(notebook(code("x")).encode().replace(b"\n", b"\n<<<<<<< ours\n", 1), False, id="a merge"),
        pytest.param(b'{"a": []}', False, id="no notebook"),
        pytest.param(b"[]", False, id="no object"),
        pytest.param(b"", False, id="empty"),
    ],
)
def test_what_looks_whole(data: bytes, whole: bool) -> None:
    assert looks_whole(data) is whole
