"""One input from front to back: detect its format, read it block by block, keep count."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
import pyarrow.compute as pc

from logattr.columns import REJECTS, schema
from logattr.errors import FormatError, OptionError
from logattr.formats import FORMATS, Format
from logattr.reading.assemble import Context
from logattr.reading.clients import TrustedProxies
from logattr.reading.compression import MAX_RATIO
from logattr.reading.detect import detect, sample_lines
from logattr.reading.jsonlines import JsonParser
from logattr.reading.parse import Batch, first_template, parse_block
from logattr.reading.program import compile_program
from logattr.reading.readers import Reader, reader_for
from logattr.reading.records import RecordParser
from logattr.reading.sources import BLOCK_BYTES, Block, open_source
from logattr.reading.threads import ahead, in_order, workers
from logattr.reading.unwrap import Unwrapper, infer_year, recognise

__all__ = ["KERNEL_BYTES", "REJECTS_KEPT", "ReadOptions", "Scan", "raise_if_all_failed"]

_Result = TypeVar("_Result")

REJECTS_KEPT = 1000
KERNEL_BYTES = 7 << 20
"""Inputs from this size on are read by the kernel, which takes 0.5 s to load."""
_UNREADABLE = 0.05  # share of rejects from which a warning is due


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How logs are read.

    Parameters
    ----------
    format
        Name, format string or ``Format``; null: detect.
    timezone
        IANA name of the zone of times that state no offset. Where clocks go back, an hour comes twice
        and its times are taken for the first; where they go forward, a time in the hour that does not
        exist is taken with the offset before (PEP 495, ``fold=0``).
    trusted_proxies
        Networks whose forwarded-for entries are believed; see :mod:`logattr.reading.clients`.
    max_ratio
        Beyond 1 GB, inputs that unpack to more than this many times their size are refused.
    year
        Of the first line, for syslog times, which state none. Null: taken from a line that states its
        date once more; without one the times stay unknown.

    Raises
    ------
    OptionError
        If the time zone or a network is none.
    """

    format: str | Format | None = None
    timezone: str = "UTC"
    trusted_proxies: tuple[str, ...] = ()
    max_ratio: int = MAX_RATIO
    year: int | None = None

    def zone(self) -> ZoneInfo:
        """The time zone."""
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise OptionError(
                f"the time zone {self.timezone!r}", "an IANA name", "UTC, Europe/Madrid or Asia/Shanghai"
            ) from error

    def proxies(self) -> TrustedProxies | None:
        """The trusted proxies, or null when none are."""
        return TrustedProxies.parse(self.trusted_proxies) if self.trusted_proxies else None


@dataclass(frozen=True, slots=True)
class _Tally:
    """What is counted of a batch, without its events: in a thread the next one waits until this is taken."""

    lines: int
    events: int
    blank: int
    rejects: pa.Table
    formats: dict[str, int]
    reasons: dict[str, int]
    no_time: int
    unknown_zone: int
    first: datetime.datetime | None
    last: datetime.datetime | None


def _tally(batch: Batch) -> _Tally:
    times, known = batch.events["time"], batch.events["time_zone_known"]
    span = pc.min_max(times).as_py()
    formats, reasons = (
        {entry["values"]: entry["counts"] for entry in pc.value_counts(column).to_pylist()}
        for column in (batch.events["format"], batch.rejects["reason"])
    )
    unknown = pc.sum(pc.invert(known)).as_py() or 0
    return _Tally(
        batch.lines,
        len(batch.events),
        batch.blank,
        batch.rejects,
        formats,
        reasons,
        times.null_count,
        unknown,
        span["min"],
        span["max"],
    )


