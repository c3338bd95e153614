"""Files that are written: looked at before the long work, and whole or not at all after it."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from logattr.errors import OptionError, SourceError

__all__ = ["check_outputs", "open_output"]


def check_outputs(
    outputs: Mapping[str, str | None], inputs: Sequence[str | Path], stdin: IO[bytes] | None = None
) -> None:
    """Refuse outputs that cannot be written, or that would replace an input or one another.

    Parameters
    ----------
    outputs
        Name of the option and its value, null where it was not given; ``-`` is standard output.
    inputs
        Files that are read; ``-`` is standard input.
    stdin
        What ``-`` stands for, which may be a file that was redirected.

    Raises
    ------
    OptionError
        With the option and what is wrong with it.

    Examples
    --------
    >>> check_outputs({"-o": "no-such-folder/events.csv"}, [])
    Traceback (most recent call last):
    logattr.errors.OptionError: -o 'no-such-folder/events.csv' is in a folder that does not exist; ...
    """
    from logattr.reading.archives import member_of

    files = [inner[0] if (inner := member_of(str(name))) else name for name in inputs]
    read = {identity for name in files if (identity := _identity(name, stdin)) is not None}
    taken: dict[str, str] = {}
    for option, name in outputs.items():
        if name is None:
            continue
        given = f"{option} {name!r}"
        if name != "-":
            _check_place(given, name)
        if _identity(name) in read:
            raise OptionError(f"{given} is one of the inputs", "a file that is not read", "another name")
        # What is no regular file, such as /dev/null, may take any number of outputs.
        place = "-" if name == "-" else os.path.realpath(name)
        if place in taken and (name == "-" or not Path(name).exists() or Path(name).is_file()):
            raise OptionError(f"{given} is written by {taken[place]} already", "one file for each", "")
        taken[place] = option


def _check_place(given: str, name: str) -> None:
    folder = os.path.dirname(name) or "."  # noqa: PTH120  # Path("") would be the current folder
    if "\0" in name:
        raise OptionError(f"{given} holds a NUL", "the name of a file")
    if not name:
        raise OptionError(f"{given} is no name", "the name of a file")
    if os.path.isdir(name):  # noqa: PTH112  # Path.is_dir raises on names that are too long
        raise OptionError(f"{given} is a folder", "the name of a file", "a name in it")
    if not os.path.isdir(folder):  # noqa: PTH112
        raise OptionError(
            f"{given} is in a folder that does not exist", "a folder to write to", f"mkdir -p {folder}"
        )
    if not os.access(folder, os.W_OK | os.X_OK) and not os.access(name, os.W_OK):
        raise OptionError(f"{given} may not be written", "a folder to write to", "another folder")


def _identity(name: str | Path, stdin: IO[bytes] | None = None) -> tuple[int, int] | None:
    """Device and number of a regular file: the same for every name and link that it has."""
    try:
        status = Path(name).stat() if str(name) != "-" else os.fstat(stdin.fileno()) if stdin else None
    except (OSError, ValueError):  # no such file, or a stream that is no file
        return None
    return (status.st_dev, status.st_ino) if status and stat.S_ISREG(status.st_mode) else None


def _unwritable(given: str, error: OSError | ValueError) -> SourceError:
    reason = getattr(error, "strerror", None) or str(error)
    return SourceError(
        f"{given} cannot be written: {reason}", "a file in a folder to write to", "another name"
    )


@contextmanager
def open_output(path: str | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that takes its name only when all is written.

    Parameters
    ----------
    path
        Where to; null or ``-`` is standard output. Devices and pipes are written to as they are.

    Raises
    ------
    SourceError
        If the folder does not exist or cannot be written to.
    """
    if path is None or path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target, given = Path(path), f"the output {path!r}"
    try:
        # A device or pipe such as /dev/null has no name to take over.
        in_place = target.exists() and not target.is_file()
        if in_place:
            stream: BinaryIO = target.open("wb")
            temporary = target
        else:
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".logattr-", suffix=".part")
            stream, temporary = os.fdopen(handle, "wb"), Path(name)
    except (OSError, ValueError) as error:
        raise _unwritable(given, error) from error
    try:
        with stream:
            yield stream
        if not in_place:
            _take_name(temporary, target)
    except BaseException:
        if not in_place:
            with suppress(OSError):
                temporary.unlink()
        raise


def _take_name(temporary: Path, target: Path) -> None:
    # mkstemp makes files private; a result gets the rights of any other new file.
    mask = os.umask(0)
    os.umask(mask)
    temporary.chmod(0o666 & ~mask)
    temporary.replace(target)
