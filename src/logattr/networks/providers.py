"""The built-in table of operators: VPN companies, hosts, clouds, delivery networks, relays, satellites.

It exists so that a fresh installation without any list recognises the best-known networks, and it
says how little that is: see :func:`coverage`. It is no substitute for a list of the log's own time.

``providers.csv`` has one row per operator and class. Its networks are address space that an operator
publishes or announces under its own AS number; ``network_basis`` says how each was checked. Rows that
rest on ipverse/as-ip-blocks carry the earliest day that the version read can have. Companies that
sell Internet access at home by wire are not in the table, nor are AS numbers that carry such customers
beside their hosting (AS6939, AS394330). A crawler's network may lie inside that of its cloud: the most
specific network answers.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

import numpy as np

from logattr.networks.intervals import Intervals, Range
from logattr.networks.lists import NetworkList
from logattr.networks.quotes import Quotes
from logattr.networks.signals import BUILT_IN, CLASSES, holder_key

__all__ = ["NAME", "Coverage", "Provider", "coverage", "load_providers", "providers"]

NAME = "logattr built-in providers"

# Measured by benchmarks/providers_coverage.py against X4BNet's lists of the day: addresses of
# output/vpn/ipv4.txt that lie in networks of this table with an anonymiser's class, over all its
# addresses (233,984 of 3,144,482). Most others are rented from hosts such as M247, which carry ordinary
# servers too: those are known by AS number, as hosting.
X4BNET_DATE = datetime.date(2026, 8, 22)
X4BNET_ADDRESSES = 3_144_482
X4BNET_SHARE = 0.074
# Addresses of output/datacenter/ipv4.txt in any network of the table (119,888,780 of 377,185,848).
X4BNET_HOSTING_SHARE = 0.318
# The first share for the list of 2024-02-01 (27,792 of 1,057,762).
X4BNET_SHARE_2024 = 0.026
# Exits of one large VPN company (tn3w/ProtonVPN-IPs, 2026-08-22) that lie in them: 187 of 2,424.
EXITS_SHARE = 0.077


@dataclass(frozen=True, slots=True)
class Provider:
    """One operator in one class: a row of ``providers.csv``.

    Parameters
    ----------
    name, class_
        Who, and as what (a key of :data:`logattr.networks.signals.CLASSES`).
    as_numbers, holder_names, networks
        AS numbers, the names databases give to their holder, and address space in CIDR notation.
    network_basis
        How the networks were checked; empty without networks.
    source, date
        Public source, and the day it describes.
    note
        What to know before relying on it.
    """

    name: str
    class_: str
    as_numbers: tuple[int, ...]
    holder_names: tuple[str, ...]
    networks: tuple[str, ...]
    network_basis: str
    source: str
    date: datetime.date
    note: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much the built-in table holds."""

    operators: int
    as_numbers: int
    networks: int

    @property
    def ipv4_addresses(self) -> int:
        """Addresses inside its networks."""
        four = [network for network, _ in _networks() if isinstance(network, IPv4Network)]
        return sum(network.num_addresses for network in collapse_addresses(four))

    def sentence(self) -> str:
        """Say how little this covers.

        Examples
        --------
        >>> coverage().sentence().partition(":")[0]
        'the built-in table is a fraction of what exists'
        """
        return (
            f"the built-in table is a fraction of what exists: {self.operators} operators, "
            f"{self.as_numbers} AS numbers, {self.networks} networks; without a database of AS numbers "
            f"only the networks work, and they hold {X4BNET_SHARE:.1%} of the "
            f"{X4BNET_ADDRESSES / 1e6:.2f} million addresses of the X4BNet VPN list of {X4BNET_DATE}, and "
            f"{X4BNET_HOSTING_SHARE:.0%} of those of its list of data centres"
        )


@cache
def providers() -> tuple[Provider, ...]:
    """All rows of the built-in table, in its order.

    Examples
    --------
    >>> [row.class_ for row in providers() if 39351 in row.as_numbers]
    ['vpn']
    """
    return tuple(
        Provider(
            name=row["provider"],
            class_=row["class"],
            as_numbers=tuple(int(number) for number in row["as_numbers"].split()),
            holder_names=tuple(name for name in row["holder_names"].split("|") if name),
            networks=tuple(row["networks"].split()),
            network_basis=row["network_basis"],
            source=row["source"],
            date=datetime.date.fromisoformat(row["date"]),
            note=row["note"],
        )
        for row in csv.DictReader(_table().decode().splitlines())
    )


def _table() -> bytes:
    return files(__package__).joinpath("providers.csv").read_bytes()


@cache
def _networks() -> tuple[tuple[IPv4Network | IPv6Network, Provider], ...]:
    return tuple((ip_network(text), row) for row in providers() for text in row.networks)


@cache
def load_providers() -> NetworkList:
    """Build the table as one list with three ways to match: network, AS number, holder's name.

    Returns
    -------
    NetworkList
        For :func:`logattr.networks.signals.list_hits`. A network gives strength ``range``; an AS
        number, or a holder's name where the number is not in the table, gives ``as_only``. Without a
        database of AS numbers only the networks match.

    Examples
    --------
    >>> load_providers().lineage, load_providers().kind
    ('logattr-providers', 'mixed')
    """
    table = providers()
    networks = sorted(_networks(), key=lambda one: one[0].version)
    numbers = sorted((number, place) for place, row in enumerate(table) for number in row.as_numbers)
    holders = [(name, row) for row in table for name in row.holder_names]
    first_number, first_holder = len(networks), len(networks) + len(numbers)
    owners = (
        [row for _, row in networks] + [table[place] for _, place in numbers] + [row for _, row in holders]
    )
    ranges = [
        Range(int(one.network_address), int(one.broadcast_address), one.version, row)
        for row, (one, _) in enumerate(networks)
    ]
    four = [one for one in ranges if one.version == 4]
    others = [str(network) for network, _ in networks[len(four) :]]
    others += [f"AS{number}" for number, _ in numbers] + [name for name, _ in holders]
    exact = [one.first == one.last for one in ranges] + [False] * (len(owners) - len(ranges))
    return NetworkList(
        name=NAME,
        class_="mixed",
        kind="mixed",
        path="providers.csv",
        # The day that counts in "no anonymiser evidence" is that of the anonymisers' rows.
        date=max(row.date for row in table if CLASSES[row.class_].group == "anonymiser"),
        sha256=hashlib.sha256(_table()).hexdigest(),
        lineage=BUILT_IN,
        entries=len(owners),
        intervals=Intervals.build(ranges),
        as_numbers=np.array([number for number, _ in numbers], np.int64),
        as_rows=np.arange(first_number, first_holder, dtype=np.int32),
        holders={holder_key(name): first_holder + place for place, (name, _) in enumerate(holders)},
        classes=tuple(row.class_ for row in owners),
        labels=tuple(row.name for row in owners),
        values=Quotes(
            np.array([one.first for one in four], np.int64),
            np.array([one.last for one in four], np.int64),
            tuple(others),
        ),
        exact=np.array(exact, np.bool_),
        covers=coverage().sentence(),
    )


@cache
def coverage() -> Coverage:
    """Count what the built-in table holds.

    Examples
    --------
    >>> coverage().operators >= 150
    True
    """
    table = providers()
    return Coverage(
        operators=len({row.name for row in table}),
        as_numbers=len(set(_all_as_numbers(table))),
        networks=len(_networks()),
    )


def _all_as_numbers(table: Sequence[Provider]) -> Iterator[int]:
    for row in table:
        yield from row.as_numbers
