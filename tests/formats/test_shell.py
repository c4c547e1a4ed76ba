"""Shell text as commands and words."""

from __future__ import annotations

import pytest

from mlhooks.formats.shell import TooDeepError, pipelines

from .reading import whole


def commands(text: str, **variables: str) -> list[list[str]]:
    found = pipelines(whole(text).whole(), variables)
    return [[word.text for word in command.words] for pipeline in found for command in pipeline.commands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("pip install a b", [["pip", "install", "a", "b"]], id="words"),
        pytest.param("a 'b c' \"d e\" f'g'\"h\"", [["a", "b c", "d e", "fgh"]], id="quotes"),
        pytest.param("a b\\ c \\'d", [["a", "b c", "'d"]], id="backslashes"),
        pytest.param("a \\\n  b \\\r\n c", [["a", "b", "c"]], id="continuations"),
        pytest.param("a && b || c; d & e\nf", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]], id="operators"),
        pytest.param("a # b\nc#d '#e'", [["a"], ["c#d", "#e"]], id="comments start a word"),
        pytest.param("a > b 2>&1 < c &> d e", [["a", "e"]], id="redirections are no words"),
        pytest.param("pip install a>=2", [["pip", "install", "a"]], id="an unquoted > writes a file"),
        pytest.param("if a; then b; else c; fi", [["a"], ["b"], ["c"]], id="reserved words"),
        pytest.param("for x in a b; do c; done", [["for", "x", "in", "a", "b"], ["c"]], id="loops"),
        pytest.param("(a; (b)) && { c; }", [["a"], ["b"], ["c"]], id="groups"),
        pytest.param("f() { a; }", [["f"], ["a"]], id="functions"),
        pytest.param("x=$(a b) c", [["a", "b"], ["c"]], id="substitutions run first"),
        pytest.param("c `a b`", [["a", "b"], ["c", "`a b`"]], id="backticks"),
        pytest.param('c "$(a "b c")"', [["a", "b c"], ["c", '$(a "b c")']], id="quotes inside substitutions"),
        pytest.param("sh <(a)", [["a"], ["sh", "(a)"]], id="process substitution"),
        pytest.param("a <<E b\nx y\nE\nc", [["a", "b"], ["c"]], id="a here-document is no command"),
        pytest.param("a <<-'E'\n\tx\n\tE\nb", [["a"], ["b"]], id="with tabs"),
        pytest.param("a <<X <<Y\n1\nX\n2\nY\nb", [["a"], ["b"]], id="two of them"),
        pytest.param("V=1 W=2; a $V ${W} ${X:-3} $Y", [[], ["a", "1", "2", "3", "$Y"]], id="known variables"),
        pytest.param("P='a b'; c $P \"$P\"", [[], ["c", "a", "b", "a b"]], id="values split where unquoted"),
        pytest.param("export V=1; a $V", [["export", "V=1"], ["a", "1"]], id="exports"),
        pytest.param("a ${{ matrix.x }} b", [["a", "${{ matrix.x }}", "b"]], id="workflow expressions"),
        pytest.param("a 'b\nc d", [["a", "'b"], ["c", "d"]], id="an unbalanced quote hides nothing"),
        pytest.param('a "b\nc d', [["a", '"b'], ["c", "d"]], id="an unbalanced double quote"),
        pytest.param("case $x in a) b;; esac", [["case", "$x", "in", "a"], ["b"]], id="case"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_commands(text: str, expected: list[list[str]]) -> None:
    assert commands(text) == expected


def test_values_that_are_known_beforehand() -> None:
    assert commands("a $V-${V}", V="1") == [["a", "1-1"]]


def test_pipelines_keep_together() -> None:
    [pipeline] = pipelines(whole("a | b |& c").whole())
    assert [command.words[0].text for command in pipeline.commands] == ["a", "b", "c"]


def test_what_feeds_a_command_and_where_it_writes() -> None:
    [pipeline] = pipelines(whole("bash <<E > out\nx y\nE\n").whole())
    [command] = pipeline.commands
    assert [part.text for part in command.inputs] == ["x y\n"]
    assert command.outputs == ("out",)


def test_what_only_the_shell_knows_is_marked() -> None:
    [pipeline] = pipelines(whole("a $X b").whole())
    assert [word.unknown for word in pipeline.commands[0].words] == ["", "$X", ""]


@pytest.mark.parametrize(
    ("text", "word", "line", "column"),
    [
        pytest.param("a b", 1, 1, 3, id="plain"),
        pytest.param("a \\\n  'b c'", 1, 2, 4, id="after a continuation, inside the quotes"),
        pytest.param("a 'x'\"yz\"", 1, 1, 4, id="joined quotes"),
    ],
)
def test_places(text: str, word: int, line: int, column: int) -> None:
    [pipeline] = pipelines(whole(text).whole())
    location = pipeline.commands[0].words[word].fragment.location()
    assert (location.line, location.column) == (line, column)


@pytest.mark.parametrize("opening", ["$(", "("])
def test_nesting_has_an_end_and_says_so(opening: str) -> None:
    with pytest.raises(TooDeepError) as caught:
        pipelines(whole(f"first; {opening * 1000}").whole())
    assert caught.value.found[0].commands[0].words[0].text == "first"


def test_values_that_double_with_every_line_stop() -> None:
    script = "A=aaaaaaaaaa\n" + "A=$A$A$A$A\n" * 40 + "pip install $A"
    assert len(commands(script)[-1][-1]) < 100_000
