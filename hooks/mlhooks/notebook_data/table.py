"""One table, whatever it was read from: what the rest of the room judges."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mlhooks.formats.patterns import lazy

SAMPLE_ROWS = 50
"""Rows that are kept of a table. The rest is only counted."""

EMPTY, NUMBER, DATE, FLAG, MASKED, TEXT = "empty", "number", "date", "yes/no", "masked", "text"
"""Kinds of values, and of columns by the kind that most of their values have."""


class Table(NamedTuple):
    """Column names, sample rows, and how large the table is.

    Every row is as long as `headers`; `labels` are the row labels (an index), one for each row, or none. `shown_rows`
    counts the rows that the output holds; `total_rows` and `total_columns` are the true shape, where the output
    prints it. `types` are the printed column types, or nothing. `source` is the maker, as a person would say it.
    `label_columns` are the row labels that have a name: name and labels. `offset` is where it starts in the text it
    was read from. `is_series` says that it is one column or loose records, which is weaker evidence than a frame;
    `is_harmless` that its reader knows it to be a report or a count.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shown_rows: int
    source: str
    labels: tuple[str, ...] = ()
    label_columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    total_rows: int | None = None
    total_columns: int | None = None
    types: tuple[str, ...] = ()
    offset: int = 0
    is_series: bool = False
    is_harmless: bool = False

    def column(self, index: int) -> list[str]:
        return [row[index] for row in self.rows]

    @property
    def size_rows(self) -> int:
        """The largest number of rows that is known of it."""
        return max(self.shown_rows, self.total_rows or 0)

    @property
    def shape(self) -> str:
        """`5 of 1,234 rows × 3 columns`."""
        rows = f"{self.shown_rows:,}"
        if self.total_rows is not None and self.total_rows > self.shown_rows:
            rows += f" of {self.total_rows:,}"
        columns = max(len(self.headers), self.total_columns or 0)
        noun = "row" if self.size_rows == 1 else "rows"
        return f"{rows} {noun} × {columns:,} {'column' if columns == 1 else 'columns'}"


_BLANKS = frozenset(
    "nan +nan -nan none null na <na> nat n/a … ... ⋮ ⋯ - -- missing undefined ·".split()  # noqa: SIM905  # reads better
) | {""}
_FLAGS = frozenset(("true", "false", "yes", "no"))
# One group for each kind that is known by its shape, under the name of the kind.
_SHAPE = lazy(
    r"(?P<number>[-+−~<>=≤≥±$€£¥]{0,2}\s?(?:\d[\d,._'  ]*|\.\d+)(?:[eE][-+]?\d+)?"
    r"\s?(?:[%$€£¥jfLx]|[kKMBGT]i?B?|[mnuµμ]?s)?"
    r"|[-+]?(?i:inf(?:inity)?)"
    r"|[\[({][-\d.,\seE+na]*[\])}])"
    r"|(?P<date>\d{4}[-/.](?:\d{1,2}|Q\d)(?:[-/.]\d{1,2})?(?:[T ]\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?)?"
    r"(?:Z|\s?[-+]\d\d:?\d\d|\sUTC)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?:,?\s+\d{1,2}:\d\d(?::\d\d)?(?:\s?[AaPp][Mm])?)?"
    r"|\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:\s?[AaPp][Mm])?"
    r"|-?\d+ days?(?:,?\s\+?\d\d:\d\d:\d\d(?:\.\d+)?)?"
    r"|(?:\d{1,2}[-\s])?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?[-\s](?:\d{1,2},?\s)?\d{2,4}"
    r"(?:\s\d{1,2}:\d\d(?::\d\d)?)?)"
    r"|(?P<masked>[*xX#•█.\-\s]{3,}|.{0,4}\*{3,}.{0,24}|[0-9a-fA-F]{32,128}"
    r"|(?i:[<\[(](?:redacted|masked|hidden|removed|anonymi[sz]ed|pii|\w+_masked)[>\])]))"
)


def kind_of(value: str) -> str:
    """What a printed value is: one of `EMPTY`, `NUMBER`, `DATE`, `FLAG`, `MASKED`, `TEXT`.

    >>> [kind_of(text) for text in ("12,5 %", "2024-05-01", "True", "<NA>", "***", "Ann")]
    ['number', 'date', 'yes/no', 'empty', 'masked', 'text']
    """
    return kind_of_unquoted(unquoted(value))


def kind_of_unquoted(value: str) -> str:
    """What a value is that has no blanks and no quotation marks around it."""
    value = value[:200]
    lowered = value.lower()
    if lowered in _BLANKS:
        return EMPTY
    if lowered in _FLAGS:
        return FLAG
    shape = _SHAPE.fullmatch(value)
    return shape.lastgroup or TEXT if shape else TEXT


def unquoted(value: str) -> str:
    """A printed value without the blanks and the quotation marks around it."""
    return value.strip().strip("\"'").strip()


def fit(rows: Iterable[Sequence[str]], width: int) -> tuple[tuple[str, ...], ...]:
    """Rows cut or filled to one width."""
    return tuple(tuple(row[:width]) if len(row) >= width else (*row, *[""] * (width - len(row))) for row in rows)


def number(text: str | None) -> int | None:
    """A printed count: `1_234`, `1,234`. None for None, and for what is no count of this world."""
    if text is None:
        return None
    digits = re.sub(r"[^\d]", "", text)
    return int(digits) if digits and len(digits) <= 15 else None
