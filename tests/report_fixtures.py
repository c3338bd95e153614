"""Hand-made findings for the tests of the reports; addresses and networks are of documentation ranges."""

from __future__ import annotations

import dataclasses
import datetime
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from logattr.attribution.classes import CLASSES
from logattr.columns import CLIENTS, EVIDENCE_LINES, REJECTS, Column, schema
from logattr.report.findings import ClassCount, DatabaseSummary, Findings, InputSummary, ListSummary

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclasses.dataclass(frozen=True, slots=True)
class FakePlace:
    """What the reports use of a place."""

    code: str
    name: str
    note: str | None = None


LIAONING = FakePlace("CN-LN", "Liaoning")
SPAIN = FakePlace("ES", "Spain", "Spain includes the Canary Islands.")
BUILD = datetime.date(2018, 7, 3)
NEWEST_LIST = datetime.date(2024, 1, 29)

_ZERO = {"int8": 0, "int16": 0, "int32": 0, "int64": 0, "bool": False, "texts": []}
_DB = {"geo_status": "ok", "geo_db": "GeoLite2-City", "geo_db_build": BUILD, "geo_db_age_days": 2035}
_DB |= {"geo_sources_n": 1, "geo_country_agree": 1, "geo_region_agree": 1}
_NO_EVIDENCE = {"anon_class": "none_found", "anon_sources_checked": 3, "anon_newest_source": NEWEST_LIST}
_CHINA = _DB | {"geo_country": "CN", "geo_country_name": "China", "geo_registered_country": "CN"}
_LIAONING = _CHINA | {
    "geo_region": "CN-LN",
    "geo_region_name": "Liaoning",
    "geo_city": "Shenyang",
    "geo_accuracy_km": 50.0,
    "geo_network": "203.0.113.0/25",
    "as_number": 64496,
    "as_org": "Example Province Network",
    "as_network": "203.0.113.0/24",
    "as_db": "Example-ASN",
    "as_copy": "only",
}
_SPAIN = _DB | {
    "geo_country": "ES",
    "geo_country_name": "Spain",
    "geo_registered_country": "ES",
    "geo_region": "ES-CT",
    "geo_region_name": "Catalonia",
    "geo_subregion": "ES-B",
    "geo_subregion_name": "Barcelona",
    "geo_accuracy_km": 500.0,
    "geo_network": "198.51.100.0/26",
    "as_number": 64499,
    "as_org": "Ejemplo Telecomunicaciones, S.A.",
    "as_network": "198.51.100.0/24",
}
_HELD = {"as_number": 64510, "as_org": "Example Hosting Ltd", "as_network": "192.0.2.0/24"}
_BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"
_ENGAGED = {
    "reasons": [
        "The database places the network in the place asked for, at the level asked for.",
        "3 sources that could show an anonymiser were asked and none does.",
        "The client read and wrote content: 131 successful reads and 22 successful writes.",
    ],
    "counter_reasons": ["The database is 2,035 days older than the last event; networks move."],
    "missing": ["A second database of another vendor.", "A list of residential proxies."],
    "would_change": [
        "Another database that places the network elsewhere.",
        "A list of January 2024 that names it.",
    ],
    "user_agents": [_BROWSER, "WinSCP/5.21.8"],
    "users": ["editor2"],
    "paths": ["/projects/ep03/cut_0117.mov", "/projects/ep03/notes_修改意见.docx", "/projects/"],
}


def _time(day: int, hour: int, minute: int = 0) -> datetime.datetime:
    return datetime.datetime(2024, 1, day, hour, minute, 9, tzinfo=datetime.UTC)


def _client(
    client: str, class_: str, grade: int, requests: int, *parts: dict[str, Any], **more: Any
) -> dict[str, Any]:
    required = [column for column in CLIENTS if column.null == "never null"]
    row: dict[str, Any] = {column.name: _ZERO.get(column.type) for column in required}
    row |= {"client": client, "ip": client, "ip_lookup": client, "class": class_, "grade": grade}
    row |= {"requests": requests, "ok": requests, "highlighted": CLASSES[class_].highlighted}
    row |= {
        "ip_scope": "global",
        "geo_status": "not_found",
        "anon_class": "not_assessed",
        "place_match": "out",
    }
    row |= {"first_seen": _time(3, 1), "last_seen": _time(29, 9, 41), "days_active": 9, "sessions": 12}
    row |= {
        "bytes_sent": 1_843_200_117,
        "bytes_received": 92_114,
        "geo_sources_n": 0,
        "anon_sources_checked": 0,
    }
    for part in (*parts, more):
        row |= part
    return row


