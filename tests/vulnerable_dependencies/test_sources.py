"""Advisory data in every wrapping, honest and hostile. Whatever goes wrong, the database that was there stays."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from advisories import advisory, database

from mlhooks.vulnerable_dependencies import records, sources
from mlhooks.vulnerable_dependencies.database import open_database
from mlhooks.vulnerable_dependencies.osv import RecordError

Run = Callable[..., tuple[int, str, str]]

OLD, NEW = advisory("OLD-1", "old"), advisory("NEW-1", "new")


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w:gz") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]  # a mode of a table
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def as_json(record: dict[str, Any] = NEW) -> bytes:
    return json.dumps(record).encode()


def as_yaml(record: dict[str, Any] = NEW) -> bytes:
    return yaml.safe_dump(record).encode()


def files_of(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir() if path.is_file()}


@pytest.fixture
def update(mlhooks: Run, tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """Write a file and update the database from it; there is one already."""
    database(tmp_path / "cache", OLD)

    def run(data: bytes, name: str = "data.bin") -> tuple[int, str, str]:
        (tmp_path / name).write_bytes(data)
        return mlhooks("advisories", "update", "--from", str(tmp_path / name))

    return run


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("all.zip", zipped({"NEW-1.json": as_json()}), id="OSV's export"),
        pytest.param("all", zipped({"NEW-1.json": as_json()}, zipfile.ZIP_STORED), id="known by its content"),
        pytest.param("main.zip", zipped({"db-main/vulns/new/NEW-1.yaml": as_yaml()}), id="PyPA's tree as zip"),
        pytest.param("main.tar.gz", tarred({"vulns/new/NEW-1.yaml": as_yaml()}), id="PyPA's tree as tar.gz"),
        pytest.param("main.tar", tarred({"vulns/new/NEW-1.yaml": as_yaml()}, "w"), id="tar"),
        pytest.param("main.tar.bz2", tarred({"vulns/new/NEW-1.yaml": as_yaml()}, "w:bz2"), id="tar.bz2"),
        pytest.param("main.tar.xz", tarred({"vulns/new/NEW-1.yaml": as_yaml()}, "w:xz"), id="tar.xz"),
        pytest.param("NEW-1.json", as_json(), id="one record"),
        pytest.param("NEW-1.yaml", b"\xef\xbb\xbf" + as_yaml(), id="one record with a byte order mark"),
        pytest.param(
            "all.zip",
            zipped(
                {"NEW-1.json": as_json(), "package.json": b'{"name": "x"}', "README.md": b"\xff", "list.json": b"[]"}
            ),
            id="with other files",
        ),
    ],
)
def test_every_wrapping_is_read(update: Run, tmp_path: Path, name: str, data: bytes) -> None:
    status, out, err = update(data, name)
    assert (status, err) == (0, "")
    assert "1 advisory for 1 package" in out
    found = open_database(str(tmp_path / "cache" / "advisories.sqlite"))
    assert [entry.ids[0] for entry in found.affected("new")] == ["NEW-1"]
    assert files_of(tmp_path / "cache") == {"advisories.sqlite"}


@pytest.mark.parametrize("layout", ["NEW-1.json", "vulns/new/NEW-1.yaml", "PyPI/all.zip", "osv-scanner/PyPI/all.zip"])
def test_folders_are_read(mlhooks: Run, tmp_path: Path, layout: str) -> None:
    data = {".json": as_json(), ".yaml": as_yaml(), ".zip": zipped({"NEW-1.json": as_json()})}[Path(layout).suffix]
    (tmp_path / "data" / layout).parent.mkdir(parents=True)
    (tmp_path / "data" / layout).write_bytes(data)
    (tmp_path / "data" / "link.json").symlink_to("/etc/hostname")
    assert mlhooks("advisories", "update", "--from", str(tmp_path / "data"))[0] == 0
    assert open_database(str(tmp_path / "cache" / "advisories.sqlite")).affected("new")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_are_not_waited_for(mlhooks: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    os.mkfifo(tmp_path / "data" / "pipe.json")
    status, _, err = mlhooks("advisories", "update", "--from", str(tmp_path / "data" / "pipe.json"))
    assert (status, "is neither a file nor a folder" in err) == (2, True)
    (tmp_path / "data" / "NEW-1.json").write_bytes(as_json())
    assert mlhooks("advisories", "update", "--from", str(tmp_path / "data"))[0] == 0


def test_what_osv_scanner_fetched_serves_here_too(
    mlhooks: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scanner" / "osv-scanner" / "PyPI").mkdir(parents=True)
    (tmp_path / "scanner" / "osv-scanner" / "PyPI" / "all.zip").write_bytes(zipped({"NEW-1.json": as_json()}))
    monkeypatch.setenv(sources.SCANNER_VARIABLE, str(tmp_path / "scanner"))
    assert mlhooks("advisories", "update")[0] == 0
    assert "1 advisory for 1 package" in mlhooks("advisories", "status")[1]


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    assert len(old) == len(new)
    return data.replace(old, new)


def long_name_bomb() -> bytes:
    """A tar whose GNU long name claims (and, compressed, has) hundreds of megabytes."""
    header = tarfile.TarInfo("././@LongLink")
    header.type = tarfile.GNUTYPE_LONGNAME
    header.size = 300 << 20
    stream = io.BytesIO()
    with gzip.open(stream, "wb", compresslevel=1) as packed:
        packed.write(header.tobuf(tarfile.GNU_FORMAT))
        for _ in range(300):
            packed.write(bytes(1 << 20))
    return stream.getvalue()


def sparse() -> bytes:
    """A sparse member that claims to be large."""
    info = tarfile.TarInfo("big.json")
    info.size = 1 << 40
    return info.tobuf() + bytes(1024)


GOOD_ZIP = zipped({"NEW-1.json": as_json(), "NEW-2.json": as_json(advisory("NEW-2", "new"))})
GOOD_TAR = tarred({"NEW-1.json": as_json(), "filler.json": os.urandom(4096).hex().encode()})


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        pytest.param("all.zip", GOOD_ZIP[:-30], "no complete zip", id="a zip without its end"),
        pytest.param("all.zip", GOOD_ZIP[len(GOOD_ZIP) // 2 :], "", id="a zip without its beginning"),
        pytest.param("all.zip", patched(GOOD_ZIP, b"NEW-2.json", b"../../2.js"), "", id="a name that was changed"),
        pytest.param("all.zip", zipped({"../../x.json": as_json()}), "leads out of its folder", id="a way out"),
        pytest.param("all.zip", zipped({"/etc/x.json": as_json()}), "leads out of its folder", id="an absolute path"),
        pytest.param("all.zip", zipped({"C:\\x.json": as_json()}), "leads out of its folder", id="a drive"),
        pytest.param("all.zip", zipped({"x.json": b" " * (40 << 20)}), "larger than 32 MB", id="a bomb"),
        pytest.param("all.zip", zipped({"x.txt": b"nothing"}), "holds no advisory", id="nothing in it"),
        pytest.param("all.zip", zipped({}), "holds no advisory", id="empty"),
        pytest.param("all.zip", zipped({"x.json": b'{"id": '}), "not valid JSON", id="half a record"),
        pytest.param("all.zip", zipped({"x.json": b"\xff\xfe"}), "not UTF-8", id="no text"),
        pytest.param("all.zip", zipped({"x.json": b"[" * 200_000}), "nested too deeply", id="deep JSON"),
        pytest.param("all.zip", zipped({"x.yaml": b"[" * 200_000}), "nested too deeply", id="deep YAML"),
        pytest.param("all.zip", zipped({"x.yaml": b"- " * 2000}), "nested too deeply", id="deep YAML in blocks"),
        pytest.param("all.zip", zipped({"x.yaml": b"a: &a [1]\nb: [*a, *a]"}), "an alias", id="YAML that multiplies"),
        pytest.param("all.zip", zipped({"x.yaml": b"a: [1"}), "not valid YAML", id="broken YAML"),
        pytest.param("all.zip", zipped({"x.yaml": b"? [a]\n: b"}), "no text", id="YAML with a list as a key"),
        pytest.param(
            "all.zip", zipped({"x.json": b'{"id": "A-1", "affected": 7}'}), "is no advisory", id="wrong types"
        ),
        pytest.param("x.tar.gz", GOOD_TAR[: len(GOOD_TAR) // 2], "", id="half a tar.gz"),
        pytest.param("x.tar.gz", tarred({"../x.json": as_json()}), "leads out of its folder", id="a way out of a tar"),
        pytest.param("x.tar.gz", tarred({"x.json": b" " * (40 << 20)}), "larger than 32 MB", id="a bomb in a tar"),
        pytest.param("x.tar", sparse(), "larger than 32 MB", id="a member that claims to be large"),
        pytest.param("x.tar.gz", GOOD_TAR[:20] + b"\0\0\0\0" + GOOD_TAR[24:], "", id="a damaged tar.gz"),
        pytest.param("x.tar.xz", lzma.compress(b"x")[:-4], "", id="a damaged tar.xz"),
        pytest.param("x.bin", b"", "no complete zip or tar archive", id="an empty file"),
        pytest.param("x.bin", b"\x7fELF" + bytes(600), "no complete zip or tar archive", id="something else"),
    ],
)
def test_what_cannot_be_read_changes_nothing(update: Run, tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    before = (tmp_path / "cache" / "advisories.sqlite").read_bytes()
    status, out, err = update(data, name)
    assert (status, out) == (2, "")
    assert reason in err
    assert err.startswith("mlhooks: ")
    assert err.endswith("; the database that was there stays as it was\n")
    assert err.count("\n") == 1
    assert (tmp_path / "cache" / "advisories.sqlite").read_bytes() == before
    assert files_of(tmp_path / "cache") == {"advisories.sqlite"}


def test_a_tar_cannot_fill_the_memory(update: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_TAR_BYTES", 100 << 20)
    status, _, err = update(long_name_bomb(), "x.tar.gz")
    assert status == 2
    assert "unpacks to more than" in err


def test_many_small_records_cannot_fill_it_either(update: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 1 << 20)
    members = {f"{number}.json": json.dumps({"x": "y" * 100_000}).encode() for number in range(12)}
    assert "holds more than" in update(zipped(members))[2]
    monkeypatch.undo()
    monkeypatch.setattr(sources, "MAX_MEMBERS", 10)
    assert "more than 10 members" in update(zipped(members))[2]
    assert "more than 10 members" in update(tarred(members))[2]


def test_an_encrypted_archive_is_not_read(update: Run) -> None:
    data = bytearray(zipped({"x.json": as_json()}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    assert "encrypted" in update(bytes(data))[2]


def test_there_is_no_such_source(mlhooks: Run) -> None:
    status, _, err = mlhooks("advisories", "update", "--from", "nowhere.zip")
    assert (status, err) == (2, "mlhooks: there is no nowhere.zip\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param(b"versions: [1.10, 2.0, 1e3]", {"versions": ["1.10", "2.0", "1e3"]}, id="numbers stay as written"),
        pytest.param(
            b"modified: 2024-01-02T03:04:05Z", {"modified": "2024-01-02T03:04:05Z"}, id="times stay as written"
        ),
        pytest.param(
            b"a:\n- b: 'x'\n  c: |\n    two\n    lines\n", {"a": [{"b": "x", "c": "two\nlines\n"}]}, id="nested"
        ),
        pytest.param(b"a: null\nb: ~\nc:\nd: 'null'", {"a": None, "b": None, "c": None, "d": "null"}, id="nothing"),
        pytest.param(b"a: !!python/object/apply:os.system [x]", {"a": ["x"]}, id="tags mean nothing"),
        pytest.param(b"", None, id="empty"),
    ],
)
def test_yaml_is_read_as_text(text: bytes, value: Any) -> None:
    assert records.read("x.yaml", text) == value


def test_yaml_with_characters_that_it_does_not_allow() -> None:
    with pytest.raises(RecordError):
        records.read("x.yaml", b"a: \x01")


# --- fetching ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = self.server.answer  # type: ignore[attr-defined]  # set by the test
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def url(server: HTTPServer, user: str = "") -> str:
    return f"http://{user}127.0.0.1:{server.server_address[1]}/PyPI/all.zip"


def test_the_data_is_fetched(server: HTTPServer, mlhooks: Run, tmp_path: Path) -> None:
    server.answer = (200, {"Content-Length": str(len(GOOD_ZIP))}, GOOD_ZIP)  # type: ignore[attr-defined]
    status, out, err = mlhooks("advisories", "update", "--from", url(server, "user:" + "hunter2" + "@"))
    assert (status, err) == (0, "")
    assert "2 advisories for 1 package" in out
    assert "hunter2" not in out + mlhooks("advisories", "status")[1]
    assert files_of(tmp_path / "cache") == {"advisories.sqlite"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param((404, {}, b""), "the server answers 404", id="not there"),
        pytest.param((200, {"Content-Length": "9999"}, GOOD_ZIP), "broke off", id="it breaks off"),
        pytest.param((200, {}, GOOD_ZIP[:-40]), "no complete zip", id="it breaks off, and nobody said how long it is"),
        pytest.param((200, {}, b"<html>please log in</html>"), "no complete zip", id="a login page"),
        pytest.param((302, {"Location": "http://example.org/all.zip"}, b""), "only https://", id="sent on without TLS"),
        pytest.param(
            (302, {"Location": "file:///etc/passwd"}, b""), "could not be fetched: the server", id="sent on to a file"
        ),
        pytest.param((200, {"Content-Length": "x"}, b""), "could not be fetched", id="a length that is no number"),
    ],
)
def test_a_fetch_that_fails_changes_nothing(
    server: HTTPServer, mlhooks: Run, tmp_path: Path, answer: tuple[int, dict[str, str], bytes], reason: str
) -> None:
    before = Path(database(tmp_path / "cache", OLD)).read_bytes()
    server.answer = answer  # type: ignore[attr-defined]  # read by the handler
    status, _, err = mlhooks("advisories", "update", "--from", url(server))
    assert status == 2
    assert reason in err
    assert (tmp_path / "cache" / "advisories.sqlite").read_bytes() == before
    assert files_of(tmp_path / "cache") == {"advisories.sqlite"}


@pytest.mark.parametrize(
    "address",
    ["http://example.org/all.zip", "file:///etc/passwd", "ftp://127.0.0.1/x", "http://127.0.0.1.example.org/"],
)
def test_only_https_and_this_machine(mlhooks: Run, address: str) -> None:
    assert "only https:// is" in mlhooks("advisories", "update", "--from", address)[2]


def test_nobody_listens(mlhooks: Run, server: HTTPServer) -> None:
    address = url(server)
    server.server_close()
    assert "could not be fetched" in mlhooks("advisories", "update", "--from", address)[2]


SECRET = "hunter" + "2"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        pytest.param(f"https://u:{SECRET}@127.0.0.1:1/a?b={SECRET}", "https://127.0.0.1:1/a could not", id="a query"),
        pytest.param(f"https://127.0.0.1:1?{SECRET}", "https://127.0.0.1:1 could not", id="a query without a path"),
        pytest.param(f"https://127.0.0.1:1/a#{SECRET}", "https://127.0.0.1:1/a could not", id="a fragment"),
        pytest.param(f"http://u:{SECRET}@h.test/a", "http://h.test/a is not fetched", id="not encrypted"),
        pytest.param("http://h.test?@localhost/a", "http://h.test is not fetched", id="another host than it seems"),
        pytest.param(f"https://127.0.0.1:1/a b?{SECRET}", "is not valid", id="a blank"),
        pytest.param(f"https://127.0.0.1:1/\u00e9?{SECRET}", "is not valid", id="a letter"),
        pytest.param(f"https://127.0.0.1:1/a\n?{SECRET}", "is not valid", id="a line end"),
        pytest.param(f"https://u:{SECRET}/x@127.0.0.1:1/a", "is not valid", id="a slash in the password"),
        pytest.param(f"https://u:{SECRET}@[::1/a", "is not valid", id="half a host"),
        pytest.param(f"https://u:{SECRET}@/a", "is not valid", id="no host"),
    ],
)
def test_an_address_is_told_without_its_password(mlhooks: Run, address: str, reason: str) -> None:
    status, out, err = mlhooks("advisories", "update", "--from", address)
    assert (status, out) == (2, "")
    assert reason in err
    assert SECRET not in err
