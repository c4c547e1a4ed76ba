"""The table of shapes as plugins for a stock detect-secrets.

    detect-secrets scan -p "$(mlhooks leaked-secrets --plugin-file)" \\
        --disable-filter detect_secrets.filters.heuristic.is_indirect_reference \\
        --disable-filter detect_secrets.filters.heuristic.is_potential_uuid

detect-secrets runs this file by its path, so it imports nothing by a relative name. The two filters drop lines such as
`client = OpenAI(api_key="...")`, and every token that holds a UUID, before any plugin is asked.
"""

from collections.abc import Generator

from detect_secrets.plugins.base import BasePlugin as _BasePlugin

from mlhooks.leaked_secrets.matching import SHAPES as _SHAPES
from mlhooks.leaked_secrets.matching import find_tokens as _find_tokens
from mlhooks.leaked_secrets.shape import Shape as _Shape


def _plugin(shape: _Shape) -> type[_BasePlugin]:
    """A plugin class for one shape: `MlhooksGroq`. Words that must be near are looked for in the same line."""

    def analyze_string(_: object, string: str) -> Generator[str, None, None]:
        starts = [(start, shape) for start in shape.starts]
        yield from dict.fromkeys(leak.secret for leak in _find_tokens(string, starts))

    name = "Mlhooks" + "".join(part.capitalize() for part in shape.id.split("-"))
    members = {"secret_type": f"{shape.what} ({shape.id})", "analyze_string": analyze_string, "__module__": __name__}
    return type(name, (_BasePlugin,), members)


globals().update({_class.__name__: _class for _class in (_plugin(_shape) for _, _shape in _SHAPES)})
