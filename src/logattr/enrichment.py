"""Distinct addresses to tagged addresses: places, networks and anonymiser evidence, one row each."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr import addresses as addr
from logattr.columns import ADDRESSES, schema
from logattr.databases import open_databases
from logattr.databases.mmdb import Database
from logattr.databases.schemas import Schema, anonymity, geo_columns, network_columns, recognise
from logattr.errors import DatabaseError
from logattr.networks.lists import NetworkList, load_list, parse_list_option
from logattr.networks.providers import load_providers
from logattr.networks.signals import Hits, Source, assess, list_hits

__all__ = ["Sources", "open_sources", "tag_addresses"]

_HOW_TO_GET = (
    "pip install 'logattr[embedded]' for GeoLite2-City of 2018, --db PATH with any .mmdb file such as DB-IP "
    "Lite (https://db-ip.com/db/lite.php, no account needed), or the variable LOGATTR_DATABASES"
)
_EPOCH = datetime.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Sources:
    """The databases and lists that are asked, in order of priority."""

    databases: tuple[tuple[Database, Schema], ...]
    lists: tuple[NetworkList, ...]

    def with_role(self, role: str) -> list[tuple[Database, Schema]]:
        """The databases that answer about ``geo``, ``network`` or ``anonymity``."""
        return [(database, shape) for database, shape in self.databases if role in shape.roles]


def open_sources(
    databases: Sequence[str | Path] = (),
    lists: Sequence[str] = (),
    *,
    environ: Mapping[str, str] | None = None,
    require: bool = True,
) -> Sources:
    """Open the databases and lists that lookups will ask.

    Parameters
    ----------
    databases
        Paths of ``.mmdb`` files or folders of them, asked first. Then come those of
        ``$LOGATTR_DATABASES``, then the embedded one.
    lists
        ``CLASS=PATH`` or ``CLASS=PATH@YYYY-MM-DD``, see :mod:`logattr.networks.lists`.
    environ
        Environment variables; those of the process by default.
    require
        Whether finding no database that knows places is an error.

    Raises
    ------
    DatabaseError
        If no database is found (and one is required), or one is broken or of an unknown kind.
    ListError, OptionError
        If a list cannot be read or its option is malformed.
    """
    opened = open_databases(list(databases), environ=os.environ if environ is None else environ)
    shaped = tuple((database, recognise(database)) for database in opened)
    if require and not any("geo" in shape.roles for _, shape in shaped):
        given = (
            f"no database of places among {len(shaped)} given" if shaped else "no address database was found"
        )
        raise DatabaseError(given, "at least one .mmdb file that maps addresses to countries", _HOW_TO_GET)
    own = tuple(load_list(class_, path, date=date) for class_, path, date in map(parse_list_option, lists))
    return Sources(shaped, (*own, load_providers()))


def tag_addresses(
    texts: Sequence[str | None], sources: Sources, *, event_days: NDArray[np.int64] | None = None
) -> pa.Table:
    """Tag addresses with place, network and anonymiser evidence.

    Parameters
    ----------
    texts
        Addresses, best distinct; what is no address becomes a row with scope ``invalid``.
    sources
        What is asked.
    event_days
        Day of each address's event in days since 1970-01-01, negative where unknown; gives the age
        of the databases.

    Returns
    -------
    pyarrow.Table
        One row per text, in order, with the schema ``columns.ADDRESSES``.
    """
    parsed = addr.parse(texts)
    lookup, embedding = addr.embedded(parsed)
    scopes, lookup_scopes = (
        pa.DictionaryArray.from_arrays(*addr.scopes(column)) for column in (parsed, lookup)
    )
    asked = ~pc.is_in(
        lookup_scopes.cast(pa.string()), value_set=pa.array(sorted(addr.not_global_scopes()))
    ).to_numpy(zero_copy_only=False)
    columns: dict[str, Any] = {
        "ip": addr.canonical(parsed),
        "ip_version": [version or None for version in parsed.version.tolist()],
        "ip_scope": scopes,
        "ip_embedding": [addr.EMBEDDINGS[kind] if kind >= 0 else None for kind in embedding.tolist()],
        "ip_lookup": addr.canonical(lookup),
    }
    places = _places(lookup, asked, parsed.version > 0, sources, event_days)
    networks = _networks(lookup, asked, sources)
    numbers = np.array([number or 0 for number in networks["as_number"]], np.int64)
    evidence = _evidence(lookup, asked, numbers, networks["as_org"], sources)
    columns |= places | networks | evidence
    types = schema(ADDRESSES)
    return pa.table([_array(columns[field.name], field.type) for field in types], schema=types)


def _array(values: Any, type_: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(type_):
        if isinstance(values, pa.DictionaryArray):
            return values.cast(type_)
        return pa.array(values, pa.string()).dictionary_encode()
    return pa.array(values, type_)


_GEO = tuple(
    column.name
    for column in ADDRESSES
    if column.name.startswith("geo_") and column.name not in {"geo_status"}
)


def _places(
    lookup: addr.Addresses,
    asked: NDArray[np.bool_],
    valid: NDArray[np.bool_],
    sources: Sources,
    event_days: NDArray[np.int64] | None,
) -> dict[str, list[Any]]:
    """The geo columns: the first database with a country answers; the others agree or not."""
    count = len(asked)
    found: dict[str, list[Any]] = {name: [None] * count for name in _GEO}
    databases = sources.with_role("geo")
    status = [
        "invalid" if not ok else "not_global" if not ask else "not_found" if databases else "no_db"
        for ok, ask in zip(valid.tolist(), asked.tolist(), strict=True)
    ]
    found["geo_sources_n"] = [0] * count
    answers: list[tuple[str, list[Any], list[Any]]] = []
    for database, shape in databases:
        rows = np.flatnonzero(asked)
        matches = database.lookup(lookup.take(rows))
        columns = geo_columns(shape, matches.records)
        networks = addr.network_texts(lookup.take(rows), matches.prefix_length)
        name = database.path.name
        countries: list[Any] = [None] * count
        regions: list[Any] = [None] * count
        age_base = (database.build_date - _EPOCH).days if database.build_date else None
        for position, row, record in zip(
            range(len(rows)), rows.tolist(), matches.record.tolist(), strict=True
        ):
            if record < 0:
                continue
            countries[row], regions[row] = columns["geo_country"][record], columns["geo_region"][record]
            better = found["geo_country"][row] is None and (
                countries[row] is not None or status[row] == "not_found"
            )
            if better:
                status[row] = columns["geo_status"][record]
                for column, values in columns.items():
                    if column in found:
                        found[column][row] = values[record]
                found["geo_network"][row] = networks[position]
                found["geo_db"][row], found["geo_db_build"][row] = name, database.build_date
                if age_base is not None and event_days is not None and event_days[row] >= 0:
                    found["geo_db_age_days"][row] = int(event_days[row]) - age_base
        answers.append((name, countries, regions))
    _agreement(found, answers)
    return {"geo_status": status, **found}


def _agreement(found: dict[str, list[Any]], answers: Sequence[tuple[str, list[Any], list[Any]]]) -> None:
    """How many databases give the chosen country and region, and what the others say."""
    for row, (country, region) in enumerate(zip(found["geo_country"], found["geo_region"], strict=True)):
        said = [
            (name, countries[row], regions[row]) for name, countries, regions in answers if countries[row]
        ]
        found["geo_sources_n"][row] = len(said)
        if country is None:
            continue
        found["geo_country_agree"][row] = sum(one == country for _, one, _ in said)
        if region is not None:
            found["geo_region_agree"][row] = sum(one == region for _, _, one in said)
        differing = [
            {"country": other, "db": name, "region": place}
            for name, other, place in said
            if other != country or (place is not None and place != region)
        ]
        if differing:
            found["geo_alternatives"][row] = json.dumps(differing, sort_keys=True)


def _networks(lookup: addr.Addresses, asked: NDArray[np.bool_], sources: Sources) -> dict[str, list[Any]]:
    """The as_ columns: the first database that knows the network answers."""
    found: dict[str, list[Any]] = {
        name: [None] * len(asked) for name in ("as_number", "as_org", "as_network", "as_db")
    }
    for database, shape in sources.with_role("network"):
        rows = np.flatnonzero(asked)
        matches = database.lookup(lookup.take(rows))
        columns = network_columns(shape, matches.records)
        networks = addr.network_texts(lookup.take(rows), matches.prefix_length)
        for position, row, record in zip(
            range(len(rows)), rows.tolist(), matches.record.tolist(), strict=True
        ):
            if record >= 0 and found["as_number"][row] is None and columns["as_number"][record] is not None:
                found["as_number"][row] = columns["as_number"][record]
                found["as_org"][row] = columns["as_org"][record]
                found["as_network"][row], found["as_db"][row] = networks[position], database.path.name
    return found


def _evidence(
    lookup: addr.Addresses,
    asked: NDArray[np.bool_],
    as_numbers: NDArray[np.int64],
    as_orgs: Sequence[str | None],
    sources: Sources,
) -> dict[str, Any]:
    """The anon_ columns, from lists and from databases of anonymisers."""
    # Nobody was asked about an address that names no public host.
    found = (list_hits(one, lookup, as_numbers, as_orgs) for one in sources.lists)
    hits = [replace(hit, checked=asked if hit.checked is None else hit.checked & asked) for hit in found]
    hits += [_database_hits(database, shape, lookup, asked) for database, shape in sources.databases]
    return assess(len(asked), hits, [hit.source for hit in hits])


def _database_hits(
    database: Database, shape: Schema, lookup: addr.Addresses, asked: NDArray[np.bool_]
) -> Hits:
    """Evidence from one database. One of places may hold some, but does not count as a source asked."""
    rows = np.flatnonzero(asked)
    matches = database.lookup(lookup.take(rows))
    facts = anonymity(shape, matches.records)
    networks = addr.network_texts(lookup.take(rows), matches.prefix_length)
    whole = np.where(lookup.version == 4, 32, 128)[rows]
    exact = np.where(matches.prefix_length == whole, "exact", "range").tolist()
    telling = [bool(facts[record]) if record >= 0 else False for record in matches.record.tolist()]
    found = [
        (row, class_, exact[position], provider, value, networks[position])
        for position, (row, record) in enumerate(zip(rows.tolist(), matches.record.tolist(), strict=True))
        if telling[position]
        for class_, provider, value in facts[record]
    ]
    checked = np.ones(len(asked), np.bool_)
    if "anonymity" not in shape.roles:
        checked[:] = False
        checked[rows[np.array(telling, np.bool_)]] = True
    source = Source(
        name=database.path.name,
        date=database.build_date,
        lineage=shape.vendor,
        covers=shape.name,
        kind="database",
    )
    return Hits(
        source,
        rows=np.array([row for row, *_ in found], np.int64),
        classes=[class_ for _, class_, *_ in found],
        strengths=[strength for _, _, strength, *_ in found],
        providers=[provider for *_, provider, _, _ in found],
        values=[value for *_, value, _ in found],
        networks=[network for *_, network in found],
        checked=checked,
    )
