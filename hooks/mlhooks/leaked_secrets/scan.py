"""One file, checked: gate, passages, leaks, findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlhooks.core.files import File
from mlhooks.core.finding import Finding, Location, Options, Unscannable
from mlhooks.leaked_secrets import gate
from mlhooks.leaked_secrets.accepted import Baseline, comment_beside
from mlhooks.leaked_secrets.credential_files import wants_every_byte
from mlhooks.leaked_secrets.leaks import leaks_in
from mlhooks.leaked_secrets.markup import Mapped, without_json_escapes
from mlhooks.leaked_secrets.passages import Passage, TextPlaces, decode_file, has_nul, text_passages
from mlhooks.leaked_secrets.raw import without_pictures
from mlhooks.leaked_secrets.report import finding_of

# Beyond this a file is read in pieces, so that a table of some gigabytes does not have to fit into memory.
PIECE_BYTES = 32 * 1024 * 1024
# What one piece repeats of the piece before, where a line is longer than a piece.
OVERLAP_BYTES = 16 * 1024


def check(file: File, options: Options) -> Iterator[Finding]:
    """Findings in one file. Raises `Unscannable` when it cannot be read, or is a notebook that cannot be parsed."""
    report = _Report(file, options)
    if file.path.endswith(".ipynb"):
        yield from _check_notebook(report, file.read())
    elif file.size_bytes <= 2 * PIECE_BYTES:
        yield from _check_text(report, file.read())
    else:
        yield from _check_in_pieces(report)


def may_hold_secret(path: str, piece: bytes) -> bool:
    """Whether a file is worth a look, by a piece of it: some of its lines."""
    if wants_every_byte(path):
        return True
    seen = gate.look_into_json(without_pictures(piece)) if path.endswith(".ipynb") else gate.look(piece)
    return seen.is_open


def _check_text(report: _Report, data: bytes, first_line: int = 1, first_column: int = 1) -> Iterator[Finding]:
    path = report.file.path
    decoded = decode_file(data) if has_nul(data) else None
    if decoded is None:
        seen = gate.look(data)
    elif decoded.is_binary:
        seen = gate.look_into_binary(data)
    else:
        seen = gate.look(decoded.text.encode("utf-8", "replace"))
    if seen.is_open or wants_every_byte(path):
        yield from report.findings(text_passages(path, decoded or decode_file(data), first_line, first_column), seen)


def _check_in_pieces(report: _Report) -> Iterator[Finding]:
    """A large file: pieces that end with a line where they can."""
    stream = report.file.open()
    rest, line, column = b"", 1, 1
    while block := stream.read(PIECE_BYTES):
        data = rest + block
        end = data.rfind(b"\n") + 1 or len(data)
        yield from _check_text(report, data[:end], line, column)
        keep = end if end < len(data) or data.endswith(b"\n") else max(0, end - OVERLAP_BYTES)
        newlines = data.count(b"\n", 0, keep)
        line += newlines
        column = 1 if newlines else column + keep
        rest = data[keep:]
    if rest:
        yield from _check_text(report, rest, line, column)


def _check_notebook(report: _Report, data: bytes) -> Iterator[Finding]:
    """A notebook is parsed where its bytes may hold a secret, or do not look like a whole notebook."""
    is_wide = has_nul(data)
    plain = without_pictures(decode_file(data).text.encode("utf-8", "replace") if is_wide else data)
    seen = gate.look_into_json(plain)
    if not seen.is_open and not is_wide and looks_whole(plain):
        return
    from mlhooks.formats.notebook import Notebook
    from mlhooks.leaked_secrets.notebook_passages import notebook_passages

    try:
        notebook = Notebook(data, pictures=is_wide)
    except Unscannable as reason:
        yield from _check_broken_notebook(report, data)
        raise Unscannable(f"{reason}; it was searched as plain text only") from None
    if seen.is_open:
        yield from report.findings(notebook_passages(notebook), seen)
        # A key that stands twice in an object has lost its first value when the JSON was parsed.
        text = notebook.json
        whole = Passage(text.text, lambda index: Location(text.line(index), text.column(index)), is_binary=True)
        yield from report.findings([whole], seen, only_new=True)


def looks_whole(data: bytes) -> bool:
    """Whether this is a notebook from its first to its last bracket, without the marks of a merge."""
    stripped = data.strip()
    return (
        stripped.startswith((b"{", b"\xef\xbb\xbf{"))
        and stripped.endswith(b"}")
        and (b'"cells"' in data or b'"worksheets"' in data)
        and b"\n<<<<<<<" not in data
        and _is_utf8(data)
    )


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _check_broken_notebook(report: _Report, data: bytes) -> Iterator[Finding]:
    """What is no JSON (any more), searched line by line with the escapes of its strings decoded."""
    text = decode_file(data).text
    mapped = without_json_escapes(Mapped(text))
    places = TextPlaces(text)
    passage = Passage(mapped.text, lambda index: places.location(mapped.original(index)))
    yield from report.findings([passage], gate.look(mapped.text.encode("utf-8", "replace")))


class _Report:
    """The findings of one file: each secret once for each place, with what people have accepted."""

    def __init__(self, file: File, options: Options) -> None:
        self.file = file
        self._baseline = Baseline(file, options)
        self._spans: dict[int | None, list[tuple[int, int]]] = {}
        self._count = 0
        self._secrets: dict[object, list[str]] = {}

    def findings(self, passages: Iterable[Passage], seen: gate.Gate, *, only_new: bool = False) -> Iterator[Finding]:
        """Findings in passages. `only_new` leaves out the secrets that were found anywhere in the file."""
        for passage in passages:
            for leak in leaks_in(passage, seen):
                location = passage.locate(leak.start)
                if self._is_new(leak.secret, location, only_new=only_new):
                    finding = finding_of(self.file.path, leak, location, self._count)
                    self._count += 1
                    accepted = comment_beside(self.file.path, passage.text, leak)
                    accepted = accepted or self._baseline.accepts(passage.text, leak)
                    yield finding._replace(accepted=accepted) if accepted else finding

    def _is_new(self, secret: str, location: Location, *, only_new: bool) -> bool:
        """Whether this was not reported yet. The copies of an output (HTML and plain text) are one place."""
        place = location.where.partition(", line")[0] if ", output" in location.where else location.line
        start = location.column or 1
        end = start + len(secret)
        spans = self._spans.setdefault(location.line, [])
        told = self._secrets.setdefault("anywhere" if only_new else place, [])
        if any(start < other_end and other_start < end for other_start, other_end in spans) or secret in told:
            return False
        spans.append((start, end))
        for known_place in (place, "anywhere"):
            self._secrets.setdefault(known_place, []).append(secret)
        return True
