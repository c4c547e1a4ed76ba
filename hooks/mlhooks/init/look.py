"""What is in a repository that matters for setting up the hooks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mlhooks.core.finding import Hook

ALWAYS = ("leaked-secrets", "unsafe-models")
"""Hooks that guard against what may come: a token or a model is one commit away in any repository."""

AT_COMMIT = ("leaked-secrets", "notebook-data", "unpinned-dependencies", "unsafe-models")
"""Hooks for every commit; the others need a database or a network and belong into CI."""

TELLING = {
    "notebook-data": re.compile(r"\.(?:ipynb|qmd|Rmd|zpln)$"),
    "unpinned-dependencies": re.compile(
        r"(^|/)(?:[^/]*requirements[^/]*\.(?:txt|in)|requirements/.+\.txt|pyproject\.toml|setup\.(?:py|cfg)|Pipfile"
        r"|pixi\.toml|[^/]*environment[^/]*\.ya?ml|[^/]*Dockerfile[^/]*|cog\.yaml|MLproject|[^/]+\.ipynb"
        r"|\.github/workflows/[^/]+\.ya?ml)$"
    ),
}
"""Files that show that a repository has what a hook is for: their names, searched in the path."""

VENDORED = re.compile(r"^(?:.*/)?(?:third[_-]party|vendor(?:ed)?|_vendor|node_modules|site-packages|external)(?=/)")
"""Folders with other people's code. What they declare is not ours to pin, what they show is not our data."""

NOT_OURS = ("notebook-data", "unpinned-dependencies")


class Seen(NamedTuple):
    """`hooks` are the ids that fit; `vendored` the folders of other people's code that a hook would look into."""

    hooks: tuple[str, ...]
    vendored: dict[str, tuple[str, ...]]


def look(paths: Iterable[str], hooks: Sequence[Hook]) -> Seen:
    """What the names of a repository's files say."""
    names = [path.replace("\\", "/") for path in paths]
    fitting = tuple(
        hook.id
        for hook in hooks
        if hook.id in ALWAYS or (hook.id in AT_COMMIT and any(TELLING[hook.id].search(name) for name in names))
    )
    vendored = {}
    for hook in hooks:
        if hook.id in fitting and hook.id in NOT_OURS:
            folders = {match[0] for name in names if (match := VENDORED.match(name)) and re.search(hook.wants, name)}
            if folders:
                vendored[hook.id] = tuple(sorted(folders))
    return Seen(fitting, vendored)
