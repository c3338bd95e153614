"""The ``anon_`` columns: evidence from lists and from databases of anonymisers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr import addresses as addr
from logattr.databases.mmdb import Database
from logattr.databases.schemas import Schema
from logattr.databases.tables import Column
from logattr.databases.values import seen_in
from logattr.enrichment.asking import Answer, Question
from logattr.enrichment.families import Family
from logattr.enrichment.spreading import spread
from logattr.networks.lists import NetworkList
from logattr.networks.signals import ACCESS, Hits, Source, decide, list_hits

__all__ = ["evidence_columns", "network_hits"]


def evidence_columns(
    answers: Sequence[Answer],
    lists: Sequence[Family[NetworkList]],
    question: Question,
    holders: dict[str, Any],
    found: Sequence[Hits] = (),
) -> dict[str, Any]:
    """The columns that begin with ``anon_``, after the copies of the day of each address.

    ``found`` is what other lists than ``lists`` have.
    """
    numbers, orgs = holders["as_number"].fill_null(0).to_numpy(), holders["as_org"]
    hits = [*found, *(one for family in lists for one in _list_hits(family, question, numbers, orgs))]
    hits += [one for answer in answers for one in _database_hits(answer, question.addresses)]
    # What a source could know counts only for addresses that name a host on the public Internet.
    counted = [
        replace(one, checked=question.asked if one.checked is None else one.checked & question.asked)
        for one in hits
    ]
    decided = decide(len(question), counted, [one.source for one in hits])
    with_evidence = np.full(len(question), -1, np.int64)
    with_evidence[decided.rows] = np.arange(len(decided.rows))
    absent = len(decided.rows) + (decided.checked == 0)
    return {
        "anon_class": spread(
            [*decided.classes, "none_found", "not_assessed"],
            np.where(with_evidence < 0, absent, with_evidence),
        ),
        "anon_strength": spread([*decided.strengths, None], with_evidence),
        "anon_provider": spread([*decided.providers, None], with_evidence),
        "anon_evidence": spread([*decided.evidence, None], with_evidence, pa.string()),
        "anon_sources_checked": decided.checked,
        "anon_lineages_hit": decided.lineages,
        "anon_newest_source": decided.newest,
        "anon_age_days": _age_days(decided.newest, question.days),
    }


def network_hits(family: Family[NetworkList], question: Question) -> list[Hits]:
    """What the copies of a list without AS numbers have, for which no database need be asked."""
    nobody = np.zeros(len(question), np.int64)
    return list(_list_hits(family, question, nobody, spread([None], nobody)))


def _age_days(newest: NDArray[np.datetime64], days: NDArray[np.int64]) -> pa.Array:
    unknown = np.isnat(newest) | (days < 0)
    numbers = np.where(unknown, np.datetime64(0, "D"), newest).astype(np.int64)
    return pa.array((days - numbers).astype(np.int32), mask=unknown)


def _list_hits(
    family: Family[NetworkList], question: Question, numbers: NDArray[np.int64], orgs: pa.DictionaryArray
) -> Iterator[Hits]:
    """What each copy has on the addresses whose day it fits."""
    copy = family.chosen(question.days)
    for nth, one in enumerate(family.copies):
        rows = np.flatnonzero(copy == nth)
        if len(rows) == len(question):
            yield list_hits(one, question.addresses, numbers, orgs, ordered=question.ordered)
        elif len(rows):
            found = list_hits(one, question.addresses.take(rows), numbers[rows], orgs.take(pa.array(rows)))
            checked = np.zeros(len(question), np.bool_)
            checked[rows] = True if found.checked is None else found.checked
            yield replace(found, rows=rows[found.rows], checked=checked)


def _database_hits(answer: Answer, lookup: addr.Addresses) -> Iterator[Hits]:
    said = answer.facts["anonymity"]
    evidence = Column([pieces or [] for pieces in said.values], said.codes[answer.record])
    telling = np.array([bool(pieces) for pieces in evidence.values], np.bool_)[evidence.codes]
    for database, shape, asked in answer.by_copy():
        yield _copy_hits(database, shape, asked, answer, evidence, telling & asked, lookup)


def _copy_hits(  # noqa: PLR0917 - one argument per fact
    database: Database,
    shape: Schema,
    asked: NDArray[np.bool_],
    answer: Answer,
    evidence: Column,
    telling: NDArray[np.bool_],
    lookup: addr.Addresses,
) -> Hits:
    """Evidence from one database. One of places may hold some, but does not count as a source asked."""
    rows = np.flatnonzero(telling)
    own = lookup.take(rows)
    lengths = answer.prefix_length[rows]
    exact = np.where(lengths == np.where(own.version == 4, 32, 128), "exact", "range").tolist()
    found = [
        (row, class_, strength, provider, value, network)
        for row, said, strength, network in zip(
            rows.tolist(),
            evidence.codes[rows].tolist(),
            exact,
            addr.network_texts(own, lengths),
            strict=True,
        )
        for class_, provider, value in evidence.values[said]
    ]
    # How somebody gets online (mobile, satellite) is no answer to whether they hide.
    of_hiding = [any(class_ not in ACCESS for class_, _, _ in pieces) for pieces in evidence.values]
    checked = telling & np.array(of_hiding, np.bool_)[evidence.codes]
    if "anonymity" in shape.roles:
        checked = asked & ((lookup.version == 4) | (lookup.version == 6) & (database.ip_version == 6))
    source = Source(
        name=database.name,
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
