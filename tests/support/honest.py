"""Model files as libraries write them, for a hook that has to keep quiet about them.

Each function yields pairs of a file name and its bytes, and raises ImportError when its library is not there.
"""

from __future__ import annotations

import datetime as dt
import pickle
import warnings
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

Files = Iterator[tuple[str, bytes]]


def pickled(name: str, value: object, protocols: tuple[int, ...] = (2, 4)) -> Files:
    for protocol in protocols:
        yield f"{name}, protocol {protocol}.pkl", pickle.dumps(value, protocol)


def written(write: Callable[[BytesIO], object]) -> bytes:
    stream = BytesIO()
    write(stream)
    return stream.getvalue()


def python_files() -> Files:
    values = {
        "numbers": [0, 1, -1, 255, 65536, 2**40, 10**30, -(10**30), 1.5, float("inf"), 2 + 3j, True, False, None],
        "texts": ["", "plain", "größe", "\U0001f600", "a\nb\\u0041", "x" * 70000, b"bytes", bytearray(b"more")],
        "containers": ({"a": [1, 2, (3, {4, 5}), frozenset({6})]}, OrderedDict(a=1), Counter("hello"), deque([1], 5)),
        "defaults": [defaultdict(list, a=[1]), defaultdict(int), defaultdict(dict)],
        "times": [dt.datetime(2024, 1, 2, tzinfo=dt.UTC), dt.date(2024, 1, 2), dt.timedelta(1)],
        "others": [Decimal("1.5"), Fraction(1, 3), UUID(int=5), PurePosixPath("a/b"), range(5), slice(1, 2), Ellipsis],
        "a long list": list(range(300_000)),
        "nested": _nested(200),
    }
    shared = ["once"]
    values["shared"] = [shared, shared, {"again": shared}]
    for name, value in values.items():
        yield from pickled(name, value, (0, 1, 2, 3, 4, 5))


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value, {"deeper": value}]
        value = [value[0]]
    return value


def numpy_files() -> Files:
    import numpy as np

    generator = np.random.default_rng(0)
    arrays = {
        "floats": generator.normal(size=(20, 3)),
        "fortran": np.asfortranarray(generator.normal(size=(20, 3))),
        "nothing": np.zeros((0, 3)),
        "a number": np.array(3.5),
        "texts": np.array(["a", "bb"]),
        "bytes": np.array([b"a", b"bb"]),
        "objects": np.array([{"a": 1}, None, "text"], dtype=object),
        "structured": np.array([(1, 2.0, "x")], dtype=[("a", "i4"), ("b", "f8"), ("c", "U5")]),
        "subarrays": np.zeros(3, dtype=[("a", "i4", (2, 2)), ("b", "O")]),
        "big endian": np.arange(5, dtype=">i8"),
        "dates": np.array(["2024-01-01"], dtype="M8[D]"),
        "spans": np.array([1], dtype="m8[s]"),
        "masked": np.ma.masked_array([1, 2], [True, False]),
        "records": np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        "matrix": np.matrix([[1, 2]]),
        **{name: np.zeros(3, name) for name in ("?", "i1", "u2", "f2", "f4", "g", "F", "D", "G", "S3", "U3", "V3")},
    }
    for name, array in arrays.items():
        yield from pickled(name, array, (0, 2, 4, 5))
        yield f"{name}.npy", written(lambda stream, array=array: np.save(stream, array))  # type: ignore[misc]
    yield (
        "all.npz",
        written(lambda stream: np.savez(stream, *(arrays[name] for name in ("floats", "objects", "texts")))),
    )
    yield "packed.npz", written(lambda stream: np.savez_compressed(stream, floats=arrays["floats"]))
    scalars = [np.float64(1.5), np.int8(3), np.bool_(True), np.str_("x"), np.datetime64("2024"), np.dtype("i4,f8")]
    yield from pickled("scalars", scalars, (0, 2, 4, 5))
    yield from pickled("ufuncs", [np.add, np.exp, np.float32, np.ndarray], (2, 4))
    yield from pickled("generators", [generator, np.random.RandomState(1), np.random.Generator(np.random.Philox(1))])
    yield from pickled("polynomial", np.polynomial.Polynomial([1, 2]))


