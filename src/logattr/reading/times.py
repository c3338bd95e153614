"""Texts of times to microseconds since the epoch, in UTC: whole columns of distinct texts at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache

import numpy as np
from numpy.typing import NDArray

from logattr.errors import FormatError
from logattr.patterns import lazily

__all__ = [
    "NO_TIME",
    "clf_microseconds",
    "combine",
    "is_time",
    "strftime_pattern",
    "w3c_date_microseconds",
    "w3c_microseconds",
]

NO_TIME = np.iinfo(np.int64).min
_FIRST_TIME, _LAST_TIME = -62_135_596_800_000_000, 253_402_300_799_999_999
_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"), 1
    )
}
_OTHER_SIGN = bytes.maketrans(b"+-", b"-+")
_CLF_BYTES = 26  # 10/Oct/2000:13:55:36 -0700

# strftime conversion -> (pattern, part). Month and day names are English: Apache writes them so for
# %t, and there is no way to tell another language's.
_NAMES = "[A-Za-z]{3}"
_STRFTIME: dict[str, tuple[str, str]] = {
    "a": (_NAMES, ""),
    "A": ("[A-Za-z]{6,9}", ""),
    "b": (_NAMES, "month_name"),
    "h": (_NAMES, "month_name"),
    "B": ("[A-Za-z]{3,9}", "month_name"),
    "d": (r"\d{2}", "day"),
    "e": (r"[ \d]\d", "day"),
    "f": (r"\d{6}", "microsecond"),
    "H": (r"\d{2}", "hour"),
    "I": (r"\d{2}", "hour12"),
    "j": (r"\d{3}", "day_of_year"),
    "k": (r"[ \d]\d", "hour"),
    "m": (r"\d{2}", "month"),
    "M": (r"\d{2}", "minute"),
    "p": ("[APap][Mm]", "half"),
    "s": (r"\d{1,11}", "epoch_seconds"),
    "S": (r"\d{2}", "second"),
    "u": (r"\d", ""),
    "w": (r"\d", ""),
    "y": (r"\d{2}", "year2"),
    "Y": (r"\d{4}", "year"),
    "z": (r"[+-]\d{2}:?\d{2}|Z", "offset"),
    "Z": (r"[A-Za-z+\-0-9]{1,6}", "zone_name"),
}
_SHORTHANDS = {"D": "%m/%d/%y", "F": "%Y-%m-%d", "R": "%H:%M", "T": "%H:%M:%S", "c": "%a %b %e %H:%M:%S %Y"}
_PARTS_OF_KIND = {
    "iso8601": r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})[T ](?P<hour>\d{2}):(?P<minute>\d{2}):"
    r"(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?(?P<offset>Z|[+-]\d{2}:?\d{2})?",
    "clf": r"(?P<day>\d{2})/(?P<month_name>[A-Za-z]{3})/(?P<year>\d{4}):(?P<hour>\d{2}):(?P<minute>\d{2}):"
    r"(?P<second>\d{2}) (?P<offset>[+-]\d{4})",
    "epoch_seconds": r"(?P<epoch_seconds>\d+)(?:\.(?P<fraction>\d{1,9}))?",
    "epoch_milliseconds": r"(?P<epoch_milliseconds>\d+)",
    "epoch_microseconds": r"(?P<epoch_microseconds>\d+)",
    "local_time": r"(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?",
    "millisecond_fraction": r"(?P<fraction>\d{3})",
    "microsecond_fraction": r"(?P<fraction>\d{6})",
}
_PARTS_OF_KIND["ctime"] = (
    r"[A-Za-z]{3} (?P<month_name>[A-Za-z]{3}) {1,2}(?P<day>\d{1,2}) "
    r"(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2}) (?P<year>\d{4})"
)
_PARTS_OF_KIND["clf_local"] = (
    r"(?P<day>\d{2})/(?P<month_name>[A-Za-z]{3})/(?P<year>\d{4}):(?P<hour>\d{2}):(?P<minute>\d{2}):"
    r"(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?(?: (?P<offset>[+-]\d{4}))?"
)
_PARTS_OF_KIND["clf_wrong_sign"] = _PARTS_OF_KIND["clf"]
_PARTS_OF_KIND["iso8601_utc"] = _PARTS_OF_KIND["timestamp"] = _PARTS_OF_KIND["iso8601"]
_PARTS_OF_KIND["clf_bracketed"] = rf"\[{_PARTS_OF_KIND['clf']}\]"


def is_time(microseconds: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each instant lies in the years 1 to 9999, which is all that a datetime can hold.

    Examples
    --------
    >>> is_time(np.array([0, NO_TIME, 253_402_300_800_000_000])).tolist()
    [True, False, False]
    """
    return (microseconds >= _FIRST_TIME) & (microseconds <= _LAST_TIME)


