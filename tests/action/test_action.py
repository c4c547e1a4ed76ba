"""The action on real repositories: outputs, summary, annotations, SARIF, verdict, and nothing run unasked."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from repository import Repository
from runner import Job, Runner
from users import git

import install
import scan
from mlhooks import demo

# What is made once for all of these is made by one process of the test run.
pytestmark = pytest.mark.xdist_group("action")

CLEAN = {"train.py": "import os\n", "requirements.txt": "numpy==2.1.3\n"}
UPLOAD = "github/codeql-action/upload-sarif"


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    return Runner(tmp_path_factory.mktemp("runner"))


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    return project(tmp_path / "work", demo.project())


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return project(tmp_path / "work", {name: text.encode() for name, text in CLEAN.items()})


def project(path: Path, files: dict[str, bytes]) -> Path:
    Repository(path)
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    git(path, "add", "--all")
    git(path, "commit", "-qm", "all of it")
    return path


def checkout(origin: Path, commit: str, path: Path, *, depth: int = 1) -> Path:
    """As actions/checkout does it: one commit, detached, without history."""
    path.mkdir()
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(path, "init", "-q")
    git(path, "remote", "add", "origin", f"file://{origin}")
    git(path, "fetch", "-q", "--no-tags", f"--depth={depth}", "origin", f"+{commit}:refs/remotes/origin/checked")
    git(path, "checkout", "-q", "--detach", commit)
    return path


def sarif(job: Job) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(Path(job.outputs["sarif-file"]).read_text())["runs"][0]
    return run


# --- one run ----------------------------------------------------------------------------------------------------------


def test_a_clean_repository_passes(runner: Runner, clean: Path) -> None:
    job = runner.run(clean)
    assert job.status == 0, job.log
    assert job.outputs | {"sarif-file": ""} == {
        "findings": "0", "errors": "0", "warnings": "0", "suppressed": "0", "sarif-file": "", "exit-code": "0",
    }  # fmt: skip
    assert job.commands == []
    assert job.summary.startswith("## mlhooks: nothing found in 2 files")
    assert sarif(job)["results"] == []
    assert UPLOAD not in job.used


def test_findings_fail_and_are_shown_everywhere(runner: Runner, leaky: Path) -> None:
    job = runner.run(leaky)
    assert job.status == 1, job.log
    assert job.outputs["exit-code"] == "1"
    assert int(job.outputs["findings"]) == len(sarif(job)["results"]) >= 9
    assert int(job.outputs["errors"]) >= 3
    assert any(command.startswith("::error file=train.py,line=9") for command in job.commands)
    assert any(command.startswith("::error file=model.pkl,title=unsafe-models") for command in job.commands)
    assert "model.pkl: error:" in job.log
    assert "<code>model.pkl</code>" in job.summary
    token = demo.project()["train.py"].decode().split('token="')[1].split('"')[0]
    assert token not in job.log + job.summary + Path(job.outputs["sarif-file"]).read_text()


@pytest.mark.parametrize(
    ("inputs", "status", "exit_code"),
    [
        pytest.param({"fail_on": "never"}, 0, "1", id="report only"),
        pytest.param({"fail_on": "error", "hooks": "unpinned-dependencies"}, 1, "1", id="an error there"),
        pytest.param({"hooks": "notebook-data", "paths": "metrics.ipynb"}, 0, "0", id="nothing in there"),
        pytest.param({"hooks": "unsafe-models\n notebook-data ", "paths": "train.py"}, 0, "0", id="other hooks"),
        pytest.param({"paths": "evaluate.py\nmetrics.ipynb"}, 0, "0", id="other files"),
        pytest.param({"hooks": ""}, 1, "1", id="an empty input is its default"),
    ],
)  # fmt: skip
def test_the_inputs_choose(runner: Runner, leaky: Path, inputs: dict[str, str], status: int, exit_code: str) -> None:
    job = runner.run(leaky, **inputs)
    assert (job.status, job.outputs["exit-code"]) == (status, exit_code), job.log


def test_what_could_not_be_checked_fails(runner: Runner, clean: Path) -> None:
    (clean / "eda.ipynb").write_text("no notebook")
    job = runner.run(clean, fail_on="error", upload_sarif="true")
    assert (job.status, job.outputs["exit-code"]) == (2, "2")
    assert any(command.startswith("::error file=eda.ipynb,title=not checked") for command in job.commands)
    assert "### Could not be checked" in job.summary
    assert sarif(job)["invocations"][0]["executionSuccessful"] is False
    assert UPLOAD not in job.used, "an empty report would close every alert"
    assert runner.run(clean, fail_on="never").status == 0


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        pytest.param("fail_on", "all", "fail-on must be one of warning, error, note, never", id="no such level"),
        pytest.param("changed_only", "yes", "changed-only must be one of", id="no such answer"),
        pytest.param("upload_sarif", "True", "upload-sarif must be one of", id="a word that only looks right"),
        pytest.param("hooks", "unsafe-model", "names no hook: unsafe-model", id="no such hook"),
        pytest.param("hooks", "--fix", "names no hook: --fix", id="a flag for a hook"),
        pytest.param("config", "a\nb", "config must be one line", id="two lines"),
        pytest.param("audit_engine", "osv", "audit-engine must be one of", id="no such engine"),
    ],
)
def test_an_input_that_makes_no_sense_fails(runner: Runner, clean: Path, name: str, value: str, message: str) -> None:
    job = runner.run(clean, **{name: value})
    assert job.status == 2
    assert message in "".join(job.commands)
    assert job.outputs["exit-code"] == ""


def test_a_broken_configuration_fails_and_is_told(runner: Runner, clean: Path) -> None:
    (clean / "pyproject.toml").write_text("[tool.mlhooks.unsafe-models]\nexclud = []\n")
    job = runner.run(clean, fail_on="error")
    assert (job.status, job.outputs["exit-code"], job.outputs["sarif-file"]) == (2, "2", "")
    assert "has no option 'exclud'" in job.log
    assert job.summary == "## mlhooks: nothing was checked\n"
    assert "nothing was checked" in "".join(job.commands)


def test_annotations_summary_and_reports_can_be_had_otherwise(runner: Runner, leaky: Path) -> None:
    job = runner.run(leaky, annotations="false", summary="false", sarif_file="a b.sarif", html_report="page.html")
    assert (job.status, job.commands, job.summary, job.outputs["sarif-file"]) == (1, [], "", "a b.sarif")
    assert json.loads((leaky / "a b.sarif").read_text())["version"] == "2.1.0"
    assert "pickle-dangerous-call" in (leaky / "page.html").read_text()


def test_a_report_that_cannot_be_written_fails_and_is_not_uploaded(runner: Runner, clean: Path) -> None:
    job = runner.run(clean, sarif_file="missing/x.sarif", upload_sarif="true")
    assert (job.status, job.outputs["exit-code"], job.outputs["sarif-file"]) == (2, "2", "")
    assert "could not write missing/x.sarif" in job.log
    assert UPLOAD not in job.used


def test_advisories_that_cannot_be_had_are_no_clean_audit(
    runner: Runner, clean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The download goes to a port on which nobody answers."""
    assert runner.run(clean).status == 0, "the environment is there"
    monkeypatch.setattr(runner, "extra", {"HTTPS_PROXY": "http://127.0.0.1:9", "XDG_CACHE_HOME": str(clean / "cache")})
    job = runner.run(clean, audit_engine="local", hooks="vulnerable-dependencies")
    assert (job.status, job.outputs["exit-code"]) == (2, "2"), job.log
    assert runner.run(clean, hooks="vulnerable-dependencies").status == 2, "an engine has to be chosen"


