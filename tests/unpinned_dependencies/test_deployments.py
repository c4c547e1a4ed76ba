"""Makefiles, Ray's environments in YAML, SageMaker, and images of deployments: where a rule speaks, and where not."""

from __future__ import annotations

import pytest

from .judging import levels, rules

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LIBRARY = "[build-system]\nrequires = ['setuptools']\n[project]\nname = 'x'\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a:\n\tpip install torch\n", ["unpinned-requirement:note"], id="a recipe"),
        pytest.param("a:\n\t@-pip install torch==1.0\n", [], id="an exact recipe"),
        pytest.param("a: b ; pip install torch\n", ["unpinned-requirement:note"], id="on the line of the target"),
        pytest.param("PIP = pip3\na:\n\t$(PIP) install torch\n", ["unpinned-requirement:note"], id="pip by variable"),
        pytest.param("a:\n\t$(PYTHON) -m pip install torch\n", ["unpinned-requirement:note"], id="Python by variable"),
        pytest.param("P = torch\na:\n\tpip install $(P)\n", ["unpinned-requirement:note"], id="a name by variable"),
        pytest.param(
            "F := --extra-index-url https://h.example/s\na:\n\tpip install ${F} a==1\n",
            ["extra-index:error"],
            id="flags",
        ),
        pytest.param("export PIP_TRUSTED_HOST = h.example\n", ["trusted-host:error"], id="an exported variable"),
        pytest.param("a:\n\tpip install \\\n\t  torch\n", ["unpinned-requirement:note"], id="continued"),
        pytest.param("a:\n\tcurl https://h.example/i.sh | sh\n", ["pipe-to-shell:error"], id="into a shell"),
        pytest.param("X := $(shell pip install torch)\n", ["unpinned-requirement:note"], id="when make reads it"),
        pytest.param("a:\n\tpip install -e .[dev]\n\tpip install -r requirements.txt\n", [], id="the checkout"),
        pytest.param("# pip install torch\na:\n\techo 'pip install torch'\n", [], id="text"),
        pytest.param("install: build\n\t$(CC) install\n\tcp x $(DESTDIR)\n", [], id="another install"),
        pytest.param("A = $(A) pip\nB = $(B)$(B)\na:\n\tpip install $(B)\n", [], id="variables without an end"),
    ],
)
def test_makefiles(text: str, expected: list[str]) -> None:
    assert [found for found in levels("Makefile", text) if not found.startswith("computed")] == expected


def test_the_makefile_of_a_library_is_for_its_development() -> None:
    assert rules("Makefile", "a:\n\tpip install build twine\n", {"pyproject.toml": LIBRARY}) == []


