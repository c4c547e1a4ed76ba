"""The places in which tokens leak: each function writes a token into a small file, as people and tools do."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, NamedTuple


class Context(NamedTuple):
    """One way to leak: the path of the file, and its content around a token. `word` is a vendor's word, or ""."""

    path: str
    write: Callable[[str, str], str]


def notebook(*cells: dict[str, Any], **metadata: Any) -> str:
    """A notebook as Jupyter writes it."""
    return json.dumps({"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def code(source: str, *outputs: dict[str, Any], as_string: bool = False, **metadata: Any) -> dict[str, Any]:
    """A code cell."""
    lines: str | list[str] = source if as_string else source.splitlines(keepends=True)
    return {
        "cell_type": "code",
        "execution_count": 1,
        "id": "a1",
        "metadata": metadata,
        "outputs": list(outputs),
        "source": lines,
    }


def stream(text: str) -> dict[str, Any]:
    return {"name": "stdout", "output_type": "stream", "text": text.splitlines(keepends=True)}


def display(**data: Any) -> dict[str, Any]:
    """An output with data by MIME type; `__` in a name stands for `/`, `_` for `+`."""
    named = {mime.replace("__", "/").replace("_", "+"): value for mime, value in data.items()}
    return {"data": named, "metadata": {}, "output_type": "display_data"}


def error(*traceback: str) -> dict[str, Any]:
    return {"ename": "ValueError", "evalue": "bad", "output_type": "error", "traceback": list(traceback)}


def _half(token: str) -> tuple[str, str]:
    return token[: len(token) // 2], token[len(token) // 2 :]


def _split_code(token: str, word: str) -> str:
    first, second = _half(token)
    return f'# {word}\nvalue = ("{first}"\n         "{second}")\n'


def _sum_code(token: str, word: str) -> str:
    first, second = _half(token)
    return f"# {word}\nvalue = '{first}' + '{second}'\n"


CONTEXTS: dict[str, Context] = {
    "python assignment": Context("a.py", lambda t, w: f'# {w}\nvalue = "{t}"\n'),
    "python call": Context("a.py", lambda t, w: f'client = Client("{w}", api_key="{t}", retries=3)\n'),
    "python dict": Context("a.py", lambda t, w: f"config = {{'{w}': 1, 'token': '{t}'}}\n"),
    "os.environ": Context("a.py", lambda t, w: f'os.environ["{w.upper()}_API_KEY"] = "{t}"\n'),
    "python comment": Context("a.py", lambda t, w: f"x = 1  # {w} {t}\n"),
    "f-string": Context("a.py", lambda t, w: f'headers = {{"Authorization": f"Bearer {t}"}}  # {w}\n'),
    "env file": Context(".env", lambda t, w: f"# {w}\nSERVICE_TOKEN={t}\nDEBUG=1\n"),
    "yaml": Context("config.yaml", lambda t, w: f"{w or 'service'}:\n  token: {t}\n  retries: 3\n"),
    "json": Context("config.json", lambda t, w: json.dumps({"service": w, "token": t}, indent=2) + "\n"),
    "json in a string": Context("a.json", lambda t, w: json.dumps({"body": json.dumps({"service": w, "key": t})})),
    "toml": Context("config.toml", lambda t, w: f'[{w or "service"}]\ntoken = "{t}"\n'),
    "ini": Context("config.ini", lambda t, w: f"[{w or 'service'}]\ntoken = {t}\n"),
    "dockerfile": Context("Dockerfile", lambda t, w: f"FROM python:3.12\n# {w}\nENV TOKEN={t}\nRUN pip list\n"),
    "shell export": Context("run.sh", lambda t, w: f"# {w}\nexport SERVICE_TOKEN={t}\npython train.py\n"),
    "curl": Context("run.sh", lambda t, w: f"curl -H 'Authorization: Bearer {t}' https://{w or 'api'}.dev/v1\n"),
    "url parameter": Context("a.py", lambda t, w: f'url = "https://{w or "api"}.dev/v1?key={t}&alt=json"\n'),
    "markdown": Context("README.md", lambda t, w: f"Log in to {w} with `{t}`.\n"),
    "html comment": Context("a.html", lambda t, w: f"<!-- {w}: {t} -->\n"),
    "diff": Context("a.patch", lambda t, w: f"@@ -1 +1 @@ {w}\n-old\n+{t}\n"),
    "csv": Context("a.csv", lambda t, w: f"name,token\n{w},{t}\n"),
    "jupytext": Context("a.py", lambda t, w: f'# %% [markdown]\n# {w}\n# %%\nlogin("{t}")\n'),
    "databricks": Context("a.py", lambda t, w: f"# COMMAND ----------\n# MAGIC %sh export {w.upper()}_X={t}\n"),
    "r markdown": Context("a.Rmd", lambda t, w: f'# {w}\n```{{r}}\nSys.setenv(TOKEN = "{t}")\n```\n'),
    "quarto": Context("a.qmd", lambda t, w: f"# {w}\n```{{python}}\nlogin('{t}')\n```\n"),
    "base64": Context("a.yaml", lambda t, w: f"data:\n  x: {base64.b64encode(f'{w}={t}'.encode()).decode()}\n"),
    "adjacent literals": Context("a.py", _split_code),
    "added literals": Context("a.py", _sum_code),
    "crlf": Context("a.py", lambda t, w: f'# {w}\r\nvalue = "{t}"\r\n'),
    "notebook source": Context("a.ipynb", lambda t, w: notebook(code(f'import {w or "x"}\nlogin("{t}")\n'))),
    "notebook source as one string": Context(
        "a.ipynb", lambda t, w: notebook(code(f'import {w or "x"}\nlogin("{t}")\n', as_string=True))
    ),
    "notebook %env": Context("a.ipynb", lambda t, w: notebook(code(f"%env {w.upper()}_TOKEN={t}\n"))),
    "notebook shell": Context("a.ipynb", lambda t, w: notebook(code(f"!{w or 'tool'} login --token {t}\n"))),
    "notebook adjacent literals": Context("a.ipynb", lambda t, w: notebook(code(_split_code(t, w)))),
    "notebook markdown": Context(
        "a.ipynb", lambda t, w: notebook({"cell_type": "markdown", "metadata": {}, "source": [f"My {w} key: {t}"]})
    ),
    "notebook stream": Context("a.ipynb", lambda t, w: notebook(code("x", stream(f"{w}\n{{'token': '{t}'}}\n")))),
    "notebook coloured": Context(
        "a.ipynb", lambda t, w: notebook(code("x", stream(f"{w} \x1b[32m{t}\x1b[0m\x1b[1mdone\n")))
    ),
    "notebook html": Context(
        "a.ipynb",
        lambda t, w: notebook(
            code("x", display(text__html=[f"<table><tr><td>{w}</td>\n", f"<td>{t}</td></tr></table>"]))
        ),
    ),
    "notebook html quoted": Context(
        "a.ipynb", lambda t, w: notebook(code("x", display(text__html=f"<pre>{w} &quot;{t}&quot;&#x27;</pre>")))
    ),
    "notebook json": Context(
        "a.ipynb", lambda t, w: notebook(code("x", display(application__json={w or "x": [{"value": f"{w} {t}"}]})))
    ),
    "notebook traceback": Context(
        "a.ipynb",
        lambda t, w: notebook(code("x", error("\x1b[0;31mValueError\x1b[0m", f"----> 1 {w}(\x1b[33m'{t}'\x1b[39m)"))),
    ),
    "notebook widget": Context(
        "a.ipynb",
        lambda t, w: notebook(
            widgets={"state": {"1": {"model_name": "PasswordModel", "state": {"value": t, "description": w}}}}
        ),
    ),
    "notebook parameters": Context(
        "a.ipynb", lambda t, w: notebook(code("x"), papermill={"parameters": {f"{w}_token": t}})
    ),
}

# A word that stands in another string of the same structure is not near for these: each value is read on its own.
WITHOUT_WORD = {"notebook widget", "notebook parameters", "json in a string"}
# A block of several lines, or one that is a URL, has no place here.
ONE_LINE_ONLY = frozenset(CONTEXTS) - {"python comment"}
