"""What one block of events adds to its clients: a small, pure summary that is merged later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.attribution.hours import hours_of
from logattr.attribution.outcomes import codes_of, kinds
from logattr.attribution.packing import TIME_STEPS, Packed, pack
from logattr.attribution.sessions import by_client, runs_of

__all__ = [
    "MOST_BYTES",
    "NEVER",
    "NO_CLIENT",
    "SUMMARISED",
    "TOPS",
    "Summary",
    "client_key",
    "pieces",
    "summarise",
]

NO_CLIENT = "(none)"
NEVER = np.iinfo(np.int64).min  # the time of an event without one
MOST_BYTES = 1 << 62  # where sums end
TOPS = ("path", "user_agent", "user")
#: Columns of the events that a summary is made of, beside those of every batch.
SUMMARISED = frozenset(
    {"client_ip", "client_host", "client_raw", "status", "method", "operation", "action", "target"}
    | {"bytes_sent", "bytes_received", *TOPS}
)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a block holds, with clients numbered by their first event in it; packed, as many blocks wait.

    Parameters
    ----------
    names, is_address
        One per client: what it is called, and whether that is its address.
    counters
        By name, one number per client.
    runs
        See ``attribution.sessions``.
    hours
        See ``attribution.hours``.
    texts
        By column: see ``attribution.tops``.
    source, lines
        Number of the input, and where the first lines of each client stand, see ``attribution.positions``.
    nbytes
        Of names and texts.
    """

    rows: int
    names: pa.Array
    is_address: NDArray[np.bool_]
    counters: dict[str, Packed]
    runs: tuple[Packed, ...]
    hours: tuple[Packed, ...]
    texts: dict[str, tuple[pa.Array, Packed, Packed]]
    source: int
    lines: tuple[Packed, ...]
    nbytes: int


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


def summarise(events: pa.Table, source: int = 0, most_lines: int = 0) -> Summary:
    """Summarise the events of one block (``columns.EVENTS``), of which there is at least one."""
    names, clients = _clients(events)
    order = by_client(clients)
    requests = np.bincount(clients, minlength=len(names))
    starts = np.cumsum(requests) - requests
    found = kinds(events)
    counters = {"requests": requests, **found.sums(order, starts)}
    for name in ("bytes_sent", "bytes_received"):
        counters[name] = _bytes(events[name], order, starts)
    # Apache logs the user name also of a failed log-in ("should not be trusted if the status is
    # 401", mod_log_config), nginx whatever the client sends: only what was served counts.
    texts = {name: _texts(events[name], clients, found.done if name == "user" else None) for name in TOPS}
    time = events["time"].cast(pa.int64()).fill_null(NEVER).to_numpy()
    in_time = _in_time(order, clients, time)
    known = in_time[time[in_time] != NEVER]
    timed, ordered = clients[known], time[known]
    first = np.sort(order[np.arange(len(order)) - np.repeat(starts, requests) < most_lines])
    line, offset = (events[name].to_numpy()[first] for name in ("line", "offset"))
    return Summary(
        rows=len(events),
        names=names,
        is_address=_is_address(events["client_ip"], clients, len(names)),
        counters={name: pack(values) for name, values in counters.items()},
        runs=_packed(runs_of(timed, ordered, ordered)),
        hours=_packed(hours_of(timed, ordered)),
        texts={name: one for name, one in texts.items() if len(one[1])},
        source=source,
        lines=_packed((clients[first], line, offset, time[first])),
        nbytes=names.nbytes + sum(one[0].nbytes for one in texts.values()),
    )


def _clients(events: pa.Table) -> tuple[pa.Array, NDArray[np.int64]]:
    """Names in order of the first event, and the client of every row."""
    names, codes = codes_of(client_key(events))
    # A dictionary may hold more than occurs, such as the categories of a filtered frame, in any order.
    first = np.full(len(names), len(codes), np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    if len(first) and (first[1:] > first[:-1]).all() and first[-1] < len(codes):
        return names.cast(pa.string()), codes.astype(np.int64)
    occurring = np.flatnonzero(first < len(codes))
    occurring = occurring[np.argsort(first[occurring])]
    number = np.full(len(names), -1, np.int64)
    number[occurring] = np.arange(len(occurring))
    return names.take(pa.array(occurring)).cast(pa.string()), number[codes]


def _in_time(
    order: NDArray[np.intp], clients: NDArray[np.int64], time: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Rows by client, those of each in order of time: lines are nearly so, which is sorted at little cost."""
    if (time[1:] >= time[:-1]).all():
        return order
    by_time = np.argsort(time, kind="stable")
    return by_time[by_client(clients[by_time])]


def _is_address(addresses: pa.ChunkedArray, clients: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    if not addresses.null_count:
        return np.ones(size, np.bool_)
    found = np.zeros(size, np.bool_)
    found[clients[addresses.is_valid().to_numpy(zero_copy_only=False)]] = True
    return found


def _bytes(column: pa.ChunkedArray, order: NDArray[np.intp], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums that nobody can make wrong by logging nonsense: they neither wrap nor shrink."""
    if column.null_count == len(column):
        return np.zeros(len(starts), np.int64)
    values = np.maximum(column.fill_null(0).to_numpy(), 0)[order]
    sums: NDArray[np.int64] = np.add.reduceat(values, starts)
    if int(values.max()) >= MOST_BYTES // len(values):
        # 2^62 is far from what a float of this size gets wrong, and from what a server ever sent.
        sums[np.add.reduceat(values.astype(np.float64), starts) >= MOST_BYTES] = MOST_BYTES
    return sums


def _texts(
    column: pa.ChunkedArray, clients: NDArray[np.int64], where: NDArray[np.bool_] | None
) -> tuple[pa.Array, Packed, Packed]:
    """Distinct texts; then the client and the text of every row that has one."""
    if column.null_count == len(column):
        return pa.array([], pa.string()), pack(clients[:0]), pack(clients[:0])
    texts, codes = codes_of(column)
    if column.null_count or where is not None:
        present = codes < len(texts) if where is None else where & (codes < len(texts))
        clients, codes = clients[present], codes[present]
    return texts, pack(clients), pack(codes)


def _packed(columns: Iterable[NDArray[np.int64]]) -> tuple[Packed, ...]:
    return tuple(pack(column, TIME_STEPS) for column in columns)


def pieces(events: pa.Table, most: int) -> Iterator[pa.Table]:
    """The events in pieces of at most so many rows."""
    return (events.slice(start, most) for start in range(0, len(events), most))
