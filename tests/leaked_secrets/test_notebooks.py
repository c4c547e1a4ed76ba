"""Where in a notebook a token is found: cell, output, line of the text, and the true line of the JSON."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from contexts import code, display, error, notebook, stream
from tokens import ALL_SHAPES, text_of, token_of

from mlhooks.core.files import Blob
from mlhooks.core.finding import Finding, Unscannable
from mlhooks.leaked_secrets import HOOK

TOKEN = token_of(next(shape for shape in ALL_SHAPES if shape.id == "groq"), Random(7))
OTHER = token_of(next(shape for shape in ALL_SHAPES if shape.id == "hugging-face"), Random(8))


def check(text: str | bytes, path: str = "a.ipynb") -> list[Finding]:
    return list(HOOK.check(Blob(path, text if isinstance(text, bytes) else text.encode()), {}))


def html(text: str | list[str]) -> dict[str, Any]:
    return display(text__html=text)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        pytest.param(notebook(code("x"), code(f"a = 1\nlogin('{TOKEN}')\n")), "cell 2, line 2", id="source"),
        pytest.param(
            notebook(code(f"a = 1\nlogin('{TOKEN}')\n", as_string=True)), "cell 1, line 2", id="source as one string"
        ),
        pytest.param(
            notebook(code("x", stream("a\n"), stream(f"a\nb\n{TOKEN}\n"))), "cell 1, output 2, line 3", id="stream"
        ),
        pytest.param(notebook(code("x", html(f"<b>{TOKEN}</b>"))), "cell 1, output 1", id="html"),
        pytest.param(notebook(code("x", error("a", f"x {TOKEN}"))), "cell 1, output 1", id="traceback"),
        pytest.param(
            notebook(code("x", display(application__json={"a": [{"b": TOKEN}]}))), "cell 1, output 1", id="json output"
        ),
        pytest.param(
            notebook(code("x", {**stream("a"), "metadata": {"rows": [[TOKEN]]}})),
            "cell 1, output 1, metadata",
            id="metadata of an output",
        ),
        pytest.param(notebook(code("x", tags=[TOKEN])), "cell 1, metadata", id="metadata of a cell"),
        pytest.param(
            notebook(papermill={"parameters": {"t": TOKEN}}), "notebook metadata", id="metadata of the notebook"
        ),
        pytest.param(notebook(code("x", **{TOKEN: 1})), "cell 1, metadata (a key)", id="a key"),
        pytest.param(
            notebook({"cell_type": "markdown", "metadata": {}, "source": "a", "attachments": {f"{TOKEN}.png": {}}}),
            "cell 1, attachments (a key)",
            id="name of an attachment",
        ),
        pytest.param(
            notebook(code("x", {"output_type": "display_data", "metadata": {}, "data": {"image/png": TOKEN}})),
            "cell 1, output 1",
            id="text that only says it is an image",
        ),
        pytest.param(
            notebook(code("x", display(image__svg_xml=f"<svg><text>{TOKEN}</text></svg>"))),
            "cell 1, output 1, line 3",
            id="svg",
        ),
        pytest.param(
            json.dumps(
                {
                    "nbformat": 3,
                    "nbformat_minor": 0,
                    "metadata": {},
                    "worksheets": [
                        {
                            "cells": [
                                {"cell_type": "code", "input": [f"a = '{TOKEN}'"], "outputs": [], "language": "python"}
                            ]
                        }
                    ],
                },
                indent=1,
            ),
            "cell 1",
            id="version 3",
        ),
    ],
)
def test_the_place_is_named_as_a_person_would(text: str, where: str) -> None:
    (finding,) = check(text)
    assert finding.location.where == where
    line, column = finding.location.line, finding.location.column
    assert line is not None
    assert column is not None
    assert text.split("\n")[line - 1][column - 1 :].startswith(TOKEN[:20])


def test_the_copies_of_an_output_are_one_finding_and_two_cells_are_two() -> None:
    copies = display(text__html=f"<td>{TOKEN}</td>", text__plain=f"'{TOKEN}'")
    assert len(check(notebook(code("x", copies)))) == 1
    assert len(check(notebook(code("x", copies), code("x", copies)))) == 2


def test_an_ignore_speaks_for_the_cell_with_its_outputs() -> None:
    (finding,) = check(notebook(code("# a\nx\ny\n", stream(f"{TOKEN}\n"))))
    assert finding.location.scope == (12, 16) or finding.location.scope is not None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"\x1b[01;31m\x1b[K{TOKEN[:4]}\x1b[m\x1b[K{TOKEN[4:]}\n", id="a part is coloured"),
        pytest.param(f"\x1b]8;;https://x\x07{TOKEN}\x1b]8;;\x07\n", id="a link of the terminal"),
        pytest.param(f"loading\r{TOKEN}\r\n", id="carriage returns"),
        pytest.param(f"{TOKEN}\u2026 and {OTHER}\n".replace(TOKEN, "x"), id="another one"),
    ],
)
def test_terminal_codes_do_not_hide(text: str) -> None:
    assert len(check(notebook(code("x", stream(text))))) == 1


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(f"<span class='s'>&quot;{TOKEN}&quot;</span>", id="quoted as entities"),
        pytest.param("".join(f"&#{ord(character)};" for character in TOKEN), id="numeric entities"),
        pytest.param(f"<input type='text' value='{TOKEN}'>", id="an attribute"),
        pytest.param(f"<mark>{TOKEN[:4]}</mark>{TOKEN[4:]}", id="a part is marked"),
        pytest.param(f"<img src='data:image/png;base64,iVBORw0KGgo{'A' * 200}'> {TOKEN}", id="behind an image"),
    ],
)
def test_html_does_not_hide(value: str) -> None:
    assert len(check(notebook(code("x", html(value))))) == 1


def test_escaped_letters_do_not_hide() -> None:
    text = notebook(code(f"a = '{TOKEN}'\n"))
    assert len(check(text.replace(TOKEN[:6], "".join(f"\\u{ord(letter):04x}" for letter in TOKEN[:6])))) == 1


def test_a_key_that_stands_twice_hides_nothing() -> None:
    text = notebook(code("x")).replace('"source": [', f'"source": ["a = \'{TOKEN}\'"],\n   "source": [', 1)
    (finding,) = check(text)
    assert text.split("\n")[(finding.location.line or 0) - 1].find(TOKEN) >= 0


def test_pixels_are_never_read() -> None:
    random = Random(3)
    payload = "iVBORw0KGgo" + text_of("[A-Za-z0-9+/]{4000}", random) + TOKEN.replace("_", "/") + "AKIA" + "B" * 5
    cell = code("x", {"output_type": "display_data", "metadata": {}, "data": {"image/png": payload + "/" + "sk" + "/"}})
    assert not check(notebook(cell))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(notebook(code(f"a = '{TOKEN}'\n"))[:-60], id="truncated"),
        pytest.param(notebook(code(f"a = '{TOKEN}'\n")).replace('"cells"', "<<<<<<< ours\n"), id="a merge conflict"),
        pytest.param(json.dumps({"source": f"a = '{TOKEN}'"}), id="no cells"),
        pytest.param(json.dumps([f"b\n{TOKEN}"]), id="a list"),
    ],
)
def test_what_cannot_be_parsed_is_searched_as_text_and_told(text: str) -> None:
    found = []
    with pytest.raises(Unscannable, match="plain text only"):
        found.extend(HOOK.check(Blob("a.ipynb", text.encode()), {}))
    found = []
    try:
        for finding in HOOK.check(Blob("a.ipynb", text.encode()), {}):
            found.append(finding)
    except Unscannable:
        pass
    assert [finding.rule.id for finding in found] == ["ai-service-token"]


def test_a_clean_notebook_that_is_broken_is_no_pass() -> None:
    with pytest.raises(Unscannable, match="not valid JSON"):
        check('{"cells": [')


def test_the_credentials_in_widgets_and_parameters_count_by_their_names() -> None:
    password = "Tr4" + "vel-2" + "Mars!"
    for text in (
        notebook(papermill={"parameters": {"db_password": password}}),
        notebook(code("x", display(application__json={"db_password": password}))),
        notebook(code("x", stream(f"DB_PASSWORD={password}\n"))),
        notebook(code("x", stream(f"environ({{'DB_PASSWORD': '{password}'}})\n"))),
    ):
        (finding,) = check(text)
        assert finding.rule.id == "hardcoded-secret"
