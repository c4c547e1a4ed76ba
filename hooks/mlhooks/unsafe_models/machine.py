"""A symbolic unpickler: stack, marks and memo of CPython's machines, over values that are never built.

It follows the C machine (`Modules/_pickle.c`) or the pure-Python one (`Lib/pickle.py`) opcode by opcode, also into
errors: what stands before an error has already run when the error comes. Whatever needs Python to exist (an import, a
call) is asked from a `Listener`, in order, and is taken to succeed.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable

from mlhooks.unsafe_models import literals
from mlhooks.unsafe_models import opcodes as op
from mlhooks.unsafe_models.arrays import Layout
from mlhooks.unsafe_models.hashing import HashBudget, has_shared_tuples
from mlhooks.unsafe_models.listener import BrokenError, Listener, OverBudgetError, StopReachedError
from mlhooks.unsafe_models.steps import STEPS, binget
from mlhooks.unsafe_models.stream import Buffer
from mlhooks.unsafe_models.values import LOST, Dict, Import, List, Made, Value, forget

SEGMENT_BYTES = 1 << 18
"""The hot loop looks at limits and budgets once in as many bytes of opcodes."""

MOST_KEPT_ITEMS = 400_000
LONGEST_KEPT_CONTAINER = 100_000
MOST_NESTED_BYTES = 1 << 28
MOST_MARKS = 1_000_000
MOST_STACKED = 8_000_000
MOST_MEMOIZED_OBJECTS = 8_000_000
MEMO_HOLE = -(1 << 62)
LARGEST_MEMO_GAP = 64
GIANT_MEMO_INDEX = 1 << 24


class Machine:
    """One load of one pickle. `python` takes the pure-Python machine, `arrays` joblib's on top of it."""

    def __init__(
        self, data: Buffer, start: int, end: int, listener: Listener, *, python: bool, arrays: bool = False
    ) -> None:
        self.data = data
        self.start = self.pos = start
        self.end = self.limit = end
        self.listener = listener
        self.python = python
        self.arrays = arrays
        self.protocol = 0
        self.stack: list[Value] = []
        self.marks: list[list[Value]] = []
        self.memo = array("q")
        self.memo_objects: list[Value] = []
        self.memo_sparse: dict[int, Value] = {}
        self.memo_holes = 0
        self.is_pure = True
        self.value: Value = LOST
        self.opcode_bytes = 0
        self.hashing = HashBudget()
        self._filled: deque[list[Value]] = deque()
        self._kept = 0
        self._stepped_to = start

    # ---- running ----------------------------------------------------------------------------------------------------

    def run(self, budget_bytes: int) -> None:
        """Load one pickle. Returns at STOP, with `pos` behind it and the result in `value`.

        Raises BrokenError where the machine would raise, and OverBudgetError when `budget_bytes` of opcodes are spent.
        `pos` is then the offset of the opcode in question.
        """
        may_skip = True
        try:
            while True:
                begin = self.pos
                try:
                    self._run_segment(min(self.limit, begin + SEGMENT_BYTES))
                except IndexError:
                    self._recover()
                self.opcode_bytes += min(self.pos - begin, 2 * SEGMENT_BYTES)
                if self.pos >= self.limit:
                    self._cross_limit(begin)
                elif may_skip and self.pos - self.start >= SEGMENT_BYTES:
                    may_skip = False
                    self._skip_inert_rest()
                if self.opcode_bytes > budget_bytes:
                    raise OverBudgetError("it has more opcodes than the budget")
                self._check_memory()
        except StopReachedError:
            self.pos += 1

    def _run_segment(self, stop_at: int) -> None:  # noqa: C901 - one loop, flat on purpose: this is where all time goes
        data, stack, memo, objects = self.data, self.stack, self.memo, self.memo_objects
        width_of, steps = op.WIDTH, STEPS
        push = stack.append
        memoize = memo.append
        is_dense = not (self.memo_holes or self.memo_sparse)
        no_items: Value = ()
        pos = self.pos
        try:
            while pos < stop_at:
                code = data[pos]
                width = width_of[code]
                if width:
                    push(pos)
                    pos += width
                elif code == 0x8C:  # SHORT_BINUNICODE
                    end = pos + 2 + data[pos + 1]
                    if not data[pos + 2 : end].isascii():
                        self.check_utf8(pos, end)
                    push(pos)
                    pos = end
                elif code == 0x94 and is_dense:  # MEMOIZE
                    value = stack[-1]
                    if type(value) is int:
                        memoize(value)
                    else:
                        memoize(~len(objects))
                        objects.append(value)
                    pos += 1
                elif code == 0x68:  # BINGET
                    value = memo[data[pos + 1]]
                    push(value if value >= 0 else objects[~value])
                    pos += 2
                elif code == 0x71 and data[pos + 1] == len(memo) and is_dense:  # BINPUT
                    value = stack[-1]
                    if type(value) is int:
                        memoize(value)
                    else:
                        memoize(~len(objects))
                        objects.append(value)
                    pos += 2
                elif code == 0x28:  # MARK
                    if width_of[data[pos + 1]] and width_of[data[pos + 1 + width_of[data[pos + 1]]]]:
                        self.pos = pos
                        end = self._number_group()
                        if end:
                            pos = end
                            continue
                    self.marks.append(stack)
                    self.stack = stack = []
                    push = stack.append
                    pos += 1
                elif code == 0x7D:  # EMPTY_DICT
                    push(Dict())
                    pos += 1
                elif code == 0x5D:  # EMPTY_LIST
                    push(List())
                    pos += 1
                elif code == 0x29:  # EMPTY_TUPLE
                    push(())
                    pos += 1
                elif code == 0x85:  # TUPLE1
                    stack[-1] = (stack[-1],)
                    pos += 1
                elif code == 0x86:  # TUPLE2
                    value = stack.pop()
                    stack[-1] = (stack[-1], value)
                    pos += 1
                elif code == 0x87:  # TUPLE3
                    value = stack.pop()
                    second = stack.pop()
                    stack[-1] = (stack[-1], second, value)
                    pos += 1
                elif code == 0x62 and type(stack[-2]) is Made and stack[-2].takes_state:  # BUILD
                    value = stack.pop()
                    if type(value) is Dict:
                        forget(value)
                    pos += 1
                elif code == 0x81 and stack[-1] is no_items and type(stack[-2]) is Import and stack[-2].plain:  # NEWOBJ
                    stack.pop()
                    stack[-1] = stack[-1].plain
                    pos += 1
                else:
                    step = steps[code]
                    self.pos = pos
                    if step is None:
                        raise BrokenError(f"byte 0x{code:02x} is no opcode")
                    pos = self._stepped_to = step(self, pos)
                    stack = self.stack
                    push = stack.append
                    is_dense = not (self.memo_holes or self.memo_sparse)
                    if self.limit < stop_at:
                        break
        finally:
            self.pos = max(pos, self.pos)

    def _recover(self) -> None:
        """An IndexError in the hot loop: the stack is too short, the data is, or the memo has no such slot."""
        at = self.pos
        if at + 1 >= len(self.data):
            raise BrokenError("it ends without STOP")
        if self.data[at] != op.BINGET:
            raise BrokenError(f"{self.name_at(at)} finds too little on the stack")
        self.pos = self._stepped_to = binget(self, at)

    def name_at(self, at: int) -> str:
        return op.NAMES.get(self.data[at], f"byte 0x{self.data[at]:02x}")

    def _check_memory(self) -> None:
        if (
            len(self.marks) > MOST_MARKS
            or len(self.stack) > MOST_STACKED
            or len(self.memo_objects) > MOST_MEMOIZED_OBJECTS
        ):
            raise OverBudgetError("it keeps more objects at the same time than the budget")

    def _skip_inert_rest(self) -> None:
        """Step over the rest of a pickle that has done nothing so far, if it does nothing up to its STOP either."""
        if not self.is_pure or self.python:
            return
        pos = self.pos
        run = op.inert_run()
        while pos < self.end:
            pos = run.match(self.data, pos, self.end).end()  # type: ignore[union-attr]  # an empty match is a match
            if pos >= self.end:
                return
            code = self.data[pos]
            if code == op.STOP:
                if has_shared_tuples(self.data, self.pos, pos):
                    return
                self.pos, self.stack = pos, [LOST]
                raise StopReachedError
            if code not in op.LENGTH_BYTES or pos + 1 + op.LENGTH_BYTES[code] > self.end:
                return
            pos = literals.counted_end(self.data, pos)

    # ---- bytes ------------------------------------------------------------------------------------------------------

    def _cross_limit(self, begin: int) -> None:
        """The hot loop came to the end of the data, or of the frame that the Python machine reads from."""
        if self.limit < self.end:
            if self.pos > self.limit and not self._may_straddle(begin):
                self.pos = self.limit
                raise BrokenError("an opcode goes over the end of its frame")
            self.limit = self.end
            if self.pos < self.end:
                return
        if self.pos > self.end:
            self.pos = self.end
            raise BrokenError("it ends in the middle of an opcode")
        self.pos = self.end
        raise BrokenError("it ends without STOP")

    def _may_straddle(self, begin: int) -> bool:
        """Whether the last opcode of the hot loop crosses the end of the frame between two reads of the Python
        machine."""
        at = max(begin, self._stepped_to)
        while True:
            code = self.data[at]
            if code == op.SHORT_BINUNICODE:
                end = at + 2 + self.data[at + 1]
            else:
                end = at + (op.WIDTH[code] or (2 if code in (op.BINGET, op.BINPUT) else 1))
            if end >= self.pos:
                return self.limit == at + 1 or (self.limit == at + 2 and code == op.SHORT_BINUNICODE)
            at = end

    def take(self, start: int, size: int) -> int:
        """The end of `size` bytes from `start`, as one read of the machine. Raises BrokenError where it cannot."""
        stop = start + size
        if stop > self.limit:
            if self.limit < self.end and size:
                if start != self.limit:
                    raise BrokenError("an opcode goes over the end of its frame")
                self.limit = self.end
            if stop > self.end:
                raise BrokenError(f"{self.name_at(self.pos)} is longer than the rest of the file")
        return stop

    def line(self, start: int) -> tuple[bytes, int]:
        """The line from `start` without its end, and where the next one begins."""
        if self.limit < self.end and start == self.limit:
            self.limit = self.end
        stop = self.data.find(b"\n", start, self.limit)
        if stop >= 0:
            return self.data[start:stop], stop + 1
        if self.limit < self.end:
            raise BrokenError("a line goes over the end of its frame")
        if not self.python:
            raise BrokenError("a line has no end")
        # The Python machine cuts off the last byte, thinking that it is the line end.
        return self.data[start : self.end][:-1], self.end

    def number(self, start: int, size: int, *, signed: bool = False) -> int:
        """A little-endian number, as one read of the machine."""
        return int.from_bytes(self.data[start : self.take(start, size)], "little", signed=signed)

    def check_utf8(self, at: int, end: int) -> None:
        import codecs

        decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        start = at + 1 + op.LENGTH_BYTES[self.data[at]]
        try:
            for piece in range(start, end, 1 << 20):
                decoder.decode(self.data[piece : min(end, piece + (1 << 20))])
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            self.pos = at
            raise BrokenError("a text is not UTF-8") from None

    # ---- containers -------------------------------------------------------------------------------------------------

    def pop_mark(self) -> list[Value]:
        items = self.stack
        self.stack = self.marks.pop()
        return items

    def keep(self, target: list[Value], items: Iterable[Value]) -> None:
        """Add items to a container, within what the machine remembers at all."""
        if target and target[0] is LOST:
            return
        before = len(target)
        target.extend(items)
        if len(target) > LONGEST_KEPT_CONTAINER:
            forget(target)
            return
        self._kept += len(target) - before
        self._filled.append(target)
        while self._kept > MOST_KEPT_ITEMS:
            old = self._filled.popleft()
            self._kept -= len(old)
            if old and old is not target:
                forget(old)

    def hash_all(self, keys: Iterable[Value], at: int) -> None:
        """Raise BrokenError where one of the keys has no hash."""
        for key in keys:
            if type(key) is not int and not self.hashing.is_hashable(key):
                raise BrokenError("a list, dict or set is used as a key")
        if self.hashing.is_spent:
            self.hashing.is_spent = False
            self.listener.warned("takes exponential time to hash: tuples that hold each other many times over", at)

    def _number_group(self) -> int:
        """Step over a mark, many numbers and what ends them. 0 where there is no such thing."""
        found = op.number_group().match(self.data, self.pos, self.limit)
        if found is None:
            return 0
        end = found.end()
        code = self.data[end - 1]
        if code == op.TUPLE:
            self.stack.append((LOST,))
        elif code == op.LIST:
            self.stack.append(List([LOST]))
        elif self.stack and type(self.stack[-1]) is List:
            forget(self.stack[-1])
        else:
            return 0
        return end

    # ---- memo -------------------------------------------------------------------------------------------------------

    @property
    def memo_size(self) -> int:
        """How many slots are filled: what MEMOIZE takes as its index."""
        return len(self.memo) - self.memo_holes + len(self.memo_sparse)

    def put(self, index: int, at: int) -> None:
        """memo[index] = top of the stack."""
        value = self.stack[-1]
        memo, gap = self.memo, index - len(self.memo)
        if index > GIANT_MEMO_INDEX and index > at - self.start:
            self.listener.warned(f"makes the loader allocate a table of {index:,} slots", at)
        if index in self.memo_sparse or gap > LARGEST_MEMO_GAP or (gap > 0 and self.memo_sparse):
            self.memo_sparse[index] = value
            return
        if gap > 0:
            memo.extend([MEMO_HOLE] * gap)
            self.memo_holes += gap
        if type(value) is int:
            code = value
        else:
            code = ~len(self.memo_objects)
            self.memo_objects.append(value)
        if index == len(memo):
            memo.append(code)
        else:
            self.memo_holes -= memo[index] == MEMO_HOLE
            memo[index] = code

    def get(self, index: int) -> Value:
        """memo[index]. Raises BrokenError when nothing is there."""
        if 0 <= index < len(self.memo):
            code = self.memo[index]
            if code >= 0:
                return code
            if code != MEMO_HOLE:
                return self.memo_objects[~code]
        if index in self.memo_sparse:
            return self.memo_sparse[index]
        raise BrokenError(f"memo slot {index} is empty")

    # ---- joblib -----------------------------------------------------------------------------------------------------

    def step_over_array(self, layout: Layout, start: int) -> int:
        """The end of the array that joblib reads behind its place holder. Raises BrokenError where it cannot."""
        if self.limit < self.end:
            if start != self.limit:
                raise BrokenError("the bytes of an array stand outside of the frame that needs them")
            self.limit = self.end
        if layout.size_bytes is None:
            return self._nested_end(start)
        if layout.is_padded:
            start += 1 + self.number(start, 1)
        if start + layout.size_bytes > self.end:
            raise BrokenError("an array is longer than the rest of the file")
        return start + layout.size_bytes

    def _nested_end(self, start: int) -> int:
        """The end of the pickle that holds an array of objects. Which machine reads it depends on joblib's version."""
        ends = []
        for python in (False, True):
            nested = Machine(self.data, start, self.end, self.listener, python=python)
            try:
                nested.run(MOST_NESTED_BYTES)
            except BrokenError as error:
                failure = error
            else:
                ends.append(nested.pos)
                break
        if not ends:
            raise BrokenError(f"the pickle of an array breaks off: {failure}")
        return ends[0]
