"""The commonest lines of lists, an IPv4 address or network and nothing else, read all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logattr.ipv4 import LONGEST, read_ipv4

__all__ = ["Plain", "no_networks", "read_plain"]

# What stands behind an address, and the length that it means.
_LENGTHS = {"": 32, **{f"/{length}": length for length in range(1, 33)}}


@dataclass(frozen=True, slots=True)
class Plain:
    """IPv4 networks as columns.

    Parameters
    ----------
    first, last
        First and last address of each, as numbers.
    texts
        Each in CIDR notation, an object array of str.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    texts: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.first)


def no_networks() -> Plain:
    """None at all."""
    return Plain(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, object))


def read_plain(lines: Sequence[str]) -> tuple[Plain, NDArray[np.bool_]]:
    """Read the lines that are an IPv4 address or a network in CIDR notation, without host bits.

    Parameters
    ----------
    lines
        Lines of a list; blanks at the end do not count.

    Returns
    -------
    networks, plain
        The networks of those lines in their order, and per line whether it is one of them. The others
        are for :func:`logattr.networks.entries.read_entries` to understand one by one.

    Examples
    --------
    >>> found, plain = read_plain(["192.0.2.0/24 ", "192.0.2.7", "192.0.2.7/24", "# ours", "01.2.3.4"])
    >>> found.texts.tolist(), plain.tolist()
    (['192.0.2.0/24', '192.0.2.7/32'], [True, True, False, False, False])
    """
    texts = [line.rstrip() for line in lines]
    parts = [text.partition("/") for text in texts]
    # Long texts are none, and numpy would take many times their memory to find that out.
    numbers, plain = read_ipv4([address if len(address) <= LONGEST else "" for address, _, _ in parts])
    bits = np.array([_LENGTHS.get(slash + length, 0) for _, slash, length in parts], np.int64)
    first, size = numbers.astype(np.int64), np.int64(1) << 32 - bits
    plain &= (bits > 0) & (first & size - 1 == 0)
    rows = np.flatnonzero(plain)
    found = np.array([texts[row] if parts[row][1] else f"{texts[row]}/32" for row in rows.tolist()], object)
    return Plain(first[rows], (first + size - 1)[rows], found), plain
