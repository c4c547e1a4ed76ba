"""From what was asked for to a report: which files, which settings, which findings count. Prints nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from mlhooks.core import config
from mlhooks.core.files import File, Target, Told, repository_namer, repository_top, targets
from mlhooks.core.finding import Finding, Hook, Options, Unscannable
from mlhooks.core.report import Report, fingerprinted, plural
from mlhooks.core.run import Checked, Plan, check_all

if TYPE_CHECKING:
    from mlhooks.core.changes import Changes
    from mlhooks.core.suppress import Suppressed


class House(NamedTuple):
    """What the command line has to know of all hooks without loading them."""

    hook_ids: tuple[str, ...]
    is_known_rule: Callable[[str], bool]


class Request(NamedTuple):
    """What is to be checked and how.

    `flags` are the options that were given for the one hook that runs, by name; `overrides` are texts such as
    "unsafe-models.most=3" for one hook of several.
    """

    paths: tuple[str, ...] = ()
    config: str | None = None
    exclude: tuple[str, ...] = ()
    flags: Mapping[str, Any] = {}
    overrides: tuple[str, ...] = ()
    jobs: int = 0
    staged: bool = False
    baseline: str | None = None
    changed_since: str | None = None
    new_since: str | None = None


class Scope(NamedTuple):
    """The files that are checked, the changes that the choice rests on, and what is to be said of it.

    A notice is for somebody's attention, a note is good to know; `errors` are (path, message) of folders whose files
    are not known.
    """

    targets: list[Target]
    changes: Changes | None = None
    notes: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()


Watch = Callable[[Iterator[Checked], int], Iterator[Checked]]
"""Hands results on, one per file, and may show how many of the total have come."""


def examine(plan: Plan, request: Request, watch: Watch = lambda results, _: results) -> Report:
    """Check what was asked for. Raises `ConfigError` and `Unscannable` where nothing can be checked at all."""
    scope = scope_of(plan, request)
    results = watch(check_all(plan, scope.targets, jobs=request.jobs), len(scope.targets))
    report = collect(plan, results)
    report = report._replace(
        notes=scope.notes, notices=(*report.notices, *scope.notices), errors=[*scope.errors, *report.errors]
    )
    if not scope.changes and not any(target.named for target in scope.targets):
        report = report._replace(notices=(*report.notices, *_conclusions(plan, report)))
    if scope.changes:
        compared = [target for target in scope.targets if request.new_since or target.only]
        report = _without_old(report, plan, scope.changes, compared, request.jobs)
    if request.baseline:
        report = _with_baseline(report, request.baseline)
    if scope.changes and report.suppressed:
        report = report._replace(new_waivers=_new_waivers(report, plan, scope, request))
    return report


def plan_of(hooks: Sequence[Hook], request: Request, house: House) -> Plan:
    """The hooks with their settings and options. Raises `ConfigError`."""
    found = None if request.config else config.find()
    settings = config.load(request.config or found, hooks, house.hook_ids)
    if request.config or found:
        folder = os.path.dirname(found) if found else repository_top() or os.getcwd()
        settings = {hook: setting.of_folder(folder) for hook, setting in settings.items()}
    config.check_globs(request.exclude, "--exclude")
    settings = {hook: setting._replace(left_out=request.exclude) for hook, setting in settings.items()}
    settings = config.overridden(settings, hooks, request.overrides)
    options = {hook.id: _options(hook, request.flags, settings[hook.id]) for hook in hooks}
    opener = _open_staged if request.staged else _open_file
    ready, notices = _prepared(hooks, options)
    return Plan(ready, settings, options, house.is_known_rule, opener, _accepted(request.baseline), notices)


def scope_of(plan: Plan, request: Request) -> Scope:
    """The files that are checked."""
    if request.staged:
        from mlhooks.core.git import staged_targets

        return Scope(staged_targets(request.paths))
    told = Told([], [])
    everything = list(targets(request.paths or ["."], told))
    scope = Scope(everything, notes=tuple(told.notes), errors=tuple(told.errors))
    return _changed(scope, plan, request) if request.changed_since or request.new_since else scope


def _changed(scope: Scope, plan: Plan, request: Request) -> Scope:
    """What of a scope a git revision leaves."""
    from mlhooks.core.changes import changed_since, select, settings_changed

    changes = changed_since(request.changed_since or request.new_since or "")
    short = changes.base[:10]
    scope = scope._replace(changes=changes)
    if settings_changed(changes, request.config or config.find()):
        notice = f"the settings of mlhooks have changed since {short}"
        if request.changed_since:
            return scope._replace(notices=(f"{notice}: every file was checked",))
        scope = scope._replace(notices=(notice,))
    if request.changed_since and request.baseline and changes.touched(request.baseline):
        note = f"the baseline has changed since {short}: every file was checked"
        return scope._replace(notes=(*scope.notes, note))
    chosen = select(scope.targets, changes, plan.hooks)
    return scope._replace(targets=chosen, notes=(*scope.notes, _choice(chosen, len(scope.targets), short)))


def _choice(chosen: Sequence[Target], total: int, base: str) -> str:
    stirred = sum(bool(target.only) for target in chosen)
    more = f", and {stirred:,} for what that means to them" if stirred else ""
    return f"checked the {len(chosen) - stirred:,} of {plural(total, 'file')} that changed since {base}{more}"


def collect(plan: Plan, results: Iterable[Checked]) -> Report:
    """One report of the results of many files."""
    findings: list[tuple[str, Finding]] = []
    suppressed: list[tuple[str, Suppressed]] = []
    errors: list[tuple[str, str]] = []
    fixed: list[str] = []
    paths: list[str] = []
    counts: dict[str, int] = {}
    files = 0
    every = list(results)
    if len(every) > 1:
        from mlhooks.core.repeats import without_repeats

        every = without_repeats(every)
    for checked in every:
        paths.append(checked.path)
        findings += checked.findings
        suppressed += checked.suppressed
        errors += checked.errors
        files += checked.hooks > 0
        for count in checked.counts:
            counts[count.name] = counts.get(count.name, 0) + count.number
        if checked.was_fixed:
            fixed.append(checked.path)
    reported, accepted = fingerprinted(findings, suppressed, repository_namer())
    return Report(
        plan.hooks, reported, accepted, errors, files, fixed, tuple(counts.items()), plan.notices, paths=tuple(paths)
    )


def _prepared(hooks: Sequence[Hook], options: Mapping[str, Options]) -> tuple[tuple[Hook, ...], tuple[str, ...]]:
    """The hooks that can check, and what they have to say beforehand.

    One hook that cannot is an error; among several hooks it is left out, and that is said.
    """
    ready: list[Hook] = []
    notices: list[str] = []
    for hook in hooks:
        try:
            notices += (notice.text for notice in (hook.prepare(options[hook.id]) if hook.prepare else ()))
            ready.append(hook)
        except Unscannable as reason:
            if len(hooks) == 1:
                raise
            notices.append(f"{hook.id} was left out: {reason}")
    return tuple(ready), tuple(notices)


def _conclusions(plan: Plan, report: Report) -> Iterator[str]:
    """What the hooks have to say once whole folders were checked."""
    for hook in plan.hooks:
        if hook.conclude:
            waived = [suppressed.finding for reported, suppressed in report.suppressed if reported.hook == hook.id]
            yield from (notice.text for notice in hook.conclude(waived, plan.options[hook.id]))


def _options(hook: Hook, flags: Mapping[str, Any], settings: config.Settings) -> Options:
    """The values of a hook's options: the flag, else the configuration, else the default."""
    values: dict[str, Any] = {}
    for option in hook.options:
        given = flags.get(option.name)
        values[option.name] = given if given is not None else settings.options.get(option.name, option.default)
        if isinstance(option.default, tuple):
            values[option.name] = tuple(values[option.name])
    return values


