"""The records that every hook speaks in: plain, immutable, and dependent on nothing else of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mlhooks.core.files import File

Options = Mapping[str, Any]
"""The values of a hook's own options by name, e.g. `options["max-rows"]`."""


class Level(IntEnum):
    """How bad a finding is. Ordered, so `level >= Level.WARNING` reads as it should."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


class Rule(NamedTuple):
    """One bad thing that a hook looks for, with all that a person needs to act on it.

    `tags` are taxonomy tags with their year or version (`external/cwe/cwe-502`, `OWASP-LLM04:2026`);
    `severity` is the CVSS-like number that code scanning shows, as text ("9.3"), or "" for a note.
    """

    id: str
    level: Level
    summary: str
    why: str
    example: str
    instead: str
    tags: tuple[str, ...] = ()
    severity: str = ""


class Location(NamedTuple):
    """A place inside a file.

    `line` and `column` are 1-based in the file as it stands on disk (for a notebook: in its JSON).
    `where` names the same place as a person would: "cell 3, output 1", "archive/data.pkl, byte 123".
    `scope` is the range of lines (first, last; both 1-based and included) in which an inline ignore
    speaks about this finding, when that is more than `line`: a continued line, the source of a cell.
    """

    line: int | None = None
    column: int | None = None
    where: str = ""
    scope: tuple[int, int] | None = None


class Acceptance(NamedTuple):
    """Why a finding was accepted already, in another tool's way: `kind` is "inSource" (a comment) or "external"."""

    reason: str
    kind: str = "inSource"


class Finding(NamedTuple):
    """One rule broken at one place.

    `message` is one line: what is wrong here and what to do. It never holds a secret or a person's data.
    `subject` is what makes this the same finding after lines have moved ("posix.system", "torch"); it goes
    into the fingerprint, so it holds no secret either. Empty means: the message.
    `graded` replaces the rule's level for this one finding.
    `evidence` is pairs of label and masked text that a report may show next to the finding.
    `accepted` is set where the hook itself knows that the finding was accepted; it is then counted, not reported.
    `severity` replaces the rule's severity for this one finding ("9.8"); "" leaves it as it is.
    """

    rule: Rule
    path: str
    message: str
    location: Location = Location()
    subject: str = ""
    graded: Level | None = None
    evidence: tuple[tuple[str, str], ...] = ()
    accepted: Acceptance | None = None
    severity: str = ""

    @property
    def level(self) -> Level:
        return self.rule.level if self.graded is None else self.graded


class Count(NamedTuple):
    """A number for the summary, next to the findings: "audited", 38. Counts of one name add up over all files.

    `path` names the file that is counted, where it is another one than the file that is checked: an include.
    """

    name: str
    number: int
    path: str = ""


class Notice(NamedTuple):
    """Something to say of the run as a whole rather than of a place."""

    text: str


Said = Finding | Count
"""What a check may yield."""


class Unscannable(Exception):  # noqa: N818  # a verdict on a file, not a fault of ours
    """A file that the hook is for, and that it cannot judge. Never to be read as clean.

    `str(error)` says what is in the way and what to do, without the path.
    """


class Option(NamedTuple):
    """One option of one hook: the flag `--name`, and the key `name` in `[tool.mlhooks.<hook>]`.

    The type follows from `default`: bool, int, str (None: no text yet), or a tuple for texts that repeat.
    `bare` is the value of a flag that is given without one (`--fix` for `--fix=data`); `tables` says that the
    option is a list of texts or tables and lives only in the configuration file.
    """

    name: str
    default: bool | int | str | tuple[str, ...] | None
    help: str
    choices: tuple[str, ...] = ()
    bare: str | None = None
    tables: bool = False


class Action(NamedTuple):
    """Something a hook can do instead of checking: `--name [VALUE]`.

    `run(value, files, options)` yields lines of text for standard output, and findings and errors
    (path, message) and counts that are reported as those of a check are. `files` are the files that were
    named.
    """

    name: str
    metavar: str
    help: str
    run: Callable[[str, Iterable[File], Options], Iterator[str | Said | tuple[str, str]]]
    default_value: str | None = None


class Hook(NamedTuple):
    """A room's front door.

    `wants` is a regular expression, searched in the path with `/` between folders: the same text as `files:` in
    the pre-commit manifest. `check` yields findings and raises `Unscannable`; it opens nothing but what the File
    hands out, prints nothing, and keeps nothing between files. `fix` takes the file and the findings that nobody
    has waived, and returns the new bytes of the file, or None when there is nothing it can mend.
    `follows_links` says that symbolic links are checked too (by their target's content).
    `companions` is a regular expression like `wants`, of the files that `check` reads next to the one it judges (a lock
    beside its manifest). Where only changed files are checked and one of these has changed or gone, the hook checks all
    its files, and reports what is new in those that did not change.
    `prepare` is asked once, before anything is checked: it says what holds for the whole run, and raises `Unscannable`
    when the hook cannot check anything (its data is missing). `conclude` takes the findings that were accepted and says
    what is left to say; it is asked once, and only when whole folders were checked.
    """

    id: str
    summary: str
    rules: tuple[Rule, ...]
    wants: str
    check: Callable[[File, Options], Iterator[Said]]
    options: tuple[Option, ...] = ()
    fix: Callable[[File, Sequence[Finding], Options], bytes | None] | None = None
    actions: tuple[Action, ...] = ()
    follows_links: bool = False
    prepare: Callable[[Options], Iterator[Notice]] | None = None
    conclude: Callable[[Sequence[Finding], Options], Iterator[Notice]] | None = None
    companions: str = ""
