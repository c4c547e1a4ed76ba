"""Install commands in shell text: which packages, from where.

One reader for every place that holds shell text or argument lists: scripts, Dockerfiles, workflows, notebooks, Python
source. Programs and options stand in tables; what is not in a table is taken for a flag.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.formats.dependency import Context, Dependency, Kind
from mlhooks.formats.downloads import Fetched, downloads
from mlhooks.formats.programs import program_of, unwrapped, words_of
from mlhooks.formats.requirement import requirement
from mlhooks.formats.shell import Command, TooDeepError, pipelines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlhooks.formats.fragment import Fragment
    from mlhooks.formats.shell import Word

MAX_DEPTH = 8
"""Shells started by shells (`bash -c "bash -c ..."`) that are followed."""

INSTALLS = re.compile(
    r"\b(?:pip|uv|uvx|pipx|poetry|pdm|pipenv|rye|conda|mamba|micromamba|easy_install)\b|(?:PIP|UV)_[A-Z]"
    r"|\b(?:curl|wget|iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b",
    re.IGNORECASE,
)
"""A cheap look: text without a match installs nothing that this module knows."""


class Tool(NamedTuple):
    """A command that installs. `positional` says which arguments name packages: "all", "first" or "none".

    `values` are options whose next argument is a value and no package. `packages` are options whose value is one.
    """

    kind: Kind = Kind.PACKAGE
    positional: str = "all"
    values: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()


_PIP_VALUES = words_of(
    "-t --target --prefix --root --src --python --platform --python-version --implementation --abi --cache-dir --log"
    " --upgrade-strategy --proxy --retries --timeout --default-timeout --exists-action --cert --client-cert"
    " --progress-bar --no-binary --only-binary --build-option --global-option --install-option --config-settings"
    " --config-setting -C --report --use-feature --use-deprecated --keyring-provider --root-user-action --group -d"
    " --dest -w --wheel-dir -b --build --build-directory --download-cache --uploaded-prior-to --hash"
)
_UV_VALUES = _PIP_VALUES | words_of(
    "-p --resolution --prerelease --exclude-newer --link-mode --torch-backend --override --overrides"
    " --build-constraint --build-constraints --refresh-package --reinstall-package -P --upgrade-package --extra"
    " --no-build-isolation-package --python-platform --directory --project --config-file --color --no-build-package"
    " --no-binary-package --fork-strategy --env-file --package --script --module -m --rev --tag --branch --optional"
)
_PIP = Tool(values=_PIP_VALUES)
_UV = Tool(values=_UV_VALUES)
_UV_RUN = Tool(positional="none", values=_UV_VALUES, packages=words_of("--with --from"))
_UVX = Tool(positional="first", values=_UV_VALUES, packages=words_of("--with --from"))
_PIPX_VALUES = words_of("--python --pip-args --suffix --backend --pypackages")
_CONDA = Tool(
    Kind.CONDA,
    values=words_of(
        "-n --name -p --prefix --solver --experimental-solver --repodata-fn --revision --clone --subdir --platform"
        " --channel-alias --download-threads --category --root-prefix -r --rc-file"
    ),
)
_POETRY = Tool(
    values=words_of("-G --group -E --extras --source --python --platform --markers -C --directory -P --project")
)
_PDM = Tool(values=words_of("-G --group -p --project -L --lockfile --venv"), packages=words_of("-e --editable"))
_PIPENV = Tool(values=words_of("--python --categories --pypi-mirror --index"))

# Program, then the words that lead to an install.
_TOOLS: dict[tuple[str, ...], Tool] = {
    ("pip", "install"): _PIP,
    ("pip", "download"): _PIP,
    ("pip", "wheel"): _PIP,
    ("uv", "pip", "install"): _UV,
    ("uv", "add"): _UV,
    ("uv", "tool", "install"): Tool(values=_UV_VALUES, positional="first", packages=words_of("--with --from")),
    ("uv", "tool", "run"): _UVX,
    ("uvx",): _UVX,
    ("uv", "run"): _UV_RUN,
    ("pipx", "install"): Tool(values=_PIPX_VALUES),
    ("pipx", "run"): Tool(positional="first", values=_PIPX_VALUES, packages=words_of("--spec")),
    ("poetry", "add"): _POETRY,
    ("pdm", "add"): _PDM,
    ("rye", "add"): Tool(),
    ("pipenv", "install"): _PIPENV,
    ("easy_install",): Tool(values=words_of("-d --install-dir -s --script-dir -b --build-directory")),
    ("conda", "install"): _CONDA,
    ("conda", "create"): _CONDA,
}
_FAMILY = {"mamba": "conda", "micromamba": "conda"}
# Options before the word that says what to do, with a value of their own.
_GLOBAL_VALUES = words_of(
    "--python --log --proxy --retries --timeout --cache-dir --cert --directory --project -C --config-file --color"
)

_SETTINGS = {
    "-i": "index-url",
    "--index-url": "index-url",
    "--pypi-url": "index-url",
    "--default-index": "index-url",
    "--extra-index-url": "extra-index-url",
    "--index": "extra-index-url",
    "-f": "find-links",
    "--find-links": "find-links",
    "--trusted-host": "trusted-host",
    "--allow-insecure-host": "trusted-host",
    "--index-strategy": "index-strategy",
}
_FLAGS = {
    "--require-hashes": "require-hashes",
    "--no-index": "no-index",
    "--no-deps": "no-deps",
    "-U": "upgrade",
    "--upgrade": "upgrade",
}
_INCLUDES = {
    "-r": "requirement",
    "--requirement": "requirement",
    "--requirements": "requirement",
    "--with-requirements": "requirement",
    "-c": "constraint",
    "--constraint": "constraint",
    "--constraints": "constraint",
}
_EDITABLE = words_of("-e --editable --with-editable")
_CONDA_INCLUDES = {"--file": "requirement", "-f": "requirement"}
_CONDA_SETTINGS = {"-c": "channel", "--channel": "channel"}
_ABBREVIATED = ("--extra-index-url", "--index-url", "--trusted-host", "--find-links", "--requirement", "--constraint")

_VARIABLES = {
    "INDEX_URL": "index-url",
    "DEFAULT_INDEX": "index-url",
    "EXTRA_INDEX_URL": "extra-index-url",
    "INDEX": "extra-index-url",
    "FIND_LINKS": "find-links",
    "TRUSTED_HOST": "trusted-host",
    "INSECURE_HOST": "trusted-host",
    "INDEX_STRATEGY": "index-strategy",
    "REQUIRE_HASHES": "require-hashes",
    "CONSTRAINT": "constraint",
}
_variable_name = re.compile(r"(?:PIP|UV)_(?P<option>[A-Z_]+)")


_QUOTES = dict.fromkeys(map(ord, "\"'\\"))


class Scope(NamedTuple):
    """What the records of one script have in common."""

    origin: str
    context: Context = Context.COMMAND
    group: str = ""


def installs(
    script: Fragment, scope: Scope, variables: Mapping[str, str] | None = None, fetched: Fetched | None = None
) -> Iterator[Dependency]:
    """What a script installs, and the settings it installs with. `variables` are values known beforehand.

    `fetched` remembers downloads for the scripts that run after this one in the same place.
    """
    fetched = Fetched() if fetched is None else fetched
    # Quotes and backslashes may stand inside a word (`p'i'p`), so the look is at the text without them.
    if fetched.files or INSTALLS.search(script.text.translate(_QUOTES)) is not None:
        yield from _Reader(scope, dict(variables or {}), fetched).read(script, 0)


def installs_of_words(words: Sequence[Word], scope: Scope) -> Iterator[Dependency]:
    """The same for one command whose arguments are a list already."""
    yield from _Reader(scope, {}, Fetched()).command(Command(tuple(words)), 0)


def setting(name: str, value: str, place: Fragment, scope: Scope) -> Dependency | None:
    """The record of an environment variable such as PIP_EXTRA_INDEX_URL; None when it means nothing here."""
    match = _variable_name.fullmatch(name)
    option = _VARIABLES.get(match["option"]) if match is not None else None
    if option is None or not value:
        return None
    kind = Kind.INCLUDE if option == "constraint" else Kind.SETTING
    return _record(kind, option, place, scope, place.offset(0))._replace(url=value.strip(), text=f"{name}={value}")


class _Reader:
    """What the scripts that one script starts have in common."""

    def __init__(self, scope: Scope, variables: dict[str, str], fetched: Fetched) -> None:
        self.scope = scope
        self.variables = variables
        self.fetched = fetched

    def read(self, script: Fragment, depth: int) -> Iterator[Dependency]:
        try:
            found = pipelines(script, self.variables)
        except TooDeepError as error:
            found = error.found
            yield self._too_deep(script)
        if depth > MAX_DEPTH:
            yield self._too_deep(script)
            return
        for download in downloads(found, self.fetched):
            place = download.place
            record = _record(Kind.DOWNLOAD, download.interpreter, place, self.scope, place.offset(0))
            yield record._replace(url=download.url, text=" ".join(place.text.split()))
        for pipeline in found:
            for command in pipeline.commands:
                yield from self.command(command, depth)

    def _too_deep(self, script: Fragment) -> Dependency:
        record = _record(Kind.UNREADABLE, "", script, self.scope, script.offset(0))
        return record._replace(problem="commands nested too deeply to read", text="")

    def command(self, command: Command, depth: int) -> Iterator[Dependency]:
        for word in command.assignments:
            yield from _of_assignment(word, self.scope)
        words = unwrapped(command.words)
        if not words:
            return
        program = program_of(words[0])
        if program.is_shell:
            for inner in program.scripts(words, command.inputs):
                yield from self.read(inner, depth + 1)
            return
        if program.name in ("export", "setx", "set", "declare", "local", "readonly"):
            for word in words[1:]:
                yield from _of_assignment(word, self.scope)
            return
        yield from _of_tool(program.name, words, self.scope)


def _of_assignment(word: Word, scope: Scope) -> Iterator[Dependency]:
    name, equals, value = word.text.partition("=")
    record = setting(name, value, word.fragment, scope) if equals else None
    if record is not None:
        yield record


def _of_tool(name: str, words: tuple[Word, ...], scope: Scope) -> Iterator[Dependency]:
    name = _FAMILY.get(name, name)
    rest = list(words[1:])
    path: tuple[str, ...] = (name,)
    while path not in _TOOLS or (path == ("uv",)):
        rest = _without_global_options(rest)
        if not rest or len(path) > 3 or not any(known[: len(path)] == path for known in _TOOLS):
            yield from _of_other(name, path, words, scope)
            return
        path = (*path, rest[0].text)
        rest = rest[1:]
    yield from _arguments(_TOOLS[path], rest, words[0].fragment, scope)


def _without_global_options(words: list[Word]) -> list[Word]:
    while words and words[0].text.startswith("-"):
        words = words[2:] if words[0].text in _GLOBAL_VALUES else words[1:]
    return words


def _of_other(name: str, path: tuple[str, ...], words: tuple[Word, ...], scope: Scope) -> Iterator[Dependency]:
    """Commands that install nothing and still matter: `pip config set`, `conda config --add channels`."""
    texts = [word.text for word in words]
    if name == "pip" and "config" in texts and "set" in texts:
        at = texts.index("set")
        if len(words) > at + 2:
            option = texts[at + 1].rpartition(".")[2]
            if option in ("index-url", "extra-index-url", "find-links", "trusted-host"):
                record = _record(Kind.SETTING, option, words[at + 1].fragment, scope, words[0].fragment.offset(0))
                yield record._replace(url=texts[at + 2], text=" ".join(texts))
    if name == "conda" and path[:2] == ("conda", "env"):
        for at, text in enumerate(texts):
            if text in ("-f", "--file") and at + 1 < len(words):
                yield _include("environment", words[at + 1], scope, words[0].fragment.offset(0))


def _arguments(tool: Tool, words: list[Word], place: Fragment, scope: Scope) -> Iterator[Dependency]:
    """The records of one install command's arguments. All share its `statement`."""
    statement = place.offset(0)
    is_conda = tool.kind is Kind.CONDA
    settings = _CONDA_SETTINGS if is_conda else _SETTINGS
    includes = _CONDA_INCLUDES if is_conda else _INCLUDES
    taken = 0
    options_end = False
    queue = iter(words)
    for word in queue:
        text = word.text
        if options_end or not text.startswith("-") or text == "-":
            taken += 1
            if tool.positional == "all" or (tool.positional == "first" and taken == 1):
                yield from _package(tool, word, scope, statement)
            elif tool.positional != "all":
                return  # from here on it is the command that the tool runs
            continue
        if text == "--":
            options_end = True
            continue
        name, value = _option(word, queue, tool, settings, includes)
        if name in settings and value is not None:
            record = _record(Kind.SETTING, settings[name], word.fragment, scope, statement)
            yield record._replace(url=_index_address(value.text), text=f"{name} {value.text}")
        elif name in includes and value is not None:
            yield _include(includes[name], value, scope, statement)
        elif not is_conda and name in _EDITABLE and value is not None:
            yield from _package(tool, value, scope, statement, editable=True)
        elif name in tool.packages and value is not None:
            taken += name in ("--from", "--spec")
            yield from _package(tool, value, scope, statement)
        elif name in _FLAGS:
            yield _record(Kind.SETTING, _FLAGS[name], word.fragment, scope, statement)


