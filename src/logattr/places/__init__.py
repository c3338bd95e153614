"""Places: from "Liaoning", "CN-LN", "辽宁" or "Spain" to codes, and from codes to in, out or undetermined."""

from __future__ import annotations

from logattr.places.codes import country_name, level, parent, region_code, region_is_standard
from logattr.places.membership import Membership, membership
from logattr.places.names import region_by_name
from logattr.places.resolve import Place, resolve, resolve_many

__all__ = [
    "Membership",
    "Place",
    "country_name",
    "level",
    "membership",
    "parent",
    "region_by_name",
    "region_code",
    "region_is_standard",
    "resolve",
    "resolve_many",
]
