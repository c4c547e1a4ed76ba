"""Tables of results, which notebooks are for: metrics, comparisons, correlations, counts, groups, schemas."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data.columns import Column
from mlhooks.notebook_data.table import EMPTY, FLAG, NUMBER, TEXT, Table
from mlhooks.notebook_data.vocabulary import (
    FEATURES,
    LEGENDS,
    MEASURES,
    MODEL_COLUMNS,
    RUN_PREFIXES,
    SUBJECTS,
    is_metric,
)

_COUNT_WORDS = frozenset(
    ("count", "counts", "proportion", "freq", "frequency", "n", "size", "total", "percent", "percentage", "share")
)
_FIGURES = frozenset((NUMBER, FLAG, EMPTY))
_SENTENCE_BLANKS = 3
# Types of columns as SQL, pandas, polars and Spark write them, without what stands in brackets.
_TYPE_NAME = lazy(
    r"(?i:(?:u?(?:tiny|small|big|huge|medium)?int(?:eger)?|float|double|real|decimal|numeric|string|utf|object|complex)"
    r"(?:[\d_]{0,3})(?: precision)?|(?:n?(?:var)?char|character varying|text|category|categorical"
    r"|date(?:time)?(?:64|32)?|time(?:stamp|delta)?(?:64)?|duration|interval|bool(?:ean)?|bit|binary|bytea|blob|json|jsonb|uuid|array|list|struct"
    r"|map|long|short|byte|number|enum)[\w ]{0,12})(?:[\[(<].{0,200})?"
)


def is_results(table: Table, columns: Sequence[Column]) -> bool:
    """Whether a table holds results rather than records: metrics, a correlation, counts, predictions."""
    if _is_square(table, columns):
        return True
    named = [column for column in columns if column.words]
    if len(named) * 2 >= len(columns):
        if sum([is_metric(column.words) and not _is_prose(column) for column in named]) * 5 >= len(named) * 4:
            return True
        if all(column.header in MODEL_COLUMNS for column in named) or _is_counts(table, columns):
            return True
    # Tables of numbers only are not read any closer: they are a note at most.
    return any(column.kind == TEXT for column in columns) and (
        any(column.header.lower().startswith(RUN_PREFIXES) for column in columns)
        or _is_measured(columns)
        or _is_legend(columns)
        or _is_schema(columns)
        or _is_grid(table, columns)
    )


def _is_square(table: Table, columns: Sequence[Column]) -> bool:
    """A correlation or confusion matrix: the rows are called as the columns are."""
    headers = {column.header for column in columns if column.words and column.header != "All"}
    labels = {label for label in table.labels if label != "All"}
    if len(headers) < 2 or headers.isdisjoint(labels):
        return False
    return len(headers & labels) * 5 >= min(len(headers), len(labels)) * 4


def _is_counts(table: Table, columns: Sequence[Column]) -> bool:
    """Counted values: one column that is called a count, and distinct words, or words in all sorts of combinations."""
    if len(columns) > 4:
        return False
    others = [index for index, column in enumerate(columns) if not _COUNT_WORDS.intersection(column.words[-1:])]
    if len(others) == len(columns) or len(others) > 2 + (not table.labels):
        return False
    if any(_is_prose(columns[index]) for index in others):
        return False
    height = len(table.rows)
    sizes = [len(set(table.column(index))) for index in others]
    if all(size == height for size in sizes):
        return len(others) <= 2 - bool(table.labels)
    are_levels = all(size * 2 <= height for size in sizes)
    return are_levels and len({tuple(row[index] for index in others) for row in table.rows}) == height


def _is_grid(table: Table, columns: Sequence[Column]) -> bool:
    """Means of groups: every combination of some words (and of one number, such as a class) stands in one row."""
    height = len(table.rows)
    if height < 4 or table.size_rows != height:
        return False
    keys = [index for index, column in enumerate(columns) if column.kind == TEXT]
    rest = [index for index, column in enumerate(columns) if column.kind != TEXT]
    if not keys or not all(columns[index].kind in _FIGURES for index in rest):
        return False
    # Records have whole numbers as often as not.
    if not any("." in value for index in rest for value in columns[index].values):
        return False
    for chosen in [keys] if len(keys) > 1 else [[*keys, index] for index in rest[:2]]:
        sizes = [len(set(table.column(index))) for index in chosen]
        combinations = {tuple(row[index] for index in chosen) for row in table.rows}
        if min(sizes) > 1 and prod(sizes) == height == len(combinations):
            return True
    return False


def _is_measured(columns: Sequence[Column]) -> bool:
    """What was measured, in words, and the measures; or what a model was given, in words, and any numbers."""
    texts = [column for column in columns if column.kind == TEXT]
    figures = [column for column in columns if column.kind in _FIGURES]
    if not texts or not figures or len(texts) + len(figures) < len(columns) or any(map(_is_prose, texts)):
        return False
    if len(texts) == 1 and not FEATURES.isdisjoint(texts[0].words):
        return True
    are_subjects = all(SUBJECTS.issuperset(column.words) and column.words not in ((), ("name",)) for column in texts)
    return are_subjects and any(not MEASURES.isdisjoint(column.words) for column in figures)


def _is_legend(columns: Sequence[Column]) -> bool:
    """Numbers of classes and what they are called."""
    words = {word for column in columns for word in column.words}
    return len(columns) <= 3 and LEGENDS.issuperset(words) and bool(words & {"class", "classes", "label", "labels"})


def _is_schema(columns: Sequence[Column]) -> bool:
    """Columns of some table, and the type of each."""
    return any(
        column.words[-1:] in (("type",), ("types",), ("dtype",), ("dtypes",))
        and len(column.values) > 1
        and all(map(_TYPE_NAME.fullmatch, column.values))
        for column in columns
    )


def _is_prose(column: Column) -> bool:
    """Sentences, which nothing that results are called by makes a result."""
    texts = column.texts if column.kind == TEXT else []
    return bool(texts) and "".join(texts).count(" ") >= _SENTENCE_BLANKS * len(texts)
