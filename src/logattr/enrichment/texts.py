"""Canonical text of addresses and networks as Arrow columns, made in bulk."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr import addresses as addr

__all__ = ["address_column", "network_column"]

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


def _addresses(addresses: addr.Addresses, lengths: NDArray[Any] | None = None) -> pa.Array:
    """Texts of addresses, or of the networks of so many bits that begin there."""
    version = addresses.version
    mapped = (version == 6) & (addresses.high == 0) & (addresses.low >> np.uint64(32) == 0xFFFF)
    kinds = [np.flatnonzero(of) for of in (version == 4, (version == 6) & ~mapped, mapped)]
    four, six, dotted = kinds
    bits = [None if lengths is None else lengths[rows] for rows in kinds]
    texts = pa.concat_arrays(
        [
            _joint(_ipv4(addresses.low[four]), bits[0]),
            _joint(_ipv6(addresses.high[six], addresses.low[six]), bits[1]),
            _dotted(addresses.take(dotted), bits[2]),
            pa.nulls(1, pa.string()),
        ]
    )
    where = np.full(len(addresses), len(texts) - 1, np.int64)
    rows = np.concatenate(kinds)
    where[rows] = np.arange(len(rows))
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
    first = addr.network_of(addresses, lengths)
    return _addresses(replace(first, version=np.where(known, first.version, np.int8(0))), lengths)


def _joint(matrix: NDArray[np.uint8], lengths: NDArray[Any] | None) -> pa.Array:
    """Texts of rows of bytes without those that are zero; the separator at the end stands before the bits."""
    matrix[:, -1] = 0 if lengths is None else ord("/")
    if lengths is not None:
        matrix = np.concatenate([matrix, _bits()[lengths]], axis=1)
    kept = matrix != 0
    ends = np.zeros(len(matrix) + 1, np.int32)
    np.cumsum(np.count_nonzero(kept, axis=1), out=ends[1:])
    return pa.StringArray.from_buffers(len(matrix), pa.py_buffer(ends), pa.py_buffer(matrix[kept]))


@cache
def _bits() -> NDArray[np.uint8]:
    """Digits of 0 to 128."""
    return _table([str(number) for number in range(129)], 3)


@cache
def _octets() -> NDArray[np.uint8]:
    """Digits of 0 to 255, each with a dot behind."""
    return _table([f"{number}." for number in range(256)], 4)


def _table(texts: list[str], width: int) -> NDArray[np.uint8]:
    whole = "".join(text.rjust(width, "\0") for text in texts)
    return np.frombuffer(whole.encode(), np.uint8).reshape(len(texts), width)


def _ipv4(numbers: NDArray[np.uint64]) -> NDArray[np.uint8]:
    octets = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
    return _octets()[octets].reshape(-1, 16)


@cache
def _groups() -> NDArray[np.uint8]:
    """Hexadecimal digits of 0 to 65535 without leading zeros, each with a colon behind."""
    numbers = np.arange(1 << 16)[:, None]
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)[numbers >> np.array([12, 8, 4, 0]) & 15]
    written = np.where(numbers >= np.array([0x1000, 0x100, 0x10, 0]), digits, 0)
    return np.append(written, np.full_like(numbers, ord(":")), axis=1).astype(np.uint8)


@cache
def _runs() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """For every set of groups that are zero (the first is the highest bit): what stays, what is added.

    The longest run of two or more becomes ``::``, the first one of equals (RFC 5952 section 4.2).
    """
    stays, added = np.full((256, 8, 5), 0xFF, np.uint8), np.zeros((256, 8, 5), np.uint8)
    for zeros in range(256):
        runs = [(len(run[0]), -run.start()) for run in re.finditer("1{2,}", f"{zeros:08b}")]
        if runs:
            length, start = max(runs)
            stays[zeros, -start : length - start] = 0
            # The group before has a colon behind it already.
            added[zeros, -start, 3 if start == 0 else 4 :] = ord(":")
    return stays.reshape(256, 40), added.reshape(256, 40)


def _ipv6(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.uint8]:
    groups = np.stack([high, low], axis=1).astype(">u8").view(">u2").astype(np.uint16)
    zeros = np.packbits(groups == 0, axis=1)[:, 0]
    stays, added = _runs()
    matrix = _groups()[groups].reshape(-1, 40)
    return matrix & stays[zeros] | added[zeros]


def _dotted(addresses: addr.Addresses, lengths: NDArray[Any] | None) -> pa.Array:
    """IPv4-mapped addresses, which are few."""
    texts = addr.canonical(addresses) if lengths is None else addr.network_texts(addresses, lengths)
    return pa.array(texts, pa.string())
