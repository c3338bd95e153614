"""The commonest lines of lists, an IPv4 address or network and nothing else, read all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logattr.ipv4 import read_ipv4_networks

__all__ = ["Plain", "no_networks", "read_plain"]

_LONGEST = len("255.255.255.255/32")


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
    whole = "".join(lines)
    blank = " " in whole or "\t" in whole or not whole.isascii()
    texts = [line.rstrip() for line in lines] if blank else lines
    short: Sequence[str | None] = texts
    # Long texts are none, and numpy would take many times their memory to find that out.
    if max(map(len, texts), default=0) > _LONGEST:
        short = [text if len(text) <= _LONGEST else None for text in texts]
    numbers, bits, plain = read_ipv4_networks(short)
    first, size = numbers.astype(np.int64), np.int64(1) << 32 - bits
    plain &= (bits > 0) & (first & size - 1 == 0)
    rows = np.flatnonzero(plain)
    found = np.array(texts, object)[rows]
    alone = np.flatnonzero(bits[rows] == 32)
    found[alone] = [text if "/" in text else f"{text}/32" for text in found[alone].tolist()]
    return Plain(first[rows], (first + size - 1)[rows], found), plain
