"""What is found in files, what is said about their wrappings, and what is left in peace."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import pickle
import random
import struct
import tarfile
import zipfile
import zlib
from io import BytesIO

import pytest
import wrappings
from exploits import MAKES_FOLDER
from pickle_code import MARK, POP, STOP, apply, call, proto, stack_global, text
from wrappings import HONEST, tarred, torch_legacy, torch_zip, zipped

from mlhooks.core.files import Blob
from mlhooks.core.finding import Finding, Level, Unscannable
from mlhooks.unsafe_models import HOOK
from mlhooks.unsafe_models.containers import tars
from mlhooks.unsafe_models.containers.claims import Likeness, is_text, likeness
from mlhooks.unsafe_models.containers.compressed import METHODS, Packed, method_of, peek, unpack
from mlhooks.unsafe_models.containers.zips import read_archive
from mlhooks.unsafe_models.stream import Piece

EVIL = proto(2) + MAKES_FOLDER + STOP
DEFAULTS = {option.name: option.default for option in HOOK.options}


def check(name: str, data: bytes, **options: object) -> list[Finding]:
    findings = HOOK.check(Blob(name, data), {**DEFAULTS, **options})
    return [finding for finding in findings if finding.level >= Level.WARNING]


def rules(name: str, data: bytes) -> set[str]:
    return {finding.rule.id for finding in check(name, data)}


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def whole(data: bytes) -> Piece:
    return Piece(data, 0, len(data))


@pytest.mark.parametrize(
    ("start", "name", "expected"),
    [
        pytest.param(b"\x80\x04\x95\x05\0\0\0\0\0\0\0N.", "x", Likeness.LIKELY, id="a frame longer than the file"),
        pytest.param(b"\x80\x04\x95\x02\0\0\0\0\0\0\0N.", "x", Likeness.CERTAIN, id="a frame that fits"),
        pytest.param(b"\x80\x02}q\0.", "x", Likeness.LIKELY, id="a PROTO"),
        pytest.param(b"\x80\x02\xff", "x", Likeness.NONE, id="a PROTO and no opcode"),
        pytest.param(b"\x80\x09}", "x", Likeness.NONE, id="a protocol that does not exist"),
        pytest.param(b"cos\n", "x", Likeness.DOUBTFUL, id="a GLOBAL"),
        pytest.param(b"# text", "x", Likeness.NONE, id="no opcode"),
        pytest.param(b"# text", "x.pkl", Likeness.CERTAIN, id="a name that obliges"),
        pytest.param(b"# text", "x.PKL.gz", Likeness.CERTAIN, id="a compressed name that obliges"),
        pytest.param(b"", "x", Likeness.NONE, id="nothing"),
    ],
)
def test_likeness(start: bytes, name: str, expected: Likeness) -> None:
    assert likeness(start, len(start), name) is expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param(b"plain\ttext\r\n", True, id="ASCII"),
        pytest.param("größe".encode("latin-1"), True, id="Latin-1"),
        pytest.param("\ufefftext".encode("utf-16"), True, id="UTF-16 with a mark"),
        pytest.param(b"", True, id="nothing"),
        pytest.param(b"text\0", False, id="a NUL"),
        pytest.param(b"\x80\x04\x95\x05\0", False, id="a pickle"),
    ],
)
def test_is_text(start: bytes, expected: bool) -> None:
    assert is_text(start) is expected


COMPRESSORS = {
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=0),
    "lzma alone": lambda data: lzma.compress(data, lzma.FORMAT_ALONE, preset=0),
    "lz4": wrappings.lz4,
    "joblib ZF": wrappings.zf,
}


@pytest.mark.parametrize(
    "data", [b"", b"x", b"some text " * 1000, noise(300_000)], ids=["empty", "byte", "text", "noise"]
)
@pytest.mark.parametrize("compressor", COMPRESSORS)
def test_unpack(compressor: str, data: bytes) -> None:
    packed = COMPRESSORS[compressor](data)
    method = method_of(packed)
    assert method is not None
    result = unpack(method, Packed(packed, 0, len(packed)), max_bytes=10_000_000, max_ratio=1000)
    assert (bytes(result.data), result.fault) == (data, "")
    assert peek(method, Packed(packed, 0, len(packed)), 7) == data[:7]


@pytest.mark.parametrize("compressor", ["zlib", "gzip", "bz2", "xz", "lzma alone"])
def test_what_stands_before_the_damage_comes_out(compressor: str) -> None:
    data = b"".join(b"%d " % number for number in range(400_000))
    packed = COMPRESSORS[compressor](data)
    cut = packed[: len(packed) * 3 // 4]
    result = unpack(method_of(cut) or "", Packed(cut, 0, len(cut)), max_bytes=10_000_000, max_ratio=1000)
    assert result.fault == "is cut off"
    assert not result.is_over_budget
    assert len(result.data) > 50_000
    assert data.startswith(bytes(result.data))


@pytest.mark.parametrize("method", METHODS)
def test_garbage_is_damaged(method: str) -> None:
    if method == "zstd":
        pytest.skip("needs Python 3.14")
    garbage = noise(1000)
    result = unpack(method, Packed(garbage, 0, 1000), max_bytes=10_000_000, max_ratio=1000)
    assert result.fault or not result.data


def test_a_large_stream_is_mapped_and_a_bomb_stops() -> None:
    packed = zlib.compress(bytes(90 << 20))
    everything = Packed(packed, 0, len(packed))
    result = unpack("zlib", everything, max_bytes=100 << 20, max_ratio=2000)
    assert (len(result.data), result.fault) == (90 << 20, "")
    result = unpack("zlib", everything, max_bytes=100 << 20, max_ratio=100)
    assert result.is_over_budget
    result = unpack("zlib", everything, max_bytes=1 << 20, max_ratio=2000)
    assert result.is_over_budget


# token: 4 bits of literals, 4 bits of match length - 4; literals; distance of the match
LZ4_BLOCKS = {
    "a match that overlaps itself": (b"\x1fa\x01\x00\x05\x50bcdef", b"a" + b"a" * 24 + b"bcdef"),
    "a match of two bytes": (b"\x24xy\x02\x00\x50bcdef", b"xy" + b"xyxyxyxy" + b"bcdef"),
    "only literals": (b"\xf0\x01" + b"0123456789abcdef", b"0123456789abcdef"),
}


@pytest.mark.parametrize("case", LZ4_BLOCKS)
def test_lz4_block(case: str) -> None:
    block, expected = LZ4_BLOCKS[case]
    frame = b"\x04\x22\x4d\x18\x60\x70\x73" + struct.pack("<I", len(block)) + block + bytes(4)
    assert bytes(unpack("lz4", Packed(frame, 0, len(frame)), max_bytes=1000, max_ratio=1000).data) == expected


def _miscounted() -> bytes:
    """An archive of two members whose end record says that there is one."""
    data = bytearray(zipped({"a": HONEST, "m": EVIL}))
    data[-14:-10] = b"\1\0\1\0"
    return bytes(data)


def _oddities(data: bytes) -> str:
    archive = read_archive(whole(data), max_members=100)
    assert archive is not None
    return "; ".join([*archive.oddities, *(oddity for member in archive.members for oddity in member.oddities)])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(wrappings.duplicate(HONEST, EVIL), "more than once", id="a name twice"),
        pytest.param(torch_zip(HONEST, **{"DATA.PKL": EVIL}), "in different case", id="a name in two cases"),
        pytest.param(
            wrappings.patched(EVIL, 38, b"safe"), "in its local header", id="another name in the local header"
        ),
        pytest.param(wrappings.patched(EVIL, 6, b"\x01"), "other flags", id="other flags in the local header"),
        pytest.param(wrappings.patched(EVIL, 8, b"\x01", directory=True), "flags", id="encrypted, says the directory"),
        pytest.param(wrappings.patched(EVIL, 8, b"\x08"), "method", id="another method in the local header"),
        pytest.param(wrappings.patched(EVIL, 38, b"\x10", directory=True), "folder", id="a folder with content"),
        pytest.param(wrappings.patched(EVIL, 24, b"\xff", directory=True), "size", id="another size"),
        pytest.param(zipped({"m": HONEST}) + zipped({"m": EVIL}), "2 directories", id="two archives in one file"),
        pytest.param(wrappings.unlisted(EVIL), "no directory", id="a member of no directory"),
        pytest.param(zipped({"../m": EVIL}), "leads out", id="a name that leads out"),
        pytest.param(zipped({"/m": EVIL}), "leads out", id="an absolute name"),
        pytest.param(
            wrappings.patched(EVIL, 42, b"\xf0\xff", directory=True), "local header", id="an offset to nowhere"
        ),
        pytest.param(_miscounted(), "2 entries and says that there are 1", id="a wrong count"),
        pytest.param(torch_zip(HONEST), "", id="an honest checkpoint"),
        pytest.param(wrappings.streamed(HONEST), "", id="a streamed archive with zip64 fields"),
        pytest.param(zipped({"a": zipped({"b": HONEST})}), "", id="an archive in an archive"),
        pytest.param(zipped({}), "", id="an empty archive"),
        pytest.param(b"#!/usr/bin/env python\n" + zipped({"a": b""}), "", id="a program in front"),
    ],
)
def test_oddities_of_a_zip(data: bytes, expected: str) -> None:
    found = _oddities(data)
    assert expected in found
    assert bool(expected) is bool(found)


def test_a_zip_has_the_members_that_python_sees() -> None:
    data = zipped({f"m{number}": noise(number) for number in range(50)}, zipfile.ZIP_DEFLATED)
    archive = read_archive(whole(data), max_members=100)
    assert archive is not None
    with zipfile.ZipFile(BytesIO(data)) as expected:
        infos = expected.infolist()
    assert [(m.name, m.size_bytes, m.header, m.end - m.start) for m in archive.members] == [
        (info.filename, info.file_size, info.header_offset, info.compress_size) for info in infos
    ]
    assert archive.gaps == []


@pytest.mark.parametrize("style", [0, 1, 2], ids=["ustar", "GNU", "pax"])
def test_a_tar_has_the_members_that_python_sees(style: int) -> None:
    members = {"a": b"1", "b/c": b"", "d" * 90: noise(5000), "e" * 60 + "/" + "f" * 60: b"22"}
    found = {
        entry.name: (entry.start, entry.end) for entry in tars.entries(whole(tarred(members, style)), max_members=99)
    }
    data = tarred(members, style)
    assert {name: data[start:end] for name, (start, end) in found.items()} == {n: d for n, d in members.items() if d}


def test_a_tar_that_breaks_says_so() -> None:
    data = tarred({"a": b"1", "b": b"2"})
    broken = data[:1024] + b"x" * 512 + data[1536:]
    assert "damaged" in [*tars.entries(whole(broken), max_members=9)][-1].fault
    assert "more than" in [*tars.entries(whole(data), max_members=1)][-1].fault
    assert "cut off" in [*tars.entries(whole(data[:1536]), max_members=9)][-1].fault


def test_a_tar_folder_with_a_size_hides_nothing() -> None:
    """Python goes on right behind the header of a folder, others step over the bytes that it claims."""
    entry = tarfile.TarInfo("folder")
    entry.type, entry.size = tarfile.DIRTYPE, 512
    data = entry.tobuf() + tarred({"inner": EVIL})
    assert [found.name for found in tars.entries(whole(data), max_members=9)] == ["inner"]
    data = entry.tobuf() + b"x" * 512 + tarred({"inner": EVIL})
    assert [found.name for found in tars.entries(whole(data), max_members=9)] == ["inner"]


def test_a_tar_member_that_is_too_large_for_its_header_is_no_oddity() -> None:
    entry = tarfile.TarInfo("weights.bin")
    entry.size = 9 << 30
    found = [*tars.entries(whole(entry.tobuf(tarfile.PAX_FORMAT) + b"x" * 512), max_members=9)]
    assert [(entry.name, entry.fault) for entry in found] == [("weights.bin", "is cut off")]


@pytest.mark.parametrize("style", [0, 1, 2], ids=["ustar", "GNU", "pax"])
def test_links_and_folders_are_members_without_content(style: int) -> None:
    long = "a" * (90 if style == 0 else 300)
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=style) as archive:
        for name, kind, target in (("s", b"2", long), ("h", b"1", "s"), ("d", b"5", ""), ("empty", b"0", "")):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, target
            archive.addfile(entry)
    found = [*tars.members(whole(stream.getvalue()), max_members=9)]
    names = [(entry.name.rstrip("/"), entry.target) for entry in found]
    assert names == [("s", long), ("h", "s"), ("d", ""), ("empty", "")]
    assert [*tars.entries(whole(stream.getvalue()), max_members=9)] == []


def test_a_tar_member_of_two_sizes_is_read_both_ways() -> None:
    about, record = tarfile.TarInfo("about"), b"10 size=1\n"
    about.type, about.size = tarfile.XHDTYPE, len(record)
    data = about.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0") + tarred({"m": EVIL}, tarfile.USTAR_FORMAT)
    assert len({entry.end for entry in tars.entries(whole(data), max_members=9)}) == 2


PLACES = {
    "a file": ("m.pkl", EVIL, "byte 19"),
    "a member": ("m.pt", torch_zip(EVIL), "archive/data.pkl, byte 19"),
    "a deflated member": ("m.zip", zipped({"a/b": EVIL}, 8), "a/b, byte 19"),
    "a member of a member": ("m.zip", zipped({"a": zipped({"b": EVIL})}), "a > b, byte 19"),
    "unpacked": ("m.pkl.gz", gzip.compress(EVIL), "unpacked gzip, byte 19"),
    "behind the header of an array": ("m.npy", wrappings.npy(EVIL), "byte 147"),
    "behind a picture": ("m.png", wrappings.png(EVIL), f"byte {len(wrappings.png(b'')) + 19}"),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_finding_says_where(case: str) -> None:
    name, data, where = PLACES[case]
    places = [finding.location.where for finding in check(name, data) if "mkdir" in finding.message]
    assert any(where in place for place in places), places


DISGUISED = {
    "a pickle as safetensors": ("m.safetensors", EVIL),
    "a pickle as a picture": ("m.png", EVIL),
    "a pickle as an array": ("m.npy", EVIL),
    "a checkpoint as safetensors": ("m.safetensors", torch_zip(HONEST)),
    "a pickle behind a picture": ("m.png", wrappings.png(EVIL)),
    "a pickle behind safetensors": ("m.safetensors", wrappings.safetensors(EVIL)),
    "a pickle behind a document": ("m.pdf", b"%PDF-1.4\n" + b"text " * 2000 + b"\0\xff" + EVIL),
    "a pickle behind noise": ("m.bin", b"\xff" + noise(9_000_000) + EVIL + noise(9999)),
    "without PROTO": ("m.png", wrappings.png(MAKES_FOLDER + STOP)),
    "by INST": ("m.png", wrappings.png(MARK + b"S'ran'\nios\nmkdir\n.")),
    "by STACK_GLOBAL without PROTO": ("m.png", wrappings.png(apply(stack_global("os", "mkdir"), "ran"))),
    "in a gap of an archive": ("m.pt", torch_zip(HONEST).replace(b"PK\x01\x02", EVIL + b"PK\x01\x02", 1)),
}


@pytest.mark.parametrize("case", DISGUISED)
def test_a_disguise_is_named(case: str) -> None:
    assert "pickle-disguised" in rules(*DISGUISED[case])


AMBIGUOUS = {
    "duplicate": wrappings.duplicate(HONEST, HONEST),
    "in two cases": torch_zip(HONEST, **{"DATA.PKL": HONEST}),
    "behind junk": b"junk" + torch_zip(HONEST),
    "another name": wrappings.patched(HONEST, 38, b"safe"),
    "outside": torch_zip(HONEST)[:0] + zipped({"a/data.pkl": HONEST, "a/version": b"3\n", "b/data.pkl": HONEST}),
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_an_ambiguous_model_is_named(case: str) -> None:
    assert rules("m.pt", AMBIGUOUS[case]) == {"archive-ambiguous"}


def _encrypted(name: str) -> bytes:
    data = bytearray(zipped({name: b"\xfe" + noise(99)}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _packed_by(method: int, name: str) -> bytes:
    data = bytearray(zipped({name: noise(99)}))
    data[8] = data[data.index(b"PK\x01\x02") + 10] = method
    return bytes(data)


def _sparse() -> bytes:
    entry = tarfile.TarInfo("model")
    entry.type = tarfile.GNUTYPE_SPARSE
    return entry.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


UNREADABLE = {
    "7z": ("models.7z", b"7z\xbc\xaf\x27\x1c" + bytes(60)),
    "7z under another name": ("model.bin", b"7z\xbc\xaf\x27\x1c" + bytes(60)),
    "RAR": ("models.rar", b"Rar!\x1a\x07\x01\x00" + bytes(60)),
    "7z in a zip": ("models.zip", zipped({"a": b"7z\xbc\xaf\x27\x1c" + bytes(60)})),
    "an encrypted pickle": ("a.zip", _encrypted("model.pkl")),
    "an encrypted secret": ("a.zip", _encrypted("something")),
    "a pickle packed in an unknown way": ("a.zip", _packed_by(99, "model.pkl")),
    "a sparse pickle": ("a.tar", _sparse()),
    "a pickle in zstd": ("model.pkl.zst", b"\x28\xb5\x2f\xfd" + noise(99)),
    "a zip without its end": ("m.pt", torch_zip(HONEST)[:-40]),
    "a checkpoint of noise": ("m.pt", b"\0" + noise(500)),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_no_pass(case: str) -> None:
    with pytest.raises(Unscannable):
        check(*UNREADABLE[case])


BROKEN = {
    "an empty pickle": ("m.pkl", b""),
    "a text as a pickle": ("m.pkl", b"<html>404</html>"),
    "a pickle that is cut off": ("m.pkl", pickle.dumps([1, 2, 3])[:-2]),
    "a compressed pickle that is cut off": ("m.joblib", zlib.compress(HONEST + noise(999))[:-200]),
    "an array without its header": ("m.npy", b"\x93NUMPY\x01\x00\xff\xff{"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_model_is_named(case: str) -> None:
    assert "pickle-malformed" in rules(*BROKEN[case])


QUIET = {
    "an empty text": ("notes.txt", b""),
    "a list of words": ("words.txt", b"cat\ndog\nemu\n"),
    "a list of classes": ("classes.txt", b"ibis\njay\nkite\nlark\n"),
    "a list of countries": ("table.csv", b"country,code\nDE,49\nFR,33\n"),
    "lines of numbers": ("table.txt", b"0.5 1\n1.5 2\n"),
    "Python": ("a.py", b"import os\nos.system('ls')\n"),
    "Python that begins with a class": ("a.py", b"class A:\n    pass\n"),
    "Lisp": ("a.el", b"(if\n  (foo)\n  (bar))\n"),
    "Lisp of one word per line": ("a.lisp", b"(import\n foo\n bar)\n"),
    "JSON": ("a.json", b'{"a": 1}'),
    "YAML": ("a.yaml", b"jobs:\n  a: 1\n"),
    "power of x": ("a.md", b"x^2 + y^2\n"),
    "a template": ("page.pt", b"<html tal:define='x y'></html>"),
    "a list of paths": ("site.pth", b"/usr/lib/python\n"),
    "a picture": ("a.png", wrappings.png(b"")),
    "noise": ("a.bin", b"\xff" + noise(200_000)),
    "much noise that begins with PROTO": ("weights.bin", b"\x80\x04" + noise(100_000)),
    "a safetensors file": ("a.safetensors", wrappings.safetensors(b"")[:-8]),
    "HDF5 as a checkpoint": ("a.ckpt", b"\x89HDF\r\n\x1a\n" + bytes(200)),
    "an archive of texts": ("a.zip", zipped({"a.txt": b"cat\ndog\n", "b.csv": b"a,b\n1,2\n"}, 8)),
    "an archive with a name twice": ("a.zip", wrappings.duplicate(b"text", b"more").replace(b"data.pkl", b"data.txt")),
    "an archive behind a program": ("a.pyz", b"#!/usr/bin/env python\n" + zipped({"__main__.py": b"pass\n"})),
    "tables packed in an unknown way": ("a.zip", _packed_by(99, "table.csv")),
    "an encrypted table": ("a.zip", _encrypted("table.csv")),
    "a wheel": ("a.whl", zipped({"a/__init__.py": b"", "a.dist-info/METADATA": b"Name: a\n"}, 8)),
    "a compressed table": ("a.csv.gz", gzip.compress(b"a,b\n1,2\n")),
    "a compressed log": ("a.log.xz", lzma.compress(b"line\n" * 99)),
    "a compressed table in zstd": ("a.jsonl.zst", b"\x28\xb5\x2f\xfd" + noise(99)),
    "a tar of texts": ("a.tar", tarred({"a.txt": b"cat\ndog\n", "b": b"some words\n"})),
    "a compressed tar of texts": ("a.tgz", gzip.compress(tarred({"a.txt": b"cat\ndog\n"}))),
    "an array": ("a.npy", wrappings.npy(bytes(12), descr="'<i4'", shape="(3,)")),
    "an array of objects": ("a.npy", wrappings.npy(pickle.dumps(["x"]))),
    "a plain pickle": ("a.pkl", pickle.dumps({"a": [1, 2.5, "x", None, b"y"]})),
    "a plain pickle as JSON": ("a.json", pickle.dumps({"a": 1})),
    "two plain pickles": ("a.pkl", pickle.dumps(1) + pickle.dumps(2, 0)),
    "a pickle with padding": ("a.pkl", pickle.dumps(1) + bytes(100)),
    "a pickle with a text behind": ("a.pkl", pickle.dumps(1) + b"end of file\n"),
    "an honest checkpoint": ("a.pt", torch_zip(HONEST)),
    "an honest old checkpoint": ("a.pth", torch_legacy(HONEST)),
    "shards of a checkpoint": ("__0_0.distcp", torch_zip(HONEST) * 3),
    "a tar around a checkpoint": ("a.tar", tarred({"config.yaml": b"a: 1", "model.ckpt": torch_zip(HONEST)})),
    "a compressed one": ("a.nemo", gzip.compress(tarred({"./model.ckpt": torch_zip(HONEST), "./a.yaml": b"a: 1"}))),
    "a program with a model in it": ("a.pyz", b"#!/usr/bin/python\n" + zipped({"model.pkl": HONEST})),
    "an array next to an old joblib file": ("a.pkl_01.npy.z", wrappings.zf(b"\xfe\1\0" + noise(99))),
    "an ancient checkpoint": ("a.pt", wrappings.torch_tar(b"\x80\x02X\x01\0\0\x007Q.")),
    "a zip of checkpoints": ("a.zip", zipped({"a.pt": torch_zip(HONEST), "b.pt": torch_zip(HONEST)})),
    "a document about pickles": ("a.md", b"# cos\nsystem\n(S'ls'\ntR.\n"),
}


@pytest.mark.parametrize("case", QUIET)
def test_the_rest_is_left_in_peace(case: str) -> None:
    name, data = QUIET[case]
    assert [finding.message for finding in check(name, data)] == []


@pytest.mark.parametrize("method", [0, 8], ids=["stored", "deflated"])
def test_an_array_of_numbers_hides_nothing_behind_it(method: int) -> None:
    numbers = wrappings.npy(bytes(12), descr="'<i4'", shape="(3,)")
    assert check("a.npz", zipped({"a.npy": numbers, "b.npy": numbers}, method)) == []
    for data in (wrappings.two_arrays(EVIL), numbers + EVIL):
        found = check("a.npz", zipped({"a.npy": numbers, "b.npy": data}, method))
        assert any("mkdir" in finding.message for finding in found)


def test_hostile_but_harmless_without_a_call() -> None:
    """A picture with bytes that look like the start of a pickle, or like an import, is a picture."""
    assert check("a.png", wrappings.png(b"\x80\x04\x95" + bytes(20) + b"cos\nsystem\n" + noise(99))) == []


def test_a_call_of_an_unknown_function_behind_a_picture_is_left_to_those_who_load_it() -> None:
    assert check("a.png", wrappings.png(call("my.module", "build", 1) + STOP)) == []


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xff" + b"\x80\x02" * 2_000_000, id="nothing but beginnings"),
        pytest.param(b"\xff" + b"\x80\x02N0" * 1_000_000, id="beginnings that go on to the end"),
        pytest.param(b"\xff" + b"cmodule\nname\n0" * 100_000, id="imports that go on to the end"),
        pytest.param(b"\xff" + b"\x8c\x02os\x8c\x02os0" * 14_000, id="names that go on to the end"),
        pytest.param(b"\xff" + (text("os") + POP) * 30_000 + b"\xff", id="texts that break at the end"),
        pytest.param(zipped({"a": b"N0" * 500_000}) * 9, id="archives behind each other"),
        pytest.param(b"\x93NUMPY\x01\x00\x02\x00{}" * 100_000, id="arrays behind each other"),
        pytest.param(gzip.compress(b"") * 100_000, id="empty streams behind each other"),
        pytest.param(tarred({"a": b""})[:512] * 20_000, id="a tar of empty members"),
        pytest.param(STOP * 1_000_000, id="nothing but STOP"),
        pytest.param(b"N." * 500_000, id="pickles behind each other"),
    ],
)
def test_work_is_bounded(data: bytes) -> None:
    """These take no longer than others of their size: the suite would be seen to hang."""
    with contextlib.suppress(Unscannable):
        check("model", data)
