"""What is skipped because it cannot hold anything must not be a way past: the same data in every odd dress."""

from __future__ import annotations

import json
import random
from typing import Any

import nb
import people
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlhooks.core.finding import Unscannable
from mlhooks.formats.jsontext_lines import Lines
from mlhooks.notebook_data.table import kind_of

CUSTOMERS = people.customers()
TABLE = people.html_table(CUSTOMERS)
BOOK = nb.notebook(nb.code(nb.display(html=TABLE)))
PNG = "iVBORw0KGgo"


def escaped(text: str, letters: str) -> str:
    """JSON in which some letters are written as escapes."""
    for letter in letters:
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


DRESSES: list[Any] = [
    pytest.param(escaped(json.dumps(BOOK), "<"), id="escaped tags"),
    pytest.param(escaped(json.dumps(BOOK), "<@>"), id="escaped signs"),
    pytest.param(json.dumps(BOOK).replace("table", "t\\u0061ble"), id="an escaped letter in a tag"),
    pytest.param(json.dumps(BOOK).replace("text/html", "text\\/html"), id="an escaped slash in the MIME type"),
    pytest.param(json.dumps(BOOK).replace("outputs", "output\\u0073"), id="an escaped key"),
    pytest.param(json.dumps(BOOK, indent=7).replace(":", " \t:\r\n"), id="odd blanks"),
    pytest.param("\ufeff" + json.dumps(BOOK), id="a byte order mark"),
]


@pytest.mark.parametrize("text", DRESSES)
def test_escapes_are_no_way_past(text: str) -> None:
    assert "personal-data" in nb.rules(nb.check(text.encode()))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_encodings_are_no_way_past(encoding: str) -> None:
    assert "personal-data" in nb.rules(nb.check(json.dumps(BOOK).encode(encoding)))


@pytest.mark.parametrize("last", [True, False], ids=["the data first", "the data last"])
def test_a_key_that_stands_twice_is_no_way_past(last: bool) -> None:
    outputs, empty = json.dumps(BOOK["cells"][0]["outputs"]), "[]"
    pair = (empty, outputs) if last else (outputs, empty)
    text = '{"cells": [{"cell_type": "code", "outputs": %s, "outputs": %s}]}' % pair  # noqa: UP031  # braces of JSON
    with pytest.raises(Unscannable, match="stands twice"):
        nb.check(text.encode())


LETTERS: list[Any] = [
    pytest.param(TABLE.upper().replace(people.MAIL.upper(), people.MAIL), id="capital letters"),
    pytest.param(TABLE.replace("table", "tAbLe").replace("<tr", "<tR").replace("</tr", "</Tr"), id="mixed letters"),
    pytest.param("İſé" * 400 + TABLE.upper(), id="capitals behind letters that grow when made small"),
    pytest.param(TABLE.replace("<td", "<TD").replace("</thead>", "</THEAD>"), id="some capitals"),
    pytest.param("<tablex></tablex>" + TABLE, id="a tag that only starts like one"),
    pytest.param(TABLE.replace("<tbody>", "<tbody><tablecloth>"), id="such a tag inside"),
    pytest.param("<table></table>" * 300 + TABLE, id="behind many tables"),
    pytest.param("<table>" * 40 + TABLE, id="deep in tables"),
    pytest.param(PNG + TABLE, id="behind the start of a picture"),
]


@pytest.mark.parametrize("html", LETTERS)
def test_tags_are_read_in_any_letters(html: str) -> None:
    assert "personal-data" in nb.rules(nb.check_output(nb.display(html=html)))


def test_a_text_that_starts_like_a_picture_is_read() -> None:
    grid = people.grid(CUSTOMERS)
    for text in (PNG + "\n" + grid, "/9j/\n\n" + grid, "R0lGOD\n" + grid):
        assert "personal-data" in nb.rules(nb.check_output(nb.stream(text)))


