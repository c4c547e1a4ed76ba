"""--fix: exact versions from what is beside the file, and not one other byte changed."""

from __future__ import annotations

import json

import pytest

from mlhooks.core.files import Blob
from mlhooks.core.finding import Finding
from mlhooks.unpinned_dependencies import HOOK

from .judging import DEFAULTS, judge

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CONSTRAINTS = "torch==2.5.1\nnumpy==2.1.3\nPillow==11.0.0\n"


def mended(path: str, data: bytes, beside: dict[str, str], **options: object) -> bytes | None:
    """The bytes after `--fix`, or None when nothing was certain."""
    others = {name: text.encode() for name, text in beside.items()}
    findings = judge(path, data, {**others}, **options)
    return fix(path, data, others, findings, **options)


def fix(path: str, data: bytes, others: dict[str, bytes], findings: list[Finding], **options: object) -> bytes | None:
    assert HOOK.fix is not None
    return HOOK.fix(Blob(path, data, others=others), findings, {**DEFAULTS, "fix": True, **options})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"torch\n", b"torch==2.5.1\n", id="a bare name"),
        pytest.param(b"torch>=2\n", b"torch==2.5.1\n", id="a lower bound"),
        pytest.param(b"torch >= 2 , < 3  # why\n", b"torch==2.5.1  # why\n", id="blanks and a comment stay"),
        pytest.param(b"torch[cuda]\n", b"torch[cuda]==2.5.1\n", id="extras"),
        pytest.param(
            b"torch ; python_version >= '3.11'\n", b"torch==2.5.1 ; python_version >= '3.11'\n", id="a marker"
        ),
        pytest.param(
            b"torch>=2; sys_platform == 'linux'\n", b"torch==2.5.1; sys_platform == 'linux'\n", id="a tight marker"
        ),
        pytest.param(b"torch (>=2)\n", b"torch==2.5.1\n", id="parentheses"),
        pytest.param(b"torch==2.*\r\nnumpy\r\n", b"torch==2.5.1\r\nnumpy==2.1.3\r\n", id="CRLF, two of them"),
        pytest.param(b"\xef\xbb\xbftorch\n", b"\xef\xbb\xbftorch==2.5.1\n", id="a byte order mark"),
        pytest.param(
            "torch\n# \u00fc\nnumpy".encode("utf-16"),
            "torch==2.5.1\n# \u00fc\nnumpy==2.1.3".encode("utf-16"),
            id="UTF-16",
        ),
        pytest.param(
            "# caf\u00e9 \U0001f600\npillow\n".encode(),
            "# caf\u00e9 \U0001f600\npillow==11.0.0\n".encode(),
            id="other spelling",
        ),
        pytest.param(b"torch", b"torch==2.5.1", id="no line end"),
        pytest.param(b"torch \\\n  >=2\n", b"torch==2.5.1\n", id="a specifier on the next line"),
        pytest.param(
            b"torch>=2, \\\r\n  <3 \\\r\n  ; python_version > '3'\r\nnumpy\r\n",
            b"torch==2.5.1 \\\r\n  ; python_version > '3'\r\nnumpy==2.1.3\r\n",
            id="a specifier over two lines",
        ),
        pytest.param(b"torch\\\n[cuda]\n", b"torch\\\n[cuda]==2.5.1\n", id="extras on the next line"),
        pytest.param(b"torch \\\n# why\nnumpy\n", b"torch==2.5.1 \\\n# why\nnumpy==2.1.3\n", id="a comment follows"),
    ],
)
def test_requirements(before: bytes, after: bytes) -> None:
    assert mended("requirements.txt", before, {"constraints.txt": CONSTRAINTS}) == after


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        pytest.param("pandas\n", {"constraints.txt": CONSTRAINTS}, id="nobody knows the version"),
        pytest.param("torch<2.5\n", {"constraints.txt": CONSTRAINTS}, id="the known version is excluded"),
        pytest.param("torch\n", {"constraints.txt": "torch>=2\n"}, id="the constraint is a range"),
        pytest.param(
            "torch\n", {"constraints.txt": "torch==2.5\n", "constraints-b.txt": "torch==2.4\n"}, id="two disagree"
        ),
        pytest.param("torch\n", {"other.txt": "torch==2.5.1\n"}, id="a file that is no lock"),
        pytest.param("torch>=2 \\\n# why\n", {"constraints.txt": "torch>=1\n"}, id="a comment behind a continuation"),
        pytest.param("torch==2.5.1\n", {"constraints.txt": CONSTRAINTS}, id="nothing to mend"),
    ],
)
def test_what_is_not_certain_is_left_alone(text: str, beside: dict[str, str]) -> None:
    assert mended("requirements.txt", text.encode(), beside) is None


def test_a_finding_that_was_waived_is_left_alone() -> None:
    text, others = b"torch\nnumpy\n", {"constraints.txt": CONSTRAINTS.encode()}
    findings = judge("requirements.txt", text, {**others})
    assert fix("requirements.txt", text, others, findings[1:]) == b"torch\nnumpy==2.1.3\n"


