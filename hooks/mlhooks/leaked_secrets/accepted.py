"""What people have accepted before they came here: allow comments, and the baseline of detect-secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from mlhooks.core.files import File, in_repository, repository_top
from mlhooks.core.finding import Acceptance, Options, Unscannable
from mlhooks.leaked_secrets.lazy import lazy
from mlhooks.leaked_secrets.matching import Leak

BASELINE_NAME = ".secrets.baseline"
# In a longer line the end is looked at alone: a comment stands there.
_LONGEST_LINE = 4000
_MARKERS = ("pragma", "gitleaks:allow")
_GITLEAKS = lazy(r"(?:#|//|/\*|--|;|<!--|')[ \t]*gitleaks:allow\b")


def comment_beside(path: str, text: str, leak: Leak) -> Acceptance | None:
    """The allow comment for a leak: detect-secrets' on its line or the line before, or gitleaks' on its line."""
    start = text.rfind("\n", 0, leak.start) + 1
    before = text[text.rfind("\n", 0, max(0, start - 1)) + 1 : max(0, start - 1)][-_LONGEST_LINE:]
    end = text.find("\n", leak.end)
    lines = text[start : end if end >= 0 else len(text)]
    if not any(marker in before or marker in lines for marker in _MARKERS):
        return None
    for line in lines.split("\n"):
        rest = line[-_LONGEST_LINE:].rstrip("\r")
        if "pragma" in rest + before and _is_allowed(path, rest, before.rstrip("\r")):
            return Acceptance("an allow comment of detect-secrets")
        if _GITLEAKS().search(rest):
            return Acceptance("an allow comment of gitleaks")
        before = rest
    return None


def _is_allowed(path: str, line: str, previous_line: str) -> bool:
    from detect_secrets.filters.allowlist import is_line_allowlisted
    from detect_secrets.util.code_snippet import CodeSnippet

    snippet = CodeSnippet([previous_line, line], 1, 1)
    return bool(is_line_allowlisted(path, line, snippet))


class Baseline:
    """The baseline of detect-secrets that speaks about one file, read when the first leak asks for it."""

    def __init__(self, file: File, options: Options) -> None:
        self._file = file
        self._option: str | None = options.get("secrets-baseline")
        self._digests: frozenset[str] | None = None

    def accepts(self, text: str, leak: Leak) -> Acceptance | None:
        """Whether the secret, or the quoted string it is part of, is listed for this file.

        Only whole values count. detect-secrets stores the prefix of a GitHub or GitLab token and the header of a
        private key in their place: one entry would hide every other such token in the file. Raises `Unscannable` when
        the baseline cannot be read.
        """
        if self._digests is None:
            self._digests = frozenset(self._read())
        if not self._digests:
            return None
        from hashlib import sha1

        for value in {leak.secret, _whole_value(text, leak)}:
            if sha1(value.encode("utf-8", "replace"), usedforsecurity=False).hexdigest() in self._digests:
                return Acceptance(f"listed in {BASELINE_NAME}", "external")
        return None

    def _read(self) -> Iterator[str]:
        for path, baseline in self._candidates():
            results = _results(baseline)
            for name, entries in results.items():
                if name.replace("\\", "/") == path and isinstance(entries, list):
                    yield from (str(entry.get("hashed_secret")) for entry in entries if isinstance(entry, dict))
            return

    def _candidates(self) -> Iterator[tuple[str, File]]:
        """The path of the file as seen from a baseline, and the baseline: the named one, or the nearest above."""
        path = self._file.path
        if self._option:
            yield in_repository(path, os.path.dirname(os.path.abspath(self._option))), File(self._option)
            return
        folders = path.split("/")[:-1]
        for up in range(len(folders) + 1):
            baseline = self._file.sibling("../" * up + BASELINE_NAME)
            if baseline is not None:
                yield "/".join(path.split("/")[len(folders) - up :]), baseline
                return
        yield from _above_current_folder(path)


def _above_current_folder(path: str) -> Iterator[tuple[str, File]]:
    """The same in the folders of the repository above the current one."""
    top = repository_top()
    folder = os.getcwd()
    while top and folder != top:
        folder = os.path.dirname(folder)
        baseline = os.path.join(folder, BASELINE_NAME)
        if os.path.isfile(baseline):
            yield in_repository(path, folder), File(os.path.relpath(baseline))
            return


def _results(baseline: File) -> dict[str, object]:
    import json

    try:
        value = json.loads(baseline.read())
        results = value["results"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise Unscannable(f"{baseline.path} is not a baseline of detect-secrets") from None
    if not isinstance(results, dict):
        raise Unscannable(f"{baseline.path} is not a baseline of detect-secrets")
    return results


def _whole_value(text: str, leak: Leak) -> str:
    """The string around a leak, up to quotes and blanks: what an entropy plugin has taken for the secret."""
    before = re.search(r"[^\s\"'`]{0,400}\Z", text[max(0, leak.start - 400) : leak.start])
    after = re.match(r"[^\s\"'`]{0,400}", text[leak.end : leak.end + 400])
    return (before[0] if before else "") + text[leak.start : leak.end] + (after[0] if after else "")
