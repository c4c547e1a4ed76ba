"""Calls in Python that install packages or choose where they come from, one table of readers by name."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from mlhooks.formats.dependency import Context, Dependency, Kind
from mlhooks.formats.image import image
from mlhooks.formats.installs import Scope, installs, installs_of_words, setting
from mlhooks.formats.programs import words_of
from mlhooks.formats.pysource import PythonSource, callee, keyword
from mlhooks.formats.requirement import requirement
from mlhooks.formats.shell import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SHELL_CALLS = words_of(
    "system popen run call check_call check_output Popen getoutput getstatusoutput execute sh shell"
    " create_subprocess_shell"
)
_MAGIC_CALLS = words_of("magic run_line_magic run_cell_magic")
_PIP_CALLS = words_of("pip.main pip._internal.main pip._internal.cli.main.main pip_main pipmain")


class _Place:
    """What all readers of one call need."""

    def __init__(self, call: ast.Call, source: PythonSource, origin: str, context: Context, group: str) -> None:
        self.call = call
        self.source = source
        self.scope = Scope(origin, context, group)
        self.statement = source.place(call).offset(0)

    def requirements(self, node: ast.expr | None, context: Context | None = None) -> Iterator[Dependency]:
        """The records of a list of requirement strings; nothing when it is something else."""
        for entry in self.source.entries(node) or ():
            place = self.source.string(entry)
            if place is not None and place.text.strip():
                yield self.requirement(Word(place), context)

    def requirement(self, word: Word, context: Context | None = None) -> Dependency:
        return requirement(
            word.fragment,
            origin=self.scope.origin,
            context=context or self.scope.context,
            group=self.scope.group,
            statement=self.statement,
        )

    def setting(self, name: str, node: ast.expr | None, *, kind: Kind = Kind.SETTING) -> Iterator[Dependency]:
        """The records of an option given as a string or as a list of strings."""
        entries = self.source.entries(node)
        for entry in [node] if entries is None else entries:
            place = self.source.string(entry)
            if place is not None and place.text.strip():
                yield Dependency(
                    kind,
                    name,
                    place.source.path,
                    place.location(),
                    context=self.scope.context,
                    origin=self.scope.origin,
                    group=self.scope.group,
                    url=place.text,
                    statement=self.statement,
                    text=place.text,
                )

    def image(self, node: ast.expr | None, group: str) -> Iterator[Dependency]:
        place = self.source.string(node)
        if place is not None and re.fullmatch(r"[\w./:@-]+", place.text):
            yield image(place, origin=self.scope.origin, context=self.scope.context, group=group)


def read_call(call: ast.Call, source: PythonSource, origin: str, context: Context, group: str) -> Iterator[Dependency]:
    """The records of one call; most calls have none."""
    name = callee(call)
    last = name.rpartition(".")[2]
    place = _Place(call, source, origin, context, group)
    reader = _READERS.get(last)
    if reader is not None:
        yield from reader(place)
    elif name in _PIP_CALLS:
        yield from _pip_main(place)
    elif name.startswith("session.") or (name.startswith("s.") and origin == "nox"):
        yield from _nox(place, last)
    elif last in _MAGIC_CALLS:
        yield from _magic(place)
    else:
        yield from _command(place, last)
    for key, read_keyword in _KEYWORDS.items():
        value = keyword(call, key)
        if value is not None:
            yield from read_keyword(place, value, last)


def environment_settings(source: PythonSource, scope: Scope) -> Iterator[Dependency]:
    """`os.environ["PIP_EXTRA_INDEX_URL"] = ...`, and the same name as a key of a dictionary (`env={...}`)."""
    pairs: list[tuple[ast.expr | None, ast.expr]] = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Dict):
            pairs += zip(node.keys, node.values, strict=True)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            pairs.append((node.targets[0].slice, node.value))
    for key, value in pairs:
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and re.match(r"(?:PIP|UV)_", key.value):
            place = source.string(value)
            if place is not None:
                yield from setting(key.value, place.text, place, scope)


def _command(place: _Place, last: str) -> Iterator[Dependency]:
    """A command as a list (whoever runs it), or as a text given to what runs texts."""
    named = keyword(place.call, "args")
    for argument in [*place.call.args[:2], *([named] if named is not None else [])]:
        if isinstance(argument, ast.Call) and callee(argument).endswith("split"):
            texts = argument.args or ([argument.func.value] if isinstance(argument.func, ast.Attribute) else [])
            fragment = place.source.string(texts[0]) if texts else None
            if fragment is not None:
                yield from installs(fragment, place.scope)
            return
        words = place.source.words(argument)
        if words is not None:
            if _seems_command(words):
                yield from installs_of_words(words, place.scope)
            return
        fragment = place.source.string(argument) if last in _SHELL_CALLS else None
        if fragment is not None:
            yield from installs(fragment, place.scope)
            return


def _seems_command(words: list[Word]) -> bool:
    texts = [word.text for word in words[:12]]
    return len(texts) > 1 and any(
        text in ("install", "add", "create", "-c", "-lc", "wheel", "download") for text in texts
    )


def _pip_main(place: _Place) -> Iterator[Dependency]:
    words = place.source.words(place.call.args[0]) if place.call.args else None
    if words:
        fragment = words[0].fragment
        pip = Word(type(fragment)(fragment.source, "pip", fragment.pieces[:1], fragment.where, fragment.scope))
        yield from installs_of_words([pip, *words], place.scope)


def _magic(place: _Place) -> Iterator[Dependency]:
    """`get_ipython().run_line_magic("pip", "install x")` and `magic("pip install x")`."""
    parts = [place.source.string(argument) for argument in place.call.args[:3]]
    texts = [part for part in parts if part is not None]
    if not texts:
        return
    first = texts[0].text.lstrip("%! ")
    if first.split(" ")[0] in ("pip", "conda", "mamba", "uv", "sx", "system") and len(texts) == 1:
        yield from installs(texts[0].slice(len(texts[0].text) - len(first), len(texts[0].text)), place.scope)
    elif len(texts) > 1 and first in ("pip", "conda", "mamba", "uv"):
        from mlhooks.formats.fragment import join

        joined = join(texts[:2], " ")
        if joined is not None:
            yield from installs(joined, place.scope)
    elif len(texts) > 1 and first in ("bash", "sh", "sx", "system", "script"):
        yield from installs(texts[-1], place.scope)


def _nox(place: _Place, last: str) -> Iterator[Dependency]:
    words = [place.source.word(argument) for argument in place.call.args]
    if not words:
        return
    head = {"install": ["pip", "install"], "conda_install": ["conda", "install"]}.get(last)
    if head is None and last not in ("run", "run_always", "run_install"):
        return
    fragment = words[0].fragment
    front = [
        Word(type(fragment)(fragment.source, text, fragment.pieces[:1], fragment.where, fragment.scope))
        for text in head or ()
    ]
    yield from installs_of_words([*front, *words], place.scope)


def _modal_install(place: _Place) -> Iterator[Dependency]:
    """modal: `Image.pip_install("a", "b", extra_index_url=...)`."""
    for argument in place.call.args:
        entries = place.source.entries(argument)
        for entry in [argument] if entries is None else entries:
            fragment = place.source.string(entry)
            if fragment is not None and fragment.text.strip():
                yield place.requirement(Word(fragment), Context.APPLICATION)
    for key, name in (("index_url", "index-url"), ("extra_index_url", "extra-index-url"), ("find_links", "find-links")):
        yield from place.setting(name, keyword(place.call, key))


def _modal_file(place: _Place) -> Iterator[Dependency]:
    if place.call.args:
        yield from place.setting("requirement", place.call.args[0], kind=Kind.INCLUDE)


def _modal_commands(place: _Place) -> Iterator[Dependency]:
    for argument in place.call.args:
        entries = place.source.entries(argument)
        for entry in [argument] if entries is None else entries:
            fragment = place.source.string(entry)
            if fragment is not None:
                yield from installs(fragment, place.scope)


def _registry(place: _Place) -> Iterator[Dependency]:
    if place.call.args:
        yield from place.image(place.call.args[0], "from_registry")


def _python_packages(place: _Place) -> Iterator[Dependency]:
    """BentoML: `Image(...).python_packages("torch", ...)`."""
    for argument in place.call.args:
        fragment = place.source.string(argument)
        if fragment is not None and fragment.text.strip():
            yield place.requirement(Word(fragment), Context.APPLICATION)


_READERS: dict[str, Callable[[_Place], Iterator[Dependency]]] = {
    "pip_install": _modal_install,
    "uv_pip_install": _modal_install,
    "pip_install_from_requirements": _modal_file,
    "run_commands": _modal_commands,
    "dockerfile_commands": _modal_commands,
    "from_registry": _registry,
    "python_packages": _python_packages,
}


def _listed(place: _Place, value: ast.expr, _: str) -> Iterator[Dependency]:
    if place.source.entries(value) is None:
        yield from place.setting("requirement", value, kind=Kind.INCLUDE)
    else:
        yield from place.requirements(value, Context.APPLICATION)


_REQUIREMENT_TAKERS = re.compile(
    r".*(?:VirtualenvOperator|TrainingJob|ReasoningEngine|AgentEngine|virtualenv|create|deploy|log_model|save_model)"
)


def _requirements_keyword(place: _Place, value: ast.expr, last: str) -> Iterator[Dependency]:
    """`requirements=[...]` is a common name: it counts in calls that are known to install it."""
    if _REQUIREMENT_TAKERS.fullmatch(last) and place.source.entries(value) is not None:
        yield from place.requirements(value, Context.APPLICATION)


def _base_image(place: _Place, value: ast.expr, _: str) -> Iterator[Dependency]:
    yield from place.image(value, "base_image")


def _index_urls(place: _Place, value: ast.expr, _: str) -> Iterator[Dependency]:
    """Kubeflow: the first index replaces PyPI, the others come on top."""
    for number, entry in enumerate(place.source.entries(value) or ()):
        yield from place.setting("extra-index-url" if number else "index-url", entry)


def _runtime_env(place: _Place, value: ast.expr, _: str) -> Iterator[Dependency]:
    """Ray: `runtime_env={"pip": [...] | "file" | {"packages": [...]}, "image_uri": ...}`."""
    if isinstance(value, ast.Name):
        value = place.source.names.get(value.id, value)
    if not isinstance(value, ast.Dict):
        return
    for key, entry in zip(value.keys, value.values, strict=True):
        name = key.value if isinstance(key, ast.Constant) else None
        if name in ("pip", "uv"):
            if isinstance(entry, ast.Dict):
                packages = (v for k, v in zip(entry.keys, entry.values, strict=True) if _is_text(k, "packages"))
                for inner in packages:
                    yield from _listed(place, inner, "")
            else:
                yield from _listed(place, entry, "")
        elif name in ("image_uri", "container"):
            yield from place.image(entry, "runtime_env")


def _git_config(place: _Place, value: ast.expr, _: str) -> Iterator[Dependency]:
    """SageMaker: `git_config={"repo": ..., "branch": ..., "commit": ...}`; the commit is what counts."""
    if isinstance(value, ast.Name):
        value = place.source.names.get(value.id, value)
    if not isinstance(value, ast.Dict):
        return
    texts = {
        key.value: place.source.string(entry)
        for key, entry in zip(value.keys, value.values, strict=True)
        if isinstance(key, ast.Constant)
    }
    repository, ref = texts.get("repo"), texts.get("commit") or texts.get("branch")
    if repository is not None and ("commit" not in texts or texts["commit"] is not None):
        record = place.requirement(Word(repository), Context.APPLICATION)
        yield record._replace(kind=Kind.VCS, vcs="git", url=repository.text, ref="" if ref is None else ref.text)


def _is_text(node: ast.expr | None, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


_KEYWORDS: dict[str, Callable[[_Place, ast.expr, str], Iterator[Dependency]]] = {
    "packages_to_install": _listed,
    "pip_requirements": _listed,
    "extra_pip_requirements": _listed,
    "pip_packages": _listed,
    "requirements": _requirements_keyword,
    "base_image": _base_image,
    "image_uri": _base_image,
    "git_config": _git_config,
    "pip_index_urls": _index_urls,
    "runtime_env": _runtime_env,
}
