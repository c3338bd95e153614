"""One row per client, gathered block by block: memory grows with clients, never with lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.attribution.noise import is_background, is_probe
from logattr.attribution.sessions import Sessions
from logattr.columns import CLIENTS, schema

__all__ = ["NO_CLIENT", "ClientTable", "client_key"]

NO_CLIENT = "(none)"
_NEVER = np.iinfo(np.int64).min
_MOST_BYTES = 1 << 62  # where sums end

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
    "probes",
    "malformed",
    "content",
    "fetched",
)
_COUNTER = {name: index for index, name in enumerate(_COUNTERS)}
_ACTIONS = {"read": "reads", "write": "writes", "list": "lists", "delete": "deletes", "login": "logins"}
# Column of top values -> how many are shown, and how many are kept while counting.
_TOPS = {"path": ("paths", 10), "user_agent": ("user_agents", 5), "user": ("users", 10)}
_KEEP = 32  # times what is shown; a client with fewer distinct values has them counted exactly
# Applications answer a log-in with these; they show neither a probe that failed nor content reached.
_TEMPORARY_REDIRECTS = (302, 303, 307)


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

    What counts as done: a status of 2xx, or an operation that is not HTTP in a log without statuses. A
    redirect delivers nothing, 304 says that nothing was sent, and an HTTP log without statuses does not
    show what succeeded. Order and blocks change nothing, with one exception: of a client's paths, user
    agents and users only the most frequent are kept, so that rare ones of a client with very many may
    be counted too low.

    Examples
    --------
    >>> clients = ClientTable()
    >>> len(clients)
    0
    """

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._counts = np.zeros((0, len(_COUNTERS)), np.int64)
        self._is_address = np.zeros(0, np.bool_)
        self._sessions = Sessions()
        self._tops: dict[str, dict[int, dict[str, int]]] = {name: {} for name in _TOPS}

    def __len__(self) -> int:
        return len(self._index)

    @property
    def names(self) -> list[str]:
        """The clients, in order of their first event read."""
        return list(self._index)

    @property
    def is_address(self) -> NDArray[np.bool_]:
        """Whether each client's name is an address."""
        return self._is_address

    @property
    def last_seen(self) -> NDArray[np.int64]:
        """Last event of each client in microseconds since the epoch; the least integer where unknown."""
        _, last, known = self._sessions.span(len(self))
        return np.where(known, last, _NEVER)

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
        done = self._count(events, clients)
        known = events["time"].is_valid().to_numpy(zero_copy_only=False)
        times = events["time"].cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        self._sessions.add(clients[known], times[known])
        everywhere = np.ones(len(clients), np.bool_)
        for column in _TOPS:
            # Apache logs the user name also of a failed log-in ("should not be trusted if the status is
            # 401", mod_log_config), nginx whatever the client sends: only what was served counts.
            self._top(column, events[column], clients, done if column == "user" else everywhere)

    def _clients(self, events: pa.Table) -> NDArray[np.int64]:
        names, codes = _codes(client_key(events))
        # A dictionary may hold more than occurs, such as the categories of a filtered frame.
        first = np.full(len(names), -1, np.int64)
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        occurring = np.flatnonzero(first >= 0)
        number = np.full(len(names), -1, np.int64)
        for code in occurring[np.argsort(first[occurring])].tolist():
            number[code] = self._index.setdefault(names[code] or NO_CLIENT, len(self._index))
        grown = len(self._index) - len(self._counts)
        if grown:
            self._counts = np.concatenate([self._counts, np.zeros((grown, len(_COUNTERS)), np.int64)])
            self._is_address = np.concatenate([self._is_address, np.zeros(grown, np.bool_)])
        clients = number[codes]
        self._is_address[clients[events["client_ip"].is_valid().to_numpy(zero_copy_only=False)]] = True
        return clients

    def _count(self, events: pa.Table, clients: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Count, and say which events are done."""
        size = len(self._index)

        def add(name: str, where: NDArray[np.bool_]) -> None:
            self._counts[:, _COUNTER[name]] += np.bincount(clients[where], minlength=size)

        status = events["status"].fill_null(0).to_numpy().astype(np.int64)
        missing = (status == 404) | (status == 410)
        add("requests", np.ones(len(clients), np.bool_))
        add("ok", (status >= 200) & (status < 400))
        add("not_found", missing)
        add("failed", (status >= 400) & ~missing)
        no_method = events["method"].is_null().to_numpy(zero_copy_only=False)
        done: NDArray[np.bool_] = (status >= 200) & (status < 300) | (status == 0) & no_method
        for index, value in enumerate((actions := _codes(events["action"]))[0]):
            if value in _ACTIONS:
                add(_ACTIONS[value], (actions[1] == index) & done)
        no_request = no_method & events["operation"].is_null().to_numpy(zero_copy_only=False)
        add("no_request", no_request)
        # Bytes that are no HTTP, or an empty request that the server found bad. An empty one that timed
        # out (408) is what browsers leave that connect in advance.
        said = events["target"].is_valid().to_numpy(zero_copy_only=False)
        add("malformed", no_request & (said | (status == 400)))
        for name in ("bytes_sent", "bytes_received"):
            values = events[name]
            if values.null_count < len(values):
                self._add_bytes(name, clients, values.fill_null(0).to_numpy())
        self._content(events, add, done, status, actions)
        return done

    def _add_bytes(self, name: str, clients: NDArray[np.int64], values: NDArray[np.int64]) -> None:
        """Add to a sum that nobody can make wrong by logging nonsense: it neither wraps nor shrinks."""
        total = self._counts[:, _COUNTER[name]]
        values = np.maximum(values, 0)
        rough = total + np.bincount(clients, weights=values, minlength=len(total))
        np.add.at(total, clients, values)
        # 2^62 is far from what a float of this size gets wrong, and from what a server ever sent.
        total[rough >= _MOST_BYTES] = _MOST_BYTES

    def _content(
        self, events: pa.Table, add: Any, done: NDArray[np.bool_], status: NDArray[np.int64], actions: Any
    ) -> None:
        """Count probes, and events that reached content: what tells a scanner from a visitor."""
        targets, target = _codes(events["target"])
        paths, path = _codes(events["path"])
        probe = np.array([is_probe(text) for text in targets], np.bool_)[target]
        background = np.array([is_background(text) for text in paths], np.bool_)[path]
        names, action = actions
        acted = np.array([text in _ACTIONS for text in names], np.bool_)[action]
        listed = np.array([text == "list" for text in names], np.bool_)[action]
        add("probes", probe & ~done & ~np.isin(status, _TEMPORARY_REDIRECTS))
        content = acted & ~probe & ~background
        add("content", content & (done | (status == 304)))  # 304: it has the content from before
        add("fetched", content & done & ~listed)

    def _top(
        self, column: str, values: pa.ChunkedArray, clients: NDArray[np.int64], where: NDArray[np.bool_]
    ) -> None:
        """Count the most frequent values of each client; what is rare in a block of many is let go."""
        texts, codes = _codes(values)
        present = where & (codes < len(texts) - 1)
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
        kept = rank < keep
        for owner, index, count in zip(
            owners[kept].tolist(), value[kept].tolist(), counts[kept].tolist(), strict=True
        ):
            counter = tops.get(owner)
            if counter is None:
                counter = tops[owner] = {}
            text = texts[index] or ""
            counter[text] = counter.get(text, 0) + count
            if len(counter) > 4 * keep:
                tops[owner] = dict(_most_frequent(counter, keep))

    def table(self) -> dict[str, pa.Array]:
        """The client columns of ``columns.CLIENTS`` that are counted here, by name."""
        size = len(self)
        types = schema(CLIENTS)
        first, last, known = self._sessions.span(size)
        arrays: dict[str, pa.Array] = {
            "client": pa.array(self.names, pa.string()),
            "first_seen": pa.array(first, types.field("first_seen").type, mask=~known),
            "last_seen": pa.array(last, types.field("last_seen").type, mask=~known),
            "days_active": pa.array(self._sessions.days(size).astype(np.int32)),
            "sessions": pa.array(self._sessions.counts(size).astype(np.int32)),
        }
        for name in _COUNTERS:
            if name in types.names:
                arrays[name] = pa.array(self.counter(name), types.field(name).type)
        for column, (name, shown) in _TOPS.items():
            tops = self._tops[column]
            shown_texts = [
                [text for text, _ in _most_frequent(tops.get(index, {}), shown)] for index in range(size)
            ]
            arrays[name] = pa.array(shown_texts, types.field(name).type)
        return arrays


def _most_frequent(counts: dict[str, int], most: int) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
