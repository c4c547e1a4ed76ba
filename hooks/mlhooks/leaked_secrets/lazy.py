"""Regular expressions that are compiled when they are first needed.

All of this room's at once would cost 25 ms at start, half of what a hook may cost; a clean file needs few of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import AnyStr


def lazy(pattern: AnyStr, flags: int = 0) -> Callable[[], re.Pattern[AnyStr]]:
    """A function that returns the compiled pattern, the same one each time."""

    @cache
    def compiled() -> re.Pattern[AnyStr]:
        return re.compile(pattern, flags)

    return compiled
