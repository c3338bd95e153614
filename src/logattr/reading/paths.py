"""Names of files: opening them, and saying what is wrong with them in words fit for a terminal."""

from __future__ import annotations

import difflib
import os
from itertools import islice
from typing import BinaryIO

from logattr.errors import SourceError

__all__ = ["nearest", "open_file", "os_error", "shown"]


def open_file(name: str) -> BinaryIO:
    """Open a file for reading bytes; what goes wrong is a ``SourceError``."""
    try:
        return open(name, "rb")  # noqa: PTH123  # Path("") would be the current folder
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise os_error(name, error) from None


def os_error(name: str, error: OSError | ValueError) -> SourceError:
    """The ``SourceError`` that explains why a file cannot be opened or read."""
    text = shown(name)
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return SourceError(f"{text} does not exist", "a file", nearest(name))
    if isinstance(error, IsADirectoryError):
        return SourceError(f"{text} is a folder", "a file", f"the files in it: {text.rstrip('/')}/*.log")
    if isinstance(error, PermissionError):
        return SourceError(f"{text} may not be read", "a file you may read", "another user, or chmod")
    return SourceError(f"{text} cannot be read: {error.strerror or error}", "a file that can be read")


def nearest(name: str) -> str:
    """Hint at what the folder holds under similar names."""
    folder, base = os.path.split(name)
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for entry in islice(entries, 10_000)]
    except (OSError, ValueError):
        return f"a folder that exists; there is no {shown(folder)}"
    near = difflib.get_close_matches(base, names, n=3)
    if not near:
        return "ls " + shown(folder or ".")
    return " or ".join(shown(os.path.join(folder, name)) for name in near)  # noqa: PTH118


def shown(name: str) -> str:
    """Name fit for a message: control characters and broken UTF-8 are escaped as repr does."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in name) or "''"
