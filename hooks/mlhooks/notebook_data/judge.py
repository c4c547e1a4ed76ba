"""Raw data or harmless: the decision about one table."""

from __future__ import annotations

from mlhooks.core.finding import Level, Options
from mlhooks.notebook_data import rules
from mlhooks.notebook_data.masking import safe_header
from mlhooks.notebook_data.personal import PersonalColumn, personal_columns, weight_of
from mlhooks.notebook_data.table import EMPTY, TEXT, Table, column_kind, kind_of
from mlhooks.notebook_data.verdict import Verdict
from mlhooks.notebook_data.vocabulary import DESCRIBE_LABELS, MEDIUM, MODEL_COLUMNS, STRONG, is_metric, words

LARGE_ROWS = 100
"""A window on at least this many rows shows data, however few rows it shows."""
FREE_TEXT_ROWS = 20
"""Single columns and loose records count as data from here on."""
_FEW_ROWS = 2
_COUNT_WORDS = frozenset(
    ("count", "counts", "proportion", "freq", "frequency", "n", "size", "total", "percent", "percentage", "share")
)
_TEXT_TYPES = ("str", "object", "cat", "enum", "varchar", "chr", "utf8", "fct", "text")


def judge(table: Table, options: Options) -> list[Verdict]:
    """The verdicts about a table: none when it is harmless."""
    verdicts: list[Verdict] = []
    kinds = tuple(_kind(table, index) for index in range(len(table.headers)))
    people = personal_columns(table)
    weight = weight_of(people, table.shown_rows)
    if people and weight >= MEDIUM and not (table.is_harmless or _is_summary(table)):
        verdicts.append(_personal(table, kinds, people, weight))
    level = _raw_level(table, kinds, people, options)
    if level is not None:
        verdicts.append(_raw(table, kinds, people, level))
    return verdicts


def evidence_of(table: Table, kinds: tuple[str, ...], people: list[PersonalColumn]) -> tuple[tuple[str, str], ...]:
    """The masked outline of a table: its size, and name and kind of its columns."""
    personal = {column.position: column for column in people}
    pairs = [("table", f"{table.source}, {table.shape}")]
    for index, header in enumerate(table.headers[:30]):
        text = kinds[index]
        if index in personal:
            column = personal[index]
            text += f" · {column.family}, {column.values} in sight, {column.example}"
        pairs.append((f"column {safe_header(header)}", text))
    if len(table.headers) > 30:
        pairs.append(("more columns", str(len(table.headers) - 30)))
    if -1 in personal:
        pairs.append(("row labels", f"{personal[-1].family}, {personal[-1].values} in sight, {personal[-1].example}"))
    return tuple(pairs)


def column_kinds(table: Table) -> tuple[str, ...]:
    return tuple(_kind(table, index) for index in range(len(table.headers)))


def is_results(table: Table) -> bool:
    """Whether a table holds results rather than records: metrics, a summary, a correlation, counts, predictions."""
    if table.is_harmless or _is_summary(table):
        return True
    named = [header for header in table.headers if words(header)]
    if _is_square(table):
        return True
    if len(named) * 2 < len(table.headers):
        return False
    if sum(map(is_metric, named)) * 5 >= len(named) * 4:
        return True
    if all(header in MODEL_COLUMNS for header in named):
        return True
    return _is_counts(table)


def _raw_level(table: Table, kinds: tuple[str, ...], people: list[PersonalColumn], options: Options) -> Level | None:
    if is_results(table) or not table.rows:
        return None
    if any(column.is_masked for column in people):
        return Level.NOTE
    has_people = weight_of(people, table.shown_rows) >= MEDIUM
    if table.is_series:
        is_data = table.size_rows >= FREE_TEXT_ROWS and _has_free_text(table, kinds)
        return Level.WARNING if is_data else None
    if table.shown_rows <= _FEW_ROWS and not has_people:
        return None
    is_long = table.shown_rows > int(options.get("max-rows", 4)) or table.size_rows >= LARGE_ROWS
    if is_long and (TEXT in kinds or has_people):
        return Level.WARNING
    return None if has_people else Level.NOTE


def _kind(table: Table, index: int) -> str:
    kind = column_kind(table.column(index))
    if kind == EMPTY and index < len(table.types) and table.types[index].strip("<>").lower().startswith(_TEXT_TYPES):
        return EMPTY
    return kind


def _has_free_text(table: Table, kinds: tuple[str, ...]) -> bool:
    """Sentences, or at least values that do not repeat like the levels of a factor."""
    for index, kind in enumerate(kinds):
        if kind != TEXT:
            continue
        values = [value for value in table.column(index) if kind_of(value) == TEXT]
        if len(set(values)) * 2 > len(values) and sum(map(len, values)) >= 8 * len(values):
            return True
    return False


def _is_summary(table: Table) -> bool:
    labels = {label.strip().lower() for label in table.labels}
    firsts = {row[0].strip().strip("\"'").lower() for row in table.rows}
    headers = {header.lower() for header in table.headers}
    return (
        any({"mean", "std"} <= names & DESCRIBE_LABELS for names in (labels, firsts))
        or ({"mean", "std", "min", "max"} <= headers)
        or len((labels or firsts) & {"accuracy", "macro avg", "weighted avg", "micro avg"}) >= 2
    )


def _is_square(table: Table) -> bool:
    """A correlation or confusion matrix: the rows are called as the columns are."""
    headers = [header for header in table.headers if words(header) and header != "All"]
    labels = [label for label in table.labels if words(label) and label != "All"]
    if len(headers) < 2 or not labels:
        return False
    return len(set(headers) & set(labels)) * 5 >= min(len(headers), len(labels)) * 4


def _is_counts(table: Table) -> bool:
    """Counted values: one column of distinct words, one of numbers that is called a count."""
    if len(table.headers) > 3:
        return False
    counted = [
        index for index, header in enumerate(table.headers) if words(header) and _COUNT_WORDS & set(words(header)[-1:])
    ]
    others = [index for index in range(len(table.headers)) if index not in counted]
    if not counted or len(others) > 2 - bool(table.labels):
        return False
    return all(len(set(table.column(index))) == len(table.rows) for index in others)


def _personal(table: Table, kinds: tuple[str, ...], people: list[PersonalColumn], weight: int) -> Verdict:
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
        evidence_of(table, kinds, people),
        table.offset,
    )


def _raw(table: Table, kinds: tuple[str, ...], people: list[PersonalColumn], level: Level) -> Verdict:
    texts = [safe_header(header) for header, kind in zip(table.headers, kinds, strict=True) if kind == TEXT]
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
        evidence_of(table, kinds, people),
        table.offset,
    )
