"""Reading the bytes of a pickle as CPython's unpicklers read them, with the frames of protocol 4.

A frame announces how many of the following bytes belong together. The pure-Python unpickler reads it as a whole and
refuses an opcode that goes over its end. The C one, on bytes, does not care; on a file, it drops what is left of the
frame, or does not, depending on the size of the file's buffer. No writer makes such frames, so the Listener is warned
of them.
"""

from __future__ import annotations

import codecs

from mlhooks.unsafe_models import opcodes as op
from mlhooks.unsafe_models.listener import BrokenError, Listener
from mlhooks.unsafe_models.stream import Buffer

ACROSS_FRAMES = "has a frame that ends in the middle of something: loaders disagree about what comes next"
_PIECE_BYTES = 1 << 20


class Reader:
    """A cursor over one stream. `pos` is the offset of the opcode that is being read."""

    def __init__(self, data: Buffer, start: int, end: int, listener: Listener, *, python: bool) -> None:
        self.data = data
        self.start = self.pos = start
        self.end = self.limit = end
        self.listener = listener
        self.python = python
        self.in_frame = False
        """`limit` is the end of a frame, else it is `end`."""
        self.stepped_to = start
        """Where an opcode begins, not long before `pos`."""

    def name_at(self, at: int) -> str:
        return op.NAMES.get(self.data[at], f"byte 0x{self.data[at]:02x}")

    def take(self, start: int, size: int) -> int:
        """The end of `size` bytes from `start`, as one read of the machine. Raises BrokenError where it cannot."""
        stop = start + size
        if stop > self.limit:
            if self.in_frame and size:
                self._leave_frame(start)
            if stop > self.end:
                raise BrokenError(f"{self.name_at(self.pos)} is longer than the rest of the file")
        return stop

    def line(self, start: int) -> tuple[bytes, int]:
        """The line from `start` without its end, and where the next one begins."""
        if self.in_frame and start == self.limit:
            self._leave_frame(start)
        stop = self.data.find(b"\n", start, self.limit)
        if stop < 0 and self.in_frame:
            self._leave_frame(start)
            stop = self.data.find(b"\n", start, self.limit)
        if stop >= 0:
            return self.data[start:stop], stop + 1
        if not self.python:
            raise BrokenError("a line has no end")
        # The Python machine cuts off the last byte, thinking that it is the line end.
        return self.data[start : self.end][:-1], self.end

    def number(self, start: int, size: int, *, signed: bool = False) -> int:
        """A little-endian number, as one read of the machine."""
        return int.from_bytes(self.data[start : self.take(start, size)], "little", signed=signed)

    def check_utf8(self, at: int, end: int) -> None:
        """Raise BrokenError where the payload of the text opcode at `at` is not UTF-8 (lone surrogates pass)."""
        start = at + 1 + op.LENGTH_BYTES[self.data[at]]
        if end - start < _PIECE_BYTES and self.data[start:end].isascii():
            return
        decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        try:
            for piece in range(start, end, _PIECE_BYTES):
                decoder.decode(self.data[piece : min(end, piece + _PIECE_BYTES)])
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            self.pos = at
            raise BrokenError("a text is not UTF-8") from None

    # ---- frames -----------------------------------------------------------------------------------------------------

    def enter_frame(self, start: int, size: int) -> None:
        """FRAME was read: `size` bytes from `start` belong together. Raises BrokenError where the machine does."""
        if size >= 1 << 63:
            raise BrokenError("FRAME has an impossible length")
        if not self.python and start + size > self.end:
            raise BrokenError("FRAME is longer than the rest of the file")
        if self.in_frame:
            self._leave_frame(start)
        self.limit = min(start + size, self.end)
        self.in_frame = True

    def leave_frame_at_stop(self, pos: int) -> None:
        """STOP was read: what is left of its frame is lost for some loaders that go on with the next pickle."""
        if self.in_frame and pos != self.limit:
            self.listener.warned(ACROSS_FRAMES, pos - 1)

    def cross_limit(self, begin: int) -> None:
        """Opcodes were stepped over up to `pos`, which is at or behind the end of the frame, or of the data."""
        if self.in_frame:
            if self.pos > self.limit:
                self._leave_frame(self._last_read(max(begin, self.stepped_to)))
            self.in_frame = False
            self.limit = self.end
            if self.pos < self.end:
                return
        is_whole = self.pos == self.end
        self.pos = self.end
        raise BrokenError("it ends without STOP" if is_whole else "it ends in the middle of an opcode")

    def _leave_frame(self, at: int) -> None:
        """Something that begins at `at` goes on behind the end of the frame."""
        if at != self.limit:
            if self.python:
                self.pos = min(self.pos, self.limit)
                raise BrokenError("an opcode goes over the end of its frame")
            self.listener.warned(ACROSS_FRAMES, self.pos)
        self.in_frame = False
        self.limit = self.end

    def _last_read(self, at: int) -> int:
        """Where the read begins that goes over the limit. From `at` on there are only opcodes of the hot loop.

        A machine reads an opcode, its length, and its payload one by one.
        """
        while True:
            code = self.data[at]
            reads = [at + 1]
            if code == op.SHORT_BINUNICODE:
                reads = [at + 1, at + 2]
                end = at + 2 + self.data[at + 1]
            else:
                end = at + (op.WIDTH[code] or (2 if code in (op.BINGET, op.BINPUT) else 1))
            if end >= self.pos:
                return self.limit if self.limit in reads else at
            at = end
