"""`--environment`: what is installed is read, and nothing of it is run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from advisories import advisory, database

from mlhooks.core.finding import Unscannable
from mlhooks.vulnerable_dependencies.environment import installed, metadata_files, site_folders

Run = Callable[..., tuple[int, str, str]]
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


def install(site: Path, name: str, version: str) -> None:
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: prose\n")


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment whose interpreter would tell if it were run."""
    folder = tmp_path / "here" / "env"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").write_text(f"#!/bin/sh\ntouch {tmp_path}/was-run\n")
    (folder / "bin" / "python").chmod(0o755)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
    install(folder / "lib" / "python3.11" / "site-packages", "Leaky", "1.0")
    install(folder / "lib" / "python3.11" / "site-packages", "fine", "1.0")
    return folder


def test_the_line_that_a_person_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mlhooks: Run, environment: Path
) -> None:
    database(tmp_path / "cache", advisory("A-1"))
    status, out, err = mlhooks("vulnerable-dependencies", "--environment", "env/bin/python")
    assert out == (
        "env/lib/python3.11/site-packages/Leaky-1.0.dist-info/METADATA:3:1: error: installed leaky: Leaky 1.0 has a "
        "known vulnerability: A-1 (fixed in 2.0). Raise it to 2.0 or later [vulnerable-dependency]\n"
    )
    assert "2 audited, 1 of these in no advisory, 0 not audited" in err
    assert status == 1
    assert not (tmp_path / "was-run").exists()


@pytest.mark.parametrize("value", ["env/bin/python", "env", "env/lib/python3.11/site-packages"])
def test_it_may_be_named_in_three_ways(mlhooks: Run, environment: Path, value: str) -> None:
    assert site_folders(value) == ["env/lib/python3.11/site-packages"] or site_folders(value) == [
        str(environment / "lib" / "python3.11" / "site-packages")
    ]


def test_a_clean_environment_still_says_how_much_was_audited(mlhooks: Run, tmp_path: Path, environment: Path) -> None:
    database(tmp_path / "cache", advisory("A-1", "other"))
    status, out, err = mlhooks("vulnerable-dependencies", "--environment", "env")
    assert (status, out) == (0, "")
    assert "2 audited" in err


def test_what_does_not_tell_its_name_is_an_error(mlhooks: Run, tmp_path: Path, environment: Path) -> None:
    database(tmp_path / "cache", advisory("A-1", "other"))
    site = environment / "lib" / "python3.11" / "site-packages"
    (site / "broken-1.0.dist-info").mkdir()
    (site / "nameless-1.0.egg-info").write_text("Version: 1.0\n")
    status, _, err = mlhooks("vulnerable-dependencies", "--environment", "env")
    assert status == 2
    assert "broken-1.0.dist-info/METADATA: it could not be read" in err
    assert "nameless-1.0.egg-info: it does not tell a name and a version" in err


@pytest.mark.parametrize("value", ["no-such-python", "empty"])
def test_no_environment_is_an_error(mlhooks: Run, tmp_path: Path, value: str) -> None:
    database(tmp_path / "cache", advisory("A-1"))
    Path("empty").mkdir()
    status, out, err = mlhooks("vulnerable-dependencies", "--environment", value)
    assert (status, out) == (2, "")
    assert f"could not check {value}" in err


