"""Time reading JSON lines to events on one core, beside a loop over json.loads that keeps dicts.

Run: python benchmarks/jsonlines.py
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from logattr.reading.assemble import Context
from logattr.reading.parse import parse_block
from logattr.reading.readers import reader_for
from logattr.reading.sources import Block

LINES = 100_000
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


def main() -> None:
    print(f"{'':14}{'bytes/line':>12}{'json.loads':>14}{'logattr':>14}  lines per second, best of 5")
    for name, make in (("json_access", nginx_line), ("traefik_json", traefik_line)):
        rng = random.Random(7)
        lines = [make(rng, at) for at in range(LINES)]
        data = b"".join(line + b"\n" for line in lines)
        reader, context = reader_for(name), Context("log", ZoneInfo("UTC"))
        # Eight megabytes at once, as a file is read.
        step = max(1, (8 << 20) // (len(data) // LINES))
        blocks = [
            Block("log", b"".join(line + b"\n" for line in lines[at : at + step]), at + 1, 0)
            for at in range(0, LINES, step)
        ]

        def read(blocks: list[Block] = blocks, reader=reader, context=context) -> None:
            for block in blocks:
                assert len(parse_block(block, [reader], context).rejects) == 0

        plain = _seconds(lambda lines=lines: [json.loads(line) for line in lines])
        ours = _seconds(read)
        rates = f"{LINES / plain:14,.0f}{LINES / ours:14,.0f}"
        print(f"{name:14}{len(data) // LINES:12,}{rates}  {plain / ours:.1f} x")


def _seconds(work: Callable[[], object]) -> float:
    """Seconds of processor time, the best of five."""
    best = float("inf")
    for _ in range(5):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


if __name__ == "__main__":
    main()
