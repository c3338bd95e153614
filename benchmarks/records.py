"""Lines per second of W3C and TSV logs to events, on one core, beside Python's csv module and DuckDB.

usage: python benchmarks/records.py [LINES [RUNS]]
"""

from __future__ import annotations

import csv
import itertools
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas  # noqa: F401  # pyarrow imports it when it first meets numpy; that is no reading

from logattr.reading.columnar import prepare
from logattr.reading.scan import ReadOptions, Scan

FIELDS = (
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    "sc-status sc-substatus sc-win32-status time-taken"
)


CLOUDFRONT_FIELDS = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "
    "cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol "
    "cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type "
    "cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte "
    "x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end"
)
ZEEK_FIELDS = (
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth method host uri referrer version user_agent "
    "request_body_len response_body_len status_code status_msg proxied"
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a busy site."""

    when: datetime
    client: str
    path: str
    agent: str
    status: int
    size: int
    number: int
    request_id: str


def _requests(count: int) -> Iterator[Request]:
    """A few requests a second, thousands of clients and paths."""
    choose = random.Random(7)
    clients = [f"198.51.{choose.randrange(256)}.{choose.randrange(256)}" for _ in range(5000)]
    paths = [f"/films/{choose.randrange(1 << 30):x}/scene-{number}.mov" for number in range(3000)]
    agents = [
        f"Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)+Chrome/{number}.0"
        for number in range(300)
    ]
    when = datetime(2024, 1, 10, tzinfo=UTC)
    for _ in range(count):
        when += timedelta(seconds=choose.random() / 2)
        yield Request(
            when,
            choose.choice(clients),
            choose.choice(paths),
            choose.choice(agents),
            choose.choice((200, 304, 404)),
            choose.randrange(1 << 20),
            choose.randrange(1000),
            f"{choose.getrandbits(96):024x}",
        )


def iis_log(count: int) -> bytes:
    """An IIS log."""
    lines = ["#Software: Microsoft Internet Information Services 10.0", f"#Fields: {FIELDS}"]
    lines += [
        f"{one.when:%Y-%m-%d %H:%M:%S} 192.0.2.80 GET {one.path} v={one.number} "
        f"443 - {one.client} {one.agent} - {one.status} 0 0 {one.size % 2000}"
        for one in _requests(count)
    ]
    return "\n".join(lines).encode() + b"\n"


def cloudfront_log(count: int) -> bytes:
    """CloudFront's standard log, version 1: TABs, 33 columns."""
    lines = ["#Version: 1.0", f"#Fields: {CLOUDFRONT_FIELDS}"]
    lines += ["\t".join(_cloudfront_row(one)) for one in _requests(count)]
    return "\n".join(lines).encode() + b"\n"


def _cloudfront_row(one: Request) -> list[str]:
    seconds = f"0.{one.number:03}"
    return [
        *(f"{one.when:%Y-%m-%d}", f"{one.when:%H:%M:%S}", "MAD50-C1", str(one.size), one.client, "GET"),
        *("d111111abcdef8.cloudfront.net", one.path, str(one.status), "-", one.agent, f"v={one.number}", "-"),
        *("Hit", one.request_id, "films.example", "https", str(one.number + 100), seconds, "-", "TLSv1.3"),
        *("TLS_AES_128_GCM_SHA256", "Hit", "HTTP/2.0", "-", "-", str(one.number + 1024), seconds, "Hit"),
        *("video/quicktime", str(one.size), "-", "-"),
    ]


def zeek_log(count: int) -> bytes:
    """Zeek's http.log as TSV."""
    lines = [
        "#separator \\x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        "#path\thttp",
    ]
    lines.append("#fields\t" + ZEEK_FIELDS.replace(" ", "\t"))
    lines += ["\t".join(_zeek_row(one)) for one in _requests(count)]
    return "\n".join(lines).encode() + b"\n"


def _zeek_row(one: Request) -> list[str]:
    target = f"{one.path}?v={one.number}"
    return [
        *(f"{one.when.timestamp():.6f}", f"C{one.request_id}", one.client, str(one.number + 1024)),
        *("192.0.2.80", "80", "1", "GET", "films.example", target, "-", "1.1", one.agent, "0"),
        *(str(one.size), str(one.status), "OK", "-"),
    ]


LOGS: dict[str, Callable[[int], bytes]] = {"iis": iis_log, "cloudfront": cloudfront_log, "zeek": zeek_log}


def logattr_scan(path: Path) -> int:
    """With detection, as `logattr parse` reads a file, up to the finished tables."""
    return sum(len(batch.events) for batch in Scan(str(path), ReadOptions()))


def csv_loop(path: Path) -> int:
    """The rows as dictionaries, times and numbers converted: what a script would do for the IIS log."""
    names = FIELDS.split()
    count = 0
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.reader(file, delimiter=" ", quoting=csv.QUOTE_NONE):
            if row[0].startswith("#"):
                continue
            record = dict(zip(names, row, strict=True))
            datetime.fromisoformat(f"{record['date']} {record['time']}").replace(tzinfo=UTC)
            int(record["sc-status"])
            int(record["time-taken"])
            count += 1
    return count


def duckdb_rows(path: Path) -> int:
    """All columns as text, materialised."""
    import duckdb

    with path.open(encoding="utf-8") as file:
        head = list(itertools.takewhile(lambda line: line.startswith("#"), file))
        first = next(file, "")
    mark = "\t" if "\t" in first else " "
    names = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(first.count(mark) + 1))
    read = (
        f"read_csv('{path}', delim='{mark}', quote='', skip={len(head)}, header=false, columns={{{names}}}, "
        "auto_detect=false)"
    )
    duckdb.execute("SET threads=1")
    return int(duckdb.execute(f"CREATE OR REPLACE TABLE rows AS SELECT * FROM {read}").fetchall()[0][0])


def main() -> None:
    if hasattr(os, "sched_setaffinity"):  # what reads in threads has one for them, too
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    prepare()  # compiled code is loaded once a process, however many lines there are
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    jobs: dict[str, Callable[[Path], int]] = {
        "csv module": csv_loop,
        "duckdb": duckdb_rows,
        "logattr": logattr_scan,
    }
    print(f"lines per second of processor time on one core; medians of {runs} alternating runs [best]")
    with tempfile.TemporaryDirectory() as folder:
        for log, make in LOGS.items():
            path = Path(folder) / f"{log}.log"
            path.write_bytes(make(count))
            seconds: dict[str, list[float]] = {
                name: [] for name in jobs if name != "csv module" or log == "iis"
            }
            for _ in range(runs):
                for name, found in seconds.items():
                    found.append(_seconds(jobs[name], path, count))
            for name, found in seconds.items():
                median, best = count / statistics.median(found), count / min(found)
                size = f"{log:12}{path.stat().st_size // count:4} bytes/line"
                print(f"{size}  {name:12}{median:12,.0f} [{best:,.0f}]", flush=True)


def _seconds(job: Callable[[Path], int], path: Path, count: int) -> float:
    begin = time.process_time()
    found = job(path)
    assert found == count, found
    return time.process_time() - begin


if __name__ == "__main__":
    main()
