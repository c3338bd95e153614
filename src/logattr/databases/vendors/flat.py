"""Flat records of free databases: IPLocate and ip-location-db.

https://github.com/iplocate/ip-address-databases, https://github.com/sapics/ip-location-db. Both name
the country by ``country_code``; the latter stores coordinates as texts, to leave them empty.
"""

from __future__ import annotations

from logattr.databases.vendors.layout import Layout, Sample, fields, reader

__all__ = ["LAYOUTS"]

_PLACE = fields("""
    geo_country         country_code
    geo_country_name    country_name
    geo_continent       continent_code
    geo_region_name     state1
    geo_subregion_name  state2
    geo_city            city
    geo_lat             latitude
    geo_lon             longitude
    geo_postal          postcode
    geo_tz              timezone
""")
_IPLOCATE_ASN = fields("""
    as_number   asn
    as_org      org
    as_domain   domain
""")


def _country(sample: Sample) -> bool:
    return sample.has("country_code") and sample.all_match("country_code", "[A-Z]{2}|None|-")


#: In the order in which they are tried.
LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "ASN",
        "network",
        "asn, name, org and domain",
        lambda sample: sample.has("asn name org"),
        reader(_IPLOCATE_ASN),
        vendor="IPLocate",
    ),
    Layout(
        "City",
        "geo",
        "country_code, state1 and city",
        lambda sample: _country(sample) and sample.has("state1 city"),
        reader(_PLACE, place=True),
        vendor="ip-location-db",
    ),
    Layout(
        "Country",
        "geo",
        "country_code, country_name and continent_code",
        lambda sample: _country(sample) and sample.has("country_name continent_code"),
        reader(_PLACE, place=True),
        vendor="IPLocate",
    ),
    Layout(
        "Country",
        "geo",
        "country_code only",
        lambda sample: _country(sample) and sample.keys == {"country_code"},
        reader(_PLACE, place=True),
        vendor="ip-location-db",
    ),
)
