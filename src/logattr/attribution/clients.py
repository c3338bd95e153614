"""One row per client, gathered block by block: memory grows with clients, never with lines."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.attribution.noise import is_background, is_probe
from logattr.columns import CLIENTS, schema

__all__ = ["NO_CLIENT", "SESSION_GAP", "ClientTable", "client_key"]

NO_CLIENT = "(none)"
SESSION_GAP = 30 * 60 * 1_000_000  # microseconds; 30 minutes is the convention of web analytics
_DAY = 86_400_000_000
_NEVER = np.iinfo(np.int64).min

_COUNTERS = (
    "requests",
    "bytes_sent",
    "bytes_received",
    "ok",
    "not_found",
    "failed",
    "no_request",
    "reads",
    "writes",
    "lists",
    "deletes",
    "logins",
    "sessions",
    "probes",
    "content",
)
_COUNTER = {name: index for index, name in enumerate(_COUNTERS)}
_ACTIONS = {"read": "reads", "write": "writes", "list": "lists", "delete": "deletes", "login": "logins"}
# Column of top values -> how many are shown, and how many are kept while counting.
_TOPS = {"path": ("paths", 10), "user_agent": ("user_agents", 5), "user": ("users", 10)}
_KEEP = 8  # times what is shown


def client_key(events: pa.Table) -> pa.ChunkedArray:
    """What a client is called: its address, else its host name, else the raw text, else ``(none)``.

    Parameters
    ----------
    events
        With the schema ``columns.EVENTS``.
    """
    address = events["client_ip"]
    if not address.null_count:
        return address
    parts = [pc.cast(events[name], pa.string()) for name in ("client_ip", "client_host", "client_raw")]
    return pc.coalesce(*parts, NO_CLIENT)


def _codes(column: pa.ChunkedArray) -> tuple[list[str | None], NDArray[np.int64]]:
    """Distinct values and one code per row; null is coded as the last value, None."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = array.unify_dictionaries().combine_chunks() if array.num_chunks else pa.array([], column.type)
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    values: list[str | None] = array.dictionary.to_pylist()
    codes = array.indices.fill_null(len(values)).to_numpy(zero_copy_only=False).astype(np.int64)
    return [*values, None], codes


