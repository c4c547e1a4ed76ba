"""A file as passages: pieces of clear text, each of which knows where it stands in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple

from mlhooks.core.files import decode
from mlhooks.core.finding import Location, Unscannable
from mlhooks.leaked_secrets.lazy import lazy
from mlhooks.leaked_secrets.markup import (
    Mapped,
    without_ansi,
    without_ascii_escapes,
    without_highlighting,
    without_html,
)

NUL_WINDOW_BYTES = 8192


class Passage(NamedTuple):
    """A piece of text. `locate` gives the place in the file of one of its characters.

    `has_bare_values`: a secret needs no quotes here. `is_generic`: values count by their names alone. `is_binary`: only
    tokens that are beyond doubt count. `name` is the key whose value the text is, "" when it is no single value.
    """

    text: str
    locate: Callable[[int], Location]
    has_bare_values: bool = False
    is_generic: bool = True
    is_binary: bool = False
    name: str = ""
    path: str = ""


class Decoded(NamedTuple):
    """The text of a file, and whether that is only its bytes one by one."""

    text: str
    is_binary: bool


def decode_file(data: bytes) -> Decoded:
    """A file's text: by its byte order mark, as UTF-8, as UTF-16 without a mark, or one byte for one character.

    A file with NUL bytes that is not UTF-16 or UTF-32 is binary: its bytes are read as Latin-1.
    """
    if b"\0" in data[:NUL_WINDOW_BYTES] and not _is_marked(data):
        encoding = _wide_encoding(data[:NUL_WINDOW_BYTES])
        if encoding is None:
            return Decoded(data.decode("latin-1"), True)
        return Decoded(data.decode(encoding, "replace"), False)
    try:
        return Decoded(decode(data, fallback="cp1252" if not _is_marked(data) else None), False)
    except Unscannable:
        # A mark that lies: what follows is not in that encoding.
        return Decoded(data.decode("latin-1"), True)


def has_nul(data: bytes) -> bool:
    """Whether the bytes are not one character each where they are ASCII: UTF-16, UTF-32, or no text at all."""
    return _is_marked(data) or b"\0" in data


def _is_marked(data: bytes) -> bool:
    return data.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"))


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 and UTF-32 without a mark: of mostly Latin text all bytes of a character but one are NUL."""
    for encoding, width, place in _WIDE_ENCODINGS:
        counts = [data[offset::width].count(0) * width / (len(data) or 1) for offset in range(width)]
        if all(count > 0.9 if offset != place else count < 0.1 for offset, count in enumerate(counts)):
            return encoding
    return None


_WIDE_ENCODINGS = (("utf-16-le", 2, 0), ("utf-16-be", 2, 1), ("utf-32-le", 4, 0), ("utf-32-be", 4, 3))

_BARE_NAMES = lazy(
    r"(?i)(?:^|/)(?:\.env[^/]*|[^/]*\.env|[^/]*\.(?:ya?ml|ini|cfg|conf|properties|envrc|sh|bash|zsh|fish|ps1|bat|cmd|tfvars|log|service|netrc)"
    r"|(?:[^/]*[._-])?dockerfile[^/]*|containerfile[^/]*|makefile|credentials|config|\.(?:netrc|_netrc|pypirc|npmrc|boto|s3cfg|databrickscfg|bashrc|zshrc|profile|bash_profile|bash_history|zsh_history|git-credentials|condarc))$"
)
_MARKUP_NAMES = lazy(r"(?i)\.(?:x?html?|xml|svg|md|markdown|rmd|qmd|vue)$")
# Thousands of words and digests, none of them a secret; tokens with a mark of their own still count.
_LISTS = lazy(
    r"(?i)(?:^|/)(?:poetry\.lock|uv\.lock|pipfile\.lock|pdm\.lock|pixi\.lock|conda-lock\.ya?ml|package-lock\.json|npm-shrinkwrap\.json"
    r"|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|cargo\.lock|go\.sum|gemfile\.lock|composer\.lock|flake\.lock|dvc\.lock|[^/]*\.dvc"
    r"|[^/]*\.safetensors\.index\.json|[^/]*\.index\.json|[^/]*tokenizer[^/]*\.json|special_tokens_map\.json|added_tokens\.json|vocab[^/]*\.(?:txt|json)|merges\.txt"
    r"|generation_config\.json|[^/]*\.(?:map|min\.js|min\.css|svg|csv|tsv|jsonl|po|pot))$"
)


def is_list(path: str) -> bool:
    """Whether this is a lock file, a vocabulary or a table, where names and values mean something else."""
    return _LISTS().search(path) is not None


def text_passages(path: str, decoded: Decoded, first_line: int = 1, first_column: int = 1) -> Iterator[Passage]:
    """A file that is one text, or a piece of one that starts at the given line and column.

    Where escapes, terminal codes, markup or NULs stand between the letters, once more without them.
    """
    text = decoded.text
    places = TextPlaces(text, first_line, first_column)
    whole = Passage(
        text,
        places.location,
        has_bare_values=_BARE_NAMES().search(path) is not None,
        is_generic=not is_list(path),
        is_binary=decoded.is_binary,
        path=path,
    )
    yield whole
    if not decoded.is_binary:
        clean = without_ansi(without_ascii_escapes(Mapped(text)))
        if _MARKUP_NAMES().search(path):
            highlighted = without_highlighting(clean)
            if highlighted:
                yield whole._replace(text=highlighted.text, locate=_through(places, highlighted), path="")
            clean = without_html(clean)
        if clean.steps:
            locate = _through(places, clean)
            yield whole._replace(text=clean.text, locate=locate, is_generic=False, path="")
    if "\0" in text:
        bare = text.replace("\0", "")
        yield whole._replace(text=bare, locate=_around_nuls(places, text, bare), is_binary=True)


def _through(places: TextPlaces, mapped: Mapped) -> Callable[[int], Location]:
    return lambda index: places.location(mapped.original(index))


def _around_nuls(places: TextPlaces, text: str, bare: str) -> Callable[[int], Location]:
    """Where characters of `bare` stand in `text`, the same with NULs (there may be millions): by the first dozen."""

    def locate(index: int) -> Location:
        match = re.search("\0*".join(map(re.escape, bare[index : index + 12])), text)
        return places.location(match.start() if match else 0)

    return locate


class TextPlaces:
    """Lines and columns in a text, and the cell they belong to where comments or fences divide a script into cells.

    Lines end at a line feed, as editors count; in a file without any, at a carriage return.
    """

    def __init__(self, text: str, first_line: int = 1, first_column: int = 1) -> None:
        self._text = text
        self._first = (first_line, first_column)
        self._starts: list[int] = []
        self._cells: list[int] = []

    def location(self, index: int) -> Location:
        if not self._starts:
            end = "\n" if "\n" in self._text else "\r"
            self._starts = [0, *(match.end() for match in re.finditer(end, self._text))]
            self._cells = [match.start() for match in _CELL().finditer(self._text)]
        line = bisect_right(self._starts, index)
        column = index - self._starts[line - 1] + (self._first[1] if line == 1 else 1)
        cell = bisect_right(self._cells, index)
        return Location(line + self._first[0] - 1, column, f"cell {cell}" if cell else "")


# Jupytext's percent and Databricks' scripts; chunks of R Markdown and Quarto.
_CELL = lazy(r"(?m)^(?:# %%|# COMMAND -{4,}|# In ?\[\d*\]|```\{)")
