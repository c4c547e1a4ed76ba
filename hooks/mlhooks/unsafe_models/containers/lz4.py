"""LZ4 frames, unpacked without the lz4 package, which the hook's own environment does not have.

Layout: the LZ4 frame format 1.6 and the LZ4 block format. Checksums are not compared: a loader may not do it either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.unsafe_models.containers.compressed import Damaged, Packed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_FRAME_START = b"\x04\x22\x4d\x18"
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_HISTORY_BYTES = 1 << 16
_BLOCK_BYTES = {4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22}
_STORED_BIT = 1 << 31
_MIN_MATCH = 4


def pieces(packed: Packed) -> Iterator[bytes]:
    """What the frames in `packed` unpack to, block by block. Raises `Damaged` where they break."""
    offset = 0
    while len(packed) - offset >= len(_FRAME_START):
        if packed.read(offset, 4) == _FRAME_START:
            offset = yield from _frame(packed, offset + 4)
        elif _number(packed, offset) in _SKIPPABLE:
            offset += 8 + _number(packed, offset + 4)
        else:
            return


def _frame(packed: Packed, offset: int) -> Generator[bytes, None, int]:
    """The blocks of one frame, whose descriptor starts at `offset`. Returns where the frame ends."""
    if offset + 3 > len(packed):
        raise Damaged("is cut off")
    flags, sizes = packed.read(offset, 2)
    block_bytes = _BLOCK_BYTES.get(sizes >> 4 & 7)
    if flags >> 6 != 1 or block_bytes is None:
        raise Damaged("has a damaged LZ4 header")
    if flags & 1:
        raise Damaged("needs an LZ4 dictionary, which is not in the file")
    offset += 3 + (8 if flags & 8 else 0)
    has_block_checksum, has_checksum = flags & 16, flags & 4
    history = b""
    while size := _number(packed, offset):
        start = offset + 4
        offset = start + (size & ~_STORED_BIT)
        if offset > len(packed):
            raise Damaged("is cut off")
        block = packed.read(start, offset - start)
        if not size & _STORED_BIT:
            block = _block(block, history, block_bytes)
        yield block
        history = (history + block)[-_HISTORY_BYTES:]
        offset += 4 if has_block_checksum else 0
    return offset + (8 if has_checksum else 4)


def _block(block: bytes, history: bytes, max_bytes: int) -> bytes:
    """One block. Matches may reach back into `history`, the end of what came before it."""
    out = bytearray(history)
    limit = len(history) + max_bytes
    at, end = 0, len(block)
    try:
        while at < end:
            token = block[at]
            at += 1
            literal = token >> 4
            if literal == 15:
                literal, at = _long_length(block, at, literal)
            if literal > end - at or len(out) + literal > limit:
                raise Damaged("is damaged (an LZ4 literal that is too long)")
            out += block[at : at + literal]
            at += literal
            if at >= end:
                break
            distance = block[at] | block[at + 1] << 8
            at += 2
            length = token & 15
            if length == 15:
                length, at = _long_length(block, at, length)
            length += _MIN_MATCH
            start = len(out) - distance
            if not distance or start < 0 or len(out) + length > limit:
                raise Damaged("is damaged (an LZ4 match out of range)")
            if distance >= length:
                out += out[start : start + length]
            else:
                out += (out[start:] * (length // distance + 1))[:length]
    except IndexError:
        raise Damaged("is damaged (an LZ4 block that is cut off)") from None
    return bytes(out[len(history) :])


def _long_length(block: bytes, at: int, length: int) -> tuple[int, int]:
    while True:
        more = block[at]
        at += 1
        length += more
        if more != 255:
            return length, at


def _number(packed: Packed, offset: int) -> int:
    if offset + 4 > len(packed):
        raise Damaged("is cut off")
    return int.from_bytes(packed.read(offset, 4), "little")
