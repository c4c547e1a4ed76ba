"""`mlhooks advisories update` fetches the data that the hook matches against; `status` shows what is there."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

from mlhooks.core.finding import Unscannable
from mlhooks.core.report import plural, printable
from mlhooks.vulnerable_dependencies import sources
from mlhooks.vulnerable_dependencies.building import build, refuse_foreign, scratch_file
from mlhooks.vulnerable_dependencies.database import About, default_path, open_database
from mlhooks.vulnerable_dependencies.sources import Document, SourceError

if TYPE_CHECKING:
    from mlhooks.core.finding import Hook

DONE, BROKEN = 0, 2


def main(name: str, words: Sequence[str], _load_all: Callable[[], list[Hook]]) -> int:
    """Run `mlhooks advisories update|status`; the exit status: 0 done, 2 the data could not be used."""
    parser = argparse.ArgumentParser(
        prog=f"mlhooks {name}",
        description="The advisory database of vulnerable-dependencies.",
        epilog=f"The database lies in the user's cache: {default_path()}",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="update|status")
    update = commands.add_parser("update", help="fetch advisories, and replace the database when all went well")
    update.add_argument(
        "--from",
        dest="source",
        metavar="FILE|FOLDER|URL",
        help="OSV's export of PyPI as zip, a folder of OSV JSON, or the PyPA advisories in YAML (a tree, tar or zip); "
        f"default: {sources.DEFAULT_URL}",
    )
    status = commands.add_parser("status", help="show where the database comes from and how old it is")
    for command in (update, status):
        command.add_argument("--database", metavar="FILE", help="a database in another place")
    parsed = parser.parse_args(words)
    path = os.path.abspath(os.path.expanduser(parsed.database)) if parsed.database else default_path()
    try:
        if parsed.database and parsed.command == "update":
            refuse_foreign(path)
        return _update(path, parsed.source) if parsed.command == "update" else _status(path)
    except SourceError as error:
        kept = "; the database that was there stays as it was" if os.path.exists(path) else ""
        print(f"mlhooks: {printable(str(error))}{kept}", file=sys.stderr)
    except Unscannable as error:
        print(f"mlhooks: {printable(str(error))}", file=sys.stderr)
    return BROKEN


def _update(path: str, source: str | None) -> int:
    source = source or _scanner_download() or sources.DEFAULT_URL
    if not sources.is_url(source):
        return _build(path, source, os.path.abspath(source))
    with scratch_file(os.path.dirname(path)) as fetched:
        with open(fetched, "wb") as stream:
            for _ in _shown_bytes(sources.download(source, stream)):
                pass
        return _build(path, fetched, sources.shown(source))


def _scanner_download() -> str | None:
    folder = os.environ.get(sources.SCANNER_VARIABLE)
    return folder if folder and any(os.path.isfile(os.path.join(folder, p)) for p in sources.SCANNER_PATHS) else None


def _build(path: str, data: str, source: str) -> int:
    before = _about(path)
    built = build(path, _shown_progress(sources.documents(data)), source)
    now = built.about
    print(f"{printable(path)}: {_size(now)}, from {printable(source)}")
    if built.others:
        print(f"left out: {plural(built.others, 'document')} that speak of no Python package")
    if before and now.advisories < before.advisories:
        print(
            f"mlhooks: the database before had more: {_size(before)}, from {printable(before.source)}", file=sys.stderr
        )
    return DONE


def _status(path: str) -> int:
    from datetime import UTC, datetime

    about = open_database(path).about
    days = (datetime.now(UTC) - about.data_time).days
    lines = {
        "database": f"{printable(path)} ({os.path.getsize(path) / 1e6:.1f} MB)",
        "holds": f"{_size(about)}; {about.withdrawn:,} withdrawn left out",
        "source": printable(about.source),
        "built": about.built,
        "newest change": f"{about.newest} ({plural(days, 'day')} ago)",
    }
    for name, text in lines.items():
        print(f"{name:<14} {text}")
    return DONE


def _about(path: str) -> About | None:
    try:
        return open_database(path).about
    except Unscannable:
        return None


def _size(about: About) -> str:
    noun = "advisory" if about.advisories == 1 else "advisories"
    return f"{about.advisories:,} {noun} for {plural(about.packages, 'package')}"


def _shown_progress(documents: Iterable[Document]) -> Iterator[Document]:
    """The same documents; on a terminal with a count of them once it has taken longer than a second."""
    start, bar = monotonic(), None
    for number, document in enumerate(documents, 1):
        if bar is None and sys.stderr.isatty() and monotonic() - start > 1:
            bar = _bar(round(number / document.progress) if document.progress else None, " advisories")
            bar.update(number)
        elif bar is not None:
            bar.update()
        yield document
    if bar is not None:
        bar.close()


def _shown_bytes(steps: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The same steps of a download, on a terminal with a bar."""
    bar = None
    for done, total in steps:
        if sys.stderr.isatty():
            bar = bar or _bar(total or None, "B", unit_scale=True)
            bar.update(done - bar.n)
        yield done, total
    if bar is not None:
        bar.close()


def _bar(total: int | None, unit: str, **more: Any) -> Any:
    from tqdm import tqdm

    return tqdm(total=total, unit=unit, leave=False, file=sys.stderr, **more)
