"""TOML with places: what a document says, and where in the text each value stands.

Values come from `tomllib`, which has judged the document valid; places are found only when asked for, by one pass
over the text.
"""

from __future__ import annotations

import re
from typing import Any

from mlhooks.core.finding import Unscannable
from mlhooks.formats.fragment import Fragment

Path = tuple[str | int, ...]
"""The way to a value: keys of tables and indexes of arrays."""


MAX_SEARCHED_CHARS = 10_000


class TomlText:
    """A TOML document and the places of its values. Raises `Unscannable` when it is not TOML."""

    def __init__(self, whole: Fragment) -> None:
        import tomllib

        self.whole = whole
        try:
            self.value: dict[str, Any] = tomllib.loads(whole.text)
        except RecursionError:
            raise Unscannable("its TOML is nested too deeply to read") from None
        except ValueError as error:
            raise Unscannable(f"it is not valid TOML: {error}") from None
        self._spans: dict[Path, tuple[int, int]] | None = None

    def table(self, *keys: str) -> dict[str, Any]:
        """The table at `keys`; {} when there is none, or something else."""
        value: Any = self.value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}

    def list(self, *keys: str) -> list[Any]:
        """The array at `keys`; [] when there is none, or something else."""
        value = self.table(*keys[:-1]).get(keys[-1])
        return value if isinstance(value, list) else []

    def fragment(self, path: Path, text: str | None = None) -> Fragment:
        """The string at `path` with its place, or `text` at the place of the value at `path` or of what holds it.

        The pieces are exact for a string without escapes; otherwise they lead to the start of the string.
        """
        spans = self._all_spans()
        at = path
        while at and at not in spans:
            at = at[:-1]
        start, end = spans.get(at, (0, 0))
        raw = self.whole.text[start:end]
        if text is None:
            value = self._at(path)
            text = value if isinstance(value, str) else str(value)
        quote = next((mark for mark in ('"""', "'''", '"', "'") if raw.startswith(mark)), "")
        inside = raw.find(text, len(quote)) if len(raw) < MAX_SEARCHED_CHARS else -1
        if inside >= 0:
            return self.whole.slice(start + inside, start + inside + len(text))
        return Fragment(self.whole.source, text, ((0, self.whole.offset(start)),))

    def _at(self, path: Path) -> Any:
        value: Any = self.value
        for step in path:
            value = value[step]
        return value

    def _all_spans(self) -> dict[Path, tuple[int, int]]:
        if self._spans is None:
            scanner = _Scanner(self.whole.text)
            try:
                self._spans = scanner.scan()
            except RecursionError:  # the places are a service: without them every value stands at the top
                self._spans = {}
        return self._spans


_space = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_blank = re.compile(r"[ \t]*")
_string = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL)
_bare_key = re.compile(r"[A-Za-z0-9_-]+")
_scalar = re.compile(r"[^,\]}#\n]*")


class _Scanner:
    """Steps over a valid document, and says where each value begins and ends. Keys are made of the same strings."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.spans: dict[Path, tuple[int, int]] = {}
        self._array_counts: dict[Path, int] = {}

    def scan(self) -> dict[Path, tuple[int, int]]:
        table: Path = ()
        self._skip(_space)
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_space)
        return self.spans

    def _header(self) -> Path:
        start = self.at
        is_array = self.text.startswith("[[", start)
        self.at += 2 if is_array else 1
        keys = self._keys()
        self.at += 2 if is_array else 1
        path = self._resolved(keys[:-1])
        path = (*path, keys[-1])
        if is_array:
            count = self._array_counts.get(path, -1) + 1
            self._array_counts[path] = count
            path = (*path, count)
        elif path in self._array_counts:
            path = (*path, self._array_counts[path])
        self.spans.setdefault(path, (start, self.at))
        return path

    def _resolved(self, keys: Path) -> Path:
        """A header's path with the indexes of the arrays of tables that it leads through: always their last entry."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self._array_counts:
                path = (*path, self._array_counts[path])
        return path

    def _pair(self, table: Path) -> None:
        start = self.at
        keys = self._keys()
        self.at += 1  # the equals sign
        self._skip(_blank)
        path = table
        for key in keys[:-1]:
            path = (*path, key)
            self.spans.setdefault(path, (start, self.at))
        self._value((*path, keys[-1]))

    def _keys(self) -> Path:
        keys: list[str] = []
        while True:
            self._skip(_blank)
            match = _string.match(self.text, self.at) or _bare_key.match(self.text, self.at)
            if match is None:
                return (*keys, "")
            self.at = match.end()
            keys.append(_unquoted(match[0]))
            self._skip(_blank)
            if not self.text.startswith(".", self.at):
                return tuple(keys)
            self.at += 1

    def _value(self, path: Path) -> None:
        start = self.at
        opening = self.text[start : start + 1]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            match = _string.match(self.text, start) or _scalar.match(self.text, start)
            self.at = match.end() if match is not None else start + 1
        self.spans[path] = (start, self.at)

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        self._skip(_space)
        while self.at < len(self.text) and self.text[self.at] != "]":
            self._value((*path, index))
            index += 1
            self._skip(_space)
            if self.text.startswith(",", self.at):
                self.at += 1
                self._skip(_space)
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        self._skip(_space)
        while self.at < len(self.text) and self.text[self.at] != "}":
            self._pair(path)
            self._skip(_space)
            if self.text.startswith(",", self.at):
                self.at += 1
                self._skip(_space)
        self.at += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()


def _unquoted(key: str) -> str:
    if key[:1] == '"' and "\\" in key:
        import tomllib

        return next(iter(tomllib.loads(f"{key} = 0")))
    return key[1:-1] if key[:1] in "'\"" else key
