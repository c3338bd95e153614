"""Address databases: which ones are there, and what they say about a column of addresses."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from logattr.errors import DatabaseError

if TYPE_CHECKING:
    from logattr.databases.mmdb import Database

__all__ = ["open_databases"]

_VARIABLE = "LOGATTR_DATABASES"


def open_databases(paths: Sequence[str | Path], *, environ: Mapping[str, str] = os.environ) -> list[Database]:
    """Open the databases to ask, in the order in which their answers are preferred.

    First those named, then those of the environment variable ``LOGATTR_DATABASES`` (files and
    directories, separated as in ``PATH``), then the newest copies of the store (``$LOGATTR_DATA``), then
    the embedded one. A directory stands for every ``.mmdb`` file in it, sorted by name. The same file
    is opened once.

    ``PATH:mapping.toml`` reads a database of an unknown kind through a mapping file
    (:mod:`logattr.databases.mapping`); in the environment variable, where colons separate, an entry
    that ends in ``.toml`` belongs to the one before it.

    Parameters
    ----------
    paths
        Files or directories, each with its mapping file if it needs one.
    environ
        The environment variables.

    Returns
    -------
    list
        Open databases; empty when there is none at all.

    Raises
    ------
    DatabaseError
        A file is missing or no database, or a directory that was named holds none.

    Examples
    --------
    >>> [database.database_type for database in open_databases([], environ={"LOGATTR_DATA": "no-store"})]
    ['GeoLite2-City']
    """
    from logattr.databases.embedded import find_embedded
    from logattr.databases.mapping import split_mapping
    from logattr.databases.mmdb import open_database
    from logattr.databases.stored import open_copy, stored_databases

    named = [split_mapping(path) for path in (*paths, *_entries(environ.get(_VARIABLE, "")))]
    embedded = find_embedded()
    files = list(_files(named))
    stored = stored_databases(environ, [file for file, _ in files])
    once: dict[Path, Callable[[], Database]] = {}
    for file, mapping in files:
        once.setdefault(file.resolve(), partial(open_database, file, mapping))
    for copy in stored:
        once.setdefault(copy.path.resolve(), partial(open_copy, copy))
    if embedded:
        once.setdefault(embedded.resolve(), partial(open_database, embedded))
    return [opened() for opened in once.values()]


def _entries(variable: str) -> list[str]:
    entries: list[str] = []
    for entry in filter(str.strip, variable.split(os.pathsep)):
        if entry.lower().endswith(".toml") and entries:
            entries[-1] += f":{entry}"
        else:
            entries.append(entry)
    return entries


def _files(paths: Iterable[tuple[Path, Path | None]]) -> Iterable[tuple[Path, Path | None]]:
    for path, mapping in paths:
        if not path.is_dir():
            yield path, mapping
            continue
        inside = sorted(file for file in path.iterdir() if file.suffix.lower() == ".mmdb")
        if not inside:
            raise DatabaseError(f"the directory {path} holds no .mmdb file", try_="the file's own path")
        yield from ((file, mapping) for file in inside)
