"""Rows of clients, packed, in parts that are merged one after the other.

Of millions of rows a sorted copy is a lot of memory; here there is one of a part at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from logattr.attribution.packing import Packed, pack
from logattr.distinct import starts_of_runs

__all__ = ["Columns", "Parts", "added_up"]

_PARTS = 64
_MERGE_FROM = 1 << 14  # rows of one part
_MOST_PIECES = 16  # of one part: what each takes beside its rows adds up

Columns = tuple[NDArray[np.int64], ...]

_CODE_BITS = 32
_CODE = (1 << _CODE_BITS) - 1


class Parts:
    """Columns of integers, of which the first is the number of a client; rows of one are in one part.

    Parameters
    ----------
    merged
        What becomes of the rows of a part after more have come, in any order.
    steps
        Of each column but the first, see :func:`logattr.attribution.packing.pack`.

    Examples
    --------
    >>> parts = Parts(added_up, steps=[(), ()])
    >>> parts.add(np.array([3, 3]), np.array([7, 8]), np.array([1, 1]))
    >>> parts.add(np.array([3]), np.array([7]), np.array([5]))
    >>> [[column.tolist() for column in columns] for columns in parts if len(columns[0])]
    [[[3, 3], [7, 8], [6, 1]]]
    """

    def __init__(self, merged: Callable[..., Columns], *, steps: Sequence[Sequence[int]]) -> None:
        self._merged = merged
        self._steps = [(_PARTS,), *steps]
        nothing = self._packed([np.zeros(0, np.int64)] * len(self._steps), press=True)
        # Of every part what is merged, then what waits.
        self._parts: list[list[list[Packed]]] = [[nothing] for _ in range(_PARTS)]

    def __len__(self) -> int:
        return sum(len(clients) for clients, *_ in self)

    def __iter__(self) -> Iterator[Columns]:
        """The merged columns of each part."""
        for part in self._parts:
            if len(part) > 1:
                self._merge(part)
            yield tuple(column.values() for column in part[0])

    def add(self, *columns: NDArray[np.int64]) -> None:
        """Take rows."""
        numbers = (columns[0] % _PARTS).astype(np.uint8)
        order = np.argsort(numbers, kind="stable")
        ends = np.cumsum(np.bincount(numbers, minlength=_PARTS))
        for part, rows in zip(self._parts, np.split(order, ends[:-1]), strict=True):
            if not len(rows):
                continue
            part.append(self._packed([column[rows] for column in columns], press=False))
            merged, *waiting = (len(clients) for clients, *_ in part)
            # Merging only when a share as large has come bounds the cost of all merges.
            if sum(waiting) > max(_MERGE_FROM, merged // 4) or len(waiting) > _MOST_PIECES:
                self._merge(part)

    def change(self, change: Callable[..., Columns]) -> None:
        """Put other columns, with the clients in the same order, in the place of each part's."""
        for part, columns in zip(self._parts, self, strict=True):
            part[:] = [self._packed(change(*columns), press=True)]

    def _merge(self, part: list[list[Packed]]) -> None:
        columns = [np.concatenate([one.values() for one in column]) for column in zip(*part, strict=True)]
        part[:] = [self._packed(self._merged(*columns), press=True)]

    def _packed(self, columns: Sequence[NDArray[np.int64]], *, press: bool) -> list[Packed]:
        return [pack(column, steps, press=press) for column, steps in zip(columns, self._steps, strict=True)]


def added_up(clients: NDArray[np.int64], codes: NDArray[np.int64], counts: NDArray[np.int64]) -> Columns:
    """Add the counts of equal pairs of client and code, both below 2^31; sorted by these.

    Examples
    --------
    >>> [found.tolist() for found in added_up(np.array([1, 0, 1]), np.array([2, 9, 2]), np.array([1, 1, 4]))]
    [[0, 1], [9, 2], [1, 5]]
    """
    keys = clients << _CODE_BITS | codes
    order = np.argsort(keys, kind="stable")  # pieces that are sorted are merged, in a sixth of the time
    keys, counts = keys[order], counts[order]
    begins = starts_of_runs(keys)
    keys = keys[begins]
    counts = np.add.reduceat(counts, begins) if len(begins) else counts
    return keys >> _CODE_BITS, keys & _CODE, counts
