r"""Bytes in, blocks of whole lines out; positions and SHA-256 on the way.

An input is read once, from front to back and without seeking, so that pipes work. Memory stays bounded
whatever the input holds: what is compressed is unpacked piece by piece, and a line longer than
``MAX_LINE_BYTES`` is counted but not kept. The stages of the way are
:mod:`~logattr.reading.compression`, :mod:`~logattr.reading.charsets` and :mod:`~logattr.reading.blocks`;
members of :mod:`~logattr.reading.archives` are inputs of their own.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO

from logattr.errors import SourceError
from logattr.patterns import lazily
from logattr.reading.archives import SEPARATOR, archive_kind, member_of, open_archive
from logattr.reading.blocks import BLOCK_BYTES, MAX_LINE_BYTES, Block, Cutter, LongLine, Positions, gather
from logattr.reading.charsets import UTF8_BOM, recognise, to_utf8
from logattr.reading.compression import (
    COMPRESSIONS,
    MAX_RATIO,
    READ_BYTES,
    Unpacker,
    check_ratio,
    compression_of,
)
from logattr.reading.inputs import expand
from logattr.reading.jsondocs import DocumentCutter, is_document
from logattr.reading.parquet import is_parquet, parquet_lines
from logattr.reading.paths import open_file, os_error, shown

__all__ = [
    "BLOCK_BYTES",
    "MAX_LINE_BYTES",
    "Block",
    "LongLine",
    "Positions",
    "Source",
    "expand",
    "open_source",
    "read_once",
    "spool",
]

_HEAD_BYTES = 1 << 16  # from which kind, encoding and line ends are told
_READ_BYTES = 1 << 20
_LINE_BYTES = 1 << 12  # in which the end of a line is looked for

Progress = Callable[[int, int | None], None]

_FOREIGN = tuple(
    (lazily(pattern, re.DOTALL), what, remedy)
    for pattern, what, remedy in (
        (rb"\xff\xfe\0\0|\0\0\xfe\xff", "text in UTF-32", "iconv -f UTF-32 -t UTF-8 {name} > log.txt"),
        (rb"\x04\x22\x4d\x18", "an LZ4 file", "lz4 -dc {name} | logattr ... -"),
        (rb"\x1f\x9d", "a file of compress(1)", "gzip -dc {name} | logattr ... -"),
        (rb"PK\x03\x04", "a ZIP archive", "unzip -p {name} | logattr ... -"),
        (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "7z x -so {name} | logattr ... -"),
        (rb"Rar!\x1a\x07", "a RAR archive", "unrar p -inul {name} | logattr ... -"),
        (rb".{257}ustar", "a tar archive", "tar -xOf {name} | logattr ... -"),
    )
)


class Source:
    r"""One input. Iterate over it once to get its blocks; made by :func:`open_source`.

    Attributes
    ----------
    name
        As the user gave it; ``"-"`` is standard input, ``ARCHIVE!MEMBER`` a file in an archive.
    path
        Where it, or its archive, lies; None for standard input.
    compression
        ``"none"``, ``"gzip"``, ``"bzip2"``, ``"xz"`` or ``"zstd"``, by content and not by name.
    encoding
        ``"utf-8"`` (also what is no known encoding), ``"utf-16-le"`` or ``"utf-16-be"``.
    lines
        Number of lines, a last one without ``b"\n"`` included.
    raw_bytes, decoded_bytes
        Sizes in bytes: of the file, and of its text unpacked and in UTF-8. Offsets count the latter.
    sha256_raw, sha256_decoded
        Hexadecimal SHA-256 of the two; empty until the last block was taken. For a member of an archive
        they are those of the file that unpacking the archive gives.
    as_in_file
        Whether offsets count the bytes of the file itself: it is neither packed nor decoded, and its
        lines, not records within, are what offsets lead to. Known when it has been read.
    warnings
        What was wrong with the input as a file, each a sentence without the name.
    """

    def __init__(
        self,
        name: str,
        path: Path | None,
        stream: IO[bytes],
        *,
        block_bytes: int = BLOCK_BYTES,
        progress: Progress | None = None,
        max_ratio: int = MAX_RATIO,
    ) -> None:
        self.name = name
        self.path = path
        self.lines = self.raw_bytes = self.decoded_bytes = 0
        self.sha256_raw = self.sha256_decoded = ""
        self.encoding = "utf-8"
        self.as_in_file = False
        self.warnings: list[str] = []
        self._stream = stream
        self._block_bytes = block_bytes
        self._progress = progress
        self._max_ratio = max_ratio
        self._total = _size(stream)
        self._sha256 = hashlib.sha256()
        self._iterated = False
        self._head = self._read(_HEAD_BYTES)
        self._kind = compression_of(self._head)
        self.compression = self._kind.name if self._kind else "none"
        if self._kind is None:
            _refuse_foreign(name, self._head, "plain text or a compressed log")
        self._check_suffix()

    @property
    def text_bytes(self) -> int | None:
        """How many bytes of text there will be in all; null where nobody knows before it is read."""
        return self._total if self._kind is None and self.encoding == "utf-8" else None

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the input, unless it is standard input."""
        if self.path is not None:
            self._stream.close()

    def __iter__(self) -> Iterator[Block]:
        if self._iterated:
            raise SourceError(f"{shown(self.name)} was read already", "one pass per source", "open it again")
        self._iterated = True
        try:
            yield from self._blocks()
        finally:
            self.close()

    def _blocks(self) -> Iterator[Block]:
        unpacker = self._unpacker()
        packed = unpacker is not None
        pieces = self._raw(self._block_bytes) if unpacker is None else self._checked(unpacker)
        head = b"".join(_first(pieces, _HEAD_BYTES))
        if packed:
            _refuse_nested(self.name, head)
        if is_parquet(head):
            pieces = self._checked(parquet_lines(self.name, chain((head,), pieces)))
            head, packed = b"".join(_first(pieces, _HEAD_BYTES)), True
            self.warnings.append("a Parquet file, whose rows were read as JSON records; lines are its rows")
        text = recognise(head)
        self.encoding = text.encoding
        pieces = chain((head,), pieces)
        if text.encoding != "utf-8":
            pieces = to_utf8(pieces, text.encoding)
            self.warnings.append("text in UTF-16, read as UTF-8; offsets count the bytes of that")
        if text.old_mac:
            self.warnings.append("no line feed in the first 64 KB; carriage returns were taken for line ends")

        name = self.name.encode("utf-8", "backslashreplace").decode()  # not all names are UTF-8
        cutter: Cutter | DocumentCutter = Cutter(name)
        decoded = hashlib.sha256() if packed or text.encoding != "utf-8" else None
        for data in gather(pieces, max(self._block_bytes, len(UTF8_BOM))):
            if decoded is not None:
                decoded.update(data)
            start = len(UTF8_BOM) if self.decoded_bytes == 0 and data.startswith(UTF8_BOM) else 0
            if self.decoded_bytes == 0 and is_document(data[start:]):
                cutter = DocumentCutter(name)
            cutter.offset += start
            self.decoded_bytes += len(data)
            lines = data[start:]
            yield from cutter.feed(lines.replace(b"\r", b"\n") if text.old_mac else lines)
        yield from cutter.finish()
        self.lines = cutter.line - 1
        changed = packed or text.encoding != "utf-8" or text.old_mac
        self.as_in_file = not (changed or isinstance(cutter, DocumentCutter) or member_of(self.name))
        self.sha256_raw = self._sha256.hexdigest()
        self.sha256_decoded = self.sha256_raw if decoded is None else decoded.hexdigest()
        for fault in (getattr(self._stream, "fault", ""), unpacker.fault if unpacker else ""):
            if fault:
                self.warnings.append(fault.format(bytes=self.decoded_bytes, lines=self.lines))

    def _unpacker(self) -> Unpacker | None:
        if self._kind is None:
            return None
        return Unpacker(self.name, self._kind, self._raw(READ_BYTES))

    def _checked(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces, unless they are those of a decompression bomb."""
        unpacked = 0
        for piece in pieces:
            unpacked += len(piece)
            check_ratio(self.name, unpacked, self.raw_bytes, self._max_ratio)
            yield piece

    def _check_suffix(self) -> None:
        """Say where the name and the content do not fit together."""
        lower = self.name.lower()
        named = next((kind for kind in COMPRESSIONS if lower.endswith(kind.suffixes)), None)
        if not self._head or named is None or named is self._kind:
            return
        if self._kind is not None:
            self.warnings.append(f"{named.a} file by name, but {self._kind.name} by content; read as that")
        elif _is_text(self._head) or recognise(self._head).encoding != "utf-8":
            self.warnings.append(f"{named.a} file by name, but plain text by content; read as plain text")
        else:
            raise SourceError(
                f"{shown(self.name)} is {named.a} file by name, but holds neither {named.name} data nor text",
                f"{named.name} data",
                "fetch the file again, or look at it with: file " + shown(self.name),
            )

    def _read(self, size: int) -> bytes:
        """Read raw bytes, as many as asked for unless the input ends."""
        parts: list[bytes] = []
        wanted = size
        try:
            while wanted and (part := self._stream.read(wanted)):
                parts.append(part)
                wanted -= len(part)
        except OSError as error:
            raise os_error(self.name, error) from None
        data = b"".join(parts)
        self._sha256.update(data)
        self.raw_bytes += len(data)
        if self._progress is not None:
            self._progress(self.raw_bytes, self._total)
        return data

    def _raw(self, size: int) -> Iterator[bytes]:
        data, self._head = self._head, b""
        while data:
            yield data
            data = self._read(size + self._rest_of_line(size))

    def _rest_of_line(self, size: int) -> int:
        """Bytes behind the next so many up to the end of the line there: what ends so is cut without a copy.

        0 where it is not known: where the line is long, or the input no plain file.
        """
        if self._total is None or self._kind is not None or not hasattr(os, "pread"):
            return 0
        try:
            return os.pread(self._stream.fileno(), _LINE_BYTES, self.raw_bytes + size).find(b"\n") + 1
        except OSError:
            return 0


def open_source(
    name: str | os.PathLike[str],
    *,
    stdin: IO[bytes] | None = None,
    copy: IO[bytes] | None = None,
    block_bytes: int = BLOCK_BYTES,
    progress: Progress | None = None,
    max_ratio: int = MAX_RATIO,
) -> Source:
    r"""Open one input, to be iterated over once.

    Parameters
    ----------
    name
        A path, ``ARCHIVE!MEMBER``, or ``"-"`` for standard input. It is taken literally, see
        :func:`expand`.
    stdin
        What ``"-"`` stands for instead of the process's own standard input; it is not closed.
    copy
        The input's content from :func:`spool`, read from its beginning instead of ``name``; it is
        not closed.
    block_bytes
        Size of a block, in bytes: each is cut as soon as it holds that many.
    progress
        Called with the raw bytes read so far and those there are, None when that cannot be known.
    max_ratio
        Beyond 1 GB, an input that unpacks to more than this many times its size is refused as a
        decompression bomb.

    Raises
    ------
    SourceError
        When the input is missing, a folder, unreadable, or of a kind that is not read (an archive as
        a whole or within another, LZ4, UTF-32). Reading may raise it too: compressed data of which
        nothing comes out, a decompression bomb, a disk that fails. An empty input is no error.

    Examples
    --------
    >>> import io
    >>> source = open_source("-", stdin=io.BytesIO(b"one\ntwo"))
    >>> [(block.first_line, block.data) for block in source]
    [(1, b'one\n'), (2, b'two')]
    >>> source.lines, source.sha256_raw[:8]
    (2, '21066d10')
    """
    name = os.fspath(name)
    if copy is not None:
        copy.seek(0)
        return Source(name, None, copy, block_bytes=block_bytes, progress=progress, max_ratio=max_ratio)
    if name == "-":
        opened = stdin or sys.stdin.buffer
        return Source(name, None, opened, block_bytes=block_bytes, progress=progress, max_ratio=max_ratio)
    path, warnings, stream = _open(name, max_ratio)
    try:
        source = Source(
            name, Path(path), stream, block_bytes=block_bytes, progress=progress, max_ratio=max_ratio
        )
    except BaseException:
        stream.close()
        raise
    source.warnings += warnings
    return source


def _open(name: str, max_ratio: int) -> tuple[str, list[str], IO[bytes]]:
    """Path of the file, what is wrong with the archive, and the bytes."""
    inner = member_of(name)
    if inner is None:
        return name, [], open_file(name)
    path, member = inner
    archive = open_archive(path, max_ratio=max_ratio)
    # What is to be said about the whole archive is said once.
    first = archive.names[:1] == (member,)
    return path, archive.warnings if first else [], archive.open(member)  # type: ignore[return-value]


def spool(stream: IO[bytes]) -> IO[bytes]:
    r"""Copy a stream that can be read once to a temporary file that can be read again.

    Parameters
    ----------
    stream
        Usually standard input.

    Returns
    -------
    file
        Rewound; only its owner can read it, and it is gone when closed. ``seek(0)`` before the second
        pass, and give it to :func:`open_source` as ``stdin``.

    Raises
    ------
    SourceError
        When the stream cannot be read or the disk is full.

    Examples
    --------
    >>> import io
    >>> with spool(io.BytesIO(b"one\n")) as copy:
    ...     first = [block.data for block in open_source("-", stdin=copy)]
    ...     _ = copy.seek(0)
    ...     first == [block.data for block in open_source("-", stdin=copy)]
    True
    """
    copy = tempfile.TemporaryFile(prefix="logattr-")  # noqa: SIM115  # the caller closes it
    try:
        shutil.copyfileobj(stream, copy, _READ_BYTES)
        copy.seek(0)
    except OSError as error:
        copy.close()
        raise SourceError(
            f"standard input could not be copied to {shown(tempfile.gettempdir())}: {error.strerror}",
            "room for all of it, because it is read twice",
            "give the file itself, or name a larger folder in TMPDIR",
        ) from None
    return copy


def read_once(name: str) -> bool:
    """Whether an input gives its content only once: standard input, a named pipe, ``<(command)``.

    Examples
    --------
    >>> read_once("-"), read_once("access.log")
    (True, False)
    """
    return name == "-" or (Path(name).exists() and not Path(name).is_file())


def _first(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The first pieces that make up at least so many bytes."""
    for piece in pieces:
        yield piece
        size -= len(piece)
        if size <= 0:
            return


def _size(stream: IO[bytes]) -> int | None:
    """Size of a regular file, None for anything else."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, AttributeError):  # io.BytesIO has no file number
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _is_text(data: bytes) -> bool:
    """Whether data look like text: no NUL, and at most 30 % odd bytes (perlfunc, -T)."""
    odd = len(data.translate(None, bytes(range(32, 127)) + b"\t\n\r\f\b\x1b"))
    return b"\0" not in data and odd <= 0.3 * len(data)


def _refuse_foreign(name: str, head: bytes, expected: str) -> None:
    for pattern, what, remedy in _FOREIGN:
        if pattern.match(head):
            if "archive" in what and archive_kind(name):
                try_ = shown(name) + SEPARATOR + "MEMBER for one of its files"
            elif name == "-":
                try_ = "save it to a file and name that, or unpack it before"
            elif member_of(name):
                try_ = "unpack the archive and name the files"
            else:
                try_ = remedy.format(name=shown(shlex.quote(name)))
            raise SourceError(f"{shown(name)} is {what}", expected, try_)


def _refuse_nested(name: str, head: bytes) -> None:
    """Refuse what is compressed twice, or an archive that was not named by :func:`expand`."""
    again = compression_of(head)
    if again is not None:
        raise SourceError(
            f"{shown(name)} holds {again.a} file in a compressed one",
            "one compression",
            "unpack it once before",
        )
    _refuse_foreign(name, head, "a compressed log")
