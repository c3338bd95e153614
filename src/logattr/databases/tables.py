"""What the records of a database say in our columns, as columns: each distinct value once.

A schema's ``read`` turns one record into our columns, and stays the one that decides. Of many records it
is asked only about those that differ in more than their ``leaves``: columns that repeat one value of the
record, such as a city's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logattr.databases.leaves import ABSENT, ODD
from logattr.databases.mmdb import Database, Found
from logattr.databases.schemas import Schema
from logattr.distinct import distinct

__all__ = ["Column", "Table", "read_table"]

#: Fewer records are read one by one: that takes as long, and says in which a file is broken.
_MANY = 1000
#: Leaves on whose presence other columns depend: without a city, ``geo_status`` may be ``country_only``.
_TOLD_APART = frozenset({"geo_city"})


@dataclass(frozen=True, slots=True)
class Column:
    """A value per record: distinct values (a value may occur twice), and the position of each record's."""

    values: Sequence[Any]
    codes: NDArray[np.int64]

    def known(self) -> NDArray[np.bool_]:
        """Whether there is a value, per record."""
        return np.array([value is not None for value in self.values], np.bool_)[self.codes]

    def numbers(self) -> NDArray[np.float64]:
        """Values per record, which are numbers; NaN where there is none."""
        found = [np.nan if value is None else value for value in self.values]
        return np.array(found, np.float64)[self.codes]

    def numbered(self) -> NDArray[np.int64]:
        """A number per record, the same one for the same value."""
        known: dict[Any, int] = {}
        return np.array([known.setdefault(value, len(known)) for value in self.values], np.int64)[self.codes]

    def take(self, positions: NDArray[np.int64]) -> Column:
        """The values of some records."""
        return Column(self.values, self.codes[positions])


@dataclass(frozen=True)
class Table:
    """Columns by name, of ``count`` records.

    Examples
    --------
    >>> table = Table.of([{"as_number": 64496}, {}])
    >>> table.count, table["as_number"].known().tolist(), table["as_org"].known().tolist(), table.record(0)
    (2, [True, False], [False, False], {'as_number': 64496})
    """

    columns: Mapping[str, Column]
    count: int

    @classmethod
    def of(cls, facts: Sequence[Mapping[str, Any]]) -> Table:
        """From one mapping per record."""
        names = dict.fromkeys(name for one in facts for name in one)
        each = np.arange(len(facts))
        return cls({name: Column([one.get(name) for one in facts], each) for name in names}, len(facts))

    def __getitem__(self, name: str) -> Column:
        return self.columns.get(name) or Column([None], np.zeros(self.count, np.int64))

    def record(self, position: int) -> dict[str, Any]:
        """What one record says, without what it does not say."""
        found = {name: column.values[column.codes[position]] for name, column in self.columns.items()}
        return {name: value for name, value in found.items() if value is not None}

    def with_columns(self, columns: Mapping[str, Column]) -> Table:
        """These columns and others, which stand for those of the same name."""
        return Table({**self.columns, **columns}, self.count)

    def take(self, positions: NDArray[np.int64]) -> Table:
        """Some of the records, in that order."""
        return Table({name: column.take(positions) for name, column in self.columns.items()}, len(positions))

    @staticmethod
    def joined(tables: Sequence[Table]) -> Table:
        """Tables one below the other."""
        if len(tables) == 1:
            return tables[0]
        names = dict.fromkeys(name for table in tables for name in table.columns)
        columns = {}
        for name in names:
            parts = [table[name] for table in tables]
            starts = np.cumsum([0, *(len(part.values) for part in parts)])
            columns[name] = Column(
                [value for part in parts for value in part.values],
                np.concatenate([part.codes + start for part, start in zip(parts, starts, strict=False)]),
            )
        return Table(columns, sum(table.count for table in tables))


def read_table(database: Database, shape: Schema, found: Found) -> Table:
    """Read the distinct records that addresses were found in.

    Raises
    ------
    DatabaseError
        A record is broken.
    """
    if not shape.leaves or len(found.offsets) < _MANY:
        return Table.of(_read(database, shape, found, range(len(found.offsets))))
    try:
        return _read_leaves(database, shape, found)
    except ValueError:
        return Table.of(_read(database, shape, found, range(len(found.offsets))))  # says which one is broken


def _read(database: Database, shape: Schema, found: Found, positions: Iterable[int]) -> list[dict[str, Any]]:
    return list(map(shape.read, database.decode(found, positions)))


def _read_leaves(database: Database, shape: Schema, found: Found) -> Table:
    leaves, top = database.leaves(found)
    at = leaves.at_paths(top, (field.path for field in shape.leaves.values()))
    positions = {name: at[field.path] for name, field in shape.leaves.items()}
    first_keys = {field.path[0] for field in shape.leaves.values()}
    others = [leaves.contents(at) for key, at in top.values.items() if key not in first_keys]
    odd = np.logical_or.reduce([top.odd, *(at == ODD for at in (*positions.values(), *others))])
    columns = {
        name: Column(*leaves.values(np.where(odd, ABSENT, positions[name]), field.convert))
        for name, field in shape.leaves.items()
    }
    # A record that is out of the ordinary is like no other one.
    alone = np.where(odd, np.arange(len(odd)), -1)
    known = [columns[name].known().astype(np.int64) for name in shape.leaves if name in _TOLD_APART]
    first, number = distinct([alone, *known, *(np.maximum(codes, -1) for codes in others)])
    table = Table.of(_read(database, shape, found, first.tolist())).take(number)
    return table.with_columns({name: _either(odd, table[name], column) for name, column in columns.items()})


def _either(first: NDArray[np.bool_], one: Column, other: Column) -> Column:
    """Values of one column where ``first`` is true, else of the other."""
    if not first.any():
        return other
    codes = np.where(first, len(other.values) + one.codes, other.codes)
    return Column([*other.values, *one.values], codes)