SERVE = "applications:\n  - name: a\n    runtime_env:\n      {}\n"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param("pip: [torch, a==1]", ["unpinned-requirement"], id="a list"),
        pytest.param("uv: {packages: [torch]}", ["unpinned-requirement"], id="a table"),
        pytest.param("pip: requirements.txt", [], id="a file"),
        pytest.param("pip: [torch==2.5.1]", [], id="exact"),
        pytest.param("conda: {dependencies: [numpy, {pip: [torch]}]}", ["unpinned-requirement"] * 2, id="conda"),
        pytest.param("conda: my_env", [], id="an environment by name"),
        pytest.param("image_uri: rayproject/ray", ["untagged-image"], id="an image"),
        pytest.param("image_uri: rayproject/ray:2.9.0-py311", [], id="an image with a tag"),
        pytest.param("working_dir: https://h.example/a.zip", ["url-without-hash"], id="code from elsewhere"),
        pytest.param(f"working_dir: https://h.example/archive/{COMMIT}.zip", [], id="code at a commit"),
        pytest.param("py_modules: [s3://bucket/a.zip, ./local]", [], id="a bucket and a folder"),
        pytest.param("env_vars: {PIP_EXTRA_INDEX_URL: 'https://h.example/s'}", ["extra-index"], id="a variable"),
        pytest.param("env_vars: {A: b}", [], id="another variable"),
        pytest.param(
            "pip: {packages: [a==1], pip_install_options: ['--extra-index-url https://h.example/s']}",
            ["extra-index"],
            id="options",
        ),
    ],
)
def test_ray_serve(environment: str, expected: list[str]) -> None:
    assert rules("serve_config.yaml", SERVE.format(environment)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "spec:\n  serveConfigV2: |\n    applications:\n      - runtime_env:\n          pip: [torch]\n",
            ["unpinned-requirement"],
            id="inside a manifest",
        ),
        pytest.param("spec:\n  runtimeEnvYAML: |\n    pip:\n      - torch\n", ["unpinned-requirement"], id="of a job"),
        pytest.param("a: {{ x }}\nruntime_env: {{ .Values.env }}\n b\n", ["computed-requirement"], id="a template"),
        pytest.param("a: &a\n  runtime_env: {pip: [torch]}\n  b: *a\n", ["unpinned-requirement"], id="a loop"),
        pytest.param("pip: [torch]\n", [], id="other YAML"),
        pytest.param("a: [unclosed\n", [], id="YAML that is not looked at"),
        pytest.param("channels: [a]\ndependencies: [b]\n", ["unpinned-requirement"], id="conda by another name"),
        pytest.param("x:\n  channels: [a]\n  dependencies: [b]\n", [], id="a table that looks like conda's"),
        pytest.param("image: nginx\n", [], id="an image that nobody asked about"),
    ],
)
def test_other_yaml(text: str, expected: list[str]) -> None:
    assert rules("config/service.yaml", text) == expected


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        pytest.param("compose.yaml", "services:\n  a:\n    image: redis\n", ["untagged-image"], id="compose"),
        pytest.param("compose.yaml", "services:\n  a:\n    image: redis:7.2\n", [], id="compose with a tag"),
        pytest.param("compose.yaml", "services:\n  a:\n    image: ${IMAGE}\n", [], id="an image from outside"),
        pytest.param(
            "k8s/pod.yaml", "spec:\n  containers:\n    - image: h.example:5000/a:latest\n", ["untagged-image"], id="pod"
        ),
        pytest.param(
            ".devcontainer/devcontainer.json",
            '{\n  // why\n  "image": "python"\n}\n',
            ["untagged-image"],
            id="devcontainer",
        ),
        pytest.param(".devcontainer/devcontainer.json", '{"image": "python:3.11"}\n', [], id="devcontainer with a tag"),
    ],
)
def test_images_of_deployments_only_where_asked_for(path: str, text: str, expected: list[str]) -> None:
    assert rules(path, text, compose=True) == expected
    assert rules(path, text) == []


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        pytest.param("Model(image_uri='h.example/a/b')", ["untagged-image"], id="an image"),
        pytest.param("Model(image_uri='h.example/a/b:1.0')", [], id="an image with a tag"),
        pytest.param("Model(image_uri=retrieve('pytorch'))", [], id="an image that is looked up"),
        pytest.param("PyTorch(dependencies=['lib'], source_dir='src')", [], id="folders"),
        pytest.param(
            "PyTorch(git_config={'repo': 'https://h.example/r', 'branch': 'main'})",
            ["vcs-without-commit"],
            id="a branch",
        ),
        pytest.param(f"PyTorch(git_config={{'repo': 'https://h.example/r', 'commit': '{COMMIT}'}})", [], id="a commit"),
        pytest.param("PythonVirtualenvOperator(requirements=['torch'])", ["unpinned-requirement"], id="Airflow"),
        pytest.param("PythonVirtualenvOperator(requirements=['torch==2.5.1'])", [], id="Airflow, exact"),
        pytest.param("f(requirements=['speed', 'size'])", [], id="another function's requirements"),
    ],
)
def test_calls_of_platforms(call: str, expected: list[str]) -> None:
    assert rules("job.py", f"x = {call}\n") == expected
