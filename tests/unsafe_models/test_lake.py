"""Many models at once: any executor, local folders and remote stores, of which only the interesting parts travel."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from wire import message

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models import scan


class Payload:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("true",))


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    for index in range(5):
        (tmp_path / f"good{index}.pkl").write_bytes(pickle.dumps({"a": index}))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "bad.pkl").write_bytes(pickle.dumps(Payload()))
    (tmp_path / "broken.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    return tmp_path


def check(reports: list[Any]) -> None:
    assert len(reports) == 7
    found = {Path(r.path).name: [f.rule.id for f in r.findings] for r in reports if r.findings}
    assert found == {"bad.pkl": ["pickle-dangerous-call"]}
    assert [Path(r.path).name for r in reports if r.error] == ["broken.h5"]


def test_without_an_executor(lake: Path) -> None:
    check(list(scan(str(lake))))
    assert len(list(scan(str(lake / "good0.pkl")))) == 1
    with pytest.raises(Unscannable, match="nothing at"):
        list(scan(str(lake / "nowhere")))


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_with_an_executor(kind: Any, lake: Path) -> None:
    with kind(2) as executor:
        check(list(scan(str(lake), executor)))


def test_on_a_dask_cluster(lake: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None) as client:
        check(list(scan(str(lake), client.get_executor())))


# --- remote -----------------------------------------------------------------------------------------------------------


class Server:
    """A loopback server that knows ranges, and counts the bytes that it sends."""

    def __init__(self, folder: Path) -> None:
        counter = self
        self.sent = 0
        self.asked: set[str] = set()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self.answer(with_body=False)

            def do_GET(self) -> None:
                self.answer(with_body=True)

            def answer(self, *, with_body: bool) -> None:
                path = folder / self.path.lstrip("/")
                counter.asked.add(path.name)
                size = path.stat().st_size
                start, end = 0, size
                wanted = self.headers.get("Range")
                if wanted:
                    first, _, last = wanted.removeprefix("bytes=").partition("-")
                    start, end = int(first), min(int(last) + 1 if last else size, size)
                self.send_response(206 if wanted else 200)
                self.send_header("Content-Length", str(end - start))
                self.send_header("Accept-Ranges", "bytes")
                if wanted:
                    self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
                self.end_headers()
                if with_body:
                    with path.open("rb") as file:
                        file.seek(start)
                        self.wfile.write(file.read(end - start))
                    counter.sent += end - start

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    pytest.importorskip("fsspec")
    pytest.importorskip("aiohttp")
    served = Server(tmp_path)
    yield served
    served.server.shutdown()
    served.server.server_close()


def test_of_a_large_checkpoint_only_the_directory_and_the_pickle_travel(tmp_path: Path, server: Server) -> None:
    torch = pytest.importorskip("torch")
    size = 40 << 20
    state = {f"w{index}": torch.zeros(size // 4 // 4) for index in range(4)}
    torch.save(state, tmp_path / "good.pt")
    torch.save({**state, "x": Payload()}, tmp_path / "bad.pt")
    (good,) = scan(f"{server.url}/good.pt")
    assert (good.findings, good.error) == ((), "")
    assert server.sent < 600_000
    (bad,) = scan(f"{server.url}/bad.pt")
    assert [finding.rule.id for finding in bad.findings] == ["pickle-dangerous-call"]
    assert server.sent < 1_200_000


def test_of_safetensors_only_the_header_travels(tmp_path: Path, server: Server) -> None:
    numpy = pytest.importorskip("numpy")
    from safetensors.numpy import save_file

    save_file({"a": numpy.zeros(5 << 20, "f4")}, tmp_path / "m.safetensors")
    (report,) = scan(f"{server.url}/m.safetensors")
    assert (report.findings, report.error) == ((), "")
    assert server.sent < 300_000


def test_other_files_travel_as_a_whole(tmp_path: Path, server: Server) -> None:
    (tmp_path / "m.pkl").write_bytes(pickle.dumps([bytes(3 << 20), Payload()]))
    (report,) = scan(f"{server.url}/m.pkl")
    assert [finding.rule.id for finding in report.findings] == ["pickle-dangerous-call"]


@pytest.mark.parametrize("location", ["../../etc/passwd", "/etc/passwd"])
def test_names_of_external_data_are_judged_and_never_fetched(location: str, tmp_path: Path, server: Server) -> None:
    def entry(name: str) -> bytes:
        return message({1: 4, 2: 1, 8: name, 13: message({1: "location", 2: name}), 14: 1})

    def model(*names: str) -> bytes:
        tensors: list[int | bytes | str] = [entry(name) for name in names]
        return message({1: 8, 2: "p", 7: message({2: "g", 5: tensors, 10: b"x" * (2 << 20)}), 8: message({2: 17})})

    (tmp_path / "good.onnx").write_bytes(model("w.bin"))
    (tmp_path / "bad.onnx").write_bytes(model("w.bin", location))
    (tmp_path / "w.bin").write_bytes(bytes(5 << 20))
    (good,) = scan(f"{server.url}/good.onnx")
    assert (good.findings, good.error) == ((), "")
    (bad,) = scan(f"{server.url}/bad.onnx")
    assert [(found.rule.id, found.subject) for found in bad.findings] == [("model-file-access", location)]
    assert server.asked == {"good.onnx", "bad.onnx"}


def test_a_store_that_fails_is_not_called_clean(server: Server) -> None:
    with pytest.raises(Unscannable):
        list(scan("nosuchstore://bucket/x"))
    reports = []
    with pytest.raises(Unscannable):
        reports += list(scan(f"{server.url}/missing.pt"))
    assert not reports


def test_a_store_in_memory() -> None:
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    system.pipe({"/lake/a.pkl": pickle.dumps(Payload()), "/lake/b.pkl": pickle.dumps([1])})
    reports = {report.path: report for report in scan("memory://lake")}
    assert sorted(path.rpartition("/")[2] for path in reports) == ["a.pkl", "b.pkl"]
    assert [f.rule.id for r in reports.values() for f in r.findings] == ["pickle-dangerous-call"]
