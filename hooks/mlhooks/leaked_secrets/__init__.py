"""Secrets in code, configuration, notebooks and their outputs: tokens, keys, passwords, credential files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlhooks.core.finding import Finding, Hook, Options
from mlhooks.leaked_secrets.rules import RULES

if TYPE_CHECKING:
    from mlhooks.core.files import File

# Everything but pictures, sound, films, fonts, weights, arrays and archives: a chance hit in those would be all they
# ever give, and they are large.
WANTS = (
    r"^(?!.*\.(?:png|jpe?g|gif|webp|bmp|tiff?|ico|heic|avif|psd|mp[34]|m4a|wav|flac|ogg|opus|avi|mov|mkv|webm|woff2?|ttf|otf|eot"
    r"|pt|pth|ckpt|safetensors|onnx|h5|hdf5|keras|tflite|pb|gguf|ggml|npy|npz|parquet|feather|arrow|tfrecords?|mat"
    r"|zip|gz|tgz|bz2|xz|zst|7z|rar|tar|whl|egg|jar|exe|dll|dylib)$)"
)


def check(file: File, options: Options) -> Iterator[Finding]:
    """Findings in one file; see `scan.check`."""
    from mlhooks.leaked_secrets import scan

    return scan.check(file, options)


HOOK = Hook(
    "leaked-secrets",
    "Find tokens, keys and passwords in code, configuration, and notebooks cell by cell.",
    RULES,
    WANTS,
    check,
)
