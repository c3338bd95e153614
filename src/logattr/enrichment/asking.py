"""What the databases of one family say about a column of addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logattr import addresses as addr
from logattr.databases.mmdb import Database
from logattr.databases.schemas import Schema
from logattr.enrichment.families import Family, witness

__all__ = ["Answer", "Question", "ask"]

Facts = dict[str, Any]
_REGIONS = ("geo_region", "geo_region_name", "geo_subregion")


@dataclass(frozen=True, slots=True)
class Question:
    """Addresses to look up, which of them name a public host, and the days of their events.

    ``days`` are negative where there is none: then the newest copy of every source is asked.
    """

    addresses: addr.Addresses
    asked: NDArray[np.bool_]
    days: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.asked)

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
        Our columns for each distinct record, then an empty one.
    owners
        Position of the copy that each of ``facts`` is from; -1 for the empty one.
    record
        Position in ``facts`` per address, -1 (that empty one) where there is nothing or nobody asked.
    prefix_length
        Length of the network that decided.
    """

    family: Family[tuple[Database, Schema]]
    copy: NDArray[np.int64]
    facts: list[Facts]
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
        return np.array([fact.get(column) is not None for fact in self.facts], np.bool_)[self.record]

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column of numbers per address, NaN where there is none."""
        values = (fact.get(column) for fact in self.facts)
        return np.array([np.nan if value is None else value for value in values], np.float64)[self.record]

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
    facts: list[Facts] = []
    owners: list[int] = []
    for nth, (database, shape) in enumerate(family.copies):
        rows = np.flatnonzero(question.asked & (copy == nth))
        if not len(rows):
            continue
        matches = database.lookup(question.addresses.take(rows))
        record[rows] = np.where(matches.record >= 0, matches.record + len(facts), -1)
        prefix_length[rows] = matches.prefix_length
        found = list(map(shape.read, matches.records))
        _mark_default_points(found)
        facts += found
        owners += [nth] * len(found)
    return Answer(family, copy, [*facts, {}], np.array([*owners, -1], np.int64), record, prefix_length)


def _mark_default_points(facts: list[Facts]) -> None:
    """Mark coordinates that stand for a whole country or region.

    Where a vendor knows no city it gives one point for all of them: (40.4172, -3.684) is Spain and
    (34.7725, 113.7266) China in GeoLite2 of 2018. A few records name a city and have that point too;
    the points are known from the records without a city that were met beside them.
    """
    areas: dict[tuple[Any, ...], str] = {}
    located = [fact for fact in facts if fact.get("geo_lat") is not None and fact.get("geo_lon") is not None]
    for fact in located:
        if not fact.get("geo_city"):
            fact["geo_default_point"] = "region" if any(map(fact.get, _REGIONS)) else "country"
            # Where a country and one of its regions share a point, the country is what is known.
            if areas.get(point := _point(fact)) != "country":
                areas[point] = fact["geo_default_point"]
    for fact in located:
        if fact.get("geo_city"):
            fact["geo_default_point"] = areas.get(_point(fact))


def _point(fact: Facts) -> tuple[Any, ...]:
    return fact.get("geo_country"), fact["geo_lat"], fact["geo_lon"]
