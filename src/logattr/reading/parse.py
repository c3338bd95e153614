"""Blocks of lines to events and rejects: every line becomes exactly one of them, or is blank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.columns import REJECTS, schema
from logattr.reading.assemble import Context, assemble, batch_schema
from logattr.reading.jsonlines import JsonParser
from logattr.reading.other_lines import other_line
from logattr.reading.readers import Reader
from logattr.reading.records import RecordParser
from logattr.reading.reference import ReferenceParser
from logattr.reading.shapes import ShapesParser
from logattr.reading.splitting import Slices
from logattr.reading.template import Template
from logattr.reading.tokens import Tokens
from logattr.reading.unwrap import fill_times

if TYPE_CHECKING:
    from logattr.reading.sources import Block
    from logattr.reading.unwrap import Unwrapper

__all__ = ["Batch", "first_template", "parse_block", "reason"]

_AMBIGUOUS = "more than one way to read it, or text behind the last field"
_TEXT_BYTES = 4096  # of a rejected line are kept
_FILLERS = b"\0 \t\r\v\f"  # NUL and what bytes.isspace calls blank
_MANY_LINES = 256  # fewer are read by regular expressions before the kernel is ready


@dataclass(frozen=True, slots=True)
class Batch:
    """What one block gave: ``lines == events + rejects + blank``; header lines count as blank.

    In a JSON document a record counts as a line, see :mod:`logattr.reading.jsondocs`.
    """

    events: pa.Table
    rejects: pa.Table
    lines: int
    blank: int


def parse_block(
    block: Block,
    readers: Sequence[Reader],
    context: Context,
    unwrapper: Unwrapper | None = None,
    *,
    columnar: bool = False,
) -> Batch:
    """Read the lines of one block, each by the first reader that understands it.

    Parameters
    ----------
    block
        Whole lines.
    readers
        The main format first, then the others of its family. Each is tried to the letter before any
        is tried loosely, and fallbacks come after all others.
    context
        Source name, assumed time zone, trusted proxies, wanted columns.
    unwrapper
        Takes off what stands around the lines; null: nothing does.
    columnar
        Whether the kernel may read what it can. The events are the same.
    """
    # Records, wrapped lines and runs of NUL bytes have no place in the block where they simply stand.
    simple = unwrapper is None and block.positions is None and b"\0" not in block.data
    cut: _Lines | _Bounds = _Bounds(block) if columnar and simple else _Lines(block)
    times = cut.unwrap(unwrapper) if unwrapper is not None and isinstance(cut, _Lines) else []
    left = cut.filled
    tables: list[pa.Table] = []
    reasons: dict[int, str] = {}
    in_turn = sorted(readers, key=lambda reader: reader.format.fallback)
    attempts = [(attempt, reader) for attempt in ("strict", "loose") for reader in in_turn]
    for attempt, reader in [*_alone(readers), *attempts]:
        if not len(left):
            break
        if attempt == "alone":
            tokens = _alone_tokens(cut, left, readers, context)
        else:
            tokens = _tokens(cut, left, reader, attempt, context)
        for part in tokens.parts:
            if not len(part.rows):
                continue
            numbers, offsets = cut.numbers[part.rows], cut.offsets[part.rows]
            tables.append(
                assemble(
                    part, reader.template.escapes, reader.format, context, lines=numbers, offsets=offsets
                )
            )
        reasons.update(tokens.reasons)
        left = _without(left, tokens.all_rows, tokens.headers)
    events = pa.concat_tables(tables) if tables else batch_schema(context.columns).empty_table()
    if len(tables) > 1:
        events = events.unify_dictionaries().combine_chunks()
        events = events.take(pa.array(np.argsort(events["offset"].to_numpy(), kind="stable")))
    if times:
        events = fill_times(events, times, block.first_line, context.zone)
    rejects = _rejects(block, cut, left, readers, reasons)
    count = len(cut.numbers) + len(block.oversized) + (block.positions.blank if block.positions else 0)
    return Batch(events, rejects, count, count - len(events) - len(rejects))


def _alone(readers: Sequence[Reader]) -> list[tuple[str, Reader]]:
    """An attempt for the first reader, where it would come last, and keys show what only it can read."""
    first = [("alone", reader) for reader in readers[:1] if reader.format.fallback]
    return first if len(readers) > 1 and all(isinstance(one.parser, JsonParser) for one in readers) else []


def _alone_tokens(
    cut: _Lines | _Bounds, left: NDArray[np.int64], readers: Sequence[Reader], context: Context
) -> Tokens:
    """What the first reader reads of lines of which the others surely read nothing."""
    first, *others = (reader.parser for reader in readers if isinstance(reader.parser, JsonParser))
    if isinstance(cut, _Bounds):
        return cut.json_tokens(first, left, context, others)
    found = first.strict_alone([cut.text(index) for index in left.tolist()], others)
    return Tokens((), left[:0], ()) if found is None else _renumbered(found, left)


def _tokens(
    cut: _Lines | _Bounds, left: NDArray[np.int64], reader: Reader, attempt: str, context: Context
) -> Tokens:
    """What a reader reads of some lines, in a strict or a loose attempt; rows are numbers of lines."""
    parser = reader.parser
    fast: Tokens | None = None
    escape = 0
    if attempt == "strict" and isinstance(cut, _Bounds) and len(left) >= min(_MANY_LINES, len(cut.filled)):
        if isinstance(parser, RecordParser):
            lines = Slices(cut.data, cut.starts[left], cut.ends[left])
            return _renumbered(parser.strict(lines, context.columns), left)
        fast, escape = _compiled(cut, left, reader, context)
        left = left if fast is None else _without(left, fast.all_rows)
        if fast is not None and not len(left):
            return fast
    found: Tokens = getattr(parser, attempt)([cut.text(index) for index in left.tolist()])
    found = _renumbered(found, left)
    if fast is None or not len(found.rows):
        return found if fast is None else fast
    if not len(fast.all_rows):
        return found
    if fast.fields != found.fields or isinstance(parser, JsonParser):  # of lines of several shapes
        return replace(fast, others=(*fast.others, *found.parts))
    from logattr.reading import columnar

    return columnar.join(fast, found, escape=escape, zone=context.zone)


def _compiled(
    cut: _Bounds, left: NDArray[np.int64], reader: Reader, context: Context
) -> tuple[Tokens | None, int]:
    """What compiled code reads of some lines (null: it knows no such format), and the byte of its escapes."""
    if isinstance(reader.parser, JsonParser):
        return cut.json_tokens(reader.parser, left, context), 0
    template = first_template(reader)
    if template is None:
        return None, 0
    from logattr.reading import columnar

    program = columnar.program_of(template, context.columns)
    if program is None:
        return None, 0
    return columnar.read_columns(cut.data, cut.starts, cut.ends, left, program), program.escape


def first_template(reader: Reader) -> Template | None:
    """The template that a reader tries first, if that is what it does."""
    if isinstance(reader.parser, ShapesParser):
        return reader.parser.first
    return reader.template if isinstance(reader.parser, ReferenceParser) else None


def _without(lines: NDArray[np.int64], *read: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of lines that were not read."""
    count = sum(map(len, read))
    if not count or not len(lines):
        return lines
    if count == len(lines):
        return lines[:0]
    left = np.zeros(int(lines[-1]) + 1, np.bool_)
    left[lines] = True
    for rows in read:
        left[rows] = False
    return np.flatnonzero(left)


