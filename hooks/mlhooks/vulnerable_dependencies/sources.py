"""Where advisory data comes from: an archive, a folder or a file, already here or fetched.

Nothing is unpacked to disk. Sizes are limited on the way, so that a small archive cannot become a large one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

from mlhooks.vulnerable_dependencies import records
from mlhooks.vulnerable_dependencies.osv import RecordError

if TYPE_CHECKING:
    import tarfile
    import zipfile

# OSV's export of the PyPI ecosystem: PyPA's, GitHub's and OpenSSF's advisories (https://google.github.io/osv.dev/data/).
DEFAULT_URL = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"
# osv-scanner keeps its download there, under this name: one download serves both.
SCANNER_VARIABLE = "OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY"
SCANNER_PATHS = ("osv-scanner/PyPI/all.zip", "PyPI/all.zip", "all.zip")

MAX_RECORD_BYTES = 32 << 20
MAX_TOTAL_BYTES = 4 << 30
MAX_TAR_BYTES = 1 << 30  # tarfile may hold as much in memory
MAX_DOWNLOAD_BYTES = 2 << 30
MAX_MEMBERS = 2_000_000
TIMEOUT_SECONDS = 60
CHUNK_BYTES = 1 << 20
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SourceError(Exception):
    """Advisory data that cannot be used. `str(error)` says which and why."""


class Document(NamedTuple):
    """One document of a source, and how far through the source it stands (0.0 to 1.0)."""

    name: str
    value: Any
    progress: float


def documents(path: str) -> Iterator[Document]:
    """The JSON and YAML documents of a folder, a zip or tar archive, or a single file. Raises `SourceError`."""
    if os.path.exists(path) and not os.path.isdir(path) and not os.path.isfile(path):
        raise SourceError(f"{path} is neither a file nor a folder; save what comes out of it to a file")
    if os.path.isdir(path):
        packed = next(
            (os.path.join(path, name) for name in SCANNER_PATHS if os.path.isfile(os.path.join(path, name))), ""
        )
        raw = _of_zip(packed) if packed else _of_folder(path)
    else:
        raw = _of_file(path)
    total = 0
    for name, data, progress in raw:
        total += len(data)
        if total > MAX_TOTAL_BYTES:
            raise SourceError(f"{path} holds more than {MAX_TOTAL_BYTES >> 20:,} MB of records")
        try:
            yield Document(name, records.read(name, data), progress)
        except RecordError as error:
            raise SourceError(f"{name} in {path} cannot be read: {error}") from None


def _of_file(path: str) -> Iterator[tuple[str, bytes, float]]:
    import tarfile
    import zipfile

    try:
        if zipfile.is_zipfile(path):
            yield from _of_zip(path)
        elif path.lower().endswith(records.SUFFIXES):
            with open(path, "rb") as stream:
                yield os.path.basename(path), _limited(stream, path), 1.0
        else:
            with (
                open(path, "rb") as stream,
                tarfile.open(fileobj=cast("IO[bytes]", _Limited(stream, path)), mode="r|") as archive,
            ):
                yield from _of_tar(archive, path)
    except FileNotFoundError:
        raise SourceError(f"there is no {path}") from None
    except (tarfile.TarError, EOFError) as error:
        raise SourceError(f"{path} is no complete zip or tar archive, nor a JSON or YAML file: {error}") from None
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} could not be read: {error}") from None
    except _decompression_errors() as error:
        raise SourceError(f"{path} is damaged: {error}") from None


def _of_folder(path: str) -> Iterator[tuple[str, bytes, float]]:
    """Files of a folder in a fixed order. Links are left out: they lead anywhere. So are pipes and devices."""
    for parent, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            full = os.path.join(parent, name)
            is_file = os.path.isfile(full) and not os.path.islink(full)
            if name.lower().endswith(records.SUFFIXES) and not name.startswith(".") and is_file:
                try:
                    with open(full, "rb") as stream:
                        yield os.path.relpath(full, path), _limited(stream, full), 0.0
                except OSError as error:
                    raise SourceError(f"{full} could not be read: {error.strerror}") from None


def _of_zip(path: str) -> Iterator[tuple[str, bytes, float]]:
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise SourceError(f"{path} has more than {MAX_MEMBERS:,} members")
            for number, member in enumerate(members, 1):
                _refuse_escape(member.filename, path)
                if not member.is_dir() and member.filename.lower().endswith(records.SUFFIXES):
                    yield member.filename, _member(archive, member, path), number / len(members)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError) as error:
        # RuntimeError: encrypted; NotImplementedError: an unknown compression.
        raise SourceError(f"{path} is no complete zip archive: {error}") from None
    except _decompression_errors() as error:
        raise SourceError(f"{path} is damaged: {error}") from None


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str) -> bytes:
    with archive.open(member) as stream:
        return _limited(stream, f"{member.filename} in {path}")


def _of_tar(archive: tarfile.TarFile, path: str) -> Iterator[tuple[str, bytes, float]]:
    for number, member in enumerate(archive):
        if number > MAX_MEMBERS:
            raise SourceError(f"{path} has more than {MAX_MEMBERS:,} members")
        _refuse_escape(member.name, path)
        if member.isreg() and member.name.lower().endswith(records.SUFFIXES):
            if member.size > MAX_RECORD_BYTES:
                raise SourceError(f"{member.name} in {path} is larger than {MAX_RECORD_BYTES >> 20} MB")
            stream = archive.extractfile(member)
            if stream is not None:
                yield member.name, _limited(stream, f"{member.name} in {path}"), 0.0


def _refuse_escape(name: str, path: str) -> None:
    """Names are never used as paths here; an archive that tries to lead out of its folder is not to be trusted."""
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
        raise SourceError(f"{path} holds a member that leads out of its folder ({name!r}); it is not used")


def _limited(stream: IO[bytes], name: str) -> bytes:
    data = stream.read(MAX_RECORD_BYTES + 1)
    if len(data) > MAX_RECORD_BYTES:
        raise SourceError(f"{name} is larger than {MAX_RECORD_BYTES >> 20} MB; no advisory is")
    return data


class _Limited:
    """A compressed or plain tar stream, decompressed here so that what comes out of it can be counted.

    tarfile reads a member's long name into memory whatever its size, and passes over members that nobody asked for.
    """

    def __init__(self, stream: IO[bytes], path: str) -> None:
        self._stream = _decompressed(stream)
        self._path = path
        self._read_bytes = 0

    def read(self, size: int) -> bytes:
        data: bytes = self._stream.read(size)
        self._read_bytes += len(data)
        if self._read_bytes > MAX_TAR_BYTES:
            raise SourceError(f"{self._path} unpacks to more than {MAX_TAR_BYTES >> 20:,} MB")
        return data


def _decompressed(stream: IO[bytes]) -> Any:
    start = stream.read(6)
    stream.seek(0)
    if start.startswith(b"\x1f\x8b"):
        import gzip

        return gzip.GzipFile(fileobj=stream)
    if start.startswith(b"BZh"):
        import bz2

        return bz2.BZ2File(stream)
    if start.startswith(b"\xfd7zXZ"):
        import lzma

        return lzma.LZMAFile(stream)
    return stream


def _decompression_errors() -> tuple[type[Exception], ...]:
    import lzma
    import zlib

    return zlib.error, lzma.LZMAError


def download(url: str, target: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Fetch `url` into `target`; yields (bytes so far, bytes in all or 0) on the way. Raises `SourceError`.

    Only https, and http on this machine itself: who can change the data on its way can hide an advisory.
    """
    import http.client
    from urllib.error import HTTPError, URLError

    _refuse_plain(url)
    try:
        with _opened(url) as answer:
            total = int(answer.headers.get("Content-Length") or 0)
            done = 0
            while chunk := answer.read(CHUNK_BYTES):
                done += len(chunk)
                if done > MAX_DOWNLOAD_BYTES:
                    raise SourceError(f"{shown(url)} is larger than {MAX_DOWNLOAD_BYTES >> 30} GB")
                target.write(chunk)
                yield done, total
    except HTTPError as error:
        raise SourceError(
            f"{shown(url)} could not be fetched: the server answers {error.code} {error.reason}"
        ) from None
    except (URLError, http.client.HTTPException, OSError, ValueError) as error:
        raise SourceError(f"{shown(url)} could not be fetched: {getattr(error, 'reason', None) or error}") from None
    if total and done != total:
        raise SourceError(f"{shown(url)} broke off after {done:,} of {total:,} bytes")


