"""Which commit a run is compared with, so that only changed files need a check.

A wrong base would leave files unchecked, so whatever is in doubt ends with no base: everything is checked, and the
reason is told. Nothing here reads a file of the checked repository.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "safe.bareRepository=explicit")
FETCH_SECONDS = 120
PULL_REQUESTS = ("pull_request", "pull_request_target")
COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
ZEROS = re.compile("0+")


class Base(NamedTuple):
    """The commit to compare with, "" for a check of everything; and what is to be said of it, if anything."""

    commit: str = ""
    note: str = ""


def find_base(mode: str, base_ref: str, name: str, event: Mapping[str, Any]) -> Base:
    """The base of a run, fetched if need be.

    `mode` is the input changed-only, `name` and `event` are the name and the payload of the event. `base_ref` is a
    branch or a commit that takes the place of what the event names.
    """
    compares = bool(base_ref) or name in (*PULL_REQUESTS, "merge_group") if mode == "auto" else mode != "false"
    if not compares:
        return Base()
    if _git("rev-parse", "--git-dir") is None:
        return _everything(
            "git knows no repository here, or refuses it; in a container, "
            '`git config --global --add safe.directory "$GITHUB_WORKSPACE"` after the checkout helps'
        )
    if base_ref:
        return _named(base_ref)
    find = _BY_EVENT.get(name)
    if find is None:
        return _everything(f"the event {name} has nothing to compare with")
    return find(event)


def is_pull_request(name: str) -> bool:
    return name in PULL_REQUESTS


def _of_pull_request(event: Mapping[str, Any]) -> Base:
    """The side of the merge that the pull request goes into.

    What is checked out is normally a merge of the head into the base: its first parent is the base as it was merged.
    """
    pull = event.get("pull_request") or {}
    head, base = _commit(pull.get("head")), _commit(pull.get("base"))
    here, parents = _checked_out()
    if head and len(parents) == 2 and parents[1] == head:
        return _available(parents[0])
    if head and here == head:
        return _available(base)
    # As pull_request_target checks out: the base itself, in which nothing would seem to have changed.
    return _everything("what is checked out is not this pull request")


def _of_merge_group(event: Mapping[str, Any]) -> Base:
    return _available(str((event.get("merge_group") or {}).get("base_sha") or ""))


def _of_push(event: Mapping[str, Any]) -> Base:
    before = str(event.get("before") or "")
    if ZEROS.fullmatch(before):
        return _everything("the branch is new")
    return _available(before)


_BY_EVENT: dict[str, Callable[[Mapping[str, Any]], Base]] = {
    "pull_request": _of_pull_request,
    "pull_request_target": _of_pull_request,
    "merge_group": _of_merge_group,
    "push": _of_push,
}


def _named(ref: str) -> Base:
    """The commit of a branch, a tag or a commit's id that a person wrote."""
    if COMMIT.fullmatch(ref):
        return _available(ref)
    # Refuses what git would read as an option, a range or a destination.
    if ref.startswith("-") or _git("check-ref-format", f"refs/heads/{ref}") is None:
        return _everything("base-ref is not the name of a branch, a tag or a commit")
    for known in (f"refs/remotes/origin/{ref}", f"refs/tags/{ref}", f"refs/heads/{ref}"):
        commit = _git("rev-parse", "--verify", "--quiet", f"{known}^{{commit}}")
        if commit:
            return Base(commit)
    for full in (f"refs/heads/{ref}", f"refs/tags/{ref}"):
        if _fetch(full):
            return Base(_git("rev-parse", "--verify", "FETCH_HEAD^{commit}") or "")
    return _everything("base-ref could not be fetched")


def _available(commit: str) -> Base:
    if not COMMIT.fullmatch(commit):
        return _everything("the event names no commit to compare with")
    if _git("cat-file", "-e", f"{commit}^{{commit}}") is not None:
        return Base(commit)
    if _fetch(commit) and _git("cat-file", "-e", f"{commit}^{{commit}}") is not None:
        return Base(commit)
    return _everything(f"commit {commit[:10]} could not be fetched; `fetch-depth: 2` at checkout helps")


def _everything(reason: str) -> Base:
    return Base("", f"every file is checked: {reason}")


def _checked_out() -> tuple[str, list[str]]:
    """The commit that is checked out and its parents, also those that a clone without history does not have."""
    here = _git("rev-parse", "--verify", "HEAD") or ""
    header = (_git("cat-file", "commit", "HEAD") or "").partition("\n\n")[0]
    return here, re.findall(r"^parent ([0-9a-f]+)$", header, re.MULTILINE)


def _commit(side: Any) -> str:
    return str(side.get("sha") or "") if isinstance(side, dict) else ""


def _fetch(what: str) -> bool:
    """Whether git could fetch one commit or ref, without history."""
    options = ("--quiet", "--no-tags", "--depth=1", "--no-recurse-submodules", "--no-write-commit-graph")
    return _git("-c", "core.askPass=", "fetch", *options, "origin", what) is not None


def _git(*arguments: str) -> str | None:
    """What a git command prints, stripped; None when it fails."""
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    try:
        result = subprocess.run(
            [*GIT, *arguments], capture_output=True, env=environment, timeout=FETCH_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.decode("utf-8", "replace").strip() if result.returncode == 0 else None
