"""Lists of networks and of AS numbers, as people publish them, read into one form.

What a file holds is recognised by its content, never by its name: plain addresses, CIDR networks and
ranges (one per line), AS numbers (one per line or CSV with the header ``ASN``), and JSON arrays of
either. A line that cannot be understood is counted and kept, and stops nothing, unless nothing at all
was understood. The date of a list decides what it may say about a log, so a list without one warns.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from logattr.errors import ListError, OptionError, SourceError
from logattr.networks.classes import CLASSES, LIST_CLASSES
from logattr.networks.dated import calendar_day, date_in_names, stated_date
from logattr.networks.entries import BadLine, Entries, Key, Seen, read_entries
from logattr.networks.intervals import Intervals, Range
from logattr.networks.packed import BROKEN, is_tar, kind_of, only_member, opened
from logattr.networks.quotes import Quotes
from logattr.networks.tor import Exits, hourly_lists

__all__ = ["MAX_BYTES", "BadLine", "NetworkList", "load_list", "parse_list_option"]

#: A list may have this many bytes after decompression; the largest public ones have a few million.
MAX_BYTES = 256 * 2**20

_PART = 2**20
# A month of Tor's exit lists is read on the way and unpacks to some 300 MB.
_MOST_UNPACKED = 4 * 2**30
_MMDB_MARK = b"\xab\xcd\xefMaxMind.com"


@dataclass(frozen=True, slots=True)
class NetworkList:
    """One list, ready to be asked about addresses.

    Rows are the list's distinct things to match: first its networks, then its AS numbers, then names
    of AS holders (only the built-in table has all three).

    Parameters
    ----------
    name
        How evidence names it.
    class_
        Class of its entries, or ``mixed`` when ``classes`` differ by row.
    kind
        ``networks``, ``as_numbers`` or ``mixed``.
    path
        File it came from, as given.
    date
        Day it describes; None when nothing states one.
    sha256
        Of the file's bytes as they are on disk.
    lineage
        Origin; lists of one lineage are one witness.
    entries
        Entries understood, doubles included.
    intervals
        Its networks by row; None when it has none.
    as_numbers, as_rows
        Its AS numbers, ascending, and the row of each.
    holders
        Row by name of an AS's holder, as :func:`logattr.networks.signals.holder_key` writes it.
    classes, labels, values
        Per row: class; provider or comment, "" when there is none; network, AS number or holder as
        evidence quotes it.
    exact
        Per row: it is one single address.
    bad, bad_count
        The first lines that were not understood, and how many there were.
    mended
        Networks with host bits set (``10.0.0.1/8``), taken as the network that holds the address.
    warnings
        What its user should know.
    seen
        Per row: the first and the last day on which the list's maker saw it; empty when it never says.
    """

    name: str
    class_: str
    kind: str
    path: str
    date: datetime.date | None
    sha256: str
    lineage: str
    entries: int
    intervals: Intervals | None
    as_numbers: NDArray[np.int64]
    as_rows: NDArray[np.int32]
    holders: Mapping[str, int]
    classes: tuple[str, ...]
    labels: tuple[str, ...]
    values: Quotes
    exact: NDArray[np.bool_]
    bad: tuple[BadLine, ...] = ()
    bad_count: int = 0
    mended: int = 0
    warnings: tuple[str, ...] = ()
    covers: str = ""
    seen: tuple[Seen, ...] = ()


def load_list(
    class_: str,
    path: str | Path,
    *,
    name: str | None = None,
    date: datetime.date | None = None,
    lineage: str | None = None,
) -> NetworkList:
    r"""Read a list of networks or AS numbers from a file.

    Parameters
    ----------
    class_
        What an entry means: one of ``logattr.networks.classes.LIST_CLASSES``, such as ``vpn``.
    path
        Plain, or packed with gzip, bzip2, xz or zip; or a month of Tor's exit lists
        (``exit-list-YYYY-MM.tar.xz``). Networks may carry comments after ``#``, ``;`` or ``//``.
    name
        How evidence names it; by default the last two parts of the path.
    date
        Day it describes. By default a date stated in its header comments, else one in the name of the
        file or of its folder. The file's time stamp is never used: it changes when a file is copied.
    lineage
        Its origin; by default its content, so that two copies of one file count once.

    Raises
    ------
    OptionError
        ``class_`` is unknown.
    ListError
        The file cannot be read, is too large, or nothing in it was understood.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "vpn-2024-02-01.txt")
    ...     _ = file.write_text("# ours\n192.0.2.0/24 # Example VPN\n198.51.100.7\n?\n")
    ...     found = load_list("vpn", file)
    >>> found.kind, found.entries, list(found.values), found.bad_count, str(found.date)
    ('networks', 2, ['192.0.2.0/24', '198.51.100.7/32'], 1, '2024-02-01')
    """
    _check_class(class_)
    path = Path(path)
    raw = _read(path)
    entries, data = _unpack(raw, path)
    if not entries.count:
        raise _nothing_understood(path, data, entries)
    content = hashlib.sha256(data).hexdigest()
    return _finish(
        entries,
        name=name or "/".join(path.parts[-2:]).encode("utf-8", "backslashreplace").decode(),
        class_=class_,
        path=str(path),
        date=date or stated_date(entries.header) or entries.date or date_in_names(path),
        sha256=hashlib.sha256(raw).hexdigest(),
        lineage=lineage or f"sha256:{content[:12]}",
    )


def parse_list_option(option: str) -> tuple[str, Path, datetime.date | None]:
    """Split ``CLASS=PATH`` or ``CLASS=PATH@YYYY-MM-DD`` into its parts.

    Raises
    ------
    OptionError
        No ``=``, no path, an unknown class, or a day that is not in the calendar.

    Examples
    --------
    >>> class_, path, date = parse_list_option("vpn=lists/vpn.txt@2024-02-01")
    >>> class_, path.name, str(date)
    ('vpn', 'vpn.txt', '2024-02-01')
    """
    class_, equals, rest = option.partition("=")
    path, at, day = rest.rpartition("@")
    date = None
    if at and re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", day):
        date = calendar_day(*day.split("-"))
        if date is None:
            raise OptionError(f"the list option {option!r} has the date {day!r}", "a day as YYYY-MM-DD")
    else:
        path = rest
    if not equals or not path:
        raise OptionError(
            f"the list option {option!r}",
            "CLASS=PATH or CLASS=PATH@YYYY-MM-DD",
            "vpn=lists/vpn.txt@2024-02-01",
        )
    _check_class(class_.strip())
    return class_.strip(), Path(path), date


def _check_class(class_: str) -> None:
    if class_ in LIST_CLASSES:
        return
    from difflib import get_close_matches

    near = get_close_matches(class_.casefold(), LIST_CLASSES, n=1, cutoff=0.5)
    what = f"the class {class_!r} of a list"
    if class_ in CLASSES:
        what += ", which is an answer and not evidence"
    raise OptionError(what, "one of " + ", ".join(LIST_CLASSES), near[0] if near else "")


# ------------------------------------------------------------------ bytes


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise ListError(f"the list {path} cannot be read ({reason})", "a readable file") from error
    if len(raw) > MAX_BYTES:
        raise _too_large(path)
    return raw


def _unpack(raw: bytes, path: Path) -> tuple[Entries, bytes]:
    """Read what a file holds, and the bytes that tell it from other lists: its content, or an archive."""
    kind = kind_of(raw)
    try:
        if kind != "zip" and is_tar(raw, name=path.name):
            exits = _exits(raw, path)
            if exits.lists:
                entries = Entries()
                entries.take_exits(exits)
                return entries, raw
        elif kind != "zip":
            with closing(opened(raw, limit=MAX_BYTES + _PART, name=path.name)) as stream:
                data = _whole(stream, path)
            return read_entries(data), data
        data = only_member(raw, limit=MAX_BYTES, name=path.name)
    except BROKEN as error:
        raise ListError(
            f"the list {path} begins as {kind or 'tar'} but cannot be decompressed ({error})",
            "a complete file",
            "fetching it again",
        ) from error
    except SourceError as error:
        raise ListError(f"the list {path}: {error.given}", error.expected, error.try_) from error
    if len(data) > MAX_BYTES:
        raise _too_large(path)
    return read_entries(data), data


def _whole(stream: IO[bytes], path: Path) -> bytes:
    parts, size = [], 0
    while part := stream.read(_PART):
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            raise _too_large(path)
    return b"".join(parts)


def _exits(raw: bytes, path: Path) -> Exits:
    exits = Exits()
    with closing(opened(raw, limit=_MOST_UNPACKED, name=path.name)) as stream:
        for _, text in hourly_lists(stream):
            exits.add(text)
    return exits


def _too_large(path: Path) -> ListError:
    return ListError(f"the list {path} is too large", f"at most {MAX_BYTES // 2**20} MB, decompressed")


# ------------------------------------------------------------------ result


def _finish(
    entries: Entries,
    *,
    name: str,
    class_: str,
    path: str,
    date: datetime.date | None,
    sha256: str,
    lineage: str,
) -> NetworkList:
    networks = _Networks.of(entries)
    numbers = sorted(entries.as_labels)
    labels = [*networks.labels, *(entries.as_labels[number] for number in numbers)]
    return NetworkList(
        name=name,
        class_=class_,
        kind="as_numbers" if numbers else "networks",
        path=path,
        date=date,
        sha256=sha256,
        lineage=lineage,
        entries=entries.count,
        intervals=networks.intervals() if len(networks) else None,
        as_numbers=np.array(numbers, np.int64),
        as_rows=np.arange(len(networks), len(labels), dtype=np.int32),
        holders={},
        classes=(class_,) * len(labels),
        labels=tuple(labels),
        values=Quotes(
            networks.first, networks.last, (*networks.others, *(f"AS{number}" for number in numbers))
        ),
        exact=np.concatenate([networks.exact(), np.zeros(len(numbers), np.bool_)]),
        bad=tuple(entries.bad),
        bad_count=entries.bad_count,
        mended=entries.mended,
        warnings=tuple(_warnings(entries, name, date)),
        covers=f"{entries.count:,} entries of class {class_}",
        seen=tuple(entries.seen.get(key, (None, None)) for key in networks.keys) if entries.seen else (),
    )


@dataclass(frozen=True, slots=True)
class _Networks:
    """The networks of a list by row: those of IPv4 as columns, then the others; each in ascending order."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    six: list[tuple[int, int]]
    others: list[str]
    labels: list[str]

    @classmethod
    def of(cls, entries: Entries) -> _Networks:
        items = sorted(entries.networks.items())
        count = sum(version == 4 for (version, *_), _ in items)
        plain = entries.plain
        # Last, so that of doubles the one that may have a label stands first.
        first, last = (
            np.concatenate([np.array([key[end] for key, _ in items[:count]], np.int64), column])
            for end, column in ((1, plain.first), (2, plain.last))
        )
        rows = np.unique(Quotes(first, last).keys(), return_index=True)[1]
        labels = [label for _, (_, label) in items]
        of_rows = [labels[row] if row < count else "" for row in rows.tolist()] if count else [""] * len(rows)
        return cls(
            first[rows],
            last[rows],
            [(first, last) for (_, first, last), _ in items[count:]],
            [text for _, (text, _) in items[count:]],
            [*of_rows, *labels[count:]],
        )

    def __len__(self) -> int:
        return len(self.labels)

    def intervals(self) -> Intervals:
        return Intervals.of_columns(
            self.first,
            self.last,
            np.arange(len(self.first)),
            [Range(first, last, 6, row) for row, (first, last) in enumerate(self.six, len(self.first))],
        )

    def exact(self) -> NDArray[np.bool_]:
        return np.concatenate(
            [self.first == self.last, np.array([first == last for first, last in self.six], np.bool_)]
        )

    @property
    def keys(self) -> Iterator[Key]:
        for first, last in zip(self.first.tolist(), self.last.tolist(), strict=True):
            yield 4, first, last
        for first, last in self.six:
            yield 6, first, last


