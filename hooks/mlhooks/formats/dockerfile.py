"""Dockerfiles: instructions with their places, as BuildKit splits a file into them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.formats.fragment import Fragment, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.formats.fragment import Source


class Instruction(NamedTuple):
    """One instruction. `name` is in capitals; `arguments` is the text after it and its flags, continuations joined.

    `flags` are the `--name=value` in front. `heredocs` are the bodies of the here-documents it opens. `whole` spans
    the instruction's own lines.
    """

    name: str
    arguments: Fragment
    flags: tuple[tuple[str, Fragment], ...]
    heredocs: tuple[Fragment, ...]
    whole: Fragment
    tail: Fragment | None = None

    def script(self) -> Fragment:
        """The arguments as the shell of a RUN gets them: with the here-documents, whose lines are `tail`."""
        if self.tail is None:
            return self.arguments
        joined = join((self.arguments, self.tail), "\n")
        return self.arguments if joined is None else joined


class Dockerfile(NamedTuple):
    """A file's instructions; `syntax` is the image of a `# syntax=` directive, when there is one."""

    instructions: tuple[Instruction, ...]
    syntax: Fragment | None


_directive = re.compile(r"(?:#|//)[ \t]*(?P<name>[A-Za-z]+)[ \t]*=[ \t]*(?P<value>[^\r\n]*?)[ \t]*\r?$")
_line = re.compile(r"[^\n]*\n?")
_word = re.compile(r"[ \t]*(?P<name>[A-Za-z]+)(?=[ \t\r\n]|$)[ \t]*")
_flag = re.compile(r"--(?P<name>[a-z][a-z-]*)(?:=(?P<value>\"[^\"]*\"|'[^']*'|\S*))?[ \t\n]*")
# Only a word of its own opens one: `$((1<<2))` and `cat <<<x` do not.
_heredoc = re.compile(r"(?<!\S)\d*<<(?P<dash>-?)(?P<quote>['\"]?)(?P<word>[^\s<'\"|&;()]+)(?P=quote)(?=[\s|&;()>]|$)")
_HEREDOC_INSTRUCTIONS = frozenset(("RUN", "COPY", "ADD"))


def dockerfile(source: Source) -> Dockerfile:
    """The instructions of a file. Lines that begin with no known word are instructions of that name: judge or skip."""
    directives, start = _directives(source)
    escape = "`" if directives.get("escape") is not None and directives["escape"].text == "`" else "\\"
    syntax = directives.get("syntax")
    return Dockerfile(
        tuple(_instructions(source, start, escape)), syntax if syntax is not None and syntax.text else None
    )


def _directives(source: Source) -> tuple[dict[str, Fragment], int]:
    """Parser directives stand at the very top, before any other comment, empty line or instruction."""
    found: dict[str, Fragment] = {}
    shebang = re.match(r"#![^\n]*\n", source.text)
    at = shebang.end() if shebang is not None else 0
    while True:
        line = _line.match(source.text, at)
        match = _directive.match(line[0].rstrip("\n")) if line is not None else None
        if line is None or match is None or match["name"].lower() in found:
            return found, at
        start = at + match.start("value")
        found[match["name"].lower()] = source.fragment(start, start + len(match["value"]))
        at = line.end()


def _instructions(source: Source, at: int, escape: str) -> Iterator[Instruction]:
    text = source.text
    while at < len(text):
        parts: list[Fragment] = []
        while at < len(text):
            match = _line.match(text, at)
            if match is None:
                break
            line, at = match[0], match.end()
            bare = line.rstrip("\r\n")
            if bare.lstrip().startswith("#") or (parts and not bare.strip()):
                continue  # comments and empty lines inside an instruction do not end it
            continued = bare.rstrip(" \t").endswith(escape)
            end = len(bare.rstrip(" \t")) - 1 if continued else len(bare)
            parts.append(source.fragment(match.start(), match.start() + end))
            if not continued:
                break
        # Joined by nothing, as the builder does; a blank keeps words of the next line apart only where there is one.
        whole = join(parts)
        if whole is None or not whole.text.strip():
            continue
        lines = source.line(whole.offset(0)), source.line(whole.offset(max(0, len(whole.text) - 1)))
        # A comment cannot stand behind a RUN line, so an ignore may stand anywhere inside the instruction.
        instruction = _instruction(whole.labelled("", lines) if lines[0] != lines[1] else whole)
        if instruction.name in _HEREDOC_INSTRUCTIONS or instruction.name == "ONBUILD":
            start = at
            bodies, at = _heredocs(source, at, whole.text)
            tail = source.fragment(start, at) if bodies else None
            instruction = instruction._replace(heredocs=bodies, tail=tail)
        yield instruction


def _instruction(whole: Fragment) -> Instruction:
    match = _word.match(whole.text)
    name, at = (match["name"].upper(), match.end()) if match is not None else ("", 0)
    flags: list[tuple[str, Fragment]] = []
    while flag := _flag.match(whole.text, at):
        value = flag["value"] or ""
        quoted = value[:1] in ("'", '"')
        flags.append(
            (
                flag["name"],
                whole.slice(flag.start("value") + quoted, flag.end("value") - quoted)
                if flag["value"] is not None
                else whole.slice(flag.start(), flag.start()),
            )
        )
        at = flag.end()
    return Instruction(name, whole.slice(at, len(whole.text)).strip(), tuple(flags), (), whole)


def _heredocs(source: Source, at: int, text: str) -> tuple[tuple[Fragment, ...], int]:
    """The bodies of the here-documents that an instruction opens, and where the file goes on."""
    bodies: list[Fragment] = []
    for opening in _heredoc.finditer(_without_quotes(text)):
        blanks = r"\t*" if opening["dash"] else ""
        end = re.compile(rf"(?m)^{blanks}{re.escape(opening['word'])}\r?(?:\n|\Z)").search(source.text, at)
        if end is None:
            break  # nothing ends it, so the builder would refuse the file: it must not hide what follows
        bodies.append(source.fragment(at, end.start()))
        at = end.end()
    return tuple(bodies), at


def _without_quotes(text: str) -> str:
    """The text with quoted parts blanked, except the quotes of a here-document's word: `echo "<<EOF"` opens none."""
    return re.sub(r"(?<!<<)(?<!<<-)(\"(?:[^\"\\]|\\.)*\"|'[^']*')", lambda match: " " * len(match[0]), text)


def nested(instruction: Instruction) -> Instruction:
    """The instruction that an ONBUILD holds."""
    inner = _instruction(instruction.arguments)
    return inner._replace(heredocs=instruction.heredocs, tail=instruction.tail)
