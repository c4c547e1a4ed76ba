"""Secrets in commits: added and removed again is still found, at its commit; and what was not added is not told."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from random import Random

import pytest
from contexts import code, notebook
from tokens import ALL_SHAPES, token_of

from mlhooks.core.files import File
from mlhooks.core.finding import Finding, Unscannable
from mlhooks.leaked_secrets import HOOK

SHAPES = {shape.id: shape for shape in ALL_SHAPES}
GROQ = token_of(SHAPES["groq"], Random(7))
OTHER = token_of(SHAPES["hugging-face"], Random(8))


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        settings = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false")
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        command = ["git", *settings, "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()

    def commit(self, **files: str | bytes | None) -> str:
        """Write files (`__` is `/`, None removes) and commit them; the id of the commit."""
        for name, content in files.items():
            path = self.folder / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x")
        return self.git("rev-parse", "HEAD")

    def search(self, value: str = "--all", *paths: str) -> tuple[list[Finding], list[object]]:
        action = next(action for action in HOOK.actions if action.name == "history")
        results = list(action.run(value, [File(path) for path in paths], {"secrets-baseline": None}))
        findings = [result for result in results if isinstance(result, Finding)]
        return findings, [result for result in results if not isinstance(result, Finding)]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.chdir(tmp_path)
    return Repository(tmp_path)


def test_a_token_that_was_removed_is_found_at_the_commit_that_added_it(repository: Repository) -> None:
    repository.commit(a_dot_py="x = 1\n")
    added = repository.commit(a_dot_py=f'x = 1\n\ny = "{GROQ}"\n')
    repository.commit(a_dot_py="x = 1\n")
    (finding,), others = repository.search()
    assert (finding.path, finding.location.line, finding.location.column) == ("a.py", 3, 6)
    assert finding.location.where.startswith(f"commit {added[:10]} (20")
    assert not others
    assert GROQ not in str(finding)


def test_a_path_is_no_pattern(repository: Repository) -> None:
    repository.commit(**{"part[1].py": f'x = "{GROQ}"\n', "part1.py": f'x = "{OTHER}"\n'})
    assert [finding.path for finding in repository.search("--all", "part[1].py")[0]] == ["part[1].py"]


def test_a_token_is_told_once_and_by_path(repository: Repository) -> None:
    repository.commit(a_dot_py=f'x = "{GROQ}"\n')
    repository.commit(a_dot_py=f'# moved\nx = "{GROQ}"\n')
    repository.commit(b_dot_py=f'x = "{GROQ}"\n')
    assert [finding.path for finding in repository.search()[0]] == ["a.py", "b.py"]


def test_only_added_lines_are_told(repository: Repository) -> None:
    first = repository.commit(a_dot_py=f'x = "{GROQ}"\n')
    repository.commit(a_dot_py=f'x = "{GROQ}"\ny = "{OTHER}"\n')
    (finding,), _ = repository.search(f"{first}..HEAD")
    assert finding.location.line == 2


def test_a_cell_of_a_notebook_is_named(repository: Repository) -> None:
    repository.commit(a_dot_ipynb=notebook(code(f"import x\nlogin('{GROQ}')\n", as_string=True)))
    repository.commit(a_dot_ipynb=notebook(code("import x\n")))
    (finding,), _ = repository.search()
    assert finding.location.where.endswith(", cell 1, line 2")


VALUE = "9c1f7e02b6" + "a84d35c2f0e7196ab48d53"
PEM = token_of(SHAPES["private-key"], Random(7))
HALF = len(GROQ) // 2


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        pytest.param("a.json", '{\n "username": "ann",\n "key": "HERE"\n}\n', VALUE, id="a file of Kaggle's"),
        pytest.param("a.py", 'wandb.login(\n    relogin=True,\n    key="HERE",\n)\n', f"{VALUE}1234abcd", id="a call"),
        pytest.param("a.yaml", 'env:\n- name: DB_PASSWORD\n  value: "HERE"\n', "Tr4" + "vel-2Mars!", id="a deployment"),
        pytest.param("a.py", f'x = ("{GROQ[:HALF]}"\n  "HERE")\n', GROQ[HALF:], id="the second half"),
        pytest.param("a.pem", PEM.partition("\n")[0] + "\nHERE\n", PEM.partition("\n")[2], id="the body of a key"),
    ],
)
def test_a_value_that_is_replaced_is_found(repository: Repository, name: str, before: str, after: str) -> None:
    repository.commit(**{name: before})
    repository.commit(**{name: before.replace("HERE", after)})
    repository.commit(**{name: before.replace("HERE", "none")})
    (finding,), _ = repository.search()
    assert finding.path == name


def test_what_stands_around_added_lines_is_not_told(repository: Repository) -> None:
    first = repository.commit(a_dot_py=f'x = "{GROQ}"\n', a_dot_pem=PEM)
    repository.commit(a_dot_py=f'import a\n\nx = "{GROQ}"\n', a_dot_pem=f"# mine\n{PEM}")
    repository.commit(a_dot_py=f'\nx = "{GROQ}"\n', a_dot_pem=f"# mine\n{PEM}# end\n")
    repository.commit(a_dot_py=f'\nx = "{GROQ}"\0', a_dot_pem=PEM)
    repository.commit(a_dot_py=f'\nx = "{GROQ}"\0\0')
    assert repository.search(f"{first}..HEAD") == ([], [])


def test_parts_in_an_array_of_a_notebook_are_found(repository: Repository) -> None:
    text = notebook(code("SOURCE", as_string=True)).replace('"SOURCE"', f'["{GROQ[:HALF]}", "{GROQ[HALF:]}"]')
    repository.commit(a_dot_ipynb=text)
    repository.commit(a_dot_ipynb=None)
    (finding,), _ = repository.search()
    assert finding.location.where.endswith("cell 1")


def test_branches_merges_and_strange_names_are_searched(repository: Repository) -> None:
    repository.commit(a_dot_txt="1\n")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit(**{'ü "q"\t_dot_txt': f"{GROQ}\n"})
    repository.git("checkout", "-q", "main")
    repository.commit(b_dot_txt="1\n")
    repository.git("merge", "-q", "--no-ff", "--no-commit", "side")
    repository.commit(c_dot_txt=f"{OTHER}\n")
    found = {finding.path: finding for finding in repository.search()[0]}
    assert sorted(found) == ["c.txt", 'ü "q"\t.txt']
    assert [finding.path for finding in repository.search("main", "c.txt")[0]] == ["c.txt"]


def test_lines_that_look_like_headers_confuse_nothing(repository: Repository) -> None:
    repository.commit(a_dot_txt="-- a\n++ b\n@@ -1 +1 @@\n")
    repository.commit(a_dot_txt=f"++ b/x\n@@ -1 +9 @@\ndiff --git a/x b/x\n{GROQ}\n")
    (finding,), _ = repository.search()
    assert (finding.path, finding.location.line) == ("a.txt", 4)


def test_utf_16_which_git_takes_for_binary_is_searched(repository: Repository) -> None:
    repository.commit(a_dot_txt=f'x = "{GROQ}"\n'.encode("utf-16"))
    assert [finding.path for finding in repository.search()[0]] == ["a.txt"]


def test_accepted_and_broken_old_versions_are_left_alone(repository: Repository) -> None:
    repository.commit(a_dot_py=f'x = "{GROQ}"  # pragma: ' + "allowlist secret\n")
    repository.commit(a_dot_ipynb=f'{{"cells": [ "{OTHER}"')
    findings, others = repository.search()
    assert [finding.path for finding in findings] == ["a.ipynb"]
    assert not others


def test_settings_of_the_repository_run_nothing(repository: Repository) -> None:
    witness = repository.folder / "witness"
    program = repository.folder / "program.sh"
    program.write_text(f"#!/bin/sh\ntouch '{witness}'\n")
    program.chmod(0o755)
    repository.git("config", "diff.external", str(program))
    repository.git("config", "core.fsmonitor", str(program))
    repository.git("config", "diff.x.textconv", str(program))
    repository.git("config", "color.ui", "always")
    repository.git("config", "diff.noprefix", "true")
    repository.git("config", "log.showRoot", "false")
    repository.commit(_dot_gitattributes="*.py diff=x\n", a_dot_py=f'x = "{GROQ}"\n')
    witness.unlink(missing_ok=True)
    assert [finding.path for finding in repository.search()[0]] == ["a.py"]
    assert not witness.exists()


@pytest.mark.parametrize("value", ["--output=x", "-p", "--exec=x main"])
def test_options_are_no_revisions(repository: Repository, value: str) -> None:
    repository.commit(a_dot_py="x = 1\n")
    with pytest.raises(Unscannable, match="is none"):
        repository.search(value)


def test_what_git_cannot_read_is_told(repository: Repository) -> None:
    repository.commit(a_dot_py="x = 1\n")
    findings, others = repository.search("no-such-branch")
    assert not findings
    assert "could not read the history" in str(others)


def test_outside_of_a_repository_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    action = next(action for action in HOOK.actions if action.name == "history")
    with pytest.raises(Unscannable, match="git could not read the history"):
        list(action.run("--all", [], {}))


def test_a_shallow_clone_is_told(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit(a_dot_py=f'x = "{GROQ}"\n')
    repository.commit(a_dot_py="x = 1\n")
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.folder}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    findings, others = repository.search()
    assert not findings
    assert "unshallow" in str(others)
