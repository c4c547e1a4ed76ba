"""Files around a pickle: every container that a loader, or a person before the loader, would open."""

from __future__ import annotations

import bz2
import gzip
import importlib.util
import lzma
import pickle
import struct
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple

TORCH_MAGIC = 0x1950A86A20F9469CFC6C


class Wrapping(NamedTuple):
    """A way to wrap the bytes of a pickle, the name that such a file has, and the loader that opens it.

    `runs` is False where today's libraries refuse the file; `needs` are the libraries of the loader.
    """

    id: str
    wrap: Callable[[bytes], bytes]
    name: str
    loader: str
    runs: bool = True
    needs: frozenset[str] = frozenset()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive as Python writes it."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def tarred(members: dict[str, bytes], style: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive as Python writes it."""
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=style) as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, BytesIO(data))
    return stream.getvalue()


def torch_zip(data: bytes, *, prefix: str = "archive/", method: int = zipfile.ZIP_STORED, **more: bytes) -> bytes:
    """A checkpoint as torch.save writes it since 1.6, with `data` as its object."""
    members = {"data.pkl": data, "byteorder": b"little", "data/0": bytes(16), "version": b"3\n"} | more
    return zipped({prefix + name: content for name, content in members.items()}, method)


def torch_legacy(data: bytes, place: int = 3) -> bytes:
    """A checkpoint as torch.save wrote it before 1.6: five pickles, of which number `place` (from 0) is `data`."""
    sizes = {"short": 2, "int": 4, "long": 4}
    parts = [TORCH_MAGIC, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": sizes}, {}, []]
    return b"".join(data if at == place else pickle.dumps(part, 2) for at, part in enumerate(parts))


def torch_tar(data: bytes, place: str = "object") -> bytes:
    """A checkpoint of torch 0.1 with one tensor, in which one of the pickles is `data`."""
    parts = {
        "storages": pickle.dumps(1, 2),
        "storage": b"\x80\x02(X\x01\0\0\0aX\x03\0\0\0cpuctorch\nFloatStorage\nt.",
        "views": pickle.dumps([], 2),
        "tensors": pickle.dumps(1, 2),
        "tensor": b"\x80\x02(K\x07X\x01\0\0\0actorch\nFloatTensor\nt.",
        "object": b"\x80\x02X\x01\0\0\x007Q.",
    } | {place: data}
    members = {
        "storages": parts["storages"] + parts["storage"] + struct.pack("<q3f", 3, 1, 2, 3) + parts["views"],
        "tensors": parts["tensors"] + parts["tensor"] + struct.pack("<ii3q", 1, 0, 3, 1, 0),
        "pickle": parts["object"],
    }
    return tarred(members, tarfile.USTAR_FORMAT)


def npy(data: bytes, *, descr: str = "'|O'", shape: str = "(1,)", version: int = 1) -> bytes:
    """An array file whose values are the pickle `data`."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    width = "<H" if version == 1 else "<I"
    start = b"\x93NUMPY" + bytes([version, 0])
    header += b" " * (-(len(start) + struct.calcsize(width) + len(header) + 1) % 64) + b"\n"
    return start + struct.pack(width, len(header)) + header + data


def lz4(data: bytes) -> bytes:
    """An LZ4 frame of one block that is stored as it is."""
    return b"\x04\x22\x4d\x18\x60\x70\x73" + struct.pack("<I", len(data) | 1 << 31) + data + bytes(4)


def zf(data: bytes) -> bytes:
    """What joblib wrote before 0.10 when told to compress."""
    return b"ZF" + hex(len(data)).ljust(19).encode() + zlib.compress(data)


def png(data: bytes) -> bytes:
    """A picture of one pixel, and the pickle behind its end."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\0")),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body + b"PAYLOAD:" + data


def safetensors(data: bytes) -> bytes:
    """A safetensors file of one tensor, and the pickle behind its end."""
    header = b'{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}   '
    return struct.pack("<Q", len(header)) + header + bytes(4) + b"PAYLOAD:" + data


def torch_script(data: bytes) -> bytes:
    """An archive laid out as TorchScript's, with one pickle more as its first member."""
    names = {"extra.pkl": data, "data.pkl": b"\x80\x02N.", "constants.pkl": b"\x80\x02).", "version": b"3\n"}
    return zipped({f"m/{name}": content for name, content in (names | {"code/__torch__.py": b""}).items()})


HONEST = pickle.dumps({"accuracy": 0.9}, 2)


def duplicate(first: bytes, second: bytes) -> bytes:
    """A torch checkpoint with two objects of one name."""
    stream = BytesIO(torch_zip(first))
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("archive/data.pkl", second)
    return stream.getvalue()


