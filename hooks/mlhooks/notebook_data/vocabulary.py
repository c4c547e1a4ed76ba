"""Words: what columns are called that hold results, and what columns are called that hold people."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from mlhooks.formats.patterns import lazy

STRONG, MEDIUM, WEAK = 3, 2, 1


class Family(NamedTuple):
    """A family of column names that speak of people.

    `weight` is what one such column says alone: `STRONG` is personal data, `MEDIUM` is a warning, `WEAK` counts only
    beside another family. `phrases` are whole words of a normalised name, in any of the languages below.
    """

    name: str
    weight: int
    phrases: frozenset[tuple[str, ...]]


def _family(name: str, weight: int, phrases: str) -> Family:
    return Family(name, weight, frozenset(tuple(phrase.split()) for phrase in phrases.split(",") if phrase.strip()))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# English, Spanish, German, French, Portuguese, Italian; the commonest names in Dutch, Polish, Swedish, Turkish,
# Russian, Chinese, Japanese and Korean.
FAMILIES = (
    _family(
        "e-mail",
        STRONG,
        "email, e mail, mail, email address, mail address, emailaddress, correo, correo electronico, courriel, "
        "adresse mail, posta elettronica, emailadresse, mailadresse, endereco de email, "
        "e post, eposta, электронная почта, почта, 邮箱, 電子郵件, 电子邮箱, 电子邮件, メール, メールアドレス, 이메일",
    ),
    _family(
        "phone",
        STRONG,
        "phone, phone number, phone no, phonenumber, telephone, tel, tel no, mobile, mobile number, mobile phone, "
        "cell phone, "
        "cellphone, cell number, fax, fax number, msisdn, contact number, whatsapp, telefon, telefonnummer, handy, "
        "handynummer, mobilnummer, telefono, movil, celular, telefone, telemovel, portable, cellulare, "
        "numero telefono, telefoonnummer, numer telefonu, telefonnr, телефон, номер телефона, 电话, "
        "電話, 手机, 手机号, 手机号码, 联系电话, 電話番号, 전화번호, 휴대폰",
    ),
    _family(
        "national id",
        STRONG,
        "ssn, social security, social security number, national id, national insurance, nino, nhs no, nhs number, "
        "passport, passport no, passport number, aadhaar, aadhar, cpf, pesel, tax id, taxid, tin, driver license, "
        "drivers license, driver licence, driving licence, license number, dni, nif, nie, cedula, rfc, curp, "
        "steuer id, steuernummer, sozialversicherungsnummer, personalausweis, codice fiscale, numero securite sociale, "
        "nir, bsn, rut, cnp, personnummer, burgerservicenummer, снилс, инн, паспорт, "
        "身份证, 身份证号, 身份证号码, マイナンバー, 주민등록번호",
    ),
    _family(
        "name",
        STRONG,
        "first name, firstname, last name, lastname, full name, fullname, given name, givenname, family name, "
        "familyname, middle name, maiden name, surname, forename, user name, username, customer name, customername, "
        "patient name, contact name, display name, displayname, employee name, client name, student name, member name, "
        "person name, owner name, author name, passenger name, cardholder, cardholder name, account holder, nickname, "
        "vorname, nachname, familienname, kundenname, benutzername, nombre completo, nombre, apellido, "
        "apellidos, prenom, "
        "nom, nom de famille, nome, nome completo, cognome, sobrenome, "
        "voornaam, achternaam, imie, imię, nazwisko, fornamn, efternamn, soyad, "
        "имя, фамилия, отчество, фио, клиент, 姓名, 客户姓名, 氏名, 名前, 성명",
    ),
    _family(
        "bare name",
        MEDIUM,
        "name, names, customer, patient, employee, kunde, patientin, client, person, cliente, "
        "contact, passenger, resident, tenant, applicant",
    ),
    _family(
        "birth date",
        STRONG,
        "dob, date of birth, birth date, birthdate, birthday, born, geburtsdatum, geburtstag, fecha nacimiento, "
        "fecha de nacimiento, date de naissance, date naissance, data de nascimento, data nascimento, data di nascita, "
        "geboortedatum, data urodzenia, дата рождения, 出生日期, 生年月日, 생년월일",
    ),
    _family(
        "address",
        STRONG,
        "address, address line, addr, street, street address, street name, home address, mailing address, billing "
        "address, shipping address, postal address, incident address, strasse, straße, anschrift, adresse, direccion, "
        "calle, endereco, rua, indirizzo, domicilio, rue, woonadres, adres, адрес, 地址, 住址, 住所, 주소",
    ),
    _family(
        "postcode",
        WEAK,
        "zip, zip code, zipcode, postcode, post code, postal code, postalcode, incident zip, plz, postleitzahl, "
        "codigo postal, code postal, cep, cap",
    ),
    _family("latitude", WEAK, "lat, latitude, breitengrad, latitud, latitudine"),
    _family("longitude", WEAK, "lon, lng, long, longitude, laengengrad, längengrad, longitud, longitudine"),
    _family("position", WEAK, "geometry, location, coordinates, gps, geo, geopoint, coords"),
    _family(
        "IP address",
        MEDIUM,
        "ip, ip addr, ip address, ipaddress, client ip, remote addr, remote ip, user ip, src ip, source ip",
    ),
    _family(
        "health",
        STRONG,
        "mrn, medical record, medical record number, patient id, patientid, diagnosis, diagnoses, icd, icd code, "
        "icd10, diagnose, diagnostico, diagnostic, medication, health plan",
    ),
    _family(
        "account",
        STRONG,
        "card no, card number, cardnumber, credit card, credit card number, cc number, cc num, iban, account no, "
        "account number, acct, acct no, cvv, cvc, bic, kontonummer, kreditkarte, tarjeta, numero cuenta",
    ),
    _family("income", WEAK, "salary, income, wage, annual salary, annual income, gehalt, salario, salaire, stipendio"),
    _family(
        "person id",
        WEAK,
        "user id, userid, customer id, customerid, member id, memberid, employee id, employeeid, student id, "
        "studentid, person id, personid, client id, clientid, subject id, passenger id, passengerid, kundennummer, "
        "kunden id, id cliente",
    ),
    _family(
        "special category",
        WEAK,
        "gender, sex, race, ethnicity, religion, marital status, marital, sexual orientation, union membership, "
        "geschlecht, genero, sexo, sexe, sesso, familienstand, nationality",
    ),
)

_BY_PHRASE = {phrase: family for family in FAMILIES for phrase in family.phrases}
_FAMILY_WORDS = frozenset(word for phrase in _BY_PHRASE for word in phrase)
_LONGEST_PHRASE = max(map(len, _BY_PHRASE))

# Beside one of these a word no longer names a value of a person: `email_count`, `is_phone_verified`, `name_length`.
_ABOUT = _words(
    """
    term terms text run form
    count counts length len size num n nb sent opened clicked type types flag is has had verified rate valid
    validated domain hash hashed md5 sha sha256 embedding embeddings encoded encoding vector vec score status opt
    optin provider total avg average mean median min max std sum per missing null nulls share pct percent percentage
    ratio freq frequency distance change diff prediction pred predicted prob probability token tokens dim file
    column col dataset model layer feature class category group bucket bin level rank index idx list event company
    product brand country city region state species station team item
    """
)
_WORDS = lazy(r"[^\W\d_]+", re.UNICODE)
_HUMP = lazy(r"(?<=[a-zß-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ACCENTS = str.maketrans("áàâãçéèêëíìîïñóòôõúùûýÁÀÂÃÇÉÈÊËÍÌÎÏÑÓÒÔÕÚÙÛÝ", "aaaaceeeeiiiinoooouuuyAAAACEEEEIIIINOOOOUUUY")


@lru_cache(maxsize=1024)  # tables of one project call their columns alike
def words(header: str) -> tuple[str, ...]:
    """A column name as lower-case words: digits, signs and humps are gone.

    >>> words("customerFirst_Name2")
    ('customer', 'first', 'name')
    """
    if header.isdecimal():
        return ()
    if header.islower() and header.isascii():
        return tuple(_WORDS.findall(header[:100]))
    plain = header[:100].translate(_ACCENTS)
    return tuple(word.lower() for word in _WORDS.findall(_HUMP.sub(" ", plain)))


def family_of(tokens: tuple[str, ...]) -> Family | None:
    """The family that a column name, given in words, belongs to, or None. The longest phrase of whole words wins."""
    if _FAMILY_WORDS.isdisjoint(tokens):
        return None
    for length in range(min(len(tokens), _LONGEST_PHRASE), 0, -1):
        for start in range(len(tokens) - length + 1):
            family = _BY_PHRASE.get(tokens[start : start + length])
            if family is None:
                continue
            if _ABOUT.isdisjoint(tokens[:start] + tokens[start + length :]) and _stands_alone(family, tokens, length):
                return family
    return None


def _stands_alone(family: Family, tokens: tuple[str, ...], length: int) -> bool:
    """Words that mean something else in company: `name` in `variable name`, `mail` in `mail class`."""
    if family.weight == STRONG and length > 1:
        return True
    return len(tokens) - length <= (0 if family.name in _ALONE else 1)


_ALONE = frozenset(("bare name", "income", "special category", "position", "person id"))

METRIC_WORDS = _words(
    """
    name build channel mode filesystem used avail use mounted on free shared buff cache available pid command
    epoch epochs step steps iter iteration iterations batch loss losses train training valid val validation test
    eval accuracy acc f precision recall support auc roc rmse mae mse mape r rsquared bleu rouge rougel rougelsum
    meteor wer cer perplexity ppl runtime time lr learning rate error samples per second model models metric metrics
    mean std stdev rank param params score scores split fit sec seconds min max macro micro avg weighted fold k
    threshold sec it speed gpu memory mem flops latency throughput algorithm classifier estimator method pearson
    spearman kappa mcc logloss silhouette inertia gain kl reward episode return grad norm balanced specificity
    sensitivity dice iou map ndcg hits em exact match bertscore chrf comet sacrebleu ter gen generation trial trials
    value values seed trainable layer output shape connected type dtype non null nonnull column columns missing
    percent percentage pct count counts unique top freq proportion frequency feature features importance importances
    coef coefficient coefficients coeff stderr err p pvalue z t statistic stat vif variance explained cumulative
    confidence interval lower upper ci ratio baseline speedup duration elapsed wall cpu total variable package
    version installed parameter parameters hyperparameter setting config started completed failed parse parsed
    dataset size number num n of the vs dev best worst average median correlation corr skew kurtosis sum q nan nans
    zeros distinct cardinality normalized normalised pre rec tp fp fn tn tpr fpr fnr self tasks shot filter groups
    actual predicted prediction predictions pred preds expected truth true y target probability probabilities prob proba
    logit logits residual residuals correct
    """
)
# What is measured: the words for the rows of a table of results. A name alone may be anybody's.
SUBJECTS = _words(
    """
    name names model models method methods algorithm algorithms classifier classifiers estimator regressor
    network net architecture arch backbone encoder decoder variant approach strategy baseline experiment exp
    run trial class classes category label labels task tasks benchmark dataset datasets subset split fold
    metric eval library package framework backend engine device gpu hardware machine dtype quantization
    optimizer scheduler activation loss kernel format query tokenizer prompt config configuration setting
    version implementation compression codec download weights checkpoint ckpt link url paper status loc test
    type size
    """
)
FEATURES = _words(
    "feature features variable variables predictor predictors covariate attribute regressor term specs ablation "
    "algorithm algorithms classifier estimator architecture backbone optimizer hyperparameter hyperparameters"
)
MEASURES = _words(
    """
    accuracy acc precision prec recall auc roc f loss losses score scores rmse mse mae mape rsquared r bleu
    rouge wer cer map iou dice kappa mcc perplexity ppl error importance gain coef correlation rank average
    support instances images samples sec secs second seconds ms us ns time runtime latency throughput speedup
    flops gflops fps memory mem mb gb params
    rows examples sentences tokens files
    """
)
LEGENDS = _words("class classes label labels category categories id ids idx index name names code target")
# What trackers of experiments put before the names of settings and results.
RUN_PREFIXES = ("param_", "params_", "params.", "metrics.", "config/", "config.", "hparams.", "hparams/", "summary.")
DESCRIBE_LABELS = _words("count mean std min 25% 50% 75% max unique top freq null_count median sum nunique")
MODEL_COLUMNS = _words(
    # What pipelines of model hubs return: predictions, not records.
    "label score entity entity_group word index start end answer sequence token token_str generated_text "
    "translation_text summary_text box mask xmin ymin xmax ymax input_ids attention_mask token_type_ids loss "
    "learning_rate epoch step grad_norm labels scores text_labels logits"
)


def is_metric(tokens: tuple[str, ...]) -> bool:
    """Whether every word of a column name is one that results are called by."""
    return bool(tokens) and METRIC_WORDS.issuperset(tokens)
