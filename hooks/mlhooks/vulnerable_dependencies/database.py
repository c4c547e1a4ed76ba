"""The advisory database: one SQLite file in the user's cache, only ever replaced as a whole.

Checking reads it, `mlhooks advisories update` writes it. It is not part of the checked repository.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.vulnerable_dependencies.osv import Affected
from mlhooks.vulnerable_dependencies.versions import Key, Span

if TYPE_CHECKING:
    from datetime import datetime

FILE_NAME = "advisories.sqlite"
VARIABLE = "MLHOOKS_CACHE"
APPLICATION_ID = 0x6D6C6876  # "mlhv"
FORMAT = 2
NAMES_PER_QUERY = 500
CACHED_PAGES = 32
UPDATE = "Run `mlhooks advisories update`."

SCHEMA = f"""
pragma application_id = {APPLICATION_ID};
pragma user_version = {FORMAT};
create table about (name text primary key, value text not null) without rowid;
create table package (
    name text primary key,     -- normalized
    last text not null,        -- no advisory speaks of a version from here on
    known text not null        -- what advisories say of it: see `packed`
) without rowid;
"""


class About(NamedTuple):
    """Where a database comes from. Times are UTC in ISO 8601; `newest` is when its newest record was changed."""

    source: str
    built: str
    newest: str
    advisories: int
    packages: int
    withdrawn: int

    @property
    def build_time(self) -> datetime:
        return _moment(self.built)

    @property
    def data_time(self) -> datetime:
        """How old the data is: building a database from an old copy does not make it new."""
        return min(_moment(text) for text in (self.built, self.newest) if text)


def _moment(text: str) -> datetime:
    from datetime import UTC, datetime

    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def default_path() -> str:
    """The database's place in the user's cache; the environment variable MLHOOKS_CACHE names another folder."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        if sys.platform == "win32":
            base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~")
        else:
            base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        folder = os.path.join(base, "mlhooks")
    return os.path.join(folder, FILE_NAME)


class Database:
    """An open database. Read-only, and `immutable`: no locks, so it also works in a folder that cannot be written.

    The file is never changed after it was put in place, so there is nothing to lock against.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        try:
            self._connection = sqlite3.connect(f"file:{quoted}?mode=ro&immutable=1", uri=True)
            # What is asked for is read once: keeping more pages only costs memory, and that costs time.
            self._connection.execute(f"pragma cache_size = {CACHED_PAGES}")
            application = self._connection.execute("pragma application_id").fetchone()[0]
            format_ = self._connection.execute("pragma user_version").fetchone()[0]
        except sqlite3.Error as error:
            if not os.access(path, os.R_OK):
                raise Unscannable(f"the advisory database {path} cannot be read: see its permissions") from None
            raise self._damaged(error) from None
        if application != APPLICATION_ID:
            raise Unscannable(f"{path} is no advisory database. {UPDATE}")
        if format_ != FORMAT:
            raise Unscannable(f"the advisory database {path} was written by another version of mlhooks. {UPDATE}")
        self.about = self._about()

    def affected(self, name: str) -> list[Affected]:
        """What is known against a package, by its normalized name. Raises `Unscannable` for a damaged file."""
        try:
            return [
                _unpacked(name, text)
                for (known,) in self._rows("select known from package where name = ?", name)
                for text in known.split(_ENTRY)
            ]
        except ValueError as error:
            raise self._damaged(error) from None

    def last_by_name(self, names: Iterable[str]) -> dict[str, Key]:
        """From which version on no advisory speaks of a package, for those of the packages that any speaks of."""
        found: dict[str, Key] = {}
        wanted = sorted(names)
        for start in range(0, len(wanted), NAMES_PER_QUERY):
            some = wanted[start : start + NAMES_PER_QUERY]
            query = f"select name, last from package where name in ({', '.join('?' * len(some))})"  # noqa: S608  # marks only
            found.update(self._rows(query, *some))
        return found

    def packages_of(self, advisory: str) -> list[str]:
        """The names of the packages that an advisory affects."""
        names = [name for (name,) in self._rows("select name from package where instr(known, ?)", advisory)]
        return [name for name in names if any(advisory in entry.ids for entry in self.affected(name))]

    def _about(self) -> About:
        values = dict(self._rows("select name, value from about"))
        try:
            numbers = {name: int(values[name]) for name in ("advisories", "packages", "withdrawn")}
            about = About(values["source"], values["built"], values["newest"], **numbers)
            about.data_time  # noqa: B018  # raises for a time that is none
        except (KeyError, ValueError) as error:
            raise self._damaged(error) from None
        return about

    def _rows(self, query: str, *values: str) -> list[Any]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> Unscannable:
        return Unscannable(f"the advisory database {self.path} is damaged ({error}). {UPDATE}")


def packed(known: Iterable[Affected]) -> str:
    """What is known of one package as one text, which is read faster than many rows.

    Between entries and fields stand separators, which are blanks to Python and so in none of the words and summaries.
    """
    return _ENTRY.join(
        _FIELD.join(
            (
                " ".join(entry.ids),
                entry.summary,
                "" if entry.severity is None else repr(entry.severity),
                "x" if entry.is_malicious else "",
                "\t".join(part for span in entry.spans for part in span),
                "\n".join(entry.versions),
                "x" if entry.is_unclear else "",
            )
        )
        for entry in known
    )


_ENTRY, _FIELD = "\x1e", "\x1f"


def _unpacked(name: str, text: str) -> Affected:
    ids, summary, severity, is_malicious, spans, versions, is_unclear = text.split(_FIELD)
    parts = spans.split("\t")
    return Affected(
        name,
        tuple(ids.split()),
        summary,
        float(severity) if severity else None,
        is_malicious != "",
        tuple(map(Span, parts[::3], parts[1::3], parts[2::3])),
        tuple(versions.split("\n")) if versions else (),
        is_unclear != "",
    )


def open_database(path: str | None) -> Database:
    """The database at `path`, or at the default place. Raises `Unscannable` with the command to run."""
    is_named = path is not None
    path = os.path.abspath(os.path.expanduser(path) if path else default_path())
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        place = f" at {path}" if is_named else " yet"
        raise Unscannable(f"there is no advisory database{place}. {UPDATE}") from None
    except OSError as error:
        raise Unscannable(f"the advisory database {path} cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for somebody to write
        raise Unscannable(f"{path} is no advisory database. {UPDATE}")
    return _opened(path, (status.st_ino, status.st_mtime_ns, status.st_size, os.getpid()))


@lru_cache(maxsize=4)
def _opened(path: str, _identity: tuple[int, ...]) -> Database:
    """One connection per file and process: opening costs more than asking, and nothing can change what it answers.

    A file that was replaced is another one. A connection must not be taken along into a forked process.
    """
    return Database(path)
