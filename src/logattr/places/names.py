"""Spellings of places: one index from folded names to codes, and the names that databases use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from logattr.patterns import lazily
from logattr.places.codes import level, lineage, place_name, readable
from logattr.places.tables import aliases, cities, former_codes, subdivisions

__all__ = [
    "all_spellings",
    "broadest",
    "by_breadth",
    "cities_by_name",
    "codes_by_name",
    "fold",
    "labelled",
    "region_by_name",
    "without_generic_words",
]

# Letters that have no decomposition in Unicode and that people replace by plain ones.
_PLAIN = {
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "ı": "i",
    "ə": "e",
    "ħ": "h",
}
_APOSTROPHES = lazily(r"['’‘ʼʻʿʾ`´\".]")
_BREAKS = lazily(r"[^\w\n ]+")  # but no line feed: one stands between texts
_MARKED = lazily(r"[\[(,/]")
_COMBINING = lazily(r"[\u0300-\u036f]")

# Kinds of region, folded. "City" and the Chinese 市 are missing on purpose: "Mexico City" is not
# Mexico, and 吉林市 is a city inside the province 吉林.
_KINDS = (
    "sheng zizhiqu province provincia provincie provinsi region regione regiao regiunea "
    "oblast oblasty oblysy voblast voblasc kray krai okrug okrugu respublika republic prefecture state "
    "department departamento departement governorate gouvernorat muhafazat mohafazat muhafazah district "
    "municipality municipio county parish canton kanton voivodeship wojewodztwo land lan fylke fylkeskommun "
    "novads rrethi qarku judetul judet changwat tinh ostan nomos territory kraj zupanija aymag aimag aimak "
    "atholhu atoll megye division emirate concelho distrito estado comarca apskritis maakond ili "
    "distrikt obcina baladiyat rayon okres borough ken"
)
_LINK = r"(?: (?:of the|of|del|della|de|di|da|do|du|des|d|e|i))?"
_KIND = "(?:" + "|".join(_KINDS.split()) + ")"
_COMMUNITY = (
    "city of|city and county|county borough|mestna obcina|thanh pho|autonomous community|"
    "comunidad autonoma|autonomous region|autonomous city|autonomous okrug"
)
_LEADING = lazily(rf"^(?:the )?(?:{_COMMUNITY}|{_KIND}){_LINK} ")
_TRAILING = lazily(rf"(?: (?:{_COMMUNITY}|{_KIND}))+$")
_FIRST_WORDS = frozenset([*_KINDS.split(), "the", "autonomous", "comunidad", "city", "mestna", "thanh"])
_LAST_WORDS = frozenset([*_KINDS.split(), "community", "autonoma", "city"])
_SCRIPT_ENDINGS = lazily(r"(?<=..)(?:省|自治区|自治區|县|縣|県|府|도)$")


def fold(text: str) -> str:
    """Lower case without diacritics, punctuation or doubled spaces; every script kept.

    Examples
    --------
    >>> fold("  Île-de-FRANCE "), fold("Côte d’Ivoire"), fold("辽宁省"), fold("St. Petersburg")
    ('ile de france', 'cote divoire', '辽宁省', 'saint petersburg')
    """
    return _folded([text])[0]


def _folded(texts: Sequence[str]) -> list[str]:
    """The same of many texts as of one: the thousands of names take a tenth of the time so."""
    text = "\n".join([one.replace("\n", " ") for one in texts])
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold())
        for letter, plain in _PLAIN.items():  # quicker than str.translate, which asks about every letter
            text = text.replace(letter, plain)
        text = unicodedata.normalize("NFC", _COMBINING.sub("", text))
    text = _BREAKS.sub(" ", _APOSTROPHES.sub("", text.replace("&", " and ").replace("_", " ").lower()))
    folded = [" ".join(one.split()) for one in text.split("\n")]
    return [f"saint {one[3:]}" if one.startswith("st ") else one for one in folded]


def without_generic_words(folded: str) -> str:
    """Drop one leading and all trailing words that only say what kind of region it is.

    Examples
    --------
    >>> without_generic_words("liaoning sheng"), without_generic_words("departamento del cauca")
    ('liaoning', 'cauca')
    """
    first, _, rest = folded.partition(" ")
    shorter = folded
    if rest.rpartition(" ")[2] in _LAST_WORDS:  # spares nearly all names the search below
        shorter = _TRAILING.sub("", shorter)
    if first in _FIRST_WORDS:
        shorter = _LEADING.sub("", shorter)
    return shorter if shorter.isascii() else _SCRIPT_ENDINGS.sub("", shorter)


def _iso_spellings(iso_name: str) -> list[str]:
    """All ways to read a name as ISO writes it: "Catalunya [Cataluña]", "Madrid, Comunidad de"."""
    if not _MARKED.search(iso_name):
        return [iso_name]
    plain = re.sub(r"\s*\b[A-Z]{2}-[A-Z0-9]{1,3}\]", "]", iso_name)
    outside = re.sub(r"\s*[\[(].*", "", plain)
    inside = re.findall(r"[\[(]([^\])]+)[\])]", plain)
    head, comma, _ = outside.partition(", ")
    heads = [head] if comma and readable(plain) != outside else []
    return [outside, readable(plain), *heads, *inside, *outside.split("/")]


@cache
def _index() -> dict[str, tuple[str, ...]]:
    spelled = list(_spellings())
    index: dict[str, tuple[str, ...]] = {}
    folded = _folded([spelling for _, spelling, _ in spelled])
    for (code, _, of_iso), spelling in zip(spelled, folded, strict=True):
        for one in (spelling, without_generic_words(spelling)) if of_iso else (spelling,):
            codes = index.get(one, ())
            if code not in codes:
                index[one] = (*codes, code)
    index.pop("", None)
    return index


def _spellings() -> Iterator[tuple[str, str, bool]]:
    """Codes, a name of each, and whether it is ISO's for a region, with the word for its kind."""
    for code, name in _iso_country_names():
        yield code, name, False
    # US-PR and the like: there the country PR has the name.
    countries_of_their_own = {former for former, after in former_codes().items() if "-" not in after[0]}
    for code, iso_name, _ in subdivisions().values():
        if code not in countries_of_their_own:
            for spelling in _iso_spellings(iso_name):
                yield code, spelling, True
    for code, (name, spellings) in aliases().items():
        for spelling in (name, *spellings):
            yield code, spelling, False


