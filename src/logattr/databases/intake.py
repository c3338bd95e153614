"""What a file is, found by opening it: nothing enters the store that lookups could not use."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from logattr.databases.catalog import CatalogSource, read_catalog, source_name
from logattr.databases.store import About, Copy, Store
from logattr.databases.stored import keep_read
from logattr.databases.unpack import unpack
from logattr.errors import LogattrError, OptionError, SourceError
from logattr.networks.lists import MAX_BYTES, NetworkList, load_list

__all__ = ["Content", "Kept", "about_source", "add_file", "called", "check_vendor", "inspect"]

_LARGEST_BYTES = 8 << 30
# Until then GeoLite2 came under CC BY-SA 4.0; the licence agreement that has old builds destroyed holds
# for builds from this day on (https://blog.maxmind.com/2019/12/significant-changes-to-accessing-and-using-geolite2-databases/).
_GEOLITE_EULA = dt.date(2019, 12, 30)
_FIRST_DAY = dt.date(1970, 1, 1)
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

    ``what`` is for people, ``date`` the day that it states; then type, vendor, licence and roles of a
    database, or what was read of a list.
    """

    what: str
    date: dt.date | None
    database_type: str = ""
    vendor: str = ""
    licence: str = ""
    roles: tuple[str, ...] = ()
    entries: NetworkList | None = None

    @property
    def bad_lines(self) -> str:
        """How many lines of a list were not understood, and the first of them; empty when all were."""
        if self.entries is None or not self.entries.bad_count:
            return ""
        count, first = self.entries.bad_count, self.entries.bad[0]
        lines = f"{count:,} lines were" if count > 1 else "1 line was"
        return f"{lines} not understood, the first is line {first.line}: {first.text!r} ({first.reason})"


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy that was stored, what it is, and whether other content of its day was there before."""

    copy: Copy
    content: Content
    replaced: bool


def inspect(path: Path, class_: str = "", *, name: str | None = None, mapping: Path | None = None) -> Content:
    """Open a file as lookups would, and say what it is.

    Parameters
    ----------
    path
        A plain file.
    class_
        What an entry means, when it is a list; empty when it is a database.
    name
        How warnings call a list.
    mapping
        What the records of a database mean, where they are of an unknown kind.

    Raises
    ------
    DatabaseError, ListError, OptionError
        It is none that can be used.
    """
    if class_:
        found = load_list(class_, path, name=name)
        kind = found.kind.replace("as_", "AS ").removesuffix("s" if found.entries == 1 else "")
        return Content(f"{found.entries:,} {kind}", found.date, entries=found)
    from logattr.databases.mmdb import open_database
    from logattr.databases.schemas import recognise

    database = open_database(path, mapping)
    shape = recognise(database)
    roles = tuple(sorted(shape.roles))
    return Content(
        shape.name, database.build_date, database.database_type, shape.vendor, shape.licence, roles
    )


def check_vendor(source: CatalogSource, content: Content) -> None:
    """Refuse a database that another vendor made than the one whose terms the catalogue has for a source.

    Raises
    ------
    SourceError
        It is by another vendor, as far as its records and metadata tell.
    """
    from logattr.databases.vendors.names import VENDORS

    families = {vendor.family for vendor in VENDORS}
    # IP2Location copies MaxMind's layout and names, so a file of theirs can look like MaxMind's.
    if content.vendor not in families or source.lineage not in families - {"ip2location"}:
        return
    if content.vendor != source.lineage:
        raise SourceError(
            f"{source.name} is of the vendor {source.lineage}, and this file is {content.what}: vendor "
            f"{content.vendor}, whose terms are others",
            "a file of that vendor",
            "the name of its own source, or none",
        )


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
    mapping: Path | None = None,
) -> Kept:
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
    mapping
        What the records of a database of an unknown kind mean; it is stored beside the file.

    Raises
    ------
    OptionError
        The options do not fit together or to what the store has, or nothing says which day it describes.
    DatabaseError, ListError, SourceError
        The file is none that can be used, or cannot be stored.
    """
    known = catalog.get(source or "")
    if known and class_ and class_ != known.class_:
        raise OptionError(f"the class {class_!r} for {known.name}", known.class_ or "none: it is a database")
    class_ = known.class_ if known else class_
    if mapping and class_:
        raise OptionError(f"the mapping {mapping} for a list", "a mapping for a database, or none for a list")
    with tempfile.TemporaryDirectory(prefix="logattr-") as folder:
        plain = _plain(path, Path(folder), class_ or "")
        if not class_ and not known and not _is_database(plain):
            raise OptionError(
                f"{path} is no database, so it must be a list, and nothing says of what",
                "--class with what an entry means, or --as with one of " + ", ".join(catalog),
                "--class vpn",
            )
        name = source or source_name(path.name.split(".")[0])
        with called(plain, path):
            content = inspect(plain, class_ or "", name=name, mapping=mapping)
        day = _checked_day(store, path, date, content.date)
        # A clone may call itself GeoLite2-City: type and vendor must both be those of the source.
        twin = catalog.get(_TYPES.get(content.database_type, ""))
        if known is None and twin is not None and twin.lineage == content.vendor:
            known = twin
        if known is not None:
            check_vendor(known, content)
        about = replace(_about(known, class_, content, path, day), commit=commit)
        name = source or (known.name if known else name)
        replaced = _replaces(store, name, day, about, plain, named=bool(source or known))
        build = None if about.class_ else content.date
        copy = store.add(plain, source=name, date=day, about=about, build_date=build, mapping=mapping)
        if content.entries:
            keep_read(copy, content.entries)
    return Kept(copy, content, replaced)


