"""A stand-in for OSV's query service on this machine, for pip-audit to ask. Standard library and packaging only.

It decides by the algorithm of https://ossf.github.io/osv-schema/#evaluation, written down here a second time, and hands
out the records as they are.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from packaging.version import InvalidVersion, Version


class Service(ThreadingHTTPServer):
    """Answers POST /v1/query. `asked` are the (name, version) pairs so far; `faults` are answers to give instead."""

    daemon_threads = True

    def __init__(self, records: Iterable[dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str]] = []
        self.faults: list[tuple[int, bytes]] = []
        self.by_name: dict[str, list[dict[str, Any]]] = {}
        for record in records:
            for name in {_normal(entry["package"]["name"]) for entry in record["affected"]}:
                self.by_name.setdefault(name, []).append(record)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1/query"

    def answer(self, name: str, version: str) -> dict[str, Any]:
        # The version is taken as it comes: a service that dropped `+cu118` for its client would hide a mistake of ours.
        found = [record for record in self.by_name.get(_normal(name), ()) if is_vulnerable(name, version, record)]
        return {"vulns": found} if found else {}


@contextmanager
def serving(records: Iterable[dict[str, Any]]) -> Iterator[Service]:
    service = Service(records)
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        thread.join()
        service.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024  # one packet per answer; with Nagle's algorithm each would wait for 40 ms
    disable_nagle_algorithm = True
    server: Service

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name, version = query["package"]["name"], query["version"]
        self.server.asked.append((name, version))
        status, body = 200, b""
        if self.server.faults:
            status, body = self.server.faults.pop(0)
        else:
            body = json.dumps(self.server.answer(name, version)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing on the tests' output."""


def is_vulnerable(name: str, version: str, record: dict[str, Any]) -> bool:
    for entry in record["affected"]:
        if _normal(entry["package"]["name"]) != _normal(name):
            continue
        if version in entry.get("versions", ()) or any(
            _in_range(version, described["events"])
            for described in entry.get("ranges", ())
            if described["type"] != "GIT"
        ):
            return True
    return False


def _in_range(text: str, events: list[dict[str, str]]) -> bool:
    version = _version(text)
    bounds = [(_version(bound), kind, bound) for event in events for kind, bound in event.items()]
    if version is None or any(bound is None for bound, _, _ in bounds):
        return False
    vulnerable = False
    # Where one span ends and another begins in one version (apache-iotdb, pyspark), the later one counts.
    for bound, kind, written in sorted(bounds, key=lambda entry: (entry[2] != "0", entry[0], entry[1] != "fixed")):
        assert bound is not None
        if kind == "introduced" and (written == "0" or version >= bound):
            vulnerable = True
        elif (kind == "fixed" and version >= bound) or (kind == "last_affected" and version > bound):
            vulnerable = False
    return vulnerable


@cache
def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
