"""What the store has for lookups: the newest copies, and those that fit the days of events.

Reading a list of some 100,000 networks takes seconds, so what was read is kept beside the file: numbers
as numpy arrays, texts as JSON, never a pickle. It is used only for the very bytes that it was made from.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import zipfile
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from logattr.databases.catalog import read_catalog
from logattr.databases.store import Copy, Store, data_folder
from logattr.errors import DatabaseError, ListError
from logattr.networks.entries import BadLine
from logattr.networks.intervals import Intervals
from logattr.networks.lists import NetworkList, load_list
from logattr.networks.quotes import Quotes

if TYPE_CHECKING:
    from logattr.databases.mmdb import Database

__all__ = [
    "keep_read",
    "nearest_copies",
    "newest_copies",
    "open_copy",
    "read_copy",
    "stored_databases",
    "stored_lists",
]

#: Goes up whenever lists are read differently, so that what was read before is read again.
_EDITION = 5
_KEPT = f".read-{_EDITION}.npz"
_UNDATED = "has no date"
_LAST_DAY = (dt.date.max - dt.date(1970, 1, 1)).days


def newest_copies(store: Store) -> list[Copy]:
    """Newest copy of every source: a user's own sources first, then in the order of the catalogue."""
    names = store.sources()
    order = _order() if names else {}
    newest = (store.newest(name) for name in names)
    return sorted((copy for copy in newest if copy), key=lambda copy: order.get(copy.source, -1))


def _order() -> dict[str, int]:
    """Places of sources in the catalogue, which takes longer to read than to find a store empty."""
    return {name: place for place, name in enumerate(read_catalog())}


def nearest_copies(store: Store, days: Iterable[int]) -> list[Copy]:
    """Copies that fit any of some days, given since 1970-01-01; negative ones are left out."""
    dates = [dt.date(1970, 1, 1) + dt.timedelta(day) for day in set(days) if 0 <= day <= _LAST_DAY]
    names = store.sources() if dates else []
    order = _order() if names else {}
    found = {
        (order.get(name, -1), name, copy.date): copy
        for name in names
        for copy in _nearest(store.copies(name), dates)
    }
    return [found[key] for key in sorted(found)]


def _nearest(copies: Sequence[Copy], dates: Sequence[dt.date]) -> Iterator[Copy]:
    """As :meth:`Store.nearest` for many days, with one look at the disk."""
    days = [copy.date for copy in copies]
    yield from (copies[max(bisect_right(days, date) - 1, 0)] for date in (dates if copies else ()))


def open_copy(copy: Copy) -> Database:
    """Open a database of the store.

    Raises
    ------
    DatabaseError
        The file is broken.
    """
    from logattr.databases.mmdb import open_database

    try:
        return open_database(copy.path, copy.mapping)
    except DatabaseError as error:
        remove = f"`logattr db remove {copy.source} {copy.date}`, then fetching or adding it again"
        raise DatabaseError(error.given, error.expected, remove) from error


def stored_databases(environ: Mapping[str, str], known: Collection[Path] = ()) -> list[Copy]:
    """The newest databases of the store, but for those whose content is ``known`` already."""
    copies = [copy for copy in newest_copies(Store(data_folder(environ))) if copy.is_database]
    if not copies:
        return []
    sizes = {copy.size for copy in copies}
    hashes = {_sha256(path) for path in known if path.is_file() and path.stat().st_size in sizes}
    return [copy for copy in copies if copy.sha256 not in hashes]


def stored_lists(environ: Mapping[str, str], known: Collection[str] = ()) -> list[NetworkList]:
    """Newest lists of the store, but for those whose SHA-256 is ``known`` already.

    Raises
    ------
    ListError
        A file is not what was stored.
    """
    copies = newest_copies(Store(data_folder(environ)))
    return [read_copy(copy) for copy in copies if not copy.is_database and copy.sha256 not in known]


