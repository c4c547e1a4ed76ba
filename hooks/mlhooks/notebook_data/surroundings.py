"""Where data hides outside outputs: metadata, parameters, widget state, attachments, text cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from mlhooks.core.finding import Level, Options
from mlhooks.formats.jsontext import Path
from mlhooks.formats.notebook import Cell, Notebook, join
from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data import rules
from mlhooks.notebook_data.verdict import Verdict

if TYPE_CHECKING:
    from mlhooks.notebook_data.table import Table

_WIDGETS = "application/vnd.jupyter.widget-state+json"
_SECRET_NAME = lazy(
    r"(?i)(?:^|[_\W])(?:pass(?:word|wd|phrase)?|pwd|secret|token|api_?key|access_?key|private_?key|dsn|credentials?|conn(?:ection)?_?str(?:ing)?|auth)(?:$|[_\W\d])"
)
_CONNECTION = lazy(r"^[a-z][a-z0-9+.-]{1,30}://[^\s/:@]{1,100}:[^\s/@]{1,200}@", re.IGNORECASE)
_TYPED_WIDGETS = frozenset(("PasswordModel", "TextModel", "TextareaModel", "ComboboxModel"))
_GRID_STATE = ("_data", "data", "_df_json", "rows", "cells", "data_raw")
_PERSON_KEYS = frozenset(("displayName", "userId", "photoUrl", "user_name", "userName", "email", "user_email"))
_EXECUTION_CELL_KEYS = ("executionInfo", "execution", "ExecuteTime", "papermill", "nuid", "deepnote_cell_id")
_EXECUTION_NOTEBOOK_KEYS = (
    "papermill",
    "colab",
    "interpreter",
    "varInspector",
    "application/vnd.databricks.v1+notebook",
    "vscode",
)
# Borders, columns that line up, printed records. Without one of these there is no table in a text.
_DRAWN = ("|", "   ", "│", "┆", "{'", '{"')
# Tables that explain something, and tables that say who made it: text cells are for both.
_DOCUMENTATION = lazy(
    r"(?i)\b(?:descriptions?|meaning|definition|explanation|documentation|references?|links?|urls?|topics?|chapter|section"
    r"|lecture|paper|venue|commands?|functions?|arguments?|options?|usage|syntax|operators?|symbols?|shortcuts?|examples?"
    r"|tutorials?|notebooks?|keywords?|abbreviations?|acronyms?|downloads?|licen[cs]es?"
    r"|models?|changes|codes?|versions?|values?|settings?|metrics?|tasks?|datasets?|benchmarks?)\b"
)
_CREDITS = lazy(r"(?i)\b(?:authors?|affiliations?|maintainers?|instructors?|lecturers?|contributors?|speakers?)\b")
_MAX_TEXT = 1 << 20


class Entry(NamedTuple):
    """A verdict about something that is no output. `path` is what a fix takes out; `where` follows the cell."""

    verdict: Verdict
    path: Path
    where: str
    is_removable: bool = True


def cell_entries(cell: Cell, options: Options) -> Iterator[Entry]:
    """What the metadata, the attachments and the text of a cell say."""
    policy = options.get("metadata", "personal")
    metadata = cell.metadata
    if metadata and policy != "ignore":
        if dict in map(type, metadata.values()) or not _PERSON_KEYS.isdisjoint(metadata):
            yield from people_in(metadata, (*cell.path, "metadata"), ", metadata")
        if policy == "all":
            for key in _EXECUTION_CELL_KEYS:
                if key in metadata:
                    yield _execution((*cell.path, "metadata", key), key, ", metadata")
    if cell.kind in ("markdown", "raw", "heading", "html"):
        attachments = cell.raw.get("attachments")
        if isinstance(attachments, dict) and attachments:
            yield from _attachments(attachments, (*cell.path, "attachments"), options)
        yield from _pasted(cell, options)


def notebook_entries(notebook: Notebook, options: Options) -> Iterator[Entry]:
    """What the metadata of the notebook say."""
    metadata = notebook.metadata
    if not metadata:
        return
    root: Path = ("metadata",)
    if "synapse_widget" in metadata:
        from mlhooks.notebook_data.stores import judge_store, synapse_tables

        for key, table in synapse_tables(metadata["synapse_widget"]):
            yield Entry(judge_store(table), (*root, "synapse_widget", "state", key), ", synapse_widget")
    widgets = metadata.get("widgets")
    if isinstance(widgets, dict):
        yield from _widgets(widgets, (*root, "widgets"), options)
    policy = options.get("metadata", "personal")
    if policy == "ignore":
        return
    yield from _parameters(metadata, root)
    for key in metadata:
        if key not in ("widgets", "synapse_widget", "kernelspec"):
            yield from people_in({key: metadata[key]}, root, "")
    yield from _authors(metadata.get("authors"), (*root, "authors"))
    yield from _paths(metadata, root)
    if policy == "all":
        for key in _EXECUTION_NOTEBOOK_KEYS:
            if metadata.get(key):
                yield _execution((*root, key), key, "")


def people_in(value: Any, path: Path, where: str, depth: int = 0) -> Iterator[Entry]:
    """Objects that name the person who ran something: Colab's `user`, Livy's statement."""
    if depth > 8 or not isinstance(value, dict):
        return
    named = [key for key in value if key in _PERSON_KEYS and value[key] not in ("", None)]
    if named and (len(named) > 1 or named[0] in ("displayName", "user_name", "userName", "email", "user_email")):
        listed = ", ".join(named)
        message = f"metadata names a person ({listed}). Remove the entry: mlhooks notebook-data --fix."
        evidence = tuple((key, "present") for key in named)
        yield Entry(Verdict(rules.USER_IDENTITY, Level.ERROR, message, f"identity:{listed}", evidence), path, where)
        return
    for key, item in value.items():
        if isinstance(item, dict):
            yield from people_in(item, (*path, key), where, depth + 1)


def _authors(authors: Any, path: Path) -> Iterator[Entry]:
    if not isinstance(authors, list) or not authors:
        return
    from mlhooks.notebook_data.personal import EMAIL, real_email

    texts = [
        item for author in authors if isinstance(author, dict) for item in author.values() if isinstance(item, str)
    ]
    if any(real_email(match[0]) for text in texts for match in EMAIL.finditer(text)):
        message = "metadata holds the e-mail address of an author. Remove it, or say why it may be public."
        yield Entry(Verdict(rules.USER_IDENTITY, Level.WARNING, message, "identity:authors", ()), path, ", authors")


def _parameters(metadata: dict[str, Any], root: Path) -> Iterator[Entry]:
    papermill = metadata.get("papermill")
    if not isinstance(papermill, dict):
        return
    for group in ("parameters", "environment_variables"):
        parameters = papermill.get(group)
        for name, value in parameters.items() if isinstance(parameters, dict) else ():
            secret = isinstance(value, str) and value and (_SECRET_NAME.search(name) or _CONNECTION.match(value))
            if secret:
                message = "papermill stored a parameter that looks like a secret. Remove it, and change the secret."
                evidence = (("parameter", name if len(name) <= 40 and name.isidentifier() else "…"),)
                verdict = Verdict(rules.RUN_PARAMETERS, Level.ERROR, message, f"parameter:{evidence[0][1]}", evidence)
                yield Entry(verdict, (*root, "papermill", group, name), ", papermill")


def _paths(metadata: dict[str, Any], root: Path) -> Iterator[Entry]:
    from mlhooks.notebook_data.prose import user_paths

    for path, text in _texts(metadata, root, 0):
        for verdict in user_paths(text):
            # The kernel has to keep a name, so that one is the author's to change.
            is_kernel = path[1:2] == ("kernelspec",)
            yield Entry(verdict._replace(subject="path:" + str(path[1])), path, f", {path[1]}", not is_kernel)


def _texts(value: Any, path: Path, depth: int) -> Iterator[tuple[Path, str]]:
    if depth > 6 or path[1:2] in (("widgets",), ("synapse_widget",)):
        return
    if isinstance(value, str):
        yield path, value[:_MAX_TEXT]
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key), depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value[:200]):
            yield from _texts(item, (*path, index), depth + 1)


def _widgets(widgets: dict[str, Any], root: Path, options: Options) -> Iterator[Entry]:
    store = widgets.get(_WIDGETS)
    state = store.get("state") if isinstance(store, dict) else None
    base: Path = (*root, _WIDGETS, "state")
    if state is None:  # ipywidgets 6 and Colab keep the models directly
        state, base = {key: item for key, item in widgets.items() if isinstance(item, dict)}, root
    for key, model in state.items() if isinstance(state, dict) else ():
        values = model.get("state") if isinstance(model, dict) else None
        if isinstance(values, dict):
            name = str(model.get("model_name") or values.get("_model_name") or "")
            yield from _model(name, values, (*base, key, "state"), options)


def _model(name: str, values: dict[str, Any], path: Path, options: Options) -> Iterator[Entry]:
    """One widget: what was typed into it, the rows that it shows, the outputs that it captured."""
    where = ", widgets"
    if name in _TYPED_WIDGETS:
        value = values.get("value")
        if isinstance(value, str) and value.strip():
            level = Level.ERROR if name == "PasswordModel" else Level.WARNING
            noun = "a password" if name == "PasswordModel" else "typed text"
            message = f"the saved state of a widget holds {noun}. Remove it, and turn saving of widget state off."
            yield Entry(Verdict(rules.WIDGET_VALUE, level, message, f"widget:{name}", ()), (*path, "value"), where)
        return
    if name == "OutputModel" and isinstance(values.get("outputs"), list):
        yield from _captured(values["outputs"], (*path, "outputs"), options)
        return
    if name in ("HTMLModel", "LabelModel") and isinstance(values.get("value"), str):
        text = values["value"]
        if "<table" in text:
            from mlhooks.notebook_data.html_tables import html_tables
            from mlhooks.notebook_data.judge import judge

            for table in html_tables(text[:_MAX_TEXT]):
                for verdict in judge(table, options):
                    yield Entry(verdict._replace(offset=0), (*path, "value"), where)
        return
    for key in _GRID_STATE:
        rows = values.get(key)
        if isinstance(rows, dict) and isinstance(rows.get("data"), list):
            rows = rows["data"]
        if isinstance(rows, list) and rows and isinstance(rows[0], dict | list):
            from mlhooks.notebook_data.stores import judge_store, stored_rows

            grid = stored_rows(rows, "a grid widget")
            if grid is not None:
                yield Entry(judge_store(grid)._replace(rule=rules.WIDGET_VALUE), (*path, key), where)


def _captured(outputs: list[Any], path: Path, options: Options) -> Iterator[Entry]:
    """Outputs that a widget captured: judged as any output is, removed as a whole."""
    from mlhooks.notebook_data.outputs import raw_output_verdicts

    for index, raw in enumerate(outputs):
        if isinstance(raw, dict):
            for verdict in raw_output_verdicts(raw, options):
                yield Entry(verdict._replace(offset=0), (*path, index), ", widgets")


def _attachments(attachments: dict[str, Any], path: Path, options: Options) -> Iterator[Entry]:
    wanted = options.get("images", "ignore")
    for name, copies in attachments.items():
        for mime, value in copies.items() if isinstance(copies, dict) else ():
            if mime.startswith("text/") or mime.endswith("json"):
                from mlhooks.notebook_data.prose import text_verdicts

                for verdict in text_verdicts(join(value)[:_MAX_TEXT], options):
                    yield Entry(verdict, (*path, name, mime), ", attachment", is_removable=False)
            elif wanted != "ignore":
                level = {"note": Level.NOTE, "warning": Level.WARNING}[wanted]
                message = f"attached picture ({mime[:40]}) that this hook cannot judge. Look at it before you commit."
                verdict = Verdict(rules.IMAGE_OUTPUT, level, message, f"attachment:{mime[:40]}", ())
                yield Entry(verdict, (*path, name), ", attachment", is_removable=False)


def _pasted(cell: Cell, options: Options) -> Iterator[Entry]:
    """Tables that were pasted into a text cell. Documentation has tables too: only data about people, or many rows."""
    source = cell.source[:_MAX_TEXT]
    is_drawn = source.count("\n") > 2 and (cell.kind == "raw" or any(map(source.__contains__, _DRAWN)))
    if not is_drawn and "<table" not in source:
        return
    from mlhooks.notebook_data.prose import tables_in

    tables: list[Table] = []
    if "<table" in source:
        from mlhooks.notebook_data.html_tables import html_tables

        tables += html_tables(source)
    tables += (table for table in tables_in(source) if cell.kind == "raw" or not table.is_series)
    if not tables:
        return
    from mlhooks.notebook_data.judge import judge

    for table in tables:
        if any(map(_CREDITS.search, table.headers)):
            continue
        # Pictures are laid out in tables without names; arguments and papers are listed, however many there are.
        is_text = not any(table.headers) or any(map(_DOCUMENTATION.search, table.headers))
        for verdict in judge(table, {**options, "max-rows": max(int(options.get("max-rows", 4)), 20)}):
            if verdict.level is Level.NOTE or (is_text and verdict.rule is not rules.PERSONAL_DATA):
                continue
            rule = verdict.rule if verdict.rule is rules.PERSONAL_DATA else rules.PASTED_TABLE
            message = verdict.message.replace("Clear the output", "Take it out of the cell")
            yield Entry(verdict._replace(rule=rule, message=message), cell.source_path, "", is_removable=False)


def _execution(path: Path, key: str, where: str) -> Entry:
    message = (
        f"metadata entry {key} tells how the notebook was run. Remove it: mlhooks notebook-data --fix --metadata=all."
    )
    return Entry(Verdict(rules.EXECUTION_METADATA, Level.WARNING, message, f"execution:{key}", ()), path, where)
