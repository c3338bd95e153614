"""Sessions of clients: runs of events with gaps of at most 30 minutes, whatever order they are read in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logattr.attribution.packing import TIME_STEPS
from logattr.attribution.parts import Parts
from logattr.distinct import starts_of_runs

__all__ = ["SESSION_GAP", "Runs", "Sessions", "by_client", "runs_of"]

SESSION_GAP = 30 * 60 * 1_000_000  # microseconds; 30 minutes is the convention of web analytics
_DAY = 86_400_000_000

Runs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


class Sessions:
    """First and last event of every session of every client.

    Two runs belong to one session when they overlap or lie at most the gap apart; that is so in
    whatever order they come, so rotated files may be read newest first. A session visits every day
    between its ends, as its gaps are shorter than a day: active days need no counting of their own.

    Examples
    --------
    >>> sessions = Sessions()
    >>> sessions.add(np.array([0, 0, 1]), np.array([7_200_000_000, 0, 5]))
    >>> sessions.add(np.array([0]), np.array([1_800_000_000]))
    >>> sessions.counts(2).tolist(), sessions.days(2).tolist()
    ([2, 1], [1, 1])
    """

    def __init__(self) -> None:
        self._runs = Parts(_joined, steps=[TIME_STEPS, TIME_STEPS])  # lengths are shorter than ends

    def add(self, clients: NDArray[np.int64], times: NDArray[np.int64]) -> None:
        """Take events: the client's number and the time in microseconds of each."""
        self.add_runs(*_merged(clients, times, times))

    def add_runs(
        self, clients: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> None:
        """Take runs of events: the client, the first and the last time of each."""
        self._runs.add(clients, starts, ends - starts)

    def counts(self, size: int) -> NDArray[np.int64]:
        """Sessions per client, for so many clients."""
        found = np.zeros(size, np.int64)
        for clients, _, _ in self._runs:
            found += np.bincount(clients, minlength=size)
        return found

    def days(self, size: int) -> NDArray[np.int64]:
        """Days in UTC with events, per client."""
        found = np.zeros(size, np.int64)
        for clients, starts, lengths in self._runs:
            first, last = starts // _DAY, (starts + lengths) // _DAY
            visited = last - first + 1
            visited[1:] -= (clients[1:] == clients[:-1]) & (first[1:] == last[:-1])
            found += np.bincount(clients, weights=visited, minlength=size).astype(np.int64)
        return found

    def span(self, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """First and last event per client, and whether there is one with a time at all."""
        first, last = np.zeros(size, np.int64), np.zeros(size, np.int64)
        known = np.zeros(size, np.bool_)
        for clients, starts, lengths in self._runs:
            begins = starts_of_runs(clients)
            first[clients[begins]] = starts[begins]
            last[clients] = starts + lengths  # in order of time: what is written last stays
            known[clients] = True
        return first, last, known


def by_client(clients: NDArray[np.int64]) -> NDArray[np.intp]:
    """Order by client that leaves the rows of each in theirs."""
    # numpy sorts numbers of 16 bits by radix, which takes a tenth of the time.
    few = len(clients) and clients.max() < 1 << 16
    return np.argsort(clients.astype(np.uint16) if few else clients, kind="stable")


def runs_of(clients: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Runs:
    """Join runs of one client that overlap or lie at most the gap apart; rows are sorted by client."""
    same = clients[1:] == clients[:-1]
    # Logs are written in order of time, nearly always: then a look is enough.
    if (same & ((starts[1:] < starts[:-1]) | (ends[1:] < ends[:-1]))).any():
        order = np.lexsort((starts, clients))
        if ends is starts:  # single events
            starts = ends = starts[order]
        else:
            starts, ends = starts[order], _latest(clients, ends[order])
    new = np.ones(len(clients), np.bool_)
    new[1:] = ~same | (starts[1:] - ends[:-1] > SESSION_GAP)
    begins = np.flatnonzero(new)
    return clients[begins], starts[begins], ends[np.append(begins[1:], len(clients))[: len(begins)] - 1]


def _latest(clients: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The latest end so far of each client.

    Ranks by (client, end) grow from client to client, so one running maximum over all of them never
    carries an end from one client to the next.
    """
    by_end = np.lexsort((ends, clients))
    rank = np.empty(len(clients), np.int64)
    rank[by_end] = np.arange(len(clients))
    return ends[by_end][np.maximum.accumulate(rank)]


def _merged(clients: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Runs:
    order = by_client(clients)
    return runs_of(clients[order], starts[order], ends[order])


def _joined(clients: NDArray[np.int64], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Runs:
    clients, starts, ends = _merged(clients, starts, starts + lengths)
    return clients, starts, ends - starts
