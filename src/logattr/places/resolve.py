"""From what somebody types to a place: "Liaoning", "CN-LN", "辽宁", "Spain", "ES", "Madrid, ES".

A name either means one place or it is an error that lists what it could mean. There is no fuzzy
matching: a finding about the wrong province is worse than a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from logattr.errors import PlaceError
from logattr.patterns import lazily
from logattr.places import names
from logattr.places.codes import level, lineage, parent, place_name, successors
from logattr.places.tables import countries, subdivisions

__all__ = ["Place", "resolve", "resolve_many"]

_MAX_LENGTH = 100
_MAX_SHOWN = 12

# Not ISO 3166-1, but what people and some databases write. EU and AP (MaxMind's "somewhere in
# Europe", "somewhere in Asia") are no places and stay unknown.
_SPOKEN_COUNTRY_CODES = {"UK": "GB", "EL": "GR", "XKX": "XK", "XKK": "XK", "UAE": "AE", "ROK": "KR"}
_CODE = lazily(r"([A-Za-z]{2})[-_]([A-Za-z0-9]{1,3})")
_CODE_AT_END = lazily(r".+\(([A-Za-z]{2}(?:[-_][A-Za-z0-9]{1,3})?)\)")

# GB/T 2260, China's own numbering: the first two digits are the province (and the pre-2017 ISO code),
# the rest a prefecture and a county.
_GB2260 = lazily(r"[1-9]\d{5}")
_GB2260_NOT_IN_ISO = {"81": ("HK",), "82": ("MO",)}

_NOTES = {
    "UA-43": "part of Ukraine in ISO 3166 and GeoNames; some databases and networks file it under Russia",
    "UA-40": "part of Ukraine in ISO 3166 and GeoNames; some databases and networks file it under Russia",
    "CN": "without Hong Kong, Macao and Taiwan, which databases treat as countries of their own",
    "XK": "user-assigned code; databases without it file Kosovo under Serbia",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A country or one of its regions, as asked for.

    Parameters
    ----------
    code
        ISO 3166-1 alpha-2 or ISO 3166-2 code: ``ES``, ``CN-LN``.
    name
        Common English name where there is one, else the name in ISO 3166.
    country
        Alpha-2 code of the country.
    level
        ``country``, ``region`` or ``subregion``.
    parent
        Code one level up; None for a country.
    note
        What a reader of the result should know about this place; None when there is nothing special.

    Examples
    --------
    >>> print(Place("CN-LN", "Liaoning", "CN", "region", "CN"))
    Liaoning (CN-LN)
    """

    code: str
    name: str
    country: str
    level: str
    parent: str | None
    note: str | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


def resolve(text: str) -> Place:
    """Find the place that a code or a name stands for.

    Parameters
    ----------
    text
        An ISO 3166 code in any case (``cn-ln``, ``ES``, ``ESP``), a retired one (``CN-21``), a GB/T 2260
        number (``210000``), a name in English, in the place's own language or as commonly spelled, or
        a name with the country or region it lies in: ``Madrid, ES``, ``Georgia, USA``.

    Returns
    -------
    Place
        The one place meant. Where a place and a part of it share the name, the broader one: Madrid is
        the community, not the province inside it. A country's name shared with a region of another
        country is ambiguous (Georgia, Niger, Luxembourg). Where databases treat a region as a country
        (Puerto Rico, Hong Kong, Réunion), that country.

    Raises
    ------
    PlaceError
        The name is shared by places of which none contains the others (``candidates`` lists them), is
        that of a city (``candidates`` holds its region), or is unknown (``candidates`` holds the nearest
        spellings; they are never taken for the answer).

    Notes
    -----
    A code wins over a name: ``CA`` is Canada, never California. Cities are no level of their own,
    because databases put most addresses of a province on its largest city.

    Examples
    --------
    >>> print(resolve("辽宁"), resolve("cn-21"), resolve("España"), resolve("Madrid, ES"), sep="; ")
    Liaoning (CN-LN); Liaoning (CN-LN); Spain (ES); Madrid (ES-MD)
    >>> resolve("Georgia")
    Traceback (most recent call last):
    logattr.errors.PlaceError: 'Georgia' is the name of 2 places; expected ...
    """
    text = str(text)
    shown = _shown(text)
    name = " ".join(text.split())
    if not name or len(name) > _MAX_LENGTH:
        raise PlaceError(
            f"{shown} is no place",
            f"a name or an ISO 3166 code of 1 to {_MAX_LENGTH} characters",
            "Liaoning, CN-LN, 辽宁, Spain, ES",
        )
    codes = _codes_from_code(name, shown)
    if not codes:
        _refuse_city(name, shown)
        codes = _codes_from_name(name)
    codes = names.broadest(codes)
    if not codes:
        raise _unknown(name, shown)
    if len(codes) > 1:
        raise _ambiguous(codes, shown)
    return _place(next(iter(codes)))


