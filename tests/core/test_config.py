"""The configuration file: defaults of options, and nothing that could switch a check off by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
import toy

from mlhooks.core import config

SHA = "0" * 64


def load(tmp_path: Path, text: str) -> config.Settings:
    path = tmp_path / "pyproject.toml"
    path.write_text(text)
    return config.load(str(path), [toy.HOOK], ["toy", "other"])["toy"]


def test_every_kind_of_value_is_read(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        f"""
        [tool.mlhooks.toy]
        strict = true
        most = 5
        style = "fancy"
        kinds = ["a"]
        table = ["x", {{name = "y"}}]
        exclude = ["docs/**"]
        allow = [{{path = "old/*.txt", rule = "bad-word", reason = "legacy"}}, {{sha256 = "{SHA}", reason = "ours"}}]
        [tool.mlhooks.other]
        anything = 1
        """,
    )
    assert settings.options == {
        "strict": True,
        "most": 5,
        "style": "fancy",
        "kinds": ("a",),
        "table": ("x", {"name": "y"}),
    }
    assert settings.exclude == ("docs/**",)
    assert [entry.reason for entry in settings.allow] == ["legacy", "ours"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("[tool.mlhooks.tooy]", "is no hook", id="a misspelled hook"),
        pytest.param("[tool.mlhooks.toy]\nstrikt = true", "has no option 'strikt'", id="a misspelled key"),
        pytest.param("[tool.mlhooks.toy]\nstrict = 1", "must be true or false", id="a number for a yes or no"),
        pytest.param("[tool.mlhooks.toy]\nmost = true", "must be a whole number", id="True is no number"),
        pytest.param("[tool.mlhooks.toy]\nstyle = 'odd'", "must be one of plain, fancy", id="an unknown choice"),
        pytest.param("[tool.mlhooks.toy]\nkinds = 'a'", "must be a list of texts", id="a text for a list"),
        pytest.param("[tool.mlhooks.toy]\nkinds = ['c']", "must be one of a, b", id="an unknown choice in a list"),
        pytest.param(
            "[tool.mlhooks.toy]\nexclude = ['x[b-a]']", "is no glob: bad character range", id="a class the wrong way"
        ),
        pytest.param("[tool.mlhooks.toy]\nallow = [{path = '[b-a]', reason = 'x'}]", "is no glob", id="in an entry"),
        pytest.param("[tool.mlhooks.toy]\nexclude = 'docs'", "must be a list", id="exclude as a text"),
        pytest.param("[tool.mlhooks.toy]\nallow = [{path = 'x'}]", "needs a reason", id="no reason"),
        pytest.param("[tool.mlhooks.toy]\nallow = [{path = 'x', reason = ' '}]", "needs a reason", id="blank reason"),
        pytest.param("[tool.mlhooks.toy]\nallow = [{reason = 'x'}]", "path or a sha256", id="neither path nor hash"),
        pytest.param(
            "[tool.mlhooks.toy]\nallow = [{path = 'x', rule = 'bad-wurd', reason = 'y'}]",
            "has no rule 'bad-wurd'",
            id="a misspelled rule",
        ),
        pytest.param("[tool.mlhooks.toy]\nallow = [{sha = 'x', reason = 'y'}]", "has no key 'sha'", id="a wrong key"),
        pytest.param("[tool.mlhooks.toy]\nallow = [{sha256 = 'x', reason = 'y'}]", "64 hexadecimal", id="a bad hash"),
        pytest.param("[tool.mlhooks.toy]\nallow = 'x'", "allow must be a list", id="allow as a text"),
        pytest.param("[tool]\nmlhooks = 3", "must be a table", id="a number for the whole table"),
        pytest.param("[tool.mlhooks]\ntoy = 3", "must be a table", id="a number for the hook's table"),
        pytest.param("[tool.mlhooks.toy\n", "not valid TOML", id="broken TOML"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(config.ConfigError, match=reason):
        load(tmp_path, text)


def test_the_nearest_file_with_a_table_is_found_up_to_the_top_of_the_work_tree(tmp_path: Path) -> None:
    top = tmp_path / "repo"
    deep = top / "packages" / "a"
    deep.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.mlhooks.toy]\n")
    assert config.find(str(deep)) is None, "outside of git only the folder itself is looked at"
    (top / ".git").mkdir()
    assert config.find(str(deep)) is None, "never above the work tree"
    (top / "pyproject.toml").write_text("[tool.mlhooks.toy]\nmost = 1\n")
    (deep / "pyproject.toml").write_text("[project]\nname = 'mlhooks-user'\n")
    assert config.find(str(deep)) == str(top / "pyproject.toml")


@pytest.mark.parametrize(
    ("pattern", "path", "is_match"),
    [
        pytest.param("*.ipynb", "a/b.ipynb", True, id="no slash: any depth"),
        pytest.param("docs", "a/docs/b.py", True, id="a folder's name: all in it"),
        pytest.param("docs/", "docs/b.py", True, id="a trailing slash"),
        pytest.param("docs/*.py", "docs/a/b.py", False, id="one star stays in its folder"),
        pytest.param("docs/**", "docs/a/b.py", True, id="two stars do not"),
        pytest.param("**/b.py", "b.py", True, id="two stars match no folder as well"),
        pytest.param("a/**/b.py", "a/b.py", True, id="two stars in the middle"),
        pytest.param("docs/x.py", "a/docs/x.py", False, id="a slash anchors it"),
        pytest.param("/x.py", "a/x.py", False, id="so does a leading one"),
        pytest.param("x[0-9].py", "x5.py", True, id="a class of characters"),
        pytest.param("x[!0-9].py", "x5.py", False, id="a negated class"),
        pytest.param("a?.py", "ab.py", True, id="one character"),
        pytest.param("a.py", "axpy", False, id="a dot is a dot"),
        pytest.param("./docs/*.py", "docs/b.py", True, id="a leading dot is the folder itself"),
        pytest.param("./x.py", "a/x.py", False, id="and anchors"),
        pytest.param("doc", "docs/x.py", False, id="no match inside a name"),
    ],
)
def test_globs(pattern: str, path: str, is_match: bool) -> None:
    assert config.matches(path, [pattern]) is is_match
