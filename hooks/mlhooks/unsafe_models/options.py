"""The options of this room, and what they mean to its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Option, Options, Unscannable

if TYPE_CHECKING:
    from mlhooks.unsafe_models.policy import Policy
    from mlhooks.unsafe_models.stream import Budget

MEBIBYTE = 1 << 20

OPTIONS = (
    Option("allow-imports", (), 'a class or function of your own that pickles may use, e.g. "mypackage.layers.Block"'),
    Option("packs", (), "a further library whose names are allowed, e.g. ultralytics; see the README for all of them"),
    Option("note-pickles", False, "note every model that is a pickle, even when its contents are harmless"),
    Option(
        "require-safetensors",
        False,
        "report every model that is a pickle, however harmless: only safetensors is wanted",
    ),
    Option("max-opcodes", 500, "millions of bytes of opcodes that are walked in one file"),
    Option("max-unpacked", 8192, "mebibytes that one file may unpack to"),
    Option("max-ratio", 1000, "how many times larger one compressed part may become, beyond its first 64 mebibytes"),
    Option("max-members", 100_000, "members of archives that are looked at in one file"),
    Option("max-depth", 8, "how deep files may stand inside of files"),
)


def policy_of(options: Options) -> Policy:
    """The policy that the options ask for. Raises Unscannable for a pack that does not exist."""
    from mlhooks.unsafe_models.policy import Policy, all_packs

    packs = options.get("packs") or ()
    unknown = set(packs) - {pack.name for pack in all_packs()} if packs else set()
    if unknown:
        raise Unscannable(f"there is no pack {', '.join(sorted(unknown))} for unsafe-models")
    return Policy(packs, options.get("allow-imports") or ())


def budget_of(options: Options) -> Budget:
    """A fresh budget for one file."""
    from mlhooks.unsafe_models.stream import Budget

    values = {option.name: options.get(option.name, option.default) for option in OPTIONS}
    return Budget(
        opcodes=values["max-opcodes"] * 1_000_000,
        unpacked_bytes=values["max-unpacked"] * MEBIBYTE,
        ratio=values["max-ratio"],
        members=values["max-members"],
        depth=values["max-depth"],
    )
