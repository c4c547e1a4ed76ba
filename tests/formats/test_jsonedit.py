# ruff: noqa: E501  # notebooks as they are written, tables of samples
"""Editing JSON in place: one comma, the neighbours' bytes, nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlhooks.core.finding import Unscannable
from mlhooks.formats.jsonedit import edited
from mlhooks.formats.jsontext import JsonText, Path

REMOVALS: list[Any] = [
    pytest.param("[1, 2, 3]", [(0,)], "[2, 3]", id="the first"),
    pytest.param("[1, 2, 3]", [(1,)], "[1, 3]", id="the middle"),
    pytest.param("[1, 2, 3]", [(2,)], "[1, 2]", id="the last"),
    pytest.param("[1, 2, 3]", [(0,), (1,)], "[3]", id="the first two"),
    pytest.param("[1, 2, 3]", [(1,), (2,)], "[1]", id="the last two"),
    pytest.param("[1, 2, 3]", [(0,), (2,)], "[2]", id="both ends"),
    pytest.param("[1, 2, 3]", [(0,), (1,), (2,)], "[]", id="all"),
    pytest.param("[\n 1,\n 2,\n 3\n]", [(1,)], "[\n 1,\n 3\n]", id="a line of its own"),
    pytest.param("[\n 1,\n 2\n]", [(1,)], "[\n 1\n]", id="the last line"),
    pytest.param("[\n 1\n]", [(0,)], "[]", id="the only line"),
    pytest.param("[\r\n\t1 ,\r\n\t2\r\n]", [(0,)], "[\r\n\t2\r\n]", id="a blank before the comma"),
    pytest.param('{"a": 1, "b": [2], "c": 3}', [("b",)], '{"a": 1, "c": 3}', id="a key"),
    pytest.param('{"a": {"b": {"c": 1}}}', [("a", "b", "c")], '{"a": {"b": {}}}', id="a deep key"),
    pytest.param('{"a": {"b": 1}, "c": 2}', [("a",), ("a", "b")], '{"c": 2}', id="a path under another"),
    pytest.param('[",", "]", "}"]', [(1,)], '[",", "}"]', id="commas and brackets in texts"),
    pytest.param('{"\\u0061": 1, "b": 2}', [("a",)], '{"b": 2}', id="an escaped key"),
    pytest.param("[1.0, 1e400, 0.10]", [(0,)], "[1e400, 0.10]", id="numbers as they were written"),
]


@pytest.mark.parametrize(("text", "paths", "expected"), REMOVALS)
def test_removals(text: str, paths: list[Path], expected: str) -> None:
    assert edited(JsonText(text), paths, {}) == expected


def test_replacements() -> None:
    assert edited(JsonText('{"a": [1, {"b": 2}], "c": 3}'), [("c",)], {("a", 1): "null"}) == '{"a": [1, null]}'


def test_a_removal_beats_a_replacement_below_it() -> None:
    assert edited(JsonText('{"a": [1], "b": 2}'), [("a",)], {("a", 0): "9"}) == '{"b": 2}'


@pytest.mark.parametrize("path", [("z",), ("a", 5), ("a", "b")])
def test_paths_that_do_not_exist(path: Path) -> None:
    with pytest.raises(KeyError):
        edited(JsonText('{"a": [1]}'), [path], {})


def test_the_document_is_no_value_to_edit() -> None:
    with pytest.raises(ValueError, match="document"):
        edited(JsonText("[1]"), [()], {})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


def paths_of(value: Any, path: Path = ()) -> list[Path]:
    steps: list[Any] = (
        list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    )
    return [found for step in steps for found in ((*path, step), *paths_of(value[step], (*path, step)))]


def without(value: Any, removed: set[Path], path: Path = ()) -> Any:
    if isinstance(value, dict):
        return {key: without(item, removed, (*path, key)) for key, item in value.items() if (*path, key) not in removed}
    if isinstance(value, list):
        return [without(item, removed, (*path, n)) for n, item in enumerate(value) if (*path, n) not in removed]
    return value


@given(VALUES, st.data(), st.sampled_from([None, 0, 1, 2, "\t"]), st.booleans())
def test_any_removal_of_any_document(value: Any, data: st.DataObject, indent: Any, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    paths = paths_of(value)
    removed = set(data.draw(st.lists(st.sampled_from(paths), max_size=4))) if paths else set()
    result = edited(JsonText(text), removed, {})
    assert json.loads(result) == without(value, removed)
    # Nothing is added: what is left stands in the text in the same order.
    rest = iter(text)
    assert all(character in rest for character in result)


TEXTS: list[Any] = [
    "{}", "[]", "null", '{"a": [], "b": {}}', '{"cells": [{"a": 1}, 2, "x"], "m": {"b": [1]}}', ' {"a" : [ 1 , 2 ] } \n', '{"a": 1, "a": [2]}',
    '{"a": [1, 2], "a": 3}', '{"a": NaN, "b": [Infinity]}', "1.5", '"x"', '{"\\u0061": ["\\ud83d\\ude00"]}', "[[1], [2]]",
]  # fmt: skip
BAD_TEXTS = [
    "", " ", "{", "[", "{}x", "{} {}", '{"a"}', '{"a":}', '{"a": 1,}', '{"a": [1,]}', '{"a": [1 2]}', '{"a": [1}', "{'a': 1}", '{"a": 1 "b": 2}',
    '{,}', '{"a": [,]}', '{"a": "\n"}', '{a: 1}', '{"a": [1]', '{"a": 01}', "nul", '{"a": [1]]}', '{"a": "\\x"}',
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_reads_what_json_reads(text: str) -> None:
    document = JsonText(text)
    assert json.dumps(document.value) == json.dumps(json.loads(text))
    assert (document.duplicate_key == "a") == ('"a": 1, "a"' in text or '"a": 3' in text)


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_refuses_what_json_refuses(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whatever it says
        json.loads(text)
    with pytest.raises(Unscannable, match="not valid JSON"):
        JsonText(text)


@given(VALUES, st.sampled_from([None, 0, 1, "\t"]), st.booleans())
def test_every_place_holds_its_value(value: Any, indent: Any, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    document = JsonText(text)
    assert document.value == value
    for path in paths_of(value):
        start, end = document.span(path)
        expected: Any = value
        for step in path:
            expected = expected[step]
        assert json.loads(text[start:end]) == expected
        assert text.count("\n", 0, start) + 1 == document.line(start)


@given(st.text(), st.integers(min_value=0, max_value=40), st.booleans())
def test_offsets_in_strings(value: str, index: int, ascii_only: bool) -> None:
    text = json.dumps({"a": value}, ensure_ascii=ascii_only)
    offset = JsonText(text).string_offset(("a",), index)
    if index < len(value):
        tail = json.loads('"' + text[offset:-1])
        assert tail == value[index:]


@given(st.lists(st.text(), min_size=1, max_size=6), st.integers(min_value=0, max_value=5))
def test_spans_in_lists_of_texts(values: list[str], number: int) -> None:
    text = json.dumps({"a": [values]})
    if number < len(values):
        start, end = JsonText(text).string_span(("a", 0), number)
        assert json.loads(text[start:end]) == values[number]
