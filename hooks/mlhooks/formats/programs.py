"""Which program a command starts, once wrappers such as `sudo` and `python -m` are taken away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlhooks.formats.fragment import Fragment
    from mlhooks.formats.shell import Word


def words_of(text: str) -> frozenset[str]:
    """A set of words, written as one text so that tables stay short."""
    return frozenset(text.split())


# Wrappers run the rest of the line; their own options with a value are listed.
_WRAPPERS: dict[str, frozenset[str]] = {
    "sudo": frozenset(("-u", "-g", "-h", "-p", "-C", "-r", "-t", "-T", "-U", "-D", "-R", "--user", "--group")),
    "doas": frozenset(("-u", "-C")),
    "env": frozenset(("-u", "--unset", "-C", "--chdir", "-S")),
    "nice": frozenset(("-n", "--adjustment")),
    "ionice": frozenset(("-c", "-n", "-p")),
    "timeout": frozenset(("-k", "-s", "--kill-after", "--signal")),
    "nohup": frozenset(),
    "exec": frozenset(("-a",)),
    "command": frozenset(),
    "builtin": frozenset(),
    "time": frozenset(("-f", "-o")),
    "xargs": frozenset(("-n", "-P", "-I", "-L", "-d", "-a", "-s", "-E")),
    "stdbuf": frozenset(("-i", "-o", "-e")),
    "gosu": frozenset(),
    "su-exec": frozenset(),
    "chroot": frozenset(),
    "eatmydata": frozenset(),
    "winpty": frozenset(),
}
_WRAPPER_ARGUMENTS = {"timeout": 1, "gosu": 1, "su-exec": 1, "chroot": 1}
# Environments that run a command inside: the words after which it begins.
_RUNNERS = {
    ("uv", "run"): frozenset(
        ("--with", "-p", "--python", "--extra", "--group", "--directory", "--project", "--env-file")
    ),
    ("poetry", "run"): frozenset(("-C", "--directory")),
    ("pdm", "run"): frozenset(("-p", "--project")),
    ("pipenv", "run"): frozenset(),
    ("hatch", "run"): frozenset(),
    ("rye", "run"): frozenset(),
    ("conda", "run"): frozenset(("-n", "--name", "-p", "--prefix", "--cwd")),
    ("mamba", "run"): frozenset(("-n", "--name", "-p", "--prefix", "--cwd")),
    ("micromamba", "run"): frozenset(("-n", "--name", "-p", "--prefix", "--cwd")),
    ("pixi", "run"): frozenset(("-e", "--environment")),
}
# Programs whose arguments are text and no command, whatever the words say.
_TALKERS = words_of(
    "echo printf cat grep egrep fgrep rg ag sed awk less more tee test [ [[ git log info warn error die say man which"
    " type alias whatis apropos print write-host logger msg comment note usage rm ls cp mv mkdir touch find diff head"
    " tail wc sort uniq cut tr apt apt-get yum dnf apk brew npm yarn docker cd export declare local readonly set setx"
    " pipdeptree : true false"
)
_SHELLS = frozenset(("sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "busybox", "su", "runuser"))
_python = re.compile(r"(?:python|pypy|py)\d*(?:\.\d+)*(?:t|w)?")
_pip = re.compile(r"pip\d*(?:\.\d+)*")
_pip_variable = re.compile(r"(?<![A-Za-z])pip\d*\W{0,3}$", re.IGNORECASE)
_INSTALLERS = frozenset(
    (
        *("pip", "uv", "uvx", "pipx", "poetry", "pdm", "pipenv", "conda", "mamba", "micromamba", "easy_install"),
        *("pixi", "pip-sync", "pip-compile"),
    )
)


class Program(NamedTuple):
    """What the first word of a command starts: `name` without folder, version and `.exe`."""

    name: str

    @property
    def is_shell(self) -> bool:
        return self.name in _SHELLS or self.name == "eval"

    @property
    def is_python(self) -> bool:
        return _python.fullmatch(self.name) is not None

    def scripts(self, words: Sequence[Word], inputs: Sequence[Fragment]) -> Iterator[Fragment]:
        """The script texts that a shell is given: `-c TEXT`, here-documents, and the arguments of `eval`."""
        if self.name == "eval":
            yield from (word.fragment for word in words[1:])
            return
        yield from inputs
        for at, word in enumerate(words[1:-1], start=1):
            if re.fullmatch(r"-[a-zA-Z]*c|/c|-Command", word.text):
                yield words[at + 1].fragment
                return


_unset = re.compile(r"\$\{\w+[^{}]*\}|\$\w+")


def program_of(word: Word) -> Program:
    """The program that a word names. `$PIP`, `$(which pip)` and `pi${nothing}p` name pip as well."""
    if word.unknown and (_pip_variable.search(word.text) or _pip.fullmatch(_unset.sub("", word.text))):
        return Program("pip")
    name = word.text.replace("\\", "/").rpartition("/")[2]
    name = name[:-4] if name.lower().endswith(".exe") else name
    return Program("pip" if _pip.fullmatch(name) else name)


MAX_WRAPPERS = 20
_LOOK_AHEAD = 12


def unwrapped(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The command that is run in the end: without wrappers, and with `python -m pip` as `pip`.

    Behind an unknown first word (`retry 3 pip install x`) an installer is looked for further on.
    """
    for _ in range(MAX_WRAPPERS):
        shorter = _unwrapped_once(words)
        if shorter is None:
            return words
        words = shorter
    # Nobody stacks that many wrappers in earnest: whatever installs behind them is what counts.
    return _behind(words) or words


