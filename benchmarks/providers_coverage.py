"""Measure how much of X4BNet's lists of a day the built-in table of operators knows.

Run: python benchmarks/providers_coverage.py FOLDER, where FOLDER holds ``output/vpn/ipv4.txt``,
``output/datacenter/ipv4.txt`` and the two ``input/*/ASN.txt`` of https://github.com/X4BNet/lists_vpn.
The lists are measured against, never copied from.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from ipaddress import IPv4Network, ip_network
from pathlib import Path

import numpy as np

from logattr.networks.classes import CLASSES
from logattr.networks.lists import load_list
from logattr.networks.providers import providers


def main(folder: Path) -> None:
    by_group: dict[str, list[IPv4Network]] = defaultdict(list)
    numbers = {number for row in providers() for number in row.as_numbers}
    for row in providers():
        networks = (ip_network(text) for text in row.networks)
        by_group[CLASSES[row.class_].group] += [one for one in networks if isinstance(one, IPv4Network)]
    for kind in ("vpn", "datacenter"):
        held = load_list("vpn", folder / f"output/{kind}/ipv4.txt")
        assert held.intervals
        segments = held.intervals.v4
        starts, ends = segments.first_low.astype(np.int64), segments.last_low.astype(np.int64)
        total = held.intervals.address_count(4)
        print(f"{kind}: {total:,} addresses")
        for group, networks in by_group.items():
            inside = sum(_common(starts, ends, one) for one in networks)
            print(f"  in networks of the group {group:15} {inside:12,} {inside / total:7.1%}")
        listed = set(load_list("vpn", folder / f"input/{kind}/ASN.txt").as_numbers.tolist())
        known = len(listed & numbers)
        share = known / len(listed)
        print(f"  AS numbers it is made from {len(listed):>15,}, in the table {known:,} {share:.1%}")


def _common(starts: np.ndarray, ends: np.ndarray, network: IPv4Network) -> int:
    shared = np.minimum(ends, int(network[-1])) - np.maximum(starts, int(network[0])) + 1
    return int(shared[shared > 0].sum())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
