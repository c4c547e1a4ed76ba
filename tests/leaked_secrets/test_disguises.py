"""Ways to write a secret that people and tools have, and that a search of lines misses; and what only looks so."""

from __future__ import annotations

import base64
import json
import pickle
import textwrap
from random import Random

import pytest
from contexts import code, display, notebook, stream
from tokens import ALL_SHAPES, text_of, token_of

from mlhooks.core.files import Blob
from mlhooks.core.finding import Finding
from mlhooks.leaked_secrets import HOOK

SHAPES = {shape.id: shape for shape in ALL_SHAPES}
TOKEN = token_of(SHAPES["hugging-face"], Random(7))
WEBHOOK = token_of(SHAPES["slack-webhook"], Random(7))
PASSWORD = "Tr4" + "vel-2" + "Mars!"
KEY = "k9Xq2" + "Zr7Lm4" + "Tn8Vb1Wc6"


def check(path: str, data: str | bytes) -> list[Finding]:
    return list(HOOK.check(Blob(path, data if isinstance(data, bytes) else data.encode()), {}))


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def highlighted(name: str, value: str, open_bracket: str = "") -> str:
    """An assignment, or an argument of a call, as nbconvert and Sphinx write it."""
    words = (
        ("n", name),
        ("p", open_bracket),
        ("n", "key" if open_bracket else ""),
        ("o", "="),
        ("s2", f"&quot;{value}&quot;"),
    )
    parts = (f'<span class="{kind}">{word}</span>' for kind, word in words if word)
    return f'<div class="highlight"><pre><span></span>{"".join(parts)}</pre></div>'


def wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(base64_of(text), width))


LONG_FILE = "# the first line of this file is long enough to fill a line\n" * 2 + f"HF_TOKEN={TOKEN}\nB=2\n"


@pytest.mark.parametrize(
    ("path", "data"),
    [
        pytest.param("a.md", "".join(f"&#{ord(letter)};" for letter in TOKEN), id="entities in Markdown"),
        pytest.param("a.html", f"<p>{TOKEN[:8]}&#x{ord(TOKEN[8]):x};{TOKEN[9:]}</p>", id="an entity in HTML"),
        pytest.param("a.html", f"<b>{TOKEN[:8]}</b>{TOKEN[8:]}", id="tags in HTML"),
        pytest.param("a.json", json.dumps({"t": TOKEN}).replace("_", "\\u005f"), id="an escape in JSON"),
        pytest.param("a.jsonl", json.dumps({"u": f"https://{WEBHOOK}"}).replace("/", "\\/"), id="escaped slashes"),
        pytest.param("a.py", f't = "{TOKEN.replace("_", chr(92) + "x5f")}"', id="an escape in Python"),
        pytest.param("a.log", f"\x1b[32m{TOKEN[:8]}\x1b[0m{TOKEN[8:]}\n", id="colours in a log"),
        pytest.param("a.py", f"t = \"{TOKEN[:8]}\" f'{TOKEN[8:]}'", id="two kinds of quotes"),
        pytest.param(
            "a.json", json.dumps({"a": json.dumps({"b": json.dumps({"t": TOKEN})})}), id="JSON in JSON in JSON"
        ),
        pytest.param("a.txt", f"x {TOKEN}\n".encode("utf-32-be"), id="UTF-32 without a mark"),
        pytest.param("a.txt", ("中" * 9000 + f" {TOKEN} ").encode("utf-16-le"), id="UTF-16 that begins in Chinese"),
        pytest.param("a.txt", b"a" * 9000 + f"\0\0 {TOKEN} ".encode(), id="NULs behind the first pages"),
        pytest.param("a.db", b"\0\1\2\xff" + TOKEN.encode("utf-16-le") + b"\1", id="UTF-16 in a binary file"),
        pytest.param("a.bin", pickle.dumps({"token": TOKEN}), id="a pickle"),
        pytest.param("a.txt", wrapped(LONG_FILE, 76) + "\n", id="base64 of several lines"),
        pytest.param("a.py", f'x = ("""{wrapped(LONG_FILE, 64)}""")\nfoo(x)\n', id="base64 of several lines in code"),
        pytest.param("a.yaml", f"data:\n  env: {base64_of('NAME=é' + chr(10) + f'T={TOKEN}')}\n", id="base64 of UTF-8"),
        pytest.param(
            "a.ipynb",
            notebook(code("x", stream(json.dumps({"u": f"https://{WEBHOOK}"}).replace("/", "\\/")))),
            id="escaped slashes in an output",
        ),
        pytest.param(
            "a.ipynb",
            notebook(code("x", stream(json.dumps({"t": TOKEN}).replace("_", "\\u005f")))),
            id="an escape in printed JSON",
        ),
        pytest.param(
            "a.ipynb",
            notebook(code(f't = "{TOKEN.replace("_", chr(92) + "x5f")}"')),
            id="an escape in the code of a cell",
        ),
        pytest.param("a.ipynb", notebook(code("x", stream(wrapped(LONG_FILE, 76)))), id="base64 in an output"),
        pytest.param(
            "a.ipynb", notebook(code(wrapped(LONG_FILE, 76), as_string=True)), id="base64 in the string of a cell"
        ),
    ],
)
def test_a_disguised_token_is_found(path: str, data: str | bytes) -> None:
    assert {finding.rule.id for finding in check(path, data)} <= {"ai-service-token", "service-token"}
    assert len(check(path, data)) == 1


