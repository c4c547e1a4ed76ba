"""`mlhooks demo DIR`: a small, realistic, leaky ML project to try the hooks on.

Everything hostile or token-shaped is put together here at run time, so that this repository holds none of it. The
people are invented, the tokens open nothing, and the payload of the model would only print a line.
"""

from __future__ import annotations

import os
import random
import string
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

CUSTOMERS = (
    ("Alma Okafor", "alma.okafor@mailbox.example", "+1 202 555 0147", "12 Harbour Street", 71_200),
    ("Bruno Lindqvist", "b.lindqvist@mailbox.example", "+1 202 555 0119", "3 Mill Lane", 48_900),
    ("Chiara Novak", "chiara.novak@mailbox.example", "+1 202 555 0162", "88 Station Road", 93_400),
    ("Dmitri Haas", "d.haas@mailbox.example", "+1 202 555 0133", "7 Orchard Close", 55_050),
    ("Esra Lemaire", "esra.lemaire@mailbox.example", "+1 202 555 0178", "41 Castle Hill", 62_700),
    ("Felix Amadi", "felix.amadi@mailbox.example", "+1 202 555 0155", "19 Bridge Avenue", 80_300),
)
COLUMNS = ("customer_name", "email", "phone", "street", "income")


def main(name: str, words: Sequence[str], load_all: Callable[[], Iterable[object]]) -> int:  # noqa: ARG001  # as every command
    """Write the project into the folder that is named; the exit status."""
    if len(words) != 1 or words[0].startswith("-"):
        print("usage: mlhooks demo DIR", file=sys.stderr)
        return 2
    folder = words[0]
    try:
        if os.path.isdir(folder) and os.listdir(folder):
            print(f"mlhooks: {folder} is not empty; name a new folder", file=sys.stderr)
            return 2
        os.makedirs(folder, exist_ok=True)
        for path, content in project().items():
            with open(os.path.join(folder, path), "wb") as file:
                file.write(content)
    except OSError as error:
        print(f"mlhooks: could not write the demo: {error.strerror}: {folder}", file=sys.stderr)
        return 2
    print(f"wrote a small leaky project to {folder}; now run: mlhooks all {folder}")
    return 0


def project() -> dict[str, bytes]:
    """The files of the project by path. The same bytes every time."""
    return {
        "README.md": README.encode(),
        "train.py": _train().encode(),
        "evaluate.py": EVALUATE.encode(),
        "eda.ipynb": _notebook().encode(),
        "metrics.ipynb": _metrics().encode(),
        "model.pkl": _hostile_model(),
        "model.safetensors": _safe_model(),
        "requirements.txt": REQUIREMENTS.encode(),
        "requirements-lock.txt": LOCKED.encode(),
        "Dockerfile": DOCKERFILE.encode(),
    }


def _token(prefix: str, alphabet: str, length: int) -> str:
    """A token of the right shape that opens nothing; the same one every time."""
    source = random.Random(prefix)  # noqa: S311  # must be repeatable, and must not be a secret
    return prefix + "".join(source.choices(alphabet, k=length))


README = """\
# Churn

Predicts which customers will leave. Train with `python train.py`, look at the result in `metrics.ipynb`.
"""


def _train() -> str:
    token = _token("hf" + "_", string.ascii_letters, 34)
    return f'''\
"""Fine-tune a small model on the churn data."""

import pickle

from datasets import load_dataset
from huggingface_hub import login
from sklearn.linear_model import LogisticRegression

login(token="{token}")

data = load_dataset("acme/churn", split="train").to_pandas()
features = data.drop(columns=["email", "churned"])
model = LogisticRegression(max_iter=200).fit(features, data["churned"])
with open("model.pkl", "wb") as file:
    pickle.dump(model, file)
'''


EVALUATE = '''\
"""Measure the model on data it has not seen."""

import os

from datasets import load_dataset
from safetensors.numpy import load_file

token = os.environ["HF_TOKEN"]
weights = load_file("model.safetensors")
data = load_dataset("acme/churn", split="test", token=token).to_pandas()
score = data[["tenure", "price"]].to_numpy() @ weights["coefficients"] + weights["intercept"]
print(f"accuracy: {((score > 0) == data['churned']).mean():.3f}")
'''

