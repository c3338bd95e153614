"""Values at paths in many records at once, without decoding the records.

Of a hundred thousand City records most is shared: countries, regions and names are pointers. What differs
is a city's name and a few numbers. Here all records are gone through together, one key or value per step,
as :mod:`logattr.databases.mmdb` walks the tree; only distinct values become Python objects, decoded by
:mod:`logattr.databases.records`, which stays the one that decides what a record says.

A database is untrusted input: every step stays within the data section, and a record in which anything is
out of the ordinary is left to that decoder.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.databases.records import RecordReader

__all__ = ["ABSENT", "ODD", "Leaves", "Maps"]

#: In place of a position: there is no such value; or somebody has to look closer.
ABSENT, ODD = -1, -2

# Types of https://maxmind.github.io/MaxMind-DB/#data-field-format
_EXTENDED, _POINTER, _STRING, _DOUBLE, _UINT16, _UINT32, _MAP = 0, 1, 2, 3, 5, 6, 7
_ARRAY, _BOOLEAN = 11, 14
# Numbers that are read all at once: type, bytes in the file (a whole number takes no more than it needs).
_NUMBERS = ((_DOUBLE, (8,), ">f8"), (_UINT16, range(3), ">u2"), (_UINT32, range(5), ">u4"))
_POINTER_OFFSETS = np.array([0, 2048, 526_336, 0])
_LONG = np.array([29, 285])  # the sizes from which on one and two bytes more tell it
_SHORT_TEXT = 128  # bytes; longer ones are not gathered, so that a hostile file cannot fill a memory
_SHORT = 7  # bytes of a key, so that a number holds them and their count
# What vendors write has less of each; more is for the other decoder.
_MOST_ENTRIES, _MOST_STEPS, _MOST_POINTERS = 32, 64, 2

Positions = NDArray[np.int64]
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Maps:
    """Where the values of maps are: per key a position per map; ``odd``: maps to be looked at closer."""

    values: dict[str, Positions]
    odd: NDArray[np.bool_]

    def get(self, key: str | int) -> Positions:
        """Position of the value of a key per map; a position in a list is no key."""
        known = self.values.get(key) if isinstance(key, str) else None
        return known if known is not None else np.where(self.odd, ODD, ABSENT)


class Leaves:
    """Goes through records of one data section.

    Parameters
    ----------
    file
        The whole file.
    base, end
        Where the data section begins, and where the metadata after it do.
    reader
        Decodes distinct values.
    """

    def __init__(self, file: mmap.mmap, base: int, end: int, reader: RecordReader) -> None:
        self._file, self._base, self._end, self._reader = file, base, end, reader
        self._bytes = np.frombuffer(file, np.uint8)
        # The four bytes from every byte of the file on: no copy, one view with a step of one byte.
        self._words = np.ndarray((len(file) - 3,), ">u4", buffer=file, strides=(1,))

    def entries(self, at: Positions) -> Maps:
        """Positions of the values of maps at positions; none where there is no map."""
        distinct, number = _distinct(at)
        found = self._entries(distinct)
        return Maps({key: column[number] for key, column in found.values.items()}, found.odd[number])

    def at_paths(self, top: Maps, paths: Iterable[Path]) -> dict[Path, Positions]:
        """Position of the value at each path of keys in maps whose entries are known."""
        maps: dict[Path, Maps] = {(): top}
        found = {}
        for path in paths:
            for length in range(1, len(path)):
                if path[:length] not in maps:
                    at = maps[path[: length - 1]].get(path[length - 1])
                    maps[path[:length]] = self.entries(self._resolved(at))
            found[path] = self._resolved(maps[path[:-1]].get(path[-1]))
        return found

    def values(self, at: Positions, convert: Callable[[Any], Any]) -> tuple[list[Any], NDArray[np.int64]]:
        """Distinct values at positions, None the first of them, and the number of each position's."""
        codes = np.zeros(len(at), np.int64)
        values: list[Any] = [None]
        kind, size, payload = self._heads(at)
        plain = np.zeros(len(at), np.bool_)
        for type_, lengths, dtype in _NUMBERS:
            for length in lengths:
                rows = np.flatnonzero((kind == type_) & (size == length) & (payload + length <= self._end))
                plain[rows] = True
                self._add(codes, values, rows, pa.array(self._numbers(payload[rows], length, dtype)), convert)
        # The others once per position: many records may point to one long text.
        rows = np.flatnonzero((at >= 0) & ~plain)
        distinct, number = _distinct(at[rows])
        texts, others = self._others(distinct, convert)
        codes[rows] = texts[number] + len(values)
        return values + others, codes

    def _others(self, at: Positions, convert: Callable[[Any], Any]) -> tuple[NDArray[np.int64], list[Any]]:
        """The number of each value in a list of values: short texts all at once, what is left one by one."""
        codes, values = np.zeros(len(at), np.int64), list[Any]()
        kind, size, payload = self._heads(at)
        short = (kind == _STRING) & (size <= _SHORT_TEXT) & (payload + size <= self._end)
        rows = np.flatnonzero(short)
        self._add(codes, values, rows, self._texts(payload[rows], size[rows]), convert)
        rows = np.flatnonzero(~short)
        codes[rows] = len(values) + np.arange(len(rows))
        values += [convert(self._reader.read(position - self._base)) for position in at[rows].tolist()]
        return codes, values

    def contents(self, at: Positions) -> NDArray[np.int64]:
        """A number per value, the same one only for the same value; -1 where there is none."""
        numbers = self._resolved(at)
        inline = np.flatnonzero((at >= 0) & (numbers == at))
        ends = self._after(at[inline])
        known: dict[bytes, int] = {}
        spans = zip(at[inline].tolist(), ends.tolist(), strict=True)
        numbers[inline] = [
            self._end + known.setdefault(self._file[start:end], len(known)) if end >= 0 else ODD
            for start, end in spans
        ]
        return numbers

    def _numbers(self, payload: Positions, length: int, dtype: str) -> NDArray[Any]:
        width = np.dtype(dtype).itemsize
        raw = np.zeros((len(payload), width), np.uint8)
        raw[:, width - length :] = self._bytes[payload[:, None] + np.arange(length)]
        return raw.view(dtype)[:, 0].astype(np.dtype(dtype).newbyteorder("="))

    def _texts(self, payload: Positions, size: Positions) -> pa.Array:
        """Texts of so many bytes; raises ValueError where one is no UTF-8."""
        ends = np.cumsum(size)
        offsets = np.concatenate([[0], ends]).astype(np.int32)
        data = self._bytes[np.arange(offsets[-1]) + np.repeat(payload - offsets[:-1], size)]
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
        return pa.Array.from_buffers(pa.binary(), len(size), buffers).cast(pa.string())

    @staticmethod
    def _add(
        codes: NDArray[np.int64],
        values: list[Any],
        rows: NDArray[np.int64],
        found: pa.Array,
        convert: Callable[[Any], Any],
    ) -> None:
        if len(rows):
            encoded = found.dictionary_encode()
            codes[rows] = encoded.indices.to_numpy().astype(np.int64) + len(values)
            values += map(convert, encoded.dictionary.to_pylist())

    def _entries(self, at: Positions) -> Maps:
        at = self._resolved(at)
        kind, size, position = self._heads(at)
        size = np.where(kind == _MAP, size, 0)
        odd = (at == ODD) | (size > _MOST_ENTRIES)
        found: dict[str, Positions] = {}
        for nth in range(int(size[~odd].max(initial=0))):
            rows = np.flatnonzero((size > nth) & ~odd)
            keys, values = self._resolved(position[rows]), self._after(position[rows])
            position[rows] = self._after(values)
            odd[rows] = (keys < 0) | (position[rows] < 0)
            names, number = self._names(keys)
            for code, name in enumerate(names):
                chosen = number == code
                if name is None:
                    odd[rows[chosen]] = True
                else:
                    column = found.setdefault(name, np.full(len(at), ABSENT))
                    column[rows[chosen]] = values[chosen]
        for column in found.values():
            column[odd] = ODD
        return Maps(found, odd)

    def _names(self, keys: Positions) -> tuple[list[str | None], NDArray[np.int64]]:
        """Distinct keys, None for what is no key, and the number of each."""
        contents, number = _distinct(self._short_texts(keys))
        example = np.empty(len(contents), np.int64)
        example[number] = keys
        texts = [self._name(position) for position in example.tolist()]
        codes = {text: code for code, text in enumerate(dict.fromkeys(texts))}
        return list(codes), np.array([codes[text] for text in texts], np.int64)[number]

    def _short_texts(self, keys: Positions) -> Positions:
        """A number per key: of short ones for what they say, as vendors repeat ``en``; else where it is."""
        kind, size, payload = self._heads(keys)
        short = np.flatnonzero((kind == _STRING) & (size <= _SHORT) & (payload + size <= self._end))
        size = size[short]
        words = self._bytes[payload[short][:, None] + np.arange(8)].view(">u8")[:, 0].astype(np.uint64)
        words >>= (64 - 8 * np.maximum(size, 1)).astype(np.uint64)
        found = keys.copy()
        # The size stands above, out of the way of other texts and of positions.
        found[short] = np.where(size > 0, words.astype(np.int64), 0) | (size + 1) << 8 * _SHORT
        return found

    def _name(self, position: int) -> str | None:
        try:
            text = self._reader.read(position - self._base) if position >= 0 else None
        except ValueError:
            return None
        return text if isinstance(text, str) else None

    def _heads(self, at: Positions) -> tuple[Positions, Positions, Positions]:
        """Type and size of values, and where they go on behind that; type -1 where there is no value."""
        there = at >= 0
        where = np.where(there, at, self._base)
        control = self._bytes[where].astype(np.int64)
        kind, size, after = control >> 5, control & 31, where + 1
        extended = kind == _EXTENDED
        if extended.any():
            kind = np.where(extended, 7 + self._bytes[after], kind)
            after += extended
        more = np.where(kind == _POINTER, 0, np.maximum(size - 28, 0))
        if more.any():
            one, two = self._bytes[after].astype(np.int64), self._bytes[after + 1].astype(np.int64)
            size = np.select([more == 1, more == 2], [_LONG[0] + one, _LONG[1] + (one << 8 | two)], size)
            there &= more < 3
            after += more
        return np.where(there, kind, -1), size, after

    def _resolved(self, at: Positions) -> Positions:
        """Where pointers lead; what is no pointer stays."""
        found = at.copy()
        rows = np.flatnonzero(at >= 0)
        for _ in range(_MOST_POINTERS + 1):
            rows = rows[self._bytes[found[rows]] >> 5 == _POINTER]
            if not len(rows):
                return found
            target = self._base + self._targets(found[rows])
            found[rows] = np.where(target < self._end, target, ODD)
            rows = rows[target < self._end]
        found[rows] = ODD
        return found

    def _targets(self, at: Positions) -> Positions:
        control = self._bytes[at].astype(np.int64)
        width = control >> 3 & 3
        behind = self._words[at + 1].astype(np.int64) >> 8 * (3 - width)
        high = np.where(width == 3, 0, (control & 7) << 8 * (width + 1))
        target: Positions = (high | behind) + _POINTER_OFFSETS[width]
        return target

    def _after(self, at: Positions) -> Positions:
        """The position behind each value, with all that it holds."""
        found = at.copy()
        rows, pending = np.flatnonzero(at >= 0), np.ones(len(at), np.int64)
        for _ in range(_MOST_STEPS):
            if not len(rows):
                return found
            kind, size, after = self._heads(found[rows])
            bytes_, held = self._lengths(found[rows], kind, size)
            pending[rows] += held - 1
            after += bytes_
            inside = (after <= self._end) & (kind >= 0)
            found[rows] = np.where(inside, after, ODD)
            # What begins at the end of the section ends behind it, in the marker of the metadata.
            rows = rows[inside & (pending[rows] > 0)]
        found[rows] = ODD
        return found

    def _lengths(self, at: Positions, kind: Positions, size: Positions) -> tuple[Positions, Positions]:
        """Bytes that a value takes behind its head, and how many values it holds."""
        pointer = (self._bytes[at] >> 3 & 3).astype(np.int64) + 1
        bytes_ = np.where(kind == _POINTER, pointer, size)
        bytes_[(kind == _MAP) | (kind == _ARRAY) | (kind == _BOOLEAN)] = 0
        return bytes_, np.where(kind == _MAP, 2 * size, np.where(kind == _ARRAY, size, 0))


def _distinct(values: Positions) -> tuple[Positions, NDArray[np.int64]]:
    """Distinct positions as they come, and the number of each; by hashes, where numpy would sort."""
    encoded = pa.array(values).dictionary_encode()
    return encoded.dictionary.to_numpy(), encoded.indices.to_numpy().astype(np.int64)