def joblib_files() -> Files:
    import joblib
    import numpy as np

    value = {
        "weights": np.arange(3000.0).reshape(100, 30),
        "more": [np.zeros((0,)), np.array(1), np.array(["a", None], dtype=object), np.arange(7, dtype="u1")],
        "text": "x" * 300,
    }
    for method in (0, 3, True, "zlib", "gzip", "bz2", "lzma", "xz", ("zlib", 9), ("gzip", 1)):
        yield f"{method}.joblib", written(lambda stream, how=method: joblib.dump(value, stream, compress=how))  # type: ignore[misc]
    for protocol in range(2, 6):
        yield f"protocol {protocol}.joblib", written(lambda s, p=protocol: joblib.dump(value, s, protocol=p))  # type: ignore[misc]


def pandas_files() -> Files:
    import numpy as np
    import pandas as pd

    times = pd.date_range("2024-01-01", periods=3, freq="D")
    frame = pd.DataFrame(
        {
            "number": [1, 2, 3],
            "float": [0.5, None, 1.5],
            "text": ["a", "b", None],
            "category": pd.Categorical(["x", "y", "x"]),
            "time": times,
            "zoned": times.tz_localize("Europe/Berlin"),
            "span": pd.to_timedelta([1, 2, 3], unit="s"),
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "flag": pd.array([True, None, False], dtype="boolean"),
            "string": pd.array(["a", None, "c"], dtype="string"),
            "period": pd.period_range("2024-01", periods=3, freq="M"),
            "interval": pd.interval_range(0, 3),
            "sparse": pd.arrays.SparseArray([0, 0, 1]),
            "object": [{"a": 1}, [2], None],
        }
    )
    values = {
        "frame": frame,
        "series": frame["float"],
        "indexed": frame.set_index(["number", "text"]),
        "times": frame.set_index("time")[["float"]],
        "pivot": frame.pivot_table(index="number", columns="category", values="float", observed=True),
        "index": pd.Index(["a", "b"]),
        "range": pd.RangeIndex(5),
        "many": pd.MultiIndex.from_product([["a"], [1, 2]]),
        "timestamp": [pd.Timestamp("2024-01-01", tz="UTC"), pd.Timedelta(1), pd.Period("2024-01"), pd.NaT, pd.NA],
        "offsets": [pd.offsets.MonthEnd(), pd.offsets.BDay(2), pd.DateOffset(months=1)],
        "dtypes": [pd.CategoricalDtype(["a"]), pd.DatetimeTZDtype(tz="UTC"), np.dtype("f4")],
    }
    for name, value in values.items():
        yield from pickled(name, value, (2, 4, 5))
    for method in ("gzip", "bz2", "xz", "zip", "tar"):
        yield f"frame.pkl.{method}", written(lambda stream, how=method: frame.to_pickle(stream, compression=how))  # type: ignore[misc]


def scipy_files() -> Files:
    import numpy as np
    from scipy import interpolate, sparse, spatial, stats

    matrix = sparse.random(10, 10, 0.2, random_state=0)
    points = np.random.default_rng(0).normal(size=(20, 2))
    for kind in ("csr", "csc", "coo", "bsr", "dia", "lil", "dok"):
        yield from pickled(f"{kind} matrix", matrix.asformat(kind))
        yield from pickled(f"{kind} array", sparse.coo_array(matrix).asformat(kind))
    yield "matrix.npz", written(lambda stream: sparse.save_npz(stream, matrix.tocsr()))
    yield from pickled("trees", [spatial.KDTree(points), spatial.cKDTree(points)])
    yield from pickled("splines", [interpolate.CubicSpline([0, 1, 2], [0, 1, 4]), interpolate.interp1d([0, 1], [0, 1])])
    yield from pickled("smooth", [interpolate.make_interp_spline([0, 1, 2, 3], [0, 1, 4, 9])])
    yield from pickled("distributions", [stats.norm(0, 1), stats.gaussian_kde(points.T), stats.uniform(1, 2)])
    yield from pickled("rotation", spatial.transform.Rotation.from_euler("z", 1.0))