def test_the_packages_of_the_system_belong_to_it_when_the_environment_says_so(
    environment: Path, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    (base / "bin").mkdir(parents=True)
    (base / "bin" / "python").touch()
    install(base / "lib" / "python3.11" / "site-packages", "system", "1.0")
    (environment / "pyvenv.cfg").write_text(f"home = {base / 'bin'}\ninclude-system-site-packages = true\n")
    names = [
        installed(path).name
        for folder in site_folders(str(environment / "bin" / "python"))
        for path in metadata_files(folder)
    ]
    assert sorted(names) == ["Leaky", "fine", "system"]


def test_an_interpreter_that_is_gone_is_an_error(environment: Path, tmp_path: Path) -> None:
    (environment / "pyvenv.cfg").write_text(f"home = {tmp_path / 'gone'}\ninclude-system-site-packages = true\n")
    with pytest.raises(Unscannable, match="is not here"):
        site_folders(str(environment / "bin" / "python"))


@pytest.mark.parametrize(
    ("folder", "is_found"),
    [
        pytest.param("lib/python3.11/site-packages", True, id="of this version"),
        pytest.param("lib/python3.10/site-packages", False, id="of another version"),
    ],
)
def test_what_a_user_installed_belongs_to_an_interpreter(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, is_found: bool
) -> None:
    (tmp_path / "base" / "bin").mkdir(parents=True)
    interpreter = tmp_path / "base" / "bin" / "python3.11"
    interpreter.touch()
    system, user = tmp_path / "base" / "lib" / "python3.11" / "site-packages", tmp_path / "user" / folder
    install(system, "system", "1.0")
    install(user, "mine", "1.0")
    monkeypatch.setenv("PYTHONUSERBASE", str(tmp_path / "user"))
    assert site_folders(str(interpreter)) == [*([str(user)] if is_found else []), str(system)]
    assert str(user) not in site_folders(str(environment / "bin" / "python")), "an environment is on its own"


def test_a_user_folder_alone_is_no_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "user" / "lib" / "python3.11" / "site-packages", "mine", "1.0")
    monkeypatch.setenv("PYTHONUSERBASE", str(tmp_path / "user"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3.11").touch()
    with pytest.raises(Unscannable, match="no packages were found"):
        site_folders(str(tmp_path / "bin" / "python3.11"))


def test_two_versions_in_one_folder_are_both_audited(mlhooks: Run, tmp_path: Path, environment: Path) -> None:
    database(tmp_path / "cache", advisory("A-1"))
    install(environment / "lib" / "python3.11" / "site-packages", "leaky", "10.0")
    install(environment / "lib" / "python3.11" / "site-packages", "~eaky", "0.9")
    _, out, err = mlhooks("vulnerable-dependencies", "--environment", "env")
    assert out.count("Leaky 1.0 has a known vulnerability") == 1
    assert "3 audited" in err, "what an installer moved out of the way is not installed"


def test_old_forms_of_metadata(tmp_path: Path) -> None:
    (tmp_path / "a.egg-info").mkdir()
    (tmp_path / "a.egg-info" / "PKG-INFO").write_text("Name: a\nVersion: 1\n")
    (tmp_path / "b.egg-info").write_text("name: b\r\nversion: 2\r\n\r\n")
    (tmp_path / "c-3-py3.11.egg" / "EGG-INFO").mkdir(parents=True)
    (tmp_path / "c-3-py3.11.egg" / "EGG-INFO" / "PKG-INFO").write_text("Name: c\nVersion: 3\n")
    assert [(installed(path).name, installed(path).specifier) for path in metadata_files(str(tmp_path))] == [
        ("a", "==1"),
        ("b", "==2"),
        ("c", "==3"),
    ]


def test_metadata_that_is_not_there_is_named(tmp_path: Path) -> None:
    for name in ("a.egg-info", "b.egg", "c.dist-info"):
        (tmp_path / name).mkdir()
    (tmp_path / "zipped.egg").write_bytes(b"PK\3\4")
    for path in metadata_files(str(tmp_path)):
        with pytest.raises(Unscannable):
            installed(path)
    assert len(metadata_files(str(tmp_path))) == 4


def test_prose_below_the_header_is_no_header(tmp_path: Path) -> None:
    (tmp_path / "METADATA").write_text("Metadata-Version: 2.1\n\nName: x\nVersion: 1\n")
    with pytest.raises(Unscannable):
        installed(str(tmp_path / "METADATA"))


def test_the_interpreter_that_runs_the_tests() -> None:
    """What the interpreter itself says, as the measure."""
    program = "import sysconfig; print(sysconfig.get_path('purelib'))"
    expected = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert Path(expected).resolve() in [Path(folder).resolve() for folder in site_folders(sys.executable)]
