"""The tools as a user has them: the installed console script, real git, and nobody's environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def program(name: str) -> str:
    """A program that was installed into the environment the tests run in."""
    path = shutil.which(name, path=str(BIN))
    assert path, f"{name} is missing; install the project first: pip install -e '.[test]'"
    return path


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment without what git, pre-commit or a developer's shell may have put there."""
    unwanted = ("GIT_", "PRE_COMMIT", "PYTHONPATH", "MLHOOKS_", "VIRTUAL_ENV")
    # What a developer has fetched for himself is not there either.
    own = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return own | {"MLHOOKS_CACHE": os.path.join(os.sep, "nonexistent", "mlhooks")} | extra


def run(command: list[str], cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder with a clean environment."""
    return subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        env=clean_environment(**extra),
        check=False,
        stdin=subprocess.DEVNULL,
    )


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, as somebody with a name."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@t.test", "-c", "init.defaultBranch=main")
    result = run(["git", *identity, *arguments], folder)
    assert result.returncode == 0, result.stderr
    return result.stdout
