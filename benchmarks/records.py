"""Lines per second of W3C logs to events, on one core, beside a loop over Python's csv module and DuckDB.

usage: python benchmarks/records.py [LINES]
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from logattr.reading.scan import ReadOptions, Scan

FIELDS = (
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    "sc-status sc-substatus sc-win32-status time-taken"
)


def iis_log(count: int) -> bytes:
    """An IIS log of a busy site: a few requests a second, thousands of clients and paths."""
    choose = random.Random(7)
    clients = [f"198.51.{choose.randrange(256)}.{choose.randrange(256)}" for _ in range(5000)]
    paths = [f"/films/{choose.randrange(1 << 30):x}/scene-{number}.mov" for number in range(3000)]
    agents = [
        f"Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)+Chrome/{number}.0"
        for number in range(300)
    ]
    when = datetime(2024, 1, 10, tzinfo=UTC)
    lines = ["#Software: Microsoft Internet Information Services 10.0", f"#Fields: {FIELDS}"]
    for _ in range(count):
        when += timedelta(seconds=choose.random() / 2)
        lines.append(
            f"{when:%Y-%m-%d %H:%M:%S} 192.0.2.80 GET {choose.choice(paths)} v={choose.randrange(1000)} "
            f"443 - {choose.choice(clients)} {choose.choice(agents)} - {choose.choice((200, 304, 404))} "
            f"0 0 {choose.randrange(2000)}"
        )
    return "\n".join(lines).encode() + b"\n"


def logattr_scan(path: Path) -> int:
    """With detection, as `logattr parse` reads a file, up to the finished tables."""
    return sum(len(batch.events) for batch in Scan(str(path), ReadOptions()))


def csv_loop(path: Path) -> int:
    """The rows as dictionaries, times and numbers converted: what a script would do."""
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
    """The same columns as text, materialised."""
    import duckdb

    names = ", ".join(f"'{name}': 'VARCHAR'" for name in FIELDS.split())
    read = f"read_csv('{path}', delim=' ', quote='', skip=2, header=false, columns={{{names}}})"
    duckdb.execute("SET threads=1")
    return int(duckdb.execute(f"CREATE OR REPLACE TABLE rows AS SELECT * FROM {read}").fetchall()[0][0])


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400_000
    jobs: dict[str, Callable[[Path], int]] = {
        "logattr, file to events": logattr_scan,
        "csv module": csv_loop,
        "duckdb, one thread": duckdb_rows,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "u_ex240110.log"
        path.write_bytes(iis_log(count))
        print(f"{count:,} lines, {path.stat().st_size / 1e6:.0f} MB; processor time, best of three")
        for name, job in jobs.items():
            try:
                seconds = min(_seconds(job, path, count) for _ in range(3))
            except ImportError:
                print(f"{name:24} not installed")
                continue
            print(f"{name:24} {seconds:6.2f} s  {count / seconds:10,.0f} lines/s")


def _seconds(job: Callable[[Path], int], path: Path, count: int) -> float:
    begin = time.process_time()
    found = job(path)
    assert found == count, found
    return time.process_time() - begin


if __name__ == "__main__":
    main()
