"""The files in a folder: those that git has or would take, or all of them. What is left out is told, never dropped."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence

from mlhooks.core.files import GIT, Target, Told, git_environment, repository_top, slashed


def walk(folder: str, told: Told) -> Iterator[Target]:
    """The files in `folder`.

    Inside a git work tree those are the tracked files and the untracked ones that are not ignored; elsewhere, and where
    that would be none because git ignores the whole folder, every file.
    """
    top = repository_top(folder)
    names = _git_files(folder, told) if top else None
    if not names or (os.path.realpath(folder) != top and _is_ignored(folder)):
        yield from _all_files(folder, told)
        return
    strangers = []
    for name in names:
        path = os.path.normpath(os.path.join(folder, name))
        is_link = os.path.islink(path)
        # A link to a folder is listed as one entry; a deleted file still stands in the index.
        if os.path.isfile(path) or (is_link and not os.path.exists(path)):
            yield Target(slashed(path), False, is_link)
        elif not is_link and _has_entries(path):
            strangers.append(slashed(path))
    if strangers:
        shown = ", ".join(strangers[:3]) + (", ..." if len(strangers) > 3 else "")
        told.notes.append(f"left out, as git repositories of their own: {shown}; name one to check it")


def _git_files(folder: str, told: Told) -> list[str] | None:
    """Paths relative to `folder`, sorted; None where git cannot say, and that is told."""
    # Complaints are read: they must be in one language.
    environment = {**git_environment(), "LC_ALL": "C"}
    command = [*GIT, "-C", folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    try:
        result = subprocess.run(command, capture_output=True, env=environment, check=False)
        failed, said = result.returncode != 0, result.stderr.decode("utf-8", "replace")
    except OSError as error:
        failed, said = True, f"git could not be started: {error.strerror}"
    if failed:
        reason = said.strip().partition("\n")[0]
        told.notes.append(f"git could not list {folder} ({reason}): what it ignores was checked too")
        return None
    told.errors.extend((unread["path"], unreadable(unread["reason"])) for unread in re.finditer(_UNREAD, said))
    return sorted(os.fsdecode(name) for name in result.stdout.split(b"\0") if name)


_UNREAD = r"(?m)^warning: could not open directory '(?P<path>.*)/': (?P<reason>.*)$"


def unreadable(reason: str) -> str:
    """Why a folder's files are not known."""
    return f"the folder could not be read: {reason[:1].lower()}{reason[1:]}"


def _is_ignored(folder: str) -> bool:
    command: Sequence[str] = [*GIT, "-C", folder, "check-ignore", "--quiet", "--no-index", "."]
    return subprocess.run(command, capture_output=True, env=git_environment(), check=False).returncode == 0


def _has_entries(path: str) -> bool:
    try:
        return bool(os.listdir(path))
    except OSError:
        return False


def _all_files(folder: str, told: Told) -> Iterator[Target]:
    def fail(error: OSError) -> None:
        told.errors.append((slashed(os.path.normpath(error.filename or folder)), unreadable(error.strerror or "")))

    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if name != ".git")
        yield from _files(parent, sorted(names))


def _files(parent: str, names: Iterable[str]) -> Iterator[Target]:
    """Regular files and links; pipes, sockets and devices hold nothing that could be checked."""
    for name in names:
        path = os.path.normpath(os.path.join(parent, name))
        is_dangling = not os.path.exists(path)
        if is_dangling or os.path.isfile(path):
            # Outside git a link is how caches store files (Hugging Face's does): it counts as the file.
            yield Target(slashed(path), False, is_dangling and os.path.islink(path))
