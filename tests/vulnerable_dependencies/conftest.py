from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from advisories import database

from mlhooks.__main__ import main
from mlhooks.core.files import Blob
from mlhooks.core.finding import Count, Finding, Notice
from mlhooks.vulnerable_dependencies import HOOK


class Audit:
    """The hook on a database of a few records."""

    def __init__(self, path: str) -> None:
        self.options: dict[str, Any] = {option.name: option.default for option in HOOK.options}
        self.options["database"] = path

    def said(self, text: str, path: str = "requirements.txt", **options: Any) -> list[Finding | Count]:
        given = {name.replace("_", "-"): value for name, value in options.items()}
        return list(HOOK.check(Blob(path, text.encode()), {**self.options, **given}))

    def findings(self, text: str, path: str = "requirements.txt", **options: Any) -> list[Finding]:
        return [entry for entry in self.said(text, path, **options) if isinstance(entry, Finding)]

    def counts(self, text: str, **options: Any) -> dict[str, int]:
        return {entry.name: entry.number for entry in self.said(text, **options) if isinstance(entry, Count)}

    def notices(self, **options: Any) -> list[str]:
        assert HOOK.prepare is not None
        given = {name.replace("_", "-"): value for name, value in options.items()}
        return [notice.text for notice in HOOK.prepare({**self.options, **given}) if isinstance(notice, Notice)]


@pytest.fixture
def audit(tmp_path: Path) -> Callable[..., Audit]:
    return lambda *records: Audit(database(tmp_path / "cache", *records))


@pytest.fixture
def mlhooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run a command in an empty folder with an empty cache: its exit status, and what it printed."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("MLHOOKS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY", raising=False)

    def run(*words: str) -> tuple[int, str, str]:
        status = main(words)
        return status, *capsys.readouterr()

    return run
