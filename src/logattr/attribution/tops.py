"""The most frequent texts of every client, in compact arrays: no object per client, path or user agent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.distinct import starts_of_runs

__all__ = ["Texts", "Tops"]

_TEXT_BITS = 32
_TEXT = (1 << _TEXT_BITS) - 1
_PART = 1 << 18  # keys worked on at once

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
        begins = starts_of_runs(new)
        self._merge(new[begins], np.diff(begins, append=len(new)))
        self._let_go()

    def _merge(self, keys: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        """Add counts of keys that are sorted and distinct; what is held is never twice in memory."""
        at = np.searchsorted(self._keys, keys)
        known = at < len(self._keys)
        known[known] = self._keys[at[known]] == keys[known]
        self._counts[at[known]] += counts[known]
        self._insert(at[~known], keys[~known], counts[~known])

    def _insert(self, at: NDArray[np.intp], keys: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        self._keys = np.insert(self._keys, at, keys)
        self._counts = np.insert(self._counts, at, counts)

    def _let_go(self) -> None:
        """Of clients with very many texts keep the most frequent, and no text that nobody has any more."""
        owners = np.arange(int(self._keys[-1] >> _TEXT_BITS) + 2 if len(self._keys) else 1)
        own = np.diff(np.searchsorted(self._keys, owners << _TEXT_BITS))
        heavy = np.repeat(own > 4 * self._keep, own)
        if not heavy.any():
            return
        kept, texts, counts = self._best(self._keys[heavy], self._counts[heavy], self._keep)
        self._keys, self._counts = self._keys[~heavy], self._counts[~heavy]
        keys = kept << _TEXT_BITS | texts
        order = np.argsort(keys)
        self._insert(np.searchsorted(self._keys, keys[order]), keys[order], counts[order])
        self._renumber()

    def _renumber(self) -> None:
        """Forget the texts that nobody has any more, part by part: all keys at once are a lot of memory."""
        parts = [slice(start, start + _PART) for start in range(0, len(self._keys), _PART)]
        occurs = np.zeros(len(self._texts), np.bool_)
        for part in parts:
            occurs[self._keys[part] & _TEXT] = True
        numbers = np.cumsum(occurs) - 1
        self._texts = self._texts.take(pa.array(np.flatnonzero(occurs)))
        for part in parts:
            texts = numbers[self._keys[part] & _TEXT]
            self._keys[part] = self._keys[part] >> _TEXT_BITS << _TEXT_BITS | texts

    def _used(self, texts: NDArray[np.int64]) -> tuple[NDArray[np.int64], pa.Array]:
        """The texts that occur, and their numbers among these, in the same order."""
        occurs = np.bincount(texts, minlength=len(self._texts)) > 0
        return (np.cumsum(occurs) - 1)[texts], self._texts.take(pa.array(np.flatnonzero(occurs)))

    def _best(
        self, keys: NDArray[np.int64], counts: NDArray[np.int64], most: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Client, text and count of the most frequent texts of each client, in order."""
        owners, texts = keys >> _TEXT_BITS, keys & _TEXT
        used = np.flatnonzero(np.bincount(texts))
        by_text = used[pc.sort_indices(self._texts.take(pa.array(used))).to_numpy().astype(np.int64)]
        alphabet = np.zeros(int(used.max(initial=0)) + 1, np.int64)
        alphabet[by_text] = np.arange(len(by_text))
        owners, letters, counts = _ordered(owners, alphabet[texts], counts)
        begins = starts_of_runs(owners)
        first = np.arange(len(owners)) - np.repeat(begins, np.diff(begins, append=len(owners))) < most
        return owners[first], by_text[letters[first]], counts[first]

    def most_frequent(self, clients: int, most: int) -> pa.ListArray:
        """The texts of so many clients, the most frequent first, then by alphabet."""
        owners, texts, _ = self._best(self._keys, self._counts, most)
        sizes = np.bincount(owners, minlength=clients)
        offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
        codes, used = self._used(texts)
        values = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), used.cast(pa.string()))
        return pa.ListArray.from_arrays(pa.array(offsets), values)


def _ordered(
    owners: NDArray[np.int64], alphabet: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The same rows by owner, the highest count first, then by alphabet."""
    if not len(owners):
        return owners, alphabet, counts
    highest = int(counts.max())
    behind = highest - counts
    high, low, lower = (int(part.max()).bit_length() for part in (owners, behind, alphabet))
    if high + low + lower > 63:
        order = np.lexsort((alphabet, behind, owners))
        return owners[order], alphabet[order], counts[order]
    # One number holds all three: sorting numbers takes a quarter of the time of sorting positions.
    packed = (owners << low | behind) << lower | alphabet
    packed.sort()
    return (
        packed >> low + lower,
        packed & (1 << lower) - 1,
        highest - (packed >> lower & (1 << low) - 1),
    )
