"""Check digits of numbers that name people and accounts. Each function takes text and says whether it holds together.

Most accept one random number in ten, so a single hit says little; see `personal.py` for how hits are counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from mlhooks.formats.patterns import lazy

_VERHOEFF_D = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_P = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip
# Issuer, first digits, lengths: Visa, Mastercard, American Express, Discover, Diners, JCB, UnionPay, Maestro.
_CARD = lazy(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:2[2-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|(?:5018|5020|5038|6304|6759|676[1-3])\d{8,15}"
)
# The numbers that payment processors print in their manuals.
_TEST_CARDS = frozenset(
    """
    4111111111111111 4242424242424242 4000056655665556 4012888888881881 4222222222222 4000000000000002
    5555555555554444 5105105105105100 5200828282828210 2223003122003222 378282246310005 371449635398431
    6011111111111117 6011000990139424 3056930009020004 30569309025904 38520000023237 3566002020360505
    3530111333300000 6200000000000005
    """.split()  # noqa: SIM905  # numbers in columns read better than in quotes
)
_IBAN = lazy(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_SSN = lazy(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_SPECIMEN_SSNS = frozenset(("078-05-1120", "219-09-9999", "123-45-6789", "111-11-1111", "987-65-4321"))


def luhn(digits: str) -> bool:
    """Luhn's modulus 10, of cards and much else."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def card(text: str) -> bool:
    """A payment card: issuer, length and Luhn; the test numbers of processors are none."""
    digits = re.sub(r"[ -]", "", text)
    return bool(_CARD.fullmatch(digits)) and digits not in _TEST_CARDS and luhn(digits)


def iban(text: str) -> bool:
    """An IBAN by ISO 13616: letters as numbers, first four characters last, remainder 1 modulo 97."""
    compact = text.replace(" ", "").upper()
    if not _IBAN.fullmatch(compact):
        return False
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1


def us_ssn(text: str) -> bool:
    """A US social security number as people write it, with dashes, and not one from a leaflet."""
    return bool(_SSN.fullmatch(text)) and text not in _SPECIMEN_SSNS


def aadhaar(text: str) -> bool:
    """India's twelve digits: the first is not 0 or 1, Verhoeff's check."""
    digits = re.sub(r"[ -]", "", text)
    return bool(re.fullmatch(r"[2-9]\d{11}", digits)) and _verhoeff(digits)


def nhs(text: str) -> bool:
    """The number of the British NHS: ten digits, weights 10 to 2, modulus 11."""
    digits = re.sub(r"[ -]", "", text)
    if not re.fullmatch(r"\d{10}", digits):
        return False
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check % 11 == int(digits[9]) and check != 10


def cpf(text: str) -> bool:
    """Brazil's eleven digits, two check digits modulus 11."""
    digits = re.sub(r"[.-]", "", text)
    if not re.fullmatch(r"\d{11}", digits) or len(set(digits)) == 1:
        return False
    return all(
        sum(int(digit) * weight for digit, weight in zip(digits, range(length + 1, 1, -1), strict=False)) * 10 % 11 % 10
        == int(digits[length])
        for length in (9, 10)
    )


def dni(text: str) -> bool:
    """Spain's DNI and NIE: the letter is the number modulo 23."""
    match = re.fullmatch(r"([XYZ]|\d)(\d{7})-?([A-Z])", text.upper())
    if match is None:
        return False
    first = {"X": "0", "Y": "1", "Z": "2"}.get(match[1], match[1])
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(first + match[2]) % 23] == match[3]


def chinese_id(text: str) -> bool:
    """China's eighteen characters: a date inside, modulus 11-2 at the end."""
    if not re.fullmatch(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]", text.upper()):
        return False
    total = sum(int(digit) * (2 ** (17 - position) % 11) for position, digit in enumerate(text[:17]))
    return "10X98765432"[total % 11] == text[17].upper()


