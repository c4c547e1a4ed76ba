# ruff: noqa: E501  # tables of samples
"""Columns about people: names of columns, values, check digits, masks."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from typing import Any

import nb
import people
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlhooks.core.finding import Level
from mlhooks.notebook_data import checksums
from mlhooks.notebook_data.masking import coarse, masked, safe_header
from mlhooks.notebook_data.personal import person, phone, public_ip, real_email
from mlhooks.notebook_data.vocabulary import family_of, is_metric, words

HEADERS: list[Any] = [
    ("email", "e-mail"), ("E-Mail", "e-mail"), ("customerEmail", "e-mail"), ("Email Address", "e-mail"), ("correo", "e-mail"),
    ("phone_number", "phone"), ("Telefonnummer", "phone"), ("móvil", "phone"), ("cell phone", "phone"),
    ("ssn", "national id"), ("Passport No", "national id"), ("cédula", "national id"), ("dni", "national id"),
    ("first_name", "name"), ("LastName", "name"), ("Customer Name", "name"), ("prénom", "name"), ("apellido", "name"),
    ("name", "bare name"), ("Name", "bare name"), ("dob", "birth date"), ("DateOfBirth", "birth date"), ("geburtsdatum", "birth date"),
    ("street", "address"), ("Strasse", "address"), ("home_address", "address"), ("zip_code", "postcode"), ("PLZ", "postcode"),
    ("latitude", "latitude"), ("client_ip", "IP address"), ("patient_id", "health"), ("IBAN", "account"), ("card_number", "account"),
    ("gender", "special category"), ("customer_id", "person id"), ("salary", "income"),
]  # fmt: skip
NOT_HEADERS = [
    "emailed_count", "email_count", "n_emails_sent", "is_phone_verified", "filename", "colname", "rename", "name_length",
    "model_name", "file name", "column_name", "dataset_name", "email_hash", "class name", "feature_name", "country_name",
    "iplot", "slope", "zipped", "latency", "long_term", "platform", "company_name", "username_len", "street_count",
    "token_embedding", "median_income", "person_count", "sex_ratio", "unnamed", "address_space_bits", "",
]  # fmt: skip


@pytest.mark.parametrize(("header", "family"), HEADERS)
def test_headers_about_people(header: str, family: str) -> None:
    found = family_of(words(header))
    assert found is not None
    assert found.name == family


@pytest.mark.parametrize("header", NOT_HEADERS)
def test_headers_about_other_things(header: str) -> None:
    assert family_of(words(header)) is None


@pytest.mark.parametrize(
    "header", ["Training Loss", "val_accuracy", "f1-score", "Epoch", "rouge1", "mean_test_score", "std err"]
)
def test_metrics(header: str) -> None:
    assert is_metric(words(header))


@pytest.mark.parametrize("header", ["city", "amount", "customer", "0", "text"])
def test_not_metrics(header: str) -> None:
    assert not is_metric(words(header))


@pytest.mark.parametrize("text", [*people.emails(3), "a.b+c@sub." + people.MAIL, "x_1@firma.de"])
def test_addresses(text: str) -> None:
    assert real_email(text)


@pytest.mark.parametrize(
    "text",
    ["you@example.com", "a@b.com", "noreply@firm.de", "git@github.com", "icon@2x.png", "user@localhost", "x@y", "@a.de",
     "a@site.test", "1@users.noreply.github.com", "a" * 200, "@" * 50],
)  # fmt: skip
def test_no_addresses(text: str) -> None:
    assert not real_email(text)


@pytest.mark.parametrize("text", ["+49 30 1234567", "(030) 555 01 47", "0151-2345678", "+1 (212) 867-5309 x12"])
def test_phones(text: str) -> None:
    assert phone(text)


@pytest.mark.parametrize("text", ["123-456-7890", "2024-05-01 10:00", "12.5", "1234", "0.4539123456", "abc", "1" * 20])
def test_no_phones(text: str) -> None:
    assert not phone(text)


@pytest.mark.parametrize(
    "text", ["Ann Berg", "Braund, Mr. Owen Harris", "José Núñez", "Mary-Jane O'Neil", "Ludwig van Beek"]
)
def test_people(text: str) -> None:
    assert person(text)


@pytest.mark.parametrize(
    "text",
    ["New York", "Random Forest", "United States", "oslo", "Acme Inc", "Main Street", "North Dakota", "A", "12 Oaks"],
)
def test_no_people(text: str) -> None:
    assert not person(text)


@pytest.mark.parametrize("text", ["84.12.33.7", "91.198.174.192"])
def test_public_addresses(text: str) -> None:
    assert public_ip(text)


@pytest.mark.parametrize(
    "text",
    ["10.0.0.1", "192.168.1.1", "127.0.0.1", "8.8.8.8", "2.1.0", "256.1.1.1", "0.0.0.0", "172.20.1.1", "203.0.113.9"],
)
def test_other_addresses(text: str) -> None:
    assert not public_ip(text)


def complete(prefix: str, is_valid: Callable[[str], bool], alphabet: str = string.digits, length: int = 1) -> str:
    """The first completion of a prefix that the validator accepts, so that no real number stands in this file."""
    for number in range(len(alphabet) ** length):
        tail = "".join(alphabet[number // len(alphabet) ** place % len(alphabet)] for place in range(length))
        if is_valid(prefix + tail):
            return prefix + tail
    raise AssertionError(prefix)


VALIDATORS: list[Any] = [
    pytest.param(checksums.card, "453201511283036", string.digits, 1, 0.02, id="card"),
    pytest.param(checksums.iban, "DE", string.digits, 0, 0.0, id="IBAN"),
    pytest.param(checksums.aadhaar, "29341567890", string.digits, 1, 0.1, id="Aadhaar"),
    pytest.param(checksums.nhs, "943476591", string.digits, 1, 0.12, id="NHS"),
    pytest.param(checksums.cpf, "529982247", string.digits, 2, 0.02, id="CPF"),
    pytest.param(checksums.dni, "12345678", string.ascii_uppercase, 1, 0.06, id="DNI"),
    pytest.param(checksums.chinese_id, "11010519491231002", string.digits + "X", 1, 0.11, id="Chinese id"),
    pytest.param(checksums.pesel, "4405140135", string.digits, 1, 0.11, id="PESEL"),
]


@pytest.mark.parametrize(("is_valid", "prefix", "alphabet", "length", "share"), VALIDATORS)
def test_check_digits(is_valid: Callable[[str], bool], prefix: str, alphabet: str, length: int, share: float) -> None:
    if not length:
        digits = "370400440532013000"
        check = 98 - int(digits + "131400") % 97
        assert is_valid(f"DE{check:02}{digits}")
        assert not is_valid(f"DE{check + 1:02}{digits}")
        return
    good = complete(prefix, is_valid, alphabet, length)
    others = [good[:-1] + other for other in alphabet if other != good[-1]]
    assert not any(map(is_valid, others))
    assert not is_valid("")


@pytest.mark.parametrize("is_valid", [validator.is_valid for validator in checksums.COLUMN_VALIDATORS])
@given(text=st.text(max_size=25) | st.from_regex(r"[\dA-Z -]{5,24}", fullmatch=True))
def test_check_digits_never_fail(is_valid: Callable[[str], bool], text: str) -> None:
    assert is_valid(text) in (True, False)


def test_optional_validators_are_wrapped() -> None:
    pytest.importorskip("stdnum")
    chance = random.Random(1)
    for validator in checksums.OPTIONAL_VALIDATORS:
        for _ in range(200):
            text = "".join(chance.choices(string.digits + "X-", k=chance.randrange(20)))
            assert validator.is_valid(text) in (True, False)


@pytest.mark.parametrize("validator", checksums.OPTIONAL_VALIDATORS, ids=lambda validator: validator.label)
def test_what_is_valid_also_fits(validator: checksums.Validator) -> None:
    pytest.importorskip("stdnum")
    chance = random.Random(7)
    valid = 0
    for _ in range(4000):
        date = f"{chance.randrange(100):02}{chance.randrange(13):02}{chance.randrange(29):02}"
        length = chance.choice([*validator.digits])  # type: ignore[misc]
        head = chance.choice(
            [date, date[::-1], "19" + date, chance.choice("123456") + date, "756", date[4:] + date[2:4]]
        )
        text = (head + "".join(chance.choices(string.digits, k=length)))[:length]
        if validator.is_valid(text):
            valid += 1
            assert validator.fits(text, length)
            assert validator.fits(f"{text[:6]}-{text[6:]}", length)
    assert valid


def column(header: str, values: list[str]) -> dict[str, Any]:
    return nb.display(html=people.html_table({header: values, "n": [1.5] * len(values)}))


def ibans(count: int) -> list[str]:
    numbers = [f"3704004405320{number:05}" for number in range(count)]
    return [f"DE{98 - int(digits + '131400') % 97:02}{digits}" for digits in numbers]


COLUMNS: list[Any] = [
    pytest.param("x1", ibans(6), {"personal-data"}, id="IBANs under another name"),
    pytest.param("x1", people.emails(6), {"personal-data"}, id="addresses under another name"),
    pytest.param("x1", [f"+49 30 12345{n}7" for n in range(6)], {"personal-data"}, id="written phone numbers"),
    pytest.param("x1", [f"12{n}-45-678{n}" for n in range(4, 9)], {"personal-data"}, id="social security numbers"),
    pytest.param(
        "x1", [str(4_000_000_000_000_000 + n * 7919) for n in range(9)], set(), id="long numbers that are no cards"
    ),
    pytest.param("x1", [f"0.4539{n}12345678901" for n in range(9)], set(), id="fractions"),
    pytest.param("ts", [str(1_700_000_000_000 + n) for n in range(9)], set(), id="milliseconds"),
    pytest.param("id", [str(10**17 + n * 7) for n in range(9)], set(), id="64-bit ids"),
    pytest.param("email", ["0", "1", "1", "0", "1"], set(), id="flags under the name of an address"),
    pytest.param("phone", ["iPhone", "Pixel", "Galaxy", "Nokia", "Fairphone"], set(), id="models of phones"),
    pytest.param("address", ["0x7f00", "0x7f01", "0x7f02", "0x7f03", "0x7f04"], set(), id="addresses in memory"),
    pytest.param("diagnosis", ["M", "B", "M", "B", "B"], set(), id="one-letter diagnosis"),
    pytest.param("name", ["svm", "knn", "tree", "bayes", "forest"], set(), id="names of models"),
    pytest.param("name", list(people.NAMES[:5]), {"personal-data"}, id="names of people"),
    pytest.param("name", ["Chile", "New Zealand", "Peru", "South Korea", "Oman"], set(), id="names of countries"),
    pytest.param("income", ["<=50K", ">50K", "<=50K", ">50K", "<=50K"], set(), id="classes of income"),
    pytest.param("zip", ["10115", "20095", "80331", "50667", "60311"], set(), id="postcodes alone"),
    pytest.param("ssn", ["***-**-1234"] * 5, set(), id="masked numbers"),
    pytest.param("email", ["5d41402abc4b2a76b9719d911017c592"] * 5, set(), id="hashed addresses"),
]


@pytest.mark.parametrize(("header", "values", "expected"), COLUMNS)
def test_columns(header: str, values: list[str], expected: set[str]) -> None:
    found = nb.rules(nb.check_output(column(header, values)), Level.WARNING)
    assert found & {"personal-data"} == expected


def test_weak_columns_speak_together() -> None:
    statistics = {"gender": ["M", "Female", "Male", "F", "Male"], "income": ["52000"] * 5}
    assert "personal-data" not in nb.rules(nb.check_output(nb.display(html=people.html_table(statistics))))
    with_id = {"customer_id": [str(n) for n in range(5)], **statistics}
    assert "personal-data" in nb.rules(nb.check_output(nb.display(html=people.html_table(with_id))), Level.ERROR)


@given(st.text(max_size=60))
def test_masks_keep_little(value: str) -> None:
    kept = [character for character in masked(value) if character not in "…@. "]
    assert len(kept) <= max(3, 8 if "@" in value else 3)


@pytest.mark.parametrize("value", [*people.NAMES, *people.emails(), "+49 30 1234567", ibans(1)[0], "12 Main Street"])
def test_masks_hide_the_value(value: str) -> None:
    assert value not in masked(value)


def test_headers_that_are_values_are_masked() -> None:
    assert people.emails(1)[0] not in safe_header(people.emails(1)[0])
    assert "5551234" not in safe_header("call 5551234")
    assert safe_header("x" * 500).endswith("…")
    assert safe_header("2024") == "2024"
    assert coarse("48.137154") == "48.1…"


def test_people_as_columns_are_not_repeated() -> None:
    pivot = {mail: [1.5] * 6 for mail in people.emails(4)}
    for finding in nb.check_output(nb.display(html=people.html_table({"city": list(people.CITIES[:6]), **pivot}))):
        assert not any(mail in str(finding) for mail in people.emails(4))
