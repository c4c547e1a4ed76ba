"""Tables of install commands: which programs install, which of their options take a value, and which set a source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.formats.dependency import Kind
from mlhooks.formats.programs import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class Tool(NamedTuple):
    """A command that installs. `positional` says which arguments name packages: "all", "first", "rest" (all but the
    first), "files" (they are files) or "none"; after "first" and "none" the rest is a command of its own.

    `values` are options whose next argument is a value and no package. `packages` are options whose value is one.
    """

    kind: Kind = Kind.PACKAGE
    positional: str = "all"
    values: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()


_PIP_VALUES = words_of(
    "-t --target --prefix --root --src --python --platform --python-version --implementation --abi --cache-dir --log"
    " --upgrade-strategy --proxy --retries --timeout --default-timeout --exists-action --cert --client-cert"
    " --progress-bar --no-binary --only-binary --build-option --global-option --install-option --config-settings"
    " --config-setting -C --report --use-feature --use-deprecated --keyring-provider --root-user-action --group -d"
    " --dest -w --wheel-dir -b --build --build-directory --download-cache --uploaded-prior-to --hash"
)
_UV_VALUES = _PIP_VALUES | words_of(
    "-p --resolution --prerelease --exclude-newer --link-mode --torch-backend --override --overrides"
    " --build-constraint --build-constraints --refresh-package --reinstall-package -P --upgrade-package --extra"
    " --no-build-isolation-package --python-platform --directory --project --config-file --color --no-build-package"
    " --no-binary-package --fork-strategy --env-file --package --script --module -m --rev --tag --branch --optional"
)
PIP = Tool(values=_PIP_VALUES)
UV = Tool(values=_UV_VALUES)
_UV_RUN = Tool(positional="none", values=_UV_VALUES, packages=words_of("--with --from"))
_UVX = Tool(positional="first", values=_UV_VALUES, packages=words_of("--with --from"))
_PIPX_VALUES = words_of("--python --pip-args --suffix --backend --pypackages")
_FILES = Tool(positional="files", values=_UV_VALUES | words_of("-o --output-file --max-rounds --newline --format"))
_CONDA = Tool(
    Kind.CONDA,
    values=words_of(
        "-n --name -p --prefix --solver --experimental-solver --repodata-fn --revision --clone --subdir --platform"
        " --channel-alias --download-threads --category --root-prefix -r --rc-file"
    ),
)
_PIXI = Tool(
    Kind.CONDA, values=words_of("-p --platform -f --feature --manifest-path -e --environment --expose --with --subdir")
)
_POETRY = Tool(
    values=words_of("-G --group -E --extras --source --python --platform --markers -C --directory -P --project")
)
_PDM = Tool(values=words_of("-G --group -p --project -L --lockfile --venv"), packages=words_of("-e --editable"))
_PIPENV = Tool(values=words_of("--python --categories --pypi-mirror --index"))

# Program, then the words that lead to an install.
TOOLS: dict[tuple[str, ...], Tool] = {
    ("pip", "install"): PIP,
    ("pip", "download"): PIP,
    ("pip", "wheel"): PIP,
    ("uv", "pip", "install"): UV,
    ("uv", "add"): UV,
    ("uv", "tool", "install"): Tool(values=_UV_VALUES, positional="first", packages=words_of("--with --from")),
    ("uv", "tool", "run"): _UVX,
    ("uvx",): _UVX,
    ("uv", "run"): _UV_RUN,
    ("uv", "sync"): _FILES,
    ("uv", "lock"): _FILES,
    ("uv", "export"): _FILES,
    ("uv", "pip", "sync"): _FILES,
    ("uv", "pip", "compile"): _FILES,
    ("pip-sync",): _FILES,
    ("pip-compile",): _FILES,
    ("pipx", "install"): Tool(values=_PIPX_VALUES),
    ("pipx", "inject"): Tool(positional="rest", values=_PIPX_VALUES),
    ("pipx", "run"): Tool(positional="first", values=_PIPX_VALUES, packages=words_of("--spec")),
    ("poetry", "add"): _POETRY,
    ("poetry", "self", "add"): _POETRY,
    ("pdm", "add"): _PDM,
    ("rye", "add"): Tool(),
    ("pipenv", "install"): _PIPENV,
    ("easy_install",): Tool(values=words_of("-d --install-dir -s --script-dir -b --build-directory")),
    ("pixi", "add"): _PIXI,
    ("pixi", "global", "install"): _PIXI,
    ("conda", "install"): _CONDA,
    ("conda", "create"): _CONDA,
}
FAMILY = {"mamba": "conda", "micromamba": "conda"}
# Options before the word that says what to do, with a value of their own.
GLOBAL_VALUES = words_of(
    "--python --log --proxy --retries --timeout --cache-dir --cert --directory --project -C --config-file --color"
    " --trusted-host --allow-insecure-host -i --index-url --extra-index-url --index --default-index"
)

SETTINGS = {
    "-i": "index-url",
    "--index-url": "index-url",
    "--pypi-url": "index-url",
    "--default-index": "index-url",
    "--extra-index-url": "extra-index-url",
    "--index": "extra-index-url",
    "-f": "find-links",
    "--find-links": "find-links",
    "--trusted-host": "trusted-host",
    "--allow-insecure-host": "trusted-host",
    "--index-strategy": "index-strategy",
}
FLAGS = {
    "--require-hashes": "require-hashes",
    "--no-index": "no-index",
    "--no-deps": "no-deps",
    "-U": "upgrade",
    "--upgrade": "upgrade",
}
INCLUDES = {
    "-r": "requirement",
    "--requirement": "requirement",
    "--requirements": "requirement",
    "--with-requirements": "requirement",
    "-c": "constraint",
    "--constraint": "constraint",
    "--constraints": "constraint",
}
EDITABLE = words_of("-e --editable --with-editable")
CONDA_INCLUDES = {"--file": "requirement", "-f": "requirement"}
CONDA_SETTINGS = {"-c": "channel", "--channel": "channel"}
# Commands that add a place where packages may come from, and install nothing.
ADDED_SOURCES = {
    "poetry": (("source", "add"),),
    "conda": (("config", "--add"), ("config", "--append"), ("config", "--prepend"), ("config", "--set")),
}
ABBREVIATED = ("--extra-index-url", "--index-url", "--trusted-host", "--find-links", "--requirement", "--constraint")

# Environment variables that stand for an option.
VARIABLES = {
    **dict.fromkeys(("PIP_INDEX_URL", "PIP_PYPI_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"), "index-url"),
    **dict.fromkeys(("PDM_PYPI_URL", "PIPENV_PYPI_MIRROR"), "index-url"),
    **dict.fromkeys(("PIP_EXTRA_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_INDEX"), "extra-index-url"),
    **dict.fromkeys(("PIP_FIND_LINKS", "UV_FIND_LINKS"), "find-links"),
    **dict.fromkeys(("PIP_TRUSTED_HOST", "UV_INSECURE_HOST"), "trusted-host"),
    "UV_INDEX_STRATEGY": "index-strategy",
    "PIP_REQUIRE_HASHES": "require-hashes",
    "UV_REQUIRE_HASHES": "require-hashes",
    **dict.fromkeys(("PIP_CONSTRAINT", "UV_CONSTRAINT"), "constraint"),
    "PIP_REQUIREMENT": "requirement",
    "CONDA_CHANNELS": "channel",
}


def is_install(name: str, arguments: Sequence[str]) -> bool:
    """Whether a command installs what follows it: `pip install -q`."""
    words = [text for text in arguments if not text.startswith("-")]
    return any((FAMILY.get(name, name), *words[:count]) in TOOLS for count in range(1, 4))


def index_address(value: str) -> str:
    """uv may put a name in front of an index: `internal=https://...`."""
    match = re.match(r"[\w.-]+=(?=https?:)", value)
    return value[match.end() :] if match is not None else value