def test_pip_audit_gets_an_environment_of_its_own(runner: Runner, clean: Path) -> None:
    names = scan.hooks_of(("all",), "pip-audit")
    assert scan.AUDIT in names
    assert scan.AUDIT not in scan.hooks_of(("all",), "none")
    assert install.requirements_for("pip-audit").endswith("requirements-audit.txt")
    assert install.requirements_for("local").endswith("requirements.txt")


def test_a_link_in_the_repository_does_not_lead_a_report_elsewhere(runner: Runner, clean: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (clean / "report.sarif").symlink_to(precious)
    (clean / "out").symlink_to(tmp_path)
    for path in ("report.sarif", "out/precious"):
        assert runner.run(clean, sarif_file=path).status == 2
    assert precious.read_text() == "precious"


def test_accepted_findings_are_counted_and_not_uploaded(runner: Runner, clean: Path) -> None:
    (clean / "requirements.txt").write_text("numpy  # mlhooks: ignore[unpinned-requirement] a teaching example\n")
    job = runner.run(clean, upload_sarif="true")
    assert (job.status, job.outputs["findings"], job.outputs["suppressed"]) == (0, "0", "1"), job.log
    assert [result["suppressions"] for result in sarif(job)["results"]] == [
        [{"kind": "inSource", "justification": "a teaching example"}]
    ]
    uploaded = json.loads(Path(job.used[UPLOAD]["sarif_file"]).read_text())
    assert uploaded["runs"][0]["results"] == [], "code scanning would open them as alerts"
    assert "a teaching example" in job.summary


def test_a_baseline_accepts(runner: Runner, leaky: Path) -> None:
    import subprocess

    from users import program

    command = [program("mlhooks"), "baseline", "write", "--reason", "from before"]
    subprocess.run(command, cwd=leaky, check=True, capture_output=True)
    job = runner.run(leaky, baseline=".mlhooks-baseline.jsonl")
    assert (job.status, job.outputs["findings"]) == (0, "0"), job.log
    assert int(job.outputs["suppressed"]) >= 9


def test_thirty_findings_are_ten_annotations_and_a_full_summary(runner: Runner, clean: Path) -> None:
    (clean / "requirements.txt").write_text("".join(f"package{number}\n" for number in range(30)))
    job = runner.run(clean)
    assert job.outputs["findings"] == "30"
    assert len(job.commands) == 10
    assert "21 warnings more" in job.commands[-1]
    assert job.summary.count("unpinned-requirement") == 30


# --- only what changed ------------------------------------------------------------------------------------------------


class History:
    """A repository with a leaky file from before, and pull requests into it."""

    def __init__(self, path: Path) -> None:
        self.repository = Repository(path)
        self.base = self.repository.commit({"old/requirements.txt": "torch\n", "train.py": "import os\n"})

    def pull_request(self, files: dict[str, str | None]) -> tuple[str, str]:
        """A head with `files`, merged into a base that has moved on meanwhile; the merge and the head."""
        self.repository.git("checkout", "-q", "-b", "feature", self.base)
        head = self.repository.commit(files)
        self.repository.git("checkout", "-q", "main")
        self.repository.commit({"theirs/requirements.txt": "pandas\n"})
        self.repository.git("checkout", "-q", "-b", "merged")
        self.repository.git("merge", "-q", "--no-ff", "feature", "-m", "merge")
        return self.repository.head, head

    def event(self, head: str, *, fork: str = "somebody/project") -> dict[str, Any]:
        return {
            "pull_request": {
                "head": {"sha": head, "ref": "$(touch x)", "repo": {"full_name": fork} if fork else None},
                "base": {"sha": self.base, "ref": "main", "repo": {"full_name": "somebody/project"}},
            }
        }


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "origin")


