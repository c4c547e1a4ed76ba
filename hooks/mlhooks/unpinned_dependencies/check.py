"""The judgement: records of what is declared in, findings out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.core.finding import Finding, Level, Unscannable
from mlhooks.formats.dependency import Context, Dependency, Kind, normalize, read
from mlhooks.unpinned_dependencies import rules, source_rules
from mlhooks.unpinned_dependencies.kinds import Decision, Project, Role
from mlhooks.unpinned_dependencies.pins import Strength, pin
from mlhooks.unpinned_dependencies.sources import Fault, download_fault, setting_faults, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File
    from mlhooks.core.finding import Options, Rule

_RANGES_ARE_FINE = frozenset((Role.LIBRARY, Role.LIBRARY_DEVELOPMENT, Role.LOCKED))
_LOWERED = frozenset((Role.DEVELOPMENT, Role.LIBRARY_DEVELOPMENT))
_STRICT_ONLY = frozenset((rules.MISSING_HASH.id, source_rules.IMAGE_DIGEST.id, source_rules.TAG_ACTION.id))
_INSTALLERS = frozenset(("pip", "setuptools", "wheel", "uv", "virtualenv", "pipx", "poetry", "pdm", "hatch", "build"))
# These formats carry hashes for every entry, and a gap in them has a rule of its own.
_LOCK_FORMATS = frozenset(
    ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "conda-lock.yml", "pixi.lock")
)
_PACKAGES = frozenset((Kind.PACKAGE, Kind.CONDA))


def check(file: File, options: Options) -> Iterator[Finding]:
    """The findings of one file. Raises `Unscannable` after those of what could be read."""
    records: list[Dependency] = []
    trouble: Unscannable | None = None
    try:
        records.extend(read(file))
    except Unscannable as error:
        trouble = error
    if records:
        yield from _Judge(file, options, records).findings()
    if trouble is not None:
        raise trouble


class _Judge:
    """One file's records on trial."""

    def __init__(self, file: File, options: Options, records: list[Dependency]) -> None:
        self.file = file
        self.records = records
        self.required = Strength[str(options["require"]).upper()]
        self.project = Project(file, options)
        self._constraints: dict[str, Strength] | None = None
        self._versions: dict[str, str] | None = None

    def findings(self) -> Iterator[Finding]:
        told: set[tuple[str, int]] = set()
        for record in self.records:
            for fault in self._faults(record):
                # One note per command is enough where a whole command is the matter.
                once = fault.rule.id, record.statement
                if fault.rule in (rules.NOTEBOOK_INSTALL, rules.BOOTSTRAP):
                    if once in told:
                        continue
                    told.add(once)
                yield _finding(record, fault)
        yield from self._partial_hashes()
        if any(record.context is Context.LOCK or record.kind in _PACKAGES for record in self.records):
            from mlhooks.unpinned_dependencies.locks import lock_findings

            yield from lock_findings(self.file, self.records, self.project)

    def _faults(self, record: Dependency) -> list[Fault]:
        if record.kind is Kind.SETTING:
            return setting_faults(record, self.records)
        if record.kind is Kind.DOWNLOAD:
            fault = download_fault(record)
            return [fault] if fault is not None else []
        if record.kind is Kind.INCLUDE:
            return _remote_include(record)
        if record.kind is Kind.UNREADABLE:
            return [Fault(rules.UNPARSEABLE, _unparseable(record), subject=_word(record.name))]
        if record.kind is Kind.UNKNOWN:
            return self._computed(record)
        return self._pinning(record)

    def _computed(self, record: Dependency) -> list[Fault]:
        if record.context is not Context.LIBRARY and self.project.decide(record).role in _RANGES_ARE_FINE | _LOWERED:
            return []
        if record.origin in ("notebook", "pre-commit"):
            return []
        what = record.name or "what is installed here"
        message = f"{what} is only known when it runs (`{record.problem}`); write it out, or give an exact default"
        return [Fault(rules.COMPUTED, message, subject=what)]

    def _pinning(self, record: Dependency) -> list[Fault]:
        """What is wrong with how a record is pinned. The questions that read other files come last."""
        found = pin(record)
        faults = []
        if record.editable and record.kind in (Kind.VCS, Kind.URL):
            message = f"{_what(record)} is installed editable from the network; install it as a package at a commit"
            faults.append(Fault(source_rules.EDITABLE, message, subject=_what(record)))
        required = self._required(record, found.rule)
        if found.strength >= required or self._constrained(record) >= required:
            return self._graded(record, faults)
        is_strict = self.required is Strength.HASHED and record.origin not in _LOCK_FORMATS
        if found.rule.id in _STRICT_ONLY and not is_strict:
            return self._graded(record, faults)
        faults.append(self._fault(record, found.rule, found.strength))
        return self._graded(record, faults)

    def _required(self, record: Dependency, rule: Rule) -> Strength:
        if record.kind in (Kind.IMAGE, Kind.ACTION, Kind.HOOK):
            return self.required if rule.id in _STRICT_ONLY else max(self.required, Strength.BOUNDED)
        if record.context is Context.LOCK:
            return max(self.required, Strength.EXACT)
        return self.required

    def _fault(self, record: Dependency, rule: Rule, strength: Strength) -> Fault:
        if record.kind in _PACKAGES and rule is not rules.MISSING_HASH:
            if record.origin == "notebook":
                return Fault(rules.NOTEBOOK_INSTALL, self._notebook_message(record), subject=record.normalized)
            if record.origin == "pre-commit":
                message = (
                    f"{record.name} has no exact version, so every machine gets another one; write {record.name}==..."
                )
                return Fault(rules.HOOK_DEPENDENCY, message, subject=record.normalized)
            if self._is_bootstrap(record):
                names = ", ".join(other.name for other in self._same_command(record))
                message = (
                    f"the installer itself ({names}) changes from build to build; pin it, or leave the upgrade out"
                )
                return Fault(rules.BOOTSTRAP, message, subject=names)
        return Fault(rule, _MESSAGES[rule.id](record, strength), subject=_what(record))

    def _graded(self, record: Dependency, faults: list[Fault]) -> list[Fault]:
        """The faults with the level that the record's role gives them, and the reason told."""
        if not faults:
            return []
        decision = self.project.decide(record)
        return [graded for fault in faults if (graded := self._grade(record, fault, decision)) is not None]

    def _grade(self, record: Dependency, fault: Fault, decision: Decision) -> Fault | None:
        is_version = record.kind in _PACKAGES
        if is_version and decision.role in _RANGES_ARE_FINE:
            return None
        level = fault.rule.level if fault.level is None else fault.level
        if fault.rule is rules.LOOSE and (
            decision.role in (Role.APPLICATION, Role.LOCK) or self.required is Strength.HASHED
        ):
            level = Level.WARNING
        if decision.role in _LOWERED and level < Level.ERROR and record.kind not in (Kind.HOOK, Kind.ACTION):
            if level is Level.NOTE:
                return None if fault.rule not in (rules.HOOK_DEPENDENCY, rules.BOOTSTRAP) else fault
            level = Level(level - 1)
        message = fault.message
        if is_version and fault.rule not in (rules.NOTEBOOK_INSTALL, rules.BOOTSTRAP, rules.HOOK_DEPENDENCY):
            message += self._replacement(record) + (f" {decision.sentence}" if decision.why else "")
        return fault._replace(level=level, message=message)

    def _replacement(self, record: Dependency) -> str:
        """The exact requirement to write, when a lock or constraints file beside this one knows it."""
        version = self.versions().get(record.normalized)
        return f" (here: {record.name}=={version})." if version else "."

    def versions(self) -> dict[str, str]:
        """Exact versions by name, from the locks and constraints beside the file."""
        if self._versions is None:
            from mlhooks.unpinned_dependencies.known import known_versions

            self._versions = known_versions(self.file)
        return self._versions

    def _constrained(self, record: Dependency) -> Strength:
        """How strongly a constraints file in force pins the name of a record."""
        if record.kind is not Kind.PACKAGE:
            return Strength.FLOATING
        if self._constraints is None:
            self._constraints = dict(self._read_constraints())
        return self._constraints.get(record.normalized, Strength.FLOATING)

    def _read_constraints(self) -> Iterator[tuple[str, Strength]]:
        seen = {self.file.path}
        found = [
            record for record in self.records if record.context is Context.CONSTRAINT and record.kind is Kind.PACKAGE
        ]
        for include in self.records:
            if include.kind is Kind.INCLUDE and include.name == "constraint":
                target = self.file.sibling(include.url)
                if target is not None and target.path not in seen:
                    seen.add(target.path)
                    found.extend(_readable(target))
        for record in found:
            if not record.marker:
                yield record.normalized, pin(record).strength

    def _partial_hashes(self) -> Iterator[Finding]:
        """Some requirements of a file with hashes and some without: pip will refuse all of it."""
        origins = ("requirements", "pip-compile")
        lines = [record for record in self.records if record.origin in origins and record.path == self.file.path]
        packages = [record for record in lines if record.kind in (Kind.PACKAGE, Kind.URL)]
        bare = [record for record in packages if not record.hashes]
        if bare and len(bare) < len(packages):
            message = (
                f"{len(packages) - len(bare)} of {len(packages)} requirements have hashes and this one has none, so "
                "pip will refuse the file; generate all of it again"
            )
            yield _finding(bare[0], Fault(rules.PARTIAL_HASHES, message, subject=_what(bare[0])))

    def _same_command(self, record: Dependency) -> list[Dependency]:
        return [
            other
            for other in self.records
            if other.statement == record.statement and other.normalized in _INSTALLERS and other.kind is Kind.PACKAGE
        ]

    def _is_bootstrap(self, record: Dependency) -> bool:
        is_command = record.context in (Context.COMMAND, Context.DEVELOPMENT) and record.origin not in (
            "pyproject",
            "uv",
        )
        return is_command and record.normalized in _INSTALLERS

    def _notebook_message(self, record: Dependency) -> str:
        names = [
            other.name
            for other in self.records
            if other.statement == record.statement and other.kind in _PACKAGES and pin(other).strength < self.required
        ]
        listed = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        return f"installs {listed} without an exact version: another month, other results; write {names[0]}==VERSION"