def _iso_country_names() -> list[tuple[str, str]]:
    import pycountry

    kinds = ("name", "common_name", "official_name")
    return [
        (country.alpha_2, name)
        for country in pycountry.countries
        for kind in kinds
        if (name := getattr(country, kind, None))
    ]


@cache
def all_spellings() -> tuple[str, ...]:
    """Every folded spelling, for suggestions."""
    return tuple(_index())


def codes_by_name(name: str, *, country: str | None = None) -> frozenset[str]:
    """Codes of every place that is spelled so.

    Parameters
    ----------
    name
        The name, in any case, with or without diacritics.
    country
        Only subdivisions of this country (alpha-2).

    Examples
    --------
    >>> sorted(codes_by_name("la rioja")), sorted(codes_by_name("La Rioja", country="AR"))
    (['AR-F', 'ES-LO', 'ES-RI'], ['AR-F'])
    """
    folded = fold(name)

    def fitting(spelling: str) -> frozenset[str]:
        codes = _index().get(spelling, ())
        return frozenset(c for c in codes if not country or c.startswith(f"{country}-"))

    full = fitting(folded)
    if any("-" not in code for code in full):
        return full
    # Without its generic word the name may fit elsewhere: "Northern Region" is spelled so in Malawi's
    # ISO entry, but Ghana's "Northern" is as good. Within one country the full spelling decides
    # ("Moscow Oblast"). Only subdivisions: "Mexico State" is not Mexico.
    settled = {code[:2] for code in full}
    short = fitting(without_generic_words(folded))
    return full | frozenset(code for code in short if "-" in code and code[:2] not in settled)


def broadest(codes: frozenset[str]) -> frozenset[str]:
    """Drop every place that lies inside another one of the set.

    Examples
    --------
    >>> sorted(broadest(frozenset({"ES-M", "ES-MD", "AR-F"})))
    ['AR-F', 'ES-MD']
    """
    return frozenset(c for c in codes if not codes.intersection(lineage(c)[1:]))


@cache
def cities_by_name() -> dict[str, tuple[str, ...]]:
    """Codes of the regions of well-known cities by the city's folded name."""
    table: dict[str, tuple[str, ...]] = {}
    for city, (_, code) in zip(_folded([name for name, _ in cities()]), cities(), strict=True):
        table[city] = (*table.get(city, ()), code)
    return table


@lru_cache(maxsize=16_384)
def region_by_name(country: str, name: str, *, within: str | None = None) -> str | None:
    """Code of a region that a database gives by name only, as DB-IP Lite does.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code of the record's country.
    name
        The database's spelling of the region's name.
    within
        Code of the first-level region, when a name of the second level is looked up.

    Returns
    -------
    str or None
        The code; the broader one where a region and a part of it share a name. None when the name is
        unknown or fits several regions: a wrong region is worse than none.

    Examples
    --------
    >>> region_by_name("ES", "Comunidad de Madrid"), region_by_name("CN", "Liaoning")
    ('ES-MD', 'CN-LN')
    >>> region_by_name("ES", "Madrid", within="ES-MD"), region_by_name("CN", "Atlantis")
    ('ES-M', None)
    """
    if not country or not name or len(name) > 200:
        return None
    codes = codes_by_name(re.sub(r"\s*\(.*", "", name) or name, country=country.upper())
    if within:
        codes = frozenset(c for c in codes if within in lineage(c)[1:])
    codes = broadest(codes)
    return next(iter(codes)) if len(codes) == 1 else None


def labelled(code: str) -> str:
    """Name and code, as candidates are shown.

    Examples
    --------
    >>> labelled("CN-LN")
    'Liaoning (CN-LN)'
    """
    return f"{place_name(code)} ({code})"


def by_breadth(codes: frozenset[str]) -> list[str]:
    """Countries first, then regions, each in alphabetical order.

    Examples
    --------
    >>> by_breadth(frozenset({"US-GA", "GE"}))
    ['GE', 'US-GA']
    """
    return sorted(codes, key=lambda c: (("country", "region", "subregion").index(level(c)), c))
