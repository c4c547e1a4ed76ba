"""The memo of a pickle, in little memory: eight bytes for a literal, and nothing for an index that nobody uses."""

from __future__ import annotations

from array import array

from mlhooks.unsafe_models.listener import BrokenError
from mlhooks.unsafe_models.values import Value

HOLE = -(1 << 62)
LARGEST_GAP = 64


class Memo:
    """Values by index.

    `slots` holds literals as they are, and ~i for `objects[i]`. As long as `is_dense`, the next index is `len(slots)`,
    and the machine's inner loop works on `slots` by itself. What stands far away from all others is in `_far`.
    """

    __slots__ = ("_far", "_holes", "is_dense", "objects", "slots")

    def __init__(self) -> None:
        self.slots = array("q")
        self.objects: list[Value] = []
        self.is_dense = True
        self._far: dict[int, Value] = {}
        self._holes = 0

    def __len__(self) -> int:
        """How many slots are filled: what MEMOIZE takes as its index."""
        return len(self.slots) - self._holes + len(self._far)

    def put(self, index: int, value: Value) -> None:
        gap = index - len(self.slots)
        if index in self._far or gap > LARGEST_GAP or (gap > 0 and self._far):
            self._far[index] = value
            self.is_dense = False
            return
        if gap > 0:
            self.slots.extend([HOLE] * gap)
            self._holes += gap
            self.is_dense = False
        code = value
        if type(value) is not int:
            code = ~len(self.objects)
            self.objects.append(value)
        if index == len(self.slots):
            self.slots.append(code)
        else:
            self._holes -= self.slots[index] == HOLE
            self.slots[index] = code
            self.is_dense = not (self._holes or self._far)

    def get(self, index: int) -> Value:
        """Raises BrokenError when nothing is there."""
        code = self.slots[index] if 0 <= index < len(self.slots) else HOLE
        if code >= 0:
            return code
        if code != HOLE:
            return self.objects[~code]
        if index in self._far:
            return self._far[index]
        raise BrokenError(f"memo slot {index} is empty")
