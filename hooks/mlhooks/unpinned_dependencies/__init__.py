"""Dependencies that are something else tomorrow: versions that float, and sources that anybody may change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mlhooks.core.finding import Finding, Hook, Option, Options
from mlhooks.formats.dependency import COMPANIONS, PLACES
from mlhooks.unpinned_dependencies.rules import VERSION_RULES
from mlhooks.unpinned_dependencies.source_rules import SOURCE_RULES

if TYPE_CHECKING:
    from mlhooks.core.files import File


def check(file: File, options: Options) -> Iterator[Finding]:
    """What floats in one file. Raises `Unscannable`, after what could be judged."""
    from mlhooks.unpinned_dependencies.check import check as judge

    yield from judge(file, options)


def fix(file: File, findings: Sequence[Finding], options: Options) -> bytes | None:
    """The file with exact versions filled in where a lock or a constraints file beside it knows them."""
    from mlhooks.unpinned_dependencies.fix import fix as mend

    return mend(file, findings, options)


HOOK = Hook(
    id="unpinned-dependencies",
    summary="Finds packages, images, actions and scripts that may be something else tomorrow.",
    rules=(*VERSION_RULES, *SOURCE_RULES),
    wants=PLACES,
    check=check,
    options=(
        Option(
            "require",
            "exact",
            "how much a requirement of an application must say: a range with two ends, one version, or a hash",
            choices=("bounded", "exact", "hashed"),
        ),
        Option(
            "kind",
            "auto",
            "what the project is; a library may use ranges (default: decided from its files)",
            choices=("auto", "application", "library"),
        ),
        Option("compose", False, "judge the images of compose files, Kubernetes manifests and devcontainer.json too"),
        Option("fix", False, "fill in exact versions that a lock or a constraints file beside it already knows"),
    ),
    fix=fix,
    companions=COMPANIONS,
)
