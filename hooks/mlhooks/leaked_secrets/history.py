"""Secrets in the commits of a repository: committed and removed is still public.

git does the walking and prints what each commit changed; only where the gate opens for added lines and those around
them is the whole file of that commit read and checked as it is in the work tree, and what was there before is left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from subprocess import PIPE, Popen
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from mlhooks.core.files import GIT, Blob, File, git_environment
from mlhooks.core.finding import Finding, Location, Options, Unscannable

EVERYTHING = "--all"
_REVISION_SETS = frozenset({"--all", "--branches", "--tags", "--remotes"})
_COMMIT = b"\x01commit "
# A value may be added below a name that was there before, as when a key is replaced.
_LINES_AROUND = 10
# What a repository's or a person's settings could change about the output is set here.
_LOG = (
    *("-c", "core.quotePath=false", "-c", "log.showRoot=true", "-c", "log.showSignature=false", "log", "--reverse"),
    *("--patch", f"--unified={_LINES_AROUND}", "--inter-hunk-context=0", "--cc", "--full-index", "--no-color"),
    *("--no-ext-diff", "--no-renames", "--no-notes", "--no-mailmap", "--no-decorate", "--src-prefix=a/"),
    *("--no-textconv", "--dst-prefix=b/", "--submodule=short", "--ignore-submodules", "--relative"),
    "--format=%x01commit %H %cs",
)
_HUNK = re.compile(rb"(@@+) .*?\+(\d+)(?:,\d+)? @@")
_INDEX = re.compile(rb"index ([0-9a-f,]+)\.\.([0-9a-f]+)")


class Added(NamedTuple):
    """What a commit added to one file: `lines` by their numbers, and `around` them also their neighbours.

    `blob` is the id of the whole new file, `parents` are those of the files it was made from. Where nothing is
    `around`, git calls the file binary.
    """

    commit: str
    date: str
    path: str
    blob: str
    parents: tuple[str, ...]
    lines: dict[int, bytes]
    around: list[bytes]


def search_history(value: str, files: Iterable[File], options: Options) -> Iterator[str | Finding | tuple[str, str]]:
    """Findings in the lines that commits added, oldest first, each secret once for each path.

    `value` is what `git log` takes as revisions (`main`, `v1..HEAD`, `--all`); files that were named narrow it down.
    """
    revisions = value.split() or [EVERYTHING]
    wrong = [word for word in revisions if word.startswith("-") and word not in _REVISION_SETS]
    if wrong:
        raise Unscannable(f"--history takes revisions, and {wrong[0]} is none")
    paths = [file.path for file in files if file.named]
    if _git_says("rev-parse", "--is-shallow-repository") == "true":
        yield ".", "this clone has no older commits (it is shallow); run `git fetch --unshallow` first"
    seen: set[tuple[str, str]] = set()
    with TemporaryFile() as complaints, _BlobReader() as blobs:
        command = [*GIT, "--literal-pathspecs", *_LOG, *revisions, "--", *paths]
        with Popen(command, stdout=PIPE, stderr=complaints, env=git_environment(), bufsize=1 << 20) as log:
            for added in read_log(_open(log.stdout)):
                for result in _results(added, blobs, options):
                    if isinstance(result, Finding):
                        if (result.path, result.subject) in seen:
                            continue
                        seen.add((result.path, result.subject))
                    yield result
        complaints.seek(0)
        problem = complaints.read(2000).decode("utf-8", "replace").strip().partition("\n")[0]
    if log.returncode != 0:
        yield ".", f"git could not read the history: {problem}"


def read_log(stream: Iterable[bytes]) -> Iterator[Added]:
    """The additions in the output of `git log --patch --cc` with our format, one for each file of each commit."""
    commit = date = ""
    section: list[bytes] = []
    for line in stream:
        if line.startswith((_COMMIT, b"diff --")):
            if section:
                yield _added(commit, date, section)
            section = []
            if line.startswith(_COMMIT):
                commit, _, date = line[len(_COMMIT) :].decode("ascii").strip().partition(" ")
            else:
                section = [line]
        elif section:
            section.append(line)
    if section:
        yield _added(commit, date, section)


def _added(commit: str, date: str, section: list[bytes]) -> Added:
    """One file of one commit. Lines of a hunk start with a sign for each parent, and so never like a header."""
    added = Added(commit, date, _path_of(section[0]), "", (), {}, [])
    parents = number = 0
    for line in section[1:]:
        hunk = _HUNK.match(line)
        if hunk:
            parents, number = len(hunk[1]) - 1, int(hunk[2])
        elif parents and not line.startswith(b"\\"):
            if b"-" not in line[:parents]:
                added.around.append(line[parents:].rstrip(b"\n"))
                if line.startswith(b"+" * parents):
                    added.lines[number] = added.around[-1]
                number += 1
        elif line.startswith(b"+++ "):
            added = added._replace(path=_unquoted(line[4:].rstrip(b"\r\n").removesuffix(b"\t")))
        elif index := _INDEX.match(line):
            added = added._replace(blob=index[2].decode(), parents=tuple(index[1].decode().split(",")))
    return added


def _path_of(line: bytes) -> str:
    """The path in `diff --git a/x b/x` and `diff --cc x`; needed where no `+++` line follows (binary files)."""
    text = line.rstrip(b"\r\n")
    if text.startswith(b"diff --git "):
        rest = text[len(b"diff --git ") :]
        quoted = rest.rpartition(b' "b/')
        return _unquoted(b'"b/' + quoted[2]) if quoted[1] else _unquoted(rest[len(rest) // 2 + 1 :])
    return _unquoted(b"b/" + text.partition(b" --")[2].partition(b" ")[2])


def _unquoted(name: bytes) -> str:
    """A path as git prints it, without its prefix; "" for a file that is gone."""
    if name.startswith(b'"') and name.endswith(b'"'):
        name = re.sub(rb"\\([0-7]{3}|.)", _escaped, name[1:-1])
    return os.fsdecode(name.removeprefix(b"b/")) if name != b"/dev/null" else ""


def _escaped(match: re.Match[bytes]) -> bytes:
    if len(match[1]) == 3:
        return bytes([int(match[1], 8) & 0xFF])
    return {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}.get(
        match[1], match[1]
    )


def _results(added: Added, blobs: _BlobReader, options: Options) -> Iterator[Finding | tuple[str, str]]:
    from mlhooks.leaked_secrets import WANTS, scan

    if not added.path or not added.blob.strip("0") or not re.search(WANTS, added.path):
        return
    if added.around and not (added.lines and scan.may_hold_secret(added.path, b"\n".join(added.around))):
        return
    data = blobs.read(added.blob)
    if data is None:
        return  # a submodule, or a blob that a partial clone does not hold: git log has no lines of it either
    place = f"commit {added.commit[:10]} ({added.date})"
    before = cache(lambda: frozenset(_subjects_before(added, blobs, options)))
    try:
        for finding in scan.check(_Version(added.path, data, named=False), options):
            location = finding.location
            # A key of several lines may be new where its first line is not.
            is_new = location.line in added.lines or finding.subject not in before()
            if finding.accepted is None and is_new:
                where = f"{place}, {location.where}" if location.where else place
                yield finding._replace(location=Location(location.line, location.column, where))
    except Unscannable as reason:
        # An old version that cannot be parsed cannot be mended any more; it was searched as text.
        if not added.path.endswith(".ipynb"):
            yield added.path, f"{place}: {reason}"


def _subjects_before(added: Added, blobs: _BlobReader, options: Options) -> Iterator[str]:
    """What was found in the file in the commits before."""
    from mlhooks.leaked_secrets import scan

    for blob in added.parents:
        data = blobs.read(blob)
        if data is not None:
            with suppress(Unscannable):
                yield from (finding.subject for finding in scan.check(_Version(added.path, data, named=False), options))


class _Version(Blob):
    """A file as a commit holds it; the files next to it are those of the work tree."""

    def _existing(self, path: str) -> File | None:
        return File(path, named=False) if os.path.isfile(path) else None


class _BlobReader:
    """Whole files by their id, from one git process that lives as long as this."""

    def __enter__(self) -> _BlobReader:
        self._process = Popen([*GIT, "cat-file", "--batch"], stdin=PIPE, stdout=PIPE, env=git_environment())
        return self

    def read(self, blob: str) -> bytes | None:
        """The bytes of a blob; None when there is no such blob here."""
        question, answer = _open(self._process.stdin), _open(self._process.stdout)
        question.write(blob.encode() + b"\n")
        question.flush()
        head = answer.readline().split()
        if len(head) != 3 or not head[2].isdigit():
            return None
        data = answer.read(int(head[2]) + 1)[:-1]
        return data if head[1] == b"blob" else None

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise Unscannable("git was started without a pipe")
    return pipe


def _git_says(*arguments: str) -> str:
    import subprocess

    try:
        result = subprocess.run([*GIT, *arguments], capture_output=True, env=git_environment(), check=False)
    except OSError as error:
        raise Unscannable(f"git could not be started: {error.strerror}") from None
    if result.returncode != 0:
        reason = result.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise Unscannable(f"git could not read the history: {reason}")
    return result.stdout.decode("utf-8", "replace").strip()
