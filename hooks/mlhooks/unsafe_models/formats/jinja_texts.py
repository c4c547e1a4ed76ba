"""What the expressions of a Jinja template come to, as far as they are texts that the template writes down itself.

Texts are followed through concatenation, repetition, slices and simple filters; through lists and dicts; and through
every way in which a variable gets its value: set, for, with, the arguments of macros and of their callers. A variable
is known by its name alone, wherever it stands, with all the values that it is ever given.
"""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from jinja2 import nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MOST_TEXT = 10_000
MOST_DEPTH = 50
MOST_ITEMS = 1000
_ROUNDS = 3  # a variable may be put together from one that is set further down, in a loop
_NUMBERS = frozenset(("length", "count", "int", "abs", "round", "float"))
_PICKS = frozenset(("first", "last", "random", "default", "d", "trim", "min", "max"))
_SAME_ITEMS = frozenset(
    ("list", "sort", "unique", "reverse", "select", "reject", "selectattr", "rejectattr", "items", "dictsort", "batch")
)
_ITEM_METHODS = frozenset(("items", "values", "keys", "copy"))
_FILLERS = frozenset(("append", "extend", "insert", "update", "setdefault", "add"))
_MAKERS = frozenset(("dict", "namespace"))
# Texts that a model's maker chooses elsewhere: bos_token, eos_token, additional_special_tokens ...
_TOKEN = re.compile(r"_tokens?$")


class _Built:
    """A string that the template puts together, or is given by the model, and that is not known."""


class Items(NamedTuple):
    """The members of a list or dict that the template writes down; the key of a list's member is None."""

    keys: tuple[Text, ...]
    values: tuple[Text, ...]


BUILT = _Built()
Text: TypeAlias = "str | _Built | Items | None"
"""What an expression may come to: a known string, an unknown one that was put together, several, or nothing of
interest."""