def _in(code: str, level: str, match: str = "in") -> dict[str, Any]:
    return {"place_match": match, "place": code, "place_level": level}


def client_rows() -> list[dict[str, Any]]:
    """Thirteen clients: four highlighted, four in the places and set aside, five elsewhere."""
    vpn = {
        "anon_class": "vpn",
        "anon_strength": "range",
        "anon_provider": "ExampleVPN",
        "anon_sources_checked": 3,
    }
    evidence = [{"source": "providers", "class": "vpn", "network": "192.0.2.0/26", "date": "2024-01-29"}]
    listed = vpn | {"anon_newest_source": NEWEST_LIST, "anon_evidence": json.dumps(evidence)}
    probing = {
        "noise": "scanner",
        "noise_reason": "asked for 41 known probe paths",
        "failed": 640,
        "not_found": 212,
    }
    engaged = _ENGAGED | {"reads": 131, "writes": 22, "lists": 9}
    return [
        _client("203.0.113.24", "matched", 6, 187, _LIAONING, _NO_EVIDENCE, engaged, _in("CN-LN", "region")),
        _client("198.51.100.7", "matched", 6, 64, _SPAIN, _NO_EVIDENCE, engaged, _in("ES", "country")),
        _client(
            *("203.0.113.57", "matched", 5, 49, _LIAONING, _NO_EVIDENCE, _in("CN-LN", "region")),
            reasons=["The database places the network in the place asked for, at the level asked for."],
            counter_reasons=["It fetched one listing and nothing else."],
            sessions=1,
            days_active=1,
            lists=1,
        ),
        _client(
            *(
                "203.0.113.201",
                "possible",
                4,
                12,
                _CHINA,
                _NO_EVIDENCE,
                _in("CN-LN", "country", "undetermined"),
            ),
            geo_status="country_only",
            missing=["The region of the address."],
        ),
        _client("192.0.2.14", "anonymised", 1, 4_112, _SPAIN, _HELD, listed, _in("ES", "country")),
        _client(
            "192.0.2.15",
            "anonymised",
            1,
            3_800,
            _CHINA,
            _HELD,
            listed,
            _in("CN-LN", "country", "undetermined"),
        ),
        _client(
            "203.0.113.130",
            "watcher",
            0,
            744,
            _LIAONING,
            _NO_EVIDENCE,
            _in("CN-LN", "region"),
            noise="watcher",
        ),
        _client("198.51.100.201", "scanner", 0, 852, _SPAIN, _NO_EVIDENCE, probing, _in("ES", "country")),
        _client("192.0.2.130", "infrastructure", 2, 410, _HELD, listed | {"anon_class": "hosting"}),
        _client(
            "2001:db8:7::5",
            "outside",
            3,
            9_901,
            _DB | _NO_EVIDENCE,
            geo_country="FI",
            geo_country_name="Finland",
        ),
        _client("192.0.2.200", "unlocated", 3, 6, _NO_EVIDENCE, place_match="undetermined"),
        _client("10.0.0.7", "local", 0, 9, ip_scope="private", geo_status="not_global"),
        _client(
            "gateway.example.net",
            "no_address",
            0,
            2,
            ip=None,
            ip_lookup=None,
            first_seen=None,
            last_seen=None,
        ),
    ]


def line_rows() -> list[dict[str, Any]]:
    """Two log lines of every highlighted client."""
    highlighted = [row for row in client_rows() if row["highlighted"]]
    template = (
        '{} - editor2 [{:02d}/Jan/2024:09:41:09 +0800] "{} /projects/ep03/cut_0117.mov HTTP/1.1" '
        '200 1843200 "-" "{}"'
    )
    return [
        {
            "client": row["client"],
            "source": "access.log",
            "line": 1000 * number + step,
            "offset": 200_000 * number + step,
            "time": _time(number + 1, 1, 41),
            "text": template.format(row["client"], number + 1, method, _BROWSER),
        }
        for number, row in enumerate(highlighted)
        for step, method in enumerate(("GET", "PUT"), 1)
    ]


def reject_rows() -> list[dict[str, Any]]:
    """Two lines that are no events."""
    garbled = {"source": "access.log", "line": 412, "offset": 81_002, "reason": "no field for the time"}
    cut = {"source": "access.log", "line": 20_152, "offset": 4_000_118, "reason": "cut off"}
    return [garbled | {"text": "\x16\x03\x01 handshake"}, cut | {"text": "203.0.113.24 - - [31/Jan"}]


