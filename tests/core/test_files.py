"""Which files a path stands for, and what a file says when it cannot be read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlhooks.core.files import Blob, File, Told, decode, targets
from mlhooks.core.finding import Unscannable


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@t.test")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    return tmp_path


def test_a_work_tree_gives_tracked_and_untracked_files_but_not_ignored_ones(here: Path) -> None:
    git(here, "init", "-q")
    for name in ("tracked.py", "untracked.py", "ignored.log", "deleted.py", "sub/deep.py"):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text("x")
    (here / ".gitignore").write_text("*.log\n")
    git(here, "add", "tracked.py", "deleted.py")
    (here / "deleted.py").unlink()
    assert [target.path for target in targets(["."])] == [".gitignore", "sub/deep.py", "tracked.py", "untracked.py"]
    assert [target.path for target in targets(["sub"])] == ["sub/deep.py"]
    assert [target.named for target in targets(["ignored.log"])] == [True]


def test_outside_git_every_file_counts(here: Path) -> None:
    for name in ("b.log", "a/c.py", "a/.hidden"):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text("x")
    assert sorted(target.path for target in targets(["."])) == ["a/.hidden", "a/c.py", "b.log"]


def test_a_file_comes_once_however_often_it_is_named(here: Path) -> None:
    (here / "a.py").write_text("x")
    assert [target.path for target in targets(["a.py", ".", "./a.py"])] == ["a.py"]


def test_links_are_told_apart_inside_git(here: Path) -> None:
    git(here, "init", "-q")
    (here / "real.pkl").write_text("x")
    (here / "link.pkl").symlink_to("real.pkl")
    (here / "dangling.pkl").symlink_to("gone.pkl")
    (here / "folder").mkdir()
    (here / "folder-link").symlink_to("folder")
    found = {target.path: target.is_link for target in targets(["."])}
    assert found == {"dangling.pkl": True, "link.pkl": True, "real.pkl": False}


def walked(*paths: str) -> tuple[list[str], Told]:
    """The files that paths stand for, and what is said of the folders."""
    told = Told([], [])
    return [target.path for target in targets(paths, told)], told


@pytest.mark.parametrize(
    ("rules", "folder", "files"),
    [
        pytest.param("downloads/\n", "downloads", ["downloads/a/m.pkl", "downloads/m.pkl"], id="ignored by its name"),
        pytest.param("downloads/\n", "downloads/a", ["downloads/a/m.pkl"], id="in a folder that is"),
        pytest.param("downloads/*\n", "downloads", ["downloads/a/m.pkl", "downloads/m.pkl"], id="ignored with a star"),
        pytest.param("downloads/\n", ".", [".gitignore", "b.py"], id="not when a folder above it is asked for"),
        pytest.param("m.pkl\n", "downloads", ["downloads/a/m.pkl", "downloads/m.pkl"], id="by its files, all of them"),
        pytest.param("a\n", "downloads", ["downloads/m.pkl"], id="not when it is only in part"),
    ],
)
def test_an_ignored_folder_that_is_named_is_all_its_files(
    here: Path, rules: str, folder: str, files: list[str]
) -> None:
    git(here, "init", "-q")
    for name in ("b.py", "downloads/m.pkl", "downloads/a/m.pkl"):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text("x")
    (here / ".gitignore").write_text(rules)
    (here / "downloads" / "a").mkdir(exist_ok=True)
    found, told = walked(folder)
    assert (sorted(found), told) == (files, Told([], []))


def test_a_repository_that_ignores_all_it_has_hides_nothing(here: Path) -> None:
    (here / "model").mkdir()
    (here / "model" / "m.pkl").write_text("x")
    git(here / "model", "init", "-q")
    (here / "model" / ".git" / "info" / "exclude").write_text("*\n")
    assert walked("model") == (["model/m.pkl"], Told([], []))


def test_repositories_inside_are_left_out_and_told(here: Path) -> None:
    git(here, "init", "-q")
    for name in ("cloned", "module", "empty"):
        (here / name).mkdir()
    for name in ("cloned", "module"):
        (here / name / "m.pkl").write_text("x")
        git(here / name, "init", "-q")
        git(here / name, "add", "--all")
        git(here / name, "commit", "-qm", "x")
    git(here, "add", "module")
    (here / "a.py").write_text("x")
    assert walked(".") == (["a.py"], Told([f"{STRANGERS}: cloned, module; name one to check it"], []))
    assert walked("cloned", "module") == (["cloned/m.pkl", "module/m.pkl"], Told([], []))


STRANGERS = "left out, as git repositories of their own"


def test_where_git_cannot_list_everything_counts_and_that_is_told(here: Path) -> None:
    git(here, "init", "-q")
    (here / ".gitignore").write_text("*.log\n")
    (here / "b.log").write_text("x")
    (here / ".git" / "index").write_bytes(b"junk")
    found, told = walked(".")
    assert (found, told.errors) == ([".gitignore", "b.log"], [])
    [note] = told.notes
    assert note.startswith("git could not list . (")
    assert note.endswith("what it ignores was checked too")


@pytest.mark.skipif(sys.platform == "win32", reason="paths have another limit there")
def test_a_folder_that_cannot_be_read_is_not_clean(here: Path) -> None:
    """Too deep for the system: permissions would not stop a superuser."""
    inside = os.open(here, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=inside)
        deeper = os.open("d" * 250, os.O_RDONLY, dir_fd=inside)
        os.close(inside)
        inside = deeper
    os.close(os.open("m.pkl", os.O_CREAT, dir_fd=inside))
    os.close(inside)
    found, told = walked(".")
    assert found == []
    [(path, message)] = told.errors
    assert path.startswith("d" * 250 + "/")
    assert message == "the folder could not be read: file name too long"
    with pytest.raises(Unscannable, match="could not be read"):
        list(targets(["."]))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="permissions do not stop everybody")
@pytest.mark.parametrize("is_repository", [True, False])
def test_nor_is_one_that_is_closed_to_us(here: Path, is_repository: bool) -> None:
    if is_repository:
        git(here, "init", "-q")
    (here / "data").mkdir(mode=0)
    assert walked(".")[1].errors == [("data", "the folder could not be read: permission denied")]


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes among the files there")
def test_a_pipe_in_a_folder_is_no_file(here: Path) -> None:
    os.mkfifo(here / "p")
    (here / "a.py").write_text("x")
    assert walked(".") == (["a.py"], Told([], []))
    assert walked("p")[0] == ["p"], "one that is named is told when it is opened"


def test_a_hostile_git_setting_starts_nothing(here: Path) -> None:
    git(here, "init", "-q")
    git(here, "config", "core.fsmonitor", f"touch {here}/started; false")
    (here / "a.py").write_text("x")
    assert [target.path for target in targets(["."])] == ["a.py"]
    assert not (here / "started").exists()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param("é".encode(), "é", id="UTF-8"),
        pytest.param(b"\xef\xbb\xbfa\r\nb", "a\r\nb", id="a byte order mark goes, line ends stay"),
        pytest.param("é".encode("utf-16"), "é", id="UTF-16 with a mark"),
        pytest.param(b"\xfe\xff\x00a", "a", id="UTF-16, big end first"),
        pytest.param(b"\xff\xfe\0\0a\0\0\0", "a", id="UTF-32 is not UTF-16 with a NUL"),
        pytest.param(b"", "", id="empty"),
    ],
)
def test_decode(data: bytes, text: str) -> None:
    assert decode(data) == text


def test_undecodable_text_is_not_clean() -> None:
    with pytest.raises(Unscannable, match=r"not UTF-8 text \(byte 1\)"):
        decode(b"a\xff")
    assert decode(b"a\xe9", fallback="latin-1") == "aé"


def test_a_git_lfs_pointer_is_not_the_file() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12\n"
    for read in (File.read, File.open, File.text):
        with pytest.raises(Unscannable, match="git lfs pull"):
            read(Blob("weights.pkl", pointer))
    assert Blob("weights.pkl", pointer).is_lfs_pointer
    assert Blob("notes.md", pointer + b"x" * 2000).read()


def test_what_cannot_be_read_says_why(here: Path) -> None:
    (here / "dangling.pkl").symlink_to("gone.pkl")
    (here / "loop").symlink_to("loop")
    os.mkfifo(here / "pipe")
    reasons = {
        "gone.py": "there is no such file",
        "dangling.pkl": "symbolic link to a file that does not exist",
        "loop": "too many levels of symbolic links",
        "pipe": "not a regular file",
        "nul\0byte": "null",
    }
    for path, reason in reasons.items():
        with pytest.raises(Unscannable, match=reason):
            File(path).read()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are not bits there")
def test_an_unreadable_file_says_so(here: Path) -> None:
    here.chmod(0o755)
    (here / "secret.py").write_text("x")
    (here / "secret.py").chmod(0)
    # Root reads everything, so the question is asked as somebody else.
    program = (
        "import os, sys; sys.path[:0] = sys.argv[1:]\n"
        "from mlhooks.core.files import File\n"
        "from mlhooks.core.finding import Unscannable\n"
        "file = File('secret.py')\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "try: print(file.read())\n"
        "except Unscannable as reason: print(reason)\n"
    )
    folder = str(Path(decode.__code__.co_filename).parents[2])
    result = subprocess.run([sys.executable, "-c", program, folder], capture_output=True, text=True, check=False)
    assert result.stdout == "permission denied\n", result.stderr


def test_siblings_stay_inside_the_folder_one_stands_in(here: Path) -> None:
    (here.parent / "outside.lock").write_text("x")
    (here / "sub").mkdir()
    (here / "sub" / "pyproject.toml").write_text("x")
    (here / "uv.lock").write_text("lock")
    file = File("sub/pyproject.toml")
    parent = file.sibling("../uv.lock")
    assert parent is not None
    assert (parent.path, parent.read(), parent.named) == ("uv.lock", b"lock", False)
    assert file.sibling("../../outside.lock") is None
    assert file.sibling("missing") is None
    assert file.siblings() == ["pyproject.toml"]


def test_replace_is_atomic_and_keeps_the_permissions(here: Path) -> None:
    path = here / "run.sh"
    path.write_bytes(b"old")
    path.chmod(0o750)
    (here / "link.sh").symlink_to("run.sh")
    File("link.sh").replace(b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o750
    assert (here / "link.sh").is_symlink()
    assert sorted(entry.name for entry in here.iterdir()) == ["link.sh", "run.sh"]


def test_blob_knows_its_neighbours() -> None:
    file = Blob("a/m.toml", b"1", others={"a/m.lock": b"2", "b/x": b"3"})
    lock = file.sibling("m.lock")
    assert lock is not None
    assert lock.read() == b"2"
    assert lock.sibling("m.toml") is not None
    assert file.siblings() == ["m.lock", "m.toml"]
    assert file.sibling("x") is None
