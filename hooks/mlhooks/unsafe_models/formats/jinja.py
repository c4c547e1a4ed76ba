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
from mlhooks.unsafe_models.formats.jinja_texts import BUILT, Texts
from mlhooks.unsafe_models.formats.source import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2.parser import Parser

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
        # What Jinja's own objects, such as macros, keep of the environment and of its functions.
        "_environment",
        "_func",
    ]
)
# Names that nothing but an attack has as a text, alone or as a way of several: a filter may read it as an attribute.
_FRAMES = re.compile(
    r"(?:\w+\.)*(?:(?:gi|cr|ag)_(?:frame|code|await|yieldfrom)|f_(?:globals|locals|builtins|back|code)|tb_(?:frame|next)|"
    r"func_(?:globals|code|closure)|im_(?:class|func|self)|_environment)(?:\.\w+)*"
)
_HELPERS = frozenset(("lipsum", "cycler", "joiner", "self", "get_flashed_messages", "url_for", "request"))
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


class Judge:
    """Looks at one template."""

    def __init__(self, template: nodes.Template) -> None:
        self.all_nodes = list(_walk(template))
        self.texts = Texts(self.all_nodes, lambda text: _is_way_out(text) or _DUNDER_INSIDE.search(text) is not None)
        self.text_of = self.texts.text_of

    def faults(self) -> Iterator[Complaint]:
        """In the order of the template."""
        for node in self.all_nodes:
            look = _LOOKS.get(type(node))
            if look:
                yield from look(self, node)

    # ---- looks ------------------------------------------------------------------------------------------------------

    def _attribute(self, node: nodes.Getattr) -> Iterator[Complaint]:
        if _is_way_out(node.attr):
            yield Complaint(f"reads the attribute {shown(node.attr)}, a way into Python", node.attr, node.lineno)
        elif isinstance(node.node, nodes.Name) and node.node.name in _HELPERS - self.texts.assigned:
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
        if isinstance(node.value, str) and (
            found := _DUNDER_INSIDE.search(node.value) or _FRAMES.fullmatch(node.value)
        ):
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
        if isinstance(callee, nodes.Name) and callee.name == "range" and callee.name not in self.texts.assigned:
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


_LOOKS: dict[type[nodes.Node], Callable[[Judge, Any], Iterator[Complaint]]] = {
    nodes.Getattr: Judge._attribute,
    nodes.Getitem: Judge._subscript,
    nodes.Filter: Judge._filter,
    nodes.Const: Judge._constant,
    nodes.Keyword: Judge._keyword,
    nodes.Concat: Judge._built_text,
    nodes.Mul: Judge._built_text,
    nodes.Add: Judge._built_text,
    nodes.Call: Judge._call,
    nodes.Include: Judge._other_template,
    nodes.Import: Judge._other_template,
    nodes.FromImport: Judge._other_template,
    nodes.Extends: Judge._other_template,
}
