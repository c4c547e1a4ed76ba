"""Files that are nearly what they were: for finding what crashes, hangs or swells."""

from __future__ import annotations

import random
from collections.abc import Sequence

# Lengths, counts and offsets at the ends of their ranges, and the marks of every format.
_EXTREMES = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\xff" * 8, b"\xff" * 7 + b"\x7f")
_MARKS = (
    *(
        b"PK\x03\x04",
        b"PK\x01\x02",
        b"PK\x05\x06",
        b"PK\x06\x06",
        b"PK\x06\x07",
        b"\x1f\x8b\x08",
        b"BZh9",
        b"\xfd7zXZ\0",
    ),
    *(b"\x78\x9c", b"\x04\x22\x4d\x18", b"ZF0x", b"\x5d\0\0", b"\x93NUMPY", b"ustar", b"\x80\x02", b"\x80\x04\x95"),
    *(b"cos\nsystem\n", b"\x8c\x02os", b"\x93", b"R", b".", b"b", b"\x94", b"(", b"t", b"0", b"2", b"h\0", b"Q"),
)


def mutated(data: bytes, others: Sequence[bytes], generator: random.Random) -> bytes:
    """`data` with one to eight changes; `others` are files to take slices from."""
    body = bytearray(data)
    for _ in range(generator.choice((1, 1, 2, 3, 8))):
        at = generator.randrange(len(body) + 1)
        length = generator.choice((1, 1, 2, 4, 8, 30, 200, 2000))
        match generator.randrange(8):
            case 0:
                body[at : at + 1] = bytes([generator.randrange(256)])
            case 1:
                del body[at : at + length]
            case 2:
                body[at:at] = generator.randbytes(length)
            case 3:
                extreme = generator.choice(_EXTREMES)
                body[at : at + len(extreme)] = extreme
            case 4:
                mark = generator.choice(_MARKS)
                body[at : at + generator.choice((0, len(mark)))] = mark
            case 5:
                body[at:at] = body[at : at + length] * generator.choice((1, 2, 50))
            case 6:
                other = generator.choice(others)
                start = generator.randrange(len(other) + 1)
                body[at : at + generator.choice((0, length))] = other[start : start + length]
            case 7:
                del body[at:]
    return bytes(body)
