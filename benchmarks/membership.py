"""Time bulk membership of IPv4 addresses in ranges against other ways to ask.

Run: python benchmarks/membership.py; py-radix, pytricia and netaddr are measured where they are installed.
All get the addresses in the form that they like best; what is asked is the most specific network.
"""

from __future__ import annotations

import importlib
import socket
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import numpy as np

from logattr.addresses import Addresses
from logattr.networks.intervals import Intervals, Range

ADDRESSES = 1_000_000
RANGES = 100_000
LIMIT_SECONDS = 0.3  # what Intervals.match may take

Peer = tuple[str, int, Callable[[Sequence[int]], list[bool]]]  # name, addresses timed, which of them are in


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
    found = (held.match(addresses) >= 0).tolist()

    print(f"{ADDRESSES:,} IPv4 addresses in {RANGES:,} overlapping ranges; {np.mean(found):.0%} hit")
    print(f"{'build the intervals, once':44} {build:12.2f} s")
    print(f"{'Intervals.match':44} {match:12.3f} s, at most {LIMIT_SECONDS} s: {match <= LIMIT_SECONDS}")
    for name, count, ask in _peers(networks, held):
        asked = low[:count].tolist()
        started = time.perf_counter()
        answers = ask(asked)
        seconds = (time.perf_counter() - started) * ADDRESSES / count
        assert answers == found[:count], f"{name} disagrees"
        scaled = f"{name}, scaled x{ADDRESSES // count}" if count < ADDRESSES else name
        print(f"{scaled:44} {seconds:12.2f} s {seconds / match:10,.0f} x")


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _peers(networks: Sequence[IPv4Network], held: Intervals) -> Iterator[Peer]:
    starts, ends = held.v4.first_low.tolist(), held.v4.last_low.tolist()
    yield "Python bisect on the same intervals", 200_000, lambda asked: _bisect(starts, ends, asked)
    if radix := _installed("radix"):
        tree = radix.Radix()
        for network in networks:
            tree.add(str(network))
        yield (
            "py-radix search_best",
            200_000,
            lambda asked: [
                tree.search_best(packed=socket.inet_aton(socket.inet_ntoa(number.to_bytes(4)))) is not None
                for number in asked
            ],
        )
    if pytricia := _installed("pytricia"):
        trie = pytricia.PyTricia(32)
        for network in networks:
            trie.insert(str(network), True)
        yield (
            "pytricia get",
            200_000,
            lambda asked: [trie.get(socket.inet_ntoa(number.to_bytes(4))) is not None for number in asked],
        )
    if netaddr := _installed("netaddr"):
        ip_set = netaddr.IPSet(map(str, networks))
        yield "netaddr IPSet", 20_000, lambda asked: [netaddr.IPAddress(number) in ip_set for number in asked]
    yield (
        "ipaddress loop",
        100,
        lambda asked: [any(IPv4Address(number) in network for network in networks) for number in asked],
    )


def _bisect(starts: Sequence[int], ends: Sequence[int], asked: Sequence[int]) -> list[bool]:
    places = [bisect_right(starts, int(IPv4Address(number))) - 1 for number in asked]
    return [place >= 0 and number <= ends[place] for number, place in zip(asked, places, strict=True)]


def _installed(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"{name:44} {'not installed':>14}")
        return None


if __name__ == "__main__":
    main()
