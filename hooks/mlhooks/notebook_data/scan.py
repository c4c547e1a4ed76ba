"""A notebook from top to bottom: every output, every cell's metadata, every text cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mlhooks.core.finding import Finding, Location, Options
from mlhooks.formats.jsontext import Path
from mlhooks.formats.notebook import Cell, Notebook, Output
from mlhooks.notebook_data.judge import Verdict
from mlhooks.notebook_data.outputs import output_hits


class Place(NamedTuple):
    """A finding, and what a fix would take out for it: a whole output, an entry, or nothing (`target` is None)."""

    finding: Finding
    target: Path | None
    is_output: bool
    cell: Cell | None


def places(path: str, notebook: Notebook, options: Options) -> Iterator[Place]:
    """Everything there is to say about a notebook, in the order of the file."""
    from mlhooks.notebook_data.surroundings import cell_entries, notebook_entries

    for cell in notebook.cells:
        for output in cell.outputs():
            for hit in output_hits(notebook, output, options):
                location = notebook.location(hit.path, hit.verdict.offset, where=_where(cell, output), cell=cell)
                yield Place(_finding(hit.verdict, path, location), output.path, True, cell)
        for entry in cell_entries(notebook, cell, options):
            location = notebook.location(entry.path, entry.verdict.offset, where=f"cell {cell.number}{entry.where}", cell=cell)
            yield Place(_finding(entry.verdict, path, location), entry.path if entry.is_removable else None, False, cell)
    for entry in notebook_entries(notebook, options):
        location = notebook.location(entry.path, where=f"notebook metadata{entry.where}")
        yield Place(_finding(entry.verdict, path, location), entry.path if entry.is_removable else None, False, None)


def _where(cell: Cell, output: Output) -> str:
    return f"cell {cell.number}, output {output.number}"


def _finding(verdict: Verdict, path: str, location: Location) -> Finding:
    return Finding(verdict.rule, path, verdict.message, location, verdict.subject, verdict.level, verdict.evidence)
