"""What git has staged, read from its index: the content that a commit would hold, whatever the work tree says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from io import BytesIO
from typing import BinaryIO

from mlhooks.core.files import GIT, File, Target
from mlhooks.core.finding import Unscannable


class StagedFile(File):
    """A file as it stands in the index. `path` is relative to the current folder."""

    @property
    def size_bytes(self) -> int:
        return len(self._read())

    def siblings(self) -> list[str]:
        folder = self.path.rpartition("/")[0] or "."
        names = _git("ls-files", "-z", "--", f"{folder}/").split(b"\0")
        prefix = "" if folder == "." else folder + "/"
        paths = (os.fsdecode(name) for name in names if name)
        return sorted({path[len(prefix) :].split("/")[0] for path in paths})

    def replace(self, data: bytes) -> None:  # noqa: ARG002  # the interface of File
        raise Unscannable("what is staged cannot be changed here; run without --staged, then `git add` again")

    def _existing(self, path: str) -> File | None:
        try:
            _git("cat-file", "-e", f":./{path}")
        except Unscannable:
            return None
        return StagedFile(path, named=False)

    def _open(self) -> BinaryIO:
        return BytesIO(self._read())

    def _read(self) -> bytes:
        if self._data is None:
            self._data = _git("cat-file", "blob", f":./{self.path}")
        return self._data


def staged_targets(paths: Sequence[str]) -> list[Target]:
    """The files whose staged content differs from the last commit, at or under `paths`. Raises `Unscannable`."""
    command = ("diff", "--cached", "--relative", "--name-only", "-z", "--no-renames", "--diff-filter=ACMT", "--")
    names = _git(*command, *paths).split(b"\0")
    return [Target(os.fsdecode(name), False, False) for name in names if name]


def _git(*arguments: str) -> bytes:
    # The index that a running `git commit` prepares is named by its environment, so that stays as it is.
    try:
        result = subprocess.run([*GIT, *arguments], capture_output=True, check=False)
    except OSError as error:
        raise Unscannable(f"git could not be started: {error.strerror}") from None
    if result.returncode != 0:
        reason = result.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise Unscannable(f"git could not read the index: {reason}")
    return result.stdout
