"""Additions to files that people wrote: every byte that was there stays, and what comes out is read again to be sure.

YAML and TOML libraries that keep comments still write quotes, blanks and long lines their own way. A parser says where
the addition belongs, plain text is inserted there, and the result is parsed and compared with what it should be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Block = Callable[[int, int], list[str]]
"""The lines of our entry, for a dash in a column, and the indentation of lists below it."""

Items = Callable[[Sequence[str], int], list[str]]
"""The lines of hooks, for a dash in a column."""


MAX_ALIASES = 30
"""Aliases of aliases multiply: a small file may stand for gigabytes, and comparing takes time by what it stands for."""


class ByHand(Exception):  # noqa: N818  # an answer, not a fault
    """A file that cannot be added to without touching what is there. `str(error)` says why."""


class Place(NamedTuple):
    """Where a list ends: the number of lines up to and including its last item, and its dash's column."""

    line: int
    dash: int


def add_repository(text: str, url: str, hooks: Sequence[str], block: Block, items: Items) -> str:
    """A pre-commit configuration with our hooks in it.

    `block` writes our whole entry, `items` only hooks, for a configuration that has an entry of `url` already. The text
    comes back as it is when nothing is missing. Raises `ByHand`.
    """
    import yaml

    try:
        root = yaml.compose(text, yaml.SafeLoader)
        if sum(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)) > MAX_ALIASES:
            raise ByHand("it repeats itself by too many aliases")
        before = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        raise ByHand("it is not valid YAML") from None
    repos = _value(root, "repos")
    if not _is_list(repos):
        raise ByHand("it has no list `repos` in block style")
    known = [_same(_scalar(_value(item, "repo")), url) for item in repos.value]
    if not any(known):
        place = _end(repos, text)
        addition = block(place.dash, _inner(root, repos))
        expected = {**before, "repos": [*before["repos"], *yaml.safe_load("\n".join(addition))]}
    else:
        number = known.index(True)
        listed = _value(repos.value[number], "hooks")
        if not _is_list(listed):
            raise ByHand("its entry for these hooks has no list in block style")
        present = {_scalar(_value(item, "id")) for item in listed.value}
        missing = [hook for hook in hooks if hook not in present]
        if not missing:
            return text
        place = _end(listed, text)
        addition = items(missing, place.dash)
        expected = yaml.safe_load(text)
        expected["repos"][number]["hooks"] += yaml.safe_load("\n".join(addition))
    after = _inserted(text, place.line, addition)
    try:
        same = yaml.safe_load(after) == expected
    except yaml.YAMLError:
        same = False
    if not same:
        raise ByHand("its layout is unusual")
    return after


def add_tables(text: str, tables: dict[str, str]) -> str:
    """A pyproject.toml with tables `[tool.mlhooks.<hook>]` at its end; hooks that have one already keep it."""
    import tomllib

    try:
        before = tomllib.loads(text)
        missing = {hook: table for hook, table in tables.items() if hook not in _tables(before)}
        if not missing:
            return text
        newline = "\r\n" if "\r\n" in text else "\n"
        addition = "\n".join(missing.values()).replace("\n", newline)
        after = text + ("" if text.endswith("\n") or not text else newline) + newline + addition
        expected = {**_tables(before)}
        for table in missing.values():
            expected |= _tables(tomllib.loads(table))
        same = _tables(tomllib.loads(after)) == expected
    except (tomllib.TOMLDecodeError, RecursionError, AttributeError) as error:
        raise ByHand(f"it is not TOML that can be added to: {error}") from None
    if not same:
        raise ByHand("its layout is unusual")
    return after


def _tables(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document.get("tool", {}).get("mlhooks", {})
    return found


def _value(node: Any, key: str) -> Any:
    """The value node of a mapping node's key; None when there is none."""
    pairs = node.value if node is not None and node.id == "mapping" else []
    return next((value for name, value in pairs if name.value == key), None)


def _scalar(node: Any) -> str:
    return node.value if node is not None and node.id == "scalar" else ""


def _is_list(node: Any) -> bool:
    return node is not None and node.id == "sequence" and not node.flow_style and bool(node.value)


def _same(repository: str, url: str) -> bool:
    return repository.removesuffix(".git").rstrip("/").lower() == url.lower()


def _inner(root: Any, repos: Any) -> int:
    """How far the lists of this file stand from their keys: as `repos` does."""
    key = next(name for name, value in root.value if value is repos)
    return int(max(repos.start_mark.column - key.start_mark.column, 0))


def _end(node: Any, text: str) -> Place:
    """The end of a list's last item, before blanks and comments that follow."""
    lines = text.splitlines()
    line = node.end_mark.line + (node.end_mark.column > node.start_mark.column)
    while not lines[line - 1].strip() or lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return Place(line, node.start_mark.column)


def _inserted(text: str, line: int, addition: Sequence[str]) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    head = "".join(lines[:line])
    if head and not head.endswith("\n"):
        head += newline
    return head + "".join(row + newline for row in addition) + "".join(lines[line:])
