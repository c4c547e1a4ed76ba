"""MLflow models that are packed into one zip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.formats.yamls import judge_mlflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.unsafe_models.formats.source import Fault
    from mlhooks.unsafe_models.formats.zipped import Contents

MOST_BYTES = 1 << 20


def read_zip(contents: Contents) -> Iterator[Fault]:
    """The description of the model; its pickles are found by their content."""
    for member in contents.ending("mlmodel"):
        if member.name.rpartition("/")[2].lower() != "mlmodel":
            continue
        text = contents.read(member, MOST_BYTES)
        if text is None:
            raise Unscannable(f"its member {member.name!a} is too large, or cannot be read")
        for fault in judge_mlflow(text.decode("utf-8", "replace"), member.name):
            yield fault._replace(line=None)