def _option(
    word: Word, queue: Iterator[Word], tool: Tool, settings: Mapping[str, str], includes: Mapping[str, str]
) -> tuple[str, Word | None]:
    """An option's name and its value, which may be a part of the word (`-rfile`, `--name=value`) or the next one."""
    text = word.text
    takes_value = {*settings, *includes, *tool.packages, *tool.values, *(() if tool.kind is Kind.CONDA else _EDITABLE)}
    if text.startswith("--"):
        name, equals, value = text.partition("=")
        if name not in takes_value and len(name) > 4:  # optparse takes a beginning of a long option for all of it
            longer = [known for known in _ABBREVIATED if known.startswith(name) and known in takes_value]
            name = longer[0] if len(longer) == 1 else name
        if equals:
            start = len(text) - len(value)
            return name, word._replace(fragment=word.fragment.slice(start, len(text)))
        return name, next(queue, None) if name in takes_value else None
    # A cluster of short options: the first that takes a value takes the rest of the word, or the next word.
    for at in range(1, len(text)):
        name = f"-{text[at]}"
        if name in takes_value:
            if at + 1 < len(text):
                start = at + 1 + text[at + 1 :].startswith("=")
                return name, word._replace(fragment=word.fragment.slice(start, len(text)))
            return name, next(queue, None)
    return ("-U" if "U" in text else text), None


