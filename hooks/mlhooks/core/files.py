"""Files as hooks see them, and which files a path stands for."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import BinaryIO, NamedTuple

from mlhooks.core.finding import Unscannable

LFS_POINTER_START = b"version https://git-lfs.github.com/spec/v1"
LFS_POINTER_MAX_BYTES = 1024
# Settings of a checked-out repository must not start programs of its choice while we list its files, nor fetch.
NO_FETCH = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": ""}
GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "safe.bareRepository=explicit")


class File:
    """One file to check. Bytes are read at most once, and only when asked for.

    `path` is what people see: relative to where they stand, `/` between folders. `named` says that a person (or
    a runner such as pre-commit) named this very file, rather than a folder above it.
    Every method that reads raises `Unscannable` with a reason when it cannot.
    """

    def __init__(self, path: str, *, named: bool = True) -> None:
        self.path = slashed(path)
        self.named = named
        self._disk_path = path
        self._data: bytes | None = None
        self._streams: list[BinaryIO] = []

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def size_bytes(self) -> int:
        return _stat(self._disk_path).st_size

    @property
    def is_lfs_pointer(self) -> bool:
        """Whether this is a Git LFS pointer, the small text that stands for a file that was not fetched."""
        return self.size_bytes <= LFS_POINTER_MAX_BYTES and self._read().startswith(LFS_POINTER_START)

    def read(self) -> bytes:
        """All bytes of the file."""
        self._refuse_pointer()
        return self._read()

    def open(self) -> BinaryIO:
        """A seekable stream, for files that may be larger than memory. Closed by `close`."""
        self._refuse_pointer()
        stream = self._open()
        self._streams.append(stream)
        return stream

    def text(self, *, fallback: str | None = None) -> str:
        """The file as text, line ends as they are on disk, without a byte order mark.

        UTF-8, or UTF-16 and UTF-32 with a byte order mark; `fallback` names a one-byte encoding for everything
        else. Without a fallback, undecodable text is Unscannable.
        """
        return decode(self.read(), fallback=fallback)

    def sibling(self, relative_path: str) -> File | None:
        """Another file, by its path relative to this file's folder; None when it does not exist.

        A path that leads out of the current folder's tree from inside it is treated as not existing.
        """
        folder = self.path.rpartition("/")[0]
        path = slashed(os.path.normpath(os.path.join(folder, relative_path)))
        if path.startswith("../") and not self.path.startswith("../"):
            return None
        return self._existing(path)

    def siblings(self) -> list[str]:
        """The names of all entries in this file's folder, sorted."""
        try:
            return sorted(os.listdir(os.path.dirname(self._disk_path) or "."))
        except OSError:
            return []

    def replace(self, data: bytes) -> None:
        """Write new content in place of the old: all or nothing, permissions kept. Raises `Unscannable`."""
        import tempfile

        path = os.path.realpath(self._disk_path)
        temporary = ""
        try:
            with tempfile.NamedTemporaryFile(dir=os.path.dirname(path), prefix=".mlhooks-", delete=False) as stream:
                temporary = stream.name
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(temporary, stat.S_IMODE(os.stat(path).st_mode))
            os.replace(temporary, path)
        except OSError as error:
            if temporary and os.path.exists(temporary):
                os.unlink(temporary)
            raise Unscannable(f"it could not be written: {_reason(error, path)}") from None
        self._data = data

    def close(self) -> None:
        for stream in self._streams:
            stream.close()
        self._streams.clear()
        self._data = None

    def _existing(self, path: str) -> File | None:
        return File(path, named=False) if os.path.isfile(path) else None

    def _open(self) -> BinaryIO:
        if not stat.S_ISREG(_stat(self._disk_path).st_mode):
            raise Unscannable("it is not a regular file")
        try:
            return open(self._disk_path, "rb")
        except OSError as error:
            raise Unscannable(_reason(error, self._disk_path)) from None

    def _read(self) -> bytes:
        if self._data is None:
            with self._open() as stream:
                try:
                    self._data = stream.read()
                except OSError as error:
                    raise Unscannable(_reason(error, self._disk_path)) from None
                except MemoryError:
                    raise Unscannable("it does not fit into memory") from None
        return self._data

    def _refuse_pointer(self) -> None:
        if self.is_lfs_pointer:
            raise Unscannable("it is a Git LFS pointer, not the file. Run `git lfs pull` first.")