def sklearn_files() -> Files:
    """Every estimator that can be fitted on toy data, and compositions of some."""
    import joblib
    import numpy as np
    from sklearn import compose, datasets, ensemble, impute, linear_model, model_selection, pipeline, preprocessing, svm
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # toy data: threads would only wait for each other
        fitted = list(_fitted_estimators())
    for name, model in fitted:
        yield f"{name}.pkl", pickle.dumps(model)
        yield f"{name}.joblib", written(lambda stream, model=model: joblib.dump(model, stream))  # type: ignore[misc]
    x, y = datasets.make_classification(60, random_state=0)
    steps = pipeline.make_pipeline(impute.SimpleImputer(), preprocessing.StandardScaler(), svm.SVC(probability=False))
    search = model_selection.GridSearchCV(linear_model.LogisticRegression(), {"C": [0.1, 1.0]}, cv=2)
    columns = compose.ColumnTransformer([("a", preprocessing.MinMaxScaler(), [0]), ("b", "passthrough", slice(1, 3))])
    forests = ensemble.VotingClassifier(
        [("a", ensemble.RandomForestClassifier(5)), ("b", linear_model.SGDClassifier())]
    )
    ufunc = pipeline.make_pipeline(preprocessing.FunctionTransformer(np.log1p), linear_model.Ridge())
    composed = {"steps": steps, "search": search, "columns": columns, "forests": forests, "ufunc": ufunc}
    for name, model in composed.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(np.abs(x), y)
        yield f"{name}.pkl", pickle.dumps(model)
        yield f"{name}.joblib", written(lambda stream, model=model: joblib.dump(model, stream, compress=3))  # type: ignore[misc]
    yield "bunch.pkl", pickle.dumps(datasets.load_iris())


_QUICK = {"n_estimators": 5, "max_iter": 20, "n_init": 1, "Cs": 2, "cv": 2}


def _fitted_estimators() -> Iterator[tuple[str, Any]]:
    import numpy as np
    from sklearn import linear_model, tree
    from sklearn.utils import all_estimators

    generator = np.random.default_rng(0)
    x = np.abs(generator.normal(size=(40, 4))) + 0.1
    y = np.arange(40) % 2
    texts = ["one text", "another text", "a third one"] * 4
    targets: tuple[tuple[Any, ...], ...] = ((x, y), (x, x[:, 0]), (x, x[:, :2]), (x, np.eye(2)[y].astype(int)))
    for name, kind in all_estimators():
        for arguments in ({}, {"estimator": tree.DecisionTreeClassifier()}, {"estimator": linear_model.Ridge()}):
            try:
                new = kind(**arguments)
            except TypeError:
                continue
            new.set_params(**{key: value for key, value in _QUICK.items() if key in new.get_params(deep=False)})
            if name == "TSNE":
                new.set_params(max_iter=250)
            for data in (*targets, (x[:, 0], y), (texts,), ([{"a": 1.0}, {"b": 2.0}],), ([["a"], ["b"]],)):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    try:
                        model = new.fit(*data)
                        pickle.dumps(model)
                    except Exception:  # noqa: BLE001 - whatever does not fit here is no file to judge
                        continue
                yield name, model
                break
            else:
                continue
            break


