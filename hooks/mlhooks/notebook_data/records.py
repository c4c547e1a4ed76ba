"""Records that were printed: lists of dicts and tuples, JSON, JSON lines, CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from mlhooks.core.finding import Options
from mlhooks.formats.notebook import join
from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data.charts import table_of_records
from mlhooks.notebook_data.judge import judge
from mlhooks.notebook_data.stores import judge_store
from mlhooks.notebook_data.table import NUMBER, SAMPLE_ROWS, TEXT, Table, fit, kind_of
from mlhooks.notebook_data.verdict import Verdict

_MIN_RECORDS = 5
# A literal as Python and JSON print it: text, a call such as Timestamp('...'), a number or a word.
_PAIR = lazy(
    r"""['"](?P<key>[^'"\n]{1,80})['"]\s{0,4}:\s{0,20}(?P<value>'(?:[^'\\\n]|\\.){0,2000}'|"(?:[^"\\\n]|\\.){0,2000}"|[\w.]{1,40}\([^()\n]{0,200}\)|[-\w.+]{1,60})"""
)
_ROW_PAIR = lazy(
    r"(?P<key>\w{1,80})=(?P<value>'(?:[^'\\\n]|\\.){0,2000}'|\"(?:[^\"\\\n]|\\.){0,2000}\"|[\w.]{1,40}\([^()\n]{0,200}\)|[-\w.+]{1,60})"
)
_ITEM = lazy(r"""'(?:[^'\\\n]|\\.){0,2000}'|"(?:[^"\\\n]|\\.){0,2000}"|[\w.]{1,40}\([^()\n]{0,200}\)|[-\w.+]{1,60}""")
_TUPLE = lazy(r"\(([^()\n]{3,4000})\)")
_LIST = lazy(r"\[([^\[\]]{3,4000})\]")
_OPENING_CALL = lazy(r"\b[A-Z]\w{0,40}\(")
_CALL = lazy(r"\b[A-Z]\w{0,40}\((?=\w{1,80}=)")
# Columns as lists: `{'name': ['...', '...'], ...}`; and as objects: `{"name": {"0": "...", "1": ...}, ...}`.
_COLUMN = lazy(r"""['"](?P<key>[^'"\n]{1,80})['"]\s{0,4}:\s{0,20}\[(?P<items>[^\[\]{}]{3,20000})\]""")
_KEY_OF_OBJECT = lazy(r"""['"]([^'"\n]{1,80})['"]\s{0,4}:\s{0,20}\{\s{0,200}$""")
_OPENINGS = ("[(", "((", "[[")
_CSV_LINE = lazy(r"[^,;\t\n]*(?:[,;\t][^,;\t\n]*){1,200}")


def value_verdicts(mime: str, value: Any, options: Options) -> Iterator[Verdict]:
    """The verdicts about a value that is data by its MIME type."""
    if mime in ("text/csv", "text/tab-separated-values"):
        table = _csv(join(value), min_rows=1)
        if table is not None:
            yield judge_store(table._replace(source="a CSV output"))
        return
    yield from _json(value, options, 0)


def record_tables(text: str) -> Iterator[Table]:
    """The records of a printed text: at most one table each of objects, Rows and tuples, and CSV blocks."""
    if "{" in text and ":" in text:
        table = _from_pairs(_PAIR.finditer(text), text, "records", _braces)
        if table is not None:
            yield table
        table = _lists(text)
        if table is not None:
            yield table
    if "=" in text and _CALL.search(text):
        table = _from_pairs(_ROW_PAIR.finditer(text), text, "Spark rows" if "Row(" in text else "records", _rows)
        if table is not None:
            yield table
    opening = text.lstrip().removeprefix("array(")[:2]
    if opening in _OPENINGS:
        table = _tuples(text, _LIST if opening == "[[" else _TUPLE)
        if table is not None:
            yield table
    elif "," in text or "\t" in text or ";" in text:
        table = _csv(text, min_rows=_MIN_RECORDS)
        if table is not None:
            yield table


def _json(value: Any, options: Options, depth: int) -> Iterator[Verdict]:
    if depth > 6:
        return
    if isinstance(value, list) and len(value) >= 1 and isinstance(value[0], dict):
        table = table_of_records(value, "JSON records")
        if table is not None:
            yield from judge(table._replace(is_series=True), options)
    elif isinstance(value, dict):
        for item in list(value.values())[:200]:
            if isinstance(item, dict | list):
                yield from _json(item, options, depth + 1)
    elif isinstance(value, list) and value and isinstance(value[0], list):
        body = [row for row in value[:SAMPLE_ROWS] if isinstance(row, list)]
        width = max(len(row) for row in body)
        if width:
            cells = fit(([str(cell)[:400] for cell in row] for row in body), width)
            yield from judge(Table(("",) * width, cells, len(value), "JSON rows", is_series=True), options)


