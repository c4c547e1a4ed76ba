"""The same data in other files: pages that notebooks are exported to, caches of Quarto and marimo, Zeppelin, Jupytext.

What a file is shows in its content. A page that came out of no notebook is somebody's web page, and left alone unless
it was named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any, NamedTuple

from mlhooks.core.files import File
from mlhooks.core.finding import Finding, Location, Options, Unscannable
from mlhooks.formats.jsontext import JsonText, Path
from mlhooks.formats.jsontext_lines import Lines
from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data.arrays import unpacked
from mlhooks.notebook_data.verdict import Verdict

_EXPORT = lazy(
    rb"jp-(?:Notebook|Cell|OutputArea)|nbconvert|output_subarea|class=[\"'][^\"']{0,80}(?:dataframe|gt_table|itables)|marimo|rnb-"
    rb"|pagedtable|cell-output|Plotly\.newPlot|vegaEmbed"
)
_EXECUTION = lazy(r"\"?executionInfo\"?\s{0,4}[=:]\s{0,4}(?=\{)")
_PRE = lazy(r"<pre\b[^<>]{0,500}>", re.IGNORECASE)
_TAG = lazy(r"<[^<>]{1,500}>")
_PAGED_TABLE = lazy(r"<script data-pagedtable-source[^<>]{0,200}>\s{0,40}(?=\{)")
_MARIMO_TABLE = lazy(r"<marimo-table\b[^<>]{0,4000}?\bdata-data=(?:'([^']*)'|\"([^\"]*)\")")
# A page keeps what the folder `__marimo__` keeps of a session.
_MARIMO_SESSION = lazy(r"\"session\"\s{0,4}:\s{0,4}(?=\{)")
_R_OUTPUT = lazy(r"<!-- rnb-output-begin ([A-Za-z0-9+/=]{8,})")
_MAX_PRE = 1 << 20
_decoder = json.JSONDecoder()


class Spot(NamedTuple):
    """A verdict, the offset in the text of the file it stands at, and the place as a person would say it."""

    verdict: Verdict
    offset: int
    where: str


def check_export(file: File, options: Options) -> Iterator[Finding]:
    """The findings in a file that is no notebook. Raises `Unscannable` for a cache that cannot be read."""
    data = file.read()
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"{" and not file.name.endswith((".py", ".md")):
        yield from _check_json(file, options)
    elif start == b"<" and (file.named or _EXPORT.search(data)):
        text = file.text(fallback="latin-1")
        yield from _findings(file, text, _page(text, options))
    elif b"executionInfo" in data:
        text = file.text(fallback="latin-1")
        yield from _findings(file, text, _jupytext(text))


def _findings(file: File, text: str, spots: Iterator[Spot]) -> Iterator[Finding]:
    lines = Lines(text, [])
    seen: set[tuple[str, int, str]] = set()
    for verdict, offset, where in spots:
        if (verdict.rule.id, offset, where) in seen:
            continue
        seen.add((verdict.rule.id, offset, where))
        location = Location(lines.line(offset), lines.column(offset), where)
        yield Finding(
            verdict.rule, file.path, verdict.message, location, verdict.subject, verdict.level, verdict.evidence
        )


def _page(html: str, options: Options) -> Iterator[Spot]:
    """An HTML page: its tables, its scripts, and what it prints."""
    from mlhooks.notebook_data.outputs import html_verdicts
    from mlhooks.notebook_data.pages import Tangled, tangled_verdict
    from mlhooks.notebook_data.prose import text_verdicts

    for verdict in html_verdicts(html, options):
        yield Spot(verdict, verdict.offset, "")
    end = 0
    for opening in _PRE.finditer(html):
        if opening.start() < end:
            continue  # one inside another
        end = html.find("</pre", opening.end())
        if end < 0:
            break
        printed = unescape(_TAG.sub("", html[opening.end() : min(end, opening.end() + _MAX_PRE)]))
        for verdict in text_verdicts(printed, options):
            yield Spot(verdict, opening.start(), "")
    try:
        yield from _stored(html, options)
    except Tangled:
        yield Spot(tangled_verdict(), 0, "")


def _stored(html: str, options: Options) -> Iterator[Spot]:
    """Rows that R Markdown and marimo keep as JSON in their pages."""
    from mlhooks.notebook_data.pages import values_after
    from mlhooks.notebook_data.prose import text_verdicts
    from mlhooks.notebook_data.stores import judge_store, stored_rows

    for match, value in values_after(_PAGED_TABLE, html):
        rows = value.get("data") if isinstance(value, dict) else None
        table = stored_rows(rows, "an R Markdown table") if isinstance(rows, list) else None
        if table is not None:
            yield Spot(judge_store(table), match.start(), "")
    for match, session in values_after(_MARIMO_SESSION, html) if "__MARIMO_" in html else ():
        for spot in _session(session, options) if isinstance(session, dict) else ():
            yield spot._replace(offset=match.start())
    for match in _MARIMO_TABLE.finditer(html):
        rows = _marimo_rows(unescape(match[1] or match[2] or ""))
        table = stored_rows(rows, "a marimo table") if rows else None
        if table is not None:
            yield Spot(judge_store(table), match.start(), "")
    for match in _R_OUTPUT.finditer(html):
        value = _read(unpacked(match[1]), 0)
        if isinstance(value, dict) and isinstance(value.get("data"), str):
            for verdict in text_verdicts(value["data"], options):
                yield Spot(verdict, match.start(), "")


def _session(session: dict[str, Any], options: Options) -> Iterator[Spot]:
    """The outputs of a session that stands in a page."""
    from mlhooks.notebook_data.prose import text_verdicts

    for path, where, kind in _texts_of_session(session):
        text = _at(session, path)
        if not isinstance(text, str):
            continue
        if kind == "html":
            yield from (spot._replace(where=where) for spot in _page(text, options))
        else:
            yield from (Spot(verdict, 0, where) for verdict in text_verdicts(text, options))


def _marimo_rows(attribute: str) -> list[Any]:
    """The rows of a marimo table: JSON, JSON in a text, or a `data:` address with CSV or JSON in base64."""
    value = _read(attribute, 0)
    if isinstance(value, str) and value.startswith("data:") and ";base64," in value[:80]:
        kind, _, packed = value.partition(";base64,")
        text = unpacked(packed)
        if "csv" in kind:
            import csv

            return list(csv.DictReader(text.splitlines()[:2000]))
        value = _read(text, 0)
    elif isinstance(value, str):
        value = _read(value, 0)
    return value if isinstance(value, list) else []


def _read(text: str, start: int) -> Any:
    try:
        return _decoder.raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        return None


# `# %% ...`, `# + ...`, a fence of Markdown, an HTML comment.
_CELL_HEADER = re.compile(r"[ \t]*(?:(?:#|//|--|;+|%)[ \t]*(?:%%|\+)|`{3,}|<!-- #)")


def _jupytext(text: str) -> Iterator[Spot]:
    """Cell headers of a notebook kept as text: Jupytext writes Colab's user into them."""
    from mlhooks.notebook_data.surroundings import people_in

    start = 0
    for line in text.split("\n"):
        # Other lines are only about such metadata.
        match = _EXECUTION.search(line) if "executionInfo" in line and _CELL_HEADER.match(line) else None
        if match is not None:
            for entry in people_in({"executionInfo": _read(line, match.end())}, (), ""):
                yield Spot(entry.verdict, start + match.start(), "cell header")
        start += len(line) + 1


