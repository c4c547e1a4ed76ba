# ruff: noqa: E501  # frozen outputs are as wide as they were printed
"""Outputs that must be found, from the real libraries where they are installed."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import nb
import people
import pytest

from mlhooks.core.finding import Level

TABLE, PEOPLE, STORED, CHART = "dataframe-output", "personal-data", "embedded-table", "chart-data"


def pandas_frame(columns: dict[str, list[Any]], **settings: Any) -> Any:
    return pytest.importorskip("pandas").DataFrame(columns, **settings)


def pandas_long() -> Any:
    return pandas_frame({key: values * 40 for key, values in people.shops().items()})


def polars_frame(columns: dict[str, list[Any]]) -> Any:
    return pytest.importorskip("polars").DataFrame(columns)


def altair_chart(columns: dict[str, list[Any]]) -> Any:
    altair = pytest.importorskip("altair")
    return altair.Chart(pandas_frame(columns)).mark_point().encode(x="amount:Q", y="amount:Q")


def many(columns: dict[str, list[Any]], times: int) -> dict[str, list[Any]]:
    return {
        key: [f"{value} {number}" if isinstance(value, str) else value for number in range(times) for value in values]
        for key, values in columns.items()
    }


def plotly_figure(**settings: Any) -> Any:
    express = pytest.importorskip("plotly.express")
    return json.loads(express.scatter(**settings).to_json())


def positions(count: int) -> list[tuple[float, float]]:
    return [(48.1 + number / 97, 11.5 + number / 89) for number in range(count)]


def folium_map() -> str:
    markers = "".join(
        f"\n  var marker_{n} = L.marker(\n  [{lat:.6f}, {lon:.6f}],\n  {{}}\n ).addTo(map_1);"
        for n, (lat, lon) in enumerate(positions(30))
    )
    page = f"<!DOCTYPE html><html><script src='leaflet.js'></script><script>var map_1 = L.map('map_1');{markers}</script></html>"
    return f'<iframe srcdoc="{html.escape(page)}" style="width:100%"></iframe>'


def folium_geojson() -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"owner_name": name},
            "geometry": {"type": "Point", "coordinates": [11.5, 48.1]},
        }
        for name in people.NAMES
    ]
    page = f"<script>var m = L.map('m'); geo_json_1_add({json.dumps({'type': 'FeatureCollection', 'features': features})});</script>"
    return f'<iframe srcdoc="{html.escape(page)}"></iframe>'


def itable(columns: dict[str, list[Any]]) -> str:
    heads = "".join(f"<th>{name}</th>" for name in columns)
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    arguments = json.dumps({"data_json": json.dumps(rows)})
    return (
        f'<table id="itables_1"><thead><tr>{heads}</tr></thead></table><script type="module">'
        f'import {{ ITable }} from "dt.js"; let dt_args = {arguments}; new ITable(table, dt_args);</script>'
    )


def bokeh_document(columns: dict[str, list[Any]]) -> str:
    source = {
        "type": "object",
        "name": "ColumnDataSource",
        "attributes": {"data": {"type": "map", "entries": [[name, values] for name, values in columns.items()]}},
    }
    page = {
        "1": {
            "version": "3.9.0",
            "roots": [{"type": "object", "name": "Figure", "attributes": {"renderers": [source]}}],
        }
    }
    return f'<div class="bokeh"></div><script type="application/json" id="p1">\n{json.dumps(page)}</script>'


def databricks() -> dict[str, Any]:
    rows = [list(row) for row in zip(*people.customers().values(), strict=True)]
    schema = [{"name": name, "type": '"string"'} for name in people.customers()]
    output = nb.display(html="<style></style>")
    output["metadata"] = {"application/vnd.databricks.v1+output": {"data": rows, "schema": schema, "type": "table"}}
    return output


def colab_summary() -> dict[str, Any]:
    fields = [
        {"column": name, "properties": {"dtype": "string", "samples": values[:3]}}
        for name, values in people.customers().items()
    ]
    summary = json.dumps({"name": "df", "rows": 1234, "fields": fields})
    return nb.of(
        "application/vnd.google.colaboratory.intrinsic+json",
        {"type": "dataframe", "variable_name": "df", "summary": summary},
    )


def latex(columns: dict[str, list[Any]]) -> str:
    body = " \\\\\n".join(" & ".join(str(value) for value in row) for row in zip(*columns.values(), strict=True))
    return f"\\begin{{tabular}}{{llr}}\n\\toprule\n{' & '.join(columns)} \\\\\n\\midrule\n{body} \\\\\n\\bottomrule\n\\end{{tabular}}"


def csv_text(columns: dict[str, list[Any]], separator: str = ",") -> str:
    rows = [list(columns), *([str(value) for value in row] for row in zip(*columns.values(), strict=True))]
    return "\n".join(separator.join(row) for row in rows) + "\n"


def pipes(columns: dict[str, list[Any]]) -> str:
    rows = [
        list(columns),
        ["---"] * len(columns),
        *([str(value) for value in row] for row in zip(*columns.values(), strict=True)),
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def great_table(columns: dict[str, list[Any]]) -> str:
    heads = "".join(f'<th class="gt_col_heading gt_left" id="{name}">{name}</th>' for name in columns)
    rows = "".join(
        "<tr>" + "".join(f'<td class="gt_row gt_left">{value}</td>' for value in row) + "</tr>"
        for row in zip(*columns.values(), strict=True)
    )
    return f'<table class="gt_table"><thead><tr class="gt_col_headings">{heads}</tr></thead><tbody class="gt_table_body">{rows}</tbody></table>'


def r_frame(columns: dict[str, list[Any]]) -> str:
    heads = "".join(f"<th scope=col>{name}</th>" for name in columns)
    types = "".join("<th scope=col>&lt;chr&gt;</th>" for _ in columns)
    rows = "\n".join(
        "\t<tr>" + "".join(f"<td>{value}</td>" for value in row) + "</tr>"
        for row in zip(*columns.values(), strict=True)
    )
    return f'<table class="dataframe">\n<caption>A data.frame: 8 × 3</caption>\n<thead>\n<tr>{heads}</tr>\n<tr>{types}</tr>\n</thead>\n<tbody>\n{rows}\n</tbody>\n</table>'


def julia_frame(columns: dict[str, list[Any]]) -> str:
    heads = "".join(f'<th style = "text-align: left;">{name}</th>' for name in columns)
    types = "".join('<th title = "String" style = "text-align: left;">String</th>' for _ in columns)
    rows = "".join(
        f'<tr><td class = "rowNumber">{number}</td>' + "".join(f"<td>{value}</td>" for value in row) + "</tr>"
        for number, row in enumerate(zip(*columns.values(), strict=True), 1)
    )
    return f'<div><div style = "float: left;"><span>8×3 DataFrame</span></div></div><table class = "data-frame"><thead><tr class = "header"><th class = "rowNumber">Row</th>{heads}</tr><tr class = "subheader headerLastRow"><th></th>{types}</tr></thead><tbody>{rows}</tbody></table>'


CUSTOMERS, SHOPS = people.customers(), people.shops()

LOUD: list[Any] = [
    pytest.param(lambda: nb.shown(pandas_frame(SHOPS)), TABLE, Level.WARNING, id="pandas: eight rows with text"),
    pytest.param(lambda: nb.shown(pandas_frame(SHOPS).head(5)), TABLE, Level.WARNING, id="pandas: head"),
    pytest.param(lambda: nb.shown(pandas_frame(CUSTOMERS)), PEOPLE, Level.ERROR, id="pandas: customers"),
    pytest.param(
        lambda: nb.shown(pandas_frame(CUSTOMERS).head(1)), PEOPLE, Level.ERROR, id="pandas: one customer is enough"
    ),
    pytest.param(lambda: nb.shown(pandas_long()), TABLE, Level.WARNING, id="pandas: a long frame that is cut"),
    pytest.param(lambda: nb.stream(pandas_frame(SHOPS).to_string()), TABLE, Level.WARNING, id="pandas: printed whole"),
    pytest.param(lambda: nb.stream(str(pandas_long())), TABLE, Level.WARNING, id="pandas: printed and cut"),
    pytest.param(
        lambda: nb.stream(pandas_frame(CUSTOMERS).to_string(index=False)),
        PEOPLE,
        Level.ERROR,
        id="pandas: printed without index",
    ),
    pytest.param(
        lambda: nb.stream("rows:\n" + pandas_frame(CUSTOMERS).to_string() + "\n\ndone"),
        PEOPLE,
        Level.ERROR,
        id="pandas: printed after a line of text",
    ),
    pytest.param(
        lambda: nb.display(plain=repr(pandas_frame(SHOPS))), TABLE, Level.WARNING, id="pandas: plain copy only"
    ),
    pytest.param(
        lambda: nb.shown(pandas_frame(CUSTOMERS).set_index("email")),
        PEOPLE,
        Level.ERROR,
        id="pandas: addresses as index",
    ),
    pytest.param(lambda: nb.shown(pandas_frame(CUSTOMERS).T), PEOPLE, Level.ERROR, id="pandas: turned on its side"),
    pytest.param(
        lambda: nb.shown(pandas_frame(CUSTOMERS)["email"]), PEOPLE, Level.ERROR, id="pandas: one column of addresses"
    ),
    pytest.param(
        lambda: nb.shown(
            pandas_frame({"remark": [f"{note} {n}" for n in range(5) for note in people.NOTES]})["remark"]
        ),
        TABLE,
        Level.WARNING,
        id="pandas: a Series of forty sentences",
    ),
    pytest.param(
        lambda: nb.shown(pandas_frame(SHOPS).style.format(precision=2)), TABLE, Level.WARNING, id="pandas: Styler"
    ),
    pytest.param(lambda: nb.stream(pandas_frame(CUSTOMERS).to_csv()), PEOPLE, Level.ERROR, id="pandas: printed as CSV"),
    pytest.param(
        lambda: nb.stream(pandas_frame(CUSTOMERS).to_json(orient="records")),
        PEOPLE,
        Level.ERROR,
        id="pandas: printed as JSON records",
    ),
    pytest.param(
        lambda: nb.stream(pandas_frame(CUSTOMERS).to_json(orient="records", lines=True)),
        PEOPLE,
        Level.ERROR,
        id="pandas: printed as JSON lines",
    ),
    pytest.param(
        lambda: nb.stream(str(pandas_frame(CUSTOMERS).to_dict("records"))),
        PEOPLE,
        Level.ERROR,
        id="pandas: printed as dicts",
    ),
    pytest.param(
        lambda: nb.shown(pandas_frame({("who", "email"): people.emails(), ("what", "amount"): [1.5] * 8})),
        PEOPLE,
        Level.ERROR,
        id="pandas: columns in two levels",
    ),
    pytest.param(lambda: nb.shown(polars_frame(SHOPS)), TABLE, Level.WARNING, id="polars: eight rows with text"),
    pytest.param(lambda: nb.stream(str(polars_frame(SHOPS))), TABLE, Level.WARNING, id="polars: printed"),
    pytest.param(lambda: nb.shown(polars_frame(CUSTOMERS)), PEOPLE, Level.ERROR, id="polars: customers"),
    pytest.param(lambda: nb.stream(str(polars_frame(CUSTOMERS))), PEOPLE, Level.ERROR, id="polars: customers printed"),
    pytest.param(
        lambda: nb.shown(polars_frame({key: values * 40 for key, values in SHOPS.items()}).head(3)),
        TABLE,
        Level.NOTE,
        id="polars: three rows are a note",
    ),
    pytest.param(
        lambda: nb.stream(polars_frame(CUSTOMERS).glimpse(return_type="string") or ""),
        PEOPLE,
        Level.ERROR,
        id="polars: glimpse",
    ),
    pytest.param(lambda: nb.stream(people.grid(SHOPS)), TABLE, Level.WARNING, id="Spark: show"),
    pytest.param(
        lambda: nb.stream(people.grid(people.customers(2)) + "only showing top 2 rows\n"),
        PEOPLE,
        Level.ERROR,
        id="Spark: show of two customers",
    ),
    pytest.param(
        lambda: nb.stream(
            "".join(
                f"-RECORD {n}\n name  | {name} \n email | {mail} \n"
                for n, (name, mail) in enumerate(zip(people.NAMES, people.emails(), strict=True))
            )
        ),
        PEOPLE,
        Level.ERROR,
        id="Spark: vertical show",
    ),
    pytest.param(
        lambda: nb.display(
            plain="["
            + ", ".join(
                f"Row(full_name='{name}', city='{city}')"
                for name, city in zip(people.NAMES, people.CITIES, strict=True)
            )
            + "]"
        ),
        PEOPLE,
        Level.ERROR,
        id="Spark: collected Rows",
    ),
    pytest.param(
        lambda: nb.display(
            html=people.html_table(SHOPS, "<table border='1'>", index=False) + "only showing top 20 rows"
        ),
        TABLE,
        Level.WARNING,
        id="Spark: eager evaluation",
    ),
    pytest.param(
        lambda: nb.display(
            html="<div class='table-result-container'>"
            + people.html_table(CUSTOMERS, "<table class='table-result'>", index=False)
            + "</div>"
        ),
        PEOPLE,
        Level.ERROR,
        id="Databricks: HTML table",
    ),
    pytest.param(databricks, STORED, Level.ERROR, id="Databricks: rows in the metadata of the output"),
    pytest.param(
        lambda: nb.display(plain=people.box(SHOPS, ("varchar", "varchar", "double"))),
        TABLE,
        Level.WARNING,
        id="DuckDB: box with types",
    ),
    pytest.param(
        lambda: nb.display(
            plain=people.box(people.shops(4), ("varchar", "varchar", "double")) + "\n  500 rows (4 shown)   3 columns"
        ),
        TABLE,
        Level.WARNING,
        id="DuckDB: four of 500 rows",
    ),
    pytest.param(lambda: nb.display(html=r_frame(SHOPS)), TABLE, Level.WARNING, id="R: data frame"),
    pytest.param(
        lambda: nb.display(html=r_frame(CUSTOMERS), plain="  customer_name email\n1 Ann"),
        PEOPLE,
        Level.ERROR,
        id="R: customers",
    ),
    pytest.param(
        lambda: nb.stream(
            "# A tibble: 500 × 3\n  city  remark amount\n  <chr> <chr>   <dbl>\n1 Oslo  moved    10.5\n2 Lyon  stays    11.5\n3 Graz  calls    12.5\n4 Turin left     13.5\n5 Ghent waits    14.5\n# ℹ 495 more rows\n"
        ),
        TABLE,
        Level.WARNING,
        id="R: tibble printed",
    ),
    pytest.param(
        lambda: nb.stream(
            "'data.frame':\t100 obs. of  2 variables:\n $ email : chr  "
            + " ".join(f'"{mail}"' for mail in people.emails(4))
            + " ...\n $ amount: num  1 2 3 4 ...\n"
        ),
        PEOPLE,
        Level.ERROR,
        id="R: str shows values",
    ),
    pytest.param(lambda: nb.display(html=julia_frame(SHOPS)), TABLE, Level.WARNING, id="Julia: data frame"),
    pytest.param(
        lambda: nb.display(
            plain="8×2 DataFrame\n Row │ city    remark\n     │ String  String\n─────┼────────────────\n"
            + "".join(f"   {n} │ {city:<6}   noted \n" for n, city in enumerate(people.CITIES, 1))
        ),
        TABLE,
        Level.WARNING,
        id="Julia: data frame as text",
    ),
    pytest.param(lambda: nb.of("text/csv", csv_text(SHOPS)), STORED, Level.ERROR, id="Julia: CSV copy"),
    pytest.param(
        lambda: nb.of("text/tab-separated-values", csv_text(SHOPS, "\t")), STORED, Level.ERROR, id="Julia: TSV copy"
    ),
    pytest.param(lambda: nb.display(html=great_table(SHOPS)), TABLE, Level.WARNING, id="great_tables"),
    pytest.param(
        lambda: nb.display(html=people.html_table(SHOPS, "<table>", index=False)),
        TABLE,
        Level.WARNING,
        id="SQL magic: bare table",
    ),
    pytest.param(
        lambda: nb.display(html='<div id="df-1" class="colab-df-container">' + people.html_table(CUSTOMERS) + "</div>"),
        PEOPLE,
        Level.ERROR,
        id="Colab: wrapped frame",
    ),
    pytest.param(colab_summary, STORED, Level.ERROR, id="Colab: summary with samples"),
    pytest.param(
        lambda: nb.of(
            "application/vnd.dataresource+json",
            {"schema": {"fields": [{"name": "city"}]}, "data": people.records(SHOPS)},
        ),
        STORED,
        Level.ERROR,
        id="nteract: data resource",
    ),
    pytest.param(
        lambda: nb.of(
            "application/vnd.deepnote.dataframe.v3+json",
            {"columns": [{"name": "city"}], "rows": people.records(SHOPS), "row_count": 900},
        ),
        STORED,
        Level.ERROR,
        id="Deepnote: frame",
    ),
    pytest.param(
        lambda: nb.of(
            "application/vnd.microsoft.datawrangler.viewer.v0+json",
            {
                "columns": [{"name": "city"}, {"name": "n"}],
                "rows": [["Oslo", 1], ["Lyon", 2]],
                "shape": {"rows": 900, "columns": 2},
            },
        ),
        STORED,
        Level.ERROR,
        id="VS Code: data viewer",
    ),
    pytest.param(
        lambda: nb.of(
            "application/geo+json",
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"city": city},
                        "geometry": {"type": "Point", "coordinates": [11.5, 48.1]},
                    }
                    for city in people.CITIES
                ],
            },
        ),
        STORED,
        Level.ERROR,
        id="GeoJSON",
    ),
    pytest.param(
        lambda: nb.of("application/json", people.records(CUSTOMERS)),
        PEOPLE,
        Level.ERROR,
        id="JSON: records of customers",
    ),
    pytest.param(
        lambda: nb.of("application/json", {"result": {"items": people.records(CUSTOMERS)}}),
        PEOPLE,
        Level.ERROR,
        id="JSON: records inside an answer",
    ),
    pytest.param(
        lambda: nb.of(
            "application/vnd.plotly.v1+json",
            plotly_figure(
                x=list(range(30)),
                y=list(range(30)),
                hover_name=[f"{name} {n}" for n in range(4) for name in people.NAMES][:30],
            ),
        ),
        CHART,
        Level.ERROR,
        id="plotly: hover texts",
    ),
    pytest.param(
        lambda: nb.of(
            "application/vnd.plotly.v1+json",
            plotly_figure(data_frame=pandas_frame(CUSTOMERS), x="amount", y="amount", hover_data=["email"]),
        ),
        PEOPLE,
        Level.ERROR,
        id="plotly: addresses as custom data",
    ),
    pytest.param(
        lambda: nb.of(
            "application/vnd.plotly.v1+json",
            plotly_figure(x=[n / 7 for n in range(1500)], y=[n / 3 for n in range(1500)]),
        ),
        CHART,
        Level.WARNING,
        id="plotly: base64 arrays of 1,500 points",
    ),
    pytest.param(
        lambda: nb.of(
            "application/vnd.plotly.v1+json",
            {
                "data": [
                    {
                        "type": "table",
                        "header": {"values": list(CUSTOMERS)},
                        "cells": {"values": list(CUSTOMERS.values())},
                    }
                ]
            },
        ),
        PEOPLE,
        Level.ERROR,
        id="plotly: table",
    ),
    pytest.param(
        lambda: nb.of(
            "application/vnd.plotly.v1+json",
            {
                "data": [
                    {
                        "type": "scattermapbox",
                        "lat": [lat for lat, _ in positions(40)],
                        "lon": [lon for _, lon in positions(40)],
                    }
                ]
            },
        ),
        "personal-data",
        Level.ERROR,
        id="plotly: forty positions",
    ),
    pytest.param(
        lambda: nb.display(
            html=pytest.importorskip("plotly.express")
            .scatter(
                x=list(range(30)),
                y=list(range(30)),
                hover_name=[f"{n} {note}" for n in range(4) for note in people.NOTES][:30],
            )
            .to_html(include_plotlyjs="cdn", full_html=False)
        ),
        CHART,
        Level.ERROR,
        id="plotly: as HTML",
    ),
    pytest.param(
        lambda: nb.of("application/vnd.vegalite.v6.json", altair_chart(CUSTOMERS).to_dict()),
        PEOPLE,
        Level.ERROR,
        id="altair: a column that is not even drawn",
    ),
    pytest.param(
        lambda: nb.of("application/vnd.vegalite.v5+json", altair_chart(many(SHOPS, 4)).to_dict()),
        CHART,
        Level.ERROR,
        id="altair: 32 records with text",
    ),
    pytest.param(lambda: nb.display(html=altair_chart(CUSTOMERS).to_html()), PEOPLE, Level.ERROR, id="altair: as HTML"),
    pytest.param(
        lambda: nb.of(
            "application/vnd.vega.v5+json", {"data": [{"name": "table", "values": people.records(CUSTOMERS)}]}
        ),
        PEOPLE,
        Level.ERROR,
        id="Vega: named data",
    ),
    pytest.param(
        lambda: nb.display(html=bokeh_document(CUSTOMERS)), PEOPLE, Level.ERROR, id="Bokeh: column data source"
    ),
    pytest.param(lambda: nb.display(html=folium_map()), PEOPLE, Level.ERROR, id="folium: thirty markers"),
    pytest.param(lambda: nb.display(html=folium_geojson()), PEOPLE, Level.ERROR, id="folium: GeoJSON with owners"),
    pytest.param(lambda: nb.display(html=itable(SHOPS)), STORED, Level.ERROR, id="itables: all rows in a script"),
    pytest.param(lambda: nb.stream(pipes(SHOPS)), TABLE, Level.WARNING, id="tabulate: pipes"),
    pytest.param(lambda: nb.display(markdown=pipes(CUSTOMERS)), PEOPLE, Level.ERROR, id="Markdown output"),
    pytest.param(lambda: nb.display(latex=latex(SHOPS)), TABLE, Level.WARNING, id="LaTeX output"),
    pytest.param(lambda: nb.stream(" ".join(people.emails())), PEOPLE, Level.ERROR, id="addresses in a line of text"),
    pytest.param(
        lambda: nb.display(plain=repr(list(zip(people.NAMES, people.emails(), strict=True)))),
        PEOPLE,
        Level.ERROR,
        id="tuples from a cursor",
    ),
    pytest.param(
        lambda: nb.stream("customer: " + repr(people.records(CUSTOMERS)[0])),
        PEOPLE,
        Level.ERROR,
        id="one dict with a customer",
    ),
    pytest.param(
        lambda: nb.error("File /home/" + "mkessler/churn/load.py:3, in <module>"),
        "user-path",
        Level.WARNING,
        id="traceback with a home folder",
    ),
    pytest.param(
        lambda: nb.stream("saved to C:\\\\" + "Users\\\\mkessler\\\\out.csv"),
        "user-path",
        Level.WARNING,
        id="Windows path, escaped twice",
    ),
]


def folium_old(packed: bool) -> str:
    page = html.unescape(folium_map().partition('srcdoc="')[2].partition('" style')[0])
    if packed:
        return f'<iframe src="data:text/html;charset=utf-8;base64,{base64.b64encode(page.encode()).decode()}"></iframe>'
    return f'<iframe src="about:blank" data-html={quote(page, safe="")} onload="x"></iframe>'


LOUD += [
    pytest.param(
        lambda: nb.of(
            "application/vnd.bokehjs_exec.v0+json",
            {"d": {"name": "ColumnDataSource", "attributes": {"data": CUSTOMERS}}},
        ),
        PEOPLE,
        Level.ERROR,
        id="Bokeh: document as a MIME type",
    ),
    pytest.param(lambda: nb.display(html=folium_old(True)), PEOPLE, Level.ERROR, id="folium: page in base64"),
    pytest.param(lambda: nb.display(html=folium_old(False)), PEOPLE, Level.ERROR, id="folium: page in percent signs"),
    pytest.param(
        lambda: nb.display(html=people.html_table(CUSTOMERS).replace("table", "TaBlE")),
        PEOPLE,
        Level.ERROR,
        id="tags in any case",
    ),
    pytest.param(
        lambda: nb.of("application/vnd.some-viewer.v1+json", {"payload": {"rows": people.records(CUSTOMERS)}}),
        PEOPLE,
        Level.ERROR,
        id="a viewer that nobody knows",
    ),
    pytest.param(
        lambda: nb.of("text/x-rst", people.grid(CUSTOMERS)), PEOPLE, Level.ERROR, id="a text type that nobody knows"
    ),
    pytest.param(
        lambda: nb.of(
            "application/javascript",
            "createDataTable({data: " + json.dumps([list(row) for row in zip(*CUSTOMERS.values(), strict=True)]) + "})",
        ),
        STORED,
        Level.ERROR,
        id="Colab: interactive table in JavaScript",
    ),
    pytest.param(
        lambda: nb.display(plain="\n".join(csv_text(CUSTOMERS).splitlines())),
        PEOPLE,
        Level.ERROR,
        id="the head of a CSV file",
    ),
]


@pytest.mark.parametrize(("make", "rule", "level"), LOUD)
def test_found(make: Callable[[], dict[str, Any]], rule: str, level: Level) -> None:
    findings = nb.check_output(make())
    assert rule in nb.rules(findings, level), [(finding.rule.id, str(finding.level)) for finding in findings]


@pytest.mark.parametrize(("make", "rule", "level"), LOUD)
def test_says_nothing_about_anybody(make: Callable[[], dict[str, Any]], rule: str, level: Level) -> None:
    secrets = [*people.NAMES, *people.emails(), *people.NOTES, "mkessler", "48.1103"]
    for finding in nb.check_output(make()):
        said = json.dumps([finding.message, finding.subject, finding.evidence, finding.location.where])
        assert not [secret for secret in secrets if secret in said]


def test_enough_cases() -> None:
    assert len(LOUD) >= 60
