"""Taking out what was found, and nothing else: the bytes around it stay.

An output that goes leaves a short text in its place, so that a reader knows that something was there. Metadata goes
without a trace. What was written is read again before it is handed back: an edit that broke the notebook, or touched
anything but what it should, is not made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mlhooks.core.files import File
from mlhooks.core.finding import Finding, Level, Options, Unscannable
from mlhooks.formats.jsonedit import edited
from mlhooks.formats.jsontext import JsonText, Path
from mlhooks.formats.notebook import Notebook
from mlhooks.notebook_data import rules
from mlhooks.notebook_data.scan import places

_NOUNS = {
    rules.DATAFRAME_OUTPUT.id: "a table",
    rules.PERSONAL_DATA.id: "data about people",
    rules.EMBEDDED_TABLE.id: "a stored table",
    rules.CHART_DATA.id: "a chart with its data",
    rules.USER_PATH.id: "a path with a user name",
    rules.IMAGE_OUTPUT.id: "a picture",
    rules.STORED_OUTPUT.id: "an output",
    rules.UNJUDGED_OUTPUT.id: "a very long text",
}


def fixed_notebook(file: File, findings: Sequence[Finding], options: Options) -> bytes | None:
    """The bytes of a notebook without what `findings` name, or None when none of them can be taken out.

    Notes stay: they may well be wanted. Raises `Unscannable` when the file is not one that can be edited safely.
    """
    data = file.read()
    notebook = Notebook(data)
    removals: set[Path] = set()
    replacements: dict[Path, str] = {}
    if options.get("fix") == "strip":
        removals |= _all_outputs(notebook)
    wanted = {finding for finding in findings if finding.level > Level.NOTE}
    nouns: dict[Path, list[str]] = {}
    for place in places(file.path, notebook, options, []):
        if place.finding not in wanted or place.target is None:
            continue
        if place.is_output:
            nouns.setdefault(place.target, []).append(_NOUNS.get(place.finding.rule.id, "an output"))
        else:
            removals.add(place.target)
    for path, reasons in nouns.items():
        if path not in removals:
            replacements[path] = _placeholder(notebook, path, " and ".join(dict.fromkeys(reasons)))
    if not removals and not replacements:
        return None
    if notebook.json.duplicate_key is not None:
        raise Unscannable("a key stands twice in it, so it is not safe to edit; open and save it in Jupyter first")
    text = edited(notebook.json, removals, replacements)
    _verify(notebook, text, removals, replacements)
    return _encoded(text, data)


def _all_outputs(notebook: Notebook) -> set[Path]:
    """Every output of every cell, but not those that hold nothing."""
    return {output.path for cell in notebook.cells for output in cell.outputs()}


def _placeholder(notebook: Notebook, path: Path, reason: str) -> str:
    """A stream output that says what was taken out, in the layout of the output that it replaces."""
    text = f"[mlhooks took out: {reason}]\n"
    output: dict[str, Any] = {"name": "stdout", "output_type": "stream", "text": [text]}
    if notebook.version < 4:
        output = {"output_type": "stream", "stream": "stdout", "text": [text]}
    indent, margin, newline = _layout(notebook.json, path)
    if indent is None:
        return json.dumps(output, separators=_separators(notebook.json, path))
    return json.dumps(output, indent=indent).replace("\n", newline + margin)


def _layout(document: JsonText, path: Path) -> tuple[str | None, str, str]:
    """How the value at `path` is laid out: one step of indent (None: on one line), its margin, its line end."""
    start, end = document.span(path)
    line_start = document.text.rfind("\n", 0, start) + 1
    margin = document.text[line_start:start]
    inner = re.match(r"\{(\r?\n)([ \t]*)\"", document.text[start : min(end, start + 400)])
    if inner is None or margin.strip() or not inner[2].startswith(margin):
        return None, "", ""
    return inner[2][len(margin) :], margin, inner[1]


def _separators(document: JsonText, path: Path) -> tuple[str, str]:
    start, end = document.span(path)
    head = document.text[start : min(end, start + 200)]
    return (", " if re.search(r",[ \n]", head) else ",", ": " if re.search(r'":[ ]', head) else ":")


def _verify(notebook: Notebook, text: str, removals: set[Path], replacements: Mapping[Path, str]) -> None:
    """Read the result again: all but what was taken out has to be equal, and the schema has to hold as before."""
    result = JsonText(text).value
    expected = _without(notebook.json.value, (), removals, replacements)
    if not _equal(result, expected):
        raise Unscannable("the edit would have changed more than it should; nothing was written")
    if notebook.version != 4:
        return
    import nbformat

    def is_valid(value: Any) -> bool:
        try:
            nbformat.validate(value, relax_add_props=False, repair_duplicate_cell_ids=False)
        except Exception:  # noqa: BLE001  # whatever its schema library raises means no
            return False
        return True

    if not is_valid(result) and is_valid(notebook.json.value):
        raise Unscannable("the edited notebook would not be a valid one; nothing was written")


def _without(value: Any, path: Path, removals: set[Path], replacements: Mapping[Path, str]) -> Any:
    if path in replacements:
        return json.loads(replacements[path])
    if not any(other[: len(path)] == path for other in (*removals, *replacements)):
        return value
    if isinstance(value, dict):
        return {
            key: _without(item, (*path, key), removals, replacements)
            for key, item in value.items()
            if (*path, key) not in removals
        }
    if isinstance(value, list):
        return [
            _without(item, (*path, index), removals, replacements)
            for index, item in enumerate(value)
            if (*path, index) not in removals
        ]
    return value


def _equal(one: Any, other: Any) -> bool:
    """Equality that lets NaN be NaN."""
    return bool(one == other) or json.dumps(one) == json.dumps(other)


def _encoded(text: str, data: bytes) -> bytes:
    """The text in the encoding of the original, byte order mark included."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return mark + text.encode(encoding, "surrogatepass")
    return text.encode("utf-8")


_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
