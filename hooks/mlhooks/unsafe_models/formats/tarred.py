"""Tar archives of model formats: NeMo (`model_config.yaml` and checkpoints), TorchServe packed as tar, and others with
models in them.

Who opens such a file unpacks it first, and unpacking is where a member may land outside of the folder: by its name, by
a link, or by standing behind a link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Level, Unscannable
from mlhooks.unsafe_models.containers import tars
from mlhooks.unsafe_models.containers.claims import claims_model
from mlhooks.unsafe_models.formats.mar import judge_names
from mlhooks.unsafe_models.formats.paths import leaves_folder, normal
from mlhooks.unsafe_models.formats.rules import FILE_ACCESS
from mlhooks.unsafe_models.formats.source import Fault, Source, shown
from mlhooks.unsafe_models.formats.yamls import MOST_BYTES, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    # Links by the parts of their paths, one in the other; "" stands where a path ends.
    _Links = dict[str, "_Links"]

MOST_FAULTS = 20
MOST_MEMBERS = 100_000
MOST_LINKS_IN_A_ROW = 10
MOST_LINKS = 10_000
MOST_PARTS = 64
MODEL_ENDINGS = (".safetensors", ".gguf", ".onnx", ".h5", ".hdf5", ".tflite", ".bin", "saved_model.pb", ".mlmodel")


def read(source: Source) -> Iterator[Fault]:
    """What instantiating the configuration calls (CVE-2025-23304), and members that leave the folder."""
    members = list(tars.members(source.piece, max_members=min(source.budget.members, MOST_MEMBERS)))
    by_name = {normal(member.name).lower(): member for member in members}
    is_nemo = source.name.endswith(".nemo") or "model_config.yaml" in by_name
    is_served = "mar-inf/manifest.json" in by_name
    if is_served:
        yield from judge_names(member.name for member in members if member.name.endswith((".py", ".so", ".sh")))
    if is_nemo or is_served:
        yield from list(_ways_out(members))[:MOST_FAULTS]
        yield from _configurations(source, members, by_name)
    elif any(claims_model(name) or name.endswith(MODEL_ENDINGS) for name in by_name):
        # Images of whole systems have absolute links, and some have models in them.
        yield from [fault._replace(graded=Level.WARNING) for fault in _ways_out(members)][:MOST_FAULTS]


def _configurations(source: Source, members: Iterable[tars.Entry], by_name: dict[str, tars.Entry]) -> Iterator[Fault]:
    """What every YAML file in it says, also where its name is a link to a member of another name."""
    for member in members:
        if not member.name.lower().endswith((".yaml", ".yml")):
            continue
        content = _linked(member, by_name)
        if content.end - content.start > MOST_BYTES:
            raise Unscannable(f"its member {content.name!a} is too large to be checked")
        text = source.piece.data[content.start : content.end].decode("utf-8", "replace")
        for fault in judge(text, member.name, in_model=True):
            yield fault._replace(line=None)


def _linked(member: tars.Entry, by_name: dict[str, tars.Entry]) -> tars.Entry:
    """The member that a link leads to in the end; the last link when that is nowhere in the archive."""
    for _ in range(MOST_LINKS_IN_A_ROW):
        if member.kind not in tars.LINKS:
            break
        target = by_name.get(normal(_path_of_target(member)).lower())
        if target is None:
            break
        member = target
    return member


def _path_of_target(link: tars.Entry) -> str:
    """Where a link leads, from the top of the archive: a symbolic one starts from its own folder."""
    folder = link.name.rpartition("/")[0]
    is_relative = link.kind == tars.SYMBOLIC_LINK and folder and not link.target.startswith("/")
    return f"{folder}/{link.target}" if is_relative else link.target


def _ways_out(members: list[tars.Entry]) -> Iterator[Fault]:
    links: _Links = {}
    for number, member in enumerate(one for one in members if one.kind == tars.SYMBOLIC_LINK):
        if number >= MOST_LINKS:
            raise Unscannable(f"it has more than {MOST_LINKS:,} symbolic links")
        _add(member.name, links)
    for member in members:
        name = shown(member.name)
        if leaves_folder(member.name):
            message = f"its member {name} is unpacked outside of the folder; do not unpack it"
        elif member.kind in tars.LINKS and _may_leave(_path_of_target(member), links):
            message = f"its member {name} is a link to {shown(member.target)}, outside of the folder; do not unpack it"
        elif _goes_through(member.name, links):
            message = f"its member {name} is unpacked through a link, wherever that leads; do not unpack it"
        elif member.kind in tars.DEVICES:
            message = f"its member {name} is a device, which no model needs; do not unpack it"
        else:
            continue
        yield Fault(FILE_ACCESS, message, member.name)


def _may_leave(path: str, links: _Links) -> bool:
    """Whether a path leads out of the folder, or through one of the links and up again, which may lead out."""
    return leaves_folder(path) or (".." in path.split("/") and _goes_through(path, links))


def _parts(path: str) -> list[str]:
    # In lower case, as some file systems make no difference.
    return [part for part in path.lower().split("/") if part not in ("", ".")]


def _add(path: str, links: _Links) -> None:
    for part in _parts(normal(path))[:MOST_PARTS]:  # of deeper ones the folder stands for them
        links = links.setdefault(part, {})
    links[""] = {}


def _goes_through(path: str, links: _Links) -> bool:
    """Whether a folder on the way to a path is one of the links."""
    way: list[_Links] = [links]
    for part in _parts(path)[:-1]:
        if part == "..":
            way = way[:-1] or [links]
            continue
        way.append(way[-1].get(part, {}))
        if "" in way[-1]:
            return True
    return False
