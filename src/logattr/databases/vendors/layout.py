"""How one product's records are known and read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from logattr.databases.mmdb import Database
from logattr.databases.values import (
    KINDS,
    Evidence,
    Reader,
    Record,
    default_kind,
    dig,
    flag,
    located,
    statement,
    text,
)

__all__ = ["Field", "Flags", "Layout", "Sample", "fields", "flag_rows", "parse_path", "reader", "sample_of"]

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Sample:
    """What a database is recognised by.

    Parameters
    ----------
    records
        Records from all over it that are maps.
    database_type, description
        What its metadata say.
    vendor
        Family that they name, see :mod:`logattr.databases.vendors.names`.
    """

    records: Sequence[dict[str, Any]]
    database_type: str
    description: str
    vendor: str

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every key at the top of a record."""
        return frozenset(key for record in self.records for key in record)

    def has(self, keys: str) -> bool:
        """Whether all of these keys, separated by blanks, occur."""
        return self.keys >= set(keys.split())

    def any(self, *path: str | int) -> bool:
        """Whether a record has something at a path."""
        return any(dig(record, *path) is not None for record in self.records)

    def all_match(self, key: str, pattern: str) -> bool:
        """Whether every text under a key has a shape, and there is one."""
        texts = [value for record in self.records if (value := text(record.get(key)))]
        return bool(texts) and all(re.fullmatch(pattern, value) for value in texts)


def sample_of(database: Database, vendor: str) -> Sample:
    """Look at a database's records."""
    records = [record for record in database.sample() if isinstance(record, dict)]
    return Sample(records, database.database_type, database.description, vendor)


@dataclass(frozen=True, slots=True)
class Layout:
    """One product.

    Parameters
    ----------
    product
        Its name, without the vendor's.
    roles
        What it answers: ``geo``, ``network``, ``anonymity``; ``details`` for facts without a column.
    sign
        What in the records it is known by, in words.
    fits
        Whether a sample is of it.
    read
        One record to our columns; None for a product that has nothing to tell here.
    refusal
        Why not, where ``read`` is None.
    vendor
        Title of the vendor whose layout it is, for databases that name nobody.
    leaves
        Columns that ``read`` takes from one field each, whatever else a record says. Of the maps at the
        top of a record that they are in, ``read`` takes nothing else, and for the other columns it
        matters only whether there is a city. Many records are then read in a fraction of the time.
    """

    product: str
    roles: str
    sign: str
    fits: Callable[[Sample], bool]
    read: Reader | None
    refusal: str = ""
    vendor: str = ""
    leaves: Mapping[str, Field] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """Where a value is in a record, and how it is read.

    Parameters
    ----------
    path
        Keys and list positions.
    kind
        A key of :data:`~logattr.databases.values.KINDS`.
    words
        For flags: the words that mean yes, in lower case; empty for ``true``, ``1`` and the like.
    otherwise
        What stands where the record says nothing.
    clean
        What is done to a text that was found.
    """

    path: Path
    kind: str = "text"
    words: frozenset[str] = frozenset()
    otherwise: Any = None
    clean: Callable[[Any], Any] | None = None

    def read(self, record: Any) -> Any:
        """Read the value, None where there is none."""
        return self.convert(dig(record, *self.path))

    def convert(self, value: Any) -> Any:
        """Read what stands in the field."""
        found = flag(value, self.words) if self.kind == "flag" else KINDS[self.kind](value)
        if found is None:
            return self.otherwise
        return self.clean(found) if self.clean else found


def parse_path(path: str) -> Path:
    """Steps of a path in its dotted form.

    Examples
    --------
    >>> parse_path("subdivisions.0.iso_code"), parse_path("names[0].en")
    (('subdivisions', 0, 'iso_code'), ('names', 0, 'en'))
    """
    steps = re.sub(r"\[(-?[0-9]+)\]", r".\1", path).split(".")
    return tuple(int(step) if re.fullmatch(r"-?[0-9]{1,6}", step) else step for step in steps)


def fields(table: str) -> dict[str, Field]:
    """Read ``column  path [kind]`` rows; the kind is the column's own where none is given."""
    rows = (line.split() for line in table.strip().splitlines())
    return {
        column: Field(parse_path(path), kind[0] if kind else default_kind(column))
        for column, path, *kind in rows
    }


def flag_rows(classes: Mapping[str, str]) -> tuple[tuple[str, str, Field], ...]:
    """Rows of :class:`Flags` from a table of keys and the classes they stand for."""
    return tuple((class_, key, Field((key,), "flag")) for key, class_ in classes.items())


@dataclass(frozen=True, slots=True)
class Flags:
    """Where a record says that an address belongs to an anonymiser.

    Parameters
    ----------
    flags
        Class of evidence, the vendor's word for it, and where it stands, one row per flag.
    unspecific
        The vendor's word for some anonymiser or other, and where it stands. It becomes ``proxy``, the
        broadest of our classes, unless a flag whose class is not in ``apart`` says more.
    apart
        Classes that the vendor does not mean by it.
    provider
        Path of the provider's name.
    details
        What goes into the words of the evidence, such as ``confidence`` and ``last_seen``.
    listed
        Class that every record stands for by being there.
    """

    flags: Sequence[tuple[str, str, Field]] = ()
    unspecific: tuple[str, Field] | None = None
    apart: frozenset[str] = frozenset()
    provider: Field | None = None
    details: Mapping[str, Field] | None = None
    listed: str | None = None

    def read(self, record: Any) -> list[Evidence]:
        """Evidence of a record."""
        found = [(class_, word) for class_, word, field in self.flags if field.read(record)]
        some = self.unspecific is not None and self.unspecific[1].read(record)
        if self.unspecific and some and all(class_ in self.apart for class_, _ in found):
            found.append(("proxy", self.unspecific[0]))
        if self.listed and isinstance(record, dict) and record:
            found.append((self.listed, "listed"))
        if not found:
            return []
        provider = self.provider.read(record) if self.provider else None
        details = {name: field.read(record) for name, field in (self.details or {}).items()}
        return [(class_, provider, statement(word, **details)) for class_, word in found]


_LEVELS = (("geo_region", "geo_region_name"), ("geo_subregion", "geo_subregion_name"))


def reader(columns: Mapping[str, Field], flags: Flags | None = None, *, place: bool = False) -> Reader:
    """Make the reader of a table of fields.

    Parameters
    ----------
    columns
        Field of every column or fact; those of regions may hold a code, a full code, or only a name.
    flags
        Where the evidence is.
    place
        Whether the records tell a place: then its regions and status are worked out.
    """

    def read(record: Any) -> Record:
        facts = {column: field.read(record) for column, field in columns.items()}
        if place:
            facts = located(facts, [(facts.get(code), facts.get(name)) for code, name in _LEVELS])
        return {**facts, "anonymity": flags.read(record)} if flags else facts

    return read
