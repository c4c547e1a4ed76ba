"""Files that libraries write for honest people: next to nothing may be said about them."""

from __future__ import annotations

import warnings

import pytest
from honest import FAMILIES

from mlhooks.core.files import Blob
from mlhooks.core.finding import Level, Unscannable
from mlhooks.unsafe_models import HOOK

# What is flagged all the same, with the reason. Names are those of `honest`, up to the first comma or dot.
FLAGGED: dict[str, str] = {}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_hook_keeps_quiet(family: str) -> None:
    options = {option.name: option.default for option in HOOK.options}
    complaints: dict[str, list[str]] = {}
    count = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            files = list(FAMILIES[family]())
    except ImportError as error:
        pytest.skip(f"{error.name} is not installed")
    for name, data in files:
        count += 1
        messages = []
        try:
            messages = [
                found.message for found in HOOK.check(Blob(name, data), options) if found.level >= Level.WARNING
            ]
        except Unscannable as error:
            messages.append(str(error))
        if messages:
            complaints[name] = messages
    assert {name: said for name, said in complaints.items() if name.split(",")[0].split(".")[0] not in FLAGGED} == {}
    assert len(complaints) <= count / 100
