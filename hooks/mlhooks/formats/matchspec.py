"""conda's MatchSpec: `channel::name version build`, `name=1.2=build`, `name[version='>=1']`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.formats.dependency import Context, Dependency, Grammar, Kind

if TYPE_CHECKING:
    from mlhooks.formats.fragment import Fragment

MAX_CHARS = 1000
_spec = re.compile(
    r"(?:(?P<channel>[\w./:-]+?)(?:/(?P<subdir>[\w-]+))?::)?(?P<name>[A-Za-z0-9_][\w.-]*|\*)"
    r"(?P<version>\s*(?:[=!<>~]=?|\s)\s*[^\[]*)?(?P<bracket>\[.*\])?"
)
_brackets = re.compile(r"(?P<key>\w+)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s,\]]+))")
_variable = re.compile(r"\$\{\{?|\$\w|\$\(|\{\{|\{[^{}]*\}|`|<[a-z]")


def match_spec(
    fragment: Fragment, *, origin: str, context: Context, group: str = "", statement: int | None = None
) -> Dependency:
    """What one MatchSpec declares; the specifier is its version and build as written, without the name.

    `slot` stands after the name. Never raises.
    """
    fragment = fragment.strip()
    text = fragment.text
    base = Dependency(
        Kind.CONDA,
        "",
        fragment.source.path,
        fragment.location(),
        grammar=Grammar.CONDA,
        context=context,
        origin=origin,
        group=group,
        statement=fragment.offset(0) if statement is None else statement,
        text=" ".join(text.split()),
    )
    if len(text) > MAX_CHARS:
        problem = "it is longer than any specification"
        return base._replace(kind=Kind.UNREADABLE, name=text[:80], text=text[:80], problem=problem)
    if re.match(r"https?:|file:", text) or text.endswith((".conda", ".tar.bz2")):
        return _archive(base, text)
    variable = _variable.search(text)
    if variable is not None:
        name = re.match(r"[\w.-]+", text)
        known = name[0] if name is not None and name.end() <= variable.start() else ""
        return base._replace(kind=Kind.UNKNOWN, name=known, problem=variable[0])
    match = _spec.fullmatch(text)
    if match is None:
        return base._replace(kind=Kind.UNREADABLE, name=base.text, problem="it is not a conda package specification")
    values = {
        found["key"]: found["double"] or found["single"] or found["bare"] or ""
        for found in _brackets.finditer(match["bracket"] or "")
    }
    version = " ".join((match["version"] or "").split())
    if "version" in values:
        version = values["version"] + (f"={values['build']}" if "build" in values else "")
        version = version if version[:1] in "=!<>~" else f"=={version}"
    hashes = tuple(f"{key}:{values[key]}" for key in ("sha256", "md5") if key in values)
    slot = None
    if fragment.is_verbatim() and not match["bracket"]:
        end = fragment.offset(0) + match.end("name")
        slot = (end, fragment.offset(0) + len(text))
    return base._replace(
        name=match["name"],
        specifier=version,
        hashes=hashes,
        bound_to=match["channel"] or values.get("channel", ""),
        slot=slot,
    )


def _archive(base: Dependency, text: str) -> Dependency:
    """An explicit entry: a URL with `#md5` or `#sha256` behind it."""
    url, _, digest = text.partition("#")
    kind = Kind.URL if "://" in url and not url.startswith("file:") else Kind.LOCAL
    name = re.match(r"(?P<name>.+)-[^-]+-[^-]+$", url.rpartition("/")[2])
    digest = digest.removeprefix("sha256:")
    label = {32: "md5", 64: "sha256"}.get(len(digest), "")
    return base._replace(
        kind=kind,
        name=name["name"] if name is not None else "",
        url=url,
        hashes=(f"{label}:{digest}",) if label else (),
    )
