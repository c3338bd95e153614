"""What the records of a vendor's database mean, in our columns.

``database_type`` does not identify a vendor: clones call themselves ``GeoLite2-City``, and the
same key holds a code in one product and a name in the next. So a database is recognised by the
shape of its records first, then by its type, then by its description; the result says how.

The layouts are in :mod:`logattr.databases.vendors`. What none of them fits is an error that shows a
record; a mapping file (:mod:`logattr.databases.mapping`) then says what it means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from logattr.columns import ADDRESSES
from logattr.databases.mmdb import Database
from logattr.databases.values import Evidence, Reader
from logattr.databases.vendors import LAYOUTS
from logattr.databases.vendors.layout import Field, Layout, Sample, sample_of
from logattr.databases.vendors.names import VENDORS, Vendor, licence, vendor_of
from logattr.errors import DatabaseError

__all__ = ["Evidence", "Schema", "anonymity", "geo_columns", "network_columns", "recognise"]

_NAMES = [column.name for column in ADDRESSES]
_GEO = _NAMES[_NAMES.index("geo_status") : _NAMES.index("geo_is_anycast") + 1]
_NETWORK = ("as_number", "as_org")


@dataclass(frozen=True, slots=True)
class Schema:
    """How to read the records of a database.

    Parameters
    ----------
    name
        Vendor and product, such as ``MaxMind City``.
    vendor
        Family: ``maxmind``, ``db-ip``, ``ipinfo``, ... (:mod:`logattr.databases.vendors.names`), or
        ``maxmind-compatible`` and the like for records in a vendor's layout by who knows whom.
    roles
        What it answers: ``geo``, ``network``, ``anonymity``; ``details`` when it only knows facts that
        have no column (:mod:`logattr.databases.facts`).
    how
        How it was recognised.
    read
        One record to a dictionary of our columns and facts, and ``anonymity`` with the evidence.
    licence
        The vendor's usual terms for it.
    leaves
        Columns that ``read`` takes from one field each, see ``Layout`` in ``vendors/layout.py``.
    """

    name: str
    vendor: str
    roles: frozenset[str]
    how: str
    read: Reader
    licence: str = ""
    leaves: Mapping[str, Field] = field(default_factory=dict)


def recognise(database: Database) -> Schema:
    """Find out how to read a database, from a sample of its records or from its mapping file.

    Raises
    ------
    DatabaseError
        The records have no known shape, or one that has nothing to tell; the error shows the
        database's type and a record. Or the mapping file is wrong.

    Examples
    --------
    >>> from logattr.databases import open_databases
    >>> schema = recognise(open_databases([], environ={"LOGATTR_DATA": "no-store"})[0])
    >>> schema.name, schema.vendor, sorted(schema.roles)
    ('MaxMind City', 'maxmind', ['geo'])
    """
    if database.mapping is not None:
        return _mapped(database, database.mapping)
    vendor, by_name = _vendor(database)
    sample = sample_of(database, vendor.family if vendor else "")
    layout = next((layout for layout in LAYOUTS if layout.fits(sample)), None)
    if layout is None or not _says_something(layout, sample):
        raise _unknown(database)
    if layout.read is None:
        raise DatabaseError(
            f"{database.path} is the database {layout.vendor} {layout.product} (records with {layout.sign}): "
            + layout.refusal,
            "a database of places, networks or anonymisers",
            "leaving it out",
        )
    own = layout.vendor or "MaxMind"
    how = (
        f"records with {layout.sign}; type {database.database_type!r}; "
        f"description {database.description[:80]!r}{by_name}"
    )
    return Schema(
        f"{vendor.title if vendor else f'{own}-compatible'} {layout.product}",
        vendor.family if vendor else f"{own.lower()}-compatible",
        frozenset(layout.roles.split()),
        how,
        layout.read,
        licence(database, vendor.family if vendor else ""),
        layout.leaves,
    )


def _says_something(layout: Layout, sample: Sample) -> bool:
    """Whether a layout finds anything in any record: one that only looks right would answer nothing for ever.

    Of flags the silence of all is an answer.
    """
    records = [record for record in sample.records if record]
    if layout.read is None or not records or "anonymity" in layout.roles.split():
        return True
    return any(
        value not in (None, [], "not_found") for record in records for value in layout.read(record).values()
    )


def _vendor(database: Database) -> tuple[Vendor | None, str]:
    """Vendor after type and description, in the last resort after the name that a clone's file has."""
    vendor = vendor_of(database.database_type, database.description)
    if vendor is None and re.match(r"ip2(location|proxy)", database.path.name, re.IGNORECASE):
        return next(one for one in VENDORS if one.family == "ip2location"), "; the file's name"
    return vendor, ""


