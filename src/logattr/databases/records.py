"""Decoding the records of a data section: each part that several records share once, and checked.

Vendors write what records have in common (a country with its names in eight languages) once and point
to it. maxminddb decodes it again for every record, in all languages; here a pointer is followed once.
Its C code (3.2.0) also takes the key of a map for a string without looking at its type, so that a hostile
file makes it read memory at an address of the file's choice. Answers are tested to equal maxminddb's.

Records share their parts, and nobody may change one.
"""

from __future__ import annotations

import mmap
import struct
from typing import Any

__all__ = ["RecordReader"]

# Types of https://maxmind.github.io/MaxMind-DB/#data-field-format
_POINTER, _STRING, _DOUBLE, _BYTES, _MAP, _INT32, _ARRAY, _BOOLEAN, _FLOAT = 1, 2, 3, 4, 7, 8, 11, 14, 15
_MOST_BYTES = {5: 2, 6: 4, _INT32: 4, 9: 8, 10: 16}  # of the integers
_POINTER_OFFSETS = (0, 2048, 526_336, 0)
_LONG = (29, 285, 65_821)
# maxminddb stops at 512 levels and 65,536 values; what vendors write has less than ten and a thousand.
_MAX_DEPTH = 128
_MAX_VALUES = 1 << 16
_double, _float = struct.Struct(">d").unpack_from, struct.Struct(">f").unpack_from


