"""The command line: one main loop. The only place that prints and decides the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING

from mlhooks.core import arguments, config
from mlhooks.core.examine import House, Request, collect, examine, plan_of, scope_of
from mlhooks.core.files import repository_namer
from mlhooks.core.finding import Action, Count, Finding, Hook, Level, Unscannable
from mlhooks.core.report import OF_REPOSITORY, Report, inert, renamed, render
from mlhooks.core.run import Checked, Plan

if TYPE_CHECKING:
    from mlhooks.core.suppress import Suppressed

CLEAN, FOUND, BROKEN = 0, 1, 2


def main(hooks: Sequence[Hook], words: Sequence[str], house: House, *, name: str) -> int:
    """Run `mlhooks NAME WORDS`; the exit status: 0 clean, 1 found, 2 something could not be checked."""
    make_printable()
    try:
        return _run(hooks, arguments.parse(hooks, words, name), house)
    except (config.ConfigError, Unscannable) as error:
        return fail(str(error))


def make_printable() -> None:
    """Let both streams take every text, whatever the locale."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def fail(message: str) -> int:
    """Say why nothing could be done; the exit status for it."""
    print(f"mlhooks: {inert(message)}", file=sys.stderr)
    return BROKEN


def request_of(hooks: Sequence[Hook], parsed: SimpleNamespace) -> Request:
    """What the flags ask for. Raises `ConfigError` for flags that exclude each other."""
    asked = vars(parsed)
    given = {option.name: asked.get(arguments.destination(option.name)) for hook in hooks for option in hook.options}
    known = {field: asked[field] for field in Request._fields if field in asked}
    known |= {"paths": tuple(parsed.paths), "exclude": tuple(parsed.exclude), "overrides": tuple(asked.get("set", ()))}
    request = Request(**known, flags=given)
    choices = [f"--{field.replace('_', '-')}" for field in _CHOOSE_FILES if getattr(request, field)]
    if len(choices) > 1:
        raise config.ConfigError(f"{' and '.join(choices)} choose files in different ways; use one of them")
    if given.get("fix") and (request.staged or request.new_since):
        raise config.ConfigError(f"--fix changes files, and {choices[0]} reads older ones; use one of them")
    return request


_CHOOSE_FILES = ("staged", "changed_since", "new_since")


def show(report: Report) -> None:
    """On standard error: what was changed, what could not be checked, and a summary."""
    from mlhooks.core.report import text

    for path in report.fixed:
        print(f"changed {inert(path)}", file=sys.stderr)
    sys.stderr.write(text.notices(report) + text.errors(report))
    # pre-commit runs a hook in several processes and shows all their output: a total of one part only confuses.
    if not os.environ.get("PRE_COMMIT"):
        print(f"mlhooks: {text.summary(report)}", file=sys.stderr)


def with_progress(results: Iterator[Checked], total: int) -> Iterator[Checked]:
    """The same results; on a terminal with a progress bar once they have taken longer than a second."""
    if total < 2 or not sys.stderr.isatty():
        yield from results
        return
    from time import monotonic

    start, bar = monotonic(), None
    for done, result in enumerate(results, 1):
        if bar is None and monotonic() - start > 1:
            from tqdm import tqdm

            tqdm.monitor_interval = 0  # no thread of its own: processes may be forked later
            bar = tqdm(total=total, initial=done, unit=" files", leave=False, file=sys.stderr)
        elif bar is not None:
            bar.update()
        yield result
    if bar is not None:
        bar.close()


def _run(hooks: Sequence[Hook], parsed: SimpleNamespace, house: House) -> int:
    chosen = getattr(parsed, "hook", None)
    hooks = [hook for hook in hooks if not chosen or hook.id in chosen]
    request = request_of(hooks, parsed)
    plan = plan_of(hooks, request, house)
    actions = (action for hook in hooks for action in hook.actions)
    action = next((action for action in actions if arguments.given(parsed, action) is not None), None)
    if action:
        report = _act(action, plan, request, arguments.given(parsed, action) or "")
    else:
        report = examine(plan, request, with_progress)
    if not action or report.findings:
        _print(report, parsed)
    if not action or report.findings or report.errors or report.counts:
        show(report)
    return _status(report, Level[parsed.fail_on.upper()])


def _act(action: Action, plan: Plan, request: Request, value: str) -> Report:
    """Run an action: its text goes to standard output at once, its findings into the report."""
    from mlhooks.core.suppress import accepted_by_path

    findings: list[tuple[str, Finding]] = []
    errors: list[tuple[str, str]] = []
    counts: list[Count] = []
    files = [plan.open_file(target) for target in scope_of(plan, request).targets]
    (hook,) = plan.hooks
    settings = plan.settings[hook.id]
    accepted: list[tuple[str, Suppressed]] = []
    for result in action.run(value, files, plan.options[hook.id]):
        if isinstance(result, str):
            print(inert(result))
        elif isinstance(result, Finding):
            suppressed = accepted_by_path(result, settings.allowed(result.path))
            if suppressed:
                accepted.append((hook.id, suppressed))
            elif not settings.excludes(result.path):
                findings.append((hook.id, result))
        elif isinstance(result, Count):
            counts.append(result)
        else:
            errors.append(result)
    return collect(plan, [Checked("", findings, accepted, errors, counts, hooks=1)])


def _print(report: Report, parsed: SimpleNamespace) -> None:
    to_terminal = parsed.output is None and sys.stdout.isatty()
    colour = to_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    rendered = _rendered(report, parsed.format, colour=colour)
    if parsed.output is None:
        sys.stdout.write(rendered)
        sys.stdout.flush()
    else:
        write(parsed.output, rendered)
    for style, path in parsed.report:
        write(path, _rendered(report, style))


def _rendered(report: Report, style: str, *, colour: bool = False) -> str:
    return render(renamed(report, repository_namer()) if style in OF_REPOSITORY else report, style, colour=colour)


def write(path: str, text: str) -> None:
    """Write a file. Raises `ConfigError`."""
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise config.ConfigError(f"could not write {path}: {error.strerror}") from None


def _status(report: Report, fail_on: Level) -> int:
    if report.errors:
        return BROKEN
    if report.fixed or any(reported.finding.level >= fail_on for reported in report.findings):
        return FOUND
    return CLEAN