def resolve_many(texts: Iterable[str]) -> tuple[Place, ...]:
    """Resolve several places; the order is kept, a place named twice is there once.

    Parameters
    ----------
    texts
        Whatever :func:`resolve` takes.

    Raises
    ------
    PlaceError
        The first text that does not mean exactly one place.

    Examples
    --------
    >>> [place.code for place in resolve_many(["Liaoning", "Spain", "辽宁"])]
    ['CN-LN', 'ES']
    """
    return tuple(dict.fromkeys(resolve(text) for text in texts))


def _place(code: str) -> Place:
    return Place(code, place_name(code), lineage(code)[-1], level(code), parent(code), _NOTES.get(code))


def _codes_from_code(text: str, shown: str) -> frozenset[str]:
    """Read the text as a code; empty when it has not the form of one, or could still be a name."""
    at_end = _CODE_AT_END.fullmatch(text)  # "Liaoning (CN-LN)", as candidates are printed
    text = at_end[1] if at_end else text
    if _GB2260.fullmatch(text):
        return _codes_from_gb2260(text, shown)
    if match := _CODE.fullmatch(text):
        return _codes_from_iso_3166_2(f"{match[1]}-{match[2]}".upper(), shown)
    if re.fullmatch(r"[A-Za-z]{2,3}", text):
        country = _SPOKEN_COUNTRY_CODES.get(text.upper(), text.upper())
        if len(country) == 3:
            import pycountry

            found = pycountry.countries.get(alpha_3=country)
            country = found.alpha_2 if found else ""
        return frozenset({country} & countries().keys())
    return frozenset()


def _codes_from_iso_3166_2(code: str, shown: str) -> frozenset[str]:
    after = successors(code)
    if code in subdivisions() and not (after and "-" not in after[0]):
        return frozenset({code})
    if len(after) > 1:
        labels = tuple(map(names.labelled, after))
        raise PlaceError(f"{shown} was divided", "a code in use", ", ".join(labels), labels)
    if after:
        return frozenset(after)
    country = code.partition("-")[0]
    if country not in countries():
        return frozenset()  # "al-Bu", "co-op": no country code in front, so perhaps a name
    import difflib

    near = difflib.get_close_matches(code, [c for c in subdivisions() if c.startswith(f"{country}-")], 5, 0.6)
    raise PlaceError(
        f"{shown} is no region of {place_name(country)} in ISO 3166-2",
        "a code in use or a retired one",
        ", ".join(map(names.labelled, near)) or f"{country} for the whole country",
        tuple(map(names.labelled, near)),
    )


def _codes_from_gb2260(number: str, shown: str) -> frozenset[str]:
    province = frozenset(_GB2260_NOT_IN_ISO.get(number[:2]) or successors(f"CN-{number[:2]}"))
    if province and not number.endswith("0000"):
        raise _city(tuple(province), f"{shown} is a GB/T 2260 number below the province")
    return province


def _codes_from_name(text: str) -> frozenset[str]:
    codes = names.codes_by_name(text)
    if codes or "," not in text:
        return codes
    name, _, container = text.rpartition(",")
    inside = _codes_from_code(container.strip(), "") or names.codes_by_name(container)
    return frozenset(c for c in names.codes_by_name(name) if inside.intersection(lineage(c)[1:]))


def _refuse_city(text: str, shown: str) -> None:
    """Name the region of a known city instead of guessing that the region was meant."""
    head, comma, _ = text.partition(",")
    regions = names.cities_by_name().get(names.fold(head if comma else text))
    if regions:
        raise _city(regions, f"{shown} is a city")


def _city(regions: tuple[str, ...], given: str) -> PlaceError:
    labels = tuple(map(names.labelled, regions))
    return PlaceError(
        given,
        "a country or a region, because databases put most of a region's addresses on its largest city",
        ", ".join(labels),
        labels,
    )


def _ambiguous(codes: frozenset[str], shown: str) -> PlaceError:
    labels = tuple(map(names.labelled, names.by_breadth(codes)))
    more = f" and {len(labels) - _MAX_SHOWN} more" if len(labels) > _MAX_SHOWN else ""
    return PlaceError(
        f"{shown} is the name of {len(labels)} places",
        "a code or a name with its country, such as 'Georgia, US'",
        ", ".join(labels[:_MAX_SHOWN]) + more,
        labels,
    )


def _unknown(text: str, shown: str) -> PlaceError:
    import difflib

    folded = names.fold(text)
    # Two or three letters are near everything.
    near = (
        difflib.get_close_matches(folded, names.all_spellings(), n=8, cutoff=0.75) if len(folded) > 3 else []
    )
    codes = dict.fromkeys(c for spelling in near for c in names.by_breadth(names.codes_by_name(spelling)))
    labels = tuple(names.labelled(code) for code in codes)[:_MAX_SHOWN]
    return PlaceError(
        f"{shown} is no known country or region",
        "a name or an ISO 3166 code",
        f"is it {' or '.join(labels[:5])}?" if labels else "its ISO 3166 code, or the English name",
        labels,
    )


def _shown(text: str) -> str:
    """Quote input for a message: control characters and text direction marks escaped, length bounded."""
    return repr(text) if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]!r}…"
