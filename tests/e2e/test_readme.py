"""The two lines of the README do what it says, on a fresh clone, exactly as they are printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from users import ROOT, git, run

README = (ROOT / "README.md").read_text(encoding="utf-8")


def line(name: str) -> str:
    (found,) = re.findall(f"<!-- {name} -->\n```sh\n(.+)\n```", README)
    return str(found)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with what is not committed yet."""
    folder = tmp_path / "mlhooks"
    git(tmp_path, "clone", "-q", str(ROOT), str(folder))
    for name in filter(None, git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


def test_the_demo_line_installs_and_shows_what_the_readme_shows(clone: Path) -> None:
    result = run(["bash", "-c", line("demo line")], clone)
    assert result.returncode == 1, result.stderr
    shown = re.search(r"<!-- demo run -->\n```console\n(.*?)```", README, re.DOTALL)
    assert shown
    printed = [text for text in shown[1].splitlines() if not text.startswith("$ ")]
    # pip may have remarks of its own, depending on how it is set up here.
    seen = [text for text in (result.stdout + result.stderr).splitlines() if "demo" in text or "mlhooks" in text]
    assert sorted(printed) == sorted(text for text in seen if not text.startswith("WARNING: "))


def test_the_test_line_installs_and_passes_the_tests(clone: Path) -> None:
    """As printed; the environment keeps it to a few tests, for these here are already being run by that line."""
    result = run(
        ["bash", "-c", line("test line")], clone, PYTEST_ADDOPTS="tests/core/test_config.py tests/core/test_files.py"
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"\d+ passed", result.stdout)
