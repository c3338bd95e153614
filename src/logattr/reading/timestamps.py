r"""Texts of times of any common spelling to microseconds since the epoch: column-wise.

Numbers are seconds, milliseconds, microseconds or nanoseconds by the count of their digits, which
leaves no doubt from 1973 to 5138. Texts are ISO 8601 (RFC 3339) with up to nine digits of a fraction,
with ``T``, a blank or slashes, or CLF. What is beyond microseconds is cut off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from logattr.patterns import lazily
from logattr.reading.times import NO_TIME, combine

__all__ = ["timestamps"]

_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_OFFSET = rb" ?(?P<offset>Z|UTC|GMT|(?P<sign>[+-])(?P<offset_hour>00):?(?P<offset_minute>00)?)?"
_CLOCK = rb"(?P<hour>00):(?P<minute>00):(?P<second>00)(?:[.,](?P<fraction>0{1,9}))?"
_DATE = lazily(rb"(?P<year>0000)[-/](?P<month>00)[-/](?P<day>00)[T ]" + _CLOCK + _OFFSET)
# Python's http.server puts a blank before the hour, some writers one before a day of one digit.
_CLF = lazily(rb"\[? ?(?P<day>00?)/(?P<name>[A-Za-z]{3})/(?P<year>0000)[: ]" + _CLOCK + _OFFSET + rb"\]?")
_EPOCH = lazily(rb"(?P<whole>0{1,20})(?:\.(?P<fraction>0{1,30}))?")
_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"), 1
    )
}
_LONGEST = 64

Numbers = NDArray[np.int64]


def timestamps(texts: Sequence[bytes | None], zone: tzinfo) -> tuple[Numbers, NDArray[np.bool_]]:
    """Microseconds since the epoch (``NO_TIME`` where none), and whether the text states its offset.

    Parameters
    ----------
    texts
        Distinct texts.
    zone
        Time zone of texts that state no offset.

    Examples
    --------
    >>> from datetime import UTC
    >>> timestamps([b"1.5", b"1500", b"1970-01-01T00:00:01.5000009Z", b"soon"], UTC)[0].tolist()[:3]
    [1500000, 1500000000, 1500000]
    """
    times = np.full(len(texts), NO_TIME, np.int64)
    known = np.zeros(len(texts), np.bool_)
    for layout, rows, joined in _by_layout(texts):
        epoch = _EPOCH.fullmatch(layout)
        match = epoch or _DATE.fullmatch(layout) or _CLF.fullmatch(layout)
        if match is None:
            continue
        data = np.frombuffer(joined, np.uint8).reshape(len(rows), len(layout))
        digits = np.ascontiguousarray(data.T).astype(np.int64) - 48
        if epoch:
            times[rows], known[rows] = _epoch(digits, epoch), True
            continue
        found, good = _civil(digits, match)
        stated = match["offset"] is not None
        if stated or _is_utc(zone):
            times[rows] = np.where(good, found, NO_TIME)
            known[rows] = stated
        else:
            _local(texts, rows[good].tolist(), match, zone, times)
    return times, known


def _by_layout(texts: Sequence[bytes | None]) -> Iterator[tuple[bytes, NDArray[np.intp], bytes]]:
    """Layouts, digits as zeros; the positions of their texts, and these joined."""
    plain = [text or b"" for text in texts] if None in texts else texts
    lengths = np.fromiter(map(len, plain), np.intp, len(plain))  # type: ignore[arg-type]
    counts = np.bincount(np.minimum(lengths, _LONGEST + 1))
    for length in np.flatnonzero(counts[: _LONGEST + 1]).tolist():
        rows = np.flatnonzero(lengths == length)
        chosen = plain if len(rows) == len(plain) else [plain[row] for row in rows.tolist()]
        joined = b"".join(chosen)  # type: ignore[arg-type]
        layouts = joined.translate(_DIGITS)
        first = layouts[:length]
        if layouts == first * len(rows):  # as nearly always: one writer, one layout
            yield first, rows, joined
            continue
        apart: dict[bytes, list[int]] = {}
        for index in range(len(rows)):
            apart.setdefault(layouts[index * length : (index + 1) * length], []).append(index)
        for layout, some in apart.items():
            yield layout, rows[some], b"".join([chosen[index] for index in some])  # type: ignore[misc]


def _is_utc(zone: tzinfo) -> bool:
    return getattr(zone, "key", None) == "UTC" or zone.utcoffset(None) == timedelta(0)


def _local(
    texts: Sequence[bytes | None], rows: list[int], match: re.Match[bytes], zone: tzinfo, times: Numbers
) -> None:
    """Times on a wall clock: the zone's rules are asked one by one."""
    plain = []
    for row in rows:
        text = texts[row] or b""
        parts = {name: text[slice(*match.span(name))] for name in ("year", "day", "hour", "minute", "second")}
        parts["day"] = parts["day"].rjust(2, b"0")
        month = (
            text[slice(*match.span("month"))] if "month" in match.re.groupindex else b"%02d" % _month(match)
        )
        fraction = text[slice(*match.span("fraction"))] if match["fraction"] else b"0"
        plain.append(b"%b-%b-%bT%b:%b:%b.%b" % (parts["year"], month, parts["day"], parts["hour"],
                                               parts["minute"], parts["second"], fraction))  # fmt: skip
    if plain:
        times[rows] = combine(["iso8601"], [plain], zone)[0]


def _number(digits: Numbers, match: re.Match[bytes], name: str, most: int = 20) -> Numbers:
    first, last = match.span(name)
    value = np.zeros(digits.shape[1], np.int64)
    for position in range(first, min(last, first + most)):
        value = value * 10 + digits[position]
    return value


def _fraction(digits: Numbers, match: re.Match[bytes]) -> Numbers | int:
    if match["fraction"] is None:
        return 0
    factor: int = 10 ** max(0, 6 - len(match["fraction"]))
    return _number(digits, match, "fraction", 6) * factor


def _epoch(digits: Numbers, match: re.Match[bytes]) -> Numbers:
    count = len(match["whole"])
    if count <= 11:
        return _number(digits, match, "whole") * 1_000_000 + _fraction(digits, match)
    if count <= 14:
        return _number(digits, match, "whole") * 1000 + _fraction(digits, match) // 1000
    return _number(digits, match, "whole", count if count <= 17 else count - 3)


def _month(match: re.Match[bytes]) -> int:
    return _MONTHS.get(match["name"].lower(), 0)


def _civil(digits: Numbers, match: re.Match[bytes]) -> tuple[Numbers, NDArray[np.bool_]]:
    year, day = _number(digits, match, "year"), _number(digits, match, "day")
    month = (
        _number(digits, match, "month")
        if "month" in match.re.groupindex
        else np.full(digits.shape[1], _month(match), np.int64)
    )
    hour, minute, second = (_number(digits, match, name) for name in ("hour", "minute", "second"))
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[D]").astype(np.int64)
    days = first + day - 1
    good = (year > 0) & (month > 0) & (month < 13) & (day > 0) & (days < following)
    good &= (hour < 24) & (minute < 60) & (second <= 60)
    seconds = days * 86400 + hour * 3600 + minute * 60 + second
    if match["sign"]:
        hours = _number(digits, match, "offset_hour")
        minutes: Numbers | int = _number(digits, match, "offset_minute") if match["offset_minute"] else 0
        good &= (hours < 24) & (np.asarray(minutes) < 60)
        seconds -= (hours * 3600 + minutes * 60) * (-1 if match["sign"] == b"-" else 1)
    return seconds * 1_000_000 + _fraction(digits, match), good
