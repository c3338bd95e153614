r"""JSON records decoded into structures that hold the values of the wanted paths, as the line's own bytes.

Everything else in a record is skipped without making objects of it. A structure is fitted to the first
record of a block: its fields stand in the same order, which the decoder likes, and where few keys of the
record are not wanted, it knows no others, so that wanted ones which the record lacks cost nothing. A
record with a new key changes the structure for itself and those after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from msgspec.structs import astuple

from logattr.reading.jsonmap import Path

__all__ = ["ANY", "ERRORS", "Puller"]

#: What decoding a line may raise.
ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
#: Reads an object's keys, and its values as they stand there.
ANY = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ABSENT = msgspec.Raw(b"")
# Some hundred records at once stay in the processor's cache while their columns are pulled.
_CHUNK = 256
_MOST_KEYS = 300
_MOST_CHANGES = 8  # of the structure within a block, before it is one for all keys
_ODD_KEY = re.compile(r'[\x00-\x1f"\\]')  # msgspec knows no field of such a name


@dataclass(frozen=True, slots=True)
class _Node:
    """The structure of one object: where in a record the values stand, and the objects inside it."""

    type: type[msgspec.Struct]
    decode: Callable[[bytes], Any]
    values: tuple[tuple[int, Path], ...]
    inner: tuple[tuple[int, _Node], ...]
    paths: frozenset[Path]
    keys: frozenset[str]  # the only ones that a record may have; empty: any

    def pull(self, records: Sequence[Any], parts: dict[Path, list[bytes]]) -> None:
        """Append the values of each path, joined with line feeds."""
        columns = list(zip(*map(astuple, records), strict=True))
        for at, path in self.values:
            column = columns[at]
            absent = column[0] is _ABSENT and column.count(_ABSENT) == len(column)
            parts[path].append(b"\n" * (len(column) - 1) if absent else b"\n".join(column))
        for at, node in self.inner:
            empty = node.type()
            node.pull([record or empty for record in columns[at]], parts)


@lru_cache(maxsize=64)
def _structure(paths: tuple[Path, ...], keys: tuple[str, ...] = (), *, depth: int = 0) -> _Node:
    """A structure with the given paths, in their order; ``keys`` are the only ones of its records."""
    below: dict[str, list[Path]] = {}
    for path in paths:
        below.setdefault(path[depth], []).append(path)
    values: list[tuple[int, Path]] = []
    inner: list[tuple[int, _Node]] = []
    fields: list[tuple[str, Any, Any]] = []
    for at, some in enumerate(below.values()):
        if len(some[0]) == depth + 1:
            values.append((at, some[0]))
            fields.append((f"f{at}", msgspec.Raw, _ABSENT))
        else:
            node = _structure(tuple(some), depth=depth + 1)
            inner.append((at, node))
            fields.append((f"f{at}", node.type | None, None))
    names = [*below, *(key for key in keys if key not in below)]
    fields += [(f"f{at}", msgspec.Raw, _ABSENT) for at in range(len(below), len(names))]
    made = msgspec.defstruct(
        "Record",
        fields,
        rename={f"f{at}": name for at, name in enumerate(names)},
        forbid_unknown_fields=bool(keys),
        gc=False,
        frozen=True,
    )
    decode = msgspec.json.Decoder(made).decode
    return _Node(made, decode, tuple(values), tuple(inner), frozenset(paths), frozenset(keys))


class Puller:
    r"""Pulls the values of some paths out of lines, column by column.

    Parameters
    ----------
    paths
        None leads through another.

    Attributes
    ----------
    rows
        Positions of the lines that are records.
    parts
        For each path the values of these lines, as they stand there, in pieces, joined with line feeds:
        no value holds one. Nothing stands for a value that is not there.

    Examples
    --------
    >>> puller = Puller([("a",), ("b", "c")])
    >>> puller.pull([b'{"a": 1.50, "x": [2]}', b"{", b'{"b": {"c": "d"}}'])
    >>> puller.rows, puller.parts
    ([0, 2], {('a',): [b'1.50\n'], ('b', 'c'): [b'\n"d"']})
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = tuple(paths)
        self._node: _Node | None = None
        self._changes = 0
        self.rows: list[int] = []
        self.parts: dict[Path, list[bytes]] = {path: [] for path in self._paths}

    @property
    def keys(self) -> frozenset[str]:
        """Keys of which those of every record are; none where that is not known."""
        return self._node.keys if self._node is not None else frozenset()

    @property
    def _general(self) -> _Node:
        return _structure(self._paths)

    def pull(self, lines: Sequence[bytes]) -> None:
        """Take the lines of a block."""
        for first in range(0, len(lines), _CHUNK):
            self._pull(lines[first : first + _CHUNK], first)

    def _pull(self, lines: Sequence[bytes], first: int) -> None:
        records: list[Any] = []
        at, rest = 0, iter(lines)
        while True:
            node, before = self._node or self._fitted(lines[at:]), len(records)
            try:
                records.extend(map(node.decode, rest))
            except ERRORS:
                # The records before the line that is none have been added.
                good = len(records) - before
            else:
                good = len(lines) - at
            self.rows.extend(range(first + at, first + at + good))
            at += good
            if at == len(lines):
                break
            if self._changed(lines[at]):
                self._append(node, records)
                records, rest = [], iter(lines[at:])
            else:
                at += 1
        self._append(node, records)

    def _append(self, node: _Node, records: Sequence[Any]) -> None:
        if not records:
            return
        node.pull(records, self.parts)
        for path in self._paths:
            if path not in node.paths:
                self.parts[path].append(b"\n" * (len(records) - 1))

    def _fitted(self, lines: Sequence[bytes]) -> _Node:
        """The structure for records like the first."""
        for line in lines:
            keys = _keys(line)
            if keys:
                self._node = self._structure_for(keys)
                return self._node
        return self._general

    def _changed(self, line: bytes) -> bool:
        """Whether a line was no record for its new keys only; the structure knows them then."""
        node = self._node
        if node is None or not node.keys:
            return False
        try:
            self._general.decode(line)
        except ERRORS:
            return False
        self._changes += 1
        keys = _keys(line)
        few = keys and self._changes < _MOST_CHANGES
        self._node = (
            self._structure_for([*keys, *sorted(node.keys.difference(keys))]) if few else self._general
        )
        return True

    def _structure_for(self, keys: Sequence[str]) -> _Node:
        """With the paths that may occur in records of these keys; with all, where that is quicker."""
        order = {key: at for at, key in enumerate(keys)}
        paths = sorted(self._paths, key=lambda path: order.get(path[0], len(order)))
        found = [path for path in paths if path[0] in order]
        others = len(order.keys() - {path[0] for path in found})
        if len(paths) - len(found) <= others or len(order) > _MOST_KEYS or any(map(_ODD_KEY.search, order)):
            return _structure(tuple(paths))
        return _structure(tuple(found), tuple(order))


def _keys(line: bytes) -> list[str]:
    """Keys of a record, in its order; none where it is no record, or has a key that is no text."""
    try:
        return list(ANY.decode(line))
    except ERRORS:
        return []
