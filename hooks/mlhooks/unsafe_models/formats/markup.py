"""XML models, PMML and OpenVINO's: entities make their parser read files, or fill its memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.core.files import decode
from mlhooks.core.finding import Unscannable
from mlhooks.unsafe_models.formats.rules import FILE_ACCESS, MODEL_MALFORMED
from mlhooks.unsafe_models.formats.source import Fault, Source, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_BYTES = 4 << 20
LONGEST_TAG = 300
_EXTERNAL = re.compile(
    r"<!(?:ENTITY\s+(?:%\s+)?\S+|DOCTYPE\s+\S+)\s+(?:SYSTEM|PUBLIC(?:\s+(?:\"[^\"<>]*\"|'[^'<>]*'))?)\s+[\"']([^\"']{0,2000})",
    re.IGNORECASE,
)
_ROOT = re.compile(r"<(?:[^\s<>:/!?]{1,200}:)?(?:net|PMML)[\s/>]")
_DECLARATION = re.compile(r"<!(?:[^\"'<>\[]|\"[^\"]*\"|'[^']*')*+[>\[]")
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_INCLUDE = re.compile(r"<(?:[^\s<>:/!?]{1,200}:)?include\b[^<]*?\bhref\s*=\s*[\"']([^\"']*)")


def read(source: Source) -> Iterator[Fault]:
    """The document type declaration stands before the first element, so the beginning is enough."""
    raw = source.read(0, MOST_BYTES)
    encoding = "utf-8"
    if raw[:4] in (b"<\0?\0", b"<\0!\0"):
        encoding = "utf-16-le"
    elif raw[:4] in (b"\0<\0?", b"\0<\0!"):
        encoding = "utf-16-be"
    text = raw.decode(encoding, "replace") if encoding != "utf-8" else decode(raw, fallback="latin-1")
    root = text if len(raw) < MOST_BYTES else _root(text)
    if root is None:
        raise Unscannable(f"its first element stands behind more than {MOST_BYTES:,} bytes")
    if not source.name.endswith(".pmml") and not _ROOT.search(root):
        return  # XML of another kind may declare what it wants
    line = _line(text)
    for found in list(_EXTERNAL.finditer(text))[:10]:
        message = f"its parser is told to read {shown(found[1])}; remove the declaration, and parse without entities"
        yield Fault(FILE_ACCESS, message, found[1], "", line(found.start()))
    for found in list(_INCLUDE.finditer(text))[:10]:
        yield Fault(FILE_ACCESS, f"it includes {shown(found[1])}; remove that", found[1], "", line(found.start()))
    if (entity := _ENTITY.search(text)) and not _EXTERNAL.search(text):
        message = "it declares entities, which no model needs and which can fill a parser's memory; remove them"
        yield Fault(MODEL_MALFORMED, message, "entities", "", line(entity.start()))


def _root(text: str) -> str | None:
    """The first element's tag, as far as its name; None when it is not here."""
    at = 0
    while (at := text.find("<", at)) >= 0:
        if text.startswith("<!--", at):
            at = text.find("-->", at + 4)
        elif text.startswith("<?", at):
            at = text.find("?>", at + 2)
        elif text.startswith("<!", at):
            declaration = _DECLARATION.match(text, at)
            at = declaration.end() - 1 if declaration else -1
        else:
            return text[at : at + LONGEST_TAG]
        if at < 0:
            break
        at += 1
    return None


def _line(text: str) -> Callable[[int], int]:
    return lambda offset: text.count("\n", 0, offset) + 1
