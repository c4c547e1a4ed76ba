"""Manifests, notebooks, Python and all other places: where a rule must speak, and where it must be silent."""

from __future__ import annotations

import json

import pytest

from .judging import levels, rules

DIGEST = "0123456789abcdef" * 4
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FROM = f"FROM python:3.11@sha256:{DIGEST}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "[[tool.uv.index]]\nurl = 'https://h.example/s'\n", ["extra-index:error"], id="a uv index for any name"
        ),
        pytest.param(
            "[[tool.uv.index]]\nurl = 'https://h.example/s'\nexplicit = true\n", [], id="an explicit uv index"
        ),
        pytest.param("[[tool.uv.index]]\nurl = 'https://h.example/s'\ndefault = true\n", [], id="instead of PyPI"),
        pytest.param(
            "[[tool.uv.index]]\nurl = 'http://h.example/s'\nexplicit = true\n", ["insecure-index:error"], id="http"
        ),
        pytest.param(
            "[tool.uv]\nindex-strategy = 'unsafe-best-match'\n", ["extra-index:error"], id="a mixing strategy"
        ),
        pytest.param("[tool.uv]\nindex-strategy = 'first-index'\n", [], id="the safe strategy"),
        pytest.param("[tool.uv]\nallow-insecure-host = ['h.example']\n", ["trusted-host:error"], id="an insecure host"),
        pytest.param(
            "[tool.uv.pip]\nextra-index-url = ['https://h.example/s']\n", ["extra-index:error"], id="for uv pip"
        ),
        pytest.param(
            "[tool.uv.sources]\nx = {git = 'https://h.example/x', branch = 'main'}\n",
            ["vcs-without-commit:warning"],
            id="a uv source at a branch",
        ),
        pytest.param(
            f"[tool.uv.sources]\nx = {{git = 'https://h.example/x', rev = '{COMMIT}'}}\n", [], id="at a commit"
        ),
        pytest.param(
            "[tool.uv.sources]\nx = {workspace = true}\ny = {path = 'y'}\nz = {index = 'i'}\n", [], id="local sources"
        ),
        pytest.param("[[tool.poetry.source]]\nname = 'a'\nurl = 'https://h.example/s'\n", [], id="one poetry source"),
        pytest.param(
            "[[tool.poetry.source]]\nname = 'PyPI'\n[[tool.poetry.source]]\nname = 'a'\nurl = 'https://h.example/s'\n",
            ["extra-index:error"],
            id="two primary sources",
        ),
        pytest.param(
            "[[tool.poetry.source]]\nname = 'a'\nurl = 'https://h.example/s'\npriority = 'supplemental'\n",
            ["extra-index:error"],
            id="a supplemental source",
        ),
        pytest.param(
            "[[tool.poetry.source]]\nname = 'a'\nurl = 'https://h.example/s'\npriority = 'explicit'\n",
            [],
            id="an explicit source",
        ),
        pytest.param(
            "[[tool.pdm.source]]\nname = 'a'\nurl = 'https://h.example/s'\nverify_ssl = false\n",
            ["extra-index:error", "trusted-host:error"],
            id="a pdm source, unverified",
        ),
        pytest.param(
            "[[tool.pdm.source]]\nname = 'pypi'\nurl = 'https://h.example/s'\n", [], id="a pdm source instead of PyPI"
        ),
        pytest.param(
            "[tool.pixi.pypi-options]\nextra-index-urls = ['https://h.example/s']\n", ["extra-index:error"], id="pixi"
        ),
        pytest.param(
            "[build-system]\nrequires = ['setuptools', 'wheel']\n[project]\nname = 'x'\ndependencies = ['numpy>=1']\n",
            [],
            id="a library",
        ),
        pytest.param(
            "[project]\nname = 'x'\ndependencies = ['numpy>=1', 'torch==2.1.0']\n",
            ["lower-bound-only:warning"],
            id="no build-system: an application",
        ),
        pytest.param(
            "[project]\nname = 'x'\n[dependency-groups]\ndev = ['pytest', {include-group = 'b'}]\nb = ['ruff==0.1']\n",
            ["unpinned-requirement:note"],
            id="groups are for development",
        ),
    ],
)
def test_pyproject(text: str, expected: list[str]) -> None:
    assert levels("pyproject.toml", text) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["!pip install torch numpy"], ["notebook-install"], id="one note per command"),
        pytest.param(["%pip install torch==2.1.0"], [], id="exact"),
        pytest.param(["pip install torch"], ["notebook-install"], id="what IPython takes for a magic"),
        pytest.param(["!cd x && {sys.executable} -m pip install -q torch"], ["notebook-install"], id="behind another"),
        pytest.param(["%%bash", "pip install torch"], ["notebook-install"], id="a shell cell"),
        pytest.param(["%%writefile x.sh", "pip install torch"], [], id="a file that is written"),
        pytest.param(["!pip install -r requirements.txt"], [], id="a file"),
        pytest.param(["!pip install {package}"], [], id="a name that is computed"),
        pytest.param(["# !pip install torch"], [], id="a comment"),
        pytest.param(["print('pip install torch')"], [], id="text"),
        pytest.param(["import os", "os.system('pip install torch')"], ["notebook-install"], id="Python that installs"),
        pytest.param(["!pip install --trusted-host h.example a==1"], ["trusted-host"], id="sources keep their rule"),
        pytest.param(["!pip install git+https://h.example/p"], ["vcs-without-commit"], id="a repository"),
        pytest.param(["!curl https://h.example/i.sh | bash"], ["pipe-to-shell"], id="into a shell"),
        pytest.param(["!conda install -y numpy"], ["notebook-install"], id="conda"),
        pytest.param(["!pip install torch \\", "  numpy==1.0"], ["notebook-install"], id="continued"),
        pytest.param(["if True:", "    !pip install torch", "x = 1"], ["notebook-install"], id="inside a block"),
    ],
)
def test_notebooks(lines: list[str], expected: list[str]) -> None:
    source = [line + "\n" for line in lines]
    cell = {"cell_type": "code", "source": source, "outputs": [], "metadata": {}, "execution_count": None}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    assert rules("eda.ipynb", json.dumps(notebook, indent=1)) == expected


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        pytest.param("train.py", "x = 'pip install torch'\n", [], id="text in Python"),
        pytest.param("train.py", '"""Run pip install torch."""\n', [], id="a docstring"),
        pytest.param(
            "train.py", "subprocess.run(['pip', 'install', 'torch'])\n", ["unpinned-requirement"], id="a command"
        ),
        pytest.param(
            "train.py",
            "subprocess.check_call([sys.executable, '-m', 'pip', 'install', name])\n",
            ["computed-requirement"],
            id="a computed name",
        ),
        pytest.param("train.py", "run('pip install torch'.split())\n", ["unpinned-requirement"], id="a split text"),
        pytest.param("train.py", "os.system(f'pip install torch=={v}')\n", ["computed-requirement"], id="an f-string"),
        pytest.param(
            "job.py", "# /// script\n# dependencies = ['torch']\n# ///\n", ["unpinned-requirement"], id="a script block"
        ),
        pytest.param(
            "job.py", "# /// script\n# dependencies = ['torch==2.1.0']\n# ///\n", [], id="an exact script block"
        ),
        pytest.param(
            "app.py",
            "image.pip_install('torch', extra_index_url='https://h.example/s')\n",
            ["unpinned-requirement", "extra-index"],
            id="modal",
        ),
        pytest.param("app.py", "image.from_registry('nvidia/cuda')\n", ["untagged-image"], id="modal's base image"),
        pytest.param(
            "pipe.py",
            "@dsl.component(packages_to_install=['torch'], base_image='python')\ndef f(): pass\n",
            ["unpinned-requirement", "untagged-image"],
            id="Kubeflow",
        ),
        pytest.param(
            "pipe.py",
            "@dsl.component(packages_to_install=['torch==2.1.0'], base_image='python:3.11')\ndef f(): pass\n",
            [],
            id="Kubeflow, exact",
        ),
        pytest.param(
            "serve.py", "ray.init(runtime_env={'pip': ['torch', 'a==1']})\n", ["unpinned-requirement"], id="Ray"
        ),
        pytest.param(
            "log.py", "mlflow.sklearn.log_model(m, pip_requirements=['torch'])\n", ["unpinned-requirement"], id="MLflow"
        ),
        pytest.param(
            "old.py",
            "print 'x'\nos.system('pip install torch')\n",
            ["unparseable-requirement"],
            id="Python 2 that installs",
        ),
        pytest.param("old.py", "print 'x' # pip\n", [], id="Python 2 that does not"),
        pytest.param(
            "noxfile.py", "def t(session):\n    session.install('pytest', 'a==1')\n", ["unpinned-requirement"], id="nox"
        ),
        pytest.param(
            "setup.py", "setup(install_requires=['torch'], extras_require={'dev': ['pytest']})\n", [], id="a library"
        ),
        pytest.param(
            "setup.py",
            "setup(install_requires=['x @ git+https://h.example/x'])\n",
            ["vcs-without-commit"],
            id="a library's branch",
        ),
        pytest.param(
            "setup.py", "setup(install_requires=read('requirements.txt'))\n", [], id="a library that reads a file"
        ),
        pytest.param(
            "setup.py", "setup(install_requires=compute())\n", ["computed-requirement"], id="a computed library"
        ),
        pytest.param(
            "setup.cfg",
            "[options]\ninstall_requires =\n  torch\n  x @ git+https://h.example/x\n",
            ["vcs-without-commit"],
            id="setup.cfg",
        ),
        pytest.param(
            "tox.ini", "[testenv]\ndeps =\n  py311: pytest\n  -r req.txt\n  a==1\n", ["unpinned-requirement"], id="tox"
        ),
        pytest.param(
            "pip.conf",
            "[global]\nextra-index-url =\n  https://a.example/s\n  https://b.example/s\n",
            ["extra-index", "extra-index"],
            id="pip's configuration",
        ),
        pytest.param(
            "Pipfile",
            "[packages]\ntorch = '*'\na = '==1.0'\nb = {path = 'b'}\n",
            ["unpinned-requirement"],
            id="Pipfile",
        ),
        pytest.param(
            "Pipfile",
            "[[source]]\nurl = 'https://a.example/s'\nverify_ssl = true\n[[source]]\nname = 'b'\n"
            "url = 'https://b.example/s'\n[packages]\na = '==1'\n",
            ["extra-index"],
            id="two sources",
        ),
        pytest.param(
            "pixi.toml",
            "[dependencies]\nnumpy = '*'\na = '1.2.3'\npython = '3.11.*'\n",
            ["unpinned-requirement"],
            id="pixi",
        ),
        pytest.param(
            "environment.yml",
            "channels: [http://h.example/c]\ndependencies: [a=1.2.3]\n",
            ["insecure-index"],
            id="a conda channel over http",
        ),
        pytest.param(
            "environment.yml",
            "dependencies:\n  - a=1.2.3\n  - pip:\n    - torch\n    - --extra-index-url https://h.example/s\n",
            ["unpinned-requirement", "extra-index"],
            id="conda's pip block",
        ),
        pytest.param("environments.yaml", "staging:\n  dependencies: {a: b}\n", [], id="other YAML of that name"),
        pytest.param(
            "cog.yaml",
            "build:\n  python_packages: [torch, a==1]\n  run:\n    - command: pip install b\n    - pip install c==1\n",
            ["unpinned-requirement", "unpinned-requirement"],
            id="Cog",
        ),
        pytest.param(
            "bentofile.yaml",
            "python:\n  packages: [torch]\n  trusted_host: [h.example]\ndocker:\n  base_image: python\n",
            ["unpinned-requirement", "trusted-host", "untagged-image"],
            id="BentoML",
        ),
        pytest.param(
            "bentofile.yaml", "python:\n  packages: [torch]\n  lock_packages: true\n", [], id="BentoML locks itself"
        ),
        pytest.param(
            "python_env.yaml",
            "python: 3.11.1\ndependencies: [torch]\nbuild_dependencies: [pip==1]\n",
            ["unpinned-requirement"],
            id="MLflow's environment",
        ),
        pytest.param("MLproject", "docker_env:\n  image: python\n", ["untagged-image"], id="an MLflow project"),
        pytest.param("run.sh", "pip install torch\n# pip install numpy\n", ["unpinned-requirement"], id="a script"),
        pytest.param("run.sh", "retry 3 pip install torch\n", ["unpinned-requirement"], id="an unknown wrapper"),
        pytest.param(
            "run.sh", "pip install torch>=2\n", ["unpinned-requirement"], id="an unquoted > is a file, not a bound"
        ),
        pytest.param("run.sh", "uv sync --frozen\nuv pip sync requirements.txt\npoetry install\n", [], id="from locks"),
        pytest.param(
            ".env", "PIP_INDEX_URL=http://h.example/s\nOTHER=pip install x\n", ["insecure-index"], id="variables"
        ),
        pytest.param(
            "data.dvc",
            "deps:\n- path: a\n  repo:\n    url: https://h.example/r\n    rev: main\n",
            ["vcs-without-commit"],
            id="DVC",
        ),
        pytest.param(
            "data.dvc", f"deps:\n- repo:\n    url: https://h.example/r\n    rev_lock: {COMMIT}\n", [], id="DVC, locked"
        ),
        pytest.param(
            "dvc.yaml", "stages:\n  a:\n    cmd: pip install torch\n", ["unpinned-requirement"], id="a DVC stage"
        ),
        pytest.param("notes.txt", "pip install torch\n", [], id="prose that somebody named"),
        pytest.param(
            "deps.txt", "torch\nnumpy==1.0\n", ["unpinned-requirement"], id="a requirements file by another name"
        ),
        pytest.param("image.png", "pip install torch", [], id="a picture that somebody named"),
    ],
)
def test_other_places(path: str, text: str, expected: list[str]) -> None:
    assert sorted(rules(path, text)) == sorted(expected)