def torch_files() -> Files:
    import torch
    from torch import nn

    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2))
    network(torch.zeros(2, 1, 4, 4)).sum().backward()
    shared = torch.zeros(10)
    values: dict[str, Any] = {
        "state": network.state_dict(),
        "network": network,
        "parameter": nn.Parameter(torch.ones(2)),
        "views": [shared[:5], shared[5:].view(5, 1), shared.t(), shared.expand(2, 10)],
        "odd": [torch.tensor(1), torch.zeros(0), torch.Size([1, 2]), torch.device("cpu"), torch.float16, torch.strided],
        "conjugate": [torch.zeros(2, dtype=torch.complex64).conj(), torch.zeros(2, dtype=torch.complex64).conj().imag],
        "sparse": [torch.eye(3).to_sparse(), torch.eye(3).to_sparse_csr(), torch.eye(4).to_sparse_bsr((2, 2))],
        "quantized": torch.quantize_per_tensor(torch.ones(4), 0.1, 0, torch.qint8),
        "channels": torch.quantize_per_channel(torch.ones(2, 2), torch.ones(2), torch.zeros(2), 0, torch.qint8),
        "hyper": {
            "epoch": 3,
            "lr": 0.1,
            "history": [0.5, 0.4],
            "name": "x",
            "classes": ("a", "b"),
            "rng": torch.get_rng_state(),
        },
        "meta": torch.zeros(3, device="meta"),
    }
    plain = {
        torch.float64,
        torch.float32,
        torch.float16,
        torch.bfloat16,
        torch.int64,
        torch.int32,
        torch.int16,
        torch.int8,
    }
    plain |= {torch.uint8, torch.bool, torch.complex64, torch.complex128, torch.uint16, torch.uint32, torch.uint64}
    plain |= {torch.float8_e4m3fn, torch.float8_e5m2}
    values |= {str(dtype): torch.zeros(4).to(dtype) for dtype in plain}
    optimizers = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD", "Rprop")
    for name in optimizers:
        optimizer = getattr(torch.optim, name)(network.parameters(), lr=0.1)
        optimizer.step()
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 5)
        values[f"{name} state"] = {"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}
        values[name] = optimizer
    for name, layer in _layers(nn).items():
        values[name] = layer
    for name, value in values.items():
        yield f"{name}.pt", written(lambda stream, value=value: torch.save(value, stream))  # type: ignore[misc]
        yield f"{name}, legacy.pth", written(_legacy(torch, value))
    yield "state, protocol 4.pt", written(lambda s: torch.save(network.state_dict(), s, pickle_protocol=4))
    yield from pickled("tensors", {"a": torch.ones(3), "b": nn.Parameter(torch.ones(2))})
    yield "script.pt", written(lambda stream: torch.jit.save(torch.jit.script(nn.Linear(2, 2)), stream))
    traced = torch.jit.trace(network.eval(), torch.zeros(1, 1, 4, 4))
    yield "traced.pt", written(lambda stream: torch.jit.save(traced, stream))


def _legacy(torch: Any, value: object) -> Callable[[BytesIO], object]:
    return lambda stream: torch.save(value, stream, _use_new_zipfile_serialization=False)


def _layers(nn: Any) -> dict[str, Any]:
    return {
        "attention": nn.MultiheadAttention(4, 2),
        "encoder": nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 1),
        "recurrent": nn.ModuleList([nn.LSTM(2, 3), nn.GRU(2, 3), nn.RNN(2, 3)]),
        "embedding": nn.ModuleDict({"a": nn.Embedding(5, 2), "b": nn.EmbeddingBag(5, 2)}),
        "norms": nn.ModuleList([nn.LayerNorm(2), nn.GroupNorm(1, 2), nn.InstanceNorm1d(2), nn.RMSNorm(2)]),
        "activations": nn.ModuleList(
            [nn.GELU(), nn.SiLU(), nn.Softmax(1), nn.LeakyReLU(), nn.PReLU(), nn.Tanh(), nn.ELU()]
        ),
        "pools": nn.ModuleList(
            [nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1), nn.AvgPool1d(2), nn.Dropout(0.5), nn.Identity()]
        ),
        "losses": nn.ModuleList([nn.CrossEntropyLoss(), nn.MSELoss(), nn.BCEWithLogitsLoss(), nn.L1Loss()]),
        "weights": nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)).state_dict(),
    }


def xgboost_files() -> Files:
    import numpy as np
    import xgboost

    x = np.random.default_rng(0).normal(size=(40, 4))
    y = np.arange(40) % 2
    models = {
        "classifier": xgboost.XGBClassifier(n_estimators=3).fit(x, y),
        "regressor": xgboost.XGBRegressor(n_estimators=3).fit(x, x[:, 0]),
        "ranker": xgboost.XGBRanker(n_estimators=3).fit(x, y, group=[20, 20]),
        "booster": xgboost.train({}, xgboost.DMatrix(x, y), 3),
    }
    yield from _pickled_and_dumped(models)


def lightgbm_files() -> Files:
    import lightgbm
    import numpy as np

    x = np.random.default_rng(0).normal(size=(40, 4))
    y = np.arange(40) % 2
    quiet = {"n_estimators": 3, "verbose": -1}
    models = {
        "classifier": lightgbm.LGBMClassifier(**quiet).fit(x, y),
        "regressor": lightgbm.LGBMRegressor(**quiet).fit(x, x[:, 0]),
        "booster": lightgbm.train({"verbose": -1}, lightgbm.Dataset(x, y), 3),
    }
    yield from _pickled_and_dumped(models)


def _pickled_and_dumped(models: dict[str, Any]) -> Files:
    import joblib

    for name, model in models.items():
        yield from pickled(name, model)
        yield f"{name}.joblib", written(lambda stream, model=model: joblib.dump(model, stream))  # type: ignore[misc]


FAMILIES: dict[str, Callable[[], Files]] = {
    "python": python_files,
    "numpy": numpy_files,
    "joblib": joblib_files,
    "pandas": pandas_files,
    "scipy": scipy_files,
    "sklearn": sklearn_files,
    "torch": torch_files,
    "xgboost": xgboost_files,
    "lightgbm": lightgbm_files,
}
