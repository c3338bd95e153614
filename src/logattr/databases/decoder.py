"""Records decoded with what they share decoded once: most of a record are pointers to a few common parts.

maxminddb decodes every part of every record anew, in C; with the check that must come before it
(:mod:`logattr.databases.integrity`) and the languages that are thrown away, that is five times the work.
What this decoder does not understand it refuses, and is then left to maxminddb.
"""

from __future__ import annotations

import mmap
import struct
from typing import Any

__all__ = ["Decoder"]

# Types of https://maxmind.github.io/MaxMind-DB/#data-field-format
_POINTER, _STRING, _DOUBLE, _UINT16, _UINT32, _MAP, _INT32 = 1, 2, 3, 5, 6, 7, 8
_UINT64, _UINT128, _ARRAY, _BOOLEAN, _FLOAT = 9, 10, 11, 14, 15
_MOST_BYTES = {_UINT16: 2, _UINT32: 4, _INT32: 4, _UINT64: 8, _UINT128: 16}
_FLOATS = {_DOUBLE: ">d", _FLOAT: ">f"}
_POINTER_OFFSETS = (0, 2048, 526_336, 0)
_MAX_DEPTH = 128
_MAX_VALUES = 1 << 16
_MOST_SHARED = 1 << 18  # parts remembered


class Decoder:
    """Decodes records of one data section, keeping only English of every ``names``.

    Parts that records share are shared in what is returned: read them, do not change them.

    Parameters
    ----------
    file
        The whole file.
    base
        Where the data section begins; pointers count from there.
    end
        Where it ends.
    """

    def __init__(self, file: mmap.mmap, base: int, end: int) -> None:
        self._file = file
        self._base = base
        self._end = end
        # By position: the part, and the values that it stands for; by whether it is some ``names``.
        self._shared: tuple[dict[int, tuple[Any, int]], dict[int, tuple[Any, int]]] = ({}, {})
        self._keys: dict[int, str] = {}
        self._left = 0  # values that the record may still have

    def decode(self, offset: int) -> Any:
        """The record at an offset in the data section.

        Raises
        ------
        ValueError
            It is broken, or of a kind that is not decoded here.
        """
        self._left = _MAX_VALUES
        try:
            return self._value(self._base + offset, 0, names=False)[0]
        except (IndexError, struct.error, RecursionError) as error:
            raise ValueError("a record that cannot be decoded") from error

    def _value(self, at: int, depth: int, *, names: bool) -> tuple[Any, int]:
        """The value at a position, and the position after it; ``names`` tells that it is one of those."""
        self._left -= 1
        if depth > _MAX_DEPTH or self._left < 0 or not self._base <= at < self._end:
            raise ValueError("a record is too deep, too large, or outside of the data section")
        kind, size, at = self._head(at)
        if kind == _POINTER:
            return self._pointed(size, depth, names=names), at
        if kind == _MAP:
            return self._map(size, at, depth, names=names)
        if kind == _ARRAY:
            items = []
            for _ in range(size):
                item, at = self._value(at, depth + 1, names=False)
                items.append(item)
            return items, at
        if kind == _BOOLEAN and size <= 1:
            return bool(size), at
        end = at + size
        if end > self._end:
            raise ValueError("a value goes beyond the end of the data section")
        return _scalar(kind, self._file[at:end]), end

    def _pointed(self, offset: int, depth: int, *, names: bool) -> Any:
        shared = self._shared[names]
        known = shared.get(offset)
        if known is not None:
            # Counted as if it stood here: parts of parts of parts would else be without end.
            self._left -= known[1]
            return known[0]
        at = self._base + offset
        if not self._base <= at < self._end or self._file[at] >> 5 == _POINTER:
            raise ValueError("a pointer leads to a pointer, or out of the data section")
        before = self._left
        value, _ = self._value(at, depth + 1, names=names)
        if len(shared) < _MOST_SHARED:
            shared[offset] = value, before - self._left
        return value

    def _map(self, size: int, at: int, depth: int, *, names: bool) -> tuple[dict[str, Any], int]:
        found = {}
        for _ in range(size):
            kind, where, after = self._head(at)
            key = self._keys.get(where) if kind == _POINTER else None
            if key is None:
                key, after = self._value(at, depth + 1, names=False)
                if not isinstance(key, str):
                    raise ValueError("a record has a map whose key is no string")
                if kind == _POINTER and len(self._keys) < _MOST_SHARED:
                    self._keys[where] = key
            value, at = self._value(after, depth + 1, names=key == "names")
            if not names or key == "en":
                found[key] = value
        return found, at

    def _head(self, at: int) -> tuple[int, int, int]:
        """Type and size (of a pointer: where it leads) of the value at a position; what follows."""
        file = self._file
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


def _scalar(kind: int, data: bytes) -> str | float | int:
    if kind == _STRING:
        return data.decode()
    if kind in _FLOATS:
        value: float = struct.unpack(_FLOATS[kind], data)[0]
        return value
    if len(data) > _MOST_BYTES.get(kind, -1):
        raise ValueError(f"a value of type {kind} and {len(data)} bytes")
    # A signed number of less than four bytes is one without its leading zeros.
    return int.from_bytes(data, "big", signed=kind == _INT32 and len(data) == _MOST_BYTES[kind])
