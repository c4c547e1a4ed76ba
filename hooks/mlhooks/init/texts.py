"""What `mlhooks init` proposes to write, and the revisions of other people's actions that it names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mlhooks import __version__
from mlhooks.core.baseline import FILE_NAME as BASELINE

HOME = "https://github.com/mlhooks/mlhooks"
ACTION = "mlhooks/mlhooks"
REVISION = f"v{__version__}"


class Pin(NamedTuple):
    """An action at a commit, with the version that the commit is."""

    action: str
    commit: str
    version: str

    def __str__(self) -> str:
        return f"{self.action}@{self.commit} # {self.version}"


CHECKOUT = Pin("actions/checkout", "9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0", "v7.0.0")


def workflow(own: str, *, has_baseline: bool) -> str:
    """A workflow that checks pull requests and what reaches the default branch; `own` is our action with its revision.

    Every job gets only the rights that it needs, and the token does not stay in the checked-out folder.
    """
    baseline = f"          baseline: {BASELINE}\n" if has_baseline else ""
    return f"""\
name: mlhooks

on:
  pull_request:
  merge_group:
  push:
    branches: [main, master]

permissions: {{}}

concurrency:
  group: mlhooks-${{{{ github.ref }}}}
  cancel-in-progress: true

jobs:
  check:
    name: mlhooks
    runs-on: ubuntu-latest
    permissions:
      contents: read # to check out the code
    steps:
      - uses: {CHECKOUT}
        with:
          fetch-depth: 2 # a pull request is compared with its base
          persist-credentials: false
      - uses: {own}
        with:
          hooks: all
{baseline}"""


def pre_commit_block(hooks: Sequence[str], dash: int, inner: int, *, has_baseline: bool) -> list[str]:
    """The lines of our entry under `repos:`, for a dash in column `dash` and lists indented by `inner`."""
    outer, key = " " * dash, " " * (dash + 2)
    lines = [f"{outer}- repo: {HOME}", f"{key}rev: {REVISION}", f"{key}hooks:"]
    return lines + hook_lines(hooks, dash + 2 + inner, has_baseline=has_baseline)


def hook_lines(hooks: Sequence[str], dash: int, *, has_baseline: bool) -> list[str]:
    """The lines of hooks under `hooks:`, for a dash in column `dash`."""
    lines = []
    for hook in hooks:
        lines.append(f"{' ' * dash}- id: {hook}")
        if has_baseline:
            lines.append(f"{' ' * dash}  args: [--baseline, {BASELINE}]")
    return lines


def exclude_table(hook: str, folders: Sequence[str]) -> str:
    """A table that leaves folders out of one hook."""
    listed = ", ".join(f'"{folder}/"' for folder in folders)
    return f"[tool.mlhooks.{hook}]\nexclude = [{listed}]\n"
