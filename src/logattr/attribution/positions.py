"""Where the first lines of every client stand, so that its evidence is fetched and not looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logattr.attribution.sessions import by_client

__all__ = ["Place", "Positions", "Rows"]

_MOST_ROWS = 1 << 21  # of 32 bytes

# Number of the input, then per row: client, line, offset, time in microseconds.
Rows = tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of some clients, in the order in which they were read: one array entry each."""

    source: NDArray[np.int32]
    client: NDArray[np.int32]
    line: NDArray[np.int64]
    offset: NDArray[np.int64]
    time: NDArray[np.int64]

    def take(self, rows: NDArray[np.generic]) -> Place:
        """Lines at positions, or where a mask is true."""
        return Place(
            self.source[rows], self.client[rows], self.line[rows], self.offset[rows], self.time[rows]
        )


class Positions:
    """The first lines of every client; forgotten altogether when there are too many to remember.

    Parameters
    ----------
    most
        Lines per client.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.lost = False
        self._have = np.zeros(0, np.int32)  # lines of each client
        self._places: list[Place] = []
        self._size = 0

    def add(self, rows: Sequence[Rows], clients: int) -> None:
        """Take the lines of some blocks, in their order; there are so many clients by now."""
        if self.lost or not self.most or not rows:
            return
        owners = np.concatenate([one[1] for one in rows])
        self._have = np.append(self._have, np.zeros(clients - len(self._have), np.int32))
        keep = np.flatnonzero(self._have[owners] < self.most)
        order = by_client(owners[keep])
        sorted_owners = owners[keep][order]
        starts = np.flatnonzero(
            np.concatenate(([True], sorted_owners[1:] != sorted_owners[:-1]))[: len(keep)]
        )
        rank = np.arange(len(keep)) - np.repeat(starts, np.diff(starts, append=len(keep)))
        keep = np.sort(keep[order[rank + self._have[sorted_owners] < self.most]])
        self._have += np.bincount(owners[keep], minlength=clients).astype(np.int32)
        self._size += len(keep)
        if self._size > _MOST_ROWS:
            self.lost, self._places = True, []
            return
        source = np.repeat([one[0] for one in rows], [len(one[1]) for one in rows]).astype(np.int32)
        line, offset, time = (np.concatenate([one[nth] for one in rows])[keep] for nth in (2, 3, 4))
        self._places.append(Place(source[keep], owners[keep].astype(np.int32), line, offset, time))

    def of(self, wanted: NDArray[np.bool_]) -> Place:
        """The lines of some clients (true for each that is wanted)."""
        found = [place.take(wanted[place.client]) for place in self._places]
        nothing = np.zeros(0, np.int32)
        wide = nothing.astype(np.int64)
        found.append(Place(nothing, nothing, wide, wide, wide))
        return Place(*(np.concatenate(column) for column in zip(*map(_columns, found), strict=True)))


def _columns(place: Place) -> tuple[NDArray[np.int64], ...]:
    return place.source, place.client, place.line, place.offset, place.time  # type: ignore[return-value]
