"""Results that notebooks are for, and records that look like them: as HTML and as printed text."""

from __future__ import annotations

from typing import Any

import nb
import people
import pytest

from mlhooks.core.finding import Level

MODELS = ["tree", "forest", "svm", "boosting", "bayes", "knn"]
RATES = [0.91, 0.88, 0.73, 0.95, 0.61, 0.7]
WHOLE = [3, 14, 15, 92, 65, 35]
CLASSES = ["airplane", "bird", "cat", "deer", "dog", "frog"]
SENTENCES = [f"the customer {note} again" for note in people.NOTES[:6]]

RESULTS: list[Any] = [
    pytest.param(
        {"model": MODELS, "score_val": RATES, "eval_metric": ["roc_auc"] * 6, "fit_order": WHOLE}, id="a leaderboard"
    ),
    pytest.param({"Rank": WHOLE, "Model": MODELS, "Size (GB)": RATES, "Average (56 datasets)": RATES}, id="a ranking"),
    pytest.param({"Variable": MODELS, "VIF": RATES}, id="inflation of variables"),
    pytest.param({"feature": MODELS, "chi2": RATES, "is_kept": [True, False] * 3}, id="chosen features"),
    pytest.param({"library": MODELS, "query": ["q1"] * 6, "seconds": RATES}, id="a benchmark"),
    pytest.param({"backend": MODELS, "device": ["cpu", "cuda:0"] * 3, "ms": RATES}, id="a benchmark by device"),
    pytest.param({"format": MODELS, "write time (s)": RATES, "file size (MB)": RATES}, id="file formats compared"),
    pytest.param({"class_id": list(range(6)), "class_name": CLASSES}, id="names of classes"),
    pytest.param({"class": CLASSES, "precision": RATES, "recall": RATES}, id="metrics by class"),
    pytest.param({"label": CLASSES, "accuracy": RATES, "images": WHOLE}, id="accuracy by label"),
    pytest.param(
        {"number": WHOLE, "params_lr": RATES, "params_optimizer": ["adam", "sgd"] * 3, "state": ["COMPLETE"] * 6},
        id="trials of a search",
    ),
    pytest.param(
        {"run_id": CLASSES, "status": ["FINISHED"] * 6, "metrics.rmse": RATES, "params.depth": WHOLE}, id="tracked runs"
    ),
    pytest.param({"Sex": ["f", "m"] * 3, "Pclass": [1, 1, 2, 2, 3, 3], "Survived": RATES}, id="means of groups"),
    pytest.param({"a": ["x", "x", "y", "y"], "b": ["x", "y"] * 2, "0": [1.0, 0.3, 0.3, 1.0]}, id="pairs correlated"),
    pytest.param(
        {"Sex": ["f", "m"] * 3, "port": ["S", "S", "C", "C", "Q", "Q"], "count": WHOLE}, id="combinations counted"
    ),
    pytest.param(
        {"diagnosis": ["flu", "cold", "asthma", "gout", "none"], "count": [5, 4, 3, 2, 1]}, id="causes counted"
    ),
    pytest.param({"actual": ["cat", "dog"] * 5, "predicted": ["cat", "cat"] * 5}, id="predicted classes"),
    pytest.param(
        {"y_true": ["cat", "dog"] * 3, "y_pred": ["cat", "dog"] * 3, "prob": RATES}, id="predictions with scores"
    ),
    pytest.param(
        {"column_name": CLASSES, "column_type": ["BIGINT", "VARCHAR", "DATE", "DOUBLE", "DECIMAL(10,2)", "VARCHAR"]},
        id="a schema",
    ),
    pytest.param(
        {"Field": ["id", "first_name", "email", "phone", "dob"], "Type": ["int(11)"] + ["varchar(255)"] * 4},
        id="a schema with columns about people",
    ),
    pytest.param(
        {"Name": MODELS, "Self CPU %": ["5.5%"] * 6, "Self CPU": ["5.509ms"] * 6, "CPU total": ["231.000us"] * 6},
        id="a profile",
    ),
    pytest.param({"split": ["train", "test"] * 3, "dataset": MODELS, "rows": WHOLE}, id="sizes of data sets"),
    pytest.param({"Ablation": MODELS, "Dev": RATES, "Δ": RATES}, id="an ablation"),
    pytest.param({"Tasks": MODELS, "n-shot": WHOLE, "Metric": ["acc"] * 6, "Value": RATES}, id="an evaluation"),
]
RECORDS: list[Any] = [
    pytest.param({"model": CLASSES, "price": WHOLE, "doors": WHOLE}, id="cars by model"),
    pytest.param({"order": WHOLE, "product": people.CITIES[:6], "total": WHOLE}, id="orders with a total"),
    pytest.param({"label": ["good", "bad"] * 3, "review": people.NOTES[:6]}, id="labelled texts"),
    pytest.param({"target": SENTENCES, "prediction": SENTENCES}, id="texts predicted"),
    pytest.param({"class": CLASSES, "remark": people.NOTES[:6], "score": RATES}, id="remarks with a score"),
    pytest.param(
        {"state": ["Ohio", "Utah", "Iowa"] * 2, "year": [2000] * 3 + [2010] * 3, "people": [331, 451, 20] * 2},
        id="a panel of whole numbers",
    ),
    pytest.param({"city": people.CITIES[:6], "shop": CLASSES, "amount": RATES}, id="shops with an amount"),
    pytest.param({"type": people.CITIES[:6], "note": people.NOTES[:6]}, id="a column called type"),
    pytest.param({"name": CLASSES, "colour": MODELS, "weight": RATES}, id="things with names"),
]


def printed(columns: dict[str, Any]) -> str:
    """As pandas prints it: one blank between columns that are as wide as their names."""
    rows = [["", *columns], *([str(n), *map(str, row)] for n, row in enumerate(zip(*columns.values(), strict=True)))]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = [" ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(lines) + "\n"


def forms(columns: dict[str, Any]) -> list[dict[str, Any]]:
    return [nb.display(html=people.html_table(columns)), nb.stream(printed(columns))]


@pytest.mark.parametrize("columns", RESULTS)
def test_results_are_silent(columns: dict[str, Any]) -> None:
    for output in forms(columns):
        assert nb.rules(nb.check_output(output), Level.WARNING) == set()


@pytest.mark.parametrize("columns", RECORDS)
def test_records_are_found(columns: dict[str, Any]) -> None:
    for output in forms(columns):
        assert nb.rules(nb.check_output(output), Level.WARNING) == {"dataframe-output"}


@pytest.mark.parametrize("columns", RESULTS)
def test_people_are_found_among_results(columns: dict[str, Any]) -> None:
    height = len(next(iter(columns.values())))
    mails = [f"{people.NAMES[n % 8].split()[0].lower()}{n}@{people.MAIL}" for n in range(height)]
    for output in forms({**columns, "owner_email": mails}):
        assert "personal-data" in nb.rules(nb.check_output(output), Level.ERROR)


def test_a_chart_of_many_models_is_a_result() -> None:
    values = [{"model": f"model-{chr(97 + n)}x", "accuracy": n / 30} for n in range(26)]
    assert nb.check_output(nb.of("application/vnd.vegalite.v5+json", {"data": {"values": values}})) == []


def test_a_chart_of_many_texts_is_none() -> None:
    values = [{"remark": f"model-{chr(97 + n)}x", "accuracy": n / 30} for n in range(26)]
    findings = nb.check_output(nb.of("application/vnd.vegalite.v5+json", {"data": {"values": values}}))
    assert nb.rules(findings, Level.ERROR) == {"chart-data"}
