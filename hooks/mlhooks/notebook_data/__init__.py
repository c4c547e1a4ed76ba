"""Data in notebooks: tables of records, people, and rows hidden in charts and metadata.

A notebook's outputs go into git with it. Results are what they are for: metrics, plots, logs. Rows of the data set are
not. This room reads what each output holds, tells the one from the other, says where, and takes out exactly that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlhooks.core.files import File
from mlhooks.core.finding import Finding, Hook, Option, Options
from mlhooks.notebook_data.rules import RULES

WANTS = r"\.ipynb$"


def check(file: File, options: Options) -> Iterator[Finding]:
    """Findings in a notebook, or in one of the files that notebooks are exported to."""
    from mlhooks.notebook_data.scan import check_notebook

    yield from check_notebook(file, options)


def fix(file: File, findings: Sequence[Finding], options: Options) -> bytes | None:
    """The file without what was found; None where nothing can be taken out."""
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