@cache
def strftime_pattern(text: str) -> str:
    r"""Regular expression, with named parts, for the output of a strftime string.

    Raises
    ------
    FormatError
        If a conversion is unknown or does not end.

    Examples
    --------
    >>> strftime_pattern("%H:%M")
    '(?P<hour>\\d{2}):(?P<minute>\\d{2})'
    """
    for short, long in _SHORTHANDS.items():
        text = re.sub(rf"(?<!%)((?:%%)*)%{short}", lambda m, long=long: m[1] + long, text)  # type: ignore[misc]
    out: list[str] = []
    for match in re.finditer(r"%(.?)|[^%]+", text, re.DOTALL):
        letter = match[1]
        if letter is None:
            out.append(re.escape(match[0]))
        elif letter == "%":
            out.append("%")
        elif letter in _STRFTIME:
            pattern, part = _STRFTIME[letter]
            repeated = any(piece.startswith(f"(?P<{part}>") for piece in out)
            out.append(f"(?P<{part}>{pattern})" if part and not repeated else f"(?:{pattern})")
        else:
            raise FormatError(
                f"the strftime conversion {match[0]!r} at position {match.start() + 1} of {text!r}",
                "one of " + " ".join(f"%{name}" for name in (*_STRFTIME, *_SHORTHANDS)),
            )
    return "".join(out)


def clf_microseconds(texts: Sequence[bytes]) -> NDArray[np.int64]:
    """``10/Oct/2000:13:55:36 -0700`` texts as microseconds since the epoch, ``NO_TIME`` where none.

    Days from the civil date after the algorithm of H. Hinnant, "chrono-compatible low-level date
    algorithms"; a leap second (``:60``) counts as the first second of the next minute.

    Examples
    --------
    >>> clf_microseconds([b"01/Jan/1970:00:00:01 +0000", b"31/Feb/2024:00:00:00 +0000"]).tolist()[0]
    1000000
    """
    result = np.full(len(texts), NO_TIME, np.int64)
    usable = np.fromiter((len(text) == _CLF_BYTES for text in texts), np.bool_, len(texts))
    if not usable.any():
        return result
    chosen = texts if usable.all() else [text for text in texts if len(text) == _CLF_BYTES]
    data = np.frombuffer(b"".join(chosen), np.uint8).reshape(-1, _CLF_BYTES).astype(np.int64)

    def number(*at: int) -> NDArray[np.int64]:
        value = np.zeros(len(data), np.int64)
        for position in at:
            value = value * 10 + data[:, position] - 48
        return value

    month = np.zeros(len(data), np.int64)
    for name, index in _MONTHS.items():
        month[(data[:, 3] == name[0]) & (data[:, 4] == name[1]) & (data[:, 5] == name[2])] = index
    day, year = number(0, 1), number(7, 8, 9, 10)
    hour, minute, second = number(12, 13), number(15, 16), number(18, 19)
    offset_hours, offset_minutes = number(22, 23), number(24, 25)
    days = _days_from_civil(year, np.maximum(month, 1), day)
    # A day that the month does not have would land in the next month.
    next_month = _days_from_civil(
        year + (month == 12), np.where(month == 12, 1, month + 1), np.ones_like(day)
    )
    good = (month > 0) & (day > 0) & (days < next_month) & (hour < 24) & (minute < 60) & (second <= 60)
    good &= (offset_hours < 24) & (offset_minutes < 60)
    offset = (offset_hours * 60 + offset_minutes) * np.where(data[:, 21] == ord("-"), -60, 60)
    seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset
    result[usable] = np.where(good, seconds * 1_000_000, NO_TIME)
    return result


