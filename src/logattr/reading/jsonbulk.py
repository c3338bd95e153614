r"""Whole columns of plain JSON values at once: a column that is not all plain is left to the slow way.

A column is its values as they stand in the lines, each with a line feed behind it. The functions give the
texts that :mod:`jsonvalues` gives for each value. Times and numbers are not made distinct: nearly all of
them are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.reading.tokens import Encoded

__all__ = ["addresses", "digits", "nanoseconds", "numbers", "timestamps"]

_MOST_DIGITS = 18
_NUMBERS = re.compile(rb"(?:\d{1,18}(?:\.\d{1,20})?\n)++\Z")
_DIGITS = b"0123456789"
_LINE_END, _QUOTE, _COLON = b'\n":'


def digits(joined: bytes, count: int) -> Encoded | None:
    r"""Whole numbers of not too many digits.

    Examples
    --------
    >>> digits(b"1\n22\n", 2).values, digits(b"1\n2.5\n", 2), digits(b"1\n\n", 2)
    ([b'1', b'22'], None, None)
    """
    values = _digits(joined, count)
    return None if values is None else _apart(values)


def numbers(joined: bytes, count: int) -> Encoded | None:
    r"""Numbers of not too many digits, before and behind a point.

    Examples
    --------
    >>> numbers(b"1\n2.5\n", 2).values, numbers(b"1\n2.\n", 2), numbers(b".5\n", 1)
    ([b'1', b'2.5'], None, None)
    """
    # At most one point each, with digits on either side of it.
    rest = joined.translate(None, _DIGITS).replace(b".\n", b"\n")
    if rest != b"\n" * count or b".\n" in joined or b"\n." in joined or b"\n\n" in joined:
        return None
    values = joined[:-1].split(b"\n")
    if joined[:1] in b".\n" or (max(map(len, values)) > _MOST_DIGITS and not _NUMBERS.match(joined)):
        return None
    return _apart(values)


def nanoseconds(joined: bytes, count: int) -> Encoded | None:
    r"""Whole nanoseconds as microseconds.

    Examples
    --------
    >>> nanoseconds(b"1500\n123456\n", 2).values, nanoseconds(b"15\n", 1)
    ([b'1.500', b'123.456'], None)
    """
    values = _digits(joined, count)
    if values is None or min(map(len, values)) < 4:
        return None
    data, ends = _ends(joined)
    return _apart(np.insert(data, ends - 3, ord(".")).tobytes()[:-1].split(b"\n"))


def timestamps(joined: bytes, count: int) -> Encoded | None:
    r"""Times as strings without escapes, or as numbers without an exponent.

    Examples
    --------
    >>> timestamps(b"1704873662.5\n", 1).values, timestamps(b'"2024-01-10"\n', 1).values
    ([b'1704873662.5'], [b'2024-01-10'])
    """
    if not _are_texts(joined, count):
        return numbers(joined, count)
    values = joined[1:-2].split(b'"\n"')
    # As many quotes as there are, and no line feed is left inside: each piece is one value.
    return _apart(values) if len(values) == count else None


def addresses(joined: bytes, count: int) -> Encoded | None:
    r"""IPv4 addresses and host names, all with their ports, which are taken off.

    Examples
    --------
    >>> found = addresses(b'"192.0.2.1:80"\n"a.example:443"\n"192.0.2.1:81"\n', 3)
    >>> found.values, found.codes.tolist(), addresses(b'"[::1]:80"\n', 1)
    ([b'192.0.2.1', b'a.example'], [0, 1, 0], None)
    """
    if joined.count(b":") != count or not _are_texts(joined, count):
        return None
    data, ends = _ends(joined)
    starts = np.concatenate(([0], ends[:-1] + 1))
    colons = np.flatnonzero(data == _COLON)
    quoted = (data[starts] == _QUOTE) & (data[ends - 1] == _QUOTE)
    if not (quoted & (starts < colons) & (colons < ends)).all():
        return None
    # Every second piece is an address, the others are what stands between two of them.
    offsets = np.append(np.stack([starts + 1, colons], axis=1).reshape(-1), len(joined))
    pieces = pa.Array.from_buffers(
        pa.large_binary(), 2 * count, [None, pa.py_buffer(offsets), pa.py_buffer(joined)]
    )
    array = pieces.take(pa.array(np.arange(0, 2 * count, 2))).dictionary_encode()
    return Encoded(array.dictionary.to_pylist(), array.indices.to_numpy())


def _are_texts(joined: bytes, count: int) -> bool:
    """Whether all may be strings without escapes."""
    ends = joined[:1] == b'"' and joined[-2:] == b'"\n'
    return ends and b"\\" not in joined and joined.count(b'"') == 2 * count


def _digits(joined: bytes, count: int) -> list[bytes] | None:
    if joined.translate(None, _DIGITS) != b"\n" * count:
        return None
    values = joined[:-1].split(b"\n")
    lengths = set(map(len, values))
    return values if min(lengths) > 0 and max(lengths) <= _MOST_DIGITS else None


def _ends(joined: bytes) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    data = np.frombuffer(joined, np.uint8)
    return data, np.flatnonzero(data == _LINE_END)


def _apart(values: Sequence[bytes]) -> Encoded:
    return Encoded(values, np.arange(len(values), dtype=np.int32))
