"""The rules, with what a person needs to act on them."""

from __future__ import annotations

from mlhooks.core.finding import Level, Rule

_TAGS = ("external/cwe/cwe-1395", "OWASP-LLM04:2026", "MITRE-ATLAS-5.6.0:AML.T0010.001")

MALICIOUS = Rule(
    "malicious-package",
    Level.ERROR,
    "a package, or a release of it, that was published to do harm",
    "Its code runs when it is installed or imported, as you, with your tokens and keys. Such packages copy the name of "
    "a popular one with a letter changed, take over a name that a company uses inside, or are a popular project whose "
    "release was tampered with. Advisories whose id begins with MAL- name them.",
    "# requirements.txt\ntorch==2.5.1\npytoich==1.0.0     # a misspelt name; it sends your environment variables away",
    "Correct the name, or pin a release that the advisory does not name. If it was installed anywhere, change all "
    "passwords and tokens that this machine could reach. Nobody should need to allow one.",
    ("external/cwe/cwe-506", "OWASP-LLM04:2026", "MITRE-ATLAS-5.6.0:AML.T0011.001"),
    "9.8",
)

VULNERABLE = Rule(
    "vulnerable-dependency",
    Level.ERROR,
    "a package at an exact version that advisories name as vulnerable",
    "What is wrong with this version is public, often with a recipe. Critical, high and unscored vulnerabilities are "
    "errors, medium ones warnings, low ones notes. The version that counts is the one that stands in the file: a lock "
    "file, a requirements file, a Dockerfile, an install line in a notebook.",
    "# requirements.txt\nmlflow==2.9.2     # CVE-2024-27132: a recipe from somebody else runs code in your notebook",
    "Raise the pin to the version that the message names; `--fix` does it where the change stays within the release "
    'series. When the flaw cannot be reached in your use, say so with an end: `ignore = [{id = "CVE-2024-27132", '
    'package = "mlflow", reason = "we run no recipes", until = 2027-01-31}]` under '
    "`[tool.mlhooks.vulnerable-dependencies]`. After that day it is reported again.",
    _TAGS,
    "7.0",
)

UNDECIDABLE = Rule(
    "undecidable-advisory",
    Level.WARNING,
    "an advisory about the package whose versions cannot be compared",
    "Some advisories give bounds that are no Python versions (a date, a git tag), and no list of versions. No program "
    "can tell whether the pinned version is meant, and keeping silent would say that it is not.",
    "# requirements.txt\nexample-tool==1.4.0     # the advisory says: fixed in 2019-09-12",
    "Read the advisory by its id. If your version is not meant, put the id under `ignore` with the reason.",
    _TAGS,
    "4.0",
)

NOT_AUDITED = Rule(
    "not-audited",
    Level.NOTE,
    "packages of a file that could not be audited, with the reason for each",
    "Advisories speak about exact versions. A range, a repository or a path has none, so nothing is known about what "
    "will be installed; that is not the same as clean. There is one note per file, and the summary counts both kinds.",
    "# requirements.txt\nnumpy==2.1.3\npandas>=2        # which one?\ngit+https://github.com/org/tool@main",
    "Pin exact versions, or commit the lock file of your tool (uv, poetry, pdm, pip-compile): it is audited too. A "
    "note does not fail the run.",
    _TAGS,
)

ALL = (MALICIOUS, VULNERABLE, UNDECIDABLE, NOT_AUDITED)