class Scan:
    """One input as batches of events and rejects; the counts stand when it has been iterated.

    Parameters
    ----------
    name
        Path, or ``-`` for ``stdin``.
    options
        How to read.
    stdin
        Stream to read for ``-``.
    copy
        A copy of an input that can be read only once; read instead of it.
    progress
        Called with raw bytes done and in all.
    alone
        Whether this is the only input. One of several whose format is not known is no error: all its
        lines are rejects, and ``failure`` says why.
    columns
        Columns of the events that are wanted, see :func:`logattr.reading.assemble.batch_schema`; null:
        all of them, as ``columns.EVENTS`` declares them.
    block_bytes
        How much is read at a time: less takes less memory and, of records with many fields, more time.

    Attributes
    ----------
    lines, events, blank
        Counts; ``lines == events + rejects + blank`` with ``rejects = lines - events - blank``.
    formats, reject_reasons
        Events per format and rejects per reason.
    chosen
        Which format was chosen, and why.
    rejects
        The first ``REJECTS_KEPT`` rejects (``columns.REJECTS``).
    failure
        Why no format was found.
    """

    def __init__(
        self,
        name: str,
        options: ReadOptions,
        *,
        stdin: IO[bytes] | None = None,
        copy: IO[bytes] | None = None,
        progress: Callable[[int, int | None], None] | None = None,
        alone: bool = True,
        columns: frozenset[str] | None = None,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        self.name = name.encode("utf-8", "backslashreplace").decode()  # not all names are UTF-8
        self.failure: FormatError | None = None
        self._alone = alone
        self._columns = columns
        self._decided = False
        self._unwrapper: Unwrapper | None = None
        self._options = options
        self._proxies = options.proxies()
        self._zone = options.zone()
        self._readers: tuple[Reader, ...] = (
            (reader_for(options.format),) if options.format is not None else ()
        )
        self.chosen = f"{self._readers[0].format.name}, as asked" if self._readers else ""
        self.source = open_source(
            name,
            stdin=stdin,
            copy=copy,
            block_bytes=block_bytes,
            progress=progress,
            max_ratio=options.max_ratio,
        )
        self.lines = self.events = self.blank = 0
        self.formats: Counter[str] = Counter()
        self.reject_reasons: Counter[str] = Counter()
        self.rejects: pa.Table = schema(REJECTS).empty_table()
        self.first_time: datetime.datetime | None = None
        self.last_time: datetime.datetime | None = None
        self._unknown_zone = 0
        self._no_time = 0
        self._twin = ""
        self._rivals: tuple[str, ...] = ()

    @property
    def rejected(self) -> int:
        """Number of rejected lines."""
        return self.lines - self.events - self.blank

    def __iter__(self) -> Iterator[Batch]:
        """Batches in the order of the input.

        Raises
        ------
        FormatError
            If no format was asked for, none reads any of the first lines, and this is the only input.
        SourceError
            If the input cannot be read.
        """
        return self.each(lambda _, batch: batch)

    def with_blocks(self) -> Iterator[tuple[Block, Batch]]:
        """Batches together with the blocks that they were read from."""
        return self.each(lambda block, batch: (block, batch))

    def each(self, work: Callable[[Block, Batch], _Result]) -> Iterator[_Result]:
        """What some work makes of every batch, in the order of the input.

        Parameters
        ----------
        work
            Called in the thread that read the block, perhaps for several blocks at once.
        """
        context = Context(self.name, self._zone, self._proxies, self._columns)
        with self.source as source:
            blocks, large = _looked_ahead(iter(source))
            for block in blocks:
                if not self._decided and block.data:
                    self._decide(block.data)
                if large and self._for_the_kernel():
                    blocks = chain([block], ahead(blocks))
                    del block  # nothing here holds what has been read
                    yield from self._in_threads(blocks, context, work)
                    return
                batch = parse_block(block, self._readers, context, self._unwrapper)
                self._count(_tally(batch))
                yield work(block, batch)

    def _for_the_kernel(self) -> bool:
        """Whether most lines are read by compiled code; what Python reads gains nothing from threads."""
        if self._unwrapper is not None or not self._readers:
            return False
        if any(one.stateful for one in self._readers):
            (parser, *others) = (one.parser for one in self._readers)
            return not others and isinstance(parser, RecordParser) and parser.columnar
        parser = self._readers[0].parser
        if isinstance(parser, JsonParser):
            return parser.is_flat
        template = first_template(self._readers[0])
        return template is not None and compile_program(template, self._columns) is not None

    def _in_threads(
        self, blocks: Iterator[Block], context: Context, work: Callable[[Block, Batch], _Result]
    ) -> Iterator[_Result]:
        """The same where a block needs to know of others nothing but the headers in them."""
        from logattr.reading.columnar import prepare

        prepare(records=isinstance(self._readers[0].parser, JsonParser))

        def read(given: tuple[Block, tuple[Reader, ...]]) -> tuple[_Tally, _Result]:
            block, readers = given
            batch = parse_block(block, readers, context, columnar=True)
            return _tally(batch), work(block, batch)

        with_readers = ((block, tuple(one.forked(block.data) for one in self._readers)) for block in blocks)
        for tally, result in in_order(read, with_readers, threads=workers()):
            self._count(tally)
            yield result

    def _decide(self, data: bytes) -> None:
        """Find the wrappers and the format, from the first lines that are not blank."""
        lines = sample_lines(data)
        if not lines:
            return
        self._decided = True
        chain, inner = recognise(lines, self._quality)
        if chain:
            year = self._options.year or infer_year(chain, lines)
            self._unwrapper = Unwrapper(chain, year)
        if not self._readers:
            self._detect([line for line in inner if line.strip()])
        if self._unwrapper is not None and self.failure is None:
            self.chosen += f"; inside {self._unwrapper.names}"

    def _quality(self, lines: Sequence[bytes]) -> tuple[float, float]:
        """Shares of some lines that give an event with the client's address, and an event at all."""
        try:
            readers = self._readers or detect([line for line in lines if line.strip()]).readers
        except FormatError:
            return 0.0, 0.0
        block = Block(self.name, b"\n".join(lines), 1, 0)
        events = parse_block(block, readers, Context(self.name, self._zone)).events
        addresses = len(events) - events["client_ip"].null_count
        return addresses / len(lines), len(events) / len(lines)

    def _detect(self, lines: Sequence[bytes]) -> None:
        try:
            found = detect(lines)
        except FormatError as error:
            self.failure = FormatError(f"{self.name}: {error.given}", error.expected, error.try_)
            if self._alone:
                raise self.failure from None
            return
        self._readers, self.chosen, self._twin = found.readers, found.describe(), found.twin
        self._rivals = tuple(name for name in found.rivals if name != found.twin)

    def _count(self, tally: _Tally) -> None:
        self.lines += tally.lines
        self.events += tally.events
        self.blank += tally.blank
        self.formats.update(tally.formats)
        self.reject_reasons.update(tally.reasons)
        if len(self.rejects) < REJECTS_KEPT and len(tally.rejects):
            kept = tally.rejects.slice(0, REJECTS_KEPT - len(self.rejects))
            self.rejects = pa.concat_tables([self.rejects, kept])
        self._no_time += tally.no_time
        self._unknown_zone += tally.unknown_zone
        self.first_time = min(filter(None, (self.first_time, tally.first)), default=None)
        self.last_time = max(filter(None, (self.last_time, tally.last)), default=None)

    def warnings(self) -> list[str]:
        """What a reader of the result must know about this input."""
        found = list(self.source.warnings)
        if not self.lines:
            found.append("the input is empty")
        elif self.failure is not None:
            found.append(f"{self.failure.given.removeprefix(self.name + ': ')}; none of its lines were read")
        elif self.rejected > _UNREADABLE * self.lines:
            found.append(f"lines not understood: {self.rejected:,} of {self.lines:,}")
        if self._unknown_zone:
            found.append(
                f"times that state no offset from UTC: {self._unknown_zone:,}; "
                f"{self._options.timezone} was assumed"
            )
        if self._rivals:
            found.append(
                f"unsure of the format: {' and '.join(self._rivals)} read about as many of the first lines "
                f"as {self._readers[0].format.name}; --format decides"
            )
        if self._twin:
            found.append(
                f"the first lines fit {self._twin} as well, which gives them another meaning; "
                f"--format {self._twin} reads them so"
            )
        found += self._wrapper_warnings()
        if self._no_time:
            found.append(f"events without a readable time: {self._no_time:,}")
        for name, count in self.formats.items():
            if name in FORMATS and FORMATS[name].warning:
                found.append(f"lines read as {name}: {count:,}, which {FORMATS[name].warning}")
        return found

    def _wrapper_warnings(self) -> list[str]:
        unwrapper = self._unwrapper
        found: list[str] = []
        if unwrapper is None:
            return found
        if unwrapper.yearless:
            found.append(
                f"{unwrapper.yearless:,} times of syslog state no year; --year sets that of the first"
            )
        elif unwrapper.year is not None:
            found.append(f"times of syslog state no year; that of the first was taken for {unwrapper.year}")
        if unwrapper.pending:
            found.append("the input ends within a line of several parts, which was left out")
        return found


def _looked_ahead(blocks: Iterator[Block]) -> tuple[Iterator[Block], bool]:
    """The same blocks, and whether the first two are as much as pays for the kernel."""
    first: list[Block] = []
    size = 0
    for block in islice(blocks, 2):
        first.append(block)
        size += len(block.data)
        if size >= KERNEL_BYTES:  # nothing waits for the second where the first tells
            break
    return chain(first, blocks), size >= KERNEL_BYTES


def raise_if_all_failed(scans: Sequence[Scan]) -> None:
    """Raise the first input's error if no input with lines is of a known format."""
    with_lines = [scan for scan in scans if scan.lines > scan.blank]
    if with_lines and all(scan.failure for scan in with_lines):
        raise with_lines[0].failure  # type: ignore[misc]  # mypy does not see that it is there
