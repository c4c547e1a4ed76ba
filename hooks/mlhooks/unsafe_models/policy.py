"""Which names may stand in a pickle, and what may be done with them: everything that is not allowed is not."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from mlhooks.unsafe_models.dangers import Dangers
from mlhooks.unsafe_models.packs.pack import CALL, CONSTRUCT, IMPORT, STATE, Pack


class Verdict(NamedTuple):
    """What the policy says about a name. `powers` is 0 for what may not even be imported.

    `what` says what a known attack does with it; `is_code` that it rebuilds Python code; `pack` names the pack that
    would allow it; `is_own` that the user allows it.
    """

    powers: int
    what: str = ""
    is_code: bool = False
    pack: str = ""
    is_own: bool = False


UNLISTED = Verdict(0)


@cache
def all_packs() -> tuple[Pack, ...]:
    """Every pack, in reading order."""
    from mlhooks.unsafe_models.packs import basics, deep, estimators, optional

    return basics.PACKS + estimators.PACKS + deep.PACKS + optional.PACKS


@cache
def _names_of(packs: tuple[str, ...]) -> dict[tuple[str, str], int]:
    table: dict[tuple[str, str], int] = {}
    for pack in all_packs():
        if pack.is_default or pack.name in packs:
            for module, name, powers in pack.names():
                table[module, name] = table.get((module, name), 0) | powers
    return table


@cache
def _pack_of() -> dict[tuple[str, str], str]:
    return {(m, n): pack.name for pack in all_packs() if not pack.is_default for m, n, _ in pack.names()}


class Policy:
    """The packs that are on, and the user's own names."""

    def __init__(self, packs: Iterable[str] = (), own: Iterable[str] = ()) -> None:
        self._names = _names_of(tuple(sorted(packs)))
        self._own = frozenset(own)
        self._dangers = Dangers()

    def verdict(self, module: str, name: str, protocol: int) -> tuple[str, Verdict]:
        """The name as people know it, and what may be done with it.

        Below protocol 3 Python 2 names are mapped, as `find_class` does with fix_imports.
        """
        if protocol < 3:
            module, name = modern_name(module, name)
        if protocol < 4 and "." in name:
            # One attribute with a dot in its name: it cannot exist, but the module is imported.
            return f"{module}.{name}", Verdict(0, self._dangers.what(module, name))
        module = _ALIASES.get(module, module)
        whole = f"{module}.{name}"
        if self._dangers.carries_code(whole):
            return whole, Verdict(0, is_code=True)
        powers = self._names.get((module, name), 0)
        if powers:
            return whole, Verdict(powers)
        what = self._dangers.what(module, name)
        if not what and whole in self._own and _is_dotted(module) and _is_dotted(name):
            return whole, Verdict(IMPORT | CONSTRUCT | CALL | STATE, is_own=True)
        return whole, Verdict(0, what, pack=_pack_of().get((module, name), ""))


def modern_name(module: str, name: str) -> tuple[str, str]:
    """The Python 3 name of a Python 2 one."""
    from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

    if (module, name) in NAME_MAPPING:
        return NAME_MAPPING[module, name]
    return IMPORT_MAPPING.get(module, module), name


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


_ALIASES = {"torch.tensor": "torch._tensor"}
"""torch.load looks for one module under another name."""
