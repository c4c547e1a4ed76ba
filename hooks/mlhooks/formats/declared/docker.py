"""Dockerfiles: base images, images that are copied from, archives that are added, and what RUN installs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.formats.dependency import Context, Dependency, Kind, readable_text
from mlhooks.formats.dockerfile import Instruction, dockerfile
from mlhooks.formats.downloads import Fetched
from mlhooks.formats.fragment import Fragment, Source
from mlhooks.formats.image import image
from mlhooks.formats.installs import Scope, configuration, installs, installs_of_words, setting
from mlhooks.formats.shell import MAX_VALUE_CHARS, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlhooks.core.files import File

_variable = re.compile(
    r"\\\$|\$(?:\{(?P<braced>\w+)(?:(?P<operator>:?[-+])(?P<default>[^{}]*))?\}|(?P<other>\{[^{}]*\})|(?P<bare>\w+))"
)
_pair = re.compile(r"(?P<name>[A-Za-z_][\w.-]*)=(?P<value>\"(?:[^\"\\]|\\.)*\"|'[^']*'|(?:[^\s\\]|\\.)*)")


class _State:
    """What earlier instructions mean for later ones."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.global_arguments: dict[str, str] = {}
        self.variables: dict[str, str] = {}
        self.fetched = Fetched()

    @property
    def stage(self) -> str:
        if not self.stages:
            return ""
        return self.stages[-1] or f"stage {len(self.stages) - 1}"

    def is_stage(self, name: str) -> bool:
        return name.lower() in self.stages or (name.isdigit() and int(name) < len(self.stages))


class _Expanded(NamedTuple):
    text: str
    unknown: str


def read(file: File) -> Iterator[Dependency]:
    """The records of a Dockerfile, in file order."""
    source = Source(file.path, readable_text(file))
    parsed = dockerfile(source)
    if parsed.syntax is not None:
        yield image(parsed.syntax, origin="dockerfile", group="syntax")
    state = _State()
    for instruction in parsed.instructions:
        yield from _read(instruction, state)


def _read(instruction: Instruction, state: _State) -> Iterator[Dependency]:
    reader = _READERS.get(instruction.name)
    if reader is not None:
        yield from reader(instruction, state)


def _from(instruction: Instruction, state: _State) -> Iterator[Dependency]:
    words = re.split(r"\s+", instruction.arguments.text)
    start = instruction.arguments.text.find(words[0])
    place = instruction.arguments.slice(start, start + len(words[0]))
    expanded = _expand(words[0], state.global_arguments)
    alias = words[2].lower() if len(words) > 2 and words[1].lower() == "as" else ""
    is_stage = expanded.text.lower() in state.stages
    state.stages.append(alias)
    state.variables, state.fetched = {}, Fetched()
    if not is_stage and expanded.text.lower() != "scratch":
        yield _image(place, expanded, state, "FROM")


def _arg(instruction: Instruction, state: _State) -> Iterator[Dependency]:
    for pair in re.finditer(r"(?P<name>\w+)(?:=(?P<value>\"[^\"]*\"|'[^']*'|\S*))?", instruction.arguments.text):
        name, value = pair["name"], pair["value"]
        scope = state.variables if state.stages else state.global_arguments
        if value is None:
            if state.stages and name in state.global_arguments:
                scope[name] = state.global_arguments[name]
            continue
        expanded = _expand(value.strip("\"'"), {**state.global_arguments, **scope} if not state.stages else scope)
        if not expanded.unknown:
            scope[name] = expanded.text
        yield from _setting(name, expanded.text, instruction, state)


def _env(instruction: Instruction, state: _State) -> Iterator[Dependency]:
    text = instruction.arguments.text
    first = text.partition(" ")
    pairs = (
        [(match["name"], match["value"].strip("\"'")) for match in _pair.finditer(text)]
        if "=" in first[0]
        else [(first[0], first[2].strip())]
    )
    for name, value in pairs:
        expanded = _expand(value, state.variables)
        if expanded.unknown:
            state.variables.pop(name, None)
        else:
            state.variables[name] = expanded.text
        yield from _setting(name, expanded.text, instruction, state)


def _setting(name: str, value: str, instruction: Instruction, state: _State) -> Iterator[Dependency]:
    yield from setting(name, value, instruction.whole.strip(), Scope("dockerfile", group=state.stage))


def _copy(instruction: Instruction, state: _State) -> Iterator[Dependency]:
    for name, value in instruction.flags:
        if name == "from":
            yield from _other_image(value, state, "COPY --from")
    target = instruction.arguments.text.split()[-1:]
    for body in instruction.heredocs if target else ():
        yield from configuration(target[0], body, Scope("dockerfile", group=state.stage))


def _add(instruction: Instruction, state: _State) -> Iterator[Dependency]:
    yield from _copy(instruction, state)
    checksums = tuple(value.text for name, value in instruction.flags if name == "checksum")
    words = _json_words(instruction.arguments) or [
        instruction.arguments.slice(*match.span()) for match in re.finditer(r"\S+", instruction.arguments.text)
    ]
    for place in words[:-1]:
        expanded = _expand(place.text, state.variables)
        if re.match(r"https?://|git@|ssh://", expanded.text):
            yield _added(place, expanded.text, checksums, state)


