"""Notebooks: magics and shell lines that install, and Python that does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.formats.declared.python import python_records
from mlhooks.formats.fragment import Fragment, Source
from mlhooks.formats.installs import INSTALLS, Scope, installs, setting
from mlhooks.formats.notebook import Notebook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File
    from mlhooks.formats.dependency import Dependency
    from mlhooks.formats.notebook import Cell

# `x = !pip ...`, `!!pip ...`, `%pip ...`, `%system pip ...`, and a bare `pip install x`, which IPython takes for %pip.
_shell_line = re.compile(
    r"[ \t]*(?:%time(?:it)?[ \t]+|[\w, ]+=[ \t]*)?(?:!{1,2}|%(?:sx|system)\b)[ \t]*"
    r"|[ \t]*%(?=(?:pip|conda|mamba|micromamba|uv)\b)|[ \t]*(?=(?:pip3?|conda|mamba|uv) (?:pip )?install\b)"
)
_cell_script = re.compile(r"\s*%%(?:(?:ba|z|k|da)?sh|script\s+(?:--\S+\s+)*\S*sh|!|sx|system)\b[^\n]*\n|\s*%%!\s*\n")
_variable = re.compile(r"[ \t]*%(?:env|set_env)[ \t]+(?P<name>\w+)(?:[ \t]*=[ \t]*|[ \t]+)(?P<value>[^\n]*)")
_magic_line = re.compile(r"[ \t]*[%!?]|[ \t]*[\w, ]+=[ \t]*[!%]|[^\n]*\?\s*$")
_escape = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)


def read(file: File) -> Iterator[Dependency]:
    """The records of a notebook's code cells, cell by cell."""
    notebook = Notebook(file.read())
    source = Source(file.path, notebook.json.text)
    for cell in notebook.cells:
        if cell.kind == "code" and INSTALLS.search(cell.source) is not None:
            yield from _cell(cell_fragment(notebook, cell, source))


def cell_fragment(notebook: Notebook, cell: Cell, source: Source) -> Fragment:
    """A cell's source with the place of each of its characters in the JSON text."""
    raw = notebook.get(cell.source_path)
    members = notebook.json.members(cell.source_path) if isinstance(raw, list) else {}
    pieces: list[tuple[int, int]] = []
    index = 0
    for number, part in enumerate(raw if isinstance(raw, list) else [raw]):
        if not isinstance(part, str):
            continue
        start, end = members[number].value if isinstance(raw, list) else notebook.json.span(cell.source_path)
        pieces.append((index, start + 1))
        at = start + 1
        inside = index
        for escape in _escape.finditer(notebook.json.text, start + 1, end - 1):
            inside += escape.start() - at + 1
            at = escape.end()
            pieces.append((inside, at))
        index += len(part)
    where = f"cell {cell.number}"
    return Fragment(source, cell.source, tuple(pieces) or ((0, 0),), where, notebook.source_lines(cell))


def _cell(cell: Fragment) -> Iterator[Dependency]:
    scope = Scope("notebook", group=cell.where)
    script = _cell_script.match(cell.text)
    if script is not None:
        yield from installs(cell.slice(script.end(), len(cell.text)), scope)
        return
    if re.match(r"\s*%%(?!capture|time|timeit|prun)", cell.text):
        return  # another language, or text that is written to a file
    kept: list[str] = []
    at = 0
    lines = cell.text.splitlines(keepends=True)
    number = 0
    while number < len(lines):
        line = lines[number]
        length = len(line)
        shell = _shell_line.match(line)
        if shell is not None or _magic_line.match(line):
            while line.rstrip("\r\n").endswith("\\") and number + 1 < len(lines):
                number += 1
                line = lines[number]
                length += len(line)
        variable = _variable.match(line)
        if variable is not None:
            yield from setting(variable["name"], variable["value"].strip(), cell.slice(at, at + length).strip(), scope)
        if shell is not None:
            yield from installs(cell.slice(at + shell.end(), at + length), scope)
        if shell is not None or _magic_line.match(cell.text, at):
            # Python must still parse around a magic line, in a block too: a blank statement takes its place.
            text = cell.text[at : at + length]
            indent = text[: len(text) - len(text.lstrip())]
            kept.append(
                (indent + "0").ljust(length - text.count("\n"))[: max(0, length - text.count("\n"))]
                + "\n" * text.count("\n")
            )
        else:
            kept.append(line)
        at += length
        number += 1
    code = "".join(kept)
    if INSTALLS.search(code) is not None and len(code) == len(cell.text):
        blanked = Fragment(cell.source, code, cell.pieces, cell.where, cell.scope)
        yield from python_records(blanked, "notebook", group=cell.where)
