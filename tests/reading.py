"""Reading a few lines, for tests."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from logattr.formats import Format
from logattr.reading.assemble import Context
from logattr.reading.clients import TrustedProxies
from logattr.reading.parse import Batch, parse_block
from logattr.reading.readers import reader_for
from logattr.reading.sources import Block

# Making a reader compiles its expressions; one that has seen lines is never used again.
reader = cache(reader_for)


def batch_of(
    data: bytes,
    *,
    formats: list[str | Format],
    zone: str = "UTC",
    trusted: tuple[str, ...] = (),
    columnar: bool = False,
    columns: frozenset[str] | None = None,
) -> Batch:
    """One block of bytes, read by formats in turn."""
    context = Context("test", ZoneInfo(zone), TrustedProxies.parse(trusted) if trusted else None, columns)
    readers = [reader(one).fresh() for one in formats]
    return parse_block(Block("test", data, 1, 0), readers, context, columnar=columnar)


def events_of(
    lines: list[bytes], *, format_: str, zone: str = "UTC", trusted: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """Events of lines that must all be understood; times as ISO 8601 text."""
    batch = batch_of(b"".join(line + b"\n" for line in lines), formats=[format_], zone=zone, trusted=trusted)
    assert batch.rejects.to_pylist() == []
    rows = batch.events.to_pylist()
    for row in rows:
        if row["time"] is not None:
            row["time"] = row["time"].isoformat().replace("+00:00", "Z")
    return rows
