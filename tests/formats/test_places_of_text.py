"""Fragments, and the places of values in TOML and YAML."""

from __future__ import annotations

from typing import Any

import pytest

from mlhooks.core.finding import Unscannable
from mlhooks.formats.fragment import Fragment, join
from mlhooks.formats.tomltext import Path, TomlText
from mlhooks.formats.yamltext import yaml_document

from .reading import whole


def test_a_fragment_of_a_fragment_knows_its_place() -> None:
    source = whole("one two\nthree four")
    piece = source.fragment(4, 18).slice(4, 14)
    assert piece.text == "three four"
    assert (piece.location(6).line, piece.location(6).column) == (2, 7)
    assert piece.is_verbatim()


def test_joined_fragments_keep_their_places() -> None:
    source = whole("a+b")
    joined = join([source.fragment(0, 1), source.fragment(2, 3)])
    assert joined is not None
    assert (joined.text, joined.offset(0), joined.offset(1)) == ("ab", 0, 2)
    assert not joined.is_verbatim()
    assert join([]) is None


def test_a_fragment_over_lines_is_the_scope_of_ignores() -> None:
    assert whole("a\nb\nc\n").fragment(0, 4).location().scope == (1, 2)
    assert whole("abc").whole().location().scope is None
    assert Fragment(whole("abc"), "b", ((0, 1),), "cell 1", (1, 9)).location().scope == (1, 9)


def test_carriage_returns_end_lines() -> None:
    assert [whole("a\r\nb\rc\nd").line(at) for at in (0, 3, 5, 7)] == [1, 2, 3, 4]


TOML = """# comment ] [ " '
top = "x" # "y"
[a.b]
"quoted key" = 'z'
array = [ "one", # why
  "two", ]
inline = { k = "v", deep.er = [1, "w"] }
multi = \"\"\"
line one
line two\"\"\"
[[t]]
n = "first"
[[t]]
n = "second"
[t.sub]
m = "of second"
"""


@pytest.mark.parametrize(
    ("path", "line", "text"),
    [
        pytest.param(("top",), 2, "x", id="a value"),
        pytest.param(("a", "b", "quoted key"), 4, "z", id="a quoted key"),
        pytest.param(("a", "b", "array", 0), 5, "one", id="an array"),
        pytest.param(("a", "b", "array", 1), 6, "two", id="after a comment"),
        pytest.param(("a", "b", "inline", "k"), 7, "v", id="an inline table"),
        pytest.param(("a", "b", "inline", "deep", "er", 1), 7, "w", id="dotted keys in it"),
        pytest.param(("t", 0, "n"), 12, "first", id="an array of tables"),
        pytest.param(("t", 1, "n"), 14, "second", id="its second"),
        pytest.param(("t", 1, "sub", "m"), 16, "of second", id="a table below it"),
    ],
)
def test_toml(path: Path, line: int, text: str) -> None:
    found = TomlText(whole(TOML).whole()).fragment(path)
    assert (found.text, found.location().line, found.is_verbatim()) == (text, line, True)


def test_every_string_of_a_toml_document_is_found_where_it_stands() -> None:
    document = TomlText(whole(TOML).whole())

    def strings(value: Any, path: Path) -> int:
        if isinstance(value, dict):
            return sum(strings(entry, (*path, key)) for key, entry in value.items())
        if isinstance(value, list):
            return sum(strings(entry, (*path, index)) for index, entry in enumerate(value))
        if isinstance(value, str):
            assert document.fragment(path).is_verbatim(), path
            return 1
        return 0

    assert strings(document.value, ()) == 10


def test_a_string_with_escapes_is_found_at_its_start() -> None:
    found = TomlText(whole('a = 1\nb = "x\\u0041"\n').whole()).fragment(("b",))
    assert (found.text, found.location().line) == ("xA", 2)


@pytest.mark.parametrize("text", ["a = ", "[a\n", "a = 1\na = 2\n", "a=" + "[" * 5000])
def test_what_is_no_toml(text: str) -> None:
    with pytest.raises(Unscannable, match="TOML"):
        TomlText(whole(text).whole())


@pytest.mark.parametrize(
    ("text", "found", "line", "column"),
    [
        pytest.param("k: pip x", "pip x", 1, 4, id="plain"),
        pytest.param("k: 'pip x'", "pip x", 1, 5, id="quoted"),
        pytest.param("k: |\n  a\n  pip x\n", "pip x", 3, 3, id="a block"),
        pytest.param("k: |-\n    a\n\n    pip x\n", "pip x", 4, 5, id="a block with an empty line"),
        pytest.param("k: >\n  a\n  pip x\n", "pip x", 3, 3, id="a folded block"),
        pytest.param('k: "a \\n pip x"', "pip x", 1, 4, id="escapes lead to the start"),
        pytest.param("# \U0001f600\nk: é pip x", "pip x", 2, 6, id="wide characters"),
    ],
)
def test_yaml(text: str, found: str, line: int, column: int) -> None:
    fragment = yaml_document(whole(text)).get("k").fragment()
    location = fragment.location(fragment.text.index(found))
    assert location.line == line
    assert location.column == column or "\\" in text


def test_yaml_reads_what_is_written_and_builds_nothing() -> None:
    top = yaml_document(whole("on: 1.10\nbase: &b {x: 1}\nk:\n  <<: *b\n  y: !!python/object:os.system {}\n"))
    assert [name for name, _ in top.items()] == ["on", "base", "k"]
    assert top.get("on").text == "1.10"
    assert top.get("k").get("x").text == "1"
    assert not top.get("gone").get("deeper").text
    assert list(top.get("gone").values()) == []


@pytest.mark.parametrize("text", ["a: b: c", "a: [", "\t- x: [", "[" * 50_000, "a: *x"])
def test_what_is_no_yaml(text: str) -> None:
    with pytest.raises(Unscannable, match="YAML"):
        yaml_document(whole(text))


def test_merges_that_lead_back_to_themselves_end() -> None:
    top = yaml_document(whole("a: &x\n  <<: [*x, *x]\n  k: v\n"))
    assert [name for name, _ in top.get("a").items()] == ["k"]