class Texts:
    """What is known of a template's variables: every value that one was ever given. `is_bad` says of a string that it
    is one to look for."""

    def __init__(self, all_nodes: Sequence[nodes.Node], is_bad: Callable[[str], bool]) -> None:
        self.names: dict[str, list[Text]] = {}
        self.is_bad = is_bad
        self.assigned = {n.name for n in all_nodes if isinstance(n, nodes.Name) and n.ctx != "load"}
        self.macros = {n.name: n for n in all_nodes if isinstance(n, nodes.Macro)}
        self._blocks = [n for n in all_nodes if isinstance(n, nodes.CallBlock)]
        givers = [(n, give) for n in all_nodes if (give := _GIVERS.get(type(n)))]
        for _ in range(_ROUNDS):
            self._given: dict[str, list[Text]] = {}
            for node, give in givers:
                give(self, node)
            self.names = self._given

    # ---- variables --------------------------------------------------------------------------------------------------

    def _give(self, target: nodes.Node | None, value: Text) -> None:
        """A variable, or each of several in a tuple, gets a value."""
        if isinstance(target, nodes.Tuple | nodes.List):
            is_whole = isinstance(value, Items) and len(value.values) == len(target.items) and None in value.keys
            for index, part in enumerate(target.items):
                self._give(part, value.values[index] if is_whole else self.item_of(value, None))  # type: ignore[union-attr]
            return
        name = target.name if isinstance(target, nodes.Name) else getattr(target, "attr", None)
        if name and value is not None:
            known = self._given.setdefault(name, [])
            if len(known) < MOST_ITEMS:
                known.append(value)
            else:
                known[0] = BUILT

    def _set(self, node: nodes.Assign) -> None:
        self._give(node.target, self.text_of(node.node))

    def _set_block(self, node: nodes.AssignBlock) -> None:
        self._give(node.target, _captured(node) if node.filter is None else BUILT)

    def _loop(self, node: nodes.For) -> None:
        value = self.text_of(node.iter)
        if not isinstance(value, Items) or None in value.keys:
            self._give(node.target, self.item_of(value, None))
        elif isinstance(node.target, nodes.Tuple) and len(node.target.items) == len(value):
            for part, texts in zip(node.target.items, value, strict=True):
                self._give(part, self.one_of(texts))
        else:
            self._give(node.target, self.one_of([*value.keys, *value.values]))

    def _with(self, node: nodes.With) -> None:
        for target, value in zip(node.targets, node.values, strict=False):
            self._give(target, self.text_of(value))

    def _arguments(self, node: nodes.Call) -> None:
        """Those of macros, of what called them, and what a method puts into a list or dict."""
        if isinstance(node.node, nodes.Getattr) and node.node.attr in _FILLERS:
            values = [self.text_of(value) for value in (*node.args, *(keyword.value for keyword in node.kwargs))]
            for value in values if any(value is not None for value in values) else ():
                self._give(node.node.node, Items((BUILT,), (value,)))
                self._give(node.node.node, value if isinstance(value, Items) else None)
            return
        name = node.node.name if isinstance(node.node, nodes.Name) else None
        called = self._blocks if name == "caller" else [self.macros[name]] if name in self.macros else []
        for one in called:
            for target, argument in zip(one.args, node.args, strict=False):
                self._give(target, self.text_of(argument))
            for keyword in node.kwargs:
                self._give(nodes.Name(keyword.key, "param"), self.text_of(keyword.value))

    def _defaults(self, node: nodes.Macro | nodes.CallBlock) -> None:
        for target, value in zip(reversed(node.args), reversed(node.defaults), strict=False):
            self._give(target, self.text_of(value))

    # ---- expressions ------------------------------------------------------------------------------------------------

    def text_of(self, node: nodes.Node | None, depth: int = 0) -> Text:
        """What a string expression comes to. Deeper than 50 is taken for put together."""
        if node is None:
            return None
        if depth > MOST_DEPTH:
            return BUILT
        read = _TEXTS.get(type(node))
        return read(self, node, depth + 1) if read else None

    def item_of(self, value: Text, key: Text) -> Text:
        """One of the members, or any; of an unknown string, another one."""
        if isinstance(value, Items):
            return self.one_of(
                [v for k, v in zip(*value, strict=True) if k in (key, BUILT) or not isinstance(key, str)]
            )
        return BUILT if value is BUILT else None

    def one_of(self, values: Iterable[Text]) -> Text:
        """The most suspicious of them: one to look for, else an unknown one, else any."""
        known = [value for value in values if value is not None]
        for value in known:
            if isinstance(value, str) and self.is_bad(value):
                return value
        if BUILT in known:
            return BUILT
        lists = [value for value in known if isinstance(value, Items)]
        return _merged(lists) if lists else next(iter(known), None)

    def _variable(self, node: nodes.Name, _depth: int) -> Text:
        if node.name not in self.assigned and _TOKEN.search(node.name):
            return BUILT
        return self.one_of(self.names.get(node.name, []))

    def _field(self, node: nodes.Getattr, depth: int) -> Text:
        """A field of a namespace(), as far as anybody can say, or of a dict."""
        if not isinstance(node.node, nodes.Name):
            return self.item_of(self.text_of(node.node, depth), node.attr)
        owner = self.text_of(node.node, depth)
        return self.one_of(
            [self.item_of(owner, node.attr) if isinstance(owner, Items) else None, *self.names.get(node.attr, [])]
        )

    def _listed(self, node: nodes.List | nodes.Tuple, depth: int) -> Text:
        return _merged([Items((None,), (self.text_of(item, depth),)) for item in node.items[: MOST_ITEMS + 1]])

    def _dict(self, node: nodes.Dict, depth: int) -> Text:
        # A key that is no text is still a key, and different from every text.
        keys = ["" if (key := self.text_of(pair.key, depth)) is None else key for pair in node.items[: MOST_ITEMS + 1]]
        return _merged(
            [Items((key,), (self.text_of(pair.value, depth),)) for key, pair in zip(keys, node.items, strict=False)]
        )

    def _concatenated(self, node: nodes.Concat, depth: int) -> Text:
        return _joined([self.text_of(part, depth) for part in node.nodes], "")

    def _added(self, node: nodes.Add, depth: int) -> Text:
        left, right = self.text_of(node.left, depth), self.text_of(node.right, depth)
        if isinstance(left, Items) or isinstance(right, Items):
            return self.one_of([left, right])
        return None if left is None and right is None else _joined([left, right], "")

    def _multiplied(self, node: nodes.Mul, depth: int) -> Text:
        return _repeated(node, self.text_of(node.left, depth), self.text_of(node.right, depth))

    def _formatted(self, node: nodes.Mod, depth: int) -> Text:
        return BUILT if self.text_of(node.left, depth) is not None else None

    def _chosen(self, node: nodes.CondExpr, depth: int) -> Text:
        return self.one_of([self.text_of(node.expr1, depth), self.text_of(node.expr2, depth)])

    def _either(self, node: nodes.Or | nodes.And, depth: int) -> Text:
        return self.one_of([self.text_of(node.left, depth), self.text_of(node.right, depth)])

    def _part(self, node: nodes.Getitem, depth: int) -> Text:
        text = self.text_of(node.node, depth)
        if isinstance(node.arg, nodes.Slice):
            return _sliced(text, node.arg)
        if isinstance(text, Items):
            return self.item_of(text, self.text_of(node.arg, depth))
        return BUILT if text is not None else None

    def _called(self, node: nodes.Call, depth: int) -> Text:
        """A method of a string gives another one, and a macro of the template the text in it."""
        if isinstance(node.node, nodes.Name):
            if node.node.name in _MAKERS:
                keys = tuple(keyword.key for keyword in node.kwargs)
                return (
                    Items(keys, tuple(self.text_of(keyword.value, depth) for keyword in node.kwargs)) if keys else None
                )
            return BUILT if node.node.name in self.macros else None
        if not isinstance(node.node, nodes.Getattr):
            return None
        owner = self.text_of(node.node.node, depth)
        if isinstance(owner, Items):
            if node.node.attr in _ITEM_METHODS:
                return owner
            return self.item_of(owner, self.text_of(node.args[0], depth) if node.args else None)
        return BUILT if owner is not None else None

    def _filtered(self, node: nodes.Filter, depth: int) -> Text:
        if node.name in _NUMBERS or node.node is None:
            return None
        value = self.text_of(node.node, depth)
        if node.name == "join":
            if isinstance(node.node, nodes.List | nodes.Tuple):
                separator = self.text_of(node.args[0], depth) if node.args else ""
                return _joined([self.text_of(item, depth) for item in node.node.items], separator or "")
            return BUILT
        if isinstance(value, Items) and node.name in _SAME_ITEMS:
            return value
        if node.name in _PICKS:
            picked = self.one_of([*value.keys, *value.values]) if isinstance(value, Items) else value
            return self.one_of([picked, *(self.text_of(arg, depth) for arg in node.args)])
        if isinstance(value, str) and node.name in _PLAIN_FILTERS:
            return _PLAIN_FILTERS[node.name](value)
        # Any other filter over a string makes a new one; over a message, it gives a part of it.
        return BUILT if value is not None or node.name in ("format", "string", "replace", "reverse") else None


