"""Tar archives: POSIX ustar, GNU and pax, and what was written before those.

Members stand one behind the other, so a tar is read from header to header; only what is in a member that a loader of
pickles may want is looked at. Layout: POSIX.1-2017 (pax), and the GNU tar manual.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.stream import Piece

HEADER_BYTES = 512
_BLOCK = 512
_NAME = slice(0, 100)
_LINK_NAME = slice(157, 257)
_SIZE = slice(124, 136)
_CHECKSUM = slice(148, 156)
_TYPE = 156
_MAGIC = slice(257, 262)
_PREFIX = slice(345, 500)
_SPARSE = b"S"
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL = b"L", b"K", b"x", b"g"
_ABOUT_NEXT = (_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL)
HARD_LINK, SYMBOLIC_LINK, FOLDER = b"1", b"2", b"5"
LINKS = frozenset((HARD_LINK, SYMBOLIC_LINK))
DEVICES = frozenset((b"3", b"4", b"6"))
_WITHOUT_DATA = LINKS | DEVICES | {FOLDER}
_MAX_OCTAL_SIZE = 8**11 - 1
_MAX_HEADER_BYTES = 1 << 16
_MAX_NAME_BYTES = 4096  # longer ones cannot be unpacked
_ZEROS = re.compile(rb"\0*+")
_PAX_RECORD = re.compile(rb"\d+ (path|linkpath|size)=([^\n]*)\n")


SPARSE = "is a sparse file, which cannot be read here"


class Entry(NamedTuple):
    """A member's bytes: from `start` to `end` of the piece. `fault` is a clause that goes after "member X ", or "".

    `kind` is the type flag of the header, `target` what a link leads to.
    """

    name: str
    start: int
    end: int
    fault: str = ""
    kind: bytes = b"0"
    target: str = ""


class _Next(NamedTuple):
    """What headers of their own say about the member behind them."""

    name: str | None = None
    size: int | None = None
    target: str | None = None


def is_tar(header: bytes) -> bool:
    """Whether these 512 bytes are a header of a tar member: its checksum says so."""
    stated = _octal(header[_CHECKSUM])
    if not stated or len(header) < HEADER_BYTES:
        return False
    # The field itself counts as blanks; some writers took bytes as signed.
    body = header[: _CHECKSUM.start] + b" " * 8 + header[_CHECKSUM.stop :]
    return stated == sum(body) or stated == sum(body) - 256 * sum(byte > 127 for byte in body)


def entries(piece: Piece, *, max_members: int) -> Iterator[Entry]:
    """The members that have content, in order; where the archive breaks, an entry without a name and with a fault."""
    return (entry for entry in members(piece, max_members=max_members) if entry.start < entry.end or entry.fault)


def members(piece: Piece, *, max_members: int) -> Iterator[Entry]:
    """As `entries`, and those that are empty: links, devices, folders, files without content."""
    data, at = piece.data, piece.start
    about = always = _Next()
    for _ in range(max_members):
        at = _after_zeros(piece, at)
        header = data[at : min(at + HEADER_BYTES, piece.end)]
        if not is_tar(header):
            if any(header):
                yield Entry("", at, at, "is damaged here, and what follows was not read")
            return
        stated = _number(header[_SIZE])
        start = at + HEADER_BYTES
        at = start + _blocks(stated)
        kind = header[_TYPE : _TYPE + 1]
        if kind in _ABOUT_NEXT:
            text = data[start : min(start + min(stated, _MAX_HEADER_BYTES), piece.end)]
            about = _about_next(kind, text, about)
            always = _about_next(kind, text, always) if kind == _PAX_GLOBAL else always
            continue
        name = about.name or _name(header)
        if kind == _SPARSE:
            yield Entry(name, start, start, SPARSE)
        elif kind not in _WITHOUT_DATA:
            yield from _entry(name, start, stated, about.size, piece.end)
            at = start + _blocks(stated if about.size is None else about.size)
        else:
            yield Entry(name, start, start, "", kind, about.target or _text(header[_LINK_NAME]))
            if stated and is_tar(data[start : start + HEADER_BYTES]):
                # A link or a folder with a size: for Python the next member starts right here.
                at = start
        about = always
        if at >= piece.end:
            return
    yield Entry("", at, at, f"has more than {max_members:,} members, and the rest was not read")


def _blocks(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _entry(name: str, start: int, stated: int, pax_size: int | None, limit: int) -> Iterator[Entry]:
    """The member; twice when its header and the pax header before it give it two sizes."""
    if not stated and pax_size is not None and pax_size > _MAX_OCTAL_SIZE:
        stated = pax_size  # how writers put what does not fit into the header
    for size in dict.fromkeys((stated, stated if pax_size is None else pax_size)):
        fault = "is cut off" if start + size > limit else ""
        if pax_size not in (None, stated):
            fault = "has two different sizes, and readers differ in which one they take"
        if size or not stated:
            yield Entry(name, min(start, limit), min(start + size, limit), fault)


def _about_next(kind: bytes, text: bytes, about: _Next) -> _Next:
    """What a GNU or pax header states, on top of what the headers before it did."""
    if kind == _LONG_NAME:
        return about._replace(name=_text(text))
    if kind == _LONG_LINK:
        return about._replace(target=_text(text))
    for key, value in _PAX_RECORD.findall(text):
        if key == b"size":
            if value.isdigit() and len(value) < 20:
                about = about._replace(size=int(value))
        else:
            stated = _text(value)
            about = about._replace(name=stated) if key == b"path" else about._replace(target=stated)
    return about


def _after_zeros(piece: Piece, at: int) -> int:
    """The first block from `at` on that is not empty. Readers that are told to ignore zeros go on there."""
    end = _ZEROS.match(piece.data, at, piece.end).end()  # type: ignore[union-attr]  # it matches nothing, too
    return at + (end - at) // _BLOCK * _BLOCK


def _name(header: bytes) -> str:
    name = _text(header[_NAME])
    has_prefix = header[_MAGIC] == b"ustar" and header[_PREFIX.start]
    return f"{_text(header[_PREFIX])}/{name}" if has_prefix else name


def _text(field: bytes) -> str:
    return field[:_MAX_NAME_BYTES].partition(b"\0")[0].decode("utf-8", "backslashreplace")


def _octal(field: bytes) -> int | None:
    digits = field.strip(b" \0").partition(b"\0")[0].strip()
    if not digits:
        return 0
    return int(digits, 8) if digits.isdigit() and not digits.strip(b"01234567") else None


def _number(field: bytes) -> int:
    """A size: octal text or, when the top bit is set, a big-endian number."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    return _octal(field) or 0
