"""What to warn of when sources and events are far apart in time."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import numpy as np

from logattr.enrichment.families import database_families, day_number, list_families
from logattr.enrichment.sources import Sources

__all__ = ["age_warnings"]

_FAR_DAYS = 180


def age_warnings(
    sources: Sources, last: datetime.date | None, *, log: str = "the log", event: str = "the last event"
) -> Iterator[str]:
    """Sentences about sources whose copy for the last event is far from it, in order of priority.

    Parameters
    ----------
    sources
        What was asked. Of dated copies only the one that fits the last event is looked at.
    last
        Day of the last event.
    log, event
        What the sentences call what was asked about, and that day.
    """
    if last is None:
        return
    day = np.array([day_number(last)])
    found = []
    for family in database_families(sources.databases):
        nth = int(family.chosen(day)[0])
        database, _ = family.copies[nth]
        found.append((f"{database.name} is", "built", family.days[nth]))
    for lists in list_families(sources.lists):
        nth = int(lists.chosen(day)[0])
        found.append((f"the list {lists.copies[nth].name} is", "of", lists.days[nth]))
    for what, word, built in found:
        days = int(day[0]) - built
        if built >= 0 and abs(days) > _FAR_DAYS:
            relation, side = ("older", "before") if days > 0 else ("newer", "after")
            date = datetime.date(1970, 1, 1) + datetime.timedelta(built)
            yield f"{what} {relation} than {log}: {word} {date}, {abs(days):,} days {side} {event}"
