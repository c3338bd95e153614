"""What the newest copies say, where that differs from what the copies of the events' time say."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.distinct import distinct
from logattr.enrichment.spreading import spread

__all__ = ["now_columns"]

_PLACE = {
    name: f"geo_{name}"
    for name in ("db", "status", "country", "region", "subregion", "city", "lat", "lon", "accuracy_km")
} | {"build": "geo_db_build"}
_PLACE_DIFFERS = ("geo_status", "geo_country", "geo_region", "geo_subregion", "geo_city")
_HOLDER = {"number": "as_number", "org": "as_org", "network": "as_network", "db": "as_db"} | {
    "build": "as_db_build"
}


def now_columns(then: dict[str, Any], now: dict[str, Any] | None, rows: NDArray[np.int64]) -> dict[str, Any]:
    """The columns about today, null where the same is said as of the events, or nothing is newer.

    Parameters
    ----------
    then
        Columns of all addresses, after the copies of the events' time.
    now
        Columns of some of them after the newest copies; None: none has a newer one.
    rows
        Positions of those.
    """
    names = ("geo_now", "as_now", "anon_class_now", "anon_provider_now", "anon_evidence_now")
    if now is None:
        return dict.fromkeys((*names, "anon_newest_source_now"))
    count = len(then["ip"])
    place = _differs(then, now, rows, _PLACE_DIFFERS)
    holder = _differs(then, now, rows, ("as_number",))
    evidence = _differs(then, now, rows, ("anon_class",))
    scattered = {
        "geo_now": _scattered(_objects(now, _PLACE, place), rows[place], count),
        "as_now": _scattered(_objects(now, _HOLDER, holder), rows[holder], count),
        "anon_newest_source_now": _scattered(_arrow(now["anon_newest_source"]), rows, count),
    }
    at = pa.array(evidence)
    for name in ("class", "provider", "evidence"):
        values = _text(now[f"anon_{name}"]).take(at)
        scattered[f"anon_{name}_now"] = _scattered(values, rows[evidence], count)
    return scattered


def _arrow(values: Any) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values)


def _text(values: Any) -> pa.Array:
    return values.cast(pa.string()) if isinstance(values, pa.Array) else pa.array(values, pa.string())


def _differs(
    then: dict[str, Any], now: dict[str, Any], rows: NDArray[np.int64], names: tuple[str, ...]
) -> NDArray[np.int64]:
    """Positions in ``rows`` where any of some columns is not the same."""
    found = np.zeros(len(rows), np.bool_)
    for name in names:
        before, after = _text(then[name]).take(pa.array(rows)), _text(now[name])
        unlike = pc.fill_null(pc.not_equal(before, after), False)
        unlike = pc.or_(unlike, pc.xor(before.is_null(), after.is_null()))
        found |= unlike.to_numpy(zero_copy_only=False)
    return np.flatnonzero(found)


def _objects(columns: dict[str, Any], names: dict[str, str], rows: NDArray[np.int64]) -> pa.Array:
    """Some columns as JSON objects without what is null, made once for all rows that say the same."""
    taken = {key: _arrow(columns[name]).take(pa.array(rows)) for key, name in names.items()}
    codes = []
    for column in taken.values():
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        codes.append(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64))
    first, number = distinct(codes)
    plain = [{key: column[int(at)].as_py() for key, column in taken.items()} for at in first.tolist()]
    texts = [
        json.dumps(
            {key: value for key, value in one.items() if value is not None},
            default=str,
            ensure_ascii=False,
            sort_keys=True,
        )
        for one in plain
    ]
    return spread([*texts, None], number, pa.string())


def _scattered(values: pa.Array, rows: NDArray[np.int64], count: int) -> pa.Array:
    """Values at some rows of a column, null elsewhere."""
    where = np.zeros(count, np.int64)
    where[rows] = np.arange(len(rows))
    absent = np.ones(count, np.bool_)
    absent[rows] = False
    return values.take(pa.array(where, mask=absent))