def test_nothing_is_changed_without_the_flag() -> None:
    others = {"constraints.txt": CONSTRAINTS.encode()}
    findings = judge("requirements.txt", b"torch\n", {**others})
    assert fix("requirements.txt", b"torch\n", others, findings, fix=False) is None


@pytest.mark.parametrize(
    ("path", "before", "after", "beside"),
    [
        pytest.param(
            "pyproject.toml",
            "[project]\nname = 'x'\ndependencies = [\n  \"torch>=2\", # why\n  'numpy',\n]\n",
            "[project]\nname = 'x'\ndependencies = [\n  \"torch==2.5.1\", # why\n  'numpy==2.1.3',\n]\n",
            {"constraints.txt": CONSTRAINTS},
            id="pyproject",
        ),
        pytest.param(
            "pyproject.toml",
            "[tool.poetry.dependencies]\ntorch = \"^2.1\"\nnumpy = {version = '*', optional = true}\n",
            "[tool.poetry.dependencies]\ntorch = \"2.5.1\"\nnumpy = {version = '2.1.3', optional = true}\n",
            {"constraints.txt": CONSTRAINTS},
            id="Poetry's language",
        ),
        pytest.param(
            "Dockerfile",
            "FROM python:3.11\nRUN pip install \\\n    'torch>=2' numpy \\\n && ls\n",
            "FROM python:3.11\nRUN pip install \\\n    'torch==2.5.1' numpy==2.1.3 \\\n && ls\n",
            {"constraints.txt": CONSTRAINTS},
            id="a Dockerfile",
        ),
        pytest.param(
            "requirements.txt",
            "torch\n",
            "torch==2.5.1\n",
            {
                "uv.lock": 'version = 1\n[[package]]\nname = "torch"\n'
                'version = "2.5.1"\nsource = { registry = "https://h.example" }\n'
            },
            id="from a lock",
        ),
        pytest.param(
            "environment.yml",
            "channels: [c]\ndependencies:\n  - pip\n  - pip:\n    - torch\n",
            "channels: [c]\ndependencies:\n  - pip\n  - pip:\n    - torch==2.5.1\n",
            {"constraints.txt": CONSTRAINTS},
            id="a pip block",
        ),
    ],
)
def test_other_places(path: str, before: str, after: str, beside: dict[str, str]) -> None:
    fixed = mended(path, before.encode(), beside)
    assert fixed is not None
    assert fixed.decode() == after
    assert [finding.rule.id for finding in judge(path, fixed, {**beside}) if "unpinned" in finding.rule.id] in (
        [],
        ["unpinned-requirement"],  # conda's own pip, which no constraint names
    )


@pytest.mark.parametrize(
    ("line", "mended_line"),
    [
        pytest.param("!pip install torch", "!pip install torch==2.5.1", id="a bare name"),
        pytest.param("%pip install -q 'torch>=2' numpy", "%pip install -q 'torch==2.5.1' numpy==2.1.3", id="a command"),
        pytest.param('!pip install "torch>=2" a', '!pip install "torch==2.5.1" a', id="quotes of JSON"),
        pytest.param("x = '\u00fc\U0001f600' # x\n!pip install torch", None, id="escapes in front"),
        pytest.param("!pip install torch \\\n   numpy", None, id="a continued command"),
        pytest.param("subprocess.run(['pip', 'install', 'torch'])", None, id="Python"),
    ],
)
@pytest.mark.parametrize("escaped", [True, False])
def test_notebooks(line: str, mended_line: str | None, escaped: bool) -> None:
    def notebook(source: str) -> bytes:
        cell = {"cell_type": "code", "source": source.splitlines(keepends=True), "outputs": [], "metadata": {}}
        document = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        return json.dumps(document, indent=1, ensure_ascii=escaped).encode()

    expected = mended_line or line.replace("torch", "torch==2.5.1").replace("numpy", "numpy==2.1.3")
    assert mended("a.ipynb", notebook(line), {"constraints.txt": CONSTRAINTS}) == notebook(expected)


def test_a_notebook_with_a_version_that_nobody_knows_is_told_and_not_mended() -> None:
    cell = {"cell_type": "code", "source": ["!pip install pandas\n"], "outputs": [], "metadata": {}}
    notebook = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
    assert mended("a.ipynb", notebook, {"constraints.txt": CONSTRAINTS}) is None


def test_an_action_gets_the_commit_that_another_workflow_names() -> None:
    text = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - uses: actions/cache@v4\n"
    beside = {".github/workflows/other.yml": f"jobs:\n  b:\n    steps:\n      - uses: actions/checkout@{COMMIT} # v4\n"}
    fixed = mended(".github/workflows/ci.yml", text.encode(), beside, require="hashed")
    assert fixed is not None
    assert fixed.decode() == text.replace("checkout@v4", f"checkout@{COMMIT} # v4")
