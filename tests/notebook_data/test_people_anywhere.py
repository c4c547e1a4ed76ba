"""People in forms that no reader of one library knows, without an address that would speak for itself."""

from __future__ import annotations

import json
import pprint
from collections import namedtuple
from typing import Any

import nb
import people
import pytest

from mlhooks.core.finding import Level

PHONES = [f"+49 89 4711{number}28" for number in range(8)]
COLUMNS: dict[str, list[Any]] = {
    "full_name": list(people.NAMES),
    "phone": PHONES,
    "amount": [10.5 + number for number in range(8)],
}
ROWS = people.records(COLUMNS)
Customer = namedtuple("Customer", COLUMNS)


def bordered(corners: str, bar: str, dash: str) -> str:
    """A grid in any letters for corners (`left cross right` of the top, the middle and the bottom) and lines."""
    rows = [list(COLUMNS), *([str(value) for value in row.values()] for row in ROWS)]
    widths = [max(len(row[index]) for row in rows) + 2 for index in range(3)]
    top, middle, bottom = (
        corners[n] + corners[n + 1].join(dash * width for width in widths) + corners[n + 2] for n in (0, 3, 6)
    )
    lines = [
        bar + bar.join(f" {cell}".ljust(width) for cell, width in zip(row, widths, strict=True)) + bar for row in rows
    ]
    return "\n".join([top, lines[0], middle, *lines[1:], bottom]) + "\n"


def frame(**settings: Any) -> Any:
    return pytest.importorskip("pandas").DataFrame(COLUMNS, **settings)


def csv_text(separator: str) -> str:
    rows = [list(COLUMNS), *([str(value) for value in row.values()] for row in ROWS)]
    return "\n".join(separator.join(row) for row in rows) + "\n"


PSQL = " full_name  |      phone      \n------------+-----------------\n" + "".join(
    f" {name:<10} | {number}\n" for name, number in zip(people.NAMES, PHONES, strict=True)
)
COUNTED = "full_name\n" + "".join(f"{name:<12}    1\n" for name in people.NAMES) + "Name: count, dtype: int64"
GROUPED_HTML = (
    '<table class="dataframe"><thead><tr><th></th><th>amount</th></tr>'
    "<tr><th>full_name</th><th></th></tr></thead><tbody>"
    + "".join(f"<tr><th>{name}</th><td>1.5</td></tr>" for name in people.NAMES)
    + "</tbody></table>"
)
TWO_LEVELS_HTML = (
    '<table class="dataframe"><thead><tr><th></th><th></th><th>amount</th></tr>'
    "<tr><th>city</th><th>full_name</th><th></th></tr></thead><tbody>"
    + "".join(
        ("<tr>" if n % 2 else f'<tr><th rowspan="2">{people.CITIES[n]}</th>') + f"<th>{name}</th><td>1.5</td></tr>"
        for n, name in enumerate(people.NAMES)
    )
    + "</tbody></table>"
)

