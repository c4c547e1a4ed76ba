"""`--environment PYTHON`: what is installed for an interpreter, read from its folders. The interpreter is not run."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from glob import escape, glob
from typing import NamedTuple

from mlhooks.core.files import File
from mlhooks.core.finding import Location, Options, Said, Unscannable
from mlhooks.formats.dependency import Context, Dependency, Kind, normalize
from mlhooks.vulnerable_dependencies import audit as auditing
from mlhooks.vulnerable_dependencies.pins import entries

SITE_NAMES = ("site-packages", "dist-packages")
# Where packages are, below a prefix: virtual environments and most systems, Windows, Debian.
_SITE_PATTERNS = (
    "lib/python{version}/site-packages",
    "lib64/python{version}/site-packages",
    "Lib/site-packages",
    "local/lib/python{version}/dist-packages",
    "lib/python{version}/dist-packages",
    "lib/python3/dist-packages",
)
_METADATA = ("*.dist-info/METADATA", "*.egg-info/PKG-INFO", "*.egg-info", "*.egg/EGG-INFO/PKG-INFO", "*.egg")
_MISSING = (("*.dist-info", "METADATA"), ("*.egg-info", "PKG-INFO"), ("*.egg", "EGG-INFO/PKG-INFO"))
MAX_HEADER_BYTES = 1 << 20


def audit(value: str, _files: Iterable[File], options: Options) -> Iterator[str | Said | tuple[str, str]]:
    """Audit every distribution that is installed; one that does not tell its name and version is an error."""
    try:
        records: list[Dependency] = []
        for folder in site_folders(value):
            hidden = {record.normalized for record in records}  # the first folder on the path wins
            for path in metadata_files(folder):
                try:
                    record = installed(path)
                except Unscannable as reason:
                    yield path, str(reason)
                    continue
                if record.normalized not in hidden:
                    records.append(record)
        yield from auditing.report(list(entries(records)), options)
    except Unscannable as reason:
        yield value, str(reason)


def site_folders(value: str) -> list[str]:
    """The package folders of an interpreter, an environment's folder, or such a folder itself, in import order."""
    if os.path.isdir(value):
        if os.path.basename(os.path.abspath(value)) in SITE_NAMES or glob(os.path.join(escape(value), "*.dist-info")):
            return [value]
        found = _below(_Prefix(value, ""))
    else:
        prefixes = list(_prefixes(value))
        found = [folder for prefix in prefixes for folder in _below(prefix)]
        if found:
            found = _with_user(found, prefixes)
    if not found:
        raise Unscannable(
            "no packages were found for it. Name its interpreter, its environment's folder or site-packages."
        )
    return found


def _with_user(found: list[str], prefixes: Iterable[_Prefix]) -> list[str]:
    """The folders with the one that `pip install --user` fills: it is looked at before those of the system."""
    system = next((prefix for prefix in prefixes if prefix.version), None)
    if system is None:
        return found
    base = os.environ.get("PYTHONUSERBASE") or os.path.expanduser("~/.local")
    first = next((at for at, folder in enumerate(found) if folder in _below(system)), len(found))
    return [*found[:first], *_below(_Prefix(base, system.version)), *found[first:]]


def metadata_files(folder: str) -> list[str]:
    """The files in which the distributions of a folder tell their name and version.

    A name that begins with `~` is what an installer has moved out of the way: no interpreter looks there.
    """
    root = escape(folder)
    found = {path for pattern in _METADATA for path in glob(os.path.join(root, pattern)) if not os.path.isdir(path)}
    for pattern, name in _MISSING:
        folders = (path for path in glob(os.path.join(root, pattern)) if os.path.isdir(path))
        found.update(os.path.join(path, name) for path in folders)  # also where it is missing: that is told
    return sorted(path for path in found if not os.path.relpath(path, folder).startswith("~"))


def installed(path: str) -> Dependency:
    """The distribution that a METADATA file describes. Raises `Unscannable`."""
    try:
        with open(path, "rb") as stream:
            text = stream.read(MAX_HEADER_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise Unscannable(f"it could not be read: {error.strerror}") from None
    header = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
    values: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(header.splitlines(), 1):
        match = re.fullmatch(r"(name|version):\s*(\S+)\s*", line, re.IGNORECASE)
        if match is not None:
            values.setdefault(match[1].lower(), (match[2], number))
    if len(values) < 2:
        raise Unscannable("it does not tell a name and a version")
    (name, _), (version, line_number) = values["name"], values["version"]
    shown = os.path.relpath(path) if os.path.abspath(path).startswith(os.getcwd() + os.sep) else path
    return Dependency(
        Kind.PACKAGE,
        name,
        shown.replace(os.sep, "/"),
        Location(line_number, 1, f"installed {normalize(name)}"),
        specifier=f"=={version}",
        context=Context.APPLICATION,
        origin="environment",
        text=f"{name}=={version}",
    )


class _Prefix(NamedTuple):
    """A folder that an interpreter is installed into, and its version "3.11" where that is known."""

    folder: str
    version: str


def _prefixes(value: str) -> Iterator[_Prefix]:
    path = value if os.path.isfile(value) else shutil.which(value)
    if path is None:
        raise Unscannable("there is no such interpreter")
    folder = os.path.dirname(os.path.dirname(os.path.abspath(path)))
    settings = _settings(folder)
    if settings is not None:
        yield _Prefix(folder, "")
        if settings.get("include-system-site-packages", "").lower() != "true":
            return
        if not os.path.isdir(settings.get("home", "")):
            raise Unscannable("the interpreter that its pyvenv.cfg names is not here, and has packages of its own")
        path = os.path.join(settings["home"], os.path.basename(path))
    real = os.path.realpath(path)
    match = re.search(r"python(3\.\d+)", os.path.basename(real))
    version = match[1] if match else ""
    yield _Prefix(os.path.dirname(os.path.dirname(real)), version)
    if os.path.dirname(real) == "/usr/bin":
        yield _Prefix("/usr/local", version)


def _settings(folder: str) -> dict[str, str] | None:
    """The settings of a virtual environment; None for any other folder."""
    try:
        with open(os.path.join(folder, "pyvenv.cfg"), encoding="utf-8", errors="replace") as stream:
            pairs = (line.partition("=") for line in stream)
            return {key.strip().lower(): value.strip() for key, _, value in pairs}
    except OSError:
        return None


def _below(prefix: _Prefix) -> list[str]:
    patterns = (pattern.format(version=prefix.version or "3.*") for pattern in _SITE_PATTERNS)
    found = (path for pattern in patterns for path in sorted(glob(os.path.join(escape(prefix.folder), pattern))))
    distinct: dict[str, str] = {}
    for path in found:
        distinct.setdefault(os.path.realpath(path), path)
    return list(distinct.values())
