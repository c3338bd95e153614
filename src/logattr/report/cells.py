"""Columns of a table as columns of text: every distinct value is written once, rows are joined in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["Cells", "batches_of", "joined_rows"]

Write = Callable[[Any], str]

_ROWS_AT_ONCE = 2048
_LONG_TEXT = 1 << 14
_FEW_ROWS = 64
_LARGE = pa.large_string()


class Cells:
    """Write the values of columns; what a dictionary holds is remembered from batch to batch.

    Parameters
    ----------
    write
        Gives the text of any value but null.
    null
        What null becomes.
    write_texts
        Gives what ``write`` does for many texts at once; not needed, but faster.

    Examples
    --------
    >>> Cells(str.upper, "-").of("a", pa.array(["x", None, "y"])).to_pylist()
    ['X', '-', 'Y']
    """

    def __init__(
        self, write: Write, null: str, *, write_texts: Callable[[pa.Array], pa.Array] | None = None
    ) -> None:
        self._write, self._write_texts = write, write_texts
        self._null = null
        self._known: dict[str, tuple[pa.Array, pa.Array]] = {}

    def constant(self, name: str, column: pa.Array) -> str | None:
        """The text that all cells of a column have; null: they differ, or it is not quickly told."""
        if column.null_count:
            return self._null if column.null_count == len(column) else None
        if pa.types.is_boolean(column.type):
            return {0: "false", len(column): "true"}.get(column.true_count)
        if pa.types.is_dictionary(column.type):
            codes = column.indices.to_numpy()
            return self._known_cells(name, column)[int(codes[0])].as_py() if _all_equal(codes) else None
        if pa.types.is_integer(column.type):
            numbers = column.to_numpy()
            return str(numbers[0]) if _all_equal(numbers) else None
        return None

    def of(self, name: str, column: pa.Array) -> pa.Array:
        """The cells of one column of any type."""
        if pa.types.is_integer(column.type):
            return self.filled(column.cast(pa.string()))
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
            return self._texts(column.dictionary).take(self._codes(column))
        return self.items(name, column)

    def items(self, name: str, column: pa.DictionaryArray) -> pa.Array:
        """The cells of a dictionary-encoded column."""
        return self._known_cells(name, column).take(self._codes(column))

    def _known_cells(self, name: str, column: pa.DictionaryArray) -> pa.Array:
        known, values = self._known.get(name), column.dictionary
        if known is None or not (_same_memory(known[0], values) or known[0].equals(values)):
            known = self._known[name] = (values, self._texts(values))
        return known[1]

    def filled(self, cells: pa.Array) -> pa.Array:
        """Cells with null written."""
        return cells.fill_null(self._null) if cells.null_count else cells

    def _texts(self, values: pa.Array) -> pa.Array:
        null = pa.array([self._null], pa.string())
        if self._write_texts and pa.types.is_string(values.type) and not values.null_count:
            return pa.concat_arrays([self._write_texts(values), null])
        return pa.array([*map(self._write, values.to_pylist()), self._null], pa.string())

    def _codes(self, column: pa.DictionaryArray) -> pa.Array:
        codes = column.indices
        return codes.cast(pa.int32()).fill_null(len(column.dictionary)) if codes.null_count else codes

    def lists(self, name: str, column: pa.ListArray, separator: str) -> pa.Array:
        """Lists of dictionary-encoded texts, the cells of the texts joined; null stays null."""
        sizes = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
        offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
        items = self.items(name, column.flatten())
        joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), items), separator)
        return (
            pc.if_else(column.is_valid(), joined, pa.scalar(None, pa.string()))
            if column.null_count
            else joined
        )


def _all_equal(numbers: NDArray[Any]) -> bool:
    return bool((numbers == numbers[0]).all())


def _same_memory(one: pa.Array, other: pa.Array) -> bool:
    """Whether arrays are the same without a look at what they hold, as those of a table's batches are."""

    def place(array: pa.Array) -> list[int]:
        return [len(array), array.offset, *(part.address if part else 0 for part in array.buffers())]

    return place(one) == place(other)


def only_holds(column: pa.Array, harmless: bytes) -> bool:
    """Whether the texts of a plain string column consist of some bytes alone."""
    _, offsets, data = column.buffers()
    if data is None:
        return True
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    return not bytes(data[int(ends[0]) : int(ends[-1])]).translate(None, harmless)


def batches_of(table: pa.Table) -> Iterator[pa.RecordBatch]:
    """Rows of a table, some at a time; tables that were joined can have chunks without any."""
    batches = table.to_batches(max_chunksize=_rows_at_once(table))
    return (batch for batch in batches if batch.num_rows)


def _rows_at_once(table: pa.Table) -> int:
    """Rows to write at once: few where texts are long, so that what is joined stays small."""
    for column in table.columns:
        for chunk in column.chunks:
            texts = chunk.values if pa.types.is_list(chunk.type) else chunk
            texts = texts.dictionary if pa.types.is_dictionary(texts.type) else texts
            if pa.types.is_string(texts.type) and (pc.max(pc.binary_length(texts)).as_py() or 0) > _LONG_TEXT:
                return _FEW_ROWS
    return _ROWS_AT_ONCE


def joined_rows(parts: Iterable[pa.Array | str], count: int) -> memoryview:
    """Join columns of text, and texts that stand in every row, row by row and end to end, as UTF-8."""
    merged: list[pa.Array | str] = []
    for part in parts:
        # What takes the time is how many there are, not how long they are.
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    if all(isinstance(part, str) for part in merged):
        return memoryview("".join(merged).encode() * count)
    joined = [pa.scalar(part, _LARGE) if isinstance(part, str) else part.cast(_LARGE) for part in merged]
    rows = pc.binary_join_element_wise(*joined, pa.scalar("", _LARGE))
    data = rows.buffers()[2]
    return memoryview(data if data is not None else b"")
