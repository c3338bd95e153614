"""Hours of the week of every client: when it came, so that days and nights, weeks and week-ends show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.distinct import starts_of_runs

__all__ = ["Counts", "Hours", "hours_of"]

_HOUR = 3_600_000_000  # microseconds
_WEEK = 7 * 24
_MONDAY = 3 * 24  # hours from the Thursday on which the epoch begins back to its Monday
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHORT = np.iinfo(np.uint32).max
_MERGE_FROM = 1 << 20

# Client and hour as one number, and events; a number may occur more than once.
Counts = tuple[NDArray[Any], NDArray[Any]]
_NOTHING: Counts = (np.zeros(0, np.uint32), np.zeros(0, np.int64))


def hours_of(clients: NDArray[np.int64], times: NDArray[np.int64]) -> Counts:
    """Count the events of each hour of each client, given by client; times in microseconds, UTC."""
    keys = clients * _WEEK + (times // _HOUR + _MONDAY) % _WEEK
    begins = starts_of_runs(keys)
    return keys[begins], np.diff(begins, append=len(keys))


class Hours:
    """How many events every client had in every hour of the week, in UTC.

    Examples
    --------
    >>> hours = Hours()
    >>> hours.add(hours_of(np.array([0, 0, 1]), np.array([0, 1, 4 * 24 * _HOUR])), np.array([1, 0]))
    >>> hours.table(2).to_pylist()
    [['Mon 00: 1'], ['Thu 00: 2']]
    """

    def __init__(self) -> None:
        self._held = _NOTHING
        self._waiting: list[Counts] = []
        self._size = 0

    def add(self, counts: Counts, numbers: NDArray[np.int64]) -> None:
        """Add what a block has; ``numbers`` are those of its clients."""
        keys, events = counts
        keys = numbers[keys // _WEEK] * _WEEK + keys % _WEEK
        if not len(keys) or keys.max() <= _SHORT:
            keys = keys.astype(np.uint32)
        self._waiting.append((keys, events.astype(np.uint32)))  # a block has fewer
        self._size += len(keys)
        # Merging only when as much again has come keeps the cost of all merges to that of the last few.
        if self._size > max(_MERGE_FROM, len(self._held[0])):
            self._merge()

    def table(self, size: int) -> pa.ListArray:
        """Texts such as ``Mon 08: 12`` for so many clients, from Monday on."""
        keys, events = self._merge()
        offsets = np.searchsorted(keys, np.arange(size + 1) * _WEEK).astype(np.int32)
        most = int(events.max(initial=0)) + 1
        encoded = pa.array((keys % _WEEK).astype(np.int64) * most + events).dictionary_encode()
        hours, counts = np.divmod(encoded.dictionary.to_numpy(), most)
        texts = [
            f"{_DAYS[hour // 24]} {hour % 24:02}: {count}"
            for hour, count in zip(hours.tolist(), counts.tolist(), strict=True)
        ]
        values = pa.DictionaryArray.from_arrays(encoded.indices, pa.array(texts, pa.string()))
        return pa.ListArray.from_arrays(pa.array(offsets), values)

    def _merge(self) -> Counts:
        if self._waiting:
            columns = list(zip(self._held, *self._waiting, strict=True))
            self._held, self._waiting, self._size = _NOTHING, [], 0
            keys, events = map(np.concatenate, columns)
            order = np.argsort(keys, kind="stable")
            keys, events = keys[order], events[order]
            begins = starts_of_runs(keys)
            if len(begins):
                self._held = keys[begins], np.add.reduceat(events, begins, dtype=np.int64)
        return self._held
