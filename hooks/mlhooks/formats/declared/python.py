"""Python files: script metadata blocks, commands that install, and the calls of tools that build environments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlhooks.core.finding import Unscannable
from mlhooks.formats.dependency import Context, Dependency, Kind
from mlhooks.formats.fragment import Fragment, Source, join
from mlhooks.formats.pysource import PythonSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlhooks.core.files import File

_GATE = re.compile(
    rb"# /// script|pip[\d.]*\b|(?:PIP|UV)_[A-Z]+_|\buv\b|\bconda\b|easy_install|\.install\(|conda_install"
    rb"|packages_to_install|base_image"
    rb"|pip_install|runtime_env|pip_requirements|pip_packages|python_packages|from_registry|image_uri|git_config|\brequirements\s*=|curl|wget"
)
_INSTALL_TEXT = re.compile(
    r"\bpip3?\W{1,6}install\b|\bconda\W{1,6}install\b|\buv\W{1,6}(?:pip|add)\b|(?:curl|wget)\b[^\n]*\|\s*(?:sudo\s+)?(?:ba)?sh\b"
)


def read(file: File) -> Iterator[Dependency]:
    """The records of a Python file. A cheap look at its bytes comes first: most files install nothing."""
    if file.name == "setup.py":
        from mlhooks.formats.declared.setup_py import read_setup

        yield from read_setup(file)
        return
    data = file.read()
    if _GATE.search(data) is None:
        return
    source = Source(file.path, source_text(file))
    yield from script_metadata(source)
    # The look again, now at the text of the code: a bare `pip` in a comment parses nothing.
    if _worth_parsing(source.text):
        origin = "nox" if file.name == "noxfile.py" else "python"
        context = Context.DEVELOPMENT if origin == "nox" else Context.COMMAND
        yield from python_records(source.whole(), origin, context)


def script_metadata(source: Source) -> Iterator[Dependency]:
    """The `# /// script` block of PEP 723. Raises `Unscannable` when its TOML is broken."""
    if "# /// script" not in source.text:
        return
    from mlhooks.formats.declared.toml import requirements
    from mlhooks.formats.declared.uv import read_uv
    from mlhooks.formats.tomltext import TomlText

    for content in _blocks(source):
        document = TomlText(content)
        yield from requirements(document, ("dependencies",), Context.APPLICATION, origin="script")
        yield from read_uv(document, ("tool", "uv"))


def _blocks(source: Source) -> Iterator[Fragment]:
    """The contents of the `script` blocks: comment lines up to the last `# ///` before something else."""
    at = 0
    lines: list[Fragment] | None = None
    closed = 0
    for line in [*source.text.splitlines(keepends=True), ""]:
        bare = line.rstrip("\r\n")
        start, at = at, at + len(line)
        if lines is None:
            lines, closed = ([], 0) if bare.rstrip() == "# /// script" else (None, 0)
        elif bare.rstrip() == "# ///":
            closed = len(lines)
        if lines is not None and bare != "# /// script":
            if bare == "#" or bare.startswith("# "):
                skip = min(2, len(bare))
                lines.append(source.fragment(start + skip, at))
            else:
                content = join(lines[:closed])
                if content is not None:
                    yield content
                lines = None


def python_records(
    whole: Fragment, origin: str, context: Context = Context.COMMAND, group: str = ""
) -> Iterator[Dependency]:
    """What a piece of Python installs when it runs. Code that does not parse is a record when it seems to install."""
    from mlhooks.formats.declared.python_calls import environment_settings, read_call
    from mlhooks.formats.installs import Scope

    try:
        source = PythonSource(whole)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        match = _INSTALL_TEXT.search(whole.text)
        if match is not None and not whole.text[: match.start()].rpartition("\n")[2].lstrip().startswith("#"):
            place = whole.slice(*match.span())
            yield Dependency(
                Kind.UNREADABLE,
                " ".join(place.text.split()),
                place.source.path,
                place.location(),
                context=context,
                origin=origin,
                group=group,
                statement=place.offset(0),
                text=" ".join(place.text.split()),
                problem="the Python around it does not parse",
            )
        return
    yield from environment_settings(source, Scope(origin, context, group))
    calls = sorted(source.calls(), key=lambda call: (call.lineno, call.col_offset))
    for call in calls:
        yield from read_call(call, source, origin, context, group)


def _worth_parsing(text: str) -> bool:
    return _INTERESTING.search(text) is not None


_INTERESTING = re.compile(
    r"[\"'](?:[^\"'\n]*/)?(?:pip3?|uv|conda|mamba)[\"'\s]"
    r"|pip[\d.]* install|-m ?pip|(?:PIP|UV)_[A-Z]+_|pip\.main|pip_main|run_line_magic|\.install\("
    r"|conda_install|conda install|packages_to_install|base_image|pip_install|runtime_env|pip_requirements|pip_packages"
    r"|python_packages|from_registry|image_uri\s*=|git_config|\brequirements\s*=|(?:curl|wget)\b[^\n]*\||easy_install|run_commands|\$\(curl|<\(curl"
)


def source_text(file: File) -> str:
    """Python source in the encoding it declares. Raises `Unscannable` when it is none."""
    import io
    import tokenize

    data = file.read()
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unscannable("it is not Python source: it has NUL bytes")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, ValueError, LookupError):
        raise Unscannable("it is not text in the encoding that it declares") from None
    return text.removeprefix("\ufeff")
