"""The symbolic machine against CPython's own unpicklers: the same imports, in the same order, up to the same end."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator

import pytest
import streams
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import difference, read

from mlhooks.unsafe_models import opcodes as op
from mlhooks.unsafe_models.reader import ACROSS_FRAMES

MANY_STREAMS = 20_000
CAMPAIGN_STREAMS = 1_000_000


@pytest.fixture(autouse=True)
def _quiet_escapes() -> Iterator[None]:
    """CPython warns of invalid escapes in the strings of protocol 0."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _differences(count: int, seed: int) -> list[tuple[bytes, str]]:
    rng, pool, found = random.Random(seed), streams.seeds(), []
    for number in range(count):
        data = streams.mutated(rng, pool) if number % 3 == 0 else streams.grown(rng)
        problem = difference(data)
        if problem:
            found.append((data, problem))
    return found


def test_grown_and_mutated_streams_read_as_cpython_reads_them() -> None:
    assert _differences(MANY_STREAMS, seed=7)[:3] == []


@pytest.mark.campaign
def test_a_million_streams_read_as_cpython_reads_them() -> None:
    for seed in range(1000, 1000 + CAMPAIGN_STREAMS // MANY_STREAMS):
        assert _differences(MANY_STREAMS, seed)[:3] == []


def _pieces() -> list[bytes]:
    rng = random.Random(1)
    makers = [*streams.PUSHES, *streams.IMPORTS, *streams.CALLS, *streams.CAREFUL]
    made = {maker(rng) for maker in makers for _ in range(20)}
    return sorted(made | set(streams.CONTAINERS) | {bytes([code]) for code in op.NAMES})


@settings(max_examples=2500, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(st.sampled_from(_pieces()), max_size=25).map(lambda parts: b"".join(parts) + b"."))
def test_any_order_of_opcodes_reads_as_cpython_reads_it(data: bytes) -> None:
    assert difference(data) == ""


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.binary(max_size=40))
def test_any_bytes_read_as_cpython_reads_them(data: bytes) -> None:
    assert difference(data) == ""


OS_SYSTEM = (("os", "system"),)
READ_ALIKE = {
    "GLOBAL": b"cos\nsystem\n.",
    "names through the memo": b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94NNh\x00h\x01\x93.",
    "an escape in a string": b"S'o\\x73'\nS'\\163ystem'\n\x93.",
    "an escape in text": b"Vo\\u0073\nVsystem\n\x93.",
    "a popped import": b"cos\nsystem\n0N.",
    "an import before a broken tail": b"cos\nsystem\n\xff",
    "an import before an empty stack": b"cos\nsystem\n000",
    "an import before a text that is not UTF-8": b"cos\nsystem\n\x8c\x01\xff.",
    "an import before an unhashable key": b"cos\nsystem\n}]Ns.",
    "INST": b"(ios\nsystem\n.",
    "octal memo indexes are decimal": b"\x80\x02X\x02\0\0\0osp010\nNg10\nVsystem\n\x93.",
    "MEMOIZE counts filled slots": b"\x80\x04Vx\nq\x05Vos\n\x94h\x01Vsystem\n\x93.",
    "a mark hides what is below": b"Vos\nVsystem\n(\x93cos\nsystem\n.",
    "PROTO in the middle": b"cos\nsystem\n\x80\x03\x80\x00N.",
}


@pytest.mark.parametrize("case", READ_ALIKE)
def test_the_imports_of_both_machines(case: str) -> None:
    data = READ_ALIKE[case]
    assert difference(data) == ""
    wanted = () if case == "a mark hides what is below" else OS_SYSTEM
    assert read(data, python=False).imports == read(data, python=True).imports == wanted


READ_OTHERWISE = {
    "octal numbers stop Python": (b"I017\ncos\nsystem\n.", True, False),
    "a number behind a NUL stops Python": (b"I5\0x\ncos\nsystem\n.", True, False),
    "blanks in a float stop C": (b"F 1.5\ncos\nsystem\n.", False, True),
    "a list as arguments stops C": (b"N0cos\npath\n]Rcos\nsystem\n.", False, True),
    "a frame longer than the file stops C": (b"\x80\x04\x95\xff\0\0\0\0\0\0\0cos\nsystem\n.", False, True),
    "a frame in a frame stops Python": (
        b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x95\x02\0\0\0\0\0\0\0N0cos\nsystem\n.N",
        True,
        False,
    ),
    "a line without its end stops C": (b"cos\nsystemX", False, True),
    "INST without a mark stops C": (b"ios\nsystem\n.", False, True),
    "an empty module stops C": (b"c\nsystem\ncos\nsystem\n.", False, True),
}