def _braces(text: str, start: int, end: int) -> bool:
    return "{" in text[start:end]


def _rows(text: str, start: int, end: int) -> bool:
    return _OPENING_CALL.search(text, start, end) is not None


def _lists(text: str) -> Table | None:
    """Columns as lists, told by name: a table on its side."""
    columns = [(match["key"], _ITEM.findall(match["items"])) for match in islice(_COLUMN.finditer(text), SAMPLE_ROWS)]
    height = min(max((len(items) for _, items in columns), default=0), SAMPLE_ROWS)
    if not height:
        return None
    rows = fit([[item.strip("'\"") for item in items] for _, items in columns], height)
    labels = tuple(key for key, _ in columns)
    return Table(("",) * height, rows, len(columns), "columns as lists", labels=labels, is_series=True)


def _from_pairs(pairs: Iterator[re.Match[str]], text: str, source: str, opens: Any) -> Table | None:
    """Records from `key: value` pairs; `opens` says whether a new record starts between two pairs."""
    records: list[dict[str, str]] = []
    labels: list[str] = []
    count = 0
    first = end = 0
    for pair in pairs:
        if opens(text, end, pair.start()):
            count += 1
            if len(records) < SAMPLE_ROWS:
                records.append({})
                label = _KEY_OF_OBJECT.search(text[max(end, pair.start() - 300) : pair.start()])
                labels.append(label[1] if label else "")
            first = first or max(pair.start(), 1)
        if records and count <= SAMPLE_ROWS:
            records[-1].setdefault(pair["key"], pair["value"].strip("'\""))
        end = pair.end()
    if not records:
        return None
    keys = records[0].keys()
    named = [(record, label) for record, label in zip(records, labels, strict=True) if record.keys() == keys]
    alike = [record for record, _ in named]
    if len(alike) * 5 < len(records) * 4:
        return None
    body = tuple(tuple(record[key] for key in keys) for record in alike)
    above = tuple(label for _, label in named) if all(labels) else ()
    return Table(tuple(keys), body, count, source, labels=above, offset=first, is_series=True)


def _tuples(text: str, pattern: re.Pattern[str]) -> Table | None:
    rows: list[list[str]] = []
    count = 0
    for match in pattern.finditer(text):
        count += 1
        if len(rows) < SAMPLE_ROWS:
            rows.append([item.strip("'\"") for item in _ITEM.findall(match[1])])
    if (
        count < _MIN_RECORDS
        or (pattern is _LIST and "'" not in text and '"' not in text)
        or len({len(row) for row in rows}) > 2
    ):
        return None
    width = max(len(row) for row in rows)
    if width < 2:
        return None
    # Pairs of a word and a number are a ranking: `Counter.most_common`, importances of features.
    is_ranking = width == 2 and all(NUMBER in {kind_of(cell) for cell in row} for row in rows)
    return Table(("",) * width, fit(rows, width), count, "tuples", is_series=True, is_harmless=is_ranking)


def _csv(text: str, *, min_rows: int) -> Table | None:
    """Comma-, semicolon- or tab-separated lines of one width, with or without names on top."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) <= min_rows:
        return None
    # An index has no name: pandas writes nothing before the first comma.
    lines[0] = "index" + lines[0] if lines[0][:1] in ",;\t" else lines[0]
    separator = max(",;\t", key=lines[0].count)
    width = lines[0].count(separator) + 1
    if width < 2 or (separator == "," and lines[0][:1] in "[({"):
        return None
    body = lines[1 : SAMPLE_ROWS + 1]
    alike = [line for line in body if abs(line.count(separator) + 1 - width) <= ('"' in line) * 3]
    if len(alike) * 10 < len(body) * 9 or not all(_CSV_LINE.match(line) for line in alike):
        return None
    # In prose and logs a blank follows a comma; in CSV hardly ever.
    if sum(f"{separator} " in line for line in body) * 10 > len(body):
        return None
    import csv

    try:
        rows = list(csv.reader([lines[0], *alike], delimiter=separator))
    except csv.Error:
        return None
    header = [name.strip() for name in rows[0]]
    # Prose has commas too: names of columns are short and differ.
    if len(set(header)) < len(header) or not all(map(_is_column_name, header)):
        return None
    if any(_letters(name) == _letters(value) for name, value in zip(header, rows[1], strict=False) if _letters(value)):
        return None  # `epoch 1,lr 3`: the first line is one of many
    return Table(tuple(header), fit(rows[1:], width), len(lines) - 1, "CSV text")


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)


def _is_column_name(name: str) -> bool:
    return len(name) <= 40 and kind_of(name) == TEXT and name.count(" ") <= 3 and not re.search(r"\d\.\d|: |:$", name)
