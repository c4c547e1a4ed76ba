"""The judgement: records of what is declared in, findings out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Finding, Level, Unscannable
from mlhooks.formats.dependency import Context, Dependency, Kind, place_of, read
from mlhooks.unpinned_dependencies import rules, source_rules
from mlhooks.unpinned_dependencies.faults import (
    MESSAGES,
    PACKAGES,
    Fault,
    computed,
    is_missing_archive,
    missing_archives,
    remote_include,
    unparseable,
    what,
    word,
)
from mlhooks.unpinned_dependencies.pins import Pin, Strength, pin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File
    from mlhooks.core.finding import Options, Rule
    from mlhooks.unpinned_dependencies.kinds import Decision, Project
    from mlhooks.unpinned_dependencies.sources import Surroundings

_STRICT_ONLY = frozenset((rules.MISSING_HASH.id, source_rules.IMAGE_DIGEST.id, source_rules.TAG_ACTION.id))
_INSTALLERS = frozenset(("pip", "setuptools", "wheel", "uv", "virtualenv", "pipx", "poetry", "pdm", "hatch", "build"))
# These formats carry hashes for every entry, and a gap in them has a rule of its own.
_LOCK_FORMATS = frozenset(
    ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "conda-lock.yml", "pixi.lock")
)


def check(file: File, options: Options) -> Iterator[Finding]:
    """The findings of one file. Raises `Unscannable` after those of what could be read."""
    records: list[Dependency] = []
    trouble: Unscannable | None = None
    try:
        records.extend(read(file))
        if options["compose"] and place_of(file.path) == "deployment":
            from mlhooks.formats.declared.deployment import images

            records.extend(images(file))
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
        self.options = options
        self._project: Project | None = None
        self._constraints: dict[str, Strength] | None = None
        self._versions: dict[str, str] | None = None
        self._statements: dict[tuple[str, int], list[Dependency]] | None = None
        self._around: dict[tuple[str, int], Surroundings] = {}
        self._told: set[tuple[str, int]] = set()

    def project(self) -> Project:
        """What the files around say; loaded when the first finding depends on it."""
        if self._project is None:
            from mlhooks.unpinned_dependencies.kinds import Project

            self._project = Project(self.file, self.options)
        return self._project

    def findings(self) -> Iterator[Finding]:
        for record in self.records:
            for fault in self._faults(record):
                yield _finding(record, fault)
        yield from self._partial_hashes()
        missing = [record for record in self.records if is_missing_archive(record, self.file)]
        if missing:  # one note for a folder of archives
            yield _finding(missing[0], missing_archives(missing))
        if _may_drift(self.file.name) or self.records[0].context is Context.LOCK:
            from mlhooks.unpinned_dependencies.locks import lock_findings

            yield from lock_findings(self.file, self.records, self.project())

    def _faults(self, record: Dependency) -> list[Fault]:
        if record.kind is Kind.SETTING:
            from mlhooks.unpinned_dependencies.sources import setting_faults

            return setting_faults(record, self._surroundings(record))
        if record.kind is Kind.DOWNLOAD:
            from mlhooks.unpinned_dependencies.sources import download_fault

            fault = download_fault(record)
            return [fault] if fault is not None else []
        if record.kind is Kind.INCLUDE:
            return remote_include(record)
        if record.kind is Kind.UNREADABLE:
            return [Fault(rules.UNPARSEABLE, unparseable(record), subject=word(record.name))]
        if record.kind is Kind.UNKNOWN:
            return self._computed(record)
        return self._pinning(record)

    def _computed(self, record: Dependency) -> list[Fault]:
        if record.origin in ("notebook", "pre-commit"):
            return []
        decision = self.project().decide(record)
        if record.context is not Context.LIBRARY and (decision.ranges_are_fine or decision.is_lowered):
            return []
        return [Fault(rules.COMPUTED, computed(record), subject=record.name)]

    def _pinning(self, record: Dependency) -> list[Fault]:
        """What is wrong with how a record is pinned. The questions that read other files come last."""
        found = pin(record)
        faults = []
        if record.editable and record.kind in (Kind.VCS, Kind.URL):
            message = f"{what(record)} is installed editable from the network; install it as a package at a commit"
            faults.append(Fault(source_rules.EDITABLE, message, subject=what(record)))
        constrained = self._constrained(record) if found.strength < self.required else Strength.FLOATING
        if constrained > found.strength:
            found = Pin(constrained, rules.MISSING_HASH if constrained is Strength.EXACT else found.rule)
        if found.strength >= self._required(record, found.rule):
            return self._graded(record, faults)
        is_strict = self.required is Strength.HASHED and record.origin not in _LOCK_FORMATS
        if found.rule.id in _STRICT_ONLY and not is_strict:
            return self._graded(record, faults)
        fault = self._fault(record, found.rule, found.strength)
        if fault is not None:
            faults.append(fault)
        return self._graded(record, faults)

    def _required(self, record: Dependency, rule: Rule) -> Strength:
        if record.kind in (Kind.IMAGE, Kind.ACTION, Kind.HOOK):
            return self.required if rule.id in _STRICT_ONLY else max(self.required, Strength.BOUNDED)
        if record.context is Context.LOCK:
            return max(self.required, Strength.EXACT)
        return self.required

    def _fault(self, record: Dependency, rule: Rule, strength: Strength) -> Fault | None:
        """The fault of one record; None where one note for its whole command has been given already."""
        if record.kind in PACKAGES and rule is not rules.MISSING_HASH:
            if record.origin == "notebook":
                if self._was_told(rules.NOTEBOOK_INSTALL, record):
                    return None
                return Fault(rules.NOTEBOOK_INSTALL, self._notebook_message(record), subject=record.normalized)
            if record.origin == "pre-commit":
                message = (
                    f"{record.name} has no exact version, so every machine gets another one; write {record.name}==..."
                )
                return Fault(rules.HOOK_DEPENDENCY, message, subject=record.normalized)
            if self._is_bootstrap(record):
                if self._was_told(rules.BOOTSTRAP, record):
                    return None
                names = ", ".join(_installers(self._same_statement(record)))
                message = (
                    f"the installer itself ({names}) changes from build to build; pin it, or leave the upgrade out"
                )
                return Fault(rules.BOOTSTRAP, message, subject=names)
        return Fault(rule, MESSAGES[rule.id](record, strength), subject=what(record))

    def _graded(self, record: Dependency, faults: list[Fault]) -> list[Fault]:
        """The faults with the level that the record's role gives them, and the reason told."""
        if not faults:
            return []
        decision = self.project().decide(record)
        return [graded for fault in faults if (graded := self._grade(record, fault, decision)) is not None]

    def _grade(self, record: Dependency, fault: Fault, decision: Decision) -> Fault | None:
        is_version = record.kind in PACKAGES
        if is_version and decision.ranges_are_fine:
            return None
        level = fault.rule.level if fault.level is None else fault.level
        if fault.rule is rules.LOOSE and (decision.wants_exact or self.required is Strength.HASHED):
            level = Level.WARNING
        if decision.is_lowered and level < Level.ERROR and record.kind not in (Kind.HOOK, Kind.ACTION):
            if level is Level.NOTE:
                return None if fault.rule not in (rules.HOOK_DEPENDENCY, rules.BOOTSTRAP) else fault
            level = Level(level - 1)
        message = fault.message
        if is_version and fault.rule not in (rules.NOTEBOOK_INSTALL, rules.BOOTSTRAP, rules.HOOK_DEPENDENCY):
            message = self._with_version(record, message) + (f" {decision.sentence}" if decision.why else "")
        return fault._replace(level=level, message=message)

    def _with_version(self, record: Dependency, message: str) -> str:
        """The message with the version to write, when a lock or constraints file beside the file knows it."""
        version = self.versions().get(record.normalized)
        if version is None or "==VERSION" not in message:
            return f"{message}."
        return f"{message.replace('==VERSION', f'=={version}')} (locked beside it)."

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
            yield _finding(bare[0], Fault(rules.PARTIAL_HASHES, message, subject=what(bare[0])))

    def _was_told(self, rule: Rule, record: Dependency) -> bool:
        key = rule.id, record.statement
        if key in self._told:
            return True
        self._told.add(key)
        return False

    def _same_statement(self, record: Dependency) -> list[Dependency]:
        """The records of the command or line that a record stands in."""
        if self._statements is None:
            self._statements = {}
            for other in self.records:
                self._statements.setdefault((other.path, other.statement), []).append(other)
        return self._statements[record.path, record.statement]

    def _surroundings(self, record: Dependency) -> Surroundings:
        from mlhooks.unpinned_dependencies.sources import is_for_file, surroundings

        key = (record.path, -1) if is_for_file(record) else (record.path, record.statement)
        found = self._around.get(key)
        if found is None:
            whole = [other for other in self.records if other.path == record.path] if key[1] < 0 else None
            found = self._around[key] = surroundings(self._same_statement(record) if whole is None else whole)
        return found

    def _is_bootstrap(self, record: Dependency) -> bool:
        is_command = record.context in (Context.COMMAND, Context.DEVELOPMENT) and record.origin not in (
            "pyproject",
            "uv",
        )
        return is_command and record.normalized in _INSTALLERS

    def _notebook_message(self, record: Dependency) -> str:
        names = [
            other.name
            for other in self._same_statement(record)
            if other.kind in PACKAGES and pin(other).strength < self.required
        ]
        listed = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        return f"installs {listed} without an exact version: another month, other results; write {names[0]}==VERSION"


def _installers(records: list[Dependency]) -> list[str]:
    names = (record.name for record in records if record.normalized in _INSTALLERS and record.kind is Kind.PACKAGE)
    return list(dict.fromkeys(names))


def _may_drift(name: str) -> bool:
    """Whether a file may have a lock beside it."""
    return name.endswith((".toml", ".in", ".py", ".yml", ".yaml")) or name == "Pipfile"


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
