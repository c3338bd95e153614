"""Time reading JSON lines to events, beside a loop over json.loads that keeps dicts, and DuckDB.

What is counted is processor time of all threads together: `taskset -c 0` gives the same on one core.

usage: python benchmarks/jsonlines.py [LINES [RUNS]]
"""

from __future__ import annotations

import json
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas  # noqa: F401  # pyarrow imports it when it first meets numpy; that is no reading

from logattr.reading.scan import ReadOptions, Scan

_AGENTS = [f"Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0" for n in range(60, 140)]


def nginx_line(rng: random.Random, at: int) -> bytes:
    """What an nginx log_format with escape=json usually holds."""
    film, size = _film(rng)
    record = {
        "time_iso8601": f"2024-01-10T{at // 3600 % 24:02}:{at // 60 % 60:02}:{at % 60:02}+00:00",
        "remote_addr": _client(rng),
        "remote_user": "",
        "request": f"GET /films/{film}.mov?t={rng.randrange(5)} HTTP/1.1",
        "status": rng.choice([200, 200, 200, 304, 404]),
        "body_bytes_sent": size,
        "request_time": round(rng.random(), 3),
        "http_referer": "https://films.example/",
        "http_user_agent": rng.choice(_AGENTS),
        "http_x_forwarded_for": "",
        "host": "films.example",
    }
    return json.dumps(record, separators=(",", ":")).encode()


def varied_line(rng: random.Random, at: int) -> bytes:
    """The same of a site where one request in three is like no other, and some are none."""
    line = nginx_line(rng, at)
    if rng.random() < 0.34:
        line = line.replace(b"?t=", b"?id=%016x&t=" % rng.getrandbits(64))
    return line.replace(b"GET /films/", b"\\u0016\\u0003 /films/") if rng.random() < 0.001 else line


def traefik_line(rng: random.Random, at: int) -> bytes:
    """Traefik's fields, with the user agent kept."""
    client = _client(rng)
    stamp = f"2024-01-10T{at // 3600 % 24:02}:{at // 60 % 60:02}:{at % 60:02}.{rng.randrange(10**9):09}Z"
    film, size = _film(rng)
    record = {
        "ClientAddr": f"{client}:{rng.randrange(1024, 65536)}",
        "ClientHost": client,
        "ClientPort": "39490",
        "ClientUsername": "-",
        "DownstreamContentSize": size,
        "DownstreamStatus": rng.choice([200, 200, 200, 304, 404]),
        "Duration": rng.randrange(10**8),
        "OriginContentSize": 356,
        "OriginDuration": rng.randrange(10**8),
        "OriginStatus": 200,
        "Overhead": rng.randrange(10**5),
        "RequestAddr": "films.example",
        "RequestContentSize": 0,
        "RequestCount": at,
        "RequestHost": "films.example",
        "RequestMethod": "GET",
        "RequestPath": f"/films/{film}.mov?t={rng.randrange(5)}",
        "RequestPort": "-",
        "RequestProtocol": "HTTP/2.0",
        "RequestScheme": "https",
        "RetryAttempts": 0,
        "RouterName": "films@docker",
        "ServiceAddr": "172.17.0.3:80",
        "ServiceName": "films@docker",
        "ServiceURL": "http://172.17.0.3:80",
        "StartLocal": stamp,
        "StartUTC": stamp,
        "entryPointName": "https",
        "level": "info",
        "msg": "",
        "request_User-Agent": rng.choice(_AGENTS),
        "time": "2024-01-10T08:01:02Z",
    }
    return json.dumps(record, separators=(",", ":")).encode()


def _film(rng: random.Random) -> tuple[int, int]:
    """A film and its size: few are asked for often."""
    film = min(int(rng.paretovariate(0.9)), 5000)
    return film, film * 7919 % 100_000


def _client(rng: random.Random) -> str:
    client = min(int(rng.paretovariate(0.5)), 20_000)
    return f"198.{client >> 16}.{client >> 8 & 255}.{client & 255}"


def caddy_line(rng: random.Random, at: int) -> bytes:
    """Caddy's fields as its encoder writes them: numbers without an exponent."""
    client = _client(rng)
    film, size = _film(rng)
    record = {
        "level": "info",
        "ts": "TS",
        "logger": "http.log.access.log0",
        "msg": "handled request",
        "request": {
            "remote_ip": client,
            "remote_port": str(rng.randrange(1024, 65536)),
            "client_ip": client,
            "proto": "HTTP/2.0",
            "method": "GET",
            "host": "films.example",
            "uri": f"/films/{film}.mov?t={rng.randrange(5)}",
            "headers": {
                "Accept": ["*/*"],
                "Accept-Encoding": ["gzip, deflate, br"],
                "Referer": ["https://films.example/"],
                "User-Agent": [rng.choice(_AGENTS)],
            },
            "tls": {
                "resumed": False,
                "version": 772,
                "cipher_suite": 4865,
                "proto": "h2",
                "server_name": "films.example",
            },
        },
        "bytes_read": 0,
        "user_id": "",
        "duration": "DURATION",
        "size": size,
        "status": rng.choice([200, 200, 200, 304, 404]),
        "resp_headers": {"Server": ["Caddy"], "Content-Type": ["video/quicktime"]},
    }
    line = json.dumps(record, separators=(",", ":"))
    line = line.replace('"TS"', f"{1704873662 + at / 7:.7f}")
    return line.replace('"DURATION"', f"0.{rng.randrange(10**8):09}").encode()


