"""The log lines of the highlighted clients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logattr.attribution.clients import client_key
from logattr.columns import EVIDENCE_LINES, schema
from logattr.reading.sources import Block

__all__ = ["EvidenceLines"]

_TEXT_BYTES = 4096


class EvidenceLines:
    """Collects the first lines of some clients, block by block.

    Parameters
    ----------
    clients
        The clients wanted, by the name that ``attribution.clients.client_key`` gives.
    most
        Lines kept per client.
    """

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
                    "text": text[:_TEXT_BYTES].decode("utf-8", "backslashreplace"),
                }
            )

    def table(self) -> pa.Table:
        """The lines, in the order of the inputs (``columns.EVIDENCE_LINES``)."""
        return pa.Table.from_pylist(self._rows, schema=schema(EVIDENCE_LINES))