def _check_json(file: File, options: Options) -> Iterator[Finding]:
    path = "/" + file.path
    is_cache = "/_freeze/" in path or "/__marimo__/" in path or path.endswith(".zpln")
    try:
        document = JsonText(file.text())
    except Unscannable:
        if is_cache:
            raise
        return  # some other tool's file
    value = document.value
    if "cells" in value or "worksheets" in value:
        from mlhooks.notebook_data.scan import check_notebook

        if "/__marimo__/" not in path:
            yield from check_notebook(file, options)
            return
        spots = _texts_of_session(value)
    elif isinstance(value.get("paragraphs"), list):
        spots = _texts_of_zeppelin(value["paragraphs"])
    elif isinstance(value.get("result"), dict) and "markdown" in value["result"]:
        spots = iter([(("result", "markdown"), "page", "markdown")])
    else:
        return
    yield from _findings(file, document.text, _judged(document, spots, options))


def _judged(document: JsonText, texts: Iterator[tuple[Path, str, str]], options: Options) -> Iterator[Spot]:
    """Judge the texts at some paths of a document; each comes with its kind: html, table, markdown or text."""
    from mlhooks.notebook_data.prose import text_verdicts
    from mlhooks.notebook_data.records import value_verdicts

    for path, where, kind in texts:
        text = _at(document.value, path)
        if not isinstance(text, str):
            continue
        spots: list[Spot] = []
        if kind in ("html", "markdown"):
            spots += _page(text, options)
        if kind == "table":
            spots += (Spot(verdict, 0, "") for verdict in value_verdicts("text/tab-separated-values", text, options))
        elif kind != "html":
            spots += (Spot(verdict, verdict.offset, "") for verdict in text_verdicts(text, options))
        for spot in spots:
            yield Spot(spot.verdict, document.string_offset(path, spot.offset), where)


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _texts_of_zeppelin(paragraphs: list[Any]) -> Iterator[tuple[Path, str, str]]:
    for number, paragraph in enumerate(paragraphs):
        results = paragraph.get("results") or paragraph.get("result") if isinstance(paragraph, dict) else None
        key = "results" if isinstance(paragraph, dict) and paragraph.get("results") else "result"
        messages = results.get("msg") if isinstance(results, dict) else None
        for index, message in enumerate(messages if isinstance(messages, list) else ()):
            if isinstance(message, dict) and "data" in message:
                kind = str(message.get("type", "TEXT")).lower()
                where = f"paragraph {number + 1}, result {index + 1}"
                yield ("paragraphs", number, key, "msg", index, "data"), where, kind


def _texts_of_session(value: dict[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """What marimo keeps of a session: outputs and console of every cell."""
    cells = value.get("cells")
    for number, cell in enumerate(cells if isinstance(cells, list) else ()):
        for part in ("outputs", "console"):
            outputs = cell.get(part) if isinstance(cell, dict) else None
            for index, output in enumerate(outputs if isinstance(outputs, list) else ()):
                base = ("cells", number, part, index)
                where = f"cell {number + 1}, {part.rstrip('s')} {index + 1}"
                data = output.get("data") if isinstance(output, dict) else None
                for mime in data if isinstance(data, dict) else ():
                    yield (*base, "data", mime), where, "html" if "html" in mime else "text"
                if isinstance(output, dict) and isinstance(output.get("text"), str):
                    yield (*base, "text"), where, "text"
