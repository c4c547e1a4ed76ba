"""The room as people meet it: findings with places and advice, options, imports, and what cannot be judged."""

from __future__ import annotations

import collections
import os
import pickle
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from mlhooks.core.files import LFS_POINTER_START, Blob, File
from mlhooks.core.finding import Finding, Level, Unscannable
from mlhooks.unsafe_models import HOOK

HOOKS = Path(__file__).resolve().parents[2] / "hooks"


class Greeting:
    """A pickle of this would print, if anybody loaded it."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("print('hello from a model')",)


class Shouting:
    """As above, with a program."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("echo hello",)


def check(data: bytes, name: str = "m.pkl", **options: object) -> list[Finding]:
    values = {option.name: option.default for option in HOOK.options}
    values |= {key.replace("_", "-"): value for key, value in options.items()}  # type: ignore[dict-item]
    return list(HOOK.check(Blob(name, data), values))


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "mlhooks", "unsafe-models", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(HOOKS), "NO_COLOR": "1"}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False)


def test_the_line_that_a_person_reads(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(pickle.dumps({"weights": [1.0], "hook": Shouting()}))
    result = run("model.pkl", cwd=tmp_path)
    assert result.returncode == 1
    line = result.stdout.splitlines()[0]
    assert line.startswith("model.pkl")
    assert "byte " in line
    assert "loading this file calls posix.system('echo hello'); that runs programs." in line
    assert "weights_only=True" in line
    assert line.endswith("[pickle-dangerous-call]")


def test_what_cannot_be_judged_is_status_2(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(LFS_POINTER_START + b"\noid sha256:0\nsize 1\n")
    result = run("model.pkl", cwd=tmp_path)
    assert result.returncode == 2
    assert "git lfs pull" in result.stderr
    assert run("missing.pkl", cwd=tmp_path).returncode == 2
    assert run("--packs", "no-such-pack", "model.pkl", cwd=tmp_path).returncode == 2


def test_a_cut_off_pickle_is_reported_with_what_it_has_run_by_then() -> None:
    rules = [finding.rule.id for finding in check(pickle.dumps([Greeting(), "x" * 100])[:-20])]
    assert rules == ["pickle-dangerous-call", "pickle-malformed"]


QUIET = {
    "README.md": b"# A title\n\nimport os\n",
    "train.py": b"import os\n\nos.system('ls')\n",
    "functions.txt": b"cos\nsine\n",
    "data.csv": b"city,year\nLondon,2020\n" * 50,
    "config.json": b'{"a": [1, 2, 3]}\n',
    "image.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "empty.txt": b"",
    "inner.txt": b"(I1\nI2\n.\n",
    "notes": b"I was here.\n",
    "model.pkl": pickle.dumps({"a": 1}),
    "state.bin": pickle.dumps(collections.OrderedDict(a=b"1")),
}


@pytest.mark.parametrize("name", QUIET)
def test_the_rest_of_a_repository_is_quiet(name: str) -> None:
    assert check(QUIET[name], name) == []


def test_a_name_is_reported_once_however_often_it_is_used() -> None:
    assert len(check(pickle.dumps([Shouting() for _ in range(500)]))) == 1


def test_a_call_is_told_rather_than_the_import_before_it() -> None:
    (finding,) = check(b"\x80\x04cos\nsystem\n\x94Nh\x00X\x02\0\0\0ls\x85R.")
    assert finding.message.startswith("loading this file calls os.system('ls')")


def test_several_dangers_are_told_in_their_order() -> None:
    found = check(pickle.dumps([Greeting(), Shouting()]))
    assert [finding.subject for finding in found] == ["builtins.exec", "posix.system"]
    offsets = [int(finding.location.where.removeprefix("byte ").replace(",", "")) for finding in found]
    assert offsets == sorted(offsets)


def test_the_message_about_an_unknown_class_holds_the_line_that_allows_it() -> None:
    (finding,) = check(b"cmypkg.layers\nBlock\n)\x81.")
    assert finding.level is Level.WARNING
    assert 'allow-imports = ["mypkg.layers.Block"] in [tool.mlhooks.unsafe-models]' in finding.message
    assert check(b"cmypkg.layers\nBlock\n)\x81.", allow_imports=("mypkg.layers.Block",)) == []


def test_the_message_about_a_library_names_its_pack() -> None:
    (finding,) = check(b"cultralytics.nn.tasks\nDetectionModel\n)\x81.")
    assert 'packs = ["ultralytics"]' in finding.message


HOSTILE_NAMES = {
    "escape sequences": b"\x80\x04X\x0b\0\0\0a\x1b[2Jb\n\rc\x00X\x01\0\0\0x\x93.",
    "bidirectional marks": b"\x80\x04X\x05\0\0\0a\xe2\x80\xaebX\x01\0\0\0x\x93.",
    "a very long name": b"\x80\x04X\x10\x27\0\0" + b"a" * 10_000 + b"X\x01\0\0\0x\x93.",
    "a very long argument": b"cos\nsystem\nX\x10\x27\0\0" + b"\x1b" * 10_000 + b"\x85R.",
    "a deep argument": b"cos\nsystem\n)" + b"\x85" * 5000 + b"R.",
}


@pytest.mark.parametrize("case", HOSTILE_NAMES)
def test_what_a_file_says_is_cut_and_escaped(case: str) -> None:
    for finding in check(HOSTILE_NAMES[case]):
        assert finding.message.isascii()
        assert finding.message.isprintable()
        assert len(finding.message) < 800


def test_pickles_are_noted_only_when_asked() -> None:
    data = pickle.dumps(collections.OrderedDict(a=1))
    assert check(data) == []
    (note,) = check(data, note_pickles=True)
    assert (note.rule.id, note.level) == ("pickle-model", Level.NOTE)


def test_bytes_for_a_nested_loader_are_looked_into() -> None:
    inner = pickle.dumps(Shouting())
    outer = b"\x80\x04ctorch.storage\n_load_from_bytes\nB" + len(inner).to_bytes(4, "little") + inner + b"\x85R."
    (finding,) = check(outer)
    assert finding.rule.id == "pickle-dangerous-call"
    assert finding.location.where.startswith("bytes in the pickle, byte ")


def test_nesting_has_a_limit() -> None:
    data = pickle.dumps([1])
    for _ in range(12):
        data = b"\x80\x04ctorch.storage\n_load_from_bytes\nB" + len(data).to_bytes(4, "little") + data + b"\x85R."
    assert [finding.rule.id for finding in check(data)] == ["scan-budget-exceeded"]


def test_opcodes_have_a_limit() -> None:
    data = b"\x80\x04cos\nsystem\n0" + b"N0" * 1_500_000 + b"N."
    rules = [finding.rule.id for finding in check(data, max_opcodes=1)]
    assert rules == ["pickle-dangerous-call", "scan-budget-exceeded"]


def test_imports_are_listed_with_their_verdicts(tmp_path: Path) -> None:
    path = tmp_path / "m.pkl"
    path.write_bytes(pickle.dumps([collections.OrderedDict(a=1), Shouting()]))
    result = run("--show-imports", str(path), cwd=tmp_path)
    assert result.returncode == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0] == str(path)
    assert any(line.startswith("import collections.OrderedDict allowed (byte ") for line in lines)
    assert any(line.startswith("call posix.system dangerous: runs programs (byte ") for line in lines)
    missing = run("--show-imports", "missing.pkl", cwd=tmp_path)
    assert missing.returncode == 2


def test_a_large_file_is_mapped_and_a_small_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "m.pkl"
    path.write_bytes(pickle.dumps([b"x" * (3 << 20), Shouting()]))
    file = File(str(path))
    assert [finding.rule.id for finding in HOOK.check(file, {})] == ["pickle-dangerous-call"]
    file.close()


JOBLIB = pytest.importorskip("joblib")
NUMPY = pytest.importorskip("numpy")


def dumped(value: object) -> bytes:
    stream = BytesIO()
    JOBLIB.dump(value, stream)
    return stream.getvalue()


def objects(*items: object) -> object:
    return NUMPY.array([*items, None], dtype=object)


ARRAYS = {
    "numbers": lambda: {"a": NUMPY.arange(1000), "b": NUMPY.ones((3, 4, 5))},
    "texts and records": lambda: [NUMPY.array(["ab", "c"]), NUMPY.zeros(3, dtype=[("x", "f4"), ("y", "i8")])],
    "bools and complex numbers": lambda: [NUMPY.array([True]), NUMPY.array([1j])],
    "dates": lambda: NUMPY.array(["2020"], dtype="M8[D]"),
    "Fortran order": lambda: NUMPY.asfortranarray(NUMPY.ones((20, 30))),
    "nothing": lambda: [NUMPY.zeros((0, 3)), NUMPY.array(5.0)],
    "objects": lambda: {"os": objects("a", 1), "b": objects(2)},
    "objects under the name of a module": lambda: {"site": 1, "code": 2, "x": objects("a"), "y": NUMPY.arange(3)},
    "big endian": lambda: NUMPY.arange(5, dtype=">i4"),
}  # fmt: skip


@pytest.mark.parametrize("case", ARRAYS)
def test_arrays_of_joblib_are_stepped_over(case: str) -> None:
    assert check(dumped(ARRAYS[case]()), "m.joblib") == []


def test_what_stands_behind_an_array_is_seen() -> None:
    found = check(dumped([NUMPY.arange(1000), Shouting()]), "m.joblib")
    assert [finding.rule.id for finding in found] == ["pickle-dangerous-call"]


def test_what_stands_inside_an_array_of_objects_is_seen() -> None:
    found = check(dumped([objects(Shouting()), NUMPY.arange(10)]), "m.joblib")
    assert [finding.rule.id for finding in found] == ["pickle-dangerous-call"]


def test_opcodes_among_numbers_are_no_opcodes() -> None:
    numbers = NUMPY.frombuffer(b"cos\nsystem\n(S'ls'\ntR." * 64, dtype="u1")
    assert check(dumped([numbers, 1]), "m.joblib") == []


def test_opcodes_among_numbers_without_padding_run_in_other_loaders() -> None:
    """joblib before 1.2 wrote no padding byte; pickle.load goes on with the numbers as opcodes."""
    numbers = NUMPY.frombuffer(b"0cos\nsystem\n(S'ls'\ntR." + b"." * 41, dtype="u1")
    data = dumped([numbers, 1])
    head, _, rest = data.partition(b"\x8c\x1bnumpy_array_alignment_bytes\x94K\x10")
    assert rest.startswith(b"ub")
    old = head[:2] + head[11:] + b"ub" + rest[3 + rest[2] :]  # without its frame, too
    assert "pickle-dangerous-call" in [finding.rule.id for finding in check(old, "m.joblib")]


def test_an_array_that_is_cut_off_is_reported() -> None:
    assert [finding.rule.id for finding in check(dumped(NUMPY.arange(1000))[:-500], "m.joblib")] == ["pickle-malformed"]


def test_a_link_is_followed(tmp_path: Path) -> None:
    assert HOOK.follows_links
    (tmp_path / "blob").write_bytes(pickle.dumps(Shouting()))
    (tmp_path / "model.bin").symlink_to(tmp_path / "blob")
    assert run("model.bin", cwd=tmp_path).returncode == 1
    (tmp_path / "blob").unlink()
    assert run("model.bin", cwd=tmp_path).returncode == 2


def test_an_unreadable_file_is_no_clean_file() -> None:
    with pytest.raises(Unscannable):
        list(HOOK.check(File("/dev/null"), {}))
