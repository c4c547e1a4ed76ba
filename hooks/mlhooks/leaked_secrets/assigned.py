"""Secrets without a mark of their own: a value, and the name or the call that says it is one.

The search starts from a few literals (`KEYWORDS`), so a text without them costs nothing; from each, the name is read to
the left, and the sign and the value to the right.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from mlhooks.core.finding import Level, Rule
from mlhooks.leaked_secrets.lazy import lazy
from mlhooks.leaked_secrets.matching import Leak, compiled
from mlhooks.leaked_secrets.names import is_secret_name, may_name_a_token, words_of
from mlhooks.leaked_secrets.rejects import is_made_up, is_specimen
from mlhooks.leaked_secrets.rules import AI_SERVICE_TOKEN, HARDCODED_SECRET, SERVICE_TOKEN
from mlhooks.leaked_secrets.shape import NamedShape
from mlhooks.leaked_secrets.shapes_ai import NAMED_SHAPES
from mlhooks.leaked_secrets.shapes_general import GENERAL_NAMED_SHAPES
from mlhooks.leaked_secrets.values import is_random_value

KEYWORDS = (
    *("assword", "ASSWORD", "asswd", "ASSWD", "assphrase", "ASSPHRASE", "pwd", "Pwd", "PWD", "_pass", "Pass", "_PASS"),
    *("ecret", "ECRET", "oken", "OKEN", "_key", "_KEY", "-key", "-Key", "-KEY", "Key", "pikey", "PIKEY"),
    *("pi key", "PI key", "PI Key", "PI KEY"),
    *("redential", "REDENTIAL", "onnection_string", "ONNECTION_STRING", "uthorization", "UTHORIZATION"),
)
NAMED = (
    *((AI_SERVICE_TOKEN, shape) for shape in NAMED_SHAPES),
    *((SERVICE_TOKEN, shape) for shape in GENERAL_NAMED_SHAPES),
)
CALLS = tuple(dict.fromkeys(call for _, shape in NAMED for call in shape.calls))

_NAME_CHARACTERS = 60
_CALL_CHARACTERS = 300

# What may stand between a name and its value, and the value: in quotes, or bare up to a blank.
_AFTER_NAME = lazy(
    r"""
    (?P<rest>[A-Za-z0-9_-]{0,40})
    (?P<close>\\?["'`]\]?|\])?
    [ \t]{0,20}
    (?P<sign>
        :[ ]?[A-Za-z][\w.\[\], |]{0,40}?[ ]{0,4}=(?!=) | :[ ][>|][+-]?(?=\n)
        | ,(?:[^()"'`]{0,80}[\s,])?default[ ]?= | ,?\s{0,20}\\?["']?value\\?["']?[ ]?[:=]
        | (?:=[ ]?[\w.()\[\]]{1,50})?\)?[ ]or
        | => | :=|===?|!==?|<-|[=:,|] | >(?=[^\s<>=]) | \\?["']?[ ]?(?:\n|\t)[ \t\n]{0,20} |
    )
    [ \t]{0,20}
    (?:(?:SecretStr|SecretBytes|Field|field|str|Option|typer\.Option|quote|quote_plus|urllib\.parse\.quote(?:_plus)?)?
        \((?:default[ ]?=)?[ ]?)?
    (?:\\?\n[ \t]{0,40})?
    (?:(?:Bearer|Basic|[Tt]oken|Key)[ ])?
    (?:
        [rbufRBUF]{0,2}(?P<quote>\\{0,3}["'`]|"{3}|'{3})\n?
        (?:(?:Bearer|Basic|[Tt]oken|Key)[ ])?
        (?P<quoted>[^"'`\\\s]{4,2048})\n?(?P=quote)
        |
        (?P<bare>[^\s"'`\\<>(){}\[\],;&|]{4,2048})(?P<after>[^\n]?)
    )
    """,
    re.VERBOSE,
)
_OPENS_CALL = lazy(r"""\(\s{0,40}\\?["']\Z""")
_NAME_BEFORE = lazy(r"[A-Za-z_$-][A-Za-z0-9_.$-]*\Z")
_CALLEE = lazy(r"[A-Za-z_][\w.]{0,80}\Z")
_DIGIT = lazy(r"[0-9]")
_SEPARATORS = lazy(r"[_.-]")
_VALUE = lazy(r"""[A-Za-z0-9_.+/=:~-]{16,600}""")


class Assignment(NamedTuple):
    """`name` is given the value at `start`..`end`; `is_quoted` tells a literal from a bare word."""

    name: str
    value: str
    start: int
    end: int
    is_quoted: bool
    sign: str


def find_assigned(
    text: str, keywords: Collection[str], *, has_bare_values: bool, generic: bool = True
) -> Iterator[Leak]:
    """Secrets that their names or calls give away. `keywords` are those known to be in the text.

    `has_bare_values`: a value needs no quotes here (env files, YAML, shell, printed outputs); in program code a bare
    word is a variable. `generic` False leaves out everything but the named shapes (lock files, vocabularies).
    """
    for assignment in assignments(text, keywords):
        leak = named_leak(assignment, text)
        if leak is None and generic:
            leak = generic_leak(assignment, text, has_bare_values=has_bare_values)
        if leak is not None:
            yield leak
    yield from _in_calls(text, keywords)


def is_plausible_assignment(text: str, keywords: Collection[str], *, is_short: bool = True) -> bool:
    """Whether any keyword is followed by something that has a digit or a sign and could be a value.

    `is_short`: what people make up counts too, rather than only what machines make. `text` may be raw JSON or HTML:
    what follows the keyword is cleaned of their marks before it is read.
    """
    tried, could_be_value = 0, (_ODD_WORD() if is_short else _ODD_KEY()).search
    for keyword in KEYWORDS:
        hit = text.find(keyword) if keyword in keywords else -1
        while hit >= 0:
            following = hit + len(keyword)
            odd = _ODD().search(text, following)
            if odd is None:
                break
            if odd.start() < following + _NAME_TO_VALUE:
                tried += 1
                window = _MARKS().sub(" ", text[following : following + _NAME_TO_VALUE])
                if tried > _MOST_TRIED or could_be_value(window):
                    return True
            hit = text.find(keyword, max(following, odd.start() - _NAME_TO_VALUE))
    return False


_NAME_TO_VALUE = 300
_MOST_TRIED = 64
_MARKS = lazy(r"<[^<>]{0,60}>|\\n\",\s*\"|\\[nt]|&[a-z]{2,5};|&#[x0-9]+;")
_ODD = lazy(r"[0-9!@$%^&*?#]")
_SIGNS = r"_+/=.~:@!$%^&*?#,;|-"
_ODD_KEY = lazy(rf"(?:^|[^A-Za-z0-9{_SIGNS}])(?=[A-Za-z0-9{_SIGNS}]{{16}})[A-Za-z{_SIGNS}]*+[0-9]")
_ODD_WORD = lazy(r"(?:^|[\s\"'`\\<>()])(?=[^\s\"'`\\<>()]{6})[^\s\"'`\\<>()0-9!@$%^&*?#]*+[0-9!@$%^&*?#]")


def assignments(text: str, keywords: Collection[str]) -> Iterator[Assignment]:
    """Every name that holds a keyword, with the value that follows it."""
    for keyword in KEYWORDS:
        if keyword not in keywords:
            continue
        hit = text.find(keyword)
        while hit >= 0:
            following = hit + len(keyword)
            match = _AFTER_NAME().match(text, following)
            if match:
                before = _NAME_BEFORE().search(text[max(0, hit - _NAME_CHARACTERS) : hit])
                prefix = before[0] if before else ""
                name = prefix + keyword + match["rest"]
                group = "quoted" if match["quoted"] is not None else "bare"
                start, end = match.span(group)
                if _is_given(match, name, text, hit - len(prefix)):
                    yield Assignment(name, match[group], start, end, group == "quoted", match["sign"])
                following = match.end("rest")
            hit = text.find(keyword, following)


def _is_given(match: re.Match[str], name: str, text: str, begin: int) -> bool:
    """Whether the value belongs to the name that begins at `begin`.

    In a list a comma gives nothing to nobody; `setenv("NAME", "value")` and `["--name", "value"]` do. The name of a
    type of things ("AWS::ApiGateway::ApiKey") is no name of one.
    """
    if match["close"] is not None and text.startswith("::", max(0, begin - 2)):
        return False
    if match["sign"] != "," or name.startswith("--"):
        return True
    return _OPENS_CALL().search(text[max(0, begin - 44) : begin]) is not None


def named_leak(assignment: Assignment, text: str) -> Leak | None:
    """A vendor's token by the vendor's word in the name, or in the call that the name is an argument of."""
    value, start = assignment.value, assignment.start
    if not assignment.is_quoted:
        value = value.rstrip(".,:;")
    if not 16 <= len(value) <= 2048 or value.isdigit() or (value.islower() and not _DIGIT().search(value)):
        return None
    if not may_name_a_token(words_of(assignment.name)):
        return None
    name = _SEPARATORS().sub("", f"{assignment.name} {_callee(text, start)}".lower())
    for rule, shape in NAMED:
        is_named = any(word in name for word in shape.names) or _is_argument(shape.calls, text, start)
        if is_named and compiled(shape.pattern).fullmatch(value):
            return _named(rule, shape, value, start)
    return None


def generic_leak(assignment: Assignment, text: str, *, has_bare_values: bool) -> Leak | None:
    """A random-looking value under a name that means a secret."""
    if not assignment.sign and not _may_lack_sign(text, assignment):
        return None
    if not assignment.is_quoted and not (has_bare_values or _is_bare_context(text, assignment)):
        return None
    value = assignment.value if assignment.is_quoted else assignment.value.rstrip(".,:;")
    words = words_of(assignment.name)
    if not is_secret_name(words) or not is_random_value(value, words, text, assignment.end):
        return None
    start = assignment.start
    return Leak(
        HARDCODED_SECRET, "hardcoded-secret", "value", Level.WARNING, start, start + len(value), value, assignment.name
    )


def value_leak(name: str, value: str) -> Leak | None:
    """A secret that is the whole of `value`, a string which stands under the key `name` in JSON."""
    if any(character.isspace() for character in value):
        return None
    assignment = Assignment(name, value, 0, len(value), True, "=")
    return named_leak(assignment, value) or generic_leak(assignment, value, has_bare_values=True)


def _in_calls(text: str, present: Collection[str]) -> Iterator[Leak]:
    for rule, shape in NAMED:
        for call in shape.calls:
            if call not in present:
                continue
            hit, searched = text.find(call), 0
            while hit >= 0:
                begin = hit + len(call)
                end = _end_of_call(text, begin)
                for match in _VALUE().finditer(text, max(begin, searched - 100), end):
                    if compiled(shape.pattern).fullmatch(match[0]) and text[match.start() - 1] in "\"'` \t=:":
                        leak = _named(rule, shape, match[0], match.start())
                        if leak:
                            yield leak
                            break
                hit, searched = text.find(call, begin), end


def _named(rule: Rule, shape: NamedShape, value: str, start: int) -> Leak | None:
    level: Level | None = Level.ERROR if shape.is_published else Level.WARNING
    if shape.judge is not None:
        level = shape.judge(value)
    if level is None or is_made_up(value) or is_specimen(value):
        return None
    if not shape.is_published and not any(character.isdigit() for character in value):
        return None
    return Leak(rule, shape.id, shape.what, level, start, start + len(value), value, "")


def _callee(text: str, start: int) -> str:
    """The function among whose arguments `start` stands; "" outside of brackets."""
    opening = text.rfind("(", max(0, start - _CALL_CHARACTERS), start)
    if opening < 0 or text.find(")", opening, start) >= 0:
        return ""
    name = _CALLEE().search(text[max(0, opening - 80) : opening])
    return name[0] if name else ""


def _is_argument(calls: tuple[str, ...], text: str, start: int) -> bool:
    before = text[max(0, start - _CALL_CHARACTERS) : start]
    return any(before.rfind(call) >= 0 and ")" not in before[before.rfind(call) :] for call in calls)


def _end_of_call(text: str, begin: int) -> int:
    """Where the arguments end: the closing bracket, or an empty line."""
    ends = [begin + _CALL_CHARACTERS]
    ends += [
        found for found in (text.find(mark, begin, begin + _CALL_CHARACTERS) for mark in (")", "\n\n")) if found >= 0
    ]
    return min(ends)


# A name and a value without a sign: Docker's ENV, Jupyter's magic, shells of other kinds.
_SIGNLESS_LINE = lazy(r"[ \t]*(?:ENV|%env|%set_env|setenv|setx|set[ ]-[gxU]{1,3})[ ]")


def _may_lack_sign(text: str, assignment: Assignment) -> bool:
    """`--token VALUE`, `ENV NAME VALUE`, and tables of the environment: `NAME      VALUE`."""
    line_start = text.rfind("\n", 0, assignment.start) + 1
    before = text[max(line_start, assignment.start - 2) : assignment.start]
    is_in_table = before == "  " and "_" in assignment.name and assignment.name.isupper()
    return is_in_table or assignment.name.startswith("--") or _SIGNLESS_LINE().match(text, line_start) is not None


_BARE_LINE = lazy(r"[ \t]*(?:#[ \t]*MAGIC[ \t]+)?(?:[%!]|export[ ]|ENV[ ]|ARG[ ]|set[ ]-x|curl[ ]|docker[ ])")
# The other parts of a data base's connection string, in the same string literal.
_CONNECTION = lazy(
    r"(?i)(?:^|[\"'; ])(?:host|server|data source|user|user id|uid|username|dbname|database|driver)=[^\"'\n]*\Z"
)


def _is_bare_context(text: str, assignment: Assignment) -> bool:
    """Where a bare word in code is a value: a line of shell, a parameter of a URL, a connection string, an element."""
    line_start = text.rfind("\n", 0, assignment.start) + 1
    if _BARE_LINE().match(text, line_start):
        return True
    if assignment.sign == ">":
        return text[assignment.end : assignment.end + 2] == "</"
    if assignment.sign != "=":
        return False
    name_start = assignment.start - len(assignment.name) - 1
    if text[max(line_start, name_start - 1) : name_start + 1][:1] in ("?", "&"):
        return True
    return _CONNECTION().search(text[max(line_start, name_start - 200) : name_start]) is not None