def _open_file(target: Target) -> File:
    return File(target.path, named=target.named)


def _open_staged(target: Target) -> File:
    from mlhooks.core.git import StagedFile

    return StagedFile(target.path, named=target.named)


def _accepted(baseline: str | None) -> frozenset[str]:
    """The fingerprints that a fixer must leave alone."""
    if not baseline:
        return frozenset()
    from mlhooks.core.baseline import read

    return frozenset(entry.fingerprint for entry in read(baseline))


def _with_baseline(report: Report, path: str) -> Report:
    """The report without the findings that the baseline accepts."""
    from mlhooks.core import baseline
    from mlhooks.core.suppress import Suppressed

    applied = baseline.apply(baseline.read(path), report, repository_top())
    waived = [
        (reported, Suppressed(reported.finding, entry.reason, "external")) for reported, entry in applied.accepted
    ]
    return report._replace(
        findings=applied.counting,
        suppressed=[*report.suppressed, *waived],
        notices=(*report.notices, *baseline.notices(applied, path)),
    )


def _without_old(report: Report, plan: Plan, changes: Changes, compared: Sequence[Target], jobs: int) -> Report:
    """The report without those findings in the `compared` files that the commit had as well.

    A finding may stand in a file that a compared one includes: it was there if either of them told it.
    """
    paths = {reported.finding.path for reported in report.findings}
    targets = _there_before(paths, report, compared, changes)
    if not targets:
        return report
    old = _before(plan, changes, targets, jobs)
    known = {reported.fingerprint for reported in (*old.findings, *(reported for reported, _ in old.suppressed))}
    new = [reported for reported in report.findings if reported.fingerprint not in known]
    left_out = len(report.findings) - len(new)
    if not left_out:
        return report
    note = f"{plural(left_out, 'finding')} left out: there in {changes.base[:10]} already"
    return report._replace(findings=new, notes=(*report.notes, note))


def _open_before(changes: Changes, target: Target) -> File:
    file = changes.before(target.path)
    if file is None:
        raise ValueError("only files that the commit had are opened as it had them")
    return file


def _there_before(paths: set[str], report: Report, compared: Sequence[Target], changes: Changes) -> list[Target]:
    """Those of the compared files that the commit had and that may tell of `paths`: they, and what includes others."""
    included = paths.difference(report.paths)
    told = [target for target in compared if target.path in paths or included]
    told += [Target(path, False, False) for path in sorted(included)]
    return [target for target in told if changes.before(target.path)]


def _before(plan: Plan, changes: Changes, targets: Sequence[Target], jobs: int) -> Report:
    """What the hooks say of these files as the commit had them."""
    old_plan = plan._replace(open_file=partial(_open_before, changes))
    return collect(old_plan, check_all(old_plan, targets, jobs=jobs))


def _new_waivers(report: Report, plan: Plan, scope: Scope, request: Request) -> frozenset[str]:
    """The fingerprints of accepted findings that nobody had accepted in the commit."""
    from mlhooks.core import acceptance

    changes = scope.changes
    if changes is None:
        return frozenset()
    paths = {found.finding.path for found, suppressed in report.suppressed if acceptance.is_of_file(suppressed)}
    targets = _there_before(paths, report, scope.targets, changes)
    before = _before(plan, changes, targets, request.jobs)
    path = request.config or config.find()
    return frozenset(
        (
            *acceptance.new_of_files(report, before),
            *acceptance.new_of_lists(report, plan.settings, changes, path, request.baseline),
        )
    )
