"""Pickles that stand where nobody looks for one: behind a picture, between the members of an archive, in a database.

No loader finds them by itself. Somebody who hides one brings the line that loads it, too; so what is reported is what
is known to be dangerous, and a harmless pickle in a cache or a database is left in peace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlhooks.core.finding import Level
from mlhooks.unsafe_models.containers.pickles import Walker, has_plausible_names, stream_at
from mlhooks.unsafe_models.containers.zips import ends_of
from mlhooks.unsafe_models.stream import Piece, Trouble, Walk

_LONGEST_BYTES = 1 << 20
_MAX_WORK_BYTES = 4 << 20
_MAX_CANDIDATES = 20_000
_MARK_DISTANCE = 4096
# Opcodes that a pickle may begin with, behind its PROTO.
_CODES = re.escape(b"(012FGIJKLMNPSTUVXBC]})c\x82\x83\x84\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96")
# How a pickle may begin, or the part of one that matters. A literal first byte lets these run at the speed of memory.
_BEGINNINGS = (
    re.compile(rb"\x80[\x02-\x05][" + _CODES + rb"]"),
    re.compile(rb"c[A-Za-z_][\w.]{1,60}\n[A-Za-z_][\w.]{0,60}\n"),
    re.compile(rb"\x8c[\x01-\x40][A-Za-z_][\w.]{0,63}(?:\x94|q.)?[\x8cXUV]", re.DOTALL),
    re.compile(rb"X[\x01-\x40]\0\0\0[A-Za-z_][\w.]{0,63}(?:\x94|q.)?[\x8cXUV]", re.DOTALL),
)
# INST needs the mark in front of it.
_INST = re.compile(rb"i[A-Za-z_][\w.]{1,60}\n[A-Za-z_][\w.]{0,60}\n")


def read_hidden(piece: Piece, walk: Walker, start: int, end: int) -> Iterator[Walk | Trouble]:
    """Dangerous pickles from `start` to `end` of the piece: in the first and in the last 64 MiB of that."""
    work = 0
    done = start
    for count, at in enumerate(_candidates(piece, ends_of(start, end))):
        if work > _MAX_WORK_BYTES or count > _MAX_CANDIDATES:
            message = (
                "it holds so much that looks like pickles inside of something else that not all of it was followed"
            )
            yield Trouble("scan-budget-exceeded", message, piece.where, "hidden pickles", Level.NOTE)
            return
        if at < done:
            continue
        found = walk(stream_at(piece, at)._replace(end=min(at + _LONGEST_BYTES, end)))
        work += found.opcodes
        if found.has_known_danger and found.calls and has_plausible_names(found):
            done = found.end
            yield found
            yield _trouble(piece, at)


def _candidates(piece: Piece, ranges: list[tuple[int, int]]) -> Iterator[int]:
    """Where a pickle may begin. In no order: one kind of beginning after the other."""
    for first, last in ranges:
        for pattern in _BEGINNINGS:
            for match in pattern.finditer(piece.data, first, last):
                yield match.start()
        for match in _INST.finditer(piece.data, first, last):
            mark = piece.data.rfind(b"(", max(first, match.start() - _MARK_DISTANCE), match.start())
            if mark >= 0:
                yield mark


def _trouble(piece: Piece, offset: int) -> Trouble:
    message = (
        f"a pickle that calls dangerous functions stands at byte {offset - piece.start:,}, inside of something else; "
        "delete the file unless you know who put it there"
    )
    return Trouble("pickle-disguised", message, piece.where, "hidden pickle")
