"""Editions of the past from a user's own clones of the publishers' git repositories."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from logattr.databases.catalog import CatalogSource
from logattr.databases.history import file_of_day
from logattr.databases.intake import add_file
from logattr.databases.store import Copy, Store
from logattr.errors import OptionError

__all__ = ["copy_of_day", "has_copy_of_day"]


def has_copy_of_day(source: CatalogSource, clones: Sequence[Path], day: dt.date) -> bool:
    """Whether one of the clones has a source's file on that day."""
    for clone in clones if source.git_file else ():
        with suppress(OptionError), file_of_day(clone, source.git_file, day):
            return True
    return False


def copy_of_day(source: CatalogSource, store: Store, clones: Sequence[Path], day: dt.date) -> Copy:
    """Store a source's file as the first clone that has it then has it.

    Parameters
    ----------
    source
        One with a ``git_file``.
    store
        Where to.
    clones
        Folders; nothing in them is changed, and no network is used.
    day
        The day: the last commit of the file on or before it counts.

    Raises
    ------
    OptionError
        No clone has the file then; the error is that of the last one.
    DatabaseError, ListError, SourceError
        What is there cannot be used, or not be stored.
    """
    missing = OptionError("no clone is given", "the folder of a clone", f"git clone {source.homepage}")
    for clone in clones:
        try:
            with file_of_day(clone, source.git_file, day) as one:
                return add_file(
                    store,
                    one.path,
                    {source.name: source},
                    source=source.name,
                    date=one.day,
                    commit=one.commit,
                ).copy
        except OptionError as error:
            missing = error
    raise missing
