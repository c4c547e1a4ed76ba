"""Pictures are left out of what is parsed, and nothing else changes: values, findings, lines and columns."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from mlhooks.core.files import Blob
from mlhooks.core.finding import Finding, Unscannable
from mlhooks.formats.notebook import Notebook
from mlhooks.formats.pictures import cut_pictures
from mlhooks.notebook_data import HOOK

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256))).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(range(256))).decode()
GIF = base64.b64encode(b"GIF89a" + bytes(range(256))).decode()
WEBP = base64.b64encode(b"RIFF\xff\xff\x00\x00WEBP" + bytes(range(256))).decode()
OPTIONS = {option.name: option.default for option in HOOK.options}


@pytest.mark.parametrize(
    ("picture", "is_cut"),
    [
        pytest.param(PNG, True, id="PNG"),
        pytest.param(JPEG, True, id="JPEG"),
        pytest.param(GIF, True, id="GIF"),
        pytest.param(WEBP, True, id="WebP"),
        pytest.param(PNG + "\n", True, id="a line end at the end"),
        pytest.param("\n".join(PNG[at : at + 76] for at in range(0, len(PNG), 76)), True, id="lines, as MIME has them"),
        pytest.param(f"{PNG[:16]}\n{PNG[16:19]}\n\n{PNG[19:]}", True, id="lines of any width"),
        pytest.param(PNG + "<table>", False, id="more than base64: it may be anything"),
        pytest.param(PNG + " ", False, id="a blank"),
        pytest.param(PNG + "é", False, id="a letter of no base64"),
        pytest.param(PNG + '"', False, id="an escaped quotation mark"),
        pytest.param(PNG + "\\n", False, id="an escaped backslash before an n"),
        pytest.param("x" + PNG, False, id="base64 of something else"),
    ],
)
def test_what_is_cut(picture: str, is_cut: bool) -> None:
    data = json.dumps({"image/png": picture, "next": picture, "last": ["é"]}, ensure_ascii=False).encode()
    cut = cut_pictures(data)
    assert bool(cut.removed) is is_cut
    assert sum(map(len, cut.pieces)) + sum(cut.removed) == len(data)
    value = json.loads(b"".join(cut.pieces))
    assert value["last"] == ["é"]
    assert all(picture.startswith(value[key]) for key in ("image/png", "next"))


@pytest.mark.parametrize("escape", [rb"\u003cn", rb"\/n", rb"\tn", rb"\\n", b"\\"])
def test_other_escapes_make_it_no_picture(escape: bytes) -> None:
    for lines in (escape, rb"AAAA\nAAAA" + escape, escape + rb"\n", rb"AA" + escape + rb"AA\n"):
        assert cut_pictures(b'["' + PNG.encode() + lines + b'", "next"]').removed == ()


def test_a_key_is_no_picture() -> None:
    data = json.dumps({PNG: 1, PNG + "AAAA": 2}).encode()
    assert cut_pictures(data).removed == ()


def test_a_text_that_quotes_a_picture_is_whole() -> None:
    data = json.dumps({"text": f'src="{PNG}"', "tail": f'src="{PNG}'}).encode()
    assert cut_pictures(data).removed == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("indent", [None, 1], ids=["one line", "indented"])
def test_places_are_those_of_the_whole_file(indent: int | None, encoding: str) -> None:
    data = json.dumps(_notebook(), indent=indent, ensure_ascii=False).encode(encoding)
    whole, cut = Notebook(data), Notebook(data, pictures=False)
    assert (len(cut.json.text) < len(whole.json.text)) is (encoding != "utf-16")
    for number in (0, 2, 4):
        path = ("cells", number, "outputs", 0, "data", "text/html")
        for index in (0, 30):
            assert cut.location(path, index, cell=cut.cells[number]) == whole.location(
                path, index, cell=whole.cells[number]
            )


def test_findings_stand_where_they_are_in_the_file() -> None:
    data = json.dumps(_notebook(), ensure_ascii=False).encode()
    (line,) = data.decode().splitlines()
    found = [finding for finding in HOOK.check(Blob("a.ipynb", data), OPTIONS) if isinstance(finding, Finding)]
    columns = [finding.location.column for finding in found]
    assert len(set(columns)) == 3
    for column in columns:
        assert column is not None
        assert line[column - 1 :].startswith("<table")


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b'{"a": "%s", "cells": [}', id="no JSON"),
        pytest.param(b'{"a": "%s", "cells": ["\xff"]}', id="no UTF-8"),
        pytest.param(b'{"a": "%s", "cells": [], "a', id="cut off"),
    ],
)
def test_what_is_wrong_is_said_of_the_whole_file(broken: bytes) -> None:
    data = broken % PNG.encode()
    with pytest.raises(Unscannable) as whole:
        Notebook(data)
    with pytest.raises(Unscannable) as cut:
        Notebook(data, pictures=False)
    assert str(cut.value) == str(whole.value)


def _notebook() -> dict[str, Any]:
    rows = "".join(f"<tr><td>Äpfel {row}</td><td>{row}</td></tr>" for row in range(30))
    table = f"<table><tr><th>fruit</th><th>amount</th></tr>{rows}</table>"
    outputs = [
        {"text/html": table},
        {"image/png": PNG},
        {"text/html": table},
        {"image/jpeg": JPEG, "text/plain": "é"},
        {"text/html": table},
    ]
    cells = [
        {
            "cell_type": "code",
            "execution_count": 1,
            "id": f"c{number}",
            "metadata": {},
            "source": ["é = 1\n", "show()"],
            "outputs": [{"output_type": "display_data", "metadata": {}, "data": data}],
        }
        for number, data in enumerate(outputs)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
