"""From a file to findings: the containers find the pickles, the engine walks them, and this says what they found."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mlhooks.core.finding import Finding, Level, Location, Options, Unscannable
from mlhooks.unsafe_models import formats, rules
from mlhooks.unsafe_models.containers import contents
from mlhooks.unsafe_models.options import budget_of, policy_of
from mlhooks.unsafe_models.stream import Budget, Buffer, Piece, Remark, Stream, Trouble, Walk

if TYPE_CHECKING:
    from mlhooks.core.files import File
    from mlhooks.unsafe_models.policy import Policy

LARGEST_READ_BYTES = 1 << 20
"""Larger files are mapped, so that only what is looked at gets read."""

MOST_FINDINGS = 1000


def check(file: File, options: Options) -> Iterator[Finding]:
    """The findings of one file, in the order in which its parts are found."""
    count = 0
    for found in scan(file, options):
        for finding in _findings(file.path, found, options):
            count += 1
            if count > MOST_FINDINGS:
                raise Unscannable(f"it has more than {MOST_FINDINGS:,} findings; the rest is not shown")
            yield finding


def scan(file: File, options: Options) -> Iterator[Walk | Trouble | Finding]:
    """Every pickle in the file, what is wrong with their wrappings, and what the other formats found.

    Raises Unscannable at the end, when some part could not be judged.
    """
    data = _content(file)
    budget = budget_of(options)
    walk = _lazy_walk(options, budget)
    unread: Unscannable | None = None
    todo = [Piece(data, 0, len(data), file.name)]
    said: set[Finding] = set()  # a reader of archives and one of members may say the same of one member
    while todo:
        piece = todo.pop()
        if piece.depth > budget.depth:
            yield Trouble("scan-budget-exceeded", _TOO_DEEP.format(budget.depth), piece.where, "depth")
            continue
        inner: list[Piece] = []
        try:
            for found in contents(piece, walk, budget):
                if isinstance(found, Piece):
                    inner.append(found)
                    continue
                if isinstance(found, Walk):
                    inner.extend(found.nested)
                yield found
        except Unscannable as error:
            unread = unread or _at(piece.where, error)
        try:
            for other in formats.check(piece, file, budget):
                if isinstance(other, Piece):
                    inner.append(other)
                elif other not in said:
                    said.add(other)
                    yield other
        except Unscannable as error:
            unread = unread or error
        todo.extend(reversed(inner))
    if unread is not None:
        raise unread


_TOO_DEEP = "files stand inside of files more than {} deep; what is below was not checked (max-depth)"


def _content(file: File) -> Buffer:
    """The bytes of the file, mapped where they are many."""
    if file.size_bytes <= LARGEST_READ_BYTES:
        return file.read()
    stream = file.open()
    try:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # bytes that are not on disk
        return file.read()


def _lazy_walk(options: Options, budget: Budget) -> Callable[[Stream], Walk]:
    """The engine, loaded when the first pickle is seen."""
    policy: list[Policy] = []

    def walk(stream: Stream) -> Walk:
        from mlhooks.unsafe_models import engine

        if not policy:
            policy.append(policy_of(options))
        return engine.walk(stream, policy[0], budget)

    return walk


def _at(where: str, error: Unscannable) -> Unscannable:
    return Unscannable(f"{where}: {error}") if where else error


def _findings(path: str, found: Walk | Trouble | Finding, options: Options) -> Iterator[Finding]:
    if isinstance(found, Finding):
        yield found
        return
    if isinstance(found, Trouble):
        yield _finding(path, found, found.where)
        return
    for remark in found.remarks:
        yield _finding(path, remark, _place(found.stream, remark.offset))
    if not found.stopped or not (found.imports or options.get("require-safetensors")):
        return
    place = Location(where=_place(found.stream, found.stream.start))
    if options.get("require-safetensors"):
        message = f"it is a pickle, and only safetensors is wanted here: {_way_out(path)}"
        yield Finding(rules.BY_ID["not-safetensors"], path, message, place, "pickle")
    elif options.get("note-pickles") and not found.remarks:
        message = f"this model is a pickle; its contents are harmless, but safetensors needs no check: {_way_out(path)}"
        yield Finding(rules.MODEL, path, message, place, "pickle")


def _way_out(path: str) -> str:
    """The command that converts the file, where it can be one of weights."""
    stem, dot, suffix = path.rpartition(".")
    if not dot or suffix.lower() not in ("pt", "pth", "bin", "ckpt", "npz", "npy", "pkl", "pickle"):
        return "save its weights as safetensors"
    return f"mlhooks convert {path} -o {stem}.safetensors"


def _finding(path: str, found: Trouble | Remark, where: str) -> Finding:
    graded = Level(found.graded) if found.graded else None
    return Finding(rules.BY_ID[found.rule], path, found.message, Location(where=where), found.subject, graded)


def _place(stream: Stream, offset: int) -> str:
    byte = f"byte {max(offset - stream.origin, 0):,}"
    return f"{stream.where}, {byte}" if stream.where else byte
