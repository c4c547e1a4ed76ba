"""The rules about versions and locks: what a project says it needs, and what it gets."""

from __future__ import annotations

from mlhooks.core.finding import Level, Rule

_VERSIONS = (
    "external/cwe/cwe-1357",
    "external/cwe/cwe-829",
    "OWASP-LLM04:2026",
    "MITRE-ATLAS-5.6.0:AML.T0010.001",
)
_CONTENT = (
    "external/cwe/cwe-494",
    "external/cwe/cwe-829",
    "OWASP-LLM04:2026",
    "MITRE-ATLAS-5.6.0:AML.T0010.001",
)
_LOCKS = ("external/cwe/cwe-353", "external/cwe/cwe-1357", "OWASP-LLM04:2026", "MITRE-ATLAS-5.6.0:AML.T0010.001")

UNPINNED = Rule(
    "unpinned-requirement",
    Level.WARNING,
    "a requirement without any version",
    why="The installer takes the newest release on the day it runs. Tomorrow that may be one with a bug, other numbers "
    "in your results, or a release that somebody else uploaded with a stolen password.",
    example="torch\nnumpy!=1.26.0\n",
    instead="Write the version you tested: `torch==2.5.1`. A tool keeps all of them up to date: "
    "`uv pip compile --generate-hashes requirements.in -o requirements.txt`. With a lock or a constraints file next "
    "to it, `mlhooks unpinned-dependencies --fix` fills versions in. To allow: "
    "`# mlhooks: ignore[unpinned-requirement] the base image pins it`.",
    tags=_VERSIONS,
    severity="5.5",
)
LOWER_BOUND = Rule(
    "lower-bound-only",
    Level.WARNING,
    "a requirement with only a lower bound",
    why="`>=` looks careful and still takes the newest release, always. The poisoned ultralytics 8.3.41 of December "
    "2024 reached people through `ultralytics>=8`.",
    example="ultralytics>=8.0\n",
    instead="Pin what you run: `ultralytics==8.3.40`. Ranges are right in the metadata of a library, and are not "
    "flagged "
    "there. To allow: `# mlhooks: ignore[lower-bound-only] reason`.",
    tags=_VERSIONS,
    severity="5.5",
)
WILDCARD = Rule(
    "wildcard-version",
    Level.WARNING,
    "a version that looks pinned and still floats",
    why="`==2.1.*` takes every later patch release, and conda's single `=2.1` means the same. Patch releases are "
    "how a bad "
    "release arrives.",
    example="torch==2.1.*\n",
    instead="Write all of the version: `torch==2.1.2`; for conda `pytorch=2.1.2`. To allow: "
    "`# mlhooks: ignore[wildcard-version] reason`.",
    tags=_VERSIONS,
    severity="5.5",
)
LOOSE = Rule(
    "loose-range",
    Level.NOTE,
    "a range that lets patch releases in",
    why="`~=1.4`, `^1.4` and `>=1.4,<2` stop at the next big release and float until there. In an application "
    "two installs "
    "of one commit differ.",
    example="pandas~=2.2\n",
    instead="Pin applications exactly, or keep the range and commit a lock file next to it. To allow: "
    '`# mlhooks: ignore[loose-range] reason`, or `require = "bounded"` in `[tool.mlhooks.unpinned-dependencies]`.',
    tags=_VERSIONS,
)
MISSING_HASH = Rule(
    "missing-hash",
    Level.WARNING,
    "an exact version without a hash (only with --require hashed)",
    why="A version names a release, a hash names its content. When the releases of `ctx` were replaced in 2022, "
    "version "
    "pins installed the replacement; hashes would have refused it.",
    example="numpy==2.1.3\n",
    instead="`uv pip compile --generate-hashes requirements.in -o requirements.txt` writes them; pip then checks every "
    "file. To allow: `# mlhooks: ignore[missing-hash] reason`.",
    tags=_CONTENT,
    severity="5.5",
)
PARTIAL_HASHES = Rule(
    "partial-hashes",
    Level.WARNING,
    "a file in which some requirements have hashes and some have none",
    why="One hash switches pip's hash mode on for the whole file, so pip refuses to install it. Somebody meant to have "
    "hashes and one line slipped through.",
    example="numpy==2.1.3 --hash=sha256:...\npandas==2.2.3\n",
    instead="Generate the whole file again: `uv pip compile --generate-hashes`. To allow: "
    "`# mlhooks: ignore[partial-hashes] reason`.",
    tags=_CONTENT,
    severity="5.5",
)
STALE_LOCK = Rule(
    "stale-lock",
    Level.ERROR,
    "a lock file that does not match what the project asks for",
    why="What is reviewed is not what is installed: a direct dependency is missing in the lock, or locked at a version "
    "that the manifest excludes, or taken from an index that the manifest does not name.",
    example='pyproject.toml: dependencies = ["numpy>=2"]\nuv.lock:        name = "numpy", version = "1.26.4"\n',
    instead="Lock again (`uv lock`, `poetry lock`, `pdm lock`, `pipenv lock`, `pip-compile`) and commit both files "
    "together. To allow: `# mlhooks: ignore[stale-lock] reason`.",
    tags=_LOCKS,
    severity="5.0",
)
LOCK_WITHOUT_HASH = Rule(
    "lock-entry-without-hash",
    Level.WARNING,
    "an entry without a hash in a lock file that has hashes",
    why="The tools write a hash for every package that comes from an index. An entry without one was edited by "
    "hand, or "
    "tampered with, and is installed unchecked.",
    example='[[package]]\nname = "numpy"\nversion = "2.1.3"\nsource = { registry = "https://index.example/simple" }\n',
    instead="Lock again with the tool that wrote the file, and look at what changes. To allow: "
    "`# mlhooks: ignore[lock-entry-without-hash] reason`.",
    tags=_LOCKS,
    severity="5.0",
)
NOTEBOOK_INSTALL = Rule(
    "notebook-install",
    Level.NOTE,
    "a notebook that installs packages without exact versions",
    why="Whoever runs the notebook next month gets other packages than you, and other numbers.",
    example="%pip install transformers datasets\n",
    instead="Pin in the cell (`%pip install transformers==4.46.3`), or install from a requirements file that is "
    "pinned. "
    "To allow: `# mlhooks: ignore[notebook-install] reason` in the cell.",
    tags=_VERSIONS,
)
BOOTSTRAP = Rule(
    "bootstrap-upgrade",
    Level.NOTE,
    "an unpinned upgrade of the installer itself",
    why="`pip install -U pip setuptools wheel` changes the tool that installs everything else, between two "
    "builds of the "
    "same commit.",
    example="RUN pip install -U pip setuptools wheel\n",
    instead="Leave the upgrade out (the base image brings a pip), or pin it: `pip install pip==24.3.1`. To allow: "
    "`# mlhooks: ignore[bootstrap-upgrade] reason`.",
    tags=_VERSIONS,
)
HOOK_DEPENDENCY = Rule(
    "unpinned-hook-dependency",
    Level.NOTE,
    "a Python package for a pre-commit hook without an exact version",
    why="pre-commit installs it on every developer's machine, in whatever version is the newest there.",
    example="additional_dependencies: [types-requests]\n",
    instead="Pin it: `types-requests==2.32.0.20241016`. To allow: `# mlhooks: ignore[unpinned-hook-dependency] "
    "reason`.",
    tags=_VERSIONS,
)
UNPARSEABLE = Rule(
    "unparseable-requirement",
    Level.WARNING,
    "a declaration that the installer would not understand",
    why="The install fails here, or the line means something else to another tool, and no check can say what it gets.",
    example="torch=2.1\nnumpy==1.26.4;\n",
    instead="Correct the line: `torch==2.1.0`. To allow: `# mlhooks: ignore[unparseable-requirement] reason`.",
    tags=_VERSIONS,
    severity="3.0",
)
COMPUTED = Rule(
    "computed-requirement",
    Level.NOTE,
    "a package, image or version that is only known when it runs",
    why="The value comes from a variable or from code, so nobody can say here what is installed.",
    example="RUN pip install torch==${TORCH_VERSION}\n",
    instead="Give the variable an exact default next to it (`ARG TORCH_VERSION=2.5.1`), or write the version out. "
    "To allow: `# mlhooks: ignore[computed-requirement] reason`.",
    tags=_VERSIONS,
)

MISSING_FILE = Rule(
    "missing-local-archive",
    Level.NOTE,
    "a wheel or source archive that is named by its path and is not in the repository",
    why="The install works on the machine that has the file and fails on every other one, or takes whatever somebody "
    "puts there.",
    example="wheels/internal_tools-1.2-py3-none-any.whl\n",
    instead="Commit the file (with Git LFS when it is large), or name a package of an index, or a URL with its hash. "
    "To allow: `# mlhooks: ignore[missing-local-archive] the build puts it there`.",
    tags=_CONTENT,
)

VERSION_RULES = (
    UNPINNED,
    LOWER_BOUND,
    WILDCARD,
    LOOSE,
    MISSING_HASH,
    PARTIAL_HASHES,
    NOTEBOOK_INSTALL,
    BOOTSTRAP,
    HOOK_DEPENDENCY,
    UNPARSEABLE,
    COMPUTED,
    MISSING_FILE,
    STALE_LOCK,
    LOCK_WITHOUT_HASH,
)
