"""Names of inputs: patterns, folders and archives become the files in them."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from logattr.errors import SourceError
from logattr.reading.archives import SEPARATOR, archive_kind, member_of, open_archive
from logattr.reading.compression import MAX_RATIO
from logattr.reading.paths import nearest, os_error, shown

__all__ = ["Logs", "expand", "folders_below"]

#: What callers may give: one path, pattern or folder, or several.
Logs = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def expand(inputs: Sequence[str | os.PathLike[str]], *, max_ratio: int = MAX_RATIO) -> list[str]:
    """Name the inputs one by one: files as they are, the rest replaced by the files in it.

    Parameters
    ----------
    inputs
        Paths of files and folders, patterns (``*``, ``?``, ``[...]``, ``**``), ``ARCHIVE!MEMBER``, and
        ``"-"`` for standard input. What exists under its literal name is never taken as a pattern.
        Folders that a pattern matches are left out.
    max_ratio
        See :func:`open_source`.

    Returns
    -------
    list of str
        In the order given, sorted within a pattern, a folder and an archive. Of a folder: its regular
        files that are not hidden, not those in folders below. Of a tar or zip archive:
        ``ARCHIVE!MEMBER`` for each of its files. A file named twice, also through links, comes once.

    Raises
    ------
    SourceError
        When a path does not exist, a pattern matches no file, a folder or archive holds none, or an
        archive cannot be read.

    Examples
    --------
    >>> expand(["-", "-"])
    ['-']
    """
    names: dict[str, str] = {}
    for given in inputs:
        for path in _matches(os.fspath(given)):
            for name, identity in _members(path, max_ratio):
                names.setdefault(identity, name)
    return list(names.values())


def folders_below(folder: str | os.PathLike[str]) -> int:
    """How many folders a folder holds, whose files :func:`expand` leaves out; hidden ones do not count."""
    try:
        with os.scandir(folder) as entries:
            return sum(entry.is_dir() and not entry.name.startswith(".") for entry in entries)
    except (OSError, ValueError):  # no folder, or none that can be read; a NUL in its name
        return 0


def _matches(given: str) -> list[str]:
    if given == "-" or member_of(given):
        return [given]
    if not os.path.lexists(given) and glob.has_magic(given):
        found = sorted(name for name in glob.glob(given, recursive=True) if not Path(name).is_dir())  # noqa: PTH207
        if not found:
            raise SourceError(f"no file matches {shown(given)}", "a pattern that matches", nearest(given))
        return found
    if not os.path.exists(given):  # noqa: PTH110  # Path("") would be the current folder
        raise os_error(given, FileNotFoundError())
    return _files_in(given) if Path(given).is_dir() else [given]


def _files_in(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_file() and not entry.name.startswith(".")]
    except OSError as error:
        raise os_error(folder, error) from None
    if not names:
        raise SourceError(
            f"{shown(folder)} is a folder without files", "a folder of logs", "the folder that holds them"
        )
    return [os.path.join(folder, name) for name in sorted(names)]  # noqa: PTH118  # bytes that are no UTF-8


def _members(path: str, max_ratio: int) -> list[tuple[str, str]]:
    """The inputs that a path stands for, and for each what tells it from all others."""
    if path == "-":
        return [(path, path)]
    inner = member_of(path)
    if inner is not None:
        return [(path, os.path.realpath(inner[0]) + SEPARATOR + inner[1])]
    real = os.path.realpath(path)
    if not archive_kind(path):
        return [(path, real)]
    names = open_archive(path, max_ratio=max_ratio).names
    if not names:
        raise SourceError(f"{shown(path)} is an archive without files", "an archive of logs")
    return [(path + SEPARATOR + name, real + SEPARATOR + name) for name in names]
