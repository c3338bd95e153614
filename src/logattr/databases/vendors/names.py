"""Vendors: how they are named in a database's metadata, and under which licence they publish.

``database_type`` alone proves nothing: IP2Location's databases call themselves ``GeoLite2-City``.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from logattr.databases.mmdb import Database

__all__ = ["VENDORS", "Vendor", "licence", "vendor_of"]


@dataclass(frozen=True, slots=True)
class Vendor:
    """A family of databases from one origin; two of one family are one witness.

    Parameters
    ----------
    family
        Short name.
    title
        Name for readers.
    types
        Regular expression on the beginning of ``database_type``; none where it proves nothing.
    words
        Regular expression on the description, both without regard to case.
    licences
        Regular expression on type and description, and the licence that goes with it; the first that
        is found counts.
    """

    family: str
    title: str
    types: str
    words: str
    licences: tuple[tuple[str, str], ...]


#: In the order in which they are tried.
VENDORS: tuple[Vendor, ...] = (
    Vendor(
        "ip2location",
        "IP2Location",
        "",
        r"ip2location|ip2lite|ip2proxy",
        (
            (
                r"lite",
                "CC BY-SA 4.0, with attribution: this site or product includes IP2Location LITE data "
                "available from https://lite.ip2location.com",
            ),
            (r"", "LITE editions CC BY-SA 4.0 (https://lite.ip2location.com), others commercial"),
        ),
    ),
    Vendor(
        "db-ip",
        "DB-IP",
        r"dbip",
        r"db-ip",
        (
            (r"lite", "CC BY 4.0, with a link back: IP Geolocation by DB-IP, https://db-ip.com"),
            (r"", "commercial, DB-IP (https://db-ip.com/db/)"),
        ),
    ),
    Vendor(
        "ipinfo",
        "IPinfo",
        r"ipinfo ",
        r"ipinfo",
        (
            (
                r"lite|free",
                "CC BY-SA 4.0, with attribution: IP address data powered by IPinfo, https://ipinfo.io",
            ),
            (r"sample", "CC BY 4.0, a sample of IPinfo (https://ipinfo.io)"),
            (r"", "commercial, IPinfo (https://ipinfo.io)"),
        ),
    ),
    Vendor(
        "circl",
        "CIRCL Geo Open",
        r"geoopen",
        r"geo ?open",
        ((r"", "open data of CIRCL, see https://data.public.lu and search for Geo Open"),),
    ),
    Vendor(
        "iplocate",
        "IPLocate",
        r"iplocate",
        r"iplocate",
        ((r"", "free editions CC BY-SA 4.0, with a link: https://www.iplocate.io"),),
    ),
    Vendor(
        "ip-location-db",
        "ip-location-db",
        r"ip-location-db",
        r"ip-location-db|sapics",
        (
            (r"geolite", "as GeoLite2 of MaxMind, from which it is made"),
            (r"dbip", "CC BY 4.0, made from DB-IP Lite: https://db-ip.com"),
            (r"iplocate", "CC BY-SA 4.0, made from IPLocate: https://www.iplocate.io"),
            (r"", "differs by set: https://github.com/sapics/ip-location-db"),
        ),
    ),
    Vendor(
        "maxmind",
        "MaxMind",
        r"(geolite2|geoip2?)-",
        r"maxmind|geolite2|geoip",
        (
            (
                r"geolite",
                "GeoLite End User License Agreement of MaxMind: attribution, and a build must be deleted "
                "within 30 days of the next one",
            ),
            (r"", "commercial, MaxMind (https://www.maxmind.com/en/end-user-license-agreement)"),
        ),
    ),
)
# Both have to say so: IP2Location copies MaxMind's types, and anybody may write about MaxMind.
_NEEDS_BOTH = frozenset({"maxmind"})
# "starting December 30, 2019 [...] GeoLite2 databases" under the EULA, before under CC BY-SA 4.0
# (https://blog.maxmind.com/2019/12/significant-changes-to-accessing-and-using-geolite2-databases/).
_GEOLITE_CLOSED = dt.date(2019, 12, 30)


def vendor_of(database_type: str, description: str) -> Vendor | None:
    """Vendor that the metadata name, None where they name nobody for certain.

    Examples
    --------
    >>> vendor_of("GeoLite2-City", "GeoLite2 City database").title
    'MaxMind'
    >>> vendor_of("GeoLite2-City", "IP2LITE-Country").title, vendor_of("GeoLite2-City", "mine")
    ('IP2Location', None)
    """
    for vendor in VENDORS:
        by_type = bool(vendor.types) and bool(re.match(vendor.types, database_type, re.IGNORECASE))
        by_words = bool(re.search(vendor.words, description, re.IGNORECASE))
        if (by_type and by_words) if vendor.family in _NEEDS_BOTH else (by_type or by_words):
            return vendor
    return None


def licence(database: Database, family: str) -> str:
    """Licence of a database after its vendor's usual terms; what came with the file outranks it.

    Examples
    --------
    >>> from logattr.databases import open_databases
    >>> licence(open_databases([], environ={"LOGATTR_DATA": "no-store"})[0], "maxmind")
    'CC BY-SA 4.0, with attribution to MaxMind (GeoLite2 of before 2019-12-30)'
    """
    vendor = next((one for one in VENDORS if one.family == family), None)
    if vendor is None:
        return "not known: see what came with the file"
    named = f"{database.database_type} {database.description}"
    found = next(terms for pattern, terms in vendor.licences if re.search(pattern, named, re.IGNORECASE))
    built = database.build_date
    if family == "maxmind" and "geolite" in named.lower() and built and built < _GEOLITE_CLOSED:
        return "CC BY-SA 4.0, with attribution to MaxMind (GeoLite2 of before 2019-12-30)"
    return found
