"""What parsers give: the fields of many lines as columns of distinct values and codes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.reading.template import Field

__all__ = [
    "NOT_ASCII",
    "WITH_ESCAPE",
    "Bytes",
    "Encoded",
    "Tokens",
    "Typed",
    "distinct_codes",
    "distinct_rows",
    "encode",
    "missing_of",
    "numbered_anew",
    "together",
]

#: Marks of a text: it has bytes that are no ASCII; it has the byte that begins an escape.
NOT_ASCII, WITH_ESCAPE = 1, 2


class Bytes(Sequence[bytes | None]):
    """Texts as one Arrow array, so that no Python object stands for each; they are made when asked for.

    Parameters
    ----------
    array
        Binary array; null where a line does not have the field.
    marks
        One number per text, of :data:`NOT_ASCII` and :data:`WITH_ESCAPE`.
    """

    def __init__(self, array: pa.BinaryArray, marks: NDArray[np.uint8]) -> None:
        self.array = array
        self.marks = marks
        self._values: list[bytes | None] | None = None

    def without(self, nulls: AbstractSet[bytes | None]) -> Bytes:
        """The same, in which some texts are null."""
        words = pa.array(sorted(nulls - {None}), pa.binary())  # type: ignore[type-var]
        nothing = pc.is_in(self.array, value_set=words)
        if not pc.any(nothing).as_py():
            return self
        return Bytes(pc.if_else(nothing, pa.scalar(None, pa.binary()), self.array), self.marks)

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, at: int) -> bytes | None: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[bytes | None]: ...
    def __getitem__(self, at: Any) -> Any:
        return self._listed()[at]

    def __iter__(self) -> Iterator[bytes | None]:
        return iter(self._listed())

    def _listed(self) -> list[bytes | None]:
        if self._values is None:
            self._values = self.array.to_pylist()
        return self._values


@dataclass(frozen=True, slots=True)
class Encoded:
    """A column of texts as distinct values and one code per row; null is a value of its own."""

    values: Sequence[bytes | None]
    codes: NDArray[np.int32]

    def expand(self) -> list[bytes | None]:
        """The texts, one per row."""
        values = self.values
        return [values[code] for code in self.codes]


@dataclass(frozen=True, slots=True, eq=False)
class Typed:
    """A column that the parser has converted already: a number as the line has it, or a time.

    Parameters
    ----------
    values
        One per row: integers, real numbers, or microseconds since the epoch.
    missing
        Where the value is null.
    known
        For times: where the line states the offset from UTC.
    """

    values: NDArray[Any]
    missing: NDArray[np.bool_]
    known: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """The fields of the lines that were understood: the seam between parsers and what follows.

    Parameters
    ----------
    fields
        What each column means.
    rows
        Positions of the lines in the list that was parsed.
    columns
        One per field, as long as ``rows``.
    headers
        Positions of lines that describe others and are no events, such as ``#Fields``.
    others
        More of the same lines, with other fields: rows under another header.
    reasons
        Why lines are no events, by position, where the parser knows better than :func:`parse.reason`.
    """

    fields: tuple[Field, ...]
    rows: NDArray[np.int64]
    columns: tuple[Encoded | Typed, ...]
    headers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    others: tuple[Tokens, ...] = ()
    reasons: Mapping[int, str] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[Tokens, ...]:
        """These and the others."""
        return (self, *self.others)

    @property
    def all_rows(self) -> NDArray[np.int64]:
        """Positions of all lines that were understood."""
        return np.concatenate([part.rows for part in self.parts])


def encode(values: Sequence[bytes | None]) -> Encoded:
    """Dictionary-encode a column, codes in order of first appearance.

    Examples
    --------
    >>> encode([b"a", None, b"a"]).codes.tolist()
    [0, 1, 0]
    """
    seen: dict[bytes | None, int] = {}
    codes = np.fromiter((seen.setdefault(value, len(seen)) for value in values), np.int32, len(values))
    return Encoded(list(seen), codes)


def numbered_anew(array: pa.BinaryArray, marks: NDArray[np.uint8], codes: NDArray[np.int32]) -> Encoded:
    """A column of which a text may stand twice among the distinct ones: then no more."""
    encoded = array.dictionary_encode(null_encoding="encode")
    numbers = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    new_marks = np.zeros(len(encoded.dictionary), np.uint8)
    new_marks[numbers] = marks
    return Encoded(Bytes(encoded.dictionary, new_marks), numbers[codes])


def missing_of(values: Sequence[bytes | None]) -> NDArray[np.bool_]:
    """Which of some texts are null.

    Examples
    --------
    >>> missing_of([b"a", None]).tolist()
    [False, True]
    """
    if isinstance(values, Bytes):
        found: NDArray[np.bool_] = values.array.is_null().to_numpy(zero_copy_only=False)
        return found
    return np.array([value is None for value in values], np.bool_)


def together(one: Sequence[bytes | None], other: Sequence[bytes | None], codes: NDArray[np.int32]) -> Encoded:
    """A column of the texts of two, the second ones numbered behind the first."""
    if not (isinstance(one, Bytes) and isinstance(other, Bytes)):
        return Encoded([*one, *other], codes)
    both = pa.concat_arrays([one.array, other.array])
    return numbered_anew(both, np.concatenate([one.marks, other.marks]), codes)


def distinct_codes(
    columns: Sequence[Encoded], count: int
) -> tuple[list[NDArray[np.int32]], NDArray[np.int32]]:
    """Distinct combinations of several columns as one list of codes per column, and the code of each row.

    Examples
    --------
    >>> columns = [encode([b"a", b"b", b"a"]), encode([b"c", b"c", b"c"])]
    >>> parts, codes = distinct_codes(columns, 3)
    >>> [part.tolist() for part in parts], codes.tolist()
    ([[0, 1], [0, 0]], [0, 1, 0])
    """
    sizes = [len(column.values) for column in columns]
    if 0 < math.prod(sizes) <= count:  # so few that each can be looked at
        mixed = np.ravel_multi_index([column.codes for column in columns], sizes)
        seen = np.zeros(math.prod(sizes), np.bool_)
        seen[mixed] = True
        parts = [part.astype(np.int32) for part in np.unravel_index(np.flatnonzero(seen), sizes)]
        return parts, (np.cumsum(seen) - 1).astype(np.int32)[mixed]
    codes = columns[0].codes.astype(np.int64)
    for at, column in enumerate(columns[1:]):
        # Numbered anew after each column, so that the product stays far below 2**63.
        codes = (_numbered(codes) if at else codes) * len(column.values) + column.codes
    numbered = _numbered(codes)
    # Written back to front, so that the first row of each number stands.
    firsts = np.empty(int(numbered.max()) + 1 if count else 0, np.int64)
    firsts[numbered[::-1]] = np.arange(count)[::-1]
    return [column.codes[firsts] for column in columns], numbered.astype(np.int32)


def distinct_rows(
    columns: Sequence[Encoded], count: int
) -> tuple[list[tuple[bytes | None, ...]], NDArray[np.int32]]:
    """The same with the values themselves."""
    if not columns:
        return [()] * bool(count), np.zeros(count, np.int32)
    parts, codes = distinct_codes(columns, count)
    values = [
        [column.values[code] for code in part.tolist()] for column, part in zip(columns, parts, strict=True)
    ]
    return list(zip(*values, strict=True)), codes


def _numbered(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers from 0 in order of first appearance."""
    numbered: NDArray[np.int64] = pa.array(codes).dictionary_encode().indices.to_numpy().astype(np.int64)
    return numbered
