"""What counts as pinned: how strongly a declaration fixes what is installed.

The published table (`PIN_TABLE`) is the documentation and the test of `pin`: they cannot drift apart.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.formats.dependency import Dependency, Grammar, Kind
from mlhooks.unpinned_dependencies import rules, source_rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlhooks.core.finding import Rule


class Strength(IntEnum):
    """From "anything" to "this content". The names are those of `--require`."""

    FLOATING = 0
    BOUNDED = 1
    EXACT = 2
    HASHED = 3


class Pin(NamedTuple):
    """How strong a declaration is, and the rule it breaks where more is required."""

    strength: Strength
    rule: Rule


_commit = r"[0-9a-f]{40}|[0-9a-f]{64}"
_strong_hash = r"sha(?:256|384|512)[:=]\s*[0-9A-Fa-f-_+/=]{32,}"
_digest = r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}"
_version_tag = r"(?:[A-Za-z]+[/_-])*[vV]?\d[-._+A-Za-z0-9]*"
_clause = re.compile(r"\s*(?P<operator>===|==|!=|~=|<=|>=|<|>|=|\^|~)?\s*(?P<version>[^\s,|]*)\s*")


def pin(dependency: Dependency) -> Pin:
    """The strength of one declaration; settings, includes and the unreadable count as exact content."""
    return _BY_KIND.get(dependency.kind, _fixed)(dependency)


def is_commit(ref: str) -> bool:
    return re.fullmatch(_commit, ref) is not None


def exact_version(dependency: Dependency) -> str:
    """The one version that a package declaration allows, "" for a range, as far as its text tells."""
    if dependency.kind not in (Kind.PACKAGE, Kind.CONDA) or pin(dependency).strength < Strength.EXACT:
        return ""
    match = re.search(r"\d[^\s,=;)]*|(?<===)[^\s,;)]+", dependency.specifier)
    return match[0] if match is not None else ""


def _has(pattern: str, hashes: tuple[str, ...]) -> bool:
    return any(re.fullmatch(pattern, text) for text in hashes)


def _package(dependency: Dependency) -> Pin:
    if (
        dependency.kind is Kind.CONDA
        and dependency.normalized == "python"
        and re.match(r"==?\s*3\.\d+(?:\.\*)?$", dependency.specifier)
    ):
        # The interpreter is named by its minor version everywhere; its patch releases are security fixes.
        return Pin(Strength.EXACT, rules.MISSING_HASH)
    found = {Grammar.CONDA: _conda, Grammar.POETRY: _poetry, Grammar.PIXI: _poetry}.get(dependency.grammar, _pep440)(
        dependency.specifier
    )
    if found.strength is Strength.EXACT and _has(_strong_hash, dependency.hashes):
        return Pin(Strength.HASHED, rules.MISSING_HASH)
    return found


def _pep440(specifier: str) -> Pin:
    clauses = [_clause.fullmatch(part) for part in specifier.strip("() ").split(",")]
    return _of_clauses([(match["operator"] or "", match["version"]) for match in clauses if match is not None])


def _poetry(specifier: str) -> Pin:
    """Poetry and pixi: alternatives by `|`, a bare version is exact, `^` and `~` float."""
    alternatives = [_of_bare(part) for part in re.split(r"\|\|?", specifier)]
    return min(alternatives, key=lambda found: found.strength)


def _of_bare(specifier: str) -> Pin:
    clauses = []
    for match in re.finditer(r"(===|==|!=|~=|<=|>=|<|>|=|\^|~)?\s*([^\s,]+)", specifier.strip()):
        operator, version = match[1] or "", match[2]
        if version in ("*", "latest"):
            continue
        if operator in ("", "="):
            operator = "=="
        clauses.append((operator, version))
    return _of_clauses(clauses)


def _conda(specifier: str) -> Pin:
    """A MatchSpec's version: `==` and a blank are exact, a single `=` floats below its last component."""
    text = specifier.strip()
    if "|" in text:
        return min((_conda(part) for part in text.split("|")), key=lambda found: found.strength)
    match = re.fullmatch(r"(?P<operator>==?)?\s*(?P<version>[^\s=<>!~,*]+)(?P<build>\s*[=\s]\s*\S+)?", text)
    if match is None:
        return _of_bare(text.replace(" ", ",") if re.match(r"[<>!~]", text) else text)
    if match["operator"] == "=" and not match["build"] and match["version"].count(".") < 2:
        return Pin(Strength.BOUNDED, rules.WILDCARD)
    return Pin(Strength.EXACT, rules.MISSING_HASH)


