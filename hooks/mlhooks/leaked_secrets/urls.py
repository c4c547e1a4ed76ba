"""Passwords inside URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlhooks.core.finding import Level
from mlhooks.leaked_secrets.lazy import lazy
from mlhooks.leaked_secrets.matching import Leak
from mlhooks.leaked_secrets.rejects import is_placeholder, is_sequence, is_template
from mlhooks.leaked_secrets.rules import PASSWORD_IN_URL

URL_SIGN = "://"

_SCHEMES = frozenset(
    {
        "http", "https", "ftp", "ftps", "sftp", "ssh", "git", "git+http", "git+https", "git+ssh", "s3", "s3a",
        "gs", "postgres", "postgresql", "mysql", "mariadb", "redis", "rediss", "amqp", "amqps", "mqtt",
        "mongodb", "mongodb+srv", "mlflow", "snowflake", "clickhouse", "mssql", "oracle", "cockroachdb",
        "trino", "presto", "hive", "impala", "kafka", "nats", "ldap", "ldaps", "smtp", "smtps", "imap", "imaps",
        "bolt", "neo4j", "elasticsearch", "opensearch", "jdbc", "db2", "vertica", "redshift", "duckdb",
        "socks5", "svn", "hg", "wss", "ws", "azure", "wasbs",
    }
)  # fmt: skip
_BEFORE = lazy(r"[A-Za-z][A-Za-z0-9+]{1,30}\Z")
_CREDENTIALS = lazy(
    r"(?P<user>[^\s/:@\"'<>`\\?#]{0,100}):(?P<password>[^\s/@\"'<>`\\]{3,300})@(?P<host>[A-Za-z0-9_.\[-][^\s\"'<>`\\/,;)]{0,200})"
)
_PLACEHOLDERS = frozenset(
    {
        "pass", "password", "passwd", "pwd", "passwort", "secret", "token", "pw", "user", "username", "key",
        "apikey", "api_key", "credentials", "admin", "root", "guest", "test", "postgres", "mysql", "redis",
        "mongo", "mongodb", "mlflow", "airflow", "minio", "minioadmin", "rabbitmq", "neo4j", "example",
        "default", "changeme", "hunter2", "xxx", "abc", "123", "1234", "12345", "123456", "foo", "bar", "baz",
        "pass123", "x-oauth-basic", "x-access-token", "mypassword", "yourpassword", "your_password",
        "your-password", "my_password", "pass1", "p4ss", "p@ss", "passw0rd", "blah", "something", "somepass",
    }
)  # fmt: skip
_LOCAL_HOSTS = lazy(
    r"(?i)(?:example\.(?:com|org|net)|[\w.-]*\.(?:example|invalid|test)|host(?:name)?|server|your[\w.-]*|localhost|127\.0\.0\.1|0\.0\.0\.0|db|postgres|redis|mysql|mongo|rabbitmq|\[::1\])(?:[:/?\]]|$)"
)
_STRONG = lazy(r"(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9_+/=.~!$%*-]{12,}")


def find_url_passwords(text: str) -> Iterator[Leak]:
    """URLs with a user and a password that is neither a placeholder nor a reference.

    A password for a service on this machine or in the same compose file counts only when it is a random one.
    """
    hit = text.find(URL_SIGN)
    while hit >= 0:
        match = _CREDENTIALS().match(text, hit + len(URL_SIGN))
        scheme = _BEFORE().search(text[max(0, hit - 32) : hit])
        known = [part for part in scheme[0].lower().split("+") if part in _SCHEMES] if scheme else []
        if match and known and _is_password(match):
            shown = f"{known[0]}://"
            yield Leak(
                PASSWORD_IN_URL,
                "password-in-url",
                "password",
                Level.ERROR,
                *match.span("password"),
                match["password"],
                shown,
            )
        hit = text.find(URL_SIGN, hit + len(URL_SIGN))


def _is_password(match: re.Match[str]) -> bool:
    user, password, host = match["user"], match["password"], match["host"]
    if is_template(password) or is_template(user) or password.startswith(("$", "{", "%", "<", "[", "*", "(")):
        return False
    if password.lower() in _PLACEHOLDERS or password == user or is_placeholder(password) or is_sequence(password):
        return False
    if password.isupper() and password.isalpha():
        return False
    if password.isdigit() and len(password) <= 5:
        return False  # a port: `http://host:8080@...` does not occur, `name:1234@` in logs does
    return not _LOCAL_HOSTS().match(host) or _STRONG().fullmatch(password) is not None
