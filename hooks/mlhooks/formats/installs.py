"""Install commands in shell text: which packages, from where.

One reader for every place that holds shell text or argument lists: scripts, Dockerfiles, workflows, notebooks, Python
source. Programs and options stand in tables; what is not in a table is taken for a flag.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.formats.dependency import Context, Dependency, Kind
from mlhooks.formats.downloads import Fetched, downloads, fetching
from mlhooks.formats.install_tools import (
    ABBREVIATED,
    ADDED_SOURCES,
    CONDA_INCLUDES,
    CONDA_SETTINGS,
    EDITABLE,
    FAMILY,
    FLAGS,
    GLOBAL_VALUES,
    INCLUDES,
    PIP,
    SETTINGS,
    TOOLS,
    UV,
    VARIABLES,
    Tool,
    index_address,
    is_install,
)
from mlhooks.formats.programs import program_of, unwrapped
from mlhooks.formats.requirement import requirement
from mlhooks.formats.shell import Command, TooDeepError, Word, pipelines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlhooks.formats.fragment import Fragment
    from mlhooks.formats.shell import Pipeline

MAX_DEPTH = 8
"""Shells started by shells (`bash -c "bash -c ..."`) that are followed."""

INSTALLS = re.compile(
    r"pip[\d.]*\b|\b(?:uv|uvx|pipx|poetry|pdm|pipenv|pixi|rye|conda|mamba|micromamba|easy_install)\b"
    r"|(?:PIP|UV|CONDA|PDM|PIPENV)_[A-Z]|[$`]\S*\s+(?:-\S+\s+){0,5}install\b|index-url|trusted-host"
    r"|\b(?:curl|wget|iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b",
    re.IGNORECASE,
)
"""A cheap look: text without a match installs nothing that this module knows."""

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


def setting(name: str, value: str, place: Fragment, scope: Scope) -> Iterator[Dependency]:
    """The records of an environment variable such as PIP_EXTRA_INDEX_URL, one for each of the addresses in it."""
    # pip takes the rest of the name in any case, and with any dash.
    folded = f"PIP_{name[4:].upper().replace('-', '_')}" if name.startswith("PIP_") else name
    option = VARIABLES.get(folded)
    if option is None:
        return
    kind = Kind.INCLUDE if option in ("constraint", "requirement") else Kind.SETTING
    for part in value.split("," if option == "channel" else None):
        record = _record(kind, option, place, scope, place.offset(0))
        yield record._replace(url=index_address(part.strip()), text=f"{name}={value}")


_configured = re.compile(
    r"(?P<name>extra[-_]index[-_]url|index[-_]url|trusted[-_]host|find[-_]links)\s*=\s*(?P<value>[^\s\\'\"]+)",
    re.IGNORECASE,
)


def configuration(target: str, text: Fragment, scope: Scope) -> Iterator[Dependency]:
    """The settings in a text that is written to a file named `target`, where that is pip's configuration."""
    if "GITHUB_ENV" in target:  # the variables of the steps that follow
        name, _, value = text.text.partition("=")
        yield from setting(name, value, text, scope)
    if target.replace("\\", "/").rpartition("/")[2] not in ("pip.conf", "pip.ini"):
        return
    for match in _configured.finditer(text.text):
        place = text.slice(*match.span())
        record = _record(Kind.SETTING, match["name"].lower().replace("_", "-"), place, scope, text.offset(0))
        yield record._replace(url=match["value"])


