"""The files in which tools keep credentials, passwords in URLs, private keys: filled in, and not."""

from __future__ import annotations

import base64
from random import Random

import pytest
from contexts import code, notebook
from tokens import ALL_SHAPES, text_of, token_of

from mlhooks.core.files import Blob
from mlhooks.core.finding import Finding, Level
from mlhooks.leaked_secrets import HOOK

RANDOM = Random("credentials")
PASSWORD = "Tr4" + "vel-2" + "Mars"
HEX32 = text_of("[a-f0-9]{32}", RANDOM)
HEX40 = text_of("[a-f0-9]{40}", RANDOM)
KEY40 = text_of("[A-Za-z0-9/+]{40}", RANDOM)
WORD = text_of("[A-Za-z0-9]{22}", RANDOM)
PEM = token_of(ALL_SHAPES[0], RANDOM)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def check(path: str, text: str) -> list[Finding]:
    return list(HOOK.check(Blob(path, text.encode()), {}))


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        pytest.param(".netrc", f"machine api.wandb.ai\n  login user\n  password {PASSWORD}\n", 3, id="netrc"),
        pytest.param("_netrc", f"machine x.dev login me password {PASSWORD}\n", 1, id="netrc on one line"),
        pytest.param(
            "setup.sh", f"echo 'machine x.dev login me password {PASSWORD}' > ~/.netrc\n", 1, id="echoed netrc"
        ),
        pytest.param("kaggle.json", f'{{"username":"me","key":"{HEX32}"}}\n', 1, id="kaggle.json"),
        pytest.param(
            "a.sh", f'echo \'{{"username":"me","key":"{HEX32}"}}\' > ~/.kaggle/kaggle.json\n', 1, id="echoed kaggle"
        ),
        pytest.param(
            ".dvc/config", f"['remote \"s3\"']\n    url = s3://b\n    secret_access_key = {KEY40}\n", 3, id="dvc"
        ),
        pytest.param(".dvc/config.local", f"['remote \"az\"']\n    connection_string = {WORD}\n", 2, id="dvc local"),
        pytest.param(
            "clearml.conf",
            f'api {{ credentials {{\n "access_key" = "A1"\n "secret_key" = "{WORD}"\n}} }}\n',
            3,
            id="clearml",
        ),
        pytest.param(
            ".docker/config.json", f'{{"auths": {{"r": {{"auth": "{b64("me:" + PASSWORD)}"}}}}}}\n', 1, id="docker"
        ),
        pytest.param(".pypirc", f"[pypi]\nusername = me\npassword = {PASSWORD}\n", 3, id="pypirc"),
        pytest.param(".aws/credentials", f"[default]\naws_secret_access_key = {KEY40}\n", 2, id="aws"),
        pytest.param(".streamlit/secrets.toml", f'db_username = "me"\nopen = "{WORD}"\n', 2, id="streamlit"),
        pytest.param(
            "secret.yaml", f"apiVersion: v1\nkind: Secret\ndata:\n  db: {b64(PASSWORD)}\n", 4, id="kubernetes"
        ),
        pytest.param(
            ".npmrc",
            "//r.dev/:_auth"
            + f"Token={text_of('[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}', RANDOM)}\n",
            1,
            id="npmrc",
        ),
    ],
)
def test_a_filled_in_credentials_file_is_an_error(path: str, text: str, line: int) -> None:
    found = check(path, text)
    assert [(finding.level, finding.location.line) for finding in found] == [(Level.ERROR, line)]
    assert PASSWORD not in str(found)


