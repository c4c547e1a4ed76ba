# ruff: noqa: E501  # notebooks as they are written
"""The fix: what it takes out, what it leaves, byte for byte."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import nb
import nbformat
import people
import pytest

from mlhooks.core.files import Blob
from mlhooks.core.finding import Unscannable
from mlhooks.formats.jsontext import JsonText
from mlhooks.notebook_data import HOOK

CUSTOMERS = people.html_table(people.customers())
PICTURE = nb.of("image/png", "iVBORw0KGgo=\n")
LOSS = nb.stream("loss 0.1\n")


def fixed(data: bytes, **options: Any) -> bytes | None:
    values = {**nb.DEFAULTS, "fix": "data", **{name.replace("_", "-"): value for name, value in options.items()}}
    blob = Blob("a.ipynb", data)
    findings = [finding for finding in HOOK.check(blob, values) if not finding.accepted]
    return HOOK.fix(blob, findings, values) if findings or values["fix"] == "strip" else None


def book(**metadata: Any) -> dict[str, Any]:
    return nb.notebook(
        nb.text_cell("# Title"),
        nb.code(LOSS, nb.display(html=CUSTOMERS, plain="  email\n0 a"), PICTURE),
        nb.code(
            nb.display(html=CUSTOMERS),
            metadata={"executionInfo": {"elapsed": 3, "user": {"displayName": "Ann", "userId": "1"}}},
        ),
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, **metadata},
    )


def layout(name: str, data: bytes) -> bytes:
    """The same notebook as another writer would have laid it out."""
    value = json.loads(data)
    return {
        "indent 1": lambda: data,
        "indent 2": lambda: nb.to_bytes(value, indent=2),
        "indent 4": lambda: nb.to_bytes(value, indent=4),
        "tabs": lambda: nb.to_bytes(value, indent="\t"),
        "one line": lambda: nb.to_bytes(value, indent=None),
        "no blanks": lambda: nb.to_bytes(value, indent=None, separators=(",", ":")),
        "CRLF": lambda: data.replace(b"\n", b"\r\n"),
        "byte order mark": lambda: b"\xef\xbb\xbf" + data,
        "no final newline": lambda: data.rstrip(b"\n"),
        "escaped": lambda: json.dumps(value, indent=1).encode(),
        "sorted": lambda: nb.to_bytes(value, sort_keys=True),
        "UTF-16": lambda: b"\xff\xfe" + data.decode().encode("utf-16-le"),
    }[name]()


LAYOUTS = ["indent 1", "indent 2", "indent 4", "tabs", "one line", "no blanks", "CRLF", "byte order mark",
           "no final newline", "escaped", "sorted", "UTF-16"]  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_bytes_around_the_edit_stay(name: str) -> None:
    guilty = nb.notebook(
        nb.text_cell("é"), nb.code(LOSS, nb.display(html=CUSTOMERS), PICTURE), metadata={"z": 1, "a": 0.10}
    )
    data = layout(name, nb.to_bytes(guilty))
    result = fixed(data)
    assert result is not None
    encoding = "utf-16-le" if name == "UTF-16" else "utf-8"
    before, after = data.decode(encoding), result.decode(encoding)
    start, end = JsonText(before.removeprefix("\ufeff")).span(("cells", 1, "outputs", 1))
    start, end = (offset + before.startswith("\ufeff") for offset in (start, end))
    assert after.startswith(before[:start])
    assert after.endswith(before[end:])
    middle = after[start : len(after) - len(before[end:])]
    assert middle.count("\r\n") == (middle.count("\n") if name == "CRLF" else 0)
    assert "took out" in middle


@pytest.mark.parametrize("name", LAYOUTS)
def test_twice_is_once(name: str) -> None:
    once = fixed(layout(name, nb.to_bytes(book())))
    assert once is not None
    assert nb.check(once) == []
    assert fixed(once) is None


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_result_is_a_notebook(name: str) -> None:
    result = fixed(layout(name, nb.to_bytes(book())))
    assert result is not None
    text = result.decode("utf-16") if name == "UTF-16" else result.decode("utf-8-sig")
    nbformat.validate(nbformat.reads(text, as_version=4))


def test_only_the_guilty_output_goes() -> None:
    result = json.loads(fixed(nb.to_bytes(book())) or b"")
    before = book()
    assert result["cells"][0] == before["cells"][0]
    assert result["cells"][1]["outputs"][0] == before["cells"][1]["outputs"][0]
    assert result["cells"][1]["outputs"][2] == before["cells"][1]["outputs"][2]
    assert result["cells"][1]["outputs"][1] == {
        "name": "stdout",
        "output_type": "stream",
        "text": ["[mlhooks took out: data about people and a table]\n"],
    }
    assert result["cells"][1]["execution_count"] == 1
    assert result["metadata"] == before["metadata"]


def test_only_the_user_goes_from_the_metadata() -> None:
    result = json.loads(fixed(nb.to_bytes(book())) or b"")
    assert result["cells"][2]["metadata"] == {"executionInfo": {"elapsed": 3}}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_clean_notebook_is_never_touched(name: str) -> None:
    data = layout(name, nb.to_bytes(nb.notebook(nb.text_cell("x"), nb.code(LOSS, PICTURE))))
    assert fixed(data) is None


def test_notes_stay() -> None:
    assert (
        fixed(
            nb.to_bytes(
                nb.notebook(nb.code(nb.display(html=people.html_table({"a": list(range(9)), "b": list(range(9))}))))
            )
        )
        is None
    )


def test_strip_empties_every_output() -> None:
    result = json.loads(fixed(nb.to_bytes(book()), fix="strip") or b"")
    assert [cell.get("outputs", []) for cell in result["cells"]] == [[], [], []]
    assert b'"outputs": []' in (fixed(nb.to_bytes(book()), fix="strip") or b"")


def test_strip_needs_no_findings(tmp_path: Path) -> None:
    results = nb.notebook(nb.code(LOSS, PICTURE, {"output_type": "display_data", "data": {}, "metadata": {}}))
    (tmp_path / "a.ipynb").write_bytes(nb.to_bytes(results))
    environment = {**os.environ, "PYTHONPATH": str(Path("hooks").resolve())}
    command = [sys.executable, "-m", "mlhooks", "notebook-data", "--fix=strip", "a.ipynb"]
    runs = [subprocess.run(command, cwd=tmp_path, env=environment, check=False).returncode for _ in range(2)]
    assert runs == [1, 0]
    assert json.loads((tmp_path / "a.ipynb").read_bytes())["cells"][0]["outputs"] == []


def test_text_cells_are_the_authors() -> None:
    pasted = "| full_name | email |\n|---|---|\n" + "".join(
        f"| {name} | {mail} |\n" for name, mail in zip(people.NAMES, people.emails(), strict=True)
    )
    data = nb.to_bytes(nb.notebook(nb.text_cell(pasted)))
    assert nb.check(data)
    assert fixed(data) is None


METADATA: list[Any] = [
    pytest.param(
        {"papermill": {"parameters": {"password": "hunter22", "epochs": 3}}},
        {"papermill": {"parameters": {"epochs": 3}}},
        id="a secret parameter",
    ),
    pytest.param(
        {
            "widgets": {
                "application/vnd.jupyter.widget-state+json": {
                    "state": {"a": {"model_name": "PasswordModel", "state": {"value": "x1"}}}
                }
            }
        },
        {
            "widgets": {
                "application/vnd.jupyter.widget-state+json": {
                    "state": {"a": {"model_name": "PasswordModel", "state": {}}}
                }
            }
        },
        id="a typed password",
    ),
    pytest.param(
        {"synapse_widget": {"state": {"a": {"sync_state": {"table": {"rows": [{"x": "1"}]}}}, "b": {}}}},
        {"synapse_widget": {"state": {"b": {}}}},
        id="stored rows",
    ),
]


@pytest.mark.parametrize(("metadata", "left"), METADATA)
def test_metadata(metadata: dict[str, Any], left: dict[str, Any]) -> None:
    data = nb.to_bytes(nb.notebook(metadata={"a": 1, **metadata, "z": 2}))
    assert json.loads(fixed(data) or b"")["metadata"] == {"a": 1, **left, "z": 2}


def test_metadata_policy_all() -> None:
    data = nb.to_bytes(nb.notebook(nb.code(LOSS, metadata={"papermill": {"duration": 1}, "tags": ["x"]})))
    assert fixed(data) is None
    assert json.loads(fixed(data, metadata="all") or b"")["cells"][0]["metadata"] == {"tags": ["x"]}


@pytest.mark.parametrize("version", [2, 3])
def test_old_versions_are_mended_without_an_upgrade(version: int) -> None:
    cell = {"cell_type": "code", "collapsed": False, "input": "df", "language": "python", "prompt_number": 1,
            "outputs": [{"output_type": "pyout", "html": CUSTOMERS, "metadata": {}, "prompt_number": 1}, {"output_type": "stream", "stream": "stdout", "text": "loss 0.1\n"}]}  # fmt: skip
    old = {
        "metadata": {"name": "x"},
        "nbformat": version,
        "nbformat_minor": 0,
        "worksheets": [{"cells": [cell], "metadata": {}}],
    }
    result = json.loads(fixed(nb.to_bytes(old)) or b"")
    assert result["nbformat"] == version
    outputs = result["worksheets"][0]["cells"][0]["outputs"]
    assert outputs[0]["stream"] == "stdout"
    assert outputs[1] == cell["outputs"][1]
    if version == 3:
        nbformat.validate(result)


def test_waived_findings_stay() -> None:
    waiver = {"mlhooks": {"ignore": ["dataframe-output", "personal-data"], "reason": "invented"}}
    data = nb.to_bytes(
        nb.notebook(nb.code(nb.display(html=CUSTOMERS), metadata=waiver), nb.code(nb.display(html=CUSTOMERS)))
    )
    result = json.loads(fixed(data) or b"")
    assert "data" in result["cells"][0]["outputs"][0]
    assert "text" in result["cells"][1]["outputs"][0]


def test_a_key_that_stands_twice_is_not_edited() -> None:
    output = json.dumps(nb.display(html=CUSTOMERS))
    text = f'{{"cells": [{{"cell_type": "code", "outputs": [{output}], "metadata": {{"a": 1, "a": 2}}}}]}}'
    blob = Blob("a.ipynb", text.encode())
    findings = []
    with pytest.raises(Unscannable, match="stands twice"):
        findings.extend(HOOK.check(blob, nb.DEFAULTS))
    findings = list(_first(HOOK.check(blob, nb.DEFAULTS)))
    with pytest.raises(Unscannable, match="stands twice"):
        HOOK.fix(blob, findings, {**nb.DEFAULTS, "fix": "data"})


def _first(findings: Any) -> Any:
    yield next(iter(findings))


def test_huge_numbers_and_odd_floats_keep_their_digits() -> None:
    data = nb.to_bytes(book()).replace(
        b'"nbformat_minor": 5', b'"nbformat_minor": 5, "x": [1e400, NaN, 0.10, ' + b"7" * 4000 + b"]"
    )
    result = fixed(data)
    assert result is not None
    assert b"[1e400, NaN, 0.10, 7777" in result


def test_the_command_writes_in_place_and_keeps_permissions(tmp_path: Path) -> None:
    dirty, clean = tmp_path / "dirty.ipynb", tmp_path / "clean.ipynb"
    dirty.write_bytes(nb.to_bytes(book()))
    clean.write_bytes(nb.to_bytes(nb.notebook(nb.code(LOSS))))
    dirty.chmod(0o640)
    before = clean.stat().st_mtime_ns
    environment = {**os.environ, "PYTHONPATH": str(Path("hooks").resolve())}
    command = [sys.executable, "-m", "mlhooks", "notebook-data", "--fix", "dirty.ipynb", "clean.ipynb"]
    first = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (first.returncode, first.stdout) == (1, "")
    assert "changed dirty.ipynb" in first.stderr
    assert stat.S_IMODE(dirty.stat().st_mode) == 0o640
    assert clean.stat().st_mtime_ns == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clean.ipynb", "dirty.ipynb"]
    second = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (second.returncode, second.stdout) == (0, "")
