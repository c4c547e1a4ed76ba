"""Dependencies with known vulnerabilities, and an account of what nobody could look at.

Advisories name exact versions. Every declaration of a Python package ends as audited, or as not audited with a reason
and a place; a network or a database that is missing is an error, never a pass. The default engine matches against a
database on disk and needs no network; the other one asks a service through pip-audit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.core.finding import Action, Finding, Hook, Notice, Option, Options, Said
from mlhooks.formats.dependency import PLACES
from mlhooks.vulnerable_dependencies import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mlhooks.core.files import File


def check(file: File, options: Options) -> Iterator[Said]:
    from mlhooks.vulnerable_dependencies import audit

    yield from audit.check(file, options)


def fix(file: File, findings: Sequence[Finding], options: Options) -> bytes | None:
    from mlhooks.vulnerable_dependencies import fixing

    return fixing.fix(file, findings, options)


def prepare(options: Options) -> Iterator[Notice]:
    from mlhooks.vulnerable_dependencies import audit

    yield from audit.prepare(options)


def conclude(accepted: Sequence[Finding], options: Options) -> Iterator[Notice]:
    if options["ignore"]:
        from mlhooks.vulnerable_dependencies import audit

        yield from audit.conclude(accepted, options)


def audit_environment(value: str, files: Iterable[File], options: Options) -> Iterator[str | Said | tuple[str, str]]:
    from mlhooks.vulnerable_dependencies import environment

    yield from environment.audit(value, files, options)


HOOK = Hook(
    "vulnerable-dependencies",
    "Finds pinned dependencies with known vulnerabilities and malicious packages, and says what it could not audit.",
    rules.ALL,
    PLACES,
    check,
    (
        Option("engine", "local", "local: the database on disk; pip-audit: a service", choices=("local", "pip-audit")),
        Option("database", None, "the advisory database (default: in the user's cache)"),
        Option("max-age", 7, "days after which the database is called old (default: 7)"),
        Option(
            "stale", None, "an old database: warn, or fail (default: warn, and fail after 30 days)", ("warn", "fail")
        ),
        Option(
            "min-severity",
            None,
            "leave out what is scored lower; never what nobody has scored",
            ("low", "medium", "high", "critical"),
        ),
        Option("service", "pypi", "the service that pip-audit asks", ("pypi", "osv")),
        Option("osv-url", None, "another address of the osv service"),
        Option("ignore", (), "vulnerabilities accepted for now: {id, package, reason, until}", tables=True),
        Option("list-not-audited", True, "say in a note per file which packages were not audited"),
        Option(
            "fix",
            None,
            "raise pins to the nearest fixed version: within the release series, or any",
            choices=("series", "any"),
            bare="series",
        ),
    ),
    fix,
    (
        Action(
            "environment", "PYTHON", "audit what is installed for an interpreter, without running it", audit_environment
        ),
    ),
    prepare=prepare,
    conclude=conclude,
)
