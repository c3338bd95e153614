"""The most frequent texts of every client, in compact arrays: no object per client, path or user agent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["Texts", "Tops"]

_TEXT_BITS = 32

# Distinct texts of a block; then the client and the text of every row that has one.
Texts = tuple[pa.Array, NDArray[np.int64], NDArray[np.int32]]


class Tops:
    """How often every client had every text.

    Parameters
    ----------
    keep
        Texts kept of a client that has more than four times as many; one with fewer has all of them,
        counted exactly.

    Examples
    --------
    >>> tops = Tops(320)
    >>> tops.add([(pa.array(["/a", "/b"]), np.array([0, 0, 0, 1]), np.array([1, 0, 1, 0], np.int32))])
    >>> tops.most_frequent(2, 10).to_pylist()
    [['/b', '/a'], ['/a']]
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._texts = pa.array([], pa.large_string())
        self._keys = np.zeros(0, np.int64)  # client, then text, as one number; sorted
        self._counts = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, blocks: Sequence[Texts]) -> None:
        """Count the texts of some blocks."""
        if not blocks:
            return
        texts = pa.concat_arrays([self._texts, *(texts.cast(pa.large_string()) for texts, _, _ in blocks)])
        encoded = texts.dictionary_encode()
        numbers, start = encoded.indices.to_numpy().astype(np.int64), len(self._texts)
        self._texts = encoded.dictionary
        keys = []
        for own, clients, codes in blocks:
            keys.append(clients << _TEXT_BITS | numbers[start : start + len(own)][codes])
            start += len(own)
        new = np.concatenate(keys)
        new.sort()
        begins = np.flatnonzero(np.concatenate(([True], new[1:] != new[:-1])))
        self._merge(new[begins], np.diff(begins, append=len(new)))
        self._let_go()

    def _merge(self, keys: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        if len(self._keys):
            keys, counts = np.concatenate((self._keys, keys)), np.concatenate((self._counts, counts))
            order = np.argsort(keys, kind="stable")  # of two sorted parts: quick
            keys, counts = keys[order], counts[order]
            begins = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
            keys, counts = keys[begins], np.add.reduceat(counts, begins)
        self._keys, self._counts = keys, counts

    def _let_go(self) -> None:
        """Of clients with very many texts keep the most frequent, and no text that nobody has any more."""
        owners = self._keys >> _TEXT_BITS
        heavy = np.bincount(owners) > 4 * self._keep
        if not heavy.any():
            return
        rows = np.flatnonzero(heavy[owners])
        kept = np.ones(len(owners), np.bool_)
        kept[rows] = False
        kept[rows[self._best(rows, self._keep)]] = True
        self._keys, self._counts = self._keys[kept], self._counts[kept]
        used, numbers = np.unique(self._keys & (1 << _TEXT_BITS) - 1, return_inverse=True)
        self._texts = self._texts.take(pa.array(used))
        self._keys = self._keys >> _TEXT_BITS << _TEXT_BITS | numbers  # used is sorted, and so stay the keys

    def _best(self, rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
        """Positions in ``rows`` of the most frequent texts of each client, in order."""
        keys, counts = self._keys[rows], self._counts[rows]
        owners, texts = keys >> _TEXT_BITS, keys & (1 << _TEXT_BITS) - 1
        used = np.flatnonzero(np.bincount(texts))
        alphabet = np.zeros(int(used.max(initial=0)) + 1, np.int64)
        by_text = pc.sort_indices(self._texts.take(pa.array(used))).to_numpy().astype(np.int64)
        alphabet[used[by_text]] = np.arange(len(used))
        order = _order(owners, counts, alphabet[texts])
        owners = owners[order]
        begins = np.flatnonzero(np.concatenate(([True], owners[1:] != owners[:-1]))[: len(owners)])
        rank = np.arange(len(owners)) - np.repeat(begins, np.diff(begins, append=len(owners)))
        return order[rank < most]

    def most_frequent(self, clients: int, most: int) -> pa.ListArray:
        """The texts of so many clients, the most frequent first, then by alphabet."""
        best = self._best(np.arange(len(self._keys)), most)
        keys = self._keys[best]
        sizes = np.bincount(keys >> _TEXT_BITS, minlength=clients)
        offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
        used, codes = np.unique(keys & (1 << _TEXT_BITS) - 1, return_inverse=True)
        texts = self._texts.take(pa.array(used)).cast(pa.string())
        values = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), texts)
        return pa.ListArray.from_arrays(pa.array(offsets), values)


def _order(
    owners: NDArray[np.int64], counts: NDArray[np.int64], alphabet: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rows by owner, the highest count first, then by alphabet."""
    if not len(owners):
        return np.zeros(0, np.int64)
    behind = int(counts.max()) - counts
    widths = [int(part.max()).bit_length() for part in (owners, behind, alphabet)]
    if sum(widths) > 63:
        return np.lexsort((alphabet, behind, owners))
    packed = (owners << widths[1] | behind) << widths[2] | alphabet
    return np.argsort(packed)
