"""What of a declaration can be audited: one name with one exact version, or the reason why not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.formats.dependency import Context, Grammar, Kind, normalize
from mlhooks.vulnerable_dependencies.conda_names import ON_INDEX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mlhooks.formats.dependency import Dependency


class Pin(NamedTuple):
    """A package by its normalized name, and a version as it is written, local part included."""

    name: str
    version: str


class Entry(NamedTuple):
    """One declaration. Either `pin` is there, or `reason` says why it cannot be audited."""

    declared: Dependency
    pin: Pin | None
    reason: str = ""


NO_VERSION = "no exact version"
# What is no Python package at all, and so not a matter of this hook.
_OTHER_KINDS = frozenset((Kind.IMAGE, Kind.ACTION, Kind.HOOK, Kind.DOWNLOAD, Kind.SETTING))
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_EXACT = re.compile(r"==([0-9][0-9A-Za-z.+]*)")
# Compiled when they are first needed: most files have only plain pins.
_OWN_PROJECT = r"(?:\.{1,2}/)*\.{0,2}(?:\[[^\]]*\])?|\$\{?PWD\}?/?|\{toxinidir\}/?"
_CLAUSE = r"(?P<operator>===|==|!=|~=|<=|>=|<|>|=|\^|~)?\s*(?P<version>[^\s,]+)"
_WHEEL = r"(?i)(?P<name>[^-]+)-(?P<version>[^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl"
_SDIST = r"(?i)(?P<name>.+?)-(?P<version>v?\d[^-]*)\.(?:tar\.(?:gz|bz2|xz)|tgz|zip)"


def entries(
    records: Iterable[Dependency], is_missing: Callable[[Dependency], bool] = lambda _: False
) -> Iterator[Entry]:
    """An entry for every Python package that is declared; images, actions and settings are left out.

    `is_missing` says of an include that its file is not here.
    """
    for record in records:
        if record.kind in _OTHER_KINDS:
            continue
        if record.kind is Kind.INCLUDE and is_missing(record):
            yield Entry(record, None, "a list of packages that is not here")
            continue
        judge = _JUDGES.get(record.kind, _unknown)
        found = judge(record)
        if isinstance(found, str):
            yield Entry(record, None, found)
        elif found is not None:
            is_name = _NAME.fullmatch(found.name) is not None
            yield Entry(record, found) if is_name else Entry(record, None, "no valid package name")


def exact_version(specifier: str, grammar: Grammar) -> str:
    """The one version that a specifier allows, as written; "" when it allows several.

    A bare version is exact for Poetry, and for pixi and conda from three components on.
    """
    plain = _EXACT.fullmatch(specifier)
    if plain is not None:
        return plain[1]
    text = specifier.strip()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    if grammar is Grammar.CONDA:
        return _conda_version(text)
    if "|" in text:
        return ""
    clauses = [match for part in text.split(",") if (match := re.fullmatch(_CLAUSE, part.strip()))]
    bounds = {(match["operator"] or "", match["version"]) for match in clauses}
    for operator, version in sorted(bounds):
        if operator in ("==", "===") and not version.endswith("*"):
            return version
        if operator in ("", "=") and grammar is not Grammar.PEP440 and re.match(r"v?\d", version):
            is_exact = grammar is Grammar.POETRY or version.count(".") >= 2
            if is_exact and not version.endswith("*"):
                return version
        if operator == ">=" and ("<=", version) in bounds:
            return version
    return ""


def _conda_version(text: str) -> str:
    """`==1.2.3`, `1.2.3`, `1.2.3=build`, `1.2.3 build`, and `=1.2.3`, in which nothing floats in practice."""
    match = re.fullmatch(r"(?P<operator>==?)?\s*(?P<version>[^\s=<>!~,|*]+)(?:(?:\s+|\s*=\s*)(?P<build>\S+))?", text)
    if match is None or not re.match(r"\d", match["version"]):
        return ""
    is_loose = match["operator"] == "=" and not match["build"] and match["version"].count(".") < 2
    return "" if is_loose else match["version"]


def _package(record: Dependency) -> Pin | str:
    version = exact_version(record.specifier, record.grammar)
    return Pin(record.normalized, version) if version else NO_VERSION


def _conda(record: Dependency) -> Pin | str | None:
    """Only names that are known to be the same project on the Python index; conda also has compilers and libraries."""
    if record.normalized in ("python", "pip"):
        return None
    name = ON_INDEX.get(record.name.lower())
    if name is None:
        return "a conda package, which the advisories for Python packages do not name"
    version = exact_version(record.specifier, record.grammar)
    return Pin(name, version) if version else NO_VERSION


def _archive(record: Dependency) -> Pin | str:
    """A wheel or source archive says its name and version in its file name; for any other its lock may know them."""
    file_name = record.url.partition("?")[0].partition("#")[0].replace("\\", "/").rpartition("/")[2]
    if "%" in file_name:  # `torch-2.0.0%2Bcu118-...`
        from urllib.parse import unquote

        file_name = unquote(file_name)
    match = re.fullmatch(_WHEEL, file_name) or re.fullmatch(_SDIST, file_name)
    if match is not None:
        return Pin(normalize(match["name"]), match["version"].replace("_", "+", 1))
    if record.context is Context.LOCK and record.kind is Kind.URL:
        found = _package(record)
        if isinstance(found, Pin):
            return found
    return "an archive without a version in its name"


def _local(record: Dependency) -> Pin | str | None:
    if re.fullmatch(_OWN_PROJECT, record.url):
        return None  # the project itself: the code under review, not something that it depends on
    found = _archive(record)
    return found if isinstance(found, Pin) else "a local path"


def _repository(_: Dependency) -> str:
    return "a repository, not a release"


def _include(record: Dependency) -> str | None:
    """A file that is there is read; one at a URL is not."""
    return "a file at a URL, which is not fetched" if "://" in record.url else None


def _unknown(record: Dependency) -> str:
    return f"it is computed ({record.problem})" if record.kind is Kind.UNKNOWN else f"unreadable: {record.problem}"


_JUDGES = {
    Kind.PACKAGE: _package,
    Kind.CONDA: _conda,
    Kind.URL: _archive,
    Kind.LOCAL: _local,
    Kind.VCS: _repository,
    Kind.INCLUDE: _include,
}
