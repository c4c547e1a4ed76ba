"""A baseline holds from whichever folder and in whichever way the hook is run, with real git and the real script."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha1
from pathlib import Path
from random import Random

import pytest
from contexts import code, notebook, stream
from tokens import ALL_SHAPES, token_of
from users import ROOT, git, program, run

TOKEN = token_of(next(shape for shape in ALL_SHAPES if shape.id == "hugging-face"), Random(7))
OTHER = token_of(next(shape for shape in ALL_SHAPES if shape.id == "hugging-face"), Random(8))
PASSWORD = "Tr4" + "vel-2" + "Mars!"
BASELINE = ".mlhooks-baseline.jsonl"
FILES = {
    "src/deep/train.py": f'login("{TOKEN}")\ndb_password = "{PASSWORD}"\nurl = "postgres://u:{PASSWORD}1@db.corp.net/x"\n',
    "src/deep/eda.ipynb": notebook(code("x", stream(f"{TOKEN}\nDB_PASSWORD={PASSWORD}\n"))),
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = tmp_path / "real"
    (top / "src" / "deep").mkdir(parents=True)
    for path, text in FILES.items():
        (top / path).write_text(text)
    git(top, "init", "-q")
    git(top, "add", "-A")
    (tmp_path / "link").symlink_to(top)
    return top


def mlhooks(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, "-P", "-m", "mlhooks", *words], folder, PYTHONPATH=str(ROOT / "hooks"))


RUNS = [
    pytest.param(".", ["leaked-secrets"], BASELINE, id="at the top"),
    pytest.param(".", ["leaked-secrets", *FILES], BASELINE, id="files by name"),
    pytest.param("src", ["leaked-secrets"], f"../{BASELINE}", id="in a folder"),
    pytest.param("src/deep", ["leaked-secrets", "train.py", "eda.ipynb"], f"../../{BASELINE}", id="names in a folder"),
    pytest.param("src/deep", ["leaked-secrets", "../.."], f"../../{BASELINE}", id="the top from a folder"),
    pytest.param("src", ["leaked-secrets", *(f"TOP/{path}" for path in FILES)], f"TOP/{BASELINE}", id="absolute"),
    pytest.param("src", ["leaked-secrets", *(f"LINK/{path}" for path in FILES)], f"TOP/{BASELINE}", id="by a link"),
    pytest.param(".", ["leaked-secrets", "--staged"], BASELINE, id="staged"),
    pytest.param("src", ["leaked-secrets", "--staged"], f"../{BASELINE}", id="staged, in a folder"),
    pytest.param(".", ["all"], BASELINE, id="all hooks"),
    pytest.param("src/deep", ["all"], f"../../{BASELINE}", id="all hooks in a folder"),
    pytest.param(".", ["leaked-secrets", "--jobs", "2"], BASELINE, id="several processes"),
]


@pytest.mark.parametrize("home", [".", "src/deep"], ids=["written at the top", "written in a folder"])
def test_a_baseline_holds_everywhere(home: str, repository: Path) -> None:
    written = mlhooks(repository / home, "baseline", "write", "--reason", "a test account")
    assert written.returncode == 0, written.stderr
    entries = (repository / BASELINE).read_text()
    assert entries.count("leaked-secrets") == 5
    assert not [secret for secret in (TOKEN, TOKEN[3:], PASSWORD) if secret in entries]
    for run_of in RUNS:
        folder, words, baseline = run_of.values
        assert isinstance(folder, str)
        places = {"TOP": str(repository), "LINK": str(repository.parent / "link")}
        command = [*words, "--baseline", baseline]  # type: ignore[misc]  # a list of texts
        for short, path in places.items():
            command = [str(word).replace(short, path) for word in command]
        result = mlhooks(repository / folder, *command)
        assert (run_of.id, result.returncode) == (run_of.id, 0), result.stdout + result.stderr


def test_what_is_new_is_told_next_to_a_baseline(repository: Path) -> None:
    assert mlhooks(repository, "baseline", "write", "--reason", "a test account").returncode == 0
    (repository / "src" / "deep" / "train.py").write_text(FILES["src/deep/train.py"].replace(TOKEN, OTHER))
    result = mlhooks(repository / "src", "leaked-secrets", "--baseline", f"../{BASELINE}", "--format", "json")
    assert result.returncode == 1
    assert json.loads(result.stdout)["summary"]["findings"] == 1


def test_two_repositories_have_the_same_entries(repository: Path, tmp_path: Path) -> None:
    git(repository, "-c", "user.name=t", "-c", "user.email=t@t.test", "commit", "-q", "-m", "x")
    git(tmp_path, "clone", "-q", str(repository), "clone")
    texts = []
    for top in (repository, tmp_path / "clone"):
        assert mlhooks(top, "baseline", "write", "--reason", "x").returncode == 0
        texts.append((top / BASELINE).read_text())
    assert texts[0] == texts[1]


def test_a_baseline_holds_under_pre_commit(repository: Path) -> None:
    assert mlhooks(repository, "baseline", "write", "--reason", "a test account").returncode == 0
    entry = f"env PYTHONPATH={ROOT / 'hooks'} {sys.executable} -P -m mlhooks leaked-secrets --baseline {BASELINE}"
    hook = {"id": "x", "name": "x", "entry": entry, "language": "system"}
    config = {"repos": [{"repo": "local", "hooks": [hook]}]}
    (repository / ".pre-commit-config.yaml").write_text(json.dumps(config))
    git(repository, "add", "-A")
    for folder in (repository, repository / "src"):
        result = run([program("pre-commit"), "run", "--all-files"], folder, PRE_COMMIT_HOME=str(repository / ".cache"))
        assert result.returncode == 0, result.stdout + result.stderr
    (repository / "src" / "deep" / "train.py").write_text(f'login("{OTHER}")\n')
    git(repository, "add", "-A")
    result = run([program("pre-commit"), "run"], repository, PRE_COMMIT_HOME=str(repository / ".cache"))
    assert result.returncode == 1
    assert "src/deep/train.py:1:8: error" in result.stdout


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        pytest.param(".", ["src/deep/train.py"], id="at the top"),
        pytest.param("src/deep", ["train.py"], id="in a folder"),
        pytest.param("src", ["TOP/src/deep/train.py"], id="absolute"),
        pytest.param("src", ["deep", "--secrets-baseline", "../.secrets.baseline"], id="named"),
    ],
)
def test_a_baseline_of_detect_secrets_holds_everywhere(folder: str, words: list[str], repository: Path) -> None:
    (repository / "src" / "deep" / "eda.ipynb").unlink()
    secrets = (TOKEN, PASSWORD, f"{PASSWORD}1")
    digests = [sha1(secret.encode(), usedforsecurity=False).hexdigest() for secret in secrets]
    entries = [{"type": "x", "hashed_secret": digest, "line_number": 1} for digest in digests]
    (repository / ".secrets.baseline").write_text(json.dumps({"results": {"src/deep/train.py": entries}}))
    result = mlhooks(repository / folder, "leaked-secrets", *(word.replace("TOP", str(repository)) for word in words))
    assert result.returncode == 0, result.stdout + result.stderr
