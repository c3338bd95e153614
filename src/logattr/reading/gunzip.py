"""gzip (RFC 1952): members that follow each other, with everything that comes out before damage."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

__all__ = ["CAME_OUT", "READ_BYTES", "FastGunzip", "Gunzip", "behind", "next_member"]

# Behind each member zlib copies what is left of the piece it was given, so a file of many tiny members
# costs the square of this number.
READ_BYTES = 1 << 16
CAME_OUT = ": {bytes:,} bytes in {lines:,} lines came out"

_GZIP = b"\x1f\x8b"  # section 2.3.1
_STEP = 1 << 20
_MAGIC_BYTES = 10  # the longest beginning that any compression is told by


class FastGunzip:
    """Unpack with isal, which is three times as fast but drops what it unpacked just before a fault.

    A file that can be opened again is then read with zlib to get that back.
    """

    def __init__(self, chunks: Iterator[bytes], reopen: Callable[[], IO[bytes]]) -> None:
        self._engine = _isal()
        self._members = Gunzip(chunks, self._engine)
        self._reopen = reopen

    @property
    def fault(self) -> str:
        """What was wrong."""
        return self._members.fault

    @property
    def damaged(self) -> bool:
        """Whether the data were more than cut off."""
        return self._members.damaged

    def __iter__(self) -> Iterator[bytes]:
        unpacked = 0
        try:
            for piece in self._members:
                unpacked += len(piece)
                yield piece
        except self._engine.error:
            with self._reopen() as again:
                self._members = Gunzip(iter(lambda: again.read(READ_BYTES), b""), zlib)
                yield from _skip(self._members, unpacked)


class Gunzip:
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
                    piece = member.decompress(data, _STEP) if data else member.flush()
                except zlib.error:
                    self.damaged = True
                    self.fault = "the gzip data are damaged" + CAME_OUT
                    yield _salvage(before, data)
                    return
                if not data and not member.eof:
                    self.fault = "the gzip data end too early" + CAME_OUT
                    yield piece
                    return
                data = member.unconsumed_tail
                yield piece
            data = next_member(member.unused_data, self._chunks)
        if data:
            self.fault = behind(data, self._chunks, "gzip")


def next_member(data: bytes, chunks: Iterator[bytes]) -> bytes:
    """Skip zero bytes, with which tapes and xz pad and which gzip(1) ignores too."""
    while len(data := data.lstrip(b"\0")) < _MAGIC_BYTES and (more := next(chunks, b"")):
        data += more
    return data


def behind(data: bytes, chunks: Iterator[bytes], name: str) -> str:
    """The sentence about what follows the last member and is none."""
    rest = len(data) + sum(map(len, chunks))
    return f"{rest:,} bytes behind the {name} data are no {name} data and were left out"


def _salvage(member: Any, data: bytes) -> bytes:
    """Unpack what comes before the fault in data, byte by byte: zlib gives nothing of a failed call."""
    out = bytearray()
    try:
        for at in range(len(data)):
            out += member.decompress(data[at : at + 1])
    except zlib.error:
        pass
    return bytes(out)


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