CSV = "customer_name;email;amount\n" + "\n".join(
    f"{name};{mail};{number}" for number, (name, mail) in enumerate(zip(people.NAMES, people.emails(), strict=True))
)
TEXTS: list[Any] = [
    pytest.param(CSV, id="semicolons"),
    pytest.param("\n \n\t\n" + CSV, id="blank lines before"),
    pytest.param("\u2003\n\x0b\n" + CSV, id="odd blanks before"),
    pytest.param(CSV.replace(";", "\t"), id="tabs"),
    pytest.param(CSV.replace("\n", "\r\n"), id="carriage returns"),
    pytest.param("\n" + repr(people.records(CUSTOMERS)), id="records behind a blank line"),
    pytest.param(
        " \n[" + ",\n ".join(repr(row) for row in zip(*CUSTOMERS.values(), strict=True)) + "]", id="tuples further down"
    ),
    pytest.param("loading " + json.dumps(people.records(CUSTOMERS)), id="JSON behind a word"),
    pytest.param(
        "\n".join(f"{n}    {mail}" for n, mail in enumerate(people.emails())) + "\ndtype: object", id="Series"
    ),
    pytest.param("\n".join(f"{mail}    {n}" for n, mail in enumerate(people.emails())) + "\ndtype: int64", id="labels"),
    pytest.param(f"first name    {people.NAMES[0].split()[0]}\nage           41\ndtype: object", id="one record"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_printed_people_are_found(text: str) -> None:
    assert "personal-data" in nb.rules(nb.check_output(nb.stream(text)))


def column(values: list[str]) -> dict[str, Any]:
    return nb.display(html=people.html_table({"x": values, "n": [1.5] * len(values)}))


def test_values_speak_for_themselves_in_any_company() -> None:
    mails = people.emails(4)
    dates = [f"2024-05-{day:02}" for day in range(1, 5)]
    assert "personal-data" in nb.rules(nb.check_output(column(dates + mails)))
    assert "personal-data" in nb.rules(nb.check_output(column([f"<b>{mail}</b>" for mail in mails])))
    assert "personal-data" in nb.rules(nb.check_output(column([mail.replace("@", "&#64;") for mail in mails])))


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([f"2024-05-{day:02} 10:00:00" for day in range(1, 9)], id="times"),
        pytest.param([str(39538223 + number * 7919) for number in range(12)], id="counts of people"),
        pytest.param([f"{3367250000 + number * 104729}" for number in range(12)], id="amounts of ten digits"),
    ],
)
def test_long_numbers_alone_are_no_people(values: list[str]) -> None:
    assert "personal-data" not in nb.rules(nb.check_output(column(values)))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        pytest.param("'nan'", "empty", id="quoted NaN"),
        pytest.param('" 12"', "number", id="a blank in the quotes"),
        pytest.param("-inf", "number", id="infinity"),
        pytest.param("1_000", "number", id="grouped"),
        pytest.param("t", "text", id="one letter"),
        pytest.param("FALSE", "yes/no", id="a flag"),
        pytest.param("Infinity Ltd", "text", id="a firm"),
        pytest.param("d41d8cd98f00b204e9800998ecf8427e", "masked", id="a hash"),
        pytest.param("[Redacted]", "masked", id="redacted"),
        pytest.param("May 2024", "date", id="a month"),
    ],
)
def test_kinds_of_values(value: str, kind: str) -> None:
    assert kind_of(value) == kind


@pytest.mark.parametrize("text", ["<table>" * 300_000, "<TABLE>é" * 200_000, "<table></table>" * 100_000])
def test_a_million_tags_take_linear_time(text: str) -> None:
    assert nb.check_output(nb.display(html=text)) == []


@given(
    text=st.lists(st.sampled_from(["a", "\n", "b" * 5000, "\n" * 3000]), max_size=12).map("".join),
    gaps=st.lists(st.tuples(st.integers(0, 30_000), st.integers(1, 9)), max_size=4, unique_by=lambda gap: gap[0]),
    chance=st.randoms(use_true_random=False),
)
def test_lines_and_columns_are_counted_as_by_hand(
    text: str, gaps: list[tuple[int, int]], chance: random.Random
) -> None:
    gaps = sorted(gap for gap in gaps if gap[0] <= len(text))
    lines = Lines(text, gaps)
    for offset in [0, len(text), *(chance.randrange(len(text) + 1) for _ in range(20))]:
        start = text.rfind("\n", 0, offset) + 1
        removed = sum(count for place, count in gaps if start <= place <= offset)
        assert lines.line(offset) == text.count("\n", 0, offset) + 1
        assert lines.column(offset) == offset - start + 1 + removed
