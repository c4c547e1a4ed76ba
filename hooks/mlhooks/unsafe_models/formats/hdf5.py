"""HDF5 files, as far as a model scanner has to know them: attributes, links, and data that lives in other files.

Keras keeps the configuration of a whole model in one attribute. Layout: the HDF5 file format specification 3.0. What is
not followed here (dense storage in fractal heaps, shared messages) is searched for in the raw bytes instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.formats.hdf5_search import (
    LOST,
    MOST_TEXT_BYTES,
    Attribute,
    External,
    link_message,
    search,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlhooks.unsafe_models.stream import Buffer, Piece

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MOST_OBJECTS = 500_000
MOST_MESSAGES = 10_000
_LINK_INFO, _LINK, _EXTERNAL_FILES, _LAYOUT = 0x02, 0x06, 0x07, 0x08
_ATTRIBUTE, _CONTINUATION, _SYMBOL_TABLE, _ATTRIBUTE_INFO = 0x0C, 0x10, 0x11, 0x15
_SHARED = 0x02
_VIRTUAL_LAYOUT = 3
_FIXED_STRING, _VARIABLE = 3, 9


class Lost(Exception):  # noqa: N818 - a verdict on a file, not a fault of ours
    """The structure leads nowhere, or into something that is not followed here."""


def superblock_offset(piece: Piece) -> int | None:
    """Where the superblock stands, counted from the start of the piece: at 0, 512, 1024, 2048 ..."""
    offset = 0
    while piece.start + offset + 8 <= piece.end:
        at = piece.start + offset
        if piece.data[at : at + 8] == SIGNATURE:
            return offset
        offset = offset * 2 or 512
        if offset > 1 << 24:
            return None
    return None


def contents(piece: Piece) -> Iterator[Attribute | External]:
    """Text attributes of all objects, and all other files that are named.

    Raises `Unscannable` when neither the structure nor a search can answer.
    """
    walk = _Walk(piece)
    yield from walk.run()
    if walk.is_partial:
        yield from search(piece)


class _Walk:
    """One pass over all objects, by address, each once."""

    def __init__(self, piece: Piece) -> None:
        self.data: Buffer = piece.data
        self.start, self.end = piece.start, piece.end
        self.offset_bytes = self.length_bytes = 8
        self.base = piece.start
        self.is_partial = False
        self.seen: set[int] = set()
        self.waiting: list[int] = []
        offset = superblock_offset(piece)
        self.superblock = piece.start + (offset or 0)

    def run(self) -> Iterator[Attribute | External]:
        try:
            self.waiting.append(self._root())
        except Lost:
            raise Unscannable(f"{LOST}: it may be cut off") from None
        while self.waiting:
            address = self.waiting.pop()
            if address in self.seen:
                continue
            self.seen.add(address)
            if len(self.seen) > MOST_OBJECTS:
                raise Unscannable(f"it has more than {MOST_OBJECTS:,} HDF5 objects")
            try:
                yield from self._object(address)
            except Lost:
                self.is_partial = True

    # ---- bytes ------------------------------------------------------------------------------------------------------

    def take(self, at: int, size: int) -> bytes:
        if at < self.start or size < 0 or at + size > self.end:
            raise Lost
        return self.data[at : at + size]

    def number(self, at: int, size: int) -> int:
        return int.from_bytes(self.take(at, size), "little")

    def address(self, at: int) -> int:
        """The absolute offset that the address at `at` stands for. Undefined addresses (all ones) are Lost."""
        value = self.number(at, self.offset_bytes)
        if value == (1 << 8 * self.offset_bytes) - 1:
            raise Lost
        return self.base + value

    def _root(self) -> int:
        at = self.superblock
        version = self.number(at + 8, 1)
        if version in (0, 1):
            self.offset_bytes, self.length_bytes = self.number(at + 13, 1), self.number(at + 14, 1)
            at += 24 + 4 * version
            self._check_sizes()
            self.base = self.start + self.number(at, self.offset_bytes)
            # Writers with a user block in front store 0 or its size; the superblock's own place decides.
            if self.base != self.superblock:
                self.base = self.superblock
            return self.address(at + 5 * self.offset_bytes)
        if version in (2, 3):
            self.offset_bytes, self.length_bytes = self.number(at + 9, 1), self.number(at + 10, 1)
            self._check_sizes()
            self.base = self.superblock
            return self.address(at + 12 + 3 * self.offset_bytes)
        raise Lost

    def _check_sizes(self) -> None:
        if self.offset_bytes not in (2, 4, 8) or self.length_bytes not in (2, 4, 8):
            raise Lost

    # ---- objects ----------------------------------------------------------------------------------------------------

    def _object(self, address: int) -> Iterator[Attribute | External]:
        if self.take(address, 4) == b"OHDR":
            messages = self._messages_v2(address)
        elif self.number(address, 1) == 1:
            messages = self._messages_v1(address)
        else:
            raise Lost
        for kind, flags, at, size in messages:
            if flags & _SHARED:
                # The body is a pointer to another header; only types and fill values are shared in practice.
                self.is_partial = self.is_partial or kind in (_LINK, _ATTRIBUTE, _EXTERNAL_FILES, _LAYOUT)
            elif kind in _MESSAGES:
                yield from _MESSAGES[kind](self, at, size)

    def _messages_v1(self, address: int) -> Iterator[tuple[int, int, int, int]]:
        blocks = [(address + 16, self.number(address + 8, 4))]
        left = min(self.number(address + 2, 2), MOST_MESSAGES)
        visited = set()
        while blocks and left > 0:
            at, size = blocks.pop(0)
            end = at + size
            if at in visited:
                raise Lost
            visited.add(at)
            while at + 8 <= end and left > 0:
                left -= 1
                kind, length, flags = self.number(at, 2), self.number(at + 2, 2), self.number(at + 4, 1)
                if kind == _CONTINUATION:
                    blocks.append((self.address(at + 8), self.number(at + 8 + self.offset_bytes, self.length_bytes)))
                else:
                    self.take(at + 8, length)
                    yield kind, flags, at + 8, length
                at += 8 + length

    def _messages_v2(self, address: int) -> Iterator[tuple[int, int, int, int]]:
        flags = self.number(address + 5, 1)
        at = address + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        blocks = [(at + width, self.number(at, width))]
        header = 6 if flags & 4 else 4
        visited = set()
        left = MOST_MESSAGES
        while blocks:
            at, size = blocks.pop(0)
            end = at + size
            if at in visited:
                raise Lost
            visited.add(at)
            while at + header <= end:
                left -= 1
                kind, length, message_flags = self.number(at, 1), self.number(at + 1, 2), self.number(at + 3, 1)
                if at + header + length > end or left < 0:
                    raise Lost
                if kind == _CONTINUATION:
                    block = self.address(at + header)
                    length_at = at + header + self.offset_bytes
                    if self.take(block, 4) != b"OCHK":
                        raise Lost
                    blocks.append((block + 4, self.number(length_at, self.length_bytes) - 8))
                elif kind or length:
                    yield kind, message_flags, at + header, length
                at += header + length

    # ---- messages ---------------------------------------------------------------------------------------------------

    def _link(self, at: int, size: int) -> Iterator[External]:
        body = self.take(at, size)
        found = link_message(body)
        if found:
            yield found
            return
        if body[:1] != b"\1" or len(body) < 4:
            raise Lost
        flags, position = body[1], 2
        kind = 0
        if flags & 8:
            kind, position = body[position], position + 1
        position += (8 if flags & 4 else 0) + (1 if flags & 16 else 0)
        width = 1 << (flags & 3)
        position += width + int.from_bytes(body[position : position + width], "little")
        if kind == 0:
            self.waiting.append(self.address(at + position))
        elif kind != 1:
            raise Lost
        yield from ()

    def _link_info(self, at: int, _size: int) -> Iterator[External]:
        """Where many links are kept: in a heap that is not followed, when it has an address."""
        yield from self._heap_at(at + (10 if self.number(at + 1, 1) & 1 else 2))

    def _attribute_info(self, at: int, _size: int) -> Iterator[External]:
        """Where many or large attributes are kept, as for links."""
        yield from self._heap_at(at + (4 if self.number(at + 1, 1) & 1 else 2))

    def _heap_at(self, at: int) -> Iterator[External]:
        if self._defined(at):
            self.is_partial = True
            # Version, length of ids, and the length of what describes filters: what is packed cannot be searched.
            if self.take(self.address(at), 4) == b"FRHP" and self.number(self.address(at) + 7, 2):
                raise Unscannable(f"{LOST}: its attributes or links are compressed")
        yield from ()

    def _defined(self, at: int) -> bool:
        return self.number(at, self.offset_bytes) != (1 << 8 * self.offset_bytes) - 1

    def _symbol_table(self, at: int, _size: int) -> Iterator[External]:
        """An old group: a B-tree of symbol tables, each a list of object headers."""
        waiting = [self.address(at)]
        seen: set[int] = set()
        while waiting:
            node = waiting.pop()
            if node in seen or len(seen) > MOST_OBJECTS:
                raise Lost
            seen.add(node)
            mark = self.take(node, 4)
            if mark == b"TREE":
                count = self.number(node + 6, 2)
                child = node + 8 + 2 * self.offset_bytes + self.length_bytes
                step = self.length_bytes + self.offset_bytes
                waiting.extend(self.address(child + index * step) for index in range(count))
            elif mark == b"SNOD":
                step = 2 * self.offset_bytes + 24
                for index in range(self.number(node + 6, 2)):
                    entry = node + 8 + index * step + self.offset_bytes
                    # Cache type 2 is a soft link: a path in this file, no object.
                    if self.number(entry + self.offset_bytes, 4) != 2:
                        self.waiting.append(self.address(entry))
            else:
                raise Lost
        yield from ()

    def _external_files(self, at: int, _size: int) -> Iterator[External]:
        used = self.number(at + 6, 2)
        heap = self.address(at + 8)
        if self.take(heap, 4) != b"HEAP":
            raise Lost
        names = self.address(heap + 8 + 2 * self.length_bytes)
        slot = at + 8 + self.offset_bytes
        for index in range(used):
            name = names + self.number(slot + index * 3 * self.length_bytes, self.length_bytes)
            raw = self.take(name, min(4096, self.end - name))
            yield External("data", raw.partition(b"\0")[0].decode("utf-8", "backslashreplace"))

    def _layout(self, at: int, _size: int) -> Iterator[External]:
        if self.number(at, 1) in (3, 4, 5) and self.number(at + 1, 1) == _VIRTUAL_LAYOUT:
            for item in self._heap_object(at + 2):
                end = item.find(b"\0", 9)
                path = item[9:end].decode("utf-8", "backslashreplace") if end > 9 else ""
                if path and path != ".":
                    yield External("virtual data", path)

    def _attribute(self, at: int, _size: int) -> Iterator[Attribute]:
        version = self.number(at, 1)
        if version not in (1, 2, 3):
            raise Lost
        name_size, type_size, space_size = (self.number(at + 2 + 2 * index, 2) for index in range(3))
        if version > 1 and self.number(at + 1, 1):
            self.is_partial = True  # its type is kept elsewhere
            return
        at += 9 if version == 3 else 8
        name = self.take(at, name_size).partition(b"\0")[0].decode("utf-8", "backslashreplace")
        if version == 1:
            name_size, type_size, space_size = (-(-size // 8) * 8 for size in (name_size, type_size, space_size))
        kind = self.take(at + name_size, type_size)
        rank = self.take(at + name_size + type_size, space_size)
        value = at + name_size + type_size + space_size
        items = 1 if len(rank) > 1 and rank[1] == 0 else 0
        if not kind or kind[0] & 15 not in (_FIXED_STRING, _VARIABLE):
            return
        item_bytes = int.from_bytes(kind[4:8], "little")
        if items == 0 and len(rank) >= 8:
            start = 8 if rank[0] == 1 else 4
            items = 1
            for index in range(min(rank[1], 32)):
                items *= int.from_bytes(rank[start + index * self.length_bytes :][: self.length_bytes], "little")
        for index in range(min(items, 10_000)):
            if kind[0] & 15 == _FIXED_STRING:
                yield Attribute(name, self.take(value + index * item_bytes, item_bytes).rstrip(b"\0 "))
            else:
                for text in self._heap_object(value + index * (8 + self.offset_bytes) + 4):
                    yield Attribute(name, text.rstrip(b"\0"))

    def _heap_object(self, at: int) -> Iterator[bytes]:
        """The bytes behind a global heap id: a collection's address and an index in it."""
        if not self._defined(at) or not self.number(at, self.offset_bytes):
            return
        collection, wanted = self.address(at), self.number(at + self.offset_bytes, 4)
        if self.take(collection, 4) != b"GCOL":
            raise Lost
        end = collection + self.number(collection + 8, self.length_bytes)
        position = collection + 8 + self.length_bytes
        header = 8 + self.length_bytes
        for _ in range(70_000):
            if position + header > end:
                return
            index, size = self.number(position, 2), self.number(position + 8, self.length_bytes)
            if index == wanted:
                if size > MOST_TEXT_BYTES:
                    raise Lost
                yield self.take(position + header, size)
                return
            if index == 0:
                return
            position += header + -(-size // 8) * 8


_MESSAGES: dict[int, Callable[[_Walk, int, int], Iterator[Attribute] | Iterator[External]]] = {
    _LINK_INFO: _Walk._link_info,
    _ATTRIBUTE_INFO: _Walk._attribute_info,
    _LINK: _Walk._link,
    _EXTERNAL_FILES: _Walk._external_files,
    _LAYOUT: _Walk._layout,
    _ATTRIBUTE: _Walk._attribute,
    _SYMBOL_TABLE: _Walk._symbol_table,
}
