"""Library or application: who may use ranges, and which fact decided it.

A library must not publish exact pins, an application must have them. The first of these that applies decides: the
configuration, a lock, library metadata, a sign of an application, a name for development.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from mlhooks.core.finding import Unscannable
from mlhooks.formats.declared.names import is_development
from mlhooks.formats.dependency import Context, Dependency, normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File
    from mlhooks.core.finding import Options


class Role(Enum):
    """How a declaration is judged."""

    LOCK = "a lock"  # exact, always
    LOCKED = "a manifest with a lock"  # ranges are fine, the lock pins
    LIBRARY = "a library"  # ranges are fine
    APPLICATION = "an application"  # exact
    DEVELOPMENT = "development"  # one level lower
    LIBRARY_DEVELOPMENT = "development of a library"  # ranges are fine: the newest is what it is tested with
    OPEN = "a set of requirements"  # exact, where nothing else is known


class Decision(NamedTuple):
    """A role, and the end of a sentence that says why: "because Dockerfile installs it"."""

    role: Role
    why: str

    @property
    def ranges_are_fine(self) -> bool:
        return self.role in (Role.LIBRARY, Role.LIBRARY_DEVELOPMENT, Role.LOCKED)

    @property
    def is_lowered(self) -> bool:
        """Whether what is found counts one level less."""
        return self.role in (Role.DEVELOPMENT, Role.LIBRARY_DEVELOPMENT)

    @property
    def wants_exact(self) -> bool:
        """Whether a range is a warning, not a note."""
        return self.role in (Role.APPLICATION, Role.LOCK)

    @property
    def sentence(self) -> str:
        if not self.why:
            return ""
        return f"Judged as {self.role.value} {self.why}."


MAX_PARENTS = 6
_LOCKS_OF = {
    "pyproject.toml": ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "pixi.lock"),
    "pixi.toml": ("pixi.lock",),
    "Pipfile": ("Pipfile.lock",),
    "uv.toml": ("uv.lock",),
}
_APPLICATION_FILES = ("cog.yaml", "cog.yml", "bentofile.yaml", "bentofile.yml", "MLproject")
_application_path = r"(?:^|/)[^/]*\b(?:serving|serve|deploy|deployment|training|inference|docker|source_dir)\b[^/]*"
_DEVELOPMENT_ORIGINS = frozenset(("workflow", "tox", "nox", "pre-commit", "hatch"))


class Project:
    """What the files around a file say about it. Asked only when a finding depends on it; each answer is kept."""

    def __init__(self, file: File, options: Options) -> None:
        self.file = file
        self.kind = str(options["kind"])
        self._decisions: dict[tuple[Context, str], Decision] = {}
        self._around: Decision | None = None

    def decide(self, dependency: Dependency) -> Decision:
        """How one record of the file is judged."""
        key = dependency.context, dependency.origin
        found = self._decisions.get(key)
        if found is None:
            found = self._decisions[key] = self._decide(dependency)
        return found

    def lock(self) -> File | None:
        """The lock of a manifest: beside it, or above it for a member of a workspace."""
        names: tuple[str, ...] = _LOCKS_OF.get(self.file.name, ())
        if self.file.name.endswith((".yml", ".yaml")) and "env" in self.file.name:
            names = ("conda-lock.yml", "conda-lock.yaml")
        elif self.file.name.endswith(".in"):
            names = (self.file.name[:-3] + ".txt",)
        elif self.file.name.endswith(".py"):
            names = (self.file.name + ".lock",)
        for up in range(MAX_PARENTS if self.file.name == "pyproject.toml" else 1):
            for name in names:
                found = self.file.sibling("../" * up + name)
                if found is not None and (up == 0 or _names_project(found, self.file)):
                    return found
        return None

    def _decide(self, dependency: Dependency) -> Decision:
        context = dependency.context
        if context is Context.LOCK:
            return Decision(Role.LOCK, "because a tool wrote it")
        if context is Context.CONSTRAINT:
            return Decision(Role.LOCKED, "because it installs nothing and only limits")
        if context is Context.APPLICATION:
            return Decision(
                Role.APPLICATION, f"because {_ORIGIN_NAMES.get(dependency.origin, 'it')} describes what runs"
            )
        is_dev = context is Context.DEVELOPMENT or dependency.origin in _DEVELOPMENT_ORIGINS
        if context is Context.COMMAND and not is_dev:
            return self._command(dependency)
        if context is Context.BUILD:
            around = self.around()
            is_library = around.role is Role.LIBRARY
            return around if is_library else Decision(Role.DEVELOPMENT, "because it is only needed to build")
        if self.kind == "application" and not is_dev:
            return Decision(Role.APPLICATION, "because the configuration says so")
        if self.kind == "library" or context is Context.LIBRARY:
            return Decision(Role.LIBRARY, "because it is metadata of a package")
        if is_dev:
            return self._development(
                "because of its group" if context is Context.DEVELOPMENT else "because it runs in CI"
            )
        return self._manifest(dependency.origin)

    def _command(self, dependency: Dependency) -> Decision:
        if dependency.origin == "dockerfile":
            return Decision(Role.APPLICATION, "because an image is built from it")
        if self.kind == "application":
            return Decision(Role.APPLICATION, "because the configuration says so")
        if dependency.origin == "makefile":
            return self._development("because a Makefile serves those who work on the project")
        if is_development(self.file.path):
            return self._development("because of its name")
        return Decision(Role.OPEN, "")

    def _development(self, why: str) -> Decision:
        around = self.around()
        if around.role is Role.LIBRARY:
            return Decision(Role.LIBRARY_DEVELOPMENT, around.why)
        return Decision(Role.DEVELOPMENT, why)

    def _manifest(self, origin: str) -> Decision:
        lock = self.lock()
        if lock is not None and _is_lock(lock):
            return Decision(Role.LOCKED, f"because {lock.path} pins it")
        reader = self._metadata_reader()
        if reader:
            return Decision(Role.LIBRARY, f"because {reader}")
        sign = self._application_sign()
        if sign:
            return Decision(Role.APPLICATION, f"because {sign}")
        # An environment that lies beside a package is the one it is developed in.
        if is_development(self.file.path) or (origin in ("pixi", "conda") and self.around().role is Role.LIBRARY):
            return self._development("because of its name")
        return Decision(Role.OPEN, "")

    def around(self) -> Decision:
        """What the project that the file belongs to is: the nearest folder upwards with a package's metadata."""
        if self._around is None:
            self._around = self._find_around()
        return self._around

    def _find_around(self) -> Decision:
        if self.kind != "auto":
            role = Role.LIBRARY if self.kind == "library" else Role.APPLICATION
            return Decision(role, "because the configuration says so")
        for up in range(MAX_PARENTS):
            names = [self._beside("../" * up + name) for name in ("pyproject.toml", "setup.py", "setup.cfg")]
            found = [file for file in names if file is not None]
            if any(_is_library(file) for file in found):
                return Decision(
                    Role.LIBRARY, f"because {next(f.path for f in found if _is_library(f))} makes a package"
                )
            if found:
                break
        return Decision(Role.OPEN, "")

    def _beside(self, path: str) -> File | None:
        return self.file if path == self.file.name else self.file.sibling(path)

    def _metadata_reader(self) -> str:
        """Who takes this file for the metadata of a package, as words; "" for nobody."""
        name = self.file.name
        if name == "pyproject.toml":
            return "it makes a package (build-system and project)" if _is_library(self.file) else ""
        if name in ("setup.cfg", "setup.py"):
            return "it is metadata of a package"
        if not name.endswith((".txt", ".in")):
            return ""
        for up in range(3):
            for reader in ("setup.py", "setup.cfg", "pyproject.toml"):
                found = self.file.sibling("../" * up + reader)
                if found is not None and _mentions(found, name):
                    return f"{found.path} reads it"
        return ""

    def _application_sign(self) -> str:
        name = self.file.name
        if name == "pyproject.toml":
            return _application_pyproject(self.file)
        for beside in _APPLICATION_FILES:
            if self.file.sibling(beside) is not None:
                return f"{beside} is beside it"
        readme = self.file.sibling("README.md")
        if readme is not None and _is_space(readme):
            return "README.md makes it a Hugging Face Space"
        for up in range(3):
            for dockerfile in self._dockerfiles(up):
                if _installs(dockerfile, name):
                    return f"{dockerfile.path} installs it"
        match = re.search(_application_path, self.file.path)
        return f"{match[0].lstrip('/')} is in its path" if match is not None else ""

    def _dockerfiles(self, up: int) -> Iterator[File]:
        anchor = self.file if up == 0 else None
        names = anchor.siblings() if anchor is not None else ["Dockerfile"]
        for name in names:
            if re.search(r"(?:^|[._-])(?:Docker|Container)file|\.dockerfile$", name):
                found = self.file.sibling("../" * up + name)
                if found is not None:
                    yield found


