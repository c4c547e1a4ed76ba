"""Tables in HTML, whoever made them: pandas, Styler, polars, Spark, R, Julia, great_tables, PrettyTable, ...

One pass over the tags with a regular expression instead of a parser: twenty times faster, and outputs of libraries are
regular. Every pattern here is bounded, so a hostile page costs linear time.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import NamedTuple

from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data.table import SAMPLE_ROWS, Table, fit, number
from mlhooks.notebook_data.vocabulary import family_of, words

# These are searched in a copy with tags in small letters: a pattern that ignores case takes five times as long.
_CAPITAL_TAG = lazy(r"<[/a-z]*+[A-Z][A-Za-z]*")
_TABLE = lazy(r"<table\b([^<>]{0,2000})>")
_BOUNDARIES = (lazy(r"<table\b"), lazy(r"</table\b"))
_ROW = lazy(r"<tr\b[^<>]{0,2000}>")
# A cell ends where the next one starts, or a tag of the table: closing tags are optional in HTML.
_CELL = lazy(r"<([tT][hHdD])\b([^<>]{0,2000})>([^<]*+(?:<(?!/?(?i:t[hdr]|thead|tbody|tfoot)\b)[^<]*+)*+)")
_CAPTION = lazy(r"<caption\b[^<>]{0,2000}>([^<]{0,300})", re.IGNORECASE)
_DOTS = frozenset(("...", "…", "⋮", "⋮ ", ""))
_MAX_ROW = 1 << 18
_MAX_CELLS = 400
_TAG = lazy(r"<(?:br|/p|/div|/li)\b[^<>]{0,200}>|<[^<>]{1,2000}>", re.IGNORECASE)
_COLSPAN = lazy(r"colspan\s*=\s*[\"']?(\d{1,3})", re.IGNORECASE)
_TYPE = lazy(
    r"(?i)<?(?:str|string|cat|enum|date|datetime(?:\[.*\])?|duration.*|time|bool|boolean|binary|object|null|list\[.*\]|struct\[.*\]|decimal.*"
    r"|[fiu](?:8|16|32|64|128)|u?int\d{1,3}|u?bigint|integer|float\d{0,2}|double|varchar|timestamp.*|chr|dbl|int|lgl|fct|ord|dttm|cplx|any"
    r"|u?int(?:8|16|32|64)\??|float(?:32|64)\??|string\d{0,3}\??|char|missing)>?"
)
_SHAPE_AFTER = lazy(r"([\d,_ ]{1,20}) rows? (?:×|x|&times;) ([\d,_]{1,9}) columns?")
_SHAPE_BEFORE = lazy(
    r"shape: \(([\d_,]{1,20}?)(?:, ?([\d_]{1,9}))?,?\)"
    r"|A (?:data\.frame|tibble|data\.table|grouped_df|spec_tbl_df|matrix|rowwise_df)[^<>\n]{0,40}?: "
    r"([\d,]{1,12}) (?:×|x) ([\d,]{1,9})"
    r"|([\d,]{1,12})×([\d,]{1,9}) (?:Sub)?DataFrame"
)
# Class names that say at once that this is a report of a model, and no data.
_REPORT = lazy(
    r"class\s*=\s*[\"'][^\"']{0,80}\b(?:simpletable|wandb|parameters-table|sk-|jp-|eli5-weights|xr-|dask|highlighttable|model-summary)",
    re.IGNORECASE,
)
_MAKERS = (
    (lazy(r"id\s*=\s*[\"']?T_[0-9a-f_]{4}"), "pandas Styler table"),
    (lazy(r"class\s*=\s*[\"'][^\"']{0,80}\bgt_table"), "great_tables table"),
    (lazy(r"class\s*=\s*[\"'][^\"']{0,80}\btable-result\b"), "Databricks table"),
    (lazy(r"class\s*=\s*[\"'][^\"']{0,80}\bdata-frame\b"), "Julia DataFrame"),
    (lazy(r"class\s*=\s*[\"'][^\"']{0,80}\bdataframe\b"), "DataFrame"),
)


class _Row(NamedTuple):
    in_head: bool
    tags: tuple[str, ...]  # th or td, one for each text
    texts: tuple[str, ...]


class _Raw(NamedTuple):
    rows: tuple[_Row, ...]
    height: int
    caption: str
    end: int


def html_tables(html: str) -> Iterator[Table]:
    """The tables of a piece of HTML, in order. `offset` counts in `html`; nested tables come on their own."""
    folded = _folded(html)
    boundaries = sorted([match.span() for pattern in _BOUNDARIES for match in pattern.finditer(folded)])
    boundaries.append((len(html), len(html)))
    previous_end = 0
    for opening in _TABLE.finditer(folded):
        attributes = html[opening.start(1) : opening.end(1)]
        start = opening.end()
        raw = _read_rows(html, folded, start, *boundaries[bisect_left(boundaries, (start, start))])
        before = html[max(previous_end, opening.start() - 400) : opening.start()]
        after = html[raw.end : raw.end + 300]
        table = _table(raw, attributes, before, after, opening.start())
        if table is not None:
            yield table
        previous_end = raw.end


def _folded(html: str) -> str:
    """The text with its tags in small letters, and every character where it was."""
    if html.isascii():
        return html.lower()
    return _CAPITAL_TAG.sub(lambda tag: tag[0].lower(), html)  # some letters of other scripts become two


def _table(raw: _Raw, attributes: str, before: str, after: str, offset: int) -> Table | None:
    head, body = _split_head(raw.rows)
    if not body:
        return None
    label_count = max(map(_label_count, body))
    width = max([len(row.texts) for row in body]) - label_count
    if width < 1:
        return None
    headers, types = _headers(head, width)
    # Dask, and frames cut in the middle, draw rows of dots.
    rows = [row for row in body if row.texts[0] not in _DOTS or not _DOTS.issuperset(row.texts)]
    total_rows, total_columns = _true_shape(before + raw.caption, after)
    return Table(
        headers=headers,
        rows=fit([row.texts[min(label_count, len(row.texts) - 1) :] for row in rows], width),
        shown_rows=max(len(rows), raw.height - len(head) - (len(body) - len(rows))),
        source=next((maker for pattern, maker in _MAKERS if pattern.search(attributes)), "HTML table"),
        labels=tuple([" ".join(row.texts[:label_count]) for row in rows]) if label_count else (),
        label_columns=_label_columns(head, rows, label_count) if label_count else (),
        total_rows=total_rows,
        total_columns=total_columns,
        types=types,
        offset=offset,
        is_harmless=bool(_REPORT.search(attributes)) or "<progress" in before or "Dask Name:" in after,
    )


def _read_rows(html: str, folded: str, start: int, end: int, next_start: int) -> _Raw:
    """The rows of a table, from the end of its opening tag to `end`: all are counted, the first ones are kept."""
    openings = _ROW.finditer(folded, start, end)
    starts = list(islice(openings, SAMPLE_ROWS + 5))
    first = starts[0] if starts else None
    before_end, head_end = (first.start(), folded.find("</thead", first.end(), end)) if first else (end, -1)
    has_head = folded.find("<thead", start, before_end) >= 0
    kept: list[_Row] = []
    for opening, following in zip_longest(starts[: SAMPLE_ROWS + 4], starts[1 : SAMPLE_ROWS + 5]):
        begin = opening.end()
        tags, texts = _cells(html[begin : min(following.start() if following else end, begin + _MAX_ROW)])
        if tags:
            in_head = has_head and (head_end < 0 or begin <= head_end)
            kept.append(_Row(in_head, tuple(tags[:_MAX_CELLS]), tuple(texts[:_MAX_CELLS])))
    caption = _CAPTION.search(html, start, before_end)
    height = len(starts) + sum(1 for _ in openings)
    return _Raw(tuple(kept), height, _text(caption[1]) if caption else "", next_start)


def _cells(row: str) -> tuple[list[str], list[str]]:
    """The tag and the text of every cell of a row."""
    tags: list[str] = []
    texts: list[str] = []
    for tag, attributes, content in _CELL.findall(row):
        text = content[:2000]
        text = _text(text) if "<" in text or "&" in text else text.strip()
        span = _COLSPAN.search(attributes) if attributes else None
        count = min(int(span[1]), 50) if span else 1
        tags += (tag.lower(),) * count
        texts += (text,) * count
    return tags, texts


def _text(html: str) -> str:
    if "<" in html:
        html = _TAG.sub(" ", html)
    if "&" in html:
        from html import unescape  # its table of entities takes a while to load

        html = unescape(html)
    return html.strip()


def _split_head(rows: tuple[_Row, ...]) -> tuple[list[_Row], list[_Row]]:
    head: list[_Row] = []
    for row in rows:
        all_th = row.tags.count("th") == len(row.tags)
        if not (row.in_head or (all_th and len(row.tags) > 1) or _is_type_row(row)):
            break
        head.append(row)
    if not head and rows and len(rows) > 2:
        head = [rows[0]]  # no <th> at all: the first row names the columns
    return head, list(rows[len(head) :])


def _is_type_row(row: _Row) -> bool:
    texts = [text for text in row.texts if text]
    return len(texts) >= 1 and all(map(is_type_name, texts))


def _label_count(row: _Row) -> int:
    """How many leading cells of a data row are labels. A repeated label of a hierarchy is left out of its row."""
    return row.tags.index("td") if "td" in row.tags else 0


def _label_columns(head: list[_Row], rows: list[_Row], label_count: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The row labels whose names speak of people. Those that a hierarchy does not repeat are left out of its rows."""
    names: tuple[str, ...] = ()
    for row in head:
        names = row.texts[:label_count] if any(row.texts[:label_count]) else names
    levels = []
    for level, name in enumerate(names):
        if name and family_of(words(name)) is not None:
            places = [(row, level - label_count + _label_count(row)) for row in rows]
            levels.append((name, tuple([row.texts[place] for row, place in places if place >= 0])))
    return tuple(levels)


def _headers(head: list[_Row], width: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Column names, with the levels of a hierarchy joined, and printed types."""
    names = [""] * width
    types: tuple[str, ...] = ()
    for number_, row in enumerate(head):
        texts = row.texts[-width:]
        texts = ("",) * (width - len(texts)) + texts
        if number_ and _is_type_row(row):
            types = texts
            continue
        for index, text in enumerate(texts):
            if text and text not in names[index].split(" "):
                names[index] = f"{names[index]} {text}".strip()[:100]
    return tuple(names), types


def _true_shape(before: str, after: str) -> tuple[int | None, int | None]:
    match = _SHAPE_AFTER.search(after) if " row" in after else None
    if match:
        return number(match[1]), number(match[2])
    is_printed = "shape: (" in before or "×" in before or " x " in before
    for match in _SHAPE_BEFORE.finditer(before) if is_printed else ():
        found = [group for group in match.groups() if group is not None]
        return number(found[0]), number(found[1]) if len(found) > 1 else 1
    return None, None


def is_type_name(text: str) -> bool:
    """Whether a cell is the name of a column type, as polars, R, Julia and DuckDB print under column names."""
    return _TYPE.fullmatch(text) is not None
