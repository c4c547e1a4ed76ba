"""`mlhooks baseline write|update|prune|show`: keep the file of accepted findings."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from mlhooks.core import baseline, cli
from mlhooks.core.baseline import Entry
from mlhooks.core.config import ConfigError
from mlhooks.core.examine import House, Request, examine, plan_of
from mlhooks.core.files import repository_namer, repository_top
from mlhooks.core.finding import Hook, Unscannable
from mlhooks.core.flags import add_common
from mlhooks.core.report import Reported, inert, plural, text

VERBS = {
    "write": "accept all that is found today; makes the file",
    "update": "accept what is new, and drop what is gone",
    "prune": "drop what is gone or expired; accepts nothing",
    "show": "print what is accepted, and why",
}


def main(name: str, words: Sequence[str], load_all: Callable[[], list[Hook]]) -> int:
    """Run `mlhooks baseline VERB ...`; the exit status."""
    cli.make_printable()
    parsed = _parser(name).parse_args(words)
    path = parsed.baseline or _default_path()
    try:
        if parsed.expires:
            parsed.expires = baseline.checked_date(parsed.expires, "--expires")
        if parsed.verb == "show":
            sys.stdout.write(_listing(baseline.read(path)))
            return cli.CLEAN
        if parsed.verb == "write" and os.path.exists(path):
            raise ConfigError(f"{path} is there already; `mlhooks baseline update` adds to it")
        return _rewrite(parsed, path, load_all())
    except (ConfigError, Unscannable) as error:
        return cli.fail(str(error))


def _rewrite(parsed: argparse.Namespace, path: str, hooks: Sequence[Hook]) -> int:
    """Check everything, then write the entries that hold."""
    entries = [] if parsed.verb == "write" else baseline.read(path)
    rules = {rule.id for hook in hooks for rule in hook.rules}
    request = Request(tuple(parsed.paths), parsed.config, tuple(parsed.exclude), jobs=parsed.jobs)
    plan = plan_of(hooks, request, House(tuple(hook.id for hook in hooks), rules.__contains__))
    report = examine(plan, request, cli.with_progress)

    applied = baseline.apply(entries, report, repository_top())
    dropped = {entry.fingerprint for entry in (*applied.stale, *applied.expired)}
    after = [entry for entry in entries if entry.fingerprint not in dropped]
    if parsed.verb != "prune":
        after += _accepted(applied.counting, (parsed.reason or "").strip(), parsed.expires or "")
    cli.write(path, baseline.format_entries(after))
    added = len({entry.fingerprint for entry in after} - {entry.fingerprint for entry in entries})
    print(f"{inert(path)}: {plural(len(after), 'finding')} accepted ({added:,} new, {len(dropped):,} dropped)")
    if report.errors:
        sys.stderr.write(text.errors(report))
        return cli.BROKEN
    return cli.CLEAN


def _accepted(findings: Sequence[Reported], reason: str, expires: str) -> list[Entry]:
    """Entries that accept these findings. Raises `ConfigError` when nobody said why."""
    if findings and not reason:
        raise ConfigError(f'{plural(len(findings), "finding")} to accept: say why with --reason "..."')
    name = repository_namer()
    return [
        Entry(name(found.finding.path), found.hook, found.finding.rule.id, found.fingerprint, reason, expires)
        for found in findings
    ]


def _listing(entries: Sequence[Entry]) -> str:
    lines = []
    for entry in sorted(entries):
        until = f" (until {entry.expires})" if entry.expires else ""
        over = " EXPIRED" if entry.is_expired(baseline.today()) else ""
        lines.append(inert(f"{entry.path}: {entry.rule}: {entry.reason}{until}{over}"))
    return "".join(line + "\n" for line in lines)


def _default_path() -> str:
    return os.path.relpath(os.path.join(repository_top() or ".", baseline.FILE_NAME))


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"mlhooks {name}",
        description="Accept the findings that are there today, so that only new ones fail.",
        allow_abbrev=False,
    )
    parser.add_argument("verb", choices=list(VERBS), help="; ".join(f"{verb}: {text}" for verb, text in VERBS.items()))
    add_common(parser.add_argument)
    parser.add_argument("--baseline", metavar="FILE", help=f"the file (default: {baseline.FILE_NAME} at the top)")
    parser.add_argument("--reason", metavar="TEXT", help="why the new findings are accepted")
    parser.add_argument("--expires", metavar="DAY", help="the last day on which they are, such as 2027-01-31")
    return parser
