"""Whole blocks through the kernel: bytes to tokens without a Python object per line.

What the kernel leaves is read by the reference parser and put among the others, so that a block
gives the same tokens either way.
"""

from __future__ import annotations

import math
import os
import re
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.reading.kernel import MISSING, encode_spans, gather, line_bounds, mark_addresses, tokenize
from logattr.reading.program import WHAT, Program, compile_program
from logattr.reading.reference import ONE_CLIENT
from logattr.reading.request_lines import request_parts
from logattr.reading.template import Field, Template, parse_template
from logattr.reading.tokens import NOT_ASCII, WITH_ESCAPE, Bytes, Encoded, Tokens, Typed, numbered_anew
from logattr.reading.typed import number_column, time_column

__all__ = [
    "bounds_of",
    "bytes_of",
    "encoded_spans",
    "gathered",
    "join",
    "marks_of",
    "plain_addresses",
    "prepare",
    "program_of",
    "read_columns",
    "without_quotes",
    "workspace",
]

_NONE = np.iinfo(np.int64).min
# Not known outside, so that nobody can write lines whose texts collide.
_SEED = np.uint64(int.from_bytes(os.urandom(8), "little"))
_PLACES = 1 << 10  # of a table of distinct texts, to begin with
_SPACE, _QUOTE, _BACKSLASH, _COMMA = map(ord, ' "\\,')
_LINE_BYTES = 64  # of most lines at least
_TOGETHER = 2048  # lines: about half a second-level cache of text
_MILLISECONDS = {"epoch_milliseconds": 1000}


_PREPARING = threading.Lock()
_NOTICE = "logattr: compiling the fast reader, once for this machine and version; this takes some seconds\n"


@cache
def _prepared() -> None:
    data = b'192.0.2.1 "GET / HTTP/1.1" 200\n'
    program = compile_program(parse_template('{client} "{request}" {status}', escapes="apache"))
    if program is None:
        raise AssertionError("a template without a program")
    tokens = read_columns(data, *bounds_of(data), np.arange(1), program)
    client, request = (column.values for column in tokens.columns[:2])
    if isinstance(client, Bytes) and isinstance(request, Bytes):
        plain_addresses(client)
        request_parts(request, frozenset())


def prepare(*, records: bool = False) -> None:
    """Load the kernel, or compile it where it is not yet on disk, and say so if that takes long.

    For JSON ``records`` that is another part of it.

    numba keeps what it compiles beside the package or, where it may not write there, in the user's cache
    folder (``NUMBA_CACHE_DIR`` names another one).
    """
    with _PREPARING:
        notice = threading.Timer(1.0, lambda: sys.stderr.write(_NOTICE))
        notice.daemon = True
        notice.start()
        try:
            if records:
                from logattr.reading import jsonspans

                jsonspans.prepare()
            else:
                _prepared()
        finally:
            notice.cancel()


@lru_cache(maxsize=256)
def program_of(template: Template, columns: frozenset[str] | None) -> Program | None:
    """The program of a template, see :func:`logattr.reading.program.compile_program`."""
    return compile_program(template, columns)


