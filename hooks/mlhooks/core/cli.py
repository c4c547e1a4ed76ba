"""The command line: one parser and one main loop. The only place that prints and decides the exit status."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from mlhooks import __version__
from mlhooks.core import config
from mlhooks.core.files import File, Target, targets
from mlhooks.core.finding import Action, Count, Finding, Hook, Level, Option, Options, Unscannable
from mlhooks.core.report import FORMATS, Report, fingerprinted, printable, render
from mlhooks.core.run import Checked, Plan, check_all
from mlhooks.core.suppress import Suppressed

CLEAN, FOUND, BROKEN = 0, 1, 2


class House(NamedTuple):
    """What the command line has to know of all hooks without loading them."""

    hook_ids: tuple[str, ...]
    is_known_rule: Callable[[str], bool]


def main(hooks: Sequence[Hook], arguments: Sequence[str], house: House, *, name: str) -> int:
    """Run `mlhooks NAME ARGUMENTS`; the exit status: 0 clean, 1 found, 2 something could not be checked."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    parsed = _parser(hooks, name).parse_args(_with_bare_values(hooks, arguments))
    try:
        return _run(hooks, parsed, house)
    except (config.ConfigError, Unscannable) as error:
        return fail(str(error))
    except BrokenPipeError:
        # Whoever reads us has gone (`| head`); what is left has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN


def fail(message: str) -> int:
    """Say why nothing could be done; the exit status for it."""
    print(f"mlhooks: {printable(message)}", file=sys.stderr)
    return BROKEN


def _run(hooks: Sequence[Hook], parsed: argparse.Namespace, house: House) -> int:
    if parsed.baseline is not None:
        raise config.ConfigError("--baseline is not there yet: accept findings with `allow` in [tool.mlhooks.<hook>]")
    if parsed.staged and getattr(parsed, "fix", None):
        raise config.ConfigError("--fix changes files, and --staged reads none; use one of them")
    path = parsed.config or config.find()
    settings = config.load(path, hooks, house.hook_ids) if path else {hook.id: config.Settings({}) for hook in hooks}
    settings = {
        hook: setting._replace(exclude=(*setting.exclude, *parsed.exclude)) for hook, setting in settings.items()
    }
    options = {hook.id: _options(hook, parsed, settings[hook.id]) for hook in hooks}
    ready, notices = _prepared(hooks, options)
    plan = Plan(ready, settings, options, house.is_known_rule, _opener(parsed.staged))
    chosen = _targets(parsed)
    action = next((action for hook in hooks for action in hook.actions if _given(parsed, action) is not None), None)
    if action:
        results = _act(action, hooks[0], plan, chosen, _given(parsed, action) or "")
    else:
        results = _with_progress(check_all(plan, chosen, jobs=parsed.jobs), len(chosen))
    report = _report(plan, results)._replace(notices=tuple(notices))
    if not action and not any(target.named for target in chosen):
        report = report._replace(notices=(*report.notices, *_conclusions(plan, report)))
    _print(report, parsed, is_quiet=action is not None and not (report.findings or report.counts))
    return _status(report, Level[parsed.fail_on.upper()])


def _targets(parsed: argparse.Namespace) -> list[Target]:
    if parsed.staged:
        from mlhooks.core.git import staged_targets

        return staged_targets(parsed.paths)
    return list(targets(parsed.paths or ["."]))


def _opener(staged: bool) -> Callable[[Target], File]:
    return _open_staged if staged else _open_file


def _open_file(target: Target) -> File:
    return File(target.path, named=target.named)


def _open_staged(target: Target) -> File:
    from mlhooks.core.git import StagedFile

    return StagedFile(target.path, named=target.named)


def _options(hook: Hook, parsed: argparse.Namespace, settings: config.Settings) -> Options:
    """The values of a hook's options: the flag, else the configuration, else the default."""
    values: dict[str, Any] = {}
    for option in hook.options:
        given = getattr(parsed, _destination(option.name), None)
        values[option.name] = given if given is not None else settings.options.get(option.name, option.default)
        if isinstance(option.default, tuple):
            values[option.name] = tuple(values[option.name])
    return values


