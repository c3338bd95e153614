r"""Lines to columns: whole blocks at once where a separator is all there is, else line by line.

Nothing here knows what a column means. The fast and the slow way give the same columns; a test holds
them equal on arbitrary bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.patterns import lazily
from logattr.reading.tokens import Encoded, encode

__all__ = ["Grid", "Slices", "by_rows", "split_azure", "split_comma_blank", "split_csv", "split_quoted"]


_LINE_END = 10


class Slices(Sequence[bytes]):
    r"""Lines of a block that become objects only when somebody asks for them.

    Parameters
    ----------
    data
        The block.
    starts, ends
        Where the lines begin and end, without line ends.

    Examples
    --------
    >>> list(Slices(b"a\nbc", np.array([0, 2]), np.array([1, 4])))
    [b'a', b'bc']
    """

    def __init__(self, data: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> None:
        self.data, self.starts, self.ends = data, starts, ends
        self._view = np.frombuffer(data, np.uint8)
        self._holding: dict[bytes, NDArray[np.int64]] = {}

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[bytes]: ...
    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return Slices(self.data, self.starts[at], self.ends[at])
        return self.data[self.starts[at] : self.ends[at]]

    def beginning_with(self, mark: bytes) -> NDArray[np.int64]:
        """Lines, none of which is empty, that begin with a byte."""
        return np.flatnonzero(self._view[self.starts] == mark[0])

    def holding(self, mark: bytes) -> NDArray[np.int64]:
        """Lines that hold a byte, and perhaps some before what stands in no line."""
        if mark not in self._holding:
            found = np.flatnonzero(self._view == mark[0]) if mark in self.data else np.zeros(0, np.int64)
            self._holding[mark] = np.unique(np.searchsorted(self.starts, found, side="right") - 1)
        return self._holding[mark]


class Grid:
    """Lines split at every separator.

    Parameters
    ----------
    lines
        Without line ends.
    separator
        One byte.

    Attributes
    ----------
    counts
        Number of columns of each line.

    Examples
    --------
    >>> grid = Grid([b"a 1", b"b 2", b"c"], b" ")
    >>> grid.counts.tolist(), grid.column(1, np.array([0, 1])).values
    ([2, 2, 1], [b'1', b'2'])
    """

    def __init__(self, lines: Sequence[bytes], separator: bytes) -> None:
        data = b"\n".join(lines) + b"\n"
        self._view = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero((self._view == separator[0]) | (self._view == _LINE_END))
        last = np.flatnonzero(self._view[ends] == _LINE_END)
        self._line_ends = ends[last]
        self.counts: NDArray[np.int64] = np.diff(last, prepend=-1)
        self._first = last - self.counts + 1
        # Every piece keeps the separator behind it, so that the pieces tile the data without a copy.
        offsets = np.concatenate(([0], ends + 1)).astype(np.int32)
        self._pieces = pa.Array.from_buffers(
            pa.binary(), len(ends), [None, pa.py_buffer(offsets), pa.py_buffer(data)]
        )

    def beginning_with(self, mark: bytes) -> NDArray[np.int64]:
        """Lines that begin with a byte."""
        starts = np.concatenate(([0], self._line_ends[:-1] + 1))
        return np.flatnonzero(self._view[starts] == mark[0])

    def holding(self, mark: bytes) -> NDArray[np.int64]:
        """Lines that hold a byte."""
        return np.unique(np.searchsorted(self._line_ends, np.flatnonzero(self._view == mark[0])))

    def column(self, index: int, rows: NDArray[np.int64]) -> Encoded:
        """One column of the chosen lines, all of which must have it."""
        pieces = self._pieces.take(pa.array(self._first[rows] + index)).dictionary_encode()
        values = [piece[:-1] for piece in pieces.dictionary.to_pylist()]
        return Encoded(values, pieces.indices.to_numpy())


def by_rows(rows: Sequence[Sequence[bytes]]) -> tuple[Encoded, ...]:
    """Columns of lines that are split already, all to the same number of columns."""
    return tuple(encode(column) for column in zip(*rows, strict=True))


_WORD = {
    mark: lazily(rb'"([^"]*(?:""[^"]*)*)"(?:%b|\Z)|([^%b]*)(?:%b|\Z)' % (mark, mark, mark))
    for mark in (b" ", b"\t", b",")
}


def split_quoted(line: bytes) -> list[bytes]:
    """Split at blanks, or at TABs where there are any; a value in quotes may hold them, quotes doubled.

    Empty where a quote that opens a value is not closed at the end of one. Source: W3C WD-logfile, "string".

    Examples
    --------
    >>> split_quoted(b'GET "say ""hi"" twice" 200')
    [b'GET', b'say "hi" twice', b'200']
    """
    return _split(line, b"\t") if b"\t" in line else _split(line.rstrip(b" "), b" ")


def split_csv(line: bytes) -> list[bytes]:
    """Split at commas; a value in quotes may hold them, quotes doubled (RFC 4180).

    Empty where a quote that opens a value is not closed at the end of one.

    Examples
    --------
    >>> split_csv(b'"a","","say ""hi"", twice"')
    [b'a', b'', b'say "hi", twice']
    """
    if line[:1] == line[-1:] == b'"' and len(line) > 1:
        pieces = line[1:-1].split(b'","')
        if not any(b'"' in piece for piece in pieces):
            return pieces
    return _split(line, b",")


def _split(line: bytes, separator: bytes) -> list[bytes]:
    """Values between separators, quotes undone; empty where a quote is never closed."""
    word = _WORD[separator]
    values: list[bytes] = []
    at = 0
    while True:
        match = word.match(line, at)
        if match is None:
            return []
        quoted, plain = match.groups()
        if quoted is None and plain[:1] == b'"':
            return []
        values.append(plain if quoted is None else quoted.replace(b'""', b'"'))
        at = match.end()
        if line[at - 1 : at] != separator or at == match.start():
            return values


def split_comma_blank(line: bytes) -> list[bytes]:
    """Split at commas with a blank behind them; the last one ends the line.

    Source: Microsoft, "IIS Log File Formats". URLs may hold commas, but no raw blanks.

    Examples
    --------
    >>> split_comma_blank(b"192.0.2.1, -, GET, /a,b, -,")
    [b'192.0.2.1', b'-', b'GET', b'/a,b', b'-']
    """
    return line.rstrip(b" ").removesuffix(b",").split(b", ")


def split_azure(line: bytes) -> list[bytes]:
    r"""Split at semicolons; a value that begins with a quote ends at a quote before a semicolon.

    Quotes inside are neither doubled nor escaped (an entity tag is ``""0x8D4""``), so no CSV reader can.
    Empty where the last quote is never closed.
    Source: Microsoft, "Storage Analytics log format".

    Examples
    --------
    >>> split_azure(b'1.0;"a; b";""0x8D4"";')
    [b'1.0', b'a; b', b'"0x8D4"', b'']
    """
    if b'"' not in line:
        return line.split(b";")
    values: list[bytes] = []
    at = 0
    while at <= len(line):
        quoted = line[at : at + 1] == b'"'
        end = line.find(b'";' if quoted else b";", at + quoted)
        if end < 0:
            if quoted and (len(line) < at + 2 or not line.endswith(b'"')):
                return []
            return [*values, line[at + quoted : len(line) - quoted]]
        values.append(line[at + quoted : end])
        at = end + 1 + quoted
    return values
