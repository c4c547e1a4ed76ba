"""What the two halves of this room say to each other: containers find pickles, the engine walks them.

    room.check ──> containers.contents(piece, walk, budget) ──> Walk | Piece | Trouble
                         │                 ▲
                         └── walk(Stream) ─┘      the engine: one pickle, all readings, judged by the policy

A `Piece` is bytes that somebody may open as a file: the file itself, a member of an archive, what a compressed file
unpacks to, or bytes that a pickle hands to a nested loader. `containers.contents` looks at one piece and yields

- a `Walk` for each pickle in it, made by calling the `walk` it was given (so that it can see where a pickle ends and
what its
  value is, which torch's legacy layout needs to find the next one). A walk that turns out to be nothing (a text file
  that only looked like a pickle) is dropped by not yielding it;
- a `Piece` for everything inside that is to be looked at in the same way. The room keeps the list of pieces to do, and
  refuses those deeper than `Budget.depth`;
- a `Trouble` for what is wrong with the wrapping itself.

As its last act it may raise `Unscannable` (a 7z archive, an encrypted member): the room notes the reason, goes on with
the other pieces, and raises when all is done, so that findings are never lost to it.

**Bytes.** `data` is `bytes` or a read-only `mmap`: both index to int, slice to bytes, have `find`, and can be searched
by `re`. Never a memoryview. A stored member of an archive is the same `data` with its own `start` and `end`; no copy.
What is compressed is unpacked by the container, within `Budget.unpacked_bytes` and its ratio, into bytes, or into an
unlinked temporary file that is mapped when it is large. So the engine has random access to everything, and no windows.
Nothing outside [start, end) is read.

**Readings.** The engine takes every reading by itself: the C machine first; the Python machine too when the C machine
ends in an error; joblib's (the Python machine that steps over raw array bytes after the BUILD of a NumpyArrayWrapper,
and walks the pickle of an object array there) when such a BUILD is seen. A container never skips joblib's arrays.
Findings of all readings are in the one Walk; `end` and `value` are those of the reading that got furthest.

**Persistent ids, names.** `Stream.loader` says who would read the pickle, and with that which persistent ids and names
are ordinary: see `Loader`.

**Ends.** A walk covers exactly one pickle, from `start` to `Walk.end` (one past its STOP when `Walk.stopped`). What
follows is up to the container: the next stacked pickle, raw storages, padding, or a trailing something that deserves a
Trouble.

**Places.** `where` names the piece as a person would: "" for the file itself, "archive/data.pkl" for a member, and
`inside(outer, inner)` for anything deeper. Byte offsets are counted from `Stream.origin`: the start of the member or of
the unpacked bytes.
"""

from __future__ import annotations

from enum import Enum
from mmap import mmap
from typing import Any, NamedTuple

Buffer = bytes | mmap


class Loader(Enum):
    """Who would read a pickle."""

    PLAIN = "pickle.load"
    """Also joblib.load, pandas.read_pickle, numpy.load. Any persistent id is worth a finding."""

    TORCH = "torch.load"
    """data.pkl of a torch zip, and the object pickle of the legacy layouts: storages arrive as persistent ids."""

    TORCH_TAR = "torch.load of a tar"
    """The object of a checkpoint of torch 0.1: tensors arrive as persistent ids that are plain keys, and classes as
    tuples of a class, its file and its source."""

    TORCHSCRIPT = "torch.jit.load"
    """A pickle of an archive that holds constants.pkl and code/: `__torch__` names are compiled classes, not Python
    imports."""


class Piece(NamedTuple):
    """Bytes that somebody may open as a file.

    `name` is the file's or member's own name ("model.pt"; "" when it has none), for what its suffix claims. `duty` says
    that something will load these bytes as a pickle or as a model for certain (a nested loader in a pickle was given
    them), so that bytes which cannot be recognised are a finding. `depth` counts the wrappings around it.
    """

    data: Buffer
    start: int
    end: int
    name: str = ""
    where: str = ""
    depth: int = 0
    duty: bool = False


class Stream(NamedTuple):
    """A place where a pickle begins, or may begin.

    Nothing at or after `end` belongs to it. Offsets in messages count from `origin`.
    """

    data: Buffer
    start: int
    end: int
    origin: int = 0
    where: str = ""
    loader: Loader = Loader.PLAIN
    depth: int = 0


class Remark(NamedTuple):
    """Something to report about a pickle: one finding, before it knows its file."""

    rule: str
    message: str
    offset: int
    """Absolute offset in `Stream.data`; the room turns it into one from the origin."""
    subject: str
    graded: int = 0
    """A `Level` that replaces the rule's own, or 0."""


class Use(NamedTuple):
    """One import, call or state of a pickle with its verdict, for `--show-imports`. Each distinct one once."""

    verb: str
    name: str
    verdict: str
    offset: int


class Walk(NamedTuple):
    """What one pickle would do."""

    stream: Stream
    end: int
    """One past STOP; or where the reading that got furthest came to its end."""
    stopped: bool
    """STOP was reached."""
    value: Any
    """The unpickled value as far as it is literal: None, bool, int, float, str, bytes, tuple, list, dict; `UNKNOWN` for
    everything else, also inside. Long lists and dicts are UNKNOWN when they are larger than the engine keeps."""
    imports: int
    """How many objects it imports; 0 together with `calls` 0 means that loading it runs nothing."""
    calls: int
    """How many calls it makes (REDUCE, OBJ, INST, NEWOBJ, BUILD on an object, ...)."""
    opcodes: int
    """How many opcodes were stepped over, at least: runs of plain values count as one."""
    remarks: tuple[Remark, ...]
    """Judged by the policy, in order. Includes the one that says why the walk ended early."""
    uses: tuple[Use, ...]
    nested: tuple[Piece, ...]
    """Bytes that it hands to a loader: `contents` need not look at them, the room will."""
    has_known_danger: bool
    """A name that is known as dangerous is called: reason enough to believe that this is a pickle."""


class Trouble(NamedTuple):
    """Something wrong with a wrapping: `rule` is one of the room's rule ids, `message` and `subject` as in a
    Finding."""

    rule: str
    message: str
    where: str
    subject: str
    graded: int = 0


class _Unknown:
    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


class Budget:
    """How much work one file may cause. What is left is counted down in place; see the options for the defaults.

    Who runs out reports "scan-budget-exceeded" (a Trouble or a Remark), keeps what was found so far, and goes on with
    the next thing that is still affordable.
    """

    __slots__ = ("depth", "members", "opcodes", "ratio", "unpacked_bytes")

    def __init__(
        self,
        *,
        opcodes: int = 200_000_000,
        unpacked_bytes: int = 8 << 30,
        ratio: int = 1000,
        members: int = 100_000,
        depth: int = 8,
    ) -> None:
        self.opcodes = opcodes
        """Left for the engine."""
        self.unpacked_bytes = unpacked_bytes
        """Left for all decompression in this file."""
        self.ratio = ratio
        """Unpacked to packed bytes of one member or layer, beyond its first 64 MiB. A limit, not counted down."""
        self.members = members
        """Left for members of archives in this file."""
        self.depth = depth
        """How deep pieces may nest. A limit, not counted down."""


def inside(outer: str, inner: str) -> str:
    """The name of a place in a place: inside("a.zip", "data.pkl") is "a.zip > data.pkl", inside("", x) is x."""
    return f"{outer} > {inner}" if outer else inner
