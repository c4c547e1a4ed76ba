"""Dockerfiles, workflows and pre-commit configuration: where a rule must speak, and where it must be silent."""

from __future__ import annotations

import pytest

from .judging import levels, rules

DIGEST = "0123456789abcdef" * 4
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FROM = f"FROM python:3.11@sha256:{DIGEST}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("FROM python\n", ["untagged-image"], id="no tag"),
        pytest.param("FROM registry.example:5000/python\n", ["untagged-image"], id="a port is no tag"),
        pytest.param("FROM registry.example:5000/python:3.11\n", [], id="a port and a tag"),
        pytest.param("FROM --platform=linux/amd64 python:3.11 AS a\n", [], id="a platform"),
        pytest.param("FROM scratch\n", [], id="scratch"),
        pytest.param(f"FROM python:latest@sha256:{DIGEST}\n", [], id="a digest behind latest"),
        pytest.param("FROM python:3.11 AS Base\nFROM base\n", [], id="a stage, whatever its case"),
        pytest.param("ARG B=python\nFROM ${B}\n", ["untagged-image"], id="an argument that floats"),
        pytest.param("ARG V=3.11\nFROM python:${V}-slim\n", [], id="an argument that is exact"),
        pytest.param("FROM python:${V:-3.11}\n", [], id="a default"),
        pytest.param("ARG B\nFROM $B\n", ["computed-requirement"], id="an argument without a default"),
        pytest.param("# syntax=docker/dockerfile:1\nFROM python:3.11\n", [], id="a syntax image with a tag"),
        pytest.param("# syntax=evil/frontend\nFROM python:3.11\n", ["untagged-image"], id="a syntax image without"),
        pytest.param(FROM + "COPY --from=busybox /a /b\n", ["copy-from-latest"], id="copied out of an image"),
        pytest.param(
            FROM + "RUN --mount=type=bind,from=busybox:latest,target=/x ls\n", ["copy-from-latest"], id="a mount"
        ),
        pytest.param(
            "FROM python:3.11 AS b\nFROM python:3.11\nCOPY --from=b /a /b\nCOPY --from=0 /a /b\n",
            [],
            id="copied out of stages",
        ),
        pytest.param(FROM + "ADD https://h.example/a.tgz /a\n", ["url-without-hash"], id="an added URL"),
        pytest.param(FROM + f"ADD --checksum=sha256:{DIGEST} https://h.example/a.tgz /a\n", [], id="with a checksum"),
        pytest.param(
            FROM + "ADD https://h.example/o/r.git#main /a\n", ["vcs-without-commit"], id="an added repository"
        ),
        pytest.param(FROM + "ADD local.tgz /a\nCOPY . /b\n", [], id="local files"),
        pytest.param(FROM + "RUN pip install torch\n", ["unpinned-requirement"], id="an install"),
        pytest.param(FROM + "RUN pip install torch==2.1.0 -t /x --no-cache-dir\n", [], id="a value is no package"),
        pytest.param(FROM + 'RUN ["pip", "install", "torch"]\n', ["unpinned-requirement"], id="JSON form"),
        pytest.param(FROM + "RUN <<EOF\npip install torch\nEOF\n", ["unpinned-requirement"], id="a here-document"),
        pytest.param(FROM + "RUN cat <<EOF > x.txt\npip install torch\nEOF\n", [], id="a here-document that is a file"),
        pytest.param(
            FROM + "RUN pip install \\\n  # why\n\n  torch\n", ["unpinned-requirement"], id="a comment in between"
        ),
        pytest.param(FROM + "ARG V=2.1.0\nRUN pip install torch==$V\n", [], id="an argument in a version"),
        pytest.param(FROM + "RUN pip install torch==$V\n", ["computed-requirement"], id="a version from outside"),
        pytest.param(FROM + "RUN bash -c 'pip install torch'\n", ["unpinned-requirement"], id="a shell in a shell"),
        pytest.param(FROM + "RUN echo pip install torch\n", [], id="text"),
        pytest.param(
            FROM + "RUN pip install -U pip setuptools wheel\n", ["bootstrap-upgrade"], id="installers, one note"
        ),
        pytest.param(FROM + "ENV PIP_EXTRA_INDEX_URL=https://h.example/s\n", ["extra-index"], id="a variable for pip"),
        pytest.param(FROM + "ENV PIP_TRUSTED_HOST h.example\n", ["trusted-host"], id="the old form of ENV"),
        pytest.param(FROM + "RUN conda install -y numpy=1.26\n", ["wildcard-version"], id="conda"),
        pytest.param(FROM + "RUN conda install -c conda-forge numpy=1.26.4\n", [], id="conda, exact"),
        pytest.param(FROM + "RUN uv pip install --system torch\n", ["unpinned-requirement"], id="uv"),
        pytest.param(FROM + "ONBUILD RUN pip install torch\n", ["unpinned-requirement"], id="for later"),
        pytest.param(
            FROM + "RUN curl -sSL https://h.example/i.sh | sudo -E bash -\n", ["pipe-to-shell"], id="into a shell"
        ),
        pytest.param(
            FROM + 'RUN bash -c "$(curl -fsSL https://h.example/i.sh)"\n', ["pipe-to-shell"], id="substituted"
        ),
        pytest.param(
            FROM + "RUN curl -o i.sh https://h.example/i.sh\nRUN sh i.sh\n", ["pipe-to-shell"], id="in two steps"
        ),
        pytest.param(
            FROM + "RUN curl -o i.sh https://h.example/i.sh && echo x i.sh | sha256sum -c && sh i.sh\n",
            [],
            id="checked in between",
        ),
        pytest.param(FROM + "RUN curl https://h.example/a.json | python -m json.tool\n", [], id="data for a program"),
        pytest.param(FROM + f"RUN curl https://raw.githubusercontent.com/o/r/{COMMIT}/i.sh | sh\n", [], id="by commit"),
        pytest.param(FROM + "RUN curl http://localhost:8000/x | sh\n", [], id="from this machine"),
    ],
)
def test_dockerfiles(text: str, expected: list[str]) -> None:
    assert rules("Dockerfile", text) == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        pytest.param("uses: actions/checkout@v4", [], id="a tag"),
        pytest.param("uses: pypa/gh-action-pypi-publish@release/v1", [], id="a moving release, like a tag"),
        pytest.param("uses: owner/action@main", ["branch-action-ref:error"], id="a branch"),
        pytest.param("uses: owner/action", ["branch-action-ref:error"], id="nothing"),
        pytest.param("uses: ./.github/actions/x", [], id="an action of the repository"),
        pytest.param("uses: docker://alpine", ["untagged-image:note"], id="an image as an action"),
        pytest.param("run: pip install torch", ["unpinned-requirement:note"], id="an install in CI is one level lower"),
        pytest.param("run: pip install .[test]", [], id="the checkout"),
        pytest.param(
            "run: pip install --extra-index-url https://h.example/s x==1",
            ["extra-index:error"],
            id="sources keep theirs",
        ),
        pytest.param("run: curl https://h.example/i.sh | sh", ["pipe-to-shell:error"], id="into a shell"),
        pytest.param(
            "run: |\n          cd x\n          curl -L https://h.example/i.sh | bash",
            ["pipe-to-shell:error"],
            id="a block",
        ),
        pytest.param("run: pip install torch==${{ matrix.torch }}", [], id="a matrix"),
        pytest.param("env: {PIP_TRUSTED_HOST: h.example}", ["trusted-host:error"], id="a variable"),
    ],
)
def test_workflows(step: str, expected: list[str]) -> None:
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - {step}\n"
    assert levels(".github/workflows/ci.yml", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("rev: v1.2.3", [], id="a released tag"),
        pytest.param("rev: main", ["mutable-hook-rev:warning"], id="a branch"),
        pytest.param("rev: v1", ["mutable-hook-rev:warning"], id="a tag without a dot, as pre-commit warns"),
        pytest.param("rev: 0123abc", [], id="a commit"),
        pytest.param("hooks: []", ["mutable-hook-rev:warning"], id="no rev"),
        pytest.param(
            "rev: v1.2\n    hooks: [{id: a, additional_dependencies: [types-x]}]",
            ["unpinned-hook-dependency:note"],
            id="a package",
        ),
        pytest.param(
            "rev: v1.2\n    hooks: [{id: a, additional_dependencies: ['types-x==1']}]", [], id="an exact package"
        ),
        pytest.param(
            "rev: v1.2\n    hooks: [{id: a, additional_dependencies: ['prettier@2.0', '@b/c@1', './x']}]", [], id="npm"
        ),
        pytest.param(
            "rev: v1.2\n    hooks: [{id: a, language: node, additional_dependencies: [eslint]}]",
            [],
            id="another language",
        ),
    ],
)
def test_pre_commit(text: str, expected: list[str]) -> None:
    config = f"repos:\n  - repo: https://h.example/r\n    {text}\n  - repo: local\n    hooks: []\n"
    assert levels(".pre-commit-config.yaml", config) == expected
