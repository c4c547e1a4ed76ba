"""Requirements files: where a rule must speak and where it must be silent; and what messages say."""

from __future__ import annotations

import pathlib

import pytest

from mlhooks.formats import pypi
from mlhooks.unpinned_dependencies import HOOK
from mlhooks.unpinned_dependencies.pin_table import PIN_TABLE

from .judging import judge, levels

DIGEST = "0123456789abcdef" * 4
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FROM = f"FROM python:3.11@sha256:{DIGEST}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("torch\n", ["unpinned-requirement:warning"], id="a bare name"),
        pytest.param("torch>=2\n", ["lower-bound-only:warning"], id="a lower bound"),
        pytest.param("torch==2.*\n", ["wildcard-version:warning"], id="a wildcard"),
        pytest.param("torch~=2.1\n", ["loose-range:note"], id="a compatible release"),
        pytest.param("torch==2.1.0 ; python_version < '3.12'\n", [], id="exact with a marker"),
        pytest.param(
            "torch ; python_version == '3.11'\n", ["unpinned-requirement:warning"], id="== only in the marker"
        ),
        pytest.param("torch[cuda] == 2.1.0\n", [], id="extras and blanks"),
        pytest.param("torch (==2.1.0)\n", [], id="the old parentheses"),
        pytest.param("# torch\n   # numpy\n\n", [], id="comments"),
        pytest.param("torch==2.1.0 # was torch\n", [], id="a comment behind"),
        pytest.param("torch=2.1\n", ["unparseable-requirement:warning"], id="one = is no specifier"),
        pytest.param("torch==2.1.0;\n", ["unparseable-requirement:warning"], id="an empty marker"),
        pytest.param("--bogus\n", ["unparseable-requirement:warning"], id="an option pip does not know"),
        pytest.param("prettier@2.0\n", ["unparseable-requirement:warning"], id="an npm specifier"),
        pytest.param("torch==${VERSION}\n", ["computed-requirement:note"], id="a variable"),
        pytest.param("torch>=${VERSION}\n", ["lower-bound-only:warning"], id="a variable lower bound floats anyhow"),
        pytest.param("torch>=$VERSION\n", ["lower-bound-only:warning"], id="a variable without brackets"),
        pytest.param("-e .\n./local\nfile:///srv/x\n../lib[extra]\n", [], id="paths are code under review"),
        pytest.param(
            "wheels/a-1.0-py3-none-any.whl\na-1.0.tar.gz\n", ["missing-local-archive:note"], id="archives, told once"
        ),
        pytest.param(
            "-e git+https://h.example/p@main#egg=p\n",
            ["remote-editable:warning", "vcs-without-commit:warning"],
            id="editable from a branch",
        ),
        pytest.param("git+ssh://git@h.example/o/p.git@v1\n", ["vcs-without-commit:warning"], id="a tag"),
        pytest.param("git@h.example:o/p.git\n", ["vcs-without-commit:warning"], id="scp form"),
        pytest.param(
            f"git+https://${{TOKEN}}@h.example/p@{COMMIT}\n", [], id="a token in the address, a commit behind it"
        ),
        pytest.param(
            "git+https://${TOKEN}@h.example/p@main\n", ["vcs-without-commit:warning"], id="a token hides no branch"
        ),
        pytest.param("https://h.example/p-1.0.tar.gz\n", ["url-without-hash:warning"], id="a URL"),
        pytest.param(f"https://h.example/p-1.0.tar.gz#sha256={DIGEST}\n", [], id="a URL with its hash"),
        pytest.param(f"https://h.example/p-1.0.tar.gz#md5={DIGEST[:32]}\n", ["url-without-hash:warning"], id="md5"),
        pytest.param("-r https://h.example/r.txt\n", ["url-without-hash:warning"], id="an include from the network"),
        pytest.param(
            "--extra-index-url https://h.example/simple\ntorch==1.0\n", ["extra-index:error"], id="an extra index"
        ),
        pytest.param("--extra-i https://h.example/simple\n", ["extra-index:error"], id="an abbreviated option"),
        pytest.param(
            '--extra-"index"-url=https://h.example/simple x\n', ["extra-index:error"], id="quotes inside an option"
        ),
        pytest.param("--index-url https://h.example/simple\ntorch==1.0\n", [], id="one index instead of PyPI"),
        pytest.param(f"--extra-index-url {pypi.SIMPLE}\ntorch==1.0\n", [], id="PyPI on top of PyPI"),
        pytest.param(
            f"-i https://h.example/s\n--extra-index-url {pypi.SIMPLE}\n",
            ["extra-index:error"],
            id="PyPI on top of another",
        ),
        pytest.param(
            f"--extra-index-url https://h.example/s\ntorch==1.0 --hash=sha256:{DIGEST}\n",
            ["extra-index:note"],
            id="an extra index where all is hashed",
        ),
        pytest.param("-i http://h.example/simple\n", ["insecure-index:error"], id="an index over http"),
        pytest.param("-ihttp://h.example/simple\n", ["insecure-index:error"], id="a value stuck to its option"),
        pytest.param("-i http://localhost:8080/simple\n-i http://127.0.0.1/\n", [], id="an index on this machine"),
        pytest.param("--trusted-host h.example\n", ["trusted-host:error"], id="a trusted host"),
        pytest.param("--trusted-host localhost\n", [], id="this machine may be trusted"),
        pytest.param("-f http://h.example/wheels.html\n", ["http-find-links:error"], id="links over http"),
        pytest.param("-f https://h.example/wheels.html\n", ["http-find-links:warning"], id="links over https"),
        pytest.param("--no-index -f https://h.example/wheels.html\n", [], id="links are the only source"),
        pytest.param("-f ./wheels\n--find-links=/srv/wheels\n", [], id="links to a folder"),
        pytest.param(f"a==1 --hash=sha256:{DIGEST}\nb==2\n", ["partial-hashes:warning"], id="half hashed"),
        pytest.param(f"a==1 --hash=sha256:{DIGEST}\nb==2 --hash sha256:{DIGEST}\n", [], id="all hashed"),
    ],
)
def test_requirements(text: str, expected: list[str]) -> None:
    assert levels("requirements.txt", text) == expected


