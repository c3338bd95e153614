"""Writes the measured logs and lists: seeded, cached, a few seconds per million lines.

    python -m benchmarks.generate FOLDER [NAME...] [--quick]

Lines are made a chunk at a time, as Arrow columns that are joined. What is right about them (lines, clients,
lines that no reader may accept) stands beside each log, in ``NAME.facts.json``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.datasets import DATASETS, LISTS, SEED, VERSION, Dataset, Facts
from benchmarks.pools import Pools, client_addresses, make_pools, networks

__all__ = ["make", "make_lists"]

_CHUNK = 250_000
_BROKEN_EVERY = 40_000
"""One line in so many ends within its request, as on a full disk: the rejects of a combined log."""
_DAY = 86_400
_DAYS = 30
_FIRST_DAY = np.datetime64("2024-01-01")


Columns = dict[str, pa.Array]


def make(folder: Path, name: str, *, quick: bool = False) -> tuple[Path, Facts]:
    """Path and facts of a log, written unless it is there already."""
    dataset = DATASETS[name].quick() if quick else DATASETS[name]
    folder.mkdir(parents=True, exist_ok=True)
    path, beside = folder / dataset.file, folder / f"{dataset.file}.facts.json"
    held = _held(path)
    wanted = (VERSION, SEED, dataset.layout, dataset.lines + _headers(dataset), dataset.clients)
    if held and (held.version, held.seed, held.layout, held.lines, held.clients) == wanted:
        return path, held
    beside.unlink(missing_ok=True)
    if dataset.of:
        plain, facts = make(folder, dataset.of, quick=quick)
        with plain.open("rb") as source, gzip.open(path, "wb", compresslevel=6) as target:
            shutil.copyfileobj(source, target, 1 << 20)
    else:
        facts = _write(path, dataset)
    beside.write_text(json.dumps(asdict(facts), indent=1) + "\n", encoding="utf-8")
    return path, facts


def make_lists(folder: Path, *, quick: bool = False) -> dict[str, Path]:
    """One file of networks for each class of ``LISTS``, around some of the clients of the combined log."""
    held = {name: folder / f"{name}.v{VERSION}.txt" for name in LISTS}
    if all(path.exists() for path in held.values()):
        return held
    dataset = DATASETS["combined"].quick() if quick else DATASETS["combined"]
    clients = client_addresses(dataset.clients, seed=SEED)
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, path) in enumerate(held.items()):
        count = LISTS[name] // 500 if quick else LISTS[name]
        rng = np.random.default_rng([SEED, 2, number])
        texts = networks(rng, count, clients[number :: 10 * len(LISTS)])
        path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return held


def _held(path: Path) -> Facts | None:
    try:
        return Facts.read(path) if path.exists() else None
    except (OSError, TypeError, ValueError):
        return None


def _headers(dataset: Dataset) -> int:
    return _HEADERS.get(dataset.layout, b"").count(b"\n")


def _write(path: Path, dataset: Dataset) -> Facts:
    pools = make_pools(clients=dataset.clients, seed=SEED)
    lay, rejects = _LAYOUTS[dataset.layout], 0
    with path.open("wb") as target:
        target.write(_HEADERS.get(dataset.layout, b""))
        for columns in _chunks(pools, dataset):
            lines = lay(columns)
            if dataset.layout == "combined":
                rejects += pc.sum(columns["broken"]).as_py()
            # The bytes of all lines stand one behind the other in the array's last buffer.
            offsets = np.frombuffer(lines.buffers()[1], np.int32)
            target.write(memoryview(lines.buffers()[2])[: offsets[len(lines)]])
    headers, size = _headers(dataset), path.stat().st_size
    lines = dataset.lines + headers
    return Facts(VERSION, SEED, dataset.layout, lines, dataset.clients, headers, rejects, size)


def _chunks(pools: Pools, dataset: Dataset) -> Iterator[Columns]:
    """The log from its first day to its last."""
    order = np.random.default_rng([SEED, 1]).permutation(dataset.clients)
    starts = range(0, dataset.lines, _CHUNK)
    for start in starts:
        count = min(_CHUNK, dataset.lines - start)
        rng = np.random.default_rng([SEED, 3, start])
        bounds = (
            start * dataset.clients // dataset.lines,
            (start + count) * dataset.clients // dataset.lines,
        )
        clients = pools.clients.draw(rng, count)
        # Every client comes at least once, so that the number of clients is known.
        once = order[slice(*bounds)]
        clients[rng.permutation(count)[: len(once)]] = once
        seconds = _seconds(rng, start, count, dataset.lines)
        yield _columns(pools, rng, clients, seconds, np.arange(start, start + count))


def _seconds(rng: np.random.Generator, start: int, count: int, lines: int) -> np.ndarray:
    """Seconds since the first day, nearly sorted; evenings are four times as busy as nights."""
    hours = np.arange(24 * _DAYS + 1)
    rate = 1 + 0.6 * np.sin((hours - 10) / 24 * 2 * np.pi)
    busy = np.concatenate(([0.0], np.cumsum(rate[:-1])))
    share = np.sort(rng.random(count)) * (count / lines) + start / lines
    at = np.interp(share * busy[-1], busy, hours * 3600)
    late = rng.random(count) < 0.05  # a server logs when it is done: long answers come after their time
    at[late] -= rng.integers(0, 4, late.sum())
    return np.clip(at, 0, _DAYS * _DAY - 1).astype(np.int64)


def _columns(
    pools: Pools, rng: np.random.Generator, clients: np.ndarray, seconds: np.ndarray, rows: np.ndarray
) -> Columns:
    """What one chunk of any layout says."""
    count = len(rows)
    stems = pools.stems.draw(rng, count)
    agents = np.where(rng.random(count) < 0.04, pools.agents.draw(rng, count), pools.client_agent[clients])
    unique = pa.array(rng.random(count) < 0.28)
    token = _hex(rng, count, 16)
    before = pools.unique_before.values.take(pa.array(pools.unique_before.draw(rng, count)))
    split = pc.split_pattern(before, b"?", max_splits=1)
    referrer = pools.referrers.values.take(pa.array(pools.referrers.draw(rng, count)))
    searched = pc.binary_join_element_wise(
        b"https://www.google.com/url?sa=t&url=films.example&usg=", token, b""
    )
    odd_rows = pa.array(rng.integers(0, len(pools.garbage), count))
    status = _choose(rng, count, _STATUS)
    size = pa.array(np.minimum(rng.lognormal(8.3, 1.9, count), 4e9).astype(np.int64))
    path = pc.if_else(unique, pc.list_element(split, 0), pools.stems.values.take(pa.array(stems)))
    query = pc.if_else(
        unique,
        pc.binary_join_element_wise(pc.list_element(split, 1), token, b""),
        pools.queries.take(pa.array(stems)),
    )
    mark = pc.if_else(pc.equal(query, b""), b"", b"?")
    return {
        "client": pools.clients.values.take(pa.array(clients)),
        "user": _choose(rng, count, _USERS),
        "minute": pa.array(seconds // 60),
        "second": _TWO_DIGITS.take(pa.array(seconds % 60)),
        "method": _choose(rng, count, _METHODS),
        "path": path,
        "query": query,
        "target": pc.binary_join_element_wise(path, mark, query, b""),
        "protocol": _choose(rng, count, _PROTOCOLS),
        "status": status,
        "bytes": _text(size),
        "no_body": pc.equal(status, b"304"),
        "referrer": pc.if_else(pa.array(rng.random(count) < 0.05), searched, referrer),
        "agent": pools.agents.values.take(pa.array(agents)),
        "agent_json": pools.agents_json.take(pa.array(agents)),
        "agent_raw": pools.agents_raw.take(pa.array(agents)),
        "agent_plus": pools.agents_plus.take(pa.array(agents)),
        "odd": pa.array(rng.random(count) < 0.004),
        "garbage": pools.garbage.take(odd_rows),
        "garbage_json": pools.garbage_json.take(odd_rows),
        "token": token,
        "took_ms": pa.array(rng.lognormal(3, 1.5, count).astype(np.int64)),
        "broken": pa.array(rows % _BROKEN_EVERY == 1_500),
    }


def _combined(columns: Columns) -> pa.Array:
    """Apache's combined format, at UTC+1."""
    minute = _minutes("%d/%b/%Y:%H:%M:").take(columns["minute"])
    head = [columns["client"], b" - ", columns["user"], b" [", minute, columns["second"], b' +0100] "']
    request = pc.if_else(columns["odd"], columns["garbage"], _request(columns))
    status = pc.if_else(columns["odd"], b"400", columns["status"])
    size = pc.if_else(columns["no_body"], b"-", columns["bytes"])
    tail = [b'" ', status, b" ", size, b' "', columns["referrer"], b'" "', columns["agent"], b'"\n']
    lines = pc.binary_join_element_wise(*head, request, *tail, b"")
    broken = pc.binary_join_element_wise(*head, b"GET /films/unfinished\n", b"")
    return pc.if_else(columns["broken"], broken, lines)


