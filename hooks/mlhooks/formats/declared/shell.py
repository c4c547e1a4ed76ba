"""Shell scripts, and `.env` files as the settings they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.formats.dependency import readable_text
from mlhooks.formats.fragment import Source
from mlhooks.formats.installs import INSTALLS, Scope, installs, setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File
    from mlhooks.formats.dependency import Dependency

_assignment = re.compile(
    r"(?m)^[ \t]*(?:export[ \t]+)?(?P<name>[A-Z_][A-Za-z_-]*)[ \t]*=[ \t]*(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s#]*)"
)


def read(file: File) -> Iterator[Dependency]:
    """The records of a script."""
    source = Source(file.path, readable_text(file))
    if INSTALLS.search(source.text) is None:
        return
    if not re.search(r"(?:^|\.)env(?:\.|$)", file.name):
        yield from installs(source.whole(), Scope("script"))
        return
    for match in _assignment.finditer(source.text):
        yield from setting(match["name"], match["value"].strip("\"'"), source.fragment(*match.span()), Scope("env"))
