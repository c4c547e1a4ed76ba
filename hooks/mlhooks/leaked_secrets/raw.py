"""Bytes of a file in the reading that hides least: what may stand inside of a token without being part of it is out.

Nothing here is exact; the gate must only never see less than the passages will.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlhooks.leaked_secrets.lazy import lazy

# PNG, JPEG, GIF and WebP in base64. A payload under an image's name that starts otherwise is read as text.
_PICTURE_STARTS = (b"iVBORw0KGgo", b"/9j/", b"R0lGOD", b"UklGR")
_SMALLEST_PICTURE_BYTES = 64
_PICTURE = lazy(rb"[A-Za-z0-9+/=]*+(?:\\n[A-Za-z0-9+/=]*+)*+")
_GOES_ON = lazy(rb"[_.:~%@-]")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="


# A table for `bytes.translate` that makes an A of each letter of base64.
_IN_PICTURE = bytes(65 if code in _BASE64 else 32 for code in range(256))
_ESCAPED = lazy(rb"\\u00([0-7][0-9a-fA-F])")
_HEX_ESCAPED = lazy(rb"\\x([2-7][0-9a-fA-F])")
# A text with escapes of its own in a string of JSON.
_ESCAPED_ESCAPE = lazy(rb"\\\\(?:/|x[2-7]|u00[2-7])")
_SLASH = lazy(rb"\\/")
_ANSI = lazy(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\{1,2})|[@-Z\\-_])")
_INLINE_TAG = lazy(rb"</?(?:b|i|em|strong|mark|wbr|font|u|small|s)(?:[ /\n][^<>]{0,4000})?>", re.IGNORECASE)
# The parts of highlighted code. What they hold may also be words of their own.
_SPAN = lazy(rb"</?span(?:[ /\n][^<>]{0,4000})?>")
_NAMED = {
    b"lowbar": b"_", b"UnderBar": b"_", b"period": b".", b"colon": b":", b"equals": b"=", b"plus": b"+", b"sol": b"/",
    b"commat": b"@", b"percnt": b"%", b"num": b"#",
}  # fmt: skip
_ENTITY = lazy(rb"&(?:#0*([1-9][0-9]{1,2})|#[xX]0*([2-7][0-9a-fA-F])|(" + b"|".join(_NAMED) + b"));")

_GLUE = rb"[A-Za-z0-9_+/=.%~@:-]"
# The end of one string of a JSON array and the start of the next, inside of a line. What a colon follows is a key.
_PARTS = lazy(rb'"(?<!\\n")[ \t\r\n]*,[ \t\r\n]*"(?![^"\\\n]{0,80}":)')
# What a program may have between two string literals that become one. In JSON line ends are escapes, and with a line
# the JSON string may end as well.
_GAP = rb"""(?:[ \t\r\n)+]|\\[nrt]|\\\\[nrt]?|\\(?=[\r\n])|"[ \t\r\n]*,[ \t\r\n]*")*+[rbufRBUF]{0,2}"""
_SPLITS = tuple(
    lazy(quote + rb"(?<=" + _GLUE + quote + rb")" + _GAP + rb"""\\?["'](?=""" + _GLUE + rb")")
    for quote in (rb"'", rb'\\"', rb'"')
)


def without_pictures(data: bytes) -> bytes:
    """The bytes without pictures in base64, most of most notebooks."""
    for start in _PICTURE_STARTS:
        spans = list(_pictures(data, start))
        if spans:
            begins = [0, *(end for _, end in spans)]
            ends = [*(begin for begin, _ in spans), len(data)]
            data = b"".join([data[begin:end] for begin, end in zip(begins, ends, strict=True)])
    return data


def _pictures(data: bytes, start: bytes) -> Iterator[tuple[int, int]]:
    hit = data.find(start)
    while hit >= 0:
        end, end_of_letters = _end_of_picture(data, hit)
        if end - hit >= _SMALLEST_PICTURE_BYTES:
            yield hit, end
        hit = data.find(start, max(end_of_letters, hit + 1))


def _end_of_picture(data: bytes, start: int) -> tuple[int, int]:
    """Where the picture ends (before `start`: it is none), and where the letters of base64 do.

    No other picture begins between the two. A whole string of JSON is looked at in one go, three times as fast.
    """
    end = data.find(b'"', start) if data[start - 1 : start] == b'"' else -1
    if end >= 0:
        payload = data[start:end].removesuffix(b"\\n")
        if b"\\" not in payload and payload.translate(_IN_PICTURE) == b"A" * len(payload):
            return end, end
    match = _PICTURE().match(data, start)
    end = match.end() if match else start
    # The last line is the beginning of something else when it goes on with other letters.
    return (data.rfind(b"\\n", start, end) if _GOES_ON().match(data, end) else end), end


def readable(data: bytes) -> bytes:
    """The bytes with the escapes of JSON and HTML decoded where they are ASCII, without terminal codes and inline tags.

    An escaped quotation mark stays as it is: in JSON it is no end of a string.
    """
    if b"\\u00" in data:
        data = _ESCAPED().sub(_decoded, data)
    data = _SLASH().sub(b"/", data)
    if b"\x1b" in data:
        data = _ANSI().sub(b"", data)
    if b"<" in data and _INLINE_TAG().search(data):
        data = _INLINE_TAG().sub(b"", data)
    if b"&" in data:
        data = _ENTITY().sub(_character, data)
    return data


def without_hex_escapes(data: bytes) -> bytes:
    """Text of a language that has escapes of its own."""
    return _HEX_ESCAPED().sub(_decoded, data) if b"\\x" in data else data


def _decoded(match: re.Match[bytes]) -> bytes:
    character = bytes([int(match[1], 16)])
    return b"\\" + character if character in b'"\\' else character


def _character(match: re.Match[bytes]) -> bytes:
    if match[3]:
        return _NAMED[match[3]]
    number = int(match[1]) if match[1] else int(match[2], 16)
    return bytes([number]) if number < 128 else match[0]


def readings(data: bytes, *, is_json: bool) -> list[bytes]:
    """The bytes made `readable`, and where that makes a difference:

    JSON in which the strings of an array are one (a notebook stores a text as an array of its lines), also without the
    escapes that these texts have of their own, and code without the marks of a highlighter, in which string literals
    side by side are one.
    """
    texts = [data]
    if is_json:
        parts_joined = _PARTS().sub(b"", data)
        if _ESCAPED_ESCAPE().search(data):
            texts.append(without_hex_escapes(parts_joined.replace(b"\\\\", b"\\")))
        texts.append(parts_joined)
    found = [readable(text) for text in dict.fromkeys(texts)]
    whole = _SPAN().sub(b"", found[-1]) if b"<span" in found[-1] else found[-1]
    # In JSON a plain double quote is never part of the code.
    for split in _SPLITS[: 2 if is_json else 3]:
        whole = split().sub(b"", whole)
    return list(dict.fromkeys((*found, whole)))
