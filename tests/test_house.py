"""The house keeps its shape: who imports whom, what starts with what, and that code, manifest and README agree."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import advisories
import pytest
import yaml

from mlhooks import __main__ as dispatcher
from mlhooks.core import explain
from mlhooks.core.config import Settings
from mlhooks.core.files import Target
from mlhooks.core.finding import Hook
from mlhooks.core.run import is_for

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "hooks" / "mlhooks"
ROOMS = {hook_id.replace("-", "_") for hook_id in dispatcher.HOOKS}
HOOKS = dispatcher.load_all()
HEAVY = {
    "dataclasses", "detect_secrets", "inspect", "logging", "nbformat", "numpy", "packaging", "pip_audit", "requests",
    "safetensors", "tomllib", "tqdm", "yaml", "multiprocessing", "concurrent", "email", "http", "urllib",
}  # fmt: skip


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        yield name.removesuffix(".__init__"), path


def is_module(name: str) -> bool:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imports(path: Path, name: str, *, top_level: bool = False) -> set[str]:
    """The modules of ours that a file imports: anywhere in it, or only when it is loaded."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in tree.body if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            relative = parts[: len(parts) - node.level + 1] if node.level else []
            base = ".".join([*relative, *([node.module] if node.module else [])])
            names = {f"{base}.{alias.name}" for alias in node.names}
            submodules = {module for module in names if is_module(module)}
            found |= submodules | ({base} if submodules != names else set())
    return {module for module in found if module.split(".")[0] == "mlhooks"}