def _added(place: Fragment, url: str, checksums: tuple[str, ...], state: _State) -> Dependency:
    """`ADD URL`: a file, or a git repository with its ref after `#`."""
    record = _record(place, state)
    address, _, ref = url.partition("#")
    if address.endswith(".git") or not address.startswith("http"):
        return record._replace(kind=Kind.VCS, vcs="git", url=address, ref=ref.partition(":")[0], group="ADD")
    return record._replace(kind=Kind.URL, url=url, hashes=checksums, group="ADD")


def _run(instruction: Instruction, state: _State) -> Iterator[Dependency]:
    for name, value in instruction.flags:
        if name == "mount":
            for match in re.finditer(r"(?:^|,)\"?from=([^,\"]+)", value.text):
                yield from _other_image(value.slice(*match.span(1)), state, "RUN --mount")
    scope = Scope("dockerfile", group=state.stage)
    words = _json_words(instruction.arguments)
    if words is not None:
        yield from installs_of_words([Word(word, was_quoted=True) for word in words], scope)
        return
    # `RUN <<EOF` runs the body, by what its first line names; behind a command the shell feeds it to that.
    if instruction.heredocs and re.fullmatch(r"(?:\d*<<\S+\s*)+", instruction.arguments.text):
        for body in instruction.heredocs:
            if re.match(r"#!\S*(?:/|env\s+)python", body.text):
                from mlhooks.formats.declared.python import python_records

                yield from python_records(body, "dockerfile", group=state.stage)
            else:
                yield from installs(body, scope, state.variables, state.fetched)
        return
    yield from installs(instruction.script(), scope, state.variables, state.fetched)


def _start(instruction: Instruction, state: _State) -> Iterator[Dependency]:
    """CMD and ENTRYPOINT, and HEALTHCHECK with its own CMD: what runs in the finished image."""
    arguments = instruction.arguments
    inner = re.match(r"CMD\s+", arguments.text, re.IGNORECASE) if instruction.name == "HEALTHCHECK" else None
    arguments = arguments.slice(inner.end(), len(arguments.text)) if inner is not None else arguments
    yield from _run(instruction._replace(arguments=arguments, flags=(), heredocs=()), state)


def _onbuild(instruction: Instruction, state: _State) -> Iterator[Dependency]:
    from mlhooks.formats.dockerfile import nested

    inner = nested(instruction)
    if inner.name in _READERS and inner.name not in ("FROM", "ONBUILD"):
        yield from _read(inner, state)


def _other_image(place: Fragment, state: _State, group: str) -> Iterator[Dependency]:
    expanded = _expand(place.text, {**state.global_arguments, **state.variables})
    if not state.is_stage(expanded.text):
        yield _image(place, expanded, state, group)


def _image(place: Fragment, expanded: _Expanded, state: _State, group: str) -> Dependency:
    if expanded.unknown:
        return _record(place, state)._replace(
            kind=Kind.UNKNOWN, name=expanded.text, problem=expanded.unknown, group=group
        )
    return image(place, origin="dockerfile", group=group, reference=expanded.text)


def _record(place: Fragment, state: _State) -> Dependency:
    return Dependency(
        Kind.URL,
        "",
        place.source.path,
        place.location(),
        context=Context.COMMAND,
        origin="dockerfile",
        group=state.stage,
        statement=place.offset(0),
        text=place.text,
    )


def _json_words(arguments: Fragment) -> list[Fragment] | None:
    """The words of the JSON form (`RUN ["pip", "install", "x"]`); None for the shell form."""
    if not arguments.text.startswith("["):
        return None
    try:
        words = json.loads(arguments.text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return None
    found: list[Fragment] = []
    at = 0
    for word in words:
        at = max(at, arguments.text.find(word, at))
        found.append(Fragment(arguments.source, word, ((0, arguments.offset(min(at, len(arguments.text) - 1))),)))
        at += len(word)
    return found


def _expand(text: str, variables: Mapping[str, str]) -> _Expanded:
    """`$X`, `${X}`, `${X:-default}` and `${X:+other}` filled in; `unknown` is the first that has no value."""
    unknown = ""

    def value(match: re.Match[str]) -> str:
        nonlocal unknown
        name = match["braced"] or match["bare"]
        if match["other"]:  # `${X#prefix}` and its like are worked out by the builder
            unknown = unknown or match[0]
            return match[0]
        if name is None:
            return "$"
        known = variables.get(name)
        if (match["operator"] or "").endswith("+"):
            return match["default"] if known else ""
        if known is None and match["operator"]:
            known = match["default"]
        if known is None:
            unknown = unknown or match[0]
            return match[0]
        return known

    expanded = text
    for _ in range(3):  # a default may hold a variable of its own
        filled = _variable.sub(value, expanded)
        if filled == expanded:
            break
        expanded = filled
        if len(expanded) > MAX_VALUE_CHARS:
            return _Expanded(text, text[:40])
    return _Expanded(expanded, unknown)


_READERS = {
    "FROM": _from,
    "ARG": _arg,
    "ENV": _env,
    "COPY": _copy,
    "ADD": _add,
    "RUN": _run,
    "ONBUILD": _onbuild,
    "CMD": _start,
    "ENTRYPOINT": _start,
    "HEALTHCHECK": _start,
}
