"""What several files say of one: an include that is checked itself, or is included twice, is reported once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlhooks.core.files import slashed

if TYPE_CHECKING:
    from mlhooks.core.finding import Finding
    from mlhooks.core.run import Checked


def without_repeats(results: list[Checked]) -> list[Checked]:
    """The same results, without what a file says of another one that has been said of that one before.

    Nor is there what it says of one that was changed since: that one has been checked again.
    """
    if not any(_speaks_of_others(checked) for checked in results):
        return results
    changed = {_path(checked) for checked in results if checked.was_fixed}
    said: set[object] = set()  # findings with their hooks, and paths of files that are counted
    for checked in results:
        path = _path(checked)
        said.update(entry for entry in _findings(checked) if entry[1].path == path)
        if any(not count.path for count in checked.counts):
            said.add(path)
    return [_with_news(checked, said, changed) for checked in results]


def _with_news(checked: Checked, said: set[object], changed: set[str]) -> Checked:
    """A result with what it says of its own file and what is news of others, which is then among `said`."""
    path = _path(checked)
    others = (entry for entry in _findings(checked) if entry[1].path != path)
    repeats = {entry for entry in others if entry in said or entry[1].path in changed}
    said.update(_findings(checked))
    counts = [count for count in checked.counts if not count.path or count.path not in said]
    said.update(count.path for count in counts if count.path)
    return checked._replace(
        findings=[entry for entry in checked.findings if entry not in repeats],
        suppressed=[(hook, item) for hook, item in checked.suppressed if (hook, item.finding) not in repeats],
        counts=counts,
    )


def _speaks_of_others(checked: Checked) -> bool:
    path = _path(checked)
    return any(count.path for count in checked.counts) or any(entry[1].path != path for entry in _findings(checked))


def _findings(checked: Checked) -> Iterator[tuple[str, Finding]]:
    yield from checked.findings
    yield from ((hook, item.finding) for hook, item in checked.suppressed)


def _path(checked: Checked) -> str:
    """The path as findings have it."""
    return slashed(checked.path)
