"""What has changed since a git revision, and what follows from it for the files to check.

A list of changed files needs only two trees, so it works in a clone without history. Where there is history, the
revision is moved back to where the two lines of work parted: what others did meanwhile is not a change of this one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from mlhooks.core.config import FILE_NAME, ConfigError
from mlhooks.core.files import File, Target, in_repository, repository_top
from mlhooks.core.finding import Hook, Unscannable
from mlhooks.core.git import RevisionFile, filters_off, git


class Changes(NamedTuple):
    """The files that differ between a commit and the work tree; paths are relative to `top`.

    `now` has for each file that is there today the path it had in the commit, "" for a file that is new; `gone` are
    the paths that exist no more, `tracked` all that git knows. `asked` is the revision as it was named, `base` the id
    of the commit that is compared with.
    """

    asked: str
    base: str
    top: str
    now: dict[str, str]
    gone: frozenset[str]
    tracked: frozenset[str]

    def touched(self, path: str) -> bool:
        """Whether the file at `path`, relative to the current folder, has changed, come or gone."""
        name = in_repository(path, self.top)
        return name in self.now or name in self.gone

    def before(self, path: str) -> File | None:
        """The file at `path`, relative to the current folder, as the commit had it; None when it had none."""
        name = in_repository(path, self.top)
        old = self.now.get(name, name if name in self.tracked or name in self.gone else "")
        return RevisionFile(path, old, self.base, self.top) if old else None


def changed_since(revision: str) -> Changes:
    """The changes since `revision`, committed or not, with untracked files. Raises `ConfigError`."""
    top = repository_top()
    if not top:
        raise ConfigError("only a git repository knows what has changed; there is none here")
    try:
        base = _base(revision, top)
        fields = _diff(base, top)
        untracked = _paths(git("-C", top, "ls-files", "-z", "--others", "--exclude-standard"))
        tracked = _paths(git("-C", top, "ls-files", "-z"))
    except Unscannable as reason:
        raise ConfigError(str(reason)) from None
    now, gone = _read_diff([os.fsdecode(field) for field in fields.split(b"\0")])
    now |= dict.fromkeys(untracked, "")
    return Changes(revision, base, top, now, frozenset(gone - set(now)), tracked)


def select(targets: Iterable[Target], changes: Changes, hooks: Sequence[Hook]) -> list[Target]:
    """Those targets whose findings may differ from the findings in the commit.

    They are the files that changed, files of whose past git knows nothing (ignored, or outside of the repository), and
    all files of a hook when something that it reads next to them changed; these come back with `only` set.
    """
    touched = {*changes.now, *changes.gone}
    stirred = [hook for hook in hooks if hook.companions and any(re.search(hook.companions, path) for path in touched)]
    chosen = []
    for target in targets:
        path = in_repository(target.path, changes.top)
        if path in changes.now or path not in changes.tracked:
            chosen.append(target)
        elif only := tuple(hook.id for hook in stirred if re.search(hook.wants, path)):
            chosen.append(target._replace(only=only))
    return chosen


def settings_changed(changes: Changes, config: str | None) -> bool:
    """Whether `[tool.mlhooks]` says something else than it did in the commit."""
    paths = {os.path.join(changes.top, FILE_NAME), FILE_NAME, *([config] if config else [])}
    return any(changes.touched(path) and _settings(_today(path)) != _settings(changes.before(path)) for path in paths)


def old_settings(changes: Changes, config: str) -> dict[str, Any]:
    """`[tool.mlhooks]` as the commit had it; empty when it had none or a broken one."""
    return _settings(changes.before(config)) or {}


def _paths(output: bytes) -> frozenset[str]:
    return frozenset(os.fsdecode(name) for name in output.split(b"\0") if name)


def _base(revision: str, top: str) -> str:
    git("-C", top, "rev-parse", "--git-dir")  # raises for a repository that git refuses, with its reason
    command = ("-C", top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    try:
        wanted = git(*command).decode().strip()
    except Unscannable:
        raise ConfigError(f"git knows no revision {revision!r} here; fetch it first") from None
    try:
        return git("-C", top, "merge-base", wanted, "HEAD").decode().strip()
    except Unscannable:
        # A clone without history, or two histories that never met: the two trees are compared as they are.
        return wanted


def _diff(base: str, top: str) -> bytes:
    return git(
        "-C", top, "diff", "--name-status", "-z", "--find-renames", "--no-relative", "--no-ext-diff", "--no-textconv",
        "--ignore-submodules=all", base, "--", settings=filters_off(top),
    )  # fmt: skip


def _read_diff(fields: Sequence[str]) -> tuple[dict[str, str], set[str]]:
    """Files of today with their old paths, and paths that are gone, from `git diff --name-status -z`."""
    now: dict[str, str] = {}
    gone: set[str] = set()
    position = 0
    while position + 1 < len(fields):
        status, path = fields[position][:1], fields[position + 1]
        position += 2
        if status in "RC":
            renamed = fields[position]
            position += 1
            now[renamed] = path
            if status == "R":
                gone.add(path)
        elif status == "D":
            gone.add(path)
        else:
            now[path] = "" if status == "A" else path
    return now, gone


def _today(path: str) -> File | None:
    return File(path) if os.path.exists(path) else None


def _settings(file: File | None) -> dict[str, Any] | None:
    """The table of a configuration file; None when it cannot be read."""
    import tomllib

    try:
        tool = tomllib.loads(file.text() if file else "").get("tool", {})
    except (tomllib.TOMLDecodeError, Unscannable, RecursionError):
        return None
    found: dict[str, Any] | None = tool.get("mlhooks", {}) if isinstance(tool, dict) else None
    return found
