"""Requirements files as pip reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import InvalidMarker, Marker

from mlhooks.core.files import Blob
from mlhooks.core.finding import Unscannable
from mlhooks.formats.dependency import Context, Kind, read
from mlhooks.formats.requirement import any_requirement, plain_marker, plain_pin

from .reading import records, whole


def described(text: str | bytes) -> list[tuple[str, str, str]]:
    """(kind, name, specifier or URL) of each record."""
    return [(r.kind.name, r.name, r.specifier or r.url) for r in records("requirements.txt", text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a", [("PACKAGE", "a", "")], id="a name"),
        pytest.param("a-b_c.d", [("PACKAGE", "a-b_c.d", "")], id="a long name"),
        pytest.param("a >= 1 , < 2", [("PACKAGE", "a", ">= 1 , < 2")], id="a range"),
        pytest.param("a===1.0-custom", [("PACKAGE", "a", "===1.0-custom")], id="arbitrary equality"),
        pytest.param("a==1!2.0rc1+local.5", [("PACKAGE", "a", "==1!2.0rc1+local.5")], id="all of a version"),
        pytest.param("a (>=1.0)", [("PACKAGE", "a", ">=1.0")], id="parentheses"),
        pytest.param("a>=1.0,", [("PACKAGE", "a", ">=1.0")], id="a comma too many"),
        pytest.param(
            "./a\n../b[c]\n/d\nfile:///e",
            [("LOCAL", "", "./a"), ("LOCAL", "", "../b"), ("LOCAL", "", "/d"), ("LOCAL", "", "file:///e")],
            id="paths",
        ),
        pytest.param(
            "d/a-1.0-py3-none-any.whl\nb-2.0.tar.gz",
            [("LOCAL", "a", "==1.0"), ("LOCAL", "b", "b-2.0.tar.gz")],
            id="archives are no names",
        ),
        pytest.param(
            "a @ https://h.example/a-1.zip ; python_version > '3'",
            [("URL", "a", "https://h.example/a-1.zip")],
            id="a URL",
        ),
        pytest.param(
            "https://h.example/a-1.0.tar.gz", [("URL", "a", "https://h.example/a-1.0.tar.gz")], id="a bare URL"
        ),
        pytest.param(
            "-e git+https://h.example/a@b#egg=c[d]", [("VCS", "c", "git+https://h.example/a")], id="a repository"
        ),
        pytest.param(
            "hg+ssh://u@h.example/a@b/c@d", [("VCS", "", "hg+ssh://u@h.example/a@b/c")], id="the last @ is the ref"
        ),
        pytest.param("git+git@h.example:o/r.git@v1", [("VCS", "", "git+git@h.example:o/r.git")], id="scp"),
        pytest.param("a==1 --hash=sha256:aa --hash=sha256:bb", [("PACKAGE", "a", "==1")], id="hashes"),
        pytest.param(
            "-i https://h.example --pre",
            [("SETTING", "index-url", "https://h.example"), ("SETTING", "pre", "")],
            id="two options on a line",
        ),
        pytest.param("--no-binary :all:\n--use-feature x\n--prefer-binary", [], id="options that do not matter"),
        pytest.param(
            "--index-url https://h.example junk",
            [("SETTING", "index-url", "https://h.example")],
            id="pip drops leftovers",
        ),
        pytest.param("a\\\n==1", [("PACKAGE", "a", "==1")], id="a continuation"),
        pytest.param("a==1 \\\n# note\nb", [("PACKAGE", "a", "==1"), ("PACKAGE", "b", "")], id="a comment ends it"),
        pytest.param("# note \\\na", [("PACKAGE", "a", "")], id="a comment continues nothing"),
        pytest.param("a # note \\\nb", [("PACKAGE", "a", "")], id="a comment behind text swallows the next line"),
        pytest.param("a#b", [("UNREADABLE", "a#b", "")], id="a hash sign needs a blank before it"),
        pytest.param(
            "# x\u2028a\n# y\x0cb", [("PACKAGE", "a", ""), ("PACKAGE", "b", "")], id="other line ends, as in pip"
        ),
        pytest.param("a==${V}", [("UNKNOWN", "a", "")], id="a variable"),
        pytest.param("${NAME}", [("UNKNOWN", "", "")], id="only a variable"),
        pytest.param("a==", [("UNREADABLE", "a==", "")], id="no version"),
        pytest.param("a b", [("UNREADABLE", "a b", "")], id="two names"),
        pytest.param("--hash=sha256:aa", [], id="a hash of nothing"),
        pytest.param("-r", [("UNREADABLE", "-r", "")], id="no value"),
        pytest.param("--index-url 'x", [("UNREADABLE", "--index-url 'x", "")], id="an open quote"),
        pytest.param("", [], id="an empty file"),
    ],
)
def test_lines(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert described(text) == expected


def test_all_spellings_of_an_include() -> None:
    beside: dict[str, str | bytes] = dict.fromkeys(("b.txt", "c.txt", "d.txt"), "")
    found = records("requirements.txt", "-r b.txt\n--requirement=c.txt\n-cd.txt", beside)
    assert [(record.name, record.url) for record in found] == [
        ("requirement", "b.txt"),
        ("requirement", "c.txt"),
        ("constraint", "d.txt"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("a==1\n# \u00fc\n".encode("utf-16"), id="UTF-16 with a mark"),
        pytest.param(b"\xef\xbb\xbfa==1\n", id="UTF-8 with a mark"),
        pytest.param(b"# -*- coding: latin-1 -*-\na==1 # \xfc\n", id="an encoding in a comment"),
        pytest.param(b"a==1\r\n", id="CRLF"),
    ],
)
def test_encodings(data: bytes) -> None:
    assert described(data) == [("PACKAGE", "a", "==1")]


def test_an_encoding_that_hides_a_line_is_followed() -> None:
    hidden = b"# coding: utf-7\n# +AAo-evil\n"
    assert described(hidden) == [("PACKAGE", "evil", "")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"a==1\n\xff\xfe\xfd", "not UTF-8", id="undecodable"),
        pytest.param(b"a==1\n\0", "NUL", id="NUL"),
        pytest.param(b"# coding: nonsense\na\n", "nonsense", id="an unknown encoding"),
        pytest.param(b"-r gone.txt\na==1\n", "gone.txt", id="a missing include"),
        pytest.param(b"-r ../../outside.txt\n", "outside.txt", id="an include outside of the repository"),
        pytest.param(
            b"-r gone.txt\n-c x.txt\n-r gone.txt\n", r"includes gone\.txt, x\.txt, and", id="a name is told once"
        ),
    ],
)
def test_what_cannot_be_judged(data: bytes, reason: str) -> None:
    with pytest.raises(Unscannable, match=reason):
        records("requirements.txt", data)


def test_a_missing_include_hides_no_line() -> None:
    reading = read(Blob("requirements.txt", b"-r gone.txt\na\nb\n"))
    assert [next(reading).name for _ in range(3)] == ["requirement", "a", "b"]
    with pytest.raises(Unscannable, match=r"gone\.txt"):
        next(reading)


def test_includes_are_followed_where_no_name_brings_them_to_a_reader() -> None:
    beside: dict[str, str | bytes] = {
        "a/deps.list": "x\n-r ../base.list\n",
        "base.list": "y\n-r a/deps.list\n",
        "limits.list": "z<2\n",
    }
    found = records("requirements.txt", "-r a/deps.list\n-c limits.list\n", beside)
    assert [(r.path, r.name, r.context) for r in found if r.kind is Kind.PACKAGE] == [
        ("a/deps.list", "x", Context.UNDECIDED),
        ("base.list", "y", Context.UNDECIDED),
        ("limits.list", "z", Context.CONSTRAINT),
    ]


def test_an_include_with_a_name_of_its_own_is_not_read_twice() -> None:
    found = records("requirements.txt", "-r requirements-base.txt\n", {"requirements-base.txt": "x\n"})
    assert [record.kind for record in found] == [Kind.INCLUDE]


def test_a_file_that_includes_itself_ends() -> None:
    assert [r.name for r in records("requirements.txt", "-r requirements.txt\na\n", {"requirements.txt": "b\n"})] == [
        "requirement",
        "a",
    ]


@pytest.mark.parametrize(
    ("path", "beside", "expected"),
    [
        pytest.param("requirements.txt", {}, Context.UNDECIDED, id="requirements"),
        pytest.param("constraints.txt", {}, Context.CONSTRAINT, id="constraints"),
        pytest.param("deps.in", {"deps.txt": ""}, Context.UNDECIDED, id="an input with its output"),
    ],
)
def test_contexts(path: str, beside: dict[str, str | bytes], expected: Context) -> None:
    assert [record.context for record in records(path, "a\n", beside)] == [expected]


def test_other_files_that_end_in_in_are_left_alone() -> None:
    assert records("MANIFEST.in", "include a\n", {"MANIFEST.txt": ""}) == []
    assert records("config.h.in", "#define X\n") == []


def test_the_place_is_the_first_line_of_a_continuation() -> None:
    [record] = records("requirements.txt", "\n  torch \\\n >=2\n")
    assert (record.location.line, record.location.column, record.location.scope) == (2, 3, (2, 3))


# --- the short way says the same as the long one ----------------------------------------------------------------------

NAMES = st.sampled_from(["a", "numpy", "zope.interface", "A_b-C", "x2", "a.zip", "a-", "-a", "é"])
EXTRAS = st.sampled_from(["", "", "[b]", "[b,c]", "[B_c,A.d]", "[b, c]", "[]", "[b,]", " [b]"])
PINNED = st.sampled_from(
    [
        "==1.0", "==1!2.0", "==2.0.0+cu118", "==1.0+a.zip", "==1.0+zip", "==1.0rc1.post2.dev3", "==1.0-1", "==v1",
        "===1.0", "==1.*", "==1.0.zip", " == 1.0", "==1.0,", ">=1.0", "==1.0,<2", "==", "=1", "@1", "==\u0661",
        "==1.0\xa0",
    ]
)  # fmt: skip
COMPARISONS = st.sampled_from(
    ["python_version >= '3.9'", 'sys_platform=="linux"', "os_name != 'nt'", "python_full_version < '3.11.0'",
     "platform_machine == 'x86 64'", "extra == 'B_c'", "'3' < python_version", "python_version in '3.8 3.9'",
     "python_version ~= '3.9'", "(os_name == 'a')", "os.name == 'a'", "python_version > \"3'", "sys_platform == 'a\"b'",
     "sys_platform == ''", "os_name\xa0== 'a'", "python_version=='3' ", ""]
)  # fmt: skip
MARKERS = st.lists(COMPARISONS, min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from([" and ", " or ", "  and ", "and", " AND "]).map(lambda word: word.join(parts))
)
CONDITIONS = st.one_of(st.just(""), st.tuples(st.sampled_from([";", " ; ", "; "]), MARKERS).map("".join))
LINES = st.tuples(NAMES, EXTRAS, PINNED, CONDITIONS).map("".join).map(str.strip)


@given(LINES)
def test_the_short_way_reads_a_requirement_as_the_long_one(text: str) -> None:
    fragment = whole(f"first\n  {text}  \n").fragment(8, 8 + len(text))
    short = plain_pin(fragment, "x", Context.LOCK, "g", ("sha256:aa",), None)
    long = any_requirement(
        fragment, "x", Context.LOCK, "g", ("sha256:aa",), None, editable=False, is_shell_word=False
    )  # fmt: skip
    assert short in (None, long)


@given(LINES, st.sampled_from(["", " ", "\t"]), st.sampled_from(["\n", "\r\n", "\r", ""]))
def test_the_short_way_reads_a_line_as_the_long_one(text: str, blank: str, end: str) -> None:
    comment = "  # a comment takes the long way"
    assert records("requirements.txt", text + blank + end) == records("requirements.txt", text + comment + end)


@given(MARKERS)
def test_plain_markers_are_written_as_packaging_writes_them(text: str) -> None:
    found = plain_marker(text)
    try:
        expected = str(Marker(text))
    except InvalidMarker:
        expected = None
    assert found in (None, expected)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("numpy==1.26.4", id="a pin"),
        pytest.param("torch==2.0.0+cu118", id="a build"),
        pytest.param("uvicorn[standard]==0.30.1", id="an extra"),
        pytest.param('tomli==2.0.1 ; python_version < "3.11"', id="as uv exports"),
        pytest.param("colorama==0.4.6; sys_platform == 'win32' and python_version >= '3.8'", id="two conditions"),
    ],
)
def test_the_short_way_is_taken(text: str) -> None:
    assert plain_pin(whole(text).whole(), "x", Context.LOCK, "", (), None) is not None


HASHES = st.lists(
    st.sampled_from(
        [
            "--hash=sha256:ab", "--hash=sha512:09", "--hash sha256:ab", "--hash=sha256:ab--hash=sha256:cd",
            "--hash='sha256:ab'", "--hash=sha256:ab\xa0--hash=sha256:cd", "--hash=md5", "--no-hash=sha256:ab",
            "--has=sha256:ab", "--hash=sha256:AB",
        ]
    ),
    min_size=1, max_size=3,
)  # fmt: skip


@given(HASHES, st.sampled_from([" ", "  ", " \\\n    "]))
def test_hashes_alone_are_read_as_among_other_options(hashes: list[str], between: str) -> None:
    alone, among = (
        records("requirements.txt", between.join(["a==1.0", *hashes, *other]) + "\n")
        for other in ([], ["--no-binary=x"])
    )
    if alone[0].kind is not Kind.UNREADABLE:
        assert [(r.kind, r.name, r.hashes) for r in alone] == [(r.kind, r.name, r.hashes) for r in among]
    else:
        assert among[0].kind is Kind.UNREADABLE
