"""What verdicts are made from: plain columns, with the answers of other databases settled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.attribution.disputes import Other, other_answers
from logattr.networks.classes import CLASSES as SIGNALS
from logattr.places import Membership, Place

__all__ = ["NEEDED", "Facts"]

# Columns of addresses that verdicts look at.
NEEDED = (
    "ip_scope",
    "geo_status",
    "geo_country",
    "geo_country_name",
    "geo_registered_country",
    "geo_continent",
    "geo_region",
    "geo_region_name",
    "geo_subregion",
    "geo_subregion_name",
    "geo_accuracy_km",
    "geo_is_anycast",
    "geo_db",
    "geo_db_build",
    "geo_db_age_days",
    "geo_sources_n",
    "geo_alternatives",
    "geo_country_agree",
    "geo_region_agree",
    "geo_city",
    "geo_default_point",
    "geo_is_satellite",
    "geo_now",
    "as_number",
    "as_alternatives",
    "anon_class",
    "anon_provider",
    "anon_evidence",
    "anon_sources_checked",
    "anon_newest_source",
    "anon_class_now",
    "anon_provider_now",
    "anon_evidence_now",
    "anon_newest_source_now",
)
_SHOWN = frozenset(name for name, one in SIGNALS.items() if one.group in {"anonymiser", "infrastructure"})


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Python values of a column; a category's texts are made once, not once per row."""
    if not pa.types.is_dictionary(column.type):
        values: list[Any] = column.to_pylist()
        return values
    array = pa.concat_arrays(column.unify_dictionaries().chunks)
    texts = np.array([*array.dictionary.to_pylist(), None], object)
    spread: list[Any] = texts[array.indices.fill_null(len(texts) - 1).to_numpy(zero_copy_only=False)].tolist()
    return spread


class Facts:
    """What the verdicts are made from, as plain columns."""

    def __init__(
        self,
        counts: dict[str, NDArray[np.int64]],
        users: Sequence[Sequence[str]],
        addresses: pa.Table,
        places: Sequence[Place],
        membership: Membership,
    ) -> None:
        self.counts = counts
        self.users = users
        self.asked = tuple(places)
        self.places = {place.code: place for place in places}
        self.address: dict[str, list[Any]] = {name: _values(addresses[name]) for name in NEEDED}
        self.match: list[str | None] = list(membership.match)
        self.level: list[str | None] = list(membership.level)
        placed = zip(membership.place, self["geo_country"], strict=True)
        self.place: list[str | None] = [code if country else None for code, country in placed]
        self.contradicted, self.outvoted = [False] * len(self.match), [False] * len(self.match)
        self.agreement = [self._agreement(row) for row in range(len(self.match))]
        self.only_now = [self._take_now(row) for row in range(len(self.match))]

    def _agreement(self, row: int) -> str | None:
        """Whether other vendors agree at the level that decided; a place that they deny is undetermined."""
        if self.match[row] is None or self["geo_country"][row] is None:
            return None
        if self["geo_alternatives"][row] and self.match[row] == "out":
            self._settle(row, [one for one in self.others(row) if one.match == "in"])
        level = "country" if self.level[row] == "country" else "region"
        agree = self[f"geo_{level}_agree"][row] or 0
        against = [one for one in self.others(row) if one.match == "out"] if self.match[row] == "in" else []
        if against and self.level[row] == "subregion":
            agree -= sum(one.region == self["geo_region"][row] for one in against)
        if len(against) > agree:
            self.outvoted[row], self.match[row] = True, "undetermined"
        if against or self.contradicted[row]:
            return "disputed"
        return "agreed" if agree > 1 else "single"

    def _take_now(self, row: int) -> bool:
        """Nothing is found only where the newest copies find nothing either; whether only they find it."""
        found = self["anon_class_now"][row]
        if found not in _SHOWN or self["anon_class"][row] in _SHOWN:
            return False
        for name in ("class", "provider", "evidence"):
            self[f"anon_{name}"][row] = self[f"anon_{name}_now"][row]
        return True

    def _settle(self, row: int, others: Sequence[Other]) -> None:
        if others:
            self.contradicted[row], self.match[row] = True, "undetermined"
            self.place[row], self.level[row] = others[0].place, others[0].level

    def others(self, row: int) -> tuple[Other, ...]:
        """What databases that differ say: of the place that matched, else of all places asked for."""
        place = self.places.get(self.place[row] or "")
        places = (place,) if place and self.match[row] == "in" else self.asked
        return other_answers(self["geo_alternatives"][row], places)

    def count(self, name: str, row: int) -> int:
        """One counter of one client."""
        return int(self.counts[name][row])

    def __getitem__(self, name: str) -> list[Any]:
        return self.address[name]
