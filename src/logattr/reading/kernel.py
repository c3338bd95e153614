"""The tokenizer: a program of fields, run over the lines of a block by one compiled loop.

It reads what follows a template to the letter and leaves every other line alone; what it reads it
reads as :mod:`logattr.reading.reference` does, and the tests hold the two equal. Texts leave it as
codes into a table of their distinct values, numbers and times as 64-bit integers.

Eight bytes are looked at together ("SWAR", after G. S. Warren, Hacker's Delight, section 6-1): a
byte-by-byte loop takes about three times as long. A word is loaded only where all of its bytes lie
in the block.

All of it is in one file, because numba compiles anew only when the file of a function itself has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from logattr.reading.program import HOW, WHAT
from logattr.reading.requests import LISTING_PARAMETERS

__all__ = [
    "MISSING",
    "encode_spans",
    "gather",
    "line_bounds",
    "mark_addresses",
    "read_integers",
    "read_reals",
    "read_times",
    "split_requests",
    "take_ports_off",
    "tokenize",
    "unquote",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _compiled(function: _Function) -> _Function:
    """Compile on the first call and keep the result on disk; without a writable folder, without that."""
    try:
        return cast(_Function, njit(function, nogil=True, cache=True, boundscheck=None))
    except RuntimeError:  # "no locator available": neither the package's folder nor the user's cache
        return cast(_Function, njit(function, nogil=True))


def _part(function: _Function) -> _Function:
    """Compile as a part of others, not to be called from outside."""
    return cast(_Function, njit(function, no_cpython_wrapper=True))


def _inlined(function: _Function) -> _Function:
    """Put in where it is called: passing that many arrays costs more than the work."""
    return cast(_Function, njit(function, inline="always"))


MISSING = -1

# Whatever these give is a number to the compiler and anything to the type checker.
_I64: Any = np.int64
_U64: Any = np.uint64

_ONES = _U64(0x0101_0101_0101_0101)
_HIGHS = _U64(0x8080_8080_8080_8080)
_MIX = _U64(0x9E37_79B9_7F4A_7C15)  # 2**64 divided by the golden ratio, as hashes take it
_AT_ONCE = 32  # bytes that are compared at once, a register of AVX2
_PROBES = 64  # longer runs of collisions are somebody's intent: such a line is read by the slow way
_LF, _CR, _SPACE, _QUOTE, _DASH, _PLUS, _DOT, _COLON, _SLASH, _BACKSLASH = (
    10,
    13,
    32,
    34,
    45,
    43,
    46,
    58,
    47,
    92,
)
_AMPERSAND, _EQUALS = 38, 61
_OPEN, _CLOSE, _ZERO, _NINE, _MARK = 91, 93, 48, 57, 63

_LISTING = np.frombuffer(b"".join(name.encode() for name in LISTING_PARAMETERS), np.uint8)
_LISTING_ENDS = np.cumsum([0, *map(len, LISTING_PARAMETERS)])

_TO_STOP, _IN_QUOTES, _QUOTED = HOW["to_stop"], HOW["in_quotes"], HOW["quoted"]
_INTEGER, _NATURAL, _STATUS, _DECIMAL = HOW["integer"], HOW["natural"], HOW["status"], HOW["decimal"]
_CLF, _CLF_BRACKETED, _ISO8601, _EPOCH = HOW["clf"], HOW["clf_bracketed"], HOW["iso8601"], HOW["epoch"]
_DATE, _TIME_OF_DAY = HOW["date"], HOW["time_of_day"]
_NOTHING, _TEXT, _REAL = WHAT["nothing"], WHAT["text"], WHAT["real"]


@intrinsic  # type: ignore[untyped-decorator]
def _word(_: Any, data: Any, __: Any) -> Any:
    """Eight bytes from a position on, which needs not be aligned; the caller knows that they are there."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = builder.gep(array.data, [arguments[1]])
        value = builder.load(builder.bitcast(pointer, ir.IntType(64).as_pointer()))
        value.align = 1
        return value

    return types.uint64(data, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _where(_: Any, data: Any, __: Any, ___: Any) -> Any:
    """Which of 32 bytes equal a byte, a bit for each; the caller knows that they are there."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        kind = ir.VectorType(ir.IntType(8), _AT_ONCE)
        pointer = builder.bitcast(builder.gep(array.data, [arguments[1]]), kind.as_pointer())
        found = builder.load(pointer)
        found.align = 1
        one = builder.insert_element(
            ir.Constant(kind, ir.Undefined), arguments[2], ir.Constant(ir.IntType(32), 0)
        )
        every = ir.Constant(ir.VectorType(ir.IntType(32), _AT_ONCE), [0] * _AT_ONCE)
        equal = builder.icmp_unsigned("==", found, builder.shuffle_vector(one, one, every))
        return builder.zext(builder.bitcast(equal, ir.IntType(_AT_ONCE)), ir.IntType(64))

    return types.uint64(data, types.int64, types.uint8), generate


@intrinsic  # type: ignore[untyped-decorator]
def _put_word(_: Any, data: Any, __: Any, ___: Any) -> Any:
    """Write eight bytes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = builder.gep(array.data, [arguments[1]])
        stored = builder.store(arguments[2], builder.bitcast(pointer, ir.IntType(64).as_pointer()))
        stored.align = 1
        return context.get_dummy_value()

    return types.void(data, types.int64, types.uint64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _zeros_at_the_end(_: Any, __: Any) -> Any:
    def generate(___: Any, builder: Any, ____: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


@_part
def _zero_bytes(word: Any) -> Any:
    """The high bit of the first byte that is zero, and perhaps some beyond it."""
    return (word - _ONES) & ~word & _HIGHS


@_part
def _find(data: Any, at: Any, end: Any, byte: Any) -> Any:
    """Position of a byte, or the end."""
    while at + _AT_ONCE <= len(data) and at < end:
        found = _where(data, at, byte)
        if found != 0:
            return min(at + _zeros_at_the_end(found), end)
        at += _AT_ONCE
    while at < end and data[at] != byte:
        at += 1
    return min(at, end)


@_part
def _find_quote(data: Any, at: Any, end: Any) -> Any:
    """Position of the quote that no backslash stands before, or the end."""
    while at < end:
        if at + _AT_ONCE <= len(data):
            found = _where(data, at, np.uint8(_QUOTE)) | _where(data, at, np.uint8(_BACKSLASH))
            if found == 0:
                at += _AT_ONCE
                continue
            at += _zeros_at_the_end(found)
            if at >= end:
                return end
        if data[at] == _QUOTE:
            return at
        at += 2 if data[at] == _BACKSLASH else 1
    return end


@_compiled
def line_bounds(data: Any, starts: Any, ends: Any) -> Any:
    """Begin and end of every line, carriage returns at the end left out; gives the number of lines.

    It is negative where ``starts`` and ``ends`` have no room for all of them.
    """
    count = at = 0
    while at < len(data):
        if count == len(starts):
            return -1
        end = _find(data, at, len(data), np.uint8(_LF))
        starts[count] = at
        at = end + 1
        while end > starts[count] and data[end - 1] == _CR:
            end -= 1
        ends[count] = end
        count += 1
    return count


@_part
def _begins(data: Any, at: Any, end: Any, text: Any, first: Any, last: Any, word: Any, mask: Any) -> bool:
    """Whether a literal stands somewhere; ``word`` holds its first eight bytes, ``mask`` which there are."""
    if at + last - first > end:
        return False
    if at + 8 <= len(data):
        if (_word(data, at) ^ word) & mask != 0:
            return False
        first, at = min(first + 8, last), at + 8
    for position in range(first, last):
        if data[at] != text[position]:
            return False
        at += 1
    return True


@_part
def _digits(data: Any, at: Any, count: Any) -> Any:
    """Value of so many digits; negative where one is none."""
    value = 0
    for position in range(at, at + count):
        digit = _I64(data[position]) - _ZERO
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@_part
def _fraction(data: Any, at: Any, end: Any) -> Any:
    """Microseconds of the digits of a fraction, and where they end: at most nine, the last three cut off."""
    value, count = 0, 0
    while at < end and count < 9 and _ZERO <= data[at] <= _NINE:
        if count < 6:
            value = value * 10 + _I64(data[at]) - _ZERO
        count += 1
        at += 1
    for _ in range(count, 6):
        value *= 10
    return value, at, count


@_part
def _days(year: Any, month: Any, day: Any) -> Any:
    """Days since the epoch (H. Hinnant, "chrono-compatible low-level date algorithms")."""
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


@_part
def _date(year: Any, month: Any, day: Any) -> Any:
    """Days since the epoch, or ``MISSING`` bits where there is no such day; years from 1 to 9998 only."""
    if year < 1 or year > 9998 or month < 1 or month > 12 or day < 1 or day > 31:
        return np.iinfo(np.int64).min
    days = _days(year, month, day)
    if day > 28 and days >= _days(year + (month == 12), month % 12 + 1, 1):
        return np.iinfo(np.int64).min
    return days


@_part
def _month(data: Any, at: Any) -> Any:
    """Number of a month by its English name as strftime writes it; 0 where there is none."""
    name = (_I64(data[at]) << 16) | (_I64(data[at + 1]) << 8) | _I64(data[at + 2])
    names = (
        (0x4A616E, 1), (0x466562, 2), (0x4D6172, 3), (0x417072, 4), (0x4D6179, 5), (0x4A756E, 6),
        (0x4A756C, 7), (0x417567, 8), (0x536570, 9), (0x4F6374, 10), (0x4E6F76, 11), (0x446563, 12),
    )  # fmt: skip
    for one in names:
        if one[0] == name:
            return one[1]
    return 0


@_part
def _seconds_of_day(data: Any, at: Any) -> Any:
    """Seconds of ``hh:mm:ss``; negative where it is none. Second 60 is the next minute's first."""
    hour, minute, second = _digits(data, at, 2), _digits(data, at + 3, 2), _digits(data, at + 6, 2)
    if data[at + 2] != _COLON or data[at + 5] != _COLON:
        return -1
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 60:
        return -1
    return hour * 3600 + minute * 60 + second


@_part
def _clf(data: Any, at: Any, memory: Any) -> Any:
    """Microseconds of ``10/Oct/2000:13:55:36 -0700``; whether it is one. All 26 bytes are there.

    ``memory`` holds the last date as it was read, two words, and its days: dates repeat.
    """
    first, second = _I64(_word(data, at)), _I64(_word(data, at + 3))
    if first == memory[0] and second == memory[1]:
        days = memory[2]
    else:
        if data[at + 2] != _SLASH or data[at + 6] != _SLASH:
            return 0, False
        days = _date(_digits(data, at + 7, 4), _month(data, at + 3), _digits(data, at, 2))
        if days == np.iinfo(np.int64).min:
            return 0, False
        memory[0], memory[1], memory[2] = first, second, days
    seconds = _seconds_of_day(data, at + 12)
    hours, minutes = _digits(data, at + 22, 2), _digits(data, at + 24, 2)
    sign = data[at + 21]
    if data[at + 11] != _COLON or data[at + 20] != _SPACE or seconds < 0:
        return 0, False
    if (sign != _PLUS and sign != _DASH) or hours < 0 or hours > 23 or minutes < 0 or minutes > 59:
        return 0, False
    offset = (hours * 60 + minutes) * 60
    return (days * 86400 + seconds - (-offset if sign == _DASH else offset)) * 1_000_000, True


@_part
def _iso8601(data: Any, at: Any, end: Any, is_utc: bool) -> Any:
    """Microseconds of ``2000-10-10T13:55:36.123-07:00`` and where it ends; the start where it is none.

    One without an offset is left to the slow way, which knows the time zone, unless it ``is_utc``.
    """
    if at + 19 + (not is_utc) > end or data[at + 4] != _DASH or data[at + 7] != _DASH:
        return 0, at
    if data[at + 10] != 84 and data[at + 10] != _SPACE:  # T
        return 0, at
    days = _date(_digits(data, at, 4), _digits(data, at + 5, 2), _digits(data, at + 8, 2))
    seconds = _seconds_of_day(data, at + 11)
    if days == np.iinfo(np.int64).min or seconds < 0:
        return 0, at
    micros, p = 0, at + 19
    if p < end and (data[p] == _DOT or data[p] == 44):  # a comma
        micros, p, count = _fraction(data, p + 1, end)
        if count == 0:
            return 0, at
    value = (days * 86400 + seconds) * 1_000_000 + micros
    if p < end and data[p] == 90:  # Z
        return value, p + 1
    if p + 5 > end or (data[p] != _PLUS and data[p] != _DASH):
        return value, (p if is_utc else at)
    colon = int(data[p + 3] == _COLON)
    if p + 5 + colon > end:
        return 0, at
    hours, minutes = _digits(data, p + 1, 2), _digits(data, p + 3 + colon, 2)
    if hours < 0 or hours > 23 or minutes < 0 or minutes > 59:
        return 0, at
    offset = (hours * 60 + minutes) * 60_000_000
    return value - (-offset if data[p] == _DASH else offset), p + 5 + colon


@_part
def _integer(data: Any, at: Any, end: Any, most: Any) -> Any:
    """Value of a number, where it ends, and whether it is one; ``-`` is none. Its start where none fits."""
    p = at + (at < end and data[at] == _DASH)
    value, digits = 0, p
    while p < end and _ZERO <= data[p] <= _NINE:
        value = value * 10 + _I64(data[p]) - _ZERO
        p += 1
        if p - digits > most:
            return 0, at, False
    if p == digits:
        return 0, p, False
    return (-value if digits > at else value), p, True


@_part
def _decimal(data: Any, at: Any, end: Any, most: Any) -> Any:
    """Like :func:`_integer`, for digits with a fraction of at most nine, together at most fifteen."""
    p = at + (at < end and data[at] == _DASH)
    value, digits = 0, p
    while p < end and _ZERO <= data[p] <= _NINE:
        value = value * 10 + _I64(data[p]) - _ZERO
        p += 1
        if p - digits > most:
            return 0.0, at, False
    if p == digits:
        return 0.0, p, False
    whole = p
    power = 1.0
    if p + 1 < end and data[p] == _DOT and _ZERO <= data[p + 1] <= _NINE:
        p += 1
        while p < end and _ZERO <= data[p] <= _NINE:
            value = value * 10 + _I64(data[p]) - _ZERO
            power *= 10.0
            p += 1
            if p - whole > 10:
                return 0.0, at, False
        if p - digits > 16:  # more than fifteen digits: only a decimal library would round them rightly
            return 0.0, at, False
    number = np.float64(value) / power
    return (-number if digits > at else number), p, True


@_inlined
def _turned(value: Any) -> Any:
    return (value << _U64(29)) | (value >> _U64(35))


@_inlined
def _tail(data: Any, at: Any, size: Any) -> Any:
    """The last bytes of a text, fewer than eight, as a word."""
    if size == 0:
        return _U64(0)
    if at + 8 <= len(data):
        return _word(data, at) & ((_U64(1) << _U64(8 * size)) - _U64(1))
    rest = _U64(0)
    for position in range(at + size - 1, at - 1, -1):
        rest = (rest << _U64(8)) | _U64(data[position])
    return rest


@_inlined
def _hash(data: Any, at: Any, size: Any, seed: Any) -> Any:
    """A number for a text; two halves, so that one multiplication need not wait for the other."""
    one, two = seed ^ _U64(size), seed
    end = at + size
    while at + 16 <= end:
        one = _turned((one ^ _word(data, at)) * _MIX)
        two = _turned((two ^ _word(data, at + 8)) * _MIX)
        at += 16
    if at + 8 <= end:
        one = _turned((one ^ _word(data, at)) * _MIX)
        at += 8
    two = _turned((two ^ _tail(data, at, end - at)) * _MIX)
    value = (one ^ _turned(two)) * _MIX
    return value ^ (value >> _U64(32))


@_inlined
def _same(data: Any, at: Any, size: Any, texts: Any, other: Any) -> bool:
    """Whether a text of the block and one of the distinct ones are the same."""
    done = 0
    if size < 8:
        while done < size and data[at + done] == texts[other + done]:
            done += 1
        return bool(done == size)
    while done + 16 <= size:
        first = _word(data, at + done) ^ _word(texts, other + done)
        if first | (_word(data, at + done + 8) ^ _word(texts, other + done + 8)) != 0:
            return False
        done += 16
    if done + 8 <= size and _word(data, at + done) != _word(texts, other + done):
        return False
    last = size - 8  # once more what was compared, and the few bytes behind it
    return bool(_word(data, at + last) == _word(texts, other + last))


@_inlined
def _keep(data: Any, at: Any, size: Any, texts: Any, to: Any, escape: Any) -> Any:
    """Copy a text to the distinct ones, and say what is in it: 1: bytes that are no ASCII; 2: escapes."""
    every, escapes = _U64(0), _U64(0)
    wanted = _U64(escape) * _ONES
    done = 0
    while done + 8 <= size:
        word = _word(data, at + done)
        _put_word(texts, to + done, word)
        every |= word
        escapes |= _zero_bytes(word ^ wanted)
        done += 8
    while done < size:
        byte = data[at + done]
        texts[to + done] = byte
        every |= _U64(byte)
        if byte == escape:
            escapes = _HIGHS
        done += 1
    return int((every & _HIGHS) != 0) | (2 * int(escapes != 0))


@_part
def _grow(table: Any, hashes: Any, count: Any, size: Any) -> None:
    """Fill a larger table, so that half of it stays free."""
    table[:size] = -1
    mask = size - 1
    for entry in range(count):
        slot = _I64(hashes[entry]) & mask
        while table[slot] >= 0:
            slot = (slot + 1) & mask
        table[slot] = entry


@_part
def _encode(
    data: Any,
    spans: Any,
    row_hashes: Any,
    rows: Any,
    escape: Any,
    table: Any,
    size: Any,
    hashes: Any,
    offsets: Any,
    texts: Any,
    marks: Any,
    count: Any,
    codes: Any,
    failed: Any,
) -> Any:
    """Number the distinct texts of one field; gives the size of the table and their number.

    Rows whose texts collide with too many others are ``failed``.
    """
    mask = size - 1
    for row in range(rows):
        at, length = _I64(spans[row, 0]), _I64(spans[row, 1])
        if length < 0:
            codes[row] = MISSING
            continue
        value = row_hashes[row]
        slot = _I64(value) & mask
        code = -1
        for _ in range(_PROBES):
            entry = _I64(table[slot])
            if entry < 0:
                to = _I64(offsets[count])
                marks[count] = _keep(data, at, length, texts, to, escape)
                offsets[count + 1] = to + length
                table[slot], hashes[count] = count, value
                code = count
                count += 1
                break
            start = _I64(offsets[entry])
            if _I64(offsets[entry + 1]) - start == length and _same(data, at, length, texts, start):
                code = entry
                break
            slot = (slot + 1) & mask
        codes[row] = code
        if code < 0:
            failed[row] = True
        if 2 * count > mask:
            size *= 2
            mask = size - 1
            _grow(table, hashes, count, size)
    return size, count


@_part
def _scan(
    data: Any,
    starts: Any,
    ends: Any,
    rows: Any,
    how: Any,
    what: Any,
    slot: Any,
    stop: Any,
    least: Any,
    digits: Any,
    may_be_empty: Any,
    literals: Any,
    literal_ends: Any,
    literal_words: Any,
    literal_masks: Any,
    optional_from: Any,
    seed: Any,
    spans: Any,
    hashes: Any,
    integers: Any,
    reals: Any,
    accepted: Any,
    done: Any,
    memory: Any,
) -> Any:
    """Find the fields of some lines; gives how many lines fit, ``done`` before included.

    Numbers and times go to their row of ``integers`` or ``reals``; of texts the place and a hash, counted
    from the first of these lines.
    """
    fields = len(how)
    first, last = np.empty(fields, np.int64), np.empty(fields, np.int64)
    number, real = np.zeros(fields, np.int64), np.zeros(fields, np.float64)
    none = np.iinfo(np.int64).min
    since = done
    for row in rows:
        at, end = starts[row], ends[row]
        good = at < end and data[at] > _SPACE
        present = fields
        for field in range(fields):
            if not good:
                break
            before = 0 if field == 0 else literal_ends[field - 1]
            if field >= optional_from and at == end and literal_ends[field] > before:
                present = field
                break
            good = _begins(
                data,
                at,
                end,
                literals,
                before,
                literal_ends[field],
                literal_words[field],
                literal_masks[field],
            )
            if not good:
                break
            at += literal_ends[field] - before
            begin, kind = at, how[field]
            if kind == _TO_STOP:
                at = _find(data, at, end, stop[field])
                good = at - begin >= least[field]
            elif kind == _IN_QUOTES:
                at = _find_quote(data, at, end)
                good = at < end
            elif kind == _QUOTED:
                if at < end and data[at] == _QUOTE:
                    at = (
                        _find_quote(data, at + 1, end)
                        if digits[field]
                        else _find(data, at + 1, end, np.uint8(_QUOTE))
                    )
                    good = at < end
                    at += 1
                else:
                    good = at < end and data[at] == _DASH
                    at += 1
            elif kind in (_INTEGER, _NATURAL):
                while least[field] and at < end and data[at] == _SPACE:
                    at += 1
                number[field], at, found = _integer(data, at, end, digits[field])
                good = found or (at > begin or may_be_empty[field])
                real[field] = np.float64(number[field]) if found else np.nan
                if not found:
                    number[field] = none
                    good = good and not (begin < end and data[begin] == _SPACE)
                elif kind == _NATURAL and data[begin] == _DASH:
                    good = False
            elif kind == _STATUS:
                number[field] = none
                if at + 3 <= end and _digits(data, at, 3) >= 0:
                    number[field] = _digits(data, at, 3)
                    if number[field] == 0:  # nginx and Squid: there was no response
                        number[field] = none
                    at += 3
                else:
                    good = at < end and data[at] == _DASH
                    at += 1
            elif kind == _DECIMAL:
                real[field], at, found = _decimal(data, at, end, digits[field])
                good = found or (at > begin or may_be_empty[field])
                if not found:
                    real[field] = np.nan
            elif kind in (_CLF, _CLF_BRACKETED):
                bracket = int(kind == _CLF_BRACKETED)
                good = at + 26 + 2 * bracket <= end and (
                    not bracket or (data[at] == _OPEN and data[at + 27] == _CLOSE)
                )
                if good:
                    number[field], good = _clf(data, at + bracket, memory)
                at += 26 + 2 * bracket
            elif kind == _ISO8601:
                number[field], at = _iso8601(data, at, end, least[field] > 0)
                good = at > begin
            elif kind == _EPOCH:
                value, at, found = _integer(data, at, end, digits[field])
                micros, count = 0, 1
                if found and at < end and data[at] == _DOT:
                    micros, at, count = _fraction(data, at + 1, end)
                good = found and count > 0 and data[begin] != _DASH
                number[field] = value * 1_000_000 + micros
            elif kind == _DATE:
                good = at + 10 <= end and data[at + 4] == _DASH and data[at + 7] == _DASH
                if good:
                    value = _date(_digits(data, at, 4), _digits(data, at + 5, 2), _digits(data, at + 8, 2))
                    number[field], good = value * 86_400_000_000, value != none
                at += 10
            elif kind == _TIME_OF_DAY:
                value = _seconds_of_day(data, at) if at + 8 <= end else -1
                at += 8
                micros, count = 0, 1
                if value >= 0 and at < end and data[at] == _DOT:
                    micros, at, count = _fraction(data, at + 1, end)
                number[field], good = value * 1_000_000 + micros, value >= 0 and count > 0
            first[field], last[field] = begin, at
        if good and present == fields:
            before = literal_ends[fields - 1]
            good = at + literal_ends[fields] - before == end and _begins(
                data,
                at,
                end,
                literals,
                before,
                literal_ends[fields],
                literal_words[fields],
                literal_masks[fields],
            )
        if not good:
            continue
        for field in range(fields):
            into, becomes = slot[field], what[field]
            if becomes == _TEXT:
                size = last[field] - first[field] if field < present else -1
                spans[into, done - since, 0], spans[into, done - since, 1] = first[field], size
                if size >= 0:
                    hashes[into, done - since] = _hash(data, first[field], size, seed)
            elif becomes == _REAL:
                reals[into, done] = real[field] if field < present else np.nan
            elif becomes != _NOTHING:
                integers[into, done] = number[field] if field < present else none
        accepted[done] = row
        done += 1
    return done


@_compiled
def tokenize(
    data: Any,
    starts: Any,
    ends: Any,
    rows: Any,
    how: Any,
    what: Any,
    slot: Any,
    stop: Any,
    least: Any,
    digits: Any,
    may_be_empty: Any,
    literals: Any,
    literal_ends: Any,
    literal_words: Any,
    literal_masks: Any,
    optional_from: Any,
    seed: Any,
    escape: Any,
    spans: Any,
    row_hashes: Any,
    tables: Any,
    sizes: Any,
    hashes: Any,
    offsets: Any,
    texts: Any,
    marks: Any,
    counts: Any,
    codes: Any,
    integers: Any,
    reals: Any,
    accepted: Any,
    failed: Any,
) -> Any:
    """Read lines by a program (:class:`logattr.reading.program.Program`); gives how many were read.

    ``rows`` are the lines to read, ``slot`` says per field which row of ``codes``, ``integers`` or
    ``reals`` it fills. ``accepted`` gets the lines that were read. Per row of ``codes``, ``texts``
    holds the ``counts`` distinct texts one behind the other, ``offsets`` where each begins, ``marks``
    what is in it (:func:`_keep`), and ``hashes``, ``tables`` and their ``sizes`` find it again. Of a field
    that a line does not have the code is ``MISSING``, the number the least one, and the real one not
    a number. ``spans`` and ``row_hashes`` are room for as many lines as are read together: first all of
    their fields are found, then one field after the other is encoded, so that what an encoding needs
    stays in the processor's cache.
    """
    memory = np.zeros(3, np.int64)
    together = spans.shape[1]
    done = 0
    for begin in range(0, len(rows), together):
        before = done
        done = _scan(
            data, starts, ends, rows[begin : begin + together], how, what, slot, stop, least, digits,
            may_be_empty, literals, literal_ends, literal_words, literal_masks, optional_from, seed,
            spans, row_hashes, integers, reals, accepted, done, memory,
        )  # fmt: skip
        for into in range(len(counts)):
            sizes[into], counts[into] = _encode(
                data, spans[into], row_hashes[into], done - before, escape, tables[into], sizes[into],
                hashes[into], offsets[into], texts[into], marks[into], counts[into],
                codes[into, before:done], failed[before:done],
            )  # fmt: skip
    return done


@_compiled
def encode_spans(
    data: Any,
    spans: Any,
    seed: Any,
    escape: Any,
    row_hashes: Any,
    table: Any,
    size: Any,
    hashes: Any,
    offsets: Any,
    texts: Any,
    marks: Any,
    codes: Any,
    failed: Any,
    changed: Any,
    changed_codes: Any,
) -> Any:
    """Number the distinct texts at some places, as :func:`tokenize` does; gives how many there are.

    ``changed`` and ``changed_codes`` are room for the rows whose text is another than that of the row before:
    many columns hardly change.
    """
    count = rows = 0
    for row in range(len(spans)):
        at, length = _I64(spans[row, 0]), _I64(spans[row, 1])
        same = row > 0 and length == spans[row - 1, 1]
        if same and (length < 0 or _same(data, at, length, data, _I64(spans[row - 1, 0]))):
            codes[row] = rows - 1
            continue
        changed[rows, 0], changed[rows, 1] = at, length
        if length >= 0:
            row_hashes[rows] = _hash(data, at, length, seed)
        codes[row] = rows
        rows += 1
    _, count = _encode(
        data, changed, row_hashes, rows, escape, table, size, hashes, offsets, texts, marks, count,
        changed_codes, failed,
    )  # fmt: skip
    for row in range(len(spans)):
        codes[row] = changed_codes[codes[row]]
    return count


@_compiled
def gather(data: Any, spans: Any, out: Any, offsets: Any) -> None:
    """Copy texts one behind the other; a span of negative length becomes empty."""
    to = _I64(0)
    offsets[0] = 0
    for index in range(len(spans)):
        at, size = _I64(spans[index, 0]), max(_I64(spans[index, 1]), 0)
        done = 0
        while done + 8 <= size:
            _put_word(out, to + done, _word(data, at + done))
            done += 8
        if done < size and size >= 8:  # the last eight bytes, some of them once more
            _put_word(out, to + size - 8, _word(data, at + size - 8))
            done = size
        while done < size:
            out[to + done] = data[at + done]
            done += 1
        to += size
        offsets[index + 1] = to


@_part
def _is_ipv4(data: Any, at: Any, end: Any) -> Any:
    """Whether a text is four decimal numbers up to 255 without leading zeros."""
    good = 7 <= end - at <= 15
    for part in range(4):
        begin, value = at, 0
        while at < end and at - begin < 4 and _ZERO <= data[at] <= _NINE:
            value = value * 10 + _I64(data[at]) - _ZERO
            at += 1
        size = at - begin
        good = good and 1 <= size <= 3 and value <= 255 and (size == 1 or data[begin] != _ZERO)
        if part < 3:
            good = good and at < end and data[at] == _DOT
            at += 1
    return good and at == end


@_part
def _group(data: Any, at: Any, end: Any) -> Any:
    """Value of a group of an IPv6 address (RFC 5952, 4.1 and 4.3), negative if it is none, and its end."""
    begin, value = at, 0
    while at < end and at - begin < 5:
        byte = _I64(data[at])
        if _ZERO <= byte <= _NINE:
            value = value * 16 + byte - _ZERO
        elif 97 <= byte <= 102:  # a to f
            value = value * 16 + byte - 87
        else:
            break
        at += 1
    size = at - begin
    return (value if 1 <= size <= 4 and (size == 1 or data[begin] != _ZERO) else -1), at


@_part
def _is_ipv6(data: Any, at: Any, end: Any) -> Any:
    """Whether a text is an IPv6 address as RFC 5952 writes it, without an IPv4 address in it.

    Two colons stand for the longest run of groups that are zero, of two at least, and for the first of those
    that are as long.
    """
    groups, zeros, longest_before, longest_behind = 0, 0, 0, 0
    cut = -1  # groups before the two colons
    while at < end:
        if data[at] == _COLON and at + 1 < end and data[at + 1] == _COLON and cut < 0:
            cut, zeros = groups, 0
            longest_before, longest_behind = longest_behind, 0
            at += 2
            continue
        if groups != 0 and groups != cut:
            if data[at] != _COLON:
                return False
            at += 1
        value, behind = _group(data, at, end)
        if value < 0 or groups == 8:
            return False
        if cut == 0 and groups == 0 and value == 0xFFFF and behind < end:
            return False  # perhaps mapped: that is an IPv4 address, spelled otherwise
        zeros = zeros + 1 if value == 0 else 0
        longest_behind = max(longest_behind, zeros)
        if value == 0 and cut >= 0 and groups == cut:
            return False
        groups += 1
        at = behind
        if value == 0 and at + 1 < end and data[at] == _COLON and data[at + 1] == _COLON:
            return False
    if cut < 0:
        return groups == 8 and longest_behind < 2
    left_out = 8 - groups
    return left_out >= 2 and longest_before < left_out and longest_behind <= left_out


@_compiled
def mark_addresses(data: Any, offsets: Any, found: Any) -> None:
    """Mark the texts that are IPv4 or IPv6 addresses in their canonical form."""
    for index in range(len(found)):
        at, end = _I64(offsets[index]), _I64(offsets[index + 1])
        found[index] = _is_ipv4(data, at, end) or (at < end <= at + 39 and _is_ipv6(data, at, end))


@_inlined
def _lists(data: Any, at: Any, end: Any) -> bool:
    """Whether a query is that of a listing, as ``requests.LISTING_QUERY`` says."""
    while at < end:
        behind = _find(data, at, end, np.uint8(_AMPERSAND))
        for name in range(len(_LISTING_ENDS) - 1):
            size = _LISTING_ENDS[name + 1] - _LISTING_ENDS[name]
            if at + size <= behind and (at + size == behind or data[at + size] == _EQUALS):
                same = True
                for position in range(size):
                    same = same and data[at + position] == _LISTING[_LISTING_ENDS[name] + position]
                if same:
                    return True
        at = behind + 1
    return False


@_compiled
def split_requests(data: Any, offsets: Any, spans: Any, odd: Any, listing: Any) -> None:
    """Method, target, path, query and protocol of request lines, as ``reading.requests`` takes them apart.

    ``data`` and ``offsets`` hold the lines one behind the other; ``spans[part, index]`` gets begin and
    length of each part, the length negative where it is null. Lines that are not the usual kind (method
    in capitals, target that begins with a slash, protocol ``HTTP/d`` or ``HTTP/d.d``) are ``odd``.
    ``listing`` says whether path or query are those of a listing.
    """
    for index in range(len(odd)):
        start, end = _I64(offsets[index]), _I64(offsets[index + 1])
        odd[index] = True
        at = start
        while at < end and 65 <= data[at] <= 90:  # A to Z
            at += 1
        if at == start or at + 2 >= end or data[at] != _SPACE or data[at + 1] != _SLASH:
            continue
        size = 6 if data[end - 2] == _SLASH else 8  # HTTP/2, HTTP/1.1
        last = end - size
        if last - 1 <= at + 1 or data[last - 1] != _SPACE:
            continue
        if at - start == 7 and data[start] == 67 and data[start + 1] == 79:  # CONNECT names no path
            continue
        if data[last] != 72 or data[last + 1] != 84 or data[last + 2] != 84 or data[last + 3] != 80:  # HTTP
            continue
        if data[last + 4] != _SLASH or not _ZERO <= data[last + 5] <= _NINE:
            continue
        if size == 8 and (data[last + 6] != _DOT or not _ZERO <= data[last + 7] <= _NINE):
            continue
        odd[index] = False
        target = at + 1
        mark = _find(data, target, last - 1, np.uint8(_MARK))
        spans[0, index, 0], spans[0, index, 1] = start, at - start
        spans[1, index, 0], spans[1, index, 1] = target, last - 1 - target
        spans[2, index, 0], spans[2, index, 1] = target, mark - target
        spans[3, index, 0], spans[3, index, 1] = mark + 1, last - 2 - mark
        spans[4, index, 0], spans[4, index, 1] = last, size
        listing[index] = data[mark - 1] == _SLASH or _lists(data, mark + 1, last - 1)
        if mark == last - 1:
            spans[3, index, 0], spans[3, index, 1] = start, -1


@_part
def _bracketed_end(data: Any, at: Any, end: Any) -> Any:
    """Position behind an IPv6 address in brackets, which is no JSON; its start where there is none."""
    if at == end or data[at] != _OPEN:
        return at
    p, colons = at + 1, 0
    while p < end and (_ZERO <= data[p] <= _NINE or 97 <= data[p] | 32 <= 102 or data[p] in (_COLON, _DOT)):
        colons += data[p] == _COLON
        p += 1
    return p + 1 if p < end and data[p] == _CLOSE and colons > 0 else at


@_compiled
def unquote(data: Any, offsets: Any, spans: Any, odd: Any) -> Any:
    """Texts of JSON values: strings without escapes, alone or in a list, and plain numbers; others are odd.

    What :func:`take_ports_off` leaves is taken as it is. The length of an empty text and of a dash becomes
    negative: they say that there is nothing. Gives whether all are strings: then no two different values have
    one text.
    """
    strings = True
    for index in range(len(odd)):
        at, end = _I64(offsets[index]), _I64(offsets[index + 1])
        in_list = end - at >= 4 and data[at] == _OPEN and data[at + 1] == _QUOTE and data[end - 1] == _CLOSE
        strings = strings and at < end and data[at] == _QUOTE
        if in_list:
            at, end = at + 1, end - 1
        good = at < end
        if good and data[at] == _QUOTE:
            at, end = at + 1, end - 1
            # The first quote or backslash has to be the quote at the end.
            good = _find_quote(data, at, end + 1) == end and _find(data, at, end, np.uint8(_BACKSLASH)) == end
            good = good and not (in_list and at == end)
        elif not in_list and good and _bracketed_end(data, at, end) == end:
            pass
        else:
            for position in range(at, end):
                byte = data[position]
                good = good and (_ZERO <= byte <= _NINE or byte in (_DOT, _DASH))
        odd[index] = not good
        spans[index, 0], spans[index, 1] = at, -1 if not good or _is_nothing(data, at, end) else end - at
    return strings


@_part
def _inside(data: Any, at: Any, size: Any) -> Any:
    """Begin and end of a JSON value, without quotes."""
    quoted = int(size > 1 and data[at] == _QUOTE)
    return at + quoted, at + size - quoted


@_part
def _is_nothing(data: Any, at: Any, end: Any) -> Any:
    return at == end or (at + 1 == end and data[at] == _DASH)


@_compiled
def read_integers(data: Any, spans: Any, is_status: bool, out: Any) -> bool:
    """Whole numbers at some places, in quotes or not; gives whether all are plain ones or nothing.

    Nothing is a negative length, an empty text or a dash, and of statuses 0: it becomes the least number.
    """
    none = np.iinfo(np.int64).min
    for row in range(len(spans)):
        out[row] = none
        if spans[row, 1] < 0:
            continue
        at, end = _inside(data, _I64(spans[row, 0]), _I64(spans[row, 1]))
        if _is_nothing(data, at, end):
            continue
        if is_status and (end - at > 3 or data[at] == _DASH):
            return False
        value, behind, found = _integer(data, at, end, 18)
        if not found or behind != end:
            return False
        if value != 0 or not is_status:
            out[row] = value
    return True


@_compiled
def read_reals(data: Any, spans: Any, out: Any) -> bool:
    """The same of numbers that may have a fraction; what is nothing becomes no number."""
    for row in range(len(spans)):
        out[row] = np.nan
        if spans[row, 1] < 0:
            continue
        at, end = _inside(data, _I64(spans[row, 0]), _I64(spans[row, 1]))
        if _is_nothing(data, at, end):
            continue
        value, behind, found = _decimal(data, at, end, 15)
        if not found or behind != end:
            return False
        out[row] = value
    return True


@_part
def _epoch(data: Any, at: Any, end: Any) -> Any:
    """Microseconds of a number of seconds, milliseconds, microseconds or nanoseconds, by its digits.

    Also where it ends: its start where it is none.
    """
    value, p, found = _integer(data, at, end, 18)
    if not found or data[at] == _DASH:
        return 0, at
    digits, micros, count = p - at, 0, 1
    if p + 1 < end and data[p] == _DOT:
        micros, p, count = _fraction(data, p + 1, end)
        if count == 0:
            return 0, at
    if digits <= 11:
        return value * 1_000_000 + micros, p
    if digits <= 14:
        return value * 1000 + micros // 1000, p
    return (value if digits <= 17 else value // 1000), p


@_compiled
def read_times(data: Any, spans: Any, is_utc: bool, out: Any) -> bool:
    """Times at some places as microseconds since the epoch; gives whether all are plain ones.

    These are ISO 8601 and CLF with their offsets, and numbers. ``is_utc`` says that one without is in UTC.
    """
    memory = np.zeros(3, np.int64)
    for row in range(len(spans)):
        if spans[row, 1] < 0:
            return False
        at, end = _inside(data, _I64(spans[row, 0]), _I64(spans[row, 1]))
        if end - at >= 19 and data[at + 4] == _DASH:
            out[row], behind = _iso8601(data, at, end, is_utc)
        elif end - at == 26:
            out[row], good = _clf(data, at, memory)
            behind = end if good else at
        else:
            out[row], behind = _epoch(data, at, end)
        if behind != end or behind == at:
            return False
    return True


@_compiled
def take_ports_off(data: Any, spans: Any) -> None:
    """IPv4, and IPv6 in brackets, in quotes with a port behind become addresses without quotes and port."""
    for row in range(len(spans)):
        if spans[row, 1] < 2:
            continue
        at, end = _I64(spans[row, 0]) + 1, _I64(spans[row, 0]) + _I64(spans[row, 1]) - 1
        p = _bracketed_end(data, at, end)
        least = 1
        if p == at:
            least = 0
            while p < end and (data[p] == _DOT or _ZERO <= data[p] <= _NINE):
                p += 1
        if p in (at, end) or data[p] != _COLON or data[at - 1] != _QUOTE:
            continue
        behind = p + 1
        while behind < end and _ZERO <= data[behind] <= _NINE:
            behind += 1
        if behind == end and behind - p > least:
            spans[row, 0], spans[row, 1] = at, p - at
