"""Logs made of rows with columns: W3C, TSV, CSV and their kin, with or without headers.

The parser is stateful: a header line says what the rows below it mean, up to the next one, across
blocks. One parser therefore reads one input from front to back; ``Reader.fresh`` makes another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from logattr.reading.headers import Header
from logattr.reading.mending import mended
from logattr.reading.misfits import column_pattern, misfit, row_reason, without_misfits
from logattr.reading.names import Layout, layout_of
from logattr.reading.splitting import Grid, Slices, by_rows
from logattr.reading.template import Field
from logattr.reading.tokens import Encoded, Tokens, Typed

__all__ = ["Dialect", "RecordParser"]

_FEW = 64  # lines, below which splitting one by one is quicker than setting up arrays
# A header may be written by anybody who can append to the file: what it can make us hold is bounded.
_MOST_COLUMNS = 256
_MOST_LAYOUTS = 100
_LINE_END = 10
_NO_HEADER = "no line before it says what its columns are"

Columns = tuple[tuple[Field, ...], tuple[Encoded | Typed, ...]]
Refine = Callable[[tuple[Field, ...], tuple[Encoded | Typed, ...]], Columns]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How rows and headers of one language are written.

    Parameters
    ----------
    separator
        The byte between columns where there are no quotes; null: every line goes to ``split``.
    split
        Splits a line that holds one of ``odd``; null: the separator is all there is.
    odd
        Bytes that the plain way cannot deal with.
    marks
        What header lines begin with.
    header
        Reads a header line; null for a line that begins so and is none.
    mends
        Whether rows with blanks too many are mended, see :mod:`logattr.reading.mending`.
    refine
        Last touch on fields and columns.
    """

    separator: bytes | None = None
    split: Callable[[bytes], list[bytes]] | None = None
    odd: tuple[bytes, ...] = ()
    marks: tuple[bytes, ...] = ()
    header: Callable[[bytes], Header | None] | None = None
    mends: bool = False
    refine: Refine | None = None

    def words(self, line: bytes) -> list[bytes]:
        """One line split, the slow and obvious way."""
        if self.split is not None and (self.separator is None or any(mark in line for mark in self.odd)):
            return self.split(line)
        return line.split(self.separator)


@dataclass(frozen=True, slots=True)
class _State:
    """What the headers so far say.

    ``layouts`` are several only while no header has been seen; ``foreign`` says why the rows are no
    requests, ``unusable`` what is wrong with the last list of columns.
    """

    layouts: tuple[Layout, ...]
    date: bytes | None = None
    foreign: str = ""
    unusable: str = ""

    @property
    def refused(self) -> str:
        """Why no row can be read; empty when they can."""
        return self.foreign or self.unusable or ("" if self.layouts else _NO_HEADER)


