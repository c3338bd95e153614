"""Events, rejects and tagged addresses for other tools: JSON lines, CSV, Parquet."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, BinaryIO

import pyarrow as pa

from logattr.columns import ADDRESSES, EVENTS, schema
from logattr.errors import SourceError
from logattr.report.escape import json_text, terminal_text, write_csv
from logattr.report.outputs import open_output

__all__ = [
    "address_texts",
    "event_writer",
    "json_lines",
    "reject_writer",
    "write_addresses",
]


def json_lines(table: pa.Table, *, objects: Sequence[str] = ()) -> Iterator[str]:
    """One JSON object per row; columns that are null in a row are left out.

    Invisible and direction-changing characters and halves of surrogate pairs are written as JSON
    escapes: the text is exact, and harmless to a terminal.

    Parameters
    ----------
    table
        Any table; times become ISO 8601 in UTC with ``Z``.
    objects
        Columns that hold JSON text, which is put in as it is.
    """
    for row in table.to_pylist():
        record = {name: _plain(value) for name, value in row.items() if value is not None}
        for name in objects:
            if name in record:
                record[name] = json.loads(record[name])
        yield json_text(json.dumps(record, ensure_ascii=False))


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no word for it
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    return value


@contextmanager
def event_writer(to: str, path: str | None) -> Iterator[Callable[[pa.Table], None]]:
    """A function that writes batches of events in one of the formats ``jsonl``, ``csv``, ``parquet``."""
    with open_output(path) as stream:
        if to == "parquet":
            from pyarrow import parquet

            with parquet.ParquetWriter(stream, schema(EVENTS), compression="zstd") as writer:
                yield writer.write_table
        elif to == "csv":
            with _text(stream) as text:
                write_csv(schema(EVENTS).empty_table(), text, header=True)
                yield lambda events: write_csv(events, text, header=False)
        else:
            yield lambda events: _write_lines(stream, json_lines(events, objects=["extra"]))


@contextmanager
def reject_writer(path: str | None) -> Iterator[Callable[[pa.Table], None]]:
    """A function that writes rejects as JSON lines; without a path they are only counted."""
    if path is None:
        yield lambda rejects: None
        return
    with open_output(path) as stream:
        yield lambda rejects: _write_lines(stream, json_lines(rejects))


def _write_lines(stream: BinaryIO, lines: Iterator[str]) -> None:
    stream.writelines(f"{line}\n".encode() for line in lines)


@contextmanager
def _text(stream: BinaryIO) -> Iterator[IO[str]]:
    import io

    text = io.TextIOWrapper(stream, "utf-8", errors="backslashreplace", newline="", write_through=True)
    try:
        yield text
        text.flush()
    finally:
        text.detach()  # else the stream would be closed with it


def address_texts(given: Sequence[str], stdin: IO[bytes]) -> list[str]:
    """Addresses from arguments: an address, a file with one a line, or ``-`` for standard input.

    Parameters
    ----------
    given
        The arguments. Files may be compressed with gzip; blank lines and lines that begin with ``#``
        are left out, and what is no address stays, to be answered as one that is invalid.
    stdin
        What ``-`` stands for.

    Raises
    ------
    SourceError
        If an argument is neither an address nor a readable file.
    """
    from pathlib import Path

    from logattr.addresses import parse

    found: list[str] = []
    # A name may hold bytes that are no UTF-8, and is no address then.
    known = parse([text.encode("utf-8", "replace").decode() for text in given]).version > 0
    for text, is_address in zip(given, known.tolist(), strict=True):
        if is_address:
            found.append(text)
            continue
        try:
            readable = text == "-" or (text != "" and Path(text).exists())
        except (OSError, ValueError):  # a name that is too long, or holds a NUL
            readable = False
        if not readable:
            raise SourceError(
                f"{text!r} is neither an address nor a file",
                "an IPv4 or IPv6 address, a file with one a line, or -",
                "logattr lookup 203.0.113.9",
            )
        found += _file_lines(text, stdin)
    return found


def _file_lines(name: str, stdin: IO[bytes]) -> Iterator[str]:
    from logattr.reading.sources import open_source

    with open_source(name, stdin=stdin) as source:
        for block in source:
            data = block.data or block.oversized[0].head  # a line that is too long is no address
            for line in data.decode("utf-8", "backslashreplace").split("\n"):
                text = line.strip()
                if text and not text.startswith("#"):
                    yield text


def write_addresses(table: pa.Table, texts: Sequence[str], to: str) -> None:
    """Write tagged addresses to standard output, as a table, JSON lines or CSV.

    Parameters
    ----------
    table
        One row per text (``columns.ADDRESSES``).
    texts
        What was asked, as it was given: the column ``asked`` of JSON lines and CSV, by which rows
        can be joined back to where the addresses came from.
    to
        ``table``, ``jsonl`` or ``csv``.
    """
    if to != "table":
        table = table.add_column(0, "asked", pa.array(texts, pa.string()))
    if to == "jsonl":
        _write_lines(sys.stdout.buffer, json_lines(table, objects=_JSON_COLUMNS))
        sys.stdout.buffer.flush()
    elif to == "csv":
        with _text(sys.stdout.buffer) as stream:
            write_csv(table, stream, header=True)
    else:
        _print_addresses(table, texts)


_JSON_COLUMNS = tuple(column.name for column in ADDRESSES if column.type == "json")


def _evidence(row: dict[str, Any]) -> str:
    from logattr.networks.signals import ACCESS, negative_sentence

    if row["ip_scope"] == "invalid":
        return "not an address"
    kind = " ".join(filter(None, (row["anon_class"], row["anon_provider"])))
    if row["anon_class"] not in {"none_found", *ACCESS}:
        return kind
    checked = row["anon_sources_checked"]
    nothing = negative_sentence(checked, row["anon_newest_source"], checked)
    return f"{nothing}; {kind}" if row["anon_class"] in ACCESS else nothing


def _print_addresses(table: pa.Table, texts: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from logattr.report.copies import now

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("address", "place", "network", "anonymiser evidence"):
        shown.add_column(name, overflow="fold")
    for row, text in zip(table.to_pylist(), texts, strict=True):
        place = [row["geo_city"], row["geo_region_name"], row["geo_country_name"]]
        holder = f"AS{row['as_number']} {row['as_org'] or ''}" if row["as_number"] else "-"
        place_now, evidence_now = now(row)
        cells = (
            row["ip"] or text,
            "; ".join(filter(None, (", ".join(filter(None, place)) or row["geo_status"], place_now))),
            holder,
            "; ".join(filter(None, (_evidence(row), evidence_now))),
        )
        shown.add_row(*(Text(terminal_text(cell)) for cell in cells))
    Console(width=None if sys.stdout.isatty() else 100).print(shown)