# What the log is called here, its format, and what writes its lines.
LOGS: tuple[tuple[str, str, Callable[[random.Random, int], bytes]], ...] = (
    ("nginx", "json_access", nginx_line),
    ("nginx, varied", "json_access", varied_line),
    ("Traefik", "traefik_json", traefik_line),
    ("Caddy", "caddy_json", caddy_line),
)
# What one would ask DuckDB for: the same columns, with their types, as a table in memory.
_WANTED = {
    "json_access": "time_iso8601 VARCHAR, remote_addr VARCHAR, remote_user VARCHAR, request VARCHAR, "
    "status INTEGER, body_bytes_sent BIGINT, request_time DOUBLE, http_referer VARCHAR, "
    "http_user_agent VARCHAR, host VARCHAR",
    "traefik_json": "StartUTC VARCHAR, ClientHost VARCHAR, ClientAddr VARCHAR, ClientUsername VARCHAR, "
    "RequestMethod VARCHAR, RequestPath VARCHAR, RequestProtocol VARCHAR, DownstreamStatus INTEGER, "
    'DownstreamContentSize BIGINT, Duration BIGINT, RequestHost VARCHAR, "request_User-Agent" VARCHAR',
    "caddy_json": "ts DOUBLE, logger VARCHAR, msg VARCHAR, "
    "request STRUCT(remote_ip VARCHAR, client_ip VARCHAR, "
    "proto VARCHAR, method VARCHAR, host VARCHAR, uri VARCHAR, headers STRUCT(Referer VARCHAR[], "
    '"User-Agent" VARCHAR[])), bytes_read BIGINT, user_id VARCHAR, duration DOUBLE, size BIGINT, '
    "status INTEGER",
}


def json_loads(path: Path, name: str) -> int:
    """A list of dictionaries: what a script would begin with."""
    with path.open("rb") as file:
        return len([json.loads(line) for line in file])


def duckdb_rows(path: Path, name: str) -> int:
    """The wanted columns, materialised."""
    import duckdb

    columns = "{" + re.sub(r"(\"[^\"]+\"|\w+) ((?:STRUCT\(.*\)|\w+))(, |$)", _quoted, _WANTED[name]) + "}"
    read = f"read_json('{path}', format='newline_delimited', columns={columns})"
    duckdb.execute("SET threads=1")
    return int(duckdb.execute(f"CREATE OR REPLACE TABLE rows AS SELECT * FROM {read}").fetchall()[0][0])


def _quoted(match: re.Match[str]) -> str:
    kind = match[2].replace("'", "''")
    return f"'{match[1].strip(chr(34))}': '{kind}'{match[3]}"


def logattr_scan(path: Path, name: str) -> int:
    """With detection, as `logattr parse` reads a file, up to the finished tables."""
    scan = Scan(str(path), ReadOptions())
    count = sum(len(batch.events) for batch in scan)
    assert scan.formats == {name: count}
    return count


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    jobs = {"json.loads": json_loads, "duckdb": duckdb_rows, "logattr": logattr_scan}
    heads = "".join(f"{name:>14}" for name in jobs)
    print(f"lines per second of processor time; medians of {runs} alternating runs [best]")
    print(f"{'':14}{'bytes/line':>12}{heads}")
    with tempfile.TemporaryDirectory() as folder:
        for title, name, make in LOGS:
            rng = random.Random(7)
            path = Path(folder) / f"{title}.log"
            path.write_bytes(b"".join(make(rng, at) + b"\n" for at in range(count)))
            seconds: dict[str, list[float]] = {job: [] for job in jobs}
            for _ in range(runs):
                for job, work in jobs.items():
                    seconds[job].append(_seconds(work, path, name, count))
            rates = "".join(f"{count / statistics.median(found):14,.0f}" for found in seconds.values())
            best = "  ".join(f"{count / min(found):,.0f}" for found in seconds.values())
            print(f"{title:14}{path.stat().st_size // count:12,}{rates}  [{best}]", flush=True)


def _seconds(work: Callable[[Path, str], int], path: Path, name: str, count: int) -> float:
    begin = time.process_time()
    found = work(path, name)
    assert found == count, found
    return time.process_time() - begin


if __name__ == "__main__":
    main()
