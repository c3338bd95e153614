r"""Bytes in, blocks of whole lines out; positions and SHA-256 on the way.

An input is read once, from front to back and without seeking, so that pipes work. Memory stays bounded
whatever the input holds: gzip is unpacked piece by piece, and a line longer than ``MAX_LINE_BYTES`` is
counted but not kept.

Lines end at ``b"\n"`` and nowhere else. A carriage return before it stays in the data, and the other
line ends of Unicode are bytes like any other, because no server ends its lines with them.
"""

from __future__ import annotations

import difflib
import glob
import hashlib
import os
import re
import shlex
import shutil
import stat
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from logattr.errors import SourceError

__all__ = [
    "BLOCK_BYTES",
    "MAX_LINE_BYTES",
    "Block",
    "LongLine",
    "Positions",
    "Source",
    "expand",
    "open_source",
    "spool",
]

BLOCK_BYTES = 8 << 20
MAX_LINE_BYTES = 1 << 20

_HEAD_BYTES = 4096  # what is kept of a line that is too long
_SNIFF_BYTES = 512  # the last magic below ends at byte 262
_READ_BYTES = 1 << 20
# Behind each member zlib copies what is left of the piece it was given, so a file of many tiny members
# costs the square of this number.
_GZIP_READ_BYTES = 1 << 16

Progress = Callable[[int, int | None], None]

_GZIP = b"\x1f\x8b"  # RFC 1952 section 2.3.1
_UTF8_BOM = b"\xef\xbb\xbf"
_FOREIGN = tuple(
    (re.compile(pattern, re.DOTALL), what, remedy)
    for pattern, what, remedy in (
        (rb"\xff\xfe|\xfe\xff", "text in UTF-16", "iconv -f UTF-16 -t UTF-8 {name} > log.txt"),
        (rb"BZh[1-9](1AY&SY|\x17rE8P\x90)", "a bzip2 file", "bzip2 -dc {name} | logattr ... -"),
        (rb"\xfd7zXZ\0", "an xz file", "xz -dc {name} | logattr ... -"),
        (rb"\x28\xb5\x2f\xfd", "a Zstandard file", "zstd -dc {name} | logattr ... -"),
        (rb"\x04\x22\x4d\x18", "an LZ4 file", "lz4 -dc {name} | logattr ... -"),
        (rb"\x1f\x9d", "a file of compress(1)", "gzip -dc {name} | logattr ... -"),
        (rb"PK\x03\x04", "a ZIP archive", "unzip -p {name} | logattr ... -"),
        (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "7z x -so {name} | logattr ... -"),
        (rb".{257}ustar", "a tar archive", "tar -xOf {name} | logattr ... -"),
    )
)


@dataclass(frozen=True, slots=True)
class LongLine:
    r"""A line of more than ``MAX_LINE_BYTES``, of which only the beginning is kept.

    Parameters
    ----------
    line
        Its number, from 1.
    offset
        Position of its first byte in the decoded input.
    head
        Its first 4096 bytes.
    length
        Its length in bytes, without the ``b"\n"``.
    """

    line: int
    offset: int
    head: bytes
    length: int