def test_the_place_of_a_disguised_token_is_the_one_on_disk() -> None:
    (finding,) = check("a.html", f"<p>x</p>\n<p>&lt;</p> <b>{TOKEN[:8]}</b>{TOKEN[8:]}\n")
    assert (finding.location.line, finding.location.column) == (2, 16)
    (finding,) = check("a.db", bytes(range(256)) + TOKEN.encode("utf-16-le"))
    assert (finding.location.line, finding.location.column) == (2, 246)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("a.yaml", f"password: >-\n  {PASSWORD}\n", id="folded YAML"),
        pytest.param("a.yaml", f"db_password: |\n    {PASSWORD}\n", id="literal YAML"),
        pytest.param("a.yaml", f"env:\n  - name: DB_PASSWORD\n    value: {PASSWORD}\n", id="name and value in YAML"),
        pytest.param("a.json", f'[{{"name": "API_KEY", "value": "{KEY}"}}]', id="name and value in JSON"),
        pytest.param("a.tf", f'name  = "API_KEY"\nvalue = "{KEY}"\n', id="name and value in Terraform"),
        pytest.param("a.xml", f'<add key="ApiKey" value="{KEY}"/>', id="attributes"),
        pytest.param("a.html", f'<input name="api_key" value="{KEY}">', id="a form"),
        pytest.param("a.xml", f"<password>{PASSWORD}</password>", id="an element"),
        pytest.param("a.py", f'p.add_argument("--api-key", default="{KEY}")', id="argparse"),
        pytest.param("a.py", f'p.add_argument("--api_key", type=str,\n    default="{KEY}")', id="argparse, two lines"),
        pytest.param("a.py", f'@click.option("--password", default="{PASSWORD}")', id="click"),
        pytest.param("a.py", f'api_key: SecretStr = SecretStr("{KEY}")', id="pydantic"),
        pytest.param("a.py", f'api_key: str = Field(default="{KEY}")', id="a field"),
        pytest.param("a.py", f'password: str = field(default="{PASSWORD}")', id="a dataclass"),
        pytest.param("a.py", f'API_KEY = """\n{KEY}\n"""', id="three quotes"),
        pytest.param("a.py", f'API_KEY = (\n    "{KEY}"\n)', id="brackets"),
        pytest.param("a.py", f'API_KEY = args.key or "{KEY}"', id="behind or"),
        pytest.param("a.py", f'subprocess.run(["tool", "--api-key", "{KEY}"])', id="an argument in a list"),
        pytest.param("a.py", f'dsn = "host=h user=u password={PASSWORD} dbname=x"', id="a connection string"),
        pytest.param("a.py", f'c = "Server=h;Uid=u;Pwd={PASSWORD};"', id="ODBC"),
        pytest.param("a.R", f'api_key <- "{KEY}"', id="R"),
        pytest.param("a.fish", f"set -gx API_KEY {KEY}\n", id="fish"),
        pytest.param("_netrc", f"machine h.co password {PASSWORD} login bob\n", id="netrc, password first"),
        pytest.param("netrc", f"machine\th.co\tlogin\tbob\tpassword\t{PASSWORD}\n", id="netrc with tabs"),
        pytest.param("a.ipynb", notebook(code(f"%env DB_PASSWORD {PASSWORD}")), id="magic with a blank"),
        pytest.param(
            "a.ipynb", notebook(code("x", stream(f"API_KEY     {KEY}\nB   1\n"))), id="a table of the environment"
        ),
        pytest.param("a.ipynb", notebook(code("x", stream(f"Your API key: {KEY}\n"))), id="two words"),
        pytest.param(
            "a.ipynb",
            notebook(code("x", display(text__html=f"<tr>\n   <th>API_KEY</th>\n   <td>{KEY}</td></tr>"))),
            id="a table in HTML",
        ),
        pytest.param("a.html", f"<p>1</p>{highlighted('api_key', KEY)}", id="highlighted code"),
        pytest.param("a.md", highlighted("db_password", PASSWORD), id="highlighted code in Markdown"),
        pytest.param(
            "a.ipynb", notebook(code("x", display(text__html=highlighted("api_key", KEY)))), id="code in an output"
        ),
        pytest.param(
            "a.ipynb",
            notebook(widgets={"1": {"model_name": "TextModel", "state": {"description": "API key:", "value": KEY}}}),
            id="a widget by its label",
        ),
    ],
)
def test_a_value_is_found_by_its_name_in_every_form(path: str, text: str) -> None:
    (finding,) = check(path, text)
    assert finding.rule.id in ("hardcoded-secret", "credentials-file")
    assert not [secret for secret in (PASSWORD, KEY) if secret in str(finding)]


