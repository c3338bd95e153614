"""Archives of logs: each regular file in a tar or zip archive is an input of its own, ``ARCHIVE!MEMBER``.

Nothing is ever written to where a member's name says. Links, devices, hidden files and names that lead
out of the archive are left out and counted. A compressed tar is unpacked once to a temporary file.
"""

from __future__ import annotations

import io
import lzma
import os
import re
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, cast

from logattr.errors import SourceError
from logattr.patterns import lazily
from logattr.reading.compression import MAX_RATIO, READ_BYTES, Unpacker, check_ratio, compression_of
from logattr.reading.paths import open_file, os_error, shown

__all__ = ["SEPARATOR", "Archive", "archive_kind", "member_of", "open_archive"]

SEPARATOR = "!"

_MAX_MEMBERS = 100_000
_MAX_HEADER = 16 << 20  # what a directory or a header may take in memory
_SNIFF_BYTES = 512
_STEP = 1 << 14  # what damage in a zip costs at most
_ZIP = lazily(rb"PK(\x03\x04|\x05\x06)")  # APPNOTE.TXT sections 4.3.7 and 4.3.16
# Encrypted, an unknown method, damage: what zipfile raises instead of giving bytes.
_UNREADABLE = (
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError),
    *(zlib.error, lzma.LZMAError, OSError, ValueError),
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A member: where it lies in a tar, and how long it is."""

    size: int
    offset: int = 0
    cut: bool = False


class Archive:
    """The members of one archive; made by :func:`open_archive`.

    Attributes
    ----------
    names
        Of its regular files, sorted.
    warnings
        What was left out or is damaged, each a sentence without the archive's name.
    """

    def __init__(self, path: str, max_ratio: int) -> None:
        self._tar: IO[bytes] | None = None
        self._path = path
        self._entries: dict[str, _Entry] = {}
        self._skipped: Counter[str] = Counter()
        self.warnings: list[str] = []
        if archive_kind(path) == "zip":
            self._read_zip(max_ratio)
        else:
            self._tar = _plain_tar(path, max_ratio, self.warnings)
            self._read_tar(self._tar)
        self.names = tuple(sorted(self._entries))
        for why, count in sorted(self._skipped.items()):
            self.warnings.append(f"{count:,} of the archive's entries left out: {why}")

    def open(self, member: str) -> Member:
        """The bytes of a member, as a file that would have been unpacked.

        Raises
        ------
        SourceError
            If there is no such member, or it cannot be read.
        """
        entry = self._entries.get(member)
        if entry is None:
            some = ", ".join(shown(name) for name in self.names[:5]) or "nothing"
            raise SourceError(
                f"{shown(self._path)} holds no {shown(member)}", "one of its files", f"it holds {some}"
            )
        if self._tar is not None:
            window = _Window(self._tar, entry.offset, entry.size)
            return Member(window, (self,), "the archive ends within this file" if entry.cut else "")
        file = _ModestFile(self._path)
        try:
            archive = _zip_file(self._path, file)
            return Member(archive.open(member), (archive, file))  # type: ignore[arg-type]
        except _UNREADABLE as error:
            file.close()
            raise SourceError(
                f"{shown(self._path + SEPARATOR + member)} cannot be unpacked: {error}",
                "a member that is not encrypted, of a method that Python's zipfile knows",
                "another tool, such as 7z x",
            ) from None

    def __del__(self) -> None:
        if self._tar is not None:
            self._tar.close()

    def _read_zip(self, max_ratio: int) -> None:
        with _ModestFile(self._path) as file, _zip_file(self._path, file) as archive:
            infos = archive.infolist()
            self._check_count(len(infos))
            packed = os.fstat(file.fileno()).st_size
        for info in infos:
            if info.is_dir():
                continue
            mode = info.external_attr >> 16  # of Unix; 0 where another system wrote the archive
            special = stat.S_IFMT(mode) not in {0, stat.S_IFREG}
            self._add(info.filename, _Entry(info.file_size), special=special)
        check_ratio(self._path, sum(one.size for one in self._entries.values()), packed, max_ratio)

    def _read_tar(self, stream: IO[bytes]) -> None:
        length = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        try:
            with tarfile.open(fileobj=cast("IO[bytes]", _Modest(stream)), mode="r:", errorlevel=1) as archive:
                for count, info in enumerate(archive):
                    self._check_count(count)
                    if info.isdir():
                        continue
                    left = max(0, length - info.offset_data)
                    entry = _Entry(min(info.size, left), info.offset_data, cut=info.size > left)
                    self._add(info.name, entry, special=not info.isreg() or info.issparse())
        except (tarfile.TarError, ValueError, OSError, EOFError, OverflowError):
            if not any(entry.cut for entry in self._entries.values()):
                self.warnings.append(f"the archive is cut off or damaged behind {len(self._entries):,} files")

    def _add(self, name: str, entry: _Entry, *, special: bool) -> None:
        parts = re.split(r"[/\\]", name)
        if special:
            self._skipped["links, devices and the like"] += 1
        elif name.startswith(("/", "\\")) or ".." in parts or re.match("[A-Za-z]:", name) or "\0" in name:
            self._skipped["names that lead out of the archive"] += 1
        elif parts[0] == "__MACOSX" or (parts[-1].startswith(".") and parts[-1] != "."):
            self._skipped["hidden files"] += 1
        else:
            # As when unpacking, the last of two files of one name stays.
            self._skipped["replaced by a later file of the same name"] += name in self._entries
            self._entries[name] = entry
        self._skipped += Counter()  # drops those that are 0

    def _check_count(self, count: int) -> None:
        if count > _MAX_MEMBERS:
            raise SourceError(
                f"{shown(self._path)} holds more than {_MAX_MEMBERS:,} files",
                "an archive of logs",
                "unpack it and name the files",
            )


class Member(io.RawIOBase):
    """What a member holds; damage ends it, and ``fault`` then says so.

    Parameters
    ----------
    stream
        Where the bytes come from; closed with the member.
    owners
        What the stream needs as long as it is read.
    fault
        What is known to be wrong beforehand.
    """

    def __init__(
        self, stream: io.RawIOBase, owners: tuple[Archive | zipfile.ZipFile | io.FileIO, ...], fault: str = ""
    ) -> None:
        self._stream = stream
        self._owners = owners
        self.fault = fault

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(min(size, _STEP) if size >= 0 else _STEP) or b""
        except _UNREADABLE as error:
            self.fault = f"the archive is damaged here: {error}"
            return b""

    def close(self) -> None:
        self._stream.close()
        for owner in self._owners:
            if not isinstance(owner, Archive):  # that one may be asked again
                owner.close()
        super().close()


class _Window(io.RawIOBase):
    """A part of a file that others read as well."""

    def __init__(self, stream: IO[bytes], start: int, size: int) -> None:
        self._stream = stream
        self._at = start
        self._end = start + size

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._at
        self._stream.seek(self._at)
        data = self._stream.read(left if size < 0 else min(size, left))
        self._at += len(data)
        return data


class _Modest:
    """A file that is not read in large pieces: headers are small, and hostile ones say they are not."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _MAX_HEADER:
            raise ValueError("a header of more than 16 MB")
        return self._stream.read(size)