@dataclass(frozen=True, slots=True)
class Block:
    r"""Some consecutive lines of one input, or one line that is too long.

    Parameters
    ----------
    source
        Name of the input.
    data
        Whole lines, each ended by ``b"\n"`` except perhaps the very last one of the input.
        Empty when the block stands for a line that is too long.
    first_line
        Number of the first line, from 1.
    offset
        Position of the first byte in the decoded input.
    oversized
        The one line that is too long, in a block of its own; else empty.
    positions
        Where the records of a JSON document, one per line of ``data``, begin in the input; None where
        the lines are the input's own.
    """

    source: str
    data: bytes
    first_line: int
    offset: int
    oversized: tuple[LongLine, ...] = ()
    positions: Positions | None = None

    def text_at(self, offset: int) -> bytes:
        """The line, or the record, that begins at an offset; without its end."""
        if self.positions is not None:
            start = int(self.positions.starts[int(np.searchsorted(self.positions.offsets, offset))])
        else:
            start = offset - self.offset
        end = self.data.find(b"\n", start)
        return self.data[start : end if end >= 0 else len(self.data)].rstrip(b"\r")


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Where the records of a JSON document begin.

    Parameters
    ----------
    lines, offsets
        Number of the line, from 1, and position in the decoded input, one per record.
    starts
        Where each record begins in the block's ``data``.
    blank
        Lines of the input, up to the end of this block, in which no record begins.
    """

    lines: NDArray[np.int64]
    offsets: NDArray[np.int64]
    starts: NDArray[np.int64]
    blank: int


class Source:
    r"""One input. Iterate over it once to get its blocks; made by :func:`open_source`.

    Attributes
    ----------
    name
        As the user gave it; ``"-"`` is standard input.
    path
        Where it lies; None for standard input.
    compression
        ``"none"`` or ``"gzip"``, by content and not by name.
    lines
        Number of lines, a last one without ``b"\n"`` included.
    raw_bytes, decoded_bytes
        Sizes in bytes, before and after decompression.
    sha256_raw, sha256_decoded
        Hexadecimal SHA-256 before and after decompression; empty until the last block was taken.
    warnings
        What was wrong with the input as a file, each a sentence without the name.
    """

    def __init__(
        self, name: str, path: Path | None, stream: IO[bytes], block_bytes: int, progress: Progress | None
    ) -> None:
        self.name = name
        self.path = path
        self.lines = self.raw_bytes = self.decoded_bytes = 0
        self.sha256_raw = self.sha256_decoded = ""
        self.warnings: list[str] = []
        self._stream = stream
        self._block_bytes = block_bytes
        self._progress = progress
        self._total = _size(stream)
        self._sha256 = hashlib.sha256()
        self._fault = ""
        self._iterated = False
        self._head = self._read(_GZIP_READ_BYTES)
        self.compression = "gzip" if self._head.startswith(_GZIP) else "none"
        if self.compression == "none":
            _refuse_foreign(name, self._head)
            self._check_suffix()

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
            raise SourceError(f"{_shown(self.name)} was read already", "one pass per source", "open it again")
        self._iterated = True
        try:
            yield from self._blocks()
        finally:
            self.close()

    def _blocks(self) -> Iterator[Block]:
        from logattr.reading.jsondocs import DocumentCutter, is_document  # which needs Block and its parts

        name = self.name.encode("utf-8", "backslashreplace").decode()  # not all names are UTF-8
        cutter: _Cutter | DocumentCutter = _Cutter(name)

        unpacked = hashlib.sha256()
        gzipped = self.compression == "gzip"
        for data in _gather(self._unpack() if gzipped else self._raw(_READ_BYTES), self._block_bytes):
            if gzipped:
                unpacked.update(data)
            start = self._text_start(data) if self.decoded_bytes == 0 else 0
            if self.decoded_bytes == 0 and is_document(data[start:]):
                cutter = DocumentCutter(name)
            cutter.offset += start
            self.decoded_bytes += len(data)
            yield from cutter.feed(data[start:])
        yield from cutter.finish()
        self.lines = cutter.line - 1
        self.sha256_raw = self._sha256.hexdigest()
        self.sha256_decoded = unpacked.hexdigest() if gzipped else self.sha256_raw
        if self._fault:
            self.warnings.append(self._fault.format(bytes=self.decoded_bytes, lines=self.lines))

    def _text_start(self, data: bytes) -> int:
        if self.compression == "gzip":
            _refuse_foreign(self.name, data)
        return len(_UTF8_BOM) if data.startswith(_UTF8_BOM) else 0

    def _check_suffix(self) -> None:
        if not self._head or not self.name.lower().endswith((".gz", ".gzip")):
            return
        if not _is_text(self._head):
            raise SourceError(
                f"{_shown(self.name)} is a gzip file by name, but holds neither gzip data nor text",
                "gzip data, which begin with the bytes 1f 8b",
                "fetch the file again, or look at it with: file " + _shown(self.name),
            )
        self.warnings.append("a gzip file by name, but plain text by content; read as plain text")

    def _read(self, size: int) -> bytes:
        """Read raw bytes, as many as asked for unless the input ends."""
        parts: list[bytes] = []
        wanted = size
        try:
            while wanted and (part := self._stream.read(wanted)):
                parts.append(part)
                wanted -= len(part)
        except OSError as error:
            raise _os_error(self.name, error) from None
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
            data = self._read(size)

    def _unpack(self) -> Iterator[bytes]:
        """Yield the unpacked bytes and read the input to its end, because the hash is of all of it."""
        raw = self._raw(_GZIP_READ_BYTES)
        # isal is three times as fast but drops what it unpacked just before a fault. A regular file can
        # be read again with zlib to get that back, so only there it is used.
        engine = _isal() if self.path is not None and self._total is not None else zlib
        unpacked = 0
        gunzip = _Gunzip(raw, engine)
        try:
            for piece in gunzip:
                unpacked += len(piece)
                yield piece
        except engine.error:
            with _open(self.name) as again:
                gunzip = _Gunzip(iter(lambda: again.read(_GZIP_READ_BYTES), b""), zlib)
                for piece in _skip(gunzip, unpacked):
                    unpacked += len(piece)
                    yield piece
        for _ in raw:
            pass
        if gunzip.damaged and not unpacked:
            raise SourceError(
                f"{_shown(self.name)} begins like a gzip file, but nothing in it can be unpacked",
                "a gzip that is one",
                "gzip -t on the file, and fetch it again",
            )
        self._fault = gunzip.fault


class _Gunzip:
    """Unpack the members of a gzip file (RFC 1952 section 2.2), and say in the end what was wrong.

    ``engine`` is zlib or what looks like it. zlib's errors become a fault, after the last byte that
    could be unpacked; those of another engine are raised.
    """

    def __init__(self, chunks: Iterator[bytes], engine: Any) -> None:
        self._chunks = chunks
        self._engine = engine
        self.fault = ""
        self.damaged = False

    def __iter__(self) -> Iterator[bytes]:
        data = next(self._chunks, b"")
        while data.startswith(_GZIP):
            member = self._engine.decompressobj(wbits=31)
            while not member.eof:
                data = data or next(self._chunks, b"")
                before = member.copy() if self._engine is zlib else None
                try:
                    piece = member.decompress(data, _READ_BYTES) if data else member.flush()
                except zlib.error:
                    self.damaged = True
                    self.fault = "the gzip data are damaged: {bytes:,} bytes in {lines:,} lines came out"
                    yield _salvage(before, data)
                    return
                if not data and not member.eof:
                    self.fault = "the gzip data end too early: {bytes:,} bytes in {lines:,} lines came out"
                    yield piece
                    return
                data = member.unconsumed_tail
                yield piece
            data = self._next_member(member.unused_data)
        if data:
            rest = len(data) + sum(map(len, self._chunks))
            self.fault = f"{rest:,} bytes behind the gzip data are no gzip data and were left out"

    def _next_member(self, data: bytes) -> bytes:
        """Skip zero bytes, with which tapes pad and which gzip(1) ignores too."""
        while len(data := data.lstrip(b"\0")) < len(_GZIP) and (more := next(self._chunks, b"")):
            data += more
        return data


def _salvage(member: Any, data: bytes) -> bytes:
    """Unpack what comes before the fault in data, byte by byte: zlib gives nothing of a failed call."""
    out = bytearray()
    try:
        for at in range(len(data)):
            out += member.decompress(data[at : at + 1])
    except zlib.error:
        pass
    return bytes(out)


class _Cutter:
    """Cut pieces of any length into blocks of whole lines; at most one short line is held back."""

    def __init__(self, source: str, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self.line = 1  # of the first byte not yet given away
        self.offset = 0
        self._source = source
        self._max = max_line_bytes
        self._held: list[bytes] = []  # the pieces of a line whose end has not come
        self._held_bytes = 0
        self._head: bytes | None = None  # of the line that is too long and has not ended
        self._length = 0

    def feed(self, data: bytes) -> Iterator[Block]:
        if self._head is not None:
            end = data.find(b"\n")
            self._length += len(data) if end < 0 else end
            if end < 0:
                return
            yield self._long_line(self._head, self._length)
            data = data[end + 1 :]
        elif self._held_bytes + len(data) <= self._max and b"\n" not in data:
            self._hold(data)
            return
        data = b"".join((*self._held, data))
        self._held, self._held_bytes = [], 0
        yield from self._cut(data)

    def _cut(self, data: bytes) -> Iterator[Block]:
        start = at = 0
        while at < len(data):
            # A line starts here. Any line end within reach means that no line up to it is too long.
            end = data.rfind(b"\n", at, at + self._max + 1)
            if end >= 0:
                at = end + 1
                continue
            if len(data) - at <= self._max:
                break
            yield from self._lines(data[start:at])
            end = data.find(b"\n", at)
            head = data[at : at + _HEAD_BYTES]
            if end < 0:
                self._head, self._length = head, len(data) - at
                return
            yield self._long_line(head[: end - at], end - at)
            start = at = end + 1
        yield from self._lines(data[start:at])
        self._hold(data[at:])

    def finish(self) -> Iterator[Block]:
        """Give away the last line, which has no end."""
        if self._head is not None:
            yield self._long_line(self._head, self._length)
        elif self._held_bytes:
            yield Block(self._source, b"".join(self._held), self.line, self.offset)
            self.line += 1

    def _hold(self, data: bytes) -> None:
        if data:
            self._held.append(data)
            self._held_bytes += len(data)

    def _lines(self, data: bytes) -> Iterator[Block]:
        if data:
            yield Block(self._source, data, self.line, self.offset)
            self.line += data.count(b"\n")
            self.offset += len(data)

    def _long_line(self, head: bytes, length: int) -> Block:
        block = Block(
            self._source, b"", self.line, self.offset, (LongLine(self.line, self.offset, head, length),)
        )
        self.line += 1
        self.offset += length + 1
        self._head = None
        return block


def expand(inputs: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Name the inputs one by one: files as they are, patterns replaced by the files they match.

    Parameters
    ----------
    inputs
        Paths, patterns (``*``, ``?``, ``[...]``, ``**``) and ``"-"`` for standard input. What exists
        under its literal name is never taken as a pattern. Folders that a pattern matches are left out.

    Returns
    -------
    list of str
        In the order given, sorted within a pattern. A file named twice, also through links, comes once.

    Raises
    ------
    SourceError
        When a path does not exist or is a folder, or a pattern matches no file.

    Examples
    --------
    >>> expand(["-", "-"])
    ['-']
    """
    names: dict[str, str] = {}
    for given in inputs:
        for name in _matches(os.fspath(given)):
            names.setdefault("-" if name == "-" else os.path.realpath(name), name)
    return list(names.values())


