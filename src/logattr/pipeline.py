"""The way in whole tables, on one page: logs → events → clients → tagged addresses → verdicts.

:func:`read_log`, :func:`enrich` and :func:`attribute` take and give DataFrames. The same stages block by
block, holding clients only, are in :mod:`logattr.investigation`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.attribution.clients import ClientTable
from logattr.columns import ADDRESSES, EVENTS, schema
from logattr.distinct import distinct
from logattr.enrichment import Sources, event_days, open_sources, parse_day, tag_addresses
from logattr.enrichment.sources import path_texts
from logattr.errors import OptionError
from logattr.formats import Format
from logattr.frames import FrameBuilder, to_frame
from logattr.reading.compression import MAX_RATIO
from logattr.reading.inputs import Logs, expand
from logattr.reading.scan import ReadOptions, Scan, raise_if_all_failed

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd


__all__ = ["attribute", "enrich", "lookup", "read_log", "scan_log"]

_ROOM = 1.02  # times the rows that the first block lets expect
_MOST_EXPECTED = 1 << 26  # a file's size says nothing sure


def scan_log(
    log: str | os.PathLike[str],
    *,
    format: str | Format | None = None,
    timezone: str = "UTC",
    trusted_proxies: Sequence[str] = (),
    max_ratio: int = MAX_RATIO,
    year: int | None = None,
    stdin: IO[bytes] | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> Scan:
    r"""Read one log as batches of Arrow events and rejects, in bounded memory.

    Parameters
    ----------
    log
        Path, ``ARCHIVE!MEMBER``, or ``-`` for ``stdin``.
    format
        Name of a format (``logattr formats``), an Apache LogFormat, an nginx log_format, or a
        :class:`~logattr.formats.Format`; null: detected from the content.
    timezone
        IANA name for times that state no offset; such events have ``time_zone_known`` false.
    trusted_proxies
        Networks whose forwarded-for entries are believed (``private`` for private space); without
        them the peer is the client.
    max_ratio
        Beyond 1 GB, an input that unpacks to more than this many times its size is refused as a
        decompression bomb.
    year
        Of the first line, for syslog times, which state none.
    stdin
        Stream that ``-`` means.
    progress
        Called with the raw bytes done and in all (null where unknown).

    Returns
    -------
    Scan
        Iterate for batches with ``events`` (``columns.EVENTS``) and ``rejects``
        (``columns.REJECTS``); afterwards its counts stand.

    Raises
    ------
    SourceError, FormatError, OptionError
        See there.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> log = Path(mkdtemp(), "access.log")
    >>> line = '81.32.0.1 - - [10/Jan/2024:08:01:02 +0800] "GET /a HTTP/1.1" 200 12'
    >>> _ = log.write_text(line + "\n")
    >>> scan = scan_log(log)
    >>> [batch.events["path"].to_pylist() for batch in scan], scan.lines, scan.rejected
    ([['/a']], 1, 0)
    """
    options = ReadOptions(format, timezone, tuple(trusted_proxies), max_ratio=max_ratio, year=year)
    return Scan(os.fspath(log), options, stdin=stdin, progress=progress)


def read_log(
    log: Logs,
    *,
    format: str | Format | None = None,
    timezone: str = "UTC",
    trusted_proxies: Sequence[str] = (),
    max_ratio: int = MAX_RATIO,
    year: int | None = None,
) -> pd.DataFrame:
    r"""Read logs into one DataFrame, one row per event.

    Parameters
    ----------
    log
        A path, folder or glob, or several; of an archive all files, or one as ``ARCHIVE!MEMBER``.
    format, timezone, trusted_proxies, max_ratio, year
        See :func:`scan_log`.

    Returns
    -------
    pandas.DataFrame
        Columns of ``columns.EVENTS``. ``frame.attrs["logattr"]`` says per input what was read:
        ``lines``, ``events``, ``rejects``, ``blank`` (which add up), the chosen format and warnings.

    Raises
    ------
    SourceError, FormatError, OptionError
        If an input cannot be read or nothing in it is understood.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> log = Path(mkdtemp(), "access.log")
    >>> line = '81.32.0.1 - - [10/Jan/2024:08:01:02 +0800] "GET /a HTTP/1.1" 200 12'
    >>> _ = log.write_text(line + "\n")
    >>> frame = read_log(log)
    >>> frame[["client_ip", "path", "user_agent"]].iloc[0].to_list()
    ['81.32.0.1', '/a', <NA>]
    >>> frame.attrs["logattr"][0]["events"]
    1
    """
    options = ReadOptions(format, timezone, tuple(trusted_proxies), max_ratio=max_ratio, year=year)
    names = expand([log] if isinstance(log, str | os.PathLike) else list(log), max_ratio=max_ratio)
    about, scans = [], []
    frame = FrameBuilder(schema(EVENTS))
    for name in names:
        scan = Scan(name, options, alone=len(names) == 1)
        for block_bytes, events in scan.each(lambda block, batch: (len(block.data), batch.events)):
            if scan.events == len(events):  # the first ones
                frame.expect(frame.rows + _expected(scan, block_bytes, len(events)))
            frame.add(events)
        scans.append(scan)
        about.append(
            {
                "source": name,
                "lines": scan.lines,
                "events": scan.events,
                "rejects": scan.rejected,
                "blank": scan.blank,
                "format": scan.chosen,
                "warnings": scan.warnings(),
            }
        )
    raise_if_all_failed(scans)
    found = frame.finish()
    found.attrs["logattr"] = about
    return found


def _expected(scan: Scan, block_bytes: int, events: int) -> int:
    """Roughly how many events an input will give, of which one block is known."""
    blocks = (scan.source.text_bytes or block_bytes) / max(block_bytes, 1)
    return min(int(events * blocks * _ROOM) + 1, _MOST_EXPECTED)


def lookup(
    addresses: str | Iterable[str | None],
    *,
    databases: Sequence[str | os.PathLike[str]] = (),
    lists: Sequence[str] = (),
    sources: Sources | None = None,
    as_of: dt.date | str | None = None,
) -> pd.DataFrame:
    """Tag addresses with place, network and anonymiser evidence: one row per address, in order.

    Parameters
    ----------
    addresses
        One text or several. What is no address gets a row with ``ip_scope`` "invalid", never an error.
    databases
        ``.mmdb`` files or folders, asked before those of ``$LOGATTR_DATABASES`` and the embedded one.
    lists
        ``CLASS=PATH`` or ``CLASS=PATH@YYYY-MM-DD``.
    sources
        Databases and lists that are open already, instead of the two above.
    as_of
        The day that is asked about, as a date or YYYY-MM-DD: of sources with dated copies the one of that
        day answers, and columns with ``now`` say what the newest says if that differs. By default only
        the newest copies are asked.

    Returns
    -------
    pandas.DataFrame
        Columns of ``columns.ADDRESSES``. Without evidence ``anon_class`` is ``none_found`` (in so many
        sources), or ``not_assessed`` where no source was asked.

    Raises
    ------
    DatabaseError, ListError, OptionError
        If no database is found, a database or list cannot be read, or ``as_of`` is no day.

    Examples
    --------
    >>> tags = lookup(["81.32.0.1", "10.0.0.1", "no address"])
    >>> tags[["geo_country", "geo_status", "anon_class"]].to_numpy().tolist()[0]
    ['ES', 'ok', 'none_found']
    >>> tags["ip_scope"].to_list()
    ['global', 'private', 'invalid']
    """
    texts = list(map(_text, [addresses] if isinstance(addresses, str) else addresses))
    days = None if as_of is None else np.full(len(texts), parse_day(as_of), np.int64)
    return to_frame(_distinct_lookup(texts, sources or open_sources(path_texts(databases), lists), days))


def _text(value: object) -> str | None:
    """A value as text that Arrow can hold; what is missing is null."""
    if value is None or value is not value or type(value).__name__ == "NAType":  # noqa: PLR0124  # NaN
        return None
    return str(value).encode("utf-8", "backslashreplace").decode()


def _distinct_lookup(
    texts: Sequence[str | None], sources: Sources, days: NDArray[np.int64] | None
) -> pa.Table:
    """Look each distinct text of each day up once, then spread the rows by code."""
    encoded = pa.array(texts, pa.string()).dictionary_encode(null_encoding="encode")
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    if days is None:
        return tag_addresses(encoded.dictionary.to_pylist(), sources).take(pa.array(codes))
    first, number = distinct([codes, np.maximum(days, -1)])
    asked = encoded.dictionary.take(pa.array(codes[first])).to_pylist()
    tagged = tag_addresses(asked, sources.for_days(days), event_days=days[first])
    return tagged.take(pa.array(number))


def enrich(
    frame: pd.DataFrame,
    *,
    column: str = "client_ip",
    databases: Sequence[str | os.PathLike[str]] = (),
    lists: Sequence[str] = (),
    sources: Sources | None = None,
    as_of: dt.date | str | None = "time",
) -> pd.DataFrame:
    """Add the columns of :func:`lookup` to a frame; rows, order and index stay, the input is untouched.

    Parameters
    ----------
    frame
        Any DataFrame.
    column
        Its column of addresses; may hold nulls and repeated values.
    databases, lists, sources
        See :func:`lookup`.
    as_of
        Column of times whose days are asked about, row by row; a frame without ``time`` is asked about
        today. Or one day for all rows, or None for today, as in :func:`lookup`.

    Raises
    ------
    OptionError
        If the frame has no such column, or has columns that would be overwritten.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"client_ip": ["81.32.0.1", None, "81.32.0.1"]}, index=[7, 8, 9])
    >>> enrich(frame)["geo_country"].to_list()
    ['ES', nan, 'ES']
    """
    if column not in frame.columns:
        raise OptionError(f"the column {column!r}", f"one of {', '.join(map(str, frame.columns))}")
    if list(frame.columns).count(column) > 1:
        raise OptionError(f"a frame with several columns {column!r}", "one column of addresses")
    clash = [one.name for one in ADDRESSES if one.name in frame.columns]
    if clash:
        raise OptionError(f"a frame that has the columns {', '.join(clash)} already", "a frame without them")
    days = _row_days(frame, as_of)
    texts = list(map(_text, frame[column].to_list()))
    opened = sources or open_sources(path_texts(databases), lists)
    tags = to_frame(_distinct_lookup(texts, opened, days))
    tags.index = frame.index
    import pandas as pd

    enriched = pd.concat([frame, tags], axis=1)
    enriched.attrs = dict(frame.attrs)
    return enriched


def _row_days(frame: pd.DataFrame, as_of: dt.date | str | None) -> NDArray[np.int64] | None:
    """Day of each row, -1 where it has none; None: no days at all."""
    if as_of is None or (as_of == "time" and "time" not in frame.columns):
        return None
    if not isinstance(as_of, str) or as_of not in frame.columns:
        return np.full(len(frame), parse_day(as_of), np.int64)
    times = pa.array(frame[as_of], from_pandas=True)
    times = pa.concat_arrays(times.chunks) if isinstance(times, pa.ChunkedArray) else times
    if pa.types.is_null(times.type):
        return None
    if not pa.types.is_timestamp(times.type):
        raise OptionError(f"the column {as_of!r} of type {times.type}", "a column of times", "as_of=None")
    numbers = times.cast(pa.timestamp("us", times.type.tz), safe=False).cast(pa.int64())
    return event_days(numbers.fill_null(np.iinfo(np.int64).min).to_numpy(zero_copy_only=False))


def attribute(
    frame: pd.DataFrame,
    places: str | Sequence[str],
    *,
    databases: Sequence[str | os.PathLike[str]] = (),
    lists: Sequence[str] = (),
    self_networks: Sequence[str] = (),
    sources: Sources | None = None,
) -> pd.DataFrame:
    r"""One row per client of an events frame, with class, grade and reasons.

    Parameters
    ----------
    frame
        Events as :func:`read_log` gives them, whole or filtered.
    places
        Names or ISO 3166 codes, see :mod:`logattr.places`.
    databases, lists, sources
        See :func:`lookup`.
    self_networks
        Networks of the observers themselves.

    Returns
    -------
    pandas.DataFrame
        Columns of ``columns.CLIENTS``, highlighted clients first.

    Raises
    ------
    PlaceError
        If a place is unknown or ambiguous.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> log = Path(mkdtemp(), "access.log")
    >>> line = '81.32.0.1 - - [10/Jan/2024:08:01:02 +0800] "GET /a HTTP/1.1" 200 12'
    >>> _ = log.write_text(line + "\n")
    >>> attribute(read_log(log), ["Spain"])[["client", "place", "class"]].iloc[0].to_list()
    ['81.32.0.1', 'ES', 'matched']
    """
    from logattr.attribution.findings import clients_table
    from logattr.places import resolve_many

    wanted = schema(EVENTS)
    missing = [name for name in wanted.names if name not in frame.columns]
    if missing:
        raise OptionError(
            f"a frame without the columns {', '.join(missing)}", "events as read_log gives them"
        )
    clients = ClientTable()
    clients.add(pa.Table.from_pandas(frame[wanted.names], schema=wanted, preserve_index=False))
    asked = resolve_many([places] if isinstance(places, str) else places)
    opened = sources or open_sources(path_texts(databases), lists)
    opened = opened.for_days(event_days(clients.last_seen))
    return to_frame(clients_table(clients, asked, opened, self_networks))