RANDOM = Random(11)
HEX = text_of("[a-f0-9]{40}", RANDOM)
BASE64 = text_of("[A-Za-z0-9+/]{64}", RANDOM)
MINIFIED = "".join(
    f"function {text_of('[a-z]', RANDOM)}(t,e){{return t.key===e?n.token[{number}]:"
    f"i.Key(0x{number:04x},'{text_of('[a-z]{5}', RANDOM)}')}}"
    for number in range(60)
)
BAR = {"description": "Tokens: ", "value": " 1.2k/1.2k [00:01<00:00, 934B/s]"}


@pytest.mark.parametrize("path", ["a.html", "a.ipynb"])
def test_a_call_in_highlighted_code_is_found(path: str) -> None:
    text = highlighted("wandb.login", HEX, "(")
    (finding,) = check(path, text if path == "a.html" else notebook(code("x", display(text__html=text))))
    assert finding.rule.id == "ai-service-token"


@pytest.mark.parametrize("path", ["a.html", "a.ipynb"])
def test_marks_may_divide_words_as_well(path: str) -> None:
    text = f"<span>user</span><span>{TOKEN}</span><span>end</span>"
    (finding,) = check(path, text if path == "a.html" else notebook(code("x", display(text__html=text))))
    assert finding.rule.id == "ai-service-token"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param(
            "a.html",
            highlighted("api_key", "your-key-1234567")
            + highlighted("pad_token", "&lt;pad_1&gt;")
            + highlighted("rev", HEX),
            id="highlighted code without secrets",
        ),
        pytest.param(
            "a.json", json.dumps({"sha256": HEX * 2, "revision": HEX, "token": "main"}), id="digests of a model"
        ),
        pytest.param("a.py", f'REVISION = "{HEX}"\ntokenizer = load("x", revision="{HEX}")', id="revisions"),
        pytest.param("a.py", f'key = "{HEX}"\ncache_key = "{HEX}"\nhash_token = "{HEX}"', id="keys of caches"),
        pytest.param("a.md", "Set `HF_TOKEN=hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` first.", id="a placeholder"),
        pytest.param("a.py", 'p.add_argument("--token", default=os.environ["HF_TOKEN"])', id="a default from outside"),
        pytest.param("a.py", 'p.add_argument("--pad-token", type=str, default="<|endoftext|>")', id="a default word"),
        pytest.param("a.py", 'p.add_argument("--api-key", default="your-api-key-1234567")', id="a default placeholder"),
        pytest.param("a.py", f'api_key: str = Field(default="api_key_v2")\nx = "{HEX}"', id="a field's own name"),
        pytest.param("a.py", 'token = tokenizer.encode("A1b2C3d4E5f6G7h8I9j0")', id="a call's result"),
        pytest.param("a.py", 'if password > "a1b2c3d4!" or token < "x1y2z3w4v5u6t7s8":\n    pass', id="a comparison"),
        pytest.param("a.py", f'{{"AWS::ApiGateway::ApiKey": "{HEX[:16]}"}}', id="a type's name"),
        pytest.param(
            "a.json", '{"license_key": "lgpl-2.1-qt-company", "spdx_key": "GFDL-1.1-only"}', id="names of licences"
        ),
        pytest.param(
            "a.yaml",
            "env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef: {name: db1, key: p}\n",
            id="a reference in YAML",
        ),
        pytest.param(
            "a.yaml", "env:\n  - name: HF_TOKEN\n    value: ${{ secrets.HF_TOKEN_2 }}\n", id="a template in YAML"
        ),
        pytest.param("a.yaml", "password: >-\n  the password of the data base, see 1password\n", id="folded prose"),
        pytest.param(
            "a.ipynb",
            notebook(code("x", stream("pad_token     <|endoftext|>\nMAX_TOKEN     4096\n"))),
            id="a table of settings",
        ),
        pytest.param(
            "a.ipynb", notebook(code("x", display(text__html=f"<script>{MINIFIED}</script>"))), id="minified scripts"
        ),
        pytest.param(
            "a.ipynb",
            notebook(code("x", display(text__html=f"<img src='data:image/svg+xml;base64,{BASE64}'>"))),
            id="data URIs",
        ),
        pytest.param(
            "a.json", json.dumps({"embedding": [round(RANDOM.random(), 17) for _ in range(300)]}), id="embeddings"
        ),
        pytest.param("uv.lock", f'token = {{ hash = "sha256:{HEX}{HEX[:24]}" }}\n', id="a lock file"),
        pytest.param("a.pem", wrapped("certificate " * 40, 64), id="base64 of prose"),
        pytest.param(
            "a.html", "<p>password</p>\n<p>must have 8 characters, a digit and one of !@#$</p>", id="prose in HTML"
        ),
        pytest.param(
            "a.ipynb",
            notebook(widgets={"1": {"state": {"description": "Password:", "value": ""}}}),
            id="an empty widget",
        ),
        pytest.param("a.ipynb", notebook(widgets={"1": {"state": BAR}}), id="a progress bar"),
        pytest.param(
            "a.py", "dsn = f\"host={h} password={os.environ['P4SS']} dbname=x\"", id="a connection from outside"
        ),
        pytest.param(
            "a.py", '"""The password=value pairs of host=name are split at blanks1."""', id="prose of connections"
        ),
    ],
)
def test_honest_work_is_silent(path: str, text: str) -> None:
    assert check(path, text) == []