def open_source(
    name: str | os.PathLike[str],
    *,
    stdin: IO[bytes] | None = None,
    block_bytes: int = BLOCK_BYTES,
    progress: Progress | None = None,
) -> Source:
    r"""Open one input, to be iterated over once.

    Parameters
    ----------
    name
        A path, or ``"-"`` for standard input. A path is taken literally, see :func:`expand`.
    stdin
        What ``"-"`` stands for instead of the process's own standard input; it is not closed.
    block_bytes
        Size of a block, in bytes: each is cut as soon as it holds that many. At least 512.
    progress
        Called with the raw bytes read so far and those there are, None when that cannot be known.

    Raises
    ------
    SourceError
        When the input is missing, a folder, unreadable, or of a kind that is not read (UTF-16,
        other compressions, archives). Reading may raise it too: a gzip of which nothing comes out,
        a disk that fails. An empty input is no error.

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
    if name == "-":
        return Source(name, None, stdin or sys.stdin.buffer, block_bytes, progress)
    stream = _open(name)
    try:
        return Source(name, Path(name), stream, block_bytes, progress)
    except BaseException:
        stream.close()
        raise


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
            f"standard input could not be copied to {_shown(tempfile.gettempdir())}: {error.strerror}",
            "room for all of it, because it is read twice",
            "give the file itself, or name a larger folder in TMPDIR",
        ) from None
    return copy


def _matches(given: str) -> list[str]:
    if given == "-":
        return [given]
    if not os.path.lexists(given) and glob.has_magic(given):
        found = sorted(name for name in glob.glob(given, recursive=True) if not Path(name).is_dir())  # noqa: PTH207
        if not found:
            raise SourceError(f"no file matches {_shown(given)}", "a pattern that matches", _nearest(given))
        return found
    if not os.path.exists(given):  # noqa: PTH110  # Path("") would be the current folder
        raise _os_error(given, FileNotFoundError())
    if Path(given).is_dir():
        raise _os_error(given, IsADirectoryError())
    return [given]


def _open(name: str) -> BinaryIO:
    try:
        return open(name, "rb")  # noqa: PTH123  # Path("") would be the current folder
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _os_error(name, error) from None


def _gather(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Join pieces to at least size bytes each, and at least what is needed to recognise the input."""
    parts: list[bytes] = []
    held = 0
    for piece in pieces:
        parts.append(piece)
        held += len(piece)
        if held >= max(size, _SNIFF_BYTES):
            yield b"".join(parts)
            parts, held = [], 0
    if held:
        yield b"".join(parts)