def pesel(text: str) -> bool:
    """Poland's eleven digits: a birth date, weights 1 3 7 9."""
    if not re.fullmatch(r"\d{2}(?:[02468][1-9]|[13579][0-2])(?:0[1-9]|[12]\d|3[01])\d{5}", text):
        return False
    return (
        sum(int(digit) * weight for digit, weight in zip(text, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), strict=True)) % 10
        == 0
    )


def _verhoeff(digits: str) -> bool:
    check = 0
    for position, digit in enumerate(reversed(digits)):
        check = int(_VERHOEFF_D[check][int(_VERHOEFF_P[position % 8][int(digit)])])
    return check == 0


class Validator(NamedTuple):
    """A kind of number: how its check digits are tested, and what it looks like before.

    `needed` is how many distinct values of a column must hold before its name is no longer needed. `digits` are the
    numbers of digits that it may have, `start` is a pattern of the first ones.
    """

    label: str
    is_valid: Callable[[str], bool]
    needed: int
    digits: Container[int]
    start: str = ""

    def fits(self, value: str, count: int) -> bool:
        """Whether a value that holds `count` digits may be such a number; most are told apart by this alone."""
        if count not in self.digits:
            return False
        return not self.start or not value.isascii() or re.match(self.start, re.sub(r"\D", "", value)) is not None


@cache
def _stdnum(name: str) -> Any:
    """A module of python-stdnum, where it is installed (`pip install mlhooks[ids]`); else None."""
    try:
        return import_module(f"stdnum.{name}")  # takes as long as checking many notebooks
    except ImportError:
        return None


def _optional(name: str) -> Callable[[str], bool]:
    def is_valid(text: str) -> bool:
        module = _stdnum(name)
        try:
            return module is not None and bool(module.is_valid(text))
        except (KeyError, ValueError, IndexError, TypeError):  # some of its validators raise on odd digits
            return False

    return is_valid


COLUMN_VALIDATORS = (
    Validator("IBAN", iban, 2, range(2, 35)),
    Validator("US social security number", us_ssn, 2, (9,)),
    Validator("Chinese identity number", chinese_id, 2, (17, 18)),
    Validator("Spanish identity number", dni, 4, (7, 8)),
    Validator("Brazilian CPF", cpf, 3, (11,)),
    Validator("Polish PESEL", pesel, 5, (11,)),
    Validator("card number", card, 4, range(12, 20)),
    Validator("Aadhaar number", aadhaar, 10, (12,)),
    Validator("NHS number", nhs, 10, (10,)),
)
# Where python-stdnum is installed. Months and days stand at fixed places of most of them.
OPTIONAL_VALIDATORS = (
    Validator("Belgian national number", _optional("be.nn"), 2, (11,)),
    Validator("Swiss AHV number", _optional("ch.ssn"), 2, (13,), "756"),
    Validator("Danish CPR number", _optional("dk.cpr"), 10, (10,), r"[0-3]\d[01]"),
    Validator("Estonian identity code", _optional("ee.ik"), 4, (11,), r"\d{3}[01]\d[0-3]"),
    Validator("French NIR", _optional("fr.nir"), 4, (14, 15)),
    Validator("Korean RRN", _optional("kr.rrn"), 4, (13,), r"\d\d[01]\d[0-3]"),
    Validator("Norwegian birth number", _optional("no.fodselsnummer"), 2, (11,)),
    Validator("Romanian CNP", _optional("ro.cnp"), 2, (13,), r"\d{3}[01]\d[0-3]"),
    Validator("Swedish personal number", _optional("se.personnummer"), 4, (10, 12), r"(?:\d\d)?\d\d[01]"),
    Validator("Turkish identity number", _optional("tr.tckimlik"), 4, (11,), r"[1-9]"),
    Validator("South African id", _optional("za.idnr"), 2, (13,), r"\d\d[01]\d[0-3]"),
)
