"""Hooks over files: one file at a time, or many over all cores. Nothing here prints or exits."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.core.config import Settings
from mlhooks.core.files import File, Target, repository_namer
from mlhooks.core.finding import Count, Finding, Hook, Options, Said, Unscannable

if TYPE_CHECKING:
    from mlhooks.core.suppress import Judged, Suppressed

# Below both of these a pool of processes costs more than it saves.
POOL_FROM_FILES = 96
POOL_FROM_BYTES = 8 << 20
# A worker takes this many files at once, and fewer where there would be few such portions for each worker.
FILES_PER_TASK = 32
TASKS_PER_WORKER = 32
# These are checked before the pool starts: what they make us import, workers that are forked have from birth.
FILES_BEFORE_POOL = 3


class Checked(NamedTuple):
    """What the hooks said of one file. `errors` are (path, message); `hooks` counts those that looked at it."""

    path: str
    findings: list[tuple[str, Finding]]
    suppressed: list[tuple[str, Suppressed]]
    errors: list[tuple[str, str]]
    counts: list[Count]
    hooks: int = 0
    was_fixed: bool = False


class Plan(NamedTuple):
    """Which hooks run with which settings, and where a file that is named comes from.

    `options` are the final values of each hook's options; `is_known_rule` knows the rules of all hooks, also of those
    that do not run; `open_file` makes a File of a target; `accepted` are fingerprints of findings that a fixer leaves;
    `notices` are what the hooks said before the run.
    """

    hooks: tuple[Hook, ...]
    settings: dict[str, Settings]
    options: dict[str, Options]
    is_known_rule: Callable[[str], bool]
    open_file: Callable[[Target], File]
    accepted: frozenset[str] = frozenset()
    notices: tuple[str, ...] = ()


def check_all(plan: Plan, targets: Sequence[Target], *, jobs: int = 0) -> Iterator[Checked]:
    """Check every target; results come in the order of the targets. `jobs` 0 means: as many as there are cores."""
    workers = jobs or _cores()
    if workers == 1 or (jobs == 0 and not _is_much(targets)):
        for target in targets:
            yield check_file(plan, target)
        return
    first = FILES_BEFORE_POOL if jobs == 0 else 0
    for target in targets[:first]:
        yield check_file(plan, target)
    yield from _check_in_pool(plan, targets[first:], workers)


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _is_much(targets: Sequence[Target]) -> bool:
    """Whether checking these is more work than starting a pool. Models are large, and only a little of them is read."""
    if len(targets) >= POOL_FROM_FILES:
        return True
    if len(targets) <= 2 * FILES_BEFORE_POOL:
        return False
    notebooks = (target.path for target in targets if target.path.endswith(".ipynb") and os.path.isfile(target.path))
    return sum(os.path.getsize(path) for path in notebooks) >= POOL_FROM_BYTES


def check_file(plan: Plan, target: Target) -> Checked:
    """Check one file with every hook that is for it."""
    checked = Checked(target.path, [], [], [], [])
    file = plan.open_file(target)
    alone = len(plan.hooks) == 1
    hooks = [hook for hook in plan.hooks if is_for(hook, target, plan.settings[hook.id], alone=alone)]
    was_fixed = [_check_with(hook, file, plan, checked) for hook in hooks]
    file.close()
    errors = list(dict.fromkeys(checked.errors))
    return checked._replace(errors=errors, hooks=len(hooks), was_fixed=any(was_fixed))


def is_for(hook: Hook, target: Target, settings: Settings, *, alone: bool = True) -> bool:
    """Whether a hook looks at a file at all.

    A file that is named is looked at whatever its name, unless several hooks run: then each takes what it is for. Links
    are left out where their text is all that is committed.
    """
    if target.is_link and not hook.follows_links and not target.named:
        return False
    if target.only and hook.id not in target.only:
        return False
    if settings.excludes(target.path):
        return False
    return (target.named and alone) or re.search(hook.wants, target.path) is not None


def _check_with(hook: Hook, file: File, plan: Plan, checked: Checked) -> bool:
    """Add what one hook says of one file to `checked`; whether the file was changed."""
    settings = plan.settings[hook.id]
    findings, counts, error = _said(hook, file, plan.options[hook.id], settings)
    if error:
        checked.errors.append((file.path, error))
    if not findings:
        checked.counts.extend(counts)
        return False
    from mlhooks.core.suppress import judge

    try:
        judged = judge(file, findings, settings.allowed, plan.is_known_rule)
        fixed = _fixed(hook, file, judged, plan) if hook.fix and plan.options[hook.id].get("fix") else None
        was_fixed = fixed is not None and fixed != file.read()
        if fixed is not None and was_fixed:
            file.replace(fixed)
            findings, counts, error = _said(hook, file, plan.options[hook.id], settings)
            if error:
                checked.errors.append((file.path, error))
            judged = judge(file, findings, settings.allowed, plan.is_known_rule)
    except Unscannable as reason:
        checked.errors.append((file.path, str(reason)))
        checked.findings.extend((hook.id, finding) for finding in findings)
        checked.counts.extend(counts)
        return False
    checked.counts.extend(counts)
    checked.errors.extend((file.path, message) for message in judged.errors)
    checked.findings.extend((hook.id, finding) for finding in judged.kept)
    checked.suppressed.extend((hook.id, suppressed) for suppressed in judged.suppressed)
    return was_fixed


def _fixed(hook: Hook, file: File, judged: Judged, plan: Plan) -> bytes | None:
    """The file with those findings mended that nobody has accepted; None when there is nothing to do."""
    kept = judged.kept
    if plan.accepted and kept:
        from mlhooks.core.report import fingerprinted

        waived = [(hook.id, item) for item in judged.suppressed]
        reported, _ = fingerprinted([(hook.id, finding) for finding in kept], waived, repository_namer())
        kept = [item.finding for item in reported if item.fingerprint not in plan.accepted]
    return hook.fix(file, kept, plan.options[hook.id]) if hook.fix and kept else None


def _said(
    hook: Hook, file: File, options: Options, settings: Settings
) -> tuple[list[Finding], list[Count], str | None]:
    """What a hook says of a file, and why it could not finish, if it could not. What came before an error counts.

    Nothing is said of a file that this one includes and that is left out.
    """
    said: list[Said] = []
    error = None
    try:
        said.extend(hook.check(file, options))
    except Unscannable as reason:
        error = str(reason)
    except Exception as crash:  # noqa: BLE001  # a bug in one hook on one file must not end the run, nor pass as clean
        error = f"{hook.id} failed on it: {describe(crash)}. This is a bug in mlhooks; please report it."
    findings = [entry for entry in said if isinstance(entry, Finding)]
    counts = [entry for entry in said if not isinstance(entry, Finding)]
    findings = [entry for entry in findings if entry.path == file.path or not settings.excludes(entry.path)]
    counts = [entry for entry in counts if not entry.path or not settings.excludes(entry.path)]
    return findings, counts, error


def describe(crash: BaseException) -> str:
    """The type of an exception and the place in our code. Never its text: that may quote the file."""
    place = crash.__traceback__
    while place and place.tb_next and "mlhooks" in place.tb_next.tb_frame.f_code.co_filename:
        place = place.tb_next
    if os.environ.get("MLHOOKS_TRACEBACK"):
        sys.excepthook(type(crash), crash, crash.__traceback__)
    if place is None:
        return type(crash).__name__
    return f"{type(crash).__name__} at {os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}"


def _check_in_pool(plan: Plan, targets: Sequence[Target], workers: int) -> Iterator[Checked]:
    from mlhooks.core.pool import MOST_PARTS, in_pool

    size = max(min(len(targets) // (workers * TASKS_PER_WORKER), FILES_PER_TASK), -(-len(targets) // MOST_PARTS), 1)
    parts = [targets[start : start + size] for start in range(0, len(targets), size)]
    check: Callable[[Sequence[Target]], list[Checked]] = partial(_check_files, plan)
    for part, results in zip(parts, in_pool(check, parts, workers), strict=True):
        if results is not None:
            yield from results
            continue
        for target in part:
            message = "a worker process was ended while it was checked; try again with --jobs 1"
            yield Checked(target.path, [], [], [(target.path, message)], [])


def _check_files(plan: Plan, targets: Sequence[Target]) -> list[Checked]:
    return [check_file(plan, target) for target in targets]