def _iis(columns: Columns) -> pa.Array:
    """IIS, its standard fields, in UTC; what is no HTTP goes to another log there."""
    query = pc.if_else(pc.equal(columns["query"], b""), b"-", columns["query"])
    minute = _minutes("%Y-%m-%d %H:%M:").take(columns["minute"])
    parts = [
        minute,
        columns["second"],
        b" 192.0.2.80 ",
        columns["method"],
        b" ",
        columns["path"],
        b" ",
        query,
    ]
    parts += [b" 443 ", columns["user"], b" ", columns["client"], b" ", columns["agent_plus"], b" "]
    parts += [columns["referrer"], b" ", columns["status"], b" 0 0 ", _text(columns["took_ms"]), b"\r\n"]
    return pc.binary_join_element_wise(*parts, b"")


def _s3(columns: Columns) -> pa.Array:
    """Amazon S3's server access log with all fields up to `aclRequired`."""
    minute = _minutes("%d/%b/%Y:%H:%M:").take(columns["minute"])
    key = pc.binary_slice(columns["path"], 1, 1 << 20)
    key = pc.if_else(pc.equal(key, b""), b"-", key)
    size = pc.if_else(columns["no_body"], b"-", columns["bytes"])
    identifier = pc.ascii_upper(columns["token"].cast(pa.string())).cast(pa.binary())
    operation = pc.if_else(pc.equal(columns["method"], b"GET"), b"REST.GET.OBJECT", b"REST.PUT.OBJECT")
    parts = [_OWNER, b" films-example [", minute, columns["second"], b" +0000] ", columns["client"], b" "]
    parts += [columns["user"], b" ", identifier, b" ", operation, b" ", key, b' "', _request(columns), b'" ']
    parts += [
        columns["status"],
        b" - ",
        size,
        b" ",
        size,
        b" ",
        _text(columns["took_ms"]),
        b' 7 "',
        columns["referrer"],
    ]
    parts += [b'" "', columns["agent_raw"], b'" - ', columns["token"], columns["token"]]
    parts += [
        b"= SigV4 TLS_AES_128_GCM_SHA256 AuthHeader films-example.s3.eu-central-1.amazonaws.com TLSv1.3 - -\n"
    ]
    return pc.binary_join_element_wise(*parts, b"")