class ClientTable:
    """Counters per client; add events block by block, then take the table.

    Examples
    --------
    >>> clients = ClientTable()
    >>> len(clients)
    0
    """

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._counts = np.zeros((0, len(_COUNTERS)), np.int64)
        self._first = np.zeros(0, np.int64)
        self._last = np.zeros(0, np.int64)
        self._is_address = np.zeros(0, np.bool_)
        self._days: NDArray[np.int64] = np.zeros(0, np.int64)
        self._tops: dict[str, dict[int, Counter[str]]] = {name: {} for name in _TOPS}

    def __len__(self) -> int:
        return len(self._index)

    @property
    def names(self) -> list[str]:
        """The clients, in order of their first event."""
        return list(self._index)

    @property
    def is_address(self) -> NDArray[np.bool_]:
        """Whether each client's name is an address."""
        return self._is_address

    @property
    def last_seen(self) -> NDArray[np.int64]:
        """Last event of each client in microseconds since the epoch; the least integer where unknown."""
        return self._last

    def counter(self, name: str) -> NDArray[np.int64]:
        """One counter for all clients."""
        return self._counts[:, _COUNTER[name]]

    def add(self, events: pa.Table) -> None:
        """Count the events of one block.

        Parameters
        ----------
        events
            With the schema ``columns.EVENTS``.
        """
        if not len(events):
            return
        clients = self._clients(events)
        self._count(events, clients)
        self._times(events["time"], clients)
        for column in _TOPS:
            self._top(column, events[column], clients)

    def _clients(self, events: pa.Table) -> NDArray[np.int64]:
        names, codes = _codes(client_key(events))
        addresses = set(_codes(events["client_ip"])[0])
        number = np.array(
            [self._index.setdefault(name, len(self._index)) if name is not None else -1 for name in names],
            np.int64,
        )
        grown = len(self._index) - len(self._first)
        if grown:
            self._counts = np.concatenate([self._counts, np.zeros((grown, len(_COUNTERS)), np.int64)])
            self._first = np.concatenate([self._first, np.full(grown, np.iinfo(np.int64).max)])
            self._last = np.concatenate([self._last, np.full(grown, _NEVER)])
            self._is_address = np.concatenate([self._is_address, np.zeros(grown, np.bool_)])
        for name, index in zip(names, number, strict=True):
            if name is not None:
                self._is_address[index] = name in addresses
        return number[codes]

    def _count(self, events: pa.Table, clients: NDArray[np.int64]) -> None:
        size = len(self._index)

        def add(
            name: str, where: NDArray[np.bool_] | None = None, weights: NDArray[np.int64] | None = None
        ) -> None:
            chosen = clients if where is None else clients[where]
            if weights is None:
                self._counts[:, _COUNTER[name]] += np.bincount(chosen, minlength=size)
            else:
                np.add.at(
                    self._counts[:, _COUNTER[name]], chosen, weights if where is None else weights[where]
                )

        status = events["status"].fill_null(0).to_numpy().astype(np.int64)
        success = (status >= 200) & (status < 400)
        missing = (status == 404) | (status == 410)
        add("requests")
        add("ok", success)
        add("not_found", missing)
        add("failed", (status >= 400) & ~missing)
        # FTP and storage logs may have no status: what is logged without one was done.
        done = success & (status != 304) | (status == 0)
        actions, action = _codes(events["action"])
        for index, value in enumerate(actions):
            if value in _ACTIONS:
                add(_ACTIONS[value], (action == index) & done)
        methods, method = _codes(events["method"])
        operations, operation = _codes(events["operation"])
        add("no_request", (method == len(methods) - 1) & (operation == len(operations) - 1))
        for name in ("bytes_sent", "bytes_received"):
            values = events[name]
            if values.null_count < len(values):
                add(name, weights=values.fill_null(0).to_numpy())
        self._content(events, add, done)

    def _content(self, events: pa.Table, add: Any, done: NDArray[np.bool_]) -> None:
        """Count probes, and events that reached content: what tells a scanner from a visitor."""
        targets, target = _codes(events["target"])
        paths, path = _codes(events["path"])
        probe = np.array([is_probe(text) for text in targets], np.bool_)[target]
        background = np.array([is_background(text) for text in paths], np.bool_)[path]
        actions, action = _codes(events["action"])
        acted = np.array([text in _ACTIONS for text in actions], np.bool_)[action]
        add("probes", probe & ~done)
        add("content", acted & done & ~probe & ~background)

    def _times(self, column: pa.ChunkedArray, clients: NDArray[np.int64]) -> None:
        known = column.is_valid().to_numpy(zero_copy_only=False)
        times = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)[known]
        owners = clients[known]
        if not len(times):
            return
        order = np.lexsort((times, owners))
        owners, times = owners[order], times[order]
        begins = np.concatenate(([True], owners[1:] != owners[:-1]))
        gap = np.diff(times, prepend=times[0])
        last = self._last[owners]
        fresh = begins & ((last == _NEVER) | (times - np.where(last == _NEVER, 0, last) > SESSION_GAP))
        new_session = np.where(begins, fresh, gap > SESSION_GAP)
        self._counts[:, _COUNTER["sessions"]] += np.bincount(owners[new_session], minlength=len(self._index))
        starts = np.flatnonzero(begins)
        ends = np.concatenate((starts[1:], [len(times)])) - 1
        one = owners[starts]
        self._first[one] = np.minimum(self._first[one], times[starts])
        self._last[one] = np.maximum(self._last[one], times[ends])
        days = owners << 24 | (times // _DAY)  # 2**24 days reach beyond the year 45,000
        self._days = np.union1d(self._days, days)

    def _top(self, column: str, values: pa.ChunkedArray, clients: NDArray[np.int64]) -> None:
        """Count the most frequent values of each client; what is rare in a block of many is let go."""
        texts, codes = _codes(values)
        present = codes < len(texts) - 1
        if not present.any():
            return
        keep = _TOPS[column][1] * _KEEP
        pairs, counts = np.unique(clients[present] * len(texts) + codes[present], return_counts=True)
        owners, value = pairs // len(texts), pairs % len(texts)
        order = np.lexsort((-counts, owners))
        owners, value, counts = owners[order], value[order], counts[order]
        starts = np.flatnonzero(np.concatenate(([True], owners[1:] != owners[:-1])))
        rank = np.arange(len(owners)) - np.repeat(starts, np.diff(np.concatenate((starts, [len(owners)]))))
        tops = self._tops[column]
        for owner, index, count in zip(
            owners[rank < keep].tolist(),
            value[rank < keep].tolist(),
            counts[rank < keep].tolist(),
            strict=True,
        ):
            counter = tops.setdefault(owner, Counter())
            counter[texts[index] or ""] += count
            if len(counter) > 4 * keep:
                tops[owner] = Counter(dict(counter.most_common(keep)))

    def table(self) -> dict[str, pa.Array]:
        """The client columns of ``columns.CLIENTS`` that are counted here, by name."""
        size = len(self._index)
        unknown = self._last == _NEVER
        types = schema(CLIENTS)
        day_counts = np.bincount(self._days >> 24, minlength=size)
        arrays: dict[str, pa.Array] = {
            "client": pa.array(self.names, pa.string()),
            "first_seen": pa.array(self._first, types.field("first_seen").type, mask=unknown),
            "last_seen": pa.array(self._last, types.field("last_seen").type, mask=unknown),
            "days_active": pa.array(day_counts.astype(np.int32)),
        }
        for name in _COUNTERS:
            if name in types.names:
                arrays[name] = pa.array(self.counter(name), types.field(name).type)
        for column, (name, shown) in _TOPS.items():
            tops = self._tops[column]
            arrays[name] = pa.array(
                [
                    [
                        text
                        for text, _ in sorted(tops[index].items(), key=lambda item: (-item[1], item[0]))[
                            :shown
                        ]
                    ]
                    if index in tops
                    else []
                    for index in range(size)
                ],
                types.field(name).type,
            )
        return arrays
