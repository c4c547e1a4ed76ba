"""Files that git holds: what is staged, and what a commit had. Read from its objects, whatever the work tree says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import BinaryIO

from mlhooks.core.files import GIT, NO_FETCH, File, Target, git_environment, in_repository, slashed
from mlhooks.core.finding import Unscannable


class StagedFile(File):
    """A file as it stands in the index. `path` is relative to the current folder."""

    @property
    def size_bytes(self) -> int:
        return len(self._read())

    def siblings(self) -> list[str]:
        folder = self.path.rpartition("/")[0]
        names = git("ls-files", "-z", "--", f"{folder or '.'}/", in_hook=True).split(b"\0")
        prefix = f"{folder}/" if folder else ""
        paths = (os.fsdecode(name) for name in names if name)
        return sorted({path[len(prefix) :].split("/")[0] for path in paths})

    def replace(self, data: bytes) -> None:  # noqa: ARG002  # the interface of File
        raise Unscannable("what is staged cannot be changed here; run without --staged, then `git add` again")

    def _existing(self, path: str) -> File | None:
        return StagedFile(path, named=False) if _exists("cat-file", "-e", f":./{path}", in_hook=True) else None

    def _open(self) -> BinaryIO:
        return BytesIO(self._read())

    def _read(self) -> bytes:
        if self._data is None:
            self._data = git("cat-file", "blob", f":./{self.path}", in_hook=True)
        return self._data


class RevisionFile(File):
    """A file as a commit has it, shown under the path it has today.

    `top` is the repository's folder, `old_path` the path in the commit, relative to it.
    """

    def __init__(self, path: str, old_path: str, revision: str, top: str) -> None:
        super().__init__(path, named=False)
        self._old_path = old_path
        self._revision = revision
        self._top = top

    @property
    def size_bytes(self) -> int:
        return len(self._read())

    def siblings(self) -> list[str]:
        folder = self._old_path.rpartition("/")[0]
        tree = f"{self._revision}:{folder}"
        names = git("-C", self._top, "ls-tree", "-z", "--name-only", tree).split(b"\0")
        return sorted(os.fsdecode(name) for name in names if name)

    def replace(self, data: bytes) -> None:  # noqa: ARG002  # the interface of File
        raise Unscannable("what was committed cannot be changed")

    def _existing(self, path: str) -> File | None:
        old_path = in_repository(path, self._top)
        if not _exists("-C", self._top, "cat-file", "-e", f"{self._revision}:{old_path}"):
            return None
        return RevisionFile(path, old_path, self._revision, self._top)

    def _open(self) -> BinaryIO:
        return BytesIO(self._read())

    def _read(self) -> bytes:
        if self._data is None:
            self._data = git("-C", self._top, "cat-file", "blob", f"{self._revision}:{self._old_path}")
        return self._data


def staged_targets(paths: Sequence[str]) -> list[Target]:
    """The regular files whose staged content differs from the last commit; those at or under `paths`, if there are any.

    Raises `Unscannable`.
    """
    # Outside of a repository `git diff` compares folders, and complains of our options; this says what is wrong.
    up = os.fsdecode(git("rev-parse", "--show-cdup", in_hook=True)).strip()
    command = ("diff", "--cached", "--no-relative", "--raw", "-z", "--no-renames", "--diff-filter=ACMT", "--")
    fields = git(*command, *paths, in_hook=True).split(b"\0")
    files = (path for header, path in zip(fields[::2], fields[1::2], strict=False) if header.split(b" ")[1] in _FILES)
    here = [os.path.relpath(os.path.join(up, os.fsdecode(path))) for path in files]
    return [Target(slashed(path), False, False) for path in here]


_FILES = (b"100644", b"100755")
"""Modes of what has content of its own; a link holds a path, a submodule the id of a commit."""


def git(*arguments: str, in_hook: bool = False, settings: Mapping[str, str] = {}) -> bytes:
    """What a git command prints. Raises `Unscannable` with git's own reason.

    The index that a running `git commit` prepares is named by its environment: reading the index takes that as it is
    (`in_hook`), everything else goes by the current folder alone. `settings` take the place of git's own.
    """
    environment = {**NO_FETCH, **os.environ} if in_hook else git_environment()
    try:
        result = subprocess.run(
            [*GIT, "--literal-pathspecs", *arguments],
            capture_output=True,
            env=_with_settings(environment, settings),
            check=False,
        )
    except OSError as error:
        raise Unscannable(f"git could not be started: {error.strerror}") from None
    if result.returncode != 0:
        raise Unscannable(
            f"git could not read {'the index' if in_hook else 'the repository'}: {_reason(result.stderr)}"
        )
    return result.stdout


def _reason(complaints: bytes) -> str:
    """Why git failed, in a line."""
    lines = complaints.decode("utf-8", "replace").strip().split("\n")
    if any("lazy fetching disabled" in line or "transport" in line for line in lines):
        return (
            "this clone is partial, and what it lacks is not fetched; "
            "GIT_NO_LAZY_FETCH=0 and GIT_ALLOW_PROTOCOL=https in the environment allow it"
        )
    return next((line for line in lines if line.startswith("fatal:")), lines[0])


def filters_off(top: str) -> dict[str, str]:
    """Settings without the filters that the repository at `top` itself defines.

    To compare the work tree git runs the program of a file's filter. A person's own ones (Git LFS) may run; a
    repository that came as a folder, with its `.git/config`, must not name programs. Raises `Unscannable`.
    """
    fields = os.fsdecode(git("-C", top, "config", "--null", "--show-scope", "--name-only", "--list")).split("\0")
    own = (name for scope, name in zip(fields[::2], fields[1::2], strict=False) if scope in _OWN)
    names = {name.rpartition(".")[0] for name in own if name.startswith("filter.")}
    return {f"{name}.{key}": value for name in names for key, value in _NO_FILTER.items()}


_OWN = ("local", "worktree")
_NO_FILTER = {"clean": "", "process": "", "required": "false"}


def _with_settings(environment: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """The environment with settings for git: as variables, since `-c` would split a name at its first `=`."""
    before = environment.get("GIT_CONFIG_COUNT", "")
    first = int(before) if before.isdecimal() else 0
    added = {"GIT_CONFIG_COUNT": str(first + len(settings))} if settings else {}
    for number, (key, value) in enumerate(settings.items(), first):
        added |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**environment, **added}


def _exists(*command: str, in_hook: bool = False) -> bool:
    """Whether git finds the object that a `cat-file -e` asks for."""
    try:
        git(*command, in_hook=in_hook)
    except Unscannable:
        return False
    return True
