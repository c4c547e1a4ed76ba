"""Scanning many models where they are: in folders, or in stores that fsspec knows (`s3://`, `gs://`, `hf://`,
`https://`).

    from mlhooks.unsafe_models import scan

    for report in scan("s3://models/", executor=client.get_executor()):
        print(report.path, report.findings, report.error)

Any executor of `concurrent.futures` will do, and what offers the same `submit` (Dask's `client.get_executor()`, Ray's
and Loky's executors). Of a remote file only what the scan looks at travels: the end, the directory and the pickle of
an archive, never the weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from mlhooks.core.files import File, targets
from mlhooks.core.finding import Finding, Unscannable
from mlhooks.unsafe_models.remote import RemoteFile, is_remote, remote_files

if TYPE_CHECKING:
    from concurrent.futures import Executor

MOST_IN_FLIGHT = 1000


class Report(NamedTuple):
    """What is said about one file. `error` says why it could not be judged, or only in part; "" otherwise."""

    path: str
    findings: tuple[Finding, ...]
    error: str = ""


def scan(
    path_or_url: str, executor: Executor | None = None, options: Mapping[str, Any] | None = None
) -> Iterator[Report]:
    """A report for every file at a path or URL, a folder or a single file, in no particular order with an executor.

    Without an executor the files are scanned one by one in this process. `options` are those of the hook, by name.
    Raises `Unscannable` when there is nothing at that place, or fsspec or the package for its store is missing.
    """
    chosen = dict(options or {})
    paths = remote_files(path_or_url) if is_remote(path_or_url) else _local_files(path_or_url)
    if executor is None:
        for path in paths:
            yield scan_one(path, chosen)
        return
    yield from _in_executor(paths, executor, chosen)


def _in_executor(paths: Iterator[str], executor: Executor, options: dict[str, Any]) -> Iterator[Report]:
    """At most some thousand files are on their way at a time, so that a lake need not fit into memory as a list."""
    from concurrent.futures import FIRST_COMPLETED, wait

    waiting: dict[Any, str] = {}
    for path in paths:
        waiting[executor.submit(scan_one, path, options)] = path
        if len(waiting) >= MOST_IN_FLIGHT:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield _result(future, waiting.pop(future))
    while waiting:
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            yield _result(future, waiting.pop(future))


def _result(future: Any, path: str) -> Report:
    try:
        report: Report = future.result()
    except Exception as error:  # noqa: BLE001 - a worker that was lost is no reason to lose the others' reports
        return Report(path, (), f"its worker failed: {type(error).__name__}")
    return report


def scan_one(path: str, options: Mapping[str, Any]) -> Report:
    """The report on one file. Never raises, so that one file cannot end a scan of thousands."""
    from mlhooks.unsafe_models.options import OPTIONS
    from mlhooks.unsafe_models.room import check

    values = {option.name: option.default for option in OPTIONS} | dict(options)
    findings: list[Finding] = []
    file: File = RemoteFile(path) if is_remote(path) else File(path)
    try:
        findings.extend(check(file, values))
    except Unscannable as reason:
        return Report(path, tuple(findings), str(reason))
    except Exception as error:  # noqa: BLE001 - as in the hook: it is reported, and is never read as clean
        return Report(path, tuple(findings), f"unsafe-models failed on it: {type(error).__name__}")
    finally:
        file.close()
    return Report(path, tuple(findings))


def _local_files(path: str) -> Iterator[str]:
    import os

    if not os.path.exists(path):
        raise Unscannable(f"there is nothing at {path}")
    for target in targets([path]):
        yield target.path
