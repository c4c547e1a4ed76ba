"""How the tests of the dependency readers read: text in, records out."""

from __future__ import annotations

from mlhooks.core.files import Blob
from mlhooks.formats.dependency import Dependency, read
from mlhooks.formats.fragment import Source


def records(path: str, text: str | bytes, beside: dict[str, str | bytes] | None = None) -> list[Dependency]:
    others = {name: data.encode() if isinstance(data, str) else data for name, data in (beside or {}).items()}
    return list(read(Blob(path, text.encode() if isinstance(text, str) else text, others=others)))


def whole(text: str) -> Source:
    return Source("file", text)
