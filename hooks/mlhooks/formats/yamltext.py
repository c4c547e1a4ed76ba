"""YAML with places: the node tree of a document, never the objects it may ask for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mlhooks.core.finding import Unscannable
from mlhooks.formats.fragment import Fragment, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 500
"""Brackets inside each other: the parser is recursive, and libyaml's recursion knows no limit."""


_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


class YamlNode:
    """A node and its document. Everything that is not there reads as empty, so look-ups chain without checks."""

    __slots__ = ("_node", "source")

    def __init__(self, source: Source, node: Any) -> None:
        self.source = source
        self._node = node

    def __bool__(self) -> bool:
        return self._node is not None

    @property
    def kind(self) -> str:
        """mapping, sequence, scalar, or "" for nothing."""
        return "" if self._node is None else self._node.id

    @property
    def text(self) -> str:
        """A scalar's text, whatever type YAML gives it (so `1.10` stays `1.10`); "" for anything else."""
        if self.kind != "scalar" or (not self._node.style and self._node.value in _NULLS):
            return ""
        return str(self._node.value)

    def get(self, key: str) -> YamlNode:
        """The value of a mapping's key; the last one when it stands twice, and one from a merged mapping (`<<`)."""
        found = None
        for name, value in self._pairs():
            if name == key:
                found = value
        return YamlNode(self.source, found)

    def items(self) -> Iterator[tuple[str, YamlNode]]:
        """A mapping's keys and values."""
        for name, value in self._pairs():
            yield name, YamlNode(self.source, value)

    def values(self) -> Iterator[YamlNode]:
        """A sequence's entries; a scalar is a sequence of one; nothing has none."""
        if self.kind == "sequence":
            yield from (YamlNode(self.source, node) for node in self._node.value)
        elif self.kind == "scalar":
            yield self

    def below(self) -> Iterator[tuple[str, YamlNode]]:
        """Every key and value of every mapping in the document, each mapping once."""
        pending, seen = [self], set[int]()
        while pending:
            node = pending.pop()
            if id(node._node) in seen:
                continue
            seen.add(id(node._node))
            if node.kind == "sequence":
                pending.extend(reversed(list(node.values())))
            for name, value in node.items():
                yield name, value
                pending.append(value)

    def embedded(self) -> Source:
        """A source with nothing but a block scalar's lines, each where it stands in the file."""
        text = self.source.text
        start, end = text.find("\n", self._node.start_mark.index) + 1, self._node.end_mark.index
        blank = re.sub(r"[^\n]", " ", text[:start])
        return Source(self.source.path, blank + text[start:end])

    def fragment(self) -> Fragment:
        """A scalar's text and the place of each of its lines."""
        return _scalar_fragment(self.source, self._node)

    def start(self) -> int:
        return 0 if self._node is None else int(self._node.start_mark.index)

    def _pairs(self, seen: set[int] | None = None) -> Iterator[tuple[str, Any]]:
        seen = set() if seen is None else seen
        if self.kind != "mapping" or id(self._node) in seen:
            return
        seen.add(id(self._node))  # a merge may lead back to where it started, or to one mapping many times
        for key, value in self._node.value:
            if key.id != "scalar":
                continue
            if key.value == "<<" and not key.style:
                for merged in value.value if value.id == "sequence" else [value]:
                    yield from YamlNode(self.source, merged)._pairs(seen)
            else:
                yield key.value, value


def yaml_documents(source: Source) -> list[YamlNode]:
    """The top nodes of all documents of a file. Raises `Unscannable` when it is not YAML."""
    import yaml

    if _flow_depth(source.text) > MAX_DEPTH:
        raise Unscannable("its YAML is nested too deeply to read")
    # Nodes only, as they are written: which type a scalar would have is not asked, so it is not worked out.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        return [YamlNode(source, node) for node in yaml.compose_all(source.text, Loader=loader)]
    except RecursionError:
        raise Unscannable("its YAML is nested too deeply to read") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1})" if mark is not None else ""
        raise Unscannable(f"it is not valid YAML: {getattr(error, 'problem', None) or error}{place}") from None
    except ValueError as error:  # characters that YAML does not allow
        raise Unscannable(f"it is not valid YAML: {error}") from None


def _flow_depth(text: str) -> int:
    """How deep brackets can be nested at most, and block nesting by indentation."""
    opened = text.count("[") + text.count("{")
    if opened <= MAX_DEPTH and len(text) < 1_000_000:
        return 0
    depth = deepest = 0
    for match in re.finditer(r"[\[{]+|[\]}]+", text):
        width = match.end() - match.start()
        depth = depth + width if match[0][0] in "[{" else max(0, depth - width)
        deepest = max(deepest, depth)
    return deepest


def yaml_document(source: Source) -> YamlNode:
    """The first document that is not empty."""
    documents = yaml_documents(source)
    return next((document for document in documents if document), YamlNode(source, None))


def _scalar_fragment(source: Source, node: Any) -> Fragment:
    start, end = node.start_mark.index, node.end_mark.index
    raw = source.text[start:end]
    value: str = node.value
    inside = raw.find(value) if node.style not in ("|", ">") else -1
    if inside >= 0:
        return Fragment(source, value, ((0, start + inside),))
    pieces: list[tuple[int, int]] = []
    at = raw.find("\n") + 1 if node.style in ("|", ">") else 0
    # Each line of the value stands in the raw text, indented; of a folded value, each word.
    for part in re.finditer(r"\S+\s*|\s+" if node.style == ">" else r"[^\n]*\n?", value):
        text = part[0].strip() if node.style == ">" else part[0].rstrip("\r\n")
        found = raw.find(text, at) if text else at
        pieces.append((part.start(), start + (found if found >= 0 else at)))
        at = found + len(text) if found >= 0 else at
    return Fragment(source, value, tuple(pieces))
