"""Tables in plain text: what pandas, polars, DuckDB, Spark, R, Julia and printers of grids write.

A text is cut into blocks of lines first. Each block is offered to the readers below, the strict ones first: boxes and
grids have borders, a Series has a footer; columns that are only aligned come last and have to line up to the character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mlhooks.notebook_data.html_tables import is_type_name
from mlhooks.notebook_data.table import EMPTY, NUMBER, SAMPLE_ROWS, TEXT, Table, fit, kind_of, number

_MAX_LINE = 4000
_CANDIDATE = re.compile(r"\S(?:  +|\t)\S|[│┆|┌]|^\[[{(]|\w,\w", re.MULTILINE)
# After a blank line pandas prints the shape that it cut from.
_PANDAS_SHAPE = re.compile(r"\[(\d{1,15}) rows x (\d{1,9}) columns\]")
_PANDAS_FOOTER = re.compile(r"(?:Freq: [^,]{1,20}, )?(?:Name: (?P<name>.{0,200}?), )?(?:Length: (?P<length>\d{1,15}), )?dtype: (?P<type>[^\n]{1,80})")
_POLARS_SHAPE = re.compile(r"shape: \(([\d_,]{1,20}?)(?:, ([\d_]{1,9}))?,?\)")
_TIBBLE = re.compile(r"# A (?:tibble|data frame|data\.table): ([\d,]{1,15}) (?:×|x) ([\d,]{1,9})")
_JULIA = re.compile(r"([\d,]{1,15})×([\d,]{1,9}) (?:Sub)?DataFrame")
_DUCKDB_ROWS = re.compile(r"([\d,]{1,15}) rows\b")
_GRID_RULE = re.compile(r"\s*[+|├╞╟╠┝┌╒╔└╘╚└╰╭][-=+|─═┬┼┴╪╤╧┄┴┐┤╡╕╛┘╯╮:]{3,}\s*")
_PIPE_RULE = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?\|?\s*")
_DASH_RULE = re.compile(r"\s*[-=─]{2,}(?:\s+[-=─]{2,})+\s*|[-=─]{8,}")
_DOTS = frozenset(("...", "…", "..", "⋮", "·", "⋯", ""))
_RECORD = re.compile(r"-RECORD (\d+)")
_GLIMPSE = re.compile(r"^Rows: ([\d_,]+)\nColumns: ([\d_,]+)\n", re.MULTILINE)
_R_STR = re.compile(r"'data\.frame':\s+(\d{1,15}) obs\. of\s+(\d{1,9}) variables?:")
_ARRAY = re.compile(r"\s*(?:[\w.<]{0,60}\(?\s*)?[\[({<]")
_GAP = re.compile(r" {2,}|\t")


class Block(NamedTuple):
    """Consecutive lines that are not blank; `offset` of the first, and the nearest lines around."""

    lines: list[str]
    offset: int
    before: str
    after: str


def may_hold_table(text: str) -> bool:
    """A cheap look: three lines at least, and something that separates columns."""
    return text.count("\n") >= 2 and _CANDIDATE.search(text) is not None


def text_tables(text: str) -> Iterator[Table]:
    """The tables of a text, in order."""
    if not may_hold_table(text):
        return
    for block in _blocks(text):
        for reader in (_box, _pipes, _series, _vertical, _described, _ruled, _aligned):
            table = reader(block)
            if table is not None:
                yield table
                break


def _blocks(text: str) -> Iterator[Block]:
    lines = text.split("\n")
    starts = 0
    current: list[str] = []
    begin = 0
    before = ""
    for number_, line in enumerate([*lines, ""]):
        stripped = line.rsplit("\r", 1)[-1] if "\r" in line.rstrip("\r") else line.rstrip("\r")
        if stripped.strip():
            if not current:
                begin = starts
            current.append(stripped[:_MAX_LINE])
        elif current:
            after = next((later for later in lines[number_ : number_ + 3] if later.strip()), "")
            if len(current) >= 2 or "\t" in current[0]:
                yield Block(current, begin, before, after[:200])
            before = current[-1][:200]
            current = []
        starts += len(line) + 1


def _box(block: Block) -> Table | None:
    """Boxes and grids: polars, DuckDB, Spark's `show`, psql, PrettyTable, tabulate."""
    rules = [index for index, line in enumerate(block.lines) if _GRID_RULE.fullmatch(line)]
    if len(rules) < 2:
        return None
    first, last = rules[0], rules[-1]
    rows = [_cells(line) for line in block.lines[first + 1 : last] if line.strip()[:1] in "│┆|║┃" and not _GRID_RULE.fullmatch(line)]
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
    if width == 1 and not re.match(r"[┌╭]", block.lines[first].strip()):
        return None
    types = next((tuple(row) for row in reversed(header_rows[1:]) if all(map(is_type_name, filter(None, row)))), ())
    footer = " ".join(block.lines[last + 1 : last + 3]) + " " + block.after
    total = number_of(_POLARS_SHAPE, " ".join([block.before, *block.lines[:first]]))
    if total == (None, None):
        total = number_of(_DUCKDB_ROWS, footer)
    if total == (None, None):
        total = number_of(_DUCKDB_ROWS, " ".join(cell for row in body[-2:] for cell in row))
    body = [row for row in body if not all(cell in _DOTS for cell in row) and not _DUCKDB_ROWS.match(" ".join(row))]
    if "only showing top" in footer and total == (None, None):
        total = (len(body) + 1, None)
    return _make(header_rows[0], body, block, "text table", total, types=types)