@dataclass(slots=True)
class _Block:
    """One call's lines and what became of them; of which columns are wanted, see ``Context``."""

    lines: Sequence[bytes]
    grid: Grid | None = None
    columns: frozenset[str] | None = None
    headers: list[int] = field(default_factory=list)
    parts: list[Tokens] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one layout: where they stand among the lines, and the date that a header gives them."""

    at: NDArray[np.int64]
    dates: Encoded


# First row, row behind the last, and what the headers before them say.
_Span = tuple[int, int, _State]


class RecordParser:
    """Reads rows of columns.

    Parameters
    ----------
    dialect
        How rows and headers are written.
    layouts
        What rows mean before the first header, one layout per number of columns; may be none.
    declared
        Column and kind of names whose meaning the format knows better than the common table.
    escapes
        How the writer escapes texts.
    """

    def __init__(
        self,
        dialect: Dialect,
        layouts: Sequence[Layout] = (),
        declared: dict[str, tuple[str | None, str]] | None = None,
        *,
        escapes: str = "none",
    ) -> None:
        self._dialect = dialect
        self._escapes = escapes
        self._declared = declared or {}
        self._state = _State(tuple(layouts))
        self._known: dict[tuple[str, ...], Layout] = {}

    @property
    def columnar(self) -> bool:
        """Whether the kernel reads most rows, see :meth:`strict`."""
        return self._dialect.separator is not None

    def strict(self, lines: Sequence[bytes], columns: frozenset[str] | None = None) -> Tokens:
        """The rows, each read as the last header before it says.

        Of ``Slices`` the kernel reads what it can, and only the wanted columns, see ``Context``.
        """
        block = _Block(lines, columns=columns)
        if self._dialect.separator is not None and len(lines) > _FEW and not isinstance(lines, Slices):
            block.grid = Grid(lines, self._dialect.separator)
        spans = self._spans(block)
        together: dict[tuple[Layout, ...], list[_Span]] = {}
        for first, last, state in spans:
            if state.refused:
                block.reasons.update(dict.fromkeys(range(first, last), state.refused))
            else:
                together.setdefault(state.layouts, []).append((first, last, state))
        for layouts, pieces in together.items():
            at = np.concatenate([np.arange(first, last) for first, last, _ in pieces])
            dates = _repeated([(last - first, state.date) for first, last, state in pieces])
            self._read(block, layouts, _Rows(at, dates))
        first_part, *others = block.parts or [_nothing()]
        return replace(
            first_part,
            headers=np.array(block.headers, np.int64),
            others=tuple(others),
            reasons=block.reasons,
        )

    def forked(self, block: bytes) -> RecordParser:
        """A parser that stands where this one does, which then passes over a block of whole lines."""
        here = RecordParser(self._dialect, (), self._declared, escapes=self._escapes)
        here._state, here._known = self._state, dict(self._known)
        for line in _marked_lines(block, self._dialect.marks[0]):
            self._take_header(line)
        return here

    def _spans(self, block: _Block) -> list[_Span]:
        """Runs of rows between headers, with what the headers before them say."""
        lines = block.lines
        spans: list[_Span] = []
        begin = 0
        for row in self._marked(block):
            state = self._state
            if self._take_header(lines[row]):
                if begin < row:
                    spans.append((begin, row, state))
                block.headers.append(row)
                begin = row + 1
        if begin < len(lines):
            spans.append((begin, len(lines), self._state))
        return spans

    def _marked(self, block: _Block) -> list[int]:
        """Lines that begin like a header."""
        marks = self._dialect.marks
        if not marks:
            return []
        bulk = block.lines if isinstance(block.lines, Slices) else block.grid
        if bulk is not None:  # whose dialects have one mark of one byte
            found: list[int] = bulk.beginning_with(marks[0]).tolist()
            return found
        return [row for row, line in enumerate(block.lines) if line.startswith(marks)]

    def loose(self, lines: Sequence[bytes]) -> Tokens:
        """None: what rows mean depends on where they stand, so one pass over them does it all."""
        return _nothing()

    def progress(self, line: bytes) -> tuple[int, Field | None]:
        """How many columns fit the layout in force, and the first that does not."""
        best: tuple[int, Field | None] = (0, None)
        words = self._dialect.words(line)
        for layout in self._state.layouts:
            fits = 0
            for one, word in zip(layout.fields, words, strict=False):
                if misfit(one, word):
                    break
                fits += column_pattern(one) is not None
            best = max(best, (fits, layout.fields[0]), key=lambda pair: pair[0])
        return best

    def _take_header(self, line: bytes) -> bool:
        """Change the state as a header line says; false where the line is none."""
        header = self._dialect.header(line) if self._dialect.header else None
        if header is None:
            return False
        if header.refused or header.allowed:
            self._state = replace(self._state, foreign=header.refused)
        if header.date is not None:
            self._state = replace(self._state, date=header.date)
        if header.names is not None:
            self._take_names(header.names)
        return True

    def _take_names(self, names: tuple[str, ...]) -> None:
        layouts: tuple[Layout, ...] = ()
        unusable = ""
        if not names:
            unusable = "the header before it names no columns"
        elif len(names) > _MOST_COLUMNS:
            unusable = f"the header before it names {len(names)} columns; {_MOST_COLUMNS} are read"
        elif names not in self._known and len(self._known) >= _MOST_LAYOUTS:
            unusable = f"the header before it is another than the {_MOST_LAYOUTS} before it"
        else:
            layouts = (self._known.setdefault(names, layout_of(names, self._declared)),)
        self._state = replace(self._state, layouts=layouts, unusable=unusable)

    def _read(self, block: _Block, layouts: tuple[Layout, ...], rows: _Rows) -> None:
        """Read rows of the same layouts: in bulk, then what is left one by one."""
        left = np.arange(len(rows.at))
        if isinstance(block.lines, Slices) and self.columnar:
            left = left[~self._read_columns(block, block.lines, layouts, rows)]
            if len(left):
                self._read_left(block, layouts, rows, left)
            return
        if block.grid is not None and len(left) > _FEW:
            left = left[~self._read_grid(block, block.grid, layouts, rows)]
        words = {index: self._dialect.words(block.lines[rows.at[index]]) for index in left.tolist()}
        self._read_words(block, layouts, rows, words)

    def _read_columns(
        self, block: _Block, lines: Slices, layouts: tuple[Layout, ...], rows: _Rows
    ) -> NDArray[np.bool_]:
        """Read what the kernel reads; true for those."""
        from logattr.reading.rows import read_rows

        read = np.zeros(len(rows.at), np.bool_)
        tokens = read_rows(
            lines,
            rows.at,
            rows.dates,
            layouts,
            separator=self._dialect.separator or b"",
            odd=self._dialect.odd,
            escapes=self._escapes,
            columns=block.columns,
        )
        if tokens is not None and len(tokens.rows):
            read[tokens.rows] = True
            self._add(block, tokens.fields, rows.at[tokens.rows], tokens.columns)
        return read

    def _read_left(
        self, block: _Block, layouts: tuple[Layout, ...], rows: _Rows, left: NDArray[np.int64]
    ) -> None:
        """Read the rows that the kernel left, as if there were no others."""
        at = rows.at[left]
        lines = [block.lines[row] for row in at.tolist()]
        rest = _Block(lines)
        if self._dialect.separator is not None and len(lines) > _FEW:
            rest.grid = Grid(lines, self._dialect.separator)
        dates = Encoded(rows.dates.values, rows.dates.codes[left])
        self._read(rest, layouts, _Rows(np.arange(len(lines)), dates))
        block.parts += [replace(part, rows=at[part.rows]) for part in rest.parts]
        block.reasons.update((int(at[row]), why) for row, why in rest.reasons.items())

    def _read_grid(
        self, block: _Block, grid: Grid, layouts: tuple[Layout, ...], rows: _Rows
    ) -> NDArray[np.bool_]:
        """Read in bulk the rows for which the separator is all there is to splitting; true for those."""
        odd = np.zeros(len(block.lines), np.bool_)
        for mark in self._dialect.odd:
            odd[grid.holding(mark)] = True
        open_ = ~odd[rows.at]
        read = np.zeros(len(rows.at), np.bool_)
        for layout in layouts:
            chosen = np.flatnonzero((grid.counts[rows.at] == len(layout.fields)) & open_ & ~read)
            if len(chosen):
                at = rows.at[chosen]
                columns = (grid.column(index, at) for index in range(len(layout.fields)))
                read[chosen[self._keep(block, layout, columns, rows, chosen)]] = True
        return read

    def _read_words(
        self, block: _Block, layouts: tuple[Layout, ...], rows: _Rows, words: dict[int, list[bytes]]
    ) -> None:
        """Rows that are split one by one: odd ones, those of small blocks, and what bulk left over."""
        for layout in layouts:
            ready = {index: row for index, row in words.items() if len(row) == len(layout.fields)}
            if self._dialect.mends and len(layouts) == 1:
                # No words: quotes that do not match, which no blank explains.
                for index in [one for one, row in words.items() if row and one not in ready]:
                    whole = mended(block.lines[rows.at[index]], layout.fields, misfit)
                    if whole is not None:
                        ready[index] = whole
            if ready:
                chosen = np.array(sorted(ready), np.int64)
                columns = by_rows([ready[index] for index in chosen.tolist()])
                for index in chosen[self._keep(block, layout, columns, rows, chosen)].tolist():
                    del words[index]
        for index, row in words.items():
            block.reasons[int(rows.at[index])] = row_reason(layouts, row)

    def _keep(
        self,
        block: _Block,
        layout: Layout,
        columns: Iterable[Encoded],
        rows: _Rows,
        chosen: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Keep the rows whose typed columns hold what they should; true for those."""
        good = np.ones(len(chosen), np.bool_)
        checked: list[Encoded] = []
        for one, column in zip(layout.fields, columns, strict=True):
            fitting, wrong = without_misfits(one, column)
            checked.append(fitting)
            if wrong is not None:
                good &= ~wrong[column.codes]
                if not good.any():
                    return good
        fields = layout.fields
        if layout.needs_date:
            fields = (*fields, Field("#Date", "time", "w3c_date"))
            checked.append(Encoded(rows.dates.values, rows.dates.codes[chosen]))
        kept = tuple(checked)
        if not good.all():
            kept = tuple(Encoded(column.values, column.codes[good]) for column in checked)
        self._add(block, fields, rows.at[chosen[good]], kept)
        return good

    def _add(
        self,
        block: _Block,
        fields: tuple[Field, ...],
        at: NDArray[np.int64],
        columns: tuple[Encoded | Typed, ...],
    ) -> None:
        """Add rows that were read, with the last touch on what they hold."""
        if self._dialect.refine is not None:
            fields, columns = self._dialect.refine(fields, columns)
        block.parts.append(Tokens(fields, at, columns))


def _nothing() -> Tokens:
    return Tokens((), np.zeros(0, np.int64), ())


def _repeated(runs: Sequence[tuple[int, bytes | None]]) -> Encoded:
    """One date per row, out of runs of rows with one date each."""
    lengths, dates = zip(*runs, strict=True)
    seen: dict[bytes | None, int] = {}
    codes = [seen.setdefault(date, len(seen)) for date in dates]
    return Encoded(list(seen), np.repeat(np.array(codes, np.int32), lengths))


def _marked_lines(block: bytes, mark: bytes) -> Iterator[bytes]:
    """Lines of a block that begin like a header, as parsers get them."""
    if b"\0" in block:
        lines = (line.rstrip(b"\r").lstrip(b"\0") for line in block.split(b"\n"))
        yield from (line for line in lines if line.startswith(mark))
        return
    view = np.frombuffer(block, np.uint8)
    found = np.flatnonzero(view == mark[0])
    for begin in found[(found == 0) | (view[found - 1] == _LINE_END)].tolist():
        end = block.find(b"\n", begin)
        yield block[begin : end if end >= 0 else len(block)].rstrip(b"\r")
