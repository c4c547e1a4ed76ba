"""Scripts that are fetched and run in one go: `curl ... | sh`, `bash <(curl ...)`, `wget x.sh && sh x.sh`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mlhooks.formats.programs import program_of, unwrapped, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlhooks.formats.fragment import Fragment
    from mlhooks.formats.shell import Pipeline, Word

_FETCHERS = words_of("curl wget aria2c http https fetch iwr irm invoke-webrequest invoke-restmethod")
_INTERPRETERS = words_of("sh bash dash zsh ksh ash fish perl ruby node php iex invoke-expression pwsh powershell")
_CHECKERS = re.compile(
    r"(?:sha\d*|md5|b2|shake|g?sha\d+)sum|shasum|gpg2?|gpgv|cosign|minisign|signify|openssl|rhash|slsa-verifier"
)


class Download(NamedTuple):
    """A fetch whose result is run. `url` is where from ("" when it is computed), `place` the fetching command."""

    interpreter: str
    url: str
    place: Fragment


class Fetched:
    """Files that were fetched so far, by name, and what fetched them: shared by the steps of one image or job."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[Fragment, str]] = {}


def downloads(pipelines: Sequence[Pipeline], fetched: Fetched) -> Iterator[Download]:
    """The downloads that a script runs unseen. A checksum or signature check in between clears what was fetched."""
    stored = fetched.files
    for pipeline in pipelines:
        yield from _piped(pipeline)
        for command in pipeline.commands:
            words = unwrapped(command.words)
            if not words:
                continue
            yield from _substituted(words, command.input_scripts)
            name = program_of(words[0]).name
            if _CHECKERS.fullmatch(name):
                stored.clear()
            elif name.lower() in _FETCHERS:
                url = _url(words)
                outputs = [output.rpartition("/")[2] for output in command.outputs if not output.isdigit()]
                for target in outputs or [_target(words, url)]:
                    if target:
                        stored[target] = words[0].fragment, url
            else:
                found = stored.pop(_run_file(words), None)
                if found is not None:
                    yield Download(name.rpartition("/")[2], found[1], found[0])


def _piped(pipeline: Pipeline) -> Iterator[Download]:
    """`curl URL | ... | sh`."""
    fetch: tuple[Word, ...] | None = None
    for command in pipeline.commands:
        words = unwrapped(command.words)
        if not words:
            continue
        name = program_of(words[0]).name
        if name.lower() in _FETCHERS:
            fetch = words
        elif fetch is not None and _runs_input(name, words):
            yield Download(name, _url(fetch), fetch[0].fragment)
            return


def _substituted(words: tuple[Word, ...], inputs: tuple[Pipeline, ...]) -> Iterator[Download]:
    """`bash -c "$(curl URL)"`, `sh <(curl URL)`, `source <(curl URL)`, `eval "$(curl URL)"`, `sh <<< "$(curl URL)"`."""
    name = program_of(words[0]).name
    if not (_is_interpreter(name) or name in ("eval", "source", ".")):
        return
    scripts = [pipeline for word in words[1:] for pipeline in word.scripts]
    for pipeline in (*scripts, *(inputs if _runs_input(name, words) else ())):
        fetch = fetching(pipeline)
        if fetch is not None:
            yield fetch._replace(interpreter=name)


def fetching(pipeline: Pipeline) -> Download | None:
    """What a pipeline fetches, when it starts with a download; its `interpreter` is empty."""
    for command in pipeline.commands[:1]:
        inner = unwrapped(command.words)
        if inner and program_of(inner[0]).name.lower() in _FETCHERS:
            return Download("", _url(inner), inner[0].fragment)
    return None


def _runs_input(name: str, words: tuple[Word, ...]) -> bool:
    """Whether an interpreter takes its program from standard input: it has no script, module or `-c` text."""
    if name in ("source", "."):
        return any(word.text == "/dev/stdin" for word in words[1:])
    if not _is_interpreter(name):
        return False
    is_shell = name in ("sh", "bash", "dash", "zsh", "ksh", "ash", "fish")
    for word in words[1:]:
        text = word.text
        if text in ("-", "/dev/stdin", "--"):
            return True
        if is_shell and re.fullmatch(r"-[a-zA-Z]*s[a-zA-Z]*", text):
            return True
        if re.fullmatch(r"-[a-zA-Z]*[cem]|-Command", text):
            return False
        if not text.startswith(("-", "+")):
            return False
    return True


def _is_interpreter(name: str) -> bool:
    return name.lower() in _INTERPRETERS or re.fullmatch(r"(?:python|pypy)\d*(?:\.\d+)*", name) is not None


def _run_file(words: tuple[Word, ...]) -> str:
    """The file that a command runs, without folder: `bash -x /tmp/a.sh` and `./a.sh` -> a.sh; "" for none."""
    name = program_of(words[0]).name
    if _is_interpreter(name) or name in ("source", "."):
        for word in words[1:]:
            if not word.text.startswith("-"):
                return word.text.rpartition("/")[2]
            if re.fullmatch(r"-[a-z]*[cm]", word.text):
                return ""
        return ""
    return name if "/" in words[0].text else ""


def _url(words: tuple[Word, ...]) -> str:
    for word in words[1:]:
        if re.match(r"[\"']?(?:https?|ftp)://", word.text):
            return word.text
    return next((word.text for word in words[1:] if re.match(r"[\w-]+(\.[\w-]+)+/", word.text)), "")


def _target(words: tuple[Word, ...], url: str) -> str:
    """The name of the file that a fetch writes; "" when it writes to standard output."""
    is_wget = program_of(words[0]).name == "wget"
    for at, word in enumerate(words[1:], start=1):
        text = word.text
        following = words[at + 1].text if at + 1 < len(words) else ""
        if match := re.match(r"--output(?:-document)?=(.+)", text):
            return match[1].rpartition("/")[2]
        if text in ("--output", "--output-document", "-OutFile") or (
            not is_wget and re.fullmatch(r"-[a-zA-Z]*o", text)
        ):
            return following.rpartition("/")[2]
        if is_wget and re.fullmatch(r"-[a-zA-Z]*O", text):
            return "" if following == "-" else following.rpartition("/")[2]
        if is_wget and text.startswith("-O"):
            return "" if text == "-O-" else text[2:].rpartition("/")[2]
        if not is_wget and (text == "--remote-name" or re.fullmatch(r"-[a-zA-Z]*O[a-zA-Z]*", text)):
            return _url_name(url)
    return _url_name(url) if is_wget and not any(re.fullmatch(r"-[a-zA-Z]*O-", word.text) for word in words) else ""


def _url_name(url: str) -> str:
    return url.partition("?")[0].rstrip("/").rpartition("/")[2]
