"""Ways to hide what floats, to crash the hook, and to make it run for ever."""

from __future__ import annotations

import contextlib
import json

import pytest

from mlhooks.core.finding import Unscannable

from .judging import judge, rules

FROM = "FROM python:3.11\n"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        pytest.param(
            "requirements.txt", "a==1 # x\u2028evil\n", ["unpinned-requirement"], id="behind another line end"
        ),
        pytest.param("requirements.txt", "a==1\x0bevil\n", ["unpinned-requirement"], id="behind a vertical tab"),
        pytest.param(
            "requirements.txt", "# coding: utf-7\n# +AAo-evil\n", ["unpinned-requirement"], id="in an encoding"
        ),
        pytest.param("requirements.txt", "evil\\\n\n", ["unpinned-requirement"], id="behind a continuation"),
        pytest.param(
            "requirements.txt",
            "\ufeffevil\n".replace("\ufeff", "") + "\t-i http://h.example/s\n",
            ["unpinned-requirement", "insecure-index"],
            id="behind a tab",
        ),
        pytest.param("requirements.txt", "--trusted=h.example\n", ["trusted-host"], id="an abbreviated option"),
        pytest.param(
            "requirements.txt", "--find-links 'http://h.example' x y\n", ["http-find-links"], id="before leftovers"
        ),
        pytest.param(
            "requirements.txt",
            "a @ git+https://h.example/a@" + "0" * 39 + "g\n",
            ["vcs-without-commit"],
            id="nearly a commit",
        ),
        pytest.param(
            "requirements.txt", "a @ https://h.example/a.whl#sha256=\n", ["url-without-hash"], id="an empty hash"
        ),
        pytest.param(
            "requirements.txt",
            "a @ https://h.example/a.whl#md5=" + "0" * 64 + "\n",
            ["url-without-hash"],
            id="a long hash by a weak name",
        ),
        pytest.param(
            "requirements.txt",
            "a @ https://h.example/a.whl#egg=sha256=" + "0" * 64 + "\n",
            ["url-without-hash"],
            id="a hash in another field",
        ),
        pytest.param(
            "Dockerfile", FROM + "RUN p\\\nip install evil\n", ["unpinned-requirement"], id="a word over two lines"
        ),
        pytest.param(
            "Dockerfile", FROM + "RUN p'i'p install ev\"il\"\n", ["unpinned-requirement"], id="quotes in words"
        ),
        pytest.param("Dockerfile", FROM + "run pip install evil\n", ["unpinned-requirement"], id="a small instruction"),
        pytest.param(
            "Dockerfile",
            "# escape=`\n" + FROM + "RUN pip install `\n evil\n",
            ["unpinned-requirement"],
            id="another escape",
        ),
        pytest.param("Dockerfile", FROM + "RUN X=evil; pip install $X\n", ["unpinned-requirement"], id="a variable"),
        pytest.param(
            "Dockerfile",
            FROM + "RUN sudo -u x env A=1 nice -n 5 pip install evil\n",
            ["unpinned-requirement"],
            id="wrappers",
        ),
        pytest.param(
            "Dockerfile",
            FROM + "RUN " + "sudo " * 50 + "pip install evil\n",
            ["unpinned-requirement"],
            id="many wrappers",
        ),
        pytest.param(
            "Dockerfile",
            FROM + "RUN sh -c \"sh -c 'pip install evil'\"\n",
            ["unpinned-requirement"],
            id="shells in shells",
        ),
        pytest.param("Dockerfile", FROM + "RUN eval 'pip install evil'\n", ["unpinned-requirement"], id="eval"),
        pytest.param(
            "Dockerfile", FROM + "RUN true `pip install evil`\n", ["unpinned-requirement"], id="a substitution"
        ),
        pytest.param(
            "Dockerfile",
            FROM + "RUN /usr/bin/python3.11 -I -m pip install evil\n",
            ["unpinned-requirement"],
            id="a module",
        ),
        pytest.param(
            "Dockerfile",
            FROM + "RUN pip --no-cache-dir install evil\n",
            ["unpinned-requirement"],
            id="options in front",
        ),
        pytest.param(
            "Dockerfile", FROM + "RUN pip --log x install evil\n", ["unpinned-requirement"], id="options with a value"
        ),
        pytest.param(
            "Dockerfile", FROM + "RUN bash <<'X' \npip install evil\nX\n", ["unpinned-requirement"], id="fed to a shell"
        ),
        pytest.param(
            "Dockerfile", FROM + "RUN curl -s h.example/x | tee y | gunzip | sh\n", ["pipe-to-shell"], id="a long pipe"
        ),
        pytest.param("Dockerfile", FROM + "RUN . <(curl -s https://h.example/x)\n", ["pipe-to-shell"], id="sourced"),
        pytest.param(
            "Dockerfile",
            FROM + "RUN curl https://h.example/x > y; chmod +x y; ./y\n",
            ["pipe-to-shell"],
            id="redirected",
        ),
        pytest.param("Dockerfile", "FROM python@sha256:abc\n", ["untagged-image"], id="a digest that is none"),
        pytest.param(
            "Dockerfile",
            "FROM python:3.11 AS python\nFROM python:latest\n",
            ["untagged-image"],
            id="a stage of that name",
        ),
        pytest.param(
            "Dockerfile", FROM + "COPY --link --from=busybox:latest a b\n", ["copy-from-latest"], id="flags in front"
        ),
        pytest.param(
            "Dockerfile",
            FROM + "ENV A=1 \\\n  PIP_TRUSTED_HOST='h.example'\n",
            ["trusted-host"],
            id="a second variable",
        ),
        pytest.param(
            ".github/workflows/a.yml",
            "jobs: {a: {steps: [{uses: 'o/a@main'}]}}\n",
            ["branch-action-ref"],
            id="flow style",
        ),
        pytest.param(
            ".github/workflows/a.yml",
            "x: &s {uses: o/a@main}\njobs:\n  a:\n    steps:\n      - *s\n",
            ["branch-action-ref"],
            id="an anchor",
        ),
        pytest.param(
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - <<: {uses: o/a@main}\n",
            ["branch-action-ref"],
            id="a merged mapping",
        ),
        pytest.param(
            ".github/workflows/a.yml",
            'jobs:\n  a:\n    steps:\n      - "u\\u0073es": o/a@main\n',
            ["branch-action-ref"],
            id="an escaped key",
        ),
        pytest.param(
            "pyproject.toml",
            '"proj\\u0065ct" = {name = "x", dependencies = ["evil"]}\n',
            ["unpinned-requirement"],
            id="an escaped table",
        ),
        pytest.param(
            "pyproject.toml",
            "project.name = 'x'\nproject.dependencies = ['evil']\n",
            ["unpinned-requirement"],
            id="dotted keys",
        ),
        pytest.param(
            "a.py", "C = ['pip', 'install']\nC += ['evil']\nrun(C)\n", ["unpinned-requirement"], id="a list that grows"
        ),
        pytest.param(
            "a.py", "__import__('os').system('pip install evil')\n", ["unpinned-requirement"], id="an import in place"
        ),
    ],
)
def test_hiding(path: str, text: str, expected: list[str]) -> None:
    assert [rule for rule in rules(path, text) if rule != "computed-requirement"] == expected


