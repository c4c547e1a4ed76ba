"""What the rules say of themselves: `mlhooks list`, `mlhooks explain`, and the README's rule sections."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from mlhooks.core.finding import Hook, Rule


def main(name: str, words: Sequence[str], load_all: Callable[[], list[Hook]]) -> int:
    """Run `mlhooks list` or `mlhooks explain RULE`; the exit status."""
    if name == "list":
        if words:
            return _usage("usage: mlhooks list")
        sys.stdout.write(listing(load_all()))
        return 0
    if len(words) != 1 or words[0].startswith("-"):
        return _usage("usage: mlhooks explain RULE")
    for hook in load_all():
        for rule in hook.rules:
            if rule.id == words[0]:
                sys.stdout.write(explanation(hook, rule))
                return 0
    return _usage(f"mlhooks: there is no rule {words[0]!r}; `mlhooks list` shows them all")


def listing(hooks: Sequence[Hook]) -> str:
    """Hooks and their rules, one line each."""
    lines = []
    for hook in hooks:
        lines.append(f"{hook.id}: {hook.summary}")
        lines += [f"  {rule.id:<28} {rule.level!s:<8} {rule.summary}" for rule in hook.rules]
    return "".join(line + "\n" for line in lines)


def explanation(hook: Hook, rule: Rule) -> str:
    """A rule for the terminal: what, why, example, instead, how to allow."""
    parts = (
        f"{rule.id} ({rule.level}, {hook.id}): {rule.summary}",
        _wrapped("Why", rule.why),
        "Example\n" + _indented(rule.example),
        _wrapped("Instead", rule.instead),
        "Allow\n" + _indented(allow_example(hook, rule)),
    )
    return "\n\n".join(parts) + "\n"


def markdown(hook: Hook) -> str:
    """The README's sections of a hook's rules: flags, why, example, instead, how to allow."""
    return "\n".join(_rule_markdown(rule) for rule in hook.rules)


def allow_example(hook: Hook, rule: Rule) -> str:
    """How to accept one finding of a rule, with a reason."""
    comment = f"# mlhooks: ignore[{rule.id}] the reason"
    entry = (
        f'[tool.mlhooks.{hook.id}]\nallow = [{{path = "path/or/*.glob", rule = "{rule.id}", reason = "the reason"}}]'
    )
    return f"{comment}\n\n{entry}"


def _rule_markdown(rule: Rule) -> str:
    return (
        f"#### `{rule.id}`\n\n"
        f"**{str(rule.level).capitalize()}.** Flags {rule.summary}.\n\n"
        f"*Why:* {rule.why}\n\n"
        f"```text\n{rule.example.rstrip()}\n```\n\n"
        f"*Instead:* {rule.instead}\n"
    )


def _wrapped(title: str, text: str) -> str:
    import textwrap

    return title + "\n" + textwrap.fill(text, 100, initial_indent="  ", subsequent_indent="  ")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in text.rstrip().split("\n"))


def _usage(message: str) -> int:
    print(message, file=sys.stderr)
    return 2
