"""The log lines of the highlighted clients: fetched from where they stand, or found by reading once more."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logattr.attribution.positions import Place
from logattr.attribution.summary import NEVER, client_key
from logattr.columns import EVIDENCE_LINES, schema
from logattr.reading.blocks import MAX_LINE_BYTES
from logattr.reading.sources import Block, Source, open_source

__all__ = ["EvidenceLines", "FileState", "fetch", "file_state", "lines_table"]

_TEXT_BYTES = 4096
_READ_BYTES = 1 << 20
_CHANGED = "the file changed while it was read: its log lines cannot be shown"

FileState = tuple[int, ...] | None


class EvidenceLines:
    """Collects the first lines of some clients, block by block.

    Parameters
    ----------
    clients
        The clients wanted, by the name that ``attribution.clients.client_key`` gives.
    most
        Lines kept per client.
    """

    COLUMNS = frozenset({"client_ip", "client_host", "client_raw"})

    def __init__(self, clients: Sequence[str], most: int) -> None:
        self._clients = pa.array(clients, pa.string())
        self._most = most
        self._taken: Counter[str] = Counter()
        self._rows: list[dict[str, Any]] = []

    @property
    def full(self) -> bool:
        """Whether every client has all the lines that may be kept."""
        return len(self._taken) == len(self._clients) and min(self._taken.values(), default=0) >= self._most

    def add(self, block: Block, events: pa.Table) -> None:
        """Take the lines of the wanted clients from one block and the events read from it."""
        keys = pc.cast(client_key(events), pa.string())
        for row in np.flatnonzero(
            pc.is_in(keys, value_set=self._clients).to_numpy(zero_copy_only=False)
        ).tolist():
            client = keys[row].as_py()
            if self._taken[client] >= self._most:
                continue
            self._taken[client] += 1
            offset = events["offset"][row].as_py()
            text = block.text_at(offset)
            self._rows.append(
                {
                    "client": client,
                    "source": block.source,
                    "line": events["line"][row].as_py(),
                    "offset": offset,
                    "time": events["time"][row].as_py(),
                    "text": _shown(text),
                }
            )

    def table(self) -> pa.Table:
        """The lines, in the order of the inputs (``columns.EVIDENCE_LINES``)."""
        return pa.Table.from_pylist(self._rows, schema=schema(EVIDENCE_LINES))


def _shown(text: bytes) -> str:
    return text[:_TEXT_BYTES].decode("utf-8", "backslashreplace")


def file_state(path: Path | None) -> FileState:
    """What changes when a file does; null for what is no file, or gone."""
    try:
        status = path.stat() if path is not None else None
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns) if status else None


def fetch(
    source: Source,
    offsets: NDArray[np.int64],
    before: FileState,
    *,
    copy: IO[bytes] | None = None,
    max_ratio: int,
    progress: Callable[[int, int | None], None] | None = None,
) -> list[str] | None:
    """Texts of the lines of one input that begin at some offsets, in ascending order.

    Parameters
    ----------
    source
        The input, which has been read.
    offsets
        Of events.
    before
        See :func:`file_state`, from before it was read.
    copy
        A copy of an input that can be read only once.
    max_ratio, progress
        As for :func:`logattr.reading.sources.open_source`.

    Returns
    -------
    list or None
        Null, and a warning of the source, if the file is no longer what was read.
    """
    kept = copy is not None or (before is not None and file_state(source.path) == before)
    found: list[str] | None = None
    if source.as_in_file and copy is None and source.path is not None:
        if kept or _begins_with(source):
            found = _by_offset(source.path, offsets.tolist())
        if progress is not None:
            progress(source.raw_bytes, source.raw_bytes)
    elif copy is not None or file_state(source.path) is not None:
        again = open_source(source.name, copy=copy, progress=progress, max_ratio=max_ratio)
        found = [*_from_blocks(again, offsets, to_the_end=not kept)]
        if not kept and again.sha256_raw != source.sha256_raw:
            found = None
    if found is None or len(found) < len(offsets):
        source.warnings.append(_CHANGED)
        return None
    return found


def _begins_with(source: Source) -> bool:
    """Whether a file that changed still begins with all that was read, as a log does that was written on."""
    digest, left = hashlib.sha256(), source.raw_bytes
    try:
        with Path(source.path or "").open("rb") as stream:
            while left and (data := stream.read(min(left, _READ_BYTES))):
                digest.update(data)
                left -= len(data)
    except OSError:
        return False
    return not left and digest.hexdigest() == source.sha256_raw


def _by_offset(path: Path, offsets: Sequence[int]) -> list[str] | None:
    """Lines of a file that holds the text as it was read."""
    found = []
    try:
        with path.open("rb") as stream:
            for offset in offsets:
                stream.seek(offset)
                line = stream.readline(MAX_LINE_BYTES + 2)
                if not line:
                    return None
                found.append(_shown(line.removesuffix(b"\n").rstrip(b"\r")))
    except OSError:
        return None
    return found


def _from_blocks(source: Source, offsets: NDArray[np.int64], *, to_the_end: bool) -> Iterator[str]:
    """Lines of a source that has to be unpacked or decoded; nothing of it is parsed again."""
    taken = 0
    with source as blocks:
        for block in blocks:
            if block.positions is not None:
                end = int(block.positions.offsets[-1]) + 1 if len(block.positions.offsets) else 0
            else:
                end = block.offset + len(block.data)
            upto = int(np.searchsorted(offsets, end))
            for offset in offsets[taken:upto].tolist():
                yield _shown(block.text_at(offset))
            taken = max(taken, upto)
            if taken == len(offsets) and not to_the_end:
                break


def lines_table(
    places: Sequence[Place], names: pa.Array, sources: Sequence[str], texts: Sequence[Sequence[str]]
) -> pa.Table:
    """The lines of several inputs as a table (``columns.EVIDENCE_LINES``)."""
    types = schema(EVIDENCE_LINES)
    tables = []
    for place, source, own in zip(places, sources, texts, strict=True):
        columns = {
            "client": names.take(pa.array(place.client)),
            "source": pa.DictionaryArray.from_arrays(
                pa.array(np.zeros(len(own), np.int32)), pa.array([source], pa.string())
            ),
            "line": pa.array(place.line),
            "offset": pa.array(place.offset),
            "time": pa.array(place.time, types.field("time").type, mask=place.time == NEVER),
            "text": pa.array(own, pa.string()),
        }
        tables.append(pa.table(columns, schema=types))
    return pa.concat_tables(tables).unify_dictionaries() if tables else types.empty_table()
