"""Data in notebooks: tables of records, people, and rows hidden in charts and metadata.

A notebook's outputs go into git with it. Results are what they are for: metrics, plots, logs. Rows of the data set are
not. This room reads what each output holds, tells the one from the other, says where, and takes out exactly that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlhooks.core.files import File
from mlhooks.core.finding import Finding, Hook, Option, Options
from mlhooks.notebook_data.rules import RULES

# Notebooks; pages and caches made from them; and texts that Jupytext may have written a cell's metadata into.
WANTS = r"\.(?:ipynb|html?|zpln|py|R|jl|md|Rmd|qmd)$|(?:^|/)(?:_freeze|__marimo__)/.*\.json$|(?:^|/)note\.json$"
_BLANK = b"\xef\xbb\xbf \t\r\n"
_TEXTS = (".py", ".R", ".jl", ".md", ".Rmd", ".qmd")


def looks_like_notebook(data: bytes) -> bool:
    """Whether a file of any name may be a notebook."""
    return data[:64].lstrip(_BLANK)[:1] == b"{" and b'"nbformat"' in data


def _starts_like_an_export(file: File) -> bool:
    """JSON or markup, by the first bytes: a file that was named may be a model of many gigabytes."""
    return file.open().read(64).lstrip(_BLANK)[:1] in (b"{", b"<")


def check(file: File, options: Options) -> Iterator[Finding]:
    """Findings in a notebook, or in one of the files that notebooks are exported to."""
    if file.name.endswith(".ipynb"):
        from mlhooks.notebook_data.scan import check_notebook

        yield from check_notebook(file, options)
    elif b"executionInfo" in file.read() if file.name.endswith(_TEXTS) else _starts_like_an_export(file):
        from mlhooks.notebook_data.exports import check_export

        yield from check_export(file, options)


def fix(file: File, findings: Sequence[Finding], options: Options) -> bytes | None:
    """The file without what was found; None where nothing can be taken out, as in a page made from a notebook."""
    if not file.name.endswith(".ipynb") and not looks_like_notebook(file.read()):
        return None
    from mlhooks.notebook_data.fix import fixed_notebook

    return fixed_notebook(file, findings, options)


HOOK = Hook(
    "notebook-data",
    "Finds raw data and data about people in notebook outputs and metadata, and takes out only that.",
    RULES,
    WANTS,
    check,
    options=(
        Option(
            "fix",
            None,
            "take out what was found and nothing else (data, the default), or every output (strip)",
            choices=("data", "strip"),
            bare="data",
        ),
        Option("max-rows", 4, "rows that a table without data about people may show (default: 4)"),
        Option(
            "images",
            "ignore",
            "how to report pictures, which are not looked into",
            choices=("ignore", "note", "warning"),
        ),
        Option("strict", False, "report every output that stores a value"),
        Option(
            "mime", (), "TYPE=LEVEL: report every output of a MIME type (text/latex=warning; a final * matches any)"
        ),
        Option(
            "metadata",
            "personal",
            "metadata to report: people, paths and secrets (personal), also times and names (all), or none (ignore)",
            choices=("ignore", "personal", "all"),
        ),
    ),
    fix=fix,
)
