"""Streams of opcodes, honest and not: grown along a rough model of the stack, so that most of them get far."""

from __future__ import annotations

import collections
import pickle
import random
import struct
from collections.abc import Callable

NAMES = [
    "os",
    "system",
    "builtins",
    "getattr",
    "a.b",
    "C",
    "collections",
    "OrderedDict",
    "x y",
    "\u00e9",
    "__builtin__",
    "xrange",
]
TEXTS = ["", "a", "os", "system", "01", "\u00e9\u20ac", "\udc80", "x" * 70]
INTS = [
    b"0",
    b"1",
    b"00",
    b"01",
    b"017",
    b"0x10",
    b"-0x5",
    b"0o17",
    b"1_0",
    b" 7",
    b"7 ",
    b"+1",
    b"-0",
    b"5\0zz",
    b"",
    b"12L",
    b"001",
    b"0b11",
    b"9" * 25,
    b"\0",
    b"07777777777777777777777777",
    b"08",
    b"\t3",
    b"3\r",
    b"--1",
    b"0x",
]
FLOATS = [
    b"1.5",
    b"-2",
    b"inf",
    b" 1.5",
    b"1.5 ",
    b"1_0.5",
    b"-Infinity",
    b"nan",
    b"1e999",
    b"-1e400",
    b".5",
    b"5.",
    b"1e",
    b"",
    b"1.5\0x",
    b"0x1p3",
    b"+.e1",
]
STRINGS = [
    rb"'os'",
    rb'"os"',
    rb"'o\x73'",
    rb"'\157s'",
    rb"'a'b'",
    rb"'",
    rb"os",
    rb"'os' ",
    rb"'\x'",
    rb"'\n\'\\'",
    b"'os\\",
    b"'\\400'",
    b"'\xe9'",
    b"'a\\qb'",
    b"''",
    b"'\\\\'",
]
UNICODES = [b"os", rb"\u006fs", rb"\x6fs", rb"\u00", b"\xe9", rb"\U0001F600", rb"\ud800", b"", b"a\\", b"\\\\u0041"]
INDEXES = [
    b"0",
    b"1",
    b"2",
    b"3",
    b" 1",
    b"01",
    b"1_0",
    b"-1",
    b"0x1",
    b"1L",
    b"",
    b"1\0",
    b"300",
    b"99999999999999999999",
]

Rng = random.Random


def _line(options: list[bytes]) -> Callable[[Rng], bytes]:
    """A line; mostly one of the first three, which every machine can read."""
    return lambda rng: rng.choice(options[:3] if rng.random() < 0.9 else options) + b"\n"


def _name(rng: Rng) -> bytes:
    return rng.choice(NAMES).encode() if rng.random() < 0.97 else rng.choice([b"", b"\xff", b"a\rb"])


def _counted(op: bytes, size: str, payload: Callable[[Rng], bytes]) -> Callable[[Rng], bytes]:
    def make(rng: Rng) -> bytes:
        data = payload(rng)
        length = len(data) if rng.random() < 0.985 else rng.choice([0, len(data) + 3, 200])
        return op + struct.pack(size, length) + data

    return make


def _text(rng: Rng) -> bytes:
    if rng.random() < 0.02:
        return rng.choice([b"\xff", b"\xc3", b"\xed\xa0\x80", b"a\x80"])
    return rng.choice(TEXTS + NAMES).encode("utf-8", "surrogatepass")


def _raw(rng: Rng) -> bytes:
    return rng.choice([b"", b"os", b"\0\1", b"\xff\xfe", b"cos\nsystem\n", b"."])


def _frame(rng: Rng) -> bytes:
    return b"\x95" + struct.pack("<Q", rng.choice([0, 1, 2, 3, 5, 8, 13, 21, 40, 80, 150, 1 << 62, (1 << 63) + 1]))


