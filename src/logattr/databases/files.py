"""Which files are databases, and what the others probably are."""

from __future__ import annotations

import mmap
import stat
from pathlib import Path

from logattr.errors import DatabaseError

__all__ = ["MARKER", "damaged", "map_file", "metadata_start", "no_database"]

_EXPECTED = "an address database in MaxMind's .mmdb format"
MARKER = b"\xab\xcd\xefMaxMind.com"
_METADATA_BYTES = 128 * 1024  # the metadata lies in the last 128 KiB (format specification)


def metadata_start(file: mmap.mmap) -> int:
    """Where the marker before the metadata stands, -1 when there is none."""
    return file.rfind(MARKER, max(0, len(file) - _METADATA_BYTES))


def map_file(path: Path) -> mmap.mmap:
    """Map a regular file that is not empty."""
    try:
        # Looked at before it is opened: opening a named pipe would wait for its other end.
        if not stat.S_ISREG(path.stat().st_mode):
            kind = "a directory" if path.is_dir() else "no regular file"
            raise DatabaseError(f"{path} is {kind}", _EXPECTED, "the path of a file that ends in .mmdb")
        with path.open("rb") as file:
            if not path.stat().st_size:
                raise DatabaseError(f"{path} is empty", _EXPECTED, "downloading it again")
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except DatabaseError:
        raise
    except FileNotFoundError as error:
        raise DatabaseError(f"{path} does not exist", _EXPECTED, "the path as `ls` shows it") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        cause = getattr(error, "strerror", None) or error
        raise DatabaseError(
            f"{path} cannot be read ({cause})", _EXPECTED, "another path, or its permissions"
        ) from error


def no_database(path: Path, head: bytes) -> DatabaseError:
    """Say what a file without the format's marker probably is."""
    if head.startswith(b"\x1f\x8b"):
        return DatabaseError(f"{path} is compressed with gzip", _EXPECTED, "`gunzip` on it first")
    if head.startswith(b"PK\x03\x04"):
        return DatabaseError(f"{path} is a ZIP archive", _EXPECTED, "`unzip`, then the .mmdb file inside")
    if _is_ip2location(path, head):
        return DatabaseError(
            f"{path} is an IP2Location database in the vendor's own .BIN format",
            _EXPECTED,
            "the .MMDB edition of the same database, which the vendor offers too",
        )
    if head.isascii() and not any(byte < 9 for byte in head):
        return DatabaseError(
            f"{path} is a text file",
            _EXPECTED,
            "the vendor's .mmdb download, as a CSV edition is not read; a list goes to --list CLASS=PATH",
        )
    return DatabaseError(
        f"{path} is no .mmdb file: the marker of its metadata is missing", _EXPECTED, "downloading it again"
    )


def _is_ip2location(path: Path, head: bytes) -> bool:
    """Whether a file starts as an IP2Location or IP2Proxy BIN: type, columns, year, month, day."""
    if path.suffix.lower() == ".bin":
        return True
    kind, columns, year, month, day = head[:5] if len(head) >= 5 else bytes(5)
    return 1 <= kind <= 30 and 2 <= columns <= 40 and 8 <= year <= 60 and 1 <= month <= 12 and 1 <= day <= 31


def damaged(path: Path, cause: str) -> DatabaseError:
    """Say that a file is a database, but a broken one."""
    return DatabaseError(f"{path} is damaged: {cause}", _EXPECTED, "downloading it again")
