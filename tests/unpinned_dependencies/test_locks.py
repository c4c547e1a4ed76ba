"""Locks: complete, by commit, and in step with the manifest."""

from __future__ import annotations

import json

import pytest

from mlhooks.formats import pypi

from .judging import judge, levels, rules

COMMIT = "0123456789abcdef0123456789abcdef01234567"
UV = """version = 1
[[package]]
name = "torch"
version = "2.5.1"
source = { registry = "https://INDEX/simple" }
wheels = [{ url = "https://FILES-OF-INDEX/torch.whl", hash = "sha256:00" }]
[[package]]
name = "numpy"
version = "2.1.3"
source = { registry = "https://INDEX/simple" }
sdist = { url = "https://FILES-OF-INDEX/numpy.tar.gz", hash = "sha256:00" }
""".replace("https://INDEX/simple", pypi.SIMPLE).replace("FILES-OF-INDEX", pypi.FILES_HOST)
POETRY = """[[package]]
name = "torch"
version = "2.5.1"
files = [{file = "torch.whl", hash = "sha256:00"}]
[[package]]
name = "numpy"
version = "2.1.3"
files = [{file = "numpy.whl", hash = "sha256:00"}]
[metadata]
lock-version = "2.1"
"""
PDM = POETRY.replace("lock-version", "lock_version")
PYLOCK = """lock-version = "1.0"
created-by = "x"
[[packages]]
name = "torch"
version = "2.5.1"
wheels = [{url = "u", hashes = {sha256 = "00"}}]
[[packages]]
name = "numpy"
version = "2.1.3"
sdist = {url = "u", hashes = {sha256 = "00"}}
"""
PIPFILE = json.dumps(
    {
        "_meta": {"hash": {"sha256": "0"}},
        "default": {"torch": {"hashes": ["sha256:00"], "version": "==2.5.1"}},
        "develop": {"numpy": {"hashes": ["sha256:00"], "version": "==2.1.3"}},
    },
    indent=4,
)
CONDA = """version: 1
package:
- name: torch
  version: 2.5.1
  manager: pip
  platform: linux-64
  url: https://h.example/torch.whl
  hash: {sha256: '00'}
- name: numpy
  version: 2.1.3
  manager: conda
  platform: linux-64
  url: https://h.example/numpy-2.1.3-h1_0.conda
  hash: {md5: '00', sha256: '00'}
"""
PIXI = """version: 6
environments: {}
packages:
- conda: https://h.example/linux-64/numpy-2.1.3-h1_0.conda
  sha256: '00'
- pypi: https://h.example/torch-2.5.1.whl
  name: torch
  version: 2.5.1
  sha256: '00'
- pypi: .
  name: me
  version: 0.1
"""
LOCKS = {
    "uv.lock": UV,
    "poetry.lock": POETRY,
    "pdm.lock": PDM,
    "pylock.toml": PYLOCK,
    "Pipfile.lock": PIPFILE,
    "conda-lock.yml": CONDA,
    "pixi.lock": PIXI,
}


@pytest.mark.parametrize("name", LOCKS)
@pytest.mark.parametrize("level", ["bounded", "exact", "hashed"])
def test_a_complete_lock_is_silent_at_every_level(name: str, level: str) -> None:
    assert rules(name, LOCKS[name], require=level) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "line"),
    [
        pytest.param("uv.lock", ', hash = "sha256:00" }]', " }]", 3, id="uv, a wheel"),
        pytest.param("uv.lock", ', hash = "sha256:00" }\n', " }\n", 8, id="uv, an sdist"),
        pytest.param("poetry.lock", '"torch.whl", hash = "sha256:00"', '"torch.whl"', 2, id="poetry"),
        pytest.param("pdm.lock", '"torch.whl", hash = "sha256:00"', '"torch.whl"', 2, id="pdm"),
        pytest.param("pylock.toml", ', hashes = {sha256 = "00"}}]', "}]", 4, id="pylock"),
        pytest.param("Pipfile.lock", '[\n                "sha256:00"\n            ]', "[]", 8, id="Pipenv"),
        pytest.param("conda-lock.yml", "  hash: {sha256: '00'}\n", "", 3, id="conda-lock"),
        pytest.param("pixi.lock", "conda\n  sha256: '00'\n", "conda\n", 4, id="pixi"),
    ],
)
def test_an_entry_without_a_hash(name: str, old: str, new: str, line: int) -> None:
    text = LOCKS[name].replace(old, new, 1)
    assert text != LOCKS[name]
    [finding] = judge(name, text)
    assert (finding.rule.id, str(finding.level), finding.location.line) == ("lock-entry-without-hash", "warning", line)


