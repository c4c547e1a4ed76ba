# ruff: noqa: E501  # frozen outputs are as wide as they were printed
"""Outputs that must stay quiet: results, schemas, logs, plots. From the real libraries where they are installed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import nb
import people
import pytest

from mlhooks.core.finding import Level


def pandas_frame(data: Any, **settings: Any) -> Any:
    return pytest.importorskip("pandas").DataFrame(data, **settings)


def polars_frame(columns: dict[str, list[Any]]) -> Any:
    return pytest.importorskip("polars").DataFrame(columns)


def classification(**settings: Any) -> Any:
    metrics = pytest.importorskip("sklearn.metrics")
    truth, guess = ["cat", "dog", "owl", "cat", "dog", "owl"] * 5, ["cat", "dog", "owl", "dog", "dog", "cat"] * 5
    return metrics.classification_report(truth, guess, **settings)


def search_results() -> Any:
    pytest.importorskip("sklearn")
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    inputs = [[float(n % 7), float(n % 5)] for n in range(40)]
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0, 10.0], "fit_intercept": [True, False]}, cv=2)
    return pandas_frame(search.fit(inputs, [n % 2 for n in range(40)]).cv_results_)


def sklearn_model() -> dict[str, Any]:
    pytest.importorskip("sklearn")
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return nb.shown(make_pipeline(StandardScaler(), LogisticRegression()))


def numbers(rows: int = 40) -> dict[str, list[float]]:
    return {
        "height": [n * 1.5 for n in range(rows)],
        "weight": [n / 3 for n in range(rows)],
        "age": [20 + n for n in range(rows)],
    }


def info() -> str:
    from io import StringIO

    buffer = StringIO()
    pandas_frame(people.customers()).info(buf=buffer)
    return buffer.getvalue()


def plotly_line() -> Any:
    express = pytest.importorskip("plotly.express")
    return json.loads(
        express.line(
            x=list(range(1200)), y=[1 / (n + 1) for n in range(1200)], labels={"x": "step", "y": "train loss"}
        ).to_json()
    )


def plotly_bars() -> Any:
    express = pytest.importorskip("plotly.express")
    return json.loads(express.bar(x=["red", "green", "blue"], y=[3, 4, 5]).to_json())


def trainer_table() -> str:
    head = "".join(f"<th>{name}</th>" for name in ("Epoch", "Training Loss", "Validation Loss", "Rouge1", "Gen Len"))
    rows = "".join(
        f"<tr><td>{n}</td><td>0.{n}12</td><td>0.{n}34</td><td>41.2</td><td>18.9</td></tr>" for n in range(1, 9)
    )
    return (
        "<div><progress value='300' max='300' style='width:300px; height:20px; vertical-align: middle;'></progress>[300/300 01:12, Epoch 8/8]</div>"
        f'<table border="1" class="dataframe"><thead><tr style="text-align: left;">{head}</tr></thead><tbody>{rows}</tbody></table><p>'
    )


def statsmodels_table() -> str:
    rows = "".join(
        f"<tr><th>feature {n}</th><td>0.{n}</td><td>0.01</td><td>1.2</td><td>0.02</td></tr>" for n in range(8)
    )
    return f'<table class="simpletable"><caption>OLS Regression Results</caption><tr><td></td><th>coef</th><th>std err</th><th>t</th><th>P>|t|</th></tr>{rows}</table>'


KERAS_SUMMARY = """\
Model: "sequential"
_________________________________________________________________
 Layer (type)                Output Shape              Param #
=================================================================
 conv2d (Conv2D)             (None, 26, 26, 32)        320

 max_pooling2d (MaxPooling2  (None, 13, 13, 32)        0
 D)

 flatten (Flatten)           (None, 5408)              0

 dense (Dense)               (None, 10)                54090

=================================================================
Total params: 54410 (212.54 KB)
Trainable params: 54410 (212.54 KB)
"""
LIGHTNING_SUMMARY = """\
  | Name    | Type             | Params | Mode
