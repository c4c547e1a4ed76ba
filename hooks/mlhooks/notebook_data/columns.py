"""What is known of a column: its name in words, its values, and what kind of values they are."""

from __future__ import annotations

from math import isnan
from typing import NamedTuple

from mlhooks.notebook_data.table import EMPTY, NUMBER, TEXT, Table, kind_of_unquoted, unquoted
from mlhooks.notebook_data.vocabulary import words


class Column(NamedTuple):
    """A column of a table. `values` are those that are not empty, without quotes; `kinds` are theirs, one each.

    `kind` is that of the whole column: text when at least a third of the values are, else the most frequent one.
    """

    header: str
    words: tuple[str, ...]
    values: tuple[str, ...]
    kinds: tuple[str, ...]
    kind: str

    @property
    def texts(self) -> list[str]:
        return [value for value, kind in zip(self.values, self.kinds, strict=True) if kind == TEXT]


def columns_of(table: Table) -> tuple[Column, ...]:
    """The columns of a table, from left to right."""
    rows = zip(*table.rows, strict=False) if table.rows else ((),) * len(table.headers)
    return tuple(column_of(header, values) for header, values in zip(table.headers, rows, strict=False))


def column_of(header: str, raw_values: tuple[str, ...]) -> Column:
    """A column from its name and its values as they are printed."""
    numbers = _numbers(raw_values)
    if numbers is not None:
        return Column(header, words(header), numbers, (NUMBER,) * len(numbers), NUMBER if numbers else EMPTY)
    values = map(unquoted, raw_values)
    pairs = [(value, kind) for value in values if (kind := kind_of_unquoted(value)) != EMPTY]
    kinds = tuple([kind for _, kind in pairs])
    return Column(header, words(header), tuple([value for value, _ in pairs]), kinds, _kind(kinds))


def _numbers(values: tuple[str, ...]) -> tuple[str, ...] | None:
    """The values that are not NaN, where all are plain numbers: most columns are, and this is the fast way to know."""
    try:
        total = sum(map(float, values))
    except ValueError:
        return None
    if total == total:  # NaN is not equal to itself, and makes NaN of every sum
        return values
    return tuple([value.strip() for value in values if not isnan(float(value))])


def _kind(kinds: tuple[str, ...]) -> str:
    if not kinds:
        return EMPTY
    if kinds.count(TEXT) * 3 >= len(kinds):
        return TEXT
    return max(set(kinds), key=lambda kind: (kinds.count(kind), kind))