def _of_clauses(clauses: list[tuple[str, str]]) -> Pin:
    operators = {operator for operator, version in clauses if version}
    exact = [version for operator, version in clauses if operator in ("==", "===")]
    if any(not version.endswith(".*") for version in exact) or "===" in operators:
        return Pin(Strength.EXACT, rules.MISSING_HASH)
    if exact:
        return Pin(Strength.BOUNDED, rules.WILDCARD)
    upper = {version for operator, version in clauses if operator in ("<", "<=")}
    lower = {version for operator, version in clauses if operator in (">", ">=")}
    closed = {version for operator, version in clauses if operator == "<="} & lower
    if closed and ">=" in operators:
        return Pin(Strength.EXACT, rules.MISSING_HASH)
    if operators & {"~=", "^", "~"} or (upper and lower):
        return Pin(Strength.BOUNDED, rules.LOOSE)
    if upper:
        return Pin(Strength.FLOATING, rules.LOOSE)
    return Pin(Strength.FLOATING, rules.LOWER_BOUND if lower else rules.UNPINNED)


def _repository(dependency: Dependency) -> Pin:
    ref = dependency.ref
    if is_commit(ref):
        return Pin(Strength.HASHED, source_rules.VCS)
    is_tag = re.fullmatch(r"[0-9a-f]{7,39}", ref) is not None or re.fullmatch(_version_tag, ref) is not None
    return Pin(Strength.BOUNDED if is_tag else Strength.FLOATING, source_rules.VCS)


def _archive(dependency: Dependency) -> Pin:
    is_hashed = _has(_strong_hash, dependency.hashes)
    return Pin(Strength.HASHED if is_hashed else Strength.BOUNDED, source_rules.URL)


def _image(dependency: Dependency) -> Pin:
    if _has(_digest, dependency.hashes):
        return Pin(Strength.HASHED, source_rules.IMAGE_DIGEST)
    if dependency.ref in ("", "latest"):
        is_copied = dependency.group in ("COPY --from", "RUN --mount")
        return Pin(Strength.FLOATING, source_rules.COPY_FROM if is_copied else source_rules.UNTAGGED_IMAGE)
    return Pin(Strength.EXACT, source_rules.IMAGE_DIGEST)


def _action(dependency: Dependency) -> Pin:
    if is_commit(dependency.ref):
        return Pin(Strength.HASHED, source_rules.TAG_ACTION)
    if re.fullmatch(_version_tag, dependency.ref):
        return Pin(Strength.EXACT, source_rules.TAG_ACTION)
    return Pin(Strength.FLOATING, source_rules.BRANCH_ACTION)


def _hook(dependency: Dependency) -> Pin:
    """pre-commit's own test: a rev with a dot, or of hex digits only, is no branch."""
    ref = dependency.ref
    if re.fullmatch(r"[0-9a-fA-F]{7,}", ref) or "." in ref:
        return Pin(Strength.HASHED, source_rules.HOOK_REV)
    return Pin(Strength.FLOATING, source_rules.HOOK_REV)


def _fixed(_: Dependency) -> Pin:
    return Pin(Strength.HASHED, rules.UNPINNED)


_BY_KIND: dict[Kind, Callable[[Dependency], Pin]] = {
    Kind.PACKAGE: _package,
    Kind.CONDA: _package,
    Kind.VCS: _repository,
    Kind.URL: _archive,
    Kind.IMAGE: _image,
    Kind.ACTION: _action,
    Kind.HOOK: _hook,
}
