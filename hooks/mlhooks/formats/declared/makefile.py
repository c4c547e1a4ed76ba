"""Makefiles: the recipes, read as the shell gets them, and the settings that variables export."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.formats.dependency import readable_text
from mlhooks.formats.fragment import Fragment, Source, join
from mlhooks.formats.installs import INSTALLS, Scope, installs, setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlhooks.core.files import File
    from mlhooks.formats.dependency import Dependency

_logical_line = re.compile(r"(?:[^\\\n]|\\(?:\r?\n|.))*(?:\n|\Z)|\\\Z", re.DOTALL)
_assignment = re.compile(
    r" *(?:(?:export|override) +)*(?P<name>[A-Za-z_][\w.-]*)[ \t]*(?::{0,3}|\?|\+)=[ \t]*(?P<value>.*)", re.DOTALL
)
_inline_recipe = re.compile(r"[^\t#=\n][^#=;\n]*:[^=;\n]*;(?P<recipe>.*)", re.DOTALL)
_recipe = re.compile(r"\t[ \t]*[@+-]*[ \t]*")
_shell_call = re.compile(r"\$\(shell\s+(?P<script>(?:[^()]|\([^()]*\))*)\)")
_variable = re.compile(r"\$(?:\((?P<round>[\w.-]+)\)|\{(?P<curly>[\w.-]+)\})")
MAX_CHARS = 20_000
"""A line that is longer once its variables are filled in is read as it is written."""


def read(file: File) -> Iterator[Dependency]:
    """The records of a Makefile."""
    source = Source(file.path, readable_text(file))
    if INSTALLS.search(source.text) is None:
        return
    scope = Scope("makefile")
    variables: dict[str, Fragment] = {}
    recipes: list[Fragment] = []
    for match in _logical_line.finditer(source.text):
        line = source.fragment(match.start(), match.end())
        recipe, inline, assigned = (
            _recipe.match(line.text),
            _inline_recipe.match(line.text),
            _assignment.match(line.text),
        )
        if recipe is not None:
            recipes.append(line.slice(recipe.end(), len(line.text)))
        elif assigned is not None:
            value = line.slice(*assigned.span("value")).strip()
            variables[assigned["name"]] = value
            yield from setting(assigned["name"], value.text, value, scope)
        elif inline is not None:
            recipes.append(line.slice(*inline.span("recipe")).strip())
        recipes += [line.slice(*call.span("script")) for call in _shell_call.finditer(line.text)]
    for recipe_line in recipes:
        yield from installs(_filled(recipe_line, variables), scope)


def _filled(line: Fragment, variables: Mapping[str, Fragment]) -> Fragment:
    """A line with the variables of the Makefile filled in, where their value is known."""
    for _ in range(3):  # a value may hold a variable of its own
        parts: list[Fragment] = []
        at = 0
        for match in _variable.finditer(line.text):
            value = variables.get(match["round"] or match["curly"])
            if value is not None and value.text:
                parts += [line.slice(at, match.start()), value]
                at = match.end()
        filled = join([*parts, line.slice(at, len(line.text))]) if parts else None
        if filled is None or len(filled.text) > MAX_CHARS:
            break
        line = filled
    return line
