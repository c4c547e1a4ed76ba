"""Names by which people tell development from the rest: groups, extras, folders, files."""

from __future__ import annotations

import re

from mlhooks.formats.dependency import Context

_development = (
    r"(?i)(?:^|[-_./ ])(?:dev|develop|devel|development|devtools?|test|tests|testing|pytest|lint|linting|linters?"
    r"|format|formatting|fmt|style|quality|qa|doc|docs|documentation|sphinx|mkdocs|ci|examples?|sample|samples|demo|demos"
    r"|tutorials?|typing|types|typecheck|mypy|coverage|cov|bench|benchmark|benchmarks|benchmarking|tox|nox|precommit"
    r"|pre-commit|check|checks|release|notebooks?|profiling|profile|debug|cicd)(?:$|[-_./ ]|\d)"
)


def is_development(name: str) -> bool:
    """Whether a group, an extra or a path is named like one for development."""
    return re.search(_development, name) is not None


def context_of_extra(name: str) -> Context:
    return Context.DEVELOPMENT if is_development(name) else Context.UNDECIDED
