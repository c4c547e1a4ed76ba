"""Files that git holds: what is staged, and what a commit had. Read from its objects, whatever the work tree says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from io import BytesIO
from typing import BinaryIO

from mlhooks.core.files import GIT, File, Target, git_environment, in_repository
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
    """The files whose staged content differs from the last commit, at or under `paths`. Raises `Unscannable`."""
    command = ("diff", "--cached", "--relative", "--name-only", "-z", "--no-renames", "--diff-filter=ACMT", "--")
    names = git(*command, *paths, in_hook=True).split(b"\0")
    return [Target(os.fsdecode(name), False, False) for name in names if name]


def git(*arguments: str, in_hook: bool = False) -> bytes:
    """What a git command prints. Raises `Unscannable` with git's own reason.

    The index that a running `git commit` prepares is named by its environment: reading the index takes that as it is
    (`in_hook`), everything else goes by the current folder alone.
    """
    environment = None if in_hook else git_environment()
    try:
        result = subprocess.run([*GIT, *arguments], capture_output=True, env=environment, check=False)
    except OSError as error:
        raise Unscannable(f"git could not be started: {error.strerror}") from None
    if result.returncode != 0:
        reason = result.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise Unscannable(f"git could not read {'the index' if in_hook else 'the repository'}: {reason}")
    return result.stdout


def _exists(*command: str, in_hook: bool = False) -> bool:
    """Whether git finds the object that a `cat-file -e` asks for."""
    try:
        git(*command, in_hook=in_hook)
    except Unscannable:
        return False
    return True
