"""IPinfo (https://ipinfo.io/developers): flat records, in several generations.

The same key holds a code in one and a name in the next: ``country`` is ``ES`` in the older databases
and ``Spain`` in Lite, Core, Plus and the newer location database, which have ``country_code`` beside
it; ``region`` is ``NSW`` in the extended location database, ``New South Wales`` elsewhere. Numbers and
flags are texts in the older ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from logattr.databases.values import Record
from logattr.databases.vendors.layout import Field, Flags, Layout, Sample, fields, flag_rows, reader

__all__ = ["LAYOUTS"]

_AS = fields("""
    as_number   asn
    as_org      as_name
    as_domain   as_domain
    as_type     as_type
""")
# Lite, Core, Plus and location since 2025; each has some of these.
_NEW = _AS | fields("""
    geo_country       country_code
    geo_country_name  country
    geo_continent     continent_code
    geo_region        region_code
    geo_region_name   region
    geo_city          city
    geo_lat           latitude
    geo_lon           longitude
    geo_accuracy_km   radius
    geo_is_anycast    is_anycast
    geo_postal        postal_code
    geo_tz            timezone
    is_mobile         is_mobile
    is_satellite      is_satellite
""")
_OLD_COUNTRY = _AS | fields("""
    geo_country       country
    geo_country_name  country_name
    geo_continent     continent
""")
_OLD_LOCATION = fields("""
    geo_country      country
    geo_region       region_code
    geo_region_name  region
    geo_city         city
    geo_lat          lat
    geo_lon          lng
    geo_postal       postal_code
    geo_tz           timezone
""")
_EXTENDED_LOCATION = fields("""
    geo_country       country
    geo_country_name  country_name
    geo_region        region
    geo_region_name   region_name
    geo_city          city
    geo_lat           latitude
    geo_lon           longitude
    geo_accuracy_km   radius
    geo_postal        postal_code
    geo_tz            timezone
""")
_ASN = fields("""
    as_number  asn
    as_org     name
    as_domain  domain
    as_type    type
""")
_COMPANY = _AS | fields("""
    organization         name
    organization_domain  domain
    organization_type    type
""")
_CARRIER = fields("""
    carrier              name
    mobile_country_code  mcc
    mobile_network_code  mnc
""")
_OLD_CARRIER = _CARRIER | fields("carrier carrier")
_DEVICES = fields("""
    as_number        asn
    devices_daily    devices_daily
    devices_weekly   devices_weekly
    devices_monthly  devices_monthly
""")


_BUNDLE = Flags(
    flag_rows(
        {
            "is_tor": "tor_exit",
            "is_vpn": "vpn",
            "is_proxy": "proxy",
            "is_relay": "relay",
            "is_hosting": "hosting",
            "is_satellite": "satellite",
            "is_mobile": "mobile",
        }
    ),
    # "Core" says only that an address is anonymous, not how; hosting and access are statements of their own.
    unspecific=("is_anonymous", Field(("is_anonymous",), "flag")),
    apart=frozenset({"hosting", "satellite", "mobile"}),
)
_PRIVACY = Flags(
    flag_rows({"tor": "tor_exit", "vpn": "vpn", "proxy": "proxy", "relay": "relay", "hosting": "hosting"}),
    provider=Field(("service",)),
    details={
        "confidence": Field(("confidence",), "float"),
        "first_seen": Field(("first_seen",)),
        "last_seen": Field(("last_seen",)),
    },
)
_OLD_EXTENDED_PRIVACY = Flags(_PRIVACY.flags, provider=Field(("vpn_name",)))
_RESIDENTIAL = Flags(
    listed="residential_proxy",
    provider=Field(("service",)),
    details={
        "percent_of_days_seen": Field(("percent_days_seen",), "int"),
        "last_seen": Field(("last_seen",)),
    },
)
# What a company does is stated for the network itself, unlike the type of its AS.
_COMPANY_TYPE = Flags(
    [
        (kind, f"type {kind}", Field(("type",), "flag", frozenset({kind})))
        for kind in ("hosting", "education", "government")
    ],
    provider=Field(("name",)),
)


def _mobile(fields_: Mapping[str, Field]) -> Callable[[object], Record]:
    """Carriers: an address is in the database because it is a mobile network's."""
    read = reader(fields_)

    def of(record: object) -> Record:
        facts = read(record)
        carrier = facts["carrier"]
        evidence = [("mobile", carrier, "carrier")] if carrier else []
        return {**facts, "is_mobile": True if carrier else None, "anonymity": evidence}

    return of


def _new(sample: Sample) -> bool:
    # A name of two letters does not exist among countries, so every longer text is a name.
    return sample.has("country country_code") and sample.all_match("country_code", "[A-Z]{2}")


def _coded(sample: Sample) -> bool:
    return sample.has("country") and sample.all_match("country", "[A-Z]{2}|None")


_layout = partial(Layout, vendor="IPinfo")
_NO_PLACE = (
    "it says neither where an address is, nor whose network it is in, nor who hides behind it; IPinfo's "
    "Lite, location, ASN and privacy databases do"
)