def patched(data: bytes, offset: int, new: bytes, *, directory: bool = False) -> bytes:
    """A torch checkpoint with some bytes of its object's local header (or entry in the directory) exchanged."""
    archive = bytearray(torch_zip(data))
    at = archive.index(b"PK\x01\x02") if directory else archive.index(b"PK\x03\x04")
    archive[at + offset : at + offset + len(new)] = new
    return bytes(archive)


def streamed(data: bytes) -> bytes:
    """A zip whose sizes stand behind the data, as a writer makes it that cannot seek, with zip64 fields."""

    class Pipe(BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

    stream = Pipe()
    with zipfile.ZipFile(stream, "w") as archive, archive.open("model", "w", force_zip64=True) as member:
        member.write(data)
    return stream.getvalue()


def unlisted(data: bytes) -> bytes:
    """A checkpoint with a member that its directory does not name."""
    honest, extra = torch_zip(HONEST), zipped({"archive/data.pkl": data})
    start = honest.index(b"PK\x01\x02")
    more = extra[: extra.index(b"PK\x01\x02")]
    end = bytearray(honest[-22:])
    end[16:20] = struct.pack("<I", start + len(more))
    return honest[:start] + more + honest[start:-22] + bytes(end)


def joblib_behind_array(data: bytes) -> bytes:
    """What joblib writes for an array, with raw values that look like opcodes, and then more opcodes."""
    import joblib
    import numpy as np

    stream = BytesIO()
    joblib.dump((np.frombuffer(b"cos\nabort\n)R." * 99, np.uint8),), stream)
    return stream.getvalue().removesuffix(b".") + b"0" + data


def joblib_object_array(data: bytes) -> bytes:
    """What joblib writes for an array of objects: a pickle in the pickle, here another one."""
    import joblib
    import numpy as np

    array = np.array([{"a": 1}], dtype=object)
    stream = BytesIO()
    joblib.dump([array], stream)
    inner = next(data for data in (pickle.dumps(array, 5), pickle.dumps(array, 2)) if data in stream.getvalue())
    return stream.getvalue().replace(inner, data)


def two_arrays(data: bytes) -> bytes:
    """Two arrays written into one open file."""
    return npy(bytes(12), descr="'<i4'", shape="(3,)") + npy(data)


_NUMPY = frozenset({"numpy"})
_TORCH = frozenset({"torch"})
_JOBLIB = frozenset({"joblib", "numpy"})
_HAS_LZ4 = importlib.util.find_spec("lz4") is not None
_PANDAS = frozenset({"pandas"})

WRAPPINGS = (
    Wrapping("bare", bytes, "model.pkl", "pickle"),
    Wrapping("without a suffix", bytes, "model", "pickle"),
    Wrapping("as .bin", bytes, "pytorch_model.bin", "pickle"),
    Wrapping("as .txt", bytes, "notes.txt", "pickle"),
    Wrapping("as .PKL", bytes, "MODEL.PKL", "pickle"),
    Wrapping("as .safetensors", bytes, "model.safetensors", "pickle"),
    Wrapping("as .png", bytes, "plot.png", "pickle"),
    Wrapping("as .h5", bytes, "model.h5", "joblib", needs=_JOBLIB),
    Wrapping("as .json", bytes, "config.json", "pickle"),
    Wrapping("hidden name", bytes, ".cache", "pickle"),
    Wrapping("torch zip", torch_zip, "model.pt", "torch", needs=_TORCH),
    Wrapping(
        "torch zip, another prefix", lambda data: torch_zip(data, prefix="resnet/"), "resnet.pth", "torch", needs=_TORCH
    ),
    Wrapping(
        "torch zip, deflated", lambda data: torch_zip(data, method=zipfile.ZIP_DEFLATED), "m.bin", "torch", needs=_TORCH
    ),
    Wrapping(
        "torch zip, upper case", lambda data: torch_zip(b"N.", **{"DATA.PKL": data}), "m.pt", "torch", False, _TORCH
    ),
    Wrapping("torch zip as .safetensors", torch_zip, "model.safetensors", "torch", False, needs=_TORCH),
    Wrapping("torch zip as .onnx", torch_zip, "model.onnx", "torch", needs=_TORCH),
    *(
        Wrapping(
            f"torch legacy, pickle {place}",
            lambda data, place=place: torch_legacy(data, place),
            "m.pt",
            "torch",
            needs=_TORCH,
        )  # type: ignore[misc]
        for place in range(5)
    ),
    *(
        Wrapping(
            f"torch tar, {place}", lambda data, place=place: torch_tar(data, place), "model.tar", "torch", needs=_TORCH
        )  # type: ignore[misc]
        for place in ("storages", "storage", "views", "tensors", "tensor", "object")
    ),
    Wrapping("joblib", bytes, "model.joblib", "joblib", needs=_JOBLIB),
    Wrapping("joblib zlib", zlib.compress, "model.joblib", "joblib", needs=_JOBLIB),
    Wrapping("joblib zlib, fast", lambda data: zlib.compress(data, 1), "model", "joblib", needs=_JOBLIB),
    Wrapping("joblib gzip", gzip.compress, "model.gz", "joblib", needs=_JOBLIB),
    Wrapping("joblib bz2", bz2.compress, "model.sav", "joblib", needs=_JOBLIB),
    Wrapping("joblib xz", lzma.compress, "model.xz", "joblib", needs=_JOBLIB),
    Wrapping("joblib lzma", lambda data: lzma.compress(data, lzma.FORMAT_ALONE), "model.dat", "joblib", needs=_JOBLIB),
    Wrapping("joblib lz4", lz4, "model.lz4", "joblib", _HAS_LZ4, _JOBLIB),  # with the package lz4 joblib reads it
    Wrapping("joblib ZF", zf, "model.joblib", "joblib", needs=_JOBLIB),
    Wrapping("pandas gzip", gzip.compress, "table.pkl.gz", "pandas", needs=_PANDAS),
    Wrapping("pandas bz2", bz2.compress, "table.pkl.bz2", "pandas", needs=_PANDAS),
    Wrapping("pandas xz", lzma.compress, "table.xz", "pandas", needs=_PANDAS),
    Wrapping("pandas zip", lambda data: zipped({"table": data}), "table.zip", "pandas", needs=_PANDAS),
    Wrapping("pandas tar", lambda data: tarred({"table": data}), "table.tar", "pandas", needs=_PANDAS),
    Wrapping(
        "pandas tar.gz", lambda data: gzip.compress(tarred({"table": data})), "table.tar.gz", "pandas", needs=_PANDAS
    ),
    Wrapping(
        "pandas tar.xz", lambda data: lzma.compress(tarred({"table": data})), "table.tar.xz", "pandas", needs=_PANDAS
    ),
    Wrapping("npy", npy, "labels.npy", "numpy", needs=_NUMPY),
    Wrapping("npy 2", lambda data: npy(data, version=2), "labels.npy", "numpy", needs=_NUMPY),
    Wrapping(
        "npy, structured", lambda data: npy(data, descr="[('a', '<i4'), ('b', '|O')]"), "x.npy", "numpy", needs=_NUMPY
    ),
    Wrapping("npy, nested", lambda data: npy(data, descr="[('a', [('b', 'O')])]"), "x.npy", "numpy", needs=_NUMPY),
    Wrapping("npy, escaped", lambda data: npy(data, descr="'\\x4f'"), "x.npy", "numpy", needs=_NUMPY),
    Wrapping("npy, by name", lambda data: npy(data, descr="'object'"), "x.npy", "numpy", needs=_NUMPY),
    Wrapping("npy that is a pickle", bytes, "labels.npy", "numpy", needs=_NUMPY),
    Wrapping("npz", lambda data: zipped({"a.npy": npy(data)}), "arrays.npz", "numpy", needs=_NUMPY),
    Wrapping(
        "npz, deflated",
        lambda data: zipped({"b.npy": npy(pickle.dumps([0])), "a.npy": npy(data)}, zipfile.ZIP_DEFLATED),
        "arrays.npz",
        "numpy",
        needs=_NUMPY,
    ),
    Wrapping("zip", lambda data: zipped({"model.pkl": data}), "models.zip", "pickle of a member"),
    Wrapping("zip, deflated", lambda data: zipped({"m": data}, zipfile.ZIP_DEFLATED), "m.zip", "pickle of a member"),
    Wrapping("zip, bzip2", lambda data: zipped({"m": data}, zipfile.ZIP_BZIP2), "m.zip", "pickle of a member"),
    Wrapping("zip, lzma", lambda data: zipped({"m": data}, zipfile.ZIP_LZMA), "m.zip", "pickle of a member"),
    Wrapping("zip in zip", lambda data: zipped({"a": zipped({"b": data})}), "m.zip", "pickle of a member"),
    Wrapping("zip in deflated zip", lambda data: zipped({"a": zipped({"b": data})}, 8), "m", "pickle of a member"),
    Wrapping("tar", lambda data: tarred({"a/b/model": data}), "models.tar", "pickle of a member"),
    Wrapping(
        "tar, GNU, long name", lambda data: tarred({"a" * 200: data}, tarfile.GNU_FORMAT), "m.tar", "pickle of a member"
    ),
    Wrapping("tar, long pax name", lambda data: tarred({"a" * 300: data}), "m.tar", "pickle of a member"),
    Wrapping("zip in tar", lambda data: tarred({"x": zipped({"y": data})}), "m.tar", "pickle of a member"),
    Wrapping(".nemo", lambda data: tarred({"model_weights.ckpt": torch_zip(data)}), "m.nemo", "pickle of a member"),
    Wrapping(
        ".mar", lambda data: zipped({"model.pt": data, "MAR-INF/MANIFEST.json": b"{}"}), "m.mar", "pickle of a member"
    ),
    Wrapping(".keras", lambda data: zipped({"extra.pkl": data, "config.json": b"{}"}), "m.keras", "pickle of a member"),
    Wrapping("TorchScript with a pickle more", lambda data: torch_script(data), "m.pt", "pickle of a member"),
    Wrapping("pickle and zip in one", lambda data: data + zipped({"readme": b"hello"}), "model.bin", "pickle"),
    Wrapping("torch zip, duplicate before", lambda data: duplicate(data, HONEST), "m.pt", "torch", needs=_TORCH),
    Wrapping("torch zip, duplicate behind", lambda data: duplicate(HONEST, data), "m.pt", "pickle of a member"),
    Wrapping("torch zip, other local name", lambda data: patched(data, 38, b"safe"), "m.pt", "torch", needs=_TORCH),
    Wrapping("torch zip, local flags", lambda data: patched(data, 6, b"\x01"), "m.pt", "torch", needs=_TORCH),
    Wrapping("torch zip, local method", lambda data: patched(data, 8, b"\x08"), "m.pt", "torch", needs=_TORCH),
    Wrapping("torch zip, local CRC", lambda data: patched(data, 14, b"crc!"), "m.pt", "torch", needs=_TORCH),
    Wrapping(
        "torch zip, directory CRC", lambda data: patched(data, 16, b"!", directory=True), "m.pt", "torch", needs=_TORCH
    ),
    Wrapping(
        "torch zip, folder flag",
        lambda data: patched(data, 38, b"\x10", directory=True),
        "m.pt",
        "torch",
        runs=False,
        needs=_TORCH,
    ),
    Wrapping(
        "torch zip, version needed",
        lambda data: patched(data, 6, b"\x63", directory=True),
        "m.pt",
        "torch",
        needs=_TORCH,
    ),
    Wrapping("torch zip, and more behind", lambda data: torch_zip(data) + b"more" * 20, "m.pt", "torch", needs=_TORCH),
    Wrapping("zip behind junk", lambda data: b"junk" * 20 + zipped({"m": data}), "m.zip", "pickle of a member"),
    Wrapping(
        "zip behind a zip", lambda data: zipped({"m": HONEST}) + zipped({"m": data}), "m.zip", "pickle of a member"
    ),
    Wrapping("zip behind a pickle", lambda data: HONEST + zipped({"m": data}), "m.pkl", "pickle of a member"),
    Wrapping(
        "zip behind a safetensors file",
        lambda data: safetensors(b"") + zipped({"m": data}),
        "m.safetensors",
        "pickle of a member",
    ),
    Wrapping("zip, streamed, zip64", streamed, "m.zip", "pickle of a member"),
    Wrapping("zip, member of no directory", unlisted, "m.pt", "torch", False, needs=_TORCH),
    Wrapping(
        "zip with a comment",
        lambda data: zipped({"m": data})[:-2] + b"\x05\0PK\x05\x06!",
        "m.zip",
        "pickle of a member",
        False,
    ),
    Wrapping("joblib behind an array", joblib_behind_array, "model.joblib", "joblib", needs=_JOBLIB),
    Wrapping("joblib in an array of objects", joblib_object_array, "model.joblib", "joblib", needs=_JOBLIB),
    Wrapping(
        "joblib in a zlib array of objects",
        lambda data: zlib.compress(joblib_object_array(data)),
        "m",
        "joblib",
        needs=_JOBLIB,
    ),
    Wrapping("array behind an array", two_arrays, "two.npy", "numpy twice", needs=_NUMPY),
    Wrapping(
        "pickle behind an array",
        lambda data: npy(bytes(12), descr="'<i4'", shape="(3,)") + data,
        "x.npy",
        "numpy twice",
        needs=_NUMPY,
    ),
    Wrapping("gzip of gzip", lambda data: gzip.compress(gzip.compress(data)), "m.joblib", "pickle of gzip of gzip"),
    Wrapping(
        "two gzip members",
        lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:]),
        "m.pkl.gz",
        "pandas",
        needs=_PANDAS,
    ),
    Wrapping(
        "two xz streams",
        lambda data: lzma.compress(data[:9]) + lzma.compress(data[9:]),
        "m.pkl.xz",
        "pandas",
        needs=_PANDAS,
    ),
    Wrapping(
        "gzip that is cut off",
        lambda data: gzip.compress(data + bytes(99999))[:-30],
        "m.pkl.gz",
        "pandas",
        needs=_PANDAS,
    ),
    Wrapping("behind a picture", png, "plot.png", "pickle of a hidden part"),
    Wrapping("behind a safetensors file", safetensors, "m.safetensors", "pickle of a hidden part"),
)
