"""Notebooks and outputs for tests, built from plain values."""

from __future__ import annotations

import json
from typing import Any

from mlhooks.core.files import Blob
from mlhooks.core.finding import Finding, Level
from mlhooks.notebook_data import HOOK

DEFAULTS = {option.name: option.default for option in HOOK.options}


def display(**data: Any) -> dict[str, Any]:
    """A displayed output; `html=`, `plain=` and other short names, or whole MIME types through `of`."""
    names = {"html": "text/html", "plain": "text/plain", "latex": "text/latex", "markdown": "text/markdown"}
    return {
        "output_type": "display_data",
        "data": {names.get(key, key): value for key, value in data.items()},
        "metadata": {},
    }


def of(mime: str, value: Any, **metadata: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {mime: value}, "metadata": metadata}


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def error(*lines: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": "ValueError", "evalue": "bad", "traceback": list(lines)}


def shown(value: Any) -> dict[str, Any]:
    """What a notebook stores when `value` is the last line of a cell."""
    data: dict[str, Any] = {}
    if hasattr(value, "_repr_mimebundle_"):
        bundle = value._repr_mimebundle_()
        data |= bundle[0] if isinstance(bundle, tuple) else bundle or {}
    html = value._repr_html_() if hasattr(value, "_repr_html_") else None
    if html:
        data["text/html"] = html
    data.setdefault("text/plain", repr(value))
    return {"output_type": "execute_result", "execution_count": 1, "data": data, "metadata": {}}


def code(*outputs: dict[str, Any], source: str = "df", metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": 1,
        "id": "c0de",
        "metadata": metadata or {},
        "outputs": list(outputs),
        "source": source,
    }


def text_cell(source: str, kind: str = "markdown", **more: Any) -> dict[str, Any]:
    return {"cell_type": kind, "id": "7e47", "metadata": {}, "source": source, **more}


def notebook(*cells: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    for number, cell in enumerate(cells):
        cell["id"] = f"{cell.get('id', 'cell')}-{number}"
    return {"cells": list(cells), "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 5}


def to_bytes(book: dict[str, Any], *, indent: int | None = 1, **settings: Any) -> bytes:
    return (json.dumps(book, indent=indent, ensure_ascii=False, **settings) + "\n").encode("utf-8", "surrogatepass")


def check(data: bytes | dict[str, Any], path: str = "a.ipynb", **options: Any) -> list[Finding]:
    data = data if isinstance(data, bytes) else to_bytes(data)
    values = {**DEFAULTS, **{name.replace("_", "-"): value for name, value in options.items()}}
    return list(HOOK.check(Blob(path, data), values))


def check_output(*outputs: dict[str, Any], **options: Any) -> list[Finding]:
    return check(notebook(code(*outputs)), **options)


def rules(findings: list[Finding], least: Level = Level.NOTE) -> set[str]:
    return {finding.rule.id for finding in findings if finding.level >= least}
