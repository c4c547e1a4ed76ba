"""Tar archives of model formats: NeMo (`model_config.yaml` and checkpoints) and TorchServe packed as tar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.containers import tars
from mlhooks.unsafe_models.formats.mar import judge_names
from mlhooks.unsafe_models.formats.paths import leaves_folder
from mlhooks.unsafe_models.formats.rules import FILE_ACCESS
from mlhooks.unsafe_models.formats.source import Fault, Source, shown
from mlhooks.unsafe_models.formats.yamls import MOST_BYTES, judge

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FAULTS = 20
_LINKS = (b"1", b"2")


def read(source: Source) -> Iterator[Fault]:
    """What instantiating the configuration calls (CVE-2025-23304), and members that leave the folder."""
    piece = source.piece
    members = list(tars.entries(piece, max_members=min(source.budget.members, 100_000)))
    names = {member.name.removeprefix("./").lower() for member in members}
    is_nemo = source.name.endswith(".nemo") or "model_config.yaml" in names
    if "mar-inf/manifest.json" in names:
        yield from judge_names(member.name for member in members if member.name.endswith((".py", ".so", ".sh")))
    elif not is_nemo:
        return
    for member in [member for member in members if leaves_folder(member.name)][:MOST_FAULTS]:
        message = f"its member {shown(member.name)} is unpacked outside of the folder; do not unpack it"
        yield Fault(FILE_ACCESS, message, member.name)
    for member in members:
        if member.name.lower().endswith((".yaml", ".yml")):
            if member.end - member.start > MOST_BYTES:
                raise Unscannable(f"its member {member.name!a} is too large to be checked")
            text = piece.data[member.start : member.end].decode("utf-8", "replace")
            yield from judge(text, member.name, in_model=True)
