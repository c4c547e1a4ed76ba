"""`mlhooks init`: look at a repository, and propose what sets the hooks up in it. Nothing is written unasked."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from difflib import unified_diff
from typing import NamedTuple

from mlhooks.core import cli
from mlhooks.core.baseline import FILE_NAME as BASELINE
from mlhooks.core.baseline import Entry, format_entries
from mlhooks.core.config import FILE_NAME as PYPROJECT
from mlhooks.core.config import ConfigError
from mlhooks.core.examine import House, Request, examine, plan_of
from mlhooks.core.files import GIT, File, git_environment, repository_namer, repository_top, targets
from mlhooks.core.finding import Hook, Unscannable
from mlhooks.core.report import Report, Reported, inert, plural, text
from mlhooks.init import edit, texts
from mlhooks.init.look import Seen, look

PRE_COMMIT = ".pre-commit-config.yaml"
WORKFLOW = ".github/workflows/mlhooks.yml"
REASON = "there before mlhooks"
LOOKUP_SECONDS = 10


class Proposal(NamedTuple):
    """A file to write. `before` is None for a new one."""

    path: str
    before: str | None
    after: str


def main(name: str, words: Sequence[str], load_all: Callable[[], list[Hook]]) -> int:
    """Run `mlhooks init`; the exit status: 0 done, or nothing to do; 2 the repository could not be read."""
    cli.make_printable()
    parsed = _parser(name).parse_args(words)
    top = repository_top()
    if not top:
        return cli.fail("this is not a git repository; run `git init` first")
    os.chdir(top)
    try:
        proposals, by_hand, unclear = _proposals(load_all(), is_offline=parsed.offline)
        written = [proposal for proposal in proposals if _settle(proposal, parsed)]
    except (ConfigError, Unscannable) as error:
        return cli.fail(str(error))
    sys.stdout.write(unclear)
    for remark in by_hand:
        print(remark)
    print(_closing(proposals, written, is_dry=parsed.dry_run, is_whole=not by_hand))
    return cli.CLEAN


def _proposals(hooks: Sequence[Hook], *, is_offline: bool) -> tuple[list[Proposal], list[str], str]:
    """What to write, what has to be done by hand, and lines on what could not be checked for the baseline."""
    paths = [target.path for target in targets(["."])]
    seen = look(paths, hooks)
    proposals: list[Proposal] = []
    by_hand: list[str] = []
    old: list[Reported] = []
    unclear = ""
    if not os.path.exists(BASELINE):
        report = _report([hook for hook in hooks if hook.id in seen.hooks])
        old = report.findings
        unclear = text.errors(report)
    has_baseline = bool(old) or os.path.exists(BASELINE)
    steps: tuple[tuple[str, Callable[[str | None], str | None]], ...] = (
        (BASELINE, lambda before: _baseline(old) if before is None and old else before),
        (PRE_COMMIT, lambda before: _pre_commit(before, seen, has_baseline=has_baseline)),
        (PYPROJECT, lambda before: _pyproject(before, seen)),
        (WORKFLOW, lambda before: _workflow(before, has_baseline=has_baseline, is_offline=is_offline)),
    )
    for path, propose in steps:
        try:
            before = _read(path)
            after = propose(before)
        except edit.ByHand as reason:
            by_hand.append(f"{path} was left alone: {inert(str(reason))}. The README shows what to add.")
            continue
        if after is not None and after != before:
            proposals.append(Proposal(path, before, after))
    return proposals, by_hand, unclear


def _report(hooks: Sequence[Hook]) -> Report:
    """All that is found today."""
    rules = {rule.id for hook in hooks for rule in hook.rules}
    plan = plan_of(hooks, Request(), House(tuple(hook.id for hook in hooks), rules.__contains__))
    return examine(plan, Request(), cli.with_progress)


def _baseline(findings: Sequence[Reported]) -> str:
    name = repository_namer()
    return format_entries(
        Entry(name(found.finding.path), found.hook, found.finding.rule.id, found.fingerprint, REASON)
        for found in findings
    )


def _pre_commit(before: str | None, seen: Seen, *, has_baseline: bool) -> str:
    def block(dash: int, inner: int) -> list[str]:
        return texts.pre_commit_block(seen.hooks, dash, inner, has_baseline=has_baseline)

    def items(hooks: Sequence[str], dash: int) -> list[str]:
        return texts.hook_lines(hooks, dash, has_baseline=has_baseline)

    if before is None or not before.strip():
        return "\n".join(["repos:", *block(2, 2), ""])
    return edit.add_repository(before, texts.HOME, seen.hooks, block, items)


def _pyproject(before: str | None, seen: Seen) -> str | None:
    """Only a file that is there: a new pyproject.toml would make a Python project of the folder."""
    if before is None or not seen.vendored:
        return before
    tables = {hook: texts.exclude_table(hook, folders) for hook, folders in seen.vendored.items()}
    return edit.add_tables(before, tables)


def _workflow(before: str | None, *, has_baseline: bool, is_offline: bool) -> str | None:
    """A workflow, where GitHub is in use and there is none of ours."""
    if before is not None or not (os.path.isdir(".github") or "github.com" in _git("remote", "-v")):
        return before
    commit = "" if is_offline else _commit_of(texts.REVISION)
    own = f"{texts.ACTION}@{commit} # {texts.REVISION}" if commit else f"{texts.ACTION}@{texts.REVISION}"
    return texts.workflow(own, has_baseline=has_baseline)


def _commit_of(tag: str) -> str:
    """The commit of one of our releases, as our repository says now; "" when it cannot be asked."""
    # From outside of the repository: its settings could name another place, or a program that is asked for a password.
    answer = _git(
        "-C", os.path.abspath(os.sep), "ls-remote", "--tags", texts.HOME, f"refs/tags/{tag}", f"refs/tags/{tag}^{{}}"
    )
    commits = re.findall(r"^([0-9a-f]{40})\trefs/tags/", answer, re.MULTILINE)
    return commits[-1] if commits else ""


def _git(*arguments: str) -> str:
    environment = {**git_environment(), "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "https"}
    try:
        result = subprocess.run(
            [*GIT, *arguments], capture_output=True, text=True, env=environment, timeout=LOOKUP_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout if result.returncode == 0 else ""


def _read(path: str) -> str | None:
    """The text of a file with its line ends; None when it does not exist. Raises `ByHand` for one behind a link."""
    if os.path.realpath(path) != os.path.join(os.path.realpath("."), *path.split("/")):
        raise edit.ByHand("a symbolic link leads to it")
    if not os.path.exists(path):
        return None
    return File(path).read().decode("utf-8", "surrogateescape")


def _settle(proposal: Proposal, parsed: argparse.Namespace) -> bool:
    """Show a proposal, ask, and write it; whether it was written."""
    sys.stdout.writelines(inert(line.rstrip("\r\n")) + "\n" for line in _difference(proposal))
    if parsed.dry_run or not (parsed.yes or _agrees(proposal)):
        return False
    folder = os.path.dirname(proposal.path)
    try:
        if folder:
            os.makedirs(folder, exist_ok=True)
        if proposal.before is None:
            with open(proposal.path, "x", encoding="utf-8", newline="") as file:
                file.write(proposal.after)
        else:
            File(proposal.path).replace(proposal.after.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise ConfigError(f"could not write {proposal.path}: {error.strerror}") from None
    return True


def _difference(proposal: Proposal) -> Iterator[str]:
    before = (proposal.before or "").splitlines(keepends=True)
    after = proposal.after.splitlines(keepends=True)
    if proposal.path == BASELINE:
        yield f"{proposal.path}: {plural(len(after) - 1, 'finding')} of today, accepted as: {REASON}\n"
        return
    origin = "/dev/null" if proposal.before is None else proposal.path
    yield from unified_diff(before, after, origin, proposal.path)


def _agrees(proposal: Proposal) -> bool:
    """What a person answers; nobody there means no."""
    if not sys.stdin.isatty():
        return False
    try:
        return input(f"Write {proposal.path}? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _closing(proposals: Sequence[Proposal], written: Sequence[Proposal], *, is_dry: bool, is_whole: bool) -> str:
    if not proposals:
        return "nothing to do: the hooks are set up" if is_whole else "nothing written; the rest is left to you"
    if not written:
        return "nothing written" + ("" if is_dry else "; `--yes` writes without asking")
    names = ", ".join(proposal.path for proposal in written)
    return f"wrote {names}; now run: git add {' '.join(p.path for p in written)} && pre-commit install"


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"mlhooks {name}",
        description="Look at this repository and propose a pre-commit configuration, a workflow, settings, and a "
        "baseline for what is found today. Shows each as a difference and asks before writing.",
        allow_abbrev=False,
    )
    parser.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be written")
    parser.add_argument(
        "--offline", action="store_true", help="do not ask our repository for the commit of its release"
    )
    return parser
