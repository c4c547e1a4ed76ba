"""Zip archives, read by their directory, with every place where two readers may see two different archives.

Python's zipfile refuses or repairs much of what torch's reader takes as it stands, and the other way round; a payload
hides in that gap. So this reader refuses nothing: it lists what any directory in the file names, says what is odd about
it, and leaves the judgement to the caller. Layout: the ZIP application note, 4.3 and 4.4.
"""

from __future__ import annotations

import re
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.stream import Piece

STORED, DEFLATED, BZIP2, LZMA = 0, 8, 12, 14

LOCAL_START = b"PK\x03\x04"
_DIRECTORY_START = b"PK\x01\x02"
_END_START = b"PK\x05\x06"
_END64_START = b"PK\x06\x06"
_LOCATOR_START = b"PK\x06\x07"

_LOCAL = Struct("<4s5H3I2H")  # signature, version, flags, method, time, date, crc, packed, size, name, extra
_ENTRY = Struct("<4s6H3I5H2I")  # signature, made by, version, flags, method, ..., name, extra, comment, ..., offset
_END = Struct("<4s4H2IH")  # signature, disk, disk, entries here, entries, directory bytes, directory offset, comment
_END64 = Struct("<4sQ2H2I4Q")  # signature, size, made by, version, disk, disk, entries here, entries, bytes, offset
_LOCATOR = Struct("<4sIQI")  # signature, disk, end record offset, disks
_EXTRA = Struct("<2H")  # tag, bytes

_SEARCHED_BYTES = 64 << 20
_MAX_COMMENT_BYTES = 0xFFFF
_MAX_DESCRIPTOR_BYTES = 24
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_PATCHED = 0x20
_HAS_DESCRIPTOR = 0x8
_IS_UTF8 = 0x800
_FOLDER = 0x10
_KIND_OF_FILE, _LINK = 0o170000 << 16, 0o120000 << 16
_ZIP64_TAG = 1
_IN_ZIP64 = 0xFFFFFFFF
_UNLISTED = re.compile(re.escape(LOCAL_START))
_LEAVES_THE_ARCHIVE = re.compile(rb"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:")


class Member(NamedTuple):
    """One entry. Its bytes, as the archive holds them, are those of the piece from `start` to `end`.

    `oddities` are what readers may disagree about, each a clause that goes after "member X ". `method` is how the bytes
    are packed; all offsets are absolute.
    """

    name: str
    method: int
    header: int
    start: int
    end: int
    size_bytes: int
    is_encrypted: bool
    oddities: tuple[str, ...]
    is_link: bool = False
    """A symbolic link, as Unix programs pack them: its content is the path that it leads to."""


class Archive(NamedTuple):
    """What the directories of a zip name, in their order, and what is odd about the archive as a whole.

    `gaps` are ranges of bytes (start, end) that neither a member nor a directory accounts for. `is_truncated` says that
    there are more entries than were asked for.
    """

    members: list[Member]
    oddities: list[str]
    gaps: list[tuple[int, int]]
    is_truncated: bool


class _Directory(NamedTuple):
    """A directory and the end record that points at it. Offsets in it count from `base`."""

    start: int
    end: int
    entries: int
    base: int
    record: tuple[int, int]


class _Entry(NamedTuple):
    name: bytes
    flags: int
    method: int
    packed_bytes: int
    size_bytes: int
    is_folder: bool
    header_offset: int
    is_link: bool = False


def read_archive(piece: Piece, *, max_members: int) -> Archive | None:
    """The zip archive in `piece`, or None when no directory is found in it. At most `max_members` are read."""
    members: list[Member] = []
    used: list[tuple[int, int]] = []
    oddities: list[str] = []
    seen: set[tuple[bytes, int, int]] = set()
    starts: set[tuple[int, int]] = set()
    for directory in _directories(piece):
        # An archive inside this one, stored as it is, has an end record too: that is no second directory.
        if any(member.start <= directory.record[0] < member.end for member in members):
            continue
        if (directory.start, directory.base) in starts:
            continue
        starts.add((directory.start, directory.base))
        offset, count = directory.start, 0
        # zipfile goes by the directory's size in bytes, torch's reader by the number of its entries.
        while (count < directory.entries or offset < directory.end) and len(members) <= max_members:
            entry, offset = _entry(piece, offset)
            if entry is None:
                oddities.append("its directory is cut off or damaged")
                break
            count += 1
            key = (entry.name, entry.header_offset + directory.base, entry.method)
            if len(starts) == 1 or key not in seen:
                seen.add(key)
                members.extend(_members(piece, entry, directory.base))
        if count != directory.entries and len(members) <= max_members:
            oddities.append(f"its directory has {count:,} entries and says that there are {directory.entries:,}")
        used += [(directory.start, offset), directory.record]
    if not starts:
        return None
    if len(starts) > 1:
        oddities.append(f"it has {len(starts)} directories, and readers differ in which of them they take")
    used += [(member.header, member.end) for member in members]
    gaps = list(_gaps(used, {member.end for member in members}, piece))
    members += _unlisted(piece, gaps)
    if _overlap(members):
        oddities.append("some of its members overlap")
    oddities += _twins(members)
    return Archive(members[:max_members], oddities, gaps, len(members) > max_members)