NEW = {"new/requirements.txt": "scipy\n"}
RECENT = {"new", "theirs"}
ALL = {"new", "old", "theirs"}


def found(job: Job) -> set[str]:
    return {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].split("/")[0]
        for result in sarif(job)["results"]
    }


@pytest.mark.parametrize("depth", [1, 2])
def test_a_pull_request_is_judged_by_its_own_files(
    runner: Runner, history: History, tmp_path: Path, depth: int
) -> None:
    merge, head = history.pull_request(NEW)
    work = checkout(history.repository.path, merge, tmp_path / "work", depth=depth)
    job = runner.run(work, "pull_request", history.event(head))
    assert (found(job), job.status) == ({"new"}, 1), job.log
    assert "checked the 1 of 4 files that changed since" in job.log
    assert "checked the 1 of 4 files that changed since" in job.summary
    assert found(runner.run(work, "pull_request", history.event(head), changed_only="false")) == {
        "new",
        "old",
        "theirs",
    }


def test_only_new_findings_of_changed_files(runner: Runner, history: History, tmp_path: Path) -> None:
    merge, head = history.pull_request({**NEW, "old/requirements.txt": "torch  # unchanged but for this\n"})
    work = checkout(history.repository.path, merge, tmp_path / "work")
    assert found(runner.run(work, "pull_request", history.event(head))) == {"new", "old"}
    assert found(runner.run(work, "pull_request", history.event(head), changed_only="new")) == {"new"}