def read_copy(copy: Copy) -> NetworkList:
    """Read a list of the store; class, date, lineage and provider are those of its manifest.

    Raises
    ------
    ListError
        The file is not what was stored.
    """
    try:
        changed = _sha256(copy.path) != copy.sha256
    except OSError as error:
        raise ListError(f"the list {copy.path} cannot be read ({error.strerror or error})") from error
    if changed:
        raise ListError(
            f"the list {copy.path} is not what was stored: its SHA-256 differs from its manifest's",
            try_=f"`logattr db remove {copy.source} {copy.date}`",
        )
    found = _read_kept(copy)
    if found is None:
        found = load_list(copy.about.class_, copy.path, name=copy.source, date=copy.date)
        keep_read(copy, found)
    provider = copy.about.provider
    return replace(
        found,
        name=copy.source,
        class_=copy.about.class_,
        path=str(copy.path),
        date=copy.date,
        sha256=copy.sha256,
        lineage=copy.about.lineage or found.lineage,
        classes=(copy.about.class_,) * len(found.values),
        # Where one operator runs all of it, what the entries say is a place or a service, and no provider.
        labels=(provider,) * len(found.values) if provider else found.labels,
        warnings=tuple(text for text in found.warnings if _UNDATED not in text),
        covers=f"{found.entries:,} entries of class {copy.about.class_}",
    )


def keep_read(copy: Copy, found: NetworkList) -> None:
    """Keep what was read of a list beside it; where that cannot be written, it is read again next time."""
    arrays: dict[str, Any] = {
        "as_numbers": found.as_numbers,
        "as_rows": found.as_rows,
        "exact": found.exact,
        "first": found.values.first,
        "last": found.values.last,
    }
    for version in ("v4", "v6") if found.intervals else ():
        segments = getattr(found.intervals, version)
        arrays |= {f"{version}.{one.name}": getattr(segments, one.name) for one in fields(segments)}
    texts = {
        "sha256": copy.sha256,
        "kind": found.kind,
        "lineage": found.lineage,
        "entries": found.entries,
        "others": found.values.others,
        "labels": found.labels,
        "bad": [asdict(line) for line in found.bad],
        "bad_count": found.bad_count,
        "mended": found.mended,
        "warnings": found.warnings,
        "seen": [[day and day.isoformat() for day in days] for days in found.seen],
    }
    arrays["texts"] = np.frombuffer(json.dumps(texts).encode(), np.uint8)
    temporary = copy.path.with_name(f".{os.getpid()}.npz")
    with suppress(OSError):
        try:
            with temporary.open("wb") as file:
                np.savez(file, **arrays)
            temporary.replace(copy.path.with_name(_KEPT))
        finally:
            temporary.unlink(missing_ok=True)


def _read_kept(copy: Copy) -> NetworkList | None:
    try:
        # Opened here, because numpy leaves a file that it opened, and that is damaged, open.
        with copy.path.with_name(_KEPT).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            texts = json.loads(arrays["texts"].tobytes())
            if texts["sha256"] != copy.sha256:
                return None
            return NetworkList(
                name=copy.source,
                class_=copy.about.class_,
                kind=texts["kind"],
                path=str(copy.path),
                date=copy.date,
                sha256=copy.sha256,
                lineage=texts["lineage"],
                entries=texts["entries"],
                intervals=_intervals(arrays),
                as_numbers=arrays["as_numbers"],
                as_rows=arrays["as_rows"],
                holders={},
                classes=(),
                labels=tuple(texts["labels"]),
                values=Quotes(arrays["first"], arrays["last"], tuple(texts["others"])),
                exact=arrays["exact"],
                bad=tuple(BadLine(**line) for line in texts["bad"]),
                bad_count=texts["bad_count"],
                mended=texts["mended"],
                warnings=tuple(texts["warnings"]),
                seen=tuple((_day(first), _day(last)) for first, last in texts["seen"]),
            )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None  # not there, or of another edition of the package


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _intervals(arrays: Mapping[str, Any]) -> Intervals | None:
    if not any(name.startswith("v4.") for name in arrays):
        return None
    empty = Intervals.build([])
    names = [one.name for one in fields(empty.v4)]
    v4, v6 = ({name: arrays[f"{version}.{name}"] for name in names} for version in ("v4", "v6"))
    return Intervals(replace(empty.v4, **v4), replace(empty.v6, **v6))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