def _readable(file: File) -> list[Dependency]:
    """The package records of another file; what cannot be read is that file's own matter."""
    found: list[Dependency] = []
    try:
        found.extend(record for record in read(file) if record.kind is Kind.PACKAGE)
    except Unscannable:
        return found
    return found


def _finding(record: Dependency, fault: Fault) -> Finding:
    return Finding(fault.rule, record.path, fault.message, record.location, fault.subject, fault.level)


def _remote_include(record: Dependency) -> list[Fault]:
    if not re.match(r"(?:https?|ftp):", record.url, re.IGNORECASE):
        return []
    message = f"the requirements at {shown(record.url)} may be others tomorrow; commit a copy of the file"
    return [Fault(source_rules.URL, message, subject=shown(record.url))]


def _what(record: Dependency) -> str:
    """A record as a message may name it: never with what may be a password."""
    if record.kind in _PACKAGES:
        return normalize(record.name)
    if record.kind is Kind.ACTION:
        return record.name
    return record.name or shown(record.url)


def _word(text: str) -> str:
    """The first word of a line that was not understood: the whole of it may hold anything."""
    match = re.match(r"[\w.-]{1,40}", text)
    return match[0] if match is not None else "this line"


def _unparseable(record: Dependency) -> str:
    return f"`{_word(record.name)}`: the installer would not understand this ({record.problem}); correct it"


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
    return f"{_what(record)} is taken from a repository {ref}, which may move; name the full commit (40 hex digits)"


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


_MESSAGES = {
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
