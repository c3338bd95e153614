"""One row per client, gathered block by block: memory grows with clients, never with lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.attribution.hours import Hours
from logattr.attribution.outcomes import COUNTED, MOST_ROWS
from logattr.attribution.packing import Packed
from logattr.attribution.parts import Columns
from logattr.attribution.positions import Place, Positions, Rows
from logattr.attribution.sessions import Sessions
from logattr.attribution.summary import MOST_BYTES, NEVER, NO_CLIENT, Summary, client_key, pieces, summarise
from logattr.attribution.tops import Texts, Tops
from logattr.columns import CLIENTS, schema
from logattr.memory import give_back

__all__ = ["NO_CLIENT", "ClientTable", "client_key"]

_BYTES = ("bytes_sent", "bytes_received")
_COUNTERS = ("requests", *_BYTES, *COUNTED)
# Column of top values -> how many are shown, and how many are kept while counting.
_TOPS = {"path": ("paths", 10), "user_agent": ("user_agents", 5), "user": ("users", 10)}
_KEEP = 32  # times what is shown; a client with fewer distinct values has them counted exactly
# Blocks wait to be merged until they hold so many rows, or as many as there are clients, or so many bytes.
_MERGE_ROWS = 1 << 19
_MERGE_BYTES = 32 << 20


class ClientTable:
    """Counters per client; add events block by block, then take the table.

    What counts is told in ``attribution.outcomes``. Order and blocks change nothing, with one exception:
    of a client's paths, user agents and users only the most frequent are kept, so that rare ones of a
    client with very many may be counted too low.

    Parameters
    ----------
    most_lines
        Of each client so many first lines are remembered, see ``lines``.

    Examples
    --------
    >>> clients = ClientTable()
    >>> len(clients)
    0
    """

    def __init__(self, most_lines: int = 0) -> None:
        self._names = pa.array([], pa.string())
        self._counts = {name: np.zeros(0, np.int64) for name in _COUNTERS}
        self._is_address = np.zeros(0, np.bool_)
        self._sessions = Sessions()
        self._hours = Hours()
        self._tops = {name: Tops(shown * _KEEP) for name, (_, shown) in _TOPS.items()}
        self._lines = Positions(most_lines)
        self._waiting: list[Summary] = []
        self._rows = self._bytes = 0

    def __len__(self) -> int:
        self._merge()
        return len(self._names)

    @property
    def names(self) -> list[str]:
        """The clients, in order of their first event read."""
        self._merge()
        found: list[str] = self._names.to_pylist()
        return found

    @property
    def keys(self) -> pa.Array:
        """The same as an Arrow array."""
        self._merge()
        return self._names

    @property
    def is_address(self) -> NDArray[np.bool_]:
        """Whether each client's name is an address."""
        self._merge()
        return self._is_address

    @property
    def last_seen(self) -> NDArray[np.int64]:
        """Last event of each client in microseconds since the epoch; the least integer where unknown."""
        _, last, known = self._sessions.span(len(self))
        return np.where(known, last, NEVER)

    def counter(self, name: str) -> NDArray[np.int64]:
        """One counter for all clients."""
        self._merge()
        return self._counts[name]

    def lines(self, wanted: pa.Array) -> Place | None:
        """Where the first lines of some clients stand; null if that was too much to remember."""
        self._merge()
        if self._lines.lost:
            return None
        return self._lines.of(pc.is_in(self._names, value_set=wanted).to_numpy(zero_copy_only=False))

    def add(self, events: pa.Table, source: int = 0) -> None:
        """Count the events of one block.

        Parameters
        ----------
        events
            With the schema ``columns.EVENTS``.
        source
            Number of the input.
        """
        self.take(self.summaries(events, source))

    def summaries(self, events: pa.Table, source: int = 0) -> list[Summary]:
        """What the events of one block add; made in any thread, and taken in the order of the blocks."""
        most = 0 if self._lines.lost else self._lines.most
        return [summarise(piece, source, most) for piece in pieces(events, MOST_ROWS)]

    def take(self, summaries: Sequence[Summary]) -> None:
        """Count what one block adds."""
        for summary in summaries:
            self._waiting.append(summary)
            self._rows += summary.rows
            self._bytes += summary.nbytes
            # Merging only when as much again has come keeps the cost per line the same at any size.
            if self._rows > max(_MERGE_ROWS, len(self._names)) or self._bytes > _MERGE_BYTES:
                self._merge()

    def _merge(self) -> None:
        """Give the clients of the blocks that wait their numbers, and add up."""
        waiting, self._waiting, self._rows, self._bytes = self._waiting, [], 0, 0
        if not waiting:
            return
        known = len(self._names)
        encoded = pa.concat_arrays([self._names, *(one.names for one in waiting)]).dictionary_encode()
        self._names = encoded.dictionary
        numbers = encoded.indices.to_numpy().astype(np.int64)[known:]
        clients = np.split(numbers, np.cumsum([len(one.names) for one in waiting])[:-1])
        size = len(self._names)
        for name in _COUNTERS:
            values = np.concatenate([one.counters[name].values() for one in waiting])
            self._counts[name] = _added(self._counts[name], numbers, values, size, bounded=name in _BYTES)
        self._is_address = np.append(self._is_address, np.zeros(size - known, np.bool_))
        self._is_address[numbers[np.concatenate([one.is_address for one in waiting])]] = True
        self._sessions.add_runs(*_joined([one.runs for one in waiting], clients))
        self._hours.add(*_joined([one.hours for one in waiting], clients))
        for column, tops in self._tops.items():
            blocks: list[Texts] = []
            for one, number in zip(waiting, clients, strict=True):
                if column in one.texts:
                    texts, *rows = one.texts[column]
                    blocks.append((texts, *_numbered(rows, number)))
            tops.add(blocks)
        places: list[Rows] = []
        for one, number in zip(waiting, clients, strict=True):
            owners, line, offset, time = _numbered(one.lines, number)
            places.append((one.source, owners, line, offset, time))
        self._lines.add(places, size)
        del waiting
        give_back()

    def let_go(self) -> None:
        """Forget what only the table needed: of a million clients that is 150 MB. Lines and counters stay."""
        self._sessions, self._hours = Sessions(), Hours()
        self._tops = {name: Tops(shown * _KEEP) for name, (_, shown) in _TOPS.items()}
        give_back()

    def table(self) -> dict[str, pa.Array]:
        """The client columns of ``columns.CLIENTS`` that are counted here, by name."""
        size = len(self)
        types = schema(CLIENTS)
        first, last, known = self._sessions.span(size)
        arrays: dict[str, pa.Array] = {
            "client": self._names,
            "first_seen": pa.array(first, types.field("first_seen").type, mask=~known),
            "last_seen": pa.array(last, types.field("last_seen").type, mask=~known),
            "days_active": pa.array(self._sessions.days(size).astype(np.int32)),
            "sessions": pa.array(self._sessions.counts(size).astype(np.int32)),
        }
        arrays["hours"] = self._hours.table(size)
        for name in _COUNTERS:
            if name in types.names:
                arrays[name] = pa.array(self._counts[name], types.field(name).type)
        for column, (name, shown) in _TOPS.items():
            arrays[name] = self._tops[column].most_frequent(size, shown)
        return arrays


def _numbered(columns: Sequence[Packed], numbers: NDArray[np.int64]) -> Columns:
    """Columns of a block, with the numbers of its clients in place of those in the block."""
    own, *others = (column.values() for column in columns)
    return numbers[own], *others


def _joined(blocks: Sequence[Sequence[Packed]], numbers: Sequence[NDArray[np.int64]]) -> Columns:
    """The same of some blocks."""
    columns = zip(*map(_numbered, blocks, numbers), strict=True)
    return tuple(map(np.concatenate, columns))


def _added(
    totals: NDArray[np.int64],
    clients: NDArray[np.int64],
    values: NDArray[np.int64],
    size: int,
    *,
    bounded: bool,
) -> NDArray[np.int64]:
    """Totals of so many clients after more has come."""
    sums = np.zeros(size, np.int64)
    sums[: len(totals)] = totals
    if not values.any():
        return sums
    np.add.at(sums, clients, values)
    if bounded and int(values.max()) >= MOST_BYTES // (len(values) + 1):
        rough = np.bincount(clients, weights=values, minlength=size)
        rough[: len(totals)] += totals
        sums[rough >= MOST_BYTES] = MOST_BYTES
    elif bounded:
        np.minimum(sums, MOST_BYTES, out=sums)
    return sums
