"""Files changed in what is inside of them: a member of an archive, a field of a message, a token of a text, an opcode.

Plain changes of bytes end at the first checksum, length or compressed block. Here the wrapping is taken off, what is in
it is changed by the same means, and the wrapping is put around it again so that it fits.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickletools
import random
import re
import struct
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from mutations import mutated
from wire import varint

Change = Callable[[bytes, Sequence[bytes], random.Random], bytes]

MOST_UNPACKED = 1 << 20
_NAMES = (
    "../x",
    "/x",
    "a/../../x",
    "config.json",
    "schema.json",
    "model_config.yaml",
    "x.py",
    "data.pkl",
    "",
    "\u202e",
    "a" * 300,
)
_WORDS = (
    *("{", "}", "[", "]", ":", ",", '"', "'", "{{", "}}", "{%", "%}", "-", "&a", "*a", "!!python/name:os.system"),
    *('"class_name"', '"config"', '"module"', '"__class__"', "_target_", "target", '"Lambda"', "os.system", "${a.b}"),
    *("null", "true", "NaN", "1e999", "-1", "0", "9" * 30, "\\u0000", "\\ud800", "\n", "  ", "<!ENTITY", "<!--", "&a;"),
    *("|attr", "__globals__", "~", "*", "'a'", "is", "set", "for", "in", "if", "endfor", "macro", "call", "raw"),
)  # fmt: skip
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\w+|\s+|.', re.DOTALL)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    1 << 64,
    1.5,
    "",
    "x" * 200,
    "__class__",
    "os.system",
    [],
    {},
    [[]],
    {"": {}},
)
_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)


def changed(data: bytes, others: Sequence[bytes], generator: random.Random) -> bytes:
    """`data` changed in its bytes or in what is inside; `others` are files to take parts from."""
    if generator.random() < 0.75:
        fitting = [structure for structure in STRUCTURES if structure.fits(data)]
        if fitting:
            try:
                return generator.choice(fitting).change(data, others, generator)
            except _UNFIT:
                pass
    return mutated(data, others, generator)


_UNFIT = (ValueError, KeyError, IndexError, OverflowError, EOFError, OSError, RecursionError, struct.error, zlib.error)
_UNFIT += (zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, NotImplementedError, RuntimeError, AttributeError)


# ---- archives --------------------------------------------------------------------------------------------------------


def _zip(data: bytes, others: Sequence[bytes], generator: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [
            (info.filename, archive.read(info), info.compress_type)
            for info in archive.infolist()
            if info.file_size < MOST_UNPACKED
        ]
    at = generator.randrange(len(members))
    name, content, method = members[at]
    match generator.randrange(8):
        case 0:
            members.insert(generator.randrange(len(members) + 1), (name, changed(content, others, generator), method))
        case 1:
            members[at] = (generator.choice([*_NAMES, *(member[0] for member in members)]), content, method)
        case 2:
            members[at] = (name, generator.choice(others), method)
        case 3:
            members[at] = (name, content, generator.choice((0, 8, 12, 14)))
        case _:
            members[at] = (name, changed(content, others, generator), method)
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as archive:
        warnings.simplefilter("ignore")
        for name, content, method in members:
            archive.writestr(name, content, method)
    return out.getvalue()


def _tar(data: bytes, others: Sequence[bytes], generator: random.Random) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        members = []
        for info in archive.getmembers():
            stream = archive.extractfile(info) if info.isreg() else None
            members.append((info, stream.read(MOST_UNPACKED) if stream else b""))
    info, content = members[at := generator.randrange(len(members))]
    match generator.randrange(6):
        case 0:
            info.name = generator.choice(_NAMES)
        case 1:
            info.type, info.linkname = generator.choice((b"1", b"2", b"3", b"5", b"6")), generator.choice(_NAMES)
        case 2:
            members.insert(generator.randrange(len(members) + 1), (info, generator.choice(others)))
        case _:
            members[at] = (info, changed(content, others, generator))
    out = io.BytesIO()
    style = generator.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT))
    with tarfile.open(fileobj=out, mode="w", format=style) as archive:
        for info, content in members:
            info.size = len(content) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


_PACKERS: tuple[tuple[bytes, Callable[[Any], Any], Callable[[bytes], bytes]], ...] = (
    (b"\x1f\x8b", gzip.open, gzip.compress),
    (b"BZh", bz2.open, bz2.compress),
    (b"\xfd7zXZ", lzma.open, lzma.compress),
)


def _packed(data: bytes, others: Sequence[bytes], generator: random.Random) -> bytes:
    opened, pack = next((opened, pack) for mark, opened, pack in _PACKERS if data.startswith(mark))
    with opened(io.BytesIO(data)) as stream:
        content = stream.read(MOST_UNPACKED)
    if generator.random() < 0.1:
        pack = generator.choice([entry[2] for entry in _PACKERS])
    return pack(changed(content, others, generator))


# ---- texts -----------------------------------------------------------------------------------------------------------


def _is_text(data: bytes) -> bool:
    return 0 < len(data) < MOST_UNPACKED and not data.translate(None, _PRINTABLE)


_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])


def _text(data: bytes, others: Sequence[bytes], generator: random.Random) -> bytes:
    """Tokens dropped, repeated, exchanged, and taken from other texts."""
    tokens = _TOKEN.findall(data.decode())
    for _ in range(generator.choice((1, 1, 2, 3, 8))):
        at = generator.randrange(len(tokens) + 1)
        size = generator.choice((1, 1, 2, 5, 20))
        match generator.randrange(6):
            case 0:
                del tokens[at : at + size]
            case 1:
                tokens[at:at] = tokens[at : at + size] * generator.choice((1, 2, 30))
            case 2:
                tokens[at : at + 1] = [generator.choice(_WORDS)]
            case 3:
                tokens.insert(at, generator.choice(_WORDS))
            case 4:
                if tokens:
                    other = generator.randrange(len(tokens))
                    tokens[at : at + size] = tokens[other : other + size]
            case 5:
                other_text = generator.choice(others)
                if _is_text(other_text):
                    words = _TOKEN.findall(other_text[:20_000].decode())
                    start = generator.randrange(len(words))
                    tokens[at : at + generator.choice((0, size))] = words[start : start + size]
    return "".join(tokens).encode()


def _is_json(data: bytes) -> bool:
    return data[:1] in (b"{", b"[") and _is_text(data)


def _json(data: bytes, others: Sequence[bytes], generator: random.Random) -> bytes:
    """A value of the tree exchanged for another one."""
    document = json.loads(data)
    places: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting:
        item = waiting.pop()
        pairs = (
            list(item.items()) if isinstance(item, dict) else list(enumerate(item)) if isinstance(item, list) else []
        )
        places += [(item, key) for key, _ in pairs]
        waiting += [value for _, value in pairs]
    holder, key = generator.choice(places)
    values = [*_VALUES, *(owner[name] for owner, name in generator.sample(places, min(5, len(places))))]
    new = generator.choice(values)
    if isinstance(holder[key], str) and generator.random() < 0.5:
        new = changed(holder[key].encode(), others, generator).decode("utf-8", "replace")
    holder[key] = json.loads(json.dumps(new))
    return json.dumps(document).encode()


# ---- binary formats --------------------------------------------------------------------------------------------------


def _safetensors(data: bytes, others: Sequence[bytes], generator: random.Random) -> bytes:
    """The header changed, and its length with it."""
    length = struct.unpack_from("<Q", data)[0]
    header = changed(data[8 : 8 + length], others, generator)
    return struct.pack("<Q", len(header)) + header + data[8 + length :]


def _is_safetensors(data: bytes) -> bool:
    return data[8:9] == b"{" and struct.unpack_from("<Q", data)[0] + 8 <= len(data)


def _npy(data: bytes, others: Sequence[bytes], generator: random.Random) -> bytes:
    length = struct.unpack_from("<H", data, 8)[0]
    header = changed(data[10 : 10 + length], others, generator)[:0xFFFF]
    return data[:8] + struct.pack("<H", len(header)) + header + data[10 + length :]


Field = tuple[int, int, "bytes | int"]


def _fields(data: bytes) -> list[Field]:
    """The fields of a protocol buffer message; ValueError when it is none."""
    found: list[Field] = []
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            if at >= len(data) or shift > 63:
                raise ValueError
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = number()
        kind = key & 7
        if not key >> 3 or kind not in (0, 1, 2, 5):
            raise ValueError
        if kind == 0:
            found.append((key >> 3, kind, number()))
            continue
        size = {1: 8, 5: 4}.get(kind) or number()
        if at + size > len(data):
            raise ValueError
        found.append((key >> 3, kind, data[at : at + size]))
        at += size
    return found


def _is_message(data: bytes) -> bool:
    if _is_text(data) or not data or len(data) > 200_000:
        return False
    try:
        return bool(_fields(data))
    except ValueError:
        return False


def _message(data: bytes, others: Sequence[bytes], generator: random.Random) -> bytes:
    fields = _fields(data)
    at = generator.randrange(len(fields))
    number, kind, value = fields[at]
    match generator.randrange(8):
        case 0:
            del fields[at]
        case 1:
            fields[at:at] = [fields[at]] * generator.choice((1, 2, 50))
        case 2:
            fields[at] = (generator.choice((1, 2, 5, 7, 8, 13, 20, 25, 200, 500, 556, number + 1)), kind, value)
        case 3:
            other = generator.choice(fields)
            fields[at] = (number, other[1], other[2])
        case _:
            if isinstance(value, int):
                fields[at] = (number, kind, generator.choice(_NUMBERS))
            else:
                new = changed(value, others, generator)
                fields[at] = (number, kind, new if kind == 2 else new[: len(value)].ljust(len(value), b"\0"))
    out = bytearray()
    for number, kind, value in fields:
        out += varint(number << 3 | kind)
        if isinstance(value, int):
            out += varint(value)
        else:
            out += (varint(len(value)) if kind == 2 else b"") + value
    return bytes(out)


def _pickle(data: bytes, others: Sequence[bytes], generator: random.Random) -> bytes:
    """Opcodes with their arguments dropped, repeated and moved, in one of the pickles that stand in a row."""
    ends, at = [], 0
    while data[at : at + 1] == b"\x80" and len(ends) < 8:
        stream = io.BytesIO(data[at:])
        for _ in pickletools.genops(stream):
            pass
        ends.append((at, at + stream.tell()))
        at += stream.tell()
    start, stop = generator.choice(ends)
    codes = _opcodes(data[start:stop])
    other = generator.choice(others)
    source = _opcodes(other) if other[:1] == b"\x80" and generator.random() < 0.3 else codes
    for _ in range(generator.choice((1, 1, 2, 4))):
        at, size = generator.randrange(len(codes)), generator.choice((1, 1, 2, 6))
        take = generator.randrange(len(source))
        match generator.randrange(4):
            case 0:
                del codes[at : at + size]
            case 1:
                codes[at:at] = source[take : take + size]
            case 2:
                codes[at : at + size] = source[take : take + size]
            case 3:
                codes[at] = codes[at][:1] + mutated(codes[at][1:], others, generator)[:50]
        codes = codes or [b"."]
    return data[:start] + b"".join(codes) + data[stop:]


def _opcodes(data: bytes) -> list[bytes]:
    """Without FRAMEs: their lengths would no longer be right, and no reader needs them."""
    places = [(code.name, place) for code, _, place in pickletools.genops(data)]
    ends = [place for _, place in places[1:]] + [len(data)]
    return [data[place:end] for (name, place), end in zip(places, ends, strict=True) if name != "FRAME"]


def _numbers(data: bytes, _others: Sequence[bytes], generator: random.Random) -> bytes:
    """Lengths, counts and offsets: set to the ends of their range, to places in the file, or a little off."""
    body = bytearray(data)
    for _ in range(generator.choice((1, 1, 2, 3))):
        width = generator.choice((1, 2, 4, 4, 8))
        at = generator.randrange(len(body))
        if generator.random() < 0.7:
            at -= at % min(width, 4)
        order: Any = generator.choice(("little", "little", "big"))
        old = int.from_bytes(body[at : at + width], order)
        new = generator.choice(
            (
                generator.choice(_NUMBERS),
                generator.randrange(len(body)),
                old + generator.choice((-8, -1, 1, 8)),
                old * 2,
            )
        )
        body[at : at + width] = (new % (1 << 8 * width)).to_bytes(width, order)
    return bytes(body)


class Structure(NamedTuple):
    """A kind of file, by a look at its bytes, and how it is changed inside."""

    fits: Callable[[bytes], bool]
    change: Change


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(marks)


STRUCTURES = (
    Structure(_starts(b"PK\x03\x04"), _zip),
    Structure(lambda data: data[257:262] == b"ustar", _tar),
    Structure(_starts(*(entry[0] for entry in _PACKERS)), _packed),
    Structure(_is_text, _text),
    Structure(_is_json, _json),
    Structure(_is_safetensors, _safetensors),
    Structure(_starts(b"\x93NUMPY"), _npy),
    Structure(_is_message, _message),
    Structure(lambda data: data[:1] == b"\x80", _pickle),
    Structure(lambda data: len(data) > 0 and not _is_text(data) and not data.startswith(b"PK"), _numbers),
)
