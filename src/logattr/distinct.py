"""Distinct rows of integer columns, without sorting where numbers are small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["distinct", "starts_of_runs"]


def distinct(columns: Sequence[NDArray[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct rows of integer columns, none below -1: a row of each, and the number of each row's.

    Examples
    --------
    >>> first, number = distinct([np.array([7, -1, 7]), np.array([1, 1, 1])])
    >>> first.tolist(), number.tolist()
    ([1, 0], [1, 0, 1])
    """
    keys = np.zeros(len(columns[0]) if columns else 0, np.int64)
    for column in columns:
        size = int(column.max(initial=-1)) + 2
        keys = _renumbered(keys)[1] * size + column + 1
    return _renumbered(keys)


def starts_of_runs(keys: NDArray[Any]) -> NDArray[np.intp]:
    """Where each run of equal keys begins; nowhere where there is none.

    Examples
    --------
    >>> starts_of_runs(np.array([7, 7, 3])).tolist(), starts_of_runs(np.array([])).tolist()
    ([0, 2], [])
    """
    return np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))[: len(keys)])


def _renumbered(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A row of each distinct key, in the order of the keys, and per row the number of its key."""
    most = int(keys.max(initial=0))
    if most > 4 * len(keys) + 1024:
        _, first, number = np.unique(keys, return_index=True, return_inverse=True)
        return first, number
    row = np.full(most + 1, -1, np.int64)  # small numbers need no sorting
    row[keys[::-1]] = np.arange(len(keys) - 1, -1, -1)
    known = row >= 0
    return row[known], (np.cumsum(known) - 1)[keys]
