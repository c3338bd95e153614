"""What the newest copies of databases and lists say beside those of the events' time, in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logattr.networks.classes import CLASSES as SIGNALS

if TYPE_CHECKING:
    from logattr.report.findings import Findings

__all__ = ["Change", "changes", "each_answer", "now", "place_now"]

MAX_PLACES = 20


@dataclass(frozen=True, slots=True)
class Change:
    """Clients about which the copies of the events' time say one thing and the newest another."""

    what: str
    then: str
    now: str
    clients: int
    requests: int


def now(row: dict[str, Any]) -> tuple[str, str]:
    """What the newest copies say of a client's place and of anonymisers; empty where that is the same.

    Examples
    --------
    >>> said = {"country": "ES", "db": "city.mmdb", "build": "2026-08-01", "status": "country_only"}
    >>> row = {"geo_now": json.dumps(said), "anon_class_now": "vpn", "anon_provider_now": None}
    >>> now(row | {"anon_newest_source_now": "2026-08-22"})[1]
    'by the newest sources (2026-08-22): VPN'
    >>> now(row | {"anon_newest_source_now": None})[0]
    'by the newest database (city.mmdb, built 2026-08-01): ES'
    """
    evidence = ""
    if row["anon_class_now"]:
        provider = f" ({row['anon_provider_now']})" if row["anon_provider_now"] else ""
        newest = row["anon_newest_source_now"] or "undated"
        evidence = f"by the newest sources ({newest}): {_label(row['anon_class_now'])}{provider}"
    return place_now(row["geo_now"]), evidence


def each_answer(said: dict[str, Any]) -> str:
    """One entry of ``geo_answers`` in words: what a database says, its radius, and how far off it is.

    Examples
    --------
    >>> said = {"db": "b.mmdb", "vendor": "db-ip", "country": "CN", "city": "Jilin"}
    >>> each_answer(said | {"region": "CN-JL", "accuracy_km": 50.0, "distance_km": 342.1})
    'b.mmdb (db-ip): Jilin, CN-JL, radius 50 km, 342 km from the chosen coordinates'
    """
    radius = f", radius {said['accuracy_km']:g} km" if "accuracy_km" in said else ""
    apart = said.get("distance_km")
    away = f", {apart:,.0f} km from the chosen coordinates" if apart else ""
    return f"{said['db']} ({said['vendor']}): {_where(said)}{radius}{away}"


def place_now(text: str | None) -> str:
    """The column ``geo_now`` in words."""
    if not text:
        return ""
    said = json.loads(text)
    built = f", built {said['build']}" if "build" in said else ""
    source = f" ({said['db']}{built})" if "db" in said else ""
    return f"by the newest database{source}: {_where(said)}"


def _label(name: str) -> str:
    return SIGNALS[name].label if name in SIGNALS else name


def _where(said: dict[str, Any]) -> str:
    codes = [said.get(level) for level in ("subregion", "region", "country")]
    parts = [said.get("city"), next(filter(None, codes), None)]
    return ", ".join(filter(None, parts)) or str(said.get("status", "unknown"))


def changes(findings: Findings) -> tuple[Change, ...]:
    """How many clients the newest copies see differently: anonymisers by class, then places."""
    import pyarrow as pa
    import pyarrow.compute as pc

    clients = findings.clients
    seen = clients.filter(clients["anon_class_now"].is_valid())
    classes = [seen[name].cast(pa.string()) for name in ("anon_class", "anon_class_now")]
    rank = list(SIGNALS)
    found = sorted(
        _counted(*classes, seen["requests"]), key=lambda row: (rank.index(row[0]), rank.index(row[1]))
    )
    moved = clients.filter(clients["geo_now"].is_valid())
    then = pc.coalesce(
        *(moved[f"geo_{level}"].cast(pa.string()) for level in ("region", "country", "status"))
    )
    after = pa.array([_code(text) for text in moved["geo_now"].to_pylist()], pa.string())
    places = sorted(_counted(then, after, moved["requests"]), key=lambda row: (-row[2], row[0], row[1]))
    places = [row for row in places if row[0] != row[1]]
    return (
        *(Change("anonymiser", _label(old), _label(new), *numbers) for old, new, *numbers in found),
        *(Change("place", *row) for row in places[:MAX_PLACES]),
    )


def _code(text: str) -> str:
    said = json.loads(text)
    return str(said.get("region") or said.get("country") or said.get("status"))


def _counted(*columns: Any) -> list[tuple[str, str, int, int]]:
    """Clients and their requests per pair of answers."""
    import pyarrow as pa

    if not len(columns[0]):  # grouping loads a large part of pyarrow
        return []
    groups = pa.table(list(columns), names=["then", "now", "requests"]).group_by(["then", "now"])
    return [
        (row["then"], row["now"], row["requests_count"], row["requests_sum"])
        for row in groups.aggregate([("requests", "count"), ("requests", "sum")]).to_pylist()
    ]
