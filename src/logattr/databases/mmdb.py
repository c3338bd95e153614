"""Databases in MaxMind's ``.mmdb`` format, asked about whole columns of addresses at once.

A ``.mmdb`` file (https://maxmind.github.io/MaxMind-DB/) is a binary search tree over the bits of
addresses, followed by records. The reader of the maxminddb package walks the tree for one address
and decodes the record each time. Here the walk goes through all addresses together, one bit per
step, straight on the mapped file; then every *distinct* record is decoded once
(:mod:`logattr.databases.records`). The answers are tested to equal maxminddb's, which also reads the
metadata.

A database is untrusted input: the walk checks every value that it takes from the tree, and whatever
is wrong with a file ends in one :class:`~logattr.errors.DatabaseError` that names it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import mmap
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import maxminddb
import numpy as np
from numpy.typing import NDArray

from logattr.addresses import Addresses, canonical
from logattr.databases.files import MARKER, damaged, map_file, metadata_start, no_database
from logattr.databases.leaves import Leaves, Maps
from logattr.databases.records import RecordReader
from logattr.distinct import distinct

__all__ = ["Database", "Found", "Matches", "open_database"]

_SEPARATOR_BYTES = 16
# What a reader raises on a broken file; which of them depends on whether maxminddb runs its C or its
# Python code. AttributeError and KeyError are for metadata that lacks what it must have.
_BROKEN = (
    maxminddb.InvalidDatabaseError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    RecursionError,
    MemoryError,
)
_HASHED_BYTES = 4 << 20
_AT_ONCE = 1 << 17  # addresses; more would not stay in the caches, nor in memory that was used before
_TABLE_BITS = 16
_TABLE_PAYS_FROM = 1 << 14  # addresses; building the table costs about as much as walking these


@dataclass(frozen=True, slots=True)
class Matches:
    """What a database answers to a column of addresses.

    Parameters
    ----------
    record
        Position in ``records`` per address; -1 where the database has nothing.
    prefix_length
        Length of the network that decided, in bits of the address's own version, also where there
        is no record: then it is the largest network around the address without one.
    records
        The distinct records, decoded; of names in several languages only the English ones, unless
        all were asked for (eight languages are nine tenths of a City record).
    """

    record: NDArray[np.int32]
    prefix_length: NDArray[np.uint8]
    records: list[Any]


@dataclass(frozen=True, slots=True)
class Found:
    """Which records a column of addresses has, not decoded yet.

    Parameters
    ----------
    record, prefix_length
        As in :class:`Matches`.
    offsets
        Where each distinct record begins in the data section.
    examples
        An address of each distinct record.
    """

    record: NDArray[np.int32]
    prefix_length: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    examples: Addresses


@dataclass(frozen=True, eq=False)
class Database:
    """An open database; made by :func:`open_database`. Pickled by its path and opened again.

    Parameters
    ----------
    path
        The file.
    database_type
        What the vendor calls it; no proof of who the vendor is.
    description
        English description; empty when there is none.
    build_date
        Day of the build, UTC; None when the file does not say or says nonsense.
    record_size
        Bits of one record of the search tree: 24, 28 or 32.
    ip_version
        4, or 6 for a tree of both.
    node_count
        Nodes of the search tree.
    mapping
        File that says what the records mean, see :mod:`logattr.databases.mapping`; None: no such file.
    """

    path: Path
    database_type: str
    description: str
    build_date: dt.date | None
    record_size: int
    ip_version: int
    node_count: int
    _file: mmap.mmap
    mapping: Path | None = None

    @property
    def name(self) -> str:
        """Name of the file, also where that is not UTF-8."""
        return self.path.name.encode("utf-8", "backslashreplace").decode()

    def __repr__(self) -> str:
        return f"<Database {self.name}: {self.database_type}, built {self.build_date or 'unknown'}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return open_database, (self.path, self.mapping)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the file, in hexadecimal; of the very bytes that answer."""
        digest = hashlib.sha256()
        with memoryview(self._file) as whole:
            for start in range(0, len(whole), _HASHED_BYTES):
                digest.update(whole[start : start + _HASHED_BYTES])
                if hasattr(mmap, "MADV_DONTNEED"):  # nor does what was hashed stay in the process's memory
                    self._file.madvise(mmap.MADV_DONTNEED, start, _HASHED_BYTES)
        return digest.hexdigest()

    def lookup(self, addresses: Addresses, *, all_languages: bool = False) -> Matches:
        """Answer for every address; each distinct record is decoded once.

        Parameters
        ----------
        addresses
            Any addresses; an IPv6 address asked of an IPv4 database has no record.
        all_languages
            Keep every language of ``names``, not only English.

        Raises
        ------
        DatabaseError
            The tree or a record is broken.

        Examples
        --------
        >>> from logattr.addresses import parse
        >>> from logattr.databases.embedded import find_embedded
        >>> matches = open_database(find_embedded()).lookup(parse(["175.160.0.1", "10.0.0.1"]))
        >>> matches.record.tolist(), matches.prefix_length.tolist()
        ([0, -1], [15, 8])
        >>> matches.records[0]["subdivisions"][0]["names"]["en"]
        'Liaoning'
        """
        found = self.find(addresses)
        records = self.decode(found, range(len(found.offsets)), all_languages=all_languages)
        return Matches(found.record, found.prefix_length, records)

    def find(self, addresses: Addresses) -> Found:
        """Find the records of addresses, as :meth:`walk`, and number the distinct ones."""
        offsets, prefix_length = self.walk(addresses)
        first, number = distinct([offsets])
        known = offsets[first] >= 0
        missing = int(not known.all())  # sorts first
        return Found(
            (number - missing).astype(np.int32),
            prefix_length,
            offsets[first[known]],
            addresses.take(first[known]),
        )

    def decode(self, found: Found, positions: Iterable[int], *, all_languages: bool = False) -> list[Any]:
        """Decode some of the distinct records, with names in English only unless all are asked for.

        Raises
        ------
        DatabaseError
            One of them is broken.
        """
        reader, records = self._reader(all_languages=all_languages), []
        for position in positions:
            try:
                records.append(reader.read(int(found.offsets[position])))
            except _BROKEN as error:
                text = canonical(found.examples.take([position]))[0]
                raise damaged(self.path, f"the record of {text} cannot be decoded ({error})") from error
        return records

    def leaves(self, found: Found) -> tuple[Leaves, Maps]:
        """Ready to be asked for single values of the distinct records, and the top of these."""
        end = metadata_start(self._file)
        leaves = Leaves(self._file, self._data_start, end, self._reader(all_languages=False))
        return leaves, leaves.entries(self._data_start + found.offsets)

    def _reader(self, *, all_languages: bool) -> RecordReader:
        end = metadata_start(self._file)
        return RecordReader(self._file, self._data_start, end, all_languages=all_languages)

    def walk(self, addresses: Addresses) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Find every address in the search tree without decoding a record.

        Parameters
        ----------
        addresses
            Any addresses.

        Returns
        -------
        record, prefix_length
            Number of the record (its offset in the data section; -1: none), and the length of the
            network that decided. As in ``maxminddb.get_with_prefix_len``, lengths count in the
            address's own version, a miss has one too, and it is 0 for an IPv4 address in an IPv6
            tree without an IPv4 part; also 0 for what cannot be asked (no address, or an IPv6
            address in an IPv4 tree).

        Raises
        ------
        DatabaseError
            The tree holds a value that is neither a node, nor a record, nor "nothing".

        Examples
        --------
        >>> from logattr.addresses import parse
        >>> from logattr.databases.embedded import find_embedded
        >>> addresses = parse(["175.160.0.1", "10.0.0.1", "-"])
        >>> record, prefix_length = open_database(find_embedded()).walk(addresses)
        >>> (record >= 0).tolist(), prefix_length.tolist()
        ([True, False, False], [15, 8, 0])
        """
        record = np.empty(len(addresses), np.int64)
        prefix_length = np.empty(len(addresses), np.uint8)
        for start in range(0, len(addresses), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            record[part], prefix_length[part] = self._walk(addresses.take(part))
        return record, prefix_length

    def _walk(self, addresses: Addresses) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        record = np.full(len(addresses), -1, np.int64)
        prefix_length = np.zeros(len(addresses), np.uint8)
        four = np.flatnonzero(addresses.version == 4)
        if len(four):
            values, prefix_length[four] = self._walk_ipv4(addresses.low[four] << np.uint64(32))
            record[four] = self._records_of(values)
        six = np.flatnonzero(addresses.version == 6)
        if len(six) and self.ip_version == 6:
            words = (addresses.high[six], addresses.low[six])
            values, prefix_length[six] = self._descend(words, np.zeros(len(six), np.uint32), 0, 128)
            record[six] = self._records_of(values)
        return record, prefix_length

    def sample(self, count: int = 200) -> list[Any]:
        """At most that many distinct records from all over the tree, always the same ones."""
        return self.lookup(self.sample_addresses(count)).records

    def sample_addresses(self, count: int = 200) -> Addresses:
        """Addresses of at most that many distinct records, always the same ones."""
        width = 32 if self.ip_version == 4 else 128
        node = np.zeros(1, np.uint32)
        words = np.zeros((2, 1), np.uint64)
        found = [words[:, :0]]
        for depth in range(width):
            words = np.concatenate([words, words], axis=1)
            words[depth // 64, len(node) :] |= np.uint64(1 << (63 - depth % 64))
            node = np.concatenate([self._child(node, np.uint64(0)), self._child(node, np.uint64(1))])
            found.append(words[:, node > self.node_count])
            # Aliases make one node reachable on many ways; one is enough. At most 1024 go on.
            node, first = np.unique(node, return_index=True)
            inner = np.flatnonzero(node < self.node_count)
            inner = inner[:: len(inner) // 1024 + 1]
            node, words = node[inner], words[:, first[inner]]
        high, low = np.concatenate(found, axis=1)
        if width == 32:
            high, low = np.zeros_like(high), high >> np.uint64(32)
        addresses = Addresses(high, low, np.full(len(high), 4 if width == 32 else 6, np.int8))
        _, first = np.unique(self.walk(addresses)[0], return_index=True)
        spaced = np.linspace(0, len(first) - 1, min(count, len(first))).astype(np.intp)
        return addresses.take(np.sort(first)[spaced])

    def _walk_ipv4(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
        if len(keys) < _TABLE_PAYS_FROM or self._ipv4_start >= self.node_count:
            return self._descend((keys,), np.full(len(keys), self._ipv4_start, np.uint32), 0, 32)
        nodes, lengths = self._first_bits
        top = keys >> np.uint64(64 - _TABLE_BITS)
        values, rest = self._descend((keys,), nodes[top], _TABLE_BITS, 32)
        return values, np.where(rest > 0, rest, lengths[top])

    @cached_property
    def _ipv4_start(self) -> int:
        """The node of ``::/96``, or the value in which the way to it ends early."""
        if self.ip_version == 4:
            return 0
        zeros = np.zeros(1, np.uint64)
        value, _ = self._descend((zeros, zeros), np.zeros(1, np.uint32), 0, 96)
        return int(value[0])

    @cached_property
    def _first_bits(self) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
        """Where each value of an IPv4 address's first bits leads, and the bits that it took."""
        keys = np.arange(1 << _TABLE_BITS, dtype=np.uint64) << np.uint64(64 - _TABLE_BITS)
        start = np.full(len(keys), self._ipv4_start, np.uint32)
        return self._descend((keys,), start, 0, _TABLE_BITS)

    def _descend(
        self, words: tuple[NDArray[np.uint64], ...], start: NDArray[np.uint32], depth: int, end: int
    ) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
        """Follow bits ``depth`` to ``end`` of 64-bit words from nodes: values reached, and lengths.

        The length is 0 where the start is no node already.
        """
        values, lengths = start.copy(), np.zeros(len(start), np.uint8)
        active = np.flatnonzero(start < self.node_count)
        node, bits = start[active], words[depth // 64][active]
        while depth < end and len(active):
            if depth % 64 == 0:
                bits = words[depth // 64][active]
            node = self._child(node, bits >> np.uint64(63 - depth % 64) & np.uint64(1))
            depth += 1
            going = node < self.node_count
            if not going.all():
                done = active[~going]
                values[done], lengths[done] = node[~going], depth
                active, node, bits = active[going], node[going], bits[going]
        values[active], lengths[active] = node, depth
        return values, lengths

    def _child(self, node: NDArray[np.uint32], bit: Any) -> NDArray[np.uint32]:
        """Left (0) or right (1) child of every node."""
        at = node.astype(np.int64) * (self.record_size // 4) + (
            bit * np.uint64(self.record_size // 8)
        ).astype(np.int64)
        word: NDArray[np.uint32] = self._words[at]
        if sys.byteorder == "little":
            word = word.byteswap()
        if self.record_size == 24:
            word >>= np.uint32(8)
        elif self.record_size == 28:
            # The byte in the middle of a node holds the upper four bits of both records.
            left = word >> np.uint32(8) | (word & np.uint32(0xF0)) << np.uint32(20)
            word = np.where(bit == 0, left, word & np.uint32(0x0FFF_FFFF))
        return word

    @cached_property
    def _words(self) -> NDArray[np.uint32]:
        """The four bytes from every byte of the file on: no copy, one view with a step of one byte."""
        return np.ndarray((len(self._file) - 3,), np.uint32, buffer=self._file, strides=(1,))

    @cached_property
    def _data_start(self) -> int:
        return self.node_count * self.record_size // 4 + _SEPARATOR_BYTES

    @cached_property
    def _data_bytes(self) -> int:
        return metadata_start(self._file) - self._data_start

    def _records_of(self, values: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Record numbers of the values that end a walk."""
        record = values.astype(np.int64) - self.node_count - _SEPARATOR_BYTES
        wrong = (values != self.node_count) & ((record < 0) | (record >= self._data_bytes))
        if wrong.any():
            value = int(values[wrong.argmax()])
            raise damaged(self.path, f"its search tree leads to {value}, which is no record")
        record[values == self.node_count] = -1
        return record


def open_database(path: str | Path, mapping: Path | None = None) -> Database:
    """Open a ``.mmdb`` file.

    Parameters
    ----------
    path
        The file; it stays mapped into memory as long as the database lives.
    mapping
        File that says what its records mean, for a database of an unknown kind.

    Raises
    ------
    DatabaseError
        The file is missing, unreadable, damaged, or something else; the error says which.

    Examples
    --------
    >>> from logattr.errors import DatabaseError
    >>> try:
    ...     open_database("no-such.mmdb")
    ... except DatabaseError as error:
    ...     print(error.given)
    no-such.mmdb does not exist
    """
    path = Path(path)
    file = map_file(path)
    marker = metadata_start(file)
    if marker < 0:
        raise no_database(path, file[:64])
    try:
        RecordReader(file, marker + len(MARKER), len(file)).read(0)
        with maxminddb.open_database(path) as reader:
            metadata: Any = reader.metadata()
        database_type, description = metadata.database_type, metadata.description
        numbers = metadata.record_size, metadata.ip_version, metadata.node_count
        build_epoch = metadata.build_epoch
    except (OSError, *_BROKEN) as error:
        cause = str(error).replace(str(path), "the file") or type(error).__name__
        raise damaged(
            path, f"its metadata are broken, or do not fit the rest of the file ({cause[:200]})"
        ) from error
    record_size, ip_version, node_count = numbers
    if record_size not in (24, 28, 32) or ip_version not in (4, 6) or not isinstance(node_count, int):
        raise damaged(
            path, f"its metadata make no sense (record size {record_size}, IP version {ip_version})"
        )
    if not 0 < node_count <= (len(file) - _SEPARATOR_BYTES) // (record_size // 4):
        raise damaged(path, f"a search tree of {node_count} nodes does not fit into its {len(file)} bytes")
    return Database(
        path=path,
        database_type=str(database_type),
        description=str(description.get("en", "")) if isinstance(description, dict) else "",
        build_date=_day(build_epoch),
        record_size=record_size,
        ip_version=ip_version,
        node_count=node_count,
        _file=file,
        mapping=mapping,
    )


def _day(epoch: Any) -> dt.date | None:
    try:
        return dt.datetime.fromtimestamp(epoch, dt.UTC).date() if epoch else None
    except (OverflowError, ValueError, OSError, TypeError):
        return None
