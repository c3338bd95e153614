"""What vendors wrap around a file, taken off: gzip, ZIP, tar; and a month of Tor's exit lists.

Everything that is read is bounded, because a few kilobytes can unpack to terabytes. Nothing is extracted
under a name from an archive: one file goes in, one file of our own naming comes out.
"""

from __future__ import annotations

import datetime as dt
import gzip
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import IO, cast

from logattr.errors import SourceError
from logattr.networks.packed import BROKEN, XzStream
from logattr.networks.tor import Exits, hourly_lists

__all__ = ["exits_of_day", "unpack"]

_CHUNK = 1 << 20
_LAYERS = 3


def unpack(path: Path, folder: Path, *, limit: int, ending: str = "") -> Path:
    """Unpack a file until there is nothing left to take off.

    Parameters
    ----------
    path
        The file; recognised by its first bytes, not by its name.
    folder
        Where to put what was inside.
    limit
        Most bytes of any of them.
    ending
        Which member of an archive is wanted, such as ``.mmdb``; empty: an archive must have only one.

    Returns
    -------
    Path
        The plain file; ``path`` itself when it is plain.

    Raises
    ------
    SourceError
        It is damaged, too large, or an archive without exactly one such member.
    """
    for layer in range(_LAYERS):
        kind = _kind(path)
        if not kind:
            return path
        target = folder / f"{path.name}.{layer}"
        try:
            with target.open("wb") as file:
                if kind == "gzip":
                    with gzip.open(path) as plain:
                        _pour(cast("IO[bytes]", plain), file, limit, path)
                elif kind == "zip":
                    _from_zip(path, file, limit, ending)
                else:
                    _from_tar(path, file, limit, ending)
        except SourceError:
            target.unlink(missing_ok=True)
            raise
        except BROKEN as error:
            target.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk, not the file
            raise SourceError(
                f"{path.name} cannot be unpacked as {kind} ({error})", "a whole file", "fetching it again"
            ) from error
        path = target
    raise SourceError(f"{path.name} is packed more than {_LAYERS - 1} times", "one file, packed once")


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    return "tar" if head[257:262] == b"ustar" else ""


def _pour(read: IO[bytes], write: IO[bytes], limit: int, path: Path) -> None:
    done = 0
    while chunk := read.read(_CHUNK):
        done += len(chunk)
        if done > limit:
            raise SourceError(
                f"{path.name} unpacks to more than {limit:,} bytes, far more than it should",
                try_="looking at what its publisher gives; if a source has grown, a catalogue of your own",
            )
        write.write(chunk)


def _from_zip(path: Path, file: IO[bytes], limit: int, ending: str) -> None:
    with zipfile.ZipFile(path) as archive:
        names = [item.filename for item in archive.infolist() if not item.is_dir()]
        with archive.open(_the_one(names, ending, path)) as member:
            _pour(member, file, limit, path)


def _from_tar(path: Path, file: IO[bytes], limit: int, ending: str) -> None:
    with tarfile.open(path, "r:") as archive:
        members = {item.name: item for item in archive if item.isfile()}
        member = archive.extractfile(members[_the_one(members, ending, path)])
        assert member is not None  # noqa: S101  # it is a regular file
        with member:
            _pour(member, file, limit, path)


def _the_one(names: Iterable[str], ending: str, path: Path) -> str:
    names = list(names)
    found = [name for name in names if name.lower().endswith(ending)]
    if len(found) != 1:
        shown = ", ".join(PurePosixPath(name).name for name in names[:5]) or "nothing"
        raise SourceError(
            f"the archive {path.name} holds {shown}",
            f"exactly one file{ending and f' that ends in {ending}'}",
        )
    return found[0]


def exits_of_day(path: Path, day: dt.date, *, limit: int) -> tuple[Path, dt.date]:
    """Take the exits of a day, or of the last one before it, out of a month of Tor's exit lists.

    Parameters
    ----------
    path
        ``exit-list-YYYY-MM.tar.xz`` of https://collector.torproject.org/archive/exit-lists/: one file an
        hour, ``exit-list-2024-01/15/2024-01-15-00-02-00``.
    day
        The day.
    limit
        Most bytes that the archive may unpack to.

    Returns
    -------
    path, day
        A list beside ``path`` with every address that some hour of the day has, once, and the days on
        which it was first and last seen; and the day.

    Raises
    ------
    SourceError
        The archive is damaged or too large, or has nothing of that day or before.
    """
    found: dict[dt.date, Exits] = {}
    try:
        with path.open("rb") as packed:
            plain = cast("IO[bytes]", XzStream(packed, limit, path.name))
            for of, text in hourly_lists(plain):
                if of <= day and of >= max(found, default=of):  # of one day only, to hold no month of them
                    found = {of: found.get(of, Exits())}
                    found[of].add(text)
            while plain.read(_CHUNK):  # to its end, or nobody knows that it is whole
                pass
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise SourceError(
            f"{path.name} is no whole archive of exit lists ({error})", try_="fetching it again"
        ) from error
    if not found:
        raise SourceError(
            f"{path.name} has no exit list of {day} or before", "a day that is over", "another day"
        )
    ((of, exits),) = found.items()
    target = path.with_name(f"{path.name}.txt")
    head = f"# date {of}: exits in {exits.lists} hourly exit lists of the Tor Project's CollecTor"
    lines = [
        f"ExitNode -\nLastStatus {last}\nExitAddress {address} {first}"
        for address, (first, last) in sorted(exits.days.items())
    ]
    target.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return target, of
