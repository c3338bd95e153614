"""gzip (RFC 1952): members that follow each other, with everything that comes out before damage."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any

__all__ = ["CAME_OUT", "READ_BYTES", "Gunzip", "behind", "next_member"]

# Behind each member zlib copies what is left of the piece it was given, so a file of many tiny members
# costs the square of this number.
READ_BYTES = 1 << 16
CAME_OUT = ": {bytes:,} bytes in {lines:,} lines came out"

_GZIP = b"\x1f\x8b"  # section 2.3.1
_STEP = 1 << 20
_MAGIC_BYTES = 10  # the longest beginning that any compression is told by


class Gunzip:
    """Unpack the members of a gzip file (RFC 1952 section 2.2), and say in the end what was wrong.

    By zlib-ng where it is installed, which takes a third of the time of zlib and gives the same bytes, also
    before a fault; other fast engines drop what they unpacked just before one, or go on behind it.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.fault = ""
        self.damaged = False

    def __iter__(self) -> Iterator[bytes]:
        data = next(self._chunks, b"")
        engine = _engine()
        while data.startswith(_GZIP):
            member = engine.decompressobj(wbits=31)
            while not member.eof:
                data = data or next(self._chunks, b"")
                before = member.copy()
                try:
                    piece = member.decompress(data, _STEP) if data else member.flush()
                except engine.error:
                    self.damaged = True
                    self.fault = "the gzip data are damaged" + CAME_OUT
                    yield _salvage(before, data, engine.error)
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


@cache
def _engine() -> Any:
    try:
        from zlib_ng import zlib_ng
    except ImportError:
        return zlib
    return zlib_ng


def next_member(data: bytes, chunks: Iterator[bytes]) -> bytes:
    """Skip zero bytes, with which tapes and xz pad and which gzip(1) ignores too."""
    while len(data := data.lstrip(b"\0")) < _MAGIC_BYTES and (more := next(chunks, b"")):
        data += more
    return data


def behind(data: bytes, chunks: Iterator[bytes], name: str) -> str:
    """The sentence about what follows the last member and is none."""
    rest = len(data) + sum(map(len, chunks))
    return f"{rest:,} bytes behind the {name} data are no {name} data and were left out"


def _salvage(member: Any, data: bytes, error: type[Exception]) -> bytes:
    """Unpack what comes before the fault in data, byte by byte: zlib gives nothing of a failed call."""
    out = bytearray()
    try:
        for at in range(len(data)):
            out += member.decompress(data[at : at + 1])
    except error:
        pass
    return bytes(out)