PUSHES: list[Callable[[Rng], bytes]] = [
    lambda rng: rng.choice([b"N", b"\x88", b"\x89", b")", b"]", b"}", b"\x8f"]),
    lambda rng: b"K" + bytes([rng.choice([0, 1, 2, 5, 200, 255])]),
    lambda rng: b"M" + struct.pack("<H", rng.choice([0, 1, 300])),
    lambda rng: b"J" + struct.pack("<i", rng.choice([0, 1, -1, 1 << 20])),
    lambda rng: b"G" + struct.pack(">d", 1.5),
    lambda rng: b"I" + _line(INTS)(rng),
    lambda rng: b"L" + _line(INTS)(rng),
    lambda rng: b"F" + _line(FLOATS)(rng),
    lambda rng: b"S" + _line(STRINGS)(rng),
    lambda rng: b"V" + _line(UNICODES)(rng),
    _counted(b"\x8c", "<B", _text),
    _counted(b"\x8c", "<B", _text),
    _counted(b"X", "<I", _text),
    _counted(b"\x8d", "<Q", _text),
    _counted(b"U", "<B", _raw),
    _counted(b"T", "<I", _raw),
    _counted(b"C", "<B", _raw),
    _counted(b"B", "<I", _raw),
    _counted(b"\x8e", "<Q", _raw),
    _counted(b"\x96", "<Q", _raw),
    _counted(b"\x8a", "<B", lambda rng: rng.choice([b"", b"\1", b"\xff\x01", b"\x80"])),
    _counted(b"\x8b", "<i", lambda rng: rng.choice([b"", b"\1"])),
]
IMPORTS: list[Callable[[Rng], bytes]] = [
    lambda rng: b"c" + _name(rng) + b"\n" + _name(rng) + b"\n",
    lambda rng: b"".join(b"\x8c" + bytes([len(n)]) + n for n in (_name(rng), _name(rng))) + b"\x93",
    lambda rng: b"V" + _line(UNICODES)(rng) + b"S" + _line(STRINGS)(rng) + b"\x93",
    lambda rng: b"(" + rng.choice([b"", b"K\1"]) + b"i" + _name(rng) + b"\n" + _name(rng) + b"\n",
]
CAREFUL: list[Callable[[Rng], bytes]] = [
    lambda rng: (
        rng.choice(IMPORTS)(rng) + rng.choice([b")R", b")\x81", b"(K\1tR", b")}\x92", b"(K\1N\x86R", b"N\x85\x81"])
    ),
    lambda rng: (
        rng.choice(IMPORTS)(rng) + b")\x81" + rng.choice([b"}b", b"Nb", b"K\1a", b"(K\1e", b"K\1Ns", b"(K\1\x90"])
    ),
    lambda rng: b"(" + rng.choice(IMPORTS)(rng) + rng.choice([b"o", b"K\1o", b"t", b"l", b"K\1d", b"\x91"]),
    lambda rng: rng.choice(
        [b"K\1Q", b"Pabc\n", b"]K\1a", b"}K\1Ns", b"](K\1K\2e", b"}(K\1K\2u", b"\x8f(K\1\x90", b"(K\1K\2t"]
    ),
    lambda rng: rng.choice(
        [b"(K\1l", b"(K\1Nd", b"(K\1\x91", b"K\1\x85", b"K\1K\2\x86", b"(K\1K\2" + b"K\3" * 70 + b"t", b"N0", b"N2"]
    ),
    lambda rng: b"](" + b"K\1" * rng.choice([3, 70]) + b"e",
]
CALLS: list[Callable[[Rng], bytes]] = [
    lambda rng: rng.choice(
        [b")R", b")\x81", b"]R", b"}R", b"NR", b"\x85R", b"\x86R", b"R", b"\x81", b"\x8c\2abR", b"C\1aR"]
    ),
    lambda rng: rng.choice([b")}\x92", b"\x92", b")}\x8c\1aNs\x92", b")}K\1Ns\x92", b")N\x92"]),
    lambda rng: rng.choice(
        [b"}b", b"Nb", b"b", b"N}\x86b", b"}N\x86b", b"]b", b"K\0b", b"\x8c\0b", b"N}\x8c\1aNs\x86b"]
    ),
    lambda rng: rng.choice([b"o", b"(o", b"Q", b"Pabc\n", b"P\xff\n", b"(cos\nx\nK\1o", b"(cos\nx\no", b"(K\1o"]),
]
CONTAINERS = [
    b"a",
    b"s",
    b"e",
    b"u",
    b"t",
    b"l",
    b"d",
    b"\x90",
    b"\x91",
    b"\x85",
    b"\x86",
    b"\x87",
    b"(",
    b"(",
    b"(",
    b"1",
    b"0",
    b"2",
    b"]K\1a",
    b"}K\1Ns",
    b"](K\1K\2e",
    b"}(K\1K\2u",
    b"}(K\1u",
    b"\x8f(K\1K\2\x90",
    b"(K\1\x91",
    b"(]\x91",
    b"}]Ns",
    b"](e",
    b"}(u",
    b"N(e",
    b"K\1(u",
    b"N(\x90",
    b"](K\1eK\0Ns",
    b"]K\0Ns",
    b"]K\1aK\0Ns",
    b"]K\1a\x89Ns",
    b"]K\1aG" + b"\0" * 8 + b"Ns",
    b"}](K\1e\x85Ns",
    b"}K\1\x85Ns",
    b"\x96\2\0\0\0\0\0\0\0abK\1a",
    b"\x96\2\0\0\0\0\0\0\0abK\0K\7s",
    b"\x96\1\0\0\0\0\0\0\0aNa",
]


