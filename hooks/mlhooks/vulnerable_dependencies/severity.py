"""How bad an advisory is: its CVSS score, or the word its source has for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The lowest score of the band that a word stands for: https://www.first.org/cvss/v3.1/specification-document
BANDS = (("critical", 9.0), ("high", 7.0), ("medium", 4.0), ("low", 0.1))
_WORDS = {**dict(BANDS), "moderate": 4.0}
_CLASSES = {"CVSS_V2": "CVSS2", "CVSS_V3": "CVSS3", "CVSS_V4": "CVSS4"}
MAX_VECTOR_LENGTH = 500


def band(score: float) -> str:
    """The word for a score."""
    return next((name for name, least in BANDS if score >= least), "none")


def least(word: str) -> float:
    """The lowest score that a word stands for. Raises `KeyError`."""
    return _WORDS[word]


def score(record: Mapping[str, Any], affected: Mapping[str, Any]) -> float | None:
    """The score of an OSV record for one of its packages, 0.0 to 10.0: the highest of its CVSS vectors.

    Without a vector that can be read, the word under `database_specific` decides (GitHub's records have one); without
    that the answer is None. Nobody has scored it then, which does not make it harmless.
    """
    vectors = affected.get("severity") or record.get("severity")
    scores = [_of_vector(entry) for entry in vectors if isinstance(entry, dict)] if isinstance(vectors, list) else []
    known = [value for value in scores if value is not None]
    if known:
        return max(known)
    for holder in (affected, record):
        specific = holder.get("database_specific")
        word = specific.get("severity") if isinstance(specific, dict) else None
        if isinstance(word, str) and word.lower() in _WORDS:
            return _WORDS[word.lower()]
    return None


def _of_vector(entry: Mapping[str, Any]) -> float | None:
    import cvss

    name, vector = _CLASSES.get(str(entry.get("type"))), entry.get("score")
    if name is None or not isinstance(vector, str) or len(vector) > MAX_VECTOR_LENGTH:
        return None
    try:
        return float(getattr(cvss, name)(vector).scores()[0])
    except (cvss.CVSSError, ValueError, KeyError, ArithmeticError):
        return None
