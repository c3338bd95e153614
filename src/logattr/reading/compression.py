"""Compressed inputs: told by content, unpacked piece by piece, and read as far as they go.

A file may hold several members that follow each other. What a cut or damaged file still gives is given;
then ``fault`` says what was wrong. Of damaged gzip data everything comes out up to the fault, of the others
all but the last few kilobytes before it.
"""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from logattr.errors import SourceError
from logattr.patterns import lazily
from logattr.reading.gunzip import CAME_OUT, READ_BYTES, Gunzip, behind, next_member
from logattr.reading.paths import shown

__all__ = [
    "COMPRESSIONS",
    "FREE_BYTES",
    "MAX_RATIO",
    "READ_BYTES",
    "Compression",
    "Unpacker",
    "check_ratio",
    "compression_of",
]

#: An input may unpack to this many bytes whatever its size; beyond, ``max_ratio`` counts.
FREE_BYTES = 1 << 30
#: Unpacked bytes per packed byte. Access logs reach 10 to 200; gzip cannot exceed 1032 (RFC 1951).
MAX_RATIO = 1000

_GZIP_STEP = 1 << 20
_STEP = 1 << 14  # what damage costs at most
_XZ_MEMORY = 256 << 20  # `xz -9` needs 65 MB
_ZSTD_PIECE = 1 << 8  # zstandard has no limit for what comes out: at most 32 KB per byte goes in


@dataclass(frozen=True, slots=True)
class Compression:
    """One way to compress.

    Parameters
    ----------
    name
        As :attr:`Source.compression` says it.
    a
        The name with its article.
    magic
        What a member begins with.
    suffixes
        Of the names of such files.
    decoder
        Gives an object like ``bz2.BZ2Decompressor``.
    errors
        Gives what that raises on damaged data.
    test
        The command that tests such a file.
    """

    name: str
    a: str
    magic: re.Pattern[bytes]
    suffixes: tuple[str, ...]
    decoder: Callable[[], Any]
    errors: Callable[[], tuple[type[Exception], ...]]
    test: str


def _zstd_decoder() -> Any:
    try:
        from compression.zstd import ZstdDecompressor  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        import zstandard

        return _Zstandard(zstandard)
    return ZstdDecompressor()


def _zstd_errors() -> tuple[type[Exception], ...]:
    try:
        from compression.zstd import ZstdError  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        from zstandard import ZstdError
    return (ZstdError,)


class _Zstandard:
    """The package ``zstandard`` behind the interface of the standard library's decompressors."""

    def __init__(self, zstandard: Any) -> None:
        self._frame = zstandard.ZstdDecompressor().decompressobj(write_size=1 << 13)
        self._data = b""

    @property
    def eof(self) -> bool:
        return bool(self._frame.eof)

    @property
    def needs_input(self) -> bool:
        return not self._data and not self.eof

    @property
    def unused_data(self) -> bytes:
        return bytes(self._frame.unused_data) + self._data

    def decompress(self, data: bytes, _max_length: int) -> bytes:
        self._data += data
        piece, self._data = self._data[:_ZSTD_PIECE], self._data[_ZSTD_PIECE:]
        return bytes(self._frame.decompress(piece))