@pytest.mark.parametrize(
    ("name", "old", "new", "manifest", "expected"),
    [
        pytest.param(
            "uv.lock",
            pypi.SIMPLE,
            "https://evil.example/s",
            "[project]\nname = 'x'\ndependencies = ['torch']\n",
            ["stale-lock"],
            id="another index",
        ),
        pytest.param(
            "uv.lock",
            pypi.SIMPLE,
            "https://mine.example/simple",
            "[[tool.uv.index]]\nname = 'mine'\nurl = 'https://mine.example/simple'\nexplicit = true\n",
            [],
            id="an index that the manifest names",
        ),
        pytest.param("poetry.lock", "[[package]]", "[[package]]", "", [], id="Poetry, PyPI"),
        pytest.param(
            "poetry.lock",
            '"2.1.3"\n',
            '"2.1.3"\nsource = {type = "legacy", url = "https://evil.example/s", reference = "x"}\n',
            "[tool.poetry.dependencies]\ntorch = '*'\n",
            ["stale-lock"],
            id="Poetry, another index",
        ),
    ],
)
def test_an_entry_from_somewhere_else(name: str, old: str, new: str, manifest: str, expected: list[str]) -> None:
    text = LOCKS[name].replace(old, new, 1)
    assert rules(name, text, {"pyproject.toml": manifest} if manifest else None) == expected


def test_a_file_from_somewhere_else_than_its_index() -> None:
    tampered = UV.replace(f"https://{pypi.FILES_HOST}/torch", "https://evil.example/torch")
    assert rules("uv.lock", tampered) == ["stale-lock"]


def test_a_mirror_for_everything_is_nobody_s_fault() -> None:
    assert rules("uv.lock", UV.replace(pypi.SIMPLE, "https://mirror.example/simple")) == []


def test_an_explicit_list_of_conda_packages() -> None:
    head = "# platform: linux-64\n@EXPLICIT\nhttps://h.example/linux-64/numpy-2.1.3-h1_0.conda#" + "0" * 32 + "\n"
    assert rules("conda-linux-64.lock", head) == []
    bare = head + "https://h.example/linux-64/scipy-1.14.1-h1_0.conda\n"
    assert rules("conda-linux-64.lock", bare) == ["lock-entry-without-hash"]


def test_a_lock_without_any_hash_is_one_finding() -> None:
    assert rules("uv.lock", UV.replace(', hash = "sha256:00"', "")) == ["lock-entry-without-hash"]


@pytest.mark.parametrize(
    ("name", "entry", "expected"),
    [
        pytest.param("uv.lock", f'source = {{ git = "https://h.example/x?rev=main#{COMMIT}" }}', [], id="uv, a commit"),
        pytest.param(
            "uv.lock", 'source = { git = "https://h.example/x?rev=main" }', ["vcs-without-commit"], id="uv, a branch"
        ),
        pytest.param("uv.lock", 'source = { url = "https://h.example/x.tgz" }', ["url-without-hash"], id="uv, a URL"),
        pytest.param("uv.lock", 'source = { editable = "." }', [], id="uv, the project"),
        pytest.param(
            "poetry.lock",
            f'[package.source]\ntype = "git"\nurl = "u"\nresolved_reference = "{COMMIT}"',
            [],
            id="poetry",
        ),
        pytest.param(
            "poetry.lock",
            '[package.source]\ntype = "git"\nurl = "u"\nreference = "main"',
            ["vcs-without-commit"],
            id="poetry, branch",
        ),
        pytest.param("pdm.lock", f'git = "u"\nrevision = "{COMMIT}"', [], id="pdm"),
        pytest.param("pdm.lock", 'git = "u"\nref = "main"', ["vcs-without-commit"], id="pdm, a branch"),
    ],
)
def test_repositories_in_locks(name: str, entry: str, expected: list[str]) -> None:
    text = LOCKS[name] + f'\n[[package]]\nname = "x"\nversion = "1"\n{entry}\n'
    if name != "uv.lock":
        head, metadata, tail = LOCKS[name].partition("[metadata]")
        text = f'{head}[[package]]\nname = "x"\nversion = "1"\n{entry}\n{metadata}{tail}'
    assert rules(name, text) == expected


def test_a_compiled_file_is_a_lock_and_must_be_exact() -> None:
    header = "#\n# This file is autogenerated by pip-compile with Python 3.11\n#\n"
    assert levels("requirements.txt", header + "torch==2.5.1\nnumpy>=2\n") == ["lower-bound-only:warning"]


