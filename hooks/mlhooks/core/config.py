"""Options from `[tool.mlhooks.<hook>]`: the default values of that hook's own flags, and nothing more.

Every key is checked. A table or a key that nobody knows is an error, so that a typo never switches a check off.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from mlhooks.core.files import File, in_repository, slashed
from mlhooks.core.finding import Hook, Option, Unscannable

FILE_NAME = "pyproject.toml"


class ConfigError(Exception):
    """A configuration that cannot be followed. `str(error)` names the file and the key."""


class Allowed(NamedTuple):
    """One entry of `allow`: findings that somebody has looked at and accepted, and why.

    Exactly one of `path` (a glob) and `sha256` (of the file's bytes) is set; `rule` narrows it to one rule.
    """

    reason: str
    path: str = ""
    sha256: str = ""
    rule: str = ""


class Settings(NamedTuple):
    """What the configuration says for one hook: values of its options, files to leave out, findings to accept.

    Its globs are of paths in `folder` (absolute; "" for the current one), so that they mean the same wherever somebody
    stands; `below` leads from there to the current folder ("src/"). `left_out` are globs of a command line: of paths
    in the current folder.
    """

    options: dict[str, Any]
    exclude: tuple[str, ...] = ()
    allow: tuple[Allowed, ...] = ()
    folder: str = ""
    below: str = ""
    left_out: tuple[str, ...] = ()

    def of_folder(self, folder: str) -> Settings:
        """The same for globs of paths in `folder`, in which the current folder is."""
        below = slashed(os.path.relpath(os.getcwd(), folder))
        return self._replace(folder=folder, below="" if below == "." else f"{below}/")

    def excludes(self, path: str) -> bool:
        """Whether the file at `path`, relative to the current folder, is to be left out."""
        if self.left_out and matches(path, self.left_out):
            return True
        return bool(self.exclude) and matches(self._named(path), self.exclude)

    def allowed(self, path: str) -> list[Allowed]:
        """The entries that may speak about the file at `path`: by its path, or by a content that it may have."""
        name = self._named(path) if self.allow else path
        return [entry for entry in self.allow if not entry.path or matches(name, [entry.path])]

    def _named(self, path: str) -> str:
        """A path relative to the current folder as the configuration names it."""
        if path.startswith("..") or os.path.isabs(path):
            return in_repository(path, self.folder or os.getcwd())
        return self.below + path


def find(start: str = ".") -> str | None:
    """The nearest pyproject.toml with a `[tool.mlhooks...]` table, from `start` up to the top of its git work tree."""
    folder = os.path.abspath(start)
    tops = _folders_up_to_git(folder)
    for candidate in tops:
        path = os.path.join(candidate, FILE_NAME)
        if os.path.exists(path) and b"mlhooks" in _content(path) and _tables(path, optional=True):
            return path
    return None


def _content(path: str) -> bytes:
    """The bytes of a file; raises `ConfigError` where there is none (a link may lead to a device without end)."""
    try:
        return File(path).read()
    except Unscannable as reason:
        raise ConfigError(f"could not read {path}: {reason}") from None


def load(path: str | None, hooks: Sequence[Hook], known_hooks: Iterable[str]) -> dict[str, Settings]:
    """The settings of each of `hooks` from the file at `path`, by hook id. Raises `ConfigError`."""
    tables = _tables(path) if path else {}
    known = set(known_hooks)
    for name in tables:
        if name not in known:
            raise ConfigError(f"{path}: [tool.mlhooks.{name}] is no hook; there are: {', '.join(sorted(known))}")
    return {hook.id: _settings(hook, tables.get(hook.id, {}), f"{path}: [tool.mlhooks.{hook.id}]") for hook in hooks}


def overridden(settings: dict[str, Settings], hooks: Sequence[Hook], overrides: Iterable[str]) -> dict[str, Settings]:
    """The settings with options such as "unsafe-models.most=3" set. Raises `ConfigError`."""
    changed = dict(settings)
    for text in overrides:
        name, equals, value = text.partition("=")
        hook_id, _, option_name = name.partition(".")
        options = {option.name: option for hook in hooks if hook.id == hook_id for option in hook.options}
        if not equals or option_name not in options:
            raise ConfigError(f"--set {text}: must be HOOK.OPTION=VALUE, with a hook that runs and one of its options")
        option = options[option_name]
        checked = _value(option, _read_value(option, value), f"--set {hook_id}")
        changed[hook_id] = changed[hook_id]._replace(options={**changed[hook_id].options, option_name: checked})
    return changed


def _read_value(option: Option, text: str) -> Any:
    """A value as a person writes it on the command line: a bare word is a text, the rest is TOML."""
    import tomllib

    try:
        value = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return [text] if isinstance(option.default, tuple) else text
    return value["value"] if len(value) == 1 else text


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path is under one of the globs, as .gitignore reads them.

    `*` and `?` stay within one folder, `**` does not; a pattern without a slash is looked for at any depth; a
    pattern that names a folder covers all that is in it.
    """
    return any(_glob(pattern).match(path) for pattern in patterns)


def check_globs(patterns: Iterable[str], place: str) -> None:
    """Raises `ConfigError` for a pattern that is no glob."""
    for pattern in patterns:
        try:
            _glob(pattern)
        except re.error as error:
            raise ConfigError(f"{place} {pattern!r} is no glob: {error}") from None


def _glob(pattern: str) -> re.Pattern[str]:
    anchored = "/" in pattern.rstrip("/")
    text = pattern.removeprefix("./").strip("/")
    tokens = re.findall(r"/\*\*/|\*\*/|/\*\*|\*\*|\*|\?|\[[^\]/]+\]|.", text, re.DOTALL)
    body = "".join(_GLOB_TOKENS.get(token) or _literal(token) for token in tokens)
    return re.compile(("" if anchored else r"(?:.*/)?") + body + r"(?:/.*)?\Z", re.DOTALL)


_GLOB_TOKENS = {"/**/": r"/(?:.*/)?", "**/": r"(?:.*/)?", "/**": r"/.*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}


def _literal(token: str) -> str:
    """One character, or a class of characters such as `[0-9]` or `[!x]`."""
    if len(token) == 1:
        return re.escape(token)
    body = token[1:-1].replace("\\", r"\\").replace("[", r"\[")
    return "[^" + body[1:] + "]" if body.startswith("!") else "[" + body + "]"


def _folders_up_to_git(folder: str) -> list[str]:
    """`folder` and its parents up to the top of the git work tree; only `folder` itself outside of one."""
    folders = []
    current = folder
    while True:
        folders.append(current)
        if os.path.exists(os.path.join(current, ".git")):
            return folders
        parent = os.path.dirname(current)
        if parent == current:
            return [folder]
        current = parent


def _tables(path: str, *, optional: bool = False) -> dict[str, Any]:
    import tomllib

    data = _content(path)
    try:
        document = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None
    tool = document.get("tool", {})
    tables = tool.get("mlhooks", {}) if isinstance(tool, dict) else {}
    if not isinstance(tables, dict):
        raise ConfigError(f"{path}: tool.mlhooks must be a table")
    if not tables and not optional:
        raise ConfigError(f"{path} has no [tool.mlhooks.<hook>] table")
    return tables


def _settings(hook: Hook, table: Any, place: str) -> Settings:
    if not isinstance(table, dict):
        raise ConfigError(f"{place} must be a table")
    options = {option.name: option for option in hook.options}
    for key in table:
        if key not in options and key not in ("exclude", "allow"):
            known = ", ".join(sorted({*options, "exclude", "allow"}))
            raise ConfigError(f"{place} has no option {key!r}; there are: {known}")
    values = {name: _value(option, table[name], place) for name, option in options.items() if name in table}
    exclude = _value(Option("exclude", (), ""), table.get("exclude", []), place)
    check_globs(exclude, f"{place}: exclude")
    return Settings(values, exclude, tuple(_allowed(hook, table.get("allow", []), place)))


def _value(option: Option, value: Any, place: str) -> Any:
    """The value of one key, checked against what the option takes."""
    if option.tables:
        if isinstance(value, list) and all(isinstance(item, (str, dict)) for item in value):
            return tuple(value)
        raise ConfigError(f"{place}: {option.name} must be a list")
    if isinstance(option.default, tuple):
        if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise ConfigError(f"{place}: {option.name} must be a list of texts")
        items = tuple(value)
    else:
        wanted = str if option.default is None else type(option.default)
        if type(value) is not wanted:
            raise ConfigError(f"{place}: {option.name} must be {_TYPE_NAMES[wanted]}")
        items = (value,)
    for item in items:
        if option.choices and item not in option.choices:
            raise ConfigError(f"{place}: {option.name} must be one of {', '.join(option.choices)}, not {item!r}")
    return items if isinstance(option.default, tuple) else value


_TYPE_NAMES = {bool: "true or false", int: "a whole number", str: "a text"}


def _allowed(hook: Hook, entries: Any, place: str) -> Iterator[Allowed]:
    if not isinstance(entries, list):
        raise ConfigError(f"{place}: allow must be a list")
    rules = {rule.id for rule in hook.rules}
    for number, entry in enumerate(entries, 1):
        spot = f"{place}: allow entry {number}"
        if not (isinstance(entry, dict) and all(isinstance(value, str) for value in entry.values())):
            raise ConfigError(f"{spot} must be a table of texts: {{path or sha256, rule, reason}}")
        for key in entry:
            if key not in Allowed._fields:
                raise ConfigError(f"{spot} has no key {key!r}; there are: {', '.join(sorted(Allowed._fields))}")
        allowed = Allowed(**{"reason": "", **entry})
        if not allowed.reason.strip():
            raise ConfigError(f"{spot} needs a reason")
        if bool(allowed.path) == bool(allowed.sha256):
            raise ConfigError(f"{spot} needs either a path or a sha256")
        if allowed.sha256 and not re.fullmatch("[0-9a-fA-F]{64}", allowed.sha256):
            raise ConfigError(f"{spot}: sha256 must be 64 hexadecimal digits")
        check_globs([allowed.path], f"{spot}: path")
        if allowed.rule and allowed.rule not in rules:
            raise ConfigError(f"{spot}: {hook.id} has no rule {allowed.rule!r}")
        yield allowed
