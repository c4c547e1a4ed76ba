"""Dependencies, however they are declared: one record, and one function that reads it out of any file.

`read(file)` finds the reader by the file's name. It yields a record for everything that will be fetched and run
(packages, images, actions, scripts) and for every setting that changes where packages come from. A line that cannot
be understood is a record too (`Kind.UNREADABLE`), so it hides no other line.
"""

from __future__ import annotations

import re
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.core.finding import Location, Unscannable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File


class Kind(StrEnum):
    """What a record declares, and so how it is fetched."""

    PACKAGE = "package"  # a name, looked up on a Python package index
    CONDA = "conda package"  # a name, looked up in conda channels
    URL = "archive"  # an archive at a URL
    VCS = "repository"  # a version control repository at a URL
    LOCAL = "local path"  # a folder or an archive in the repository, or on the machine
    IMAGE = "image"  # a container image
    ACTION = "action"  # a GitHub action or a reusable workflow
    HOOK = "hook repository"  # a pre-commit hook repository
    DOWNLOAD = "script"  # a script that is fetched and handed to an interpreter
    SETTING = "setting"  # where packages come from: `name` is the option's long name, `url` its value
    INCLUDE = "include"  # another file of requirements: `name` is "requirement" or "constraint", `url` its path
    UNREADABLE = "unreadable"  # what stands here cannot be understood; `problem` says why
    UNKNOWN = "unknown"  # what stands here is computed when it runs; `problem` says by what


class Context(StrEnum):
    """Who a declaration is for, as far as the file itself tells."""

    APPLICATION = "application"  # an environment that something runs in
    LIBRARY = "library"  # metadata of something that others install
    DEVELOPMENT = "development"  # the tools and tests around it
    BUILD = "build"  # what builds it
    CONSTRAINT = "constraint"  # installs nothing, limits what is installed
    LOCK = "lock"  # what a resolver chose
    COMMAND = "command"  # an install command in a script, an image, a workflow, a notebook
    UNDECIDED = "undecided"  # the file does not tell: a requirements file


class Grammar(StrEnum):
    """The language a specifier is written in: `1.2` means something else in each."""

    PEP440 = "pep440"
    POETRY = "poetry"  # bare is exact, ^ and ~ float
    PIXI = "pixi"  # bare is exact for three components or more
    CONDA = "conda"  # a MatchSpec's version, and its build after a second =


class Dependency(NamedTuple):
    """One thing declared at one place.

    `name` is as written (`normalized` compares); `specifier` is as written, without name, extras and marker, in the
    language of `grammar`. `url` is the address of an archive, repository, image, script or index, `ref` what stands
    after its `@` (a commit, tag, branch; the digest or tag of an image). `marker` is the condition under which it
    counts. `origin` names the reader ("requirements", "dockerfile", "uv.lock"), `group` the table, extra, stage or
    job it stands in. Records of one logical line or command share `statement`.

    `slot` is where a version specifier stands or would stand: offsets (start, end) in the file's text, in characters,
    only where that text may be replaced as it is.
    """

    kind: Kind
    name: str
    path: str
    location: Location
    specifier: str = ""
    grammar: Grammar = Grammar.PEP440
    context: Context = Context.UNDECIDED
    origin: str = ""
    group: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    hashes: tuple[str, ...] = ()
    url: str = ""
    vcs: str = ""
    ref: str = ""
    editable: bool = False
    bound_to: str = ""  # the one index that this name is bound to, when there is one
    statement: int = 0
    slot: tuple[int, int] | None = None
    text: str = ""  # the declaration as written, on one line
    problem: str = ""

    @property
    def normalized(self) -> str:
        return normalize(self.name)


def normalize(name: str) -> str:
    """A package name as indexes compare it (PEP 503)."""
    return _separators.sub("-", name).lower()


_separators = re.compile(r"[-_.]+")


PLACES = (
    r"(^|/)(?:"
    r"(?P<requirements>[^/]*[Rr]equirements?[^/]*\.(txt|in|pip)|(.*[-_.])?(reqs?|constraints?)([-_.][^/]*)?\.(txt|in|pip)"
    r"|(requirements|reqs|constraints)/(.+/)?[^/]+\.(txt|in|pip)|[^/]+\.in)"
    r"|(?P<lock>(uv|poetry|pdm|pixi|Pipfile)\.lock|pylock(\.[^/]+)?\.toml|([^/]*[.-])?conda-lock\.ya?ml|conda-[^/]*\.lock|[^/]+\.py\.lock)"
    r"|(?P<toml>pyproject\.toml|pixi\.toml|uv\.toml|hatch\.toml|tox\.toml|Pipfile)"
    r"|(?P<ini>setup\.cfg|tox\.ini|pip\.conf|pip\.ini)"
    r"|(?P<docker>([^/]*[._-])?([Dd]ocker|[Cc]ontainer)file(?!.*\.(pyi?|md|rst|html?|json|js|ts|go)$)([._-][^/]*)?"
    r"|[^/]+\.(dockerfile|containerfile))"
    r"|(?P<workflow>\.github/workflows/[^/]+\.ya?ml|action\.ya?ml)"
    r"|(?P<precommit>\.pre-commit-(config|hooks)\.ya?ml)"
    r"|(?P<manifest>MLproject|MLmodel|cog\.ya?ml|bentofile\.ya?ml|python_env\.ya?ml)"
    r"|(?P<conda>[^/]*(environment|conda|env)[^/]*\.ya?ml)"
    r"|(?P<dvc>dvc\.ya?ml|[^/]+\.dvc)"
    r"|(?P<shell>[^/]+\.(sh|bash|zsh)|\.env|[^/]+\.env|\.env\.[^/]+)"
    r"|(?P<notebook>[^/]+\.ipynb)"
    r"|(?P<python>[^/]+\.pyi?)"
    r"|(?P<makefile>(GNU)?[Mm]akefile([._-][^/]*)?|[^/]+\.(mk|mak|make))"
    r"|(?P<deployment>[^/]+\.ya?ml|\.?devcontainer\.json)"
    r")$"
)
"""Names of the files that declare dependencies, as a regular expression; its groups name the readers."""