class _ModestFile(io.FileIO):
    """The same as a real file, for zipfile, which reads its directory in one piece."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size > _MAX_HEADER:
            raise ValueError("a directory of more than 16 MB")
        return super().read(size) or b""


def _zip_file(path: str, file: io.FileIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except _UNREADABLE as error:
        file.close()
        raise SourceError(
            f"{shown(path)} is a damaged ZIP archive: {error}", "a whole one", "fetch it again, or zip -FF"
        ) from None


def _plain_tar(path: str, max_ratio: int, warnings: list[str]) -> IO[bytes]:
    """The tar as a file that can be read anywhere: itself, or an unpacked copy without a name."""
    stream = open_file(path)
    kind = compression_of(stream.read(_SNIFF_BYTES))
    stream.seek(0)
    if kind is None:
        return stream
    copy = tempfile.TemporaryFile(prefix="logattr-")  # noqa: SIM115  # lives as long as the archive
    unpacker = Unpacker(path, kind, iter(lambda: stream.read(READ_BYTES), b""))
    unpacked = 0
    try:
        with stream:
            for piece in unpacker:
                unpacked += len(piece)
                check_ratio(path, unpacked, stream.tell(), max_ratio)
                copy.write(piece)
            copy.flush()
    except OSError as error:
        copy.close()
        raise SourceError(
            f"{shown(path)} could not be unpacked to {shown(tempfile.gettempdir())}: {error.strerror}",
            "room for all of it, because its members are read one by one",
            "name a larger folder in TMPDIR, or unpack it and name the files",
        ) from None
    except BaseException:
        copy.close()
        raise
    if unpacker.fault:
        warnings.append("the archive: " + unpacker.fault.partition(":")[0])
    return copy


def open_archive(path: str, *, max_ratio: int = MAX_RATIO) -> Archive:
    """The members of a tar (also a compressed one) or zip archive; asked again, the same object.

    Parameters
    ----------
    path
        A file for which :func:`archive_kind` answers.
    max_ratio
        See :func:`logattr.reading.compression.check_ratio`.

    Raises
    ------
    SourceError
        If the archive cannot be read, or is a decompression bomb.
    """
    try:
        status = os.stat(path)  # noqa: PTH116  # Path("") would be the current folder
    except (OSError, ValueError) as error:
        raise os_error(path, error) from None
    return _cached(path, max_ratio, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=2)
def _cached(path: str, max_ratio: int, _stamp: tuple[int, ...]) -> Archive:
    return Archive(path, max_ratio)


def _is_tar(head: bytes) -> bool:
    """Whether data begin like a tar archive (POSIX.1-2017, pax, ustar header block)."""
    return head[257:262] == b"ustar"


def archive_kind(path: str) -> str | None:
    """``"zip"``, ``"tar"`` (also compressed), or null for everything else; pipes are not touched."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116
            return None
        with open_file(path) as stream:
            head = stream.read(READ_BYTES)
            if _ZIP.match(head):
                return "zip"
            kind = compression_of(head)
            if kind is not None:
                rest: Iterator[bytes] = iter(lambda: stream.read(READ_BYTES), b"")
                head = _unpacked_head(Unpacker(path, kind, _first_then(head, rest)))
    except (OSError, ValueError, SourceError):
        return None  # opening it as an input says what is wrong
    return "tar" if _is_tar(head) else None


def _first_then(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _unpacked_head(unpacker: Unpacker) -> bytes:
    head = b""
    with suppress(StopIteration):
        pieces = iter(unpacker)
        while len(head) < _SNIFF_BYTES:
            head += next(pieces)
    return head


def member_of(name: str) -> tuple[str, str] | None:
    """Path of the archive and name of the member that ``ARCHIVE!MEMBER`` means; null for other names.

    A file of that very name goes first.
    """
    if SEPARATOR not in name or os.path.lexists(name):
        return None
    at = name.find(SEPARATOR)
    while at >= 0:
        if archive_kind(name[:at]):
            return name[:at], name[at + 1 :]
        at = name.find(SEPARATOR, at + 1)
    return None