def ends_of(start: int, end: int) -> list[tuple[int, int]]:
    """A range, or the first and the last 64 MiB of it: what is searched where there is no directory to go by."""
    if end - start <= 2 * _SEARCHED_BYTES:
        return [(start, end)]
    return [(start, start + _SEARCHED_BYTES), (end - _SEARCHED_BYTES, end)]


def _directories(piece: Piece) -> Iterator[_Directory]:
    """Every directory that an end record near the end of the file leads to, the last record first.

    zipfile counts back from the end record by the directory's size and shifts every offset by the difference; torch's
    reader takes the stated offset as it is. Both readings are given when they differ.
    """
    tail_start = max(piece.start, piece.end - _MAX_COMMENT_BYTES - _END.size)
    tail = piece.data[tail_start : piece.end]
    at = len(tail)
    while (at := tail.rfind(_END_START, 0, at + len(_END_START) - 1)) >= 0:
        if tail_start + at + _END.size <= piece.end:
            yield from _directories_of(piece, tail_start + at)


def _directories_of(piece: Piece, record: int) -> Iterator[_Directory]:
    data, origin = piece.data, piece.start
    _, _, _, _, entries, size, offset, comment = _END.unpack_from(data, record)
    end = min(record + _END.size + comment, piece.end)
    places = {(record - size, offset, entries, size), (origin + offset, offset, entries, size)}
    first = record
    for record64 in _end64_positions(piece, record):
        first = min(first, record64)
        *_, entries, size, offset = _END64.unpack_from(data, record64)
        places |= {(record64 - size, offset, entries, size), (origin + offset, offset, entries, size)}
    for start, stated, count, length in sorted(places, reverse=True):
        if start < origin:
            continue
        if (not count and start == record) or (count and data[start : min(start + 4, piece.end)] == _DIRECTORY_START):
            yield _Directory(start, min(start + length, first), count, start - stated, (first, end))


def _end64_positions(piece: Piece, record: int) -> set[int]:
    """Where a zip64 end record may stand: where the locator says, and right before the locator."""
    data, locator = piece.data, record - _LOCATOR.size
    if locator < piece.start or data[locator : locator + 4] != _LOCATOR_START:
        return set()
    stated = piece.start + _LOCATOR.unpack_from(data, locator)[2]
    return {
        at
        for at in (stated, locator - _END64.size)
        if piece.start <= at <= piece.end - _END64.size and data[at : at + 4] == _END64_START
    }


def _entry(piece: Piece, offset: int) -> tuple[_Entry | None, int]:
    """The directory entry at `offset` and where the next one starts."""
    data = piece.data
    if offset + _ENTRY.size > piece.end or data[offset : offset + 4] != _DIRECTORY_START:
        return None, offset
    fields = _ENTRY.unpack_from(data, offset)
    flags, method, packed, size = fields[3], fields[4], fields[8], fields[9]
    name_bytes, extra_bytes, comment_bytes, attributes, header = *fields[10:13], fields[15], fields[16]
    name_end = offset + _ENTRY.size + name_bytes
    extra_end = name_end + extra_bytes
    if _IN_ZIP64 in (size, packed, header):
        size, packed, header = _zip64_values(data[name_end:extra_end], size, packed, header)
    name = data[offset + _ENTRY.size : name_end]
    entry = _Entry(name, flags, method, packed, size, bool(attributes & _FOLDER), header, _is_link(attributes))
    return entry, extra_end + comment_bytes


def _zip64_values(extra: bytes, *values: int) -> list[int]:
    """`values` with those that are all ones replaced, in order, from the zip64 extra field."""
    numbers: list[int] = []
    at = 0
    while at + _EXTRA.size <= len(extra):
        tag, size = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if tag == _ZIP64_TAG:
            body = extra[at : at + size]
            numbers = [int.from_bytes(body[i : i + 8], "little") for i in range(0, len(body) - 7, 8)]
            break
        at += size
    return [numbers.pop(0) if value == _IN_ZIP64 and numbers else value for value in values]


def _members(piece: Piece, entry: _Entry, base: int) -> Iterator[Member]:
    """The entry as the directory describes it and, when the local header packs it differently, as that does."""
    header = entry.header_offset + base
    data = piece.data
    if header < piece.start or header + _LOCAL.size > piece.end or data[header : header + 4] != LOCAL_START:
        # Nobody can read it like this. A wrong base makes these, and then the other reading of the directory has it.
        nowhere = min(max(header, piece.start), piece.end)
        oddity = "has no local header where the directory says"
        yield Member(_text(entry), entry.method, nowhere, nowhere, nowhere, 0, False, (oddity,))
        return
    _, _, flags, method, _, _, _, _, size, name_bytes, extra_bytes = _LOCAL.unpack_from(data, header)
    name_end = header + _LOCAL.size + name_bytes
    local = entry._replace(name=data[header + _LOCAL.size : name_end], flags=flags, method=method, size_bytes=size)
    oddities = tuple(_differences(entry, local))
    yield _member(piece, entry, header, name_end + extra_bytes, oddities)
    if method != entry.method:
        yield _member(piece, entry._replace(method=method), header, name_end + extra_bytes, oddities)


