"""Text that was taken out of a file and still knows where each of its characters stands.

A requirement may stand in a string of a Python list in a notebook cell in JSON: each reader takes a piece out of the
piece before, and the place of a finding comes out right at the end.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from mlhooks.core.finding import Location

if TYPE_CHECKING:
    from collections.abc import Iterable


class Source:
    """The text of one file, without a byte order mark and otherwise as it is on disk, and its path."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._line_starts: list[int] | None = None

    def line(self, offset: int) -> int:
        """The 1-based line of a character, counted by line feeds (and lone carriage returns) as editors do."""
        return bisect_right(self._starts(), offset)

    def place(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of a character."""
        starts = self._starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line_start(self, line: int) -> int:
        """The offset of the first character of a 1-based line."""
        starts = self._starts()
        return starts[min(line, len(starts)) - 1]

    def line_end(self, line: int) -> int:
        """The offset behind the last character of a 1-based line, its line end included."""
        starts = self._starts()
        return starts[line] if line < len(starts) else len(self.text)

    def whole(self) -> Fragment:
        return Fragment(self, self.text, ((0, 0),))

    def fragment(self, start: int, end: int) -> Fragment:
        return Fragment(self, self.text[start:end], ((0, start),))

    def _starts(self) -> list[int]:
        if self._line_starts is None:
            self._line_starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", self.text))]
        return self._line_starts


class Fragment:
    """Some text and its way home.

    `pieces` are pairs (index in `text`, offset in the file), sorted by index, first index 0: from one pair to the
    next, index and offset run in step. `where` names the place as a person would ("cell 3"); `scope` is the range of
    lines in which an ignore comment speaks about it.
    """

    __slots__ = ("pieces", "scope", "source", "text", "where")

    def __init__(
        self,
        source: Source,
        text: str,
        pieces: tuple[tuple[int, int], ...],
        where: str = "",
        scope: tuple[int, int] | None = None,
    ) -> None:
        self.source = source
        self.text = text
        self.pieces = pieces
        self.where = where
        self.scope = scope

    def offset(self, index: int) -> int:
        """The offset in the file of character `index`."""
        pieces = self.pieces
        start, offset = pieces[bisect_right(pieces, (index, _FAR)) - 1] if len(pieces) > 1 else pieces[0]
        return offset + index - start

    def slice(self, start: int, end: int) -> Fragment:
        first = bisect_right(self.pieces, (start, _FAR)) - 1
        last = bisect_right(self.pieces, (end, -1))
        pieces = ((0, self.offset(start)), *((i - start, o) for i, o in self.pieces[first + 1 : last]))
        return Fragment(self.source, self.text[start:end], pieces, self.where, self.scope)

    def strip(self) -> Fragment:
        """The fragment without white space at its ends."""
        text = self.text.lstrip()
        start = len(self.text) - len(text)
        end = max(start, len(self.text.rstrip()))
        return self if end - start == len(self.text) else self.slice(start, end)

    def is_verbatim(self) -> bool:
        """Whether the text stands in the file in one piece, character for character."""
        start = self.offset(0)
        return self.source.text[start : start + len(self.text)] == self.text

    def labelled(self, where: str, scope: tuple[int, int] | None) -> Fragment:
        return Fragment(self.source, self.text, self.pieces, where, scope)

    def location(self, index: int = 0) -> Location:
        """The place of character `index`; a fragment over several lines is the scope of its ignore comments."""
        offset = self.offset(index)
        line, column = self.source.place(offset)
        scope = self.scope
        if scope is None and len(self.text) > 1:
            end = max(offset, self.offset(len(self.text) - 1))
            last = self.source.line(end) if end >= self.source.line_end(line) else line
            scope = (self.source.line(self.offset(0)), last) if last != line else None
        return Location(line, column, self.where, scope)


_FAR = 1 << 62


def join(fragments: Iterable[Fragment], separator: str = "") -> Fragment | None:
    """One fragment out of several of the same file; None out of none."""
    texts: list[str] = []
    pieces: list[tuple[int, int]] = []
    length = 0
    first: Fragment | None = None
    for fragment in fragments:
        if first is None:
            first = fragment
        else:
            texts.append(separator)
            length += len(separator)
        pieces.extend((index + length, offset) for index, offset in fragment.pieces if index <= len(fragment.text))
        texts.append(fragment.text)
        length += len(fragment.text)
    if first is None:
        return None
    return Fragment(first.source, "".join(texts), tuple(pieces), first.where, first.scope)
