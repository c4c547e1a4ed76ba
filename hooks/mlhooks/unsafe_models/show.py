"""`--show-imports`: all that the pickles of a file import and call, with the verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mlhooks.core.finding import Finding, Options, Unscannable
from mlhooks.unsafe_models.stream import Walk
from mlhooks.unsafe_models.view import shown

if TYPE_CHECKING:
    from mlhooks.core.files import File


def show_imports(files: Iterable[File], options: Options) -> Iterator[str | Finding | tuple[str, str]]:
    """One line for each name and use: verdict, verb, name, place. An error for what could not be read."""
    from mlhooks.unsafe_models.room import scan

    for file in files:
        yield file.path
        try:
            for found in scan(file, options):
                if isinstance(found, Walk):
                    yield from _lines(found)
        except Unscannable as error:
            yield file.path, str(error)
        finally:
            file.close()


def _lines(walk: Walk) -> Iterator[str]:
    where = f"{walk.stream.where}, " if walk.stream.where else ""
    if not walk.uses:
        yield f"    nothing is imported  ({where}byte {walk.stream.start - walk.stream.origin:,})"
    for use in walk.uses:
        place = f"{where}byte {max(use.offset - walk.stream.origin, 0):,}"
        yield f"    {use.verb:<6}  {shown(use.name)}  {use.verdict}  ({place})"
