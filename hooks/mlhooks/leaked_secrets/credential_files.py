"""The files in which tools keep credentials, known by their content (a cell may write one) or by their name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from mlhooks.core.finding import Level
from mlhooks.leaked_secrets.matching import Leak, compiled
from mlhooks.leaked_secrets.rejects import is_placeholder, is_sequence, is_template
from mlhooks.leaked_secrets.rules import CREDENTIALS_FILE
from mlhooks.leaked_secrets.structure import decoded
from mlhooks.leaked_secrets.values import is_example, is_reference


class Form(NamedTuple):
    """One tool's way of writing a credential.

    `literal` must stand in the text; `pattern` has one group: the secret. `files` are ends of paths for which this form
    speaks; a form without them is recognised anywhere.
    """

    id: str
    what: str
    literal: str
    pattern: str
    files: tuple[str, ...] = ()
    is_secret: Callable[[str], bool] = lambda _: True


def _is_login(value: str) -> bool:
    """Docker's `auth`: base64 of user:password."""
    data = decoded(value)
    if data is None or not data.isascii():
        return False
    user, colon, password = data.decode("ascii").partition(":")
    return bool(user and colon) and is_filled_in(password)


def _is_hidden_text(value: str) -> bool:
    """Kubernetes: base64 of some text."""
    data = decoded(value.strip("\"'"))
    if not data or not data.isascii():
        return False
    text = data.decode("ascii").strip()
    return len(text) >= 6 and text.isprintable() and " " not in text and is_filled_in(text) and not text.isalpha()


_Q = r"\\{0,3}[\"']"
_SETTINGS = (
    r"(?:secret_access_key|aws_secret_access_key|password|sas_token|connection_string|account_key|client_secret|"
    r"gdrive_client_secret|gdrive_service_account_json|token|secret_key|session_token|gs_secret_access_key|"
    r"gs_oauth2_refresh_token|token_secret|api_key|pass)"
)
_SETTING = rf"(?m)^[ \t]*{_SETTINGS}[ \t]*[=:][ \t]*[\"']?([^\s\"'#;]{{4,2000}})"

FORMS: tuple[Form, ...] = (
    Form(
        "netrc",
        "password in .netrc form",
        "machine",
        r"\bmachine\s+[^\s\"']+\s+(?:(?:login|account)\s+[^\s\"']+\s+){0,2}password\s+([^\s\"'\\]{3,300})",
    ),
    Form(
        "netrc-default",
        "password in .netrc form",
        "password ",
        r"(?m)^default\s+login\s+\S+\s+password\s+([^\s\"'\\]{3,300})",
    ),
    Form(
        "kaggle-json",
        "Kaggle API key",
        "username",
        rf"{_Q}username{_Q}\s*:\s*{_Q}[^\"'\\]{{1,100}}{_Q}\s*,\s*{_Q}key{_Q}\s*:\s*{_Q}([a-f0-9]{{32}}){_Q}",
    ),
    Form(
        "kaggle-json",
        "Kaggle API key",
        "username",
        rf"{_Q}key{_Q}\s*:\s*{_Q}([a-f0-9]{{32}}){_Q}\s*,\s*{_Q}username{_Q}\s*:",
    ),
    Form(
        "docker-config",
        "Docker login",
        "auth",
        rf"{_Q}auth{_Q}\s*:\s*{_Q}([A-Za-z0-9+/]{{8,2000}}={{0,2}}){_Q}",
        is_secret=_is_login,
    ),
    Form("npm-auth", "npm registry token", ":_authToken=", r":_authToken=[\"']?([^\s\"'$]{8,300})"),
    Form("npm-password", "npm registry password", ":_password=", r":_password=[\"']?([^\s\"'$]{8,300})"),
    Form(
        "docker-identity",
        "Docker identity token",
        "identitytoken",
        rf"{_Q}identitytoken{_Q}\s*:\s*{_Q}([\w.+/=-]{{16,4000}}){_Q}",
    ),
    Form(
        "clearml-conf",
        "ClearML secret key",
        "secret_key",
        r"credentials\s*\{[^}]{0,2000}?[\"']?secret_key[\"']?\s*[=:]?\s*[\"']([^\"'\s]{16,200})[\"']",
    ),
    Form(
        "dvc-remote",
        "credential of a DVC remote",
        'remote "',
        rf"(?m)\['?remote \"[^\]\n]{{1,200}}\][^\[]{{0,4000}}?{_SETTING[4:]}",
    ),
    Form(
        "kubernetes-secret",
        "value of a Kubernetes Secret",
        "kind: Secret",
        r"(?m)^[ \t]+[\w.-]+:[ \t]*[\"']?([A-Za-z0-9+/]{8,4000}={0,2})[\"']?[ \t]*\r?$",
        is_secret=_is_hidden_text,
    ),
    Form(
        "tool-settings",
        "credential in a tool's settings",
        "",
        _SETTING,
        files=(
            ".dvc/config",
            ".dvc/config.local",
            ".pypirc",
            ".aws/credentials",
            ".boto",
            ".s3cfg",
            ".modal.toml",
            ".databrickscfg",
            "rclone.conf",
            "pip.conf",
            "pip.ini",
            "auth.toml",
        ),
    ),
    Form(
        "streamlit-secrets",
        "value in Streamlit's secrets",
        "",
        r"(?m)^[ \t]*[\w.-]+[ \t]*=[ \t]*[\"']([^\"'\s]{8,4000})[\"']",
        files=(".streamlit/secrets.toml",),
    ),
)


def find_credentials(path: str, text: str) -> Iterator[Leak]:
    """Credentials in the forms of tools' own files. `path` is the file's, with `/`; "" for a part of a file."""
    for form in FORMS:
        if form.files:
            if not path.endswith(form.files):
                continue
        elif form.literal not in text:
            continue
        for match in compiled(form.pattern).finditer(text):
            value = match[1]
            if is_filled_in(value) and form.is_secret(value):
                yield Leak(CREDENTIALS_FILE, form.id, form.what, Level.ERROR, *match.span(1), value, "")


def is_filled_in(value: str) -> bool:
    """Whether a person put something real there: neither a placeholder nor a reference to some other place."""
    return not (
        len(value) < 6
        or is_template(value)
        or is_reference(value)
        or is_placeholder(value)
        or is_sequence(value)
        or is_example(value)
        or value.lower() in {"password", "secret", "token", "none", "null", "true", "false"}
    )


def wants_every_byte(path: str) -> bool:
    """Whether a file of this name is read even when the gate saw nothing in it."""
    return any(path.endswith(form.files) for form in FORMS if form.files)
