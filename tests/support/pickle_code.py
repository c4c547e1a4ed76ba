"""An assembler for pickles: small functions that give the bytes of one or a few opcodes, for tests to join.

Values are pushed the plain way: text as SHORT_BINUNICODE or BINUNICODE, integers as BININT. Nothing memoizes.
"""

from __future__ import annotations

from struct import pack

STOP = b"."
POP = b"0"
DUP = b"2"
NONE = b"N"
MARK = b"("
EMPTY_DICT = b"}"
EMPTY_LIST = b"]"
EMPTY_TUPLE = b")"
TUPLE = b"t"
TUPLE1 = b"\x85"
TUPLE2 = b"\x86"
TUPLE3 = b"\x87"
REDUCE = b"R"
BUILD = b"b"
OBJ = b"o"
NEWOBJ = b"\x81"
NEWOBJ_EX = b"\x92"
APPEND = b"a"
APPENDS = b"e"
SETITEM = b"s"
SETITEMS = b"u"
ADDITEMS = b"\x90"
STACK_GLOBAL = b"\x93"
MEMOIZE = b"\x94"
BINPERSID = b"Q"


def proto(number: int) -> bytes:
    return b"\x80" + bytes([number])


def text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return (b"\x8c" + bytes([len(data)]) if len(data) < 256 else b"X" + pack("<I", len(data))) + data


def binary(value: bytes) -> bytes:
    return (b"C" + bytes([len(value)]) if len(value) < 256 else b"B" + pack("<I", len(value))) + value


def integer(value: int) -> bytes:
    return b"J" + pack("<i", value)


def values(*items: object) -> bytes:
    """Pushes of plain values: str, bytes, int, None, tuples and lists of them; bytearray stands for code as it is."""
    return b"".join(map(_value, items))


def _value(item: object) -> bytes:
    match item:
        case bytearray():
            return bytes(item)
        case None:
            return NONE
        case str():
            return text(item)
        case bytes():
            return binary(item)
        case int():
            return integer(item)
        case tuple():
            return MARK + values(*item) + TUPLE
        case list():
            return EMPTY_LIST + MARK + values(*item) + APPENDS
        case dict():
            return EMPTY_DICT + MARK + b"".join(values(key, item[key]) for key in item) + SETITEMS
    raise TypeError(type(item))


def code(data: bytes) -> bytearray:
    """Marks bytes as code that pushes a value, for use among the arguments of `call` and `values`."""
    return bytearray(data)


def global_(module: str, name: str) -> bytes:
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def stack_global(module: str, name: str) -> bytes:
    return text(module) + text(name) + STACK_GLOBAL


def call(module: str, name: str, *arguments: object) -> bytes:
    """The result of calling a global, by GLOBAL and REDUCE."""
    return global_(module, name) + values(arguments) + REDUCE


def apply(function: bytes, *arguments: object) -> bytes:
    """The result of calling what `function` pushes."""
    return function + values(arguments) + REDUCE


def framed(body: bytes) -> bytes:
    """A protocol 4 pickle with one frame, as the standard pickler writes it."""
    return proto(4) + b"\x95" + pack("<Q", len(body)) + body
