"""The published table of what counts as pinned, judged row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlhooks.unpinned_dependencies import HOOK
from mlhooks.unpinned_dependencies.pin_table import PIN_TABLE, YES, Row, pin_table_markdown

from .judging import rules

DIGEST = "0123456789abcdef" * 4
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def spelled(row: Row) -> tuple[str, str, dict[str, str | bytes]]:
    """The file that a row stands for: path, text, and what is beside it."""
    text = row.text.replace("<64 hex>", DIGEST).replace("<40 hex>", COMMIT)
    if row.place == "environment.yml":
        return row.place, f"name: e\ndependencies:\n  - {text}\n", {}
    if row.place.startswith("pyproject.toml"):
        return (
            "pyproject.toml",
            f'[tool.poetry]\nname = "app"\n[tool.poetry.dependencies]\npython = "^3.11"\n{text}\n',
            {},
        )
    if row.place == "Dockerfile":
        start = "" if text.startswith("FROM") else f"FROM python:3.11@sha256:{DIGEST}\n"
        return "Dockerfile", f"{start}{text}\n", {}
    if row.place == "workflow":
        return ".github/workflows/ci.yml", f"jobs:\n  a:\n    steps:\n      - {text}\n", {}
    if row.place == ".pre-commit-config.yaml":
        return row.place, f"repos:\n  - repo: https://example.com/hooks\n    {text}\n    hooks: []\n", {}
    if "  and there  " in text:
        include, constraint = text.split("  and there  ")
        return row.place, f"{include}\ntorch\n", {"constraints.txt": f"{constraint}\n"}
    return row.place, f"{text}\n", {text: b""} if text.endswith(".whl") else {}


@pytest.mark.parametrize("level", ["bounded", "exact", "hashed"])
@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.place}: {row.text}") for row in PIN_TABLE])
def test_every_row_of_the_table_is_what_the_hook_says(row: Row, level: str) -> None:
    path, text, beside = spelled(row)
    expected = getattr(row, level)
    assert rules(path, text, beside, require=level) == ([] if expected == YES else [expected])


def test_every_rule_in_the_table_exists_and_all_pin_rules_are_in_it() -> None:
    ids = {rule.id for rule in HOOK.rules}
    shown = {cell for row in PIN_TABLE for cell in (row.bounded, row.exact, row.hashed)} - {YES}
    assert shown <= ids


def test_the_table_renders_as_markdown() -> None:
    lines = pin_table_markdown().splitlines()
    assert len(lines) == len(PIN_TABLE) + 2
    assert {line.count(" | ") for line in lines} - {0} == {5}
    assert "| requirements.txt | `torch==2.5.1` | yes | yes | `missing-hash` | one version |" in lines


def test_the_readme_shows_the_table_as_the_code_has_it() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("<!-- pin table -->\n")[2].partition("<!-- end of pin table -->")[0]
    assert shown == pin_table_markdown(), "run tools/sync.py"
