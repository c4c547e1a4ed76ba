# ruff: noqa: E501  # frozen exports are as wide as they were written
"""Files that are no notebooks and hold the same data."""

from __future__ import annotations

import base64
import json
import re
from html import escape
from typing import Any

import nb
import people
import pytest

from mlhooks.core.finding import Level, Unscannable
from mlhooks.notebook_data import HOOK

TABLE = people.html_table(people.customers())
PAGE = f'<!DOCTYPE html>\n<html><body class="jp-Notebook">\n<p>x</p>\n{TABLE}\n</body></html>\n'
USER = '{"elapsed": 3, "user": {"displayName": "Ann Berg", "userId": "0123456789"}}'
TSV = "customer_name\temail\n" + "".join(
    f"{name}\t{mail}\n" for name, mail in zip(people.NAMES, people.emails(), strict=True)
)
ROWS = people.records(people.customers())


def zeppelin(kind: str, data: str) -> str:
    return json.dumps(
        {
            "paragraphs": [{"text": "%sql", "results": {"code": "SUCCESS", "msg": [{"type": kind, "data": data}]}}],
            "name": "n",
        },
        indent=2,
    )


def r_page(data: str) -> str:
    packed = base64.b64encode(json.dumps({"data": data}).encode()).decode()
    return f"<!DOCTYPE html>\n<html><!-- rnb-text-begin -->\n<!-- rnb-output-begin {packed} -->\n<pre><code></code></pre></html>"


def marimo(value: Any) -> str:
    return f"<html><marimo-code></marimo-code><marimo-table data-label='null' data-data='{escape(json.dumps(value))}'></marimo-table></html>"


def data_url(text: str, kind: str) -> str:
    return f"data:{kind};base64," + base64.b64encode(text.encode()).decode()


def marimo_page(html: str) -> str:
    """As `marimo export html` writes it: the session stands in a script, its signs escaped."""
    session = json.dumps({"cells": [{"console": [], "outputs": [{"type": "data", "data": {"text/html": html}}]}]})
    session = session.replace("<", "\\u003C").replace(">", "\\u003E")
    return f'<!DOCTYPE html>\n<html><script data-marimo="true">window.__MARIMO_MOUNT_CONFIG__ = {{"session": {session},}}</script></html>'


CSV = TSV.replace("\t", ",")

LOUD: list[Any] = [
    pytest.param(
        "eda/.ipynb_checkpoints/a-checkpoint.ipynb",
        json.dumps(nb.notebook(nb.code(nb.display(html=TABLE)))),
        "personal-data",
        id="checkpoint",
    ),
    pytest.param("report.html", PAGE, "personal-data", id="nbconvert: page"),
    pytest.param(
        "report.html",
        f"<html class='jp-Cell'><pre>{escape(people.grid(people.customers()))}</pre></html>",
        "personal-data",
        id="nbconvert: printed table",
    ),
    pytest.param(
        "report.html",
        f"<html><div class='jp-OutputArea'></div><pre>{escape(chr(10).join(people.emails()))}</pre></html>",
        "personal-data",
        id="nbconvert: printed addresses",
    ),
    pytest.param("a.nb.html", r_page(people.grid(people.customers())), "personal-data", id="R notebook: packed output"),
    pytest.param(
        "a.nb.html",
        '<html><!-- rnb-frame-begin -->\n<script data-pagedtable-source type="application/json">\n'
        + json.dumps({"columns": [{"name": "email"}], "data": ROWS})
        + "</script></html>",
        "embedded-table",
        id="R notebook: paged table",
    ),
    pytest.param("__marimo__/a.html", marimo(json.dumps(ROWS)), "embedded-table", id="marimo: rows in a text"),
    pytest.param(
        "__marimo__/a.html", marimo(data_url(CSV, "text/csv")), "embedded-table", id="marimo: CSV in an address"
    ),
    pytest.param(
        "__marimo__/a.html",
        marimo(data_url(json.dumps(ROWS), "application/json")),
        "embedded-table",
        id="marimo: JSON in an address",
    ),
    pytest.param("a.html", marimo_page(marimo(json.dumps(ROWS))), "embedded-table", id="marimo: exported page"),
    pytest.param("a.html", marimo_page(TABLE), "personal-data", id="marimo: exported page with a table"),
    pytest.param(
        "__marimo__/session/a.py.json",
        json.dumps({"version": "1", "cells": [{"outputs": [{"type": "data", "data": {"text/html": TABLE}}]}]}),
        "personal-data",
        id="marimo: session",
    ),
    pytest.param(
        "_freeze/a/execute-results/html.json",
        json.dumps(
            {"hash": "x", "result": {"engine": "jupyter", "markdown": "::: {.cell-output}\n" + TABLE + "\n:::\n"}}
        ),
        "personal-data",
        id="Quarto: frozen HTML",
    ),
    pytest.param(
        "_freeze/a/execute-results/html.json",
        json.dumps({"hash": "x", "result": {"markdown": "```\n" + people.grid(people.customers()) + "```\n"}}),
        "personal-data",
        id="Quarto: frozen text",
    ),
    pytest.param("note.json", zeppelin("TABLE", TSV), "embedded-table", id="Zeppelin: table"),
    pytest.param("a_2A94.zpln", zeppelin("TABLE", TSV), "embedded-table", id="Zeppelin: new name"),
    pytest.param("a_2A94.zpln", zeppelin("HTML", TABLE), "personal-data", id="Zeppelin: HTML"),
    pytest.param(
        "a_2A94.zpln", zeppelin("TEXT", people.grid(people.customers())), "personal-data", id="Zeppelin: text"
    ),
    pytest.param("a.py", f'# %% id="x" executionInfo={USER}\nprint(1)\n', "user-identity", id="Jupytext: percent"),
    pytest.param("a.py", f'# + {{"executionInfo": {USER}}}\nprint(1)\n', "user-identity", id="Jupytext: light"),
    pytest.param("a.md", f"```python executionInfo={USER}\nprint(1)\n```\n", "user-identity", id="Jupytext: Markdown"),
    pytest.param(
        "a.Rmd", f"```{{python executionInfo={USER}}}\nprint(1)\n```\n", "user-identity", id="Jupytext: R Markdown"
    ),
]