DEEP = 50_000


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("requirements.txt", "torch" + " " * DEEP + "==", id="endless blanks"),
        pytest.param("requirements.txt", "a" * DEEP, id="an endless name"),
        pytest.param("requirements.txt", " " * DEEP + "#", id="a far comment"),
        pytest.param("requirements.txt", "a; " + "(" * 5000 + "python_version>'3'" + ")" * 5000, id="a deep marker"),
        pytest.param("requirements.txt", "git+https://h/x@" + "1a-" * DEEP + "!", id="an endless ref"),
        pytest.param("requirements.txt", "--extra-index-url https://h.example\n" * 5000, id="many settings"),
        pytest.param("requirements.txt", "torch \\\n" * DEEP, id="many continuations"),
        pytest.param("Dockerfile", FROM + "RUN pip install " + "$(" * DEEP, id="deep substitutions"),
        pytest.param("Dockerfile", FROM + "RUN pip " + "(" * DEEP, id="deep groups"),
        pytest.param("Dockerfile", FROM + "RUN pip install " + '"$(' * DEEP, id="deep quotes"),
        pytest.param("Dockerfile", FROM + "RUN pip install " + "${{" * 10_000, id="open expressions"),
        pytest.param("Dockerfile", FROM + "RUN " + "sudo " * 20_000 + "pip", id="endless wrappers"),
        pytest.param(
            "Dockerfile",
            FROM + "ARG A=aaaaaaaa\n" + "ARG A=$A$A$A$A\n" * 40 + "RUN pip install $A\n",
            id="growing arguments",
        ),
        pytest.param(
            "Dockerfile", FROM + "RUN A=aa; " + "A=$A$A$A$A;" * 40 + "pip install $A\n", id="growing variables"
        ),
        pytest.param("run.sh", "{ " * DEEP + "pip install x", id="endless words"),
        pytest.param("a.py", "# /// script\n" * DEEP, id="blocks that never end"),
        pytest.param("a.py", "x = 'pip'\n" + "(" * DEEP, id="deep Python"),
        pytest.param("a.py", "x = 'pip'" + "+'a'" * 5000, id="a long sum"),
        pytest.param("environment.yml", "dependencies: &d\n - *d\n", id="a list in itself"),
        pytest.param(".github/workflows/a.yml", "jobs: &x\n  <<: [*x, *x]\n  a: *x\n", id="a merge into itself"),
        pytest.param(
            "a.ipynb",
            json.dumps({"cells": [{"cell_type": "code", "source": ["!pip install x\\\n"] * 3000}]}),
            id="a long cell",
        ),
    ],
)
def test_it_ends_and_does_not_crash(path: str, text: str) -> None:
    with contextlib.suppress(Unscannable):
        judge(path, text)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        pytest.param("pyproject.toml", b"[project\n", id="broken TOML"),
        pytest.param("Pipfile", b"\xff\xfe\xfd", id="an undecodable Pipfile"),
        pytest.param("uv.lock", b"version = 9\n", id="a lock from the future"),
        pytest.param("uv.lock", b"version = 1\n[[package]]\nname = ", id="half a lock"),
        pytest.param("pylock.toml", b"[[packages]]\nname = 'a'\n", id="a pylock without its version"),
        pytest.param("Pipfile.lock", b"{", id="broken JSON"),
        pytest.param("pixi.lock", b"version: 6\n", id="a pixi.lock without packages"),
        pytest.param("environment.yml", b"dependencies: [a: b: c", id="broken YAML"),
        pytest.param("environment.yml", b"dependencies: " + b"[" * 60_000, id="deep YAML"),
        pytest.param("pyproject.toml", b"a = " + b"[" * 60_000, id="deep TOML"),
        pytest.param(".github/workflows/a.yml", b"- a\n", id="a workflow that is a list"),
        pytest.param("Dockerfile", b"FROM x\n\0", id="NUL in a Dockerfile"),
        pytest.param("setup.py", b"print 'x'\n", id="setup.py of Python 2"),
        pytest.param("a.ipynb", b"{}", id="no notebook"),
        pytest.param("tox.ini", b"deps = x\n", id="no section"),
        pytest.param("a.py", b"# pip install\n\0", id="NUL in Python"),
        pytest.param("job.py", b"# /// script\n# dependencies = [\n# ///\n", id="a broken script block"),
    ],
)
def test_what_cannot_be_judged_is_not_clean(path: str, data: bytes) -> None:
    with pytest.raises(Unscannable):
        judge(path, data)


@pytest.mark.parametrize("value", ["'torch'", "[1]", "{torch = '1'}", "[['torch']]"])
def test_dependencies_that_are_no_list_of_texts_are_told(value: str) -> None:
    assert rules("pyproject.toml", f"[project]\nname = 'x'\ndependencies = {value}\n") == ["unparseable-requirement"]