def _memo(rng: Rng) -> bytes:
    small = bytes([rng.choice([0, 1, 2, 3, 4, 5, 255])])
    return rng.choice(
        [
            b"\x94",
            b"\x94",
            b"\x94",
            b"q" + small,
            b"h" + small,
            b"h" + small,
            b"r" + small + b"\0\0\0",
            b"j" + small + b"\0\0\0",
            b"p" + _line(INDEXES)(rng),
            b"g" + _line(INDEXES)(rng),
        ]
    )


def _memo_of_a_value(rng: Rng) -> bytes:
    number = rng.choice([0, 1, 2, 3])
    put = rng.choice([b"\x94", b"q%c" % number, b"p%d\n" % number, b"r%c\0\0\0" % number])
    get = rng.choice([b"", b"h%c" % number, b"g%d\n" % number, b"j%c\0\0\0" % number])
    return rng.choice(PUSHES[:5] + IMPORTS)(rng) + put + (get if put != b"\x94" else b"")


def _odd(rng: Rng) -> bytes:
    return rng.choice(
        [
            b"\x80" + bytes([rng.choice([0, 1, 2, 3, 4, 5, 5, 6, 200])]),
            _frame(rng),
            _frame(rng),
            b".",
            bytes([rng.randrange(256)]),
            b"\x98",
            b"C\1a\x98",
            b"\x82\1",
            b"\x82\0",
            b"\x83\1\0",
            b"\x84\1\0\0\0",
            b"\x84\xff\xff\xff\xff",
            b"\x97",
        ]
    )


def grown(rng: Rng) -> bytes:
    """A stream out of pieces, most of which fit where they stand."""
    parts = [rng.choice([b"", b"\x80\2", b"\x80\4", b"\x80\5"])]
    odd_share, careless_share = rng.choice([(0.0, 0.0), (0.0, 0.1), (0.02, 0.3), (0.1, 1.0)])
    for _ in range(rng.randint(1, 40)):
        kind = rng.random()
        if kind < odd_share:
            parts.append(_odd(rng))
        elif rng.random() > careless_share:
            parts.append(rng.choice(rng.choice([PUSHES, CAREFUL, CAREFUL, [_memo_of_a_value]]))(rng))
        elif kind < 0.42:
            parts.append(rng.choice(PUSHES)(rng))
        elif kind < 0.60:
            parts.append(rng.choice(IMPORTS)(rng))
        elif kind < 0.72:
            parts.append(rng.choice(CALLS)(rng))
        elif kind < 0.86:
            parts.append(_memo(rng))
        else:
            parts.append(rng.choice(CONTAINERS))
    if rng.random() < 0.9:
        parts.append(b".")
    return b"".join(parts)


class Thing:
    """Something with a state."""

    def __init__(self, value: object) -> None:
        self.value = value


def seeds() -> list[bytes]:
    """Real pickles of all protocols."""
    values: list[object] = [
        [1, 2.5, "a", b"b", None, True, (1,), {"a": [1]}, {1, 2}, frozenset([3]), bytearray(b"x"), 1 << 100, -1],
        collections.OrderedDict(a=1, b=[2]),
        [Thing(1), Thing([Thing("x"), "x"])],
        collections.defaultdict(list, a=[1]),
        collections.deque([1, 2]),
        [len, int, Thing, complex(1, 2)],
        {(1, "a"): [("b", 2)] * 3},
    ]
    return [pickle.dumps(value, protocol) for value in values for protocol in range(6)]


def mutated(rng: Rng, pool: list[bytes]) -> bytes:
    """A real pickle with a few bytes changed, lost, doubled, or exchanged with another one's."""
    data = bytearray(rng.choice(pool))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        size = rng.randint(1, 6)
        what = rng.randrange(5)
        if what == 0 and at < len(data):
            data[at] = rng.randrange(256)
        elif what == 1:
            del data[at : at + size]
        elif what == 2:
            data[at:at] = data[at : at + size]
        elif what == 3:
            other = rng.choice(pool)
            start = rng.randrange(len(other))
            data[at : at + size] = other[start : start + size]
        else:
            data[at:at] = rng.choice(PUSHES + IMPORTS + CALLS)(rng)
    return bytes(data)