def _merged(lists: Sequence[Items]) -> Items:
    """The members of all; of too many, one that may be anything stands for the rest."""
    if len(lists) == 1:
        return lists[0]
    keys = tuple(islice(chain.from_iterable(one.keys for one in lists), MOST_ITEMS + 1))
    values = tuple(islice(chain.from_iterable(one.values for one in lists), MOST_ITEMS + 1))
    if len(keys) > MOST_ITEMS:
        return Items((*keys[:MOST_ITEMS], BUILT), (*values[:MOST_ITEMS], BUILT))
    return Items(keys, values)


def _joined(parts: list[Text], separator: Text) -> Text:
    if not isinstance(separator, str) or any(not isinstance(part, str) for part in parts):
        return BUILT
    return separator.join(str(part) for part in parts)[:MOST_TEXT]


def _repeated(node: nodes.Mul, left: Text, right: Text) -> Text:
    text, count = (left, node.right) if left is not None else (right, node.left)
    if isinstance(text, Items):
        return text
    if isinstance(text, str) and isinstance(count, nodes.Const) and isinstance(count.value, int):
        return (text * max(0, min(count.value, MOST_TEXT)))[:MOST_TEXT] if len(text) < MOST_TEXT else BUILT
    return None if text is None else BUILT


def _sliced(text: Text, cut: nodes.Slice) -> Text:
    parts = (cut.start, cut.stop, cut.step)
    if not isinstance(text, str):
        return text
    if any(part is not None and not _is_number(part) for part in parts):
        return BUILT
    start, stop, step = (None if part is None else _number(part) for part in parts)
    return text[start:stop:step] if step != 0 else BUILT


def _is_number(node: nodes.Node) -> bool:
    inner = node.node if isinstance(node, nodes.Neg) else node
    return isinstance(inner, nodes.Const) and isinstance(inner.value, int)


def _number(node: nodes.Node) -> int:
    value: int = -node.node.value if isinstance(node, nodes.Neg) else node.value  # type: ignore[attr-defined]  # see above
    return value


def _captured(node: nodes.AssignBlock) -> Text:
    """The text of a block that is set as a variable, when it is only text."""
    parts: list[Text] = []
    for child in node.body:
        parts += [
            part.data if isinstance(part, nodes.TemplateData) else BUILT for part in getattr(child, "nodes", [child])
        ]
    return _joined(parts, "") if parts else ""


_PLAIN_FILTERS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "capitalize": str.capitalize,
    "title": str.title,
    "reverse": lambda text: text[::-1],
    "string": str,
    "safe": str,
    "e": str,
    "escape": str,
}
_GIVERS: dict[type[nodes.Node], Callable[[Texts, Any], None]] = {
    nodes.Assign: Texts._set,
    nodes.AssignBlock: Texts._set_block,
    nodes.For: Texts._loop,
    nodes.With: Texts._with,
    nodes.Call: Texts._arguments,
    nodes.Macro: Texts._defaults,
    nodes.CallBlock: Texts._defaults,
}
_TEXTS: dict[type[nodes.Node], Callable[[Texts, Any, int], Text]] = {
    nodes.Const: lambda _self, node, _depth: node.value[:MOST_TEXT] if isinstance(node.value, str) else None,
    nodes.Name: Texts._variable,
    nodes.Getattr: Texts._field,
    nodes.Concat: Texts._concatenated,
    nodes.Add: Texts._added,
    nodes.Mul: Texts._multiplied,
    nodes.Mod: Texts._formatted,
    nodes.CondExpr: Texts._chosen,
    nodes.Getitem: Texts._part,
    nodes.Filter: Texts._filtered,
    nodes.List: Texts._listed,
    nodes.Tuple: Texts._listed,
    nodes.Dict: Texts._dict,
    nodes.Or: Texts._either,
    nodes.And: Texts._either,
    nodes.Call: Texts._called,
}
