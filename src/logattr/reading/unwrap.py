r"""Lines inside lines: what syslog, Docker, Kubernetes and collectors put around the log of a server.

Which wrappers there are is decided once per input, on the lines that detection looks at; then every
line that a wrapper matches is replaced by what is in it, and others stay as they are. Numbers and offsets
remain those of the wrapped line. A time is taken from outside only where the line inside has none.

Wrappers may stand in each other (a row in colours, in Docker's JSON, in syslog).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import tzinfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logattr.patterns import lazily
from logattr.reading.blocks import MAX_LINE_BYTES
from logattr.reading.times import NO_TIME, combine, is_time
from logattr.reading.timestamps import timestamps
from logattr.reading.wrappers import WRAPPERS, YEARLESS, Inner, Wrapper

__all__ = ["Unwrapper", "fill_times", "infer_year", "recognise"]

_DEPTH = 3  # wrappers in each other
_SHARE = 0.5  # of the lines a wrapper must match
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_SYSLOG_TIME = "strftime:%Y %b %e %H:%M:%S"


def recognise(
    lines: Sequence[bytes], quality: Callable[[Sequence[bytes]], tuple[float, float]]
) -> tuple[tuple[Wrapper, ...], list[bytes]]:
    """The wrappers inside which most lines are read, outermost first, and the lines inside.

    Parameters
    ----------
    lines
        Sampled lines, see :func:`logattr.reading.detect.sample_lines`.
    quality
        Says how well some lines can be read, as shares; asked only when a wrapper matches.

    Returns
    -------
    tuple
        Empty, and the lines as they are, where unwrapping does not help.

    Examples
    --------
    >>> chain, inner = recognise([b"web-1  | GET /"], lambda lines: (1, 1) if lines == [b"GET /"] else (0, 0))
    >>> chain[0].name, inner
    ('docker compose', [b'GET /'])
    """
    candidates = list(_candidates(list(lines), ()))
    if not candidates:
        return (), list(lines)
    # Of equals the lines inside go first: a word of the wrapper may pass for a host name.
    best = (False, *quality(lines), -_DEPTH - 1)
    chosen: tuple[tuple[Wrapper, ...], list[bytes]] = (), list(lines)
    for chain, inner in candidates:
        shares = quality(inner)
        # Lines that cannot be anything else are unwrapped even if a general format would take them whole.
        rank = (any(shares) and any(one.certain for one in chain), *shares, -len(chain))
        if any(shares) and rank > best:
            best, chosen = rank, (chain, inner)
    return chosen


def _candidates(
    lines: list[bytes], outer: tuple[Wrapper, ...]
) -> Iterator[tuple[tuple[Wrapper, ...], list[bytes]]]:
    for wrapper in WRAPPERS:
        if len(outer) == _DEPTH or wrapper in outer:
            continue
        opened = [wrapper.open(line) for line in lines]
        if sum(one is not None for one in opened) < max(1, 0 if wrapper.few else _SHARE * len(lines)):
            continue
        chain = (*outer, wrapper)
        inner = _inside(lines, opened)
        yield chain, inner
        yield from _candidates(inner, chain)


def _inside(lines: list[bytes], opened: list[Inner | None]) -> list[bytes]:
    """What is in some lines; those in pieces as one where their end is there."""
    inner: list[bytes] = []
    pending: dict[bytes, bytes] = {}
    for line, one in zip(lines, opened, strict=True):
        if one is None:
            inner.append(line)
            continue
        text = pending.pop(one.stream, b"") + one.text
        if one.unfinished:
            pending[one.stream] = text
        else:
            inner.append(text)
    return inner + list(pending.values())


class Unwrapper:
    """Unwraps the lines of one input, block by block and in order.

    Parameters
    ----------
    chain
        What :func:`recognise` found.
    year
        Of the first line, for times that state none.

    Attributes
    ----------
    yearless
        Times that stayed unknown for want of a year.
    year
        Given to the first time without one; null while there was none.
    """

    def __init__(self, chain: tuple[Wrapper, ...], year: int | None = None) -> None:
        self.chain = chain
        self.yearless = 0
        self.year: int | None = None
        self._year = year
        self._month = -1
        self._pending: dict[tuple[str, bytes], bytes] = {}

    @property
    def names(self) -> str:
        """The wrappers, for reports."""
        return ", ".join(wrapper.name for wrapper in self.chain)

    @property
    def pending(self) -> int:
        """Lines of which the end has not come."""
        return len(self._pending)

    def unwrap(self, lines: Sequence[bytes]) -> tuple[list[bytes], list[tuple[str, bytes] | None]]:
        """What the lines hold, and the time outside of each with its kind.

        A line that goes on in a later one becomes empty here and stands before its end there.
        """
        texts = list(lines)
        times: list[tuple[str, bytes] | None] = [None] * len(texts)
        for wrapper in self.chain:
            for index, line in enumerate(texts):
                inner = wrapper.open(line)
                if inner is not None:
                    texts[index] = self._joined(wrapper, inner)
                    # Of two times the one with a year is better, else the one outside.
                    known = times[index]
                    if inner.time and wrapper.time_kind and (known is None or known[0] == YEARLESS):
                        times[index] = (wrapper.time_kind, inner.time)
        return texts, [self._dated(time) if time and time[0] == YEARLESS else time for time in times]

    def _joined(self, wrapper: Wrapper, inner: Inner) -> bytes:
        key = (wrapper.name, inner.stream)
        text = self._pending.pop(key, b"") + inner.text
        if inner.unfinished and len(text) <= MAX_LINE_BYTES:
            self._pending[key] = text
            return b""
        return text

    def _dated(self, time: tuple[str, bytes]) -> tuple[str, bytes] | None:
        """Add the year: of the first line, and one more whenever December has passed."""
        name, day, *rest = time[1].split()
        if len(rest) == 2:
            year = int(rest[0])
        elif self._year is None:
            self.yearless += 1
            return None
        else:
            step = _step(self._month, name)
            year = self._year + step
            self.year = year if self.year is None else self.year
            if step >= 0:
                self._year, self._month = year, _month(name)
        return _SYSLOG_TIME, b"%d %s %2s %s" % (year, name, day, rest[-1])


def _month(name: bytes) -> int:
    return _MONTHS.index(name) if name in _MONTHS else -1


def _step(before: int, name: bytes) -> int:
    """How many years later a month is: a late line is a month earlier, all else earlier is a new year."""
    month = _month(name)
    if before < 0 or month < 0:
        return 0
    if (before, month) == (0, 11):
        return -1
    return 1 if month < before - 1 else 0


_FULL_DATE = lazily(rb"\b(\d\d)[/ ]([A-Z][a-z]{2})[/ ](\d{4})[: ]|\b(\d{4})-(\d\d)-(\d\d)[T ]")


def infer_year(chain: tuple[Wrapper, ...], lines: Sequence[bytes]) -> int | None:
    """The year of the first line: from a line that holds its day once more, with a year; else null.

    Examples
    --------
    >>> syslog = next(one for one in WRAPPERS if one.time_kind == "yearless")
    >>> infer_year((syslog,), [b"Jan  3 09:47:02 host app: 10.0.0.1 [03/Jan/2024:09:47:02 +0000]"])
    2024
    """
    years, before = 0, -1
    for line in lines:
        for wrapper in chain:
            inner = wrapper.open(line)
            if inner is None:
                continue
            line = inner.text  # noqa: PLW2901  # one wrapper deeper
            if wrapper.time_kind != YEARLESS or inner.time is None:
                continue
            name, day, *_ = inner.time.split()
            step = _step(before, name)
            if step >= 0:
                years, before = years + step, _month(name)
            for found in _FULL_DATE.finditer(line):
                month = _month(found[2]) if found[2] else int(found[5]) - 1
                if (month, int(found[1] or found[6])) == (_month(name), int(day)):
                    return int(found[3] or found[4]) - years - min(step, 0)
    return None


def fill_times(
    events: pa.Table, times: Sequence[tuple[str, bytes] | None], first_line: int, zone: tzinfo
) -> pa.Table:
    """Give events without a time the one from outside.

    Parameters
    ----------
    events
        Of one block (``columns.EVENTS``).
    times
        Of each line of the block, as :meth:`Unwrapper.unwrap` gives them.
    first_line
        Number of the block's first line.
    zone
        Time zone of times that state no offset.
    """
    rows = np.flatnonzero(pc.is_null(events["time"]).to_numpy(zero_copy_only=False))
    if not len(rows):
        return events
    time = pc.fill_null(pc.cast(events["time"], pa.int64()), NO_TIME).to_numpy().copy()
    known = pc.fill_null(events["time_zone_known"], False).to_numpy(zero_copy_only=False).copy()
    outside = [times[line - first_line] for line in events["line"].take(pa.array(rows)).to_pylist()]
    for kind in {one[0] for one in outside if one}:
        chosen = [index for index, one in enumerate(outside) if one and one[0] == kind]
        texts = [one[1] for one in outside if one and one[0] == kind]
        found, stated = timestamps(texts, zone) if kind == "timestamp" else combine([kind], [texts], zone)
        time[rows[chosen]], known[rows[chosen]] = found, stated
    missing = ~is_time(time)
    columns = {
        "time": pa.array(time, pa.timestamp("us", tz="UTC"), mask=missing),
        "time_zone_known": pa.array(known, mask=missing),
    }
    for name, column in columns.items():
        at = events.schema.get_field_index(name)
        events = events.set_column(at, events.schema.field(name), column)
    return events
