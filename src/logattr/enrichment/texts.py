"""Canonical text of addresses and networks as Arrow columns, made in bulk."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr import addresses as addr
from logattr.distinct import distinct

__all__ = ["address_column", "network_column"]

_WIDTH = 16  # "255.255.255.255", and a byte that is never used
_PART = 1 << 15  # so many at once stay in the processor's cache


def address_column(addresses: addr.Addresses) -> pa.Array:
    """As :func:`logattr.addresses.canonical`, as an Arrow column.

    Examples
    --------
    >>> address_column(addr.parse(["192.0.2.1", "-", "2001:DB8:0::1"])).to_pylist()
    ['192.0.2.1', None, '2001:db8::1']
    """
    return _joined([_addresses(addresses.take(part)) for part in _parts(len(addresses))])


def _parts(count: int) -> list[slice]:
    """Slices of so many rows that what is made on the way is in memory that was used before."""
    return [slice(start, start + _PART) for start in range(0, count, _PART)]


def _joined(parts: list[pa.Array]) -> pa.Array:
    return pa.concat_arrays(parts) if parts else pa.array([], pa.string())


def _addresses(addresses: addr.Addresses) -> pa.Array:
    four = np.flatnonzero(addresses.version == 4)
    six = np.flatnonzero(addresses.version == 6)
    texts = pa.concat_arrays(
        [
            _ipv4(addresses.low[four]),
            pa.array(addr.canonical(addresses.take(six)), pa.string()),
            pa.nulls(1, pa.string()),
        ]
    )
    where = np.full(len(addresses), len(four) + len(six), np.int64)
    where[four], where[six] = np.arange(len(four)), len(four) + np.arange(len(six))
    if np.array_equal(where, np.arange(len(where))):  # they stand in this order already
        return texts.slice(0, len(where))
    return texts.take(pa.array(where))


def network_column(addresses: addr.Addresses, lengths: NDArray[Any], known: NDArray[np.bool_]) -> pa.Array:
    """As :func:`logattr.addresses.network_texts`, as an Arrow column; null where ``known`` is false.

    Examples
    --------
    >>> known = np.array([True, False])
    >>> network_column(addr.parse(["192.0.2.77", "192.0.2.1"]), np.array([24, 32]), known).to_pylist()
    ['192.0.2.0/24', None]
    """
    return _joined(
        [_networks(addresses.take(part), lengths[part], known[part]) for part in _parts(len(addresses))]
    )


def _networks(addresses: addr.Addresses, lengths: NDArray[Any], known: NDArray[np.bool_]) -> pa.Array:
    of = addr.network_of(addresses, lengths)
    four, six = (np.flatnonzero(known & (addresses.version == version)) for version in (4, 6))
    # Many IPv6 addresses lie in one network, whose text takes long to make.
    first, number = distinct([_numbered(half) for half in (of.high[six], of.low[six])])
    texts = pa.concat_arrays(
        [_addresses(of.take(four)), _addresses(of.take(six[first])).take(pa.array(number))]
    )
    rows = np.concatenate([four, six])
    texts = pc.binary_join_element_wise(texts, pa.array(lengths[rows]).cast(pa.string()), "/")
    where = np.full(len(known), -1, np.int64)
    where[rows] = np.arange(len(rows))
    return texts.take(pa.array(where, mask=where < 0))


def _numbered(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    """A small number per value, the same for the same one; by hashes, where numpy would sort."""
    numbers: NDArray[np.int64] = pa.array(values).dictionary_encode().indices.to_numpy().astype(np.int64)
    return numbers


@cache
def _octets() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Digits of 0 to 255, each with a dot behind, and how many bytes that is."""
    texts = [f"{number}." for number in range(256)]
    digits = np.frombuffer("".join(text.ljust(4, "\0") for text in texts).encode(), np.uint8)
    return digits.reshape(256, 4), np.array([len(text) for text in texts], np.uint8)


def _ipv4(numbers: NDArray[np.uint64]) -> pa.Array:
    digits, sizes = _octets()
    octets = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
    matrix = digits[octets].reshape(-1, _WIDTH)
    lengths = sizes[octets].sum(axis=1, dtype=np.int32) - 1  # without the last dot
    kept = matrix != 0
    kept[np.arange(len(matrix)), 12 + sizes[octets[:, 3]] - 1] = False
    ends = np.zeros(len(matrix) + 1, np.int32)
    np.cumsum(lengths, out=ends[1:])
    return pa.StringArray.from_buffers(len(matrix), pa.py_buffer(ends), pa.py_buffer(matrix[kept]))
