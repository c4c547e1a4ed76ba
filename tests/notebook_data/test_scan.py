# ruff: noqa: E501  # frozen outputs are as wide as they were printed
"""Notebooks from end to end: places, waivers, metadata, and files that cannot be judged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nb
import people
import pytest

from mlhooks.core.finding import Acceptance, Level, Unscannable

CUSTOMERS = people.customers()
TABLE = people.html_table(people.shops())


def lines(data: bytes) -> list[str]:
    return data.decode().split("\n")


def test_the_place_is_the_line_of_the_table() -> None:
    html = ["<div>\n", "<style scoped></style>\n", TABLE + "\n", "</div>"]
    data = nb.to_bytes(nb.notebook(nb.text_cell("# Title"), nb.code(nb.stream("loading\n"), nb.display(html=html))))
    (finding,) = nb.check(data)
    assert finding.location.where == "cell 2, output 2"
    assert lines(data)[finding.location.line - 1].lstrip().startswith('"<table')


def test_the_place_in_a_notebook_on_one_line() -> None:
    data = nb.to_bytes(nb.notebook(nb.code(nb.display(html="<p>é</p>" + TABLE))), indent=None)
    (finding,) = nb.check(data)
    assert finding.location.line == 1
    assert lines(data)[0][finding.location.column - 1 :].startswith("<table")


def test_the_place_in_a_printed_text() -> None:
    text = "loading\n\n" + people.grid(people.shops())
    data = nb.to_bytes(nb.notebook(nb.code(nb.stream(text.splitlines(keepends=True)))))
    (finding,) = nb.check(data)
    assert lines(data)[finding.location.line - 1].strip().startswith('"+---')


def test_ignore_comments_of_the_cell_speak_about_its_outputs() -> None:
    source = ["# mlhooks: ignore[dataframe-output] public data\n", "df.head()"]
    data = nb.to_bytes(nb.notebook(nb.code(nb.display(html=TABLE), source=source)))
    (finding,) = nb.check(data)
    first, last = finding.location.scope
    assert "source" in lines(data)[first - 1]
    assert "df.head()" in "".join(lines(data)[first - 1 : last])


def test_one_table_in_four_copies_is_one_finding() -> None:
    output = nb.display(html=TABLE, plain="  city\n0 Oslo", latex="\\begin{tabular}", markdown="| city |")
    assert len(nb.check_output(output)) == 1


def test_two_tables_in_one_output_are_two_findings() -> None:
    assert len(nb.check_output(nb.display(html=TABLE + "<hr>" + TABLE))) == 2


@pytest.mark.parametrize("version", [2, 3])
def test_old_versions(version: int) -> None:
    cell = {
        "cell_type": "code",
        "input": "df",
        "language": "python",
        "outputs": [{"output_type": "pyout", "html": TABLE, "metadata": {}}],
        "prompt_number": 1,
    }
    book = {
        "nbformat": version,
        "nbformat_minor": 0,
        "metadata": {"name": "x"},
        "worksheets": [{"cells": [cell], "metadata": {}}],
    }
    (finding,) = nb.check(book)
    assert (finding.rule.id, finding.location.where) == ("dataframe-output", "cell 1, output 1")


def test_the_line_that_a_reader_sees(tmp_path: Path) -> None:
    (tmp_path / "eda.ipynb").write_bytes(
        nb.to_bytes(nb.notebook(nb.code(nb.display(html=people.html_table(people.customers(1))))))
    )
    command = [sys.executable, "-m", "mlhooks", "notebook-data", "eda.ipynb"]
    environment = {**os.environ, "PYTHONPATH": str(Path("hooks").resolve())}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert result.stdout == (
        "eda.ipynb:12:21: error: cell 1, output 1: DataFrame of 1 row × 3 columns with columns about people: "
        "customer_name (name, 1 in sight, A… B…), email (e-mail, 1 in sight, a…@m….org). "
        "Take the columns out, or clear the output. [personal-data]\n"
    )
    assert result.returncode == 1


# --- waivers in metadata


def waived(entry: Any) -> dict[str, Any]:
    return nb.notebook(nb.code(nb.display(html=TABLE), metadata={"mlhooks": entry}))


def test_a_waiver_with_a_reason_is_counted() -> None:
    (finding,) = nb.check(waived({"ignore": ["dataframe-output"], "reason": "a public data set"}))
    assert finding.accepted == Acceptance("a public data set")


def test_a_waiver_speaks_of_its_rules_only() -> None:
    book = nb.notebook(
        nb.code(
            nb.display(html=people.html_table(CUSTOMERS)),
            metadata={"mlhooks": {"ignore": ["dataframe-output"], "reason": "public"}},
        )
    )
    assert {finding.rule.id: bool(finding.accepted) for finding in nb.check(book)} == {
        "dataframe-output": True,
        "personal-data": False,
    }


def test_many_findings_that_are_waived_hide_no_other_rule() -> None:
    output = nb.display(html=people.html_table(CUSTOMERS) * 60)
    findings = nb.check(
        nb.notebook(nb.code(output, metadata={"mlhooks": {"ignore": ["personal-data"], "reason": "made up"}}))
    )
    assert {finding.rule.id for finding in findings if not finding.accepted} == {"dataframe-output"}


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        pytest.param({"ignore": ["dataframe-output"]}, "gives no reason", id="no reason"),
        pytest.param({"ignore": ["dataframe-output"], "reason": "  "}, "gives no reason", id="blank reason"),
        pytest.param({"ignore": ["dataframe-outputs"], "reason": "x"}, "does not exist", id="unknown rule"),
        pytest.param({"ignore": [], "reason": "x"}, "names no rule", id="no rule"),
        pytest.param({"ignore": "dataframe-output", "reason": "x"}, "names no rule", id="a text for a list"),
        pytest.param({"ignores": ["dataframe-output"], "reason": "x"}, "means nothing", id="misspelt key"),
        pytest.param(["dataframe-output"], "is no object", id="a list"),
    ],
)
def test_a_waiver_that_says_nothing_is_an_error(entry: Any, problem: str) -> None:
    with pytest.raises(Unscannable, match=problem):
        nb.check(waived(entry))


@pytest.mark.parametrize("tags", [["keep_output"], ["skip-checks"], ["hide-input"]])
def test_tags_of_other_tools_are_no_waiver(tags: list[str]) -> None:
    (finding,) = nb.check(nb.notebook(nb.code(nb.display(html=TABLE), metadata={"tags": tags})))
    assert finding.accepted is None


# --- options


def test_max_rows() -> None:
    output = nb.display(html=people.html_table(people.shops(8)))
    assert nb.rules(nb.check_output(output, max_rows=8), Level.WARNING) == set()
    assert nb.rules(nb.check_output(output, max_rows=7), Level.WARNING) == {"dataframe-output"}


def test_max_rows_does_not_excuse_people() -> None:
    assert "personal-data" in nb.rules(nb.check_output(nb.display(html=people.html_table(CUSTOMERS)), max_rows=100))


@pytest.mark.parametrize(("images", "levels"), [("ignore", []), ("note", ["note"]), ("warning", ["warning"])])
def test_images(images: str, levels: list[str]) -> None:
    findings = nb.check_output(nb.of("image/png", "iVBORw0KGgo="), images=images)
    assert [str(finding.level) for finding in findings] == levels


def test_strict_reports_any_output() -> None:
    assert nb.rules(nb.check_output(nb.stream("0.93\n"), strict=True)) == {"stored-output"}


def test_mime_levels() -> None:
    output = nb.of("text/latex", "$x$")
    assert nb.rules(nb.check_output(output, mime=("text/latex=error",)), Level.ERROR) == {"stored-output"}
    assert nb.rules(nb.check_output(output, mime=("text/*=warning",)), Level.WARNING) == {"stored-output"}
    assert nb.check_output(output, mime=("image/*=warning",)) == []


def test_mime_levels_that_mean_nothing_are_refused() -> None:
    with pytest.raises(Unscannable, match="TYPE=LEVEL"):
        nb.check_output(nb.stream("x\n"), mime=("text/latex",))


# --- metadata

USER = {"executionInfo": {"elapsed": 3, "user": {"displayName": "Ann Berg", "userId": "0123456789"}}}


def test_the_user_of_colab() -> None:
    (finding,) = nb.check(nb.notebook(nb.code(metadata=USER)))
    assert (finding.rule.id, finding.level, finding.location.where) == (
        "user-identity",
        Level.ERROR,
        "cell 1, metadata",
    )
    assert "Ann" not in str(finding)


def test_the_empty_user_of_colab() -> None:
    assert nb.check(nb.notebook(nb.code(metadata={"executionInfo": {"user": {"displayName": "", "userId": ""}}}))) == []


METADATA: list[Any] = [
    pytest.param(
        {"papermill": {"parameters": {"db_password": "hunter22"}}}, {"run-parameters"}, id="papermill: password"
    ),
    pytest.param(
        {"papermill": {"parameters": {"url": "postgres" + "://ann:pw@host/db"}}},
        {"run-parameters"},
        id="papermill: connection",
    ),
    pytest.param(
        {"papermill": {"parameters": {"epochs": 3, "alpha": "0.1", "token_count": 9}}}, set(), id="papermill: plain"
    ),
    pytest.param(
        {"papermill": {"input_path": "/home/" + "mkessler/a.ipynb"}}, {"user-path"}, id="papermill: a home folder"
    ),
    pytest.param(
        {"kernelspec": {"display_name": "Python (/home/" + "mkessler/env)", "name": "p"}},
        {"user-path"},
        id="kernel in a home folder",
    ),
    pytest.param(
        {"kernelspec": {"display_name": "Python 3.8.5 64-bit ('hf': conda)", "name": "python3"}},
        set(),
        id="kernel of conda",
    ),
    pytest.param(
        {"authors": [{"name": "Ann", "email": people.emails(1)[0]}]}, {"user-identity"}, id="authors with an address"
    ),
    pytest.param({"authors": [{"name": "Ann"}]}, set(), id="authors by name"),
    pytest.param(
        {"colab": {"provenance": [], "name": "a.ipynb"}, "language_info": {"name": "python"}}, set(), id="Colab: plain"
    ),
    pytest.param(
        {
            "synapse_widget": {
                "state": {
                    "a1": {
                        "sync_state": {"table": {"rows": [{"0": "x", "1": "y"}], "schema": [{"key": "0", "name": "n"}]}}
                    }
                }
            }
        },
        {"embedded-table"},
        id="Synapse: rows",
    ),
    pytest.param({"synapse_widget": {"state": {}}}, set(), id="Synapse: nothing"),
]


@pytest.mark.parametrize(("metadata", "expected"), METADATA)
def test_metadata_of_the_notebook(metadata: dict[str, Any], expected: set[str]) -> None:
    assert nb.rules(nb.check(nb.notebook(metadata=metadata))) == expected


def widget(name: str, state: dict[str, Any]) -> dict[str, Any]:
    return {
        "widgets": {
            "application/vnd.jupyter.widget-state+json": {
                "state": {"a1": {"model_name": name, "state": state}},
                "version_major": 2,
            }
        }
    }


WIDGETS: list[Any] = [
    pytest.param(widget("PasswordModel", {"value": "hunter22"}), {"widget-value"}, id="a filled password"),
    pytest.param(widget("PasswordModel", {"value": ""}), set(), id="an empty password"),
    pytest.param(widget("TextModel", {"value": "ann"}), {"widget-value"}, id="typed text"),
    pytest.param(widget("FloatProgressModel", {"value": 100.0, "max": 100.0}), set(), id="tqdm: bar"),
    pytest.param(widget("HTMLModel", {"value": " 100/100 [00:01&lt;00:00, 71.2it/s]"}), set(), id="tqdm: text"),
    pytest.param(widget("LayoutModel", {"width": "20px"}), set(), id="layout"),
    pytest.param(
        widget("HTMLModel", {"value": people.html_table(CUSTOMERS)}),
        {"personal-data", "dataframe-output"},
        id="a table in a text",
    ),
    pytest.param(
        widget("OutputModel", {"outputs": [nb.display(html=people.html_table(CUSTOMERS))]}),
        {"personal-data", "dataframe-output"},
        id="captured outputs",
    ),
    pytest.param(widget("OutputModel", {"outputs": [nb.stream("loss 0.1\n")]}), set(), id="captured log"),
    pytest.param(
        widget("DataGridModel", {"_data": {"data": people.records(CUSTOMERS)}}), {"widget-value"}, id="a grid"
    ),
]


@pytest.mark.parametrize(("metadata", "expected"), WIDGETS)
def test_widget_state(metadata: dict[str, Any], expected: set[str]) -> None:
    assert nb.rules(nb.check(nb.notebook(metadata=metadata))) == expected


def test_metadata_policies() -> None:
    book = nb.notebook(
        nb.code(metadata={**USER, "papermill": {"duration": 1.5}}), metadata={"papermill": {"duration": 3}}
    )
    assert nb.check(book, metadata="ignore") == []
    assert nb.rules(nb.check(book)) == {"user-identity"}
    assert nb.rules(nb.check(book, metadata="all")) == {"user-identity", "execution-metadata"}


# --- text cells

PIPES = "| customer_name | email |\n|---|---|\n" + "".join(
    f"| {name} | {mail} |\n" for name, mail in zip(people.NAMES, people.emails(), strict=True)
)
DOCUMENTATION = "| argument | meaning |\n|---|---|\n| lr | the rate |\n| epochs | how long |\n| seed | for chance |\n| depth | of the tree |\n| width | of the net |\n"


def pipes(*names: str, rows: int = 30, cells: tuple[str, ...] = ()) -> str:
    lines = [
        names,
        ["---"] * len(names),
        *(cells or [f"{name.lower()} number {n}" for name in names] for n in range(rows)),
    ]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


TEXT_CELLS: list[Any] = [
    pytest.param(nb.text_cell(pipes("Parameter", "Type", "Description")), set(), id="a long documentation"),
    pytest.param(nb.text_cell(pipes("Model", "Backbone", "Download")), set(), id="a model zoo"),
    pytest.param(nb.text_cell(pipes("Version", "Date", "Changes")), set(), id="a list of changes"),
    pytest.param(nb.text_cell(pipes("Week", "Date", "Topic")), set(), id="a syllabus"),
    pytest.param(nb.text_cell(pipes("Paper", "Year", "Venue")), set(), id="papers"),
    pytest.param(nb.text_cell("|   |   |\n|---|---|\n" + "| a | b |\n" * 30), set(), id="pictures in a grid"),
    pytest.param(
        nb.text_cell(pipes("Author", "Affiliation", "Email", rows=1, cells=("Ann Berg", "MIT", *people.emails(1)))),
        set(),
        id="who wrote it",
    ),
    pytest.param(
        nb.text_cell(pipes("email", "first_name", rows=2, cells=("string", "string"))), set(), id="types of columns"
    ),
    pytest.param(
        nb.text_cell(pipes("email", "Link", rows=2, cells=(*people.emails(1), "x"))),
        {"personal-data"},
        id="people beside links",
    ),
    pytest.param(nb.text_cell(PIPES), {"personal-data"}, id="pasted customers"),
    pytest.param(nb.text_cell(PIPES, "raw"), {"personal-data"}, id="pasted into a raw cell"),
    pytest.param(nb.text_cell(people.html_table(CUSTOMERS)), {"personal-data"}, id="pasted as HTML"),
    pytest.param(
        nb.text_cell(
            "| city | note |\n|---|---|\n"
            + "".join(f"| {city} | {note} |\n" for city, note in zip(people.CITIES, people.NOTES, strict=True)) * 4
        ),
        {"pasted-table"},
        id="32 pasted records",
    ),
    pytest.param(nb.text_cell(DOCUMENTATION), set(), id="documentation of arguments"),
    pytest.param(nb.text_cell("# Title\n\nSome words, and more.\n\n* a list\n* of things\n"), set(), id="prose"),
    pytest.param(nb.text_cell("Thanks to Ann <you@example.com>\nand\nothers"), set(), id="thanks"),
    pytest.param(
        nb.text_cell("![a](attachment:a.png)", attachments={"a.png": {"image/png": "iVBORw0KGgo="}}),
        set(),
        id="an attached picture",
    ),
]


@pytest.mark.parametrize(("cell", "expected"), TEXT_CELLS)
def test_text_cells(cell: dict[str, Any], expected: set[str]) -> None:
    assert nb.rules(nb.check(nb.notebook(cell)), Level.WARNING) == expected


# --- what cannot be judged

BROKEN: list[Any] = [
    pytest.param(b"", id="empty"),
    pytest.param(b'{"cells": [', id="truncated"),
    pytest.param(b"not json", id="text"),
    pytest.param(b"[1, 2]", id="a list"),
    pytest.param(b'{"a": 1}', id="no cells"),
    pytest.param(b'{"cells": []}\xff\xfe', id="undecodable"),
    pytest.param(b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> b\n", id="a merge conflict"),
    pytest.param(b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="nested a hundred thousand times"),
    pytest.param(b'{"cells": [], "cells": [{"cell_type": "code", "outputs": []}]}', id="a key that stands twice"),
    pytest.param(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n", id="a Git LFS pointer"),
]


@pytest.mark.parametrize("data", BROKEN)
def test_cannot_judge(data: bytes) -> None:
    with pytest.raises(Unscannable):
        nb.check(data)


ODD: list[Any] = [
    pytest.param('{"cells": [{"outputs": [{"data": {"text/html": 5}}]}]}', id="a number for a text"),
    pytest.param('{"cells": [{"outputs": {"a": 1}}, 7, null, "x"]}', id="wrong types everywhere"),
    pytest.param(
        '{"cells": [{"outputs": [null, 3, {"output_type": 9, "data": []}]}], "metadata": []}',
        id="outputs of wrong types",
    ),
    pytest.param(
        '{"cells": [{"outputs": [{"data": {"application/vnd.plotly.v1+json": {"data": [{"x": {"dtype": "f8", "bdata": "%%%"}}]}}}]}]}',
        id="base64 that is none",
    ),
    pytest.param(
        '{"cells": [{"outputs": [{"data": {"application/vnd.plotly.v1+json": {"data": [NaN, {"y": [NaN, 1e999]}]}}}]}]}',
        id="NaN and infinity",
    ),
    pytest.param(
        '{"cells": [{"outputs": [{"data": {"application/json": [{"a": ' + "9" * 4000 + "}]}}]}]}", id="a huge integer"
    ),
    pytest.param(
        '{"cells": [{"source": "\\ud800", "outputs": [{"data": {"text/html": "<table><tr><td>\\ud800"}}]}]}',
        id="lone surrogates",
    ),
    pytest.param(
        '{"cells": [], "metadata": {"widgets": {"a": {"state": 3}}, "papermill": 4, "authors": {"a": 1}}}',
        id="odd metadata",
    ),
    pytest.param('{"worksheets": [null, {"cells": 5}], "nbformat": "3"}', id="odd worksheets"),
]


@pytest.mark.parametrize("text", ODD)
def test_odd_but_harmless(text: str) -> None:
    assert nb.check(text.encode("utf-8", "surrogatepass")) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<table" * 50_000, id="tables that never open"),
        pytest.param("<table>" + "<td" * 100_000, id="cells that never open"),
        pytest.param("<table>" + "<tr><td>" * 100_000, id="cells that never close"),
        pytest.param("<table>" * 20_000, id="tables in tables"),
        pytest.param("{'a': " * 50_000, id="dicts that never close"),
        pytest.param("+--" * 100_000 + "\n" + "|a" * 100_000 + "\n", id="endless borders"),
        pytest.param(("a  " * 1000 + "\n") * 200, id="endless columns"),
        pytest.param("a@" * 100_000, id="half addresses"),
        pytest.param("a." * 100_000 + "@b" * 1000, id="dotted half addresses"),
        pytest.param("<script>Plotly.newPlot('a', " + "[" * 100_000, id="arrays that never close"),
        pytest.param('srcdoc="' * 20_000, id="pages in pages"),
        pytest.param("/home/" * 50_000, id="paths of paths"),
        pytest.param("(1, 'a" * 50_000, id="tuples that never close"),
        pytest.param("- " * 100_000 + "\n\n", id="endless dashes"),
        pytest.param("12 " * 100_000 + "rows x", id="endless numbers"),
        pytest.param("\\begin{tabular}" * 20_000, id="LaTeX that never ends"),
    ],
)
@pytest.mark.parametrize("mime", ["text/html", "text/plain"])
def test_hostile_text_ends_in_time(text: str, mime: str) -> None:
    """Each takes well under a second; one pattern that backtracks would take minutes and be seen."""
    nb.check_output(nb.of(mime, text))


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("Plotly.newPlot('a', [1,", id="plotly"),
        pytest.param('\'vegaEmbed\', "datasets": {"a":', id="Vega"),
        pytest.param("<script type='application/json'>{", id="Bokeh"),
        pytest.param("DataTable const data = [[[", id="rows"),
        pytest.param("L.map L.geoJson({", id="map"),
    ],
)
def test_values_that_never_end_take_linear_time(script: str) -> None:
    """Two megabytes in a second; reading every one of them to the end would take minutes and be seen."""
    nb.check_output(nb.display(html="<script>bokeh" + script * (2_000_000 // len(script))))


def test_a_script_that_cannot_be_read_is_said_to_be() -> None:
    nested = "<script>vegaEmbed " + '"values": [{' * 200_000
    assert nb.rules(nb.check_output(nb.display(html=nested))) == {"unjudged-output"}


def test_the_places_of_many_tables_take_linear_time() -> None:
    findings = nb.check_output(nb.display(html=people.html_table(CUSTOMERS) * 3_000))
    assert 2 <= len(findings) <= 50  # one output to clear, not thousands


def test_the_places_of_many_tables_on_a_page_take_linear_time() -> None:
    tables = people.html_table(CUSTOMERS) + "\n"
    cache = json.dumps({"result": {"markdown": '"' * 1_000_000 + tables * 2_000}})
    assert len(nb.check(cache.encode(), "_freeze/a/execute-results/html.json")) >= 2_000
    page = "<html>jp-Notebook" + "<pre>" * 200_000 + "</pre>" + tables * 2_000
    assert len(nb.check(page.encode(), "a.html")) >= 2_000


@pytest.mark.parametrize(
    "array",
    [
        pytest.param({"dtype": "f8", "bdata": "H4t4eHh4eHh4eHh4eHh4eHh4eHg="}, id="begins as gzip does, and is none"),
        pytest.param({"dtype": "f8", "bdata": "é" * 40}, id="no base64"),
        pytest.param({"dtype": "f8", "bdata": "AAAA", "shape": "²,³"}, id="a shape of no digits"),
        pytest.param({"dtype": "f8", "bdata": "AAAA", "shape": "9" * 5000 + ",2"}, id="an endless shape"),
        pytest.param({"dtype": None, "bdata": "AAAA", "shape": [1, 2]}, id="no type"),
    ],
)
def test_odd_arrays_of_charts(array: dict[str, Any]) -> None:
    assert nb.check_output(nb.of("application/vnd.plotly.v1+json", {"data": [{"x": array}]})) == []


def test_a_gzip_bomb_in_a_chart_is_read_in_part() -> None:
    import base64
    import zlib

    packer = zlib.compressobj(9, wbits=31)
    packed = base64.b64encode(packer.compress(bytes(50_000_000)) + packer.flush()).decode()
    source = {
        "name": "ColumnDataSource",
        "attributes": {
            "data": {
                "type": "map",
                "entries": [["x", {"type": "ndarray", "array": {"type": "bytes", "data": packed}, "dtype": "float64"}]],
            }
        },
    }
    page = f'<script type="application/json">{json.dumps({"bokeh": source})}</script>'
    assert nb.rules(nb.check_output(nb.display(html=page))) == {"chart-data"}


def test_a_long_text_is_said_to_be_read_in_part() -> None:
    assert "unjudged-output" in nb.rules(nb.check_output(nb.stream("loss 0.1\n" * 2_000_000)))


def test_data_behind_a_long_log_is_found() -> None:
    assert "personal-data" in nb.rules(
        nb.check_output(nb.stream("step ok\n" * 500_000 + "\n" + people.grid(CUSTOMERS)))
    )
