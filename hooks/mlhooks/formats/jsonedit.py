"""Editing a JSON document in place: what is not edited keeps its bytes.

Values are removed from their object or array with exactly one comma, or replaced by new text. Indentation, order of
keys, line ends, escapes, numbers as they were written, and the end of the file stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlhooks.formats.jsontext import JsonText, Member, Path, Span


def edited(document: JsonText, removals: Iterable[Path], replacements: Mapping[Path, str]) -> str:
    """The text of the document without the values at `removals`, and with other text for those of `replacements`.

    A path below a removed or replaced one is covered by it. An object or array that loses all it holds becomes `{}` or
    `[]`. Raises `KeyError` for a path that does not exist, `ValueError` for the document itself.
    """
    removed = set(removals)
    if () in removed or () in replacements:
        raise ValueError("the document itself is not a value to edit")
    covering = removed | set(replacements)
    cuts: list[tuple[Span, str]] = []
    by_container: dict[Path, set[str | int]] = {}
    for path in removed:
        if not _is_covered(path, covering):
            by_container.setdefault(path[:-1], set()).add(path[-1])
    for container, steps in by_container.items():
        cuts += ((span, "") for span in _removal_spans(document, container, steps))
    for path, text in replacements.items():
        if not _is_covered(path, covering) and path not in removed:
            cuts.append((document.span(path), text))
    return _spliced(document.text, cuts)


def _is_covered(path: Path, covering: set[Path]) -> bool:
    return any(path[:length] in covering for length in range(1, len(path)))


def _removal_spans(document: JsonText, container: Path, steps: set[str | int]) -> list[Span]:
    """The spans to cut so that the entries `steps` of a container are gone and its commas are right."""
    members = document.members(container)
    missing = steps - members.keys()
    if missing:
        raise KeyError(f"no such entry: {missing}")
    order = list(members)
    if len(steps) == len(order):
        whole = document.span(container)
        return [Span(whole.start + 1, whole.end - 1)]
    spans: list[Span] = []
    index = 0
    while index < len(order):
        if order[index] not in steps:
            index += 1
            continue
        first = index
        while index < len(order) and order[index] in steps:
            index += 1
        if first:
            # From the end of the neighbour before: takes the comma before, leaves the space after.
            spans.append(Span(members[order[first - 1]].value.end, members[order[index - 1]].value.end))
        else:
            spans.append(Span(_start(members[order[0]]), _start(members[order[index]])))
    return spans


def _start(member: Member) -> int:
    return member.key.start if member.key.start != member.key.end else member.value.start


def _spliced(text: str, cuts: list[tuple[Span, str]]) -> str:
    pieces: list[str] = []
    position = 0
    for span, replacement in sorted(cuts, key=lambda cut: cut[0]):
        pieces += (text[position : span.start], replacement)
        position = span.end
    pieces.append(text[position:])
    return "".join(pieces)
