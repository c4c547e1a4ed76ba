"""One requirement as pip understands it: a name with a specifier, a URL, a repository, or a path.

Lines of the plain kind (`name[extra]>=1.2,<2`) are settled by one anchored regular expression; `packaging` is
imported at the first line that needs it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from mlhooks.core.finding import Location
from mlhooks.formats.dependency import Context, Dependency, Kind, normalize

if TYPE_CHECKING:
    from mlhooks.formats.fragment import Fragment

ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".egg")

MAX_CHARS = 4000
"""Longer ones are not read: no honest requirement comes near, and patterns take their time on endless blanks."""

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_NUMBER = r"[0-9]+(?:\.[0-9]+)*"
_RELEASE = rf"{_NUMBER}(?:(?:a|b|rc)[0-9]+)?(?:\.post[0-9]+)?(?:\.dev[0-9]+)?"
_LOCAL = r"(?:\+[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)?"
_CLAUSE = rf"(?:[=!]=\s*{_RELEASE}{_LOCAL}|[=!]=\s*{_NUMBER}\.\*|[<>]=?\s*{_RELEASE}|~=\s*[0-9]+(?:\.[0-9]+)+)"
_plain = (
    rf"(?P<name>{_NAME})\s*(?:\[(?P<extras>[A-Za-z0-9._, -]*)\]\s*)?(?P<specifier>(?:{_CLAUSE}(?:\s*,\s*{_CLAUSE})*)?)"
)
_pin = re.compile(rf"({_NAME})(?:\[({_NAME}(?:,{_NAME})*)\])?(==(?:{_RELEASE})(?:\+[A-Za-z0-9]+)?)")
_COMPARED = (
    "python_version|python_full_version|sys_platform|platform_system|platform_machine|os_name"
    "|platform_python_implementation|implementation_name"
)
_comparison = (
    rf"(?P<left>{_COMPARED})[ \t]*(?P<operator>[<>=!]=|~=|[<>])[ \t]*"
    r"(?P<quote>['\"])(?P<right>[A-Za-z0-9_. +-]*)(?P=quote)"
)
_named_address = rf"(?s)(?P<name>{_NAME})\s*(?:\[(?P<extras>[^\]]*)\]\s*)?@\s*(?P<address>\S.*)"
_slot = rf"{_NAME}(?:\s*\[[^\]]*\])?(?P<slot>\s*\(\s*[^()]*\)|(?:\s*(?:[=!~]=|===|[<>]=?)\s*[^\s,;=!~<>]+\s*,?)*)"
_scheme = r"(?i)(?:(?P<vcs>git|hg|svn|bzr)\+)?(?P<scheme>[A-Za-z][A-Za-z0-9.+-]*):(?://|(?<=file:)|(?<=lp:))"
_scp = r"git\+(?:[\w.-]+@)?[\w.-]+:(?!//)|[\w.-]+@[\w.-]+\.[A-Za-z]+:(?!//)"
_egg = rf"(?P<name>{_NAME})(?:\[(?P<extras>[^\]]*)\])?(?P<specifier>[=<>!~].*)?"
_variable = r"\$\{\w+\}|\{[^{}]*\}|\$\w+|\$[{(]|%\(\w+\)s|`|<[A-Za-z][\w -]*>"
_windows_path = r"[A-Za-z]:[\\/]"


def requirement(
    fragment: Fragment,
    *,
    origin: str,
    context: Context = Context.UNDECIDED,
    group: str = "",
    editable: bool = False,
    hashes: tuple[str, ...] = (),
    statement: int | None = None,
    is_shell_word: bool = False,
) -> Dependency:
    """What one requirement declares.

    `fragment` is the requirement without options and comments, not empty. Never raises: what pip would not
    understand comes back as `Kind.UNREADABLE`, and what is computed when it runs as `Kind.UNKNOWN`.
    `is_shell_word` says that the text was an argument of a command, where a lone `name@version` is no typing error
    (`poetry add`, `uvx`) and braces belong to the shell or to IPython.
    """
    fragment = fragment.strip()
    plain = None if editable else plain_pin(fragment, origin, context, group, hashes, statement)
    return plain or any_requirement(
        fragment, origin, context, group, hashes, statement, editable=editable, is_shell_word=is_shell_word
    )


def plain_pin(
    fragment: Fragment, origin: str, context: Context, group: str, hashes: tuple[str, ...], statement: int | None
) -> Dependency | None:
    """The record of `name[extra]==1.2; marker`, in one go: a file of a thousand lines holds hardly anything else.

    None for everything that is not of the plainest form; `any_requirement` says the same of all that is.
    """
    text = fragment.text
    bare, semicolon, condition = text.partition(";")
    bare = bare.rstrip(" \t") if semicolon else bare
    match = _pin.fullmatch(bare)
    start = fragment.offset(0)
    if match is None or len(text) > MAX_CHARS or not fragment.source.text.startswith(bare, start):
        return None
    marker = plain_marker(condition) if semicolon else ""
    if marker is None:
        return None
    # In one piece and without a marker it has no line end in it, and so its first character's place is its place.
    is_simple = len(fragment.pieces) == 1 and not semicolon
    place = fragment.source.place(start) if is_simple else ()
    return Dependency(
        Kind.PACKAGE,
        match[1],
        fragment.source.path,
        Location(*place, fragment.where, fragment.scope) if place else fragment.location(),
        match[3],
        context=context,
        origin=origin,
        group=group,
        extras=_extras(match[2]),
        marker=marker,
        hashes=hashes,
        statement=start if statement is None else statement,
        slot=(start + match.start(3), start + len(bare)),
        text=" ".join(text.split()) if semicolon else text,
    )


@lru_cache
def plain_marker(text: str) -> str | None:
    """A marker of plain comparisons as `packaging` writes it; None for any other. A file repeats the same few."""
    parts = re.split(r"[ \t]+(and|or)[ \t]+", text.strip(" \t"))
    for index in range(0, len(parts), 2):
        match = re.fullmatch(_comparison, parts[index])
        if match is None:
            return None
        parts[index] = f'{match["left"]} {match["operator"]} "{match["right"]}"'
    return " ".join(parts)


def any_requirement(
    fragment: Fragment,
    origin: str,
    context: Context,
    group: str,
    hashes: tuple[str, ...],
    statement: int | None,
    *,
    editable: bool,
    is_shell_word: bool,
) -> Dependency:
    """What one requirement of any form declares. `fragment` has no white space at its ends."""
    text = fragment.text
    base = Dependency(
        Kind.PACKAGE,
        "",
        fragment.source.path,
        fragment.location(),
        origin=origin,
        context=context,
        group=group,
        editable=editable,
        hashes=hashes,
        statement=fragment.offset(0) if statement is None else statement,
        text=" ".join(text.split()),
    )
    if len(text) > MAX_CHARS:
        problem = "it is longer than any requirement"
        return base._replace(kind=Kind.UNREADABLE, name=text[:80], text=text[:80], problem=problem)
    match = re.fullmatch(_plain, text)
    if match is not None and not text.lower().endswith(ARCHIVES) and not editable:
        return base._replace(
            name=match["name"],
            specifier=match["specifier"],
            extras=_extras(match["extras"]),
            slot=_slot_of(fragment, match["specifier"]),
        )
    named = None if re.match(_scp, text) else re.fullmatch(_named_address, text)
    if named is not None and (re.match(_scheme, named["address"]) or _is_path(named["address"])):
        return _address(base._replace(name=named["name"], extras=_extras(named["extras"])), named["address"])
    if (re.match(_scheme, text) and not re.match(_windows_path, text)) or re.match(_scp, text):
        return _address(base, text)
    without_marker = re.split(r"\s;|;\s", text, maxsplit=1)[0]
    if _is_path(without_marker) or editable:
        return _path(base, text)
    variable = re.search(_variable, text.partition(";")[0])
    if variable is not None:
        return _computed(base, text, variable)
    if is_shell_word and named is not None:
        return base._replace(name=named["name"], extras=_extras(named["extras"]), specifier=f"=={named['address']}")
    return _by_packaging(base, fragment)


def address(record: Dependency, text: str) -> Dependency:
    """The record of a URL, repository or `file:` address: kind, url, vcs, ref, hashes and marker are filled in."""
    return _address(record, text)


def _computed(base: Dependency, text: str, variable: re.Match[str]) -> Dependency:
    """A requirement with a part that is computed. `name>=$X` floats whatever the value is; `name==$X` may not."""
    open_ended = re.fullmatch(rf"({_NAME})\s*(?:\[[^\]]*\])?\s*(>=|>|<|<=|~=|!=)\s*", text[: variable.start()])
    if open_ended is not None and variable.end() == len(text.partition(";")[0].rstrip()):
        return base._replace(name=open_ended[1], specifier=f"{open_ended[2]}{variable[0]}")
    name = re.match(_NAME, text)
    known = name[0] if name is not None and name.end() <= variable.start() else ""
    return base._replace(kind=Kind.UNKNOWN, name=known, problem=variable[0])


def _by_packaging(base: Dependency, fragment: Fragment) -> Dependency:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        found = Requirement(fragment.text)
    except InvalidRequirement as error:
        return base._replace(kind=Kind.UNREADABLE, name=base.text, problem=str(error).partition("\n")[0])
    except RecursionError:
        return base._replace(kind=Kind.UNREADABLE, name=base.text, problem="it is nested too deeply")
    if found.url is not None:
        problem = f"what stands after `{found.name} @` is neither a URL nor a path"
        return base._replace(kind=Kind.UNREADABLE, name=base.text, problem=problem)
    return base._replace(
        name=found.name,
        specifier=str(found.specifier),
        extras=_extras(",".join(found.extras)),
        marker=str(found.marker or ""),
        slot=_slot_of(fragment, str(found.specifier)),
    )


def _slot_of(fragment: Fragment, specifier: str) -> tuple[int, int] | None:
    """Where the specifier stands in the file; None where more than continued lines is between text and file."""
    match = re.match(_slot, fragment.text)
    if match is None:
        return None
    start, end = match.span("slot")
    end -= len(match["slot"]) - len(match["slot"].rstrip())
    end = max(start, end) if specifier else start
    # Behind the last character of the name: the next one may stand on another line.
    first = fragment.offset(start - 1) + 1
    last = fragment.offset(end - 1) + 1
    written = fragment.source.text[fragment.offset(0) : last]
    if re.sub(r"\\\r?\n", "", written) != fragment.text[:end]:
        return None
    return first, last


def _address(base: Dependency, text: str) -> Dependency:
    text, marker = _split_marker(text)
    scheme = re.match(_scheme, text)
    url, _, fragment_text = text.partition("#")
    values = _fragment_values(fragment_text)
    base = _with_egg(base, values.get("egg", ""))
    name = base.name
    if (scheme is not None and scheme["scheme"].lower() == "file" and not scheme["vcs"]) or "{root:uri}" in url:
        return base._replace(kind=Kind.LOCAL, name=name, url=url, marker=marker)
    vcs = scheme["vcs"] if scheme is not None and scheme["vcs"] else "git" if re.match(_scp, text) else ""
    if scheme is not None and scheme["scheme"] in ("git", "svn", "hg", "bzr"):
        vcs = vcs or scheme["scheme"]
    if vcs:
        place, ref = _split_ref(url)
        # Only a computed ref, or a computed end that may bring a ref along, leaves open what is fetched.
        computed = re.search(_variable, ref or place.rpartition("/")[2])
        if computed is not None:
            return base._replace(kind=Kind.UNKNOWN, name=name, url=url, marker=marker, problem=computed[0])
        return base._replace(kind=Kind.VCS, name=name, url=place, vcs=vcs, ref=ref, marker=marker)
    if scheme is None:
        return base._replace(kind=Kind.LOCAL, name=name, url=url, marker=marker)
    base = _with_wheel(base, url)
    name = base.name or _archive_name(url)
    hashes = tuple(f"{key}:{value}" for key, value in values.items() if key in _HASH_NAMES)
    return base._replace(kind=Kind.URL, name=name, url=url, hashes=(*base.hashes, *hashes), marker=marker)


_HASH_NAMES = ("sha512", "sha384", "sha256", "sha224", "sha1", "md5")


def _path(base: Dependency, text: str) -> Dependency:
    text, marker = _split_marker(text)
    bare, _, fragment_text = text.partition("#")
    base = _with_egg(base, _fragment_values(fragment_text).get("egg", ""))
    extras = re.search(r"\[([^\]]*)\]$", bare.strip())
    path = bare.strip()[: extras.start()] if extras is not None else bare.strip()
    if extras is not None:
        base = base._replace(extras=_extras(extras[1]))
    base = _with_wheel(base, path)
    name = base.name or _archive_name(path)
    variable = re.search(_variable, path)
    # `{toxinidir}` and `$PWD` are folders of the checkout; anything else may be a name or a URL.
    if variable is not None and not re.match(r"(?:\{toxinidir\}|\$PWD|\$\{PWD\}|\.{1,2}/)", path):
        return base._replace(kind=Kind.UNKNOWN, name=name, url=path, marker=marker, problem=variable[0])
    return base._replace(kind=Kind.LOCAL, name=name, url=path, marker=marker)


def _is_path(text: str) -> bool:
    bare = re.sub(r"\[[^\]]*\]$", "", text.strip())
    return (
        bare.startswith((".", "/", "~/", "\\"))
        or ("/" in bare and not re.match(_scheme, bare) and ";" not in bare and " " not in bare)
        or re.match(_windows_path, bare) is not None
        or bare.partition("#")[0].lower().endswith(ARCHIVES)
    )


def _split_ref(url: str) -> tuple[str, str]:
    """A repository's address and what stands after the `@` of its path: `git+https://u@host/p@ref` -> ref."""
    head, slashes, rest = url.partition("://")
    if not slashes:
        host, _, path = url.partition(":")
        path, _, ref = path.partition("@")
        return f"{host}:{path}", ref
    host, slash, path = rest.partition("/")
    path, _, ref = path.rpartition("@") if "@" in path else (path, "", "")
    return f"{head}://{host}{slash}{path}", ref.rstrip("/")