def test_a_renamed_file_and_a_deleted_one(runner: Runner, history: History, tmp_path: Path) -> None:
    moved: dict[str, str | None] = {
        "old/requirements.txt": None,
        "renamed/requirements.txt": "torch\n",
        "train.py": None,
    }
    merge, head = history.pull_request(moved)
    work = checkout(history.repository.path, merge, tmp_path / "work")
    assert found(runner.run(work, "pull_request", history.event(head))) == {"renamed"}


def test_a_pull_request_that_changes_nothing_we_check(runner: Runner, history: History, tmp_path: Path) -> None:
    merge, head = history.pull_request({"train.py": None})
    work = checkout(history.repository.path, merge, tmp_path / "work")
    job = runner.run(work, "pull_request", history.event(head))
    assert (job.status, found(job)) == (0, set())
    assert "0 of 2 files" in job.summary


def test_a_checkout_of_the_head_itself(runner: Runner, history: History, tmp_path: Path) -> None:
    _, head = history.pull_request(NEW)
    work = checkout(history.repository.path, head, tmp_path / "work")
    assert found(runner.run(work, "pull_request", history.event(head))) == {"new"}


def test_a_checkout_of_something_else_is_checked_as_a_whole(runner: Runner, history: History, tmp_path: Path) -> None:
    """As pull_request_target does by default: against itself, nothing would seem to have changed."""
    _, head = history.pull_request(NEW)
    work = checkout(history.repository.path, history.base, tmp_path / "work")
    job = runner.run(work, "pull_request_target", history.event(head))
    assert found(job) == {"old"}
    assert "every file is checked: what is checked out is not this pull request" in job.summary


def test_a_base_that_cannot_be_had_is_a_full_check(runner: Runner, history: History, tmp_path: Path) -> None:
    merge, head = history.pull_request(NEW)
    work = checkout(history.repository.path, merge, tmp_path / "work")
    git(work, "remote", "set-url", "origin", f"file://{tmp_path}/no-such-place")
    job = runner.run(work, "pull_request", history.event(head))
    assert found(job) == ALL
    assert "could not be fetched" in job.summary
    assert "fetch-depth: 2" in job.log


def test_no_repository_at_all_is_a_full_check(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "requirements.txt").write_text("torch\n")
    job = runner.run(tmp_path / "plain", "pull_request", {"pull_request": {}})
    assert (job.status, job.outputs["findings"]) == (1, "1")
    assert "every file is checked: git knows no repository here" in job.summary


def test_a_repository_that_git_refuses_is_a_full_check_with_the_reason(
    runner: Runner, history: History, tmp_path: Path
) -> None:
    """As in a container whose user does not own the checkout."""
    merge, head = history.pull_request(NEW)
    work = checkout(history.repository.path, merge, tmp_path / "work")
    git(work, "config", "core.repositoryformatversion", "99")
    job = runner.run(work, "pull_request", history.event(head))
    assert found(job) == ALL
    assert "every file is checked: git knows no repository here, or refuses it; in a container" in job.summary
    assert "git could not list" in job.log


