"""A symbolic unpickler: stack, marks and memo of CPython's machines, over values that are never built.

It follows the C machine (`Modules/_pickle.c`) or the pure-Python one (`Lib/pickle.py`) opcode by opcode, also into
errors: what stands before an error has already run when the error comes. Whatever needs Python to exist (an import, a
call) is asked from a `Listener`, in order, and is taken to succeed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from mlhooks.unsafe_models import literals
from mlhooks.unsafe_models import opcodes as op
from mlhooks.unsafe_models.arrays import Layout
from mlhooks.unsafe_models.hashing import HashBudget, has_shared_tuples
from mlhooks.unsafe_models.listener import BrokenError, Listener, OverBudgetError, StopReachedError
from mlhooks.unsafe_models.memo import Memo
from mlhooks.unsafe_models.reader import Reader
from mlhooks.unsafe_models.steps import STEPS, binget, set_items
from mlhooks.unsafe_models.stream import Buffer
from mlhooks.unsafe_models.values import LOST, Dict, Import, List, Made, Thing, Value, forget

SEGMENT_BYTES = 1 << 18
"""The hot loop looks at limits and budgets once in as many bytes of opcodes."""

MOST_KEPT_ITEMS = 400_000
LONGEST_KEPT_CONTAINER = 100_000
MOST_NESTED_BYTES = 1 << 28
MOST_MARKS = 1_000_000
MOST_STACKED = 8_000_000
MOST_WATCHED = 10_000
MOST_MEMOIZED_OBJECTS = 8_000_000
GIANT_MEMO_INDEX = 1 << 24


class Machine(Reader):
    """One load of one pickle. `python` takes the pure-Python machine, `arrays` joblib's on top of it."""

    def __init__(
        self, data: Buffer, start: int, end: int, listener: Listener, *, python: bool, arrays: bool = False
    ) -> None:
        super().__init__(data, start, end, listener, python=python)
        self.arrays = arrays
        self.protocol = 0
        self.stack: list[Value] = []
        self.marks: list[list[Value]] = []
        self.memo = Memo()
        self.is_pure = True
        """Nothing has been imported, called or asked from the loader."""
        self.is_watching = False
        """Something has been imported that may only be called: what is put into containers is looked at."""
        self.value: Value = LOST
        self.opcode_bytes = 0
        self._hashing = HashBudget()
        self._filled: deque[list[Value]] = deque()
        self._kept = 0

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
                finally:  # what ends in an error has cost as much
                    self.opcode_bytes += min(self.pos - begin, 2 * SEGMENT_BYTES)
                if self.pos >= self.limit:
                    self.cross_limit(begin)
                elif may_skip and self.pos - self.start >= SEGMENT_BYTES:
                    may_skip = False
                    self._skip_inert_rest()
                if self.opcode_bytes > budget_bytes:
                    raise OverBudgetError("it has more opcodes than the budget")
                self._check_memory()
        except StopReachedError:
            self.pos += 1

    def _run_segment(self, stop_at: int) -> None:  # noqa: C901 - one loop, flat on purpose: this is where all time goes
        data, stack, memo, objects = self.data, self.stack, self.memo.slots, self.memo.objects
        width_of, steps = op.WIDTH, STEPS
        push = stack.append
        memoize = memo.append
        is_dense, is_watching = self.memo.is_dense, self.is_watching
        no_items: Value = ()
        pos = self.pos
        try:
            while pos < stop_at:
                code = data[pos]
                width = width_of[code]
                if width:
                    push(pos)
                    pos += width
                elif code == 0x68:  # BINGET
                    value = memo[data[pos + 1]]
                    push(value if value >= 0 else objects[~value])
                    pos += 2
                elif code == 0x94 and is_dense:  # MEMOIZE
                    value = stack[-1]
                    if type(value) is int:
                        memoize(value)
                    else:
                        memoize(~len(objects))
                        objects.append(value)
                    pos += 1
                elif code == 0x8C:  # SHORT_BINUNICODE
                    end = pos + 2 + data[pos + 1]
                    if not data[pos + 2 : end].isascii():
                        self.check_utf8(pos, end)
                    push(pos)
                    pos = end
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
                elif code == 0x75:  # SETITEMS
                    items = stack
                    self.stack = stack = self.marks.pop()
                    push = stack.append
                    value = stack[-1]
                    if (
                        data[pos + 1] == 0x62  # BUILD
                        and type(value) is Dict
                        and type(stack[-2]) is Made
                        and stack[-2].takes_state
                        and pos + 1 < stop_at
                        and not is_watching
                        and not len(items) & 1
                    ):
                        for key in items[::2]:
                            if type(key) is not int:
                                self.pos = pos
                                self.hash_all(items[::2], pos)
                                break
                        forget(value)
                        stack.pop()
                        pos += 2
                    else:
                        self.pos = pos
                        set_items(self, items, pos)
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
                elif code == 0x62 and not is_watching and type(stack[-2]) is Made and stack[-2].takes_state:  # BUILD
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
                    pos = self.stepped_to = step(self, pos)
                    stack = self.stack
                    push = stack.append
                    is_dense, is_watching = self.memo.is_dense, self.is_watching
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
        self.pos = self.stepped_to = binget(self, at)

    def _check_memory(self) -> None:
        if (
            len(self.marks) > MOST_MARKS
            or len(self.stack) > MOST_STACKED
            or len(self.memo.objects) > MOST_MEMOIZED_OBJECTS
        ):
            raise OverBudgetError("it keeps more objects at the same time than the budget")

    def _skip_inert_rest(self) -> None:
        """Step over the rest of a pickle that has done nothing so far, if it does nothing up to its STOP either."""
        if not self.is_pure or self.python:
            return
        data, pos, limit = self.data, self.pos, self.limit
        run = op.inert_run()
        while True:
            pos = run.match(data, pos, limit).end()  # type: ignore[union-attr]  # an empty match is a match
            if pos == limit:  # the end of a frame
                limit = self.end
            code = data[pos] if pos < limit else -1
            if code == op.FRAME and limit == self.end:
                limit = pos + 9 + int.from_bytes(data[pos + 1 : pos + 9], "little")
                pos += 9
            elif code in op.LENGTH_BYTES:
                pos = literals.counted_end(data, pos)
            elif code == op.STOP and limit in (self.end, pos + 1) and not has_shared_tuples(data, self.pos, pos):
                self.pos, self.stack = pos, [LOST]
                raise StopReachedError
            else:
                return
            if pos > limit or limit > self.end:
                return

    # ---- containers -------------------------------------------------------------------------------------------------

    def pop_mark(self) -> list[Value]:
        items = self.stack
        self.stack = self.marks.pop()
        return items

    def watch(self, items: Value) -> None:
        """Tell the listener of what may only be called, and stands among these items, or in tuples among them."""
        if not self.is_watching or not isinstance(items, tuple | list):
            return
        todo: list[Iterable[Value]] = [items]
        while todo:
            for item in todo.pop() if len(todo) < MOST_WATCHED else ():
                if type(item) is tuple:
                    todo.append(item)
                elif isinstance(item, Thing) and item.is_call_only:
                    self.listener.kept(item, self.pos)

    def keep(self, target: list[Value], items: Sequence[Value]) -> None:
        """Add items to a container, within what the machine remembers at all."""
        self.watch(items)
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
            if type(key) is not int and not self._hashing.is_hashable(key):
                raise BrokenError("a list, dict or set is used as a key")
        if self._hashing.is_spent:
            self._hashing.is_spent = False
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

    def put(self, index: int, at: int) -> None:
        """memo[index] = top of the stack."""
        if index > GIANT_MEMO_INDEX and index > at - self.start:
            self.listener.warned(f"makes the loader allocate a table of {index:,} slots", at)
        self.memo.put(index, self.stack[-1])

    # ---- joblib -----------------------------------------------------------------------------------------------------

    def step_over_array(self, layout: Layout, start: int) -> int:
        """The end of the array that joblib reads behind its place holder. Raises BrokenError where it cannot."""
        if self.in_frame:
            if start != self.limit:
                raise BrokenError("the bytes of an array stand outside of the frame that needs them")
            self.in_frame = False
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
