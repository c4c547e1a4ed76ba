"""Python source as data: calls with their literal arguments, and strings with their places. Nothing is run."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from mlhooks.formats.fragment import Fragment
from mlhooks.formats.shell import Word

if TYPE_CHECKING:
    from collections.abc import Iterator


class PythonSource:
    """A piece of Python and its tree. Raises `SyntaxError` (or `ValueError`, `RecursionError`) as `ast.parse` does."""

    def __init__(self, whole: Fragment) -> None:
        import warnings

        self.whole = whole
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in the checked file is no concern of the reader
            self.tree = ast.parse(whole.text)
        self._lines = _line_offsets(whole.text)
        self.names = dict(_assigned(self.tree))

    def place(self, node: ast.expr | ast.stmt) -> Fragment:
        """The source text of a node."""
        return self.whole.slice(*self._span(node))

    def string(self, node: ast.expr | None) -> Fragment | None:
        """A string's value and place, names of constant strings and `+` followed; None when it is no string.

        What an f-string computes stands in it as `${...}`, as if it were a variable of a shell.
        """
        value = self._text(node, 0)
        if value is None or node is None:
            return None
        start, end = self._span(node)
        raw = self.whole.text[start:end]
        inside = raw.find(value) if value and isinstance(node, ast.Constant) else -1
        if inside >= 0:
            return self.whole.slice(start + inside, start + inside + len(value))
        whole = self.whole
        return Fragment(whole.source, value, ((0, whole.offset(start)),), whole.where, whole.scope)

    def entries(self, node: ast.expr | None, depth: int = 0) -> list[ast.expr] | None:
        """The entries of a list or tuple: literal, behind a name, joined by `+`, or `"a b".split()`; None for else."""
        if depth > _MAX_DEPTH:
            return None
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            found: list[ast.expr] = []
            for entry in node.elts:
                inner = self.entries(entry.value, depth + 1) if isinstance(entry, ast.Starred) else None
                found.extend([entry] if inner is None else inner)
            return found
        if isinstance(node, ast.Name) and node.id in self.names:
            return self.entries(self.names[node.id], depth + 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.entries(node.left, depth + 1), self.entries(node.right, depth + 1)
            return None if left is None and right is None else [*(left or []), *(right or [])]
        return None

    def words(self, node: ast.expr | None) -> list[Word] | None:
        """The arguments of a command given as a list; what is computed is a word with `unknown` set."""
        entries = self.entries(node)
        return None if entries is None else [self.word(entry) for entry in entries]

    def word(self, node: ast.expr) -> Word:
        fragment = self.string(node)
        if fragment is None:
            inner = node.value if isinstance(node, ast.Starred) else node
            place = self.place(inner)
            computed = Fragment(place.source, f"${{{place.text[:40]}}}", place.pieces[:1], place.where, place.scope)
            return Word(computed, unknown=place.text[:40] or "a value", was_quoted=True)
        return Word(fragment, unknown="${" if "${" in fragment.text else "", was_quoted=True)

    def calls(self) -> Iterator[ast.Call]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node

    def _text(self, node: ast.expr | None, depth: int) -> str | None:
        if depth > _MAX_DEPTH:
            return None
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.JoinedStr):
            return "".join(self._text(part, depth + 1) or "${...}" for part in node.values)
        if isinstance(node, ast.Name) and node.id in self.names:
            return self._text(self.names[node.id], depth + 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self._text(node.left, depth + 1), self._text(node.right, depth + 1)
            return None if left is None and right is None else (left or "${...}") + (right or "${...}")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            return _formatted(self._text(node.left, depth + 1), r"%[sdr]|%\(\w+\)[sdr]")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            return _formatted(self._text(node.func.value, depth + 1), r"\{[^{}]*\}")
        return None

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        start = self._offset(node.lineno, node.col_offset)
        end = self._offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
        return start, max(start, end)

    def _offset(self, line: int, column: int) -> int:
        """The index of a place that ast gives in lines and UTF-8 bytes."""
        start = self._lines[min(line, len(self._lines)) - 1]
        head = self.whole.text[start : start + column]
        if head.isascii():
            return start + column
        return start + len(self.whole.text[start : start + column].encode()[:column].decode(errors="ignore"))


_MAX_DEPTH = 50


def callee(call: ast.Call) -> str:
    """What a call calls, as dotted text: "subprocess.run", "session.install"; "?" for parts that are no name."""
    parts: list[str] = []
    node: ast.expr = call.func
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "?")
    return ".".join(reversed(parts))


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((entry.value for entry in call.keywords if entry.arg == name), None)


def _formatted(text: str | None, holes: str) -> str | None:
    return None if text is None else re.sub(holes, "${...}", text)


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Names that are given a value exactly once in the module's own body, and `+=` to lists folded in."""
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found[node.target.id] = node.value
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in found:
            joined = ast.BinOp(found[node.target.id], ast.Add(), node.value)
            found[node.target.id] = ast.copy_location(joined, node)
    yield from found.items()


def _line_offsets(text: str) -> list[int]:
    # Python's own lines: form feeds do not end one.
    return [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))]
