"""The facts about places: which codes exist, which one is inside which, what they were called.

Codes and their hierarchy come from ISO 3166 as pycountry carries it. Three small tables beside this
module add what it lacks: ``aliases.csv`` names (and the few codes that databases or ISO have and
pycountry does not), ``former_codes.csv`` codes that were replaced, ``cities.csv`` cities whose region
is worth suggesting.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from importlib import resources
from typing import NamedTuple

from logattr.patterns import lazily

__all__ = ["Subdivision", "aliases", "cities", "countries", "former_codes", "subdivisions"]

# pycountry puts a retired Welsh code into names: "Wales [Cymru GB-CYM]".
_CODE_IN_NAME = lazily(r"\s*\b([A-Z]{2}-[A-Z0-9]{1,3})\]")


class Subdivision(NamedTuple):
    """One row of ISO 3166-2: the code, the name as ISO spells it, and the code one level up."""

    code: str
    iso_name: str
    parent: str


def _rows(file: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def countries() -> dict[str, str]:
    """Names by ISO 3166-1 alpha-2 code: those of ``aliases.csv``, else the common or short ISO names.

    Kosovo's ``XK`` is a user-assigned code: ISO does not list it, address databases use it.
    """
    import pycountry

    # pycountry calls TW "Taiwan, Province of China" and keeps what people say in common_name.
    names = {c.alpha_2: getattr(c, "common_name", None) or c.name for c in pycountry.countries}
    names |= {code: name for code, (name, _) in aliases().items() if "-" not in code}
    return names


@cache
def subdivisions() -> dict[str, Subdivision]:
    """Every known subdivision by its current code."""
    # pycountry's own objects, with their indexes, take seven times as long as the table behind them.
    table = resources.files("pycountry").joinpath("databases/iso3166-2.json").read_text(encoding="utf-8")
    iso = {
        (code := row["code"]): Subdivision(code, row["name"], _parent(code[:2], row.get("parent", "")))
        for row in json.loads(table)["3166-2"]
    }
    extra = {
        code: Subdivision(code, name, code.partition("-")[0])
        for code, (name, _) in aliases().items()
        if "-" in code and code not in iso
    }
    return iso | extra


def _parent(country: str, parent: str) -> str:
    """The code one level up: a country, or a region, which may be written without its country."""
    return parent if "-" in parent else f"{country}-{parent}" if parent else country


@cache
def aliases() -> dict[str, tuple[str, tuple[str, ...]]]:
    """English name and further spellings by code, from ``aliases.csv``."""
    return {
        row["code"]: (row["name"], tuple(filter(None, row["aliases"].split("|"))))
        for row in _rows("aliases.csv")
    }


@cache
def former_codes() -> dict[str, tuple[str, ...]]:
    """What became of a code: one successor, or several where a region was divided.

    A successor without a dash is a country: databases give Puerto Rico as ``PR``, never as ``US-PR``.
    """
    table = {row["former"]: tuple(row["current"].split("|")) for row in _rows("former_codes.csv")}
    for code, iso_name, _ in subdivisions().values():
        for former in _CODE_IN_NAME.findall(iso_name) if "]" in iso_name else ():
            table.setdefault(former, (code,))
    return table


@cache
def cities() -> tuple[tuple[str, str], ...]:
    """Pairs of a city's name and the code of its region."""
    return tuple((city, row["code"]) for row in _rows("cities.csv") for city in row["cities"].split("|"))