def _pipes(block: Block) -> Table | None:
    """Markdown and GitHub pipes, with or without outer ones."""
    for index, line in enumerate(block.lines[1:12], 1):
        if "|" in line and _PIPE_RULE.fullmatch(line):
            header = _cells(block.lines[index - 1])
            body = [_cells(row) for row in block.lines[index + 1 :] if "|" in row]
            if len(header) >= 2 and body:
                return _make(header, body, block, "pipe table", (None, None))
    return None


def _series(block: Block) -> Table | None:
    """A pandas Series: labels, values and a footer. Polars prints values in brackets."""
    footer = _PANDAS_FOOTER.fullmatch(block.lines[-1].strip())
    if footer is not None and len(block.lines) > 1:
        is_index = footer["name"] is None and footer["type"].startswith("object") and _are_types(block.lines[:-1])
        pairs = [_last_column(line) for line in block.lines[:-1] if line.strip() not in _DOTS]
        pairs = [pair for pair in pairs if pair is not None and pair[1].strip() not in _DOTS]
        if not pairs or is_index:
            return None
        name = footer["name"] or ""
        table = _make([name], [[value] for _, value in pairs], block, "Series", (number(footer["length"]), 1))
        return table and table._replace(
            labels=tuple(label for label, _ in pairs)[:SAMPLE_ROWS], is_series=True, is_harmless=name in ("count", "proportion")
        )
    if block.lines[0].startswith("shape: (") and len(block.lines) > 2 and block.lines[1].startswith("Series: "):
        name = re.match(r"Series: '(.{0,100}?)' \[", block.lines[1])
        values = [[line.strip()] for line in block.lines[2:] if line.startswith("\t") and line.strip() not in _DOTS]
        table = _make([name[1] if name else ""], values, block, "polars Series", number_of(_POLARS_SHAPE, block.lines[0]))
        return table and table._replace(is_series=True)
    return None


def _vertical(block: Block) -> Table | None:
    """Records from top to bottom: Spark's vertical show."""
    if not _RECORD.match(block.lines[0]):
        return None
    records: list[dict[str, str]] = []
    for line in block.lines:
        if _RECORD.match(line):
            records.append({})
        elif "|" in line and records:
            key, _, value = line.partition("|")
            records[-1][key.strip()] = value.strip()
    header = list(records[0])
    return _make(header, [[record.get(key, "") for key in header] for record in records], block, "Spark rows", (None, None))


def _described(block: Block) -> Table | None:
    """The first values of every column: polars' and dplyr's glimpse, R's str."""
    text = "\n".join(block.lines)
    glimpse, structure = _GLIMPSE.search(text), _R_STR.search(text)
    if glimpse is None and structure is None:
        return None
    total = number_of(_GLIMPSE, text) if glimpse else number_of(_R_STR, text)
    columns: list[tuple[str, list[str]]] = []
    for line in block.lines:
        match = re.match(r"\s*\$\s?(.{1,60}?)\s*(?:<\w+>|:)\s*(?:chr|num|int|Factor w/ \d+ levels?|logi|Date)?\s*(.*)", line)
        if match:
            columns.append((match[1].strip(), [value.strip() for value in re.split(r",|\s(?=[\"\d])", match[2])[:10] if value.strip()]))
    if not columns:
        return None
    height = max((len(values) for _, values in columns), default=0)
    rows = [[values[row] if row < len(values) else "" for _, values in columns] for row in range(height)]
    return _make([name for name, _ in columns], rows, block, "glimpse of a table", total)


def _ruled(block: Block) -> Table | None:
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
            return _make(_cut(block.lines[index - 1], edges), cut, block, "text table", (None, None))
    return None


