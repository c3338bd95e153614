"""Verdicts on very many clients: told once per distinct combination of what they are made from.

A million clients have a few thousand places, networks and sets of evidence between them. What a verdict
looks at is numbered, one client of each combination is judged, and the others take its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.attribution.classes import HIGHLIGHTED
from logattr.attribution.facts import NEEDED, Facts
from logattr.attribution.noise import behaviour, labels
from logattr.attribution.outcomes import codes_of
from logattr.attribution.sentences import ENGAGED_ACTIONS
from logattr.attribution.verdicts import classify, judge
from logattr.places import Membership, Place, membership

__all__ = ["judge_all"]

_OF_PLACE = ("geo_country", "geo_region", "geo_subregion")
_OF_EVENTS = "geo_db_age_days"  # the only column of addresses that depends on the client's own events
_ENGAGED = ("reads", "writes", "deletes", "logins")
_MOST = 1 << 62


def judge_all(
    counts: dict[str, NDArray[np.int64]],
    users: pa.ListArray,
    *,
    is_address: NDArray[np.bool_],
    is_self: NDArray[np.bool_],
    addresses: pa.Table,
    places: Sequence[Place],
) -> tuple[dict[str, pa.Array], NDArray[np.int64]]:
    """Judge clients as :func:`logattr.attribution.verdicts.judge` does.

    Parameters
    ----------
    counts, users, is_address, is_self, addresses, places
        See there.

    Returns
    -------
    dict, array
        The columns of the verdicts with one row per combination, and the row of every client.
    """
    scanners, watchers = behaviour(counts)
    columns = (_encoded(addresses[name]) for name in NEEDED if name != _OF_EVENTS)
    first, code = _numbered(chain(columns, (scanners, watchers, is_address, is_self)))

    def taken(rows: NDArray[np.int64]) -> tuple[dict[str, NDArray[np.int64]], list[list[str]], pa.Table]:
        where = pa.array(rows)
        own = {name: values[rows] for name, values in counts.items()}
        return own, _lists(users, rows), addresses.select(NEEDED).take(where)

    def placed(table: pa.Table) -> Membership:
        return membership(places, *(table[name] for name in _OF_PLACE))

    own, names, table = taken(first)
    facts = Facts(own, names, table, places, placed(table))
    classes = classify(facts, labels(facts, is_self[first])[0], is_address[first])
    shown = np.array([name in HIGHLIGHTED for name in classes], np.bool_)[code]
    engaged = shown & ((counts["logins"] > 0) | (counts["fetched"] >= ENGAGED_ACTIONS))
    users_of = np.where(_filled(users), np.arange(1, len(shown) + 1), 0)
    # Sentences quote these numbers, and no others; one column at a time, as a million clients fill megabytes.
    quoted = chain(
        (np.where(scanners, counts[name], 0) for name in ("probes", "malformed")),
        (np.where(watchers, counts[name], 0) for name in ("lists", "days_active")),
        (np.where(engaged, counts[name], 0) for name in _ENGAGED),
        (engaged, np.where(shown, _encoded(addresses[_OF_EVENTS]), 0), np.where(shown, users_of, 0)),
    )
    first, code = _numbered(chain((code,), quoted))
    own, names, table = taken(first)
    verdicts = judge(
        own,
        names,
        is_address=is_address[first],
        is_self=is_self[first],
        addresses=table,
        places=places,
        membership=placed(table),
    )
    return verdicts.arrays(), code


def _filled(lists: pa.ListArray) -> NDArray[np.bool_]:
    """Which lists are not empty."""
    filled: NDArray[np.bool_] = np.diff(lists.offsets.to_numpy()) > 0
    return filled


def _lists(lists: pa.ListArray, rows: NDArray[np.int64]) -> list[list[str]]:
    """Some of the lists; most are empty, and Arrow takes as long for those as for the others."""
    nothing: list[str] = []
    found = [nothing] * len(rows)
    at = np.flatnonzero(_filled(lists)[rows])
    for row, texts in zip(at.tolist(), lists.take(pa.array(rows[at])).to_pylist(), strict=True):
        found[row] = texts
    return found


def _encoded(column: pa.ChunkedArray) -> NDArray[np.int64]:
    return codes_of(column)[1].astype(np.int64)


def _numbered(columns: Iterable[NDArray[np.generic]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One row of every distinct combination, and the number of the combination of every row."""
    code: NDArray[np.int64] | None = None
    size = 1
    for column in columns:
        values = column.astype(np.int64)
        width = int(values.max(initial=0)) + 1
        if width >= _MOST // size:
            code, size = _renumbered(code)  # type: ignore[arg-type]  # the first is never too wide
            if width >= _MOST // size:
                values, width = _renumbered(values)
        code = values if code is None else code * width + values
        size *= width
    if code is None:
        code = np.zeros(0, np.int64)
    code, size = _renumbered(code)
    first = np.zeros(size if len(code) else 0, np.int64)
    first[code[::-1]] = np.arange(len(code) - 1, -1, -1)
    return first, code


def _renumbered(code: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Numbers without gaps, in order of first appearance, and how many there are."""
    encoded = pa.array(code).dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), max(len(encoded.dictionary), 1)
