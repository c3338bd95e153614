"""From the values in a vendor's record to values of our columns.

Vendors write the same thing in many ways: ``"AS13335"`` or 13335, ``"true"``, ``True`` or ``""``,
``"41.5"`` or 41.5. Everything is accepted that has one meaning only; what has none becomes None, and
no value, however odd, raises.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from logattr.columns import ADDRESSES
from logattr.databases.facts import FACTS
from logattr.patterns import lazily

__all__ = [
    "KINDS",
    "Evidence",
    "Reader",
    "Record",
    "as_number",
    "continent",
    "country",
    "default_kind",
    "dig",
    "flag",
    "kilometres",
    "latitude",
    "located",
    "longitude",
    "number",
    "seen_in",
    "statement",
    "text",
]

#: What a record becomes: our columns, facts, and the evidence under ``anonymity``.
Record = dict[str, Any]
Reader = Callable[[Any], Record]
#: One statement that an address belongs to an anonymiser: its class, the provider if named, and the
#: vendor's own word for it.
Evidence = tuple[str, str | None, str]

_CONTINENTS = frozenset({"AF", "AN", "AS", "EU", "NA", "OC", "SA"})
_COUNTRY = lazily(r"[A-Z]{2}\Z")
_SUBDIVISION = lazily(r"[A-Z0-9]{1,3}\Z")
_NUMBER = lazily(r"[+-]?[0-9]{1,20}(\.[0-9]{1,30})?\Z", re.ASCII)
_AS_NUMBER = lazily(r"(AS)?[0-9]{1,10}\Z", re.ASCII | re.IGNORECASE)
# Two letters that are no country: user-assigned by ISO 3166-1 (AA, QM-QZ, XA-XZ, ZZ; Kosovo's XK is
# used by everyone), vendors' Asia/Pacific and Europe, and countries that are no more (AN, CS).
_NO_COUNTRY = lazily(r"AA|Q[M-Z]|X[A-JL-Z]|ZZ|AP|EU|AN|CS")
_RENAMED = {"UK": "GB", "EL": "GR"}
_TRUE, _FALSE = frozenset({"true", "yes", "y", "1"}), frozenset({"", "false", "no", "n", "0", "-"})


def dig(value: Any, *path: str | int) -> Any:
    """Value at a path of keys and list positions, None where it ends early or leads elsewhere.

    Examples
    --------
    >>> dig({"subdivisions": [{"iso_code": "LN"}]}, "subdivisions", 0, "iso_code")
    'LN'
    """
    for step in path:
        if value is None:
            return None
        if isinstance(value, dict):
            # A path in dotted form has numbers for list positions; as a key they are text.
            value = value.get(step) if type(step) is str else value.get(step, value.get(str(step)))
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def text(value: Any) -> str | None:
    """Text without blanks around it; ``-`` is how IP2Location writes nothing."""
    stripped = value.strip() if isinstance(value, str) else ""
    return None if stripped in ("", "-") else stripped


def flag(value: Any, words: frozenset[str] = frozenset()) -> bool | None:
    """Whether something holds, None where the value does not say.

    Parameters
    ----------
    value
        A boolean, a number 0 or 1, or text; an empty text is no.
    words
        Words that mean yes, in lower case; every other one then means no.

    Examples
    --------
    >>> flag("true"), flag(""), flag("maybe"), flag("DCH", frozenset({"dch"})), flag(None)
    (True, False, None, True, None)
    """
    if isinstance(value, str):
        word = value.strip().lower()
        if words:
            return word in words
        return True if word in _TRUE else False if word in _FALSE else None
    if words or not isinstance(value, int) or value not in (0, 1):
        return None
    return bool(value)


def number(value: Any, least: float = float("-inf"), most: float = float("inf")) -> float | None:
    """Number in a range, also from a text such as IPinfo's ``"39.93"``."""
    if isinstance(value, str) and _NUMBER.match(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not least <= value <= most:  # NaN is in no range
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None  # JSON has no infinity


def whole(value: Any) -> int | None:
    """Whole number that fits a column of 64 bits."""
    found = number(value, -(1 << 53), 1 << 53)
    return int(found) if found is not None and found.is_integer() else None


def latitude(value: Any) -> float | None:
    """Degrees from -90 to 90."""
    return number(value, -90, 90)


def longitude(value: Any) -> float | None:
    """Degrees from -180 to 180."""
    return number(value, -180, 180)


def kilometres(value: Any) -> float | None:
    """Distance on the globe: at most half of its circumference."""
    return number(value, 0, 20_038)


def as_number(value: Any) -> int | None:
    """Number of an autonomous system, also from ``"AS64496"``; 0 is reserved and means none."""
    if isinstance(value, str) and _AS_NUMBER.match(value.strip()):
        value = int(value.strip().upper().removeprefix("AS"))
    is_number = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 32
    return value if is_number else None


def country(value: Any) -> str | None:
    """Alpha-2 code, or None for what is none; CIRCL writes the text "None" where it knows nothing."""
    if not isinstance(value, str) or not _COUNTRY.match(value):
        return None
    code = _RENAMED.get(value, value)
    return None if _NO_COUNTRY.match(code) else code


@lru_cache(maxsize=1024)
def _country_by_name(name: str) -> str | None:
    from logattr.places.names import codes_by_name

    codes = [code for code in codes_by_name(name) if "-" not in code]
    return codes[0] if len(codes) == 1 else None


def country_named(value: Any) -> str | None:
    """Alpha-2 code of a country that is given by its name."""
    name = text(value)
    return _country_by_name(name) if name and len(name) <= 200 else None


def continent(value: Any) -> str | None:
    """Code of a continent."""
    return value if isinstance(value, str) and value in _CONTINENTS else None


def scalar(value: Any) -> str | float | None:
    """Text or number as it stands, for what is shown and not counted."""
    return number(value) if isinstance(value, int | float) else text(value)


#: How a value may be read, by the name that mapping files use.
KINDS: dict[str, Callable[[Any], Any]] = {
    "text": text,
    "scalar": scalar,
    "flag": flag,
    "int": whole,
    "float": number,
    "latitude": latitude,
    "longitude": longitude,
    "km": kilometres,
    "as_number": as_number,
    "country": country,
    "country_name": country_named,
    "continent": continent,
}

_KIND_OF = {
    "geo_country": "country",
    "geo_registered_country": "country",
    "geo_represented_country": "country",
    "geo_continent": "continent",
    "geo_lat": "latitude",
    "geo_lon": "longitude",
    "geo_accuracy_km": "km",
    "as_number": "as_number",
}
_KIND_OF_TYPE = {"bool": "flag", "float64": "float", "int64": "int"}


def default_kind(name: str) -> str:
    """How the value of a column or fact is read, unless a mapping says otherwise.

    Examples
    --------
    >>> default_kind("geo_lat"), default_kind("as_org"), default_kind("is_mobile")
    ('latitude', 'text', 'flag')
    """
    types = {column.name: column.type for column in (*ADDRESSES, *FACTS.values())}
    return _KIND_OF.get(name) or _KIND_OF_TYPE.get(types[name], "text")


def statement(word: str, **details: Any) -> str:
    """Put the vendor's word for a piece of evidence into words, with what else it says about it.

    Examples
    --------
    >>> statement("is_anonymous_vpn", confidence=30, last_seen="2025-04-14")
    'is_anonymous_vpn (confidence 30, last seen 2025-04-14)'
    >>> statement("vpn", confidence=None)
    'vpn'
    """
    said = [
        f"{name.replace('_', ' ')} {value:g}"
        if isinstance(value, float)
        else f"{name.replace('_', ' ')} {value}"
        for name, value in details.items()
        if value is not None
    ]
    return f"{word} ({', '.join(said)})" if said else word


_SEEN = lazily(r"\b(first|last) seen ([0-9]{4}-[0-9]{2}-[0-9]{2})")


def seen_in(said: str) -> tuple[dt.date | None, dt.date | None]:
    """First and last day that a :func:`statement` names; None where it names none.

    Examples
    --------
    >>> seen_in(statement("vpn", last_seen="2025-04-14"))
    (None, datetime.date(2025, 4, 14))
    """
    days: dict[str, dt.date] = {}
    for which, day in _SEEN.findall(said):
        with suppress(ValueError):  # a day that no calendar holds
            days[which] = dt.date.fromisoformat(day)
    return days.get("first"), days.get("last")


def located(facts: Mapping[str, Any], levels: Sequence[tuple[Any, Any]]) -> Record:
    """Complete a place: ISO 3166-2 codes of its regions, the country's name, and the status.

    The country in which a network is registered is never given as its location: where the vendor
    knows no more, ``geo_status`` is ``registered_only`` and ``geo_country`` is null.

    Parameters
    ----------
    facts
        Columns read so far.
    levels
        Code and name of the place's subdivisions, either of them possibly None, the broadest first.

    Examples
    --------
    >>> place = located({"geo_country": "ES"}, [("B", "Barcelona")])
    >>> place["geo_status"], place["geo_region"], place["geo_subregion"], place["geo_country_name"]
    ('ok', 'ES-CT', 'ES-B', 'Spain')
    """
    code = facts.get("geo_country")
    regions = _NO_REGIONS
    if code and levels:
        texts = [(text(part), text(name)) for part, name in levels]
        known = tuple([level for level in texts if level != (None, None)])
        regions = _regions(code, known) if known else _NO_REGIONS
    complete = {**facts, **dict(zip(_REGIONS, regions, strict=True))}
    complete["geo_country_name"] = _country_name(code, facts.get("geo_country_name"))
    complete["geo_status"] = _status(complete)
    return complete


_REGIONS = ("geo_region", "geo_region_name", "geo_subregion", "geo_subregion_name")
_NO_REGIONS: tuple[str | None, ...] = (None, None, None, None)


def _status(facts: Mapping[str, Any]) -> str:
    if facts.get("geo_country"):
        finer = any(map(facts.get, ("geo_region", "geo_region_name", "geo_subregion", "geo_city")))
        return "ok" if finer else "country_only"
    if facts.get("geo_registered_country"):
        return "registered_only"
    return "continent_only" if facts.get("geo_continent") else "not_found"


def _country_name(code: str | None, name: str | None) -> str | None:
    if code is None or name:
        return name if code else None
    from logattr import places

    return places.country_name(code)


@lru_cache(maxsize=1 << 16)
def _regions(code: str, levels: tuple[tuple[str | None, str | None], ...]) -> tuple[str | None, ...]:
    """Region and subregion, as ISO 3166-2 codes and in the database's names.

    Vendors order subdivisions from the broadest to the narrowest. A database that gives only a
    second level (a Spanish province) still tells the first: the community that it belongs to.
    """
    from logattr import places

    first, last = levels[0], levels[-1]
    region, name = _region(code, *first), first[1]
    if len(levels) > 1:
        subregion, subname = _region(code, *last, within=region), last[1]
        if not region and subregion and places.level(subregion) == "subregion":
            region = places.parent(subregion)
        return region, name, subregion, subname
    if region and places.level(region) == "subregion":
        return places.parent(region), None, region, name
    return region, name, None, None


def _region(code: str, part: str | None, name: str | None, *, within: str | None = None) -> str | None:
    """ISO 3166-2 code of a subdivision; some vendors give its name only."""
    from logattr import places

    part = part.removeprefix(f"{code}-") if part else None
    if part and _SUBDIVISION.match(part):
        return places.region_code(code, part, name=name)
    return places.region_by_name(code, name, within=within) if name else None
