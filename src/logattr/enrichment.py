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
from logattr.databases.schemas import Schema, recognise
from logattr.databases.stored import stored_lists
from logattr.databases.values import seen_in
from logattr.errors import DatabaseError
from logattr.networks.lineage import with_shared_origins
from logattr.networks.lists import NetworkList, load_list, parse_list_option
from logattr.networks.providers import load_providers
from logattr.networks.signals import ACCESS, Hits, Source, assess, list_hits

__all__ = ["Sources", "open_sources", "tag_addresses"]

_HOW_TO_GET = (
    "pip install 'logattr[embedded]' for GeoLite2-City of 2018, `logattr db update` (DB-IP Lite needs no "
    "account), --db PATH with any .mmdb file, or the variable LOGATTR_DATABASES"
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
        ``$LOGATTR_DATABASES``, then the newest copies of the store, then the embedded one.
    lists
        ``CLASS=PATH`` or ``CLASS=PATH@YYYY-MM-DD``, see :mod:`logattr.networks.lists`. The newest lists
        of the store come after them.
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
    environ = os.environ if environ is None else environ
    opened = open_databases(list(databases), environ=environ)
    shaped = tuple((database, recognise(database)) for database in opened)
    if require and not any("geo" in shape.roles for _, shape in shaped):
        given = (
            f"no database of places among {len(shaped)} given" if shaped else "no address database was found"
        )
        raise DatabaseError(given, "at least one .mmdb file that maps addresses to countries", _HOW_TO_GET)
    own = tuple(load_list(class_, path, date=date) for class_, path, date in map(parse_list_option, lists))
    stored = stored_lists(environ, {one.sha256 for one in own})
    return Sources(shaped, with_shared_origins((*own, *stored, load_providers())))


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
    answers = [_ask(database, shape, lookup, asked) for database, shape in sources.databases]
    places = _places([one for one in answers if "geo" in one.shape.roles], lookup, parsed, asked, event_days)
    networks = _networks([one for one in answers if "network" in one.shape.roles], lookup)
    # Arrow at once, here and below: a million texts as objects fill a memory.
    own = pa.array(addr.canonical(parsed), pa.string())
    columns: dict[str, Any] = {
        "ip": own,
        "ip_version": pa.array(parsed.version, mask=parsed.version == 0),
        "ip_scope": scopes.cast(pa.string()),
        "ip_embedding": _take([*addr.EMBEDDINGS, None], embedding),
        "ip_lookup": own if (embedding < 0).all() else addr.canonical(lookup),
        **places,
        **networks,
        **_evidence(answers, lookup, asked, networks, sources),
    }
    types = schema(ADDRESSES)
    return pa.table([_array(columns[field.name], field.type) for field in types], schema=types)


def _array(values: Any, type_: pa.DataType) -> pa.Array:
    # Encoded only here, so that a dictionary holds what occurs and nothing else: pandas shows the rest
    # as empty categories.
    if pa.types.is_dictionary(type_):
        return (values if isinstance(values, pa.Array) else pa.array(values, pa.string())).dictionary_encode()
    return values.cast(type_) if isinstance(values, pa.Array) else pa.array(values, type_)


def _take(values: Sequence[Any], positions: NDArray[Any], type_: pa.DataType | None = None) -> pa.Array:
    """Spread values over rows by position; -1 is the last value."""
    where = np.where(positions < 0, len(values) - 1, positions)
    return pa.array(values, type_ or pa.string()).take(pa.array(where))


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one database says about a column of addresses.

    ``facts`` holds our columns for each distinct record, then an empty one; ``record`` the position in
    it of every address, -1 (that empty one) where the database has nothing or was not asked.
    """

    database: Database
    shape: Schema
    facts: list[dict[str, Any]]
    record: NDArray[np.int64]
    prefix_length: NDArray[np.uint8]

    def known(self, column: str) -> NDArray[np.bool_]:
        """Whether the database has something in a column, per address."""
        return np.array([fact.get(column) is not None for fact in self.facts], np.bool_)[self.record]


def _ask(database: Database, shape: Schema, lookup: addr.Addresses, asked: NDArray[np.bool_]) -> _Answer:
    rows = np.flatnonzero(asked)
    matches = database.lookup(lookup.take(rows))
    record, prefix_length = np.full(len(asked), -1, np.int64), np.zeros(len(asked), np.uint8)
    record[rows], prefix_length[rows] = matches.record, matches.prefix_length
    return _Answer(database, shape, [*map(shape.read, matches.records), {}], record, prefix_length)


def _network_texts(
    lookup: addr.Addresses, answers: Sequence[_Answer], by: NDArray[np.int64]
) -> list[str | None]:
    """Network that matched in the database that answered (``by``; -1: none, then null)."""
    texts = np.full(len(by), None, object)
    for nth, answer in enumerate(answers):
        rows = np.flatnonzero(by == nth)
        texts[rows] = addr.network_texts(lookup.take(rows), answer.prefix_length[rows])
    found: list[str | None] = texts.tolist()
    return found


_PLACE = ("geo_country", "geo_region", "geo_subregion")
_NAMES = [column.name for column in ADDRESSES]
_OF_RECORD = _NAMES[_NAMES.index("geo_status") : _NAMES.index("geo_network")]


def _places(
    answers: Sequence[_Answer],
    lookup: addr.Addresses,
    parsed: addr.Addresses,
    asked: NDArray[np.bool_],
    event_days: NDArray[np.int64] | None,
) -> dict[str, Any]:
    """The geo columns: the first database with a country answers; the others agree or not.

    Where none has a country, the first that has anything at all (a registered country) answers.
    """
    pool: list[dict[str, Any]] = [
        {"geo_status": status} for status in ("invalid", "not_global", "not_found" if answers else "no_db")
    ]
    chosen = np.select([parsed.version == 0, ~asked], [0, 1], 2)
    by = np.full(len(asked), -1, np.int64)
    for nth, answer in enumerate(answers):
        country = answer.known("geo_country")
        located = np.array([fact.get("geo_country") is not None for fact in pool], np.bool_)[chosen]
        empty = np.array([fact["geo_status"] == "not_found" for fact in pool], np.bool_)[chosen]
        better = ~located & (answer.record >= 0) & (country | empty)
        chosen[better], by[better] = len(pool) + answer.record[better], nth
        pool += answer.facts[:-1]
    types = schema(ADDRESSES)
    columns: dict[str, Any] = {
        name: _take([fact.get(name) for fact in pool], chosen, _plain(types.field(name).type))
        for name in _OF_RECORD
    }
    builds = [answer.database.build_date for answer in answers] + [None]
    columns |= {
        "geo_network": pa.array(_network_texts(lookup, answers, by), pa.string()),
        "geo_db": _take([*(answer.database.path.name for answer in answers), None], by),
        "geo_db_build": _take(builds, by, pa.date32()),
    }
    columns["geo_db_age_days"] = _age_days(builds, by, event_days)
    return columns | _agreement(answers, pool, chosen)


def _plain(type_: pa.DataType) -> pa.DataType:
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def _age_days(
    builds: Sequence[datetime.date | None], by: NDArray[np.int64], event_days: NDArray[np.int64] | None
) -> pa.Array:
    if event_days is None:
        return pa.nulls(len(by), pa.int32())
    built = np.array([(date - _EPOCH).days if date else -1 for date in builds], np.int64)[by]
    return pa.array(event_days - built, mask=(built < 0) | (event_days < 0))


def _agreement(
    answers: Sequence[_Answer], pool: Sequence[dict[str, Any]], chosen: NDArray[np.int64]
) -> dict[str, Any]:
    """How many databases give the chosen country and region, and what the others say."""
    numbers: dict[tuple[Any, ...], int] = {}

    def numbered(facts: Sequence[dict[str, Any]]) -> NDArray[np.int64]:
        keys = (tuple(fact.get(name) for name in _PLACE) for fact in facts)
        return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)

    # One column per database and the chosen place last; then only distinct rows are looked at.
    columns = [numbered(answer.facts)[answer.record] for answer in answers] + [numbered(pool)[chosen]]
    places = list(numbers)
    distinct, row_of = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    names = [answer.database.path.name for answer in answers]
    found = [_compare(names, [places[number] for number in row]) for row in distinct.tolist()]
    count, country, region, differing = zip(*found, strict=True) if found else ((),) * 4
    rows = row_of.reshape(-1)
    return {
        "geo_sources_n": _take(count, rows, pa.int32()),
        "geo_country_agree": _take(country, rows, pa.int32()),
        "geo_region_agree": _take(region, rows, pa.int32()),
        "geo_alternatives": _take(differing, rows),
    }


def _compare(
    names: Sequence[str], places: Sequence[tuple[str | None, ...]]
) -> tuple[int, int | None, int | None, str | None]:
    """Databases with a country, with this country, with this region; and the differing answers."""
    *said, chosen = places
    known = [(name, place) for name, place in zip(names, said, strict=True) if place[0]]
    differing = [
        # A second level only where there is one: {db, country, region, subregion}.
        {"db": name, "country": place[0], "region": place[1]} | ({"subregion": place[2]} if place[2] else {})
        for name, place in known
        if any(one is not None and one != ours for one, ours in zip(place, chosen, strict=True))
    ]
    return (
        len(known),
        sum(place[0] == chosen[0] for _, place in known) if chosen[0] else None,
        sum(place[1] == chosen[1] for _, place in known) if chosen[1] else None,
        json.dumps(differing, sort_keys=True) if differing else None,
    )


def _networks(answers: Sequence[_Answer], lookup: addr.Addresses) -> dict[str, Any]:
    """The as_ columns: the first database that knows the number answers."""
    pool: list[dict[str, Any]] = [{}]
    chosen, by = np.zeros(len(lookup), np.int64), np.full(len(lookup), -1, np.int64)
    for nth, answer in enumerate(answers):
        better = (by < 0) & answer.known("as_number")
        chosen[better], by[better] = len(pool) + answer.record[better], nth
        pool += answer.facts[:-1]
    return {
        "as_number": _take([fact.get("as_number") for fact in pool], chosen, pa.int64()),
        "as_org": _take([fact.get("as_org") for fact in pool], chosen),
        "as_network": pa.array(_network_texts(lookup, answers, by), pa.string()),
        "as_db": _take([*(answer.database.path.name for answer in answers), None], by),
    }


def _evidence(
    answers: Sequence[_Answer],
    lookup: addr.Addresses,
    asked: NDArray[np.bool_],
    networks: dict[str, Any],
    sources: Sources,
) -> dict[str, Any]:
    """The anon_ columns, from lists and from databases of anonymisers."""
    as_numbers = networks["as_number"].fill_null(0).to_numpy()
    as_orgs = networks["as_org"].to_pylist()
    hits = [list_hits(one, lookup, as_numbers, as_orgs) for one in sources.lists]
    hits += [_database_hits(answer, lookup) for answer in answers]
    # What a source could know counts only for addresses that name a host on the public Internet.
    counted = [replace(one, checked=asked if one.checked is None else one.checked & asked) for one in hits]
    return assess(len(asked), counted, [one.source for one in hits])


def _database_hits(answer: _Answer, lookup: addr.Addresses) -> Hits:
    """Evidence from one database. One of places may hold some, but does not count as a source asked."""
    database, shape = answer.database, answer.shape
    evidence = [fact.get("anonymity", []) for fact in answer.facts]
    telling = np.array([bool(pieces) for pieces in evidence], np.bool_)[answer.record]
    rows = np.flatnonzero(telling)
    own = lookup.take(rows)
    lengths = answer.prefix_length[rows]
    exact = np.where(lengths == np.where(own.version == 4, 32, 128), "exact", "range").tolist()
    found = [
        (row, class_, strength, provider, value, network)
        for row, record, strength, network in zip(
            rows.tolist(),
            answer.record[rows].tolist(),
            exact,
            addr.network_texts(own, lengths),
            strict=True,
        )
        for class_, provider, value in evidence[record]
    ]
    # How somebody gets online (mobile, satellite) is no answer to whether they hide.
    of_hiding = [any(class_ not in ACCESS for class_, _, _ in pieces) for pieces in evidence]
    checked = np.array(of_hiding, np.bool_)[answer.record]
    if "anonymity" in shape.roles:
        checked = (lookup.version == 4) | (lookup.version == 6) & (database.ip_version == 6)
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
        seen=[seen_in(value) for *_, value, _ in found],
    )
