"""Lines that describe the rows below them: W3C directives, Zeek's and those of CSV files."""

from __future__ import annotations

import re
from dataclasses import dataclass

from logattr.patterns import lazily
from logattr.reading.escapes import to_text

__all__ = ["Header", "csv_header", "w3c_header", "zeek_header"]


@dataclass(frozen=True, slots=True)
class Header:
    """What one header line says; all null: nothing that matters here.

    Parameters
    ----------
    names
        Names of the columns from here on.
    date
        Date of rows that give the time of day only, as ``YYYY-MM-DD``.
    refused
        Why the rows below are no requests.
    allowed
        Whether rows below are requests again, whatever was said before.
    """

    names: tuple[str, ...] | None = None
    date: bytes | None = None
    refused: str = ""
    allowed: bool = False


_DIRECTIVE = lazily(rb"#\s*([A-Za-z][\w-]*)\s*:\s*(.*)", re.DOTALL)
# `28/Jun/2017 07:28:59` is Imperva's.
_DATE = lazily(rb"(\d{4}-\d{2}-\d{2}|(\d{2})/([A-Za-z]{3})/(\d{4}))\b")
_MONTHS = b"JanFebMarAprMayJunJulAugSepOctNovDec"


def w3c_header(line: bytes) -> Header | None:
    """A directive of the W3C extended log file format; null where the line is none.

    Names of directives are compared without regard to case (plaso issue 4145); some files carry
    ``//`` comments behind them.

    Examples
    --------
    >>> w3c_header(b"#fields: date time c-ip  // and no more").names
    ('date', 'time', 'c-ip')
    >>> w3c_header(b"#Date: 28/Jun/2017 07:28:59").date
    b'2017-06-28'
    """
    match = _DIRECTIVE.match(line)
    if match is None:
        return Header() if line.rstrip() == b"#" else None
    name = match[1].lower()
    value = re.split(rb"(?:^|\s)//", match[2])[0]
    if name == b"fields":
        # Exchange separates by commas: no name holds one, and its rows are no rows of this format.
        return Header(names=tuple(to_text(word) for word in value.replace(b",", b" ").split()))
    if name == b"date" and (date := _DATE.match(value)):
        return Header(date=_iso_date(date))
    return Header()


def _iso_date(match: re.Match[bytes]) -> bytes | None:
    if match[2] is None:
        return match[1]
    at = _MONTHS.find(match[3].title())
    return None if at < 0 or at % 3 else b"%b-%02d-%b" % (match[4], at // 3 + 1, match[2])


def zeek_header(line: bytes) -> Header | None:
    r"""A header line of Zeek's ASCII writer; null where the line is none.

    Examples
    --------
    >>> zeek_header(b"#path\tconn").refused
    'Zeek conn.log, which lists no requests; http.log does'
    """
    words = line.split(b"\t")
    if words[0] == b"#fields":
        return Header(names=tuple(map(to_text, words[1:])))
    if words[0] == b"#path" and len(words) > 1:
        path = to_text(words[1])
        if path == "http" or path.startswith("http_"):  # filters of a site have names of their own
            return Header(allowed=True)
        return Header(refused=f"Zeek {path[:40]}.log, which lists no requests; http.log does")
    return Header() if re.match(rb"#\w+", line) else None


def csv_header(line: bytes) -> Header | None:
    """The first line of a Cloud Storage log, usage or storage; null where the line is neither."""
    names = tuple(to_text(word.strip(b'" ')) for word in line.split(b","))
    if "storage_byte_hours" in names:
        return Header(refused="Cloud Storage storage log, which lists no requests; the usage log does")
    return Header(names=names, allowed=True) if names[0] == "time_micros" else None
