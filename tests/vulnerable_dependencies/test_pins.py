"""What can be audited: exact versions, in every language that has them."""

from __future__ import annotations

import pytest

from mlhooks.core.files import Blob
from mlhooks.formats import dependency
from mlhooks.formats.dependency import Grammar
from mlhooks.vulnerable_dependencies.pins import Entry, Pin, entries, exact_version

PEP440, POETRY, PIXI, CONDA = Grammar.PEP440, Grammar.POETRY, Grammar.PIXI, Grammar.CONDA


@pytest.mark.parametrize(
    ("specifier", "grammar", "version"),
    [
        pytest.param("==1.2.3", PEP440, "1.2.3", id="exact"),
        pytest.param("===1.2.3", PEP440, "1.2.3", id="exact, as text"),
        pytest.param(" == 1.2.3 ", PEP440, "1.2.3", id="blanks"),
        pytest.param("(==1.2.3)", PEP440, "1.2.3", id="brackets"),
        pytest.param("==2.0.0+cu118", PEP440, "2.0.0+cu118", id="a build"),
        pytest.param("==1!2.0", PEP440, "1!2.0", id="an epoch"),
        pytest.param("==1.2.3,!=1.2.4", PEP440, "1.2.3", id="exact, and a bound that changes nothing"),
        pytest.param(">=1.0,<=1.0", PEP440, "1.0", id="one version is left"),
        pytest.param("==1.2.*", PEP440, "", id="a wildcard"),
        pytest.param(">=1.0", PEP440, "", id="a lower bound"),
        pytest.param("~=1.4.2", PEP440, "", id="compatible"),
        pytest.param("1.2.3", PEP440, "", id="bare means nothing to pip"),
        pytest.param("", PEP440, "", id="no version"),
        pytest.param("1.2.3", POETRY, "1.2.3", id="poetry: bare is exact"),
        pytest.param("1.2", POETRY, "1.2", id="poetry: also a short one"),
        pytest.param("^1.2", POETRY, "", id="poetry: a caret floats"),
        pytest.param("~1.2.3", POETRY, "", id="poetry: a tilde floats"),
        pytest.param("1.2.*", POETRY, "", id="poetry: a wildcard"),
        pytest.param("*", POETRY, "", id="poetry: anything"),
        pytest.param("1.0 || 2.0", POETRY, "", id="poetry: one or the other"),
        pytest.param("1.2.3", PIXI, "1.2.3", id="pixi: three components are exact"),
        pytest.param("1.2", PIXI, "", id="pixi: two are not"),
        pytest.param("==1.2.3", CONDA, "1.2.3", id="conda: exact"),
        pytest.param("1.2.3", CONDA, "1.2.3", id="conda: a blank before the version"),
        pytest.param("=1.2.3=py311_0", CONDA, "1.2.3", id="conda: with a build"),
        pytest.param("1.2.3 py311_0", CONDA, "1.2.3", id="conda: with a build after a blank"),
        pytest.param("=1.2.3", CONDA, "1.2.3", id="conda: three components do not float in practice"),
        pytest.param("=1.2", CONDA, "", id="conda: two do"),
        pytest.param(">=1.2", CONDA, "", id="conda: a bound"),
        pytest.param("1.2|1.3", CONDA, "", id="conda: one or the other"),
    ],
)
def test_exact_version(specifier: str, grammar: Grammar, version: str) -> None:
    assert exact_version(specifier, grammar) == version


def read(path: str, text: str, **others: str) -> list[Entry]:
    blob = Blob(path, text.encode(), others={name.replace("__", "."): other.encode() for name, other in others.items()})
    return list(entries(dependency.read(blob)))


