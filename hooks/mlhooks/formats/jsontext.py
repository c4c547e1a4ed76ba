"""JSON with places: what a document says, and where in the text each value stands.

Values come from `json.loads`; places are found only when asked for, by stepping over the text with the standard
library's own scanner, so a document without findings costs nothing extra.
"""

from __future__ import annotations

import gc
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate, islice
from json import decoder
from typing import Any, NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.formats.patterns import lazy
from mlhooks.formats.pictures import Cut

Path = tuple[str | int, ...]
"""The way to a value: keys of objects and indexes of arrays."""

_SPACE = lazy(r"[ \t\n\r]*")
_STRING = lazy(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_COLON = lazy(r"[ \t\n\r]*:[ \t\n\r]*")
_COMMA = lazy(r"[ \t\n\r]*,?[ \t\n\r]*")
_scan_string = decoder.scanstring  # type: ignore[attr-defined]  # missing in typeshed; the C function where there is one
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # the C scanner; raw_decode wraps it and re-raises


class Span(NamedTuple):
    """Offsets in the text, in characters: from `start` up to, not including, `end`."""

    start: int
    end: int


class Member(NamedTuple):
    """One entry of an object or an array: where its key stands (arrays: an empty span) and its value."""

    key: Span
    value: Span


class JsonText:
    """A JSON document, its text, and the places of its values.

    `text` is the document without a byte order mark and otherwise as it is on disk. `duplicate_key` is a key that
    stands twice in one object (the last one counts here, another reader may see the first), or None. `cut` tells what
    was cut out of it before: lines and columns are those of the whole document. Raises `Unscannable` when it is not
    JSON, or nested too deeply to read.
    """

    def __init__(self, text: str, cut: Cut | None = None) -> None:
        self.text = text
        self._cut = cut
        self.duplicate_key: str | None = None
        self._members: dict[int, dict[str | int, Member]] = {}
        self._line_starts: list[int] | None = None
        # The collector would walk the growing document again and again: a third of the time on large files.
        was_collecting = gc.isenabled()
        gc.disable()
        try:
            self.value: Any = self._read()
        except RecursionError:
            raise Unscannable("its JSON is nested too deeply to read") from None
        except ValueError as error:
            raise Unscannable(f"it is not valid JSON: {error}") from None
        finally:
            if was_collecting:
                gc.enable()

    def _read(self) -> Any:
        """The value of the document.

        The entries of the document and of its arrays (a notebook's cells) are stepped over one by one, so that their
        places are known at no cost; all below is left to the C scanner. What is not plain is read again from the
        start, for the words of the standard library about what is wrong.
        """
        try:
            return self._read_document()
        except (StopIteration, IndexError, ValueError):
            self._members.clear()
            self.duplicate_key = None
            return json.loads(self.text, object_pairs_hook=self._object)

    def _read_document(self) -> dict[str, Any]:
        text = self.text
        scan = json.JSONDecoder(object_pairs_hook=self._object).scan_once  # type: ignore[attr-defined]  # as above
        start = _skip_space(text, 0)
        if text[start] != "{":
            raise ValueError("no object")
        members = self._members[start] = {}
        pairs: list[tuple[str, Any]] = []
        offset = _skip_space(text, start + 1)
        while text[offset] != "}" or members:
            if text[offset] != '"':
                raise ValueError("no key")
            key, after = _scan_string(text, offset + 1)
            colon = _COLON.match(text, after)
            if colon is None:
                raise ValueError("no colon")
            begin = colon.end()
            value, end = self._read_array(begin, scan) if text[begin] == "[" else scan(text, begin)
            members[key] = Member(Span(offset, after), Span(begin, end))
            pairs.append((key, value))
            offset = _skip_space(text, end)
            if text[offset] == "}":
                break
            if text[offset] != ",":
                raise ValueError("no comma")
            offset = _skip_space(text, offset + 1)
        if _skip_space(text, offset + 1) != len(text):
            raise ValueError("more than one value")
        return self._object(pairs)

    def _read_array(self, start: int, scan: Callable[[str, int], tuple[Any, int]]) -> tuple[list[Any], int]:
        text = self.text
        members = self._members[start] = {}
        values: list[Any] = []
        offset = _skip_space(text, start + 1)
        while text[offset] != "]" or values:
            value, end = scan(text, offset)
            members[len(values)] = Member(Span(offset, offset), Span(offset, end))
            values.append(value)
            offset = _skip_space(text, end)
            if text[offset] == "]":
                break
            if text[offset] != ",":
                raise ValueError("no comma")
            offset = _skip_space(text, offset + 1)
        return values, offset + 1

    def span(self, path: Path = ()) -> Span:
        """Where the value at `path` stands. Raises `KeyError` when there is none."""
        start = _skip_space(self.text, 0)
        if not path:
            return Span(start, _scan(self.text, start)[1])
        for step in path[:-1]:
            start = self._container(start)[step].value.start
        return self._container(start)[path[-1]].value

    def members(self, path: Path = ()) -> dict[str | int, Member]:
        """The places of all entries of the object or array at `path`, in file order.

        A key that stands twice has the place of its last copy, the one that `json.loads` keeps.
        """
        return self._container(self.span(path).start)

    def line(self, offset: int) -> int:
        """The 1-based line of a character, counted by line feeds as editors do."""
        return bisect_right(self._starts(), offset)

    def column(self, offset: int) -> int:
        """The 1-based column of a character, in characters."""
        starts = self._starts()
        start = starts[bisect_right(starts, offset) - 1]
        removed = sum(removed for place, removed in self._removed() if start <= place <= offset)
        return offset - start + 1 + removed

    def string_span(self, path: Path, number: int) -> Span:
        """Where text `number` (from 0) of the array of texts at `path` stands; nothing before it may be no text."""
        start = self.span(path).start
        match = next(islice(_STRING.finditer(self.text, start), number, None))
        return Span(match.start(), match.end())

    def string_offset(self, path: Path, index: int) -> int:
        """Where character `index` of the decoded string at `path` stands in the text (escapes counted)."""
        start, end = self.span(path)
        return string_offset(self.text, start, end, index)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            keys = [key for key, _ in pairs]
            self.duplicate_key = next(key for key in keys if keys.count(key) > 1)
        return value

    def _starts(self) -> list[int]:
        if self._line_starts is None:
            self._line_starts = [0, *accumulate(map((1).__add__, map(len, self.text.split("\n"))))]
        return self._line_starts

    def _removed(self) -> Iterator[tuple[int, int]]:
        """Where something was cut out of the text, and how many characters, from the last to the first."""
        if self._cut is None:
            return
        place = len(self.text)  # counted from the end, where no byte order mark disturbs
        for piece, removed in zip(self._cut.pieces[:0:-1], self._cut.removed[::-1], strict=True):
            place -= len(piece) if piece.isascii() else len(piece.decode())
            yield place, removed

    def _container(self, start: int) -> dict[str | int, Member]:
        found = self._members.get(start)
        if found is None:
            found = self._members[start] = _read_members(self.text, start)
        return found


def string_offset(text: str, start: int, end: int, index: int) -> int:
    """The offset in `text` of character `index` of the JSON string literal at `start`..`end`."""
    if "\\" not in text[start:end]:
        return min(start + 1 + index, end - 1)
    offset = start + 1 + index
    for escape in _ESCAPE.finditer(text, start + 1, end - 1):
        if escape.start() >= offset:
            break
        offset += escape.end() - escape.start() - 1
    return min(offset, end - 1)


# A surrogate pair written as two escapes decodes to one character.
_ESCAPE = lazy(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)


def _skip_space(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset


def _read_members(text: str, start: int) -> dict[str | int, Member]:
    opening = text[start : start + 1]
    if opening not in ("{", "["):
        raise KeyError(f"neither an object nor an array at {start}")
    members: dict[str | int, Member] = {}
    offset = _skip_space(text, start + 1)
    while text[offset] not in "}]":
        name: str | int = len(members)
        key = Span(offset, offset)
        if opening == "{":
            name, after = _scan_string(text, offset + 1)
            key = Span(offset, after)
            offset = _over(_COLON, text, after)
        end = _scan(text, offset)[1]
        members[name] = Member(key, Span(offset, end))
        offset = _over(_COMMA, text, end)
    return members


def _over(pattern: re.Pattern[str], text: str, offset: int) -> int:
    match = pattern.match(text, offset)
    return match.end() if match else offset
