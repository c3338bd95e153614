"""The ``geo_`` columns: the first database with a country answers; the others agree or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr import addresses as addr
from logattr.columns import ADDRESSES, schema
from logattr.databases.tables import Table
from logattr.distinct import distinct
from logattr.enrichment.agreement import agreement
from logattr.enrichment.asking import Answer, Question
from logattr.enrichment.families import COPIES
from logattr.enrichment.spreading import spread
from logattr.enrichment.texts import network_column

__all__ = ["copy_columns", "networks_of", "place_columns"]

_NAMES = [column.name for column in ADDRESSES]
_OF_RECORD = [
    *_NAMES[_NAMES.index("geo_status") : _NAMES.index("geo_network")],
    "geo_default_point",
]


def place_columns(answers: list[Answer], question: Question, parsed: addr.Addresses) -> dict[str, Any]:
    """The geo columns of some addresses.

    The first database with a country answers. Where none has a country, the first that has anything at
    all (a registered country) answers.
    """
    statuses = ("invalid", "not_global", "not_found" if answers else "no_db")
    tables = [Table.of([{"geo_status": status} for status in statuses])]
    chosen = np.select([parsed.version == 0, ~question.asked], [0, 1], 2)
    by = np.full(len(question), -1, np.int64)
    located, informed = np.zeros(len(question), np.bool_), np.zeros(len(question), np.bool_)
    for nth, answer in enumerate(answers):
        country, found = answer.known("geo_country"), answer.record >= 0
        better = found & ~located & (country | ~informed)
        before = sum(table.count for table in tables)
        chosen[better], by[better] = before + answer.record[better], nth
        located |= country
        status = answer.facts["geo_status"]
        says = np.array([value not in (None, "not_found") for value in status.values], np.bool_)
        informed |= found & says[status.codes][answer.record]
        tables.append(answer.facts)
    # By record first: many addresses share one.
    used, number = distinct([chosen])
    pool, types, at = Table.joined(tables).take(chosen[used]), schema(ADDRESSES), pa.array(number)
    columns: dict[str, Any] = {
        name: spread(pool[name].values, pool[name].codes, types.field(name).type).take(at)
        for name in _OF_RECORD
    }
    return columns | _source(answers, question, by) | agreement(answers, by)


def _source(answers: list[Answer], question: Question, by: NDArray[np.int64]) -> dict[str, Any]:
    """Which database answered, for which network, and how far it is from the event."""
    return {"geo_network": networks_of(answers, question, by), **copy_columns("geo", answers, question, by)}


def copy_columns(
    prefix: str, answers: list[Answer], question: Question, by: NDArray[np.int64]
) -> dict[str, Any]:
    """The columns that say which copy answered (``by``; -1: none), and its age at the event."""
    copy, fit = _deciding_copies(answers, by), np.full(len(by), -1, np.int64)
    for nth, answer in enumerate(answers):
        fit = np.where(by == nth, answer.family.fit(question.days), fit)
    databases = [database for answer in answers for database, _ in answer.family.copies]
    days = np.array([*(day for answer in answers for day in answer.family.days), -1], np.int64)[copy]
    unknown = (days < 0) | (question.days < 0)
    builds = [*(database.build_date for database in databases), None]
    return {
        f"{prefix}_db": spread([*(database.name for database in databases), None], copy),
        f"{prefix}_db_build": spread(builds, copy, pa.date32()),
        f"{prefix}_db_age_days": pa.array((question.days - days).astype(np.int32), mask=unknown),
        f"{prefix}_copy": spread([*COPIES, None], fit),
    }


def _deciding_copies(answers: list[Answer], by: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the copy that decided, counted through all families; -1 where none did."""
    found, before = np.full(len(by), -1, np.int64), 0
    for nth, answer in enumerate(answers):
        found = np.where(by == nth, before + answer.copy, found)
        before += len(answer.family.copies)
    return found


def networks_of(answers: list[Answer], question: Question, by: NDArray[np.int64]) -> pa.Array:
    """Network that matched in the database that answered (``by``; -1: none, then null)."""
    lengths = np.zeros(len(by), np.uint8)
    for nth, answer in enumerate(answers):
        lengths = np.where(by == nth, answer.prefix_length, lengths)
    return network_column(question.addresses, lengths, by >= 0)