def _package(tool: Tool, word: Word, scope: Scope, statement: int, *, editable: bool = False) -> Iterator[Dependency]:
    if not word.text.strip():
        return
    if tool.kind is Kind.CONDA:
        from mlhooks.formats.matchspec import match_spec

        yield match_spec(
            word.fragment, origin=scope.origin, context=scope.context, group=scope.group, statement=statement
        )
        return
    yield requirement(
        word.fragment,
        origin=scope.origin,
        context=scope.context,
        group=scope.group,
        editable=editable,
        statement=statement,
        is_shell_word=tool is not _PIP and tool is not _UV,
    )


def _include(name: str, word: Word, scope: Scope, statement: int) -> Dependency:
    return _record(Kind.INCLUDE, name, word.fragment, scope, statement)._replace(url=word.text)


def _index_address(value: str) -> str:
    """uv may put a name in front of an index: `internal=https://...`."""
    match = re.match(r"[\w.-]+=(?=https?:)", value)
    return value[match.end() :] if match is not None else value


def _record(kind: Kind, name: str, place: Fragment, scope: Scope, statement: int) -> Dependency:
    return Dependency(
        kind,
        name,
        place.source.path,
        place.location(),
        context=scope.context,
        origin=scope.origin,
        group=scope.group,
        statement=statement,
        text=" ".join(place.text.split()),
    )
