"""What counts as pinned, as a table: the README renders it, and the tests judge every row of it."""

from __future__ import annotations

from typing import NamedTuple

YES = "yes"


class Row(NamedTuple):
    """One form of a declaration, and what each level of `--require` says to it: `YES`, or the rule that is reported.

    `place` is the file it stands in; `text` is the line, or the value where the file needs more around it.
    """

    place: str
    text: str
    bounded: str
    exact: str
    hashed: str
    why: str


_SHA256 = "<64 hex>"
_COMMIT = "<40 hex>"

PIN_TABLE = (
    Row("requirements.txt", "torch==2.5.1", YES, YES, "missing-hash", "one version"),
    Row("requirements.txt", "torch==2.5.1+cu124", YES, YES, "missing-hash", "one build of one version"),
    Row("requirements.txt", "torch===2.5.1", YES, YES, "missing-hash", "compared as text"),
    Row("requirements.txt", "torch==2.5.1,!=2.5.0", YES, YES, "missing-hash", "any one exact clause decides"),
    Row("requirements.txt", "torch>=2.5.1,<=2.5.1", YES, YES, "missing-hash", "only one version is left"),
    Row("requirements.txt", f"torch==2.5.1 --hash=sha256:{_SHA256}", YES, YES, YES, "one content"),
    Row("requirements.txt", "torch==2.5.*", YES, "wildcard-version", "wildcard-version", "patch releases float"),
    Row("requirements.txt", "torch~=2.5.1", YES, "loose-range", "loose-range", "patch releases float"),
    Row("requirements.txt", "torch>=2,<3", YES, "loose-range", "loose-range", "floats below the bound"),
    Row("requirements.txt", "torch<3", "loose-range", "loose-range", "loose-range", "the newest below the bound"),
    Row(
        "requirements.txt", "torch>=2", "lower-bound-only", "lower-bound-only", "lower-bound-only", "the newest, always"
    ),
    Row(
        "requirements.txt",
        "torch",
        "unpinned-requirement",
        "unpinned-requirement",
        "unpinned-requirement",
        "the newest",
    ),
    Row(
        "requirements.txt",
        "torch!=2.4.0",
        "unpinned-requirement",
        "unpinned-requirement",
        "unpinned-requirement",
        "the newest but one bad one",
    ),
    Row(
        "requirements.txt",
        "torch; python_version == '3.11'",
        "unpinned-requirement",
        "unpinned-requirement",
        "unpinned-requirement",
        "`==` in a marker pins nothing",
    ),
    Row(
        "requirements.txt",
        "-c constraints.txt  and there  torch==2.5.1",
        YES,
        YES,
        "missing-hash",
        "the constraint pins",
    ),
    Row(
        "requirements.txt",
        f"pkg @ https://example.com/pkg-1.0-py3-none-any.whl#sha256={_SHA256}",
        YES,
        YES,
        YES,
        "one content; SHA-256 or longer",
    ),
    Row(
        "requirements.txt",
        "pkg @ https://example.com/pkg-1.0-py3-none-any.whl",
        YES,
        "url-without-hash",
        "url-without-hash",
        "a URL is a name, not content",
    ),
    Row("requirements.txt", f"pkg @ git+https://example.com/pkg@{_COMMIT}", YES, YES, YES, "a commit is content"),
    Row(
        "requirements.txt",
        "pkg @ git+https://example.com/pkg@0123abc",
        YES,
        "vcs-without-commit",
        "vcs-without-commit",
        "an abbreviation; a branch may bear that name",
    ),
    Row(
        "requirements.txt",
        "pkg @ git+https://example.com/pkg@v1.2.3",
        YES,
        "vcs-without-commit",
        "vcs-without-commit",
        "tags move",
    ),
    Row(
        "requirements.txt",
        "pkg @ git+https://example.com/pkg@main",
        "vcs-without-commit",
        "vcs-without-commit",
        "vcs-without-commit",
        "branches move",
    ),
    Row(
        "requirements.txt",
        "git+https://example.com/pkg",
        "vcs-without-commit",
        "vcs-without-commit",
        "vcs-without-commit",
        "the default branch",
    ),
    Row(
        "requirements.txt",
        f"-e git+https://example.com/pkg@{_COMMIT}#egg=pkg",
        "remote-editable",
        "remote-editable",
        "remote-editable",
        "lands in a working copy, never hashed",
    ),
    Row("requirements.txt", "wheels/pkg-1.0-py3-none-any.whl", YES, YES, YES, "a file of the repository"),
    Row("requirements.txt", "-e .", YES, YES, YES, "the code under review"),
    Row("environment.yml", "numpy==2.1.3", YES, YES, "missing-hash", "one version, any build"),
    Row("environment.yml", "numpy 2.1.3", YES, YES, "missing-hash", "the same"),
    Row("environment.yml", "numpy=2.1.3=py311h1a2b_0", YES, YES, "missing-hash", "one build"),
    Row("environment.yml", "numpy=2.1.3", YES, YES, "missing-hash", "means 2.1.3.*; nothing is left to float"),
    Row("environment.yml", "numpy=2.1", YES, "wildcard-version", "wildcard-version", "means 2.1.*"),
    Row("environment.yml", "python=3.11", YES, YES, "missing-hash", "the interpreter is named by its minor version"),
    Row(
        "environment.yml",
        "numpy>=2",
        "lower-bound-only",
        "lower-bound-only",
        "lower-bound-only",
        "the newest, always",
    ),
    Row("pyproject.toml (Poetry)", 'numpy = "2.1.3"', YES, YES, "missing-hash", "bare is exact in Poetry and pixi"),
    Row(
        "pyproject.toml (Poetry)", 'numpy = "^2.1"', YES, "loose-range", "loose-range", "floats below the next big one"
    ),
    Row(
        "pyproject.toml (Poetry)",
        'numpy = "*"',
        "unpinned-requirement",
        "unpinned-requirement",
        "unpinned-requirement",
        "the newest",
    ),
    Row("Dockerfile", f"FROM python:3.11-slim@sha256:{_SHA256}", YES, YES, YES, "one content, whatever the tag says"),
    Row("Dockerfile", "FROM python:3.11-slim", YES, YES, "image-without-digest", "tags are moved with every rebuild"),
    Row(
        "Dockerfile",
        "FROM python:latest",
        "untagged-image",
        "untagged-image",
        "untagged-image",
        "another one each month",
    ),
    Row("Dockerfile", "FROM python", "untagged-image", "untagged-image", "untagged-image", "means latest"),
    Row(
        "Dockerfile",
        "COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/",
        "copy-from-latest",
        "copy-from-latest",
        "copy-from-latest",
        "programs enter unseen",
    ),
    Row("workflow", f"uses: owner/action@{_COMMIT}", YES, YES, YES, "a commit is content"),
    Row(
        "workflow", "uses: owner/action@v4", YES, YES, "tag-action-ref", "tags move; zizmor and pinact are made for it"
    ),
    Row(
        "workflow",
        "uses: owner/action@main",
        "branch-action-ref",
        "branch-action-ref",
        "branch-action-ref",
        "branches move, and run with your secrets",
    ),
    Row(".pre-commit-config.yaml", f"rev: {_COMMIT}", YES, YES, YES, "a commit is content"),
    Row(".pre-commit-config.yaml", "rev: 24.10.0", YES, YES, YES, "pre-commit's own test: it has a dot"),
    Row(
        ".pre-commit-config.yaml",
        "rev: main",
        "mutable-hook-rev",
        "mutable-hook-rev",
        "mutable-hook-rev",
        "branches move",
    ),
)


def pin_table_markdown() -> str:
    """The table as Markdown, for the README."""
    lines = ["| where | declaration | `bounded` | `exact` | `hashed` | why |", "|---|---|---|---|---|---|"]
    for row in PIN_TABLE:
        cells = (row.bounded, row.exact, row.hashed)
        judged = " | ".join(cell if cell == YES else f"`{cell}`" for cell in cells)
        lines.append(f"| {row.place} | `{row.text}` | {judged} | {row.why} |")
    return "\n".join(lines) + "\n"
