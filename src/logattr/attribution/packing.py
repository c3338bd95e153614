"""Integers in few bytes: of millions of them, that wait or are held, is made what most of a report takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["TIME_STEPS", "Packed", "pack"]

TIME_STEPS = (1_000_000, 1_000)
"""Most logs tell times to the second, others to the millisecond: four bytes hold 136 years, or 49 days."""

# Where rows are sorted by client much repeats: it halves what is left, and takes 5 to 10 ns a number.
_CODEC = "lz4_raw"


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """Integers of 64 bits as multiples of a step above the least of them, all counted modulo 2^64."""

    least: np.uint64
    step: int
    size: int
    type: np.dtype[Any]
    multiples: bytes
    pressed: bool

    def __len__(self) -> int:
        return self.size

    @property
    def nbytes(self) -> int:
        """Bytes that the integers take."""
        return len(self.multiples)

    def values(self) -> NDArray[np.int64]:
        """The integers, in an array of their own."""
        if not self.size:
            return np.zeros(0, np.int64)
        plain = self.multiples
        if self.pressed:
            plain = pa.decompress(plain, self.size * self.type.itemsize, _CODEC)
        wide = np.frombuffer(plain, self.type).astype(np.uint64)
        if self.step != 1:
            wide *= self.step
        wide += self.least
        return wide.view(np.int64)


def pack(values: NDArray[np.signedinteger[Any]], steps: Sequence[int] = (), *, press: bool = False) -> Packed:
    """Pack integers.

    Parameters
    ----------
    values
        Any: what fits nothing narrower takes eight bytes each.
    steps
        Larger ones first; the first that all differences are multiples of is taken.
    press
        Take out what repeats as well: for what is held long.

    Examples
    --------
    >>> packed = pack(np.arange(1_000) * 2_000_000 + 1_704_844_862_000_000, TIME_STEPS)
    >>> len(packed), packed.type, packed.values()[:2].tolist()
    (1000, dtype('uint16'), [1704844862000000, 1704844864000000])
    """
    if not len(values):
        return Packed(np.uint64(0), 1, 0, np.dtype(np.uint8), b"", pressed=False)
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
    narrow = multiples.astype(np.min_scalar_type(multiples.max()))
    # Bytes of their own: what Arrow cuts to its length leaves a hole behind it in the memory.
    held = pa.compress(narrow, _CODEC).to_pybytes() if press else narrow.tobytes()
    return Packed(least, step, len(narrow), narrow.dtype, held, press)