def _mapped(database: Database, path: Path) -> Schema:
    from logattr.databases.mapping import load_mapping

    mapping = load_mapping(path, database.path.stem)
    return Schema(
        mapping.name,
        mapping.vendor,
        mapping.roles,
        f"mapping {mapping.origin}",
        mapping.read,
        mapping.licence,
    )


def _unknown(database: Database) -> DatabaseError:
    """Say what was found in a database that nobody knows, and how to explain it."""
    records = database.sample()
    shown = next((record for record in records if record), records[0] if records else "no record")
    path = next(iter(shown), ".") if isinstance(shown, dict) else "."
    return DatabaseError(
        f"{database.path} is of a kind that is not understood: "
        f"database_type {database.database_type!r}, with records like {repr(shown)[:300]}",
        "a database in the layout of MaxMind, DB-IP, IPinfo, IP2Location, IPLocate, ip-location-db or CIRCL",
        f"a mapping file: --db {database.path}:mapping.toml, where mapping.toml says which column is where "
        f"in a record, such as geo_country = {str(path)[:100]!r} under [columns]; see docs/mapping.md",
    )


def geo_columns(schema: Schema, records: Sequence[Any]) -> dict[str, list[Any]]:
    """Geographical columns (``geo_status`` ... ``geo_is_anycast``), one entry per record.

    The country in which a network is registered is never given as its location: where the vendor
    knows no more, ``geo_status`` is ``registered_only`` and ``geo_country`` is null.

    Examples
    --------
    >>> from logattr.databases.vendors.maxmind import read_place
    >>> schema = Schema("MaxMind City", "maxmind", frozenset({"geo"}), "", read_place)
    >>> record = {"country": {"iso_code": "CN"}, "subdivisions": [{"iso_code": "LN"}]}
    >>> columns = geo_columns(schema, [record, {"registered_country": {"iso_code": "AU"}}])
    >>> columns["geo_region"], columns["geo_status"]
    (['CN-LN', None], ['ok', 'registered_only'])
    """
    rows = [schema.read(record) for record in records]
    return {name: [row.get(name) for row in rows] for name in _GEO}


def network_columns(schema: Schema, records: Sequence[Any]) -> dict[str, list[Any]]:
    """Columns ``as_number`` and ``as_org``, one entry per record; None where the record does not say.

    Examples
    --------
    >>> from logattr.databases.vendors.maxmind import read_place
    >>> schema = Schema("MaxMind Enterprise", "maxmind", frozenset({"network"}), "", read_place)
    >>> network_columns(schema, [{"traits": {"autonomous_system_number": 64496}}, {}])
    {'as_number': [64496, None], 'as_org': [None, None]}
    """
    rows = [schema.read(record) for record in records]
    return {name: [row.get(name) for row in rows] for name in _NETWORK}


def anonymity(schema: Schema, records: Sequence[Any]) -> list[list[Evidence]]:
    """Evidence of anonymisers per record; an empty list where the record gives none.

    City databases from before 2025 carry ``is_anonymous_proxy`` for a few networks: it is evidence
    where it stands, but their silence says nothing, so their schema has no role ``anonymity``.

    Examples
    --------
    >>> from logattr.databases.vendors.maxmind import read_place
    >>> schema = Schema("MaxMind City", "maxmind", frozenset({"geo"}), "", read_place)
    >>> anonymity(schema, [{"traits": {"is_anonymous_proxy": True}}, {}])
    [[('proxy', None, 'is_anonymous_proxy')], []]
    """
    return [schema.read(record).get("anonymity", []) for record in records]
