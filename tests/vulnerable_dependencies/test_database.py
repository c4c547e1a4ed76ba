"""The database file: whole or not at all, whoever writes, and whenever they are stopped."""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from advisories import advisory, ago, database

from mlhooks.core.finding import Unscannable
from mlhooks.vulnerable_dependencies.building import ABANDONED_AFTER_SECONDS, TEMPORARY_PREFIX
from mlhooks.vulnerable_dependencies.database import FILE_NAME, Database, default_path, open_database

Run = Callable[..., tuple[int, str, str]]

# Ends itself with SIGKILL at the n-th thing that an update does to the cache folder.
KILLED = """
import os, signal, sys
from mlhooks.__main__ import main
left, folder = int(sys.argv[1]), os.environ["MLHOOKS_CACHE"]
def watch(event, args):
    global left
    if any(isinstance(arg, str) and folder in arg for arg in args):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
main(["advisories", "update", "--from", sys.argv[2]])
"""
DONE = 0


def start(program: str, *words: str, cache: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "MLHOOKS_CACHE": str(cache), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", textwrap.dedent(program), *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def names(path: Path) -> list[str]:
    found = Database(str(path))
    return [entry.ids[0] for name in ("old", "new") for entry in found.affected(name)]


@pytest.fixture
def new_data(tmp_path: Path) -> str:
    path = tmp_path / "NEW-1.json"
    path.write_text(json.dumps(advisory("NEW-1", "new")))
    return str(path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_an_update_may_be_killed_at_any_moment(tmp_path: Path, new_data: str) -> None:
    cache = tmp_path / "cache"
    old = Path(database(cache, advisory("OLD-1", "old"))).read_bytes()
    was_new = False
    for moment in range(1, 100):
        process = start(KILLED, str(moment), new_data, cache=cache)
        _, complaint = process.communicate()
        if process.returncode == DONE:
            break
        assert process.returncode == -signal.SIGKILL, complaint.decode()
        is_new = names(cache / FILE_NAME) == ["NEW-1"]
        assert is_new or (cache / FILE_NAME).read_bytes() == old
        assert is_new or not was_new, "once it is replaced, it stays so"
        was_new = is_new
    assert moment > 5, "the moments were counted"
    assert names(cache / FILE_NAME) == ["NEW-1"]


@pytest.mark.campaign
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_an_update_may_be_killed_at_any_time(tmp_path: Path) -> None:
    """The same with a clock instead of events, on a database that takes a while to write."""
    cache, data = tmp_path / "cache", tmp_path / "data"
    old = Path(database(cache, advisory("OLD-1", "old"))).read_bytes()
    data.mkdir()
    for number in range(3000):
        (data / f"{number}.json").write_text(json.dumps(advisory(f"NEW-{number}", "new")))
    begin = time.monotonic()
    start(KILLED, "0", str(data), cache=tmp_path / "other").communicate()
    seconds = time.monotonic() - begin
    chosen = random.Random(3)
    verdicts = {"old": 0, "new": 0, "killed": 0}
    for _ in range(200):
        (cache / FILE_NAME).write_bytes(old)
        process = start(KILLED, "0", str(data), cache=cache)
        try:
            process.wait(chosen.uniform(0, 1.1 * seconds))
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        verdicts["killed"] += process.returncode == -signal.SIGKILL
        is_old = (cache / FILE_NAME).read_bytes() == old
        verdicts["old" if is_old else "new"] += 1
        assert is_old or len(Database(str(cache / FILE_NAME)).affected("new")) == 3000
    print(verdicts)
    assert min(verdicts.values()) > 0, "before and after it was replaced"


def test_two_updates_at_once_leave_one_whole_database(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    database(cache, advisory("OLD-1", "old"))
    for number in range(2):
        (tmp_path / str(number)).mkdir()
        for record in range(200):
            text = json.dumps(advisory(f"{number}-{record}", "new"))
            (tmp_path / str(number) / f"{record}.json").write_text(text)
    running = [start(KILLED, "0", str(tmp_path / str(number)), cache=cache) for number in range(2)]
    assert [process.communicate()[1] for process in running] == [b"", b""]
    found = {name.partition("-")[0] for name in names(cache / FILE_NAME)}
    assert len(found) == 1, "all of one update, nothing of the other"
    assert len(names(cache / FILE_NAME)) == 200
    assert [path.name for path in cache.iterdir() if path.is_file()] == [FILE_NAME]


def test_a_check_that_runs_meanwhile_keeps_what_it_opened(tmp_path: Path) -> None:
    path = database(tmp_path, advisory("OLD-1", "old"))
    opened = open_database(path)
    database(tmp_path, advisory("NEW-1", "new"))
    assert opened.affected("old"), "the old file, which has no name any more"
    assert open_database(path).affected("new"), "and who opens it now sees the new one"


def test_what_killed_updates_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    young, old = tmp_path / f"{TEMPORARY_PREFIX}young", tmp_path / f"{TEMPORARY_PREFIX}old"
    for path in (young, old):
        path.touch()
    past = path.stat().st_mtime - ABANDONED_AFTER_SECONDS - 60
    os.utime(old, (past, past))
    database(tmp_path, advisory("A-1"))
    assert (young.exists(), old.exists()) == (True, False), "a young one may belong to an update under way"


# The two capabilities by which root passes over the permissions of files (linux/capability.h, linux/prctl.h).
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, PR_CAPBSET_DROP = 1, 2, 24
PROBE = "open({!r}, 'w')"


def as_somebody(*arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    """Run Python as somebody for whom the permissions of files hold, also where the tests are run by root."""

    def give_up_power() -> None:
        library = ctypes.CDLL(None)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            library.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)

    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "MLHOOKS_CACHE": str(cache), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True, text=True, check=False, preexec_fn=give_up_power if os.geteuid() == 0 else None,
    )  # fmt: skip


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A cache with a database, in a folder that cannot be written."""
    cache = tmp_path / "cache"
    database(cache, advisory("A-1"))
    (cache / FILE_NAME).chmod(0o400)
    cache.chmod(0o500)
    probe = as_somebody("-c", PROBE.format(str(cache / "probe")), cache=cache)
    if "PermissionError" not in probe.stderr:
        pytest.skip("permissions of files do not hold here")
    yield cache
    cache.chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="has other permissions")
class TestACacheThatCannotBeWritten:
    def test_is_read(self, locked: Path, tmp_path: Path) -> None:
        before = sorted(path.name for path in locked.iterdir())
        (tmp_path / "requirements.txt").write_text("leaky==1.0\n")
        result = as_somebody(
            "-m", "mlhooks", "vulnerable-dependencies", str(tmp_path / "requirements.txt"), cache=locked
        )  # fmt: skip
        assert result.returncode == 1, result.stderr
        assert "leaky 1.0 has a known vulnerability: A-1" in result.stdout
        assert sorted(path.name for path in locked.iterdir()) == before

    def test_is_told(self, locked: Path, new_data: str) -> None:
        before = {path.name: path.read_bytes() for path in locked.iterdir() if path.is_file()}
        result = as_somebody("-m", "mlhooks", "advisories", "update", "--from", new_data, cache=locked)
        assert (result.returncode, result.stdout) == (2, "")
        kept = "the database that was there stays as it was"
        assert result.stderr == f"mlhooks: {locked} cannot be written: Permission denied; {kept}\n"
        assert {path.name: path.read_bytes() for path in locked.iterdir() if path.is_file()} == before

    def test_is_told_when_it_cannot_even_be_made(self, locked: Path, new_data: str) -> None:
        inner = locked / "mlhooks"
        result = as_somebody("-m", "mlhooks", "advisories", "update", "--from", new_data, cache=inner)
        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr == f"mlhooks: {inner} cannot be written: Permission denied\n"

    def test_is_told_when_it_is_a_file(self, mlhooks: Run, tmp_path: Path, new_data: str) -> None:
        (tmp_path / "cache").write_text("a file stands where the folder should")
        expected = f"mlhooks: {tmp_path / 'cache'} cannot be written: File exists\n"
        assert mlhooks("advisories", "update", "--from", new_data) == (2, "", expected)

    @pytest.mark.parametrize("path", [pytest.param(FILE_NAME, id="the file"), pytest.param(".", id="its folder")])
    def test_may_be_out_of_reach(self, locked: Path, tmp_path: Path, path: str) -> None:
        """A database that is there and cannot be opened is neither one that is missing nor one that is damaged."""
        (locked / path).chmod(0)
        (tmp_path / "requirements.txt").write_text("leaky==1.0\n")
        result = as_somebody(
            "-m", "mlhooks", "vulnerable-dependencies", str(tmp_path / "requirements.txt"), cache=locked
        )  # fmt: skip
        assert (result.returncode, result.stdout) == (2, "")
        assert f"the advisory database {locked / FILE_NAME} cannot be read: " in result.stderr


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(lambda data: data[: len(data) // 2], "damaged", id="cut off"),
        pytest.param(lambda data: b"", "no advisory database", id="empty"),
        pytest.param(lambda data: b"nothing of the kind" * 100, "damaged", id="something else"),
        pytest.param(
            lambda data: data[:60] + b"\0\0\0\x63" + data[64:], "another version of mlhooks", id="another format"
        ),
        pytest.param(lambda data: data[:68] + b"\0\0\0\0" + data[72:], "no advisory database", id="of another program"),
        pytest.param(lambda data: data[:100] + b"\xff" * (len(data) - 100), "damaged", id="overwritten"),
    ],
)
def test_a_damaged_database_is_an_error(
    mlhooks: Run, tmp_path: Path, damage: Callable[[bytes], bytes], reason: str
) -> None:
    path = Path(database(tmp_path / "cache", advisory("A-1")))
    path.write_bytes(damage(path.read_bytes()))
    Path("requirements.txt").write_text("leaky==1.0\n")
    for command in (("vulnerable-dependencies", "."), ("advisories", "status")):
        status, out, err = mlhooks(*command)
        assert (status, out) == (2, "")
        assert reason in err
        assert "Run `mlhooks advisories update`" in err


@pytest.mark.parametrize("built", [ago(-30), ago(-30)[:-1], ago(-30)[:10]], ids=["UTC", "no zone", "a day"])
def test_a_database_of_the_future_is_an_error(mlhooks: Run, tmp_path: Path, built: str) -> None:
    import sqlite3

    path = database(tmp_path / "cache", advisory("A-1"))
    connection = sqlite3.connect(path)
    connection.execute("update about set value = ? where name = 'built'", (built,))
    connection.commit()
    connection.close()
    status, _, err = mlhooks("vulnerable-dependencies", ".")
    assert status == 2
    assert "built in the future" in err


def test_status_tells_where_the_data_comes_from(mlhooks: Run, tmp_path: Path) -> None:
    database(tmp_path / "cache", advisory("A-1", age_days=3.1), advisory("A-2", "other", age_days=4, withdrawn=ago(4)))
    status, out, _ = mlhooks("advisories", "status")
    assert status == 0
    assert "1 advisory for 1 package; 1 withdrawn left out" in out
    assert "(3 days ago)" in out


def test_an_update_that_brings_less_says_so(mlhooks: Run, tmp_path: Path, new_data: str) -> None:
    database(tmp_path / "cache", advisory("A-1"), advisory("A-2"))
    status, _, err = mlhooks("advisories", "update", "--from", new_data)
    assert status == 0
    assert "the database before had more: 2 advisories for 1 package, from the test" in err


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"MLHOOKS_CACHE": "/a"}, "/a/advisories.sqlite"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/mlhooks/advisories.sqlite"),
        ({"HOME": "/home/u"}, "/home/u/.cache/mlhooks/advisories.sqlite"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="has another place for caches")
def test_the_place_of_the_cache(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str) -> None:
    for name in ("MLHOOKS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert default_path() == expected


def test_a_path_with_signs_that_mean_something_in_an_address(tmp_path: Path) -> None:
    folder = tmp_path / "50% off? #1"
    folder.mkdir()
    assert open_database(database(folder, advisory("A-1"))).affected("leaky")


def test_no_database_under_a_name_of_ones_own(tmp_path: Path) -> None:
    with pytest.raises(Unscannable, match=r"there is no advisory database at .*mine\.sqlite"):
        open_database(str(tmp_path / "mine.sqlite"))


def test_two_records_of_one_id_both_count(tmp_path: Path) -> None:
    """An archive may hold an older and a newer copy; nobody can tell which one is right."""
    first, second = advisory("A-1", versions=["1.0"]), advisory("A-1", versions=["3.0"])
    opened = open_database(database(tmp_path, first, second, first))
    assert [entry.ids for entry in opened.affected("leaky")] == [("A-1",), ("A-1",)]
    assert opened.about.advisories == 1


@pytest.mark.parametrize(
    ("content", "is_replaced"),
    [
        pytest.param(None, True, id="nothing"),
        pytest.param(lambda data: data, True, id="a database"),
        pytest.param(lambda data: data[: len(data) // 2], True, id="half of one"),
        pytest.param(lambda data: b"", True, id="an empty file"),
        pytest.param(lambda data: b"leaky==1.0\n", False, id="a file of somebody"),
        pytest.param(lambda data: data[:68] + b"\0\0\0\0" + data[72:], False, id="a database of another program"),
    ],
)
def test_a_place_that_is_named_by_mistake_is_left_alone(
    mlhooks: Run, tmp_path: Path, new_data: str, content: Callable[[bytes], bytes] | None, is_replaced: bool
) -> None:
    place = Path("here.sqlite")
    if content:
        place.write_bytes(content(Path(database(tmp_path / "cache", advisory("A-1"))).read_bytes()))
    before = place.read_bytes() if content else b""
    status, _, err = mlhooks("advisories", "update", "--from", new_data, "--database", str(place))
    assert (status, "is not replaced" in err) == ((0, False) if is_replaced else (2, True))
    assert (place.read_bytes() == before) is not is_replaced


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        pytest.param("vulnerable-dependencies .", "no advisory database", id="a check"),
        pytest.param("advisories status", "no advisory database", id="status"),
        pytest.param("advisories update --from .", "no advisory database", id="an update"),
    ],
)
def test_nobody_waits_at_a_pipe(mlhooks: Run, command: str, reason: str) -> None:
    os.mkfifo("pipe")
    Path("requirements.txt").write_text("leaky==1.0\n")
    status, out, err = mlhooks(*command.split(), "--database", "pipe")
    assert (status, out) == (2, "")
    assert reason in err
