"""The commonest lines of lists, an IPv4 address or network and nothing else, read all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logattr.ipv4 import read_ipv4_networks

__all__ = ["Plain", "joined", "read_plain"]


@dataclass(frozen=True, slots=True)
class Plain:
    """First and last address of IPv4 networks, as numbers."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)


def joined(parts: Iterable[Plain] = ()) -> Plain:
    """All networks of some parts, in their order."""
    none = np.empty(0, np.int64)
    parts = list(parts)
    return Plain(
        np.concatenate([none, *(part.first for part in parts)]),
        np.concatenate([none, *(part.last for part in parts)]),
    )


def read_plain(text: str) -> tuple[Plain, list[tuple[int, str]]]:
    r"""Read the lines that are an IPv4 address or a network in CIDR notation, without host bits.

    Parameters
    ----------
    text
        Lines of a list, which end with line feeds; blanks at the end of a line do not count.

    Returns
    -------
    networks, others
        The networks of those lines in their order; and the other lines that are not empty, with their
        numbers from 0, for :func:`logattr.networks.entries.read_entries` to understand one by one.

    Examples
    --------
    >>> found, others = read_plain("192.0.2.0/24 \n192.0.2.7\n192.0.2.7/24\n\n# ours\n01.2.3.4")
    >>> found.first.tolist() == [0xC0000200, 0xC0000207], others
    (True, [(2, '192.0.2.7/24'), (4, '# ours'), (5, '01.2.3.4')])
    """
    if " " in text or "\t" in text or not text.isascii():
        text = "\n".join([line.rstrip() for line in text.split("\n")])
    lines = text.encode() + b"\n"
    data = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    numbers, bits, plain = read_ipv4_networks(data, ends)
    first, size = numbers.astype(np.int64), np.int64(1) << 32 - bits
    plain &= (bits > 0) & (first & size - 1 == 0)
    begins = np.concatenate([[0], ends[:-1] + 1])
    rows = np.flatnonzero(~plain & (ends > begins))
    others = [
        (row, lines[begin:end].decode())
        for row, begin, end in zip(rows.tolist(), begins[rows].tolist(), ends[rows].tolist(), strict=True)
    ]
    return Plain(first[plain], (first + size - 1)[plain]), others