def _json(columns: Columns) -> pa.Array:
    """An nginx log_format with escape=json; what is missing is an empty text there."""
    minute = _minutes("%Y-%m-%dT%H:%M:").take(columns["minute"])
    request = pc.if_else(columns["odd"], columns["garbage_json"], _request(columns))
    status = pc.if_else(columns["odd"], b"400", columns["status"])
    size = pc.if_else(columns["no_body"], b"0", columns["bytes"])
    user, referrer, agent = (
        pc.if_else(pc.equal(columns[name], b"-"), b"", columns[name])
        for name in ("user", "referrer", "agent_json")
    )
    whole = pc.divide(columns["took_ms"], 1000)
    thousandths = pc.subtract(columns["took_ms"], pc.multiply(whole, 1000))
    took = [_text(whole), b".", pc.utf8_lpad(thousandths.cast(pa.string()), 3, "0").cast(pa.binary())]
    parts = [b'{"time_iso8601":"', minute, columns["second"], b'+01:00","remote_addr":"', columns["client"]]
    parts += [b'","remote_user":"', user, b'","request":"', request, b'","status":', status]
    parts += [b',"body_bytes_sent":', size, b',"request_time":', *took, b',"http_referer":"', referrer]
    parts += [b'","http_user_agent":"', agent, b'","http_x_forwarded_for":"","host":"films.example"}\n']
    return pc.binary_join_element_wise(*parts, b"")


