r"""JSON records of a block as columns of places in it: values become objects only where they must.

:mod:`logattr.reading.jsonkernel` finds the values; the columns here stand in for those of
:mod:`logattr.reading.jsoncolumns`, and give the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.reading.columnar import (
    bounds_of,
    bytes_of,
    encoded_spans,
    gathered,
    marks_of,
    plain_addresses,
    workspace,
)
from logattr.reading.jsonkernel import scan_records
from logattr.reading.jsonmap import Path
from logattr.reading.jsonprogram import Program, compile_paths
from logattr.reading.jsonvalues import KINDS, NOTHING, ValueKind
from logattr.reading.kernel import read_integers, read_reals, read_times, take_ports_off, unquote
from logattr.reading.request_lines import request_parts
from logattr.reading.times import is_time
from logattr.reading.tokens import Bytes, Encoded, Tokens, Typed, numbered_anew

if TYPE_CHECKING:
    from logattr.reading.jsonlines import JsonParser

__all__ = ["Records", "SpanColumn", "prepare", "read_records", "read_tokens"]

_NONE = np.iinfo(np.int64).min
_TOGETHER = 1 << 16  # lines: so much room there is for their values
_MOST_SETS = 64  # of keys within a block; logs have a few
_EXACT = 1 << 53  # integers up to here are real numbers
_BACKSLASH = ord("\\")


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """The lines that are records for sure, and their values.

    Parameters
    ----------
    rows
        Numbers of the lines.
    columns
        By path.
    keys
        Which of the watched keys there are, one bit each.
    """

    rows: NDArray[np.int64]
    columns: dict[Path, SpanColumn]
    keys: NDArray[np.uint64]

    def kept(self, keep: NDArray[np.bool_]) -> Records:
        """Some of the records."""
        if keep.all():
            return self
        columns = {path: column.kept(keep) for path, column in self.columns.items()}
        return Records(self.rows[keep], columns, self.keys[keep])

    def key_sets(self, program: Program) -> list[tuple[AbstractSet[str], NDArray[np.bool_]]]:
        """The first few sets of watched keys that records have, and the records of each."""
        sets: list[tuple[AbstractSet[str], NDArray[np.bool_]]] = []
        left = np.ones(len(self.rows), np.bool_)
        while left.any() and len(sets) < _MOST_SETS:
            bits = self.keys[int(left.argmax())]
            same = (self.keys == bits).all(axis=1)
            left &= ~same
            held = {name for at, name in enumerate(program.watched) if int(bits[at >> 6]) >> (at & 63) & 1}
            sets.append((held, same))
        return sets


def read_records(
    data: bytes,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    rows: NDArray[np.int64],
    program: Program,
) -> Records:
    r"""Find the values of some lines of a block.

    Parameters
    ----------
    data, starts, ends, rows
        See :func:`logattr.reading.columnar.read_columns`.
    program
        What to look for. The columns are good until the next block is read by the same thread.

    Examples
    --------
    >>> from logattr.reading.columnar import bounds_of
    >>> data = b'{"a": {"b": 1}}\n{"a": 2}\n{}\n{"a": {"b": "c"}, "x": [null]}\n'
    >>> found = read_records(data, *bounds_of(data), np.arange(4), compile_paths((("a", "b"),)))
    >>> found.rows.tolist(), list(found.columns["a", "b"].encoded.expand())
    ([0, 2, 3], [b'1', None, b'"c"'])
    """
    view, count = np.frombuffer(data, np.uint8), len(rows)
    slots = np.full(len(program.paths), -1, np.int64)
    spans = workspace("json spans", (len(slots), count, 2), np.int32)
    watched = np.zeros((count, (len(program.watched) + 63) // 64 or 1), np.uint64)
    accepted, constant = np.empty(count, np.int64), np.empty(len(slots), np.bool_)
    done = scan_records(
        view, starts, ends, np.ascontiguousarray(rows), program.firsts, program.words, program.masks,
        program.keys, program.leaves, program.inners, program.watches, slots, spans, watched, accepted,
        constant,
    )  # fmt: skip
    absent = SpanColumn(view, np.full((done, 2), -1, np.int32), constant=True)
    columns = {
        path: SpanColumn(view, spans[slot, :done], constant=bool(constant[slot])) if slot >= 0 else absent
        for path, slot in zip(program.paths, slots.tolist(), strict=True)
    }
    return Records(accepted[:done], columns, watched[:done])


def read_tokens(
    parser: JsonParser,
    data: bytes,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    rows: NDArray[np.int64],
    *,
    wanted: AbstractSet[str] | None = None,
    others: Sequence[JsonParser] = (),
) -> Tokens:
    """Tokens of the lines that are records for sure; all other lines are left.

    Parameters
    ----------
    parser
        The paths, and what is made of their values.
    data, starts, ends, rows
        See :func:`read_records`.
    wanted
        Events columns that are wanted; null: all.
    others
        Parsers that come first: lines that may be theirs, by their keys, are left as well.
    """
    requires = (condition for other in others for row in other.mapping.requires for condition in row)
    watched = tuple(sorted({condition.path[0] for condition in requires}))
    program = compile_paths(parser.mapping.paths, watched)
    if program is None or not parser.is_flat or not len(rows):
        return Tokens((), rows[:0], ())
    parts = []
    for at in range(0, len(rows), _TOGETHER):
        records = read_records(data, starts, ends, rows[at : at + _TOGETHER], program)
        parts.append(_tokens(parser, records, program, wanted, others))
    return replace(parts[0], others=tuple(parts[1:]))


def _tokens(
    parser: JsonParser,
    records: Records,
    program: Program,
    wanted: AbstractSet[str] | None,
    others: Sequence[JsonParser],
) -> Tokens:
    if others:
        keep = np.zeros(len(records.rows), np.bool_)
        for keys, same in records.key_sets(program):
            keep |= same & (not any(other.mapping.may_hold(keys) for other in others))
        records = records.kept(keep)
    records = records.kept(parser.matching(records.columns, len(records.rows)))
    return parser.tokens(records.columns, records.rows.copy(), wanted)


class SpanColumn:
    """The values of one path, one per record; see :class:`logattr.reading.jsoncolumns.RawColumn`.

    Parameters
    ----------
    view
        A block.
    spans
        Begin and length of each value; the length is negative where there is none.
    constant
        Whether all values are the same: then only the first is looked at.
    """

    def __init__(self, view: NDArray[np.uint8], spans: NDArray[np.int32], *, constant: bool = False) -> None:
        self._view = view
        self._spans = spans[:1] if constant else spans
        self._constant = constant
        self.count = len(spans)

    def _for_all(self, values: NDArray[Any]) -> NDArray[Any]:
        """What was found out of the values that were looked at, one for each record."""
        return np.full(self.count, values[0]) if self._constant and self.count else values

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """Which records have the value, and it is not null."""
        found: NDArray[np.bool_] = self._for_all(self._spans[:, 1] >= 0)
        return found

    @cached_property
    def is_absent(self) -> bool:
        """Whether no record has the value."""
        return not (self._spans[:, 1] >= 0).any()

    @cached_property
    def encoded(self) -> Encoded:
        """Distinct values and codes."""
        return self._encoded(self._spans)

    def _encoded(self, spans: NDArray[np.int32]) -> Encoded:
        if not self._constant or not self.count:
            return encoded_spans(self._view, spans)
        begin, size = spans[0].tolist()
        text = self._view[begin : begin + size].tobytes() if size >= 0 else None
        values = Bytes(pa.array([text], pa.binary()), marks_of([text], _BACKSLASH))
        return Encoded(values, np.zeros(self.count, np.int32))

    def kept(self, keep: NDArray[np.bool_]) -> SpanColumn:
        """The values of some records."""
        count = int(keep.sum())
        spans = np.broadcast_to(self._spans, (count, 2)) if self._constant else self._spans[keep]
        return SpanColumn(self._view, spans, constant=self._constant)

    def typed(self, kind: ValueKind, *, may_miss: bool) -> Typed | None:
        """The column converted, where all values are plain; null for any other."""
        found = self._typed(kind, may_miss=may_miss)
        if found is None or not self._constant:
            return found
        known = None if found.known is None else self._for_all(found.known)
        return Typed(self._for_all(found.values), self._for_all(found.missing), known)

    def _typed(self, kind: ValueKind, *, may_miss: bool) -> Typed | None:
        count = len(self._spans)
        if kind.reads in {"times", "utc_times"}:
            times = np.empty(count, np.int64)
            plain = read_times(self._view, self._spans, kind.reads == "utc_times", times)
            good = plain and is_time(times).all()
            nothing = np.zeros(count, np.bool_)
            return Typed(times, nothing, ~nothing) if good else None
        if kind.reads == "reals":
            reals = np.empty(count, np.float64)
            plain = read_reals(self._view, self._spans, reals)
            missing = np.isnan(reals)
            return Typed(reals, missing) if plain and (may_miss or not missing.any()) else None
        if kind.reads not in {"integers", "status", "thousandths"}:
            return None
        integers = np.empty(count, np.int64)
        plain = read_integers(self._view, self._spans, kind.reads == "status", integers)
        missing = integers == _NONE
        if not plain or (missing.any() and not may_miss):
            return None
        integers[missing] = 0
        if kind.reads != "thousandths":
            return Typed(integers, missing)
        return Typed(integers / 1000, missing) if (np.abs(integers) < _EXACT).all() else None

    def texts(self, kind: ValueKind, nulls: AbstractSet[bytes | None]) -> Encoded:
        """Texts of the values, those that mean nothing as null, and codes."""
        if kind.has_port:
            spans = self._spans.copy()
            take_ports_off(self._view, spans)
            raw = self._encoded(spans)
        else:
            raw = self.encoded
        values = raw.values
        if kind.unusual is None or not isinstance(values, Bytes):
            return Encoded(_converted(values, kind, nulls), raw.codes)
        view, bounds = bytes_of(values)
        spans, odd = np.zeros((len(values), 2), np.int32), np.zeros(len(values), np.bool_)
        distinct = unquote(view, bounds, spans, odd)
        array = gathered(view, spans)
        if kind.unusual:
            found = pc.match_substring_regex(array, kind.unusual).fill_null(True)
            odd |= found.to_numpy(zero_copy_only=False)
        if kind.refused:
            refused = pc.match_substring_regex(array, kind.refused)
            array = pc.if_else(refused.fill_null(False), pa.scalar(None, pa.binary()), array)
        if len(nulls) > len(NOTHING):
            array = Bytes(array, values.marks).without(nulls).array
        if not odd.any() and distinct:
            return Encoded(Bytes(array, values.marks), raw.codes)
        slow = _converted(values.array.filter(pa.array(odd)).to_pylist(), kind, nulls)
        marks = values.marks.copy()
        marks[odd] = marks_of(slow, _BACKSLASH)
        if slow:
            array = pc.replace_with_mask(array, pa.array(odd), pa.array(slow, pa.binary()))
        return numbered_anew(array, marks, raw.codes)


def _converted(
    values: Sequence[bytes | None], kind: ValueKind, nulls: AbstractSet[bytes | None]
) -> list[bytes | None]:
    found = [kind.convert(value or b"") for value in values]
    return [None if text in nulls else text for text in found]


@cache
def prepare() -> None:
    """Load or compile all that reads records; see :func:`logattr.reading.columnar.prepare`."""
    data = b'{"t": "2024-01-10T08:01:02Z", "n": 1, "a": "192.0.2.1:80", "r": "GET / HTTP/1.1"}\n'
    program = compile_paths((("t",), ("n",), ("a",), ("r",)), ("t",))
    if program is None:
        raise AssertionError("paths without a program")
    found = read_records(data, *bounds_of(data), np.arange(1), program).columns
    for name, kind in (("t", "timestamp"), ("n", "integer"), ("n", "number")):
        found[name,].typed(KINDS[kind], may_miss=True)
    addresses, requests = (
        found[name,].texts(KINDS[kind], NOTHING).values for name, kind in (("a", "address"), ("r", "text"))
    )
    if isinstance(addresses, Bytes) and isinstance(requests, Bytes):
        plain_addresses(addresses)
        request_parts(requests, frozenset())
