"""Text outputs: tables in them, records, and values about people that stand in no table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlhooks.core.finding import Level, Options
from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data import rules
from mlhooks.notebook_data.verdict import Verdict

if TYPE_CHECKING:
    from mlhooks.notebook_data.table import Table

_HARMLESS = lazy(
    r"\s*(?:array\((?!\[\[['\"])|\[?tensor\(|<tf\.|Dataset\(\{"
    r"|DatasetDict\(|Model: \"|Epoch \d+/|<xarray\.|DatetimeIndex|Index\()"
)
_CANDIDATE = lazy(r"\S(?:  +|\t)\S|[│┆|┌┃║┏╔]|^\[[{(]|\w,\w", re.MULTILINE)
_COLOUR = lazy(r"\x1b\[[\d;]{0,20}m")
_PROGRESS = lazy(r"\d+%\|[█▏▎▍▌▋▊▉# ]|it/s\]|s/it\]")
_RECORDS = lazy(
    r"^(?:array\(|[ ]{0,4})(?:\[\s{0,20})?[{(\[]\s{0,20}['\"(]|\{\s{0,20}['\"]|^[^\s,;]{1,60}[,;\t]\S",
    re.MULTILINE,
)
# A record as named tuples, data classes and Spark's rows print: `Customer(id=1, name='...')`.
_CALL = lazy(r"\(\w{1,80}=")
_FIRST_LINE = lazy(r"(?:[^\S\n]*+\n)*+([^\n]*)")
_LINES_OF_CSV = 5
_SEPARATOR = lazy(r"[,;\t]")
_HOME = lazy(r"(?:/home/|/Users/|[A-Za-z]:(?:\\{1,4}|/)Users(?:\\{1,4}|/))(?P<user>[\w.-]{2,40})(?=[/\\\"'\s:,)\]]|$)")
_SERVICE_ACCOUNTS = frozenset(
    """
    root jovyan ubuntu runner runneradmin sagemaker-user ec2-user azureuser vsts docker app appuser circleci travis
    jenkins colab content kaggle databricks trusted-service-user spark hadoop airflow jupyter notebook python conda
    miniconda anaconda mambauser micromamba linuxbrew gitpod codespace vscode coder debian centos fedora pi vagrant
    user user1 users username user_name your_username youruser yourname your_name myuser myname me admin administrator
    public default shared guest nobody someone somebody student name all test work builder build ci example foo bar xxx
    """.split()  # noqa: SIM905  # a list of seventy quoted words reads worse
)
_MARKUP = lazy(r"<[^<>]{0,2000}>")
_MAX_MARKUP = 1 << 20
_ADDRESSES_THAT_SPEAK = 3


def text_verdicts(text: str, options: Options) -> Iterator[Verdict]:
    """The verdicts about a text."""
    found_people = False
    for table in tables_in(text):
        from mlhooks.notebook_data.judge import judge

        for verdict in judge(table, options):
            found_people = found_people or verdict.rule is rules.PERSONAL_DATA
            yield verdict
    if "@" in text and not found_people:
        yield from _addresses(text)
    yield from user_paths(text)


def tables_in(text: str) -> Iterator[Table]:
    """The tables and records of a text. What cannot hold any costs two searches and no imports."""
    plain = _as_printed(text) if text[:1] in ("'", '"') or "\x1b[" in text else text
    for table in _tables_in(plain):
        yield table if plain is text else table._replace(offset=0)


def _as_printed(text: str) -> str:
    """What a reader would see printed: no colours, and a string that is shown as Python writes one in its lines."""
    if "\x1b[" in text:
        text = _COLOUR.sub("", text)
    if text[:1] in ("'", '"') and "\\n" in text and text.rstrip()[-1:] == text[0]:
        return text.rstrip()[1:-1].replace("\\n", "\n").replace("\\t", "\t").replace("\\'", "'")
    return text


def _tables_in(text: str) -> Iterator[Table]:
    if _HARMLESS.match(text):
        return
    if may_hold_table(text):
        from mlhooks.notebook_data.text_tables import text_tables

        yield from text_tables(text)
    if _may_hold_records(text) and (_RECORDS.search(text) or _CALL.search(text)) and not _PROGRESS.search(text):
        from mlhooks.notebook_data.records import record_tables

        yield from record_tables(text)


def may_hold_table(text: str) -> bool:
    """A cheap look: three lines at least, and something that separates columns."""
    return (text.count("\n") >= 2 and _CANDIDATE.search(text) is not None) or "\\begin{" in text


def _may_hold_records(text: str) -> bool:
    """A cheap look: braces around pairs, Spark's rows, tuples, or lines of which the first has a separator."""
    if ("{" in text and ":" in text) or ("=" in text and _CALL.search(text)):
        return True
    match = _FIRST_LINE.match(text)
    first = match[1] if match else ""
    is_csv = _SEPARATOR.search(first) is not None and text.count("\n") >= _LINES_OF_CSV
    return is_csv or first.lstrip()[:2] in ("[(", "((", "[[") or first[:8] == "array([["


def user_paths(text: str) -> Iterator[Verdict]:
    """At most one verdict about paths that name the user of a computer."""
    if "/home/" not in text and "Users" not in text:
        return
    places = [match for match in _HOME.finditer(text) if match["user"].lower().rstrip(".") not in _SERVICE_ACCOUNTS]
    if places:
        users = len({match["user"] for match in places})
        message = (
            f"{len(places)} {'path names' if len(places) == 1 else 'paths name'} the account of "
            f"{'a user' if users == 1 else f'{users} users'} (/home/***/). Run with relative paths, or clear it."
        )
        evidence = (("paths", f"{len(places)}, /home/***/"),)
        yield Verdict(rules.USER_PATH, Level.WARNING, message, "user-path", evidence, places[0].start())


def people_in_markup(html: str) -> Iterator[Verdict]:
    """Addresses and home folders in HTML without tables: lists, paragraphs, printed logs."""
    from html import unescape  # its table of entities takes a while to load

    text = unescape(_MARKUP.sub(" ", html[:_MAX_MARKUP]))
    for verdict in (*_addresses(text), *user_paths(text)):
        yield verdict._replace(offset=0)


def _addresses(text: str) -> Iterator[Verdict]:
    from mlhooks.notebook_data.masking import masked
    from mlhooks.notebook_data.personal import EMAIL, real_email

    found = [match for match in EMAIL.finditer(text) if real_email(match[0])]
    distinct = {match[0].lower() for match in found}
    if len(distinct) >= _ADDRESSES_THAT_SPEAK:
        example = masked(found[0][0])
        message = f"text with {len(distinct)} e-mail addresses ({example}). Clear the output."
        evidence = (("e-mail addresses", f"{len(distinct)}, {example}"),)
        yield Verdict(rules.PERSONAL_DATA, Level.ERROR, message, "e-mail in text", evidence, found[0].start())
