"""Columns about people: the name of a column and its values have to agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from mlhooks.formats.patterns import lazy
from mlhooks.notebook_data.columns import Column, column_of
from mlhooks.notebook_data.masking import coarse, masked
from mlhooks.notebook_data.table import DATE, MASKED, NUMBER, TEXT, Table, kind_of
from mlhooks.notebook_data.vocabulary import MEDIUM, STRONG, family_of, words

EMAIL = lazy(
    r"(?<![\w.+\-/@%])[A-Za-z0-9][\w.+%-]{0,63}@(?!\d+x\b)[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z]{2,24}(?![\w@-]|\.\w)"
)
_NOBODY = lazy(
    r"@(?:[\w.-]*\.)?(?:example\.(?:com|org|net)|localhost|(?:[\w-]+\.)*(?:test|invalid|example|local)|users\.noreply\.github\.com"
    r"|b\.com|sentry\.io|email\.com|domain\.com|company\.com|yourdomain\.com)$"
    r"|^(?:no-?reply|donotreply|git|root|user|username|admin|info|support|example|foo|test|you|your[._]?\w*|name|me)@"
    r"|\.(?:png|jpe?g|gif|svg|webp|js|css|py|whl|git)$",
    re.IGNORECASE,
)
_PHONE = lazy(r"\+?[\d\s().\-/]{7,24}(?:\s?(?:x|ext\.?)\s?\d{1,6})?")
_PHONE_SPECIMEN = lazy(r"(?:\+?1[-. ]?)?\(?(?:123|555)\)?[-. ]?(?:456|555|123)[-. ]?(?:7890|4567|\d{4})")
_WRITTEN_PHONE = lazy(r"\+\d[\d\s().-]{7,20}\d|\(\d{3}\)\s?\d{3}-\d{4}|\d{3}-\d{3}-\d{4}")
_IPV4 = lazy(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)")
_IDENTIFIER = lazy(r"(?=(?:.*\d){4})[A-Za-z0-9][A-Za-z0-9 ./-]{4,24}")
_PERSON = lazy(
    r"[A-ZÀ-Þ][\w'’-]+,?(?:\s(?:[A-ZÀ-Þ]\.?|(?:de|la|van|von|der|di|da|del|bin|al|Mr|Mrs|Miss|Ms|Dr)\.?))*\s\(?[A-ZÀ-Þ][\w'’-]+.{0,40}"
)
_NOT_A_PERSON = lazy(
    r"\b(?:Inc|Ltd|LLC|GmbH|AG|Corp|Co|Company|Street|St|Road|Avenue|University|College|School|Hospital|Restaurant|Bank|Hotel|"
    r"Park|North|South|East|West|New|United|Republic|Islands?|Saint|San|Santa|Los|Las|Lake|Mount|River|City|County|Station|"
    r"Airport|Center|Centre|Model|Regression|Forest|Classifier|Tree|Boosting|Bayes|Machine|Network|Neighbors|Soup|Salad|Chicken)\b"
)
_NAME_TEXT = lazy(r"[^\W\d_][^\d_@/\\{}\[\]=<>:]{1,58}|[A-Za-z][\w.\-]{1,40}")
_CODE = lazy(
    r"[A-Z]{0,3}[- ]?\d{3,6}(?:[- ]\d{3,4}|\.0)?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d",
    re.IGNORECASE,
)


# What a table says of a column that would hold names, and accounts that belong to nobody.
_NO_NAMES = frozenset(
    """
    string str text varchar char object category chr required optional nullable
    admin root user username name guest test default public postgres jovyan system
    """.split()  # noqa: SIM905  # a list of twenty quoted words reads worse
)
# An IP address, seven digits, or the start of an IBAN: without one of these, or an @, values alone decide nothing.
_MAY_NUMBER = lazy(r"\d(?:\.\d{1,3}\.\d|(?:[ ()-]{0,2}\d){6})")
_MAY_IBAN = lazy(r"[A-Z]{2}\d\d ?[A-Z0-9]{4}")
_SHORTEST_NUMBER = 7
_IDENTIFYING = frozenset(("e-mail", "phone", "national id", "name", "bare name", "account", "IP address"))
_NUMBERED = lazy(r"(?:column|index|field|variable)(?:_\d{1,6})?")
ROW_LABELS = -1
"""The index of what is no column."""


class PersonalColumn(NamedTuple):
    """A column that speaks of people: which, how, and a masked example.

    `values` counts the values in the sample that agree; `is_masked` says that they are `***` or hashes.
    """

    position: int
    header: str
    family: str
    weight: int
    values: int
    example: str
    is_masked: bool = False


def real_email(text: str) -> bool:
    """Whether a text is an address that somebody may read mail at."""
    return EMAIL.fullmatch(text) is not None and not _NOBODY.search(text)


def public_ip(text: str) -> bool:
    """A public IPv4 address: not private, not reserved, not one of the well-known name servers."""
    if not _IPV4.fullmatch(text) or text in ("8.8.8.8", "8.8.4.4", "1.1.1.1", "9.9.9.9"):
        return False
    first, second, third, _ = (int(part) for part in text.split("."))
    if first in (0, 10, 127) or first >= 224 or (first == 172 and 16 <= second < 32):
        return False
    return (first, second) not in ((192, 168), (169, 254)) and (first, second, third) not in (
        (192, 0, 2),
        (198, 51, 100),
        (203, 0, 113),
    )


def phone(text: str) -> bool:
    """Digits in the shape of a phone number, which only a column name turns into one."""
    digits = sum(character.isdigit() for character in text)
    is_shaped = 7 <= digits <= 15 and _PHONE.fullmatch(text) is not None
    return is_shaped and not _PHONE_SPECIMEN.fullmatch(text) and not re.fullmatch(r"-?\d*\.\d*", text)


def person(text: str) -> bool:
    """Two capitalised words that are not a firm, a place or a model."""
    return bool(_PERSON.fullmatch(text)) and not _NOT_A_PERSON.search(text)


def _is_name(text: str) -> bool:
    return kind_of(text) == TEXT and bool(_NAME_TEXT.fullmatch(text)) and text.lower() not in _NO_NAMES


def _is_address(text: str) -> bool:
    if kind_of(text) != TEXT or text.lower().startswith("0x") or "://" in text or "@" in text:
        return False
    return (" " in text or not text.isascii()) and any(character.isalpha() for character in text)


def _is_birth(text: str) -> bool:
    year = re.search(r"(?<!\d)(19\d\d|20[0-2]\d)(?!\d)", text)
    return year is not None or kind_of(text) == "date"


def _is_latitude(text: str) -> bool:
    return _degrees(text, 90)


def _is_longitude(text: str) -> bool:
    return _degrees(text, 180)


def _degrees(text: str, limit: float) -> bool:
    return bool(re.fullmatch(r"-?\d{1,3}\.\d{2,}", text)) and abs(float(text)) <= limit


def _is_health(text: str) -> bool:
    return len(text) > 2 and (kind_of(text) == TEXT or sum(map(str.isdigit, text)) >= 4)


_AGREES: dict[str, Callable[[str], bool]] = {
    # Under its own name an address counts whoever it belongs to; `real_email` is for text that nobody named.
    "e-mail": lambda text: bool(EMAIL.fullmatch(text)),
    "phone": phone,
    "national id": lambda text: bool(_IDENTIFIER.fullmatch(text)),
    "name": _is_name,
    "bare name": person,
    "birth date": _is_birth,
    "address": _is_address,
    "postcode": lambda text: bool(_CODE.fullmatch(text)),
    "latitude": _is_latitude,
    "longitude": _is_longitude,
    "position": lambda text: bool(re.search(r"-?\d{1,3}\.\d{3,}.{1,4}-?\d{1,3}\.\d{3,}", text)),
    "IP address": public_ip,
    "health": _is_health,
    "account": lambda text: sum(map(str.isdigit, text)) >= 3 and " " not in text.strip("0123456789 "),
    "income": lambda text: kind_of(text) == NUMBER and len(re.sub(r"\D", "", text.split(".")[0])) >= 4,
    "person id": lambda text: kind_of(text) in (NUMBER, TEXT),
    "special category": lambda text: kind_of(text) == TEXT and len(text) <= 40,
}
# A bare `name` has to convince by its values; the others by a majority, or by any at all where the shape is strict.
_SHARE_NEEDED = {"bare name": 0.8, "e-mail": 0.0, "IP address": 0.3}


def personal_columns(table: Table, columns: Sequence[Column]) -> list[PersonalColumn]:
    """The columns of a table, row labels included, that hold values about people."""
    may_vote = _may_vote(_values_text(table))
    found = [
        judged
        for index, column in enumerate(columns)
        if (judged := _judge_column(index, column, may_vote=may_vote)) is not None
    ]
    if table.labels:
        judged = _judge_values(ROW_LABELS, "row labels", column_of("", table.labels)) if may_vote else None
        if judged is not None:
            found.append(judged)
        found += _in_index(table)
    found += _turned(table, may_vote=may_vote)
    return found


def may_hold_people(table: Table) -> bool:
    """Whether `personal_columns` can find anything, told by the names of columns and one search over the values."""
    names = (
        *table.headers,
        *((table.labels or [row[0] for row in table.rows]) if _is_turned(table) else ()),
        *(name for name, _ in table.label_columns),
    )
    return _may_vote(_values_text(table)) or any(family_of(words(name)) for name in names)


def _values_text(table: Table) -> str:
    return "\n".join(["\n".join(row) for row in (*table.rows, table.labels)])


def _is_turned(table: Table) -> bool:
    """A frame on its side (`df.T`, `df.iloc[0]`): the row labels are the names of the columns."""
    return all(header.isdigit() or not header or _NUMBERED.fullmatch(header) for header in table.headers)


def _in_index(table: Table) -> Iterator[PersonalColumn]:
    """Row labels under a name of their own: whoever is grouped or counted by name is still named."""
    for name, labels in table.label_columns:
        family = family_of(words(name))
        if family is not None and family.name in _IDENTIFYING:
            judged = _judge_column(ROW_LABELS, column_of(name, labels), may_vote=False)
            if judged is not None:
                yield judged


def _turned(table: Table, *, may_vote: bool) -> Iterator[PersonalColumn]:
    if not _is_turned(table):
        return
    labels = table.labels or [row[0] for row in table.rows]
    for label, row in zip(labels, table.rows, strict=False):
        family = family_of(words(label))
        if family is not None and family.weight == STRONG:
            values = row if table.labels else row[1:]
            judged = _judge_column(ROW_LABELS, column_of(label, values), may_vote=may_vote)
            if judged is not None:
                yield judged


def weight_of(columns: Sequence[PersonalColumn], shown_rows: int) -> int:
    """What the columns say together: `STRONG` is personal data, `MEDIUM` a warning, less is nothing.

    A gender or an income alone is statistics; beside a name or a person's id it is somebody's.
    """
    if not columns:
        return 0
    open_columns = [column for column in columns if not column.is_masked]
    families = {column.family: column for column in open_columns}
    weight = max((column.weight for column in open_columns), default=0)
    if weight >= STRONG:
        return STRONG
    identifies = families.keys() & {"bare name", "person id", "IP address"}
    describes = families.keys() & {"special category", "income", "postcode", "bare name"} - identifies
    if identifies and describes:
        return STRONG
    if {"latitude", "longitude"} <= families.keys() or "position" in families:
        place = families.get("latitude") or families["position"]
        if place.values > 20 or (identifies and shown_rows):
            return STRONG
    return weight


def _judge_column(index: int, column: Column, *, may_vote: bool) -> PersonalColumn | None:
    header, values = column.header, column.values
    if not values:
        return None
    family = family_of(column.words)
    if family is None:
        return _judge_values(index, header, column) if may_vote else None
    if column.kinds.count(MASKED) * 2 > len(values):
        return PersonalColumn(index, header, family.name, family.weight, len(values), "masked", is_masked=True)
    agrees = _AGREES[family.name]
    agreeing = [value for value in values if agrees(value)]
    if not agreeing or len(agreeing) < len(values) * _SHARE_NEEDED.get(family.name, 0.5):
        return _judge_values(index, header, column) if may_vote else None
    example = coarse(agreeing[0]) if family.name in ("latitude", "longitude", "position") else masked(agreeing[0])
    return PersonalColumn(index, header, family.name, family.weight, len(agreeing), example)


def _may_vote(text: str) -> bool:
    """Whether a column with these values can be about people whatever its name is."""
    return "@" in text or _MAY_NUMBER.search(text) is not None or _MAY_IBAN.search(text) is not None


def _judge_values(index: int, header: str, column: Column) -> PersonalColumn | None:
    """A column that hides behind another name: its values vote."""
    if column.kind == NUMBER and max(map(len, column.values), default=0) < _SHORTEST_NUMBER:
        return None
    text = "\n".join(column.values)
    if not _may_vote(text):
        return None
    distinct = list(dict.fromkeys([value for value in column.values if len(value) <= 400]))
    if "@" in text:
        emails = [
            match[0] for value in distinct if "@" in value for match in EMAIL.finditer(value) if real_email(match[0])
        ]
        if len(set(emails)) >= 3 or (emails and len(emails) * 2 >= len(distinct)):
            return PersonalColumn(index, header, "e-mail", STRONG, len(emails), masked(emails[0]))
    ips = [value for value in distinct if value.count(".") == 3 and public_ip(value)]
    if len(ips) >= 5 and len(ips) * 5 >= len(distinct) * 4:
        return PersonalColumn(index, header, "IP address", MEDIUM, len(ips), masked(ips[0]))
    are_dates = column.kind == DATE and column.kinds.count(DATE) == len(column.kinds)
    return None if are_dates else _judge_checksums(index, header, distinct)


def _judge_checksums(index: int, header: str, distinct: Sequence[str]) -> PersonalColumn | None:
    most = -(-len(distinct) * 4 // 5)  # four in five
    digits = [sum(map(str.isdigit, value)) for value in distinct]
    if len(distinct) < 2 or sum(count >= _SHORTEST_NUMBER for count in digits) < most:
        return None
    from mlhooks.notebook_data.checksums import COLUMN_VALIDATORS, OPTIONAL_VALIDATORS

    # The numbers that other countries give to people have nine digits at least; counts of people have fewer.
    is_long = sum(count >= 9 for count in digits) >= most
    for validator in (*COLUMN_VALIDATORS, *(OPTIONAL_VALIDATORS if is_long else ())):
        fitting = [value for value, count in zip(distinct, digits, strict=True) if validator.fits(value, count)]
        if len(fitting) < max(most, validator.needed):
            continue
        valid = [value for value in fitting if validator.is_valid(value)]
        if len(valid) >= max(most, validator.needed):
            return PersonalColumn(index, header, validator.label, STRONG, len(valid), masked(valid[0]))
    phones = [value for value in distinct if _WRITTEN_PHONE.fullmatch(value) and not _PHONE_SPECIMEN.fullmatch(value)]
    if len(phones) >= 3 and len(phones) * 5 >= len(distinct) * 4:
        return PersonalColumn(index, header, "phone", STRONG, len(phones), masked(phones[0]))
    if all(value.startswith("+") for value in distinct) and _known_phones(distinct) * 5 >= len(distinct) * 4:
        return PersonalColumn(index, header, "phone", STRONG, len(distinct), masked(distinct[0]))
    return None


def _known_phones(values: Sequence[str]) -> int:
    """How many are valid phone numbers, where phonenumbers is installed (`pip install mlhooks[ids]`); else 0."""
    try:
        import phonenumbers  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        return 0
    count = 0
    for value in values:
        try:
            count += phonenumbers.is_valid_number(phonenumbers.parse(value, None))
        except phonenumbers.NumberParseException:
            continue
    return count