def test_every_rule_is_tested_here_or_with_locks() -> None:
    told = "".join(path.read_text(encoding="utf-8") for path in pathlib.Path(__file__).parent.glob("test_*.py"))
    told += repr(PIN_TABLE).replace("'", '"')
    assert [rule.id for rule in HOOK.rules if f'"{rule.id}' not in told] == []


def test_the_message_says_what_floats_why_it_is_judged_so_and_where() -> None:
    dockerfile = "FROM python:3.11\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
    [finding] = judge("requirements.txt", "# deps\n\ntorch>=2\n", {"Dockerfile": dockerfile})
    assert finding.message == (
        "torch>=2 always takes the newest release; write torch==VERSION. "
        "Judged as an application because Dockerfile installs it."
    )
    assert (finding.location.line, finding.location.column) == (3, 1)


def test_a_continued_line_is_found_at_its_first_line_and_ignored_anywhere_in_it() -> None:
    [finding] = judge("requirements.txt", "a==1\ntorch \\\n  >=2 \\\n  ; python_version > '3'\n")
    assert (finding.location.line, finding.location.scope) == (2, (2, 4))


def test_no_message_holds_a_password() -> None:
    secret = "hunter" + "2"
    text = (
        f"--extra-index-url https://user:{secret}@h.example/simple?token={secret}\n"
        f"git+https://user:{secret}@h.example/p@main\nhttps://user:{secret}@h.example/a-1.tar.gz\n"
        f"-i http://user:{secret}@h.example/s\n-f http://u:{secret}@h.example/f\n-r https://u:{secret}@h.example/r.txt\n"
        f"!! {secret}\n= {secret}\n"
    )
    findings = judge("requirements.txt", text)
    assert len(findings) > 7
    assert not [finding for finding in findings if secret in repr(finding)]


@pytest.mark.parametrize(
    ("line", "beside", "expected"),
    [
        pytest.param("wheels/a-1.0-py3-none-any.whl", {}, ["missing-local-archive:note"], id="it is not there"),
        pytest.param("./a-1.0.tar.gz", {}, ["missing-local-archive:note"], id="an sdist that is not there"),
        pytest.param("wheels/a-1.0-py3-none-any.whl", {"app/wheels/a-1.0-py3-none-any.whl": b""}, [], id="beside"),
        pytest.param("wheels/a-1.0-py3-none-any.whl", {"wheels/a-1.0-py3-none-any.whl": b""}, [], id="from the top"),
        pytest.param("/opt/a-1.0-py3-none-any.whl", {}, [], id="a place on the machine"),
        pytest.param("./${DIR}/a-1.0-py3-none-any.whl", {}, [], id="a folder that is computed"),
        pytest.param("./folder", {}, [], id="a folder"),
    ],
)
def test_local_archives(line: str, beside: dict[str, str | bytes], expected: list[str]) -> None:
    assert levels("app/requirements.txt", f"{line}\n", beside) == expected
