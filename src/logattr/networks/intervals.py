"""Sorted address ranges and bulk membership: the range that each of a million addresses lies in.

Lists of networks overlap and nest: a /24 of a VPN company inside the /16 of its host, a range given
by first and last address across both. Asking "which is the most specific?" per address would be slow,
so it is answered once, when the ranges are built: a sweep cuts them into disjoint segments, each
owned by the smallest range that covers it. A lookup is then one binary search per address.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logattr.addresses import Addresses

__all__ = ["NO_ROW", "Intervals", "Range", "ipv4_in_order"]

#: What :meth:`Intervals.match` answers for an address that no range covers.
NO_ROW = -1

_LOW_BITS = (1 << 64) - 1


class Range(NamedTuple):
    """One range of addresses, both ends included, and the row it stands for."""

    first: int
    last: int
    version: int
    row: int


@dataclass(frozen=True, slots=True)
class _Segments:
    """Disjoint segments of one IP version, in ascending order; ends are 128-bit numbers in halves."""

    first_high: NDArray[np.uint64]
    first_low: NDArray[np.uint64]
    last_high: NDArray[np.uint64]
    last_low: NDArray[np.uint64]
    row: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Intervals:
    """Ranges of IPv4 and IPv6 addresses, ready for bulk lookups.

    Build one with :meth:`build`; the fields are its private form.

    Examples
    --------
    >>> from ipaddress import ip_network
    >>> from logattr.addresses import parse
    >>> networks = [ip_network("192.0.2.0/24"), ip_network("192.0.2.8/32"), ip_network("2001:db8::/32")]
    >>> ranges = [Range(int(n[0]), int(n[-1]), n.version, row) for row, n in enumerate(networks)]
    >>> Intervals.build(ranges).match(parse(["192.0.2.7", "192.0.2.8", "2001:db8::1", "::1", "-"])).tolist()
    [0, 1, 2, -1, -1]
    """

    v4: _Segments
    v6: _Segments

    @classmethod
    def build(cls, ranges: Iterable[Range]) -> Intervals:
        """Cut ranges, which may overlap and nest, into disjoint segments.

        Parameters
        ----------
        ranges
            First and last address as numbers, IP version, and the row that a hit shall answer.
            Where ranges overlap the one with fewer addresses wins, among equals the lower row.

        Raises
        ------
        ValueError
            A range ends before it starts, or its version is neither 4 nor 6.
        """
        by_version: dict[int, list[Range]] = {4: [], 6: []}
        for item in ranges:
            if item.version not in by_version or item.last < item.first:
                raise ValueError(f"not a range of addresses: {item}")
            by_version[item.version].append(item)
        four = by_version[4]
        first, last, row = (
            np.fromiter(map(attrgetter(name), four), np.int64, len(four)) for name in ("first", "last", "row")
        )
        return cls.of_columns(first, last, row, by_version[6])

    @classmethod
    def of_columns(
        cls,
        first: NDArray[np.int64],
        last: NDArray[np.int64],
        row: NDArray[np.int64],
        six: Sequence[Range] = (),
    ) -> Intervals:
        """As :meth:`build`, for IPv4 ranges that are given as columns.

        Parameters
        ----------
        first, last, row
            First and last address of each, and the row that a hit shall answer.
        six
            IPv6 ranges.

        Examples
        --------
        >>> from logattr.addresses import parse
        >>> ranges = Intervals.of_columns(np.array([0xC0000200]), np.array([0xC00002FF]), np.array([7]))
        >>> ranges.match(parse(["192.0.2.9", "192.0.3.9"])).tolist()
        [7, -1]
        """
        v4 = _nested(first, last, row)
        if v4 is None:
            columns = zip(first.tolist(), last.tolist(), row.tolist(), strict=True)
            v4 = _segments(_flatten([Range(start, end, 4, number) for start, end, number in columns]))
        return cls(v4, _segments(_flatten(six)))

    def match(self, addresses: Addresses, *, ordered: NDArray[np.intp] | None = None) -> NDArray[np.int32]:
        """Row of the most specific range that covers each address.

        Parameters
        ----------
        addresses
            Any number of them; what is no address (version 0) is covered by nothing.
        ordered
            Positions of the IPv4 addresses, as :func:`ipv4_in_order` gives them; for callers that ask many
            lists about the same addresses, because sorting takes most of the time.

        Returns
        -------
        numpy array of int32
            One row number per address, -1 where no range covers it.
        """
        found = np.full(len(addresses), NO_ROW, np.int32)
        if len(self.v4.row):
            rows = ipv4_in_order(addresses) if ordered is None else ordered
            found[rows] = _search_v4(self.v4, addresses.low[rows])
        if len(self.v6.row):
            rows = np.flatnonzero(addresses.version == 6)
            found[rows] = _search_v6(self.v6, addresses.high[rows], addresses.low[rows])
        return found

    def versions(self) -> tuple[int, ...]:
        """IP versions that have at least one range."""
        return tuple(version for version, held in ((4, self.v4), (6, self.v6)) if len(held.row))

    def address_count(self, version: int) -> int:
        """Count the distinct addresses covered, of one IP version."""
        held = self.v4 if version == 4 else self.v6
        pairs = zip(held.first_high.tolist(), held.first_low.tolist(), strict=True)
        ends = zip(held.last_high.tolist(), held.last_low.tolist(), strict=True)
        return sum(
            ((last_high - high) << 64) + last_low - low + 1
            for (high, low), (last_high, last_low) in zip(pairs, ends, strict=True)
        )


def ipv4_in_order(addresses: Addresses) -> NDArray[np.intp]:
    """Positions of the IPv4 addresses in ascending order of their numbers.

    In that order, and in 32 bits, neighbouring searches end in the same cache lines: less than half the
    time of the order in which addresses come, sorting included.

    Examples
    --------
    >>> from logattr.addresses import parse
    >>> ipv4_in_order(parse(["192.0.2.9", "2001:db8::1", "192.0.2.1"])).tolist()
    [2, 0]
    """
    rows = np.flatnonzero(addresses.version == 4)
    return rows[np.argsort(addresses.low[rows].astype(np.uint32))]


def _nested(first: NDArray[np.int64], last: NDArray[np.int64], row: NDArray[np.int64]) -> _Segments | None:
    """Segments of IPv4 ranges of which any two are apart or one within the other; null where two cross.

    Networks always are so. All of them are cut at once: what owns a border is the range that began last
    before it, or, where that has ended, the one around it, and so on.
    """
    count = len(first)
    if not count:
        return _segments([])
    order = np.lexsort((-row, -last, first))  # the outer first, and of equals the one that wins last
    first, last, row = first[order], last[order], row[order]
    around = _open_before(np.arange(count) - 1, first, last, None)
    within = around >= 0
    if (last[around[within]] < last[within]).any():
        return None
    borders = np.sort(np.concatenate([first, last + 1]))
    borders = borders[np.diff(borders, prepend=-1) > 0]  # in a fifth of the time of np.unique
    owner = _open_before(np.searchsorted(first, borders, side="right") - 1, borders, last, around)[:-1]
    owned = np.flatnonzero(owner >= 0)
    starts, ends, rows = borders[owned], borders[owned + 1] - 1, row[owner[owned]]
    new = np.ones(len(rows), np.bool_)
    new[1:] = (rows[1:] != rows[:-1]) | (starts[1:] != ends[:-1] + 1)
    begins = np.flatnonzero(new)
    ends = ends[np.append(begins[1:], len(rows))[: len(begins)] - 1]
    high = np.zeros(len(begins), np.uint64)
    return _Segments(
        high, starts[begins].astype(np.uint64), high, ends.astype(np.uint64), rows[begins].astype(np.int32)
    )


def _open_before(
    found: NDArray[np.int64],
    at: NDArray[np.int64],
    last: NDArray[np.int64],
    around: NDArray[np.int64] | None,
) -> NDArray[np.int64]:
    """Go from each range outwards, or to the one before it, until one is open at an address; -1: none is."""
    steps = found if around is None else around
    while (closed := (found >= 0) & (last[found] < at)).any():
        found[closed] = steps[found[closed]]
    return found


def _flatten(ranges: Sequence[Range]) -> list[tuple[int, int, int]]:
    """Disjoint (first, last, row), ascending."""
    ordered = sorted(ranges)
    if all(left.last < right.first for left, right in pairwise(ordered)):
        return [(item.first, item.last, item.row) for item in ordered]
    return _sweep(ordered)


def _sweep(ordered: Sequence[Range]) -> list[tuple[int, int, int]]:
    """Walk over all starts and ends; between two of them the smallest open range owns the addresses."""
    borders = sorted({item.first for item in ordered} | {item.last + 1 for item in ordered})
    owned: list[tuple[int, int, int]] = []
    open_ranges: list[tuple[int, int, int]] = []  # (addresses, row, last): the smallest is on top
    upcoming = 0
    for start, end in pairwise(borders):
        while upcoming < len(ordered) and ordered[upcoming].first == start:
            item = ordered[upcoming]
            heapq.heappush(open_ranges, (item.last - item.first, item.row, item.last))
            upcoming += 1
        while open_ranges and open_ranges[0][2] < start:
            heapq.heappop(open_ranges)
        if not open_ranges:
            continue
        row = open_ranges[0][1]
        if owned and owned[-1][2] == row and owned[-1][1] == start - 1:
            owned[-1] = (owned[-1][0], end - 1, row)
        else:
            owned.append((start, end - 1, row))
    return owned


def _segments(owned: Sequence[tuple[int, int, int]]) -> _Segments:
    def halves(values: Sequence[int]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        high = np.array([value >> 64 for value in values], np.uint64)
        return high, np.array([value & _LOW_BITS for value in values], np.uint64)

    first_high, first_low = halves([first for first, _, _ in owned])
    last_high, last_low = halves([last for _, last, _ in owned])
    rows = np.array([row for _, _, row in owned], np.int32)
    return _Segments(first_high, first_low, last_high, last_low, rows)


def _search_v4(segments: _Segments, low: NDArray[np.uint64]) -> NDArray[np.int32]:
    keys = low.astype(np.uint32)
    at = np.searchsorted(segments.first_low.astype(np.uint32), keys, side="right") - 1
    inside = (at >= 0) & (keys <= segments.last_low.astype(np.uint32)[at])
    return np.where(inside, segments.row[at], np.int32(NO_ROW))


def _search_v6(segments: _Segments, high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Binary search on the upper half, then, among segments that share it, on the lower half."""
    left = np.searchsorted(segments.first_high, high, side="left")
    right = np.searchsorted(segments.first_high, high, side="right")
    # Invariant: segments before `left` start at or before the address, those from `right` on after it.
    open_rows = np.flatnonzero(left < right)
    while len(open_rows):
        middle = (left[open_rows] + right[open_rows]) // 2
        before = segments.first_low[middle] <= low[open_rows]
        left[open_rows] = np.where(before, middle + 1, left[open_rows])
        right[open_rows] = np.where(before, right[open_rows], middle)
        open_rows = open_rows[left[open_rows] < right[open_rows]]
    at = left - 1
    last_high, last_low = segments.last_high[at], segments.last_low[at]
    inside = (at >= 0) & ((high < last_high) | ((high == last_high) & (low <= last_low)))
    return np.where(inside, segments.row[at], np.int32(NO_ROW))
