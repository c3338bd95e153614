"""What the records of a vendor's database mean, in our columns.

``database_type`` does not identify a vendor: clones call themselves ``GeoLite2-City``, and the
same key holds a code in one product and a name in the next. So a database is recognised by the
shape of its records first, then by its type, then by its description; the result says how.

Understood here: MaxMind City, Country, Enterprise, ASN, ISP, Anonymous-IP, Anonymous-Plus, IP-Risk
and Residential-Proxy (https://dev.maxmind.com/geoip/docs/databases), DB-IP Lite City, Country and ASN
(https://db-ip.com/db/format), and what copies their layout.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from logattr.columns import ADDRESSES
from logattr.databases.mmdb import Database
from logattr.errors import DatabaseError

__all__ = ["Evidence", "Schema", "anonymity", "geo_columns", "network_columns", "recognise"]

#: One statement that an address belongs to an anonymiser: its class, the provider if named, and the
#: vendor's own word for it.
Evidence = tuple[str, str | None, str]

_NAMES = [column.name for column in ADDRESSES]
_GEO = _NAMES[_NAMES.index("geo_status") : _NAMES.index("geo_is_anycast") + 1]
_NETWORK = ("as_number", "as_org")

_CONTINENTS = {"AF", "AN", "AS", "EU", "NA", "OC", "SA"}
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}\Z")
# Two letters that are no country: user-assigned by ISO 3166-1 (AA, QM-QZ, XA-XZ, ZZ; Kosovo's XK is
# used by everyone), vendors' Asia/Pacific and Europe, and countries that are no more (AN, CS).
_NO_COUNTRY = re.compile(r"AA|Q[M-Z]|X[A-JL-Z]|ZZ|AP|EU|AN|CS")
_RENAMED = {"UK": "GB", "EL": "GR"}

# MaxMind: "If a VPN provider does not register subnets under names associated with them, we will
# likely only flag is_hosting_provider". is_anonymous_proxy left all databases on 2025-02-10.
_FLAGS = {
    "is_tor_exit_node": "tor_exit",
    "is_anonymous_vpn": "vpn",
    "is_public_proxy": "proxy",
    "is_residential_proxy": "residential_proxy",
    "is_hosting_provider": "hosting",
    "is_anonymous_proxy": "proxy",
}


@dataclass(frozen=True, slots=True)
class Schema:
    """How to read the records of a database.

    Parameters
    ----------
    name
        Vendor and product, such as ``MaxMind City``.
    vendor
        Family: ``maxmind``, ``db-ip``, ``circl``, or ``maxmind-compatible`` for records in MaxMind's
        layout by who knows whom.
    roles
        What it answers: ``geo``, ``network``, ``anonymity``.
    how
        How it was recognised.
    read
        One record to a dictionary of our columns, and ``anonymity`` with the evidence.
    """

    name: str
    vendor: str
    roles: frozenset[str]
    how: str
    read: Callable[[Any], dict[str, Any]]


def recognise(database: Database) -> Schema:
    """Find out how to read a database, from a sample of its records.

    Raises
    ------
    DatabaseError
        The records have no known shape; the error shows the database's type and one of them.

    Examples
    --------
    >>> from logattr.databases import open_databases
    >>> schema = recognise(open_databases([], environ={})[0])
    >>> schema.name, schema.vendor, sorted(schema.roles)
    ('MaxMind City', 'maxmind', ['geo'])
    """
    records = [record for record in database.sample() if isinstance(record, dict)]
    vendor, title = _vendor(database)
    kind, how, roles, read = _kind(records, database.database_type, vendor)
    if not kind:
        shown = repr(next((record for record in records if record), records[:1]))[:300]
        raise DatabaseError(
            f"{database.path} is of a kind that is not understood: "
            f"database_type {database.database_type!r}, with records like {shown}",
            "a City, Country, ASN or Anonymous-IP database in the layout of MaxMind or DB-IP",
            "leaving it out, or another edition from the same vendor",
        )
    how = f"records with {how}; type {database.database_type!r}; description {database.description[:80]!r}"
    return Schema(f"{title} {kind}", vendor, frozenset(roles.split()), how, read)


def _vendor(database: Database) -> tuple[str, str]:
    """Family and title of the vendor, after type and description."""
    kind, description = database.database_type, database.description.lower()
    if kind.startswith("DBIP") or "db-ip" in description:
        return "db-ip", "DB-IP"
    if kind.startswith("GeoOpen"):
        return "circl", "CIRCL Geo Open"
    # IP2Location's .MMDB files say GeoLite2-City too, but not in their description.
    own = ("maxmind", "geolite2", "geoip")
    if kind.startswith(("GeoLite2-", "GeoIP2-", "GeoIP-")) and any(word in description for word in own):
        return "maxmind", "MaxMind"
    return "maxmind-compatible", "MaxMind-compatible"


def _kind(
    records: list[dict[str, Any]], database_type: str, vendor: str
) -> tuple[str, str, str, Callable[[Any], dict[str, Any]]]:
    """Product, shape, roles and reader after the records, the type deciding where they are too few."""
    keys = {key for record in records for key in record}
    places = ("country", "registered_country", "represented_country", "continent")
    if any(isinstance(record.get(key), dict) for record in records for key in places):
        return _place_kind(records, database_type, vendor)
    if "autonomous_system_number" in keys:
        kind = "ISP" if "isp" in keys else "ASN"
        return kind, "autonomous_system_number", "network", _read_network
    if "Residential-Proxy" in database_type and keys & {"provider_name", "network_last_seen"}:
        return "Residential-Proxy", "network_last_seen or provider_name", "anonymity", _read_residential
    types = ("Anonymous-IP", "Anonymous-Plus", "IP-Risk")
    if keys & {*_FLAGS, "is_anonymous"} or (not keys and any(kind in database_type for kind in types)):
        kind = next((kind for kind in types if kind in database_type), "Anonymous-IP")
        return kind, "is_anonymous... flags", "anonymity", _read_anonymity
    return "", "", "", _read_anonymity


def _place_kind(
    records: list[dict[str, Any]], database_type: str, vendor: str
) -> tuple[str, str, str, Callable[[Any], dict[str, Any]]]:
    """Which of the products with nested countries."""
    read = _read_db_ip if vendor == "db-ip" else _read_place
    if any(_dig(record, "traits", "autonomous_system_number") for record in records):
        return "Enterprise", "nested country and traits.autonomous_system_number", "geo network", read
    finer = {"city", "subdivisions", "location"}
    if "City" in database_type or any(finer & record.keys() for record in records):
        return "City", "nested country, and city, subdivisions or location", "geo", read
    return "Country", "nested country", "geo", read


def geo_columns(schema: Schema, records: Sequence[Any]) -> dict[str, list[Any]]:
    """Geographical columns (``geo_status`` ... ``geo_is_anycast``), one entry per record.

    The country in which a network is registered is never given as its location: where the vendor
    knows no more, ``geo_status`` is ``registered_only`` and ``geo_country`` is null.

    Examples
    --------
    >>> schema = Schema("MaxMind City", "maxmind", frozenset({"geo"}), "", _read_place)
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
    >>> schema = Schema("MaxMind ASN", "maxmind", frozenset({"network"}), "", _read_network)
    >>> network_columns(schema, [{"autonomous_system_number": 64496}, {}])
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
    >>> schema = Schema("MaxMind Anonymous-IP", "maxmind", frozenset({"anonymity"}), "", _read_anonymity)
    >>> anonymity(schema, [{"is_anonymous": True, "is_tor_exit_node": True}, {}])
    [[('tor_exit', None, 'is_tor_exit_node')], []]
    """
    return [schema.read(record).get("anonymity", []) for record in records]


def _read_place(record: Any) -> dict[str, Any]:
    """MaxMind City, Country and Enterprise."""
    country = _country(_dig(record, "country", "iso_code"))
    continent = _dig(record, "continent", "code")
    facts: dict[str, Any] = {
        "geo_country": country,
        "geo_country_name": _country_name(country, _name(record, "country")),
        "geo_registered_country": _country(_dig(record, "registered_country", "iso_code")),
        "geo_represented_country": _country(_dig(record, "represented_country", "iso_code")),
        "geo_continent": continent if isinstance(continent, str) and continent in _CONTINENTS else None,
        **_regions(country, _dig(record, "subdivisions")),
        "geo_city": _name(record, "city"),
        "geo_lat": _number(_dig(record, "location", "latitude"), -90, 90),
        "geo_lon": _number(_dig(record, "location", "longitude"), -180, 180),
        "geo_accuracy_km": _number(_dig(record, "location", "accuracy_radius"), 0, 20_038),
        # Present only when true, and unknown to builds of before 2023: absent is not "no".
        "geo_is_anycast": True if _dig(record, "traits", "is_anycast") is True else None,
    }
    traits = _dig(record, "traits")
    return {**facts, "geo_status": _status(facts), **_read_network(traits), **_read_anonymity(traits)}


def _read_db_ip(record: Any) -> dict[str, Any]:
    """DB-IP: MaxMind's layout; a city carries its district in brackets, "Toronto (Old Toronto)"."""
    facts = _read_place(record)
    if facts["geo_city"]:
        facts["geo_city"] = re.sub(r" \([^()]*\)\Z", "", facts["geo_city"])
    return facts


