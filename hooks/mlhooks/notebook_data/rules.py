"""What this hook reports, in the words that people read."""

from __future__ import annotations

from mlhooks.core.finding import Level, Rule

_DATA_TAGS = (
    "external/cwe/cwe-359",
    "external/cwe/cwe-540",
    "external/cwe/cwe-200",
    "MITRE-ATLAS-5.6.0:AML.T0036",
    "OWASP-LLM02:2026",
)
_CLEAR = "Clear the output before you commit, or let `mlhooks notebook-data --fix` take out just this one."
_WAIVE = (
    'To keep it, write `# mlhooks: ignore[{id}] why it may be public` into the cell, or put\n`"mlhooks": '
    '{{"ignore": ["{id}"], "reason": "..."}}` into the metadata of the cell.'
)


def _rule(rule_id: str, level: Level, summary: str, why: str, example: str, instead: str) -> Rule:
    severity = "" if level is Level.NOTE else "5.0" if level is Level.WARNING else "6.5"
    return Rule(rule_id, level, summary, why, example, f"{instead}\n{_WAIVE.format(id=rule_id)}", _DATA_TAGS, severity)


DATAFRAME_OUTPUT = _rule(
    "dataframe-output",
    Level.WARNING,
    "an output that shows rows of a data set",
    "`df.head()` writes real records into the file, and git keeps them for good: deleting them later does not take "
    "them out of the history. A table counts as data when it shows five or more rows, or is cut from a hundred or "
    "more, and has a column of text. Tables of numbers only are a note. Metrics, `describe()`, value counts, "
    "correlations and training logs are left alone.",
    "df = pd.read_csv('customers.csv')\ndf.head(10)",
    "Show the shape instead of the rows: `df.dtypes`, `df.describe()`, `df.shape`. " + _CLEAR,
)
PERSONAL_DATA = _rule(
    "personal-data",
    Level.ERROR,
    "data about people in an output or a text cell",
    "E-mail addresses, phone numbers, names, national ids, card numbers, addresses and positions are recognised by "
    "the column's name and by its values together, in several languages. This holds however short the table is: one "
    "customer is enough. Values are never repeated in the report, only their masked shape.",
    "customers[['full_name', 'email']].head(1)",
    "Drop the columns before you display the table, or print counts. " + _CLEAR,
)
EMBEDDED_TABLE = _rule(
    "embedded-table",
    Level.ERROR,
    "a whole table stored in the file, out of sight",
    "Some viewers store the rows of a table as data next to the picture of it: Databricks, Synapse and Fabric, "
    "Deepnote, VS Code's data viewer, Colab's summary of a frame, interactive tables. GitHub does not show them, a "
    "reviewer does not see them, and clearing the output does not always take them out.",
    "display(spark_frame)   # in Databricks: every row goes into the metadata of the output",
    "Display a count or a schema. " + _CLEAR,
)
CHART_DATA = _rule(
    "chart-data",
    Level.WARNING,
    "a chart or a map that carries rows of the data set",
    "An interactive chart is drawn by the reader's browser, so the file holds its data: a Vega-Lite chart stores every "
    "column of the frame, also those that are not drawn; hover texts and map markers name single records. Texts and "
    "positions of more than 20 records are an error; more than 1,000 numeric points are a warning. Curves of metrics "
    "are left alone.",
    "px.scatter(df, x='age', y='income', hover_data=['name'])",
    "Draw from an aggregate, or store a picture: `fig.show('png')`. " + _CLEAR,
)
PASTED_TABLE = _rule(
    "pasted-table",
    Level.WARNING,
    "a text cell with pasted rows of data",
    "Clearing outputs does not touch what was pasted into Markdown or raw cells, and no cleaner looks there.",
    "| id | city | note |\n|----|------|------|\n| 17 | ...  | ...  |",
    "Describe the data in words. Text cells are yours, so `--fix` does not edit them.",
)
USER_IDENTITY = _rule(
    "user-identity",
    Level.ERROR,
    "metadata that names a person",
    "Colab writes the name and the account number of whoever ran a cell into the metadata of that cell, and other "
    "platforms do the like. No viewer shows it, and most cleaners leave it in.",
    '"executionInfo": {"user": {"displayName": "...", "userId": "..."}}',
    "`mlhooks notebook-data --fix` removes the entry and leaves the rest. Colab writes it again with every run: keep "
    "the hook in pre-commit.",
)
USER_PATH = _rule(
    "user-path",
    Level.WARNING,
    "a path that names the user of a computer",
    "Tracebacks, warnings and kernel names carry paths such as the home folder: they tell an account name and how a "
    "machine is laid out.",
    "FileNotFoundError: /home/<account>/projects/churn/customers.csv",
    "Run with relative paths. " + _CLEAR,
)
RUN_PARAMETERS = _rule(
    "run-parameters",
    Level.ERROR,
    "a secret parameter of a run, kept in the metadata",
    "papermill stores every parameter of a run in the metadata of the notebook, passwords and connection strings "
    "included.",
    "papermill in.ipynb out.ipynb -p db_password ...",
    "Read secrets from the environment inside the notebook. `mlhooks notebook-data --fix` removes the value.",
)
WIDGET_VALUE = _rule(
    "widget-value",
    Level.ERROR,
    "typed text or rows in the saved state of a widget",
    "*Save widget state* stores what people typed, passwords included, and the rows that a grid shows.",
    "password = widgets.Password()   # the value is stored as plain text",
    "Turn off *Save Widget State Automatically*. `mlhooks notebook-data --fix` removes the value.",
)
IMAGE_OUTPUT = _rule(
    "image-output",
    Level.NOTE,
    "a picture that cannot be judged",
    "A picture may show a face or a screenshot of a table. This hook does not look into pictures; `--images` says "
    "whether they are to be mentioned.",
    "plt.imshow(faces[0])",
    "Look at it before you commit.",
)
EXECUTION_METADATA = _rule(
    "execution-metadata",
    Level.WARNING,
    "metadata about when, where and how a notebook was run",
    "Times, file names, Drive ids and timings are not data, but they tell how a team works. Reported only with "
    "`--metadata=all`.",
    '"papermill": {"input_path": "...", "start_time": "..."}',
    "`mlhooks notebook-data --fix --metadata=all` removes the entries.",
)
STORED_OUTPUT = _rule(
    "stored-output",
    Level.WARNING,
    "an output of a kind that the project does not want stored",
    "Some projects allow no output with values at all (`--strict`), or none of some MIME types (`--mime`).",
    "print(df['amount'].sum())",
    _CLEAR,
)
UNJUDGED_OUTPUT = _rule(
    "unjudged-output",
    Level.WARNING,
    "an output too large to be read to its end",
    "Text beyond 16 MB in one output is not read, nor are scripts full of values that end nowhere. Nothing was found "
    "in the part that was read, which says little.",
    "for row in huge_table: print(row)",
    "Outputs of this size make a notebook unusable anyway. " + _CLEAR,
)

RULES = (
    DATAFRAME_OUTPUT,
    PERSONAL_DATA,
    EMBEDDED_TABLE,
    CHART_DATA,
    PASTED_TABLE,
    USER_IDENTITY,
    USER_PATH,
    RUN_PARAMETERS,
    WIDGET_VALUE,
    IMAGE_OUTPUT,
    EXECUTION_METADATA,
    STORED_OUTPUT,
    UNJUDGED_OUTPUT,
)
