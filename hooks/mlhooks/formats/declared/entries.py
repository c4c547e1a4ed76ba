"""Entries of lists of requirements in YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.formats.dependency import Context, Dependency, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.formats.yamltext import YamlNode


def texts(node: YamlNode, context: Context, origin: str, group: str = "") -> Iterator[YamlNode | Dependency]:
    """The entries of a list, or a lone one; for what is no text (`- torch: 2.0`) the record that says so."""
    for entry in [node] if node.kind == "mapping" else node.values():
        yield entry if entry.kind == "scalar" else _unreadable(entry, context, origin, group)


def _unreadable(node: YamlNode, context: Context, origin: str, group: str) -> Dependency:
    place = node.source.fragment(node.start(), node.start())
    return Dependency(
        Kind.UNREADABLE,
        "entry",
        place.source.path,
        place.location(),
        context=context,
        origin=origin,
        group=group,
        statement=place.offset(0),
        text="entry",
        problem="an entry of a list of requirements is no text",
    )