def _split_marker(text: str) -> tuple[str, str]:
    """An address and its marker. In an address a semicolon starts a marker only next to white space."""
    parts = re.split(r"\s;\s*|;\s+", text, maxsplit=1)
    return parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""


def _fragment_values(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split("&"))
    return {key.lower(): value for key, equals, value in pairs if equals and value}


def _with_egg(base: Dependency, text: str) -> Dependency:
    """The record with what `#egg=name[extra]` says of it."""
    match = re.match(_egg, text)
    if match is None or base.name:
        return base
    return base._replace(name=match["name"], extras=_extras(match["extras"]), specifier=match["specifier"] or "")


def _with_wheel(base: Dependency, path: str) -> Dependency:
    """The record with the version that a wheel's file name states."""
    parts = path.partition("?")[0].rpartition("/")[2].split("-")
    if not path.lower().endswith(".whl") or len(parts) not in (5, 6):
        return base
    return base._replace(name=base.name or parts[0], specifier=base.specifier or f"=={parts[1].replace('_', '-')}")


def _archive_name(url: str) -> str:
    """The project that an archive's file name starts with: `.../altair-4.1.0-py3-none-any.whl` -> altair."""
    name = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    match = re.match(rf"({_NAME}?)-\d", name)
    return match[1] if match is not None and name.lower().endswith(ARCHIVES) else ""


def _extras(text: str | None) -> tuple[str, ...]:
    return tuple(sorted(normalize(extra.strip()) for extra in (text or "").split(",") if extra.strip()))
