"""Rules about the state that BUILD gives to an object of a listed class: some classes run parts of their own state.

A rule takes the state and says what is wrong with it, or "" when nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from mlhooks.unsafe_models import arrays
from mlhooks.unsafe_models.arguments import may_be_kept_for_later
from mlhooks.unsafe_models.values import Dict, Value, is_lost

if TYPE_CHECKING:
    from mlhooks.unsafe_models.judge import Judge

StateRule = Callable[["Judge", Value], str]

_SHAPES = r"(?:[A-Za-z_]\w*, )*"
_TEMPLATE = re.compile(
    rf"\ndef _parse_args\(self, ({_SHAPES}) loc=0(?:, scale=1)?\):\n    return \(\1\), loc, (?:scale|1)\n"
    rf"\ndef _parse_args_rvs\(self, \1 loc=0(?:, scale=1)?, size=None\):\n"
    rf"    return self\._argcheck_rvs\(\1 loc, (?:scale|1), size=size\)\n"
    rf"\ndef _parse_args_stats\(self, \1 loc=0(?:, scale=1)?, moments='mv'\):\n"
    rf"    return \(\1\), loc, (?:scale|1), moments\n",
    re.ASCII,
)
_PLAIN_FORMULA = re.compile(r"[\w\s~+*:|.-]*")


def _partial(judge: Judge, state: Value) -> str:
    """(function, args, keywords, attributes): takes the place of what the constructor was given."""
    is_fine = type(state) is tuple and len(state) == 4 and may_be_kept_for_later(judge, state[0])
    return "" if is_fine else "only a listed function may be kept for later"


def _bytes_io(judge: Judge, state: Value) -> str:
    """(content, position, attributes)."""
    payload = judge.view.payload(state[0]) if type(state) is tuple and len(state) == 3 else None
    if payload is None:
        return "only bytes that stand in the file can be looked into"
    judge.nest(payload, duty=False)
    return ""


def _distribution(judge: Judge, state: Value) -> str:
    """scipy's distributions run a template of theirs with exec when they are given their state.

    Before SciPy 1.6 the state was (constructor's parameters, random state). Other pairs would be taken for items.
    """
    is_old = type(state) is tuple and len(state) == 2 and _is_known(state[0]) and not isinstance(state[1], tuple | list)
    state = state[0] if is_old else state
    for key, value in _pairs(state):
        name = judge.view.text(key)
        template = judge.view.text(value) if name == "_parse_arg_template" else ""
        if name is None or template is None or (template and not _TEMPLATE.fullmatch(template)):
            return "its state holds Python code that it would run"
    return "" if _is_known(state) else "its state is unknown"


def _model_data(judge: Judge, state: Value) -> str:
    """statsmodels has patsy evaluate the formula of a model again, as Python code."""
    for key, value in _pairs(state):
        name = judge.view.text(key)
        formula = judge.view.text(value) if name == "formula" else ""
        if name is None or formula is None or not _PLAIN_FORMULA.fullmatch(formula):
            return "its state holds a formula with Python code that it would run"
    return "" if _is_known(state) else "its state is unknown"


def _noted(_judge: Judge, _state: Value) -> str:
    """Nothing is wrong with any state, but it is kept for later questions."""
    return ""


def _pairs(state: Value) -> list[tuple[Value, Value]]:
    return list(zip(state[::2], state[1::2], strict=True)) if _is_known(state) else []


def _is_known(state: Value) -> bool:
    return type(state) is Dict and not is_lost(state)


_RULES: dict[str, StateRule] = {
    "functools.partial": _partial,
    "_io.BytesIO": _bytes_io,
    "numpy.dtype": _noted,
    **dict.fromkeys(arrays.WRAPPERS, _noted),
    **dict.fromkeys(("statsmodels.base.data.ModelData", "statsmodels.base.data.PandasData"), _model_data),
}


def state_rule_for(name: str) -> StateRule | None:
    """The rule about the state of an object of this class, if there is one."""
    is_distribution = name.startswith("scipy.stats.") and not name.endswith(("frozen", "gaussian_kde"))
    return _distribution if is_distribution else _RULES.get(name)
