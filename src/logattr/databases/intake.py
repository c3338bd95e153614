"""What a file is, found by opening it: nothing enters the store that lookups could not use."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from logattr.databases.catalog import CatalogSource, source_name
from logattr.databases.store import About, Copy, Store
from logattr.databases.stored import keep_read
from logattr.databases.unpack import unpack
from logattr.errors import OptionError, SourceError

if TYPE_CHECKING:
    from logattr.networks.lists import NetworkList

__all__ = ["Content", "about_source", "add_file", "inspect"]

_LARGEST_BYTES = 8 << 30
# Until then GeoLite2 came under CC BY-SA 4.0; the licence agreement that has old builds destroyed holds
# for builds from this day on (https://blog.maxmind.com/2019/12/significant-changes-to-accessing-and-using-geolite2-databases/).
_GEOLITE_EULA = dt.date(2019, 12, 30)
# What databases of the catalogue call themselves, for files that a user adds.
_TYPES = {
    "GeoLite2-City": "geolite2-city",
    "GeoLite2-ASN": "geolite2-asn",
    "DBIP-City-Lite": "dbip-city-lite",
    "DBIP-ASN-Lite": "dbip-asn-lite",
    "GeoOpen-Country-ASN": "circl-country-asn",
}


@dataclass(frozen=True, slots=True)
class Content:
    """What a file turned out to be.

    ``what`` is for people, ``date`` the one that it states; then type and vendor of a database, or what
    was read of a list.
    """

    what: str
    date: dt.date | None
    database_type: str = ""
    vendor: str = ""
    entries: NetworkList | None = None


def inspect(path: Path, class_: str = "", *, name: str | None = None) -> Content:
    """Open a file as lookups would, and say what it is.

    Parameters
    ----------
    path
        A plain file.
    class_
        What an entry means, when it is a list; empty when it is a database.
    name
        How warnings call a list.

    Raises
    ------
    DatabaseError, ListError, OptionError
        It is none that can be used.
    """
    if class_:
        from logattr.networks.lists import load_list

        found = load_list(class_, path, name=name)
        bad = f", {found.bad_count:,} lines not understood" if found.bad_count else ""
        return Content(f"{found.entries:,} {found.kind.replace('_', ' ')}{bad}", found.date, entries=found)
    from logattr.databases.mmdb import open_database
    from logattr.databases.schemas import recognise

    database = open_database(path)
    shape = recognise(database)
    return Content(shape.name, database.build_date, database.database_type, shape.vendor)


def about_source(source: CatalogSource, **more: str) -> About:
    """What the catalogue says of a source, for the manifest of a copy."""
    return About(
        parser=source.parser,
        class_=source.class_,
        provider=source.provider,
        title=source.title,
        about=source.about,
        lineage=source.lineage,
        licence=source.licence,
        licence_url=source.licence_url,
        attribution=source.attribution,
        keep_days=source.keep_days,
        **more,
    )


def add_file(
    store: Store,
    path: Path,
    catalog: Mapping[str, CatalogSource],
    *,
    source: str | None = None,
    class_: str | None = None,
    date: dt.date | None = None,
    commit: str = "",
) -> Copy:
    """Store a copy of a user's own file, packed or plain.

    Parameters
    ----------
    store, path
        Where to, and what.
    catalog
        Known sources.
    source
        The source that it is an edition of; or the name of a new one, with ``class_``. By default the
        source is taken from a database's own type, else from the name of the file.
    class_
        What an entry of a list means; None for a database.
    date
        The day that it describes; by default the one that it states itself.
    commit
        Where it stands in a git history, for its manifest.

    Raises
    ------
    OptionError
        The options do not fit together, or nothing says which day it describes.
    DatabaseError, ListError, SourceError
        The file is none that can be used, or cannot be stored.
    """
    known = catalog.get(source or "")
    if known and class_ and class_ != known.class_:
        raise OptionError(f"the class {class_!r} for {known.name}", known.class_ or "none: it is a database")
    class_ = known.class_ if known else class_
    with tempfile.TemporaryDirectory(prefix="logattr-") as folder:
        plain = _plain(path, Path(folder), ending="" if class_ else ".mmdb")
        if not class_ and not known and not _is_database(plain):
            raise OptionError(
                f"{path} is no database, so it must be a list, and nothing says of what",
                "--class with what an entry means, or --as with one of " + ", ".join(catalog),
                "--class vpn",
            )
        name = source or source_name(path.name.split(".")[0])
        content = inspect(plain, class_ or "", name=name)
        day = date or content.date
        if day is None:
            raise OptionError(
                f"{path} does not say which day it describes", "--date YYYY-MM-DD", "the day it was fetched"
            )
        # A clone may call itself GeoLite2-City: type and vendor must both be those of the source.
        twin = catalog.get(_TYPES.get(content.database_type, ""))
        if known is None and twin is not None and twin.lineage == content.vendor:
            known = twin
        about = replace(_about(known, class_, content, path, day), commit=commit)
        name = source or (known.name if known else name)
        build = None if about.class_ else content.date
        copy = store.add(plain, source=name, date=day, about=about, build_date=build)
        if content.entries:
            keep_read(copy, content.entries)
    return copy


def _about(
    known: CatalogSource | None, class_: str | None, content: Content, path: Path, day: dt.date
) -> About:
    if known is not None:
        about = about_source(known)
        if known.lineage == "maxmind" and day < _GEOLITE_EULA:
            return replace(about, licence="CC BY-SA 4.0", licence_url="", keep_days=None)
        return about
    parser = "lines" if class_ else "mmdb"
    lineage = "" if class_ else content.vendor
    return About(parser=parser, class_=class_ or "", title=path.name, about=content.what, lineage=lineage)


def _plain(path: Path, folder: Path, *, ending: str) -> Path:
    """A file without what is around it; what was inside goes to the folder."""
    try:
        if path.exists() and not path.is_file():  # opening a named pipe would wait for its other end
            raise SourceError(f"{path} is no file", "a database or a list")
        return unpack(path, folder, limit=_LARGEST_BYTES, ending=ending)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"{path} cannot be read ({reason})", "a database or a list") from error


def _is_database(path: Path) -> bool:
    from logattr.databases.files import map_file, metadata_start

    with map_file(path) as file:
        return metadata_start(file) >= 0