@pytest.mark.parametrize(
    ("event_name", "payload", "changed_only", "expected", "note"),
    [
        pytest.param("merge_group", {"merge_group": {"base_sha": "BASE"}}, "auto", RECENT, "", id="merge queue"),
        pytest.param("push", {"before": "BASE"}, "auto", ALL, "", id="a push is checked as a whole"),
        pytest.param("push", {"before": "BASE"}, "true", RECENT, "", id="unless asked"),
        pytest.param("push", {"before": "0" * 40}, "true", ALL, "the branch is new", id="a new branch"),
        pytest.param("push", {"before": "4" * 40}, "true", ALL, "could not be fetched", id="a force push"),
        pytest.param("push", {}, "true", ALL, "names no commit", id="a payload without a base"),
        pytest.param("push", {"before": "--exec=touch x"}, "true", ALL, "names no commit", id="an option"),
        pytest.param("schedule", {}, "true", ALL, "nothing to compare with", id="a nightly run"),
        pytest.param("workflow_dispatch", {}, "auto", ALL, "", id="a run by hand"),
    ],
)
def test_other_events(
    runner: Runner,
    history: History,
    tmp_path: Path,
    event_name: str,
    payload: dict[str, Any],
    changed_only: str,
    expected: set[str],
    note: str,
) -> None:
    merge, _ = history.pull_request(NEW)
    work = checkout(history.repository.path, merge, tmp_path / "work")
    event = json.loads(json.dumps(payload).replace("BASE", history.base))
    job = runner.run(work, event_name, event, changed_only=changed_only)
    assert found(job) == expected, job.log
    assert note in job.summary
    assert not (work / "x").exists()


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        pytest.param("main", {"new"}, id="a branch that has to be fetched"),
        pytest.param("v1", RECENT, id="a tag"),
        pytest.param("BASE", RECENT, id="a commit"),
        pytest.param("no-such", ALL, id="nothing of that name"),
        pytest.param("--upload-pack=touch x", ALL, id="an option"),
        pytest.param("main:refs/heads/x", ALL, id="a destination"),
        pytest.param("$(touch x)`touch x`", ALL, id="a command"),
        pytest.param("main; touch x", ALL, id="a second command"),
    ],
)
def test_a_base_that_a_person_names(
    runner: Runner, history: History, tmp_path: Path, ref: str, expected: set[str]
) -> None:
    merge, _ = history.pull_request(NEW)
    history.repository.git("tag", "v1", history.base)
    work = checkout(history.repository.path, merge, tmp_path / "work")
    job = runner.run(work, "workflow_dispatch", {}, base_ref=ref.replace("BASE", history.base))
    assert found(job) == expected, job.log
    assert not (work / "x").exists()
    assert "x" not in git(work, "branch", "--list", "x")


def test_new_ignores_of_a_pull_request_are_shown(runner: Runner, history: History, tmp_path: Path) -> None:
    waived = {"new/requirements.txt": "scipy  # mlhooks: ignore[unpinned-requirement] nobody looks\n"}
    merge, head = history.pull_request(waived)
    work = checkout(history.repository.path, merge, tmp_path / "work")
    job = runner.run(work, "pull_request", history.event(head))
    assert job.status == 0
    assert "### Newly ignored in this change" in job.summary
    assert "nobody looks" in job.summary


# --- code scanning ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fork", "is_uploaded"),
    [
        pytest.param("somebody/project", True, id="a branch"),
        pytest.param("else/project", False, id="a fork"),
        pytest.param("", False, id="a fork that was deleted"),
    ],
)
def test_a_fork_cannot_upload_and_is_told_once(
    runner: Runner, history: History, tmp_path: Path, fork: str, is_uploaded: bool
) -> None:
    merge, head = history.pull_request(NEW)
    work = checkout(history.repository.path, merge, tmp_path / "work")
    job = runner.run(work, "pull_request", history.event(head, fork=fork), upload_sarif="true")
    assert (UPLOAD in job.used) is is_uploaded
    assert sum("from a fork cannot upload" in command for command in job.commands) == (not is_uploaded)
    assert any(command.startswith("::warning file=new/requirements.txt") for command in job.commands)


def test_a_partial_report_of_a_branch_is_never_uploaded(runner: Runner, history: History, tmp_path: Path) -> None:
    merge, _ = history.pull_request(NEW)
    work = checkout(history.repository.path, merge, tmp_path / "work")
    job = runner.run(work, "push", {"before": history.base}, changed_only="true", upload_sarif="true")
    assert found(job) == ALL
    assert "code scanning needs a full report" in job.summary
    assert UPLOAD in job.used


# --- hostile repositories ---------------------------------------------------------------------------------------------

NAMES = [
    "$(touch x)",
    "`touch x`",
    "a;touch x",
    "'; touch x; '",
    '"; touch x; "',
    "-rf",
    "--config=evil.toml",
    "a\n::error::forged",
    "::error::forged",
    "##[error]forged",
    " ::warning::forged",
    "a\r\n::set-output name=x::y",
    "%0A::error::forged",
    "é\u202egnp",
    "$HOME",
    "*",
]


def test_hostile_names_run_nothing_and_forge_nothing(runner: Runner, clean: Path) -> None:
    for name in NAMES:
        (clean / name).mkdir()
        (clean / name / "requirements.txt").write_text("torch\n")
    (clean / "##[error]forged.py").write_text("x = 1\n")
    job = runner.run(clean)
    assert job.outputs["findings"] == str(len(NAMES)), job.log
    assert not list(clean.rglob("x"))
    assert len(job.commands) == 10
    assert all(command.startswith("::warning file=") or "more: see" in command for command in job.commands)
    assert not [line for line in job.summary.splitlines() if line.startswith(("::", "#["))]