def _checked_day(store: Store, path: Path, given: dt.date | None, stated: dt.date | None) -> dt.date:
    day = given or stated
    if day is None:
        raise OptionError(
            f"{path} does not say which day it describes", "--date YYYY-MM-DD", "the day it was fetched"
        )
    if not _FIRST_DAY <= day <= store.today:
        who = "the day" if given else f"the day that {path} states,"
        raise OptionError(
            f"{who} {day}",
            f"one from {_FIRST_DAY} to today, {store.today}",
            "--date with the day it was fetched",
        )
    return day


def _replaces(store: Store, name: str, day: dt.date, about: About, plain: Path, *, named: bool) -> bool:
    """Whether other content of a day gives way; an error where that is not what anybody asked for."""
    copies = store.copies(name)
    other = next((copy for copy in copies if copy.about.class_ != about.class_), None)
    if other is not None:
        there, new = (
            f"lists of the class {class_}" if class_ else "a database"
            for class_ in (other.about.class_, about.class_)
        )
        raise OptionError(
            f"the source {name!r} has copies of {there}, and this is a copy of {new}",
            "a source whose copies all mean the same",
            "--as with another name",
        )
    before = next((copy for copy in copies if copy.date == day), None)
    with plain.open("rb") as file:
        if before is None or before.sha256 == hashlib.file_digest(file, "sha256").hexdigest():
            return False
    if not named:
        raise OptionError(
            f"the source {name!r}, after the name of the file, has a copy of {day} with other content",
            "a name of its own for each source",
            f"--as with another name; or `--as {name}`, if this one is to stand for it",
        )
    return True


def _about(
    known: CatalogSource | None, class_: str | None, content: Content, path: Path, day: dt.date
) -> About:
    if known is None and content.vendor == "maxmind" and "geolite" in content.database_type.lower():
        # One licence for all of GeoLite, also for what the catalogue does not fetch.
        about = replace(about_source(read_catalog()["geolite2-city"]), title=path.name, about=content.what)
    elif known is not None:
        about = about_source(known)
    else:
        return About(
            parser="lines" if class_ else "mmdb",
            class_=class_ or "",
            title=path.name,
            about=content.what,
            lineage="" if class_ else content.vendor,
            licence=content.licence,
        )
    if about.lineage == "maxmind" and (content.date or day) < _GEOLITE_EULA:
        return replace(about, licence="CC BY-SA 4.0", licence_url="", keep_days=None)
    return about


@contextmanager
def called(file: Path, name: object) -> Iterator[None]:
    """Let errors about a file call it what its user does: it may lie in a folder that is gone by then."""
    try:
        yield
    except LogattrError as error:
        parts = [str(part).replace(str(file), str(name)) for part in error.args]
        raise type(error)(*parts) from error


def _plain(path: Path, folder: Path, class_: str) -> Path:
    """A file without what is around it; what was inside goes to the folder."""
    limit, ending = (MAX_BYTES, "") if class_ else (_LARGEST_BYTES, ".mmdb")
    try:
        if path.exists() and not path.is_file():  # opening a named pipe would wait for its other end
            raise SourceError(f"{path} is no file", "a database or a list")
        return unpack(path, folder, limit=limit, ending=ending)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"{path} cannot be read ({reason})", "a database or a list") from error


def _is_database(path: Path) -> bool:
    from logattr.databases.files import map_file, metadata_start

    with map_file(path) as file:
        return metadata_start(file) >= 0