def _renumbered(tokens: Tokens, rows: NDArray[np.int64]) -> Tokens:
    """The same with numbers of lines instead of positions among some lines."""
    if not (len(tokens.rows) or len(tokens.headers) or tokens.others or tokens.reasons):
        return tokens
    return replace(
        tokens,
        rows=rows[tokens.rows],
        headers=rows[tokens.headers],
        others=tuple(_renumbered(other, rows) for other in tokens.others),
        reasons={int(rows[row]): why for row, why in tokens.reasons.items()},
    )


class _Lines:
    """The lines of a block, without line ends, and where they begin."""

    def __init__(self, block: Block) -> None:
        data = block.data
        texts = data.split(b"\n")
        if texts and not texts[-1]:
            texts.pop()  # what stands behind the last line end is no line
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        starts = np.concatenate(([0], np.cumsum(lengths + 1)[:-1])) if texts else lengths
        self.offsets = block.offset + starts
        self.numbers = block.first_line + np.arange(len(texts))
        if block.positions is not None:
            self.offsets, self.numbers = block.positions.offsets, block.positions.lines
        if b"\r" in data:
            texts = [text.rstrip(b"\r") for text in texts]
        if b"\0" in data:
            # After copytruncate or a crash a run of NUL bytes stands before the next good line.
            # A line of them and of blanks alone is kept whole: it was something once, so it is no blank line.
            texts = [text.lstrip(b"\0") if text.strip(_FILLERS) else text for text in texts]
        self._whole = self._texts = texts  # rejects show the whole line, wrapped or not
        # Lines that begin with a printable byte hold something; only the others are looked at.
        filled = lengths > 0
        filled[filled] = np.frombuffer(data, np.uint8)[starts[filled]] > ord(" ")
        for index in np.flatnonzero(~filled & (lengths > 0)).tolist():
            filled[index] = bool(texts[index]) and not texts[index].isspace()
        self.filled: NDArray[np.int64] = np.flatnonzero(filled)

    def unwrap(self, unwrapper: Unwrapper) -> list[tuple[str, bytes] | None]:
        """Replace the lines by what they hold, and give the times outside."""
        self._texts, times = unwrapper.unwrap(self._whole)
        held = [index for index, text in enumerate(self._texts) if text and not text.isspace()]
        self.filled = np.array(held, np.int64)
        return times

    def text(self, index: int) -> bytes:
        """A line, or what it holds."""
        return self._texts[index]

    def whole(self, index: int) -> bytes:
        """A line with what stands around it."""
        return self._whole[index]


