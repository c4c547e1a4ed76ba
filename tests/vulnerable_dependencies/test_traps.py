"""Declarations that are odd, tampered with or made by a tool of tomorrow: none of them passes for nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from advisories import advisory

from mlhooks.core.finding import Unscannable

VULN, REST, BAD = "vulnerable-dependency", "not-audited", "malicious-package"
UNSCANNABLE = "cannot be judged"
MADE = 'version = 1\n[[package]]\nname = "{}"\nversion = "{}"\nsource = {}\n'
REGISTRY = '{registry = "https://x.test"}'
EXPLICIT = "@EXPLICIT\nhttps://x.test/linux-64/python-3.12.1-0.conda\n"


def rules(audit: Callable[..., Any], text: str | bytes, path: str, **beside: str) -> list[str]:
    from mlhooks.core.files import Blob
    from mlhooks.core.finding import Finding
    from mlhooks.vulnerable_dependencies import HOOK

    room = audit(
        advisory("A-1"),
        advisory("A-2", "torch"),
        advisory("A-3", "epoch", {"introduced": "1!0"}, {"fixed": "1!2.0"}),
        advisory("MAL-1", "nasty", {"introduced": "0"}),
    )
    data = text.encode() if isinstance(text, str) else text
    others = {name.replace("_", "."): content.encode() for name, content in beside.items()}
    said: list[Any] = []
    end = []
    try:
        said.extend(HOOK.check(Blob(path, data, others=others), room.options))
    except Unscannable:
        end = [UNSCANNABLE]
    return [entry.rule.id for entry in said if isinstance(entry, Finding)] + end


def pipfile(**default: Any) -> str:
    return json.dumps({"_meta": {}, "default": default, "develop": {}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("leaky==v1.0", VULN, id="a v"),
        pytest.param("leaky==01.00", VULN, id="zeros in front"),
        pytest.param("leaky==0!1.0", VULN, id="epoch 0"),
        pytest.param("leaky==1.0-1", VULN, id="a short post-release"),
        pytest.param("leaky==2.0c1", VULN, id="another word for a candidate"),
        pytest.param("leaky===1.0+local", VULN, id="arbitrary equality with a local part"),
        pytest.param("leaky<=1.0,>=1.0", VULN, id="one version is left"),
        pytest.param("epoch==1!1.0", VULN, id="an epoch that is meant"),
        pytest.param("epoch==1.0", "", id="an epoch that is not meant"),
        pytest.param("leaky \\\n == \\\n 1.0", VULN, id="over three lines"),
        pytest.param("# comment \\\nleaky==1.0", VULN, id="a comment is not continued"),
        pytest.param("leaky==1.0 --hash sha256:aa", VULN, id="a hash as a word of its own"),
        pytest.param("leaky==1.0 --", VULN, id="an end of options"),
        pytest.param("x==1\x0bleaky==1.0", VULN, id="a line end of another kind"),
        pytest.param("\u200bleaky==1.0", REST, id="a character that nobody sees"),
        pytest.param("leaky==1\u20240", REST, id="a dot that is none"),
        pytest.param("leaky==\u0661.0", REST, id="a digit of another script"),
        pytest.param("https://x.test/leaky-1.0%2Bcu118-py3-none-any.whl", VULN, id="a local part in an address"),
        pytest.param(
            "torch @ https://x.test/torch-1.0%2Bcu118-cp311-cp311-linux_x86_64.whl", VULN, id="and with a name"
        ),
    ],
)
def test_a_requirement(audit: Callable[..., Any], text: str, expected: str) -> None:
    assert rules(audit, text + "\n", "requirements.txt") == list(filter(None, [expected]))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"\xef\xbb\xbfleaky==1.0\n", VULN, id="UTF-8 with a mark"),
        pytest.param("leaky==1.0\n".encode("utf-16"), VULN, id="UTF-16 with a mark"),
        pytest.param("leaky==1.0\n".encode("utf-16-le"), UNSCANNABLE, id="UTF-16 without one"),
        pytest.param(b"# coding: utf-7\n+AGwAZQBhAGsAeQA9AD0AMQAuADA-\n", VULN, id="an encoding that hides it"),
        pytest.param(b"x==1\0\nleaky==1.0\n", UNSCANNABLE, id="a NUL"),
    ],
)
def test_an_encoding(audit: Callable[..., Any], data: bytes, expected: str) -> None:
    assert rules(audit, data, "requirements.txt") == [expected]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        pytest.param("uv.lock", MADE.format("leaky", "1.0", REGISTRY), VULN, id="uv"),
        pytest.param("uv.lock", MADE.format("leaky", "1.0", '{git = "https://x.test#a"}'), REST, id="uv, a repository"),
        pytest.param("uv.lock", MADE.format("leaky", "1.0", '{url = "https://x.test/a"}'), VULN, id="uv, any address"),
        pytest.param("uv.lock", MADE.format("leaky", "1.0", '{virtual = "."}'), "", id="uv, the project itself"),
        pytest.param("uv.lock", 'version = 1\n[[package]]\nversion = "1.0"\n', REST, id="uv, no name"),
        pytest.param("uv.lock", "version = 1\npackage = 3\n", UNSCANNABLE, id="uv, no list"),
        pytest.param("uv.lock", 'version = 9\n[[package]]\nname = "leaky"\n', UNSCANNABLE, id="uv of tomorrow"),
        pytest.param("uv.lock", 'version = 1\n[[package]]\nname = "a"\nversion = 1.0\n', REST, id="uv, a number"),
        pytest.param("poetry.lock", '[[package]]\nname = "leaky"\nversion = "1.0"\n', VULN, id="Poetry"),
        pytest.param("poetry.lock", "", UNSCANNABLE, id="Poetry, empty"),
        pytest.param(
            "poetry.lock", '[[packages]]\nname = "leaky"\n[metadata]\nlock-version = "3.0"\n', UNSCANNABLE,
            id="Poetry of tomorrow",
        ),
        pytest.param(
            "poetry.lock", '[[package]]\nname = "leaky"\nversion = "1.0"\nsource = {type = "url", url = "https://x.test/a"}\n',
            VULN, id="Poetry, any address",
        ),
        pytest.param("poetry.lock", 'package = []\n[metadata]\nlock-version = "2.1"\n', "", id="Poetry, nothing"),
        pytest.param("pdm.lock", '[metadata]\nlock_version = "4.5.0"\n', "", id="pdm, nothing"),
        pytest.param("pdm.lock", '[metadata]\nlock_version = "9"\n', UNSCANNABLE, id="pdm of tomorrow"),
        pytest.param("pdm.lock", '[[package]]\nversion = "1.0"\n', REST, id="pdm, no name"),
        pytest.param("pylock.toml", 'lock-version = "1.0"\n[[packages]]\nversion = "1"\n', REST, id="pylock, no name"),
        pytest.param("Pipfile.lock", pipfile(leaky={"version": "==1.0"}), VULN, id="Pipenv"),
        pytest.param("Pipfile.lock", pipfile(leaky="==1.0"), REST, id="Pipenv, a text"),
        pytest.param("Pipfile.lock", '{"default": ["leaky==1.0"], "develop": {}}', REST, id="Pipenv, a list"),
        pytest.param("Pipfile.lock", '{"packages": ["leaky==1.0"]}', UNSCANNABLE, id="Pipenv of tomorrow"),
        pytest.param("Pipfile.lock", pipfile(), "", id="Pipenv, nothing"),
        pytest.param("conda-lock.yml", "version: 1\npackage:\n- version: 1.0\n", REST, id="conda-lock, no name"),
        pytest.param("pixi.lock", "version: 9\npackages:\n- wheel: https://x.test/a\n", REST, id="pixi of tomorrow"),
        pytest.param(
            "conda-linux-64.lock", EXPLICIT + "# pip leaky @ https://x.test/leaky-1.0-py3-none-any.whl#sha256=aa\n",
            VULN, id="conda-lock, what pip installs",
        ),
        pytest.param(
            "conda-linux-64.lock", EXPLICIT + "# pip leaky === 1.0 --hash=sha256:aa\n", VULN, id="and with a version",
        ),
        pytest.param("environment.yml", "dependencies:\n- pip: leaky==1.0\n", VULN, id="conda, a text under pip"),
        pytest.param("environment.yml", "dependencies:\n- pip: {leaky: 1.0}\n", REST, id="conda, a table under pip"),
        pytest.param("environment.yml", "dependencies:\n- pip:\n", "", id="conda, nothing under pip"),
        pytest.param("pyproject.toml", '[project]\nname = "x"\ndependencies = [{leaky = "1.0"}]\n', REST, id="a table"),
        pytest.param("pyproject.toml", '[dependency-groups]\na = [{include-group = "b"}]\nb = []\n', "", id="a group"),
    ],
)  # fmt: skip
def test_an_entry(audit: Callable[..., Any], path: str, text: str, expected: str) -> None:
    found = [rule for rule in rules(audit, text, path) if not (rule == REST and path == "conda-linux-64.lock")]
    assert found == list(filter(None, [expected]))


@pytest.mark.parametrize("odd", ["{a: b}", "[a]", "[[]]"])
@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        pytest.param("environment.yml", "dependencies:\n- pip:\n  - ODD\n  - leaky==1.0\n", {VULN, REST}, id="conda"),
        pytest.param("cog.yaml", "build:\n  python_packages:\n  - ODD\n  - leaky==1.0\n", {VULN, REST}, id="Cog"),
        pytest.param("python_env.yaml", "dependencies:\n- ODD\n- leaky==1.0\n", {VULN, REST}, id="MLflow"),
        pytest.param("serve.yml", "runtime_env:\n  pip:\n  - ODD\n  - leaky==1.0\n", {VULN, REST}, id="Ray"),
        pytest.param(
            ".pre-commit-config.yaml",
            "repos:\n- repo: local\n  hooks:\n  - id: a\n    language: python\n"
            "    additional_dependencies: [ODD, leaky==1.0]\n",
            {VULN}, id="pre-commit",
        ),
    ],
)  # fmt: skip
def test_an_entry_that_is_no_text_hides_no_other(
    audit: Callable[..., Any], path: str, text: str, expected: set[str], odd: str
) -> None:
    assert set(rules(audit, text.replace("ODD", odd), path)) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param("pip install -r more.lst", VULN, id="a file that is here"),
        pytest.param("pip install -r missing.lst", REST, id="a file that is not here"),
        pytest.param("pip install -r $LIST", REST, id="a file that is computed"),
        pytest.param("pip install -r <(make list)", REST, id="what a program prints"),
        pytest.param("pip install $(cat more.lst)", REST, id="words that a program prints"),
        pytest.param("cat more.lst | xargs -n 1 pip install", VULN, id="xargs with a file"),
        pytest.param("cat more.lst | grep -v x | xargs pip install -q", VULN, id="xargs with a part of a file"),
        pytest.param("make list | xargs pip install", REST, id="xargs with what a program prints"),
        pytest.param("xargs pip install < more.lst", REST, id="xargs with an input"),
        pytest.param("cat more.lst | xargs rm", "", id="xargs with something else"),
        pytest.param("pip install -r requirements.txt", "", id="a file that is checked by itself"),
        pytest.param("pip install -e '.[dev]'", "", id="the project itself"),
        pytest.param("pip install lea\\\nky==1.\\\n0", VULN, id="words over several lines"),
        pytest.param("pip install leaky==1\\\n0.0", "", id="a version over two lines"),
        pytest.param("pip install x==1 \\\nleaky==1.0", VULN, id="a word of its own line"),
    ],
)
def test_a_command(audit: Callable[..., Any], command: str, expected: str) -> None:
    beside = {"more_lst": "leaky==1.0\n", "requirements_txt": "leaky==1.0\n"}
    found = rules(audit, f"FROM x\nRUN {command}\n", "Dockerfile", **beside)
    assert found == list(filter(None, [expected]))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("more.lst", VULN, id="a name that says nothing"),
        pytest.param("base.in", VULN, id="no list of its own without what is compiled from it"),
        pytest.param("base.env", VULN, id="a name of variables"),
        pytest.param("base.sh", VULN, id="a name of a script"),
        pytest.param("base.yml", VULN, id="a name of YAML"),
        pytest.param("Dockerfile", VULN, id="a name of an image"),
        pytest.param("uv.lock", VULN, id="a name of a lock"),
        pytest.param("base.lock", VULN, id="a name of some lock"),
        pytest.param("reqs-base.in", VULN, id="a list that is also checked by itself"),
        pytest.param("requirements/base.txt", VULN, id="a list in a folder of lists"),
    ],
)
def test_an_include_of_any_name(audit: Callable[..., Any], name: str, expected: str) -> None:
    found = rules(audit, f"-r {name}\n", "requirements.txt", **{name.replace(".", "_"): "leaky==1.0\n"})
    assert found == list(filter(None, [expected]))


PIP_BLOCK = "dependencies:\n- pip: [leaky==1.0]\n"


@pytest.mark.parametrize(
    ("command", "name", "text", "expected"),
    [
        pytest.param("pip install -r base.env", "base.env", "leaky==1.0\n", VULN, id="a list by another name"),
        pytest.param("pip install -r all.lst", "all.lst", "-r missing.lst\n", REST, id="it names one that is not here"),
        pytest.param("pip install -r a/b.lst", "a/b.lst", "-r more.lst\n", VULN, id="it names one that is here"),
        pytest.param("uv pip install -r a/uv.toml", "a/uv.toml", "", "", id="a project"),
        pytest.param("conda env create -f deps.yml", "deps.yml", PIP_BLOCK, VULN, id="an environment by another name"),
        pytest.param("conda env create -f env.yml", "env.yml", PIP_BLOCK, "", id="one that is checked by itself"),
        pytest.param(
            "conda env create -f deps.yml",
            "deps.yml",
            "channels: [x]\n" + PIP_BLOCK,
            "",
            id="and because of its content",
        ),
        pytest.param("micromamba install -f deps.yml", "deps.yml", PIP_BLOCK, VULN, id="another installer"),
    ],
)
def test_a_file_of_a_command(audit: Callable[..., Any], command: str, name: str, text: str, expected: str) -> None:
    beside = {name.replace(".", "_"): text, "more_lst": "leaky==1.0\n"}
    assert rules(audit, f"FROM x\nRUN {command}\n", "Dockerfile", **beside) == list(filter(None, [expected]))


def test_a_list_that_is_not_here_is_named(audit: Callable[..., Any]) -> None:
    room = audit(advisory("A-1"))
    (finding,) = room.findings("FROM x\nRUN pip install -r lists/all.lst\n", "Dockerfile")
    assert (
        finding.message
        == "1 of 1 package was not audited (a list of packages that is not here: lists/all.lst (line 2))"
    )


MANY = 200_000
BLANKS = " " * MANY


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("Pipfile", f"[packages]\nleaky = '==1,{BLANKS}a b'\n", id="blanks before a version"),
        pytest.param("Pipfile", f"[packages]\nleaky = '({BLANKS})'\n", id="blanks and nothing else"),
        pytest.param("poetry.lock", f"[[package]]\nname = 'a'\nversion = '1,{BLANKS}b c'\n", id="blanks in a lock"),
        pytest.param(
            "conda-lock.yml", f"package:\n- {{name: pillow, version: '1.0{BLANKS}b c'}}\n", id="blanks before a build"
        ),
        pytest.param("uv.lock", "version = 1\n[[package]]" + "\n" * MANY, id="empty lines behind an entry"),
        pytest.param("Pipfile.lock", pipfile(**{f"a{n}": {"version": "==1"} for n in range(8_000)}), id="many entries"),
        pytest.param("Pipfile.lock", json.dumps({"a": {}, **{f"b{n}": 1 for n in range(8_000)}}), id="many sections"),
    ],
)
def test_it_ends(audit: Callable[..., Any], path: str, text: str) -> None:
    assert set(rules(audit, text, path)) <= {VULN, REST}
