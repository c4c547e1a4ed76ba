"""Blocks of lines in a text, and a table made from the cells of one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data.table import SAMPLE_ROWS, Table, fit, number

_MAX_LINE = 4000
POLARS_SHAPE = lazy(r"shape: \(([\d_,]{1,20}?)(?:, ([\d_]{1,9}))?,?\)")
DOTS = frozenset(("...", "…", "..", "⋮", "·", "⋯", ""))
GAP = lazy(r" {2,}|\t")


class Block(NamedTuple):
    """Consecutive lines that are not blank; `offset` of the first, and the nearest lines around."""

    lines: list[str]
    offset: int
    before: str
    after: str


def blocks(text: str) -> Iterator[Block]:
    lines = text.split("\n")
    seen = [_seen(line) for line in lines] if "\r" in text else lines
    starts = 0
    current: list[str] = []
    begin = 0
    before = ""
    for number_, (written, line) in enumerate(zip([*lines, ""], [*seen, ""], strict=True)):
        if line and not line.isspace():
            if not current:
                begin = starts
            current.append(line[:_MAX_LINE])
        elif current:
            after = next((later for later in lines[number_ : number_ + 3] if later.strip()), "")
            if len(current) >= 2 or "\t" in current[0]:
                yield Block(current, begin, before, after[:200])
            before = current[-1][:200]
            current = []
        starts += len(written) + 1


def _seen(line: str) -> str:
    """What is left of a line on a screen: the part behind its last carriage return."""
    return line.rsplit("\r", 1)[-1] if "\r" in line.rstrip("\r") else line.rstrip("\r")


def number_of(pattern: re.Pattern[str], text: str) -> tuple[int | None, int | None]:
    """Rows and columns as a pattern finds them."""
    match = pattern.search(text)
    if match is None:
        return (None, None)
    return number(match[1]), number(match[2]) if pattern.groups > 1 else None


def make(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    block: Block,
    source: str,
    total: tuple[int | None, int | None],
    types: tuple[str, ...] = (),
) -> Table | None:
    if not rows or not header:
        return None
    return Table(
        headers=tuple(name[:100] for name in header),
        rows=fit(rows[:SAMPLE_ROWS], len(header)),
        shown_rows=len(rows),
        source=source,
        total_rows=total[0],
        total_columns=total[1],
        types=types,
        offset=block.offset,
    )
