"""Model formats that are no pickles: each recognised by its content or its fixed name, and read without its framework.

`check` is the one way in. Sniffing looks at the first bytes and the name; a reader is imported when its format is
there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Finding, Location, Unscannable
from mlhooks.unsafe_models.formats.rules import RULES
from mlhooks.unsafe_models.formats.sniff import readers_for
from mlhooks.unsafe_models.formats.source import Fault, Neighbour, Source
from mlhooks.unsafe_models.stream import Budget, Piece, inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlhooks.core.files import File

__all__ = ["RULES", "check"]


def check(piece: Piece, file: File, budget: Budget) -> Iterator[Finding | Piece]:
    """What is wrong with the piece as a model of any other format than pickle, and the pieces inside to look at in
    turn.

    Raises `Unscannable`, at the end, for what could not be judged.
    """
    is_file = not piece.where
    path = file.path if is_file else piece.where
    folder = path.rpartition("/")[0].rpartition("/")[2].lower()
    source = Source(piece, budget, _neighbours(file) if is_file else lambda _: None, folder)
    unread: list[str] = []
    for reader in readers_for(source):
        try:
            for found in reader(source):
                yield _finding(found, file.path, piece.where) if isinstance(found, Fault) else found
        except Unscannable as reason:
            unread.append(inside(piece.where, str(reason)) if piece.where else str(reason))
        except RecursionError:
            unread.append(inside(piece.where, "it is nested too deeply to be read"))
    if unread:
        raise Unscannable("; ".join(dict.fromkeys(unread)))


def _finding(fault: Fault, path: str, piece_where: str) -> Finding:
    where = inside(piece_where, fault.where) if fault.where else piece_where
    line = fault.line if not piece_where else None
    return Finding(fault.rule, path, fault.message, Location(line, None, where), fault.subject, fault.graded)


def _neighbours(file: File) -> Callable[[str], Neighbour | None]:
    """Files beside `file`; what finds them is loaded when a model asks."""

    def neighbour(path: str) -> Neighbour | None:
        from mlhooks.unsafe_models.formats.beside import beside

        return beside(file, path)

    return neighbour