def _warnings(entries: Entries, name: str, date: datetime.date | None) -> Iterator[str]:
    if date is None:
        yield (
            f"the list {name} has no date, so nobody can say whether it fits the log; "
            "--list CLASS=PATH@YYYY-MM-DD gives it one"
        )
    if entries.bad_count:
        first = entries.bad[0]
        lines = "line that was" if entries.bad_count == 1 else "lines that were"
        yield (
            f"the list {name} has {entries.bad_count:,} {lines} not understood, "
            f"the first is line {first.line}: {first.text!r} ({first.reason})"
        )
    if entries.mended:
        networks = "network" if entries.mended == 1 else "networks"
        yield f"the list {name} has {entries.mended:,} {networks} with host bits set, taken whole"


def _nothing_understood(path: Path, raw: bytes, entries: Entries) -> ListError:
    if not raw.strip():
        return ListError(f"the list {path} is empty", "addresses, networks or AS numbers")
    if _MMDB_MARK in raw[-200_000:]:
        return ListError(
            f"the list {path} is a MaxMind database", "a text or JSON list", "--db for databases"
        )
    first = (
        f": line {bad.line} is {bad.text[:80]!r} ({bad.reason})"
        if (bad := next(iter(entries.bad), None))
        else ""
    )
    return ListError(
        f"nothing in the list {path} was understood{first}",
        "one address, CIDR network, first-last range or AS number per line, or a JSON array of them",
        "extracting the networks into a plain text file, one per line",
    )