def _read_network(record: Any) -> dict[str, Any]:
    number = _dig(record, "autonomous_system_number")
    if isinstance(number, str) and re.fullmatch(r"(AS)?[0-9]{1,10}", number):
        number = int(number.removeprefix("AS"))
    is_number = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 1 << 32
    return {
        "as_number": number if is_number else None,
        "as_org": _text(_dig(record, "autonomous_system_organization")),
    }


def _read_anonymity(record: Any) -> dict[str, Any]:
    """Read the flags that are set. MaxMind: "present only when true", so an absent one is not set."""
    provider = _text(_dig(record, "provider_name"))
    found: list[Evidence] = [
        (kind, provider, flag) for flag, kind in _FLAGS.items() if _dig(record, flag) is True
    ]
    if not found and _dig(record, "is_anonymous") is True:
        # Some anonymiser, the vendor does not say which; "proxy" is the broadest of our classes.
        found = [("proxy", provider, "is_anonymous")]
    return {"anonymity": found}


def _read_residential(record: Any) -> dict[str, Any]:
    """GeoIP-Residential-Proxy: to be in it at all is the statement."""
    if not isinstance(record, dict) or not record:
        return {"anonymity": []}
    return {"anonymity": [("residential_proxy", _text(record.get("provider_name")), "listed")]}


