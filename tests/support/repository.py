"""A git repository made of text files, to change and to look at."""

from __future__ import annotations

import os
from pathlib import Path

from users import git


class Repository:
    """A work tree at `path`. Contents are given as {path: text}; None deletes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        git(path, "init", "-q")

    def put(self, files: dict[str, str | None]) -> None:
        for name, text in files.items():
            path = self.path / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")

    def commit(self, files: dict[str, str | None] | None = None) -> str:
        """Commit `files` with all else that changed; the commit's id."""
        self.put(files or {})
        git(self.path, "add", "--all")
        git(self.path, "commit", "-qm", "change", "--allow-empty")
        return self.head

    @property
    def head(self) -> str:
        return git(self.path, "rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        return git(self.path, *arguments)


def shallow_clone(source: Path, target: Path, *, branch: str = "main") -> Path:
    """A clone of one commit, as a runner makes it."""
    git(source.parent, "clone", "-q", "--depth=1", f"--branch={branch}", f"file://{source}", os.fspath(target))
    return target
