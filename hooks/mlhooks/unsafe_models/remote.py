"""Model files in remote stores, of which only those parts travel that a scan looks at.

The parts are put where they belong in a temporary file as long as the original; what did not travel stays a hole there.
A torch checkpoint needs its directory, its pickle and the start of every storage; safetensors its header. Files of
other kinds are fetched as a whole.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from mlhooks.core.files import File
from mlhooks.core.finding import Unscannable

HEAD_BYTES = 64 << 10
TAIL_BYTES = 128 << 10
WHOLE_BYTES = 1 << 20
"""Smaller files, and smaller members of archives, are fetched as a whole."""
START_BYTES = 4096
"""The beginning of a larger member: enough to see whether it is what its name says."""
MOST_HOLES_FILLED_BYTES = 64 << 20
NEAR_BYTES = 32 << 10
"""Ranges that are nearer than this are fetched as one."""
MOST_LOCAL_HEADER_BYTES = 512
MOST_HEADER_BYTES = 48_000_000


def is_remote(path: str) -> bool:
    """Whether this is a URL rather than a path."""
    scheme, separator, _ = path.partition("://")
    return bool(separator) and len(scheme) > 1 and scheme.replace("+", "").isalnum()


def remote_files(url: str) -> Iterator[str]:
    """The URLs of all files at a URL: itself when it is a file. Raises `Unscannable` when it cannot be asked."""
    system, path = _open_system(url)
    try:
        names = [path] if system.isfile(path) else system.find(path)
    except Exception as error:  # noqa: BLE001 - every store raises errors of its own
        raise _unreachable(url, error) from None
    if not names:
        raise Unscannable(f"there is nothing at {url}")
    for name in names:
        yield name if is_remote(str(name)) else system.unstrip_protocol(name)


def _open_system(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise Unscannable("reading remote files needs fsspec: pip install 'mlhooks[remote]'") from None
    try:
        system, path = url_to_fs(url)
    except Exception as error:  # noqa: BLE001 - every store raises errors of its own
        raise _unreachable(url, error) from None
    return system, str(path)


def _unreachable(url: str, error: BaseException) -> Unscannable:
    # The text of such errors may hold signed URLs; their type says enough.
    scheme = url.partition("://")[0]
    missing = " (is the package for it installed?)" if isinstance(error, ImportError | ValueError) else ""
    return Unscannable(f"the {scheme} store could not be read: {type(error).__name__}{missing}")


class RemoteFile(File):
    """One file of a remote store. `path` is its URL."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._url = url
        self._copy: BinaryIO | None = None
        self._size = 0

    @property
    def size_bytes(self) -> int:
        self._fetch()
        return self._size

    def siblings(self) -> list[str]:
        return []

    def replace(self, data: bytes) -> None:
        del data
        raise Unscannable("remote files are only read")

    def close(self) -> None:
        super().close()
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    def _existing(self, path: str) -> File | None:
        del path
        return None

    def _open(self) -> BinaryIO:
        self._fetch()
        assert self._copy is not None  # noqa: S101 - _fetch has made it
        return os.fdopen(os.dup(self._copy.fileno()), "rb")

    def _read(self) -> bytes:
        self._fetch()
        assert self._copy is not None  # noqa: S101 - _fetch has made it
        return os.pread(self._copy.fileno(), self._size, 0)

    def _fetch(self) -> None:
        if self._copy is not None:
            return
        system, path = _open_system(self._url)
        try:
            size = system.size(path)
            if not isinstance(size, int):
                raise Unscannable("its store does not say how large it is")
            self._size = size
            self._copy = copy_of(lambda ranges: _ranges(system, path, ranges), size)
        except Unscannable:
            raise
        except Exception as error:  # noqa: BLE001 - every store raises errors of its own
            raise _unreachable(self._url, error) from None


def _ranges(system: Any, path: str, ranges: list[tuple[int, int]]) -> list[bytes]:
    starts, ends = [start for start, _ in ranges], [end for _, end in ranges]
    found: list[bytes] = system.cat_ranges([path] * len(ranges), starts, ends)
    for (start, end), data in zip(ranges, found, strict=True):
        if len(data) != end - start:
            raise Unscannable("its store sent another part than was asked for")
    return found


