"""MaxMind (https://dev.maxmind.com/geoip/docs/databases), and who copies its layout.

These are DB-IP (https://db-ip.com/db/format), CIRCL Geo Open, IP2Location and IP2Proxy. Keys are
absent where there is nothing to say, and flags are present only when true.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from logattr.databases.values import (
    Record,
    as_number,
    dig,
    flag,
    located,
    text,
)
from logattr.databases.vendors.layout import Field, Flags, Layout, Sample, fields, flag_rows, reader

__all__ = ["LAYOUTS", "read_circl", "read_db_ip", "read_place"]

# MaxMind: "If a VPN provider does not register subnets under names associated with them, we will
# likely only flag is_hosting_provider". is_anonymous_proxy left all databases on 2025-02-10.
_CLASSES = {
    "is_tor_exit_node": "tor_exit",
    "is_anonymous_vpn": "vpn",
    "is_public_proxy": "proxy",
    "is_residential_proxy": "residential_proxy",
    "is_hosting_provider": "hosting",
    "is_anonymous_proxy": "proxy",
}
_DETAILS = {
    "confidence": Field(("anonymizer_confidence",), "int"),
    "last_seen": Field(("network_last_seen",)),
}
_FLAGS = Flags(
    flag_rows(_CLASSES),
    unspecific=("is_anonymous", Field(("is_anonymous",), "flag")),
    provider=Field(("provider_name",)),
    details=_DETAILS,
)
_RESIDENTIAL = Flags(listed="residential_proxy", provider=Field(("provider_name",)), details=_DETAILS)
# Only those user types that say something about who is behind an address
# (https://dev.maxmind.com/geoip/docs/web-services/responses: user_type).
_USER_TYPES = {
    "hosting": "hosting",
    "consumer_privacy_network": "relay",
    "content_delivery_network": "cdn",
    "search_engine_spider": "robot",
    "cellular": "mobile",
    "college": "education",
    "school": "education",
    "government": "government",
    "military": "government",
}
_ACCESS = {"Cellular": "mobile", "Satellite": "satellite"}

_NETWORK = fields("""
    as_number            autonomous_system_number
    as_org               autonomous_system_organization
    isp                  isp
    organization         organization
    mobile_country_code  mobile_country_code
    mobile_network_code  mobile_network_code
""")
_TRAITS = _NETWORK | fields("""
    domain               domain
    connection_type      connection_type
    user_type            user_type
    static_ip_score      static_ip_score
""")
_USERS = fields("""
    users_in_ipv4_32  ipv4_32
    users_in_ipv4_24  ipv4_24
    users_in_ipv6_64  ipv6_64
    users_in_ipv6_48  ipv6_48
    users_in_ipv6_32  ipv6_32
""")
_INCOME = fields("""
    average_income      average_income
    population_density  population_density
""")


def _without_district(city: str) -> str:
    return re.sub(r" \([^()]*\)\Z", "", city)


# What each record has of its own; thousands of them share all else.
_LEAVES = fields("""
    geo_city         city.names.en
    geo_lat          location.latitude
    geo_lon          location.longitude
    geo_accuracy_km  location.accuracy_radius
    geo_tz           location.time_zone
    geo_postal       postal.code
""")
_DB_IP_LEAVES = _LEAVES | {"geo_city": Field(("city", "names", "en"), clean=_without_district)}
_COUNTRIES = fields("""
    geo_country              country.iso_code
    geo_country_name         country.names.en
    geo_registered_country   registered_country.iso_code
    geo_represented_country  represented_country.iso_code
    geo_continent            continent.code