def _unwrapped_once(words: tuple[Word, ...]) -> tuple[Word, ...] | None:
    if not words:
        return None
    name = program_of(words[0]).name
    if name in _WRAPPERS:
        rest = _after_options(words[1:], _WRAPPERS[name])
        return rest[_WRAPPER_ARGUMENTS.get(name, 0) :]
    module = _module(words)
    if module is not None:
        return module
    runner = next(
        (known for known in _RUNNERS if name == known[0] and len(words) > 1 and words[1].text == known[1]), None
    )
    if runner is not None:
        rest = _after_options(words[2:], _RUNNERS[runner])
        return rest if rest and _leads_to_installer(rest) else None
    if name in _TALKERS or name in _SHELLS or name in _INSTALLERS or name == "eval":
        return None
    return _behind(words)


def _behind(words: tuple[Word, ...]) -> tuple[Word, ...] | None:
    for at in range(1, len(words) - 1):
        if _leads_to_installer(words[at : at + _LOOK_AHEAD]):
            return words[at:]
    return None


def _leads_to_installer(words: tuple[Word, ...]) -> bool:
    """Whether a command starts here that installs: `pip ... install`, or a Python that runs pip."""
    name = program_of(words[0]).name
    if _module(words) is not None:
        return True
    following = [word.text for word in words[1:4]]
    return name in _INSTALLERS and any(text in ("install", "add", "create", "pip", "tool") for text in following)


def _module(words: tuple[Word, ...]) -> tuple[Word, ...] | None:
    """The words from the module on for `python -m pip ...`, also where the interpreter is a variable."""
    is_python = program_of(words[0]).is_python or bool(words[0].unknown) or words[0].text.startswith("{")
    if not is_python:
        return None
    for at, word in enumerate(words[1 : _LOOK_AHEAD + 1], start=1):
        joined = re.fullmatch(r"-[A-Za-z]*m(?P<module>\w*)", word.text)
        if joined is not None and joined["module"]:  # `python -mpip`
            module = word._replace(fragment=word.fragment.slice(joined.start("module"), joined.end()))
            return (module, *words[at + 1 :]) if program_of(module).name in _INSTALLERS else None
        if at + 1 < len(words) and joined is not None:
            return words[at + 1 :] if program_of(words[at + 1]).name in _INSTALLERS else None
        if not word.text.startswith("-"):
            return None
    return None


def _after_options(words: tuple[Word, ...], values: frozenset[str]) -> tuple[Word, ...]:
    at = 0
    while at < len(words):
        text = words[at].text
        if text in values:
            at += 2
        elif text.startswith("-") or re.match(r"[A-Za-z_]\w*=", text):
            at += 1
        else:
            break
    return words[at:]