def test_every_line_of_a_requirements_file_ends_as_one_or_the_other() -> None:
    text = """\
requests==2.19.1 ; sys_platform == "win32"
torch==2.0.0+cu118
pandas
https://example.org/wheels/leaky-1.5-py3-none-any.whl
wheels/leaky-1.6-cp311-cp311-linux_x86_64.whl
leaky @ https://example.org/leaky-1.7.tar.gz
leaky @ https://example.org/leaky-main.zip
git+https://example.org/org/tool@v1
-e ./vendored/tool
-e .
tool==${TOOL_VERSION}
leaky=1.0
--index-url https://example.org/simple
-r https://example.org/more.txt
"""
    found = [(entry.pin or entry.reason.partition(":")[0]) for entry in read("requirements.txt", text)]
    assert found == [
        Pin("requests", "2.19.1"),
        Pin("torch", "2.0.0+cu118"),
        "no exact version",
        Pin("leaky", "1.5"),
        Pin("leaky", "1.6"),
        Pin("leaky", "1.7"),
        "an archive without a version in its name",
        "a repository, not a release",
        "a local path",
        "it is computed (${TOOL_VERSION})",
        "unreadable",
        "a file at a URL, which is not fetched",
    ]


@pytest.mark.parametrize(
    ("path", "text", "pins"),
    [
        pytest.param(
            "pyproject.toml",
            '[project]\nname = "x"\ndependencies = ["leaky==1.0", "other>=2"]\n'
            '[dependency-groups]\ndev = ["tool==3.0"]\n',
            [Pin("leaky", "1.0"), Pin("tool", "3.0")],
            id="pyproject",
        ),
        pytest.param(
            "pyproject.toml",
            '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "^3.11"\nleaky = "1.0"\nother = "^2"\n',
            [Pin("leaky", "1.0")],
            id="poetry",
        ),
        pytest.param(
            "environment.yml",
            "name: x\nchannels: [conda-forge]\ndependencies:\n"
            "  - python=3.11\n  - pytorch=2.1.0\n  - libgcc=13.2.0\n  - pip:\n    - leaky==1.0\n",
            [Pin("torch", "2.1.0"), Pin("leaky", "1.0")],
            id="conda: names that are known to be the same, and pip's",
        ),
        pytest.param(
            "Dockerfile",
            "FROM python:3.11\nRUN pip install leaky==1.0 other && uv pip install tool==3.0\n",
            [Pin("leaky", "1.0"), Pin("tool", "3.0")],
            id="image",
        ),
        pytest.param(
            "eda.ipynb",
            '{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null,'
            ' "source": ["%pip install leaky==1.0\\n", "!pip install -q tool==3.0"]}],'
            ' "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
            [Pin("leaky", "1.0"), Pin("tool", "3.0")],
            id="notebook",
        ),
    ],
)
def test_pins_are_found_in_every_kind_of_file(path: str, text: str, pins: list[Pin]) -> None:
    assert [entry.pin for entry in read(path, text) if entry.pin] == pins


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("Dockerfile", "FROM python:latest\nCOPY --from=other/image /a /b\n", id="images"),
        pytest.param(
            "requirements.txt", "-e .[dev]\n--extra-index-url https://example.org/simple\n", id="the project itself"
        ),
        pytest.param("requirements.txt", "-e .\n./\n../..\n-e ./..[dev]\n", id="the project's own folders"),
        pytest.param("train.py", 'print("pip install leaky==1.0")\n', id="a text that is printed"),
        pytest.param("requirements.txt", "# leaky==1.0\n", id="a comment"),
    ],
)
def test_what_is_no_python_package_is_no_entry(path: str, text: str) -> None:
    assert read(path, text) == []


@pytest.mark.parametrize("path", ["." * 800 + "x", "./" * 400 + "x", "./vendored"])
def test_other_paths_are_entries(path: str) -> None:
    """Also in no time when they are made to be hard to read."""
    assert [entry.reason for entry in read("requirements.txt", f"{path}\n")] == ["a local path"]


@pytest.mark.parametrize("variable", ["$VERSION", "${VERSION}", "${version}", "$v1"])
def test_what_is_computed_is_named_whole(variable: str) -> None:
    assert [entry.reason for entry in read("a.sh", f"pip install leaky=={variable}x\n")] == [
        f"it is computed ({variable}{'' if '}' in variable else 'x'})"
    ]
