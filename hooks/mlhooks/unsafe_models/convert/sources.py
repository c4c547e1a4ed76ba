"""Model files that can be converted, and the value each of them holds: torch zip and legacy, npy, npz, plain
pickles."""

from __future__ import annotations

import ast
import mmap
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any, NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.containers import compressed
from mlhooks.unsafe_models.containers.compressed import Packed
from mlhooks.unsafe_models.containers.zips import DEFLATED, STORED, Member, read_archive
from mlhooks.unsafe_models.convert import built
from mlhooks.unsafe_models.convert.built import Built, TensorThing
from mlhooks.unsafe_models.convert.tensors import Extent, FileExtent, MemoryExtent, Tensor
from mlhooks.unsafe_models.stream import Buffer, Piece
from mlhooks.unsafe_models.values import Dict, List, is_lost
from mlhooks.unsafe_models.view import View

MOST_MEMBERS = 1_000_000
MOST_NPY_HEADER_BYTES = 1 << 16
MOST_UNPACKED_BYTES = 64 << 30
MOST_RATIO = 1000
NPY_MAGIC = b"\x93NUMPY"
_LEGACY_START = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"
_NPY_CODE = re.compile(r"[<>=|]?[?a-zA-Z][0-9]*")


class Model(NamedTuple):
    """A file's value. `arrays` is instead of it for npy and npz: names and tensors."""

    built: Built | None
    arrays: dict[str, TensorThing]


class Opened(NamedTuple):
    """An open file: its descriptor for copies, its bytes mapped."""

    fd: int
    data: Buffer
    view: memoryview

    def extent(self, start: int, end: int) -> FileExtent:
        return FileExtent(self.fd, self.view, start, end)


@contextmanager
def opened(path: str) -> Iterator[Model]:
    """The model in a file, for as long as it is open. Raises `Unscannable` when it is of no kind that is read here."""
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise Unscannable(f"{path}: {error.strerror}") from None
    try:
        size = os.fstat(fd).st_size
        if not size:
            raise Unscannable(f"{path} is empty")
        data = mmap.mmap(fd, 0, access=mmap.ACCESS_READ)
        yield _model(Opened(fd, data, memoryview(data)), path)
    finally:
        # The map lives as long as a tensor points into it; the descriptor is ours.
        os.close(fd)


def _model(file: Opened, path: str) -> Model:
    start = file.data[:16]
    if start.startswith(b"PK\x03\x04"):
        return _from_zip(file)
    if start.startswith(NPY_MAGIC):
        return Model(None, {"array": _npy(file.data, 0, len(file.data), file.extent)})
    if start.startswith(_LEGACY_START):
        return Model(_legacy(file), {})
    if start[:1] == b"\x80":
        return Model(built.build(file.data, 0, len(file.data), None), {})
    if start[8:9] == b"{" and path.endswith(".safetensors"):
        raise Unscannable("it is safetensors already")
    raise Unscannable("it is neither a torch checkpoint nor npy, npz or a pickle")


# ---- zip: torch and npz ---------------------------------------------------------------------------------------------


def _from_zip(file: Opened) -> Model:
    archive = read_archive(Piece(file.data, 0, len(file.data)), max_members=MOST_MEMBERS)
    if archive is None or archive.is_truncated:
        raise Unscannable("its zip directory is missing or too large; it may be cut off")
    members: dict[str, Member] = {}
    for member in archive.members:
        # torch takes the first of two members of one name; a file where that matters is none to convert.
        if member.name in members:
            raise Unscannable(f"it has the member {member.name!a} twice")
        members[member.name] = member
    pickles = [name for name in members if name.rpartition("/")[2] == "data.pkl"]
    if any(name.rpartition("/")[2] == "constants.pkl" for name in members):
        raise Unscannable("it is a TorchScript program; save its state_dict() with torch.save and convert that")
    if pickles:
        if len(pickles) > 1:
            raise Unscannable("it has more than one data.pkl")
        return Model(_torch_zip(file, members, pickles[0]), {})
    if members and all(name.endswith(".npy") for name in members):
        return Model(None, {name.removesuffix(".npy"): _npz_member(file, member) for name, member in members.items()})
    raise Unscannable("it is a zip archive of another kind: neither a torch checkpoint nor npz")