PROJECT = "[project]\nname = 'me'\ndependencies = [{}]\n"
DRIFT = [
    pytest.param("'torch>=2', 'numpy'", [], id="in step"),
    pytest.param("'Torch==2.5.1'", [], id="another spelling"),
    pytest.param("'torch<2.5'", ["stale-lock:error"], id="a version that is excluded"),
    pytest.param("'pandas'", ["stale-lock:error"], id="a name that is missing"),
    pytest.param("'tomli; python_version < \"3.11\"'", [], id="missing, and a marker may rule it out"),
    pytest.param(f"'x @ git+https://h.example/x@{COMMIT}'", [], id="not from an index"),
    pytest.param("'torch>=2.0.dev0'", [], id="prereleases"),
]


@pytest.mark.parametrize(("dependencies", "expected"), DRIFT)
@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"])
def test_drift_of_a_standard_manifest(name: str, dependencies: str, expected: list[str]) -> None:
    assert levels("pyproject.toml", PROJECT.format(dependencies), {name: LOCKS[name]}) == expected


@pytest.mark.parametrize(
    ("path", "text", "lock", "expected"),
    [
        pytest.param(
            "pyproject.toml",
            "[tool.poetry.dependencies]\npython = '^3.11'\ntorch = '^2.1'\nnumpy = '~2.1.0'\n",
            "poetry.lock",
            [],
            id="poetry, in step",
        ),
        pytest.param(
            "pyproject.toml",
            "[tool.poetry.dependencies]\ntorch = '^1.0'\n",
            "poetry.lock",
            ["stale-lock"],
            id="poetry, a caret",
        ),
        pytest.param(
            "pyproject.toml",
            "[tool.poetry.dependencies]\ntorch = '^1.0 || ^2.0'\n",
            "poetry.lock",
            [],
            id="poetry, alternatives",
        ),
        pytest.param(
            "pyproject.toml",
            "[tool.poetry.dependencies]\ntorch = '2.5.0'\n",
            "poetry.lock",
            ["stale-lock"],
            id="poetry, exact",
        ),
        pytest.param(
            "Pipfile",
            "[packages]\ntorch = '*'\n[dev-packages]\nnumpy = '>=2'\n",
            "Pipfile.lock",
            [],
            id="Pipenv, in step",
        ),
        pytest.param("Pipfile", "[packages]\npandas = '*'\n", "Pipfile.lock", ["stale-lock"], id="Pipenv, missing"),
        pytest.param(
            "pixi.toml",
            "[dependencies]\nnumpy = '>=2'\n[pypi-dependencies]\ntorch = '*'\n",
            "pixi.lock",
            [],
            id="pixi, in step",
        ),
        pytest.param("pixi.toml", "[dependencies]\nnumpy = '<2'\n", "pixi.lock", ["stale-lock"], id="pixi, excluded"),
        pytest.param(
            "environment.yml",
            "channels: [c]\ndependencies: [numpy>=2, scipy]\n",
            "conda-lock.yml",
            ["stale-lock"],
            id="conda-lock",
        ),
        pytest.param(
            "job.py",
            "# /// script\n# dependencies = ['torch>=3']\n# ///\n",
            "uv.lock",
            ["stale-lock"],
            id="a script's lock",
        ),
    ],
)
def test_drift_of_other_manifests(path: str, text: str, lock: str, expected: list[str]) -> None:
    beside = {"job.py.lock" if path == "job.py" else lock: LOCKS[lock]}
    assert [rule for rule in rules(path, text, beside) if rule == "stale-lock"] == expected


def test_overrides_allow_what_the_manifest_excludes() -> None:
    text = PROJECT.format("'torch<2'") + "[tool.uv]\noverride-dependencies = ['torch==2.5.1']\n"
    assert rules("pyproject.toml", text, {"uv.lock": UV}) == []


def test_drift_is_told_at_the_lock_as_well_when_only_the_lock_is_checked() -> None:
    manifest = PROJECT.format("'torch<2.5'")
    [finding] = judge("uv.lock", UV, {"pyproject.toml": manifest})
    assert (finding.rule.id, finding.location.line) == ("stale-lock", 3)
    assert finding.message.startswith("uv.lock has torch 2.5.1, and pyproject.toml asks for <2.5;")


def test_the_lock_of_requirements() -> None:
    compiled = "# This file was autogenerated by uv via the following command:\ntorch==2.5.1\n"
    assert rules("requirements.in", "torch\naccelerate\n", {"requirements.txt": compiled}) == ["stale-lock"]
    assert rules("requirements.in", "torch>=2\n", {"requirements.txt": compiled}) == []
