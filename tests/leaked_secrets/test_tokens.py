"""Every shape of the table, in every place in which tokens leak; and the near misses that must stay quiet."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from contexts import CONTEXTS, WITHOUT_WORD, Context
from tokens import ALL_SHAPES, token_of, value_of

from mlhooks.core.files import Blob
from mlhooks.core.finding import Finding, Level
from mlhooks.leaked_secrets import HOOK
from mlhooks.leaked_secrets.assigned import NAMED
from mlhooks.leaked_secrets.matching import SHAPES
from mlhooks.leaked_secrets.shape import Shape

ONE_LINE = [shape for shape in ALL_SHAPES if shape.id not in ("private-key", "putty-key", "slack-webhook")]


def check(path: str, text: str) -> list[Finding]:
    return list(HOOK.check(Blob(path, text.encode()), {}))


def word_of(shape: Shape) -> str:
    return next((word for word in shape.near if word.isalpha()), shape.near[0] if shape.near else "")


@pytest.mark.parametrize("shape", [pytest.param(shape, id=shape.id) for shape in ALL_SHAPES])
def test_a_token_of_every_shape_is_found_at_its_place(shape: Shape) -> None:
    random = Random(shape.id)
    rule = next(rule for rule, other in SHAPES if other is shape)
    for _ in range(5):
        token = token_of(shape, random)
        found = check("a.py", f'# {" ".join(shape.near)}\nvalue = f("{token}")\n')
        assert [finding.rule for finding in found] == [rule], token[:8]
        assert (found[0].location.line, found[0].location.column) == (2, 12), token[:8]


@pytest.mark.parametrize(
    ("context", "name"), [pytest.param(context, name, id=name) for name, context in CONTEXTS.items()]
)
def test_recall_is_complete_in_every_context(context: Context, name: str) -> None:
    missed = []
    for shape in ONE_LINE:
        if shape.near and name in WITHOUT_WORD:
            continue
        random = Random(name + shape.id)
        token = token_of(shape, random)
        found = check(context.path, context.write(token, word_of(shape)))
        if len(found) != 1:
            missed.append((shape.id, len(found)))
    assert not missed


@pytest.mark.parametrize("shape", [pytest.param(shape, id=shape.id) for _, shape in NAMED])
def test_a_value_that_only_its_name_tells_is_found(shape: object) -> None:
    rule, shape = next((rule, other) for rule, other in NAMED if other is shape)
    value = value_of(shape, Random(shape.id))
    name = f"{shape.names[0].upper()}_API_KEY"
    for path, text in {
        "a.py": f'{name} = "{value}"\n',
        "b.py": f'os.environ["{name}"] = "{value}"\n',
        "c.py": f'client = Client({name.lower()}="{value}")\n',
        ".env": f"{name}={value}\n",
        "a.yaml": f"  {name.lower()}: {value}\n",
        "a.json": f'{{"{name}": "{value}"}}\n',
        "run.sh": f"export {name}={value}\n",
    }.items():
        found = check(path, text)
        assert [(finding.rule, finding.level >= Level.WARNING) for finding in found] == [(rule, True)], path
    for call in shape.calls:
        if call.endswith("("):
            assert [finding.rule for finding in check("a.py", f'c = {call}x=1, api_key="{value}")\n')] == [rule], call


def near_misses(shape: Shape) -> Iterator[tuple[str, str]]:
    """Texts that are almost a token of this shape, each with its reason."""
    random = Random("near " + shape.id)
    token = token_of(shape, random)
    start = next(start for start in shape.starts if start in token)
    at = token.index(start) + len(start)
    body = token[at:]
    yield "a reference", f'value = os.environ["{start}{shape.id}"]'
    yield "a template", f'value = "{token[:at]}${{TOKEN}}"'
    yield "a jinja template", f'value = "{token[:at]}{{{{ token }}}}"'
    yield "a prefix alone", f'value = "{token[:at]}"'
    yield "cut", f'value = "{token[: at + 4]}..."'
    if shape.id != "gitlab-routable":  # what stands before its dots is a whole token of the older kind
        yield "cut at its end", f'value = "{token}..."'
    # Some are as long as they like; those that begin with a sign stand behind the name of a host.
    if shape.id not in ("gitlab-routable", "jwt", "bedrock-session") and token[0].isalnum():
        yield "part of a longer word", f'value = "{token}{"Zq9" * 200}{token}"'
    if shape.lead != (0,):
        return
    yield "stars", f'value = "{token[:at]}{"*" * len(body)}"'
    yield "x", f'value = "{token[:at]}{"x" * len(body)}"'
    yield "zeros", f'value = "{token[:at]}{"0" * len(body)}"'
    yield "one letter", f'value = "{token[:at]}{"a" * len(body)}"'
    sequence = "abcdefghijklmnopqrstuvwxyz0123456789" * (len(body) // 36 + 1)
    yield "a sequence", f'value = "{token[:at]}{sequence[: len(body)]}"'
    yield "a repeated unit", f'value = "{token[:at]}{("a1b2c3d4" * len(body))[: len(body)]}"'
    yield "hex digits in order", f'value = "{token[:at]}{("0123456789abcdef" * len(body))[: len(body)]}"'
    words = "your-api-key-goes-here-" * (len(body) // 23 + 1)
    yield "words", f'value = "{token[:at]}{words[: len(body)]}"'


@pytest.mark.parametrize("shape", [pytest.param(shape, id=shape.id) for shape in ONE_LINE])
def test_near_misses_stay_quiet(shape: Shape) -> None:
    loud = [
        (reason, [finding.message for finding in found])
        for reason, text in near_misses(shape)
        if (found := check("a.py", f"# {' '.join(shape.near)}\n{text}\n"))
    ]
    assert not loud


@pytest.mark.parametrize(
    ("name", "before", "behind"),
    [
        ("telegram", "https://api.telegram.org/bot", "/sendMessage"),
        ("telegram", "https://api.telegram.org/file/bot", "/a.png"),
        ("discord-webhook", "https://discord.com", "?wait=true"),
        ("discord-webhook", "https://discordapp.com", "/slack"),
        ("teams-webhook", "https://company", "/4a7d1ed4-14ce-4b3c-a3c4-6b1d0f7f7d11"),
        ("slack-webhook", "https://", ""),
        ("github", "https://", "@github.com/a/b.git"),
        ("azure-sas", "https://a.blob.core.windows.net/c?sv=2022-11-02&se=2030-01-01&", ""),
    ],
)
def test_a_token_is_found_in_the_url_that_it_opens(name: str, before: str, behind: str) -> None:
    token = token_of(next(shape for shape in ALL_SHAPES if shape.id == name), Random(f"url {name}")).removeprefix("bot")
    assert [finding.message for finding in check("a.py", f'send("{before}{token}{behind}")\n')]
    assert not check("a.py", f'send("{before}{token[:-12]}{behind}")\n')