def _torch_zip(file: Opened, members: dict[str, Member], name: str) -> Built:
    prefix = name.removesuffix("data.pkl")
    order = members.get(f"{prefix}byteorder")
    is_big = order is not None and _content(file, order)[:8].strip() == b"big"

    def find(key: str, size: int) -> Extent:
        member = members.get(f"{prefix}data/{key}")
        if member is None or member.method != STORED or member.is_encrypted:
            raise Unscannable(f"its storage {key!a} is missing, or packed in a way that torch does not read")
        if member.end - member.start < size:
            raise Unscannable(f"its storage {key!a} is shorter than its pickle says")
        return file.extent(member.start, member.end)

    pickle = members[name]
    if pickle.method == STORED:
        return built.build(file.data, pickle.start, pickle.end, find, is_big_endian=is_big)
    content = _content(file, pickle)
    return built.build(content, 0, len(content), find, is_big_endian=is_big)


def _content(file: Opened, member: Member) -> bytes:
    """A member, unpacked. Raises `Unscannable` when it cannot be."""
    if member.is_encrypted or member.method not in (STORED, DEFLATED):
        raise Unscannable(f"its member {member.name!a} is encrypted, or packed in a way that is not read here")
    if member.method == STORED:
        return file.data[member.start : member.end]
    packed = Packed(file.data, member.start, member.end)
    result = compressed.unpack("deflate", packed, max_bytes=MOST_UNPACKED_BYTES, max_ratio=MOST_RATIO)
    if result.fault:
        raise Unscannable(f"its member {member.name!a} {result.fault}")
    return result.data  # type: ignore[return-value]  # bytes, or a map of a temporary file, which reads the same


class _PackedExtent:
    """The array behind the header of a compressed npy: unpacked each time it is asked for, piece by piece."""

    def __init__(self, file: Opened, member: Member, skip: int, size: int) -> None:
        self._file, self._member, self._skip = file, member, skip
        self.size_bytes = size

    def view(self, start: int, size: int) -> memoryview:
        return memoryview(b"".join(self.pieces(start, size)))

    def pieces(self, start: int, size: int) -> Iterator[bytes]:
        packed = Packed(self._file.data, self._member.start, self._member.end)
        skip, left = self._skip + start, size
        try:
            for piece in compressed.METHODS["deflate"](packed, compressed.PIECE_BYTES):
                part = piece[skip : skip + left]
                skip = max(0, skip - len(piece))
                left -= len(part)
                if part:
                    yield part
                if not left:
                    return
        except compressed.Damaged as error:
            raise Unscannable(f"its member {self._member.name!a} {error}") from None
        raise Unscannable(f"its member {self._member.name!a} is cut off")

    def descriptor(self) -> None:
        return None


def _npz_member(file: Opened, member: Member) -> TensorThing:
    if member.method == STORED and not member.is_encrypted:
        return _npy(file.data, member.start, member.end, file.extent)
    if member.method != DEFLATED or member.is_encrypted:
        raise Unscannable(f"its member {member.name!a} is encrypted, or packed in a way that is not read here")
    start = compressed.peek("deflate", Packed(file.data, member.start, member.end), MOST_NPY_HEADER_BYTES + 16)
    return _npy(
        start, 0, member.size_bytes, lambda begin, end: _PackedExtent(file, member, begin, end - begin), member.start
    )


# ---- npy ------------------------------------------------------------------------------------------------------------


