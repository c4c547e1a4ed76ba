"""Jupyter notebooks: cells, outputs and metadata, with the true place of every character.

Read straight from JSON, in any version of the format from 2 to 4: importing nbformat costs ten times what reading a
notebook does, and it refuses files that people have.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from mlhooks.core.files import decode
from mlhooks.core.finding import Location, Unscannable
from mlhooks.formats.jsontext import JsonText, Path, string_offset
from mlhooks.formats.pictures import cut_pictures

# In versions 2 and 3 an output carries its data under short names, next to its other keys.
_SHORT_MIME_NAMES = {
    "text": "text/plain",
    "html": "text/html",
    "latex": "text/latex",
    "json": "application/json",
    "javascript": "application/javascript",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "pdf": "application/pdf",
}


class Output(NamedTuple):
    """One output of a code cell.

    `number` is 1-based in its cell; `kind` is stream, display_data, execute_result or error (old names are mapped).
    `path` leads to the output in the document, `data` maps a MIME type to the path of its value: a stream's text is
    "text/plain", an error's traceback is "text/traceback".
    """

    number: int
    kind: str
    path: Path
    raw: dict[str, Any]
    data: dict[str, Path]


class Cell(NamedTuple):
    """One cell. `number` is 1-based in the notebook; `kind` is code, markdown, raw or heading."""

    number: int
    kind: str
    path: Path
    raw: dict[str, Any]

    @property
    def source(self) -> str:
        return join(self.raw.get(self._source_key))

    @property
    def source_path(self) -> Path:
        return (*self.path, self._source_key)

    @property
    def metadata(self) -> dict[str, Any]:
        return _dict(self.raw.get("metadata"))

    @property
    def _source_key(self) -> str:
        return "input" if "input" in self.raw and "source" not in self.raw else "source"

    def outputs(self) -> Iterator[Output]:
        outputs = self.raw.get("outputs")
        if not isinstance(outputs, list):
            return
        for index, raw in enumerate(outputs):
            if isinstance(raw, dict):
                path = (*self.path, "outputs", index)
                yield Output(index + 1, _output_kind(raw), path, raw, _output_data(raw, path))


class Notebook:
    """A notebook. `version` is nbformat's major version; `bom` tells whether the file starts with a byte order mark.

    Without `pictures` their values have only the first letters left: most of the bytes need not be read then. Places
    are the same.
    """

    def __init__(self, data: bytes, *, pictures: bool = True) -> None:
        self.bom = data.startswith(b"\xef\xbb\xbf")
        self.json = JsonText(decode(data)) if pictures else _without_pictures(data)
        value = self.json.value
        if not isinstance(value, dict) or not ("cells" in value or "worksheets" in value):
            raise Unscannable("it is not a notebook: it has no cells")
        self.raw: dict[str, Any] = value
        version = value.get("nbformat")
        self.version = version if isinstance(version, int) else 4
        self.cells: tuple[Cell, ...] = tuple(self._read_cells())

    @property
    def metadata(self) -> dict[str, Any]:
        return _dict(self.raw.get("metadata"))

    @cached_property
    def may_hold_ignores(self) -> bool:
        """Whether there may be an ignore comment anywhere in it; without one nobody asks for the scope of a place."""
        return "mlhooks:" in self.json.text

    def get(self, path: Path) -> Any:
        """The value at a path."""
        value: Any = self.raw
        for step in path:
            value = value[step]
        return value

    def text_of(self, path: Path) -> str:
        """The text at a path: a string, or a list of strings as nbformat splits them into lines."""
        return join(self.get(path))

    def location(self, path: Path, index: int = 0, *, where: str = "", cell: Cell | None = None) -> Location:
        """The place of character `index` of the text at `path` (of the value itself when it is no text).

        `cell` is the cell it belongs to: an ignore comment anywhere in that cell's source speaks about it.
        """
        offset = self.offset(path, index)
        scope = self.source_lines(cell) if cell else None
        return Location(self.json.line(offset), self.json.column(offset), where, scope)

    def offset(self, path: Path, index: int = 0) -> int:
        """The offset in `json.text` of character `index` of the text at `path`."""
        value = self.get(path)
        if isinstance(value, list) and value and set(map(type, value)) == {str}:
            for number, part in enumerate(value):
                if index < len(part) or number == len(value) - 1:
                    start, end = self.json.string_span(path, number)
                    return string_offset(self.json.text, start, end, index)
                index -= len(part)
        if isinstance(value, str):
            return self.json.string_offset(path, index)
        return self.json.start(path)

    def source_lines(self, cell: Cell) -> tuple[int, int] | None:
        """The first and last line of a cell's source in the file; None for a cell without one."""
        try:
            start, end = self.json.span(cell.source_path)
        except KeyError:
            return None
        return self.json.line(start), self.json.line(max(start, end - 1))

    def _read_cells(self) -> Iterator[Cell]:
        number = 0
        for path, raw_cells in self._cell_lists():
            for index, raw in enumerate(raw_cells):
                number += 1
                if isinstance(raw, dict):
                    yield Cell(number, str(raw.get("cell_type")), (*path, index), raw)

    def _cell_lists(self) -> Iterator[tuple[Path, list[Any]]]:
        if isinstance(self.raw.get("cells"), list):
            yield ("cells",), self.raw["cells"]
        worksheets = self.raw.get("worksheets")
        for index, sheet in enumerate(worksheets if isinstance(worksheets, list) else ()):
            if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list):
                yield ("worksheets", index, "cells"), sheet["cells"]


def _without_pictures(data: bytes) -> JsonText:
    cut = cut_pictures(data)
    if cut.removed:
        try:
            return JsonText(decode(b"".join(cut.pieces)), cut)
        except Unscannable:
            pass  # what is wrong, and where, is said of the whole text
    return JsonText(decode(data))


def join(value: Any) -> str:
    """nbformat's multi-line text: a string, or a list of strings. Anything else is no text: ""."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        try:
            return "".join(value)
        except TypeError:
            return "".join(part for part in value if isinstance(part, str))
    return ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _output_kind(raw: dict[str, Any]) -> str:
    kind = str(raw.get("output_type"))
    return {"pyout": "execute_result", "pyerr": "error"}.get(kind, kind)


def _output_data(raw: dict[str, Any], path: Path) -> dict[str, Path]:
    kind = _output_kind(raw)
    if kind == "stream":
        return {"text/plain": (*path, "text")} if "text" in raw else {}
    if kind == "error":
        # Some kernels leave the traceback empty; otherwise it ends in the value.
        key = "traceback" if raw.get("traceback") else "evalue"
        return {"text/traceback": (*path, key)} if key in raw else {}
    if isinstance(raw.get("data"), dict):
        return {str(mime): (*path, "data", mime) for mime in raw["data"]}
    return {mime: (*path, key) for key, mime in _SHORT_MIME_NAMES.items() if key in raw}
