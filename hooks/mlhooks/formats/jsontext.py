"""JSON with places: what a document says, and where in the text each value stands.

Values come from `json.loads`; places are found only when asked for, by stepping over the text with the standard
library's own scanner, so a document without findings costs nothing extra.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from json import decoder
from typing import Any, NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.formats.jsontext_lines import Lines
from mlhooks.formats.patterns import lazy
from mlhooks.formats.pictures import Cut

Path = tuple[str | int, ...]
"""The way to a value: keys of objects and indexes of arrays."""

_SPACE = lazy(r"[ \t\n\r]*")
_STRING = lazy(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_COLON = lazy(r"[ \t\n\r]*:[ \t\n\r]*")
_COMMA = lazy(r"[ \t\n\r]*,?[ \t\n\r]*")
_NEXT = lazy(r"[ \t\n\r]*,[ \t\n\r]*")
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
        self._elements: dict[int, list[int]] = {}
        self._containers: dict[int, _Container] = {}
        self._literal: tuple[Path, _Literal] | None = None
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
            self._elements.clear()
            self.duplicate_key = None
            return json.loads(self.text, object_pairs_hook=self._object)

    def _read_document(self) -> dict[str, Any]:
        text = self.text
        scan = json.JSONDecoder(object_pairs_hook=self._object).scan_once  # type: ignore[attr-defined]  # as above
        start = _skip_space(text, 0)
        if text[start] != "{":
            raise ValueError("no object")
        pairs: list[tuple[str, Any]] = []
        offset = _skip_space(text, start + 1)
        while text[offset] != "}" or pairs:
            if text[offset] != '"':
                raise ValueError("no key")
            key, after = _scan_string(text, offset + 1)
            colon = _COLON.match(text, after)
            if colon is None:
                raise ValueError("no colon")
            begin = colon.end()
            value, end = self._read_array(begin, scan) if text[begin] == "[" else scan(text, begin)
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
        starts = self._elements[start] = []
        values: list[Any] = []
        offset = _skip_space(text, start + 1)
        while text[offset] != "]" or values:
            value, end = scan(text, offset)
            starts.append(offset)
            values.append(value)
            comma = _NEXT.match(text, end)
            if comma is None:
                offset = _skip_space(text, end)
                if text[offset] != "]":
                    raise ValueError("no comma")
                break
            offset = comma.end()
        return values, offset + 1

    def span(self, path: Path = ()) -> Span:
        """Where the value at `path` stands. Raises `KeyError` when there is none."""
        start = self.start(path)
        return Span(start, _scan(self.text, start)[1])

    def start(self, path: Path = ()) -> int:
        """Where the value at `path` begins. Raises `KeyError` when there is none."""
        start = _skip_space(self.text, 0)
        for step in path:
            starts = self._elements.get(start)
            if starts is None:
                start = self._container(start).place(step)[2]
            elif isinstance(step, int) and 0 <= step < len(starts):
                start = starts[step]
            else:
                raise KeyError(step)
        return start

    def members(self, path: Path = ()) -> dict[str | int, Member]:
        """The places of all entries of the object or array at `path`, in file order.

        A key that stands twice has the place of its last copy, the one that `json.loads` keeps.
        """
        places = self._container(self.start(path)).places()
        return {
            name: Member(Span(key, key_end), Span(start, _scan(self.text, start)[1]))
            for name, (key, key_end, start) in places.items()
        }

    def line(self, offset: int) -> int:
        """The 1-based line of a character, counted by line feeds as editors do."""
        return self._lines.line(offset)

    def column(self, offset: int) -> int:
        """The 1-based column of a character, in characters."""
        return self._lines.column(offset)

    def string_span(self, path: Path, number: int) -> Span:
        """Where text `number` (from 0) of the array of texts at `path` stands; nothing before it may be no text."""
        start = self.start(path)
        match = next(islice(_STRING.finditer(self.text, start), number, None))
        return Span(match.start(), match.end())

    def string_offset(self, path: Path, index: int) -> int:
        """Where character `index` of the decoded string at `path` stands in the text (escapes counted).

        Characters of one string are best asked for in their order: each is found from the one before.
        """
        if self._literal is None or self._literal[0] != path:
            self._literal = (path, _Literal(self.text, *self.span(path)))
        return self._literal[1].offset(index)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            keys = [key for key, _ in pairs]
            self.duplicate_key = next(key for key in keys if keys.count(key) > 1)
        return value

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.text, [*self._gaps()][::-1])

    def _gaps(self) -> Iterator[tuple[int, int]]:
        """Where something was cut out of the text, and how many characters, from the last to the first."""
        if self._cut is None:
            return
        place = len(self.text)  # counted from the end, where no byte order mark disturbs
        for piece, removed in zip(self._cut.pieces[:0:-1], self._cut.removed[::-1], strict=True):
            place -= len(piece) if piece.isascii() else len(piece.decode())
            yield place, removed

    def _container(self, start: int) -> _Container:
        found = self._containers.get(start)
        if found is None:
            found = self._containers[start] = _Container(self.text, start, has_twins=self.duplicate_key is not None)
        return found


_Place = tuple[int, int, int]
"""Where the key of an entry starts and ends, and where its value starts."""


class _Container:
    """The places of the entries of one object or array, found from the first on, no further than one is asked for.

    Where a key may stand twice (`has_twins`) all are looked at, since the last one counts.
    """

    def __init__(self, text: str, start: int, *, has_twins: bool) -> None:
        self._has_twins = has_twins
        self._found: dict[str | int, _Place] = {}
        self._rest = _entries(text, start)

    def place(self, step: str | int) -> _Place:
        """Where one entry stands. Raises `KeyError`."""
        if step not in self._found:
            for name, place in self._rest:
                self._found[name] = place
                if name == step and not self._has_twins:
                    break
        return self._found[step]

    def places(self) -> dict[str | int, _Place]:
        self._found.update(self._rest)
        return self._found


def _entries(text: str, start: int) -> Iterator[tuple[str | int, _Place]]:
    """The entries of the object or array at `start`. Raises `KeyError` for anything else."""
    opening = text[start : start + 1]
    if opening not in ("{", "["):
        raise KeyError(f"neither an object nor an array at {start}")
    offset = _skip_space(text, start + 1)
    number = 0
    while text[offset] not in "}]":
        name: str | int = number
        key, key_end = offset, offset
        if opening == "{":
            name, key_end = _scan_string(text, offset + 1)
            offset = _over(_COLON, text, key_end)
        yield name, (key, key_end, offset)
        offset = _over(_COMMA, text, _scan(text, offset)[1])
        number += 1


class _Literal:
    """A JSON string literal at `start`..`end` of a text, and how far its escapes have been counted."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text, self._start, self._end = text, start, end
        self._is_plain = text.find("\\", start, end) < 0
        self._index = self._extra = 0
        self._escapes: Iterator[re.Match[str]] = iter(())
        self._next: re.Match[str] | None = None
        self._rewind()

    def offset(self, index: int) -> int:
        """The offset in the text of the decoded character `index`."""
        if self._is_plain:
            return min(self._start + 1 + index, self._end - 1)
        if index < self._index:
            self._rewind()
        self._index = index
        while self._next is not None and self._next.start() < self._start + 1 + index + self._extra:
            self._extra += self._next.end() - self._next.start() - 1
            self._next = next(self._escapes, None)
        return min(self._start + 1 + index + self._extra, self._end - 1)

    def _rewind(self) -> None:
        self._index = self._extra = 0
        self._escapes = _ESCAPE.finditer(self._text, self._start + 1, self._end - 1)
        self._next = next(self._escapes, None)


def string_offset(text: str, start: int, end: int, index: int) -> int:
    """The offset in `text` of character `index` of the JSON string literal at `start`..`end`."""
    return _Literal(text, start, end).offset(index)


# A surrogate pair written as two escapes decodes to one character.
_ESCAPE = lazy(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)


def _skip_space(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset


def _over(pattern: re.Pattern[str], text: str, offset: int) -> int:
    match = pattern.match(text, offset)
    return match.end() if match else offset