def _differences(entry: _Entry, local: _Entry) -> Iterator[str]:
    if local.name != entry.name:
        yield f"is called {_text(local)!r} in its local header"
    if local.method != entry.method:
        yield f"is packed by method {entry.method} in the directory and {local.method} in its local header"
    if (local.flags ^ entry.flags) & (_ENCRYPTED | _PATCHED):
        yield "has other flags in its local header than in the directory"
    elif entry.flags & (_ENCRYPTED | _PATCHED):
        yield "is flagged as encrypted or patched"
    if not local.flags & _HAS_DESCRIPTOR and local.size_bytes not in (entry.size_bytes, _IN_ZIP64):
        yield "has another size in its local header than in the directory"


def _member(piece: Piece, entry: _Entry, header: int, start: int, oddities: tuple[str, ...]) -> Member:
    packed_bytes = entry.packed_bytes
    more = []
    if entry.method == STORED and packed_bytes != entry.size_bytes:
        # zipfile takes the packed bytes, torch's reader as many as the unpacked size says.
        packed_bytes = max(packed_bytes, entry.size_bytes)
        more.append("is stored, and has two different sizes")
    if start + packed_bytes > piece.end:
        more.append("reaches beyond the end of the archive")
    if entry.is_folder and entry.size_bytes:
        more.append("is flagged as a folder and has content")
    if b"\0" in entry.name:
        more.append("has a NUL in its name")
    if _LEAVES_THE_ARCHIVE.search(entry.name):
        more.append("has a name that leads out of the folder it is unpacked in")
    start = min(start, piece.end)
    end = min(start + packed_bytes, piece.end)
    is_encrypted, oddities = bool(entry.flags & _ENCRYPTED), (*oddities, *more)
    return Member(
        _text(entry), entry.method, header, start, end, entry.size_bytes, is_encrypted, oddities, entry.is_link
    )


def _is_link(attributes: int) -> bool:
    return attributes & _KIND_OF_FILE == _LINK


def _text(entry: _Entry) -> str:
    return entry.name.decode("utf-8" if entry.flags & _IS_UTF8 else "cp437", "backslashreplace")


def _unlisted(piece: Piece, gaps: list[tuple[int, int]]) -> Iterator[Member]:
    """Members that stand in a gap: a reader that goes from header to header sees them, the directory does not."""
    for start, end in gaps:
        for first, last in ends_of(start, end):
            for match in _UNLISTED.finditer(piece.data, first, last - _LOCAL.size + len(LOCAL_START)):
                yield _unlisted_member(piece._replace(end=last), match.start())


def _unlisted_member(gap: Piece, header: int) -> Member:
    _, _, flags, method, _, _, _, packed, size, name_bytes, extra_bytes = _LOCAL.unpack_from(gap.data, header)
    name_end = header + _LOCAL.size + name_bytes
    if flags & _HAS_DESCRIPTOR and not packed:
        packed = size = max(0, gap.end - name_end - extra_bytes)
    name = gap.data[header + _LOCAL.size : min(name_end, gap.end)]
    entry = _Entry(name, flags, method, packed, size, False, header)
    return _member(gap, entry, header, name_end + extra_bytes, ("stands in the archive but in no directory",))


def _gaps(used: list[tuple[int, int]], member_ends: set[int], piece: Piece) -> Iterator[tuple[int, int]]:
    """The ranges of the piece that `used` leaves free, without what may be a member's data descriptor."""
    reached = piece.start
    for start, end in sorted([*used, (piece.end, piece.end)]):
        if start > reached and not (reached in member_ends and start - reached <= _MAX_DESCRIPTOR_BYTES):
            yield reached, start
        reached = max(reached, end)


def _overlap(members: list[Member]) -> bool:
    reached = previous = -1
    for member in sorted(members, key=lambda member: (member.header, member.end)):
        # One place named twice is a twin, or one member in two readings.
        if previous < member.header < reached:
            return True
        previous, reached = member.header, max(reached, member.end)
    return False


def _twins(members: list[Member]) -> Iterator[str]:
    """Names that stand twice, or that differ only in case, which torch's reader ignores."""
    places: dict[str, dict[int, str]] = {}
    for member in members:
        places.setdefault(member.name.lower(), {})[member.header] = member.name
    for name, spellings in places.items():
        if len(spellings) > 1:
            how = ", in different case" if len(set(spellings.values())) > 1 else ""
            yield f"{name!r} stands in it more than once{how}, and readers differ in which one they take"
