"""Plain IPv4 addresses of many texts at once: three dots, and numbers without leading zeros."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONGEST", "read_ipv4"]

_DOT, _ZERO, _NINE, _END = map(ord, ".09\n")
_SHORTEST, LONGEST = 7, 15  # characters
_PART = 1 << 15  # so many at once stay in the processor's cache


def read_ipv4(texts: Sequence[str | None]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Numbers of the texts that are an IPv4 address, and which texts are.

    Parameters
    ----------
    texts
        Anything; None is no address.

    Returns
    -------
    numbers, plain
        One number per text, 0 where it is no IPv4 address, and whether it is one.

    Examples
    --------
    >>> numbers, plain = read_ipv4(["192.0.2.1", "192.0.2.01", "192.0.2.256", "2001:db8::1", None])
    >>> hex(numbers[0]), plain.tolist()
    ('0xc0000201', [True, False, False, False, False])
    """
    numbers, plain = np.zeros(len(texts), np.uint64), np.zeros(len(texts), np.bool_)
    for start in range(0, len(texts), _PART):
        part = slice(start, start + _PART)
        numbers[part], plain[part] = _read(texts[part])
    return numbers, plain


def _read(texts: Sequence[str | None]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    numbers, plain = np.zeros(len(texts), np.uint64), np.zeros(len(texts), np.bool_)
    whole = "\n".join([text or "" for text in texts]) + "\n"
    data = np.frombuffer(whole.encode("utf-8", "surrogatepass"), np.uint8)
    ends = np.flatnonzero(data == _END)
    if len(ends) != len(texts):  # a text of several lines is no address
        return _read([None if text and "\n" in text else text for text in texts])
    marks = np.flatnonzero((data < _ZERO) | (data > _NINE))  # dots, ends, and what makes it no address
    last = np.searchsorted(marks, ends)  # of each text's marks
    sizes = np.diff(ends, prepend=-1) - 1
    rows = np.flatnonzero((np.diff(last, prepend=-1) == 4) & (sizes >= _SHORTEST) & (sizes <= LONGEST))
    at = marks[last[rows][:, None] + np.arange(-3, 1)]
    digits = np.diff(at, axis=1, prepend=(ends[rows] - sizes[rows] - 1)[:, None]) - 1
    dotted = (data[at[:, :3]] == _DOT).all(axis=1) & ((digits >= 1) & (digits <= 3)).all(axis=1)
    rows, at, digits = rows[dotted], at[dotted], digits[dotted]
    ones, tens, hundreds = (
        np.where(digits >= place, data[at - place] - np.uint8(_ZERO), 0).astype(np.uint64)
        for place in (1, 2, 3)
    )
    octets = ones + 10 * tens + 100 * hundreds
    leading = data[at - digits] == _ZERO
    good = ((octets <= 255) & ~(leading & (digits > 1))).all(axis=1)
    rows, octets = rows[good], octets[good]
    numbers[rows] = (octets << np.array([24, 16, 8, 0], np.uint64)).sum(axis=1, dtype=np.uint64)
    plain[rows] = True
    return numbers, plain
