from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from users import program, run


@pytest.fixture
def mlhooks(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `mlhooks ARGUMENTS` in a temporary folder, as installed."""

    def start(*arguments: str, cwd: Path = tmp_path, **extra: str) -> subprocess.CompletedProcess[str]:
        return run([program("mlhooks"), *arguments], cwd, **extra)

    return start
