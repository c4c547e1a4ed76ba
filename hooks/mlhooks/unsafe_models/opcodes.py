"""The opcodes of pickle, and regular expressions that step over runs of harmless ones at C speed.

Names, bytes and arguments: the comments of CPython's `Lib/pickletools.py` and `Modules/_pickle.c`. No opcode is tied
to a protocol when a pickle is read.
"""

from __future__ import annotations

import re
from functools import cache

MARK, STOP, POP, POP_MARK, DUP = 0x28, 0x2E, 0x30, 0x31, 0x32
FLOAT, INT, BININT, BININT1, LONG, BININT2, NONE = 0x46, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E
PERSID, BINPERSID, REDUCE = 0x50, 0x51, 0x52
STRING, BINSTRING, SHORT_BINSTRING, UNICODE, BINUNICODE = 0x53, 0x54, 0x55, 0x56, 0x58
APPEND, BUILD, GLOBAL, DICT, EMPTY_DICT, APPENDS = 0x61, 0x62, 0x63, 0x64, 0x7D, 0x65
GET, BINGET, INST, LONG_BINGET, LIST, EMPTY_LIST, OBJ = 0x67, 0x68, 0x69, 0x6A, 0x6C, 0x5D, 0x6F
PUT, BINPUT, LONG_BINPUT, SETITEM, TUPLE, EMPTY_TUPLE, SETITEMS = 0x70, 0x71, 0x72, 0x73, 0x74, 0x29, 0x75
BINFLOAT, BINBYTES, SHORT_BINBYTES = 0x47, 0x42, 0x43
PROTO, NEWOBJ, EXT1, EXT2, EXT4 = 0x80, 0x81, 0x82, 0x83, 0x84
TUPLE1, TUPLE2, TUPLE3, NEWTRUE, NEWFALSE, LONG1, LONG4 = 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8B
SHORT_BINUNICODE, BINUNICODE8, BINBYTES8, EMPTY_SET, ADDITEMS = 0x8C, 0x8D, 0x8E, 0x8F, 0x90
FROZENSET, NEWOBJ_EX, STACK_GLOBAL, MEMOIZE, FRAME = 0x91, 0x92, 0x93, 0x94, 0x95
BYTEARRAY8, NEXT_BUFFER, READONLY_BUFFER = 0x96, 0x97, 0x98

HIGHEST_PROTOCOL = 5

NAMES = {
    value: name
    for name, value in list(globals().items())
    if name.isupper() and isinstance(value, int) and name != "HIGHEST_PROTOCOL"
}
"""Opcode byte to name; what is missing here is no opcode."""

FIXED_WIDTHS = {
    NONE: 1,
    NEWTRUE: 1,
    NEWFALSE: 1,
    BININT1: 2,
    BININT2: 3,
    BININT: 5,
    BINFLOAT: 9,
}
"""Opcodes that push one plain value: size in bytes with the opcode itself."""

WIDTH = bytes(FIXED_WIDTHS.get(op, 0) for op in range(256))

LENGTH_BYTES = {
    SHORT_BINUNICODE: 1,
    SHORT_BINBYTES: 1,
    SHORT_BINSTRING: 1,
    LONG1: 1,
    BINUNICODE: 4,
    BINBYTES: 4,
    BINSTRING: 4,
    LONG4: 4,
    BINUNICODE8: 8,
    BINBYTES8: 8,
    BYTEARRAY8: 8,
}
"""Opcodes that carry a length and as many bytes: size of the length field."""


NUMBERS = rb"K.|N|\x88|\x89|M..|G.{8}|J.{4}"


@cache
def number_group() -> re.Pattern[bytes]:
    """A mark, many numbers, and the opcode that makes one tuple or list of them, or appends them all."""
    return re.compile(rb"\((?:%b){64,}+[tle]" % NUMBERS, re.DOTALL)


@cache
def inert_run() -> re.Pattern[bytes]:
    """Opcodes that can neither import nor call, as long as nothing imported or called is on the stack or in the memo.

    Whatever the stack looks like: an opcode that fails ends the load, and one that does not has no effect outside of
    it. Strings and bytes longer than 63 are left out: the expression ends there, and begins again after the payload.
    LONG_BINPUT is in up to an index of 2**24, because the C unpickler allocates a table up to the index.
    """
    arguments = rb"h.|q.|\x94|j.{4}|r.{3}\x00|\x80[\x00-\x05]"
    structure = rb"[()\]}\x8f\x85-\x87tldusea012\x90\x91]"
    strings = b"|".join(_of_length(op, n) for op in (SHORT_BINUNICODE, SHORT_BINBYTES) for n in range(64))
    integers = b"|".join(_of_length(LONG1, n) for n in range(17))
    return re.compile(b"(?:%b|%b|%b|%b|%b)*+" % (NUMBERS, structure, arguments, strings, integers), re.DOTALL)


def _of_length(op: int, length: int) -> bytes:
    """A regular expression cannot read a length from the text that it matches: one alternative for each."""
    return re.escape(bytes([op, length])) + (b".{%d}" % length if length else b"")
