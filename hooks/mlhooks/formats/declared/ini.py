"""INI files: setup.cfg, tox.ini and pip's own configuration, with the lines of every value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.formats.declared.names import context_of_extra
from mlhooks.formats.declared.requirements import read_line
from mlhooks.formats.dependency import Context, Dependency, Kind, readable_text
from mlhooks.formats.fragment import Fragment, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File


class Value(NamedTuple):
    """One key of one section, and the lines of its value without comments and blanks."""

    section: str
    key: str
    lines: tuple[Fragment, ...]


_section = re.compile(r"\[(?P<name>[^\]]+)\]")
_pair = re.compile(r"(?P<key>[^=:\s][^=:]*?)\s*[=:]\s*(?P<value>.*)", re.DOTALL)
_factors = re.compile(r"(?P<factors>!?[A-Za-z0-9_.{},!*-]+):\s+(?=\S)")


def read(file: File) -> Iterator[Dependency]:
    """The records of an INI file. Raises `Unscannable` when it is not one."""
    source = Source(file.path, readable_text(file))
    values = list(ini_values(source.whole()))
    if file.name in ("pip.conf", "pip.ini"):
        yield from _pip_config(values)
    else:
        yield from _setup_cfg(values)
        yield from _tox(values)


def ini_values(whole: Fragment) -> Iterator[Value]:
    """Sections, keys and values as configparser splits them. Raises `Unscannable` for text before a first section."""
    section = ""
    key = ""
    lines: list[Fragment] = []
    at = 0
    for full in whole.text.splitlines(keepends=True):
        start, at = at, at + len(full)
        bare = full.rstrip()
        text = bare.strip()
        if not text or text.startswith(("#", ";")):
            continue
        header = _section.match(bare)
        pair = _pair.match(bare)
        if header is not None:
            yield from _closed(section, key, lines)
            section, key, lines = header["name"].strip(), "", []
        elif bare[0].isspace() and key:
            lines.append(_uncommented(whole.slice(start, start + len(bare))))
        elif pair is not None and section:
            yield from _closed(section, key, lines)
            key, lines = pair["key"].strip().lower(), []
            if pair["value"].strip():
                lines.append(_uncommented(whole.slice(start + pair.start("value"), start + len(bare))))
        elif not section:
            raise Unscannable(f"it is not an INI file: line {whole.source.line(whole.offset(start))} has no section")
    yield from _closed(section, key, lines)


def tox_records(whole: Fragment) -> Iterator[Dependency]:
    """The records of a tox configuration that stands inside another file."""
    yield from _tox(list(ini_values(whole)))


def tox_deps(value: Fragment) -> Iterator[Dependency]:
    """The records of a `deps` text: one requirement per line, `factor:` in front allowed."""
    at = 0
    for line in value.text.splitlines(keepends=True):
        fragment = _uncommented(value.slice(at, at + len(line)))
        at += len(line)
        if fragment.text:
            yield from _tox_line(fragment)


def _closed(section: str, key: str, lines: list[Fragment]) -> Iterator[Value]:
    if key:
        yield Value(section, key, tuple(line for line in lines if line.text))


def _uncommented(fragment: Fragment) -> Fragment:
    comment = re.search(r"(?:^|\s)[#;].*$", fragment.text, re.DOTALL)
    # `pkg ; marker` is a requirement, not a comment: only a hash starts one inside a line.
    if comment is not None and "#" in comment[0].lstrip()[:1]:
        fragment = fragment.slice(0, comment.start())
    else:
        comment = re.search(r"(?:^|\s)#.*$", fragment.text, re.DOTALL)
        if comment is not None:
            fragment = fragment.slice(0, comment.start())
    return fragment.strip()


def _setup_cfg(values: list[Value]) -> Iterator[Dependency]:
    for value in values:
        if value.section == "options" and value.key in ("install_requires", "setup_requires", "tests_require"):
            context = {"install_requires": Context.LIBRARY, "setup_requires": Context.BUILD}.get(
                value.key, Context.DEVELOPMENT
            )
            yield from _metadata(value, context)
        elif value.section == "options" and value.key == "dependency_links":
            for line in value.lines:
                yield _setting(line, "find-links", line.text, "setup.cfg")
        elif value.section == "options.extras_require":
            is_dev = context_of_extra(value.key) is Context.DEVELOPMENT
            yield from _metadata(value, Context.DEVELOPMENT if is_dev else Context.LIBRARY)


def _metadata(value: Value, context: Context) -> Iterator[Dependency]:
    for line in value.lines:
        if line.text.startswith("file:"):
            for name in line.text[5:].split(","):
                record = _setting(line, "requirement", name.strip(), "setup.cfg")
                yield record._replace(kind=Kind.INCLUDE, context=context)
        else:
            yield from read_line(line, context, "setup.cfg", f"{value.section}.{value.key}")


def _tox(values: list[Value]) -> Iterator[Dependency]:
    for value in values:
        if value.section.startswith("testenv") and value.key == "deps":
            for line in value.lines:
                yield from _tox_line(line)
        elif value.section.startswith("testenv") and (
            value.key.startswith("commands") or value.key == "install_command"
        ):
            from mlhooks.formats.installs import Scope, installs

            for line in value.lines:
                yield from installs(line, Scope("tox", Context.DEVELOPMENT, value.section))
        elif value.section.startswith("testenv") and value.key in ("setenv", "set_env"):
            from mlhooks.formats.installs import Scope, setting

            for line in value.lines:
                name, _, text = line.text.partition("=")
                yield from setting(name.strip(), text.strip(), line, Scope("tox", Context.DEVELOPMENT, value.section))


def _tox_line(line: Fragment) -> Iterator[Dependency]:
    factors = _factors.match(line.text)
    if factors is not None:
        line = line.slice(factors.end(), len(line.text))
    if line.text.startswith("{["):  # {[testenv]deps}: judged where it stands
        return
    yield from read_line(line, Context.DEVELOPMENT, "tox", "deps")


_PIP_OPTIONS = ("index-url", "extra-index-url", "trusted-host", "find-links", "constraint")


def _pip_config(values: list[Value]) -> Iterator[Dependency]:
    for value in values:
        option = value.key.replace("_", "-")
        if option not in _PIP_OPTIONS:
            continue
        for line in value.lines:
            for match in re.finditer(r"\S+", line.text):
                record = _setting(line.slice(*match.span()), option, match[0], "pip.conf")
                yield record._replace(kind=Kind.INCLUDE) if option == "constraint" else record


def _setting(place: Fragment, name: str, value: str, origin: str) -> Dependency:
    return Dependency(
        Kind.SETTING,
        name,
        place.source.path,
        place.location(),
        origin=origin,
        url=value,
        statement=place.offset(0),
        text=value,
    )
