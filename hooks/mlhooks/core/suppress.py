"""Which findings somebody has accepted, by a comment next to them or by the configuration, and why.

A waiver needs a reason. One that is written wrong accepts nothing, and is told where it would have mattered.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

from mlhooks.core.config import Allowed
from mlhooks.core.files import File
from mlhooks.core.finding import Finding, Unscannable

MARKER = b"mlhooks:"
MOST_BELOW = 20
"""How far a comment reaches over other comments below it; a file may be nothing but comments."""


class Waiver(NamedTuple):
    """An inline `mlhooks: ignore[rule, rule] reason` on a line (1-based)."""

    line: int
    rules: tuple[str, ...]
    reason: str


class Suppressed(NamedTuple):
    """A finding that was accepted, the reason, and how: "inSource" (a comment) or "external" (configuration)."""

    finding: Finding
    reason: str
    kind: str


class Judged(NamedTuple):
    """The findings that count, those that were accepted, and what is wrong with the waivers themselves."""

    kept: list[Finding]
    suppressed: list[Suppressed]
    errors: list[str]


def judge(
    file: File,
    findings: Sequence[Finding],
    allow: Callable[[str], list[Allowed]],
    is_known_rule: Callable[[str], bool],
) -> Judged:
    """Sort the findings of one file into those that count and those that were accepted.

    `allow` gives the entries of the configuration that may speak about a path (`Settings.allowed`). A finding may stand
    in another file, which this one includes: then the comments in that one count.
    """
    sources: dict[str, _Source] = {}
    judged = Judged([], [], [])
    for finding in findings:
        if finding.path not in sources:
            sources[finding.path] = _source(file, finding.path, allow)
        source = sources[finding.path]
        waivers = source.waivers() if finding.location.line else []
        suppressed = Suppressed(finding, *finding.accepted) if finding.accepted else None
        suppressed = suppressed or _by_comment(finding, waivers, is_known_rule, judged.errors)
        suppressed = suppressed or _by_configuration(finding, source.allow, source.digest)
        if suppressed:
            judged.suppressed.append(suppressed)
        else:
            judged.kept.append(finding)
    return judged._replace(errors=list(dict.fromkeys(judged.errors)))


class _Source(NamedTuple):
    """A file that findings stand in: its waivers, the entries of the configuration for its path, and its digest."""

    waivers: Callable[[], list[Waiver]]
    allow: list[Allowed]
    digest: _Digest


def _source(file: File, path: str, allow: Callable[[str], list[Allowed]]) -> _Source:
    if path != file.path:
        file = file.sibling(os.path.relpath(path, os.path.dirname(file.path) or ".")) or file
    return _Source(cache(partial(_sorted_waivers, file)), allow(path), _Digest(file))


def _sorted_waivers(file: File) -> list[Waiver]:
    return sorted(waivers_of(file), key=_line)


def waivers(text: str, *, is_json: bool = False) -> list[Waiver]:
    """All waivers in a text, each with the line it speaks about.

    A comment at the end of a line speaks about that line; one that stands alone also about the lines that follow, up to
    the first that is no comment.
    In JSON (a notebook) the comment ends where its string or its line inside the string does.
    """
    found = []
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if "mlhooks:" not in line:
            continue
        for match in _WAIVER.finditer(line):
            rest = re.split(r'(?<!\\)(?:"|\\n)', match["rest"])[0] if is_json else match["rest"]
            rules = tuple(rule.strip() for rule in (match["rules"] or "").split(","))
            reason = _COMMENT_END.sub("", rest).strip(" \t\r:-")
            found.append(Waiver(number, rules, reason))
            if _COMMENT_START.fullmatch(line[: match.start()]):
                found += (Waiver(below, rules, reason) for below in _below(lines, number))
    return found


def _below(lines: Sequence[str], number: int) -> Iterator[int]:
    """The numbers of the lines after `number`, up to the first that is more than a comment."""
    for below in range(number + 1, min(len(lines), number + MOST_BELOW) + 1):
        yield below
        if not _COMMENT_START.match(lines[below - 1]):
            return


_WAIVER = re.compile(r"mlhooks:[ \t]*ignore(?:\[(?P<rules>[^\]\n]*)\])?(?P<rest>[^\n]*)")
_LIKE_A_RULE = re.compile(r"(?=.{1,40}\Z)[A-Za-z]{1,16}(?:[-_][A-Za-z]{1,16})*")
_COMMENT_START = re.compile(r"""[\s"',]*(?:\#+|//+|/\*+|<!--|--|%+|;+)[ \t]*""")
_COMMENT_END = re.compile(r"(?:-->|\*+/)\s*$")


def waivers_of(file: File) -> list[Waiver]:
    """All waivers in a file. Raises `Unscannable`."""
    data = file.read()
    if MARKER not in data and b"m\0l\0h\0" not in data:
        return []
    return waivers(file.text(fallback="latin-1"), is_json=file.path.endswith((".ipynb", ".json")))


def _by_comment(
    finding: Finding, waivers: Sequence[Waiver], is_known_rule: Callable[[str], bool], errors: list[str]
) -> Suppressed | None:
    line, scope = finding.location.line, finding.location.scope
    if line is None:
        return None
    for waiver in (*_between(waivers, line, line), *(_between(waivers, *scope) if scope else ())):
        problem = _problem(waiver, is_known_rule)
        if problem:
            errors.append(f"line {waiver.line}: {problem}")
        elif finding.rule.id in waiver.rules:
            return Suppressed(finding, waiver.reason, "inSource")
    return None


def _between(waivers: Sequence[Waiver], first: int, last: int) -> Sequence[Waiver]:
    """Those of the sorted waivers that speak about one of the lines."""
    return waivers[bisect_left(waivers, first, key=_line) : bisect_right(waivers, last, key=_line)]


def _line(waiver: Waiver) -> int:
    return waiver.line


def _problem(waiver: Waiver, is_known_rule: Callable[[str], bool]) -> str | None:
    example = "write `mlhooks: ignore[rule-id] reason`"
    if waiver.rules == ("",):
        return f"this ignore names no rule; {example}"
    for rule in waiver.rules:
        if not is_known_rule(rule):
            # What is written otherwise than a rule may be a secret in the wrong place.
            shown = f": {rule!r}" if _LIKE_A_RULE.fullmatch(rule) else ""
            return f"this ignore names no rule that exists{shown}; `mlhooks list` shows them"
    if not waiver.reason:
        return f"this ignore gives no reason; {example}"
    return None


def _by_configuration(finding: Finding, entries: Iterable[Allowed], digest: _Digest) -> Suppressed | None:
    for entry in entries:
        if entry.rule and entry.rule != finding.rule.id:
            continue
        if entry.path or entry.sha256.lower() == digest.hexadecimal():
            return Suppressed(finding, entry.reason, "external")
    return None


def accepted_by_path(finding: Finding, allow: Iterable[Allowed]) -> Suppressed | None:
    """The first of the entries for a file's path that accepts a finding; the file is not at hand (of a commit)."""
    for entry in allow:
        if entry.path and entry.rule in ("", finding.rule.id):
            return Suppressed(finding, entry.reason, "external")
    return None


class _Digest:
    """The SHA-256 of a file, computed when first asked for: models are large."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._text: str | None = None

    def hexadecimal(self) -> str:
        if self._text is None:
            import hashlib

            try:
                stream: Any = self._file.open()
                self._text = hashlib.file_digest(stream, "sha256").hexdigest()
            except Unscannable:
                self._text = ""
        return self._text