-----------------------------------------------------
0 | encoder | Sequential       | 50.4 K | train
1 | decoder | Sequential       | 51.2 K | train
2 | loss    | CrossEntropyLoss | 0      | train
3 | acc     | Accuracy         | 0      | train
4 | head    | Linear           | 1.2 K  | train
5 | drop    | Dropout          | 0      | train
-----------------------------------------------------
101 K     Trainable params
"""
KERAS_LOG = "".join(
    f"Epoch {n}/5\n1875/1875 [==============================] - 3s 2ms/step - loss: 0.2{n} - accuracy: 0.9{n}\n"
    for n in range(1, 6)
)
TQDM = (
    "".join(f"\rtrain: {n}%|{'█' * (n // 10)}| {n}/100 [00:0{n % 10}<00:01, 71.2it/s]" for n in range(0, 101, 10))
    + "\n"
)
PIP_LIST = "Package            Version\n------------------ --------\nnumpy              2.1.3\npandas             3.0.1\nscikit-learn       1.6.0\ntorch              2.13.0\ntqdm               4.67.1\ntransformers       4.50.0\n"
PIP_INSTALL = "Collecting numpy\n  Downloading numpy-2.1.3-cp311-cp311-linux.whl (16.3 MB)\nCollecting torch\n  Downloading torch-2.13.0.whl (900 MB)\nInstalling collected packages: numpy, torch\nSuccessfully installed numpy-2.1.3 torch-2.13.0\n"
NVIDIA = """\
+-----------------------------------------------------------------------------+
| NVIDIA-SMI 525.147.05   Driver Version: 525.147.05   CUDA Version: 12.0     |
|-------------------------------+----------------------+----------------------+
| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |
| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |
|===============================+======================+======================|
|   0  Tesla T4            Off  | 00000000:00:04.0 Off |                    0 |
| N/A   38C    P8     9W /  70W |      0MiB / 15360MiB |      0%      Default |
+-------------------------------+----------------------+----------------------+
"""
SKLEARN_MATRIX = "[[53  2]\n [ 4 41]\n [ 3 12]\n [ 9  8]]"
PIPELINE_ENTITIES = [{"entity_group": "ORG", "score": 0.99, "word": "Sony", "start": n, "end": n + 4} for n in range(9)]
TRAINER_LOGS = "".join(f"{{'loss': 0.{n}12, 'learning_rate': 5e-05, 'epoch': {n}.0}}\n" for n in range(1, 9))
GROUPED = {"count": [10, 12, 14, 9, 8, 7], "mean": [1.1, 1.2, 1.3, 1.4, 1.5, 1.6], "std": [0.1] * 6}
LS = "total 48\n-rw-r--r-- 1 root root  1024 Nov  2 10:11 data.csv\n-rw-r--r-- 1 root root   512 Nov  2 10:12 model.pkl\n-rw-r--r-- 1 root root  2048 Nov  3 09:01 train.py\n-rw-r--r-- 1 root root   100 Nov  3 09:02 README.md\n-rw-r--r-- 1 root root   100 Nov  3 09:02 LICENSE\n"
GIT_LOG = "commit 3f2a\nAuthor: bot\n    Fix the loader, again, and again\n    Second line, with commas, too\n"
TOKENIZED = "{'input_ids': [101, 7592, 102], 'token_type_ids': [0, 0, 0], 'attention_mask': [1, 1, 1]}"
PYTEST_LOG = "test_a.py::test_one PASSED    [ 50%]\ntest_a.py::test_two PASSED    [100%]\n2 passed in 0.01s\n"
OPTUNA = "".join(
    f"[I 2026-11-02 10:0{n}:00,123] Trial {n} finished with value: 0.9{n} and parameters: {{'lr': 0.00{n}1, 'depth': {n}}}. Best is trial 0 with value: 0.9.\n"
    for n in range(1, 9)
)
SHAPES = "train (60000, 28, 28)\ntest  (10000, 28, 28)\nclasses  10\n"
LOGGING = "".join(f"2026-11-02 10:00:0{n} INFO root: loaded shard {n}, skipped 0, wrote {n * 10}\n" for n in range(9))
XARRAY = (
    "<xarray.DataArray 'temp' (x: 3)> Size: 24B\narray([1., 2., 3.])\nCoordinates:\n  * x        (x) int64 24B 0 1 2\n"
)
DASK = "Dask DataFrame Structure:\n                name     x\nnpartitions=4\n2000-01-01    object  float64\n2000-01-08       ...      ...\nDask Name: make-timeseries, 4 graph layers\n"
DATASET = "Dataset({\n    features: ['text', 'label', 'customer_name'],\n    num_rows: 25000\n})"
SPARK_SCHEMA = "root\n |-- customer_name: string (nullable = true)\n |-- email: string (nullable = true)\n |-- amount: double (nullable = true)\n"
XGBOOST = "".join(f"[{n}]\ttrain-rmse:0.{9 - n}12\teval-rmse:0.{9 - n}34\n" for n in range(9))
LIGHTGBM = "Training until validation scores don't improve for 10 rounds\n[50]\tvalid_0's auc: 0.81\n[100]\tvalid_0's auc: 0.83\nDid not meet early stopping. Best iteration is:\n[98]\tvalid_0's auc: 0.84\n"
CATBOOST = "".join(
    f"{n}:\tlearn: 0.{9 - n}12\ttest: 0.{9 - n}34\tbest: 0.{9 - n}34 ({n})\ttotal: {n}ms\tremaining: {9 - n}ms\n"
    for n in range(9)
)
HELP = "usage: train.py [-h] [--epochs N]\n\noptions:\n  -h, --help   show this help message and exit\n  --epochs N   how long to train, in epochs\n  --lr LR      the rate, a float\n"
FASTAI = "epoch     train_loss  valid_loss  error_rate  time\n0         0.5         0.2         0.1         00:11\n1         0.3         0.1         0.05        00:11\n2         0.2         0.1         0.04        00:11\n"
WARNING_TEXT = "/usr/lib/python3/dist-packages/sklearn/base.py:12: UserWarning: X does not have valid feature names\n  warnings.warn(\n"
DF_H = "Filesystem      Size  Used Avail Use% Mounted on\n" + "".join(
    f"/dev/sda{n}        20G  {n}.1G   12G  21% /mnt/{n}\n" for n in range(1, 8)
)
CONDA = (
    "# packages in environment at /opt/conda:\n#\n# Name                    Version                   Build  Channel\n"
    + "".join(f"package-{n}               1.{n}.0                 py311_0  conda-forge\n" for n in range(9))
)
FREE = "               total        used        free      shared  buff/cache   available\nMem:           25638       10638        2000         100       13000       14500\nSwap:              0           0           0\n"
EPOCHS = "".join(f"epoch {n},lr {n}\n" for n in range(1, 30))
DIALOGUE = "".join(f"Hello {n}, world\n" for n in range(20))
COUNTER = str([(f"word number {n}", 100 - n) for n in range(40)])
OLS = """\
                            OLS Regression Results
