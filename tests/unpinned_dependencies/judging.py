"""How the tests of this room judge a file: bytes in, rule ids and places out."""

from __future__ import annotations

from mlhooks.core.files import Blob
from mlhooks.core.finding import Finding
from mlhooks.unpinned_dependencies import HOOK

DEFAULTS = {option.name: option.default for option in HOOK.options}


def judge(
    path: str, text: str | bytes, beside: dict[str, str | bytes] | None = None, **options: object
) -> list[Finding]:
    """The findings of one file; `beside` are other files of the repository by path."""
    others = {name: data.encode() if isinstance(data, str) else data for name, data in (beside or {}).items()}
    data = text.encode() if isinstance(text, str) else text
    return list(HOOK.check(Blob(path, data, others=others), {**DEFAULTS, **options}))


def rules(path: str, text: str | bytes, beside: dict[str, str | bytes] | None = None, **options: object) -> list[str]:
    """Rule ids in file order."""
    return [finding.rule.id for finding in judge(path, text, beside, **options)]


def levels(path: str, text: str | bytes, beside: dict[str, str | bytes] | None = None, **options: object) -> list[str]:
    """`rule:level` in file order."""
    return [f"{finding.rule.id}:{finding.level}" for finding in judge(path, text, beside, **options)]
