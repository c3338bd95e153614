r"""Columns of raw JSON values: encoded by distinct value, or read as a whole where nearly all differ.

Times, durations and counters differ in nearly every record. To find their distinct values would cost more
than it spares; where all of them are plain, the whole column is read by a few calls instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from itertools import compress
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.reading.jsonvalues import ValueKind
from logattr.reading.tokens import Encoded, Typed

__all__ = ["Column", "RawColumn", "encode_bytes"]

_NO_VALUE = frozenset({None, b"", b"null"})

_SAMPLE = 256  # values, by which a column is judged
_MOSTLY = 0.75  # of the sampled values differ: of times, durations and the like


class Column(Protocol):
    """The values of one path, one per record: what :mod:`jsonlines` makes its columns from."""

    @property
    def count(self) -> int:
        """Number of records."""

    @property
    def is_absent(self) -> bool:
        """Whether no record has the value."""

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which records have the value, and it is not null."""

    @property
    def encoded(self) -> Encoded:
        """Distinct values, as they stand in the lines, and codes."""

    def typed(self, kind: ValueKind, *, may_miss: bool) -> Typed | None:
        """The column converted, where all values are plain, or missing if they may; null for any other."""

    def texts(self, kind: ValueKind, nulls: AbstractSet[bytes | None]) -> Encoded:
        """Texts of the values, those that mean nothing as null, and codes."""


class RawColumn:
    r"""The values of one path, one per record; nothing stands for a value that is not there.

    Parameters
    ----------
    parts
        The values in pieces, joined with line feeds.
    count
        Number of records.

    Examples
    --------
    >>> column = RawColumn([b'"a"\n"b"', b'"a"'], 3)
    >>> column.encoded.values, column.encoded.codes.tolist()
    ([b'"a"', b'"b"'], [0, 1, 0])
    """

    def __init__(self, parts: Sequence[bytes], count: int) -> None:
        self.joined = b"\n".join([*parts, b""])
        self.count = count

    @property
    def is_absent(self) -> bool:
        """Whether no record has the value."""
        return len(self.joined) == self.count

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which records have the value, and it is not null."""
        joined = self.joined
        if not (joined.startswith((b"\n", b"null\n")) or b"\n\n" in joined or b"\nnull\n" in joined):
            return np.ones(self.count, np.bool_)
        encoded = self.encoded
        found = np.array([value not in _NO_VALUE for value in encoded.values], np.bool_)
        there: NDArray[np.bool_] = found[encoded.codes]
        return there

    @cached_property
    def differs(self) -> bool:
        """Whether nearly all values seem to differ, and there are enough of them for it to matter."""
        if self.count < _SAMPLE:
            return False
        values = self.joined[: 64 * _SAMPLE].split(b"\n", _SAMPLE)[:-1]
        return len(set(values)) > _MOSTLY * len(values)

    @cached_property
    def encoded(self) -> Encoded:
        """Distinct values and codes."""
        if not self.count:
            return Encoded([], np.zeros(0, np.int32))
        first = self.joined[: self.joined.index(b"\n") + 1]
        if len(first) * self.count == len(self.joined) and first * self.count == self.joined:
            return Encoded([first[:-1]], np.zeros(self.count, np.int32))
        data = np.frombuffer(self.joined, np.uint8)
        ends = np.flatnonzero(data == ord("\n"))
        offsets = np.concatenate(([0], ends + 1)).astype(np.int64)
        # Each value keeps the line feed behind it, so that no byte has to be moved.
        array = pa.LargeBinaryArray.from_buffers(
            pa.large_binary(), self.count, [None, pa.py_buffer(offsets), pa.py_buffer(data)]
        ).dictionary_encode()
        values = [value[:-1] for value in array.dictionary.to_pylist()]
        return Encoded(values, array.indices.to_numpy())

    def typed(self, kind: ValueKind, *, may_miss: bool) -> Typed | None:  # none is missing
        """The column converted, where all values are plain numbers; null for any other."""
        if kind.numbers is None or not self.differs:
            return None
        values = kind.numbers(self.joined, self.count)
        return None if values is None else Typed(values, np.zeros(self.count, np.bool_))

    def texts(self, kind: ValueKind, nulls: AbstractSet[bytes | None]) -> Encoded:
        """Texts of the values, those that mean nothing as null, and codes."""
        found = self._texts(kind)
        if nulls.isdisjoint(found.values):
            return found
        return Encoded([None if text in nulls else text for text in found.values], found.codes)

    def _texts(self, kind: ValueKind) -> Encoded:
        if kind.bulk is not None and self.differs:
            read = kind.bulk(self.joined, self.count)
            if read is not None:
                return read
        raws: list[bytes] = self.encoded.values  # type: ignore[assignment]
        codes, convert = self.encoded.codes, kind.convert
        if kind.unusual == "" and not kind.refused:
            texts = [raw[1:-1] if raw[:1] == b'"' and b"\\" not in raw else convert(raw) for raw in raws]
        else:
            texts = [convert(raw) for raw in raws]
        if not kind.has_port:
            return Encoded(texts, codes)
        merged = encode_bytes(texts)
        return Encoded(merged.values, merged.codes[codes])

    def kept(self, keep: NDArray[np.bool_]) -> RawColumn:
        """The values of some records."""
        values = compress(self.joined.split(b"\n"), keep.tolist())
        return RawColumn([b"\n".join(values)], int(keep.sum()))


def encode_bytes(values: Iterable[bytes | None]) -> Encoded:
    """Distinct values and codes of a column.

    Examples
    --------
    >>> encode_bytes([b"a", None, b"a"]).codes.tolist()
    [0, 1, 0]
    """
    array = pa.array(values, pa.binary()).dictionary_encode(null_encoding="encode")
    return Encoded(array.dictionary.to_pylist(), array.indices.to_numpy())