==============================================================================
Dep. Variable:                      y   R-squared:                       0.416
Model:                            OLS   Adj. R-squared:                  0.353
Method:                 Least Squares   F-statistic:                     6.646
Date:                Sat, 21 Nov 2026   Prob (F-statistic):            0.00157
Time:                        08:00:00   Log-Likelihood:                -12.978
==============================================================================
                 coef    std err          t      P>|t|      [0.025      0.975]
------------------------------------------------------------------------------
const         -1.4980      0.524     -2.859      0.008      -2.571      -0.425
GPA            0.4639      0.162      2.864      0.008       0.132       0.796
TUCE           0.0105      0.019      0.539      0.594      -0.029       0.050
PSI            0.3786      0.139      2.720      0.011       0.093       0.664
==============================================================================
"""
BERT = "BertModel(\n  (embeddings): BertEmbeddings(\n    (word_embeddings): Embedding(30522, 768, padding_idx=0)\n    (position_embeddings): Embedding(512, 768)\n    (LayerNorm): LayerNorm((768,), eps=1e-12, elementwise_affine=True)\n    (dropout): Dropout(p=0.1, inplace=False)\n  )\n)"
TORCHINFO = """\
==========================================================================================
Layer (type:depth-idx)                   Output Shape              Param #
==========================================================================================
SingleInputNet                           [2, 10]                   --
├─Conv2d: 1-1                            [2, 10, 24, 24]           260
├─Conv2d: 1-2                            [2, 20, 8, 8]             5,020
├─Dropout2d: 1-3                         [2, 20, 8, 8]             --
├─Linear: 1-4                            [2, 50]                   16,050
├─Linear: 1-5                            [2, 10]                   510
==========================================================================================
Total params: 21,840
"""
COMPLETION = "{'id': 'chatcmpl-1', 'object': 'chat.completion', 'created': 1700000000, 'model': 'm', 'choices': [{'index': 0, 'message': {'role': 'assistant', 'content': 'Hi, there'}}]}"
TIMEIT = "1.2 ms ± 10 µs per loop (mean ± std. dev. of 7 runs, 1,000 loops each)\n"
CATEGORIES = str(
    [{"id": n, "name": name} for n, name in enumerate(("person", "car", "traffic light", "dog", "fire hydrant", "cat"))]
)
SENTENCES = "".join(f"The answer to question {n} is, as far as we know, not yet known.\n" for n in range(20))
LOREM = "It was late, and the train, which had been slow, stood still.\nNobody spoke, the lamps went out, and somebody laughed.\nThen, at last, a door, somewhere, closed.\n"
GENERATED = "[{'generated_text': 'Once upon a time, a fox, who was old, met a crow.'}, {'generated_text': 'Once more, with feeling.'}]"

QUIET: list[Any] = [
    pytest.param(lambda: nb.shown(pandas_frame(numbers()).describe()), id="pandas: describe"),
    pytest.param(lambda: nb.stream(pandas_frame(numbers()).describe().to_string()), id="pandas: describe printed"),
    pytest.param(
        lambda: nb.shown(pandas_frame(people.shops()).describe(include="all")), id="pandas: describe of all columns"
    ),
    pytest.param(lambda: nb.shown(pandas_frame(numbers()).describe().T), id="pandas: describe on its side"),
    pytest.param(lambda: nb.shown(pandas_frame(numbers()).corr()), id="pandas: correlation"),
    pytest.param(lambda: nb.shown(pandas_frame(people.shops())["city"].value_counts()), id="pandas: value_counts"),
    pytest.param(
        lambda: nb.shown(pandas_frame(people.shops())["city"].value_counts(normalize=True)), id="pandas: proportions"
    ),
    pytest.param(
        lambda: nb.shown(pandas_frame(people.shops())["city"].value_counts().reset_index()),
        id="pandas: counts as a frame",
    ),
    pytest.param(lambda: nb.stream(info()), id="pandas: info names columns only"),
    pytest.param(lambda: nb.shown(pandas_frame(people.customers()).dtypes), id="pandas: dtypes"),
    pytest.param(lambda: nb.shown(pandas_frame(people.customers()).isna().sum()), id="pandas: missing values"),
    pytest.param(lambda: nb.shown(pandas_frame(people.customers()).columns), id="pandas: column names"),
    pytest.param(lambda: nb.shown(pandas_frame(people.shops(2))), id="pandas: two rows without people"),
    pytest.param(lambda: nb.shown(pandas_frame(people.shops()).head(0)), id="pandas: an empty frame"),
    pytest.param(lambda: nb.shown(pandas_frame(people.shops())["amount"]), id="pandas: a Series of numbers"),
    pytest.param(lambda: nb.shown(pandas_frame(people.shops())["city"].head()), id="pandas: a Series of five towns"),
    pytest.param(
        lambda: nb.shown(pandas_frame(GROUPED, index=list(people.CITIES[:6]))),
        id="pandas: groups with count, mean and deviation",
    ),
    pytest.param(
        lambda: nb.shown(pandas_frame({"epoch": list(range(9)), "train_loss": [0.1] * 9, "val_loss": [0.2] * 9})),
        id="pandas: a training history",
    ),
    pytest.param(
        lambda: nb.shown(
            pandas_frame({"model": ["svm", "tree", "knn", "bayes", "forest"], "accuracy": [0.9] * 5, "f1": [0.8] * 5})
        ),
        id="pandas: models compared",
    ),
    pytest.param(
        lambda: nb.shown(
            pandas_frame({"feature": ["age", "fare", "sex", "deck", "port"], "importance": [0.5, 0.2, 0.1, 0.1, 0.1]})
        ),
        id="pandas: feature importances",
    ),
    pytest.param(lambda: nb.shown(search_results()), id="sklearn: results of a grid search"),
    pytest.param(lambda: nb.stream(classification()), id="sklearn: classification report"),
    pytest.param(
        lambda: nb.shown(pandas_frame(classification(output_dict=True)).T),
        id="sklearn: classification report as a frame",
    ),
    pytest.param(lambda: nb.display(plain=SKLEARN_MATRIX), id="sklearn: confusion matrix"),
    pytest.param(
        lambda: nb.shown(
            pandas_frame([[5, 1, 0], [0, 4, 2], [1, 0, 6]], index=["cat", "dog", "owl"], columns=["cat", "dog", "owl"])
        ),
        id="sklearn: confusion matrix as a frame",
    ),
    pytest.param(sklearn_model, id="sklearn: a pipeline drawn in HTML"),
    pytest.param(lambda: nb.shown(polars_frame(people.shops()).describe()), id="polars: describe"),
    pytest.param(lambda: nb.shown(polars_frame(people.shops())["city"].value_counts()), id="polars: value counts"),
    pytest.param(lambda: nb.shown(polars_frame(people.customers()).schema), id="polars: schema"),
    pytest.param(lambda: nb.shown(polars_frame(people.shops(2))), id="polars: two rows"),
    pytest.param(
        lambda: nb.display(plain=repr(pytest.importorskip("torch").arange(60.0).reshape(12, 5))), id="torch: tensor"
    ),
    pytest.param(
        lambda: nb.display(plain=repr(pytest.importorskip("numpy").arange(60.0).reshape(12, 5) / 7)), id="numpy: array"
    ),
    pytest.param(
        lambda: nb.stream(str(pytest.importorskip("numpy").arange(60).reshape(12, 5))), id="numpy: printed array"
    ),
    pytest.param(
        lambda: nb.display(plain=repr(pytest.importorskip("numpy").array([f"tag{n}" for n in range(60)]))),
        id="numpy: array of words",
    ),
    pytest.param(
        lambda: nb.display(
            plain="DatetimeIndex(['2015-07-03', '2015-07-04',\n               '2015-07-05', '2015-07-06'],\n              dtype='datetime64[ns]', freq='D')"
        ),
        id="pandas: index of dates",
    ),
    pytest.param(
        lambda: nb.of("application/vnd.plotly.v1+json", plotly_line()), id="plotly: a loss curve of 1,200 steps"
    ),
    pytest.param(lambda: nb.of("application/vnd.plotly.v1+json", plotly_bars()), id="plotly: three bars"),
    pytest.param(
        lambda: nb.of(
            "application/vnd.vegalite.v5+json",
            {
                "data": {"values": [{"step": n, "loss": 1 / (n + 1)} for n in range(500)]},
                "encoding": {"x": {"field": "step"}, "y": {"field": "loss"}},
            },
        ),
        id="Vega: a loss curve",
    ),
    pytest.param(lambda: nb.of("image/png", "iVBORw0KGgo="), id="a picture"),
    pytest.param(
        lambda: nb.of("application/vnd.jupyter.widget-view+json", {"model_id": "a1", "version_major": 2}),
        id="a widget view",
    ),
    pytest.param(
        lambda: nb.of("application/vnd.google.colaboratory.intrinsic+json", {"type": "string"}), id="Colab: a text"
    ),
    pytest.param(lambda: nb.display(html=trainer_table()), id="Trainer: live table with the class of pandas"),
    pytest.param(lambda: nb.display(html=trainer_table().partition("</div>")[2]), id="Trainer: its table alone"),
    pytest.param(lambda: nb.display(html=statsmodels_table()), id="statsmodels: summary"),
    pytest.param(lambda: nb.display(plain=repr(PIPELINE_ENTITIES)), id="pipeline: entities"),
    pytest.param(lambda: nb.display(plain=GENERATED), id="pipeline: generated texts"),
    pytest.param(lambda: nb.display(plain=TOKENIZED), id="tokenizer: encoded text"),
]
QUIET += [
    pytest.param(lambda text=text: nb.stream(text), id=reason)
    for reason, text in (
        ("Keras: summary", KERAS_SUMMARY),
        ("Keras: epochs", KERAS_LOG),
        ("Lightning: summary", LIGHTNING_SUMMARY),
        ("tqdm: progress", TQDM),
        ("pip: list", PIP_LIST),
        ("pip: install", PIP_INSTALL),
        ("nvidia-smi", NVIDIA),
        ("Trainer: logs as dicts", TRAINER_LOGS),
        ("ls -l", LS),
        ("git log", GIT_LOG),
        ("pytest", PYTEST_LOG),
        ("Optuna: trials", OPTUNA),
        ("shapes", SHAPES),
        ("logging with commas", LOGGING),
        ("xarray: values", XARRAY),
        ("Dask: structure", DASK),
        ("datasets: features", DATASET),
        ("Spark: schema names columns only", SPARK_SCHEMA),
        ("XGBoost: rounds", XGBOOST),
        ("LightGBM: rounds", LIGHTGBM),
        ("CatBoost: rounds", CATBOOST),
        ("help of a command", HELP),
        ("fastai: epochs", FASTAI),
        ("a warning with a system path", WARNING_TEXT),
        ("df -h", DF_H),
        ("conda list", CONDA),
        ("free -m", FREE),
        ("numbered epochs", EPOCHS),
        ("a dialogue", DIALOGUE),
        ("Counter.most_common", COUNTER),
        ("statsmodels: summary as text", OLS),
        ("torch: a model", BERT),
        ("torchinfo: summary", TORCHINFO),
        ("an answer of a chat API", COMPLETION),
        ("timeit", TIMEIT),
        ("categories of a detector", CATEGORIES),
        ("numbered sentences", SENTENCES),
        ("prose with commas", LOREM),
        (
            "specimen addresses",
            "write to you@example.com or admin@localhost or me@site.test, or git@github.com:a/b.git",
        ),
        ("decorators and sprites", "@dataclass @property icon@2x.png pip install git+https://host/a@v1.2 a@b c@d"),
        ("versions that look like IPs", "torch 2.1.0.1\nnumpy 1.26.4.0\ncuda 12.1.105.1\n"),
        ("fractions that look like cards", " ".join(f"0.4539{n}1234567890123" for n in range(10, 30))),
        ("paths of service accounts", "/home/jovyan/a.py /home/runner/b.py /Users/runner/c /root/d"),
    )
]

NOTES: list[Any] = [
    pytest.param(lambda: nb.shown(pandas_frame(numbers())), id="pandas: numbers only"),
    pytest.param(lambda: nb.shown(pandas_frame(people.shops(4))), id="pandas: four rows without people"),
    pytest.param(
        lambda: nb.shown(pandas_frame({"email": ["***"] * 6, "amount": list(range(6))})), id="pandas: masked addresses"
    ),
    pytest.param(
        lambda: nb.shown(pandas_frame({"day": ["2026-01-0" + str(n) for n in range(1, 8)], "price": [1.5] * 7})),
        id="pandas: dates and numbers",
    ),
    pytest.param(
        lambda: nb.shown(pandas_frame(numbers(6), index=list(people.CITIES[:6]))), id="pandas: numbers by town"
    ),
]


@pytest.mark.parametrize("make", QUIET)
def test_silent(make: Callable[[], dict[str, Any]]) -> None:
    assert [finding.message for finding in nb.check_output(make())] == []


@pytest.mark.parametrize("make", NOTES)
def test_only_noted(make: Callable[[], dict[str, Any]]) -> None:
    assert [str(finding.level) for finding in nb.check_output(make())] == ["note"]


def test_enough_cases() -> None:
    assert len(QUIET) >= 60


@pytest.mark.parametrize("make", QUIET)
def test_fix_changes_nothing(make: Callable[[], dict[str, Any]]) -> None:
    assert nb.rules(nb.check_output(make(), fix="data"), Level.WARNING) == set()
