"""What the databases of one family say about a column of addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logattr import addresses as addr
from logattr.databases.mmdb import Database
from logattr.databases.schemas import Schema
from logattr.databases.tables import Column, Table, read_table
from logattr.distinct import distinct
from logattr.enrichment.families import Family, witness
from logattr.networks.intervals import ipv4_in_order

__all__ = ["Answer", "Question", "ask"]

_REGIONS = ("geo_region", "geo_region_name", "geo_subregion")
# What a default point stands for; of two the greater one counts.
_NO_AREA, _REGION, _COUNTRY = range(3)


@dataclass(frozen=True)
class Question:
    """Addresses to look up, which of them name a public host, and the days of their events.

    ``days`` are negative where there is none: then the newest copy of every source is asked.
    """

    addresses: addr.Addresses
    asked: NDArray[np.bool_]
    days: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.asked)

    @cached_property
    def ordered(self) -> NDArray[np.intp]:
        """Positions of the IPv4 addresses in their order: five lists want it."""
        return ipv4_in_order(self.addresses)

    def today(self, rows: NDArray[np.int64]) -> Question:
        """The same question about some of the addresses, to the newest copies."""
        return Question(self.addresses.take(rows), self.asked[rows], np.full(len(rows), -1, np.int64))


@dataclass(frozen=True)
class Answer:
    """What one family of databases says about a column of addresses.

    Parameters
    ----------
    family
        The dated copies.
    copy
        Position of the copy that was asked, per address.
    facts
        Our columns of each distinct record, then of an empty one.
    owners
        Position of the copy that each of ``facts`` is from; -1 for the empty one.
    record
        Position in ``facts`` per address, -1 (that empty one) where there is nothing or nobody asked.
    prefix_length
        Length of the network that decided.
    """

    family: Family[tuple[Database, Schema]]
    copy: NDArray[np.int64]
    facts: Table
    owners: NDArray[np.int64]
    record: NDArray[np.int64]
    prefix_length: NDArray[np.uint8]

    @cached_property
    def witness(self) -> str:
        """Who speaks; answers of one witness count once."""
        return witness(*self.family.copies[-1])

    def has_role(self, role: str) -> bool:
        """Whether a copy answers about ``geo``, ``network`` or ``anonymity``."""
        return any(role in shape.roles for _, shape in self.family.copies)

    def known(self, column: str) -> NDArray[np.bool_]:
        """Whether the database has something in a column, per address."""
        return self.facts[column].known()[self.record]

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column of numbers per address, NaN where there is none."""
        return self.facts[column].numbers()[self.record]

    def by_copy(self) -> Iterator[tuple[Database, Schema, NDArray[np.bool_]]]:
        """Every copy that was asked, and about which addresses."""
        for nth, (database, shape) in enumerate(self.family.copies):
            rows = self.copy == nth
            if rows.any() or len(self.family.copies) == 1:
                yield database, shape, rows

    def database(self, record: int) -> Database:
        """The copy that one of ``facts`` is from."""
        return self.family.copies[int(self.owners[record])][0]


def ask(family: Family[tuple[Database, Schema]], question: Question) -> Answer:
    """Ask about every address the copy of its day."""
    copy = family.chosen(question.days)
    record = np.full(len(question), -1, np.int64)
    prefix_length = np.zeros(len(question), np.uint8)
    tables: list[Table] = []
    owners: list[NDArray[np.int64]] = []
    for nth, (database, shape) in enumerate(family.copies):
        rows = np.flatnonzero(question.asked & (copy == nth))
        if not len(rows):
            continue
        every = len(rows) == len(question)  # then there is nothing to pick
        found = database.find(question.addresses if every else question.addresses.take(rows))
        before = sum(table.count for table in tables)
        own = np.where(found.record >= 0, found.record + before, -1)
        if every:
            record, prefix_length = own, found.prefix_length
        else:
            record[rows], prefix_length[rows] = own, found.prefix_length
        table = read_table(database, shape, found)
        tables.append(table.with_columns({"geo_default_point": _default_points(table)}))
        owners.append(np.full(table.count, nth))
    facts = Table.joined([*tables, Table.of([{}])])
    return Answer(family, copy, facts, np.concatenate([*owners, [-1]]), record, prefix_length)


def _default_points(facts: Table) -> Column:
    """What coordinates stand for that stand for more than a place: a whole country or region.

    Where a vendor knows no city it gives one point for all of them: (40.4172, -3.684) is Spain and
    (34.7725, 113.7266) China in GeoLite2 of 2018. A few records name a city and have that point too;
    the points are known from the records without a city that were met beside them.
    """
    lat, lon = facts["geo_lat"], facts["geo_lon"]
    located, city = lat.known() & lon.known(), facts["geo_city"].known()
    region = np.logical_or.reduce([facts[name].known() for name in _REGIONS])
    alone = located & ~city
    own = np.where(alone, np.where(region, _REGION, _COUNTRY), _NO_AREA)
    _, point = distinct([facts["geo_country"].numbered(), lat.numbered(), lon.numbered()])
    # Where a country and one of its regions share a point, the country is what is known.
    areas = np.full(int(point.max(initial=-1)) + 1, _NO_AREA)
    np.maximum.at(areas, point, own)
    return Column(
        [None, "region", "country"], np.where(alone, own, np.where(located, areas[point], _NO_AREA))
    )