EMPTY_USER = '{"elapsed": 3, "user": {"displayName": "", "userId": ""}}'
QUIET: list[Any] = [
    pytest.param(
        "docs/index.html", f"<!DOCTYPE html><html>{TABLE.replace('dataframe', 'x')}</html>", id="somebody's web page"
    ),
    pytest.param(
        "report.html",
        '<html class="jp-Notebook"><p>accuracy 0.93</p><pre>epoch 1 loss 0.1</pre></html>',
        id="nbconvert: results",
    ),
    pytest.param("a.html", marimo_page("<p>accuracy 0.93</p>"), id="marimo: exported results"),
    pytest.param("a.py", "executionInfo = {}\nprint(executionInfo)\n", id="a variable of that name"),
    pytest.param("a.py", "print(1)\n", id="plain Python"),
    pytest.param("a.py", f"# %% executionInfo={EMPTY_USER}\n", id="Jupytext: nobody"),
    pytest.param("a.py", f'USER = {{"executionInfo": {USER}}}\n', id="a dictionary in a script, not a cell header"),
    pytest.param("README.md", "Colab writes `executionInfo={...}` into headers.\n", id="documentation"),
    pytest.param("note.json", '{"a": 1}', id="JSON of another tool"),
    pytest.param("note.json", "{ not json", id="text of another tool"),
    pytest.param("a.zpln", zeppelin("TEXT", "accuracy 0.93\n"), id="Zeppelin: results"),
    pytest.param(
        "_freeze/a/execute-results/html.json",
        json.dumps({"result": {"markdown": "# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"}}),
        id="Quarto: results",
    ),
    pytest.param("model.bin", "\x80\x04\x95", id="a model that was named"),
]


@pytest.mark.parametrize(("path", "text", "rule"), LOUD)
def test_found(path: str, text: str, rule: str) -> None:
    findings = nb.check(text.encode(), path)
    assert rule in nb.rules(findings, Level.ERROR)
    assert "Ann" not in str([finding[1:4] for finding in findings])
    assert all(finding.location.line for finding in findings)


@pytest.mark.parametrize(("path", "text", "rule"), LOUD)
def test_is_asked_for(path: str, text: str, rule: str) -> None:
    assert re.search(HOOK.wants, path)


@pytest.mark.parametrize(("path", "text"), QUIET)
def test_silent(path: str, text: str) -> None:
    from mlhooks.core.files import Blob

    assert list(HOOK.check(Blob(path, text.encode("latin-1"), named=False), nb.DEFAULTS)) == []


def test_the_line_of_a_page() -> None:
    finding = nb.check(PAGE.encode(), "report.html")[0]
    assert (finding.location.line, finding.location.column) == (4, 1)


def test_the_place_in_zeppelin() -> None:
    finding = nb.check(zeppelin("HTML", TABLE).encode(), "a.zpln")[0]
    assert (finding.location.where, finding.location.line) == ("paragraph 1, result 1", 10)


@pytest.mark.parametrize("path", ["_freeze/a/html.json", "__marimo__/session/a.json", "a.zpln"])
def test_a_cache_that_cannot_be_read(path: str) -> None:
    with pytest.raises(Unscannable):
        nb.check(b'{"result": ', path)


def test_pages_are_not_edited() -> None:
    from mlhooks.core.files import Blob

    blob = Blob("report.html", PAGE.encode())
    assert HOOK.fix(blob, nb.check(PAGE.encode(), "report.html"), {**nb.DEFAULTS, "fix": "data"}) is None


@pytest.mark.parametrize("path", ["a.txt", "src/data.json", "a.ipynb.bak", "image.svg"])
def test_other_files_are_not_asked_for(path: str) -> None:
    assert not re.search(HOOK.wants, path)
