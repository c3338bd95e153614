"""What is around a list, taken off on the way.

Everything is bounded, because a few kilobytes can unpack to terabytes.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from contextlib import closing
from typing import IO, cast

from logattr.errors import SourceError

__all__ = ["BROKEN", "XzStream", "is_tar", "kind_of", "only_member", "opened"]

#: What decompressors and archives raise for damaged data.
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, RuntimeError)
_CHUNK = 1 << 20
_XZ_MEMORY = 256 << 20
_STARTS = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"PK\x03\x04", "zip"))


class XzStream:
    """A stream of what an xz file holds, bounded in bytes and in memory."""

    def __init__(self, file: IO[bytes], limit: int, name: str) -> None:
        self._file, self._left, self._name = file, limit, name
        # A header can ask for a dictionary of gigabytes.
        self._xz = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes; empty at the end, which has to be a whole one."""
        data = b""
        while not data and not self._xz.eof:
            packed = self._file.read(_CHUNK) if self._xz.needs_input else b""
            if self._xz.needs_input and not packed:
                raise EOFError("it ends too early")
            data = self._xz.decompress(packed, size if size >= 0 else _CHUNK)
        self._left -= len(data)
        if self._left < 0:
            raise _too_much(self._name)
        return data

    def close(self) -> None:
        """Close the file below."""
        self._file.close()


class _Bounded:
    """A stream that ends in an error after so many bytes."""

    def __init__(self, file: IO[bytes], limit: int, name: str) -> None:
        self._file, self._left, self._name = file, limit, name

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size if size >= 0 else _CHUNK)
        self._left -= len(data)
        if self._left < 0:
            raise _too_much(self._name)
        return data

    def close(self) -> None:
        self._file.close()


def _too_much(name: str) -> SourceError:
    return SourceError(f"{name} unpacks to far more than it should")


def kind_of(raw: bytes) -> str:
    """How bytes are packed; empty: not at all.

    Examples
    --------
    >>> kind_of(gzip.compress(b"x")), kind_of(b"192.0.2.1")
    ('gzip', '')
    """
    return next((kind for start, kind in _STARTS if raw.startswith(start)), "")


def opened(raw: bytes, *, limit: int, name: str) -> IO[bytes]:
    """A stream of what bytes hold after one layer of gzip, bzip2 or xz; of themselves without one.

    What unpacks to more than the limit ends in a ``SourceError``.
    """
    file = io.BytesIO(raw)
    kind = kind_of(raw)
    if kind == "xz":
        return cast("IO[bytes]", XzStream(file, limit, name))
    if kind in {"gzip", "bzip2"}:
        plain = gzip.GzipFile(fileobj=file) if kind == "gzip" else bz2.BZ2File(file)
        return cast("IO[bytes]", _Bounded(cast("IO[bytes]", plain), limit, name))
    return file


def is_tar(raw: bytes, *, name: str) -> bool:
    """Whether bytes hold a tar below one layer of packing; ``BROKEN`` where that is damaged."""
    head = b""
    with closing(opened(raw, limit=_CHUNK, name=name)) as stream:
        while len(head) < 512 and (more := stream.read(512 - len(head))):
            head += more
    return head[257:262] == b"ustar"


def only_member(raw: bytes, *, limit: int, name: str) -> bytes:
    """Content of the one file in a tar or zip, at most one byte more than the limit.

    Raises
    ------
    SourceError
        There is none, or more than one.
    """
    if kind_of(raw) == "zip":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            files = [item.filename for item in archive.infolist() if not item.is_dir()]
            _check_one(files, name)
            with archive.open(files[0]) as member:
                return member.read(limit + 1)
    found: bytes = b""
    names: list[str] = []
    with (
        closing(opened(raw, limit=limit + _CHUNK, name=name)) as stream,
        tarfile.open(fileobj=stream, mode="r|") as members,
    ):
        for item in members:
            if item.isfile():
                names.append(item.name)
                content = members.extractfile(item) if len(names) == 1 else None
                found = content.read(limit + 1) if content else found
            if len(names) > 1:
                break
    _check_one(names, name)
    return found


def _check_one(names: list[str], name: str) -> None:
    if len(names) != 1:
        raise SourceError(
            f"the archive {name} holds {'several files' if names else 'no file'}",
            "one list, or a month of Tor's exit lists",
            "unpacking it and naming the list",
        )
