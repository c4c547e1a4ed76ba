"""setup.py read as data: the literal requirements of a `setup(...)` call."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.formats.declared.names import is_development
from mlhooks.formats.dependency import Context, Dependency, Kind
from mlhooks.formats.fragment import Source
from mlhooks.formats.pysource import PythonSource, callee
from mlhooks.formats.requirement import requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File

MAX_SEARCHED_CHARS = 20_000
_KEYS = {
    "install_requires": Context.LIBRARY,
    "setup_requires": Context.BUILD,
    "tests_require": Context.DEVELOPMENT,
}
_requirements_file = re.compile(r"[\w./-]*requirements?[\w./-]*\.(?:txt|in)|[\w-]+\.txt")


def read_setup(file: File) -> Iterator[Dependency]:
    """The records of setup.py. Raises `Unscannable` when it does not parse; what is computed is a record."""
    from mlhooks.formats.declared.python import python_records, source_text

    whole = Source(file.path, source_text(file)).whole()
    try:
        source = PythonSource(whole)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        raise Unscannable(f"it is not Python 3 that can be read{f' (line {line})' if line else ''}") from None
    for call in source.calls():
        if callee(call).rpartition(".")[2] in ("setup", "setup_package"):
            yield from _setup(call, source)
    yield from python_records(whole, "python")


def _setup(call: ast.Call, source: PythonSource) -> Iterator[Dependency]:
    arguments = {entry.arg: entry.value for entry in call.keywords}
    spread = arguments.pop(None, None)
    if isinstance(spread, ast.Name):
        spread = source.names.get(spread.id)
    if isinstance(spread, ast.Dict):
        arguments.update(
            (key.value, value)
            for key, value in zip(spread.keys, spread.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        )
    for key, context in _KEYS.items():
        if key in arguments:
            yield from _requirements(source, arguments[key], context, key)
    yield from _extras(source, arguments.get("extras_require"))
    for entry in source.entries(arguments.get("dependency_links")) or ():
        place = source.string(entry)
        if place is not None:
            yield requirement(place, origin="setup.py", context=Context.LIBRARY, group="dependency_links")


def _extras(source: PythonSource, node: ast.expr | None) -> Iterator[Dependency]:
    if isinstance(node, ast.Name):
        node = source.names.get(node.id)
    if not isinstance(node, ast.Dict):
        return
    for key, value in zip(node.keys, node.values, strict=True):
        extra = str(key.value) if isinstance(key, ast.Constant) else ""
        context = Context.DEVELOPMENT if is_development(extra) else Context.LIBRARY
        yield from _requirements(source, value, context, f"extras_require.{extra}")


def _requirements(source: PythonSource, node: ast.expr, context: Context, group: str) -> Iterator[Dependency]:
    entries = source.entries(node)
    if entries is None:
        text = source.string(node)
        if text is not None:  # setuptools takes one string with a requirement per line
            at = 0
            for line in text.text.splitlines(keepends=True):
                if line.strip() and not line.lstrip().startswith("#"):
                    yield requirement(text.slice(at, at + len(line)), origin="setup.py", context=context, group=group)
                at += len(line)
            return
        yield _computed(source, node, context, group)
        return
    for entry in entries:
        place = source.string(entry)
        if place is None:
            yield _computed(source, entry, context, group)
        elif place.text.strip():
            yield requirement(place, origin="setup.py", context=context, group=group)


def _computed(source: PythonSource, node: ast.expr, context: Context, group: str) -> Dependency:
    """What is computed; when a requirements file is named along the way, that file is where to look."""
    place = source.place(node)
    name = _requirements_file.search(place.text[:MAX_SEARCHED_CHARS]) or _requirements_file.search(
        _definition(source, node)
    )
    return Dependency(
        Kind.UNKNOWN if name is None else Kind.INCLUDE,
        "" if name is None else "requirement",
        place.source.path,
        place.location(),
        context=context,
        origin="setup.py",
        group=group,
        url="" if name is None else name[0],
        statement=place.offset(0),
        text=" ".join(place.text.split())[:80],
        problem=" ".join(place.text.split())[:40],
    )


def _definition(source: PythonSource, node: ast.expr) -> str:
    """The text of the functions and names of this file that an expression uses."""
    names = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
    found = [source.place(source.names[name]).text for name in sorted(names) if name in source.names]
    names |= {
        child.id
        for name in names
        if name in source.names
        for child in ast.walk(source.names[name])
        if isinstance(child, ast.Name)
    }
    found.extend(
        source.place(child).text
        for child in source.tree.body
        if isinstance(child, ast.FunctionDef | ast.With | ast.Try)
        and (not isinstance(child, ast.FunctionDef) or child.name in names)
    )
    return "\n".join(found)[:MAX_SEARCHED_CHARS]
