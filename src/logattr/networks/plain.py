"""The commonest lines of lists, an IPv4 address or network and nothing else, read all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["Plain", "no_networks", "read_plain"]

_OCTET = "(?P<{}>0|[1-9][0-9]{{0,2}})"  # no leading zeros, which some read as octal
_PLAIN = rf"^{_OCTET.format('a')}\.{_OCTET.format('b')}\.{_OCTET.format('c')}\.{_OCTET.format('d')}" + (
    "(?:/(?P<length>[1-9][0-9]?))?$"
)


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
    column = pc.utf8_rtrim_whitespace(pa.array(lines, pa.string()))
    parts = pc.extract_regex(column, _PLAIN)
    plain = parts.is_valid().to_numpy(zero_copy_only=False)
    parts, texts = parts.filter(parts.is_valid()), column.filter(parts.is_valid())
    *octets, lengths = (parts.field(name) for name in ("a", "b", "c", "d", "length"))
    alone = pc.equal(lengths, "")
    bits = pc.if_else(alone, "32", lengths).cast(pa.int64()).to_numpy()
    numbers = np.stack([octet.cast(pa.int64()).to_numpy() for octet in octets])
    size = np.int64(1) << np.clip(32 - bits, 0, 32)
    first = numbers[0] << 24 | numbers[1] << 16 | numbers[2] << 8 | numbers[3]
    good = (numbers <= 255).all(axis=0) & (bits <= 32) & (first & size - 1 == 0)
    plain[plain] = good
    texts = pc.if_else(alone, pc.binary_join_element_wise(texts, "32", "/"), texts)
    found = np.array(texts.to_pylist(), object)[good]
    return Plain(first[good], (first + size - 1)[good], found), plain
