r"""Pieces of bytes to blocks of whole lines, with their numbers and positions.

Lines end at ``b"\n"`` and nowhere else. A carriage return before it stays in the data, and the other
line ends of Unicode are bytes like any other, because no server ends its lines with them.

A line longer than ``MAX_LINE_BYTES`` is counted but not kept. If it is that long because of the NUL bytes
that it begins with (a file that was emptied while its writer kept its position, or a crash), these are
skipped, and the line begins behind them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK_BYTES", "MAX_LINE_BYTES", "Block", "Cutter", "LongLine", "Positions", "gather"]

BLOCK_BYTES = 8 << 20
MAX_LINE_BYTES = 1 << 20

_LINE_FEED = ord("\n")
_CACHED_BYTES = 1 << 17
_HEAD_BYTES = 4096  # what is kept of a line that is too long


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


class Cutter:
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
        self._nuls = 0  # that such a line begins with, as long as nothing else has come

    def feed(self, data: bytes) -> Iterator[Block]:
        """Take a piece and give the blocks that it completes."""
        if self._nuls:
            rest = data.lstrip(b"\0")
            self._nuls += len(data) - len(rest)
            if not rest:
                return
            data = yield from self._after_nuls(rest)
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
        at = self._last_end(data)
        held, self._held, self._held_bytes = self._held, [], 0
        if at < 0:
            yield from self._cut(b"".join((*held, data)))
            return
        if not held and at == len(data):
            yield from self._lines(data)
            return
        # The one copy that is made of a block.
        yield from self._lines(b"".join((*held, memoryview(data)[:at])))
        self._hold(data[at:])

    def _last_end(self, data: bytes) -> int:
        """Where the last whole line of a piece ends; negative where a line may be too long, or none ends."""
        at, room = 0, self._max - self._held_bytes
        while (end := data.rfind(b"\n", at, at + room + 1)) >= 0:
            at, room = end + 1, self._max
        return at if at and len(data) - at <= room else -1

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
            if data.startswith(b"\0", at):
                rest = data[at:].lstrip(b"\0")
                self._nuls = len(data) - at - len(rest)
                if not rest:
                    return
                data, start, at = (yield from self._after_nuls(rest)), 0, 0
                continue
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
        elif self._nuls:
            yield self._long_line(bytes(min(self._nuls, _HEAD_BYTES)), self._nuls)

    def _after_nuls(self, data: bytes) -> Generator[Block, None, bytes]:
        """Let the line begin behind its NUL bytes; one that has nothing else is given away."""
        nuls, self._nuls = self._nuls, 0
        if data.startswith(b"\n"):
            yield self._long_line(bytes(min(nuls, _HEAD_BYTES)), nuls)
            return data[1:]
        self.offset += nuls
        return data

    def _hold(self, data: bytes) -> None:
        if data:
            self._held.append(data)
            self._held_bytes += len(data)

    def _lines(self, data: bytes) -> Iterator[Block]:
        if data:
            yield Block(self._source, data, self.line, self.offset)
            self.line += _line_feeds(data)
            self.offset += len(data)

    def _long_line(self, head: bytes, length: int) -> Block:
        block = Block(
            self._source, b"", self.line, self.offset, (LongLine(self.line, self.offset, head, length),)
        )
        self.line += 1
        self.offset += length + 1
        self._head = None
        return block


def _line_feeds(data: bytes) -> int:
    """Number of line feeds, of some bytes at a time, which stay in the processor's cache.

    bytes.count() looks for one after the other, and takes five times as long.
    """
    view = np.frombuffer(data, np.uint8)
    found = np.empty(min(len(view), _CACHED_BYTES), np.bool_)
    parts = (view[at : at + _CACHED_BYTES] for at in range(0, len(view), _CACHED_BYTES))
    return sum(int(np.count_nonzero(np.equal(one, _LINE_FEED, out=found[: len(one)]))) for one in parts)


def gather(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Join pieces to at least ``size`` bytes each."""
    parts: list[bytes] = []
    held = 0
    for piece in pieces:
        parts.append(piece)
        held += len(piece)
        if held >= size:
            yield b"".join(parts)
            parts, held = [], 0
    if held:
        yield b"".join(parts)
