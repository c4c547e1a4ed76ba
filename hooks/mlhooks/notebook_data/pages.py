"""Data in the scripts of an HTML output: plotly, Vega, Bokeh, folium, interactive tables. Read without running them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from mlhooks.core.finding import Level, Options
from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data import rules
from mlhooks.notebook_data.arrays import read_array, show, unpacked
from mlhooks.notebook_data.charts import Chart, judge_chart, plotly_charts, vega_charts
from mlhooks.notebook_data.stores import judge_store
from mlhooks.notebook_data.table import SAMPLE_ROWS, Table, fit
from mlhooks.notebook_data.verdict import Verdict

_decoder = json.JSONDecoder()
_PLOTLY = lazy(r"Plotly\.(?:newPlot|react|plot)\(\s{0,40}[\"'][^\"']{0,100}[\"'],\s{0,40}(?=\[)")
_VEGA = lazy(r"vegaEmbed|vega-embed|vega\.github\.io|vegalite")
_DATASETS = lazy(r"\"datasets\"\s{0,10}:\s{0,10}(?=\{)|\"values\"\s{0,10}:\s{0,10}(?=\[\s{0,10}\{)")
_BOKEH = lazy(
    r"<script type=[\"']application/json[\"'][^<>]{0,200}>\s{0,40}(?=\{)|docs_json\s{0,4}=\s{0,4}[\"']?(?=\{)"
)
_ITABLE = lazy(
    r"[\"']?data_json[\"']?\s{0,4}[:=]\s{0,4}(?=\")"
    r"|(?:dt_args\[[\"']data[\"']\]\s{0,4}=|[\"']data[\"']\s{0,4}:|const data\s{0,4}=|createDataTable\(\{\s{0,4}data:)"
    r"\s{0,4}(?=\[\[)"
)
_MARKER = lazy(
    r"L\.(?:marker|circleMarker|circle)\(\s{0,40}\[\s{0,10}(-?\d{1,3}\.\d{1,20}),\s{0,10}(-?\d{1,3}\.\d{1,20})"
)
_GEOJSON = lazy(r"(?:geo_json\w{0,60}_add|L\.geoJSON|L\.geoJson)\(\s{0,10}(?=\{)")
_POPUP = lazy(
    r"\$\(`<div[^<>`]{0,300}>([^<>`]{1,300})</div>`\)|bindTooltip\(\s{0,40}`<div>\s{0,60}([^<>`]{1,300})</div>`"
)
_INNER = lazy(
    r"srcdoc=(\"[^\"]{20,}\"|'[^']{20,}')"
    r"|(?:data:text/html[^,\"'<>]{0,60};base64,|data-html=[\"']?)([A-Za-z0-9+/]{40,}={0,2})"
    r"|data-html=[\"']?(%3C[^\"'\s<>]{20,})"
)
_HEADERS = lazy(r"<th\b[^<>]{0,200}>([^<>]{0,100})")
_MAX_NESTED_PAGES = 2
_HEAD = 1 << 12
"""What is no JSON shows in its first characters, nearly always."""
_MAX_VAIN = 8
"""How often, on average, a character may be read in values that turn out to be no JSON."""


class Tangled(Exception):  # noqa: N818  # a verdict on a page, not a fault of ours
    """A page with so many beginnings of values that end nowhere that reading them all would take for ever."""


def script_verdicts(html: str, options: Options, depth: int = 0) -> Iterator[Verdict]:
    """The verdicts about the scripts of a page, and of pages inside it (`srcdoc`)."""
    try:
        for chart in _charts(html):
            yield from judge_chart(chart)
        for table in _interactive_tables(html):
            yield judge_store(table)
    except Tangled:
        yield tangled_verdict()
    if depth < _MAX_NESTED_PAGES and "<iframe" in html:
        for start, page in _inner_pages(html):
            for verdict in script_verdicts(page, options, depth + 1):
                yield verdict._replace(offset=start)


def tangled_verdict() -> Verdict:
    """What is said of a page that raises `Tangled`."""
    message = "scripts full of values without an end, which were not read to theirs. Clear the output."
    return Verdict(rules.UNJUDGED_OUTPUT, Level.WARNING, message, "tangled", ())


def values_after(mark: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], Any]]:
    """The JSON values that stand behind a mark, each with the match of its mark; what is no JSON is passed over.

    A mark inside a value that was read is part of it. Raises `Tangled` where this would take more than linear time.
    """
    end = 0
    left = _MAX_VAIN * (len(text) + (1 << 20))
    for match in mark.finditer(text):
        start = match.end()
        if match.start() < end or not _may_be_json(text[start : start + _HEAD]):
            continue
        try:
            value, end = _decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            left -= error.pos  # all before it is read again, to count the lines
        except (ValueError, RecursionError):
            left -= len(text)
        else:
            yield match, value
        if left < 0:
            raise Tangled


def _may_be_json(head: str) -> bool:
    """Whether a value that begins like this may be whole further on."""
    try:
        _decoder.raw_decode(head)
    except json.JSONDecodeError as error:
        return error.pos > _HEAD - 20 or error.msg.startswith("Unterminated string")
    except RecursionError:
        return False
    except ValueError:
        return True  # an integer of thousands of digits
    return True


def _inner_pages(html: str) -> Iterator[tuple[int, str]]:
    """Pages inside a page: escaped, or packed as base64 or in percent signs as older versions of folium did."""
    for match in _INNER.finditer(html):
        quoted, packed, percent = match.groups()
        if quoted:
            yield match.start(), unescape(quoted[1:-1])
        elif packed:
            yield match.start(), unpacked(packed)
        else:
            from urllib.parse import unquote

            yield match.start(), unquote(percent)


def _charts(html: str) -> Iterator[Chart]:
    if "Plotly." in html:
        for match, traces in values_after(_PLOTLY, html):
            if isinstance(traces, list):
                yield from (_at(chart, match.start()) for chart in plotly_charts({"data": traces}))
    if _VEGA.search(html):
        for match, value in values_after(_DATASETS, html):
            spec = {"datasets": value} if isinstance(value, dict) else {"values": value}
            yield from (_at(chart, match.start()) for chart in vega_charts(spec))
    if "bokeh" in html.lower() or "docs_json" in html:
        for match, value in values_after(_BOKEH, html):
            yield from (_at(chart, match.start()) for chart in _bokeh(value))
    if "L.map" in html or "leaflet" in html:
        yield from _map(html)


def _at(chart: Chart, offset: int) -> Chart:
    return chart._replace(table=chart.table._replace(offset=offset))


def bokeh_charts(value: Any) -> Iterator[Chart]:
    """The column data sources of a Bokeh document, version 2 or 3."""
    yield from _bokeh(value)


def _bokeh(value: Any, depth: int = 0) -> Iterator[Chart]:
    if depth > 60:
        return
    if isinstance(value, list):
        for item in value:
            yield from _bokeh(item, depth + 1)
        return
    if not isinstance(value, dict):
        return
    attributes = value.get("attributes")
    if "ColumnDataSource" in (value.get("name"), value.get("type")) and isinstance(attributes, dict):
        chart = _bokeh_source(attributes.get("data"))
        if chart is not None:
            yield chart
        return
    for item in value.values():
        if isinstance(item, dict | list):
            yield from _bokeh(item, depth + 1)


def _bokeh_source(data: Any) -> Chart | None:
    entries = data.get("entries") if isinstance(data, dict) else None
    pairs = (
        [tuple(entry) for entry in entries if isinstance(entry, list) and len(entry) == 2]
        if isinstance(entries, list)
        else (list(data.items()) if isinstance(data, dict) else [])
    )
    columns = [(str(name), column) for name, values in pairs for column in read_array(values)[:1]]
    if not columns:
        return None
    height = max(len(column.values) for _, column in columns)
    rows = tuple(
        tuple(column.values[row] if row < len(column.values) else "" for _, column in columns) for row in range(height)
    )
    table = Table(tuple(name for name, _ in columns), rows, max(column.size for _, column in columns), "Bokeh chart")
    return Chart(table, frozenset(range(len(columns))))


def _map(html: str) -> Iterator[Chart]:
    markers = list(_MARKER.finditer(html))
    popups = [" ".join((match[1] or match[2]).split()) for match in _POPUP.finditer(html)]
    if markers:
        rows = tuple(
            (match[1], match[2], popups[index] if index < len(popups) else "")
            for index, match in enumerate(markers[:SAMPLE_ROWS])
        )
        table = Table(("lat", "lon", "popup"), rows, len(markers), "map", offset=markers[0].start())
        yield Chart(table, frozenset((2,)))
    for match, value in values_after(_GEOJSON, html):
        from mlhooks.notebook_data.stores import stored_table

        features = stored_table("application/geo+json", value)
        if features is not None and len(features.headers) > 1:
            naming = frozenset(index for index, header in enumerate(features.headers) if header != "geometry")
            yield Chart(features._replace(source="map", offset=match.start()), naming)


def _interactive_tables(html: str) -> Iterator[Table]:
    if not any(word in html for word in ("DataTable", "ITable", "itables", "dt_args", "data_json")):
        return
    for match, found in values_after(_ITABLE, html):
        value = _parsed(found) if isinstance(found, str) else found  # the JSON stands in a text of JavaScript
        if not isinstance(value, list) or not value or not isinstance(value[0], list):
            continue
        rows = [[_cell(cell) for cell in row] for row in value[:SAMPLE_ROWS] if isinstance(row, list)]
        width = max((len(row) for row in rows), default=0)
        if width:
            headers = [unescape(name).strip() for name in _HEADERS.findall(html[:20000])][:width]
            headers += [""] * (width - len(headers))
            yield Table(tuple(headers), fit(rows, width), len(value), "an interactive table", offset=match.start())


def _cell(value: Any) -> str:
    """Interactive tables write numbers as pairs of display and value, Colab's as objects."""
    if isinstance(value, list) and value:
        return show(value[0])
    if isinstance(value, dict):
        return show(value.get("f", value.get("v", "")))
    return show(value)


def _parsed(text: str) -> Any:
    try:
        return _decoder.raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None
