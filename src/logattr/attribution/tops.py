"""The most frequent texts of every client, in compact arrays: no object per client, path or user agent."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.attribution.parts import Columns, Parts, added_up
from logattr.attribution.sessions import by_client
from logattr.distinct import starts_of_runs

__all__ = ["Texts", "Tops"]

_TEXT_BITS = 32
_TEXT = (1 << _TEXT_BITS) - 1
_FORGET_FROM = 16 << 20  # bytes of texts

# Distinct texts of a block; then the client and the text of every row that has one.
Texts = tuple[pa.Array, NDArray[np.int64], NDArray[np.integer[Any]]]


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
        self._texts = _Texts()
        # No method of this object: what is let go must be free at once, without a search for cycles.
        self._counts = Parts(partial(_merged, self._texts, keep), steps=[(), ()])

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, blocks: Sequence[Texts]) -> None:
        """Count the texts of some blocks."""
        if not blocks:
            return
        numbers = self._texts.add([texts for texts, _, _ in blocks])
        new = np.concatenate(
            [
                clients << _TEXT_BITS | own[codes]
                for own, (_, clients, codes) in zip(numbers, blocks, strict=True)
            ]
        )
        new.sort()
        begins = starts_of_runs(new)
        found = new[begins]
        self._counts.add(found >> _TEXT_BITS, found & _TEXT, np.diff(begins, append=len(new)))
        if self._texts.has_grown:
            self._forget()

    def _forget(self) -> None:
        """Forget the texts that no client has any more."""
        occurs = np.zeros(len(self._texts.array), np.bool_)
        for _, texts, _ in self._counts:
            occurs[texts] = True
        numbers = np.cumsum(occurs) - 1
        self._counts.change(lambda clients, texts, counts: (clients, numbers[texts], counts))
        self._texts.keep(occurs)

    def most_frequent(self, clients: int, most: int) -> pa.ListArray:
        """The texts of so many clients, the most frequent first, then by alphabet."""
        array = self._texts.array
        alphabet = self._texts.sorted(np.arange(len(array)))
        best = [_best(columns, alphabet, most)[:2] for columns in self._counts]
        owners, texts = map(np.concatenate, zip(*best, strict=True))
        texts = texts[by_client(owners)]
        offsets = np.append(0, np.cumsum(np.bincount(owners, minlength=clients))).astype(np.int32)
        occurs = np.bincount(texts, minlength=len(array)) > 0
        codes = (np.cumsum(occurs) - 1)[texts].astype(np.int32)
        used = array.take(pa.array(np.flatnonzero(occurs))).cast(pa.string())
        return pa.ListArray.from_arrays(pa.array(offsets), pa.DictionaryArray.from_arrays(codes, used))


class _Texts:
    """Distinct texts, numbered as they come."""

    def __init__(self) -> None:
        self.array = pa.array([], pa.large_string())
        self._kept_bytes = 0

    @property
    def has_grown(self) -> bool:
        """Whether it is time to ask which of the texts occur."""
        grown: bool = self.array.nbytes > 2 * self._kept_bytes + _FORGET_FROM
        return grown

    def add(self, blocks: Sequence[pa.Array]) -> list[NDArray[np.int64]]:
        """Numbers of the texts of some blocks."""
        known = len(self.array)
        texts = pa.concat_arrays([self.array, *(block.cast(pa.large_string()) for block in blocks)])
        encoded = texts.dictionary_encode()
        self.array = encoded.dictionary
        numbers = encoded.indices.to_numpy().astype(np.int64)[known:]
        return np.split(numbers, np.cumsum([len(block) for block in blocks])[:-1])

    def keep(self, occurs: NDArray[np.bool_]) -> None:
        """Forget all others, and give these new numbers, in the same order."""
        self.array = self.array.take(pa.array(np.flatnonzero(occurs)))
        self._kept_bytes = self.array.nbytes

    def sorted(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of texts in the order of the alphabet."""
        order: NDArray[np.uint64] = pc.sort_indices(self.array.take(pa.array(numbers))).to_numpy()
        return numbers[order.astype(np.int64)]


def _merged(
    all_texts: _Texts,
    keep: int,
    clients: NDArray[np.int64],
    texts: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> Columns:
    """Add up, and of clients with very many texts keep the most frequent."""
    columns = added_up(clients, texts, counts)
    begins = starts_of_runs(columns[0])
    own = np.diff(begins, append=len(columns[0]))
    heavy = np.repeat(own > 4 * keep, own)
    if not heavy.any():
        return columns
    many = tuple(column[heavy] for column in columns)
    kept = _best(many, all_texts.sorted(np.flatnonzero(np.bincount(many[1]))), keep)
    return added_up(
        *(np.concatenate([column[~heavy], best]) for column, best in zip(columns, kept, strict=True))
    )


def _best(columns: Columns, alphabet: NDArray[np.int64], most: int) -> Columns:
    """Client, text and count of the most frequent texts of each client, in order."""
    owners, texts, counts = columns
    letters = np.zeros(int(alphabet.max(initial=0)) + 1, np.int64)
    letters[alphabet] = np.arange(len(alphabet))
    owners, ordered, counts = _ordered(owners, letters[texts], counts)
    begins = starts_of_runs(owners)
    first = np.arange(len(owners)) - np.repeat(begins, np.diff(begins, append=len(owners))) < most
    return owners[first], alphabet[ordered[first]], counts[first]


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
