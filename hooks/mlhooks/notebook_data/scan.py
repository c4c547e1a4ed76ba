"""A notebook from top to bottom: every output, every cell's metadata, every text cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mlhooks.core.files import File
from mlhooks.core.finding import Acceptance, Finding, Location, Options, Unscannable
from mlhooks.formats.jsontext import Path
from mlhooks.formats.notebook import Cell, Notebook
from mlhooks.notebook_data.outputs import mime_problems, output_hits
from mlhooks.notebook_data.surroundings import Entry, cell_entries, notebook_entries
from mlhooks.notebook_data.verdict import Verdict
from mlhooks.notebook_data.waivers import NONE, Waiver, read_waiver


class Place(NamedTuple):
    """A finding and what a fix takes out for it: an output, an entry of the metadata, or nothing (None)."""

    finding: Finding
    target: Path | None
    is_output: bool


def check_notebook(file: File, options: Options) -> Iterator[Finding]:
    """The findings in a notebook. Raises `Unscannable` for what is none, and for waivers that say nothing."""
    problems = mime_problems(options)
    notebook = Notebook(file.read(), pictures=False)
    for place in places(file.path, notebook, options, problems):
        yield place.finding
    if notebook.json.duplicate_key is not None:
        problems.append(
            "a key stands twice in one of its objects, and readers differ on which one counts; save it again in Jupyter"
        )
    if problems:
        raise Unscannable("; ".join(problems))


def places(path: str, notebook: Notebook, options: Options, problems: list[str]) -> Iterator[Place]:
    """Everything there is to say about a notebook; what is wrong with its waivers is added to `problems`."""
    for cell in notebook.cells:
        metadata = cell.metadata
        waiver = read_waiver(metadata, f"cell {cell.number}", problems) if metadata else NONE
        for output in cell.outputs():
            for hit in output_hits(notebook, output, options):
                where = f"cell {cell.number}, output {output.number}"
                location = notebook.location(hit.path, hit.verdict.offset, where=where, cell=_speaker(notebook, cell))
                yield Place(_finding(hit.verdict, path, location, waiver), output.path, True)
        # Most code cells have no metadata, and there is nothing else to look at in them.
        for entry in cell_entries(cell, options) if metadata or cell.kind != "code" else ():
            where = f"cell {cell.number}{entry.where}"
            location = notebook.location(entry.path, entry.verdict.offset, where=where, cell=_speaker(notebook, cell))
            yield Place(_finding(entry.verdict, path, location, waiver), _target(entry), False)
    waiver = read_waiver(notebook.metadata, "the notebook's metadata", problems)
    for entry in notebook_entries(notebook, options):
        location = notebook.location(entry.path, where=f"notebook metadata{entry.where}")
        yield Place(_finding(entry.verdict, path, location, waiver), _target(entry), False)


def _speaker(notebook: Notebook, cell: Cell) -> Cell | None:
    """The cell whose comments speak about what is found in it; finding its place takes as long as reading it."""
    return cell if notebook.may_hold_ignores else None


def _target(entry: Entry) -> Path | None:
    return entry.path if entry.is_removable else None


def _finding(verdict: Verdict, path: str, location: Location, waiver: Waiver) -> Finding:
    accepted = Acceptance(waiver.reason) if verdict.rule.id in waiver.rules else None
    return Finding(
        verdict.rule, path, verdict.message, location, verdict.subject, verdict.level, verdict.evidence, accepted
    )
