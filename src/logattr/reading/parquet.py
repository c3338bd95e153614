"""Parquet files as lines of JSON: one record a row, so that the formats of JSON records read them.

CloudFront's standard logging (v2) delivers Parquet, and what collectors write to data lakes is of the same
kind. A Parquet file is read from its end, so the input is copied to a temporary file first; in memory there
are some thousand rows at a time.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from logattr.errors import SourceError
from logattr.reading.paths import shown

__all__ = ["is_parquet", "parquet_lines"]

_MAGIC = b"PAR1"  # "File format" of the Apache Parquet documentation; encrypted footers have PARE
_ROWS = 4096
_IN_MEMORY_BYTES = 64 << 20


def is_parquet(head: bytes) -> bool:
    r"""Whether an input begins like a Parquet file.

    Examples
    --------
    >>> is_parquet(b"PAR1\x15\x04"), is_parquet(b"GET /")
    (True, False)
    """
    return head.startswith(_MAGIC)


def parquet_lines(name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The rows of a Parquet file as lines of JSON, some thousand at a time.

    Parameters
    ----------
    name
        Of the input, for messages.
    pieces
        The file's bytes.

    Raises
    ------
    SourceError
        If it is no whole Parquet file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES, prefix="logattr-") as copy:
        for piece in pieces:
            copy.write(piece)
        copy.seek(0)
        try:
            with pq.ParquetFile(copy, pre_buffer=False) as file:
                for batch in file.iter_batches(_ROWS):
                    yield b"".join(map(_line, batch.to_pylist()))
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            reason = str(error).partition("\n")[0][:200]
            raise SourceError(
                f"{shown(name)} begins like a Parquet file but cannot be read as one: {reason}",
                "a whole Parquet file",
                "fetch the file again",
            ) from None


def _line(row: dict[str, Any]) -> bytes:
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _plain(value: Any) -> Any:
    """What JSON has no type for."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)
