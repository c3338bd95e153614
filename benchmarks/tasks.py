"""What is measured inside one Python process: ``python -m benchmarks.tasks NAME LOG [...]``.

Each prints one line of JSON: the seconds of the work itself, without starting Python, importing and (on a
few megabytes) warming up, and what it counted, so that nobody is fast by leaving lines out.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.datasets import SEED

Answer = dict[str, Any]
_WARM_BYTES = 24 << 20
#: Slow parsers read so many lines, and their time is scaled to all.
SAMPLE_LINES = 100_000
SAMPLE_ADDRESSES = 50_000

COMBINED = r'^(?<client>\S+) \S+ (?<user>\S+) \[(?<time>[^\]]+)\] "(?<request>(?:[^"\\]|\\.)*)" '
COMBINED += r'(?<status>\d{3}) (?<bytes>\d+|-) "(?<referrer>(?:[^"\\]|\\.)*)" "(?<agent>(?:[^"\\]|\\.)*)"$'


def arrow(log: str) -> Answer:
    """Our parser, to Arrow tables, each dropped when the next comes."""
    import logattr

    with _head(log) as warm:
        for _ in logattr.scan_log(warm):
            pass
    started = time.perf_counter()
    scan = logattr.scan_log(log)
    events = sum(len(batch.events) for batch in scan)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "lines": scan.lines, "events": events, "rejects": scan.rejected}


def frame(log: str) -> Answer:
    """Our parser, to one pandas DataFrame."""
    import logattr

    with _head(log) as warm:
        logattr.read_log(warm)
    started = time.perf_counter()
    held = logattr.read_log(log)
    seconds = time.perf_counter() - started
    (about,) = held.attrs["logattr"]
    size = int(held.memory_usage(deep=True).sum())
    return {"seconds": seconds, "lines": about["lines"], "events": len(held), "frame_bytes": size}


def polars(log: str) -> Answer:
    """Polars: lines, capture groups, typed columns, on its streaming engine, the fastest here."""
    import polars as pl

    def read(path: str) -> Any:
        groups = pl.scan_lines(path, name="line").select(
            pl.col("line").str.extract_groups(COMBINED).struct.unnest()
        )
        stamp = pl.col("time").str.strptime(pl.Datetime("us", "UTC"), "%d/%b/%Y:%H:%M:%S %z", strict=False)
        size = pl.col("bytes").cast(pl.UInt64, strict=False)
        typed = groups.with_columns(stamp, pl.col("status").cast(pl.UInt16, strict=False), size)
        return typed.collect(engine="streaming")

    with _head(log) as warm:
        read(warm)
    started = time.perf_counter()
    held = read(log)
    seconds = time.perf_counter() - started
    rejects = held["client"].null_count()
    return {"seconds": seconds, "lines": held.height, "events": held.height - rejects, "rejects": rejects}


def duckdb_report(log: str, ranges: str, output: str) -> Answer:
    """DuckDB: the log as CSV, grouped by client, joined with the City's ranges (IPv4 only), written out."""
    import duckdb

    started = time.perf_counter()
    database = duckdb.connect()
    database.execute("SET preserve_insertion_order = false")
    # It takes the clients for few, and would compare each with all ranges.
    database.execute("SET asof_loop_join_threshold = 0")
    columns = dict.fromkeys(("client", "ident", "user"), "VARCHAR")
    columns |= {"at": "TIMESTAMP", "zone": "VARCHAR", "request": "VARCHAR", "status": "USMALLINT"}
    columns |= {"bytes": "UBIGINT", "referrer": "VARCHAR", "agent": "VARCHAR"}
    sql = f"""
    COPY (
      WITH clients AS (
        SELECT client, count(*) AS requests, min("at") AS first, max("at") AS last, sum(bytes) AS bytes,
          count(*) FILTER (status BETWEEN 200 AND 299) AS ok,
          count(*) FILTER (status BETWEEN 300 AND 399) AS moved,
          count(*) FILTER (status BETWEEN 400 AND 499) AS refused, count(*) FILTER (status >= 500) AS failed
        FROM read_csv($log, delim=' ', quote='"', escape='\\', header=false, auto_detect=false, nullstr='-',
          strict_mode=false, ignore_errors=true, timestampformat='[%d/%b/%Y:%H:%M:%S', columns={columns})
        GROUP BY client),
      numbered AS (
        SELECT *, CASE WHEN contains(client, ':') THEN NULL ELSE
          split_part(client, '.', 1)::UBIGINT * 16777216 + split_part(client, '.', 2)::UBIGINT * 65536
          + split_part(client, '.', 3)::UBIGINT * 256 + split_part(client, '.', 4)::UBIGINT END AS number
        FROM clients)
      SELECT numbered.* EXCLUDE (number), CASE WHEN number <= ranges.last THEN country END AS country,
        CASE WHEN number <= ranges.last THEN region END AS region
      FROM numbered ASOF LEFT JOIN read_parquet($ranges) AS ranges ON number >= ranges.first
      ORDER BY requests DESC
    ) TO '{output}' (HEADER)
    """
    database.execute(sql, {"log": log, "ranges": ranges})
    seconds = time.perf_counter() - started
    counted = database.execute(
        "SELECT sum(requests), count(*), count(country) FROM read_csv($output)", {"output": output}
    ).fetchone()
    events, clients, placed = counted or (0, 0, 0)
    return {"in_process_seconds": seconds, "events": int(events), "clients": clients, "placed": placed}


