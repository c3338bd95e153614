"""What evidence quotes of the rows of a list, written only where it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

__all__ = ["Quotes"]


@dataclass(frozen=True, slots=True, eq=False)
class Quotes(Sequence[str]):
    """Texts of networks of IPv4, by first and last address, then other texts.

    Few of the hundred thousand networks of a list are ever quoted.

    Parameters
    ----------
    first, last
        First and last address of each network, as numbers.
    others
        The texts of the rows behind them.

    Examples
    --------
    >>> quotes = Quotes(np.array([0xC0000200, 0xC0000201]), np.array([0xC00002FF, 0xC0000203]), ("AS64496",))
    >>> list(quotes)
    ['192.0.2.0/24', '192.0.2.1-192.0.2.3', 'AS64496']
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    others: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.first) + len(self.others)

    def __iter__(self) -> Iterator[str]:
        yield from map(_text, self.first.tolist(), self.last.tolist())
        yield from self.others

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...
    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return tuple(self)[row]
        row = range(len(self))[row]
        if row >= len(self.first):
            return self.others[row - len(self.first)]
        return _text(int(self.first[row]), int(self.last[row]))

    def keys(self) -> NDArray[np.uint64]:
        """The networks as one number each."""
        return self.first.astype(np.uint64) << np.uint64(32) | self.last.astype(np.uint64)


def _text(first: int, last: int) -> str:
    """CIDR notation where that can be, else both ends."""
    size = last - first + 1
    if size & size - 1 or first & size - 1:
        return f"{IPv4Address(first)}-{IPv4Address(last)}"
    return f"{IPv4Address(first)}/{33 - size.bit_length()}"
