"""The syntax tree of a Jinja template, and what in it reaches for more than the messages it was given.

Strings that a template puts together from parts are followed: through concatenation, repetition, slices, simple
filters and variables. Where such a string cannot be known and is used as a name, that alone is reported.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.ext import Extension

from mlhooks.core.finding import Level, Unscannable
from mlhooks.unsafe_models.formats.source import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2.parser import Parser

MOST_TEXT = 10_000
LONGEST_RANGE = 10_000_000

# Attributes through which Python code gets from any object to all others; jinja2.sandbox refuses the same ones.
_DUNDER = re.compile(r"^__\w+__$|_TemplateReference__")
_DUNDER_INSIDE = re.compile(
    r"__(?:class|bases?|mro|subclasses|globals|builtins|import|init|dict|code|func|self|call|reduce|reduce_ex|getattr|"
    r"getattribute|getitem|module|closure|kwdefaults|defaults|loader|spec|new|wrapped|enter|exit|objclass|subclasshook)__"
)
_INTERNALS = frozenset(
    [
        "mro",
        "func_globals",
        "func_code",
        "func_closure",
        "im_class",
        "im_func",
        "im_self",
        "gi_frame",
        "gi_code",
        "cr_frame",
        "cr_code",
        "ag_frame",
        "ag_code",
        "f_globals",
        "f_locals",
        "f_builtins",
        "f_back",
        "tb_frame",
        "tb_next",
        "popen",
        "getoutput",
        "check_output",
        "Popen",
    ]
)
_HELPERS = frozenset(("lipsum", "cycler", "joiner", "self", "get_flashed_messages", "url_for", "request"))
_NUMBERS = frozenset(("length", "count", "int", "abs", "round", "float"))
_PICKS = frozenset(("first", "last", "random", "default", "d", "trim", "min", "max"))
_FIELD_ATTRIBUTE = re.compile(r"\{[^{}]*[.\[]\s*_[^{}]*\}")


class Complaint(NamedTuple):
    """`message` is a clause that goes after "the chat template "."""

    message: str
    subject: str
    line: int
    level: Level | None = None


class _Generation(Extension):
    """`{% generation %}` of transformers: a block around what the assistant says."""

    tags = {"generation"}  # noqa: RUF012 - the name and type that jinja2 wants

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.Scope(body, lineno=line)


def complaints(template: str) -> Iterator[Complaint]:
    """What the template does that no chat template needs. Raises `Unscannable` when it cannot be parsed."""
    return Judge(_parse(template)).faults()


def _parse(template: str) -> nodes.Template:
    """The tree of a template, with the tags that transformers knows. Raises `Unscannable`."""
    environment = Environment(  # noqa: S701 - nothing is ever rendered
        extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do", "jinja2.ext.i18n", _Generation]
    )
    try:
        return environment.parse(template)
    except TemplateSyntaxError as error:
        raise Unscannable(f"its template cannot be parsed (line {error.lineno}: {shown(error.message)})") from None
    except RecursionError:
        raise Unscannable("its template is nested too deeply to be parsed") from None
    except (ValueError, OverflowError, MemoryError) as error:
        raise Unscannable(f"its template cannot be parsed ({type(error).__name__})") from None


class _Built:
    """A string that the template puts together, and that is not known."""


BUILT = _Built()
_Text = str | _Built | None
"""What an expression may come to: a known string, an unknown one that was put together, or nothing of interest."""


class Judge:
    """Looks at one template. `names` is what is known of its variables: every value that one was ever given."""

    def __init__(self, template: nodes.Template) -> None:
        self.all_nodes = list(_walk(template))
        self.names: dict[str, list[_Text]] = {}
        self.assigned: set[str] = {n.name for n in self.all_nodes if isinstance(n, nodes.Name) and n.ctx != "load"}
        self.macros = {n.name for n in self.all_nodes if isinstance(n, nodes.Macro)}
        for _ in range(3):  # a variable may be put together from one that is set further down, in a loop
            self._learn()

    def faults(self) -> Iterator[Complaint]:
        """In the order of the template."""
        for node in self.all_nodes:
            look = _LOOKS.get(type(node))
            if look:
                yield from look(self, node)

    # ---- values -----------------------------------------------------------------------------------------------------

    def _learn(self) -> None:
        names: dict[str, list[_Text]] = {}
        for node in self.all_nodes:
            if isinstance(node, nodes.Assign):
                target, value = node.target, self.text_of(node.node)
            elif isinstance(node, nodes.AssignBlock):
                target, value = node.target, _captured(node)
            else:
                continue
            if value is None:
                continue
            name = target.name if isinstance(target, nodes.Name) else getattr(target, "attr", None)
            if name:
                names.setdefault(name, []).append(value)
        self.names = names

    def text_of(self, node: nodes.Node | None, depth: int = 0) -> _Text:
        """What a string expression comes to. Deeper than 50 is taken for put together."""
        if node is None:
            return None
        if depth > 50:
            return BUILT
        read = _TEXTS.get(type(node))
        return read(self, node, depth + 1) if read else None

    def _variable(self, node: nodes.Name, _depth: int) -> _Text:
        return _one_of(self.names.get(node.name, []))

    def _field(self, node: nodes.Getattr, _depth: int) -> _Text:
        """A field of a namespace(), as far as anybody can say."""
        return _one_of(self.names.get(node.attr, [])) if isinstance(node.node, nodes.Name) else None

    def _concatenated(self, node: nodes.Concat, depth: int) -> _Text:
        return _joined([self.text_of(part, depth) for part in node.nodes], "")

    def _added(self, node: nodes.Add, depth: int) -> _Text:
        left, right = self.text_of(node.left, depth), self.text_of(node.right, depth)
        return None if left is None and right is None else _joined([left, right], "")

    def _multiplied(self, node: nodes.Mul, depth: int) -> _Text:
        return _repeated(node, self.text_of(node.left, depth), self.text_of(node.right, depth))

    def _formatted(self, node: nodes.Mod, depth: int) -> _Text:
        return BUILT if self.text_of(node.left, depth) is not None else None

    def _chosen(self, node: nodes.CondExpr, depth: int) -> _Text:
        return _one_of([self.text_of(node.expr1, depth), self.text_of(node.expr2, depth)])

    def _part(self, node: nodes.Getitem, depth: int) -> _Text:
        text = self.text_of(node.node, depth)
        if isinstance(node.arg, nodes.Slice):
            return _sliced(text, node.arg)
        return BUILT if text is not None else None

    def _called(self, node: nodes.Call, depth: int) -> _Text:
        """A method of a string gives another one, and a macro of the template the text in it."""
        if isinstance(node.node, nodes.Name):
            return BUILT if node.node.name in self.macros else None
        is_method = isinstance(node.node, nodes.Getattr) and self.text_of(node.node.node, depth) is not None
        return BUILT if is_method else None

    def _filtered(self, node: nodes.Filter, depth: int) -> _Text:
        if node.name in _NUMBERS or node.node is None:
            return None
        value = self.text_of(node.node, depth + 1)
        if node.name == "join":
            if isinstance(node.node, nodes.List | nodes.Tuple):
                separator = self.text_of(node.args[0], depth + 1) if node.args else ""
                return _joined([self.text_of(item, depth + 1) for item in node.node.items], separator or "")
            return BUILT
        if node.name in _PICKS:
            return value
        if isinstance(value, str) and node.name in _PLAIN_FILTERS:
            return _PLAIN_FILTERS[node.name](value)
        # Any other filter over a string makes a new one; over a message, it gives a part of it.
        return BUILT if value is not None or node.name in ("format", "string", "replace", "reverse") else None

    # ---- looks ------------------------------------------------------------------------------------------------------

    def _attribute(self, node: nodes.Getattr) -> Iterator[Complaint]:
        if _is_way_out(node.attr):
            yield Complaint(f"reads the attribute {shown(node.attr)}, a way into Python", node.attr, node.lineno)
        elif isinstance(node.node, nodes.Name) and node.node.name in _HELPERS - self.assigned:
            name = node.node.name
            message = f"reads an attribute of {shown(name)}, which attacks start from and templates have no need of"
            yield Complaint(message, name, node.lineno, Level.WARNING)
        elif isinstance(node.node, nodes.Const | nodes.TemplateData) and node.attr in ("format", "format_map"):
            text = self.text_of(node.node)
            if isinstance(text, str) and _FIELD_ATTRIBUTE.search(text):
                yield Complaint("formats a string that reads hidden attributes", "format", node.lineno)

    def _subscript(self, node: nodes.Getitem) -> Iterator[Complaint]:
        yield from self._as_name(node.arg, node.lineno)

    def _as_name(self, node: nodes.Node, line: int) -> Iterator[Complaint]:
        """An expression that is used as the name of an attribute or item."""
        text = self.text_of(node)
        if text is BUILT:
            message = "puts a name together from parts and looks it up; nobody can say which one"
            yield Complaint(message, "built name", line, Level.WARNING)
        elif isinstance(text, str) and _is_way_out(text):
            yield Complaint(f"looks up {shown(text)}, a way into Python", text, line)

    def _filter(self, node: nodes.Filter) -> Iterator[Complaint]:
        if node.name == "attr":
            name = node.args[0] if node.args else None
            text = self.text_of(name)
            if not isinstance(name, nodes.Const) and not isinstance(text, str):
                yield Complaint("reads an attribute whose name it computes (filter 'attr')", "attr", node.lineno)
            elif isinstance(text, str) and _is_way_out(text):
                yield Complaint(f"reads the attribute {shown(text)}, a way into Python", text, node.lineno)
        for keyword in node.kwargs:
            if keyword.key == "attribute" and not isinstance(keyword.value, nodes.Const):
                yield from self._as_name(keyword.value, node.lineno)
        if node.name == "map" and node.args and self.text_of(node.args[0]) == "attr" and len(node.args) > 1:
            yield from self._as_name(node.args[1], node.lineno)
        if (
            node.name in ("selectattr", "rejectattr", "groupby")
            and node.args
            and not isinstance(node.args[0], nodes.Const)
        ):
            yield from self._as_name(node.args[0], node.lineno)

    def _constant(self, node: nodes.Const) -> Iterator[Complaint]:
        if isinstance(node.value, str) and (found := _DUNDER_INSIDE.search(node.value)):
            yield Complaint(f"has the string {shown(found[0])}, a name of Python's inside", found[0], node.lineno)

    def _keyword(self, node: nodes.Keyword) -> Iterator[Complaint]:
        """`dict(__class__=1)` is a way to spell a name."""
        if _is_way_out(node.key) or _DUNDER_INSIDE.search(node.key):
            yield Complaint(f"has the name {shown(node.key)}, a way into Python", node.key, node.lineno)

    def _built_text(self, node: nodes.Node) -> Iterator[Complaint]:
        text = self.text_of(node)
        if isinstance(text, str) and (found := _DUNDER_INSIDE.search(text)):
            yield Complaint(f"puts together {shown(found[0])}, a name of Python's inside", found[0], node.lineno)

    def _call(self, node: nodes.Call) -> Iterator[Complaint]:
        callee = node.node
        if isinstance(callee, nodes.Name) and callee.name == "range" and callee.name not in self.assigned:
            sizes = [abs(arg.value) for arg in node.args if isinstance(arg, nodes.Const) and isinstance(arg.value, int)]
            if any(size > LONGEST_RANGE for size in sizes):
                yield Complaint(
                    f"counts to {max(sizes):,}, which keeps a server busy", "range", node.lineno, Level.WARNING
                )
        if isinstance(callee, nodes.Getattr) and callee.attr in ("format", "format_map"):
            text = self.text_of(callee.node)
            if isinstance(text, str) and _FIELD_ATTRIBUTE.search(text):
                yield Complaint("formats a string that reads hidden attributes", "format", node.lineno)
            elif text is BUILT:
                yield Complaint("formats a string that it has put together", "format", node.lineno, Level.WARNING)

    def _other_template(self, node: nodes.Node) -> Iterator[Complaint]:
        yield Complaint("loads another template", "include", node.lineno, Level.WARNING)


def _walk(root: nodes.Node) -> Iterator[nodes.Node]:
    """Every node, in the order of the template, without recursion."""
    waiting: list[nodes.Node] = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(list(node.iter_child_nodes())))


def _is_way_out(name: str) -> bool:
    return any(part in _INTERNALS or _DUNDER.search(part) is not None for part in name.split("."))


def _one_of(values: list[_Text]) -> _Text:
    """The most suspicious of them: a way out, else an unknown one, else any."""
    for value in values:
        if isinstance(value, str) and (_is_way_out(value) or _DUNDER_INSIDE.search(value)):
            return value
    if BUILT in values:
        return BUILT
    return next((value for value in values if value is not None), None)


def _joined(parts: list[_Text], separator: str | _Built) -> _Text:
    if separator is BUILT or any(not isinstance(part, str) for part in parts):
        return BUILT
    return str(separator).join(str(part) for part in parts)[:MOST_TEXT]


def _repeated(node: nodes.Mul, left: _Text, right: _Text) -> _Text:
    text, count = (left, node.right) if left is not None else (right, node.left)
    if isinstance(text, str) and isinstance(count, nodes.Const) and isinstance(count.value, int):
        return (text * max(0, min(count.value, MOST_TEXT)))[:MOST_TEXT] if len(text) < MOST_TEXT else BUILT
    return None if text is None else BUILT


def _sliced(text: _Text, cut: nodes.Slice) -> _Text:
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


def _captured(node: nodes.AssignBlock) -> _Text:
    """The text of a block that is set as a variable, when it is only text."""
    parts: list[_Text] = []
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
_TEXTS: dict[type[nodes.Node], Callable[[Judge, Any, int], _Text]] = {
    nodes.Const: lambda _self, node, _depth: node.value[:MOST_TEXT] if isinstance(node.value, str) else None,
    nodes.Name: Judge._variable,
    nodes.Getattr: Judge._field,
    nodes.Concat: Judge._concatenated,
    nodes.Add: Judge._added,
    nodes.Mul: Judge._multiplied,
    nodes.Mod: Judge._formatted,
    nodes.CondExpr: Judge._chosen,
    nodes.Getitem: Judge._part,
    nodes.Filter: lambda self, node, depth: self._filtered(node, depth),
    nodes.Call: Judge._called,
}
_LOOKS: dict[type[nodes.Node], Callable[[Judge, Any], Iterator[Complaint]]] = {
    nodes.Getattr: Judge._attribute,
    nodes.Getitem: Judge._subscript,
    nodes.Filter: Judge._filter,
    nodes.Const: Judge._constant,
    nodes.Keyword: Judge._keyword,
    nodes.Concat: Judge._built_text,
    nodes.Add: Judge._built_text,
    nodes.Call: Judge._call,
    nodes.Include: Judge._other_template,
    nodes.Import: Judge._other_template,
    nodes.FromImport: Judge._other_template,
    nodes.Extends: Judge._other_template,
}
