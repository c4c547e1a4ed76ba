"""The dispatcher: which hook was asked for, and the import of that one alone."""

import gc
import os
import sys

# `python -m mlhooks` puts the current folder first on the module path. A repository that is being checked may hold an
# `argparse.py` of its own; it must not be run. (The console script never has the folder there.) A folder of installed
# packages is on the path by right, also where somebody checks that very folder.
try:
    here = os.getcwd()
except FileNotFoundError:
    print("mlhooks: the current folder does not exist any more", file=sys.stderr)
    sys.exit(2)
if "" in sys.path or here in sys.path:
    import site

    if here not in site.getsitepackages():
        sys.path[:] = [path for path in sys.path if path not in ("", here)]

if sys.platform == "win32":
    # Windows looks for a program in the current folder first: a repository may hold a `git.exe` of its own.
    os.environ["NODEFAULTCURRENTDIRECTORYINEXEPATH"] = "1"

from collections.abc import Sequence
from importlib import import_module

from mlhooks import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from mlhooks.core.finding import Hook

HOOKS = ("leaked-secrets", "notebook-data", "unpinned-dependencies", "unsafe-models", "vulnerable-dependencies")
COMMANDS = {
    "advisories": "mlhooks.vulnerable_dependencies.command",
    "baseline": "mlhooks.core.baseline_command",
    "convert": "mlhooks.unsafe_models.convert",
    "demo": "mlhooks.demo",
    "explain": "mlhooks.core.explain",
    "init": "mlhooks.init",
    "list": "mlhooks.core.explain",
}

USAGE = """\
usage: mlhooks HOOK [PATH ...] [options]   check files or folders (default: the current folder)
       mlhooks all  [PATH ...] [options]   every hook, one report
       mlhooks list                        hooks and rules, one line each
       mlhooks explain RULE                what a rule flags, why, and what to do instead
       mlhooks init                        set the hooks up in this repository; asks before it writes
       mlhooks baseline VERB [PATH ...]    accept what is found today: write, update, prune, show
       mlhooks advisories VERB             the database of vulnerable-dependencies: update, status
       mlhooks convert MODEL [-o OUT]      write the tensors of a torch or numpy file as safetensors
       mlhooks demo DIR                    write a small leaky project to try the hooks on

hooks: {hooks}
`mlhooks HOOK --help` shows the options of a hook.
"""


def start() -> "NoReturn":
    """Run the command of this process, and end it."""
    # Checking makes many small objects and hardly a cycle of them: collecting every 700 is a fifteenth of a start.
    gc.set_threshold(50_000, 20, 20)
    open_streams()
    try:
        status = main()
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        status = 2  # whoever reads us has gone (`| head`)
    except Exception as crash:  # noqa: BLE001  # whatever it is, it must not look like "findings" (1) or "clean" (0)
        status = give_up(crash)
    # Nothing is left to do; taking the interpreter apart would be another fifteenth.
    os._exit(status)


def open_streams() -> None:
    """Give this process streams that lead nowhere in place of those that it was started without (`>&-`).

    Otherwise the next file that is opened would become the standard output.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # as long as the process


def give_up(crash: Exception) -> int:
    """Say what ended the run; the exit status. The text of an exception may quote a file, and is not shown."""
    from contextlib import suppress

    from mlhooks.core.run import describe

    if isinstance(crash, OSError) and not crash.filename:
        why = f"the report could not be written: {crash.strerror}"
    elif isinstance(crash, MemoryError):
        why = "there is not enough memory"
    else:
        why = f"it failed: {describe(crash)}. This is a bug in mlhooks; please report it."
    with suppress(OSError):
        print(f"mlhooks: {why}", file=sys.stderr, flush=True)
    return 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = words.pop(0) if words else "--help"
    usage = USAGE.format(hooks=", ".join(HOOKS))
    if name in ("--help", "-h", "help"):
        print(usage, end="")
        return 0
    if name == "--version":
        print(f"mlhooks {__version__}")
        return 0
    try:
        return run(name, words, usage)
    except KeyboardInterrupt:
        return 130


def run(name: str, words: list[str], usage: str) -> int:
    """Run the command `name`."""
    if name in COMMANDS:
        status: int = import_module(COMMANDS[name]).main(name, words, load_all)
        return status
    if name != "all" and name not in HOOKS:
        from difflib import get_close_matches

        meant = "".join(f"; did you mean {word}?" for word in get_close_matches(name, [*HOOKS, *COMMANDS, "all"], n=1))
        print(f"mlhooks: there is no hook or command {name!r}{meant}\n\n{usage}", file=sys.stderr, end="")
        return 2
    from mlhooks.core import cli
    from mlhooks.core.examine import House

    hooks = load_all() if name == "all" else [load(name)]
    return cli.main(hooks, words, House(HOOKS, is_known_rule), name=name)


def load(hook_id: str) -> "Hook":
    """The hook of one room; imports that room."""
    hook: Hook = import_module("mlhooks." + hook_id.replace("-", "_")).HOOK
    return hook


def load_all() -> "list[Hook]":
    return [load(hook_id) for hook_id in HOOKS]


def is_known_rule(rule_id: str) -> bool:
    """Whether any hook has this rule. Asked only for a waiver that somebody wrote, so loading all rooms is fine."""
    return any(rule.id == rule_id for hook in load_all() for rule in hook.rules)


if __name__ == "__main__":
    start()