@pytest.mark.parametrize("case", READ_OTHERWISE)
def test_where_the_machines_disagree(case: str) -> None:
    data, in_c, in_python = READ_OTHERWISE[case]
    assert difference(data) == ""
    assert (OS_SYSTEM[0] in read(data, python=False).imports) is in_c
    assert (OS_SYSTEM[0] in read(data, python=True).imports) is in_python


def _framed(body: bytes, size: int) -> bytes:
    return b"\x80\x04\x95" + size.to_bytes(8, "little") + body


FRAMES = {
    "its end": (_framed(b"NN0.", 4), False),
    "the end of an opcode": (_framed(b"K\x01NN00.", 2), False),
    "the argument of an opcode": (_framed(b"K\x01.", 1), False),
    "the payload of a text": (_framed(b"\x8c\x02ab.", 2), False),
    "the middle of a number": (_framed(b"M\x01\x01.", 2), True),
    "the middle of a text": (_framed(b"\x8c\x02ab.", 3), True),
    "the middle of a line": (_framed(b"cos\nsystem\n.", 6), True),
    "behind STOP": (_framed(b"N.N", 3), True),
    "the middle of a long text": (_framed(b"X\x04\0\0\0abcd.", 7), True),
}


@pytest.mark.parametrize("case", FRAMES)
def test_a_frame_that_ends_in_the_middle_of_something_is_told(case: str) -> None:
    data, is_told = FRAMES[case]
    assert difference(data) == ""
    assert (ACROSS_FRAMES in read(data, python=False).warnings) is is_told


LARGE_NUMBER_TUPLE = b"(" + b"K\x01" * 100_000 + b"t"
INERT = {
    "numbers": LARGE_NUMBER_TUPLE,
    "texts": b"](" + b"\x8c\x03abc\x94" * 100_000 + b"e",
    "long texts": b"](" + (b"X\xc8\0\0\0" + b"a" * 200 + b"\x94") * 2_000 + b"e",
    "dicts": b"](" + b"}\x94(\x8c\x01aK\x01\x8c\x01bG\0\0\0\0\0\0\0\0u" * 30_000 + b"e",
    "memo": b"\x8c\x01a\x940" + b"h\x000" * 200_000 + b"N",
}


@pytest.mark.parametrize("case", INERT)
@pytest.mark.parametrize(
    "tail", [b".", b"cos\nsystem\n.", b"\x8c\x02os\x8c\x06system\x93."], ids=["inert", "GLOBAL", "names"]
)
def test_what_is_stepped_over_in_one_go_ends_where_it_ends(case: str, tail: bytes) -> None:
    data = b"\x80\x04" + INERT[case] + tail
    found = read(data, python=False)
    assert (found.imports, found.failure, found.position) == (OS_SYSTEM if len(tail) > 1 else (), "", len(data))


def test_frames_are_seen_in_what_is_stepped_over() -> None:
    texts = b"\x8c\x03abc\x940" * 100_000
    split = len(texts) - 4  # in the middle of the last text
    data = b"\x80\x04" + b"N0" * 200_000 + _framed(texts, split)[2:] + b"N."
    found = read(data, python=False)
    assert ACROSS_FRAMES in found.warnings
    assert not read(b"\x80\x04" + b"N0" * 200_000 + _framed(texts, len(texts))[2:] + b"N.", python=False).warnings


BOMBS = {
    "hashing tuples of tuples": b"\x80\x04})" + b"2\x86" * 40 + b"Ns.",
    "a set of them": b"\x80\x04\x8f()" + b"2\x86" * 40 + b"\x90.",
    "a giant memo index": b"\x80\x02Nr\xff\xff\xff\x0f.",
}


@pytest.mark.parametrize("case", BOMBS)
def test_traps_for_memory_and_time_are_told(case: str) -> None:
    assert read(BOMBS[case], python=False).warnings


def test_a_large_honest_memo_is_no_trap() -> None:
    data = b"\x80\x02" + b"".join(b"Nr" + number.to_bytes(4, "little") + b"0" for number in range(300)) + b"N."
    assert read(data, python=False).warnings == ()
