"""Dated copies of one source, and which of them fits the day of an event.

A database or list of today says little about a log of two years ago. So copies of one source form a
family: of a family one copy is asked about an address, the newest of those that are not later than the
address's event, else the earliest. Two sources that are no copies of each other are never one family,
because then only one of them would be asked.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from logattr.databases import embedded
from logattr.databases.mmdb import Database
from logattr.databases.schemas import Schema
from logattr.networks.lists import NetworkList
from logattr.patterns import lazily

__all__ = [
    "COPIES",
    "Family",
    "database_families",
    "day_number",
    "has_newer",
    "list_families",
    "witness",
]

_T = TypeVar("_T")
_EPOCH = datetime.date(1970, 1, 1)
# 2024-02-01, 20240201 or 2024-02, and the hash that the store puts behind a second file of one day.
_DATES = lazily(r"(?<!\d)(?:19|20)\d\d(?:-?[01]\d)(?:-?[0-3]\d)?(?!\d)|(?<=\d)_[0-9a-f]{8}(?=\.)")

#: Which copy of a source answered: values of ``geo_copy``.
COPIES = ("only", "before", "after", "newest")


def day_number(date: datetime.date | None) -> int:
    """Days since 1970-01-01, -1 for None."""
    return (date - _EPOCH).days if date else -1


@dataclass(frozen=True, slots=True)
class Family(Generic[_T]):
    """Copies of one source, the oldest first; a source without a date is a family of its own.

    Examples
    --------
    >>> days = [datetime.date(2024, 2, 1), datetime.date(2026, 8, 22)]
    >>> family = Family(("old", "new"), tuple(map(day_number, days)))
    >>> asked = [day_number(datetime.date(2024, 1, 10)), day_number(datetime.date(2026, 8, 21)), -1]
    >>> family.chosen(np.array(asked)).tolist()
    [0, 0, 1]
    """

    copies: tuple[_T, ...]
    days: tuple[int, ...]

    def chosen(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """Position of the copy to ask per day of an event; the newest where the day is negative."""
        if len(self.copies) == 1:
            return np.zeros(len(days), np.int64)
        found = np.searchsorted(np.array(self.days), days, side="right") - 1
        return np.where(days < 0, len(self.copies) - 1, np.maximum(found, 0))

    def fit(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """Position in :data:`COPIES` per day of an event."""
        if len(self.copies) == 1:
            return np.zeros(len(days), np.int64)
        return np.select([days < 0, days < self.days[0]], [3, 2], 1)


def database_families(databases: Iterable[tuple[Database, Schema]]) -> list[Family[tuple[Database, Schema]]]:
    """Group databases, each family at the place of its first member.

    Copies are databases of one vendor, product and type with different days. Of an unknown vendor they
    are files whose paths differ in dates only. The embedded database is no copy of any other: it is the
    last resort, and old.
    """
    return _families(databases, _database_key, lambda one: one[0].build_date)


def list_families(lists: Iterable[NetworkList]) -> list[Family[NetworkList]]:
    """Group lists, each family at the place of its first member.

    Copies are lists of one class with different days whose paths differ in dates only, as in
    ``2024-02-01/vpn.txt`` and ``2026-08-22/vpn.txt``, or in the store.
    """
    return _families(lists, lambda one: (one.class_, _undated(one.path)), lambda one: one.date)


def witness(database: Database, schema: Schema) -> str:
    """Who speaks: the vendor; a database by nobody knows whom is a witness of its own."""
    return f"{schema.vendor} {database.path}" if _is_unknown(schema) else schema.vendor


def _is_unknown(schema: Schema) -> bool:
    return schema.vendor.endswith("-compatible") or schema.vendor.startswith("mapping of ")


def _database_key(one: tuple[Database, Schema]) -> Hashable:
    database, schema = one
    if database.path == embedded.find_embedded():
        return "embedded"
    if _is_unknown(schema):
        return _undated(database.path)
    return schema.vendor, schema.name, _DATES.sub("", database.database_type), database.ip_version


def _undated(path: str | Path) -> str:
    return _DATES.sub("", str(Path(path).absolute())) if path else ""


def _families(
    items: Iterable[_T], key: Callable[[_T], Hashable], date: Callable[[_T], datetime.date | None]
) -> list[Family[_T]]:
    by_key: dict[Hashable, list[dict[int, _T]]] = {}
    order: list[dict[int, _T]] = []
    for item in items:
        day, kin = day_number(date(item)), by_key.setdefault(key(item), [])
        # Two of one day are no copies of each other.
        home = next((copies for copies in kin if day >= 0 and day not in copies and -1 not in copies), None)
        if home is None:
            home = {}
            kin.append(home)
            order.append(home)
        home[day] = item
    return [Family(tuple(copies[day] for day in sorted(copies)), tuple(sorted(copies))) for copies in order]


def has_newer(families: Sequence[Family[_T]], days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether any family has a newer copy than the one for its day, per day."""
    newer = np.zeros(len(days), np.bool_)
    for family in [family for family in families if len(family.copies) > 1]:
        newer |= family.chosen(days) < len(family.copies) - 1
    return newer
