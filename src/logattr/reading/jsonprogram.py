"""From the wanted paths of JSON records to arrays of keys for the compiled walk, or nothing."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from logattr.reading.jsonkernel import LONGEST_KEY
from logattr.reading.jsonmap import Path

__all__ = ["Program", "compile_paths"]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """The wanted keys of some paths as the compiled walk needs them.

    Parameters
    ----------
    paths
        The paths of the values, in the order of their numbers.
    watched
        Keys of the records themselves of which it is to be known whether they are there.
    firsts
        By object and size of a key: number of the first key that is such. Those of one kind stand together.
    words, masks
        The first eight bytes of each key, and which of them there are.
    keys
        All bytes of each.
    leaves, inners, watches
        Number of the value, the object or the watched key behind each; negative where it is none.
    """

    paths: tuple[Path, ...]
    watched: tuple[str, ...]
    firsts: NDArray[np.int64]
    words: NDArray[np.uint64]
    masks: NDArray[np.uint64]
    keys: NDArray[np.uint8]
    leaves: NDArray[np.int64]
    inners: NDArray[np.int64]
    watches: NDArray[np.int64]


@lru_cache(maxsize=256)
def compile_paths(paths: tuple[Path, ...], watched: tuple[str, ...] = ()) -> Program | None:
    """The program of some paths, of which none leads through another; null where it cannot be done.

    Examples
    --------
    >>> compile_paths((("http", "status"), ("ip",))).inners.tolist()
    [-1, 1, -1]
    >>> compile_paths((("ä",),)) is None
    True
    """
    names = {*watched, *(key for path in paths for key in path)}
    if not all(name.isascii() and len(name) <= LONGEST_KEY for name in names):
        return None
    nodes: dict[Path, int] = {(): 0}
    for path in paths:
        for length in range(1, len(path)):
            nodes.setdefault(path[:length], len(nodes))
    leaf = {path: at for at, path in enumerate(paths)}
    watch: dict[Path, int] = {(name,): at for at, name in enumerate(watched)}
    found = {*leaf, *watch, *nodes} - {()}
    entries = sorted(found, key=lambda path: (nodes[path[:-1]], len(path[-1]), path))
    firsts = np.zeros((len(nodes), LONGEST_KEY + 2), np.int64)
    for path in entries:
        firsts[nodes[path[:-1]], len(path[-1]) + 1 :] += 1
        firsts[nodes[path[:-1]] + 1 :] += 1
    keys = np.zeros((len(entries), LONGEST_KEY), np.uint8)
    for at, path in enumerate(entries):
        keys[at, : len(path[-1])] = np.frombuffer(path[-1].encode(), np.uint8)
    heads = [path[-1].encode()[:8] for path in entries]
    return Program(
        paths=paths,
        watched=watched,
        firsts=firsts,
        words=np.array([_as_word(head) for head in heads], np.uint64),
        masks=np.array([_as_word(b"\xff" * len(head)) for head in heads], np.uint64),
        keys=keys,
        leaves=np.array([leaf.get(path, -1) for path in entries], np.int64),
        inners=np.array([nodes.get(path, -1) for path in entries], np.int64),
        watches=np.array([watch.get(path, -1) for path in entries], np.int64),
    )


def _as_word(text: bytes) -> int:
    return int.from_bytes(text.ljust(8, b"\0"), sys.byteorder)