REQUIREMENTS = """\
# What train.py needs
--extra-index-url https://packages.acme.example/simple
datasets>=2.19
numpy==2.1.3
scikit-learn
"""

LOCKED = """\
# What evaluate.py needs
numpy==2.1.3
safetensors==0.5.3
"""

DOCKERFILE = """\
FROM python:latest
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
RUN curl -sSL https://get.acme.example/agent.sh | sh
CMD ["python", "train.py"]
"""


def _notebook() -> str:
    from nbformat import v4

    key = _token("gsk" + "_", string.ascii_letters + string.digits, 52)
    table = {"text/html": _html_table(), "text/plain": _text_table()}
    return _written(
        [
            v4.new_markdown_cell("# Who are our customers?", id="intro"),
            v4.new_code_cell(f'import os\n\nos.environ["GROQ_API_KEY"] = "{key}"', id="key", execution_count=1),
            v4.new_code_cell(
                'import pandas as pd\n\ncustomers = pd.read_parquet("customers.parquet")\ncustomers.head(6)',
                id="table",
                execution_count=2,
                outputs=[v4.new_output("execute_result", table, execution_count=2)],
            ),
            v4.new_code_cell(
                "customers.income.mean()",
                id="mean",
                execution_count=3,
                outputs=[v4.new_output("execute_result", {"text/plain": "68591.67"}, execution_count=3)],
            ),
        ]
    )


def _metrics() -> str:
    """A notebook whose outputs are results, not data: nothing to find."""
    from nbformat import v4

    progress = "Epoch 1/2: 100%|██████████| 313/313 [00:04<00:00, 71.20it/s]\n"
    losses = "epoch  train_loss  val_loss\n    1      0.6121    0.5812\n    2      0.5307    0.5494\n"
    return _written(
        [
            v4.new_code_cell(
                "history = fit(epochs=2)",
                id="fit",
                execution_count=1,
                outputs=[v4.new_output("stream", name="stderr", text=progress)],
            ),
            v4.new_code_cell(
                "print(history.to_string(index=False))",
                id="losses",
                execution_count=2,
                outputs=[v4.new_output("stream", name="stdout", text=losses)],
            ),
        ]
    )


def _written(cells: list[Any]) -> str:
    import nbformat
    from nbformat import v4

    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    text: str = nbformat.writes(v4.new_notebook(cells=cells, metadata=kernel))
    return text + "\n"


def _html_table() -> str:
    """The table as pandas prints it in a notebook."""
    head = "".join(f"      <th>{column}</th>\n" for column in COLUMNS)
    rows = "".join(
        f"    <tr>\n      <th>{number}</th>\n"
        + "".join(f"      <td>{value}</td>\n" for value in customer)
        + "    </tr>\n"
        for number, customer in enumerate(CUSTOMERS)
    )
    return (
        '<div>\n<table border="1" class="dataframe">\n  <thead>\n    <tr style="text-align: right;">\n      <th></th>\n'
        f"{head}    </tr>\n  </thead>\n  <tbody>\n{rows}  </tbody>\n</table>\n</div>"
    )


def _text_table() -> str:
    """The same as plain text."""
    rows = [("", *COLUMNS), *((str(number), *map(str, customer)) for number, customer in enumerate(CUSTOMERS))]
    widths = [max(len(row[index]) for row in rows) for index in range(len(COLUMNS) + 1)]
    lines = ("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(lines)


class _Payload:
    """Pickles as a call. Attackers put their program where this one prints."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("print('this file ran code while it was loaded')",)


def _hostile_model() -> bytes:
    import pickle

    return pickle.dumps({"classes": [0, 1], "model": _Payload()}, protocol=4)


def _safe_model() -> bytes:
    """Two tensors in the layout of safetensors: the header's length, the header, the numbers."""
    import json
    import struct

    tensors = {"coefficients": (0.25, -1.5), "intercept": (0.125,)}
    header: dict[str, object] = {"__metadata__": {"format": "np"}}
    data = b""
    for name, values in tensors.items():
        offsets = [len(data), len(data) + 8 * len(values)]
        header[name] = {"dtype": "F64", "shape": [len(values)], "data_offsets": offsets}
        data += struct.pack(f"<{len(values)}d", *values)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data
