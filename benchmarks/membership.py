"""Time bulk membership of IPv4 addresses in ranges against a plain Python loop over ipaddress.

Run: python benchmarks/membership.py
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network

import numpy as np

from logattr.addresses import Addresses
from logattr.networks.intervals import Intervals, Range

ADDRESSES = 1_000_000
RANGES = 100_000
SAMPLE = 200  # the plain loop is timed on this many addresses and scaled up
SAMPLE_BISECT = 100_000


def main() -> None:
    rng = np.random.default_rng(7)
    prefixes = rng.choice([16, 20, 22, 24, 24, 24, 28, 32], RANGES).tolist()
    numbers = rng.integers(2**24, 2**32, RANGES).tolist()
    networks = [IPv4Network((n, p), strict=False) for n, p in zip(numbers, prefixes, strict=True)]
    low = rng.integers(0, 2**32, ADDRESSES, dtype=np.uint64)
    addresses = Addresses(np.zeros_like(low), low, np.full(ADDRESSES, 4, np.int8))

    started = time.perf_counter()
    ranges = [
        Range(int(n.network_address), int(n.broadcast_address), 4, row) for row, n in enumerate(networks)
    ]
    held = Intervals.build(ranges)
    build = time.perf_counter() - started

    match = min(_seconds(lambda: held.match(addresses)) for _ in range(5))
    found = held.match(addresses)

    texts = [IPv4Address(n) for n in low[:SAMPLE].tolist()]
    started = time.perf_counter()
    plain = [_plain(networks, address) for address in texts]
    loop = (time.perf_counter() - started) * ADDRESSES / SAMPLE
    assert plain == found[:SAMPLE].tolist(), "the two disagree"

    starts = held.v4.first_low.tolist()
    started = time.perf_counter()
    for number in low[:SAMPLE_BISECT].tolist():
        bisect_right(starts, int(IPv4Address(number)))
    bisected = (time.perf_counter() - started) * ADDRESSES / SAMPLE_BISECT

    print(f"{ADDRESSES:,} IPv4 addresses in {RANGES:,} overlapping ranges; {np.mean(found >= 0):.0%} hit")
    print(f"{'build the intervals, once':44} {build:12.2f} s")
    print(f"{'Intervals.match':44} {match:12.3f} s")
    print(f"{f'Python bisect, scaled x{ADDRESSES // SAMPLE_BISECT}':44} {bisected:12.2f} s"
          f" {bisected / match:10,.0f} x")  # fmt: skip
    print(
        f"{'ipaddress loop, scaled x' + str(ADDRESSES // SAMPLE):44} {loop:12,.0f} s {loop / match:10,.0f} x"
    )


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _plain(networks: list[IPv4Network], address: IPv4Address) -> int:
    """Ask every network, the obvious way."""
    covering = [(n.num_addresses, row) for row, n in enumerate(networks) if address in n]
    return min(covering)[1] if covering else -1


if __name__ == "__main__":
    main()
