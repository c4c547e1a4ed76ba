"""The flags as argparse knows them: those that every hook has, and those of one hook."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from mlhooks import __version__
from mlhooks.core.arguments import DEFAULTS, before_dashes, destination
from mlhooks.core.finding import Action, Hook, Level, Option
from mlhooks.core.report import FORMATS


def parsed(hooks: Sequence[Hook], words: Sequence[str], name: str) -> SimpleNamespace:
    """The arguments of `mlhooks NAME`. Ends the program with status 2 where they make no sense."""
    return _parser(hooks, name).parse_args(_with_bare_values(hooks, words), SimpleNamespace())


def add_common(add: Any) -> None:
    """The flags that say what is checked, for every command that checks."""
    add("paths", nargs="*", metavar="PATH", help="a file, or a folder (default: the current folder)")
    add("--config", metavar="FILE", help="read [tool.mlhooks.<hook>] from this file (default: ./pyproject.toml)")
    add("--exclude", metavar="GLOB", action="append", default=[], help="leave these files out (may be repeated)")
    add("--jobs", metavar="N", type=_whole_number, default=0, help="how many processes to use (default: all cores)")


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
    add_common(add)
    add("--format", choices=FORMATS, help="how to report (default: text)")
    add("--output", metavar="FILE", help="write the report to a file instead of standard output")
    add(
        "--report",
        metavar="[FORMAT=]FILE",
        type=_format_and_file,
        action="append",
        help="also write the report to a file: as one HTML page, or in another format (may be repeated)",
    )
    levels = [str(level) for level in reversed(Level)]
    add("--fail-on", choices=levels, help="the lowest level that fails (default: warning)")
    add("--baseline", metavar="FILE", help="accept the findings that this file lists (see `mlhooks baseline`)")
    add("--changed-since", metavar="REV", help="check only the files that differ from a git revision")
    add("--new-since", metavar="REV", help="report only what was not there yet in a git revision")
    add("--staged", action="store_true", help="check what git has staged instead of the files on disk")
    add("--version", action="version", version=f"mlhooks {__version__}")
    if len(hooks) > 1:
        ids = [hook.id for hook in hooks]
        add("--hook", choices=ids, action="append", help="run only this hook (may be repeated)")
        add("--set", metavar="HOOK.OPTION=VALUE", action="append", default=[], help="set an option of one hook")
    else:
        own = parser.add_argument_group(f"options of {name}")
        for option in hooks[0].options:
            if not option.tables:
                _add_option(own, option)
        for action in hooks[0].actions:
            _add_action(own, action)
    parser.set_defaults(**DEFAULTS)
    return parser


def _help_width() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) >= 40 else 100


def _with_bare_values(hooks: Sequence[Hook], arguments: Sequence[str]) -> list[str]:
    """`--fix` becomes `--fix=data`. argparse's own optional values would swallow the path that follows."""
    bare = {f"--{option.name}": option.bare for hook in hooks for option in hook.options if option.bare is not None}
    spelled = [f"{word}={bare[word]}" if word in bare else word for word in before_dashes(arguments)]
    return [*spelled, *arguments[len(spelled) :]]


def _add_option(group: Any, option: Option) -> None:
    dest, flag = destination(option.name), f"--{option.name}"
    choices = option.choices or None
    if isinstance(option.default, bool):
        group.add_argument(flag, dest=dest, action=argparse.BooleanOptionalAction, default=None, help=option.help)
    elif isinstance(option.default, tuple):
        group.add_argument(flag, dest=dest, action="append", choices=choices, help=option.help)
    elif isinstance(option.default, int):
        group.add_argument(flag, dest=dest, type=_whole_number, metavar="N", help=option.help)
    else:
        group.add_argument(flag, dest=dest, choices=choices, help=option.help)


def _add_action(group: Any, action: Action) -> None:
    dest, flag = destination(action.name), f"--{action.name}"
    if not action.metavar:
        group.add_argument(flag, dest=dest, action="store_true", default=None, help=action.help)
    elif action.default_value is not None:
        group.add_argument(
            flag, dest=dest, nargs="?", const=action.default_value, metavar=action.metavar, help=action.help
        )
    else:
        group.add_argument(flag, dest=dest, metavar=action.metavar, help=action.help)


def _whole_number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number, not {text!r}")
    return int(text)


def _format_and_file(text: str) -> tuple[str, str]:
    style, equals, path = text.partition("=")
    if path and style in FORMATS:
        return style, path
    if equals and style.isalpha():
        raise argparse.ArgumentTypeError(f"{style!r} is no format; there are: {', '.join(FORMATS)}")
    return "html", text