def _written(pipeline: Pipeline, scope: Scope) -> Iterator[Dependency]:
    """A configuration of pip that a script writes: `cat <<EOF > /etc/pip.conf`, `echo ... | tee pip.conf`."""
    targets = [target for command in pipeline.commands for target in command.outputs]
    for command in pipeline.commands:
        words = unwrapped(command.words)
        if words and program_of(words[0]).name == "tee":
            targets += [word.text for word in words[1:]]
    for target in targets:
        for command in pipeline.commands:
            for text in (*command.inputs, *(word.fragment for word in command.words[1:])):
                yield from configuration(target, text, scope)


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
            yield from _written(pipeline, self.scope)
            yield from self._collected(pipeline)
            if len(pipeline.commands) > 1:
                yield from self._piped(pipeline, depth)

    def _too_deep(self, script: Fragment) -> Dependency:
        record = _record(Kind.UNREADABLE, "", script, self.scope, script.offset(0))
        return record._replace(problem="commands nested too deeply to read", text="")

    def _piped(self, pipeline: Pipeline, depth: int) -> Iterator[Dependency]:
        """`echo "pip install x" | sh` and `cat <<EOF | sh`: a text that is fed to a shell is a script."""
        first, last = unwrapped(pipeline.commands[0].words), unwrapped(pipeline.commands[-1].words)
        if not first or not last or not program_of(last[0]).is_shell:
            return
        name = program_of(first[0]).name
        texts = [word.fragment for word in first[1:]] if name in ("echo", "printf") else []
        for text in (*texts, *(pipeline.commands[0].inputs if name == "cat" else ())):
            yield from self.read(text, depth + 1)

    def _collected(self, pipeline: Pipeline) -> Iterator[Dependency]:
        """`cat FILE | xargs pip install` includes a file, and `... | xargs pip install` what nobody knows."""
        all_words = pipeline.commands[-1].words
        words = unwrapped(all_words)
        wrapper = all_words[: len(all_words) - len(words)]
        if not words or not any(program_of(word).name == "xargs" for word in wrapper):
            return
        if not is_install(program_of(words[0]).name, [word.text for word in words[1:]]):
            return
        first = pipeline.commands[0].words
        is_cat = len(pipeline.commands) > 1 and first and program_of(first[0]).name == "cat"
        files = [word for word in first[1:] if not word.text.startswith("-")] if is_cat else []
        start = words[0].fragment.offset(0)
        for word in files:
            yield _include("requirement", word, self.scope, start)
        if not files:
            yield _include("requirement", words[0], self.scope, start)._replace(url="-")

    def _python(self, words: Sequence[Word], command: Command, depth: int) -> Iterator[Dependency]:
        """`python -c CODE`, and code that is fed to it."""
        from mlhooks.formats.declared.python import python_records

        at = next((at for at, word in enumerate(words[:-1]) if re.fullmatch(r"-[A-Za-z]*c", word.text)), None)
        codes = (
            [words[at + 1].fragment]
            if at is not None
            else []
            if len(words) > 1 and words[1].text != "-"
            else command.inputs
        )
        for code in codes if depth < MAX_DEPTH else ():
            if INSTALLS.search(code.text) is not None:
                yield from python_records(code, self.scope.origin, self.scope.context, self.scope.group)

    def command(self, command: Command, depth: int) -> Iterator[Dependency]:
        words = unwrapped(command.words)
        # `env A=1 pip ...` and `sudo A=1 pip ...` carry assignments among the wrapper's words.
        wrapper = command.words[: len(command.words) - len(words)]
        for word in (*command.assignments, *wrapper):
            yield from _of_assignment(word, self.scope)
        if not words:
            return
        program = program_of(words[0])
        if program.is_python:
            yield from self._python(words, command, depth)
            return
        if program.is_shell:
            for inner in program.scripts(words, command.inputs):
                yield from self.read(inner, depth + 1)
            return
        if program.name in ("export", "setx", "set", "declare", "local", "readonly"):
            for word in words[1:]:
                yield from _of_assignment(word, self.scope)
            return
        for record in _of_tool(program.name, words, self.scope):
            is_fed = record.kind is Kind.INCLUDE and record.url in ("/dev/stdin", "-")
            if is_fed and command.inputs:
                yield from self._fed(command.inputs, record)
            else:
                yield record

    def _fed(self, texts: Sequence[Fragment], include: Dependency) -> Iterator[Dependency]:
        for text in texts:
            for line in re.finditer(r"[^\n]+", text.text):
                place = text.slice(*line.span()).strip()
                if place.text and not place.text.startswith("#"):
                    yield from _package(PIP, Word(place), self.scope, include.statement)


def _of_assignment(word: Word, scope: Scope) -> Iterator[Dependency]:
    name, equals, value = word.text.partition("=")
    if equals:
        yield from setting(name, value, word.fragment, scope)


def _of_tool(name: str, words: tuple[Word, ...], scope: Scope) -> Iterator[Dependency]:
    name = FAMILY.get(name, name)
    rest = list(words[1:])
    front: list[Word] = []
    path: tuple[str, ...] = (name,)
    while path not in TOOLS or (path == ("uv",)):
        after = _without_global_options(rest)
        front, rest = [*front, *rest[: len(rest) - len(after)]], after
        if not rest or len(path) > 3 or not any(known[: len(path)] == path for known in TOOLS):
            yield from _of_other(name, words, scope)
            return
        path = (*path, rest[0].text)
        rest = rest[1:]
    yield from _arguments(TOOLS[path], [*front, *rest], words[0].fragment, scope)


def _without_global_options(words: list[Word]) -> list[Word]:
    while words and words[0].text.startswith("-"):
        words = words[2:] if words[0].text in GLOBAL_VALUES else words[1:]
    return words


