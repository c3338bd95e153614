"""Hours of the week of every client: when it came, so that days and nights, weeks and week-ends show."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.attribution.parts import Columns, Parts, added_up
from logattr.distinct import starts_of_runs

__all__ = ["Hours", "hours_of"]

_HOUR = 3_600_000_000  # microseconds
_WEEK = 7 * 24
_MONDAY = 3 * 24  # hours from the Thursday on which the epoch begins back to its Monday
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def hours_of(clients: NDArray[np.int64], times: NDArray[np.int64]) -> Columns:
    """Client, hour of the week and events of each such hour, given by client; times in microseconds, UTC."""
    hours = (times // _HOUR + _MONDAY) % _WEEK
    begins = starts_of_runs(clients * _WEEK + hours)
    return clients[begins], hours[begins], np.diff(begins, append=len(hours))


class Hours:
    """How many events every client had in every hour of the week, in UTC.

    Examples
    --------
    >>> hours = Hours()
    >>> hours.add(*hours_of(np.array([1, 1, 0]), np.array([0, 1, 4 * 24 * _HOUR])))
    >>> hours.table(2).to_pylist()
    [['Mon 00: 1'], ['Thu 00: 2']]
    """

    def __init__(self) -> None:
        self._counts = Parts(added_up, steps=[(), ()])

    def add(self, clients: NDArray[np.int64], hours: NDArray[np.int64], events: NDArray[np.int64]) -> None:
        """Add so many events of some clients in some hours of the week; an hour may come more than once."""
        self._counts.add(clients, hours, events)

    def table(self, size: int) -> pa.ListArray:
        """Texts such as ``Mon 08: 12`` for so many clients, from Monday on."""
        sizes, most = np.zeros(size, np.int64), 1
        for clients, _, events in self._counts:
            sizes += np.bincount(clients, minlength=size)
            most = max(most, int(events.max(initial=0)) + 1)
        ends = np.cumsum(sizes)
        keys = np.zeros(sizes.sum(), np.int64)
        for clients, hours, events in self._counts:
            begins = starts_of_runs(clients)
            own = np.arange(len(clients)) - np.repeat(begins, sizes[clients[begins]])
            keys[(ends - sizes)[clients] + own] = hours * most + events
        encoded = pa.array(keys).dictionary_encode()
        hours, counts = np.divmod(encoded.dictionary.to_numpy(), most)
        texts = [
            f"{_DAYS[hour // 24]} {hour % 24:02}: {count}"
            for hour, count in zip(hours.tolist(), counts.tolist(), strict=True)
        ]
        values = pa.DictionaryArray.from_arrays(encoded.indices, pa.array(texts, pa.string()))
        return pa.ListArray.from_arrays(pa.array(np.append(0, ends).astype(np.int32)), values)