_ORIGIN_NAMES = {
    "script": "the script block",
    "cog": "cog.yaml",
    "bento": "bentofile.yaml",
    "mlflow": "MLflow",
    "ray": "runtime_env",
}


def _text(file: File) -> str:
    """Another file's text to look for a word in: unreadable is empty, that file's own check will say so."""
    try:
        return file.text(fallback="latin-1")
    except Unscannable:
        return ""


def _toml(file: File) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(_text(file))
    except (ValueError, RecursionError):
        return {}


def _table(value: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _is_library(file: File) -> bool:
    """Whether a manifest makes a package that others install."""
    if file.name == "setup.py":
        return "setup(" in _text(file)
    if file.name == "setup.cfg":
        return "[metadata]" in _text(file)
    document = _toml(file)
    if not _table(document, "build-system") or _application_pyproject_of(document):
        return False
    return bool(_table(document, "project") or _table(document, "tool", "poetry"))


def _application_pyproject(file: File) -> str:
    document = _toml(file)
    sign = _application_pyproject_of(document)
    if sign:
        return sign
    has_dependencies = _table(document, "project") or _table(document, "tool", "poetry")
    return "it has no build-system" if has_dependencies and not _table(document, "build-system") else ""


def _application_pyproject_of(document: dict[str, Any]) -> str:
    if _table(document, "tool", "uv").get("package") is False:
        return "tool.uv.package is false"
    if _table(document, "tool", "poetry").get("package-mode") is False:
        return "tool.poetry.package-mode is false"
    return ""


def _names_project(lock: File, manifest: File) -> bool:
    """Whether a lock further up is that of a workspace this manifest is a member of."""
    name = _table(_toml(manifest), "project").get("name")
    return isinstance(name, str) and lock.name == "uv.lock" and f'name = "{normalize(name)}"' in _text(lock)


def _mentions(file: File, name: str) -> bool:
    text = _text(file)
    if file.name == "pyproject.toml":
        text = text if "dynamic" in text else ""
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text) is not None


def _is_space(readme: File) -> bool:
    """Whether a README starts with the header of a Hugging Face Space."""
    text = _text(readme)[:2000]
    return text.startswith("---") and re.search(r"(?m)^sdk:\s*\w", text) is not None


def _installs(dockerfile: File, name: str) -> bool:
    return (
        re.search(rf"(?:-r|--requirements?)[ =]*\S*(?<![\w.-]){re.escape(name)}(?![\w.-])", _text(dockerfile))
        is not None
    )


def _is_lock(file: File) -> bool:
    if not file.name.endswith(".txt"):
        return True
    text = _text(file)
    return re.search(r"autogenerated by|generated by|^#\s+(?:uv|pip-compile)\b", text, re.MULTILINE) is not None or (
        "==" in text and not re.search(r"(?m)^[A-Za-z0-9._-]+\s*(?:[<>~]|$)", text)
    )