def _aligned(block: Block) -> Table | None:
    """Columns that line up on the right: pandas' own text form, R and Julia data frames, tibbles."""
    total: tuple[int | None, int | None] = (None, None)
    lines = block.lines
    source = "text table"
    for pattern in (_TIBBLE, _JULIA):
        if pattern.match(lines[0].strip()):
            total, lines, source = number_of(pattern, lines[0]), lines[1:], "data frame"
            lines = [line for line in lines if not re.match(r"\s*─+[┼─]*|\s*Row\s*│\s*$", line) or "Row │ " in line]
            lines = [line.replace("│", " ") for line in lines]
            break
    shape = _PANDAS_SHAPE.search(block.after) or _PANDAS_SHAPE.fullmatch(lines[-1].strip())
    if shape:
        total, source = (number(shape[1]), number(shape[2])), "DataFrame"
        lines = lines[:-1] if _PANDAS_SHAPE.fullmatch(lines[-1].strip()) else lines
    if len(lines) < 3 or len(lines[0]) > 2000 or _ARRAY.match(lines[0]):
        return None
    header_line = lines[0].rstrip().removesuffix("\\").rstrip()
    names = [(match[0], match.end()) for match in re.finditer(r"\S+(?: \S+)*", header_line)]
    if not names:
        return None
    body = lines[1:]
    if is_type_row(body[0]):
        body = body[1:]
    body = [line for line in body if not all(part in _DOTS for part in line.split())]
    if len(body) < 2 or not _lines_up(body, [end for _, end in names]):
        names = [(match[0], match.end()) for match in re.finditer(r"\S+", header_line)]
        if len(body) < 2 or not _lines_up(body, [end for _, end in names]):
            return None
    return _from_edges(names, body, header_line, block, source, total)


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
        parts = _GAP.split(first.strip()) if "  " in first.strip() else first.strip().rsplit(" ", 1)
        label, value = (" ".join(parts[:-1]), parts[-1]) if len(parts) > 1 else ("", parts[-1])
        if not has_index:
            label, value = "", first.strip()
        labels.append(label)
        rows.append([value, *(line[before:end].strip() for (_, before), (_, end) in zip(names, names[1:], strict=False))])
    if len(names) == 1 and not has_index:
        return None
    if has_index and not any(labels) and source == "text table":
        return None
    table = _make([name for name, _ in names], rows, block, source, total)
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
    return good * 10 >= len(sample) * 9 and good >= 2


def is_type_row(line: str) -> bool:
    """A row of column types, as tibbles and Julia print under the names."""
    parts = line.split()
    return bool(parts) and all(is_type_name(part) for part in parts) and not any(part.isdigit() for part in parts)


def _are_types(lines: Sequence[str]) -> bool:
    """`df.dtypes`: a Series of type names, which is a schema."""
    values = [line.split()[-1] for line in lines if line.split()]
    known = re.compile(r"(?:u?int|float|complex)\d{0,3}|object|bool|str|category|string(?:\[.*\])?|datetime64.*|timedelta.*|period.*|date\d*|double\S*|list.*|large_string\S*|UTC\]|Int\d+|Float\d+|boolean")
    return bool(values) and all(known.fullmatch(value) for value in values)


def _cells(line: str) -> list[str]:
    parts = re.split(r"[│┆|║┃]", line.strip())
    if parts and not parts[0].strip():
        parts = parts[1:]
    if parts and not parts[-1].strip():
        parts = parts[:-1]
    return [part.strip() for part in parts]


def _cut(line: str, edges: Sequence[int]) -> list[str]:
    bounds = [0, *edges, len(line)]
    return [line[start:end].strip() for start, end in zip(bounds, bounds[1:], strict=False)]


def _last_column(line: str) -> tuple[str, str] | None:
    """Label and value of a line of a Series. The label ends at the first wide gap after it."""
    parts = _GAP.split(line.strip(), maxsplit=1)
    if len(parts) == 2:
        label, value = parts
        # Levels of a hierarchical index: all but the last are labels.
        head, gap, tail = value.rpartition("  ")
        return (f"{label} {head.strip()}".strip(), tail.strip()) if gap and kind_of(tail) in (NUMBER, EMPTY) else (label, value)
    label, gap, value = line.strip().rpartition(" ")
    return (label, value) if gap else ("", value)


def number_of(pattern: re.Pattern[str], text: str) -> tuple[int | None, int | None]:
    """Rows and columns as a pattern finds them."""
    match = pattern.search(text)
    if match is None:
        return (None, None)
    return number(match[1]), number(match[2]) if pattern.groups > 1 else None


def _make(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    block: Block,
    source: str,
    total: tuple[int | None, int | None],
    types: tuple[str, ...] = (),
) -> Table | None:
    if not rows or not header:
        return None
    return Table(
        headers=tuple(name[:100] for name in header),
        rows=fit(rows[:SAMPLE_ROWS], len(header)),
        shown_rows=len(rows),
        source=source,
        total_rows=total[0],
        total_columns=total[1],
        types=types,
        offset=block.offset,
    )


__all__ = ["TEXT", "may_hold_table", "text_tables"]