def bounds_of(data: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    r"""Begin and end of every line of a block, without line feeds and carriage returns.

    Examples
    --------
    >>> [positions.tolist() for positions in bounds_of(b"a\r\n\nbc")]
    [[0, 3, 4], [1, 3, 6]]
    """
    view = np.frombuffer(data, np.uint8)
    room = len(data) // _LINE_BYTES + 1
    count = -1
    while count < 0:
        starts, ends = (_WORKSPACE.get(name, (room,), np.int64) for name in ("starts", "ends"))
        count = line_bounds(view, starts, ends)
        room = len(data)  # nothing but line feeds
    return starts[:count].copy(), ends[:count].copy()


class _Workspace(threading.local):
    """Arrays that are used again for every block: fresh memory is the dearest thing there is."""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}
        self._program: Program | None = None
        self._places = np.zeros(0, np.int64)

    def places(self, program: Program, texts: int) -> NDArray[np.int64]:
        """Sizes of the tables of distinct texts, as they were at the end of the block before."""
        if program is not self._program or len(self._places) != texts:
            self._program, self._places = program, np.full(texts, _PLACES, np.int64)
        return self._places

    def get(self, name: str, shape: tuple[int, ...], type_: Any) -> NDArray[Any]:
        size = math.prod(shape)
        array = self._arrays.get(name)
        if array is None or len(array) < size:
            array = self._arrays[name] = np.empty(size + size // 4, type_)
        return array[:size].reshape(shape)


_WORKSPACE = _Workspace()


def workspace(name: str, shape: tuple[int, ...], type_: Any) -> NDArray[Any]:
    """An array of this thread that is used again for every block, whatever is in it."""
    return _WORKSPACE.get(name, shape, type_)


def read_columns(
    data: bytes,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    rows: NDArray[np.int64],
    program: Program,
) -> Tokens:
    r"""Tokens of the lines that a program reads.

    Parameters
    ----------
    data
        A block.
    starts, ends
        Its lines, see :func:`bounds_of`.
    rows
        Numbers of the lines to read.
    program
        What reads them.

    Returns
    -------
    Tokens
        ``rows`` are numbers of lines.

    Examples
    --------
    >>> from logattr.reading.template import parse_template
    >>> program = program_of(parse_template("{client} {status}"), None)
    >>> data = b"192.0.2.1 200\n?\n"
    >>> tokens = read_columns(data, *bounds_of(data), np.arange(2), program)
    >>> tokens.rows.tolist(), list(tokens.columns[0].values), tokens.columns[1].values.tolist()
    ([0], [b'192.0.2.1'], [200])
    """
    view = np.frombuffer(data, np.uint8)
    slot, sizes = _slots(program)
    count, get, texts = len(rows), _WORKSPACE.get, sizes["text"]
    tables = get("tables", (texts, 4 * max(_PLACES, 1 << count.bit_length())), np.int32)
    places = np.minimum(
        _WORKSPACE.places(program, texts), tables.shape[1], out=_WORKSPACE.places(program, texts)
    )
    for table, size in zip(tables, places.tolist(), strict=True):
        table[:size] = -1
    hashes = get("hashes", (texts, count), np.uint64)
    offsets = get("offsets", (texts, count + 1), np.int32)
    offsets[:, 0] = 0
    found = get("texts", (texts, len(data)), np.uint8)
    marks = get("marks", (texts, count), np.uint8)
    counts = np.zeros(texts, np.int64)
    codes = get("codes", (texts, count), np.int32)
    integers = get("integers", (sizes["integer"], count), np.int64)
    reals = get("reals", (sizes["real"], count), np.float64)
    accepted, failed = np.empty(count, np.int64), np.zeros(count, np.bool_)
    done = tokenize(
        view, starts, ends, np.ascontiguousarray(rows), program.how, program.what, slot, program.stop,
        program.least, program.digits, program.may_be_empty, program.literals, program.literal_ends,
        program.literal_words, program.literal_masks, program.optional_from, _SEED, np.uint8(program.escape),
        get("spans", (texts, _TOGETHER, 2), np.int32), get("row hashes", (texts, _TOGETHER), np.uint64),
        tables, places, hashes, offsets, found, marks, counts, codes, integers, reals, accepted, failed,
    )  # fmt: skip
    columns: list[Encoded | Typed] = []
    for field, (what, into) in enumerate(zip(program.what.tolist(), slot.tolist(), strict=True)):
        if what == WHAT["text"]:
            number = int(counts[into])
            array = _array(found[into], offsets[into, : number + 1])
            columns.append(_encoded(array, marks[into, :number].copy(), codes[into, :done].copy()))
        elif what == WHAT["real"]:
            values = reals[into, :done].copy()
            columns.append(Typed(values, np.isnan(values)))
        elif what == WHAT["nothing"]:
            columns.append(Encoded([None], np.zeros(done, np.int32)))
        else:
            columns.append(_typed(integers[into, :done].copy(), what, program.fields[field].kind))
    return _checked(Tokens(program.fields, accepted[:done].copy(), tuple(columns)), program, failed[:done])


def _slots(program: Program) -> tuple[NDArray[np.int64], dict[str, int]]:
    """Which row of the results each field fills, and how many rows there are."""
    groups = {"nothing": "nothing", "text": "text", "real": "real", "integer": "integer", "time": "integer"}
    names = {number: groups[name] for name, number in WHAT.items()}
    sizes = dict.fromkeys(groups.values(), 0)
    slot = np.zeros(len(program.what), np.int64)
    for field, what in enumerate(program.what.tolist()):
        slot[field] = sizes[names[what]]
        sizes[names[what]] += 1
    return slot, sizes


def _typed(values: NDArray[np.int64], what: int, kind: str) -> Typed:
    missing = values == _NONE
    if what != WHAT["time"]:
        return Typed(np.where(missing, 0, values), missing)
    factor = _MILLISECONDS.get(kind, 1)
    return Typed(np.where(missing, 0, values) * factor, missing, np.ones(len(values), np.bool_))


def _array(texts: NDArray[np.uint8], offsets: NDArray[np.int32]) -> pa.BinaryArray:
    """Copies of texts that stand one behind the other, as an Arrow array."""
    data = texts[: offsets[-1]].copy()
    buffers = [None, pa.py_buffer(offsets.copy()), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, buffers)


def _encoded(array: pa.BinaryArray, marks: NDArray[np.uint8], codes: NDArray[np.int32]) -> Encoded:
    absent = codes == MISSING
    if absent.any():
        codes[absent] = len(array)
        array = pa.concat_arrays([array, pa.nulls(1, pa.binary())])
        marks = np.append(marks, np.uint8(0))
    return Encoded(Bytes(array, marks), codes)


def encoded_spans(view: NDArray[np.uint8], spans: NDArray[np.int32]) -> Encoded:
    """Texts at some places as distinct ones and codes; where the length is negative, null.

    Examples
    --------
    >>> spans = np.array([[0, 1], [1, 1], [2, 1], [0, -1]], np.int32)
    >>> found = encoded_spans(np.frombuffer(b"aba", np.uint8), spans)
    >>> list(found.values), found.codes.tolist()
    ([b'a', b'b', None], [0, 1, 0, 2])
    """
    count, get = len(spans), _WORKSPACE.get
    table = get("tables", (4 * max(_PLACES, 1 << count.bit_length()),), np.int32)
    table[:_PLACES] = -1
    offsets, marks = get("offsets", (count + 1,), np.int32), get("marks", (count,), np.uint8)
    offsets[0] = 0
    texts = get("texts", (int(spans[:, 1].sum(where=spans[:, 1] > 0)) + 1,), np.uint8)
    codes, failed = np.empty(count, np.int32), np.zeros(count, np.bool_)
    number = encode_spans(
        view, spans, _SEED, np.uint8(_BACKSLASH), get("row hashes", (count,), np.uint64), table, _PLACES,
        get("hashes", (count,), np.uint64), offsets, texts, marks, codes, failed,
        get("changed", (count, 2), np.int32), get("codes", (count,), np.int32),
    )  # fmt: skip
    if failed.any():  # too many texts of one hash
        array = gathered(view, spans)
        return numbered_anew(array, marks_of(array.to_pylist(), _BACKSLASH), np.arange(count, dtype=np.int32))
    return _encoded(_array(texts, offsets[: number + 1]), marks[:number].copy(), codes)


def gathered(view: NDArray[np.uint8], spans: NDArray[np.int32]) -> pa.BinaryArray:
    """Texts at some places as an Arrow array; where the length is negative, null."""
    count = len(spans)
    absent = spans[:, 1] < 0
    out, offsets = np.empty(int(spans[:, 1].sum(where=~absent)), np.uint8), np.empty(count + 1, np.int32)
    gather(view, spans, out, offsets)
    valid = pa.py_buffer(np.packbits(~absent, bitorder="little")) if absent.any() else None
    return pa.Array.from_buffers(pa.binary(), count, [valid, pa.py_buffer(offsets), pa.py_buffer(out)])


def _checked(tokens: Tokens, program: Program, failed: NDArray[np.bool_]) -> Tokens:
    """The same without the lines that failed, or have a text that its kind does not allow."""
    good = ~failed
    for column, check, stop in zip(tokens.columns, program.checks, program.stop.tolist(), strict=True):
        if check is None or not isinstance(column, Encoded):
            continue
        values = column.values
        if isinstance(values, Bytes) and stop == _SPACE and check.pattern == ONE_CLIENT.encode():
            # There is no blank in them, so the last byte tells; RE2 took a tenth of reading many clients.
            fits = _end_in_no_comma(values)
        else:
            fits = _fits(values, check)
        if not fits.all():
            good &= fits[column.codes]
    if good.all():
        return tokens
    return replace(tokens, rows=tokens.rows[good], columns=tuple(_only(one, good) for one in tokens.columns))


def _end_in_no_comma(values: Bytes) -> NDArray[np.bool_]:
    view, bounds = bytes_of(values)
    found: NDArray[np.bool_] = (view[bounds[1:] - 1] != _COMMA) | (bounds[1:] == bounds[:-1])
    return found


def _fits(values: Sequence[bytes | None], check: re.Pattern[bytes]) -> NDArray[np.bool_]:
    """Which texts a pattern matches as a whole; null matches any."""
    if isinstance(values, Bytes):
        try:
            found = pc.match_substring_regex(values.array, rf"(?s)\A(?:{check.pattern.decode()})\z")
        except pa.ArrowInvalid:  # RE2 cannot look ahead, nor be possessive
            pass
        else:
            fits: NDArray[np.bool_] = found.fill_null(True).to_numpy(zero_copy_only=False)
            return fits
    return np.array([value is None or check.fullmatch(value) is not None for value in values], np.bool_)


def _only(column: Encoded | Typed, good: NDArray[np.bool_]) -> Encoded | Typed:
    if isinstance(column, Typed):
        known = column.known[good] if column.known is not None else None
        return Typed(column.values[good], column.missing[good], known)
    used, codes = np.unique(column.codes[good], return_inverse=True)
    values = column.values
    if isinstance(values, Bytes):
        kept: Sequence[bytes | None] = Bytes(values.array.take(pa.array(used)), values.marks[used])
    else:
        kept = [values[code] for code in used.tolist()]
    return Encoded(kept, codes.reshape(-1).astype(np.int32))


def without_quotes(values: Bytes) -> Bytes:
    """The texts without the quotes around those that have them.

    Examples
    --------
    >>> array = pa.array([b'"a b"', b"-", None], pa.binary())
    >>> list(without_quotes(Bytes(array, np.zeros(3, np.uint8))))
    [b'a b', b'-', None]
    """
    view, bounds = bytes_of(values)
    spans = np.stack([bounds[:-1], np.diff(bounds)], axis=1).astype(np.int32)
    long = np.flatnonzero(spans[:, 1] > 1)
    quoted = long[view[spans[long, 0]] == _QUOTE]
    spans[quoted, 0] += 1
    spans[quoted, 1] -= 2
    if values.array.null_count:
        spans[values.array.is_null().to_numpy(zero_copy_only=False), 1] = -1
    return Bytes(gathered(view, spans), values.marks)


def bytes_of(values: Bytes) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """All bytes of some texts, and where each begins and the last one ends."""
    _, offsets, data = values.array.buffers()
    view = np.frombuffer(data if data is not None and data.size else b"\0", np.uint8)
    return view, np.frombuffer(offsets, np.int32)[values.array.offset :][: len(values) + 1]


def plain_addresses(values: Bytes) -> NDArray[np.bool_]:
    """Which texts are addresses in their canonical form (RFC 5952), mapped ones excepted.

    Examples
    --------
    >>> array = pa.array([b"192.0.2.1", b"192.0.2.01", b"2001:db8::1", b"-"], pa.binary())
    >>> plain_addresses(Bytes(array, np.zeros(4, np.uint8))).tolist()
    [True, False, True, False]
    """
    view, bounds = bytes_of(values)
    found = np.zeros(len(values), np.bool_)
    mark_addresses(view, bounds, found)
    return found


def join(fast: Tokens, rest: Tokens, *, escape: int, zone: tzinfo) -> Tokens:
    """The lines of both, in their order; ``rest`` has texts where ``fast`` has numbers and times.

    Parameters
    ----------
    fast
        What the kernel read.
    rest
        What the reference parser read of the other lines.
    escape
        The byte that begins an escape.
    zone
        Time zone of times that state no offset.
    """
    rows = np.concatenate([fast.rows, rest.rows])
    order = np.argsort(rows, kind="stable")
    columns = tuple(
        _joined(field, one, other, order=order, escape=escape, zone=zone)
        for field, one, other in zip(fast.fields, fast.columns, rest.columns, strict=True)
    )
    return Tokens(fast.fields, rows[order], columns)


def _joined(
    field: Field,
    one: Encoded | Typed,
    other: Encoded | Typed,
    *,
    order: NDArray[np.int64],
    escape: int,
    zone: tzinfo,
) -> Encoded | Typed:
    if isinstance(other, Typed):
        raise TypeError(other)
    if isinstance(one, Typed):
        more = time_column([field], [other], zone) if field.column == "time" else number_column(field, other)
        known = None
        if one.known is not None and more.known is not None:
            known = np.concatenate([one.known, more.known])[order]
        return Typed(
            np.concatenate([one.values, more.values])[order],
            np.concatenate([one.missing, more.missing])[order],
            known,
        )
    if not isinstance(one.values, Bytes):  # nobody wants it
        return Encoded(one.values, np.zeros(len(order), np.int32))
    # Values that both have must not stand twice.
    both = pa.concat_arrays([one.values.array, pa.array(list(other.values), pa.binary())])
    marks = np.concatenate([one.values.marks, marks_of(other.values, escape)])
    return numbered_anew(both, marks, np.concatenate([one.codes, other.codes + len(one.values)])[order])


def marks_of(values: Sequence[bytes | None], escape: int) -> NDArray[np.uint8]:
    """What is in each text, see :data:`logattr.reading.tokens.NOT_ASCII`; ``escape`` begins an escape."""
    found = [
        (0 if value is None or value.isascii() else NOT_ASCII)
        | (WITH_ESCAPE if value and escape in value else 0)
        for value in values
    ]
    return np.array(found, np.uint8)
