"""A hook small enough to test the house with: it flags the word "bad", mends it, and trips on files that say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mlhooks.core import cli
from mlhooks.core.files import File
from mlhooks.core.finding import (
    Action,
    Count,
    Finding,
    Hook,
    Level,
    Location,
    Notice,
    Option,
    Options,
    Rule,
    Said,
    Unscannable,
)

BAD = Rule(
    "bad-word", Level.WARNING, "the word bad", "It is bad.", "bad", "Write good.", ("external/cwe/cwe-1",), "5.0"
)
WORSE = Rule("worse-word", Level.ERROR, "the word worse", "It is worse.", "worse", "Write better.")
MINOR = Rule("minor-word", Level.NOTE, "the word minor", "It is minor.", "minor", "Nothing.")
RULES = {"bad": BAD, "worse": WORSE, "minor": MINOR}


def check(file: File, options: Options) -> Iterator[Said]:
    text = file.text()
    for number, line in enumerate(text.split("\n"), 1):
        for match in re.finditer(r"\b(bad|worse|minor)\b", line):
            location = Location(number, match.start() + 1, f"word {match[0]}")
            yield Finding(RULES[match[0]], file.path, f"{match[0]} is not good", location)
    if "count" in text:
        yield Count("lines seen", len(text.split("\n")))
    if "crash" in text:
        raise ZeroDivisionError("the content of the file: hunter2")
    if options["strict"] and "unclear" in text:
        raise Unscannable("it is unclear")


def fix(file: File, findings: Sequence[Finding], options: Options) -> bytes | None:
    lines = file.text().split("\n")
    for finding in findings:
        if finding.rule is BAD and finding.location.line:
            index = finding.location.line - 1
            lines[index] = lines[index].replace("bad", "good")
    return "\n".join(lines).encode()


def words(value: str, files: Iterable[File], options: Options) -> Iterator[str | Finding | tuple[str, str]]:
    for file in files:
        yield f"{value}{file.path}: {file.text()}"


def prepare(options: Options) -> Iterator[Notice]:
    if options["most"] == 0:
        raise Unscannable("there is no dictionary")
    if options["most"] == 1:
        yield Notice("the dictionary is old")


def conclude(waived: Sequence[Finding], options: Options) -> Iterator[Notice]:
    if waived:
        yield Notice(f"{len(waived)} waived")


HOOK = Hook(
    "toy",
    "Finds the word bad.",
    (BAD, WORSE, MINOR),
    r"\.txt$",
    check,
    (
        Option("fix", None, "mend it", choices=("data", "strip"), bare="data"),
        Option("strict", False, "be strict"),
        Option("most", 3, "at most"),
        Option("kinds", (), "kinds of words", choices=("a", "b")),
        Option("style", "plain", "style", choices=("plain", "fancy")),
        Option("table", (), "config only", tables=True),
    ),
    fix,
    (Action("words", "PREFIX", "print the words", words, default_value="> "),),
    prepare=prepare,
    conclude=conclude,
)


def run(*arguments: str) -> int:
    """`mlhooks toy ARGUMENTS`."""
    house = cli.House(("toy", "other"), {*(rule.id for rule in HOOK.rules), "other-rule"}.__contains__)
    return cli.main([HOOK], arguments, house, name="toy")
