"""Integers in as few bytes as their range and a common step allow: millions of them are most of a memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["TIME_STEPS", "Packed", "pack"]

TIME_STEPS = (1_000_000, 1_000)
"""Most logs tell times to the second, others to the millisecond: four bytes hold 136 years, or 49 days."""


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """Integers of 64 bits as multiples of a step above the least of them, all counted modulo 2^64."""

    least: np.uint64
    step: int
    multiples: NDArray[Any]

    def __len__(self) -> int:
        return len(self.multiples)

    @property
    def nbytes(self) -> int:
        """Bytes that the integers take."""
        return self.multiples.nbytes

    def values(self) -> NDArray[np.int64]:
        """The integers, in an array of their own."""
        wide = self.multiples.astype(np.uint64)
        if self.step != 1:
            wide *= self.step
        wide += self.least
        return wide.view(np.int64)


def pack(values: NDArray[np.signedinteger[Any]], steps: Sequence[int] = ()) -> Packed:
    """Pack integers.

    Parameters
    ----------
    values
        Any: what fits nothing narrower takes eight bytes each.
    steps
        Larger ones first; the first that all differences are multiples of is taken.

    Examples
    --------
    >>> packed = pack(np.array([1_704_844_862_000_000, 1_704_844_863_000_000]), TIME_STEPS)
    >>> packed.nbytes, packed.values().tolist()
    (2, [1704844862000000, 1704844863000000])
    """
    if not len(values):
        return Packed(np.uint64(0), 1, np.zeros(0, np.uint8))
    wide = values.astype(np.int64, copy=False).view(np.uint64)
    least = wide[values.argmin()]
    multiples, step = wide - least, 1
    for one in steps:
        if (multiples[:16] % one).any():  # nearly always these tell
            continue
        whole = multiples // one
        if np.array_equal(whole * one, multiples):
            multiples, step = whole, one
            break
    return Packed(least, step, multiples.astype(np.min_scalar_type(multiples.max())))
