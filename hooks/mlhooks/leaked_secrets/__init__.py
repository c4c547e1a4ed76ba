"""Secrets in code, configuration, notebooks and their outputs: tokens, keys, passwords, credential files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mlhooks.core.finding import Action, Finding, Hook, Option, Options
from mlhooks.leaked_secrets.rules import RULES

if TYPE_CHECKING:
    from mlhooks.core.files import File

# Everything but pictures, sound, films, fonts, weights, arrays and archives: a chance hit in those would be all they
# ever give, and they are large.
WANTS = (
    r"^(?!.*\.(?i:png|jpe?g|gif|webp|bmp|tiff?|ico|heic|avif|psd|mp[34]|m4a|wav|flac|ogg|opus|avi|mov|mkv|webm|woff2?|ttf|otf|eot"
    r"|pt|pth|ckpt|safetensors|onnx|h5|hdf5|keras|tflite|pb|gguf|ggml|npy|npz|parquet|feather|arrow|tfrecords?|mat"
    r"|zip|gz|tgz|bz2|xz|zst|7z|rar|tar|whl|egg|jar|exe|dll|dylib)$)"
)


def check(file: File, options: Options) -> Iterator[Finding]:
    """Findings in one file; see `scan.check`."""
    from mlhooks.leaked_secrets import scan

    return scan.check(file, options)


def search_history(value: str, files: Iterable[File], options: Options) -> Iterator[str | Finding | tuple[str, str]]:
    """Findings in what commits added; see `history.search_history`."""
    from mlhooks.leaked_secrets import history

    return history.search_history(value, files, options)


def print_plugin_file(_value: str, _files: Iterable[File], _options: Options) -> Iterator[str]:
    """The path of the file with the plugins for detect-secrets."""
    from os.path import abspath, dirname, join

    yield join(dirname(abspath(__file__)), "detect_secrets_plugins.py")


HOOK = Hook(
    "leaked-secrets",
    "Finds tokens, keys and passwords in code, configuration and notebooks, cell by cell.",
    RULES,
    WANTS,
    check,
    options=(
        Option("secrets-baseline", None, "a baseline of detect-secrets (default: .secrets.baseline in a folder above)"),
    ),
    actions=(
        Action(
            "history",
            "REV-RANGE",
            "search what commits added, instead of the files (default: all branches)",
            search_history,
            default_value="--all",
        ),
        Action("plugin-file", "", "print the path of our plugins for a stock detect-secrets", print_plugin_file),
    ),
    companions=r"(^|/)\.secrets\.baseline$",
)
