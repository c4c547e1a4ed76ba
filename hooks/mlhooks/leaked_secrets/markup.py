"""Texts made readable, with the way back: what stands at a place of the clean text stood where in the raw one."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

from mlhooks.leaked_secrets.lazy import lazy


class Step(NamedTuple):
    """One replacement: the piece of the new text that starts at `here[i]` stood at `there[i]` in the old one."""

    here: tuple[int, ...]
    there: tuple[int, ...]

    def back(self, index: int) -> int:
        piece = bisect_right(self.here, index) - 1
        return self.there[piece] + index - self.here[piece]


class Mapped(NamedTuple):
    """A text, and the steps that led to it from the original."""

    text: str
    steps: tuple[Step, ...] = ()

    def original(self, index: int) -> int:
        """The place in the original of character `index`."""
        for step in reversed(self.steps):
            index = step.back(index)
        return index


def substitute(mapped: Mapped, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]) -> Mapped:
    """Replace every match, and keep the way back."""
    text, parts, here, there = mapped.text, [""], [0], [0]
    position = length = 0
    for match in pattern.finditer(text):
        new = replacement(match)
        if new:
            here.append(length + match.start() - position)
            there.append(match.start())
        parts += [text[position : match.start()], new]
        length += match.start() - position + len(new)
        position = match.end()
        here.append(length)
        there.append(position)
    if not position:
        return mapped
    parts.append(text[position:])
    return Mapped("".join(parts), (*mapped.steps, Step(tuple(here), tuple(there))))


# CSI (colours), OSC (links, titles; ended by BEL or ST), and the other escapes of two characters.
_ANSI = lazy(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)|[@-Z\\-_])")
_TAG = lazy(r"<(/?)([A-Za-z!][A-Za-z0-9-]{0,20})((?:[^<>\"']|\"[^\"<>]{0,4000}\"|'[^'<>]{0,4000}'){0,200})>")
_SPAN = lazy(r"</?span(?:[ /\n][^<>]{0,4000})?>")
_ENTITY = lazy(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")
_ADJACENT = lazy(
    r"""
    (?<=[A-Za-z0-9_+/=.%~@:-]) \\?["']
    [ \t]* (?:\)?[ \t]*\+[ \t]* | \\?\r?\n[ \t]*(?:\+[ \t]*)?){0,2}
    [rbufRBUF]{0,2} \\?["'] (?=[A-Za-z0-9_+/=.%~@:-])
    """,
    re.VERBOSE,
)
_INLINE_TAGS = frozenset(
    {
        "b", "i", "em", "strong", "mark", "wbr", "font", "u", "small", "s",
    }
)  # fmt: skip


def without_ansi(mapped: Mapped) -> Mapped:
    """Terminal colours and links taken out: a code such as ESC[32m would glue itself to the token behind it."""
    return substitute(mapped, _ANSI(), lambda _: "") if "\x1b" in mapped.text else mapped


def with_ansi_as_blanks(mapped: Mapped) -> Mapped:
    """Terminal colours as blanks: where the colour changes, a word may end."""
    return substitute(mapped, _ANSI(), lambda _: " ")


def without_html(mapped: Mapped) -> Mapped:
    """Tags as line ends (but those that only mark letters), and entities as the characters they stand for.

    A tag's attributes are text too: `<input value="...">`, `<a href="https://user:password@host">`.
    """
    from html import unescape

    def separated(match: re.Match[str]) -> str:
        if match[2].lower() in _INLINE_TAGS:
            return ""
        return f"\n{match[3]}\n" if "=" in match[3] else "\n"

    mapped = substitute(mapped, _TAG(), separated) if "<" in mapped.text else mapped
    return substitute(mapped, _ENTITY(), lambda match: unescape(match[0])) if "&" in mapped.text else mapped


def without_highlighting(mapped: Mapped) -> Mapped | None:
    """Code in HTML without the marks of a highlighter, which stand between a name and its value; None where are none.

    Elsewhere the same marks may be all that divides two words.
    """
    if "<span" not in mapped.text:
        return None
    return without_html(substitute(mapped, _SPAN(), lambda _: ""))


def joined(mapped: Mapped) -> Mapped:
    """String literals that a program joins anyway, as one: `"hf_" "abc"`, `"hf_" + "abc"`, over line ends too."""
    return substitute(mapped, _ADJACENT(), lambda _: "")


_ASCII_ESCAPE = lazy(r"\\(?:u00([2-7][0-9a-fA-F])|x([2-7][0-9a-fA-F])|/)")


def without_ascii_escapes(mapped: Mapped) -> Mapped:
    """Text of any language with those escapes decoded that only hide plain letters: `\\u005f`, `\\x5f`, `\\/`."""

    def character(match: re.Match[str]) -> str:
        digits = match[1] or match[2]
        return chr(int(digits, 16)) if digits else "/"

    return substitute(mapped, _ASCII_ESCAPE(), character) if "\\" in mapped.text else mapped


_JSON_ESCAPE = lazy(r"\\(?:u([0-9a-fA-F]{4})|([\"\\/bfnrt]))")
_SHORT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": " ", "f": " "}


def without_json_escapes(mapped: Mapped) -> Mapped:
    """JSON that does not parse, with the escapes of its strings decoded."""

    def character(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else _SHORT_ESCAPES.get(match[2], match[2])

    return substitute(mapped, _JSON_ESCAPE(), character) if "\\" in mapped.text else mapped