GZIP = Compression(
    "gzip",
    "a gzip",
    lazily(rb"\x1f\x8b"),
    (".gz", ".gzip", ".tgz"),
    zlib.decompressobj,
    lambda: (zlib.error,),
    "gzip -t",
)
COMPRESSIONS = (
    GZIP,  # RFC 1952 section 2.3.1
    Compression(
        "bzip2",
        "a bzip2",
        lazily(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"),  # a block, or the end of an empty file
        (".bz2", ".tbz2", ".tbz"),
        bz2.BZ2Decompressor,
        lambda: (OSError, EOFError),
        "bzip2 -t",
    ),
    Compression(
        "xz",
        "an xz",
        lazily(rb"\xfd7zXZ\0"),
        (".xz", ".txz"),
        lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
        lambda: (lzma.LZMAError, EOFError),
        "xz -t",
    ),
    # RFC 8878 sections 3.1.1 and 3.1.2; pzstd begins files with a skippable frame.
    Compression(
        "zstd",
        "a Zstandard",
        lazily(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
        (".zst", ".zstd", ".tzst"),
        _zstd_decoder,
        _zstd_errors,
        "zstd -t",
    ),
)


def compression_of(head: bytes) -> Compression | None:
    r"""The compression that data begin like; null when none.

    Examples
    --------
    >>> compression_of(b"\x1f\x8b\x08").name
    'gzip'
    >>> compression_of(b"BZh9 is not enough")
    """
    return next((one for one in COMPRESSIONS if one.magic.match(head)), None)


class Unpacker:
    """The unpacked bytes of an input, piece by piece; iterate over it once.

    Parameters
    ----------
    name
        For messages.
    kind
        How it is compressed.
    raw
        The packed bytes; they are read to their end, because the hash is of all of them.

    Attributes
    ----------
    fault
        What was wrong, as a sentence with the fields ``bytes`` and ``lines``; empty when nothing was.
    """

    def __init__(self, name: str, kind: Compression, raw: Iterator[bytes]) -> None:
        self.fault = ""
        self._name = name
        self._kind = kind
        self._raw = raw
        self._members: Gunzip | _Members = Gunzip(raw) if kind is GZIP else _Members(kind, raw)

    def __iter__(self) -> Iterator[bytes]:
        """Pieces of the unpacked bytes.

        Raises
        ------
        SourceError
            If nothing at all comes out, or the package that unpacks it is not installed.
        """
        a, unpacked = self._kind.a, 0
        try:
            for piece in self._members:
                unpacked += len(piece)
                yield piece
        except ModuleNotFoundError as error:
            raise SourceError(
                f"{shown(self._name)} is {a} file",
                f"the package {error.name}, or Python 3.14",
                "pip install 'logattr[fast]'",
            ) from None
        for _ in self._raw:
            pass
        if self._members.damaged and not unpacked:
            raise SourceError(
                f"{shown(self._name)} begins like {a} file, but nothing in it can be unpacked",
                f"{a} file that is one",
                f"{self._kind.test} on the file, and fetch it again",
            )
        self.fault = self._members.fault


class _Members:
    """Unpack the members of a file that is not gzip's, and say in the end what was wrong."""

    def __init__(self, kind: Compression, chunks: Iterator[bytes]) -> None:
        self._kind = kind
        self._chunks = chunks
        self.fault = ""
        self.damaged = False

    def __iter__(self) -> Iterator[bytes]:
        name = self._kind.name
        data = next_member(b"", self._chunks)
        while self._kind.magic.match(data):
            decoder, errors = self._kind.decoder(), self._kind.errors()
            while not decoder.eof:
                if decoder.needs_input and not data and not (data := next(self._chunks, b"")):
                    self.fault = f"the {name} data end too early" + CAME_OUT
                    return
                try:
                    piece = decoder.decompress(data, _STEP)
                except errors as error:
                    self.damaged = True
                    memory = "emory" in str(error)  # liblzma and libzstd say so in words only
                    what = "need too much memory" if memory else "are damaged"
                    self.fault = f"the {name} data {what}" + CAME_OUT
                    return
                data = b""
                yield piece
            data = next_member(decoder.unused_data, self._chunks)
        if data:
            self.fault = behind(data, self._chunks, name)


def check_ratio(name: str, unpacked: int, packed: int, max_ratio: int) -> None:
    """Refuse an input that unpacks to far more than any log does: a decompression bomb.

    Raises
    ------
    SourceError
        If there are more than ``FREE_BYTES`` and more than ``max_ratio`` for each packed byte.

    Examples
    --------
    >>> check_ratio("a.xz", 2 << 30, 1 << 20, max_ratio=1000)
    Traceback (most recent call last):
    logattr.errors.SourceError: a.xz unpacks to more than 1,000 times its size, ...
    """
    if unpacked > max(FREE_BYTES, max_ratio * packed):
        raise SourceError(
            f"{shown(name)} unpacks to more than {max_ratio:,} times its size, {unpacked:,} bytes so far",
            "an access log; these unpack to 10 to 200 times",
            f"--max-ratio {max_ratio * 10} (max_ratio= in Python) if you trust it",
        )
