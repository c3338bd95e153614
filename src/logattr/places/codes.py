"""Region codes: from what a database says to the current ISO 3166-2 code, and up the hierarchy.

Address databases give the part of the code after the dash, in the edition of ISO 3166-2 that was
current when they were built: MaxMind said ``22`` for Jilin before November 2017 and ``JL`` after it.
"""

from __future__ import annotations

import re

from logattr.places.tables import countries, former_codes, subdivisions

__all__ = [
    "country_name",
    "is_known",
    "level",
    "lineage",
    "parent",
    "place_name",
    "region_code",
    "region_is_standard",
    "successors",
]

# ISO gave Iran's numbers to other provinces in November 2020 (07 was Tehran and is now Fars), so
# there the number alone does not say which edition it comes from; the name does.
_RENUMBERED = frozenset({"IR"})


def region_code(country: str, code: str, *, name: str | None = None) -> str | None:
    """Current ISO 3166-2 code of what a database calls a region.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code of the record's country.
    code
        The database's code of the region: the part after the dash, or the whole code.
    name
        The region's name in the same record. Needed only where ISO gave old numbers to other regions
        (Iran, November 2020): there a name that is understood outweighs the number.

    Returns
    -------
    str or None
        The current code. A retired code with one successor is replaced, a lost leading zero is
        restored. Any other code, and one whose region was divided, comes back unchanged as
        ``COUNTRY-CODE``: databases know codes that ISO lacks. None when there is no country or no code.

    Examples
    --------
    >>> region_code("CN", "21"), region_code("TR", "1"), region_code("IN", "TG"), region_code("HK", "HSO")
    ('CN-LN', 'TR-01', 'IN-TS', 'HK-HSO')
    """
    country, code = (country or "").strip().upper(), (code or "").strip().upper()
    code = code.removeprefix(f"{country}-")
    if not country or not code:
        return None
    if country in _RENUMBERED and name:
        from logattr.places.names import region_by_name

        by_name = region_by_name(country, name)
        if by_name:
            return by_name
    # Spreadsheets and some CSV exports drop leading zeros; no country uses both 1 and 01.
    for spelling in (code, code.zfill(2), code.zfill(3)):
        full = f"{country}-{spelling}"
        after = former_codes().get(full, ())
        if len(after) == 1 and after[0].startswith(f"{country}-"):
            return after[0]
        if full in subdivisions() or full in former_codes():
            return full
    return f"{country}-{code}"


def successors(code: str) -> tuple[str, ...]:
    """Codes that took the place of a retired one; empty for a code in use.

    Examples
    --------
    >>> successors("GB-NTH"), successors("CN-LN")
    (('GB-NNH', 'GB-WNH'), ())
    """
    return former_codes().get(code, ())


def region_is_standard(code: str) -> bool:
    """Whether ISO 3166-2 lists the code, as opposed to a database's own or a retired one.

    Examples
    --------
    >>> region_is_standard("CN-LN"), region_is_standard("CN-21"), region_is_standard("HK-HSO")
    (True, False, False)
    """
    # Hong Kong's district codes are GeoNames's; ISO has no subdivisions of HK.
    return code in subdivisions() and not code.startswith("HK-")


def is_known(code: str) -> bool:
    """Whether a code is that of a country or of a subdivision known here.

    Examples
    --------
    >>> is_known("XK"), is_known("CN-LN"), is_known("CN-ZZ")
    (True, True, False)
    """
    return code in subdivisions() or code in countries()


def parent(code: str) -> str | None:
    """Code one level up, None above a country.

    A code that is unknown here is taken for a first-level region of its country.

    Examples
    --------
    >>> parent("ES-B"), parent("ES-CT"), parent("ES")
    ('ES-CT', 'ES', None)
    """
    if "-" not in code:
        return None
    known = subdivisions().get(code)
    return known.parent if known else code.partition("-")[0]


def lineage(code: str) -> tuple[str, ...]:
    """Return the code and everything above it, ending in the country.

    Examples
    --------
    >>> lineage("FR-13")
    ('FR-13', 'FR-PAC', 'FR')
    """
    up = parent(code)
    return (code,) if up is None else (code, *lineage(up))


def level(code: str) -> str:
    """``country``, ``region`` (directly below a country in ISO 3166-2) or ``subregion`` (further down).

    Examples
    --------
    >>> level("ES"), level("ES-CT"), level("ES-B")
    ('country', 'region', 'subregion')
    """
    return ("country", "region", "subregion")[min(len(lineage(code)), 3) - 1]


def country_name(code: str) -> str | None:
    """Common English name of a country, None when there is no such code.

    Examples
    --------
    >>> country_name("TW"), country_name("XK"), country_name("KP"), country_name("ZZ")
    ('Taiwan', 'Kosovo', 'North Korea', None)
    """
    return countries().get(code)


def place_name(code: str) -> str:
    """English name of any place where there is one, else the name as ISO spells it; else the code.

    Examples
    --------
    >>> place_name("CN-LN"), place_name("ES-HU"), place_name("DO-01"), place_name("CN-ZZ")
    ('Liaoning', 'Huesca', 'Distrito Nacional', 'CN-ZZ')
    """
    from logattr.places.tables import aliases

    if code in aliases():
        return aliases()[code][0]
    if code in subdivisions():
        return readable(subdivisions()[code].iso_name)
    return country_name(code) or code


def readable(iso_name: str) -> str:
    """Drop bracketed variants and turn an inverted name around.

    Examples
    --------
    >>> readable("Catalunya [Cataluña]"), readable("Rioja, Provincia de")
    ('Catalunya', 'Provincia de Rioja')
    """
    name = re.sub(r"\s*[\[(].*", "", iso_name).strip() or iso_name
    head, comma, tail = name.partition(", ")
    # "Armagh City, Banbridge and Craigavon" is a list, not an inversion.
    return f"{tail} {head}" if comma and " and " not in tail and "," not in tail else name
