"""Model files that run code when they are loaded.

A pickle is a program: loading it imports modules and calls functions. This hook finds pickles by their content, in
whatever they are wrapped, walks them without running anything, and allows what the known libraries write; all else is
reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mlhooks.core.finding import Action, Finding, Hook, Options
from mlhooks.unsafe_models.options import OPTIONS
from mlhooks.unsafe_models.rules import RULES

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from mlhooks.core.files import File
    from mlhooks.unsafe_models.lake import Report


def scan(
    path_or_url: str, executor: Executor | None = None, options: Mapping[str, Any] | None = None
) -> Iterator[Report]:
    """A report for every file at a path or URL; see `mlhooks.unsafe_models.lake`."""
    from mlhooks.unsafe_models import lake

    return lake.scan(path_or_url, executor, options)


def _check(file: File, options: Options) -> Iterator[Finding]:
    from mlhooks.unsafe_models.room import check

    yield from check(file, options)


def _show_imports(value: str, files: Iterable[File], options: Options) -> Iterator[str | Finding | tuple[str, str]]:
    from mlhooks.unsafe_models.show import show_imports

    del value  # a flag without one
    yield from show_imports(files, options)


HOOK = Hook(
    id="unsafe-models",
    summary="Finds model files that run code when they are loaded.",
    rules=RULES,
    wants="",
    check=_check,
    options=OPTIONS,
    actions=(Action("show-imports", "", "list all that the pickles of a file import and call", _show_imports),),
    follows_links=True,
    # The data that an ONNX model names: whether it is there, long enough and no link.
    companions=r"\.(?:onnx[._]data|data|weights?)$",
)
