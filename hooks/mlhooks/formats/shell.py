"""Shell text as commands and words, each with its place. Nothing is run.

Enough of the language of sh and bash to see which commands a script would run with which arguments: quotes,
continuations, operators, redirections, here-documents, substitutions, and variables whose value is known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.formats.fragment import Fragment, join
from mlhooks.formats.shell_expansion import braces, unescaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_VALUE_CHARS = 10_000
"""Longer values of variables are not known: `A=$A$A` doubles with every line."""
MAX_DEPTH = 40
"""Substitutions and subshells inside each other that are followed."""


class Word(NamedTuple):
    """One argument. `fragment` is its text after quotes and backslashes are taken away.

    `unknown` is the first part whose value only the running shell knows ("$X", "$(date)"), or "". `scripts` are the
    commands substituted into it, `was_quoted` tells a word in quotes from a bare one.
    """

    fragment: Fragment
    unknown: str = ""
    scripts: tuple[Pipeline, ...] = ()
    was_quoted: bool = False

    @property
    def text(self) -> str:
        return self.fragment.text


class Command(NamedTuple):
    """A simple command. `assignments` are the `NAME=value` in front of it; `inputs` what here-documents feed it.

    `outputs` are the files that its output is redirected to, `input_scripts` the commands whose output is fed to it
    (`sh <<< "$(curl ...)"`, `sh < <(curl ...)`).
    """

    words: tuple[Word, ...]
    assignments: tuple[Word, ...] = ()
    inputs: Sequence[Fragment] = ()
    outputs: tuple[str, ...] = ()
    input_scripts: tuple[Pipeline, ...] = ()


class Pipeline(NamedTuple):
    """Commands that feed each other, first to last. A single command is a pipeline of one."""

    commands: tuple[Command, ...]


class TooDeepError(Exception):
    """Substitutions are nested deeper than is read. `found` are the pipelines up to there."""

    def __init__(self, found: list[Pipeline]) -> None:
        super().__init__("commands nested too deeply to read")
        self.found = found


def pipelines(script: Fragment, variables: Mapping[str, str] | None = None) -> list[Pipeline]:
    """The pipelines of a script in the order of their text, those of subshells and substitutions included.

    `variables` are values known beforehand; assignments in the script add to them as it is read. Raises `TooDeepError`.
    """
    lexer = _Lexer(script, dict(variables or {}))
    lexer.read_script("")
    found = list(_flat(lexer.found))
    if lexer.is_too_deep:
        raise TooDeepError(found)
    return found


def _flat(found: list[Pipeline]) -> Iterator[Pipeline]:
    for pipeline in found:
        for command in pipeline.commands:
            for word in (*command.assignments, *command.words):
                yield from _flat(list(word.scripts))
            yield from _flat(list(command.input_scripts))
        yield pipeline


_RESERVED = frozenset(
    ("if", "then", "else", "elif", "fi", "do", "done", "while", "until", "{", "}", "!", "time", "esac")
)
_run = re.compile(r"[^\s'\"\\$`#|&;()<>]+")
_blank = re.compile(r"(?:[ \t\r]|\\\r?\n)+")
_operator = re.compile(r"&&|\|\||\|&|;;&?|;&|[|&;()\n]")
_redirection = re.compile(r"<<<|<<-?|<>|&>>?|>>|>\||[<>]&?")
_parameter = re.compile(
    r"\$(?:\{\{.{0,200}?\}\}|\{(?P<braced>[A-Za-z_]\w*)(?:(?P<operator>:?[-+=?])(?P<default>[^{}]*)|[^{}]*)\}"
    r"|\{[^{}]*\}|(?P<bare>[A-Za-z_]\w*)|[0-9@*#?$!-])",
    re.DOTALL,
)
_assignment = re.compile(r"[A-Za-z_]\w*\+?=")
_in_double_quotes = re.compile(r"[^\"\\$`]+")
_ansi = re.compile(r"\$'(?P<text>(?:[^'\\]|\\.)*)'", re.DOTALL)
_arithmetic = re.compile(r"\$?\(\((?P<text>(?:[^()]|\([^()]*\))*)\)\)")
_delimiter = re.compile(r"[ \t]*(?P<word>(?:[^\s\"'|&;()<>\\]|\\.|'[^'\n]*'|\"[^\"\n]*\")+)")


class _Frame:
    """What has been read of the current pipeline."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.words: list[Word] = []
        self.inputs: list[Fragment] = []
        self.input_scripts: list[Pipeline] = []
        self.outputs: list[str] = []
        self.target_of = ""  # the redirection whose target the next word is
        self.start_word()

    def start_word(self) -> None:
        self.parts: list[Fragment] = []
        self.unknown = ""
        self.was_quoted = False
        self.scripts: list[Pipeline] = []

    def end_word(self) -> None:
        fragment = join(self.parts)
        if fragment is None:
            return
        word = Word(fragment, self.unknown, tuple(self.scripts), self.was_quoted)
        self.start_word()
        if not self.target_of:
            self.words.extend(braces(word))
        elif self.target_of in ("<<<", "<"):
            self.input_scripts.extend(word.scripts)
            if self.target_of == "<<<":
                self.inputs.append(word.fragment)
        elif ">" in self.target_of:
            self.outputs.append(word.text)
        self.target_of = ""

    def end_command(self) -> tuple[Word, ...]:
        """Closes the current command; returns its assignments when they last longer than the command."""
        self.end_word()
        words = self.words
        start = 0
        while start < len(words) and words[start].text in _RESERVED and not words[start].was_quoted:
            start += 1
        words = words[start:]
        count = 0
        while count < len(words) and _assignment.match(words[count].text):
            count += 1
        if words or self.inputs:
            outputs, scripts = tuple(self.outputs), tuple(self.input_scripts)
            self.commands.append(Command(tuple(words[count:]), tuple(words[:count]), self.inputs, outputs, scripts))
        self.words, self.inputs, self.outputs, self.input_scripts, self.target_of = [], [], [], [], ""
        is_lasting = count == len(words) or words[0].text in ("export", "declare", "local", "readonly")
        return tuple(words) if is_lasting else ()