def _days_from_civil(
    year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]
) -> NDArray[np.int64]:
    year = year - (month <= 2)
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    day_of_era: NDArray[np.int64] = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146097 + day_of_era - 719468


_W3C_TIME = lazily(rb"(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?")


def w3c_microseconds(
    texts: Mapping[str, Sequence[bytes | None]], count: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Dates and times of W3C logs, which are UTC by definition (WD-logfile, "date" and "time").

    Examples
    --------
    >>> w3c_microseconds({"w3c_date": [b"1970-01-02"], "w3c_time": [b"00:00:01.5"]}, 1)[0].tolist()
    [86401500000]
    """
    known = np.ones(count, np.bool_)
    if len(texts) < 2:
        return np.full(count, NO_TIME, np.int64), known
    days = _each_distinct(texts["w3c_date"], w3c_date_microseconds)
    seconds = _microseconds_of_times(texts["w3c_time"])
    missing = (days == NO_TIME) | (seconds == NO_TIME)
    return np.where(missing, NO_TIME, days + np.where(missing, 0, seconds)), known


def _each_distinct(
    texts: Sequence[bytes | None], convert: Callable[[bytes | None], int]
) -> NDArray[np.int64]:
    found = {text: convert(text) for text in set(texts)}
    return np.fromiter(map(found.__getitem__, texts), np.int64, len(texts))


def w3c_date_microseconds(text: bytes | None) -> int:
    """Microseconds from the epoch to the begin of a day, ``NO_TIME`` where it is none.

    Examples
    --------
    >>> w3c_date_microseconds(b"1970-01-02"), w3c_date_microseconds(b"-") == NO_TIME
    (86400000000, True)
    """
    try:
        return (date.fromisoformat((text or b"").decode()) - date(1970, 1, 1)).days * 86_400_000_000
    except ValueError:
        return int(NO_TIME)


def _microseconds_of_times(texts: Sequence[bytes | None]) -> NDArray[np.int64]:
    """Whole seconds, ``hh:mm:ss``, all at once; any other text by itself."""
    whole = np.array([text is not None and len(text) == 8 for text in texts], np.bool_)
    result = np.full(len(texts), NO_TIME, np.int64)
    data = np.frombuffer(b"".join(text for text in texts if text is not None and len(text) == 8), np.uint8)
    digits = data.reshape(-1, 8).astype(np.int64) - ord("0")
    hour, minute, second = (digits[:, at] * 10 + digits[:, at + 1] for at in (0, 3, 6))
    shaped = ((digits[:, [0, 1, 3, 4, 6, 7]] >= 0) & (digits[:, [0, 1, 3, 4, 6, 7]] <= 9)).all(axis=1)
    shaped &= (digits[:, [2, 5]] == ord(":") - ord("0")).all(axis=1)
    good = shaped & (hour < 24) & (minute < 60) & (second <= 60)
    result[whole] = np.where(good, (hour * 3600 + minute * 60 + second) * 1_000_000, NO_TIME)
    for row in np.flatnonzero(~whole).tolist():
        result[row] = _microseconds_of_time(texts[row])
    return result


def _microseconds_of_time(text: bytes | None) -> int:
    match = _W3C_TIME.fullmatch(text or b"")
    if match is None:
        return int(NO_TIME)
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    if hour > 23 or minute > 59 or second > 60:
        return int(NO_TIME)
    fraction = int(f"{(match[4] or b'').decode():0<6.6}")
    return (hour * 3600 + minute * 60 + second) * 1_000_000 + fraction


def combine(
    kinds: Sequence[str], texts: Sequence[Sequence[bytes | None]], zone: tzinfo
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Times whose parts stand in one or several fields, and whether the log states the offset.

    Parameters
    ----------
    kinds
        Kind of each field (see ``template.KINDS``), or ``strftime:`` with a strftime string.
    texts
        One sequence of texts per field, all of one length.
    zone
        Time zone of times that state no offset.

    Examples
    --------
    >>> combine(["strftime:%Y-%m-%d", "strftime:%H:%M"], [[b"1970-01-01"], [b"00:01"]], UTC)[0].tolist()
    [60000000]
    """
    if set(kinds) <= {"w3c_date", "w3c_time"}:
        return w3c_microseconds(dict(zip(kinds, texts, strict=True)), len(texts[0]))
    patterns = [
        re.compile(
            (
                strftime_pattern(kind.removeprefix("strftime:"))
                if kind.startswith("strftime:")
                else _PARTS_OF_KIND[kind]
            ).encode()
        )
        for kind in kinds
    ]
    times = np.full(len(texts[0]), NO_TIME, np.int64)
    known = np.zeros(len(texts[0]), np.bool_)
    for row, values in enumerate(zip(*texts, strict=True)):
        parts: dict[str, bytes] = {}
        for pattern, value in zip(patterns, values, strict=True):
            match = pattern.fullmatch(value) if value is not None else None
            if match is not None:
                parts = {name: text for name, text in match.groupdict().items() if text is not None} | parts
        # The writer's documentation says that its times without an offset are UTC.
        if "iso8601_utc" in kinds and parts:
            parts.setdefault("offset", b"Z")
        if "clf_wrong_sign" in kinds and "offset" in parts:
            parts["offset"] = parts["offset"].translate(_OTHER_SIGN)
        found = _instant(parts, zone)
        if found is not None:
            times[row], known[row] = found
    return times, known


def _instant(parts: dict[str, bytes], zone: tzinfo) -> tuple[int, bool] | None:
    """Microseconds since the epoch and whether the offset is stated; nothing without a date."""
    number = {name: int(text) for name, text in parts.items() if text.strip().isdigit()}
    fraction = (
        int(f"{parts.get('fraction', b'').decode():0<6.6}")
        if "fraction" in parts
        else number.get("microsecond", 0)
    )
    for name, factor in (("epoch_seconds", 10**6), ("epoch_milliseconds", 10**3), ("epoch_microseconds", 1)):
        if name in number:
            return number[name] * factor + (fraction if factor == 10**6 else 0), True
    year = number.get(
        "year", 2000 + number["year2"] - (100 if number["year2"] > 68 else 0) if "year2" in number else None
    )
    month = number.get("month", _MONTHS.get(parts.get("month_name", b"")[:3].title()))
    if (
        year is None
        or (month is None and "day_of_year" not in number)
        or not parts.keys() & {"hour", "hour12"}
    ):
        return None
    hour = number.get(
        "hour", number.get("hour12", 0) % 12 + (12 if parts.get("half", b"").lower() == b"pm" else 0)
    )
    second = number.get("second", 0)
    stated = _offset(parts)
    try:
        if "day_of_year" in number and month is None:
            day = datetime(year, 1, 1) + timedelta(days=number["day_of_year"] - 1)
            year, month, number["day"] = day.year, day.month, day.day
        when = datetime(
            year,
            month or 1,
            number.get("day", 0),
            hour,
            number.get("minute", 0),
            min(second, 59),
            tzinfo=stated or zone,
        )
    except (ValueError, OverflowError):
        return None
    whole = (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return whole + (second == 60) * 1_000_000 + fraction, stated is not None


def _offset(parts: dict[str, bytes]) -> tzinfo | None:
    text = parts.get("offset")
    if text is None:
        return UTC if parts.get("zone_name", b"").upper() in {b"UTC", b"GMT", b"Z"} else None
    if text == b"Z":
        return UTC
    digits = text[1:].replace(b":", b"")
    minutes = int(digits[:2]) * 60 + int(digits[2:4])
    if minutes >= 24 * 60:
        return None
    return timezone(timedelta(minutes=-minutes if text[:1] == b"-" else minutes))