def _npy(data: Buffer, start: int, end: int, extent: Any, place: int | None = None) -> TensorThing:
    """The array of an npy file that is at `start`..`end`; its bytes are `extent(begin, end)`. `place` is where it
    stands in the file, if that is elsewhere: two arrays are one and the same only when they stand in one place."""
    if data[start : start + 6] != NPY_MAGIC or len(data) < start + 12:
        raise Unscannable("one of its members is no npy file")
    width = 2 if data[start + 6] == 1 else 4
    header_start = start + 8 + width
    length = int.from_bytes(data[start + 8 : header_start], "little")
    if length > MOST_NPY_HEADER_BYTES or header_start + length > end:
        raise Unscannable("the header of its npy is too long, or cut off")
    begin = header_start + length
    try:
        header = ast.literal_eval(data[header_start:begin].decode("utf-8"))
        code, is_fortran, shape = header["descr"], header["fortran_order"], header["shape"]
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError):
        raise Unscannable("the header of its npy cannot be read") from None
    if not (isinstance(shape, tuple) and all(type(size) is int and size >= 0 for size in shape)):
        raise Unscannable("the shape of its npy is no list of sizes")
    kind = None
    if isinstance(code, str) and _NPY_CODE.fullmatch(code):
        kind = built.numpy_kind(code.lstrip("<>=|"))
    if kind is None:
        if isinstance(code, str) and code.lstrip("<>=|").startswith("O"):
            return TensorThing(None, "is an array of Python objects, kept as a pickle")
        return TensorThing(None, f"is an array of the type {str(code)[:40]!a}, which safetensors does not have")
    if prod(shape) * kind.item_bytes != end - begin:
        raise Unscannable("its npy has another size than its header says; it may be cut off")
    strides = built.column_strides(shape) if is_fortran else built.row_strides(shape)
    return TensorThing(
        Tensor(
            kind,
            shape,
            strides,
            0,
            extent(begin, end),
            ("npy", start if place is None else place),
            str(code).startswith(">"),
        )
    )


# ---- legacy torch ---------------------------------------------------------------------------------------------------


def _legacy(file: Opened) -> Built:
    """Five pickles and the storages. Where these are is known only when all storages of the object are."""
    data, end = file.data, len(file.data)
    magic = built.build(data, 0, end, None)
    version = built.build(data, magic.end, end, None)
    # It says whether the writer was little-endian; the storages are so in any case, see THPStorage_writeFileRaw.
    system = built.build(data, version.end, end, None)
    if View(data).number(version.value) != 1001 or not isinstance(View(data).plain(system.value), dict):
        raise Unscannable("its legacy header is not that of torch")
    wanted: dict[str, int] = {}
    # First to learn which storages there are and how large, then to place them.
    probe = built.build(data, system.end, end, _Probe(wanted))
    keys = built.build(data, probe.end, end, None)
    names = View(data).plain(keys.value)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Unscannable("its list of storages cannot be read")
    places = _places(file, keys.end, names, wanted)

    def find(key: str, size: int) -> Extent:
        place = places.get(key)
        if place is None or place.size_bytes < size:
            raise Unscannable(f"its storage {key!a} is missing, or shorter than its pickle says")
        return place

    return built.build(data, system.end, end, find)


class _Probe:
    """Notes how many bytes of each storage are wanted."""

    def __init__(self, wanted: dict[str, int]) -> None:
        self.wanted = wanted

    def __call__(self, key: str, size: int) -> Extent:
        self.wanted[key] = max(size, self.wanted.get(key, 0))
        return MemoryExtent(b"")


def _places(file: Opened, at: int, keys: list[str], wanted: dict[str, int]) -> dict[str, FileExtent]:
    """Where each storage is: a count of elements, then their bytes; the size of an element follows from what is
    wanted."""
    places: dict[str, FileExtent] = {}
    for key in keys:
        count = int.from_bytes(file.data[at : at + 8], "little")
        size = wanted.get(key, 0)
        if key not in wanted or at + 8 + size > len(file.data):
            raise Unscannable("its storages are cut off, or do not fit its pickle")
        if (count and size % count) or (not count and size):
            raise Unscannable(f"its storage {key!a} has another size than its pickle says")
        places[key] = file.extent(at + 8, at + 8 + size)
        at += 8 + size
    return places


def children(model: Model, value: Any) -> list[tuple[Any, Any]] | None:
    """Keys and values of a mapping, indexes and values of a sequence; None for everything else. Keys are literals."""
    assert model.built is not None  # noqa: S101 - npy and npz have no nested values
    if isinstance(value, built.Mapping) or type(value) is Dict:
        items = value.items if isinstance(value, built.Mapping) else value
        if is_lost(items):
            raise Unscannable("it has too many entries in one dict to be converted")
        return [(built.plain(model.built, key), item) for key, item in zip(items[::2], items[1::2], strict=True)]
    if type(value) in (List, tuple):
        return [] if is_lost(value) else list(enumerate(value))
    return None