class _Lexer:
    """One pass over the text. `found` collects the pipelines that have been read to their end."""

    def __init__(self, script: Fragment, variables: dict[str, str]) -> None:
        self.script = script
        self.text = script.text
        self.at = 0
        self.variables = variables
        self.found: list[Pipeline] = []
        self.depth = 0
        self.is_too_deep = False
        self.frame = _Frame()
        self.heredocs: list[tuple[str, bool, list[Fragment]]] = []

    def read_script(self, closing: str) -> None:
        """Reads up to the end of the text, or over the closing parenthesis or backtick."""
        text = self.text
        while self.at < len(text):
            character = text[self.at]
            if character == closing:
                self.at += 1
                break
            if match := _blank.match(text, self.at):
                if match[0].strip("\\\r\n"):  # a continued line alone ends no word
                    self.frame.end_word()
                self.at = match.end()
            elif character == "#" and not self.frame.parts:
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            elif character == "(" and (match := _arithmetic.match(text, self.at)):
                self.at = match.end()  # `((x << 2))` opens no here-document
            elif match := _redirection.match(text, self.at):
                self._redirect(match[0])
            elif match := _operator.match(text, self.at):
                self.at = match.end()
                self._operate(match[0])
            else:
                self._read_part(character)
        self._end_pipeline()

    def _read_part(self, character: str) -> None:
        text = self.text
        if character == "'":
            end = text.find("'", self.at + 1)
            if end < 0:  # an unbalanced quote is read as a character, so that it hides nothing behind it
                self._literal(self.at, self.at + 1)
            else:
                self._literal(self.at + 1, end, quoted=True)
                self.at = end + 1
        elif character == '"':
            self._double_quoted()
        elif character == "\\":
            self._literal(self.at + 1, self.at + 2)
        elif character == "$":
            self._dollar(quoted=False)
        elif character == "`":
            self._substitute("`", 1)
        elif match := _run.match(text, self.at):
            self._literal(self.at, match.end())
        else:
            self._literal(self.at, self.at + 1)

    def _double_quoted(self) -> None:
        text = self.text
        if text.find('"', self.at + 1) < 0:
            self._literal(self.at, self.at + 1)
            return
        self._literal(self.at, self.at, quoted=True)
        self.at += 1
        while self.at < len(text) and text[self.at] != '"':
            character = text[self.at]
            if match := _in_double_quotes.match(text, self.at):
                self._literal(self.at, match.end(), quoted=True)
            elif character == "\\":
                following = text[self.at + 1 : self.at + 2]
                if following == "\n":
                    self.at += 2
                else:
                    self._literal(self.at + (following in '"\\$`'), self.at + 2, quoted=True)
            elif character == "`":
                self._substitute("`", 1)
            else:
                self._dollar(quoted=True)
        self.at += 1

    def _dollar(self, *, quoted: bool) -> None:
        text = self.text
        sum_of = _arithmetic.match(text, self.at)
        if sum_of is not None and "$(" not in sum_of["text"] and "`" not in sum_of["text"]:
            self.frame.unknown = self.frame.unknown or sum_of[0][:40]
            self._literal(self.at, sum_of.end())
        elif text.startswith("$(", self.at):
            self._substitute(")", 2)
        elif not quoted and (match := _ansi.match(text, self.at)):
            self._ansi(match)
        elif match := _parameter.match(text, self.at):
            start, self.at = self.at, match.end()
            self._expand(match, start, quoted=quoted)
        else:
            self._literal(self.at, self.at + 1)

    def _ansi(self, match: re.Match[str]) -> None:
        """`$'...'`, with its escapes."""
        start, end = match.span("text")
        if "\\" not in match["text"]:
            self._literal(start, end, quoted=True)
        else:
            place = self.script
            value = unescaped(match["text"])
            pieces = ((0, place.offset(start)),)
            self.frame.parts.append(Fragment(place.source, value, pieces, place.where, place.scope))
            self.frame.was_quoted = True
        self.at = match.end()

    def _expand(self, match: re.Match[str], start: int, *, quoted: bool) -> None:
        value = self._value(match)
        if value is None:
            self.frame.unknown = self.frame.unknown or match[0]
            self.frame.parts.append(self.script.slice(start, match.end()))
            return
        # Without quotes the value is split into words, and each of them stands where the variable does.
        words = [value] if quoted else value.split()
        offset = self.script.offset(start)
        for number, word in enumerate(words):
            if number or (not quoted and value[:1].isspace()):
                self.frame.end_word()
            self.frame.parts.append(
                Fragment(self.script.source, word, ((0, offset),), self.script.where, self.script.scope)
            )
        if not quoted and value[-1:].isspace():
            self.frame.end_word()

    def _value(self, match: re.Match[str]) -> str | None:
        name = match["braced"] or match["bare"]
        if not name:
            return None
        operator, default = match["operator"] or "", match["default"] or ""
        known = self.variables.get(name)
        if match["braced"] and not operator and not match[0].endswith(f"{{{name}}}"):
            return None  # ${X%suffix}, ${X/a/b}: computed
        if operator.endswith("+"):
            return "" if known is None else default
        if operator and "$" in default:
            return known
        return default if known is None and operator.endswith(("-", "=")) else known

    def _substitute(self, closing: str, width: int) -> None:
        """Reads a command substitution; its commands become scripts of the word that is being read."""
        start = self.at
        self.at += width
        if self.depth >= MAX_DEPTH:
            self.is_too_deep = True
            self.at = len(self.text)
        else:
            outer = self.found, self.frame
            self.found, self.frame = [], _Frame()
            self.depth += 1
            self.read_script(closing)
            self.depth -= 1
            inner = self.found
            self.found, self.frame = outer
            self.frame.scripts.extend(inner)
        self.frame.unknown = self.frame.unknown or self.text[start : min(self.at, start + 40)]
        self.frame.parts.append(self.script.slice(start, self.at))

    def _redirect(self, operator: str) -> None:
        if self.frame.parts and "".join(part.text for part in self.frame.parts).isdigit():
            self.frame.start_word()
        self.frame.end_word()
        self.at += len(operator)
        if operator in ("<", ">") and self.text.startswith("(", self.at):
            self._substitute(")", 1)
            return
        if operator in ("<<", "<<-"):
            delimiter = _delimiter.match(self.text, self.at)
            if delimiter is not None:
                self.at = delimiter.end()
                self.heredocs.append((re.sub(r"['\"\\]", "", delimiter["word"]), operator == "<<-", self.frame.inputs))
            return
        blank = _blank.match(self.text, self.at)
        if blank is not None:
            self.at = blank.end()
        self.frame.target_of = operator

    def _operate(self, operator: str) -> None:
        if operator in ("|", "|&"):
            self._remember(self.frame.end_command())
            return
        self._end_pipeline()
        if operator == "\n" and self.heredocs:
            self._read_heredocs()
        elif operator == "(" and self.depth >= MAX_DEPTH:
            self.is_too_deep = True
            self.at = len(self.text)
        elif operator == "(":
            self.depth += 1
            self.read_script(")")
            self.depth -= 1

    def _read_heredocs(self) -> None:
        for delimiter, strips_tabs, inputs in self.heredocs:
            start = self.at
            end = len(self.text)
            while self.at < len(self.text):
                line_end = self.text.find("\n", self.at)
                line_end = len(self.text) if line_end < 0 else line_end
                line = self.text[self.at : line_end].rstrip("\r")
                is_end = (line.lstrip("\t") if strips_tabs else line) == delimiter
                end = self.at if is_end else line_end
                self.at = line_end + 1
                if is_end:
                    break
            inputs.append(self.script.slice(start, min(end, len(self.text))))
        self.at = min(self.at, len(self.text))
        self.heredocs = []

    def _literal(self, start: int, end: int, *, quoted: bool = False) -> None:
        self.frame.parts.append(self.script.slice(start, min(end, len(self.text))))
        self.frame.was_quoted = self.frame.was_quoted or quoted
        self.at = end

    def _remember(self, assignments: tuple[Word, ...]) -> None:
        for word in assignments:
            name, equals, value = word.text.partition("=")
            if equals and not word.unknown and len(value) <= MAX_VALUE_CHARS:
                self.variables[name] = value
            elif equals:
                self.variables.pop(name, None)

    def _end_pipeline(self) -> None:
        self._remember(self.frame.end_command())
        if self.frame.commands:
            self.found.append(Pipeline(tuple(self.frame.commands)))
        self.frame = _Frame()
