"""Distinct addresses to tagged addresses: places, networks and anonymiser evidence, one row each.

Of every source with dated copies the one that fits the day of an address's event is asked, and where a
newer one exists that one too; both answers are kept where they differ.
"""

from __future__ import annotations

import datetime
import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr import addresses as addr
from logattr.columns import ADDRESSES, schema
from logattr.enrichment.asking import Answer, Question, ask
from logattr.enrichment.details import facts_column
from logattr.enrichment.evidence import evidence_columns, network_hits
from logattr.enrichment.families import Family, database_families, day_number, has_newer, list_families
from logattr.enrichment.holders import holder_columns
from logattr.enrichment.now import now_columns
from logattr.enrichment.places import place_columns
from logattr.enrichment.sources import Sources, open_sources
from logattr.enrichment.spreading import spread
from logattr.enrichment.texts import address_column
from logattr.errors import OptionError
from logattr.networks.lists import NetworkList
from logattr.networks.signals import Hits
from logattr.reading.threads import all_of, workers

__all__ = ["Sources", "event_days", "open_sources", "parse_day", "tag_addresses", "tag_day"]

_MICROSECONDS_A_DAY = 86_400_000_000
_MANY = 10_000


def event_days(times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Days of times in microseconds since 1970-01-01, -1 for what is no time (the least integer).

    A client's last event stands for all of them: of events over months, copies of its last day answer.

    Examples
    --------
    >>> event_days(np.array([86_400_000_000, np.iinfo(np.int64).min])).tolist()
    [1, -1]
    """
    return np.where(times == np.iinfo(np.int64).min, -1, times // _MICROSECONDS_A_DAY)


def parse_day(given: datetime.date | str) -> int:
    """Days since 1970-01-01 of a date or of text as YYYY-MM-DD.

    Raises
    ------
    OptionError
        If it is no day of the calendar from 1970 on.

    Examples
    --------
    >>> parse_day("1970-01-02")
    1
    """
    try:
        day = day_number(datetime.date.fromisoformat(given) if isinstance(given, str) else given)
    except ValueError:
        day = -1
    if day < 0:
        raise OptionError(f"the day {str(given)!r}", "a day since 1970-01-01, as YYYY-MM-DD")
    return day


def tag_day(texts: Sequence[str | None], sources: Sources, day: int | None) -> pa.Table:
    """Tag addresses as of one day, given since 1970-01-01; None: the newest copies only."""
    if day is None:
        return tag_addresses(texts, sources)
    days = np.full(len(texts), day, np.int64)
    return tag_addresses(texts, sources.for_days([day]), event_days=days)


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
        Day of each address's event in days since 1970-01-01, negative where unknown. It decides which of
        several dated copies is asked, and gives the age of the databases. Without it, and where it is
        unknown, the newest copies answer.

    Returns
    -------
    pyarrow.Table
        One row per text, in order, with the schema ``columns.ADDRESSES``.
    """
    parsed = addr.parse(texts)
    lookup, embedding = addr.embedded(parsed)
    codes, names = addr.scopes(parsed)
    inside = np.flatnonzero(embedding >= 0)
    lookup_codes = codes.copy()
    lookup_codes[inside], _ = addr.scopes(lookup.take(inside))
    asked = ~np.isin(np.array(names), sorted(addr.not_global_scopes()))[lookup_codes]
    days = np.full(len(asked), -1, np.int64) if event_days is None else np.asarray(event_days, np.int64)
    question = Question(lookup, asked, days)
    columns: dict[str, Any] = {
        "ip_version": pa.array(parsed.version, mask=parsed.version == 0),
        "ip_scope": spread([*names, None], codes),
        "ip_embedding": spread([*addr.EMBEDDINGS, None], embedding),
    }
    with _no_collection(len(asked)):
        columns |= _evaluate(question, parsed, sources, lambda: _spelled(parsed, lookup, inside))
        rows = np.flatnonzero(asked & _has_newer(sources, days))
        now = _evaluate(question.today(rows), parsed.take(rows), sources, dict) if len(rows) else None
        columns |= now_columns(columns, now, rows)
        types = schema(ADDRESSES)
        arrays = [_array(columns[field.name], field.type, len(asked)) for field in types]
    return pa.table(arrays, schema=types)


@contextmanager
def _no_collection(count: int) -> Iterator[None]:
    """Keep the garbage collector from looking at hundreds of thousands of live records again and again.

    Nothing here is part of a cycle; for a few addresses it makes no difference.
    """
    pause = count >= _MANY and gc.isenabled()
    if pause:
        gc.disable()
    try:
        yield
    finally:
        if pause:
            gc.enable()


def _side_by_side(count: int, *parts: Callable[[], Any]) -> list[Any]:
    """Results of independent parts of the work on so many addresses; of many in threads."""
    return all_of(parts, threads=workers() if count >= _MANY else 1)


def _spelled(parsed: addr.Addresses, lookup: addr.Addresses, rows: NDArray[np.int64]) -> dict[str, Any]:
    """Texts of the addresses, and of those that are looked up in their place at some rows."""
    texts = address_column(parsed)
    if not len(rows):
        return {"ip": texts, "ip_lookup": texts}
    where = np.arange(len(texts))
    where[rows] = len(texts) + np.arange(len(rows))
    both = pa.concat_arrays([texts, address_column(lookup.take(rows))])
    return {"ip": texts, "ip_lookup": both.take(pa.array(where))}


def _has_newer(sources: Sources, days: NDArray[np.int64]) -> NDArray[np.bool_]:
    return has_newer(database_families(sources.databases), days) | has_newer(
        list_families(sources.lists), days
    )


def _evaluate(
    question: Question, parsed: addr.Addresses, sources: Sources, beside: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Columns of places, networks and evidence after the copies of one day per address.

    ``beside`` gives columns that need no source: beside the records of cities, which take longest.
    """
    families, lists = database_families(sources.databases), list_families(sources.lists)
    # Only lists of AS numbers have to wait for a database that knows these.
    plain = [family for family in lists if all(one.kind == "networks" for one in family.copies)]
    *found, columns = _side_by_side(
        len(question),
        *(partial(ask, family, question) for family in families),
        *(partial(network_hits, family, question) for family in plain),
        beside,
    )
    answers, hits = found[: len(families)], [one for some in found[len(families) :] for one in some]
    others = [family for family in lists if family not in plain]
    places, (holders, evidence) = _side_by_side(
        len(question),
        lambda: place_columns([one for one in answers if one.has_role("geo")], question, parsed),
        lambda: _holders_and_evidence(answers, question, others, hits),
    )
    columns["geo_is_satellite"] = _satellite(answers, len(question))
    columns["facts"] = facts_column(answers, len(question))
    return {**columns, **places, **holders, **evidence}


def _holders_and_evidence(
    answers: Sequence[Answer],
    question: Question,
    lists: Sequence[Family[NetworkList]],
    hits: Sequence[Hits],
) -> tuple[dict[str, Any], dict[str, Any]]:
    holders = holder_columns([one for one in answers if one.has_role("network")], question)
    return holders, evidence_columns(answers, lists, question, holders, hits)


def _satellite(answers: Sequence[Answer], count: int) -> pa.Array:
    """Whether any database says that the connection goes over a satellite."""
    yes, said = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    for answer in answers:
        if "is_satellite" not in answer.facts.columns:
            continue
        says = answer.facts["is_satellite"]
        yes |= np.array([value is True for value in says.values])[says.codes][answer.record]
        said |= answer.known("is_satellite")
    return pa.array(yes, mask=~said)


def _array(values: Any, type_: pa.DataType, count: int) -> pa.Array:
    if values is None:
        return pa.nulls(count, type_)
    if pa.types.is_dictionary(type_):
        array = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
        return pc.dictionary_encode(array).cast(type_)
    return values.cast(type_) if isinstance(values, pa.Array) else pa.array(values, type_)
