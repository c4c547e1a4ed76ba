"""Tables whose columns only line up: pandas' text form, R's and Julia's data frames, tibbles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data.html_tables import is_type_name
from mlhooks.notebook_data.table import SAMPLE_ROWS, Table, number
from mlhooks.notebook_data.text_blocks import DOTS, GAP, Block, make, number_of

# After a blank line pandas prints the shape that it cut from.
_PANDAS_SHAPE = lazy(r"\[(\d{1,15}) rows x (\d{1,9}) columns\]")
_TIBBLE = lazy(r"# A (?:tibble|data frame|data\.table): ([\d,]{1,15}) (?:×|x) ([\d,]{1,9})")
_JULIA = lazy(r"([\d,]{1,15})×([\d,]{1,9}) (?:Sub)?DataFrame")
_DECIMAL = lazy(r"\d\.\d")
_ARRAY = lazy(r"\s*(?:[\w.<]{0,60}\(?\s*)?[\[({<]")


def left_and_right(block: Block) -> Table | None:
    """tibbles and Julia's data frames: texts line up left, numbers right, and blanks run down between them."""
    pattern = next((pattern for pattern in (_TIBBLE, _JULIA) if pattern.match(block.lines[0].strip())), None)
    if pattern is None:
        return None
    lines = [line for line in block.lines[1:] if "─" not in line and not line.startswith("# ")]
    width = max(map(len, lines), default=0)
    padded = [line.replace("│", " ").replace("Row", "   ").ljust(width) for line in lines[: SAMPLE_ROWS + 2]]
    if len(padded) < 2:
        return None
    is_blank = [all(line[index] == " " for line in padded) for index in range(width)]
    spans = [match.span() for match in re.finditer("x+", "".join(" " if blank else "x" for blank in is_blank))]
    rows = [[line[start:end].strip() for start, end in spans] for line in padded]
    has_labels = bool(rows[0]) and not rows[0][0]
    rows = [row[has_labels:] for row in rows if not any(map(is_type_name, row[has_labels:])) or row is rows[0]]
    table = make(rows[0], rows[1:], block, "data frame", number_of(pattern, block.lines[0]))
    return table and table._replace(shown_rows=max(len(lines) - 2, len(rows) - 1))


def aligned(block: Block) -> Table | None:
    """Columns that line up on the right: pandas' own text form, and R's data frames."""
    total: tuple[int | None, int | None] = (None, None)
    lines = block.lines
    source = "text table"
    shape = _PANDAS_SHAPE.search(block.after) or _PANDAS_SHAPE.fullmatch(lines[-1].strip())
    if shape:
        total, source = (number(shape[1]), number(shape[2])), "DataFrame"
        lines = lines[:-1] if _PANDAS_SHAPE.fullmatch(lines[-1].strip()) else lines
    # Of one row only a frame's is known: it has a label, and the names have none.
    is_short = len(lines) == 2
    if len(lines) < 2 or (is_short and (lines[0][:1] != " " or lines[1][:1] == " ")) or len(lines[0]) > 2000:
        return None
    if _ARRAY.match(lines[0]):
        return None
    header_line = lines[0].rstrip().removesuffix("\\").rstrip()
    names = [(match[0], match.end()) for match in re.finditer(r"\S+", header_line)]
    if not names or any(_DECIMAL.search(name) for name, _ in names):
        return None  # a first line of values: these are rows without names, as in reports of a classifier
    body = lines[1:]
    if is_type_row(body[0]):
        body = body[1:]
    index_names = GAP.split(body[0].strip()) if len(body[0].rstrip()) < names[0][1] - len(names[0][0]) else []
    body = [line for line in body[bool(index_names) :] if not DOTS.issuperset(line.split())]
    if not body or (len(body) == 1 and (len(names) < 2 or body[0][:1] == " " or header_line[:1] != " ")):
        return None
    if not _lines_up(body, [end for _, end in names]):
        names = _names(header_line, body)
        if not _lines_up(body, [end for _, end in names]):
            return None
    table = _from_edges(names, body, header_line, block, source, total)
    if table is None or len(index_names) != 1 or not table.labels:
        return table
    return table._replace(label_columns=((index_names[0], table.labels),))


def _names(header: str, body: Sequence[str]) -> list[tuple[str, int]]:
    """The names of columns and where they end. One blank stands between names and inside them; values end below one."""
    names: list[tuple[str, int]] = []
    for run in re.finditer(r"\S+(?: \S+)*", header):
        start = run.start()
        for end in [match.end() for match in re.finditer(r"\S+", run[0])]:
            end += run.start()
            if end == run.end() or _ends_here(body[:SAMPLE_ROWS], end):
                names.append((header[start:end], end))
                start = end + 1
    return names


def _ends_here(sample: Sequence[str], end: int) -> bool:
    return (
        sum(line[end - 1 : end].strip() != "" and line[end : end + 1] == " " for line in sample) * 10 >= len(sample) * 9
    )


def _from_edges(
    names: Sequence[tuple[str, int]],
    body: Sequence[str],
    header_line: str,
    block: Block,
    source: str,
    total: tuple[int | None, int | None],
) -> Table | None:
    has_index = header_line.startswith(" ") and all(line[:1] != " " or line.strip()[:1].isdigit() for line in body[:1])
    rows: list[list[str]] = []
    labels: list[str] = []
    for line in body:
        first = line[: names[0][1]]
        parts = GAP.split(first.strip()) if "  " in first.strip() else first.strip().rsplit(" ", 1)
        label, value = (" ".join(parts[:-1]), parts[-1]) if len(parts) > 1 else ("", parts[-1])
        if not has_index:
            label, value = "", first.strip()
        labels.append(label)
        rows.append([value, *(line[before:end].strip() for (_, before), (_, end) in pairwise(names))])
    if len(names) == 1 and not has_index:
        return None
    if has_index and not any(labels) and source == "text table":
        return None
    table = make([name for name, _ in names], rows, block, source, total)
    return table and table._replace(labels=tuple(labels[:SAMPLE_ROWS]) if has_index else ())


def _lines_up(body: Sequence[str], ends: Sequence[int]) -> bool:
    """Whether at least nine in ten rows have a value that ends at each right edge and a blank behind it."""
    if not ends:
        return False
    sample = body[:SAMPLE_ROWS]
    good = sum(
        len(line.rstrip()) <= ends[-1] + 1
        and all(line[end - 1 : end].strip() != "" and line[end : end + 1].strip() == "" for end in ends)
        for line in sample
    )
    return good * 10 >= len(sample) * 9


def is_type_row(line: str) -> bool:
    """A row of column types, as tibbles and Julia print under the names."""
    parts = line.split()
    return bool(parts) and all(is_type_name(part) for part in parts) and not any(part.isdigit() for part in parts)
