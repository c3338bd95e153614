"""The databases and lists that are asked, with the dated copies that fit the days of the events."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logattr.databases import open_databases
from logattr.databases.mmdb import Database
from logattr.databases.schemas import Schema, recognise
from logattr.databases.store import Store, data_folder
from logattr.databases.stored import nearest_copies, open_copy, read_copy, stored_lists
from logattr.errors import DatabaseError
from logattr.networks.lineage import with_shared_origins
from logattr.networks.lists import NetworkList, load_list, parse_list_option
from logattr.networks.providers import load_providers

__all__ = ["Sources", "open_sources", "path_texts"]

_HOW_TO_GET = (
    "pip install 'logattr[embedded]' for GeoLite2-City of 2018, `logattr db update` (DB-IP Lite needs no "
    "account), --db PATH with any .mmdb file, or the variable LOGATTR_DATABASES"
)


@dataclass(frozen=True, slots=True)
class Sources:
    """The databases and lists that are asked, in order of priority.

    Copies of one source with different days stand here one by one;
    :mod:`logattr.enrichment.families` puts them together. ``store`` is where older copies are.
    """

    databases: tuple[tuple[Database, Schema], ...]
    lists: tuple[NetworkList, ...]
    store: Store | None = None

    def with_role(self, role: str) -> list[tuple[Database, Schema]]:
        """The databases that answer about ``geo``, ``network`` or ``anonymity``."""
        return [(database, shape) for database, shape in self.databases if role in shape.roles]

    def for_days(self, days: Sequence[int] | NDArray[np.int64]) -> Sources:
        """These sources and the copies of the store that fit days (since 1970-01-01) of events.

        Raises
        ------
        DatabaseError, ListError
            A copy is broken.
        """
        if self.store is None:
            return self
        wanted = np.unique(np.asarray(days, np.int64)).tolist()
        opened = {str(one.path) for one, _ in self.databases} | {one.path for one in self.lists}
        copies = [copy for copy in nearest_copies(self.store, wanted) if str(copy.path) not in opened]
        if not copies:
            return self
        known = {one.sha256 for one in self.lists} | {one.sha256 for one, _ in self.databases}
        copies = [copy for copy in copies if copy.sha256 not in known]
        databases = [open_copy(copy) for copy in copies if copy.is_database]
        return replace(
            self,
            databases=(*self.databases, *((one, recognise(one)) for one in databases)),
            lists=with_shared_origins(
                (*self.lists, *(read_copy(copy) for copy in copies if not copy.is_database))
            ),
        )


def open_sources(
    databases: Sequence[str | Path] = (),
    lists: Sequence[str] = (),
    *,
    environ: Mapping[str, str] | None = None,
    require: bool = True,
) -> Sources:
    """Open the databases and lists that lookups will ask.

    Parameters
    ----------
    databases
        Paths of ``.mmdb`` files or folders of them, asked first. Then come those of
        ``$LOGATTR_DATABASES``, then the newest copies of the store, then the embedded one.
        Several of one vendor and product with different days are dated copies of one database.
    lists
        ``CLASS=PATH`` or ``CLASS=PATH@YYYY-MM-DD``, see :mod:`logattr.networks.lists`. The newest lists
        of the store come after them.
    environ
        Environment variables; those of the process by default.
    require
        Whether finding no database that knows places is an error.

    Raises
    ------
    DatabaseError
        If no database is found (and one is required), or one is broken or of an unknown kind.
    ListError, OptionError
        If a list cannot be read or its option is malformed.
    """
    environ = os.environ if environ is None else environ
    opened = open_databases(list(databases), environ=environ)
    shaped = tuple((database, recognise(database)) for database in opened)
    if require and not any("geo" in shape.roles for _, shape in shaped):
        given = (
            f"no database of places among {len(shaped)} given" if shaped else "no address database was found"
        )
        raise DatabaseError(given, "at least one .mmdb file that maps addresses to countries", _HOW_TO_GET)
    own = tuple(load_list(class_, path, date=date) for class_, path, date in map(parse_list_option, lists))
    stored = stored_lists(environ, {one.sha256 for one in own})
    every = with_shared_origins((*own, *stored, load_providers()))
    return Sources(shaped, every, Store(data_folder(environ)))


def path_texts(paths: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Paths as :func:`open_sources` and the options in findings have them."""
    return [os.fspath(path) for path in paths]
