"""Raw data or harmless: the decision about one table."""

from __future__ import annotations

from collections.abc import Sequence

from mlhooks.core.finding import Level, Options
from mlhooks.notebook_data import rules
from mlhooks.notebook_data.columns import Column, columns_of
from mlhooks.notebook_data.masking import safe_header
from mlhooks.notebook_data.personal import PersonalColumn, may_hold_people, personal_columns, weight_of
from mlhooks.notebook_data.results import is_results
from mlhooks.notebook_data.table import TEXT, Table
from mlhooks.notebook_data.verdict import Verdict
from mlhooks.notebook_data.vocabulary import DESCRIBE_LABELS, MEDIUM, STRONG

LARGE_ROWS = 100
"""A window on at least this many rows shows data, however few rows it shows."""
FREE_TEXT_ROWS = 20
"""Single columns and loose records count as data from here on."""
_FEW_ROWS = 2
_MAX_COLUMNS = 24
# What is told of everybody who is counted: in a table of counts it names nobody.
_OF_GROUPS = frozenset(("health", "special category", "income", "postcode"))


def judge(table: Table, options: Options) -> list[Verdict]:
    """The verdicts about a table: none when it is harmless."""
    if table.is_harmless or not table.rows or _is_summary(table):
        return []
    if table.is_series and table.size_rows < FREE_TEXT_ROWS and not may_hold_people(table):
        return []
    verdicts: list[Verdict] = []
    columns = columns_of(table)
    people = personal_columns(table, columns)
    weight = weight_of(people, table.shown_rows)
    if people and weight >= MEDIUM and not _is_about_groups(table, columns, people):
        verdicts.append(_personal(table, columns, people, weight))
    level = _raw_level(table, columns, people, options)
    if level is not None:
        verdicts.append(_raw(table, columns, people, level))
    return verdicts


def evidence_of(
    table: Table, columns: Sequence[Column], people: Sequence[PersonalColumn]
) -> tuple[tuple[str, str], ...]:
    """The masked outline of a table: its size, and name and kind of its columns."""
    personal = {column.position: column for column in people}
    pairs = [("table", f"{table.source}, {table.shape}")]
    # Columns about people first: a report shows only so many.
    order = sorted(range(len(columns)), key=lambda index: (index not in personal, index))
    for index in order[:_MAX_COLUMNS]:
        header, text = columns[index].header, columns[index].kind
        if index in personal:
            column = personal[index]
            text += f" · {column.family}, {column.values} in sight, {column.example}"
        pairs.append((f"column {safe_header(header)}", text))
    if len(order) > _MAX_COLUMNS:
        pairs.append(("more columns", str(len(order) - _MAX_COLUMNS)))
    if -1 in personal:
        pairs.append(("row labels", f"{personal[-1].family}, {personal[-1].values} in sight, {personal[-1].example}"))
    return tuple(pairs)


def _raw_level(
    table: Table, columns: Sequence[Column], people: Sequence[PersonalColumn], options: Options
) -> Level | None:
    if table.shown_rows <= _FEW_ROWS and not people:
        return None
    if is_results(table, columns):
        return None
    if any(column.is_masked for column in people):
        return Level.NOTE
    has_people = weight_of(people, table.shown_rows) >= MEDIUM
    if table.is_series:
        is_data = table.size_rows >= FREE_TEXT_ROWS and any(map(_is_free_text, columns))
        return Level.WARNING if is_data else None
    if table.shown_rows <= _FEW_ROWS and not has_people:
        return None
    is_long = table.shown_rows > int(options.get("max-rows", 4)) or table.size_rows >= LARGE_ROWS
    if is_long and (has_people or any(column.kind == TEXT for column in columns)):
        return Level.WARNING
    return None if has_people else Level.NOTE


def _is_about_groups(table: Table, columns: Sequence[Column], people: Sequence[PersonalColumn]) -> bool:
    return _OF_GROUPS.issuperset(column.family for column in people) and is_results(table, columns)


def _is_free_text(column: Column) -> bool:
    """Sentences, or at least values that do not repeat like the levels of a factor."""
    texts = column.texts if column.kind == TEXT else []
    return len(set(texts)) * 2 > len(texts) and sum(map(len, texts)) >= 8 * len(texts)


def _is_summary(table: Table) -> bool:
    written = "\n".join([*table.headers, *table.labels, *[row[0] for row in table.rows]]).lower()
    if "mean" not in written and "avg" not in written:
        return False
    labels = {label.strip().lower() for label in table.labels}
    firsts = {row[0].strip().strip("\"'").lower() for row in table.rows}
    headers = {header.lower() for header in table.headers}
    return (
        any({"mean", "std"} <= names & DESCRIBE_LABELS for names in (labels, firsts))
        or ({"mean", "std", "min", "max"} <= headers)
        or len((labels or firsts) & {"accuracy", "macro avg", "weighted avg", "micro avg"}) >= 2
    )


def _personal(table: Table, columns: Sequence[Column], people: Sequence[PersonalColumn], weight: int) -> Verdict:
    shown = [column for column in people if not column.is_masked]
    listed = ", ".join(
        f"{safe_header(column.header)} ({column.family}, {column.values} in sight, {column.example})"
        for column in shown[:4]
    )
    more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
    noun = "column" if len(shown) == 1 else "columns"
    return Verdict(
        rules.PERSONAL_DATA,
        Level.ERROR if weight >= STRONG else Level.WARNING,
        f"{table.source} of {table.shape} with {noun} about people: {listed}{more}. "
        "Take the columns out, or clear the output.",
        "people:" + ",".join(safe_header(column.header) for column in shown),
        evidence_of(table, columns, people),
        table.offset,
    )


def _raw(table: Table, columns: Sequence[Column], people: Sequence[PersonalColumn], level: Level) -> Verdict:
    texts = [safe_header(column.header) for column in columns if column.kind == TEXT]
    if level is Level.NOTE:
        kind = "short" if texts else "numbers only"
        message = f"{table.source} of {table.shape}: {kind}. Fine when it may be public."
        if any(column.is_masked for column in people):
            message = (
                f"{table.source} of {table.shape} with masked columns about people. Make sure that the mask holds."
            )
    else:
        listed = ", ".join(texts[:4]) + (f" and {len(texts) - 4} more" if len(texts) > 4 else "")
        detail = f" with text in {listed}" if texts else ""
        message = f"{table.source} shows {table.shape}{detail}. Clear the output, or show its shape instead."
    return Verdict(
        rules.DATAFRAME_OUTPUT,
        level,
        message,
        "table:" + ",".join(safe_header(header) for header in table.headers[:20]),
        evidence_of(table, columns, people),
        table.offset,
    )
