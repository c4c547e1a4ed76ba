"""Which reader a file gets."""

from __future__ import annotations

import re

import pytest

from mlhooks.formats.dependency import COMMON, PLACES, place_of

FOLDERS = ["", "a/", "./", "/a/b/", "requirements/", "reqs/x/", "constraints/", ".github/workflows/", "conda-env/"]
FOLDERS += ["requirements.txt/", "a.in/", "Dockerfile/", ".env/", "x.py/", "conda-lock.yml/", "a\n/"]


@pytest.mark.parametrize("name", COMMON)
def test_common_names_get_the_reader_that_the_pattern_gives_them(name: str) -> None:
    for folder in FOLDERS:
        match = re.search(PLACES, folder + name)
        assert match is not None
        by_pattern = [group for group, text in match.groupdict().items() if text is not None]
        assert by_pattern == [place_of(folder + name)], folder
