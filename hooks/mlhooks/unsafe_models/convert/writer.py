"""Writing safetensors: the header first, then each tensor's bytes, in one pass and never more than one at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.convert.tensors import Tensor, pieces
from mlhooks.unsafe_models.formats.safetensors import METADATA, read_header

ALIGNMENT = 8
_COPY_BYTES = 64 << 20

Progress = Callable[[int], None]
"""Called with the number of bytes that have just been written or compared."""


class Shard(NamedTuple):
    """One file of the output: its tensors in the order in which they stand, so that every one is aligned."""

    tensors: list[tuple[str, Tensor]]
    metadata: dict[str, str]

    @property
    def size_bytes(self) -> int:
        return sum(tensor.size_bytes for _, tensor in self.tensors)


def shards(
    tensors: dict[str, Tensor], metadata: dict[str, str], aliases: dict[str, str], most_bytes: int
) -> list[Shard]:
    """The output files; more than one only when `most_bytes` (0: any) is too small for all. A tensor is never split."""
    groups: list[list[tuple[str, Tensor]]] = [[]]
    size = 0
    for name, tensor in tensors.items():
        if groups[-1] and most_bytes and size + tensor.size_bytes > most_bytes:
            groups.append([])
            size = 0
        groups[-1].append((name, tensor))
        size += tensor.size_bytes
    result = []
    for group in groups:
        names = {name for name, _ in group}
        shared = {alias: original for alias, original in aliases.items() if original in names}
        # Wide types first: then each begins at a multiple of its own size, as the format wants it.
        group.sort(key=lambda item: (-item[1].kind.item_bytes, item[0]))
        result.append(Shard(group, {**shared, **metadata}))
    return result


def header_of(shard: Shard) -> bytes:
    """The length and the JSON of a file's header, padded to a multiple of 8."""
    entries: dict[str, object] = {METADATA: shard.metadata}
    at = 0
    for name, tensor in shard.tensors:
        end = at + tensor.size_bytes
        entries[name] = {"dtype": tensor.kind.name, "shape": list(tensor.stored_shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    text += b" " * (-len(text) % ALIGNMENT)
    return len(text).to_bytes(8, "little") + text


def write(shard: Shard, path: str, progress: Progress) -> None:
    """Write one file. An error leaves a part of it behind: see `all_or_nothing`."""
    header = header_of(shard)
    reread = read_header(lambda offset, count: header[offset : offset + count], len(header) + shard.size_bytes)
    if reread.problems:
        raise Unscannable(f"it cannot be safetensors: {reread.problems[0][0]}")
    with open(path, "wb", buffering=0) as out:
        _write_all(out.fileno(), header)
        for _, tensor in shard.tensors:
            if not _copied(tensor, out.fileno(), progress):
                for piece in pieces(tensor):
                    _write_all(out.fileno(), piece)
                    progress(len(piece))
        os.fsync(out.fileno())


def _copied(tensor: Tensor, out: int, progress: Progress) -> bool:
    """Copy a tensor's bytes inside of the system, without them passing through here; False where that cannot be."""
    place = tensor.extent.descriptor()
    if place is None or not tensor.is_plain or not hasattr(os, "copy_file_range"):
        return False
    fd, at = place
    at += tensor.offset * tensor.kind.item_bytes
    left = tensor.size_bytes
    while left:
        try:
            count = os.copy_file_range(fd, out, min(left, _COPY_BYTES), offset_src=at)
        except OSError:
            if left == tensor.size_bytes:
                return False
            raise
        if not count:
            raise Unscannable("it became shorter while it was read")
        at, left = at + count, left - count
        progress(count)
    return True


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def verify(shard: Shard, path: str, progress: Progress) -> None:
    """Read the file again, and hold every byte against its source. Raises `Unscannable` at the first difference."""
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        header = read_header(lambda offset, count: os.pread(file.fileno(), count, offset), size)
        if header.problems:
            raise Unscannable(f"what was written is broken: {header.problems[0][0]}")
        places = {tensor.name: tensor for tensor in header.tensors}
        if places.keys() != {name for name, _ in shard.tensors}:
            raise Unscannable("what was written has other tensors than its source")
        for name, tensor in shard.tensors:
            at = header.buffer_start + places[name].begin
            for piece in pieces(tensor):
                if os.pread(file.fileno(), len(piece), at) != piece:
                    raise Unscannable(f"what was written of {name!a} differs from its source")
                at += len(piece)
                progress(len(piece))
            if at != header.buffer_start + places[name].end:
                raise Unscannable(f"what was written of {name!a} has another size than its source")


@contextmanager
def all_or_nothing(paths: list[str]) -> Iterator[list[str]]:
    """Temporary names next to `paths`; they take their final names together at the end, or none stays."""
    temporary = [f"{path}.{os.getpid()}.part" for path in paths]
    try:
        yield temporary
        for part, path in zip(temporary, paths, strict=True):
            os.replace(part, path)
    finally:
        for part in temporary:
            if os.path.exists(part):
                os.unlink(part)