def _skip(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    for piece in pieces:
        if len(piece) > size:
            yield piece[size:]
        size = max(0, size - len(piece))


def _isal() -> Any:
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib
    return isal_zlib


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


def _refuse_foreign(name: str, head: bytes) -> None:
    quoted = _shown(shlex.quote(name))
    for pattern, what, remedy in _FOREIGN:
        if pattern.match(head):
            raise SourceError(
                f"{_shown(name)} is {what}",
                "plain text or gzip",
                remedy.format(name=quoted),
            )


def _os_error(name: str, error: OSError | ValueError) -> SourceError:
    shown = _shown(name)
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return SourceError(f"{shown} does not exist", "a file", _nearest(name))
    if isinstance(error, IsADirectoryError):
        return SourceError(f"{shown} is a folder", "a file", f"the files in it: {shown.rstrip('/')}/*.log")
    if isinstance(error, PermissionError):
        return SourceError(f"{shown} may not be read", "a file you may read", "another user, or chmod")
    return SourceError(f"{shown} cannot be read: {error.strerror or error}", "a file that can be read")


def _nearest(name: str) -> str:
    """Hint at what the folder holds under similar names."""
    folder, base = os.path.split(name)
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for entry in islice(entries, 10_000)]
    except (OSError, ValueError):
        return f"a folder that exists; there is no {_shown(folder)}"
    near = difflib.get_close_matches(base, names, n=3)
    if not near:
        return "ls " + _shown(folder or ".")
    return " or ".join(_shown(os.path.join(folder, name)) for name in near)  # noqa: PTH118


def _shown(name: str) -> str:
    """Name fit for a message: control characters and broken UTF-8 are escaped as repr does."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in name) or "''"
