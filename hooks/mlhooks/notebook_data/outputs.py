"""One output: which of its MIME copies say what, and which verdicts follow."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from mlhooks.core.finding import Level, Options
from mlhooks.formats.jsontext import Path
from mlhooks.formats.notebook import Notebook, Output, join
from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data import rules
from mlhooks.notebook_data.verdict import Verdict

_TEXT = lazy(r"text/(?!html|csv|tab-separated)")
_TABLE = lazy("<table", re.IGNORECASE)
_CHUNK_CHARACTERS = 1 << 18
_MAX_CHARACTERS = 1 << 24
_MOST_HITS = 20
_IMAGE = lazy(r"image/(?!svg)|application/pdf")
_SILENT = lazy(r"application/vnd\.(?:jupyter|synapse)\.widget-view\+json|application/vnd\.livy\.")
_CHART = lazy(r"application/vnd\.(plotly|vegalite|vega|bokehjs|holoviews)")
_LEVELS = {"note": Level.NOTE, "warning": Level.WARNING, "error": Level.ERROR}
PLACEHOLDER = lazy(r"\[mlhooks took out: [\w ,;()×+./-]{1,200}\]\n?")


class Hit(NamedTuple):
    """A verdict and the text it stands in: the path of the value, and the offset in it."""

    verdict: Verdict
    path: Path


def output_hits(notebook: Notebook, output: Output, options: Options) -> list[Hit]:
    """What is wrong with one output, the worst of each rule only: copies of one table are one table.

    A page of a thousand tables is one output to clear, and not a thousand things to read about.
    """
    if not output.data and not output.raw.get("metadata") and options.get("fix") != "strip":
        return []
    hits = list(_hits(notebook, output, options))
    if len(hits) < 2:
        return hits
    worst: dict[tuple[str, int], Hit] = {}
    for hit in hits:
        place = hit.verdict.offset if hit.path[-1:] == ("text/html",) else 0
        key = (hit.verdict.rule.id, place)
        if key not in worst or hit.verdict.level > worst[key].verdict.level:
            worst[key] = hit
    kept: list[Hit] = []
    told: Counter[str] = Counter()
    for hit in sorted(worst.values(), key=lambda hit: -hit.verdict.level):
        told[hit.verdict.rule.id] += 1
        if told[hit.verdict.rule.id] <= _MOST_HITS:  # of each rule: one that is waived must not hide another
            kept.append(hit)
    return kept


def mime_problems(options: Options) -> list[str]:
    """What is wrong with the values of the option `mime`: one that means nothing must not pass as a check."""
    settings = [str(setting) for setting in options.get("mime", ())]
    wrong = [text for text in settings if not re.fullmatch(r"[\w.+*/-]+=(?:note|warning|error)", text)]
    return [f"the option mime takes TYPE=LEVEL (text/latex=warning), not {wrong[0]!r}"] if wrong else []


def raw_output_verdicts(raw: dict[str, Any], options: Options) -> Iterator[Verdict]:
    """The verdicts about an output that stands somewhere else than in a cell."""
    data = raw.get("data")
    copies = data if isinstance(data, dict) else {"text/plain": raw.get("text", "")}
    for mime, value in copies.items():
        if mime == "text/html":
            yield from html_verdicts(join(value), options)
        elif _TEXT.match(mime):
            if "text/html" not in copies:
                yield from _text(join(value), options)
        elif "json" in mime and not _SILENT.match(mime):
            yield from _typed(mime, value, options)


def is_placeholder(output: Output) -> bool:
    """Whether an output is what a fix left behind."""
    return output.kind == "stream" and PLACEHOLDER.fullmatch(join(output.raw.get("text"))) is not None


def _hits(notebook: Notebook, output: Output, options: Options) -> Iterator[Hit]:
    if output.kind == "stream" and is_placeholder(output) and options.get("fix") != "strip":
        return
    if output.raw.get("metadata"):
        yield from _stored(output)
    if _asks_for_types(options):
        yield from _by_type(output, options)
    html_path = output.data.get("text/html")
    has_frame = False
    if html_path is not None:
        html = notebook.text_of(html_path)
        for verdict in html_verdicts(html, options):
            yield Hit(verdict, html_path)
        has_frame = has_table(html)
    for mime, path in output.data.items():
        reader = _reader_of(mime)
        # The plain copy of an HTML table is the same table.
        if reader is not None and not (has_frame and reader is _text_copy and mime != "text/traceback"):
            for verdict in reader(notebook, mime, path, options):
                yield Hit(verdict, path)


_Reader = Callable[[Notebook, str, Path, Options], Iterator[Verdict]]


@lru_cache(maxsize=256)
def _reader_of(mime: str) -> _Reader | None:
    """What judges a copy that is not HTML; None for pictures and what else holds nothing to judge."""
    if mime == "text/html" or _SILENT.match(mime):
        return None
    if _TEXT.match(mime):
        return _text_copy
    if "javascript" in mime:
        return _script_copy
    return _typed_copy if "json" in mime or mime.startswith("text/") else None


def _text_copy(notebook: Notebook, mime: str, path: Path, options: Options) -> Iterator[Verdict]:  # noqa: ARG001
    return _text(notebook.text_of(path), options)


def _script_copy(notebook: Notebook, mime: str, path: Path, options: Options) -> Iterator[Verdict]:  # noqa: ARG001
    from mlhooks.notebook_data.pages import script_verdicts

    return script_verdicts(notebook.text_of(path), options)


def _typed_copy(notebook: Notebook, mime: str, path: Path, options: Options) -> Iterator[Verdict]:
    return _typed(mime, notebook.get(path), options)


def _stored(output: Output) -> Iterator[Hit]:
    metadata = output.raw.get("metadata")
    entry = metadata.get("application/vnd.databricks.v1+output") if isinstance(metadata, dict) else None
    if entry:
        from mlhooks.notebook_data.stores import DATABRICKS_OUTPUT, databricks_table, judge_store

        table = databricks_table(entry)
        if table is not None:
            yield Hit(judge_store(table), (*output.path, "metadata", DATABRICKS_OUTPUT))


def _asks_for_types(options: Options) -> bool:
    return options.get("images", "ignore") != "ignore" or any(map(options.get, ("mime", "strict", "fix")))


def _by_type(output: Output, options: Options) -> Iterator[Hit]:
    """What the options say about kinds of outputs, whatever they hold."""
    for mime, path in output.data.items():
        wanted = options.get("images", "ignore")
        if wanted != "ignore" and _IMAGE.match(mime):
            message = f"picture ({mime}) that this hook cannot judge. Look at it before you commit."
            yield Hit(Verdict(rules.IMAGE_OUTPUT, _LEVELS[wanted], message, f"image:{mime}", ()), path)
        for setting in options.get("mime", ()):
            pattern, _, level = str(setting).partition("=")
            if level in _LEVELS and (mime == pattern or (pattern.endswith("*") and mime.startswith(pattern[:-1]))):
                message = f"an output of type {mime}, which this project does not store. Clear the output."
                yield Hit(Verdict(rules.STORED_OUTPUT, _LEVELS[level], message, f"mime:{mime}", ()), path)
    if (options.get("strict") and output.data) or options.get("fix") == "strip":
        mime, path = next(iter(output.data.items()), ("nothing", output.path))
        message = "an output is stored, and none is allowed. Clear the output."
        yield Hit(Verdict(rules.STORED_OUTPUT, Level.WARNING, message, f"strict:{mime}", ()), path)


def has_table(html: str) -> bool:
    """Whether a piece of HTML has a table in it, in whatever letters its tag is written."""
    return "<table" in html or _TABLE.search(html) is not None


def html_verdicts(html: str, options: Options) -> Iterator[Verdict]:
    """The verdicts about a piece of HTML: its tables, and the data in its scripts."""
    if has_table(html):
        from mlhooks.notebook_data.html_tables import html_tables
        from mlhooks.notebook_data.judge import judge

        for table in html_tables(html):
            yield from judge(table, options)
    if "<script" in html or "<iframe" in html:
        from mlhooks.notebook_data.pages import script_verdicts

        yield from script_verdicts(html, options)
    elif ("@" in html or "/home/" in html or "Users" in html) and not has_table(html):
        from mlhooks.notebook_data.prose import people_in_markup

        yield from people_in_markup(html)


def _text(text: str, options: Options) -> Iterator[Verdict]:
    if len(text) < 24 and "/" not in text and "\\" not in text:
        return  # too short for a table, and no path
    from mlhooks.notebook_data.prose import text_verdicts

    if len(text) <= _CHUNK_CHARACTERS:
        yield from text_verdicts(text, options)
        return
    for start, chunk in _chunks(text):
        for verdict in text_verdicts(chunk, options):
            yield verdict._replace(offset=verdict.offset + start)
    if len(text) > _MAX_CHARACTERS:
        message = f"text of {len(text):,} characters, of which only the first 16 million were read. Clear the output."
        yield Verdict(rules.UNJUDGED_OUTPUT, Level.WARNING, message, "too-long", ())


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """Pieces of a long text, cut at ends of lines where there are any."""
    start = 0
    while start < min(len(text), _MAX_CHARACTERS):
        end = min(start + _CHUNK_CHARACTERS, len(text))
        cut = text.rfind("\n", start + 1, end) if end < len(text) else -1
        end = cut if cut > start else end
        yield start, text[start:end]
        start = end


def _typed(mime: str, value: Any, options: Options) -> Iterator[Verdict]:
    chart = _CHART.match(mime)
    if chart is not None:
        from mlhooks.notebook_data.charts import Chart, judge_chart, plotly_charts, vega_charts
        from mlhooks.notebook_data.pages import bokeh_charts

        readers: dict[str, Callable[[Any], Iterator[Chart]]] = {
            "plotly": plotly_charts,
            "vegalite": vega_charts,
            "vega": vega_charts,
        }
        for found in readers.get(chart[1], bokeh_charts)(_parsed(value)):
            yield from judge_chart(found)
        return
    from mlhooks.notebook_data.records import value_verdicts
    from mlhooks.notebook_data.stores import is_store, judge_store, stored_table

    if not is_store(mime):
        yield from value_verdicts(mime, value if mime.startswith("text/") else _parsed(value), options)
        return
    table = stored_table(mime, _parsed(value))
    if table is not None:
        yield judge_store(table)


def _parsed(value: Any) -> Any:
    """The value of a JSON MIME type, which some writers store as text."""
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        value = "".join(value)
    if isinstance(value, str):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value