def expression(log: str) -> Answer:
    """A loop with Python's re: groups and two numbers; the time stays text."""
    import re

    match = re.compile(COMBINED.replace("(?<", "(?P<")).match
    rows, rejects = [], 0
    started = time.perf_counter()
    with Path(log).open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
        for line in lines:
            found = match(line)
            if found is None:
                rejects += 1
                continue
            client, user, at, request, status, size, referrer, agent = found.groups()
            sent = None if size == "-" else int(size)
            rows.append((client, user, at, request, int(status), sent, referrer, agent))
            if len(rows) == SAMPLE_LINES:  # as a streaming consumer would, before it fills the memory
                rows.clear()
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "rejects": rejects}


def apachelogs(log: str) -> Answer:
    """A loop over apachelogs' parser, on the first lines; its time is scaled to all lines."""
    from apachelogs import COMBINED as FORMAT
    from apachelogs import InvalidEntryError, LogParser

    parse, rejects = LogParser(FORMAT).parse, 0
    with Path(log).open(encoding="iso-8859-1", newline="\n") as source:
        lines = list(islice(source, SAMPLE_LINES))
        left = sum(1 for _ in source)
    started = time.perf_counter()
    for line in lines:
        try:
            parse(line)
        except InvalidEntryError:
            rejects += 1
    seconds = time.perf_counter() - started
    scale = (len(lines) + left) / len(lines)
    return {"seconds": seconds * scale, "sample": len(lines), "lines": len(lines) + left}


def walk(city: str, count: str) -> Answer:
    """Our bulk lookup of a million addresses from text, every distinct record decoded."""
    from logattr.addresses import parse
    from logattr.databases.mmdb import open_database

    texts = _addresses(count)
    started = time.perf_counter()
    matches = open_database(city).lookup(parse(texts))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "addresses": len(texts), "records": len(matches.records)}


def maxminddb(city: str, count: str) -> Answer:
    """The C reader of maxminddb, one get after the other; its time is scaled to a million."""
    import maxminddb as library

    texts = _addresses(count)[:SAMPLE_ADDRESSES]
    with library.open_database(city, library.MODE_AUTO) as reader:
        started = time.perf_counter()
        for text in texts:
            reader.get(text)
        seconds = time.perf_counter() - started
    return {"seconds": seconds * int(count) / len(texts), "addresses": int(count), "sample": len(texts)}


def geoip2(city: str, count: str) -> Answer:
    """The City models of geoip2, one after the other; its time is scaled to a million."""
    from geoip2.database import Reader
    from geoip2.errors import AddressNotFoundError

    texts = _addresses(count)[:SAMPLE_ADDRESSES]
    with Reader(city) as reader:
        started = time.perf_counter()
        for text in texts:
            with suppress(AddressNotFoundError):
                reader.city(text)
        seconds = time.perf_counter() - started
    return {"seconds": seconds * int(count) / len(texts), "addresses": int(count), "sample": len(texts)}


def counts(findings: str) -> Answer:
    """What a report's JSON says that it read."""
    with Path(findings).open(encoding="utf-8") as source:
        found = json.load(source)["counts"]
    return {name: found[name] for name in ("lines", "events", "rejects")}


def city_ranges(output: str, city: str, most: str) -> Answer:
    """Export a City database's IPv4 ranges, neighbours with the same place as one, for DuckDB's join."""
    import maxminddb as library
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows: list[list[Any]] = []
    with library.open_database(city) as reader:
        for network, record in islice(reader, int(most) or None):
            if network.version == 6 or not isinstance(record, dict):
                break
            place = [record.get("country", {}).get("iso_code"), None]
            place[1] = next(iter(record.get("subdivisions", ())), {}).get("iso_code")
            first, last = int(network.network_address), int(network.broadcast_address)
            if rows and rows[-1][1] + 1 == first and rows[-1][2:] == place:
                rows[-1][1] = last
            else:
                rows.append([first, last, *place])
    first, last, country, region = zip(*rows, strict=True)
    numbers = {"first": pa.array(first, pa.uint64()), "last": pa.array(last, pa.uint64())}
    pq.write_table(pa.table(numbers | {"country": country, "region": region}), output)
    return {"ranges": len(rows)}


def _addresses(count: str) -> list[str]:
    from benchmarks.pools import client_addresses

    return client_addresses(int(count), seed=SEED)


@contextmanager
def _head(log: str) -> Iterator[str]:
    """The first megabytes of a log as a file of its own: enough for whatever is compiled on first use."""
    with tempfile.TemporaryDirectory() as folder, Path(log).open("rb") as source:
        path = Path(folder) / f"warm{Path(log).suffix}"
        head = source.read(_WARM_BYTES)
        path.write_bytes(head[: head.rfind(b"\n") + 1])
        yield str(path)


TASKS: dict[str, Callable[..., Answer]] = {
    task.__name__: task
    for task in (
        *(arrow, frame, polars, duckdb_report, expression, apachelogs),
        *(walk, maxminddb, geoip2, counts, city_ranges),
    )
}

if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
