"""What several databases say about one address: who agrees, who differs, and how far apart they are.

Databases of one vendor are one witness, however many there are. Nothing is averaged: the first database
in the order of priority answers, and the others are shown beside it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.distinct import distinct
from logattr.enrichment.asking import Answer
from logattr.enrichment.spreading import spread

__all__ = ["RULES", "agreement", "number_agreement"]

#: How an answer was chosen: values of ``geo_rule``.
RULES = ("only", "priority", "no_country")

_EARTH_KM = 6371.0088  # mean radius, IUGG
_PLACE = ("geo_country", "geo_region", "geo_subregion")
_SHOWN = (
    *(("country", "geo_country"), ("region", "geo_region"), ("subregion", "geo_subregion")),
    *(("city", "geo_city"), ("lat", "geo_lat"), ("lon", "geo_lon"), ("accuracy_km", "geo_accuracy_km")),
)


def agreement(answers: Sequence[Answer], by: NDArray[np.int64]) -> dict[str, Any]:
    """How many vendors give the chosen country, region and city, and what each database says.

    Parameters
    ----------
    answers
        Of the databases of places, in order of priority.
    by
        Position of the answer that was chosen per address, -1 where there is none.
    """
    located = sum(
        (answer.known("geo_country").astype(np.int64) for answer in answers), np.zeros(len(by), int)
    )
    rule = np.select([by < 0, located > 1, located == 1], [-1, 1, 0], 2)
    rows, columns = _compared(answers, by)
    return {
        "geo_rule": spread([*RULES, None], rule),
        "geo_sources_n": spread(columns[0], rows, pa.int32()),
        "geo_country_agree": spread(columns[1], rows, pa.int32()),
        "geo_region_agree": spread(columns[2], rows, pa.int32()),
        "geo_city_agree": spread(columns[3], rows, pa.int32()),
        "geo_alternatives": spread(columns[4], rows, pa.string()),
        **_answers(answers, by, located > 1),
    }


def _compared(
    answers: Sequence[Answer], by: NDArray[np.int64]
) -> tuple[NDArray[np.int64], list[tuple[Any, ...]]]:
    """Compare once per distinct combination of places; the combination of each address."""
    if len(answers) == 1:  # then it has a country, or a region, or a city, and all others are silent
        places = np.zeros(len(by), np.int64)
        for bit, name in enumerate(("geo_country", "geo_region", "geo_city")):
            places |= answers[0].known(name).astype(np.int64) << bit
        table = [(n & 1, *(1 if n >> bit & n & 1 else None for bit in range(3)), None) for n in range(8)]
        return places, list(zip(*table, strict=True))
    first, rows = distinct([_places(answer)[answer.record] for answer in answers] + [by])
    found = []
    for at, chosen in zip(first.tolist(), by[first].tolist(), strict=True):
        said = [
            _Voice(answer.witness, answer.database(record).name, facts, nth == chosen)
            for nth, answer in enumerate(answers)
            if (facts := answer.facts.record(record := int(answer.record[at]))).get("geo_country")
        ]
        found.append(_compare(said))
    return rows, list(zip(*found, strict=True)) if found else [()] * 5


def _places(answer: Answer) -> NDArray[np.int64]:
    """A number per record, the same for records of one copy that place an address in the same city."""
    columns = [answer.facts[name].numbered() for name in (*_PLACE, "geo_city")]
    return distinct([answer.owners, *columns])[1]


@dataclass(frozen=True, slots=True)
class _Voice:
    """What one database says; ``chosen``: it is the one that answers."""

    witness: str
    name: str
    facts: dict[str, Any]
    chosen: bool

    def __getitem__(self, name: str) -> Any:
        return self.facts.get(name)


def _compare(said: list[_Voice]) -> tuple[int, int | None, int | None, int | None, str | None]:
    """Vendors with a country, with the chosen country, region, city; and the answers that differ."""
    ours = next((voice for voice in said if voice.chosen), None)
    voices = _voices(said)
    if ours is None:
        return 0, None, None, None, None
    place = [ours[name] for name in _PLACE]
    differing = [
        # A second level only where there is one: {db, country, region, subregion}.
        {"db": voice.name, "country": voice["geo_country"], "region": voice["geo_region"]}
        | ({"subregion": voice["geo_subregion"]} if voice["geo_subregion"] else {})
        for voice in voices
        if any(voice[name] not in (None, own) for name, own in zip(_PLACE, place, strict=True))
    ]
    return (
        len(voices),
        sum(voice["geo_country"] == place[0] for voice in voices),
        sum(voice["geo_region"] == place[1] for voice in voices) if place[1] else None,
        sum(_same_city(voice, ours) for voice in voices) if ours["geo_city"] else None,
        json.dumps(differing, sort_keys=True) if differing else None,
    )


def _voices(said: Sequence[_Voice]) -> list[_Voice]:
    """One voice per vendor: its first database, or the next of the same opinion that knows a region."""
    by_witness: dict[str, _Voice] = {}
    for voice in said:
        before = by_witness.setdefault(voice.witness, voice)
        if not before["geo_region"] and voice["geo_region"] and before["geo_country"] == voice["geo_country"]:
            by_witness[voice.witness] = voice
    return list(by_witness.values())


def _same_city(one: _Voice, other: _Voice) -> bool:
    same = one["geo_country"] == other["geo_country"] and one["geo_region"] in (None, other["geo_region"])
    return same and one["geo_city"] is not None and _plain(one["geo_city"]) == _plain(other["geo_city"])


@lru_cache(1 << 16)
def _plain(city: str) -> str:
    """Name of a city without what vendors write differently: case, accents, districts in brackets."""
    bare = unicodedata.normalize("NFKD", re.sub(r" \([^()]*\)\Z", "", city))
    return "".join(char for char in bare if not unicodedata.combining(char)).casefold().strip()


def _answers(answers: Sequence[Answer], by: NDArray[np.int64], several: NDArray[np.bool_]) -> dict[str, Any]:
    """What every database says where at least two have a country, and the greatest distance."""
    rows = np.flatnonzero(several)
    if not len(rows):
        return {"geo_distance_km": None, "geo_answers": None}
    first, number = distinct([answer.record[rows] for answer in answers])
    at = rows[first]
    points = [np.stack([one.numbers("geo_lat")[at], one.numbers("geo_lon")[at]]) for one in answers]
    ours = np.stack(points)[by[at], :, np.arange(len(at))].T
    apart = np.stack([_kilometres(ours, point) for point in points])
    who = list(dict.fromkeys(answer.witness for answer in answers))
    others = np.array([who.index(answer.witness) for answer in answers])
    foreign = others[:, None] != others[by[at]][None, :]
    farthest = np.fmax.reduce(np.where(foreign, apart, np.nan), axis=0)
    texts = [
        _answers_text(answers, row, kilometres)
        for row, kilometres in zip(at.tolist(), apart.T.tolist(), strict=True)
    ]
    where = np.full(len(by), -1, np.int64)
    where[rows] = number
    distances = [None if np.isnan(value) else round(value, 1) for value in farthest.tolist()]
    return {
        "geo_distance_km": spread([*distances, None], where, pa.float64()),
        "geo_answers": spread([*texts, None], where, pa.string()),
    }


def _kilometres(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Great-circle distance between latitudes and longitudes in degrees, by the haversine formula."""
    (lat, lon), (lat2, lon2) = np.radians(one), np.radians(other)
    half = np.sin((lat2 - lat) / 2) ** 2 + np.cos(lat) * np.cos(lat2) * np.sin((lon2 - lon) / 2) ** 2
    distance: NDArray[np.float64] = 2 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return distance


