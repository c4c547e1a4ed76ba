"""The rules about sources: where packages, images, actions and scripts come from."""

from __future__ import annotations

from mlhooks.core.finding import Level, Rule


def _tags(
    *weaknesses: int, technique: str = "MITRE-ATLAS-5.6.0:AML.T0010.001", more: tuple[str, ...] = ()
) -> tuple[str, ...]:
    cwe = tuple(f"external/cwe/cwe-{number}" for number in weaknesses)
    return (*cwe, "OWASP-LLM04:2026", technique, *more)


_CONTENT = _tags(494, 829)
_IMAGES = _tags(494, 1357, technique="MITRE-ATLAS-5.6.0:AML.T0010.004")
_REVISIONS = _tags(829, 1357)

VCS = Rule(
    "vcs-without-commit",
    Level.WARNING,
    "a repository without a full commit",
    why="Branches and tags move, and an abbreviated commit may be the name of a branch. Whoever can push there "
    "decides what "
    "you run.",
    example="git+https://github.com/huggingface/transformers\ngit+https://github.com/facebookresearch/xformers@main\n",
    instead="Name the commit in full: `pkg @ git+https://github.com/owner/pkg@<40 hex digits>` (`git ls-remote "
    "URL` prints "
    "it). To allow: `# mlhooks: ignore[vcs-without-commit] reason`.",
    tags=_CONTENT,
    severity="6.5",
)
URL = Rule(
    "url-without-hash",
    Level.WARNING,
    "a file from a URL without a SHA-256 hash",
    why="A URL is a name, not content: the server may give another file tomorrow. MD5 and SHA-1 can be forged.",
    example="https://example.com/wheels/flash_attn-2.6.3-cp311-cp311-linux_x86_64.whl\n",
    instead="Append the hash: `pkg @ https://.../pkg-1.0.whl#sha256=<64 hex digits>`; in a Dockerfile "
    "`ADD --checksum=sha256:...`. To allow: `# mlhooks: ignore[url-without-hash] reason`.",
    tags=_CONTENT,
    severity="6.5",
)
EDITABLE = Rule(
    "remote-editable",
    Level.WARNING,
    "an editable install from the network",
    why="It lands in a working copy (`src/`) that anybody may edit, is never checked against a hash, and is "
    "imported from "
    "there.",
    example="-e git+https://github.com/owner/project@main#egg=project\n",
    instead="Install it as a package: `project @ git+https://github.com/owner/project@<commit>`. Editable installs of "
    "the checkout itself (`-e .`) are fine. To allow: `# mlhooks: ignore[remote-editable] reason`.",
    tags=_CONTENT,
    severity="6.5",
)
EXTRA_INDEX = Rule(
    "extra-index",
    Level.ERROR,
    "a second package index that may answer for any name",
    why="The installer asks all indexes for every name, and the highest version wins, from wherever it comes. In "
    "December "
    "2022 a package `torchtriton` on PyPI beat the one on PyTorch's own index and read people's SSH keys.",
    example="--extra-index-url https://download.pytorch.org/whl/nightly/cpu\n",
    instead="Bind the names to the index: in uv `[[tool.uv.index]]` with `explicit = true` and "
    "`[tool.uv.sources]`, in Poetry "
    '`priority = "explicit"`; with pip use `--index-url` alone, in an install of its own. To allow: '
    "`# mlhooks: ignore[extra-index] reason`.",
    tags=_tags(427, 829, more=("MITRE-ATLAS-5.6.0:AML.CS0015",)),
    severity="8.0",
)
INSECURE_INDEX = Rule(
    "insecure-index",
    Level.ERROR,
    "a package index over plain http",
    why="Anybody on the way between you and the index can hand you another package.",
    example="--index-url http://pypi.example.com/simple\n",
    instead="Use https. An index on this machine (localhost) is not flagged. To allow: "
    "`# mlhooks: ignore[insecure-index] reason`.",
    tags=_tags(319, 295),
    severity="7.5",
)
TRUSTED_HOST = Rule(
    "trusted-host",
    Level.ERROR,
    "certificate checks switched off for a package host",
    why="`--trusted-host` does not make a host trustworthy: it stops the check that would notice an impostor.",
    example="pip install --trusted-host pypi.example.com torch==2.5.1\n",
    instead="Give the installer the right certificate (`--cert company-ca.pem`, `SSL_CERT_FILE`), and drop the option. "
    "To allow: `# mlhooks: ignore[trusted-host] reason`.",
    tags=_tags(295, 319),
    severity="7.5",
)
FIND_LINKS = Rule(
    "http-find-links",
    Level.ERROR,
    "packages offered by a web page next to the index",
    why="What a `--find-links` page offers is merged with the index, and the highest version wins; over plain "
    "http anybody on "
    "the way can add to it.",
    example="-f http://download.example.com/wheels.html\n",
    instead="Pin the one file that you need by URL and hash, or use an index of its own (`--index-url`). A local "
    "folder is "
    "fine. A page over https is a warning. To allow: `# mlhooks: ignore[http-find-links] reason`.",
    tags=_tags(427, 319),
    severity="7.5",
)
PIPE_TO_SHELL = Rule(
    "pipe-to-shell",
    Level.ERROR,
    "a script from the network that is run unseen",
    why="Whoever controls the server, or the way to it, runs commands as you. A download that breaks off runs "
    "half a script.",
    example="curl -sSL https://example.com/install.sh | sh\n",
    instead="Install a package in a fixed version, or download the file, check its SHA-256 (`sha256sum -c`), "
    "then run it. "
    "To allow: `# mlhooks: ignore[pipe-to-shell] reason`.",
    tags=_CONTENT,
    severity="8.0",
)
UNTAGGED_IMAGE = Rule(
    "untagged-image",
    Level.WARNING,
    "a container image without a tag, or `latest`",
    why="Every build may start from another operating system, another Python and another CUDA.",
    example="FROM nvidia/cuda\nFROM python:latest\n",
    instead="Name a tag, better a digest: `FROM python:3.11-slim@sha256:<64 hex digits>`. To allow, in a comment "
    "inside the "
    "instruction or above it: `# mlhooks: ignore[untagged-image] reason`.",
    tags=_IMAGES,
    severity="5.0",
)
IMAGE_DIGEST = Rule(
    "image-without-digest",
    Level.WARNING,
    "a container image by tag only (only with --require hashed)",
    why="Tags are moved with every rebuild of an image; a digest names one content for ever.",
    example="FROM python:3.11-slim\n",
    instead="`FROM python:3.11-slim@sha256:<64 hex digits>`; `docker buildx imagetools inspect python:3.11-slim` "
    "prints it. "
    "To allow: `# mlhooks: ignore[image-without-digest] reason`.",
    tags=_IMAGES,
    severity="5.0",
)
COPY_FROM = Rule(
    "copy-from-latest",
    Level.ERROR,
    "files copied out of an image without a tag, or out of `latest`",
    why="Programs from somebody else's image enter yours unseen, another one with every build.",
    example="COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/\n",
    instead="Name the version and the digest: `COPY --from=ghcr.io/astral-sh/uv:0.5.4@sha256:... /uv /bin/`. "
    "Build stages "
    "of the same file are fine. To allow: `# mlhooks: ignore[copy-from-latest] reason`.",
    tags=_IMAGES,
    severity="6.5",
)
BRANCH_ACTION = Rule(
    "branch-action-ref",
    Level.ERROR,
    "a GitHub action taken from a branch",
    why="The next push to that branch runs in your workflow, with your tokens and secrets.",
    example="- uses: owner/action@main\n",
    instead="Pin the commit and keep the version as a comment: `uses: owner/action@<40 hex digits> # v4.2.1` "
    "(Dependabot "
    "and pinact keep it fresh). To allow: `# mlhooks: ignore[branch-action-ref] reason`.",
    tags=_REVISIONS,
    severity="6.0",
)
TAG_ACTION = Rule(
    "tag-action-ref",
    Level.NOTE,
    "a GitHub action by tag (only with --require hashed)",
    why="Tags can be moved; in March 2025 the tags of a popular action were all moved to a commit that printed "
    "secrets.",
    example="- uses: actions/checkout@v4\n",
    instead="Pin the commit: `uses: actions/checkout@<40 hex digits> # v4.2.2`; zizmor and pinact do it for whole "
    "repositories. To allow: `# mlhooks: ignore[tag-action-ref] reason`.",
    tags=_REVISIONS,
)
HOOK_REV = Rule(
    "mutable-hook-rev",
    Level.WARNING,
    "a pre-commit hook taken from a branch",
    why="pre-commit clones it once and keeps it: two developers run two different hooks, and whoever can push to "
    "the branch "
    "runs code on the next machine.",
    example="- repo: https://github.com/psf/black\n  rev: main\n",
    instead="Use a released tag or a commit: `rev: 24.10.0`; `pre-commit autoupdate --freeze` writes commits. To "
    "allow: "
    "`# mlhooks: ignore[mutable-hook-rev] reason`.",
    tags=_REVISIONS,
    severity="6.0",
)

SOURCE_RULES = (
    VCS,
    URL,
    EDITABLE,
    EXTRA_INDEX,
    INSECURE_INDEX,
    TRUSTED_HOST,
    FIND_LINKS,
    PIPE_TO_SHELL,
    UNTAGGED_IMAGE,
    IMAGE_DIGEST,
    COPY_FROM,
    BRANCH_ACTION,
    TAG_ACTION,
    HOOK_REV,
)