LOUD: list[Any] = [
    pytest.param(lambda: nb.display(plain=repr(csv_text(","))), id="CSV as a string"),
    pytest.param(lambda: nb.display(plain=repr(csv_text("\t"))), id="tabs as a string"),
    pytest.param(lambda: nb.display(plain=repr(people.grid(COLUMNS))), id="a grid as a string"),
    pytest.param(lambda: nb.stream(str(COLUMNS)), id="columns as lists"),
    pytest.param(lambda: nb.stream(pprint.pformat(COLUMNS)), id="columns as lists, over many lines"),
    pytest.param(lambda: nb.stream(json.dumps(COLUMNS, indent=2)), id="columns as lists, in JSON"),
    pytest.param(
        lambda: nb.stream(json.dumps({key: dict(enumerate(values)) for key, values in COLUMNS.items()})),
        id="columns as objects, in JSON",
    ),
    pytest.param(lambda: nb.stream(str(Customer(*ROWS[0].values()))), id="one named tuple"),
    pytest.param(lambda: nb.stream(str([Customer(*row.values()) for row in ROWS])), id="named tuples"),
    pytest.param(lambda: nb.stream(str([list(row.values()) for row in ROWS])), id="rows as lists"),
    pytest.param(
        lambda: nb.display(
            plain=repr(pytest.importorskip("numpy").array([list(row.values()) for row in ROWS], object))
        ),
        id="rows as an array of objects",
    ),
    pytest.param(lambda: nb.stream(bordered("┏┳┓┣╋┫┗┻┛", "┃", "━")), id="heavy borders"),
    pytest.param(lambda: nb.stream(bordered("╔╦╗╠╬╣╚╩╝", "║", "═")), id="double borders"),
    pytest.param(lambda: nb.stream(bordered("┍┯┑┝┿┥┕┷┙", "│", "━")), id="mixed borders"),
    pytest.param(lambda: nb.stream(bordered("┏┳┓┣╋┫┗┻┛", "\x1b[1m┃\x1b[0m", "━")), id="borders in colour"),
    pytest.param(lambda: nb.stream(PSQL), id="psql"),
    pytest.param(lambda: nb.stream("| " + PSQL.replace("\n", " |\n| ").rstrip("| ")), id="Org"),
    pytest.param(lambda: nb.stream(f"{frame().head(1)}\n"), id="pandas: one row printed"),
    pytest.param(
        lambda: nb.stream(f"{frame()[['full_name', 'phone']].head(2)}\n"), id="pandas: one blank between names"
    ),
    pytest.param(lambda: nb.stream(f"{frame().set_index('full_name')[['amount']]}\n"), id="pandas: printed by name"),
    pytest.param(lambda: nb.shown(frame().set_index("full_name")[["amount"]]), id="pandas: shown by name"),
    pytest.param(lambda: nb.shown(frame().groupby("full_name")["amount"].sum()), id="pandas: sums by name"),
    pytest.param(lambda: nb.display(html=GROUPED_HTML), id="labels that have a name"),
    pytest.param(lambda: nb.display(html=TWO_LEVELS_HTML), id="labels of two levels"),
    pytest.param(lambda: nb.display(plain=COUNTED), id="people counted"),
    pytest.param(
        lambda: nb.shown(
            pytest.importorskip("polars")
            .DataFrame({key: list(map(str, values)) for key, values in COLUMNS.items()})
            .transpose(include_header=True)
        ),
        id="polars: on its side",
    ),
    pytest.param(
        lambda: nb.display(html="<ul>" + "".join(f"<li>{mail}</li>" for mail in people.emails()) + "</ul>"),
        id="addresses in HTML without a table",
    ),
    pytest.param(
        lambda: {"output_type": "error", "ename": "E", "evalue": " ".join(people.emails()), "traceback": []},
        id="an error without a traceback",
    ),
    pytest.param(
        lambda: nb.display(html=people.html_table({"姓名": ["张伟", "王秀英", "李娜"], "金额": [1, 2, 3]})),
        id="Chinese",
    ),
    pytest.param(
        lambda: nb.display(html=people.html_table({"ФИО": ["Иван Петров", "Анна Орлова"], "сумма": [1, 2]})),
        id="Russian",
    ),
    pytest.param(
        lambda: nb.display(html=people.html_table({"Achternaam": ["Jansen", "de Vries"], "bedrag": [1, 2]})), id="Dutch"
    ),
]
QUIET: list[Any] = [
    pytest.param(
        lambda: nb.stream("city\n" + "Oslo      3\nLyon      2\nGraz      1\nName: count, dtype: int64"), id="towns"
    ),
    pytest.param(
        lambda: nb.stream("diagnosis\n" + "benign       3\nmalignant    2\nName: count, dtype: int64"),
        id="causes counted",
    ),
    pytest.param(lambda: nb.stream("LogisticRegression(C=0.1, penalty='l2', solver='liblinear')\n"), id="an estimator"),
    pytest.param(
        lambda: nb.stream("Pipeline(steps=[('scale', StandardScaler()), ('name', SVC(kernel='rbf', C=1.0))])\n"),
        id="a pipeline",
    ),
    pytest.param(
        lambda: nb.stream(str({"lr": [0.1, 0.01], "name": ["small", "large"], "names": ["cat", "dog"]})),
        id="a grid to search",
    ),
    pytest.param(
        lambda: nb.stream(str({"loss": [0.5, 0.4], "val_loss": [0.6, 0.5], "lr": [1e-3, 1e-3]})), id="a history"
    ),
    pytest.param(
        lambda: nb.stream("Settings(host='localhost', username='admin', phone='none')\n"), id="nobody's account"
    ),
    pytest.param(lambda: nb.stream("[[1 2 3]\n [4 5 6]\n [7 8 9]\n [1 1 1]\n [2 2 2]]\n"), id="a matrix"),
    pytest.param(
        lambda: nb.display(plain="'one line\\nand another\\n\\nand a third, with commas'"), id="prose as a string"
    ),
    pytest.param(lambda: nb.stream("     accuracy  loss\n0        0.9   0.1\n"), id="one row of metrics"),
    pytest.param(lambda: nb.stream("  Hello there\n1 is a number\n"), id="two lines of words"),
    pytest.param(
        lambda: nb.display(html="<p>Write to <a href='mailto:you@example.com'>us</a></p>"), id="a contact in HTML"
    ),
    pytest.param(
        lambda: {"output_type": "error", "ename": "KeyError", "evalue": "'email'", "traceback": []}, id="a plain error"
    ),
]


@pytest.mark.parametrize("make", LOUD)
def test_people_are_found(make: Any) -> None:
    assert "personal-data" in nb.rules(nb.check_output(make()), Level.ERROR)


@pytest.mark.parametrize("make", LOUD)
def test_nobody_is_named(make: Any) -> None:
    said = json.dumps([finding[2:] for finding in nb.check_output(make())], ensure_ascii=False, default=str)
    assert not [secret for secret in (*people.NAMES, *people.emails(), *PHONES, "张伟", "Иван") if secret in said]


@pytest.mark.parametrize("make", QUIET)
def test_results_are_silent(make: Any) -> None:
    assert nb.rules(nb.check_output(make()), Level.WARNING) == set()


@pytest.mark.parametrize("text", ["/home/mkessler/churn\n", "'/Users/mkessler'", "C:\\Users\\mkessler\\a"])
def test_a_folder_alone_names_its_owner(text: str) -> None:
    assert nb.rules(nb.check_output(nb.stream(text))) == {"user-path"}
