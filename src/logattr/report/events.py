"""Events, rejects and tagged addresses for other tools: JSON lines, CSV, Parquet."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO

import pyarrow as pa

from logattr.columns import ADDRESSES, EVENTS, schema
from logattr.errors import SourceError
from logattr.report.escape import terminal_text, write_csv

__all__ = [
    "address_texts",
    "event_writer",
    "json_lines",
    "open_output",
    "reject_writer",
    "write_addresses",
]

_MOST_ADDRESS_BYTES = 1 << 30


@contextmanager
def open_output(path: str | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that takes its name only when all is written.

    Raises
    ------
    SourceError
        If the folder does not exist or cannot be written to.
    """
    if path is None or path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    if target.exists() and not target.is_file():
        # A device or pipe such as /dev/null has no name to take over.
        with target.open("wb") as stream:
            yield stream
        return
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    except OSError as error:
        raise SourceError(
            f"the output {path!r} cannot be written: {error.strerror}", "a folder to write to"
        ) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        # mkstemp makes files private; a result gets the rights of any other new file.
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def json_lines(table: pa.Table, *, objects: Sequence[str] = ()) -> Iterator[str]:
    """One JSON object per row; columns that are null in a row are left out.

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
        yield json.dumps(record, ensure_ascii=False)


def _plain(value: Any) -> Any:
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
    # What a log holds may be half a surrogate pair, which is no UTF-8.
    stream.writelines(f"{line}\n".encode("utf-8", "backslashreplace") for line in lines)


@contextmanager
def _text(stream: BinaryIO) -> Iterator[IO[str]]:
    import io

    text = io.TextIOWrapper(stream, "utf-8", errors="backslashreplace", newline="", write_through=True)
    try:
        yield text
    finally:
        text.flush()
        text.detach()


def address_texts(given: Sequence[str], stdin: IO[bytes]) -> list[str]:
    """Addresses from arguments: an address, a file with one a line, or ``-`` for standard input.

    Raises
    ------
    SourceError
        If an argument is neither an address nor a readable file.
    """
    from logattr.addresses import parse

    found: list[str] = []
    known = parse(list(given)).version > 0
    for text, is_address in zip(given, known.tolist(), strict=True):
        if is_address:
            found.append(text)
        elif text == "-":
            found += _lines(stdin.read(_MOST_ADDRESS_BYTES))
        else:
            try:
                found += _lines(Path(text).read_bytes())
            except (OSError, ValueError) as error:
                raise SourceError(
                    f"{text!r} is neither an address nor a readable file",
                    "an IPv4 or IPv6 address, a file with one a line, or -",
                    "logattr lookup 203.0.113.9",
                ) from error
    return found


def _lines(data: bytes) -> list[str]:
    texts = (line.strip() for line in data.decode("utf-8", "backslashreplace").split("\n"))
    return [text for text in texts if text and not text.startswith("#")]


# What a person wants to see of an address on one screen.
_SHORT = ("ip", "geo_country", "geo_region", "geo_city", "as_number", "as_org", "anon_class", "anon_provider")


def write_addresses(table: pa.Table, texts: Sequence[str], to: str) -> None:
    """Write tagged addresses to standard output, as a table, JSON lines or CSV."""
    if to == "jsonl":
        _write_lines(sys.stdout.buffer, json_lines(table, objects=_JSON_COLUMNS))
        sys.stdout.buffer.flush()
    elif to == "csv":
        with _text(sys.stdout.buffer) as stream:
            write_csv(table, stream, header=True)
    else:
        _print_addresses(table, texts)


_JSON_COLUMNS = tuple(column.name for column in ADDRESSES if column.type == "json")


def _print_addresses(table: pa.Table, texts: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from logattr.networks.signals import negative_sentence

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("address", "place", "network", "anonymiser evidence"):
        shown.add_column(name, overflow="fold")
    for row, text in zip(table.to_pylist(), texts, strict=True):
        place = [row["geo_city"], row["geo_region_name"], row["geo_country_name"]]
        holder = f"AS{row['as_number']} {row['as_org'] or ''}" if row["as_number"] else "-"
        if row["anon_class"] == "none_found":
            evidence = negative_sentence(row["anon_sources_checked"], row["anon_newest_source"], row["anon_sources_checked"])
        else:
            evidence = " ".join(filter(None, (row["anon_class"], row["anon_provider"])))
        cells = (
            row["ip"] or text,
            ", ".join(filter(None, place)) or row["geo_status"],
            holder,
            evidence if row["ip_scope"] != "invalid" else "not an address",
        )
        shown.add_row(*(Text(terminal_text(cell)) for cell in cells))
    Console().print(shown)
