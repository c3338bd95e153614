"""What verdicts are made from: plain columns, with the answers of other databases settled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.attribution.disputes import Other, other_answers
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
    "as_number",
    "anon_class",
    "anon_provider",
    "anon_evidence",
    "anon_sources_checked",
    "anon_newest_source",
)


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
        self.contradicted = [False] * len(self.match)
        for row, alternatives in enumerate(self["geo_alternatives"]):
            if alternatives and self.match[row] == "out":
                self._settle(row, [one for one in self.others(row) if one.match == "in"])

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
