"""The sentences of this room: what loading a file would do, and what to do about it."""

from __future__ import annotations

from mlhooks.unsafe_models.policy import Verdict
from mlhooks.unsafe_models.view import shown

TABLE = "[tool.mlhooks.unsafe-models]"
EMBEDDED_CODE = (
    ": it contains Python code. Read that code where it comes from, then allow this file by its hash: "
    f'allow = [{{sha256 = "...", reason = "..."}}] in {TABLE}'
)


def name(dotted: str) -> str:
    """A name for the middle of a sentence."""
    return shown(dotted) if dotted else "an object"


def imports(dotted: str) -> str:
    return f"loading this file imports {shown(dotted)}"


def calls(text: str) -> str:
    return f"loading this file calls {text}"


def is_import(message: str) -> bool:
    """Whether a message is about an import that nothing has called yet."""
    return message.startswith(imports(""))


def unexpected(does: str, why: str) -> str:
    return f"loading this file {does}: {why}"


def dangerous(what: str) -> str:
    return (
        f"; that {what}. Do not load it. Ask for the weights as safetensors, or see what torch.load(..., "
        f"weights_only=True) "
        "makes of it"
    )


def unknown(dotted: str, pack: str) -> str:
    """What to do about a name that is on no list."""
    if pack:
        return f'. It is in the pack "{pack}": packs = ["{pack}"] in {TABLE} allows it'
    if all(part.isidentifier() for part in dotted.split(".")):
        return f', which is on no list. If it is your own class: allow-imports = ["{shown(dotted)}"] in {TABLE}'
    return ", which is no name that Python code could have"


def verdict(answer: Verdict) -> str:
    """One or two words for a table."""
    if answer.powers:
        return "allowed by you" if answer.is_own else "allowed"
    if answer.is_code:
        return "contains code"
    if answer.what:
        return f"dangerous: {answer.what}"
    return f"unknown, in the pack {answer.pack}" if answer.pack else "unknown"
