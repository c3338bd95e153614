r"""JSON documents: records that do not stand one on a line.

Such are ``{"Records": [...]}`` and its like, one array of records, records that are printed over
several lines, and records that follow each other without line ends. A document is cut into its
records as it comes, in memory that is bounded by the longest record allowed, and each becomes one
line of a block, with the number of the line and the offset at which it begins in the input.

How lines are counted: of a document, a line counts once for each record that begins in it, and once
if none does; the latter are blank. So ``lines == events + rejects + blank`` holds here as well, a
document with at most one record a line has as many lines as any other file, and a document of one
line has as many as it has records.

What stands where a record should begin and is none is a record as well, up to the end of its line,
and so becomes a reject; likewise what is left of a document that breaks off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from logattr.reading.blocks import MAX_LINE_BYTES, Block, LongLine, Positions

__all__ = ["ENVELOPES", "DocumentCutter", "is_document"]

#: Keys under which documents hold their list of records.
ENVELOPES = (
    "Records",  # CloudTrail: "CloudTrail log file name format"
    "Events",  # aws cloudtrail lookup-events
    "records",  # Azure Monitor through Event Hubs
    "value",  # Azure's REST interfaces
    "entries",  # Google Cloud Logging, entries.list
)
_HEAD_BYTES = 4096
# To tell an object with records from a record, so much of it is looked at.
_LOOK_AHEAD = 4096

_STRING = rb'"(?:[^"\\\n]++|\\[^\n])*+"'
_MEMBER = rb"[\s,]*+" + _STRING + rb"\s*+:\s*+(?:" + _STRING + rb'|[^\s"{}\[\],:]++|\[\s*+\]|\{\s*+\})'
_KEYS = "|".join(ENVELOPES).encode()
_ENVELOPE = re.compile(rb"\{(?:" + _MEMBER + rb')*+[\s,]*+"(?:' + _KEYS + rb')"\s*+:\s*+\[(?=\s*+[{\]])')
_BEHIND_LIST = re.compile(_MEMBER)
_SPACE = re.compile(rb"[\s,\[\]}]*+")
_OUTSIDE = re.compile(rb'(?:[^"{}\[\]]++|' + _STRING + rb")*+")
_INSIDE_STRING = re.compile(rb'(?:[^"\\\n]++|\\[^\n])*+')
_QUOTE, _BACKSLASH = ord('"'), ord("\\")
_OPENING, _CLOSING = b"{[", b"}]"


def is_document(head: bytes) -> bool:
    r"""Whether an input begins like a JSON document, and not like lines.

    Parameters
    ----------
    head
        The first bytes of the input; the more, the surer.

    Examples
    --------
    >>> is_document(b'{"Records": [{"eventVersion"'), is_document(b'[\n{"a": 1},\n')
    (True, True)
    >>> is_document(b'{"a": 1}\n{"a": 2}\n'), is_document(b'[2024-01-10T08:01:02Z] "GET')
    (False, False)
    """
    head = head.lstrip(b" \t\r\n")
    if head.startswith(b"["):
        return head[1:].lstrip()[:1] == b"{"
    # Not every brace begins an object: uWSGI's lines may begin with one, too.
    if not re.match(rb'\{\s*(?:["}]|\Z)', head):
        return False
    if _ENVELOPE.match(head):
        return True
    line, line_end, rest = head.partition(b"\n")
    end = _end_of_object(line)
    if end is None:
        # A record over several lines; but a line that was cut off has a record below it.
        return bool(line_end) and rest.lstrip(b" \t\r")[:1] not in {b"{", b""}
    return line[end:].lstrip(b" \t\r,")[:1] == b"{"


def _end_of_object(line: bytes) -> int | None:
    depth = at = 0
    while (at := _end(_OUTSIDE, line, at)) < len(line):
        if line[at] == _QUOTE:
            return None
        depth += 1 if line[at] in _OPENING else -1
        at += 1
        if depth == 0:
            return at
    return None


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    match = pattern.match(data, at)
    return match.end() if match else at


class DocumentCutter:
    r"""Cut pieces of a document into blocks of one record per line.

    Parameters
    ----------
    source
        Name of the input.
    max_record_bytes
        A longer record is counted but not kept.

    Examples
    --------
    >>> cutter = DocumentCutter("-")
    >>> blocks = [*cutter.feed(b'{"Records": [{"a":\n 1}, {"a": 2}]}'), *cutter.finish()]
    >>> [(block.data, block.positions.lines.tolist(), block.positions.offsets.tolist()) for block in blocks]
    [(b'{"a":  1}\n{"a": 2}\n', [1, 2], [13, 24])]
    """

    def __init__(self, source: str, max_record_bytes: int = MAX_LINE_BYTES) -> None:
        self.offset = 0  # of the first byte of what is fed next
        self.line = 1  # of the byte at _counted
        self._source = source
        self._max = max_record_bytes
        self._tail = b""  # too short to tell what it is
        self._final = False
        # Of the piece that is being cut:
        self._data = b""
        self._counted = 0
        # Of the record that is being read:
        self._depth = 0
        self._in_string = False
        self._behind_list = False
        self._parts: list[bytes] = []
        self._length = 0
        self._began = (0, 0)
        # Of the block that is being made:
        self._rows: list[tuple[bytes, int, int]] = []
        self._blank = 0
        self._last_line = 0  # in which a record begins

    def feed(self, data: bytes) -> Iterator[Block]:
        """Take the next piece, and give the records that end in it."""
        self._data = self._tail + data
        self.offset -= len(self._tail)
        self._tail, self._counted = b"", 0
        at = 0
        while at < len(self._data):
            at = self._inside(at) if self._depth else self._between(at)
            if self._length > self._max and not self._depth:
                yield from self._too_long()
        self._count_to(len(self._data) - len(self._tail))
        self.offset += len(self._data)
        yield from self._block()

    def finish(self) -> Iterator[Block]:
        """Give what is left; ``line - 1`` is the number of lines then."""
        self._final = True
        ends_in_line = self._tail[-1:] or self._data[-1:]
        yield from self.feed(b"")
        if self._depth:
            self._depth = 0
            self._emit()
            if self._length > self._max:
                yield from self._too_long()
        if ends_in_line not in {b"", b"\n"}:
            self.line += 1
        self._blank += max(0, self.line - 1 - self._last_line)
        self._last_line = self.line - 1
        yield from self._block()

    def _between(self, at: int) -> int:
        """What stands outside of records; where to go on."""
        data = self._data
        end = _end(_SPACE, data, at)
        if b"]" in data[at:end]:
            self._behind_list = True
        if end == len(data):
            return end
        if not self._final and len(data) - end < _LOOK_AHEAD:
            self._tail = data[end:]
            return len(data)
        if data[end : end + 1] == b"{":
            envelope = _ENVELOPE.match(data, end, end + _LOOK_AHEAD)
            if envelope is not None:
                self._behind_list = False
                return envelope.end()
            self._begin(end)
            return self._inside(end)
        if self._behind_list and (member := _BEHIND_LIST.match(data, end, end + _LOOK_AHEAD)):
            return member.end()
        return self._junk(end)

    def _junk(self, at: int) -> int:
        end = self._data.find(b"\n", at)
        self._begin(at)
        if end < 0 and not self._final:
            # Its end has not come: what there is becomes one reject, the rest another.
            end = len(self._data)
        end = end if end >= 0 else len(self._data)
        self._keep(at, end)
        self._emit()
        return end

    def _begin(self, at: int) -> None:
        self._behind_list = False
        self._count_to(at)
        self._began = (self.line, self.offset + at)
        self._parts, self._length = [], 0

    def _inside(self, at: int) -> int:
        """What stands inside a record; where to go on."""
        data, start = self._data, at
        while True:
            at = _end(_INSIDE_STRING if self._in_string else _OUTSIDE, data, at)
            if at == len(data):
                self._keep(start, at)
                return at
            char = data[at]
            if self._in_string and char == _QUOTE:
                self._in_string = False
                at += 1
            elif self._in_string and char == _BACKSLASH and at + 1 == len(data) and not self._final:
                self._keep(start, at)
                self._tail = data[at:]
                return len(data)
            elif self._in_string:
                # A string cannot go on behind a line end (RFC 8259 section 7): the record breaks off.
                at = data.find(b"\n", at) if b"\n" in data[at : at + 2] else len(data)
                self._in_string, self._depth = False, 0
                self._keep(start, at)
                self._emit()
                return at
            elif char == _QUOTE:
                self._in_string = True
                at += 1
            else:
                self._depth += 1 if char in _OPENING else -1
                at += 1
                if self._depth == 0:
                    self._keep(start, at)
                    self._emit()
                    return at

    def _keep(self, start: int, end: int) -> None:
        self._length += end - start
        room = self._max + 1 - sum(map(len, self._parts))
        if room > 0:
            self._parts.append(self._data[start : min(end, start + room)])

    def _emit(self) -> None:
        line, offset = self._began
        text = b"".join(self._parts).rstrip().replace(b"\n", b" ").replace(b"\r", b" ")
        self._blank += max(0, line - self._last_line - 1)
        self._last_line = line
        self._rows.append((text, line, offset))
        self._parts = []

    def _too_long(self) -> Iterator[Block]:
        """The last record as a long line in a block of its own, the others before it."""
        text, line, offset = self._rows.pop()
        yield from self._block()
        long = LongLine(line, offset, text[:_HEAD_BYTES], self._length)
        yield Block(self._source, b"", line, offset, (long,))
        self._length = 0

    def _block(self) -> Iterator[Block]:
        if not self._rows and not self._blank:
            return
        texts = [text for text, _, _ in self._rows]
        lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
        starts = np.concatenate(([0], np.cumsum(lengths)))[:-1] if texts else lengths
        positions = Positions(
            np.array([line for _, line, _ in self._rows], np.int64),
            np.array([offset for _, _, offset in self._rows], np.int64),
            starts.astype(np.int64),
            self._blank,
        )
        line, offset = self._rows[0][1:] if self._rows else (self.line, self.offset)
        yield Block(self._source, b"".join(text + b"\n" for text in texts), line, offset, (), positions)
        self._rows, self._blank = [], 0

    def _count_to(self, at: int) -> None:
        self.line += self._data.count(b"\n", self._counted, at)
        self._counted = at
