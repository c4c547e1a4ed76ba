"""Chat templates: small Jinja programs that render every prompt, judged by their syntax tree.

In Jinja an attribute is the way out: from a string to its class, to all classes, to a module. A sandbox refuses such
names; not every program that renders templates uses one. So the names are looked for wherever a template can put them:
as an attribute, as a subscript, as the argument of a filter, and put together from parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.formats.rules import TEMPLATE_ESCAPE
from mlhooks.unsafe_models.formats.source import Fault, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 4 << 20
MOST_CHARACTERS = 1_000_000
"""The longest template known has 60,000."""
MOST_FAULTS = 20


def read(source: Source) -> Iterator[Fault]:
    """A file that is one template."""
    yield from judge(source.text(most_bytes=MOST_BYTES), "", first_line=1)


def judge(template: str, where: str, *, first_line: int = 0) -> Iterator[Fault]:
    """What in a template reaches into Python. `first_line` is the line of the file on which the template begins; 0:
    none.

    Raises `Unscannable` when it cannot be parsed.
    """
    if "{{" not in template and "{%" not in template:
        return
    if len(template) > MOST_CHARACTERS:
        raise Unscannable(f"its chat template has more than {MOST_CHARACTERS:,} characters, too many to be checked")
    from mlhooks.unsafe_models.formats.jinja import complaints

    seen: set[tuple[str, int]] = set()
    for found in complaints(template):
        if (found.subject, found.line) in seen:
            continue
        seen.add((found.subject, found.line))
        line = first_line + found.line - 1 if first_line else None
        place = f"{where}, line {found.line} of the template" if where else ""
        message = f"the chat template {found.message}; take the template of the original model"
        yield Fault(TEMPLATE_ESCAPE, message, found.subject, place, line, found.level)
        if len(seen) >= MOST_FAULTS:
            return