_LAYOUTS: dict[str, Callable[[Columns], pa.Array]] = {
    "combined": _combined,
    "iis": _iis,
    "s3": _s3,
    "json": _json,
}
_HEADERS = {
    "iis": b"#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n"
    b"#Date: 2024-01-01 00:00:00\r\n"
    b"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
    b"cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n"
}
_OWNER = b"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"


def _request(columns: Columns) -> pa.Array:
    return pc.binary_join_element_wise(columns["method"], columns["target"], columns["protocol"], b" ")


def _text(numbers: pa.Array) -> pa.Array:
    return numbers.cast(pa.string()).cast(pa.binary())


def _minutes(form: str) -> pa.Array:
    """The text of every minute, up to its seconds."""
    minutes = np.arange(_DAYS * _DAY // 60) * np.timedelta64(1, "m") + _FIRST_DAY
    return pc.strftime(pa.array(minutes.astype("datetime64[s]")), form).cast(pa.binary())


def _hex(rng: np.random.Generator, count: int, digits: int) -> pa.Array:
    """Random hexadecimal texts."""
    table = np.frombuffer(b"0123456789abcdef", np.uint8)
    texts = table[rng.integers(0, 16, count * digits, dtype=np.uint8)]
    fixed = pa.Array.from_buffers(pa.binary(digits), count, [None, pa.py_buffer(texts)])
    return fixed.cast(pa.binary())


def _choose(rng: np.random.Generator, count: int, shares: dict[str, float]) -> pa.Array:
    total = np.cumsum(list(shares.values()))
    rows = np.searchsorted(total / total[-1], rng.random(count), side="right")
    return pa.array([name.encode() for name in shares], pa.binary()).take(pa.array(rows))


_TWO_DIGITS = pa.array([b"%02d" % number for number in range(60)], pa.binary())
_METHODS = {"GET": 90, "POST": 6, "HEAD": 2.2, "PUT": 1.3, "OPTIONS": 0.4, "DELETE": 0.1}
_PROTOCOLS = {"HTTP/1.1": 70, "HTTP/2.0": 29, "HTTP/1.0": 1}
_USERS = {"-": 98} | {f"user{number:02}": 0.05 for number in range(40)}
_STATUS = {"200": 80, "304": 8, "404": 4, "301": 2, "302": 2, "206": 2, "403": 0.8, "401": 0.4}
_STATUS |= {"500": 0.3, "499": 0.3, "503": 0.2}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(DATASETS)}; all but large")
    options.add_argument("--quick", action="store_true", help="small ones")
    given = options.parse_args()
    make_lists(given.folder / "lists", quick=given.quick)
    for name in given.names or [name for name in DATASETS if name != "large"]:
        path, facts = make(given.folder, name, quick=given.quick)
        print(f"{path}: {facts.lines:,} lines, {facts.clients:,} clients, {facts.rejects} broken")


if __name__ == "__main__":
    main()
