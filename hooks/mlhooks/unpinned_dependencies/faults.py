"""What is told about a record: the rule it breaks, and the sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.formats.dependency import Context, Dependency, Kind, normalize
from mlhooks.formats.requirement import ARCHIVES
from mlhooks.unpinned_dependencies import rules, source_rules
from mlhooks.unpinned_dependencies.pins import Strength

if TYPE_CHECKING:
    from mlhooks.core.files import File
    from mlhooks.core.finding import Level, Rule

PACKAGES = frozenset((Kind.PACKAGE, Kind.CONDA))


class Fault(NamedTuple):
    """A rule that one record breaks, the sentence that says how, and a level other than the rule's own."""

    rule: Rule
    message: str
    level: Level | None = None
    subject: str = ""


def shown(url: str) -> str:
    """An address as it may be shown: without user, password, query and anything that is too long."""
    bare = re.sub(r"://[^/@\s]*@", "://", url.partition("?")[0].partition("#")[0])
    bare = re.sub(r"^[^/@\s:]+:[^/@\s]+@", "", bare)
    return bare if len(bare) <= 120 else bare[:117] + "..."


def remote_include(record: Dependency) -> list[Fault]:
    if not re.match(r"(?:https?|ftp):", record.url, re.IGNORECASE):
        return []
    message = f"the requirements at {shown(record.url)} may be others tomorrow; commit a copy of the file"
    return [Fault(source_rules.URL, message, subject=shown(record.url))]


MAX_PARENTS = 6


def is_missing_archive(record: Dependency, file: File) -> bool:
    """Whether a file names an archive by a relative path and it is nowhere: beside the file or in a folder above it.

    A command runs in a folder, and in an image, that nobody knows here.
    """
    path = record.url.partition("#")[0]
    is_named = path.lower().endswith(ARCHIVES) and re.fullmatch(r"[\w.][^:*?$%{}\[\]]*", path) is not None
    if record.kind is not Kind.LOCAL or not is_named or record.context is Context.COMMAND or record.path != file.path:
        return False
    return all(file.sibling("../" * up + path) is None for up in range(MAX_PARENTS))


def missing_archives(records: list[Dependency]) -> Fault:
    first = shown(records[0].url)
    others = f" (and {len(records) - 1} more)" if len(records) > 1 else ""
    message = f"{first}{others} is not in the repository, so nobody else can install it; commit it, or name a source"
    return Fault(rules.MISSING_FILE, message, subject=first)


def what(record: Dependency) -> str:
    """A record as a message may name it: never with what may be a password."""
    if record.kind in PACKAGES:
        return normalize(record.name)
    if record.kind is Kind.ACTION:
        return record.name
    return record.name or shown(record.url)


def word(text: str) -> str:
    """The first word of a line that was not understood: the whole of it may hold anything."""
    match = re.match(r"[\w.-]{1,40}", text)
    return match[0] if match is not None else "this line"


def computed(record: Dependency) -> str:
    # Only a plain variable is shown: an expression may hold anything.
    is_plain = re.fullmatch(r"[$%{(]*\s?[\w.]+\s?[)}]*s?", record.problem) is not None
    by = f" (`{record.problem}`)" if is_plain else ""
    name = shown(record.name) or "what is installed here"
    return f"{name} is only known when it runs{by}; write it out, or give an exact default"


def unparseable(record: Dependency) -> str:
    return f"`{word(record.name)}`: the installer would not understand this ({record.problem}); correct it"


def _floating(record: Dependency, _: Strength) -> str:
    return f"{record.name} has no version, so the newest release is taken, whatever it is; write {record.name}==VERSION"


def _lower(record: Dependency, _: Strength) -> str:
    return f"{record.name}{_spaced(record)} always takes the newest release; write {record.name}==VERSION"


def _wildcard(record: Dependency, _: Strength) -> str:
    return f"{record.name}{_spaced(record)} looks pinned and takes every later patch release; write all of the version"


def _loose(record: Dependency, strength: Strength) -> str:
    if strength is Strength.FLOATING:
        return f"{record.name}{_spaced(record)} takes the newest release below a bound; write {record.name}==VERSION"
    return f"{record.name}{_spaced(record)} lets later releases in; write {record.name}==VERSION, or keep a lock file"


def _missing_hash(record: Dependency, _: Strength) -> str:
    return (
        f"{record.name}{_spaced(record)} names a release, not its content; add its hash (pip-compile --generate-hashes)"
    )


def _vcs(record: Dependency, _: Strength) -> str:
    ref = f"at `{record.ref[:40]}`" if record.ref else "at its default branch"
    return f"{what(record)} is taken from a repository {ref}, which may move; name the full commit (40 hex digits)"


def _url(record: Dependency, _: Strength) -> str:
    return (
        f"what {shown(record.url)} serves may change; append #sha256=... (in a Dockerfile: ADD --checksum=sha256:...)"
    )


def _untagged(record: Dependency, _: Strength) -> str:
    tag = "the tag latest" if record.ref == "latest" else "no tag"
    return f"image {record.name} has {tag}, so every build may start from another one; name a tag and a digest"


def _digest(record: Dependency, _: Strength) -> str:
    return f"image {record.name}:{record.ref} has no digest, and tags are moved; append @sha256:..."


def _copy_from(record: Dependency, _: Strength) -> str:
    tag = "the tag latest" if record.ref == "latest" else "no tag"
    return f"files are taken out of image {record.name} with {tag}, unseen; name a version and a digest"


def _branch(record: Dependency, _: Strength) -> str:
    ref = f"branch {record.ref}" if record.ref else "the default branch"
    return f"{record.name} runs from {ref}: the next push to it runs here with your secrets; pin a commit"


def _tag(record: Dependency, _: Strength) -> str:
    return f"{record.name}@{record.ref} is a tag, and tags are moved; pin the commit and keep the tag as a comment"


def _rev(record: Dependency, _: Strength) -> str:
    ref = f"rev {record.ref}" if record.ref else "no rev"
    return f"{shown(record.name)} has {ref}, which moves; use a released tag or a commit"


def _spaced(record: Dependency) -> str:
    specifier = record.specifier
    return f" {specifier}" if re.match(r"[\w*^~]", specifier) else specifier


MESSAGES = {
    rules.UNPINNED.id: _floating,
    rules.LOWER_BOUND.id: _lower,
    rules.WILDCARD.id: _wildcard,
    rules.LOOSE.id: _loose,
    rules.MISSING_HASH.id: _missing_hash,
    source_rules.VCS.id: _vcs,
    source_rules.URL.id: _url,
    source_rules.UNTAGGED_IMAGE.id: _untagged,
    source_rules.IMAGE_DIGEST.id: _digest,
    source_rules.COPY_FROM.id: _copy_from,
    source_rules.BRANCH_ACTION.id: _branch,
    source_rules.TAG_ACTION.id: _tag,
    source_rules.HOOK_REV.id: _rev,
}
