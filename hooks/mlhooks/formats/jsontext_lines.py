"""Lines and columns of a text, at a cost that grows with the questions rather than with the text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

_BLOCK = 1 << 13


class Lines:
    """Where the lines of a text begin. Line feeds are counted by blocks of it, and inside one block when asked for.

    `gaps` are places in the text where characters were cut out, in order, and how many: columns count them.
    """

    def __init__(self, text: str, gaps: Sequence[tuple[int, int]] = ()) -> None:
        self._text = text
        self._gaps = gaps
        blocks = range(0, len(text) + 1, _BLOCK)
        self._before = [0, *accumulate(text.count("\n", start, start + _BLOCK) for start in blocks)]

    def line(self, offset: int) -> int:
        """The 1-based line of a character, counted by line feeds as editors do."""
        block = offset // _BLOCK
        return self._before[block] + self._text.count("\n", block * _BLOCK, offset) + 1

    def column(self, offset: int) -> int:
        """The 1-based column of a character, in characters."""
        start = self._start(offset)
        first = bisect_left(self._gaps, (start, 0))
        removed = sum(removed for _, removed in self._gaps[first : bisect_left(self._gaps, (offset + 1, 0))])
        return offset - start + 1 + removed

    def _start(self, offset: int) -> int:
        """Where the line of a character begins."""
        block = offset // _BLOCK
        end = self._text.rfind("\n", block * _BLOCK, offset)
        if end < 0 and self._before[block]:
            # The last block before with a line feed in it, however long the line is.
            block = bisect_left(self._before, self._before[block]) - 1
            end = self._text.rfind("\n", block * _BLOCK, (block + 1) * _BLOCK)
        return end + 1