def _opened(url: str) -> Any:
    """The answer to a request; sent on only to addresses that could have been asked for."""
    from base64 import b64encode
    from urllib.parse import unquote, urlsplit, urlunsplit
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class Redirects(HTTPRedirectHandler):
        def redirect_request(self, request: Any, stream: Any, code: int, text: str, headers: Any, address: str) -> Any:
            _refuse_plain(address)
            return super().redirect_request(request, stream, code, text, headers, address)

    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    request = Request(urlunsplit(parts._replace(netloc=host)), headers={"User-Agent": "mlhooks"})  # noqa: S310  # checked before
    if user:
        # Not sent on to another host, as an ordinary header would be.
        request.add_unredirected_header("Authorization", f"Basic {b64encode(unquote(user).encode()).decode()}")
    return build_opener(Redirects).open(request, timeout=TIMEOUT_SECONDS)


def is_url(text: str) -> bool:
    return "://" in text


def shown(url: str) -> str:
    """The address without what may be a password: user and password, query and fragment."""
    from urllib.parse import urlsplit, urlunsplit

    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


def _refuse_plain(url: str) -> None:
    from urllib.parse import urlsplit

    scheme = url.partition("://")[0].lower()
    if scheme not in ("https", "http"):
        raise SourceError(f"{scheme}:// is not fetched: only https:// is")
    try:
        parts = urlsplit(url)
        is_valid = bool(parts.hostname) and parts.port != 0  # a port that is none raises
    except ValueError:
        is_valid = False
    if not is_valid or not (url.isascii() and url.isprintable()) or " " in url:
        # It is not shown: it cannot be told what in it is a password.
        raise SourceError("the address is not valid. It looks like https://HOST/PATH, with a blank written as %20")
    if scheme == "http" and parts.hostname not in LOOPBACK:
        raise SourceError(f"{shown(url)} is not fetched: only https:// is")
