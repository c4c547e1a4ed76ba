"""Compressed bytes, unpacked piece by piece: never more than a budget allows, never more in memory than a few pieces.

A loader that streams has run what stands before a fault by the time it meets the fault. So a damaged stream yields
what comes out of it, and then says what is wrong with it.
"""

from __future__ import annotations

import zlib
from mmap import ACCESS_READ, mmap
from os import SEEK_CUR
from struct import unpack as from_struct
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlhooks.unsafe_models.stream import Buffer

PIECE_BYTES = 1 << 20
_IN_MEMORY_BYTES = 16 << 20
_LZMA_MEMORY_BYTES = 160 << 20  # `xz -9` asks for 65 MiB; a header may claim 4 GiB
_FREE_RATIO_BYTES = 64 << 20


ZSTD_START = b"\x28\xb5\x2f\xfd"


class Packed:
    """The bytes of `data` from `start` to `end`: slices count from `start`, and never reach beyond `end`."""

    __slots__ = ("data", "end", "start")

    def __init__(self, data: Buffer, start: int, end: int) -> None:
        self.data, self.start, self.end = data, start, end

    def __len__(self) -> int:
        return self.end - self.start

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset` on."""
        start = self.start + offset
        return self.data[start : min(start + size, self.end)]

    def after(self, size: int) -> Packed:
        return Packed(self.data, min(self.start + size, self.end), self.end)


class Damaged(Exception):  # noqa: N818 - reads as what is the case, like Unscannable
    """The stream does not go on as its format says. `str(error)` is a clause that goes after "it "."""


class Unpacked(NamedTuple):
    """What came out. `fault` says why there is no more: a clause that goes after "it ", or "" at a regular end.

    `is_over_budget` tells a fault of ours (the limits) from one of the stream's.
    """

    data: Buffer
    fault: str = ""
    is_over_budget: bool = False


def _spill(file: IO[bytes], pieces: bytearray) -> None:
    """Appends the bytes. Zeros, which bombs are made of, become a hole that takes no room."""
    if pieces.count(0) == len(pieces):
        file.seek(len(pieces), SEEK_CUR)
    else:
        file.write(pieces)


class _Decompressor(Protocol):
    """What the decompressors of bz2 and lzma share."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def peek(method: str, packed: Packed, size: int) -> bytes:
    """The first `size` bytes of what `packed` unpacks to; fewer when it ends before.

    `method` is a key of `METHODS`.
    """
    start = bytearray()
    try:
        for piece in METHODS[method](packed, min(size, PIECE_BYTES)):
            start += piece
            if len(start) >= size:
                break
    except Damaged:
        pass
    return bytes(start[:size])


def unpack(method: str, packed: Packed, *, max_bytes: int, max_ratio: int) -> Unpacked:
    """All that `packed` unpacks to, as a buffer in memory or, when it is large, in an unnamed temporary file."""
    pieces = bytearray()
    spill = None
    size = 0
    fault = ""
    is_over_budget = False
    try:
        for piece in METHODS[method](packed, PIECE_BYTES):
            size += len(piece)
            if size > max_bytes:
                fault, is_over_budget = f"unpacks to more than {max_bytes:,} bytes", True
                break
            if size > _FREE_RATIO_BYTES and size > len(packed) * max_ratio:
                fault, is_over_budget = f"unpacks to more than {max_ratio:,} times its size", True
                break
            pieces += piece
            if size > _IN_MEMORY_BYTES:
                if spill is None:
                    from tempfile import TemporaryFile

                    spill = TemporaryFile()  # noqa: SIM115 - lives as long as the buffer over it
                _spill(spill, pieces)
                pieces.clear()
    except Damaged as error:
        fault = str(error)
    except OSError as error:
        fault, is_over_budget = f"does not fit into the temporary folder ({error.strerror})", True
    if spill is None:
        return Unpacked(bytes(pieces), fault, is_over_budget)
    with spill:
        spill.truncate(spill.tell())
        spill.flush()
        return Unpacked(mmap(spill.fileno(), 0, access=ACCESS_READ), fault, is_over_budget)


def _zlib_pieces(packed: Packed, piece_bytes: int, window_bits: int) -> Iterator[bytes]:
    """One stream after another, as gzip and joblib read them. What is behind them and is none is left alone."""
    offset = 0
    while offset < len(packed):
        stream = zlib.decompressobj(window_bits)
        is_stream = offset == 0
        while not stream.eof:
            chunk = stream.unconsumed_tail or packed.read(offset, max(piece_bytes, 4096))
            if not stream.unconsumed_tail:
                offset += len(chunk)
            try:
                piece = stream.decompress(chunk, piece_bytes)
            except zlib.error as error:
                if is_stream:
                    raise Damaged(f"is damaged ({error})") from None
                return
            if piece:
                is_stream = True
                yield piece
            elif not chunk:
                raise Damaged("is cut off")
        offset -= len(stream.unused_data)
        if window_bits < 0:
            return


def _stdlib_pieces(
    packed: Packed, piece_bytes: int, new: Callable[[], _Decompressor], fault: type[Exception]
) -> Iterator[bytes]:
    """As `_zlib_pieces`, for bz2, lzma and zstd; `fault` is what they raise at damage."""
    offset = 0
    while offset < len(packed):
        is_stream = offset == 0
        stream = None
        while stream is None or not stream.eof:
            try:
                stream = stream or new()
                chunk = packed.read(offset, max(piece_bytes, 4096)) if stream.needs_input else b""
                offset += len(chunk)
                if stream.needs_input and not chunk:
                    raise Damaged("is cut off")
                piece = stream.decompress(chunk, piece_bytes)
            except (fault, EOFError, MemoryError) as error:
                if is_stream:
                    raise Damaged(f"is damaged ({error})") from None
                return
            if piece:
                is_stream = True
                yield piece
        offset -= len(stream.unused_data)


def _zlib(packed: Packed, piece_bytes: int) -> Iterator[bytes]:
    return _zlib_pieces(packed, piece_bytes, zlib.MAX_WBITS)


def _gzip(packed: Packed, piece_bytes: int) -> Iterator[bytes]:
    return _zlib_pieces(packed, piece_bytes, zlib.MAX_WBITS + 16)


def _deflate(packed: Packed, piece_bytes: int) -> Iterator[bytes]:
    return _zlib_pieces(packed, piece_bytes, -zlib.MAX_WBITS)


def _zf(packed: Packed, piece_bytes: int) -> Iterator[bytes]:
    """joblib before 0.10: "ZF", the size as 19 characters of hexadecimal text (20 in Python 2), one zlib stream."""
    header_bytes = len(b"ZF") + 19
    if packed.read(header_bytes, 1) == b" ":
        header_bytes += 1
    return _zlib_pieces(packed.after(header_bytes), piece_bytes, zlib.MAX_WBITS)


def _bz2(packed: Packed, piece_bytes: int) -> Iterator[bytes]:
    import bz2

    return _stdlib_pieces(packed, piece_bytes, bz2.BZ2Decompressor, OSError)


def _xz(packed: Packed, piece_bytes: int) -> Iterator[bytes]:
    """xz and its forerunner, lzma-alone."""
    import lzma

    return _stdlib_pieces(
        packed, piece_bytes, lambda: lzma.LZMADecompressor(memlimit=_LZMA_MEMORY_BYTES), lzma.LZMAError
    )


def _zip_lzma(packed: Packed, piece_bytes: int) -> Iterator[bytes]:
    """Method 14 of zip: version (2 bytes), length of the properties (2), properties (5), then a raw stream."""
    import lzma

    if len(packed) < 9:
        raise Damaged("is cut off")
    properties, dictionary_bytes = from_struct("<BI", packed.read(4, 5))
    if properties >= 9 * 5 * 5 or dictionary_bytes > _LZMA_MEMORY_BYTES:
        raise Damaged("has a damaged LZMA header")
    filters = [
        {
            "id": lzma.FILTER_LZMA1,
            "lc": properties % 9,
            "lp": properties // 9 % 5,
            "pb": properties // 45,
            "dict_size": max(dictionary_bytes, 4096),
        }
    ]
    return _stdlib_pieces(
        packed.after(9), piece_bytes, lambda: lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters), lzma.LZMAError
    )


def _lz4(packed: Packed, _piece_bytes: int) -> Iterator[bytes]:
    from mlhooks.unsafe_models.containers.lz4 import pieces

    return pieces(packed)


def _zstd(packed: Packed, piece_bytes: int) -> Iterator[bytes]:
    """Only where `zstd_module` has one."""
    zstd = zstd_module()
    return _stdlib_pieces(packed, piece_bytes, zstd.ZstdDecompressor, zstd.ZstdError)


def zstd_module() -> Any:
    """The standard library's module for Zstandard, which came with Python 3.14; None before."""
    from importlib import import_module

    try:
        return import_module("compression.zstd")
    except ImportError:
        return None


def method_of(start: bytes) -> str | None:
    """How bytes that start with `start` are compressed, by the marks that joblib goes by; None: not at all."""
    if start.startswith(_ALL_MARKS):
        return next(method for mark, method in _MARKS if start.startswith(mark))
    if len(start) > 1 and start[0] == _ZLIB_START and (start[0] << 8 | start[1]) % 31 == 0:
        return "zlib"
    if start.startswith(ZSTD_START) and zstd_module():
        return "zstd"
    return None


_ZLIB_START = 0x78
_MARKS = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x5d\0", "xz"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"ZF0x", "joblib ZF"),
)
_ALL_MARKS = tuple(mark for mark, _ in _MARKS)
METHODS: dict[str, Callable[[Packed, int], Iterator[bytes]]] = {
    "zlib": _zlib,
    "gzip": _gzip,
    "deflate": _deflate,
    "joblib ZF": _zf,
    "bz2": _bz2,
    "xz": _xz,
    "zip lzma": _zip_lzma,
    "lz4": _lz4,
    "zstd": _zstd,
}
