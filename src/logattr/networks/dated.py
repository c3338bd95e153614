"""The day that a list describes, where its comments or names state one."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

from logattr.patterns import lazily

__all__ = ["calendar_day", "date_in_names", "stated_date"]

_ISO_DATE = lazily(r"(?<!\d)((?:19|20)\d\d)-(\d\d)-(\d\d)(?!\d)")
_SLASHED_DATE = lazily(r"(?<![\w/])((?:19|20)\d\d)/(\d\d)/(\d\d)(?![\d/])")  # but no part of a URL
# In names also 20240201, as in ServiceTags_Public_20240201.json; in texts that may be any number.
_NAMED_DATE = lazily(r"(?<!\d)((?:19|20)\d\d)(-?)(\d\d)\2(\d\d)(?!\d)")
_DATE_WORD = lazily(r"date|updat|generat|creat|version|modif|stand", re.IGNORECASE)
# "This File Date   : Thu Feb  1 03:00:00 UTC 2024", as FireHOL's headers write it
_ASCTIME = lazily(r"\b([A-Z][a-z]{2})\s+(\d{1,2})\s+\d\d:\d\d:\d\d\s+(?:[A-Z]{3,4}\s+)?((?:19|20)\d\d)\b")
# "Last-Modified: Thu, 01 Feb 2024 03:00:00 GMT" (RFC 9110), as Spamhaus's lists for firewalls have it
_HTTP_DATE = lazily(r"(?<!\d)(\d{1,2}) ([A-Z][a-z]{2}) ((?:19|20)\d\d)(?!\d)")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def stated_date(header: list[str]) -> datetime.date | None:
    """Find the day that the header gives beside a word for it, else the only day that it mentions.

    Examples
    --------
    >>> stated_date(["since 2019-01-01", "Last updated: 2024-02-01"])
    datetime.date(2024, 2, 1)
    """
    dated = [(line, day) for line in header if (day := _day_in(line))]
    for line, day in dated:
        if _DATE_WORD.search(line):
            return day
    days = {day for _, day in dated}
    return days.pop() if len(days) == 1 else None


def _day_in(line: str) -> datetime.date | None:
    if iso := _ISO_DATE.search(line) or _SLASHED_DATE.search(line):
        return calendar_day(*iso.groups())
    if (asctime := _ASCTIME.search(line)) and asctime[1] in _MONTHS:
        return calendar_day(asctime[3], str(_MONTHS.index(asctime[1]) + 1), asctime[2])
    if (http := _HTTP_DATE.search(line)) and http[2] in _MONTHS:
        return calendar_day(http[3], str(_MONTHS.index(http[2]) + 1), http[1])
    return None


def date_in_names(path: Path) -> datetime.date | None:
    """Find the day in the name of a file, else in that of its folder.

    Examples
    --------
    >>> date_in_names(Path("2024-02-01/vpn.txt")) == date_in_names(Path("vpn_20240201.txt"))
    True
    """
    for name in (path.name, path.parent.name):
        for match in _NAMED_DATE.finditer(name):
            if day := calendar_day(match[1], match[3], match[4]):
                return day
    return None


def calendar_day(year: str, month: str, day: str) -> datetime.date | None:
    """Make a day of its parts; None when no calendar holds it.

    Examples
    --------
    >>> calendar_day("2024", "2", "30") is None
    True
    """
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None
