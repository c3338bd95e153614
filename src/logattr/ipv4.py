"""Plain IPv4 addresses of many texts at once: three dots, and numbers without leading zeros."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_ipv4", "read_ipv4_networks"]

_DOT, _SLASH, _ZERO, _NINE, _END = map(ord, "./09\n")
_SHORTEST, _LONGEST = 7, 15  # characters of an address
_LONGEST_NETWORK = len("255.255.255.255/32")
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
        numbers[part], plain[part], _ = _read(_marks_of(*_lines_of(texts[part])), networks=False)
    return numbers, plain


def read_ipv4_networks(
    data: NDArray[np.uint8], ends: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.bool_]]:
    r"""The same of lines: addresses, and networks in CIDR notation, host bits or not; an address has 32 bits.

    Parameters
    ----------
    data
        All lines, each ended by a line feed.
    ends
        Where these stand.

    Examples
    --------
    >>> data = np.frombuffer(b"192.0.2.0/24\n192.0.2.1\n192.0.2.0/033\n/8\n", np.uint8)
    >>> numbers, bits, plain = read_ipv4_networks(data, np.flatnonzero(data == ord("\n")))
    >>> bits.tolist(), plain.tolist()
    ([24, 32, 0, 0], [True, True, False, False])
    """
    numbers, plain = np.zeros(len(ends), np.uint64), np.zeros(len(ends), np.bool_)
    bits = np.zeros(len(ends), np.int64)
    begins = np.concatenate([[0], ends[:-1] + 1])
    for start in range(0, len(ends), _PART):
        part = slice(start, start + _PART)
        lines = _short_lines(data, begins[part], ends[part])
        numbers[part], plain[part], bits[part] = _read(_marks_of(*lines), networks=True)
    return numbers, bits, plain


@dataclass(frozen=True, slots=True)
class _Marks:
    """Texts one behind the other, and where dots, ends, and what makes them no address stand in them."""

    data: NDArray[np.uint8]
    begins: NDArray[np.int64]
    marks: NDArray[np.int64]
    first: NDArray[np.int64]  # of each text's marks
    count: NDArray[np.int64]


_Lines = tuple[NDArray[np.uint8], NDArray[np.int64]]  # one behind the other, and where each ends


def _lines_of(texts: Sequence[str | None]) -> _Lines:
    whole = "\n".join([text or "" for text in texts]) + "\n"
    data = np.frombuffer(whole.encode("utf-8", "surrogatepass"), np.uint8)
    ends = np.flatnonzero(data == _END)
    if len(ends) != len(texts):  # a text of several lines is no address
        return _lines_of([None if text and "\n" in text else text for text in texts])
    return data, ends


def _short_lines(data: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]) -> _Lines:
    """Some of the lines; what is too long for a network is empty, because it would take much memory."""
    sizes = ends - begins
    if int(sizes.max()) <= _LONGEST_NETWORK:
        return data[begins[0] : ends[-1] + 1], ends - begins[0]
    sizes = np.where(sizes > _LONGEST_NETWORK, 0, sizes)
    behind = np.cumsum(sizes + 1)
    at = np.arange(behind[-1]) + np.repeat(begins - (behind - sizes - 1), sizes + 1)
    lines = data[at]
    lines[behind - 1] = _END
    return lines, behind - 1


def _marks_of(data: NDArray[np.uint8], ends: NDArray[np.int64]) -> _Marks:
    marks = np.flatnonzero((data < _ZERO) | (data > _NINE))
    behind = np.searchsorted(marks, ends) + 1
    first = np.concatenate([[0], behind[:-1]])
    return _Marks(data, np.concatenate([[0], ends[:-1] + 1]), marks, first, behind - first)


def _read(
    found: _Marks, *, networks: bool
) -> tuple[NDArray[np.uint64], NDArray[np.bool_], NDArray[np.int64]]:
    """Numbers, which lines are plain, and the length of their networks."""
    count = len(found.begins)
    numbers, plain, bits = np.zeros(count, np.uint64), np.zeros(count, np.bool_), np.zeros(count, np.int64)
    longer = (found.count == 5) & networks
    rows = np.flatnonzero((found.count == 4) | longer)
    at = found.marks[found.first[rows][:, None] + np.arange(4)]
    octets, good = _numbers(found.data, found.begins[rows], at, most=255)
    size = at[:, 3] - found.begins[rows]
    good &= (found.data[at[:, :3]] == _DOT).all(axis=1) & (size >= _SHORTEST) & (size <= _LONGEST)
    bits[rows] = 32
    with_length = np.flatnonzero(longer[rows])
    behind = found.marks[found.first[rows[with_length]] + 4][:, None]
    slash = at[with_length, 3]
    length, fits = _numbers(found.data, slash + 1, behind, most=32)
    bits[rows[with_length]] = length[:, 0]
    good[with_length] &= fits & (found.data[slash] == _SLASH)
    numbers[rows] = (octets << np.array([24, 16, 8, 0], np.uint64)).sum(axis=1, dtype=np.uint64)
    plain[rows] = good
    numbers[~plain], bits[~plain] = 0, 0
    return numbers, plain, bits


def _numbers(
    data: NDArray[np.uint8], begins: NDArray[np.int64], marks: NDArray[np.int64], *, most: int
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """The decimal numbers before some marks, without leading zeros, and where all of a row are such."""
    digits = np.diff(marks, axis=1, prepend=begins[:, None] - 1) - 1
    ones, tens, hundreds = (
        np.where(digits >= place, data[marks - place] - np.uint8(_ZERO), 0).astype(np.uint64)
        for place in (1, 2, 3)
    )
    values = ones + 10 * tens + 100 * hundreds
    leading = (data[marks - digits] == _ZERO) & (digits > 1)
    return values, ((digits >= 1) & (digits <= 3) & (values <= most) & ~leading).all(axis=1)