def _given(parsed: argparse.Namespace, action: Action) -> str | None:
    value = getattr(parsed, _destination(action.name), None)
    return "" if value is True else value


def _act(action: Action, hook: Hook, plan: Plan, chosen: Sequence[Target], value: str) -> Iterator[Checked]:
    """Run an action: its text goes to standard output at once, its findings into the report."""
    findings: list[tuple[str, Finding]] = []
    errors: list[tuple[str, str]] = []
    counts: list[Count] = []
    files = [plan.open_file(target) for target in chosen]
    for result in action.run(value, files, plan.options[hook.id]):
        if isinstance(result, str):
            print(printable(result))
        elif isinstance(result, Finding):
            findings.append((hook.id, result))
        elif isinstance(result, Count):
            counts.append(result)
        else:
            errors.append(result)
    yield Checked("", findings, [], errors, counts, hooks=1)


def _report(plan: Plan, results: Iterable[Checked]) -> Report:
    findings: list[tuple[str, Finding]] = []
    suppressed: list[tuple[str, Suppressed]] = []
    errors: list[tuple[str, str]] = []
    fixed: list[str] = []
    counts: dict[str, int] = {}
    files = 0
    for checked in results:
        findings += checked.findings
        suppressed += checked.suppressed
        errors += checked.errors
        files += checked.hooks > 0
        for aside in checked.counts:
            counts[aside.name] = counts.get(aside.name, 0) + aside.number
        if checked.was_fixed:
            fixed.append(checked.path)
    reported, accepted = fingerprinted(findings, suppressed)
    return Report(plan.hooks, reported, accepted, errors, files, fixed, tuple(counts.items()))