def layer(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_the_rooms_on_disk_are_the_hooks_of_the_dispatcher() -> None:
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - {"core", "formats", "init"}
    files = {path.stem for path in PACKAGE.glob("*.py") if "HOOK = Hook(" in path.read_text(encoding="utf-8")}
    assert folders | files == ROOMS
    assert [hook.id for hook in HOOKS] == list(dispatcher.HOOKS)


@pytest.mark.parametrize(("name", "path"), [pytest.param(name, path, id=name) for name, path in modules()])
def test_who_imports_whom(name: str, path: Path) -> None:
    mine = layer(name)
    for module in imports(path, name):
        theirs = layer(module)
        if mine in ROOMS:
            allowed = {mine, "core", "formats"}
        elif mine == "core":
            allowed = {"core"}
        elif mine == "formats":
            allowed = {"core", "formats"}
        else:
            continue
        assert theirs in allowed | {"", "__version__"}, f"{name} imports {module}"


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_takes_only_the_records_and_files_of_core(room: str) -> None:
    for name, path in modules():
        if layer(name) == room:
            taken = {module for module in imports(path, name) if layer(module) == "core"}
            modules_taken = {".".join(module.split(".")[:3]) for module in taken} - {"mlhooks.core"}
            assert modules_taken <= {"mlhooks.core.finding", "mlhooks.core.files", "mlhooks.core.report"}, name


def test_there_are_no_import_cycles() -> None:
    known = dict(modules())
    graph = {name: (imports(path, name, top_level=True) & set(known)) - {name} for name, path in known.items()}
    open_names: list[str] = []
    done: set[str] = set()

    def visit(name: str) -> None:
        assert name not in open_names, " -> ".join([*open_names[open_names.index(name) :], name])
        if name not in done:
            open_names.append(name)
            for module in sorted(graph[name] - {"mlhooks"}):
                visit(module)
            done.add(open_names.pop())

    for name in sorted(known):
        visit(name)


def test_no_room_is_named_like_a_module_of_the_standard_library() -> None:
    assert not ROOMS & sys.stdlib_module_names


@pytest.mark.parametrize("hook_id", dispatcher.HOOKS)
def test_starting_a_hook_loads_no_other_room_and_nothing_heavy(hook_id: str, tmp_path: Path) -> None:
    clean = {
        "leaked-secrets": ("train.py", "x = 1\n"),
        "notebook-data": ("a.ipynb", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n'),
        "unpinned-dependencies": ("requirements.txt", "numpy==2.1.3\n"),
        "unsafe-models": ("model.pkl", "\x80\x04}."),
        "vulnerable-dependencies": ("requirements.txt", "numpy==2.1.3\n"),
    }[hook_id]
    (tmp_path / clean[0]).write_text(clean[1], encoding="latin-1")
    program = (
        "import sys; before = set(sys.modules); from mlhooks.__main__ import main; status = main(sys.argv[1:])\n"
        "print(status, *sorted(set(sys.modules) - before))"
    )
    command = [sys.executable, "-c", program, hook_id, str(tmp_path / clean[0])]
    advisories.database(tmp_path / "cache", advisories.advisory("PYSEC-1"))
    environment = {**os.environ, "MLHOOKS_CACHE": str(tmp_path / "cache")}
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    status, *loaded = result.stdout.split()
    assert status == "0", result.stdout + result.stderr
    other_rooms = ROOMS - {hook_id.replace("-", "_")}
    assert not {layer(module) for module in loaded if module.startswith("mlhooks.")} & other_rooms
    assert not {module.split(".")[0] for module in loaded} & HEAVY


@pytest.mark.parametrize("hook", [pytest.param(hook, id=hook.id) for hook in HOOKS])
def test_a_hook_that_reads_other_files_says_which(hook: Hook) -> None:
    """Without `companions`, a run over changed files would miss what a changed lock or baseline does to others."""
    room = hook.id.replace("-", "_")
    reads = any(".sibling(" in path.read_text(encoding="utf-8") for name, path in modules() if layer(name) == room)
    assert bool(hook.companions) or not reads
    re.compile(hook.companions)


def test_importing_the_package_costs_nothing() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]


# Lists of weaknesses and attacks change from year to year: a tag without the year or version means nothing.
TAG = re.compile(r"external/cwe/cwe-\d+|OWASP-LLM\d\d:2026|MITRE-ATLAS-5\.6\.0:AML\.(T\d{4}(\.\d{3})?|CS\d{4})")


def test_rule_ids_are_unique_slugs_with_all_that_a_person_needs() -> None:
    rules = [(hook, rule) for hook in HOOKS for rule in hook.rules]
    assert len({rule.id for _, rule in rules}) == len(rules)
    for hook, rule in rules:
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", rule.id), rule.id
        for text in (rule.summary, rule.why, rule.example, rule.instead):
            assert text.strip(), f"{hook.id}: {rule.id} leaves a text empty"
        assert not rule.summary.endswith("."), rule.id
        assert all(TAG.fullmatch(tag) for tag in rule.tags), f"{rule.id}: {rule.tags}"
        assert not rule.severity or 0 < float(rule.severity) <= 10, rule.id


# --- the manifest -----------------------------------------------------------------------------------------------------

MANIFEST = {entry["id"]: entry for entry in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
KEYS = {
    "id", "name", "description", "entry", "language", "files", "types", "types_or", "stages", "require_serial",
    "minimum_pre_commit_version", "additional_dependencies", "pass_filenames", "always_run",
}  # fmt: skip


def test_the_manifest_has_one_entry_per_hook() -> None:
    entries = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    fixers = {f"{hook.id}-fix" for hook in HOOKS if hook.fix}
    assert set(dispatcher.HOOKS) <= set(MANIFEST)
    assert set(MANIFEST) <= set(dispatcher.HOOKS) | fixers
    assert "notebook-data-fix" in MANIFEST
    assert len(entries) == len(MANIFEST)
    assert all(set(entry) <= KEYS for entry in entries), "pre-commit itself accepts misspelled keys"


@pytest.mark.parametrize("entry_id", sorted(MANIFEST))
def test_the_manifest_says_what_the_code_says(entry_id: str) -> None:
    entry = MANIFEST[entry_id]
    hook = next(hook for hook in HOOKS if hook.id == entry_id.removesuffix("-fix"))
    fix = " --fix" if entry_id.endswith("-fix") else ""
    assert entry["entry"] == f"mlhooks {hook.id}{fix}"
    assert entry["name"] == entry_id
    assert entry["description"] == hook.summary or fix
    assert entry["language"] == "python"
    assert entry["files"] == hook.wants
    # `types: [file]`, the default, leaves symbolic links out.
    assert entry.get("types_or") == (["file", "symlink"] if hook.follows_links else None)
    assert entry.get("types") == ([] if hook.follows_links else None)


PATHS = {
    "leaked-secrets": (
        ["train.py", "eda.ipynb", ".env", "config/app.yaml", "Dockerfile", "notes.md", "no_suffix", "a b/ü.txt"],
        ["logo.png", "photo.JPG", "model.safetensors", "data.parquet", "archive.zip"],
    ),
    "notebook-data": (
        [
            "eda.ipynb", "deep/er/EDA.ipynb", ".ipynb_checkpoints/eda-checkpoint.ipynb", "report.html", "eda.nb.html",
            "train.py", "notes.md", "_freeze/a/execute-results/html.json", "__marimo__/session/a.py.json", "note.json",
        ],
        ["eda.ipynb.bak", "ipynb", "image.png", "data.json", "model.pkl"],
    ),
    "unpinned-dependencies": (
        [
            "requirements.txt", "requirements-dev.txt", "deep/requirements/base.txt", "dev-requirements.txt",
            "constraints.txt", "pyproject.toml", "environment.yml", "conda/environment-gpu.yaml", "Dockerfile",
            "Dockerfile.gpu", "Dockerfile-happy", "gpu.Dockerfile", "dockerfile", "eda.ipynb", "uv.lock",
            "poetry.lock", "Pipfile", "setup.py",
            ".github/workflows/ci.yml", ".pre-commit-config.yaml", "tox.ini", "cog.yaml",
        ],
        ["logo.png", "model.pkl", "data.csv", "README.rst", "notes.txt", "dockerfile.go", "docs/Dockerfile.md"],
    ),
    "unsafe-models": (
        ["model.pkl", "weights.pt", "a/b/model.bin", "no_suffix", "model.PKL", "x.joblib", "x.npy", "x.safetensors"],
        [],
    ),
    "vulnerable-dependencies": (
        ["requirements.txt", "uv.lock", "pyproject.toml", "environment.yml", "Dockerfile", "eda.ipynb", "setup.py"],
        ["logo.png", "model.pkl", "data.csv", "README.rst", "notes.txt", "dockerfile.go", "docs/Dockerfile.md"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("hook", [pytest.param(hook, id=hook.id) for hook in HOOKS])
def test_manifest_and_room_choose_the_same_paths(hook: Hook) -> None:
    wanted, unwanted = PATHS[hook.id]
    in_manifest = re.compile(MANIFEST[hook.id]["files"])
    for path in [*wanted, *unwanted]:
        is_wanted = path in wanted
        assert bool(in_manifest.search(path)) is is_wanted, path
        assert is_for(hook, Target(path, False, False), Settings({})) is is_wanted, path


# --- the README -------------------------------------------------------------------------------------------------------

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_has_a_heading_for_every_hook_and_rule() -> None:
    headings = re.findall(r"^#+ `([a-z0-9-]+)`$", README, re.MULTILINE)
    wanted = [name for hook in HOOKS for name in (hook.id, *(rule.id for rule in hook.rules))]
    assert sorted(headings) == sorted(wanted)


@pytest.mark.parametrize("hook", [pytest.param(hook, id=hook.id) for hook in HOOKS])
def test_the_readme_shows_the_rules_as_the_code_has_them(hook: Hook) -> None:
    start, end = f"<!-- rules of {hook.id} -->\n", f"<!-- end of rules of {hook.id} -->"
    section = README[README.index(start) + len(start) : README.index(end)]
    assert section.strip() == explain.markdown(hook).strip(), "run tools/sync.py"


def test_the_readme_names_every_pack_of_names() -> None:
    from mlhooks.unsafe_models.policy import all_packs

    section = README[README.index("Names of these libraries are known:") : README.index("`--require-safetensors`")]
    default, opted = section.split("also:")
    for text, is_default in ((default, True), (opted, False)):
        names = {pack.name for pack in all_packs() if pack.is_default is is_default}
        assert names <= set(re.findall(r"[\w-]+", text)), is_default