#: In the order in which they are tried.
LAYOUTS: tuple[Layout, ...] = (
    _layout(
        "Plus",
        "geo network anonymity",
        "country_code beside a country's name, is_vpn and is_anonymous",
        lambda sample: _new(sample) and sample.has("is_vpn is_anonymous"),
        reader(_NEW, _BUNDLE, place=True),
    ),
    _layout(
        "Core",
        "geo network anonymity",
        "country_code beside a country's name, and is_anonymous",
        lambda sample: _new(sample) and sample.has("is_anonymous"),
        reader(_NEW, _BUNDLE, place=True),
    ),
    _layout(
        "location",
        "geo",
        "country_code beside a country's name, city and latitude",
        lambda sample: _new(sample) and sample.has("city latitude"),
        reader(_NEW, place=True),
    ),
    _layout(
        "Lite",
        "geo network",
        "country_code beside a country's name, and asn",
        lambda sample: _new(sample) and sample.has("asn"),
        reader(_NEW, place=True),
    ),
    _layout(
        "country",
        "geo",
        "country_code beside a country's name, and continent_code",
        lambda sample: _new(sample) and sample.has("continent_code"),
        reader(_NEW, place=True),
    ),
    _layout(
        "location, extended",
        "geo",
        "country as a code, country_name, region_name and latitude",
        lambda sample: _coded(sample) and sample.has("country_name region region_name latitude"),
        reader(_EXTENDED_LOCATION, place=True),
    ),
    _layout(
        "location, older schema",
        "geo",
        "country as a code, region, lat and lng",
        lambda sample: _coded(sample) and sample.has("region lat lng"),
        reader(_OLD_LOCATION, place=True),
    ),
    _layout(
        "country and ASN, older schema",
        "geo network",
        "country as a code, country_name and asn",
        lambda sample: _coded(sample) and sample.has("country_name asn"),
        reader(_OLD_COUNTRY, place=True),
    ),
    _layout(
        "country, older schema",
        "geo",
        "country as a code, and country_name",
        lambda sample: _coded(sample) and sample.has("country_name"),
        reader(_OLD_COUNTRY, place=True),
    ),
    _layout(
        "company",
        "network",
        "name, domain, type and as_name",
        lambda sample: sample.has("name domain type asn as_name"),
        reader(_COMPANY, _COMPANY_TYPE),
    ),
    _layout(
        "ASN",
        "network",
        "asn, name and domain",
        lambda sample: sample.has("asn name domain") and "org" not in sample.keys,  # org: IPLocate's
        reader(_ASN),
    ),
    _layout(
        "privacy, extended, older schema",
        "anonymity",
        "hosting, proxy, relay, tor, vpn and vpn_name",
        lambda sample: sample.has("hosting proxy relay tor vpn vpn_name"),
        reader({}, _OLD_EXTENDED_PRIVACY),
    ),
    _layout(
        "privacy, extended",
        "anonymity",
        "hosting, proxy, relay, tor, vpn and confidence",
        lambda sample: sample.has("hosting proxy relay tor vpn confidence"),
        reader({}, _PRIVACY),
    ),
    _layout(
        "privacy",
        "anonymity",
        "hosting, proxy, relay, tor and vpn",
        lambda sample: sample.has("hosting proxy relay tor vpn"),
        reader({}, _PRIVACY),
    ),
    _layout(
        "residential proxy",
        "anonymity",
        "service, last_seen and percent_days_seen",
        lambda sample: sample.has("service last_seen percent_days_seen"),
        reader({}, _RESIDENTIAL),
    ),
    _layout(
        "carrier, older schema",
        "details",
        "carrier, mcc and mnc",
        lambda sample: sample.has("carrier mcc mnc"),
        _mobile(_OLD_CARRIER),
    ),
    _layout(
        "carrier",
        "details",
        "name, mcc and mnc",
        lambda sample: sample.has("name mcc mnc"),
        _mobile(_CARRIER),
    ),
    _layout(
        "device count",
        "network",
        "asn and devices_daily, devices_weekly, devices_monthly",
        lambda sample: sample.has("asn devices_daily devices_weekly devices_monthly"),
        reader(_DEVICES),
    ),
    _layout(
        "reverse DNS domains",
        "",
        "domain and size",
        lambda sample: sample.has("domain size"),
        None,
        refusal=_NO_PLACE,
    ),
    _layout(
        "hosted domains",
        "",
        "domains and total",
        lambda sample: sample.has("domains total"),
        None,
        refusal=_NO_PLACE,
    ),
    _layout(
        "abuse contacts",
        "",
        "email and phone",
        lambda sample: sample.has("email phone"),
        None,
        refusal=_NO_PLACE,
    ),
    _layout(
        "places",
        "",
        "category and ssid or brand",
        lambda sample: sample.has("name category") and bool(sample.keys & {"ssid", "brand"}),
        None,
        refusal=_NO_PLACE,
    ),
)
