"""Where the wanted values stand in JSON records: one compiled walk over each line.

It is strict (RFC 8259): a line with anything in it that JSON does not know, or that might be meant in
another way, is left to :mod:`logattr.reading.jsonlines`. So is one with a wanted key that comes twice, with
a key that has escapes or bytes beyond ASCII, with a very long number, or nested deeper than usual. The one
thing let through is bytes in the text of a string that are no UTF-8, as everywhere here.

Most lines differ from the one before in their values only. So what stands between the values of a record is
kept, and the next lines are compared with that first, which takes a third of the time of the walk; half of
that where the values that have been the same in all lines are compared together with what stands around them.

It shares no compiled function with :mod:`logattr.reading.kernel`, because numba compiles anew only when the
file of a function itself has changed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from logattr.reading.kernel import _compiled, _part, _word, _zeros_at_the_end

__all__ = ["LONGEST_KEY", "scan_records"]

LONGEST_KEY = 63  # of a wanted key; longer ones are skipped like any other
_DEEPEST = 64
_LONGEST_NUMBER = 40

_I64: Any = np.int64
_U64: Any = np.uint64
_ONES = _U64(0x0101_0101_0101_0101)
_HIGHS = _U64(0x8080_8080_8080_8080)
_QUOTES, _BACKSLASHES, _BLANKS = _U64(34) * _ONES, _U64(92) * _ONES, _U64(32) * _ONES
_ZEROS, _TO_HIGHS = _U64(48) * _ONES, _U64(118) * _ONES  # from 10 on, 118 more set the high bit
_TAB, _CR, _SPACE, _QUOTE, _BACKSLASH, _COLON, _COMMA = 9, 13, 32, 34, 92, 58, 44
_OPEN_OBJECT, _CLOSE_OBJECT, _OPEN_LIST, _CLOSE_LIST = 123, 125, 91, 93
_MINUS, _PLUS, _DOT, _ZERO, _NINE = 45, 43, 46, 48, 57
# What may stand where the walk is.
_MOST_VALUES = 256  # of a record that is kept
# How often the kept record may differ before it is dropped; and after how many lines another one is kept.
_PATIENCE, _PAUSE = 8, 32
_KEY_OR_END, _KEY, _VALUE, _VALUE_OR_END, _BEHIND = 0, 1, 2, 3, 4


@_part
def _special(word: Any) -> Any:
    """The high bit of the first quote, backslash or control character, and perhaps some beyond it."""
    quotes, backslashes = word ^ _QUOTES, word ^ _BACKSLASHES
    found = ((quotes - _ONES) & ~quotes) | ((backslashes - _ONES) & ~backslashes) | ((word - _BLANKS) & ~word)
    return found & _HIGHS


@_part
def _is_hex(byte: Any) -> bool:
    return bool(_ZERO <= byte <= _NINE or 97 <= byte | 32 <= 102)


@_part
def _string_end(data: Any, at: Any, end: Any) -> Any:
    """Position of the quote that ends a string; -1 where JSON does not know what stands there."""
    while at < end:
        if at + 8 <= len(data):
            found = _special(_word(data, at))
            if found == 0:
                at += 8
                continue
            at += _zeros_at_the_end(found) >> 3
            if at >= end:
                return -1
        byte = data[at]
        if byte == _QUOTE:
            return at
        if byte < _SPACE:
            return -1
        if byte != _BACKSLASH:
            at += 1
            continue
        follows = data[at + 1] if at + 1 < end else np.uint8(0)
        if follows == 117:  # u
            if at + 6 > end:
                return -1
            for position in range(at + 2, at + 6):
                if not _is_hex(data[position]):
                    return -1
            at += 6
        elif follows in (_QUOTE, _BACKSLASH, 47, 98, 102, 110, 114, 116):  # / b f n r t
            at += 2
        else:
            return -1
    return -1


@_part
def _key_end(data: Any, at: Any, end: Any) -> Any:
    """Position of the quote that ends a key of plain ASCII; -1 where it is none."""
    while at < end:
        if at + 8 <= len(data):
            word = _word(data, at)
            found = _special(word) | (word & _HIGHS)
            if found == 0:
                at += 8
                continue
            at += _zeros_at_the_end(found) >> 3
            if at >= end:
                return -1
        byte = data[at]
        if byte == _QUOTE:
            return at
        if byte < _SPACE or byte >= 128 or byte == _BACKSLASH:
            return -1
        at += 1
    return -1


@_part
def _behind_digits(data: Any, at: Any, end: Any) -> Any:
    while at < end and at + 8 <= len(data):
        digits = _word(data, at) ^ _ZEROS
        found = ((digits + _TO_HIGHS) | digits) & _HIGHS  # of the first that is none, and perhaps of others
        if found != 0:
            return min(at + (_zeros_at_the_end(found) >> 3), end)
        at += 8
    while at < end and _ZERO <= data[at] <= _NINE:
        at += 1
    return min(at, end)


@_part
def _number_end(data: Any, at: Any, end: Any) -> Any:
    """Position behind a number; -1 where it is none."""
    begin = at
    if data[at] == _MINUS:
        at += 1
    whole = at
    at = _behind_digits(data, at, end)
    if at == whole or (data[whole] == _ZERO and at > whole + 1):
        return -1
    if at < end and data[at] == _DOT:
        whole = at + 1
        at = _behind_digits(data, whole, end)
        if at == whole:
            return -1
    if at < end and data[at] | 32 == 101:  # e
        at += 1
        if at < end and (data[at] == _PLUS or data[at] == _MINUS):
            at += 1
        whole = at
        at = _behind_digits(data, whole, end)
        if at == whole:
            return -1
    return at if at - begin <= _LONGEST_NUMBER else -1


@_part
def _word_end(data: Any, at: Any, end: Any) -> Any:
    """Position behind ``true``, ``false`` or ``null``; -1 where it is none of them."""
    if at + 4 > end:
        return -1
    one, two, three, four = data[at], data[at + 1], data[at + 2], data[at + 3]
    if one == 116 and two == 114 and three == 117 and four == 101:
        return at + 4
    if one == 110 and two == 117 and three == 108 and four == 108:
        return at + 4
    if one == 102 and two == 97 and three == 108 and four == 115 and at + 5 <= end and data[at + 4] == 101:
        return at + 5
    return -1


@_part
def _entry(data: Any, at: Any, size: Any, node: Any, firsts: Any, words: Any, masks: Any, keys: Any) -> Any:
    """Number of a wanted key; -1 for any other. Keys of one object and one size stand together."""
    if size > LONGEST_KEY:
        return -1
    first = _U64(0)
    if at + 8 <= len(data):
        first = _word(data, at)
    else:
        for position in range(min(at + 8, len(data)) - 1, at - 1, -1):
            first = (first << _U64(8)) | _U64(data[position])
    for entry in range(firsts[node, size], firsts[node, size + 1]):
        if (first ^ words[entry]) & masks[entry] != 0:
            continue
        same = True
        for position in range(8, size):
            same = same and data[at + position] == keys[entry, position]
        if same:
            return entry
    return -1


@_part
def _same(data: Any, at: Any, other: Any, size: Any) -> bool:
    """Whether the same bytes stand at two places."""
    done = 0
    while done + 32 <= size:
        differs = (_word(data, at + done) ^ _word(data, other + done)) | (
            _word(data, at + done + 8) ^ _word(data, other + done + 8)
        )
        differs |= (_word(data, at + done + 16) ^ _word(data, other + done + 16)) | (
            _word(data, at + done + 24) ^ _word(data, other + done + 24)
        )
        if differs != 0:
            return False
        done += 32
    last = size - 8
    while done < last:
        if _word(data, at + done) != _word(data, other + done):
            return False
        done += 8
    if last >= 0:
        return bool(_word(data, at + last) == _word(data, other + last))
    same = True
    for position in range(size):
        same = same and data[at + position] == data[other + position]
    return bool(same)


@_part
def _follow(data: Any, at: Any, end: Any, count: Any, begins: Any, sizes: Any, found: Any) -> bool:
    """Whether a line has the bytes of the kept record between its values; ``found`` gets where they stand."""
    for piece in range(count + 1):
        size = sizes[piece]
        if at + size > end or not _same(data, at, begins[piece], size):
            return False
        found[piece] = at
        at += size
        if piece == count:
            break
        if data[at - 1] == _QUOTE:
            at = _string_end(data, at, end)
        else:
            at = _number_end(data, at, end) if at < end else -1
        if at < 0:
            return False
    return bool(at == end)


@_part
def _keep(values: Any, count: Any, varies: Any, start: Any, end: Any, begins: Any, sizes: Any) -> Any:
    """The bytes between the values that vary of a record, quotes included; gives how many these are."""
    at = start
    pieces = 0
    for value in range(count):
        if varies[value]:
            begins[pieces], sizes[pieces] = at, values[value, 0] - at
            at = values[value, 1]
            pieces += 1
    begins[pieces], sizes[pieces] = at, end - at
    return pieces


@_part
def _piece(begins: Any, count: Any, at: Any) -> Any:
    """The last of the pieces that begins at or before a place."""
    piece = count
    while begins[piece] > at:
        piece -= 1
    return piece


@_part
def _want(places: Any, used: Any, constant: Any, begins: Any, pieces: Any, wanted: Any) -> Any:
    """Values of the kept record, but constant ones, by what stands before and behind; gives how many."""
    wants = 0
    for slot in range(used):
        if constant[slot]:
            continue
        wanted[wants, 0], wanted[wants, 1] = slot, -1
        begin, size = places[slot, 0], places[slot, 1]
        if size >= 0:
            wanted[wants, 1] = _piece(begins, pieces, begin)
            wanted[wants, 2] = begin - begins[wanted[wants, 1]]
            wanted[wants, 3] = _piece(begins, pieces, begin + size)
            wanted[wants, 4] = begin + size - begins[wanted[wants, 3]]
        wants += 1
    return wants


@_part
def _take(spans: Any, row: Any, found: Any, wants: Any, wanted: Any) -> None:
    """Set the wanted values of a line that has the bytes of the kept record between its values."""
    for want in range(wants):
        slot = wanted[want, 0]
        if wanted[want, 1] < 0:
            spans[slot, row, 1] = -1
            continue
        begin = found[wanted[want, 1]] + wanted[want, 2]
        spans[slot, row, 0] = begin
        spans[slot, row, 1] = found[wanted[want, 3]] + wanted[want, 4] - begin


@_part
def _note_changes(data: Any, spans: Any, row: Any, used: Any, constant: Any) -> bool:
    """Whether a record has other values than all before it, which may not have been set; then they are."""
    changed = False
    for slot in range(used):
        begin, size = _I64(spans[slot, 0, 0]), _I64(spans[slot, 0, 1])
        if not constant[slot] or (
            size == spans[slot, row, 1] and (size < 0 or _same(data, _I64(spans[slot, row, 0]), begin, size))
        ):
            continue
        constant[slot] = False
        changed = True
        for before in range(1, row):
            spans[slot, before, 0], spans[slot, before, 1] = begin, size
    return changed


@_compiled
def scan_records(
    data: Any,
    starts: Any,
    ends: Any,
    rows: Any,
    firsts: Any,
    words: Any,
    masks: Any,
    keys: Any,
    leaves: Any,
    inners: Any,
    watches: Any,
    slots: Any,
    spans: Any,
    watched: Any,
    accepted: Any,
    constant: Any,
) -> Any:
    """Find the wanted values of some lines; gives how many lines were records.

    ``firsts``, ``words``, ``masks`` and ``keys`` are the wanted keys, see
    :class:`logattr.reading.jsonprogram.Program`: ``leaves`` says which value a key has, ``inners`` which
    object, ``watches`` the bit of ``watched`` that shows that a record has it. ``accepted`` gets the lines.
    A value gets its row of ``spans`` (begin and length; negative where it is not there or null), which
    ``slots`` names, when a record first has it: most of the wanted ones occur nowhere. ``constant`` says of
    each row whether all values are the same: then only the first one is set.
    """
    nodes, lists = np.empty(_DEEPEST, np.int64), np.empty(_DEEPEST, np.bool_)
    owners, begins = np.empty(_DEEPEST, np.int64), np.empty(_DEEPEST, np.int64)
    stamps = np.empty(len(words), np.int64)
    # Loops, not slices: numba takes seconds to compile the latter.
    for entry in range(len(stamps)):
        stamps[entry] = -1
    values, kept_values = np.empty((_MOST_VALUES, 2), np.int64), np.empty((_MOST_VALUES, 2), np.int64)
    # The kept record: what stands between its values, and its wanted values by what stands before and behind.
    every, varies = np.empty(_MOST_VALUES, np.bool_), np.empty(_MOST_VALUES, np.bool_)
    piece_begins, piece_sizes = np.empty(_MOST_VALUES + 1, np.int64), np.empty(_MOST_VALUES + 1, np.int64)
    found, wanted = np.empty(_MOST_VALUES + 1, np.int64), np.empty((len(slots), 5), np.int64)
    places, none = np.empty((len(slots), 2), np.int64), np.zeros(len(slots), np.bool_)
    # The same with the values that never varied as a part of what stands between the others.
    long_begins, long_sizes = np.empty(_MOST_VALUES + 1, np.int64), np.empty(_MOST_VALUES + 1, np.int64)
    long_wanted = np.empty((len(slots), 5), np.int64)
    for value in range(_MOST_VALUES):
        every[value] = True
    for slot in range(len(constant)):
        constant[slot] = True
    pieces = long_pieces = wants = long_wants = kept = kept_at = kept_end = 0
    trust = -_PAUSE
    done = used = 0
    for row in rows:
        at, end = starts[row], ends[row]
        if at == end or data[at] != _OPEN_OBJECT:
            continue
        if trust > 0:
            follows = _follow(data, at, end, long_pieces, long_begins, long_sizes, found)
            if follows:
                _take(spans, done, found, long_wants, long_wanted)
            elif _follow(data, at, end, pieces, piece_begins, piece_sizes, found):
                follows = True
                for slot in range(used):
                    spans[slot, done, 1] = -1
                _take(spans, done, found, wants, wanted)
                for value in range(pieces):
                    begin = found[value] + piece_sizes[value]
                    size = found[value + 1] - begin
                    same = size == kept_values[value, 1] - kept_values[value, 0]
                    if not (same and _same(data, begin, kept_values[value, 0], size)):
                        varies[value] = True
                _note_changes(data, spans, done, used, constant)
                long_pieces = _keep(kept_values, pieces, varies, kept_at, kept_end, long_begins, long_sizes)
                long_wants = _want(places, used, constant, long_begins, long_pieces, long_wanted)
            if follows:
                for bits in range(watched.shape[1]):
                    watched[done, bits] = watched[kept, bits]
                accepted[done] = row
                done += 1
                trust = _PATIENCE
                continue
            trust -= 1
        for slot in range(used):
            spans[slot, done, 1] = -1
        for bits in range(watched.shape[1]):
            watched[done, bits] = 0
        count = 0
        depth, entry, state = 0, -1, _KEY_OR_END
        nodes[0], lists[0], owners[0] = 0, False, -1
        at += 1
        good = True
        while True:
            while at < end and (data[at] == _SPACE or data[at] == _TAB or data[at] == _CR):
                at += 1
            if at >= end or depth < 0:
                break
            byte = data[at]
            begin, leaf = at, -1
            if state == _BEHIND and byte == _COMMA:
                at += 1
                state = _VALUE if lists[depth] else _KEY
                entry = -1
                continue
            if byte in (_CLOSE_OBJECT, _CLOSE_LIST):
                may_end = state in (_BEHIND, _KEY_OR_END, _VALUE_OR_END)
                if not may_end or lists[depth] != (byte == _CLOSE_LIST):
                    good = False
                    break
                at += 1
                leaf, begin = owners[depth], begins[depth]
                depth -= 1
            elif state in (_KEY, _KEY_OR_END):
                stop = _key_end(data, at + 1, end) if byte == _QUOTE else -1
                if stop < 0:
                    good = False
                    break
                entry = -1
                if nodes[depth] >= 0:
                    entry = _entry(data, at + 1, stop - at - 1, nodes[depth], firsts, words, masks, keys)
                if entry >= 0:
                    if stamps[entry] == row:  # the key comes twice
                        good = False
                        break
                    stamps[entry] = row
                    if watches[entry] >= 0:
                        watched[done, watches[entry] >> 6] |= _U64(1) << _U64(watches[entry] & 63)
                at = stop + 1
                while at < end and (data[at] == _SPACE or data[at] == _TAB or data[at] == _CR):
                    at += 1
                if at >= end or data[at] != _COLON:
                    good = False
                    break
                at += 1
                state = _VALUE
                continue
            elif state == _BEHIND:
                good = False
                break
            else:
                is_inner = entry >= 0 and inners[entry] >= 0
                if entry >= 0:
                    leaf = leaves[entry]
                if byte in (_OPEN_OBJECT, _OPEN_LIST):
                    depth += 1
                    if depth == _DEEPEST or (is_inner and byte == _OPEN_LIST):
                        good = False
                        break
                    nodes[depth] = inners[entry] if is_inner else -1
                    lists[depth] = byte == _OPEN_LIST
                    owners[depth], begins[depth] = leaf, at
                    state = _VALUE_OR_END if byte == _OPEN_LIST else _KEY_OR_END
                    entry = -1
                    at += 1
                    continue
                if byte in (_QUOTE, _MINUS) or _ZERO <= byte <= _NINE:
                    quote = int(byte == _QUOTE)
                    at = _string_end(data, at + 1, end) if quote else _number_end(data, at, end)
                    good = at >= 0 and not is_inner
                    if count < _MOST_VALUES:
                        values[count, 0], values[count, 1] = begin + quote, at
                    count += 1
                    at += quote
                else:
                    at = _word_end(data, at, end)
                    is_null = byte == 110
                    good = at > 0 and (is_null or not is_inner)
                    if is_null:
                        leaf = -1
                if not good:
                    break
            state = _BEHIND
            if leaf >= 0:
                slot = slots[leaf]
                if slot < 0:
                    slot = slots[leaf] = used
                    for before in range(done):
                        spans[slot, before, 1] = -1
                    used += 1
                spans[slot, done, 0], spans[slot, done, 1] = begin, at - begin
        if not good or depth >= 0 or at < end:
            continue
        if trust <= 0:
            trust -= 1
        changed = _note_changes(data, spans, done, used, constant)
        if trust < -_PAUSE and count <= _MOST_VALUES:
            kept, kept_at, kept_end, trust = done, starts[row], ends[row], _PATIENCE // 2
            for value in range(count):
                kept_values[value, 0], kept_values[value, 1] = values[value, 0], values[value, 1]
                varies[value] = False
            for slot in range(len(slots)):
                places[slot, 0] = _I64(spans[slot, done, 0]) if slot < used else 0
                places[slot, 1] = _I64(spans[slot, done, 1]) if slot < used else -1
            pieces = _keep(values, count, every, kept_at, kept_end, piece_begins, piece_sizes)
            wants = _want(places, used, none, piece_begins, pieces, wanted)
            long_pieces = _keep(values, count, varies, kept_at, kept_end, long_begins, long_sizes)
            long_wants = _want(places, used, constant, long_begins, long_pieces, long_wanted)
        elif changed and trust > 0:
            long_wants = _want(places, used, constant, long_begins, long_pieces, long_wanted)
        accepted[done] = row
        done += 1
    return done
