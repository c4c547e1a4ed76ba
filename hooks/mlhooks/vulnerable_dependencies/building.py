"""Writing the advisory database: all or nothing, whatever happens on the way."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.vulnerable_dependencies.database import APPLICATION_ID, SCHEMA, About, packed
from mlhooks.vulnerable_dependencies.osv import Affected, RecordError, affected_packages, is_advisory
from mlhooks.vulnerable_dependencies.sources import Document, SourceError
from mlhooks.vulnerable_dependencies.versions import ENDLESS, EVERY_VERSION, Key

TEMPORARY_PREFIX = ".advisories-"
ABANDONED_AFTER_SECONDS = 24 * 3600


class Built(NamedTuple):
    """What was written, and how many documents of the source were no advisories, or none for Python packages."""

    about: About
    others: int


def build(path: str, documents: Iterable[Document], source: str) -> Built:
    """Write a database of `documents` and put it in the place of the one at `path`, in one step.

    It is written next to its place, made durable, and renamed. A process that is killed leaves the old file as it was
    and at most a temporary file, which a later update takes away; of two updates at once the last one to finish wins.
    Raises `SourceError` (the old file stays) when a document cannot be read or nothing was found.
    """
    folder = os.path.dirname(path)
    with scratch_file(folder) as temporary:
        built = _write(temporary, documents, source)
        try:
            with open(temporary, "rb+") as stream:
                os.fsync(stream.fileno())
            os.chmod(temporary, 0o644)  # what root puts into an image, others read
            os.replace(temporary, path)
        except OSError as error:
            raise SourceError(f"{path} cannot be written: {error.strerror or error}") from None
    return built


def refuse_foreign(path: str) -> None:
    """Raises `Unscannable` for what is something else than an advisory database, whole, damaged or empty."""
    header = b""
    if os.path.isfile(path):
        with contextlib.suppress(OSError), open(path, "rb") as stream:
            header = stream.read(72)  # https://www.sqlite.org/fileformat2.html#the_database_header
    is_foreign = header[68:] != APPLICATION_ID.to_bytes(4) if header else not os.path.isfile(path)
    if os.path.exists(path) and is_foreign:
        raise Unscannable(f"{path} is no advisory database and is not replaced; remove it, or name another place")


@contextlib.contextmanager
def scratch_file(folder: str) -> Iterator[str]:
    """A new file in a folder, which is made when it is missing; gone after the block if it still has its name."""
    try:
        os.makedirs(folder, exist_ok=True)
        _remove_abandoned(folder)
        handle, path = tempfile.mkstemp(dir=folder, prefix=TEMPORARY_PREFIX)
        os.close(handle)
    except OSError as error:
        raise SourceError(f"{folder} cannot be written: {error.strerror or error}") from None
    try:
        yield path
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def _remove_abandoned(folder: str) -> None:
    """Temporary files of updates that were killed long ago. Those of an update under way are younger."""
    oldest = time.time() - ABANDONED_AFTER_SECONDS
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(TEMPORARY_PREFIX):
                with contextlib.suppress(OSError):
                    if entry.stat().st_mtime < oldest:
                        os.unlink(entry.path)


def _write(path: str, documents: Iterable[Document], source: str) -> Built:
    from datetime import UTC, datetime

    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # Nobody reads the file before it is complete: no journal is needed.
        connection.executescript("pragma journal_mode = off; pragma synchronous = off;" + SCHEMA + "begin")
        tally = _Tally(documents)
        if not tally.known:
            raise SourceError(f"{source} holds no advisory for a Python package")
        built = datetime.now(UTC).isoformat(timespec="seconds")
        about = About(source, built, tally.newest, len(tally.advisories), len(tally.known), tally.withdrawn)
        rows = ((name, _last(known), packed(known)) for name, known in sorted(tally.known.items()))
        connection.executemany("insert into package values (?, ?, ?)", rows)
        connection.executemany("insert into about values (?, ?)", [(k, str(v)) for k, v in about._asdict().items()])
        connection.execute("commit")
    except sqlite3.Error as error:
        raise SourceError(f"the database could not be written: {error}") from None
    finally:
        connection.close()
    return Built(about, tally.others)


class _Tally:
    """What documents say, by package, and how many there are of each sort."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.withdrawn = self.others = 0
        self.advisories: set[str] = set()
        self.known: dict[str, dict[Affected, None]] = {}
        self.newest = ""
        for document in documents:
            self._add(document)

    def _add(self, document: Document) -> None:
        record = document.value
        if not is_advisory(record):
            self.others += 1
            return
        try:
            affected = affected_packages(record)
        except RecordError as error:
            raise SourceError(f"{document.name} is no advisory: {error}") from None
        self.newest = max(self.newest, _time(record.get("modified")))
        if record.get("withdrawn"):
            self.withdrawn += 1
        elif not affected:
            self.others += 1
        else:
            self.advisories.add(record["id"])
        for entry in affected:
            self.known.setdefault(entry.name, {})[entry] = None  # a tree may hold a record twice


def _time(value: Any) -> str:
    """A time of a record as UTC in ISO 8601, so that texts compare as times do; "" for none."""
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return ""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC).isoformat(timespec="seconds")
    except OverflowError:  # the year 1 in a zone east of Greenwich
        return ""


def _last(known: Iterable[Affected]) -> Key:
    """What no version that is spoken of comes after."""
    ends = (ENDLESS if entry.is_unclear else span.end for entry in known for span in entry.spans or (EVERY_VERSION,))
    return max(ends)