def _status(facts: dict[str, Any]) -> str:
    if facts["geo_country"]:
        finer = ("geo_region", "geo_region_name", "geo_subregion", "geo_city")
        return "ok" if any(facts[name] for name in finer) else "country_only"
    if facts["geo_registered_country"]:
        return "registered_only"
    return "continent_only" if facts["geo_continent"] else "not_found"


def _regions(country: str | None, subdivisions: Any) -> dict[str, str | None]:
    """Region and subregion, as ISO 3166-2 codes and in the database's names.

    Vendors order subdivisions from the broadest to the narrowest. A database that gives only a
    second level (a Spanish province) still tells the first: the community that it belongs to.
    """
    from logattr import places

    none = dict.fromkeys(("geo_region", "geo_region_name", "geo_subregion", "geo_subregion_name"))
    levels = [level for level in subdivisions if level] if isinstance(subdivisions, list) else []
    if not country or not levels:
        return none
    first, last = levels[0], levels[-1]
    region, name = _region(country, first), _name(first)
    if len(levels) > 1:
        subregion, subname = _region(country, last), _name(last)
        if not region and subregion and places.level(subregion) == "subregion":
            region = places.parent(subregion)
    elif region and places.level(region) == "subregion":
        region, name, subregion, subname = places.parent(region), None, region, name
    else:
        subregion, subname = None, None
    return dict(zip(none, (region, name, subregion, subname), strict=True))


def _region(country: str, subdivision: Any) -> str | None:
    """ISO 3166-2 code of a subdivision; DB-IP gives its name only."""
    from logattr import places

    code, name = _text(_dig(subdivision, "iso_code")), _name(subdivision)
    if code and _SUBDIVISION.match(code):
        return places.region_code(country, code, name=name)
    return places.region_by_name(country, name) if name else None


def _country(code: Any) -> str | None:
    """Alpha-2 code, or None for what is none; CIRCL writes the text "None" where it knows nothing."""
    if not isinstance(code, str) or not _COUNTRY.match(code):
        return None
    code = _RENAMED.get(code, code)
    return None if _NO_COUNTRY.match(code) else code


def _country_name(country: str | None, name: str | None) -> str | None:
    from logattr import places

    if country is None or name:
        return name if country else None
    return places.country_name(country)


def _dig(value: Any, *keys: str) -> Any:
    """Value at a path of keys, None where the path ends early or leads through something else."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _name(value: Any, *keys: str) -> str | None:
    return _text(_dig(value, *keys, "names", "en"))


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _number(value: Any, least: float, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if least <= value <= most else None  # NaN is in no range
