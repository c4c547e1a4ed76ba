"""A notebook as passages: sources, outputs by their kind, metadata, attachments and whatever else holds text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from mlhooks.core.finding import Location
from mlhooks.formats.jsontext import Path, string_offset
from mlhooks.formats.notebook import Cell, Notebook, Output, join
from mlhooks.leaked_secrets.markup import (
    Mapped,
    with_ansi_as_blanks,
    without_ansi,
    without_ascii_escapes,
    without_highlighting,
    without_html,
)
from mlhooks.leaked_secrets.passages import Passage

_SHELL_CELL = re.compile(r"\s*%%(?:bash|sh|script|writefile|file|cmd|system|zsh|dotenv)\b")
# Pictures and PDF in base64. What is left of one that was cut out is no more than its first letters.
_RASTER = re.compile(
    r"\s*(?:iVBORw0KGgo|/9j/|R0lGOD|UklGR|Qk[0-9A-Za-z]|SUkq|TU0A|AAAB|JVBER)[A-Za-z0-9+/]*+={0,2}(?:\s++[A-Za-z0-9+/]*+={0,2})*+"
)
_MARKUP = ("text/html", "image/svg+xml", "text/xml", "application/xml")
_CELL_KEYS = ("source", "input", "outputs", "cell_type", "id", "execution_count", "prompt_number")


def notebook_passages(notebook: Notebook) -> Iterator[Passage]:
    """All text of a notebook, decoded. Payloads that really are raster images are left out."""
    for cell in notebook.cells:
        yield from _cell_passages(notebook, cell)
    for key, value in notebook.raw.items():
        if key not in ("cells", "worksheets"):
            where = "notebook metadata" if key == "metadata" else f"notebook, {_shown(key)}"
            yield from _leaves(notebook, value, (key,), where, None)


def _cell_passages(notebook: Notebook, cell: Cell) -> Iterator[Passage]:
    where = f"cell {cell.number}"
    if cell.source:
        bare = cell.kind == "code" and _SHELL_CELL.match(cell.source) is not None
        yield from _passages(notebook, cell.source_path, Mapped(cell.source), where, cell, has_bare_values=bare)
    for output in cell.outputs():
        yield from _output_passages(notebook, cell, output, f"{where}, output {output.number}")
    for key, value in cell.raw.items():
        if key not in _CELL_KEYS:
            yield from _leaves(notebook, value, (*cell.path, key), f"{where}, {_shown(key)}", cell)


def _output_passages(notebook: Notebook, cell: Cell, output: Output, where: str) -> Iterator[Passage]:
    seen = set()
    for mime, path in output.data.items():
        value = notebook.get(path)
        seen.add(path)
        if mime == "text/traceback" and isinstance(value, list):
            for index, part in enumerate(value):
                if isinstance(part, str):
                    yield from _texts(notebook, (*path, index), part, mime, where, cell)
        elif _is_text(value):
            yield from _payload(notebook, path, join(value), mime, where, cell)
        else:
            yield from _leaves(notebook, value, path, where, cell)
    for key, value in output.raw.items():
        path = (*output.path, key)
        if key == "data" and isinstance(value, dict):
            continue
        if path not in seen and key != "output_type":
            yield from _leaves(notebook, value, path, f"{where}, {_shown(key)}", cell)


def _payload(notebook: Notebook, path: Path, text: str, mime: str, where: str, cell: Cell) -> Iterator[Passage]:
    is_image = mime.startswith(("image/", "audio/", "video/", "application/pdf", "font/")) and mime not in _MARKUP
    if not (is_image and _RASTER.fullmatch(text)):
        yield from _texts(notebook, path, text, mime, where, cell)


def _texts(notebook: Notebook, path: Path, text: str, mime: str, where: str, cell: Cell | None) -> Iterator[Passage]:
    mapped = without_ansi(Mapped(text))
    if mapped.steps:
        yield from _passages(notebook, path, with_ansi_as_blanks(Mapped(text)), where, cell, has_bare_values=True)
    if mime in _MARKUP or (mime == "text/markdown" and "<" in text):
        highlighted = without_highlighting(mapped)
        if highlighted:
            yield from _passages(notebook, path, highlighted, where, cell)
        mapped = without_html(mapped)
    yield from _passages(notebook, path, mapped, where, cell, has_bare_values=True)


def _leaves(
    notebook: Notebook, value: Any, path: Path, where: str, cell: Cell | None, name: str = ""
) -> Iterator[Passage]:
    """Every string below `value`, each with the key it stands under; the keys themselves as well."""
    stack: list[tuple[Any, Path, str]] = [(value, path, name)]
    while stack:
        value, path, name = stack.pop()
        if isinstance(value, str):
            if value and not _RASTER.fullmatch(value):
                mapped = without_ansi(Mapped(value))
                mapped = without_html(mapped) if "<" in value else mapped
                yield from _passages(notebook, path, mapped, where, cell, name=name or str(path[-1]))
        elif isinstance(value, dict):
            label = value.get("description")
            for key, member in value.items():
                # A widget's value is named by what stands beside its field.
                name = label if key == "value" and isinstance(label, str) and label else key
                stack.append((member, (*path, key), name))
                if len(key) >= 16:
                    yield Passage(key, _key_locator(notebook, path, key, f"{where} (a key)", cell))
        elif isinstance(value, list):
            stack.extend((member, (*path, index), name) for index, member in enumerate(value))


def _shown(key: str) -> str:
    """A key as a part of a place. Notebooks' own keys are short words; anything else may be a secret itself."""
    return key if re.fullmatch(r"[a-z_]{1,20}", key) else "another key"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and bool(value) and all(isinstance(part, str) for part in value)
    )


def _passages(
    notebook: Notebook,
    path: Path,
    mapped: Mapped,
    where: str,
    cell: Cell | None,
    *,
    has_bare_values: bool = False,
    name: str = "",
) -> Iterator[Passage]:
    """A text; and where it holds escapes of its own (code, JSON that was printed), once more without them."""
    yield Passage(mapped.text, _locator(notebook, path, mapped, where, cell), has_bare_values, name=name)
    plain = without_ascii_escapes(mapped)
    if plain is not mapped:
        yield Passage(plain.text, _locator(notebook, path, plain, where, cell), is_generic=False)


def _key_locator(notebook: Notebook, path: Path, key: str, where: str, cell: Cell | None) -> Callable[[int], Location]:
    def locate(index: int) -> Location:
        text = notebook.json
        start, end = text.members(path)[key].key
        offset = string_offset(text.text, start, end, index)
        scope = notebook.source_lines(cell) if cell else None
        return Location(text.line(offset), text.column(offset), where, scope)

    return locate


def _locator(
    notebook: Notebook, path: Path, mapped: Mapped, where: str, cell: Cell | None
) -> Callable[[int], Location]:
    def locate(index: int) -> Location:
        original = mapped.original(index)
        line = mapped.text.count("\n", 0, index) + 1
        place = f"{where}, line {line}" if "\n" in mapped.text else where
        return notebook.location(path, original, where=place, cell=cell)

    return locate