def _of_other(name: str, words: tuple[Word, ...], scope: Scope) -> Iterator[Dependency]:
    """Commands that install nothing and still matter: `pip config set`, `conda config --add channels`."""
    texts = [word.text for word in words]
    start = words[0].fragment.offset(0)
    if name == "pip" and "config" in texts and "set" in texts[:-2]:
        at = texts.index("set")
        option = texts[at + 1].rpartition(".")[2].replace("_", "-")
        if option in ("index-url", "extra-index-url", "find-links", "trusted-host"):
            for value in texts[at + 2].split():
                record = _record(Kind.SETTING, option, words[at + 1].fragment, scope, start)
                yield record._replace(url=value, text=" ".join(texts))
    elif texts[1:2] == ["env"] and name == "conda":
        for at, text in enumerate(texts[:-1]):
            if text in ("-f", "--file"):
                yield _include("environment", words[at + 1], scope, start)
    elif texts[1:2] == ["runpip"] and name == "pipx" and "install" in texts:
        yield from _arguments(PIP, list(words[texts.index("install") + 1 :]), words[0].fragment, scope)
    elif tuple(texts[1:3]) in ADDED_SOURCES.get(name, ()) and "--priority=explicit" not in texts:
        option = "channel" if name == "conda" else "extra-index-url"
        for word in words[3:]:
            if "://" in word.text:
                record = _record(Kind.SETTING, option, word.fragment, scope, start)
                yield record._replace(url=word.text, text=" ".join(texts))


def _arguments(tool: Tool, words: list[Word], place: Fragment, scope: Scope) -> Iterator[Dependency]:
    """The records of one install command's arguments. All share its `statement`."""
    statement = place.offset(0)
    is_conda = tool.kind is Kind.CONDA
    settings = CONDA_SETTINGS if is_conda else SETTINGS
    includes = CONDA_INCLUDES if is_conda else INCLUDES
    taken = 0
    options_end = False
    queue = iter(words)
    for word in queue:
        text = word.text
        if options_end or not text.startswith("-") or text == "-":
            taken += 1
            if tool.positional == "all" or (
                taken == 1 if tool.positional == "first" else tool.positional == "rest" and taken > 1
            ):
                yield from _package(tool, word, scope, statement)
            elif tool.positional in ("first", "none"):
                return  # from here on it is the command that the tool runs
            continue
        if text == "--":
            options_end = True
            continue
        name, value = _option(word, queue, tool, settings, includes)
        if name in settings and value is not None:
            record = _record(Kind.SETTING, settings[name], word.fragment, scope, statement)
            yield record._replace(url=index_address(value.text), text=f"{name} {value.text}")
        elif name in includes and value is not None:
            yield _include(includes[name], value, scope, statement)
        elif not is_conda and name in EDITABLE and value is not None:
            yield from _package(tool, value, scope, statement, editable=True)
        elif name in tool.packages and value is not None:
            taken += name in ("--from", "--spec")
            yield from _package(tool, value, scope, statement)
        elif name == "--pip-args" and value is not None:
            inner = [
                word for pipeline in pipelines(value.fragment) for inner in pipeline.commands for word in inner.words
            ]
            yield from _arguments(PIP, inner, place, scope)
        elif name in FLAGS:
            yield _record(Kind.SETTING, FLAGS[name], word.fragment, scope, statement)


def _option(
    word: Word, queue: Iterator[Word], tool: Tool, settings: Mapping[str, str], includes: Mapping[str, str]
) -> tuple[str, Word | None]:
    """An option's name and its value, which may be a part of the word (`-rfile`, `--name=value`) or the next one."""
    text = word.text
    takes_value = {*settings, *includes, *tool.packages, *tool.values, *(() if tool.kind is Kind.CONDA else EDITABLE)}
    if text.startswith("--"):
        name, equals, value = text.partition("=")
        if name not in takes_value and len(name) > 4:  # optparse takes a beginning of a long option for all of it
            longer = [known for known in ABBREVIATED if known.startswith(name) and known in takes_value]
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
        is_shell_word=tool is not PIP and tool is not UV,
    )


def _include(name: str, word: Word, scope: Scope, statement: int) -> Dependency:
    fetched = next((found for pipeline in word.scripts if (found := fetching(pipeline)) is not None), None)
    url = word.text if fetched is None else fetched.url  # `-r <(curl URL)`
    return _record(Kind.INCLUDE, name, word.fragment, scope, statement)._replace(url=url)


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
