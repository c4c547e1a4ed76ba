"""What is known of a column: its name in words, its values, and what kind of values they are."""

from __future__ import annotations

from typing import NamedTuple

from mlhooks.notebook_data.table import EMPTY, NUMBER, TEXT, Table, kind_of
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
    if _are_numbers(raw_values):
        return Column(header, words(header), raw_values, (NUMBER,) * len(raw_values), NUMBER)
    pairs = [(value.strip().strip("\"'"), kind_of(value)) for value in raw_values]
    pairs = [pair for pair in pairs if pair[1] != EMPTY]
    kinds = tuple(kind for _, kind in pairs)
    return Column(header, words(header), tuple(value for value, _ in pairs), kinds, _kind(kinds))


def _are_numbers(values: tuple[str, ...]) -> bool:
    """Whether every value is a plain number: most columns are, and this is the fast way to know."""
    try:
        numbers = list(map(float, values))
    except ValueError:
        return False
    return bool(numbers) and not any(number != number for number in numbers)


def _kind(kinds: tuple[str, ...]) -> str:
    if not kinds:
        return EMPTY
    if kinds.count(TEXT) * 3 >= len(kinds):
        return TEXT
    return max(set(kinds), key=lambda kind: (kinds.count(kind), kind))