class RecordReader:
    """Decodes records of one data section.

    Parameters
    ----------
    file
        The whole file.
    base
        Where the data section begins; pointers count from there.
    end
        Where it ends.
    all_languages
        Keep every language of ``names``, not only English.
    """

    def __init__(self, file: mmap.mmap, base: int, end: int, *, all_languages: bool = True) -> None:
        self._file, self._base, self._end = file, base, end
        self._all_languages = all_languages
        # What a pointer leads to: the value, how many values it holds, and how deep it is.
        self._known: dict[bytes, tuple[Any, int, int]] = {}
        self._keys: dict[bytes, str] = {}
        self._open: set[int] = set()
        self._values = self._deepest = 0

    def read(self, offset: int) -> Any:
        """Decode the record at an offset in the data section.

        Raises
        ------
        ValueError
            The record is broken; the text says how.
        """
        self._values = self._deepest = 0
        self._open.clear()
        try:
            return self._value(self._base + offset, 0)[0]
        except (IndexError, struct.error) as error:
            raise ValueError("a record goes beyond the end of the file") from error

    def _value(self, at: int, depth: int) -> tuple[Any, int]:
        """Decode the value at a position; the value, and the position after it."""
        if at >= self._end:
            raise ValueError("a record is outside of the data section")
        file = self._file
        control = file[at]
        kind = control >> 5
        if kind == _POINTER:
            target, after = self._target(control, at)
            return self._follow(file[at:after], target, depth), after
        at += 1
        if kind == 0:
            kind = 7 + file[at]
            at += 1
        size = control & 31
        if size >= _LONG[0]:
            width = size - 28
            size = _LONG[width - 1] + int.from_bytes(file[at : at + width], "big")
            at += width
        if kind == _STRING:
            return self._bytes(at, size).decode(), at + size
        if kind == _MAP:
            return self._map(at, size, depth)
        return self._other(kind, at, size, depth)

    def _other(self, kind: int, at: int, size: int, depth: int) -> tuple[Any, int]:
        if kind in _MOST_BYTES and size <= _MOST_BYTES[kind]:
            # A number that is shorter than its type is padded with zeros, also a signed one.
            signed = kind == _INT32 and size == 4
            return int.from_bytes(self._bytes(at, size), "big", signed=signed), at + size
        if kind == _DOUBLE and size == 8:
            return _double(self._bytes(at, size))[0], at + size
        if kind == _FLOAT and size == 4:
            return _float(self._bytes(at, size))[0], at + size
        if kind == _BOOLEAN and size <= 1:
            return bool(size), at
        if kind == _BYTES:
            return bytearray(self._bytes(at, size)), at + size  # as maxminddb
        if kind == _ARRAY:
            self._count(size, depth)
            values = []
            for _ in range(size):
                value, at = self._value(at, depth + 1)
                values.append(value)
            return values, at
        raise ValueError(f"a record has a value of the type {kind} with {size} bytes")

    def _map(  # noqa: PLR0912 - a call per value would double the time
        self, at: int, size: int, depth: int
    ) -> tuple[dict[str, Any], int]:
        """Decode a map; what nearly every record has is decoded here, the rest by :meth:`_value`."""
        self._count(size, depth)
        found: dict[str, Any] = {}
        file, keys, known, english = self._file, self._keys, self._known, not self._all_languages
        for _ in range(size):
            control = file[at]
            if control >> 5 == _POINTER:  # by the bytes of the pointer: nearly all were seen before
                after = at + (control >> 3 & 3) + 2
                key = keys.get(file[at:after]) or self._key_at_pointer(at)
                at = after
            else:
                key, at = self._key(at, depth)
            control = file[at]
            kind, length = control >> 5, control & 31
            if key == "names" and english:
                found[key], at = self._english(at, depth + 1)
            elif kind == _POINTER:
                after = at + (control >> 3 & 3) + 2
                raw = file[at:after]
                seen = known.get(raw)
                if seen is None:
                    found[key] = self._follow(raw, self._target(control, at)[0], depth + 1)
                else:
                    found[key], values, height = seen
                    if values:
                        self._count(values, depth + 1 + height)
                at = after
            elif kind == _STRING and length < _LONG[0]:
                after = at + 1 + length
                found[key] = file[at + 1 : after].decode()
                at = after
            elif kind == _MAP and length < _LONG[0]:
                found[key], at = self._map(at + 1, length, depth + 1)
            elif kind == _DOUBLE and length == 8:
                found[key] = _double(file, at + 1)[0]
                at += 9
            elif 5 <= kind <= 6 and length <= _MOST_BYTES[kind]:
                after = at + 1 + length
                found[key] = int.from_bytes(file[at + 1 : after], "big")
                at = after
            else:
                found[key], at = self._value(at, depth + 1)
        if at > self._end:
            raise ValueError("a record goes beyond the end of the data section")
        return found, at

    def _key(self, at: int, depth: int) -> tuple[str, int]:
        if self._file[at] >> 5 != _STRING:
            raise ValueError("a record has a map whose key is no string")
        return self._value(at, depth + 1)

    def _english(self, at: int, depth: int) -> tuple[Any, int]:
        """Decode the value of ``names``; of a map of texts only the English one."""
        control = self._file[at]
        if control >> 5 == _MAP and control & 31 < _LONG[0]:
            return self._english_of(at + 1, control & 31, depth)
        value, after = self._value(at, depth)
        if isinstance(value, dict):
            return {"en": value["en"]} if "en" in value else {}, after
        return value, after

    def _english_of(self, at: int, size: int, depth: int) -> tuple[Any, int]:
        self._count(size, depth)
        found: dict[str, Any] = {}
        file, keys = self._file, self._keys
        for _ in range(size):
            control = file[at]
            if control >> 5 == _POINTER:
                after = at + (control >> 3 & 3) + 2
                key = keys.get(file[at:after]) or self._key_at_pointer(at)
                at = after
            else:
                key, at = self._key(at, depth)
            control = file[at]
            length = control & 31
            if key != "en" and control >> 5 == _STRING and length < _LONG[0]:
                at += 1 + length
                continue
            value, at = self._value(at, depth + 1)
            if key == "en":
                found[key] = value
        if at > self._end:
            raise ValueError("a record goes beyond the end of the data section")
        return found, at

    def _follow(self, raw: bytes, target: int, depth: int) -> Any:
        known = self._known.get(raw)
        if known is None:
            if target in self._open:
                raise ValueError("a record holds itself")
            self._open.add(target)
            before, deepest = self._values, self._deepest
            self._deepest = depth
            value, _ = self._value(self._base + target, depth + 1)
            self._known[raw] = value, self._values - before, self._deepest - depth
            self._deepest = max(deepest, self._deepest)
            self._open.remove(target)
            return value
        value, values, height = known
        self._count(values, depth + height)
        return value

    def _count(self, values: int, depth: int) -> None:
        self._values += values
        self._deepest = max(self._deepest, depth)
        if depth > _MAX_DEPTH or self._values > _MAX_VALUES:
            raise ValueError("a record is too deep or too large")

    def _key_at_pointer(self, at: int) -> str:
        """The string that the pointer at a position leads to."""
        target, after = self._target(self._file[at], at)
        if self._file[self._base + target] >> 5 != _STRING:
            raise ValueError("a record has a map whose key is no string")
        key: str = self._value(self._base + target, 0)[0]
        self._keys[self._file[at:after]] = key
        return key

    def _target(self, control: int, at: int) -> tuple[int, int]:
        """Where the pointer at a position leads, and the position after it."""
        width = control >> 3 & 3
        after = at + width + 2
        high = 0 if width == 3 else (control & 7) << 8 * (width + 1)
        number = int.from_bytes(self._file[at + 1 : after], "big")
        return (high | number) + _POINTER_OFFSETS[width], after

    def _bytes(self, at: int, size: int) -> bytes:
        if at + size > self._end:
            raise ValueError("a record goes beyond the end of the data section")
        return self._file[at : at + size]
