"""What every reader in this folder is given, and what it says.

A reader is a generator over a `Source`: it yields a `Fault` for what is wrong, and a `Piece` for bytes inside that are
to be looked at in their turn. It may raise `Unscannable`, as its last act, for what it cannot judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, NamedTuple

from mlhooks.core.finding import Level, Rule, Unscannable
from mlhooks.unsafe_models.stream import Budget, Piece

LONGEST_SHOWN = 100


class Fault(NamedTuple):
    """One rule broken: a Finding that does not know its file yet. `line` counts only when the piece is the file
    itself."""

    rule: Rule
    message: str
    subject: str
    where: str = ""
    """The place inside the piece: "header, byte 8", "layer 'dense'"."""
    line: int | None = None
    graded: Level | None = None


class Way(Enum):
    """How one gets to a file beside a model."""

    PLAIN = "the file itself"
    STORED = "a link into a cache or store of files, where the model itself may be as well"
    INSIDE = "a link that stays in the model's folder"
    LEAVING = "a link that leads out of the model's folder"
    SHARED = "a file with more names than this one, where the model has one name"


class Neighbour(NamedTuple):
    """A file beside the one that is checked; its size is None where a link leads nowhere."""

    size_bytes: int | None
    way: Way


class Source(NamedTuple):
    """A piece to judge, and the way to what stands beside it.

    `neighbour` finds a file by its path relative to the checked file's folder; None when there is none. A member of an
    archive has no neighbours.
    """

    piece: Piece
    budget: Budget
    neighbour: Callable[[str], Neighbour | None] = lambda _: None
    folder: str = ""
    """The name of the file's folder, in lower case."""

    @property
    def name(self) -> str:
        """The piece's own name, in lower case."""
        return self.piece.name.rpartition("/")[2].lower()

    @property
    def size_bytes(self) -> int:
        return self.piece.end - self.piece.start

    def read(self, offset: int = 0, size: int | None = None) -> bytes:
        """At most `size` bytes from `offset` on; nothing outside of the piece."""
        start = min(self.piece.start + offset, self.piece.end)
        stop = self.piece.end if size is None else min(start + size, self.piece.end)
        return self.piece.data[start:stop]

    def text(self, *, most_bytes: int) -> str:
        """The whole piece as text. Raises `Unscannable` when it is larger than `most_bytes` or no UTF-8 or UTF-16."""
        from mlhooks.core.files import decode

        if self.size_bytes > most_bytes:
            raise Unscannable(
                f"it is larger than {most_bytes:,} bytes, too large for a file of this kind to be checked"
            )
        return decode(self.read())


Reader = Callable[[Source], Iterator[Fault | Piece]]


class DuplicateKey(ValueError):  # noqa: N818 - a verdict on a file, not a fault of ours
    """A JSON object that has one key twice, so that two readers may see two values. `str(error)` is the key."""


def strict_json(text: str, *, constants: bool = False) -> Any:
    """A JSON document in which no object has a key twice. `constants`: NaN and Infinity count as JSON, as Python writes
    and reads them.

    Raises `DuplicateKey`, and ValueError with a reason for everything that is not JSON or nested too deeply.
    """
    import json

    try:
        return json.loads(text, object_pairs_hook=_without_twins, parse_constant=None if constants else _no_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def json_text(raw: bytes) -> str:
    """JSON that a loader hands to Python as bytes, as text: UTF-16 and UTF-32 are known without a mark, as in
    `json.loads`."""
    import json

    return raw.decode(json.detect_encoding(raw), "replace")


def json_with_both(text: str) -> Any:
    """A JSON document with both values of a key that stands twice: the last one, as most readers have it, and under ""
    the object as readers of the first one have it. None when it is broken."""
    import json

    try:
        return json.loads(text, object_pairs_hook=_with_both)
    except (ValueError, RecursionError):
        return None


def _with_both(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    last, first = dict(pairs), dict(reversed(pairs))
    return {**last, "": first} if len(last) < len(pairs) else last


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise DuplicateKey(key)
            seen.add(key)
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def all_objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object in a parsed document, outermost first, without recursion."""
    waiting = [value]
    seen: set[int] = set()  # one object may hang in a document twice, see kerasjson
    while waiting:
        item = waiting.pop()
        if not isinstance(item, dict | list) or id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, dict):
            yield item
            waiting.extend(reversed(item.values()))
        else:
            waiting.extend(reversed(item))


def shown(text: object) -> str:
    """Text of the file for a message: quoted, escaped, and cut to a length that can be read."""
    if not isinstance(text, str):
        text = str(text) if isinstance(text, int | float | bool) or text is None else f"a {type(text).__name__}"
    cut = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
    return ascii(cut) if not cut.isprintable() else f"'{cut}'"
