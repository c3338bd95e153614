"""How fast a column of random addresses goes through a City database, beside maxminddb's own reader.

    python benchmarks/mmdb_walk.py [DATABASE.mmdb] [--addresses N] [--sample N]

Without a path it takes the embedded database. ``walk`` finds record and network of every address
and decodes nothing; ``lookup`` also decodes every distinct record once. maxminddb is asked with
``ipaddress`` objects that are made before the clock starts, on a part of the same addresses; its
time is scaled to all of them, and the table says so.
"""

from __future__ import annotations

import argparse
import ipaddress
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import maxminddb
import numpy as np

from logattr.addresses import Addresses
from logattr.databases.embedded import find_embedded
from logattr.databases.mmdb import open_database


def seconds(action: Callable[[], Any], *, runs: int) -> float:
    """Shortest of several runs, in seconds."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("database", nargs="?", default=find_embedded(), type=Path)
    options.add_argument("--addresses", type=int, default=1_000_000)
    options.add_argument("--sample", type=int, default=100_000, help="addresses that maxminddb is asked")
    given = options.parse_args()
    if given.database is None:
        sys.exit("no database: install logattr[embedded] or name a .mmdb file")

    # 1.0.0.0 to 223.255.255.255: where unicast addresses are.
    numbers = np.random.default_rng(1).integers(1 << 24, 224 << 24, given.addresses, dtype=np.uint64)
    column = Addresses(np.zeros_like(numbers), numbers, np.full(len(numbers), 4, np.int8))
    asked = [ipaddress.IPv4Address(number) for number in numbers[: given.sample].tolist()]
    scale = len(numbers) / len(asked)

    first = seconds(lambda: open_database(given.database).walk(column), runs=1)
    database = open_database(given.database)
    walk = seconds(lambda: database.walk(column), runs=3)
    lookup = seconds(lambda: database.lookup(column), runs=1)
    with maxminddb.open_database(given.database) as reader:
        # Records are dropped at once: keeping them would charge the reader for collecting garbage.
        sample = seconds(lambda: deque(map(reader.get, asked), maxlen=0), runs=1)
    rows = [
        ("open and first walk", first, ""),
        ("walk, best of 3", walk, ""),
        ("lookup", lookup, "distinct records decoded once"),
        ("maxminddb get", sample * scale, f"{sample:.2f} s for {len(asked):,} addresses, times {scale:g}"),
    ]
    print(f"{database!r}, {len(numbers):,} random IPv4 addresses, maxminddb {maxminddb.__version__}\n")
    print(f"{'':22}{'seconds':>9}{'get / this':>12}")
    for name, took, note in rows:
        print(f"{name:22}{took:9.2f}{sample * scale / took:12.1f}  {note}".rstrip())


if __name__ == "__main__":
    main()