def _prepared(hooks: Sequence[Hook], options: dict[str, Options]) -> tuple[tuple[Hook, ...], list[str]]:
    """The hooks that can check, and what they have to say beforehand.

    One hook that cannot is an error; among all hooks it is left out, and that is said.
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
    return tuple(ready), notices


def _conclusions(plan: Plan, report: Report) -> Iterator[str]:
    """What the hooks have to say once whole folders were checked."""
    for hook in plan.hooks:
        if hook.conclude:
            waived = [suppressed.finding for reported, suppressed in report.suppressed if reported.hook == hook.id]
            yield from (notice.text for notice in hook.conclude(waived, plan.options[hook.id]))


def _print(report: Report, parsed: argparse.Namespace, *, is_quiet: bool) -> None:
    from mlhooks.core.report import text

    to_terminal = parsed.output is None and sys.stdout.isatty()
    colour = to_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    rendered = "" if is_quiet else render(report, parsed.format, colour=colour)
    if parsed.output is None:
        sys.stdout.write(rendered)
        sys.stdout.flush()
    else:
        _write(parsed.output, rendered)
    if parsed.report is not None:
        _write(parsed.report, render(report, "html"))
    for path in report.fixed:
        print(f"changed {printable(path)}", file=sys.stderr)
    sys.stderr.write(text.notices(report) + text.errors(report))
    # pre-commit runs a hook in several processes and shows all their output: a total of one part only confuses.
    if not (is_quiet or os.environ.get("PRE_COMMIT")):
        print(f"mlhooks: {text.summary(report)}", file=sys.stderr)


def _write(path: str, rendered: str) -> None:
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(rendered)
    except OSError as error:
        raise config.ConfigError(f"could not write {path}: {error.strerror}") from None


def _status(report: Report, fail_on: Level) -> int:
    if report.errors:
        return BROKEN
    if report.fixed or any(reported.finding.level >= fail_on for reported in report.findings):
        return FOUND
    return CLEAN


def _with_progress(results: Iterator[Checked], total: int) -> Iterator[Checked]:
    """The same results; on a terminal with a progress bar once they have taken longer than a second."""
    if total < 2 or not sys.stderr.isatty():
        yield from results
        return
    from time import monotonic

    start, bar = monotonic(), None
    for done, result in enumerate(results, 1):
        if bar is None and monotonic() - start > 1:
            from tqdm import tqdm

            bar = tqdm(total=total, initial=done, unit=" files", leave=False, file=sys.stderr)
        elif bar is not None:
            bar.update()
        yield result
    if bar is not None:
        bar.close()


def _parser(hooks: Sequence[Hook], name: str) -> argparse.ArgumentParser:
    summary = hooks[0].summary if len(hooks) == 1 else "Every hook, one report."
    parser = argparse.ArgumentParser(
        prog=f"mlhooks {name}",
        description=summary,
        epilog="Exit status: 0 nothing found, 1 findings, 2 something could not be checked.",
        allow_abbrev=False,
        # Without a width of its own argparse imports shutil, which costs more than the parser itself.
        formatter_class=lambda prog: argparse.HelpFormatter(prog, width=_help_width()),
    )
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="a file, or a folder (default: the current folder)")
    add("--format", choices=FORMATS, default="text", help="how to report (default: text)")
    add("--output", metavar="FILE", help="write the report to a file instead of standard output")
    add("--report", metavar="FILE", help="also write the report to a file as one HTML page")
    levels = [str(level) for level in reversed(Level)]
    add("--fail-on", choices=levels, default="warning", help="the lowest level that fails (default: warning)")
    add("--config", metavar="FILE", help="read [tool.mlhooks.<hook>] from this file (default: ./pyproject.toml)")
    add("--baseline", metavar="FILE", help="reserved for a file of accepted findings")
    add("--exclude", metavar="GLOB", action="append", default=[], help="leave these files out (may be repeated)")
    add("--staged", action="store_true", help="check what git has staged instead of the files on disk")
    add("--jobs", metavar="N", type=_whole_number, default=0, help="how many processes to use (default: all cores)")
    add("--version", action="version", version=f"mlhooks {__version__}")
    if len(hooks) == 1:
        own = parser.add_argument_group(f"options of {name}")
        for option in hooks[0].options:
            if not option.tables:
                _add_option(own, option)
        for action in hooks[0].actions:
            _add_action(own, action)
    return parser


def _with_bare_values(hooks: Sequence[Hook], arguments: Sequence[str]) -> list[str]:
    """`--fix` becomes `--fix=data`. argparse's own optional values would swallow the path that follows."""
    bare = {f"--{option.name}": option.bare for hook in hooks for option in hook.options if option.bare is not None}
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    spelled = [f"{word}={bare[word]}" if word in bare else word for word in arguments[:end]]
    return [*spelled, *arguments[end:]]


def _add_option(group: Any, option: Option) -> None:
    destination, flag = _destination(option.name), f"--{option.name}"
    choices = option.choices or None
    if isinstance(option.default, bool):
        group.add_argument(
            flag, dest=destination, action=argparse.BooleanOptionalAction, default=None, help=option.help
        )
    elif isinstance(option.default, tuple):
        group.add_argument(flag, dest=destination, action="append", choices=choices, help=option.help)
    elif isinstance(option.default, int):
        group.add_argument(flag, dest=destination, type=_whole_number, metavar="N", help=option.help)
    else:
        group.add_argument(flag, dest=destination, choices=choices, help=option.help)


def _add_action(group: Any, action: Action) -> None:
    destination, flag = _destination(action.name), f"--{action.name}"
    if not action.metavar:
        group.add_argument(flag, dest=destination, action="store_true", default=None, help=action.help)
    elif action.default_value is not None:
        group.add_argument(
            flag, dest=destination, nargs="?", const=action.default_value, metavar=action.metavar, help=action.help
        )
    else:
        group.add_argument(flag, dest=destination, metavar=action.metavar, help=action.help)


def _help_width() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) >= 40 else 100


def _destination(name: str) -> str:
    return name.replace("-", "_")


def _whole_number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number