def test_a_cell_that_writes_a_credentials_file_is_found() -> None:
    cell = code(f'%%writefile kaggle.json\n{{"username": "me", "key": "{HEX32}"}}\n')
    assert [finding.rule.id for finding in check("a.ipynb", notebook(cell))] == ["credentials-file"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param(
            ".netrc", "machine api.wandb.ai login user password ${WANDB_API_KEY}\n", id="netrc with a variable"
        ),
        pytest.param("doc.md", "machine <host> login <user> password <password>\n", id="netrc in documentation"),
        pytest.param("kaggle.json", '{"username":"me","key":"' + "x" * 32 + '"}\n', id="kaggle with x"),
        pytest.param(
            ".dvc/config", "[core]\n    remote = s3\n['remote \"s3\"']\n    url = s3://bucket/dir\n", id="dvc"
        ),
        pytest.param(".pypirc", "[pypi]\nusername = __token__\npassword = <your token>\n", id="pypirc"),
        pytest.param("config.json", '{"auth": "none", "auths": {}}\n', id="docker without a login"),
        pytest.param("secret.yaml", "kind: Secret\ndata:\n  db: {{ .Values.db | b64enc }}\n", id="helm"),
        pytest.param("secret.yaml", "kind: Secret\nmetadata:\n  name: database\ntype: Opaque\n", id="no data"),
        pytest.param("clearml.conf", 'credentials { access_key: "", secret_key: "" }\n', id="clearml empty"),
    ],
)
def test_an_empty_or_referring_credentials_file_stays_quiet(path: str, text: str) -> None:
    assert not check(path, text)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:{}@db.company.com:5432/x",
        "postgresql+psycopg2://me:{}@db.company.com/x",
        "mongodb+srv://me:{}@cluster0.abc.mongodb.net/x",
        "redis://:{}@cache.company.com:6379",
        "https://me:{}@github.com/acme/private.git",
        "git+https://oauth2:{}@gitlab.company.com/acme/x.git",
        "amqp://me:{}@queue.company.com",
        "https://me:{}@mlflow.company.com",
        "s3://me:{}@minio.company.com/bucket",
    ],
)
def test_a_password_in_a_url_is_an_error(url: str) -> None:
    for text in (f'x = "{url}"', f"x: {url}", f"!pip install {url}", f"pip install {url}  # why"):
        found = check("a.py", text.format(PASSWORD) + "\n")
        assert [(finding.rule.id, finding.level) for finding in found] == [("password-in-url", Level.ERROR)], text
        assert PASSWORD not in str(found)


def test_a_scheme_that_nobody_knows_is_not_printed() -> None:
    (finding,) = check("a.py", f'x = "git+{PASSWORD[:3]}x9Q+https://me:{PASSWORD}@company.com"\n')
    assert "stands in a git:// URL" in finding.message
    assert "x9Q" not in str(finding)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:password@localhost/db",
        "postgresql://user:pass@host:5432/db",
        "postgresql://${USER}:${PASSWORD}@db.company.com/x",
        "postgresql://{user}:{password}@db.company.com/x",
        "https://USERNAME:PASSWORD@github.com/x",
        "https://<user>:<token>@github.com/x",
        "https://x-access-token:$TOKEN@github.com/x",
        "https://user:%s@github.com/x",
        "http://localhost:8888/?x=a@b.c",
        "ssh://git@github.com:22/x",
        "https://medium.com/@writer/title:with@signs",
        "https://cdn.jsdelivr.net/npm/vega@5",
        "redis://:@cache:6379",
        "postgres://postgres:postgres@db:5432/postgres",
        "postgres://me:simple@localhost:5432/postgres",
        "https://user:***@company.com",
        "data:image/png;base64,iVBO//:ab@cd",
    ],
)
def test_a_url_without_a_real_password_stays_quiet(url: str) -> None:
    assert not check("a.py", f'x = "{url}"\n')


@pytest.mark.parametrize(
    ("text", "level"),
    [
        pytest.param(PEM + "-----END-----\n", Level.ERROR, id="pem"),
        pytest.param('{"private_key": "' + PEM.replace("\n", "\\n") + '"}', Level.ERROR, id="service account"),
        pytest.param('key = """' + PEM + '"""', Level.ERROR, id="in code"),
        pytest.param("".join(f'    "{line}\\n"\n' for line in PEM.splitlines()), Level.ERROR, id="as string literals"),
        pytest.param(PEM.replace("RSA ", "ENCRYPTED "), Level.WARNING, id="encrypted"),
        pytest.param(PEM.splitlines()[0] + "\n", None, id="the header alone"),
        pytest.param(PEM.splitlines()[0] + "\n...\n", None, id="dots"),
        pytest.param(PEM.splitlines()[0] + "\n" + b64("not a key at all, " * 8) + "\n", None, id="other bytes"),
        pytest.param(PEM.replace("PRIVATE", "PUBLIC"), None, id="a public key"),
    ],
)
def test_a_private_key_needs_its_body(text: str, level: Level | None) -> None:
    assert [finding.level for finding in check("a.txt", text)] == ([level] if level else [])
