"""Waivers that live in metadata: `"mlhooks": {"ignore": ["dataframe-output"], "reason": "..."}`."""

from __future__ import annotations

from typing import Any, NamedTuple

from mlhooks.notebook_data.rules import RULES

_RULE_IDS = frozenset(rule.id for rule in RULES)


class Waiver(NamedTuple):
    """Which rules are accepted, and why."""

    rules: frozenset[str]
    reason: str


NONE = Waiver(frozenset(), "")


def read_waiver(metadata: dict[str, Any], where: str, problems: list[str]) -> Waiver:
    """The waiver in the metadata of a cell or of the notebook.

    One that is written wrong waives nothing, and what is wrong with it is added to `problems`. Rules of other hooks are
    none of ours: there is no place for them here, so they count as unknown.
    """
    if "mlhooks" not in metadata:
        return NONE
    entry = metadata["mlhooks"]
    problem = _problem(entry)
    if problem:
        problems.append(f"{where}: the waiver in the metadata {problem}")
        return NONE
    return Waiver(frozenset(entry["ignore"]), entry["reason"].strip())


def _problem(entry: Any) -> str:
    example = 'write {"ignore": ["rule-id"], "reason": "..."}'
    if not isinstance(entry, dict):
        return f"is no object; {example}"
    unknown = sorted(entry.keys() - {"ignore", "reason"})
    if unknown:
        return f"has a key that means nothing: {unknown[0][:40]!r}; {example}"
    rules = entry.get("ignore")
    if not isinstance(rules, list) or not rules or not all(isinstance(rule, str) for rule in rules):
        return f"names no rule; {example}"
    strangers = [rule for rule in rules if rule not in _RULE_IDS]
    if strangers:
        return f"names a rule that does not exist: {strangers[0][:60]!r}; `mlhooks explain notebook-data` shows them"
    reason = entry.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        return f"gives no reason; {example}"
    return ""
