"""Rows inside charts: plotly figures and Vega specifications, read from their JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from mlhooks.core.finding import Level
from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data import rules
from mlhooks.notebook_data.arrays import Array, read_array, show
from mlhooks.notebook_data.columns import columns_of
from mlhooks.notebook_data.judge import evidence_of
from mlhooks.notebook_data.masking import safe_header
from mlhooks.notebook_data.personal import personal_columns, weight_of
from mlhooks.notebook_data.results import is_results
from mlhooks.notebook_data.table import SAMPLE_ROWS, TEXT, Table
from mlhooks.notebook_data.verdict import Verdict
from mlhooks.notebook_data.vocabulary import MEDIUM, STRONG, is_metric, words

MAX_TEXTS = 20
"""More distinct texts than this name single records."""
MAX_POINTS = 1000
_TEXT_ARRAYS = ("text", "hovertext", "customdata", "ids")
_ARRAYS = (
    *_TEXT_ARRAYS,
    "x",
    "y",
    "z",
    "lat",
    "lon",
    "r",
    "theta",
    "locations",
    "labels",
    "values",
    "open",
    "high",
    "low",
    "close",
)
_HOVER = lazy(r"([^<>={}]{1,60})=%\{(\w+)(?:\[(\d{1,3})\])?[^{}]{0,30}\}")
_MAX_DEPTH = 40


class Chart(NamedTuple):
    """The data of a chart as a table, and which of its columns hold text that names single records."""

    table: Table
    naming: frozenset[int]
    undrawn: tuple[str, ...] = ()


def judge_chart(chart: Chart) -> list[Verdict]:
    """The verdicts about a chart: people, texts of single records, many points; nothing for curves of metrics."""
    table = chart.table
    columns = columns_of(table)
    people = personal_columns(table, columns)
    weight = weight_of(people, table.shown_rows)
    texts = [
        index for index in chart.naming if columns[index].kind == TEXT and len(set(columns[index].texts)) > MAX_TEXTS
    ]
    if texts and is_results(table, columns):
        texts = []
    shape = f"{table.source} with {table.shape}"
    names = ", ".join(safe_header(table.headers[index]) for index in sorted(texts)[:4])
    undrawn = (
        f" (not even drawn: {', '.join(safe_header(name) for name in chart.undrawn[:4])})" if chart.undrawn else ""
    )
    subject = "chart:" + ",".join(safe_header(header) for header in table.headers[:20])
    evidence = evidence_of(table, columns, people)
    verdicts: list[Verdict] = []
    if weight >= MEDIUM:
        listed = ", ".join(f"{safe_header(column.header)} ({column.family}, {column.example})" for column in people[:4])
        level = Level.ERROR if weight >= STRONG else Level.WARNING
        message = f"{shape} carries data about people: {listed}{undrawn}. Draw from an aggregate, or store a picture."
        verdicts.append(Verdict(rules.PERSONAL_DATA, level, message, subject, evidence, table.offset))
    if texts:
        message = f"{shape} names single records in {names}{undrawn}. Draw from an aggregate, or store a picture."
        verdicts.append(Verdict(rules.CHART_DATA, Level.ERROR, message, subject, evidence, table.offset))
    elif table.size_rows > MAX_POINTS and not _is_curve(table):
        message = f"{shape} carries every point{undrawn}. Draw from an aggregate, or store a picture."
        verdicts.append(Verdict(rules.CHART_DATA, Level.WARNING, message, subject, evidence, table.offset))
    elif not verdicts and len({place for place in _places(table) if place}) > MAX_TEXTS:
        message = f"{shape} marks more than {MAX_TEXTS} positions. Draw from an aggregate, or store a picture."
        verdicts.append(Verdict(rules.CHART_DATA, Level.WARNING, message, subject, evidence, table.offset))
    return verdicts


def plotly_charts(figure: Any) -> Iterator[Chart]:
    """The traces of a plotly figure."""
    if not isinstance(figure, dict):
        return
    layout = figure.get("layout")
    titles = {axis: _title(layout, axis) for axis in ("x", "y")} if isinstance(layout, dict) else {}
    traces = figure.get("data")
    for trace in traces if isinstance(traces, list) else ():
        if isinstance(trace, dict):
            chart = _trace(trace, titles)
            if chart is not None:
                yield chart


def vega_charts(spec: Any, source: str = "Vega chart") -> Iterator[Chart]:
    """The data sets of a Vega or Vega-Lite specification, wherever in its layers they stand."""
    fields: set[str] = set()
    found: list[list[Any]] = []
    _walk_vega(spec, fields, found, 0)
    for rows in found:
        table = table_of_records(rows, source)
        if table is not None:
            undrawn = tuple(header for header in table.headers if header not in fields) if fields else ()
            yield Chart(table, frozenset(range(len(table.headers))), undrawn)


def table_of_records(rows: Sequence[Any], source: str) -> Table | None:
    """A table from a list of objects with mostly the same keys; None when they are no such list."""
    sample = [row for row in rows[:SAMPLE_ROWS] if isinstance(row, dict)]
    if not sample or len(sample) * 2 < min(len(rows), SAMPLE_ROWS):
        return None
    headers = list(dict.fromkeys(str(key) for row in sample for key in row))[:200]
    if not headers:
        return None
    body = tuple(tuple(show(row.get(key)) for key in headers) for row in sample)
    return Table(tuple(headers), body, len(rows), source)


def _trace(trace: dict[str, Any], titles: dict[str, str]) -> Chart | None:
    template = trace.get("hovertemplate")
    hover = {
        (match[2], int(match[3] or 0)): match[1].strip()
        for match in _HOVER.finditer(template[:4000] if isinstance(template, str) else "")
    }
    headers: list[str] = []
    columns: list[Array] = []
    naming: set[int] = set()
    for key in _ARRAYS:
        for index, column in enumerate(read_array(trace.get(key))):
            if key in _TEXT_ARRAYS:
                naming.add(len(columns))
            headers.append(hover.get((key, index)) or titles.get(key) or key)
            columns.append(column)
    cells = _cells_of_table(trace)
    if cells is not None:
        return cells
    if not columns:
        return None
    height = max(len(column.values) for column in columns)
    rows = tuple(
        tuple(column.values[row] if row < len(column.values) else "" for column in columns) for row in range(height)
    )
    count = max(column.size for column in columns)
    kind = trace.get("type") if isinstance(trace.get("type"), str) else "scatter"
    source = f"plotly {kind} chart" if re.fullmatch(r"[a-z0-9]{2,20}", str(kind)) else "plotly chart"
    return Chart(Table(tuple(headers), rows, count, source), frozenset(naming))


def _cells_of_table(trace: dict[str, Any]) -> Chart | None:
    """A trace of the type `table`: columns of cells under a header."""
    cells, header = trace.get("cells"), trace.get("header")
    if trace.get("type") != "table" or not isinstance(cells, dict) or not isinstance(cells.get("values"), list):
        return None
    columns = [(read_array(values) or [Array((), 0)])[0] for values in cells["values"]]
    names = header.get("values") if isinstance(header, dict) else None
    headers = [show(name) for name in names][: len(columns)] if isinstance(names, list) else []
    headers += [""] * (len(columns) - len(headers))
    height = max((len(column.values) for column in columns), default=0)
    if not height:
        return None
    rows = tuple(
        tuple(column.values[row] if row < len(column.values) else "" for column in columns) for row in range(height)
    )
    table = Table(tuple(headers), rows, max(column.size for column in columns), "plotly table")
    return Chart(table, frozenset(range(len(headers))))


def _title(layout: dict[str, Any], axis: str) -> str:
    settings = layout.get(f"{axis}axis")
    title = settings.get("title") if isinstance(settings, dict) else None
    text = title.get("text") if isinstance(title, dict) else title
    return text[:100] if isinstance(text, str) else ""


def _walk_vega(node: Any, fields: set[str], found: list[list[Any]], depth: int) -> None:
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, list):
        for item in node[:1000]:
            _walk_vega(item, fields, found, depth + 1)
        return
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "field" and isinstance(value, str):
            fields.add(value)
        elif key == "values" and isinstance(value, list) and value and isinstance(value[0], dict):
            found.append(value)
        elif key == "datasets" and isinstance(value, dict):
            found.extend(rows for rows in value.values() if isinstance(rows, list))
        else:
            _walk_vega(value, fields, found, depth + 1)


def _is_curve(table: Table) -> bool:
    """A curve of a metric: every named axis is called as results are."""
    named = [header for header in table.headers if header not in ("x", "y", "z")]
    return bool(named) and all(is_metric(words(header)) for header in named)


def _places(table: Table) -> list[str]:
    try:
        latitude, longitude = table.headers.index("lat"), table.headers.index("lon")
    except ValueError:
        return []
    return [f"{row[latitude]},{row[longitude]}" for row in table.rows]
