"""Waivers: a reason is needed, and one that is written wrong accepts nothing."""

from __future__ import annotations

import hashlib

import pytest
import toy

from mlhooks.core.config import Allowed, Settings
from mlhooks.core.files import Blob
from mlhooks.core.finding import Acceptance, Finding, Location
from mlhooks.core.suppress import Judged, judge, waivers

KNOWN = {"bad-word", "worse-word", "other-rule"}


def judged(text: str, *, scope: tuple[int, int] | None = None, allow: tuple[Allowed, ...] = ()) -> Judged:
    """The verdict on one finding, at the first line that has the word bad."""
    line = next(number for number, content in enumerate(text.split("\n"), 1) if "bad " in content + " ")
    finding = Finding(toy.BAD, "notes/a.txt", "bad", Location(line, 1, scope=scope))
    return judge(Blob("notes/a.txt", text.encode()), [finding], Settings({}, allow=allow).allowed, KNOWN.__contains__)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("bad # mlhooks: ignore[bad-word] a quote", "a quote", id="behind it"),
        pytest.param("bad  // mlhooks:ignore[bad-word]: why", "why", id="other comment signs, no blank"),
        pytest.param("bad <!-- mlhooks: ignore[bad-word] why -->", "why", id="the end of the comment is no reason"),
        pytest.param("# mlhooks: ignore[bad-word] why\nbad", "why", id="alone on the line before"),
        pytest.param("# mlhooks: ignore[bad-word] why\n# more of it\nbad", "why", id="above another comment"),
        pytest.param(
            "# mlhooks: ignore[bad-word] why\n  # mlhooks: ignore[worse-word] so\nbad", "why", id="one of two above"
        ),
        pytest.param("<!-- mlhooks: ignore[bad-word] why -->\n# bad", "why", id="above a heading"),
        pytest.param("bad # mlhooks: ignore[worse-word, bad-word] why", "why", id="several rules"),
        pytest.param("bad # mlhooks: ignore[bad-word] why\r\n", "why", id="Windows line ends"),
    ],
)
def test_a_waiver_with_a_reason_accepts(text: str, reason: str) -> None:
    result = judged(text)
    assert ([item.reason for item in result.suppressed], result.kept, result.errors) == ([reason], [], [])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("bad # mlhooks: ignore[other-rule] why", id="another rule"),
        pytest.param("x # mlhooks: ignore[bad-word] why\nbad", id="behind something else on the line before"),
        pytest.param("bad\n# mlhooks: ignore[bad-word] why", id="on the line after"),
        pytest.param("# mlhooks: ignore[bad-word] why\n\nbad", id="two lines before"),
        pytest.param("bad # noqa", id="another tool's comment"),
    ],
)
def test_a_waiver_for_something_else_does_not(text: str) -> None:
    result = judged(text)
    assert (len(result.kept), result.suppressed, result.errors) == (1, [], [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("bad # mlhooks: ignore[bad-word]", "gives no reason", id="no reason"),
        pytest.param("bad # mlhooks: ignore[bad-word] --", "gives no reason", id="dashes are no reason"),
        pytest.param("bad # mlhooks: ignore[bad-wurd] why", "no rule that exists: 'bad-wurd'", id="a typo"),
        pytest.param("bad # mlhooks: ignore[hf" + "_Ab1Ab1] why", "no rule that exists; `mlhooks", id="no word"),
        pytest.param("bad # mlhooks: ignore why", "names no rule", id="no rule"),
        pytest.param("bad # mlhooks: ignore[] why", "names no rule", id="an empty rule"),
    ],
)
def test_a_waiver_written_wrong_is_an_error_and_accepts_nothing(text: str, problem: str) -> None:
    result = judged(text)
    assert len(result.kept) == 1
    assert len(result.errors) == 1
    assert problem in result.errors[0]


def test_a_waiver_anywhere_in_the_scope_counts() -> None:
    text = "x  # mlhooks: ignore[bad-word] public data\nx\nbad"
    assert not judged(text, scope=(1, 2)).kept
    assert judged(text, scope=(2, 3)).kept


def test_in_a_notebook_the_reason_ends_with_the_string() -> None:
    text = '{"source": ["# mlhooks: ignore[bad-word] it is \\"public\\"\\n",\n"df"]}'
    assert [waiver.reason for waiver in waivers(text, is_json=True)] == ['it is \\"public\\"', 'it is \\"public\\"'][:1]


def test_a_comment_alone_in_a_notebook_line_speaks_about_the_next_one() -> None:
    text = '"source": [\n    "# mlhooks: ignore[bad-word] why\\n",\n    "bad"'
    assert [(waiver.line, waiver.reason) for waiver in waivers(text, is_json=True)] == [(2, "why"), (3, "why")]


def test_utf_16_text_is_read_for_waivers_too() -> None:
    text = "bad # mlhooks: ignore[bad-word] why"
    finding = Finding(toy.BAD, "a.txt", "bad", Location(1, 1))
    assert not judge(Blob("a.txt", text.encode("utf-16")), [finding], Settings({}).allowed, KNOWN.__contains__).kept


@pytest.mark.parametrize(
    ("allow", "is_kept"),
    [
        pytest.param(Allowed("why", path="notes/*.txt"), False, id="path"),
        pytest.param(Allowed("why", path="other/*.txt"), True, id="another path"),
        pytest.param(Allowed("why", path="notes/*.txt", rule="bad-word"), False, id="path and rule"),
        pytest.param(Allowed("why", path="notes/*.txt", rule="worse-word"), True, id="another rule"),
        pytest.param(Allowed("why", sha256=hashlib.sha256(b"bad").hexdigest().upper()), False, id="hash"),
        pytest.param(Allowed("why", sha256=hashlib.sha256(b"BAD").hexdigest()), True, id="another hash"),
    ],
)
def test_the_configuration_accepts(allow: Allowed, is_kept: bool) -> None:
    assert bool(judged("bad", allow=(allow,)).kept) is is_kept


def test_what_the_hook_knows_to_be_accepted_is_counted() -> None:
    finding = Finding(
        toy.BAD, "a.txt", "bad", Location(1, 1), accepted=Acceptance("in the other tool's list", "external")
    )
    judged = judge(Blob("a.txt", b"bad"), [finding], Settings({}).allowed, KNOWN.__contains__)
    assert not judged.kept
    assert [(item.reason, item.kind) for item in judged.suppressed] == [("in the other tool's list", "external")]


@pytest.mark.parametrize(
    ("including", "included", "allow", "is_kept"),
    [
        pytest.param("fine", "bad # mlhooks: ignore[bad-word] why", (), False, id="a comment in the other file"),
        pytest.param(
            "fine # mlhooks: ignore[bad-word] why", "bad", (), True, id="a comment in the same line of this one"
        ),
        pytest.param("fine", "bad", (Allowed("why", path="lists/b.txt"),), False, id="the path of the other file"),
        pytest.param("fine", "bad", (Allowed("why", path="notes/*"),), True, id="the path of this one"),
        pytest.param(
            "fine",
            "bad",
            (Allowed("why", sha256=hashlib.sha256(b"bad").hexdigest()),),
            False,
            id="the other file's hash",
        ),
    ],
)
def test_a_finding_in_an_included_file(
    including: str, included: str, allow: tuple[Allowed, ...], is_kept: bool
) -> None:
    file = Blob("notes/a.txt", including.encode(), others={"lists/b.txt": included.encode()})
    finding = Finding(toy.BAD, "lists/b.txt", "bad", Location(1, 1))
    assert bool(judge(file, [finding], Settings({}, allow=allow).allowed, KNOWN.__contains__).kept) is is_kept