def copy_of(fetch: Any, size: int) -> BinaryIO:
    """A temporary file as long as the original, with the parts that matter; `fetch(ranges)` gives their bytes."""
    copy = TemporaryFile()  # noqa: SIM115 - lives as long as the RemoteFile
    os.truncate(copy.fileno(), size)
    have: list[tuple[int, int]] = []

    def get(*ranges: tuple[int, int]) -> None:
        wanted = [r for r in _joined([(max(0, a), min(b, size)) for a, b in ranges]) if not _covered(r, have)]
        for (start, _), data in zip(wanted, fetch(wanted) if wanted else [], strict=True):
            os.pwrite(copy.fileno(), data, start)
        have[:] = _joined([*have, *wanted], near=0)

    if size <= WHOLE_BYTES:
        get((0, size))
        return copy
    get((0, HEAD_BYTES))
    start = os.pread(copy.fileno(), 16, 0)
    if start.startswith(b"PK"):
        get((size - TAIL_BYTES, size))
        get(*_directory(os.pread(copy.fileno(), TAIL_BYTES, size - TAIL_BYTES), size))
        get(*_members(copy, size))
        holes = _holes(have, size, _storages(copy))
        if sum(end - begin for begin, end in holes) > MOST_HOLES_FILLED_BYTES:
            get((0, size))
        else:
            get(*holes)
    elif start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= min(size, MOST_HEADER_BYTES):
        get((0, 8 + int.from_bytes(start[:8], "little") + HEAD_BYTES), (size - HEAD_BYTES, size))
    else:
        step = 64 << 20
        for at in range(0, size, step):
            get((at, min(at + step, size)))
    return copy


def _directory(tail: bytes, size: int) -> list[tuple[int, int]]:
    """Where the directory of a zip must begin, as its end record says; all there is behind that place is fetched."""
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        return [(0, size)]
    start = int.from_bytes(tail[at + 16 : at + 20], "little")
    record64 = tail.rfind(b"PK\x06\x06", 0, at)
    if record64 >= 0 and record64 + 56 <= len(tail):
        start = int.from_bytes(tail[record64 + 48 : record64 + 56], "little")
    return [(start, size)] if start < size and size - start <= MOST_HOLES_FILLED_BYTES else [(0, size)]


def _members(copy: BinaryIO, size: int) -> list[tuple[int, int]]:
    """Small members as a whole, of large ones the local header and the beginning."""
    found = []
    for entry in _entries(copy):
        start = entry.header_offset
        ahead = MOST_LOCAL_HEADER_BYTES + len(entry.filename)
        is_small = entry.compress_size <= WHOLE_BYTES or not _is_storage(entry)
        found.append((start, min(start + ahead + (entry.compress_size if is_small else START_BYTES), size)))
    return found


def _storages(copy: BinaryIO) -> list[tuple[int, int]]:
    """The ranges that stay holes: what is in large storages, behind their beginning."""
    found = []
    for entry in _entries(copy):
        if _is_storage(entry) and entry.compress_size > WHOLE_BYTES:
            start = entry.header_offset + MOST_LOCAL_HEADER_BYTES + len(entry.filename) + START_BYTES
            found.append((start, entry.header_offset + 30 + len(entry.filename) + entry.compress_size))
    return found


def _is_storage(entry: zipfile.ZipInfo) -> bool:
    """A raw storage of torch: stored, and called `data/N`."""
    parts = entry.filename.split("/")
    return entry.compress_type == zipfile.ZIP_STORED and len(parts) > 1 and parts[-2] == "data" and parts[-1].isdigit()


def _entries(copy: BinaryIO) -> list[zipfile.ZipInfo]:
    """The directory, only to choose what is fetched: the judgement is made by a reader of its own."""
    try:
        with zipfile.ZipFile(io.FileIO(os.dup(copy.fileno()))) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return []


def _joined(ranges: list[tuple[int, int]], near: int = NEAR_BYTES) -> list[tuple[int, int]]:
    """The ranges in order, those that touch or are near to each other as one."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(r for r in ranges if r[0] < r[1]):
        if result and start <= result[-1][1] + near:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _covered(wanted: tuple[int, int], have: list[tuple[int, int]]) -> bool:
    return any(start <= wanted[0] and wanted[1] <= end for start, end in have)


def _holes(have: list[tuple[int, int]], size: int, may_stay: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is in none of the ranges: bytes that no member accounts for."""
    holes, reached = [], 0
    for start, end in [*_joined([*have, *may_stay], near=0), (size, size)]:
        if start > reached:
            holes.append((reached, start))
        reached = max(reached, end)
    return holes
