"""Tables in plain text: what pandas, polars, DuckDB, Spark, R, Julia and printers of grids write.

A text is cut into blocks of lines first. Each block is offered to the readers below, the strict ones first: boxes and
grids have borders, a Series has a footer; columns that are only aligned come last and have to line up to the character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data.table import EMPTY, NUMBER, SAMPLE_ROWS, Table, kind_of, number
from mlhooks.notebook_data.text_blocks import DOTS, GAP, POLARS_SHAPE, Block, blocks, make, number_of
from mlhooks.notebook_data.text_columns import aligned, left_and_right
from mlhooks.notebook_data.text_grids import box, latex_tables, pipes, ruled
from mlhooks.notebook_data.vocabulary import family_of, words

_PANDAS_FOOTER = lazy(
    r"(?:Freq: [^,]{1,20}, )?(?:Name: (?P<name>.{0,200}?), )?(?:Length: (?P<length>\d{1,15}), )?"
    r"dtype: (?P<type>[^\n]{1,80})"
)
_RECORD = lazy(r"-RECORD (\d+)")
_GLIMPSE = lazy(r"^Rows: ([\d_,]+)\nColumns: ([\d_,]+)\n", re.MULTILINE)
_R_STR = lazy(r"'data\.frame':\s+(\d{1,15}) obs\. of\s+(\d{1,9}) variables?:")


def text_tables(text: str) -> Iterator[Table]:
    """The tables of a text, in order."""
    if "\\begin{tabular" in text or "\\begin{longtable" in text:
        yield from latex_tables(text)
        return
    for block in blocks(text):
        written = "\n".join(block.lines)
        for reader, marks in _READERS:
            table = reader(block) if any(map(written.__contains__, marks)) else None
            if table is not None:
                yield table
                break


def _series(block: Block) -> Table | None:
    """A pandas Series: labels, values and a footer. Polars prints values in brackets."""
    footer = _PANDAS_FOOTER.fullmatch(block.lines[-1].strip())
    if footer is not None and len(block.lines) > 1:
        is_index = footer["name"] is None and footer["type"].startswith("object") and _are_types(block.lines[:-1])
        lines = [line for line in block.lines[:-1] if line.strip() not in DOTS]
        index_name = _index_name(lines)
        pairs = [pair for pair in map(_last_column, lines[bool(index_name) :]) if pair[1].strip() not in DOTS]
        if not pairs or is_index:
            return None
        name = footer["name"] or ""
        table = make([name], [[value] for _, value in pairs], block, "Series", (number(footer["length"]), 1))
        labels = tuple(label for label, _ in pairs)[:SAMPLE_ROWS]
        return table and table._replace(
            labels=labels,
            label_columns=((index_name, labels),) if index_name else (),
            is_series=True,
            is_harmless=name in ("count", "proportion") and family_of(words(index_name)) is None,
        )
    if block.lines[0].startswith("shape: (") and len(block.lines) > 2 and block.lines[1].startswith("Series: "):
        name = re.match(r"Series: '(.{0,100}?)' \[", block.lines[1])
        values = [[line.strip()] for line in block.lines[2:] if line.startswith("\t") and line.strip() not in DOTS]
        table = make([name[1] if name else ""], values, block, "polars Series", number_of(POLARS_SHAPE, block.lines[0]))
        return table and table._replace(is_series=True)
    return None


def _index_name(lines: Sequence[str]) -> str:
    """What the labels of a Series are called: a first line without a value, which ends where no other one does."""
    name = lines[0].strip() if len(lines) > 1 else ""
    if not name or " " in name:
        return ""
    return name if len(lines[0].rstrip()) < min([len(line.rstrip()) for line in lines[1:]]) else ""


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
    return make(
        header, [[record.get(key, "") for key in header] for record in records], block, "Spark rows", (None, None)
    )


def _described(block: Block) -> Table | None:
    """The first values of every column: polars' and dplyr's glimpse, R's str."""
    text = "\n".join(block.lines)
    glimpse, structure = _GLIMPSE.search(text), _R_STR.search(text)
    if glimpse is None and structure is None:
        return None
    total = number_of(_GLIMPSE, text) if glimpse else number_of(_R_STR, text)
    columns: list[tuple[str, list[str]]] = []
    for line in block.lines:
        match = re.match(
            r"\s*\$\s?(.{1,60}?)\s*(?:<\w+>|:)\s*(?:chr|num|int|Factor w/ \d+ levels?|logi|Date)?\s*(.*)", line
        )
        if match:
            columns.append(
                (
                    match[1].strip(),
                    [value.strip() for value in re.split(r",|\s(?=[\"\d])", match[2])[:10] if value.strip()],
                )
            )
    if not columns:
        return None
    height = max((len(values) for _, values in columns), default=0)
    rows = [[values[row] if row < len(values) else "" for _, values in columns] for row in range(height)]
    return make([name for name, _ in columns], rows, block, "glimpse of a table", total)


def _are_types(lines: Sequence[str]) -> bool:
    """`df.dtypes`: a Series of type names, which is a schema."""
    values = [line.split()[-1] for line in lines if line.split()]
    known = re.compile(
        r"(?:u?int|float|complex)\d{0,3}|object|bool|str|category|string(?:\[.*\])?|datetime64.*|timedelta.*|period.*|date\d*|double\S*|list.*|large_string\S*|UTC\]|Int\d+|Float\d+|boolean"
    )
    return bool(values) and all(known.fullmatch(value) for value in values)


def _last_column(line: str) -> tuple[str, str]:
    """Label and value of a line of a Series. The label ends at the first wide gap after it."""
    parts = GAP.split(line.strip(), maxsplit=1)
    if len(parts) == 2:
        label, value = parts
        # Levels of a hierarchical index: all but the last are labels.
        head, gap, tail = value.rpartition("  ")
        return (
            (f"{label} {head.strip()}".strip(), tail.strip())
            if gap and kind_of(tail) in (NUMBER, EMPTY)
            else (label, value)
        )
    label, gap, value = line.strip().rpartition(" ")
    return (label, value) if gap else ("", value)


# The readers in their order, and what a block has to hold, at least one of each row, for the reader to find a table.
_READERS: tuple[tuple[Callable[[Block], Table | None], Sequence[str]], ...] = (
    (box, "+|┏┣┡┢┗├╞╟╠┝┌╒╔└╘╚╰╭"),
    (pipes, "|"),
    (_series, ("dtype: ", "shape: (")),
    (_vertical, ("-RECORD ",)),
    (_described, ("Rows: ", "data.frame")),
    (left_and_right, ("# A ", "DataFrame")),
    (ruled, ("--", "==", "-=", "=-", "─")),
    (aligned, ("",)),
)
