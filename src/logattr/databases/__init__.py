"""Address databases: which ones are there, and what they say about a column of addresses."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
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

    Parameters
    ----------
    paths
        Files or directories.
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
    from logattr.databases.mmdb import open_database
    from logattr.databases.stored import stored_databases

    named = [Path(path) for path in paths]
    named += [Path(entry) for entry in environ.get(_VARIABLE, "").split(os.pathsep) if entry.strip()]
    embedded = find_embedded()
    once: dict[Path, Path] = {}
    files = list(_files(named))
    for file in [*files, *stored_databases(environ, files), *([embedded] if embedded else [])]:
        once.setdefault(file.resolve(), file)
    return [open_database(file) for file in once.values()]


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(file for file in path.iterdir() if file.suffix.lower() == ".mmdb")
        if not inside:
            raise DatabaseError(f"the directory {path} holds no .mmdb file", try_="the file's own path")
        yield from inside
