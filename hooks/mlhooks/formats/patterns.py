"""Regular expressions that are compiled when they are first used.

Compiling costs a tenth to a half of a millisecond for each; a clean file needs few of them.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, Generic, cast


class _Lazy(Generic[AnyStr]):
    """Stands in for a compiled pattern until something is asked of it; what was asked for stays at hand."""

    def __init__(self, pattern: AnyStr, flags: int) -> None:
        self._arguments: tuple[AnyStr, int] = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(*self._arguments), name)
        setattr(self, name, value)
        return value


def lazy(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` returns, compiled later. An error in the pattern shows itself at the first use."""
    return cast("re.Pattern[AnyStr]", _Lazy(pattern, flags))