def _table(rows: list[dict[str, Any]], columns: tuple[Column, ...]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema(columns))


def make_findings(
    *,
    clients: list[dict[str, Any]] | None = None,
    places: tuple[FakePlace, ...] = (LIAONING, SPAIN),
    **fields: Any,
) -> Findings:
    """Build findings whose counts add up; ``fields`` replace fields of the result."""
    rows = client_rows() if clients is None else clients
    events = sum(row["requests"] for row in rows)
    classes = tuple(
        ClassCount(
            *(name, row.label, row.meaning),
            clients=sum(client["class"] == name for client in rows),
            requests=sum(client["requests"] for client in rows if client["class"] == name),
        )
        for name, row in CLASSES.items()
    )
    values: dict[str, Any] = {
        "version": "0.1.0",
        "places": places,
        "options": {"evidence_lines": 2, "timezone": "UTC", "trusted_proxies": ("10.0.0.0/8",), "self": ()},
        "inputs": (_input(events),),
        "databases": (
            DatabaseSummary(
                *(
                    "GeoLite2-City",
                    "maxmind-city",
                    "MaxMind",
                    ("geo",),
                    "GeoLite2-City",
                    BUILD,
                    2035,
                    "d" * 64,
                ),
                attribution="This product includes GeoLite2 data created by MaxMind, CC BY-SA 4.0.",
            ),
        ),
        "lists": (
            ListSummary(
                *("providers", ("vpn", "hosting"), "networks", 182, 0, NEWEST_LIST, 2, "e" * 64),
                lineage="logattr",
            ),
            ListSummary(
                *("tor-exits.txt", ("tor_exit",), "networks", 1_290, 1, None, None, "f" * 64),
                lineage="Tor Project",
            ),
        ),
        "counts": {"clients": len(rows), "events": events},
        "classes": classes,
        "clients": _table(rows, CLIENTS),
        "lines": _table(line_rows() if clients is None else [], EVIDENCE_LINES),
        "rejects": _table(reject_rows(), REJECTS),
        "warnings": ("GeoLite2-City was built 2,035 days before the last event: places may have changed.",),
        "alternatives": (
            "A slip: someone who usually came through an anonymiser did not.",
            "An unrelated visitor: the server was open to anyone.",
            "An anonymiser that the sources do not know: a residential proxy, or a company's VPN.",
        ),
        "limits": (
            "No evidence of an anonymiser in the sources asked is weak evidence that there was none.",
            "A database places networks, not people.",
        ),
    }
    return Findings(**(values | fields))


def _input(events: int) -> InputSummary:
    return InputSummary(
        name="access.log",
        raw_bytes=4_000_200,
        decoded_bytes=4_000_200,
        sha256_raw="a" * 64,
        sha256_decoded="a" * 64,
        lines=events + 4,
        events=events,
        rejects=2,
        blank=2,
        formats={"combined": events},
        chosen="combined (margin 0.41 over common)",
        reject_reasons={"no field for the time": 1, "cut off": 1},
        first_time=_time(1, 0),
        last_time=_time(31, 23, 59),
        warnings=("The last line is cut off.",),
    )


# Columns whose words decide where a client is counted; the pipeline sets them, never a log.
_DECIDING = {"class", "place_match", "anon_class", "place_level", "geo_status"}


def with_every_text(findings: Findings, change: Callable[[str], str]) -> Findings:
    """The same findings with every text changed, wherever it stands."""
    changed = {
        item.name: _changed(getattr(findings, item.name), change) for item in dataclasses.fields(findings)
    }
    return Findings(**changed)


def _changed(value: Any, change: Callable[[str], str], key: str = "") -> Any:  # noqa: PLR0911
    if isinstance(value, str):
        return value if key in _DECIDING else change(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_changed(item, change) for item in value)
    if isinstance(value, dict):
        return {change(name): _changed(item, change) for name, item in value.items()}
    if isinstance(value, ClassCount):
        return dataclasses.replace(value, label=change(value.label), meaning=change(value.meaning))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return type(value)(
            **{item.name: _changed(getattr(value, item.name), change) for item in dataclasses.fields(value)}
        )
    if isinstance(value, pa.Table):
        rows = [
            {name: _changed(cell, change, name) for name, cell in row.items()} for row in value.to_pylist()
        ]
        return pa.Table.from_pylist(rows, schema=value.schema)
    return value
