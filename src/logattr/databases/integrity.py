"""A look at a record before it is decoded: the keys of its maps must be strings, and it must end.

The C code of maxminddb 3.2.0 takes the key of a map for a string without looking at its type. A
damaged or hostile file then makes it read memory at an address of the file's choice: the process
dies, or a key is invented. So every record is walked through here first.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field

__all__ = ["RecordCheck"]

# Types of https://maxmind.github.io/MaxMind-DB/#data-field-format
_POINTER, _STRING, _MAP, _ARRAY, _BOOLEAN = 1, 2, 7, 11, 14
_SIZED = frozenset({_STRING, 3, 4, 5, 6, 8, 9, 10, 15})  # double, bytes, the integers, float
_POINTER_OFFSETS = (0, 2048, 526_336, 0)
# maxminddb stops at 512 levels and 65,536 values; what vendors write has less than ten and a thousand.
_MAX_DEPTH = 128
_MAX_VALUES = 1 << 16


@dataclass(slots=True)
class RecordCheck:
    """Checks records of one data section; what a pointer leads to is looked at once.

    Parameters
    ----------
    file
        The whole file.
    base
        Where the data section begins; pointers count from there.
    end
        Where it ends.
    """

    file: mmap.mmap
    base: int
    end: int
    _checked: set[int] = field(default_factory=set)
    _strings: set[int] = field(default_factory=set)
    _values_left: int = 0

    def check(self, offset: int) -> None:
        """Check the record at an offset in the data section.

        Raises
        ------
        ValueError
            The record is broken; the text says how.
        """
        self._values_left = _MAX_VALUES
        try:
            self._value(self.base + offset, 0)
        except IndexError as error:
            raise ValueError("a record goes beyond the end of the file") from error

    def _value(self, at: int, depth: int) -> int:
        """Check the value at a position; the position after it."""
        self._values_left -= 1
        if depth > _MAX_DEPTH or self._values_left < 0 or at >= self.end:
            raise ValueError("a record is too deep, too large, or outside of the data section")
        kind, size, at = self._head(at)
        if kind == _POINTER:
            if size not in self._checked:
                self._checked.add(size)
                self._value(self.base + size, depth + 1)
        elif kind == _MAP:
            for _ in range(size):
                at = self._value(self._key(at), depth + 1)
        elif kind == _ARRAY:
            for _ in range(size):
                at = self._value(at, depth + 1)
        elif kind in _SIZED:
            at += size
        elif kind != _BOOLEAN:
            raise ValueError(f"a record has a value of the unknown type {kind}")
        return at

    def _key(self, at: int) -> int:
        """Check that a string, or a pointer to one, is at a position; the position after it."""
        kind, size, after = self._head(at)
        if kind == _STRING:
            return after + size
        if kind == _POINTER:
            if size in self._strings:
                return after
            kind, _, _ = self._head(self.base + size)
            if kind == _STRING:
                self._strings.add(size)
                return after
        raise ValueError(f"a record has a map whose key is no string but of type {kind}")

    def _head(self, at: int) -> tuple[int, int, int]:
        """Type and size (of a pointer: where it leads) of the value at a position; what follows."""
        file = self.file
        control = file[at]
        kind = control >> 5
        at += 1
        if kind == _POINTER:
            width = control >> 3 & 3
            high = 0 if width == 3 else (control & 7) << 8 * (width + 1)
            target = high | int.from_bytes(file[at : at + width + 1], "big")
            return kind, target + _POINTER_OFFSETS[width], at + width + 1
        if kind == 0:
            kind = 7 + file[at]
            at += 1
        size = control & 31
        if size >= 29:
            width = size - 28
            size = (29, 285, 65_821)[width - 1] + int.from_bytes(file[at : at + width], "big")
            at += width
        return kind, size, at
