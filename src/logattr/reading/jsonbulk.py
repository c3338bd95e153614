r"""Whole columns of plain JSON values at once: a column that is not all plain is left to the slow way.

A column is its values as they stand in the lines, each with a line feed behind it. The functions give the
texts that :mod:`jsonvalues` gives for each value, or the numbers that these are. Times and numbers are not
made distinct: nearly all of them are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.reading.tokens import Encoded

__all__ = ["addresses", "integers", "nanoseconds", "reals", "timestamps"]

_MOST_DIGITS = 18
_REALS = re.compile(rb"(?:\d{1,18}(?:\.\d{1,20})?\n)++\Z")
_DIGITS = b"0123456789"
Numbers = NDArray[np.int64] | NDArray[np.float64]
_EXACT = 1 << 53  # larger ones a float64 may round
_LINE_END, _QUOTE, _COLON = b'\n":'


def integers(joined: bytes, count: int) -> Numbers | None:
    r"""Whole numbers of not too many digits.

    Examples
    --------
    >>> integers(b"1\n22\n", 2).tolist(), integers(b"1\n2.5\n", 2), integers(b"1\n\n", 2)
    ([1, 22], None, None)
    """
    if joined.translate(None, _DIGITS) != b"\n" * count:
        return None
    return _parsed(joined, pa.int64(), shortest=1, longest=_MOST_DIGITS)


def reals(joined: bytes, count: int) -> Numbers | None:
    r"""Numbers of not too many digits, before and behind a point.

    Examples
    --------
    >>> reals(b"1\n2.5\n", 2).tolist(), reals(b"1\n2.\n", 2), reals(b".5\n", 1)
    ([1.0, 2.5], None, None)
    """
    if not _are_reals(joined, count):
        return None
    found = _parsed(joined, pa.float64(), shortest=1, longest=_MOST_DIGITS)
    return _parsed(joined, pa.float64()) if found is None and _REALS.match(joined) else found


def nanoseconds(joined: bytes, count: int) -> Numbers | None:
    r"""Whole nanoseconds as microseconds.

    Examples
    --------
    >>> nanoseconds(b"1500\n123456\n", 2).tolist()
    [1.5, 123.456]
    """
    found = integers(joined, count)
    return None if found is None or (np.abs(found) > _EXACT).any() else found / 1000


def timestamps(joined: bytes, count: int) -> Encoded | None:
    r"""Times as strings without escapes, or as numbers without an exponent.

    Examples
    --------
    >>> timestamps(b"1704873662.5\n", 1).values, timestamps(b'"2024-01-10"\n', 1).values
    ([b'1704873662.5'], [b'2024-01-10'])
    """
    if _are_texts(joined, count):
        values = joined[1:-2].split(b'"\n"')
        # As many quotes as there are, and no line feed is left inside: each piece is one value.
        return _apart(values) if len(values) == count else None
    return _apart(joined[:-1].split(b"\n")) if _are_reals(joined, count) else None


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


def _are_reals(joined: bytes, count: int) -> bool:
    """Whether all are digits with at most one point, and that between two of them."""
    rest = joined.translate(None, _DIGITS).replace(b".\n", b"\n")
    beside = joined[:1] in b".\n" or b".\n" in joined or b"\n." in joined or b"\n\n" in joined
    return rest == b"\n" * count and not beside


def _parsed(joined: bytes, type_: pa.DataType, *, shortest: int = 0, longest: int = 40) -> Numbers | None:
    """The numbers; null where one is too short or too long."""
    ends = _ends(joined)[1]
    offsets = np.concatenate(([0], ends - np.arange(len(ends))))
    lengths = np.diff(offsets)
    if lengths.min() < shortest or lengths.max() > longest:
        return None
    digits = pa.py_buffer(joined.replace(b"\n", b""))
    texts = pa.Array.from_buffers(pa.large_string(), len(ends), [None, pa.py_buffer(offsets), digits])
    values: Numbers = texts.cast(type_).to_numpy()
    return values


def _ends(joined: bytes) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    data = np.frombuffer(joined, np.uint8)
    return data, np.flatnonzero(data == _LINE_END)


def _apart(values: Sequence[bytes]) -> Encoded:
    return Encoded(values, np.arange(len(values), dtype=np.int32))
