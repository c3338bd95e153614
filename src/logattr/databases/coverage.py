"""How much of the address space a database knows, counted in its search tree.

A walk over the tree level by level counts every network with a record; nothing is sampled and no
record is decoded. The share tells how many addresses have *a* record, which may be an empty one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logattr.databases.mmdb import Database

__all__ = ["Coverage", "coverage"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the tree holds.

    Parameters
    ----------
    ipv4_networks
        IPv4 networks with a record.
    ipv4_share
        Share of the 2**32 IPv4 addresses that they hold, 0 to 1.
    ipv6_networks
        Networks with a record in 2000::/3, from which all global addresses are; without the copies of
        the IPv4 tree that databases keep for 6to4 and Teredo. 0 for an IPv4 database.
    """

    ipv4_networks: int
    ipv4_share: float
    ipv6_networks: int


def coverage(database: Database) -> Coverage:
    """Count the networks of a database.

    Raises
    ------
    DatabaseError
        The tree is broken.

    Examples
    --------
    >>> from logattr.databases import open_databases
    >>> found = coverage(open_databases([], environ={"LOGATTR_DATA": "no-store"})[0])
    >>> found.ipv4_networks > 1_000_000, round(found.ipv4_share, 2)
    (True, 0.85)
    """
    start = database._ipv4_start
    networks, share = _count(database, start, 32)
    if database.ip_version == 4:
        return Coverage(networks, share, 0)
    global_unicast = _descend(database, (0, 0, 1))
    six, _ = _count(database, global_unicast, 125, without=start)
    return Coverage(networks, share, six)


def _descend(database: Database, bits: tuple[int, ...]) -> int:
    node = np.zeros(1, np.uint32)
    for bit in bits:
        if int(node[0]) < database.node_count:
            node = database._child(node, np.uint64(bit))
    return int(node[0])


def _count(database: Database, start: int, depth: int, without: int = -1) -> tuple[int, float]:
    """Networks with a record below a node, and the share of its addresses that they hold.

    Nodes that several parents share, as hostile files have them, are counted once for each, but gone
    through once per level: the work is at most ``depth`` times the size of the tree.
    """
    nodes: NDArray[np.uint32] = np.array([start], np.uint32)
    times: NDArray[np.float64] = np.ones(1)
    networks = share = 0.0
    for level in range(depth + 1):
        records = nodes > database.node_count
        networks += float(times[records].sum())
        share += float(times[records].sum()) * 2.0**-level
        database._records_of(nodes[records])
        inner = (nodes < database.node_count) & (nodes != without)
        nodes, times = nodes[inner], times[inner]
        if not len(nodes):
            break
        if len(nodes) > database.node_count:
            nodes, inverse = np.unique(nodes, return_inverse=True)
            times = np.bincount(inverse, weights=times).astype(np.float64)
        nodes = np.concatenate([database._child(nodes, np.uint64(bit)) for bit in (0, 1)])
        times = np.concatenate([times, times])
    return round(min(networks, 2.0**63)), share