class _Bounds:
    """The same for the kernel, which needs no line as an object of its own."""

    def __init__(self, block: Block) -> None:
        from logattr.reading.columnar import bounds_of

        self.data = block.data
        self.starts, self.ends = bounds_of(block.data)
        self.offsets = block.offset + self.starts
        self.numbers = block.first_line + np.arange(len(self.starts))
        filled = self.ends > self.starts
        first = np.frombuffer(block.data or b"\0", np.uint8)[np.where(filled, self.starts, 0)]
        for index in np.flatnonzero(filled & (first <= ord(" "))).tolist():
            filled[index] = not self.text(index).isspace()
        self.filled: NDArray[np.int64] = np.flatnonzero(filled)

    def text(self, index: int) -> bytes:
        """A line."""
        return self.data[self.starts[index] : self.ends[index]]

    whole = text

    def json_tokens(
        self,
        parser: JsonParser,
        rows: NDArray[np.int64],
        context: Context,
        others: Sequence[JsonParser] = (),
    ) -> Tokens:
        """What compiled code reads of lines that are JSON records."""
        from logattr.reading.jsonspans import read_tokens

        if not parser.may_read(self.data):
            return Tokens((), rows[:0], ())
        return read_tokens(
            parser, self.data, self.starts, self.ends, rows, wanted=context.columns, others=others
        )


def _rejects(
    block: Block,
    cut: _Lines | _Bounds,
    left: NDArray[np.int64],
    readers: Sequence[Reader],
    known: Mapping[int, str],
) -> pa.Table:
    if not len(left) and not block.oversized:
        return schema(REJECTS).empty_table()
    numbers = [int(cut.numbers[index]) for index in left] + [long.line for long in block.oversized]
    offsets = [int(cut.offsets[index]) for index in left] + [long.offset for long in block.oversized]
    reasons = [known.get(index) or reason(cut.text(index), readers) for index in left.tolist()]
    reasons += [f"line of more than {_megabytes(long.length)} MB" for long in block.oversized]
    texts = [cut.whole(index) for index in left.tolist()] + [long.head for long in block.oversized]
    # A rejected line is of no known encoding: bytes that are no UTF-8 are shown as \xhh.
    shown = [text[:_TEXT_BYTES].decode("utf-8", "backslashreplace") for text in texts]
    return pa.table(
        [[block.source] * len(numbers), numbers, offsets, reasons, shown],
        names=schema(REJECTS).names,
    ).cast(schema(REJECTS))


def _megabytes(length: int) -> int:
    return max(1, length >> 20)


def reason(line: bytes, readers: Sequence[Reader]) -> str:
    """Why no reader understands a line: how far the one that got furthest came.

    Examples
    --------
    >>> from logattr.reading.readers import reader_for
    >>> reason(b'192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /', [reader_for("common")])
    'common: the quote of %r is never closed'
    """
    other = other_line(line) if line.strip(_FILLERS) else "nothing but NUL bytes"
    if other:
        return other
    asked = [*readers[:1], *(reader for reader in readers[1:] if not reader.format.fallback)]
    found = [(reader, *reader.parser.progress(line)) for reader in asked]
    if not found:
        return "no format"
    # The file's main format explains its lines best; another must get two fields further.
    reader, best, field = max(found, key=lambda one: one[1] + (one[0] is readers[0]))
    name, template = reader.format.name, reader.template
    if field is None or isinstance(reader.parser, JsonParser):
        why = reader.parser.explain(line) if isinstance(reader.parser, JsonParser) else _AMBIGUOUS
        return f"{name}: {why}"
    position = template.items.index(field)
    before = template.items[position - 1] if position else ""
    after = template.items[position + 1] if position + 1 < len(template.items) else ""
    if str(before).endswith('"') and str(after).startswith('"') and line.count(b'"') % 2:
        return f"{name}: the quote of {field.name} is never closed"
    if best == 0:
        optional = field.kind.startswith("syslog")
        return f"{name}: " + (
            "begins like none of its lines" if optional else f"no {field.name} at the start of the line"
        )
    return f"{name}: stops before or inside {field.name}"
