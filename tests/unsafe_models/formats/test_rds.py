"""R objects: promises wherever they may stand, and the objects that honest writers make."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
from pathlib import Path
from typing import Any

import pytest

from mlhooks.core.finding import Level

NIL = struct.pack(">i", 254)
GLOBAL = struct.pack(">i", 253)


def integer(value: int) -> bytes:
    return struct.pack(">i", value)


def item(kind: int, *parts: bytes, attributes: bool = False, tag: bool = False) -> bytes:
    return integer(kind | 0x200 * attributes | 0x400 * tag) + b"".join(parts)


def text(value: bytes) -> bytes:
    return item(9, integer(len(value)), value)


def vector(*items: bytes) -> bytes:
    return item(19, integer(len(items)), *items)


def rds(body: bytes, version: int = 3) -> bytes:
    head = b"X\n" + integer(version) + integer(0x040300) + integer(0x030500)
    return head + (integer(5) + b"UTF-8" if version == 3 else b"") + body


SYMBOL = item(1, text(b"x"))
CALL = item(6, item(1, text(b"system")), item(2, item(16, integer(1), text(b"id")), NIL))
PROMISE = item(5, GLOBAL, NIL, CALL, tag=True)
NUMBERS = item(14, integer(2), struct.pack(">dd", 1, 2))

HOSTILE = [
    pytest.param(PROMISE, id="CVE-2024-27322: a promise"),
    pytest.param(vector(NUMBERS, vector(PROMISE)), id="in a list of a list"),
    pytest.param(item(2, SYMBOL, PROMISE, NIL, tag=True), id="a variable"),
    pytest.param(
        item(14, integer(1), struct.pack(">d", 1), item(2, SYMBOL, PROMISE, NIL, tag=True), attributes=True),
        id="an attribute",
    ),
    pytest.param(item(4, integer(0), NIL, item(2, SYMBOL, PROMISE, NIL, tag=True), NIL, NIL), id="in an environment"),
    pytest.param(item(3, GLOBAL, NIL, PROMISE, tag=True), id="in a function"),
    pytest.param(
        item(21, integer(1), item(13, integer(1), integer(0)), integer(1), integer(5), PROMISE), id="in bytecode"
    ),
    pytest.param(
        item(
            21,
            integer(1),
            item(13, integer(1), integer(0)),
            integer(1),
            integer(6),
            NIL,
            integer(0),
            PROMISE,
            integer(0),
            NIL,
        ),
        id="in an expression of bytecode",
    ),
    pytest.param(vector(PROMISE, integer(77)), id="before something that cannot be read"),
]


@pytest.mark.parametrize("body", HOSTILE)
def test_a_promise_is_found(body: bytes, look: Any) -> None:
    for data in (rds(body), rds(body, 2), b"RDX3\n" + rds(body)):
        for pack in (bytes, gzip.compress, bz2.compress, lzma.compress):
            assert look("m.rds", pack(data)) == ["model-code: promise"]
    assert look("model", rds(body)) == ["model-code: promise"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(NUMBERS, id="numbers"),
        pytest.param(vector(NUMBERS, item(16, integer(1), text(b"a")), NIL), id="a list"),
        pytest.param(item(25, item(2, SYMBOL, NUMBERS, NIL, tag=True), attributes=True), id="an S4 object"),
        pytest.param(item(238, NIL, NUMBERS, NIL), id="a compact vector"),
        pytest.param(
            vector(item(249, integer(0), integer(1), text(b"stats")), integer(255 | 1 << 8)),
            id="a namespace and a reference",
        ),
        pytest.param(item(3, GLOBAL, NIL, CALL, tag=True), id="a function is a note"),
        pytest.param(b"".join(integer(2) + NIL for _ in range(50_000)) + NIL, id="a very long pairlist"),
    ],
)
def test_plain_objects_are_quiet(body: bytes, look: Any) -> None:
    assert look("m.rds", gzip.compress(rds(body))) == []


def test_a_function_is_a_note(look: Any) -> None:
    assert look("m.rds", rds(item(3, GLOBAL, NIL, CALL, tag=True)), level=Level.NOTE) == ["model-code: function"]


@pytest.mark.parametrize(
    "data",
    [
        b"A\n3\n",
        b"A\nx\n",
        b"A\n--3\n",
        b"A\n" + b"3" * 5000 + b"\n",
        b"B\n" + rds(NUMBERS)[2:],
        b"no R at all",
        rds(NUMBERS)[:-3],
        rds(integer(77)),
        gzip.compress(rds(NUMBERS), mtime=0)[:-9],
    ],
)
def test_what_cannot_be_read_is_not_called_clean(data: bytes, look: Any) -> None:
    assert look("m.rds", data)[0].startswith("unscannable: ")


def test_files_of_a_real_writer_are_quiet(tmp_path: Path, look: Any) -> None:
    pyreadr, pandas = pytest.importorskip("pyreadr"), pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2.5], "b": ["x", "y"], "c": pandas.Categorical(["u", "v"]), "d": [True, False]})
    pyreadr.write_rds(tmp_path / "m.rds", frame)
    pyreadr.write_rdata(tmp_path / "m.RData", frame, df_name="d")
    for name in ("m.rds", "m.RData"):
        assert look(name, (tmp_path / name).read_bytes(), level=Level.NOTE) == []


def test_the_text_and_the_native_form(look: Any) -> None:
    lines = [
        "A",
        "3",
        "263168",
        "197888",
        "5",
        "UTF-8",
        "531",
        "2",
        "14",
        "1",
        "2.5",
        "1029",
        "253",
        "254",
        "254",
        "254",
    ]
    assert look("m.rds", "\n".join([*lines, ""]).encode()) == ["model-code: promise"]
    native = b"".join(struct.pack("<i", number) for number in (2, 0, 0, 19, 1, 5, 254, 254))
    assert look("m.rds", b"B\n" + native) == ["model-code: promise"]