def _answers_text(answers: Sequence[Answer], row: int, kilometres: Sequence[float]) -> str:
    found = []
    for answer, distance in zip(answers, kilometres, strict=True):
        record = int(answer.record[row])
        fact = answer.facts.record(record)
        if fact.get("geo_country"):
            database = answer.database(record)
            shown = {name: fact.get(column) for name, column in _SHOWN if fact.get(column) is not None}
            built = {"build": database.build_date.isoformat()} if database.build_date else {}
            vendor = answer.witness.split(" ")[0]
            apart = {} if np.isnan(distance) else {"distance_km": round(distance, 1)}
            found.append({"db": database.name, "vendor": vendor, **built, **shown, **apart})
    return json.dumps(found, ensure_ascii=False)


def number_agreement(answers: Sequence[Answer], by: NDArray[np.int64]) -> dict[str, Any]:
    """How many vendors give the chosen AS number, and who gives another one."""
    if len(answers) == 1:
        known = answers[0].known("as_number")
        one = pa.array(known.astype(np.int32))
        return {"as_sources_n": one, "as_agree": pa.array(one, mask=~known), "as_alternatives": None}
    first, rows = distinct([answer.record for answer in answers] + [by])
    found = []
    for at, chosen in zip(first.tolist(), by[first].tolist(), strict=True):
        voices: dict[str, tuple[str, dict[str, Any]]] = {}
        for answer in answers:
            record = int(answer.record[at])
            fact = answer.facts.record(record)
            if "as_number" in fact:
                voices.setdefault(answer.witness, (answer.database(record).name, fact))
        decided = answers[chosen] if chosen >= 0 else None
        ours = decided.facts.record(int(decided.record[at]))["as_number"] if decided else None
        differing = [
            {"db": name, "number": fact["as_number"], "org": fact.get("as_org")}
            for name, fact in voices.values()
            if fact["as_number"] != ours
        ]
        found.append(
            (
                len(voices),
                len(voices) - len(differing) if ours is not None else None,
                json.dumps(differing, ensure_ascii=False, sort_keys=True) if differing else None,
            )
        )
    count, agree, others = zip(*found, strict=True) if found else ((),) * 3
    return {
        "as_sources_n": spread(count, rows, pa.int32()),
        "as_agree": spread(agree, rows, pa.int32()),
        "as_alternatives": spread(others, rows, pa.string()),
    }
