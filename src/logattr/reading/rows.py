"""Rows of columns through the kernel: what :mod:`logattr.reading.records` reads line by line.

Only rows in which one byte separates the columns, and nothing else does, are read here. Everything that
is odd in any way is left to the parser of records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from logattr.reading.columnar import read_columns
from logattr.reading.names import Layout
from logattr.reading.program import compile_row
from logattr.reading.splitting import Slices
from logattr.reading.template import Field
from logattr.reading.times import NO_TIME, w3c_date_microseconds
from logattr.reading.tokens import Encoded, Tokens, Typed

__all__ = ["read_rows"]

# The tables of distinct texts take some room per column and line.
_MOST_COLUMNS = 64

_program_of = lru_cache(maxsize=256)(compile_row)


def read_rows(
    lines: Slices,
    at: NDArray[np.int64],
    dates: Encoded,
    layouts: Sequence[Layout],
    *,
    separator: bytes,
    odd: Sequence[bytes],
    escapes: str,
    columns: frozenset[str] | None,
) -> Tokens | None:
    """Tokens of the rows that the kernel reads; null where it can read none.

    Parameters
    ----------
    lines
        All lines of a block.
    at
        Which of them are rows.
    dates
        For each row the date that a header gives it.
    layouts
        What the rows may be; of several the one that fits the first row is tried.
    separator
        The byte between columns.
    odd
        Bytes that rows must not hold.
    escapes
        How the writer escapes texts.
    columns
        Events columns that are wanted; null: all.

    Returns
    -------
    Tokens
        ``rows`` are positions in ``at``.
    """
    count = lines[int(at[0])].count(separator) + 1
    layout = next((one for one in layouts if len(layouts) == 1 or len(one.fields) == count), None)
    if layout is None or len(layout.fields) > _MOST_COLUMNS:
        return None
    program = _program_of(layout.fields, separator.decode(), escapes, columns, needs_date=layout.needs_date)
    if program is None:
        return None
    chosen = np.arange(len(at))
    for mark in odd:
        chosen = chosen[~np.isin(at[chosen], lines.holding(mark))]
    tokens = read_columns(lines.data, lines.starts, lines.ends, at[chosen], program)
    # Numbers of lines back to positions among the rows: both ascend.
    rows = np.searchsorted(at, tokens.rows)
    return _with_time(replace(tokens, rows=rows), Encoded(dates.values, dates.codes[rows]), layout)


def _with_time(tokens: Tokens, dates: Encoded, layout: Layout) -> Tokens:
    """The same with one column of times instead of dates and times of day."""
    pairs = list(zip(tokens.fields, tokens.columns, strict=True))
    parts = [
        (field, column)
        for field, column in pairs
        if field.kind in {"w3c_date", "w3c_time"} and isinstance(column, Typed)
    ]
    if not parts:
        return tokens
    values, missing = np.zeros(len(tokens.rows), np.int64), np.zeros(len(tokens.rows), np.bool_)
    for _, column in parts:
        values += column.values
    if layout.needs_date:
        days = np.array([w3c_date_microseconds(text) for text in dates.values], np.int64)[dates.codes]
        missing = days == NO_TIME
        values = np.where(missing, 0, values + days)
    known = np.ones(len(values), np.bool_)
    others = [pair for pair in pairs if all(pair[0] is not field for field, _ in parts)]
    fields = Field("date and time", "time", "w3c_time"), *(field for field, _ in others)
    return replace(
        tokens, fields=fields, columns=(Typed(values, missing, known), *(column for _, column in others))
    )