COMPANIONS = (
    r"(^|/)(?:[^/]*(?:requirements?|reqs?|constraints?)[^/]*\.(?:txt|in|pip)"
    r"|(?:requirements|reqs|constraints)/(?:.+/)?[^/]+\.(?:txt|in|pip)|[^/]+\.(?:in|lock)|pylock[^/]*\.toml"
    r"|[^/]*conda-lock\.ya?ml|(?:pyproject|pixi|uv)\.toml|Pipfile|setup\.(?:cfg|py)"
    r"|[^/]*(?:[Dd]ocker|[Cc]ontainer)file[^/]*|[^/]*(?:environment|conda)[^/]*\.ya?ml)$"
)
"""Names of the files that decide how another file's declarations are judged: locks, includes, what installs them."""

# The readers of the commonest names, for which the whole of PLACES need not be compiled.
COMMON = {
    "requirements.txt": "requirements",
    "requirements-dev.txt": "requirements",
    "pyproject.toml": "toml",
    "uv.lock": "lock",
    "poetry.lock": "lock",
    "Dockerfile": "docker",
}


def read(file: File, *, whole: bool = False) -> Iterator[Dependency]:
    """Everything that `file` declares, in file order, followed by what its includes declare.

    An included file is read here only when its own name would not bring it to a reader; `whole` asks for all that a
    list of requirements includes. Raises `Unscannable`, after the records that could be read: undecodable text, broken
    TOML, YAML or JSON, a missing include.
    """
    name = _reader_name(file)
    if not name:
        return
    reader = import_module(f"mlhooks.formats.declared.{name}")
    includes: list[Dependency] = []
    for record in reader.read_whole(file) if whole and name == "requirements" else reader.read(file):
        yield record
        if record.kind is Kind.INCLUDE and record.path == file.path:
            includes.append(record)
    if includes:
        from mlhooks.formats.declared.includes import read_included

        yield from read_included(file, includes)


def _reader_name(file: File) -> str:
    """The reader for a file; "" when neither name nor content show that it declares anything."""
    return place_of(file.path) or (by_content(file) if file.named else "")


def place_of(path: str) -> str:
    """The name of the reader for a path; "" when the path does not say."""
    common = COMMON.get(path.rpartition("/")[2])
    if common:
        return common
    match = re.search(PLACES, path)
    return "" if match is None else next(name for name, text in match.groupdict().items() if text is not None)


def by_content(file: File) -> str:
    """A file that somebody named is looked at whatever its name, where its content shows what it is.

    A list of requirements is one also with odd lines in it: they must not hide the others.
    """
    start = file.read()[:200] if file.size_bytes <= MAX_LIST_BYTES and not file.is_lfs_pointer else b"\0"
    if "." not in file.name and re.match(rb"#!.*\b(?:ba|da|z|k)?sh\b", start):
        return "shell"
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""
    lines = [line.strip() for line in file.text(fallback="latin-1").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    fitting = sum(re.match(_line_of_requirements, line) is not None for line in lines)
    is_list = file.name.endswith(".txt") and fitting == len(lines)
    if not is_list and any(re.match(_line_with_pin, line) for line in lines):
        is_list = 2 * fitting >= len(lines)
    return "requirements" if lines and is_list else ""


MAX_LIST_BYTES = 8 << 20
_line_of_requirements = (
    r"-[a-z-]|[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?\s*(?:[=<>!~]=|[<>;@\\]|===|$)|(?:git|hg|svn)\+|https?://|\.{0,2}/"
    r"|\S+\.(?:whl|zip|tar\.gz)$|.*\\$"
)
_line_with_pin = r"[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?\s*===?\s*[0-9]"


def readable_text(file: File) -> str:
    """The file's text. Raises `Unscannable` for undecodable text and for text with NUL characters."""
    text = file.text()
    if "\0" in text:
        raise Unscannable(
            f"it is not text: it has a NUL character in line {text[: text.index(chr(0))].count(chr(10)) + 1}"
        )
    return text
