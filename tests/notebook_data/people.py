"""Invented people, and the tables they stand in."""

from __future__ import annotations

from typing import Any

MAIL = "mailbox" + ".org"
NAMES = ("Ann Berg", "Bob Castle", "Cleo Durand", "Dan Evers", "Eve Fischer", "Fay Grant", "Gus Hale", "Ida Jansen")
CITIES = ("Oslo", "Lyon", "Graz", "Turin", "Ghent", "Porto", "Malmo", "Cork")
NOTES = (
    "asked for a refund twice",
    "moved house in May",
    "likes the old plan",
    "called about the bill",
    "wants to cancel",
    "paid late in June",
    "new contract sent",
    "complained about noise",
)


def emails(count: int = 8) -> list[str]:
    return [f"{name.split()[0].lower()}.{name.split()[1].lower()}@{MAIL}" for name in NAMES[:count]]


def customers(count: int = 8) -> dict[str, list[Any]]:
    return {
        "customer_name": list(NAMES[:count]),
        "email": emails(count),
        "amount": [10.5 + index for index in range(count)],
    }


def shops(count: int = 8) -> dict[str, list[Any]]:
    """Records with text and without people."""
    return {
        "city": list(CITIES[:count]),
        "remark": list(NOTES[:count]),
        "amount": [10.5 + index for index in range(count)],
    }


def html_table(
    columns: dict[str, list[Any]], opening: str = '<table border="1" class="dataframe">', index: bool = True
) -> str:
    """A table as pandas writes it."""
    head = ("<th></th>" if index else "") + "".join(f"<th>{name}</th>" for name in columns)
    rows = zip(*columns.values(), strict=True)
    body = "".join(
        "<tr>" + (f"<th>{number}</th>" if index else "") + "".join(f"<td>{value}</td>" for value in row) + "</tr>"
        for number, row in enumerate(rows)
    )
    return f"{opening}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def grid(columns: dict[str, list[Any]]) -> str:
    """A grid as Spark's `show` and PrettyTable print it."""
    rows = [list(columns), *([str(value) for value in row] for row in zip(*columns.values(), strict=True))]
    widths = [max(len(row[index]) for row in rows) for index in range(len(columns))]
    rule = "+" + "+".join("-" * width for width in widths) + "+"
    lines = ["|" + "|".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + "|" for row in rows]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule]) + "\n"


def box(columns: dict[str, list[Any]], types: tuple[str, ...], *, between: str = "│") -> str:
    """A box as polars and DuckDB print it."""
    rows = [list(columns), list(types), *([str(value) for value in row] for row in zip(*columns.values(), strict=True))]
    widths = [max(len(row[index]) for row in rows) + 2 for index in range(len(columns))]
    lines = [
        "│" + between.join(f" {cell}".ljust(width) for cell, width in zip(row, widths, strict=True)) + "│"
        for row in rows
    ]
    top, middle, bottom = (
        left + cross.join("─" * width for width in widths) + right for left, cross, right in ("┌┬┐", "├┼┤", "└┴┘")
    )
    return "\n".join([top, lines[0], lines[1], middle, *lines[2:], bottom])


def records(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