def test_hostile_inputs_run_nothing_and_forge_nothing(runner: Runner, clean: Path) -> None:
    for name in NAMES:
        job = runner.run(clean, paths=f"no such file {name}", baseline="" if "\n" in name else name)
        assert job.status == 2, (name, job.log)
        assert not (clean / "x").exists()
        assert not [line for line in job.commands if not line.startswith("::error") or line.startswith("::error::")]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("field", ["HOOKS", "FAIL_ON", "CHANGED_ONLY", "SUMMARY"])
def test_an_input_with_a_list_of_words_takes_no_other(field: str, name: str) -> None:
    with pytest.raises(scan.InputError):
        scan.read_inputs({f"INPUT_{field}": name})


def test_a_path_that_looks_like_a_flag_is_a_path(runner: Runner, clean: Path) -> None:
    (clean / "--fix").mkdir()
    (clean / "--fix" / "requirements.txt").write_text("torch\n")
    assert runner.run(clean, paths="--fix").outputs["findings"] == "1"


def test_modules_of_the_repository_are_not_run(runner: Runner, clean: Path) -> None:
    trap = "import os\nos.close(os.open('hijacked', os.O_CREAT))\n"
    names = ("json", "pip", "venv", "sitecustomize", "usercustomize", "argparse", "base", "subprocess", "mlhooks")
    for name in names:
        (clean / f"{name}.py").write_text(trap)
    (clean / "pip.conf").write_text("[global]\nindex-url = https://evil.example\n")
    job = runner.run(clean)
    assert job.status == 0, job.log
    assert not (clean / "hijacked").exists()


def test_what_was_found_cannot_end_an_output_early(runner: Runner, clean: Path) -> None:
    folder = "a\nexit-code=0\nEOF"
    (clean / folder).mkdir()
    (clean / folder / "requirements.txt").write_text("torch\n")
    job = runner.run(clean)
    assert (job.outputs["exit-code"], job.outputs["findings"], job.status) == ("1", "1", 1)


# --- the environment --------------------------------------------------------------------------------------------------


def test_the_environment_is_cached_by_what_it_holds_and_not_made_twice(runner: Runner, clean: Path) -> None:
    first = runner.run(clean)
    cache = first.used["actions/cache"]
    environment = Path(cache["path"])
    made = (environment / "mlhooks-complete").stat().st_mtime_ns
    second = runner.run(clean)
    assert second.used["actions/cache"] == cache
    assert (environment / "mlhooks-complete").stat().st_mtime_ns == made
    assert cache["key"].startswith("mlhooks-Linux-X64-")
    assert not list(environment.rglob("mlhooks/__init__.py")), "a cache holds no code of ours"


def test_half_an_environment_is_made_again(runner: Runner, clean: Path) -> None:
    environment = Path(runner.run(clean).used["actions/cache"]["path"])
    (environment / "mlhooks-complete").unlink()
    job = runner.run(clean)
    assert job.status == 0, job.log
    assert (environment / "mlhooks-complete").is_file()


def test_an_environment_that_cannot_be_made_is_an_error(
    runner: Runner, clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temp").mkdir()
    broken = Runner(tmp_path / "temp")
    monkeypatch.setattr(
        broken, "extra", {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"}
    )
    job = broken.run(clean)
    assert (job.status, job.outputs["exit-code"]) == (2, "")
    assert job.commands == ["::error title=mlhooks::the environment could not be made; the log says why"]
    assert "Traceback" not in job.log


def test_an_old_python_is_refused_with_advice(runner: Runner, clean: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    from users import ROOT

    program = (
        "import sys; sys.version_info = (3, 8, 1); sys.argv[1:] = ['plan']\n"
        f"exec(compile(open({str(ROOT / 'action' / 'install.py')!r}).read(), 'install.py', 'exec'), "
        f"{{'__name__': '__main__', '__file__': {str(ROOT / 'action' / 'install.py')!r}}})"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=dict(os.environ))
    assert result.returncode == 2
    assert "Python 3.11 or newer is needed, not 3.8.1; set the input python-version" in result.stdout
