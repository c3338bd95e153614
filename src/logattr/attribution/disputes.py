"""What the databases that did not decide say about a place asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from logattr.places import Place, membership

__all__ = ["Other", "other_answers", "possible_places"]


@dataclass(frozen=True, slots=True)
class Other:
    """What another database says: ``where`` as a code, and whether that is in one of some places.

    ``place`` is the code of the place that decided, null when ``match`` is "out".
    """

    db: str
    where: str
    region: str | None
    match: str
    place: str | None
    level: str | None


def other_answers(alternatives: str | None, places: Sequence[Place]) -> tuple[Other, ...]:
    """Read ``geo_alternatives`` against some places.

    Parameters
    ----------
    alternatives
        The column's JSON; null: nobody differs.
    places
        What was asked for.

    Examples
    --------
    >>> from logattr.places import resolve
    >>> said = '[{"country": "CN", "db": "b.mmdb", "region": "CN-JL"}]'
    >>> [(one.where, one.match) for one in other_answers(said, [resolve("Liaoning")])]
    [('CN-JL', 'out')]
    """
    return _others(alternatives, tuple(places)) if alternatives and places else ()


@lru_cache(1 << 16)
def _others(alternatives: str, places: tuple[Place, ...]) -> tuple[Other, ...]:
    found = []
    for said in json.loads(alternatives):
        codes = said["country"], said["region"], said.get("subregion")
        answer = membership(places, *([code] for code in codes))
        where = next(code for code in reversed(codes) if code)
        found.append(
            Other(said["db"], where, said["region"], answer.match[0], answer.place[0], answer.level[0])
        )
    return tuple(found)


@lru_cache(1 << 16)
def possible_places(
    places: tuple[Place, ...], country: str | None, region: str | None, subregion: str | None
) -> tuple[str, ...]:
    """Codes of all the places that a location may lie in, because its record stops above them."""
    return tuple(
        place.code
        for place in places
        if membership([place], [country], [region], [subregion]).match[0] == "undetermined"
    )
