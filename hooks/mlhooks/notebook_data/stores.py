"""Tables that viewers store as JSON: table schema, Deepnote, VS Code, Colab, Databricks, Synapse, GeoJSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from mlhooks.core.finding import Level
from mlhooks.notebook_data import rules
from mlhooks.notebook_data.arrays import show
from mlhooks.notebook_data.charts import table_of_records
from mlhooks.notebook_data.columns import columns_of
from mlhooks.notebook_data.judge import evidence_of
from mlhooks.notebook_data.personal import personal_columns, weight_of
from mlhooks.notebook_data.table import SAMPLE_ROWS, Table, fit
from mlhooks.notebook_data.verdict import Verdict
from mlhooks.notebook_data.vocabulary import MEDIUM

DATABRICKS_OUTPUT = "application/vnd.databricks.v1+output"
_COLAB_FRAME = "application/vnd.google.colaboratory.intrinsic+json"


def judge_store(table: Table) -> Verdict:
    """The verdict about a stored table. A reader does not see it, so neither its size nor its kind excuses it."""
    columns = columns_of(table)
    people = personal_columns(table, columns)
    named = ", with data about people" if weight_of(people, table.shown_rows) >= MEDIUM else ""
    return Verdict(
        rules.EMBEDDED_TABLE,
        Level.ERROR,
        f"{table.source} stores {table.shape}{named}, out of sight of a reader. Clear the output.",
        f"stored:{table.source}:{len(table.headers)}",
        evidence_of(table, columns, people),
        table.offset,
    )


def is_store(mime: str) -> bool:
    """Whether a MIME type is known to store tables."""
    return any(re.match(pattern, mime) for pattern, _ in _READERS)


def stored_table(mime: str, value: Any) -> Table | None:
    """The table that a MIME type of a viewer stores; None when it stores none."""
    for pattern, reader in _READERS:
        if re.match(pattern, mime):
            return reader(value)
    return None


def databricks_table(value: Any) -> Table | None:
    """Databricks' entry in the metadata of an output: every displayed row."""
    if not isinstance(value, dict):
        return None
    return _rows_and_columns(value.get("data"), value.get("schema"), "Databricks' metadata")


def synapse_tables(value: Any) -> list[tuple[str, Table]]:
    """Synapse's and Fabric's widget state in the metadata of a notebook: key and rows of every displayed frame."""
    state = value.get("state") if isinstance(value, dict) else None
    found = []
    for key, widget in state.items() if isinstance(state, dict) else ():
        sync = widget.get("sync_state") if isinstance(widget, dict) else None
        shown = sync.get("table") if isinstance(sync, dict) else None
        if isinstance(shown, dict):
            columns = shown.get("schema") or shown.get("columns")
            table = _rows_and_columns(shown.get("rows"), columns, "Synapse's widget state")
            if table is not None:
                found.append((str(key), table))
    return found


def stored_rows(rows: list[Any], source: str) -> Table | None:
    """Rows as lists or objects, as grids keep them."""
    return _rows_and_columns(rows, None, source)


def _data_resource(value: Any) -> Table | None:
    if not isinstance(value, dict):
        return None
    schema = value.get("schema")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    return _rows_and_columns(value.get("data"), fields, "a table schema output")


def _deepnote(value: Any) -> Table | None:
    if not isinstance(value, dict):
        return None
    table = _rows_and_columns(value.get("rows_top") or value.get("rows"), value.get("columns"), "a Deepnote table")
    return table and table._replace(total_rows=_count(value.get("row_count")))


def _data_wrangler(value: Any) -> Table | None:
    if not isinstance(value, dict):
        return None
    table = _rows_and_columns(value.get("rows"), value.get("columns"), "VS Code's data viewer")
    shape = value.get("shape")
    return table and table._replace(total_rows=_count(shape.get("rows")) if isinstance(shape, dict) else None)


def _colab_frame(value: Any) -> Table | None:
    """Colab's summary: samples and extremes of every column."""
    if not isinstance(value, dict) or value.get("type") != "dataframe":
        return None
    summary = value.get("summary")
    try:
        parsed = json.loads(summary) if isinstance(summary, str) else summary
    except (ValueError, RecursionError):
        parsed = None
    fields = parsed.get("fields") if isinstance(parsed, dict) else None
    columns: list[tuple[str, list[Any]]] = []
    for field in fields if isinstance(fields, list) else ():
        properties = field.get("properties") if isinstance(field, dict) else None
        samples = properties.get("samples") if isinstance(properties, dict) else None
        columns.append(
            (str(field.get("column", "")), samples if isinstance(samples, list) else [])
            if isinstance(field, dict)
            else ("", [])
        )
    if not columns:
        return None
    height = max(len(samples) for _, samples in columns)
    rows = [[show(samples[row]) if row < len(samples) else "" for _, samples in columns] for row in range(height)]
    total = _count(parsed.get("rows")) if isinstance(parsed, dict) else None
    return Table(
        tuple(name for name, _ in columns),
        fit(rows, len(columns)),
        height,
        "Colab's summary of a frame",
        total_rows=total,
    )


def _geojson(value: Any) -> Table | None:
    features = value.get("features") if isinstance(value, dict) else None
    if not isinstance(features, list):
        return None
    records = []
    for feature in features[:SAMPLE_ROWS]:
        if isinstance(feature, dict):
            geometry, properties = feature.get("geometry"), feature.get("properties")
            place = geometry.get("coordinates") if isinstance(geometry, dict) else None
            records.append({**(properties if isinstance(properties, dict) else {}), "geometry": place})
    table = table_of_records(records, "GeoJSON")
    return table and table._replace(shown_rows=len(features))


def _rows_and_columns(rows: Any, columns: Any, source: str) -> Table | None:
    """Rows as lists or objects, columns as texts or objects with a name; the columns may be missing."""
    if isinstance(rows, dict):  # column by column
        lists = {str(name): values for name, values in rows.items() if isinstance(values, list)}
        height = max((len(values) for values in lists.values()), default=0)
        rows = [
            {name: values[row] for name, values in lists.items() if row < len(values)}
            for row in range(min(height, SAMPLE_ROWS))
        ]
        table = table_of_records(rows, source)
        return table and table._replace(shown_rows=height)
    if not isinstance(rows, list) or not rows:
        return None
    if isinstance(rows[0], dict):
        return table_of_records(rows, source)
    names = [_name(column) for column in columns] if isinstance(columns, list) else []
    sample = [row for row in rows[:SAMPLE_ROWS] if isinstance(row, list)]
    width = max((len(row) for row in sample), default=0)
    if not width:
        return None
    body = fit(([show(cell) for cell in row] for row in sample), width)
    return Table((*names, *[""] * width)[:width], body, len(rows), source)


def _name(column: Any) -> str:
    if isinstance(column, dict):
        return show(column.get("name", column.get("key", "")))
    return show(column)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 10**15 else None


_READERS: tuple[tuple[str, Callable[[Any], Table | None]], ...] = (
    (r"application/vnd\.(?:dataresource\+json|dex\.v\d+\+json)", _data_resource),
    (r"application/vnd\.deepnote\.dataframe\.", _deepnote),
    (r"application/vnd\.microsoft\.datawrangler\.", _data_wrangler),
    (re.escape(_COLAB_FRAME), _colab_frame),
    (r"application/(?:vnd\.)?geo\+json", _geojson),
)