class Blob(File):
    """A file that is not on disk: what the index or a commit holds, or bytes from a test.

    `others` are the files next to it, by path.
    """

    def __init__(self, path: str, data: bytes, *, named: bool = True, others: dict[str, bytes] | None = None) -> None:
        super().__init__(path, named=named)
        self._bytes = data
        self._others = others or {}

    @property
    def size_bytes(self) -> int:
        return len(self._bytes)

    def siblings(self) -> list[str]:
        folder = self.path.rpartition("/")[0]
        paths = [self.path, *self._others]
        return sorted(path.rpartition("/")[2] for path in paths if path.rpartition("/")[0] == folder)

    def replace(self, data: bytes) -> None:
        self._bytes = data

    def _existing(self, path: str) -> File | None:
        data = self._others.get(path)
        if data is None:
            return None
        return Blob(path, data, named=False, others={**self._others, self.path: self._bytes})

    def _open(self) -> BinaryIO:
        return BytesIO(self._bytes)

    def _read(self) -> bytes:
        return self._bytes


def decode(data: bytes, *, fallback: str | None = None) -> str:
    """Text of a file's bytes; see `File.text`."""
    marks = (entry for entry in _BYTE_ORDER_MARKS if data.startswith(entry[0]))
    mark, encoding = next(marks, (b"", "utf-8"))
    try:
        return data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        if fallback is not None:
            return data.decode(fallback, "replace")
        raise Unscannable(f"it is not {encoding.upper()} text (byte {len(mark) + error.start})") from None


_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


class Target(NamedTuple):
    """A file that will be checked, before it is opened. `only` are the ids of the hooks it is for; empty: all."""

    path: str
    named: bool
    is_link: bool
    only: tuple[str, ...] = ()


class Told(NamedTuple):
    """What is to be said of the folders themselves: `notes` for a reader, `errors` are (path, message)."""

    notes: list[str]
    errors: list[tuple[str, str]]


def targets(paths: Iterable[str], told: Told | None = None) -> Iterator[Target]:
    """The files that `paths` stand for, each once: a file is itself, a folder is all files in it (`walk`).

    A path that does not exist comes back as it is: opening it will say so. What is to be said of the folders is added
    to `told`; without it, a folder that cannot be read raises `Unscannable`.
    """
    seen: set[str] = set()
    for path in paths:
        if os.path.isdir(path):
            found: Iterable[Target] = _in_folder(path, told)
        else:
            found = [Target(slashed(os.path.normpath(path)), True, os.path.islink(path))]
        for target in found:
            if target.path not in seen:
                seen.add(target.path)
                yield target


def _in_folder(folder: str, told: Told | None) -> Iterator[Target]:
    from mlhooks.core.walk import walk  # runners name files, so most starts walk through none

    here = Told([], []) if told is None else told
    yield from walk(folder, here)
    if told is None and here.errors:
        path, reason = here.errors[0]
        raise Unscannable(f"{path}: {reason}")


def slashed(path: str) -> str:
    """A path with `/` between its folders, as all of us write it; every system opens it."""
    return path.replace(os.sep, "/")


def git_environment() -> dict[str, str]:
    """The environment for git in a folder of our choice.

    What a running git command set to name its own repository is left out; what a person configured (a CI job names
    trusted folders by GIT_CONFIG_COUNT) stays. What a partial clone lacks is not fetched (`NO_FETCH`) unless the
    environment says otherwise: where to fetch from, and by which program, is a setting of the repository.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key.startswith(_KEPT)}
    return {**NO_FETCH, **kept}


_KEPT = ("GIT_CONFIG_", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_", "GIT_NO_LAZY_FETCH", "GIT_ALLOW_PROTOCOL")


def repository_top(start: str = ".") -> str:
    """The nearest folder, from `start` upwards, that holds `.git`, by its real name; "" outside of a repository."""
    folder = os.path.realpath(start)
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return ""
        folder = parent
    return folder


def in_repository(path: str, top: str) -> str:
    """A path as the repository at `top` names it, `/` between folders; a path outside of it stays as it is."""
    if not top:
        return path
    absolute = os.path.abspath(path)
    folder, name = os.path.split(absolute)
    # The current folder is known by its real name only; a path may have come through a link to it.
    for one in (absolute, os.path.join(os.path.realpath(folder), name)):
        if one.startswith(top.rstrip(os.sep) + os.sep):
            return slashed(os.path.relpath(one, top))
    return path


def repository_namer() -> Callable[[str], str]:
    """Gives paths, relative to the current folder, the names that the repository has for them."""
    top = repository_top()
    return lambda path: in_repository(path, top)


def _stat(path: str) -> os.stat_result:
    try:
        return os.stat(path)
    except (OSError, ValueError) as error:
        raise Unscannable(_reason(error, path)) from None


def _reason(error: OSError | ValueError, path: str) -> str:
    if isinstance(error, FileNotFoundError):
        if os.path.islink(path):
            return "it is a symbolic link to a file that does not exist"
        return "there is no such file"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    return str(error)
