"""Loads files with the loaders that they are made for, each in a process of its own, and says which payloads ran.

Run as a script: `python victim.py CASES.json RESULT.json`. A case is {"id", "path", "loader", "needs": [...]}; the
result maps ids to whether something happened: an entry in the (fresh, empty) current folder, or another trace.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
from typing import Any

TRACE = "mlhooks-ran"
SECONDS = 20


def _pickle(path: str) -> None:
    import pickle

    with open(path, "rb") as stream:
        pickle.load(stream)


def _pickle_twice(path: str) -> None:
    import pickle

    with open(path, "rb") as stream:
        pickle.load(stream)
        pickle.load(stream)


def _pickle_python(path: str) -> None:
    import pickle

    with open(path, "rb") as stream:
        pickle._Unpickler(stream).load()  # type: ignore[attr-defined]


def _pickle_member(path: str) -> None:
    """Unpacks zip and tar archives until a pickle is in hand, as a person would."""
    import io
    import pickle
    import tarfile
    import zipfile

    with open(path, "rb") as stream:
        data = stream.read()
    while True:
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                data = archive.read(archive.namelist()[0])
        elif tarfile.is_tarfile(io.BytesIO(data)):
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                data = archive.extractfile(archive.getmembers()[0]).read()  # type: ignore[union-attr]
        else:
            break
    pickle.loads(data)


def _pickle_hidden(path: str) -> None:
    """A program that knows where in another file the pickle stands."""
    import pickle

    with open(path, "rb") as stream:
        data = stream.read()
    pickle.loads(data[data.index(b"PAYLOAD:") + len(b"PAYLOAD:") :])


def _torch(path: str) -> None:
    import torch

    torch.load(path, weights_only=False)


def _joblib(path: str) -> None:
    import joblib

    joblib.load(path)


def _pandas(path: str) -> None:
    import pandas as pd

    pd.read_pickle(path)


def _numpy(path: str) -> None:
    import numpy as np

    loaded = np.load(path, allow_pickle=True)
    for name in getattr(loaded, "files", ()):
        loaded[name]


def _numpy_twice(path: str) -> None:
    import numpy as np

    with open(path, "rb") as stream:
        np.load(stream, allow_pickle=True)
        np.load(stream, allow_pickle=True)


def _gzip_twice(path: str) -> None:
    import gzip
    import pickle

    with gzip.open(path) as outer, gzip.open(outer) as inner:
        pickle.load(inner)


def _extension(path: str) -> None:
    import copyreg

    copyreg.add_extension("os", "mkdir", 240)
    _pickle(path)


LOADERS = {
    "pickle": _pickle,
    "pickle twice": _pickle_twice,
    "pickle, in Python": _pickle_python,
    "pickle of a member": _pickle_member,
    "pickle of a hidden part": _pickle_hidden,
    "pickle with an extension": _extension,
    "torch": _torch,
    "joblib": _joblib,
    "pandas": _pandas,
    "numpy": _numpy,
    "numpy twice": _numpy_twice,
    "pickle of gzip of gzip": _gzip_twice,
}


def _has_trace() -> bool:
    import fractions

    return bool(
        os.listdir(".")
        or TRACE in os.environ
        or TRACE in sys.path
        or TRACE in os.supports_follow_symlinks
        or hasattr(os, "mlhooks_ran")
        or hasattr(fractions.Fraction, "mlhooks_ran")
    )


def _load(case: dict[str, Any], folder: str, verbose: bool) -> bool:
    """Loads one file in a child process with its own empty current folder."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        for number in (0, 1, 2):
            if number != 2 or not verbose:
                os.dup2(os.open(os.devnull, os.O_RDWR), number)
        signal.alarm(SECONDS)
        # Names of modules next to the model, and in the current folder, are found first.
        sys.path.insert(0, os.path.dirname(case["path"]))
        atexit._clear()  # what the parent has registered is not the child's to do
        try:
            LOADERS[case["loader"]](case["path"])
        except BaseException:  # noqa: BLE001 - whatever a payload raises, what it has done before counts
            traceback.print_exc()
        try:
            atexit._run_exitfuncs()
        finally:
            os._exit(7 if _has_trace() else 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def main(cases_path: str, result_path: str) -> None:
    with open(cases_path) as stream:
        cases = json.load(stream)
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        # Processes without the libraries fork faster, those with them load faster.
        cases.sort(key=lambda case: case["needs"])
        for number, case in enumerate(cases):
            for library in case["needs"]:
                importlib.import_module(library)
            folder = os.path.join(scratch, str(number))
            os.mkdir(folder)
            results[case["id"]] = _load(case, folder, "-v" in sys.argv)
    with open(result_path, "w") as stream:
        json.dump(results, stream)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