""")


def read_place(record: Any) -> Record:
    """City, Country and Enterprise."""
    return _read_place(record, _LEAVES)


def read_db_ip(record: Any) -> Record:
    """DB-IP: a city carries its district in brackets, "Toronto (Old Toronto)"."""
    return _read_place(record, _DB_IP_LEAVES)


def _read_place(record: Any, leaves: dict[str, Field]) -> Record:
    facts = {name: field.read(record) for name, field in (*_COUNTRIES.items(), *leaves.items())}
    # Present only when true, and unknown to builds of before 2023: absent is not "no".
    facts["geo_is_anycast"] = flag(dig(record, "traits", "is_anycast")) or None
    subdivisions = dig(record, "subdivisions")
    levels = [
        (dig(level, "iso_code"), dig(level, "names", "en"))
        for level in (subdivisions if isinstance(subdivisions, list) else [])
    ]
    return located(facts, levels) | _read_traits(dig(record, "traits"))


def read_circl(record: Any) -> Record:
    """Geo Open Country-ASN: the AS stands under the country, its number as text, nothing as "None"."""
    org = text(dig(record, "country", "AutonomousSystemOrganization"))
    return read_place(record) | {
        "as_number": as_number(dig(record, "country", "AutonomousSystemNumber")),
        "as_org": None if org == "None" else org,
    }


def _read_traits(traits: Any) -> Record:
    """Traits of an Enterprise record; those of City records of before 2025 hold a few flags."""
    if not isinstance(traits, dict):
        return {"anonymity": []}
    facts = {name: field.read(traits) for name, field in _TRAITS.items()}
    evidence = _FLAGS.read(traits)
    user_type = facts["user_type"]
    if user_type in _USER_TYPES:
        evidence.append((_USER_TYPES[user_type], facts["organization"], f"user_type {user_type}"))
    if flag(dig(traits, "is_legitimate_proxy")):
        # "such as an internal VPN used by a corporation" (MaxMind): a gateway, not an anonymiser.
        evidence.append(("sase", facts["organization"], "is_legitimate_proxy"))
    access = facts["connection_type"]
    satellite = bool(flag(dig(traits, "is_satellite_provider")))  # left all databases with 2025-02-10
    found = {class_ for class_, _, _ in evidence}
    if access in _ACCESS and _ACCESS[access] not in found:
        evidence.append((_ACCESS[access], facts["isp"], f"connection_type {access}"))
    elif satellite:
        evidence.append(("satellite", facts["isp"], "is_satellite_provider"))
    facts["is_mobile"] = True if access == "Cellular" or user_type == "cellular" else None
    facts["is_satellite"] = True if access == "Satellite" or satellite else None
    return {**facts, "anonymity": evidence}


def _read_isp_traits(record: Any) -> Record:
    return _read_traits(dig(record, "traits"))


def _read_connection_type(record: Any) -> Record:
    facts = _read_traits(record)
    return {name: facts.get(name) for name in ("connection_type", "is_mobile", "is_satellite", "anonymity")}


_read_network = reader(_NETWORK)
_read_anonymity = reader(fields("ip_risk  ip_risk"), _FLAGS)


def _nested(sample: Sample) -> bool:
    places = ("country", "registered_country", "represented_country", "continent")
    return any(isinstance(record.get(key), dict) for record in sample.records for key in places)


def _circl_asn(sample: Sample) -> bool:
    return sample.any("country", "AutonomousSystemNumber")


def _with_network(sample: Sample) -> bool:
    return sample.any("traits", "autonomous_system_number") or sample.any("traits", "isp")


def _fine(sample: Sample) -> bool:
    return "City" in sample.database_type or bool(sample.keys & {"city", "subdivisions", "location"})


def _flagged(product: str) -> Callable[[Sample], bool]:
    """Anonymiser flags, of which product the type decides; by type alone where no record has any."""

    def fits(sample: Sample) -> bool:
        named = product in sample.database_type
        if not sample.keys:
            return named
        return (
            bool(sample.keys & {*_CLASSES, "is_anonymous"})
            and "country_code" not in sample.keys
            and (named or product == "Anonymous-IP")
        )

    return fits


def _only(keys: str, *, named: str = "") -> Callable[[Sample], bool]:
    """No other keys than these, and this name in the type where they are too common."""
    allowed = frozenset(keys.split())
    return lambda sample: bool(sample.keys) and sample.keys <= allowed and named in sample.database_type


def _places(
    vendor: str | None, read: Callable[[Any], Record], leaves: dict[str, Field]
) -> tuple[Layout, ...]:
    """Products with nested countries, of one vendor or of everyone."""

    def of(fits: Callable[[Sample], bool]) -> Callable[[Sample], bool]:
        return lambda sample: (vendor is None or sample.vendor == vendor) and fits(sample)

    network = "Location-ISP" if vendor == "db-ip" else "Enterprise"
    return (
        Layout(
            network,
            "geo network",
            "nested country and traits.autonomous_system_number",
            of(lambda sample: _nested(sample) and _with_network(sample)),
            read,
            leaves=leaves,
        ),
        Layout(
            "City",
            "geo",
            "nested country, and city, subdivisions or location",
            of(lambda sample: _nested(sample) and _fine(sample)),
            read,
            leaves=leaves,
        ),
        Layout("Country", "geo", "nested country", of(_nested), read, leaves=leaves),
    )


#: In the order in which they are tried.
LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "Country-ASN",
        "geo network",
        "country.AutonomousSystemNumber",
        _circl_asn,
        read_circl,
        leaves=_LEAVES,
    ),
    *_places("db-ip", read_db_ip, _DB_IP_LEAVES),
    *_places(None, read_place, _LEAVES),
    Layout("ISP", "network", "traits without a country", _with_network, _read_isp_traits),
    Layout(
        "ISP",
        "network",
        "isp and autonomous_system_number",
        lambda sample: sample.has("isp") and bool(sample.keys & {"autonomous_system_number", "organization"}),
        _read_network,
        leaves=_NETWORK,
    ),
    Layout(
        "ASN",
        "network",
        "autonomous_system_number",
        lambda sample: sample.has("autonomous_system_number"),
        _read_network,
        leaves=_NETWORK,
    ),
    Layout(
        "Residential-Proxy",
        "anonymity",
        "network_last_seen or provider_name, and no flags",
        lambda sample: (
            _only("anonymizer_confidence network_last_seen provider_name")(sample)
            and (sample.has("network_last_seen") or "Residential-Proxy" in sample.database_type)
        ),
        reader({}, _RESIDENTIAL),
    ),
    *(
        Layout(product, "anonymity", "is_anonymous... flags", _flagged(product), _read_anonymity)
        for product in ("IP-Risk", "Anonymous-Plus", "Anonymous-IP")
    ),
    Layout(
        "Connection-Type", "details", "connection_type only", _only("connection_type"), _read_connection_type
    ),
    Layout(
        "Domain",
        "details",
        "domain only, and the type",
        _only("domain", named="Domain"),
        reader(fields("domain domain")),
    ),
    Layout(
        "User-Count",
        "details",
        "ipv4_24, ipv4_32, ipv6_32, ... only",
        _only("ipv4_24 ipv4_32 ipv6_32 ipv6_48 ipv6_64"),
        reader(_USERS),
    ),
    Layout(
        "Static-IP-Score",
        "details",
        "score only, and the type",
        _only("score", named="Static-IP-Score"),
        reader(fields("static_ip_score score")),
    ),
    Layout(
        "DensityIncome",
        "details",
        "average_income and population_density only",
        _only("average_income population_density"),
        reader(_INCOME),
    ),
)
