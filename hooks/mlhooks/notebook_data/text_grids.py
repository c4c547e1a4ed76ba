"""Tables with drawn borders: boxes, grids, pipes, lines of dashes, LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data.html_tables import is_type_name
from mlhooks.notebook_data.table import Table
from mlhooks.notebook_data.text_blocks import DOTS, POLARS_SHAPE, Block, make, number_of

_MAX_LATEX = 1 << 16
_DUCKDB_ROWS = lazy(r"([\d,]{1,15}) rows\b")
_GRID_RULE = lazy(r"\s*[+|\u2500-\u257f][-=+|:\u2500-\u257f]{3,}\s*")
# Under the names stands `|---|---|`, or `---+---` in psql and Org.
_PIPE_RULE = lazy(r"\s*\|?(?:\s*:?-{2,}:?\s*[|+])+(?:\s*:?-{2,}:?\s*)?\|?\s*")
_DASH_RULE = lazy(r"\s*[-=─]{2,}(?:\s+[-=─]{2,})+\s*|[-=─]{8,}")
_LATEX_NOISE = lazy(r"\\[a-z]{2,20}(?:\{[^{}]{0,40}\})?|[{}\\]")


def box(block: Block) -> Table | None:
    """Boxes and grids: polars, DuckDB, Spark's `show`, psql, PrettyTable, tabulate."""
    rules = [index for index, line in enumerate(block.lines) if _GRID_RULE.fullmatch(line)]
    if len(rules) < 2:
        return None
    first, last = rules[0], rules[-1]
    rows = [
        _cells(line)
        for line in block.lines[first + 1 : last]
        if line.strip()[:1] in "│┆|║┃" and not _GRID_RULE.fullmatch(line)
    ]
    rule_after_header = next((index for index in rules if index > first + 1), None)
    if rule_after_header is None:
        # No upper border: the line above the first rule names the columns.
        header_rows = [_cells(block.lines[first - 1])] if first else []
        body = rows
    else:
        size = sum(1 for line in block.lines[first + 1 : rule_after_header] if line.strip()[:1] in "│┆|║┃")
        header_rows, body = rows[:size], rows[size:]
    if not header_rows or not body or len(header_rows[0]) < 1:
        return None
    width = len(header_rows[0])
    if width == 1 and not re.match(r"[┌╭┏╔╒]", block.lines[first].strip()):
        return None
    types = next((tuple(row) for row in reversed(header_rows[1:]) if all(map(is_type_name, filter(None, row)))), ())
    footer = " ".join(block.lines[last + 1 : last + 3]) + " " + block.after
    total = number_of(POLARS_SHAPE, " ".join([block.before, *block.lines[:first]]))
    if total == (None, None):
        total = number_of(_DUCKDB_ROWS, footer)
    if total == (None, None):
        total = number_of(_DUCKDB_ROWS, " ".join(cell for row in body[-2:] for cell in row))
    body = [row for row in body if not all(cell in DOTS for cell in row) and not _DUCKDB_ROWS.match(" ".join(row))]
    if "only showing top" in footer and total == (None, None):
        total = (len(body) + 1, None)
    return make(header_rows[0], body, block, "text table", total, types=types)


def pipes(block: Block) -> Table | None:
    """Markdown and GitHub pipes, with or without outer ones."""
    for index, line in enumerate(block.lines[1:12], 1):
        if ("|" in line or "+" in line) and _PIPE_RULE.fullmatch(line):
            header = _cells(block.lines[index - 1])
            body = [_cells(row) for row in block.lines[index + 1 :] if "|" in row]
            if len(header) >= 2 and body:
                return make(header, body, block, "pipe table", (None, None))
    return None


def latex_tables(text: str) -> Iterator[Table]:
    for match in islice(re.finditer(r"\\begin\{(?:tabular|longtable)\*?\}", text), 100):
        limit = match.end() + _MAX_LATEX
        end = text.find("\\end{", match.end(), limit)
        if end < 0:
            end = text.find("\\begin{", match.end(), limit)  # one that never ends is not read again with the next
        lines = re.split(r"\\\\", text[match.end() : end if end > 0 else limit])
        lines[0] = re.sub(r"\s*(?:\{[^{}]{0,80}\}|\[[^\[\]]{0,20}\])+", "", lines[0], count=1)  # how columns are set
        rows = [[_LATEX_NOISE.sub("", cell).strip() for cell in line.split("&")] for line in lines if "&" in line]
        block = Block([], match.start(), "", "")
        if len(rows) > 1:
            rows[0][0] = rows[0][0].rpartition("}")[2].strip()
            table = make(rows[0], rows[1:], block, "LaTeX table", (None, None))
            if table is not None:
                yield table


def ruled(block: Block) -> Table | None:
    """A line of dashes under the column names: tabulate, psql without borders, SQL shells."""
    for index, line in enumerate(block.lines[:12]):
        if index == 0 or not _DASH_RULE.fullmatch(line):
            continue
        spans = [match.span() for match in re.finditer(r"[-=─]+", line)]
        if len(spans) < 2:
            return None
        edges = [start for start, _ in spans[1:]]
        cut = [_cut(row, edges) for row in block.lines[index + 1 :] if not _DASH_RULE.fullmatch(row)]
        if cut:
            return make(_cut(block.lines[index - 1], edges), cut, block, "text table", (None, None))
    return None


def _cells(line: str) -> list[str]:
    parts = re.split(r"[│┆|║┃]", line.strip())
    if parts and not parts[0].strip():
        parts = parts[1:]
    if parts and not parts[-1].strip():
        parts = parts[:-1]
    return [part.strip() for part in parts]


def _cut(line: str, edges: Sequence[int]) -> list[str]:
    bounds = [0, *edges, len(line)]
    return [line[start:end].strip() for start, end in pairwise(bounds)]
