"""TorchServe archives: weights, and the Python code that serves them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.core.finding import Level
from mlhooks.unsafe_models.formats.rules import MODEL_CODE
from mlhooks.unsafe_models.formats.source import Fault, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlhooks.unsafe_models.formats.zipped import Contents

MOST_LISTED = 5
MOST_REQUIREMENTS_BYTES = 1 << 20
_FOREIGN_SOURCE = re.compile(
    r"^\s*(?:--?(?:i|index-url|extra-index-url|find-links|f|trusted-host)\b|git\+|https?:)|@\s*[\w+]{1,30}://",
    re.MULTILINE,
)


def read_zip(contents: Contents) -> Iterator[Fault]:
    """The code in the archive, and requirements that come from elsewhere than the package index."""
    yield from judge_names(
        member.name for member in contents.ending(".py", ".so", ".pyc", ".jar", ".sh", ".pyd", ".dll")
    )
    for member in contents.ending("requirements.txt"):
        text = (contents.read(member, MOST_REQUIREMENTS_BYTES) or b"").decode("utf-8", "replace")
        if found := _FOREIGN_SOURCE.search(text):
            message = (
                f"its requirements install from {shown(text[found.start() :].splitlines()[0].strip())} when it is "
                f"served"
            )
            yield Fault(MODEL_CODE, message, "requirements", member.name, graded=Level.WARNING)


def judge_names(names: Iterable[str]) -> Iterator[Fault]:
    """One fault for all the code that comes with a model."""
    code = sorted(set(names))
    if code:
        more = f" and {len(code) - MOST_LISTED} more" if len(code) > MOST_LISTED else ""
        listed = ", ".join(shown(name) for name in code[:MOST_LISTED]) + more
        message = f"it brings code that runs when the model is served: {listed}; review it"
        yield Fault(MODEL_CODE, message, "code", graded=Level.WARNING)
